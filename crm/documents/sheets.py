"""Tables as workbooks (the only door to XlsxWriter), each with a picture where one helps, and as text with commas.

What customers wrote is text and nothing else: a cell that begins with = + - or @ is never a formula, and nothing is
made a link.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

import xlsxwriter

Cell = str | int | float | date | None
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MOST_NAME = 31
_MOST_CELL = 32_000
_FORMATS = {
    "count": "#,##0",
    "share": "0.0%",
    "decimal": "#,##0.0",
    "money": "#,##0.00",
    "date": "yyyy-mm-dd",
    "text": "@",
}


@dataclass(frozen=True)
class Column:
    """A column. ``form``: text, count, share (a part of 1), decimal, money, date."""

    title: str
    form: Literal["text", "count", "share", "decimal", "money", "date"] = "text"
    width: float = 14


@dataclass(frozen=True)
class Picture:
    """A chart beside a table: the first column named the things, ``column`` counts them; ``line`` runs over it."""

    kind: Literal["bar", "column", "line"]
    column: int
    title: str
    line: int | None = None
    most: int = 20


@dataclass(frozen=True)
class Table:
    """A sheet: its title and notes, then a table."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = field(default_factory=tuple)
    picture: Picture | None = None
    shaded: bool = False
    """all columns but the first are coloured by their numbers: a heat map"""


def workbook(tables: Sequence[Table], *, title: str, made_at: datetime) -> bytes:
    """An .xlsx file. The same content makes the same file."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(target, options)
    book.set_properties({"title": title, "author": "Huiyin", "created": made_at.astimezone(UTC).replace(tzinfo=None)})
    forms = {name: book.add_format({"num_format": form}) for name, form in _FORMATS.items()}
    forms["text"].set_text_wrap()
    forms["text"].set_align("top")
    heads = book.add_format({"bold": True, "bg_color": "#E3EDF8", "border": 1, "text_wrap": True, "valign": "top"})
    big = book.add_format({"bold": True, "font_size": 14})
    names: set[str] = set()
    for table in tables:
        _sheet(book, table, _sheet_name(table.name, names), forms, heads, big)
    book.close()
    return target.getvalue()


def _sheet_name(wanted: str, taken: set[str]) -> str:
    plain = wanted.translate(_FORBIDDEN).strip().strip("'")[:_MOST_NAME] or "Sheet"
    name, number = plain, 2
    while name.lower() in taken:
        name = f"{plain[: _MOST_NAME - 3]} {number}"
        number += 1
    taken.add(name.lower())
    return name


def _sheet(book: Any, table: Table, name: str, forms: dict[str, Any], heads: Any, big: Any) -> None:
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, table.title, big)
    for number, note in enumerate(table.notes):
        sheet.write_string(1 + number, 0, note)
    top = 2 + len(table.notes)
    for at, column in enumerate(table.columns):
        sheet.set_column(at, at, column.width)
        sheet.write_string(top, at, column.title, heads)
    for down, row in enumerate(table.rows, start=top + 1):
        for at, (value, column) in enumerate(zip(row, table.columns, strict=True)):
            _cell(sheet, down, at, value, forms[column.form])
    if table.shaded and table.rows:
        scale = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#4F94D4"}
        sheet.conditional_format(top + 1, 1, top + len(table.rows), len(table.columns) - 1, scale)
    sheet.freeze_panes(top + 1, 0)
    if table.rows:
        sheet.autofilter(top, 0, top + len(table.rows), len(table.columns) - 1)
    if table.picture is not None and table.rows:
        _chart(book, sheet, table, name, top)


def _cell(sheet: Any, down: int, at: int, value: Cell, form: Any) -> None:
    if value is None:
        sheet.write_blank(down, at, None, form)
    elif isinstance(value, str):
        sheet.write_string(down, at, value[:_MOST_CELL], form)
    elif isinstance(value, date):
        sheet.write_datetime(down, at, datetime(value.year, value.month, value.day), form)  # noqa: DTZ001 (a day)
    else:
        sheet.write_number(down, at, value, form)


def comma_separated(tables: Sequence[Table]) -> bytes:
    """The same tables as text with commas, one below the other, as spreadsheets read it (UTF-8 with its mark).

    A text that a spreadsheet would take for a formula gets an apostrophe before it; a number stays one.
    """
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    for number, table in enumerate(tables):
        if number:
            writer.writerow([])
        writer.writerow([harmless(table.title)])
        writer.writerows([harmless(note)] for note in table.notes)
        writer.writerow([harmless(column.title) for column in table.columns])
        for row in table.rows:
            writer.writerow([_plain(value, column) for value, column in zip(row, table.columns, strict=True)])
    return target.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """A text that no spreadsheet calculates: it may begin with = + - @, a tab or a line's end, after spaces too."""
    return f"'{text}" if text.lstrip(" ").startswith(_BEGINS_FORMULA) else text


def _plain(value: Cell, column: Column) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(value[:_MOST_CELL])
    if isinstance(value, float):
        return f"{value:.4f}" if column.form == "share" else f"{value:.2f}"
    return str(value)


def _chart(book: Any, sheet: Any, table: Table, name: str, top: int) -> None:
    picture = table.picture
    if picture is None:
        return
    last = top + min(len(table.rows), picture.most)
    chart = book.add_chart({"type": picture.kind})

    def series(column: int) -> dict[str, Any]:
        return {
            "name": table.columns[column].title,
            "categories": [name, top + 1, 0, last, 0],
            "values": [name, top + 1, column, last, column],
        }

    chart.add_series(series(picture.column))
    if picture.line is not None:
        running = book.add_chart({"type": "line"})
        running.add_series({**series(picture.line), "y2_axis": True})
        running.set_y2_axis({"max": 1, "num_format": "0%"})
        chart.combine(running)
    if picture.kind == "bar":
        chart.set_y_axis({"reverse": True})
    chart.set_title({"name": picture.title})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 640, "height": 380})
    sheet.insert_chart(top, len(table.columns) + 1, chart)
