"""The planner's hour as a picture: an SVG that stands alone, and the PNG of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from flask import Response
from markupsafe import escape

from townhall.domain import zones
from townhall.domain.options import Cost, Option
from townhall.domain.reasons import Reasons
from townhall.domain.several import Gathering
from townhall.domain.slots import Request
from townhall.errors import InputError
from townhall.i18n import N_, Speech
from townhall.models.planning import Seat
from townhall.queries.planner import Plan
from townhall.web.organizer import charts

KINDS = {"svg": "image/svg+xml; charset=utf-8", "png": "image/png"}

WIDTH = 1000
MARGIN = 30
NAMES = 250
COSTS = 150
TOP = 116
ROW = 64
FILLS = {0: "#e4f3e6", 1: "#f6f2cd", 2: "#f7dfab", 4: "#ecb679", 8: "#86609f", 16: "#2b2e5a"}
INK, SOFT, PAPER = "#1c2530", "#566270", "#ffffff"
FONTS = (
    "Noto Sans, Noto Sans Arabic, Noto Nastaliq Urdu, Noto Sans Devanagari, system-ui, sans-serif"
)
HATCH = (
    '<defs><pattern id="closed" width="8" height="8" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><path d="M0 0V8" stroke="#9a3412" stroke-width="6"/>'
    "</pattern></defs>"
)

_RIGHT_TO_LEFT_ISOLATE = "\u2067"
_POP_ISOLATE = "\u2069"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page that reads from one side: what is said of its start mirrors with the language."""

    is_mirrored: bool

    def text(
        self,
        y: int,
        size: int,
        said: str,
        *,
        bold: bool = False,
        soft: bool = False,
        end: bool = False,
    ) -> str:
        """Return a line at the start of the page, or at its end."""
        at_right = end != self.is_mirrored
        x = WIDTH - MARGIN if at_right else MARGIN
        if self.is_mirrored:
            said = f"{_RIGHT_TO_LEFT_ISOLATE}{said}{_POP_ISOLATE}"
        return (
            f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{600 if bold else 400}" '
            f'fill="{SOFT if soft else INK}" text-anchor="{"end" if at_right else "start"}">'
            f"{escape(said)}</text>"
        )

    def across(self, percent: float) -> float:
        """Return where a percentage of a ribbon lies on the page."""
        first = COSTS if self.is_mirrored else NAMES
        return round(first + (WIDTH - NAMES - COSTS) * percent / 100, 1)

    def place(self, box: charts.Box, y: int, height: int) -> str:
        """Return the attributes of a rectangle on a ribbon."""
        x = self.across(box.x)
        width = round(self.across(box.x + box.width) - x, 1)
        return f'x="{x}" y="{y}" width="{width}" height="{height}"'

    def ribbon(self, ribbon: charts.Ribbon, top: int) -> str:
        """Return a seat's day with the sitting laid over it, framed so that it shows on all."""
        return self.day(ribbon, top) + self.frame(ribbon.sitting, top)

    def lane(self, lane: charts.Lane, top: int) -> str:
        """Return a seat's day with several sittings laid over it, its own in a full line."""
        frames = (self.frame(box, top, is_own=is_own) for box, _, is_own in lane.laid)
        return self.day(lane.ribbon, top) + "".join(frames)

    def day(self, ribbon: charts.Ribbon, top: int) -> str:
        """Return a seat's day."""
        boxes = "".join(
            f'<rect {self.place(box, top + 6, 36)} fill="{FILLS[box.level]}"/>'
            for box in ribbon.boxes
        )
        marks = "".join(
            f'<text x="{self.across(mark.x)}" y="{top + 29}" font-size="12" '
            f'text-anchor="middle" fill="{PAPER if mark.is_dark else INK}">{mark.hour}</text>'
            for mark in ribbon.marks
        )
        closed = "".join(
            f'<rect {self.place(box, top + 6, 36)} fill="url(#closed)"/>' for box in ribbon.closed
        )
        return f"{boxes}{closed}{marks}"

    def frame(self, box: charts.Box, top: int, *, is_own: bool = True) -> str:
        """Return a sitting's frame; a broken line where the seat attends another one."""
        frame = f'<rect {self.place(box, top + 2, 44)} rx="4" fill="none"'
        line = "" if is_own else ' stroke-dasharray="5 4"'
        return (
            f'{frame} stroke="{PAPER}" stroke-width="7"/>'
            f'{frame} stroke="{INK}" stroke-width="{3 if is_own else 2}"{line}/>'
        )


@dataclass(frozen=True, slots=True)
class _Row:
    """A seat of a picture; `day` draws its day at a height of the page."""

    name: str
    hours: str
    points: int
    band: str
    day: Callable[[int], str]


def svg(title: str, plan: Plan, option: Option, headquarters: Seat, words: Speech) -> str:
    """Return the day of every seat with the sitting laid over it, as one SVG document.

    Names are cut where they would run into the ribbons. Nothing outside is asked for: no
    style sheet, no script, no font file.
    """
    sheet = Sheet(words.direction == "rtl")
    reasons = Reasons(words)
    shown = charts.rows(plan, option, everything=False)
    ribbons = charts.ribbons(plan, option, shown, mirrored=sheet.is_mirrored)
    parts = option.parts
    rows = [
        _Row(
            name=parts[place].seat.name,
            hours=_clock(parts[place].cost, words),
            points=parts[place].cost.burden,
            band=_hours(reasons, parts[place].cost),
            day=partial(sheet.ribbon, ribbon),
        )
        for place, ribbon in zip(shown, ribbons, strict=True)
    ]
    folded = len(option.costs) - len(rows)
    return _document(sheet, title, _when([option], headquarters, words), rows, words, folded=folded)


def svg_of_several(
    title: str, request: Request, gathering: Gathering, headquarters: Seat, words: Speech
) -> str:
    """Return the day of every seat with all sittings laid over it, as one SVG document."""
    sheet = Sheet(words.direction == "rtl")
    reasons = Reasons(words)
    shown = charts.rows_of_several(gathering, everything=False)
    lanes = charts.lanes(request, gathering, shown, mirrored=sheet.is_mirrored)
    rows = []
    for place, lane in zip(shown, lanes, strict=True):
        costs = [gathering.options[nth].costs[place] for nth in gathering.invited(place)]
        rows.append(
            _Row(
                name=gathering.seats[place].name,
                hours=" · ".join(_clock(cost, words) for cost in costs),
                points=gathering.paid(place),
                band=_hours(reasons, costs[0]) if len(costs) == 1 else "",
                day=partial(sheet.lane, lane),
            )
        )
    when = _when(gathering.options, headquarters, words)
    folded = len(gathering.seats) - len(rows)
    return _document(sheet, title, when, rows, words, folded=folded)


def _clock(cost: Cost, words: Speech) -> str:
    """Return weekday, start and end on a seat's clock."""
    clock = cost.clock
    day = words.weekday(clock.start, short=True)
    return f"{day} {words.time(clock.start)}–{words.time(clock.end)}"


def _when(options: Sequence[Option], headquarters: Seat, words: Speech) -> str:
    """Return when the sittings are on the clock of headquarters."""
    said = []
    for option in options:
        start = zones.local(option.start, headquarters.zone)
        end = zones.local(option.end, headquarters.zone)
        said.append(f"{words.datetime(start)}–{words.time(end)} ({zones.offset_label(start)})")
    return f"{' · '.join(said)} · {headquarters.name}"


def _document(
    sheet: Sheet,
    title: str,
    when: str,
    rows: Sequence[_Row],
    words: Speech,
    *,
    folded: int = 0,
) -> str:
    """Return the whole picture; `folded` places have no row."""
    height = TOP + ROW * len(rows) + MARGIN * (2 if folded else 1)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" role="img" font-family="{FONTS}">'
        ),
        f"<title>{escape(title)}</title><desc>{escape(when)}</desc>",
        HATCH,
        f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>',
        sheet.text(48, 26, cut(title, 64), bold=True),
        sheet.text(82, 18, cut(when, 96), soft=True),
    ]
    for number, row in enumerate(rows):
        top = TOP + ROW * number
        points = words.ngettext("%(num)s point", "%(num)s points", row.points)
        parts += [
            sheet.text(top + 20, 16, cut(row.name, 24), bold=True),
            sheet.text(top + 41, 14, cut(row.hours, 32), soft=True),
            row.day(top),
            sheet.text(top + 20, 16, points, bold=True, end=True),
            sheet.text(top + 41, 12, cut(row.band, 24), soft=True, end=True),
        ]
    if folded:
        more = words.ngettext("%(num)s more place", "%(num)s more places", folded)
        parts.append(sheet.text(height - MARGIN, 14, more, soft=True))
    parts.append("</svg>")
    return "".join(parts)


def png(drawing: str) -> bytes:
    """Return an SVG drawn with this computer's fonts, twice as large as it says."""
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=drawing, zoom=2))


def response(drawing: str | None, kind: str, name: str) -> Response:
    """Return a drawing as a file of a kind.

    Raises:
        InputError: There is no such kind of picture, or nothing to draw.
    """
    if kind not in KINDS or drawing is None:
        raise InputError(
            N_("“%(value)s” is not a picture that can be made here: svg or png."),
            field="kind",
            value=kind[:20],
        )
    octets = png(drawing) if kind == "png" else drawing.encode()
    answer = Response(octets, content_type=KINDS[kind])
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.{kind}"'
    return answer


def _hours(reasons: Reasons, cost: Cost) -> str:
    """Return what the hours are for a seat, or that it cannot take part."""
    if cost.hard_no:
        return reasons.speech.gettext(N_("cannot take part"))
    return reasons.band(cost)


def cut(said: str, most: int) -> str:
    """Return a text of at most `most` characters."""
    return said if len(said) <= most else f"{said[: most - 1].rstrip()}…"
