"""Calls of agents with their recordings and words, for tests of what is scored and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select

from crm.db.calls import Call, Recording, SegmentRow, TranscriptRow
from crm.db.contact_centre import CallLeg

MONDAY = datetime(2026, 11, 16, 1, tzinfo=UTC)  # nine o'clock in the centre
Said = tuple[str, float, float, str]
TALK: Sequence[Said] = (
    ("caller", 10, 16, "你们银行太过分了我要投诉我要找监管"),
    ("agent", 5, 8, "喂您好什么事您说"),
    ("agent", 18, 24, "这个没办法给您登记投诉您投诉也没用"),
    ("agent", 50, 55, "您还有别的事吗没有就这样吧"),
)
"""A call that went badly."""


def call_of(
    session: Any, agent: str, number: int, at: datetime = MONDAY, *, talk: float = 80, key: str | None = None,
    said: Sequence[Said] = (),
) -> str:  # fmt: skip
    """A recorded call that an agent answered; gives its name."""
    name = f"huiyin01-{int(at.timestamp())}.{number}"
    recording = str(uuid5(NAMESPACE_URL, name))
    session.add(
        Call(
            call_id=name, caller_key=key, dialled_number="95000", language="zh", started_at=at, answered_at=at,
            ended_at=at + timedelta(seconds=talk + 10), outcome="answered", menu_path=[], agent=agent, queue="service",
            talk_time=talk, ivr_done=True, flags=[],
        )
    )  # fmt: skip
    session.flush()
    session.add(
        CallLeg(
            call_id=name, leg=f"{name}-leg", agent=agent, queue="service", kind="queue", rang_at=at, outcome="answered",
            answered_at=at + timedelta(seconds=4), ended_at=at + timedelta(seconds=4 + talk), talk_time=talk,
            ended_by="caller",
        )
    )  # fmt: skip
    session.add(
        Recording(
            id=recording, call_id=name, kind="call", source_name="call-1", state="stored", started_at=at,
            duration=talk + 8, rate=8000, channels=2, sha256="0" * 64, size=1, flags=[], store_key=name, peaks=[],
        )
    )  # fmt: skip
    if said:
        transcribe(session, recording, said)
    session.flush()
    return name


def transcribe(session: Any, recording: str, said: Sequence[Said]) -> int:
    """A newer transcript of a recording; gives its id."""
    session.flush()
    old = session.scalars(select(TranscriptRow).where(TranscriptRow.recording_id == recording)).all()
    row = TranscriptRow(
        recording_id=recording, state="done", language="zh", text="", raw={}, settings={},
        segments=[
            SegmentRow(side=side, start=start, end=end, text=text, confidence=0.9, words=[])
            for side, start, end, text in said
        ],
    )  # fmt: skip
    session.add(row)
    session.flush()
    for one in old:
        one.superseded_by = row.id
    return int(row.id)
