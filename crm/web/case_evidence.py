"""The panel of evidence: what there is, who has it, whether it is still what it was, and what may become evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Any, BinaryIO, cast

from flask import Blueprint, Response, flash, redirect, request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.domain import evidence as rules
from crm.domain.access import Actor
from crm.domain.errors import DomainError, InvalidInputError
from crm.domain.evidence import KINDS, TYPED, EvidenceKind
from crm.domain.money import fen_of, yuan
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import attachments, case_access, evidence, recordings
from crm.services.evidence import EvidenceView, NewEvidence
from crm.services.tickets import TicketDetail
from crm.web import case_forms, case_page, case_words, parts
from crm.web.case_forms import text

case_evidence = Blueprint("case_evidence", __name__, url_prefix="/tickets/<int:ticket_id>/evidence")
NAME = "evidence"


def panel(session: Session, asker: Actor, ticket: TicketDetail) -> dict[str, Any]:
    """What the template shows."""
    pieces = evidence.of_ticket(session, ticket.summary.id)
    writes = case_access.may_write(session, asker, ticket.summary.id) and ticket.summary.status not in rules.READ_ONLY
    held = sum(one.custody.held for one in pieces)
    return {
        "pieces": pieces,
        "kinds": case_words.names(KINDS),
        "typed_kinds": [pair for pair in case_words.options(KINDS) if pair[0] in TYPED],
        "writes": writes,
        "recordings": _untaken_recordings(session, asker, ticket, pieces) if writes else [],
        "files": _untaken_files(session, asker, ticket, pieces) if writes else [],
        "now": deps().now().astimezone(deps().centre.zone),
        "facts": _facts,
        "summary": ngettext("%(num)s piece", "%(num)s pieces", held) if held else str(_("none yet")),
        "open": ticket.summary.status in case_page.AT_WORK,
    }


def _untaken_recordings(
    session: Session, asker: Actor, ticket: TicketDetail, pieces: tuple[EvidenceView, ...]
) -> list[tuple[str, str, datetime]]:
    """Recordings, and transcripts that are done, which are no evidence yet: id, kind, when."""
    taken = {(one.recording_id, one.kind) for one in pieces if one.custody.held}
    found = []
    for recording_id in ticket.summary.recording_ids:
        try:
            one = recordings.get_recording(session, asker, recording_id)
        except DomainError:
            continue
        if (one.id, EvidenceKind.RECORDING) not in taken:
            found.append((one.id, EvidenceKind.RECORDING.value, one.started_at))
        if one.transcript_state == "done" and (one.id, EvidenceKind.TRANSCRIPT) not in taken:
            found.append((one.id, EvidenceKind.TRANSCRIPT.value, one.started_at))
    return found


def _untaken_files(
    session: Session, asker: Actor, ticket: TicketDetail, pieces: tuple[EvidenceView, ...]
) -> list[tuple[str, str]]:
    taken = {one.attachment_id for one in pieces if one.custody.held}
    files = attachments.of_ticket(session, asker, ticket.summary.id)
    return [(one.id, one.file_name) for one in files if one.id not in taken and one.state == "stored"]


def _facts(piece: EvidenceView) -> list[tuple[str, str]]:
    """What is known of a transaction, as people read it."""
    names = {"at": _("Time"), "amount_fen": _("Amount"), "reference": _("Reference"), "account": _("Account ends with")}
    found = []
    for key, label in names.items():
        value = piece.facts.get(key)
        if value not in (None, ""):
            found.append((str(label), f"{yuan(int(value))} {_('yuan')}" if key == "amount_fen" else str(value)))
    return found


@case_evidence.post("/")
def add(ticket_id: int) -> Response | Answer:
    """Take something typed, or a file, into the file."""

    def work(session: Session) -> str:
        kind = text("kind")
        if kind not in TYPED:
            raise InvalidInputError("kind", "must be one of the list")
        file, now = request.files.get("file"), deps().now()
        attachment_id = text("attachment_id") or None
        if file is not None and file.filename:
            stream = cast("BinaryIO", file.stream)
            kept = attachments.add(session, deps().store, actor(), ticket_id, stream, file_name=file.filename, now=now)
            attachment_id = kept.id
        new = NewEvidence(
            kind=EvidenceKind(kind),
            title=text("title"),
            shows=text("shows"),
            source=text("source"),
            obtained_at=parts.local_instant("obtained_at", text("obtained_at")),
            text=text("text"),
            facts=_given_facts() if kind == EvidenceKind.TRANSACTION else {},
            attachment_id=attachment_id,
        )
        made = evidence.add(session, actor(), ticket_id, new, now=now)
        return str(_("It is evidence E%(position)s of the case now.", position=made.position))

    return case_forms.act(ticket_id, NAME, work)


def _given_facts() -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if text("fact_at"):
        facts["at"] = parts.local_instant("obtained_at", text("fact_at")).isoformat(timespec="minutes")
    if text("fact_amount"):
        facts["amount_fen"] = fen_of(text("fact_amount"))
    if text("fact_reference"):
        facts["reference"] = text("fact_reference")[:100]
    if text("fact_account"):
        if len(text("fact_account")) != 4 or not text("fact_account").isdecimal():
            raise InvalidInputError("fact", "the last four digits of the account are enough")
        facts["account"] = text("fact_account")
    return facts


@case_evidence.post("/recorded")
def add_recorded(ticket_id: int) -> Response | Answer:
    """Take a recording of the ticket, or its transcript, into the file."""

    def work(session: Session) -> str:
        kind, _sep, recording_id = text("recorded").partition(":")
        if kind not in {EvidenceKind.RECORDING, EvidenceKind.TRANSCRIPT}:
            raise InvalidInputError("kind", "must be one of the list")
        found = recordings.get_recording(session, actor(), recording_id)
        when = found.started_at.astimezone(deps().centre.zone)
        new = NewEvidence(
            kind=EvidenceKind(kind),
            title=f"{case_words.names(KINDS)[kind]} {when:%Y-%m-%d %H:%M}",
            shows=text("shows"),
            source=f"{_('Call')} {found.call_id}",
            obtained_at=found.started_at,
            recording_id=recording_id,
        )
        made = evidence.add(session, actor(), ticket_id, new, now=deps().now())
        return str(_("It is evidence E%(position)s of the case now.", position=made.position))

    return case_forms.act(ticket_id, NAME, work)


@case_evidence.post("/<int:evidence_id>/custody")
def custody(ticket_id: int, evidence_id: int) -> Response | Answer:
    """Hand a piece over, withdraw it, or let it count again."""

    def work(session: Session) -> str:
        now, act = deps().now(), text("act")
        if act == "hand_over":
            evidence.hand_over(
                session, actor(), ticket_id, evidence_id, holder=text("holder"), note=text("note"), now=now
            )
            return str(_("Written down: who has it now."))
        if act == "withdraw":
            evidence.withdraw(session, actor(), ticket_id, evidence_id, reason=text("note"), now=now)
            return str(_("It does not count any more; it stays in the file."))
        if act == "restore":
            evidence.restore(session, actor(), ticket_id, evidence_id, reason=text("note"), now=now)
            return str(_("It counts again."))
        raise InvalidInputError("act", "must be hand_over, withdraw or restore")

    return case_forms.act(ticket_id, NAME, work)


@case_evidence.post("/check")
def check(ticket_id: int) -> Response | Answer:
    """Hash everything anew and write down whether it is still the same."""
    database, asker = deps().database, actor()
    with database.read() as session:
        case_access.for_writing(session, asker, ticket_id)
        found = evidence.look(session, deps().store, asker, ticket_id)
    try:
        with database.write() as session:
            same, differs = evidence.note_checks(session, asker, ticket_id, found, now=deps().now())
    except DomainError as error:
        return case_forms.refused(ticket_id, error)
    if differs:
        flash(_("%(num)s pieces are not what they were. See the custody logs.", num=differs), "error")
    else:
        flash(ngettext("%(num)s piece checked: unchanged.", "%(num)s pieces checked: unchanged.", same), "success")
    return redirect(case_page.back_to(ticket_id, NAME))
