"""The Tune panel in a browser: knobs are turned, refused, made curves, searched; texts are edited; looks are saved."""

import pytest
from pages import start_studio, until

from vidream.config import configure
from vidream.notation import is_curve

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A studio that all share; each begins with a new look."""
    running = start_studio(tmp_path_factory.mktemp("studio"))
    yield running
    running.stop()


@pytest.fixture
def tune(running, page):
    """A page with the Tune panel ready, and a new look."""
    page.goto(running.address)
    page.locator(".knob").first.wait_for()
    page.evaluate(
        """async () => {
          const { Link } = await import("/page/js/link.js");
          window.other = new Link();
          await new Promise((told) => window.other.on("look", (look) => { window.look = look; told(); }));
        }"""
    )
    for command in ("image", "video"):  # which have no knobs of film, or of song, in common
        act(page, "command", {"name": command})
    act(page, "toml", {"text": 'command = "video"'})
    act(page, "set_many", {"knobs": dict.fromkeys(page.evaluate("window.look.knobs"))})
    page.folder = running.folder
    return page


def look(page, condition):
    """The look, once a condition in JavaScript holds of it."""
    until(page, f"(() => {{ const look = window.look; return Boolean({condition}); }})()")
    return page.evaluate("window.look")


def act(page, action, body):
    page.evaluate("([action, body]) => window.other.act('look', action, body)", [action, body])


@pytest.mark.ci
def test_a_slider_is_dragged_in_one_step_of_undo_and_reset_by_its_dot(tune):
    slider = tune.get_by_role("slider", name="Strength", exact=True)
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    tune.mouse.move(box["x"] + box["width"] / 3, middle)
    tune.mouse.down()
    for step in range(12):
        tune.mouse.move(box["x"] + box["width"] * (0.3 + step * 0.04), middle)
    tune.mouse.up()
    value = slider.input_value()
    assert 1.5 < float(value) < 3
    told = look(tune, f"look.knobs.strength === {value}")
    assert told["undo"]
    assert tune.get_by_role("spinbutton", name="Strength, exactly").input_value() == value
    act(tune, "undo", {})
    look(tune, "!('strength' in look.knobs)")
    act(tune, "redo", {})
    tune.get_by_role("button", name="Reset Strength").click()
    look(tune, "!('strength' in look.knobs)")
    until(tune, "document.querySelector('#knob-strength').value === '1'")


def test_what_is_wrong_stands_under_its_knob_until_it_is_right(tune):
    size = tune.get_by_role("textbox", name="Size", exact=True)
    size.fill("huge")
    size.press("Enter")
    problem = tune.locator("#knob-size-problem")
    problem.wait_for()
    assert problem.inner_text().startswith("--size must be WxH such as 1280x720")
    assert size.get_attribute("aria-invalid") == "true"
    ends = [
        f"document.querySelector('{each}').getBoundingClientRect().bottom"
        for each in ("#knob-size-problem", ".look-scroll")
    ]
    until(tune, f"{ends[0]} <= {ends[1]} + 1")
    assert "size" not in tune.evaluate("window.look.knobs")
    size.fill("320")
    size.press("Enter")
    look(tune, "look.knobs.size === '320'")
    problem.wait_for(state="hidden")


def test_a_number_is_made_a_curve_and_holds_still_again(tune):
    tune.evaluate("window.opened = []")
    tune.get_by_role("button", name="Let Octaves move").click()
    tune.get_by_role("menuitemcheckbox", name="From key to key").click()
    told = look(tune, "typeof look.values.octaves === 'object'")
    assert is_curve(told["knobs"]["octaves"])
    assert configure("video", octaves=told["knobs"]["octaves"])
    tune.locator("[data-knob=octaves] .knob-moves").wait_for()
    tune.locator("[data-knob=octaves]").click(button="right")
    tune.get_by_role("menuitem", name="Hold still at 3").click()
    look(tune, "look.knobs.octaves === 3")


def test_each_curve_that_the_menu_offers_is_one_that_the_engine_takes(tune):
    offered = tune.evaluate(
        """async () => {
          const { starts } = await import("/page/js/knob_curve.js");
          const schema = await (await fetch("/look/schema")).json();
          const found = [];
          for (const [name, panels] of Object.entries(schema)) {
            for (const knob of panels.flatMap(({ knobs }) => knobs)) {
              if (knob.kind !== "number" || knob.fixed) continue;
              for (const value of [knob.default, knob.low, knob.usual[1], knob.high]) {
                const { keys, sine, cycle, follow } = starts(value, knob.usual);
                for (const curve of [keys, sine, cycle, follow("low")]) found.push([name, knob.name, curve]);
              }
            }
          }
          return found;
        }"""
    )
    assert len(offered) > 800
    for name, knob, curve in offered:
        command, _, base = name.partition(":")
        if "follow" in curve and command != "music":
            curve["of"] = "song.wav"
        if not (command == "music" and not base) and not (command == "image" and "follow" in curve):
            configure(command, base=base or None, **{knob: curve})


def test_layers_are_added_weighed_and_left_out(tune):
    tune.get_by_role("button", name="Add a layer").click()
    tune.get_by_role("option", name="block4 ", exact=False).first.wait_for()
    tune.keyboard.type("block4")
    tune.keyboard.press("Enter")
    look(tune, "JSON.stringify(look.knobs.layer) === '[\"block4\"]'")
    tune.get_by_role("button", name="Add a layer").click()
    tune.keyboard.type("block10:3-5")
    tune.keyboard.press("Enter")
    look(tune, "look.knobs.layer?.length === 2")
    weight = tune.get_by_role("spinbutton", name="Weight of block4, exactly")
    weight.fill("0.5")
    weight.press("Enter")
    look(tune, "look.knobs.layer[0] === 'block4=0.5'")
    tune.get_by_role("button", name="Leave out block4").click()
    look(tune, "JSON.stringify(look.knobs.layer) === '[\"block10:3-5\"]'")


def test_a_search_finds_knobs_in_closed_groups(tune):
    tune.get_by_role("searchbox", name="Search knobs").fill("black bars")
    assert [row.get_attribute("data-knob") for row in tune.locator(".knob:visible").all()] == ["bars"]
    tune.get_by_role("radio", name="dream", exact=True).click()
    look(tune, "look.knobs.bars === 'dream'")


def test_the_text_of_a_look_is_checked_while_it_is_typed_and_taken_when_asked(tune):
    tune.get_by_role("tab", name="TOML").click()
    text = tune.get_by_role("textbox", name="The look as TOML")
    text.fill('command = "video"\noctaves = 99\n')
    tune.get_by_text("octaves must be a whole number from 1 to 12, not 99").wait_for()
    assert tune.evaluate("window.look.knobs") == {}
    text.fill('command = "video"\noctaves = 6\n')
    text.press("Control+Enter")
    look(tune, "look.knobs.octaves === 6")
    tune.get_by_role("tab", name="Command").click()
    line = tune.get_by_role("textbox", name="The command line")
    assert "--octaves 6" in line.input_value()
    line.fill("vidream zoom noise out.mp4 --turn 3")
    tune.locator("#look-words").get_by_role("button", name="Use").click()
    told = look(tune, "look.command === 'zoom'")
    assert (told["noise"], told["knobs"]) == (True, {"turn": 3})
    line.fill("nonsense")
    tune.locator("#look-words").get_by_role("button", name="Revert").click()
    assert line.input_value() == told["command_line"]


def test_a_look_is_saved_and_is_there_after_a_reload(tune):
    act(tune, "set", {"knob": "octaves", "value": 6})
    tune.get_by_role("button", name="Save the look").click()
    tune.get_by_role("textbox", name="Name").fill("red coral")
    tune.get_by_role("dialog").get_by_role("button", name="Save").click()
    look(tune, "look.saved === 'looks/red coral.toml'")
    assert configure("video", preset=str(tune.folder / "looks/red coral.toml")).dream.octaves == 6
    tune.reload()
    tune.get_by_role("button", name="Look: red coral").wait_for()
    assert tune.get_by_role("slider", name="Octaves", exact=True).input_value() == "6"


def test_all_changes_are_dropped_at_once(tune):
    act(tune, "set_many", {"knobs": {"octaves": 6, "size": "320"}})
    tune.get_by_role("button", name="Look: No preset, 2 knobs changed").click()
    tune.get_by_role("menuitem", name="Drop all changes").click()
    look(tune, "Object.keys(look.knobs).length === 0")


def test_another_command_shows_its_own_knobs(tune):
    tune.get_by_role("radio", name="Zoom").click()
    tune.get_by_role("slider", name="Turn", exact=True).wait_for()
    assert tune.locator("[data-knob=persistence]").count() == 0
    tune.get_by_role("radio", name="Film").click()
    tune.get_by_role("slider", name="Persistence", exact=True).wait_for()


def test_every_control_has_a_name_and_says_what_it_is(tune):
    for details in tune.locator(".knob-group").all():
        details.evaluate("element => (element.open = true)")
    nameless = tune.evaluate(
        """() => [...document.querySelectorAll('#tune :is(input, select, textarea, button)')].filter((each) => {
          const name = each.getAttribute('aria-label') || each.labels?.length || each.textContent.trim();
          return !each.hidden && !name;
        }).map((each) => each.outerHTML)"""
    )
    assert nameless == []
    assert (
        tune.locator("#knob-octaves").get_attribute("aria-description")
        == "At how many sizes it is dreamed: more make larger forms, as a smaller --dream-size does. The sizes go from"
        " small to large."
    )
