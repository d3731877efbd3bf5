"""Which phone rings for an agent."""

from __future__ import annotations

from pathlib import Path

from agi.ami_protocol import Message
from agi.exchange_view import Channel, channels_of
from agi.phonebook import PhoneBook, endpoints_of
from crm.services.phones import Phone
from ops.asterisk_config import render_phones

FILE = render_phones([Phone("Lin.Wei", "lin", "secret"), Phone("wang", "wang", "secret")])


def book(tmp_path: Path) -> PhoneBook:
    (tmp_path / "phones.conf").write_text(FILE)
    return PhoneBook(tmp_path / "phones.conf")


def test_the_generated_phones_are_understood() -> None:
    assert endpoints_of(FILE) == {"lin": "Lin.Wei", "lin-web": "Lin.Wei", "wang": "wang", "wang-web": "wang"}


def test_the_one_that_is_registered_rings(tmp_path: Path) -> None:
    assert book(tmp_path).ringing(["Lin.Wei", "wang", "nobody"], lambda one: one == "lin") == {"Lin.Wei": "lin"}


def test_of_two_the_last_one_registered_and_else_the_browser(tmp_path: Path) -> None:
    phones = book(tmp_path)
    assert phones.ringing(["wang"], lambda _one: True) == {"wang": "wang-web"}
    phones.note_registered("wang", "wang")
    assert phones.ringing(["wang"], lambda _one: True) == {"wang": "wang"}


def test_a_new_file_is_read_and_a_missing_one_is_empty(tmp_path: Path) -> None:
    phones = book(tmp_path)
    assert phones.agent("wang") == "wang"
    (tmp_path / "new.conf").write_text(render_phones([Phone("zhao", "zhao", "secret")]))
    (tmp_path / "new.conf").replace(tmp_path / "phones.conf")
    assert (phones.agent("wang"), phones.agent("zhao")) == (None, "zhao")
    (tmp_path / "phones.conf").unlink()
    assert phones.owners() == {}


def status(channel: str, leg: str, *variables: str) -> Message:
    headers = [
        ("Event", "Status"), ("Channel", channel), ("ChannelStateDesc", "Up"), ("Context", "wait"), ("Uniqueid", leg),
        ("Linkedid", "huiyin01-1.1"), ("BridgeID", "b"), *(("ChanVariable", one) for one in variables),
    ]  # fmt: skip
    return Message(tuple(headers))


def test_channels_are_read_with_whose_they_are() -> None:
    caller, agent, inner, other = channels_of(
        [
            status("PJSIP/trunk-00000001", "huiyin01-1.1", "HUIYIN_AGENT=", "HUIYIN_CALL_ID="),
            status(
                "PJSIP/lin-web-0000000a",
                "huiyin01-1.2",
                "HUIYIN_AGENT=lin",
                "HUIYIN_LEG_KIND=listen",
                "HUIYIN_CALL_ID=x",
            ),
            status("Local/s@ring-00000001;2", "huiyin01-1.3"),
            status("PJSIP/agent.of-lin-0000000a", "huiyin01-1.4", "HUIYIN_AGENT=a=b"),
            Message((("Event", "StatusComplete"),)),
        ]
    )
    assert caller == Channel("PJSIP/trunk-00000001", "huiyin01-1.1", "huiyin01-1.1", bridge="b", context="wait")
    assert caller.is_caller
    assert (agent.agent, agent.kind, agent.call_id, agent.endpoint, agent.is_caller) == (
        "lin",
        "listen",
        "x",
        "lin-web",
        False,
    )
    assert (inner.endpoint, inner.is_caller) == ("", False)
    assert (other.endpoint, other.agent) == ("agent.of-lin", "a=b")
