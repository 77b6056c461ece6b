"""Every network but the embedded one: built here with random weights, saved, read back, compared."""

import hashlib
import io
import json
import math
import threading
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from synthetic import textured

from vidream.config import configure
from vidream.dream import googlenet as fetching
from vidream.dream.anatomy import LayerInfo, Op, in_order, layer_infos
from vidream.dream.catalogue import check_goal, chosen_layers
from vidream.dream.families import family_of, network_names
from vidream.dream.frozen import Frozen
from vidream.dream.googlenet import googlenet
from vidream.dream.keras import keras
from vidream.dream.keras.applications import application
from vidream.dream.keras.files import _refuse_what_runs, model_file
from vidream.dream.keras.folding import fold
from vidream.dream.keras.network import KerasNetwork
from vidream.dream.keras_names import KERAS_NAMES, kebab
from vidream.dream.load import load_network
from vidream.dream.runtime import tf
from vidream.errors import ConfigError, MediaError, RenderError
from vidream.jobs.still import dream_image
from vidream.system.locks import in_turn

# ---------------------------------------------------------------- facts


def test_strides_fields_and_costs_add_up_along_the_network():
    ops = [
        Op("a", (), 8, kernel=3, stride=2, cost=4),
        Op("b", ("a",), 8, kernel=3, cost=8),
        Op("c", ("a",), 8, kernel=5, stride=2, cost=16),
        Op("d", ("b",), 8, kernel=1, stride=2),
        Op("e", ("c", "d"), 16, cost=16),
        Op("all", ("e",), 10, kernel=math.inf),
    ]
    found = layer_infos(reversed(ops))  # in any order
    assert found["a"] == LayerInfo(8, 2, 3, found["a"].share)
    assert found["a"].share == pytest.approx(1 / (1 + 2 + 1 + 1))
    assert (found["b"].field, found["c"].field, found["e"].field) == (7, 11, 11)
    assert (found["e"].stride, found["e"].share, found["all"].field) == (4, 1, math.inf)
    assert found["c"].share == pytest.approx(2 / 5)


def test_an_order_puts_each_after_what_it_reads():
    assert in_order({"c": ["b", "a"], "b": ["a"], "a": [], "d": []}) == ["a", "b", "c", "d"]


def test_a_receptive_field_is_what_the_gradient_reaches(tiny_network):
    """A px of the middle depends on so many px of the picture, and on no others."""
    image = tf.constant(textured(96, 96)[None].astype(np.float32))
    for name in ("stem", "block1", "block2"):
        with tf.GradientTape() as tape:
            tape.watch(image)
            answer = tiny_network.activations(image, [name])[name]
            middle = tf.reduce_sum(answer[:, answer.shape[1] // 2, answer.shape[2] // 2])
        reached = np.abs(tape.gradient(middle, image)[0].numpy()).sum(-1) > 0
        assert np.flatnonzero(reached.any(0)).size <= tiny_network.layers[name].field
        assert np.ptp(np.flatnonzero(reached.any(0))) + 1 >= tiny_network.layers[name].field - 2


# ---------------------------------------------------------------- keras.applications


def test_every_architecture_of_keras_is_known():
    there = set()
    for module in dir(keras.applications):
        home = getattr(keras.applications, module)
        if hasattr(home, "preprocess_input"):
            there |= {each for each in (*dir(home), *dir(keras.applications)) if each[0].isupper()}
    nasnet = {"NASNetMobile", "NASNetLarge"}  # built for any size, it runs at none
    assert {architecture for _, architecture in KERAS_NAMES.values()} == there - nasnet
    assert kebab("InceptionResNetV2") == "inception-resnet-v2"
    assert {"inception-v3", "vgg16", "resnet50-v2", "mobilenet-v3-small", "convnext-tiny"} <= set(network_names())


@pytest.mark.parametrize(
    ("name", "file", "other"),
    [
        ("inception-v3", "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5", "inception-resnet-v2"),
        ("resnet50", "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5", "resnet50-v2"),
        ("mobilenet-v2", "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5", "mobilenet"),
        ("mobilenet", "mobilenet_1_0_224_tf_no_top.h5", "mobilenet-v2"),
        ("mobilenet-v3-small", "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5", "mobilenet-v3-large"),
        ("efficientnet-v2-b0", "efficientnetv2-b0_notop.h5", "efficientnet-b0"),
        ("convnext-tiny", "convnext_tiny_notop.h5", "convnext-small"),
    ],
)
def test_what_keras_has_fetched_is_here(tmp_path, monkeypatch, name, file, other):
    """By the names of files that Keras' own modules hold."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    family = family_of(name)
    assert not family.is_here(name)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / file).touch()
    assert family.is_here(name)
    assert not family.is_here(other)


def randomised(model):
    """A batch norm that is drawn at random, so that folding it wrongly shows."""
    rng = np.random.default_rng(5)
    for layer in model.layers:
        if type(layer).__name__ == "BatchNormalization":
            size = layer.moving_mean.shape
            layer.moving_mean.assign(rng.normal(0, 0.1, size))
            layer.moving_variance.assign(rng.uniform(0.5, 1.5, size))
            if layer.center:
                layer.beta.assign(rng.normal(0.2, 0.1, size))
            if layer.scale:
                layer.gamma.assign(rng.uniform(0.7, 1.3, size))
    return model


def built(name, **options):
    module, architecture = KERAS_NAMES[name]
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    home = getattr(keras.applications, module)
    build = getattr(home, architecture, None) or getattr(keras.applications, architecture)
    shape = {} if options.get("include_top") else {"input_shape": (None, None, 3)}
    return randomised(build(**{"include_top": False, "weights": None} | shape | options)), home.preprocess_input


def agree(mine: KerasNetwork, model, prepare, size=(96, 128)):
    """Activations in the middle and at the top, and the gradient of both, to 1e-4."""
    names = list(mine.layers)
    tapped = [names[len(names) // 2], names[-1]]
    image = tf.constant(textured(size[0], size[1], 3)[None], model.inputs[0].dtype)
    original = keras.Model(model.inputs[0], [model.get_layer(name).output for name in tapped])

    def seen(answers):
        with tf.GradientTape() as tape:
            tape.watch(image)
            found = answers()
            value = tf.add_n(
                [tf.reduce_mean(tf.square(each)) / tf.stop_gradient(tf.reduce_mean(tf.square(each))) for each in found]
            )
        return [*found, tape.gradient(value, image)]

    theirs = seen(lambda: original(prepare(tf.identity(image)), training=False))
    ours = seen(lambda: list(mine.activations(image, tapped).values()))
    for one, other in zip(ours, theirs, strict=True):
        assert float(tf.norm(other)) > 0
        assert float(tf.norm(one - other) / tf.norm(other)) < 1e-4


@pytest.fixture
def doubles():
    """In float32, what lies at a ReLU's corner falls to either side by rounding, and a gradient is not comparable."""
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx("float32")


QUICK = ["inception-v3", "mobilenet-v2"]
FAMILIES = [
    *("vgg16", "vgg19", "resnet50", "resnet50-v2", "mobilenet", "mobilenet-v3-small", "densenet121", "xception"),
    *("inception-resnet-v2", "convnext-tiny", "efficientnet-b0", "efficientnet-v2-b0"),
]


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(each, marks=pytest.mark.slow) for each in FAMILIES)])
def test_weights_on_disk_make_the_network_that_was_saved(tmp_path, doubles, name):
    model, prepare = built(name)
    model.save_weights(tmp_path / "random.weights.h5")
    mine = application(*KERAS_NAMES[name], tmp_path / "random.weights.h5")
    assert next(iter(mine.layers)) == next(layer.name for layer in model.layers[1:] if len(layer.output.shape) == 4)
    agree(mine, model, prepare)


@pytest.mark.parametrize("file", ["all.weights.h5", "all.h5"])
def test_weights_may_come_with_the_classifiers_head(tmp_path, doubles, file):
    model, prepare = built("mobilenet-v2", include_top=True)
    if file == "all.h5":
        model.save(tmp_path / file)
    else:
        model.save_weights(tmp_path / file)
    agree(application(*KERAS_NAMES["mobilenet-v2"], tmp_path / file), model, prepare, (224, 224))


def test_weights_of_another_network_are_refused(tmp_path):
    built("mobilenet-v2")[0].save_weights(tmp_path / "random.weights.h5")
    with pytest.raises(MediaError, match=r"random.weights.h5: not the weights of xception"):
        application(*KERAS_NAMES["xception"], tmp_path / "random.weights.h5")
    built("resnet50")[0].save_weights(tmp_path / "some.weights.h5")
    with pytest.raises(MediaError, match=r"some.weights.h5: not the weights of"):
        application(*KERAS_NAMES["resnet101"], tmp_path / "some.weights.h5")
    (tmp_path / "no.h5").write_bytes(b"nothing")
    with pytest.raises(MediaError, match=r"no.h5: not the weights of"):
        application(*KERAS_NAMES["mobilenet-v2"], tmp_path / "no.h5")


def test_two_processes_do_not_fetch_weights_at_once(tmp_path):
    """The lock is of the file that was opened: in one process two openings stand for two processes."""
    turn, order = tmp_path / "turn", []
    turn.touch()

    def second() -> None:
        with in_turn(turn):
            order.append("second")

    thread = threading.Thread(target=second)
    with in_turn(turn):
        thread.start()
        thread.join(0.3)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
    with in_turn(tmp_path / "none"):
        order.append("third")
    assert order[-1] == "third"


def test_what_cannot_be_fetched_is_one_line(monkeypatch):
    def offline(**options):
        raise Exception("URL fetch failure on https://...: None -- [Errno -2] Name or service not known")

    monkeypatch.setattr(keras.applications.vgg16, "VGG16", offline)
    with pytest.raises(
        MediaError, match=r"cannot be fetched \(URL fetch failure.*--weights FILE; efficientnet-lite0 works"
    ):
        application("vgg16", "VGG16", None)


def test_a_batch_norm_is_folded_but_what_it_hides_can_still_be_asked_for(tmp_path):
    model, prepare = built("mobilenet-v2")
    mine = KerasNetwork(model, prepare)
    assert sum(type(layer).__name__ == "BatchNormalization" for layer in mine._folded.layers) == 0
    image = textured(64, 64)[None].astype(np.float32)
    tapped = keras.Model(model.inputs[0], model.get_layer("block_3_expand").output)
    answer = mine.activations(tf.constant(image), ["block_3_expand"])["block_3_expand"]
    np.testing.assert_allclose(answer.numpy(), tapped(prepare(image.copy())).numpy(), atol=1e-4)


# ---------------------------------------------------------------- .keras files


def small(name="my_net"):
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    picture = keras.Input((40, 40, 3))
    x = keras.layers.Rescaling(1 / 255)(picture)
    x = keras.layers.Conv2D(8, 3, strides=2, padding="same", name="first")(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Activation("relu")(x)
    x = keras.layers.Conv2D(12, 3, padding="same", activation="relu", name="second")(x)
    return randomised(keras.Model(picture, x, name=name))


def test_a_keras_file_of_one_size_dreams_at_any(tmp_path):
    model = small()
    model.save(tmp_path / "net.keras")
    mine = model_file(tmp_path / "net.keras")
    image = textured(40, 40)[None].astype(np.float32)
    np.testing.assert_allclose(mine.activations(tf.constant(image), ["second"])["second"], model(image), atol=1e-4)
    assert mine.activations(tf.zeros((1, 80, 120, 3)), ["second"])["second"].shape == (1, 40, 60, 12)
    assert mine.layers["second"].stride == 2
    assert mine.layers["second"].field == 7


REFUSED = ["TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper", "StringLookup", "TextVectorization", "Lambda"]


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("module", ["keras.layers", "keras.src.layers.core.thing", None])
def test_layers_that_load_or_run_what_they_are_given_are_refused_by_name(tmp_path, name, module):
    config = {"config": {"layers": [{"class_name": name, "module": module, "config": {"filepath": "/x"}}]}}
    with pytest.raises(MediaError, match=f"{name}, which is not loaded"):
        _refuse_what_runs(config, tmp_path)


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda c: c["config"]["layers"][1].update(class_name="Lambda"), "Lambda, which is not loaded"),
        (
            lambda c: c["config"]["layers"][1].update(module="keras.utils", class_name="get_file"),
            "keras.utils.get_file",
        ),
        (lambda c: c["config"]["layers"][1].update(module="os", class_name="system"), "os.system"),
        (lambda c: c["config"]["layers"][1].update(registered_name="mine>Layer"), "which is not loaded"),
        (
            lambda c: c["config"]["layers"][1]["config"].update(f={"module": "builtins", "class_name": "eval"}),
            "builtins.eval",
        ),
        (lambda c: c["config"].pop("layers"), "not a Keras model that can be used"),
    ],
)
def test_a_keras_file_that_would_run_something_is_refused(tmp_path, break_it, said):
    small().save(tmp_path / "net.keras")
    with zipfile.ZipFile(tmp_path / "net.keras") as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    config = json.loads(files["config.json"])
    break_it(config)
    files["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(tmp_path / "bad.keras", "w") as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    with pytest.raises(MediaError, match=said):
        model_file(tmp_path / "bad.keras")


def test_a_keras_file_that_is_none_is_refused(tmp_path):
    (tmp_path / "net.keras").write_bytes(b"PK\x03\x04 no")
    with pytest.raises(MediaError, match="not a Keras model"):
        model_file(tmp_path / "net.keras")
    picture = keras.Input((40, 40, 1))
    keras.Model(picture, keras.layers.Conv2D(2, 3)(picture)).save(tmp_path / "grey.keras")
    with pytest.raises(MediaError, match="does not read one RGB picture"):
        model_file(tmp_path / "grey.keras")


def test_a_model_that_keras_named_is_given_what_keras_gives_it(tmp_path, caplog, doubles):
    model, prepare = built("mobilenet-v2")
    model.save(tmp_path / "saved.keras")
    agree(model_file(tmp_path / "saved.keras"), model, prepare)
    picture = keras.Input((40, 40, 3))
    keras.Model(picture, keras.layers.Conv2D(2, 3)(picture), name="mine").save(tmp_path / "mine.keras")
    model_file(tmp_path / "mine.keras")
    assert "does not say what it wants; it is given pictures in -1..1" in caplog.text


def test_a_sequential_model_is_a_network_like_any(tmp_path):
    keras.utils.clear_session()
    layers = [keras.layers.Conv2D(4, 3, padding="same", name="one"), keras.layers.Conv2D(6, 3, strides=2, name="two")]
    model = keras.Sequential([keras.Input((64, 64, 3)), *layers])
    model.save(tmp_path / "net.keras")
    mine = load_network(configure("image", network=str(tmp_path / "net.keras")).goal)
    assert list(mine.layers) == ["one", "two"]
    image = textured(90, 70)[None].astype(np.float32)
    assert mine.answers(image[0], ["two"])["two"].shape == (1, 44, 34, 6)


def test_a_batch_norm_that_is_used_twice_is_not_folded():
    keras.utils.clear_session()
    picture = keras.Input((32, 32, 3))
    one, two = (keras.layers.Conv2D(4, 3, name=name)(picture) for name in ("one", "two"))
    norm = keras.layers.BatchNormalization()
    model = randomised(keras.Model(picture, keras.layers.Add()([norm(one), norm(two)])))
    hidden, made = fold(model)
    assert not hidden
    image = textured(32, 32)[None].astype(np.float32)
    np.testing.assert_allclose(made(image).numpy(), model(image).numpy(), atol=1e-4)


@pytest.mark.parametrize("name", ["resnet101", "densenet121", "mobilenet", "vgg19", "convnext-tiny"])
def test_models_that_keras_named_get_keras_preparation(name):
    from vidream.dream.keras.files import _preparation

    module, architecture = KERAS_NAMES[name]
    named = SimpleNamespace(name={"mobilenet": "mobilenet_1.00_224"}.get(name, architecture.lower()), layers=[])
    if name == "convnext-tiny":
        named.name = "convnext_tiny"
    assert _preparation(named, Path("x")) is getattr(keras.applications, module).preprocess_input


def test_networks_that_cannot_be_dreamed_with_are_one_line(tmp_path):
    keras.utils.clear_session()
    picture = keras.Input((64, 64, 3))
    keras.Model(picture, keras.layers.Dense(3)(keras.layers.Flatten()(picture))).save(tmp_path / "flat.keras")
    big = keras.layers.Conv2D(4, 150, name="big")(keras.Input((None, None, 3), name="in"))
    keras.Model(big._keras_history.operation.input, big).save(tmp_path / "big.keras")
    for file in ("flat.keras", "big.keras"):
        with pytest.raises(MediaError, match=f"{file}: "):
            load_network(configure("image", network=str(tmp_path / file)).goal)
    inner = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Conv2D(4, 3)])
    outer = keras.Input((32, 32, 3))
    keras.Model(outer, inner(outer)).save(tmp_path / "nested.keras")
    with pytest.raises(MediaError, match="a model in a model"):
        model_file(tmp_path / "nested.keras")


def test_a_network_of_nans_is_an_error_and_no_black_picture(tmp_path):
    model = small()
    broken = model.get_layer("second")
    broken.set_weights([np.full_like(each, np.nan) for each in broken.get_weights()])
    model.save(tmp_path / "net.keras")
    with pytest.raises(RenderError, match="returned NaN or infinity; its weights are damaged"):
        dream_image(textured(32, 32), network=str(tmp_path / "net.keras"), layer="second", steps=1, octaves=1)


# ---------------------------------------------------------------- frozen graphs


def googlenet_like(path, extra=None):
    """A frozen graph with the names and the kinds of operations of the original's."""
    rng = np.random.default_rng(11)

    def kernel(*shape):
        return tf.constant(rng.normal(0, (2 / np.prod(shape[:3])) ** 0.5, shape), tf.float32)

    with tf.Graph().as_default() as graph:
        picture = tf.compat.v1.placeholder(tf.float32, (None, None, None, 3), name="input")
        x = tf.nn.conv2d(picture, kernel(7, 7, 3, 8), 2, "SAME", name="conv2d0_pre_relu/conv")
        x = tf.nn.bias_add(x, tf.constant(rng.normal(0, 1, 8), tf.float32), name="conv2d0_pre_relu")
        x = tf.nn.relu(x, name="conv2d0")
        x = tf.nn.max_pool2d(x, 3, 2, "SAME", name="maxpool0")
        x = tf.nn.local_response_normalization(x, 2, alpha=1e-4, beta=0.5, name="localresponsenorm0")
        one = tf.nn.conv2d(x, kernel(1, 1, 8, 6), 1, "SAME", name="mixed3a_1x1_pre_relu")
        three = tf.nn.conv2d(x, kernel(3, 3, 8, 10), 1, "SAME", name="mixed3a_3x3_bottleneck_pre_relu")
        mixed = tf.concat([tf.nn.relu(one), tf.nn.relu(three)], 3, name="mixed3a")
        tf.nn.softmax(tf.reduce_mean(mixed, (1, 2)), name="softmax2")
        if extra:
            extra(mixed)
    path.write_bytes(graph.as_graph_def().SerializeToString())
    return graph


def test_a_frozen_graph_answers_as_the_original(tmp_path):
    graph = googlenet_like(tmp_path / "net.pb")
    mine = Frozen(tmp_path / "net.pb")
    image = textured(80, 120)[None].astype(np.float32)
    layers = ["mixed3a_3x3_bottleneck_pre_relu", "mixed3a", "conv2d0_pre_relu"]
    with tf.compat.v1.Session(graph=graph) as session:
        tensors = [graph.get_tensor_by_name(f"{name}:0") for name in layers]
        gradient = tf.gradients(tf.reduce_mean(tensors[0][..., 7]), graph.get_tensor_by_name("input:0"))  # noqa: F841
        theirs = session.run(tensors, {"input:0": image - 117})
    answers = mine.activations(tf.constant(image), layers)
    for name, expected in zip(layers, theirs, strict=True):
        np.testing.assert_allclose(answers[name], expected, rtol=1e-4, atol=1e-3)
    assert mine.layers["mixed3a"] == LayerInfo(16, 4, 19, mine.layers["mixed3a"].share)
    assert mine.layers["conv2d0"].field == 7
    assert "softmax2" not in mine.layers


def test_a_frozen_graphs_gradient_is_the_originals(tmp_path):
    graph = googlenet_like(tmp_path / "net.pb")
    mine, layer = Frozen(tmp_path / "net.pb"), "mixed3a_3x3_bottleneck_pre_relu"
    image = textured(64, 64)[None].astype(np.float32)
    with graph.as_default(), tf.compat.v1.Session(graph=graph) as session:
        wanted = tf.reduce_mean(graph.get_tensor_by_name(f"{layer}:0")[..., 7])
        (theirs,) = session.run(tf.gradients(wanted, graph.get_tensor_by_name("input:0")), {"input:0": image - 117})
    picture = tf.constant(image)
    with tf.GradientTape() as tape:
        tape.watch(picture)
        value = tf.reduce_mean(mine.activations(picture, [layer])[layer][..., 7])
    ours = tape.gradient(value, picture).numpy()
    assert np.linalg.norm(ours - theirs) / np.linalg.norm(theirs) < 1e-4


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        (lambda x: tf.io.read_file("/etc/passwd"), "ReadFile"),
        (lambda x: tf.io.write_file("/tmp/x", "x"), "WriteFile"),
        (lambda x: tf.py_function(lambda y: y, [x], tf.float32), "EagerPyFunc"),
        (lambda x: tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0]), "While"),
    ],
)
def test_a_graph_that_does_more_than_compute_is_not_run(tmp_path, operation, name):
    googlenet_like(tmp_path / "net.pb", operation)
    with pytest.raises(MediaError, match=rf"{name}.* is not run"):
        Frozen(tmp_path / "net.pb")


def test_a_graph_that_is_none_is_refused(tmp_path):
    (tmp_path / "net.pb").write_bytes(b"no graph at all")
    with pytest.raises(MediaError, match=r"not a frozen graph|without a placeholder"):
        Frozen(tmp_path / "net.pb")
    with tf.Graph().as_default() as graph:
        tf.constant(1.0)
    (tmp_path / "net.pb").write_bytes(graph.as_graph_def().SerializeToString())
    with pytest.raises(MediaError, match="without a placeholder called input"):
        Frozen(tmp_path / "net.pb")


def packed(graph: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        written.writestr("tensorflow_inception_graph.pb", graph)
    return file.getvalue()


def test_googlenet_is_fetched_once_and_checked(tmp_path, monkeypatch):
    graph, asked = b"the graph", []
    data = packed(graph)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(fetching, "ZIP_SHA1", hashlib.sha1(data).hexdigest())
    monkeypatch.setattr(fetching, "GRAPH_SHA1", hashlib.sha1(graph).hexdigest())
    monkeypatch.setattr(urllib.request, "urlopen", lambda url, timeout: asked.append(url) or io.BytesIO(data))
    assert googlenet().read_bytes() == graph
    assert googlenet() == tmp_path / "vidream" / "tensorflow_inception_graph.pb"
    assert asked == ["https://storage.googleapis.com/download.tensorflow.org/models/inception5h.zip"]
    googlenet().write_bytes(b"damaged")
    assert googlenet().read_bytes() == graph  # fetched anew
    monkeypatch.setattr(fetching, "GRAPH_SHA1", "another")
    with pytest.raises(MediaError, match="its graph is not what it should be"):
        googlenet()
    monkeypatch.setattr(fetching, "ZIP_SHA1", "another")
    with pytest.raises(MediaError, match="what was fetched is not what it should be"):
        googlenet()


def test_googlenet_offline_says_what_to_do(tmp_path, monkeypatch):
    def offline(url, timeout):
        raise urllib.error.URLError("no route")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(urllib.request, "urlopen", offline)
    with pytest.raises(MediaError, match=r"cannot be fetched \(no route\); give the graph itself, --network path/to/"):
        googlenet()
    assert not list(tmp_path.iterdir())


def test_the_originals_sums_are_the_ones_that_were_published():
    assert fetching.ZIP_SHA1 == "e3b84c7e240ce8025b30d868f5e840b4bba9761d"
    assert fetching.GRAPH_SHA1 == "c8a5a000ee8d8dd75886f152a50a9c5b53d726a5"


# ---------------------------------------------------------------- asked for


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"network": "inception-v4"}, "did you mean inception-v3"),
        ({"network": "nothing.pb"}, "nothing.pb: no such file"),
        ({"network": "vgg16", "weights": "nothing.h5"}, "nothing.h5: no such file"),
        ({"network": "vgg16", "weights": "weights.pt"}, "must end in"),
        ({"weights": "some.h5"}, "has its weights in the box"),
        ({"layer": "block10:112"}, "block10 has the channels 0 to 111"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_loaded(given, said):
    with pytest.raises(ConfigError, match=said):
        check_goal(configure("video", **given).goal)


def test_a_network_without_a_layer_named_has_a_default(tmp_path):
    googlenet_like(tmp_path / "net.pb")
    goal = configure("image", network=str(tmp_path / "net.pb")).goal
    assert chosen_layers(goal, load_network(goal).layers)[0].name == "mixed3a"
    with pytest.raises(ConfigError, match=r"--layer mixed3b: .* has no such layer; did you mean mixed3a"):
        load_network(configure("image", network=str(tmp_path / "net.pb"), layer="mixed3b").goal)


def test_the_channels_of_a_layer_are_named_as_ranges():
    (layer,) = configure("video", layer="mixed4d_3x3_bottleneck_pre_relu:139,7-9=0.5").goal.layer
    assert (layer.name, layer.weight, layer.channels) == ("mixed4d_3x3_bottleneck_pre_relu", 0.5, ((139, 139), (7, 9)))
    assert str(layer) == "mixed4d_3x3_bottleneck_pre_relu:139,7-9=0.5"
    two = configure("video", layer=["block10:1", "block10:2"]).goal.layer
    assert [each.label for each in two] == ["block10:1", "block10:2"]


def test_networks_and_layers_are_listed(vidream_command, tmp_path):
    listed = json.loads(vidream_command("networks", "--json").stdout)
    in_the_box = ["efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2"]
    assert [each["name"] for each in listed][:4] == [*in_the_box, "inception5h"]
    assert "mobilenet-v2" in vidream_command("networks").stdout
    rows = json.loads(vidream_command("layers", "efficientnet-lite0", "--json").stdout)
    block = next(row for row in rows if row["name"] == "block10")
    assert (block["channels"], block["stride"]) == (112, 16)
    rows = json.loads(vidream_command("layers", "efficientnet-lite2", "--json").stdout)
    assert (rows[-1]["name"], rows[-1]["channels"]) == ("logits", 1000)
    assert len(rows) == 1 + 21 + 20 + 2
    googlenet_like(tmp_path / "net.pb")
    assert "mixed3a" in vidream_command("layers", "net.pb").stdout
    unknown = vidream_command("layers", "vgg18")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (2, 1)
