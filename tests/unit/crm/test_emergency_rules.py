"""Emergencies: signs, the call-out along a roster, what is due, what it takes to close one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.emergency import (
    CORE,
    MARKS,
    REPORT_PARTS,
    TEAMS,
    Answer,
    Called,
    Closing,
    Duty,
    Progress,
    Seat,
    Step,
    Summons,
    Trigger,
    bulletin_due,
    closing_problems,
    complete,
    filled_by,
    is_group,
    short_seats,
    signs,
    summons,
    timetable,
)
from crm.domain.rule_fields import Mark
from crm.domain.rules import DEFAULT_RULES as RULES

START = datetime(2026, 11, 21, 2, tzinfo=UTC)


def minutes(count: float) -> datetime:
    return START + timedelta(minutes=count)


@pytest.mark.parametrize(
    ("text", "severity", "technical", "trigger", "word"),
    [
        ("我已经联系了记者，明天就曝光你们", None, False, Trigger.MEDIA, "记者"),
        ("钱没了，我不想活了", None, False, Trigger.HARM, "不想活"),
        ("I will kill myself if you do nothing", None, False, Trigger.HARM, "kill myself"),
        ("你们泄露了我的电话", None, False, Trigger.LEAK, "泄露了我"),
        ("洪水把网点淹了", None, False, Trigger.DISASTER, "洪水"),
        ("全部无法转账", "S1", False, Trigger.SYSTEM_FAULT, "全部无法"),
        ("转不出去", "S1", True, Trigger.SYSTEM_FAULT, "S1"),
        ("我们几十个人都遇到了", None, False, Trigger.GROUP, "几十个人"),
        ("再不处理就起诉", None, False, Trigger.ESCALATION, "起诉"),
    ],
)
def test_words_that_speak_for_an_emergency(
    text: str, severity: str | None, technical: bool, trigger: Trigger, word: str
) -> None:
    found = {sign.trigger: sign.words for sign in signs(text, severity=severity, technical=technical)}
    assert word in found[trigger]


@pytest.mark.parametrize(("text", "severity"), [("年费太贵", None), ("全部无法转账", "S3"), ("系统故障", None)])
def test_what_speaks_for_none(text: str, severity: str | None) -> None:
    assert signs(text, severity=severity) == ()


def test_every_team_has_its_core_and_only_what_was_read_is_marked_as_law() -> None:
    assert set(TEAMS) == set(Trigger) == set(MARKS)
    assert all(team >= CORE for team in TEAMS.values())
    assert {trigger for trigger, mark in MARKS.items() if mark is Mark.V2} == {
        Trigger.GROUP,
        Trigger.DISASTER,
        Trigger.REGULATOR,
    }


def test_twenty_people_make_a_group() -> None:
    assert not is_group(19, RULES)
    assert is_group(20, RULES)


LEAD, TECH = Seat(Duty.LEAD, (1, 2, 3)), Seat(Duty.TECHNOLOGY, (4, 1))


def called(user_id: int, first: float, *, last: float | None = None, times: int = 1, answer: Answer | None = None) -> Called:  # fmt: skip  # noqa: E501
    return Called(user_id, times, minutes(first), minutes(first if last is None else last), answer)


@pytest.mark.parametrize(
    ("rows", "at", "wanted"),
    [
        ((), 0, (1,)),
        ((called(1, 0),), 4.9, ()),
        ((called(1, 0),), 5, (1,)),
        ((called(1, 0, last=5, times=2),), 9.9, ()),
        ((called(1, 0, last=5, times=2),), 10, (1, 2)),
        ((called(1, 0, answer=Answer.CANNOT),), 0.1, (2,)),
        ((called(1, 0, last=10, times=3), called(2, 10)), 15, (2,)),
        ((called(1, 0, answer=Answer.COMING),), 60, ()),
        ((called(1, 0, answer=Answer.CANNOT), called(2, 0.1, answer=Answer.COMING)), 60, ()),
        ((called(1, 0, answer=Answer.CANNOT), called(2, 1, answer=Answer.CANNOT), called(3, 2, last=40, times=9)),
         45, (3,)),
    ],
)  # fmt: skip
def test_whom_to_call_next(rows: Sequence[Called], at: float, wanted: tuple[int, ...]) -> None:
    found = summons([LEAD], {one.user_id: one for one in rows}, minutes(at), RULES)
    assert tuple(one.user_id for one in found) == wanted


def test_who_sits_in_two_rosters_is_called_once_and_fills_both() -> None:
    refused = {4: called(4, 0, answer=Answer.CANNOT)}
    assert summons([LEAD, TECH], refused, START, RULES) == (Summons(1, again=False),)
    assert complete([LEAD, TECH], {**refused, 1: called(1, 0, answer=Answer.COMING)})


def test_a_seat_is_short_when_nobody_is_left() -> None:
    assert short_seats([Seat(Duty.RISK, ()), LEAD], {}) == (Duty.RISK,)
    refused = {user_id: called(user_id, 0, answer=Answer.CANNOT) for user_id in LEAD.roster}
    assert short_seats([LEAD], refused) == (Duty.LEAD,)
    assert filled_by(LEAD, refused) is None


@given(
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from([None, "coming", "cannot"]), st.integers(0, 9)), max_size=12),
    st.permutations([1, 2, 3]),
)
def test_a_call_out_ends_in_a_filled_seat_or_in_nobody_left(answers: list[tuple[int, str | None, int]], order: list[int]) -> None:  # fmt: skip  # noqa: E501
    seat, rows, now = Seat(Duty.LEAD, tuple(order)), dict[int, Called](), START
    for user_id, answer, wait in answers:
        for one in summons([seat], rows, now, RULES):
            before = rows.get(one.user_id)
            assert one.again is (before is not None)
            assert before is None or before.answer is None
            rows[one.user_id] = Called(
                one.user_id, (before.times if before else 0) + 1, before.first_at if before else now, now
            )
        if answer and user_id in rows:
            old = rows[user_id]
            rows[user_id] = Called(user_id, old.times, old.first_at, old.last_at, Answer(answer))
        now += timedelta(minutes=wait)
    silent = summons([seat], rows, now + timedelta(hours=3), RULES)
    assert bool(silent) is (filled_by(seat, rows) is None and not short_seats([seat], rows))


def test_what_is_due_when() -> None:
    found = timetable(Progress(Trigger.LEAK, START), RULES)
    assert [(due.step, due.at - START) for due in found] == [
        (Step.TEAM, timedelta(minutes=30)),
        (Step.INTERIM, timedelta(hours=2)),
        (Step.BULLETIN, timedelta(hours=2)),
        (Step.LEAK_REPORT, timedelta(hours=24)),
        (Step.LEAK_REPORT_LEGAL, timedelta(hours=72)),
    ]
    assert Step.LEAK_REPORT not in {due.step for due in timetable(Progress(Trigger.MEDIA, START), RULES)}


def test_bulletins_follow_each_other_every_two_hours_until_the_end() -> None:
    assert bulletin_due(Progress(Trigger.MEDIA, START), RULES) == START + timedelta(hours=2)
    told = Progress(Trigger.MEDIA, START, last_bulletin_at=minutes(90))
    assert bulletin_due(told, RULES) == minutes(210)
    assert bulletin_due(Progress(Trigger.MEDIA, START, ended_at=minutes(300)), RULES) is None


REPORT = dict.fromkeys(REPORT_PARTS, "written")


@pytest.mark.parametrize(
    ("closing", "problem"),
    [
        (Closing({**REPORT, "lessons": " "}, 1, 2, True, 0, True), "the closing report is not complete"),
        (Closing(REPORT, None, 2, True, 0, True), "the closing report is not complete"),
        (Closing(REPORT, 2, 2, True, 0, True), "who wrote the closing report does not sign it"),
        (Closing(REPORT, 1, 2, False, 0, True), "no interim solution was decided"),
        (Closing(REPORT, 1, 2, True, 1, True), "interim measures are still in force: end them or hand them over"),
        (Closing(REPORT, 1, 2, True, 0, False), "the final bulletin was not issued"),
        (Closing(REPORT, 1, 2, True, 0, True, True), "the report of the leak to the central bank is missing"),
    ],
)
def test_what_stands_against_closing(closing: Closing, problem: str) -> None:
    assert closing_problems(closing) == (problem,)


def test_what_is_complete_may_be_closed() -> None:
    assert closing_problems(Closing(REPORT, 1, 2, True, 0, True)) == ()
