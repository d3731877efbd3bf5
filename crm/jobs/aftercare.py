"""What follows an answer at its time: questionnaires, return visits, periodic visits, archives that are due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from crm.db.aftercare import Questionnaire, Reply, Visit
from crm.db.archives import Archive
from crm.db.customers import CarePlan
from crm.db.people import Customer
from crm.db.session import Database
from crm.db.surveys import Survey
from crm.db.tickets import Ticket
from crm.domain.notices import NoticeKind
from crm.domain.reply import ReplyState
from crm.domain.tickets import Kind, Status
from crm.domain.visits import Outcome, Plan, VisitKind, VisitState
from crm.jobs.work import JobContext
from crm.services import archives, notices, questionnaires, retention, rules, surveys, visits
from crm.services.centre import Centre

log = structlog.get_logger(__name__)

EVERY = 60.0
_AT_ONCE = 200
_ANSWERED = (Status.NOTIFIED, Status.CONFIRMED, Status.DISPUTED, Status.FORM_SIGNED, Status.RETURN_VISIT)
_LOOK_BACK = timedelta(days=30)
_ASK_WITHIN = timedelta(days=3)
"""After a visit; later than that nobody remembers it."""
_REMIND = timedelta(days=1)


def tick(context: JobContext) -> None:
    """Do what is due now."""
    if context.centre is not None:
        run(context.database, context.centre, context.now())


def run(database: Database, centre: Centre, now: datetime) -> int:
    """The same at a given time; gives how many things were done. Asking twice does nothing twice."""
    done = _each(
        database, _to_visit(database), lambda s, t: visits.plan_after_notice(s, t, centre, now=now) is not None
    )
    if centre.public_url:
        done += _after_visits(database, centre, now)
        done += _each(
            database, _to_ask(database, now), lambda s, t: questionnaires.invite(s, t, centre, now=now) is not None
        )
    done += _each(database, _to_archive(database, now), lambda s, t: _archive(s, t, now))
    return done + _remind(database, now)


def nightly(database: Database, now: datetime) -> int:
    """Once a night: periodic visits by the customers' grades, and the list of what may be deleted."""
    with database.write() as session:
        made = _periodic(session, now)
    with database.write() as session:
        retention.propose_expiry(session, now=now)
    return made


def _each(database: Database, ids: list[int], work: Callable[[Session, Ticket], bool]) -> int:
    """Each in a transaction of its own: one that cannot be served must not hold up another."""
    done = 0
    for ticket_id in ids:
        try:
            with database.write() as session:
                done += bool(work(session, session.get_one(Ticket, ticket_id)))
        except Exception:
            log.exception("aftercare_failed", ticket=ticket_id)
    return done


def _to_visit(database: Database) -> list[int]:
    """Answered complaints whose visit of this round is not planned; a reopened one has no notice and waits."""
    planned = exists().where(
        Visit.ticket_id == Ticket.id, Visit.kind == VisitKind.COMPLAINT, Visit.made_at >= Ticket.notified_at
    )
    query = select(Ticket.id).where(
        Ticket.kind == Kind.COMPLAINT, Ticket.status.in_(_ANSWERED), Ticket.notified_at.is_not(None), ~planned
    )
    with database.read() as session:
        return list(session.scalars(query.order_by(Ticket.id).limit(_AT_ONCE)))


def _to_ask(database: Database, now: datetime) -> list[int]:
    """Complaints whose customer has his answer and no questionnaire of it yet."""
    asked = exists().where(Questionnaire.ticket_id == Ticket.id, Questionnaire.round == Reply.round)
    query = (
        select(Ticket.id)
        .join(Reply, Reply.ticket_id == Ticket.id)
        .where(
            Reply.state == ReplyState.TOLD,
            Reply.told_at >= now - _LOOK_BACK,
            Ticket.status.in_((Status.NOTIFIED, Status.CONFIRMED)),
            ~asked,
        )
    )
    with database.read() as session:
        return list(session.scalars(query.order_by(Ticket.id).limit(_AT_ONCE)))


def _after_visits(database: Database, centre: Centre, now: datetime) -> int:
    """Links to those who were visited, reached and have none yet, each in a transaction of its own."""
    asked = exists().where(Survey.visit_id == Visit.id)
    reached = (Outcome.SATISFIED, Outcome.NOT_SATISFIED)
    query = select(Visit.id).where(
        Visit.state == VisitState.DONE,
        Visit.outcome.in_(reached),
        Visit.ticket_id.is_not(None),
        Visit.done_at >= now - _ASK_WITHIN,
        ~asked,
    )
    with database.read() as session:
        ids = list(session.scalars(query.order_by(Visit.id).limit(_AT_ONCE)))
    sent = 0
    for visit_id in ids:
        try:
            with database.write() as session:
                sent += surveys.invite(session, session.get_one(Visit, visit_id), centre, now=now) is not None
        except Exception:
            log.exception("survey_not_sent", visit=visit_id)
    return sent


def _to_archive(database: Database, now: datetime) -> list[int]:
    """Closed complaints whose archive is due by the end of tomorrow."""
    there = exists().where(Archive.ticket_id == Ticket.id, Archive.made_at >= Ticket.closed_at)
    with database.read() as session:
        days = rules.current(session).archive_days
        query = select(Ticket.id).where(
            Ticket.kind == Kind.COMPLAINT,
            Ticket.status == Status.CLOSED,
            Ticket.closed_at <= now - timedelta(days=days - 1),
            ~there,
        )
        return list(session.scalars(query.order_by(Ticket.id).limit(_AT_ONCE)))


def _archive(session: Session, ticket: Ticket, now: datetime) -> bool:
    archives.put_down(session, ticket, by="system", now=now)
    return True


def _remind(database: Database, now: datetime) -> int:
    """Tell a visitor of the visit that is due, once a day at most."""
    reminded = 0
    with database.write() as session:
        rows = session.scalars(
            select(Visit)
            .where(
                Visit.state == VisitState.PLANNED,
                Visit.visitor_id.is_not(None),
                Visit.due_at <= now + _REMIND,
                Visit.next_try_at.is_(None),
            )
            .order_by(Visit.due_at)
            .limit(_AT_ONCE)
        ).all()
        for row in rows:
            notices.tell(session, row.visitor_id, NoticeKind.VISIT_DUE, row.ticket_id, now, visit_id=row.id)
            row.next_try_at = row.due_at if row.due_at > now else now + _REMIND
            reminded += 1
    return reminded


def _periodic(session: Session, now: datetime) -> int:
    """Plan the next periodic visit of customers whose complaints ended, by their grade or their own plan."""
    numbers = rules.current(session)
    plan = Plan(numbers.visit_vip_days, numbers.visit_important_days, numbers.visit_ordinary_days)
    waiting = exists().where(
        Visit.customer_id == Customer.id, Visit.kind == VisitKind.PERIODIC, Visit.state == VisitState.PLANNED
    )
    rows = session.execute(
        select(Ticket, Customer)
        .join(Customer, Customer.id == Ticket.customer_id)
        .where(
            Ticket.kind == Kind.COMPLAINT,
            Ticket.status.in_((Status.CLOSED, Status.ARCHIVED)),
            Ticket.closed_at >= now - timedelta(days=730),
            ~waiting,
        )
        .order_by(Ticket.closed_at.desc())
        .limit(_AT_ONCE * 5)
    ).unique()
    made, seen = 0, set()
    for ticket, customer in rows:
        if customer.id in seen:
            continue
        seen.add(customer.id)
        days = plan.days(customer.grade, _own_days(session, customer.id))
        last = session.scalar(
            select(Visit.done_at)
            .where(Visit.customer_id == customer.id, Visit.state == VisitState.DONE)
            .order_by(Visit.done_at.desc())
            .limit(1)
        )
        ended = ticket.closed_at or now
        due = max(last or ended, ended) + timedelta(days=days)
        if days and due <= now + timedelta(days=14):
            key = f"periodic:{customer.id}:{due:%Y-%m-%d}"
            made += visits.plan(
                session, VisitKind.PERIODIC, key=key, due_at=max(due, now), ticket=ticket, customer_id=customer.id,
                by="system", now=now,
            ) is not None  # fmt: skip
    return made


def _own_days(session: Session, customer_id: int) -> int | None:
    return session.scalar(
        select(CarePlan.visit_days)
        .where(CarePlan.customer_id == customer_id, CarePlan.state == "agreed")
        .order_by(CarePlan.id.desc())
        .limit(1)
    )
