"""Films are made by clicks alone, and go on when the page, the studio, or what makes them was killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from access import faint, unnamed
from pages import start_studio, until
from synthetic import SAMPLES, clicks, panned, textured, write_film

from vidream.media.still import Picture, write_picture
from vidream.render.leftovers import frames_safe
from vidream.studio.queue_place import QueuePlace

pytestmark = [pytest.mark.slow]
SECONDS = 120
QUICK: dict[str, Any] = {"octaves": 1, "steps": 1, "first_steps": 1, "layer": ["block2"]}
SLOW: dict[str, Any] = {"octaves": 3, "steps": 30, "layer": ["block2"]}


@pytest.fixture
def folder(tmp_path: Path):
    """A film, a picture, a song; what makes films in it is ended with the test."""
    folder = tmp_path / "films of mine"
    folder.mkdir()
    write_film(folder / "clip.mp4", panned(60, 48, 64), fps=25)
    write_picture(folder / "seed.png", Picture(textured(48, 64)))
    clicks(folder / "song.wav", [0.25, 0.5, 0.75], 1.0)
    yield folder
    place = place_of(folder)
    if place.kept.exists() and place.is_at_work():
        os.kill(place.read_status().pid, signal.SIGKILL)


def place_of(folder: Path) -> QueuePlace:
    return QueuePlace(folder, folder / ".vidream-studio" / "queue")


def act(page, room: str, action: str, body: dict):
    """Do what a page's parts do."""
    script = """async ([room, action, body]) => {
        const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
        const answer = await fetch(`/do/${room}/${action}?tab=test`, options);
        return [answer.status, await answer.json()];
    }"""
    status, answer = page.evaluate(script, [room, action, body])
    assert status == 200, answer
    return answer


def choose(page, name: str, command: str = "video", **knobs) -> None:
    """Work on a look of a source."""
    page.get_by_role("button", name=f"Use {name}").or_(page.get_by_role("button", name=name)).first.click()
    act(page, "look", "command", {"name": command})
    act(page, "look", "set_many", {"knobs": knobs})


def make(page) -> None:
    """Press Make…, and Make."""
    page.locator("#make-open").click()
    page.locator("dialog").get_by_role("button", name="Make", exact=True).click()
    page.locator("dialog").wait_for(state="detached")


def card(page, name: str, state: str = ""):
    return page.locator(f".make-card{state and '.' + state}", has_text=name)


def made(page, name: str) -> None:
    """Wait until a film stands among those that were made."""
    page.get_by_role("button", name=f"Play {name}").wait_for(timeout=SECONDS * 1000)


@pytest.mark.ci
def test_the_first_film_from_an_empty_folder_by_clicks_alone(studio, page, tmp_path):
    clip = write_film(tmp_path / "my clip.mp4", panned(8, 48, 64), fps=10)
    running = studio()
    page.goto(running.address)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files…").first.click()
    chooser.value.set_files(clip)
    until(page, "document.querySelector('.file-welcome').hidden", 30)
    page.locator("#make-open").click()
    dialog = page.locator("dialog")
    dialog.get_by_text("8 frames").wait_for()
    dialog.get_by_label("Draft").click()
    dialog.get_by_role("button", name="Make", exact=True).click()
    made(page, "my clip-dream.mp4")
    page.get_by_role("button", name="Play my clip-dream.mp4").click()
    until(page, "document.querySelector('.make-screen video')?.currentTime > 0", 20)
    page.get_by_role("button", name="How it was made").click()
    until(page, "document.querySelector('.make-recipe').textContent.startsWith('vidream video')")
    page.get_by_role("button", name="Use this look").click()
    page.locator("#work-look").wait_for()
    assert (running.folder / "films" / "my clip-dream.mp4").stat().st_size > 1000


def test_a_film_says_more_once_more_is_known_of_it(studio, page, folder):
    """A film may be shown, and played, before it has been looked into."""
    facts: dict[str, Any] = {"recipe": True, "width": None, "seconds": None}
    told: list[Any] = []

    def pushed(message):
        data = message["data"]
        files = [{**file, "thumb": None, **facts} if file["name"] == "clip.mp4" else file for file in data["files"]]
        return json.dumps({**message, "data": {**data, "files": files}})

    def between(socket):
        def heard(message):
            if isinstance(message, str) and json.loads(message)["room"] == "files":
                told[:] = [socket, json.loads(message)]
                socket.send(pushed(told[1]))
            else:
                socket.send(message)

        socket.connect_to_server().on_message(heard)

    def tell(width, height):
        facts.update(width=width, height=height)
        socket, message = told
        socket.send(pushed(message))

    page.route_web_socket("**/socket*", between)
    page.goto(studio(folder).address)
    choose(page, "clip.mp4")
    page.get_by_role("tab", name="Make").click()
    play = page.get_by_role("button", name="Play clip.mp4")
    play.wait_for()
    tell(1920, 1080)
    play.get_by_text("1920 × 1080").wait_for()
    play.click()
    player = page.get_by_role("region", name="Player")
    player.get_by_text("1920 × 1080").wait_for()
    tell(640, 360)
    player.get_by_text("640 × 360").wait_for()


def test_what_is_queued_can_be_paused_moved_cancelled_put_back_and_removed(studio, page, folder):
    page.goto(studio(folder).address)
    choose(page, "clip.mp4", **SLOW)
    make(page)
    for _ in range(2):
        make(page)
    assert page.locator("#work-make").is_visible()
    card(page, "clip-dream", "working").first.wait_for()
    until(
        page,
        "/^frame (2[5-9]|[3-9][0-9])/.test(document.querySelector('.make-card.working .make-line')?.textContent)",
        60,
    )
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Go on").wait_for()
    until(page, "document.querySelector('.make-card')?.textContent.includes('goes on after frame')")
    assert not page.locator(".make-card canvas").first.is_hidden()
    jobs = [job["output"] for job in tomllib.loads((folder / "queue.toml").read_text())["job"]]
    assert jobs == ["films/clip-dream.mp4", "films/clip-dream-2.mp4", "films/clip-dream-3.mp4"]
    last = page.locator(".make-card").nth(2)
    last.focus()
    last.press("Alt+ArrowUp")
    until(page, "document.querySelectorAll('.make-card h3')[1].textContent === 'clip-dream-3'")
    assert page.evaluate("document.activeElement.dataset.id") == page.locator(".make-card").nth(1).get_attribute(
        "data-id"
    )
    page.locator(".make-card").nth(0).get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled", exact=True).wait_for()
    assert (unnamed(page), faint(page)) == ([], [])
    assert frames_safe(folder / "films" / "clip-dream.mp4") > 0
    page.get_by_role("button", name="Put back").click()
    until(page, "document.querySelectorAll('.make-card').length === 3")
    page.locator(".make-card").nth(2).get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Remove").click()
    page.locator("dialog").get_by_role("button", name="Remove").click()
    until(page, "document.querySelectorAll('.make-cancelled').length === 0")
    assert frames_safe(folder / "films" / "clip-dream.mp4") == 0
    assert not list((folder / "films").iterdir())


def test_films_go_on_when_the_studio_was_killed_and_are_gone_on_with_when_all_was(studio, page, folder):
    running = studio(folder)
    page.goto(running.address)
    choose(page, "clip.mp4", **SLOW)
    make(page)
    page.goto("about:blank")
    place, film = place_of(folder), folder / "films" / "clip-dream.mp4"
    running.stop(signal.SIGKILL)
    before = place.read_status().frames
    wait(page, lambda: place.read_status().frames > max(before, 24), "it does not go on")
    runner = place.read_status().pid
    os.kill(runner, signal.SIGKILL)
    wait(page, lambda: not place.is_at_work(), "it lives")
    safe = frames_safe(film)
    assert safe > 0
    again = studio(folder)
    page.goto(again.address + "#make") if "#" not in again.address else page.goto(again.address)
    page.get_by_role("tab", name="Make", exact=True).click()
    wait(
        page, lambda: place.read_status().pid != runner and place.read_status().frames > safe, "it is not gone on with"
    )
    assert card(page, "clip-dream", "working").count()
    made(page, "clip-dream.mp4")
    command = [sys.executable, "-m", "vidream", "batch", str(place.jobs)]
    wait(page, lambda: not place.is_at_work(), "it lives")
    stamp = film.stat().st_mtime_ns
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, "skipped" in run.stdout, film.stat().st_mtime_ns) == (0, True, stamp), run.stderr


def wait(page, true, what: str) -> None:
    for _ in range(SECONDS * 10):
        if true():
            return
        page.wait_for_timeout(100)
    raise AssertionError(what)


def test_a_runner_that_was_killed_is_told_of_and_gone_on_with_by_a_click(studio, page, folder):
    page.goto(studio(folder).address)
    choose(page, "clip.mp4", **SLOW)
    make(page)
    card(page, "clip-dream", "working").first.wait_for()
    place = place_of(folder)
    wait(page, lambda: place.read_status().frames > 0, "no frame")
    os.kill(place.read_status().pid, signal.SIGKILL)
    page.get_by_text("was killed, most likely for lack of memory").wait_for()
    page.get_by_role("button", name="Go on").click()
    made(page, "clip-dream.mp4")
    assert page.locator(".make-problem").is_hidden()


def test_a_film_of_music_and_many_looks_of_many_sources(studio, page, folder):
    page.goto(studio(folder).address)
    choose(page, "seed.png", "video")
    files = {file.name: file for file in folder.iterdir()}
    assert "song.wav" in files
    page.get_by_role("tab", name="Make", exact=True).click()
    page.get_by_role("button", name="Many looks…").click()
    dialog = page.locator("dialog")
    dialog.get_by_role("group", name="Looks").get_by_role("button", name="coral").click()
    dialog.get_by_label("With a song").select_option(label="song.wav")
    dialog.get_by_label("Size", exact=True).first.select_option("own")
    dialog.get_by_placeholder("1280max").fill("64x48")
    assert dialog.get_by_text("2 looks of 1 source: 2 films").is_visible()
    dialog.get_by_role("button", name="Queue", exact=True).click()
    made(page, "song-coral.mp4")
    jobs = tomllib.loads((folder / "queue.toml").read_text())["job"]
    assert {(job["command"], job["song"], job["source"]) for job in jobs} == {("music", "song.wav", "seed.png")}


def test_two_pages_and_a_page_that_comes_again_show_the_same(studio, page, folder):
    running = studio(folder)
    page.goto(running.address)
    choose(page, "clip.mp4", **QUICK)
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("tab", name="Make", exact=True).click()
    make(page)
    made(other, "clip-dream.mp4")
    page.reload()
    page.get_by_role("tab", name="Make", exact=True).click()
    made(page, "clip-dream.mp4")
    other.get_by_role("button", name="Clear").click()
    page.get_by_text("Nothing is queued").wait_for()
    made(page, "clip-dream.mp4")
    other.close()


def test_what_a_person_wrote_in_the_job_file_is_shown_and_stays(studio, page, folder):
    shutil.copy(SAMPLES / "cat.png", folder / "a cat.png")
    job = 'command = "image"\nsource = "*.png"\noutput = "{stem}-dream.png"\n'
    text = f"# mine, and it stays\n[defaults]\noctaves = 1\n\n[[job]]  # all pictures\n{job}"
    (folder / "queue.toml").write_text(text)
    page.goto(studio(folder).address)
    page.get_by_role("tab", name="Make", exact=True).click()
    assert page.locator(".make-card").count() == 2
    assert page.get_by_role("button", name="Go on").is_visible()
    page.wait_for_timeout(1500)
    assert not (folder / "seed-dream.png").exists()
    card(page, "a cat-dream").get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled", exact=True).wait_for()
    assert (folder / "queue.toml").read_text() == text
    page.get_by_role("button", name="Go on").click()
    made(page, "seed-dream.png")
    assert not (folder / "a cat-dream.png").exists()
    (folder / "queue.toml").write_text(text + "[[job]]\ncommand = 'dance'\n")
    page.get_by_text("command must be one of").wait_for()


def test_a_studio_started_anew_shows_a_film_that_its_runner_still_makes(folder, page):
    first = start_studio(folder)
    page.goto(first.address)
    choose(page, "clip.mp4", **SLOW)
    make(page)
    card(page, "clip-dream", "working").first.wait_for()
    first.stop()
    second = start_studio(folder)
    try:
        page.goto(second.address)
        page.get_by_role("tab", name="Make", exact=True).click()
        made(page, "clip-dream.mp4")
    finally:
        second.stop()
