"""An answer and what follows it, on both databases: sent, proven, confirmed, signed, visited, archived, deleted."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from crm.db.aftercare import AcceptanceForm, FormSignature, Questionnaire, Visit
from crm.db.archives import Archive, Deletion
from crm.db.calls import Call
from crm.db.casefile import Notice
from crm.db.contact_centre import Task
from crm.db.customers import CustomerConsent, CustomerContact
from crm.db.messages import Document, Message, MessageAttempt
from crm.db.people import Customer
from crm.db.session import Database
from crm.db.tickets import Ticket, TicketEvent, ticket_calls
from crm.documents import bundle
from crm.domain.access import Actor, Role
from crm.domain.customers import Purpose
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.forms import ORDER
from crm.domain.handling import Act
from crm.domain.messages import MessageChannel, MessageState
from crm.domain.notices import NoticeKind
from crm.domain.tickets import Channel, Kind, Status
from crm.jobs import aftercare, integrity, keeping, send
from crm.jobs.mail_door import MailServer, SmtpSender
from crm.jobs.outgoing import Accepted, LaterError, Outgoing, Sender, Senders
from crm.jobs.work import JobContext, WaitError
from crm.services import (
    after_facts,
    archives,
    audit,
    confirming,
    delivery,
    documents,
    form_paper,
    forms,
    handling,
    holds,
    letter,
    letterhead,
    messages,
    questionnaires,
    regulator_export,
    replies,
    retention,
    users,
    visit_effect,
    visit_lists,
    visits,
)
from crm.services.centre import Centre
from crm.services.delivery import Told
from crm.services.questionnaires import Rated
from crm.services.regulator_export import Wanted
from crm.services.replies import Sending
from crm.services.ticket_changes import NewTicket, create_ticket
from crm.services.ticket_moves import move_ticket
from crm.services.visits import Said
from recordings.encryption import KeyRing
from recordings.local_store import LocalStore
from tests.call_work import NOW, ZONE
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)
from tests.smtp_server import mail_server

pytestmark = pytest.mark.integration
CAST = {
    "alice": Role.A1, "amy": Role.A1, "sam": Role.SM, "carl": Role.CM, "ulla": Role.CM, "dora": Role.DG,
    "cora": Role.CO, "cole": Role.CO, "audrey": Role.AU,
}  # fmt: skip
CENTRE = Centre(ZONE, public_url="https://bank.example")
PARTS = {
    "facts": "The agent hung up on the customer (recording of 1 November).",
    "basis": "Rules of service, 12: nobody hangs up first.",
    "solution": "We apologise and waive the yearly fee of 200.00 yuan.",
    "execution": "1. Apologised on the telephone. 2. Waived, posting TX-1.",
}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Case:
    """A complaint of level 2 that is ready to be answered, and the people around it."""

    database: Database
    store: LocalStore
    people: dict[str, Actor]
    ticket_id: int
    number: str
    now: datetime = NOW

    def __getitem__(self, name: str) -> Actor:
        return self.people[name]

    def context(self, **senders: Sender) -> JobContext:
        return JobContext(
            self.database, self.store, lambda: self.now, lambda *_: pytest.fail("nothing to hear"), lambda: True,
            lambda _language: None, senders=Senders(senders, zone=ZONE), centre=CENTRE,
        )  # fmt: skip

    def ticket(self) -> Ticket:
        with self.database.read() as session:
            return session.get_one(Ticket, self.ticket_id)

    def stand(self, status: Status, **values: Any) -> None:
        with self.database.write() as session:
            session.execute(update(Ticket).where(Ticket.id == self.ticket_id).values(status=status, **values))

    def events(self) -> list[str]:
        with self.database.read() as session:
            query = select(TicketEvent.event).where(TicketEvent.ticket_id == self.ticket_id).order_by(TicketEvent.id)
            return list(session.scalars(query))


@pytest.fixture
def case(database: Database, tmp_path: Path) -> Case:  # noqa: F811
    store = LocalStore(tmp_path / "store", KeyRing.of(b"k" * 32))
    with database.write() as session:
        people = {
            name: users.actor_of(
                users.create_user(session, username=name, roles=frozenset({role}), password_hash=None, by="t", now=NOW)
            )
            for name, role in CAST.items()
        }
        new = NewTicket(Kind.COMPLAINT, Channel.PHONE, "the agent hung up on me", caller_number="13800138000")
        made = create_ticket(session, people["alice"], new, centre=CENTRE, now=NOW - 3 * DAY).summary
        row = session.get_one(Ticket, made.id)
        customer = session.get_one(Customer, row.customer_id)
        customer.name, customer.preferred_channel = "张三", "email"
        session.add(CustomerContact(customer_id=customer.id, kind="email", address="zhang@customer.example",
                                    added_at=NOW, added_by="t"))  # fmt: skip
        session.flush()
        session.execute(
            update(Ticket)
            .where(Ticket.id == made.id)
            .values(status=Status.NOTIFYING, assignee_id=people["carl"].user_id, level=2,
                    first_agent_id=people["alice"].user_id, handling_step=2)
        )  # fmt: skip
    with database.write() as session:
        row = session.get_one(Ticket, made.id)
        for act in (Act.REPORTED, Act.NO_PENALTY):
            handling.write(session, row, act, actor="carl", now=NOW, note="done")
    return Case(database, store, people, made.id, made.number)


def write_reply(case: Case, *, by: str = "carl", seen: int = 0, **changes: str) -> int:
    with case.database.write() as session:
        remedies = replies.default_remedies(session, "zh")
        view = replies.write(session, case[by], case.ticket_id, {**PARTS, **changes}, remedies, language="zh",
                             seen=seen, now=case.now)  # fmt: skip
        return view.version


def send_reply(case: Case, channel: MessageChannel, *, seen: int, why: str = "", by: str = "carl") -> int:
    with case.database.write() as session:
        ticket = session.get_one(Ticket, case.ticket_id)
        row = after_facts.reply_of(session, ticket.id)
        assert row is not None
        kept = letter.keep(session, case.store, case[by], ticket, row, zone=ZONE, now=case.now)
        sending = Sending(channel, kept.id, letter.params(session, ticket, "zh", zone=ZONE, now=case.now),
                          f"{CENTRE.public_url}/answer/reply", why)  # fmt: skip
        return replies.send(session, case[by], case.ticket_id, sending, seen=seen, now=case.now)


class Provider:
    """A provider of text messages that takes, refuses or puts off."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.sent: list[Outgoing] = []

    def send(self, message: Outgoing) -> Accepted:
        self.sent.append(message)
        if self.error is not None:
            raise self.error
        return Accepted({"answer": "taken"}, f"p-{len(self.sent)}")


def run_send(case: Case, message_id: int, **senders: Sender) -> None:
    send.send_message(case.context(**senders), {"message_id": message_id})


def told(case: Case) -> None:
    """Have the customer told, by e-mail."""
    message_id = send_reply(case, MessageChannel.EMAIL, seen=write_reply(case))
    run_send(case, message_id, email=Provider())


def test_a_reply_goes_out_by_mail_and_the_clock_stops_at_notice(case: Case) -> None:
    seen = write_reply(case)
    case.now += HOUR
    message_id = send_reply(case, MessageChannel.EMAIL, seen=seen)
    with mail_server() as box:
        door = SmtpSender(MailServer("127.0.0.1", box.port, "none", "Bank <service@bank.example>"))
        case.now += HOUR
        run_send(case, message_id, email=door)
        run_send(case, message_id, email=door)  # a bell that rings twice sends once
    [mail] = box.mails
    assert box.envelopes == [("<service@bank.example>", "<zhang@customer.example>")]
    assert case.number[:6] in mail["Subject"]
    text_part = mail.get_body(("plain",))
    assert text_part is not None
    words = text_part.get_content()
    for part in PARTS.values():
        assert part in words
    for remedy in ("核查", "调解", "仲裁", "诉讼"):
        assert remedy in words
    [letter_file] = list(mail.iter_attachments())
    assert letter_file.get_content_type() == "application/pdf"
    assert letter_file.get_content().startswith(b"%PDF")
    ticket = case.ticket()
    assert (ticket.status, ticket.notified_at) == (Status.NOTIFIED, case.now)
    with case.database.read() as session:
        row = session.get_one(Message, message_id)
        assert row.state == MessageState.SENT
        assert row.proof["sent"]["answer"] == "250 taken as 1"
        assert mail["Message-ID"] == f"<{row.reference}@bank.example>"
        assert audit.verify(session).broken is None
        assert after_facts.reply_proven(session, case.ticket_id)


def test_a_reply_lacks_no_part_and_is_the_maintenance_offices(case: Case) -> None:
    seen = 0
    for name in PARTS:
        seen = write_reply(case, seen=seen, **{name: " "})
        with case.database.read() as session:
            assert name not in after_facts.reply_written(session, case.ticket_id)
        with pytest.raises(InvalidInputError, match="lacks a part"):
            send_reply(case, MessageChannel.EMAIL, seen=seen)
    with pytest.raises(ForbiddenError, match="maintenance office"):
        write_reply(case, by="alice", seen=seen)
    with pytest.raises(ConflictError):
        write_reply(case, seen=seen - 1)
    with case.database.read() as session:
        assert session.scalars(select(Message)).all() == []


def test_the_customers_own_channel_comes_first(case: Case) -> None:
    seen = write_reply(case)
    with pytest.raises(InvalidInputError, match="own channel"):
        send_reply(case, MessageChannel.SMS, seen=seen)
    with pytest.raises(InvalidInputError, match="no address"):
        send_reply(case, MessageChannel.LETTER, seen=seen, why="he asked for it")
    message_id = send_reply(case, MessageChannel.SMS, seen=seen, why="he asked for it on the telephone")
    provider = Provider()
    run_send(case, message_id, sms=provider)
    assert len(provider.sent[0].body) < 300
    assert "https://bank.example/answer/reply/" in provider.sent[0].body
    secret = provider.sent[0].body.partition("/answer/reply/")[2].split()[0]
    with case.database.write() as session:
        row = replies.by_secret(session, secret, now=case.now)
        assert row is not None
        assert replies.by_secret(session, secret, now=case.now + 90 * DAY) is None
        assert replies.by_secret(session, "wrong", now=case.now) is None
    assert case.ticket().status == Status.NOTIFIED


def test_a_mail_that_comes_back_is_no_notice(case: Case) -> None:
    told(case)
    with case.database.write() as session:
        row = session.scalars(select(Message).where(Message.template == "reply")).one()
        assert delivery.reported(session, row.reference, delivered=False, detail={"text": "550 no such user"},
                                 now=case.now)  # fmt: skip
        assert not delivery.reported(session, row.reference, delivered=False, detail={}, now=case.now)
        assert not delivery.reported(session, "unknown", delivered=True, detail={}, now=case.now)
        assert not after_facts.reply_proven(session, case.ticket_id)
        notice = session.scalars(select(Notice).where(Notice.kind == NoticeKind.MESSAGE_FAILED)).one()
        assert notice.user_id == case["carl"].user_id
    assert "notice_lost" in case.events()


def test_a_server_that_is_away_is_tried_again_and_a_refusal_is_told(case: Case) -> None:
    message_id = send_reply(case, MessageChannel.EMAIL, seen=write_reply(case))
    with pytest.raises(WaitError):
        run_send(case, message_id)
    with pytest.raises(LaterError):
        run_send(case, message_id, email=Provider(LaterError("away")))
    with mail_server() as box:
        box.answers["RCPT"] = "450 come back"
        door = SmtpSender(MailServer("127.0.0.1", box.port, "none", "service@bank.example"))
        with pytest.raises(LaterError):
            run_send(case, message_id, email=door)
        box.answers["RCPT"] = "550 nobody here"
        run_send(case, message_id, email=door)
    with case.database.write() as session:
        row = session.get_one(Message, message_id)
        assert row.state == MessageState.FAILED
        outcomes = list(session.scalars(select(MessageAttempt.outcome).order_by(MessageAttempt.id)))
        assert outcomes == ["later", "later", "refused"]
        messages.send_again(session, message_id, actor="carl", now=case.now)
    run_send(case, message_id, email=Provider())
    assert case.ticket().status == Status.NOTIFIED
    with case.database.write() as session:
        send.message_lost(session, {"message_id": message_id}, "late", case.now)  # it is sent: nothing is lost
        with pytest.raises(ConflictError):
            messages.send_again(session, message_id, actor="carl", now=case.now)


def test_text_messages_wait_for_the_morning(case: Case) -> None:
    with case.database.write() as session:
        message_id = messages.queue_message(
            session, ticket_id=case.ticket_id, channel="sms", template="progress", language="zh",
            params={"number": "1", "text": "正在核查"}, now=case.now, sent_by="carl",
        )  # fmt: skip
    case.now = NOW.replace(hour=15)  # eleven at night in the centre
    provider = Provider()
    with pytest.raises(WaitError) as wait:
        run_send(case, message_id, sms=provider)
    assert wait.value.seconds == 9 * 3600
    assert provider.sent == []
    case.now += timedelta(hours=9)
    run_send(case, message_id, sms=provider)
    assert len(provider.sent) == 1


def test_a_message_names_what_is_wrong_with_it_and_is_sent_once(case: Case) -> None:
    with case.database.write() as session:
        common = {"ticket_id": case.ticket_id, "language": "zh", "now": case.now, "sent_by": "carl"}
        with pytest.raises(InvalidInputError, match="text"):
            messages.queue_message(session, channel="sms", template="progress", params={"number": "1"}, **common)
        with pytest.raises(InvalidInputError, match="no template"):
            messages.queue_message(session, channel="sms", template="nonsense", params={}, **common)
        with pytest.raises(InvalidInputError, match="channel"):
            messages.queue_message(session, channel="pigeon", template="progress", params={}, **common)
        good = {"number": "1", "text": "t", "name": "n"}
        one = messages.queue_message(session, channel="email", template="progress", params=good, unique_key="k",
                                     **common)  # fmt: skip
        assert one == messages.queue_message(session, channel="email", template="progress", params=good,
                                             unique_key="k", **common)  # fmt: skip
    with case.database.read() as session:
        raw = session.execute(text("SELECT body, address FROM messages")).one()
        assert raw.body.startswith("v1|")
        assert raw.address.startswith("v1|")


def test_only_a_call_with_the_customer_proves_that_he_was_told(case: Case) -> None:
    with case.database.write() as session:
        session.get_one(Customer, case.ticket().customer_id).preferred_channel = "phone"
    message_id = send_reply(case, MessageChannel.PHONE, seen=write_reply(case))
    with case.database.read() as session:
        task = session.scalars(select(Task).where(Task.kind == "tell")).one()
        assert (task.user_id, task.number) == (case["carl"].user_id, "13800138000")
    add_call(case, "old-1", case.now - HOUR)
    add_call(case, "stranger-1", case.now + HOUR, linked=False)
    case.now += 2 * HOUR

    def say(told_: Told, by: str = "carl") -> Message:
        with case.database.write() as session:
            return delivery.tell_by_phone(session, case[by], message_id, told_, now=case.now)

    for call_id in ("", "old-1", "stranger-1", "nonsense"):
        with pytest.raises(InvalidInputError, match="call_id"):
            say(Told("told", call_id, "the customer"))
    assert say(Told("busy")).state == MessageState.QUEUED
    answered = case.now - HOUR / 2
    add_call(case, "good-1", answered)
    with pytest.raises(InvalidInputError, match="spoke_with"):
        say(Told("told", "good-1"))
    with pytest.raises(ForbiddenError):
        say(Told("told", "good-1", "him"), by="alice")
    assert say(Told("told", "good-1", "the customer himself")).delivered_at == answered
    assert case.ticket().status == Status.NOTIFIED
    with case.database.read() as session:
        assert session.scalars(select(Task).where(Task.kind == "tell")).one().state == "done"
        reply = after_facts.reply_of(session, case.ticket_id)
        assert reply is not None
        assert reply.told_at == answered


def add_call(case: Case, call_id: str, at: datetime, *, linked: bool = True) -> None:
    with case.database.write() as session:
        session.add(Call(call_id=call_id, language="zh", started_at=at, answered_at=at, menu_path=[], flags=[],
                         direction="outbound", ivr_done=True))  # fmt: skip
        session.flush()
        if linked:
            session.execute(ticket_calls.insert().values(ticket_id=case.ticket_id, call_id=call_id))


def test_a_letter_counts_when_it_is_signed_for(case: Case) -> None:
    with case.database.write() as session:
        session.add(CustomerContact(customer_id=case.ticket().customer_id, kind="post", address="某街1号", added_at=NOW,
                                    added_by="t"))  # fmt: skip
    message_id = send_reply(case, MessageChannel.LETTER, seen=write_reply(case), why="he has no mail any more")
    case.now += DAY
    with case.database.write() as session:
        with pytest.raises(InvalidInputError, match="tracking"):
            delivery.post_letter(session, case["carl"], message_id, tracking=" ", posted_at=case.now, now=case.now)
        with pytest.raises(InvalidInputError, match="at"):
            delivery.post_letter(session, case["carl"], message_id, tracking="EMS-1", posted_at=NOW - DAY, now=case.now)
        delivery.post_letter(session, case["carl"], message_id, tracking="EMS-1", posted_at=case.now, now=case.now)
    assert case.ticket().status == Status.NOTIFYING
    case.now += DAY
    with case.database.write() as session:
        delivery.letter_arrived(session, case["carl"], message_id, received_at=case.now - HOUR, by="张三",
                                returned=False, now=case.now)  # fmt: skip
    assert case.ticket().status == Status.NOTIFIED


def test_a_letter_that_comes_back_is_told_to_who_sent_it(case: Case) -> None:
    with case.database.write() as session:
        session.add(CustomerContact(customer_id=case.ticket().customer_id, kind="post", address="某街1号", added_at=NOW,
                                    added_by="t"))  # fmt: skip
    message_id = send_reply(case, MessageChannel.LETTER, seen=write_reply(case), why="he asked for paper")
    with case.database.write() as session:
        row = delivery.letter_arrived(session, case["carl"], message_id, received_at=case.now, by="moved away",
                                      returned=True, now=case.now)  # fmt: skip
        assert row.state == MessageState.FAILED
    assert case.ticket().status == Status.NOTIFYING


def test_a_customer_confirms_or_is_tried_three_times(case: Case) -> None:
    told(case)
    with case.database.write() as session, pytest.raises(IllegalMoveError):
        confirming.give_up_asking(session, case["carl"], case.ticket_id, now=case.now)
    for expected in (1, 2, 3):
        with case.database.write() as session:
            tries, needed = confirming.try_in_vain(session, case["carl"], case.ticket_id, call_id="", note="no answer",
                                                   now=case.now)  # fmt: skip
            assert (tries, needed) == (expected, 3)
    with case.database.write() as session:
        confirming.give_up_asking(session, case["carl"], case.ticket_id, now=case.now)
    assert case.ticket().status == Status.CONFIRMED
    with case.database.write() as session, pytest.raises(ConflictError):
        confirming.confirm(session, case["carl"], case.ticket_id, satisfaction=5, opinion="", call_id="", now=case.now)


def test_a_customer_disputes_and_has_it_explained(case: Case) -> None:
    told(case)
    with case.database.write() as session:
        confirming.explained(session, case["carl"], case.ticket_id, note="what a review is", now=case.now)
        with pytest.raises(InvalidInputError):
            confirming.dispute(session, case["carl"], case.ticket_id, reason=" ", call_id="", now=case.now)
        confirming.dispute(session, case["carl"], case.ticket_id, reason="the fee of last year, too", call_id="",
                           now=case.now)  # fmt: skip
    assert case.ticket().status == Status.DISPUTED
    assert "answer_explained" in case.events()
    with case.database.write() as session:
        move_ticket(session, case["carl"], case.ticket_id, "reopen", now=case.now, reason="more can be done")
    with case.database.read() as session:
        assert after_facts.reply_of(session, case.ticket_id) is None  # the new round has no answer yet
        assert len(replies.of_ticket(session, case.ticket_id)) == 1


def invite(case: Case) -> str:
    """Have the questionnaire sent; gives the secret of its link."""
    aftercare.run(case.database, CENTRE, case.now)
    aftercare.run(case.database, CENTRE, case.now)
    with case.database.read() as session:
        [row] = session.scalars(select(Message).where(Message.template == "questionnaire")).all()
        return row.body.partition("/answer/rate/")[2].split()[0]


def test_a_questionnaire_confirms_by_itself(case: Case) -> None:
    told(case)
    secret = invite(case)
    with case.database.write() as session, pytest.raises(InvalidInputError):
        questionnaires.answer(session, secret, Rated(0, settled=True, disputes=False, opinion="", marks={}),
                              now=case.now)  # fmt: skip
    with case.database.write() as session:
        rated = Rated(4, settled=True, disputes=False, opinion="quick", marks={"attitude": 5})
        questionnaires.answer(session, secret, rated, now=case.now)
    assert case.ticket().status == Status.CONFIRMED
    with case.database.write() as session, pytest.raises(ConflictError, match="answered"):
        questionnaires.answer(session, secret, rated, now=case.now)


def test_a_questionnaire_disputes_and_is_not_open_for_ever(case: Case) -> None:
    told(case)
    secret = invite(case)
    with case.database.write() as session:
        disputes = Rated(1, settled=False, disputes=True, opinion="", marks={})
        with pytest.raises(InvalidInputError, match="opinion"):
            questionnaires.answer(session, secret, disputes, now=case.now)
        with pytest.raises(ConflictError):
            questionnaires.answer(session, secret, disputes, now=case.now + 60 * DAY)
        questionnaires.answer(session, secret, Rated(1, settled=False, disputes=True, opinion="the fee", marks={}),
                              now=case.now)  # fmt: skip
        assert session.scalars(select(Questionnaire)).one().disputes
    assert case.ticket().status == Status.DISPUTED


SIGNERS = ("alice", "sam", "carl", "dora", "carl", "alice")


def fill_in(case: Case, by: str = "alice") -> None:
    with case.database.write() as session:
        ticket = session.get_one(Ticket, case.ticket_id)
        given = form_paper.prefill(session, ticket, case[by], language="zh", zone=ZONE, now=case.now)
        given["complained_about"] = "客服坐席 李某"
        forms.fill_in(session, case[by], case.ticket_id, given, language="zh", now=case.now)


def sign(case: Case, by: str, opinion: str = "同意") -> None:
    with case.database.write() as session:
        row = after_facts.form_of(session, case.ticket_id)
        forms.sign(session, case[by], case.ticket_id, opinion, seen=row.version if row else 0, now=case.now)


def confirmed(case: Case) -> None:
    told(case)
    with case.database.write() as session:
        confirming.confirm(session, case["carl"], case.ticket_id, satisfaction=4, opinion="", call_id="", now=case.now)


def test_the_form_is_signed_in_its_order_by_whom_it_asks_for(case: Case) -> None:
    with pytest.raises(ConflictError, match="answer"):
        fill_in(case)
    confirmed(case)
    with pytest.raises(NotFoundError):
        fill_in(case, by="amy")
    with pytest.raises(ForbiddenError, match="somebody else's turn"):
        fill_in(case, by="carl")
    fill_in(case)
    with case.database.read() as session:
        row = after_facts.form_of(session, case.ticket_id)
        assert row is not None
        assert row.fields["real_name"] == "张三"
        assert row.fields["phone"] == "13800138000"
        assert row.fields["content"] == "the agent hung up on me"
        raw = session.execute(text("SELECT fields FROM acceptance_forms")).scalar_one()
        assert "13800138000" not in str(raw)
    for index, by in enumerate(SIGNERS):
        for other in CAST:
            roles = ORDER[index].roles
            if other == by or (other in {"carl", "ulla"} and Role.CM in roles):
                continue
            with pytest.raises((ForbiddenError, NotFoundError)):
                sign(case, other)
        if ORDER[index].opinion:
            with pytest.raises(InvalidInputError, match="opinion"):
                sign(case, by, " ")
        case.now += HOUR
        sign(case, by)
    with case.database.read() as session:
        assert after_facts.form_missing(session, case.ticket_id) == ()
    with pytest.raises(ConflictError):
        sign(case, "alice")


def test_a_signed_form_that_is_changed_shows_where(case: Case) -> None:
    confirmed(case)
    fill_in(case)
    for by in SIGNERS[:3]:
        sign(case, by)
    with case.database.write() as session:
        row = session.scalars(select(AcceptanceForm)).one()
        assert forms.broken(row) is None
        row.fields = {**row.fields, "content": "nothing happened"}
        assert forms.broken(row) == "fields"
        session.rollback()
    with case.database.write() as session, pytest.raises(DatabaseError):
        session.execute(update(FormSignature).where(FormSignature.place == "FO-12").values(opinion="never"))


def test_a_form_is_filed_as_paper_and_the_visit_is_next(case: Case) -> None:
    confirmed(case)
    signed_and_filed(case)
    assert case.ticket().status == Status.FORM_SIGNED
    with case.database.read() as session:
        [paper] = documents.of_ticket(session, case.ticket_id, "acceptance_form")
        [row] = documents.rows_of(session, [paper.id])
        assert documents.content_of(case.store, row).startswith(b"%PDF")
    with case.database.write() as session, pytest.raises(ConflictError):
        forms.void(session, case["carl"], case.ticket_id, "wrong", now=case.now)


def signed_and_filed(case: Case) -> None:
    fill_in(case)
    for by in SIGNERS:
        sign(case, by)
    with case.database.write() as session:
        ticket = session.get_one(Ticket, case.ticket_id)
        row = after_facts.form_of(session, ticket.id)
        assert row is not None
        view = forms.view(session, row)
        content = form_paper.draw(session, ticket, view, "电话", zone=ZONE)
        kept = form_paper.keep(session, case.store, case["carl"], ticket, content, "zh", now=case.now)
        with pytest.raises(ForbiddenError):
            forms.file(session, case["sam"], ticket.id, kept.id, now=case.now)
        forms.file(session, case["carl"], ticket.id, kept.id, now=case.now)
        move_ticket(session, case["carl"], ticket.id, "sign_form", now=case.now)


def test_a_form_that_was_filled_in_wrongly_is_given_up_and_stays(case: Case) -> None:
    confirmed(case)
    fill_in(case)
    sign(case, "alice")
    with case.database.write() as session:
        forms.void(session, case["carl"], case.ticket_id, "the wrong telephone number", now=case.now)
    fill_in(case)
    with case.database.read() as session:
        assert [row.state for row in session.scalars(select(AcceptanceForm).order_by(AcceptanceForm.id))] == [
            "void", "signing",
        ]  # fmt: skip


def visit_of(case: Case) -> Visit:
    aftercare.run(case.database, CENTRE, case.now)
    aftercare.run(case.database, CENTRE, case.now)
    with case.database.read() as session:
        return session.scalars(select(Visit).where(Visit.kind == "complaint").order_by(Visit.id.desc())).first() or (
            pytest.fail("no visit was planned")
        )


def test_a_visit_is_made_by_somebody_independent(case: Case) -> None:
    told(case)
    visit = visit_of(case)
    # Seven working days after a Friday: the Tuesday after next.
    assert visit.due_at.astimezone(ZONE).date().isoformat() == "2026-12-01"
    for name in ("alice", "carl"):  # the first agent, and who answered
        with case.database.write() as session, pytest.raises(ForbiddenError, match="hand in the matter"):
            visits.take(session, case[name], visit.id, now=case.now)
        with case.database.write() as session, pytest.raises(InvalidInputError, match="hand in the matter"):
            visits.give_to(session, case["sam"], visit.id, name, now=case.now)
    with case.database.write() as session:
        assert "amy" in visits.visitors(session, visits.seen(session, case["sam"], visit.id))
        visits.give_to(session, case["sam"], visit.id, "amy", now=case.now)
    with case.database.read() as session:
        assert [one.id for one in visit_lists.list_visits(session, case["amy"], now=case.now)] == [visit.id]
        assert visit_lists.list_visits(session, case["alice"], now=case.now) == ()
        with pytest.raises(NotFoundError):
            visits.seen(session, case["alice"], visit.id)
    with case.database.write() as session, pytest.raises(ConflictError, match="take the visit"):
        visits.record(session, case["ulla"], visit.id, Said({}), now=case.now)


ANSWERS = {"satisfaction": "4", "settled": "yes", "carried_out": "yes"}


def test_three_tries_end_a_visit_and_leave_word(case: Case) -> None:
    told(case)
    visit = visit_of(case)
    with case.database.write() as session:
        visits.take(session, case["amy"], visit.id, now=case.now)
    for expected in (1, 2, 3):
        case.now += 4 * HOUR
        with case.database.write() as session:
            tries = visits.not_reached(session, case["amy"], visit.id, call_id="", note="no answer", centre=CENTRE,
                                       now=case.now)  # fmt: skip
            assert tries == expected
    with case.database.read() as session:
        view = visit_lists.get_visit(session, case["amy"], visit.id, now=case.now)
        assert (view.state, view.outcome) == ("done", "no_answer")
        assert session.scalars(select(Message).where(Message.template == "visit")).one().channel == "email"


def test_a_customer_who_is_not_satisfied_has_it_taken_up_again_a_level_higher(case: Case) -> None:
    confirmed(case)
    signed_and_filed(case)
    visit = visit_of(case)
    with case.database.write() as session:
        move_ticket(session, case["carl"], case.ticket_id, "plan_visit", now=case.now)
        visits.take(session, case["amy"], visit.id, now=case.now)
        with pytest.raises(InvalidInputError):
            visits.record(session, case["amy"], visit.id, Said({"satisfaction": "1"}), now=case.now)
        with pytest.raises(InvalidInputError, match="opinion"):
            visits.record(session, case["amy"], visit.id, Said({**ANSWERS, "settled": "no"}), now=case.now)
    with case.database.write() as session:
        said = Said({**ANSWERS, "satisfaction": "1"}, "the fee was charged again")
        assert visits.record(session, case["amy"], visit.id, said, now=case.now) == "not_satisfied"
    ticket = case.ticket()
    assert (ticket.status, ticket.level) == (Status.REOPENED, 3)
    assert ticket.notified_at is None
    with case.database.read() as session:
        assert audit.verify(session).broken is None
        found = visit_effect.of_span(session, days=90, now=case.now)
        assert (found.reached, found.satisfied, found.reopened) == (1, 0, 1)


def closed(case: Case) -> None:
    """Walk the whole way to the end."""
    confirmed(case)
    signed_and_filed(case)
    visit = visit_of(case)
    with case.database.write() as session:
        move_ticket(session, case["carl"], case.ticket_id, "plan_visit", now=case.now)
        with pytest.raises(IllegalMoveError, match="visit"):
            move_ticket(session, case["carl"], case.ticket_id, "close", now=case.now, fields={"result": "done"})
    with case.database.write() as session:
        visits.take(session, case["amy"], visit.id, now=case.now)
        assert visits.record(session, case["amy"], visit.id, Said(ANSWERS), now=case.now) == "satisfied"
        with pytest.raises(IllegalMoveError):
            move_ticket(session, case["carl"], case.ticket_id, "archive", now=case.now)
        move_ticket(session, case["carl"], case.ticket_id, "close", now=case.now, fields={"result": "settled"})


def archived(case: Case) -> Archive:
    closed(case)
    with case.database.write() as session, pytest.raises(IllegalMoveError, match="archive"):
        move_ticket(session, case["carl"], case.ticket_id, "archive", now=case.now)
    with case.database.write() as session:
        archives.ask(session, case["carl"], case.ticket_id, now=case.now)
    keeping.make_archive(case.context(), {"ticket_id": case.ticket_id, "by": "carl"})
    keeping.make_archive(case.context(), {"ticket_id": case.ticket_id, "by": "carl"})
    with case.database.read() as session:
        return session.scalars(select(Archive)).one()


def test_an_archive_holds_everything_and_its_hash_verifies(case: Case) -> None:
    row = archived(case)
    assert case.ticket().status == Status.ARCHIVED
    closed_at = case.ticket().closed_at
    assert closed_at is not None
    assert row.retain_until == closed_at.replace(year=closed_at.year + 3)
    with case.database.read() as session:
        checked = archives.verify(session, case.store)
        assert (checked.archives, checked.problems) == (1, ())
        paper = session.get_one(Document, row.document_id)
        content = documents.content_of(case.store, paper)
    verdict = bundle.verify(content)
    assert verdict.problems == ()
    assert verdict.manifest_sha256 == row.manifest_sha256
    with zipfile.ZipFile(BytesIO(content)) as found:
        names = set(found.namelist())
        events = json.loads(found.read("events.json"))
        sent = json.loads(found.read("rows/messages.json"))
        reply = json.loads(found.read("rows/replies.json"))
        everything = b"".join(found.read(name) for name in names if name.endswith(".json"))
    for part in ("ticket.json", "audit.json", "rows/acceptance_forms.json", "rows/form_signatures.json",
                 "rows/visits.json", "rows/message_attempts.json", "rows/handling_acts.json"):  # fmt: skip
        assert part in names
    assert sum(name.startswith("documents/") for name in names) == 2
    assert [one["event"] for one in events][-1] == "close"
    assert PARTS["facts"] in next(one["body"] for one in sent if one["template"] == "reply")
    assert reply[0]["basis"] == PARTS["basis"]
    assert b"link_digest" not in everything
    assert b"v1|" not in everything


@pytest.mark.parametrize("what", ["file", "row", "gone"])
def test_an_archive_that_was_changed_shows(case: Case, what: str) -> None:
    row = archived(case)
    with case.database.write() as session:
        paper = session.get_one(Document, row.document_id)
        if what == "file":
            content = documents.content_of(case.store, paper)
            case.store.put(paper.store_key, content[:200] + bytes([content[200] ^ 1]) + content[201:])
        elif what == "row":
            session.execute(update(Archive).values(made_by="nobody"))
        else:
            case.store.delete(paper.store_key)
    with case.database.read() as session:
        [problem] = archives.verify(session, case.store).problems
        assert problem.startswith("archive 1 (")


def test_a_file_that_is_not_whole_stops_its_archive(case: Case) -> None:
    closed(case)
    with case.database.read() as session:
        [form] = documents.of_ticket(session, case.ticket_id, "acceptance_form")
        [row] = documents.rows_of(session, [form.id])
    case.store.delete(row.store_key)
    with pytest.raises(Exception, match="there is no"):
        keeping.make_archive(case.context(), {"ticket_id": case.ticket_id, "by": "carl"})
    assert case.ticket().status == Status.CLOSED
    found = integrity.check(case.context())
    assert found.missing == (row.id,)


def test_what_is_over_goes_with_a_report_and_what_is_held_stays(case: Case) -> None:
    archived(case)
    assert case.ticket().closed_at is not None
    with case.database.read() as session:
        assert retention.over(session, now=case.now + 1094 * DAY) == ()
    case.now += 1097 * DAY
    with case.database.write() as session:
        hold_id = holds.set_hold(session, case["cora"], case.ticket_id, reason="a lawsuit", reference="(2029) 1",
                                 now=case.now)  # fmt: skip
        with pytest.raises(ForbiddenError):
            holds.set_hold(session, case["carl"], case.ticket_id, reason="no", reference="", now=case.now)
        assert retention.propose_expiry(session, now=case.now) is None
        holds.lift(session, case["cora"], hold_id, reason="it is over", now=case.now)
        made = retention.propose_expiry(session, now=case.now)
        assert made is not None
        deletion_id = made.id
        assert retention.propose_expiry(session, now=case.now) is None  # it stands on an open list
    with case.database.write() as session:
        with pytest.raises(ForbiddenError):
            retention.agree(session, case["carl"], deletion_id, seen=1, now=case.now)
        retention.agree(session, case["cora"], deletion_id, seen=1, now=case.now)
        with pytest.raises(ConflictError):
            retention.agree(session, case["cole"], deletion_id, seen=1, now=case.now)
    keys = set(case.store.keys())
    assert len(keys) == 3  # letter, form, archive
    keeping.carry_out_deletion(case.context(), {"deletion_id": deletion_id})
    keeping.carry_out_deletion(case.context(), {"deletion_id": deletion_id})
    assert not keys & set(case.store.keys())
    with case.database.read() as session:
        row = session.get_one(Deletion, deletion_id)
        assert (row.state, [item.outcome for item in row.items]) == ("done", ["deleted"])
        [report] = documents.rows_of(session, [row.document_id or ""])
        assert documents.content_of(case.store, report).startswith(b"%PDF")
        ticket = session.get_one(Ticket, case.ticket_id)
        assert (ticket.text, ticket.caller_number, ticket.customer_id) == ("", None, None)
        assert {one.body for one in session.scalars(select(Message))} == {""}
        assert archives.verify(session, case.store).problems == ()
        assert audit.verify(session).broken is None
        assert retention.over(session, now=case.now) == ()


def test_a_hold_that_comes_in_between_is_kept(case: Case) -> None:
    archived(case)
    case.now += 1097 * DAY
    with case.database.write() as session:
        made = retention.propose_expiry(session, now=case.now)
        assert made is not None
        retention.agree(session, case["cora"], made.id, seen=1, now=case.now)
        deletion_id = made.id
        holds.set_hold(session, case["cole"], case.ticket_id, reason="a lawsuit", reference="", now=case.now)
    keeping.carry_out_deletion(case.context(), {"deletion_id": deletion_id})
    with case.database.read() as session:
        assert [item.outcome for item in session.get_one(Deletion, deletion_id).items] == ["held"]
        assert session.get_one(Ticket, case.ticket_id).text != ""


def test_before_its_time_only_two_people_delete_and_never_what_the_law_keeps(case: Case) -> None:
    archived(case)
    with case.database.write() as session:
        with pytest.raises(InvalidInputError, match="law"):
            retention.propose_early(session, case["cora"], [case.number], reason="he asks for it", now=case.now)
        new = NewTicket(Kind.INQUIRY, Channel.PHONE, "what is the fee", caller_number="13900139000")
        other = create_ticket(session, case["alice"], new, centre=CENTRE, now=case.now).summary
        with pytest.raises(InvalidInputError, match="ended"):
            retention.propose_early(session, case["cora"], [other.number], reason="he asks for it", now=case.now)
        session.execute(update(Ticket).where(Ticket.id == other.id).values(status=Status.CLOSED, closed_at=case.now))
    with case.database.write() as session:
        with pytest.raises(ForbiddenError):
            retention.propose_early(session, case["carl"], [other.number], reason="he asks for it", now=case.now)
        made = retention.propose_early(session, case["cora"], [other.number], reason="he asks for it", now=case.now)
        with pytest.raises(ForbiddenError, match="somebody else"):
            retention.agree(session, case["cora"], made.id, seen=1, now=case.now)
        retention.agree(session, case["cole"], made.id, seen=1, now=case.now)
        deletion_id = made.id
    keeping.carry_out_deletion(case.context(), {"deletion_id": deletion_id})
    with case.database.read() as session:
        assert session.get_one(Ticket, other.id).text == ""


def test_a_file_for_an_authority_is_sealed_and_opened_on_record(case: Case) -> None:
    archived(case)
    wanted = Wanted("金融监管局", "检查通知 1号", "现场检查", NOW - 30 * DAY, NOW + DAY, (case.number,))
    with case.database.write() as session:
        with pytest.raises(ForbiddenError):
            regulator_export.ask(session, case["carl"], wanted, now=case.now)
        with pytest.raises(InvalidInputError, match="archived"):
            regulator_export.ask(session, case["cora"], Wanted("x", "", "y", NOW, NOW + DAY, ("1",)), now=case.now)
        export_id = regulator_export.ask(session, case["cora"], wanted, now=case.now).id
    keeping.make_export(case.context(), {"export_id": export_id})
    keeping.make_export(case.context(), {"export_id": export_id})
    with case.database.write() as session:
        with pytest.raises(ForbiddenError):
            regulator_export.open_export(session, case.store, case["audrey"], export_id, now=case.now)
        _paper, opened = regulator_export.open_export(session, case.store, case["cora"], export_id, now=case.now)
        content = b"".join(opened.read(0, opened.size))
    verdict = bundle.verify(content)
    assert verdict.problems == ()
    assert verdict.head["tickets"] == 1
    with zipfile.ZipFile(BytesIO(content)) as found:
        lines = found.read("register.csv").decode("utf-8-sig").splitlines()
        inner = next(name for name in found.namelist() if name.startswith("archives/"))
        assert bundle.verify(found.read(inner)).problems == ()
    assert len(lines) == 2
    assert "1" in lines[1].split(",")[13]  # told within the legal term


def test_periodic_visits_follow_the_customers_grade(case: Case) -> None:
    closed(case)
    with case.database.write() as session:
        session.get_one(Customer, case.ticket().customer_id).grade = "vip"
    assert aftercare.nightly(case.database, case.now + 60 * DAY) == 0
    assert aftercare.nightly(case.database, case.now + 80 * DAY) == 1
    assert aftercare.nightly(case.database, case.now + 80 * DAY) == 0
    with case.database.read() as session:
        row = session.scalars(select(Visit).where(Visit.kind == "periodic")).one()
        assert (row.due_at - case.now).days == 90


def test_products_are_spoken_of_only_with_consent_and_without_an_open_complaint(case: Case) -> None:
    customer_id = case.ticket().customer_id
    assert customer_id is not None
    due = case.now + 7 * DAY
    with case.database.write() as session:
        with pytest.raises(ForbiddenError):
            visits.plan_service(session, case["amy"], customer_id, due_at=due, now=case.now)
        with pytest.raises(InvalidInputError, match="agreed"):
            visits.plan_service(session, case["sam"], customer_id, due_at=due, now=case.now)
        session.add(CustomerConsent(customer_id=customer_id, purpose=Purpose.MARKETING_PHONE, given=True, at=case.now,
                                    by="t", channel="phone"))  # fmt: skip
        session.flush()
        with pytest.raises(ConflictError, match="complaint is open"):
            visits.plan_service(session, case["sam"], customer_id, due_at=due, now=case.now)
    case.stand(Status.CLOSED)
    with case.database.write() as session:
        made = visits.plan_service(session, case["sam"], customer_id, due_at=due, now=case.now)
        visits.take(session, case["alice"], made.id, now=case.now)
        said = Said({"product_use": "fund A", "investment_return": "3 %", "new_products": "told of B"})
        assert visits.record(session, case["alice"], made.id, said, now=case.now) == "satisfied"
        assert case.ticket().status == Status.CLOSED


def test_the_letterhead_is_versioned_and_must_name_the_ways_out(case: Case) -> None:
    with case.database.write() as session:
        head = letterhead.current(session)
        with pytest.raises(ForbiddenError):
            letterhead.save(session, case["carl"], head, base=0, reason="new", now=case.now)
        with pytest.raises(InvalidInputError, match="mediation"):
            letterhead.save(session, case["cora"], replace(head, zh=replace(head.zh, mediation=" ")), base=0,
                            reason="shorter", now=case.now)  # fmt: skip
        assert letterhead.save(session, case["cora"], replace(head, hotline="95588"), base=0, reason="new number",
                               now=case.now) == 1  # fmt: skip
        with pytest.raises(ConflictError):
            letterhead.save(session, case["cora"], head, base=0, reason="again", now=case.now)
    with case.database.read() as session:
        assert letterhead.house_params(session, "zh")["hotline"] == "95588"
