"""What is known of this machine before anything heavy is imported: its vector instructions, whether it has a GPU."""

import ctypes.util
import importlib.util
import os
import platform
import re
from functools import cache
from pathlib import Path

from vidream.native.library import library, vector_set

GPU_DEVICES = ("/dev/nvidiactl", "/dev/dxg")
"""Files that are there where a system has an Nvidia GPU: Linux, and Linux within Windows."""


@cache
def vectors() -> str:
    """The widest vector instructions of this processor, as the native part calls them: "avx512", "avx2", "neon", ...

    Of an x86 processor without the native part, this is known on Linux alone; elsewhere it is "".
    """
    return instructions() if library() is None else vector_set()


@cache
def instructions() -> str:
    """The same, whichever of them the native part is told to use; "" where it is not known."""
    if platform.machine().lower() in ("arm64", "aarch64"):
        return "neon"
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    flags = set((re.search(r"^flags\s*:(.*)", text, re.MULTILINE) or ("", ""))[1].split())
    if {"avx512f", "avx512bw", "avx512dq", "avx512vl"} <= flags:
        return "avx512"
    return "avx2" if {"avx2", "fma"} <= flags else ""


@cache
def processor_name() -> str:
    """What the processor calls itself: "AMD EPYC 7763 64-Core Processor"; its architecture where it has no name."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor() or platform.machine()
    name = re.search(r"^model name\s*: (.*)", text, re.MULTILINE)
    return name[1].strip() if name else platform.processor() or platform.machine()


def processor_kind() -> str:
    """What TensorFlow's bytes depend on of a machine: "avx512", "avx512 and a GPU"; its architecture if that is all."""
    kind = instructions() or platform.machine().lower()
    return f"{kind} and a GPU" if has_gpu() else kind


def has_gpu() -> bool:
    """Whether TensorFlow would find a GPU here, as far as that can be known without its import.

    There must be the driver's device, a CUDA library, and no variable that hides the GPU.
    """
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0") in ("", "-1"):
        return False
    if not any(os.path.exists(device) for device in GPU_DEVICES):
        return False
    try:
        packaged = importlib.util.find_spec("nvidia.cudnn") is not None  # of pip install 'vidream[cuda]'
    except ImportError:
        packaged = False
    return packaged or ctypes.util.find_library("cudnn") is not None
