"""The native part holds its promises under sanitizers, in double precision, and in every way it can be built.

The programs in tests/native are linked with its sources and say nothing where all is well.
"""

import os
import runpy
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from vidream.native import library

ROOT = Path(__file__).parents[1]
PROGRAMS = sorted(path.stem for path in (ROOT / "tests" / "native").glob("*.cpp"))
COMPILER = next(filter(None, map(shutil.which, [os.environ.get("CXX", "c++"), "g++", "clang++"])), None)

pytestmark = pytest.mark.skipif(shutil.which("cmake") is None, reason="there is no CMake")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C++ compiler")


WAYS = {
    "as released": [],
    "address, undefined": ["-DVIDREAM_SANITIZE=address,undefined"],
    "thread": ["-DVIDREAM_SANITIZE=thread"],
    "double": ["-DVIDREAM_REAL=double"],
}


@pytest.fixture(scope="module", params=WAYS)
def programs(request, tmp_path_factory):
    """The folder of the programs, as they are built in one way."""
    folder = tmp_path_factory.mktemp("build")
    ninja = ["-G", "Ninja"] if shutil.which("ninja") else []
    configure = ["cmake", "-S", ROOT, "-B", folder, "-DVIDREAM_TESTS=ON", f"-DVIDREAM_OUTPUT={folder}", *ninja]
    carry_out([*configure, "-DCMAKE_CXX_FLAGS=-Werror", *WAYS[request.param]])
    carry_out(["cmake", "--build", folder, "--parallel"])
    return folder


def carry_out(command, **environment: str) -> str:
    """What a command says; a failed one fails the test with it."""
    run = subprocess.run(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=1200,
    )
    assert run.returncode == 0, run.stdout[-6000:]
    return run.stdout


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
def test_programs(programs, program):
    for name in library.vector_sets() or [""]:
        assert carry_out([programs / program], VIDREAM_VECTORS=name) == ""


def wheel(folder: Path, **environment: str) -> set[str]:
    """The names of the files in vidream/native of a wheel that is built now, and its own name."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    carry_out(build, **environment)
    (made,) = folder.glob("*.whl")
    names = zipfile.ZipFile(made).namelist()
    return {made.name, *(Path(name).name for name in names if name.startswith("vidream/native/"))}


@needs_compiler
@pytest.mark.slow
def test_with_a_compiler_the_library_is_in_the_wheel(tmp_path):
    names = wheel(tmp_path, VIDREAM_NATIVE="require")
    assert library.NAME in names
    assert library.REASON not in names
    assert not any(name.endswith((".cpp", ".h")) for name in names)
    (own_name,) = (name for name in names if name.endswith(".whl"))
    assert "-py3-none-" in own_name
    assert not own_name.endswith("-any.whl")


def test_without_a_compiler_the_reason_is_in_the_wheel(tmp_path):
    names = wheel(tmp_path, CXX="/nonexistent", VIDREAM_NATIVE="try")
    assert library.NAME not in names
    assert library.REASON in names
    assert any(name.endswith("-py3-none-any.whl") for name in names)


def test_what_must_be_built_and_cannot_ends_the_build(tmp_path):
    with pytest.raises(AssertionError, match="no C\\+\\+ compiler was found"):
        wheel(tmp_path, CXX="/nonexistent", VIDREAM_NATIVE="require")


@pytest.fixture(scope="module")
def hook():
    """What `hatch_build.py` defines."""
    return runpy.run_path(str(ROOT / "hatch_build.py"))


def cmake_log(folder: Path, script: str) -> str:
    """What CMake says where a script of its own fails."""
    (folder / "script.cmake").write_text(script)
    run = subprocess.run(["cmake", "-P", folder / "script.cmake"], capture_output=True, text=True, check=False)
    assert run.returncode != 0
    return run.stdout + run.stderr


def test_what_our_own_lines_say_is_the_reason_however_cmake_breaks_them(hook, tmp_path):
    said = "its kernels need GCC or Clang (on Windows clang-cl), and this one is of another kind, called MSVC"
    log = cmake_log(tmp_path, f'message(STATUS "before")\nmessage(FATAL_ERROR "vidream: {said}")')
    assert said not in log
    assert hook["_reason"](log) == said


def test_a_compiler_that_does_not_work_is_not_said_to_be_missing(hook, tmp_path):
    command = ["cmake", "-S", ROOT, "-B", tmp_path / "build"]
    run = subprocess.run(command, env={**os.environ, "CXX": "false"}, capture_output=True, text=True, check=False)
    assert hook["_reason"](run.stdout + run.stderr).startswith("the C++ compiler does not work")


def test_anything_else_is_a_failed_compilation(hook):
    log = "FAILED: x.o\nx.cpp:1: error: expected unqualified-id"
    assert hook["_reason"](log) == "its compilation failed; `pip install -v` shows where"


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for a program")
def test_a_tool_that_does_not_work_or_is_too_old_is_passed_over(hook, tmp_path, monkeypatch):
    """CMake from PyPI lies on the path of a build that is kept apart from its environment, and fails there."""
    for folder, answer in {
        "broken": "exit 1",
        "old": "echo cmake version 3.5.1",
        "new": "echo cmake version 3.18",
    }.items():
        (tmp_path / folder).mkdir()
        program = tmp_path / folder / "cmake"
        program.write_text(f"#!/bin/sh\n{answer}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join(str(tmp_path / folder) for folder in ("broken", "old", "new")))
    assert hook["_tool"]("cmake") == str(tmp_path / "new" / "cmake")
    monkeypatch.setenv("PATH", str(tmp_path / "broken"))
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path / "old"))
    assert hook["_tool"]("cmake") is None


def test_a_mac_is_built_for_what_its_tag_says(hook):
    assert hook["_target"]("linux_x86_64") == []
    assert hook["_target"]("macosx_11_0_arm64") == [
        "-DCMAKE_OSX_DEPLOYMENT_TARGET=11.0",
        "-DCMAKE_OSX_ARCHITECTURES=arm64",
    ]
    assert hook["_target"]("macosx_10_15_x86_64")[1] == "-DCMAKE_OSX_ARCHITECTURES=x86_64"
    with pytest.raises(Exception, match="one processor at a time"):
        hook["_target"]("macosx_11_0_universal2")
