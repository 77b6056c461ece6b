"""The gallery as a person meets it: in motion on the own frame, clicked, mixed, by chance, between two, by keyboard."""

import re
import shutil
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "samples"
PATIENCE = 60_000
pytestmark = pytest.mark.slow


@pytest.fixture
def opened(studio, page, tmp_path):
    """A studio of a folder with a film and a picture, on the film."""
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(SAMPLES / "city_tiny.mp4", folder / "city.mp4")
    shutil.copy(SAMPLES / "cat.png", folder)
    page.set_default_timeout(PATIENCE)
    page.goto(studio(folder).address)
    page.locator("#gallery .cell").first.wait_for()
    return page


def cell(page, name):
    return page.locator("#gallery .cell").filter(has_text=re.compile(rf"^{re.escape(name)}"))


def test_a_look_is_chosen_mixed_and_gone_between(opened):
    page = opened
    page.locator("#gallery video.playing").first.wait_for()  # each moves, soon
    cell(page, "coral").click()
    page.locator('#gallery .cell[aria-selected="true"]', has_text="coral").wait_for()
    cell(page, "wolf").click(modifiers=["Shift"])
    rows = page.locator(".gallery-weight")
    rows.nth(1).wait_for()
    assert [row.split("\n")[0] for row in rows.all_inner_texts()] == ["block14:54", "block10:15"]
    rows.nth(1).locator("button").click()
    rows.first.wait_for(state="hidden")
    page.get_by_role("button", name="Between two").click()
    cell(page, "mosaic").click()
    page.locator(".gallery-weight").nth(1).wait_for()
    page.locator(".gallery-between input").fill("1")
    page.locator(".gallery-weight").first.wait_for(state="hidden")
    page.locator(".gallery-slot img").nth(1).wait_for()


def test_a_surprise_can_be_taken_back(opened):
    page = opened
    cell(page, "coral").click()
    page.locator('#gallery .cell[aria-selected="true"]', has_text="coral").wait_for()
    page.keyboard.press("r")
    page.locator(".gallery-says", has_text="no.").wait_for()
    page.locator('#gallery .cell[aria-selected="true"]').wait_for(state="detached")
    page.keyboard.press("Control+z")
    page.locator('#gallery .cell[aria-selected="true"]', has_text="coral").wait_for()


def test_layers_lead_to_channels_and_a_channel_has_a_number(opened):
    page = opened
    page.get_by_role("tab", name="Layers").click()
    cell(page, "block2").last.locator(".cell-open").click()
    page.locator("#gallery select").wait_for()
    page.locator(".gallery-number").fill("999")
    page.locator(".gallery-number").press("Enter")
    page.locator("#gallery .cell.failed").wait_for()
    page.locator(".gallery-number").fill("7")
    page.locator(".gallery-number").press("Enter")
    cell(page, "block2:7").first.click()
    page.locator('#gallery .cell[aria-selected="true"]', has_text="block2:7").wait_for()


def test_what_looks_like_a_picture_and_things_are_found(opened):
    page = opened
    page.get_by_role("tab", name="Alike").click()
    page.get_by_role("radio", name="cat.png").click()
    page.locator("#gallery .cell").nth(3).wait_for()
    page.get_by_role("tab", name="Things").click()
    page.get_by_role("searchbox", name="Find a thing").fill("goldf")
    page.get_by_role("button", name="goldfish").click()
    cell(page, "goldfish").click()
    page.locator('#gallery .cell[aria-selected="true"]', has_text="goldfish").wait_for()


def test_arrows_go_through_the_cells_and_enter_takes_one(opened):
    page = opened
    page.keyboard.press("g")
    assert page.locator("#gallery.wide").count() == 1
    first = page.locator("#gallery .cell").first
    first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    name = page.evaluate("document.activeElement.textContent")
    assert name == page.locator("#gallery .cell").nth(1).inner_text()
    page.keyboard.press("Enter")
    page.locator('#gallery .cell[aria-selected="true"]', has_text=name).wait_for()
    assert page.locator("#gallery.wide").count() == 0


def test_who_wants_no_motion_gets_stills(studio, browser, tmp_path):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(studio(tmp_path / "calm").address)
    page.locator("#gallery .cell img").first.wait_for(timeout=PATIENCE)
    page.locator(".gallery-left:not(.working)").wait_for(state="attached", timeout=4 * PATIENCE)
    assert page.locator("#gallery video").count() == 0
    assert not [*(tmp_path / "calm" / ".vidream-studio" / "gallery").glob("*.mp4")]
    context.close()
