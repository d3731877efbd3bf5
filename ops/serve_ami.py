"""The ``ami`` service: the watchdog, and beside it the parts that speak with Asterisk's manager interface."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Mapping
from types import FrameType
from typing import Any, Protocol

from agi.exchange_feed_edge import ExchangeFeed, FeedConfig
from agi.exchange_stream import EventStream
from agi.members_edge import STATES_FILE, KeeperConfig, MemberKeeper, handlers
from agi.phonebook import PhoneBook
from agi.routing_edge import LOAD_FILE
from agi.watchdog_edge import Watchdog, WatchdogConfig
from ivr.exchange import ExchangeEvent
from ivr.switchboard import Verb
from ops import keys, readiness
from ops.asterisk_config import OPERATOR, PHONES_FILE, READER, SWITCHBOARD
from ops.asterisk_run import home_folder
from ops.plan_file import plan_file
from ops.serve_switchboard import SwitchboardPart, make_rejoiner
from ops.settings import Settings
from ops.short_waits import keep_for_good, switch_often


class Part(Protocol):
    """Something that works in threads of its own."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End; it is called once, also when the start of a later part failed."""


def parts(settings: Settings) -> list[Part]:
    """What runs beside the watchdog, in the order of its start."""
    book = PhoneBook(home_folder(settings) / "etc" / PHONES_FILE)
    keeper = member_keeper(settings, book)
    rejoiner = make_rejoiner(settings, book)
    feed, stream = event_feed(settings, [keeper.hear, rejoiner.hear])

    def snapshot(_args: Mapping[str, Any]) -> dict[str, Any]:
        feed.ask_for_snapshot()
        return {}

    switchboard = SwitchboardPart(settings, book, {**handlers(keeper), Verb.SNAPSHOT: snapshot})
    return [stream, feed, keeper, rejoiner, switchboard]


def main(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    stop = threading.Event()
    switch_often()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    started: list[Part] = []
    try:
        for part in parts(settings):
            part.start()
            started.append(part)
        keep_for_good()
        readiness.tell(settings.run, "ami")
        watchdog(settings).run(stop.wait)
    finally:
        for part in reversed(started):
            part.stop()


def watchdog(settings: Settings) -> Watchdog:
    """Moves callers on when the menu's server dies or hangs."""
    config = WatchdogConfig(
        agi_address=("127.0.0.1", settings.agi_port),
        ami_address=("127.0.0.1", settings.ami_port),
        username="operator",
        secret=keys.token(settings.secrets, OPERATOR),
    )
    return Watchdog(config, lambda: readiness.tell(settings.run, "ami"))


def member_keeper(settings: Settings, book: PhoneBook) -> MemberKeeper:
    """Keeps who is rung by which queue."""
    config = KeeperConfig(
        ami_address=("127.0.0.1", settings.ami_port),
        username="switchboard",
        secret=keys.token(settings.secrets, SWITCHBOARD),
        plan=plan_file(settings),
        states=settings.run / STATES_FILE,
        load=settings.run / LOAD_FILE,
    )
    return MemberKeeper(config, book)


def event_feed(
    settings: Settings, listeners: Iterable[Callable[[ExchangeEvent], None]]
) -> tuple[ExchangeFeed, EventStream]:
    """Tells the CRM, and who listens in this process, what happens in the exchange."""
    stream = EventStream(settings.broker_url)
    config = FeedConfig(
        ami_address=("127.0.0.1", settings.ami_port),
        username="reader",
        secret=keys.token(settings.secrets, READER),
        spool=settings.spool,
    )

    def publish(event: ExchangeEvent) -> None:
        stream.publish(event)
        for hear in listeners:
            hear(event)

    feed = ExchangeFeed(config, publish)
    stream.lost = feed.ask_for_snapshot
    return feed, stream
