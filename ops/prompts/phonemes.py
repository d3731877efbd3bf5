"""Texts to phonemes: Mandarin with a table of readings, English by dictionary (in the voices' environment)."""

from __future__ import annotations

import importlib.util
import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_SENTENCE = re.compile(r"[^。！？.!?]+[。！？.!?]?")
_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)*")
_BEFORE_A_VOWEL = re.compile(r"\s+(?!one|uni|use|eu)[aeiou]", re.IGNORECASE)
_HAN = re.compile(r"[\u4e00-\u9fff]+|[^\u4e00-\u9fff]+")


def sentences(text: str) -> list[str]:
    """The sentences of a prompt; each is rendered by itself."""
    return [found.strip() for found in _SENTENCE.findall(text) if found.strip()]


class Mandarin:
    """Phonemes and pinyin of Mandarin; both come from one look-up, so what the reviewer reads is what is said."""

    def __init__(self, readings: Mapping[str, str], cache: Path) -> None:
        import jieba  # noqa: PLC0415  (in the voices' environment only)
        from misaki.zh import ZHG2P  # noqa: PLC0415
        from pypinyin import load_phrases_dict  # noqa: PLC0415

        jieba.setLogLevel(logging.WARNING)
        jieba.dt.tmp_dir = str(cache)  # else jieba keeps its cache in the folder that everybody may write to
        load_phrases_dict({word: [[one] for one in reading.split()] for word, reading in readings.items()})
        for word in readings:
            jieba.add_word(word, 10**6)
        self._jieba, self._g2p = jieba, ZHG2P()

    def phonemes(self, text: str) -> str:
        """What the model is given for one sentence."""
        if re.search(r"[0-9A-Za-z]", text):
            raise SystemExit(f"write numbers and letters as characters, the reader of Mandarin gets them wrong: {text}")
        return str(self._g2p(text)[0]).strip()

    def pinyin(self, text: str) -> str:
        """The reading of a whole prompt, word by word."""
        from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

        shown = ""
        for run in _HAN.findall(text):
            if "\u4e00" <= run[0] <= "\u9fff":
                words = ("".join(lazy_pinyin(word, style=Style.TONE)) for word in self._jieba.lcut(run))
                shown += " ".join(words)
            else:
                shown += run.translate(str.maketrans({"，": ", ", "。": ". ", "、": ", ", "？": "? ", "！": "! "}))
        return shown.strip()

    def syllables(self, text: str) -> list[str]:
        """The syllables with tone of a text that somebody heard; numbers in digits are read as numbers."""
        import cn2an  # noqa: PLC0415
        from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

        runs = _HAN.findall(str(cn2an.transform(text, "an2cn")))
        words = [word for run in runs if "\u4e00" <= run[0] <= "\u9fff" for word in self._jieba.lcut(run)]
        return [one for word in words for one in lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True)]


_EXTRA = {"a": "ɐ", "an": "ɐn", "digits": "dˈɪʤəts", "minutes": "mˈɪnəts"}


class English:
    """American English from misaki's dictionaries, read as data; an unknown word is an error, never a guess."""

    def __init__(self, readings: Mapping[str, str]) -> None:
        found = importlib.util.find_spec("misaki")
        if found is None or found.origin is None:
            raise SystemExit("the package misaki is missing from the voices' environment")
        data = Path(found.origin).parent / "data"
        self._words: dict[str, Any] = {}
        for name in ("us_silver", "us_gold"):
            self._words |= json.loads((data / f"{name}.json").read_text("utf-8"))
        self._extra = _EXTRA | dict(readings)

    def phonemes(self, text: str) -> str:
        """What the model is given for one sentence."""
        return _WORD.sub(lambda match: self._word(match[0], text[match.end() :]), text)

    def _word(self, word: str, after: str) -> str:
        vowel = bool(_BEFORE_A_VOWEL.match(after))
        if word.lower() == "the":
            return "ði" if vowel else "ðə"
        if word.lower() == "to":
            return "tʊ" if vowel else "tə"
        for written in (word.lower(), word, word.capitalize()):
            reading = self._extra.get(written) or self._words.get(written)
            if reading:
                return str(reading if isinstance(reading, str) else reading["DEFAULT"])
        raise SystemExit(f"no reading of the English word {word!r}: add it to ivr/prompts/readings.toml")
