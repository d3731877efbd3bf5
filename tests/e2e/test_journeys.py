"""Three complaints walked through the pages in a real browser, from the first word to the archive.

Each ends in a form that all have signed in their order and in an archive that is downloaded and whole. With
TEST_PICTURES the stations are kept as pictures in both languages (docs/journeys.md shows them).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from crm.documents.bundle import verify
from crm.services import archives
from crm.web.assets_manifest import STATIC
from tests.e2e.journey import CAST_AND_MORE, Person, Place, fill, ticket_of
from tests.factories import PASSWORD

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning"),
]
CHROMIUM = "/usr/bin/chromium"


class People(dict[str, Person]):
    """Whoever is asked for sits down at a browser of his own."""

    def __init__(self, browser: Browser, place: Place) -> None:
        super().__init__()
        self.browser, self.place = browser, place

    def __missing__(self, name: str) -> Person:
        assert name in CAST_AND_MORE
        self[name] = Person(self.browser, self.place, name)
        return self[name]


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    if not (STATIC / "dist" / "manifest.json").is_file():
        pytest.skip("the front end is not built: npm ci && npm run build")
    one = Place(tmp_path_factory.mktemp("journeys") / "house")
    yield one
    one.stop()


@pytest.fixture
def people(place: Place) -> Iterator[People]:
    if not os.access(CHROMIUM, os.X_OK):
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        there = People(browser, place)
        yield there
        browser.close()
    for one in there.values():
        assert one.complaints == [], one.name


def take_in(agent: Person, **said: object) -> int:
    """What the agent does while the customer speaks: writes it down, has it classified, reads it back."""
    page = agent.go("/intake/new")
    form = page.locator("form[enctype]")
    fill(form, {"channel": "phone", "kind": "complaint", **said})
    with page.expect_navigation():
        form.get_by_role("button", name="Fill in what the words suggest").click()
    fill(form, {"read_back": True, "told": True} | {name: said[name] for name in said if name.endswith("_code")})
    with page.expect_navigation():
        form.get_by_role("button", name="Take it in").click()
    assert "taken in" in agent.told()
    return ticket_of(agent)


def sign_the_form(people: People, ticket: int, *, opinion: str, result: str, **more: str) -> None:
    """FO-01 to FO-16: the first agent fills it in, then six signatures, each with a password, in their order."""
    alice, sam, handler, boss = people["alice"], people["sam"], people["handler"], people["dora"]
    assert "filled in" in alice.form(ticket, "form/", **more)
    for person, says in (
        (alice, None), (sam, opinion), (handler, opinion), (boss, opinion), (handler, result), (alice, None),
    ):  # fmt: skip
        given = {"password": PASSWORD} | ({"opinion": says} if says else {})
        assert person.form(ticket, "form/sign", **given) == "Signed."
    alice.picture("journey-form")
    assert "filed" in handler.form(ticket, "form/file")


def visit(people: People, ticket: int, **answers: str) -> None:
    """A person without a hand in the matter asks how the customer is."""
    number = people["handler"].number(ticket)
    people.place.later(days=3)
    sue = people["sue"]
    page = sue.go("/visits/")
    with page.expect_navigation():
        page.locator(f"tr:has-text('{number}') a[href^='/visits/']").click()
    sue.post("form[action$='/take']")
    answered = {"q_carried_out": "yes", "q_settled": "yes", "q_satisfaction": "5", "q_attitude": "5", "q_clear": "yes"}
    assert sue.post("form[action$='/said']", **answered | answers) == "Written down."


def archived(people: People, ticket: int, folder: Path, result: str) -> None:
    """Closed, archived by the house itself; who is in charge of the law takes the bundle out and checks it."""
    handler, cora, place = people["handler"], people["cora"], people.place
    handler.move(ticket, "close", result=result)
    handler.form(ticket, "archive/")
    place.work()
    cora.open(ticket)
    assert "Archived" in cora.status()
    bundle = cora.download("a[href*='bundle.zip']", folder)
    found = verify(bundle.read_bytes())
    assert found.problems == ()
    assert found.files >= 10
    with place.house.database.read() as session:
        assert archives.verify(session, place.house.store, "").problems == ()


def test_a_grumble_is_solved_on_the_spot(people: People, tmp_path: Path) -> None:
    alice, handler = people["alice"], people["handler"]
    ticket = take_in(
        alice, language="en", business_code="credit_card", name="Wang Li", phone="13512340001", preferred="phone",
        text="I do not understand why 20 yuan were charged for a second card statement. I can see that rule nowhere.",
        demand="Explain the fee",
    )  # fmt: skip
    assert alice.page.locator(".facts a:has-text('Wang Li')").count(), "the page says whose matter it is"
    alice.move(
        ticket, "triage", severity="S4", level="1", department="customer_maintenance",
        grounds="The grounds are not sufficient", demand_fair="The demand is reasonable",
        first_act="I explained the fee rule and how to switch to electronic statements.",
    )  # fmt: skip
    alice.move(ticket, "solve_on_spot", agreed=True, result="The customer understands, and takes e-statements.")
    alice.move(ticket, "tell_result", proof="Told on the telephone at 14:35, recorded")
    alice.move(ticket, "confirm", satisfaction="5")
    assert "Confirmed" in alice.status()
    people.place.work()
    sign_the_form(people, ticket, complained_about="Rule of fees", opinion="Well explained.", result="Explained.")
    assert "Return visit due" in handler.status()
    visit(people, ticket)
    archived(people, ticket, tmp_path, "Explained; the customer is content.")


RUDE = "昨天打电话咨询跨行转账手续费,客服态度很差,说了两次“听不懂就别问”,还把手续费说错了,害我多付了三百元。"


def test_a_rude_answer_is_punished_and_made_good(people: People, tmp_path: Path) -> None:
    alice, sam, handler = people["alice"], people["sam"], people["handler"]
    ticket = take_in(
        alice, language="zh", business_code="payment", reason_code="service_attitude", text=RUDE, amount="300",
        demand="道歉,赔偿多付的三百元", name="张三", phone="13900139002", preferred="sms", complained_about="amy",
    )  # fmt: skip
    sam.move(
        ticket, "triage", severity="S3", level="2", department="customer_maintenance", lapse="impoliteness",
        grounds="The grounds are sufficient", demand_fair="The demand is reasonable",
        first_act="I apologised at once for my colleague, and said that the matter is looked into.",
    )  # fmt: skip
    alice.go("/desk/")
    assert people["amy"].number(ticket) != alice.number(ticket), "who is complained about does not read it"
    sam.move(ticket, "assign", assignee="handler")
    handler.move(ticket, "investigate")
    investigate(people, ticket)
    decide(
        people, ticket, ("apology", "", "Apologise in writing"), ("compensation", "300.00", "Credit 300.00 yuan"),
        days=4, summary="我行致歉,并退回多收的300.00元。",
    )  # fmt: skip
    answer_by_text(people, ticket)
    alice.move(ticket, "confirm", satisfaction="4")
    sign_the_form(people, ticket, opinion="属实,同意补偿。", result="已致歉,并退回三百元。")
    visit(people, ticket, q_satisfaction="4")
    archived(people, ticket, tmp_path, "Apology and 300.00 yuan; the customer is content.")


def investigate(people: People, ticket: int) -> None:
    """Penalty, evidence with its custody, facts, cause, responsibility, basis."""
    handler = people["handler"]
    handler.named(
        ticket, "penalty", person="amy", kind="bonus_deduction", amount="100",
        reason="Said twice that who does not understand should not ask; heard on the recording.",
    )  # fmt: skip
    for act, more in (("reported", {}), ("loss_verified", {}), ("consulted", {"department": "accounting"})):
        handler.named(ticket, "act", act=act, note="300.00 yuan were charged too much.", **more)
    handler.named(
        ticket, "evidence-add", kind="transaction", obtained_at=people.place.local(), title="Transfer of 20 November",
        source="core banking", shows="A fee of 300.00 yuan was taken.", text="20261120 1530 TRF FEE 300.00 CNY",
        fact_amount="300.00", fact_reference="TRF20261120-77",
    )  # fmt: skip
    find(handler, ticket, root="rules.unclear", name="Amy", user="amy", party="staff")
    handler.go(f"/tickets/{ticket}#findings")
    handler.picture("journey-2-findings")


def find(handler: Person, ticket: int, *, root: str, **responsible: str) -> None:
    """A log as evidence and who holds it, then facts, cause, responsibility, basis."""
    handler.named(
        ticket, "evidence-add", kind="system_log", obtained_at=handler.place.local(), title="Log of the day",
        source="technology", shows="What the customer says is so.", text="09:41 ERROR transfer queue full",
    )  # fmt: skip
    handler.open(ticket)
    custody = handler.page.locator("#evidence input[name=form][value^='evidence-custody-']").last.get_attribute("value")
    handler.named(ticket, custody or "", act="hand_over", holder="Records office", note="With the log's own hash.")
    handler.named(ticket, "findings-facts", verdict="substantiated", facts="What the customer says happened (E1).")
    handler.named(ticket, "cause-first", text="What people worked with was out of date.")
    handler.named(ticket, "cause-root-", code=root)
    handler.named(ticket, "responsible", degree="full", ground="Their own rules.", **responsible)
    handler.named(ticket, "basis", kind="internal_rule", title="Rules of service", clause="4", says="It must work.")


def decide(people: People, ticket: int, *remedies: tuple[str, str, str], days: int, summary: str) -> None:
    """The solution with its money, the chain of signatures, the steps carried out; ``days``: the time they have."""
    handler = people["handler"]
    due = people.place.local(days=days)
    for kind, amount, what in remedies:
        handler.named(ticket, "measure", kind=kind, text=what, **({"amount": amount} if amount else {}))
    for number, (_, _, what) in enumerate(remedies, 1):
        handler.named(ticket, f"step-{number}", text=what, user="handler", due_at=due)
    free = {} if any(amount for _, amount, _ in remedies) else {"no_cost": True}
    handler.named(ticket, "summary", summary=summary, **free)
    handler.move(ticket, "propose")
    sign_all(people, ticket)
    for _, amount, what in remedies:
        handler.open(ticket)
        step = handler.page.locator(f"#solution li:has-text('{what}') form[action^='/steps/']").first
        handler.send(step, press="done", outcome="Done.", **({"reference": "POST-9"} if amount else {}))
    handler.move(ticket, "execute", result="All of it is done.")


def sign_all(people: People, ticket: int) -> None:
    """Whoever may sign signs, the lowest post first; who asked for it is told that he cannot."""
    handler = people["handler"]
    handler.open(ticket)
    assert "Nobody approves" in handler.page.locator("#approvals").inner_text()
    for name in ("sam", "vera", "dept", "dora", "greta"):
        sign(people[name], ticket)
    people["greta"].go(f"/tickets/{ticket}#approvals")
    people["greta"].picture("journey-signatures")


def sign(one: Person, ticket: int) -> None:
    """All that waits for this person's signature on the ticket."""
    one.open(ticket)
    while (form := one.page.locator("#approvals form:has(button[value=approve])").first).count():
        assert "Signed" in one.send(form, press="approve", opinion="Agreed.")
        one.open(ticket)


def answer_by_text(people: People, ticket: int) -> None:
    """The reply by the way that the customer prefers; with its proof the clock of the law stops."""
    handler = people["handler"]
    sent = len(people.place.provider.sent)
    handler.named(ticket, "reply", facts="经查,情况属实。", basis="《客户服务规范》第四条。")
    handler.named(ticket, "send")
    people.place.work()
    handler.open(ticket)
    assert "Customer notified" in handler.status()
    assert len(people.place.provider.sent) > sent
    handler.go(f"/tickets/{ticket}#reply")
    handler.picture("journey-2-reply")


OUTAGE = "手机银行从早上起一直无法转账,系统瘫痪,工资发不出去,我已经联系了记者。"


def test_an_outage_becomes_an_emergency_and_takes_sixty_days(people: People, tmp_path: Path) -> None:
    place = people.place
    alice, sam, handler = people["alice"], people["sam"], people["handler"]
    arrange(people)
    ticket = take_in(
        alice, language="zh", business_code="payment", reason_code="facilities", channel_code="mobile_client",
        text=OUTAGE, demand="恢复转账,说明原因", name="李四", phone="13700137003", preferred="sms", severity="S1",
        category="incidents.technical",
    )  # fmt: skip
    sam.move(
        ticket, "triage", severity="S1", level="3", department="technology", lapse="mistake",
        first_act="I apologised and said that an answer follows when the matter has been looked into.",
        grounds="The grounds are sufficient", demand_fair="The demand is reasonable",
    )  # fmt: skip
    sam.move(ticket, "assign", assignee="handler")
    handler.move(ticket, "investigate")
    emergency(people, ticket)
    extend(people, ticket, 30, days=12, signers=("dora",))
    extend(people, ticket, 60, days=14, signers=("dora", "greta"))
    place.later(days=10)
    find(handler, ticket, root="system.outage", party="department", name="Technology")
    handler.named(ticket, "act", act="reported", note="Both general managers were told.")
    people["dora"].named(ticket, "act", act="measure_agreed", note="Technology doubles the queue.")
    decide(
        people, ticket, ("explanation", "", "Explain the cause"), ("process_change", "", "Double the queue"),
        days=10, summary="系统已恢复,原因已说明。",
    )  # fmt: skip
    answer_by_text(people, ticket)
    alice.move(ticket, "dispute", reason="He wants to know by name who is to blame.")
    review(people, ticket)
    sign_the_form(people, ticket, opinion="属实。", result="系统已恢复,原因已说明。", complained_about="手机银行转账")
    handler.move(ticket, "sign_form", reason="The cause is told, the names of staff are not.")
    handler.move(ticket, "plan_visit")
    visit(people, ticket, q_satisfaction="3")
    archived(people, ticket, tmp_path, "Cause told; transfers work.")


def arrange(people: People) -> None:
    """Who heads which department, and who is called out when something is on fire."""
    root, dora = people["root"], people["dora"]
    for code, user, post in (
        ("technology", "dept", "head"), ("consumer_protection", "cora", "head"),
        ("consumer_protection", "rita", "member"),
    ):  # fmt: skip
        root.go("/departments/")
        root.post(f"form:has(#who-{code})", user=user, post=post)
    for duty, user in (("lead", "dora"), ("customers", "handler"), ("floor", "sam"), ("technology", "dept"),
                       ("accounting", "vera")):  # fmt: skip
        dora.go("/duty/")
        dora.post("form:has(#duty)", duty=duty, username=user, number="13800000001")


def emergency(people: People, ticket: int) -> None:
    """Declared, called out, acknowledged; what is done for now, bulletins, the closing report by two people."""
    place, handler, greta = people.place, people["handler"], people["greta"]
    number = handler.number(ticket).replace("-", "")
    handler.go(f"/emergencies/declare?ticket={number}")
    handler.post(
        "form.card", trigger="system_fault", title="Transfers fail", situation="Since 09:40 no transfer works."
    )
    room = handler.page.url.removeprefix(place.address).split("#")[0]
    place.later(minutes=3)
    for name in ("dora", "handler", "sam", "dept", "vera"):
        people[name].go(room)
        people[name].post("form[action$='/answer']", press="coming")
    handler.go(room)
    handler.post("form[action$='/measures']", text="Transfers by telephone.", owner="sam", tell_agents="Offer it.")
    bulletin = {"internal": "The queue is full.", "customer_zh": "系统正在恢复。", "customer_en": "We are at it."}
    handler.go(room)
    handler.post("form[action$='/bulletins']", **bulletin)
    handler.go(room)
    handler.picture("journey-3-emergency")
    place.later(minutes=110)
    handler.go(room)
    handler.post("form[action$='/bulletins']", **bulletin | {"internal": "All works again."}, final=True)
    handler.post("form[action$='/end']", outcome="No longer needed.")
    parts = ("course", "cause", "effect", "measures", "customers", "lessons")
    handler.go(room)
    handler.post("form[action$='/report']", press="1", **dict.fromkeys(parts, "As the log of this room says."))
    greta.go(room)
    greta.post("form[action$='/close']")
    assert "Closed" in greta.told()


def extend(people: People, ticket: int, to: int, *, days: int, signers: tuple[str, ...]) -> None:
    """Asked for with a reason, signed along its chain, told to the customer; only then the term is longer."""
    place, handler = people.place, people["handler"]
    place.later(days=days)
    handler.named(ticket, "extension", reason="Several systems have to be looked at; the cause is not certain yet.")
    for name in signers:
        sign(people[name], ticket)
    sent = len(place.provider.sent)
    handler.open(ticket)
    before = handler.page.locator("#terms").inner_text()
    handler.named(ticket, "extension-notice", channel="sms")
    place.work()
    assert len(place.provider.sent) == sent + 1
    handler.open(ticket)
    assert handler.page.locator("#terms").inner_text() != before
    handler.picture(f"journey-3-extended-{to}")


def review(people: People, ticket: int) -> None:
    """The customer asks the upper office in writing: another person looks at it all again, and upholds the answer."""
    handler, greta, rita, vera = (people[name] for name in ("handler", "greta", "rita", "vera"))
    people.place.later(days=2)
    said = handler.named(ticket, "review", channel="letter", department="consumer_protection", text="Nobody is named.")
    handler.page.locator("#review a").last.click()
    child = ticket_of(handler)
    assert handler.number(child) in said
    greta.move(child, "acknowledge", read_back=True, told=True)
    greta.move(child, "triage", severity="S1")
    with pytest.raises(AssertionError):
        handler.move(child, "investigate")
    greta.move(child, "assign", assignee="rita")
    rita.move(child, "investigate")
    find(rita, child, root="system.outage", party="department", name="Technology")
    rita.named(child, "measure", kind="explanation", text="Explain why names are not told")
    rita.named(child, "summary", summary="经核查,维持原答复。", no_cost=True)
    rita.move(child, "propose")
    sign(people["cora"], child)
    rita.open(child)
    rita.picture("journey-3-review")
    sent = len(people.place.provider.sent)
    vera.named(child, "reply", facts="经核查,原答复属实。", basis="《客户服务规范》第四条。", execution="无。")
    vera.named(child, "send")
    people.place.work()
    assert len(people.place.provider.sent) == sent + 1
    vera.open(child)
    assert "Customer notified" in vera.status()
