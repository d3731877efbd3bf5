"""Things of every relation, for the test that walks all routes: whose they are, and what is sent to change them.

Whoever adds a route with an argument of ``KINDS`` need do nothing: it is walked. Whoever adds one that changes
something gives it a row in ``BODIES`` that its owner's request gets through with, so that a stranger's refusal is
one of rights and not of a form that was left empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.calls import Call, Recording, SegmentRow, TranscriptRow
from crm.db.departments import Department, DepartmentMember
from crm.db.rights import ServedQueue
from crm.db.tickets import TicketRecording
from crm.domain.access import Relation, Role, may
from crm.domain.actions import Action
from crm.domain.tickets import Channel, Kind, Status
from crm.services import ticket_changes, users
from crm.services.centre import Centre
from ivr import ticketnumbers
from tests.factories import CHEAP, NOW, PASSWORD, RATE, ZONE, House, peaks, tone, wav_bytes

KINDS = ("ticket_id", "recording_id", "call_id")
"""Arguments of routes that name a thing which belongs to somebody."""

OWN_SECTION, OTHER_SECTION, DEPARTMENT = "service_section_1", "service_section_2", "risk"
QUEUE = "complaints"
STRANGER, COLLEAGUE = "a-stranger", "a-colleague"
BODIES: Mapping[str, Mapping[str, Any]] = {
    "tickets.move": {"move": "acknowledge", "version": "1"},
    "api_tickets.TicketMoves": {"move": "acknowledge"},
    "case_intake.confirm": {"category": "complaints.fees", "severity": "S3"},
    "case_intake.added": {"text": "something more", "channel": "phone"},
    "case_evidence.add": {
        "kind": "system_log",
        "title": "log",
        "shows": "it",
        "source": "ledger",
        "text": "20:31",
        "obtained_at": "2026-11-21T10:00",
    },
    "case_contacts.write": {
        "kind": "progress",
        "outcome": "reached",
        "channel": "phone",
        "at": "2026-11-21T10:00",
        "told": "soon",
    },
    "case_assistance.ask": {"department": "technology", "question": "why?", "due_at": "2026-11-25T10:00"},
    "case_intake.read_back": {},
    "case_handling.act": {"act": "explained", "note": "told the rule"},
    "case_handling.pass_up": {"reason": "not content"},
    "case_terms.forwarded": {"body": "pboc", "letter": "12"},
    "case_terms.leak": {"what": "a list of numbers"},
    "case_escalation.raise_one": {"ground": "reputation", "why": "a newspaper asks"},
    "case_learning.region": {"region": "11"},
    "case_archive.hold": {"reason": "a court asks"},
    "two_person.ask_export": {"reason": "for the court"},
    "two_person.export": {"reason": "for the regulator"},
    "api_handling.HandlingActs": {"act": "explained", "note": "told the rule"},
    "api_handling.HandlingUp": {"reason": "not content"},
}
"""Endpoint → what its owner sends."""

_SEATS = {Role.A1: OWN_SECTION, Role.A2: OWN_SECTION, Role.SM: OWN_SECTION, Role.DH: DEPARTMENT}


def person_of(role: Role) -> str:
    """The user name of the person who has this role and no other."""
    return f"one-{role.lower()}"


@dataclass(frozen=True)
class Thing:
    """A ticket with its call and its recording, and how people of some roles stand to it."""

    name: str
    relations: Mapping[Role, frozenset[Relation]]
    ids: Mapping[str, Any]
    about: bool = False
    """it complains about the very person who asks: no relation opens it"""
    typical: bool = True
    """routes that change something are walked with these only"""

    def may(self, role: Role, action: Action) -> bool:
        """What the matrix says."""
        relations = self.relations[role]
        if self.about:
            return False
        if may({role}, Action.TICKET_READ, relations):
            relations |= {Relation.CASE}
        return may({role}, action, relations)


@dataclass
class Rows:
    """Who there is, and what."""

    tokens: dict[Role, str] = field(default_factory=dict)
    things: list[Thing] = field(default_factory=list)


def fill(house: House) -> Rows:
    """A person of each role, and things that stand to them in every way."""
    rows = Rows()
    with house.database.write() as session:
        ids = _people(session, rows)
        for index, (thing, columns, call) in enumerate(_wanted(session, ids), 1):
            made = _make(session, house, index, columns, call)
            rows.things.append(replace(thing, ids=made))
    return rows


def _people(session: Session, rows: Rows) -> dict[str, int]:
    hashed = CHEAP.hash(PASSWORD)
    seats = {person_of(role): (role, _SEATS.get(role)) for role in Role}
    seats |= {STRANGER: (Role.A1, OTHER_SECTION), COLLEAGUE: (Role.A1, OWN_SECTION)}
    departments = {row.code: row.id for row in session.scalars(select(Department))}
    ids = {}
    for name, (role, seat) in seats.items():
        user = users.create_user(
            session, username=name, roles=frozenset({role}), password_hash=hashed, by="test", now=NOW, locale="en"
        )
        ids[name] = user.id
        if seat is not None:
            session.add(DepartmentMember(user_id=user.id, department_id=departments[seat]))
    for role in Role:
        rows.tokens[role] = users.create_token(session, by="test", now=NOW, username=person_of(role))
    session.add(ServedQueue(agent=person_of(Role.A2), queue=QUEUE))
    return ids


_Wanted = tuple[Thing, dict[str, Any], dict[str, Any]]


def _wanted(session: Session, ids: Mapping[str, int]) -> Iterator[_Wanted]:
    """Each thing, the columns of its ticket, and those of its call."""
    risk = session.scalars(select(Department.id).where(Department.code == DEPARTMENT)).one()
    stranger = {"assignee_id": ids[STRANGER]}
    his_call = {"agent": STRANGER}
    yield _shared("a complaint of nobody", {Role.SM: {Relation.SECTION}}, complaint=True), {}, {}
    yield _shared("another section's enquiry"), {"kind": Kind.INQUIRY, **stranger}, his_call
    yield _shared("another section's complaint", complaint=True), stranger, his_call
    columns = {"kind": Kind.INQUIRY, "department_id": risk, **stranger}
    yield _shared("an enquiry given to a department", {Role.DH: {Relation.DEPARTMENT}}), columns, his_call
    waiting = {Role.A2: {Relation.QUEUE}, Role.SM: {Relation.SECTION}}
    yield _shared("an enquiry that waits in a queue", waiting), {"kind": Kind.INQUIRY}, {"queue": QUEUE}
    colleague = {"kind": Kind.INQUIRY, "assignee_id": ids[COLLEAGUE]}
    yield _shared("a colleague's enquiry", {Role.SM: {Relation.SECTION}}), colleague, {"agent": COLLEAGUE}
    closed = {"status": Status.CLOSED, **stranger}
    yield _shared("a closed complaint", {Role.QA: {Relation.SAMPLED}}, complaint=True), closed, his_call
    for role in Role:
        me = ids[person_of(role)]
        own = frozenset({Relation.OWN, Relation.OWN_UNTRIAGED, Relation.COMPLAINT})
        own |= {Relation.SECTION} if role is Role.SM else set()
        yield Thing(f"{role}'s own complaint", {role: own}, {}), {"assignee_id": me}, {}
        about = {"complained_about_id": me, "created_by_id": me}
        yield Thing(f"a complaint about {role}", {role: frozenset()}, {}, about=True), about, his_call


def _shared(name: str, more: Mapping[Role, set[Relation]] | None = None, *, complaint: bool = False) -> Thing:
    plain = {Relation.COMPLAINT} if complaint else set()
    relations = {role: frozenset(plain | (more or {}).get(role, set())) for role in Role}
    return Thing(name, relations, {}, typical=not complaint and not more)


def _make(
    session: Session, house: House, index: int, columns: Mapping[str, Any], call: Mapping[str, Any]
) -> dict[str, Any]:
    began = NOW - timedelta(hours=index)
    of_call = Call(
        call_id=f"huiyin01-{int(began.timestamp())}.{index}", language="zh", started_at=began, answered_at=began,
        ended_at=began + timedelta(minutes=2), outcome="answered", menu_path=[], flags=[], ivr_done=True, **call,
    )  # fmt: skip
    session.add(of_call)
    ticket = ticket_changes.open_ticket(
        session, number=ticketnumbers.make(began.astimezone(ZONE).date(), 1, 20_000 + index),
        kind=columns.get("kind", Kind.COMPLAINT), priority="P3", channel=Channel.PHONE, received_at=began,
        centre=Centre(ZONE),
    )  # fmt: skip
    for name, value in columns.items():
        setattr(ticket, name, value)
    ticket.text = f"words of matter {index}"
    ticket.calls = [of_call]
    session.flush()
    recording = _recording(session, house, of_call, index)
    session.add(TicketRecording(ticket_id=ticket.id, recording_id=recording, position=0))
    session.flush()
    return {"ticket_id": ticket.id, "call_id": of_call.call_id, "recording_id": recording}


def _recording(session: Session, house: House, call: Call, index: int) -> str:
    samples = tone(0.1, 1, seed=index)
    content, identity = wav_bytes(samples), str(uuid4())
    key = f"{call.started_at:%Y/%m/%d}/{identity}"
    house.store.put(key, content)
    said = SegmentRow(side="caller", start=0.0, end=0.1, text="words", confidence=0.9, words=[])
    session.add(
        Recording(
            id=identity, call_id=call.call_id, kind="message", source_name=f"message-{index}", state="stored",
            started_at=call.started_at, duration=0.1, rate=RATE, channels=1, sha256=sha256(content).hexdigest(),
            size=len(content), flags=[], peaks=peaks(samples, 10), store_key=key,
            transcripts=[TranscriptRow(state="done", language="zh", text="words", made_at=NOW, segments=[said])],
        )
    )  # fmt: skip
    session.flush()
    return identity
