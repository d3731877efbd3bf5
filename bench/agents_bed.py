"""Agents with scripted desk phones in a whole installation, for campaigns and benchmarks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from bench.installation import Installation, wait_until
from crm.db.session import Database
from crm.domain.access import Actor, Role
from crm.domain.errors import DomainError
from crm.domain.live import LiveState
from crm.services import routing
from crm.services.agents import set_own_state
from crm.services.live_door import RedisLive
from crm.services.users import actor_of, find_user
from ivr.records import replace
from ops import field_keys, phones
from ops.settings import Settings, load
from ops.sip.phone import DeskPhone


@dataclass
class Floor:
    """Agents with phones in an installation."""

    house: Installation
    settings: Settings
    database: Database
    live: RedisLive
    users: dict[str, Actor]
    phones: dict[str, DeskPhone] = field(default_factory=dict)

    def state(self) -> LiveState | None:
        """Agents and queues now."""
        return self.live.state()

    def available(self, user: str) -> bool:
        """Have an agent take calls; whether that could be said."""
        try:
            set_own_state(self.live, self.users[user], "available", "")
        except DomainError:
            return False
        return True


@contextlib.contextmanager
def floor(
    house: Installation, agents: int, *, ring: int, wrap_up: int, phone_class: type[DeskPhone] = DeskPhone
) -> Iterator[Floor]:
    """Agents who are there, with a desk phone each, and take calls."""
    names = [f"agent{number}" for number in range(1, agents + 1)]
    for name in names[3:]:
        house.run("user", "create", name, "--role", "A1", check=False)
    settings = load({key: value for key, value in house.environment.items() if key.startswith("HUIYIN_")})
    database = field_keys.database(settings)
    _plan(database, ring, wrap_up)
    users = _actors(database, names)
    here = Floor(house, settings, database, RedisLive(settings.broker_url, lambda: datetime.now(UTC)), users)
    wait_until("everybody has a phone", lambda: set(names) <= set(phones.by_agent(settings)), 30)
    with contextlib.ExitStack() as stack:
        for name, phone in phones.by_agent(settings).items():
            if name in names:
                address = ("127.0.0.1", settings.sip_port)
                made = phone_class(address, phone.sip_user, phone.password, keeps_sound=False)
                here.phones[name] = stack.enter_context(made)
        wait_until("everybody registers", lambda: all(_registers(phone) for phone in here.phones.values()), 60)
        for name in names:
            wait_until(f"{name} takes calls", partial(_takes_calls, here, name), 30)
        yield here


def _registers(phone: DeskPhone) -> bool:
    try:
        phone.register(timeout=3)
    except Exception:  # noqa: BLE001 -- the exchange may not have read its phones yet
        return False
    return True


def _takes_calls(here: Floor, name: str) -> bool:
    return here.available(name) and is_in(here, name)


def is_in(here: Floor, name: str, state: str = "available") -> bool:
    """Whether an agent is in that state."""
    now = here.state()
    agent = now.agent(name) if now else None
    return agent is not None and agent.state == state


def _plan(database: Database, ring: int, wrap_up: int) -> None:
    """Everybody serves every queue, with these times of ringing and of work after a call."""
    now = datetime.now(UTC)
    with database.write() as session:
        plan = routing.ensure_plan(session, now)
        names = routing.agents_of(session)
        members = tuple(replace(plan.members[0], agent=name) for name in names)
        queues = tuple(replace(queue, ring_time=ring, wrap_up_limit=wrap_up) for queue in plan.queues)
        changed = replace(plan, queues=queues, members=members)
        if changed != plan:
            routing.save_plan(session, Actor("root", frozenset({Role.SM})), changed, "a campaign", now)


def _actors(database: Database, names: list[str]) -> dict[str, Actor]:
    with database.read() as session:
        found = {name: find_user(session, name) for name in names}
        return {name: actor_of(user) for name, user in found.items() if user is not None}
