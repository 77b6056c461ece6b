"""A program that imports vidream is as it was: limits, logging and signals are its own."""

import json
import subprocess
import sys

import pytest

STATE = """
def state():
    import logging, signal, threading
    import cv2, PIL.Image
    loggers = [logging.getLogger(), *map(logging.getLogger, sorted(logging.root.manager.loggerDict))]
    return {
        "largest picture": PIL.Image.MAX_IMAGE_PIXELS,
        "handlers": [repr(each) for each in logging.root.handlers],
        "of vidream": [logger.name for logger in loggers if logger.name.startswith("vidream") and logger.handlers],
        "level": logging.root.level,
        "signals": [str(signal.getsignal(number)) for number in sorted(signal.valid_signals())],
        "OpenCV's threads": cv2.getNumThreads(),
        "threads": threading.active_count(),
    }
"""


def changed(action: str) -> dict[str, object]:
    """What of a process's state is another once it has done this."""
    code = f"import json\n{STATE}\nbefore = state()\n{action}\nprint(json.dumps([before, state()]))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = json.loads(run.stdout.splitlines()[-1])
    return {name: (before[name], after[name]) for name in before if before[name] != after[name]}


def test_the_import_of_all_that_is_public_changes_nothing():
    assert changed("import vidream\nfor name in vidream.__all__:\n    getattr(vidream, name)") == {}


@pytest.mark.parametrize("most", [2**20, 2**40])
def test_a_picture_that_is_read_changes_nothing(tmp_path, most):
    """Whatever bound is asked for: Pillow's own is lifted while a file is opened, and no longer."""
    import PIL.Image

    PIL.Image.new("RGB", (20, 10)).save(tmp_path / "in.png")
    path = str(tmp_path / "in.png")
    read = "from pathlib import Path\nfrom vidream.media.still import read_picture\n"
    assert changed(f"{read}read_picture(Path({path!r}), {most})") == {}
