"""One call from its first event to its end: ask the machine, do what it says, tell it what happened.

No decision about a call is made here. Hanging up is an event like any other; the machine puts what must be
written down before what the caller hears, so nothing is lost with the rest of a step that he did not wait for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

import structlog

from agi import earlier, variables
from agi.asterisk_door import AsteriskDoor, CallerHungUp, Recorded
from agi.directory import Directory
from agi.journal import DURABLE, Entry, Journal
from agi.loudness import anything_said
from agi.prompts import PromptLibrary
from agi.routing_edge import Router
from agi.sequence import OutOfNumbers, TicketSequence
from ivr import events
from ivr.actions import (
    Action,
    ChooseQueue,
    Collect,
    Finish,
    KeepMessage,
    LookUpProgress,
    Note,
    Play,
    Record,
    ReserveTicket,
    StartRecorder,
    StopRecorder,
)
from ivr.callevents import CallEventName
from ivr.machine import NEW, step
from ivr.menu import Menu
from recordings.naming import audio_name

log = structlog.get_logger()

SAMPLE_RATES = {"wav": 8_000, "wav16": 16_000}
WAV_HEADER = 44
CLOSING_SECONDS = 1.0
"""How long Asterisk may take to close the files of a call that was hung up."""
_ENDED_BY = {
    "key": events.EndedBy.KEY,
    "timeout": events.EndedBy.SILENCE,
    "hangup": events.EndedBy.HANGUP,
}


@dataclass(frozen=True)
class House:
    """What every call needs and all calls share."""

    menu: Menu
    prompts: PromptLibrary
    sequence: TicketSequence
    directory: Directory
    spool: Path
    answer_days: int
    callback_after: int
    clock: Callable[[], datetime]
    today: Callable[[], date]
    """The day in the centre's zone."""
    router: Router = field(default_factory=Router)
    stopping: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Call:
    """What Asterisk says of this call."""

    call_id: str
    caller_number: str | None = field(repr=False)
    dialled_number: str
    language: str
    channel: str
    audio: str
    segment: int
    fallbacks: int = 0
    """How often the dialplan's fallback had taken the caller before this session."""


class CallRunner:
    """Serves one call; made anew for each."""

    def __init__(
        self, house: House, door: AsteriskDoor, call: Call, journal: Journal, opening: Sequence[Entry] = ()
    ) -> None:
        self._house = house
        self._door = door
        self._call = call
        self._journal = journal
        self._segment = call.segment
        self._noted = list(opening)
        self._done_by: dict[type[Any], Callable[[Any], events.Event | None]] = {
            Note: self._note,
            Play: self._play,
            Collect: self._collect,
            Record: self._record,
            ReserveTicket: self._reserve,
            LookUpProgress: self._look_up,
            ChooseQueue: self._choose_queue,
            KeepMessage: self._keep,
            StopRecorder: self._stop_recorder,
            StartRecorder: self._start_recorder,
            Finish: self._finish,
        }
        self.outcome = "hung_up"
        self.path: list[str] = []

    def run(self, first: events.Event) -> None:
        """Serve the call to its end. Raises what is not a normal end."""
        state, event = NEW, first
        while not state.done:
            result = step(self._house.menu, state, event)
            state = result.state
            answer = self._perform(result.actions)
            if state.done and isinstance(answer, events.CallerHungUp):  # while he heard the last words
                self._noted.append((CallEventName.CALLER_HUNG_UP, {"node": state.node}))
            elif answer is not None:
                event = answer
            elif not state.done:
                raise RuntimeError(f"the machine asked nothing in phase {state.phase}")
        self._flush()

    def give_up(self) -> None:
        """The server stops, or something failed: the dialplan's fallback takes the caller."""
        self.outcome = "fallback"
        self._noted.append((CallEventName.IVR_FINISHED, {"next": "fallback"}))
        self._flush()

    def _perform(self, actions: Sequence[Action]) -> events.Event | None:
        """Do the actions; gives the event that the last one brought, or the hang-up that broke in."""
        event: events.Event | None = None
        for action in actions:
            try:
                if not isinstance(action, Note):
                    self._flush()
                event = self._done_by[type(action)](action)
            except CallerHungUp:
                if self._taken_away():
                    raise
                return events.CallerHungUp()
        return event

    def _taken_away(self) -> bool:
        """Whether not the caller ended the session but we, or the watchdog while we hung: he is in the fallback."""
        return self._house.stopping.is_set() or earlier.fallbacks(self._journal.folder) > self._call.fallbacks

    def _flush(self) -> None:
        """Write down what was noted. A full disk stops promises, but not the way to a person."""
        noted, self._noted = self._noted, []
        try:
            self._journal.append(noted)
        except OSError as error:
            if not DURABLE.isdisjoint(name for name, _fields in noted):
                raise
            log.warning("the journal cannot be written", call_id=self._call.call_id, why=error.strerror)

    def _note(self, action: Note) -> None:
        if action.event is CallEventName.MENU_ENTERED:
            self.path.append(str(action.fields["node"]))
        self._noted.append((action.event, action.fields))

    def _play(self, action: Play) -> None:
        sounds = self._house.prompts.sounds(action.spoken, self._journal.folder)
        self._door.play([sound.path for item in sounds for sound in item])

    def _collect(self, action: Collect) -> events.Event:
        sounds = self._house.prompts.sounds(action.spoken, self._journal.folder)
        files = [sound.path for item in sounds for sound in item]
        began = time.monotonic()
        got = self._door.collect(files, action.max_digits, action.timeout_ms, secret=action.secret)
        if got.timed_out and not got.keys:
            return events.Silence()
        ends = accumulate(sum(sound.seconds for sound in item) for item in sounds)
        elapsed = time.monotonic() - began
        return events.KeysPressed(got.keys, heard=sum(end <= elapsed for end in ends))

    def _record(self, action: Record) -> events.Event:
        self._play(Play((action.tone,)))
        file, path = self._free_file(action.take)
        began = time.monotonic()
        try:
            got = self._door.record(
                str(path.with_suffix("")), self._call.audio, action.max_seconds * 1000, action.silence_seconds
            )
        except CallerHungUp:
            if self._taken_away() or not path.exists():
                raise
            got = Recorded("hangup", 0)
        ended_by = _ENDED_BY[got.ended_by]
        if ended_by is events.EndedBy.SILENCE and time.monotonic() - began >= action.max_seconds:
            ended_by = events.EndedBy.LIMIT
        if ended_by is events.EndedBy.HANGUP:
            self._door.drain(CLOSING_SECONDS)
            if self._taken_away():
                raise CallerHungUp("taken away")
        return events.MessageRecorded(
            file, action.take, seconds(path, self._call.audio), ended_by, empty=not anything_said(path)
        )

    def _free_file(self, take: int) -> tuple[str, Path]:
        """A name that nothing has yet: an earlier server, or the dialplan, may have recorded in this call."""
        for index in range(take, take + 1000):
            file = audio_name("message", index, self._call.audio)
            if not (self._journal.folder / file).exists():
                return file, self._journal.folder / file
        raise RuntimeError("no free name for a message")

    def _reserve(self, _action: ReserveTicket) -> events.Event:
        try:
            return events.TicketReserved(self._house.sequence.reserve())
        except (OSError, OutOfNumbers) as error:
            log.error("no ticket number", why=type(error).__name__)  # noqa: TRY400  (no trace: the reason is known)
            return events.TicketRefused()

    def _look_up(self, action: LookUpProgress) -> events.Event:
        return self._house.directory.progress(action.number, action.caller_number, action.last_four)

    def _choose_queue(self, action: ChooseQueue) -> events.Event:
        profile = self._house.directory.caller(action.caller_number)
        return self._house.router.enter(action, profile, self._door.value)

    def _keep(self, action: KeepMessage) -> None:
        self._journal.keep(action.file)

    def _stop_recorder(self, _action: StopRecorder) -> None:
        self._door.recorder("stop")
        self._noted.append((CallEventName.RECORDING_PAUSED, {"cause": "digits", "segment": self._segment}))

    def _start_recorder(self, _action: StartRecorder) -> None:
        self._door.recorder("start")
        self._segment += 1
        self._noted.append((CallEventName.RECORDING_RESUMED, {"segment": self._segment}))

    def _finish(self, action: Finish) -> None:
        values = {variables.LANGUAGE: action.language}
        if action.queue is None:
            values[variables.NEXT] = "hangup"
        else:
            values[variables.NEXT] = "queue"
            values[variables.QUEUE] = action.queue
            values[variables.PRIORITY] = str(action.priority)
            values[variables.OFFERED_AT] = "" if action.offered_at is None else str(action.offered_at)
        self._door.set_variables({**values, variables.DONE: "1"})
        self.outcome = values[variables.NEXT]


def seconds(path: Path, extension: str) -> float:
    """Length of a recording by its size: its header may not be written yet."""
    try:
        samples = (path.stat().st_size - WAV_HEADER) // 2
    except OSError:
        return 0.0
    return max(0, samples) / SAMPLE_RATES[extension]
