"""Spool folders as the phone side leaves them, made by hand: for tests of all that reads them."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from ivr.callevents import CallEvent
from recordings import wav

START = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def speech(seconds: float, rate: int = 8000, seed: int = 1) -> np.ndarray:
    """Something that is not silence."""
    return np.random.default_rng(seed).integers(-8000, 8000, round(seconds * rate), dtype=np.int16)


def wav_of(samples: np.ndarray, rate: int = 8000) -> bytes:
    """A closed mono WAV file."""
    body = samples.astype("<i2").tobytes()
    return wav.header(rate, 1, len(body)) + body


def unclosed(content: bytes) -> bytes:
    """The same as a killed Asterisk leaves it: lengths of zero."""
    return content[:4] + struct.pack("<I", 0) + content[8:40] + struct.pack("<I", 0) + content[44:]


@dataclass
class SpoolCall:
    """A call's folder that is being filled."""

    spool: Path
    call_id: str
    start: datetime = START
    caller: str | None = "13800138000"
    lines: list[str] = field(default_factory=list)
    at: float = 0.0

    @property
    def path(self) -> Path:
        return self.spool / self.call_id

    def instant(self, seconds: float) -> datetime:
        return self.start + timedelta(seconds=seconds)

    def fact(self, seconds: float, event: str, **fields: object) -> SpoolCall:
        """A line of the dialplan's log."""
        parts = {"event": event, "epoch": int(self.instant(seconds).timestamp()), **fields}
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "dialplan.log").open("a", encoding="ascii") as log:
            log.write("|".join(f"{name}={value}" for name, value in parts.items()) + "\n")
        return self

    def event(self, seconds: float, name: str, **fields: Any) -> SpoolCall:
        """A line of the IVR's journal."""
        line = CallEvent(self.call_id, len(self.lines), self.instant(seconds), name, fields).to_line()
        return self.raw(line)

    def raw(self, line: str) -> SpoolCall:
        """Whatever stands in a line of the journal."""
        self.lines.append(line)
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "journal.jsonl").open("a", encoding="utf-8", errors="surrogatepass") as journal:
            journal.write(line + "\n")
        return self

    def audio(self, name: str, content: bytes) -> SpoolCall:
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_bytes(content)
        return self

    def begin(self) -> SpoolCall:
        """Answered, menu entered."""
        self.fact(0, "started", call_id=self.call_id, caller=self.caller or "", dialled="95000", language="en")
        return self.event(
            0.1,
            "call_started",
            caller_number=self.caller,
            dialled_number="95000",
            language="en",
            channel="PJSIP/trunk-1",
        ).event(3, "option_chosen", node="main", option="complaints")

    def reserve(self, number: str, kind: str = "complaint", at: float = 4) -> SpoolCall:
        return self.event(at, "ticket_started", number=number, kind=kind, priority="P2")

    def message(self, seconds: float = 3.0, *, take: int = 1, at: float = 10, seed: int = 7) -> SpoolCall:
        name = f"message-{take}.wav"
        self.audio(name, wav_of(speech(seconds, seed=seed)))
        return self.event(at, "message_recorded", file=name, take=take, duration=seconds, ended_by="key")

    def open_ticket(
        self, number: str, file: str = "message-1.wav", *, unfinished: bool = False, at: float = 11
    ) -> SpoolCall:
        return self.event(
            at, "ticket_opened", number=number, kind="complaint", priority="P2", unfinished=unfinished, file=file
        )

    def end(
        self, seconds: float = 20, *, ivr_done: int = 1, billsec: float | None = None, finished: bool = True
    ) -> SpoolCall:
        """Hung up, with both sides' audio."""
        if finished:
            self.event(seconds - 0.5, "ivr_finished", next="hangup")
        for side, seed in (("caller", 3), ("line", 4)):
            if not (self.path / f"{side}-1.wav").exists():
                self.audio(f"{side}-1.wav", wav_of(speech(seconds, seed=seed)))
        return self.fact(
            seconds,
            "ended",
            duration=seconds,
            billsec=seconds if billsec is None else billsec,
            cause=16,
            ivr_done=ivr_done,
        )


def complaint_call(spool: Path, call_id: str, number: str, **fields: Any) -> SpoolCall:
    """A whole call in which somebody complained."""
    call = SpoolCall(spool, call_id, **fields).begin().reserve(number).message().open_ticket(number)
    return call.event(14, "ticket_number_spoken", number=number, times=2).end()
