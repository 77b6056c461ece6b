"""Small jobs of every kind, as a person would type them, and what is to stay the same about them.

What a job makes is compared by its decoded frames and samples; what it plans, by its shots, flashes and holds.
"""

import hashlib
import json
import os
import platform
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from wave import open as open_wave

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe
from numpy.typing import NDArray

SAMPLES = Path(__file__).parents[2] / "samples"
SIZE = (160, 90)
RATE = 16_000  # Hz
RAW = ("-f", "rawvideo", "-pix_fmt", "rgb24")
SMALL = ["--dream-size", "96", "--octaves", "2", "--steps", "1", "--first-steps", "3"]
ZOOM = ["--size", "128x96", "--octaves", "2", "--steps", "1", "--first-steps", "3"]

JOBS: dict[str, tuple[str, list[str]]] = {
    "film": ("film.mp4", ["video", "scenes.mkv", "film.mp4", *SMALL]),
    "loop": ("loop.webm", ["video", "scenes.mkv", "loop.webm", "--loop", "--start", "1.2", *SMALL]),
    "retimed": (
        "retimed.mkv",
        ["video", "scenes.mkv", "retimed.mkv", "--fps", "10", "--carry", "picture", "--dream-every", "2", *SMALL],
    ),
    "masked": ("masked.mp4", ["video", "scenes.mkv", "masked.mp4", "--mask", "motion", "--end", "0.8", *SMALL]),
    "pictures": (
        "pictures/%03d.png",
        ["video", "scenes.mkv", "pictures/%03d.png", "--end", "0.4", "--size", "96x54", *SMALL],
    ),
    "gif": ("small.gif", ["video", "scenes.mkv", "small.gif", "--end", "0.4", "--size", "96x54", *SMALL]),
    "zoom": ("zoom.mp4", ["zoom", "seed.png", "zoom.mp4", "--frames", "30", "--turn", "12", *ZOOM]),
    "round": (
        "round.mov",
        ["zoom", "seed.png", "round.mov", "--frames", "40", "--loop", "--dream-every", "3", "--reverse", *ZOOM],
    ),
    "song": ("song.mp4", ["music", "song.wav", "seed.png", "song.mp4", "--fps", "10", *ZOOM]),
    "songs-film": (
        "songs-film.mp4",
        ["music", "song.wav", "scenes.mkv", "songs-film.mp4", "--fps", "10", "--end", "2", *SMALL],
    ),
    "still": ("still.png", ["image", "seed.png", "still.png", "--preset", "kick", "--octaves", "2", "--steps", "4"]),
    "sheet": ("sheet.png", ["preview", "seed.png", "sheet.png", "--layers", "--octaves", "1", "--steps", "2"]),
    "parts": (
        "parts.mp4",
        ["video", "scenes.mkv", "parts.mp4", "--cluster", "{cluster}", "--cores", "1", "--fps", "60", *SMALL],
    ),
}
"""By name: the file that is made, and the command that makes it."""

CLUSTERED = ("parts",)  # they want Ray


ENGINE = {"VIDREAM_ENGINE": "tensorflow"}
"""What all of them are made by, on which their bytes depend; a variable, as older editions have no such flag."""


def carry_out(folder: Path, python: str | Path, environment: Mapping[str, str]) -> None:
    """Carry out every job in a folder that holds the sources, by the vidream that this Python has.

    Its native part is left out: what TensorFlow and OpenCV make is compared.
    """
    environment = {**environment, "VIDREAM_VECTORS": "none"}
    runner, commands = Path(__file__).with_name("runner.py"), [command for _, command in JOBS.values()]
    given = json.dumps(commands)
    subprocess.run([python, runner], input=given, text=True, cwd=folder, env={**environment, **ENGINE}, check=True)


def machine() -> str:
    """What the bytes of a dream depend on: the processor, how the work is shared out, and what computes."""
    packages = [f"{name} {version(name)}" for name in ("tensorflow", "numpy", "opencv-python", "librosa")]
    return ", ".join([_processor(), f"{os.cpu_count()} cores", *packages, _ffmpeg_version()])


def _processor() -> str:
    try:
        said = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    flags = set((re.search(r"^flags\s*:(.*)", said, re.MULTILINE) or [""])[0].split())
    kinds = [kind for kind in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8") if kind in flags]
    name = re.search(r"^vendor_id\s*: (.*)", said, re.MULTILINE)
    return " ".join([name[1] if name else platform.machine(), *kinds])


def _ffmpeg_version() -> str:
    said = subprocess.run([get_ffmpeg_exe(), "-version"], capture_output=True, text=True, check=True).stdout
    return " ".join(said.split()[:3])


def _ffmpeg(*arguments: str, data: bytes = b"") -> bytes:
    command = [get_ffmpeg_exe(), "-v", "error", "-y", *arguments]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def decoded(path: Path) -> NDArray[np.uint8]:
    """A film's frames, or a picture, or what a pattern of pictures stands for: (N, H, W, 3)."""
    said = _ffmpeg("-i", str(path), "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framecrc", "-")
    shape = re.search(rb"#dimensions 0: (\d+)x(\d+)", said)
    assert shape, path
    raw = _ffmpeg("-i", str(path), "-map", "0:v:0", "-fps_mode", "passthrough", *RAW, "-")
    return np.frombuffer(raw, np.uint8).reshape(-1, int(shape[2]), int(shape[1]), 3)


def sound_of(path: Path) -> bytes:
    """Its first sound track, as samples; nothing if it has none."""
    try:
        return _ffmpeg("-i", str(path), "-map", "0:a:0", "-f", "s16le", "-ac", "1", "-")
    except subprocess.CalledProcessError:
        return b""


def digest(path: Path) -> str:
    """What a job has made: its frames, their size, its sound."""
    frames = decoded(path)
    return hashlib.sha256(repr(frames.shape).encode() + frames.tobytes() + sound_of(path)).hexdigest()


def make_sources(folder: Path) -> None:
    """A film of two shots, with a flash of light, a frame that is held, and sound; a seed; a song."""
    bunny, city = (_clip(SAMPLES / name) for name in ("bunny.mp4", "city.mp4"))
    scenes = [*bunny[:14], np.full_like(bunny[0], 255), *bunny[15:26], *city[:10], city[9], *city[10:20]]
    _write_song(folder / "clicks.wav", len(scenes) / 25, 150)
    sources = (*RAW, "-s", "x".join(map(str, SIZE)), "-r", "25", "-i", "-", "-i", str(folder / "clicks.wav"))
    codecs = ("-c:v", "ffv1", "-pix_fmt", "yuv444p", "-c:a", "copy")
    _ffmpeg(*sources, *codecs, str(folder / "scenes.mkv"), data=np.stack(scenes).tobytes())
    _ffmpeg("-i", str(SAMPLES / "dandelion.jpg"), "-vf", "scale=128:96", str(folder / "seed.png"))
    _write_song(folder / "song.wav", 3, 120)


def _clip(path: Path) -> NDArray[np.uint8]:
    width, height = SIZE
    raw = _ffmpeg("-i", str(path), "-frames:v", "30", "-vf", f"scale={width}:{height}", *RAW, "-")
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def _write_song(path: Path, seconds: float, tempo: float) -> None:
    """Drums of two pitches over a chord, without chance."""
    time = np.arange(int(seconds * RATE)) / RATE
    beat = time * tempo / 60
    since = (beat % 1) * 60 / tempo
    pitch = np.where(beat.astype(int) % 2 == 0, 70.0, 180.0)
    drums = np.sin(2 * np.pi * pitch * since) * np.exp(-since * 30)
    chord = sum(np.sin(2 * np.pi * note * time) for note in (220.0, 277.2, 329.6)) * 0.08
    with open_wave(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(0.7 * drums + chord, -1, 1) * 32767).astype("<i2").tobytes())


def plans(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the jobs plan, by name. The one place here that knows the house from inside."""
    from vidream.jobs.jobspec import JobSpec
    from vidream.jobs.render_job import RenderJob
    from vidream.plan.film import FilmPlan

    for name, (out, (command, *words)) in JOBS.items():
        if command not in ("video", "zoom", "music") or name in CLUSTERED:
            continue
        sources, asked = _split(words, folder)
        of: dict[str, Any] = {"source": sources[-1], **({"song": sources[0]} if command == "music" else {})}
        job = JobSpec(name, command, out=folder / out, arguments=asked, **of).job()
        assert isinstance(job, RenderJob)
        plan = job.plan
        steps = list(plan.steps())
        said = {
            "count": plan.count,
            "rate": str(plan.fps),
            "size": str(plan.size),
            "begins": [step.index for step in steps if step.cut],
            "flashes": [step.index for step in steps if step.flash],
            "holds": {str(step.index): step.hold for step in steps if step.hold != 1},
            "shots": [[shot.first, shot.last] for shot in plan.shots()] if isinstance(plan, FilmPlan) else [],
        }
        yield name, said


def _split(words: Sequence[str], folder: Path) -> tuple[list[str], dict[str, Any]]:
    """A command's files, but for the last, which it makes; and its flags as knobs."""
    asked: dict[str, Any] = {}
    files = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            files.append(str(folder / word))
        elif rest and not rest[0].startswith("--"):
            asked[word[2:].replace("-", "_")] = rest.pop(0)
        else:
            asked[word[2:].replace("-", "_")] = True
    return files[:-1], asked
