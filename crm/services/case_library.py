"""The case library: what others learn from. Suggested by who knows it, checked by compliance, published by trainers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from crm.db.analysis import CaseStudy as Row
from crm.db.people import Role as RoleRow
from crm.db.people import User, user_roles
from crm.db.tickets import Ticket
from crm.domain import catalogue
from crm.domain import statistics_codes as codes
from crm.domain.access import Action, Actor, Role
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.improvement import CaseState, CaseText, case_problems
from crm.domain.notices import NoticeKind
from crm.domain.searchwords import asked_words, words_of
from crm.services import audit, notices, scope

SHOWN = 50
MAX_TEXT = 20_000
LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class CaseView:
    """A case as pages show it. ``ticket``: id and number, for those who may see it."""

    id: int
    text: CaseText
    language: str
    state: str
    made_at: datetime
    made_by: str
    reviewed_by: str | None
    published_at: datetime | None
    published_by: str | None
    used: int
    version: int
    ticket: tuple[int, str] | None
    may: frozenset[str]
    """edit, review, publish, retire: what the reader may do with it now"""


def search(
    session: Session, actor: Actor, *, query: str = "", category: str = "", level: int | None = None
) -> tuple[CaseView, ...]:
    """Cases that he may read, those that hold all the words asked for; else the newest."""
    conditions = [_seen_by(actor)]
    words = asked_words(query[:200])
    conditions += [Row.words.like(f"% {word}%") for word in words]
    if category:
        conditions.append(Row.category.startswith(category, autoescape=True))
    if level is not None:
        conditions.append(Row.level == level)
    rows = session.scalars(select(Row).where(*conditions).order_by(Row.published_at.desc(), Row.id.desc()).limit(SHOWN))
    return tuple(_view(session, actor, row) for row in rows)


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    """Published ones for all who read knowledge; drafts for who wrote them, checks them or publishes them."""
    if not actor.may(Action.KNOWLEDGE_READ):
        raise ForbiddenError("these roles do not read the case library")
    published = Row.state == CaseState.PUBLISHED
    if actor.may(Action.KNOWLEDGE_REVIEW) or actor.may(Action.KNOWLEDGE_PUBLISH):
        return Row.id.is_not(None)
    return or_(published, Row.made_by == actor.name)


def read(session: Session, actor: Actor, case_id: int, *, counted: bool = False) -> CaseView:
    """One case; ``counted``: the look is counted. Raises NotFoundError."""
    row = _load(session, actor, case_id)
    if counted and row.state == CaseState.PUBLISHED:
        session.execute(update(Row).where(Row.id == row.id).values(used=Row.used + 1))
        session.refresh(row)
    return _view(session, actor, row)


def _load(session: Session, actor: Actor, case_id: int) -> Row:
    row = session.scalars(select(Row).where(Row.id == case_id, _seen_by(actor))).first()
    if row is None:
        raise NotFoundError("there is no such case")
    return row


def text_of(row: Row) -> CaseText:
    """What it says."""
    return CaseText(row.title, row.situation, row.handling, row.lessons, row.category, row.reason, row.level)


def _view(session: Session, actor: Actor, row: Row) -> CaseView:
    ticket = None
    if row.ticket_id is not None:
        seen = session.execute(
            select(Ticket.id, Ticket.number).where(Ticket.id == row.ticket_id, scope.tickets_for(actor))
        ).one_or_none()
        ticket = (seen.id, seen.number) if seen else None
    may = frozenset(what for what in ("edit", "review", "publish", "retire") if _why_not(actor, row, what) is None)
    return CaseView(
        row.id, text_of(row), row.language, row.state, row.made_at, row.made_by, row.reviewed_by, row.published_at,
        row.published_by, row.used, row.version, ticket, may,
    )  # fmt: skip


def _why_not(actor: Actor, row: Row, what: str) -> str | None:
    """Why he may not do this with the case now."""
    state, own = CaseState(row.state), row.made_by == actor.name
    rules = {
        "edit": (own and actor.may(Action.KNOWLEDGE_SUGGEST) and state is CaseState.DRAFT,
                 "only its author edits a draft"),
        "review": (not own and actor.may(Action.KNOWLEDGE_REVIEW) and state is CaseState.DRAFT,
                   "a draft is checked by compliance, and not by its author"),
        "publish": (not own and actor.may(Action.KNOWLEDGE_PUBLISH) and state is CaseState.REVIEWED,
                    "a case that was checked is published by a trainer, and not by its author"),
        "retire": (actor.may(Action.KNOWLEDGE_PUBLISH) and state is CaseState.PUBLISHED,
                   "a published case is taken out by a trainer"),
    }  # fmt: skip
    allowed, why = rules[what]
    return None if allowed else why


def suggest(
    session: Session, actor: Actor, text: CaseText, *, language: str, now: datetime, ticket_id: int | None = None,
    case_id: int | None = None, version: int = 0,
) -> int:  # fmt: skip
    """Write a case, or write a draft anew. Raises ForbiddenError, InvalidInputError for what would tell who it was."""
    if not actor.may(Action.KNOWLEDGE_SUGGEST):
        raise ForbiddenError("these roles do not suggest cases")
    if language not in LANGUAGES:
        raise InvalidInputError("language", f"must be one of {', '.join(LANGUAGES)}")
    names = _names(session, actor, ticket_id)
    problems = case_problems(text, names)
    if problems:
        raise InvalidInputError("case", problems[0])
    if len(text.whole) > MAX_TEXT or len(text.title) > 200:
        raise InvalidInputError("case", f"must have at most {MAX_TEXT} characters")
    _check_codes(text)
    if case_id is None:
        row = Row(state=CaseState.DRAFT, made_at=now, made_by=actor.name, ticket_id=ticket_id, used=0, version=0)
        session.add(row)
    else:
        row = _load(session, actor, case_id)
        why = _why_not(actor, row, "edit")
        if why is not None:
            raise IllegalMoveError(why)
        if row.version != version:
            raise ConflictError("somebody else changed this case just now")
    row.title, row.situation, row.handling = text.title.strip(), text.situation.strip(), text.handling.strip()
    row.lessons, row.category, row.reason, row.level = text.lessons.strip(), text.category, text.reason, text.level
    row.language, row.version = language, row.version + 1
    row.words = f" {' '.join(words_of(text.whole))} "
    session.flush()
    _note(session, row, "written", actor, now)
    for user_id in _people(session, Role.CO):
        notices.tell(session, user_id, NoticeKind.CASE_WAITING, None, now, by=actor.user_id, case_id=row.id,
                     title=row.title, path=f"/cases/{row.id}")  # fmt: skip
    return row.id


def _names(session: Session, actor: Actor, ticket_id: int | None) -> tuple[str, ...]:
    """Names of the people in the matter: none of them may stand in the case."""
    if ticket_id is None:
        return ()
    ticket = session.scalars(select(Ticket).where(Ticket.id == ticket_id, scope.tickets_for(actor))).first()
    if ticket is None:
        raise NotFoundError("there is no such ticket")
    people = [user.display_name for user in (ticket.assignee, ticket.accused, ticket.first_agent) if user]
    return tuple(name for name in [ticket.customer.name if ticket.customer else "", *people] if name)


def _check_codes(text: CaseText) -> None:
    if text.category is not None and catalogue.find(text.category) is None:
        raise InvalidInputError("category", "must be one of the catalogue")
    if text.reason is not None and not codes.is_choice(codes.Axis.REASON, text.reason):
        raise InvalidInputError("reason", "must be one of the reasons")
    if text.level not in {None, 1, 2, 3}:
        raise InvalidInputError("level", "must be 1, 2 or 3")


def move(session: Session, actor: Actor, case_id: int, what: str, *, version: int, now: datetime) -> None:
    """Check, publish or take out a case. Raises IllegalMoveError, ConflictError."""
    row = _load(session, actor, case_id)
    if what not in {"review", "publish", "retire"}:
        raise InvalidInputError("what", "must be review, publish or retire")
    why = _why_not(actor, row, what)
    if why is not None:
        raise IllegalMoveError(why)
    if row.version != version:
        raise ConflictError("somebody else changed this case just now")
    if what == "review":
        row.state, row.reviewed_at, row.reviewed_by = CaseState.REVIEWED, now, actor.name
        for user_id in _people(session, Role.TR):
            notices.tell(
                session,
                user_id,
                NoticeKind.CASE_WAITING,
                None,
                now,
                case_id=row.id,
                title=row.title,
                path=f"/cases/{row.id}",
            )
    elif what == "publish":
        row.state, row.published_at, row.published_by = CaseState.PUBLISHED, now, actor.name
    else:
        row.state = CaseState.RETIRED
    row.version += 1
    _note(session, row, what, actor, now)


def like_this(session: Session, actor: Actor, ticket: Ticket, *, most: int = 5) -> tuple[CaseView, ...]:
    """Published cases of the same category or reason, the more alike and the more read first."""
    same = [Row.category == ticket.category, Row.reason == ticket.reason_code]
    wanted = [one for one, given in zip(same, (ticket.category, ticket.reason_code), strict=True) if given]
    if not wanted or not actor.may(Action.KNOWLEDGE_READ):
        return ()
    rows = session.scalars(
        select(Row)
        .where(and_(Row.state == CaseState.PUBLISHED, or_(*wanted)))
        .order_by((Row.category == (ticket.category or "")).desc(), Row.used.desc(), Row.id.desc())
        .limit(most)
    )
    return tuple(_view(session, actor, row) for row in rows)


def titles(session: Session, actor: Actor, case_ids: Sequence[int]) -> tuple[tuple[int, str], ...]:
    """Those of these cases that he may read and that are published: id and title."""
    if not case_ids:
        return ()
    rows = session.execute(
        select(Row.id, Row.title)
        .where(Row.id.in_(case_ids), Row.state == CaseState.PUBLISHED, _seen_by(actor))
        .order_by(Row.id)
    )
    return tuple((row.id, row.title) for row in rows)


def waiting(session: Session, actor: Actor) -> int:
    """How many cases wait for this person."""
    state = CaseState.DRAFT if actor.may(Action.KNOWLEDGE_REVIEW) else CaseState.REVIEWED
    if not (actor.may(Action.KNOWLEDGE_REVIEW) or actor.may(Action.KNOWLEDGE_PUBLISH)):
        return 0
    return session.scalar(select(func.count()).select_from(Row).where(Row.state == state)) or 0


def _people(session: Session, role: Role) -> list[int]:
    return list(
        session.scalars(
            select(User.id)
            .join(user_roles, user_roles.c.user_id == User.id)
            .join(RoleRow, RoleRow.id == user_roles.c.role_id)
            .where(RoleRow.name == role, User.active)
        )
    )


def _note(session: Session, row: Row, event: str, actor: Actor, now: datetime) -> None:
    audit.append(
        session, at=now, actor=actor.name, action=f"case.{event}", subject=f"case:{row.id}",
        detail={"title": row.title, "state": row.state},
    )  # fmt: skip
