"""What customers are found by besides their telephone numbers, each in its one spelling (pure).

A name is also found by its sound: an agent hears it and does not see it. The one door to ``pypinyin``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from pypinyin import lazy_pinyin

_PINYIN_CHARACTERS = 8
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003134f]")
_SPACES = re.compile(r"[\s·•・.]+")


class Word(StrEnum):
    """What a customer may be found by, telephone numbers apart: they have an index of their own."""

    NAME = "name"
    SOUND = "sound"
    ID_NUMBER = "id_number"
    USER_NAME = "user_name"
    CONTACT = "contact"


def name_key(name: str) -> str:
    """A name in its one spelling: full-width letters as plain ones, no case, one space between words, none in Han."""
    text = unicodedata.normalize("NFKC", name).casefold().strip()
    words = [word for word in _SPACES.split(text) if word]
    return ("" if _HAN.search(text) else " ").join(words)


def sound_key(name: str) -> str | None:
    """How a name sounds, as letters without tones and spaces; None for what cannot be a name that somebody heard.

    An agent hears a name and does not see it: 章三 is found by 张三 and by zhang san.
    """
    key = name_key(name)
    if not key:
        return None
    if _HAN.search(key):
        if len(key) > _PINYIN_CHARACTERS:
            return None
        key = "".join(lazy_pinyin(key))
    return re.sub(r"[^a-z]", "", key.replace("ü", "v")) or None


def plain_key(text: str) -> str:
    """An identity number, a user name or an address of a channel in its one spelling."""
    return re.sub(r"[\s-]+", "", unicodedata.normalize("NFKC", text)).casefold()


def words_of(
    *, name: str = "", id_number: str = "", user_name: str = "", contacts: Iterable[tuple[str, str]] = ()
) -> frozenset[str]:
    """All that a customer with these is found by, as ``kind:text``; ``contacts`` as pairs of kind and address."""
    words = {f"{Word.NAME}:{name_key(name)}"} if name_key(name) else set()
    sound = sound_key(name)
    if sound:
        words.add(f"{Word.SOUND}:{sound}")
    for kind, text in ((Word.ID_NUMBER, id_number), (Word.USER_NAME, user_name)):
        if plain_key(text):
            words.add(f"{kind}:{plain_key(text)}")
    return frozenset(words | {f"{Word.CONTACT}:{kind}:{plain_key(text)}" for kind, text in contacts if plain_key(text)})


def asked(text: str, kinds: Iterable[str]) -> tuple[str, ...]:
    """What somebody typed into a search may be: every word that it could stand for, the surest first."""
    plain = plain_key(text)
    if not plain:
        return ()
    found = [f"{Word.ID_NUMBER}:{plain}", f"{Word.USER_NAME}:{plain}"]
    found += [f"{Word.CONTACT}:{kind}:{plain}" for kind in kinds]
    if name_key(text):
        found.append(f"{Word.NAME}:{name_key(text)}")
    sound = sound_key(text)
    return tuple([*found, f"{Word.SOUND}:{sound}"] if sound else found)
