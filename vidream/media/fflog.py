"""What ffmpeg's log says of a run that has ended."""

import re
from collections.abc import Sequence

DISK_REFUSED = re.compile(r"No space left|Disk quota exceeded|File too large|Read-only file system")
CONSEQUENCE = re.compile(
    r"Error (opening (in|out)put file|initializing filters|while opening encoder|sending frames|closing file)|"
    r"Task finished|Terminating thread|Could not (open encoder|write header)|Nothing was written|Conversion failed|"
    r"Exiting with|No filtered frames|Output file is empty"
)
DECODE_ERRORS = re.compile(r"^\[in#0.* @ 0x[0-9a-f]+\] .*?(\d+) decode errors")
ADDRESS = re.compile(r"\[[^\[\]]* @ (?:0x)?[0-9a-fA-F]+\] *")  # [out#0/mp4 @ 0x55d3c0], in what ffmpeg says


def decode_errors(lines: Sequence[str]) -> int:
    """How many errors ffmpeg has counted while it decoded an input, by the lines that it logged."""
    return max((int(match[1]) for line in lines if (match := DECODE_ERRORS.search(line))), default=0)


def reason_of(log: Sequence[str]) -> str:
    """The line that says why it failed, without the parts of ffmpeg that it passed through and their addresses."""
    lines = [ADDRESS.sub("", line).strip() for line in log]
    disk = [line for line in lines if DISK_REFUSED.search(line)]
    telling = [line for line in lines if not CONSEQUENCE.match(line)]
    return next(iter(disk), (telling or lines or ["it was ended"])[-1])
