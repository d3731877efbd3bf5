"""The report of a deletion: what was deleted, by which rule, who agreed, what was kept and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.documents.pdf import Paper


@dataclass(frozen=True)
class Line:
    """A thing on the list. ``expired`` and ``outcome`` are words already."""

    label: str
    rule: str
    expired: str
    outcome: str
    detail: str


@dataclass(frozen=True)
class DeletionReport:
    """All that stands on the report."""

    language: str
    bank: str
    number: str
    kind: str
    reason: str
    proposed: str
    agreed: str
    done: str
    lines: Sequence[Line]
    made_at: datetime


_WORDS = {
    "zh": ("到期资料删除报告", "编号", "性质", "理由", "提出", "同意", "执行", "共计", "已删除", "保留",
           ("工单/录音", "依据", "到期日", "结果", "删除内容")),
    "en": ("Report of a deletion", "Number", "Kind", "Reason", "Proposed", "Agreed", "Carried out", "In all", "deleted",
           "kept", ("Ticket or recording", "Rule", "Time was over on", "Result", "What was deleted")),
}  # fmt: skip


def draw(report: DeletionReport, deleted: int) -> bytes:
    """The report as PDF."""
    title, number, kind, reason, proposed, agreed, done, total, gone, kept, heads = _WORDS.get(
        report.language, _WORDS["en"]
    )
    paper = Paper(title, language=report.language, made_at=report.made_at, foot=f"{report.bank}  {title}",
                  landscape=True)  # fmt: skip
    paper.paragraph(report.bank, size=12, align="C", grey=True)
    paper.paragraph(title, size=17, bold=True, align="C")
    paper.gap(3)
    counted = f"{len(report.lines)}; {gone} {deleted}, {kept} {len(report.lines) - deleted}"
    paper.facts(
        [(number, report.number), (kind, report.kind), (reason, report.reason), (proposed, report.proposed),
         (agreed, report.agreed), (done, report.done), (total, counted)]
    )  # fmt: skip
    paper.gap(3)
    rows = [(one.label, one.rule, one.expired, one.outcome, one.detail) for one in report.lines]
    paper.table(heads, rows, (42, 50, 32, 26, 100))
    return paper.finish()
