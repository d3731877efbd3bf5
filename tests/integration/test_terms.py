"""Terms as rows on both databases: in step with events, warned of once, escalated, longer when signed and told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from crm.db.models import Message, Notice, TermCount, Ticket, TicketCount, TicketEvent, TicketTerm
from crm.db.session import Database
from crm.domain.access import Actor, Role
from crm.domain.approvals import Decision
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError
from crm.domain.messages import MessageState
from crm.domain.rules import DEFAULT_RULES
from crm.domain.term_types import TermKind
from crm.domain.tickets import Channel, Kind
from crm.domain.working_days import NoticeError
from crm.services import (
    approvals,
    audit,
    counters,
    delivery,
    extensions,
    public_calendar,
    rules,
    term_actions,
    term_recount,
    term_ticks,
    terms,
    users,
)
from crm.services.centre import Centre
from crm.services.ticket_changes import NewTicket, create_ticket, record_event
from tests.call_work import CENTRE
from tests.campaign import differences
from tests.complaints import open_office
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)
from tests.ticket_lives import LIVES, live

pytestmark = pytest.mark.integration
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
CAST = {
    "sam": Role.SM,
    "carl": Role.CM,
    "carla": Role.CM,
    "dora": Role.DG,
    "greg": Role.GM,
    "conny": Role.CO,
    "root": Role.AD,
}


@pytest.fixture
def people(database: Database) -> dict[str, Actor]:  # noqa: F811
    with database.write() as session:
        return {
            name: users.actor_of(
                users.create_user(
                    session, username=name, roles=frozenset({role}), password_hash=None, by="test", now=NOW
                )
            )
            for name, role in CAST.items()
        }


def complain(database: Database, by: Actor, at: datetime = NOW, kind: Kind = Kind.COMPLAINT) -> int:  # noqa: F811
    new = NewTicket(kind, Channel.EMAIL, "Charged twice.", caller_number="13800138000")
    with database.write() as session:
        return create_ticket(session, by, new, centre=CENTRE, now=at).summary.id


def term(database: Database, ticket_id: int, kind: TermKind) -> TicketTerm:  # noqa: F811
    with database.read() as session:
        query = select(TicketTerm).where(TicketTerm.ticket_id == ticket_id, TicketTerm.kind == kind)
        return session.scalars(query.order_by(TicketTerm.cycle.desc(), TicketTerm.step.desc()).limit(1)).one()


def ticket(database: Database, ticket_id: int) -> Ticket:  # noqa: F811
    with database.read() as session:
        return session.get_one(Ticket, ticket_id)


def happen(database: Database, ticket_id: int, at: datetime, source: str, target: str) -> None:  # noqa: F811
    """A move as the events have it, whatever its guards ask for."""
    with database.write() as session:
        row = session.get_one(Ticket, ticket_id)
        row.status = target
        record_event(session, row, "test", actor="test", at=at, from_status=source, to_status=target)


def test_a_new_ticket_has_its_terms_and_its_counts(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    ticket_id = complain(database, people["sam"])
    complain(database, people["sam"], kind=Kind.INQUIRY)
    row = ticket(database, ticket_id)
    legal = term(database, ticket_id, TermKind.LEGAL)
    assert row.legal_due_at == legal.due_at
    assert legal.due_at.astimezone(CENTRE.zone).date().isoformat() == "2026-03-17"
    assert row.internal_due_at == term(database, ticket_id, TermKind.TARGET).due_at == NOW + timedelta(days=3)
    with database.read() as session:
        assert counters.tickets_by(session, TicketCount.kind) == {("complaint",): 1, ("inquiry",): 1}
        assert counters.term_boards(session)["target"].open == 2


def test_amount_customer_and_what_is_named_make_it_urgent(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    with database.write() as session:
        new = NewTicket(Kind.COMPLAINT, Channel.EMAIL, "我要找记者曝光你们", caller_number="13900139000")
        made = create_ticket(session, people["sam"], new, centre=CENTRE, now=NOW).summary
    assert (made.priority, made.internal_due_at) == ("P1", NOW + timedelta(days=1))
    with database.read() as session:
        events = {e.event: e.fields for e in session.scalars(select(TicketEvent))}
        assert events["priority_raised"] == {"from": "P2", "to": "P1", "why": ["named"]}
        assert audit.verify(session).broken is None
    plain = complain(database, people["sam"])
    with database.write() as session:
        session.get_one(Ticket, plain).amount_fen = 5_000_000
    happen(database, plain, NOW, "registered", "acknowledged")
    assert ticket(database, plain).priority == "P1"


def test_counters_are_what_counting_would_give(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    ids = [complain(database, people["sam"]) for _ in range(3)]
    happen(database, ids[0], NOW + timedelta(hours=1), "registered", "acknowledged")
    happen(database, ids[1], NOW + timedelta(days=20), "registered", "withdrawn")
    for compacted in (False, True, True):
        if compacted:
            with database.write() as session:
                counters.compact(session)
        with database.read() as session:
            counted = session.execute(select(Ticket.status, func.count()).group_by(Ticket.status)).all()
            kept = counters.tickets_by(session, TicketCount.status)
            assert {(status,): n for status, n in counted} == kept
            rows = session.execute(
                select(TicketTerm.kind, TicketTerm.state, func.count()).group_by(TicketTerm.kind, TicketTerm.state)
            )
            total = func.sum(TermCount.n)
            sums = session.execute(
                select(TermCount.kind, TermCount.state, total)
                .group_by(TermCount.kind, TermCount.state)
                .having(total != 0)
            )
            assert {tuple(row) for row in rows} == {tuple(row) for row in sums}


def test_time_warns_once_and_then_moves_the_complaint_up(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    ticket_id = complain(database, people["sam"])
    happen(database, ticket_id, NOW, "registered", "assigned")
    seen = []
    for hours in range(0, 24 * 17, 6):
        seen.append(term_ticks.run(database, NOW + timedelta(hours=hours)))
        assert term_ticks.run(database, NOW + timedelta(hours=hours)) == term_ticks.Ticked(), "nothing comes twice"
    total = sum(seen, term_ticks.Ticked())
    # target (3 days) and department (3 days): half, four fifths, the last day; the law's 15 days the same
    assert (total.warned, total.overdue, total.escalated) == (9, 3, 2)
    row = ticket(database, ticket_id)
    assert set(row.flags) >= {"overdue", "target_missed"}
    assert row.handling_step == 2, "section manager, then the maintenance office"
    with database.read() as session:
        told = session.execute(select(Notice.user_id, Notice.kind).where(Notice.kind == "overdue")).all()
        assert {people["carl"].user_id, people["carla"].user_id} <= {user_id for user_id, _ in told}
        assert counters.term_boards(session)["legal"].overdue == 1
    happen(database, ticket_id, NOW + timedelta(days=17), "assigned", "notified")
    assert ticket(database, ticket_id).flags == []
    with database.read() as session:
        board = counters.term_boards(session)["legal"]
        assert (board.overdue, board.late, board.in_time) == (0, 1, 0.0)


def test_after_an_outage_only_the_worst_is_told(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    ticket_id = complain(database, people["sam"])
    happen(database, ticket_id, NOW, "registered", "investigating")
    done = term_ticks.run(database, NOW + timedelta(days=40))
    assert (done.warned, done.overdue) == (0, 2)
    assert term_ticks.run(database, NOW) == term_ticks.Ticked(), "a clock that was set back tells nothing again"
    assert term(database, ticket_id, TermKind.LEGAL).stage == "overdue"


def test_what_is_with_an_appraiser_is_not_overdue(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    ticket_id = complain(database, people["sam"])
    happen(database, ticket_id, NOW, "registered", "investigating")
    happen(database, ticket_id, NOW + timedelta(days=1), "investigating", "suspended")
    assert term_ticks.run(database, NOW + timedelta(days=50)).overdue == 0
    happen(database, ticket_id, NOW + timedelta(days=51), "suspended", "investigating")
    legal = term(database, ticket_id, TermKind.LEGAL)
    assert legal.due_at.astimezone(CENTRE.zone).date().isoformat() == "2026-05-06", "49 whole days and 15, off 1-5 May"
    assert legal.next_mark_at is not None


def _settle(database: Database, message_id: int, at: datetime) -> None:  # noqa: F811
    with database.write() as session:
        delivery.settle(
            session, message_id, MessageState.DELIVERED, outcome="told", actor="carl", now=at, detail={"call": "x"}
        )


def test_a_longer_term_needs_signatures_and_a_proven_notice(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    ticket_id = complain(database, people["sam"])
    happen(database, ticket_id, NOW, "registered", "investigating")
    later = NOW + timedelta(days=10)
    with pytest.raises(ForbiddenError), database.write() as session:
        extensions.ask(session, people["dora"], ticket_id, "an outside bank must answer", now=later)
    with pytest.raises(InvalidInputError), database.write() as session:
        extensions.ask(session, people["carl"], ticket_id, "  no ", now=later)
    with database.write() as session:
        request_id = extensions.ask(session, people["carl"], ticket_id, "an outside bank must answer", now=later).id
    with pytest.raises(ConflictError), database.write() as session:
        extensions.ask(session, people["carla"], ticket_id, "and once more, please", now=later)
    with pytest.raises(ConflictError), database.write() as session:
        extensions.tell(session, people["carl"], ticket_id, "phone", now=later)
    with pytest.raises(ForbiddenError), database.write() as session:
        approvals.sign(session, people["carl"], request_id, Decision.APPROVE, now=later)
    with database.write() as session:
        approvals.sign(session, people["dora"], request_id, Decision.APPROVE, now=later)
    assert ticket(database, ticket_id).complexity == "simple", "signed, and nobody has told the customer"
    with database.write() as session:
        message_id = extensions.tell(session, people["carl"], ticket_id, "phone", now=later)
    with database.write() as session:
        assert extensions.tell(session, people["carl"], ticket_id, "phone", now=later) == message_id, "told once"
        text = session.get_one(Message, message_id).body
    assert "2026年4月1日" in text
    assert ticket(database, ticket_id).complexity == "simple", "not proven yet"
    _settle(database, message_id, later)
    row = ticket(database, ticket_id)
    assert row.complexity == "complex"
    assert row.legal_due_at is not None
    assert row.legal_due_at.astimezone(CENTRE.zone).date().isoformat() == "2026-04-01"
    assert row.internal_due_at == NOW + timedelta(days=25)


def test_a_refused_extension_leaves_the_term_as_it_was(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    ticket_id = complain(database, people["sam"])
    with database.write() as session:
        request_id = extensions.ask(session, people["carl"], ticket_id, "needs more time, please", now=NOW).id
        approvals.sign(session, people["dora"], request_id, Decision.RETURN, opinion="ask the department", now=NOW)
    with database.read() as session:
        standing = extensions.standing(session, session.get_one(Ticket, ticket_id), NOW)
    assert standing.clock.asked is None
    assert ticket(database, ticket_id).complexity == "simple"


def test_a_regulators_letter_and_the_central_banks(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    ticket_id = complain(database, people["sam"])
    due = (NOW + timedelta(days=20)).date()
    with pytest.raises(InvalidInputError), database.write() as session:
        term_actions.forwarded(
            session, people["conny"], ticket_id, body="regulator", letter="2026-17", letter_due=None, now=NOW
        )
    wrong = due + timedelta(days=60)
    with pytest.raises(InvalidInputError), database.write() as session:
        term_actions.forwarded(
            session, people["conny"], ticket_id, body="regulator", letter="2026-17", letter_due=wrong, now=NOW
        )
    with database.write() as session:
        term_actions.forwarded(
            session, people["conny"], ticket_id, body="regulator", letter="2026-17", letter_due=due, now=NOW
        )
    row = ticket(database, ticket_id)
    assert row.legal_due_at is not None
    assert row.legal_due_at.astimezone(CENTRE.zone).date() == due
    assert row.source_body == "regulator"
    assert "regulator" in row.flags
    with pytest.raises(ConflictError, match="cannot be moved"), database.write() as session:
        extensions.ask(session, people["carl"], ticket_id, "needs more time, please", now=NOW)


def test_a_leak_has_its_own_clock(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    ticket_id = complain(database, people["sam"], kind=Kind.INCIDENT)
    with database.write() as session:
        term_actions.leak_found(session, people["conny"], ticket_id, what="a list was mailed out", now=NOW)
    assert term(database, ticket_id, TermKind.LEAK).due_at == NOW + timedelta(hours=72)
    with pytest.raises(ConflictError), database.write() as session:
        term_actions.leak_found(session, people["conny"], ticket_id, what="a list was mailed out", now=NOW)
    with database.write() as session:
        at = NOW + timedelta(hours=3)
        term_actions.leak_reported(session, people["conny"], ticket_id, how="by telephone, no. 12", now=at)
    assert term(database, ticket_id, TermKind.LEAK).state == "met"


def test_rules_are_versions_and_count_from_then_on(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    old = complain(database, people["sam"])
    wanted = type(DEFAULT_RULES)(**{**DEFAULT_RULES.to_document(), "simple_days": 12, "department_p2_days": 2})
    with database.write() as session:
        later = NOW + timedelta(days=1)
        assert rules.save(session, people["root"], wanted, "stricter", seen=0, now=later) == 1
    with pytest.raises(ConflictError), database.write() as session:
        rules.save(session, people["root"], wanted, "again", seen=0, now=NOW + timedelta(days=2))
    loose = type(DEFAULT_RULES)(**{**DEFAULT_RULES.to_document(), "simple_days": 16})
    with pytest.raises(rules.BadRulesError), database.write() as session:
        rules.save(session, people["root"], loose, "looser", seen=1, now=NOW + timedelta(days=2))
    new = complain(database, people["sam"], NOW + timedelta(days=2))
    happen(database, old, NOW + timedelta(days=3), "registered", "acknowledged")
    assert term(database, old, TermKind.LEGAL).due_at.astimezone(CENTRE.zone).date().isoformat() == "2026-03-17"
    assert term(database, new, TermKind.LEGAL).due_at.astimezone(CENTRE.zone).date().isoformat() == "2026-03-16"
    with database.write() as session:
        assert rules.restore(session, people["root"], 0, "back", now=NOW + timedelta(days=4)) == 2
        assert rules.current(session) == DEFAULT_RULES


def test_a_calendar_that_comes_moves_the_terms_that_waited_for_it(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    december = datetime(2026, 12, 17, 2, 0, tzinfo=UTC)
    ticket_id = complain(database, people["sam"], december)
    assert ticket(database, ticket_id).flags == ["due_unrolled"]
    with pytest.raises(NoticeError), database.write() as session:
        public_calendar.enter(session, people["root"], 2027, "2027-01-01,what", "notice", now=december)
    lines = "2027-01-01,放假,元旦\n2027-01-02,放假,元旦\n2027-01-03,放假,元旦\n2027-01-09,上班,元旦"
    with database.write() as session:
        public_calendar.enter(session, people["root"], 2027, lines, "notice 2026-17", now=december)
    assert term_recount.after_calendar(database, 2027, by="root", now=december) == 1
    assert term_recount.after_calendar(database, 2027, by="root", now=december) == 0
    row = ticket(database, ticket_id)
    assert row.flags == []
    assert row.legal_due_at is not None
    assert row.legal_due_at.astimezone(CENTRE.zone).date().isoformat() == "2027-01-04"
    with database.read() as session:
        known = {one.year: one.known for one in public_calendar.years(session, 2026, 2028)}
        assert known == {2026: True, 2027: True, 2028: False}
        events = session.scalars(select(TicketEvent.event).where(TicketEvent.ticket_id == ticket_id)).all()
        assert events == ["created", "terms_recounted"]


def test_terms_are_worked_out_again_from_the_events_alone(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    ticket_id = complain(database, people["sam"])
    for days, source, target in (
        (0, "registered", "acknowledged"), (0, "acknowledged", "triaged"), (0, "triaged", "assigned"),
        (1, "assigned", "investigating"), (2, "investigating", "suspended"), (6, "suspended", "investigating"),
        (7, "investigating", "pending_approval"), (8, "pending_approval", "notified"), (9, "notified", "reopened"),
    ):  # fmt: skip
        happen(database, ticket_id, NOW + timedelta(days=days, hours=1), source, target)

    def rows() -> list[tuple[object, ...]]:
        with database.read() as session:
            return sorted(
                (r.kind, r.cycle, r.step, r.started_at, r.due_at, r.state, r.ended_at)
                for r in terms.rows_of(session, ticket_id)
            )  # type: ignore[type-var]  # the first three tell them apart

    before = rows()
    with database.write() as session:
        for row in terms.rows_of(session, ticket_id):
            session.delete(row)
    with database.write() as session:
        terms.refresh(session, session.get_one(Ticket, ticket_id))
    assert rows() == before


def test_days_are_those_of_the_zone_that_the_ticket_was_made_in(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    berlin = Centre(ZoneInfo("Europe/Berlin"))
    with database.write() as session:
        new = NewTicket(Kind.COMPLAINT, Channel.EMAIL, "x")
        made = create_ticket(session, people["sam"], new, centre=berlin, now=datetime(2026, 3, 18, 12, tzinfo=UTC))
    due = ticket(database, made.summary.id).legal_due_at
    assert due is not None
    assert due.astimezone(berlin.zone).isoformat() == "2026-04-02T23:59:59.999999+02:00", "clocks were set on 29 March"


def test_whole_lives_have_the_terms_that_a_plain_count_gives(database: Database) -> None:  # noqa: F811
    """A few of what ``make campaign`` does ten thousand times."""
    people = open_office(database).people
    for seed, kind in enumerate([*LIVES, "investigated", "plain"]):
        live(database, people, seed, kind)
    assert differences(database) == []
