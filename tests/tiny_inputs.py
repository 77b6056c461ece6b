"""Small files for the commands of the docs, made by the names that the commands have for them."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
from documents import blocks, commands_of
from PIL import Image
from synthetic import add_sound, clicks, ffmpeg, panned, textured, write_film

FILMS = {".mp4", ".mov", ".mkv", ".webm", ".avi"}
PICTURES = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".exr", ".bmp"}
SONGS = {".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aif", ".aiff"}
HEIGHT, WIDTH = 36, 64
FPS = 10
BEAT = 0.5
"""Seconds from one click of a song to the next."""


def seconds_of(text: str) -> float:
    """How long a film or a song has to be for the times that a command names, at least."""
    moments = re.findall(r"(?:--(?:start|end|length)[ =]|@)(?:(\d+):)?(\d+(?:\.\d+)?)(?=[s\s]|$)", f"{text} ")
    bars, beats = (sum(map(int, re.findall(rf"(\d+){unit}", text))) for unit in ("bars", "beats"))
    last = max([0.5, *(60 * float(minutes or 0) + float(seconds) for minutes, seconds in moments)])
    return last + 0.3 + (bars + (bars > 0)) * 4 * BEAT + beats * BEAT


def make(path: Path, text: str, page: Path) -> None:
    """Make what a command reads, as its name says; what is there stays.

    Args:
        path: of the file, or the folder.
        text: of the command.
        page: where the command stands; it may show what a look or a job file holds.
    """
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    ending = path.suffix.lower()
    if "%" in path.name:
        for number in range(1, 9):
            make(path.parent / (path.name % number), text, page)
    elif not ending:
        for number in range(1, 9):
            make(path / f"{number:05d}.png", text, page)
    elif ending in FILMS:
        make_film(path, seconds_of(text))
    elif ending in PICTURES:
        make_picture(path)
    elif ending in SONGS:
        make_song(path, max(3.0 if text else 1.2, seconds_of(text)))
    elif ending == ".toml":
        make_toml(path, page)
    elif ending == ".txt":
        path.write_text("".join(f"{at:.1f}\t{at:.1f}\t{name}\n" for at, name in [(0.1, "verse"), (0.4, "chorus")]))
    elif ending == ".csv":
        path.write_text("time,level\n0,0\n0.3,1\n0.6,0.5\n")
    else:
        raise AssertionError(f"{path.name}: no kind of file that this makes ({text})")


def make_film(path: Path, seconds: float) -> None:
    """A film with a tone; of a title, one with an alpha."""
    if "title" in path.name:
        circle = "color=red:s=64x36:r=10:d=1,format=rgba,geq=r=255:g=90:b=0:a='255*lt(hypot(X-32,Y-18),14)'"
        ffmpeg("-f", "lavfi", "-i", circle, "-c:v", "prores_ks", "-profile:v", "4", "-pix_fmt", "yuva444p10le", path)
        return
    silent = path.with_name(f"silent-{path.stem}.mp4")
    frames = panned(round(seconds * FPS), HEIGHT, WIDTH, (1, 0))
    write_film(silent, frames, FPS, pix_fmt="yuv420p")
    codec = ("-c:v", "copy") if path.suffix.lower() != ".webm" else ("-c:v", "libvpx-vp9")
    add_sound(silent, path, *codec, seconds=seconds)
    silent.unlink()


def make_picture(path: Path) -> None:
    """A picture; of .exr one of floats."""
    pixels = textured(HEIGHT, WIDTH)
    if path.suffix.lower() == ".exr":
        from vidream.media.still import Picture, write_picture

        write_picture(path, Picture(pixels))
    elif "cut-out" in path.name:
        alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
        alpha[8:28, 16:48] = 255
        Image.fromarray(np.dstack([pixels, alpha])).save(path)
    else:
        Image.fromarray(pixels).save(path)


def make_song(path: Path, seconds: float) -> None:
    """A song of clicks."""
    wav = clicks(path.with_name(f"clicks-{path.stem}.wav"), list(np.arange(0, seconds - 0.1, BEAT)), seconds)
    ffmpeg("-i", wav, path)
    for each in (wav, wav.with_suffix(".raw")):
        each.unlink()


def make_toml(path: Path, page: Path) -> None:
    """A look or a job file: the page's own, if it shows one of that name, with all that it reads."""
    shown = next((lines for _, kind, lines in blocks(page) if kind == "toml" and path.name in (lines or [""])[0]), None)
    if shown is None:
        path.write_text('# A look.\nlayer = ["block4"]\n')
        return
    text = re.sub(r'^size = ".*"', 'size = "64x36"', "\n".join(shown), flags=re.M)
    path.write_text(f"{text}\n", encoding="utf-8")
    for job in tomllib.loads(path.read_text(encoding="utf-8")).get("job", []):
        for key in ("source", "song", "guide", "mask"):
            for name in [job[key]] if isinstance(job.get(key), str) else job.get(key, []):
                plain = name.replace("**/", "").replace("*", "one")
                make(path.parent / plain, "", page)
        for look in job.get("matrix", {}).get("preset", []):
            if look.endswith(".toml"):
                make(path.parent / look, "", page)


def make_dreamed(path: Path, text: str, page: Path) -> None:
    """Make what vidream has made: by the command of the page that makes it, or a film as any."""
    making = ("video", "zoom", "music")
    made_by = [each for each in commands_of(page) if each.needs is None and each.words[0] in making]
    name = path.name.removesuffix(".dream")
    for command in made_by:
        out = command.words[2:3]
        if out and (out[0] == name or (path.suffix == ".dream" and Path(out[0]).stem == name)):
            make(path.parent / command.words[1], command.text, page)
            subprocess.run([sys.executable, "-m", "vidream", *command.words], cwd=path.parent, check=True)
            return
    source = path.with_name("clip.mp4")
    make(source, text, page)
    words = ["video", source.name, path.name, "--octaves", "1"]
    subprocess.run([sys.executable, "-m", "vidream", *words], cwd=path.parent, check=True)
