"""Customers written: made, their data, numbers and channels changed. The caller's transaction commits.

Each change is a row and an entry of the audit chain, which names the fields and tells no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.customers import CustomerChange, CustomerContact, CustomerProfile
from crm.db.people import Customer, CustomerNumber
from crm.domain.access import Action, Actor, reach
from crm.domain.customers import MOST_CONTACTS, MOST_NUMBERS, NumberKind, Profile, checked, checked_contact
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.numbers import digits_of, number_key
from crm.services import audit
from crm.services.centre import Centre
from crm.services.customer_index import index
from crm.services.customer_scope import load_customer
from crm.services.customer_views import contacts_of, profile_of_row

LANGUAGES = ("zh", "en")
_OF_CUSTOMER = frozenset({"name", "grade", "elderly", "vulnerable", "language", "preferred_channel", "preferred_time"})
EDITABLE = frozenset(asdict(Profile()))


def make_customer(
    session: Session, actor: Actor, values: Mapping[str, Any], *, number: str | None, centre: Centre, now: datetime
) -> Customer:
    """A new customer. Raises ConflictError when somebody has this number: he may be the same person."""
    if not reach(actor.roles, Action.CUSTOMER_EDIT):
        raise ForbiddenError("your role does not allow this")
    if not str(values.get("name", "")).strip() and not number:
        raise InvalidInputError("name", "a customer has a name or a number")
    row = Customer(name="", created_at=now, made_by=actor.name, vulnerable=[], numbers=[])
    session.add(row)
    session.flush()
    if number:
        _add_number(session, row, number, "", actor, centre, now, alone=True)
    apply(session, row, _profile({**asdict(Profile()), **values}, centre, now), by=actor.name, now=now)
    audit.append(session, at=now, actor=actor.name, action="customer.made", subject=f"customer:{row.id}", detail={})
    return row


def edit(
    session: Session,
    actor: Actor,
    customer_id: int,
    changes: Mapping[str, Any],
    *,
    centre: Centre,
    now: datetime,
    expected_version: int | None = None,
) -> tuple[str, ...]:
    """Change what is named in ``changes``, nothing else; gives the names of what is different now.

    Raises NotFoundError, InvalidInputError, ConflictError when somebody changed it since.
    """
    unknown = set(changes) - EDITABLE
    if unknown:
        raise InvalidInputError(min(unknown), "is no field of a customer")
    row = load_customer(session, actor, customer_id, Action.CUSTOMER_EDIT, lock=True)
    if expected_version is not None and row.version != expected_version:
        raise ConflictError("this customer was changed meanwhile")
    before = profile_of_row(session, row)
    return apply(session, row, _profile({**asdict(before), **changes}, centre, now), by=actor.name, now=now)


def _profile(values: Mapping[str, Any], centre: Centre, now: datetime) -> Profile:
    given = {**values, "vulnerable": tuple(values.get("vulnerable") or ())}
    given = {name: "" if value is None else value for name, value in given.items()}
    today = now.astimezone(centre.zone).date()
    return checked(Profile(**given), today=today, languages=LANGUAGES)


def apply(session: Session, row: Customer, profile: Profile, *, by: str, now: datetime) -> tuple[str, ...]:
    """Write a checked profile into the rows, with the change, the words and the audit; gives what is different."""
    before = profile_of_row(session, row)
    names = tuple(sorted(n for n in EDITABLE if getattr(before, n) != getattr(profile, n)))
    if not names:
        return ()
    more = session.get(CustomerProfile, row.id)
    if more is None:
        more = CustomerProfile(customer_id=row.id)
        session.add(more)
    for name, value in asdict(profile).items():
        if name not in _OF_CUSTOMER:
            setattr(more, name, value)
    row.name, row.grade, row.elderly = profile.name, profile.grade, profile.elderly
    row.vulnerable = list(profile.vulnerable)
    row.language, row.preferred_channel = profile.language or None, profile.preferred_channel or None
    row.preferred_time = profile.preferred_time
    write_change(session, row, {n: [getattr(before, n), getattr(profile, n)] for n in names}, by=by, now=now)
    index(session, row)
    return names


def write_change(session: Session, row: Customer, fields: Mapping[str, Any], *, by: str, now: datetime) -> None:
    """Keep what was there before, and say in the audit chain which fields changed."""
    row.updated_at, row.version = now, row.version + 1
    names = sorted(fields)
    session.add(CustomerChange(customer_id=row.id, at=now, by=by, names=names, fields=dict(fields)))
    session.flush()
    audit.append(
        session, at=now, actor=by, action="customer.edited", subject=f"customer:{row.id}", detail={"fields": names}
    )


def add_number(
    session: Session, actor: Actor, customer_id: int, number: str, *, kind: str = "", centre: Centre, now: datetime
) -> int:
    """Another telephone of the customer; one that others have as well is fine: families share. Gives its id."""
    row = load_customer(session, actor, customer_id, Action.CUSTOMER_EDIT, lock=True)
    made = _add_number(session, row, number, kind, actor, centre, now)
    write_change(session, row, {"numbers": ["", made.number]}, by=actor.name, now=now)
    return made.id


def _add_number(
    session: Session, row: Customer, number: str, kind: str, actor: Actor, centre: Centre, now: datetime,
    *, alone: bool = False,
) -> CustomerNumber:  # fmt: skip
    key = number_key(number, centre.region)
    if key is None or not 3 <= len(digits_of(number)) <= 20:
        raise InvalidInputError("number", "must have 3 to 20 digits")
    if kind not in set(NumberKind):
        raise InvalidInputError("kind", "is not one of the choices")
    if any(one.number == key for one in row.numbers):
        raise ConflictError("the customer has this number already")
    if len(row.numbers) >= MOST_NUMBERS:
        raise InvalidInputError("number", f"a customer has at most {MOST_NUMBERS}")
    if alone and session.scalar(select(CustomerNumber.id).where(CustomerNumber.number_key == key).limit(1)) is not None:
        raise ConflictError("somebody has this number already; look for him first")
    made = CustomerNumber(number=key, kind=kind, source="staff", added_at=now, added_by=actor.name)
    row.numbers.append(made)
    session.flush()
    return made


def prefer_number(session: Session, actor: Actor, customer_id: int, number_id: int, *, now: datetime) -> None:
    """The number to call first."""
    row = load_customer(session, actor, customer_id, Action.CUSTOMER_EDIT, lock=True)
    wanted = _number(row, number_id)
    before = next((one.number for one in row.numbers if one.preferred), "")
    for one in row.numbers:
        one.preferred = one is wanted
    write_change(session, row, {"preferred_number": [before, wanted.number]}, by=actor.name, now=now)


def drop_number(session: Session, actor: Actor, customer_id: int, number_id: int, *, now: datetime) -> None:
    """A number that is not his any more. Calls and tickets that came from it stay his."""
    row = load_customer(session, actor, customer_id, Action.CUSTOMER_EDIT, lock=True)
    gone = _number(row, number_id)
    text = gone.number
    row.numbers.remove(gone)
    session.delete(gone)
    write_change(session, row, {"numbers": [text, ""]}, by=actor.name, now=now)


def _number(row: Customer, number_id: int) -> CustomerNumber:
    found = next((one for one in row.numbers if one.id == number_id), None)
    if found is None:
        raise NotFoundError("the customer has no such number")
    return found


def add_contact(session: Session, actor: Actor, customer_id: int, kind: str, address: str, *, now: datetime) -> int:
    """Another way to reach him; gives its id."""
    row = load_customer(session, actor, customer_id, Action.CUSTOMER_EDIT, lock=True)
    text = checked_contact(kind, address)
    there = contacts_of(session, row.id)
    if any(one.kind == kind and one.address == text for one in there):
        raise ConflictError("the customer has this address already")
    if len(there) >= MOST_CONTACTS:
        raise InvalidInputError("address", f"a customer has at most {MOST_CONTACTS}")
    made = CustomerContact(customer_id=row.id, kind=kind, address=text, added_at=now, added_by=actor.name)
    session.add(made)
    session.flush()
    write_change(session, row, {f"contact_{kind}": ["", text]}, by=actor.name, now=now)
    index(session, row)
    return made.id


def drop_contact(session: Session, actor: Actor, customer_id: int, contact_id: int, *, now: datetime) -> None:
    """An address that is not his any more."""
    row = load_customer(session, actor, customer_id, Action.CUSTOMER_EDIT, lock=True)
    gone = session.get(CustomerContact, contact_id)
    if gone is None or gone.customer_id != row.id:
        raise NotFoundError("the customer has no such address")
    kind, text = gone.kind, gone.address
    session.delete(gone)
    session.flush()
    write_change(session, row, {f"contact_{kind}": [text, ""]}, by=actor.name, now=now)
    index(session, row)


def name_if_unknown(session: Session, customer_id: int, name: str, *, by: str, now: datetime) -> None:
    """Write a name down that a form or a letter gave, where none is known; never over another one."""
    row = session.get(Customer, customer_id)
    text = " ".join(name.split())[:100]
    if row is not None and not row.name and text:
        apply(session, row, replace(profile_of_row(session, row), name=text), by=by, now=now)
