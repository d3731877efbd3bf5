"""The published figures: what was heard, by whom and when, as ``docs/prompts-heard.md``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ops.prompts import catalogue
from ops.prompts.listen import Heard

_KINDS = {
    "ticket": "ticket numbers from pieces, heard once",
    "ahead": "ticket numbers, the last digits rendered ahead, heard once",
    "telephone": "telephone numbers of 11 digits",
    "answer_by": "the date by which an answer comes",
    "time": "times of day, with no word around them",
}
_NAMES = {"zh": "Mandarin", "en": "English"}
_UNITS = {"zh": "syllables with tone", "en": "words"}


@dataclass(frozen=True)
class Listening:
    """What was heard in one language."""

    language: str
    prompts: Sequence[Heard]
    numbers: Sequence[Heard]

    @property
    def rate(self) -> float:
        """Wrong words or syllables among those that were said."""
        return sum(heard.errors for heard in self.prompts) / max(1, sum(heard.length for heard in self.prompts))


def summary(listening: Listening) -> list[str]:
    """The figures of one language, a line each."""
    said = sum(heard.length for heard in listening.prompts)
    wrong = sum(heard.errors for heard in listening.prompts)
    voice = catalogue.VOICES[listening.language]
    lines = [
        (
            f"| {_NAMES[listening.language]} ({voice.name}) | {_UNITS[listening.language]} wrong, "
            f"{len(listening.prompts)} prompts | {wrong} of {said} ({listening.rate:.1%}) |"
        )
    ]
    for kind, words in _KINDS.items():
        heard = [one for one in listening.numbers if one.id == kind]
        if heard:
            right = sum(not one.errors for one in heard)
            lines.append(f"| {_NAMES[listening.language]} | {words}, heard right | {right} of {len(heard)} |")
    return lines


def page(listenings: Sequence[Listening], listener: str, on: date) -> str:
    """The whole page."""
    lines = [
        "# What was heard of the prompts",
        "",
        f"Made by `huiyin prompts check` on {on.isoformat()}. Listener: {listener}, beam 5, with its voice",
        "detector. It hears 8 kHz A-law, straight lines to 16 kHz. **No human listened.** Numbers: a fixed random",
        "sample, right only when every digit is; the sentence that leads to a number is heard with it. Ticket numbers",
        "are as they will be given out: a day of the next year, node 01. Those rendered ahead were chosen by the same",
        "listener and are judged here by it without its beam, in the whole announcement: the same family, so a little",
        "kind.",
        "",
        "| voice | measured | figure |",
        "|---|---|---|",
        *(line for listening in listenings for line in summary(listening)),
    ]
    for listening in listenings:
        lines += ["", f"## {_NAMES[listening.language]}: what was not heard as it was said", ""]
        lines += ["| prompt | said | heard | wrong |", "|---|---|---|---|"]
        wrong = [heard for heard in (*listening.prompts, *listening.numbers) if heard.errors]
        lines += [f"| {one.id} | {one.said} | {_one_line(one.heard)} | {one.errors} |" for one in wrong]
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    return text.replace("\n", " ").replace("|", "/")
