"""Calendars as readers of other houses understand them: vobject, ical.js and libical.

Each reader takes octets and returns the same plain shape, so that a test can say: whatever
was typed, all of them read it as typed.
"""

import ctypes
import ctypes.util
import json
import re
import subprocess
from collections.abc import Callable
from typing import Any

import vobject

from tests.node import INSTALLED, JS

PARAMETERS = ("cutype", "role", "partstat", "rsvp")

Reading = dict[str, Any]
Reader = Callable[[bytes], Reading]


def instant(moment: Any) -> str:
    return f"{moment:%Y%m%dT%H%M%SZ}"


def uncareted(value: str) -> str:
    """Decode RFC 6868, which vobject leaves to its caller."""
    return re.sub(r"\^(.)", lambda found: {"n": "\n", "'": '"', "^": "^"}[found[1]], value)


def vobject_reads(octets: bytes) -> Reading:
    calendar = vobject.readOne(octets.decode())

    def person(line: Any) -> Reading:
        return {
            "address": line.value.removeprefix("mailto:"),
            "name": uncareted(line.params.get("CN", [""])[0]),
            "parameters": {name: line.params.get(name.upper(), [""])[0] for name in PARAMETERS},
        }

    def entry(event: Any) -> Reading:
        def text(name: str) -> str:
            return getattr(event, name).value if hasattr(event, name) else ""

        return {
            "uid": text("uid"),
            "sequence": int(text("sequence")),
            "status": text("status"),
            "starts_at": instant(event.dtstart.value),
            "ends_at": instant(event.dtend.value),
            "revised_at": instant(event.dtstamp.value),
            "title": text("summary"),
            "description": text("description"),
            "location": text("location"),
            "organizer": person(event.organizer),
            "attendees": [person(line) for line in event.contents.get("attendee", [])],
            "conferences": [line.value for line in event.contents.get("conference", [])],
            "alarms": [alarm.description.value for alarm in event.contents.get("valarm", [])],
        }

    return {
        "method": calendar.method.value,
        "entries": [entry(event) for event in calendar.contents.get("vevent", [])],
    }


class IcalJs:
    """ical.js in one node process that answers a line for a line."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            ["node", str(JS / "read.mjs"), str(INSTALLED)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __call__(self, octets: bytes) -> Reading:
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin
        assert stdout
        stdin.write(json.dumps(octets.decode()) + "\n")
        stdin.flush()
        return json.loads(stdout.readline())

    def close(self) -> None:
        self.process.communicate(timeout=10)


class Libical:
    """libical, the reader of GNOME and KDE, by its C functions."""

    def __init__(self) -> None:
        self.c = ctypes.CDLL(ctypes.util.find_library("ical"))
        pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
        for name, result, *arguments in (
            ("icalparser_parse_string", pointer, text),
            ("icalcomponent_free", None, pointer),
            ("icalcomponent_get_method", number, pointer),
            ("icalproperty_method_to_string", text, number),
            ("icalcomponent_get_first_component", pointer, pointer, number),
            ("icalcomponent_get_next_component", pointer, pointer, number),
            ("icalcomponent_get_first_property", pointer, pointer, number),
            ("icalcomponent_get_next_property", pointer, pointer, number),
            ("icalcomponent_string_to_kind", number, text),
            ("icalproperty_string_to_kind", number, text),
            ("icalproperty_get_value", pointer, pointer),
            ("icalvalue_get_text", text, pointer),
            ("icalproperty_get_value_as_string", text, pointer),
            ("icalproperty_get_first_parameter", pointer, pointer, number),
            ("icalproperty_get_parameter_as_string", text, pointer, text),
            ("icalparameter_string_to_kind", number, text),
            ("icalparameter_get_cn", text, pointer),
        ):
            function = getattr(self.c, name)
            function.restype, function.argtypes = result, arguments

    @staticmethod
    def missing() -> str:
        return "" if ctypes.util.find_library("ical") else "the library libical is not installed"

    def __call__(self, octets: bytes) -> Reading:
        calendar = self.c.icalparser_parse_string(octets)
        assert calendar, "libical read nothing"
        method = self.c.icalproperty_method_to_string(self.c.icalcomponent_get_method(calendar))
        answer = {
            "method": method.decode(),
            "entries": [self._entry(event) for event in self._components(calendar, b"VEVENT")],
        }
        self.c.icalcomponent_free(calendar)
        return answer

    def _components(self, parent: int, name: bytes) -> list[int]:
        kind = self.c.icalcomponent_string_to_kind(name)
        found = [self.c.icalcomponent_get_first_component(parent, kind)]
        while found[-1]:
            found.append(self.c.icalcomponent_get_next_component(parent, kind))
        return found[:-1]

    def _properties(self, parent: int, name: bytes) -> list[int]:
        kind = self.c.icalproperty_string_to_kind(name)
        found = [self.c.icalcomponent_get_first_property(parent, kind)]
        while found[-1]:
            found.append(self.c.icalcomponent_get_next_property(parent, kind))
        return found[:-1]

    def _text(self, parent: int, name: bytes) -> str:
        for found in self._properties(parent, name):
            return self.c.icalvalue_get_text(self.c.icalproperty_get_value(found)).decode()
        return ""

    def _raw(self, parent: int, name: bytes) -> list[str]:
        return [
            self.c.icalproperty_get_value_as_string(found).decode()
            for found in self._properties(parent, name)
        ]

    def _people(self, parent: int, name: bytes) -> list[Reading]:
        common_name = self.c.icalparameter_string_to_kind(b"CN")

        def name_of(found: int) -> str:
            parameter = self.c.icalproperty_get_first_parameter(found, common_name)
            return self.c.icalparameter_get_cn(parameter).decode() if parameter else ""

        def parameter(found: int, key: str) -> str:
            value = self.c.icalproperty_get_parameter_as_string(found, key.encode())
            return (value or b"").decode()

        return [
            {
                "address": address.removeprefix("mailto:"),
                "name": name_of(found),
                "parameters": {key: parameter(found, key) for key in PARAMETERS},
            }
            for found, address in zip(
                self._properties(parent, name), self._raw(parent, name), strict=True
            )
        ]

    def _entry(self, event: int) -> Reading:
        return {
            "uid": self._text(event, b"UID"),
            "sequence": int(self._raw(event, b"SEQUENCE")[0]),
            "status": (self._raw(event, b"STATUS") or [""])[0],
            "starts_at": self._raw(event, b"DTSTART")[0],
            "ends_at": self._raw(event, b"DTEND")[0],
            "revised_at": self._raw(event, b"DTSTAMP")[0],
            "title": self._text(event, b"SUMMARY"),
            "description": self._text(event, b"DESCRIPTION"),
            "location": self._text(event, b"LOCATION"),
            "organizer": self._people(event, b"ORGANIZER")[0],
            "attendees": self._people(event, b"ATTENDEE"),
            "conferences": self._raw(event, b"CONFERENCE"),
            "alarms": [
                self._text(alarm, b"DESCRIPTION") for alarm in self._components(event, b"VALARM")
            ],
        }
