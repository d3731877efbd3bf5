"""The scripts of the agents' page say only what has words, and every word is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crm.domain.agent_states import PAUSE_REASONS
from crm.domain.live import AgentStateName
from crm.gate.guard import BadRequestError
from crm.web import agent_words, words
from crm.web.agent import page_host
from crm.web.headers import policy
from ivr.exchange import LegKind

SCRIPTS = Path(agent_words.__file__).parent / "assets" / "agent"
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted(SCRIPTS.glob("*.ts")))
KEYS = set(re.findall(r"[\"`]([a-z][a-z_]+)[\"`]", SOURCE))


def test_every_key_that_is_said_has_words() -> None:
    said = set(re.findall(r"(?<![.\w])say\(\s*\"([a-z_]+)\"", SOURCE))
    assert said
    assert said - set(agent_words.OWN) == set()


def test_every_word_is_said() -> None:
    made = {f"notices_{now}" for now in ("yes", "ask", "no")}
    assert set(agent_words.OWN) - KEYS - made == set()


@pytest.mark.parametrize(
    ("codes", "table"),
    [
        (AgentStateName, words.AGENT_STATES),
        (PAUSE_REASONS, words.PAUSE_REASONS),
        (LegKind, agent_words.LEGS),
        (re.findall(r"\"([a-z]+)\"", re.search(r"type Registration = (.*);", SOURCE)[1]), agent_words.REGISTRATIONS),  # type: ignore[index]  # it is there, or the test fails
        (set(re.findall(r"\"([a-z]+)\"", re.search(r"type Phase = (.*);", SOURCE)[1])) - {"idle"}, agent_words.PHASES),  # type: ignore[index]  # the same
    ],
)  # fmt: skip
def test_every_code_has_words(codes: list[str], table: words.Words) -> None:
    assert [code for code in codes if code not in table] == []


@pytest.mark.parametrize(
    ("given", "host"),
    [("127.0.0.1:8080", "127.0.0.1"), ("Desk.bank.example", "desk.bank.example"), ("[::1]:8080", "[::1]")],
)
def test_the_host_of_the_web_socket_is_the_pages(given: str, host: str) -> None:
    assert page_host(given) == host


@pytest.mark.parametrize("given", ["", "a b", "x;script-src *", "[::1", "a'b"])
def test_what_is_no_host_does_not_get_into_the_policy(given: str) -> None:
    with pytest.raises(BadRequestError):
        page_host(given)


def test_the_policy_allows_one_more_address_and_nothing_else() -> None:
    wider = policy(connect="wss://desk.example:8088").split("; ")
    assert "connect-src 'self' wss://desk.example:8088" in wider
    assert [one for one in wider if one not in policy().split("; ")] == ["connect-src 'self' wss://desk.example:8088"]
