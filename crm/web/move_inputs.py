"""The form of a move: what it asks for on this ticket, and what came back from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.people import Role as RoleRow
from crm.db.people import User
from crm.db.tickets import Ticket
from crm.domain import catalogue, statistics_codes
from crm.domain.access import Role
from crm.domain.handling import Lapse
from crm.domain.money import fen_of
from crm.domain.moves import MOVES
from crm.domain.statistics_codes import LIKELY_CHANNEL, Axis
from crm.domain.tickets import Channel, Kind
from crm.services import departments
from crm.services.reviews import Outcome
from crm.services.ticket_moves import MoveOption
from crm.web import handling_words, move_words, parts
from crm.web.locale import chosen_language
from crm.web.words import SEVERITIES, word


class Shape(StrEnum):
    """What an input looks like."""

    TEXT = "text"
    LINE = "line"
    CHOICE = "choice"
    PERSON = "person"
    FLAG = "flag"
    MONEY = "money"
    WHEN = "when"


SHAPES: Mapping[str, Shape] = {
    **dict.fromkeys(
        ("severity", "level", "satisfaction", "category", "department", "business_code", "reason_code", "channel_code",
         "outcome", "grounds", "demand_fair", "lapse"),
        Shape.CHOICE,
    ),
    **dict.fromkeys(("read_back", "told", "agreed", "clear", "remedies_told"), Shape.FLAG),
    **dict.fromkeys(("into", "proof", "appraisal"), Shape.LINE),
    **dict.fromkeys(("assignee", "complained_about"), Shape.PERSON),
    **dict.fromkeys(("cost", "amount_fen"), Shape.MONEY),
    "received_at": Shape.WHEN,
}  # fmt: skip
"""Inputs that are no free text."""

MORE: Mapping[str, tuple[str, ...]] = {
    "triage": (
        "channel_code",
        "complained_about",
        "amount_fen",
        "demand",
        "lapse",
        "grounds",
        "demand_fair",
        "first_act",
    ),
    "solve_on_spot": ("clear",),
    "assign": ("department",),
    "notify": ("outcome",),
    "withdraw": ("received_at",),
    "reopen": ("received_at",),
}
"""Inputs that a move takes beside those that it waits for."""
TAKEN = {name for move in MOVES.values() for name in move.needs} | {name for names in MORE.values() for name in names}
"""All that a form of a move may bring."""
_COMPLAINT_ONLY = frozenset(
    {"complained_about", "lapse", "grounds", "demand_fair", "first_act", "clear", "channel_code"}
)
_WORKERS = frozenset({Role.A1, Role.A2, Role.SM, Role.CM, Role.DG, Role.GM, Role.DH, Role.CO})
_NUMBERS = frozenset({"level", "satisfaction"})


@dataclass(frozen=True)
class Field:
    """An input as the page shows it."""

    name: str
    shape: Shape
    required: bool
    options: tuple[tuple[str, str], ...] = ()
    value: str = ""
    empty: str | None = None
    """what stands for nothing chosen; None: something must be chosen"""
    label: str = ""


@dataclass(frozen=True)
class Choices:
    """The lists that the inputs of a ticket choose from, read once a page."""

    lists: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    people: tuple[tuple[str, str], ...] = ()
    kind: Kind = Kind.COMPLAINT


def choices(session: Session, ticket_id: int) -> Choices:
    """What the inputs of this ticket choose from, and what is known of it already."""
    ticket, language = session.get_one(Ticket, ticket_id), chosen_language()
    places = departments.all_departments(session, active_only=True)
    here = {one.id: one.code for one in places}
    codes = {
        name: tuple((one.key, one.title(language)) for one in statistics_codes.choices(axis))
        for name, axis in (
            ("business_code", Axis.BUSINESS), ("reason_code", Axis.REASON), ("channel_code", Axis.CHANNEL),
        )
    }  # fmt: skip
    likely = LIKELY_CHANNEL.get(Channel(ticket.channel), "")
    values = {
        "category": ticket.category, "business_code": ticket.business_code, "reason_code": ticket.reason_code,
        "channel_code": ticket.channel_code or likely, "department": here.get(ticket.department_id or 0),
        "severity": ticket.severity or "S3", "level": str(ticket.level or ""), "demand": ticket.demand,
        "assignee": ticket.assignee.username if ticket.assignee else None,
        "complained_about": ticket.accused.username if ticket.accused else ticket.complained_about,
    }  # fmt: skip
    lists = {
        **codes,
        "category": tuple((entry.code, entry.title(language)) for entry in catalogue.ENTRIES),
        "department": tuple((one.code, one.name_en if language == "en" else one.name_zh) for one in places),
        "severity": tuple((code, word(SEVERITIES, code)) for code in ("S1", "S2", "S3", "S4")),
        "level": tuple((code, word(handling_words.LEVELS, code)) for code in ("1", "2", "3")),
        "satisfaction": (*((code, code) for code in "54321"), ("no_answer", str(_("No answer after three tries")))),
        "outcome": tuple((str(one), word(move_words.OUTCOMES, str(one))) for one in Outcome),
        "lapse": tuple((str(one), word(move_words.LAPSES, str(one))) for one in Lapse),
        "grounds": tuple((str(text), str(text)) for text in move_words.GROUNDS),
        "demand_fair": tuple((str(text), str(text)) for text in move_words.DEMANDS),
    }
    return Choices(lists, {k: v for k, v in values.items() if v}, _people(session), Kind(ticket.kind))


def _people(session: Session) -> tuple[tuple[str, str], ...]:
    having = User.roles.any(RoleRow.name.in_(sorted(_WORKERS)))
    query = select(User.username, User.display_name).where(User.active, having).order_by(User.username)
    return tuple((row.username, row.display_name or row.username) for row in session.execute(query))


def fields(option: MoveOption, known: Choices) -> list[Field]:
    """What the form of a move shows: what it waits for, what else it takes, and always a reason."""
    more = [name for name in MORE.get(option.move, ()) if _fits(name, known.kind)]
    names = dict.fromkeys((*(name for name in option.needs if name != "reason"), *more, "reason"))
    return [_field(name, known, required=name in option.needs) for name in names]


def _fits(name: str, kind: Kind) -> bool:
    if name == "outcome":
        return kind is Kind.REVIEW
    return kind is Kind.COMPLAINT or name not in _COMPLAINT_ONLY


def _field(name: str, known: Choices, *, required: bool) -> Field:
    shape = SHAPES.get(name, Shape.TEXT)
    options = known.lists.get(name, ())
    if shape is Shape.PERSON:
        options = known.people
    routed = name == "department"
    empty = None if required and not routed else str(_("as the routes say")) if routed else str(_("Not said"))
    value = known.values.get(name, "")
    if shape is Shape.CHOICE and value not in dict(options):
        value = ""
    return Field(name, shape, required and not routed, options, value, empty, word(move_words.INPUTS, name))


def given(form: Mapping[str, str], flags: Iterable[str]) -> dict[str, Any]:
    """The inputs that came back: flags as yes or no, numbers as numbers, money in fen, nothing that is empty.

    ``flags``: those that the form showed. Raises InvalidInputError for an amount that is none.
    """
    found: dict[str, Any] = {name: name in form for name in flags if SHAPES.get(name) is Shape.FLAG}
    for name in sorted(TAKEN):
        text = form.get(name, "").strip()
        shape = SHAPES.get(name, Shape.TEXT)
        if not text or shape is Shape.FLAG or name == "reason":
            continue
        if shape is Shape.MONEY:
            found[name] = fen_of(text, name)
        elif shape is Shape.WHEN:
            found[name] = parts.local_instant(name, text).isoformat()
        elif name in _NUMBERS and text.isascii() and text.isdigit():
            found[name] = int(text)
        else:
            found[name] = text
    return found
