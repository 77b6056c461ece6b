"""How long the studio's page takes from a wish to the picture that is drawn, as a table. Measured in the page.

    python tests/studio/show_latencies.py [how often]

A warm studio, a film of 640x360, the look "coral", a page of 1280x720. Nothing else should run meanwhile.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from pages import BROWSERS, start_studio

from vidream.studio.folder import id_of

SAMPLES = Path(__file__).parents[2] / "samples"
MEASURE = """() => {
  const stage = document.getElementById("canvas");
  const drawn = [];
  stage.addEventListener("drawn", ({ detail }) => drawn.push({ ...detail, at: performance.now() }));
  window.wish = async (room, action, body) => {
    drawn.length = 0;
    window.begun = performance.now();
    const answer = await fetch(`/do/${room}/${action}?tab=measure`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    window.answered = await answer.json();
  };
  window.scrubTo = (frame) => {
    drawn.length = 0;
    const range = document.querySelector(".canvas-scrub");
    range.value = String(frame);
    window.begun = performance.now();
    range.dispatchEvent(new Event("input"));
  };
  window.until = async (holds, most = 40000) => {
    const end = performance.now() + most;
    while (performance.now() < end) {
      const found = drawn.find(holds);
      if (found) return found.at - window.begun;
      await new Promise((done) => setTimeout(done, 4));
    }
    return null;
  };
  window.drawnAll = drawn;
}"""


def main(often: int) -> None:
    """Measure, and print the table."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, BROWSERS)))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        shutil.copy(SAMPLES / "bunny.mp4", folder)
        running = start_studio(Path(folder))
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
            page.goto(running.address)
            page.wait_for_selector(".canvas-bar")
            page.evaluate(MEASURE)
            rows = measured(page, often)
        finally:
            browser.close()
            running.stop()
    print(f"{'':34}{'median':>10}{'95 %':>10}")
    for name, values, unit in rows:
        print(f"{name:34}{np.median(values):>7.0f} {unit}{np.percentile(values, 95):>7.0f} {unit}")


def measured(page: Any, often: int) -> list[tuple[str, list[float], str]]:
    """(what, each measured, the unit)."""
    page.evaluate("(id) => wish('look', 'source', {id})", id_of("bunny.mp4"))
    page.evaluate("() => wish('look', 'preset', {name: 'coral'})")
    page.evaluate("() => until((each) => each.stage === 'fine' && each.settled)")
    coarse, fine = [], []
    for turn in range(often):
        step = 1 + turn % 25 / 50
        page.evaluate("(value) => wish('look', 'set', {knob: 'step_size', value})", step)
        revision = page.evaluate("() => answered.revision")
        holds = f"each.kind === 'dream' && each.revision >= {revision}"
        coarse.append(page.evaluate(f"() => until((each) => {holds})"))
        fine.append(page.evaluate(f"() => until((each) => {holds} && each.stage !== 'coarse' && each.settled)"))
    laid = []
    for turn in range(often):
        page.evaluate("(value) => wish('look', 'set', {knob: 'strength', value})", 0.5 + turn % 25 / 50)
        revision = page.evaluate("() => answered.revision")
        laid.append(page.evaluate(f"() => until((each) => each.kind === 'dream' && each.revision >= {revision})"))
    scrubbed, order = [], np.random.default_rng(0)
    frame = 0
    for _ in range(often):
        frame = int(np.clip(frame + order.integers(-12, 13) or 5, 0, 99))
        page.evaluate("(frame) => scrubTo(frame)", frame)
        value = page.evaluate(f"() => until((each) => each.kind === 'source' && each.index === {frame}, 1500)")
        if value is not None:  # None: it was there already
            scrubbed.append(value)
        page.wait_for_timeout(120)
    first, rates = played(page, max(3, often // 8))
    return [
        ("coarse", coarse, "ms"),
        ("fine, 480 px", fine, "ms"),
        ("strength of what is dreamed", laid, "ms"),
        ("the film's frame, scrubbing", scrubbed, "ms"),
        ("first frame of a play", first, "ms"),
        ("frames a second of a play", rates, "/s"),
    ]


def played(page: Any, often: int) -> tuple[list[float], list[float]]:
    """Ms to the first frame, frames a second."""
    first, rates = [], []
    for turn in range(often):
        second = 0.1 + turn % 3 / 10
        page.evaluate("(second) => wish('preview', 'play', {second, seconds: 1.5})", second)
        first.append(page.evaluate("() => until((each) => each.kind === 'play')"))
        whole = page.evaluate("() => until((each) => each.kind === 'play' && each.settled)")
        count = page.evaluate("() => drawnAll.filter((each) => each.kind === 'play').length")
        rates.append((count - 1) / (whole - first[-1]) * 1000)
        page.evaluate("() => wish('preview', 'stop', {})")
        page.wait_for_timeout(300)
    return first, rates


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
