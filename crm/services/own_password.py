"""A signature is one's own: whoever signs shows that he knows his password, not only that his screen is open."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm.db.people import User
from crm.domain.access import Actor
from crm.domain.errors import ForbiddenError, InvalidInputError
from crm.services.passwords import is_password


def demand(session: Session, actor: Actor, password: str) -> None:
    """Raises ForbiddenError without a person, InvalidInputError (``password``) for the wrong one."""
    user = session.get(User, actor.user_id) if actor.user_id is not None else None
    if user is None or not user.password:
        raise ForbiddenError("only a person with a password signs")
    if not is_password(password, user.password):
        raise InvalidInputError("password", "this is not your password")
