"""A house of people and complaints that they move, for tests of the handling order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.departments import Department
from crm.db.handling import ApprovalRequest
from crm.db.session import Database
from crm.db.tickets import Ticket
from crm.domain.access import Actor, Role
from crm.domain.evidence import EvidenceKind
from crm.domain.tickets import Channel, Kind
from crm.services import approvals, departments, evidence, users
from crm.services.centre import Centre
from crm.services.evidence import NewEvidence
from crm.services.ticket_changes import NewTicket, create_ticket
from crm.services.ticket_moves import move_ticket
from crm.services.tickets import TicketSummary

CENTRE = Centre(ZoneInfo("Asia/Shanghai"))
START = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
CAST = {
    "amy": Role.A1, "ben": Role.A2, "sam": Role.SM, "carl": Role.CM, "cora": Role.CM, "dan": Role.DG, "dora": Role.DG,
    "gina": Role.GM, "tina": Role.DH, "cole": Role.CO, "root": Role.AD,
}  # fmt: skip
CODES = {"business_code": "credit_card", "reason_code": "service_attitude"}
SOLUTION = {"facts": "f", "responsibility": "ours", "basis": "rule 7", "solution": "an apology", "cost": 0}
REPLY = {
    "facts": "f",
    "basis": "b",
    "solution": "s",
    "execution": "e",
    "remedies": "review, court",
    "proof": "signed for",
}


@dataclass
class Office:
    """The people, and a clock that goes ten minutes with each thing done."""

    database: Database
    people: dict[str, Actor] = field(default_factory=dict)
    now: datetime = START

    def later(self, **span: float) -> datetime:
        """Time passes."""
        self.now += timedelta(**span) if span else timedelta(minutes=10)
        return self.now

    def morning(self) -> datetime:
        """The next day begins, at ten in the centre's town."""
        at_ten = self.now.astimezone(CENTRE.zone).replace(hour=10, minute=0) + timedelta(days=1)
        self.now = at_ten.astimezone(UTC)
        return self.now

    def receive(self, by: str = "amy", text: str = "nobody answers me", **more: Any) -> int:
        """A complaint comes in."""
        new = NewTicket(more.pop("kind", Kind.COMPLAINT), more.pop("channel", Channel.PHONE), text, **more)
        with self.database.write() as session:
            return create_ticket(session, self.people[by], new, centre=CENTRE, now=self.later()).summary.id

    def move(self, who: str, ticket_id: int, move: str, **given: Any) -> TicketSummary:
        """Somebody moves it."""
        reason = given.pop("reason", "")
        with self.database.write() as session:
            made = move_ticket(
                session, self.people[who], ticket_id, move, now=self.later(), reason=reason, fields=given
            )
        return made.summary

    def take_in(self, ticket_id: int, level: int = 2, by: str = "amy", **more: Any) -> None:
        """Acknowledged and graded."""
        self.move(by, ticket_id, "acknowledge")
        given = {"severity": "S2", "level": level, "category": "cards.other", "department": "customer_maintenance"}
        self.move(by, ticket_id, "triage", **{**given, **CODES, **more})

    def investigate(self, ticket_id: int, level: int = 2, handler: str = "carl", **more: Any) -> None:
        """As far as the investigation, with a piece of evidence."""
        self.take_in(ticket_id, level, **more)
        self.move("sam", ticket_id, "assign", assignee=handler, first_act="I am sorry that this happened")
        self.move(handler, ticket_id, "investigate")
        self.add_evidence(ticket_id, handler)

    def add_evidence(self, ticket_id: int, by: str) -> None:
        """A note of what was found."""
        kind, heard = EvidenceKind.STATEMENT, "heard on the recording: he shouted"
        new = NewEvidence(kind, "note", "the tone", "the recording", self.now, text=heard)
        with self.database.write() as session:
            evidence.add(session, self.people[by], ticket_id, new, now=self.later())

    def propose(self, ticket_id: int, level: int = 2, handler: str = "carl", **more: Any) -> None:
        """As far as the signatures."""
        self.investigate(ticket_id, level, handler, **more)
        self.move(handler, ticket_id, "propose", **SOLUTION)

    def sign(self, ticket_id: int, *people: str) -> TicketSummary:
        """These sign, one after the other."""
        for name in people:
            summary = self.move(name, ticket_id, "approve")
        return summary

    def ticket(self, session: Session, ticket_id: int) -> Ticket:
        """The row."""
        return session.get_one(Ticket, ticket_id)

    def request(self, session: Session, ticket_id: int) -> ApprovalRequest:
        """The newest request for signatures."""
        return approvals.requests_of(session, ticket_id)[0]

    def head(self, name: str, code: str, post: str = "head") -> None:
        """Somebody heads a department."""
        with self.database.write() as session:
            department = session.scalars(select(Department).where(Department.code == code)).one()
            user_id = self.people[name].user_id
            assert user_id is not None
            departments.place(session, self.people["root"], user_id, department.id, post, now=self.later())


def open_office(database: Database) -> Office:
    """A house with one of each role, and two of some."""
    office = Office(database)
    with database.write() as session:
        for name, role in CAST.items():
            user = users.create_user(
                session, username=name, roles=frozenset({role}), password_hash=None, by="test", now=START
            )
            office.people[name] = users.actor_of(user)
    return office
