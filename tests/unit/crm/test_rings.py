"""Telling the exchange whom to ring: the last word counts, and one who cannot be told holds up nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from crm.live.rings import Rings


@contextmanager
def at_work(set_agent: Callable[[str, bool, str], None]) -> Iterator[Rings]:
    rings = Rings(set_agent)
    rings.start()
    try:
        yield rings
    finally:
        rings.stop()


def test_the_last_word_about_an_agent_counts_and_is_said_again_until_it_is_taken() -> None:
    said: list[tuple[str, bool, str]] = []
    taken, tries = threading.Event(), 0

    def set_agent(agent: str, available: bool, reason: str) -> None:
        nonlocal tries
        if agent == "li" and tries < 1:
            tries += 1
            raise ConnectionError("not now")
        said.append((agent, available, reason))
        if agent == "li":
            taken.set()

    with at_work(set_agent) as rings:
        rings.want("li", True, "")
        rings.want("wu", False, "meal")
        rings.want("li", False, "on_call")
        assert taken.wait(30)
    assert ("wu", False, "meal") in said
    assert [one for one in said if one[0] == "li"][-1] == ("li", False, "on_call")
