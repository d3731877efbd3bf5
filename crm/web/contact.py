"""The pages for customers, without a login: tell us of a matter, see how it stands, add to it.

Forms carry a signed token instead of a cookie, so that they work in every browser, and so that the same form sent
twice makes one ticket. Nothing that was typed is lost: whatever is wrong, the form comes back with it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from flask import Blueprint, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from crm.db.tickets import Ticket
from crm.domain import statistics_codes
from crm.domain.errors import InvalidInputError
from crm.domain.numbers import digits_of
from crm.domain.submissions import LIMITS, Fault, email_key
from crm.domain.tickets import Channel, Kind
from crm.gate.deps import deps
from crm.services import contributions, letterhead, public_progress
from crm.services.contributions import Said
from crm.services.submissions import (
    CUSTOMER,
    MAX_FILES,
    Arrival,
    FaultsError,
    SentFile,
    origin_of,
    take_in,
    taken_of,
)
from crm.web import intake_words, public_limits
from crm.web.locale import chosen_language
from crm.web.submission_form import read, sent_files
from ivr import ticketnumbers

contact = Blueprint("contact", __name__, url_prefix="/contact")
KINDS = (Kind.COMPLAINT, Kind.INQUIRY, Kind.SUGGESTION, Kind.PRAISE, Kind.REPORT)
TRAP = "website"
"""A field that people do not see; a program fills it in."""
_FASTEST = 2.0
"""Seconds: nobody reads and fills in the form sooner."""
_OLDEST = 12 * 3600
_ACCESS = 30 * 60
_RECEIPT = 24 * 3600


@dataclass
class Page:
    """What the form shows again."""

    given: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    notice: str = ""
    token: str = ""


def _sign(purpose: str, value: str | int) -> str:
    """A token that only this purpose takes, with the time when it was made."""
    signer = URLSafeSerializer(deps().config.secret_key, salt=f"huiyin-contact-{purpose}")
    return str(signer.dumps([value, deps().now().timestamp()]))


def _opened(purpose: str, token: str, most: float) -> tuple[str | int, float]:
    """What was signed, and the seconds since. Raises BadSignature, also for what is too old."""
    signer = URLSafeSerializer(deps().config.secret_key, salt=f"huiyin-contact-{purpose}")
    value, at = signer.loads(token)
    age = deps().now().timestamp() - at
    if age > most:
        raise BadSignature("too old")
    return value, age


def _new_token() -> str:
    return _sign("form", secrets.token_hex(12))


def _show(page: Page, status: int = 200) -> Response:
    page.token = page.token or _new_token()
    with deps().database.read() as session:
        house = letterhead.house_params(session, chosen_language())
    body = render_template(
        "contact.html",
        page=page,
        kinds=KINDS,
        businesses=statistics_codes.choices(statistics_codes.Axis.BUSINESS),
        limits=LIMITS,
        most_files=MAX_FILES,
        trap=TRAP,
        house=house,
        today=deps().now().astimezone(deps().centre.zone).date(),
    )
    return Response(body, status, content_type="text/html; charset=utf-8")


@contact.get("/")
def form() -> Response:
    """The empty form."""
    kind = request.args.get("kind", "")
    return _show(Page({"kind": kind if kind in KINDS else Kind.COMPLAINT}))


@contact.post("/")
def send() -> Response:
    """Take the matter in, or give the form back with what is wrong."""
    page = Page({name: value for name, value in request.form.items() if name not in {"token", TRAP}})
    nonce = _checked_token(page)
    if nonce is None:
        return _show(page, 422)
    files = sent_files(request.files)
    kind = Kind(page.given.get("kind", "")) if page.given.get("kind") in KINDS else Kind.COMPLAINT
    given, unread = read(
        request.form, zone=deps().centre.zone, language=chosen_language(), kind=kind, channel=Channel.WEB
    )
    if unread:
        return _back(page, unread)
    reached = email_key(given.email) or digits_of(given.phone)
    if not public_limits.submit_allowed(reached):
        page.notice = "limit"
        return _show(page, 429)
    arrival = Arrival(origin=origin_of("web", nonce), source="web", shown=True)
    try:
        with deps().database.write() as session:
            taken = take_in(
                session, deps().store, given, arrival, actor=CUSTOMER, centre=deps().centre, now=deps().now(),
                files=files,
            )  # fmt: skip
    except FaultsError as error:
        return _back(page, error.faults)
    except InvalidInputError as error:
        page.faults[error.field] = intake_words.file_sentence(error.message)
        return _show(page, 422)
    token = _sign("receipt", taken.ticket_id)
    return redirect(url_for("contact.receipt", t=token, lang=request.args.get("lang")), 303)


def _checked_token(page: Page) -> str | None:
    """What the form's token names; None after saying on the page why it must be sent once more."""
    try:
        nonce, age = _opened("form", request.form.get("token", ""), _OLDEST)
    except BadSignature:
        page.notice = "old"
        return None
    page.token = request.form["token"]
    if request.form.get(TRAP) or age < _FASTEST:
        page.notice = "again"
        return None
    return str(nonce)


def _back(page: Page, found: dict[str, Fault]) -> Response:
    page.faults = {name: intake_words.fault(fault) for name, fault in found.items()}
    return _show(page, 422)


@contact.get("/receipt")
def receipt() -> str:
    """Number, code, what happens next, by when, whom to ask."""
    try:
        ticket_id, _ = _opened("receipt", request.args.get("t", ""), _RECEIPT)
    except BadSignature as error:
        raise NotFound from error
    with deps().database.read() as session:
        ticket = session.get_one(Ticket, int(ticket_id))
        taken = taken_of(session, ticket.id)
        house = letterhead.house_params(session, chosen_language())
    return render_template("contact_receipt.html", taken=taken, kind=ticket.kind, house=house)


@contact.get("/progress")
def progress() -> Response:
    """The form for number and code, or the matter itself for who has shown them."""
    token = request.args.get("t", "")
    if not token:
        return _ask()
    try:
        ticket_id, _ = _opened("progress", token, _ACCESS)
    except BadSignature:
        return _ask("expired")
    return _show_progress(int(ticket_id), token)


def _ask(notice: str = "", status: int = 200) -> Response:
    with deps().database.read() as session:
        house = letterhead.house_params(session, chosen_language())
    given = {name: request.form.get(name, "") for name in ("number", "code")}
    body = render_template("contact_ask.html", notice=notice, given=given, house=house)
    return Response(body, status, content_type="text/html; charset=utf-8")


def _show_progress(ticket_id: int, token: str, *, problem: str = "", text: str = "", done: str = "") -> Response:
    with deps().database.read() as session:
        found = public_progress.progress_of(session, ticket_id)
        house = letterhead.house_params(session, chosen_language())
    body = render_template(
        "contact_progress.html", p=found, token=token, problem=problem, text=text,
        done=done or request.args.get("done", ""), house=house, most_files=MAX_FILES,
    )  # fmt: skip
    return Response(body, 422 if problem else 200, content_type="text/html; charset=utf-8")


@contact.post("/progress")
def look_up() -> Response:
    """Check number and code."""
    number, code = request.form.get("number", "").strip()[:30], request.form.get("code", "").strip()[:30]
    keyed = ticketnumbers.keyed(number)
    if not public_limits.look_allowed(keyed):
        return _ask("limit", 429)
    with deps().database.read() as session:
        found = public_progress.find(session, number, code)
    if found is None:
        public_limits.count_wrong(keyed)
        return _ask("wrong", 404)
    token = _sign("progress", found.id)
    return redirect(url_for("contact.progress", t=token, lang=request.args.get("lang")), 303)


@contact.post("/progress/add")
def add() -> Response:
    """A word, files, or the wish to withdraw."""
    token = request.form.get("t", "")
    try:
        opened, _ = _opened("progress", token, _ACCESS)
    except BadSignature:
        return _ask("expired", 422)
    ticket_id = int(opened)
    text, files = request.form.get("text", ""), sent_files(request.files)
    withdraws = request.form.get("withdraw") == "1"
    if len(files) > MAX_FILES:
        return _show_progress(ticket_id, token, problem=intake_words.fault(Fault.TOO_MANY), text=text)
    if not public_limits.add_allowed(ticket_id):
        return _show_progress(ticket_id, token, problem="limit", text=text)
    try:
        _add(ticket_id, text, files, withdraws=withdraws)
    except InvalidInputError as error:
        said = intake_words.file_sentence(error.message) if error.field == "files" else intake_words.sentence(error)
        return _show_progress(ticket_id, token, problem=said, text=text)
    done = "withdrawal" if withdraws else "added"
    return redirect(url_for("contact.progress", t=token, done=done, lang=request.args.get("lang")), 303)


def _add(ticket_id: int, text: str, files: list[SentFile], *, withdraws: bool) -> None:
    kind = contributions.WITHDRAWAL if withdraws else contributions.TEXT
    said = Said(text, Channel.WEB, CUSTOMER.name, files, "web", kind)
    with deps().database.write() as session:
        contributions.add(session, deps().store, session.get_one(Ticket, ticket_id), said, now=deps().now())
