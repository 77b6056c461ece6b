"""The runner as the server sees it: started, found again, and, when it has gone, why."""

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from vidream.errors import MediaError
from vidream.studio.queue_place import QueuePlace, Status
from vidream.system.processes import detached

LONGEST_LOG = 2**20
"""Bytes of the runner's log; a longer one begins anew."""


class RunnerProcess:
    """The process that makes films for a folder, whoever has started it."""

    def __init__(self, place: QueuePlace) -> None:
        self._place = place
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start one; it ends by itself, when nothing is left to do, or another one does it.

        Raises:
            MediaError: it cannot be started.
        """
        with suppress(OSError):
            if self._place.log.stat().st_size > LONGEST_LOG:
                self._place.log.unlink()
        command = [sys.executable, "-m", "vidream.studio.runner", str(self._place.folder)]
        try:
            with self._place.log.open("ab") as log:
                self._process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._place.folder, **detached()
                )
        except OSError as error:
            raise MediaError(f"{self._place.folder}: what makes films cannot be started: {error.strerror}") from None

    def leave(self) -> None:
        """Think no more of it: it goes on without us."""
        if self._process is not None and self._process.poll() is None:
            self._process.returncode = 0  # else Python says that it was forgotten
        self._process = None

    def is_at_work(self) -> bool:
        """Whether a runner lives, ours or one of a server before."""
        if self._process is not None and self._process.poll() is None:
            return True
        return self._place.is_at_work()

    def crash(self, status: Status) -> str:
        """Why the last runner ended, where it did not say it itself; "" if it did, or is at work."""
        if self.is_at_work():
            return ""
        if status.ended == "problem":
            return status.problem
        code = None if self._process is None else self._process.returncode
        is_its_word = self._process is None or self._process.pid == status.pid or code == 0
        if status.ended and is_its_word:
            return ""
        return f"what makes films has ended before its time: {self._why(code)}; nothing that was done is lost"

    def _why(self, code: int | None) -> str:
        if code is None:
            return "the machine was switched off, or it was killed"
        if code == -getattr(signal, "SIGKILL", 9):
            return "it was killed, most likely for lack of memory; a smaller size needs less"
        if code < 0:
            return f"signal {-code}; see {self._log_name}"
        return f"{_last_line(self._place.log) or f'exit status {code}'}; see {self._log_name}"

    @property
    def _log_name(self) -> str:
        return self._place.key(self._place.log)


def _last_line(log: Path) -> str:
    with suppress(OSError):
        lines = log.read_bytes()[-4000:].decode(errors="replace").split("\n")
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")
    return ""
