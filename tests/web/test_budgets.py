"""What a page may weigh, compressed and cold, so that it arrives on a 2G phone."""

import gzip
import re

import pytest

from tests.fixtures.make import NOW
from tests.services.asking import FEED, approved, ask
from townhall import paths
from townhall.domain.access import Role
from townhall.services import moderation

KB = 1024
URDU = "ہمارے گاؤں میں پولیو کے قطرے کب آئیں گے؟ "
STATIC = re.compile(r'(?:src|href)="/static/([\w./-]+)\?')


def weight(octets):
    return len(gzip.compress(octets, 9))


def heads(answer):
    return len(str(answer.headers).encode()) + len("HTTP/1.1 200 OK\r\n")


@pytest.fixture
def hall(db, make):
    """Return a town hall in the middle of its hour, with long texts in a script of two octets."""
    hall = make.town_hall(title="Polio: a live conversation", languages=["en", "ur", "ar", "fr"])
    for position, name in enumerate(("New York", "Bukavu", "Kinshasa", "Islamabad", "New Delhi")):
        make.seat(hall, name, position=position + 1)
    make.sitting(hall)
    moderator = make.actor(hall, Role.MODERATOR)
    for number in range(1, 13):
        text = f"{number} {URDU * 11}"[:480]
        question = approved(db, make, hall, text, who=f"p{number}")
        if number % 2:
            moderation.answer_in_writing(
                db,
                FEED,
                moderator,
                hall.code,
                question.number,
                text=f"{number} {URDU * 30}",
                language="ur",
                version=question.version,
                now=NOW,
            )
    for number in range(6):
        ask(db, hall, f"Is the vaccine safe for newborns, asks {number}?", who=f"q{number}")
    return hall


def page_of(client, path):
    """Return a page's weight with all that it loads, how many requests, and its scripts'."""
    answer = client.get(path)
    assert answer.status_code == 200
    total = heads(answer) + weight(answer.data)
    files = [name for name in STATIC.findall(answer.get_data(as_text=True)) if name != "icon.svg"]
    scripts = 0
    for name in files:
        octets = weight((paths.STATIC / name).read_bytes())
        total += octets + 400  # what heads an answer with a file
        scripts += octets if name.endswith(".js") else 0
    return total, 1 + len(files), scripts


def test_lite_page_fits_6_kb_in_one_request(client, hall):
    total, requests, scripts = page_of(client, f"/l/{hall.code}")
    assert (requests, scripts) == (1, 0)
    assert total <= 6 * KB


def test_public_page_fits_14_kb_in_three_requests(client, hall):
    total, requests, scripts = page_of(client, f"/t/{hall.code}")
    assert requests == 3
    assert scripts <= 3 * KB
    assert total <= 14 * KB


@pytest.mark.parametrize("screen", ["moderate", "host", "present"])
def test_stage_screens_fit_40_kb_in_six_requests(app, make, hall, sign_in, screen):
    link, _token = make.link(hall, Role.OWNER)
    client = sign_in(app.test_client(), links=(link,))
    total, requests, scripts = page_of(client, f"/stage/{hall.code}/{screen}")
    assert requests <= 6
    assert scripts <= 20 * KB
    assert total <= 40 * KB
