"""No path comes from the page: whatever a page names, nothing outside FOLDER is read or written, no address fetched."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from pages import serving, start_studio

SAMPLES = Path(__file__).parents[2] / "samples"
SECRETS = {"secret.png": "cat.png", "secret.mp4": "city_tiny.mp4", "secret.mp3": "groove120.mp3"}
LOOK = "strength = 0.5\n"
LONG_AGO = 1_000_000_000
"""A second; what is read later has been read since."""


def untouched(path: Path) -> None:
    """Make it seen whether a file is read: a disk notes it where the last time lies before it was written."""
    os.utime(path, (LONG_AGO, LONG_AGO + 1000))


def is_untouched(path: Path) -> bool:
    return path.stat().st_atime == LONG_AGO


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


class _Counting(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def elsewhere() -> Iterator[ThreadingHTTPServer]:
    """A server that notes what is asked of it."""
    with serving(_Counting) as server:
        server.asked = []  # type: ignore[attr-defined]
        yield server


def names(outside: Path, address: str) -> list[str]:
    """Ways to say what is not in FOLDER."""
    files = [*SECRETS, "secret.toml"]
    absolute = [str(outside / name) for name in files]
    relative = [f"../{outside.name}/{name}" for name in files]
    linked = [name.replace("secret", "link") for name in files] + [f"linked/{name}" for name in files]
    marked = [f"{absolute[1]}@0", f"{relative[1]}@0.5", f"./{relative[0]}", f"x/../{relative[0]}"]
    return [*absolute, *relative, *linked, *marked, f"file://{absolute[0]}", f"{address}/a.png", f"{address}/a.mp4"]


def ways(name: str, knobs: list[str], out: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything that a page may ask for with a name in it."""
    said = json.dumps(name)
    for knob in knobs:
        yield "look/set", {"knob": knob, "value": name}
    yield "look/set", {"knob": "strength", "value": {"follow": "low", "of": name}}
    yield "look/set", {"knob": "strength", "value": {"follow": "level", "of": name}}
    yield "look/set_many", {"knobs": {"mask": name, "guide": name}}
    yield "look/toml", {"text": f"mask = {said}\nguide = {said}\n"}
    yield "look/toml", {"text": f'strength = {{ follow = "low", of = {said} }}\n'}
    yield "look/command_line", {"text": f"vidream video '{name}' out.mp4"}
    yield "look/command_line", {"text": f"vidream video clip.mp4 out.mp4 --mask '{name}'"}
    yield "look/command_line", {"text": f"vidream image cat.png '{out / 'made.png'}' --preset '{name}'"}
    yield "look/command_line", {"text": f"vidream music '{name}' cat.png"}
    for action in ("preset", "load"):
        yield f"look/{action}", {"name": name}
    yield "look/replace", {"preset": name, "knobs": {"mask": name}}
    yield "look/save", {"name": name}
    yield "look/save", {"name": str(out / "made"), "overwrite": True}
    for action in ("source", "song", "recipe", "use_recipe"):
        yield f"look/{action}", {"id": name}
    yield "gallery/show", {"shelf": "like", "like": name}
    yield "gallery/show", {"shelf": "channels", "layer": name}
    yield "gallery/pair", {"one": name, "other": name}
    yield "gallery/use", {"id": name}
    yield "gallery/try", {"name": name}
    yield "queue/matrix", {"looks": [name], "sources": [name], "song": name}
    yield "queue/add", {"name": name}
    yield "queue/reveal", {"id": name}
    yield "live/start", {"source": {"kind": "file", "id": name}}
    yield "live/start", {"source": name}
    yield "live/turn", {"knob": "mask", "value": name}
    yield "live/order", {"order": f"mask {name}"}
    yield "live/order", {"order": f"preset {name}"}
    yield "live/ears", {"kind": "file", "id": name}


@pytest.mark.slow
def test_no_name_leads_out_of_the_folder(tmp_path, elsewhere):
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    folder.mkdir()
    for name, sample in SECRETS.items():
        shutil.copy(SAMPLES / sample, outside / name)
    (outside / "secret.toml").write_text(LOOK)
    for path in outside.iterdir():
        (folder / path.name.replace("secret", "link")).symlink_to(path)
    (folder / "linked").symlink_to(outside)
    (folder / "looks").symlink_to(outside)
    shutil.copy(SAMPLES / "cat.png", folder)
    shutil.copy(SAMPLES / "city_tiny.mp4", folder / "clip.mp4")
    control = shutil.copy(SAMPLES / "mountains.jpg", folder)
    secrets = [*outside.iterdir()]
    for path in (*secrets, control):
        untouched(path)
    running = start_studio(folder)
    base = running.address.partition("?")[0].rstrip("/")
    refused = 0
    try:
        with httpx.Client(base_url=base, headers={"origin": base}, timeout=60) as owner:
            owner.get(running.address)
            schema = owner.get("/look/schema").json()
            knobs = sorted({knob["name"] for panels in schema.values() for panel in panels for knob in panel["knobs"]})
            files = [
                name for name in knobs if name in ("mask", "guide", "network", "beats", "markers", "sound", "metadata")
            ]
            assert owner.post("/do/look/source", json={"id": "clip.mp4"}).status_code == 200
            begun = {"source": {"kind": "noise"}, "rate": 5, "size": 320}
            assert owner.post("/do/live/start", json=begun).status_code == 200
            wait_until(lambda: owner.post("/do/live/order", json={"order": "tap"}).status_code == 200)
            for name in names(outside, f"http://127.0.0.1:{elsewhere.server_port}"):
                for action, body in ways(name, files, outside):
                    answer = owner.post(f"/do/{action}?tab=x", json=body)
                    assert answer.status_code in (200, 404, 422), (action, body, answer.text)
                    refused += answer.status_code != 200
            time.sleep(3)  # for what is done beside
            assert owner.post("/do/live/order", json={"order": "tap"}).status_code == 200
    finally:
        running.stop()
    assert refused > 800
    if is_untouched(Path(control)):
        pytest.skip("this disk does not note what is read")
    assert [path.name for path in secrets if not is_untouched(path)] == []
    assert sorted(outside.iterdir()) == sorted(secrets)
    assert elsewhere.asked == []
    assert not any(path.name.startswith("made") for path in tmp_path.rglob("*"))
