"""The agents' parts in a call, for who may read the call."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.contact_centre import CallLeg


def legs_of(session: Session, call_id: str) -> Sequence[CallLeg]:
    """Legs of a call in their order. Whether somebody may read the call is asked before."""
    return session.scalars(
        select(CallLeg).where(CallLeg.call_id == call_id).order_by(CallLeg.rang_at, CallLeg.id)
    ).all()
