"""A mailbox that is read, by a real IMAP server: each mail once, answers to their tickets, machines left alone."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.attachments import Attachment
from crm.db.intake import Contribution, Mail, MailFolder, TicketIntake
from crm.db.messages import Message
from crm.db.session import Database
from crm.db.tickets import Ticket
from crm.domain.access import Actor, Role
from crm.domain.errors import ConflictError
from crm.domain.messages import MessageState
from crm.domain.tickets import Status
from crm.jobs import mail_poll
from crm.jobs.integrity import check
from crm.jobs.work import JobContext
from crm.services import mail_in, mail_review, messages
from crm.services.centre import Centre
from crm.services.mail_in import Came
from ivr import ticketnumbers
from ops import doctor_mail
from ops.settings import load
from recordings.encryption import KeyRing
from recordings.local_store import LocalStore
from tests.database_fixture import database, database_url, postgres, sqlite_template  # noqa: F401  (fixtures)
from tests.mailbox_fixture import ImapServer, imap  # noqa: F401  (fixture)

pytestmark = pytest.mark.integration
# ruff: noqa: F811  (fixtures by name)
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
CENTRE = Centre(ZoneInfo("Asia/Shanghai"))
OURS = "help@bank.example"
REVIEWER = Actor("sm", frozenset({Role.SM}), None)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store", KeyRing.of(b"k" * 32))


_numbers = itertools.count(101)
"""Of mails in the mailbox, which is the same for both databases."""


def mail(text: str, number: int, **headers: str) -> bytes:
    made = EmailMessage()
    made["From"] = headers.pop("From", "王小明 <wang@example.cn>")
    made["To"], made["Subject"] = OURS, headers.pop("Subject", "投诉")
    made["Message-ID"] = f"<{number}@example.cn>"
    for name, value in headers.items():
        made[name] = value
    made.set_content(text)
    return made.as_bytes()


def take(session: Session, store: LocalStore, raw: bytes, now: datetime = NOW) -> mail_in.Outcome:
    return mail_in.take_in_mail(session, store, raw, Came("box", 1, now, (OURS,)), centre=CENTRE, now=now)


def take_one(database: Database, store: LocalStore, raw: bytes, now: datetime = NOW) -> mail_in.Outcome:
    with database.write() as session:
        return take(session, store, raw, now)


def rows(database: Database, kind: type[Any]) -> list[Any]:
    with database.read() as session:
        return list(session.scalars(select(kind)))


def test_a_mail_becomes_a_ticket_with_a_receipt(database: Database, store: LocalStore) -> None:
    made = EmailMessage()
    made["From"], made["Subject"], made["Message-ID"] = "王小明 <wang@example.cn>", "年费", "<7@example.cn>"
    made.set_content("白金卡年费说好免的,我要投诉,要求退还。\n\n> 旧邮件")
    made.add_attachment(b"\x89PNG\r\n\x1a\nx", maintype="image", subtype="png", filename="截图.png")
    made.add_attachment(b"MZ\0", maintype="application", subtype="octet-stream", filename="run.exe")
    outcome = take_one(database, store, made.as_bytes())
    ticket, intake, kept = rows(database, Ticket)[0], rows(database, TicketIntake)[0], rows(database, Mail)[0]
    assert (outcome.state, outcome.ticket_id, kept.ticket_id) == ("ticket", ticket.id, ticket.id)
    assert (ticket.kind, ticket.channel, ticket.status) == ("complaint", "email", Status.ACKNOWLEDGED)
    assert ticket.text == "年费\n\n白金卡年费说好免的,我要投诉,要求退还。"
    assert (intake.reporter_name, intake.email, intake.receipt) == ("王小明", "wang@example.cn", "queued")
    assert [one["name"] for one in intake.left_out] == ["run.exe"]
    assert [one.file_name for one in rows(database, Attachment)] == ["截图.png"]
    assert [one.address for one in rows(database, Message)] == ["wang@example.cn"]
    opened = store.open(kept.store_key)
    assert b"".join(opened.read(0, opened.size)) == made.as_bytes()


def test_an_answer_goes_to_its_ticket(database: Database, store: LocalStore) -> None:
    first = take_one(database, store, mail("我要投诉年费", 1))
    reference, number = rows(database, Message)[0].reference, rows(database, Ticket)[0].number
    answers = [
        mail("补充一", 2, From="other@example.cn", **{"In-Reply-To": f"<{reference}@bank.example>"}),
        mail("补充二", 3, References="<1@example.cn>"),
        mail("补充三", 4, Subject=f"Re: 编号 {ticketnumbers.shown(number)}"),
    ]
    outcomes = [take_one(database, store, raw) for raw in answers]
    assert [(one.state, one.ticket_id) for one in outcomes] == [("reply", first.ticket_id)] * 3
    assert len(rows(database, Ticket)) == 1
    assert [one.text.splitlines()[-1] for one in rows(database, Contribution)] == ["补充一", "补充二", "补充三"]


def test_a_stranger_who_names_a_number_gets_a_ticket_of_his_own(database: Database, store: LocalStore) -> None:
    take_one(database, store, mail("我要投诉年费", 1))
    number = rows(database, Ticket)[0].number
    outcome = take_one(database, store, mail("我也要", 2, From="stranger@example.cn", Subject=f"Re: {number}"))
    assert outcome.state == "ticket"
    assert len(rows(database, Ticket)) == 2


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Auto-Submitted": "auto-replied"}, "automatic"),
        ({"From": OURS}, "ours"),
        ({"List-Unsubscribe": "<https://x.example>"}, "list"),
    ],
)
def test_machines_get_no_ticket_and_no_answer(
    database: Database, store: LocalStore, headers: dict[str, str], why: str
) -> None:
    outcome = take_one(database, store, mail("I am away", 1, **headers))
    assert (outcome.state, outcome.why) == ("ignored", why)
    assert rows(database, Ticket) == rows(database, Message) == []
    with database.read() as session:
        assert [one.why for one in mail_review.waiting(session, REVIEWER, now=NOW)] == [why]


def test_a_person_makes_a_ticket_of_what_was_left_alone(database: Database, store: LocalStore) -> None:
    take_one(database, store, mail("其实是投诉", 1, Precedence="bulk"))
    kept = rows(database, Mail)[0].id
    with database.write() as session:
        ticket_id = mail_review.make_ticket(session, store, REVIEWER, kept, centre=CENTRE, now=NOW)
        assert session.get_one(Ticket, ticket_id).received_at == NOW
    with database.write() as session, pytest.raises(ConflictError):
        mail_review.file_away(session, REVIEWER, kept, now=NOW)


def test_a_mail_of_ours_that_comes_back_says_so(database: Database, store: LocalStore) -> None:
    take_one(database, store, mail("我要投诉年费", 1))
    message = rows(database, Message)[0]
    with database.write() as session:
        messages.settle(session, message.id, MessageState.SENT, outcome="accepted", actor="system", now=NOW)
    bounced = mail(
        f"Message-ID: <{message.reference}@bank.example> could not be delivered", 9,
        From="MAILER-DAEMON@mx.example", Subject="Undelivered Mail Returned to Sender",
    )  # fmt: skip
    assert take_one(database, store, bounced).why == "bounce"
    assert rows(database, Message)[0].state == "failed"


def test_a_flood_waits_for_a_person(database: Database, store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_in, "FLOOD", 2)
    states = [take_one(database, store, mail(f"投诉 {index}", index)).state for index in range(4)]
    assert states == ["ticket", "ticket", "held", "held"]


def context(database: Database, store: LocalStore, server: ImapServer) -> JobContext:
    return JobContext(
        database, store, lambda: datetime.now(UTC), lambda *_: None, lambda: True, lambda _: None,  # type: ignore[arg-type, return-value]  # it transcribes nothing
        mailbox=server.place, our_addresses=(OURS,), centre=CENTRE,
    )  # fmt: skip


def test_a_mailbox_is_read_once_whatever_happens(
    database: Database, store: LocalStore, imap: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = context(database, store, imap)
    mail_poll.tick(house)
    before, seen = len(rows(database, Ticket)), imap.seen()
    one, two = next(_numbers), next(_numbers)
    imap.deliver(mail("投诉一", one), mail("投诉二", two), mail("投诉二", two), b"\x00\xff no mail at all %d" % one)
    real = mail_in.take_in_mail
    calls = 0

    def breaks_once(*args: Any, **more: Any) -> mail_in.Outcome:
        nonlocal calls
        calls += 1
        outcome = real(*args, **more)
        if calls == 2:
            raise KeyboardInterrupt  # the process is stopped after its work and before the commit
        return outcome

    monkeypatch.setattr(mail_in, "take_in_mail", breaks_once)
    with pytest.raises(KeyboardInterrupt):
        mail_poll.tick(house)
    assert len(rows(database, Ticket)) == before + 1
    monkeypatch.undo()
    mail_poll.tick(house)
    assert mail_poll.tick(house) == 0
    assert len(rows(database, Ticket)) == before + 3
    assert imap.seen() >= seen + 3
    with database.write() as session:
        session.execute(MailFolder.__table__.update().values(uid_validity=1, last_uid=0))  # type: ignore[attr-defined]  # a table
    assert mail_poll.tick(house) == 0
    assert len(rows(database, Ticket)) == before + 3


def test_the_largest_numbers_of_a_mailbox_are_kept(database: Database) -> None:
    largest = 2**32 - 1  # unsigned, 32 bits: RFC 9051, 2.3.1.1
    with database.write() as session:
        session.add(MailFolder(name="far@127.0.0.1/INBOX", uid_validity=largest, last_uid=largest, polled_at=NOW))
    folder = next(folder for folder in rows(database, MailFolder) if folder.name.startswith("far@"))
    assert (folder.uid_validity, folder.last_uid) == (largest, largest)


def test_a_mailbox_that_cannot_be_read_says_why(database: Database, store: LocalStore, imap: ImapServer) -> None:
    wrong = JobContext(
        database, store, lambda: NOW, lambda *_: None, lambda: True, lambda _: None,  # type: ignore[arg-type, return-value]  # it transcribes nothing
        mailbox=type(imap.place)(imap.place.host, imap.place.port, "none", "help", "wrong"), centre=CENTRE,
    )  # fmt: skip
    assert mail_poll.tick(wrong) == 0
    with database.read() as session:
        (box,) = mail_review.boxes(session)
        assert "does not take the name and the password" in box.error


def test_the_nightly_check_looks_at_mails(database: Database, store: LocalStore) -> None:
    take_one(database, store, mail("我要投诉年费", 1))
    take_one(database, store, mail("自动", 2, Precedence="bulk"))
    kept = rows(database, Mail)
    store.delete(kept[1].store_key)
    late = datetime.now(UTC) + timedelta(days=2)
    store.put("2026/11/22/mail-00000000-0000-0000-0000-000000000000", b"half")
    house = JobContext(database, store, lambda: late, lambda *_: None, lambda: True, lambda _: None)  # type: ignore[arg-type, return-value]  # it transcribes nothing
    found = check(house)
    assert (found.missing, found.orphans) == ((f"mail:{kept[1].id}",), ())
    assert list(store.keys()) == [kept[0].store_key]


def test_the_doctor_looks_into_the_mailbox(imap: ImapServer) -> None:
    named = {
        "HUIYIN_IMAP_HOST": imap.place.host, "HUIYIN_IMAP_PORT": str(imap.place.port), "HUIYIN_IMAP_SECURITY": "none",
        "HUIYIN_IMAP_USER": "help", "HUIYIN_PUBLIC_URL": "https://help.example",
    }  # fmt: skip
    (good,) = doctor_mail.mailbox(load({**named, "HUIYIN_IMAP_PASSWORD": "secret"}))
    (bad,) = doctor_mail.mailbox(load({**named, "HUIYIN_IMAP_PASSWORD": "wrong"}))
    assert (good.level, bad.level) == ("good", "warning")
    assert doctor_mail.mailbox(load({})) == []
