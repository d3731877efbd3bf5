"""People, calls, callbacks and plans for tests of the work around calls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.db.calls import Call, Recording
from crm.db.contact_centre import RoutingVersion
from crm.db.session import Database
from crm.db.tickets import Ticket, ticket_calls
from crm.domain.access import Actor, Role
from crm.domain.numbers import number_key
from crm.domain.outbound import OutboundRules
from crm.domain.tickets import Channel, Kind
from crm.services import (
    callbacks,
    customers,
    outbound,
    users,
    wrap_up,
)
from crm.services.centre import Centre
from crm.services.click_to_call import call_out
from crm.services.outbound import Wanted
from crm.services.switchboard import SwitchboardError
from crm.services.ticket_changes import open_ticket
from ivr.routing_plan import Member, Opening, Plan, Queue
from ivr.switchboard import Verb

ZONE = ZoneInfo("Asia/Shanghai")
CENTRE = Centre(ZONE)
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)  # a Friday, eleven o'clock in the centre
LIMIT = timedelta(seconds=60)
RULES = OutboundRules()
NUMBER = "13800138000"


class People(dict[str, Actor]):
    """The cast: alice and amy (A1), ann (A2), sam (SM), carl (CM), tess (TR)."""


@pytest.fixture
def people(database: Database) -> People:
    cast = {"alice": Role.A1, "amy": Role.A1, "ann": Role.A2, "sam": Role.SM, "carl": Role.CM, "tess": Role.TR}
    with database.write() as session:
        return People(
            (name, users.actor_of(users.create_user(
                session, username=name, roles=frozenset({role}), password_hash=None, by="test", now=NOW,
            ))) for name, role in cast.items()
        )  # fmt: skip


def add_call(
    session: Any,
    call_id: str,
    *,
    number: str | None = NUMBER,
    at: datetime = NOW,
    agent: str | None = "alice",
    **more: Any,
) -> Call:
    customer = customers.find_or_make(session, number, region="CN", now=at)
    values = {"outcome": "answered", "queue": "service", "ended_at": at + timedelta(seconds=90), **more}
    call = Call(
        call_id=call_id, caller_number=number, caller_key=number_key(number), dialled_number="95000", language="zh",
        started_at=at, answered_at=at, menu_path=[], agent=agent, customer_id=customer.id if customer else None,
        ivr_done=True, flags=[], **values,
    )  # fmt: skip
    session.add(call)
    session.flush()
    return call


def add_recording(session: Any, call_id: str) -> None:
    session.add(
        Recording(
            id=f"rec-{call_id}"[:36], call_id=call_id, kind="call", source_name="call-1", state="stored",
            started_at=NOW, duration=9.0, rate=8000, channels=2, sha256="0" * 64, size=1, flags=[], store_key="x",
            peaks=[],
        )
    )  # fmt: skip
    session.flush()


def add_callback(session: Any, call: Call, received_at: datetime) -> Ticket:
    ticket = open_ticket(
        session, number=f"26112090{call.call_id[-5:]}", kind=Kind.CALLBACK, priority="P3", channel=Channel.PHONE,
        received_at=received_at, centre=CENTRE,
    )  # fmt: skip
    ticket.caller_number, ticket.caller_key, ticket.customer_id = call.caller_number, call.caller_key, call.customer_id
    session.flush()
    session.execute(ticket_calls.insert().values(ticket_id=ticket.id, call_id=call.call_id))
    callbacks.keep_place(session, ticket, call, centre=CENTRE, now=NOW)
    return ticket


def put_plan(session: Any, *members: Member, opening: tuple[Opening, ...] = ()) -> None:
    plan = Plan(
        1,
        (Queue("service", "service", "服务", "Service", opening=opening), Queue("cards", "cards", "用卡", "Cards")),
        members,
    )
    session.add(RoutingVersion(version=1, made_at=NOW, made_by="test", document=plan.to_document()))
    session.flush()


def begun(session: Any, actor: Actor, call_id: str = "c-00001") -> int:
    assert actor.user_id is not None
    return wrap_up.begin(session, actor.user_id, call_id, "service", NOW, LIMIT)


class Exchange:
    """Stands in for the door to the phone side."""

    def __init__(self, refuses: str | None = None) -> None:
        self.refuses = refuses
        self.asked: list[tuple[Verb, Mapping[str, Any]]] = []

    def ask(self, verb: Verb, args: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append((verb, args))
        if self.refuses:
            raise SwitchboardError(self.refuses)
        return {"call_id": f"out-{len(self.asked)}"}


def call(
    database: Database,
    actor: Actor,
    wanted: Wanted,
    exchange: Exchange | None,
    at: datetime = NOW,
    rules: OutboundRules = RULES,
) -> outbound.OutboundView:
    return call_out(database, exchange, actor, wanted, rules=rules, centre=CENTRE, now=lambda: at)
