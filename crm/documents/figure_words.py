"""What key figures are called, and how their values are read, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from crm.domain.catalogue import Title
from crm.domain.kpi import Figure, Unit

FIGURES: Mapping[str, Title] = {
    "offered": Title("进线请求(人工)", "Callers offered"),
    "handled": Title("接听通话", "Conversations"),
    "handled_per_hour": Title("每登录小时接听量", "Conversations an hour"),
    "answer_rate": Title("人工接通率", "Answer rate"),
    "service_level_20": Title("20秒服务水平", "Service level 20 s"),
    "service_level_15": Title("15秒服务水平", "Service level 15 s"),
    "speed_of_answer": Title("平均应答速度", "Speed of answer"),
    "abandonment": Title("放弃率", "Abandonment"),
    "handle_time": Title("平均处理时长", "Handle time"),
    "after_call_work": Title("平均话后时长", "After-call work"),
    "occupancy": Title("利用率", "Occupancy"),
    "adherence": Title("遵时率", "Adherence"),
    "shrinkage": Title("损耗率", "Shrinkage"),
    "first_call_resolution": Title("一次解决率", "Solved at the first call"),
    "transfer_rate": Title("转接率", "Transfers"),
    "containment": Title("IVR自助率", "Ended in the menu"),
    "csat": Title("满意度", "Satisfaction"),
    "survey_response": Title("评价参与率", "Surveys answered"),
    "net_promoters": Title("净推荐值", "Net promoter score"),
    "complaint_rate": Title("万通投诉率", "Complaints in 10,000 calls"),
    "valid_complaint_rate": Title("万通有效投诉率", "Found complaints in 10,000"),
    "in_time": Title("及时率", "Told in time"),
    "closure": Title("办结率", "Closed"),
    "repeat_complaints": Title("重复投诉率", "Repeated complaints"),
    "return_visits": Title("回访率", "Return visits made"),
    "complaint_satisfaction": Title("投诉处理满意度", "Satisfied with the handling"),
    "quality_score": Title("质检得分", "Quality score"),
    "fatal_free": Title("无致命项率", "Without a fatal item"),
    "knowledge_test": Title("业务知识测试", "Knowledge test"),
    "attendance": Title("出勤率", "Attendance"),
}
NOTHING = "–"
_SECOND = Title("秒", "s")
_LONG = 100


def name(figure: str, language: str) -> str:
    """What a figure is called."""
    return FIGURES[figure].title(language)


def shown(figure: Figure, language: str) -> str:
    """A figure's value as people read it; a dash where there was nothing to divide by."""
    return amount(figure.value, figure.unit, language)


def amount(value: Fraction | None, unit: Unit, language: str) -> str:
    """A value of a unit as people read it."""
    if value is None:
        return NOTHING
    if unit is Unit.SHARE:
        return f"{_rounded(value * 100, 1)}%"
    if unit is Unit.SECONDS:
        return f"{_rounded(value, 0 if value >= _LONG else 1)} {_SECOND.title(language)}"
    if unit is Unit.COUNT:
        return _rounded(value, 0 if value.denominator == 1 else 1)
    return _rounded(value, 2 if unit is Unit.PER_10_000 else 1)


def _rounded(value: Fraction, digits: int) -> str:
    """Rounded half up, in whole numbers: what is shown must not depend on how a machine keeps a fraction."""
    scale = 10**digits
    whole = (abs(value) * scale * 2 + 1) // 2
    sign = "-" if value < 0 and whole else ""
    return f"{sign}{whole // scale:,}" + (f".{whole % scale:0{digits}d}" if digits else "")
