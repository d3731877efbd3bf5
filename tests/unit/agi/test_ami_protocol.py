"""The manager interface's language: what we say cannot be read as anything else, what we hear is cut right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.ami_protocol import MAX_MESSAGE, Message, Parser, ProtocolError, encode

BANNER = b"Asterisk Call Manager/11.0.0\r\n"


def understood(data: bytes) -> list[list[tuple[str, str]]]:
    """What a strict server makes of the bytes: messages of headers."""
    *blocks, rest = data.split(b"\r\n\r\n")
    assert rest == b""
    return [[tuple(line.decode().split(": ", 1)) for line in block.split(b"\r\n")] for block in blocks]  # type: ignore[misc] -- pairs


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=60), max_size=6))
def test_an_action_is_one_message_with_just_its_headers_or_is_refused(fields: dict[str, str]) -> None:
    try:
        data = encode("Redirect", "1-1", list(fields.items()))
    except ValueError:
        return
    (message,) = understood(data)
    assert message == [("Action", "Redirect"), ("ActionID", "1-1"), *fields.items()]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Channel", "x\r\nAction: Originate"),
        ("Channel", "x\nAction: Originate"),
        ("Channel", "x\rAction: Originate"),
        ("Channel", "x\0"),
        ("Channel\r\nAction", "Originate"),
        ("Channel: x", "y"),
        ("", "y"),
        ("Channel", "x" * 5000),
    ],
)
def test_what_could_become_another_header_is_refused(key: str, value: str) -> None:
    with pytest.raises(ValueError, match="header"):
        encode("Redirect", "1", [(key, value)])


def test_the_action_itself_cannot_carry_a_second_one() -> None:
    with pytest.raises(ValueError, match="Action"):
        encode("Ping\r\nAction: Logoff", "1")


@given(
    messages=st.lists(
        st.lists(
            st.tuples(
                st.from_regex(r"\A[A-Za-z][A-Za-z0-9]{0,12}\Z"),
                st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20),
            ),
            min_size=1,
            max_size=4,
        ),
        max_size=4,
    ),
    cut=st.integers(1, 9),
)
def test_the_stream_is_cut_into_its_messages_wherever_the_network_cuts_it(
    messages: list[list[tuple[str, str]]], cut: int
) -> None:
    stream = BANNER + b"".join(
        "".join(f"{key}: {value}\r\n" for key, value in message).encode() + b"\r\n" for message in messages
    )
    parser = Parser()
    heard = [message for at in range(0, len(stream), cut) for message in parser.feed(stream[at : at + cut])]
    assert [list(message.headers) for message in heard] == messages


def test_a_header_that_stands_twice_keeps_both_values() -> None:
    (message,) = Parser().feed(BANNER + b"Event: X\r\nChanVariable: a=1\r\nChanVariable: b=2\r\n\r\n")
    assert message.all("chanvariable") == ["a=1", "b=2"]
    assert message.get("CHANVARIABLE") == "a=1"
    assert message.get("Nothing") == ""


def test_bytes_that_are_no_text_do_not_stop_the_reader() -> None:
    (message,) = Parser().feed(BANNER + b"Event: X\r\nCallerIDName: \xff\xfe\r\nNoColon\r\n\r\n")
    assert message == Message((("Event", "X"), ("CallerIDName", "��")))


def test_another_protocol_is_noticed_at_once() -> None:
    with pytest.raises(ProtocolError):
        Parser().feed(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(ProtocolError):
        Parser().feed(b"x" * 300)


def test_a_message_without_end_does_not_eat_the_memory() -> None:
    parser = Parser()
    parser.feed(BANNER)
    with pytest.raises(ProtocolError):
        parser.feed(b"x" * (MAX_MESSAGE + 1))
