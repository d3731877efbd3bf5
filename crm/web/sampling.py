"""Calls that are to be scored: the next one at a key press, what waits and why, a call's way through the sample."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.db.people import User
from crm.db.sampling import CallRisk, Sample
from crm.domain.access import Action
from crm.domain.errors import DomainError, NotFoundError
from crm.domain.sampling_plan import Reason
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import quality_candidates, samples, sampling_draws, sampling_plans, scorecards
from crm.services import sampling as service
from crm.web.locale import chosen_language
from crm.web.parts import queue_titles
from crm.web.quality_words import refusal
from crm.web.sampling_words import EXCUSES, REASON_TONES, STATE_TONES

sampling = Blueprint("sampling", __name__, url_prefix="/sampling")
SHOWN = 60


def _scoring(evaluation_id: int) -> Response:
    return redirect(f"/evaluations/{evaluation_id}")


def _reason(given: Mapping[str, str]) -> Reason | None:
    text = given.get("reason", "")
    return Reason(text) if text in set(Reason) else None


@sampling.get("/")
def index() -> str:
    """What he has claimed, and what waits for him."""
    reason, agent = _reason(request.args), request.args.get("agent", "").strip()[:64]
    with deps().database.read() as session:
        mine = service.claims(session, actor())
        rows = service.waiting(session, actor(), reason=reason, agent=agent, limit=SHOWN + 1)
        plan = sampling_plans.current(session)
        fatal = len(quality_candidates.fatal_ones(session, actor()))
        titles = queue_titles(session)
        return render_template(
            "sampling.html",
            mine=mine,
            rows=rows[:SHOWN],
            more=len(rows) > SHOWN,
            plan=plan,
            fatal=fatal,
            reasons=list(Reason),
            reason=reason,
            agent=agent,
            excuses=EXCUSES,
            tones=REASON_TONES,
            queue_title=titles,
            now=deps().now(),
            samples_here=True,
        )


@sampling.post("/next")
def claim_next() -> Response:
    """The next call, or the one that he has begun."""
    try:
        with deps().database.write() as session:
            claimed = service.claim_next(session, actor(), reason=_reason(request.form), now=deps().now())
    except DomainError as error:
        flash(refusal(error), "error")
        return redirect(url_for("sampling.index"))
    if claimed is None:
        flash(_("Nothing waits for you now."), "success")
        return redirect(url_for("sampling.index"))
    return _scoring(claimed.evaluation_id)


@sampling.post("/<int:sample_id>/claim")
def claim(sample_id: int) -> Response:
    """This very call."""
    try:
        with deps().database.write() as session:
            claimed = service.claim(session, actor(), sample_id, now=deps().now())
    except NotFoundError:
        raise
    except DomainError as error:
        flash(refusal(error), "error")
        return redirect(url_for("sampling.index"))
    return _scoring(claimed.evaluation_id)


@sampling.post("/<int:sample_id>/release")
def release(sample_id: int) -> Response:
    """Give it back."""
    try:
        with deps().database.write() as session:
            service.release(session, actor(), sample_id, why=request.form.get("why", ""), now=deps().now())
    except DomainError as error:
        flash(refusal(error), "error")
    else:
        flash(_("Given back. What you wrote stays on record."), "success")
    return redirect(url_for("sampling.index"))


@sampling.post("/<int:sample_id>/excuse")
def excuse(sample_id: int) -> Response:
    """It cannot be scored, and why."""
    given = request.form.get("excuse", "")
    why = service.Excuse(given) if given in set(service.Excuse) else service.Excuse.OTHER
    try:
        with deps().database.write() as session:
            instead = service.excuse(
                session, actor(), sample_id, why, request.form.get("note", ""), zone=deps().centre.zone,
                now=deps().now(),
            )  # fmt: skip
    except DomainError as error:
        flash(refusal(error), "error")
    else:
        flash(
            _("Written down. The next call of the same draw takes its place.") if instead else _("Written down."),
            "success",
        )
    return redirect(url_for("sampling.index"))


@sampling.post("/ask")
def ask() -> Response:
    """A call of one's own choice, and why."""
    form = request.form
    try:
        with deps().database.write() as session:
            made = service.ask(
                session, actor(), form.get("call_id", "").strip()[:100], form.get("agent", "").strip()[:64],
                form.get("why", ""), zone=deps().centre.zone, now=deps().now(),
            )  # fmt: skip
    except DomainError as error:
        flash(refusal(error), "error")
        return redirect(url_for("sampling.index"))
    flash(_("It is to be scored: %(agents)s", agents=", ".join(one.agent.username for one in made)), "success")
    return redirect(url_for("sampling.index"))


@sampling.get("/<int:sample_id>")
def show(sample_id: int) -> str:
    """Why a call is in the sample, by which lot, and all that happened to it."""
    with deps().database.read() as session:
        row = session.scalars(
            select(Sample).where(Sample.id == sample_id, sampling_draws.seen(actor(), Sample.agent_id))
        ).one_or_none()
        if row is None:
            raise NotFoundError("there is no such sample")
        return render_template(
            "sample.html",
            row=row,
            call=row.call,
            record=samples.record(session, row.id),
            risks=_risks(session, row),
            candidates=quality_candidates.of_call(session, row.call_id, row.agent_id) if may(Action.SCORE) else (),
            names=_names(session, row),
            item_titles=item_titles(session),
            tones=REASON_TONES,
            state_tones=STATE_TONES,
            queue_title=queue_titles(session),
            scores=may(Action.SCORE),
            samples_here=may(Action.SCORE),
        )


def item_titles(session: Session) -> dict[str, str]:
    """The items and red lines of the card that is in force for most calls, by their codes."""
    card, language = scorecards.card_of(scorecards.in_force(session)), chosen_language()
    items = {one.code: one.title[language] for one in card.items}
    return items | {one.code: one.title[language] for one in card.fatals}


def _risks(session: Session, row: Sample) -> list[CallRisk]:
    query = select(CallRisk).where(CallRisk.call_id == row.call_id, CallRisk.agent_id == row.agent_id)
    return list(session.scalars(query.order_by(CallRisk.id)))


def _names(session: Session, row: Sample) -> dict[str, str]:
    """The names of who is in its record."""
    actors = {event.actor for event in samples.record(session, row.id)}
    users = session.scalars(select(User).where(User.username.in_(actors))).unique()
    return {user.username: user.display_name or user.username for user in users}
