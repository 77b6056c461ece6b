"""A real cluster's head is killed, frozen, or none at all: it is said soon, and what is safe is gone on with."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from shutil import rmtree

import pytest
from ray_nodes import children_of, signal_all, wait_for
from synthetic import cut_film, same_film

from vidream.render.parted import frames_of_parts

pytestmark = pytest.mark.slow

HOST = "127.0.0.83"  # Ray takes 127.0.0.1 for the machine's own address
KNOBS = ["--octaves=3", "--dream-size=256", "--steps=4", "--first-steps=2"]
ENVIRONMENT = os.environ | {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled", "TF_CPP_MIN_LOG_LEVEL": "3"}
GONE = 15 + 6 + 9
"""Seconds from a head's end to ours: what it is waited for, Ray's own end, and some for a busy machine."""


started: list[subprocess.Popen] = []  # by a test


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    """End what a test has begun and not ended."""
    yield
    while started:
        process = started.pop()
        if process.poll() is None:
            signal_all([process.pid, *children_of([process.pid])], signal.SIGKILL)
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()
        process.wait()


def free_port() -> int:
    with socket.create_server((HOST, 0)) as listening:
        return int(listening.getsockname()[1])


class RealHead:
    """A head of a cluster, which is its only node, of one core."""

    def __init__(self, **environment: str) -> None:
        self.folder = Path(
            tempfile.mkdtemp(prefix="vidream-head-", dir="/tmp")
        )  # a socket's path has 107 bytes at most
        self.port, self.client_port = free_port(), free_port()
        self.address = f"{HOST}:{self.port}"
        command = [str(Path(sys.executable).parent / "ray"), "start", "--head", "--block", f"--port={self.port}"]
        command += [f"--node-ip-address={HOST}", f"--ray-client-server-port={self.client_port}", "--num-cpus=1"]
        command += ["--memory=4000000000", "--object-store-memory=100000000", "--include-dashboard=false"]
        command += [f"--temp-dir={self.folder}", "--min-worker-port=0", "--max-worker-port=0"]
        said = self.folder / "said"
        with said.open("wb") as file:
            self.process = subprocess.Popen(
                command,
                stdout=file,
                stderr=file,
                env=ENVIRONMENT | {"PYTHONPATH": str(Path(__file__).parent.parent)} | environment,
                start_new_session=True,
            )
        started.append(self.process)
        wait_for(lambda: "Ray runtime started" in said.read_text(), 90, "a head")

    def signal(self, number: int) -> None:
        """Send it to the process that is the head."""
        (server,) = (
            child
            for child in children_of([self.process.pid])
            if b"gcs_server" in Path(f"/proc/{child}/cmdline").read_bytes()
        )
        os.kill(server, number)

    def end(self) -> None:
        """End all of it."""
        signal_all([self.process.pid, *children_of([self.process.pid])], signal.SIGKILL)
        self.process.wait()
        rmtree(self.folder, ignore_errors=True)


@contextmanager
def real_head(**environment: str) -> Iterator[RealHead]:
    head = RealHead(**environment)
    try:
        yield head
    finally:
        head.end()


@pytest.fixture
def head() -> Iterator[RealHead]:
    with real_head() as one:
        yield one


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    return cut_film(tmp_path_factory.mktemp("film") / "cut.mp4", 4)


class Command:
    """`vidream video` over a cluster, under way."""

    def __init__(self, film: Path, out: Path, address: str, **environment: str) -> None:
        self.out = out
        command = [sys.executable, "-m", "vidream", "video", str(film), str(out), *KNOBS]
        command += ["--cluster", address, "--cores", "1"]
        logs = {"TMPDIR": str(out.parent)}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT | logs | environment
        )
        started.append(self.process)

    def until_a_part_is_safe(self) -> "Command":
        wait_for(lambda: frames_of_parts(self.out) > 0 or self.process.poll() is not None, 120, "a part")
        return self

    def end(self, seconds: float) -> tuple[int, str]:
        """Its status and the last line of what it says; it must end soon, and say nothing of Ray's own."""
        try:
            out, err = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            pytest.fail(f"no end within {seconds} s: {self.process.communicate()[1]}")
        assert not re.search(r"\x1b|rpc_client|gcs_client|\.cc:\d|\.h:\d|worker\.py|Traceback", out + err), out + err
        return self.process.returncode, (out + err).splitlines()[-1]


def test_a_head_that_is_killed_is_missed_and_another_goes_on(head, film, tmp_path):
    command = Command(film, tmp_path / "o.mp4", head.address).until_a_part_is_safe()
    head.signal(signal.SIGKILL)
    status, line = command.end(GONE)
    safe = frames_of_parts(command.out)
    assert safe > 0
    assert (status, line) == (
        1,
        f"vidream: {command.out}: the cluster's head is gone; start it again, or name another by --cluster; "
        f"{safe} frames are safe, and the same command goes on from there",
    )
    with real_head() as another:
        assert Command(film, command.out, another.address).end(180)[0] == 0
        straight = Command(film, tmp_path / "straight.mp4", another.address)
        assert straight.end(180)[0] == 0
    assert same_film(command.out, straight.out)


def test_a_head_that_freezes_is_missed(head, tmp_path):
    film = cut_film(tmp_path / "long.mp4", 20)  # it is not made before the head is missed
    command = Command(film, tmp_path / "o.mp4", head.address).until_a_part_is_safe()
    head.signal(signal.SIGSTOP)
    status, line = command.end(GONE)
    assert status == 1
    assert "the cluster's head is gone" in line
    assert f"{frames_of_parts(command.out)} frames are safe" in line


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("frozen", [False, True])
def test_a_signal_ends_it_in_words(head, film, tmp_path, number, expected, frozen):
    command = Command(film, tmp_path / "o.mp4", head.address).until_a_part_is_safe()
    if frozen:
        head.signal(signal.SIGSTOP)
    command.process.send_signal(number)
    status, line = command.end(20)
    safe = frames_of_parts(command.out)
    assert status == expected
    assert line == f"vidream: stopped: {safe} frames are safe; the same command goes on from there"


def test_addresses_that_are_no_heads(head, film, tmp_path):
    for address, reason in {
        f"ray://{HOST}:{head.client_port}": f"Ray Client's address; the head's own is needed, {HOST}:6379",
        f"{HOST}:{head.client_port}": "answers, but is no cluster's head",
    }.items():
        status, line = Command(film, tmp_path / "o.mp4", address).end(20)
        assert (status, line.startswith(f"vidream: --cluster {address}: {reason}")) == (2, True), line


def test_a_head_that_wants_a_token_gets_it(film, tmp_path):
    nowhere = {"HOME": str(tmp_path)}
    with real_head(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN="a" * 32) as head:
        wrong = Command(film, tmp_path / "o.mp4", head.address, **nowhere)
        status, line = wrong.end(20)
        assert status == 2
        assert f"--cluster {head.address}: the head wants a token, and there is none here" in line


@contextmanager
def mute_head() -> Iterator[str]:
    """One that begins to speak as a head does, and then says nothing more."""
    with socket.create_server((HOST, 0)) as listening:

        def serve() -> None:
            with ExitStack() as taken, suppress(OSError):
                while True:
                    connection = taken.enter_context(listening.accept()[0])
                    connection.sendall(bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"{HOST}:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_one_that_lets_ray_wait_does_not_hold_us(film, tmp_path):
    with mute_head() as address:
        status, line = Command(film, tmp_path / "o.mp4", address).end(45)
    assert status == 2
    assert line.startswith(f"vidream: --cluster {address}: answers, but Ray cannot connect within 20 s")


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_it_while_ray_connects(film, tmp_path, number, expected):
    with mute_head() as address:
        command = Command(film, tmp_path / "o.mp4", address)
        wait_for(lambda: any(path.stat().st_size for path in tmp_path.glob("vidream-*/logs/ray-*.log")), 30, "Ray")
        command.process.send_signal(number)
        status, line = command.end(15)
    assert (status, line) == (expected, "vidream: stopped: no part was done yet")
