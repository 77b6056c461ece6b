"""Pictures of the studio's page in each of its states, to be looked at: `python tests/studio/show_pages.py FOLDER`.

A studio of a folder of samples is driven as a person would drive it. Beside the pictures it is said what
`tests/studio/access.py` finds wrong in each state: things without a name, faint words, what is cut off.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from access import cut_off, faint, unnamed
from pages import BROWSERS, start_studio, until
from PIL import Image
from playwright.sync_api import sync_playwright

SAMPLES = Path(__file__).parents[2] / "samples"
SIZES = {"720": (1280, 720), "1080": (1920, 1080)}
ZOOMED = (640, 360)
"""The window of 1280x720 at 200 %, in CSS pixels."""
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
DOCS = {
    "gallery-looks-720": "look",
    "gallery-large-720": "gallery",
    "canvas-compared-720": "compare",
    "timeline-song-720": "timeline",
    "make-busy-720": "queue",
    "make-played-720": "made",
    "play-on-720": "play",
}
"""Which pictures docs/studio.md shows."""
LINK = """async () => {
  const { Link } = await import("/page/js/link.js");
  window.link = new Link();
  window.act = (...asked) => window.link.act(...asked).catch((error) => ({ problem: error.problem }));
}"""


class Show:
    """A page, and where its pictures go."""

    def __init__(self, page: Any, options: argparse.Namespace) -> None:
        self.page, self.out, self.only, self.docs = page, options.out, options.only, options.docs
        self.sizes = options.sizes.split(",")

    def act(self, room: str, action: str, **body: Any) -> Any:
        """Do something in a room, as its buttons do."""
        answer = self.page.evaluate("(asked) => window.act(...asked)", [room, action, body])
        if isinstance(answer, dict) and answer.get("problem"):
            print(f"   {room}.{action}: {answer['problem']}")
        return answer

    def told(self, room: str) -> Any:
        """What the room told last."""
        return self.page.evaluate("(room) => window.link.last.get(room) ?? null", room)

    def wait(self, script: str, seconds: float = 30) -> None:
        """Wait until something holds; what takes longer is said, and shown as it is."""
        try:
            until(self.page, script, seconds)
        except AssertionError:
            print(f"   after {seconds:g} s there is still not: {script}")

    def still(self, seconds: float = 0.4) -> None:
        """Give the page a moment to draw."""
        self.page.wait_for_timeout(seconds * 1000)

    def shoot(self, name: str, *, zoomed: bool = False) -> None:
        """A picture in each size."""
        for size in self.sizes:
            self._shoot(f"{name}-{size}", SIZES[size])
        if zoomed:
            self._shoot(f"{name}-200", ZOOMED, full=True)
        self.page.set_viewport_size(dict(zip(("width", "height"), SIZES["720"], strict=True)))

    def _shoot(self, name: str, size: tuple[int, int], *, full: bool = False) -> None:
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.mouse.move(size[0] // 2, 4)  # no tip is shown, but where the focus has one
        self.still()
        self.page.screenshot(path=self.out / f"{name}.png", full_page=full)
        print(f"{name}.png")
        if self.docs and name in DOCS:
            with Image.open(self.out / f"{name}.png") as picture:
                picture.save(PICTURES / f"studio-{DOCS[name]}.webp", quality=82, method=6)
        for line in [*unnamed(self.page), *faint(self.page), *cut_off(self.page)]:
            print(f"   {line}")

    def key(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def go(self, workspace: str) -> None:
        """To a workspace."""
        self.page.locator(f"#tab-{workspace}").click()
        self.still()

    def click(self, *names: str, within: str = "body") -> bool:
        """Click the first button, tab or option that is called one of these; whether there is one."""
        for name in names:
            for role in ("button", "tab", "radio", "option", "menuitem"):
                found = self.page.locator(within).get_by_role(role, name=name).locator("visible=true")
                if found.count():
                    found.first.click()
                    self.still()
                    return True
        print(f"   nothing here is called {' or '.join(names)}")
        return False

    def part(self, name: str, work: Callable[[], None]) -> None:
        """Do a part of the tour; one that fails leaves the others."""
        if self.only and name not in self.only.split(","):
            return
        try:
            work()
        except Exception as error:  # noqa: BLE001 (the tour goes on)
            print(f"== {name}: {type(error).__name__}: {str(error).splitlines()[0]}")
        with suppress(Exception):
            self.key("Escape", "Escape")


def tour(show: Show, folder: Path) -> None:
    """Through every state."""
    show.part("empty", lambda: empty(show))
    for name in ("bunny.mp4", "cat.png", "dandelion.jpg", "groove120.mp3", "mountains.jpg"):
        shutil.copy(SAMPLES / name, folder)
    show.wait("window.link.last.get('files')?.files.filter((file) => file.looked).length === 5")
    ids = {file["name"]: file["id"] for file in show.told("files")["files"]}
    show.part("chosen", lambda: chosen(show, ids))
    show.part("tune", lambda: tune(show))
    show.part("gallery", lambda: gallery(show, ids))
    show.part("canvas", lambda: canvas(show, ids))
    show.part("timeline", lambda: timeline(show, ids))
    show.part("wrong", lambda: wrong(show))
    show.part("dialogs", lambda: dialogs(show))
    show.part("make", lambda: make(show, ids))
    show.part("play", lambda: play(show, ids))


def empty(show: Show) -> None:
    """A studio of an empty folder."""
    for name in ("look", "make", "play"):
        show.go(name)
        show.still(1)
        show.shoot(f"empty-{name}", zoomed=True)
    show.go("look")


def chosen(show: Show, ids: dict[str, str]) -> None:
    """A film is chosen: at once, and when it has been dreamed."""
    show.go("look")
    show.act("look", "source", id=ids["bunny.mp4"])
    show.still(0.2)
    show.shoot("look-busy")
    show.still(12)
    show.shoot("look-done", zoomed=True)


def tune(show: Show) -> None:
    """The knobs: some turned, all groups, the search, TOML and the command line."""
    show.act("look", "set", knob="strength", value=0.7)
    show.act("look", "set", knob="octaves", value=4)
    show.still(4)
    show.shoot("tune-turned")
    body = show.page.locator("#tune .panel-body").locator("visible=true").first
    body.evaluate("element => element.scrollTo(0, element.scrollHeight)")
    show.shoot("tune-end")
    for name in ("TOML", "Command"):
        if show.click(name, within="#tune"):
            show.shoot(f"tune-{name.lower()}", zoomed=True)
    show.click("Knobs", within="#tune")
    if show.click("No preset", within="#tune"):
        show.shoot("tune-presets")
        show.key("Escape")
    if show.click("Save the look", within="#tune"):
        show.shoot("tune-save")
        show.key("Escape")
    search = show.page.locator("#tune input[type=search]").first
    search.fill("layer")
    show.shoot("tune-search")
    search.fill("")


def gallery(show: Show, ids: dict[str, str]) -> None:
    """Looks, layers, channels."""
    show.go("look")
    show.act("look", "source", id=ids["bunny.mp4"])
    show.act("look", "preset", name="animals")
    show.act("look", "moment", second=2.0)
    show.still(60 if show.docs else 20)
    show.shoot("gallery-looks")
    tabs = show.page.locator("#gallery [role=tab]")
    for index in range(1, tabs.count()):
        tabs.nth(index).click()
        show.still(8)
        show.shoot(f"gallery-{index}")
    if tabs.count():
        tabs.first.click()
    if show.click("Show the gallery large", within="#gallery"):
        show.still(60 if show.docs else 10)
        show.shoot("gallery-large")
        show.key("Escape")
    if show.click("Between two", within="#gallery"):
        show.shoot("gallery-between")
        show.click("Between two", within="#gallery")


def canvas(show: Show, ids: dict[str, str]) -> None:
    """Before and after; three seconds that are played."""
    show.go("look")
    show.act("look", "source", id=ids["bunny.mp4"])
    show.still(12)
    if show.click("Compare before and after", within="#canvas"):
        show.shoot("canvas-compared")
        show.click("Compare before and after", within="#canvas")
    if show.click("Play three seconds", within="#canvas"):
        show.still(9)
        show.shoot("canvas-playing")
        show.key("Escape")


def timeline(show: Show, ids: dict[str, str]) -> None:
    """A music visual: waveform, beats, curves."""
    show.act("look", "command", name="music")
    show.act("look", "source", id=ids["mountains.jpg"])
    show.act("look", "song", id=ids["groove120.mp3"])
    show.act("look", "preset", name="kick")
    show.act("look", "set", knob="turn", value={"keys": [["0s", 0], ["3s", 12], ["8s", -6]], "ease": "in-out"})
    show.shoot("timeline-busy")
    show.wait("window.link.last.get('timeline')?.heard", 90)
    show.still(30 if show.docs else 6)
    show.page.evaluate("document.activeElement.blur()")
    show.shoot("timeline-song", zoomed=True)
    if show.click("Curve", within="#drawer"):
        show.shoot("timeline-menu")
        show.key("Escape")
    show.page.locator("#tab-look").focus()
    show.key("t")
    show.shoot("timeline-closed")
    show.key("t")


def wrong(show: Show) -> None:
    """What cannot be: said beside its knob, and in passing."""
    show.act("look", "command", name="video")
    show.page.evaluate("""async () => {
      const { complain } = await import("/page/js/toast.js");
      await window.link.act("look", "preset", { name: "nothing-like-it" }).catch(complain);
      await window.link.act("look", "command_line", { text: "vidream video bunny.mp4 --strength 7" }).catch(complain);
    }""")
    field = show.page.locator("#tune input:not([type=search]):not([type=range]):not([type=checkbox])").locator(
        "visible=true"
    )
    if field.count():
        field.first.fill("seven")
        field.first.press("Enter")
    show.shoot("wrong")


def dialogs(show: Show) -> None:
    """What opens over the page."""
    show.go("look")
    show.key("?")
    show.shoot("dialog-help", zoomed=True)
    show.key("Escape")
    opener = show.page.locator("#files button").first
    if opener.count():
        opener.click()
        show.still(0.6)
        show.shoot("dialog-files", zoomed=True)
        show.key("Escape")
    actions = show.page.locator("#top-actions button").first
    if actions.count():
        actions.click()
        show.still(0.6)
        show.shoot("dialog-make", zoomed=True)
        show.key("Escape")


def make(show: Show, ids: dict[str, str]) -> None:
    """The queue: something at work, waiting, done, failed."""
    show.act("look", "command", name="video")
    show.act("look", "source", id=ids["bunny.mp4"])
    show.act("look", "set_many", knobs={"size": "320"})
    show.go("make")
    if show.click("Many looks…", within="#make"):
        show.still(1)
        show.shoot("make-many", zoomed=True)
        show.key("Escape")
        show.page.evaluate("document.activeElement.blur()")
    for preset in ("kick", "coral", "engraving"):
        show.act("look", "preset", name=preset)
        show.act("queue", "add")
    show.act("queue", "go")
    show.wait("window.link.last.get('queue')?.items?.some((item) => item.state === 'working')", 20)
    show.still(4)
    show.shoot("make-busy", zoomed=True)
    show.wait("window.link.last.get('queue')?.items?.every((item) => item.state === 'done')", 120)
    show.still(3)
    show.shoot("make-done", zoomed=True)
    show.page.locator("#make .card").first.click()
    show.still(2)
    show.shoot("make-played", zoomed=True)
    show.act("queue", "pause")
    show.wait("!window.link.last.get('queue')?.at_work", 60)


def play(show: Show, ids: dict[str, str]) -> None:
    """What is live: off, on, off."""
    show.act("look", "source", id=ids["bunny.mp4"])
    show.go("play")
    show.still(1)
    show.shoot("play-off", zoomed=True)
    if show.click("Start", "Go live", "Play", within="#play"):
        show.still(25)
        show.shoot("play-on", zoomed=True)
        show.click("Stop", within="#play")
        show.still(2)
        show.shoot("play-stopped")


def say(message: Any) -> None:
    """What the browser says of the page."""
    if message.type == "error":
        print(f"   console: {message.text} {message.location.get('url', '')}")


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="the folder that the pictures go into")
    parser.add_argument("--sizes", default="720,1080", help="of the window: 720, 1080, or both")
    parser.add_argument("--only", default="", help="parts of the tour, such as make,play")
    parser.add_argument("--docs", action="store_true", help="write those of docs/studio.md, too, in their places")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    path = next(filter(None, map(shutil.which, BROWSERS)))
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="studio") as place, sync_playwright() as driver:
        folder = Path(place) / "films"
        running = start_studio(folder)
        arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        browser = driver.chromium.launch(executable_path=path, args=arguments)
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.on("pageerror", lambda error: print(f"   ERROR in the page: {error}"))
            page.on("console", say)
            page.goto(running.address)
            page.evaluate(LINK)
            tour(Show(page, options), folder)
        finally:
            browser.close()
            running.stop()
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
