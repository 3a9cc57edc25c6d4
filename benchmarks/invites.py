"""How fast invitations are made and handed on, beside what one would write without us.

    .venv/bin/python benchmarks/invites.py [--people N] [--quick]

docs/performance.md says what is measured and records a result.
"""

import gc
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP

import icalendar
import pytz
from measuring import arguments, ms, table, times
from sinking import sink
from sqlalchemy.orm import Session

from townhall import clock, schema
from townhall.adapters.mailers import NullMailer
from townhall.adapters.smtp import Smtp
from townhall.db import open_engine, sessions, transaction
from townhall.domain.invites import (
    Attendee,
    Copy,
    Event,
    Mailbox,
    Method,
    Notice,
    Place,
    circular,
    ics,
    invite,
)
from townhall.domain.ports import Mailer
from townhall.domain.states import MailKind
from townhall.i18n import ENGLISH
from townhall.models.accounts import Contact
from townhall.models.invitations import Circular, OutboxMessage
from townhall.services import outbox

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ZONE = pytz.timezone("Asia/Karachi")
EVENT = Event(
    uid="polio-1@townhall.example.org",
    sequence=0,
    revised_at=NOW,
    starts_at=datetime(2026, 12, 9, 11, 30, tzinfo=UTC),
    minutes=60,
    title="Ending polio: a live conversation, with questions; شلل الأطفال",
    organizer=Mailbox("townhall@example.org", "UNICEF town halls"),
    description="Ask before and during the event.\n" * 8,
    url="https://meet.example.org/polio",
    phone="+1 212 555 0100, code 4711",
)
NOTICE = Notice(
    MailKind.INVITE,
    EVENT,
    Place("Islamabad", "Asia/Karachi"),
    Place("New York", "America/New_York"),
    why="It is the fairest of 672 hours compared.",
)
TEXT = "You are invited to “Ending polio”.\n" * 20
HTML = "<p>You are invited to “Ending polio”.</p>\n" * 40


def rate(count: int, work: Callable[[], object], runs: int = 3) -> float:
    """Return how many of `count` things a second the best of several runs makes."""
    best = float("inf")
    for _ in range(runs):
        gc.collect()
        begin = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begin)
    return count / best


def people(count: int) -> list[Attendee]:
    """Return attendees with names as they come: plain, accented, Arabic, with a comma."""
    names = ("Sara Ali", "José Núñez", "سارة العلي", "Khan, Bilal")
    return [
        Attendee(
            f"person{number}@example.org", f"{names[number % 4]} {number}", reply_tag=f"{number}"
        )
        for number in range(count)
    ]


def library_entry(attendee: Attendee, vtimezone: icalendar.Timezone | None) -> bytes:
    """Return an entry as the documentation of `icalendar` has one build it."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//townhall//townhall//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "REQUEST")
    event = icalendar.Event()
    event.add("uid", EVENT.uid)
    event.add("sequence", EVENT.sequence)
    event.add("dtstamp", EVENT.revised_at)
    event.add("dtstart", EVENT.starts_at.astimezone(ZONE))
    event.add("dtend", EVENT.ends_at.astimezone(ZONE))
    event.add("summary", EVENT.title)
    event.add("description", EVENT.description)
    event.add("location", EVENT.url)
    event.add("url", EVENT.url)
    event.add("status", "CONFIRMED")
    organizer = icalendar.vCalAddress(f"mailto:{EVENT.organizer.address}")
    organizer.params["CN"] = icalendar.vText(EVENT.organizer.name)
    event.add("organizer", organizer)
    person = icalendar.vCalAddress(f"mailto:{attendee.address}")
    for name, value in (
        ("CN", attendee.name),
        ("CUTYPE", attendee.cutype),
        ("ROLE", attendee.role),
        ("PARTSTAT", attendee.partstat),
        ("RSVP", "TRUE"),
    ):
        person.params[name] = icalendar.vText(value)
    event.add("attendee", person)
    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", EVENT.title)
    alarm.add("trigger", timedelta(minutes=-15))
    event.add_component(alarm)
    if vtimezone is not None:
        calendar.add_component(vtimezone)
    calendar.add_component(event)
    if vtimezone is None:
        calendar.add_missing_timezones()
    return calendar.to_ical()


def plain_entry(attendee: Attendee) -> bytes:
    """Return an entry from a writer of forty lines: escape, quote, fold, for each person anew."""

    def text(value: str) -> str:
        for character, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
            value = value.replace(character, escaped)
        return value

    def folded(line: str) -> bytes:
        octets, cut = line.encode(), []
        while len(octets) > 75:
            end = 75
            while octets[end] & 0xC0 == 0x80:
                end -= 1
            cut.append(octets[:end])
            octets = b" " + octets[end:]
        return b"\r\n".join([*cut, octets])

    person = (
        f"ATTENDEE;CUTYPE={attendee.cutype};ROLE={attendee.role};PARTSTAT={attendee.partstat}"
        f';RSVP=TRUE;CN="{attendee.name}":mailto:{attendee.address}'
    )
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//townhall//townhall//EN",
        "VERSION:2.0",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:{EVENT.uid}",
        f"SEQUENCE:{EVENT.sequence}",
        f"DTSTAMP:{EVENT.revised_at:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{EVENT.starts_at:%Y%m%dT%H%M%SZ}",
        f"DTEND:{EVENT.ends_at:%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{text(EVENT.title)}",
        f"DESCRIPTION:{text(EVENT.description)}",
        f"LOCATION:{text(EVENT.url)}",
        f"URL:{EVENT.url}",
        "STATUS:CONFIRMED",
        f'ORGANIZER;CN="{EVENT.organizer.name}":mailto:{EVENT.organizer.address}',
        person,
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{text(EVENT.title)}",
        "TRIGGER:-PT15M",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"\r\n".join(map(folded, lines)) + b"\r\n"


def entry(attendee: Attendee) -> bytes:
    """Return an entry of ours."""
    return ics(EVENT, Method.REQUEST, attendee)


def our_mail(attendee: Attendee) -> bytes:
    """Return a whole mail of ours."""
    return invite(
        NOTICE,
        attendee,
        ENGLISH,
        code=f"c{attendee.reply_tag}",
        written_at=NOW,
        reply_url=f"https://townhall.example.org/i/{attendee.reply_tag}",
    )


def library_mail(attendee: Attendee) -> bytes:
    """Return a mail of the same parts by the standard library, texts and entry given."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"{EVENT.organizer.name} <{EVENT.organizer.address}>"
    message["To"] = attendee.address
    message["Subject"] = f"Invitation: {EVENT.title}"
    message.set_content(TEXT)
    message.add_alternative(HTML, subtype="html")
    own = entry(attendee)
    message.add_alternative(own.decode(), subtype="calendar", params={"method": "REQUEST"})
    message.add_attachment(own, maintype="application", subtype="ics", filename="invite.ics")
    return message.as_bytes()


def commits() -> float:
    """Return how many transactions a second the disk takes: the outbox needs one for each mail."""
    with tempfile.TemporaryDirectory() as folder:
        line = sqlite3.connect(f"{folder}/commits.db", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            line.execute(f"PRAGMA {pragma}")
        line.execute("CREATE TABLE t (n)")
        count = 500
        found = rate(
            count, lambda: [line.execute("INSERT INTO t VALUES (1)") for _ in range(count)], runs=2
        )
        line.close()
    return found


def handed_on(count: int, mailer: Mailer) -> list[str]:
    """Return how many mails a second leave an outbox on SQLite, synchronized, and their cost."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/outbox.db")
        schema.upgrade(engine)
        make = sessions(engine)
        with make() as db:
            filled(db, count)
        chance = random.Random(1)
        begin, worked = time.perf_counter(), time.process_time()
        taken = outbox.drain(
            make, mailer, EVENT.organizer.address, now=clock.now, draw=chance.random
        )
        duration, worked = time.perf_counter() - begin, time.process_time() - worked
        engine.dispose()
    return [f"{taken / duration:,.0f}", f"{ms(worked / taken)} of CPU each"]


def filled(db: Session, count: int) -> None:
    """Put `count` invitations, each to another person, into the outbox as a sitting's are."""
    now = clock.now()
    told = circular(NOTICE, ENGLISH, written_at=NOW)
    with transaction(db):
        kept = Circular(contents=told.stored())
        for attendee in people(count):
            contact = Contact(
                name=attendee.name, address=attendee.address, address_key=attendee.address
            )
            own = Copy(attendee, f"https://townhall.example.org/i/{attendee.reply_tag}")
            row = OutboxMessage(
                code=f"c{attendee.reply_tag}",
                kind=MailKind.INVITE,
                contact=contact,
                thread=EVENT.uid,
                method="REQUEST",
                subject=EVENT.title,
                circular=kept,
                own=own.stored(),
                due_at=now,
                give_up_at=now + timedelta(days=1),
                created_at=now,
            )
            db.add(row)


def rates(ours: tuple[str, float], *others: tuple[str, float]) -> list[list[str]]:
    """Return a row for our rate, and one for each other with the ratio."""
    return [[ours[0], f"{ours[1]:,.0f}", ""]] + [
        [name, f"{found:,.0f}", times(ours[1] / found)] for name, found in others
    ]


def main() -> None:
    """Measure, and print a table."""
    parser = arguments(__doc__)
    parser.add_argument("--people", type=int, default=2_000)
    asked = parser.parse_args()
    count = 200 if asked.quick else asked.people
    guests = people(count)
    few = guests[: max(1, count // 10)]

    icalendar.use_pytz()
    vtimezone = icalendar.Timezone.from_tzid("Asia/Karachi")
    rows = rates(
        ("calendar entries: ours", rate(count, lambda: [entry(each) for each in guests])),
        ("a plain writer", rate(count, lambda: [plain_entry(each) for each in guests])),
        (
            "icalendar, VTIMEZONE made once",
            rate(len(few), lambda: [library_entry(each, vtimezone) for each in few]),
        ),
        (
            "icalendar with `add_missing_timezones()`",
            rate(10, lambda: [library_entry(each, None) for each in guests[:10]]),
        ),
    )
    rows += rates(
        ("whole mails: ours", rate(count, lambda: [our_mail(each) for each in guests])),
        ("`EmailMessage`", rate(len(few), lambda: [library_mail(each) for each in few])),
    )
    rows.append(["a bare commit", f"{commits():,.0f}", ""])
    rows.append(["out of the outbox to nothing", *handed_on(count, NullMailer())])
    if shutil.which("cc"):
        with sink() as (port, _):
            smtp = Smtp(f"smtp://127.0.0.1:{port}", hello="townhall.example.org")
            rows.append(["out of the outbox over SMTP", *handed_on(count, smtp)])
            smtp.close()
    table([f"mails of {len(our_mail(guests[0])):,} octets", "a second", "ours is"], rows)
    if not shutil.which("cc"):
        sys.exit("no C compiler, so no sink for SMTP")


if __name__ == "__main__":
    main()
