"""The notice board: announcements and meetings, for whom they are, who has seen and confirmed them, who came."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.announcements import Announcement, AnnouncementReader
from crm.db.contact_centre import KnowledgeArticle
from crm.db.departments import Department, DepartmentMember
from crm.db.people import Role as RoleRow
from crm.db.people import User, user_roles
from crm.domain.access import Action, Actor, Role
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.notices import NoticeKind
from crm.services import audit, notices

SHOWN = 100
MAX_BODY = 20_000


@dataclass(frozen=True)
class Posting:
    """Something to post. ``roles`` empty: for everybody; ``department_id``: and only its people."""

    kind: str
    title: str
    body: str
    roles: frozenset[str] = frozenset()
    department_id: int | None = None
    confirm_by: date | None = None
    slug: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    place: str = ""


@dataclass(frozen=True)
class Reader:
    """Somebody for whom it is."""

    user_id: int
    username: str
    seen_at: datetime | None
    confirmed_at: datetime | None
    came: bool | None


@dataclass(frozen=True)
class BoardEntry:
    """An announcement or a meeting as its reader sees it."""

    id: int
    posting: Posting
    state: str
    posted_at: datetime
    posted_by: str
    minutes: str
    minutes_by: str | None
    version: int
    seen_at: datetime | None
    confirmed_at: datetime | None
    mine: bool
    """it is for him"""
    readers: int
    seen: int
    confirmed: int


def post(session: Session, actor: Actor, posting: Posting, *, today: date, now: datetime) -> int:
    """Post something; everybody for whom it is hears of it. Raises ForbiddenError, InvalidInputError."""
    if not actor.may(Action.ANNOUNCE):
        raise ForbiddenError("these roles do not post on the notice board")
    _check(session, posting, today, now)
    row = Announcement(
        kind=posting.kind, title=posting.title.strip(), body=posting.body.strip(), roles=sorted(posting.roles),
        department_id=posting.department_id, confirm_by=posting.confirm_by, slug=posting.slug,
        starts_at=posting.starts_at, ends_at=posting.ends_at, place=posting.place.strip(), minutes="", state="posted",
        posted_at=now, posted_by=actor.name, version=1,
    )  # fmt: skip
    session.add(row)
    session.flush()
    if not _tell(session, row, now=now, by=actor.user_id):
        raise InvalidInputError("roles", "there is nobody for whom this would be")
    _note(session, actor, row, "announcement.posted", now)
    return row.id


def _check(session: Session, posting: Posting, today: date, now: datetime) -> None:
    if posting.kind not in {"notice", "meeting"}:
        raise InvalidInputError("kind", "must be notice or meeting")
    for name, text, most in (("title", posting.title, 200), ("body", posting.body, MAX_BODY)):
        if not 1 <= len(text.strip()) <= most or "\0" in text:
            raise InvalidInputError(name, f"must have 1 to {most} characters")
    if not posting.roles <= set(Role):
        raise InvalidInputError("roles", "must be roles of the house")
    if posting.department_id is not None and session.get(Department, posting.department_id) is None:
        raise InvalidInputError("department", "there is no such department")
    if posting.confirm_by is not None and posting.confirm_by < today:
        raise InvalidInputError("confirm_by", "must be today or later")
    there = select(KnowledgeArticle.id).where(KnowledgeArticle.slug == posting.slug)
    if posting.slug and not session.scalars(there).first():
        raise InvalidInputError("slug", "there is no such article")
    if posting.kind == "meeting":
        _check_meeting(posting, now)


def _check_meeting(posting: Posting, now: datetime) -> None:
    if posting.starts_at is None or posting.ends_at is None or not now <= posting.starts_at < posting.ends_at:
        raise InvalidInputError("starts_at", "a meeting begins later than now and ends after it begins")
    if len(posting.place) > 100:
        raise InvalidInputError("place", "must have at most 100 characters")


def _audience(session: Session, row: Announcement) -> set[int]:
    people = select(User.id).where(User.active)
    if row.roles:
        people = (
            people.join(user_roles, user_roles.c.user_id == User.id)
            .join(RoleRow, RoleRow.id == user_roles.c.role_id)
            .where(RoleRow.name.in_(row.roles))
        )
    if row.department_id is not None:
        people = people.join(DepartmentMember, DepartmentMember.user_id == User.id).where(
            DepartmentMember.department_id == row.department_id
        )
    return set(session.scalars(people))


def _tell(session: Session, row: Announcement, *, now: datetime, by: int | None) -> int:
    """Everybody for whom it is and who was not told yet. Gives for how many it is."""
    there = set(session.scalars(select(AnnouncementReader.user_id).where(AnnouncementReader.announcement_id == row.id)))
    audience = _audience(session, row)
    for user_id in sorted(audience - there):
        own = now if user_id == by else None  # who writes it has read it
        session.add(
            AnnouncementReader(announcement_id=row.id, user_id=user_id, told_at=now, seen_at=own, confirmed_at=own)
        )
        notices.tell(
            session, user_id, NoticeKind.ANNOUNCED, None, now, by=by, title=row.title, path=f"/announcements/{row.id}"
        )
    session.flush()
    return len(audience | there)


def board(session: Session, actor: Actor, *, withdrawn: bool = False) -> tuple[BoardEntry, ...]:
    """What is for him, and for who posts everything; the newest first."""
    mine = select(AnnouncementReader.announcement_id).where(AnnouncementReader.user_id == (actor.user_id or 0))
    rows = select(Announcement).where(Announcement.state == ("withdrawn" if withdrawn else "posted"))
    if not actor.may(Action.ANNOUNCE):
        rows = rows.where(Announcement.id.in_(mine))
    found = session.scalars(rows.order_by(Announcement.id.desc()).limit(SHOWN))
    return tuple(_entry(session, actor, row) for row in found)


def show(session: Session, actor: Actor, announcement_id: int, *, now: datetime) -> BoardEntry:
    """One; that he has seen it is written down. Raises NotFoundError."""
    row = _load(session, actor, announcement_id)
    reader = session.get(AnnouncementReader, (row.id, actor.user_id or 0))
    if reader is not None and reader.seen_at is None and row.state == "posted":
        reader.seen_at = now
        session.flush()
    return _entry(session, actor, row)


def confirm(session: Session, actor: Actor, announcement_id: int, *, now: datetime) -> None:
    """He has read it and keeps to it. Doing so twice is doing so once."""
    row = _load(session, actor, announcement_id)
    reader = session.get(AnnouncementReader, (row.id, actor.user_id or 0))
    if reader is None or row.state != "posted":
        raise IllegalMoveError("this is not for you to confirm")
    if reader.confirmed_at is None:
        reader.seen_at, reader.confirmed_at = reader.seen_at or now, now
        session.flush()
        _note(session, actor, row, "announcement.confirmed", now)


def withdraw(session: Session, actor: Actor, announcement_id: int, *, version: int, now: datetime) -> None:
    """Take it down; who has read it stays written down."""
    row = _posted(session, actor, announcement_id, version)
    row.state, row.withdrawn_at, row.withdrawn_by, row.version = "withdrawn", now, actor.name, row.version + 1
    _note(session, actor, row, "announcement.withdrawn", now)


def keep_minutes(
    session: Session, actor: Actor, announcement_id: int, minutes: str, came: Collection[int], *, version: int,
    now: datetime,
) -> None:  # fmt: skip
    """Write down what a meeting said and decided, and who came; who was asked to come reads it."""
    row = _posted(session, actor, announcement_id, version)
    if row.kind != "meeting" or row.starts_at is None or now < row.starts_at:
        raise IllegalMoveError("minutes are kept when a meeting has begun")
    if not 1 <= len(minutes.strip()) <= MAX_BODY or "\0" in minutes:
        raise InvalidInputError("minutes", f"must have 1 to {MAX_BODY} characters")
    row.minutes, row.minutes_at, row.minutes_by = minutes.strip(), now, actor.name
    row.version += 1
    for reader in session.scalars(select(AnnouncementReader).where(AnnouncementReader.announcement_id == row.id)):
        reader.came = reader.user_id in came
        notices.tell(
            session, reader.user_id, NoticeKind.ANNOUNCED, None, now, by=actor.user_id, title=row.title,
            path=f"/announcements/{row.id}",
        )  # fmt: skip
    _note(session, actor, row, "announcement.minutes", now)


def readers(session: Session, actor: Actor, announcement_id: int) -> tuple[Reader, ...]:
    """Who has read it, those first who have not; for who posts."""
    if not actor.may(Action.ANNOUNCE):
        raise ForbiddenError("these roles do not post on the notice board")
    rows = session.execute(
        select(AnnouncementReader, User.username)
        .join(User, User.id == AnnouncementReader.user_id)
        .where(AnnouncementReader.announcement_id == announcement_id)
        .order_by(AnnouncementReader.confirmed_at.is_not(None), AnnouncementReader.seen_at.is_not(None), User.username)
    )
    return tuple(Reader(row.user_id, name, row.seen_at, row.confirmed_at, row.came) for row, name in rows)


def follow(session: Session, *, today: date, now: datetime) -> int:
    """Tell people who came since; remind daily from the day on which they should have confirmed. Gives how many."""
    rows = session.scalars(
        select(Announcement).where(Announcement.state == "posted", Announcement.posted_at >= now - timedelta(days=90))
    )
    told = 0
    for row in rows:
        _tell(session, row, now=now, by=None)
        if row.confirm_by is None or today < row.confirm_by:
            continue
        late = select(AnnouncementReader).where(
            AnnouncementReader.announcement_id == row.id, AnnouncementReader.confirmed_at.is_(None)
        )
        for reader in session.scalars(late):
            if reader.reminded_on is None or reader.reminded_on < today:
                notices.tell(
                    session, reader.user_id, NoticeKind.ANNOUNCED, None, now, title=row.title,
                    path=f"/announcements/{row.id}",
                )  # fmt: skip
                reader.reminded_on, told = today, told + 1
    return told


def _load(session: Session, actor: Actor, announcement_id: int) -> Announcement:
    row = session.get(Announcement, announcement_id)
    mine = row is not None and session.get(AnnouncementReader, (row.id, actor.user_id or 0)) is not None
    if row is None or not (mine or actor.may(Action.ANNOUNCE)):
        raise NotFoundError("there is no such announcement")
    return row


def _posted(session: Session, actor: Actor, announcement_id: int, version: int) -> Announcement:
    if not actor.may(Action.ANNOUNCE):
        raise ForbiddenError("these roles do not post on the notice board")
    row = _load(session, actor, announcement_id)
    if row.state != "posted":
        raise IllegalMoveError("this was taken down")
    if row.version != version:
        raise ConflictError("somebody else changed this just now")
    return row


def _entry(session: Session, actor: Actor, row: Announcement) -> BoardEntry:
    own = session.get(AnnouncementReader, (row.id, actor.user_id or 0))
    people, seen, confirmed = session.execute(
        select(func.count(), func.count(AnnouncementReader.seen_at), func.count(AnnouncementReader.confirmed_at)).where(
            AnnouncementReader.announcement_id == row.id
        )
    ).one()
    posting = Posting(
        row.kind, row.title, row.body, frozenset(row.roles), row.department_id, row.confirm_by, row.slug, row.starts_at,
        row.ends_at, row.place,
    )  # fmt: skip
    return BoardEntry(
        row.id, posting, row.state, row.posted_at, row.posted_by, row.minutes, row.minutes_by, row.version,
        own.seen_at if own else None, own.confirmed_at if own else None, own is not None, people, seen, confirmed,
    )  # fmt: skip


def _note(session: Session, actor: Actor, row: Announcement, action: str, now: datetime) -> None:
    audit.append(
        session, at=now, actor=actor.name, action=action, subject=f"announcement:{row.id}", detail={"title": row.title}
    )
