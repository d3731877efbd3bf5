"""The agents' page: one document that stays, with the phone in it. Its parts are swapped, the page is not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, render_template, request

from crm.db.people import User
from crm.domain.agent_states import PAUSE_REASONS
from crm.domain.errors import NotFoundError
from crm.gate.deps import deps
from crm.gate.guard import BadRequestError, actor
from crm.services import phones
from crm.web.agent_words import SHORTCUTS, all_words
from crm.web.headers import policy
from crm.web.showing import reads_whole_numbers

agent = Blueprint("agent", __name__, url_prefix="/agent")
EVENTS = "/api/v1/events"
_HOST = re.compile(r"\A(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])\Z")


@dataclass(frozen=True)
class BrowserPhone:
    """What the page's phone logs in with, and where."""

    user: str
    password: str = field(repr=False)
    origin: str
    """of the web socket, as a Content-Security-Policy names it"""
    domain: str

    @property
    def address(self) -> str:
        """The web socket."""
        return f"{self.origin}/ws"


@agent.get("/")
def show() -> Response:
    """The page, which may connect to its own server and to the exchange's web socket, and to nothing else."""
    phone = _phone()
    page = render_template(
        "agent.html",
        phone=phone,
        words=all_words(),
        shortcuts=SHORTCUTS,
        pause_reasons=PAUSE_REASONS,
        events=EVENTS,
        zone=deps().centre.zone.key,
        whole_numbers=reads_whole_numbers(),
    )
    response = make_response(page)
    response.headers["Content-Security-Policy"] = policy(connect=phone.origin)
    return response


def _phone() -> BrowserPhone:
    with deps().database.read() as session:
        user = session.get(User, actor().user_id) if actor().user_id is not None else None
        found = phones.phone_of(user, deps().config.sip_key) if user is not None else None
    if found is None:
        raise NotFoundError("you have no phone; an administrator gives you one")
    host = page_host(request.host)
    scheme = "wss" if request.is_secure else "ws"
    return BrowserPhone(found.web_user, found.password, f"{scheme}://{host}:{deps().config.ws_port}", host)


def page_host(given: str) -> str:
    """The host that the page was asked for, without its port. Raises BadRequestError for what cannot be one."""
    try:
        host = urlsplit(f"//{given}").hostname or ""
    except ValueError:
        host = ""
    host = f"[{host}]" if ":" in host else host
    if not _HOST.match(host):
        raise BadRequestError("this is no name of a host")
    return host
