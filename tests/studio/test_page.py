"""The page's shell as a person meets it: workspaces, tabs, menus, dialogs, tips and keys; a studio that is gone."""

import re
import signal

import pytest
from pages import start_studio, until

pytestmark = [pytest.mark.slow]

expect = pytest.importorskip("playwright.sync_api", reason="no Playwright: the page is not tested").expect
expect.set_options(timeout=10_000)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where an empty studio is, which all share that leave it as it is."""
    running = start_studio(tmp_path_factory.mktemp("studio"))
    yield running.address
    running.stop()


MENU = """async () => {
  const { openMenu } = await import("/page/js/menu.js");
  const { el } = await import("/page/js/dom.js");
  const chosen = [];
  window.chosen = chosen;
  const items = [{ title: "Moves" }, { label: "Follow", act: () => chosen.push("follow") }, "-",
    { label: "Sine", disabled: true }, { label: "Cycle", act: () => chosen.push("cycle") },
    { label: "Loop", checked: true }];
  const button = el("button", { class: "button", id: "opener", onclick: () => openMenu(button, items) }, "Move it");
  document.getElementById("top-actions").prepend(button);
}"""


def focused(page) -> str:
    """The words of what has the focus."""
    return page.evaluate(
        "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()"
    )


@pytest.mark.ci
def test_the_page_opens_and_its_workspaces_can_be_gone_through(studio, page):
    running = studio()
    page.goto(running.address)
    assert page.title() == "vidream studio"
    for name in ("Make", "Play", "Look"):
        page.get_by_role("tab", name=name, exact=True).click()
        assert page.locator(f"#work-{name.lower()}").is_visible()
    page.keyboard.press("Alt+2")
    assert page.locator("#work-make").is_visible()
    page.reload()
    assert page.locator("#work-make").is_visible()
    assert re.search(r"#make$", page.url)


def test_arrows_lead_from_tab_to_tab_and_the_tab_key_past_them(address, page):
    page.goto(address)
    page.locator("#tab-look").focus()
    page.keyboard.press("ArrowRight")
    assert focused(page) == "Make"
    assert page.locator("#work-make").is_visible()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert focused(page) == "Play"
    page.keyboard.press("Home")
    assert focused(page) == "Look"
    page.keyboard.press("Tab")
    assert focused(page) not in ("Make", "Play")


def test_a_menu_is_gone_through_by_keys_and_gives_the_focus_back(address, page):
    page.goto(address)
    page.evaluate(MENU)
    opener = page.locator("#opener")
    opener.focus()
    page.keyboard.press("Enter")
    assert (focused(page), opener.get_attribute("aria-expanded")) == ("Follow", "true")
    page.keyboard.press("ArrowDown")
    assert focused(page) == "Cycle"  # a heading, a line, and what cannot be chosen are passed over
    page.keyboard.press("l")
    assert focused(page) == "Loop"
    page.keyboard.press("Escape")
    assert (focused(page), opener.get_attribute("aria-expanded")) == ("Move it", "false")
    page.keyboard.press("Enter")
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    assert page.evaluate("window.chosen") == ["cycle"]
    assert focused(page) == "Move it"
    opener.click()
    expect(page.get_by_role("menu")).to_be_visible()
    page.locator("main").click(position={"x": 640, "y": 10})
    expect(page.get_by_role("menu")).to_have_count(0)


def test_help_shows_the_keys_and_leaves_the_focus_where_it_was(address, page):
    page.goto(address)
    page.locator("#tab-look").focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Help")
    expect(dialog).to_contain_text("Undo")
    expect(dialog).to_contain_text("Go to Make")
    assert page.locator("dialog a[href]").count() == 0  # nothing leads out of the studio
    page.keyboard.press("Alt+2")
    assert page.locator("#work-look").is_visible()  # the page behind a dialog hears no key
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert focused(page) == "Look"


def test_keys_act_neither_while_somebody_types_nor_on_a_thing_that_hears_them(address, page):
    page.goto(address)
    page.evaluate("""async () => {
      const { onKey } = await import("/page/js/keys.js");
      const { el } = await import("/page/js/dom.js");
      window.acted = [];
      for (const key of [" ", "q", "Ctrl+q", "ArrowLeft"]) onKey(key, "", () => window.acted.push(key));
      const fields = [el("input", { id: "words" }), el("input", { id: "slide", type: "range" })];
      document.getElementById("top-actions").prepend(...fields);
    }""")
    page.locator("#words").focus()
    page.keyboard.type("q q")
    page.locator("#top-edit button:not(:disabled)").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")  # the help, which that button opened
    page.locator("#slide").focus()
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("window.acted") == []
    page.keyboard.press("q")
    page.keyboard.press("Control+q")
    page.locator("#slide").evaluate("element => element.blur()")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("window.acted") == ["q", "Ctrl+q", " ", "ArrowLeft"]


def test_a_tip_shows_by_the_keyboard_and_escape_hides_it(address, page):
    page.goto(address)
    help_button = page.get_by_role("button", name="Help", exact=True)
    page.locator("#tab-look").focus()
    while focused(page) != "Help":
        page.keyboard.press("Tab")
    expect(page.locator(".tip")).to_contain_text("Help")
    page.keyboard.press("Escape")
    expect(page.locator(".tip")).to_be_hidden()
    page.mouse.move(0, 0)
    help_button.hover()
    expect(page.locator(".tip")).to_be_visible()


@pytest.mark.ci
def test_a_number_is_typed_stepped_and_dragged(address, page):
    page.goto(address)
    page.evaluate("""async () => {
      const { numberField } = await import("/page/js/parts.js");
      window.heard = [];
      const onchange = (value) => window.heard.push(value);
      const field = numberField({ label: "Loudness of a test", value: 0.5, low: 0, high: 1, onchange });
      document.getElementById("top-actions").prepend(field);
    }""")
    field = page.get_by_role("spinbutton", name="Loudness of a test")
    field.fill("0,7")
    field.press("Enter")
    field.press("ArrowUp")
    field.press("Shift+ArrowDown")
    field.fill("none")
    field.press("Enter")
    assert field.input_value() == "0.61"
    expect(page.locator("#toasts")).to_contain_text('must be a number, not "none"')
    field.evaluate("element => element.blur()")
    box = field.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 30, box["y"] + 10)
    page.mouse.move(box["x"] + 220, box["y"] + 10)
    page.mouse.up()
    assert page.evaluate("window.heard") == [0.7, 0.71, 0.61, 1]


def test_edges_and_the_drawer_are_as_they_were_left_also_by_another_studio(studio, page, tmp_path):
    page.goto(studio().address)
    width = page.locator("#gallery").bounding_box()["width"]
    page.get_by_role("separator", name="Width of the gallery").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("t")
    assert page.locator("#timeline").is_hidden()
    page.goto(studio(tmp_path / "another").address)
    assert page.locator("#gallery").bounding_box()["width"] == width + 16
    assert page.locator("#timeline").is_hidden()
    page.locator("#drawer-toggle").click()
    assert page.locator("#timeline").is_visible()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_page_says_that_its_studio_is_gone(studio, page, number):
    running = studio()
    page.goto(running.address)
    expect(page.locator("#banner")).to_be_hidden()
    running.stop(number)
    expect(page.locator("#banner")).to_contain_text("vidream studio")
    page.get_by_role("tab", name="Make", exact=True).click()
    assert page.locator("#work-make").is_visible()


@pytest.mark.ci
def test_a_page_that_was_cut_off_comes_back_by_itself_and_is_told_everything(address, page):
    ways = []

    def pass_through(way):
        ways.append(way)
        way.connect_to_server()

    page.route_web_socket(re.compile(r"/socket\?"), pass_through)
    page.goto(address)
    page.evaluate("""async () => {
      const { Link } = await import("/page/js/link.js");
      const link = new Link();
      window.told = [];
      for (const room of ["link", "files"]) link.on(room, (data) => window.told.push(room === "link" ? data : room));
    }""")
    until(page, "window.told.length == 2")
    ways[-1].close()
    until(page, "window.told.length == 5")
    assert page.evaluate("window.told") == [True, "files", False, True, "files"]
    expect(page.locator("#banner")).to_be_hidden()


@pytest.mark.ci
def test_it_ends_at_a_word_and_leaves_nothing_running(studio):
    running = studio()
    assert running.stop() == 143
