"""A stream reaches a receiver, is tried again when it breaks, and shows nobody its key."""

import fcntl
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import av
import numpy as np
import pytest
from synthetic import textured

from vidream import configure
from vidream.errors import ConfigError, RenderError
from vidream.frames import Size
from vidream.live import loopback, stream
from vidream.live.encoder import LiveEncoder
from vidream.live.loopback import CAPABILITY, check_loopback, loopback_target
from vidream.live.output import Shown
from vidream.live.outputs import check_outputs, open_outputs
from vidream.live.stream import Stream
from vidream.live.stream_address import check_address, stream_target
from vidream.media.program import executable

SIZE, RATE = Size(96, 64), 25.0
KEY = "live_s3cret"
ESTABLISHED = "01"
"""Of a connection, in /proc/net/tcp."""


@pytest.fixture
def port() -> int:
    """One that nobody listens at, neither by TCP nor by UDP."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with closing(socket.socket(socket.AF_INET, kind)) as probe:
            if kind == socket.SOCK_STREAM:
                probe.bind(("127.0.0.1", 0))
                number = probe.getsockname()[1]
            else:
                probe.bind(("127.0.0.1", number))
    return number


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """No frame is left out, and nothing is given up, because the machine is busy."""
    for name in ("WAITING", "STUCK", "END"):
        monkeypatch.setattr(stream, name, 60.0)


def sockets(port: int, state: str = "") -> list[str]:
    """What the system says of each socket at a port of this machine: its addresses, and its state."""
    files = [Path(f"/proc/net/{kind}") for kind in ("tcp", "tcp6", "udp", "udp6")]
    lines = [line.split() for file in files if file.exists() for line in file.read_text().splitlines()]
    return [" ".join(line) for line in lines if line[1].endswith(f":{port:04X}") and line[3].startswith(state)]


@contextmanager
def receiver(path: Path, port: int, *inputs: str) -> Iterator[None]:
    """A second ffmpeg, which keeps what it gets at a port; the block ends when it has ended."""
    command = [executable(), "-nostdin", "-v", "error", "-y", *inputs, "-c", "copy", str(path)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as run:
        with_patience(lambda: bool(sockets(port)))  # until it listens
        yield
        with_patience(lambda: run.poll() is not None or run.send_signal(signal.SIGINT) or False, 0.5)


def with_patience(done: Callable[[], bool], every: float = 0.05, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "never"
        time.sleep(every)


def show(output: Stream, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        level = 20 + 4 * number % 200
        output.show(Shown(np.full((SIZE.height, SIZE.width, 3), level, np.uint8), number, number / RATE))
        time.sleep(1 / RATE / 2)


def levels(path: Path) -> list[float]:
    with av.open(str(path)) as film:
        return [float(frame.to_ndarray(format="rgb24").mean()) for frame in film.decode(video=0)]


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("scheme", ["rtmp", "srt", "udp"])
def test_a_receiver_gets_the_frames(tmp_path: Path, port: int, scheme: str):
    path = tmp_path / "got.mkv"
    address = {"rtmp": f"rtmp://127.0.0.1:{port}/live/{KEY}"}.get(scheme, f"{scheme}://127.0.0.1:{port}")
    inputs = {
        "rtmp": ("-listen", "1", "-f", "flv", "-i", address),
        "srt": ("-f", "mpegts", "-i", f"{address}?mode=listener"),
        "udp": ("-f", "mpegts", "-i", address),
    }
    with receiver(path, port, *inputs[scheme]):
        output = Stream(stream_target(address, SIZE, RATE), SIZE, RATE)
        show(output, 50)
        with_patience(lambda: output.trouble == "" and output._backlog._waiting.empty())
        output.close()
        time.sleep(0.5)
    got = levels(path)
    assert len(got) > 35
    assert np.all(np.abs(np.diff(got) - 4) < 2)
    with av.open(str(path)) as film:
        assert len(film.streams.audio) == (scheme == "rtmp")


@pytest.mark.parametrize("rate", [15.0, 25.0])
@pytest.mark.parametrize("scheme", ["rtmp", "srt", "udp"])
def test_a_stream_is_as_good_after_ten_seconds_as_in_its_first(tmp_path: Path, scheme: str, rate: float):
    path, size = tmp_path / "got.mkv", Size(240, 160)
    target = stream_target(f"{scheme}://127.0.0.1:9000/live", size, rate)
    encoder = LiveEncoder(size, (*target.arguments[:-1], str(path)), "stream", target.beside)
    count = round(10 * rate)
    flicker = np.random.default_rng(0).normal(0, 12, (count, size.height // 4, size.width // 4, 3))
    flicker = flicker.repeat(4, 1).repeat(4, 2)
    still = textured(size.height, size.width)
    shown = [np.clip(still + one, 0, 255).astype(np.uint8) for one in flicker]
    for number, pixels in enumerate(shown):
        encoder.write(Shown(pixels, number, number / rate + 0.01 * (number % 3)))
    encoder.close(20)
    with av.open(str(path)) as film:
        got = [frame.to_ndarray(format="rgb24", src_colorspace="ITU709") for frame in film.decode(video=0)]
    assert len(got) == len(shown)
    errors = np.array([((a.astype(float) - b) ** 2).mean() for a, b in zip(got, shown, strict=True)])
    seconds = [part.mean() for part in np.array_split(errors, 10)]
    assert max(seconds) < 1.5 * seconds[0]  # 1.8 dB


def test_it_is_tried_again_until_somebody_is_there(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch, patience: None
):
    monkeypatch.setattr(stream, "AGAIN", 0.3)
    monkeypatch.setattr(stream, "SETTLED", 0.5)
    address = f"rtmp://127.0.0.1:{port}/live/{KEY}"
    output = Stream(stream_target(address, SIZE, RATE), SIZE, RATE)
    show(output, 20)
    told = set[str]()

    def refused() -> bool:
        show(output, 1)
        told.add(output.trouble)
        return any("Connection refused" in trouble for trouble in told)

    with_patience(refused)
    assert not any(KEY in trouble for trouble in told)
    path = tmp_path / "got.mkv"
    with receiver(path, port, "-listen", "1", "-f", "flv", "-i", address):
        with_patience(lambda: bool(show(output, 1) or sockets(port, ESTABLISHED)))
        show(output, 50)
        with_patience(lambda: output.trouble == "")
        output.close()
    assert len(levels(path)) > 20


def test_one_that_nobody_takes_holds_nothing_up(port: int, monkeypatch: pytest.MonkeyPatch):
    for name, seconds in (("AGAIN", 0.3), ("STUCK", 0.6), ("END", 0.3)):
        monkeypatch.setattr(stream, name, seconds)
    output = Stream(stream_target(f"srt://127.0.0.1:{port}?mode=listener", SIZE, RATE), SIZE, RATE)
    noise = np.random.default_rng(0).integers(0, 256, (SIZE.height, SIZE.width, 3), np.uint8)
    troubles, waits = set(), []

    def told() -> bool:
        began = time.monotonic()
        output.show(Shown(noise, len(waits), len(waits) / RATE))
        waits.append(time.monotonic() - began)
        troubles.add(output.trouble)
        wanted = ("nobody takes the frames", "it was ended; tried again every 0.3 s")
        return all(any(line in trouble for trouble in troubles) for line in wanted)

    with_patience(told, 0.01)
    began = time.monotonic()
    output.close()
    assert time.monotonic() - began < 20
    assert np.median(waits) < 0.01
    assert max(waits) < 10  # who waits for the stream does so without end


@pytest.mark.parametrize("scheme", ["rtmp", "srt"])
def test_an_address_that_refuses_is_refused_before_the_first_frame(port: int, scheme: str):
    config = configure("live", to=f"{scheme}://127.0.0.1:{port}/live/{KEY}")
    with pytest.raises(ConfigError, match=rf"^{scheme}://127\.0\.0\.1:{port}: connection refused; ") as caught:
        check_outputs(config)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("http://127.0.0.1:80/live", "http:// is not streamed to; known: rtmp://, srt://, udp://"),
        ("file:///tmp/x.mp4", "file:// is not streamed to"),
        ("tee:udp://x:1", "has no ending"),
        ("srt://127.0.0.1", "lacks its host or its port"),
        ("udp://:9000", "lacks its host or its port"),
        ("udp://127.0.0.1:99999", "is no address"),
        (f"rtmp://[::1/live/{KEY}", "is no address"),
        (f"rtmp://a b/live/{KEY}", "has letters that no address has"),
        ("udp://127.0.0.1:9\n", "has letters that no address has"),
    ],
)
def test_only_addresses_that_are_meant_are_streamed_to(address: str, fault: str):
    with pytest.raises(Exception, match=fault) as caught:
        check_outputs(configure("live", to=address))
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_host_that_is_not_known_is_refused(monkeypatch: pytest.MonkeyPatch):
    def unknown(*arguments, **options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for address in ("udp://studio.invalid:9000", "srt://studio.invalid:9000", "rtmp://studio.invalid/live"):
        with pytest.raises(ConfigError, match="name or service not known; is the receiver there"):
            check_address(address)


def test_what_an_address_says_itself_stays():
    target = stream_target(f"udp://127.0.0.1:9000?pkt_size=188&passphrase={KEY}", SIZE, RATE)
    assert target.arguments[-1] == f"udp://127.0.0.1:9000?pkt_size=188&passphrase={KEY}"
    assert target.name == "udp://127.0.0.1:9000"
    assert KEY in target.secrets
    assert stream_target("udp://127.0.0.1:9000", SIZE, RATE).arguments[-1].endswith("?pkt_size=1316")


def test_one_that_waits_for_a_caller_ends_when_nobody_feeds_it(port: int):
    """As after a kill of vidream: its port is free for the next run."""
    target = stream_target(f"srt://127.0.0.1:{port}?mode=listener&listen_timeout=400000", SIZE, RATE)
    encoder = LiveEncoder(SIZE, target.arguments, "stream")
    encoder.write(Shown(np.zeros((64, 96, 3), np.uint8), 0, 0.0))
    process = encoder._run._process
    process.stdin.close()
    assert process.wait(60) != 0
    with suppress(RenderError):
        encoder.close(1)
    assert "listen_timeout=" in stream_target("srt://:9000?mode=listener", SIZE, RATE).arguments[-1]


def test_an_output_that_is_named_twice_is_refused(tmp_path: Path):
    other = tmp_path / "b" / ".." / "a.mp4"
    for text, again in (("udp://127.0.0.1:9000/" + KEY,) * 2, (str(tmp_path / "a.mp4"), str(other))):
        with pytest.raises(ConfigError, match="is named twice") as caught:
            check_outputs(configure("live", to=[text, again]))
        assert KEY not in str(caught.value)


def test_a_film_goes_on_where_a_stream_does_not(tmp_path: Path, port: int):
    config = configure("live", to=[f"srt://127.0.0.1:{port}", str(tmp_path / "show.mp4")], window=False)
    outputs = open_outputs(config, SIZE, RATE)
    for number in range(30):
        outputs.show(Shown(np.zeros((64, 96, 3), np.uint8), number, number / RATE))
    outputs.close()
    assert len(levels(tmp_path / "show.mp4")) == 30


@pytest.mark.skipif(not Path("/dev/null").is_char_device(), reason="devices of Linux")
@pytest.mark.parametrize(
    ("driver", "flags", "fault"),
    [
        (b"v4l2 loopback", (0x85200003, 0x05200002), ""),
        (b"v4l2 loopback", (0x85208001, 0x05208001), ""),  # of some, one that is shown says so
        (b"another", (0x2, 0), ""),
        (b"uvcvideo", (0x84A00001, 0x04200001), "gives frames, and takes none"),
    ],
)
def test_a_camera_is_no_loopback(monkeypatch: pytest.MonkeyPatch, driver: bytes, flags: tuple[int, int], fault: str):
    answer = CAPABILITY.pack(driver, b"card", b"bus", 0, *flags)
    monkeypatch.setattr(fcntl, "ioctl", lambda number, query, empty: answer if len(empty) == 104 else b"")
    monkeypatch.setattr(loopback, "DEVICE", re.compile(r"/dev/null"))
    if fault:
        with pytest.raises(ConfigError, match=fault):
            check_loopback("/dev/null")
    else:
        check_loopback("/dev/null")


def test_a_loopback_that_is_not_there_is_refused_with_what_makes_it():
    with pytest.raises(ConfigError, match=r"video_nr=9876$"):
        check_outputs(configure("live", to="/dev/video9876"))
    with pytest.raises(ConfigError, match="is /dev/video and a number"):
        check_outputs(configure("live", to="/dev/null"))


def test_a_loopback_that_breaks_says_what_may_be_the_cause():
    output = Stream(loopback_target("/dev/video9876"), SIZE, RATE)
    with_patience(lambda: bool(show(output, 1) or output.trouble))
    output.close()
    assert "/dev/video9876: " in output.trouble
    assert "Unable to open" in output.trouble
    assert "close what shows it" in output.trouble
    assert not Path("/dev/video9876").exists()
