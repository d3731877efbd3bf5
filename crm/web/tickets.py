"""The pages of tickets: the list, one ticket, and its moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.domain.access import Action
from crm.domain.errors import ConflictError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.tickets import Kind, Status
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import calls, ticket_moves
from crm.services import tickets as service
from crm.services.paging import Page
from crm.services.tickets import TicketFilters, TicketSummary
from crm.web import case_panels, move_inputs, move_words, refusal_words
from crm.web.case_page import STAGES
from crm.web.notices import seen as seen_notices
from crm.web.recordings import heard_and_read
from crm.web.tasks import is_quiet
from crm.web.term_board import term_board
from ivr import ticketnumbers

tickets = Blueprint("tickets", __name__, url_prefix="/tickets")
FIRST_SORT = "-received_at"


@dataclass(frozen=True)
class ListFilters:
    """What stands in the form above the list."""

    kind: str = ""
    status: str = ""
    number: str = ""
    caller_number: str = ""
    sort: str = FIRST_SORT

    @classmethod
    def of(cls, given: Mapping[str, str]) -> ListFilters:
        """From a query; a kind, status or order that does not exist is as if it were not given."""
        kind, status, sort = given.get("kind", ""), given.get("status", ""), given.get("sort", FIRST_SORT)
        return cls(
            kind=kind if kind in set(Kind) else "",
            status=status if status in set(Status) else "",
            number=given.get("number", "").strip()[:20],
            caller_number=given.get("caller_number", "").strip()[:32],
            sort=sort if sort in service.SORTS else FIRST_SORT,
        )

    @property
    def active(self) -> bool:
        """Whether anything narrows the list."""
        return any((self.kind, self.status, self.number, self.caller_number))

    def query(self, **changes: str) -> dict[str, str]:
        """The same as a query for a link, with changes, without what is empty."""
        return {name: value for name, value in {**asdict(self), **changes}.items() if value}

    def wanted(self) -> TicketFilters:
        """As the services know it."""
        return TicketFilters(
            caller_number=self.caller_number or None,
            kind=Kind(self.kind) if self.kind else None,
            status=Status(self.status) if self.status else None,
            number=ticketnumbers.keyed(self.number) or None,
        )


@tickets.get("/")
def index() -> str:
    """The list."""
    filters = ListFilters.of(request.args)
    page: Page[TicketSummary] = Page((), None)
    problem, board = None, []
    cursor = request.args.get("cursor")
    try:
        with deps().database.read() as session:
            board = term_board(session, actor())
            page = service.list_tickets(session, actor(), filters.wanted(), sort=filters.sort, cursor=cursor, limit=25)
    except InvalidInputError:
        problem = _("This page of the list is no longer there. Begin again with the first page.")
    return render_template(
        "tickets.html",
        page=page,
        paged=cursor is not None,
        filters=filters,
        problem=problem,
        kinds=list(Kind),
        statuses=list(Status),
        hotline=deps().config.hotline,
        term_board=board,
    )


@tickets.get("/<int:ticket_id>")
def show(ticket_id: int) -> str:
    """One ticket with all that is known of it."""
    seen_notices(ticket_id)
    with deps().database.read() as session:
        ticket = service.get_ticket(session, actor(), ticket_id)
        heard = heard_and_read(session, ticket.summary.recording_ids)
        moves = ticket_moves.allowed_moves(session, actor(), ticket_id, now=deps().now()) if _moves() else ()
        known = move_inputs.choices(session, ticket_id) if moves else move_inputs.Choices()
        panels = case_panels.shown(session, actor(), ticket)
        linked = [call for call_id in ticket.summary.call_ids if (call := _call(session, call_id)) is not None]
    return render_template(
        "ticket.html",
        ticket=ticket,
        calls=linked,
        moves=moves,
        panels=panels,
        stages=STAGES,
        move_fields=lambda option: move_inputs.fields(option, known),
        move_people=known.people,
        dials=may(Action.OUTBOUND_CALL) and actor().user_id is not None and ticket.summary.caller_number,
        quiet=is_quiet(),
        **heard,
    )


def _moves() -> bool:
    return may(Action.TICKET_MOVE) or may(Action.APPROVE)


def _call(session: Session, call_id: str) -> calls.CallSummary | None:
    try:
        return calls.get_call(session, actor(), call_id).summary
    except NotFoundError:
        return None


@tickets.post("/<int:ticket_id>/moves")
def move(ticket_id: int) -> Response:
    """Make a move, and come back to the ticket."""
    try:
        given = move_inputs.given(request.form, request.form.getlist("flags"))
        with deps().database.write() as session:
            ticket_moves.move_ticket(
                session,
                actor(),
                ticket_id,
                request.form.get("move", ""),
                now=deps().now(),
                reason=request.form.get("reason", "").strip(),
                fields=given,
                expected_version=request.form.get("version", type=int),
            )
        flash(_("Done. It stands in the history below."), "success")
    except (IllegalMoveError, InvalidInputError) as error:
        flash(
            str(move_words.WHYS[str(error)]) if str(error) in move_words.WHYS else refusal_words.plain(error), "error"
        )
    except ConflictError:
        flash(_("Somebody changed this ticket while you were reading it. Look again, then decide."), "error")
    return redirect(url_for("tickets.show", ticket_id=ticket_id))
