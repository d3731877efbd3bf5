"""What stands on the pages, in both languages, for whom."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from crm.domain.access import Role
from crm.domain.moves import MOVES
from crm.domain.tickets import Channel, Kind, Status
from crm.gate.deps import Probe
from crm.jobs.table import HANDLERS
from crm.web import move_words, words
from crm.web.assets_manifest import AssetsMissingError, read_manifest
from crm.web.catalogues import FOLDER
from crm.web.pages import own_page
from recordings.model import Flag
from tests.factories import HOSTILE, House, make_app, make_house
from tests.integration.crm_web.conftest import Browser

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def handler(browser: Browser) -> Browser:
    browser.log_in("handler")
    return browser


def test_the_list_shows_tickets_and_links_their_calls(handler: Browser, house: House) -> None:
    page = handler.get("/tickets/").text
    assert "261121-01-00001" in page
    assert f'href="/tickets/{house.ticket_ids["english"]}"' in page
    assert f'href="/calls/{house.call_ids["english"]}"' in page
    assert "261120-01-00005" in page, "the complaint office reads what callers left behind"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("number=261121-01-00002", {"261121-01-00002"}),
        ("caller_number=13800138001", {"261121-01-00001"}),
        ("kind=praise", set()),
        ("kind=nonsense&status=nonsense&sort=nonsense&number=261121-01-00002", {"261121-01-00002"}),
    ],
)
def test_the_list_is_filtered(handler: Browser, query: str, shown: set[str]) -> None:
    results = handler.get(f"/tickets/?{query}").text.partition('id="results"')[2]
    assert set(re.findall(r'class="number">(\d{6}-\d\d-\d{5})<', results)) == shown


def test_a_cursor_that_is_not_ours_is_told_in_words(handler: Browser) -> None:
    answer = handler.get("/tickets/?cursor=x")
    assert answer.status_code == 200
    assert "Begin again" in answer.text


def test_an_empty_house_says_how_to_place_the_first_call(tmp_path: Path, built_assets: None) -> None:
    house = make_house(tmp_path / "empty", empty=True)
    browser = Browser(make_app(house))
    browser.log_in("sam")
    page = browser.get("/tickets/").text
    assert "huiyin demo-call" in page
    assert "95000" in page
    house.database.dispose()


def test_a_ticket_shows_what_is_known_of_it(handler: Browser, house: House) -> None:
    page = handler.get(f"/tickets/{house.ticket_ids['english']}").text
    for text in (
        "261121-01-00001",
        "138••••8001",
        "Record a complaint",
        "whisper-base",
        "Acknowledge",
        "Ticket opened",
    ):
        assert text in page
    assert page.count("<call-player") == 2
    assert f"/api/v1/recordings/{house.recording_ids['english']}/audio" in page


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("waiting", "No speech model for this language is installed"),
        ("salvaged", "the recording waits its turn"),
        ("salvaged", "The caller hung up, or was cut off"),
        ("salvaged", "About 1.2 seconds are missing"),
    ],
)
def test_a_ticket_explains_states_and_flags(handler: Browser, house: House, name: str, text: str) -> None:
    assert text in handler.get(f"/tickets/{house.ticket_ids[name]}").text


def test_what_a_caller_says_is_never_markup(handler: Browser, house: House) -> None:
    for path in (f"/tickets/{house.ticket_ids['hostile']}", f"/calls/{house.call_ids['hostile']}", "/calls/"):
        page = handler.get(path).text
        assert HOSTILE not in page
        assert "&lt;script&gt;" in page
        assert "49 =cmd()" not in page


def test_no_page_has_inline_script_or_style(handler: Browser, house: House) -> None:
    for path in ("/login", "/tickets/", f"/tickets/{house.ticket_ids['english']}", "/calls/", "/account/", "/nope"):
        page = handler.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)", page), path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page), path


def test_a_move_is_made_on_the_page(handler: Browser, house: House) -> None:
    path = f"/tickets/{house.ticket_ids['english']}"
    handler.get(path)
    assert (
        handler.post(f"{path}/moves", {"move": "acknowledge", "version": "1", "reason": "told her"}).status_code == 302
    )
    page = handler.get(path).text
    assert "Done." in page
    assert "told her" in page
    assert handler.post(f"{path}/moves", {"move": "close", "version": "2"}).status_code == 302
    assert "That was not possible" in handler.get(path).text
    handler.post(f"{path}/moves", {"move": "triage", "version": "1", "severity": "S3", "level": "1"})
    assert "Somebody changed this ticket" in handler.get(path).text


def test_a_front_line_agent_reads_the_ends_of_a_number_only(new_browser: Callable[[], Browser], house: House) -> None:
    alice = new_browser()
    alice.log_in("alice")
    page = alice.get(f"/calls/{house.call_ids['english']}").text
    assert "138••••8001" in page
    assert "13800138001" not in page


def test_the_language_is_kept_with_the_person(new_browser: Callable[[], Browser]) -> None:
    first, second = new_browser(), new_browser()
    first.log_in("handler")
    assert '<html lang="en">' in first.get("/tickets/").text
    first.post("/account/language", {"language": "zh", "next": "/tickets/"})
    page = first.get("/tickets/").text
    assert '<html lang="zh-CN">' in page
    assert "工单" in page
    second.log_in("handler")
    assert '<html lang="zh-CN">' in second.get("/tickets/").text


@pytest.mark.parametrize(("wanted", "language"), [("en-GB", "en"), ("zh-TW,en;q=0.5", "zh-CN"), ("fr", "zh-CN")])
def test_before_the_login_the_browser_decides(browser: Browser, wanted: str, language: str) -> None:
    assert f'<html lang="{language}">' in browser.get("/login", headers={"Accept-Language": wanted}).text


@pytest.mark.parametrize(
    "address",
    ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:x", "/a\nb", ""],
)
def test_the_language_switch_leads_nowhere_else(address: str) -> None:
    assert own_page(address) == "/"


def test_times_are_the_centres_with_the_zone_on_hover(handler: Browser, house: House) -> None:
    page = handler.get(f"/tickets/{house.ticket_ids['english']}").text
    assert re.search(
        r'<time datetime="2026-11-21T01:30:00\+00:00" title="[^"]*Asia/Shanghai[^"]*"[^>]*>2026-11-21 09:30<', page
    )


def test_refusals_are_pages_in_words(handler: Browser) -> None:
    assert "Nothing here" in handler.get("/nope").text
    assert "Not for your role" in handler.get("/system/").text


def test_health_says_what_is_not_well(house: House, built_assets: None) -> None:
    def broken() -> str | None:
        raise OSError("gone")

    probes = (Probe("database", lambda: None), Probe("redis", lambda: "not there", required=False))
    client = make_app(house, probes=probes).test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["ready"]) == (200, True)
    assert answer.json["checks"]["redis"] == {"ok": False, "required": False, "reason": "not there"}
    client = make_app(house, probes=(Probe("spool", broken),)).test_client()
    assert client.get("/readyz").status_code == 503
    assert 'huiyin_ready{part="spool"} 0.0' in client.get("/metrics").text


def test_a_database_that_is_gone_is_503_on_pages_and_in_the_api(own_house: House, built_assets: None) -> None:
    house, app = own_house, make_app(own_house)
    house.database.dispose()
    house.folder.rename(house.folder.with_name("elsewhere"))
    browser = Browser(app)
    browser.get("/login")
    answer = browser.post("/login", {"username": "sam", "password": "x"})
    assert (answer.status_code, "Not just now" in answer.text or "暂时无法使用" in answer.text) == (503, True)
    answer = app.test_client().get("/api/v1/tickets", headers={"Authorization": f"Bearer {house.tokens['sam']}"})
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")


def test_a_missing_build_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AssetsMissingError, match="npm run build"):
        read_manifest(tmp_path)


def test_every_code_has_words() -> None:
    menu = tomllib.loads((ROOT / "ivr" / "menus" / "default.toml").read_text(encoding="utf-8"))
    options = {option["name"] for node in menu["nodes"].values() for option in node.get("options", ())}
    sentences = {guard.why for move in MOVES.values() for guard in move.guards}
    for table, codes in (
        (words.KINDS, set(Kind)),
        (words.STATUSES, set(Status)),
        (words.CHANNELS, set(Channel)),
        (words.FLAGS, set(Flag)),
        (words.FLAG_MEANINGS, set(Flag)),
        (words.ROLES, set(Role)),
        (move_words.MOVES, set(MOVES)),
        (words.MENU_STEPS, options),
        (move_words.WHYS, sentences),
        (words.JOB_KINDS, set(HANDLERS)),
    ):
        assert set(map(str, codes)) - set(table) == set()


def test_every_sentence_is_translated() -> None:
    with (FOLDER / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file)
    assert [message.id for message in catalogue if message.id and not message.string] == []
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in catalogue}
    used: set[str] = set()
    for path in (ROOT / "crm" / "web" / "templates").rglob("*.html"):
        used |= set(re.findall(r"_\('((?:[^'\\]|\\.)*)'", path.read_text(encoding="utf-8")))
    assert used - known == set()


def test_chinese_is_punctuated_as_chinese() -> None:
    with (FOLDER / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        said = [str(message.string) for message in read_po(file) if message.id]
    shown = [text.replace("2027-01-01,放假,元旦", "").replace("分:秒", "") for text in said]  # typed just like that
    assert [text for text in shown if re.search(r"[一-鿿”》）][,;:?!]|[,;:?!][一-鿿“《（]", text)] == []


def test_a_conversation_shows_how_it_went_with_places_to_listen_to(handler: Browser, house: House) -> None:
    page = handler.get(f"/tickets/{house.ticket_ids['english']}").text
    assert page.count("How it went") >= 1, "the call has an agent's side"
    assert page.count("Interrupted the caller") == page.count("<h4") == 1, "the message has none"
