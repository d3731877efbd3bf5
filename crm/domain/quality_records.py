"""What the house's own records tell of a call: is the ticket whole, was it read back, was it classed right (pure).

No words are needed for these; where words are there, too, what the ticket says was done is held against what is heard.
Reference: domain 3.5 D.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crm.domain.quality_cues import Cue
from crm.domain.quality_findings import AGENT, ENOUGH, Candidate, Finding, Part, Why
from crm.domain.quality_phrases import cues
from crm.domain.spoken import find_all


@dataclass(frozen=True)
class TicketRecord:
    """A ticket that an agent took in a call, as it stands."""

    number: str
    complaint: bool
    missing: tuple[str, ...] = ()
    """what should have been written down and was not"""
    read_back: bool = False
    told: bool = False
    """number, time and contact"""
    classed: bool = False
    """it has a class, and a complaint has a level"""
    corrected: tuple[str, ...] = ()
    """what somebody else had to set right later"""
    by_agent: tuple[str, ...] = ("read_back", "told")
    """what of it this agent wrote down himself"""


def by_records(part: Part, tickets: Sequence[TicketRecord]) -> tuple[Candidate, ...]:
    """What the tickets of a call tell; nothing where there is none."""
    if not tickets:
        return ()
    return (*_whole(tickets), *_done(part, tickets), *_classed(tickets))


def _whole(tickets: Sequence[TicketRecord]) -> Iterable[Candidate]:
    holes = {ticket.number: list(ticket.missing) for ticket in tickets if ticket.missing}
    if holes:
        yield Candidate("D1", Finding.MISSED, Why.FIELDS_MISSING, evidence={"fields": holes})
    else:
        yield Candidate("D1", Finding.MET, Why.FIELDS_THERE, evidence=_numbers(tickets))


def _classed(tickets: Sequence[TicketRecord]) -> Iterable[Candidate]:
    corrected = {ticket.number: list(ticket.corrected) for ticket in tickets if ticket.corrected}
    if corrected:
        yield Candidate("D3", Finding.MISSED, Why.CORRECTED, evidence={"fields": corrected})
        return
    left = [ticket.number for ticket in tickets if not ticket.classed]
    if left:
        yield Candidate("D3", Finding.MISSED, Why.NOT_RECORDED, evidence={"tickets": left})
    else:
        yield Candidate("D3", Finding.MET, Why.RECORDED, evidence=_numbers(tickets))


_STATED: Sequence[tuple[str, str, tuple[Cue, ...]]] = (
    ("D2", "read_back", (Cue.READ_BACK,)),
    ("D4", "told", (Cue.TIME_TOLD, Cue.NUMBER_TOLD)),
)
"""Item, what the ticket states, and how it sounds."""


def _done(part: Part, tickets: Sequence[TicketRecord]) -> Iterable[Candidate]:
    agent = part.of(AGENT)
    can_hear = len(agent.units) >= ENOUGH and bool(cues(part.language, Cue.GREETING))
    for code, stated, sounds in _STATED:
        heard = tuple(span for cue in sounds for span in find_all(cues(part.language, cue), agent)[:2])
        said_so = [ticket for ticket in tickets if getattr(ticket, stated)]
        evidence = {"tickets": [ticket.number for ticket in said_so]}
        if heard:
            yield Candidate(code, Finding.MET, Why.SAID, heard, evidence)
        elif not said_so:
            yield Candidate(code, Finding.MISSED, Why.NOT_RECORDED, evidence={"tickets": _numbers(tickets)["tickets"]})
        elif can_hear and any(stated in ticket.by_agent for ticket in said_so):
            yield Candidate(code, Finding.MISSED, Why.RECORD_SAYS_MORE, evidence=evidence)
            yield Candidate("X07", Finding.FATAL, Why.RECORD_SAYS_MORE, evidence={**evidence, "item": code})
        else:
            yield Candidate(code, Finding.MET, Why.ON_RECORD, evidence=evidence)


def _numbers(tickets: Sequence[TicketRecord]) -> dict[str, list[str]]:
    return {"tickets": [ticket.number for ticket in tickets]}
