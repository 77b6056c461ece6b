"""Which engine computes a run's gradients, and how TensorFlow is to be set up where it is the one."""

import os
import sys
from dataclasses import replace
from functools import cache

from vidream.config import Goal, RunConfig
from vidream.dream.families import family_of
from vidream.dream.presence import has_tensorflow, lack
from vidream.dream.processor import has_gpu, vectors
from vidream.dream.settings import ONEDNN, onednn, set_onednn, threads_by_environment
from vidream.errors import ConfigError
from vidream.events import note
from vidream.native.library import ABI, library, missing, vector_set

NATIVE, TENSORFLOW = ENGINES = "native", "tensorflow"
"""What --engine calls the engines; how the labels of each begin."""

VARIABLE = "VIDREAM_ENGINE"
"""The environment variable that says what `--engine auto` takes, where that can run the network."""

FASTER_BY_TENSORFLOW: frozenset[str] = frozenset()
"""Vector sets with which TensorFlow is the faster of the two."""


def check_engine(goal: Goal) -> None:
    """Raise ConfigError unless an engine is here that can run the network, or the one that is asked for."""
    problem = why_not_native(goal.network)
    if goal.engine == NATIVE and problem:
        instead = "leave it out, and TensorFlow dreams" if has_tensorflow() else lack()
        raise ConfigError(f"--engine native: {problem}; {instead}")
    if goal.engine == NATIVE or has_tensorflow():
        return
    if goal.engine == TENSORFLOW:
        raise ConfigError(f"--engine tensorflow: {lack()}{'' if problem else '; or leave --engine out'}")
    if problem:
        raise ConfigError(f"--network {goal.network}: {problem}; {lack()}")


def why_not_native(network: str) -> str:
    """Why the native engine cannot run a network here; "" if it can.

    Args:
        network: its name, or the path of a file that holds it.

    Raises:
        ConfigError: there is no network of that name.
    """
    if family_of(network).load_native is None:
        return f"{network} is run by TensorFlow alone"
    if library() is None:
        return missing()
    return ""


def engine_of(goal: Goal) -> str:
    """The engine of a run, NATIVE or TENSORFLOW; "auto" is the native one where it can run the network, and faster."""
    if goal.engine != "auto":
        return goal.engine
    if why_not_native(goal.network):
        return TENSORFLOW
    return TENSORFLOW if has_tensorflow() and prefers_tensorflow(vectors(), has_gpu()) else NATIVE


def prefers_tensorflow(vectors: str, gpu: bool) -> bool:
    """Whether "auto" means TensorFlow where both engines can run a network: as VARIABLE says, else what is faster.

    Args:
        vectors: the vector set of the native engine.
        gpu: TensorFlow has one.
    """
    wish = os.environ.get(VARIABLE)
    if wish in ENGINES:
        return wish == TENSORFLOW
    return gpu or vectors in FASTER_BY_TENSORFLOW


def label_of(engine: str) -> str:
    """An engine with all that its bytes depend on: "tensorflow", or "native 1 avx2" (its edition, the vector set)."""
    if engine == TENSORFLOW:
        return TENSORFLOW
    return f"{NATIVE} {ABI} {vector_set()}"


def native_label() -> str:
    """The label of this machine's native engine; "" where there is none."""
    return "" if library() is None else label_of(NATIVE)


def with_engine(config: RunConfig, label: str) -> RunConfig:
    """A run's config, with the engine of a label."""
    return replace(config, goal=replace(config.goal, engine=label.split(maxsplit=1)[0]))


def is_here(label: str, network: str) -> bool:
    """Whether the engine of a label is on this machine, and can run a network."""
    if label == TENSORFLOW:
        return has_tensorflow()
    return not why_not_native(network) and label == native_label()


def note_fallback(goal: Goal) -> None:
    """Tell, once in a process, that TensorFlow stands in for the native engine where that is not installed."""
    if goal.engine == "auto" and family_of(goal.network).load_native and os.environ.get(VARIABLE) != TENSORFLOW:
        problem = why_not_native(goal.network)
        if problem:
            _note_once(f"TensorFlow dreams, which is slower: {problem}")


@cache
def _note_once(text: str) -> None:
    note(text)


def onednn_of(network: str) -> bool | None:
    """Whether TensorFlow uses oneDNN for a network because vidream says so; None: TensorFlow or the host has chosen.

    Once TensorFlow is imported it is as it was set then, whatever the network.
    """
    if "tensorflow" in sys.modules or ONEDNN in os.environ:
        return onednn()
    return family_of(network).onednn.get(network, {}).get(vectors())


def tensorflow_threads() -> int:
    """Among how many threads TensorFlow shares out an operation in this process, on which its bytes depend."""
    if "tensorflow" not in sys.modules:
        return threads_by_environment()
    from vidream.dream.runtime import threads_of_an_operation

    return threads_of_an_operation()


def choose_onednn(network: str) -> None:
    """Say whether TensorFlow is to use oneDNN: to be called before its import; afterwards nothing changes."""
    if "tensorflow" not in sys.modules:
        set_onednn(onednn_of(network))
