"""Files from strangers: each is answered in one line, soon, and with little memory. The tests make them all."""

import io
import json
import os
import resource
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import PIL.Image
import pytest
from synthetic import ffmpeg, said_of_the_matter, textured

SECONDS, MEGABYTES = 10, 1000  # of a processor: other load does not count
PATIENCE = 60  # s of waiting
SLOW = pytest.mark.slow
LATER = {"doubled-62", "padded", "deep", "kernel", "enlarged"}
"""What is like another, and told only once TensorFlow is there, which takes seconds."""


def answered(folder: Path, *arguments: object, most: int | None = None) -> SimpleNamespace:
    """`vidream ...` as a user runs it in `folder`, ended when it takes too long or too much; `ulimit -d` is `most`."""

    def limited() -> None:
        if most is not None:
            resource.setrlimit(resource.RLIMIT_DATA, (most, most))

    with (folder / "said").open("wb") as out, (folder / "complained").open("wb") as err:
        command = [sys.executable, "-m", "vidream", *map(str, arguments)]
        run = subprocess.Popen(
            command,
            cwd=folder,
            stdout=out,
            stderr=err,
            stdin=subprocess.DEVNULL,
            preexec_fn=limited,  # noqa: PLW1509 (it has no threads yet)
        )
        began, status, usage, peak = time.monotonic(), None, None, 0.0
        while status is None:
            peak = max(peak, _peak(run.pid))
            pid, code, usage = os.wait4(run.pid, os.WNOHANG)
            if pid:
                status = os.waitstatus_to_exitcode(code)
            elif time.monotonic() - began > PATIENCE or peak > 1.5 * MEGABYTES:
                run.kill()
            time.sleep(0.01)
        run.returncode = status  # it has been waited for
    said, complained = ((folder / name).read_text(errors="replace") for name in ("said", "complained"))
    seconds = usage.ru_utime + usage.ru_stime
    lines = [line.rstrip("\n") for line in said_of_the_matter(complained)]
    return SimpleNamespace(status=status, out=said, lines=lines, seconds=seconds, megabytes=peak)


def _peak(pid: int) -> float:
    """MB that a process has held at most; 0 where the system does not say."""
    try:
        said = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    held = [line.split()[1] for line in said.splitlines() if line.startswith("VmHWM")]
    return int(held[0]) / 1000 if held else 0.0


def refused(folder: Path, *arguments: object, says: str = "", most: int | None = None) -> None:
    """It is answered in one line, within the bounds."""
    made = answered(folder, *arguments, most=most)
    about = f"{arguments}: {made.status}, {made.seconds:.1f} s, {made.megabytes:.0f} MB: {made.lines[-3:]}"
    assert made.status in (1, 2), about
    assert len(made.lines) == 1, about
    assert made.lines[0].startswith("vidream: "), about
    assert len(made.lines[0]) < 10_000, about
    assert says in made.lines[0], about
    assert made.seconds < SECONDS, about
    assert made.megabytes < MEGABYTES, about
    assert not list(folder.glob(".vidream-*")), about


# ---------------------------------------------------------------- networks: frozen graphs


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def field(number: int, value: int | bytes) -> bytes:
    """One field of a protocol buffer."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def node(name: str, op: str, *inputs: str, **attributes: bytes) -> bytes:
    """One operation of a GraphDef."""
    said = field(1, name.encode()) + field(2, op.encode()) + b"".join(field(3, each.encode()) for each in inputs)
    for key, value in attributes.items():
        said += field(5, field(1, key.encode()) + field(2, value))
    return field(1, said)


FLOAT, INT = field(6, 1), field(6, 3)
INPUT = node("input", "Placeholder", dtype=FLOAT)


def shape(*sides: int) -> bytes:
    return b"".join(field(2, field(1, side)) for side in sides)


def constant(name: str, kind: int, sides: tuple[int, ...], values: bytes) -> bytes:
    tensor = field(1, kind) + field(2, shape(*sides)) + values
    return node(name, "Const", dtype=field(6, kind), value=field(8, tensor))


def identities() -> bytes:
    names = ["input", *(f"i{number}" for number in range(25_000))]
    return INPUT + b"".join(node(name, "Identity", below, T=FLOAT) for below, name in pairwise(names))


def doubled(times: int) -> bytes:
    """ConcatV2(x, x), again and again."""
    names = ["input", *(f"d{number}" for number in range(times))]
    axis = constant("axis", 3, (), field(7, 3))
    return (
        INPUT
        + axis
        + b"".join(
            node(name, "ConcatV2", below, below, "axis", N=field(3, 2), T=FLOAT, Tidx=INT)
            for below, name in pairwise(names)
        )
    )


def circle() -> bytes:
    return (
        INPUT
        + node("a", "Add", "input", "b", T=FLOAT)
        + node("b", "Add", "a", "input", T=FLOAT)
        + node("c", "Identity", "b", T=FLOAT)
    )


def claimed_constant() -> bytes:
    """One number that stands for 4,000,000,000."""
    return (
        INPUT
        + constant("k", 1, (1, 1, 1_000_000_000, 4), field(5, b"\0\0\0\0"))
        + node("a", "Add", "input", "k", T=FLOAT)
    )


def padded() -> bytes:
    paddings = np.array([[0, 0], [0, 10**6], [0, 10**5], [0, 0]], "<i4").tobytes()
    return (
        INPUT
        + constant("paddings", 3, (4, 2), field(4, paddings))
        + node("p", "Pad", "input", "paddings", T=FLOAT, Tpaddings=INT)
    )


def padded_by_what_is_seen() -> bytes:
    """By as much as the picture is bright: no shape is known before it runs."""
    axes = constant("axes", 3, (4,), field(4, np.arange(4, dtype="<i4").tobytes()))
    large = constant("large", 3, (4, 2), field(4, np.array([[0, 0], [0, 10**4], [0, 10**4], [0, 0]], "<i4").tobytes()))
    return (
        INPUT
        + axes
        + large
        + node("mean", "Mean", "input", "axes", T=FLOAT, Tidx=INT, keep_dims=field(5, 0))
        + node("whole", "Cast", "mean", SrcT=FLOAT, DstT=INT)
        + node("paddings", "Mul", "large", "whole", T=INT)
        + node("p", "Pad", "input", "paddings", T=FLOAT, Tpaddings=INT)
    )


def pooled() -> bytes:
    """A stride of 2 to the power of 2,000."""
    names = ["input", *(f"p{number}" for number in range(2000))]
    two = field(1, b"".join(field(3, each) for each in (1, 2, 2, 1)))
    return INPUT + b"".join(
        node(name, "MaxPool", below, T=FLOAT, ksize=two, strides=two, padding=field(2, b"SAME"))
        for below, name in pairwise(names)
    )


GRAPHS: dict[str, Callable[[], bytes]] = {
    "identities": identities,
    "doubled": lambda: doubled(20),
    "doubled-62": lambda: doubled(62),
    "circle": circle,
    "constant": claimed_constant,
    "padded": padded,
    "padded-by-what-is-seen": padded_by_what_is_seen,
    "a-long-name": lambda: INPUT + node("n" * 5_000_000, "Identity", "input", T=FLOAT),
    "inputs": lambda: INPUT + node("n", "AddN", *["input"] * 1_000_000, T=FLOAT, N=field(3, 1_000_000)),
    "tiny-nodes": lambda: INPUT + field(1, b"") * 5_000_000,
    "deep": lambda: field(1, field(5, nested(5000))),
}


def nested(depth: int) -> bytes:
    said = b""
    for _ in range(depth):
        said = field(2, said)
    return said


@pytest.mark.parametrize("name", [pytest.param(name, marks=SLOW if name in LATER else ()) for name in GRAPHS])
def test_a_graph_that_asks_for_too_much_is_one_line(tmp_path, name):
    (tmp_path / "net.pb").write_bytes(GRAPHS[name]())
    refused(tmp_path, "layers", "net.pb", says="net.pb")


def test_what_is_harmless_in_a_graph_is_counted_right(tmp_path):
    (tmp_path / "net.pb").write_bytes(pooled())
    made = answered(tmp_path, "layers", "net.pb", "--json")
    assert (made.status, made.lines) == (0, [])
    assert json.loads(made.out)[-1]["name"] == "p1999"


# ---------------------------------------------------------------- networks: Keras models and weights


def layer(kind: str, name: str, below: str | None, **config: object) -> dict[str, object]:
    """One layer of a model, as Keras writes it."""
    history = {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None, None, None, 3], "dtype": "float32", "keras_history": [below, 0, 0]},
    }
    return {
        "module": "keras.layers",
        "class_name": kind,
        "config": {"name": name, **config},
        "registered_name": None,
        "name": name,
        "inbound_nodes": [{"args": [history], "kwargs": {}}] if below else [],
    }


PICTURE = layer("InputLayer", "in", None, batch_shape=[None, None, None, 3])


def model(*layers: dict[str, object]) -> bytes:
    made = [PICTURE, *layers]
    config = {
        "name": "mobilenet_1.00_224",
        "layers": made,
        "input_layers": [["in", 0, 0]],
        "output_layers": [[made[-1]["name"], 0, 0]],
    }
    return json.dumps(
        {
            "module": "keras.src.models.functional",
            "class_name": "Functional",
            "config": config,
            "registered_name": "Functional",
        }
    ).encode()


def hdf5(fill: Callable[[h5py.File], object] = lambda file: None) -> bytes:
    into = io.BytesIO()
    with h5py.File(into, "w") as file:
        fill(file)
    return into.getvalue()


def archive(
    config: bytes,
    weights: bytes | None = None,
    packing: int = zipfile.ZIP_DEFLATED,
    members: Mapping[str, bytes] | None = None,
) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", packing) as packed:
        packed.writestr("metadata.json", "{}")
        packed.writestr("config.json", config)
        packed.writestr("model.weights.h5", hdf5() if weights is None else weights)
        for name, data in (members or {}).items():
            packed.writestr(name, data)
    return into.getvalue()


def directory() -> bytes:
    """A zip file of 60,000 members."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as packed:
        packed.writestr("config.json", model())
        for number in range(60_000):
            packed.writestr(zipfile.ZipInfo(f"{number}"), b"")
    return into.getvalue()


def small_header() -> bytes:
    """The size of config.json, in all its headers, is not what it is."""
    data = b" " * 300_000_000
    whole = bytearray(archive(data))
    real, claimed = struct.pack("<L", len(data)), struct.pack("<L", 10)
    return bytes(whole.replace(real, claimed))


MODELS: dict[str, Callable[[], bytes]] = {
    "blanks": lambda: archive(b" " * 1_500_000_000),
    "blanks-bzip2": lambda: archive(b" " * 300_000_000, packing=zipfile.ZIP_BZIP2),
    "blanks-lied-of": small_header,
    "weights-of-blanks": lambda: archive(model(), b"\0" * 1_500_000_000),
    "directory": directory,
    "nested-json": lambda: archive(b"[" * 1_000_000),
    "absolute": lambda: archive(model(), members={"/etc/x": b"x"}),
    "outside": lambda: archive(model(), members={"../../x": b"x"}),
    "layers": lambda: archive(model(*(layer("Identity", f"i{n}", f"i{n - 1}" if n else "in") for n in range(12_000)))),
    "weights-asked-for": lambda: archive(model(layer("Conv2D", "c", "in", filters=10**9, kernel_size=[3, 3]))),
    "kernel": lambda: archive(model(layer("Conv2D", "c", "in", filters=1, kernel_size=[50_000, 50_000]))),
    "enlarged": lambda: archive(model(layer("UpSampling2D", "u", "in", size=[10_000, 10_000]))),
    "bordered": lambda: archive(model(layer("ZeroPadding2D", "z", "in", padding=[100_000, 100_000]))),
    "cut": lambda: archive(model())[:200],
}


def claimed(file: h5py.File) -> None:
    file.create_dataset("layers/c/vars/0", (1_000_000, 1000), "f4", chunks=(1000, 1000), compression="gzip")


def elsewhere(file: h5py.File) -> None:
    file["layers"] = h5py.ExternalLink("/etc/passwd", "/x")


def outside(file: h5py.File) -> None:
    file.create_dataset("layers/c/vars/0", (10,), "u1", external=[("/etc/passwd", 0, 10)])


def soft(file: h5py.File) -> None:
    file["layers"] = h5py.SoftLink("/nowhere")


def references(file: h5py.File) -> None:
    file.create_dataset("layers/c/vars/0", data=np.array([file.ref], h5py.ref_dtype), dtype=h5py.ref_dtype)


def circling(file: h5py.File) -> None:
    file.create_group("a")
    file["a/a"] = file["a"]
    file["a/b"] = h5py.SoftLink("/a")


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((10,), "u1")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (10,))
    file.create_virtual_dataset("layers/c/vars/0", layout)


WEIGHTS = {each.__name__: each for each in (claimed, elsewhere, outside, soft, references, circling, virtual)}


@pytest.mark.parametrize("name", [pytest.param(name, marks=SLOW if name in LATER else ()) for name in MODELS])
def test_a_model_that_asks_for_too_much_is_one_line(tmp_path, name):
    (tmp_path / "net.keras").write_bytes(MODELS[name]())
    PIL.Image.fromarray(textured(64, 64)).save(tmp_path / "a.png")
    refused(tmp_path, "image", "a.png", "o.png", "--network", "net.keras", says="net.keras")


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_that_lead_elsewhere_or_claim_too_much_are_one_line(tmp_path, name):
    (tmp_path / "w.h5").write_bytes(hdf5(WEIGHTS[name]))
    PIL.Image.fromarray(textured(64, 64)).save(tmp_path / "a.png")
    refused(tmp_path, "image", "a.png", "o.png", "--network", "mobilenet", "--weights", "w.h5", says="w.h5")
    (tmp_path / "n.keras").write_bytes(
        archive(model(layer("Conv2D", "c", "in", filters=4, kernel_size=[3, 3])), hdf5(WEIGHTS[name]))
    )
    refused(tmp_path, "layers", "n.keras", says="n.keras")


# ---------------------------------------------------------------- looks, curves and job files


PRESETS: dict[str, tuple[Callable[[], bytes], str]] = {
    "sum": (lambda: b"strength = { sum = [" + b"1e-9," * 700_000 + b"] }", "parts"),
    "sum-of-sums": (lambda: b"strength = { sum = [" + b"{ sum = [1e-9, 1e-9] }," * 900 + b"] }", "parts"),
    "keys": (lambda: b'turn = { keys = ["' + b"9" * 3_000_000 + b'x", 1] }', "keys"),
    "key-time": (lambda: b'strength = { keys = [["' + b"9" * 3_000_000 + b'x", 1]] }', "a key's time"),
    "nested": (lambda: b"strength = " + b"{ sum = [" * 100_000, "too deep"),
    "dotted": (lambda: b".".join([b"a"] * 100_000) + b" = 1", "dots"),
    "dotted-quoted": (lambda: b".".join([b'"a. b"'] * 100_000) + b" = 1", "dots"),
    "unknown-keys": (lambda: b"".join(b"k%d = 1\n" % number for number in range(200_000)), "no such knob"),
    "a-long-key": (lambda: b"k" * 3_000_000 + b" = 1", "characters"),
    "a-long-layer": (lambda: b'layer = "' + b"x" * 3_000_000 + b'"', "must be NAME"),
    "layers": (lambda: b"layer = [" + b",".join(b'"block4:%d"' % n for n in range(100_000)) + b"]", "layers"),
    "large": (lambda: b"#" * 30_000_000, "MB"),
    "utf-16": (lambda: "strength = 0.5\n".encode("utf-16"), "UTF-8"),
    "latin": (lambda: "# für\nstrength = 0.5\n".encode("latin-1"), "UTF-8"),
    "nothing-but-NUL": (lambda: b"\0" * 1_000_000, "not TOML"),
    "digits": (lambda: b"strength = " + b"9" * 1_000_000, "not TOML"),
}


@pytest.mark.parametrize("name", PRESETS)
def test_a_look_that_asks_for_too_much_is_one_line(tmp_path, name):
    make, says = PRESETS[name]
    (tmp_path / "look.toml").write_bytes(make())
    refused(tmp_path, "zoom", "noise", "--preset", "look.toml", "--frames", 5, "--dry-run", says=says)


def test_a_pipe_that_nobody_writes_to_is_no_look(tmp_path):
    os.mkfifo(tmp_path / "look.toml")
    refused(tmp_path, "zoom", "noise", "--preset", "look.toml", "--dry-run", says="pipe")


def many(folder: Path) -> bytes:
    """2,500 x 40 points over 400 files: 40 million films."""
    for number in range(400):
        (folder / f"{number}.png").touch()
    axes = f"seed = {list(range(2500))}, octaves = {[1] * 40}"
    job = '[[job]]\ncommand = "image"\nsource = "*.png"\noutput = "o/{stem}-{seed}.png"\n'
    return f"{job}matrix = {{ {axes} }}".encode()


def jobs(folder: Path) -> bytes:
    return many(folder).replace(b"2500", b"2501").split(b"matrix")[0] * 300


def wide_matrix(folder: Path) -> bytes:
    axes = ", ".join(f"{name} = {list(range(100))}" for name in ("seed", "octaves", "steps", "jitter", "tile"))
    return f'[[job]]\ncommand = "image"\nsource = "x.png"\noutput = "o.png"\nmatrix = {{ {axes} }}'.encode()


def deep(folder: Path) -> bytes:
    """Seven `**/` over a tree 12 deep, with twigs."""
    at = folder
    for _ in range(12):
        for twig in range(4):
            (at / f"twig{twig}").mkdir()
        at /= "d"
        at.mkdir()
    return b'[[job]]\ncommand = "image"\nsource = "' + b"**/" * 7 + b'*.png"\noutput = "o/{stem}.png"\n'


def deep_with_names(folder: Path) -> bytes:
    return deep(folder).replace(b"**/" * 7, b"**/d/" * 7)


def circles(folder: Path) -> bytes:
    for name in ("a", "b", "c"):
        (folder / name).symlink_to(".")
    return b'[[job]]\ncommand = "image"\nsource = "**/*.png"\noutput = "o/{stem}.png"\n'


def unknown(folder: Path) -> bytes:
    axes = f"seed = {list(range(300))}, octaves = {list(range(300))}"
    return f'[[job]]\ncommand = "image"\nsorce = 1\noutpt = 2\nmatrix = {{ {axes} }}\n'.encode()


def long_value(folder: Path) -> bytes:
    axes = f"seed = {list(range(10))}, octaves = {list(range(1, 11))}"
    return (
        b'[[job]]\ncommand = "image"\nsource = "none.png"\nlayer = "' + b"x" * 2_000_000 + b'"\n'
        b'output = "{layer}.png"\nmatrix = { ' + axes.encode() + b" }\n"
    )


def empty_jobs(folder: Path) -> bytes:
    return b"[[job]]\n" * 400_000


JOBS = {each.__name__: each for each in (many, wide_matrix, deep, deep_with_names, circles)}
JOBS_OF_MANY_LINES = {each.__name__: each for each in (jobs, unknown, long_value, empty_jobs)}


@pytest.mark.parametrize("name", JOBS)
def test_a_job_file_that_asks_for_too_much_is_one_line(tmp_path, name):
    (tmp_path / "jobs.toml").write_bytes(JOBS[name](tmp_path))
    refused(tmp_path, "batch", "jobs.toml", "--dry-run", says="jobs.toml")


@pytest.mark.parametrize("name", JOBS_OF_MANY_LINES)
def test_a_job_file_of_which_all_is_wrong_says_so_in_some_lines(tmp_path, name):
    (tmp_path / "jobs.toml").write_bytes(JOBS_OF_MANY_LINES[name](tmp_path))
    made = answered(tmp_path, "batch", "jobs.toml", "--dry-run")
    assert made.status == 2
    assert 1 <= len(made.lines) <= 220
    assert all(line.startswith("vidream: ") and len(line) < 1000 for line in made.lines)
    assert (made.seconds < SECONDS, made.megabytes < MEGABYTES) == (True, True)


@pytest.mark.parametrize("extra", [(), ("--turn", "{ sine = [1, 2], period = 40 }")])
def test_a_timeline_of_ten_million_frames_begins_at_once(tmp_path, extra):
    command = [sys.executable, "-m", "vidream", "zoom", "noise", "--frames", "10000000", "--dry-run", *extra]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        first = run.stdout.readline()
        peak = _peak(run.pid)
        run.stdout.close()  # as `| head` does
        said = run.stderr.read().decode()
        assert run.wait(PATIENCE) == 0, said
    assert said.count("\n") < 40  # what would be written, where the camera goes, what it costs
    assert first.split()[:2] == ([b"frame", b"time"] if extra else [b"10000000", b"frames,"])  # no knob moves: no table
    assert peak < 600, peak  # a few frames are made


# ---------------------------------------------------------------- pictures and songs


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes, rows: int | None = None) -> bytes:
    header = chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0))
    packer = zlib.compressobj(1)
    row = b"\0" * (3 * width + 1)
    pixels = b"".join(packer.compress(row) for _ in range(height if rows is None else rows)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def packed_blanks(length: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(b" " * 1_000_000) for _ in range(length // 1_000_000)) + packer.flush()


def tiff_of_huge_tiles() -> bytes:
    entries = [
        (256, 10),
        (257, 10),
        (258, 8),
        (259, 8),
        (262, 1),
        (277, 1),
        (322, 30_000),
        (323, 30_000),
        (324, 200),
        (325, 100),
    ]
    table = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHLL", tag, 4, 1, value) for tag, value in entries)
    whole = b"II*\0" + struct.pack("<L", 8) + table + b"\0\0\0\0"
    return whole.ljust(200, b"\0") + packed_blanks(1_000_000)


def gif_of(width: int, height: int) -> bytes:
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", width, height, 0, 0, 0)
        + b","
        + struct.pack("<HHHHB", 0, 0, width, height, 0)
        + b"\2\1\0\0;"
    )


PICTURES: dict[str, tuple[Callable[[], bytes], str]] = {
    "claims.png": (lambda: png(60_000, 60_000, rows=1), "--max-pixels"),
    "gif.bmp": (lambda: gif_of(65_535, 65_535), "--max-pixels"),
    "text.png": (lambda: png(8, 8, chunk(b"zTXt", b"a\0\0" + packed_blanks(1_000_000_000))), "damaged"),
    "tiles.tif": (tiff_of_huge_tiles, "damaged"),
    "profile.png": (lambda: png(32, 32, chunk(b"iCCP", b"a\0\0" + packed_blanks(1_000_000_000))), "damaged"),
    "cut.png": (lambda: png(500, 500)[:200], "damaged"),
}


USES = [("source", name) for name in PICTURES] + [("guide", "claims.png"), ("mask", "claims.png"), ("mask", "text.png")]


@pytest.mark.parametrize(("use", "name"), USES)
def test_a_picture_that_asks_for_too_much_is_one_line(tmp_path, use, name):
    (tmp_path / name).write_bytes(PICTURES[name][0]())
    (tmp_path / "a.png").write_bytes(png(64, 64))
    flags = [] if use == "source" else [f"--{use}", name]
    refused(tmp_path, "image", name if use == "source" else "a.png", "o.png", "--draft", *flags, says=PICTURES[name][1])


@pytest.mark.parametrize(
    "command",
    [
        ("image", "large.png", "o.png", "--draft"),
        ("image", "a.png", "o.png", "--draft", "--guide", "large.png"),
        ("zoom", "noise", "z.mp4", "--size", "16384x16384"),
        ("zoom", "noise", "z.mp4", "--size", "16384x16384", "--dry-run"),
    ],
)
def test_what_takes_more_memory_than_there_is_is_refused_before_it_is_taken(tmp_path, command):
    (tmp_path / "large.png").write_bytes(png(9990, 9990))
    (tmp_path / "a.png").write_bytes(png(64, 64))
    refused(tmp_path, *command, says="of memory", most=1_500_000_000)


def test_a_song_that_is_too_long_is_one_line(tmp_path):
    """By what it claims; and, where it claims nothing, once so much of it has been heard."""
    tone = ("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", 18_000)
    ffmpeg(*tone, "-c:a", "flac", tmp_path / "long.flac")
    refused(tmp_path, "music", "long.flac", "--dry-run", says="--max-seconds")
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", 900, "-c:a", "libmp3lame", tmp_path / "short.mp3")
    (tmp_path / "unknown.aac").touch()
    ffmpeg("-i", tmp_path / "short.mp3", "-c:a", "aac", "-f", "adts", tmp_path / "unknown.aac")
    refused(tmp_path, "music", "unknown.aac", "--dry-run", "--max-seconds", 60, says="--max-seconds")
