"""People as an administrator looks after them: who there is, what he is, what he may, and when that ends.

Nobody changes his own rights, and the last administrator stays. Every change is an entry of the audit chain; what
ends a right ends the person's sessions with it.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from crm.db.contact_centre import Task
from crm.db.departments import DepartmentMember
from crm.db.people import ApiToken, User
from crm.db.people import Role as RoleRow
from crm.db.rights import OneTimeLink, PostChange
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor, Role
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.people import Change, Post, change_of, conflict, missing
from crm.domain.tasks import TaskState
from crm.domain.tickets import ENDED
from crm.services import audit, one_time_links, phones, users

MOST_SHOWN = 200
_REASON = 500


@dataclass(frozen=True)
class NewPerson:
    """Who is to be made."""

    username: str
    display_name: str
    roles: frozenset[Role]
    post: Post | None = None
    email: str = ""
    locale: str = "zh"


@dataclass(frozen=True)
class Person:
    """All that an administrator sees of somebody. ``left``: what would be without a hand if he went."""

    user: User
    member: DepartmentMember | None
    changes: Sequence[PostChange]
    tokens: Sequence[ApiToken]
    link: OneTimeLink | None
    left: dict[str, int]


def listing(
    session: Session, actor: Actor, *, words: str = "", role: Role | None = None, active: bool | None = True
) -> list[tuple[User, DepartmentMember | None]]:
    """The people whose name has these words, in the order of their user names. Raises ForbiddenError."""
    _may(actor)
    query = select(User, DepartmentMember).outerjoin(DepartmentMember, DepartmentMember.user_id == User.id)
    if words:
        query = query.where(
            or_(User.username.icontains(words, autoescape=True), User.display_name.icontains(words, autoescape=True))
        )
    if role is not None:
        query = query.where(User.roles.any(RoleRow.name == role))
    if active is not None:
        query = query.where(User.active.is_(active))
    return [(row[0], row[1]) for row in session.execute(query.order_by(User.username).limit(MOST_SHOWN))]


def person(session: Session, actor: Actor, user_id: int, now: datetime) -> Person:
    """One of them. Raises ForbiddenError, NotFoundError."""
    user = _load(session, actor, user_id)
    changes = select(PostChange).where(PostChange.user_id == user_id).order_by(PostChange.id.desc())
    tokens = select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None)).order_by(ApiToken.id)
    link = select(OneTimeLink).where(
        OneTimeLink.user_id == user_id,
        OneTimeLink.used_at.is_(None),
        OneTimeLink.revoked_at.is_(None),
        OneTimeLink.expires_at > now,
    )
    return Person(
        user, session.get(DepartmentMember, user_id), session.scalars(changes).all(), session.scalars(tokens).all(),
        session.scalars(link).first(), _left_by(session, user_id),
    )  # fmt: skip


def _left_by(session: Session, user_id: int) -> dict[str, int]:
    tickets = select(func.count()).where(Ticket.assignee_id == user_id, Ticket.status.not_in(sorted(ENDED)))
    tasks = select(func.count()).where(Task.user_id == user_id, Task.state == TaskState.OPEN)
    return {"tickets": session.scalar(tickets) or 0, "tasks": session.scalar(tasks) or 0}


def create(session: Session, actor: Actor, new: NewPerson, *, now: datetime) -> tuple[User, str]:
    """Make somebody, who comes in by the link whose secret is given back. Raises what ``set_rights`` does."""
    _may(actor)
    _check(new.post, new.roles)
    email = new.email.strip()
    if email and ("@" not in email or len(email) > 255 or not email.isprintable() or " " in email):
        raise InvalidInputError("email", "is not an e-mail address")
    if email and session.scalars(select(User.id).where(User.email == email)).first() is not None:
        raise ConflictError("somebody has this e-mail address already")
    if len(new.display_name) > 100 or not new.display_name.isprintable():
        raise InvalidInputError("display_name", "must have at most 100 characters")
    user = users.create_user(
        session, username=new.username, roles=new.roles, password_hash=None, by=actor.name, now=now,
        display_name=new.display_name.strip(), locale=new.locale,
    )  # fmt: skip
    user.email, user.post = email or None, new.post or ""
    _note(session, actor, user, Change.JOINED, "", frozenset(), "", now)
    return user, one_time_links.make(session, user, by=actor.name, now=now)


def set_rights(
    session: Session,
    actor: Actor,
    user_id: int,
    roles: Collection[Role],
    post: Post | None,
    reason: str,
    *,
    now: datetime,
) -> User:
    """Give somebody a post and roles. Raises ForbiddenError, InvalidInputError, ConflictError, NotFoundError."""
    user = _load_other(session, actor, user_id)
    wanted = frozenset(roles)
    _check(post, wanted)
    text = _reason(reason)
    before = users.actor_of(user).roles
    if before == wanted and user.post == (post or ""):
        raise InvalidInputError("roles", "nothing is changed")
    if Role.AD in before - wanted:
        _keep_one_administrator(session, user)
    earlier = user.post
    user.roles = list(session.scalars(select(RoleRow).where(RoleRow.name.in_(sorted(wanted)))))
    user.post = post or ""
    if user.sip_user is None and phones.wants_phone(wanted):
        user.sip_user = phones.free_sip_user(session, user.username)
    kind = change_of(Post(earlier) if earlier else None, post)
    _note(session, actor, user, kind, earlier, before, text, now)
    if before - wanted:
        _end_sessions(user)
    return user


def send_link(session: Session, actor: Actor, user_id: int, *, now: datetime) -> str:
    """A new one-time link for who lost his password; gives its secret."""
    user = _load_other(session, actor, user_id)
    if not user.active:
        raise ConflictError("this person has left")
    return one_time_links.make(session, user, by=actor.name, now=now)


def reset_second_factor(session: Session, actor: Actor, user_id: int, reason: str, *, now: datetime) -> None:
    """Take a lost second factor away, with its recovery codes. His sessions end."""
    user = _load_other(session, actor, user_id)
    text = _reason(reason)
    if user.tf_primary_method is None and user.tf_totp_secret is None:
        raise ConflictError("this person has no second factor")
    user.tf_primary_method = user.tf_totp_secret = user.mf_recovery_codes = None
    _end_sessions(user)
    _log(session, actor, user, "user.second_factor_reset", now, reason=text)


def end_sessions(session: Session, actor: Actor, user_id: int, *, now: datetime) -> None:
    """Log somebody out everywhere; his phones' password changes with it."""
    user = _load_other(session, actor, user_id)
    _end_sessions(user)
    _log(session, actor, user, "user.sessions_ended", now)


def deactivate(session: Session, actor: Actor, user_id: int, reason: str, *, now: datetime) -> None:
    """Let somebody go: nothing of his opens anything any more; what he did stays his. His open tasks are for all."""
    user = _load_other(session, actor, user_id)
    text = _reason(reason)
    if not user.active:
        raise ConflictError("this person has left already")
    if Role.AD in users.actor_of(user).roles:
        _keep_one_administrator(session, user)
    user.active = False
    _end_sessions(user)
    one_time_links.revoke(session, user_id, now=now)
    session.execute(
        update(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None)).values(revoked_at=now)
    )
    session.execute(
        update(Task)
        .where(Task.user_id == user_id, Task.state == TaskState.OPEN)
        .values(user_id=None, version=Task.version + 1)
    )
    _note(session, actor, user, Change.LEFT, user.post, users.actor_of(user).roles, text, now)


def reactivate(session: Session, actor: Actor, user_id: int, reason: str, *, now: datetime) -> str:
    """Take somebody back, with the roles that he had; he comes in by the link whose secret is given back."""
    user = _load_other(session, actor, user_id)
    text = _reason(reason)
    if user.active:
        raise ConflictError("this person is here")
    user.active, user.password = True, None
    _note(session, actor, user, Change.RETURNED, user.post, users.actor_of(user).roles, text, now)
    return one_time_links.make(session, user, by=actor.name, now=now)


def revoke_token(session: Session, actor: Actor, token_id: int, *, now: datetime) -> None:
    """End an API token. Raises ForbiddenError, NotFoundError."""
    _may(actor)
    users.revoke_token(session, token_id, by=actor.name, now=now)


def _check(post: Post | None, roles: Collection[Role]) -> None:
    if not roles:
        raise InvalidInputError("roles", "at least one role is needed")
    why = conflict(roles)
    if why is not None:
        raise InvalidInputError("roles", why)
    if missing(post, roles):
        raise InvalidInputError("post", f"needs the role {', '.join(sorted(missing(post, roles)))}")


def _reason(text: str) -> str:
    text = text.strip()
    if not text or len(text) > _REASON or "\0" in text:
        raise InvalidInputError("reason", f"is needed, {_REASON} characters at most")
    return text


def _may(actor: Actor) -> None:
    if not actor.may(Action.USER_ADMIN):
        raise ForbiddenError("these roles do not look after people")


def _load(session: Session, actor: Actor, user_id: int) -> User:
    _may(actor)
    user = session.get(User, user_id)
    if user is None:
        raise NotFoundError("there is no such person")
    return user


def _load_other(session: Session, actor: Actor, user_id: int) -> User:
    """Somebody else: what an administrator gives, takes or mends, he does not do for himself."""
    user = _load(session, actor, user_id)
    if user.id == actor.user_id:
        raise ForbiddenError("nobody changes his own rights; another administrator does")
    return user


def _keep_one_administrator(session: Session, user: User) -> None:
    """Two who remove each other at once wait for one another here: the rows are locked."""
    administrators = select(User.id).where(User.active, User.roles.any(RoleRow.name == Role.AD)).with_for_update()
    if set(session.scalars(administrators)) <= {user.id}:
        raise ConflictError("the house needs an administrator: make another one first")


def _end_sessions(user: User) -> None:
    user.fs_uniquifier = secrets.token_hex(32)


def _note(
    session: Session,
    actor: Actor,
    user: User,
    kind: Change,
    post_before: str,
    roles_before: Collection[Role],
    reason: str,
    now: datetime,
) -> None:
    """The change as a row of his career and an entry of the chain."""
    roles = sorted(users.actor_of(user).roles)
    before = sorted(roles_before)
    session.add(
        PostChange(
            user_id=user.id, at=now, by=actor.name, kind=kind, post_before=post_before, post=user.post,
            roles_before=before, roles=roles, reason=reason,
        )
    )  # fmt: skip
    session.flush()
    _log(
        session, actor, user, f"user.{kind}", now,
        roles_before=before, roles=roles, post_before=post_before, post=user.post, reason=reason,
    )  # fmt: skip


def _log(session: Session, actor: Actor, user: User, action: str, now: datetime, **detail: object) -> None:
    audit.append(
        session, at=now, actor=actor.name, action=action, subject=f"user:{user.id}",
        detail={"username": user.username, **detail},
    )  # fmt: skip
