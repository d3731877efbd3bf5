"""The wire contract between the phone side and the CRM: the lines of a call's journal (pure).

A journal is ``journal.jsonl`` in the call's spool folder, one JSON object a line, written by the IVR and
read by the ingest. Every line has ``v`` (1), ``seq`` (from 0, without gaps), ``at`` (UTC, RFC 3339),
``call_id`` (Asterisk's linkedid) and ``event`` (a name of ``CallEventName``); what else it has is listed
with the name. A reader ignores fields and events that it does not know.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

JOURNAL_VERSION = 1
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class CallEventName(StrEnum):
    """Names of journal events; past tense, with the fields that each one carries."""

    CALL_STARTED = "call_started"
    """caller_number (digits, or null when withheld), dialled_number, language, channel (Asterisk's name)"""
    LANGUAGE_CHOSEN = "language_chosen"
    """language"""
    NOTICE_PLAYED = "notice_played"
    """complete (false: a key cut the recording notice short), short (true: the short form)"""
    MENU_ENTERED = "menu_entered"
    """node"""
    OPTION_CHOSEN = "option_chosen"
    """node, option (its name, never the key that was pressed)"""
    INPUT_FAILED = "input_failed"
    """node, reason (wrong or silent), tries"""
    RECORDING_PAUSED = "recording_paused"
    """cause, segment (the segment that ended)"""
    RECORDING_RESUMED = "recording_resumed"
    """segment (the segment that began)"""
    NUMBER_GIVEN = "number_given"
    """caller_number (digits that a caller with a withheld number keyed to be called back)"""
    TICKET_STARTED = "ticket_started"
    """number (13 digits), kind, priority: reserved before anything is said, so that nothing said is lost"""
    MESSAGE_RECORDED = "message_recorded"
    """file (in the call's folder), take (1, 2, …), duration (s), ended_by (key, silence, limit or hangup)"""
    MESSAGE_DISCARDED = "message_discarded"
    """file, take: the caller recorded it again; the file is kept"""
    TICKET_OPENED = "ticket_opened"
    """number, kind, priority, unfinished (true: the caller hung up before he confirmed), file or null"""
    TICKET_NUMBER_SPOKEN = "ticket_number_spoken"
    """number, times"""
    PROGRESS_ASKED = "progress_asked"
    """outcome (told, not_found, not_authorised or unavailable), stage or null"""
    QUEUE_ENTERED = "queue_entered"
    """queue, priority, position, and reason when it is not the queue that was asked for (closed, busy)"""
    QUEUE_LEFT = "queue_left"
    """queue, reason (timeout, overflow, key, callback, connected, hangup), waited (s)"""
    CALLBACK_OFFERED = "callback_offered"
    """queue, waited (s)"""
    SURVEY_OFFERED = "survey_offered"
    """agent (user name of who handed the caller over), questions (satisfaction, recommendation)"""
    SURVEY_ANSWERED = "survey_answered"
    """question, score (1 to 5; recommendation: 0 to 10), agent"""
    CALLER_HUNG_UP = "caller_hung_up"
    """node (where in the menu); a session whose caller was moved to the fallback ends with ivr_finished"""
    IVR_FINISHED = "ivr_finished"
    """next (queue, hangup or fallback)"""


@dataclass(frozen=True)
class CallEvent:
    """One line of a journal. ``at`` is aware, in UTC."""

    call_id: str
    seq: int
    at: datetime
    event: str
    fields: dict[str, Any] = field(default_factory=dict)

    def to_line(self) -> str:
        """The journal line, without its line feed."""
        return to_lines(self.call_id, self.seq, self.at, [(self.event, self.fields)])[:-1]


def to_lines(call_id: str, first_seq: int, at: datetime, events: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """Journal lines, each with its line feed, of events that happened at one instant."""
    head: dict[str, Any] = {
        "v": JOURNAL_VERSION, "seq": first_seq, "at": at.astimezone(UTC).isoformat(), "call_id": call_id,
    }  # fmt: skip
    lines: list[str] = []
    for head["seq"], (name, fields) in enumerate(events, first_seq):
        lines += (_encode({**head, "event": name, **fields}), "\n")
    return "".join(lines)


def parse_line(line: str) -> CallEvent:
    """Read one journal line. Raises ValueError for what is not one (a line cut short by a crash, say)."""
    try:
        data = json.loads(line)
        version = data.pop("v")
        if version != JOURNAL_VERSION:
            raise ValueError(f"journal version {version!r} is not {JOURNAL_VERSION}")
        at = datetime.fromisoformat(data.pop("at"))
        if at.tzinfo is None:
            raise ValueError("a journal time has no zone")
        return CallEvent(data.pop("call_id"), int(data.pop("seq")), at, str(data.pop("event")), data)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a journal line: {error!r}") from error
