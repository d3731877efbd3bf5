"""The ledger of rewards and penalties: proposing, signing, objecting, ruling; the scheme, and whether it works."""

from __future__ import annotations

import re
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.documents import figure_words
from crm.domain.approvals import Decision
from crm.domain.careers import Position
from crm.domain.errors import DomainError, InvalidInputError, NotFoundError
from crm.domain.kpi import compute
from crm.domain.merits import (
    MAY_BRING,
    PENALTIES,
    REWARDS,
    Evidence,
    EvidenceKind,
    KindRule,
    MeritKind,
    MeritState,
    Proposal,
    Ruling,
    Scheme,
    add_months,
)
from crm.domain.money import fen_of, yuan
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import merit_ledger as ledger
from crm.services import merit_objections, merit_scheme, merit_signers, scheme_reviews
from crm.services import merits as service
from crm.services.merit_ledger import Search
from crm.web import inputs
from crm.web.locale import chosen_language
from crm.web.merit_words import why

merits = Blueprint("merits", __name__, url_prefix="/merits")
_PIECES = re.compile(r"[,，;；\s]+")


def _today() -> date:
    return deps().now().astimezone(deps().centre.zone).date()


@merits.get("/")
def index() -> str:
    """The ledger: what waits for him, and all that he may read."""
    args = request.args
    search = Search(args.get("person", "").strip()[:64], args.get("sort", ""), args.get("kind", ""),
                    args.get("state", ""), args.get("month", "").strip()[:7])  # fmt: skip
    before = args.get("before", type=int)
    with deps().database.read() as session:
        found, following = ledger.entries(session, actor(), search, before)
        waiting = ledger.waiting(session, actor(), deps().now()) if before is None else []
        to_rule = [one for one in ledger.objections(session) if merit_objections.may_rule(session, actor(), one)]
        return render_template(
            "merits.html", entries=found, following=following, waiting=waiting, to_rule=to_rule, search=search,
            sums=ledger.sums(session, actor(), search), kinds=list(MeritKind), states=list(MeritState), yuan=yuan,
            rewards=REWARDS, query=args.to_dict(),
        )  # fmt: skip


@merits.get("/new")
def form() -> str:
    """The form of a proposal; a link may fill in whom it is about, and what shows it."""
    return _form(request.args.to_dict())


def _form(given: dict[str, str]) -> str:
    with deps().database.read() as session:
        scheme, _version = merit_scheme.current(session)
    return render_template(
        "merit_new.html", given={"month": f"{_today():%Y-%m}", **given}, scheme=scheme, rewards=REWARDS,
        penalties=PENALTIES, positions=[one for one in Position if one is not Position.TRAINEE], yuan=yuan,
        evidence_kinds=list(EvidenceKind), may_bring=MAY_BRING,
    )  # fmt: skip


@merits.post("/new")
def propose() -> str | Answer:
    """Propose one; what was typed is kept when something is wrong with it."""
    try:
        proposal = _proposal()
        with deps().database.write() as session:
            made = service.propose(session, actor(), proposal, centre=deps().centre, now=deps().now()).id
    except DomainError as error:
        flash(why(error), "error")
        return _form(request.form.to_dict())
    flash(_("It is proposed; who signs was told."), "success")
    return redirect(url_for("merits.show", merit_id=made))


def _proposal() -> Proposal:
    given = request.form
    if given.get("kind") not in set(MeritKind):
        raise InvalidInputError("kind", "is not part of the scheme in force")
    amount = given.get("amount", "").strip()
    pieces = tuple(
        Evidence(kind, ref) for kind in EvidenceKind for ref in _PIECES.split(given.get(f"evidence_{kind}", "")) if ref
    )
    return Proposal(
        given.get("person", ""), MeritKind(given["kind"]), given.get("month", "").strip(), given.get("reason", ""),
        fen_of(amount) if amount else 0, given.get("position", ""), pieces,
    )  # fmt: skip


@merits.get("/<int:merit_id>")
def show(merit_id: int) -> str:
    """An entry: what it is, what shows it, who signed, and what was said against it."""
    now = deps().now()
    with deps().database.read() as session:
        row = ledger.get(session, actor(), merit_id, now)
        unseen = row.person_id == actor().user_id and row.seen_at is None
    if unseen:
        with deps().database.write() as session:
            ledger.note_seen(session, actor(), merit_id, now=now)
    with deps().database.read() as session:
        row = ledger.get(session, actor(), merit_id, now)
        until = merit_objections.until(session, row, deps().centre)
        mine = row.person_id == actor().user_id
        return render_template(
            "merit.html", entry=row, yuan=yuan, rewards=REWARDS, mine=mine, until=until,
            may_object=mine and until is not None and now <= until and row.objection is None,
            may_sign=service.why_not(session, actor(), row, now) is None,
            may_rule=merit_objections.may_rule(session, actor(), row),
            waiting_on=_names(session, row, mine=mine), may_withdraw=row.proposed_by_id == actor().user_id,
        )  # fmt: skip


def _names(session: Session, row: Any, *, mine: bool) -> list[str]:
    if mine or row.state != MeritState.OPEN:
        return []
    return merit_signers.waiting_on(session, row, deps().now())


@merits.post("/<int:merit_id>/sign")
def sign(merit_id: int) -> Answer:
    """Sign, or send back."""

    def work(session: Session) -> str:
        if request.form.get("decision") not in set(Decision):
            raise InvalidInputError("decision", "must be approve or return")
        service.sign(
            session, actor(), merit_id, Decision(request.form["decision"]), opinion=request.form.get("opinion", ""),
            seen=request.form.get("fingerprint", ""), centre=deps().centre, now=deps().now(),
        )  # fmt: skip
        return str(_("Written down."))

    return _act(merit_id, work)


@merits.post("/<int:merit_id>/withdraw")
def withdraw(merit_id: int) -> Answer:
    """Take a proposal back."""

    def work(session: Session) -> str:
        service.withdraw(session, actor(), merit_id, now=deps().now())
        return str(_("It is taken back."))

    return _act(merit_id, work)


@merits.post("/<int:merit_id>/objection")
def object_to(merit_id: int) -> Answer:
    """Object to a penalty about oneself."""

    def work(session: Session) -> str:
        text = request.form.get("text", "")
        merit_objections.object_to(session, actor(), merit_id, text, centre=deps().centre, now=deps().now())
        return str(_("Your objection is written down; who rules was told."))

    return _act(merit_id, work)


@merits.post("/<int:merit_id>/ruling")
def rule(merit_id: int) -> Answer:
    """Rule on an objection."""

    def work(session: Session) -> str:
        if request.form.get("ruling") not in set(Ruling):
            raise InvalidInputError("ruling", "must be upheld or lifted")
        ruling = Ruling(request.form["ruling"])
        merit_objections.rule(session, actor(), merit_id, ruling, request.form.get("opinion", ""), now=deps().now())
        return str(_("Written down."))

    return _act(merit_id, work)


def _act(merit_id: int, work: Any) -> Answer:
    """Do something with an entry that he may read, and come back to it."""
    try:
        with deps().database.write() as session:
            ledger.get(session, actor(), merit_id, deps().now())
            told = work(session)
        flash(told, "success")
    except NotFoundError:
        raise
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("merits.show", merit_id=merit_id))


@merits.get("/scheme")
def scheme() -> str:
    """The scheme in force, and how it became so."""
    with deps().database.read() as session:
        now, version = merit_scheme.current(session)
        return render_template(
            "merit_scheme.html", scheme=now, version=version, versions=merit_scheme.versions(session), yuan=yuan,
            may_bring=MAY_BRING,
        )  # fmt: skip


@merits.post("/scheme")
def change_scheme() -> Answer:
    """A new version of it."""
    try:
        wanted = _scheme()
        with deps().database.write() as session:
            merit_scheme.save(
                session, actor(), wanted, request.form.get("reason", ""), seen=inputs.whole("version") or 0,
                now=deps().now(),
            )  # fmt: skip
        flash(_("The scheme is in force from now on."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("merits.scheme"))


def _scheme() -> Scheme:
    given = request.form

    def fen(name: str) -> int:
        text = given.get(name, "").strip()
        return fen_of(text, name) if text else 0

    kinds = {
        kind: KindRule(
            fen(f"{kind}.most"), fen(f"{kind}.gm"), inputs.whole(f"{kind}.lapse") or 0, given.get(f"{kind}.on") == "yes"
        )
        for kind in MeritKind
    }
    days = (inputs.whole(name) or 0 for name in ("objection_days", "ruling_days", "review_months"))
    return Scheme(kinds, *days)


def _effect_days() -> tuple[date, date]:
    last = _today().replace(day=1) - timedelta(days=1)
    first = add_months(last.replace(day=1), -11)
    try:
        given = [request.values.get(name, "") for name in ("first", "last")]
        return (
            date.fromisoformat(given[0]) if given[0] else first,
            date.fromisoformat(given[1]) if given[1] else last,
        )
    except ValueError as error:
        raise InvalidInputError("first", "must be a day") from error


@merits.get("/effect")
def effect() -> str:
    """Whether rewards and penalties work, and whether they are fair."""
    zone, now = deps().centre.zone, deps().now()
    with deps().database.read() as session:
        try:
            first, last = _effect_days()
            figures = scheme_reviews.report(session, actor(), first, last, zone=zone, now=now)
        except InvalidInputError as error:
            flash(why(error), "error")
            last = _today().replace(day=1) - timedelta(days=1)
            first = add_months(last.replace(day=1), -11)
            figures = scheme_reviews.report(session, actor(), first, last, zone=zone, now=now)
        reviews = scheme_reviews.held(session)
        return render_template(
            "merit_effect.html", first=first, last=last, figures=figures, reviews=reviews, yuan=yuan,
            due=scheme_reviews.due_on(session, zone), today=_today(), figure=figure_words.name, amount=_amount,
            language=chosen_language(), is_whole=scheme_reviews.is_whole, percent=_percent,
        )  # fmt: skip


@merits.post("/effect")
def review() -> Answer:
    """Write down what was found and decided."""
    given = request.form
    try:
        first, last = _effect_days()
        with deps().database.write() as session:
            scheme_reviews.hold(
                session, actor(), first, last, given.get("outcome", ""), given.get("finding", ""),
                zone=deps().centre.zone, now=deps().now(),
            )  # fmt: skip
        flash(_("The review is written down, with the figures as they are."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("merits.effect", first=given.get("first"), last=given.get("last")))


def _amount(figure: str, text: str | None) -> str:
    """A change of a figure as people read it, with its sign."""
    if text is None:
        return figure_words.NOTHING
    value = Fraction(text)
    shown = figure_words.amount(value, compute(figure, {}).unit, chosen_language())
    return f"+{shown}" if value > 0 else shown


def _percent(text: str | None) -> str:
    return figure_words.NOTHING if text is None else f"{float(Fraction(text)) * 100:.1f}%"
