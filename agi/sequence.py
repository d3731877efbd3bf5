"""The phone node's ticket counter: a small file under a lock, fsynced before a number is used.

The file holds one line, ``yymmdd NNNNN``: the day and the last number given out; which one follows is
``ivr.ticketnumbers.next_sequence``, less those that were rendered ahead and not understood. When the file is lost or
damaged the counter goes on from what the journals in the spool show, and never below the second of the day: a number
is rather skipped than given twice.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, time
from pathlib import Path

from ivr import ticketnumbers
from ivr.callevents import CallEventName, parse_line
from recordings.naming import JOURNAL

FILE = "ticket-sequence"
_SKIPPED = 50
"""Numbers in a row that may be left out; after that one that is hard to hear is better than none."""


class OutOfNumbers(Exception):  # noqa: N818  (reads better where it is caught; nothing went wrong in here)
    """The day has no number left."""


class TicketSequence:
    """Gives out ticket numbers; shared by the threads of a server, safe beside other processes.

    ``hard_to_hear``: whether a number was tried and not understood; such a one is left out.
    """

    def __init__(
        self,
        spool: Path,
        node: int,
        local_time: Callable[[], datetime],
        hard_to_hear: Callable[[str], bool] = lambda _number: False,
    ) -> None:
        self._spool = spool
        self._node = node
        self._local_time = local_time
        self._hard = hard_to_hear
        self._lock = threading.Lock()

    def reserve(self) -> str:
        """The next number, on disk before it is returned. Raises OutOfNumbers, OSError."""
        with self._counter() as (handle, day, last):
            if last >= ticketnumbers.MAX_SEQUENCE:
                raise OutOfNumbers(f"{last} tickets on {day}")
            following = self._following(day, last)
            _write(handle, day, following)
            return ticketnumbers.make(day, self._node, following)

    def coming(self, count: int) -> list[str]:
        """The next numbers that ``reserve`` will give on this day; fewer when the day has no more. Raises OSError."""
        with self._counter() as (_, day, last):
            pass
        numbers: list[str] = []
        while len(numbers) < count and last < ticketnumbers.MAX_SEQUENCE:
            last = self._following(day, last)
            numbers.append(ticketnumbers.make(day, self._node, last))
        return numbers

    def _following(self, day: date, last: int) -> int:
        """The sequence after ``last``. Raises ValueError when that was the day's very last."""
        first = following = ticketnumbers.next_sequence(self._node, last)
        for _ in range(_SKIPPED):
            if not self._hard(ticketnumbers.make(day, self._node, following)):
                return following
            if following == ticketnumbers.MAX_SEQUENCE:
                break
            following = ticketnumbers.next_sequence(self._node, following)
        return first

    @contextmanager
    def _counter(self) -> Iterator[tuple[int, date, int]]:
        """The open file, locked, with the day and its last number."""
        now = self._local_time()
        with self._lock:
            self._spool.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._spool / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                found = _parse(os.pread(handle, 64, 0))
                day, last = found or (now.date(), self._recovered(now))
                if not found:
                    _write(handle, day, last)
                if day < now.date():  # a clock that was set back goes on with the later day
                    day, last = now.date(), 0
                yield handle, day, last
            finally:
                os.close(handle)

    def _recovered(self, now: datetime) -> int:
        """The last number that may have been given out today."""
        midnight = datetime.combine(now.date(), time(), tzinfo=now.tzinfo)
        prefix = f"{now.date():%y%m%d}{self._node:02d}"
        numbers = (number for path in self._spool.glob(f"*/{JOURNAL}") for number in _started(path))
        used = [int(number[8:]) for number in numbers if number.startswith(prefix)]
        return max(0, *used, int((now - midnight).total_seconds()))


def _write(handle: int, day: date, last: int) -> None:
    os.pwrite(handle, f"{day:%y%m%d} {last:05d}\n".encode(), 0)
    os.fsync(handle)


def _parse(data: bytes) -> tuple[date, int] | None:
    day, space, number = data.decode("ascii", "replace").strip().partition(" ")
    if not (space and len(day) == 6 and day.isdecimal() and number.isdecimal() and len(number) == 5):
        return None
    with suppress(ValueError):
        return date(2000 + int(day[:2]), int(day[2:4]), int(day[4:])), int(number)
    return None


def _started(journal: Path) -> list[str]:
    numbers = []
    with suppress(OSError):
        for line in journal.read_text("utf-8", "replace").splitlines():
            with suppress(ValueError):
                event = parse_line(line)
                number = event.fields.get("number")
                if event.event == CallEventName.TICKET_STARTED and isinstance(number, str):
                    numbers.append(number)
    return [number for number in numbers if ticketnumbers.is_valid(number)]
