"""What happens now, for who leads: the board of queues and agents, joining a call; and the wallboard."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date

from flask import Blueprint, abort, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from crm.domain.access import Action
from crm.domain.board import BoardView, view
from crm.domain.errors import DomainError, ForbiddenError, NotFoundError
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import agent_record, call_control
from crm.services.live_state import board as live_board
from crm.services.plan import plan_in_force
from crm.services.switchboard import SwitchboardError
from crm.web.locale import chosen_language
from crm.web.words import Words, word
from crm.web.work_words import CALL_REFUSALS
from ivr.switchboard import Verb

board = Blueprint("board", __name__, url_prefix="/board")
wallboard = Blueprint("wallboard", __name__, url_prefix="/wallboard")
REFUSALS: Words = {
    **CALL_REFUSALS,
    "unknown_call": lazy_gettext("This call is over."),
    "not_on_call": lazy_gettext("The agent is not on this call any more."),
}


def _view() -> BoardView:
    parts = deps()
    now = parts.now()
    with parts.database.read() as session:
        state = live_board(session, parts.live, parts.centre, now).state
        plan = plan_in_force(session)
    targets = {queue.name: queue.service_level for queue in plan.queues} if plan else {}
    return view(state, targets, chosen_language(), at=now)


def _board(template: str) -> str:
    if not actor().may(Action.LIVE_READ):
        raise ForbiddenError("the board is for who leads")
    ways = [(verb.value.replace("_", "-"), label) for verb, label in _ways().items()]
    return render_template(template, board=_view(), supervises=may(Action.SUPERVISE), ways=ways)


def display_key() -> str:
    """The secret part of a screen's address. It shows sums only, needs no login, and changes with the session key."""
    return hmac.new(deps().config.secret_key.encode(), b"wallboard", hashlib.sha256).hexdigest()[:32]


def _ways() -> dict[Verb, str]:
    return {
        Verb.LISTEN: _("Listen"),
        Verb.WHISPER: _("Whisper"),
        Verb.BARGE: _("Join"),
        Verb.TAKE_OVER: _("Take over"),
    }


@board.get("/")
def show() -> str:
    """The board."""
    return _board("board.html")


@board.get("/now")
def now() -> str:
    """Its content as it is now."""
    return _board("parts/board_now.html")


@board.post("/calls/<call_id>/<way>")
def join_in(call_id: str, way: str) -> str:
    """Ring the supervisor's phone and let him into the call; or say why that cannot be. Written down first."""
    parts = deps()
    verb = next((verb for verb in _ways() if verb.value.replace("_", "-") == way), None)
    if verb is None:
        raise NotFoundError("there is no such way to join a call")
    with parts.database.read() as session:
        state = live_board(session, parts.live, parts.centre, parts.now()).state
    try:
        call_control.supervise(
            parts.database, parts.switchboard, actor(), verb, call_id, request.form.get("agent") or None,
            state=state, now=parts.now(),
        )  # fmt: skip
    except SwitchboardError as refused:
        return render_template("parts/joined.html", problem=word(REFUSALS, refused.code))
    except DomainError:
        return render_template("parts/joined.html", problem=_("This cannot be done now: look at the board again."))
    return render_template("parts/joined.html", problem=None)


@board.get("/agents/<username>")
def record(username: str) -> str:
    """An agent's day."""
    parts = deps()
    today = parts.now().astimezone(parts.centre.zone).date()
    day = _day(request.args.get("day", ""), today)
    with parts.database.read() as session:
        found = agent_record.agent_day(session, actor(), username, day, parts.centre.zone, parts.now())
        return render_template("agent_record.html", day=found, chosen=day, today=today)


def _day(text: str, today: date) -> date:
    try:
        return min(date.fromisoformat(text), today)
    except ValueError:
        return today


@wallboard.get("/")
def wall() -> str:
    """For a big screen: no names, no numbers of callers; everybody who answers calls may see it."""
    return render_template("wallboard.html", board=_view(), address=url_for("wallboard.display", key=display_key()))


@wallboard.get("/now")
def wall_now() -> str:
    """Its content as it is now."""
    return render_template("parts/wallboard_now.html", board=_view())


@wallboard.get("/display/<key>")
def display(key: str) -> str:
    """The wallboard of a screen on the wall, where nobody logs in for weeks."""
    _check(key)
    return render_template("wallboard.html", board=_view(), key=key)


@wallboard.get("/display/<key>/now")
def display_now(key: str) -> str:
    """Its content as it is now."""
    _check(key)
    return render_template("parts/wallboard_now.html", board=_view())


def _check(key: str) -> None:
    if not hmac.compare_digest(key.encode(), display_key().encode()):
        abort(404)
