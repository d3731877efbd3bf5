"""The wire contract of commands: what the CRM may ask of the phone side (pure).

The ``ami`` service listens on the unix socket ``HOME/run/switchboard.sock``. A request is one line of JSON,
``{"verb": …, "args": {…}}``; the answer is one line, ``{"ok": true, "result": {…}}`` or ``{"ok": false, "error":
code, "message": text}``. Nothing else can be asked: this list is what the switchboard can do. Whether a person may
ask for it is decided by the CRM before it asks.
"""

from __future__ import annotations

from enum import StrEnum

SOCKET = "switchboard.sock"


class Verb(StrEnum):
    """What can be asked, with its arguments. An agent is a user name; a target is ``agent:NAME`` or ``queue:NAME``."""

    SET_AGENT = "set_agent"
    """agent, available (bool), reason: whether queues ring him; kept over restarts of Asterisk"""
    LOAD_PLAN = "load_plan"
    """nothing: read HOME/run/routing.json again"""
    SNAPSHOT = "snapshot"
    """nothing: tell the whole state again, by a snapshot event"""
    BLIND_TRANSFER = "blind_transfer"
    """call_id, agent, target"""
    CONSULT = "consult"
    """call_id, agent, target (an agent): the caller hears music, the agent speaks with the target"""
    CONSULT_CANCEL = "consult_cancel"
    """call_id, agent: back to the caller"""
    TRANSFER = "transfer"
    """call_id, agent: the consulted one takes the caller, the agent leaves"""
    CONFERENCE = "conference"
    """call_id, agent, target or nothing (the consulted one joins)"""
    LISTEN = "listen"
    """call_id, agent, supervisor"""
    WHISPER = "whisper"
    """call_id, agent, supervisor"""
    BARGE = "barge"
    """call_id, agent, supervisor"""
    TAKE_OVER = "take_over"
    """call_id, agent, supervisor: the agent leaves, the supervisor has the caller"""
    DIAL = "dial"
    """agent, number, language: ring the agent's phone, then dial out; gives call_id"""
    HANG_UP = "hang_up"
    """call_id, agent: end the agent's part of the call"""
    SURVEY = "survey"
    """call_id, agent: the agent leaves, and the caller is asked how satisfied he is"""
    REQUEUE = "requeue"
    """call_id: the caller back to the head of his queue"""


class SwitchboardCode(StrEnum):
    """Why something was not done."""

    UNKNOWN_CALL = "unknown_call"
    UNKNOWN_AGENT = "unknown_agent"
    NOT_ON_CALL = "not_on_call"
    NO_PHONE = "no_phone"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    NO_EXCHANGE = "no_exchange"
    """Asterisk cannot be reached"""
    BAD_REQUEST = "bad_request"
