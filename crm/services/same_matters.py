"""Tickets that belong together: the same matter told twice, a repeat soon after. Found by keys, decided by a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from crm.db.intake import TicketIntake, TicketLink
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.likeness import Link, LinkKind, Matter, link, telling_words
from crm.domain.tickets import ENDED, Status
from crm.services import rules, scope
from crm.services.classify import told
from crm.services.ticket_changes import record_event
from crm.services.ticket_moves import move_ticket
from crm.services.tickets import load_ticket

SUGGESTED, MERGED, LINKED, APART = "suggested", "merged", "linked", "apart"
_LOOKED_AT = 60
"""Older tickets of one person that a new one is compared with."""
_LOOK_BACK = timedelta(days=180)


@dataclass(frozen=True)
class LinkView:
    """A ticket that seems to belong to another, as its page shows it."""

    id: int
    ticket_id: int
    number: str
    status: str
    kind: str
    link: str
    score: float
    whys: tuple[str, ...]
    state: str
    received_at: datetime
    text: str
    newer: bool
    """it came after the one whose page this is"""


def look(session: Session, ticket: Ticket, *, now: datetime) -> tuple[Link, ...]:
    """Compare a ticket with the older ones of the same person, and write down what belongs together."""
    intake = session.get(TicketIntake, ticket.id)
    same = _same_person(ticket, intake)
    if same is None or ticket.status == Status.MERGED:
        return ()
    older = session.execute(
        select(Ticket, TicketIntake)
        .outerjoin(TicketIntake, TicketIntake.ticket_id == Ticket.id)
        .where(same, Ticket.id < ticket.id, Ticket.received_at > now - _LOOK_BACK, Ticket.status != Status.MERGED)
        .order_by(Ticket.id.desc())
        .limit(_LOOKED_AT)
    ).all()
    new = _matter(session, ticket, intake)
    within = timedelta(days=rules.current(session).repeat_days)
    there = set(session.scalars(select(TicketLink.other_id).where(TicketLink.ticket_id == ticket.id)))
    found = []
    for other, others in older:
        one = link(new, _matter(session, other, others), repeat_within=within)
        if one is not None and other.id not in there:
            session.add(_row(ticket.id, other.id, one, now))
            found.append(one)
    session.flush()
    return tuple(found)


def _row(ticket_id: int, other_id: int, one: Link, now: datetime) -> TicketLink:
    return TicketLink(
        ticket_id=ticket_id, other_id=other_id, kind=one.kind, score=one.score, whys=[str(why) for why in one.whys],
        state=SUGGESTED, made_at=now, decided_by="",
    )  # fmt: skip


def _same_person(ticket: Ticket, intake: TicketIntake | None) -> ColumnElement[bool] | None:
    parts: list[ColumnElement[bool]] = []
    if ticket.caller_key:
        parts.append(Ticket.caller_key == ticket.caller_key)
    if ticket.customer_id is not None:
        parts.append(Ticket.customer_id == ticket.customer_id)
    if intake is not None:
        for column, key in ((TicketIntake.email_key, intake.email_key), (TicketIntake.handle_key, intake.handle_key)):
            if key:
                parts.append(Ticket.id.in_(select(TicketIntake.ticket_id).where(column == key)))
    return or_(*parts) if parts else None


def persons(ticket: Ticket, intake: TicketIntake | None) -> frozenset[str]:
    """All keys by which the customer of a ticket is known."""
    keys = {f"number:{ticket.caller_key}"} if ticket.caller_key else set()
    if ticket.customer_id is not None:
        keys.add(f"customer:{ticket.customer_id}")
    if intake is not None:
        keys |= {f"email:{intake.email_key}"} if intake.email_key else set()
        keys |= {f"handle:{intake.handle_key}"} if intake.handle_key else set()
    return frozenset(keys)


def _matter(session: Session, ticket: Ticket, intake: TicketIntake | None) -> Matter:
    ended = ticket.status in ENDED
    return Matter(
        person=persons(ticket, intake),
        words=telling_words(told(session, ticket)[0]),
        received_at=ticket.received_at,
        kind=ticket.kind,
        category=ticket.category,
        amount_fen=ticket.amount_fen,
        occurred_at=ticket.occurred_at,
        party=ticket.complained_about,
        ended_at=(ticket.closed_at or ticket.received_at) if ended else None,
        open=not ended,
    )


def of_ticket(session: Session, actor: Actor, ticket_id: int) -> tuple[LinkView, ...]:
    """The tickets that seem to belong to this one, or did before a person decided; those that the actor may see."""
    rows = session.scalars(
        select(TicketLink)
        .where(or_(TicketLink.ticket_id == ticket_id, TicketLink.other_id == ticket_id))
        .order_by(TicketLink.score.desc(), TicketLink.id)
    ).all()
    others = {row.other_id if row.ticket_id == ticket_id else row.ticket_id for row in rows}
    seen = session.scalars(select(Ticket).where(Ticket.id.in_(others), scope.tickets_for(actor))).all()
    by_id = {ticket.id: ticket for ticket in seen}
    views = []
    for row in rows:
        other = by_id.get(row.other_id if row.ticket_id == ticket_id else row.ticket_id)
        if other is not None:
            views.append(_view(session, row, other, newer=row.ticket_id != ticket_id))
    return tuple(views)


def _view(session: Session, row: TicketLink, other: Ticket, *, newer: bool) -> LinkView:
    return LinkView(
        row.id, other.id, other.number, other.status, other.kind, row.kind, row.score, tuple(row.whys), row.state,
        other.received_at, told(session, other)[0][:300], newer,
    )  # fmt: skip


def merge(session: Session, actor: Actor, link_id: int, *, reason: str, now: datetime) -> int:
    """Merge the newer ticket into the older; gives the older one's id.

    Raises NotFoundError, ConflictError, IllegalMoveError that says why not, ForbiddenError.
    """
    row, newer, older = _load(session, actor, link_id)
    if row.state == MERGED:
        raise ConflictError("these tickets are merged already")
    fields = {"into": older.number}
    move_ticket(session, actor, newer.id, "merge", now=now, reason=reason, fields=fields)
    _decide(row, MERGED, actor, now)
    record_event(
        session, older, "merged_here", actor=actor.name, at=now, reason=reason, fields={"number": newer.number}
    )
    return older.id


def keep_apart(session: Session, actor: Actor, link_id: int, *, reason: str, now: datetime) -> int:
    """Say that they are different matters; gives the newer one's id. Raises NotFoundError, InvalidInputError."""
    return _say(session, actor, link_id, APART, reason, now)


def keep_linked(session: Session, actor: Actor, link_id: int, *, reason: str, now: datetime) -> int:
    """Say that it is a repeat, a matter of its own that belongs to the other; gives the newer one's id."""
    return _say(session, actor, link_id, LINKED, reason, now)


def _say(session: Session, actor: Actor, link_id: int, state: str, reason: str, now: datetime) -> int:
    row, newer, older = _load(session, actor, link_id)
    if not reason.strip():
        raise InvalidInputError("reason", "a reason must be given")
    if row.state == MERGED:
        raise ConflictError("these tickets are merged already")
    _decide(row, state, actor, now)
    event = "kept_apart" if state == APART else "linked_to"
    record_event(session, newer, event, actor=actor.name, at=now, reason=reason, fields={"number": older.number})
    return newer.id


def _load(session: Session, actor: Actor, link_id: int) -> tuple[TicketLink, Ticket, Ticket]:
    row = session.get(TicketLink, link_id)
    if row is None:
        raise NotFoundError("there is no such link")
    newer, older = load_ticket(session, actor, row.ticket_id), load_ticket(session, actor, row.other_id)
    for ticket in (newer, older):
        if not scope.may_on_ticket(session, actor, Action.TICKET_MOVE, ticket.id):
            raise ForbiddenError("your role does not decide this")
    return row, newer, older


def _decide(row: TicketLink, state: str, actor: Actor, now: datetime) -> None:
    row.state, row.decided_by, row.decided_at = state, actor.name, now


def possible(
    session: Session, actor: Actor, *, number_key: str | None, email_key: str, text: str, now: datetime
) -> Sequence[LinkView]:
    """Before anything is written: tickets that the matter being typed in may belong to."""
    keys: list[ColumnElement[bool]] = []
    if number_key:
        keys.append(Ticket.caller_key == number_key)
    if email_key:
        keys.append(Ticket.id.in_(select(TicketIntake.ticket_id).where(TicketIntake.email_key == email_key)))
    if not keys:
        return ()
    rows = session.scalars(
        select(Ticket)
        .where(or_(*keys), Ticket.received_at > now - _LOOK_BACK, scope.tickets_for(actor))
        .order_by(Ticket.id.desc())
        .limit(10)
    ).all()
    person = frozenset({"it"})
    new = Matter(person=person, words=telling_words(text), received_at=now, kind="")
    within = timedelta(days=rules.current(session).repeat_days)
    views = []
    for other in rows:
        told_there = told(session, other)[0]
        old = Matter(
            person=person, words=telling_words(told_there), received_at=other.received_at, kind=other.kind,
            ended_at=other.closed_at, open=other.status not in ENDED,
        )  # fmt: skip
        one = link(new, old, repeat_within=within)
        if one is not None or old.open:
            kind, score = (one.kind, one.score) if one else (LinkKind.REPEAT, 0.0)
            whys = tuple(map(str, one.whys)) if one else ()
            views.append(
                LinkView(
                    0,
                    other.id,
                    other.number,
                    other.status,
                    other.kind,
                    kind,
                    score,
                    whys,
                    SUGGESTED,
                    other.received_at,
                    told_there[:300],
                    newer=False,
                )
            )
    return sorted(views, key=lambda view: -view.score)
