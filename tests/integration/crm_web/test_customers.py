"""The pages and the API of customers: what each role sees of them, and what is written down there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db.customers import ActivityGuest, CarePlan, CustomerConsent, Feedback, RiskAssessment
from crm.db.people import CustomerNumber
from crm.db.records import AuditEntry
from crm.domain.wealth import QUESTIONS
from tests.factories import HOSTILE, NOW, House
from tests.integration.crm_web.conftest import Api, Browser

pytestmark = pytest.mark.integration
CARD = "11010519491231002X"


@pytest.fixture
def sam(browser: Browser) -> Browser:
    browser.log_in("sam")
    return browser


def new_customer(sam: Browser, **values: str) -> str:
    """The address of a new customer's page."""
    sam.get("/customers/new")
    answer = sam.post("/customers/new", {"name": "欧阳娜娜", "number": "13511112222", **values})
    assert answer.status_code == 302
    return answer.headers["Location"]


def said(sam: Browser, path: str, values: dict[str, object], back: str) -> str:
    """What the page says after a form was sent."""
    sam.get(back)
    text = sam.post(path, values, follow_redirects=True).text
    return " ".join(re.sub(r"<[^>]+>", " ", part) for part in re.findall(r'class="alert.*?</div>', text, re.DOTALL))


def test_a_customer_is_made_found_and_described(sam: Browser) -> None:
    page = new_customer(sam)
    told = said(
        sam, page,
        {"version": "2", "marks": "1", "elderly": "1", "vulnerable": "reading", "id_kind": "id_card", "id_number": CARD,
         "address": "北京市朝阳区建国路1号", "income": "10_to_30", "preferred_channel": "letter", "remarks": HOSTILE},
        page,
    )  # fmt: skip
    assert "Written down." in told
    text = sam.get(page).text
    for part in (
        "欧阳娜娜",
        "1••••••••••••••••X",
        "1949-••-••",
        "北京市•••",
        "135••••2222",
        "100,000 to 300,000 yuan",
        "Letter",
    ):
        assert part in text, part
    assert CARD not in text
    assert HOSTILE not in text
    for asked in ("13511112222", "ouyang nana", "欧阳娜娜", CARD):
        found = sam.get("/customers/", query_string={"q": asked}).text
        assert "欧阳••" in found, asked
        assert "135••••2222" in found
        assert "欧阳娜娜</a>" not in found
    assert "Nobody found" in sam.get("/customers/?q=nobody").text
    assert "欧阳••" in sam.get("/customers/?care=1").text
    assert "欧阳••" not in sam.get("/customers/?complaints=1").text
    assert "Somebody changed this customer" in said(sam, page, {"version": "2", "name": "x"}, page)
    assert "not the number of an identity card" in said(sam, page, {"id_kind": "id_card", "id_number": "1"}, page)


def test_what_a_form_leaves_empty_stays_and_what_is_ticked_goes(sam: Browser, api: Callable[[str], Api]) -> None:
    page = new_customer(sam)
    said(sam, page, {"id_kind": "passport", "id_number": "E1234567", "born_on": "1990-02-03"}, page)
    said(sam, page, {"name": "", "id_number": "", "born_on": "", "id_kind": "passport", "grade": "vip"}, page)
    customer = api("sam").get(page).get_json()
    assert (customer["name"], customer["id_number"], customer["grade"]) == ("欧阳娜娜", "E••••••7", "vip")
    said(sam, page, {"clear_id_number": "1", "clear_born_on": "1", "id_kind": ""}, page)
    customer = api("sam").get(page).get_json()
    assert (customer["id_number"], customer["born_on"], customer["age"]) == ("", "", None)


def test_a_whole_value_is_shown_for_a_reason_and_the_look_stays(sam: Browser, house: House) -> None:
    page = new_customer(sam)
    said(sam, page, {"id_kind": "id_card", "id_number": CARD}, page)
    subject = f"customer:{page.rpartition('/')[2]}"
    form = sam.get(f"/reveals/?subject={subject}&field=id_number&back={page}").text
    assert "What do you need it for?" in form
    wanted = {"subject": subject, "field": "id_number", "back": page, "reason": "verify", "words": "he called"}
    shown = sam.post("/reveals/", wanted, headers={"HX-Request": "true"})
    assert CARD in shown.text
    assert "no-store" in shown.headers["Cache-Control"]
    assert "Say what it is needed for." in sam.post("/reveals/", {**wanted, "reason": ""}).text
    assert CARD not in sam.get(page).text
    assert "he called" in sam.get(page).text  # who saw whole values
    with house.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "reveal")).one()
    assert (entry.actor, entry.subject) == ("sam", subject)
    assert entry.detail == {"field": "id_number", "reason": "verify", "words": "he called"}


@pytest.mark.parametrize("kind", ["ticket", "call"])
def test_numbers_of_tickets_and_calls_are_masked_and_shown_for_a_reason(sam: Browser, house: House, kind: str) -> None:
    if kind == "ticket":
        path, subject = f"/tickets/{house.ticket_ids['english']}", f"ticket:{house.ticket_ids['english']}"
    else:
        path, subject = f"/calls/{house.call_ids['english']}", f"call:{house.call_ids['english']}"
    text = sam.get(path).text
    assert "138••••8001" in text
    assert "13800138001" not in text
    assert f"subject={subject.replace(':', '%3A')}" in text or f"subject={subject}" in text
    sam.get(f"/reveals/?subject={subject}&field=number")
    shown = sam.post("/reveals/", {"subject": subject, "field": "number", "reason": "contact"})
    assert "13800138001" in shown.text


def test_an_agent_reveals_nothing_while_he_is_not_on_the_call(browser: Browser, house: House) -> None:
    browser.log_in("alice")
    subject = f"call:{house.call_ids['english']}"
    browser.get(f"/reveals/?subject={subject}&field=number")
    answer = browser.post("/reveals/", {"subject": subject, "field": "number", "reason": "contact"}).text
    assert "while they speak with the customer" in answer
    assert "13800138001" not in answer


def test_ways_to_reach_a_customer_come_and_go(sam: Browser, house: House) -> None:
    page = new_customer(sam)
    assert "Written down." in said(sam, f"{page}/numbers", {"number": "010 6552 9988", "kind": "home"}, page)
    assert "already" in said(sam, f"{page}/numbers", {"number": "13511112222"}, page)
    assert "Written down." in said(sam, f"{page}/contacts", {"kind": "email", "address": "nana@example.com"}, page)
    assert "not an e-mail address" in said(sam, f"{page}/contacts", {"kind": "email", "address": "nana"}, page)
    with house.database.read() as session:
        numbers = session.scalars(select(CustomerNumber).order_by(CustomerNumber.id.desc()).limit(2)).all()
    said(sam, f"{page}/numbers/{numbers[0].id}", {"what": "prefer"}, page)
    assert "first to call" in sam.get(page).text
    said(sam, f"{page}/numbers/{numbers[1].id}", {"what": "drop"}, page)
    text = sam.get(page).text
    assert "135••••2222" not in text
    assert "n•••@example.com" in text


def test_consent_is_asked_for_each_by_itself(sam: Browser, house: House) -> None:
    page = new_customer(sam)
    values = {"purpose": "activities", "given": "yes", "channel": "phone", "evidence": "recording 7", "until": ""}
    assert "Written down." in said(sam, f"{page}/consents", values, page)
    assert "Written down." in said(sam, f"{page}/consents", {**values, "given": "no"}, page)
    assert "ten years" in said(sam, f"{page}/consents", {**values, "until": "2020-01-01"}, page)
    with house.database.read() as session:
        rows = session.scalars(select(CustomerConsent).order_by(CustomerConsent.id)).all()
    assert [(row.purpose, row.given, row.by) for row in rows] == [
        ("activities", True, "sam"),
        ("activities", False, "sam"),
    ]


def test_needs_become_a_plan_that_fits(sam: Browser, house: House) -> None:
    page = new_customer(sam)
    need = {"products": ["deposit", "wealth"], "preference": "income", "liquidity": "month", "horizon": "1_to_3"}
    assert "Written down." in said(sam, f"{page}/needs", need, page)
    assert "Answer every question." in said(sam, f"{page}/assessments", {"age": "1"}, page)
    said(sam, f"{page}/assessments", dict.fromkeys(QUESTIONS, "1"), page)
    refused = said(sam, f"{page}/advice", {"kind": "allocation", "product": "stock_fund", "text": "x"}, page)
    assert "riskier than the customer can bear" in refused
    mix = {"share_deposit": "60", "share_wealth": "40"}
    assert "100 together" in said(sam, f"{page}/plans", {"share_deposit": "60"}, page)
    assert "draft stands below" in said(sam, f"{page}/plans", {**mix, "services": "visits", "visit_days": "60"}, page)
    with house.database.read() as session:
        plan = session.scalars(select(CarePlan)).one()
        assert session.scalars(select(RiskAssessment)).one().level == "C2"
    assert plan.mix == [
        {"product": "deposit", "share": 60, "risk": "R1"},
        {"product": "wealth", "share": 40, "risk": "R2"},
    ]
    said(sam, f"{page}/plans/{plan.id}", {"what": "agree"}, page)
    text = sam.get(page).text
    assert "Agreed" in text
    assert "every 60 days" in text
    assert "C2: steady" in text


def test_doubles_are_merged_and_parted_on_the_page(sam: Browser) -> None:
    page, other = new_customer(sam), new_customer(sam, number="13533334444")
    assert f'value="{other.rpartition("/")[2]}"' in sam.get(page).text  # offered as a double
    values = {"merged_id": other.rpartition("/")[2], "reason": "the same person, she said"}
    assert "one customer now" in said(sam, f"{page}/merge", values, page)
    assert sam.get(other).headers["Location"] == page
    text = sam.get(page).text
    assert "135••••4444" in text
    undo = re.findall(r'action="(/customers/merges/\d+/undo)"', text)[0]
    undone = said(sam, undo, {"reason": "her sister", "customer_id": page.rpartition("/")[2]}, page)
    assert "two customers again" in undone
    assert sam.get(other).status_code == 200


def test_feedback_is_written_down_and_answered(sam: Browser, house: House) -> None:
    page = new_customer(sam)
    said(sam, f"{page}/feedback", {"subject": "process:waiting", "score": "2", "text": "too long"}, page)
    with house.database.read() as session:
        row = session.scalars(select(Feedback)).one()
    said(sam, f"{page}/feedback/{row.id}", {"what": "answer", "answer": "more agents at noon"}, page)
    text = sam.get(page).text
    assert "more agents at noon" in text
    assert "Waiting times" in sam.get("/activities/").text  # what customers judge, in a year


def test_an_activity_is_planned_invited_to_and_judged(sam: Browser, house: House) -> None:
    page = new_customer(sam)
    begin = (NOW + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    values = {"kind": "salon", "title": "Funds for beginners", "topic": "funds", "starts_at": begin, "place": "Hall"}
    assert "must begin in the future" in said(
        sam, "/activities/", {**values, "starts_at": "2020-01-01T10:00"}, "/activities/"
    )
    sam.get("/activities/")
    activity = sam.post("/activities/", values).headers["Location"]
    assert "欧阳••" in sam.get(f"{activity}?q=13511112222").text
    guest = {"customer_id": page.rpartition("/")[2]}
    assert "not agreed to be invited" in said(sam, f"{activity}/guests", guest, activity)
    said(sam, f"{page}/consents", {"purpose": "activities", "given": "yes", "channel": "phone"}, page)
    assert "Invited." in said(sam, f"{activity}/guests", guest, activity)
    address = f"{activity}/guests/{guest['customer_id']}"
    assert "Written down." in said(sam, address, {"state": "registered"}, activity)
    assert "not begun yet" in said(sam, address, {"state": "attended"}, activity)
    with house.database.read() as session:
        assert session.scalars(select(ActivityGuest)).one().state == "registered"
    assert "Funds for beginners" in sam.get(page).text
    assert "Called off" in said_page(sam, activity)


def said_page(sam: Browser, activity: str) -> str:
    """The page after the activity was called off."""
    sam.get(activity)
    return sam.post(f"{activity}/state", {"state": "cancelled", "version": "1"}, follow_redirects=True).text


@pytest.mark.parametrize(
    ("who", "list_", "one", "activities", "reveal"),
    [
        ("alice", 200, 404, 200, 200), ("handler", 200, 404, 200, 200), ("dora", 200, 200, 200, 403),
        ("audrey", 200, 200, 200, 403), ("quinn", 403, 403, 403, 403), ("root", 403, 403, 403, 403),
    ],
)  # fmt: skip
def test_each_role_opens_what_the_matrix_lets_it(
    sam: Browser, new_browser: Callable[[], Browser], who: str, list_: int, one: int, activities: int, reveal: int
) -> None:
    page = new_customer(sam)
    other = new_browser()
    other.log_in(who)
    paths = ("/customers/", page, "/activities/", "/reveals/")
    assert [other.get(path).status_code for path in paths] == [list_, one, activities, reveal]


def test_the_api_tells_of_customers_what_the_asker_may_see(api: Callable[[str], Api]) -> None:
    sam = api("sam")
    made = sam.post("/customers", {"name": "张三", "number": "13511112222", "id_kind": "id_card", "id_number": CARD})
    assert made.status_code == 201
    body = made.get_json()
    assert (body["name"], body["id_number"], body["numbers"][0]["number"]) == (
        "张三",
        "1••••••••••••••••X",
        "135••••2222",
    )
    path = f"/customers/{body['id']}"
    assert sam.post("/customers", {"name": "x", "number": "+8613511112222"}).status_code == 409
    assert sam.get("/customers?q=zhang+san").get_json()["items"][0]["id"] == body["id"]
    listed = sam.get("/customers?limit=1").get_json()
    assert (listed["items"][0]["name"], listed["next"] is not None) == ("张•", True)
    assert sam.get("/customers?cursor=x").status_code == 422
    changed = sam.client.patch(f"/api/v1{path}", headers=sam.headers, json={"grade": "vip", "version": body["version"]})
    assert (changed.status_code, changed.get_json()["grade"]) == (200, "vip")
    stale = sam.client.patch(f"/api/v1{path}", headers=sam.headers, json={"grade": "", "version": body["version"]})
    assert stale.status_code == 409
    assert sam.post(f"{path}/contacts", {"kind": "email", "address": "a@b.cn"}).status_code == 201
    assert sam.post(f"{path}/consents", {"purpose": "sharing", "given": False, "channel": "phone"}).status_code == 201
    assert sam.get(f"{path}/timeline").get_json()["items"][0]["kind"] in {"change", "consent"}
    told = sam.post("/reveals", {"subject": f"customer:{body['id']}", "field": "id_number", "reason": "case"})
    assert told.get_json() == {"value": CARD}
    assert sam.post("/reveals", {"subject": f"customer:{body['id']}", "field": "id_number"}).status_code == 422
    auditor = api("auditor")
    assert auditor.get(path).get_json()["id_number"] == "1••••••••••••••••X"
    assert auditor.post("/reveals", {"subject": "customer:1", "field": "name", "reason": "case"}).status_code == 403
    assert auditor.post("/customers", {"name": "x"}).status_code == 403
    assert api("alice").get(path).status_code == 404
    assert api("root").get("/customers").status_code == 403


def test_the_api_merges_and_parts(api: Callable[[str], Api]) -> None:
    sam = api("sam")
    one, other = (
        sam.post("/customers", {"name": "张三", "number": number}).get_json()["id"]
        for number in ("13511112222", "13533334444")
    )
    doubles = sam.get(f"/customers/{one}/doubles").get_json()["items"]
    assert [(double["customer_id"], double["shared"]) for double in doubles] == [(other, ["name"])]
    merged = sam.post(f"/customers/{one}/merge", {"merged_id": other, "reason": "the same person"})
    assert merged.status_code == 201
    assert sam.get(f"/customers/{other}").get_json()["id"] == one
    undone = sam.post(f"/customer-merges/{merged.get_json()['id']}/undo", {"reason": "it was wrong"})
    assert (undone.status_code, undone.get_json()["undone_by"]) == (200, "sam")
    assert sam.get(f"/customers/{other}").get_json()["id"] == other
    assert sam.post(f"/customer-merges/{merged.get_json()['id']}/undo", {"reason": "once more"}).status_code == 409


def test_a_customer_gets_a_copy_of_what_is_kept_of_him(
    sam: Browser, new_browser: Callable[[], Browser], house: House
) -> None:
    page = new_customer(sam)
    said(sam, page, {"id_kind": "id_card", "id_number": CARD}, page)
    said(sam, f"{page}/feedback", {"subject": "process:waiting", "score": "2", "text": "too long"}, page)
    assert "Say what it is needed for." in said(sam, f"{page}/copy", {"reason": ""}, page)
    answer = sam.post(f"{page}/copy", {"reason": "other", "words": "he asked for it"})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    copy = answer.get_json()
    assert (copy["customer"]["id_number"], copy["numbers"], copy["feedback"][0]["text"]) == (
        CARD,
        ["13511112222"],
        "too long",
    )
    with house.database.read() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == "customer.copied")).one().actor == "sam"
    handler = new_browser()
    handler.log_in("handler")
    handler.get("/customers/")
    assert handler.post(f"{page}/copy", {"reason": "case"}).status_code == 403
