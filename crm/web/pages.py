"""Start page and account: what is neither a ticket nor a call."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from crm.domain.access import Action, Role
from crm.gate.guard import actor, may
from crm.web.catalogues import LOCALES
from crm.web.locale import COOKIE

home = Blueprint("home", __name__)
account = Blueprint("account", __name__, url_prefix="/account")
DESKS = frozenset({Role.A1, Role.A2})
"""Who begins the day at the desk with the phone, once he has one."""
_YEAR = 31_536_000


@home.get("/")
def start() -> Answer:
    """The first page that this person's roles open."""
    if not DESKS.isdisjoint(actor().roles) and current_user.sip_user:
        return redirect(url_for("agent.show"))
    for action, endpoint in (
        (Action.TICKET_MOVE, "desk.show"),
        (Action.TICKET_READ, "tickets.index"),
        (Action.CALL_READ, "calls.index"),
        (Action.SYSTEM_READ, "system.show"),
        (Action.KNOWLEDGE_READ, "knowledge.index"),
    ):
        if may(action):
            return redirect(url_for(endpoint))
    return redirect(url_for("account.show"))


@account.get("/")
def show() -> str:
    """Who I am, and my second factor."""
    return render_template("account.html")


@account.post("/language")
def language() -> Answer:
    """Keep the chosen language: with the person, or with the browser before the login."""
    wanted = request.form.get("language", "")
    response = redirect(own_page(request.form.get("next", "/")))
    if wanted not in LOCALES:
        return response
    response.set_cookie(COOKIE, wanted, max_age=_YEAR, httponly=True, samesite="Strict", secure=request.is_secure)
    if current_user.is_authenticated:
        people = current_app.extensions["huiyin-people"]
        current_user.locale = wanted
        people.put(current_user._get_current_object())  # noqa: SLF001  (Werkzeug's documented way out of a proxy)
        people.commit()
    return response


def own_page(address: str) -> str:
    """The address when it is a path of ours, else the start page: nobody is sent elsewhere."""
    parts = urlsplit(address)
    own = not parts.scheme and not parts.netloc and address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if own and address.isprintable() else "/"
