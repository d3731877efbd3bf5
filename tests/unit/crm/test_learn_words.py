"""Every code and every refusal of emergencies and analysis has words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

import crm.services
from crm.domain import emergency, escalation, improvement
from crm.domain.analysis import Verdict
from crm.domain.handling import Step
from crm.domain.messages import MessageChannel
from crm.services.rectifications import SOURCES
from crm.web import learn_words, people_words
from crm.web.words import Words

SERVICES = Path(crm.services.__file__).parent
MINE = (
    "emergencies", "emergency_bulletins", "emergency_closing", "emergency_signals", "emergency_team", "escalations",
    "rectifications", "process_reviews", "case_library", "analysis_reports", "alarm_watch", "duty_roster",
)  # fmt: skip


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (learn_words.TRIGGERS, emergency.Trigger),
        (learn_words.DUTIES, emergency.Duty),
        (learn_words.EMERGENCY_STATES, emergency.State),
        (learn_words.EMERGENCY_TONES, emergency.State),
        (learn_words.STEPS, emergency.Step),
        (learn_words.ANSWERS, emergency.Answer),
        (learn_words.REPORT_PARTS, emergency.REPORT_PARTS),
        (learn_words.MESSAGE_WAYS, MessageChannel),
        (learn_words.GROUNDS, escalation.Ground),
        (learn_words.DECISIONS, escalation.Decision),
        (learn_words.ESCALATION_STATES, escalation.State),
        (learn_words.HANDLING_STEPS, [str(int(step)) for step in Step]),
        (learn_words.PLAN_KINDS, improvement.Kind),
        (learn_words.PLAN_STATES, improvement.State),
        (learn_words.PLAN_TONES, improvement.State),
        (learn_words.PLAN_MOVES, improvement.MOVES),
        (learn_words.PLAN_SOURCES, SOURCES),
        (learn_words.VERDICTS, Verdict),
        (learn_words.CASE_STATES, improvement.CaseState),
        (learn_words.CASE_TONES, improvement.CaseState),
    ],
)
def test_every_code_has_words(table: Words, codes: Iterable[str]) -> None:
    assert set(map(str, codes)) == set(table)


def test_every_event_of_an_emergency_has_words_in_its_log_and_in_the_audit_log() -> None:
    written: set[str] = set()
    for name in ("emergencies", "emergency_bulletins", "emergency_closing", "emergency_team"):
        text = (SERVICES / f"{name}.py").read_text(encoding="utf-8")
        written |= set(re.findall(r'book\.log\(\s*session,\s*row,\s*"(\w+)"', text))
    assert len(written) > 10
    assert written <= set(learn_words.EMERGENCY_EVENTS)
    assert {f"emergency.{event}" for event in learn_words.EMERGENCY_EVENTS} <= set(people_words.AUDIT_ACTIONS)


@pytest.mark.parametrize("name", MINE)
def test_what_a_service_refuses_is_said_in_words(name: str) -> None:
    """A conflict or a rule that a person runs into on a page; what only a forged form can meet is shown as it is."""
    text = (SERVICES / f"{name}.py").read_text(encoding="utf-8")
    refused = set(re.findall(r'(?:ConflictError|IllegalMoveError)\("([^"]+)"\)', text))
    assert {one for one in refused if one not in learn_words.LEARN_WHYS} <= {"this emergency is no leak"}


def test_what_stands_against_the_end_is_said_in_words() -> None:
    nothing = emergency.Closing({}, None, 1, interim=False, measures_open=1, final_bulletin=False,
                                leak_report_missing=True)  # fmt: skip
    sentences = {*emergency.closing_problems(nothing), "who wrote the closing report does not sign it"}
    bare = escalation.Deliberation(None, frozenset(), 1, frozenset({1}), frozenset(), "", None, "")
    sentences |= set(escalation.problems(bare))
    sentences |= {
        f"case: {problem}"
        for problem in improvement.case_problems(
            improvement.CaseText("", "", "", "13800138000 a@b.cn 110105199003071234")
        )
    }
    assert sentences <= set(learn_words.LEARN_WHYS)
