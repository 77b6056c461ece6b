"""The timeline as a person has it: a knob is let move, its keys are dragged; what is drawn is what the film does."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from pages import until

from vidream.config import configure
from vidream.config.toml import parse_toml

pytestmark = [pytest.mark.slow]

pytest.importorskip("playwright.sync_api", reason="no Playwright: the page is not tested")
SAMPLES = Path(__file__).parents[2] / "samples"
TOLD = """async () => {
  const { Link } = await import("/page/js/link.js");
  window.link = new Link();
}"""


@pytest.fixture
def opened(studio, page, tmp_path):
    """The page of a studio with a picture, a film and a song."""
    folder = tmp_path / "studio"
    folder.mkdir()
    for name in ("city_tiny.mp4", "cat.png", "groove120.mp3"):
        shutil.copy(SAMPLES / name, folder)
    page.goto(studio(folder).address)
    page.evaluate(TOLD)
    until(page, "window.link.last.get('files')?.files.length === 3")
    return page


def act(page, room, action, **body):
    return page.evaluate("([room, action, body]) => window.link.act(room, action, body)", [room, action, body])


def use(page, name):
    """Take a file as source, or as song."""
    file = "(name) => window.link.last.get('files').files.find((file) => file.name === name).id"
    act(page, "look", "source", id=page.evaluate(file, name))


def laid(page):
    until(page, "window.link.last.get('timeline')?.film && !document.querySelector('.curve-main.bare')")


def curve(page, knob="strength"):
    return page.evaluate("(knob) => window.link.last.get('look').values[knob]", knob)


def key(page, index, lane="Strength"):
    return page.locator(f'.lane[aria-label="{lane}"] .key').nth(index)


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, locator, across, down, *, steps=12):
    x, y = middle(locator)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across, y + down, steps=steps)
    page.mouse.up()


@pytest.mark.ci
def test_a_knob_is_let_move_and_its_curve_is_dragged_from_end_to_end(opened):
    page = opened
    use(page, "city_tiny.mp4")
    laid(page)
    page.get_by_role("button", name="Let a knob move").click()
    page.get_by_role("searchbox", name="Which knob is to move?").fill("strength")
    page.keyboard.press("Enter")
    until(page, "window.link.last.get('look').values.strength.keys?.length === 2")
    seconds = page.evaluate("window.link.last.get('timeline').film.seconds")

    drag(page, key(page, 0), 0, -20)
    until(page, "window.link.last.get('look').values.strength.keys[0][1] > 1")
    now = "document.querySelector('.key').getAttribute('aria-valuenow')"
    until(page, f"String(window.link.last.get('look').values.strength.keys[0][1]) === {now}")
    raised = curve(page)["keys"][0][1]
    assert curve(page)["keys"][0][0] == "0s"

    track = page.locator(".lane-track")
    box = track.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 14)
    until(page, "window.link.last.get('look').values.strength.keys.length === 3")
    place, low = curve(page)["keys"][1]
    assert float(place[:-1]) == pytest.approx(seconds / 2, abs=0.1)
    assert low < 1

    drag(page, key(page, 1), 10_000, 0)
    until(page, f"parseFloat(window.link.last.get('look').values.strength.keys[1][0]) > {0.9 * seconds}")
    keys = curve(page)["keys"]
    assert float(keys[1][0][:-1]) < float(keys[2][0][:-1])
    assert (keys[0][1], keys[1][1]) == (raised, low)

    page.get_by_label("Between keys").select_option("hold")
    until(page, "window.link.last.get('look').values.strength.ease === 'hold'")
    look = page.evaluate("window.link.last.get('look')")
    text = parse_toml(look["toml"].encode(), "the look")
    assert text["strength"] == curve(page)
    assert configure("video", strength=text["strength"]).moving["strength"]

    act(page, "look", "undo")  # the ease
    act(page, "look", "undo")  # the drag, whole
    before = f"JSON.stringify({json.dumps([place, low])})"  # what is pushed to the page may come after the answer
    until(page, f"JSON.stringify(window.link.last.get('look').values.strength.keys[1]) === {before}")


def test_keys_are_moved_and_taken_away_from_the_keyboard(opened):
    page = opened
    use(page, "city_tiny.mp4")
    laid(page)
    act(page, "look", "set", knob="strength", value={"keys": [[0, 1], [10, 2], [20, 1]]})
    key(page, 1).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    until(page, "window.link.last.get('look').values.strength.keys[1][0] === 19")  # no further than before the next
    page.keyboard.press("ArrowUp")
    until(page, "window.link.last.get('look').values.strength.keys[1][1] > 2")
    assert key(page, 1).get_attribute("aria-valuetext").endswith("at 0:00.19")
    assert key(page, 1).get_attribute("aria-label") == "Key 2 of 3, Strength"
    page.keyboard.press("Delete")
    until(page, "window.link.last.get('look').values.strength.keys.length === 2")
    page.keyboard.press("Control+a")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Delete")
    until(page, "window.link.last.get('look').values.strength === 1")
    assert page.locator(".lane").count() == 0


def test_several_keys_are_chosen_by_a_frame_and_go_together(opened):
    page = opened
    use(page, "city_tiny.mp4")
    laid(page)
    act(page, "look", "set", knob="strength", value={"keys": [[0, 1], [8, 1.5], [12, 1.5], [20, 1]]})
    until(page, "document.querySelectorAll('.key').length === 4")
    (left, top), (right, _) = middle(key(page, 1)), middle(key(page, 2))
    page.mouse.move(left - 14, top - 12)
    page.mouse.down()
    page.mouse.move(right + 14, top + 12, steps=4)
    page.mouse.up()
    assert page.locator(".key.chosen").count() == 2
    drag(page, key(page, 2), 0, 16)
    until(page, "window.link.last.get('look').values.strength.keys[2][1] < 1.4")
    keys = curve(page)["keys"]
    assert keys[1][1] == keys[2][1]
    assert [time for time, _ in keys] == [0, 8, 12, 20]


def test_a_curve_follows_the_song_and_is_drawn_as_the_engine_has_it(opened):
    page = opened
    use(page, "cat.png")
    use(page, "groove120.mp3")
    laid(page)
    act(page, "look", "set", knob="strength", value={"keys": [["0b", 1], ["8b", 1.5]]})
    until(page, "document.querySelectorAll('.key').length === 2")
    page.get_by_role("radio", name="Follow").click()
    until(page, "window.link.last.get('look').values.strength.follow === 'low'")
    page.get_by_label("What it follows").select_option("beats")
    until(page, "window.link.last.get('timeline').heard", 90)
    page.get_by_label("Base").fill("0.5")
    page.keyboard.press("Enter")
    until(page, "window.link.last.get('look').values.strength.base === 0.5")
    answer = act(page, "timeline", "sample", lane="strength", first=0, last=479, pieces=480)
    follow = curve(page)
    assert follow["follow"] == "beats"
    assert min(answer["own"]["lows"]) >= 0.5
    assert max(answer["own"]["highs"]) == pytest.approx(0.5 + follow["amount"], abs=0.02)
    page.get_by_role("radio", name="Sine").click()
    until(page, "window.link.last.get('look').values.strength.period === '4b'")
    page.get_by_label("Period").fill("2b")
    page.keyboard.press("Enter")
    until(page, "window.link.last.get('look').values.strength.period === '2b'")
    page.get_by_label("Period").fill("fast")
    page.keyboard.press("Enter")
    assert page.get_by_label("Period").get_attribute("aria-invalid") == "true"
    assert curve(page)["period"] == "2b"


DRAWN = """async (frames) => {
  const { FilmClock } = await import("/page/js/curve_clock.js");
  const { readKeys, keysAt } = await import("/page/js/curve_model.js");
  const { music, cuts } = await window.link.act("timeline", "marks");
  const clock = new FilmClock();
  clock.take(window.link.last.get("timeline").film, music, cuts);
  const curve = readKeys(window.link.last.get("look").values.strength, clock);
  return frames.map((frame) => keysAt(curve, frame / clock.fps, clock));
}"""


def test_keys_are_drawn_as_the_engine_has_them_in_each_unit_and_with_each_ease(opened):
    page = opened
    use(page, "cat.png")
    use(page, "groove120.mp3")
    laid(page)
    until(page, "window.link.last.get('timeline').heard", 90)
    units: dict[str, list[Any]] = {"s": ["1s", "4.5s", "9.25s"], "b": ["2b", "9b", "18.5b"], "": [30, 140, 280]}
    eases = page.evaluate("window.link.last.get('timeline').words.eases")
    for times in units.values():
        for ease in eases:
            keys = {"keys": [[time, value] for time, value in zip(times, (0.5, 2, 1), strict=True)], "ease": ease}
            act(page, "look", "set", knob="strength", value=keys)
            until(page, f"window.link.last.get('look').values.strength.keys[0][0] === {times[0]!r}")
            until(page, f"(window.link.last.get('look').values.strength.ease ?? 'linear') === {ease!r}")
            engine = act(page, "timeline", "sample", lane="strength", first=0, last=479, pieces=480)["own"]
            drawn = page.evaluate(DRAWN, engine["frames"])
            assert drawn == pytest.approx(engine["lows"], abs=2e-3), (times, ease)


def test_a_curve_of_curves_is_drawn_and_kept_as_text(opened):
    page = opened
    use(page, "city_tiny.mp4")
    laid(page)
    made = {"sum": [1, {"product": [0.5, {"sine": [0, 1], "period": "1s"}]}]}
    act(page, "look", "set", knob="strength", value=made)
    area = page.get_by_label("The curve of Strength as TOML")
    area.wait_for()
    assert curve(page) == made
    area.fill("{ sum = [1, ] , }, ")
    area.blur()
    page.locator(".curve-text .problem").get_by_text("TOML").wait_for()
    assert curve(page) == made
    area.fill('{ sum = [2, { sine = [0, 1], period = "1s" }] }')
    area.blur()
    until(page, "window.link.last.get('look').values.strength.sum?.[0] === 2")
    page.locator('.lane[aria-label="Strength"] .lane-head').click()
    until(page, "document.querySelector('.lane-now').textContent === '2'")


def test_the_ruler_moves_the_moment_of_the_look_and_goes_along_with_it(opened):
    page = opened
    use(page, "city_tiny.mp4")
    laid(page)
    ruler = page.get_by_role("slider", name="Moment of the film")
    box = ruler.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 8)
    seconds = page.evaluate("window.link.last.get('timeline').film.seconds")
    until(page, f"Math.abs(window.link.last.get('look').second - {seconds / 2}) < 0.1")
    act(page, "look", "moment", second=0)
    until(page, "document.querySelector('.ruler-track').getAttribute('aria-valuenow') === '0.00'")
    ruler.focus()
    page.keyboard.press("End")
    until(page, f"window.link.last.get('look').second > {0.9 * seconds}")
    thumb = page.locator(".curve-thumb")
    assert not thumb.is_visible()
    page.keyboard.press("]")
    thumb.wait_for()
    page.keyboard.press("\\")
    thumb.wait_for(state="hidden")


def test_the_fields_of_a_knob_may_be_asked_for_from_elsewhere(opened):
    page = opened
    use(page, "city_tiny.mp4")
    laid(page)
    act(page, "look", "set", knob="octaves", value={"keys": [[0, 2], [20, 4]]})
    act(page, "look", "set", knob="strength", value={"sine": [1, 0.5], "period": "1s"})
    until(page, "document.querySelectorAll('.lane').length === 2")
    page.locator('.lane[aria-label="Strength"] .lane-head').click()
    assert page.get_by_label("Swing").input_value() == "0.5"
    page.get_by_label("Swing").fill("3")
    page.keyboard.press("Enter")
    page.locator(".curve-panel").get_by_text("its curve goes from -2 to 4").wait_for()
    assert page.get_by_label("Swing").input_value() == "0.5"
    assert curve(page)["sine"] == [1, 0.5]
    page.get_by_role("button", name="Take the curve of Strength away").click()
    until(page, "typeof window.link.last.get('look').values.strength === 'number'")
    assert page.locator(".lane").count() == 1


def test_a_picture_has_no_time_and_can_be_made_a_zoom(opened):
    page = opened
    use(page, "cat.png")
    page.get_by_role("button", name="Make it a zoom").click()
    until(page, "window.link.last.get('look').command === 'zoom'")
    page.get_by_text("A picture has no time").wait_for(state="hidden")
