"""What is told when a matter comes in, whatever the way, and what is missing in it (pure). Reference: domain 1.5.

Nobody is asked for more than is needed to deal with the matter; what the bank holds already it must not ask for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from crm.domain import catalogue, statistics_codes
from crm.domain.numbers import digits_of
from crm.domain.tickets import COMPLAINT_KINDS, SEVERITY_PRIORITY, Channel, Kind


class Preferred(StrEnum):
    """How the customer wants to be answered."""

    PHONE = "phone"
    SMS = "sms"
    EMAIL = "email"
    LETTER = "letter"


class OnBehalf(StrEnum):
    """For whom somebody complains."""

    SELF = "self"
    AGENT = "agent"
    """somebody who has difficulty asked him to; he shows the signed authorisation"""
    HEIR = "heir"
    GUARDIAN = "guardian"
    ORGANISATION = "organisation"


class Form(StrEnum):
    """How it was told."""

    ORAL = "oral"
    WRITTEN = "written"


class Fault(StrEnum):
    """What is wrong with a part."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    NOT_A_NUMBER = "not_a_number"
    NOT_AN_ADDRESS = "not_an_address"
    NO_WAY_TO_REACH = "no_way_to_reach"
    NEEDED_FOR_PREFERRED = "needed_for_preferred"
    NOT_A_CHOICE = "not_a_choice"
    NOT_THEN = "not_then"
    TOO_MANY = "too_many"
    UNREADABLE = "unreadable"


MAX_TEXT = 20_000
LIMITS: Mapping[str, int] = {
    "text": MAX_TEXT,
    "demand": 2_000,
    "name": 100,
    "user_name": 64,
    "phone": 40,
    "email": 254,
    "postal_address": 300,
    "complained_about": 200,
    "representative": 300,
    "place": 100,
    "platform": 40,
    "handle": 100,
    "external_url": 500,
    "external_id": 120,
}
"""Most characters of each part."""
MAX_AMOUNT_FEN = 10**13
MAX_PEOPLE = 100_000
ORAL_CHANNELS = frozenset({Channel.PHONE, Channel.BRANCH})
BY_STAFF = frozenset({Channel.PHONE, Channel.BRANCH, Channel.LETTER})
"""Channels whose matters somebody of the house types in."""
_EARLIEST = timedelta(days=3660)
_SKEW = timedelta(minutes=5)
_EMAIL = re.compile(r"\A[^@\s\x00-\x1f<>()\[\],;:\\\"]{1,64}@(?:[\w](?:[\w-]{0,61}[\w])?\.)+[\w-]{2,63}\Z")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_WEB = re.compile(r"\Ahttps?://[^\s<>\"']+\Z")


@dataclass(frozen=True)
class Submission:
    """A matter as it is told. ``received_at`` None: now."""

    kind: Kind
    channel: Channel
    text: str
    name: str = ""
    phone: str = ""
    email: str = ""
    user_name: str = ""
    postal_address: str = ""
    preferred: str = Preferred.PHONE
    occurred_at: datetime | None = None
    amount_fen: int | None = None
    demand: str = ""
    complained_about: str = ""
    on_behalf: str = OnBehalf.SELF
    representative: str = ""
    people: int = 1
    received_by_unit: str | None = None
    place: str = ""
    platform: str = ""
    handle: str = ""
    external_url: str = ""
    external_id: str = ""
    language: str = "zh"
    received_at: datetime | None = None
    form: str | None = None
    customer_id: int | None = None
    category: str | None = None
    severity: str | None = None
    level: int | None = None
    business_code: str | None = None
    reason_code: str | None = None
    channel_code: str | None = None
    source_body: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def told(self) -> Form:
        """Orally or in writing: as said, else as the channel has it."""
        if self.form in set(Form):
            return Form(str(self.form))
        return Form.ORAL if self.channel in ORAL_CHANNELS else Form.WRITTEN


def normal(given: str) -> str:
    """Text of a form in one spelling: line feeds, no unseen controls, no space around."""
    return _CONTROLS.sub("", given.replace("\r\n", "\n").replace("\r", "\n")).strip()


def email_key(address: str) -> str:
    """An address in the one spelling by which it is found."""
    return address.strip().casefold()


def is_email(address: str) -> bool:
    """Whether it looks like an address that mail can be sent to."""
    return _EMAIL.match(address) is not None


def faults(given: Submission, *, now: datetime, by_customer: bool) -> dict[str, Fault]:
    """What is wrong, by the part; nothing when it can be taken in.

    What a customer types himself must say how he is reached; a person of the house may take in what he gets, and the
    rest is asked later. Somebody who reports misconduct may stay unknown.
    """
    found: dict[str, Fault] = {}
    if not given.text.strip():
        found["text"] = Fault.MISSING
    for name, most in LIMITS.items():
        if len(getattr(given, name)) > most:
            found[name] = Fault.TOO_LONG
    _check_reach(given, found, by_customer=by_customer)
    _check_choices(given, found)
    _check_figures(given, found, now)
    return found


def _check_reach(given: Submission, found: dict[str, Fault], *, by_customer: bool) -> None:
    digits = digits_of(given.phone)
    if given.phone and not 3 <= len(digits) <= 20:
        found.setdefault("phone", Fault.NOT_A_NUMBER)
    if given.email and not is_email(given.email):
        found.setdefault("email", Fault.NOT_AN_ADDRESS)
    if given.external_url and not _WEB.match(given.external_url):
        found.setdefault("external_url", Fault.NOT_AN_ADDRESS)
    ways = {
        Preferred.PHONE: given.phone,
        Preferred.SMS: given.phone,
        Preferred.EMAIL: given.email,
        Preferred.LETTER: given.postal_address,
    }
    if given.kind is Kind.REPORT and not any(ways.values()):
        return
    if by_customer and given.channel in {Channel.WEB, Channel.APP}:
        if not given.name:
            found.setdefault("name", Fault.MISSING)
        if not any(ways.values()):
            found.setdefault("phone", Fault.NO_WAY_TO_REACH)
    field_of = {Preferred.EMAIL: "email", Preferred.LETTER: "postal_address"}
    if any(ways.values()) and given.preferred in set(Preferred) and not ways[Preferred(given.preferred)]:
        found.setdefault(field_of.get(Preferred(given.preferred), "phone"), Fault.NEEDED_FOR_PREFERRED)


def _check_choices(given: Submission, found: dict[str, Fault]) -> None:
    choices = {
        "preferred": given.preferred in set(Preferred),
        "on_behalf": given.on_behalf in set(OnBehalf),
        "form": given.form is None or given.form in set(Form),
        "language": given.language in {"zh", "en"},
        "severity": given.severity is None or given.severity in SEVERITY_PRIORITY,
        "level": given.level is None or (given.level in {1, 2, 3} and given.kind in COMPLAINT_KINDS),
        "category": given.category is None or catalogue.find(given.category) is not None,
    }
    for axis, name in (("business", "business_code"), ("reason", "reason_code"), ("channel", "channel_code")):
        key = getattr(given, name)
        choices[name] = key is None or statistics_codes.is_choice(statistics_codes.Axis(axis), key)
    for name, fits in choices.items():
        if not fits:
            found.setdefault(name, Fault.NOT_A_CHOICE)
    if given.on_behalf in set(OnBehalf) - {OnBehalf.SELF} and not given.representative:
        found.setdefault("representative", Fault.MISSING)


def _check_figures(given: Submission, found: dict[str, Fault], now: datetime) -> None:
    if given.amount_fen is not None and not 0 <= given.amount_fen <= MAX_AMOUNT_FEN:
        found.setdefault("amount", Fault.NOT_A_NUMBER)
    if not 1 <= given.people <= MAX_PEOPLE:
        found.setdefault("people", Fault.NOT_A_NUMBER)
    for name in ("occurred_at", "received_at"):
        at: datetime | None = getattr(given, name)
        if at is not None and (at.tzinfo is None or not now - _EARLIEST <= at <= now + _SKEW):
            found.setdefault(name, Fault.NOT_THEN)
    received = given.received_at or now
    if given.occurred_at is not None and "occurred_at" not in found and given.occurred_at > received + _SKEW:
        found["occurred_at"] = Fault.NOT_THEN


def representatives_fault(people: int, named: int, most: int) -> Fault | None:
    """A group that comes in person sends a few: more representatives than the law lets them have are not taken."""
    return Fault.TOO_MANY if people > 1 and named > most else None
