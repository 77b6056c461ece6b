"""What is installed and what the README shows is there."""

import importlib.metadata
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import PIL.Image
import pytest

ROOT = Path(__file__).parents[1]


def test_the_wheel_carries_the_looks(tmp_path):
    """Built, installed elsewhere, and run from there: the looks are the package's own, all of them."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path / "dist"), str(ROOT)]
    without = {**os.environ, "VIDREAM_NATIVE": "skip"}  # test_native_build.py is about that
    subprocess.run(build, check=True, capture_output=True, env=without)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    shipped_here = {path for path in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in path}
    assert shipped_here == what_a_wheel_holds() | {"vidream/native/not_built.txt"}
    description = zipfile.ZipFile(wheel).read(f"{wheel.name.split('-py3')[0]}.dist-info/METADATA").decode()
    assert f"\n\n{(ROOT / 'README.md').read_text().splitlines()[0]}\n" in description
    assert not re.findall(r"\]\((?!https?:|#)[^)]*\)", description)
    site = tmp_path / "site"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(site), str(wheel)], check=True, capture_output=True)
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import vidream; from vidream.config import presets;"
        "print(vidream.__file__); print(*(look.path for look in presets()), sep='\\n')"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(site)], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    package, *looks = run.stdout.splitlines()
    assert package == str(site / "vidream" / "__init__.py")
    shipped = {str(site / "vidream" / "configs" / path.name) for path in (ROOT / "configs").glob("*.toml")}
    assert set(looks) == shipped
    assert not (site / "tests").exists()


def what_a_wheel_holds() -> set[str]:
    """The package as it lies here, without what is compiled, with the looks and the clip of the demo."""
    left_out = {".cpp", ".h", ".pyc", ".so", ".dylib", ".dll"}
    package = [path for path in (ROOT / "vidream").rglob("*") if path.is_file() and path.suffix not in left_out]
    names = {path.relative_to(ROOT).as_posix() for path in package} - {"vidream/native/not_built.txt"}
    names |= {f"vidream/samples/{name}" for name in ("bunny.mp4", "SOURCES.md")}  # for vidream demo
    return names | {f"vidream/configs/{path.name}" for path in (ROOT / "configs").iterdir()}


@pytest.mark.slow
def test_the_source_distribution_has_what_a_build_and_the_tests_need_and_nothing_that_was_made(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    needed = {"LICENSE", "README.md", "CHANGELOG.md", "CMakeLists.txt", "hatch_build.py", "hatch_readme.py", "PKG-INFO"}
    needed |= {
        "vidream/native/gradient.cpp",
        "configs/kick.toml",
        "tests/conftest.py",
        "samples/bunny.mp4",
        "docs/conf.py",
    }
    assert needed <= names
    made = re.compile(r"__pycache__|\.(so|dylib|dll|pyc)$|^(build|dist|docs/made|\.venv|\.git)/|not_built")
    assert not [name for name in names if made.search(name)]


@pytest.mark.parametrize(
    ("text", "alone", "with_address"),
    [
        ("![a](docs/a.webp)", "", "![a](https://x.y/z/raw/v1.2.3/docs/a.webp)"),
        ("see [b](docs/b.md#c).", "see b.", "see [b](https://x.y/z/blob/v1.2.3/docs/b.md#c)."),
        ("[c](https://c.d) [e](#e)", "[c](https://c.d) [e](#e)", "[c](https://c.d) [e](#e)"),
        (
            '<a href="f.md"><img alt="" src="f.png" width="9"></a>',
            "",
            '<a href="https://x.y/z/blob/v1.2.3/f.md"><img alt="" src="https://x.y/z/raw/v1.2.3/f.png" width="9"></a>',
        ),
        (
            "[![g](g.png)](docs/g.md)",
            "",
            "[![g](https://x.y/z/raw/v1.2.3/g.png)](https://x.y/z/blob/v1.2.3/docs/g.md)",
        ),
    ],
)
def test_an_index_shows_links_that_lead_somewhere_or_none(text, alone, with_address):
    sys.path.insert(0, str(ROOT))
    try:
        from hatch_readme import described
    finally:
        sys.path.remove(str(ROOT))
    assert described(text, "1.2.3", None) == alone
    assert described(text, "1.2.3", "https://x.y/z") == with_address


def test_the_two_commands_of_the_readme_are_those_that_ci_runs():
    readme, ci = (ROOT / "README.md").read_text(), (ROOT / ".ci" / "run").read_text()
    assert "pip install . && vidream video samples/bunny.mp4 dream.mp4\n" in readme
    assert "pip install -e '.[dev]' && pytest\n" in readme
    assert "vidream video samples/bunny.mp4" in ci
    assert "-e '.[dev]'" in ci


def test_samples_are_small_and_each_has_its_source():
    sources = (ROOT / "samples" / "SOURCES.md").read_text()
    files = [path for path in (ROOT / "samples").iterdir() if path.name != "SOURCES.md"]
    assert sum(path.stat().st_size for path in files) < 3_000_000
    for path in files:
        assert path.name in sources


def test_the_readme_opens_with_a_small_film_and_shows_only_what_is_there():
    readme = (ROOT / "README.md").read_text()
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", readme)
    assert shown[0] == "docs/gallery/hero.webp"
    for name in shown:
        assert (ROOT / name).is_file()
    with PIL.Image.open(ROOT / shown[0]) as film:
        assert getattr(film, "n_frames", 1) > 1
        assert film.width == 3 * 384
    assert len(readme.splitlines()) < 150


def test_each_look_of_the_readme_has_the_command_that_makes_its_picture():
    """Less the words that say where, and how small, the gallery's own is."""
    readme = (ROOT / "README.md").read_text()
    page = (ROOT / "docs" / "gallery" / "README.md").read_text()
    cells = re.findall(r'<a href="([^"]+)"><img src="([^"]+)"[^>]*></a><br><sub><code>([^<]+)</code>', readme)
    assert len(cells) == readme.count("<img") == 12
    for leads_to, picture, command in cells:
        assert leads_to == picture
        whole = re.search(rf"\({Path(picture).name}\)\n\n    (vidream .+)\n", page)
        assert whole
        assert set(command.split()) <= set(whole[1].split())
        assert (ROOT / picture).is_file()


def test_the_gallery_is_what_its_script_makes_and_small():
    gallery = ROOT / "docs" / "gallery"
    page = (gallery / "README.md").read_text()
    script = (gallery / "make.py").read_text()
    pictures = [path for path in gallery.iterdir() if path.suffix in (".jpg", ".webp", ".mp4")]
    for path in pictures:
        assert f'"{path.stem}": Still(' in script or f"def {path.stem}(" in script
        assert path.stat().st_size < 3_000_000
    for name in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page):
        assert gallery / name in pictures
    for command in re.findall(r"^    (vidream .+)$", page, re.MULTILINE):
        assert command in script
        sources = [word.partition("@")[0] for word in command.split() if word.startswith("samples/")]
        assert all((ROOT / source).is_file() for source in sources)
    samples = list((ROOT / "samples").iterdir())
    assert sum(path.stat().st_size for path in (*pictures, *samples)) < 12_000_000


def test_the_version_is_one():
    import vidream

    assert importlib.metadata.version("vidream") == vidream.__version__
