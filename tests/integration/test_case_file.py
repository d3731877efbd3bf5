"""A case file on both databases: evidence and its custody, findings and solution by version, questions, steps, desk."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from crm.db.casefile import Evidence, ExecutionStep, InvestigationVersion, Notice, SolutionVersion
from crm.db.departments import Department, DepartmentMember
from crm.db.session import Database
from crm.db.tickets import Ticket, TicketEvent
from crm.domain import causes
from crm.domain.access import Actor, Role
from crm.domain.case_contacts import ContactKind, ContactOutcome
from crm.domain.desk import Urgency, WaitsFor
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.evidence import EvidenceKind
from crm.domain.investigation import Basis, BasisKind, Degree, Findings, Party, Responsible, Verdict
from crm.domain.notices import NoticeKind
from crm.domain.solutions import Measure, Plan, RemedyKind, Step
from crm.domain.tickets import Channel, Kind, Status
from crm.services import (
    assistance,
    audit,
    case_contacts,
    case_facts,
    customer_records,
    desk,
    evidence,
    execution,
    investigation,
    notices,
    search,
    solutions,
    users,
)
from crm.services.case_contacts import NewContact
from crm.services.evidence import NewEvidence
from crm.services.ticket_changes import NewTicket, create_ticket
from recordings.encryption import KeyRing
from recordings.local_store import LocalStore
from tests.call_work import CENTRE, NOW, ZONE
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)

pytestmark = pytest.mark.integration
CAST = {"alice": Role.A1, "sam": Role.SM, "carl": Role.CM, "theo": Role.DH, "audrey": Role.AU, "ulla": Role.CM}
LOG = NewEvidence(
    EvidenceKind.SYSTEM_LOG, "posting log", "the charge was booked twice", "ledger", NOW, text="20:31:05 and 20:31:08"
)
TREE = causes.rooted(causes.added((), "sent twice", parent=None, evidence=[1]), 1, "system.defect")
FINDINGS = Findings(
    "charged twice (E1)",
    Verdict.SUBSTANTIATED,
    TREE,
    (Responsible(Party.PARTNER, Degree.FULL, "acquirer", None, "it sent twice"),),
    (Basis(BasisKind.CONTRACT, "credit card contract", "12"),),
)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Case:
    """A complaint that carl investigates, and the people around it."""

    database: Database
    people: dict[str, Actor]
    ticket_id: int
    number: str

    def __getitem__(self, name: str) -> Actor:
        return self.people[name]


@pytest.fixture
def case(database: Database) -> Case:  # noqa: F811
    with database.write() as session:
        people = {
            name: users.actor_of(
                users.create_user(session, username=name, roles=frozenset({role}), password_hash=None, by="t", now=NOW)
            )
            for name, role in CAST.items()
        }
        new = NewTicket(Kind.COMPLAINT, Channel.EMAIL, "charged twice", caller_number="13800138000")
        made = create_ticket(session, people["sam"], new, centre=CENTRE, now=NOW).summary
        accounting = session.scalars(select(Department).where(Department.code == "accounting")).one()
        session.add(DepartmentMember(user_id=people["theo"].user_id, department_id=accounting.id))
        where = update(Ticket).where(Ticket.id == made.id)
        session.execute(where.values(status=Status.INVESTIGATING, assignee_id=people["carl"].user_id, level=2))
    return Case(database, people, made.id, made.number)


def stand(case: Case, status: Status) -> None:
    with case.database.write() as session:
        session.execute(update(Ticket).where(Ticket.id == case.ticket_id).values(status=status))


def plan(case: Case) -> Plan:
    due = (NOW + DAY).isoformat()
    return Plan(
        "refund and apologise",
        (Measure(1, RemedyKind.ADJUSTMENT, "refund", 128_000), Measure(2, RemedyKind.APOLOGY, "call")),
        (
            Step(1, 1, "book the refund", due, department="accounting"),
            Step(2, 2, "call the customer", due, user="carl"),
        ),
    )


def write_plan(case: Case, made: Plan | None = None, version: int = 0) -> None:
    with case.database.write() as session:
        solutions.write(
            session, case["carl"], case.ticket_id, lambda _: made or plan(case), expected_version=version, now=NOW
        )


def test_evidence_is_numbered_kept_and_sealed_into_the_audit(case: Case) -> None:
    with case.database.write() as session:
        first = evidence.add(session, case["carl"], case.ticket_id, LOG, now=NOW)
        second = evidence.add(
            session, case["carl"], case.ticket_id, replace(LOG, text="card 6222021234567894"), now=NOW
        )
        evidence.hand_over(
            session, case["carl"], case.ticket_id, first.id, holder="archive room", note="paper", now=NOW + DAY
        )
    with case.database.read() as session:
        kept = evidence.of_ticket(session, case.ticket_id)
        assert [one.position for one in kept] == [1, 2]
        assert kept[1].text == "card 622202••••••7894", "a card number is not kept"
        assert "card numbers masked: 1" in kept[1].log[0].note
        assert [(act.act, act.holder) for act in kept[0].log] == [
            ("collected", "carl"),
            ("handed_over", "archive room"),
        ]
        events = session.scalars(select(TicketEvent.event).where(TicketEvent.ticket_id == case.ticket_id)).all()
        assert events.count("evidence_added") == 2
        assert audit.verify(session).broken is None
        assert second.id == kept[1].id


def test_what_was_withdrawn_stays_in_the_file_and_does_not_count(case: Case) -> None:
    with case.database.write() as session:
        made = evidence.add(session, case["carl"], case.ticket_id, LOG, now=NOW)
        with pytest.raises(InvalidInputError):
            evidence.withdraw(session, case["carl"], case.ticket_id, made.id, reason=" ", now=NOW)
        evidence.withdraw(session, case["carl"], case.ticket_id, made.id, reason="of another customer", now=NOW)
        assert case_facts.evidence_count(session, case.ticket_id) == 0
        with pytest.raises(ConflictError):
            evidence.hand_over(session, case["carl"], case.ticket_id, made.id, holder="x", note="", now=NOW)
        evidence.restore(session, case["carl"], case.ticket_id, made.id, reason="it is his after all", now=NOW)
        assert case_facts.evidence_count(session, case.ticket_id) == 1


def test_a_changed_piece_of_evidence_is_noticed(case: Case, tmp_path: Path) -> None:
    store = LocalStore(tmp_path, KeyRing.of(b"k" * 32))
    with case.database.write() as session:
        for name in ("one", "two"):
            evidence.add(session, case["carl"], case.ticket_id, replace(LOG, title=name), now=NOW)
    with case.database.write() as session:
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text("DROP TRIGGER evidence_no_update"))
        else:
            session.execute(text("ALTER TABLE evidence DISABLE TRIGGER ALL"))
        session.execute(update(Evidence).where(Evidence.position == 2).values(text="20:31:05 only"))
    with case.database.read() as session:
        found = evidence.look(session, store, case["carl"], case.ticket_id)
    with case.database.write() as session:
        assert evidence.note_checks(session, case["carl"], case.ticket_id, found, now=NOW) == (1, 1)
    with case.database.read() as session:
        assert [one.custody.whole for one in evidence.of_ticket(session, case.ticket_id)] == [True, False]


def test_the_file_is_append_only(case: Case) -> None:
    with case.database.write() as session:
        evidence.add(session, case["carl"], case.ticket_id, LOG, now=NOW)
        investigation.write(session, case["carl"], case.ticket_id, lambda _: FINDINGS, expected_version=0, now=NOW)
    write_plan(case)
    for table in ("evidence", "evidence_custody", "investigation_versions", "solution_versions"):
        with pytest.raises(DatabaseError, match="append-only"), case.database.write() as session:
            session.execute(text(f"DELETE FROM {table}"))  # noqa: S608  (a table of this test)


def test_nobody_writes_in_a_file_that_is_not_his_or_is_about_him(case: Case) -> None:
    with case.database.write() as session:
        for name in ("alice", "audrey"):
            with pytest.raises((NotFoundError, ForbiddenError)):
                evidence.add(session, case[name], case.ticket_id, LOG, now=NOW)
        session.execute(
            update(Ticket).where(Ticket.id == case.ticket_id).values(complained_about_id=case["ulla"].user_id)
        )
        with pytest.raises((NotFoundError, ForbiddenError)):
            evidence.add(session, case["ulla"], case.ticket_id, LOG, now=NOW)
        evidence.add(session, case["carl"], case.ticket_id, LOG, now=NOW)


def test_an_archived_file_takes_nothing_in(case: Case) -> None:
    stand(case, Status.ARCHIVED)
    with case.database.write() as session, pytest.raises(ConflictError):
        evidence.add(session, case["carl"], case.ticket_id, LOG, now=NOW)


def test_findings_are_kept_by_version_and_nobody_overwrites_another(case: Case) -> None:
    with case.database.write() as session:
        investigation.write(session, case["carl"], case.ticket_id, lambda _: FINDINGS, expected_version=0, now=NOW)
        with pytest.raises(ConflictError):
            investigation.write(
                session, case["sam"], case.ticket_id, lambda f: replace(f, facts="mine"), expected_version=0, now=NOW
            )
        investigation.write(
            session, case["sam"], case.ticket_id, lambda f: replace(f, facts="more"), expected_version=1, now=NOW
        )
        same = investigation.write(session, case["sam"], case.ticket_id, lambda f: f, expected_version=2, now=NOW)
        assert same.version == 2, "what changes nothing makes no version"
    with case.database.read() as session:
        rows = investigation.versions(session, case.ticket_id)
        assert [(row.version, row.actor, row.document["facts"]) for row in rows] == [
            (1, "carl", "charged twice (E1)"),
            (2, "sam", "more"),
        ]
        assert session.scalar(select(InvestigationVersion.sha256).where(InvestigationVersion.version == 1)) == (
            case_facts.digest(rows[0].document)
        )


def test_findings_are_closed_once_they_are_signed(case: Case) -> None:
    for status in (Status.PENDING_APPROVAL, Status.EXECUTING, Status.NOTIFIED, Status.CLOSED):
        stand(case, status)
        with case.database.write() as session, pytest.raises(ConflictError):
            investigation.write(session, case["carl"], case.ticket_id, lambda _: FINDINGS, expected_version=0, now=NOW)
        with pytest.raises(ConflictError):
            write_plan(case)


def test_only_one_of_us_is_named_as_staff(case: Case) -> None:
    wrong = replace(FINDINGS, responsible=(Responsible(Party.STAFF, Degree.FULL, "x", "nobody", "x"),))
    with case.database.write() as session, pytest.raises(InvalidInputError, match="no such user"):
        investigation.write(session, case["carl"], case.ticket_id, lambda _: wrong, expected_version=0, now=NOW)


def test_a_proposal_is_whole_when_findings_and_plan_are(case: Case) -> None:
    with case.database.write() as session:
        assert case_facts.solution_parts(session, case.ticket_id) == frozenset()
        assert case_facts.to_execute(session, case.ticket_id) is None
        investigation.write(session, case["carl"], case.ticket_id, lambda _: FINDINGS, expected_version=0, now=NOW)
    write_plan(case)
    with case.database.read() as session:
        assert case_facts.solution_parts(session, case.ticket_id) == {
            "facts",
            "responsibility",
            "basis",
            "solution",
            "cost",
        }
        view = case_facts.solution_of(session, case.ticket_id)
        assert (view.plan.cost_fen, view.document["cost_fen"]) == (128_000, 128_000)
        assert session.scalar(select(SolutionVersion.sha256)) == view.fingerprint
        assert case_facts.to_execute(session, case.ticket_id) == 2


def test_a_step_names_somebody_and_a_time_to_come(case: Case) -> None:
    whole = plan(case)
    first = whole.steps[0]
    for wrong, why in (
        (replace(first, user="nobody", department=None), "no such active user"),
        (replace(first, department="nowhere"), "no such department"),
        (replace(first, due_at=(NOW - DAY).isoformat()), "must lie ahead"),
    ):
        with pytest.raises(InvalidInputError, match=why):
            write_plan(case, replace(whole, steps=(wrong, whole.steps[1])))
    with case.database.read() as session:
        assert case_facts.solution_of(session, case.ticket_id).version == 0


def test_steps_are_carried_out_after_the_signatures_by_whose_they_are(case: Case) -> None:
    write_plan(case)
    with case.database.read() as session:
        book, call = execution.steps_of(session, case.ticket_id)
        assert execution.steps_for(session, case["theo"]) == (), "nothing is signed yet"
    with case.database.write() as session, pytest.raises(ConflictError):
        execution.do_step(session, case["theo"], book.id, outcome="booked", reference="P1", expected_version=1, now=NOW)
    stand(case, Status.EXECUTING)
    with case.database.write() as session:
        execution.begin_execution(session, session.get_one(Ticket, case.ticket_id), now=NOW, by=None)
        assert [one.id for one in execution.steps_for(session, case["theo"])] == [book.id]
        with pytest.raises(NotFoundError):
            execution.do_step(session, case["alice"], book.id, outcome="x", expected_version=1, now=NOW)
        with pytest.raises(InvalidInputError, match="posting"):
            execution.do_step(session, case["theo"], book.id, outcome="booked", expected_version=1, now=NOW)
        execution.report_problem(
            session, case["theo"], book.id, problem="account is closed", expected_version=1, now=NOW
        )
        with pytest.raises(ConflictError):
            execution.do_step(session, case["theo"], book.id, outcome="x", reference="P", expected_version=1, now=NOW)
        done = execution.do_step(
            session, case["theo"], book.id, outcome="booked", reference="P1", expected_version=2, now=NOW
        )
        assert (done.state, done.done_by, done.problem) == ("done", "theo", "")
        assert case_facts.steps_open(session, case.ticket_id) == 1
        execution.do_step(session, case["carl"], call.id, outcome="called, accepted", expected_version=1, now=NOW)
        assert case_facts.steps_open(session, case.ticket_id) == 0
        told = session.execute(select(Notice.user_id, Notice.kind)).all()
        assert (case["theo"].user_id, NoticeKind.STEP_ASSIGNED) in told
        assert (case["carl"].user_id, NoticeKind.STEP_FAILED) in told
        parts = case_facts.reply_parts(session, case.ticket_id, "en")
        assert parts["execution"] == "1. booked\n2. called, accepted"
        assert audit.verify(session).broken is None


def test_what_was_carried_out_is_not_done_again_in_another_round(case: Case) -> None:
    write_plan(case)
    stand(case, Status.EXECUTING)
    with case.database.write() as session:
        book = execution.steps_of(session, case.ticket_id)[0]
        execution.do_step(session, case["theo"], book.id, outcome="booked", reference="P1", expected_version=1, now=NOW)
    stand(case, Status.INVESTIGATING)
    write_plan(case, replace(plan(case), summary="refund, apologise, mend the process"), version=1)
    with case.database.read() as session:
        rows = session.scalars(select(ExecutionStep).order_by(ExecutionStep.id)).all()
        assert sorted((row.text, row.state) for row in rows) == [
            ("book the refund", "done"),
            ("call the customer", "planned"),
        ]


def test_a_department_learns_the_question_and_nothing_else(case: Case) -> None:
    with case.database.write() as session:
        asked = assistance.ask(
            session,
            case["carl"],
            case.ticket_id,
            department="accounting",
            question="was it booked twice?",
            disclosed="reference TX1",
            due_at=NOW + DAY,
            now=NOW,
        )
        assert [one.id for one in assistance.waiting_for(session, case["theo"])] == [asked]
        assert assistance.waiting_for(session, case["alice"]) == ()
        shown = assistance.get_request(session, case["theo"], asked)
        assert "charged twice" not in repr(shown)
        assert "13800138000" not in repr(shown)
        with pytest.raises(NotFoundError):
            assistance.get_request(session, case["alice"], asked)
        with pytest.raises(NotFoundError):
            assistance.answer(session, case["alice"], asked, text="x", expected_version=1, now=NOW)
        assistance.answer(session, case["theo"], asked, text="yes, at 20:31:08", expected_version=1, now=NOW)
        with pytest.raises(ConflictError):
            assistance.answer(session, case["theo"], asked, text="again", expected_version=1, now=NOW)
        kept = evidence.of_ticket(session, case.ticket_id)
        assert [(one.kind, one.text, one.added_by, one.custody.holder) for one in kept] == [
            ("statement", "yes, at 20:31:08", "theo", "carl")
        ]
        assert (
            kept[0].sha256
            == hashlib.sha256(b'{"facts": {}, "kind": "statement", "text": "yes, at 20:31:08"}').hexdigest()
        )
        second = assistance.ask(session, case["carl"], case.ticket_id, department="accounting", question="and why?",
                                disclosed="", due_at=NOW + DAY, now=NOW)  # fmt: skip
        assistance.withdraw(
            session, case["carl"], case.ticket_id, second, reason="it is known now", expected_version=1, now=NOW
        )
        assert assistance.waiting_for(session, case["theo"]) == ()
        told = session.execute(select(Notice.user_id, Notice.kind, Notice.ticket_id)).all()
        assert (case["theo"].user_id, NoticeKind.ASSISTANCE_ASKED, None) in told
        assert (case["theo"].user_id, NoticeKind.ASSISTANCE_WITHDRAWN, None) in told
        assert (case["carl"].user_id, NoticeKind.ASSISTANCE_ANSWERED, case.ticket_id) in told


def test_words_with_the_customer_are_kept_and_a_promise_to_report_is_remembered(case: Case) -> None:
    said = NewContact(
        ContactKind.PROGRESS, ContactOutcome.REACHED, Channel.PHONE, NOW, told="we ask", next_report_at=NOW + DAY
    )
    with case.database.write() as session:
        case_contacts.write(session, case["carl"], case.ticket_id, said, now=NOW)
        with pytest.raises((NotFoundError, ForbiddenError)):
            case_contacts.write(session, case["theo"], case.ticket_id, said, now=NOW)
        mine = desk.desk(session, case["carl"], now=NOW.astimezone(ZONE)).mine
        assert mine[0].report_at == NOW + DAY


def test_the_desk_says_whose_turn_it_is(case: Case) -> None:
    def mine() -> desk.DeskTicket:
        with case.database.read() as session:
            found = desk.desk(session, case["carl"], now=NOW.astimezone(ZONE))
        assert [one.id for one in found.mine] == [case.ticket_id]
        assert bool(found.my_turn) != bool(found.on_others)
        return found.mine[0]

    assert mine().waits_for is WaitsFor.HANDLER
    assert mine().due_at is not None
    assert mine().urgency is not Urgency.OVERDUE
    with case.database.write() as session:
        assistance.ask(session, case["carl"], case.ticket_id, department="accounting", question="?", disclosed="",
                       due_at=NOW + DAY, now=NOW)  # fmt: skip
    assert (mine().waits_for, mine().waits_on) == (WaitsFor.DEPARTMENT, ("accounting",))
    write_plan(case)
    stand(case, Status.EXECUTING)
    assert (mine().waits_for, mine().waits_on) == (WaitsFor.EXECUTION, ("accounting", "carl"))
    with case.database.read() as session:
        found = desk.desk(session, case["sam"], now=NOW.astimezone(ZONE))
        assert found.mine == ()
        assert [one.id for one in found.near] == [case.ticket_id]
        assert [(one.user, one.open) for one in found.team] == [("carl", 1)]
    with case.database.write() as session:
        section = session.scalars(select(Department.id).where(Department.code == "service_section_1")).one()
        session.add(DepartmentMember(user_id=case["sam"].user_id, department_id=section))
        session.flush()
        assert desk.desk(session, case["sam"], now=NOW.astimezone(ZONE)).team == (), "carl is of no section of his"


def test_what_nobody_has_taken_is_new_to_those_who_may_take_it(case: Case) -> None:
    with case.database.write() as session:
        new = NewTicket(Kind.COMPLAINT, Channel.SOCIAL, "they were rude", caller_number=None)
        fresh = create_ticket(session, case["sam"], new, centre=CENTRE, now=NOW + timedelta(hours=1)).summary.id
        for name, sees in (("carl", [fresh]), ("sam", [fresh]), ("alice", []), ("audrey", [])):
            found = desk.desk(session, case[name], now=NOW.astimezone(ZONE))
            assert [one.id for one in found.fresh] == sees, name
            assert [one.channel for one in found.fresh] == ["social"] * len(sees)
        loss = NewTicket(Kind.LOSS_REPORT, Channel.PHONE, "my card is gone", caller_number="13900139000")
        urgent = create_ticket(session, case["sam"], loss, centre=CENTRE, now=NOW).summary.id
        found = desk.desk(session, case["sam"], now=NOW.astimezone(ZONE))
        assert [one.id for one in found.fresh] == [urgent, fresh], "a loss report comes first, however old"


def test_every_way_in_comes_together_on_one_desk(case: Case) -> None:
    """CH-23: telephone, mail, social media and the rest lie beside each other, by the clock."""
    ways = [Channel.PHONE, Channel.SOCIAL, Channel.QQ, Channel.BRANCH, Channel.WEB, Channel.LETTER]
    with case.database.write() as session:
        for hours, way in enumerate(ways, 1):
            new = NewTicket(Kind.COMPLAINT, way, "rude", caller_number="13800138000")
            made = create_ticket(session, case["sam"], new, centre=CENTRE, now=NOW + timedelta(hours=hours)).summary
            if way is not Channel.LETTER:
                where = update(Ticket).where(Ticket.id == made.id)
                session.execute(where.values(assignee_id=case["carl"].user_id))
        found = desk.desk(session, case["carl"], now=NOW.astimezone(ZONE))
        assert {one.channel for one in found.mine} == {"email", "phone", "social", "qq", "branch", "web"}
        assert [one.channel for one in found.fresh] == ["letter"]
        dues = [one.due_at for one in found.mine]
        assert dues == sorted(dues)  # type: ignore[type-var]  # every one of them has a term
        both = search.find(session, case["carl"], "138 0013 8000", region="CN", today=NOW.date())
        assert len(both.tickets) == len(ways) + 1, "one number, whatever way it came"


def test_a_name_finds_its_customer_masked_with_his_tickets(case: Case) -> None:
    with case.database.write() as session:
        customer_id = session.get_one(Ticket, case.ticket_id).customer_id
        assert customer_id is not None
        customer_records.edit(session, case["sam"], customer_id, {"name": "王小明"}, centre=CENTRE, now=NOW)
    with case.database.read() as session:
        for asked in ("王小明", "wang xiaoming"):
            found = search.find(session, case["carl"], asked, region="CN", today=NOW.date())
            assert [one.id for one in found.customers] == [customer_id], asked
            assert "小明" not in str(found.customers[0].name), "a list shows nobody's whole name"
            assert [one.id for one in found.tickets] == [case.ticket_id]
        named = search.find(session, case["carl"], case.number, region="CN", today=NOW.date())
        assert named.only_ticket is not None
        assert named.only_ticket.id == case.ticket_id
        assert search.find(session, case["theo"], case.number, region="CN", today=NOW.date()).nothing


def test_notices_wait_until_they_are_seen_and_nobody_is_told_what_he_did_himself(case: Case) -> None:
    carl = case["carl"].user_id
    assert carl is not None
    with case.database.write() as session:
        assert notices.tell(session, carl, NoticeKind.ASSIGNED, case.ticket_id, NOW, by=carl) is None
        assert notices.tell(session, None, NoticeKind.ASSIGNED, case.ticket_id, NOW) is None
        first = notices.tell(session, carl, NoticeKind.ASSIGNED, case.ticket_id, NOW)
        notices.tell(session, carl, NoticeKind.OVERDUE, case.ticket_id, NOW, term="legal")
        assert notices.unread(session, carl) == 2
        assert [one.kind for one in notices.list_notices(session, case["carl"])] == ["overdue", "assigned"]
        assert notices.mark_read(session, case["sam"], now=NOW, ids=[first or 0]) == 0, "only one's own"
        assert notices.mark_read(session, case["carl"], now=NOW, ids=[first or 0]) == 1
        assert notices.mark_read(session, case["carl"], now=NOW, ticket_id=case.ticket_id) == 1
        assert notices.unread(session, carl) == 0
        assert len(notices.list_notices(session, case["carl"])) == 2
