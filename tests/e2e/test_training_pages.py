"""Training and knowledge in a real browser: answers are kept as they are given, and every page can be read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.db.people import User
from crm.domain.access import Actor, Role
from crm.domain.questions import QuestionKind, QuestionText, Topic, Wording
from crm.domain.training import AssignedKind, CourseMode, CourseState, Plan, PlanKind, PlanStep
from crm.services import (
    announcements,
    assignments,
    courses,
    drills,
    exam_papers,
    exams,
    knowledge_use,
    knowledge_versions,
    question_bank,
    training_plans,
    users,
)
from crm.services.announcements import Posting
from crm.services.assignments import Wanted
from crm.services.courses import CourseText
from crm.services.drills import ScenarioText
from crm.services.exam_papers import PaperText
from tests.e2e.pages import Site, choose_language, log_in, need_the_front_end, violations
from tests.factories import CHEAP, NOW, PASSWORD, ZONE, House, make_house

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")]
TODAY = NOW.astimezone(ZONE).date()
OF_TESS = (
    "/knowledge/", "/knowledge/limits", "/knowledge/keeping", "/knowledge/write", "/knowledge/versions/1",
    "/training/bank", "/training/bank/write?question=2", "/training/tests", "/training/tests/write",
    "/training/marking/1", "/training/people/", "/training/people/results?test=1", "/training/courses/",
    "/training/courses/write?course_id=1", "/training/plans/", "/training/drills/?scenario=1", "/announcements/",
    "/announcements/write", "/announcements/1",
)  # fmt: skip
OF_QUINN = ("/training/", "/training/courses/1", "/training/sheets/2", "/announcements/1")


def _question(
    kind: QuestionKind, right: set[int], zh: str, en: str, options: tuple[tuple[str, str], ...]
) -> QuestionText:
    wording = {
        "zh": Wording(zh, tuple(one for one, _ in options), "见知识库。", "依法答复"),
        "en": Wording(en, tuple(one for _, one in options), "See the article.", "Answer as the law says."),
    }
    return QuestionText(kind, Topic.LAW, 1, 2, wording, frozenset(right))


def fill(house: House) -> None:
    """A trainer's house: a test with a sheet to be marked, a course, a plan, a drill, an announcement, a complaint."""
    days = (("3 天", "3 days"), ("15 天", "15 days"), ("30 天", "30 days"))
    with house.database.write() as session:
        tess = _made(session, "tess", Role.TR)
        quinn = users.actor_of(session.scalars(select(User).where(User.username == "quinn")).one())
        amy = users.actor_of(session.scalars(select(User).where(User.username == "amy")).one())
        for text in (
            _question(QuestionKind.SINGLE, {1}, "简单投诉多少天内答复？", "When is a simple complaint answered?", days),
            _question(QuestionKind.MULTIPLE, {0, 1}, "哪些期限存在？", "Which of these are terms?", days),
            _question(QuestionKind.TRUE_FALSE, {1}, "可以劝客户不投诉。", "He may be talked out of it.", ()),
            _question(QuestionKind.SHORT, set(), "怎样安抚情绪激动的客户？", "How do you calm an upset customer?", ()),
        ):  # fmt: skip
            question_bank.write(session, tess, text, now=NOW)
        paper = exam_papers.write(
            session, tess, PaperText("合规测验", "Compliance test", 30, 60, 2, questions=(1, 2, 3, 4)), now=NOW
        )
        exam_papers.move(session, tess, paper, "open", version=1, now=NOW)
        course = courses.write(
            session, tess,
            CourseText("客户心理", "Customer psychology", CourseMode.CLASS, "psychology", 90, "倾听、共情、说明。",
                       "Listen, feel with him, explain.", ("limits", "fraud"), (), paper), now=NOW,
        )  # fmt: skip
        courses.set_state(session, tess, course, CourseState.OPEN, version=1, now=NOW)
        at = NOW + timedelta(days=2)
        courses.plan_sitting(session, tess, course, starts_at=at, ends_at=at + timedelta(hours=2), place="301",
                             trainer="Tess", seats=12, now=NOW)  # fmt: skip
        for who in (quinn, amy):
            for kind, number in ((AssignedKind.EXAM, paper), (AssignedKind.COURSE, course)):
                wanted = Wanted(kind, number, TODAY + timedelta(days=7), note="new rules")
                assignments.assign(session, tess, who.user_id or 0, wanted, today=TODAY, now=NOW)
        sheet = exams.begin(session, amy, paper, now=NOW, seed="a")
        for one in exams.own_sheet(session, amy, sheet, language="en", now=NOW).questions:
            short = one.kind == "short"
            exams.save(
                session,
                amy,
                sheet,
                one.position,
                chosen=[] if short else [1],
                text="I listen." if short else "",
                now=NOW,
            )
        exams.submit(session, amy, sheet, now=NOW)
        exams.begin(session, quinn, paper, now=NOW, seed="b")
        steps = (PlanStep(AssignedKind.COURSE, course, 7), PlanStep(AssignedKind.EXAM, paper, 14))
        plan = Plan(0, PlanKind.INDUCTION, frozenset({"A1", "A2"}), steps, TODAY)
        training_plans.write(session, tess, plan, ("客服入职培训", "Induction of agents"), now=NOW)
        text = (
            "盗刷来电",
            "A stolen card",
            "crisis",
            "接起来电并受理。",
            "Answer and take the report.",
            "您很着急。",
            "You are upset.",
        )
        scenario = drills.write_scenario(session, tess, ScenarioText(*text), now=NOW)
        drills.plan(
            session, tess, scenario, quinn.user_id or 0, planned_at=NOW + timedelta(days=1), caller="Sam", now=NOW
        )
        post = Posting(
            "notice",
            "新的受理规范",
            "请阅读知识库文章。",
            frozenset({"A1", "QA"}),
            None,
            TODAY + timedelta(days=3),
            "limits",
        )
        announcements.post(session, tess, post, today=TODAY, now=NOW)
        knowledge_use.vote(session, amy, "limits", "en", helped=False, note="how long does it take?", now=NOW)
        knowledge_use.not_found(session, "zeppelin", "en", today=TODAY)
        draft = knowledge_versions.Draft(
            "night-branch", "en", "Branches at night", "Open till nine.", TODAY + timedelta(days=90)
        )
        knowledge_versions.write(session, tess, draft, today=TODAY, now=NOW)


def _made(session: object, name: str, role: Role) -> Actor:
    return users.actor_of(
        users.create_user(
            session, username=name, roles=frozenset({role}), password_hash=CHEAP.hash(PASSWORD), by="test", now=NOW,  # type: ignore[arg-type]
            locale="en",
        )
    )  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    need_the_front_end()
    house = make_house(tmp_path_factory.mktemp("training") / "house")
    fill(house)
    with Site(house) as one:
        yield one


def look(page: Page, site: Site, path: str) -> list[str]:
    """What is wrong with a page at both widths."""
    wrong = []
    page.goto(site.address + path)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong.append(f"{path} is wider than {width}")
    return wrong + [f"{path}: {one}" for one in violations(page)]


def test_answers_are_kept_as_they_are_given_and_every_page_can_be_read(site: Site, page: Page) -> None:
    log_in(page, site, "quinn", start="/**")
    page.goto(f"{site.address}/training/sheets/2")
    page.get_by_role("radio", name="15 days").check()
    expect(page.locator("#sheet-kept")).to_contain_text("Kept at")
    page.locator("textarea").fill("I listen first.")
    expect(page.locator("#sheet-kept")).to_contain_text("Kept at")
    wrong = [one for path in OF_QUINN for one in look(page, site, path)]
    page.goto(f"{site.address}/training/sheets/2")
    expect(page.get_by_role("radio", name="15 days")).to_be_checked()
    page.goto(f"{site.address}/knowledge/limits")
    page.get_by_role("button", name="It did not help").click()
    expect(page.locator("#knowledge-helped")).to_contain_text("You said: it did not help.")
    assert wrong == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_trainers_pages_can_be_read(site: Site, page: Page, language: str) -> None:
    log_in(page, site, "tess", start="/**")
    if language == "zh":
        choose_language(page, site, "zh")
    assert [one for path in OF_TESS for one in look(page, site, path)] == []
