"""How soon a thread that computes lets another one of its process run."""

from __future__ import annotations

import sys

SWITCH = 0.0005
"""Seconds. Python's own 0.005 is as long as the whole way from a ring to the screen, and may be waited at each step."""


def switch_often() -> None:
    """For services on the way of a screen-pop: what one thread computes must not hold up another one's card.

    Only where threads are few: each one that waits for its turn wakes so often. Among the hundreds of the pages that
    alone delayed a card by 20 to 300 ms.
    """
    sys.setswitchinterval(SWITCH)
