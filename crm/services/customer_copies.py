"""A copy of all that the house keeps of a customer, for himself: everybody may ask for his own (PIPL 45).

It holds whole values; so it is made for a reason, by who may see them, and stands in the audit chain.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.customers import ActivityGuest, Advice, CarePlan, CustomerNeed, Feedback, RiskAssessment
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.errors import ForbiddenError
from crm.domain.reveals import checked_reason
from crm.services import audit, consents
from crm.services.customer_scope import family, load_customer
from crm.services.customer_views import at_home, contacts_of, profile_of_row


def copy_of(
    session: Session, actor: Actor, customer_id: int, *, reason: str, words: str, region: str, now: datetime
) -> dict[str, Any]:
    """Everything, as JSON. Raises ForbiddenError for who may not see all customers whole, NotFoundError."""
    if Relation.ANY not in reach(actor.roles, Action.REVEAL):
        raise ForbiddenError("your role does not allow this")
    said = checked_reason(reason, words)
    row = load_customer(session, actor, customer_id, Action.REVEAL)
    ids = family(session, row.id)
    audit.append(
        session, at=now, actor=actor.name, action="customer.copied", subject=f"customer:{row.id}",
        detail={"reason": reason, "words": said},
    )  # fmt: skip
    return {
        "made_at": now.isoformat(),
        "customer": {"id": row.id, "created_at": row.created_at.isoformat(), **asdict(profile_of_row(session, row))},
        "numbers": [at_home(one.number, region) for one in row.numbers],
        "channels": [{"kind": one.kind, "address": one.address} for one in contacts_of(session, row.id)],
        "consents": [_plain(asdict(one)) for one in consents.history(session, row.id)],
        "calls": _rows(session, Call, ids, ("call_id", "started_at", "ended_at", "outcome", "direction")),
        "tickets": _rows(session, Ticket, ids, ("number", "kind", "status", "channel", "received_at", "text")),
        "needs": _rows(session, CustomerNeed, ids, ("at", "products", "preference", "liquidity", "horizon", "note")),
        "assessments": _rows(session, RiskAssessment, ids, ("at", "points", "level", "valid_until", "answers")),
        "advice": _rows(session, Advice, ids, ("at", "kind", "product", "product_risk", "text", "accepted")),
        "plans": _rows(session, CarePlan, ids, ("made_at", "state", "mix", "services", "note", "agreed_at")),
        "feedback": _rows(session, Feedback, ids, ("at", "about", "subject", "score", "text", "answer")),
        "activities": _rows(session, ActivityGuest, ids, ("activity_id", "state", "at", "score", "remark", "interest")),
    }


def _rows(session: Session, model: Any, ids: tuple[int, ...], names: tuple[str, ...]) -> list[dict[str, Any]]:
    columns = [getattr(model, name) for name in names]
    query = select(*columns).where(model.customer_id.in_(ids)).order_by(*model.__table__.primary_key.columns)
    return [_plain(dict(zip(names, row, strict=True))) for row in session.execute(query)]


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
