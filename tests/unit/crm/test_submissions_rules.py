"""What is missing in a submission, and what its receipt says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.domain.receipts import CHANNEL_TITLES, expected_at, shown_day, ways
from crm.domain.rules import DEFAULT_RULES
from crm.domain.submissions import LIMITS, Fault, Form, Submission, faults, normal
from crm.domain.tickets import Channel, Kind

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
WHOLE = Submission(Kind.COMPLAINT, Channel.WEB, "柜员态度恶劣", name="王小明", phone="13800138000")


def wrong(by_customer: bool = True, **changes: Any) -> dict[str, Fault]:
    return faults(replace(WHOLE, **changes), now=NOW, by_customer=by_customer)


def test_a_whole_submission_has_no_fault() -> None:
    assert wrong() == {}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"text": "  \n"}, {"text": Fault.MISSING}),
        ({"text": "x" * 20_001}, {"text": Fault.TOO_LONG}),
        ({"name": ""}, {"name": Fault.MISSING}),
        ({"phone": ""}, {"phone": Fault.NO_WAY_TO_REACH}),
        ({"phone": "12"}, {"phone": Fault.NOT_A_NUMBER}),
        ({"phone": "", "email": "w@example.cn"}, {"phone": Fault.NEEDED_FOR_PREFERRED}),
        ({"email": "no address"}, {"email": Fault.NOT_AN_ADDRESS}),
        ({"email": "w@localhost"}, {"email": Fault.NOT_AN_ADDRESS}),
        ({"preferred": "email"}, {"email": Fault.NEEDED_FOR_PREFERRED}),
        ({"preferred": "letter"}, {"postal_address": Fault.NEEDED_FOR_PREFERRED}),
        ({"preferred": "pigeon"}, {"preferred": Fault.NOT_A_CHOICE}),
        ({"on_behalf": "agent"}, {"representative": Fault.MISSING}),
        ({"occurred_at": NOW + timedelta(days=1)}, {"occurred_at": Fault.NOT_THEN}),
        ({"occurred_at": NOW, "received_at": NOW - timedelta(days=2)}, {"occurred_at": Fault.NOT_THEN}),
        ({"received_at": NOW - timedelta(days=4000)}, {"received_at": Fault.NOT_THEN}),
        ({"received_at": datetime(2026, 11, 22)}, {"received_at": Fault.NOT_THEN}),  # noqa: DTZ001  (meant)
        ({"amount_fen": -1}, {"amount": Fault.NOT_A_NUMBER}),
        ({"people": 0}, {"people": Fault.NOT_A_NUMBER}),
        ({"category": "no.such"}, {"category": Fault.NOT_A_CHOICE}),
        ({"business_code": "no_such"}, {"business_code": Fault.NOT_A_CHOICE}),
        ({"channel_code": "front"}, {"channel_code": Fault.NOT_A_CHOICE}),
        ({"severity": "S9"}, {"severity": Fault.NOT_A_CHOICE}),
        ({"kind": Kind.INQUIRY, "level": 2}, {"level": Fault.NOT_A_CHOICE}),
        ({"external_url": "javascript:alert(1)"}, {"external_url": Fault.NOT_AN_ADDRESS}),
    ],
)
def test_each_fault_is_named_with_its_part(changes: dict[str, Any], expected: dict[str, Fault]) -> None:
    assert wrong(**changes) == expected


@pytest.mark.parametrize("channel", list(Channel))
def test_every_channel_takes_a_complaint(channel: Channel) -> None:
    assert wrong(by_customer=False, channel=channel) == {}
    assert CHANNEL_TITLES[channel]


def test_who_reports_misconduct_may_stay_unknown() -> None:
    assert wrong(kind=Kind.REPORT, name="", phone="") == {}


def test_the_desk_takes_in_what_it_gets() -> None:
    assert wrong(by_customer=False, name="", phone="", channel=Channel.LETTER) == {}


def test_told_orally_or_in_writing_as_the_channel_has_it_unless_said() -> None:
    assert replace(WHOLE, channel=Channel.BRANCH).told is Form.ORAL
    assert replace(WHOLE, channel=Channel.BRANCH, form="written").told is Form.WRITTEN
    assert WHOLE.told is Form.WRITTEN


def test_text_of_a_form_has_one_spelling() -> None:
    assert normal(" a\r\nb\rc\x00\x07\t ") == "a\nb\nc"


@given(st.text(max_size=200), st.sampled_from(sorted(LIMITS)))
@settings(max_examples=60, deadline=None)
def test_any_text_in_any_part_is_taken_or_named(text: str, part: str) -> None:
    assert all(isinstance(fault, Fault) for fault in wrong(**{part: text}).values())


def test_an_answer_is_promised_in_time_and_never_after_the_law() -> None:
    legal = NOW + timedelta(days=15)
    promised = expected_at(Kind.COMPLAINT, 2, NOW, ZONE, DEFAULT_RULES, legal_due=legal, target=None)
    assert promised == datetime(2026, 11, 29, 23, 59, 59, tzinfo=ZONE)
    soon = NOW + timedelta(days=2)
    assert expected_at(Kind.COMPLAINT, 2, NOW, ZONE, DEFAULT_RULES, legal_due=soon, target=None) == soon
    target = NOW + timedelta(hours=4)
    assert expected_at(Kind.CALLBACK, None, NOW, ZONE, DEFAULT_RULES, legal_due=None, target=target) == target


@pytest.mark.parametrize(
    ("preferred", "reachable", "told", "expected"),
    [
        ("email", {"email", "phone"}, True, ("email",)),
        ("phone", {"phone", "sms"}, True, ()),
        ("letter", {"letter"}, True, ()),
        ("phone", {"phone", "sms"}, False, ("phone", "sms")),
        ("email", {"sms", "phone"}, False, ("sms", "phone")),
        ("letter", {"letter"}, False, ("letter",)),
        ("email", set(), False, ()),
    ],
)
def test_a_receipt_goes_the_way_that_is_preferred(
    preferred: str, reachable: set[str], told: bool, expected: tuple[str, ...]
) -> None:
    assert ways(preferred, dict.fromkeys(reachable, True), told=told) == expected


def test_a_day_is_written_as_people_write_it() -> None:
    at = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
    assert (shown_day(at, ZONE, "zh"), shown_day(at, ZONE, "en")) == ("2026年11月23日", "2026-11-23")
