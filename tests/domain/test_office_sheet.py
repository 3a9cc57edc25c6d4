"""The office directory as a sheet, out and in."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.domain import office_sheet
from townhall.domain.fields import folded
from townhall.domain.office_sheet import COLUMNS, Line
from townhall.domain.people import ContactDetails
from townhall.errors import InputError

HEAD = ",".join(COLUMNS)
EMPTY = dict.fromkeys(COLUMNS) | {"language": "en", "people": 1, "contacts": ()}
KINSHASA = EMPTY | {
    "name": "DR Congo, Kinshasa",
    "zone": "Africa/Kinshasa",
    "country": "CD",
    "language": "ar",
    "people": 40,
    "rest_days": ["sun"],
    "never": [["18:00", "21:00"], ["00:00", "05:00"]],
    "bands": [["09:00", "17:00", 0], ["17:00", "09:00", 4]],
    "extra_holidays": ["2026-12-09"],
    "struck_holidays": ["2026-12-25", "2027-01-01"],
    "contacts": (
        ContactDetails("Amina Diallo", "amina@example.org", "ar"),
        ContactDetails('Ben "Big"; Okoro, MD', "ben@example.org", "en"),
    ),
}


def offices(sheet):
    """Return the offices of a sheet as they were written."""
    return [{**line.columns, "contacts": line.contacts} for line in sheet.lines]


def complaints(text):
    """Return what is wrong with a sheet as number, field and sentence."""
    return [
        (each.number, each.error.field, str(each.error).partition(": ")[2])
        for each in office_sheet.read(text).problems
    ]


def test_a_sheet_holds_a_line_for_each_office():
    text = office_sheet.write([KINSHASA, EMPTY | {"name": "Suva", "zone": "Pacific/Fiji"}])

    head, kinshasa, suva = csv.reader(io.StringIO(text, newline=""))
    assert tuple(head) == COLUMNS
    assert dict(zip(COLUMNS, kinshasa, strict=True)) == {
        "name": "DR Congo, Kinshasa",
        "zone": "Africa/Kinshasa",
        "country": "CD",
        "region": "",
        "language": "ar",
        "people": "40",
        "rest_days": "sun",
        "never": "18:00-21:00\n00:00-05:00",
        "bands": "09:00-17:00 0\n17:00-09:00 4",
        "extra_holidays": "2026-12-09",
        "struck_holidays": "2026-12-25 2027-01-01",
        "contacts": (
            "Amina Diallo <amina@example.org> ar\n"
            r'"Ben \"Big\"; Okoro, MD" <ben@example.org> en'
        ),
    }
    assert suva == ["Suva", "Pacific/Fiji", "", "", "en", "1", "", "", "", "", "", ""]


def test_what_went_out_comes_back():
    never_rests = EMPTY | {"name": "'=Ward", "zone": "UTC", "rest_days": []}
    alone = EMPTY | {
        "name": "Suva",
        "zone": "Pacific/Fiji",
        "contacts": (ContactDetails("Eve; Adam", "eve@example.org", "en"),),
    }
    sheet = office_sheet.read(office_sheet.write([KINSHASA, never_rests, alone]))

    assert sheet.problems == ()
    assert offices(sheet) == [KINSHASA, never_rests, alone]


text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]))


@given(st.builds("{}{}".format, st.sampled_from(["", "=", "+", "-", "@", "'", "'=", "''@"]), text))
def test_no_text_is_a_formula_and_every_text_comes_back(name):
    cell = office_sheet.defused(name)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert office_sheet.restored(cell) == name


@given(
    st.lists(
        text.filter(lambda name: folded(name) and len(name) < 50), min_size=1, unique_by=folded
    )
)
def test_offices_of_any_name_come_back(names):
    rows = [
        EMPTY
        | {
            "name": name,
            "zone": "UTC",
            "contacts": (ContactDetails(name, f"a{number}@example.org", "ar"),),
        }
        for number, name in enumerate(names)
    ]
    sheet = office_sheet.read(office_sheet.write(rows))
    assert sheet.problems == ()
    assert offices(sheet) == rows


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_sheets_of_any_program_are_read(delimiter, end):
    rows = [["Name", " zone", "Rest days"], ["Cairo", "Africa/Cairo", "FRI sat"], ["", " ", ""]]
    text = end.join(delimiter.join(row) for row in rows)

    assert office_sheet.read(text).lines == (
        Line(2, {"name": "Cairo", "zone": "Africa/Cairo", "rest_days": ["fri", "sat"]}, None),
    )


def test_entries_of_a_cell_may_be_parted_by_semicolons():
    text = (
        "name,zone,never,extra_holidays,language,contacts\n"
        "Cairo,Africa/Cairo,18:00-21:00; 5:00-6:00,2026-12-09;2026-12-10,ar,"
        "a@example.org; Ben <b@example.org> en\n"
    )
    (line,) = office_sheet.read(text).lines
    assert line.columns["never"] == [["18:00", "21:00"], ["05:00", "06:00"]]
    assert line.columns["extra_holidays"] == ["2026-12-09", "2026-12-10"]
    assert line.contacts == (
        ContactDetails("a", "a@example.org", "ar"),
        ContactDetails("Ben", "b@example.org", "en"),
    )


@pytest.mark.parametrize(
    "cells, field, says",
    [
        ({"name": ""}, "name", "This field is empty"),
        ({"name": "a\x07b"}, "name", "control character"),
        ({"name": "x" * 201}, "name", "201 characters"),
        ({"zone": ""}, "zone", "This field is empty"),
        ({"zone": "Afrika/Kairo"}, "zone", "Africa/Cairo"),
        ({"country": "ZZ"}, "country", "ZZ"),
        ({"region": "X"}, "region", "needs a country"),
        ({"language": "tlh"}, "language", "tlh is not one of: en, ar."),
        ({"people": "many"}, "people", "“many” is not a whole number"),
        ({"country": "Egypt"}, "country", "near it are: EG"),
        ({"region": "CA"}, "region", "needs a country"),
        ({"people": "-1"}, "people", "“-1” is not a whole number"),
        ({"people": "²"}, "people", "“²” is not a whole number"),
        ({"rest_days": "someday"}, "rest_days", "someday"),
        ({"never": "six to nine"}, "never", "six to nine"),
        ({"bands": "09:00-17:00 0"}, "bands", "gap"),
        ({"bands": "09:00-17:00"}, "bands", "is not a band"),
        ({"extra_holidays": "2026-02-30"}, "extra_holidays", "2026-02-30"),
        ({"contacts": "Amina"}, "contacts", "“Amina” is not a contact"),
    ],
)
def test_a_bad_cell_is_named_by_line_column_and_value(cells, field, says):
    good = {"name": "Cairo", "zone": "Africa/Cairo"}
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerow({**good, "name": "Alexandria"})
    writer.writerow({**good, **cells})

    ((number, where, sentence),) = complaints(out.getvalue())

    assert (number, where) == (3, field)
    assert says in sentence


def test_every_fault_of_every_line_is_listed_with_the_line_it_begins_on():
    text = (
        "name,zone,people,never\n"
        '"Two\nlines",Africa/Cairo,many,noon\n'
        "New Cairo,Africa/Cairo,1,\n"
        "New\u00a0Cairo,Africa/Cairo,1,\n"
        "Suva,Pacific/Fiji,1,,more\n"
    )
    assert [(number, field) for number, field, _ in complaints(text)] == [
        (2, "people"),
        (2, "never"),
        (5, "name"),
        (6, "file"),
    ]
    assert "stands in line 4 already" in complaints(text)[2][2]
    assert "“more” stands beyond the last column" in complaints(text)[3][2]
    assert [line.number for line in office_sheet.read(text).lines] == [4]


def test_a_country_has_two_letters_and_a_long_region_its_code():
    text = "name,zone,country,region\nSydney,Australia/Sydney,aus,Australian Capital Territory\n"
    (line,) = office_sheet.read(text).lines
    assert (line.columns["country"], line.columns["region"]) == ("AU", "ACT")


@pytest.mark.parametrize(
    "text, says",
    [
        ("", "name the column “name” once"),
        ("name\nCairo\n", "name the column “zone” once"),
        ("name,zone,name\n", "name the column “name” once"),
        ("name,zone,poeple\n", "“poeple” is not a column; there are: people."),
        ("name,zone,x\n", "“x” is not a column; there are: name, zone, country"),
        ('name,zone\n"Cairo\n', "cannot be read as CSV"),
        ('name,zone\nCairo,"a"b\n', "Line 2 of the file cannot be read as CSV"),
        ("name,zone\n" + "Cairo,\n" * 5001, "more than 5000 lines"),
    ],
)
def test_what_is_no_sheet_is_refused(text, says):
    with pytest.raises(InputError) as caught:
        office_sheet.read(text)
    assert caught.value.field == "file"
    assert says in str(caught.value)


def test_columns_after_the_last_may_be_empty():
    assert len(office_sheet.read("name,zone,,\nCairo,Africa/Cairo,,\n").lines) == 1


def test_only_utf_8_of_a_fair_size_is_read():
    assert office_sheet.decoded("\ufeffنعم".encode()) == "نعم"
    for octets, says in (
        ("é".encode("latin-1"), "not in UTF-8"),
        (b"x" * (office_sheet.LARGEST + 1), "larger than 1024 KB"),
    ):
        with pytest.raises(InputError, match=says) as caught:
            office_sheet.decoded(octets)
        assert caught.value.field == "file"


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_one_sentence(tail):
    for text in (tail, f"name,zone\n{tail}"):
        try:
            office_sheet.read(text)
        except InputError as error:
            assert error.field == "file"  # noqa: PT017  most texts are read
