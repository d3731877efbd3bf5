"""Work around calls over the API: wrap-ups, tasks, calls out, missed callers, knowledge."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from crm.api import out
from crm.api import work_schemas as schemas
from crm.api.idempotent import once_outside
from crm.api.resources import PREFIX, gives, keyed, once, takes
from crm.api.schemas import BIGGEST
from crm.domain.tasks import TaskKind
from crm.domain.tickets import Kind
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import dispositions, knowledge, missed_calls, outbound, tasks, wrap_up
from crm.services.click_to_call import call_out
from crm.services.idempotency import Answer

api_work = Blueprint("api_work", __name__, url_prefix=PREFIX, description="Work around calls")
_ID = f"int(max={BIGGEST})"


def _document(found: Any) -> dict[str, Any]:
    """A view of a service as JSON: instants as text, sequences as lists."""
    return {
        name: out.instant(value) if isinstance(value, datetime) else list(value) if isinstance(value, tuple) else value
        for name, value in asdict(found).items()
        if name != "user_id"
    }


def _listed(found: Any) -> Response:
    return jsonify(items=[_document(one) for one in found], next=None)


def _today() -> date:
    """The day of the centre."""
    return deps().now().astimezone(deps().centre.zone).date()


def _article(one: knowledge.ArticleView) -> dict[str, Any]:
    """An article, its days as text; its number of row and state are no concern of others."""
    found = {name: value for name, value in _document(one).items() if name not in {"id", "state"}}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in found.items()}


@api_work.route("/dispositions")
class Dispositions(MethodView):
    """Why customers call."""

    @gives(schemas.DispositionList)
    def get(self) -> Response:
        """The tree that agents choose from after a call."""
        with deps().database.read() as session:
            return _listed(dispositions.tree(session))


@api_work.route("/wrap-ups")
class WrapUps(MethodView):
    """The work after one's last call."""

    @gives(schemas.WrapUpList)
    def get(self) -> Response:
        """One's open wrap-up; none: an empty list."""
        with deps().database.read() as session:
            found = wrap_up.current(session, actor())
        return _listed([found] if found is not None else [])


@api_work.route(f"/wrap-ups/<{_ID}:wrap_up_id>")
class WrapUpById(MethodView):
    """One wrap-up of one's own."""

    @gives(schemas.WrapUp)
    def get(self, wrap_up_id: int) -> Response:
        """As it is filled in so far."""
        with deps().database.read() as session:
            return jsonify(_document(wrap_up.get_wrap_up(session, actor(), wrap_up_id)))

    @takes(schemas.Filling)
    @keyed
    @gives(schemas.WrapUp)
    def post(self, body: dict[str, Any], wrap_up_id: int) -> Response:
        """Keep what is filled in; with ``finish`` end it."""
        given = dict(body)
        finishes = given.pop("finish")
        kind = given.pop("new_kind", None)
        filling = wrap_up.Filling(**given, new_kind=Kind(kind) if kind else None)

        def work(session: Session) -> Answer:
            found = wrap_up.fill(session, actor(), wrap_up_id, filling, centre=deps().centre, now=deps().now())
            if finishes:
                found = wrap_up.finish(session, actor(), wrap_up_id, now=deps().now())
            return Answer(200, _document(found))

        return once(work)


@api_work.route("/tasks")
class Tasks(MethodView):
    """Open tasks."""

    @takes(schemas.TasksQuery, "query")
    @gives(schemas.TaskList)
    def get(self, query: dict[str, Any]) -> Response:
        """One's own, those that wait for somebody of the team, or other people's."""
        which = {"mine": tasks.list_mine, "team": tasks.list_team, "others": tasks.list_others}[query["of"]]
        with deps().database.read() as session:
            return _listed(which(session, actor(), now=deps().now()))

    @takes(schemas.NewTask)
    @keyed
    @gives(schemas.Task, 201)
    def post(self, body: dict[str, Any]) -> Response:
        """Make a follow-up or a callback."""
        new = tasks.NewTask(**{**body, "kind": TaskKind(body["kind"])})

        def work(session: Session) -> Answer:
            made = tasks.make_task(session, actor(), new, now=deps().now())
            return Answer(201, _document(tasks.get_task(session, actor(), made, now=deps().now())))

        return once(work)


@api_work.route(f"/tasks/<{_ID}:task_id>/take")
class TaskTake(MethodView):
    """A task that nobody has."""

    @keyed
    @gives(schemas.Task)
    def post(self, task_id: int) -> Response:
        """Make it one's own; 409 when somebody was first."""

        def work(session: Session) -> Answer:
            tasks.take(session, actor(), task_id, now=deps().now())
            return Answer(200, _document(tasks.get_task(session, actor(), task_id, now=deps().now())))

        return once(work)


@api_work.route(f"/tasks/<{_ID}:task_id>/give-back")
class TaskGiveBack(MethodView):
    """A task that one cannot do."""

    @keyed
    @gives(schemas.Task)
    def post(self, task_id: int) -> Response:
        """Let somebody else take it."""

        def work(session: Session) -> Answer:
            tasks.give_back(session, actor(), task_id, now=deps().now())
            return Answer(200, _document(tasks.get_task(session, actor(), task_id, now=deps().now())))

        return once(work)


@api_work.route(f"/tasks/<{_ID}:task_id>/done")
class TaskDone(MethodView):
    """A task that was done."""

    @takes(schemas.Outcome)
    @keyed
    @gives(schemas.Task)
    def post(self, body: dict[str, Any], task_id: int) -> Response:
        """End it with what came of it."""

        def work(session: Session) -> Answer:
            tasks.complete(session, actor(), task_id, body["outcome"], now=deps().now())
            return Answer(200, _document(tasks.get_task(session, actor(), task_id, now=deps().now())))

        return once(work)


@api_work.route("/outbound-calls")
class OutboundCalls(MethodView):
    """Calls that agents ask for."""

    @takes(schemas.NewOutboundCall)
    @keyed
    @gives(schemas.OutboundCall, 201)
    def post(self, body: dict[str, Any]) -> Response:
        """Ring one's own phone, then dial. What a rule refuses gets 409 with its name, and is written down."""

        def work() -> Answer:
            parts = deps()
            call = call_out(
                parts.database,
                parts.switchboard,
                actor(),
                outbound.Wanted(**body),
                rules=parts.outbound,
                centre=parts.centre,
                now=parts.now,
            )
            return Answer(201, _document(call))

        return once_outside(work)


@api_work.route(f"/outbound-calls/<{_ID}:outbound_id>")
class OutboundCallById(MethodView):
    """One call out of one's own."""

    @gives(schemas.OutboundCall)
    def get(self, outbound_id: int) -> Response:
        """As it stands."""
        with deps().database.read() as session:
            return jsonify(_document(outbound.get_outbound(session, actor(), outbound_id)))


@api_work.route("/missed-calls")
class MissedCalls(MethodView):
    """Callers whom nobody spoke with."""

    @takes(schemas.MissedQuery, "query")
    @gives(schemas.MissedList)
    def get(self, query: dict[str, Any]) -> Response:
        """Who hung up in a queue or came out of hours, each number once, and who was called back since."""
        parts = deps()
        with parts.database.read() as session:
            found = missed_calls.list_missed(
                session,
                actor(),
                now=parts.now(),
                zone=parts.centre.zone,
                days=query["days"],
                waiting_only=query["waiting"],
            )
        return _listed(found)


@api_work.route("/knowledge")
class Knowledge(MethodView):
    """The knowledge base."""

    @takes(schemas.KnowledgeQuery, "query")
    @gives(schemas.KnowledgeList)
    def get(self, query: dict[str, Any]) -> Response:
        """What answers a question best."""
        with deps().database.read() as session:
            return _listed(knowledge.search(session, query["q"], query["language"], today=_today()))


@api_work.route("/knowledge/<slug>")
class KnowledgeArticle(MethodView):
    """One article."""

    @takes(schemas.LanguageQuery, "query")
    @gives(schemas.Article)
    def get(self, query: dict[str, Any], slug: str) -> Response:
        """One article; the look is counted."""
        with deps().database.write() as session:
            return jsonify(
                _article(
                    knowledge.read(session, slug, query["language"], today=_today(), reader=actor(), now=deps().now())
                )
            )
