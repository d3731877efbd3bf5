"""The pages of calls: the list, and one call."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from crm.domain.access import Action
from crm.domain.errors import InvalidInputError
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import calls as service
from crm.services.call_legs import legs_of
from crm.services.calls import CallSummary
from crm.services.knowledge import used_in_call
from crm.services.paging import Page
from crm.services.tickets import numbers_of
from crm.web.evaluations import scoring_of_call
from crm.web.recordings import heard_and_read

calls = Blueprint("calls", __name__, url_prefix="/calls")


@dataclass(frozen=True)
class ListFilters:
    """What stands in the form above the list."""

    caller_number: str = ""

    @property
    def active(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.caller_number)

    def query(self) -> dict[str, str]:
        """The same as a query for a link."""
        return {"caller_number": self.caller_number} if self.caller_number else {}


@calls.get("/")
def index() -> str:
    """The list, newest first."""
    filters = ListFilters(request.args.get("caller_number", "").strip()[:32])
    cursor = request.args.get("cursor")
    page: Page[CallSummary] = Page((), None)
    numbers: dict[int, str] = {}
    problem = None
    try:
        with deps().database.read() as session:
            page = service.list_calls(
                session, actor(), caller_number=filters.caller_number or None, cursor=cursor, limit=25
            )
            numbers = numbers_of(session, actor(), [number for call in page.items for number in call.ticket_ids])
    except InvalidInputError:
        problem = _("This page of the list is no longer there. Begin again with the first page.")
    return render_template(
        "calls.html",
        page=page,
        ticket_numbers=numbers,
        paged=cursor is not None,
        filters=filters,
        problem=problem,
        hotline=deps().config.hotline,
    )


@calls.get("/<call_id>")
def show(call_id: str) -> str:
    """One call with its recordings."""
    with deps().database.read() as session:
        call = service.get_call(session, actor(), call_id)
        numbers = numbers_of(session, actor(), call.summary.ticket_ids)
        heard = heard_and_read(session, call.summary.recording_ids)
        return render_template(
            "call.html", call=call.summary, ticket_numbers=numbers, legs=legs_of(session, call_id), **heard,
            looked_up=used_in_call(session, call_id) if may(Action.SCORE) else (), **scoring_of_call(session, call_id),
        )  # fmt: skip
