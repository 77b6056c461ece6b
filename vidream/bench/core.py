"""What the gradient reaches of one core's matrix product: the figure that says how good the kernels are.

It depends neither on the number of cores nor, much, on other work: both are timed by turns, by CPU time, on one thread
each, in a process of its own, since threads are fixed when libraries are loaded.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from vidream.bench.gradients import LAYER, NETWORK, cost_up_to
from vidream.bench.pictures import textured
from vidream.bench.timing import ROUNDS, costs
from vidream.config import configure
from vidream.dream.families.in_the_box import EMBEDDED
from vidream.dream.load import load_network
from vidream.dream.objective import l2_of
from vidream.dream.settings import INTRAOP, RuntimeSettings, set_runtime
from vidream.dream.tiles import TiledGradient
from vidream.frames import Size

SIZE = Size(480, 320)
"""Of the picture whose gradient is timed."""

SIDE = 1024
"""Of the matrices whose product is timed."""

PROGRAM = "import sys; from vidream.bench.core import share; sys.stdout.write(str(share(sys.argv[1])))"
"""What the process of its own runs."""

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", INTRAOP)
"""Variables that bound the threads of numpy's products, and of TensorFlow's."""


def core_share(engine: str) -> float:
    """GFLOP/s of the gradient of 480x320, as a share of those of a float32 matrix product, both on one core; 0..1.

    Args:
        engine: NATIVE or TENSORFLOW.
    """
    command = [sys.executable, "-P", "-c", PROGRAM, engine]
    environment = {**os.environ, **dict.fromkeys(ONE_THREAD, "1")}
    answer = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return float(answer.stdout)


def share(engine: str) -> float:
    """The same, measured in this process, whose libraries have one thread each."""
    set_runtime(RuntimeSettings(threads=1))
    network = load_network(replace(configure("image").goal, network=NETWORK, engine=engine))
    gradient, image = TiledGradient(network, l2_of(LAYER), max(SIZE)), textured(SIZE).astype(np.float32)
    matrix = np.random.default_rng(0).normal(size=(SIDE, SIDE)).astype(np.float32)
    result = np.empty_like(matrix)
    gradient_flops = 4 * cost_up_to(EMBEDDED[NETWORK].architecture, LAYER) * SIZE.width * SIZE.height
    ways: tuple[Callable[[], object], ...] = (
        lambda: gradient(image),
        lambda: np.matmul(matrix, matrix, out=result),
    )
    for way in ways:
        way()  # whatever is compiled, or laid out, at first
    rounds = [[costs(way)[1] for way in ways] for _ in range(3 * ROUNDS)]
    gradient_seconds, product_seconds = (min(seconds) for seconds in zip(*rounds, strict=True))
    reached: float = gradient_flops / gradient_seconds / (2 * SIDE**3 / product_seconds)
    return reached
