"""Logging in, staying in, and being put out."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from crm.db.models import AuditEntry, User
from tests.factories import PASSWORD, Clock, House
from tests.integration.crm_web.conftest import Browser

pytestmark = pytest.mark.integration


def test_the_right_password_opens_the_start_page(browser: Browser) -> None:
    answer = browser.log_in("sam")
    assert (answer.status_code, answer.location) == (302, "/")
    assert browser.get("/").location == "/desk/"


def test_who_is_not_logged_in_is_sent_to_the_login_and_back(browser: Browser, house: House) -> None:
    wanted = f"/tickets/{house.ticket_ids['english']}"
    assert browser.get(wanted).location == f"/login?next={wanted}"


def test_a_wrong_password_and_an_unknown_name_look_the_same(new_browser: Callable[[], Browser]) -> None:
    pages = []
    for name, password in (("sam", "not this one"), ("nobody-of-that-name", PASSWORD)):
        browser = new_browser()
        answer = browser.log_in(name, password)
        assert answer.status_code == 200
        pages.append(answer.text.replace(name, "NAME").replace(browser.token, "TOKEN"))
    first, second = (page[page.index("<main") :] for page in pages)
    assert "alert-danger" in first
    assert first.partition("csrf_token")[0] == second.partition("csrf_token")[0]


def test_nobody_is_sent_to_another_site_after_the_login(browser: Browser) -> None:
    browser.get("/login?next=https://elsewhere.example/")
    answer = browser.post("/login", {"username": "sam", "password": PASSWORD, "next": "https://elsewhere.example/"})
    assert "elsewhere" not in (answer.location or "")


def test_a_form_without_its_token_is_refused(browser: Browser) -> None:
    browser.get("/login")
    answer = browser.client.post("/login", data={"username": "sam", "password": PASSWORD})
    assert answer.status_code == 400


def test_ten_wrong_tries_close_a_name_for_a_while_and_no_other(new_browser: Callable[[], Browser]) -> None:
    answers = [new_browser().log_in("sam", f"guess {n}").status_code for n in range(11)]
    assert answers == [200] * 10 + [429]
    assert new_browser().log_in("sam").status_code == 429
    assert new_browser().log_in("alice").status_code == 302


def test_a_name_that_does_not_exist_is_closed_in_the_same_way(new_browser: Callable[[], Browser]) -> None:
    answers = [new_browser().log_in("nobody", f"guess {n}").status_code for n in range(11)]
    assert answers[-1] == 429


def test_an_inactive_person_stays_out(browser: Browser, house: House) -> None:
    with house.database.write() as session:
        session.scalars(select(User).where(User.username == "sam")).one().active = False
    assert browser.log_in("sam").status_code == 200


def test_a_login_stands_in_the_audit_chain(browser: Browser, house: House) -> None:
    browser.log_in("sam")
    with house.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "user.logged_in")).one()
        assert entry.actor == "sam"


def test_a_desk_that_was_left_is_logged_out(browser: Browser, clock: Clock) -> None:
    browser.log_in("sam")
    clock.now += timedelta(minutes=14)
    assert browser.get("/tickets/").status_code == 200
    clock.now += timedelta(minutes=14)
    assert browser.get("/tickets/").status_code == 200
    clock.now += timedelta(minutes=15)
    assert browser.get("/tickets/").location == "/login?next=/tickets/"


def test_what_the_page_asks_by_itself_keeps_nobody_in(browser: Browser, clock: Clock, house: House) -> None:
    browser.log_in("sam")
    path = f"/recordings/{house.recording_ids['salvaged']}/transcript"
    for _ in range(2):
        clock.now += timedelta(minutes=8)
        answer = browser.get(path, headers={"X-Background": "1"})
    assert answer.status_code == 302


def test_a_session_ends_after_a_shift_however_busy(browser: Browser, clock: Clock) -> None:
    browser.log_in("sam")
    for _ in range(51):
        clock.now += timedelta(minutes=14)
        assert browser.get("/account/").status_code == 200
    clock.now += timedelta(minutes=6)
    assert browser.get("/account/").status_code == 302


def test_a_copied_cookie_opens_nothing_after_the_logout(browser: Browser, app: Flask) -> None:
    browser.log_in("sam")
    copied = browser.client.get_cookie("huiyin")
    assert copied is not None
    browser.get("/tickets/")
    assert browser.post("/logout", {}).status_code == 302
    thief = app.test_client()
    thief.set_cookie("huiyin", copied.value)
    assert thief.get("/tickets/").status_code == 302
    assert browser.log_in("sam").status_code == 302


def test_the_cookie_is_for_this_site_and_not_for_scripts(browser: Browser) -> None:
    cookie = browser.log_in("sam").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_a_person_changes_his_password(new_browser: Callable[[], Browser], house: House) -> None:
    new, fresh = "quiet tea in a full cup of rain", new_browser()
    desk, elsewhere = new_browser(), new_browser()
    desk.log_in("sam")
    elsewhere.log_in("sam")
    desk.get("/change")
    short = desk.post("/change", {"password": PASSWORD, "new_password": "short", "new_password_confirm": "short"})
    assert short.status_code == 200
    done = desk.post("/change", {"password": PASSWORD, "new_password": new, "new_password_confirm": new})
    assert done.status_code == 302
    assert desk.get("/tickets/").status_code == 200
    assert elsewhere.get("/tickets/").status_code == 302, "other sessions end"
    assert fresh.log_in("sam").status_code == 200, "the old one opens nothing"
    assert fresh.log_in("sam", new).status_code == 302
    with house.database.read() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == "user.password_changed")).one()


def _set_up_second_factor(browser: Browser) -> pyotp.TOTP:
    browser.get("/tf-setup")
    page = browser.post("/tf-setup", {"setup": "authenticator"}).text
    key = page.partition('<code class="any-wrap">')[2].partition("</code>")[0].replace("-", "").strip()
    action = page.partition('<form action="/tf-setup/')[2].partition('"')[0]
    totp = pyotp.TOTP(key)
    answer = browser.post(f"/tf-setup/{action}", {"code": totp.now()})
    assert answer.status_code == 302, answer.text
    return totp


@pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")  # in Flask-Security
def test_a_second_factor_can_be_set_up_and_is_then_asked_for(new_browser: Callable[[], Browser]) -> None:
    browser = new_browser()
    browser.log_in("sam")
    totp = _set_up_second_factor(browser)
    fresh = new_browser()
    page = fresh.log_in("sam")
    if page.status_code == 302:
        page = fresh.get(page.location)
    assert 'autocomplete="one-time-code"' in page.text
    assert fresh.get("/tickets/").status_code == 302
    fresh.get("/tf-validate")
    assert fresh.post("/tf-validate", {"code": "000000"}).status_code == 200
    next_code = totp.at(time.time() + 30)  # the code of the set-up is spent
    assert fresh.post("/tf-validate", {"code": next_code}).status_code == 302
    assert fresh.get("/tickets/").status_code == 200


def _past_the_password(browser: Browser) -> None:
    page = browser.log_in("sam")
    if page.status_code == 302:
        browser.get(page.location)


@pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")  # in Flask-Security
def test_a_recovery_code_opens_once_when_the_telephone_is_lost(
    new_browser: Callable[[], Browser], house: House
) -> None:
    desk = new_browser()
    desk.log_in("sam")
    _set_up_second_factor(desk)
    assert "no recovery codes" in desk.get("/account/").text
    desk.get("/mf-recovery-codes")
    made = desk.post("/mf-recovery-codes", {"generate_new_codes": "1"}).text
    codes = re.findall(r"<li>([0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4})</li>", made)
    assert len(set(codes)) == 8
    assert codes[0] not in desk.get("/mf-recovery-codes").text, "they are shown once"
    lost = new_browser()
    _past_the_password(lost)
    lost.get("/mf-recovery")
    assert lost.post("/mf-recovery", {"code": "0000-0000-0000"}).status_code == 200
    assert lost.post("/mf-recovery", {"code": f" {codes[0].upper()} "}).status_code == 302
    assert lost.get("/tickets/").status_code == 200
    again = new_browser()
    _past_the_password(again)
    again.get("/mf-recovery")
    assert again.post("/mf-recovery", {"code": codes[0]}).status_code == 200
    assert again.get("/tickets/").status_code == 302
    with house.database.read() as session:
        user = session.scalars(select(User).where(User.username == "sam")).one()
        assert len(user.mf_recovery_codes or []) == 7
        assert not any(code in str(user.mf_recovery_codes) for code in codes), "sealed in the table"
        done = session.scalars(select(AuditEntry.action).where(AuditEntry.actor == "sam")).all()
    assert {"user.second_factor_on", "user.recovery_codes_made", "user.recovery_code_used"} <= set(done)


def test_a_recovery_code_is_for_who_gave_his_password(browser: Browser) -> None:
    assert browser.get("/mf-recovery").status_code == 302
