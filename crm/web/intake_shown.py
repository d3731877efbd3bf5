"""What pages show of a suggestion: labels in words, the deciding words marked in the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm.domain import catalogue, classification, statistics_codes
from crm.domain.classification import Axis, Hit, Suggestion
from crm.domain.tickets import SEVERITY_PRIORITY, Kind
from crm.web import intake_words, words
from crm.web.locale import chosen_language

_AXES = (Axis.KIND, Axis.CATEGORY, Axis.SEVERITY, Axis.LEVEL, Axis.BUSINESS, Axis.REASON, Axis.INCIDENT)
FIELDS: Mapping[str, str] = {
    Axis.KIND: "kind",
    Axis.CATEGORY: "category",
    Axis.SEVERITY: "severity",
    Axis.LEVEL: "level",
    Axis.BUSINESS: "business_code",
    Axis.REASON: "reason_code",
}
"""The field of a form that holds what an axis says."""


def label(axis: str, key: str | None) -> str:
    """What people read for a label."""
    if key is None:
        return "–"
    language = chosen_language()
    found: str | None = None
    if axis == Axis.KIND:
        found = words.word(words.KINDS, key)
    elif axis == Axis.SEVERITY:
        found = words.word(words.SEVERITIES, key)
    elif axis == Axis.CATEGORY:
        found = catalogue.title(key, language)
    elif axis == Axis.INCIDENT and key in set(catalogue.IncidentClass):
        found = catalogue.INCIDENT_CLASSES[catalogue.IncidentClass(key)].title(language)
    elif axis in {Axis.BUSINESS, Axis.REASON}:
        found = statistics_codes.title(statistics_codes.Axis(axis), key, language)
    return found or key


def guesses(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The guesses of a suggestion that was kept, in the order of the page."""
    return [
        {
            "axis": str(axis),
            "title": words.word(intake_words.AXES, axis),
            "key": found[axis]["label"],
            "label": label(axis, found[axis]["label"]),
            "percent": round(found[axis]["share"] * 100),
            "words": list(dict.fromkeys(word["word"] for word in found[axis]["words"])),
        }
        for axis in _AXES
        if axis in found
    ]


def live(found: Suggestion) -> list[dict[str, Any]]:
    """The same of a suggestion that nobody kept."""
    return guesses(
        {
            str(axis): {"label": guess.label, "share": guess.share, "words": [{"word": hit.word} for hit in guess.hits]}
            for axis, guess in found.guesses.items()
        }
    )


def marked(text: str, found: Mapping[str, Any]) -> tuple[tuple[str, bool], ...]:
    """The text in pieces, the deciding words marked."""
    hits = [
        Hit(word["word"], word["start"], word["end"], word["weight"])
        for guess in found.values()
        for word in guess["words"]
        if text[word["start"] : word["end"]] == word["word"]
    ]
    return classification.marked(text, hits)


def choices() -> dict[str, Sequence[tuple[str, str]]]:
    """What the fields of a classification may hold, in words."""
    language = chosen_language()
    axes = statistics_codes.Axis
    return {
        "kind": [(kind, words.word(words.KINDS, kind)) for kind in Kind if kind is not Kind.REVIEW],
        "category": [
            (entry.code, f"{catalogue.SERVICES[entry.service].title(language)} · {entry.title(language)}")
            for entry in catalogue.ENTRIES
        ],
        "severity": [(code, words.word(words.SEVERITIES, code)) for code in SEVERITY_PRIORITY],
        "level": [("1", "1"), ("2", "2"), ("3", "3")],
        "business_code": [(code.key, code.title(language)) for code in statistics_codes.choices(axes.BUSINESS)],
        "reason_code": [(code.key, code.title(language)) for code in statistics_codes.choices(axes.REASON)],
        "channel_code": [
            (code.key, " › ".join(step.title(language) for step in statistics_codes.path(code)))
            for code in statistics_codes.choices(axes.CHANNEL)
        ],
    }
