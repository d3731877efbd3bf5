"""The handling order over rows: levels, signatures, deputies, recusal, reviews, merging; on both databases."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError

from crm.db.departments import Department, DepartmentMember
from crm.db.handling import ApprovalDecision, ApprovalRequest, ApprovalStep, Deputy, HandlingAct
from crm.db.merits import Merit
from crm.db.session import Database
from crm.db.tickets import Ticket, TicketEvent
from crm.domain.approvals import Decision, Post
from crm.domain.errors import (
    ConflictError,
    DomainError,
    ForbiddenError,
    IllegalMoveError,
    InvalidInputError,
    NotFoundError,
)
from crm.domain.handling import Act, Step
from crm.domain.rules import DEFAULT_RULES
from crm.domain.tickets import Channel, Kind, Status
from crm.services import approval_effects, approvals, audit, departments, deputies, handling, penalties, reviews
from crm.services.approvals import RequestState
from crm.services.departments import DepartmentForm
from crm.services.penalties import PenaltyKind
from crm.services.reviews import Application
from crm.services.ticket_moves import allowed_moves
from tests.complaints import CENTRE, REPLY, SOLUTION, Office, open_office
from tests.database_fixture import BACKENDS, PostgresServer, postgres, sqlite_template  # noqa: F401

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module", params=BACKENDS)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One house for all tests on a backend; each makes tickets of its own."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("handling") / "huiyin.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        opened = Database(f"sqlite:///{path}")
        yield open_office(opened)
        opened.dispose()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.make(migrated=True)
    opened = Database(url)
    yield open_office(opened)
    opened.dispose()
    server.drop(url)


@pytest.fixture
def office(house: Office) -> Iterator[Office]:
    """The house with everybody at his place and nobody away."""
    yield house
    with house.database.write() as session:
        session.execute(delete(DepartmentMember))
        session.execute(delete(Deputy))


def acts(office: Office, ticket_id: int) -> list[str]:
    with office.database.read() as session:
        return [one.act for one in handling.acts_of(session, ticket_id)]


def refused(kind: type[DomainError], match: str, what: Callable[[], Any]) -> None:
    with pytest.raises(kind, match=match):
        what()


def test_a_simple_complaint_is_explained_and_solved_on_the_spot(office: Office) -> None:
    one = office.receive()
    office.take_in(one, level=1, grounds="enough", demand_fair="reasonable")
    refused(IllegalMoveError, "agreed", lambda: office.move("amy", one, "solve_on_spot", result="r", first_act="x"))
    office.move("amy", one, "solve_on_spot", result="explained the rule", first_act="the rule is this", agreed=True)
    assert office.move("amy", one, "tell_result", proof="told on the call").status == Status.NOTIFIED
    assert acts(office, one) == [Act.CHECKED, Act.EXPLAINED, Act.RESULT_TOLD]
    with office.database.read() as session:
        row = office.ticket(session, one)
        assert row.first_agent is not None
        assert (row.first_agent.username, row.notified_at) == ("amy", office.now)


def test_level_2_apologises_punishes_and_goes_up_to_the_general_manager(office: Office) -> None:
    one = office.receive()
    office.propose(one)
    for name in ("carl", "dan", "gina"):
        why = "himself" if name == "carl" else "somebody else's turn"
        refused(IllegalMoveError, why, lambda name=name: office.move(name, one, "approve"))
    assert office.sign(one, "sam", "cora", "dan").status == Status.PENDING_APPROVAL
    refused(IllegalMoveError, "signed this already", lambda: office.move("cora", one, "approve"))
    assert office.sign(one, "gina").status == Status.EXECUTING
    office.move("carl", one, "execute", result="done")
    refused(IllegalMoveError, "this level asks for", lambda: office.move("cora", one, "notify", **REPLY))
    with office.database.write() as session:
        proposed = penalties.propose(
            session, office.people["sam"], one, person="ben", kind=PenaltyKind.BONUS_DEDUCTION, amount_fen=20_000,
            reason="shouted at the customer", now=office.later(),
        )  # fmt: skip
        request_id = proposed.request_id
    refused(IllegalMoveError, "this level asks for", lambda: office.move("cora", one, "notify", **REPLY))
    with office.database.write() as session:
        approval_effects.decide(session, office.people["dan"], request_id, Decision.APPROVE, now=office.later())
    refused(ForbiddenError, "do not move", lambda: office.move("gina", one, "notify", **REPLY))
    assert office.move("cora", one, "notify", **REPLY).status == Status.NOTIFIED
    assert acts(office, one) == [Act.APOLOGISED, Act.REPORTED, Act.PENALTY_PROPOSED, Act.RESULT_TOLD]
    with office.database.read() as session:
        assert [one.person.username for one in penalties.in_force(session, one)] == ["ben"]
        entered = session.scalars(select(Merit)).one()
        assert (entered.person.username, entered.kind, entered.amount_fen) == ("ben", "bonus_deduction", 20_000)
        assert (entered.state, entered.ticket_id) == ("approved", one)
        assert audit.verify(session).broken is None


def test_level_3_is_agreed_with_the_department(office: Office) -> None:
    office.head("tina", "technology")
    one = office.receive()
    office.propose(one, level=3, department="technology")
    assert acts(office, one)[:2] == [Act.APOLOGISED, Act.PROMISED_CHECK]
    with office.database.read() as session:
        posts = [step.post for step in office.request(session, one).steps]
    assert posts == [Post.SECTION, Post.MAINTENANCE, Post.DEPARTMENT, Post.DEPUTY_GM, Post.GM]
    office.sign(one, "sam", "cora")
    refused(IllegalMoveError, "somebody else's turn", lambda: office.move("dan", one, "approve"))
    office.sign(one, "tina", "dora", "gina")
    office.move("carl", one, "execute", result="mended")
    assert office.move("cora", one, "notify", **REPLY).status == Status.NOTIFIED
    assert Act.MEASURE_AGREED in acts(office, one)


def test_the_final_answer_is_not_the_first_agents(office: Office) -> None:
    one = office.receive(by="carl")
    office.take_in(one, level=1, by="carl")
    office.move("sam", one, "assign", assignee="cora", first_act="the rule is this")
    office.move("cora", one, "investigate")
    office.add_evidence(one, "cora")
    office.move("cora", one, "propose", **SOLUTION)
    office.sign(one, "sam")
    office.move("cora", one, "execute", result="done")
    refused(IllegalMoveError, "not by the first agent", lambda: office.move("carl", one, "notify", **REPLY))
    assert office.move("cora", one, "notify", **REPLY).status == Status.NOTIFIED


def test_a_verified_loss_is_talked_over_before_the_answer(office: Office) -> None:
    one = office.receive()
    office.propose(one)
    office.sign(one, "sam", "cora", "dan", "gina")
    office.move("carl", one, "execute", result="done")

    def write(who: str, act: Act, **more: Any) -> None:
        with office.database.write() as session:
            handling.record(session, office.people[who], one, act, note="n", now=office.later(), **more)

    write("sam", Act.NO_PENALTY)
    write("carl", Act.LOSS_VERIFIED)
    refused(IllegalMoveError, "this level asks for", lambda: office.move("cora", one, "notify", **REPLY))
    refused(InvalidInputError, "must be named", lambda: write("carl", Act.CONSULTED))
    refused(ForbiddenError, "this is for", lambda: write("amy", Act.LOSS_VERIFIED))
    refused(IllegalMoveError, "by what it belongs to", lambda: write("carl", Act.RESULT_TOLD))
    write("carl", Act.CONSULTED, department="accounting")
    assert office.move("cora", one, "notify", **REPLY).status == Status.NOTIFIED


def test_nobody_handles_decides_or_reads_a_matter_about_himself(office: Office) -> None:
    one = office.receive()
    office.take_in(one, complained_about="carl")
    assign = {"first_act": "sorry"}
    refused(
        IllegalMoveError,
        "not the person complained",
        lambda: office.move("sam", one, "assign", assignee="carl", **assign),
    )
    refused(NotFoundError, "no such ticket", lambda: office.move("carl", one, "assign", assignee="cora", **assign))
    office.move("sam", one, "assign", assignee="cora", **assign)
    office.move("cora", one, "investigate")
    office.add_evidence(one, "cora")
    office.move("cora", one, "propose", **SOLUTION)
    with office.database.read() as session:
        ticket, request = office.ticket(session, one), office.request(session, one)
        assert [step.post for step in request.steps] == [Post.SECTION, Post.DEPUTY_GM, Post.GM]
        assert approvals.waiting_on(session, ticket, request, office.now) == ["sam"]
        assert [one.username for one in handling.people_at(session, ticket, Step.MAINTENANCE)] == ["cora"]


def test_what_was_signed_is_what_stands_there(office: Office) -> None:
    one = office.receive()
    office.propose(one)
    office.sign(one, "sam")
    with office.database.write() as session:
        handling.regrade(session, office.people["sam"], one, level=3, reason="a system fault", now=office.later())
    refused(IllegalMoveError, "has changed", lambda: office.move("cora", one, "approve"))
    with office.database.write() as session:
        request = office.request(session, one)
        refused(
            ConflictError, "has changed",
            lambda: approvals.sign(
                session, office.people["cora"], request.id, Decision.APPROVE, seen="x", now=office.now
            ),
        )  # fmt: skip
    assert office.move("cora", one, "return", reason="it is of another level now").status == Status.INVESTIGATING
    office.move("carl", one, "propose", **SOLUTION)
    assert office.sign(one, "sam").status == Status.PENDING_APPROVAL


def test_a_solution_that_is_sent_back_is_signed_anew(office: Office) -> None:
    one = office.receive()
    office.propose(one)
    office.sign(one, "sam")
    refused(IllegalMoveError, "reason", lambda: office.move("cora", one, "return"))
    assert office.move("cora", one, "return", reason="the basis is wrong").status == Status.INVESTIGATING
    assert office.move("carl", one, "propose", **SOLUTION).status == Status.PENDING_APPROVAL
    with office.database.read() as session:
        states = [request.state for request in approvals.requests_of(session, one)]
        assert states == [RequestState.OPEN, RequestState.RETURNED]
    assert office.sign(one, "sam", "cora", "dan", "gina").status == Status.EXECUTING


def test_the_amount_says_how_high_a_level_1_solution_goes(office: Office) -> None:
    one = office.receive()
    office.investigate(one, level=1)
    office.move("carl", one, "propose", **{**SOLUTION, "cost": "1500.00"})
    with office.database.read() as session:
        request = office.request(session, one)
        assert (request.amount_fen, [step.post for step in request.steps]) == (
            150_000, [Post.SECTION, Post.MAINTENANCE],
        )  # fmt: skip


def test_a_deputy_signs_under_his_own_name_while_somebody_is_away(office: Office) -> None:
    one = office.receive()
    office.propose(one)
    office.sign(one, "sam", "cora", "dan")

    def name(deputy: str, days: float = 3, by: str = "gina") -> None:
        with office.database.write() as session:
            deputies.name_deputy(
                session, office.people[by], principal="gina", deputy=deputy, from_at=office.now,
                until_at=office.now + timedelta(days=days), reason="on leave", now=office.now,
            )  # fmt: skip

    for problem, field in ((("gina",), "his own deputy"), (("amy",), "somebody who signs"), (("dora", -1), "ahead")):
        refused(InvalidInputError, field, lambda problem=problem: name(*problem))
    refused(ForbiddenError, "names his deputy", lambda: name("dora", by="dan"))
    name("dora")
    refused(ConflictError, "stands in", lambda: name("dan"))
    refused(IllegalMoveError, "signed this already", lambda: office.move("dan", one, "approve"))
    assert office.sign(one, "dora").status == Status.EXECUTING
    with office.database.read() as session:
        last = session.scalars(select(ApprovalDecision).order_by(ApprovalDecision.id.desc())).first()
        assert last is not None
        assert last.in_place_of is not None
        assert (last.decided_by.username, last.in_place_of.username) == ("dora", "gina")


def test_who_is_back_signs_for_himself(office: Office) -> None:
    with office.database.write() as session:
        row = deputies.name_deputy(
            session, office.people["root"], principal="dan", deputy="sam", from_at=office.now,
            until_at=office.now + timedelta(days=3), reason="ill", now=office.now,
        )  # fmt: skip
        assert [one.username for one in deputies.principals_of(session, row.deputy_id, office.now)] == ["dan"]
        deputies.end(session, office.people["dan"], row.id, now=office.later())
        assert deputies.principals_of(session, row.deputy_id, office.later()) == []
        assert deputies.listed(session, office.now) == []


def test_the_handling_order_goes_up_step_by_step(office: Office) -> None:
    office.head("sam", "service_section_1")
    one = office.receive()
    office.take_in(one, level=1)

    def up(who: str) -> Step:
        with office.database.write() as session:
            return handling.pass_up(session, office.people[who], one, reason="not satisfied", now=office.later())

    assert [up("amy"), up("sam"), up("carl"), up("dan")] == [
        Step.SECTION_MANAGER, Step.MAINTENANCE, Step.DEPUTY_GM, Step.GM,
    ]  # fmt: skip
    refused(IllegalMoveError, "nobody higher", lambda: up("gina"))
    assert acts(office, one).count(Act.REPORTED) == 2
    with office.database.read() as session:
        order = handling.order_of(session, office.ticket(session, one))
        assert [(view.people[0], view.here) for view in order] == [
            ("amy", False), ("sam", False), ("carl", False), ("dan", False), ("gina", True),
        ]  # fmt: skip


def test_without_a_result_special_handling_is_talked_over_with_the_departments(office: Office) -> None:
    one = office.receive()
    office.take_in(one, level=1)
    for who in ("amy", "sam", "carl", "dan"):
        with office.database.write() as session:
            handling.pass_up(session, office.people[who], one, reason="no result", now=office.later())
    with office.database.write() as session:
        gina = office.people["gina"]
        handling.record(
            session, gina, one, Act.CONSULTED, note="an exception is made", department="risk", now=office.later()
        )
        handling.record(
            session, office.people["amy"], one, Act.SOOTHED, note="told him when he hears again", now=office.later()
        )
    with office.database.read() as session:
        row = next(act for act in handling.acts_of(session, one) if act.act == Act.CONSULTED)
        assert row.department is not None
        assert (row.department.code, row.step, row.actor) == ("risk", Step.GM, "gina")


def test_a_promise_before_the_decision_is_noted(office: Office) -> None:
    one = office.receive()
    office.take_in(one, level=1)
    with office.database.write() as session:
        made = handling.record(
            session, office.people["amy"], one, Act.EXPLAINED, note="我们一定赔偿您", now=office.later()
        )
        assert handling.promises(made) == ("一定赔",)
    with office.database.read() as session:
        event = session.scalars(select(TicketEvent).order_by(TicketEvent.id.desc()).limit(1)).one()
        assert (event.event, event.fields["promises"]) == ("act_explained", ["一定赔"])


def test_a_lower_level_counts_when_the_next_higher_one_has_signed(office: Office) -> None:
    one = office.receive()
    office.take_in(one, level=2)

    def regrade(who: str, level: int) -> ApprovalRequest | None:
        with office.database.write() as session:
            return handling.regrade(session, office.people[who], one, level=level, reason="r", now=office.later())

    assert regrade("sam", 3) is None
    refused(ConflictError, "already", lambda: regrade("sam", 3))
    request = regrade("sam", 1)
    assert request is not None

    def sign(who: str) -> None:
        with office.database.write() as session:
            approval_effects.decide(session, office.people[who], request.id, Decision.APPROVE, now=office.later())

    refused(ForbiddenError, "himself", lambda: sign("sam"))
    with office.database.read() as session:
        assert office.ticket(session, one).level == 3
    sign("cora")
    with office.database.read() as session:
        assert office.ticket(session, one).level == 1
        signed = [event for event in session.scalars(select(TicketEvent)) if event.event == "regraded"]
        assert signed[-1].fields["signed_by"] == ["sam", "cora"]


def test_new_facts_begin_the_term_anew_and_only_the_office_finds_them_new(office: Office) -> None:
    office.morning()  # what an earlier test did must not carry the finding over midnight
    one = office.receive()
    office.investigate(one)
    with office.database.read() as session:
        before = office.ticket(session, one).legal_due_at
    office.later(days=5)

    def find(who: str, text: str = "a receipt came by post") -> None:
        with office.database.write() as session:
            handling.new_facts(session, office.people[who], one, text=text, received_at=office.now, now=office.later())

    refused(ForbiddenError, "find that facts are new", lambda: find("sam"))
    refused(InvalidInputError, "what is new", lambda: find("carl", " "))
    find("carl")
    with office.database.read() as session:
        after = office.ticket(session, one).legal_due_at
    assert before is not None
    assert after is not None
    assert after - before == timedelta(days=5)


def answered(office: Office) -> int:
    one = office.receive()
    office.propose(one, level=1)
    office.sign(one, "sam")
    office.move("carl", one, "execute", result="done")
    office.move("cora", one, "notify", **REPLY)
    return one


def ask_review(office: Office, parent: int, channel: Channel = Channel.LETTER, by: str = "amy") -> int:
    with office.database.write() as session:
        wanted = Application("I do not accept this", channel)
        made = reviews.apply_for(session, office.people[by], parent, wanted, centre=CENTRE, now=office.later())
        return made.summary.id


def test_a_review_goes_to_the_upper_office_and_to_other_people(office: Office) -> None:
    office.head("cole", "consumer_protection")
    parent = answered(office)
    refused(InvalidInputError, "in writing", lambda: ask_review(office, parent, Channel.PHONE))
    review = ask_review(office, parent)
    refused(ConflictError, "under way", lambda: ask_review(office, parent))
    office.move("amy", review, "acknowledge")
    office.move("sam", review, "triage", severity="S3")
    refused(IllegalMoveError, "no hand in", lambda: office.move("sam", review, "assign", assignee="carl"))
    office.move("sam", review, "assign", assignee="dora")
    office.move("dora", review, "investigate")
    with office.database.read() as session:
        legal = office.ticket(session, review).legal_due_at
        assert legal is None or legal > office.now


def test_a_review_that_finds_otherwise_takes_the_complaint_up_again(office: Office) -> None:
    office.head("cole", "consumer_protection")
    office.head("tina", "consumer_protection", "member")
    parent = answered(office)
    office.move("amy", parent, "dispute", reason="not true")
    review = ask_review(office, parent)
    office.move("amy", review, "acknowledge")
    office.move("sam", review, "triage", severity="S3")
    office.move("sam", review, "assign", assignee="tina")
    office.move("tina", review, "investigate")
    office.add_evidence(review, "cora")
    office.move("tina", review, "propose", **SOLUTION)
    refused(IllegalMoveError, "somebody else's turn", lambda: office.move("gina", review, "approve"))
    office.move("cole", review, "approve")
    office.move("tina", review, "execute", result="decided")
    office.move("cora", review, "notify", outcome="changed", **REPLY)
    with office.database.read() as session:
        assert office.ticket(session, parent).status == Status.REOPENED


def test_a_review_is_asked_for_in_time(office: Office) -> None:
    parent = answered(office)
    office.later(days=DEFAULT_RULES.review_apply_days + 1)
    refused(IllegalMoveError, "within 30 days", lambda: ask_review(office, parent))
    open_one = office.receive()
    refused(IllegalMoveError, "no decision yet", lambda: ask_review(office, open_one))


def test_a_merged_ticket_lives_on_in_the_other(office: Office) -> None:
    first = office.receive(caller_number="13800138000")
    second = office.receive(caller_number="13800138000")
    stranger = office.receive(caller_number="13900139000")
    inquiry = office.receive(kind=Kind.INQUIRY, caller_number="13800138000")
    with office.database.read() as session:
        number = {one: office.ticket(session, one).number for one in (first, second, stranger, inquiry)}
    for into, why in (
        (number[second], "itself"), (number[stranger], "another customer"), (number[inquiry], "only into a complaint"),
        ("2601010199999", "no ticket of that number"),
    ):  # fmt: skip
        refused(IllegalMoveError, why, lambda into=into: office.move("sam", second, "merge", into=into))
    office.move("sam", second, "merge", into=number[first])
    refused(IllegalMoveError, "has ended", lambda: office.move("sam", first, "merge", into=number[second]))
    with office.database.read() as session:
        row = office.ticket(session, second)
        assert (row.status, row.merged_into_id, row.closed_at) == (Status.MERGED, first, row.closed_at)
        events = [event.event for event in session.scalars(select(TicketEvent).where(TicketEvent.ticket_id == first))]
        assert events[-1] == "merged_in"


def test_a_withdrawal_ends_the_matter_at_once_and_needs_its_proof(office: Office) -> None:
    one = office.receive()
    office.propose(one)
    refused(IllegalMoveError, "shows that the customer", lambda: office.move("amy", one, "withdraw", reason="settled"))
    assert office.move("amy", one, "withdraw", reason="settled", proof="his letter").status == Status.WITHDRAWN
    with office.database.read() as session:
        assert office.ticket(session, one).closed_at == office.now
        assert approvals.open_requests(session, one) == []
    refused(IllegalMoveError, "withdrawn cannot", lambda: office.move("sam", one, "approve"))


def test_a_withdrawal_ends_the_matter_on_the_day_it_reached_us(office: Office) -> None:
    one = office.receive()
    received = office.later(hours=5)
    office.later(days=2)
    given = {"reason": "settled", "proof": "his letter"}
    for bad in ("yesterday", (received - timedelta(days=9)).isoformat(), (office.now + timedelta(days=1)).isoformat()):
        refused(
            InvalidInputError, "received_at",
            lambda bad=bad: office.move("amy", one, "withdraw", received_at=bad, **given),
        )  # fmt: skip
    office.move("amy", one, "withdraw", received_at=received.isoformat(), **given)
    with office.database.read() as session:
        assert office.ticket(session, one).closed_at == received


def test_a_dispute_takes_it_one_step_higher(office: Office) -> None:
    one = answered(office)
    office.move("amy", one, "dispute", reason="not true")
    office.move("sam", one, "reopen", reason="looked at again")
    with office.database.read() as session:
        row = office.ticket(session, one)
        assert (row.status, row.handling_step, row.notified_at) == (Status.REOPENED, Step.DEPUTY_GM, None)
    office.take_in(one, level=2)
    assert acts(office, one)[-1] == Act.RESULT_TOLD, "the acts of the first round do not count any more"
    refused(IllegalMoveError, "first agent said", lambda: office.move("sam", one, "assign", assignee="cora"))


def test_departments_have_their_own_limits_heads_and_routes(office: Office) -> None:
    root, sam = office.people["root"], office.people["sam"]
    form = DepartmentForm("risk", "department", "风控部", "Risk", days=(1, 2, 4, None))
    with office.database.write() as session:
        refused(ForbiddenError, "do not change", lambda: departments.save(session, sam, form, now=office.now))
        row = departments.save(session, root, form, now=office.now)
        assert [departments.days_of(row, one, DEFAULT_RULES) for one in ("P1", "P2", "P3", "P4")] == [1, 2, 4, 10]
        for bad, field in (
            ({"days": (5, 2, None, None)}, "urgent"), ({"days": (0, None, None, None)}, "1 to 60"),
            ({"code": "Risk!"}, "code"), ({"name_zh": " "}, "name_zh"), ({"kind": "club"}, "kind"),
        ):  # fmt: skip
            wrong = DepartmentForm(**{"code": "risk", "kind": "department", "name_zh": "a", "name_en": "b", **bad})
            refused(
                InvalidInputError, field, lambda wrong=wrong: departments.save(session, root, wrong, now=office.now)
            )
        found = departments.suggested(session, {"category": "technical", "reason": None})
        assert found is not None
        assert found.code == "technology"
        departments.route(session, root, "reason", "pricing", row.id, now=office.now)
        again = departments.suggested(session, {"category": "technical", "reason": "pricing"})
        assert again is not None
        assert again.code == "risk"
    office.head("tina", "risk", "deputy")
    office.head("ben", "risk")
    with office.database.read() as session:
        risk = session.scalars(select(Department).where(Department.code == "risk")).one()
        assert [user.username for user in departments.heads(risk)] == ["ben", "tina"]


def test_a_triage_without_a_department_follows_the_routes(office: Office) -> None:
    one = office.receive()
    office.take_in(one, department="", reason_code="funds_safety")
    with office.database.read() as session:
        department = office.ticket(session, one).department
        assert department is not None
        assert department.code == "risk"


def test_signatures_and_acts_are_never_changed(office: Office) -> None:
    one = office.receive()
    office.propose(one)
    office.sign(one, "sam")
    for statement in (
        update(ApprovalDecision).values(opinion="yes"), delete(ApprovalDecision), delete(HandlingAct),
        update(HandlingAct).values(note="x"), text("UPDATE approval_steps SET post = 'gm'"),
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match="append-only"), office.database.write() as session:
            session.execute(statement)


def test_moves_are_offered_to_whom_they_belong(office: Office) -> None:
    one = office.receive()
    office.propose(one)
    with office.database.read() as session:
        options = {
            name: allowed_moves(session, office.people[name], one, now=office.now)
            for name in ("sam", "cora", "carl", "dan")
        }
    offered = {name: {one.move for one in found if one.allowed} for name, found in options.items()}
    assert {"approve", "return"} <= offered["sam"]
    for name in ("cora", "carl", "dan"):
        assert offered[name].isdisjoint({"approve", "approve_only", "return"})


def test_two_who_sign_at_once_sign_once(office: Office) -> None:
    one = office.receive()
    office.propose(one, level=1)
    with office.database.read() as early:
        request = office.request(early, one)
        assert approvals.missing(request) == 1
        office.sign(one, "sam")
    refused(IllegalMoveError, "cannot approve", lambda: office.move("sam", one, "approve"))
    with office.database.read() as session:
        assert session.scalars(select(Ticket.status).where(Ticket.id == one)).one() == Status.EXECUTING
        signed = select(ApprovalDecision.id).join(ApprovalStep).join(ApprovalRequest)
        assert len(session.scalars(signed.where(ApprovalRequest.ticket_id == one)).all()) == 1
