"""Customers: found by their number, made when nobody has it. The caller's transaction commits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.people import Customer, CustomerNumber
from crm.domain.errors import NotFoundError
from crm.domain.numbers import number_key
from ivr.routing import Profile

_VIP = "vip"
_SHARING = 20
"""Customers of one number that are looked at."""


def find_or_make(session: Session, number: str | None, *, region: str, now: datetime) -> Customer | None:
    """Whose number this is: the customer who has had it longest, or a new one. None without a number."""
    key = number_key(number, region)
    if key is None:
        return None
    if session.get_bind().dialect.name == "postgresql":
        lock = select(func.pg_advisory_xact_lock(func.hashtext(f"customer {key}")))
        session.execute(lock)
    found = session.scalars(
        select(Customer)
        .join(CustomerNumber)
        .where(CustomerNumber.number_key == key)
        .order_by(CustomerNumber.id)
        .limit(1)
    ).first()
    if found is not None:
        return found
    made = Customer(name="", created_at=now, numbers=[CustomerNumber(number=key)])
    session.add(made)
    session.flush()
    return made


def get_customer(session: Session, customer_id: int) -> Customer:
    """The customer. Raises NotFoundError."""
    found = session.get(Customer, customer_id)
    if found is None:
        raise NotFoundError("there is no such customer")
    return found


def profile_of(session: Session, number: str | None, *, region: str) -> Profile:
    """How a caller is to be treated who shows this number: what holds for any of the customers who have it."""
    key = number_key(number, region)
    if key is None:
        return Profile()
    rows = session.execute(
        select(Customer.grade, Customer.elderly, Customer.language)
        .join(CustomerNumber)
        .where(CustomerNumber.number_key == key)
        .order_by(CustomerNumber.id)
        .limit(_SHARING)
    ).all()
    languages = {row.language for row in rows if row.language}
    return Profile(
        vip=any(row.grade == _VIP for row in rows),
        elderly=any(row.elderly for row in rows),
        language=languages.pop() if len(languages) == 1 else None,
    )
