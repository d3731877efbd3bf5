"""Which customer is on the line: until the agent has asked, nobody knows, whatever number was shown."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.domain.access import Actor
from crm.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm.services import audit
from crm.services.live_customer import customers_of_live_call, live_call


def identify(session: Session, actor: Actor, call_id: str, customer_id: int, *, now: datetime) -> None:
    """Keep that the agent made sure whom he speaks with: one of the customers whom the number may belong to.

    Raises NotFoundError for who is not on the call, ConflictError before the call is written down (about a second),
    InvalidInputError for a customer who has nothing to do with its number.
    """
    if actor.user_id is None or session.scalar(live_call(actor.user_id)) != call_id:
        raise NotFoundError("there is no such call, or you are not on it")
    call = session.get(Call, call_id)
    if call is None:
        raise ConflictError("the call is not written down yet; try again in a second")
    if customer_id not in set(session.scalars(select(customers_of_live_call(actor.user_id).subquery()))):
        raise InvalidInputError("customer_id", "is none of the customers who have this number")
    call.customer_id, call.identified_at, call.identified_by = customer_id, now, actor.name
    audit.append(
        session, at=now, actor=actor.name, action="call.identified", subject=f"call:{call_id}",
        detail={"customer_id": customer_id},
    )  # fmt: skip
