"""The closing report of an emergency on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.documents.pdf import Box, Paper
from crm.domain.catalogue import Title
from crm.domain.emergency import REPORT_PARTS, Trigger

_TRIGGERS = {
    Trigger.GROUP: Title("20人以上同一原因投诉", "Twenty people or more, one cause"),
    Trigger.DISASTER: Title("灾害、事故或公共卫生事件", "Disaster, accident or public health"),
    Trigger.REGULATOR: Title("监管部门认定的重大投诉", "Called major by the regulator"),
    Trigger.SYSTEM_FAULT: Title("系统故障", "Failure of a system"),
    Trigger.LEAK: Title("客户信息泄露", "Leak of customers' data"),
    Trigger.MEDIA: Title("媒体舆情", "The media"),
    Trigger.HARM: Title("人身安全威胁", "Threat of harm"),
    Trigger.ESCALATION: Title("投诉升级", "Escalated complaint"),
    Trigger.OTHER: Title("其他", "Something else"),
}
_PARTS = {
    "course": Title("一、事件经过", "1. What happened when"),
    "cause": Title("二、原因", "2. Why it happened"),
    "effect": Title("三、影响范围", "3. Whom and how much it touched"),
    "measures": Title("四、处置措施", "4. What was done"),
    "customers": Title("五、对客户的告知", "5. What customers were told"),
    "lessons": Title("六、整改措施", "6. What is changed so that it does not happen again"),
}
_WORDS = {
    "title": Title("应急事件总结报告", "Closing report of an emergency"),
    "number": Title("编号", "Number"),
    "what": Title("事件", "Event"),
    "trigger": Title("启动原因", "Trigger"),
    "declared": Title("启动时间", "Declared"),
    "by": Title("启动人", "Declared by"),
    "whole": Title("应急小组到位", "Team complete"),
    "tickets": Title("涉及工单", "Tickets concerned"),
    "ended": Title("结束时间", "Ended"),
    "team": Title("应急小组", "Team"),
    "bulletins": Title("信息通报", "Bulletins"),
    "seat": Title("职责", "Seat"),
    "person": Title("人员", "Person"),
    "at": Title("时间", "Time"),
    "said": Title("内容", "Text"),
    "author": Title("撰写人", "Written by"),
    "signed": Title("签批人", "Signed by"),
    "none": Title("(未填写)", "(not written yet)"),
    "draft": Title("草稿,尚未签批", "Draft, not signed yet"),
    "leak": Title("向人民银行报告", "Reported to the central bank"),
}


@dataclass(frozen=True)
class ReportSheet:
    """What stands on it; times as they are read."""

    number: str
    trigger: str
    title: str
    declared_at: str
    declared_by: str
    complete_at: str
    tickets: int
    ended_at: str
    situation: str
    team: Sequence[tuple[Title, str, str]]
    """seat, person, time"""
    bulletins: Sequence[tuple[str, str]]
    report: dict[str, str]
    author: str
    signer: str
    leak: str = ""


def report_paper(sheet: ReportSheet, language: str, *, made_at: datetime) -> bytes:
    """The report as a PDF; marked as a draft while nobody has signed it."""

    def word(key: str) -> str:
        return _WORDS[key].title(language)

    paper = Paper(f"{word('title')} {sheet.number}", language=language, made_at=made_at, foot=sheet.number)
    paper.heading(word("title"), 16, centred=True)
    if not sheet.signer:
        paper.paragraph(word("draft"), align="C", grey=True)
    paper.gap(2)
    trigger = _TRIGGERS[Trigger(sheet.trigger)].title(language)
    facts = [
        (word("number"), sheet.number), (word("what"), sheet.title), (word("trigger"), trigger),
        (word("declared"), sheet.declared_at), (word("by"), sheet.declared_by), (word("whole"), sheet.complete_at),
        (word("tickets"), str(sheet.tickets)), (word("ended"), sheet.ended_at),
    ]  # fmt: skip
    paper.facts([*facts, (word("leak"), sheet.leak)] if sheet.leak else facts)
    paper.gap(2)
    paper.paragraph(sheet.situation)
    paper.heading(word("team"))
    rows = [(seat.title(language), person, at) for seat, person, at in sheet.team]
    paper.table([word("seat"), word("person"), word("at")], rows, [3, 3, 3])
    for part in REPORT_PARTS:
        paper.heading(_PARTS[part].title(language))
        paper.paragraph(sheet.report.get(part, "").strip() or word("none"))
    if sheet.bulletins:
        paper.heading(word("bulletins"))
        paper.table([word("at"), word("said")], list(sheet.bulletins), [2, 8])
    paper.gap(8)
    paper.room(24)
    half = paper.width / 2
    for at, (label, name) in enumerate(((word("author"), sheet.author), (word("signed"), sheet.signer))):
        box = Box(paper.left + at * half, paper.y, half - 4, 8)
        paper.text_in(box, f"{label}: {name or '____________'}")
    return paper.finish()
