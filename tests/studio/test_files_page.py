"""The folder's part of the page: what is dropped, chosen or left, what is refused before it is sent, and noise."""

import shutil
from pathlib import Path

import pytest
from pages import RunningStudio

import vidream

pytestmark = [pytest.mark.slow]

expect = pytest.importorskip("playwright.sync_api", reason="no Playwright: the page is not tested").expect
expect.set_options(timeout=15_000)
SAMPLES = Path(__file__).parents[2] / "samples"
SLOWLY = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 40_000}


@pytest.fixture
def running(studio, page) -> RunningStudio:
    """An empty studio, open in the page; what is sent to it is noted."""
    running = studio()
    page.sent = []
    page.on("request", lambda request: page.sent.append((request.method, request.url)))
    page.goto(running.address)
    expect(page.get_by_role("region", name="Begin")).to_be_visible()
    return running


def drop(page, *paths: Path) -> None:
    """Drop files onto the page, as a person does."""
    hand = "Object.assign(document.createElement('input'), {type: 'file', id: 'hand', multiple: true})"
    page.evaluate(f"document.body.append({hand})")
    page.locator("#hand").set_input_files(paths)
    page.evaluate("""() => {
      const hand = document.getElementById("hand");
      const dataTransfer = new DataTransfer();
      for (const file of hand.files) dataTransfer.items.add(file);
      hand.remove();
      const options = { dataTransfer, bubbles: true, cancelable: true };
      for (const kind of ["dragenter", "dragover", "drop"]) document.body.dispatchEvent(new DragEvent(kind, options));
    }""")


def source(page):
    return page.locator(".file-chip").first


def visible(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def halves(folder: Path) -> list[Path]:
    return [*(folder / ".vidream-studio" / "files" / "uploads").iterdir()]


def test_a_dropped_film_is_dreamed(running, page):
    drop(page, SAMPLES / "city_tiny.mp4")
    expect(source(page)).to_contain_text("city_tiny.mp4")
    expect(page.get_by_role("region", name="Begin")).to_be_hidden()
    expect(source(page).locator("img")).to_be_visible()
    assert (running.folder / "city_tiny.mp4").read_bytes() == (SAMPLES / "city_tiny.mp4").read_bytes()
    page.reload()
    expect(source(page)).to_contain_text("city_tiny.mp4")


def test_a_picture_and_a_song_are_chosen_by_a_button(running, page):
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Choose files…").first.click()
    choosing.value.set_files([SAMPLES / "cat.png", SAMPLES / "groove120.mp3"])
    expect(source(page)).to_contain_text("cat.png")
    expect(page.locator(".file-chip").nth(1)).to_contain_text("groove120.mp3")
    page.keyboard.press("o")
    dialog = page.get_by_role("dialog", name="What is dreamed")
    expect(dialog.get_by_role("button", name="cat.png")).to_have_attribute("aria-pressed", "true")
    dialog.get_by_role("button", name="groove120.mp3").click()
    expect(page.locator(".file-chip").nth(1)).to_contain_text("No song")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_noise_needs_nothing(running, page):
    page.get_by_role("button", name="Begin with noise").click()
    expect(source(page)).to_contain_text("Noise")
    expect(page.get_by_role("region", name="Begin")).to_be_hidden()
    assert not visible(running.folder)


@pytest.mark.ci
def test_a_file_of_4_gb_is_refused_by_its_size_before_it_is_sent(running, page, tmp_path):
    large = tmp_path / "large.mp4"
    with large.open("wb") as file:
        file.truncate(4_000_000_000)
    before = len(page.sent)
    drop(page, large)
    said = page.locator(".toast.bad")
    expect(said).to_contain_text(
        "large.mp4: is 4.0 GB, larger than the 3 GB that are taken here; copy it into the folder"
    )
    expect(said).to_contain_text(str(running.folder))
    assert not [sent for sent in page.sent[before:] if "/files/" in sent[1]]
    assert not visible(running.folder)
    assert not halves(running.folder)


def test_what_cannot_be_read_is_refused_in_the_words_of_the_engine(running, page, tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"nothing")
    (tmp_path / "a.txt").write_bytes(b"nothing")
    drop(page, tmp_path / "a.mp4", tmp_path / "a.txt", SAMPLES / "cat.png")
    for words in ("a.mp4: not a film that can be read", "a.txt: neither a film, a picture nor a song"):
        expect(page.locator(".toast.bad", has_text=words)).to_be_visible()
    expect(source(page)).to_contain_text("cat.png")  # what comes after it comes all the same
    assert visible(running.folder) == {"cat.png"}


def test_what_comes_shows_how_far_it_is_and_can_be_left(running, page, tmp_path):
    (tmp_path / "slow.mp4").write_bytes(bytes(3_000_000))
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOWLY)
    drop(page, tmp_path / "slow.mp4", SAMPLES / "cat.png")
    begin = page.get_by_role("region", name="Begin")
    expect(begin.get_by_role("progressbar", name="slow.mp4")).to_be_visible()
    expect(begin.locator(".file-coming", has_text="slow.mp4")).to_contain_text("%")
    expect(begin.locator(".file-coming", has_text="cat.png")).to_contain_text("waiting")
    begin.get_by_role("button", name="Leave cat.png").click()
    begin.get_by_role("button", name="Leave slow.mp4").click()
    expect(page.locator(".file-coming")).to_have_count(0)
    page.wait_for_timeout(200)
    assert not visible(running.folder)
    for _ in range(100):
        if not halves(running.folder):
            break
        page.wait_for_timeout(50)
    assert not halves(running.folder)
    assert page.locator(".toast").count() == 0


def test_what_is_put_into_the_folder_by_other_hands_is_noticed(running, page):
    page.keyboard.press("o")
    dialog = page.get_by_role("dialog", name="What is dreamed")
    expect(dialog.locator(".file-card")).to_have_count(1)  # noise
    shutil.copy(SAMPLES / "cat.png", running.folder)
    expect(dialog.get_by_role("button", name="cat.png")).to_contain_text("451×300")
    (running.folder / "<b>broken.mp4").write_bytes(b"nothing")
    expect(dialog.get_by_role("button", name="<b>broken.mp4")).to_be_disabled()
    expect(dialog.get_by_role("button", name="<b>broken.mp4")).to_contain_text("not a film that can be read")
    (running.folder / "cat.png").unlink()
    expect(dialog.get_by_role("button", name="cat.png")).to_have_count(0)


def test_two_pages_show_the_same(running, page):
    other = page.context.new_page()
    other.goto(running.address)
    drop(page, SAMPLES / "cat.png")
    expect(source(other)).to_contain_text("cat.png")
    other.get_by_role("button", name="cat.png").first.click()
    other.get_by_role("dialog").get_by_role("button", name="Noise").click()
    expect(source(page)).to_contain_text("Noise")


def test_a_dropped_picture_that_has_a_look_offers_it(running, page, tmp_path):
    vidream.render_image(
        SAMPLES / "cat.png", tmp_path / "dreamed.png", dream_size=64, octaves=1, steps=1, strength=0.37
    )
    drop(page, tmp_path / "dreamed.png")
    offer = page.get_by_role("dialog", name="It has a look in it")
    offer.get_by_role("button", name="Use its look").click()
    expect(page.locator(".toast.good")).to_contain_text("The look of dreamed.png is taken over.")
    expect(offer).to_have_count(0)
