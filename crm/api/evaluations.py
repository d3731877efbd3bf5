"""Evaluations over the API: listed, begun, kept as drafts, handed in; the suggestions of a machine decided on."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from crm.api import evaluation_schemas as schemas
from crm.api import out
from crm.api.resources import PREFIX, gives, keyed, once, takes
from crm.api.schemas import BIGGEST
from crm.domain.errors import NotFoundError
from crm.domain.evaluations import OPEN, MarkKind, Purpose
from crm.domain.marks import Mark, score_of
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import evaluation_sheet, evaluation_views, evaluations, quality_candidates, sampling, scorecards
from crm.services.evaluation_views import EvaluationSummary, Filters
from crm.services.evaluations import Aim, Sheet
from crm.services.idempotency import Answer

api_evaluations = Blueprint("api_evaluations", __name__, url_prefix=PREFIX, description="Evaluations and scorecards")
_ID = f"int(max={BIGGEST})"
_PLAIN = (
    "id", "call_id", "recording_id", "agent", "scorer", "purpose", "state", "grade", "fatal", "coach", "official",
    "about_id", "sample_id", "seconds", "keys", "version",
)  # fmt: skip
_MARK = ("code", "taken", "not_applicable", "from_ms", "to_ms", "words", "note", "candidate_id")


def _points(tenths: int | None) -> float | None:
    return None if tenths is None else tenths / 10


def _summary(found: EvaluationSummary) -> dict[str, Any]:
    return {
        **{name: getattr(found, name) for name in _PLAIN},
        "score": _points(found.score),
        "raw_score": _points(found.raw_score),
        "card": found.card_code,
        "card_version": found.card_number,
        **{name: out.instant(getattr(found, name)) for name in ("made_at", "submitted_at", "settled_at")},
    }


def _mark(mark: Mark) -> dict[str, Any]:
    return {"kind": str(mark.kind), **{name: getattr(mark, name) for name in _MARK}}


def _detail(session: Session, evaluation_id: int) -> dict[str, Any]:
    found = evaluation_views.get(session, actor(), evaluation_id)
    now = score_of(found.card, found.marks)
    is_open = found.summary.state in OPEN
    flaws = evaluation_sheet.flaws_of(session, evaluation_id) if is_open else []
    return {
        **_summary(found.summary),
        "marks": [_mark(one) for one in found.marks],
        "good": found.good,
        "advice": found.advice,
        "items": [
            {"code": one.code, "earned": one.earned, "possible": one.possible, "applies": one.applies}
            for one in now.items
        ],
        "stands_at": now.score / 10,
        "flaws": [{"place": place, "flaw": str(flaw)} for place, flaw in flaws],
    }


@api_evaluations.route("/evaluations")
class Evaluations(MethodView):
    """Evaluations that the caller of the API may read."""

    @takes(schemas.EvaluationsQuery, "query")
    @gives(schemas.EvaluationList)
    def get(self, query: dict[str, Any]) -> Response:
        """Evaluations, those begun last first; each names the call that is behind it."""
        cursor, limit = query.pop("cursor", None), query.pop("limit", None)
        with deps().database.read() as session:
            found = evaluation_views.listing(session, actor(), Filters(**query), cursor=cursor, limit=limit)
        return jsonify(out.page(found, _summary))

    @takes(schemas.NewEvaluation)
    @keyed
    @gives(schemas.EvaluationDetail, 201)
    def post(self, body: dict[str, Any]) -> Response:
        """Begin to score an agent's part of a call; his own open one is given again."""

        def work(session: Session) -> Answer:
            made = evaluations.claim(
                session, actor(), body["call_id"], agent=body.get("agent"), aim=Aim(Purpose(body["purpose"])),
                now=deps().now(),
            )  # fmt: skip
            return Answer(201, _detail(session, made))

        return once(work)


@api_evaluations.route(f"/evaluations/<{_ID}:evaluation_id>")
class EvaluationById(MethodView):
    """One evaluation."""

    @gives(schemas.EvaluationDetail)
    def get(self, evaluation_id: int) -> Response:
        """One evaluation with its marks; that somebody else than the scorer read it is written down."""
        with deps().database.read() as session:
            known = evaluations.was_read(session, actor(), evaluation_views.load(session, actor(), evaluation_id))
            found = _detail(session, evaluation_id)
        if not known:
            with deps().database.write() as session:
                row = evaluation_views.load(session, actor(), evaluation_id)
                evaluations.note_reading(session, actor(), row, now=deps().now())
        return jsonify(found)

    @takes(schemas.Draft)
    @keyed
    @gives(schemas.EvaluationDetail)
    def put(self, body: dict[str, Any], evaluation_id: int) -> Response:
        """Keep the sheet as it is now; 409 when it was kept elsewhere since ``version``."""
        marks = tuple(Mark(**{**one, "kind": MarkKind(one["kind"])}) for one in body["marks"])
        sheet = Sheet(marks, body["good"], body["advice"], body["seconds"], body["keys"])

        def work(session: Session) -> Answer:
            evaluations.save(session, actor(), evaluation_id, sheet, version=body["version"], now=deps().now())
            return Answer(200, _detail(session, evaluation_id))

        return once(work)


@api_evaluations.route(f"/evaluations/<{_ID}:evaluation_id>/submit")
class EvaluationSubmit(MethodView):
    """The end of scoring."""

    @takes(schemas.HandIn)
    @keyed
    @gives(schemas.EvaluationDetail)
    def post(self, body: dict[str, Any], evaluation_id: int) -> Response:
        """Hand it in; from then on it stays as it is. 422 names what is missing."""

        def work(session: Session) -> Answer:
            evaluations.submit(session, actor(), evaluation_id, version=body["version"], now=deps().now())
            return Answer(200, _detail(session, evaluation_id))

        return once(work)


@api_evaluations.route(f"/evaluations/<{_ID}:evaluation_id>/release")
class EvaluationRelease(MethodView):
    """The way back."""

    @takes(schemas.GiveBack)
    @keyed
    @gives(schemas.EvaluationDetail)
    def post(self, body: dict[str, Any], evaluation_id: int) -> Response:
        """Give an open evaluation back, and its sample with it; another may begin anew."""

        def work(session: Session) -> Answer:
            sampling.release_evaluation(session, actor(), evaluation_id, why=body["why"], now=deps().now())
            return Answer(200, _detail(session, evaluation_id))

        return once(work)


@api_evaluations.route(f"/evaluations/<{_ID}:evaluation_id>/candidates/<{_ID}:candidate_id>")
class EvaluationCandidate(MethodView):
    """A suggestion of a machine about the call that is scored."""

    @takes(schemas.CandidateDecision)
    @keyed
    @gives(schemas.Candidate)
    def post(self, body: dict[str, Any], evaluation_id: int, candidate_id: int) -> Response:
        """Confirm or refuse it; the points are taken by a mark that names it."""

        def work(session: Session) -> Answer:
            found = evaluation_views.load(session, actor(), evaluation_id)
            if found.scorer_id != actor().user_id or found.purpose != Purpose.ROUTINE:
                raise NotFoundError("there is no such evaluation of yours that decides on suggestions")
            evaluation_sheet.check_candidate(session, found, candidate_id)
            row = quality_candidates.decide(
                session, actor(), candidate_id, confirmed=body["confirmed"], note=body["note"], now=deps().now()
            )
            return Answer(200, {"id": row.id, "code": row.code, "finding": row.finding, "state": row.state})

        return once(work)


@api_evaluations.route("/scorecards")
class Scorecards(MethodView):
    """What evaluations ask."""

    @gives(schemas.ScorecardList)
    def get(self) -> Response:
        """The versions in force, whole."""
        with deps().database.read() as session:
            found = [one for one in scorecards.versions(session, actor()) if one.in_force]
        return jsonify(
            items=[
                {
                    "id": one.id, "card": one.code, "number": one.number, "subject": one.subject,
                    "queues": list(one.queues), "published_at": out.instant(one.published_at), "sha256": one.sha256,
                    "content": dict(one.content),
                }
                for one in found
            ]
        )  # fmt: skip
