"""The contract between the dialplan and the IVR: channel variables, ``AGI()`` arguments, subroutines.

``asterisk-conf/extensions.conf`` and ``docs/channel-variables.md`` are compared with this file by a test.
Everything that the IVR needs to know is an argument of ``AGI()``, as ``name=value``, so that no round trip is
spent on asking::

    AGI(agi://127.0.0.1:4573/inbound,call_id=${CHANNEL(linkedid)},caller=${HUIYIN_CALLER},…)

What comes back are channel variables, set by one ``MSet`` whose last assignment is ``IVR_DONE=1``.
"""

from __future__ import annotations

from typing import Final

DONE: Final = "IVR_DONE"
NEXT: Final = "HUIYIN_NEXT"
QUEUE: Final = "HUIYIN_QUEUE"
PRIORITY: Final = "HUIYIN_PRIORITY"
LANGUAGE: Final = "HUIYIN_LANGUAGE"
OFFERED_AT: Final = "HUIYIN_OFFERED_AT"
CALLER: Final = "HUIYIN_CALLER"
DIALLED: Final = "HUIYIN_DIALLED"
FOLDER: Final = "HUIYIN_FOLDER"
AUDIO_EXT: Final = "HUIYIN_AUDIO_EXT"
SEGMENT: Final = "HUIYIN_SEGMENT"
POSITION: Final = "HUIYIN_POSITION"
WAITED: Final = "HUIYIN_WAITED"
HERE: Final = "HUIYIN_HERE"
KEY: Final = "HUIYIN_KEY"
BY: Final = "HUIYIN_BY"

SET_BY_IVR: Final[dict[str, str]] = {
    DONE: "1 when the IVR came to its end; set last. Anything else after AGI() means the fallback",
    NEXT: "What the dialplan does next: queue or hangup",
    QUEUE: "Queue of the routing plan to enter when HUIYIN_NEXT is queue",
    PRIORITY: "Queue priority (QUEUE_PRIO) to enter with: 0 ordinary, 4 VIP, 6 elderly, 10 loss report, 18 at most",
    LANGUAGE: "zh or en; the dialplan sets the caller's first one, the IVR the chosen one",
    OFFERED_AT: "HUIYIN_WAITED at the time a callback was last offered and declined; empty before that",
    KEY: "The key of a menu, for the instant between Read() and its query; never a keyed number",
}
"""Variables that the IVR sets, with their meaning."""

SET_BY_DIALPLAN: Final[dict[str, str]] = {
    CALLER: "The caller's number, digits only, filtered; empty when it was withheld",
    DIALLED: "The dialled number, digits only, filtered",
    FOLDER: "The call's spool folder; its last part is the call's id (linkedid)",
    AUDIO_EXT: "Extension of the call's recordings: wav (8 kHz), or wav16 when the caller's codec is G.722",
    SEGMENT: "Number of the recorder's segment (1, 2, …), counted up by the subroutine that starts it",
    POSITION: "The caller's place in the queue when Queue() gave up, from 1; empty when unknown",
    WAITED: "Seconds since the caller first asked for a person",
    HERE: "Seconds that he has waited in this queue",
}
"""Variables that the dialplan sets, with their meaning."""

ARGUMENTS: Final[dict[str, str]] = {
    "call_id": "CHANNEL(linkedid)",
    "caller": CALLER,
    "dialled": DIALLED,
    "language": LANGUAGE,
    "audio": AUDIO_EXT,
    "segment": SEGMENT,
    "queue": QUEUE,
    "priority": PRIORITY,
    "position": POSITION,
    "waited": WAITED,
    "here": HERE,
    "offered": OFFERED_AT,
}
"""Arguments of ``AGI()`` and the variable or function that each one carries; the last six for ``queue-wait``."""

SURVEY_ARGUMENTS: Final[dict[str, str]] = {
    **{name: value for name, value in ARGUMENTS.items() if name in ("call_id", "caller", "dialled", "language")},
    "audio": AUDIO_EXT,
    "segment": SEGMENT,
    "by": BY,
}
"""The same for ``survey``; ``by``: the agent who handed over."""

SCRIPTS: Final[dict[str, str]] = {
    "inbound": "A call arrives: the whole menu",
    "queue-wait": "Queue() timed out without an agent: tell the position, offer a callback",
    "survey": "The agent handed the caller over and left: ask how satisfied he is",
}
"""Script names that ``agi://host:port/NAME`` may ask for."""

RECORDER_CONTEXT: Final = "recorder"
"""Context of two subroutines (Gosub, ending in Return) that the IVR calls on the caller's own channel.

``recorder,stop,1`` stops the recorder; ``recorder,start,1`` counts ``HUIYIN_SEGMENT`` up by one and starts
``caller-N``/``line-N``. The IVR stops it before digits that identify somebody are keyed.
"""
