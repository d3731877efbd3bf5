"""Intake over the API: matters of apps, online desks, communities and social media, and files of a ticket."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import quote

from flask import Response, jsonify, request
from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from crm.api import intake_schemas as schemas
from crm.api import out
from crm.api.resources import PREFIX, F, gives, keyed, once, takes
from crm.api.schemas import BIGGEST
from crm.domain.submissions import Preferred, Submission
from crm.domain.tickets import Channel, Kind
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import attachments, classify, file_check
from crm.services.attachments import AttachmentView
from crm.services.idempotency import Answer
from crm.services.submissions import Arrival, Taken, origin_of, take_in
from crm.services.tickets import load_ticket

api_intake = Blueprint("api_intake", __name__, url_prefix=PREFIX, description="Intake: matters and their files")
_TICKET = f"int(max={BIGGEST})"
_BINARY = {"schema": {"type": "string", "format": "binary"}}


def sends_file(operation: F) -> F:
    """Say that the body of the operation is a file."""
    said: F = api_intake.doc(requestBody={"required": True, "content": {"application/octet-stream": _BINARY}})(
        operation
    )
    return said


def gives_file(operation: F) -> F:
    """Say that the operation answers with a file."""
    answer = {"description": "The file", "content": {"application/octet-stream": _BINARY}}
    said: F = api_intake.doc(responses={"200": answer})(operation)
    return said


def _file(found: AttachmentView) -> dict[str, Any]:
    return {
        "id": found.id,
        "ticket_id": found.ticket_id,
        "file_name": found.file_name,
        "media_type": found.media_type,
        "size": found.size,
        "sha256": found.sha256,
        "state": found.state,
        "flags": list(found.flags),
        "source": found.source,
        "added_at": out.instant(found.added_at),
        "added_by": found.added_by,
    }


def _way(given: dict[str, Any]) -> str:
    """The way to answer that the customer's own data allow."""
    for name, way in (("phone", Preferred.PHONE), ("email", Preferred.EMAIL), ("postal_address", Preferred.LETTER)):
        if given[name]:
            return way
    return Preferred.PHONE


def _receipt(found: Taken) -> dict[str, Any]:
    return {
        "ticket_id": found.ticket_id,
        "number": found.number,
        "progress_code": found.progress_code,
        "received_at": out.instant(found.received_at),
        "expected_at": out.instant(found.expected_at),
        "again": found.again,
    }


@api_intake.route("/intake")
class Intake(MethodView):
    """Matters as other systems take them in: an app, an online desk, a community, social media, QQ."""

    @takes(schemas.NewMatter)
    @keyed
    @gives(schemas.Receipt, 201)
    def post(self, body: dict[str, Any]) -> Response:
        """Take a matter in; gives what the customer is to be told.

        The same ``external_id`` of the same platform is taken in once, whenever it comes again.
        """
        given = dict(body)
        shown = given.pop("shown")
        given["preferred"] = given["preferred"] or _way(given)
        made = Submission(**{**given, "kind": Kind(given["kind"]), "channel": Channel(given["channel"])})
        origin = origin_of("api", made.channel, made.platform, made.external_id) if made.external_id else None

        def work(session: Session) -> Answer:
            taken = take_in(
                session,
                deps().store,
                made,
                Arrival(origin=origin, source="api", shown=shown),
                actor=actor(),
                centre=deps().centre,
                now=deps().now(),
            )
            return Answer(200 if taken.again else 201, _receipt(taken))

        return once(work)


@api_intake.route("/intake/suggestion")
class Suggestion(MethodView):
    """What words suggest."""

    @takes(schemas.Words)
    @gives(schemas.Suggested)
    def post(self, body: dict[str, Any]) -> Response:
        """What a text seems to be about, with the words that decided. Nothing is kept; a person decides."""
        found = classify.of_text(body["text"])
        return jsonify(
            version=found.version,
            guesses={
                str(axis): {
                    "label": guess.label,
                    "share": guess.share,
                    "words": [{"word": hit.word, "start": hit.start, "end": hit.end} for hit in guess.hits],
                }
                for axis, guess in found.guesses.items()
            },
            signs={str(sign): [hit.word for hit in hits] for sign, hits in found.signs.items()},
        )


@api_intake.route(f"/tickets/<{_TICKET}:ticket_id>/attachments")
class TicketAttachments(MethodView):
    """The files of one ticket."""

    @gives(schemas.AttachmentList)
    def get(self, ticket_id: int) -> Response:
        """All files, in the order in which they came."""
        with deps().database.read() as session:
            load_ticket(session, actor(), ticket_id)
            found = attachments.of_ticket(session, actor(), ticket_id)
        return jsonify(items=[_file(one) for one in found], next=None)

    @takes(schemas.NewFile, "query")
    @sends_file
    @gives(schemas.Attachment, 201)
    def post(self, query: dict[str, Any], ticket_id: int) -> Response:
        """Add a file: its bytes are the body. What kind it is, its bytes say; the same file again is kept once."""
        content = file_check.read_limited(request.stream)  # type: ignore[arg-type]  # a stream of bytes
        with deps().database.write() as session:
            found = attachments.add(
                session,
                deps().store,
                actor(),
                ticket_id,
                io.BytesIO(content),
                file_name=query["file_name"],
                now=deps().now(),
            )
        response = jsonify(_file(found))
        response.status_code = 201
        return response


@api_intake.route("/attachments/<attachment_id>")
class AttachmentById(MethodView):
    """One file."""

    @gives_file
    def get(self, attachment_id: str) -> Response:
        """The file as it came; that it was opened is written down in the audit chain."""
        with deps().database.write() as session:
            facts = attachments.get_attachment(session, actor(), attachment_id)
            opened = attachments.open_content(session, deps().store, actor(), attachment_id, now=deps().now())
        response = Response(opened.read(0, opened.size), 200, mimetype="application/octet-stream")
        name = quote(facts.file_name, safe="")
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
        response.headers["Content-Length"] = str(opened.size)
        response.set_etag(facts.sha256)
        return response
