"""Tables of shifts and attendance: kinds of shifts, patterns, the roster, leave, swaps, clock, days, needs, hand-overs.

A day is one of the centre's calendar; instants are UTC. What a person did is in ``agent_states`` (``contact_centre``)
and in ``clock_events``; what he should have done is in ``shifts``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.people import User
from crm.db.sealed import SealedText


class ShiftKind(Base):
    """A kind of shift: when it begins, how long it is, which breaks it has. ``code`` never changes its meaning."""

    __tablename__ = "shift_kinds"
    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    title_zh: Mapped[str] = mapped_column(String(40))
    title_en: Mapped[str] = mapped_column(String(40))
    begins: Mapped[int] = mapped_column(comment="minute of the day on the centre's clock")
    minutes: Mapped[int] = mapped_column(comment="length with its breaks")
    breaks: Mapped[list[Any]] = mapped_column(default=list, comment="[kind, minutes after the beginning, minutes]")
    active: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(String(64))


class ShiftPattern(Base):
    """Days that come again and again: codes of kinds of shifts, an empty one is a day of rest."""

    __tablename__ = "shift_patterns"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    title_zh: Mapped[str] = mapped_column(String(60))
    title_en: Mapped[str] = mapped_column(String(60))
    days: Mapped[list[str]]
    active: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(String(64))


class Shift(Base):
    """A shift of a person. What he sees and is held to is ``published``; ``cancelled`` ones stay as history."""

    __tablename__ = "shifts"
    __table_args__ = (
        Index("ix_shifts_user_starts", "user_id", "starts_at"),
        Index("ix_shifts_starts_state", "starts_at", "state"),
        Index("ix_shifts_day", "day"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    day: Mapped[date] = mapped_column(comment="of its beginning, on the centre's calendar")
    kind: Mapped[str] = mapped_column(ForeignKey("shift_kinds.code"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    parts: Mapped[list[Any]] = mapped_column(
        default=list, comment="what is planned inside it and is no work on the phone: [activity, from, until] in UTC"
    )
    state: Mapped[str] = mapped_column(String(10), default="draft", comment="draft, published, cancelled")
    origin: Mapped[str] = mapped_column(String(10), default="hand", comment="hand, pattern, swap")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    user: Mapped[User] = relationship(lazy="joined")


class ShiftEvent(Base):
    """What happened to the roster: append-only. ``detail`` tells of before and after."""

    __tablename__ = "shift_events"
    __table_args__ = (Index("ix_shift_events_user_at", "user_id", "at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), comment="whose time it is about; null: many")
    shift_id: Mapped[int | None] = mapped_column(ForeignKey("shifts.id"), index=True)
    detail: Mapped[dict[str, Any]]


class Leave(Base):
    """Time in which somebody does not work. ``state``: asked, granted, refused, withdrawn."""

    __tablename__ = "leaves"
    __table_args__ = (
        Index("ix_leaves_user_starts", "user_id", "starts_at"),
        Index("ix_leaves_state_starts", "state", "starts_at"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(12))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(SealedText("leaves.reason"), default="")
    state: Mapped[str] = mapped_column(String(10), default="asked")
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(SealedText("leaves.note"), default="")
    version: Mapped[int] = mapped_column(default=1)
    user: Mapped[User] = relationship(lazy="joined")


class ShiftSwap(Base):
    """A shift that changes hands, or two. ``state``: asked, agreed, approved, declined, refused, withdrawn, lapsed."""

    __tablename__ = "shift_swaps"
    __table_args__ = (Index("ix_shift_swaps_state", "state", "asked_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    asker_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id"), index=True, comment="the asker's")
    other_shift_id: Mapped[int | None] = mapped_column(
        ForeignKey("shifts.id"), index=True, comment="the partner's; null: he takes the shift over"
    )
    reason: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(10), default="asked")
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(200), default="")
    version: Mapped[int] = mapped_column(default=1)
    asker: Mapped[User] = relationship(lazy="joined", foreign_keys=[asker_id])
    partner: Mapped[User] = relationship(lazy="joined", foreign_keys=[partner_id])
    shift: Mapped[Shift] = relationship(lazy="joined", foreign_keys=[shift_id])
    other_shift: Mapped[Shift | None] = relationship(lazy="joined", foreign_keys=[other_shift_id])


class ClockEvent(Base):
    """Somebody came or went: append-only. A correction is one more row, by who leads, with a reason."""

    __tablename__ = "clock_events"
    __table_args__ = (Index("ix_clock_events_user_at", "user_id", "at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(4), comment="in, out")
    source: Mapped[str] = mapped_column(String(10), comment="login, logout, correction")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(200), default="")


class ExcusedTime(Base):
    """Time that is not held against somebody: a fault of a system, a talk. Never changed, only lifted."""

    __tablename__ = "excused_times"
    __table_args__ = (Index("ix_excused_times_user_starts", "user_id", "starts_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None] = mapped_column(String(64))


class AttendanceDay(Base):
    """A shift that is over, reckoned (milliseconds); anew when a correction, a leave or an excuse comes later."""

    __tablename__ = "attendance_days"
    __table_args__ = (Index("ix_attendance_days_user_day", "user_id", "day"), Index("ix_attendance_days_day", "day"))
    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    day: Mapped[date]
    verdict: Mapped[str] = mapped_column(String(10), comment="present, late, left_early, absent, leave")
    came_at: Mapped[datetime | None]
    went_at: Mapped[datetime | None]
    paid: Mapped[int] = mapped_column(comment="of the shift, without leave")
    planned: Mapped[int] = mapped_column(comment="that adherence is measured over: without leave and excused time")
    kept: Mapped[int] = mapped_column(comment="of it in the planned state")
    logged: Mapped[int] = mapped_column(comment="with a phone registered, within the shift")
    phone: Mapped[int] = mapped_column(comment="available or working for callers, within the shift")
    late: Mapped[int]
    early: Mapped[int] = mapped_column(comment="gone before the end")
    reckoned_at: Mapped[datetime]


class StaffingNeed(Base):
    """People needed in an hour, taken over from a forecast or set by hand; the newest of an hour counts."""

    __tablename__ = "staffing_needs"
    __table_args__ = (UniqueConstraint("starts_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(comment="of the hour")
    agents: Mapped[int] = mapped_column(comment="on the phones at the same time")
    calls: Mapped[int] = mapped_column(comment="expected, in tenths")
    handle: Mapped[int] = mapped_column(comment="mean handling time that was reckoned with, seconds")
    method: Mapped[str] = mapped_column(String(12), comment="erlang_c, erlang_a, hand")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))


class Handover(Base):
    """What one shift leaves to the next: append-only. What is open stays in the list until somebody settles it."""

    __tablename__ = "handovers"
    __table_args__ = (Index("ix_handovers_at", "at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str] = mapped_column(SealedText("handovers.text"))
    facts: Mapped[dict[str, Any]] = mapped_column(comment="figures of that moment, gathered by the house")
    next_at: Mapped[datetime] = mapped_column(comment="when the shift begins that has to read it")
    told_at: Mapped[datetime | None] = mapped_column(comment="when who leads was told that nobody has read it")
    by: Mapped[User] = relationship(lazy="joined")
    items: Mapped[list[HandoverItem]] = relationship(lazy="selectin", order_by="HandoverItem.id")
    reads: Mapped[list[HandoverRead]] = relationship(lazy="selectin", order_by="HandoverRead.at")


class HandoverItem(Base):
    """A thing that the next shift has to do or to know."""

    __tablename__ = "handover_items"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"), index=True)
    area: Mapped[str] = mapped_column(String(12), comment="callers, cases, systems, people, notices")
    text: Mapped[str] = mapped_column(SealedText("handover_items.text"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    settled_at: Mapped[datetime | None] = mapped_column(index=True)
    settled_by: Mapped[str | None] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(SealedText("handover_items.outcome"), default="")


class HandoverRead(Base):
    """Somebody of the next shift has read it and takes it over."""

    __tablename__ = "handover_reads"
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    user: Mapped[User] = relationship(lazy="joined")
