"""What templates call: words for codes, numbers as people read them, the navigation, the built assets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from flask import Flask, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from crm.db.departments import Department
from crm.domain import masking
from crm.domain.access import Action, Role
from crm.domain.field_rules import Field, Sight, sight
from crm.domain.moves import MOVES
from crm.domain.tickets import ENDED, Status
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import boards
from crm.services.tickets import EventView
from crm.web import (
    after_words,
    case_forms,
    desk_words,
    fairness_words,
    handling_words,
    intake_words,
    kpi_words,
    learn_words,
    merit_words,
    move_words,
    people_words,
    quality_words,
    sampling_words,
    shift_words,
    term_words,
    training_words,
    words,
    work_words,
)
from crm.web.assets_manifest import read_manifest
from crm.web.locale import chosen_language
from ivr import ticketnumbers

_TABLES: Mapping[str, words.Words] = {
    **kpi_words.TABLES,
    "kinds": words.KINDS,
    "statuses": words.STATUSES,
    "channels": words.CHANNELS,
    "languages": words.LANGUAGES,
    "flags": words.FLAGS,
    "flag_meanings": words.FLAG_MEANINGS,
    "transcript_states": words.TRANSCRIPT_STATES,
    "outcomes": words.OUTCOMES,
    "sides": words.SIDES,
    "recording_kinds": words.RECORDING_KINDS,
    "recording_states": words.RECORDING_STATES,
    "menu_steps": words.MENU_STEPS,
    "moves": move_words.MOVES,
    "inputs": move_words.INPUTS,
    "severities": words.SEVERITIES,
    "roles": words.ROLES,
    "job_kinds": words.JOB_KINDS,
    "parts": words.PARTS,
    "custody_acts": desk_words.CUSTODY_ACTS,
    "waits": desk_words.WAITS,
    "urgencies": desk_words.URGENCIES,
    "desk_terms": desk_words.TERMS,
    "notices": desk_words.NOTICES,
    "task_kinds": work_words.TASK_KINDS,
    "missed_whys": work_words.MISSED_WHYS,
    "since": work_words.SINCE,
    "agent_states": words.AGENT_STATES,
    "pause_reasons": words.PAUSE_REASONS,
    "phones": words.PHONES,
    "businesses": words.BUSINESSES,
    "leg_kinds": words.LEG_KINDS,
    "leg_outcomes": words.LEG_OUTCOMES,
    "leg_ends": words.LEG_ENDS,
    "supervision": words.SUPERVISION,
    "posts": people_words.POSTS,
    "changes": people_words.CHANGES,
    "member_posts": people_words.MEMBER_POSTS,
    "rights": people_words.ACTIONS,
    "audit_subjects": people_words.AUDIT_SUBJECTS,
    "two_person_kinds": people_words.TWO_PERSON_KINDS,
    "two_person_states": people_words.TWO_PERSON_STATES,
    "intake_parts": intake_words.PARTS,
    "intake_preferred": intake_words.PREFERRED,
    "intake_behalf": intake_words.ON_BEHALF,
    "intake_forms": intake_words.FORMS,
    "intake_stages": intake_words.STAGES,
    "intake_axes": intake_words.AXES,
    "intake_signs": intake_words.SIGNS,
    "receipts": intake_words.RECEIPTS,
    "link_kinds": intake_words.LINK_KINDS,
    "link_states": intake_words.LINK_STATES,
    "link_whys": intake_words.WHYS,
    "mail_states": intake_words.MAIL_STATES,
    "mail_whys": intake_words.MAIL_WHYS,
    "group_states": intake_words.GROUP_STATES,
    "file_whys": intake_words.FILE_WHYS,
    **learn_words.TABLES,
    **quality_words.TABLES,
    **fairness_words.TABLES,
    **shift_words.TABLES,
    **merit_words.TABLES,
    **training_words.TABLES,
    **sampling_words.TABLES,
}
_HIDDEN_FIELDS = frozenset(
    {
        "reply_id",
        "message_id",
        "form_id",
        "visit_id",
        "archive_id",
        "document_id",
        "hold_id",
        "deletion_id",
        "seal",
        "hash",
        "documents",
        "fingerprint",
        "signature",
        "attachment_id",
        "contribution_id",
        "how",
        "contact_id",
        "request_id",
        "sha256",
        "event_id",
        "digest",
        "v",
    }
)


def word(table: str, code: str | None) -> str:
    """What people read for a code."""
    return words.word(_TABLES[table], code)


def reads_whole_numbers() -> bool:
    """Whether this person reads callers' numbers in full without saying why."""
    return sight(actor().roles, Field.PHONE) is Sight.WHOLE


def masked(number: str | None) -> str:
    """A telephone number as this person may read it."""
    if not number:
        return str(_("withheld"))
    return masking.shown(number, Field.PHONE, sight(actor().roles, Field.PHONE)) or masking.DOT * 3


def may_reveal() -> bool:
    """Whether this person could ever see a masked value whole; of which one is asked when he wants it."""
    return may(Action.REVEAL)


def ticket_number(number: str) -> str:
    """A ticket number in its groups; anything else as it is."""
    return ticketnumbers.shown(number) if ticketnumbers.is_valid(number) else number


def navigation() -> Iterator[tuple[str, str]]:
    """The pages that this person's roles open."""
    for action, endpoint, label in (
        (Action.TICKET_MOVE, "desk.show", _("Today")),
        (Action.AGENT_WORK, "agent.show", _("My desk")),
        (Action.TICKET_READ, "tickets.index", _("Tickets")),
        (Action.CUSTOMER_READ, "customers.index", _("Customers")),
        (Action.TICKET_CREATE, "intake.index", _("Intake")),
        (Action.CALL_READ, "calls.index", _("Calls")),
        (Action.TASK_WORK, "tasks.index", _("Tasks")),
        (Action.MISSED_READ, "missed.index", _("Missed callers")),
        (Action.VISIT_READ, "visits.index", _("Return visits")),
        (Action.ARCHIVE_READ, "archives.index", _("Archives")),
        (Action.LETTERHEAD_READ, "letterhead.show", _("Letterhead")),
        (Action.ACTIVITY_READ, "activities.index", _("Activities")),
        (Action.KNOWLEDGE_READ, "knowledge.index", _("Knowledge")),
        (Action.KNOWLEDGE_READ, "training.index", _("Training")),
        (Action.KNOWLEDGE_READ, "announcements.index", _("Notice board")),
        (Action.DEPARTMENT_READ, "departments.show", _("Departments")),
        (Action.SHIFT_PLAN, "shifts.index", _("Roster")),
        (Action.SHIFT_READ, "my_shifts.index", _("My shifts")),
        (Action.SHIFT_READ, "handovers.index", _("Hand-over log")),
        (Action.EMERGENCY_READ, "emergencies.index", _("Emergencies")),
        (Action.ANALYSIS_READ, "analysis.show", _("Analysis")),
        (Action.KPI_READ, "kpi.show", _("Key figures")),
        (Action.KPI_READ, "surveys.show", _("Satisfaction")),
        (Action.REWARD_READ, "merits.index", _("Rewards and penalties")),
        (Action.CAREER_READ, "careers.index", _("Careers")),
        (Action.SCORE_APPEAL, "scores.index", _("My scores")),
        (Action.CALIBRATION_READ, "calibrations.index", _("Calibration")),
        (Action.COACHING_READ, "coaching.index", _("Coaching")),
        (Action.SCORE, "sampling.index", _("Calls to score")),
        (Action.SAMPLING_READ, "sampling_weeks.index", _("Sampling")),
        (Action.SCORE_READ, "evaluations.index", _("Evaluations")),
        (Action.SCORECARD_EDIT, "scorecards.index", _("Scorecards")),
        (Action.SYSTEM_READ, "system.show", _("System")),
    ):
        if may(action):
            yield endpoint, label
    yield from _boards()
    if may(Action.ROUTING_READ):
        yield "routing.show", _("Routing")
    if may(Action.USER_ADMIN):
        yield "people.index", _("People")
    if may(Action.AUDIT_READ):
        yield "audit.index", _("Audit log")
    if may(Action.RECORDING_EXPORT):
        yield "two_person.index", _("Second person")
    if may(Action.RULES_READ):
        yield "rules.show", _("Rules")


def shift_tabs() -> list[tuple[str, str]]:
    """The pages of shifts that this person's roles open."""
    plans = may(Action.SHIFT_PLAN)
    tabs = (
        (plans, "shifts.index", _("Roster")),
        (plans, "shifts.requests", _("Requests")),
        (True, "my_shifts.index", _("My shifts")),
        (True, "attendance.index", _("Attendance of shifts")),
        (plans, "staffing.index", _("Staffing")),
        (plans, "shift_kinds.index", _("Kinds and patterns")),
        (True, "handovers.index", _("Hand-over log")),
    )
    return [(endpoint, str(label)) for shown, endpoint, label in tabs if shown]


def _boards() -> Iterator[tuple[str, str]]:
    """What shows more than one's own."""
    if actor().may(Action.LIVE_READ):
        yield "board.show", _("Board")
    if boards.may_read(actor()):
        yield "boards.show_first", _("Boards")
    if actor().may(Action.SCORE_READ):  # of everybody, not only of himself
        yield "appeals.index", _("Appeals")


def due_badge(due: datetime, status: str) -> Markup:
    """How a term stands; nothing for a ticket that has ended."""
    if status in ENDED:
        return Markup()
    left = due - deps().now()
    if left.total_seconds() < 0:
        tone, text = "bad", _("overdue")
    elif left.days < 1:
        tone, text = "busy", _("less than a day left")
    else:
        tone, text = "quiet", ngettext("%(num)s day left", "%(num)s days left", left.days)
    return Markup('<span class="badge tone-{}">{}</span>').format(tone, text)


def why_not(move: str, status: str, why: str) -> str:
    """Why a move cannot be made now, in the language of the screen."""
    rule = MOVES.get(move)
    if rule is not None and status not in rule.sources:
        statuses = _listed(words.STATUSES, (status for status in Status if status in rule.sources))
        return str(_("Only from: %(statuses)s", statuses=statuses))
    if rule is not None and rule.roles.isdisjoint(actor().roles):
        return str(_("For: %(roles)s", roles=_listed(words.ROLES, (role for role in Role if role in rule.roles))))
    return str(move_words.WHYS.get(why, why))


def _listed(table: words.Words, codes: Iterable[str]) -> str:
    return ", ".join(words.word(table, code) for code in codes)


def event_title(event: EventView) -> str:
    """What happened, in words: a move's name, or the event's."""
    if event.event in handling_words.EVENTS:
        return words.word(handling_words.EVENTS, event.event)
    if event.event in words.TICKET_EVENTS:
        return words.word(words.TICKET_EVENTS, event.event)
    if event.event in term_words.TERM_EVENTS:
        return words.word(term_words.TERM_EVENTS, event.event)
    return words.word(move_words.MOVES, event.event)


def event_fields(event: EventView) -> list[tuple[str, str]]:
    """What an event carries that a person wants to read."""
    if event.event in term_words.TERM_EVENTS:
        return term_words.term_fields(event.fields)
    return [
        (
            words.word({**handling_words.FIELDS, **after_words.FIELDS, **move_words.INPUTS}, name),
            after_words.shown(name, value) or handling_words.shown(name, value),
        )
        for name, value in event.fields.items()
        if name not in _HIDDEN_FIELDS and value not in (None, "", [], {})
    ]


def own_name(department: Department) -> str:
    """A department's name in the language of the screen."""
    return department.name_en if chosen_language() == "en" else department.name_zh


def audit_action(code: str) -> str:
    """What was done, in words: a ticket's events have those of the ticket."""
    kind, _dot, event = code.partition(".")
    if kind == "ticket":
        return words.word(words.TICKET_EVENTS if event in words.TICKET_EVENTS else move_words.MOVES, event)
    if kind == "shift":
        return words.word(shift_words.EVENTS, event)
    if code in words.SUPERVISION:
        return words.word(words.SUPERVISION, code)
    return words.word(people_words.AUDIT_ACTIONS, code)


def asset(name: str) -> str:
    """Address of a built file. Raises AssetsMissingError when nothing was built."""
    return str(url_for("static", filename=f"dist/{read_manifest()[name]}"))


def other_language(language: str) -> str:
    """This page in another language, for pages that need no cookie; what answers a form goes back to its page."""
    if request.method != "GET" or request.endpoint is None:
        return url_for("contact.form", lang=language)
    return url_for(request.endpoint, **{**request.args.to_dict(), **(request.view_args or {}), "lang": language})


def init_showing(app: Flask) -> None:
    """Give all of this to the templates."""
    app.add_template_filter(masked, "masked")
    app.add_template_filter(ticket_number, "ticket_number")
    functions: dict[str, Any] = {
        "word": word,
        "may_reveal": may_reveal,
        "other_language": other_language,
        "may_take_in": lambda: may(Action.TICKET_CREATE),
        "tones": words.STATUS_TONES,
        "since_tones": work_words.SINCE_TONES,
        "state_tones": words.AGENT_STATE_TONES,
        "urgency_tones": desk_words.URGENCY_TONES,
        "kept": case_forms.kept,
        "is_kept": case_forms.is_kept,
        "navigation": navigation,
        "due_badge": due_badge,
        **learn_words.FUNCTIONS,
        **kpi_words.FUNCTIONS,
        **quality_words.FUNCTIONS,
        **fairness_words.FUNCTIONS,
        **merit_words.FUNCTIONS,
        **training_words.FUNCTIONS,
        "event_title": event_title,
        "event_fields": event_fields,
        "why_not": why_not,
        "shift_tabs": shift_tabs,
        "asset": asset,
        "own_name": own_name,
        "audit_action": audit_action,
    }
    app.jinja_env.globals.update(functions)
