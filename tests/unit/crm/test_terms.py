"""Terms worked out from events: which begin and end when, pauses, extensions, new clocks, and no way to day 61."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.db.calendar import ChineseCalendar
from crm.domain.clocks import review_until
from crm.domain.extensions import NoExtension, Offer, offer
from crm.domain.rules import DEFAULT_RULES, Rules
from crm.domain.term_types import Book, Case, Clock, Happening, Term, TermKind, TermState
from crm.domain.terms import clock_of
from crm.domain.tickets import Kind, Status
from crm.domain.working_days import end_of

ZONE = ZoneInfo("Asia/Shanghai")
BOOK = Book(ZONE, ChineseCalendar(), lambda _: DEFAULT_RULES)
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # a Monday; no holiday until 4 April
S = Status


def after(days: float) -> datetime:
    return START + timedelta(days=days)


def move(days: float, source: Status, target: Status, event: str = "move", **fields: Any) -> Happening:
    return Happening(after(days), event, target, source, fields)


def event(days: float, name: str, **fields: Any) -> Happening:
    return Happening(after(days), name, None, None, fields)


def clock(*happenings: Happening, **case: Any) -> Clock:
    given = {"kind": Kind.COMPLAINT, "channel": "email", "priority": "P2", "received_at": START, **case}
    return clock_of(Case(**given), happenings, BOOK)


def last_day(term: Term | None) -> date:
    assert term is not None
    assert end_of(term.due_at.astimezone(ZONE).date(), ZONE) == term.due_at, "ends with the last instant of a day"
    return term.due_at.astimezone(ZONE).date()


def day(days: int) -> date:
    return START.astimezone(ZONE).date() + timedelta(days=days)


TO_INVESTIGATION = (
    move(0, S.REGISTERED, S.ACKNOWLEDGED),
    move(0.05, S.ACKNOWLEDGED, S.TRIAGED),
    move(0.1, S.TRIAGED, S.ASSIGNED),
    move(0.2, S.ASSIGNED, S.INVESTIGATING),
)
TO_NOTICE = (
    *TO_INVESTIGATION,
    move(2, S.INVESTIGATING, S.PENDING_APPROVAL),
    move(3, S.PENDING_APPROVAL, S.EXECUTING),
    move(4, S.EXECUTING, S.NOTIFYING),
    move(5, S.NOTIFYING, S.NOTIFIED),
)


def extended(days: float, to: int) -> tuple[Happening, ...]:
    return (
        event(days, "extension_asked", to=to),
        event(days + 0.1, "extension_approved", to=to),
        event(days + 0.2, "extension_told", to=to),
    )


def test_a_new_complaint_has_its_terms_side_by_side() -> None:
    found = clock(level=2)
    assert last_day(found.current(TermKind.LEGAL)) == day(15)
    due = {term.kind: term.due_at - START for term in found.terms if term.kind is not TermKind.LEGAL}
    assert due == {
        TermKind.TARGET: timedelta(days=7),
        TermKind.ACKNOWLEDGE: timedelta(minutes=30),
        TermKind.FIRST_CONTACT: timedelta(hours=4),
        TermKind.TRIAGE: timedelta(hours=2),
        TermKind.TRANSFER: timedelta(hours=4),
    }


def test_on_the_telephone_it_is_acknowledged_at_once() -> None:
    assert clock(channel="phone").current(TermKind.ACKNOWLEDGE) is None


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.COMPLAINT])
def test_only_a_complaint_has_a_term_of_the_law(kind: Kind) -> None:
    found = clock(kind=kind)
    assert found.current(TermKind.LEGAL) is None
    assert (found.current(TermKind.REVIEW) is not None) == (kind is Kind.REVIEW)
    assert found.current(TermKind.TARGET) is not None


def test_a_review_is_decided_in_thirty_days_and_sooner_in_the_house() -> None:
    found = clock(kind=Kind.REVIEW)
    assert last_day(found.current(TermKind.REVIEW)) == day(30)
    target = found.current(TermKind.TARGET)
    assert target is not None
    assert target.due_at == after(20)


def test_each_term_ends_with_what_it_waited_for() -> None:
    found = clock(*TO_NOTICE, level=2)
    ended = {term.kind: (term.state, term.ended_at) for term in found.terms if term.ended_at}
    met = TermState.MET
    assert ended == {
        TermKind.ACKNOWLEDGE: (met, after(0)),
        TermKind.FIRST_CONTACT: (met, after(0)),
        TermKind.TRIAGE: (met, after(0.05)),
        TermKind.TRANSFER: (met, after(0.1)),
        TermKind.DEPARTMENT: (met, after(2)),
        TermKind.LEGAL: (met, after(5)),
        TermKind.TARGET: (met, after(5)),
    }
    form, visit = found.current(TermKind.FORM), found.current(TermKind.RETURN_VISIT)
    assert form is not None
    assert form.due_at == after(7)
    assert last_day(visit) == date(2026, 3, 17), (
        "seven working days after Saturday the seventh"[:0] or "seven working days"
    )


def test_the_legal_clock_stops_at_the_notice_and_not_before() -> None:
    found = clock(*TO_NOTICE[:-1])
    legal = found.current(TermKind.LEGAL)
    assert legal is not None
    assert legal.state is TermState.OPEN
    assert not legal.overdue(after(15))
    assert legal.overdue(after(16))


def test_what_is_done_late_stays_late() -> None:
    found = clock(*TO_NOTICE[:-1], move(17, S.NOTIFYING, S.NOTIFIED))
    states = {term.kind: term.state for term in found.terms}
    assert states[TermKind.LEGAL] is TermState.LATE
    assert states[TermKind.TARGET] is TermState.LATE


@pytest.mark.parametrize("end", [S.WITHDRAWN, S.MERGED])
def test_a_withdrawn_matter_has_no_terms_but_an_overdue_one_stays_late(end: Status) -> None:
    soon = clock(move(1, S.REGISTERED, end))
    assert {term.state for term in soon.terms if term.kind is TermKind.LEGAL} == {TermState.DROPPED}
    late = clock(move(16.9, S.REGISTERED, end))
    assert {term.state for term in late.terms} == {TermState.LATE}


def test_a_departments_own_limit_comes_before_the_houses() -> None:
    assigned = clock(*TO_INVESTIGATION, department_days=2)
    term = assigned.current(TermKind.DEPARTMENT)
    assert term is not None
    assert term.due_at == after(2.1)
    again = clock(*TO_INVESTIGATION, move(1, S.INVESTIGATING, S.ASSIGNED), move(1.1, S.ASSIGNED, S.INVESTIGATING))
    states = [(t.step, t.state) for t in again.terms if t.kind is TermKind.DEPARTMENT]
    assert states == [(0, TermState.DROPPED), (1, TermState.OPEN)]


def test_what_comes_back_from_approval_is_answered_anew() -> None:
    found = clock(
        *TO_INVESTIGATION, move(1, S.INVESTIGATING, S.PENDING_APPROVAL), move(2, S.PENDING_APPROVAL, S.INVESTIGATING)
    )
    term = found.current(TermKind.DEPARTMENT)
    assert term is not None
    assert (term.step, term.due_at) == (1, after(5))


# Pauses


def paused(begin: float, end: float) -> tuple[Happening, Happening]:
    return move(begin, S.INVESTIGATING, S.SUSPENDED), move(end, S.SUSPENDED, S.INVESTIGATING)


def test_an_outside_appraisal_is_left_out_in_whole_days() -> None:
    found = clock(*TO_INVESTIGATION, *paused(3, 8), level=2)
    assert last_day(found.current(TermKind.LEGAL)) == day(19), "of five days and two parts, four are whole"
    target, department = found.current(TermKind.TARGET), found.current(TermKind.DEPARTMENT)
    assert target is not None
    assert department is not None
    assert target.due_at == after(12)
    assert department.due_at == after(8.1)


def test_nothing_is_overdue_while_it_stands_still() -> None:
    found = clock(*TO_INVESTIGATION, move(3, S.INVESTIGATING, S.SUSPENDED))
    legal = found.current(TermKind.LEGAL)
    assert found.paused_since == after(3)
    assert legal is not None
    assert not legal.overdue(after(100))


def test_short_pauses_do_not_add_up() -> None:
    nights = [one for n in range(3, 13) for one in paused(n + 0.58, n + 0.59)]  # around each midnight
    assert last_day(clock(*TO_INVESTIGATION, *nights).current(TermKind.LEGAL)) == day(15)


def test_a_pause_that_begins_too_late_saves_nothing() -> None:
    found = clock(*TO_INVESTIGATION, *paused(17, 27))
    legal = found.current(TermKind.LEGAL)
    assert last_day(legal) == day(15)
    assert legal is not None
    assert legal.overdue(after(28))


# Extensions


def test_fifteen_thirty_sixty() -> None:
    found = clock(*TO_INVESTIGATION, *extended(10, 30), *extended(25, 60))
    legal = [(term.step, last_day(term), term.state) for term in found.terms if term.kind is TermKind.LEGAL]
    assert legal == [
        (0, day(15), TermState.DROPPED),
        (1, day(30), TermState.DROPPED),
        (2, day(60), TermState.OPEN),
    ]
    target = found.current(TermKind.TARGET)
    assert target is not None
    assert target.due_at == after(55)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_an_extension_needs_its_request_its_signatures_and_its_notice(missing: int) -> None:
    parts = list(extended(10, 30))
    del parts[missing]
    assert last_day(clock(*TO_INVESTIGATION, *parts).current(TermKind.LEGAL)) == day(15)


def test_an_extension_that_comes_too_late_does_not_count() -> None:
    asked, signed, _ = extended(14, 30)
    found = clock(*TO_INVESTIGATION, asked, signed, event(16, "extension_told", to=30))
    assert last_day(found.current(TermKind.LEGAL)) == day(15)


def test_no_step_is_left_out_and_none_follows_the_last() -> None:
    assert last_day(clock(*TO_INVESTIGATION, *extended(5, 60)).current(TermKind.LEGAL)) == day(15)
    steps = (*extended(5, 30), *extended(20, 60), *extended(40, 60), *extended(50, 90), *extended(55, 30))
    assert last_day(clock(*TO_INVESTIGATION, *steps).current(TermKind.LEGAL)) == day(60)


def test_a_refused_extension_is_over() -> None:
    asked, signed, told = extended(10, 30)
    refused = event(10.05, "extension_refused", to=30)
    found = clock(*TO_INVESTIGATION, asked, refused, signed, told)
    assert last_day(found.current(TermKind.LEGAL)) == day(15)
    assert found.asked is None


@pytest.mark.parametrize(
    ("received", "steps", "last"),
    [
        ("2026-09-16", 0, date(2026, 10, 8)),  # the 15th day is 1 October: rolled off the holiday
        ("2026-09-01", 1, date(2026, 10, 8)),  # the 30th day is 1 October: rolled
        ("2026-08-02", 2, date(2026, 10, 1)),  # the 60th day is 1 October: never rolled
    ],
)
def test_a_holiday_moves_the_ends_of_fifteen_and_thirty_only(received: str, steps: int, last: date) -> None:
    start = datetime.fromisoformat(received).replace(hour=9, tzinfo=ZONE)
    happenings = [
        Happening(start + timedelta(days=10 * n + 9), f"extension_{what}", None, None, {"to": to})
        for n, to in list(enumerate((30, 60)))[:steps]
        for what in ("asked", "approved", "told")
    ]
    assert last_day(clock(*happenings, received_at=start).current(TermKind.LEGAL)) == last


def test_what_may_be_asked_for_next() -> None:
    assert offer(clock(), after(3)) == Offer("extend_30", 30)  # type: ignore[arg-type]  # a StrEnum's value
    assert offer(clock(*extended(3, 30)), after(5)) == Offer("extend_60", 60)  # type: ignore[arg-type]  # as above
    assert offer(clock(body="pboc"), after(3)) == Offer("extend_pboc", 60)  # type: ignore[arg-type]  # as above
    assert offer(clock(), after(17)) is NoExtension.OVER
    assert offer(clock(*extended(3, 30), *extended(9, 60)), after(17)) is NoExtension.LONGEST
    assert offer(clock(extended(3, 30)[0]), after(4)) is NoExtension.ASKED
    assert offer(clock(*TO_NOTICE), after(6)) is NoExtension.NO_TERM
    assert offer(clock(body="regulator"), after(3)) is NoExtension.FIXED
    assert offer(clock(*TO_INVESTIGATION, paused(1, 2)[0]), after(3)) is NoExtension.PAUSED


# Forwarded from above


def test_what_the_central_bank_forwards_goes_from_fifteen_to_sixty() -> None:
    letter = event(0.01, "forwarded", body="pboc", letter_due=None)
    found = clock(letter, body="pboc")
    target = found.current(TermKind.TARGET)
    assert last_day(found.current(TermKind.LEGAL)) == day(15)
    assert target is not None
    assert target.due_at == after(10)
    assert last_day(clock(letter, *extended(5, 60), body="pboc").current(TermKind.LEGAL)) == day(60)
    assert last_day(clock(letter, *extended(5, 30), body="pboc").current(TermKind.LEGAL)) == day(15)


def test_the_date_on_a_regulators_letter_counts() -> None:
    letter = event(0.01, "forwarded", body="regulator", letter_due=day(12).isoformat())
    found = clock(letter, body="regulator")
    assert last_day(found.current(TermKind.LEGAL)) == day(12)
    assert last_day(found.current(TermKind.TARGET)) == day(9)
    assert last_day(clock(letter, *extended(5, 30), body="regulator").current(TermKind.LEGAL)) == day(12)


def test_a_letter_does_not_undo_what_was_signed_before_it_came() -> None:
    later = event(12, "forwarded", body="regulator", letter_due=day(28).isoformat())
    found = clock(*TO_INVESTIGATION, *extended(10, 30), later, body="regulator")
    assert last_day(found.current(TermKind.LEGAL)) == day(28)
    bank = event(12, "forwarded", body="pboc", letter_due=None)
    found = clock(*TO_INVESTIGATION, *extended(10, 30), bank, body="pboc")
    assert last_day(found.current(TermKind.LEGAL)) == day(27), "fifteen days from the letter"
    assert offer(found, after(13)) == Offer("extend_60", 60)  # type: ignore[arg-type]  # a StrEnum's value


def test_no_letter_reaches_day_sixty_one() -> None:
    letter = event(0.01, "forwarded", body="regulator", letter_due=day(90).isoformat())
    assert last_day(clock(letter, body="regulator").current(TermKind.LEGAL)) == day(60)


def test_a_letter_makes_a_running_term_shorter_never_longer() -> None:
    later = event(3, "forwarded", body="regulator", letter_due=day(40).isoformat())
    sooner = event(3, "forwarded", body="regulator", letter_due=day(8).isoformat())
    assert last_day(clock(*TO_INVESTIGATION, later).current(TermKind.LEGAL)) == day(15)
    found = clock(*TO_INVESTIGATION, sooner)
    assert last_day(found.current(TermKind.LEGAL)) == day(8)
    assert found.fixed


# New clocks


def test_reopening_begins_a_new_clock() -> None:
    found = clock(*TO_NOTICE, move(6, S.NOTIFIED, S.DISPUTED), move(7, S.DISPUTED, S.REOPENED))
    legal = [(t.cycle, last_day(t), t.state) for t in found.terms if t.kind is TermKind.LEGAL]
    assert legal == [(0, day(15), TermState.MET), (1, day(22), TermState.OPEN)]
    assert found.current(TermKind.FORM) is None
    assert {t.kind for t in found.terms if t.cycle == 1} >= {TermKind.TARGET, TermKind.TRIAGE, TermKind.TRANSFER}


def test_new_facts_begin_the_term_anew_with_their_receipt() -> None:
    found = clock(*TO_INVESTIGATION, event(6, "new_facts", received_at=after(5).isoformat()))
    assert last_day(found.current(TermKind.LEGAL)) == day(20)
    answered = clock(*TO_NOTICE, event(6, "new_facts", received_at=after(6).isoformat()))
    assert last_day(answered.current(TermKind.LEGAL)) == day(15)


@pytest.mark.parametrize("given", ["nonsense", "2030-01-01T00:00:00+00:00", "2026-03-01T00:00:00", 5, None])
def test_a_receipt_that_cannot_be_is_the_time_it_was_written_down(given: object) -> None:
    found = clock(*TO_NOTICE, move(7, S.NOTIFIED, S.REOPENED, received_at=given))
    assert last_day(found.current(TermKind.LEGAL)) == day(22)


def test_a_leak_is_told_in_time() -> None:
    found = clock(event(1, "leak_found"), event(2.5, "leak_reported"), kind=Kind.INCIDENT)
    ends = {t.kind: (t.due_at, t.state) for t in found.terms if t.kind in {TermKind.LEAK, TermKind.LEAK_TARGET}}
    assert ends == {TermKind.LEAK: (after(4), TermState.MET), TermKind.LEAK_TARGET: (after(2), TermState.LATE)}


def test_the_customer_may_ask_for_a_review_for_thirty_days() -> None:
    assert review_until(START, DEFAULT_RULES, ZONE).astimezone(ZONE).date() == day(30)


def test_a_term_keeps_the_number_that_it_began_with() -> None:
    def rules_at(moment: datetime) -> Rules:
        return DEFAULT_RULES if moment < after(2) else Rules(form_days=1, simple_days=12, level_3_days=9)

    case = Case(Kind.COMPLAINT, "email", "P2", START)
    found = clock_of(case, TO_NOTICE, Book(ZONE, ChineseCalendar(), rules_at))
    form = found.current(TermKind.FORM)
    assert last_day(found.current(TermKind.LEGAL)) == day(15)
    assert form is not None
    assert form.due_at == after(6)


# Whatever happens

_EVENTS = st.sampled_from(
    ["extension_asked", "extension_approved", "extension_told", "extension_refused", "forwarded", "leak_found"]
)
_STATUSES = st.sampled_from([status for status in Status if status is not S.REOPENED])


@st.composite
def _histories(draw: st.DrawFn) -> list[Happening]:
    """Any events in any order, with times that run, stand and go back, as clocks that are set do."""
    at, status, found = START, S.REGISTERED, []
    for _ in range(draw(st.integers(0, 25))):
        at += timedelta(hours=draw(st.integers(-30, 200)))
        at = max(at, START)
        if draw(st.booleans()):
            target = draw(_STATUSES)
            found.append(Happening(at, "move", target, status, {}))
            status = target
        else:
            fields = {
                "to": draw(st.sampled_from([15, 30, 60, 90, None])),
                "body": draw(st.sampled_from(["", "pboc", "regulator"])),
                "letter_due": draw(st.sampled_from([None, day(20).isoformat(), day(400).isoformat()])),
            }
            found.append(Happening(at, draw(_EVENTS), None, None, fields))
    return found


@given(_histories())
def test_no_history_without_a_new_clock_reaches_day_sixty_one(history: list[Happening]) -> None:
    found = clock(*history)
    pauses = sum((p.end - p.begin for p in found.pauses if p.end and p.end > p.begin), timedelta(0))
    latest = end_of(day(60), ZONE) + timedelta(days=pauses.days + 1 if pauses else 0)
    for term in found.terms:
        if term.kind is TermKind.LEGAL:
            assert term.due_at <= latest
    legal, target = found.current(TermKind.LEGAL), found.current(TermKind.TARGET)
    if legal is not None and target is not None and legal.state is target.state is TermState.OPEN:
        assert target.due_at <= legal.due_at
    assert len({term.key for term in found.terms}) == len(found.terms)


@given(_histories())
def test_the_same_events_give_the_same_terms(history: list[Happening]) -> None:
    assert clock(*history) == clock(*history)
