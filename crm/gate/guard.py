"""The gate in front of every endpoint: who asks, is it declared, may he. Deny by default."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from flask import Flask, g, request
from flask_wtf.csrf import CSRFProtect

from crm.domain.access import Action, Actor, reach
from crm.domain.errors import ForbiddenError
from crm.gate.deps import deps
from crm.gate.permission_rules import Open, Rule
from crm.gate.permissions import rule_for
from crm.gate.uploads import limit_of

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class NotLoggedInError(Exception):
    """Nobody is known to ask; the pages send him to the login, the API answers 401."""


class BadRequestError(Exception):
    """The request itself cannot be read."""


@dataclass(frozen=True)
class Identity:
    """Who asks, and how he showed it: ``token`` (API) or ``session`` (browser)."""

    actor: Actor
    by: str


def actor() -> Actor:
    """Who asks. Raises NotLoggedInError when nobody is known."""
    return identity().actor


def may(action: Action) -> bool:
    """Whether who asks could do such a thing at all, to some thing or other."""
    asker: Identity | None = g.get("asker")
    return asker is not None and bool(reach(asker.actor.roles, action))


def identity() -> Identity:
    """Who asks, and how. Raises NotLoggedInError when nobody is known."""
    found: Identity | None = g.get("asker")
    if found is None:
        raise NotLoggedInError
    return found


def init_guard(app: Flask, identify: Callable[[], Identity | None], csrf: CSRFProtect) -> None:
    """Put the gate in front of all endpoints of the application."""

    @app.before_request
    def guard() -> None:
        _refuse_nul()
        if (most := limit_of(request.endpoint)) is not None:
            request.max_content_length = most
        if request.endpoint is None:
            g.asker = identify()
            return
        rule = rule_for(request.endpoint, request.method)
        if rule is Open.MACHINE:
            _check_machine()
            return
        g.asker = identify()
        if rule is Open.FORM:
            return
        if request.method not in SAFE_METHODS and (g.asker is None or g.asker.by == "session"):
            csrf.protect()
        _admit(rule)


def _admit(rule: Rule | None) -> None:
    if rule is Open.PUBLIC:
        return
    if g.asker is None:
        raise NotLoggedInError
    if rule is Open.SELF:
        return
    if not isinstance(rule, Action) or not reach(g.asker.actor.roles, rule):
        raise ForbiddenError("your role does not allow this")


def _refuse_nul() -> None:
    """A NUL is in no name, number or filter; PostgreSQL would refuse it later and less clearly."""
    if "\x00" in request.path or any("\x00" in text for pair in request.args.items(multi=True) for text in pair):
        raise BadRequestError("a NUL character is not allowed")


def _check_machine() -> None:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    near = request.remote_addr is not None and ip_address(request.remote_addr).is_loopback
    if not near or not hmac.compare_digest(given.encode(), deps().config.internal_token.encode()):
        raise NotLoggedInError
