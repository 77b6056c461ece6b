"""The native part is found where it was built, and what is not ours, or not there, is refused with its reason."""

import ctypes
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vidream.dream import presence
from vidream.native import library

ABI_HEADER = Path(__file__).parents[1] / "vidream" / "native" / "abi.h"
needs_library = pytest.mark.skipif(library.library() is None, reason=library.missing())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty place for the library."""
    monkeypatch.setattr(library, "_FOLDER", tmp_path)
    monkeypatch.delenv("VIDREAM_VECTORS", raising=False)
    library._load.cache_clear()
    yield tmp_path
    library._load.cache_clear()


def run(code: str, **environment: str) -> str:
    """What a fresh process prints."""
    command = [sys.executable, "-c", f"from vidream.native import library\n{code}"]
    return subprocess.run(
        command, env={**os.environ, **environment}, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_both_sides_know_the_same_number():
    (number,) = re.findall(r"constexpr int ABI = (\d+);", ABI_HEADER.read_text())
    assert int(number) == library.ABI


def test_a_library_or_the_reason_why_there_is_none():
    assert (library.library() is None) == bool(library.missing())
    assert (library.library() is None) == (library.vector_set() == "")
    assert "\n" not in library.missing()


def test_without_a_library_the_reason_of_the_build_is_told(folder):
    (folder / library.REASON).write_text("no C++ compiler was found\n")
    assert library.library() is None
    assert library.missing() == "the native part was not built: no C++ compiler was found"
    assert presence.summary() == "TensorFlow: the native part was not built: no C++ compiler was found"
    assert library.vector_set() == ""
    assert library.vector_sets() == []


def test_in_a_tree_that_was_not_built_the_command_is_told(folder):
    assert library.library() is None
    assert "cmake --build build" in library.missing()


def test_what_does_not_load_is_refused(folder):
    (folder / library.NAME).write_bytes(b"not a library\n\n")
    assert library.library() is None
    assert "does not load" in library.missing()
    assert "\n" not in library.missing()


@needs_library
def test_another_edition_is_refused(monkeypatch):
    library._load.cache_clear()
    monkeypatch.setattr(library, "ABI", library.ABI + 1)
    try:
        assert library.library() is None
        assert f"is of another edition ({library.ABI - 1}, not {library.ABI})" in library.missing()
    finally:
        library._load.cache_clear()


@needs_library
def test_the_environment_chooses_any_set_that_is_possible():
    sets = library.vector_sets()
    assert sets
    largest = run("print(library.vector_set())", VIDREAM_VECTORS="")
    assert largest == sets[0]
    for name in sets:
        assert run("print(library.vector_set())", VIDREAM_VECTORS=name) == name


@needs_library
def test_the_native_part_can_be_left_out():
    answer = run("print(library.library(), library.missing())", VIDREAM_VECTORS="none")
    assert answer == "None the native part is not used: VIDREAM_VECTORS is none"


@needs_library
def test_a_set_that_is_not_possible_is_refused():
    answer = run("print(library.library(), library.missing())", VIDREAM_VECTORS="avx9")
    assert answer.startswith("None VIDREAM_VECTORS=avx9 is not possible here; it may be ")
    assert library.vector_sets()[0] in answer


@needs_library
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc/cpuinfo")
def test_the_sets_are_those_of_the_processor():
    """As the system lists them."""
    (flags,) = re.findall(r"^flags\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)[:1] or [""]
    asked = {
        "avx512": {"avx512f", "avx512bw", "avx512vl", "avx512dq", "avx2", "fma"},
        "avx2": {"avx2", "fma"},
        "neon": set(),
    }
    for name, needed in asked.items():
        if name != "neon" and flags:
            assert (name in library.vector_sets()) == (needed <= set(flags.split()))


@needs_library
def test_only_our_functions_can_be_seen():
    native = library.library()
    assert native.vidream_abi() == library.ABI
    for name in ("_ZN7vidream8parallelEiiNS_4WorkE", "_ZN7vidream7vectorsEv"):
        with pytest.raises(AttributeError):
            native[name]
    assert isinstance(native, ctypes.CDLL)


def test_version_names_what_computes(vidream_command):
    first, second = vidream_command("--version").stdout.splitlines()
    assert re.fullmatch(r"vidream \d+\.\d+\.\d+", first)
    assert second == f"gradients by {presence.summary()}"
