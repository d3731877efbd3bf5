"""The desk's intake: a matter typed in by a person of the house, and what came in and waits for one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.db.tickets import Ticket
from crm.domain.access import Action
from crm.domain.clocks import Body
from crm.domain.errors import DomainError, InvalidInputError
from crm.domain.numbers import number_key
from crm.domain.submissions import LIMITS, Fault, OnBehalf, Submission, email_key
from crm.domain.tickets import Channel, Kind
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import calls, classify, complaint_groups, intake_review, mail_review, same_matters, tickets
from crm.services.call_links import party_of
from crm.services.customers import get_customer
from crm.services.departments import all_departments
from crm.services.submissions import Arrival, FaultsError, take_in
from crm.web import intake_shown, intake_words, words
from crm.web.contact import Page
from crm.web.locale import chosen_language
from crm.web.showing import ticket_number
from crm.web.submission_form import read, sent_files

intake = Blueprint("intake", __name__, url_prefix="/intake")


@intake.get("/")
def index() -> str | Response:
    """What waits for a person: suggestions to confirm, mails, groups with one cause."""
    if not may(Action.INTAKE_REVIEW):
        return redirect(url_for("intake.form"))
    now = deps().now()
    with deps().database.read() as session:
        shown = {
            "groups": complaint_groups.listed(session, actor(), now=now),
            "mails": mail_review.waiting(session, actor(), now=now),
            "box": mail_review.boxes(session),
            "unconfirmed": intake_review.unconfirmed(session, actor(), now=now),
            "uncontacted": intake_review.uncontacted(session, actor(), now=now),
        }
    return render_template("intake_review.html", now=now, label=intake_shown.label, **shown)


@intake.get("/new")
def form() -> str:
    """The empty form; of a call, with what the call tells."""
    call_id = request.args.get("call_id") or None
    given: dict[str, Any] = {"channel": Channel.BRANCH, "kind": Kind.COMPLAINT}
    with deps().database.read() as session:
        if call_id is not None:
            given = _of_call(session, call_id)
        return _show(session, Page(given), call_id)


def _of_call(session: Session, call_id: str) -> dict[str, Any]:
    """What is known from the call: who, from which number, in which language, since when."""
    call = calls.get_call(session, actor(), call_id).summary
    party = party_of(session, call_id)
    customer = get_customer(session, party.customer_id) if party.customer_id else None
    return {
        "channel": Channel.PHONE,
        "kind": Kind.COMPLAINT,
        "name": customer.name if customer else "",
        "language": party.language,
        "received_at": _local(call.started_at),
    }


def _local(at: datetime) -> str:
    return f"{at.astimezone(deps().centre.zone):%Y-%m-%dT%H:%M}"


def _show(session: Session, page: Page, call_id: str | None) -> str:
    english = chosen_language() == "en"
    departments = all_departments(session, active_only=True)
    suggestion = classify.of_text(f"{page.given.get('text', '')}\n{page.given.get('demand', '')}")
    return render_template(
        "intake_form.html",
        page=page,
        call_id=call_id,
        channel_options=lambda: [(channel, words.word(words.CHANNELS, channel)) for channel in Channel],
        behalf_options=lambda: [(code, words.word(intake_words.ON_BEHALF, code)) for code in OnBehalf],
        may_review=lambda: may(Action.INTAKE_REVIEW),
        choices=intake_shown.choices(),
        departments=[(row.code, row.name_en if english else row.name_zh) for row in departments],
        limits=LIMITS,
        guesses=intake_shown.live(suggestion),
        signs=tuple(suggestion.signs),
        others=_others(session, page.given),
        sign_tones=intake_words.SIGN_TONES,
    )


def _others(session: Session, given: dict[str, Any]) -> Any:
    return same_matters.possible(
        session,
        actor(),
        number_key=number_key(given.get("phone"), deps().centre.region),
        email_key=email_key(given.get("email", "")),
        text=given.get("text", ""),
        now=deps().now(),
    )


@intake.post("/suggest")
def suggest() -> str:
    """What the text seems to be about, and which tickets it may belong to: a part of the form."""
    given = request.form.to_dict()
    found = classify.of_text(f"{given.get('text', '')}\n{given.get('demand', '')}")
    with deps().database.read() as session:
        others = _others(session, given)
    return render_template(
        "parts/intake_suggestion.html",
        guesses=intake_shown.live(found),
        signs=tuple(found.signs),
        others=others,
        sign_tones=intake_words.SIGN_TONES,
    )


@intake.post("/new")
def save() -> str | Response | tuple[str, int]:
    """Make the ticket; or fill the empty fields with what the text suggests; or show what is wrong."""
    given: dict[str, Any] = request.form.to_dict()
    call_id = request.form.get("call_id") or None
    page = Page(given)
    if given.get("action") == "suggest":
        _apply(given)
        with deps().database.read() as session:
            return _show(session, page, call_id)
    try:
        ticket_id = _take_in(given, call_id)
    except FaultsError as error:
        page.faults = {name: intake_words.fault(fault) for name, fault in error.faults.items()}
    except InvalidInputError as error:
        page.faults = {error.field: intake_words.file_sentence(error.message)}
    except DomainError as error:
        page.notice = intake_words.sentence(error)
    else:
        flash(_("The matter is taken in. Tell the customer its number and when to expect an answer."), "success")
        if (number := _out_of_his_sight(ticket_id)) is not None:
            told = _(
                "It has the number %(number)s. It is about you, and so it is for others from here on.", number=number
            )
            flash(told)
            return redirect(url_for("desk.show"))
        return redirect(url_for("tickets.show", ticket_id=ticket_id, _anchor="intake"))
    with deps().database.read() as session:
        return _show(session, page, call_id), 422


def _out_of_his_sight(ticket_id: int) -> str | None:
    """The number of a matter that who took it in does not read: it is about himself. None: he reads it."""
    with deps().database.read() as session:
        if tickets.numbers_of(session, actor(), [ticket_id]):
            return None
        return ticket_number(session.get_one(Ticket, ticket_id).number)


def _apply(given: dict[str, Any]) -> None:
    found = classify.of_text(f"{given.get('text', '')}\n{given.get('demand', '')}")
    for axis, name in intake_shown.FIELDS.items():
        guess = next((guess for of, guess in found.guesses.items() if of == axis), None)
        if guess is not None and (not given.get(name) or axis == "kind"):
            given[name] = guess.label


def _take_in(given: dict[str, Any], call_id: str | None) -> int:
    kind = given.get("kind") if given.get("kind") in set(Kind) - {Kind.REVIEW} else Kind.COMPLAINT
    channel = given.get("channel") if given.get("channel") in set(Channel) else Channel.BRANCH
    made, unread = read(
        given,
        zone=deps().centre.zone,
        language="en" if given.get("language") == "en" else "zh",
        kind=Kind(str(kind)),
        channel=Channel(str(channel)),
    )
    if given.get("source_body") and given["source_body"] not in set(Body):
        unread["source_body"] = Fault.NOT_A_CHOICE
    if unread:
        raise FaultsError(unread)
    arrival = Arrival(told=given.get("told") == "1", read_back=given.get("read_back") == "1", call_id=call_id)
    with deps().database.write() as session:
        if call_id is not None:
            made = _with_caller(session, made, call_id)
        taken = take_in(
            session, deps().store, made, arrival, actor=actor(), centre=deps().centre, now=deps().now(),
            files=sent_files(request.files),
        )  # fmt: skip
    return taken.ticket_id


def _with_caller(session: Session, made: Submission, call_id: str) -> Submission:
    """The number and the customer of the call, unless others were typed in."""
    calls.get_call(session, actor(), call_id)
    party = party_of(session, call_id)
    if made.phone or party.number is None:
        return made
    return replace(made, phone=party.number, customer_id=party.customer_id)


@intake.post("/mails/<int:mail_id>")
def mail(mail_id: int) -> Response:
    """A mail that became no ticket: make it one after all, or file it."""
    try:
        with deps().database.write() as session:
            if request.form.get("as") == "ticket":
                ticket_id = mail_review.make_ticket(
                    session, deps().store, actor(), mail_id, centre=deps().centre, now=deps().now()
                )
                address = url_for("tickets.show", ticket_id=ticket_id)
            else:
                mail_review.file_away(session, actor(), mail_id, now=deps().now())
                address = url_for("intake.index")
    except DomainError as error:
        flash(intake_words.sentence(error), "error")
        return redirect(url_for("intake.index"))
    flash(_("Done."), "success")
    return redirect(address)


@intake.post("/groups/<int:group_id>")
def group(group_id: int) -> Response:
    """Say whether a group has one cause."""
    try:
        with deps().database.write() as session:
            complaint_groups.decide(
                session,
                actor(),
                group_id,
                confirmed=request.form.get("confirmed") == "1",
                note=request.form.get("note", "").strip(),
                now=deps().now(),
            )
        flash(_("Done."), "success")
    except DomainError as error:
        flash(intake_words.sentence(error), "error")
    return redirect(url_for("intake.index"))
