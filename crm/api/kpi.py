"""The key figures over the API: lines of figures, what is behind each, and what each one is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Response, jsonify
from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from crm.api import kpi_schemas as schemas
from crm.api.resources import PREFIX, gives, takes
from crm.domain.errors import InvalidInputError
from crm.domain.kpi import FORMULAS, NEEDS, UNITS
from crm.domain.kpi_facts import NO_HOUR
from crm.domain.kpi_targets import BENCHMARKS, Target
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import kpi_behind, kpi_figures, kpi_questions, kpi_scheme, kpi_source_calls
from crm.services.kpi_questions import By, Question
from crm.services.paging import checked_limit

api_kpi = Blueprint("api_kpi", __name__, url_prefix=PREFIX, description="Key figures")
_WEEK = timedelta(days=6)


def day_of(text: str, field: str) -> date:
    """A day as it was asked for: a date, or the centre's day of an instant. Raises InvalidInputError."""
    try:
        if len(text) == len("2026-11-22"):
            return date.fromisoformat(text)
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise InvalidInputError(field, "must be a day like 2026-11-22") from None
    if at.tzinfo is None:
        raise InvalidInputError(field, "an instant needs a zone")
    try:
        return at.astimezone(deps().centre.zone).date()
    except OverflowError:
        raise InvalidInputError(field, "is out of range") from None


def _question(query: dict[str, Any]) -> Question:
    today = deps().now().astimezone(deps().centre.zone).date()
    last = day_of(query["last"], "to") if "last" in query else today
    first = day_of(query["first"], "from") if "first" in query else max(date.min + _WEEK, last) - _WEEK
    narrowed = {name: query.get(name) for name in ("queue", "agent", "team")}
    return Question(first, last, By(query.get("by", By.TOTAL)), **narrowed)


@api_kpi.route("/kpi")
class Kpi(MethodView):
    """Lines of figures."""

    @takes(schemas.KpiQuery, "query")
    @gives(schemas.KpiAnswer)
    def get(self, query: dict[str, Any]) -> Response:
        """The key figures of some days, by agent, team, queue, hour, day or month, with the calls behind them."""
        question, zone, now = _question(query), deps().centre.zone, deps().now()
        with deps().database.read() as session:
            rows = kpi_figures.answer(session, actor(), question, zone=zone, now=now)
            calls = kpi_behind.calls_by_key(session, actor(), question, rows, zone=zone, now=now)
        return jsonify(
            {
                "from": question.first.isoformat(),
                "to": question.last.isoformat(),
                "by": question.by,
                "items": [_item(question, row, calls) for row in rows],
            }
        )


def _item(question: Question, row: kpi_figures.Row, calls: dict[str, list[str]] | None) -> dict[str, Any]:
    return {
        "key": row.key,
        "counts": {fact.value: value for fact, value in row.counts.items()},
        "figures": {
            name: {
                "value": one.nearly,
                "numerator": one.numerator if one.scale == 1 else one.numerator / one.scale,
                "denominator": one.denominator,
                "unit": one.unit.value,
            }
            for name, one in row.figures.items()
        },
        "behind": f"{PREFIX}/kpi/behind?{urlencode(_narrowed(question, row.key))}&figure=",
        "call_ids": None if calls is None else calls.get(row.key, []),
    }


def _narrowed(question: Question, key: str) -> dict[str, str]:
    """The question that a line answers, as the query of what is behind it."""
    line = kpi_questions.line_of(question, key)
    narrowed = {name: getattr(line.question, name) for name in ("queue", "agent", "team")}
    found = {"from": line.question.first, "to": line.question.last, **narrowed, "hour": line.hour,
             "weekday": line.weekday}  # fmt: skip
    return {name: str(value) for name, value in found.items() if value is not None}


@api_kpi.route("/kpi/behind")
class KpiBehind(MethodView):
    """What is behind a figure."""

    @takes(schemas.KpiCallsQuery, "query")
    @gives(schemas.KpiBehindList)
    def get(self, query: dict[str, Any]) -> Response:
        """The calls, tickets and evaluations that a figure was made of, newest day first."""
        with deps().database.read() as session:
            page = kpi_behind.behind(
                session, actor(), _question(query), query["figure"], hour=query.get("hour"),
                weekday=query.get("weekday"), cursor=query.get("cursor"), limit=checked_limit(query.get("limit")),
                zone=deps().centre.zone, now=deps().now(),
            )  # fmt: skip
            items = _behind(session, page)
        return jsonify(items=items, next=page.next)


def _behind(session: Session, page: kpi_behind.BehindPage) -> list[dict[str, Any]]:
    names = {number: name for name, number in kpi_source_calls.user_ids(session).items()}
    return [
        {
            "behind": row.behind,
            "call_id": row.call_id,
            "day": row.day.isoformat(),
            "hour": None if row.hour == NO_HOUR else row.hour,
            "agent": names.get(row.user_id or 0),
            "queue": row.queue,
            "counts": row.counts,
        }
        for row in page.items
    ]


@api_kpi.route("/kpi/definitions")
class KpiDefinitions(MethodView):
    """What the figures are."""

    @gives(schemas.KpiDefinitions)
    def get(self) -> Response:
        """Each figure's definition, unit, target and benchmarks."""
        with deps().database.read() as session:
            targets = kpi_scheme.current(session).scheme.targets
        return jsonify(items=[_definition(name, targets.get(name, Target())) for name in FORMULAS])


def _definition(name: str, target: Target) -> dict[str, Any]:
    return {
        "name": name,
        "unit": UNITS[name],
        "definition": " ".join((FORMULAS[name].__doc__ or "").split()),
        "needs": NEEDS[name],
        "target_low": None if target.low is None else float(target.low),
        "target_high": None if target.high is None else float(target.high),
        "benchmarks": [
            {"publisher": one.publisher, "year": one.year, "value": float(one.value), "mark": one.mark}
            for one in BENCHMARKS.get(name, ())
        ],
    }
