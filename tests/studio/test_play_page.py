"""The workspace Play in a real browser: a clip becomes a show, what is pressed is seen, in other windows, too."""

import re
import shutil
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from pages import start_studio, until

pytestmark = [pytest.mark.slow]

pytest.importorskip("playwright.sync_api", reason="no Playwright: the page is not tested")
SAMPLES = Path(__file__).parents[2] / "samples"
LIVE = ".play-tools .play-live.on"
LIGHT = """(selector) => {
  const canvas = document.querySelector(selector);
  if (!canvas) return -1;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum += data[at] + data[at + 1] + data[at + 2];
  return canvas.width > 1 ? sum / data.length : -1;
}"""
PICTURE = ".play-picture canvas"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A studio with a clip, a picture, a song, and a look that was saved."""
    folder = tmp_path_factory.mktemp("studio")
    for name in ("city_tiny.mp4", "cat.png", "groove120.mp3"):
        shutil.copy(SAMPLES / name, folder)
    (folder / "looks").mkdir()
    (folder / "looks" / "mine.toml").write_text("# mine\nstrength = 0.25\n")
    running = start_studio(folder)
    yield running
    running.stop()


@pytest.fixture
def play(running, page):
    """The workspace Play; what plays at the end is stopped."""
    page.goto(running.address)
    page.locator("#tab-play").click()
    yield page
    page.keyboard.press("Escape")  # a dialog that a failed test has left
    if page.locator(".play-tools").is_visible():
        page.get_by_role("button", name="Stop", exact=True).click()
        page.locator(".play.off").wait_for(timeout=60_000)


def begin(page, name="city_tiny.mp4"):
    page.get_by_role("radio", name=name).click()
    page.get_by_role("radio", name="640", exact=True).click()
    page.get_by_role("button", name="Start", exact=True).click()
    page.locator(LIVE).wait_for(timeout=120_000)
    wait(page, lambda: page.evaluate(LIGHT, PICTURE) > 1)


def wait(page, fits, seconds=60):
    end = time.monotonic() + seconds
    while not fits():
        assert time.monotonic() < end
        page.wait_for_timeout(50)


def slider(page, name="Strength"):
    return page.locator("#play").get_by_role("slider", name=name, exact=True)


def number(page, name):
    return float(page.locator(f".of-{name} strong").inner_text().replace("–", "0"))


def told(page):
    """What the page was told last of what is live."""
    return page.evaluate("""async () => {
      const { Link } = await import("/page/js/link.js");
      window.link ??= new Link();
      while (!window.link.last.has("live")) await new Promise((resolve) => setTimeout(resolve, 20));
      return window.link.last.get("live");
    }""")


@pytest.mark.ci
def test_a_clip_becomes_a_show_and_keys_play_it(play):
    begin(play)
    wait(play, lambda: number(play, "shown") > 3 and number(play, "delay") > 0)
    assert number(play, "delay") < 5000
    play.keyboard.press("b")
    wait(play, lambda: play.evaluate(LIGHT, PICTURE) < 2)
    assert play.get_by_role("button", name=re.compile("^Black")).get_attribute("aria-pressed") == "true"
    play.get_by_role("button", name=re.compile("^Black")).click()
    wait(play, lambda: play.evaluate(LIGHT, PICTURE) > 5)
    for _ in range(4):  # a button that was clicked has let go of the space bar
        play.keyboard.press("Space")
        play.wait_for_timeout(400)
    wait(play, lambda: float(re.sub(r"[^\d.]", "", play.locator(".play-tempo").inner_text()) or 0) > 60)
    play.keyboard.press("1")
    mine = play.get_by_role("button", name="mine")
    wait(play, lambda: mine.get_attribute("aria-pressed") == "true")
    wait(play, lambda: slider(play).input_value() == "0.25")
    play.keyboard.press("ArrowUp")
    wait(play, lambda: abs(float(slider(play).input_value()) - 0.35) < 1e-6)
    play.keyboard.press("r")
    wait(play, lambda: slider(play).input_value() == "0.25")


def test_what_was_turned_is_kept_as_look_and_what_is_tuned_is_played(play):
    begin(play)
    slider(play).fill("1.5")
    wait(play, lambda: "strength" in told(play)["board"]["turned"])
    play.get_by_role("button", name="Keep as look").click()
    play.get_by_text("kept in your look: strength").wait_for()
    wait(play, lambda: play.evaluate("window.link.last.get('look').knobs.strength") == 1.5)
    wait(play, lambda: told(play)["board"]["turned"] == [])
    assert slider(play).input_value() == "1.5"
    play.evaluate("window.link.act('look', 'set', { knob: 'strength', value: 0.75 })")
    wait(play, lambda: slider(play).input_value() == "0.75")


def test_another_window_shows_it_and_a_reload_loses_nothing(play):
    begin(play)
    with play.expect_popup() as opened:
        play.get_by_role("button", name="Second display").last.click()
    stage = opened.value
    wait(stage, lambda: stage.evaluate(LIGHT, "#stage canvas") > 1)
    stage.keyboard.press("b")
    wait(stage, lambda: stage.evaluate(LIGHT, "#stage canvas") < 2)
    stage.keyboard.press("b")
    stage.close()
    play.reload()
    play.locator(LIVE).wait_for(timeout=60_000)
    wait(play, lambda: play.evaluate(LIGHT, PICTURE) > 1)
    play.locator("#tab-look").click()
    play.locator(".live-monitor").wait_for()
    wait(play, lambda: play.evaluate(LIGHT, ".live-monitor canvas") > 1)
    play.locator("#tab-play").click()


def test_previews_wait_while_a_dream_is_live_and_come_when_it_is_not(play):
    begin(play)
    told(play)
    play.evaluate("""async () => {
      const { id } = window.link.last.get("files").files.find((file) => file.name === "cat.png");
      await window.link.act("look", "source", { id });
    }""")
    play.locator("#tab-look").click()
    play.locator("#canvas").get_by_text("a dream is live").wait_for()
    play.locator("#tab-play").click()
    play.get_by_role("button", name="Stop", exact=True).click()
    until(play, "window.link.last.get('live').phase === 'off'", 60)
    until(play, "Object.keys(window.link.last.get('preview').headers).length > 0", 60)
    assert play.evaluate("window.link.last.get('preview').problem") == ""


def test_programs_without_the_cookie_see_it_by_its_address_until_that_is_made_anew(play, running):
    begin(play)
    origin = "/".join(running.address.split("/")[:3])
    address = origin + told(play)["stream"]
    with urllib.request.urlopen(address, timeout=30) as stream:
        assert stream.headers["Content-Type"].startswith("multipart/x-mixed-replace")
        assert b"\xff\xd8\xff" in stream.read(40_000)
        wait(play, lambda: told(play)["streams"] == 1)
        play.get_by_role("button", name=re.compile("^Other programs")).last.click()
        play.get_by_text("1 program shows it now").wait_for()
        play.get_by_role("button", name="New address").click()
        while stream.read(100_000):
            pass
    play.keyboard.press("Escape")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(address, timeout=30)
    until(play, "window.link.last.get('live').streams === 0")


def test_a_show_is_recorded(play, running):
    begin(play)
    play.get_by_role("button", name="Record", exact=True).click()
    play.get_by_role("button", name="Recording").wait_for()
    play.wait_for_timeout(1000)
    play.get_by_role("button", name="Recording").click()
    play.get_by_text(re.compile(r"live-.*\.mp4 is recorded")).wait_for(timeout=60_000)
    (film,) = running.folder.glob("live-*.mp4")
    assert film.stat().st_size > 1000


def test_what_cannot_be_played_is_said_and_something_else_can(play):
    play.get_by_role("radio", name="Camera").first.click()
    play.get_by_role("button", name="Start", exact=True).click()
    play.get_by_role("alert").get_by_text(re.compile("camera:0")).wait_for(timeout=60_000)
    begin(play, "cat.png")
    assert slider(play, "Zoom").is_visible()
