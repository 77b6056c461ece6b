"""A studio as a person starts it, and its page in a browser."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 20
"""Seconds to end in."""


@dataclass
class RunningStudio:
    """A studio of a folder, in a process of its own."""

    folder: Path
    process: subprocess.Popen
    address: str
    """Where its page begins: what was printed."""

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(PATIENCE)
        finally:
            with suppress(ProcessLookupError):
                self.process.kill()
            if self.process.stdout is not None:
                self.process.stdout.close()


def start_studio(folder: Path, **environment: str) -> RunningStudio:
    """Start `vidream studio FOLDER`; who starts it ends it."""
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "vidream", "studio", str(folder), "--no-open"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
    )
    address = process.stdout.readline().strip()
    assert re.match(r"http://127\.0\.0\.1:\d+/", address), address
    return RunningStudio(folder, process, address)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Callable[..., RunningStudio]]:
    """Start `vidream studio FOLDER`; without a folder in an empty one. What is still running at the end is ended."""
    running: list[RunningStudio] = []

    def start(folder: Path | None = None, **environment: str) -> RunningStudio:
        running.append(start_studio(folder or tmp_path / "studio", **environment))
        return running[-1]

    yield start
    for each in running:
        each.stop()


@pytest.fixture(scope="module")  # while it is open, an event loop runs: no other file's tests could run one
def browser():
    """Chromium, as the system has it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright: the studio's page is not tested")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium (apt install chromium): the studio's page is not tested")
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        arguments.append("--host-resolver-rules=MAP *.test 127.0.0.1")  # for pages of strangers
        browser = driver.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def page(browser) -> Iterator:
    """A page of 1280x720. What goes wrong in its scripts fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: "Content Security Policy" in message.text and wrong.append(message.text))
    yield page
    context.close()
    assert not wrong


def until(page, script: str, seconds: float = 20) -> None:
    """Wait until an expression holds in a page, whose policy lets Playwright's own way of waiting run no words."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(script):
        assert time.monotonic() < deadline, script
        page.wait_for_timeout(50)


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[ThreadingHTTPServer]:
    """Another server of this machine, at a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
