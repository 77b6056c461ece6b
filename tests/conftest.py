"""A tiny network with fixed weights, and the command line as a user runs it."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pages import browser, page, studio  # noqa: F401 (fixtures)
from synthetic import TINY, panned, said_of_the_matter, textured, tiny_weights, write_film

from vidream.dream.families.in_the_box import EMBEDDED, Embedded
from vidream.media.still import Picture, write_picture

"""The end of a line that is written where something takes longer than two seconds."""


@pytest.fixture(scope="session")
def listener() -> None:
    """What listens has compiled: for tests that call stages of the analysis by themselves, in many processes."""
    from vidream.analysis import listening

    with listening():
        pass


@pytest.fixture(scope="session")
def tiny_network():
    from vidream.dream.embedded import EmbeddedNetwork

    return EmbeddedNetwork(TINY, tiny_weights())


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Knobs that dream with the tiny network, fast."""
    monkeypatch.setitem(EMBEDDED, "tiny", Embedded(TINY, tiny_weights, "7"))
    return {"network": "tiny", "layer": "block3", "octaves": 2}


@pytest.fixture
def vidream_command(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Run `vidream ...` as a user does, in an empty folder; what a slow machine says meanwhile is left out."""

    def run(*arguments: object, **options) -> subprocess.CompletedProcess:
        ended = subprocess.run(
            [sys.executable, "-m", "vidream", *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            **options,
        )
        ended.stderr = "".join(said_of_the_matter(ended.stderr))
        return ended

    return run


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 frames of a camera that moves; not to be changed."""
    return write_film(tmp_path_factory.mktemp("clip") / "in.mp4", panned(60, 48, 64))


@pytest.fixture
def film(clip: Path, tmp_path: Path) -> Path:
    """A copy of `clip` of the test's own."""
    return Path(shutil.copy(clip, tmp_path / "in.mp4"))


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """A picture to zoom into, 96x64."""
    write_picture(tmp_path / "seed.png", Picture(textured(64, 96)))
    return tmp_path / "seed.png"
