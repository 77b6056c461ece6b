"""Which engine computes a film that several nodes make: the same on all of them."""

from collections.abc import Mapping
from dataclasses import replace

from vidream.dream.choice import TENSORFLOW, prefers_tensorflow
from vidream.dream.families import family_of
from vidream.errors import RenderError
from vidream.events import note
from vidream.jobs.job import Job
from vidream.jobs.render_job import RenderJob


def with_common_engine(job: Job, natives: Mapping[str, str], on_gpus: bool) -> Job:
    """A job that names the engine of all its parts; a picture, which one node makes, stays as it is.

    With engine "auto" this is what an earlier run began with, else the native engine where all nodes have the same.

    Args:
        job: of a film or a picture.
        natives: the label of each node's native engine, by the node's name; "" where it has none.
        on_gpus: each part has a GPU.

    Raises:
        RenderError: the native engine is asked for, and the nodes have not all the same.
    """
    if not isinstance(job, RenderJob):
        return job
    return replace(job, engine=_common_engine(job, natives, on_gpus))


def _common_engine(job: RenderJob, natives: Mapping[str, str], on_gpus: bool) -> str:
    goal, labels = job.config.goal, set(natives.values())
    common = next(iter(labels)) if len(labels) == 1 else ""
    each = ", ".join(f"{name}: {label or 'none'}" for name, label in natives.items())
    problem = f"not all nodes have the same native part ({each})"
    begun = job.engine_begun((common,)) if goal.engine == "auto" else None
    if goal.engine == TENSORFLOW or family_of(goal.network).load_native is None or begun == TENSORFLOW:
        if "" in labels and not common and len(labels) > 1:  # it fetches between pixels, too
            note(f"parts differ a little from node to node: {problem}")
        return TENSORFLOW
    if goal.engine != "auto" and not common:
        raise RenderError(f"--engine native: {problem}; leave it out, and TensorFlow dreams")
    if goal.engine != "auto" or begun == common:
        return common
    if prefers_tensorflow(common.rpartition(" ")[2], on_gpus):
        return TENSORFLOW
    if not common:
        note(f"TensorFlow dreams: {problem}")
    return common or TENSORFLOW
