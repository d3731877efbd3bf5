"""Tells the exchange which agents may be rung, by a thread of its own: the last word about each agent counts."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

SetAgent = Callable[[str, bool, str], None]
"""agent, available, reason. Raises Exception when it could not be done."""
_PAUSE = 1.0


class Rings:
    """Works from ``start`` to ``stop``."""

    def __init__(self, set_agent: SetAgent) -> None:
        self._set_agent = set_agent
        self._wanted: dict[str, tuple[bool, str]] = {}
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="live-rings", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join(5.0)

    def want(self, agent: str, available: bool, reason: str) -> None:  # noqa: FBT001  (as the exchange's own verb has it)
        """Have an agent rung, or not. Returns at once."""
        with self._changed:
            self._wanted[agent] = (available, reason)
            self._changed.notify()

    def _run(self) -> None:
        away = False
        while True:
            with self._changed:
                while not self._wanted and not self._stopped:
                    self._changed.wait()
                if self._stopped:
                    return
                wanted, self._wanted = self._wanted, {}
            failed = {agent: one for agent, one in wanted.items() if not self._tell(agent, *one, away=away)}
            away = bool(failed)
            if failed:
                self._pause(failed)

    def _pause(self, failed: dict[str, tuple[bool, str]]) -> None:
        """Wait a moment before what failed is tried again, unless something else is wanted meanwhile."""
        with self._changed:
            self._wanted = {**failed, **self._wanted}
            self._changed.wait_for(lambda: self._stopped or self._wanted != failed, _PAUSE)

    def _tell(self, agent: str, available: bool, reason: str, *, away: bool) -> bool:  # noqa: FBT001  (as above)
        try:
            self._set_agent(agent, available, reason)
        except Exception as error:  # noqa: BLE001  (whatever it is: it is tried again, and the log tells)
            if not away:
                log.warning("agent_not_set", agent=agent, error=f"{type(error).__name__}: {error}")
            return False
        return True
