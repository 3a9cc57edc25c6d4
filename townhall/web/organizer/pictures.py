"""The planner's hour as a picture: an SVG that stands alone, and the PNG of it."""

from dataclasses import dataclass

from markupsafe import escape

from townhall.domain import zones
from townhall.domain.options import Option
from townhall.domain.reasons import Reasons
from townhall.i18n import Speech
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
        boxes = "".join(
            f'<rect {self.place(box, top + 6, 36)} fill="{FILLS[box.level]}"/>'
            for box in ribbon.boxes
        )
        marks = "".join(
            f'<text x="{self.across(mark.x)}" y="{top + 29}" font-size="12" '
            f'text-anchor="middle" fill="{PAPER if mark.is_dark else INK}">{mark.hour}</text>'
            for mark in ribbon.marks
        )
        frame = f'<rect {self.place(ribbon.sitting, top + 2, 44)} rx="4" fill="none"'
        return (
            f'{boxes}{marks}{frame} stroke="{PAPER}" stroke-width="7"/>'
            f'{frame} stroke="{INK}" stroke-width="3"/>'
        )


def svg(title: str, plan: Plan, option: Option, headquarters: Seat, words: Speech) -> str:
    """Return the day of every seat with the sitting laid over it, as one SVG document.

    Names are cut where they would run into the ribbons. Nothing outside is asked for: no
    style sheet, no script, no font file.
    """
    sheet = Sheet(words.direction == "rtl")
    reasons = Reasons(words)
    height = TOP + ROW * len(option.parts) + MARGIN
    start = zones.local(option.start, headquarters.zone)
    end = zones.local(option.end, headquarters.zone)
    when = f"{words.datetime(start)}–{words.time(end)} ({zones.offset_label(start)})"
    ribbons = charts.ribbons(plan, option, mirrored=sheet.is_mirrored)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" role="img" font-family="{FONTS}">'
        ),
        f"<title>{escape(title)}</title><desc>{escape(when)}</desc>",
        f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>',
        sheet.text(48, 26, _cut(title, 64), bold=True),
        sheet.text(82, 18, _cut(f"{when} · {headquarters.name}", 96), soft=True),
    ]
    for number, (part, ribbon) in enumerate(zip(option.parts, ribbons, strict=True)):
        top = TOP + ROW * number
        clock = part.cost.clock
        hours = f"{words.time(clock.start)}–{words.time(clock.end)}"
        points = words.ngettext("%(num)s point", "%(num)s points", part.cost.burden)
        parts += [
            sheet.text(top + 20, 16, _cut(part.seat.name, 24), bold=True),
            sheet.text(
                top + 41, 14, f"{words.weekday(clock.start, short=True)} {hours}", soft=True
            ),
            sheet.ribbon(ribbon, top),
            sheet.text(top + 20, 16, points, bold=True, end=True),
            sheet.text(top + 41, 12, reasons.band(part.cost), soft=True, end=True),
        ]
    parts.append("</svg>")
    return "".join(parts)


def png(drawing: str) -> bytes:
    """Return an SVG drawn with this computer's fonts, twice as large as it says."""
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=drawing, zoom=2))


def _cut(said: str, most: int) -> str:
    """Return a text of at most `most` characters."""
    return said if len(said) <= most else f"{said[: most - 1].rstrip()}…"
