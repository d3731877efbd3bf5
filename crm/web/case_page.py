"""What a panel of a ticket's page is. Which there are says ``crm.web.case_panels``.

A panel is ``templates/parts/case_<name>.html`` and a function ``panel(session, actor, ticket)`` in
``crm.web.case_<name>``. The function gives what the template reads as ``p``, or None when this ticket or this
person has no such panel. Two keys mean something to the page itself:

- ``summary``: a few words for the head of the panel, read while it is closed;
- ``open``: whether it starts open (True unless it says otherwise).

The template renders what stands below the head, with its own ``card-body``; it also has ``ticket`` (the
``TicketDetail``) and ``t`` (its summary). Its forms post to the panel's own blueprint, which comes back with
``redirect(case_page.back_to(ticket_id, "<name>"))``; the browser opens the panel that the address names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flask import url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from crm.domain.access import Action, Actor, reach
from crm.domain.tickets import Status
from crm.services.tickets import TicketDetail

Build = Callable[[Session, Actor, TicketDetail], dict[str, Any] | None]


class Stage(StrEnum):
    """A part of the page; the index at its head has one entry a stage that has anything to show."""

    MATTER = "matter"
    HANDLING = "handling"
    INQUIRY = "inquiry"
    REPLY = "reply"
    AFTER = "after"
    HISTORY = "history"
    SIDE = "side"
    """the column beside the others: what is looked at again and again"""


STAGES: Mapping[Stage, LazyString] = {
    Stage.MATTER: _("The matter"),
    Stage.HANDLING: _("Handling"),
    Stage.INQUIRY: _("Investigation and solution"),
    Stage.REPLY: _("Reply"),
    Stage.AFTER: _("Form, visit, archive"),
    Stage.HISTORY: _("What happened"),
}
"""In the order of the page."""


AT_WORK = frozenset(
    {Status.ASSIGNED, Status.INVESTIGATING, Status.SUSPENDED, Status.PENDING_APPROVAL, Status.EXECUTING}
)
"""While a matter stands here, what was found and what is to be done lies open."""


@dataclass(frozen=True)
class Panel:
    """One panel. Who does not have ``action`` at all is not asked about it; ``build`` asks about this ticket."""

    name: str
    title: LazyString
    stage: Stage
    build: Build
    action: Action = Action.TICKET_READ

    @property
    def template(self) -> str:
        """Where its content is rendered."""
        return f"parts/case_{self.name}.html"


@dataclass(frozen=True)
class Shown:
    """A panel of this page."""

    panel: Panel
    data: Mapping[str, Any]
    summary: str = ""
    open: bool = True


@dataclass(frozen=True)
class Panels:
    """The panels of one page by their stage."""

    by_stage: Mapping[Stage, tuple[Shown, ...]] = field(default_factory=dict)

    def of(self, stage: str) -> tuple[Shown, ...]:
        """Those of a stage, in their order."""
        return self.by_stage.get(Stage(stage), ())


def shown(session: Session, actor: Actor, ticket: TicketDetail, panels: tuple[Panel, ...]) -> Panels:
    """The panels that this person sees of this ticket."""
    found: dict[Stage, list[Shown]] = {}
    for panel in panels:
        data = panel.build(session, actor, ticket) if reach(actor.roles, panel.action) else None
        if data is not None:
            one = Shown(panel, data, str(data.get("summary", "")), bool(data.get("open", True)))
            found.setdefault(panel.stage, []).append(one)
    return Panels({stage: tuple(group) for stage, group in found.items()})


def back_to(ticket_id: int, name: str) -> str:
    """The address of a panel: where its forms come back to."""
    return url_for("tickets.show", ticket_id=ticket_id, _anchor=name)
