"""A calendar server in memory, an organizer with a calendar on it, and the worker."""

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select

from tests.fixtures.make import NOW
from tests.services.test_sittings import SENDER, START, Story
from townhall.db import transaction
from townhall.domain.access import Role
from townhall.domain.invites import resource
from townhall.domain.own_calendar import ChangedError, KeepingError
from townhall.domain.ports import Stored
from townhall.domain.states import SittingState
from townhall.models.own_calendars import OwnCalendar, OwnEntry
from townhall.models.planning import Sitting
from townhall.queries import accounts
from townhall.services import keeping, own_calendars, own_entries
from townhall.services.own_calendars import Given

ADDRESS = "https://cloud.example/dav/ana/events/"
GIVEN = Given(ADDRESS, "ana", "app password")
MINUTE = timedelta(minutes=1)
ON_SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
"""For what the rules decide, and the database merely keeps."""


class Server:
    """Keeps objects by address and name, as a CalDAV server does; fails as a test says."""

    def __init__(self):
        self.objects = {}
        self.asked = []
        self.failing = None
        self.meanwhile = lambda: None
        """What happens between reading and writing."""
        self._tags = count(1)

    def put(self, key, octets):
        self.objects[key] = Stored(octets, f'"{next(self._tags)}"')

    def look(self, access):
        self._ask("PROPFIND", access, "")
        return "Work"

    def read(self, access, name):
        self._ask("GET", access, name)
        found = self.objects.get((access.address, name))
        self.meanwhile()
        return found

    def write(self, access, name, octets, etag):
        self._ask("PUT", access, name)
        self._compare(access, name, etag)
        self.put((access.address, name), octets)

    def delete(self, access, name, etag):
        self._ask("DELETE", access, name)
        self._compare(access, name, etag)
        del self.objects[access.address, name]

    def _ask(self, method, access, name):
        self.asked.append((method, name))
        assert (access.user, access.password) == ("ana", "app password")
        if self.failing is not None:
            raise self.failing

    def _compare(self, access, name, etag):
        found = self.objects.get((access.address, name))
        if (found.etag if found else None) != etag:
            raise ChangedError

    def methods(self):
        """Return which methods were used since this was last asked."""
        used = [method for method, _ in self.asked]
        self.asked.clear()
        return used


def refusal(words="403 Forbidden", *, again=False, whole=False):
    message = "The calendar's server says: %(words)s"
    return KeepingError(message, again=again, whole=whole, words=words)


class Organizer(Story):
    """A town hall whose owner has a calendar, and the worker that keeps it."""

    def __init__(self, db, make, sessions):
        super().__init__(db, make)
        self.make = make
        self.sessions = sessions
        self.server = Server()
        self.now = NOW
        self.account = make.account("Ana", language="en")
        make.member(self.account, self.hall, Role.OWNER)
        session, _token = make.session(self.account)
        self.owner = accounts.actor(db, session)

    def give(self, given=GIVEN):
        return own_calendars.keep(self.db, self.server, self.owner, given, now=self.now)

    def work(self):
        """Let the worker put what is due, and return how many entries are in step by that."""
        return keeping.work(
            self.sessions, self.server, SENDER, now=lambda: self.now, draw=lambda: 0.5
        )

    def plan(self, start=START):
        """Hold the sitting at a start as an organizer would, with every mail."""
        return self.send(self.choose(start, now=self.now), now=self.now)

    def hold(self, start=START):
        """Hold the sitting at a start, as cheaply as can be."""
        return self._change(starts_at=start, state=SittingState.SCHEDULED)

    def off(self):
        """Call the sitting off."""
        return self._change(state=SittingState.CANCELLED)

    def double(self):
        """Hold two more sittings."""
        made = [self.make.sitting(self.hall, title="Polio", starts_at=START) for _ in range(2)]
        with transaction(self.db):
            for sitting in made:
                own_entries.changed(self.db, sitting, self.now)

    def _change(self, **columns):
        """Change the sitting, or make it, and mark it as every service does that sends."""
        with transaction(self.db):
            sitting = self.db.scalar(select(Sitting).where(Sitting.town_hall_id == self.hall.id))
            if sitting is None:
                sitting = Sitting(
                    town_hall=self.hall,
                    number=1,
                    uid=f"{self.hall.code}-1@townhall",
                    title=self.hall.title,
                    minutes=60,
                    zone_release="2026",
                    sequence=-1,
                    revision=-1,
                )
                self.db.add(sitting)
            for name, value in columns.items():
                setattr(sitting, name, value)
            sitting.sequence += 1
            sitting.revision += 1
            sitting.revised_at = self.now
            own_entries.changed(self.db, sitting, self.now)
        return sitting

    def row(self):
        [row] = self.rows()
        return row

    def rows(self):
        self.db.rollback()
        self.db.expire_all()
        return self.db.scalars(select(OwnEntry).order_by(OwnEntry.id)).all()

    def calendars(self):
        self.db.rollback()
        self.db.expire_all()
        return self.db.scalars(select(OwnCalendar)).all()

    def octets(self, sitting):
        """Return what stands in the calendar of a sitting."""
        return self.server.objects[ADDRESS, f"{sitting.uid}.ics"].octets

    def found(self, sitting):
        return resource.found(self.octets(sitting), sitting.uid)
