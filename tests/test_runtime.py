"""A host program keeps its TensorFlow as it set it up; our own runs give the same bytes for the same seed."""

import json
import os
import subprocess
import sys

from vidream.dream.settings import TENSORFLOW_THREADS, RuntimeSettings, cores, runtime_settings, set_runtime

DREAM = """
import numpy as np
import vidream
picture = np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8)
def dreamed():
    return vidream.dream_image(picture, octaves=1, steps=2, layer="block2", engine="tensorflow")
"""


def fresh(script: str, **variables: str) -> dict:
    """What a new Python process puts into `answer`."""
    run = subprocess.run(
        [sys.executable, "-c", f"answer = {{}}\n{script}\nimport json; print(json.dumps(answer))"],
        env={name: value for name, value in os.environ.items() if not name.startswith("TF_")} | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout.splitlines()[-1]) | {"stderr": run.stderr}


def test_importing_every_public_name_changes_nothing():
    answer = fresh("""
import logging, os, sys
import cv2  # sets variables of its own
before = dict(os.environ), logging.getLogger().handlers[:], logging.getLogger("tensorflow").level
import vidream
for name in vidream.__all__:
    getattr(vidream, name)
after = dict(os.environ), logging.getLogger().handlers[:], logging.getLogger("tensorflow").level
answer |= {"same": before == after, "heavy": sorted({"tensorflow", "keras", "librosa"} & set(sys.modules))}
""")
    assert answer == {"same": True, "heavy": [], "stderr": ""}


def test_a_run_is_silent_sets_what_nobody_has_and_gives_determinism_back():
    answer = fresh(f"""
import os
from vidream.dream.settings import RuntimeSettings, set_runtime
set_runtime(RuntimeSettings(threads=2))
{DREAM}
first, second = dreamed(), dreamed()
from vidream.dream.runtime import tf
tf.random.uniform(())  # with determinism it would want a seed
from tensorflow.python.framework import config
answer |= {{"variables": [name for name in os.environ if name.startswith("TF_")],
           "threads": tf.config.threading.get_intra_op_parallelism_threads(),
           "bytes": first.tobytes() == second.tobytes(), "deterministic": config.is_op_determinism_enabled()}}
""")
    assert answer == {
        "variables": [],
        "threads": TENSORFLOW_THREADS,
        "bytes": True,
        "deterministic": False,
        "stderr": "",
    }


def test_a_host_keeps_its_threads_its_seed_its_determinism_and_its_keras():
    answer = fresh(f"""
import tensorflow as tf
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(2)
tf.config.experimental.enable_op_determinism()
tf.keras.mixed_precision.set_global_policy("mixed_float16")
level = tf.get_logger().level
tf.random.set_seed(7)
expected = [float(tf.random.uniform(())) for _ in range(3)]
tf.random.set_seed(7)
drawn = [float(tf.random.uniform(()))]
tf.keras.layers.Dense(3)
{DREAM}
dreamed()
from vidream.dream.keras.applications import outline_of
answer["layers"] = len(outline_of("vgg16", "VGG16"))
drawn += [float(tf.random.uniform(())) for _ in range(2)]
from tensorflow.python.framework import config
answer |= {{
    "threads": [tf.config.threading.get_intra_op_parallelism_threads(),
                tf.config.threading.get_inter_op_parallelism_threads()],
    "drawn": drawn == expected, "deterministic": config.is_op_determinism_enabled(),
    "level": tf.get_logger().level == level, "policy": tf.keras.mixed_precision.global_policy().name,
    "name": tf.keras.layers.Dense(3).name, "printing": tf.keras.utils.is_interactive_logging_enabled(),
}}
""")
    del answer["stderr"]  # its TensorFlow is as loud as it likes
    assert answer == {
        "layers": 18,
        "threads": [1, 2],
        "drawn": True,
        "deterministic": True,
        "level": True,
        "policy": "mixed_float16",
        "name": "dense_1",
        "printing": True,
    }


def test_the_threads_of_the_environment_hold():
    answer = fresh(
        f"""
from vidream.dream.settings import RuntimeSettings, set_runtime
set_runtime(RuntimeSettings(threads=2))
{DREAM}
dreamed()
from vidream.dream.runtime import tf
answer["threads"] = tf.config.threading.get_intra_op_parallelism_threads()
""",
        TF_NUM_INTRAOP_THREADS="1",
    )
    assert answer == {"threads": 0, "stderr": ""}


def test_a_host_that_uses_tensorflow_already_is_no_error():
    answer = fresh(f"""
import tensorflow as tf
tf.zeros(()).numpy()
before = tf.config.threading.get_intra_op_parallelism_threads()
from vidream.dream.settings import RuntimeSettings, set_runtime
set_runtime(RuntimeSettings(threads=before + 1))
{DREAM}
from vidream.dream.choice import tensorflow_threads
answer |= {{"shape": dreamed().shape, "same": before == tf.config.threading.get_intra_op_parallelism_threads(),
           "said": tensorflow_threads()}}
""")
    assert (answer["shape"], answer["same"]) == ([48, 64, 3], True)
    assert answer["said"] == cores()  # that is how TensorFlow chooses, and so they stand in a session


def test_determinism_is_given_back_when_the_last_has_left(monkeypatch):
    from tensorflow.python.framework import config

    from vidream.dream.runtime import deterministic

    monkeypatch.setattr("vidream.dream.settings._settings", RuntimeSettings())
    with deterministic():
        with deterministic():
            assert config.is_op_determinism_enabled()
        assert config.is_op_determinism_enabled()
    assert not config.is_op_determinism_enabled()
    set_runtime(RuntimeSettings(deterministic=False))
    assert not runtime_settings().deterministic
    with deterministic():
        assert not config.is_op_determinism_enabled()
