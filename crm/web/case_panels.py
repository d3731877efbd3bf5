"""The panels of a ticket's page: which there are, in which order. What a panel is: ``crm.web.case_page``."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from crm.domain.access import Action, Actor
from crm.services.tickets import TicketDetail
from crm.web import case_page
from crm.web.case_approvals import panel as approvals_panel
from crm.web.case_archive import panel as archive_panel
from crm.web.case_contacts import assistance_panel, contacts_panel
from crm.web.case_escalation import panel as escalation_panel
from crm.web.case_evidence import panel as evidence_panel
from crm.web.case_files import panel as files_panel
from crm.web.case_findings import panel as findings_panel
from crm.web.case_form import panel as form_panel
from crm.web.case_handling import panel as handling_panel
from crm.web.case_heard import panel as heard_panel
from crm.web.case_intake import panel as intake_panel
from crm.web.case_learning import panel as learning_panel
from crm.web.case_page import Panel, Panels, Stage
from crm.web.case_reply import panel as reply_panel
from crm.web.case_review import panel as review_panel
from crm.web.case_solution import panel as solution_panel
from crm.web.case_terms import panel as terms_panel
from crm.web.case_visits import panel as visits_panel

PANELS: tuple[Panel, ...] = (
    Panel("intake", _("Intake"), Stage.MATTER, intake_panel),
    Panel("files", _("Files"), Stage.MATTER, files_panel, Action.ATTACHMENT_READ),
    Panel("terms", _("Terms"), Stage.SIDE, terms_panel),
    Panel("handling", _("Handling order"), Stage.HANDLING, handling_panel),
    Panel("contacts", _("Contact with the customer"), Stage.HANDLING, contacts_panel),
    Panel("evidence", _("Evidence"), Stage.INQUIRY, evidence_panel),
    Panel("assistance", _("Questions to departments"), Stage.INQUIRY, assistance_panel),
    Panel("findings", _("Findings"), Stage.INQUIRY, findings_panel),
    Panel("solution", _("Solution"), Stage.INQUIRY, solution_panel),
    Panel("reply", _("Reply and messages"), Stage.REPLY, reply_panel),
    Panel("heard", _("What the customer says"), Stage.AFTER, heard_panel),
    Panel("form", _("Acceptance form"), Stage.AFTER, form_panel),
    Panel("visits", _("Return visits"), Stage.AFTER, visits_panel),
    Panel("archive", _("Archive and holds"), Stage.AFTER, archive_panel),
    Panel("approvals", _("Signatures"), Stage.INQUIRY, approvals_panel),
    Panel("review", _("Review by the upper office"), Stage.AFTER, review_panel),
    Panel("escalation", _("Escalation"), Stage.HANDLING, escalation_panel),
    Panel("learning", _("What is learnt from it"), Stage.SIDE, learning_panel),
)
"""All panels. Within a stage they stand in this order."""


def shown(session: Session, actor: Actor, ticket: TicketDetail) -> Panels:
    """The panels that this person sees of this ticket."""
    return case_page.shown(session, actor, ticket, PANELS)
