"""A cluster's head: whether one is at an address is known in seconds, in words, and so is that it has gone."""

import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from vidream.cluster import calls, connection, probe, quiet
from vidream.cluster import head as heads
from vidream.cluster.calls import HeadGone, within
from vidream.cluster.head import Head
from vidream.cluster.probe import Place, listener, place_of
from vidream.errors import ConfigError
from vidream.events import Event, NoteEvent, scope

SETTINGS = b"\0\0\x06\x04\0\0\0\0\0" + struct.pack(">HI", 4, 65535)
HEADERS = b"\0\0\x01\x01\x04\0\0\0\x01\x88"
DATA = b"\0\0\x05\0\0\0\0\0\x01" + bytes(5)


def refusal(status: bytes) -> bytes:
    """What a gRPC server says of a method that it refuses, as Ray's says it."""
    block = b"\x88@\x0bgrpc-status" + bytes([len(status)]) + status
    return len(block).to_bytes(3, "big") + b"\x01\x05\0\0\0\x01" + block


class Wire:
    """A connection that says some bytes, in pieces, then raises or ends."""

    def __init__(self, *pieces: bytes, end: Exception | None = None) -> None:
        self.pieces, self.end, self.sent = list(pieces), end, b""

    def sendall(self, data: bytes, /) -> None:
        self.sent += data

    def settimeout(self, seconds: float, /) -> None:
        assert 0 < seconds <= probe.WORD

    def recv(self, size: int, /) -> bytes:
        if self.pieces:
            return self.pieces.pop(0)
        if self.end:
            raise self.end
        return b""


@pytest.mark.parametrize(
    ("wire", "who"),
    [
        (Wire(SETTINGS + HEADERS + DATA), "head"),
        (Wire(*(bytes([byte]) for byte in SETTINGS + HEADERS + DATA)), "head"),  # a byte at a time
        (Wire(SETTINGS, refusal(b"12")), "part"),
        (Wire(SETTINGS, refusal(b"16")), "locked"),  # it wants a token
        (Wire(SETTINGS, refusal(b"14")), "grpc"),
        (Wire(SETTINGS, end=TimeoutError()), "grpc"),
        (Wire(SETTINGS, end=ConnectionResetError()), "grpc"),
        (Wire(end=TimeoutError()), "silent"),
        (Wire(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "other"),
        (Wire(b"H", b"TTP/1.1 400 Bad Request\r\n\r\n"), "other"),
        (Wire(b"HTTP/1.1 400 Bad Request\r\n\r\n", end=TimeoutError()), "other"),  # it keeps the connection
        (Wire(b"SSH-2.0-OpenSSH_9.6\r\n"), "other"),
        (Wire(b"\x15\x03\x03\x00\x02\x02\x46"), "other"),  # an alert of TLS
        (Wire(), "other"),
        (Wire(end=ConnectionResetError()), "other"),
    ],
)
def test_who_answers_is_known_by_the_first_bytes(wire, who):
    assert listener(wire, "127.0.0.1:6379") == who
    assert wire.sent.startswith(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")


def test_one_that_trickles_does_not_hold_us_for_long(monkeypatch):
    monkeypatch.setattr(probe, "WORD", 0.2)

    class Trickle(Wire):
        def recv(self, size: int, /) -> bytes:
            if not self.pieces:
                time.sleep(0.01)
                return b"\0\0\x08\x06\0\0\0\0\0" + bytes(8)  # a ping
            return super().recv(size)

    start = time.monotonic()
    assert listener(Trickle(SETTINGS), "x:1") == "grpc"
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("127.0.0.2:6379", Place("127.0.0.2", 6379)),
        ("head.example.org:1", Place("head.example.org", 1)),
        ("[fd00::1]:6379", Place("fd00::1", 6379)),
    ],
)
def test_an_address_is_a_host_and_a_port(address, place):
    assert place_of(address, address) == place
    assert str(place) == address


@pytest.mark.parametrize("address", ["head", "head:", ":6379", "head:0", "head:65536", "fd00::1:6379", "a b:1"])
def test_what_is_no_address_is_said(address):
    with pytest.raises(ConfigError, match="no cluster's address; it is HOST:PORT, or auto"):
        place_of(address, address)


def test_ray_clients_address_is_said_to_be_one():
    with pytest.raises(ConfigError, match=r"Ray Client's address; the head's own is needed, 10\.0\.0\.7:6379"):
        place_of("ray://10.0.0.7:10001", "it")
    with pytest.raises(ConfigError, match="it is HOST:PORT, such as head:6379"):
        place_of("http://head:8265", "it")


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[Place]:
    """Who answers a connection so."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            taken, _ = listening.accept()
            with taken:
                answer(taken)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Place(*listening.getsockname())
        thread.join()


def test_a_web_server_is_no_cluster():
    def web(taken: socket.socket) -> None:
        taken.recv(100)
        taken.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with server(web) as place, pytest.raises(ConfigError) as refused:
        probe.probe(place, str(place))
    assert str(refused.value).startswith(f"--cluster {place}: answers, but is no Ray cluster; the head's port is")


def test_a_frozen_head_says_nothing(monkeypatch):
    monkeypatch.setattr(probe, "WORD", 0.2)
    done = threading.Event()

    def hold(taken: socket.socket) -> None:
        done.wait(5)

    with server(hold) as place:
        with pytest.raises(ConfigError, match="says nothing"):
            probe.probe(place, str(place))
        done.set()


def test_nobody_answers():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        place = Place(*listening.getsockname())
    with pytest.raises(ConfigError, match=r"no Ray cluster answers \(Connection refused\); `ray start --head` begins"):
        probe.probe(place, str(place))


def test_a_call_that_hangs_is_not_waited_for():
    go_on, start = threading.Event(), time.monotonic()
    with pytest.raises(TimeoutError):
        within(0.1, go_on.wait)
    assert time.monotonic() - start < 2
    assert calls.is_stuck()
    go_on.set()
    for thread in list(calls._stuck):
        thread.join()
    assert not calls.is_stuck()
    assert within(5, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0)


class Ray:
    """A head that answers until it is told not to."""

    def __init__(self) -> None:
        self.answers, self.asked = threading.Event(), 0
        self.answers.set()

    def nodes(self) -> list[dict[str, object]]:
        self.asked += 1
        self.answers.wait()
        kept = {"NodeManagerHostname": "h", "NodeManagerAddress": "1.2.3.4", "NodeManagerPort": 5}
        resources = {"CPU": 2.0, "memory": 2.0**33}
        return [{"NodeID": name, "Alive": name == "a", "Resources": resources, **kept} for name in "ab"]


def test_the_head_is_watched(monkeypatch):
    monkeypatch.setattr(heads, "LOOK", 0.02)
    ray, told = Ray(), list[Event]()
    with scope(told.append), Head(ray, silence=0.3) as head:
        assert [node.name for node in head.nodes().values()] == ["h 1.2.3.4:5"]
        assert [node.cores for node in head.nodes().values()] == [2]
        ray.answers.clear()
        wait_until(lambda: is_gone(head))
        with pytest.raises(HeadGone, match="the cluster's head is gone; start it again, or name another"):
            head.nodes()
        (silence,) = told
        assert isinstance(silence, NoteEvent)
        assert "does not answer" in silence.message
        ray.answers.set()
        wait_until(lambda: not is_gone(head))  # it was slow, not gone


def is_gone(head: Head) -> bool:
    try:
        head.nodes()
    except HeadGone:
        return True
    return False


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


QUIET = """
import os, subprocess, sys
from vidream.cli.output import own_streams
from vidream.cluster import quiet
own_streams()
print("before, out"); print("before, err", file=sys.stderr)
quiet.hush()
os.write(1, b"C++, out\\n"); os.write(2, b"C++, err\\n")
subprocess.run(["sh", "-c", "echo child >&2"])
print("after, out"); print("after, err", file=sys.stderr)
print(quiet.current_log())
"""


def test_what_is_written_beside_python_goes_to_the_log(tmp_path):
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", QUIET]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert done.stderr == "before, err\nafter, err\n"
    *lines, name = done.stdout.splitlines()
    assert lines == ["before, out", "after, out"]
    assert Path(name).read_text() == "C++, out\nC++, err\nchild\n"
    assert Path(name).stat().st_mode & 0o077 == 0
    earlier = [Path(name).with_name(f"ray-{number}.log") for number in range(quiet.KEPT + 1)]
    for number, path in enumerate(earlier):
        path.touch()
        os.utime(path, (number, number))
    subprocess.run(command, capture_output=True, env=environment, check=True)
    kept = set(Path(name).parent.iterdir())
    assert len(kept) == quiet.KEPT
    assert kept >= {Path(name), *earlier[-quiet.KEPT + 2 :]}


def test_what_is_moved_is_put_back(tmp_path, capfd):
    log = tmp_path / "log"
    with quiet.quiet(log):
        assert quiet.current_log() == log
        os.write(2, b"within\n")
    assert quiet.current_log() is None
    os.write(2, b"without\n")
    sys.stderr.write("python\n")
    assert log.read_text() == "within\n"
    assert capfd.readouterr().err == "without\npython\n"
    with quiet.quiet(None):
        os.write(2, b"not moved\n")
    assert capfd.readouterr().err == "not moved\n"


def test_auto_is_what_the_environment_names(monkeypatch):
    pytest.importorskip("ray")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{port}")
    with pytest.raises(
        ConfigError, match=rf"--cluster auto \(RAY_ADDRESS is 127\.0\.0\.1:{port}\): no Ray cluster answers"
    ):
        connection._resolved("auto")
    monkeypatch.setenv("RAY_ADDRESS", "ray://head:10001")
    with pytest.raises(ConfigError, match=r"--cluster auto \(RAY_ADDRESS is ray://head:10001\): Ray Client's address"):
        connection._resolved("auto")


def test_other_versions_are_named():
    said = (
        "Version mismatch: The cluster was started with:\n    Ray: 2.9.0\n    Python: 3.10.4\n"
        "This process on node 10.0.0.1 was started with:\n    Ray: 2.60.0\n    Python: 3.11.7\n"
    )
    assert connection._reason(RuntimeError(said)) == (
        "runs Ray 2.9.0 and Python 3.10.4, this is Ray 2.60.0 and Python 3.11.7; install the same on all machines"
    )
    assert connection._reason(RuntimeError("no\nmore")).startswith("Ray cannot connect (no); the head's port is")
