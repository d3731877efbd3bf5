"""Audio of a call's spool folder → objects in the store and the facts for their rows. No database here.

Putting is idempotent: a recording's id comes from a secret and what it is, its key in the store from id and
content, so that a second try after a kill finds its own object again and leaves no second one.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crm.domain.calls import CallFacts
from recordings import wav
from recordings.assemble import Assembled, Segment, Voice, assemble_call, assemble_message
from recordings.legs import voices
from recordings.model import Flag, Part, truncation
from recordings.spool import AudioFile, CallFolder
from recordings.store import Store

CALL_NAME = "call-1"
_LONGEST = 86_400.0
"""Seconds; no call lasts longer, whatever a clock says."""


@dataclass(frozen=True)
class KeptRecording:
    """A recording that is in the store, waiting for its row."""

    id: str
    kind: str
    source_name: str
    store_key: str
    started_at: datetime
    duration: float
    rate: int
    channels: int
    sha256: str
    size: int
    flags: tuple[Flag, ...]
    estimated_loss: float | None
    peaks: list[list[float]]


@dataclass(frozen=True)
class Recorder:
    """Puts recordings away. ``id_key``: secret that ids are made with, so that nobody guesses one."""

    store: Store
    id_key: bytes

    def keep_messages(
        self, folder: CallFolder, times: dict[str, datetime], call: CallFacts, only: frozenset[str] | None = None
    ) -> dict[str, KeptRecording]:
        """Every message file (or ``only`` these), by file name; ``times``: when each began, where it is known."""
        kept = {}
        for file in folder.audio:
            if file.part == Part.MESSAGE and (only is None or file.name in only):
                started_at = times.get(file.name, call.started_at)
                content = (folder.path / file.name).read_bytes()
                kept[file.name] = self._keep_message(folder.call_id, file, content, started_at)
        return kept

    def _keep_message(self, call_id: str, file: AudioFile, content: bytes, started_at: datetime) -> KeptRecording:
        name = f"{Part.MESSAGE}-{file.index}"
        try:
            made = assemble_message(content)
        except wav.WavError:
            return self._keep_unreadable(call_id, name, "message", content, started_at)
        return self._keep(call_id, name, "message", made, started_at)

    def keep_call(self, folder: CallFolder, call: CallFacts) -> tuple[KeptRecording, ...]:
        """The whole call as one recording, and each file that could not be read as one of its own."""
        files = {(f.part, f.index): f for f in folder.audio if f.part in {Part.CALLER, Part.LINE}}
        indexes = sorted({index for _, index in files})
        if not indexes:
            return ()
        contents = {key: (folder.path / file.name).read_bytes() for key, file in files.items()}
        segments = [
            Segment(
                contents.get((Part.CALLER, index)),
                contents.get((Part.LINE, index)),
                self._offset(call, indexes[0], index),
            )
            for index in indexes
        ]
        began = call.segment_starts.get(indexes[0], call.started_at)
        agents = {f.leg: (folder.path / f.name).read_bytes() for f in folder.audio if f.part == Part.AGENT}
        made, unreadable = assemble_call(segments, _voices(folder, agents, began))
        kept = [] if made is None else [self._keep(folder.call_id, CALL_NAME, "call", self._judged(made, call), began)]
        if unreadable:
            named = {f"{part}-{index}": content for (part, index), content in contents.items()}
            named |= {f"{Part.AGENT}-{leg}": content for leg, content in agents.items()}
            kept += [
                self._keep_unreadable(folder.call_id, name, "call", content, began)
                for name, content in named.items()
                if not _readable(content)
            ]
        return tuple(kept)

    @staticmethod
    def _offset(call: CallFacts, first: int, index: int) -> float | None:
        begin = call.segment_starts.get(first, call.started_at)
        at = call.segment_starts.get(index)
        return (at - begin).total_seconds() if at else None

    @staticmethod
    def _judged(made: Assembled, call: CallFacts) -> Assembled:
        missing = truncation(made.duration, call.talked)
        if missing is None:
            return made
        return replace(made, flags=(*made.flags, Flag.TRUNCATED), estimated_loss=missing)

    def _keep(self, call_id: str, name: str, kind: str, made: Assembled, started_at: datetime) -> KeptRecording:
        recording_id, key = self._names(call_id, name, made.sha256, started_at)
        if not self.store.has(key):
            self.store.put(key, made.content)
        return KeptRecording(
            id=recording_id,
            kind=kind,
            source_name=name,
            store_key=key,
            started_at=started_at,
            duration=made.duration,
            rate=made.rate,
            channels=made.channels,
            sha256=made.sha256,
            size=len(made.content),
            flags=made.flags,
            estimated_loss=made.estimated_loss,
            peaks=made.peaks,
        )

    def _keep_unreadable(
        self, call_id: str, name: str, kind: str, content: bytes, started_at: datetime
    ) -> KeptRecording:
        """The bytes as they are, so that somebody can look at them."""
        digest = hashlib.sha256(content).hexdigest()
        recording_id, key = self._names(call_id, name, digest, started_at)
        if not self.store.has(key):
            self.store.put(key, content)
        return KeptRecording(
            recording_id, kind, name, key, started_at, 0.0, 0, 0, digest, len(content), (Flag.UNREADABLE,), None, []
        )

    def _names(self, call_id: str, name: str, digest: str, started_at: datetime) -> tuple[str, str]:
        seed = hmac.digest(self.id_key, f"{call_id}/{name}".encode(), "sha256")
        recording_id = uuid.UUID(bytes=seed[:16], version=4)
        return str(recording_id), f"{started_at:%Y/%m/%d}/{recording_id}-{digest[:12]}"


def _voices(folder: CallFolder, agents: dict[str, bytes], began: datetime) -> list[Voice]:
    """The agents' files, where they belong in the recording, as far as the facts say it."""

    def seconds(at: datetime | None) -> float:
        return (at - began).total_seconds() if at else math.inf

    return [
        Voice(
            agents[voice.leg],
            seconds(voice.recorded_since),
            tuple((seconds(span.since), min(seconds(span.until), _LONGEST)) for span in voice.heard),
            tuple((byte, seconds(at)) for byte, at in voice.resumed if abs(seconds(at)) < _LONGEST),
        )
        for voice in voices(folder.facts)
        if voice.leg in agents and abs(seconds(voice.recorded_since)) < _LONGEST
    ]


def is_closed(path_head: bytes, size: int) -> bool:
    """Whether a file that begins so and has this size was closed by who wrote it; what is no WAV counts as closed."""
    if size == 0:
        return False
    try:
        padded = wav.parse(path_head)
    except wav.WavError:
        return True
    if size <= len(path_head):
        return padded.closing is not wav.Closing.UNCLOSED
    stated = int.from_bytes(path_head[padded.start - 4 : padded.start], "little")
    return stated + padded.start >= size - 1 and stated > 0


def _readable(content: bytes) -> bool:
    try:
        wav.parse(content)
    except wav.WavError:
        return not content
    return True


def heard_until(kept: Sequence[KeptRecording]) -> datetime | None:
    """The end of the audio of the call, as far as it was recorded."""
    ends = [k.started_at + timedelta(seconds=k.duration) for k in kept if k.kind == "call" and k.duration > 0]
    return max(ends) if ends else None
