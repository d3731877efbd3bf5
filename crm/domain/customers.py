"""What the house knows of a customer, what may be written there, and what follows from it (pure).

Numbers here are defaults of the house, not law.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from crm.domain.errors import InvalidInputError

ELDERLY_AGE = 60
"""Years from which a customer counts as elderly when his date of birth is known."""
OLDEST = 130
MOST_NUMBERS = 20
MOST_CONTACTS = 20
MAX_TEXT = 2000


class Grade(StrEnum):
    """How much a customer matters to the house: it decides who is answered first and how often he is visited."""

    ORDINARY = ""
    IMPORTANT = "important"
    VIP = "vip"


class Vulnerability(StrEnum):
    """Why a customer needs more care. Old age is a mark of its own."""

    DISABILITY = "disability"
    ILLNESS = "illness"
    MINOR = "minor"
    LOW_INCOME = "low_income"
    READING = "reading"
    """cannot read well, or not this language"""
    DISTRESS = "distress"
    """bereaved, a victim of fraud, in despair"""


class PreferredChannel(StrEnum):
    """How he wants to be told."""

    PHONE = "phone"
    SMS = "sms"
    EMAIL = "email"
    LETTER = "letter"


class NumberKind(StrEnum):
    """Whose telephone it is."""

    UNKNOWN = ""
    MOBILE = "mobile"
    HOME = "home"
    WORK = "work"
    OTHER = "other"


class ContactKind(StrEnum):
    """Ways to reach him that are no telephone."""

    EMAIL = "email"
    WECHAT = "wechat"
    WEIBO = "weibo"
    QQ = "qq"
    APP = "app"
    COMMUNITY = "community"
    POST = "post"


class IdKind(StrEnum):
    """What proves who he is."""

    NONE = ""
    ID_CARD = "id_card"
    PASSPORT = "passport"
    OTHER = "other"


class Income(StrEnum):
    """A band of yearly income, in ten thousand yuan."""

    UNKNOWN = ""
    UNDER_5 = "under_5"
    FROM_5 = "5_to_10"
    FROM_10 = "10_to_30"
    FROM_30 = "30_to_50"
    FROM_50 = "50_to_100"
    OVER_100 = "over_100"


class Purpose(StrEnum):
    """What he is asked to agree to, each by itself: to refuse one never blocks what does not depend on it."""

    MARKETING_PHONE = "marketing_phone"
    MARKETING_SMS = "marketing_sms"
    MARKETING_EMAIL = "marketing_email"
    ACTIVITIES = "activities"
    """to be invited to lectures and salons"""
    SENSITIVE_DATA = "sensitive_data"
    """that sensitive personal information is worked on (PIPL 29: separate consent)"""
    SHARING = "sharing"
    """that data are given to partners"""
    PROFILING = "profiling"
    """that machines judge him (PIPL 24)"""
    EVENING_CALLS = "evening_calls"
    """to be called in the quiet hours"""


_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_USER_NAME = re.compile(r"\S(?:.{0,62}\S)?")
_LENGTHS: Mapping[str, int] = {
    "name": 100, "user_name": 64, "address": 300, "occupation": 100, "remarks": MAX_TEXT, "preferred_time": 80,
}  # fmt: skip


@dataclass(frozen=True)
class Profile:
    """A customer's own data as somebody filled them in."""

    name: str = ""
    grade: str = ""
    elderly: bool = False
    vulnerable: tuple[str, ...] = ()
    language: str = ""
    preferred_channel: str = ""
    preferred_time: str = ""
    user_name: str = ""
    id_kind: str = ""
    id_number: str = ""
    born_on: str = ""
    address: str = ""
    occupation: str = ""
    income: str = ""
    remarks: str = ""


TEXTS = ("name", "user_name", "address", "occupation", "remarks", "preferred_time")
CHOICES: Mapping[str, type[StrEnum]] = {"grade": Grade, "id_kind": IdKind, "income": Income}


def checked(profile: Profile, *, today: date, languages: Iterable[str]) -> Profile:
    """The profile in its tidy form. Raises InvalidInputError for the first thing that cannot be."""
    values = {name: " ".join(getattr(profile, name).split()) for name in TEXTS if name != "remarks"}
    values["remarks"] = profile.remarks.replace("\r\n", "\n").strip()
    for name, text in values.items():
        _check_text(name, text, _LENGTHS[name])
    for name, choices in CHOICES.items():
        if getattr(profile, name) not in set(choices):
            raise InvalidInputError(name, "is not one of the choices")
    if profile.language and profile.language not in set(languages):
        raise InvalidInputError("language", "is not one of the choices")
    if profile.preferred_channel and profile.preferred_channel not in set(PreferredChannel):
        raise InvalidInputError("preferred_channel", "is not one of the choices")
    vulnerable = tuple(sorted(set(profile.vulnerable)))
    if not set(vulnerable) <= set(Vulnerability):
        raise InvalidInputError("vulnerable", "is not one of the choices")
    id_number, born_on = _identity(profile, today)
    return Profile(
        **values, grade=profile.grade, elderly=profile.elderly or is_elderly(born_on, today),
        vulnerable=vulnerable, language=profile.language,
        preferred_channel=profile.preferred_channel, id_kind=profile.id_kind, id_number=id_number, born_on=born_on,
        income=profile.income,
    )  # fmt: skip


def _check_text(name: str, text: str, most: int) -> None:
    if len(text) > most:
        raise InvalidInputError(name, f"must have at most {most} characters")
    if any(not (char.isprintable() or char == "\n") for char in text) or "\N{LOCK}" in text:
        raise InvalidInputError(name, "holds a character that is not text")


def _identity(profile: Profile, today: date) -> tuple[str, str]:
    """Number and date of birth, which the number of an identity card tells as well."""
    number, born = re.sub(r"[\s-]+", "", profile.id_number).upper(), profile.born_on.strip()
    if number and not profile.id_kind:
        raise InvalidInputError("id_kind", "say what kind of document it is")
    if number and profile.id_kind == IdKind.ID_CARD:
        told = born_of_card(number)
        if born and born != told.isoformat():
            raise InvalidInputError("born_on", "is another day than the identity card says")
        born = told.isoformat()
    elif number and not re.fullmatch(r"[A-Z0-9]{4,30}", number):
        raise InvalidInputError("id_number", "must have 4 to 30 letters and digits")
    if born:
        _check_birth(born, today)
    return number, born


_CARD = re.compile(r"[1-9][0-9]{16}[0-9X]")
_CARD_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def born_of_card(number: str) -> date:
    """The day of birth that an identity card's number tells. Raises InvalidInputError for a number that is none."""
    if not _CARD.fullmatch(number) or number[-1] != _card_check(number):
        raise InvalidInputError("id_number", "is not the number of an identity card")
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError as error:
        raise InvalidInputError("id_number", "is not the number of an identity card") from error


def _card_check(number: str) -> str:
    """The last character of an identity card's number (GB 11643)."""
    total = sum(int(digit) * weight for digit, weight in zip(number, _CARD_WEIGHTS, strict=False))
    return "10X98765432"[total % 11]


def _check_birth(text: str, today: date) -> None:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError("born_on", "must be a date") from error
    if not 0 <= age(day, today) <= OLDEST or day > today:
        raise InvalidInputError("born_on", "must lie within the last 130 years")


def age(born: date, today: date) -> int:
    """Whole years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def is_elderly(born_on: str, today: date) -> bool:
    """Whether the date of birth makes him elderly; not without one."""
    return bool(born_on) and age(date.fromisoformat(born_on), today) >= ELDERLY_AGE


def checked_contact(kind: str, address: str) -> str:
    """An address of a channel in its tidy form. Raises InvalidInputError."""
    if kind not in set(ContactKind):
        raise InvalidInputError("kind", "is not one of the choices")
    text = " ".join(address.split())
    if kind == ContactKind.EMAIL and not (len(text) <= 254 and _EMAIL.fullmatch(text)):
        raise InvalidInputError("address", "is not an e-mail address")
    if kind == ContactKind.QQ and not re.fullmatch(r"[1-9][0-9]{4,12}", text):
        raise InvalidInputError("address", "is not a QQ number")
    if not 1 <= len(text) <= (300 if kind == ContactKind.POST else 64) and kind != ContactKind.EMAIL:
        raise InvalidInputError("address", "is empty or too long")
    _check_text("address", text, 300)
    return text


@dataclass(frozen=True)
class Consent:
    """What counts of a purpose now."""

    purpose: str
    given: bool | None = None
    """None: never asked"""
    at: datetime | None = None
    until: datetime | None = None
    by: str = ""
    channel: str = ""
    evidence: str = ""

    def holds(self, now: datetime) -> bool:
        """Whether he agrees now. Never asked is no."""
        return self.given is True and (self.until is None or self.until > now)


CONSENT_LONGEST = timedelta(days=365 * 10)
