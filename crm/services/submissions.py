"""Matters taken in, whatever the way they came: checked, numbered, kept with what was told, and receipted.

One function for the customers' form, mail, the desk and programs, so that a matter is the same whatever brought it.
It works in the caller's writing transaction. What needs longer (what it is about, what it is like) is a job.
"""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.intake import TicketIntake
from crm.db.tickets import Ticket
from crm.domain import statistics_codes
from crm.domain.access import Action, Actor
from crm.domain.errors import DomainError, ForbiddenError, InvalidInputError
from crm.domain.moves import MOVES, transition
from crm.domain.numbers import digits_of, number_key
from crm.domain.receipts import CODE_ALPHABET, CODE_LENGTH, WRITTEN_BY_CUSTOMER, Receipt, expected_at
from crm.domain.redaction import redacted
from crm.domain.submissions import Fault, Submission, email_key, faults, normal
from crm.domain.tickets import Channel, Kind, priority_of
from crm.services import attachments, call_links, customers, file_check, receipts, rules, ticket_facts
from crm.services.attachments import Source
from crm.services.centre import Centre
from crm.services.look_jobs import ask_for_look
from crm.services.numbers import next_number
from crm.services.ticket_changes import open_ticket, record_event
from crm.services.users import person_named
from recordings.store import Store

CUSTOMER = Actor("customer", frozenset())
"""Who sends something himself: it asks nobody, its name stands in events and audit."""
MAX_FILES = 10
_TEXTS = ("text", "demand", "name", "phone", "email", "user_name", "postal_address", "complained_about")
_MORE_TEXTS = ("representative", "place", "platform", "handle", "external_url", "external_id")


class FaultsError(InvalidInputError):
    """What is wrong with a submission, by its parts."""

    def __init__(self, found: Mapping[str, Fault]) -> None:
        field, fault = next(iter(found.items()))
        super().__init__(field, fault.replace("_", " "))
        self.faults = dict(found)


@dataclass(frozen=True)
class SentFile:
    """A file that came with a submission."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Arrival:
    """How a submission came. ``origin`` names what it is made from: the same makes one ticket.

    ``shown``: the customer sees number and time on his page; ``told``: a person told him; ``read_back``: the record
    was read to him and he agreed.
    """

    origin: str | None = None
    source: Source = "staff"
    leave_out: bool = False
    """take it in without the files that are of no kind that is taken, and name them; else refuse it all"""
    shown: bool = False
    told: bool = False
    read_back: bool = False
    call_id: str | None = None


BY_HAND = Arrival()


@dataclass(frozen=True)
class Taken:
    """A matter that was taken in. ``again``: it was there already; the same was sent twice."""

    ticket_id: int
    number: str
    progress_code: str
    received_at: datetime
    expected_at: datetime | None
    left_out: tuple[Mapping[str, str], ...] = ()
    again: bool = False


def take_in(
    session: Session,
    store: Store,
    given: Submission,
    arrival: Arrival = BY_HAND,
    *,
    actor: Actor,
    centre: Centre,
    now: datetime,
    files: Sequence[SentFile] = (),
) -> Taken:
    """Make the ticket with all that was told.

    Raises FaultsError, InvalidInputError for a file, ForbiddenError, NotFoundError.
    """
    if actor is not CUSTOMER and not actor.may(Action.TICKET_CREATE):
        raise ForbiddenError("these roles do not make tickets")
    there = _made_before(session, arrival.origin)
    if there is not None:
        return there
    clean = _cleaned(given)
    _check(clean, files, actor, now, refuse=not arrival.leave_out)
    ticket = _open(session, clean, actor, centre, now)
    ticket.origin = arrival.origin
    if arrival.source == "staff":
        ticket.first_agent_id = actor.user_id  # who took it from the customer; a program is nobody's first agent
    intake = _write_intake(session, ticket, clean, centre)
    _record(session, ticket, intake, actor, now)
    if arrival.call_id is not None:
        call_links.link(session, ticket, arrival.call_id, actor=actor.name, now=now)
    _keep_files(session, store, ticket, intake, files, actor, now, arrival)
    if arrival.read_back or clean.channel in WRITTEN_BY_CUSTOMER:
        ticket.read_back_at, intake.read_back_by = now, actor.name
    known = Receipt.TOLD if arrival.told else Receipt.SHOWN if arrival.shown else Receipt.NONE
    receipts.give(session, ticket, intake, known, by=actor.name, centre=centre, now=now)
    _acknowledge(session, ticket, actor, now)
    ask_for_look(session, ticket.id, now)
    return _taken(session, ticket)


def _made_before(session: Session, origin: str | None) -> Taken | None:
    if origin is None:
        return None
    ticket = session.scalars(select(Ticket).where(Ticket.origin == origin)).first()
    return replace(_taken(session, ticket), again=True) if ticket is not None else None


def _check(given: Submission, files: Sequence[SentFile], actor: Actor, now: datetime, *, refuse: bool) -> None:
    wrong = faults(given, now=now, by_customer=actor is CUSTOMER)
    if refuse and len(files) > MAX_FILES:
        wrong["files"] = Fault.TOO_MANY
    if wrong:
        raise FaultsError(wrong)
    if refuse:
        for file in files:
            _check_file(file)


def origin_of(kind: str, *parts: str) -> str:
    """A name for what a ticket is made from, of one length whatever it is."""
    return f"{kind}:{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:48]}"


def _cleaned(given: Submission) -> Submission:
    changes = {name: normal(getattr(given, name)) for name in (*_TEXTS, *_MORE_TEXTS)}
    for name in ("text", "demand", "complained_about"):
        changes[name] = redacted(changes[name])
    return replace(given, **changes)  # type: ignore[arg-type]  # every one of them is a string


def _check_file(file: SentFile) -> None:
    try:
        file_check.check(file_check.read_limited(io.BytesIO(file.content)))
    except InvalidInputError as error:
        raise InvalidInputError("files", f"{file.name}: {error.message}") from error


def _open(session: Session, given: Submission, actor: Actor, centre: Centre, now: datetime) -> Ticket:
    customer_id = given.customer_id
    if customer_id is not None:
        customers.get_customer(session, customer_id)
    else:
        made = customers.find_or_make(session, given.phone or None, region=centre.region, now=now)
        customer_id = made.id if made else _customer_by_contact(session, given)
    ticket = open_ticket(
        session,
        number=next_number(session, centre, now),
        kind=given.kind,
        priority=priority_of(given.kind, given.severity),
        channel=given.channel,
        received_at=given.received_at or now,
        centre=centre,
    )
    ticket.text, ticket.demand, ticket.language = given.text, given.demand, given.language
    ticket.customer_id, ticket.created_by_id = customer_id, actor.user_id
    ticket.caller_number = digits_of(given.phone) or None
    ticket.caller_key = number_key(given.phone, centre.region) if given.phone else None
    ticket.complained_about, ticket.amount_fen = given.complained_about, given.amount_fen
    if actor.user_id is not None:  # what the public writes names nobody of the house by itself
        accused = person_named(session, given.complained_about)
        ticket.complained_about_id = accused.id if accused else None
    ticket.occurred_at, ticket.source_body = given.occurred_at, given.source_body
    ticket.category, ticket.severity, ticket.level = given.category, given.severity, given.level
    ticket.business_code, ticket.reason_code = given.business_code, given.reason_code
    ticket.channel_code = given.channel_code or statistics_codes.LIKELY_CHANNEL.get(given.channel)
    return ticket


def _customer_by_contact(session: Session, given: Submission) -> int | None:
    """Whose e-mail address or name on a platform this is, as far as his matters before told it."""
    keys = ((TicketIntake.email_key, given.email), (TicketIntake.handle_key, handle_key(given.platform, given.handle)))
    for column, text in keys:
        if text:
            found = session.scalars(
                select(Ticket.customer_id)
                .join(TicketIntake, TicketIntake.ticket_id == Ticket.id)
                .where(column == email_key(text), Ticket.customer_id.is_not(None))
                .order_by(Ticket.id.desc())
                .limit(1)
            ).first()
            if found is not None:
                return found
    return None


def handle_key(platform: str, handle: str) -> str:
    """A name on a platform in the one spelling by which it is found."""
    return f"{platform}:{handle}".casefold() if handle else ""


def _write_intake(session: Session, ticket: Ticket, given: Submission, centre: Centre) -> TicketIntake:
    session.flush()
    numbers = rules.current(session)
    row = TicketIntake(
        ticket_id=ticket.id,
        form=given.told,
        reporter_name=given.name,
        user_name=given.user_name,
        email=given.email,
        email_key=email_key(given.email) or None,
        postal_address=given.postal_address,
        preferred=given.preferred,
        on_behalf=given.on_behalf,
        representative=given.representative,
        people=given.people,
        received_by_unit=given.received_by_unit,
        place=given.place,
        platform=given.platform,
        handle=given.handle,
        handle_key=handle_key(given.platform, given.handle) or None,
        external_url=given.external_url,
        progress_code=new_code(),
        receipt=Receipt.NONE,
        receipt_channel="",
        read_back_by="",
        first_contact_due_at=ticket.received_at + numbers.first_contact(ticket.priority),
        left_out=[],
    )
    row.expected_at = expected_at(
        Kind(ticket.kind), ticket.level, ticket.received_at, centre.zone, numbers,
        legal_due=ticket.legal_due_at, target=ticket.internal_due_at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def new_code() -> str:
    """A code that opens the progress page of one ticket, easy to read and to say."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def _record(session: Session, ticket: Ticket, intake: TicketIntake, actor: Actor, now: datetime) -> None:
    fields = {"channel": ticket.channel, "form": intake.form}
    if intake.received_by_unit:
        fields["received_by_unit"] = intake.received_by_unit
    if intake.platform:
        fields["platform"] = intake.platform
    record_event(session, ticket, "created", actor=actor.name, at=now, to_status=ticket.status, fields=fields)


def _keep_files(
    session: Session,
    store: Store,
    ticket: Ticket,
    intake: TicketIntake,
    files: Sequence[SentFile],
    actor: Actor,
    now: datetime,
    arrival: Arrival,
) -> None:
    """Keep the files; what is not taken is named in the ticket with the reason."""
    left: list[dict[str, str]] = []
    for file in files:
        try:
            attachments.keep(
                session, store, io.BytesIO(file.content), file_name=file.name, by=actor.name, now=now,
                ticket_id=ticket.id, source=arrival.source,
            )  # fmt: skip
        except InvalidInputError as error:
            if not arrival.leave_out:
                raise
            left.append({"name": file.name[:120], "why": error.message})
    if left:
        intake.left_out = left
        record_event(session, ticket, "files_left_out", actor=actor.name, at=now, fields={"files": len(left)})


def _acknowledge(session: Session, ticket: Ticket, actor: Actor, now: datetime) -> None:
    """What the customer wrote himself and has his receipt is acknowledged by that; the rest is for a person."""
    if ticket.read_back_at is None or ticket.told_at is None:
        return
    move = "acknowledge"
    try:
        made = transition(move, ticket_facts.gather(session, ticket, actor, now=now), MOVES[move].roles, now)
    except DomainError:
        return
    ticket.status, ticket.version = made.target, ticket.version + 1
    record_event(session, ticket, move, actor=actor.name, at=now, from_status=made.source, to_status=made.target)


def taken_of(session: Session, ticket_id: int) -> Taken:
    """What was told of a ticket when it was taken in."""
    return _taken(session, session.get_one(Ticket, ticket_id))


def _taken(session: Session, ticket: Ticket) -> Taken:
    intake = session.get_one(TicketIntake, ticket.id)
    return Taken(
        ticket.id, ticket.number, intake.progress_code, ticket.received_at, intake.expected_at, tuple(intake.left_out)
    )


def is_by_machine(channel: Channel) -> bool:
    """Whether tickets of this channel come in without a person of the house."""
    return channel in WRITTEN_BY_CUSTOMER
