"""The ledger of a series as a picture: an SVG that stands alone, for a mail or a slide."""

from collections.abc import Sequence

from markupsafe import escape

from townhall.domain.series.fixed_hour import FixedHour, Verdict
from townhall.i18n import N_, Speech
from townhall.queries.rotation import Rotation, Share
from townhall.web.organizer import charts
from townhall.web.organizer.pictures import (
    FONTS,
    INK,
    MARGIN,
    PAPER,
    WIDTH,
    Sheet,
    cut,
)

TOP = 150
ROW = 58
FOOT = 120
ACT, EARTH = "#0b6870", "#8a6d3b"
PAID, PROMISED, PLANNED, FIXED = "paid", "promised", "planned", "fixed"
FILLS = {PAID: ACT, PROMISED: "url(#promised)", PLANNED: PAPER, FIXED: EARTH}
LINES = {PAID: ACT, PROMISED: ACT, PLANNED: ACT, FIXED: EARTH}
PATTERN = (
    '<defs><pattern id="promised" width="6" height="6" patternUnits="userSpaceOnUse" '
    f'patternTransform="rotate(45)"><rect width="6" height="6" fill="{PAPER}"/>'
    f'<rect width="3" height="6" fill="{ACT}"/></pattern></defs>'
)
KEY = {
    PAID: N_("paid"),
    PROMISED: N_("promised"),
    PLANNED: N_("planned"),
    FIXED: N_("if the hour never changed"),
}


COMPARED = {
    Verdict.OPTIMAL: N_("This is proven: no other hour that never changes is better."),
    Verdict.BOUNDED: N_(
        "It is the best such hour found; none can cost the worst-off place less than %(bound)s."
    ),
    Verdict.IMPOSSIBLE: N_("No one hour fits every sitting."),
    Verdict.UNKNOWN: N_(
        "No hour that fits every sitting was found in the time, nor that there is none."
    ),
}


def svg(title: str, found: Rotation, words: Speech) -> str:
    """Return what each place pays over a series, and would at a fixed hour, as an SVG document.

    Of very many places those that pay most have a row. Nothing outside is asked for: no style
    sheet, no script, no font file.
    """
    sheet = Sheet(words.direction == "rtl")
    shares = list(found.shares.values())
    rows = list(found.dearest(charts.MOST_ROWS).values())
    most = max(found.worst, found.worst_fixed or 0, 1)
    height = TOP + ROW * len(rows) + FOOT
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" role="img" font-family="{FONTS}">'
        ),
        f"<title>{escape(title)}</title><desc>{escape(_told(found, rows, words))}</desc>",
        PATTERN,
        f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>',
        sheet.text(48, 26, cut(title, 64), bold=True),
        sheet.text(80, 18, _title(found, words), soft=True),
        *_key(sheet, 116, words, is_compared=found.worst_fixed is not None),
    ]
    for number, share in enumerate(rows):
        parts += _row(sheet, TOP + ROW * number, share, most, words)
    parts += [
        sheet.text(height - FOOT + 34 + 24 * line, 14, said, soft=True)
        for line, said in enumerate(_foot(found, len(shares) - len(rows), words))
    ]
    parts.append("</svg>")
    return "".join(parts)


def compared(fixed: FixedHour | None, words: Speech) -> str:
    """Return what is known of an hour that never changes, in a sentence."""
    if fixed is None:
        return words.gettext(N_("This is known when the hours are planned."))
    return words.gettext(COMPARED[fixed.verdict], bound=words.number(fixed.bound))


def _row(sheet: Sheet, top: int, share: Share, most: int, words: Speech) -> list[str]:
    """Return a place's name, its bar in three parts, the bar of the fixed hour and both numbers."""
    account = share.account
    paid = account.began + account.paid
    said = words.ngettext("%(num)s point", "%(num)s points", share.total)
    parts = [
        sheet.text(top + 22, 16, cut(share.name, 24), bold=True),
        _bar(sheet, top, PAID, (0, paid), most),
        _bar(sheet, top, PROMISED, (paid, account.promised), most),
        _bar(sheet, top, PLANNED, (account.total, share.planned), most),
        sheet.text(top + 22, 16, said, bold=True, end=True),
    ]
    if share.fixed is not None:
        said = words.ngettext("%(num)s point", "%(num)s points", share.fixed)
        parts += [
            _bar(sheet, top, FIXED, (0, share.fixed), most),
            sheet.text(top + 41, 12, said, soft=True, end=True),
        ]
    return parts


def _bar(sheet: Sheet, top: int, kind: str, points: tuple[int, int], most: int) -> str:
    """Return a part of a row's bar, from the first number on; nothing where there are no points."""
    first, count = points
    if not count:
        return ""
    scale = 100 / most
    start = 100 - (first + count) * scale if sheet.is_mirrored else first * scale
    x = sheet.across(start)
    width = round(sheet.across(start + count * scale) - x, 1)
    y, height = (top + 31, 10) if kind == FIXED else (top + 6, 22)
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{FILLS[kind]}" '
        f'stroke="{LINES[kind]}"/>'
    )


def _key(sheet: Sheet, y: int, words: Speech, *, is_compared: bool) -> list[str]:
    """Return what the parts of the bars mean, one beside the other."""
    kinds = [kind for kind in KEY if is_compared or kind != FIXED]
    found, step = [], (WIDTH - 2 * MARGIN) // 4
    for place, kind in enumerate(kinds):
        x = MARGIN + step * place
        square, text = x, x + 26
        if sheet.is_mirrored:
            square, text = WIDTH - x - 18, WIDTH - x - 26
        found += [
            (
                f'<rect x="{square}" y="{y - 13}" width="18" height="14" fill="{FILLS[kind]}" '
                f'stroke="{LINES[kind]}"/>'
            ),
            (
                f'<text x="{text}" y="{y}" font-size="14" fill="{INK}" '
                f'text-anchor="{"end" if sheet.is_mirrored else "start"}">'
                f"{escape(words.gettext(KEY[kind]))}</text>"
            ),
        ]
    return found


def _title(found: Rotation, words: Speech) -> str:
    """Return what the picture shows, and of how many town halls."""
    return words.ngettext(
        "What each place pays over %(num)s town hall",
        "What each place pays over %(num)s town halls",
        len(found.rows),
    )


def _foot(found: Rotation, folded: int, words: Speech) -> list[str]:
    """Return the sentences below the bars."""
    said = [
        words.gettext(
            N_("The place that pays most pays %(points)s."), points=words.number(found.worst)
        )
    ]
    if found.worst_fixed is not None:
        said[0] += " " + words.gettext(
            N_("If the hour never changed it would be %(points)s."),
            points=words.number(found.worst_fixed),
        )
        said.append(compared(found.fixed, words))
        said.append(
            words.gettext(
                N_("Inequality (Gini index): %(now)s, and %(fixed)s if the hour never changed."),
                now=words.percent(float(found.inequality)),
                fixed=words.percent(float(found.inequality_fixed)),
            )
        )
    elif found.fixed is not None:
        said.append(compared(found.fixed, words))
    if folded:
        said.append(words.ngettext("%(num)s more place", "%(num)s more places", folded))
    return said


def _told(found: Rotation, rows: Sequence[Share], words: Speech) -> str:
    """Return the picture for somebody who does not see it."""
    each = words.list(f"{share.name} {words.number(share.total)}" for share in rows)
    return f"{_title(found, words)}: {each}. {' '.join(_foot(found, 0, words))}"
