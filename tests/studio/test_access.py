"""The page for who sees little, hears it read, or has no mouse: names, contrast, 200 % zoom, the Tab key."""

import shutil
from pathlib import Path

import pytest
from access import cut_off, faint, unnamed, walk
from pages import start_studio, until

pytestmark = [pytest.mark.slow]

pytest.importorskip("playwright.sync_api", reason="no Playwright: the page is not tested")
SAMPLES = Path(__file__).parents[2] / "samples"
TOLD = """async () => {
  const { Link } = await import("/page/js/link.js");
  window.link = new Link();
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A studio with a film, a picture and a song, the picture chosen."""
    folder = tmp_path_factory.mktemp("studio")
    for name in ("bunny.mp4", "cat.png", "groove120.mp3"):
        shutil.copy(SAMPLES / name, folder)
    running = start_studio(folder)
    yield running.address
    running.stop()


@pytest.fixture(params=["look", "make", "play"])
def opened(request, address, page):
    """The page at each of its workspaces, with a source."""
    page.goto(address)
    page.evaluate(TOLD)
    until(page, "window.link.last.get('files')?.files.length === 3")
    page.evaluate("""async () => {
      const { id } = window.link.last.get("files").files.find((file) => file.kind === "picture");
      await window.link.act("look", "source", { id });
    }""")
    page.locator(f"#tab-{request.param}").click()
    return page


@pytest.mark.ci
def test_everything_has_a_name_that_can_be_read_out(opened):
    assert unnamed(opened) == []


def test_words_stand_out_from_what_is_behind_them(opened):
    assert faint(opened) == []


def test_nothing_is_cut_off_at_200_percent(opened):
    opened.set_viewport_size({"width": 640, "height": 360})
    assert cut_off(opened) == []


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_nothing_is_cut_off_at_the_sizes_that_people_have(opened, size):
    opened.set_viewport_size({"width": size[0], "height": size[1]})
    assert cut_off(opened) == []


def test_the_tab_key_leads_once_around_and_it_is_seen_where_it_is(opened):
    names, wrong = walk(opened)
    assert wrong == []
    assert any("Look" in name or "Make" in name or "Play" in name for name in names)


def test_the_eyes_of_this_test_see(address, page):
    page.goto(address)
    page.evaluate("""async () => {
      const { el } = await import("/page/js/dom.js");
      const faint = el("p", {}, "hardly there");
      faint.style.color = "#333";
      const wide = el("button", {}, "wide");
      wide.style.cssText = "position: absolute; left: 1200px; width: 300px; outline: none; box-shadow: none";
      document.getElementById("top-actions").append(el("button", {}), faint, wide);
    }""")
    assert len(unnamed(page)) == 1
    assert any("hardly there" in each for each in faint(page))
    assert any("wide" in each for each in cut_off(page))
