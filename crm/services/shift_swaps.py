"""Swaps: one asks, the other agrees, who plans for both approves; only then do shifts change hands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.db.shifts import Shift, ShiftSwap
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.notices import NoticeKind
from crm.domain.rosters import BLOCKING, Finding
from crm.services import notices, roster_checks, shift_people
from crm.services.shift_people import write_down

OPEN = ("asked", "agreed")
MAX_REASON = 200
MINE, REQUESTS = "/shifts/mine", "/shifts/requests"


def ask(
    session: Session, actor: Actor, shift_id: int, partner_id: int, *, other_shift_id: int | None = None,
    reason: str = "", now: datetime,
) -> ShiftSwap:  # fmt: skip
    """Ask a colleague to take a shift over, for one of his or for nothing.

    Raises ForbiddenError, NotFoundError, InvalidInputError, ConflictError.
    """
    mine = _shift_of(session, actor.user_id, shift_id, now)
    if partner_id not in {one.id for one in shift_people.colleagues(session, actor)}:
        raise InvalidInputError("partner", "there is no such colleague")
    other = _shift_of(session, partner_id, other_shift_id, now) if other_shift_id is not None else None
    if len(reason.strip()) > MAX_REASON:
        raise InvalidInputError("reason", f"must have at most {MAX_REASON} characters")
    ids = [one.id for one in (mine, other) if one is not None]
    busy = select(ShiftSwap.id).where(
        ShiftSwap.state.in_(OPEN), or_(ShiftSwap.shift_id.in_(ids), ShiftSwap.other_shift_id.in_(ids))
    )
    if session.scalar(busy) is not None:
        raise ConflictError("a swap of this shift is asked for already")
    row = ShiftSwap(
        asker_id=mine.user_id, partner_id=partner_id, shift_id=mine.id, other_shift_id=other.id if other else None,
        reason=reason.strip(), state="asked", asked_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _note(session, actor, row, "swap_asked", now)
    notices.tell(session, partner_id, NoticeKind.SHIFT_ASKED, None, now, by=actor.user_id, path=MINE)
    return row


def _shift_of(session: Session, user_id: int | None, shift_id: int, now: datetime) -> Shift:
    found = session.get(Shift, shift_id)
    if found is None or found.user_id != user_id or found.state != "published":
        raise NotFoundError("there is no such shift")
    if found.starts_at <= now:
        raise ConflictError("the shift has begun already")
    return found


def answer(session: Session, actor: Actor, swap_id: int, *, agree: bool, now: datetime) -> ShiftSwap:
    """The colleague agrees or declines. Raises NotFoundError, ConflictError."""
    row = _load(session, swap_id)
    if row.partner_id != actor.user_id:
        raise NotFoundError("there is no such swap")
    _at(row, "asked")
    _still(row, now)
    row.state, row.answered_at, row.version = ("agreed" if agree else "declined"), now, row.version + 1
    _note(session, actor, row, f"swap_{row.state}", now)
    notices.tell(session, row.asker_id, NoticeKind.SHIFT_ANSWERED, None, now, by=actor.user_id, path=MINE)
    if agree:
        leaders = shift_people.planners(session, row.asker_id)
        for leader in leaders:
            if leader.id != row.partner_id:
                notices.tell(session, leader.id, NoticeKind.SHIFT_ASKED, None, now, by=actor.user_id, path=REQUESTS)
    return row


def withdraw(session: Session, actor: Actor, swap_id: int, *, now: datetime) -> ShiftSwap:
    """Who asked takes it back, as long as it was not approved. Raises NotFoundError, ConflictError."""
    row = _load(session, swap_id)
    if row.asker_id != actor.user_id:
        raise NotFoundError("there is no such swap")
    _at(row, *OPEN)
    row.state, row.version = "withdrawn", row.version + 1
    _note(session, actor, row, "swap_withdrawn", now)
    notices.tell(session, row.partner_id, NoticeKind.SHIFT_ANSWERED, None, now, by=actor.user_id, path=MINE)
    return row


def decide(session: Session, actor: Actor, swap_id: int, *, approve: bool, note: str, now: datetime) -> ShiftSwap:
    """Approve, and the shifts change hands; or refuse, with a reason. Never by one of the two.

    Raises NotFoundError, ForbiddenError, ConflictError, InvalidInputError.
    """
    row = _load(session, swap_id)
    if actor.user_id in {row.asker_id, row.partner_id}:
        raise ForbiddenError("nobody approves his own swap")
    for user_id in sorted({row.asker_id, row.partner_id}):
        shift_people.load(session, actor, user_id, Action.SHIFT_PLAN, locks=True)
    _at(row, "agreed")
    if len(note.strip()) > MAX_REASON or (not approve and not note.strip()):
        raise InvalidInputError("note", "say why it is refused")
    if approve:
        _still(row, now)
        blocking = [one for one in after(session, row) if one.trouble in BLOCKING]
        if blocking:
            raise ConflictError("one of them would have two shifts at a time, or a shift during leave")
        _change_hands(session, actor, row, now)
    row.state = "approved" if approve else "refused"
    row.decided_at, row.decided_by, row.note, row.version = now, actor.name, note.strip(), row.version + 1
    _note(session, actor, row, f"swap_{row.state}", now)
    for user_id in (row.asker_id, row.partner_id):
        notices.tell(session, user_id, NoticeKind.SHIFT_ANSWERED, None, now, by=actor.user_id, path=MINE)
    return row


def after(session: Session, swap: ShiftSwap) -> tuple[Finding, ...]:
    """What would be wrong for the two when the swap were made; nothing is changed."""
    rows = [swap.shift, *([swap.other_shift] if swap.other_shift is not None else [])]
    first, last = min(one.day for one in rows), max(one.day for one in rows)
    moved = [_copy(one, swap.partner_id if one is swap.shift else swap.asker_id) for one in rows]
    found = roster_checks.troubles_with(session, first, last, without={one.id for one in rows}, planned=moved)
    return tuple(one for one in found if one.user_id in {swap.asker_id, swap.partner_id})


def _copy(shift: Shift, user_id: int) -> Shift:
    return Shift(
        user_id=user_id, day=shift.day, kind=shift.kind, starts_at=shift.starts_at, ends_at=shift.ends_at,
        parts=list(shift.parts), state="draft", origin="swap",
    )  # fmt: skip


def _change_hands(session: Session, actor: Actor, swap: ShiftSwap, now: datetime) -> None:
    """The old rows stay as history; each gets a new one of the other's."""
    for shift, user_id in ((swap.shift, swap.partner_id), (swap.other_shift, swap.asker_id)):
        if shift is None:
            continue
        made = _copy(shift, user_id)
        made.state, made.published_at, made.made_at, made.made_by = "published", now, now, "swap"
        shift.state, shift.version = "cancelled", shift.version + 1
        session.add(made)
        shift_people.note(session, actor.name, "swapped", shift, now)
        shift_people.note(session, actor.name, "swapped", made, now)
    session.flush()


def lapse(session: Session, now: datetime) -> int:
    """Swaps whose shift has begun before anybody decided are over; gives how many."""
    rows = session.scalars(select(ShiftSwap).where(ShiftSwap.state.in_(OPEN))).unique().all()
    late = [one for one in rows if _begun(one, now)]
    for row in late:
        row.state, row.decided_at, row.version = "lapsed", now, row.version + 1
        write_down(session, "system", "swap_lapsed", now=now, user_id=row.asker_id, shift_id=row.shift_id, swap=row.id)
        notices.tell(session, row.asker_id, NoticeKind.SHIFT_ANSWERED, None, now, path=MINE)
    return len(late)


def _begun(swap: ShiftSwap, now: datetime) -> bool:
    rows = [swap.shift, *([swap.other_shift] if swap.other_shift is not None else [])]
    return any(one.starts_at <= now or one.state != "published" for one in rows)


def _still(swap: ShiftSwap, now: datetime) -> None:
    if _begun(swap, now):
        raise ConflictError("a shift of this swap has begun or was changed")


def _load(session: Session, swap_id: int) -> ShiftSwap:
    query = select(ShiftSwap).where(ShiftSwap.id == swap_id).with_for_update(of=ShiftSwap)
    row = session.scalars(query).unique().one_or_none()
    if row is None:
        raise NotFoundError("there is no such swap")
    return row


def _at(swap: ShiftSwap, *states: str) -> None:
    if swap.state not in states:
        raise ConflictError("somebody else has decided on this swap")


def _note(session: Session, actor: Actor, swap: ShiftSwap, event: str, now: datetime) -> None:
    session.flush()
    write_down(
        session, actor.name, event, now=now, user_id=swap.asker_id, shift_id=swap.shift_id, swap=swap.id,
        partner=swap.partner_id, other_shift=swap.other_shift_id,
    )  # fmt: skip


def of_person(session: Session, user_id: int, limit: int = 20) -> Sequence[ShiftSwap]:
    """Swaps that somebody asked for or was asked, the newest first."""
    query = (
        select(ShiftSwap)
        .where(or_(ShiftSwap.asker_id == user_id, ShiftSwap.partner_id == user_id))
        .order_by(ShiftSwap.id.desc())
        .limit(limit)
    )
    return session.scalars(query).unique().all()


def waiting(session: Session, actor: Actor) -> Sequence[ShiftSwap]:
    """Swaps that both agreed on and the actor may decide on, the next shift first."""
    mine = {one.id for one in shift_people.people(session, actor, Action.SHIFT_PLAN)} - {actor.user_id}
    rows = session.scalars(select(ShiftSwap).where(ShiftSwap.state == "agreed")).unique().all()
    return sorted((one for one in rows if {one.asker_id, one.partner_id} <= mine), key=lambda one: one.shift.starts_at)


def offers(session: Session, user_ids: Sequence[int], since: datetime, until: datetime) -> Sequence[Shift]:
    """Shifts of colleagues that might be had for one's own, the next first."""
    query = select(Shift).where(
        Shift.user_id.in_(user_ids), Shift.state == "published", Shift.starts_at > since, Shift.starts_at <= until
    )
    return session.scalars(query.order_by(Shift.starts_at, Shift.user_id).limit(200)).all()
