"""A floor of agents for tests: real Asterisk, scripted desk phones and callers who speak in tones, our switchboard.

Everybody has a pitch of his own, so that a recording tells who is in it, on which side and when.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agi.ami_client import AmiRefused
from agi.exchange_feed_edge import ExchangeFeed, FeedConfig
from agi.phonebook import PhoneBook
from agi.rejoin_edge import Rejoiner
from agi.switchboard import Outside
from agi.switchboard_link import LinkConfig, SwitchboardLink
from agi.switchboard_server import Switchboard
from crm.domain.calls import fold
from crm.services.audio_intake import Recorder
from ivr.switchboard import Verb
from ops import asterisk_config, keys, phones
from ops.asterisk_config import Limits
from ops.sip import messages, sound
from ops.sip.agent import UserAgent
from ops.sip.call import Call
from ops.sip.dialog import Dialog
from ops.sip.g711 import Samples
from ops.sip.phone import DeskPhone, PhoneCall
from ops.sip.script import CallScript, Speak
from recordings import spool, wav
from tests.asterisk_fixture import Hotline, beep, start_hotline, wait_until
from tests.scripted_ivr import always, dies, scripted_ivr

CALLER, FIRST, SECOND, THIRD = 440, 880, 1320, 1760
"""Pitches, in Hz: the caller, and the agents in the order in which they come into the call."""
TO_QUEUE = (
    'SET VARIABLE HUIYIN_NEXT "queue"',
    'SET VARIABLE HUIYIN_QUEUE "service"',
    'SET VARIABLE HUIYIN_PRIORITY "0"',
    'SET VARIABLE IVR_DONE "1"',
)
_HOP = 0.04


def drone(call: Call, pitch: int, seconds: float = 60.0) -> None:
    """Have somebody speak one tone for long."""
    call.do(Speak(beep(pitch, seconds)))


def share(samples: Samples, pitch: int, since: float, until: float) -> float:
    """In how much of a stretch a pitch is heard, from 0 to 1; others may be heard beside it."""
    size = round(_HOP * sound.RATE)
    starts = range(round(since * sound.RATE), min(round(until * sound.RATE), len(samples)) - size, size)
    if not starts:
        return 0.0
    heard = [_has(samples[start : start + size], pitch) for start in starts]
    return sum(heard) / max(len(heard), int((until - since) / _HOP) - 2)


def _has(window: Samples, pitch: int) -> bool:
    power = np.abs(np.fft.rfft(window * np.hanning(len(window)), sound.RATE)) ** 2
    near = power[pitch - 30 : pitch + 31].sum()
    return not sound.is_quiet(window) and bool(near > 0.1 * power.sum())


def hears(call: Call | PhoneCall, *pitches: int) -> bool:
    """Whether exactly these of our pitches are heard now."""
    last = call.heard(0.3)
    return len(last) > 2000 and {one for one in (CALLER, FIRST, SECOND, THIRD) if _has(last[-2400:], one)} == set(
        pitches
    )


class _MemoryStore:
    """What was kept."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, key: str, content: bytes) -> None:
        self.kept[key] = content

    def has(self, key: str) -> bool:
        return key in self.kept


@dataclass
class Recording:
    """A call's recording as the ingest makes it. Times are those of the machine's clock."""

    began: float
    caller: Samples
    line: Samples
    flags: tuple[str, ...]

    def says(self, side: str, pitch: int, since: float, until: float) -> float:
        """In how much of that time the pitch is heard on a side (caller or line)."""
        samples = self.caller if side == "caller" else self.line
        return share(samples, pitch, since - self.began, until - self.began)


def recording_of(folder: Path) -> Recording:
    """Assemble a call's recording as the ingest does."""
    found = spool.read_folder(folder)
    call = fold(folder.name, [one.event for one in found.journal], found.facts, seen_at=datetime.now(UTC))
    store = _MemoryStore()
    (kept,) = Recorder(store, b"key").keep_call(found, call)  # type: ignore[arg-type]
    content = store.kept[kept.store_key]
    samples = np.frombuffer(content, "<i2", offset=wav.parse(content).start).reshape(-1, 2)
    return Recording(kept.started_at.timestamp(), samples[:, 0], samples[:, 1], tuple(map(str, kept.flags)))


@dataclass
class Talk:
    """One caller's call, and the phones that took part in it."""

    caller: Call
    call_id: str
    folder: Path
    legs: list[PhoneCall] = field(default_factory=list)
    marks: dict[str, float] = field(default_factory=dict)

    def mark(self, name: str) -> None:
        """Note the time."""
        self.marks[name] = time.time()


class _Replacing(Dialog):
    """An INVITE that takes the place of another dialog."""

    replaces = ""

    def _request(self, asked: Any, extra: tuple[tuple[str, str], ...] = ()) -> bytes:
        named = (("replaces", self.replaces),) if asked.method == "INVITE" else ()
        return super()._request(asked, (*extra, *named))


@dataclass
class Floor:
    """The running whole."""

    hotline: Hotline
    callers: UserAgent
    switchboard: Switchboard
    link: SwitchboardLink
    rejoiner: Rejoiner
    stack: contextlib.ExitStack
    phones: dict[str, DeskPhone] = field(default_factory=dict)

    def ask(self, verb: Verb, **args: object) -> dict[str, Any]:
        """A command that must succeed."""
        reply = json.loads(self.switchboard.answer(json.dumps({"verb": verb, "args": args}).encode() + b"\n"))
        assert reply["ok"], reply
        return dict(reply["result"])

    def hire(self, *agents: str) -> None:
        """Agents come to work: their phones register."""
        for agent in agents:
            phone = self.stack.enter_context(self.hotline.desk_phone(agent))
            phone.register()
            self.phones[agent] = phone

    def to_queue(self, *agents: str) -> None:
        """They are members of the service queue."""
        with self._manager() as client:
            for agent in agents:
                with contextlib.suppress(AmiRefused):  # he is a member already
                    client.action(
                        "QueueAdd", [("Queue", "service"), ("Interface", f"PJSIP/{agent}"), ("MemberName", agent)]
                    )
                client.action("QueuePause", [("Interface", f"PJSIP/{agent}"), ("Paused", "false")])

    def pause(self, *agents: str) -> None:
        """Queues ring them no more."""
        with self._manager() as client:
            for agent in agents:
                client.action("QueuePause", [("Interface", f"PJSIP/{agent}"), ("Paused", "true")])

    @contextlib.contextmanager
    def _manager(self) -> Iterator[Any]:
        client = self.hotline.switchboard()
        try:
            yield client
        finally:
            client.close()

    def talks(self, count: int) -> list[Talk]:
        """So many callers, each connected with an agent (a0, a1, …) who answered; everybody speaks."""
        agents = [f"a{number}" for number in range(count)]
        self.to_queue(*agents)
        calls = [self.callers.call(CallScript("95000", caller=f"139000000{n:02}", stay=True)) for n in range(count)]
        assert all(call.answered.wait(30) for call in calls)
        for call in calls:
            drone(call, CALLER)
        found = []
        for agent in agents:
            try:
                ring = self.phones[agent].wait_ring()
            except TimeoutError as error:
                pytest.fail(f"{error}\n{self.state()}")
            ring.answer()
            drone(ring.call, FIRST)
            call_id = ring.header("x-call-id")
            folder = self.hotline.settings.spool / call_id
            number = int(self.hotline.facts(folder)[0]["caller"][-2:])
            talk = Talk(calls[number], call_id, folder, [ring])
            talk.mark("first")
            found.append(talk)
        self.pause(*agents)
        return found

    def state(self) -> str:
        """The queue's members and all channels, for who wonders why nobody is rung."""
        with self._manager() as client:
            members = client.collect("QueueStatus", [("Queue", "service")])
        return "\n".join(map(str, [*members, *self.link.view().channels, *self.hotline.facts()]))

    def answer(self, talk: Talk, agent: str, pitch: int) -> PhoneCall:
        """An agent's phone rings for this call; he answers and speaks."""
        ring = self.phones[agent].wait_ring()
        assert ring.header("x-call-id") == talk.call_id
        ring.answer()
        drone(ring.call, pitch)
        talk.legs.append(ring)
        return ring

    def vanish(self, agent: str) -> PhoneCall | None:
        """The phone loses its registration and falls silent without a word, as a page that is closed."""
        phone = self.phones.pop(agent)
        phone.unregister()
        lost = next((PhoneCall(phone, call) for call in phone._calls.values()), None)
        phone.wish(lambda _now: [phone._forget(call) for call in list(phone._calls.values())])
        wait_until(lambda: not phone._calls, "the phone is gone")
        phone.close()
        return lost

    def take_back(self, agent: str, lost: PhoneCall) -> PhoneCall:
        """The phone that is registered again takes the place of the lost one (INVITE with Replaces)."""
        phone, old = self.phones[agent], lost.call.dialog
        script = CallScript(agent, caller=agent, stay=True)
        media, session = phone._sound(script)
        dialog = _Replacing(
            phone._signalling.getsockname(), phone._server, agent, agent, session, phone._send, phone.credentials
        )
        theirs, ours = messages.tag(old._theirs), old._tag
        dialog.replaces = f"{old.call_id};to-tag={theirs};from-tag={ours}"
        call = Call(script, dialog, media)

        def begin(now: float) -> None:
            phone._carry(call, now)
            dialog.invite(now)

        phone.wish(begin)
        return PhoneCall(phone, call)

    def end(self, talks: Iterable[Talk]) -> list[Recording]:
        """The callers hang up; the recordings as they are kept."""
        talks = list(talks)
        for talk in talks:
            talk.mark("end")
            talk.caller.hang_up()
        for talk in talks:
            wait_until(lambda talk=talk: self.is_closed(talk.folder), "the call's files are closed")  # type: ignore[misc]
        return [recording_of(talk.folder) for talk in talks]

    def is_closed(self, folder: Path) -> bool:
        """Whether every phone has left the call, and every recorder has closed its file."""
        events = self.hotline.events(folder)
        if "ended" not in events:
            return False
        legs = [fact["leg"] for fact in self.hotline.facts(folder) if fact["event"] == "leg_rang"]
        ended = [fact["leg"] for fact in self.hotline.facts(folder) if fact["event"] == "leg_ended"]
        closed = all(wav.parse(path.read_bytes()).closing is wav.Closing.WHOLE for path in folder.glob("*.wav"))
        return set(legs) <= set(ended) and closed


@contextlib.contextmanager
def open_floor(*agents: str, limits: Limits | None = None, **settings: object) -> Iterator[Floor]:
    """A floor with these agents, phones registered; nobody is in a queue yet."""
    quick = limits or Limits(queue_round=20, transfer_ring=5, rejoin_ring=3, parked_round=4)
    with contextlib.ExitStack() as stack:
        hotline = stack.enter_context(start_hotline(quick, **settings))
        hotline.phones(*agents)
        stack.enter_context(scripted_ivr(hotline.settings.agi_port, always(*TO_QUEUE), dies))
        book = PhoneBook(phones.phones_file(hotline.settings))
        link = _link(hotline, book)
        stack.callback(link.close)
        numbers = itertools.count(9000)
        patterns = hotline.settings.dial_patterns if hotline.settings.trunk_out else ()
        outside = Outside(patterns, lambda: f"huiyin01-{int(time.time())}.{next(numbers)}")
        rejoiner = Rejoiner(link, book)
        rejoiner.start()
        stack.callback(rejoiner.stop)
        feed = ExchangeFeed(
            FeedConfig(
                ("127.0.0.1", hotline.settings.ami_port),
                "reader",
                _secret(hotline, asterisk_config.READER),
                hotline.settings.spool,
            ),
            rejoiner.hear,
        )
        feed.start()
        stack.callback(feed.stop)
        callers = stack.enter_context(hotline.user_agent())
        floor = Floor(hotline, callers, Switchboard(link, outside), link, rejoiner, stack)
        floor.hire(*agents)
        yield floor


def _link(hotline: Hotline, book: PhoneBook) -> SwitchboardLink:
    secret = _secret(hotline, asterisk_config.SWITCHBOARD)
    address = ("127.0.0.1", hotline.settings.ami_port)
    return SwitchboardLink(LinkConfig(address, "switchboard", secret, hotline.settings.spool), book)


def _secret(hotline: Hotline, name: str) -> str:
    return keys.token(hotline.settings.secrets, name)
