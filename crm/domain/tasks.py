"""Tasks: their kinds, and when a caller who left his place in the queue is called back (pure)."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from crm.domain.outbound import QuietHours

CALLBACK_WITHIN = timedelta(hours=1)
"""A house target, from the moment the caller first queued; no rule of law sets one."""
WRAP_UP_WITHIN = timedelta(hours=4)
"""A house target for a wrap-up that became a task."""


class TaskKind(StrEnum):
    """Why somebody has to do something."""

    WRAP_UP = "wrap_up"
    CALLBACK = "callback"
    FOLLOW_UP = "follow_up"
    TELL = "tell"
    """tell a customer something on the telephone, and say what came of it"""
    POST = "post"
    """post a letter, and say under which number"""


class TaskState(StrEnum):
    """How a task stands."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


def callback_due(queued_at: datetime, quiet: QuietHours) -> datetime:
    """When a caller who first queued then is to be called back: soon, but not at night.

    ``queued_at`` must be in the centre's zone. Callers who are due at one instant, as all of a night are, keep the
    order in which they first queued.
    """
    return quiet.end_of(queued_at + CALLBACK_WITHIN)
