"""The resources of `/api/v1`: calls, tickets, recordings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, jsonify, request
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema
from sqlalchemy.orm import Session

from crm.api import out, schemas
from crm.api.audio import audio_response, wanted_range
from crm.domain.errors import ConflictError
from crm.domain.tickets import Channel, Kind, Status
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import calls, idempotency, recordings, ticket_changes, ticket_moves, ticket_of_call, tickets
from crm.services.idempotency import Answer
from ivr import ticketnumbers

PREFIX = "/api/v1"
F = TypeVar("F", bound=Callable[..., Response])
api_calls = Blueprint("api_calls", __name__, url_prefix=PREFIX, description="Calls")
api_tickets = Blueprint("api_tickets", __name__, url_prefix=PREFIX, description="Tickets")
api_recordings = Blueprint("api_recordings", __name__, url_prefix=PREFIX, description="Recordings and transcripts")
TICKET = f"int(max={schemas.BIGGEST})"
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.MAX_KEY},
    "description": "The same key gets the same answer; the work is done once",
}


def gives(schema: type[Schema], status: int = 200) -> Callable[[F], F]:
    """Say in the OpenAPI document what an operation answers; the answer itself is already JSON."""
    content = {"application/json": {"schema": schema}}
    problems = {"application/problem+json": {"schema": schemas.Problem}}
    said: Callable[[F], F] = api_calls.doc(
        responses={
            str(status): {"description": "What was asked for", "content": content},
            "default": {"description": "A problem", "content": problems},
        }
    )
    return said


def takes(schema: type[Schema], location: str = "json") -> Callable[[F], F]:
    """Check the query or body against the schema, and give it to the operation as a dictionary."""
    checked: Callable[[F], F] = api_calls.arguments(schema, location=location)
    return checked


def keyed(operation: F) -> F:
    """Say that the operation honours an Idempotency-Key."""
    said: F = api_calls.doc(parameters=[KEY])(operation)
    return said


@api_calls.route("/calls")
class Calls(MethodView):
    """All calls that the caller of the API may see."""

    @takes(schemas.CallsQuery, "query")
    @gives(schemas.CallList)
    def get(self, query: dict[str, Any]) -> Response:
        """Calls, newest first."""
        with deps().database.read() as session:
            found = calls.list_calls(session, actor(), **query, region=deps().centre.region)
        return jsonify(out.page(found, out.call))


@api_calls.route("/calls/<call_id>")
class CallById(MethodView):
    """One call."""

    @gives(schemas.Call)
    def get(self, call_id: str) -> Response:
        """One call by its id (Asterisk's linkedid)."""
        with deps().database.read() as session:
            found = calls.get_call(session, actor(), call_id)
        return jsonify(out.call(found.summary))


@api_tickets.route("/tickets")
class Tickets(MethodView):
    """All tickets that the caller of the API may see."""

    @takes(schemas.TicketsQuery, "query")
    @gives(schemas.TicketList)
    def get(self, query: dict[str, Any]) -> Response:
        """Tickets in the order asked for."""
        filters = tickets.TicketFilters(
            caller_number=query.get("caller_number"),
            kind=Kind(query["kind"]) if "kind" in query else None,
            status=Status(query["status"]) if "status" in query else None,
            number=ticketnumbers.keyed(query["number"]) if "number" in query else None,
        )
        paging: dict[str, Any] = {name: query.get(name) for name in ("sort", "cursor", "limit")}
        with deps().database.read() as session:
            found = tickets.list_tickets(session, actor(), filters, **paging, region=deps().centre.region)
        return jsonify(out.page(found, out.ticket_summary))

    @takes(schemas.NewTicket)
    @keyed
    @gives(schemas.Ticket, 201)
    def post(self, body: dict[str, Any]) -> Response:
        """Make a ticket."""
        given = dict(body)
        call_id, centre, now = given.pop("call_id", None), deps().centre, deps().now()
        new = ticket_changes.NewTicket(**{**given, "kind": Kind(body["kind"]), "channel": Channel(body["channel"])})

        def make(session: Session) -> Answer:
            if call_id is None:
                made = ticket_changes.create_ticket(session, actor(), new, centre=centre, now=now)
            else:
                made = ticket_of_call.new_ticket(session, actor(), call_id, new, centre=centre, now=now)
            return Answer(201, out.ticket(made))

        response = once(make)
        response.headers["Location"] = f"{PREFIX}/tickets/{response.get_json()['id']}"
        return response


@api_tickets.route(f"/tickets/<{TICKET}:ticket_id>")
class TicketById(MethodView):
    """One ticket."""

    @gives(schemas.Ticket)
    def get(self, ticket_id: int) -> Response:
        """One ticket with its events."""
        with deps().database.read() as session:
            found = tickets.get_ticket(session, actor(), ticket_id)
        return jsonify(out.ticket(found))


@api_tickets.route(f"/tickets/<{TICKET}:ticket_id>/moves")
class TicketMoves(MethodView):
    """The moves of one ticket."""

    @gives(schemas.Moves)
    def get(self, ticket_id: int) -> Response:
        """Every move, whether it can be made now, and why not."""
        with deps().database.read() as session:
            found = ticket_moves.allowed_moves(session, actor(), ticket_id, now=deps().now())
        return jsonify(items=[out.move(option) for option in found])

    @takes(schemas.NewMove)
    @keyed
    @gives(schemas.Ticket)
    def post(self, body: dict[str, Any], ticket_id: int) -> Response:
        """Make a move; one that is not legal gets 409 with the reason, and nothing changes."""
        given = dict(body)
        name, reason, version = given.pop("move"), given.pop("reason"), given.pop("version", None)

        def move(session: Session) -> Answer:
            moved = ticket_moves.move_ticket(
                session,
                actor(),
                ticket_id,
                name,
                now=deps().now(),
                reason=reason,
                fields=given,
                expected_version=version,
            )
            return Answer(200, out.ticket(moved))

        return once(move)


def sounds(operation: F) -> F:
    """Say that the operation answers with a WAV file."""
    said: F = api_calls.doc(
        responses={
            "200": {"description": "The WAV file", "content": {"audio/wav": {}}},
            "206": {"description": "The range asked for", "content": {"audio/wav": {}}},
            "416": {"description": "There is no such range"},
        }
    )(operation)
    return said


def once(work: Callable[[Session], Answer]) -> Response:
    """Do the work in one transaction; with an Idempotency-Key, once however often it is asked for."""
    key, raw = request.headers.get("Idempotency-Key"), request.get_data()
    try:
        answer = _attempt(work, key, raw)
    except ConflictError:
        kept = _kept(key, raw) if key is not None else None
        if kept is None:
            raise
        answer = kept
    response = jsonify(answer.body)
    response.status_code = answer.status
    return response


def _attempt(work: Callable[[Session], Answer], key: str | None, raw: bytes) -> Answer:
    with deps().database.write() as session:
        if key is None:
            return work(session)
        kept = idempotency.replay(session, actor(), request.path, key, raw)
        if kept is not None:
            return kept
        answer = work(session)
        idempotency.remember(session, actor(), request.path, key, raw, answer, now=deps().now())
        return answer


def _kept(key: str, raw: bytes) -> Answer | None:
    with deps().database.read() as session:
        return idempotency.replay(session, actor(), request.path, key, raw)


@api_recordings.route("/recordings/<recording_id>")
class RecordingById(MethodView):
    """One recording."""

    @gives(schemas.Recording)
    def get(self, recording_id: str) -> Response:
        """Facts of a recording."""
        with deps().database.read() as session:
            found = recordings.get_recording(session, actor(), recording_id)
        return jsonify(out.recording(found))


@api_recordings.route("/recordings/<recording_id>/audio")
class RecordingAudio(MethodView):
    """The sound of one recording."""

    @sounds
    def get(self, recording_id: str) -> Response:
        """The WAV file, or a range of it. The beginning of listening is written down in the audit chain."""
        database, now = deps().database, deps().now()
        with database.read() as session:
            facts = recordings.get_recording(session, actor(), recording_id)
            follows = recordings.heard_lately(session, actor(), recording_id, now)
        bounds = wanted_range(facts.size, facts.sha256)
        first = request.method == "GET" and (bounds is None or bounds[0] == 0 or not follows)
        with database.write() if first else database.read() as session:
            audio = recordings.open_audio(session, deps().store, actor(), recording_id, first=first, now=now)
        return audio_response(audio, bounds, etag=facts.sha256, name=recording_id)


@api_recordings.route("/recordings/<recording_id>/transcript")
class RecordingTranscript(MethodView):
    """The transcript of one recording."""

    @gives(schemas.Transcript)
    def get(self, recording_id: str) -> Response:
        """The transcript that counts now, or the state of the wait for one."""
        with deps().database.read() as session:
            found = recordings.get_transcript(session, actor(), recording_id)
        if found.text:
            with deps().database.write() as session:
                recordings.note_readings(session, actor(), [recording_id], now=deps().now())
        return jsonify(out.transcript(found))
