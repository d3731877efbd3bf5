"""Limits on what anybody may send without a login. Generous by address, since a whole office may share one.

Counted where the limits on log-ins are: in Redis, or by each process for itself while Redis is away. What is refused
is told so on the form, with what was typed still in it.
"""

from __future__ import annotations

import logging
from ipaddress import IPv6Address, ip_address

from flask import current_app, request
from limits import parse

log = logging.getLogger(__name__)
SUBMIT_BY_ADDRESS = parse("30 per hour")
SUBMIT_BY_SHARED_ADDRESS = parse("600 per hour")
"""Of an address that is a proxy's: everybody comes from it."""
SUBMIT_BY_CONTACT = parse("8 per day")
LOOK_BY_ADDRESS = parse("60 per 15 minutes")
WRONG_BY_NUMBER = parse("10 per hour")
ADD_BY_TICKET = parse("20 per day")


def client() -> str:
    """Who asks, as far as his address says it: an IPv6 user has a whole /64 of addresses."""
    given = request.remote_addr or "unknown"
    try:
        address = ip_address(given)
    except ValueError:
        return given
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return f"{int(address) >> 64:016x}::/64"
    return given


def is_shared() -> bool:
    """Whether the address is one of ours or of a proxy that we were not told of: then it says nothing of the client."""
    try:
        inside = ip_address(request.remote_addr or "").is_private
    except ValueError:
        return False
    return inside and "X-Forwarded-For" in request.headers


def submit_allowed(contact: str) -> bool:
    """Whether one more matter may come from this address, and with this contact."""
    by_address = SUBMIT_BY_SHARED_ADDRESS if is_shared() else SUBMIT_BY_ADDRESS
    allowed = _hit(by_address, "submit", client())
    return allowed and (not contact or _hit(SUBMIT_BY_CONTACT, "contact", contact))


def look_allowed(number: str) -> bool:
    """Whether this address may ask once more, and this number may be asked for after its wrong codes."""
    return _hit(LOOK_BY_ADDRESS, "look", client()) and _test(WRONG_BY_NUMBER, "wrong", number)


def count_wrong(number: str) -> None:
    """A code was wrong for this number."""
    _hit(WRONG_BY_NUMBER, "wrong", number)


def add_allowed(ticket_id: int) -> bool:
    """Whether one more word may come to this ticket today."""
    return _hit(ADD_BY_TICKET, "add", str(ticket_id))


def _hit(limit: object, *key: str) -> bool:
    return _ask("hit", limit, *key)


def _test(limit: object, *key: str) -> bool:
    return _ask("test", limit, *key)


def _ask(what: str, limit: object, *key: str) -> bool:
    """Ask the limiter; while its store is away nobody is kept out."""
    limiter = current_app.extensions["huiyin-limiter"].limiter
    try:
        return bool(getattr(limiter, what)(limit, "huiyin-public", *key))
    except Exception as error:  # noqa: BLE001  (whatever a store that is away raises)
        log.warning("public limits are not counted: %s", type(error).__name__)
        return True
