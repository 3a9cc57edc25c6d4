"""The office directory as a sheet: CSV out for spreadsheets, CSV in with every fault named.

A cell that a spreadsheet would take for a formula is defused by an apostrophe in front, which
reading takes away again; so a sheet that went out comes back as it was.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from townhall.domain import calendar, fields, people, seating, written_hours
from townhall.domain.invites.values import check_text
from townhall.domain.people import ContactDetails
from townhall.errors import InputError
from townhall.i18n import LANGUAGES, N_

LARGEST = 1024 * 1024
"""Octets of a sheet."""

MOST_LINES = 5_000

COLUMNS = (
    "name",
    "zone",
    "country",
    "region",
    "language",
    "people",
    "rest_days",
    "never",
    "bands",
    "extra_holidays",
    "struck_holidays",
    "contacts",
)

_NEEDED = ("name", "zone")
_NO_REST = "none"
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r]")


@dataclass(frozen=True, slots=True)
class Line:
    """An office of a sheet.

    Args:
        number: Of the line in the file, from 1; the first line holds the names of columns.
        columns: What is said of the office; a column that the sheet lacks is not among them.
        contacts: None where the sheet has no such column.
    """

    number: int
    columns: Mapping[str, Any]
    contacts: tuple[ContactDetails, ...] | None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a line; `error` names the column and the value."""

    number: int
    error: InputError


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file holds, and all that is wrong with it."""

    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]


def decoded(octets: bytes) -> str:
    """Return the text of a file.

    Raises:
        InputError: Field `file`: it is too large, or not UTF-8.
    """
    if len(octets) > LARGEST:
        raise InputError(
            N_("The file is larger than %(most)s KB."), field="file", most=LARGEST // 1024
        )
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(
            N_("The file is not in UTF-8; save it as “CSV UTF-8”."), field="file"
        ) from None


def read(text: str) -> Sheet:
    """Return the offices of a sheet; commas, semicolons and tabs part its cells.

    Raises:
        InputError: Field `file`: its first line does not name the columns, or it is no CSV.
    """
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[Line] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    try:
        names = _names(next(reader, []))
        begins = reader.line_num + 1
        for cells in reader:
            number, begins = begins, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if len(lines) + len(problems) >= MOST_LINES:
                raise InputError(
                    N_("The file has more than %(most)s lines."), field="file", most=MOST_LINES
                )
            found = _line(number, names, cells, seen)
            if isinstance(found, Line):
                lines.append(found)
            else:
                problems.extend(found)
    except csv.Error as error:
        raise InputError(
            N_("Line %(line)s of the file cannot be read as CSV."),
            field="file",
            line=reader.line_num,
        ) from error
    return Sheet(tuple(lines), tuple(problems))


def write(offices: Iterable[Mapping[str, Any]]) -> str:
    """Return a sheet of offices: CRLF line ends, formulas defused.

    Args:
        offices: Each with every one of `COLUMNS`, in the shapes that `read` returns; contacts
            as `ContactDetails`.

    Source: RFC 4180.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for office in offices:
        writer.writerow([_written(name, office[name]) for name in COLUMNS])
    return out.getvalue()


def defused(text: str) -> str:
    """Return text that no spreadsheet takes for a formula; `restored` takes it back."""
    return f"'{text}" if _FORMULA.match(text) else text


def restored(text: str) -> str:
    """Return text as it was before `defused`."""
    return text[1:] if _DEFUSED.match(text) else text


def _names(cells: Sequence[str]) -> list[str]:
    """Return the columns that the first line names.

    Raises:
        InputError: It names an unknown one, one twice, or not those that every office needs.
    """
    names = [cell.strip().lower().replace(" ", "_") for cell in cells]
    while names and not names[-1]:
        names.pop()
    for name in names:
        if name not in COLUMNS:
            raise InputError(
                N_("“%(value)s” is not a column; there are: %(known)s."),
                field="file",
                value=name[:40],
                known=", ".join(get_close_matches(name[:40], COLUMNS, n=1) or COLUMNS),
            )
    for name in COLUMNS:
        if names.count(name) > 1 or (name in _NEEDED and name not in names):
            raise InputError(
                N_("The first line has to name the column “%(value)s” once."),
                field="file",
                value=name,
            )
    return names


def _line(
    number: int, names: Sequence[str], cells: Sequence[str], seen: dict[str, int]
) -> Line | list[Problem]:
    """Return an office, or all that is wrong with its line."""
    surplus = [cell for cell in cells[len(names) :] if cell.strip()]
    problems = []
    if surplus:
        problems.append(
            InputError(
                N_("“%(value)s” stands beyond the last column."),
                field="file",
                value=surplus[0][:40],
            )
        )
    given = dict(zip(names, [*cells, *[""] * len(names)], strict=False))
    values: dict[str, Any] = {}
    for name, cell in given.items():
        try:
            values[name] = _READ[name](restored(cell), name)
        except InputError as error:
            problems.append(error)
    if "contacts" in values:
        language = values.get("language", LANGUAGES[0])
        try:
            values["contacts"] = tuple(
                people.contact(part, language, "contacts") for part in _parts(values["contacts"])
            )
        except InputError as error:
            problems.append(error)
    if not problems:
        try:
            _check(values, seen, number)
        except InputError as error:
            problems.append(error)
    if problems:
        return [Problem(number, error) for error in problems]
    contacts = values.pop("contacts", None)
    return Line(number, values, contacts)


def _needed(cell: str, name: str) -> str:
    """Return a cell that must be filled."""
    if not cell.strip():
        raise InputError(N_("This field is empty; please fill it in."), field=name)
    return cell.strip()


def _text(cell: str, _name: str) -> str | None:
    """Return a cell that may be empty."""
    return cell.strip() or None


def _country(cell: str, name: str) -> str | None:
    """Return the two letters of a country."""
    country = cell.strip().upper()
    return calendar.require_country(country, name) if country else None


def _language(cell: str, name: str) -> str:
    """Return a language that townhall speaks; the first one for an empty cell."""
    language = cell.strip() or LANGUAGES[0]
    if language not in LANGUAGES:
        raise InputError(
            N_("%(value)s is not one of: %(known)s."),
            field=name,
            value=language[:40],
            known=", ".join(LANGUAGES),
        )
    return language


def _people(cell: str, name: str) -> int:
    """Return how many people there are; 1 for an empty cell."""
    digits = cell.strip() or "1"
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 6):
        raise InputError(
            N_("“%(value)s” is not a whole number from %(least)s to %(most)s."),
            field=name,
            value=digits[:40],
            least=0,
            most=999_999,
        )
    return int(digits)


def _rest_days(cell: str, _name: str) -> list[str] | None:
    """Return weekdays; the word “none” for a place that never rests."""
    days = cell.lower().replace(";", " ").split()
    return [] if days == [_NO_REST] else days or None


def _dates(cell: str, _name: str) -> list[str] | None:
    """Return dates as they are written; the planning document's rules check them."""
    return cell.replace(";", " ").split() or None


def _hours(cell: str, name: str) -> list[Any] | None:
    """Return stretches of hours."""
    return written_hours.hours(_parts(cell), name)


def _bands(cell: str, name: str) -> list[Any] | None:
    """Return hours with their points."""
    return written_hours.bands(_parts(cell), name)


_READ: dict[str, Callable[[str, str], Any]] = {
    "name": _needed,
    "zone": _needed,
    "country": _country,
    "region": _text,
    "language": _language,
    "people": _people,
    "rest_days": _rest_days,
    "never": _hours,
    "bands": _bands,
    "extra_holidays": _dates,
    "struck_holidays": _dates,
    "contacts": lambda cell, _name: cell,
}
"""How the cells of each column are read; contacts wait for the language of their line."""


def _check(values: dict[str, Any], seen: dict[str, int], number: int) -> None:
    """Raise InputError for an office that could not be planned with, or a name that was there."""
    name = values["name"]
    check_text(name, "name", 200)
    entry = {
        key: value
        for key, value in values.items()
        if value is not None and key not in {"language", "contacts"}
    }
    seating.check(entry)
    if values.get("region"):
        values["region"] = seating.place(values["country"], values["region"])[1]
    same = fields.folded(name)
    if same in seen:
        raise InputError(
            N_("“%(value)s” stands in line %(line)s already."),
            field="name",
            value=name,
            line=seen[same],
        )
    seen[same] = number


def _parts(cell: str) -> Iterator[str]:
    """Yield the entries of a cell: one a line, or parted by semicolons where there is one line."""
    for part in cell.splitlines() if "\n" in cell else cell.split(";"):
        if part.strip():
            yield part.strip()


def _written(name: str, value: Any) -> str:
    """Return a value as its cell."""
    if name == "people":
        return str(value)
    if name == "contacts":
        parts = [people.written(each) for each in value]
    elif name in {"never", "bands"}:
        parts = written_hours.written(value)
    elif name in {"rest_days", "extra_holidays", "struck_holidays"}:
        parts = [" ".join(value)] if value else []
        if name == "rest_days" and value == []:
            parts = [_NO_REST]
    else:
        parts = [value or ""]
    # A line end keeps a single entry whole that holds a semicolon.
    return defused("\n".join(parts) + ("\n" if len(parts) == 1 and ";" in parts[0] else ""))
