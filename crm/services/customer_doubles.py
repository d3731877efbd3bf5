"""Customers who may be one person, merged into one and parted again. The caller's transaction commits.

Everything that hangs on a customer goes over to who is kept, each table by its foreign key; what went is written down,
so that it can go back. Rows that nobody may change stay where they are and are read through the family.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.contact_centre import OutboundCall, Task
from crm.db.customers import CustomerMerge, CustomerWord
from crm.db.models import Base
from crm.db.people import Customer, CustomerNumber
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor
from crm.domain.customers import Profile
from crm.domain.doubles import Likeness, likeness, merged_profile
from crm.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm.services import audit
from crm.services.customer_index import digests, index
from crm.services.customer_records import apply
from crm.services.customer_scope import ACTIVE, MERGED, customers_for, load_customer
from crm.services.customer_views import contacts_of, profile_of_row

STAYS = frozenset(
    {
        "customers.merged_into_id",
        "customer_profiles.customer_id",
        "customer_words.customer_id",
        "customer_changes.customer_id",
        "customer_consents.customer_id",
        "customer_merges.kept_id",
        "customer_merges.merged_id",
    }
)
"""What belongs to the row itself, or is never changed."""
MAX_REASON = 400
_MOST_DOUBLES = 20
_CHUNK = 500


@dataclass(frozen=True)
class Double:
    """Another customer who may be the same person."""

    customer_id: int
    likeness: Likeness


@dataclass(frozen=True)
class MergeView:
    """A merge, and whether it was taken back."""

    id: int
    kept_id: int
    merged_id: int
    at: datetime
    by: str
    reason: str
    counts: Mapping[str, int]
    undone_at: datetime | None
    undone_by: str | None
    undo_reason: str | None


def doubles_of(session: Session, actor: Actor, customer_id: int) -> tuple[Double, ...]:
    """Who else may be this person, the likeliest first, of those whom the actor may see."""
    row = load_customer(session, actor, customer_id)
    shared = _shared(session, row)
    others = session.scalars(
        select(Customer).where(Customer.id.in_(list(shared)), Customer.state == ACTIVE, customers_for(actor))
    ).all()
    mine = profile_of_row(session, row)
    found = [Double(one.id, likeness(mine, profile_of_row(session, one), shared[one.id])) for one in others]
    likely = [one for one in found if one.likeness.points > 0]
    return tuple(sorted(likely, key=lambda one: (-one.likeness.points, one.customer_id))[:_MOST_DOUBLES])


def _shared(session: Session, row: Customer) -> dict[int, set[str]]:
    """Customer → kinds of words and numbers that he has in common with this one."""
    found: dict[int, set[str]] = {}
    keys = select(CustomerNumber.number_key).where(CustomerNumber.customer_id == row.id)
    same = select(CustomerNumber.customer_id).where(
        CustomerNumber.number_key.in_(keys), CustomerNumber.customer_id != row.id
    )
    for other in session.scalars(same.limit(_MOST_DOUBLES * 5)):
        found.setdefault(other, set()).add("number")
    words = {digest: word.partition(":")[0] for digest, word in digests(session, row).items()}
    query = select(CustomerWord.customer_id, CustomerWord.word).where(
        CustomerWord.word.in_(list(words)), CustomerWord.customer_id != row.id
    )
    for other, word in session.execute(query.limit(_MOST_DOUBLES * 20)):
        found.setdefault(other, set()).add(words[word])
    return found


def merge(session: Session, actor: Actor, kept_id: int, merged_id: int, *, reason: str, now: datetime) -> MergeView:
    """Make one of two. Raises NotFoundError, InvalidInputError, ConflictError when one is merged already."""
    text = _reason(reason)
    if kept_id == merged_id:
        raise InvalidInputError("merged_id", "is the same customer")
    rows = {}
    for one in sorted((kept_id, merged_id)):  # always in this order, so that two merges at once do not lock each other
        rows[one] = load_customer(session, actor, one, Action.CUSTOMER_MERGE, lock=True)
        if rows[one].id != one:
            raise ConflictError("one of the two was merged already")
    kept, gone = rows[kept_id], rows[merged_id]
    before, other = profile_of_row(session, kept), profile_of_row(session, gone)
    moved = {place: _move(session, column, gone.id, kept.id) for place, column in movable()}
    row = CustomerMerge(
        kept_id=kept.id, merged_id=gone.id, at=now, by=actor.name, reason=text,
        moved={place: keys for place, keys in moved.items() if keys}, before=_document(before),
    )  # fmt: skip
    session.add(row)
    gone.state, gone.merged_into_id, gone.updated_at, gone.version = MERGED, kept.id, now, gone.version + 1
    session.flush()
    session.expire(kept, ["numbers"])
    session.expire(gone, ["numbers"])
    apply(session, kept, merged_profile(before, other), by=actor.name, now=now)
    index(session, kept)
    _write_down(session, row, "customer.merged", actor, text, now)
    return view(row)


def undo(session: Session, actor: Actor, merge_id: int, *, reason: str, now: datetime) -> MergeView:
    """Part them again: what went over goes back, and what came since by the other's own numbers goes with it.

    What was changed of the kept one since then stays. Raises NotFoundError, ConflictError when it was undone already
    or a later merge stands on it.
    """
    text = _reason(reason)
    row = session.get(CustomerMerge, merge_id)
    if row is None:
        raise NotFoundError("there is no such merge")
    kept = load_customer(session, actor, row.kept_id, Action.CUSTOMER_MERGE, lock=True)
    gone = session.get_one(Customer, row.merged_id)
    if row.undone_at is not None:
        raise ConflictError("this merge was undone already")
    if kept.id != row.kept_id or _later(session, row):
        raise ConflictError("a later merge stands on this one; undo that one first")
    for place, column in movable():
        _send_back(session, column, row.moved.get(place, ()), row)
    session.flush()
    session.expire(kept, ["numbers"])
    session.expire(gone, ["numbers"])
    _send_later_arrivals(session, row, kept, gone)
    gone.state, gone.merged_into_id, gone.updated_at, gone.version = ACTIVE, None, now, gone.version + 1
    _restore(session, row, kept, gone, actor, now)
    row.undone_at, row.undone_by, row.undo_reason = now, actor.name, text
    _write_down(session, row, "customer.parted", actor, text, now)
    return view(row)


def merges_of(session: Session, customer_ids: Sequence[int]) -> tuple[MergeView, ...]:
    """Merges into and of these customers, the latest first."""
    query = select(CustomerMerge).where(
        CustomerMerge.kept_id.in_(customer_ids) | CustomerMerge.merged_id.in_(customer_ids)
    )
    return tuple(view(row) for row in session.scalars(query.order_by(CustomerMerge.id.desc())))


def view(row: CustomerMerge) -> MergeView:
    """A row as it is seen from outside."""
    counts = {place: len(keys) for place, keys in row.moved.items()}
    return MergeView(
        row.id, row.kept_id, row.merged_id, row.at, row.by, row.reason, counts, row.undone_at, row.undone_by,
        row.undo_reason,
    )  # fmt: skip


def movable() -> Iterator[tuple[str, Column[Any]]]:
    """Every column that names a customer and goes over with him."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            place = f"{table.name}.{column.name}"
            if any(key.column.table.name == "customers" for key in column.foreign_keys) and place not in STAYS:
                yield place, column


def _key(column: Column[Any]) -> Column[Any]:
    return next(iter(_table(column).primary_key.columns))


def _table(column: Column[Any]) -> Table:
    return column.table


def _move(session: Session, column: Column[Any], from_id: int, to_id: int) -> list[Any]:
    """Let the rows name the other; gives their keys. A row that he has already stays."""
    key = _key(column)
    keys = list(session.scalars(select(key).where(column == from_id).order_by(key)))
    if _table(column).name in _SAME_TWICE:
        twice = _SAME_TWICE[_table(column).name](session, from_id, to_id)
        keys = [one for one in keys if one not in twice]
    if any(column.name in constraint.columns for constraint in _unique(column)):
        return [one for one in keys if _moved_alone(session, column, key, one, to_id)]
    for start in range(0, len(keys), _CHUNK):
        some = keys[start : start + _CHUNK]
        session.execute(update(_table(column)).where(key.in_(some)).values({column.name: to_id}))
    return keys


def _same_numbers(session: Session, from_id: int, to_id: int) -> set[int]:
    """Numbers that the other has as well: he keeps his own row of each."""
    his = select(CustomerNumber.number_key).where(CustomerNumber.customer_id == to_id)
    twice = select(CustomerNumber.id).where(CustomerNumber.customer_id == from_id, CustomerNumber.number_key.in_(his))
    return set(session.scalars(twice))


def _same_contacts(session: Session, from_id: int, to_id: int) -> set[int]:
    his = {(one.kind, one.address) for one in contacts_of(session, to_id)}
    return {one.id for one in contacts_of(session, from_id) if (one.kind, one.address) in his}


_SAME_TWICE: Mapping[str, Callable[[Session, int, int], set[int]]] = {
    "customer_numbers": _same_numbers,
    "customer_contacts": _same_contacts,
}


def _unique(column: Column[Any]) -> list[Any]:
    from_table = _table(column).constraints
    return [one for one in from_table if type(one).__name__ == "UniqueConstraint"]


def _moved_alone(session: Session, column: Column[Any], key: Column[Any], one: Any, to_id: int) -> bool:
    try:
        with session.begin_nested():
            session.execute(update(_table(column)).where(key == one).values({column.name: to_id}))
    except IntegrityError:
        return False
    return True


def _send_back(session: Session, column: Column[Any], keys: Sequence[Any], row: CustomerMerge) -> None:
    key = _key(column)
    for start in range(0, len(keys), _CHUNK):
        some = keys[start : start + _CHUNK]
        still = update(_table(column)).where(key.in_(some), column == row.kept_id)
        session.execute(still.values({column.name: row.merged_id}))


def _send_later_arrivals(session: Session, row: CustomerMerge, kept: Customer, gone: Customer) -> None:
    """Calls and tickets since the merge from numbers that only the other has."""
    own = {one.number_key for one in kept.numbers}
    keys = [one.number_key for one in gone.numbers if one.number_key not in own]
    since = (
        (Call, Call.caller_key, Call.started_at),
        (Ticket, Ticket.caller_key, Ticket.received_at),
        (OutboundCall, OutboundCall.number_key, OutboundCall.asked_at),
    )
    for model, by, at in since:
        session.execute(
            update(model)
            .where(model.customer_id == kept.id, by.in_(keys), at >= row.at)
            .values(customer_id=gone.id)
            .execution_options(synchronize_session=False)
        )
    tickets = select(Ticket.id).where(Ticket.customer_id == gone.id)
    session.execute(
        update(Task)
        .where(Task.customer_id == kept.id, Task.made_at >= row.at, Task.ticket_id.in_(tickets))
        .values(customer_id=gone.id)
        .execution_options(synchronize_session=False)
    )


def _restore(session: Session, row: CustomerMerge, kept: Customer, gone: Customer, actor: Actor, now: datetime) -> None:
    """The kept one's data as before, but for what somebody changed since the merge."""
    before, other, current = _profile(row.before), profile_of_row(session, gone), profile_of_row(session, kept)
    joined = merged_profile(before, other)
    back = {name: getattr(before, name) for name in asdict(before) if getattr(current, name) == getattr(joined, name)}
    apply(session, kept, replace(current, **back), by=actor.name, now=now)
    for one in (kept, gone):
        index(session, one)


def _later(session: Session, row: CustomerMerge) -> bool:
    both = (row.kept_id, row.merged_id)
    query = select(CustomerMerge.id).where(
        CustomerMerge.id > row.id,
        CustomerMerge.undone_at.is_(None),
        CustomerMerge.kept_id.in_(both) | CustomerMerge.merged_id.in_(both),
    )
    return session.scalars(query.limit(1)).first() is not None


def _reason(text: str) -> str:
    tidy = " ".join(text.split())
    if not 4 <= len(tidy) <= MAX_REASON or not all(char.isprintable() for char in tidy):
        raise InvalidInputError("reason", "say why, in 4 to 400 characters")
    return tidy


def _document(profile: Profile) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(profile).items()}


def _profile(document: Mapping[str, Any]) -> Profile:
    return Profile(**{**document, "vulnerable": tuple(document.get("vulnerable") or ())})


def _write_down(session: Session, row: CustomerMerge, action: str, actor: Actor, reason: str, now: datetime) -> None:
    detail = {"merge_id": row.id, "kept_id": row.kept_id, "merged_id": row.merged_id, "reason": reason}
    for customer_id in (row.kept_id, row.merged_id):
        audit.append(session, at=now, actor=actor.name, action=action, subject=f"customer:{customer_id}", detail=detail)
