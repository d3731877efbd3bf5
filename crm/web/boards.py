"""Boards: key figures with pictures over time, by hour and weekday, by cause and by size; as files to take along."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import gettext as _

from crm.documents import board_report as papers
from crm.documents import figure_words
from crm.domain.access import Action
from crm.domain.analysis import vital_few
from crm.domain.boards import Bin, Board, Choice, Look, median_bin
from crm.domain.errors import InvalidInputError
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import audit
from crm.services import boards as service
from crm.web import pdf_answers
from crm.web.analysis import SHEET, file_answer
from crm.web.locale import chosen_language

boards = Blueprint("boards", __name__, url_prefix="/boards")
SPANS = (7, 30, 90)
_MOST_BARS = 15


def _today() -> date:
    return deps().now().astimezone(deps().centre.zone).date()


def asked() -> tuple[Choice, str | None]:
    """What the page is asked for, and what is wrong with the question."""
    last = _today()
    first = last - timedelta(days=29)
    try:
        first = date.fromisoformat(request.args["first"]) if request.args.get("first") else first
        last = date.fromisoformat(request.args["last"]) if request.args.get("last") else last
    except ValueError:
        return Choice(_today() - timedelta(days=29), _today()), _("Write dates as 2026-11-22.")
    queue, team = request.args.get("queue", "")[:40] or None, request.args.get("team", "")[:40] or None
    if last < first or last - first > service.LONGEST:
        return Choice(_today() - timedelta(days=29), _today(), queue, team), _(
            "The last day must not be before the first one, nor more than two years after it."
        )
    if queue and team:
        return Choice(first, last, None, team), _("Choose a queue or a section, not both.")
    return Choice(first, last, queue, team), None


def _board(name: str) -> Board:
    if name not in {Board.CALLS, Board.PEOPLE}:
        abort(404)
    return Board(name)


@boards.get("/")
def show_first() -> str:
    """The first board."""
    return show(Board.CALLS)


@boards.get("/<name>")
def show(name: str) -> str:
    """A board with its pictures, each above the table that it draws."""
    board = _board(name)
    choice, problem = asked()
    zone, now, language = deps().centre.zone, deps().now(), chosen_language()
    with deps().database.read() as session:
        try:
            found = service.look(session, actor(), board, choice, zone=zone, now=now)
        except InvalidInputError as error:
            choice, problem = Choice(choice.first, choice.last), str(error.message)
            found = service.look(session, actor(), board, choice, zone=zone, now=now)
        queues = service.queues_of(session, actor(), choice, zone=zone, now=now) if board is Board.CALLS else []
        sections = service.sections_of(session, actor())
        titles = service.queue_titles(session)
    return render_template(
        "boards.html",
        look=found,
        problem=problem,
        pictures=_pictures(found, language),
        tables={table.title: table for table in papers.tables(found, language)},
        says=papers.Words(language),
        figure=figure_words.name,
        shown=figure_words.shown,
        limit=lambda value, unit: figure_words.amount(value, unit, language),
        language=language,
        queues={one: titles.get(one, {}).get(language, one) for one in queues},
        sections=sections,
        spans=[(days, _today() - timedelta(days=days - 1)) for days in SPANS],
        today=_today(),
        query=_query(found.choice),
        text_of=papers.text_of,
        line_title=papers.line_title,
        vital=len(vital_few(found.reasons)),
        middle={key: median_bin(getattr(found, key)) for key in ("waits", "talks", "scores")},
        bin_label=papers.label,
        schedules=may(Action.REPORT_SCHEDULE),
    )


def _query(choice: Choice) -> dict[str, str]:
    found = {"first": choice.first.isoformat(), "last": choice.last.isoformat()}
    return found | {name: value for name, value in (("queue", choice.queue), ("team", choice.team)) if value}


def _percent(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value * 100), 1)


def _number(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 1)


def _pictures(look: Look, language: str) -> dict[str, Any]:
    word = papers.Words(language)
    found: dict[str, Any] = {"trend": _trend(look, word)}
    for key, level in (("heat", False), ("heat_level", True)):
        if look.cells:
            found[key] = _heat(look, word, key, level=level)
    for key in ("waits", "talks", "scores"):
        bins: Sequence[Bin] = getattr(look, key)
        if any(one.count for one in bins):
            found[key] = {
                "kind": "pareto", "title": word(key), "name": word("count"), "runningName": word("running"),
                "labels": [papers.label(one) for one in bins], "values": [one.count for one in bins],
                "running": [_percent(one.running) for one in bins],
            }  # fmt: skip
    if look.reasons:
        found["reasons"] = {
            "kind": "pareto", "title": word("reasons"), "name": word("count"), "runningName": word("running"),
            "labels": [papers.reason_title(look, bar.key, language) for bar in look.reasons[:_MOST_BARS]],
            "values": [bar.count for bar in look.reasons[:_MOST_BARS]],
            "running": [round(bar.running * 100, 1) for bar in look.reasons[:_MOST_BARS]],
        }  # fmt: skip
    return found


def _trend(look: Look, word: papers.Words) -> dict[str, Any]:
    labels = [step.isoformat() for step, _figures in look.trend]
    if look.board is Board.CALLS and not look.choice.team:
        target = next((one.target for one in look.headlines if one.name == "service_level_20"), None)
        low = target.low if target else None
        return {
            "kind": "trend", "title": word("trend"), "labels": labels, "name": word("answered"),
            "values": [papers.answered(of) for _step, of in look.trend], "moreName": word("abandoned"),
            "more": [papers.abandoned(of) for _step, of in look.trend], "shareName": word("level"),
            "share": [_percent(of["service_level_20"].value) for _step, of in look.trend],
            "target": _percent(low), "targetName": f"{word('target')} {_percent(low)}%" if low is not None else "",
        }  # fmt: skip
    return {
        "kind": "trend", "title": word("trend"), "labels": labels, "name": word("handled"),
        "values": [int(of["handled"].numerator) for _step, of in look.trend], "shareName": word("time"), "unit": " s",
        "share": [_number(of["handle_time"].value) for _step, of in look.trend],
    }  # fmt: skip


def _heat(look: Look, word: papers.Words, key: str, *, level: bool) -> dict[str, Any]:
    values = [
        [one.hour, one.weekday, _percent(one.level.value) if level else _number(one.offered)] for one in look.cells
    ]
    cells = values if level else [[hour, weekday, value or None] for hour, weekday, value in values]
    return {
        "kind": "heat", "title": word(key), "name": word("level" if level else "offered"), "values": [1],
        "labels": [f"{hour:02d}" for hour in range(24)], "cells": cells,
        "rows": [day.title(word.language) for day in papers.WEEKDAYS], "unit": "%" if level else "",
    }  # fmt: skip


@boards.get("/<name>.xlsx")
def sheet(name: str) -> Response:
    """A board as a workbook."""
    look = _taken(_board(name), "xlsx")
    content = papers.board_sheets(look, chosen_language(), made_at=look.made_at)
    return file_answer(content, SHEET, _name(look, "xlsx"))


@boards.get("/<name>.csv")
def text(name: str) -> Response:
    """A board as text with commas."""
    look = _taken(_board(name), "csv")
    return file_answer(papers.board_text(look, chosen_language()), "text/csv", _name(look, "csv"))


@boards.get("/<name>.pdf")
def paper(name: str) -> Response:
    """A board on paper."""
    look = _taken(_board(name), "pdf")
    content = papers.board_paper(look, chosen_language(), made_at=look.made_at)
    return pdf_answers.pdf(content, _name(look, "pdf"))


def _taken(board: Board, form: str) -> Look:
    """A board to take out of the house, which is written down."""
    choice, problem = asked()
    if problem:
        raise InvalidInputError("first", problem)
    now = deps().now()
    with deps().database.write() as session:
        found = service.look(session, actor(), board, choice, zone=deps().centre.zone, now=now)
        detail = {"format": form, **_query(found.choice)}
        audit.append(
            session, at=now, actor=actor().name, action="figures.exported", subject=f"figures:{board}", detail=detail
        )
    return found


def _name(look: Look, form: str) -> str:
    return f"{look.board}-{look.choice.first}-{look.choice.last}.{form}"
