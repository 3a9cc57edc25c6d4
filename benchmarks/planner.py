"""How soon the planner page follows a change, in a real browser: 200 seats and four weeks.

    .venv/bin/python benchmarks/planner.py [--quick]

`townhall serve` runs beside Chromium on loopback, on a fresh SQLite database. A change is made as
by hand, by keys; its time runs from the browser's own stamp of the event until the frame with the
new figures is painted. docs/performance.md says what is measured and records a result.
"""

import os
import shutil
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring import arguments, ms, table
from served import SEATS, served

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
KEYS_A_SECOND = 30
"""What a key that is held down repeats on most computers."""

WATCH = """
window.watch = {begun: 0, painted: [], asked: new Map(), lags: [], seen: ""};
const begin = (event) => { watch.begun ||= event.timeStamp; };
for (const name of ["input", "change", "click"]) addEventListener(name, begin, {capture: true});
addEventListener("DOMContentLoaded", () => {
  const plan = document.querySelector("[data-plan]");
  new MutationObserver(() => requestAnimationFrame(() => {
    const {port1, port2} = new MessageChannel();
    port1.onmessage = () => watch.painted.push(performance.now());
    port2.postMessage(0);
  })).observe(plan, {childList: true, characterData: true, subtree: true});
});
"""
"""A message that a frame's callback sends arrives when that frame has been painted."""

QUIET_MS = 300
POLL_MS = 100
"""Looking in every frame would have the page paint frames for us."""

SETTLED = f"""() => watch.painted.length
  && performance.now() - watch.painted.at(-1) > {QUIET_MS}"""
TAKEN = """() => {
  const asked = performance.getEntriesByType("resource").filter(({name}) => name.includes("/plan"));
  const spent = {
    first: watch.painted[0] - watch.begun,
    last: watch.painted.at(-1) - watch.begun,
    server: asked[0]?.responseStart - asked[0]?.requestStart,
    transfer: asked[0]?.responseEnd - asked[0]?.responseStart,
    size: asked.reduce((sum, each) => sum + each.encodedBodySize, 0),
  };
  watch.begun = 0;
  watch.painted = [];
  performance.clearResourceTimings();
  return spent;
}"""


@dataclass(frozen=True, slots=True)
class Spent:
    """The medians of one kind of change, in seconds, and the octets of its answers."""

    name: str
    first: Sequence[float]
    last: Sequence[float]
    server: float
    transfer: float
    octets: float
    served_s: float
    browsed_s: float

    @property
    def row(self) -> list[str]:
        """A row of the table."""
        return [
            self.name,
            ms(statistics.median(self.first)),
            ms(_high(self.first)),
            ms(statistics.median(self.last)),
            ms(self.server),
            ms(self.transfer),
            f"{self.octets / 1024:,.0f} KiB",
            ms(self.served_s),
            ms(self.browsed_s),
        ]


HEAD = [
    "",
    "figures painted",
    "95 %",
    "all painted",
    "server",
    "transfer",
    "answers",
    "CPU, server",
    "CPU, page",
]


def _high(values: Sequence[float]) -> float:
    """Return what 95 of 100 values stay below."""
    return sorted(values)[min(len(values) - 1, round(0.95 * len(values)))]


class Desk:
    """A page of the planner, and what it and its server spend."""

    def __init__(self, page: Any, server: int) -> None:
        self.page = page
        self._server = server
        self._line = page.context.new_cdp_session(page)
        self._line.send("Performance.enable")

    def measured(self, name: str, change: Callable[[int], None], runs: int) -> Spent:
        """Return what a change costs; it is made `runs` times, another one each time."""
        for number in range(2):
            self._made(change, number)
        served, browsed = self._served_s(), self._browsed_s()
        taken = [self._made(change, number + 2) for number in range(runs)]
        served, browsed = self._served_s() - served, self._browsed_s() - browsed

        def middle(field: str) -> float:
            return statistics.median(each[field] for each in taken)

        return Spent(
            name,
            [each["first"] / 1e3 for each in taken],
            [each["last"] / 1e3 for each in taken],
            middle("server") / 1e3,
            middle("transfer") / 1e3,
            middle("size"),
            served / runs,
            browsed / runs,
        )

    def _made(self, change: Callable[[int], None], number: int) -> dict[str, float]:
        """Make a change; return what the browser says of it once nothing moves any more."""
        change(number)
        self.page.wait_for_function(SETTLED, timeout=30_000, polling=POLL_MS)
        return dict(self.page.evaluate(TAKEN))

    def _browsed_s(self) -> float:
        """Return the seconds that the page's own thread has worked."""
        told = self._line.send("Performance.getMetrics")["metrics"]
        return float(next(each["value"] for each in told if each["name"] == "TaskDuration"))

    def _served_s(self) -> float:
        """Return the seconds of processor time of the server and its processes."""
        ticks = 0
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal():
                try:
                    fields = (folder / "stat").read_text().rpartition(") ")[2].split()
                except OSError:
                    continue
                if self._server in {int(folder.name), int(fields[1])}:
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def changes(page: Any) -> dict[str, Callable[[int], None]]:
    """Return how each kind of change is made, by its name."""
    trial = page.locator("[data-trial] details").first
    trial.locator("summary").click()

    def slide(_number: int) -> None:
        page.locator("input[name=later]").first.focus()
        page.keyboard.press("ArrowRight")

    def weigh(number: int) -> None:
        trial.locator("[name^=weight-]").fill(str(2 + number))

    def price(number: int) -> None:
        trial.locator("[name^=bands-]").fill(f"00:00-24:00 {number}")

    def need(number: int) -> None:
        trial.locator("[name^=required-]").select_option(("no", "yes", "out")[number % 3])

    def cell(number: int) -> None:
        page.locator(".heat tbody tr").nth(3).locator("a").nth(2 + number % 20).click()

    return {
        "sliding by a quarter hour": slide,
        "a weight": weigh,
        "a seat's own bands": price,
        "whether it has to be there": need,
        "a cell of the heat map": cell,
    }


def ceiling(page: Any) -> Callable[[int], None]:
    """Return how a ceiling is changed; the page looks through that lens from now on."""
    page.goto(f"{page.url.partition('?')[0]}?lens=ceiling")

    def cap(number: int) -> None:
        page.locator("#lenses [name=value]").fill(str(20 + number))

    return cap


def held_down(page: Any, keys: int) -> list[float]:
    """Hold the slider's key down; return for each key how late the page told its hour.

    A key whose hour is passed over is told by the next answer.
    """
    page.evaluate(
        """() => {
          const slide = document.querySelector("input[name=later]"), seen = [];
          watch.lags = [];
          slide.addEventListener("input", ({timeStamp}) => seen.push([slide.value, timeStamp]));
          new MutationObserver(() => requestAnimationFrame(() => {
            const now = performance.now();
            const told = new URLSearchParams(location.search).get("start")?.slice(11, 16);
            const [hour, minute] = told.split(":").map(Number);
            const place = seen.findIndex(([value]) => Number(value) === hour * 60 + minute);
            for (const [, at] of seen.splice(0, place + 1)) watch.lags.push(now - at);
          })).observe(document.querySelector("[data-plan]"), {childList: true, subtree: true});
        }"""
    )
    page.locator("input[name=later]").first.focus()
    for _ in range(keys):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(1000 / KEYS_A_SECOND)
    page.wait_for_function(SETTLED, polling=POLL_MS)
    return [lag / 1e3 for lag in page.evaluate("watch.lags")]


def main() -> None:
    """Measure one town hall, with one sitting and with two."""
    runs = 5 if arguments(__doc__).parse_args().quick else 25
    path = shutil.which("chromium") or CHROMIUM
    if not Path(path).exists():
        print(f"\nNot measured: there is no Chromium at {path}.")
        return
    from playwright.sync_api import sync_playwright

    rows, lags = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for sittings, of in ((1, ""), (2, "two sittings: ")):
            with (
                tempfile.TemporaryDirectory() as folder,
                served(Path(folder), sittings, is_own=True) as (port, token, server),
            ):
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                page.add_init_script(WATCH)
                page.goto(f"http://localhost:{port}/k/{token}")
                page.goto(f"{page.url}/plan")
                desk = Desk(page, server)
                for name, change in changes(page).items():
                    rows.append(desk.measured(of + name, change, runs).row)
                if sittings == 1:
                    lags = held_down(page, 4 * runs)
                    rows.append(desk.measured("a ceiling", ceiling(page), runs).row)
                page.close()
        browser.close()
    print(f"\n{SEATS} seats, four weeks of quarter hours:")
    table(HEAD, rows)
    told = f"told after {ms(statistics.median(lags))}, 95 % of them within {ms(_high(lags))}"
    print(f"\nOf keys held down, {KEYS_A_SECOND} a second, {told}.")


if __name__ == "__main__":
    main()
