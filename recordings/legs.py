"""Whom the caller heard, and when: folded from the facts that the dialplan wrote down (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from recordings.model import Fact, FactName

_SOLE = frozenset({"queue", "transfer", "rejoin"})
"""Kinds of legs that are connected with the caller when they are lifted."""
_BESIDE = frozenset({"conference", "barge"})
"""Kinds that the caller hears beside others from then on."""
_SILENT = frozenset({"listen", "whisper"})
"""Kinds that he never hears; no recorder runs."""
_LEAVES = frozenset({FactName.PARKED, FactName.TRANSFERRED, FactName.RETURNED, FactName.REQUEUED})
"""The caller is taken away from everybody whom he heard."""


@dataclass(frozen=True)
class Span:
    """A stretch of time. ``until`` None: to the end of what there is."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class LegVoice:
    """One phone's part. ``recorded_since``: when its file begins; ``heard``: when the caller was connected with it.

    ``resumed``: from which byte of the file on which time begins, where its recorder was stopped for a moment.
    """

    leg: str
    recorded_since: datetime
    heard: tuple[Span, ...]
    resumed: tuple[tuple[int, datetime], ...] = ()


@dataclass
class _Leg:
    recorded_since: datetime | None = None
    kind: str = ""
    since: datetime | None = None
    heard: list[Span] = field(default_factory=list)
    resumed: list[tuple[int, datetime]] = field(default_factory=list)

    def connect(self, at: datetime) -> None:
        if self.since is None:
            self.since = at

    def part(self, at: datetime | None) -> None:
        if self.since is not None:
            if at is None or at > self.since:
                self.heard.append(Span(self.since, at))
            self.since = None


def voices(facts: Sequence[Fact]) -> tuple[LegVoice, ...]:
    """Every leg that has a recorder's file, with the times at which the caller heard it."""
    legs: dict[str, _Leg] = {}
    for fact in sorted(facts, key=lambda one: (one.at, one.line)):
        _apply(legs, fact)
    for leg in legs.values():
        leg.part(None)
    return tuple(
        LegVoice(name, leg.recorded_since, tuple(leg.heard), tuple(leg.resumed))
        for name, leg in legs.items()
        if leg.recorded_since is not None
    )


def _apply(legs: dict[str, _Leg], fact: Fact) -> None:
    name = fact.fields.get("leg", "")
    if fact.event == FactName.LEG_ANSWERED and name:
        _lifted(legs.setdefault(name, _Leg()), fact)
    elif fact.event == FactName.LEG_RESUMED and name in legs and fact.fields.get("bytes", "").isdecimal():
        legs[name].resumed.append((int(fact.fields["bytes"][:12]), fact.at))
    elif fact.event == FactName.LEG_ENDED and name in legs:
        legs[name].part(fact.at)
        legs[name].kind = ""
    elif fact.event == FactName.JOINED and name in legs:
        legs[name].connect(fact.at)
    elif fact.event == FactName.CONNECTED and name in legs:
        _part_all(legs, fact.at, but=name)
        legs[name].connect(fact.at)
    elif fact.event == FactName.CUSTOMER_ANSWERED:
        for leg in legs.values():
            if leg.kind == "outbound":
                leg.connect(fact.at)
    elif fact.event in _LEAVES or fact.event == FactName.ENDED:
        _part_all(legs, fact.at)


def _lifted(leg: _Leg, fact: Fact) -> None:
    leg.kind = fact.fields.get("kind", "")
    if leg.kind not in _SILENT and leg.recorded_since is None:
        leg.recorded_since = fact.at
    if leg.kind in _SOLE or leg.kind in _BESIDE:
        leg.connect(fact.at)
    else:
        leg.part(fact.at)


def _part_all(legs: dict[str, _Leg], at: datetime, but: str = "") -> None:
    for name, leg in legs.items():
        if name != but:
            leg.part(at)
