"""What a message says: templates in both languages, filled in with what is known of the case.

A template is data in ``letters/<language>.toml``. What is filled in is text and nothing else: a brace in a
customer's name is a brace, and a line break in a subject becomes a space.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("zh", "en")
_FOLDER = Path(__file__).resolve().parent / "letters"
_PLACE = re.compile(r"\{([a-z_]+)\}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class WordingError(Exception):
    """There is no such template, or something that it tells was not given."""


@dataclass(frozen=True)
class Wording:
    """A message in words."""

    subject: str
    body: str


@cache
def templates(language: str) -> Mapping[str, Mapping[str, Any]]:
    """All templates of a language. Raises WordingError."""
    if language not in LANGUAGES:
        raise WordingError(f"there are no letters in {language!r}")
    with (_FOLDER / f"{language}.toml").open("rb") as file:
        return tomllib.load(file)


def places(template: str, language: str) -> frozenset[str]:
    """What a template asks for, over all channels."""
    found = _template(template, language)
    return frozenset(place for text in found.values() if isinstance(text, str) for place in _PLACE.findall(text))


def word(template: str, channel: str, language: str, params: Mapping[str, str]) -> Wording:
    """The subject and the text of a message for this channel. Raises WordingError, which names what is missing."""
    found = _template(template, language)
    body = found.get(channel) or found["email"]
    asked = {place for text in (found["subject"], body) for place in _PLACE.findall(text)}
    missing = sorted(asked - set(params))
    if missing:
        raise WordingError(f"the message also tells {', '.join(missing)}")
    subject = _fill(found["subject"], params)
    return Wording(re.sub(r"\s+", " ", subject).strip(), _fill(body, params).strip())


def _template(name: str, language: str) -> Mapping[str, Any]:
    found = templates(language).get(name)
    if found is None:
        raise WordingError(f"there is no template {name!r}")
    return found


def _fill(text: str, params: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda match: _CONTROL.sub("", params[match[1]].replace("\r\n", "\n")), text)
