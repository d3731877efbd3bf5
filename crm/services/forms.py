"""The acceptance form: filled in by the first agent, signed in order, filed by the maintenance office.

What stands on it is kept as it was when it was filled in; a signature seals all that stood there before it, so that a
change afterwards shows. Every function works in the caller's writing transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm.db.aftercare import AcceptanceForm, FormSignature
from crm.db.people import User
from crm.db.tickets import Ticket
from crm.domain import forms as paper
from crm.domain.access import Action, Actor, Role
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.forms import FormState, NotYours, Place, Signer
from crm.domain.notices import NoticeKind
from crm.domain.tickets import COMPLAINT_KINDS, Kind, Status
from crm.services import deputies, notices, scope
from crm.services.after_facts import form_of
from crm.services.rounds import round_of
from crm.services.ticket_changes import record_event

KIND = "acceptance_form"
FILLED_IN = frozenset({Status.NOTIFIED, Status.CONFIRMED, Status.DISPUTED})
"""The form is filled in after handling is complete: when the customer has his answer."""

WHYS: Mapping[NotYours, str] = {
    NotYours.DONE: "all have signed",
    NotYours.ROLE: "it is somebody else's turn to sign",
    NotYours.NOT_FIRST_AGENT: "the first agent signs here",
    NotYours.ABOUT_HIMSELF: "nobody signs the form of a complaint about himself",
    NotYours.TWICE: "each opinion is another person's",
    NotYours.NOT_OPEN: "this form is not open for signatures",
}


@dataclass(frozen=True)
class SignatureView:
    """A signature as pages show it. ``user``: user name; ``in_place_of``: of whom he stood in for."""

    place: str
    user: str
    name: str
    in_place_of: str
    opinion: str
    at: datetime
    seal: str


@dataclass(frozen=True)
class FormView:
    """A form as pages show it. ``next``: the place that is to be signed now; empty when all are."""

    id: int
    ticket_id: int
    state: str
    language: str
    fields: Mapping[str, str]
    filled_by: str
    filled_at: datetime
    signatures: tuple[SignatureView, ...]
    next: str
    document_id: str | None
    filed_at: datetime | None
    filed_by: str
    version: int


def fill_in(
    session: Session, actor: Actor, ticket_id: int, given: Mapping[str, str], *, language: str, now: datetime
) -> FormView:
    """Fill in the form of a complaint that has its answer.

    Raises NotFoundError, ForbiddenError, ConflictError (too early, or it is filled in), InvalidInputError.
    """
    ticket = _load(session, actor, ticket_id)
    if Kind(ticket.kind) not in COMPLAINT_KINDS:
        raise ConflictError("only a complaint has this form")
    if Status(ticket.status) not in FILLED_IN:
        raise ConflictError("the form is filled in when the customer has his answer")
    if form_of(session, ticket.id) is not None:
        raise ConflictError("the form is filled in already")
    why = _why_not(session, ticket, (), actor, now)
    if why is not None:
        raise ForbiddenError(WHYS[why])
    fields = paper.checked_fields(given)
    position = (
        session.scalar(select(func.max(AcceptanceForm.position)).where(AcceptanceForm.ticket_id == ticket.id)) or 0
    )
    row = AcceptanceForm(
        ticket_id=ticket.id,
        position=position + 1,
        round=round_of(session, ticket.id),
        state=FormState.SIGNING,
        language=language if language in {"zh", "en"} else "zh",
        fields=fields,
        sha256=digest_of(fields),
        filled_by_id=actor.user_id,
        filled_at=now,
        version=1,
        signatures=[],
    )
    session.add(row)
    session.flush()
    record_event(session, ticket, "form_filled_in", actor=actor.name, at=now,
                 fields={"form_id": row.id, "sha256": row.sha256})  # fmt: skip
    return view(session, row)


def sign(session: Session, actor: Actor, ticket_id: int, opinion: str, *, seen: int, now: datetime) -> FormView:
    """Give the next signature.

    Raises NotFoundError, ForbiddenError (not his turn), ConflictError, InvalidInputError.
    """
    ticket = _load(session, actor, ticket_id)
    row = form_of(session, ticket.id)
    if row is None or row.state != FormState.SIGNING:
        raise ConflictError(WHYS[NotYours.NOT_OPEN])
    if row.version != seen:
        raise ConflictError("somebody else signed in the meantime; look again")
    signed = [(one.place, one.signed_by_id) for one in row.signatures]
    why = _why_not(session, ticket, signed, actor, now)
    if why is not None or actor.user_id is None:
        raise ForbiddenError(WHYS[why or NotYours.ROLE])
    turn = paper.next_place([place for place, _ in signed])
    if turn is None:
        raise ConflictError(WHYS[NotYours.DONE])
    text = paper.checked_opinion(turn, opinion)
    absent = _absent(session, ticket, turn, actor, now)
    made = FormSignature(
        form_id=row.id,
        place=turn.place.value,
        signed_by_id=actor.user_id,
        in_place_of_id=absent,
        post=_post(actor, turn),
        opinion=text,
        at=now,
        seal="",
    )
    made.seal = seal_of(row, made, row.signatures[-1].seal if row.signatures else "")
    last = len(signed) + 1 == len(paper.ORDER)
    _advance(session, row, complete=last)
    session.add(made)
    session.flush()
    session.refresh(row)
    record_event(session, ticket, "form_signed", actor=actor.name, at=now,
                 fields={"form_id": row.id, "place": made.place, "seal": made.seal})  # fmt: skip
    _tell_next(session, ticket, row, by=actor.user_id, now=now)
    return view(session, row)


def _advance(session: Session, row: AcceptanceForm, *, complete: bool) -> None:
    """Compare and set: two who sign at once do not both sign the same place."""
    changed = session.execute(
        update(AcceptanceForm)
        .where(AcceptanceForm.id == row.id, AcceptanceForm.version == row.version)
        .values(version=row.version + 1, state=FormState.COMPLETE if complete else FormState.SIGNING)
        .returning(AcceptanceForm.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise ConflictError("somebody else signed just now")


def file(session: Session, actor: Actor, ticket_id: int, document_id: str, *, now: datetime) -> FormView:
    """Hand a form that all have signed to the maintenance office for filing, with its PDF."""
    ticket = _load(session, actor, ticket_id)
    row = form_of(session, ticket.id)
    if row is None or row.state != FormState.COMPLETE:
        raise ConflictError("the form lacks signatures, or is filed already")
    if Role.CM not in actor.roles:
        raise ForbiddenError("the form is filed by the maintenance office")
    row.state, row.filed_by_id, row.filed_at = FormState.FILED, actor.user_id, now
    row.document_id, row.version = document_id, row.version + 1
    session.flush()
    record_event(session, ticket, "form_filed", actor=actor.name, at=now,
                 fields={"form_id": row.id, "document_id": document_id})  # fmt: skip
    return view(session, row)


def void(session: Session, actor: Actor, ticket_id: int, reason: str, *, now: datetime) -> None:
    """Give up a form that was filled in wrongly; it stays with its signatures, and another one begins."""
    ticket = _load(session, actor, ticket_id)
    row = form_of(session, ticket.id)
    if row is None or row.state == FormState.FILED:
        raise ConflictError("there is no form that could be given up")
    if not reason.strip():
        raise InvalidInputError("reason", "a reason must be given")
    if Role.CM not in actor.roles and actor.user_id != row.filled_by_id:
        raise ForbiddenError("the form is given up by who filled it in, or by the maintenance office")
    row.state, row.version = FormState.VOID, row.version + 1
    session.flush()
    record_event(session, ticket, "form_given_up", actor=actor.name, at=now, reason=reason.strip(),
                 fields={"form_id": row.id})  # fmt: skip


def why_not(session: Session, actor: Actor, ticket: Ticket, row: AcceptanceForm | None, now: datetime) -> str | None:
    """Why this person does not fill in or sign the form now; None when he does."""
    if row is not None and row.state != FormState.SIGNING:
        return WHYS[NotYours.DONE if row.state in {FormState.COMPLETE, FormState.FILED} else NotYours.NOT_OPEN]
    signed = [(one.place, one.signed_by_id) for one in row.signatures] if row else []
    why = _why_not(session, ticket, signed, actor, now)
    return WHYS[why] if why else None


def _why_not(
    session: Session, ticket: Ticket, signed: list[tuple[str, int]] | tuple[()], actor: Actor, now: datetime
) -> NotYours | None:
    if actor.user_id is None:
        return NotYours.ROLE
    stands_for = frozenset(user.id for user in deputies.principals_of(session, actor.user_id, now))
    signer = Signer(actor.user_id, actor.roles | _lent(session, stands_for), stands_for)
    first = ticket.first_agent if ticket.first_agent is not None and ticket.first_agent.active else None
    return paper.refusal(
        list(signed), signer, first_agent=first.id if first else None, about=ticket.complained_about_id
    )


def _lent(session: Session, ids: frozenset[int]) -> frozenset[Role]:
    """The roles of those for whom somebody stands in."""
    users = session.scalars(select(User).where(User.id.in_(ids))) if ids else ()
    return frozenset(Role(role.name) for user in users for role in user.roles)


def _absent(session: Session, ticket: Ticket, turn: paper.SignPlace, actor: Actor, now: datetime) -> int | None:
    """In whose place he signs; None when he signs for himself."""
    if not turn.roles.isdisjoint(actor.roles) or actor.user_id is None:
        return None
    for user in deputies.principals_of(session, actor.user_id, now):
        if not turn.roles.isdisjoint(Role(role.name) for role in user.roles):
            return user.id
    return ticket.first_agent_id


def _post(actor: Actor, turn: paper.SignPlace) -> str:
    mine = sorted(role.value for role in turn.roles & actor.roles)
    return mine[0] if mine else "deputy"


def _tell_next(session: Session, ticket: Ticket, row: AcceptanceForm, *, by: int, now: datetime) -> None:
    """Tell whoever is next, where it is one person."""
    turn = paper.next_place([one.place for one in row.signatures])
    if turn is not None and turn.first_agent:
        notices.tell(session, ticket.first_agent_id, NoticeKind.SIGN_FORM, ticket.id, now, by=by)
    elif turn is not None and turn.place in {Place.MAINTENANCE, Place.RESULT}:
        notices.tell(session, ticket.assignee_id, NoticeKind.SIGN_FORM, ticket.id, now, by=by)


def _load(session: Session, actor: Actor, ticket_id: int) -> Ticket:
    if not scope.may_on_ticket(session, actor, Action.TICKET_READ, ticket_id):
        raise NotFoundError("there is no such ticket")
    if not scope.may_on_ticket(session, actor, Action.FORM_SIGN, ticket_id):
        raise ForbiddenError("these roles do not sign this form")
    return session.get_one(Ticket, ticket_id)


def digest_of(fields: Mapping[str, str]) -> str:
    """SHA-256 of what was filled in."""
    return hashlib.sha256(json.dumps(dict(fields), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def seal_of(row: AcceptanceForm, signature: FormSignature, before: str) -> str:
    """What a signature seals: the fields, the seal before it, who signed where, when, and with which words."""
    content = {
        "form": row.id,
        "ticket": row.ticket_id,
        "fields": row.sha256,
        "before": before,
        "place": signature.place,
        "by": signature.signed_by_id,
        "for": signature.in_place_of_id,
        "opinion": signature.opinion,
        "at": signature.at.isoformat(timespec="microseconds"),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def broken(row: AcceptanceForm) -> str | None:
    """The first place whose seal does not hold; ``fields`` when these were changed; None: all is whole."""
    if digest_of(row.fields) != row.sha256:
        return "fields"
    before = ""
    for one in row.signatures:
        if seal_of(row, one, before) != one.seal:
            return one.place
        before = one.seal
    return None


def view(session: Session, row: AcceptanceForm) -> FormView:
    """A row as pages show it."""
    signed = [one.place for one in row.signatures]
    turn = paper.next_place(signed)
    filer = session.get(User, row.filed_by_id) if row.filed_by_id else None
    return FormView(
        id=row.id,
        ticket_id=row.ticket_id,
        state=row.state,
        language=row.language,
        fields=row.fields,
        filled_by=_shown(session.get_one(User, row.filled_by_id)),
        filled_at=row.filled_at,
        signatures=tuple(
            SignatureView(
                one.place,
                one.signed_by.username,
                _shown(one.signed_by),
                _shown(one.in_place_of) if one.in_place_of else "",
                one.opinion,
                one.at,
                one.seal,
            )
            for one in row.signatures
        ),
        next=turn.place.value if turn else "",
        document_id=row.document_id,
        filed_at=row.filed_at,
        filed_by=_shown(filer) if filer else "",
        version=row.version,
    )


def _shown(user: User) -> str:
    return user.display_name or user.username


def zone_day(at: datetime, language: str, zone: ZoneInfo) -> str:
    """A date as the form has it."""
    here = at.astimezone(zone)
    return f"{here.year}年{here.month}月{here.day}日" if language == "zh" else f"{here:%Y-%m-%d}"
