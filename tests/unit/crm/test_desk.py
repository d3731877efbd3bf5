"""The desk: whose turn it is, how urgent it is, and what a search box was given."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain import case_contacts
from crm.domain.case_contacts import OUTCOMES_OF, ContactKind, ContactOutcome
from crm.domain.desk import Reading, Urgency, WaitsFor, readings, turn, urgency
from crm.domain.errors import InvalidInputError
from crm.domain.tickets import ENDED, Status

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("status", "assigned", "asked", "waits"),
    [
        (Status.REGISTERED, False, 0, WaitsFor.NOBODY_YET),
        (Status.TRIAGED, True, 0, WaitsFor.HANDLER),
        (Status.INVESTIGATING, True, 0, WaitsFor.HANDLER),
        (Status.INVESTIGATING, True, 2, WaitsFor.DEPARTMENT),
        (Status.SUSPENDED, True, 2, WaitsFor.APPRAISER),
        (Status.PENDING_APPROVAL, True, 0, WaitsFor.SIGNATURE),
        (Status.EXECUTING, True, 0, WaitsFor.EXECUTION),
        (Status.NOTIFYING, True, 0, WaitsFor.OFFICE),
        (Status.NOTIFIED, True, 0, WaitsFor.CUSTOMER),
        (Status.DISPUTED, True, 0, WaitsFor.OFFICE),
        (Status.CONFIRMED, True, 0, WaitsFor.SIGNERS),
        (Status.RETURN_VISIT, True, 0, WaitsFor.VISITOR),
    ],
)
def test_it_is_somebodys_turn(status: Status, assigned: bool, asked: int, waits: WaitsFor) -> None:
    assert turn(status, assigned=assigned, asked_departments=asked) is waits


@pytest.mark.parametrize("status", sorted(set(Status) - ENDED))
def test_every_open_ticket_waits_for_somebody(status: Status) -> None:
    assert turn(status, assigned=True, asked_departments=0) is not WaitsFor.NOBODY_YET


@pytest.mark.parametrize(
    ("due", "wanted"),
    [
        (None, Urgency.LATER),
        (NOW - timedelta(seconds=1), Urgency.OVERDUE),
        (NOW, Urgency.TODAY),
        (NOW.replace(hour=23, minute=59, second=59), Urgency.TODAY),
        (NOW + timedelta(hours=10), Urgency.SOON),
        (NOW + timedelta(days=3), Urgency.SOON),
        (NOW + timedelta(days=3, seconds=1), Urgency.LATER),
    ],
)
def test_urgency_goes_by_the_day_of_the_centre(due: datetime | None, wanted: Urgency) -> None:
    assert urgency(due, NOW) is wanted
    assert urgency(due.astimezone(ZoneInfo("UTC")) if due else None, NOW) is wanted


@pytest.mark.parametrize(
    ("typed", "ways"),
    [
        ("261121-01-00042", [Reading.TICKET, Reading.TELEPHONE]),
        ("2611210100042", [Reading.TICKET, Reading.TELEPHONE]),
        ("8613800138000", [Reading.TELEPHONE]),
        ("+86 138 0013 8000", [Reading.TELEPHONE]),
        ("(021) 6123-4567", [Reading.TELEPHONE]),
        ("１３８００１３８０００", [Reading.TELEPHONE]),
        ("95000", [Reading.TELEPHONE]),
        ("123", []),
        ("王小明", [Reading.NAME]),
        ("O'Brien", [Reading.NAME]),
        ("  ", []),
        ("王2", [Reading.NAME]),
    ],
)
def test_a_search_box_is_read_in_every_way_that_it_can_be(typed: str, ways: list[Reading]) -> None:
    assert [one.reading for one in readings(typed)] == ways


@given(st.text(max_size=100))
def test_whatever_is_typed_is_read_somehow(text: str) -> None:
    assert all(one.text and len(one.text) <= 64 for one in readings(text))


def word(**changes: object) -> None:
    given_ = {"told": "we look into it", "heard": "", "proposal": "", "at": NOW, "next_report_at": None, "now": NOW}
    kind, outcome = changes.pop("kind", ContactKind.PROGRESS), changes.pop("outcome", ContactOutcome.REACHED)
    case_contacts.check(kind, outcome, **{**given_, **changes})  # type: ignore[arg-type]  # the table says what


def test_a_word_with_the_customer_can_be_kept() -> None:
    word(next_report_at=NOW + timedelta(days=3))
    word(outcome=ContactOutcome.NOT_REACHED, told="")
    word(kind=ContactKind.MEDIATION, outcome=ContactOutcome.AGREED, heard="wants it back", proposal="refund")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"outcome": ContactOutcome.AGREED}, "outcome"),
        ({"told": " "}, "told"),
        ({"told": "x" * 5001}, "told"),
        ({"at": NOW + timedelta(hours=1)}, "at"),
        ({"next_report_at": NOW}, "next_report_at"),
        ({"next_report_at": NOW + timedelta(days=61)}, "next_report_at"),
        ({"kind": ContactKind.MEDIATION, "outcome": ContactOutcome.REFUSED, "proposal": "x"}, "heard"),
        ({"kind": ContactKind.MEDIATION, "outcome": ContactOutcome.REFUSED, "heard": "x"}, "proposal"),
    ],
)
def test_a_word_that_lacks_something_is_refused(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        word(**changes)
    assert refused.value.field == field


def test_every_kind_of_word_can_fail_to_reach_the_customer() -> None:
    assert set(OUTCOMES_OF) == set(ContactKind)
    assert all(ContactOutcome.NOT_REACHED in outcomes for outcomes in OUTCOMES_OF.values())
