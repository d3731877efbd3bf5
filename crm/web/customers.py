"""The pages of customers: the list with its search, one customer, and what is written down there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.domain.access import Action, Relation, reach
from crm.domain.customers import (
    ContactKind,
    Grade,
    IdKind,
    Income,
    NumberKind,
    PreferredChannel,
    Purpose,
    Vulnerability,
)
from crm.domain.errors import DomainError, InvalidInputError
from crm.domain.feedback import SUBJECTS
from crm.domain.field_rules import Field, Sight, sight
from crm.domain.reveals import RevealReason
from crm.domain.tickets import Channel
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import (
    consents,
    customer_copies,
    customer_doubles,
    customer_feedback,
    customer_records,
    customer_scope,
    customer_search,
    customer_timeline,
    customer_views,
    reveals,
)
from crm.services.customer_search import CustomerFilters, CustomerLine
from crm.services.paging import Page
from crm.web.customer_care_parts import care_part
from crm.web.customer_words import said, sentence

customers = Blueprint("customers", __name__, url_prefix="/customers")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "grades": tuple(Grade),
    "vulnerabilities": tuple(Vulnerability),
    "channels": tuple(PreferredChannel),
    "number_kinds": tuple(NumberKind),
    "contact_kinds": tuple(ContactKind),
    "id_kinds": tuple(IdKind),
    "incomes": tuple(Income),
    "purposes": tuple(Purpose),
    "reasons": tuple(RevealReason),
    "consent_channels": tuple(Channel),
    "languages": customer_records.LANGUAGES,
}
_PLAIN = ("grade", "language", "preferred_channel", "preferred_time", "income", "occupation", "remarks", "id_kind")
_KEPT_IF_EMPTY = ("name", "user_name", "id_number", "born_on", "address")
"""Fields that a form may show masked: what is left empty there stays as it is."""


@dataclass(frozen=True)
class ListFilters:
    """What stands in the form above the list."""

    q: str = ""
    grade: str = ""
    care: str = ""
    complaints: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> ListFilters:
        """From a query; what does not exist is as if it were not given."""
        grade = given.get("grade", "")
        return cls(
            given.get("q", "").strip()[:100],
            grade if grade in {Grade.VIP, Grade.IMPORTANT} else "",
            "1" if given.get("care") else "",
            "1" if given.get("complaints") else "",
        )

    @property
    def active(self) -> bool:
        """Whether anything narrows the list."""
        return any(asdict(self).values())

    def query(self) -> dict[str, str]:
        """The same as a query for a link, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value}


def today() -> date:
    """The day in the centre's zone."""
    return deps().now().astimezone(deps().centre.zone).date()


@customers.get("/")
def index() -> str:
    """The list, or what a search found."""
    filters, cursor = ListFilters.of(request.args), request.args.get("cursor")
    page: Page[CustomerLine] = Page((), None)
    problem = None
    when: dict[str, Any] = {"today": today(), "region": deps().centre.region}
    try:
        with deps().database.read() as session:
            if filters.q:
                page = Page(customer_search.search(session, actor(), filters.q, **when), None)
            else:
                wanted = CustomerFilters(filters.grade or None, bool(filters.care), bool(filters.complaints))
                page = customer_search.list_customers(session, actor(), wanted, cursor=cursor, limit=25, **when)
    except InvalidInputError:
        problem = _("This page of the list is no longer there. Begin again with the first page.")
    return render_template(
        "customers.html", page=page, paged=cursor is not None, filters=filters, problem=problem, said=said,
        edits=may(Action.CUSTOMER_EDIT),
    )  # fmt: skip


@customers.get("/new")
def new() -> str:
    """An empty form."""
    return render_template("customer_new.html", said=said, choices=CHOICES, given={})


@customers.post("/new")
def make() -> Response | str:
    """Make a customer."""
    form = request.form
    values = {"name": form.get("name", ""), "language": form.get("language", ""), "grade": form.get("grade", "")}
    try:
        with deps().database.write() as session:
            row = customer_records.make_customer(
                session, actor(), values, number=form.get("number", "").strip() or None, centre=deps().centre,
                now=deps().now(),
            )  # fmt: skip
    except DomainError as error:
        flash(sentence(error), "error")
        return render_template("customer_new.html", said=said, choices=CHOICES, given=form)
    return redirect(url_for("customers.show", customer_id=row.id))


@customers.get("/<int:customer_id>")
def show(customer_id: int) -> Response | str:
    """One customer; a double's address leads to who was kept."""
    now, region = deps().now(), deps().centre.region
    cursor = request.args.get("cursor")
    with deps().database.read() as session:
        view = customer_views.get_view(session, actor(), customer_id, today=today(), region=region)
        if view.id != customer_id:
            return redirect(url_for("customers.show", customer_id=view.id))
        family = customer_scope.family(session, view.id)
        merges = may(Action.CUSTOMER_MERGE) and customer_scope.may_on_customer(
            session, actor(), Action.CUSTOMER_MERGE, view.id
        )
        feedback = customer_feedback.of_customer(session, family)
        values = {
            "events": _timeline(session, view.id, cursor),
            "consents": consents.standing(session, view.id),
            "told": consents.history(session, view.id),
            "doubles": _doubles(session, view.id) if merges else (),
            "merges": customer_doubles.merges_of(session, family) if merges else (),
            "seen_by": reveals.reveals_of(session, f"customer:{view.id}") if _sees_reveals() else None,
            "feedback": feedback,
            "feedback_tickets": customer_feedback.ticket_numbers(session, actor(), feedback),
            "care": care_part(session, actor(), view.id, now=now),
        }
    return render_template(
        "customer.html", c=view, said=said, choices=CHOICES, now=now, paged=cursor is not None,
        whole=sight(actor().roles, Field.WEALTH) is Sight.WHOLE, merging=merges,
        copies=Relation.ANY in reach(actor().roles, Action.REVEAL),
        feedback_subjects=SUBJECTS, answers=may(Action.CUSTOMER_MERGE), **values,
    )  # fmt: skip


def _timeline(session: Session, customer_id: int, cursor: str | None) -> Page[customer_timeline.Entry]:
    try:
        return customer_timeline.timeline(session, actor(), customer_id, cursor=cursor, limit=30)
    except InvalidInputError:
        return customer_timeline.timeline(session, actor(), customer_id, limit=30)


def _doubles(session: Session, customer_id: int) -> list[dict[str, Any]]:
    found = customer_doubles.doubles_of(session, actor(), customer_id)
    region = deps().centre.region
    return [
        {
            "view": customer_views.get_view(session, actor(), one.customer_id, today=today(), region=region),
            "likeness": one.likeness,
        }
        for one in found
    ]


def _sees_reveals() -> bool:
    """Who leads or keeps watch reads who saw whole values."""
    return may(Action.AUDIT_READ) or may(Action.CUSTOMER_MERGE)


def done(customer_id: int, part: str, work: Callable[[Session], object], success: str) -> Response:
    """Do something in one transaction, say how it went, and come back to the part of the page that it is about."""
    try:
        with deps().database.write() as session:
            work(session)
        flash(success, "success")
    except DomainError as error:
        flash(sentence(error), "error")
    return redirect(url_for("customers.show", customer_id=customer_id, _anchor=part))


@customers.post("/<int:customer_id>")
def edit(customer_id: int) -> Response:
    """Change a customer's own data."""
    form = request.form
    changes: dict[str, Any] = {name: form[name] for name in _PLAIN if name in form}
    changes |= {name: form[name].strip() for name in _KEPT_IF_EMPTY if form.get(name, "").strip()}
    changes |= {name: "" for name in _KEPT_IF_EMPTY if form.get(f"clear_{name}")}
    if "marks" in form:
        changes["elderly"] = bool(form.get("elderly"))
        changes["vulnerable"] = tuple(form.getlist("vulnerable"))

    def work(session: Session) -> None:
        customer_records.edit(
            session, actor(), customer_id, changes, centre=deps().centre, now=deps().now(),
            expected_version=form.get("version", type=int),
        )  # fmt: skip

    return done(customer_id, "data", work, _("Written down."))


@customers.post("/<int:customer_id>/copy")
def copy(customer_id: int) -> Response:
    """All that is kept of him, as a file for himself."""
    form, centre = request.form, deps().centre
    try:
        with deps().database.write() as session:
            made = customer_copies.copy_of(
                session, actor(), customer_id, reason=form.get("reason", ""), words=form.get("words", ""),
                region=centre.region, now=deps().now(),
            )  # fmt: skip
    except InvalidInputError as error:
        flash(sentence(error), "error")
        return redirect(url_for("customers.show", customer_id=customer_id, _anchor="data"))
    answer = Response(json.dumps(made, ensure_ascii=False, indent=1), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="customer-{customer_id}.json"'
    return answer


@customers.post("/<int:customer_id>/numbers")
def add_number(customer_id: int) -> Response:
    """Another telephone number."""
    form = request.form

    def work(session: Session) -> None:
        customer_records.add_number(
            session, actor(), customer_id, form.get("number", ""), kind=form.get("kind", ""), centre=deps().centre,
            now=deps().now(),
        )  # fmt: skip

    return done(customer_id, "reach", work, _("Written down."))


@customers.post("/<int:customer_id>/numbers/<int:number_id>")
def change_number(customer_id: int, number_id: int) -> Response:
    """Call it first, or take it away."""
    what = customer_records.drop_number if request.form.get("what") == "drop" else customer_records.prefer_number
    return done(
        customer_id, "reach", lambda session: what(session, actor(), customer_id, number_id, now=deps().now()),
        _("Written down."),
    )  # fmt: skip


@customers.post("/<int:customer_id>/contacts")
def add_contact(customer_id: int) -> Response:
    """Another way to reach him."""
    kind, address = request.form.get("kind", ""), request.form.get("address", "")
    return done(
        customer_id, "reach",
        lambda session: customer_records.add_contact(session, actor(), customer_id, kind, address, now=deps().now()),
        _("Written down."),
    )  # fmt: skip


@customers.post("/<int:customer_id>/contacts/<int:contact_id>")
def drop_contact(customer_id: int, contact_id: int) -> Response:
    """An address that is not his any more."""
    return done(
        customer_id, "reach",
        lambda session: customer_records.drop_contact(session, actor(), customer_id, contact_id, now=deps().now()),
        _("Taken away."),
    )  # fmt: skip


@customers.post("/<int:customer_id>/consents")
def consent(customer_id: int) -> Response:
    """What the customer agreed to or refused."""
    form = request.form

    def work(session: Session) -> None:
        consents.write_down(
            session, actor(), customer_id, form.get("purpose", ""), given=form.get("given") == "yes",
            channel=form.get("channel", ""), evidence=form.get("evidence", ""), until=_until(form.get("until", "")),
            now=deps().now(),
        )  # fmt: skip

    return done(customer_id, "consent", work, _("Written down."))


def _until(text: str) -> datetime | None:
    """The end of a day, on the centre's clock."""
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time.max, deps().centre.zone)
    except ValueError as error:
        raise InvalidInputError("until", "must lie ahead, within ten years") from error


@customers.post("/<int:customer_id>/merge")
def merge(customer_id: int) -> Response:
    """Let a double go into this customer."""
    form = request.form

    def work(session: Session) -> None:
        customer_doubles.merge(
            session, actor(), customer_id, form.get("merged_id", default=0, type=int), reason=form.get("reason", ""),
            now=deps().now(),
        )  # fmt: skip

    return done(customer_id, "doubles", work, _("The two are one customer now. It can be undone below."))


@customers.post("/merges/<int:merge_id>/undo")
def undo_merge(merge_id: int) -> Response:
    """Part them again."""
    form = request.form
    return done(
        form.get("customer_id", default=0, type=int), "doubles",
        lambda session: customer_doubles.undo(
            session, actor(), merge_id, reason=form.get("reason", ""), now=deps().now()
        ),
        _("They are two customers again."),
    )  # fmt: skip


@customers.post("/<int:customer_id>/feedback")
def feedback(customer_id: int) -> Response:
    """What the customer said of the house."""
    form = request.form
    about, _colon, subject = form.get("subject", "").partition(":")
    given = customer_feedback.FeedbackInput(
        about, subject, form.get("score", type=int), form.get("text", ""), form.get("ticket_id", type=int)
    )
    return done(
        customer_id, "feedback",
        lambda session: customer_feedback.write_down(session, actor(), customer_id, given, now=deps().now()),
        _("Written down."),
    )  # fmt: skip


@customers.post("/<int:customer_id>/feedback/<int:feedback_id>")
def answer_feedback(customer_id: int, feedback_id: int) -> Response:
    """What came of it."""
    form = request.form
    return done(
        customer_id, "feedback",
        lambda session: customer_feedback.answer(
            session, actor(), feedback_id, form.get("answer", ""), passed=form.get("what") == "pass", now=deps().now()
        ),
        _("Written down."),
    )  # fmt: skip
