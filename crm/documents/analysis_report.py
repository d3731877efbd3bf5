"""Figures of complaints as sheets and on paper: the monthly report, the yearly disclosure, and what the page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from crm.documents.pdf import Box, Paper
from crm.documents.sheets import Cell, Column, Picture, Table, workbook
from crm.domain.axes import STANDARD, TITLES, Axis, title
from crm.domain.catalogue import Title

_W: Mapping[str, Title] = {
    "month": Title("客户投诉分析月报", "Monthly report on complaints"),
    "year": Title("年度消费投诉情况披露表", "Yearly disclosure of complaints"),
    "now": Title("客户投诉分析", "Analysis of complaints"),
    "summary": Title("概况", "Summary"),
    "item": Title("项目", "Item"),
    "value": Title("本期", "This period"),
    "before": Title("上期", "Period before"),
    "year_ago": Title("上年同期", "A year ago"),
    "received": Title("受理投诉(件)", "Complaints received"),
    "closed": Title("办结(件)", "Closed"),
    "closure_rate": Title("办结率", "Share closed"),
    "told": Title("已告知处理结果(件)", "Told the result"),
    "in_time_rate": Title("及时率", "Told in time"),
    "late_open": Title("逾期未告知(件)", "Overdue, not told"),
    "cost": Title("补偿与减免金额(元)", "Cost of solutions (yuan)"),
    "name": Title("名称", "Name"),
    "count": Title("件数", "Count"),
    "share": Title("占比", "Share"),
    "running": Title("累计占比", "Running share"),
    "change": Title("环比", "Change"),
    "causes": Title("根本原因(帕累托)", "Root causes (Pareto)"),
    "unknown": Title("另有 {n} 件尚未查明根本原因。", "Of {n} more the root cause is not known yet."),
    "line": Title("受理量走势", "Received over time"),
    "date": Title("日期", "Date"),
    "outlook": Title("未来四周预测", "Outlook for four weeks"),
    "week": Title("周(周一)", "Week (Monday)"),
    "expected": Title("预计", "Expected"),
    "low": Title("下限", "Low"),
    "high": Title("上限", "High"),
    "error": Title("此前每次预测一周的平均偏差:{n}", "So far such forecasts of one week were off by {n} on average."),
    "topics": Title("热点词", "Hot topics"),
    "word": Title("词", "Word"),
    "hits": Title("近7日件数", "Last 7 days"),
    "hits_before": Title("此前28日件数", "28 days before"),
    "alarms": Title("突增预警", "Alarms"),
    "axis": Title("维度", "Counted by"),
    "state": Title("状态", "State"),
    "emergencies": Title("应急事件", "Emergencies"),
    "number": Title("编号", "Number"),
    "tickets": Title("涉及工单", "Tickets"),
    "plans": Title("整改措施", "Rectification plans"),
    "owner": Title("责任人", "Owner"),
    "due": Title("期限", "Due"),
    "effect": Title("整改前/后件数", "Before / after"),
    "all": Title("全部投诉", "All complaints"),
    "standard": Title(
        "业务类别、原因、渠道按 JR/T 0169-2018 的分类名称统计;分类编码未经核对,未填列。",
        "Business, reason and channel are counted by the labels of JR/T 0169-2018; its numeric codes were not verified "
        "and are left out.",
    ),
    "frozen": Title(
        "数据于 {at} 固化,第 {edition} 版,SHA-256 {hash}", "Frozen at {at}, edition {edition}, SHA-256 {hash}"
    ),
    "open": Title("未决", "Not decided"),
}
_STATES: Mapping[str, Title] = {
    "new": Title("未决", "Not decided"),
    "dismissed": Title("无需处理", "No cause for action"),
    "acted": Title("已采取措施", "Acted upon"),
    "open": Title("处置中", "On"),
    "reported": Title("待签批", "Report to be signed"),
    "closed": Title("已结束", "Over"),
    "stood_down": Title("误报解除", "Was none"),
    "planned": Title("计划中", "Planned"),
    "working": Title("进行中", "Being carried out"),
    "done": Title("已完成待检验", "Done, effect not checked"),
    "effective": Title("有效", "Effective"),
    "ineffective": Title("无效", "Not effective"),
}
_MOST_BARS = 12


class Words:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, **given: object) -> str:
        """The word, with what is filled in."""
        text = _W[key].title(self.language)
        for name, value in given.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def state(self, key: str) -> str:
        """The word of a state."""
        return _STATES[key].title(self.language) if key in _STATES else key

    def of(self, axis: str, key: str) -> str:
        """What people read for a key of an axis."""
        if axis == "all":
            return self("all")
        return title(Axis(axis), key, self.language) if axis in set(Axis) else key

    def axis(self, axis: str) -> str:
        """The name of an axis."""
        if axis == "all":
            return self("all")
        return TITLES[Axis(axis)].title(self.language) if axis in set(Axis) else axis


def heading(document: Mapping[str, Any], language: str) -> str:
    """What a report is called."""
    word = Words(language)
    return f"{word(str(document.get('span', 'now')))} {document['period']}"


def percent(part: float | None) -> str:
    """A share as people read it; a dash where there is none."""
    return "–" if part is None else f"{part * 100:.1f}%"


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _figures(totals: Mapping[str, int]) -> dict[str, float | int | None]:
    return {
        "received": totals["received"],
        "closed": totals["closed"],
        "closure_rate": _ratio(totals["closed"], totals["received"]),
        "told": totals["told"],
        "in_time_rate": _ratio(totals["told_in_time"], totals["told"] + totals["late_open"]),
        "late_open": totals["late_open"],
        "cost": totals["cost_fen"] / 100,
    }


def _shown(name: str, value: float | None) -> str:
    if name.endswith("_rate"):
        return percent(value)
    return f"{value:,.2f}" if name == "cost" else f"{value:,.0f}"


def summary_rows(document: Mapping[str, Any], language: str) -> list[tuple[str, str, str, str]]:
    """The sums beside those of the period before and of a year ago."""
    word = Words(language)
    columns = [_figures(document[name]) for name in ("totals", "before", "year_ago")]
    return [(word(name), *(_shown(name, column[name]) for column in columns)) for name in columns[0]]  # type: ignore[misc]  # four of them


def axis_rows(document: Mapping[str, Any], axis: Axis, language: str) -> list[tuple[str, int, float, int]]:
    """Name, count, share and count before of each key of an axis."""
    rows = document["by"][str(axis)]
    total = sum(count for _key, count, _before in rows)
    return [(title(axis, key, language), count, count / total if total else 0.0, before) for key, count, before in rows]


def cause_rows(document: Mapping[str, Any], language: str) -> list[tuple[str, int, float, float]]:
    """Name, count, share and running share of each root cause."""
    rows, running, found = document["causes"], 0, []
    total = sum(count for _key, count in rows)
    for key, count in rows:
        running += count
        found.append((title(Axis.CAUSE, key, language), count, count / total, running / total))
    return found


def report_sheets(document: Mapping[str, Any], language: str, *, made_at: datetime, seal: str = "") -> bytes:
    """The report as a workbook: a sheet a table, with pictures."""
    return workbook(report_tables(document, language, seal), title=heading(document, language), made_at=made_at)


def report_tables(document: Mapping[str, Any], language: str, seal: str = "") -> list[Table]:
    """All that the report says, as tables."""
    word = Words(language)
    name = heading(document, language)
    notes = tuple(note for note in (f"{document['first']} – {document['last']}", word("standard"), seal) if note)
    heads = [Column(word("item"), width=30), *(Column(word(one)) for one in ("value", "before", "year_ago"))]
    rows: list[Sequence[Cell]] = list(summary_rows(document, language))
    tables = [Table(word("summary"), name, heads, rows, notes)]
    tables += [_axis_table(document, axis, word) for axis in map(Axis, document["by"])]
    return [*tables, _cause_table(document, word), _line_table(document, word), *_lists(document, word)]


def _axis_table(document: Mapping[str, Any], axis: Axis, word: Words) -> Table:
    called = TITLES[axis].title(word.language)
    columns = [Column(called, width=30), Column(word("count"), "count"), Column(word("share"), "share"),
               Column(word("before"), "count")]  # fmt: skip
    rows = axis_rows(document, axis, word.language)
    notes = (word("standard"),) if axis in STANDARD else ()
    return Table(called, called, columns, rows, notes, Picture("bar", 1, called))


def _cause_table(document: Mapping[str, Any], word: Words) -> Table:
    columns = [Column(word("name"), width=30), Column(word("count"), "count"), Column(word("share"), "share"),
               Column(word("running"), "share")]  # fmt: skip
    unknown = document.get("causes_unknown", 0)
    notes = (word("unknown", n=unknown),) if unknown else ()
    rows = cause_rows(document, word.language)
    return Table(word("causes"), word("causes"), columns, rows, notes, Picture("column", 1, word("causes"), line=3))


def _line_table(document: Mapping[str, Any], word: Words) -> Table:
    columns = [Column(word("date")), Column(word("count"), "count")]
    return Table(word("line"), word("line"), columns, document["line"], (), Picture("line", 1, word("line"), most=400))


def _lists(document: Mapping[str, Any], word: Words) -> list[Table]:
    found = []
    for key, heads, rows in _list_parts(document, word):
        if rows:
            columns = [Column(head, width=28 if at == 0 else 16) for at, head in enumerate(heads)]
            found.append(Table(word(key), word(key), columns, rows))
    return found


def _list_parts(document: Mapping[str, Any], word: Words) -> list[tuple[str, list[str], list[list[str]]]]:
    def texts(*values: object) -> list[str]:
        return [str(value) for value in values]

    get = document.get
    outlook = [texts(week, *(f"{value:.1f}" for value in values)) for week, *values in get("outlook", ())]
    topics = [texts(*row) for row in get("topics", ())]
    alarms = [
        texts(day, word.axis(axis), word.of(axis, key), observed, f"{expected:.1f}", word.state(state))
        for axis, key, day, observed, expected, state in get("alarms", ())
    ]
    emergencies = [
        texts(number, name, word.state(state), at[:16].replace("T", " "), tickets)
        for number, _trigger, name, state, at, tickets in get("emergencies", ())
    ]
    plans = [
        texts(name, owner, due, word.state(state), "–" if before is None else f"{before} / {after}")
        for name, _kind, owner, due, state, before, after in get("plans", ())
    ]
    return [
        ("outlook", [word("week"), word("expected"), word("low"), word("high")], outlook),
        ("topics", [word("word"), word("hits"), word("hits_before")], topics),
        ("alarms", [word("date"), word("axis"), word("name"), word("count"), word("expected"), word("state")], alarms),
        ("emergencies", [word("number"), word("name"), word("state"), word("date"), word("tickets")], emergencies),
        ("plans", [word("name"), word("owner"), word("due"), word("state"), word("effect")], plans),
    ]


def report_paper(document: Mapping[str, Any], language: str, *, made_at: datetime, seal: str = "") -> bytes:
    """The report as a PDF, with bars drawn beside the figures."""
    word = Words(language)
    name = heading(document, language)
    paper = Paper(name, language=language, made_at=made_at, foot=name)
    paper.heading(name, 16, centred=True)
    paper.paragraph(f"{document['first']} – {document['last']}", align="C", grey=True)
    paper.heading(word("summary"))
    heads = [word("item"), word("value"), word("before"), word("year_ago")]
    paper.table(heads, summary_rows(document, language), [4, 2, 2, 2], right=(1, 2, 3))
    for axis in map(Axis, document["by"]):
        rows = axis_rows(document, axis, language)
        if any(count for _name, count, _share, _before in rows):
            paper.heading(TITLES[axis].title(language))
            _bars(paper, [(label, count, f"{count}  {percent(share)}") for label, count, share, _before in rows])
    causes = cause_rows(document, language)
    if causes:
        paper.heading(word("causes"))
        _bars(
            paper,
            [(label, count, f"{count}  {percent(share)}  Σ {percent(run)}") for label, count, share, run in causes],
        )
    if document.get("causes_unknown"):
        paper.paragraph(word("unknown", n=document["causes_unknown"]), size=9, grey=True)
    for key, columns, listed in _list_parts(document, word):
        if listed:
            paper.heading(word(key))
            paper.table(columns, listed, [3, *([2] * (len(columns) - 1))])
    if document.get("outlook_error") is not None:
        paper.paragraph(word("error", n=percent(document["outlook_error"])), size=9, grey=True)
    paper.gap(4)
    paper.paragraph(word("standard"), size=8.5, grey=True)
    if seal:
        paper.paragraph(seal, size=8.5, grey=True)
    return paper.finish()


def _bars(paper: Paper, rows: Sequence[tuple[str, int, str]]) -> None:
    """Bars beside names, as long as their counts."""
    most = max((count for _name, count, _text in rows), default=0) or 1
    label, room, high = paper.width * 0.34, paper.width * 0.42, 5.2
    for name, count, text in [row for row in rows if row[1]][:_MOST_BARS]:
        paper.room(high)
        top = paper.y
        paper.text_in(Box(paper.left, top, label - 2, high), name, size=9)
        paper.bar(Box(paper.left + label, top + 1, max(room * count / most, 0.4), high - 2))
        rest = paper.left + label + room + 2
        paper.text_in(Box(rest, top, paper.width - label - room - 2, high), text, size=9, align="R")
        paper.move_to(top + high)


def seal_line(language: str, *, at: str, edition: int, sha256: str) -> str:
    """The line that says when figures were frozen, and their hash."""
    return Words(language)("frozen", at=at, edition=edition, hash=sha256)
