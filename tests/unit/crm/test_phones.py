"""Agents' phones: who has one, its name, and a password that nobody stores."""

from __future__ import annotations

import re

import pytest

from crm.services import phones
from crm.services.phones import Phone

KEY = bytes(range(32))


def test_a_password_depends_on_the_key_the_phone_and_the_sessions() -> None:
    one = phones.sip_password(KEY, "agent1", "u")
    assert re.fullmatch(r"[a-z2-7]{32}", one)
    assert one == phones.sip_password(KEY, "agent1", "u")
    others = {
        phones.sip_password(KEY, "agent2", "u"),
        phones.sip_password(KEY, "agent1", "v"),
        phones.sip_password(bytes(32), "agent1", "u"),
    }
    assert len(others | {one}) == 4


def test_a_phone_does_not_show_its_password() -> None:
    assert "hidden" not in repr(Phone("agent1", "agent1", "hidden"))


@pytest.mark.parametrize("text", ["trunk", "trunk-out", "a-web", "1st", "", "a b", "a;b", "Ä", "a" * 29, "a]", "a\n"])
def test_what_asterisk_could_misread_is_no_phone(text: str) -> None:
    assert not phones.is_sip_user(text)


@pytest.mark.parametrize("text", ["agent1", "li.wei", "a_b-c", "a" * 28])
def test_user_names_are_phones(text: str) -> None:
    assert phones.is_sip_user(text)
    assert Phone("x", text, "p").web_user == f"{text}-web"


@pytest.mark.parametrize(
    ("roles", "has"), [({"A1"}, True), ({"A2", "CM"}, True), ({"SM"}, True), ({"CM", "QA"}, False)]
)
def test_agents_and_supervisors_have_phones(roles: set[str], *, has: bool) -> None:
    assert phones.wants_phone(roles) is has
