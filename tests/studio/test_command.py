"""`vidream studio` in a terminal: one address on standard output, one studio a folder, and an end in order."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest
from pages import start_studio

from vidream.errors import InputError

SAMPLES = Path(__file__).parents[2] / "samples"
ADDRESS = r"http://127\.0\.0\.1:\d+/\?token=[\w-]{43}"


def vidream(*arguments: object, **options):
    """`vidream ...`, to its end."""
    command = [sys.executable, "-m", "vidream", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)


def begun(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen:
    """A studio whose words are heard; to be ended."""
    command = [sys.executable, "-m", "vidream", "studio", str(folder), *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env={**os.environ, **environment})


def wait_until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(("number", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_it_says_one_address_and_ends_in_order(tmp_path, number, status):
    process = begun(tmp_path, "--no-open", COLUMNS="20")
    line = process.stdout.readline()
    assert re.fullmatch(ADDRESS + "\n", line)
    assert httpx.get(line.strip()).status_code == 303  # it answers as soon as it is said
    process.send_signal(getattr(signal, number))
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (status, "")
    assert "://" not in err
    assert "Traceback" not in err
    assert {path.name for path in tmp_path.iterdir()} == {".vidream-studio"}


def test_it_listens_on_this_machine_alone(studio):
    port = urlsplit(studio().address).port
    with Path("/proc/net/tcp").open() if Path("/proc/net/tcp").exists() else pytest.skip("no /proc") as table:
        rows = [line.split() for line in table if f":{port:04X}" in line]
    listening = [row[1] for row in rows if row[3] == "0A"]
    assert listening == [f"0100007F:{port:04X}"]
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("::1", port), timeout=5).close()


def test_a_folder_has_one_studio(studio, tmp_path):
    first = studio(tmp_path / "a")
    again = vidream("studio", tmp_path / "a", "--no-open")
    words = f"a: has a studio already (process {first.process.pid}); its address stands in the terminal"
    assert (again.returncode, again.stdout) == (2, "")
    assert words in again.stderr
    assert len(again.stderr.splitlines()) == 1
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert vidream("studio", tmp_path / "link", "--no-open").returncode == 2
    studio(tmp_path / "b")
    assert first.stop() == 143
    studio(tmp_path / "a")


def test_it_starts_again_after_it_was_killed_and_takes_half_an_upload_away(studio, tmp_path):
    first = studio(tmp_path)
    base = first.address.partition("?")[0].rstrip("/")
    with httpx.Client(base_url=base, headers={"origin": base}) as owner:
        owner.get(first.address)
        cookie = "; ".join(f"{name}={value}" for name, value in owner.cookies.items())
    halves = tmp_path / ".vidream-studio" / "files" / "uploads"
    with socket.create_connection(("127.0.0.1", urlsplit(base).port)) as connection:
        head = f"PUT /files/upload?name=a.mp4&size=5000000 HTTP/1.1\r\nHost: {base[7:]}\r\nOrigin: {base}\r\n"
        kind = "Content-Type: application/octet-stream\r\nContent-Length: 5000000\r\n"
        connection.sendall(f"{head}{kind}Cookie: {cookie}\r\n\r\n".encode() + bytes(2_000_000))
        wait_until(lambda: any(half.stat().st_size for half in halves.iterdir()))
        first.stop(signal.SIGKILL)
    assert len([*halves.iterdir()]) == 1
    studio(tmp_path)
    assert not [*halves.iterdir()]


def test_an_upload_that_is_left_leaves_nothing_and_keeps_no_studio_from_ending(studio, tmp_path):
    running = studio(tmp_path)
    base = running.address.partition("?")[0].rstrip("/")
    halves = tmp_path / ".vidream-studio" / "files" / "uploads"
    with httpx.Client(base_url=base, headers={"origin": base, "content-type": "application/octet-stream"}) as owner:
        owner.get(running.address)

        def slowly():
            yield bytes(2_000_000)
            wait_until(lambda: len([*halves.iterdir()]) == 1)
            raise RuntimeError("left")

        address = {"name": "a.mp4", "size": "5000000"}
        with pytest.raises(RuntimeError, match="left"):
            owner.put("/files/upload", params=address, content=slowly(), headers={"content-length": "5000000"})
    wait_until(lambda: not [*halves.iterdir()])
    assert running.stop() == 143


@pytest.mark.skipif(os.name == "nt", reason="a shell script is the browser")
def test_it_opens_the_browser_by_an_address_that_is_taken_once(tmp_path):
    browser = tmp_path / "browser"
    browser.write_text(
        f'#!/bin/sh\necho noise\necho "$1" > {tmp_path}/opened.new\nmv {tmp_path}/opened.new {tmp_path}/opened\n'
    )
    browser.chmod(0o700)
    (tmp_path / "home").mkdir()
    process = begun(tmp_path / "home", BROWSER=f"{browser} %s")
    try:
        line = process.stdout.readline().strip()
        wait_until((tmp_path / "opened").exists)
        opened = (tmp_path / "opened").read_text().strip()
        assert re.fullmatch(ADDRESS, opened)
        assert opened != line
        assert [httpx.get(opened).status_code for _ in range(2)] == [303, 403]
        assert httpx.get(line).status_code == 303
    finally:
        process.terminate()
        out, _ = process.communicate(timeout=20)
    assert out == ""


def test_what_is_no_folder_is_refused(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"x")
    for name in ("a.mp4", "nowhere"):
        failed = vidream("studio", name, "--no-open", cwd=tmp_path)
        assert (failed.returncode, failed.stdout) == (2, "")
        assert failed.stderr == f"vidream: {name}: is no folder; make it, or name another\n"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    failed = vidream("studio", tmp_path, "--no-open")
    tmp_path.chmod(0o700)
    assert failed.returncode == 2
    assert "cannot be made: Permission denied; choose another folder" in failed.stderr


def test_what_stands_in_the_place_of_ours_is_left(tmp_path):
    (tmp_path / ".vidream-studio").symlink_to(tmp_path / "elsewhere")
    assert "is a link, where the studio keeps" in vidream("studio", tmp_path, "--no-open").stderr
    (tmp_path / ".vidream-studio").unlink()
    (tmp_path / ".vidream-studio").write_text("mine")
    assert "cannot be made" in vidream("studio", tmp_path, "--no-open").stderr
    assert (tmp_path / ".vidream-studio").read_text() == "mine"


def test_without_its_packages_it_says_how_to_have_them(monkeypatch: pytest.MonkeyPatch, tmp_path):
    module = import_module("vidream.cli.studio")
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "uvicorn" else name)
    with pytest.raises(InputError, match=re.escape("pip install '.[studio]' in the project's folder")):
        module.open_studio(tmp_path, False, None)
    assert not [*tmp_path.iterdir()]


def test_help_and_everything_else_need_none_of_them():
    words = "import sys; sys.modules.update(starlette=None, uvicorn=None, websockets=None); import vidream.cli as c"
    asked = [sys.executable, "-c", f"{words}; raise SystemExit(c.main(['studio', '--help']))"]
    helped = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert helped.returncode == 0
    assert "FOLDER" in helped.stdout
    assert "--no-open" in helped.stdout


def test_it_is_stopped_while_it_looks_at_a_file(tmp_path):
    shutil.copy(SAMPLES / "bunny.mp4", tmp_path)
    process = start_studio(tmp_path)
    assert process.stop(signal.SIGINT) == 130


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no /proc: children are not seen")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_its_children_end_with_it_however_it_ends(tmp_path, number):
    shutil.copy(SAMPLES / "cat.png", tmp_path)
    running = start_studio(tmp_path)
    base, pid = running.address.partition("?")[0].rstrip("/"), running.process.pid
    with httpx.Client(base_url=base, headers={"origin": base}, timeout=60) as owner:
        owner.get(running.address)
        assert owner.post("/do/look/source", json={"id": "cat.png"}).status_code == 200
        assert owner.post("/do/gallery/surprise", json={"seed": 1}).status_code == 200
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert children
    running.stop(number)
    wait_until(lambda: not [child for child in children if _is_alive(child)])


def _is_alive(pid: str) -> bool:
    """Whether a process runs; one that has ended and is not waited for does not."""
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
