"""The files of a scheduled report: a board or the analysis of complaints, as one person may see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm.documents import board_report
from crm.documents.analysis_report import heading, report_paper, report_sheets, report_tables
from crm.documents.sheets import comma_separated
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.boards import Board, Choice
from crm.domain.errors import ForbiddenError
from crm.domain.file_types import PDF, XLSX
from crm.services import analysis_reports, boards, kpi_questions
from crm.services.kpi_questions import By, Question
from crm.services.statistics import Slice

FORMATS: Mapping[str, str] = {
    "xlsx": XLSX.media_type,
    "pdf": PDF.media_type,
    "csv": "text/csv",
}
"""Form → its media type."""


@dataclass(frozen=True)
class Wanted:
    """What a report shows."""

    board: Board
    first: date
    last: date
    queue: str | None = None
    team: str | None = None


@dataclass(frozen=True)
class Made:
    """A file."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Report:
    """A report in one language: its heading and its files."""

    heading: str
    files: tuple[Made, ...]


def may_read(actor: Actor, board: Board) -> bool:
    """Whether this board is for him."""
    if board is Board.COMPLAINTS:
        return Relation.ANY in reach(actor.roles, Action.ANALYSIS_READ)
    return boards.may_read(actor)


def make(
    session: Session, actor: Actor, wanted: Wanted, forms: tuple[str, ...], language: str, *, zone: ZoneInfo,
    now: datetime,
) -> Report:  # fmt: skip
    """The report as this person may see it. Raises ForbiddenError, InvalidInputError, NotFoundError."""
    if not may_read(actor, wanted.board):
        raise ForbiddenError("these roles do not read this")
    if wanted.board is Board.COMPLAINTS:
        return _complaints(session, wanted, forms, language, now)
    choice = Choice(wanted.first, wanted.last, wanted.queue, wanted.team)
    look = boards.look(session, actor, wanted.board, choice, zone=zone, now=now)
    makers = {
        "xlsx": lambda: board_report.board_sheets(look, language, made_at=now),
        "pdf": lambda: board_report.board_paper(look, language, made_at=now),
        "csv": lambda: board_report.board_text(look, language),
    }
    files = tuple(Made(_name(wanted, form, language), FORMATS[form], makers[form]()) for form in forms)
    return Report(board_report.heading(look, language), files)


def team_for(session: Session, actor: Actor, wanted: Wanted) -> str:
    """The section that he is shown: the wanted one, or his own where he reads no other. Raises ForbiddenError."""
    if not may_read(actor, wanted.board):
        raise ForbiddenError("these roles do not read this")
    if wanted.board is Board.COMPLAINTS:
        return ""
    by = By.TEAM if wanted.board is Board.PEOPLE else By.TOTAL
    asked = Question(wanted.first, wanted.last, by, queue=wanted.queue, team=wanted.team)
    return kpi_questions.allowed(session, actor, asked).team or ""


def _complaints(session: Session, wanted: Wanted, forms: tuple[str, ...], language: str, now: datetime) -> Report:
    part = Slice(wanted.first, wanted.last)
    document = analysis_reports.at_once(session, part)
    makers = {
        "xlsx": lambda: report_sheets(document, language, made_at=now),
        "pdf": lambda: report_paper(document, language, made_at=now),
        "csv": lambda: comma_separated(report_tables(document, language)),
    }
    files = tuple(Made(_name(wanted, form, language), FORMATS[form], makers[form]()) for form in forms)
    return Report(heading(document, language), files)


def _name(wanted: Wanted, form: str, language: str) -> str:
    return f"{wanted.board}-{wanted.first}-{wanted.last}-{language}.{form}"
