"""The catalogue of prompts, the settings of the voices, and the manifest that says what each sound was made from."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "ivr" / "prompts"
AUDIO = FOLDER / "audio"
LANGUAGES = ("zh", "en")
TONE = "tone"
"""The sound before a recording; it has no text."""
TONE_HZ, TONE_SECONDS = 1000.0, 0.3
RECIPE = "1"
"""Changes when the way of rendering changes, so that everything is rendered again."""


@dataclass(frozen=True)
class Voice:
    """Who speaks a language, and how fast."""

    name: str
    speed: float


VOICES = {"zh": Voice("zf_xiaobei", 1.0), "en": Voice("af_heart", 1.0)}


@dataclass(frozen=True)
class Text:
    """One prompt: what is said and, in Mandarin, how it is read."""

    id: str
    language: str
    text: str
    pinyin: str = ""

    @property
    def made_from(self) -> str:
        """A hash of everything that decides how this prompt sounds."""
        voice = VOICES[self.language]
        parts = [RECIPE, voice.name, voice.speed, self.text, self.pinyin]
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:16]


def path_of(language: str, prompt_id: str) -> Path:
    """Where the committed sound of a prompt is."""
    return AUDIO / language / f"{prompt_id}.alaw"


def texts(language: str) -> dict[str, Text]:
    """The catalogue of one language."""
    listed = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))["prompts"]
    return {
        name: Text(name, language, entry["text"], entry.get("pinyin", ""))
        for name, entry in listed.items()
        if name != TONE
    }


def readings() -> dict[str, dict[str, str]]:
    """Readings that dictionaries get wrong."""
    return tomllib.loads((FOLDER / "readings.toml").read_text("utf-8"))


def write_pinyin(pinyin: dict[str, str]) -> bool:
    """Show the pinyin under each Mandarin text of the catalogue; say whether the file changed."""
    path = FOLDER / "zh.toml"
    before = path.read_text("utf-8")
    after = with_pinyin(before, pinyin)
    if after != before:
        path.write_text(after, "utf-8")
    return after != before


def with_pinyin(toml: str, pinyin: dict[str, str]) -> str:
    """The catalogue's text with a ``pinyin`` line after each ``text`` line."""
    lines, prompt = [], ""
    for line in toml.splitlines():
        if header := re.match(r"\[prompts\.([a-z0-9_]+)\]", line):
            prompt = header[1]
        if line.startswith("pinyin =") and prompt in pinyin:
            continue
        lines.append(line)
        if line.startswith("text =") and prompt in pinyin:
            lines.append(f'pinyin = "{pinyin[prompt]}"')
    return "\n".join(lines) + "\n"


def manifest(language: str) -> dict[str, str]:
    """Of each committed sound: the hash of what it was made from."""
    path = AUDIO / language / "manifest.json"
    found: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def write_manifest(language: str, made: dict[str, str]) -> None:
    """Write the manifest down, sorted, so that a difference is easy to read."""
    path = AUDIO / language / "manifest.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n", "utf-8")
