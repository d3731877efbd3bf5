"""The panel of findings: facts, verdict, the why-tree with its root cause, who is responsible, on which basis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, render_template
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.domain import causes as why_tree
from crm.domain import investigation as rules
from crm.domain.access import Actor
from crm.domain.catalogue import Title
from crm.domain.causes import ROOT_CAUSES
from crm.domain.errors import InvalidInputError, NotFoundError
from crm.domain.investigation import (
    BASIS_KINDS,
    DEGREES,
    PARTIES,
    VERDICTS,
    Basis,
    BasisKind,
    Degree,
    Findings,
    Party,
    Responsible,
    Verdict,
)
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import case_access, evidence, investigation
from crm.services.case_facts import findings_of
from crm.services.tickets import TicketDetail, get_ticket
from crm.web import case_forms, case_page, case_words
from crm.web.case_forms import number, text

case_findings = Blueprint("case_findings", __name__, url_prefix="/tickets/<int:ticket_id>/findings")
NAME = "findings"


def panel(session: Session, asker: Actor, ticket: TicketDetail) -> dict[str, Any] | None:
    """What the template shows; nothing before anybody may or did write something."""
    view = findings_of(session, ticket.summary.id)
    open_now = ticket.summary.status in rules.OPEN_FOR_FINDINGS
    writes = open_now and case_access.may_write(session, asker, ticket.summary.id)
    if not view.version and not writes:
        return None
    lacks = [word_of_missing(code) for code in view.missing]
    verdict = case_words.names(VERDICTS).get(view.findings.verdict or "", "")
    return {
        "view": view,
        "found": view.findings,
        "tree": why_tree.walk(view.findings.causes),
        "root": why_tree.root_of(view.findings.causes),
        "writes": writes,
        "missing": lacks,
        "evidence": evidence.labels(session, ticket.summary.id),
        "versions": investigation.versions(session, ticket.summary.id),
        "house_tree": house_tree(),
        "cause_names": case_words.names(ROOT_CAUSES),
        **tables(),
        "summary": str(_("still missing: %(what)s", what=", ".join(lacks))) if lacks and writes else verdict,
        "open": ticket.summary.status in case_page.AT_WORK,
    }


def tables() -> dict[str, Any]:
    """Names by code, and lists to choose from."""
    named: dict[str, Mapping[Any, Title]] = {
        "verdict": VERDICTS,
        "party": PARTIES,
        "degree": DEGREES,
        "basis": BASIS_KINDS,
    }
    return {f"{name}_names": case_words.names(table) for name, table in named.items()} | {
        f"{name}_options": case_words.options(table) for name, table in named.items()
    }


def house_tree() -> list[tuple[str, list[tuple[str, str]]]]:
    """The house's causes: branch and leaves, to choose from."""
    named = case_words.names(ROOT_CAUSES)
    return [(named[branch], [(leaf, named[leaf]) for leaf in leaves]) for branch, leaves in why_tree.branches().items()]


def word_of_missing(code: str) -> str:
    """What findings still lack, in words."""
    known = {
        rules.Missing.FACTS: _("facts"),
        rules.Missing.VERDICT: _("verdict"),
        rules.Missing.ROOT_CAUSE: _("root cause"),
        rules.Missing.RESPONSIBILITY: _("responsibility"),
        rules.Missing.OURS: _("whose responsibility it is"),
        rules.Missing.BASIS: _("basis"),
    }
    return str(known[rules.Missing(code)])


def _change(ticket_id: int, change: investigation.Change, said: str) -> Response | Answer:
    def work(session: Session) -> str:
        investigation.write(session, actor(), ticket_id, change, expected_version=number("version"), now=deps().now())
        return said

    return case_forms.act(ticket_id, NAME, work)


@case_findings.post("/facts")
def facts(ticket_id: int) -> Response | Answer:
    """Write the facts and the verdict."""

    def change(found: Findings) -> Findings:
        verdict = text("verdict")
        if verdict and verdict not in set(Verdict):
            raise InvalidInputError("verdict", "must be one of the list")
        return replace(found, facts=text("facts"), verdict=Verdict(verdict) if verdict else None)

    return _change(ticket_id, change, str(_("The findings are saved.")))


@case_findings.post("/causes")
def causes(ticket_id: int) -> Response | Answer:
    """Add a cause, name the root, or take a cause away."""

    def change(found: Findings) -> Findings:
        act = text("act")
        if act == "add":
            parent = number("parent") if text("parent") else None
            shown = [int(one) for one in case_forms.several("evidence") if one.isdecimal()]
            return replace(found, causes=why_tree.added(found.causes, text("text"), parent=parent, evidence=shown))
        if act == "root":
            return replace(found, causes=why_tree.rooted(found.causes, number("cause"), text("code")))
        if act == "remove":
            return replace(found, causes=why_tree.removed(found.causes, number("cause")))
        raise InvalidInputError("act", "must be add, root or remove")

    return _change(ticket_id, change, str(_("The tree of causes is saved.")))


@case_findings.post("/responsible")
def responsible(ticket_id: int) -> Response | Answer:
    """Say who is responsible, or take it back."""

    def change(found: Findings) -> Findings:
        if text("act") == "remove":
            return replace(found, responsible=_without(found.responsible, number("entry")))
        party, degree = text("party"), text("degree")
        if party not in set(Party) or degree not in set(Degree):
            raise InvalidInputError("party", "must be one of the list")
        user = text("user") or None
        made = Responsible(Party(party), Degree(degree), text("name") or (user or ""), user, text("ground"))
        return replace(found, responsible=(*found.responsible, made))

    return _change(ticket_id, change, str(_("The responsibility is saved.")))


@case_findings.post("/basis")
def basis(ticket_id: int) -> Response | Answer:
    """Cite a basis, or take it away."""

    def change(found: Findings) -> Findings:
        if text("act") == "remove":
            return replace(found, basis=_without(found.basis, number("entry")))
        if text("kind") not in set(BasisKind):
            raise InvalidInputError("kind", "must be one of the list")
        made = Basis(BasisKind(text("kind")), text("title").strip("《》"), text("clause"), text("says"))
        return replace(found, basis=(*found.basis, made))

    return _change(ticket_id, change, str(_("The basis is saved.")))


def _without(entries: tuple[Any, ...], place: int) -> tuple[Any, ...]:
    if not 0 <= place < len(entries):
        raise InvalidInputError("entry", "there is no such entry")
    return (*entries[:place], *entries[place + 1 :])


@case_findings.get("/versions/<int:version>")
def version(ticket_id: int, version: int) -> str:
    """The findings as they once were."""
    with deps().database.read() as session:
        ticket = get_ticket(session, actor(), ticket_id)
        row = next((one for one in investigation.versions(session, ticket_id) if one.version == version), None)
    if row is None:
        raise NotFoundError("there is no such version")
    found = rules.from_document(row.document)
    return render_template(
        "findings_version.html",
        ticket=ticket,
        row=row,
        found=found,
        tree=why_tree.walk(found.causes),
        cause_names=case_words.names(ROOT_CAUSES),
        **tables(),
    )
