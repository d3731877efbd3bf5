"""Reports that are made and mailed by themselves, on both databases: once each, by each reader's rights, with proof."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from crm.db.casefile import Notice
from crm.db.departments import Department, DepartmentMember
from crm.db.messages import Document, Message
from crm.db.people import User
from crm.db.schedules import ReportDelivery, ReportRun, ReportSchedule
from crm.db.session import Database
from crm.domain.access import Actor, Role
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.jobs import reports as jobs
from crm.jobs import send
from crm.jobs.outgoing import Accepted, Outgoing, Senders
from crm.jobs.work import JobContext
from crm.services import audit, report_runs, report_schedules, users
from crm.services.report_schedules import Form
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
CAST = {"alice": Role.A1, "sam": Role.SM, "sue": Role.SM, "dora": Role.DG, "quinn": Role.QA, "cora": Role.CO}
WEEKLY = Form("Weekly", "people", "", "", ("xlsx", "csv"), "week", 1, "08:00", ("dora", "sam", "sue", "quinn"))


@dataclass
class House:
    database: Database
    store: LocalStore
    people: dict[str, Actor]

    def save(self, who: str, form: Form, schedule_id: int | None = None, seen: int = 0) -> int:
        with self.database.write() as session:
            actor = self.people[who]
            row = report_schedules.save(session, actor, form, schedule_id=schedule_id, seen=seen, zone=ZONE, now=NOW)
            return row.id

    def due(self, schedule_id: int) -> datetime:
        with self.database.read() as session:
            found = session.get_one(ReportSchedule, schedule_id).next_at
        assert found is not None
        return found

    def run(self, now: datetime) -> int:
        return jobs.run(self.database, self.store, CENTRE, now)


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:  # noqa: F811
    with database.write() as session:
        cast = {
            name: users.create_user(session, username=name, roles=frozenset({role}), password_hash=None, by="test",
                                    now=NOW, locale="en")
            for name, role in CAST.items()
        }  # fmt: skip
        for name in ("dora", "sam", "sue"):
            cast[name].email = f"{name}@bank.example"
        places = {row.code: row.id for row in session.scalars(select(Department))}
        for name, section in (("sam", 1), ("sue", 2)):
            member = DepartmentMember(user_id=cast[name].id, department_id=places[f"service_section_{section}"])
            session.add(member)
        people = {name: users.actor_of(user) for name, user in cast.items()}
    return House(database, LocalStore(tmp_path / "store", KeyRing.of(b"k" * 32)), people)


@dataclass
class Post:
    """A mail server that takes everything."""

    taken: list[Outgoing] = field(default_factory=list)

    def send(self, message: Outgoing) -> Accepted:
        self.taken.append(message)
        return Accepted({"server": "mail:25", "answer": "250 queued as 7"})


def test_a_report_is_made_once_and_each_gets_what_he_may_read_with_proof(house: House) -> None:
    schedule = house.save("dora", WEEKLY)
    due = house.due(schedule)
    assert house.run(due - timedelta(minutes=1)) == 0
    assert house.run(due) == 1
    assert house.run(due + timedelta(minutes=1)) == 0
    with house.database.read() as session:
        run = session.scalars(select(ReportRun)).one()
        assert (run.last - run.first).days == 6
        assert run.last < due.astimezone(ZONE).date()
        sent = {one.user.username: (one.outcome, one.part) for one in run.deliveries}
        assert sent == {
            "dora": ("mailed", "en:"), "sam": ("mailed", "en:service_section_1"),
            "sue": ("mailed", "en:service_section_2"), "quinn": ("no_address", "en:"),
        }  # fmt: skip
        assert [row.kind for row in session.scalars(select(Notice))] == ["report_ready"]
        documents = dict(run.documents)
        messages = {row.user_id: row.id for row in session.scalars(select(Message))}
        assert audit.verify(session).broken is None
        assert house.due(schedule) == due + timedelta(days=7)
    with house.database.write() as session:
        sam, other = house.people["sam"], documents["en:service_section_2"][0]
        with pytest.raises(NotFoundError):
            report_runs.open_document(session, house.store, sam, run.id, other, now=NOW)
        own = documents["en:service_section_1"][0]
        view, opened = report_runs.open_document(session, house.store, sam, run.id, own, now=NOW)
        content = b"".join(opened.read(0, opened.size))
        assert view.file_name.endswith("-en.xlsx")
        assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
        report_runs.open_document(session, house.store, house.people["dora"], run.id, other, now=NOW)
        with pytest.raises(NotFoundError):
            report_runs.open_document(session, house.store, house.people["alice"], run.id, own, now=NOW)
    post = Post()
    context = JobContext(
        house.database, house.store, lambda: due, lambda *_: None, lambda: True, lambda _: None,  # type: ignore[arg-type]  # nothing is transcribed here
        senders=Senders({"email": post}),
    )  # fmt: skip
    send.send_message(context, {"message_id": messages[sam.user_id]})
    assert [file.name for file in post.taken[0].files] == [
        f"people-{run.first}-{run.last}-en.xlsx", f"people-{run.first}-{run.last}-en.csv",
    ]  # fmt: skip
    assert post.taken[0].to == "sam@bank.example"
    assert "Weekly" in post.taken[0].subject
    with house.database.read() as session:
        proof = session.scalars(select(ReportDelivery).where(ReportDelivery.user_id == sam.user_id)).one()
        assert proof.message is not None
        assert proof.message.proof["sent"]["answer"] == "250 queued as 7"


def test_who_may_not_read_it_any_more_gets_nothing(house: House) -> None:
    schedule = house.save("dora", Form("W", "complaints", "", "", ("csv",), "day", 0, "08:00", ("dora", "cora")))
    with house.database.write() as session:
        cora = session.scalars(select(User).where(User.username == "cora")).one()
        cora.active = False
        dora = session.scalars(select(User).where(User.username == "dora")).one()
        dora.roles = list(session.scalars(select(User).where(User.username == "alice")).one().roles)
    house.run(house.due(schedule))
    with house.database.read() as session:
        run = session.scalars(select(ReportRun)).one()
        assert {one.user.username: one.outcome for one in run.deliveries} == {"dora": "no_right", "cora": "inactive"}
        assert run.documents == {}
        assert session.scalars(select(Document)).all() == []


def test_after_a_stop_the_last_times_are_made_up_for_and_no_more(house: House) -> None:
    schedule = house.save("dora", Form("D", "complaints", "", "", ("csv",), "day", 0, "08:00", ("dora",)))
    due = house.due(schedule)
    assert house.run(due + timedelta(days=20)) == report_runs.CATCH_UP
    with house.database.read() as session:
        days = [row.last for row in session.scalars(select(ReportRun).order_by(ReportRun.due_at))]
        assert days[-1] == (due + timedelta(days=19)).astimezone(ZONE).date()
        assert house.due(schedule) == due + timedelta(days=21)
        assert len(session.scalars(select(Message)).all()) == report_runs.CATCH_UP
    with house.database.write() as session:
        report_schedules.rest(session, house.people["dora"], schedule, active=False, zone=ZONE, now=NOW)
    assert house.run(due + timedelta(days=60)) == 0


def test_what_cannot_be_scheduled_is_refused(house: House) -> None:
    for change, text in (
        ({"recipients": ()}, "recipients"),
        ({"recipients": ("alice",)}, "recipients"),
        ({"formats": ("exe",)}, "formats"),
        ({"queue": "cards"}, "queue"),
        ({"board": "complaints", "team": "service_section_1"}, "team"),
        ({"span": "year"}, "span"),
        ({"title": "a\nb"}, "title"),
    ):
        with pytest.raises(InvalidInputError, match=text):
            house.save("dora", Form(**{**WEEKLY.__dict__, **change}))
    with pytest.raises(ForbiddenError):
        house.save("alice", WEEKLY)
    made = house.save("dora", WEEKLY)
    with pytest.raises(ConflictError):
        house.save("dora", WEEKLY, made, seen=7)
