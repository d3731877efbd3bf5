"""Boards: key figures with pictures, for a screen, a sheet, a paper or a mail. All from the sums of the figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.departments import Department
from crm.db.people import User
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.analysis import Grain, grain_for
from crm.domain.boards import (
    HEADLINES,
    OF_PEOPLE,
    OF_QUEUES,
    Board,
    Cell,
    Choice,
    Headline,
    Line,
    Look,
    heat,
    over_time,
)
from crm.domain.errors import ForbiddenError, InvalidInputError
from crm.domain.kpi import Figure
from crm.domain.kpi_facts import Fact
from crm.domain.kpi_targets import Target
from crm.services import board_spreads, kpi_figures, kpi_questions, kpi_scheme
from crm.services.board_spreads import Span
from crm.services.kpi_figures import Row
from crm.services.kpi_questions import By, Question
from crm.services.plan import plan_in_force
from crm.services.sections import SECTION

LONGEST = timedelta(days=366 * 2)


def may_read(actor: Actor) -> bool:
    """Whether boards are for him: they show more than his own figures."""
    return not reach(actor.roles, Action.KPI_READ).isdisjoint({Relation.ANY, Relation.SECTION})


def look(session: Session, actor: Actor, board: Board, choice: Choice, *, zone: ZoneInfo, now: datetime) -> Look:
    """A board as this person may see it. Raises ForbiddenError, InvalidInputError, NotFoundError."""
    if not may_read(actor) or board is Board.COMPLAINTS:
        raise ForbiddenError("these roles do not read boards")
    if choice.last - choice.first > LONGEST:
        raise InvalidInputError("last", "must not be more than two years after the first day")
    if choice.queue and choice.team:
        raise InvalidInputError("queue", "choose a queue or a section, not both")
    by = By.TEAM if board is Board.PEOPLE else By.TOTAL
    asked = kpi_questions.allowed(session, actor, _question(choice, by))
    choice = Choice(choice.first, choice.last, choice.queue, asked.team)
    targets = kpi_scheme.current(session).scheme.targets
    return _Maker(session, actor, board, choice, zone, now).make(targets)


def _question(choice: Choice, by: By) -> Question:
    return Question(choice.first, choice.last, by, queue=choice.queue, team=choice.team)


@dataclass(frozen=True)
class _Maker:
    session: Session
    actor: Actor
    board: Board
    choice: Choice
    zone: ZoneInfo
    now: datetime

    def make(self, targets: Mapping[str, Target]) -> Look:
        session, choice, calls = self.session, self.choice, self.board is Board.CALLS
        team_id = kpi_questions.team_id(session, choice.team) if choice.team else 0
        span = Span(choice.first, choice.last, self.zone, choice.queue or "", team_id)
        reasons, titles = board_spreads.reasons(session, span)
        grain, trend = self._trend()
        return Look(
            board=self.board, choice=choice, team_titles=_sections(session).get(choice.team or "", {}),
            headlines=self._headlines(targets), grain=grain, trend=trend,
            cells=self._cells() if calls and not choice.team else (),
            waits=board_spreads.waits(session, span) if calls and not choice.team else (),
            talks=board_spreads.talks(session, span),
            scores=() if calls else board_spreads.scores(session, span),
            reasons=reasons if calls else (), reason_titles=titles,
            queues=self._queues() if calls and not choice.team else (),
            teams=() if calls else self._teams(), people=() if calls else self._people(), made_at=self.now,
        )  # fmt: skip

    def _rows(self, by: By, question: Question | None = None) -> tuple[Row, ...]:
        asked = question or _question(self.choice, by)
        return kpi_figures.answer(self.session, self.actor, asked, zone=self.zone, now=self.now)

    def _headlines(self, targets: Mapping[str, Target]) -> tuple[Headline, ...]:
        now = self._rows(By.TOTAL)[0].figures
        before = self._rows(By.TOTAL, _question(self.choice, By.TOTAL).before())[0].figures
        return tuple(Headline(name, now[name], before[name], targets.get(name)) for name in HEADLINES[self.board])

    def _trend(self) -> tuple[Grain, tuple[tuple[date, Mapping[str, Figure]], ...]]:
        grain = grain_for(self.choice.first, self.choice.last)
        question = _question(self.choice, By.DAY)
        days = {date.fromisoformat(row.key): row.counts for row in self._rows(By.DAY)}
        steps = over_time(days, self.choice.first, self.choice.last, grain)
        return grain, tuple((step, Row("", counts, question.parts).figures) for step, counts in steps.items())

    def _cells(self) -> tuple[Cell, ...]:
        hours: dict[tuple[int, int], Mapping[Fact, int]] = {}
        for row in self._rows(By.WEEKDAY_HOUR):
            weekday, _, hour = row.key.partition("-")
            hours[int(weekday) - 1, int(hour)] = row.counts
        return heat(hours, self.choice.first, self.choice.last)

    def _queues(self) -> tuple[Line, ...]:
        rows = [row for row in self._rows(By.QUEUE) if row.key]
        titles = queue_titles(self.session)
        return tuple(
            Line(row.key, titles.get(row.key, {}), {name: row.figures[name] for name in OF_QUEUES}) for row in rows
        )

    def _teams(self) -> tuple[Line, ...]:
        titles = _sections(self.session)
        return tuple(
            Line(row.key, titles.get(row.key, {}), {name: row.figures[name] for name in OF_PEOPLE})
            for row in self._rows(By.TEAM)
        )

    def _people(self) -> tuple[Line, ...]:
        called = {
            username: name or username
            for username, name in self.session.execute(select(User.username, User.display_name))
        }
        lines = [
            Line(row.key, dict.fromkeys(("zh", "en"), called[row.key]), {name: row.figures[name] for name in OF_PEOPLE})
            for row in self._rows(By.AGENT)
        ]
        return tuple(sorted(lines, key=lambda one: (-_worth(one.figures["handled"]), one.key)))


def _worth(figure: Figure) -> Fraction:
    return figure.value or Fraction(0)


def _sections(session: Session) -> dict[str, dict[str, str]]:
    rows = session.execute(
        select(Department.code, Department.name_zh, Department.name_en).where(Department.kind == SECTION)
    )
    return {row.code: {"zh": row.name_zh, "en": row.name_en} for row in rows}


def queue_titles(session: Session) -> dict[str, dict[str, str]]:
    """What queues are called."""
    plan = plan_in_force(session)
    return {one.name: {"zh": one.title_zh, "en": one.title_en} for one in plan.queues} if plan else {}


def sections_of(session: Session, actor: Actor) -> dict[str, dict[str, str]]:
    """The sections that he can choose from."""
    known = _sections(session)
    if Relation.ANY in reach(actor.roles, Action.KPI_READ):
        return known
    own = kpi_questions.section_of(session, actor.user_id)
    return known if own is None else {own.code: known[own.code]}


def queues_of(session: Session, actor: Actor, choice: Choice, *, zone: ZoneInfo, now: datetime) -> list[str]:
    """The queues that he can choose from: those that had anything in this time."""
    asked = Question(choice.first, choice.last, By.QUEUE)
    return [row.key for row in kpi_figures.answer(session, actor, asked, zone=zone, now=now) if row.key]
