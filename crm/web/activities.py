"""The pages of activities: lectures, salons, courses, lessons for consumers; who comes, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.db.customers import Activity
from crm.domain.access import Action
from crm.domain.activities import NEXT, ActivityKind, ActivityState, GuestState, Topic
from crm.domain.errors import DomainError, InvalidInputError
from crm.domain.wealth import Product
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import activities as service
from crm.services import customer_feedback, customer_search
from crm.services.activities import ActivityInput
from crm.services.paging import Page
from crm.web import parts
from crm.web.customer_words import said, sentence

activities = Blueprint("activities", __name__, url_prefix="/activities")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "kinds": tuple(ActivityKind),
    "topics": tuple(Topic),
    "products": tuple(Product),
    "guest_states": tuple(GuestState),
}
_SUMS = timedelta(days=365)


@dataclass(frozen=True)
class ListFilters:
    """What narrows the list."""

    kind: str = ""

    def query(self) -> dict[str, str]:
        """As a query for a link."""
        return {"kind": self.kind} if self.kind else {}


@activities.get("/")
def index() -> str:
    """Those to come and those that were, the latest first; beside them what customers judge."""
    kind, cursor = request.args.get("kind", ""), request.args.get("cursor")
    filters = ListFilters(kind if kind in set(ActivityKind) else "")
    page: Page[Activity] = Page((), None)
    problem = None
    with deps().database.read() as session:
        try:
            page = service.list_activities(session, actor(), kind=filters.kind or None, cursor=cursor, limit=25)
        except InvalidInputError:
            problem = _("This page of the list is no longer there. Begin again with the first page.")
        sums = customer_feedback.sums(session, actor(), since=deps().now() - _SUMS)
    return render_template(
        "activities.html", page=page, filters=filters, paged=cursor is not None, problem=problem, sums=sums, said=said,
        choices=_CHOICES, runs=may(Action.ACTIVITY_RUN), given={},
    )  # fmt: skip


@activities.post("/")
def make() -> Response:
    """Plan one."""
    try:
        with deps().database.write() as session:
            row = service.plan(session, actor(), _given(), now=deps().now())
        return redirect(url_for("activities.show", activity_id=row.id))
    except DomainError as error:
        flash(sentence(error), "error")
        return redirect(url_for("activities.index", _anchor="new"))


def _given() -> ActivityInput:
    form = request.form
    return ActivityInput(
        kind=form.get("kind", ""),
        title=form.get("title", ""),
        topic=form.get("topic", ""),
        starts_at=parts.local_instant("starts_at", form.get("starts_at", "")),
        online=bool(form.get("online")),
        place=form.get("place", ""),
        seats=form.get("seats", type=int),
        text=form.get("text", ""),
    )


@activities.get("/<int:activity_id>")
def show(activity_id: int) -> str:
    """One of them, with its guests and its effect."""
    with deps().database.read() as session:
        row = service.get_activity(session, actor(), activity_id)
        guests = service.guests_of(session, actor(), row)
        effect = service.effect_of(session, row)
        asked = request.args.get("q", "").strip()[:100]
        today = deps().now().astimezone(deps().centre.zone).date()
        found = (
            customer_search.search(session, actor(), asked, today=today, region=deps().centre.region)
            if asked and may(Action.CUSTOMER_READ)
            else ()
        )
    return render_template(
        "activity.html", a=row, guests=guests, effect=effect, said=said, choices=_CHOICES, asked=asked, found=found,
        runs=may(Action.ACTIVITY_RUN), invites=may(Action.ACTIVITY_RUN) and may(Action.CUSTOMER_READ),
        begun=row.starts_at <= deps().now(), open=row.state == ActivityState.PLANNED,
        local=row.starts_at.astimezone(deps().centre.zone), next_states=NEXT,
    )  # fmt: skip


def _done(activity_id: int, work: Callable[[Session], object], success: str) -> Response:
    try:
        with deps().database.write() as session:
            work(session)
        flash(success, "success")
    except DomainError as error:
        flash(sentence(error), "error")
    return redirect(url_for("activities.show", activity_id=activity_id))


@activities.post("/<int:activity_id>")
def change(activity_id: int) -> Response:
    """Change what is planned."""
    version = request.form.get("version", default=0, type=int)
    return _done(
        activity_id,
        lambda session: service.change(
            session, actor(), activity_id, _given(), expected_version=version, now=deps().now()
        ),
        _("Written down."),
    )


@activities.post("/<int:activity_id>/state")
def settle(activity_id: int) -> Response:
    """It was held, or is called off."""
    version, state = request.form.get("version", default=0, type=int), request.form.get("state", "")
    return _done(
        activity_id,
        lambda session: service.settle(
            session, actor(), activity_id, state, expected_version=version, now=deps().now()
        ),
        _("Written down."),
    )


@activities.post("/<int:activity_id>/guests")
def invite(activity_id: int) -> Response:
    """Invite a customer."""
    customer_id = request.form.get("customer_id", default=0, type=int)
    return _done(
        activity_id,
        lambda session: service.invite(session, actor(), activity_id, customer_id, now=deps().now()),
        _("Invited."),
    )


@activities.post("/<int:activity_id>/guests/<int:customer_id>")
def mark(activity_id: int, customer_id: int) -> Response:
    """What a guest said, whether he came, what he thought of it."""
    form = request.form

    def work(session: Session) -> None:
        service.mark(
            session, actor(), activity_id, customer_id, form.get("state", ""), score=form.get("score", type=int),
            interest=form.get("interest", ""), remark=form.get("remark", ""), now=deps().now(),
        )  # fmt: skip

    return _done(activity_id, work, _("Written down."))
