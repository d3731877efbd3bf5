"""Matters taken in, on both databases: once, with all that was told, a receipt, what they are about and belong to."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from crm.db.attachments import Attachment
from crm.db.emergencies import EmergencySignal
from crm.db.intake import ComplaintGroup, SuggestionRow, TicketIntake, TicketLink
from crm.db.messages import Message
from crm.db.models import Base
from crm.db.people import Role as RoleRow
from crm.db.people import User
from crm.db.session import Database
from crm.db.tickets import Ticket, TicketEvent
from crm.domain.access import Actor, Role
from crm.domain.case_contacts import ContactKind, ContactOutcome
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.submissions import Submission
from crm.domain.tickets import Channel, Kind, Status
from crm.jobs.integrity import check
from crm.jobs.work import JobContext
from crm.services import (
    attachments,
    audit,
    case_contacts,
    classify,
    complaint_groups,
    contributions,
    first_look,
    intake_review,
    public_progress,
    receipts,
    same_matters,
    worked,
)
from crm.services.case_contacts import NewContact
from crm.services.centre import Centre
from crm.services.classify import Chosen
from crm.services.contributions import Said
from crm.services.submissions import CUSTOMER, Arrival, FaultsError, SentFile, Taken, origin_of, take_in
from crm.services.ticket_changes import NewTicket, create_ticket
from recordings.encryption import KeyRing
from recordings.local_store import LocalStore
from tests.database_fixture import database, database_url, postgres, sqlite_template  # noqa: F401  (fixtures)

pytestmark = pytest.mark.integration
# ruff: noqa: F811  (fixtures by name)
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
CENTRE = Centre(ZoneInfo("Asia/Shanghai"), public_url="https://help.example")
WEB = Arrival(source="web", shown=True)
TEXT = "信用卡年费说好首年免的,结果收了600元,要求退还年费"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store", KeyRing.of(b"k" * 32))


@pytest.fixture
def people(database: Database) -> dict[str, Actor]:
    found = {}
    with database.write() as session:
        for role in (Role.A1, Role.SM, Role.CM):
            row = User(
                username=role.lower(), active=True, fs_uniquifier=f"u-{role}", created_at=NOW,
                roles=[session.scalars(select(RoleRow).where(RoleRow.name == role)).one()],
            )  # fmt: skip
            session.add(row)
            session.flush()
            found[role.value] = Actor(row.username, frozenset({role}), row.id)
    return found


def matter(text: str = TEXT, **more: Any) -> Submission:
    base: dict[str, Any] = {"name": "王小明", "phone": "13800138000"}
    return Submission(more.pop("kind", Kind.COMPLAINT), more.pop("channel", Channel.WEB), text, **{**base, **more})


def sent(
    database: Database, store: LocalStore, given: Submission, arrival: Arrival = WEB, *, actor: Actor = CUSTOMER,
    now: datetime = NOW, files: tuple[SentFile, ...] = (), looked: bool = True,
) -> Taken:  # fmt: skip
    with database.write() as session:
        taken = take_in(session, store, given, arrival, actor=actor, centre=CENTRE, now=now, files=files)
        if looked:
            first_look.look(session, taken.ticket_id, now=now)
    return taken


def events(database: Database, ticket_id: int) -> list[str]:
    with database.read() as session:
        return list(
            session.scalars(
                select(TicketEvent.event).where(TicketEvent.ticket_id == ticket_id).order_by(TicketEvent.id)
            )
        )


def test_what_a_customer_tells_is_kept_numbered_and_receipted(database: Database, store: LocalStore) -> None:
    given = matter(
        "卡号4111111111111111被收年费", email="w@example.cn", preferred="email", amount_fen=60_000, demand="退还",
        occurred_at=NOW - timedelta(days=2), complained_about="朝阳支行", user_name="xm", people=2,
    )  # fmt: skip
    taken = sent(database, store, given, files=(SentFile("截图.png", b"\x89PNG\r\n\x1a\nx"),))
    with database.read() as session:
        ticket, intake = session.get_one(Ticket, taken.ticket_id), session.get_one(TicketIntake, taken.ticket_id)
        message = session.scalars(select(Message).where(Message.ticket_id == ticket.id)).one()
        assert ticket.text == "卡号411111••••••1111被收年费"
        assert (ticket.status, ticket.channel, ticket.amount_fen) == (Status.ACKNOWLEDGED, "web", 60_000)
        assert (ticket.demand, ticket.complained_about, ticket.caller_number) == ("退还", "朝阳支行", "13800138000")
        assert ticket.read_back_at == ticket.told_at == NOW
        assert ticket.legal_due_at is not None
        assert intake.expected_at is not None
        assert intake.expected_at < ticket.legal_due_at
        assert (intake.reporter_name, intake.email, intake.people) == ("王小明", "w@example.cn", 2)
        assert (intake.receipt, intake.receipt_channel, intake.read_back_by) == ("shown", "email", "customer")
        assert message.address == "w@example.cn"
        assert taken.progress_code in message.body
        assert ticket.customer_id is not None
    assert events(database, taken.ticket_id)[:3] == ["created", "attachment_added", "receipt_given"]
    with database.read() as session:
        assert audit.verify(session).broken is None


def test_the_same_form_twice_makes_one_ticket(database: Database, store: LocalStore) -> None:
    arrival = Arrival(origin=origin_of("web", "n1"), source="web", shown=True)
    first, again = (sent(database, store, matter(), arrival) for _ in range(2))
    assert (first.ticket_id, first.progress_code) == (again.ticket_id, again.progress_code)
    assert (first.again, again.again) == (False, True)
    with database.read() as session:
        assert len(session.scalars(select(Ticket)).all()) == 1


@pytest.mark.parametrize(
    ("files", "field"),
    [((SentFile("x.exe", b"MZ\0"),), "files"), (tuple(SentFile("a.txt", b"a") for _ in range(11)), "files")],
)
def test_nothing_is_made_of_what_is_refused(
    database: Database, store: LocalStore, files: tuple[SentFile, ...], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        sent(database, store, matter(), files=files)
    assert refused.value.field == field
    with pytest.raises(FaultsError):
        sent(database, store, matter(""))
    with database.read() as session:
        assert session.scalars(select(Ticket)).all() == []


def test_files_that_are_not_taken_are_named_where_nobody_can_be_asked(database: Database, store: LocalStore) -> None:
    files = (SentFile("x.exe", b"MZ\0"), SentFile("a.txt", b"a"))
    arrival = Arrival(source="email", leave_out=True)
    taken = sent(database, store, matter(channel=Channel.EMAIL, preferred="phone"), arrival, files=files)
    assert [one["name"] for one in taken.left_out] == ["x.exe"]
    with database.read() as session:
        assert [one.file_name for one in session.scalars(select(Attachment))] == ["a.txt"]


def test_every_channel_accepts_a_complaint(database: Database, store: LocalStore, people: dict[str, Actor]) -> None:
    for channel in Channel:
        taken = sent(database, store, matter(channel=channel), Arrival(), actor=people["A1"], looked=False)
        with database.read() as session:
            ticket = session.get_one(Ticket, taken.ticket_id)
            assert (ticket.kind, ticket.channel, ticket.first_agent_id) == ("complaint", channel, people["A1"].user_id)
            assert ticket.legal_due_at is not None


def test_a_letter_counts_from_the_day_when_it_came(
    database: Database, store: LocalStore, people: dict[str, Actor]
) -> None:
    came = NOW - timedelta(days=3)
    given = matter(channel=Channel.LETTER, received_at=came, received_by_unit="marketing", source_body=None)
    taken = sent(database, store, given, Arrival(), actor=people["A1"])
    with database.read() as session:
        ticket, intake = session.get_one(Ticket, taken.ticket_id), session.get_one(TicketIntake, taken.ticket_id)
        assert ticket.received_at == came
        assert ticket.status == Status.REGISTERED
        assert (intake.form, intake.received_by_unit) == ("written", "marketing")


def test_a_person_reads_back_tells_and_speaks_first(
    database: Database, store: LocalStore, people: dict[str, Actor]
) -> None:
    given = matter(channel=Channel.PHONE)
    taken = sent(database, store, given, Arrival(), actor=people["CM"])
    with database.write() as session:
        receipts.read_back(session, people["CM"], taken.ticket_id, now=NOW)
        receipts.told_by_person(session, people["CM"], taken.ticket_id, now=NOW)
        intake_review.contacted(session, people["CM"], taken.ticket_id, "已致电", now=NOW)
    with database.read() as session:
        ticket, intake = session.get_one(Ticket, taken.ticket_id), session.get_one(TicketIntake, taken.ticket_id)
        assert (ticket.read_back_at, ticket.told_at, intake.first_contact_at) == (NOW, NOW, NOW)
        assert (intake.read_back_by, intake.first_contact_by_id) == ("cm", people["CM"].user_id)
        assert intake_review.uncontacted(session, people["CM"], now=NOW) == ()


def test_a_word_in_the_case_file_is_the_first_contact_too(
    database: Database, store: LocalStore, people: dict[str, Actor]
) -> None:
    taken = sent(database, store, matter())
    for outcome in (ContactOutcome.NOT_REACHED, ContactOutcome.REACHED, ContactOutcome.REACHED):
        new = NewContact(ContactKind.PROGRESS, outcome, Channel.PHONE, NOW, told="已说明", heard="知道了")
        with database.write() as session:
            case_contacts.write(session, people["CM"], taken.ticket_id, new, now=NOW)
            first = session.get_one(TicketIntake, taken.ticket_id).first_contact_at
        assert (first is None) is (outcome is ContactOutcome.NOT_REACHED)
    assert events(database, taken.ticket_id).count("contacted") == 1


def test_an_advertisement_typed_as_a_name_is_not_mailed(database: Database, store: LocalStore) -> None:
    for name, shown in (("王小明", "王小明"), ("Visit www.spam.example now", "尊敬的客户"), ("x" * 60, "尊敬的客户")):
        taken = sent(database, store, matter(name=name, email="w@example.cn", preferred="email"), looked=False)
        with database.read() as session:
            message = session.scalars(select(Message).where(Message.ticket_id == taken.ticket_id)).one()
        assert message.body.startswith(shown)


def test_a_stranger_to_the_ticket_writes_nothing_down(
    database: Database, store: LocalStore, people: dict[str, Actor]
) -> None:
    taken = sent(database, store, matter())
    with database.write() as session, pytest.raises(NotFoundError):
        receipts.read_back(session, people["A1"], taken.ticket_id, now=NOW)
    with database.write() as session, pytest.raises(ForbiddenError):
        take_in(session, store, matter(), actor=Actor("qa", frozenset({Role.QA}), 9), centre=CENTRE, now=NOW)


def test_what_the_words_suggest_is_confirmed_by_a_person(
    database: Database, store: LocalStore, people: dict[str, Actor]
) -> None:
    taken = sent(database, store, matter())
    with database.read() as session:
        found = classify.newest(session, taken.ticket_id)
        assert found is not None
        assert found.guesses["category"]["label"] == "complaints.fees"
        assert [one.number for one in intake_review.unconfirmed(session, people["CM"], now=NOW)] == [taken.number]
    chosen = Chosen(
        category="complaints.fees", severity="S2", level=1, business_code="credit_card", reason_code="disclosure"
    )
    with database.write() as session:
        classify.confirm(session, people["CM"], taken.ticket_id, chosen, now=NOW)
    with database.read() as session:
        ticket = session.get_one(Ticket, taken.ticket_id)
        row = session.scalars(select(SuggestionRow)).one()
        assert (ticket.category, ticket.reason_code, ticket.severity) == ("complaints.fees", "disclosure", "S2")
        assert (row.state, row.decided_by, row.decision["reason"]) == ("decided", "cm", "disclosure")
        event = session.scalars(select(TicketEvent).where(TicketEvent.event == "classified")).one()
        assert "category" in event.fields["as_suggested"]
        assert "reason" not in event.fields["as_suggested"]
    with database.write() as session:
        first_look.look(session, taken.ticket_id, now=NOW)
        assert session.scalars(select(SuggestionRow)).one().state == "decided"


def test_a_ticket_that_was_typed_in_elsewhere_is_looked_at_too(database: Database, people: dict[str, Actor]) -> None:
    with database.write() as session:
        made = create_ticket(
            session, people["A1"], NewTicket(Kind.COMPLAINT, Channel.PHONE, TEXT), centre=CENTRE, now=NOW
        )
        first_look.look(session, made.summary.id, now=NOW)
    with database.read() as session:
        assert session.get(TicketIntake, made.summary.id) is not None
        assert classify.newest(session, made.summary.id) is not None


def test_the_same_told_twice_is_offered_for_merging(
    database: Database, store: LocalStore, people: dict[str, Actor]
) -> None:
    older = sent(database, store, matter())
    newer = sent(
        database, store, matter("年费说好首年免,结果信用卡收了600元,要求退还", channel=Channel.APP),
        now=NOW + timedelta(days=1),
    )  # fmt: skip
    stranger = sent(database, store, matter(phone="13900139000"), now=NOW + timedelta(days=1))
    with database.read() as session:
        links = session.scalars(select(TicketLink)).all()
        assert [(one.ticket_id, one.other_id, one.kind) for one in links] == [
            (newer.ticket_id, older.ticket_id, "duplicate")
        ]
        shown = same_matters.of_ticket(session, people["CM"], newer.ticket_id)
        assert (shown[0].number, set(shown[0].whys) >= {"person", "text"}) == (older.number, True)
        assert same_matters.of_ticket(session, people["CM"], stranger.ticket_id) == ()
    with database.write() as session:
        same_matters.merge(session, people["CM"], links[0].id, reason="同一事项", now=NOW)
    with database.read() as session:
        assert session.get_one(Ticket, newer.ticket_id).status == Status.MERGED
        assert public_progress.progress_of(session, newer.ticket_id).number == newer.number
    with database.write() as session, pytest.raises(ConflictError):
        same_matters.keep_apart(session, people["CM"], links[0].id, reason="x", now=NOW)


def test_twenty_people_with_one_cause_are_noticed_once(database: Database, store: LocalStore) -> None:
    for index in range(21):
        given = matter(f"白金信用卡首年免年费没有兑现,扣了年费600元,要求退还年费 {index}", phone=f"138001380{index:02}")
        sent(database, store, given, now=NOW + timedelta(minutes=index))
        if index == 18:
            with database.read() as session:
                assert session.scalars(select(ComplaintGroup.state)).one() == "forming"
    again = matter("白金信用卡首年免年费没有兑现,扣了年费600元,要求退还年费", phone="13800138000")
    sent(database, store, again, now=NOW + timedelta(hours=1))
    sent(database, store, matter("柜员骂人,态度恶劣", phone="13700137000"), now=NOW + timedelta(hours=1))
    with database.read() as session:
        group = session.scalars(select(ComplaintGroup)).one()
        assert (group.state, group.people, len(group.members)) == ("noticed", 21, 22)
        signal = session.scalars(select(EmergencySignal).where(EmergencySignal.trigger == "group")).one()
        assert len(signal.ticket_ids) >= 20


def test_a_group_that_comes_together_counts_each(
    database: Database, store: LocalStore, people: dict[str, Actor]
) -> None:
    sent(database, store, matter(channel=Channel.BRANCH, people=20), Arrival(), actor=people["A1"])
    with database.write() as session:
        group = complaint_groups.listed(session, people["CM"], now=NOW)[0]
        assert (group.people, group.state) == (20, "noticed")
        complaint_groups.decide(session, people["CM"], group.id, confirmed=True, note="同一批业主", now=NOW)
    with database.write() as session, pytest.raises(ConflictError):
        complaint_groups.decide(session, people["CM"], group.id, confirmed=False, note="x", now=NOW)


def test_progress_is_told_to_who_knows_number_and_code(database: Database, store: LocalStore) -> None:
    taken = sent(database, store, matter())
    with database.read() as session:
        assert public_progress.find(session, taken.number, "AAAAAAAA") is None
        assert public_progress.find(session, "2611220000000", taken.progress_code) is None
        assert public_progress.find(session, taken.number, "") is None
        ticket = public_progress.find(session, taken.number, f" {taken.progress_code.lower()} ")
        assert ticket is not None
        found = public_progress.progress_of(session, ticket.id)
        assert (found.stage, found.ended) == ("acknowledged", False)
        assert [stage for _, stage in found.steps] == ["registered", "acknowledged"]


def test_what_a_customer_adds_is_told_to_who_works_on_it(
    database: Database, store: LocalStore, people: dict[str, Actor]
) -> None:
    taken = sent(database, store, matter())
    with database.write() as session:
        ticket = session.get_one(Ticket, taken.ticket_id)
        ticket.assignee_id = people["CM"].user_id
        said = Said("还有密码是abc123", Channel.WEB, "customer", [SentFile("b.txt", b"b")])
        contributions.add(session, store, ticket, said, now=NOW)
        contributions.add(session, store, ticket, Said("", Channel.WEB, "customer", kind="withdrawal"), now=NOW)
    with database.read() as session:
        assert [one.text for one in contributions.of_ticket(session, taken.ticket_id)] == ["还有密码是•••", ""]
        notices = session.execute(select(Base.metadata.tables["notices"].c.user_id)).scalars().all()
        assert set(notices) == {people["CM"].user_id}
    with database.write() as session, pytest.raises(InvalidInputError):
        contributions.add(
            session, store, session.get_one(Ticket, taken.ticket_id), Said(" ", "web", "customer"), now=NOW
        )


def test_files_are_read_with_rights_and_on_record(
    database: Database, store: LocalStore, people: dict[str, Actor]
) -> None:
    taken = sent(database, store, matter(), files=(SentFile("a.pdf", b"%PDF-1.4 x"),))
    with database.write() as session:
        row = attachments.of_ticket(session, people["CM"], taken.ticket_id)[0]
        opened = attachments.open_content(session, store, people["CM"], row.id, now=NOW)
        assert b"".join(opened.read(0, opened.size)) == b"%PDF-1.4 x"
        with pytest.raises(NotFoundError):
            attachments.get_attachment(session, people["A1"], row.id)
        same = attachments.keep(
            session,
            store,
            io.BytesIO(b"%PDF-1.4 x"),
            file_name="again.pdf",
            by="cm",
            now=NOW,
            ticket_id=taken.ticket_id,
        )
        assert same.id == row.id
    with database.read() as session:
        assert audit.verify(session).broken is None
        assert any(
            entry == "attachment.opened"
            for entry in session.scalars(select(Base.metadata.tables["audit_log"].c.action))
        )


def test_the_nightly_check_looks_at_files_and_drops_halves(database: Database, store: LocalStore) -> None:
    taken = sent(database, store, matter(), files=(SentFile("a.txt", b"a"), SentFile("b.txt", b"bb")))
    with database.read() as session:
        rows = attachments.contents(session, taken.ticket_id)
        keys = [row.store_key for row in rows]
    half = "2026/11/22/attachment-00000000-0000-0000-0000-000000000000"
    store.put(half, b"half")
    store.delete(keys[0])
    late = datetime.now(UTC) + timedelta(days=2)
    context = JobContext(database, store, lambda: late, lambda *_: None, lambda: True, lambda _: None)  # type: ignore[arg-type, return-value]  # it transcribes nothing
    found = check(context)
    assert (found.missing, found.damaged, found.orphans) == ((rows[0].id,), (), ())
    assert not store.has(half)
    with database.read() as session:
        states = {row.store_key: row.state for row in attachments.contents(session, taken.ticket_id)}
        assert states == {keys[0]: "missing", keys[1]: "stored"}


def test_the_worked_cases_are_taken_in_as_real_ones(database: Database, store: LocalStore) -> None:
    for again in (False, True):
        with database.write() as session:
            made = worked.make(session, store, centre=CENTRE, now=NOW)
        assert [one.again for one in made] == [again, again]
    with database.read() as session:
        rows = {one.category: one for one in session.scalars(select(Ticket))}
        assert set(rows) == {"complaints.loan", "complaints.service_quality"}
        assert all(row.status == Status.ACKNOWLEDGED and row.demand for row in rows.values())
        levels = [one.guesses.get("level", {}).get("label") for one in session.scalars(select(SuggestionRow))]
        assert "2" in levels
