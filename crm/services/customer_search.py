"""Customers found by a number in any form, a name or its sound, an identity number, an address; and listed.

Nothing is compared with a sealed value: every look-up goes by a blind index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Integer, Select, Text, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from crm.db.customers import CustomerProfile, CustomerWord
from crm.db.people import Customer, CustomerNumber
from crm.db.tickets import Ticket
from crm.domain import masking
from crm.domain.access import Actor
from crm.domain.customer_words import asked
from crm.domain.customers import ContactKind, Grade
from crm.domain.errors import InvalidInputError
from crm.domain.field_rules import Field, Sight, sight
from crm.domain.numbers import digits_of, number_key
from crm.domain.tickets import COMPLAINT_KINDS, ENDED, Status
from crm.services import scope
from crm.services.customer_scope import ACTIVE, customers_for, listed_for
from crm.services.customer_views import at_home, elderly, main_number, name_shown, profile_of_row
from crm.services.paging import Page, checked_limit, decode_cursor, encode_cursor

MOST_FOUND = 50
_ORDER = "-id"
_OPEN = sorted(set(Status) - set(ENDED))


@dataclass(frozen=True)
class CustomerLine:
    """A customer in a list: names and numbers masked for everybody."""

    id: int
    name: str | None
    number: str | None
    grade: str
    elderly: bool
    vulnerable: tuple[str, ...]
    language: str | None
    open_tickets: int
    open_complaints: int
    created_at: datetime


@dataclass(frozen=True)
class CustomerFilters:
    """What to look for; empty: everybody. ``care``: only who is elderly or needs more care."""

    grade: str | None = None
    care: bool = False
    open_complaints: bool = False


def ids_of(session: Session, actor: Actor, text: str, *, region: str) -> tuple[int, ...]:
    """Customers whom the actor may see and whom this text stands for, the surest first.

    What a double was found by leads to who was kept.
    """
    found: dict[int, None] = {}
    double = aliased(Customer)
    for owners in _owners(text, region):
        kept = select(double.merged_into_id).where(double.id.in_(owners), double.merged_into_id.is_not(None))
        whose = or_(Customer.id.in_(owners), Customer.id.in_(kept))
        query = select(Customer.id).where(whose, Customer.state == ACTIVE, customers_for(actor))
        found |= dict.fromkeys(session.scalars(query.order_by(Customer.id).limit(MOST_FOUND)))
    return tuple(found)[:MOST_FOUND]


def _owners(text: str, region: str) -> list[Select[int]]:
    """Ids of customers for every way in which this text may stand for one, the surest way first."""
    owners = []
    if 3 <= len(digits_of(text)) <= 20:
        key = number_key(text, region) or ""
        owners.append(select(CustomerNumber.customer_id).where(CustomerNumber.number_key == key))
    words = asked(text, ContactKind)
    return owners + [select(CustomerWord.customer_id).where(CustomerWord.word == word) for word in words]


def search(session: Session, actor: Actor, text: str, *, today: date, region: str) -> tuple[CustomerLine, ...]:
    """The same as lines of a list."""
    ids = ids_of(session, actor, text, region=region)
    rows = {row.id: row for row in session.scalars(select(Customer).where(Customer.id.in_(ids)))}
    return lines(session, actor, [rows[one] for one in ids], today=today, region=region)


def list_customers(
    session: Session,
    actor: Actor,
    filters: CustomerFilters,
    *,
    cursor: str | None = None,
    limit: int | None = None,
    today: date,
    region: str,
) -> Page[CustomerLine]:
    """Customers whom the actor may see, the newest first. Raises InvalidInputError for a bad filter or cursor."""
    count = checked_limit(limit)
    query = select(Customer).where(Customer.state == ACTIVE, listed_for(actor), *_conditions(filters))
    if cursor:
        query = query.where(Customer.id < decode_cursor(cursor, _ORDER, int)[1])
    rows = session.scalars(query.order_by(Customer.id.desc()).limit(count + 1)).all()
    following = encode_cursor(_ORDER, None, rows[count - 1].id) if len(rows) > count else None
    return Page(lines(session, actor, rows[:count], today=today, region=region), following)


def _conditions(filters: CustomerFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.grade is not None:
        if filters.grade not in set(Grade):
            raise InvalidInputError("grade", "is not one of the choices")
        conditions.append(Customer.grade == filters.grade)
    if filters.care:
        conditions.append(or_(Customer.elderly, cast(Customer.vulnerable, Text) != "[]"))
    if filters.open_complaints:
        complaints = select(Ticket.customer_id).where(
            Ticket.kind.in_(sorted(COMPLAINT_KINDS)),
            Ticket.status.in_(_OPEN),
            Ticket.customer_id.is_not(None),
        )
        conditions.append(Customer.id.in_(complaints))
    return conditions


def lines(
    session: Session, actor: Actor, rows: Sequence[Customer], *, today: date, region: str
) -> tuple[CustomerLine, ...]:
    """Rows as lines, with few queries however many there are."""
    ids = [row.id for row in rows]
    session.scalars(select(CustomerProfile).where(CustomerProfile.customer_id.in_(ids))).all()  # for those below
    counts = _open_tickets(session, actor, ids)
    return tuple(_line(session, actor, row, counts.get(row.id, (0, 0)), today, region) for row in rows)


def _line(
    session: Session, actor: Actor, row: Customer, counts: tuple[int, int], today: date, region: str
) -> CustomerLine:
    number = main_number(row)
    how = min(sight(actor.roles, Field.PHONE), Sight.MASKED, key=(Sight.HIDDEN, Sight.MASKED, Sight.WHOLE).index)
    return CustomerLine(
        id=row.id, name=name_shown(actor, row.name, in_list=True), grade=row.grade,
        vulnerable=tuple(row.vulnerable or ()),
        number=masking.shown(at_home(number.number, region), Field.PHONE, how) if number else "",
        elderly=elderly(profile_of_row(session, row), today), language=row.language, created_at=row.created_at,
        open_tickets=counts[0], open_complaints=counts[1],
    )  # fmt: skip


def _open_tickets(session: Session, actor: Actor, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Customer → open tickets that the actor may see, and how many of them are complaints."""
    if not ids:
        return {}
    complaint = func.sum(Ticket.kind.in_(sorted(COMPLAINT_KINDS)).cast(Integer))
    query = (
        select(Ticket.customer_id, func.count(), complaint)
        .where(Ticket.customer_id.in_(ids), Ticket.status.in_(_OPEN), scope.tickets_for(actor))
        .group_by(Ticket.customer_id)
    )
    return {row[0]: (row[1], int(row[2] or 0)) for row in session.execute(query) if row[0] is not None}
