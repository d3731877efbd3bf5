"""Calls out: what may be dialled, when, how often and for how much (pure).

The reasons for the defaults: quiet hours and three calls a day follow what GB/T 45251-2025 asks of collection, here
taken for every call out; the destinations and the cap keep a stolen account from running up a bill.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from math import ceil

_PATTERN = re.compile(r"\A(?:[0-9XZN]|\[[0-9](?:-?[0-9])*\]){2,20}\.?\Z")
_CLASSES: Mapping[str, str] = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": "[0-9]+"}
DEFAULT_ALLOW = ("1[3-9]XXXXXXXXX", "010[2-8]XXXXXXX", "02X[2-8]XXXXXXX", "0[3-9]XX[2-8]XXXXXX", "0[3-9]XX[2-8]XXXXXXX")
"""Chinese mobiles and landlines as they are dialled inside the country; no service and no premium numbers."""


class Refusal(StrEnum):
    """The rule that refused a call."""

    NO_NUMBER = "no_number"
    NOT_YOURS = "not_yours"
    """the number is of no task, ticket or customer that this person works on"""
    NO_REASON = "no_reason"
    DESTINATION = "destination"
    QUIET_HOURS = "quiet_hours"
    CUSTOMER_LIMIT = "customer_limit"
    AGENT_LIMIT = "agent_limit"
    SPEND_CAP = "spend_cap"


@dataclass(frozen=True)
class QuietHours:
    """From ``begins`` to ``ends`` on the centre's clock, usually over midnight. Equal: none."""

    begins: time = time(22)
    ends: time = time(8)

    def cover(self, local: datetime) -> bool:
        """Whether nobody is to be called at this time of day."""
        clock = local.time()
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends

    def end_of(self, local: datetime) -> datetime:
        """The same instant, or the end of the quiet hours that it falls in."""
        if not self.cover(local):
            return local
        ended = datetime.combine(local.date(), self.ends, local.tzinfo)
        return ended if ended > local else ended + timedelta(days=1)


def parse_quiet(text: str) -> QuietHours:
    """Read ``22:00-08:00``. Raises ValueError."""
    begins, _, ends = text.partition("-")
    try:
        return QuietHours(time.fromisoformat(begins), time.fromisoformat(ends))
    except ValueError as error:
        raise ValueError("must be HH:MM-HH:MM, as 22:00-08:00") from error


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """A dial pattern (digits, X 0-9, Z 1-9, N 2-9, [2-8] a set, a last . one or more). Raises ValueError."""
    if not _PATTERN.match(pattern):
        raise ValueError(f"{pattern!r} is no dial pattern, as 1[3-9]XXXXXXXXX")
    return re.compile("".join(_CLASSES.get(part, part) for part in re.findall(r"\[[^\]]*\]|.", pattern)))


def parse_rates(text: str) -> tuple[tuple[str, int], ...]:
    """Read ``PATTERN=FEN`` pairs joined by commas. Raises ValueError."""
    rates = []
    for pair in filter(None, (part.strip() for part in text.split(","))):
        pattern, equals, fen = pair.partition("=")
        if not equals or not fen.isdecimal():
            raise ValueError("must be PATTERN=FEN pairs joined by commas, as 1[3-9]XXXXXXXXX=15")
        compile_pattern(pattern)
        rates.append((pattern, int(fen)))
    return tuple(rates)


@dataclass(frozen=True)
class OutboundRules:
    """What an operator allows. Money in fen."""

    quiet: QuietHours = QuietHours()
    allow: tuple[str, ...] = DEFAULT_ALLOW
    customer_daily: int = 3
    agent_daily: int = 100
    spend_daily: int = 20_000
    rates: tuple[tuple[str, int], ...] = ()
    other_rate: int = 15

    def allows(self, number: str) -> bool:
        """Whether this number, as it is dialled, is one of the destinations."""
        return any(compile_pattern(pattern).fullmatch(number) for pattern in self.allow)

    def rate(self, number: str) -> int:
        """Fen a minute; the first pattern of the table that fits counts."""
        for pattern, fen in self.rates:
            if compile_pattern(pattern).fullmatch(number):
                return fen
        return self.other_rate

    def cost(self, number: str, seconds: float) -> int:
        """What a call of this length costs: begun minutes count whole."""
        return self.rate(number) * max(0, ceil(seconds / 60))


@dataclass(frozen=True)
class Attempt:
    """A call that somebody asks for, with what happened today. ``local``: now, on the centre's clock."""

    number: str | None
    """as it is dialled; None where there is none that could be"""
    local: datetime
    reason: str
    permitted: bool = True
    agreed: bool = False
    customer_calls: int = 0
    agent_calls: int = 0
    spent: int = 0


def refusal(rules: OutboundRules, attempt: Attempt) -> Refusal | None:
    """The first rule that refuses the call, or None: dial."""
    if attempt.number is None:
        return Refusal.NO_NUMBER
    checks: Sequence[tuple[Refusal, bool]] = (
        (Refusal.NOT_YOURS, not attempt.permitted),
        (Refusal.NO_REASON, not attempt.reason.strip()),
        (Refusal.DESTINATION, not rules.allows(attempt.number)),
        (Refusal.QUIET_HOURS, rules.quiet.cover(attempt.local) and not attempt.agreed),
        (Refusal.CUSTOMER_LIMIT, attempt.customer_calls >= rules.customer_daily),
        (Refusal.AGENT_LIMIT, attempt.agent_calls >= rules.agent_daily),
        (Refusal.SPEND_CAP, attempt.spent + rules.rate(attempt.number) > rules.spend_daily),
    )
    return next((rule for rule, broken in checks if broken), None)
