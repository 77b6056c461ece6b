"""Builds the native part into the wheel, by CMake; where that cannot be, the wheel says why and does without.

VIDREAM_NATIVE=require ends the build where the native part cannot be built; VIDREAM_NATIVE=skip leaves it out.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LIBRARY = "libvidream" + {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
REASON = "not_built.txt"
WISHES = ("try", "require", "skip")
OLDEST = {"cmake": (3, 18), "ninja": (1, 5)}
"""The versions that will do."""


class NotBuiltError(Exception):
    """Why there is no native part, in one line."""


class NativeHook(BuildHookInterface):
    """Called by hatchling for each wheel, editable ones included."""

    def dependencies(self) -> list[str]:
        """CMake and Ninja, where the system has none; their wheels are there for whatever our kernels are for."""
        if self.target_name != "wheel" or _wish() == "skip":
            return []
        return [f"{tool} >= {major}.{minor}" for tool, (major, minor) in OLDEST.items() if _tool(tool) is None]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Put the library, or the reason why there is none, into the wheel; an editable one has it in its sources."""
        home = Path(self.root, "vidream", "native")
        self._scratch = tempfile.TemporaryDirectory()
        folder = home if version == "editable" else Path(self._scratch.name)
        library, reason = folder / LIBRARY, folder / REASON
        tag = _platform(self)
        for old in (library, reason):
            old.unlink(missing_ok=True)
        try:
            _build(Path(self.root), folder, tag)
        except NotBuiltError as problem:
            if _wish() == "require":
                raise
            self.app.display_warning(f"vidream's native part was not built, TensorFlow does its work: {problem}")
            reason.write_text(f"{problem}\n", encoding="utf-8")
            made = reason
        else:
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{tag}"
            made = library
        if version != "editable":
            build_data["force_include"][str(made)] = f"vidream/native/{made.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        self._scratch.cleanup()


def _wish() -> str:
    """What the environment asks for."""
    wish = os.environ.get("VIDREAM_NATIVE") or "try"
    if wish not in WISHES:
        raise SystemExit(f"VIDREAM_NATIVE must be one of {', '.join(WISHES)}; it is {wish}")
    return wish


def _tool(name: str) -> str | None:
    """Where a program lies that works and is new enough: on the path, or beside this Python, which may not be on it.

    One that `pip install cmake` has put into an environment does not work in a build that is kept apart from it.
    """
    for folder in [*os.environ.get("PATH", os.defpath).split(os.pathsep), sysconfig.get_path("scripts")]:
        found = shutil.which(name, path=folder)
        if found and _version(found) >= OLDEST[name]:
            return found
    return None


def _version(program: str) -> tuple[int, ...]:
    """Major and minor, as a program tells them; () where it does not work."""
    try:
        run = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ()
    numbers = re.search(r"(\d+)\.(\d+)", run.stdout)
    return tuple(map(int, numbers.groups())) if numbers else ()


def _platform(hook: BuildHookInterface) -> str:
    """The wheel's platform tag, such as linux_x86_64."""
    tag: str = hook.build_config.builder.get_best_matching_tag()
    return tag.split("-")[2]


def _build(root: Path, folder: Path, tag: str) -> None:
    """Put the library for a platform into a folder.

    Raises:
        NotBuiltError: it could not be built, or is not wanted.
    """
    if _wish() == "skip":
        raise NotBuiltError("VIDREAM_NATIVE=skip left it out; install vidream again without")
    cmake = _tool("cmake")
    if cmake is None:
        raise NotBuiltError("there is no CMake; with it at hand, install vidream again")
    with tempfile.TemporaryDirectory() as name:
        _run([cmake, "-S", str(root), "-B", name, f"-DVIDREAM_OUTPUT={folder}", *_generator(), *_target(tag)])
        _run([cmake, "--build", name, "--config", "Release", "--parallel"])
    if not (folder / LIBRARY).is_file():
        raise NotBuiltError(f"CMake made no {LIBRARY}")


def _generator() -> list[str]:
    """Ninja where nothing else is asked for; on Windows the Clang of Visual Studio, which CMake knows how to find."""
    if os.environ.get("CMAKE_GENERATOR"):
        return []
    if sys.platform == "win32":
        return [] if os.environ.get("CMAKE_GENERATOR_TOOLSET") else ["-T", "ClangCL"]
    ninja = _tool("ninja")
    return ["-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={ninja}"] if ninja else []


def _target(tag: str) -> list[str]:
    """On a Mac, for which system and processors to build: those of the platform tag, as in macosx_11_0_arm64."""
    if not tag.startswith("macosx_"):
        return []
    _, major, minor, processor = tag.split("_", 3)
    if processor == "universal2":
        raise NotBuiltError("it is built for one processor at a time, and ARCHFLAGS names two")
    return [f"-DCMAKE_OSX_DEPLOYMENT_TARGET={major}.{minor}", f"-DCMAKE_OSX_ARCHITECTURES={processor}"]


def _run(command: list[str]) -> None:
    """Carry out a command of CMake's; what it says goes to the build's log (`pip install -v`).

    Raises:
        NotBuiltError: it failed.
    """
    try:
        run = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False
        )
    except OSError as error:
        raise NotBuiltError(f"CMake does not run ({error})") from error
    sys.stderr.write(run.stdout)
    if run.returncode == 0:
        return
    raise NotBuiltError(_reason(run.stdout))


def _reason(log: str) -> str:
    """Why CMake failed, in one line, from what it said."""
    ours = re.search(r"^ *vidream: (.+?)\n *\n", log, re.MULTILINE | re.DOTALL)  # CMake breaks long lines
    if ours:
        return " ".join(ours[1].split())
    if "is not able to compile a simple test program" in log:
        return "the C++ compiler does not work; `pip install -v` shows why"
    if "CMAKE_CXX_COMPILER" in log:
        return "no C++ compiler was found; with GCC or Clang at hand, install vidream again"
    return "its compilation failed; `pip install -v` shows where"
