"""A loopback camera: a device of Linux, made by v4l2loopback, that other programs see as a camera."""

import os
import re
import stat
import struct
from pathlib import Path

from vidream.errors import ConfigError
from vidream.live.stream import StreamTarget
from vidream.media.pixels import YUV420

DEVICE = re.compile(r"/dev/video\d+")
QUERY = 0x80685600  # VIDIOC_QUERYCAP of linux/videodev2.h: _IOR('V', 0, struct v4l2_capability)
CAPABILITY = struct.Struct("16s32s32s3I12x")
TAKES, OF_DEVICE = 0x2, 0x80000000  # V4L2_CAP_VIDEO_OUTPUT; V4L2_CAP_DEVICE_CAPS: the flags of this node follow
LOOPBACK = b"v4l2 loopback"
MAKE = "sudo modprobe v4l2loopback exclusive_caps=1 video_nr={number}"
HINT = "; close what shows it, since the first that opens a loopback camera fixes its size"


def check_loopback(device: str) -> None:
    """Raise ConfigError unless a device takes frames, such as /dev/video10."""
    path = Path(device)
    if not DEVICE.fullmatch(device):
        raise ConfigError(f"--to: {device}: a loopback camera is /dev/video and a number")
    make = MAKE.format(number=device.removeprefix("/dev/video"))
    try:
        if not stat.S_ISCHR(path.stat().st_mode):
            raise ConfigError(f"--to: {device}: not a device; make one: {make}")
        takes = _takes_frames(path)
    except FileNotFoundError:
        raise ConfigError(f"--to: {device}: no such device; make one: {make}") from None
    except OSError as error:
        raise ConfigError(f"--to: {device}: cannot be opened: {error.strerror}") from None
    if not takes:
        raise ConfigError(f"--to: {device}: gives frames, and takes none, as a camera does; make a loopback: {make}")


def loopback_target(device: str) -> StreamTarget:
    """How frames go to a loopback camera: as they are, in 4:2:0."""
    arguments = ("-c:v", "rawvideo", *YUV420.arguments(), "-f", "v4l2", device)
    return StreamTarget(device, arguments, hint=HINT)


def _takes_frames(path: Path) -> bool:
    """Whether a device takes frames, as its driver says it.

    A loopback that is shown somewhere may say that it gives frames alone, and takes them all the same.
    """
    import fcntl  # there is none on Windows, nor /dev

    number = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    try:
        driver, _, _, _, whole, node = CAPABILITY.unpack(fcntl.ioctl(number, QUERY, bytes(CAPABILITY.size)))
    finally:
        os.close(number)
    flags = node if whole & OF_DEVICE else whole
    return driver.rstrip(b"\0") == LOOPBACK or bool(flags & TAKES)
