"""What the door understands is what Asterisk says: the same dialogues with the fake and with the real one.

A dialogue is what our side does at the door, what the caller does meanwhile, and what must come back.
"""

from __future__ import annotations

import socket
import threading
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest
from asterisk.agi import AGIError

from agi.asterisk_door import AsteriskDoor, CallerHungUp, Keys
from ops.sip.script import CallScript, HangUp, Speak, Step, Wait, WaitSound
from ops.sip.script import Keys as Press
from tests.asterisk_fixture import QUICK, Hotline, beep, start_hotline, wait_until
from tests.fake_asterisk import HANG_UP, Doing, FakeAsterisk, Message

pytestmark = pytest.mark.integration

Act = Callable[[AsteriskDoor, Path], Any]


@dataclass(frozen=True)
class Dialogue:
    """``prompt`` in the paths is a prompt of 0.6 s; ``folder`` takes recordings."""

    act: Act
    steps: Sequence[Step]
    doings: Sequence[Doing]
    expected: Any


def prompts(hotline_prompts: Path, count: int) -> list[str]:
    return [str(hotline_prompts / "en" / "wrong_key")] * count


def one_key(count: int) -> Act:
    return lambda door, at: door.collect(prompts(at, count), 1, 1500, secret=False)


def number(count: int, digits: int) -> Act:
    return lambda door, at: door.collect(prompts(at, count), digits, 1500, secret=True)


def record(door: AsteriskDoor, at: Path) -> tuple[str, bool]:
    got = door.record(str(at.parent / "spool" / "message-1"), "wav", 20_000, 2)
    size = (at.parent / "spool" / "message-1.wav").stat().st_size
    return got.ended_by, abs((size - 44) // 2 - got.samples) <= 160


def set_and_read(door: AsteriskDoor, _at: Path) -> str:
    door.set_variables({"HUIYIN_NEXT": "queue", "HUIYIN_QUEUE": "service", "HUIYIN_OFFERED_AT": ""})
    door.execute("SET VARIABLE", "HUIYIN_TEST", 'a "b" \\ c, ${X} 回')
    return door.execute("GET VARIABLE", "HUIYIN_TEST")["result"][1]


DIALOGUES = {
    "a key cuts a list short": Dialogue(one_key(5), [Wait(0.9), Press("4")], ["4"], Keys("4", timed_out=False)),
    "a key after the list": Dialogue(one_key(2), [Wait(1.8), Press("9")], ["9"], Keys("9", timed_out=False)),
    "star": Dialogue(one_key(2), [Wait(0.4), Press("*")], ["*"], Keys("*", timed_out=False)),
    "nobody presses": Dialogue(one_key(2), [], [None], Keys("", timed_out=True)),
    "nobody presses after one prompt": Dialogue(one_key(1), [], [None], Keys("", timed_out=True)),
    "no prompt": Dialogue(one_key(0), [Press("3")], ["3"], Keys("3", timed_out=False)),
    "digits up to the limit": Dialogue(
        number(1, 4), [Wait(0.3), Press("1234")], ["1234"], Keys("1234", timed_out=False)
    ),
    "digits ended by #": Dialogue(number(1, 9), [Wait(0.3), Press("123#")], ["123"], Keys("123", timed_out=False)),
    "digits ended by silence": Dialogue(number(1, 9), [Wait(0.3), Press("123")], ["123"], Keys("123", timed_out=False)),
    "# alone": Dialogue(number(1, 9), [Wait(0.3), Press("#")], [""], Keys("", timed_out=False)),
    "digits that begin in an earlier prompt": Dialogue(
        number(3, 4), [Wait(0.2), Press("1234")], ["1234"], Keys("1234", timed_out=False)
    ),
    "a message ended by #": Dialogue(record, [Speak(beep(1500, 1.0)), Press("#")], [Message(1.2)], ("key", True)),
    "a message ended by silence": Dialogue(
        record, [Speak(beep(1500, 1.0))], [Message(1.2, ended_by="silence")], ("timeout", True)
    ),
    "variables": Dialogue(set_and_read, [], [], 'a "b" \\ c, ${X} 回'),
    "the recorder": Dialogue(lambda door, _at: (door.recorder("stop"), door.recorder("start")), [], [], (None, None)),
}


class OneDoor:
    """Listens like the server and does one thing at the door of the first call that comes."""

    def __init__(self, port: int, act: Act, at: Path) -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self._act, self._at = act, at
        self.result: Any = None
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.thread.join(10)

    def _serve(self) -> None:
        connection, _address = self._listener.accept()
        with connection:
            try:
                self.result = self._act(AsteriskDoor(connection), self._at)
            except CallerHungUp as error:
                self.result = error


@pytest.fixture(scope="module")
def hotline() -> Iterator[Hotline]:
    with start_hotline(QUICK) as made:
        yield made


@pytest.mark.parametrize("name", DIALOGUES)
def test_with_asterisk(hotline: Hotline, name: str) -> None:
    dialogue = DIALOGUES[name]
    with (
        OneDoor(hotline.settings.agi_port, dialogue.act, hotline.settings.prompts) as door,
        hotline.user_agent() as caller,
    ):
        first = () if name in {"no prompt", "variables", "the recorder"} or "message" in name else (WaitSound(),)
        caller.call(CallScript("95000", (*first, *dialogue.steps), stay=True))
        door.thread.join(20)
    assert door.result == dialogue.expected


@pytest.mark.parametrize("name", DIALOGUES)
def test_with_the_fake(tmp_path: Path, name: str) -> None:
    dialogue = DIALOGUES[name]
    (tmp_path / "spool").mkdir()
    with OneDoor(0, dialogue.act, tmp_path / "prompts") as door:
        FakeAsterisk(door.port, caller=dialogue.doings).call()
    assert door.result == dialogue.expected


@pytest.mark.parametrize("name", ["a key cuts a list short", "digits up to the limit", "no prompt"])
def test_hanging_up_ends_the_session_with_asterisk(hotline: Hotline, name: str) -> None:
    act = DIALOGUES[name].act
    with OneDoor(hotline.settings.agi_port, act, hotline.settings.prompts) as door, hotline.user_agent() as caller:
        call = caller.call(CallScript("95000", (Wait(0.4), HangUp())))
        assert call.finished.wait(30)
        door.thread.join(20)
    assert isinstance(door.result, CallerHungUp)


@pytest.mark.parametrize("name", ["a key cuts a list short", "digits up to the limit", "no prompt"])
def test_hanging_up_ends_the_session_with_the_fake(tmp_path: Path, name: str) -> None:
    with OneDoor(0, DIALOGUES[name].act, tmp_path) as door:
        FakeAsterisk(door.port, caller=[HANG_UP]).call()
    assert isinstance(door.result, CallerHungUp)


def test_a_hang_up_during_a_recording_leaves_a_whole_file(hotline: Hotline) -> None:
    path = hotline.settings.spool / "message-9"

    def act(door: AsteriskDoor, _at: Path) -> str:
        got = door.record(str(path), "wav", 20_000, 4)
        door.drain(2.0)
        return got.ended_by

    with OneDoor(hotline.settings.agi_port, act, path) as door, hotline.user_agent() as caller:
        caller.call(CallScript("95000", (Wait(0.3), Speak(beep(1500, 1.0)), HangUp())))
        door.thread.join(20)
    assert door.result == "hangup"
    wait_until(lambda: path.with_suffix(".wav").stat().st_size > 44 + 8000, "the recording is on disk")


def test_a_recording_that_cannot_be_written_is_a_failure_and_no_hang_up(hotline: Hotline) -> None:
    def act(door: AsteriskDoor, _at: Path) -> str:
        try:
            door.record("/proc/nowhere/message-1", "wav", 20_000, 4)
        except CallerHungUp:
            return "hangup"
        except AGIError as error:
            return str(error)
        return "recorded"

    with OneDoor(hotline.settings.agi_port, act, Path()) as door, hotline.user_agent() as caller:
        caller.call(CallScript("95000", stay=True))
        door.thread.join(20)
    assert door.result == "the recording failed"


def test_a_wideband_recording_has_its_rate(hotline: Hotline) -> None:
    path = hotline.settings.spool / "message-8"

    def act(door: AsteriskDoor, _at: Path) -> str:
        return door.record(str(path), "wav16", 20_000, 2).ended_by

    with OneDoor(hotline.settings.agi_port, act, path) as door, hotline.user_agent() as caller:
        caller.call(CallScript("95000", (Wait(0.3), Speak(beep(1500, 1.0)), Press("#")), stay=True))
        door.thread.join(20)
    assert door.result == "key"
    with wave.open(str(path.with_suffix(".wav16"))) as audio:
        assert audio.getframerate() == 16_000
        assert 1.0 <= audio.getnframes() / 16_000 <= 2.0
