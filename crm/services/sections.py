"""Sections and departments as conditions of queries: whose people a ticket or a call belongs to.

A section manager answers for his section: what his people took, made or were given, and what is nobody's. While he
is in no section he answers for everybody; a house of one section need not write it down.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.db.calls import Call
from crm.db.departments import Department, DepartmentMember
from crm.db.handling import ApprovalRequest, ApprovalStep
from crm.db.people import User
from crm.db.tickets import Ticket

SECTION = "section"


def department_of(user_id: int) -> Select[int]:
    """The department (or section, or office) that somebody belongs to."""
    return select(DepartmentMember.department_id).where(DepartmentMember.user_id == user_id)


def asked_to_sign(user_id: int) -> Select[int]:
    """Tickets on which his department has to sign: whoever signs reads what he signs."""
    return (
        select(ApprovalRequest.ticket_id)
        .join(ApprovalStep, ApprovalStep.request_id == ApprovalRequest.id)
        .where(ApprovalStep.department_id.in_(department_of(user_id)))
    )


def _section_of(user_id: int) -> Select[int]:
    return (
        select(DepartmentMember.department_id)
        .join(Department, Department.id == DepartmentMember.department_id)
        .where(DepartmentMember.user_id == user_id, Department.kind == SECTION)
    )


def _people(user_id: int, *, of_his: bool) -> Select[int]:
    """The people of his section, or those of the other sections."""
    his = _section_of(user_id)
    in_sections = (
        select(DepartmentMember.user_id)
        .join(Department, Department.id == DepartmentMember.department_id)
        .where(Department.kind == SECTION)
    )
    which = DepartmentMember.department_id.in_(his) if of_his else DepartmentMember.department_id.not_in(his)
    return in_sections.where(which)


def _leads_all(user_id: int) -> ColumnElement[bool]:
    return ~exists(_section_of(user_id))


def tickets_of_section(user_id: int) -> ColumnElement[bool]:
    """Tickets that one of his people took, made or has, that were given to his section, or that are no section's."""
    people = (Ticket.first_agent_id, Ticket.created_by_id, Ticket.assignee_id)
    his = [column.in_(_people(user_id, of_his=True)) for column in people]
    elsewhere = _people(user_id, of_his=False)
    nobodys = [or_(column.is_(None), column.not_in(elsewhere)) for column in people]
    given = Ticket.department_id.in_(_section_of(user_id))
    return or_(_leads_all(user_id), given, *his, and_(*nobodys))


@dataclass(frozen=True)
class SectionPeople:
    """A section, who is in it, and who is in another: numbers of rows."""

    section: int
    his: tuple[int, ...]
    elsewhere: tuple[int, ...]

    def tickets(self) -> ColumnElement[bool]:
        """The same as ``tickets_of_section`` with the people written out, for lists."""
        people = (Ticket.first_agent_id, Ticket.created_by_id, Ticket.assignee_id)
        nobodys = [or_(column.is_(None), column.not_in(self.elsewhere)) for column in people]
        his = (column.in_(self.his) for column in people)
        return or_(Ticket.department_id == self.section, *his, and_(*nobodys))


def people_seen(session: Session, user_id: int) -> SectionPeople | None:
    """Whose tickets somebody who leads a section sees; None: he leads everybody."""
    section = session.scalars(_section_of(user_id)).first()
    if section is None:
        return None
    his = session.scalars(_people(user_id, of_his=True).order_by(DepartmentMember.user_id)).all()
    elsewhere = session.scalars(_people(user_id, of_his=False).order_by(DepartmentMember.user_id)).all()
    return SectionPeople(section, tuple(his), tuple(elsewhere))


def calls_of_section(user_id: int) -> ColumnElement[bool]:
    """Calls that one of his people had, or nobody who is in another section."""
    names = select(User.username).where(User.id.in_(_people(user_id, of_his=False)))
    return or_(_leads_all(user_id), Call.agent.is_(None), Call.agent.not_in(names))


def people_of_section(user_id: int, column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """People of his section, by a column that names them; everybody while he is in no section."""
    return or_(_leads_all(user_id), column.in_(_people(user_id, of_his=True)))


def users_of_section(user_id: int) -> ColumnElement[bool]:
    """His people, and those who are in no section; everybody while he is in none."""
    return or_(_leads_all(user_id), User.id.not_in(_people(user_id, of_his=False)))
