"""A board as tables: for a workbook, for text with commas, and on paper with its pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, Literal

from crm.documents.figure_words import NOTHING, name, shown
from crm.documents.pdf import Box, Paper
from crm.documents.sheets import Cell, Column, Picture, Table, comma_separated, workbook
from crm.domain.boards import OF_PEOPLE, OF_QUEUES, Bin, Board, Line, Look
from crm.domain.catalogue import Title
from crm.domain.kpi import Figure, Unit

_W: Mapping[str, Title] = {
    "calls": Title("话务看板", "Service board"),
    "people": Title("人员看板", "People board"),
    "summary": Title("主要指标", "Figures"),
    "figure": Title("指标", "Figure"),
    "value": Title("本期", "This period"),
    "before": Title("上期", "Period before"),
    "target": Title("目标", "Target"),
    "met": Title("达标", "Reached"),
    "yes": Title("是", "yes"),
    "no": Title("否", "no"),
    "trend": Title("走势", "Over time"),
    "date": Title("日期", "Date"),
    "offered": Title("进线请求", "Offered"),
    "answered": Title("接听", "Answered"),
    "abandoned": Title("放弃", "Abandoned"),
    "handled": Title("接听通话", "Conversations"),
    "level": Title("20秒服务水平", "Service level 20 s"),
    "time": Title("平均处理时长(秒)", "Handle time (s)"),
    "heat": Title("分时进线(各星期同一小时的平均)", "Callers by hour and weekday (mean)"),
    "heat_level": Title("分时20秒服务水平", "Service level by hour and weekday"),
    "hour": Title("时", "Hour"),
    "waits": Title("接听前等待时长分布", "How long the answered waited"),
    "talks": Title("通话时长分布", "How long conversations lasted"),
    "scores": Title("质检得分分布", "How quality scores are spread"),
    "seconds": Title("秒", "Seconds"),
    "points": Title("分", "Points"),
    "count": Title("数量", "Count"),
    "share": Title("占比", "Share"),
    "running": Title("累计占比", "Running share"),
    "reasons": Title("来电原因(帕累托)", "Why customers called (Pareto)"),
    "reason": Title("原因", "Reason"),
    "queues": Title("按队列", "By queue"),
    "queue": Title("队列", "Queue"),
    "teams": Title("按班组", "By section"),
    "team": Title("班组", "Section"),
    "staff": Title("按人员", "By person"),
    "person": Title("人员", "Person"),
    "note": Title(
        "等待自进入队列起计;5秒内放弃不计;分母为零显示“–”。",
        "Waits count from queue entry; who gave up within 5 seconds is not counted; nothing to divide by shows –.",
    ),
    "empty": Title("此期间没有数据。", "Nothing was counted in this time."),
}
WEEKDAYS = (
    Title("周一", "Mon"), Title("周二", "Tue"), Title("周三", "Wed"), Title("周四", "Thu"), Title("周五", "Fri"),
    Title("周六", "Sat"), Title("周日", "Sun"),
)  # fmt: skip
_FORMS: Mapping[Unit, Literal["count", "share", "decimal", "money"]] = {
    Unit.COUNT: "decimal", Unit.SHARE: "share", Unit.SECONDS: "decimal", Unit.POINTS: "decimal",
    Unit.PER_10_000: "money", Unit.NET: "decimal",
}  # fmt: skip
_WHOLE = frozenset({"offered", "handled"})
_MOST_BARS = 15


class Words:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str) -> str:
        """The word."""
        return _W[key].title(self.language)


def heading(look: Look, language: str) -> str:
    """What a board is called, with what it is narrowed to."""
    narrowed = look.choice.queue or look.team_titles.get(language, "")
    title = Words(language)(str(look.board))
    return f"{title} · {narrowed}" if narrowed else title


def label(one: Bin) -> str:
    """From where to where a bin goes."""
    return f"{one.low}–{one.high}" if one.high is not None else f"≥ {one.low}"


def reason_title(look: Look, key: str, language: str) -> str:
    """What a reason is called."""
    known = look.reason_titles.get(key)
    return key if known is None else known[1 if language == "en" else 0]


def line_title(line: Line, language: str) -> str:
    """What a line of a table is called."""
    return line.titles.get(language, "") or line.key


def _cell(figure: Figure, *, whole: bool = False) -> Cell:
    value = figure.value
    if value is None:
        return NOTHING
    return int(value) if whole else float(value)


def tables(look: Look, language: str) -> list[Table]:
    """All that the board says, as tables."""
    word = Words(language)
    found = [_summary(look, word), _trend(look, word)]
    if look.cells:
        found += [_heat(look, word, level=False), _heat(look, word, level=True)]
    found += [
        _spread(word, key, bins)
        for key, bins in (("waits", look.waits), ("talks", look.talks), ("scores", look.scores))
        if any(one.count for one in bins)
    ]
    if look.reasons:
        found.append(_reasons(look, word))
    for key, head, names, lines in (
        ("queues", "queue", OF_QUEUES, look.queues),
        ("teams", "team", OF_PEOPLE, look.teams),
        ("staff", "person", OF_PEOPLE, look.people),
    ):
        if lines:
            found.append(_lines(word, word(key), word(head), names, lines))
    return found


def _summary(look: Look, word: Words) -> Table:
    def limit(value: Fraction | None, unit: Unit, sign: str) -> str:
        if value is None:
            return ""
        return f"{sign} {shown(Figure(value.numerator, value.denominator, unit), word.language)}"

    rows: list[list[Cell]] = []
    for one in look.headlines:
        unit, target = one.figure.unit, one.target
        wanted = "" if target is None else f"{limit(target.low, unit, '≥')} {limit(target.high, unit, '≤')}".strip()
        met = {None: "", True: word("yes"), False: word("no")}[one.met]
        rows.append([
            name(one.name, word.language), shown(one.figure, word.language), shown(one.before, word.language), wanted,
            met,
        ])  # fmt: skip
    heads = [Column(word("figure"), width=26), *(Column(word(key)) for key in ("value", "before", "target", "met"))]
    notes = (f"{look.choice.first} – {look.choice.last}", word("note"))
    return Table(word("summary"), heading(look, word.language), heads, rows, notes)


def _trend(look: Look, word: Words) -> Table:
    if look.board is Board.CALLS and not look.choice.team:
        counted = (Column(word(one), "count") for one in ("offered", "answered", "abandoned"))
        heads = [Column(word("date"), "date"), *counted, Column(word("level"), "share")]
        rows: list[list[Cell]] = [
            [step, _cell(of["offered"], whole=True), answered(of), abandoned(of), _cell(of["service_level_20"])]
            for step, of in look.trend
        ]
        return Table(word("trend"), word("trend"), heads, rows, (), Picture("line", 1, word("trend"), most=400))
    heads = [Column(word("date"), "date"), Column(word("handled"), "count"), Column(word("time"), "decimal")]
    rows = [[step, _cell(of["handled"], whole=True), _cell(of["handle_time"])] for step, of in look.trend]
    return Table(word("trend"), word("trend"), heads, rows, (), Picture("line", 1, word("trend"), most=400))


def answered(figures: Mapping[str, Figure]) -> int:
    """How many were answered."""
    return figures["speed_of_answer"].denominator


def abandoned(figures: Mapping[str, Figure]) -> int:
    """How many gave up."""
    return int(figures["abandonment"].numerator)


def _heat(look: Look, word: Words, *, level: bool) -> Table:
    days = [one.title(word.language) for one in WEEKDAYS]
    heads = [Column(word("hour"), width=8), *(Column(day, "share" if level else "decimal", width=9) for day in days)]
    at = {(one.weekday, one.hour): one for one in look.cells}
    rows: list[list[Cell]] = []
    for hour in range(24):
        row: list[Cell] = [f"{hour:02d}"]
        for weekday in range(7):
            one = at[weekday, hour]
            value = one.level.value if level else one.offered
            row.append(NOTHING if value is None else float(value))
        rows.append(row)
    title = word("heat_level" if level else "heat")
    return Table(title, title, heads, rows, shaded=True)


def _spread(word: Words, key: str, bins: Sequence[Bin]) -> Table:
    unit = word("points" if key == "scores" else "seconds")
    heads = [Column(unit), Column(word("count"), "count"), Column(word("running"), "share")]
    rows: list[list[Cell]] = [
        [label(one), one.count, NOTHING if one.running is None else float(one.running)] for one in bins
    ]
    return Table(word(key), word(key), heads, rows, (), Picture("column", 1, word(key), line=2))


def _reasons(look: Look, word: Words) -> Table:
    heads = [Column(word("reason"), width=30), Column(word("count"), "count"), Column(word("share"), "share"),
             Column(word("running"), "share")]  # fmt: skip
    rows: list[list[Cell]] = [
        [reason_title(look, bar.key, word.language), bar.count, bar.share, bar.running] for bar in look.reasons
    ]
    return Table(word("reasons"), word("reasons"), heads, rows, (), Picture("column", 1, word("reasons"), line=3))


def _lines(word: Words, title: str, head: str, names: Sequence[str], lines: Sequence[Line]) -> Table:
    units = {one: lines[0].figures[one].unit for one in names}
    heads = [Column(head, width=22), *(
        Column(name(one, word.language), "count" if one in _WHOLE else _FORMS[units[one]], width=16) for one in names
    )]  # fmt: skip
    rows: list[list[Cell]] = [
        [line_title(line, word.language), *(_cell(line.figures[one], whole=one in _WHOLE) for one in names)]
        for line in lines
    ]
    return Table(title, title, heads, rows)


def board_sheets(look: Look, language: str, *, made_at: datetime) -> bytes:
    """The board as a workbook."""
    return workbook(tables(look, language), title=heading(look, language), made_at=made_at)


def board_text(look: Look, language: str) -> bytes:
    """The board as text with commas."""
    return comma_separated(tables(look, language))


def board_paper(look: Look, language: str, *, made_at: datetime) -> bytes:
    """The board as a PDF, with its pictures drawn."""
    word = Words(language)
    title = heading(look, language)
    paper = Paper(title, language=language, made_at=made_at, foot=title, landscape=True)
    paper.heading(title, 16, centred=True)
    paper.paragraph(f"{look.choice.first} – {look.choice.last}", align="C", grey=True)
    first, *rest = tables(look, language)
    paper.table([column.title for column in first.columns], [[str(cell) for cell in row] for row in first.rows],
                [4, 2, 2, 2, 1], right=(1, 2, 3))  # fmt: skip
    for table in rest:
        paper.heading(table.title)
        if table.shaded:
            _shaded(paper, table)
        elif table.picture is not None:
            _bars(paper, table)
        else:
            cells = [
                [text_of(cell, column) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows
            ]
            widths = [2.4, *([1.5] * (len(table.columns) - 1))]
            paper.table([column.title for column in table.columns], cells, widths, size=8,
                        right=range(1, len(table.columns)))  # fmt: skip
    paper.gap(4)
    paper.paragraph(word("note"), size=8.5, grey=True)
    return paper.finish()


def text_of(cell: Cell, column: Column) -> str:
    """A cell as people read it."""
    if not isinstance(cell, float):
        return f"{cell:,}" if isinstance(cell, int) else str(cell)
    return f"{cell * 100:.1f}%" if column.form == "share" else f"{cell:,.1f}"


def _bars(paper: Paper, table: Table) -> None:
    """Bars beside names, with all that the row says at their end."""
    rows = [row for row in table.rows if isinstance(row[1], int) and row[1]]
    most = max((row[1] for row in rows if isinstance(row[1], int)), default=1)
    name_room, room, high = paper.width * 0.22, paper.width * 0.46, 5.2
    for row in rows[:_MOST_BARS] if table.picture is None or table.picture.kind != "line" else rows:
        paper.room(high)
        top = paper.y
        cells = "   ".join(text_of(cell, column) for cell, column in zip(row[1:], table.columns[1:], strict=True))
        paper.text_in(Box(paper.left, top, name_room - 2, high), str(row[0]), size=9)
        length: Any = row[1]
        paper.bar(Box(paper.left + name_room, top + 1, max(room * length / most, 0.4), high - 2))
        rest = paper.left + name_room + room + 2
        paper.text_in(Box(rest, top, paper.width - name_room - room - 2, high), cells, size=8.5, align="R")
        paper.move_to(top + high)


def _shaded(paper: Paper, table: Table) -> None:
    """Hours across, weekdays down: each cell as dark as its number."""
    numbers = [cell for row in table.rows for cell in row[1:] if isinstance(cell, float)]
    most = max(numbers, default=0.0) or 1.0
    side, high = 14.0, 6.0
    width = (paper.width - side) / len(table.rows)
    paper.room(high * len(table.columns))
    top = paper.y
    for down, row in enumerate(table.rows):
        x = paper.left + side + down * width
        paper.text_in(Box(x, top, width, high), str(row[0]), size=7.5, align="C")
        for across, cell in enumerate(row[1:]):
            box = Box(x, top + high * (across + 1), width, high)
            if isinstance(cell, float):
                paper.shade(box, cell / most)
            text = text_of(cell, table.columns[across + 1]) if isinstance(cell, float) else NOTHING
            paper.text_in(box, text.removesuffix("%"), size=6.5, align="C", middle=True, shrink=5)
    for across, column in enumerate(table.columns[1:]):
        paper.text_in(Box(paper.left, top + high * (across + 1), side, high), column.title, size=8, middle=True)
    paper.move_to(top + high * (len(table.columns)) + 2)
