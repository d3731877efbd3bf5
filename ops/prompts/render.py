"""The renderer, a program of its own: ``python -m ops.prompts.render``, started in the voices' environment.

Reads one JSON line per order from standard input and answers each with one JSON line: ``phonemes`` of a text,
or the sound of a text, of timed pieces or of a whole number as A-law files. No call ever waits for it.
"""

from __future__ import annotations

import argparse
import json
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from ops.prompts import sound
from ops.prompts.kokoro import FRAME, RATE, Sound, Voice, open_graph
from ops.prompts.phonemes import English, Mandarin, sentences
from ops.sip import g711

_SENTENCE_GAP = 0.35


_SEPARATOR = ": "
"""Between the units of a sentence: of all signs the colon made the quietest pauses."""
_PAUSE_FRAMES = 14
_TAIL_FRAMES, _HEAD_FRAMES = 4, 3
"""How far a sound reaches into the pauses around it; a voiced pause glides on, and that is cut off."""
_COMMA_FRAMES = (3, 6)


def unit_phonemes(reader: Mandarin | English, words: str) -> str:
    """The phonemes of a piece. Mandarin digits are read one by one: as a word they would be glued together."""
    if isinstance(reader, English) or not set(words) <= set("零一二三四五六七八九横杠，"):
        return reader.phonemes(words)
    return ", ".join("".join(reader.phonemes(one) for one in part) for part in words.split("，"))


def grouped(reader: Mandarin | English, groups: list[str], between_digits: str, between_groups: str) -> str:
    """The phonemes of a whole number: a group is digits, which are read one by one, or a word between them."""
    return between_groups.join(between_digits.join(_one_by_one(reader, group)) for group in groups) + "."


def _one_by_one(reader: Mandarin | English, group: str) -> list[str]:
    if isinstance(reader, English):
        return [reader.phonemes(word) for word in group.split()]
    digits = set(group) <= set("零一二三四五六七八九年月日号")
    return [reader.phonemes(one) for one in (group if digits else [group])]


def say_units(voice: Voice, units: list[str], speed: float) -> list[Sound]:
    """One sentence of all units with a pause of 0.35 s after each; cut where the pauses are quietest."""
    phonemes = _SEPARATOR.join(units) + "."
    raw = voice.lengths(phonemes)
    frames = np.maximum(1.0, np.round(raw / speed))
    frames[0] = min(frames[0], _PAUSE_FRAMES)
    pauses, place = [], 1  # place 0 is the silence before the sentence
    for unit in units:
        for offset, character in enumerate(unit):
            if character == ",":
                frames[place + offset] = np.clip(frames[place + offset], *_COMMA_FRAMES)
        place += len(unit)
        frames[place] = _PAUSE_FRAMES
        pauses.append(place)
        place += len(_SEPARATOR)
    said = voice.say_timed(phonemes, frames.tolist(), raw)
    ends = np.concatenate([[0], np.cumsum(frames)]).astype(int) * FRAME
    begin, cut = 0, []
    for pause in pauses:
        end = _tail(said, ends[pause])
        cut.append(said[begin:end])
        begin = _head(said, ends[pause], ends[pause + 1])
    return cut


def _tail(said: Sound, pause: int) -> int:
    """Where the sound before a pause has ended: the quietest point of the pause's first frames."""
    return pause + _quietest(said[pause : pause + _TAIL_FRAMES * FRAME])


def _head(said: Sound, pause: int, end: int) -> int:
    """Where the sound after a pause begins: the quietest point of the pause's last frames."""
    start = max(pause, end - _HEAD_FRAMES * FRAME)
    return start + _quietest(said[start:end])


def _quietest(said: Sound) -> int:
    step = RATE // 100
    return int(np.argmin(sound.levels(said, RATE))) * step + step // 2 if len(said) >= step else len(said)


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
        if "pieces" in order:
            return self._cut(reader, order)
        if "groups" in order:
            return self._say_groups(reader, order)
        answer: dict[str, Any] = {"id": order.get("id", "")}
        if isinstance(reader, Mandarin) and order.get("heard"):
            answer["syllables"] = reader.syllables(order["text"])
        elif isinstance(reader, Mandarin):
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

    def _cut(self, reader: Mandarin | English, order: dict[str, Any]) -> dict[str, Any]:
        """Render one sentence with long pauses and write its pieces; the same loudness for each."""
        units = [unit_phonemes(reader, piece["words"]) for piece in order["pieces"]]
        for piece, said in zip(
            order["pieces"], say_units(self._voice(order["voice"]), units, order["speed"]), strict=True
        ):
            if piece["id"]:
                audio = np.concatenate([sound.trim(said, RATE, quiet_db=-38.0), sound.silence(piece["gap"], RATE)])
                self._write(audio, Path(order["out"]) / f"{piece['id']}.alaw", sound.RATE)
        return {}

    def _say_groups(self, reader: Mandarin | English, order: dict[str, Any]) -> dict[str, Any]:
        phonemes = grouped(reader, order["groups"], *order["between"])
        said = sound.trim(self._voice(order["voice"]).say(phonemes, order["speed"]), RATE)
        before, after = (sound.silence(seconds, RATE) for seconds in order["silence"])
        self._write(np.concatenate([before, said, after]), Path(order["out"]), sound.RATE)
        return {}

    @staticmethod
    def _write(audio: Sound, out: Path, rate: int) -> None:
        resampled = soxr.resample(audio, RATE, rate, quality="VHQ")
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary, samples = out.with_suffix(".tmp"), sound.level(resampled, rate)
        if out.suffix == ".wav":
            with wave.open(str(temporary), "wb") as file:
                file.setparams((1, 2, rate, len(samples), "NONE", ""))
                file.writeframes(samples.tobytes())
        else:
            temporary.write_bytes(g711.encode(samples, "alaw"))
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
