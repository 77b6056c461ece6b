"""A network as a frozen TensorFlow graph.

A graph is data, but data that is run; so only operations that compute are let in.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from math import inf, prod
from pathlib import Path
from typing import Any

from vidream.dream.anatomy import LayerInfo, Op, in_order, layer_infos
from vidream.dream.bounds import check_channels, check_expansion, check_graph_file, check_nodes, check_values
from vidream.dream.runtime import Tensor, tf
from vidream.dream.tensors import TensorNetwork
from vidream.errors import MediaError, first_line

MEAN = 117.0
"""What is taken from RGB 0..255, as in the tutorial."""

SIDE = 224
"""px of the picture at which shapes are inferred."""

HARMLESS = frozenset(
    """
    Add AddN AddV2 AvgPool BatchNormWithGlobalNormalization BiasAdd Cast ConcatV2 Concat Const Conv2D
    DepthwiseConv2dNative Div Dropout Elu ExpandDims FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 Identity LRN
    LeakyRelu MatMul MaxPool Maximum Mean Minimum Mul Neg NoOp Pack Pad PadV2 Placeholder PlaceholderWithDefault
    RealDiv Relu Relu6 Reshape Rsqrt Selu Shape Sigmoid Slice Softmax Softplus Split SplitV Sqrt Square Squeeze
    StopGradient StridedSlice Sub Sum Tanh Transpose
    """.split()  # noqa: SIM905 (a list of them would be a page long)
)
"""Operations that compute, and touch no file, process or network."""

POOLING = ("MaxPool", "AvgPool")


class Frozen(TensorNetwork):
    """A frozen graph whose input is the operation `input`: see vidream.dream.tensors.TensorNetwork."""

    smallest = 1

    def __init__(self, path: Path) -> None:
        """Read the graph.

        Args:
            path: a serialised GraphDef.

        Raises:
            MediaError: it is none, does more than compute, or asks for more than a machine can hold.
        """
        self._graph = _read(path)
        self.layers = _layers(self._graph, path)
        for node in self._graph.node:
            node.device = ""  # here, wherever it was made
        self._imported = tf.compat.v1.wrap_function(lambda: tf.graph_util.import_graph_def(self._graph, name=""), [])
        self._pruned = cache(self._prune)

    def _prune(self, layers: frozenset[str]) -> Any:
        graph = self._imported.graph
        outputs = {name: graph.get_tensor_by_name(f"{name}:0") for name in layers}
        return self._imported.prune(graph.get_tensor_by_name("input:0"), outputs)

    def activations(self, images: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """What the layers answer: see vidream.dream.tensors.TensorNetwork."""
        answers: dict[str, Tensor] = self._pruned(frozenset(layers))(images - MEAN)
        return answers


def _read(path: Path) -> Any:
    graph = tf.compat.v1.GraphDef()
    check_graph_file(path)
    data = path.read_bytes()
    try:
        graph.ParseFromString(data)
    except Exception as error:  # noqa: BLE001 (protobuf's DecodeError is no public name, and differs from build to build)
        raise MediaError(f"{path}: not a frozen graph: {error}") from None
    refused = sorted({node.op for node in graph.node} - HARMLESS)
    fields = {field.name: value for field, value in graph.ListFields()}
    if refused or ("library" in fields and len(fields["library"].function)):
        what = ", ".join(refused) or "functions of its own"
        raise MediaError(f"{path}: a graph with {what} is not run: only operations that compute are")
    if not any(node.name == "input" and node.op.startswith("Placeholder") for node in graph.node):
        raise MediaError(f"{path}: a graph without a placeholder called input cannot be used")
    check_nodes(path, (node.name for node in graph.node), "operations")
    check_expansion(path, sum(_claimed(node) for node in graph.node if node.op == "Const"), len(data))
    return graph


def _claimed(constant: Any) -> int:
    """Bytes of a constant, as its shape says: one number may stand for all."""
    tensor = constant.attr["value"].tensor
    count: int = prod(dimension.size for dimension in tensor.tensor_shape.dim)
    return count * int(tf.as_dtype(tensor.dtype).size)


def _layers(graph: Any, path: Path) -> Mapping[str, LayerInfo]:
    """Every operation that has a place in the picture; shapes are TensorFlow's own inference."""
    shapes = tf.Graph()
    try:
        with shapes.as_default():
            picture = tf.compat.v1.placeholder(tf.float32, (1, SIDE, SIDE, 3))
            tf.graph_util.import_graph_def(graph, input_map={"input:0": picture}, name="")
    except (ValueError, tf.errors.OpError) as error:
        raise MediaError(f"{path}: not a graph that can be run: {first_line(error)}") from None
    outputs = [output for operation in shapes.get_operations() for output in operation.outputs]
    check_values(path, (output.shape.as_list() if output.shape.rank else () for output in outputs), SIDE**2)
    infos = layer_infos(_ops(graph, shapes, path))
    check_channels(path, infos)
    return {name: info for name, info in infos.items() if name != "input"}


def _ops(graph: Any, shapes: Any, path: Path) -> Iterator[Op]:
    """The operations that depend on the input, from it up.

    Raises:
        MediaError: how large an operation's output is depends on what is in the picture.
    """
    reached = {"input"}
    yield Op("input", (), 3)
    operations = {node.name: node for node in graph.node}
    for name in in_order({name: _inputs(node) for name, node in operations.items()}):
        node = operations[name]
        below = tuple(source for source in _inputs(node) if source in reached)
        if not below or name == "input":
            continue
        outputs = shapes.get_operation_by_name(name).outputs
        if not outputs:
            continue
        reached.add(name)
        output = outputs[0]
        if not output.shape.is_fully_defined():
            raise MediaError(f"{path}: {name}: how much it makes depends on what is seen; such a graph is not run")
        kernel, stride, cost = _window(node, shapes)
        channels = 0
        if output.shape.rank == 4 and output.dtype == tf.float32:
            channels = int(output.shape[-1] or 0)
        else:
            kernel = inf
        yield Op(name, below, channels, kernel, stride, cost)


def _inputs(node: Any) -> list[str]:
    """Names of the operations that one reads; "^name" is waited for, "name:1" is its second output."""
    return [name.lstrip("^").partition(":")[0] for name in node.input]


def _window(node: Any, shapes: Any) -> tuple[float, int, float]:
    """(kernel, stride, cost) of one operation, as an Op has them."""
    operation = shapes.get_operation_by_name(node.name)
    if node.op in ("Conv2D", "DepthwiseConv2dNative"):
        height, width, inputs, outputs = (side or 1 for side in operation.inputs[1].shape)
        return max(height, width), node.attr["strides"].list.i[1], height * width * inputs * outputs
    if node.op in POOLING:
        return max(node.attr["ksize"].list.i), node.attr["strides"].list.i[1], 0
    if node.op == "MatMul":
        return inf, 1, 0
    return 1, 1, 0
