"""The renderer, a program of its own: ``python -m ops.prompts.render``, started in the voices' environment.

Reads one JSON line per order from standard input and answers each with one JSON line: ``phonemes`` of a text,
or the sound of a text or of timed pieces as A-law files. The product never starts it during a call.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from ops.prompts import sound
from ops.prompts.kokoro import RATE, Sound, Voice, open_graph
from ops.prompts.phonemes import English, Mandarin, sentences
from ops.sip import g711

_SENTENCE_GAP = 0.35


class Renderer:
    """Renders orders; loads a voice the first time that it speaks."""

    def __init__(self, workshop: Path, readings: dict[str, dict[str, str]]) -> None:
        self._workshop = workshop
        self._voices: dict[str, Voice] = {}
        self._readers: dict[str, Mandarin | English] = {
            "zh": Mandarin(readings.get("zh", {}), workshop),
            "en": English(readings.get("en", {})),
        }

    def answer(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do one order."""
        reader = self._readers[order["language"]]
        answer: dict[str, Any] = {"id": order.get("id", "")}
        if isinstance(reader, Mandarin):
            answer["pinyin"] = reader.pinyin(order["text"])
        if "out" in order:
            audio = self._speak(reader, order)
            self._write(audio, Path(order["out"]), order.get("rate", sound.RATE))
        return answer

    def _voice(self, name: str) -> Voice:
        if name not in self._voices:
            model = self._workshop / "kokoro.onnx"
            if not model.exists():
                open_graph(model)
            self._voices[name] = Voice(model, self._workshop / f"{name}.bin")
        return self._voices[name]

    def _speak(self, reader: Mandarin | English, order: dict[str, Any]) -> Sound:
        voice, parts = self._voice(order["voice"]), []
        for sentence in sentences(order["text"]):
            said = voice.say(reader.phonemes(sentence), order["speed"])
            parts += [sound.silence(_SENTENCE_GAP, RATE), sound.trim(said, RATE)]
        return np.concatenate(parts[1:])

    @staticmethod
    def _write(audio: Sound, out: Path, rate: int) -> None:
        resampled = soxr.resample(audio, RATE, rate, quality="VHQ")
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = out.with_suffix(".tmp")
        temporary.write_bytes(g711.encode(sound.level(resampled, rate), "alaw"))
        temporary.rename(out)


def main() -> None:
    """Answer orders until the input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("workshop", type=Path)
    parser.add_argument("readings", type=json.loads)
    arguments = parser.parse_args()
    renderer = Renderer(arguments.workshop, arguments.readings)
    for line in sys.stdin:
        print(json.dumps(renderer.answer(json.loads(line)), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
