"""The pages of people, rights, audit log and second persons, as a browser uses them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm.db.models import (
    AuditEntry,
    Department,
    DepartmentMember,
    Recording,
    SegmentRow,
    ServedQueue,
    Ticket,
    TranscriptRow,
    TwoPersonRequest,
    User,
)
from crm.domain.access import Role
from crm.jobs import integrity
from crm.jobs.work import JobContext
from crm.services import audit, checkpoints, users
from tests.factories import CHEAP, NOW, PASSWORD, Clock, House, make_app
from tests.integration.crm_web.conftest import Api, Browser

pytestmark = pytest.mark.integration
Browsers = Callable[[], Browser]
CHOSEN = "a lamp over the quiet harbour"


def _id(house: House, name: str) -> int:
    with house.database.read() as session:
        return session.scalars(select(User.id).where(User.username == name)).one()


def _add(house: House, **people: Role) -> None:
    hashed = CHEAP.hash(PASSWORD)
    with house.database.write() as session:
        for name, role in people.items():
            users.create_user(
                session, username=name, roles=frozenset({role}), password_hash=hashed, by="test", now=NOW, locale="en"
            )


def _root(new_browser: Browsers) -> Browser:
    browser = new_browser()
    browser.log_in("root")
    return browser


def test_a_new_person_comes_in_by_the_link_and_the_administrator_never_knows_the_password(
    new_browser: Browsers, house: House
) -> None:
    root = _root(new_browser)
    root.get("/people/")
    page = root.post(
        "/people/", {"username": "newcomer", "display_name": "New Comer", "role": ["A1"], "post": "front_line"}
    ).text
    path = "/welcome/" + re.findall(r"/welcome/([\w-]+)", page)[0]
    newcomer = new_browser()
    newcomer.client.set_cookie("language", "en")
    assert "newcomer" in newcomer.get(path).text
    refused = newcomer.post(path, {"password": "short", "again": "short"})
    assert "at least 15 characters" in refused.text
    assert newcomer.post(path, {"password": CHOSEN, "again": CHOSEN}).location == "/login"
    assert newcomer.get(path).status_code == 404, "it works once"
    assert newcomer.log_in("newcomer", CHOSEN).status_code == 302
    assert newcomer.get("/tickets/").status_code == 200
    assert newcomer.get("/people/").status_code == 403
    again = root.post("/people/", {"username": "newcomer", "role": ["A1"]}).text
    assert "There is a user newcomer already" in again


def test_rights_that_end_end_what_is_open_in_another_browser(new_browser: Browsers, house: House) -> None:
    root, alice = _root(new_browser), new_browser()
    alice.log_in("alice")
    path = f"/people/{_id(house, 'alice')}"
    root.get(path)
    root.post(f"{path}/rights", {"role": ["A1", "A2"], "post": "team_leader", "reason": "leads well"})
    assert alice.get("/tickets/").status_code == 200
    assert "Promoted" not in root.get(path).text, "she had no post before: that is a move"
    root.post(f"{path}/rights", {"role": ["TR"], "post": "trainer", "reason": "teaches now"})
    assert alice.get("/tickets/").status_code == 302
    root.post(f"{path}/leave", {"reason": "moved away"})
    assert alice.log_in("alice").status_code == 200, "nobody of that name comes in"
    page = root.post(f"{path}/return", {"reason": "came back"}).text
    assert "/welcome/" in page


def test_what_is_refused_is_said_and_changes_nothing(new_browser: Browsers, house: House) -> None:
    root = _root(new_browser)
    own, alice = f"/people/{_id(house, 'root')}", f"/people/{_id(house, 'alice')}"
    for path, form, told in (
        (f"{own}/rights", {"role": ["AD", "GM"], "reason": "why not"}, "Nobody changes his own rights"),
        (f"{own}/leave", {"reason": "bye"}, "Nobody changes his own rights"),
        (f"{alice}/rights", {"role": ["AU", "A1"], "reason": "both"}, "An auditor has no other role"),
        (f"{alice}/rights", {"role": ["A1"], "post": "front_line", "reason": ""}, "A reason is needed"),
        (f"{alice}/second-factor", {"reason": "lost"}, "has no second factor"),
        (f"{alice}/queues", {"skill.complaints": "10", "reason": "x"}, "A level is 1 to 9"),
    ):
        root.get("/people/")
        answer = root.post(path, form)
        assert told in root.get(answer.location).text, path
    with house.database.read() as session:
        assert {role.name for role in session.get_one(User, _id(house, "alice")).roles} == {"A1"}
    assert root.get("/people/999999").status_code == 404


def test_queues_and_department_are_given_on_the_persons_page(new_browser: Browsers, house: House) -> None:
    root, alice = _root(new_browser), _id(house, "alice")
    root.get(f"/people/{alice}")
    form = {"skill.complaints": "1", "skill.cards": "2", "language": ["zh", "en"], "reason": "trained for it"}
    page = root.get(root.post(f"/people/{alice}/queues", form).location).text
    assert "new version" in page
    with house.database.read() as session:
        served = session.scalars(select(ServedQueue.queue).where(ServedQueue.agent == "alice")).all()
        section = session.scalars(select(Department.id).where(Department.code == "service_section_1")).one()
    assert {"complaints", "cards"} <= set(served)
    assert "loss" not in served
    root.post(f"/people/{alice}/department", {"department": str(section), "member_post": "deputy"})
    with house.database.read() as session:
        assert session.get_one(DepartmentMember, alice).post == "deputy"


def test_everybody_reads_who_may_do_what(new_browser: Browsers) -> None:
    quinn = new_browser()
    quinn.log_in("quinn")
    page = quinn.get("/people/rights").text
    assert page.count("<tr>") > 40
    assert "own, before grading" in page


def _audit(browser: Browser, query: str = "") -> str:
    answer = browser.get(f"/audit/?{query}")
    assert answer.status_code == 200
    return answer.text


def test_the_audit_log_is_searched_by_person_deed_thing_and_day(
    new_browser: Browsers, house: House, api: Callable[[str], Api]
) -> None:
    api("sam").get(f"/recordings/{house.recording_ids['english']}/transcript")
    api("sam").get(f"/recordings/{house.recording_ids['english']}/audio")
    audrey = new_browser()
    audrey.log_in("audrey")
    assert "Read a transcript" in _audit(audrey, "who=sam")
    assert "Read a transcript" not in _audit(audrey, "who=handler").partition("<tbody>")[2]
    assert _audit(audrey, "what=recording").count("Listened to a recording") == 2  # the choice of the form is one
    assert "Ticket opened" in _audit(audrey, f"about=ticket:{house.ticket_ids['english']}")
    with house.database.read() as session:
        number = session.get_one(Ticket, house.ticket_ids["english"]).number
    assert "Ticket opened" in _audit(audrey, f"about={number}")
    assert "No entry" in _audit(audrey, "since=2030-01-01")
    assert "No entry" in _audit(audrey, "until=2020-01-01")
    assert "This cannot be looked for" in _audit(audrey, "since=yesterday")
    first = _audit(audrey)
    assert "not walked yet" in first
    for name in ("sam", "root", "handler", "dora"):
        other = new_browser()
        other.log_in(name)
        assert other.get("/audit/").status_code == 403, name


def test_pages_of_the_audit_log_follow_each_other(new_browser: Browsers, house: House) -> None:
    with house.database.write() as session:
        for number in range(120):
            audit.append(session, at=NOW, actor="test", action="thing.done", subject=f"thing:{number}", detail={})
    audrey = new_browser()
    audrey.log_in("audrey")
    path, seen = "/audit/?who=test&what=thing", []
    while path:
        page = audrey.get(path).text
        seen += re.findall(r"about=thing:(\d+)", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert seen == [str(number) for number in reversed(range(120))]


def test_checkpoints_are_taken_out_and_that_is_written_down(new_browser: Browsers, house: House) -> None:
    with house.database.write() as session:
        checkpoints.make(session, checkpoints.Signer(b"k" * 32), NOW)
    audrey = new_browser()
    audrey.log_in("audrey")
    assert "checkpoint 1" in _audit(audrey)
    answer = audrey.post("/audit/checkpoints", {})
    assert checkpoints.parse(answer.text.strip()).id == 1
    assert "attachment" in answer.headers["Content-Disposition"]
    with house.database.read() as session:
        assert session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc())).first() == "audit.exported"


def test_reading_a_transcript_is_written_down_once_for_a_while(
    house: House, api: Callable[[str], Api], clock: Clock, new_browser: Browsers
) -> None:
    path = f"/recordings/{house.recording_ids['english']}/transcript"
    waiting = f"/recordings/{house.recording_ids['waiting']}/transcript"
    for _ in range(3):
        api("sam").get(path)
    api("sam").get(waiting)
    api("audrey").get(path)
    clock.now += timedelta(minutes=11)
    browser = new_browser()
    browser.log_in("sam")
    browser.get(f"/calls/{house.call_ids['english']}")
    with house.database.read() as session:
        read = select(AuditEntry.actor, func.count()).where(AuditEntry.action == "transcript.read")
        counts = {name: count for name, count in session.execute(read.group_by(AuditEntry.actor))}  # noqa: C416  (rows)
    assert counts == {"sam": 3, "audrey": 1}, "the page shows the message and the call"


def test_no_part_of_a_recording_is_heard_unwritten(house: House, api: Callable[[str], Api]) -> None:
    path = f"/recordings/{house.recording_ids['english']}/audio"
    assert api("sam").get(path, headers={"Range": "bytes=44-"}).status_code == 206
    with house.database.read() as session:
        assert session.scalars(select(AuditEntry.actor).where(AuditEntry.action == "recording.listened")).all() == [
            "sam"
        ]


@pytest.fixture
def office(own_house: House, built_assets: None) -> House:
    _add(own_house, cora=Role.CO, carl=Role.CO)
    return own_house


def _browser(house: House, name: str) -> Browser:
    browser = Browser(make_app(house))
    browser.log_in(name)
    browser.get("/second-person/")
    return browser


def _free(house: House, name: str) -> str:
    """A recording that no complaint holds; gives its id."""
    with house.database.write() as session:
        session.get_one(Ticket, house.ticket_ids[name]).kind = "inquiry"
    return house.recording_ids[name]


def test_a_recording_is_deleted_early_by_two_and_leaves_nothing_but_its_row(office: House) -> None:
    recording = _free(office, "english")
    cora, carl = _browser(office, "cora"), _browser(office, "carl")
    asked = cora.post(f"/second-person/recordings/{recording}/deletion", {"reason": "recorded by mistake"})
    assert asked.status_code == 302
    own = cora.get(cora.post("/second-person/1/decision", {"decision": "agree", "answer": "yes"}).location).text
    assert "never the one who asked" in own
    with office.database.read() as session:
        row = session.get_one(Recording, recording)
        assert (row.state, office.store.has(row.store_key)) == ("stored", True)
    carl.post("/second-person/1/decision", {"decision": "agree", "answer": "seen, no need to keep it"})
    with office.database.read() as session:
        row = session.get_one(Recording, recording)
        assert (row.state, office.store.has(row.store_key), row.peaks) == ("purged", False, [])
        texts = session.scalars(select(TranscriptRow.text).where(TranscriptRow.recording_id == recording)).all()
        assert set(texts) == {""}
        left = select(SegmentRow).join(TranscriptRow).where(TranscriptRow.recording_id == recording)
        assert session.scalars(left).all() == []
        about = select(AuditEntry.action).where(AuditEntry.subject == f"recording:{recording}")
        actions = session.scalars(about.order_by(AuditEntry.id)).all()
        assert actions == ["two_person.asked", "two_person.granted", "recording.deleted"]
        assert audit.verify(session).broken is None
    twice = carl.get(carl.post("/second-person/1/decision", {"decision": "agree", "answer": "again"}).location).text
    assert "decided already" in twice


def test_a_file_that_a_crash_left_behind_goes_in_the_night(office: House) -> None:
    with office.database.write() as session:
        row = session.get_one(Recording, office.recording_ids["english"])
        row.state = "purged"
        key = row.store_key
    nothing = None
    context = JobContext(office.database, office.store, lambda: NOW, nothing, lambda: True, lambda _: None)  # type: ignore[arg-type]  # no speech here
    integrity.verify_integrity(context, {})
    assert not office.store.has(key)


@pytest.mark.parametrize("held", ["open complaint", "young complaint", "legal hold"])
def test_what_the_law_holds_is_not_deleted_whoever_agrees(office: House, held: str) -> None:
    recording = office.recording_ids["english"]
    with office.database.write() as session:
        ticket = session.get_one(Ticket, office.ticket_ids["english"])
        if held == "young complaint":
            ticket.status, ticket.closed_at = "closed", NOW - timedelta(days=1000)
        if held == "legal hold":
            ticket.kind, ticket.legal_hold = "inquiry", True
    cora = _browser(office, "cora")
    told = cora.get(cora.post(f"/second-person/recordings/{recording}/deletion", {"reason": "why not"}).location).text
    assert "alert-danger" in told
    with office.database.read() as session:
        assert session.scalars(select(TwoPersonRequest)).all() == []


def test_a_complaints_recording_may_go_after_the_laws_years(office: House) -> None:
    with office.database.write() as session:
        ticket = session.get_one(Ticket, office.ticket_ids["english"])
        ticket.status, ticket.closed_at = "archived", NOW - timedelta(days=3 * 366)
    recording = office.recording_ids["english"]
    _browser(office, "cora").post(f"/second-person/recordings/{recording}/deletion", {"reason": "the term is over"})
    with office.database.read() as session:
        assert session.scalars(select(TwoPersonRequest.state)).one() == "open"


def test_a_handler_takes_a_recording_out_with_approval_once_and_compliance_for_a_reason(office: House) -> None:
    recording = office.recording_ids["english"]
    handler, cora, carl = (_browser(office, name) for name in ("handler", "cora", "carl"))
    file = f"/second-person/recordings/{recording}/file"
    refused = handler.post(file, {"reason": "for the court"})
    assert refused.status_code == 302
    assert "with somebody’s approval" in handler.get(refused.location).text
    handler.post(f"/second-person/recordings/{recording}/export", {"reason": "for the court"})
    handler.post("/second-person/1/decision", {"decision": "agree", "answer": "I agree with myself"})
    assert handler.post(file, {}).status_code == 302
    carl.post("/second-person/1/decision", {"decision": "agree", "answer": "case 12"})
    taken = handler.post(file, {})
    assert (taken.status_code, taken.mimetype, taken.data[:4]) == (200, "audio/wav", b"RIFF")
    assert handler.post(file, {}).status_code == 302, "a grant is used up"
    assert cora.post(file, {"reason": ""}).status_code == 302
    assert cora.post(file, {"reason": "asked for by the regulator"}).status_code == 200
    with office.database.read() as session:
        out = session.scalars(select(AuditEntry).where(AuditEntry.action == "recording.exported")).all()
    assert [(one.actor, one.detail["reason"], one.detail["request"]) for one in out] == [
        ("handler", "for the court", 1),
        ("cora", "asked for by the regulator", None),
    ]
    sam = _browser(office, "sam")
    assert sam.post(file, {"reason": "curious"}).status_code == 403


def test_a_refused_or_withdrawn_request_opens_nothing(office: House) -> None:
    recording = office.recording_ids["english"]
    handler, carl = _browser(office, "handler"), _browser(office, "carl")
    for end in ("refuse", "withdraw"):
        handler.post(f"/second-person/recordings/{recording}/export", {"reason": "for the court"})
        with office.database.read() as session:
            newest = session.scalars(select(TwoPersonRequest.id).order_by(TwoPersonRequest.id.desc())).first()
        if end == "refuse":
            carl.post(f"/second-person/{newest}/decision", {"decision": "refuse", "answer": "not needed"})
        else:
            carl.post(f"/second-person/{newest}/withdrawal", {})
            handler.post(f"/second-person/{newest}/withdrawal", {})
        assert handler.post(f"/second-person/recordings/{recording}/file", {}).status_code == 302
    with office.database.read() as session:
        assert session.scalars(select(TwoPersonRequest.state).order_by(TwoPersonRequest.id)).all() == [
            "refused",
            "withdrawn",
        ]


@pytest.mark.parametrize("name", ["sam", "dora", "handler", "audrey"])
def test_nobody_reads_what_is_said_of_him(house: House, api: Callable[[str], Api], name: str) -> None:
    """PR-02: a complaint is told to those who work on it, and not to whom it is about."""
    ticket, recording = house.ticket_ids["english"], house.recording_ids["english"]
    assert api(name).get(f"/tickets/{ticket}").status_code == 200
    with house.database.write() as session:
        session.get_one(Ticket, ticket).complained_about_id = _id(house, name)
    for path in (f"/tickets/{ticket}", f"/tickets/{ticket}/moves", f"/recordings/{recording}/transcript",
                 f"/recordings/{recording}/audio", f"/recordings/{recording}"):  # fmt: skip
        assert api(name).get(path).status_code == 404, path
    assert ticket not in {one["id"] for one in api(name).get("/tickets").json["items"]}
    assert house.call_ids["english"] not in {one["call_id"] for one in api(name).get("/calls").json["items"]}
    others = {"sam", "dora", "handler", "audrey"} - {name}
    assert all(api(one).get(f"/tickets/{ticket}").status_code == 200 for one in others)
