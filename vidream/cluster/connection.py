"""Ray, connected to a cluster: in a bounded time, and with an end even where its head is gone."""

import atexit
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from vidream.cluster.farm import FarmGone, Node
from vidream.cluster.probe import BEGIN, PORT, place_of, probe
from vidream.cluster.quiet import current_log, quiet, quiet_python
from vidream.errors import ConfigError, first_line
from vidream.events import checkpoint

JOINING = 12.0
"""Seconds for Ray to connect, where a head has answered."""
LEAVING = 6.0
"""Seconds for Ray to disconnect; where its head is gone it needs 5 of them, or for ever."""
SILENCE = 15.0
"""Seconds without an answer of the head's, after which it is gone."""
LOOK = 0.5
"""Seconds between two looks at the nodes, where that costs little."""
SHARE = 0.04
"""Of one core: what looking at the nodes may cost."""
RECONNECTING = "RAY_gcs_rpc_server_reconnect_timeout_s"
"""Ray ends a process after so many seconds without a head, 60; ours ends in its own words. Read when it is imported."""

Result = TypeVar("Result")

_stuck: list[threading.Thread] = []  # calls of Ray that are not waited for, once they are over; or will never be
_lock = threading.Lock()
_users = 0  # of the connection that we have made
_ends: list[ExitStack] = []  # what ends it


class HeadGone(FarmGone):
    """The cluster's head has not answered for a while: it was killed, is frozen, or cannot be reached."""

    def __init__(self) -> None:
        """In words; what is safe is said by whoever knows it."""
        super().__init__("the cluster's head is gone; start it again, or name another by --cluster")


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
            for thread in list(_stuck):  # of an earlier connection, whose end was not waited for
                thread.join(LEAVING)
            if is_stuck():
                raise ConfigError("--cluster: an earlier connection of this process has not ended; begin a new process")
            place = _resolved(address)
            undo.enter_context(quiet_python(ray))
            _join(ray, address, place)
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


def is_stuck() -> bool:
    """Whether a call of Ray's has been given up that may never return: the process cannot end in the ordinary way."""
    return any(thread.is_alive() for thread in _stuck)


def end_process(status: int) -> None:
    """End this process, if Ray would not let it end in the ordinary way."""
    if is_stuck():
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, OSError, ValueError):
                stream.flush()
        atexit._run_exitfuncs()
        os._exit(status)


def _imported() -> Any:
    if "ray" in sys.modules:
        return sys.modules["ray"]
    hook = sys.excepthook
    with _environment(RECONNECTING, "86400"):
        try:
            import ray
        except ImportError:
            raise ConfigError("--cluster: Ray is not installed; pip install 'vidream[cluster]'") from None
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


def _resolved(address: str) -> str:
    """The HOST:PORT that Ray connects to, where a head has answered.

    Raises:
        ConfigError: nobody answers there, or somebody else.
    """
    name, given = address, address
    if address == "auto":
        given = os.environ.get("RAY_ADDRESS") or "auto"
        if given != "auto":
            name = f"auto (RAY_ADDRESS is {given})"
    if given != "auto":
        place_of(given)
    try:
        found = _canonical(given)
    except ConnectionError:
        raise ConfigError(f"--cluster {name}: no Ray cluster runs on this machine; {BEGIN}") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"--cluster {name}: no Ray cluster answers ({first_line(error)}); {BEGIN}") from None
    if found == "auto":
        return found
    if given == "auto":
        name = f"auto ({found})"
    probe(place_of(found), name)
    return found


def _canonical(address: str) -> str:
    """What Ray makes of an address: of "auto" the head that this machine belongs to, of localhost its own number."""
    from ray._private import services

    make = getattr(services, "canonicalize_bootstrap_address", None)
    return address if make is None else str(make(address) or address)


def _join(ray: Any, address: str, place: str) -> None:
    given_up = threading.Event()

    def join() -> None:
        ray.init(address=place, log_to_driver=False, configure_logging=current_log() is None, logging_level="ERROR")
        if given_up.is_set():
            ray.shutdown()

    try:
        within(JOINING, join)
    except TimeoutError:
        given_up.set()
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


def within(seconds: float, call: Callable[[], Result], *, heeding: bool = True) -> Result:
    """What a call of Ray's returns or raises; it is made in a thread of its own, and signals are ours meanwhile.

    Args:
        seconds: how long it may take.
        call: of Ray's.
        heeding: whether a run that is cancelled does not wait for it.

    Raises:
        TimeoutError: it has not returned within so many seconds; it is left alone.
        Cancelled: the run was cancelled, or somebody pressed Ctrl-C (KeyboardInterrupt); it is left alone.
    """
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 (raised where it is waited for)
            errors.append(error)

    _stuck[:] = [each for each in _stuck if each.is_alive()]
    thread = threading.Thread(target=run, name="vidream-ray", daemon=True)
    end = time.monotonic() + seconds
    handlers = _handlers()
    _stuck.append(thread)
    thread.start()
    while thread.is_alive() and time.monotonic() < end:
        thread.join(0.05)
        _put_back(handlers)  # Ray's C++ puts its own in their place
        if heeding:
            checkpoint()
    if thread.is_alive():
        raise TimeoutError
    _stuck.remove(thread)
    if errors:
        raise errors[0]
    return results[0]


def _handlers() -> dict[int, Any]:
    """What happens at the signals that would end us, by their numbers; nothing, where that is not ours to change."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    return {number: handler for number in numbers if (handler := signal.getsignal(number)) is not None}


def _put_back(handlers: Mapping[int, Any]) -> None:
    for number, handler in handlers.items():
        if signal.getsignal(number) is not signal.SIG_IGN:  # of a signal that came meanwhile
            signal.signal(number, handler)


def nodes_of(ray: Any) -> list[Node]:
    """The machines of the cluster that are alive. It waits for the head."""
    nodes = []
    for entry in ray.nodes():
        if entry["Alive"]:
            name = f"{entry['NodeManagerHostname']} {entry['NodeManagerAddress']}:{entry['NodeManagerPort']}"
            cores, gpus, memory = (entry["Resources"].get(kind, 0.0) for kind in ("CPU", "GPU", "memory"))
            nodes.append(Node(entry["NodeID"], name, cores, gpus, memory))
    return nodes


class Head:
    """The head, watched by a thread: which nodes are alive, and whether it answers at all."""

    def __init__(self, ray: Any, *, silence: float = SILENCE) -> None:
        """ray: connected. silence: seconds after which it is gone."""
        self._ray, self._silence = ray, silence
        self._nodes: dict[str, Node] = {}
        self._quiet = 0.0  # seconds of our own life since its last answer
        self._answered, self._over = threading.Event(), threading.Event()
        self._threads = [
            threading.Thread(target=task, name="vidream-head", daemon=True) for task in (self._ask, self._count)
        ]

    def __enter__(self) -> Self:
        """Begin to look, and wait for the first answer. Raises HeadGone."""
        for thread in self._threads:
            thread.start()
        try:
            while not self._answered.wait(0.1):
                checkpoint()
                self.nodes()
        except BaseException:
            self._over.set()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Look no more."""
        self._over.set()
        if not self.is_gone:
            self._threads[0].join(1.0)  # Ray's state is taken down after us

    def nodes(self) -> Mapping[str, Node]:
        """The nodes that are alive, by id, as they were when the head answered last. It does not wait.

        Raises:
            HeadGone: that is too long ago.
        """
        if self.is_gone:
            raise HeadGone
        return self._nodes

    @property
    def is_gone(self) -> bool:
        """Whether it has not answered for too long."""
        return self._quiet >= self._silence

    def _ask(self) -> None:
        pause = 0.0
        while not self._over.wait(pause):
            start = time.thread_time()
            try:
                nodes = {node.id: node for node in nodes_of(self._ray)}
            except Exception:  # noqa: BLE001 (no answer, whatever Ray calls it)
                pause = LOOK
                continue
            if self._over.is_set():
                return
            self._nodes, self._quiet = nodes, 0.0
            self._answered.set()
            pause = max(LOOK, (time.thread_time() - start) / SHARE)

    def _count(self) -> None:
        """Count time in which we live: after a Ctrl-Z the head gets its time to answer."""
        last = time.monotonic()
        while not self._over.wait(LOOK / 2):
            now = time.monotonic()
            self._quiet += min(now - last, LOOK)
            last = now
