"""Lives of tickets: made, moved and ended through the services, each in one transaction, at times that are drawn.

``live`` carries one out; ``tests.plain_terms`` says without our clocks what its terms must be.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from crm.db.aftercare import Visit
from crm.db.session import Database
from crm.db.tickets import Ticket
from crm.domain.access import Actor
from crm.domain.approvals import Decision
from crm.domain.evidence import EvidenceKind
from crm.domain.handling import Act
from crm.domain.messages import MessageState
from crm.domain.tickets import Channel, Kind
from crm.services import (
    after_facts,
    approvals,
    confirming,
    delivery,
    evidence,
    extensions,
    form_paper,
    forms,
    handling,
    visits,
)
from crm.services.evidence import NewEvidence
from crm.services.ticket_changes import NewTicket, create_ticket
from crm.services.ticket_moves import move_ticket
from crm.services.visits import Said
from tests.complaints import CENTRE, CODES, REPLY, SOLUTION, Office, open_office

FIRST, LAST = datetime(2025, 1, 2, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
SIGNERS = ("amy", "sam", "carl", "dan", "carl", "amy")
_PLAIN = (Kind.INQUIRY, Kind.SERVICE, Kind.SUGGESTION, Kind.PRAISE, Kind.CALLBACK, Kind.LOSS_REPORT)
_CHANNELS = (Channel.PHONE, Channel.EMAIL, Channel.WEB, Channel.LETTER)


@dataclass
class Life:
    """A ticket on its way. ``span``: the longest pause between two things, in hours."""

    session: Session
    people: dict[str, Actor]
    rng: random.Random
    now: datetime
    span: float = 30
    ticket_id: int = 0

    def later(self) -> datetime:
        """Time passes, mostly little."""
        self.now += timedelta(hours=self.span * self.rng.random() ** 3, minutes=1)
        return self.now

    def make(self, kind: Kind) -> None:
        """It comes in."""
        self.later()
        new = NewTicket(kind, self.rng.choice(_CHANNELS), "it did not work", caller_number="13800138000")
        made = create_ticket(self.session, self.people["amy"], new, centre=CENTRE, now=self.now)
        self.ticket_id = made.summary.id

    def move(self, who: str, move: str, **given: Any) -> None:
        """Somebody moves it."""
        reason = given.pop("reason", "")
        move_ticket(self.session, self.people[who], self.ticket_id, move, now=self.later(), reason=reason, fields=given)

    def ticket(self) -> Ticket:
        """The row."""
        return self.session.get_one(Ticket, self.ticket_id)


def live(database: Database, people: dict[str, Actor], seed: int, kind: str = "") -> int:
    """One life from its number, of a drawn kind or of this one; gives the ticket."""
    rng = random.Random(seed)
    start = FIRST + (LAST - FIRST) * rng.random()
    with database.write() as session:
        life = Life(session, people, rng, start, span=rng.choice((2, 10, 60)))
        drawn = rng.choices(("plain", "withdrawn", "declined", "on_spot", "investigated"), (76, 12, 5, 5, 2))[0]
        LIVES[kind or drawn](life)
        return life.ticket_id


def office(database: Database) -> Office:
    """The people of all lives."""
    return open_office(database)


def _plain(life: Life) -> None:
    life.make(life.rng.choice(_PLAIN))
    life.move("amy", "acknowledge")
    if life.rng.random() < 0.9:
        life.move("amy", "complete", result="answered")


def _take_in(life: Life, level: int) -> None:
    life.make(Kind.COMPLAINT)
    life.move("amy", "acknowledge")
    given = {"severity": life.rng.choice(("S2", "S3")), "category": "cards.other", "department": "customer_maintenance"}
    life.move("amy", "triage", level=level, **given, **CODES)


def _withdrawn(life: Life) -> None:
    _take_in(life, life.rng.choice((1, 2)))
    if life.rng.random() < 0.5:
        life.move("sam", "assign", assignee="carl", first_act="I am sorry that this happened")
    life.move("sam", "withdraw", reason="he thought better of it", proof="his letter")


def _declined(life: Life) -> None:
    _take_in(life, 1)
    life.move("carl", "decline", reason="not by the party", told=True)


def _on_spot(life: Life) -> None:
    _take_in(life, 1)
    life.move("amy", "solve_on_spot", first_act="explained the rule", agreed=True, result="he understands")
    life.move("amy", "tell_result", proof="said on the line")
    _after(life)


def _investigated(life: Life) -> None:
    _take_in(life, 2)
    life.move("sam", "assign", assignee="carl", first_act="I am sorry that this happened")
    life.move("carl", "investigate")
    if life.rng.random() < 0.4:
        _extended(life)
    heard = NewEvidence(EvidenceKind.STATEMENT, "note", "the tone", "the recording", life.now, text="he shouted")
    evidence.add(life.session, life.people["carl"], life.ticket_id, heard, now=life.later())
    if life.rng.random() < 0.4:
        life.move("sam", "suspend", reason="a hand-writing", appraisal="an institute, the signature", told=True)
        life.now += timedelta(days=life.rng.random() * 12)
        life.move("sam", "resume", result="it is his hand")
    life.move("carl", "propose", **SOLUTION)
    if life.rng.random() < 0.2:
        life.move("sam", "return", reason="too little")
        life.move("carl", "propose", **SOLUTION)
    for name in ("sam", "cora", "dan"):
        _sign(life, name)
    life.move("gina", "approve")
    life.move("carl", "execute", result="apologised")
    handling.write(life.session, life.ticket(), Act.NO_PENALTY, actor="dan", now=life.now, note="nobody's fault")
    life.move("carl", "notify", **REPLY)
    _after(life)


def _sign(life: Life, name: str) -> None:
    request = approvals.requests_of(life.session, life.ticket_id)[0]
    approvals.sign(life.session, life.people[name], request.id, Decision.APPROVE, now=life.later())


def _extended(life: Life) -> None:
    """A longer term, if there is still time to ask for it."""
    standing = extensions.standing(life.session, life.ticket(), life.now)
    if not hasattr(standing.offer, "to"):
        return
    request = extensions.ask(
        life.session, life.people["carl"], life.ticket_id, "another bank must answer", now=life.now
    )
    life.session.refresh(request)
    approvals.sign(life.session, life.people["dan"], request.id, Decision.APPROVE, now=life.now)
    message_id = extensions.tell(life.session, life.people["carl"], life.ticket_id, "phone", now=life.now)
    delivery.settle(
        life.session,
        message_id,
        MessageState.DELIVERED,
        outcome="told",
        actor="carl",
        now=life.now,
        detail={"call": "x"},
    )


def _after(life: Life) -> None:
    """Confirmed, form, visit, closed."""
    session, people = life.session, life.people
    confirming.confirm(
        session, people["carl"], life.ticket_id, satisfaction=4, opinion="", call_id="", now=life.later()
    )
    given = form_paper.prefill(session, life.ticket(), people["amy"], language="zh", zone=CENTRE.zone, now=life.now)
    given |= {"complained_about": "the hotline", "real_name": "张三", "user_name": "zhang"}
    forms.fill_in(session, people["amy"], life.ticket_id, given, language="zh", now=life.later())
    for name in SIGNERS:
        row = after_facts.form_of(session, life.ticket_id)
        forms.sign(session, people[name], life.ticket_id, "agreed", seen=row.version if row else 0, now=life.later())
    life.move("carl", "sign_form")
    life.move("carl", "plan_visit")
    visit = visits.plan_after_notice(session, life.ticket(), CENTRE, now=life.now)
    assert isinstance(visit, Visit)
    visits.take(session, people["ben"], visit.id, now=life.later())
    visits.record(
        session,
        people["ben"],
        visit.id,
        Said({"satisfaction": "4", "settled": "yes", "carried_out": "yes"}),
        now=life.later(),
    )
    life.move("carl", "close", result="he is content")


LIVES = {
    "plain": _plain,
    "withdrawn": _withdrawn,
    "declined": _declined,
    "on_spot": _on_spot,
    "investigated": _investigated,
}
