"""The canvas as a person meets it: compared, scrubbed, played, zoomed into; what is wrong, in words."""

import shutil
from pathlib import Path

import pytest
from pages import until

from vidream.studio.folder import id_of

SAMPLES = Path(__file__).parents[2] / "samples"

pytestmark = pytest.mark.slow

DO = """([room, action, body]) => fetch(`/do/${room}/${action}?tab=test`, { method: "POST",
  headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }).then((answer) => answer.json())"""
HEAR = """() => { window.drawn = [];
  document.getElementById("canvas").addEventListener("drawn", ({ detail }) => drawn.push(detail)); }"""
MIDDLE = """(share) => { const canvas = document.querySelector(".canvas-picture");
  const at = [share * canvas.width, canvas.height / 2];
  return [...canvas.getContext("2d").getImageData(...at.map(Math.round), 1, 1).data].slice(0, 3).join(); }"""
LABEL = "document.querySelector('.canvas-label').textContent"


@pytest.fixture
def canvas(studio, page, tmp_path):
    """The page of a studio with a small film, whose frame has been dreamed to the end."""
    (tmp_path / "studio").mkdir()
    shutil.copy(SAMPLES / "city_tiny.mp4", tmp_path / "studio")
    page.goto(studio().address)
    page.evaluate(HEAR)
    page.evaluate(DO, ["look", "source", {"id": id_of("city_tiny.mp4")}])
    page.evaluate(DO, ["look", "set", {"knob": "dream_size", "value": 128}])
    until(page, "drawn.at(-1)?.last", 60)
    until(page, f"{LABEL}.startsWith('As it will be')")
    return page


def test_before_and_after_are_compared_by_hand_and_by_key(canvas):
    after = canvas.evaluate(MIDDLE, 0.25)
    canvas.keyboard.down("b")
    until(canvas, f"{LABEL}.startsWith('Without the dream')")
    before = canvas.evaluate(MIDDLE, 0.25)
    assert before != after
    canvas.keyboard.up("b")
    until(canvas, f"{LABEL}.startsWith('As it will be')")
    canvas.keyboard.press("s")
    divide = canvas.get_by_role("slider", name="Before and after")
    assert divide.get_attribute("aria-valuenow") == "50"
    canvas.wait_for_timeout(100)
    assert canvas.evaluate(MIDDLE, 0.25) == before
    for _ in range(5):
        canvas.keyboard.press("Shift+ArrowLeft")
    assert divide.get_attribute("aria-valuenow") == "0"
    box, stage = divide.bounding_box(), canvas.locator(".canvas-box").bounding_box()
    canvas.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    canvas.mouse.down()
    canvas.mouse.move(stage["x"] + stage["width"] / 2, box["y"] + 20)
    canvas.mouse.up()
    assert divide.get_attribute("aria-valuenow") == "50"
    canvas.get_by_role("button", name="Compare before and after").click()
    assert divide.is_hidden()


def test_moments_are_sought_by_keys_and_by_the_bar_and_become_the_looks(canvas):
    canvas.keyboard.press("ArrowRight")
    canvas.keyboard.press("ArrowRight")
    until(canvas, "drawn.at(-1).index === 2 && drawn.at(-1).kind === 'dream'")
    until(canvas, "fetch('/preview/source.jpg').then((answer) => answer.ok)")
    bar = canvas.get_by_role("slider", name="Moment", exact=True)
    box = bar.bounding_box()
    canvas.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    until(canvas, "drawn.at(-1).index > 8 && drawn.at(-1).last", 60)
    shown = canvas.evaluate("drawn.at(-1).index")
    canvas.reload()
    canvas.evaluate(HEAR)
    until(canvas, f"drawn.some((each) => each.index === {shown} && each.kind === 'dream')", 60)
    assert canvas.get_by_role("slider", name="Moment", exact=True).input_value() == str(shown)


def test_space_plays_goes_round_and_stops(canvas):
    canvas.keyboard.press(" ")
    until(canvas, "drawn.some((each) => each.kind === 'play' && each.settled)", 60)
    until(canvas, f"{LABEL}.startsWith('Playing')")
    seen = set()
    for _ in range(40):
        seen.add(canvas.get_by_role("slider", name="Moment", exact=True).input_value())
        canvas.wait_for_timeout(25)
    assert len(seen) > 3
    assert canvas.get_by_role("button", name="Stop", exact=True).is_visible()
    canvas.keyboard.press(" ")
    until(canvas, "drawn.at(-1).kind !== 'play' && drawn.at(-1).last", 60)
    assert canvas.get_by_role("button", name="Play three seconds").is_visible()


def test_wheel_and_keys_zoom_and_what_is_larger_is_moved(canvas):
    zoom = canvas.locator(".canvas-zoom")
    canvas.keyboard.press("1")
    assert zoom.text_content() == "100 %"
    box = canvas.locator(".canvas-picture").bounding_box()
    canvas.mouse.move(box["x"] + 200, box["y"] + 100)
    for _ in range(12):
        canvas.mouse.wheel(0, -240)
    until(canvas, "parseInt(document.querySelector('.canvas-zoom').textContent) > 600")
    before = canvas.evaluate(MIDDLE, 0.5)
    canvas.mouse.down()
    canvas.mouse.move(box["x"] + 350, box["y"] + 200, steps=4)
    canvas.mouse.up()
    canvas.wait_for_timeout(100)
    assert canvas.evaluate(MIDDLE, 0.5) != before
    canvas.keyboard.press("0")
    canvas.wait_for_timeout(100)
    fitted = zoom.text_content()
    canvas.keyboard.press("-")
    assert zoom.text_content() != fitted or fitted == "100 %"


def test_what_is_wrong_is_said_over_the_last_picture(canvas):
    bright = canvas.evaluate(MIDDLE, 0.5)
    canvas.evaluate(DO, ["look", "command", {"name": "music"}])
    until(canvas, "document.querySelector('.canvas-nothing').textContent.includes('A song is missing')")
    canvas.wait_for_timeout(100)
    assert canvas.evaluate(MIDDLE, 0.02) != bright
    canvas.evaluate(DO, ["look", "command", {"name": "video"}])
    until(canvas, "document.querySelector('.canvas-nothing').hidden")
