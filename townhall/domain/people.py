"""People to write to, as organizers type them."""

import re
from dataclasses import dataclass

from townhall.domain.invites.values import LINE_LIMIT, check_address, check_line
from townhall.errors import InputError
from townhall.i18n import LANGUAGES, N_

_BRACKETED = re.compile(r"(?P<name>.*)<(?P<address>[^<>]*)>", re.DOTALL)
"""A name, then the address in the last pair of brackets."""

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
"""A name between quotation marks (RFC 5322, section 3.2.4)."""

_SPECIAL = re.compile(r'[()<>@,:;."\\\[\]]')
"""What a name can hold only between quotation marks (RFC 5322, section 3.2.3)."""


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """A name, a mail address and the language to write in.

    Raises:
        InputError: Fields `name` and `address`.
    """

    name: str
    address: str
    language: str = LANGUAGES[0]

    def __post_init__(self) -> None:
        """Refuse what no mail can carry."""
        check_line(self.name, "name", min(LINE_LIMIT, 200))
        check_address(self.address, "address")

    @property
    def key(self) -> str:
        """The address folded for comparison; a mailbox is the same in every case."""
        return self.address.casefold()


def contact(line: str, language: str, field: str) -> ContactDetails:
    """Return the contact of a line such as `Amina Diallo <amina@example.org> ar`.

    A name may hold commas, as in `Diallo, Amina <amina@example.org>`; quotation marks around
    the whole of it are taken off.

    Args:
        line: Name and address, or the address alone; then a language code, if not `language`.
        language: For a line that names none.
        field: The caller's name of this input, for the error.

    Raises:
        InputError: There is no mail address in it.
    """
    head, _, last = line.rpartition(" ")
    if last in LANGUAGES and head:
        line, language = head, last
    name, address = _name_and_address(line.strip())
    if "@" not in address:
        raise InputError(
            N_("“%(value)s” is not a contact such as Amina Diallo <amina@example.org>."),
            field=field,
            value=line[:80],
        )
    try:
        return ContactDetails(name or address.partition("@")[0], address, language)
    except InputError as error:
        error.field = field
        raise


def _name_and_address(line: str) -> tuple[str, str]:
    """Return both parts of `Name <address>`, or an empty name and the line."""
    found = _BRACKETED.fullmatch(line)
    if found is None:
        return "", line
    name = found["name"].strip()
    quoted = _QUOTED.fullmatch(name)
    if quoted is not None:
        name = re.sub(r"\\(.)", r"\1", quoted[1])
    return name, found["address"].strip()


def written(details: ContactDetails) -> str:
    """Return the line that `contact` would read."""
    name = details.name
    if _SPECIAL.search(name):
        name = '"{}"'.format(name.replace("\\", r"\\").replace('"', r"\""))
    return f"{name} <{details.address}> {details.language}"
