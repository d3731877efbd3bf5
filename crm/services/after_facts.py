"""What follows an answer, read: the reply, tries to reach the customer, the form, the visit, the archive.

Nothing here changes a ticket, so that the guards of its moves can ask here.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.aftercare import AcceptanceForm, ContactTry, Reply, Visit
from crm.db.archives import Archive
from crm.domain.forms import FormState, places_missing
from crm.domain.reply import PARTS, ReplyState, written
from crm.services.rounds import round_of

CONFIRMATION, VISIT = "confirmation", "visit"
OPEN = "open"


def reply_of(session: Session, ticket_id: int) -> Reply | None:
    """The reply of the present round, or None while nobody has begun one."""
    return session.scalars(
        select(Reply)
        .where(
            Reply.ticket_id == ticket_id,
            Reply.round == round_of(session, ticket_id),
            Reply.state != ReplyState.VOID,
        )
        .order_by(Reply.position.desc())
        .limit(1)
    ).first()


def parts_of(row: Reply) -> dict[str, str]:
    """The four parts of a reply."""
    return {name: getattr(row, name) or "" for name in PARTS}


def reply_written(session: Session, ticket_id: int) -> frozenset[str]:
    """Which parts of the present reply are there: facts, basis, solution, execution, remedies."""
    row = reply_of(session, ticket_id)
    return written(parts_of(row), row.remedies) if row else frozenset()


def reply_proven(session: Session, ticket_id: int) -> bool:
    """Whether it is proven that the present answer reached the customer."""
    row = reply_of(session, ticket_id)
    return row is not None and row.state == ReplyState.TOLD


def contact_tries(session: Session, ticket_id: int, purpose: str = CONFIRMATION) -> int:
    """How often the customer was tried in vain since the present answer."""
    counted = (
        select(func.count())
        .select_from(ContactTry)
        .where(
            ContactTry.ticket_id == ticket_id,
            ContactTry.purpose == purpose,
            ContactTry.round == round_of(session, ticket_id),
            ContactTry.reached.is_(False),
        )
    )
    return session.scalar(counted) or 0


def form_of(session: Session, ticket_id: int) -> AcceptanceForm | None:
    """The acceptance form of the present round, or None while nobody filled it in."""
    return session.scalars(
        select(AcceptanceForm)
        .where(
            AcceptanceForm.ticket_id == ticket_id,
            AcceptanceForm.round == round_of(session, ticket_id),
            AcceptanceForm.state != FormState.VOID,
        )
        .order_by(AcceptanceForm.position.desc())
        .limit(1)
    ).first()


def form_missing(session: Session, ticket_id: int) -> tuple[str, ...]:
    """The signatures that the form lacks; all of them while there is no form."""
    row = form_of(session, ticket_id)
    return places_missing([one.place for one in row.signatures] if row else [])


def visit_of(session: Session, ticket_id: int) -> Visit | None:
    """The return visit of the present round, or None while none is planned."""
    return session.scalars(
        select(Visit)
        .where(
            Visit.ticket_id == ticket_id,
            Visit.kind == "complaint",
            Visit.round == round_of(session, ticket_id),
            Visit.state != "cancelled",
        )
        .order_by(Visit.id.desc())
        .limit(1)
    ).first()


def visit_outcome(session: Session, ticket_id: int) -> str:
    """What the visit of the present round came to: satisfied, not_satisfied, no_answer, refused; open: not yet."""
    row = visit_of(session, ticket_id)
    return row.outcome if row is not None and row.outcome else OPEN


def archive_hash(session: Session, ticket_id: int) -> str | None:
    """The hash of the present archive of a ticket, or None while it is not made."""
    return session.scalar(
        select(Archive.hash).where(Archive.ticket_id == ticket_id, Archive.round == round_of(session, ticket_id))
    )
