"""Each defect of pyst2 0.5.1 that the door cures, with the name of the defect."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest
from asterisk.agi import AGIError, AGIInvalidCommand, AGIUsageError
from hypothesis import given
from hypothesis import strategies as st

from agi import asterisk_door
from agi.asterisk_door import AsteriskDoor, CallerHungUp, NotSendableError, encode, file_list
from tests.fake_asterisk import parse_args

ENVIRONMENT = b"agi_network: yes\nagi_uniqueid: 1.1\n\n"


class Line:
    """Both ends of a session: what Asterisk says is written beforehand, what we say is read afterwards."""

    def __init__(self) -> None:
        self.asterisk, self.ours = tcp_pair()
        self.asterisk.settimeout(5)

    def door(self, *replies: bytes, environment: bytes = ENVIRONMENT, end: bool = False) -> AsteriskDoor:
        self.asterisk.sendall(environment + b"".join(replies))
        if end:
            self.asterisk.shutdown(socket.SHUT_WR)
        return AsteriskDoor(self.ours)

    def sent(self) -> list[str]:
        self.ours.shutdown(socket.SHUT_WR)
        data = b""
        while more := self.asterisk.recv(65536):
            data += more
        return data.decode().splitlines()


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """Asterisk's end and ours of a connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        asterisk = socket.create_connection(server.getsockname())
        ours, _address = server.accept()
    return asterisk, ours


def ask_on(door: AsteriskDoor) -> None:
    """Send commands until the session ends."""
    while True:
        door.execute("NOOP")


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.asterisk.close()
    made.ours.close()


# 1: _quote does not escape ", \ or newline


@pytest.mark.parametrize("value", ['x"y', "back\\slash", 'a" b "c', "\\", '\\"', "", "空 格", "tab\there"])
def test_quote_does_not_escape(value: str) -> None:
    assert parse_args(f"X {encode(value)} end") == ["X", value, "end"]


@given(st.lists(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"])), max_size=20))
def test_what_is_encoded_is_what_asterisk_reads(values: list[str]) -> None:
    assert parse_args(" ".join(["COMMAND", *map(encode, values)])) == ["COMMAND", *values]


@pytest.mark.parametrize("value", ['x" y\nEXEC System id', "a\rb", "a\0b", "\n"])
def test_newline_injects_a_command(line: Line, value: str) -> None:
    door = line.door()
    with pytest.raises(NotSendableError):
        door.set_variable("A", value)
    assert line.sent() == []


# 2: stream_file, get_data, hangup, set_context send arguments without quoting


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda door: door.stream_file("a b"), ["STREAM", "FILE", "a b", "", "0"]),
        (lambda door: door.get_data("x y", 100, 3), ["GET", "DATA", "x y", "100", "3"]),
        (lambda door: door.hangup('PJSIP/a"b'), ["HANGUP", 'PJSIP/a"b']),
        (lambda door: door.set_context("from trunk"), ["SET", "CONTEXT", "from trunk"]),
        (lambda door: door.set_callerid("Name <1>"), ["SET", "CALLERID", "Name <1>"]),
        (lambda door: door.set_variable("A", 'x"'), ["SET", "VARIABLE", "A", 'x"']),
    ],
)
def test_arguments_are_sent_without_quoting(
    line: Line, act: Callable[[AsteriskDoor], object], words: list[str]
) -> None:
    act(line.door(b"200 result=0\n"))
    assert [parse_args(sent) for sent in line.sent()] == [words]


# 3 to 5: every end of a call is the same


@pytest.mark.parametrize(
    "last_words",
    [b"", b"HANGUP\n", b"HANGUP", b"511 Command Not Permitted on a dead channel or intercept routine\n", b"200 res"],
    ids=["EOF", "HANGUP", "HANGUP without line feed", "511", "half a reply"],
)
def test_the_end_of_a_call_is_another_error_each_time(line: Line, last_words: bytes) -> None:
    door = line.door(last_words, end=True)
    with pytest.raises(CallerHungUp):
        door.execute("NOOP")


def test_a_broken_pipe_is_an_error_of_its_own(line: Line) -> None:
    door = line.door()
    line.asterisk.close()
    with pytest.raises(CallerHungUp):
        ask_on(door)


def test_a_reset_leaks_as_an_os_error(line: Line) -> None:
    door = line.door()
    line.asterisk.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.asterisk.close()
    with pytest.raises(CallerHungUp):
        door.execute("NOOP")


# 6: a 520 block that breaks off never ends


def test_a_520_block_that_breaks_off_loops_for_ever(line: Line) -> None:
    door = line.door(b"520-Invalid command syntax.  Proper usage follows:\nUsage: X\n", end=True)
    with pytest.raises(CallerHungUp):
        door.execute("NOOP")


def test_a_520_block_without_end_grows_for_ever(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asterisk_door, "MAX_REPLY", 5000)
    door = line.door(b"520-Usage\n", b"line\n" * 4000)
    with pytest.raises(AGIError, match="does not end"):
        door.execute("NOOP")


def test_a_whole_520_block_is_a_usage_error_and_the_next_reply_fits(line: Line) -> None:
    door = line.door(b"520-Usage:\n more\n520 End of proper usage.\n", b"200 result=0\n")
    with pytest.raises(AGIUsageError):
        door.execute("NOOP")
    assert door.execute("NOOP") == {"result": ("0", "")}


# 7: AGI() in a thread fails


def test_a_door_in_a_thread_fails_for_its_signal_handler(line: Line) -> None:
    results: list[dict[str, tuple[str, str]]] = []
    thread = threading.Thread(target=lambda: results.append(line.door(b"200 result=1\n").execute("NOOP")))
    thread.start()
    thread.join(5)
    assert results == [{"result": ("1", "")}]


# 8: text is written to a binary socket, and asterisk.fastagi does not import


def test_text_cannot_be_written_to_the_socket(line: Line) -> None:
    line.door(b"200 result=1\n").set_variable("NAME", "回音")
    assert line.sent() == ['SET VARIABLE "NAME" "回音"']


# 9: a caller's name that is not UTF-8


def test_a_name_that_is_not_utf8_ends_the_call_before_any_prompt(line: Line) -> None:
    door = line.door(environment=b"agi_calleridname: \xc4\xe3\xba\xc3\xff: x\nagi_channel: PJSIP/1\n\n")
    assert door.env["agi_channel"] == "PJSIP/1"
    assert door.env["agi_calleridname"].endswith(": x")


# 11: everything goes to standard error


def test_environment_commands_and_digits_are_written_to_standard_error(
    line: Line, capfd: pytest.CaptureFixture[str]
) -> None:
    door = line.door(b"200 result=4111\n", b"200 result=1\n", environment=b"agi_callerid: 13800001234\n\n")
    assert door.collect(["/p/ask"], 4, 5000, secret=True).keys == "4111"
    door.set_variable("A", "secret")
    assert capfd.readouterr() == ("", "")


def test_keys_are_not_in_the_repr_of_what_was_collected(line: Line) -> None:
    keys = line.door(b"200 result=4111\n").collect(["/p/ask"], 4, 5000, secret=True)
    assert "4111" not in repr(keys)


# Beyond pyst2


@pytest.mark.parametrize("application", ["System", "TrySystem", "Dial", "AGI", "Shell", "Set", ""])
def test_exec_runs_only_listed_applications(line: Line, application: str) -> None:
    door = line.door()
    with pytest.raises(NotSendableError):
        door.appexec(application, "x")
    assert line.sent() == []


def test_no_line_is_longer_than_asterisk_reads(line: Line) -> None:
    with pytest.raises(NotSendableError):
        line.door().set_variable("A", "x" * 8180)


def test_no_command_has_more_arguments_than_asterisk_keeps(line: Line) -> None:
    with pytest.raises(NotSendableError):
        line.door().execute("NOOP", *["x"] * 127)


@pytest.mark.parametrize("file", ["/a&b", "/a,b", "/a|b", "/${X}", '/a"b', "/a\nb"])
def test_a_file_name_cannot_break_out_of_a_list(file: str) -> None:
    with pytest.raises(NotSendableError):
        file_list(["/fine", file])


def test_a_variable_of_several_lines_does_not_put_replies_out_of_step(line: Line) -> None:
    door = line.door(b"200 result=1 (one\ntwo)\n", b"200 result=7\n")
    assert door.execute("GET VARIABLE", "X")["result"] == ("1", "one\ntwo")
    assert door.execute("NOOP")["result"] == ("7", "")


def test_trying_is_not_a_reply(line: Line) -> None:
    line.door(b"100 result=0 Trying...\n", b"200 result=0 Gosub complete\n").recorder("stop")
    assert line.sent() == ['GOSUB "recorder" "stop" "1"']


def test_an_unknown_command_is_said(line: Line) -> None:
    with pytest.raises(AGIInvalidCommand):
        line.door(b"510 Invalid or unknown command\n").execute("FROBNICATE")


def test_silence_of_asterisk_ends(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asterisk_door, "SILENT_SECONDS", 1)
    with pytest.raises(asterisk_door.AsteriskSilentError):
        line.door().execute("NOOP")


@pytest.mark.parametrize(
    ("files", "max_digits", "replies", "keys", "timed_out", "commands"),
    [
        (["/a", "/b"], 1, [b"0", b"1 (OK:4)"], "4", False, 2),
        (["/a", "/b"], 1, [b"0", b"1 (TIMEOUT:)"], "", True, 2),
        (["/a"], 1, [b"5"], "5", False, 1),
        (["/a"], 13, [b"123 (timeout)"], "123", False, 1),
        (["/a"], 13, [b" (timeout)"], "", True, 1),
        (["/a"], 13, [b""], "", False, 1),
        (["/a", "/b"], 4, [b"49 endpos=10", b"234"], "1234", False, 2),
        (["/a", "/b"], 4, [b"0 endpos=10", b"1234"], "1234", False, 2),
        ([], 4, [b"12"], "12", False, 1),
    ],
)
def test_collecting_keys(
    line: Line, files: list[str], max_digits: int, replies: list[bytes], keys: str, timed_out: bool, commands: int
) -> None:  # fmt: skip
    door = line.door(*(b"200 result=" + reply + b"\n" for reply in replies))
    got = door.collect(files, max_digits, 5000, secret=max_digits > 1)
    assert (got.keys, got.timed_out) == (keys, timed_out)
    assert len(line.sent()) == commands


@pytest.mark.parametrize(
    ("reply", "ended_by", "samples"),
    [
        (b"35 (dtmf) endpos=16000", "key", 16000),
        (b"0 (timeout) endpos=8000", "timeout", 8000),
        (b"-1 (hangup) endpos=4000", "hangup", 4000),
    ],
)
def test_recording_tells_how_it_ended(line: Line, reply: bytes, ended_by: str, samples: int) -> None:
    door = line.door(b"200 result=" + reply + b"\n", b"200 result=0\n")
    got = door.record("/spool/x/message-1", "wav", 300_000, 4)
    assert (got.ended_by, got.samples) == (ended_by, samples)


@given(data=st.binary(max_size=300), cut=st.integers(0, 300))
def test_no_byte_stream_does_more_than_end_the_session(data: bytes, cut: int) -> None:
    line = Line()
    with line.asterisk, line.ours:
        line.asterisk.sendall(data[:cut] + b"\n\n" + data[cut:])
        line.asterisk.shutdown(socket.SHUT_WR)
        with pytest.raises(AGIError):
            ask_on(AsteriskDoor(line.ours))


def test_a_command_that_a_hang_up_broke_off_needs_no_further_question(line: Line) -> None:
    door = line.door(b"200 result=-1\n", b"HANGUP\n")
    with pytest.raises(CallerHungUp):
        door.collect(["menu"], 4, 5000, secret=False)
    assert line.sent() == ['GET DATA "menu" "5000" "4"']


def test_a_command_that_failed_by_itself_leaves_the_call_alive(line: Line) -> None:
    door = line.door(b"200 result=-1\n")
    answer = threading.Timer(asterisk_door.HANGUP_TOLD_MS * 4 / 1000, line.asterisk.sendall, [b"200 result=0\n"])
    answer.start()
    assert door.collect(["gone"], 4, 5000, secret=False).timed_out
    answer.join()
    assert line.sent()[1:] == ["NOOP"]
