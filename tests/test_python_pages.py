"""What docs/python.md and vidream.ipynb show runs as it stands; docs/api.md has an entry for each exported name."""

import json
import re
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import mypy.api
import pytest
from synthetic import clicks, panned, textured, write_film

import vidream
from vidream.media.still import Picture, write_picture

DOCS = Path(__file__).parents[1] / "docs"
CODE = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
JOBS = """
[[job]]
command = "video"
source = "clip.mp4"
output = "{stem}-batch.mp4"
"""


def test_every_exported_name_has_an_entry():
    entries = re.findall(r"^\.\. (?:auto|py:)\w+:: vidream\.(\w+)$", (DOCS / "api.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(entries) == sorted(vidream.__all__)


def guide() -> list[str]:
    """The blocks of Python in the guide."""
    blocks = CODE.findall((DOCS / "python.md").read_text("utf-8"))
    assert len(blocks) > 5
    return blocks


@pytest.mark.slow
def test_a_type_checker_finds_nothing_in_the_guide(tmp_path):
    settings = tmp_path / "mypy.ini"
    settings.write_text("[mypy]\nfollow_imports = silent\nignore_missing_imports = True\n")
    asked = ["--config-file", str(settings), "--cache-dir", str(tmp_path), "-c", "\n".join(guide())]
    answer, trouble, status = mypy.api.run(asked)
    assert not trouble
    assert status == 0, answer


@pytest.mark.slow
def test_the_guide_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("clip.mp4", "other.mp4"):
        write_film(Path(name), panned(5))
    write_picture(Path("photo.jpg"), Picture(textured(48, 64)))
    clicks(Path("song.wav"), [0.1, 0.6], 1.0)
    Path("album.toml").write_text(JOBS, "utf-8")
    names = {"__name__": "__main__"}
    for block in guide():
        exec(compile(block, "python.md", "exec"), names)
    assert {path.name for path in tmp_path.glob("*.mp4")} >= {"dream.mp4", "fall.mp4", "visual.mp4", "clip-batch.mp4"}
    told = capsys.readouterr().out
    assert "dream.mp4: is there already" in told
    assert "5 of 5" in told
    assert "vidream video clip.mp4 dream.mp4 --network efficientnet-lite0 --layer block8_expand" in told


def notebook(kind: str) -> list[str]:
    """The text of the cells of docs/vidream.ipynb that are of a kind."""
    cells = json.loads((DOCS / "vidream.ipynb").read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


def test_the_notebook_is_small_and_its_links_lead_to_files():
    assert (DOCS / "vidream.ipynb").stat().st_size < 300_000
    links = re.findall(r"\]\(([^)#]+)", "\n".join(notebook("markdown")))
    assert len(links) > 3
    assert [link for link in links if not (DOCS / link).is_file()] == []


@pytest.mark.slow
def test_the_notebook_runs(tmp_path, monkeypatch):
    shown = []
    display = ModuleType("IPython.display")
    display.Image = display.Video = lambda path, **_: shown.append(path.name)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.chdir(DOCS)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    names: dict[str, object] = {}
    for cell in notebook("code"):
        exec(compile(cell, "vidream.ipynb", "exec"), names)
    assert shown == ["picture.jpg", "feathers.jpg", "film.mp4", "zoom.mp4"]
    assert {*shown} <= {path.name for path in tmp_path.glob("vidream-*/*")}
