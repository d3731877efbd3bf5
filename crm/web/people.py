"""People: who there is, what he is and may, his queues, his second factor, and the link by which he comes in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.db.people import User
from crm.domain.access import PERMISSIONS, Action, Relation, Role
from crm.domain.errors import ConflictError, DomainError, ForbiddenError, InvalidInputError
from crm.domain.people import POST_ROLES, Post, promotions
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import departments, one_time_links, routing
from crm.services import people as service
from crm.services.people import NewPerson
from crm.services.plan import plan_in_force
from crm.services.users import actor_of
from crm.web import people_words, refusal_words
from crm.web.words import word
from ivr.plan_check import problems
from ivr.records import replace
from ivr.routing_plan import BUSINESSES, LANGUAGES, Member

people = Blueprint("people", __name__, url_prefix="/people")
welcome = Blueprint("welcome", __name__, url_prefix="/welcome")
_T = TypeVar("_T")


@people.get("/")
def index() -> str:
    """Everybody, narrowed by what is typed."""
    return _list({})


@people.post("/")
def create() -> str:
    """Make somebody, and show his link once."""
    form = request.form
    new = NewPerson(
        username=form.get("username", "").strip(),
        display_name=form.get("display_name", "").strip(),
        roles=_roles(),
        post=_post(),
        email=form.get("email", ""),
        locale="en" if form.get("locale") == "en" else "zh",
    )
    try:
        with deps().database.write() as session:
            user, secret = service.create(session, actor(), new, now=deps().now())
            return _link(user, secret)
    except (ConflictError, InvalidInputError) as error:
        flash(_told(error), "error")
        return _list(form.to_dict())


def _list(form: dict[str, str]) -> str:
    words = request.args.get("words", "").strip()[:64]
    role = request.args.get("role", "")
    standing = request.args.get("standing", "here")
    with deps().database.read() as session:
        found = service.listing(
            session, actor(), words=words, role=Role(role) if role in set(Role) else None,
            active={"here": True, "left": False}.get(standing),
        )  # fmt: skip
        return render_template(
            "people.html", people=found, words=words, role=role, standing=standing, roles=list(Role),
            posts=list(Post), post_roles=POST_ROLES, form=form, most=service.MOST_SHOWN,
        )  # fmt: skip


@people.get("/rights")
def rights() -> str:
    """Who may do what: the table that the house asks, for everybody to read."""
    words = people_words.RELATIONS
    cells = {
        (action, role): ", ".join(word(words, one) for one in Relation if one in PERMISSIONS[role].get(action, ()))
        for action in Action
        for role in Role
    }
    return render_template("people_rights.html", cells=cells, actions=list(Action), roles=list(Role))


@people.get("/<int:user_id>")
def show(user_id: int) -> str:
    """One of them."""
    now = deps().now()
    with deps().database.read() as session:
        found = service.person(session, actor(), user_id, now)
        return render_template(
            "person.html",
            person=found,
            his_roles=actor_of(found.user).roles,
            himself=found.user.id == actor().user_id,
            roles=list(Role),
            posts=list(Post),
            next_posts=promotions(Post(found.user.post) if found.user.post else None),
            departments=departments.all_departments(session, active_only=True),
            member_posts=departments.POSTS,
            skills=_member(session, found.user),
            businesses=BUSINESSES,
            languages=LANGUAGES,
            routes=may(Action.ROUTING_EDIT),
        )


def _member(session: Session, user: User) -> Member | None:
    """What he serves by the plan in force; None for who serves no queues."""
    if user.username not in routing.agents_of(session):
        return None
    plan = plan_in_force(session)
    members = plan.members if plan is not None else ()
    return next((one for one in members if one.agent == user.username), Member(user.username))


@people.post("/<int:user_id>/rights")
def set_rights(user_id: int) -> Response:
    """Give him a post and roles."""
    reason = request.form.get("reason", "")
    _do(
        lambda session: service.set_rights(session, actor(), user_id, _roles(), _post(), reason, now=deps().now()),
        _("The post and the roles are his from now on."),
    )
    return _back(user_id)


@people.post("/<int:user_id>/department")
def place(user_id: int) -> Response:
    """Say where he belongs."""
    given = request.form.get("department", type=int)
    post = request.form.get("member_post", "member")
    _do(
        lambda session: departments.place(session, actor(), user_id, given, post, now=deps().now()),
        _("He belongs there from now on."),
    )
    return _back(user_id)


@people.post("/<int:user_id>/queues")
def queues(user_id: int) -> Response:
    """Say which queues he serves, and in which languages: a new version of the routing plan."""
    _do(lambda session: _set_queues(session, user_id), _("The routing plan has a new version: calls follow it now."))
    return _back(user_id)


def _set_queues(session: Session, user_id: int) -> None:
    user = service.person(session, actor(), user_id, deps().now()).user
    if user.username not in routing.agents_of(session):
        raise InvalidInputError("queues", "only agents who are here serve queues")
    plan = routing.ensure_plan(session, deps().now())
    skills = {}
    for business in BUSINESSES:
        text = request.form.get(f"skill.{business}", "").strip()
        if text and not (text.isdecimal() and 1 <= int(text) <= 9):
            raise InvalidInputError("queues", "a level is 1 to 9")
        if text:
            skills[business] = int(text)
    languages = tuple(one for one in LANGUAGES if one in request.form.getlist("language"))
    here = frozenset(routing.agents_of(session))
    others = tuple(one for one in plan.members if one.agent != user.username and one.agent in here)
    wanted = replace(plan, members=(*others, Member(user.username, skills, languages)))
    wrong = problems(wanted, here)
    if wrong:
        raise InvalidInputError("queues", "; ".join(str(one) for one in wrong[:3]))
    routing.save_plan(session, actor(), wanted, request.form.get("reason", ""), deps().now())


@people.post("/<int:user_id>/link")
def link(user_id: int) -> str | Response:
    """A new one-time link, shown once."""
    try:
        with deps().database.write() as session:
            secret = service.send_link(session, actor(), user_id, now=deps().now())
            return _link(session.get_one(User, user_id), secret)
    except (ConflictError, ForbiddenError) as error:
        flash(_told(error), "error")
        return _back(user_id)


@people.post("/<int:user_id>/second-factor")
def reset_second_factor(user_id: int) -> Response:
    """Take a lost second factor away."""
    reason = request.form.get("reason", "")
    _do(
        lambda session: service.reset_second_factor(session, actor(), user_id, reason, now=deps().now()),
        _("The second factor is gone, and his sessions are over. He sets up a new one after the next log-in."),
    )
    return _back(user_id)


@people.post("/<int:user_id>/sessions")
def end_sessions(user_id: int) -> Response:
    """Log him out everywhere."""
    _do(
        lambda session: service.end_sessions(session, actor(), user_id, now=deps().now()),
        _("He is logged out everywhere."),
    )
    return _back(user_id)


@people.post("/<int:user_id>/leave")
def deactivate(user_id: int) -> Response:
    """Let him go."""
    reason = request.form.get("reason", "")
    _do(
        lambda session: service.deactivate(session, actor(), user_id, reason, now=deps().now()),
        _("He has left: his sessions, links and tokens are over, his open tasks are for everybody."),
    )
    return _back(user_id)


@people.post("/<int:user_id>/return")
def reactivate(user_id: int) -> str | Response:
    """Take him back."""
    reason = request.form.get("reason", "")
    try:
        with deps().database.write() as session:
            secret = service.reactivate(session, actor(), user_id, reason, now=deps().now())
            return _link(session.get_one(User, user_id), secret)
    except (ConflictError, ForbiddenError, InvalidInputError) as error:
        flash(_told(error), "error")
        return _back(user_id)


@people.post("/<int:user_id>/tokens/<int:token_id>")
def revoke_token(user_id: int, token_id: int) -> Response:
    """End one of his API tokens."""
    _do(
        lambda session: service.revoke_token(session, actor(), token_id, now=deps().now()),
        _("The token opens nothing any more."),
    )
    return _back(user_id)


def _do(change: Callable[[Session], _T], done: str) -> None:
    """Make the change in a transaction of its own, and say how it ended."""
    try:
        with deps().database.write() as session:
            change(session)
        flash(done, "success")
    except (ConflictError, ForbiddenError, InvalidInputError) as error:
        if isinstance(error, ForbiddenError) and not may(Action.USER_ADMIN):
            raise
        flash(_told(error), "error")


def _told(error: DomainError) -> str:
    return word(people_words.PROBLEMS, str(error)) if str(error) in people_words.PROBLEMS else _plain(error)


def _plain(error: DomainError) -> str:
    plain = error.message if isinstance(error, InvalidInputError) else str(error)
    return str(people_words.PROBLEMS[plain]) if plain in people_words.PROBLEMS else refusal_words.plain(error)


def _back(user_id: int) -> Response:
    return redirect(url_for("people.show", user_id=user_id))


def _roles() -> frozenset[Role]:
    return frozenset(Role(one) for one in request.form.getlist("role") if one in set(Role))


def _post() -> Post | None:
    given = request.form.get("post", "")
    return Post(given) if given in set(Post) else None


def _link(user: User, secret: str) -> str:
    address = url_for("welcome.show_link", secret=secret, _external=True)
    hours = int(one_time_links.VALID.total_seconds() // 3600)
    return render_template("person_link.html", user=user, address=address, hours=hours)


@welcome.get("/<secret>")
def show_link(secret: str) -> str:
    """Choose a password."""
    with deps().database.read() as session:
        user = one_time_links.person_of(session, secret, deps().now())
    return render_template("welcome.html", user=user, secret=secret, problem=None)


@welcome.post("/<secret>")
def use_link(secret: str) -> str | Response:
    """Keep it, and go on to the log-in."""
    form = request.form
    try:
        with deps().database.write() as session:
            one_time_links.use(session, secret, form.get("password", ""), form.get("again", ""), now=deps().now())
    except InvalidInputError as error:
        with deps().database.read() as session:
            user = one_time_links.person_of(session, secret, deps().now())
        return render_template("welcome.html", user=user, secret=secret, problem=_told(error))
    flash(_("Your password is set. Log in with it now."), "success")
    return redirect(url_for("security.login"))
