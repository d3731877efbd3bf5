"""Customers who may be one person: how sure that is, and what the one has who is kept (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crm.domain.customers import MAX_TEXT, TEXTS, Grade, Profile

_WEIGHTS: Mapping[str, int] = {
    "id_number": 10, "contact": 4, "user_name": 4, "name": 3, "number": 3, "born_on": 2, "sound": 1,
}  # fmt: skip
_OPPOSED = 6
"""What another identity number or another birthday takes away."""


def merged_profile(kept: Profile, other: Profile) -> Profile:
    """The kept customer's data, with what only the other one has; marks of either stay, the higher grade stays."""
    ranks = list(Grade)
    grade = max((Grade(kept.grade), Grade(other.grade)), key=ranks.index)
    values = {
        name: getattr(kept, name) or getattr(other, name)
        for name in (*TEXTS, "language", "preferred_channel", "id_kind", "id_number", "born_on", "income")
    }
    if kept.id_number:
        values["id_kind"] = kept.id_kind
    if kept.remarks and other.remarks and kept.remarks != other.remarks:
        values["remarks"] = f"{kept.remarks}\n{other.remarks}"[:MAX_TEXT]
    return Profile(
        **values, grade=grade, elderly=kept.elderly or other.elderly,
        vulnerable=tuple(sorted({*kept.vulnerable, *other.vulnerable})),
    )  # fmt: skip


@dataclass(frozen=True)
class Likeness:
    """Why two customers may be one person. ``against``: what speaks against it."""

    shared: tuple[str, ...] = ()
    against: tuple[str, ...] = ()

    @property
    def points(self) -> int:
        """How sure; an identity number says all."""
        return sum(_WEIGHTS.get(one, 0) for one in self.shared) - _OPPOSED * len(self.against)


def likeness(one: Profile, other: Profile, shared: Iterable[str]) -> Likeness:
    """What two customers have in common (``shared``: kinds of words and numbers), and in what they differ."""
    found = set(shared)
    if one.born_on and one.born_on == other.born_on:
        found.add("born_on")
    if "name" in found:
        found.discard("sound")
    pairs = {name: (getattr(one, name), getattr(other, name)) for name in ("id_number", "born_on")}
    against = [name for name, (mine, his) in pairs.items() if mine and his and mine != his]
    by_weight = [name for name in _WEIGHTS if name in found]
    return Likeness((*by_weight, *sorted(found.difference(by_weight))), tuple(against))
