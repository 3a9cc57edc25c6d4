"""Mails as the standard library, which did not write them, reads them (RFC 5322, RFC 6047)."""

import email
import email.policy
import json
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.goldens import golden
from townhall.domain.invites import (
    Attendee,
    Change,
    Circular,
    Copy,
    Envelope,
    Event,
    Mailbox,
    News,
    Notice,
    Part,
    Place,
    Role,
    Status,
    circular,
    ics,
    invite,
    post,
    question_news,
    registering,
    sign_in,
)
from townhall.domain.invites.plain import columns
from townhall.domain.states import MailKind, PartStat
from townhall.errors import InputError, TooLargeError
from townhall.i18n import ENGLISH, Speech

EVENT = Event(
    uid="polio-1@townhall.example.org",
    sequence=1,
    revised_at=datetime(2012, 2, 16, 15, 0, tzinfo=UTC),
    starts_at=datetime(2012, 2, 20, 19, 0, tzinfo=UTC),
    minutes=60,
    title="Polio: a live conversation",
    organizer=Mailbox("townhall@example.org", "UNICEF town halls"),
    description="Questions are welcome before and during the event.\n\n#miaCONGO",
    url="https://meet.example.org/polio",
    phone="+1 212 555 0100, code 4711",
)
NOTICE = Notice(
    MailKind.INVITE,
    EVENT,
    Place("Islamabad", "Asia/Karachi"),
    Place("New York", "America/New_York"),
)
BILAL = Attendee("bilal@example.net", "Bilal Khan", reply_tag="r7k2")
WRITTEN = datetime(2012, 2, 16, 15, 0, 7, tzinfo=UTC)
LINKS = {"reply_url": "https://townhall.example.org/i/r7k2?a=1&b=2"}
SENDER = Mailbox("townhall@example.org", "UNICEF town halls")
NOTICES = {
    MailKind.INVITE: replace(NOTICE, burden="For Islamabad it is night.", why="No hour is fairer."),
    MailKind.MOVED: replace(
        NOTICE,
        kind=MailKind.MOVED,
        moved_from=datetime(2012, 2, 20, 15, 0, tzinfo=UTC),
        changes=(Change(Part.MINUTES, "90"), Change(Part.URL)),
        note="The ambassador's flight is late.\nWe are sorry.",
    ),
    MailKind.UPDATED: replace(
        NOTICE,
        kind=MailKind.UPDATED,
        changes=(Change(Part.TITLE, "Polio"), Change(Part.DESCRIPTION), Change(Part.PHONE, "1")),
    ),
    MailKind.REMINDER: replace(NOTICE, kind=MailKind.REMINDER, why="No hour is fairer."),
    MailKind.CANCELLED: replace(
        NOTICE, kind=MailKind.CANCELLED, event=replace(EVENT, status=Status.CANCELLED, sequence=2)
    ),
    MailKind.REMOVED: replace(NOTICE, kind=MailKind.REMOVED, demo=True),
}


def read(octets: bytes) -> EmailMessage:
    message = email.message_from_bytes(octets, policy=email.policy.default)
    assert not message.defects
    return message


def mailed(notice: Notice, attendee: Attendee = BILAL, speech: Speech = ENGLISH) -> EmailMessage:
    return read(invite(notice, attendee, speech, code="q1w2e3", written_at=WRITTEN, **LINKS))


def part(message: EmailMessage, kind: str) -> str:
    """Return the first part of a content type, with LF line ends."""
    (found, *_) = (each for each in message.walk() if each.get_content_type() == kind)
    return found.get_payload(decode=True).decode().replace("\r\n", "\n")


@pytest.mark.parametrize("kind", NOTICES)
def test_notice_reads_as_it_was_approved(kind: MailKind, mail_speech: Speech):
    message = mailed(NOTICES[kind], speech=mail_speech)
    for content, suffix in (("text/plain", "txt"), ("text/html", "html"), ("text/calendar", "ics")):
        name = f"{kind}-{mail_speech.language}.{suffix}"
        said = part(message, content)
        if suffix == "txt":
            said = f"{message['Subject']}\n\n{said}"
        assert said == golden(name, said)


@pytest.mark.parametrize(
    "name, told",
    [
        ("one-of-two-sittings", {"sittings": 2}),
        ("all-of-three-sittings", {"sittings": 3, "attends": 3}),
        ("two-of-three-sittings", {"sittings": 3, "attends": 2}),
        (
            "another-sitting",
            {
                "kind": MailKind.REMOVED,
                "instead": datetime.fromisoformat("2012-02-21T13:00+00:00"),
                "sittings": 2,
            },
        ),
    ],
)
def test_notice_of_several_sittings_reads_as_it_was_approved(
    name: str, told: dict[str, object], mail_speech: Speech
):
    message = mailed(replace(NOTICE, **told), speech=mail_speech)
    said = f"{message['Subject']}\n\n{part(message, 'text/plain')}"
    assert said == golden(f"{name}-{mail_speech.language}.txt", said)


def test_notice_of_changed_clocks_reads_as_it_was_approved(mail_speech: Speech):
    told = datetime.fromisoformat("2012-02-21T01:00+06:00")
    message = mailed(replace(NOTICE, kind=MailKind.UPDATED, clock_was=told), speech=mail_speech)
    said = f"{message['Subject']}\n\n{part(message, 'text/plain')}"
    assert said == golden(f"clocks-changed-{mail_speech.language}.txt", said)


def test_mail_to_who_registered_reads_as_it_was_approved(mail_speech: Speech):
    guest = replace(BILAL, role=Role.OPTIONAL, partstat=PartStat.ACCEPTED, rsvp=False, reply_tag="")
    own = "https://townhall.example.org/r/r7k2/5eal"
    octets = invite(
        NOTICE,
        guest,
        mail_speech,
        code="q1w2e3",
        written_at=WRITTEN,
        reply_url=own,
        leave_url=f"{own}/leave",
    )
    message = read(octets)
    assert message["List-Unsubscribe"] == f"<{own}/leave>"
    for content, suffix in (("text/plain", "txt"), ("text/html", "html"), ("text/calendar", "ics")):
        name = f"registered-{mail_speech.language}.{suffix}"
        said = part(message, content)
        if suffix == "txt":
            said = f"{message['Subject']}\n\n{said}"
        assert said == golden(name, said)


def test_registering_reads_as_it_was_approved(mail_speech: Speech):
    link = "https://townhall.example.org/r/r7k2/5eal"
    contents = registering("Polio: a live conversation", link, 48, mail_speech, demo=True)
    message = read(post(contents, Envelope(SENDER, Mailbox("a@example.net"), "q1", WRITTEN)))
    said = f"{message['Subject']}\n\n{part(message, 'text/plain')}"
    assert said == golden(f"register-{mail_speech.language}.txt", said)


@pytest.mark.parametrize("news", News)
def test_question_news_reads_as_it_was_approved(news: News, mail_speech: Speech):
    contents = question_news(
        news,
        "Polio",
        "Can the vaccine be kept cold without power?",
        "https://townhall.example.org/t/polio/q/7",
        mail_speech,
        words="Yes, for five days in a cold box." if news is News.ANSWERED else "",
        leave_url="https://townhall.example.org/t/polio/q/7/stop",
        demo=True,
    )
    envelope = Envelope(SENDER, Mailbox("asker@example.net"), "q1", WRITTEN)
    message = read(post(contents, envelope))
    said = f"{message['Subject']}\n\n{part(message, 'text/plain')}"
    assert said == golden(f"question-{news}-{mail_speech.language}.txt", said)


def test_sign_in_reads_as_it_was_approved():
    contents = sign_in("https://townhall.example.org/in/abc", "042917", 10, ENGLISH, demo=True)
    message = read(post(contents, Envelope(SENDER, Mailbox("a@example.net"), "q1", WRITTEN)))
    said = f"{message['Subject']}\n\n{part(message, 'text/plain')}"
    assert said == golden("sign-in-en.txt", said)
    assert '<strong class="digits">042917</strong>' in part(message, "text/html")


def test_invite_has_the_parts_that_calendars_look_for():
    octets = invite(NOTICE, BILAL, ENGLISH, code="q1w2e3", written_at=WRITTEN, **LINKS)
    message = read(octets)
    assert octets.isascii()
    assert b"\n" not in octets.replace(b"\r\n", b"")
    assert [
        (each.get_content_type(), each.get_content_disposition()) for each in message.walk()
    ] == [
        ("multipart/mixed", None),
        ("multipart/alternative", None),
        ("text/plain", None),
        ("text/html", None),
        ("text/calendar", "inline"),
        ("application/ics", "attachment"),
    ]
    *_, inline, attached = message.walk()
    assert inline["Content-Type"].params == {"method": "REQUEST", "charset": "UTF-8"}
    assert attached.get_filename() == "invite.ics"
    entry = ics(EVENT, NOTICE.method, BILAL)
    assert (inline.get_payload(decode=True), attached.get_payload(decode=True)) == (entry, entry)


def test_invite_names_its_sender_and_one_recipient():
    message = mailed(NOTICE)
    assert dict(message.items()) == {
        "From": "UNICEF town halls <townhall@example.org>",
        "To": "Bilal Khan <bilal@example.net>",
        "Subject": "Invitation: Polio: a live conversation, Tue 21 Feb 2012, 00:00 UTC+05:00",
        "Date": "Thu, 16 Feb 2012 15:00:07 +0000",
        "Message-ID": "<q1w2e3@example.org>",
        "MIME-Version": "1.0",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "en",
        "Reply-To": "UNICEF town halls <townhall+r7k2@example.org>",
        "Content-Type": 'multipart/mixed; boundary="=_m_q1w2e3"',
    }


@pytest.mark.parametrize(
    "name, header",
    [
        ("", b"To: bilal@example.net\r\n"),
        ("Bilal Khan", b"To: Bilal Khan <bilal@example.net>\r\n"),
        ('B. "K" \\', b'To: "B. \\"K\\" \\\\" <bilal@example.net>\r\n'),
        ("K" * 60, b"To: " + b"K" * 60 + b"\r\n <bilal@example.net>\r\n"),
        ("K." * 40, b"To: =?utf-8?b?"),
        ("=?utf-8?q?x?=", b"To: =?utf-8?b?"),
        ("بلال", b"To: =?utf-8?b?2KjZhNin2YQ=?=\r\n <bilal@example.net>\r\n"),
    ],
    ids=["none", "plain", "quoted", "long", "longer", "looks encoded", "Arabic"],
)
def test_name_is_written_the_plainest_way_that_holds_it(name: str, header: bytes):
    octets = invite(
        NOTICE, replace(BILAL, name=name), ENGLISH, code="q", written_at=WRITTEN, **LINKS
    )
    assert header in octets


def test_letter_without_words_or_ways_out_says_nothing_of_them():
    contents = question_news(News.NEXT, "Polio", "Why?", "https://t.example.org/q/7", ENGLISH)
    text = part(
        read(post(contents, Envelope(SENDER, Mailbox("a@b.org"), "q", WRITTEN))), "text/plain"
    )
    assert text == (
        "Your question for “Polio” is the next to be answered.\n\nYou asked:\nWhy?\n\n"
        "Follow the event\nhttps://t.example.org/q/7\n"
    )
    signing = sign_in("https://t.example.org/in", "042917", 1, ENGLISH)
    assert "demonstration" not in str(signing)
    assert "The link and the code hold for 1 minute and work once." in str(signing)


def test_same_invite_is_the_same_to_the_octet():
    again = [
        invite(NOTICE, BILAL, ENGLISH, code="q1w2e3", written_at=WRITTEN, **LINKS) for _ in range(2)
    ]
    assert again[0] == again[1]


@pytest.mark.parametrize("kind", NOTICES)
def test_circular_that_was_stored_makes_the_same_mail(kind: MailKind, mail_speech: Speech):
    told = circular(NOTICES[kind], mail_speech, written_at=WRITTEN)
    own = Copy(BILAL, **LINKS)
    kept = json.loads(json.dumps([told.stored(), own.stored()]))
    again = Circular.read(kept[0]).copy(Copy.read(kept[1]), "q1w2e3")
    straight = invite(NOTICES[kind], BILAL, mail_speech, code="q1w2e3", written_at=WRITTEN, **LINKS)
    assert (again, Circular.read(kept[0])) == (straight, told)


def test_copy_with_a_line_end_in_its_name_is_refused_before_it_is_stored():
    with pytest.raises(InputError, match="goes on one line of a mail") as error:
        Copy(Attendee("bilal@example.net", "Bilal\nKhan"), **LINKS)
    assert error.value.field == "name"


def test_who_registered_alone_can_leave_with_one_click():
    own = Attendee("own@example.net", role=Role.OPTIONAL, partstat=PartStat.ACCEPTED, rsvp=False)
    leave = "https://townhall.example.org/leave/own"
    message = read(
        invite(NOTICE, own, ENGLISH, code="q", written_at=WRITTEN, leave_url=leave, **LINKS)
    )
    assert message["List-Unsubscribe"] == f"<{leave}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert leave in part(message, "text/plain")
    assert f'href="{leave}"' in part(message, "text/html")
    assert "Reply-To" not in message


def test_links_of_one_person_stand_in_that_persons_mail_alone():
    mailed(NOTICE)
    other = invite(
        NOTICE, BILAL, ENGLISH, code="z", written_at=WRITTEN, reply_url="https://other.example/"
    )
    bodies = [part(read(other), kind) for kind in ("text/plain", "text/html")]
    assert ["https://other.example/" in body for body in bodies] == [True, True]
    assert ["r7k2" in body for body in bodies] == [False, False]


def test_sitting_at_headquarters_shows_its_clock_once():
    home = replace(NOTICE, place=NOTICE.headquarters)
    assert part(mailed(home), "text/plain").count("14:00 to 15:00") == 2  # opening and table


def test_sitting_without_a_link_says_that_it_will_follow():
    bare = replace(NOTICE, event=replace(EVENT, url="", phone="", description=""))
    text = part(mailed(bare), "text/plain")
    assert "How to join will follow in another mail." in text
    assert "About it:" not in text


def test_stored_markup_is_inert():
    nasty = "</title><script>alert(1)</script>\"'&"
    event = replace(EVENT, title=nasty, description=nasty, phone=nasty)
    notice = replace(
        NOTICE, event=event, note=nasty, burden=nasty, why=nasty, place=Place(nasty, "UTC")
    )
    html = part(mailed(notice), "text/html")
    assert "<script" not in html
    assert html.count("</title>") == 1


@pytest.mark.parametrize(
    "notice, attendee, field",
    [
        (replace(NOTICE, event=replace(EVENT, title="x\r\nBcc: all@example.org")), BILAL, "title"),
        (replace(NOTICE, event=replace(EVENT, title="x\nBcc: all@example.org")), BILAL, "title"),
        (NOTICE, replace(BILAL, name="B\r\nBcc: all@example.org"), "name"),
        (
            replace(NOTICE, event=replace(EVENT, organizer=replace(SENDER, name="B\nX: y"))),
            BILAL,
            "name",
        ),
    ],
)
def test_line_end_that_would_begin_another_header_is_refused(notice, attendee, field):
    with pytest.raises(InputError, match="goes on one line of a mail") as error:
        mailed(notice, attendee)
    assert error.value.field == field


@pytest.mark.parametrize("field", ["reply_url", "leave_url"])
def test_link_that_would_begin_another_header_is_refused(field):
    links = {**LINKS, field: "https://x.example/>\r\nBcc: all@example.org"}
    with pytest.raises(InputError) as error:
        invite(NOTICE, BILAL, ENGLISH, code="q", written_at=WRITTEN, **links)
    assert error.value.field == field


def test_code_that_would_end_the_message_id_is_refused():
    with pytest.raises(InputError) as error:
        invite(NOTICE, BILAL, ENGLISH, code="a>\r\nX: y", written_at=WRITTEN, **LINKS)
    assert error.value.field == "code"


def test_long_description_is_shortened_on_the_page_alone():
    event = replace(EVENT, description="<&\"'>" * 4_000)
    message = mailed(replace(NOTICE, event=event, note="é" * 9_000))
    html = part(message, "text/html")
    assert len(html.encode()) <= 25_000
    assert html.count("…</p>") == 2
    assert "".join(part(message, "text/plain").split()).count("<&\"'>") == 4_000


def test_page_that_cannot_be_small_enough_is_refused():
    with pytest.raises(TooLargeError) as error:
        mailed(replace(NOTICE, burden="<" * 7_000))
    assert error.value.field == "description"


LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=150)


@given(LINE.filter(lambda text: text == text.strip()), LINE)
@settings(max_examples=200, deadline=None)
def test_any_title_and_name_arrive_as_typed(title: str, name: str):
    event = replace(EVENT, title=f"a{title}")
    octets = invite(
        replace(NOTICE, event=event),
        replace(BILAL, name=name),
        ENGLISH,
        code="q",
        written_at=WRITTEN,
        **LINKS,
    )
    head, _, _ = octets.partition(b"\r\n\r\n")
    assert max(map(len, head.split(b"\r\n"))) <= 78
    message = email.message_from_bytes(octets, policy=email.policy.compat32)
    subject = str(email.header.make_header(email.header.decode_header(message["Subject"])))
    assert subject == f"Invitation: a{title}, Tue 21 Feb 2012, 00:00 UTC+05:00"
    shown, address = email.utils.parseaddr(message["To"])
    assert address == "bilal@example.net"
    assert str(email.header.make_header(email.header.decode_header(shown))) == name


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=300),
    st.sampled_from(list(NOTICES)),
)
@settings(max_examples=100, deadline=None)
def test_text_stays_within_its_columns(typed: str, kind: MailKind):
    event = replace(NOTICES[kind].event, title=f"t {typed}", description=typed, phone=typed)
    notice = replace(NOTICES[kind], event=event, note=typed, place=Place(typed, "Asia/Karachi"))
    lines = part(mailed(notice), "text/plain").split("\n")
    assert [
        line for line in lines if columns(line) > 76 and "://" not in line and "@" not in line
    ] == []
