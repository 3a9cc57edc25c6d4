"""Mail that comes in, read: what calendars write, what servers send back, and garbage."""

import contextlib
import statistics
import time
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures import answers
from tests.fixtures.answers import PERSON, UID, answer, mail, multipart, report
from townhall.domain import incoming
from townhall.domain.incoming import Kind, Returned, Said
from townhall.domain.states import PartStat
from townhall.errors import InputError

START = datetime(2026, 12, 2, 11, 30, tzinfo=UTC)
SAID = Said(
    uid=UID,
    attendee=PERSON,
    name="Sana Khan",
    partstat=PartStat.ACCEPTED,
    sequence=0,
    stamped_at=datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
    starts_at=START,
    counters=False,
    note="",
)


def at(minute):
    return datetime(2026, 11, 23, 8, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    "program, said",
    [
        ("Gmail", replace(SAID, note="We come, all four")),
        (
            "Exchange",
            replace(
                SAID,
                uid=UID.upper(),
                partstat=PartStat.TENTATIVE,
                stamped_at=at(5),
                note="Perhaps later, if the power is back.",
            ),
        ),
        (
            "outlook.com",
            replace(
                SAID, name=PERSON, partstat=PartStat.DECLINED, sequence=None, stamped_at=at(10)
            ),
        ),
        ("Apple", replace(SAID, name="Khan, Sana", stamped_at=at(20), note="مع أربعة زملاء")),
        ("Thunderbird", replace(SAID, name="Sana", stamped_at=at(30))),
        ("GNOME", replace(SAID, name="Sana", partstat=PartStat.DECLINED, stamped_at=at(40))),
    ],
)
def test_the_answers_of_calendars_are_read(program, said):
    read = incoming.read(answers.PROGRAMS[program]())
    assert (read.kind, read.said) == (Kind.REPLY, (said,))
    assert read.sender == PERSON
    assert read.sender_name == "Sana Khan"


def test_a_counter_proposal_is_read_with_its_time_and_words():
    [said] = incoming.read(answers.counter()).said
    assert said.counters
    assert (said.partstat, said.note) == (PartStat.TENTATIVE, "After school")
    assert said.starts_at == datetime(2026, 12, 2, 13, 0, tzinfo=UTC)
    [neither] = incoming.read(answers.counter("NEEDS-ACTION")).said
    assert neither.partstat is PartStat.NEEDS_ACTION


@pytest.mark.parametrize(
    "start",
    [
        "DTSTART;VALUE=DATE:20261202",
        "DTSTART:20261202T113000",
        "DTSTART;TZID=Customized Time Zone:20261202T113000",
        "DTSTART:20261302T113000Z",
        "DTSTART;TZID=Asia/Karachi:99991231T113000",
        "",
    ],
)
def test_a_time_that_is_no_instant_is_not_guessed(start):
    [said] = incoming.read(mail(answer(start=start))).said
    assert said.starts_at is None


def test_several_entries_are_read_each_once():
    both = answer() + answer("DECLINED", uid="another@townhall") + answer("DECLINED")
    said = incoming.read(mail(both)).said
    assert [(each.uid, each.partstat) for each in said] == [
        (UID, PartStat.ACCEPTED),
        ("another@townhall", PartStat.DECLINED),
    ]


@pytest.mark.parametrize(
    "ics",
    [
        answer(method="METHOD:REQUEST"),
        answer(method="METHOD:REFRESH"),
        answer("NEEDS-ACTION"),
        answer("DELEGATED"),
        answer(uid=""),
        answers.calendar(f"UID:{UID}"),
        "BEGIN:VCALENDAR",
        "\0\0\0",
        "",
    ],
)
def test_what_answers_nothing_is_no_reply(ics):
    assert incoming.read(mail(ics)).kind is Kind.OTHER


def test_the_method_may_stand_in_the_mail_alone_or_in_the_object_alone():
    bare = answer(method="")
    assert incoming.read(mail(bare)).kind is Kind.REPLY
    assert incoming.read(mail(bare, content="text/calendar")).kind is Kind.OTHER
    assert incoming.read(mail(answer(), content="text/calendar")).kind is Kind.REPLY
    named = "application/octet-stream; name=reply.ICS"
    assert incoming.read(mail(answer(), content=named)).kind is Kind.REPLY


@pytest.mark.parametrize(
    "charset, encoded",
    [
        ("iso-8859-1", "Où ?".encode("latin-1")),
        ("utf-16", "Où ?".encode("utf-16")),
        ("nonsense", "Où ?".encode()),
        ("utf-8-nonsense", "Où ?".encode()),
        ("rot13", "Où ?".encode()),
        ("", "Où ?".encode()),
    ],
)
def test_characters_are_read_by_their_set_or_else_as_utf_8(charset, encoded):
    head, tail = answer(more=("COMMENT:@",)).split("@\r\nEND:VEVENT")
    codec = charset if charset in {"iso-8859-1", "utf-16"} else "utf-8"
    octets = head.encode(codec) + encoded + f"\r\nEND:VEVENT{tail}".encode(codec)
    if codec == "utf-16":
        octets = f"{head}Où ?\r\nEND:VEVENT{tail}".encode(codec)
    part = mail(
        b64encode(octets),
        content=f"text/calendar; method=REPLY; charset={charset}",
        encoding="base64",
    )
    assert incoming.read(part).said[0].note == "Où ?"


def test_words_lose_escapes_and_control_characters_and_are_cut():
    note = "COMMENT:a\\, b\\; c\\\\d\\ne\x07\u2028f" + "x" * 900
    [said] = incoming.read(mail(answer(more=(note,)))).said
    assert said.note.startswith("a, b; c\\d\nef")
    assert len(said.note) == 500
    named = answer().replace("PARTSTAT", "CN=Dr ^'Sana^' ^^ Khan^n;PARTSTAT")
    assert incoming.read(mail(named)).said[0].name == 'Dr "Sana" ^ Khan'


@pytest.mark.parametrize(
    "sender, read",
    [
        ("Sana@Example.org", ("sana@example.org", "")),
        ('"Khan, Sana" <sana@example.org>', ("sana@example.org", "Khan, Sana")),
        ("=?utf-8?b?2LPZhtin?= <sana@example.org>", ("sana@example.org", "سنا")),
        ("=?nonsense?q?x?= <sana@example.org>", ("sana@example.org", "=?nonsense?q?x?=")),
        ("a@example.org, b@example.org", ("", "")),
        ("a@example.org\r\nFrom: b@example.org", ("", "")),
        ("undisclosed", ("", "")),
        ("<a b@example.org>", ("", "")),
    ],
)
def test_the_sender_is_one_address_or_none(sender, read):
    found = incoming.read(mail(answer(), sender=sender))
    assert (found.sender, found.sender_name) == read


def test_tags_are_read_from_wherever_a_server_writes_them():
    read = incoming.read(
        mail(
            answer(),
            to="UNICEF <Town+A-1@example.org>, x@example.org",
            headers="Delivered-To: town+b-2@example.org\r\nX-Original-To: town+a-1@example.org\r\n",
        )
    )
    assert read.tags == ("a-1", "b-2")


def test_a_mail_is_the_same_however_often_it_is_delivered():
    once = incoming.read(mail(answer(), headers="Received: from a\r\n"))
    again = incoming.read(mail(answer(), headers="Received: from b\r\n"))
    assert once.digest == again.digest
    assert once.digest != incoming.read(mail(answer(), number=2)).digest
    assert once.digest != incoming.read(mail(answer("DECLINED"))).digest


@pytest.mark.parametrize(
    "headers, content, kind",
    [
        ("", "text/plain", Kind.OTHER),
        ("Auto-Submitted: no\r\n", "text/plain", Kind.OTHER),
        ("Auto-Submitted: auto-replied (vacation)\r\n", "text/plain", Kind.AUTOMATIC),
        ("X-Autoreply: yes\r\n", "text/plain", Kind.AUTOMATIC),
        ("Precedence: auto_reply\r\n", "text/plain", Kind.AUTOMATIC),
        ("Return-Path: <>\r\n", "text/plain", Kind.AUTOMATIC),
        ("List-Id: <news.example>\r\n", "text/plain", Kind.AUTOMATIC),
        (
            "",
            "multipart/report; report-type=disposition-notification; boundary=b",
            Kind.AUTOMATIC,
        ),
    ],
)
def test_what_programs_write_by_themselves_is_known(headers, content, kind):
    assert incoming.read(mail("Hello", headers=headers, content=content)).kind is kind


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Invitation",
        "Out of Office Re: Invitation",
        "=?utf-8?b?2LHYryDYqtmE2YLYp9im2Yo6?= Invitation",
    ],
)
def test_out_of_office_is_known_by_its_subject(subject):
    octets = mail("I am away", content="text/plain")
    octets = octets.replace(b"Accepted: A town hall", subject.encode())
    assert incoming.read(octets).kind is Kind.AUTOMATIC


def test_a_mail_tells_which_of_ours_it_answers():
    headers = "In-Reply-To: <one@example.org>\r\nReferences: <zero@example.org>\r\n <one@x>\r\n"
    assert incoming.read(mail("Hi", content="text/plain", headers=headers)).answers_to == (
        "one",
        "zero",
    )


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers", "message/global"])
def test_a_report_names_the_mail_and_the_servers_words(returned):
    read = incoming.read(report(returned=returned))
    words = "550 5.1.1 <sana@example.org>: no such mailbox"
    assert (read.kind, read.returned) == (Kind.RETURNED, (Returned("c0de", PERSON, words),))
    assert read.said == ()


def test_a_report_may_tell_less():
    read = incoming.read(report(returned="", diagnostic=""))
    assert read.returned == (Returned("", PERSON, "5.1.1"),)
    read = incoming.read(report(code="not ours!", diagnostic="smtp; 550 gone"))
    assert read.returned == (Returned("", PERSON, "5.1.1 550 gone"),)
    told = report(returned="").replace(
        b"Reporting-MTA", b"Original-Message-ID: <c0de@example.org>\r\nReporting-MTA"
    )
    assert incoming.read(told).returned[0].code == "c0de"
    meant = report().replace(b"Action", b"Original-Recipient: rfc822; first@example.org\r\nAction")
    assert incoming.read(meant).returned[0].recipient == "first@example.org"


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_a_report_that_nothing_is_lost_is_no_return(action):
    read = incoming.read(report(action=action))
    assert (read.kind, read.returned) == (Kind.AUTOMATIC, ())


def test_a_report_in_the_form_for_all_scripts_is_read():
    octets = report().replace(b"message/delivery-status", b"message/global-delivery-status")
    [lost] = incoming.read(octets).returned
    assert (lost.code, lost.recipient) == ("c0de", PERSON)


def test_a_report_without_form_is_read_where_it_quotes_the_mail():
    text = (
        "I could not deliver your mail.\r\n<sana@example.org>: 550 no such mailbox\r\n\r\n"
        "--- Below is a copy\r\nMessage-ID: <c0de@example.org>\r\nSubject: Invitation\r\n"
    )
    daemon = "Mail <mailer-daemon@mx.example>"
    headers = "X-Failed-Recipients: Sana@example.org\r\n"
    read = incoming.read(mail(text, sender=daemon, content="text/plain", headers=headers))
    words = "<sana@example.org>: 550 no such mailbox"
    assert read.returned == (Returned("c0de", PERSON, words),)
    for other in (text.replace("550", "late"), text.replace("Message-ID", "Other")):
        assert incoming.read(mail(other, sender=daemon, content="text/plain")).returned == ()
    assert incoming.read(mail(text, content="text/plain")).kind is Kind.OTHER


def test_an_answer_inside_an_attached_mail_is_not_the_senders():
    inner = mail(answer()).decode()
    content, body = multipart("mixed", f"Content-Type: message/rfc822\r\n\r\n{inner}")
    assert incoming.read(mail(body, content=content)).kind is Kind.OTHER


def test_parts_are_read_to_a_depth():
    def nested(depth):
        part = f"Content-Type: text/calendar; method=REPLY\r\n\r\n{answer()}"
        for level in range(depth):
            content, body = multipart("mixed", part, boundary=f"=_{level}_")
            part = f"Content-Type: {content}\r\n\r\n{body}"
        return f"From: {PERSON}\r\nMIME-Version: 1.0\r\n{part}".encode()

    assert incoming.read(nested(10)).kind is Kind.REPLY
    assert incoming.read(nested(11)).kind is Kind.OTHER
    assert incoming.read(nested(100)).kind is Kind.OTHER


def test_a_mail_that_nobody_could_have_written_is_refused():
    with pytest.raises(InputError, match="message: The message cannot be read"):
        incoming.read(mail("", content="text/plain; name*0*=a; name*=utf-8''%"))


def test_a_part_that_only_has_the_name_of_a_calendar_answers_nothing():
    content, body = multipart(
        "mixed", f'Content-Type: message/rfc822; name="a.ics"\r\n\r\n{mail(answer()).decode()}'
    )
    assert incoming.read(mail(body, content=content)).kind is Kind.OTHER


def test_what_is_too_large_is_refused():
    with pytest.raises(InputError, match="the most is 1048576"):
        incoming.read(b"x" * (1024 * 1024 + 1))
    with pytest.raises(InputError, match="more than 500 parts"):
        incoming.read(mail("--b\r\n" * 1001, content="multipart/mixed; boundary=b"))


@pytest.mark.parametrize(
    "octets",
    [
        b'Content-Type: text/calendar; x="' + b";" * 900_000 + b"\r\n\r\n",
        b'Content-Type: multipart/mixed; boundary="' + b"\\;" * 400_000 + b"\r\n\r\n--b\r\n",
        b"From: " + b"(" * 900_000 + b"\r\n\r\n",
        b"To: " + b"a@" * 400_000 + b"\r\n\r\n",
        mail("BEGIN:VEVENT\r\n" * 70_000),
        mail("BEGIN:VEVENT\r\nATTENDEE" + ';A="' * 250_000),
        mail("BEGIN:VEVENT\r\nUID:" + "\\" * 1_000_000),
        mail(" \n" * 500_000),
        report().replace(b"Action: failed", b"Action: failed\r\n\r\n" * 50_000),
        mail("5" * 1_000_000, sender="postmaster@x.example", content="text/plain"),
    ],
)
def test_no_mail_costs_more_than_a_moment(octets):
    began = time.process_time()
    with contextlib.suppress(InputError):
        incoming.read(octets[: incoming.LARGEST])
    assert time.process_time() - began < 3


def test_an_answer_is_read_within_five_milliseconds():
    octets = answers.gmail()
    times = []
    for _ in range(50):
        began = time.process_time()
        incoming.read(octets)
        times.append(time.process_time() - began)
    assert statistics.median(times) < 0.005


def read_or_refused(octets):
    """Return what a mail says, None where it is refused; anything else is an error."""
    with contextlib.suppress(InputError):
        return incoming.read(octets)
    return None


PIECES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"From: a@b.example\r\n",
            b"Content-Type: multipart/mixed; boundary=b\r\n",
            b"Content-Type: multipart/report; boundary=b\r\n",
            b"Content-Type: message/delivery-status\r\n\r\n",
            b"Content-Type: message/rfc822\r\n\r\n",
            b"Content-Type: text/calendar; charset=utf-16; method=REPLY\r\n",
            b"Content-Transfer-Encoding: base64\r\n",
            b"Content-Transfer-Encoding: x-uuencode\r\n",
            b"Message-ID: <a@b>\r\n",
            b"Subject: =?utf-8?q?=?=\r\n",
            b"\r\n--b\r\n",
            b"\r\n--b--\r\n",
            b"\r\n",
            b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:u\r\n",
            b"ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.example\r\n",
            b"DTSTART;TZID=Asia/Karachi:00010101T000000\r\n",
            b"END:VEVENT\r\n",
            b"Action: failed\r\nStatus: 5.0.0\r\n",
        ]
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=25).map(b"".join))
def test_garbage_is_read_or_refused_and_nothing_else(octets):
    read = read_or_refused(octets)
    assert read is None or (read.kind is Kind.REPLY) == bool(read.said)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_an_answer_that_was_damaged_is_read_or_refused(data):
    octets = bytearray(data.draw(st.sampled_from([*answers.PROGRAMS.values(), report]))())
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(octets) - 1))
        octets[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    read = read_or_refused(bytes(octets))
    assert read is None or (read.kind is Kind.REPLY) == bool(read.said)
