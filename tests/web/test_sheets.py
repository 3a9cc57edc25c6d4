"""The directory as a CSV file: out, looked at, in."""

import csv
import html
import io
import re
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.fixtures.web import reread, text_of
from townhall.models.directory import Office

WORLD = Path(__file__).parents[1] / "cases" / "offices-of-the-world.csv"
PATH = "/organizer/offices/import"


@pytest.fixture
def organizer(client, make, sign_in):
    return sign_in(client, make.account("Dana"))


def look(organizer, octets):
    return organizer.submit(PATH, file=(BytesIO(octets), "offices.csv"))


def confirm(organizer, page):
    """Press the page's button, as a browser would: with CRLF line ends."""
    held = re.search(r'name="sheet" value="([^"]*)"', page.get_data(as_text=True))
    sheet = re.sub("\r\n|\r|\n", "\r\n", html.unescape(held[1]))
    return organizer.submit(f"{PATH}/confirm", sheet=sheet)


def names(db):
    reread(db)
    return db.scalars(select(Office.name).order_by(Office.name)).all()


def test_offices_go_out_as_a_file_that_no_spreadsheet_runs(organizer, make):
    make.office("=HYPERLINK(1)", contacts=[make.contact("@Eve")])
    make.office("Suva", zone="Pacific/Fiji", country="FJ", people=7)

    answer = organizer.get("/organizer/offices.csv")

    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="offices.csv"'
    text = answer.get_data().decode()
    assert text.startswith("\ufeffname,zone,")
    rows = list(csv.DictReader(io.StringIO(text[1:], newline="")))
    assert [(row["name"], row["people"]) for row in rows] == [
        ("'=HYPERLINK(1)", "1"),
        ("Suva", "7"),
    ]
    assert rows[0]["contacts"].startswith("'@") or rows[0]["contacts"].startswith('"@Eve"')


def test_a_file_is_looked_at_before_anything_is_kept(organizer, make, db):
    make.office("Suva", zone="Pacific/Fiji", country=None)
    make.office("Cairo", zone="Africa/Cairo", country=None)
    file = "name,zone\nSuva,Pacific/Fiji\nCairo,Asia/Beirut\nLagos,Africa/Lagos\n".encode(
        "utf-8-sig"
    )

    page = look(organizer, file)

    assert page.status_code == 200
    said = text_of(page)
    assert "new offices 1 changed offices 1 as they are 1" in said
    assert "Lagos new Cairo changed" in said
    assert names(db) == ["Cairo", "Suva"]
    done = confirm(organizer, page)
    assert (done.status_code, done.location) == (303, "/organizer/offices")
    assert names(db) == ["Cairo", "Lagos", "Suva"]
    assert "There is nothing to import" in text_of(look(organizer, file))


def test_every_line_in_the_way_is_listed_and_nothing_is_kept(organizer, db):
    file = (
        b"name,zone,people\nCairo,Africa/Cairo,many\nLagos,Africa/Lagos,3\nSuva,Pacific/Fidji,1\n"
    )

    page = look(organizer, file)

    assert page.status_code == 422
    said = text_of(page)
    assert "2 things are in the way; nothing was imported." in said
    assert "2 people “many” is not a whole number from 0 to 999,999." in said.replace(
        "999999", "999,999"
    )
    assert "4 zone" in said
    assert "Pacific/Fiji" in said
    assert 'name="sheet"' not in page.get_data(as_text=True)
    refused = organizer.submit(f"{PATH}/confirm", sheet=file.decode())
    assert refused.status_code == 422
    assert names(db) == []


@pytest.mark.parametrize(
    "octets, says",
    [
        (b"", "name the column “name” once"),
        ("name,zone\né".encode("latin-1"), "not in UTF-8"),
        (b"name,zone,secret\n", "“secret” is not a column"),
    ],
)
def test_what_is_no_sheet_is_said_beside_the_field(organizer, octets, says):
    page = look(organizer, octets)
    assert page.status_code == 422
    assert says in text_of(page)
    assert 'id="file-error"' in page.get_data(as_text=True)


def test_a_form_without_a_file_or_sheet_is_refused(organizer):
    assert "name and zone are needed" in text_of(organizer.get(PATH))
    page = organizer.submit(PATH)
    assert (page.status_code, "Choose a CSV file." in text_of(page)) == (422, True)
    assert organizer.submit(f"{PATH}/confirm").status_code == 422


def test_a_long_list_of_faults_is_cut(organizer):
    page = look(organizer, b"name,zone\n" + b"x,Nowhere/Land\n" * 201)
    assert "201 things are in the way" in text_of(page)
    assert "Only the first 200 are listed." in text_of(page)


def test_the_whole_world_passes_through_the_pages_and_comes_back(organizer, db):
    page = look(organizer, WORLD.read_bytes())
    assert "new offices 193" in text_of(page)
    assert confirm(organizer, page).status_code == 303
    assert len(names(db)) == 193

    out = organizer.get("/organizer/offices.csv").get_data()
    assert "as they are 193" in text_of(look(organizer, out))
