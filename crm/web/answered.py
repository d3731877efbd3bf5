"""Pages for a customer who has a link: his answer as a letter, and the questionnaire after it. No login.

The link holds a secret; the letter asks for the last four digits of his telephone number beside it, because a text
message is read by whoever holds the telephone.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.db.aftercare import Reply
from crm.db.tickets import Ticket
from crm.domain.errors import ConflictError, InvalidInputError
from crm.gate.deps import deps
from crm.services import documents, letterhead, questionnaires, reach, replies
from crm.services.after_facts import parts_of
from crm.services.questionnaires import QUESTIONS, Rated
from crm.web import after_words, public_limits
from crm.web.locale import chosen_language
from crm.web.pdf_answers import pdf

answered = Blueprint("answered", __name__, url_prefix="/answer")


@answered.get("/reply/<secret>")
def reply(secret: str) -> Response:
    """Ask for the last four digits."""
    return _page("answered_ask.html", secret=secret, problem="" if _known(secret) else "gone")


def _known(secret: str) -> bool:
    with deps().database.read() as session:
        return replies.by_secret(session, secret, now=deps().now()) is not None


@answered.post("/reply/<secret>")
def read(secret: str) -> Response:
    """The answer, or its letter, for who knows the digits."""
    key = replies.digest_of(secret)[:20]
    if not public_limits.look_allowed(key):
        return _page("answered_ask.html", 429, secret=secret, problem="limit")
    digits = request.form.get("digits", "").strip()
    with deps().database.write() as session:
        row = replies.by_secret(session, secret, now=deps().now())
        if row is None:
            return _page("answered_ask.html", 404, secret=secret, problem="gone")
        ticket = session.get_one(Ticket, row.ticket_id)
        if not _knows(session, ticket, digits):
            public_limits.count_wrong(key)
            return _page("answered_ask.html", 404, secret=secret, problem="wrong")
        replies.first_seen(session, row, now=deps().now())
        if request.form.get("save") == "1":
            return _letter(session, row)
        return _page("answered_reply.html", secret=secret, digits=digits, ticket=ticket, parts=parts_of(row),
                     remedies=row.remedies, words=after_words.PARTS, at=row.sent_at)  # fmt: skip


def _knows(session: Session, ticket: Ticket, digits: str) -> bool:
    """Whether these are the last four digits of a number that the customer gave us."""
    numbers = {address for way, address in reach.ways_to(session, ticket).addresses.items() if way in {"sms", "phone"}}
    return len(digits) == 4 and digits.isascii() and any(number.endswith(digits) for number in numbers)


def _letter(session: Session, row: Reply) -> Response:
    found = documents.rows_of(session, [row.document_id] if row.document_id else [])
    if not found or found[0].state != "stored":
        raise ConflictError("this document was deleted when its retention ended")
    return pdf(documents.content_of(deps().store, found[0]), found[0].file_name)


@answered.get("/rate/<secret>")
def rate(secret: str) -> Response:
    """The questionnaire."""
    with deps().database.read() as session:
        row = questionnaires.by_secret(session, secret, now=deps().now())
    if row is None:
        return _page("answered_done.html", 404, state="gone")
    if row.answered_at is not None:
        return _page("answered_done.html", state="before")
    return _page("answered_rate.html", secret=secret, problem="", given={}, questions=QUESTIONS)


@answered.post("/rate/<secret>")
def rated(secret: str) -> Response:
    """What the customer says."""
    if not public_limits.look_allowed(replies.digest_of(secret)[:20]):
        return _page("answered_done.html", 429, state="limit")
    given = {name: request.form.get(name, "").strip() for name in ("score", "settled", "disputes", "opinion")}
    try:
        with deps().database.write() as session:
            questionnaires.answer(session, secret, _read(given), now=deps().now())
    except ConflictError as error:
        state = "before" if "answered" in str(error) else "gone"
        return _page("answered_done.html", 409, state=state)
    except InvalidInputError as error:
        return _page("answered_rate.html", 422, secret=secret, problem=error.field, given=given, questions=QUESTIONS)
    return _page("answered_done.html", state="disputed" if given["disputes"] == "1" else "thanks")


def _read(given: dict[str, str]) -> Rated:
    marks = {name: _mark(request.form.get(name, "")) for name in QUESTIONS if request.form.get(name)}
    return Rated(
        score=_mark(given["score"]),
        settled=given["settled"] == "1",
        disputes=given["disputes"] == "1",
        opinion=given["opinion"],
        marks=marks,
    )


def _mark(text: str) -> int:
    return int(text) if text in {"1", "2", "3", "4", "5"} else 0


def _page(template: str, status: int = 200, **more: object) -> Response:
    with deps().database.read() as session:
        house = letterhead.house_params(session, chosen_language())
    body = render_template(template, house=house, **more)
    response = Response(body, status, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
