"""Names in the spool: one folder a call, fixed file names in it (pure)."""

from __future__ import annotations

import re

JOURNAL = "journal.jsonl"
"""The IVR's journal (ivr.callevents)."""
DIALPLAN_LOG = "dialplan.log"
"""What the dialplan itself wrote down: lines of ``key=value`` joined by ``|`` (docs/channel-variables.md)."""

AUDIO_EXTENSIONS = ("wav", "wav16")
"""8 kHz and 16 kHz signed 16-bit mono, both with a RIFF header, as Asterisk names them."""

_CALL_ID = re.compile(r"\A[A-Za-z0-9_.-]{1,100}\Z")
_AGENT = re.compile(r"\Aagent-(?P<leg>[A-Za-z0-9][A-Za-z0-9.-]{0,99})\.(?P<ext>wav|wav16)\Z")
_AUDIO = re.compile(r"\A(?P<part>caller|line|message)-(?P<index>[1-9][0-9]{0,3})\.(?P<ext>wav|wav16)\Z")


def is_call_id(text: str) -> bool:
    """Whether ``text`` may be a call's id and so a folder's name."""
    return bool(_CALL_ID.match(text)) and text not in {".", ".."}


def audio_name(part: str, index: int, extension: str) -> str:
    """File name of a recording: part ``caller`` (heard from him), ``line`` (sent to him) or ``message``.

    ``index`` counts segments (a pause ends one) or takes, from 1. Raises ValueError for another part.
    """
    name = f"{part}-{index}.{extension}"
    if not _AUDIO.match(name):
        raise ValueError(f"no recording is named {name!r}")
    return name


def parse_audio_name(name: str) -> tuple[str, int, str] | None:
    """(part, index, extension) of a recording's file name, or None for any other file."""
    match = _AUDIO.match(name)
    return (match["part"], int(match["index"]), match["ext"]) if match else None


def agent_name(leg: str) -> str:
    """File name of what an agent said on one leg (Asterisk's uniqueid). Raises ValueError for what is no leg."""
    name = f"agent-{leg}.wav"
    if not _AGENT.match(name):
        raise ValueError(f"no leg is named {leg!r}")
    return name


def parse_agent_name(name: str) -> str | None:
    """The leg of an agent's file, or None for any other file."""
    match = _AGENT.match(name)
    return match["leg"] if match else None
