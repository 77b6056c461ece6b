"""Carry out commands, one after the other, in one process: `python runner.py < commands.json`.

A command that holds CLUSTER gets the address of a cluster of two nodes, which is here while it runs.
"""

import json
import os
import sys
from contextlib import contextmanager
from importlib.util import find_spec

CLUSTER = "{cluster}"


@contextmanager
def address():
    os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    for _ in range(2):
        cluster.add_node(num_cpus=1)
    try:
        yield cluster.address
    finally:
        cluster.shutdown()


def carry_out(command: list[str]) -> int:
    from vidream.cli import main

    if command[0] == "preview" and find_spec("vidream.jobs.crew"):
        command = [*command, "--jobs", "1"]  # TensorFlow's bytes depend on threads; older editions have no such flag
    if CLUSTER not in command:
        return main(command)
    with address() as there:
        return main([there if word == CLUSTER else word for word in command])


if __name__ == "__main__":
    sys.exit(max(map(carry_out, json.load(sys.stdin))))
