"""Ray, connected to a cluster: in a bounded time, and with an end even where its head is gone."""

import atexit
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from vidream.cluster.calls import is_settled, is_stuck, within
from vidream.cluster.probe import BEGIN, PORT, place_of, probe
from vidream.cluster.quiet import current_log, quiet, quiet_python
from vidream.errors import ConfigError, first_line
from vidream.text import install

JOINING = 20.0
"""Seconds for Ray to connect, where a head has answered."""
LEAVING = 6.0
"""Seconds for Ray to disconnect; where its head is gone it needs 5 of them, or for ever."""
RECONNECTING = "RAY_gcs_rpc_server_reconnect_timeout_s"
"""Ray ends a process after so many seconds without a head, 60; ours ends in its own words. Read when it is imported."""
TOKEN = "`ray get-auth-token` on the head's machine shows its own; RAY_AUTH_TOKEN=... gives it here"

_lock = threading.Lock()
_users = 0  # of the connection that we have made
_ends: list[ExitStack] = []  # what ends it


@contextmanager
def connected(address: str, *, log: Path | None = None) -> Iterator[Any]:
    """Ray, connected to a cluster.

    Args:
        address: of its head, HOST:PORT; or "auto", the one that this machine belongs to.
        log: where what Ray itself says goes, this process's standard output and error; None: it is not held back.

    Raises:
        ConfigError: Ray is not installed, no cluster answers within some 20 s, or it runs another Ray or Python.
    """
    with quiet(log):
        ray = _imported()
        with _one_of_several(ray, address):
            yield ray


@contextmanager
def _one_of_several(ray: Any, address: str) -> Iterator[None]:
    """Ray has one connection a process: the first caller makes it, the last one ends it, if it was ours."""
    global _users  # noqa: PLW0603 (as Ray's own state is)
    with _lock, ExitStack() as undo:
        if ray.is_initialized():
            _check_same(ray, address)
        else:
            if not is_settled(LEAVING):
                raise ConfigError("--cluster: an earlier connection of this process has not ended; begin a new process")
            place, locked = _resolved(address)
            undo.enter_context(quiet_python(ray))
            with _environment(RECONNECTING, "86400"):
                if locked:
                    _show_token(address)
                _join(ray, address, place, locked)
            _ends.append(undo.pop_all())
        _users += bool(_ends)
    try:
        yield
    finally:
        with _lock:
            _users -= bool(_ends)
            if _ends and not _users:
                with _ends.pop():
                    _leave(ray)


def _imported() -> Any:
    if "ray" in sys.modules:
        return sys.modules["ray"]
    hook = sys.excepthook
    with _environment(RECONNECTING, "86400"):
        try:
            import ray
        except ImportError:
            raise ConfigError(f"--cluster: Ray is not installed; {install('cluster')}") from None
    sys.excepthook = hook  # Ray's own asks the head, which may be gone
    atexit.unregister(ray.shutdown)
    atexit.register(_leave_at_exit)
    return ray


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """A variable of the environment, within the block, unless the user has set it."""
    if name in os.environ:
        yield
        return
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]


def _leave_at_exit() -> None:
    """What Ray does when a process ends; where it hangs, nothing."""
    ray = sys.modules.get("ray")
    if ray is not None and not is_stuck() and ray.is_initialized():
        _leave(ray)


def _check_same(ray: Any, address: str) -> None:
    current = ray.get_runtime_context().gcs_address
    if address not in ("auto", current, _canonical(address)):
        raise ConfigError(f"--cluster {address}: this process is connected to the cluster {current} already")


def _resolved(address: str) -> tuple[str, bool]:
    """The HOST:PORT that Ray connects to, where a head has answered, and whether that wants a token.

    Raises:
        ConfigError: nobody answers there, or somebody else.
    """
    name, given = address, address
    if address == "auto":
        given = os.environ.get("RAY_ADDRESS") or "auto"
        if given != "auto":
            name = f"auto (RAY_ADDRESS is {given})"
    if given != "auto":
        place_of(given, name)
    try:
        found = _canonical(given)
    except ConnectionError:
        raise ConfigError(f"--cluster {name}: no Ray cluster runs on this machine; {BEGIN}") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"--cluster {name}: no Ray cluster answers ({first_line(error)}); {BEGIN}") from None
    if found == "auto":
        return found, False
    if given == "auto":
        name = f"auto ({found})"
    return found, probe(place_of(found, name), name)


def _canonical(address: str) -> str:
    """What Ray makes of an address: of "auto" the head that this machine belongs to, of localhost its own number."""
    from ray._private import services

    make = getattr(services, "canonicalize_bootstrap_address", None)
    return address if make is None else str(make(address) or address)


def _show_token(address: str) -> None:
    """Have Ray show the token that the head wants: by itself it does so for "auto" alone.

    Raises:
        ConfigError: there is none.
    """
    from ray._private.authentication import authentication_token_setup as tokens

    if not tokens.maybe_enable_token_auth_if_token_available(warn_if_disabled=False):
        raise ConfigError(f"--cluster {address}: the head wants a token, and there is none here; {TOKEN}")


def _join(ray: Any, address: str, place: str, locked: bool) -> None:
    given_up = threading.Event()

    def join() -> None:
        ray.init(address=place, log_to_driver=False, logging_level="ERROR" if current_log() is None else "INFO")
        if given_up.is_set():
            ray.shutdown()

    try:
        within(JOINING, join)
    except TimeoutError:
        given_up.set()
        if locked:
            raise ConfigError(f"--cluster {address}: the head does not take the token that is here; {TOKEN}") from None
        raise ConfigError(
            f"--cluster {address}: answers, but Ray cannot connect within {JOINING:g} s; its node on this machine "
            "may be gone, or a firewall may be between; `ray status` looks"
        ) from None
    except (OSError, ValueError, RuntimeError, OverflowError) as error:
        raise ConfigError(f"--cluster {address}: {_reason(error)}") from None
    except BaseException:
        given_up.set()
        raise


def _reason(error: Exception) -> str:
    """Why Ray does not connect, and what to do."""
    versions = re.findall(r"^\s*(Ray|Python): (\S+)", str(error), re.MULTILINE)
    if len(versions) == 4 and "mismatch" in str(error):
        there, here = (" and ".join(" ".join(version) for version in side) for side in (versions[:2], versions[2:]))
        return f"runs {there}, this is {here}; install the same on all machines"
    return f"Ray cannot connect ({first_line(error)}); {PORT}"


def _leave(ray: Any) -> None:
    """Disconnect; what takes too long goes on in its thread, and is not waited for."""
    with suppress(TimeoutError):
        within(LEAVING, ray.shutdown, heeding=False)
