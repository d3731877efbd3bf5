"""Rows that look like a day of the hotline, for tests of pages and API and for pictures of them."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import numpy as np
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import create_app
from crm.db.calls import Call, CallEventRow, Recording, SegmentRow, TranscriptRow
from crm.db.migrate import upgrade
from crm.db.records import Job, SpoolFolder
from crm.db.session import Database
from crm.db.tickets import Ticket, TicketRecording
from crm.domain.access import SYSTEM, Role
from crm.domain.numbers import number_key
from crm.domain.tickets import Channel, Kind
from crm.gate.deps import Deps, Disk, Probe, WebConfig
from crm.services import customers, ticket_changes, users
from crm.services.centre import Centre
from crm.services.live_door import Live
from crm.services.live_events import Broadcaster
from crm.services.switchboard import Switchboard
from ivr import ticketnumbers
from recordings import wav
from recordings.encryption import KeyRing
from recordings.local_store import LocalStore

NOW = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
PASSWORD = "a tea cup full of quiet rain"
RATE = 8000
DATABASE = "huiyin.sqlite3"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""A kept hash names its own cost: logging in with this one takes no time. Real ones are made in other tests."""
CAST = {
    "alice": Role.A1,
    "amy": Role.A1,
    "sam": Role.SM,
    "handler": Role.CM,
    "dora": Role.DG,
    "quinn": Role.QA,
    "audrey": Role.AU,
    "root": Role.AD,
}
"""Alice and Amy answer calls, Sam leads them, the handler works on complaints, Quinn listens, Root runs the house."""
INTERNAL_TOKEN = "shared-with-the-phone-side"

EN_WORDS = [
    "my",
    "card",
    "was",
    "charged",
    "twice",
    "for",
    "the",
    "same",
    "hotel",
    "and",
    "nobody",
    "called",
    "me",
    "back",
]
ZH_WORDS = ["我", "的", "信用卡", "被", "重复", "扣款", "两次", "希望", "尽快", "退还"]
HOSTILE = "<script>alert(1)</script>"


@dataclass
class House:
    """What a test needs to know of the rows."""

    folder: Path
    ring: KeyRing
    database: Database
    store: LocalStore
    tokens: dict[str, str]
    ticket_ids: dict[str, int]
    recording_ids: dict[str, str]
    call_ids: dict[str, str]

    def customer_of(self, name: str) -> int:
        """The customer whose ticket this is."""
        with self.database.read() as session:
            return session.get_one(Ticket, self.ticket_ids[name]).customer_id or 0

    def copy(self, folder: Path) -> House:
        """The same house in another folder, for a test that changes something."""
        self.database.dispose()
        shutil.copytree(self.folder, folder)
        database = Database(f"sqlite:///{folder / DATABASE}")
        return replace(self, folder=folder, database=database, store=LocalStore(folder / "recordings", self.ring))


def tone(seconds: float, channels: int, seed: int = 1) -> np.ndarray:
    """Something between speech and noise, so that the waveform has a shape; channels take turns."""
    count = int(seconds * RATE)
    time = np.arange(count) / RATE
    noise = np.random.default_rng(seed).normal(size=(count, channels))
    turns = np.stack([np.clip(np.sin(2 * np.pi * time / 5 + np.pi * c), 0, 1) for c in range(channels)], axis=1)
    syllables = np.abs(np.sin(2 * np.pi * 2.1 * time))[:, None]
    return np.int16(np.clip(noise * turns * syllables * 5000, -32000, 32000))


def wav_bytes(samples: np.ndarray) -> bytes:
    """A WAV file."""
    pcm = samples.astype("<i2").tobytes()
    return wav.header(RATE, samples.shape[1], len(pcm)) + pcm


def peaks(samples: np.ndarray, count: int = 800) -> list[list[float]]:
    """Maxima from 0 to 1, one list a channel."""
    whole = len(samples) // count * count
    blocks = np.abs(samples[:whole].astype(float)).reshape(count, -1, samples.shape[1]).max(axis=1) / 32768
    return [[round(float(v), 3) for v in blocks[:, c]] for c in range(samples.shape[1])]


def segments_of(words: Sequence[str], seconds: float, sides: Sequence[str]) -> list[SegmentRow]:
    """The words spread over the time, in utterances that take turns between the sides."""
    step = seconds / (len(words) + 1)
    rows = []
    for start in range(0, len(words), 5):
        part = words[start : start + 5]
        pieces = [
            {"text": w, "start": round((start + i) * step, 2), "end": round((start + i + 0.9) * step, 2),
             "confidence": 0.35 if (start + i) % 7 == 3 else 0.93}
            for i, w in enumerate(part)
        ]  # fmt: skip
        joiner = "" if "\u4e00" <= part[0][0] <= "\u9fff" else " "
        rows.append(
            SegmentRow(
                side=sides[start // 5 % len(sides)],
                start=pieces[0]["start"],
                end=pieces[-1]["end"],
                text=joiner.join(part),
                confidence=0.84,
                words=pieces,
            )
        )
    return rows


def _recording(
    session: Session,
    store: LocalStore,
    call: Call,
    *,
    kind: str,
    index: int,
    seconds: float,
    flags: Sequence[str] = (),
    transcript: str = "done",
    words: Sequence[str] = (),
) -> Recording:
    channels = 2 if kind == "call" else 1
    samples = tone(seconds, channels, seed=index)
    content = wav_bytes(samples)
    identity = str(uuid4())
    key = f"{call.started_at:%Y/%m/%d}/{identity}"
    store.put(key, content)
    row = Recording(
        id=identity, call_id=call.call_id, kind=kind, source_name=f"{kind}-{index}", state="stored",
        started_at=call.started_at + timedelta(seconds=8), duration=seconds, rate=RATE, channels=channels,
        sha256=sha256(content).hexdigest(), size=len(content), flags=list(flags),
        estimated_loss=1.2 if "salvaged" in flags else None, peaks=peaks(samples), store_key=key,
    )  # fmt: skip
    session.add(row)
    session.flush()
    done = transcript == "done"
    sides = ("caller", "agent") if channels == 2 else ("caller",)
    rows = segments_of(words, seconds, sides) if done and words else []
    session.add(
        TranscriptRow(
            recording_id=identity, state=transcript, language=call.language,
            engine="whisper" if done else None, model="whisper-base" if done else None,
            model_version="0" * 64 if done else None, text="\n".join(s.text for s in rows),
            made_at=NOW if done else None, segments=rows,
        )
    )  # fmt: skip
    return row


def _call(session: Session, index: int, language: str, number: str | None, path: list[str], at: datetime) -> Call:
    call = Call(
        call_id=f"huiyin01-{int(at.timestamp())}.{index}", caller_number=number, dialled_number="95000",
        caller_key=number_key(number), language=language, started_at=at, answered_at=at + timedelta(seconds=1),
        ended_at=at + timedelta(seconds=96), outcome="answered", menu_path=path, talk_time=95.0, ivr_done=True,
        flags=[], agent="alice" if index == 1 else None,
    )  # fmt: skip
    session.add(call)
    session.flush()
    session.add(
        CallEventRow(
            call_id=call.call_id, source="ivr", seq=0, at=at, event="call_started", fields={"language": language}
        )
    )
    return call


def _ticket(
    session: Session, centre: Centre, call: Call, sequence: int, kind: Kind, recordings: Sequence[Recording]
) -> Ticket:
    ticket = ticket_changes.open_ticket(
        session,
        number=ticketnumbers.make(call.started_at.astimezone(ZONE).date(), 1, sequence),
        kind=kind,
        priority={"complaint": "P2", "loss_report": "P1"}.get(kind, "P3"),
        channel=Channel.PHONE,
        received_at=call.started_at,
        centre=centre,
    )
    customer = customers.find_or_make(session, call.caller_number, region="CN", now=NOW)
    ticket.customer_id = customer.id if customer else None
    ticket.caller_number, ticket.caller_key, ticket.language = call.caller_number, call.caller_key, call.language
    ticket.calls = [call]
    session.flush()
    for position, recording in enumerate(recordings):
        session.add(TicketRecording(ticket_id=ticket.id, recording_id=recording.id, position=position))
    ticket_changes.record_event(
        session, ticket, "opened", actor=SYSTEM.name, at=call.started_at, to_status="registered",
        fields={"call_id": call.call_id},
    )  # fmt: skip
    return ticket


def make_people(database: Database) -> dict[str, str]:
    """The cast, and a token of each by name."""
    hashed = CHEAP.hash(PASSWORD)
    with database.write() as session:
        for name, role in CAST.items():
            users.create_user(
                session, username=name, roles=frozenset({role}), password_hash=hashed, by="test", now=NOW,
                locale="en",
            )  # fmt: skip
        tokens = {name: users.create_token(session, by="test", now=NOW, username=name) for name in CAST}
        tokens["auditor"] = users.create_token(session, by="test", now=NOW, role=Role.AU)
    return tokens


def make_house(folder: Path, *, url: str | None = None, empty: bool = False) -> House:
    """A migrated database with the cast and, unless it is to be empty, some calls and tickets."""
    folder.mkdir(parents=True, exist_ok=True)
    url = url or f"sqlite:///{folder / DATABASE}"
    upgrade(url)
    database = Database(url)
    ring = KeyRing.of(secrets.token_bytes(32))
    store = LocalStore(folder / "recordings", ring)
    house = House(folder, ring, database, store, make_people(database), {}, {}, {})
    if not empty:
        with database.write() as session:
            _fill(session, house, Centre(ZONE))
    return house


def _fill(session: Session, house: House, centre: Centre) -> None:
    record = ["complaints", "record"]
    cases = (
        ("english", "en", "13800138001", ["other_language", *record], Kind.COMPLAINT, "done", EN_WORDS, ()),
        ("chinese", "zh", "13900139002", record, Kind.COMPLAINT, "done", ZH_WORDS, ()),
        ("waiting", "zh", "13700137003", record, Kind.COMPLAINT, "waiting_for_model", (), ()),
        ("salvaged", "zh", None, record, Kind.COMPLAINT, "queued", (), ("salvaged", "unfinished")),
        ("lost", "zh", "02161234567", ["loss_report"], Kind.LOSS_REPORT, "done", ZH_WORDS[:4], ()),
        ("hostile", "en", "13600136005", ["complaints", HOSTILE], Kind.COMPLAINT, "done", [HOSTILE, "&amp;"], ()),
    )  # fmt: skip
    for index, (name, language, number, path, kind, state, words, flags) in enumerate(cases, 1):
        call = _call(session, index, language, number, path, NOW - timedelta(hours=index * 5))
        message = _recording(
            session,
            house.store,
            call,
            kind="message",
            index=index,
            seconds=12.0,
            flags=flags,
            transcript=state,
            words=words,
        )
        whole = _recording(
            session, house.store, call, kind="call", index=index, seconds=40.0, transcript=state, words=words
        )
        ticket = _ticket(session, centre, call, index, kind, (message, whole))
        if "unfinished" in flags:
            ticket.flags = ["unfinished"]
        if name == "hostile":
            ticket.text = f"{HOSTILE} {{{{ 7*7 }}}} =cmd()"
        house.ticket_ids[name], house.call_ids[name] = ticket.id, call.call_id
        house.recording_ids[name] = message.id
        house.recording_ids[f"{name}-call"] = whole.id


def break_things(house: House) -> None:
    """A transcription that was given up, another dead job, and a call that could not be taken in."""
    with house.database.write() as session:
        row = session.scalars(
            select(TranscriptRow).where(TranscriptRow.recording_id == house.recording_ids["lost"])
        ).one()
        row.state, row.error = "failed", "the file is damaged"
        transcribe = {"recording_id": row.recording_id, "transcript_id": row.id}
        for kind, payload, error in (
            ("transcribe_recording", transcribe, "PermanentError: the file is damaged"),
            ("retranscribe_language", {"language": "zh"}, f"RuntimeError: {HOSTILE} {'no-place-to-break-' * 12}"),
        ):
            session.add(
                Job(
                    kind=kind, payload=payload, unique_key=kind, state="dead", attempts=5, run_at=NOW,
                    created_at=NOW - timedelta(hours=1), finished_at=NOW, sent_at=NOW, last_error=error,
                )
            )  # fmt: skip
        session.add(
            SpoolFolder(
                call_id="huiyin01-1763604000.9", state="quarantined", signature="0" * 64, attempts=6,
                first_seen_at=NOW - timedelta(hours=2), error="ZeroDivisionError: division by zero",
            )
        )  # fmt: skip


def config(**changes: object) -> WebConfig:
    """A configuration for tests."""
    values = {
        "secret_key": "k" * 43, "totp_secret": "t" * 43, "internal_token": INTERNAL_TOKEN, **changes,
    }  # fmt: skip
    return WebConfig(**values)  # type: ignore[arg-type]  # the tests name real fields


class Clock:
    """A clock that tests turn."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def make_app(
    house: House,
    clock: Clock | None = None,
    probes: Sequence[Probe] = (),
    disk: Disk | None = None,
    live: Live | None = None,
    events: Broadcaster | None = None,
    switchboard: Switchboard | None = None,
    **changes: object,
) -> Flask:
    """The application over these rows."""
    settings = config(**changes)
    parts = Deps(
        settings, house.database, house.store, Centre(ZONE), clock or Clock(), tuple(probes),
        disk=(lambda: disk) if disk else None, live=live, events=events,
        switchboard=switchboard,
    )  # fmt: skip
    return create_app(settings, parts)
