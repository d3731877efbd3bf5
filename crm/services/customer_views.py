"""A customer as somebody may see him: each value whole, masked or left out, by the one rule of fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.customers import CustomerContact, CustomerProfile
from crm.db.people import Customer, CustomerNumber
from crm.domain import masking
from crm.domain.access import Action, Actor
from crm.domain.customers import ContactKind, Profile, age, is_elderly
from crm.domain.field_rules import Field, sight
from crm.domain.numbers import as_dialled
from crm.services.customer_scope import load_customer, may_on_customer

FIELDS: Mapping[str, Field] = {
    "name": Field.NAME,
    "user_name": Field.EMAIL,
    "id_number": Field.ID_NUMBER,
    "born_on": Field.ID_NUMBER,
    "address": Field.ADDRESS,
    "occupation": Field.WEALTH,
    "income": Field.WEALTH,
    "remarks": Field.WORDS,
}
"""A customer's own data → the kind of value that they are."""


@dataclass(frozen=True)
class NumberView:
    """A telephone number as it is seen, the way it is dialled at home."""

    id: int
    number: str | None
    kind: str
    preferred: bool
    source: str


@dataclass(frozen=True)
class ContactView:
    """Another way to reach him, as it is seen."""

    id: int
    kind: str
    address: str | None


@dataclass(frozen=True)
class CustomerView:
    """A customer as one person sees him. None: that person does not see it at all."""

    id: int
    name: str | None
    user_name: str | None
    id_kind: str
    id_number: str | None
    born_on: str | None
    age: int | None
    address: str | None
    occupation: str | None
    income: str | None
    remarks: str | None
    grade: str
    elderly: bool
    vulnerable: tuple[str, ...]
    language: str | None
    preferred_channel: str | None
    preferred_time: str
    numbers: tuple[NumberView, ...]
    contacts: tuple[ContactView, ...]
    state: str
    merged_into_id: int | None
    created_at: datetime
    updated_at: datetime | None
    version: int
    masked: tuple[str, ...]
    """names of the fields that are masked"""
    may_reveal: bool
    may_edit: bool


def get_view(session: Session, actor: Actor, customer_id: int, *, today: date, region: str) -> CustomerView:
    """One customer; of a double, who was kept. Raises NotFoundError."""
    return view_of(session, actor, load_customer(session, actor, customer_id), today=today, region=region)


def view_of(session: Session, actor: Actor, row: Customer, *, today: date, region: str) -> CustomerView:
    """A row as the actor sees it, who was asked about it before."""
    profile = profile_of_row(session, row)
    values = {
        name: masking.shown(getattr(profile, name), kind, sight(actor.roles, kind)) for name, kind in FIELDS.items()
    }
    if values["born_on"] and values["born_on"] != profile.born_on:
        values["born_on"] = f"{profile.born_on[:4]}-{masking.DOT * 2}-{masking.DOT * 2}"
    masked = tuple(n for n, text in values.items() if text is not None and text != getattr(profile, n))
    return CustomerView(
        **values, id=row.id, id_kind=profile.id_kind, grade=row.grade, elderly=elderly(profile, today),
        age=age(date.fromisoformat(profile.born_on), today) if profile.born_on and values["born_on"] else None,
        vulnerable=profile.vulnerable, language=row.language, preferred_channel=row.preferred_channel,
        preferred_time=row.preferred_time, numbers=_numbers(actor, row, region),
        contacts=_contacts(session, actor, row),
        state=row.state, merged_into_id=row.merged_into_id, created_at=row.created_at, updated_at=row.updated_at,
        version=row.version, masked=masked, may_reveal=may_on_customer(session, actor, Action.REVEAL, row.id),
        may_edit=may_on_customer(session, actor, Action.CUSTOMER_EDIT, row.id),
    )  # fmt: skip


def elderly(profile: Profile, today: date) -> bool:
    """By the mark that somebody made, or by the date of birth."""
    return profile.elderly or is_elderly(profile.born_on, today)


def profile_of_row(session: Session, row: Customer) -> Profile:
    """All of a customer's own data, whole: for the house's own use, never for a screen."""
    more = session.get(CustomerProfile, row.id) or CustomerProfile(
        user_name="", id_kind="", id_number="", born_on="", address="", occupation="", income="", remarks=""
    )
    return Profile(
        name=row.name, grade=row.grade, elderly=row.elderly, vulnerable=tuple(row.vulnerable or ()),
        language=row.language or "", preferred_channel=row.preferred_channel or "", preferred_time=row.preferred_time,
        user_name=more.user_name, id_kind=more.id_kind, id_number=more.id_number, born_on=more.born_on,
        address=more.address, occupation=more.occupation, income=more.income, remarks=more.remarks,
    )  # fmt: skip


def at_home(number: str, region: str) -> str:
    """A kept number as it is dialled inside the region; one of another country with its plus."""
    return as_dialled(number, region) or (f"+{number}" if len(number) > 8 else number)


def _numbers(actor: Actor, row: Customer, region: str) -> tuple[NumberView, ...]:
    how = sight(actor.roles, Field.PHONE)
    return tuple(
        NumberView(
            one.id, masking.shown(at_home(one.number, region), Field.PHONE, how), one.kind, one.preferred, one.source
        )
        for one in sorted(row.numbers, key=lambda one: (not one.preferred, one.id))
    )


def contact_field(kind: str) -> Field:
    """The kind of value that an address of this channel is."""
    return Field.ADDRESS if kind == ContactKind.POST else Field.EMAIL


def contacts_of(session: Session, customer_id: int) -> tuple[CustomerContact, ...]:
    """The rows, the oldest first."""
    query = select(CustomerContact).where(CustomerContact.customer_id == customer_id).order_by(CustomerContact.id)
    return tuple(session.scalars(query))


def _contacts(session: Session, actor: Actor, row: Customer) -> tuple[ContactView, ...]:
    return tuple(
        ContactView(
            one.id,
            one.kind,
            masking.shown(one.address, contact_field(one.kind), sight(actor.roles, contact_field(one.kind))),
        )
        for one in contacts_of(session, row.id)
    )


def name_shown(actor: Actor, name: str, *, in_list: bool = False) -> str | None:
    """A name as the actor sees it; in lists always masked."""
    how = sight(actor.roles, Field.NAME)
    text = masking.shown(name, Field.NAME, how)
    return masking.masked(name, Field.NAME) if in_list and text and name else text


def main_number(row: Customer) -> CustomerNumber | None:
    """The number to call him at: the preferred one, else the first."""
    return min(row.numbers, key=lambda one: (not one.preferred, one.id), default=None)
