"""Takes the pictures of this folder from a running demonstration, in Chromium.

Run `make screens`. A new demonstration is started in a folder of its own and stopped at the end.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent
PATIENCE_S = 30


def answering(file: Path) -> dict[str, str]:
    """Return the links of the demonstration, once it answers."""
    for _ in range(PATIENCE_S * 10):
        time.sleep(0.1)
        if not file.exists():
            continue
        links: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        address = urlsplit(links["api"])
        with socket.socket() as probe:
            if probe.connect_ex((address.hostname, address.port)) == 0:
                return links
    message = f"no demonstration after {PATIENCE_S} s"
    raise SystemExit(message)


def take(page: Page, name: str) -> None:
    """Keep what the window shows as NAME.png."""
    page.wait_for_load_state()
    page.screenshot(path=FOLDER / f"{name}.png")


def take_all(links: dict[str, str]) -> None:
    """Take every picture that the documents show."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
        page.goto(links["organizer"])
        page.goto(f"{page.url}/plan")
        take(page, "planner")
        planner = page.url
        page.goto(planner.replace("/plan", "/edit"))
        page.get_by_label("How many sittings").fill("2")
        page.get_by_label("How many sittings").press("Enter")
        page.goto(planner)
        take(page, "two-sittings")
        page.goto(planner.replace("/plan", "/edit"))
        page.get_by_label("How many sittings").fill("1")
        page.get_by_label("How many sittings").press("Enter")
        page.goto(planner.replace("/plan", "/repeat?count=6"))
        page.get_by_role("button", name="Make these 6 town halls").click()
        page.get_by_text("This is proven").wait_for(timeout=2_000 * PATIENCE_S)
        page.set_viewport_size({"width": 1280, "height": 1690})
        take(page, "series")
        browser.close()


def main() -> None:
    """Start a demonstration, take the pictures, stop it."""
    with tempfile.TemporaryDirectory() as folder:
        demo = subprocess.Popen(  # noqa: S603  our own command
            [Path(sys.executable).with_name("townhall"), "demo", "--folder", folder],
            stdout=subprocess.DEVNULL,
            env={**os.environ, "TZ": "UTC"},
        )
        try:
            take_all(answering(Path(folder) / "demo.json"))
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait(PATIENCE_S)


if __name__ == "__main__":
    main()
