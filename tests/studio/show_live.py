"""The figures of a live dream in the studio's page, on this machine: a clip is played, and what the page draws counted.

    python tests/studio/show_live.py                 half a minute
    python tests/studio/show_live.py --seconds 300   whether memory stays as it is

Nothing else should run meanwhile. Linux alone: it reads /proc.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))  # where pytest finds what tests share

from pages import BROWSERS, start_studio

SAMPLES = Path(__file__).parents[2] / "samples"
TICKS = os.sysconf("SC_CLK_TCK")
COUNT = """() => {
  window.frames_drawn = 0;
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...given) {
    window.frames_drawn += 1;
    return draw.apply(this, given);
  };
}"""
UNTIL_BLACK = """() => new Promise((resolve) => {
  const canvas = document.querySelector(".play-picture canvas");
  const dark = () => {
    const { data } = canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 8, 8);
    return data.every((value, at) => at % 4 === 3 || value < 4);
  };
  const wanted = !dark();
  const begun = performance.now();
  const look = () => (dark() === wanted ? resolve(performance.now() - begun) : setTimeout(look, 4));
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "b", bubbles: true }));
  look();
})"""


class Watched:
    """A process whose time and memory are read."""

    def __init__(self, pid: int) -> None:
        self.stat, self.status = Path(f"/proc/{pid}/stat"), Path(f"/proc/{pid}/status")
        self.used, self.at = self._used(), time.monotonic()

    def _used(self) -> float:
        """Seconds of all cores."""
        fields = self.stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def share(self) -> float:
        """Percent of a core since it is watched."""
        return 100 * (self._used() - self.used) / (time.monotonic() - self.at)

    @property
    def memory(self) -> float:
        """MB."""
        return next(int(line.split()[1]) / 1024 for line in self.status.open() if line.startswith("VmRSS"))


def child_of(server: int) -> int:
    """The process that plays."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words, parent = (entry / "cmdline").read_bytes(), (entry / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if b"live_work" in words and int(parent) == server:
            return int(entry.name)
    raise RuntimeError("nothing plays")


def begin(page: Page, address: str, rate: str, size: str) -> None:
    """Play the clip."""
    page.goto(address)
    page.locator("#tab-play").click()
    page.get_by_role("radio", name="city.mp4").click()
    page.get_by_role("radio", name=rate, exact=True).click()
    page.get_by_role("radio", name=size, exact=True).click()
    page.get_by_role("button", name="Start", exact=True).click()
    page.locator(".play-tools .play-live.on").wait_for(timeout=120_000)
    page.wait_for_timeout(4000)


def figures(page: Page, server: int, seconds: float) -> list[tuple[str, str]]:
    """What was seen in so many seconds."""
    page.evaluate(COUNT)
    first, begun = page.evaluate("window.frames_drawn"), time.monotonic()
    processes = {"server": Watched(server), "child": Watched(child_of(server))}
    before = {name: process.memory for name, process in processes.items()}
    delays, heaps = list[float](), list[float]()
    while time.monotonic() - begun < seconds:
        page.wait_for_timeout(1000)
        shown = page.locator(".of-delay strong").inner_text()
        delays += [float(shown)] if shown[0].isdigit() else []
        heaps.append(page.evaluate("performance.memory.usedJSHeapSize / 1e6"))
    drawn = page.evaluate("window.frames_drawn") - first
    took = time.monotonic() - begun
    knobs = [page.evaluate(UNTIL_BLACK) for _ in range(20)]
    delay = f"{statistics.median(delays):.0f}, {max(delays):.0f} at most"
    early, late = max(heaps[: len(heaps) // 2]), max(heaps[len(heaps) // 2 :])
    rows = [
        ("drawn in the page, a second", f"{drawn / took:.1f}"),
        ("from the source's frame to its dream in the page, ms", delay),
        ("a key pressed, until it is seen, ms", f"{statistics.median(knobs):.0f}, {max(knobs):.0f} at most"),
        ("memory of the page's scripts, MB", f"{early:.0f} in the first half, {late:.0f} in the second"),
    ]
    for name, process in processes.items():
        rows.append((f"{name}, percent of a core", f"{process.share:.1f}"))
        memory = f"{before[name]:.0f} at first, {process.memory:.0f} after {took:.0f} s"
        rows.append((f"memory of the {name}, MB", memory))
    return rows


def main() -> None:
    """A table of figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rate", default="15", choices=("10", "15", "25", "30"))
    parser.add_argument("--size", default="640", choices=("640", "960", "1280", "1920"))
    given = parser.parse_args()
    path = next(filter(None, map(shutil.which, BROWSERS)))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        shutil.copy(SAMPLES / "city.mp4", folder)
        running = start_studio(Path(folder))
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--enable-precise-memory-info"])
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            begin(page, running.address, given.rate, given.size)
            rows = figures(page, running.process.pid, given.seconds)
        finally:
            browser.close()
            running.stop()
    table = Table("figure", f"{given.rate} a second at {given.size} px")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
