"""Whether this tree makes what another has made.

    python tests/golden write             remember what this tree plans and makes, on a machine like this one
    python tests/golden against COMMIT    build COMMIT in an environment of its own, run both here, and compare

Run it from the project's folder. The first is for a change that is meant; its commit says what has changed, and why.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from venv import EnvBuilder

import jobs
import numpy as np

TREE = Path(__file__).parents[2]
GOLDEN = Path(__file__).with_name("golden.json")


def remembered() -> dict[str, dict[str, object]]:
    """What is remembered: "plans" by job, "made" by machine and job."""
    content: dict[str, dict[str, object]] = json.loads(GOLDEN.read_text())
    return content


def write() -> None:
    """Remember what this tree does; what was made on other machines is forgotten where the plans are others."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        jobs.make_sources(folder)
        jobs.carry_out(folder, sys.executable, {**os.environ, "PYTHONPATH": str(TREE)})
        before = remembered() if GOLDEN.exists() else {"plans": {}, "made": {}}
        plans = dict(jobs.plans(folder))
        made = {job: jobs.digest(folder / out) for job, (out, _) in jobs.JOBS.items()}
        others = before["made"] if plans == before["plans"] else {}
        GOLDEN.write_text(json.dumps({"plans": plans, "made": {**others, jobs.machine(): made}}, indent=1) + "\n")


def against(commit: str) -> int:
    """How many jobs make something else."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", top / "tree", commit], cwd=TREE, check=True)
        try:
            EnvBuilder(with_pip=True).create(top / "environment")
            python = top / "environment" / "bin" / "python"
            subprocess.run([python, "-m", "pip", "install", "--quiet", f"{top / 'tree'}[cluster]"], check=True)
            plain = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
            ways: dict[str, tuple[str | Path, dict[str, str]]] = {
                "before": (python, plain),
                "after": (sys.executable, {**plain, "PYTHONPATH": str(TREE)}),
            }
            for folder, way in ways.items():
                (top / folder).mkdir()
                jobs.make_sources(top / folder)
                jobs.carry_out(top / folder, *way)
            return sum(_differs(job, top / "before" / out, top / "after" / out) for job, (out, _) in jobs.JOBS.items())
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", top / "tree"], cwd=TREE, check=True)


def _differs(job: str, before: Path, after: Path) -> bool:
    """Say how what one job has made differs."""
    one, other = jobs.decoded(before), jobs.decoded(after)
    if one.shape != other.shape:
        print(f"{job}: {one.shape} is {other.shape} now")
        return True
    apart = np.abs(one.astype(int) - other).max(axis=(1, 2, 3))
    sounds = jobs.sound_of(before) == jobs.sound_of(after)
    if not apart.any() and sounds:
        print(f"{job}: the same, {len(one)} frames")
        return False
    heard = "the same" if sounds else "another"
    print(
        f"{job}: {np.count_nonzero(apart)} of {len(one)} frames differ, by {apart.max()} levels at most; {heard} sound"
    )
    return True


if __name__ == "__main__":
    if sys.argv[1:] == ["write"]:
        write()
    elif len(sys.argv) == 3 and sys.argv[1] == "against":
        sys.exit(min(1, against(sys.argv[2])))
    else:
        sys.exit(__doc__)
