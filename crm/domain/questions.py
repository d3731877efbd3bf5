"""Questions of tests: what one must say to be asked, and what an answer to it is worth (pure)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

LANGUAGES = ("zh", "en")
MAX_TEXT = 2000
MAX_OPTION = 300
MAX_OPTIONS = 8
MAX_POINTS = 50
LEVELS = (1, 2, 3)


class QuestionKind(StrEnum):
    """How it is answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    SHORT = "short"
    """in words; a person marks it"""


class Topic(StrEnum):
    """What a question, a course or a drill is about. Reference: domain 1.14, PE-01."""

    BUSINESS = "business"
    PROCESS = "process"
    COMMUNICATION = "communication"
    PSYCHOLOGY = "psychology"
    ETIQUETTE = "etiquette"
    CRISIS = "crisis"
    PROBLEM_SOLVING = "problem_solving"
    EMOTION = "emotion"
    LAW = "law"
    SYSTEMS = "systems"


@dataclass(frozen=True)
class Wording:
    """A question in one language. ``model``: of a short answer, what it should say."""

    text: str
    options: tuple[str, ...] = ()
    explanation: str = ""
    model: str = ""


@dataclass(frozen=True)
class QuestionText:
    """A question whole. ``right``: places of the right options, from 0; of true and false, 0 is true."""

    kind: QuestionKind
    topic: Topic
    level: int
    points: int
    wording: Mapping[str, Wording]
    right: frozenset[int] = frozenset()

    @property
    def options(self) -> int:
        """How many there are to choose from."""
        if self.kind is QuestionKind.TRUE_FALSE:
            return 2
        return max((len(one.options) for one in self.wording.values()), default=0)


def problems(question: QuestionText) -> tuple[str, ...]:
    """Everything that is wrong with a question; nothing when it can be asked."""
    found = []
    if question.level not in LEVELS:
        found.append("the level is 1, 2 or 3")
    if not 1 <= question.points <= MAX_POINTS:
        found.append(f"it is worth 1 to {MAX_POINTS} points")
    if set(question.wording) != set(LANGUAGES):
        found.append("it is written in both languages")
    for one in question.wording.values():
        found += _wording_problems(question.kind, one)
    if len({len(one.options) for one in question.wording.values()}) > 1:
        found.append("both languages have the same options")
    found += _answer_problems(question)
    return tuple(dict.fromkeys(found))


def _wording_problems(kind: QuestionKind, one: Wording) -> list[str]:
    found = []
    if not 1 <= len(one.text.strip()) <= MAX_TEXT:
        found.append(f"its text has 1 to {MAX_TEXT} characters")
    if len(one.explanation) > MAX_TEXT or len(one.model) > MAX_TEXT:
        found.append(f"an explanation has at most {MAX_TEXT} characters")
    if "\0" in one.text + one.explanation + one.model + "".join(one.options):
        found.append("it is plain text")
    if kind in {QuestionKind.SINGLE, QuestionKind.MULTIPLE}:
        if not 2 <= len(one.options) <= MAX_OPTIONS:
            found.append(f"there are 2 to {MAX_OPTIONS} options")
        if any(not 1 <= len(option.strip()) <= MAX_OPTION for option in one.options):
            found.append(f"an option has 1 to {MAX_OPTION} characters")
        if len({option.strip() for option in one.options}) != len(one.options):
            found.append("no option is there twice")
    elif one.options:
        found.append("it has no options")
    if kind is QuestionKind.SHORT and not one.model.strip():
        found.append("a short answer needs a model answer to be marked by")
    return found


def _answer_problems(question: QuestionText) -> list[str]:
    right, kind = question.right, question.kind
    if kind is QuestionKind.SHORT:
        return ["a short answer has no right option"] if right else []
    if any(not 0 <= one < question.options for one in right):
        return ["the right option is one of the options"]
    if kind is QuestionKind.MULTIPLE:
        return [] if len(right) >= 2 else ["at least two options are right, else it is a single choice"]
    return [] if len(right) == 1 else ["one option is right"]


def worth(question: QuestionText, chosen: Collection[int], *, half_for_part: bool) -> int | None:
    """Tenths of points for what was chosen; None: a person says it.

    All right options and no other: all. Some right ones and no wrong one, of several: half, where the paper says so.
    """
    if question.kind is QuestionKind.SHORT:
        return None
    whole, picked = question.points * 10, frozenset(chosen)
    if picked == question.right:
        return whole
    part = question.kind is QuestionKind.MULTIPLE and bool(picked) and picked < question.right
    return whole // 2 if part and half_for_part else 0


def to_document(question: QuestionText) -> dict[str, Any]:
    """As it is kept with a version."""
    return {
        "kind": question.kind,
        "topic": question.topic,
        "level": question.level,
        "points": question.points,
        "right": sorted(question.right),
        "wording": {
            language: {
                "text": one.text, "options": list(one.options), "explanation": one.explanation, "model": one.model,
            }
            for language, one in question.wording.items()
        },
    }  # fmt: skip


def from_document(document: Mapping[str, Any]) -> QuestionText:
    """What ``to_document`` gave."""
    wording = {
        language: Wording(one["text"], tuple(one["options"]), one["explanation"], one["model"])
        for language, one in document["wording"].items()
    }
    return QuestionText(
        QuestionKind(document["kind"]), Topic(document["topic"]), document["level"], document["points"], wording,
        frozenset(document["right"]),
    )  # fmt: skip


def options_of(text: str) -> tuple[tuple[str, ...], frozenset[int]]:
    """Options as somebody types them: one a line, the right ones begin with a star."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    right = frozenset(place for place, line in enumerate(lines) if line[0] in "*＊")
    return tuple(line.lstrip("*＊").strip() for line in lines), right


def lines_of(options: Sequence[str], right: Collection[int]) -> str:
    """The same the other way round."""
    return "\n".join(f"{'* ' if place in right else ''}{option}" for place, option in enumerate(options))
