"""Calls out: each rule in a table, and the first broken one that counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.numbers import as_dialled
from crm.domain.outbound import (
    Attempt,
    OutboundRules,
    QuietHours,
    Refusal,
    compile_pattern,
    parse_quiet,
    parse_rates,
    refusal,
)
from crm.domain.tasks import CALLBACK_WITHIN, callback_due

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 21, 12, tzinfo=ZONE)
RULES = OutboundRules()
GOOD = Attempt("13800138000", NOON, "Calls back as promised")


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, None),
        ({"number": None}, Refusal.NO_NUMBER),
        ({"permitted": False}, Refusal.NOT_YOURS),
        ({"reason": "  "}, Refusal.NO_REASON),
        ({"number": "4008001234"}, Refusal.DESTINATION),
        ({"local": NOON.replace(hour=22)}, Refusal.QUIET_HOURS),
        ({"local": NOON.replace(hour=7, minute=59, second=59)}, Refusal.QUIET_HOURS),
        ({"local": NOON.replace(hour=22), "agreed": True}, None),
        ({"local": NOON.replace(hour=21, minute=59, second=59)}, None),
        ({"local": NOON.replace(hour=8)}, None),
        ({"customer_calls": 2}, None),
        ({"customer_calls": 3}, Refusal.CUSTOMER_LIMIT),
        ({"customer_calls": 3, "agreed": True}, Refusal.CUSTOMER_LIMIT),
        ({"agent_calls": 100}, Refusal.AGENT_LIMIT),
        ({"spent": 19_985}, None),
        ({"spent": 19_986}, Refusal.SPEND_CAP),
        ({"permitted": False, "reason": "", "spent": 99_999}, Refusal.NOT_YOURS),
    ],
)
def test_a_call_is_refused_by_the_first_rule_it_breaks(changes: dict[str, object], wanted: Refusal | None) -> None:
    assert refusal(RULES, replace(GOOD, **changes)) is wanted  # type: ignore[arg-type]  # the table names real fields


@pytest.mark.parametrize(
    ("written", "dialled", "allowed"),
    [
        ("13800138000", "13800138000", True),
        ("+86 138 0013 8000", "13800138000", True),
        ("8613800138000", "13800138000", True),
        ("1３８ 0013 8000", "13800138000", True),
        ("(021) 6123-4567", "02161234567", True),
        ("862161234567", "02161234567", True),
        ("0755 8234 5678", "075582345678", True),
        ("4008001234", "4008001234", False),
        ("16812345", "16812345", False),
        ("010 9612 3456", "01096123456", False),
        ("+1 415 555 0123", None, None),
        ("0014155550123", None, None),
        ("+852 2345 6789", None, None),
        ("110", None, None),
        ("95000", None, None),
        ("13800138000;ext=1", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_only_what_is_dialled_inside_the_country_is_dialled(
    written: str | None, dialled: str | None, allowed: bool | None
) -> None:
    assert as_dialled(written) == dialled
    assert (RULES.allows(dialled) if dialled else None) is allowed


@given(st.text(max_size=40))
def test_whatever_is_written_only_digits_are_dialled(text: str) -> None:
    dialled = as_dialled(text)
    assert dialled is None or (dialled.isascii() and dialled.isdigit())


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        ("1[3-9]X", "139", "129"),
        ("0ZN.", "01299", "012"),
        ("0[1357]", "05", "06"),
        ("95XXX", "95000", "950000"),
    ],
)
def test_a_pattern_means_the_whole_number(pattern: str, fits: str, fits_not: str) -> None:
    compiled = compile_pattern(pattern)
    assert compiled.fullmatch(fits)
    assert not compiled.fullmatch(fits_not)


@pytest.mark.parametrize("pattern", ["", ".", "1", "1.2", "1[3-", "+86X", "1|2", "(1)", "[a-z]1", "12\n", "1.*"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="dial pattern"):
        compile_pattern(pattern)


@pytest.mark.parametrize(("seconds", "fen"), [(0, 0), (0.2, 15), (60, 15), (60.1, 30), (600, 150)])
def test_begun_minutes_cost_whole(seconds: float, fen: int) -> None:
    assert RULES.cost("13800138000", seconds) == fen


def test_the_first_rate_that_fits_counts() -> None:
    rules = OutboundRules(rates=parse_rates("1[3-9]X.=20, 0X.=8,1X.=99"))
    assert [rules.rate(number) for number in ("13800138000", "02161234567", "5551234")] == [20, 8, 15]


@pytest.mark.parametrize("text", ["13X", "13X=", "13X=1.5", "x=1", "13X=-1"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"as 1|pattern"):
        parse_rates(text)


def test_quiet_hours_are_read() -> None:
    assert parse_quiet("21:30-07:15") == QuietHours(time(21, 30), time(7, 15))
    for wrong in ("21:30", "9pm-8am", "25:00-08:00", ""):
        with pytest.raises(ValueError, match="HH:MM"):
            parse_quiet(wrong)
    assert not parse_quiet("00:00-00:00").cover(NOON)
    assert parse_quiet("11:00-13:00").cover(NOON)


@pytest.mark.parametrize(
    ("queued", "due"),
    [
        ((12, 0), (21, 13, 0)),
        ((20, 59), (21, 21, 59)),
        ((21, 0), (22, 8, 0)),
        ((23, 30), (22, 8, 0)),
        ((3, 0), (21, 8, 0)),
    ],
)
def test_nobody_is_due_at_night(queued: tuple[int, int], due: tuple[int, int, int]) -> None:
    day, hour, minute = due
    at = NOON.replace(hour=queued[0], minute=queued[1])
    assert callback_due(at, QuietHours()) == NOON.replace(day=day, hour=hour, minute=minute)


@given(st.integers(0, 24 * 60), st.integers(0, 24 * 60))
def test_who_queued_first_is_never_due_later(one: int, other: int) -> None:
    first, second = sorted((one, other))
    day = NOON.replace(hour=0)
    early, late = (callback_due(day + timedelta(minutes=m), QuietHours()) for m in (first, second))
    assert early <= late
    assert early >= day + timedelta(minutes=first) + CALLBACK_WITHIN
