"""The numbers that the house works by: terms, targets, warnings, approval bands, retention (pure).

Need a number that somebody may want otherwise? Add a field here. References: domain 2.1 to 2.5, 3.2, 3.3.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from enum import StrEnum
from typing import Any

from crm.domain.rule_fields import Group, Law, Mark, Spec, Unit, house, law

_ORDER_3 = "银行业保险业消费投诉处理管理办法 (Order 3/2020)"
_ORDER_5 = "金融消费者权益保护实施办法 (PBoC Order 5/2020)"
_G, _N, _MOST, _LEAST = Group, Unit, Law.AT_MOST, Law.AT_LEAST


@dataclass(frozen=True)
class Rules:
    """All numbers; the defaults are those of the reference."""

    simple_days: int = law(15, _G.LEGAL, _N.DAYS, "一般投诉办理期限", "Simple complaint", _MOST, _ORDER_3)
    complex_days: int = law(30, _G.LEGAL, _N.DAYS, "情况复杂的投诉办理期限", "Complex complaint", _MOST, _ORDER_3)
    special_days: int = law(
        60, _G.LEGAL, _N.DAYS, "特别复杂或特殊的投诉办理期限(最长)", "Special complaint, never longer", _MOST, _ORDER_3
    )
    pboc_days: int = law(15, _G.LEGAL, _N.DAYS, "人民银行转办投诉", "Forwarded by the central bank", _MOST, _ORDER_5)
    pboc_extended_days: int = law(
        60, _G.LEGAL, _N.DAYS, "人民银行转办投诉(延长后)", "Forwarded by the central bank, extended", _MOST, _ORDER_5
    )
    review_apply_days: int = law(
        30, _G.LEGAL, _N.DAYS, "客户申请核查的期限", "Time to ask for a review", _LEAST, _ORDER_3, high=90
    )
    leak_report_hours: int = law(
        72, _G.LEGAL, _N.HOURS, "信息泄露向人民银行报告", "Report a data leak to the central bank", _MOST, _ORDER_5
    )

    acknowledge_phone_minutes: int = house(
        0, _G.TARGETS, _N.MINUTES, "电话渠道确认接收", "Acknowledge on the telephone", low=0, high=60
    )
    acknowledge_other_minutes: int = house(
        30, _G.TARGETS, _N.MINUTES, "其他渠道确认接收", "Acknowledge on other channels", high=1440
    )
    first_contact_p1_hours: int = house(1, _G.TARGETS, _N.HOURS, "首次联系客户 P1", "First contact P1", high=168)
    first_contact_p2_hours: int = house(4, _G.TARGETS, _N.HOURS, "首次联系客户 P2", "First contact P2", high=168)
    first_contact_p3_hours: int = house(24, _G.TARGETS, _N.HOURS, "首次联系客户 P3", "First contact P3", high=168)
    first_contact_p4_hours: int = house(24, _G.TARGETS, _N.HOURS, "首次联系客户 P4", "First contact P4", high=168)
    triage_hours: int = house(2, _G.TARGETS, _N.HOURS, "分级", "Triage", high=168)
    transfer_hours: int = house(4, _G.TARGETS, _N.HOURS, "转办", "Transfer to a department", high=168)
    department_p1_days: int = house(1, _G.TARGETS, _N.DAYS, "部门答复 P1", "Department's answer P1", high=60)
    department_p2_days: int = house(3, _G.TARGETS, _N.DAYS, "部门答复 P2", "Department's answer P2", high=60)
    department_p3_days: int = house(5, _G.TARGETS, _N.DAYS, "部门答复 P3", "Department's answer P3", high=60)
    department_p4_days: int = house(10, _G.TARGETS, _N.DAYS, "部门答复 P4", "Department's answer P4", high=60)
    level_1_days: int = house(3, _G.TARGETS, _N.DAYS, "一级投诉办结目标", "Complaint of level 1", high=15)
    level_2_days: int = house(7, _G.TARGETS, _N.DAYS, "二级投诉办结目标", "Complaint of level 2", high=15)
    level_3_days: int = house(10, _G.TARGETS, _N.DAYS, "三级投诉办结目标", "Complaint of level 3", high=15)
    complex_internal_days: int = house(25, _G.TARGETS, _N.DAYS, "复杂投诉办结目标", "Complex complaint", high=30)
    special_internal_days: int = house(55, _G.TARGETS, _N.DAYS, "特殊投诉办结目标", "Special complaint", high=60)
    pboc_internal_days: int = house(
        10, _G.TARGETS, _N.DAYS, "人民银行转办投诉办结目标", "Forwarded by the central bank", high=15
    )
    pboc_extended_internal_days: int = house(
        55, _G.TARGETS, _N.DAYS, "人民银行转办投诉办结目标(延长后)", "Forwarded by the central bank, extended", high=60
    )
    regulator_lead_days: int = house(
        3, _G.TARGETS, _N.DAYS, "监管转办:早于函件日期", "Forwarded by the regulator: before the date on the letter",
        low=0, high=30,
    )  # fmt: skip
    review_decision_days: int = house(
        30, _G.TARGETS, _N.DAYS, "核查决定(最长)", "Decision of a review, never later", high=60, mark=Mark.U
    )
    review_internal_days: int = house(20, _G.TARGETS, _N.DAYS, "核查决定目标", "Decision of a review", high=60)
    form_days: int = house(2, _G.TARGETS, _N.DAYS, "告知后签署受理单", "Form signed after the notice", high=30)
    return_visit_working_days: int = house(
        7, _G.TARGETS, _N.WORKING_DAYS, "告知后回访", "Return visit after the notice", high=60
    )
    archive_days: int = house(10, _G.TARGETS, _N.DAYS, "办结后归档", "Archive after closing", high=90)
    leak_internal_hours: int = house(24, _G.TARGETS, _N.HOURS, "信息泄露报告目标", "Report a data leak", high=72)

    warn_first_percent: int = house(50, _G.WARNINGS, _N.PERCENT, "第一次预警", "First warning", high=99)
    warn_second_percent: int = house(80, _G.WARNINGS, _N.PERCENT, "第二次预警", "Second warning", high=99)
    warn_last_hours: int = house(24, _G.WARNINGS, _N.HOURS, "到期前最后预警", "Last warning before the end", high=240)

    band_section_fen: int = house(
        20_000, _G.APPROVAL, _N.FEN, "室经理审批上限", "Section manager approves up to", low=0, high=10**12
    )
    band_maintenance_fen: int = house(
        200_000, _G.APPROVAL, _N.FEN, "客户维护室审批上限", "Maintenance office approves up to", low=0, high=10**12
    )
    band_deputy_fen: int = house(
        2_000_000, _G.APPROVAL, _N.FEN, "副总经理审批上限", "Deputy general manager approves up to", low=0, high=10**12
    )

    amount_p1_fen: int = house(
        5_000_000, _G.PRIORITY, _N.FEN, "涉及金额达到即 P1", "Amount from which it is P1", high=10**12
    )
    amount_p2_fen: int = house(
        500_000, _G.PRIORITY, _N.FEN, "涉及金额达到即 P2", "Amount from which it is P2", high=10**12
    )
    amount_p3_fen: int = house(
        50_000, _G.PRIORITY, _N.FEN, "涉及金额达到即 P3", "Amount from which it is P3", high=10**12
    )
    vulnerable_priority: int = house(
        2, _G.PRIORITY, _N.PRIORITY, "特殊群体客户至少", "Vulnerable customer, at least", high=4
    )
    media_priority: int = house(
        1, _G.PRIORITY, _N.PRIORITY, "提到媒体或监管至少", "Media or regulator named, at least", high=4
    )

    no_answer_tries: int = house(3, _G.CUSTOMERS, _N.TIMES, "无人接听尝试次数", "Tries before no answer", high=10)
    visit_retry_hours: int = house(
        3, _G.CUSTOMERS, _N.HOURS, "回访未接通后再次尝试间隔", "Between two tries of a return visit", high=72
    )
    visit_vip_days: int = house(
        90, _G.CUSTOMERS, _N.DAYS, "贵宾客户定期回访(0 不访)", "Periodic visits to VIP customers, 0: none", low=0
    )
    visit_important_days: int = house(
        180, _G.CUSTOMERS, _N.DAYS, "重要客户定期回访(0 不访)", "Periodic visits to important customers, 0: none",
        low=0,
    )  # fmt: skip
    visit_ordinary_days: int = house(
        365, _G.CUSTOMERS, _N.DAYS, "普通客户定期回访(0 不访)", "Periodic visits to other customers, 0: none",
        low=0,
    )  # fmt: skip
    questionnaire_days: int = house(
        14, _G.CUSTOMERS, _N.DAYS, "满意度问卷链接有效期", "Days that a questionnaire's link works", high=90
    )
    repeat_days: int = house(7, _G.CUSTOMERS, _N.DAYS, "视为重复来访的期间", "A repeat within", high=90)
    group_representatives: int = law(
        5, _G.CUSTOMERS, _N.PEOPLE, "群体来访代表人数上限", "Representatives of a group", _MOST, _ORDER_3, mark=Mark.V1
    )

    group_people: int = law(
        20, _G.EMERGENCY, _N.PEOPLE, "重大投诉人数", "People that make a major complaint", _MOST, _ORDER_3
    )
    emergency_team_minutes: int = house(30, _G.EMERGENCY, _N.MINUTES, "应急小组集结", "Team called out", high=240)
    bulletin_hours: int = house(2, _G.EMERGENCY, _N.HOURS, "信息通报间隔", "Between two bulletins", high=24)
    interim_plan_hours: int = house(2, _G.EMERGENCY, _N.HOURS, "临时解决方案", "Interim plan", high=48)
    call_again_minutes: int = house(
        5, _G.EMERGENCY, _N.MINUTES, "未应答再次呼叫", "Called again without an answer", high=60
    )
    call_next_minutes: int = house(
        10, _G.EMERGENCY, _N.MINUTES, "未应答呼叫下一位", "Next of the roster called without an answer", high=120
    )

    spike_least: int = house(5, _G.ANALYSIS, _N.TIMES, "突增预警最少件数", "Complaints a day before a spike is told")
    spike_odds: int = house(
        1000, _G.ANALYSIS, _N.DAYS, "突增预警允许的误报间隔(天)", "Days in which chance alone may alarm once",
        low=20, high=1_000_000,
    )  # fmt: skip
    effect_weeks: int = house(
        4, _G.ANALYSIS, _N.TIMES, "整改效果检验周数", "Weeks compared by an effect check", high=26
    )
    review_months: int = house(
        3, _G.ANALYSIS, _N.MONTHS, "跨部门评审间隔", "Between two reviews of the process", high=12
    )

    appeal_working_days: int = house(
        3, _G.QUALITY, _N.WORKING_DAYS, "质检申诉期限", "Time to appeal against an evaluation", high=30
    )
    ruling_working_days: int = house(
        3, _G.QUALITY, _N.WORKING_DAYS, "申诉复核期限", "Ruling on an appeal, by another scorer", high=30
    )
    final_working_days: int = house(
        3, _G.QUALITY, _N.WORKING_DAYS, "申诉终审期限", "Last ruling, by the head of quality", high=30
    )
    calibration_calls: int = house(
        5, _G.QUALITY, _N.CALLS, "每次校准最少通话数", "Calls of a calibration, at least", high=50
    )
    calibration_gap: int = house(
        5, _G.QUALITY, _N.POINTS, "校准平均分差上限", "Mean difference of scorers, at most", high=50
    )
    calibration_fatal_percent: int = house(
        95, _G.QUALITY, _N.SHARE, "校准致命项一致率下限", "Agreement about fatal findings, at least", high=100
    )
    calibration_kappa_percent: int = house(
        70, _G.QUALITY, _N.HUNDREDTHS, "校准 Kappa 下限", "Kappa of scorers, at least", high=100
    )
    coaching_working_days: int = house(
        5, _G.QUALITY, _N.WORKING_DAYS, "辅导完成期限", "Coaching held after the score is final", high=60
    )
    coaching_weeks: int = house(
        4, _G.QUALITY, _N.WEEKS, "辅导效果比较周数", "Weeks compared by the effect of a coaching", high=26
    )

    shift_rest_hours: int = house(
        11, _G.SHIFTS, _N.HOURS, "两班之间最少休息", "Rest between two shifts, at least", high=48
    )
    shift_week_hours: int = house(44, _G.SHIFTS, _N.HOURS, "每周工时上限", "Work in a week, at most", high=84)
    shift_days_in_a_row: int = house(
        6, _G.SHIFTS, _N.DAYS, "连续上班天数上限", "Days of work in a row, at most", high=14
    )
    shift_nights_in_a_row: int = house(4, _G.SHIFTS, _N.DAYS, "连续夜班上限", "Nights in a row, at most", high=14)
    shift_longest_hours: int = house(12, _G.SHIFTS, _N.HOURS, "单班最长时长", "A shift, at most", high=24)
    shift_break_after_minutes: int = house(
        240, _G.SHIFTS, _N.MINUTES, "连续工作最长(无休息)", "Work without a break, at most", low=30, high=480
    )
    shift_meal_from_hours: int = house(6, _G.SHIFTS, _N.HOURS, "须有用餐的班次时长", "A shift has a meal from", high=12)
    shift_meal_minutes: int = house(30, _G.SHIFTS, _N.MINUTES, "用餐时间最少", "A meal, at least", high=120)
    shift_least_agents: int = house(
        1, _G.SHIFTS, _N.PEOPLE, "任何时刻在岗人数下限", "People on the phones at any time, at least", high=1000
    )
    break_slack_minutes: int = house(
        30, _G.SHIFTS, _N.MINUTES, "休息可提前或推迟", "A break may be earlier or later by", low=0, high=60
    )
    clock_grace_minutes: int = house(
        1, _G.SHIFTS, _N.MINUTES, "迟到早退宽限", "Late or early by so much is not told", low=0, high=60
    )
    clock_before_minutes: int = house(
        60, _G.SHIFTS, _N.MINUTES, "班前打卡有效时间", "Clock-in counts from before a shift", high=240
    )
    handover_minutes: int = house(
        15, _G.SHIFTS, _N.MINUTES, "交接班须在接班后签收", "A hand-over is read after the shift began within", high=240
    )

    complaint_file_years: int = law(
        3, _G.RETENTION, _N.YEARS, "投诉档案(自办结起)", "Complaint files, from completion", _LEAST, _ORDER_5, high=30
    )
    service_recording_years: int = house(
        3, _G.RETENTION, _N.YEARS, "一般服务录音", "Recording of a service call", high=30
    )

    def __post_init__(self) -> None:
        for one in fields(self):
            if type(getattr(self, one.name)) is not int:
                raise TypeError(f"{one.name} must be a whole number")

    def first_contact(self, priority: str) -> timedelta:
        """Within which somebody speaks with the customer."""
        hours: int = getattr(self, f"first_contact_{priority.lower()}_hours")
        return timedelta(hours=hours)

    def department_days(self, priority: str) -> int:
        """Calendar days in which a department answers that has no limit of its own."""
        days: int = getattr(self, f"department_{priority.lower()}_days")
        return days

    def level_days(self, level: int | None) -> int:
        """The house's target in calendar days for a simple complaint; one without a level counts as the middle one."""
        days: int = getattr(self, f"level_{level or 2}_days")
        return days

    def to_document(self) -> dict[str, int]:
        """As it is stored."""
        return asdict(self)


SPECS: Mapping[str, Spec] = {
    one.name: Spec(one.name, getattr(Rules, one.name), *one.metadata["spec"]) for one in fields(Rules)
}
"""Every number by its name, in the order of the page."""
DEFAULT_RULES = Rules()


class Fault(StrEnum):
    """What is wrong with a number."""

    NOT_A_NUMBER = "not_a_number"
    LIMITS = "limits"
    LAW = "law"
    ORDER = "order"


@dataclass(frozen=True)
class Problem:
    """A number that cannot be. ``least`` and ``most``: what may be; ``other``: the number it must not pass."""

    name: str
    fault: Fault
    least: int = 0
    most: int = 0
    other: str = ""


_ASCENDING: tuple[tuple[str, ...], ...] = (
    ("simple_days", "complex_days", "special_days"),
    ("pboc_days", "pboc_extended_days"),
    ("level_1_days", "level_2_days", "level_3_days", "simple_days"),
    ("complex_internal_days", "complex_days"),
    ("special_internal_days", "special_days"),
    ("pboc_internal_days", "pboc_days"),
    ("pboc_extended_internal_days", "pboc_extended_days"),
    ("review_internal_days", "review_decision_days"),
    ("leak_internal_hours", "leak_report_hours"),
    ("call_again_minutes", "call_next_minutes", "emergency_team_minutes"),
    ("warn_first_percent", "warn_second_percent"),
    ("band_section_fen", "band_maintenance_fen", "band_deputy_fen"),
    ("amount_p3_fen", "amount_p2_fen", "amount_p1_fen"),
    ("first_contact_p1_hours", "first_contact_p2_hours", "first_contact_p3_hours", "first_contact_p4_hours"),
    ("department_p1_days", "department_p2_days", "department_p3_days", "department_p4_days"),
)
"""Rows of numbers none of which may be larger than the next."""


def problems(rules: Rules) -> tuple[Problem, ...]:
    """Everything that is wrong; nothing for rules that may come into force."""
    found = []
    for spec in SPECS.values():
        least, most = spec.limits
        if not least <= getattr(rules, spec.name) <= most:
            loosened = spec.law is not None and spec.low <= getattr(rules, spec.name)
            found.append(Problem(spec.name, Fault.LAW if loosened else Fault.LIMITS, least, most))
    for row in _ASCENDING:
        found += [
            Problem(smaller, Fault.ORDER, other=larger)
            for smaller, larger in itertools.pairwise(row)
            if getattr(rules, smaller) > getattr(rules, larger)
        ]
    return tuple(found)


def parse(document: Mapping[str, Any]) -> Rules:
    """Rules as they were stored. A number that is missing or unreadable is the default; none is looser than the law."""
    values = {}
    for spec in SPECS.values():
        value = document.get(spec.name, spec.default)
        least, most = spec.limits
        values[spec.name] = min(max(value, least), most) if type(value) is int else spec.default
    return Rules(**values)
