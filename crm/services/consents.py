"""What customers agreed to and refused: a row each time, the newest of a purpose counts. The caller commits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.customers import CustomerConsent
from crm.domain.access import Action, Actor
from crm.domain.customers import CONSENT_LONGEST, Consent, Purpose
from crm.domain.errors import InvalidInputError
from crm.domain.tickets import Channel
from crm.services import audit
from crm.services.customer_scope import family, kept_id, load_customer

MAX_EVIDENCE = 120


def write_down(
    session: Session,
    actor: Actor,
    customer_id: int,
    purpose: str,
    *,
    given: bool,
    channel: str,
    evidence: str = "",
    until: datetime | None = None,
    now: datetime,
) -> int:
    """Keep that the customer said yes or no; gives the id of the row. Raises InvalidInputError, NotFoundError."""
    if purpose not in set(Purpose):
        raise InvalidInputError("purpose", "is not one of the choices")
    if channel not in set(Channel):
        raise InvalidInputError("channel", "is not one of the choices")
    if len(evidence) > MAX_EVIDENCE or not all(char.isprintable() for char in evidence):
        raise InvalidInputError("evidence", f"must have at most {MAX_EVIDENCE} characters")
    if until is not None and not now < until <= now + CONSENT_LONGEST:
        raise InvalidInputError("until", "must lie ahead, within ten years")
    customer = load_customer(session, actor, customer_id, Action.CUSTOMER_EDIT)
    row = CustomerConsent(
        customer_id=customer.id, purpose=purpose, given=given, at=now, until=until if given else None, by=actor.name,
        channel=channel, evidence=evidence.strip(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.append(
        session, at=now, actor=actor.name, action="customer.consent", subject=f"customer:{customer.id}",
        detail={"purpose": purpose, "given": given, "consent_id": row.id},
    )  # fmt: skip
    return row.id


def standing(session: Session, customer_id: int) -> dict[str, Consent]:
    """What counts of every purpose now; those never asked as well."""
    ids = family(session, kept_id(session, customer_id))
    newest = select(func.max(CustomerConsent.id)).where(CustomerConsent.customer_id.in_(ids))
    rows = session.scalars(
        select(CustomerConsent).where(CustomerConsent.id.in_(newest.group_by(CustomerConsent.purpose)))
    )
    found = {row.purpose: _view(row) for row in rows}
    return {purpose: found.get(purpose, Consent(purpose)) for purpose in Purpose}


def history(session: Session, customer_id: int) -> tuple[Consent, ...]:
    """All that was ever said, the newest first."""
    ids = family(session, kept_id(session, customer_id))
    query = select(CustomerConsent).where(CustomerConsent.customer_id.in_(ids)).order_by(CustomerConsent.id.desc())
    return tuple(_view(row) for row in session.scalars(query))


def allows(session: Session, customer_id: int, purpose: Purpose, *, now: datetime) -> bool:
    """Whether he agreed to this and it still counts. Never asked is no."""
    return standing(session, customer_id)[purpose].holds(now)


def _view(row: CustomerConsent) -> Consent:
    return Consent(row.purpose, row.given, row.at, row.until, row.by, row.channel, row.evidence)
