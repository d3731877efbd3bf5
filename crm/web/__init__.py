"""The pages: server-made HTML, with small elements of our own where a browser must do something."""

from __future__ import annotations

from flask import Blueprint

from crm.web.activities import activities
from crm.web.agent import agent
from crm.web.analysis import analysis
from crm.web.analysis_reports import analysis_reports
from crm.web.announcements import announcements
from crm.web.answered import answered
from crm.web.appeal_pages import appeal_pages
from crm.web.attendance import attendance
from crm.web.audit import audit
from crm.web.board import board, wallboard
from crm.web.boards import boards
from crm.web.calibration_pages import calibration_pages
from crm.web.calls import calls
from crm.web.careers import careers
from crm.web.case_approvals import case_approvals
from crm.web.case_archive import archive_pages, case_archive
from crm.web.case_contacts import case_assistance, questions
from crm.web.case_contacts import contacts as case_contacts
from crm.web.case_escalation import case_escalation
from crm.web.case_evidence import case_evidence
from crm.web.case_files import case_files
from crm.web.case_findings import case_findings
from crm.web.case_form import case_form
from crm.web.case_handling import case_handling
from crm.web.case_heard import case_heard
from crm.web.case_intake import case_intake
from crm.web.case_learning import case_learning
from crm.web.case_library import cases
from crm.web.case_reply import case_reply
from crm.web.case_review import case_review
from crm.web.case_solution import case_solution, steps
from crm.web.case_terms import case_terms
from crm.web.case_visits import visit_pages
from crm.web.coaching_pages import coaching_pages
from crm.web.contact import contact
from crm.web.customer_care import customer_care
from crm.web.customers import customers
from crm.web.departments import departments
from crm.web.desk import desk, search
from crm.web.documents import documents
from crm.web.duty import duty
from crm.web.emergencies import emergencies
from crm.web.evaluations import evaluations
from crm.web.handovers import handovers
from crm.web.health import health
from crm.web.improvements import improvements
from crm.web.intake import intake
from crm.web.knowledge import knowledge
from crm.web.knowledge_keeping import knowledge_keeping
from crm.web.kpi import kpi
from crm.web.kpi_keeping import kpi_keeping
from crm.web.letterhead import letterhead
from crm.web.merits import merits
from crm.web.missed import missed
from crm.web.my_shifts import my_shifts
from crm.web.notices import notices
from crm.web.outbound import outbound
from crm.web.pages import account, home
from crm.web.people import people, welcome
from crm.web.recordings import recordings
from crm.web.regulations import regulations
from crm.web.report_mail import report_mail
from crm.web.reveals import reveals
from crm.web.routing import routing
from crm.web.rules import rules
from crm.web.sampling import sampling
from crm.web.sampling_plan import sampling_plan
from crm.web.sampling_weeks import sampling_weeks
from crm.web.scorecards import scorecards
from crm.web.scores import scores
from crm.web.shift_kinds import shift_kinds
from crm.web.shifts import shifts
from crm.web.staffing import staffing
from crm.web.surveys import survey, surveys
from crm.web.system import system
from crm.web.tasks import tasks
from crm.web.tickets import tickets
from crm.web.training import training
from crm.web.training_bank import training_bank
from crm.web.training_courses import training_courses
from crm.web.training_drills import training_drills
from crm.web.training_people import training_people
from crm.web.training_plans import plan_pages
from crm.web.two_person import two_person
from crm.web.wrap_ups import wrap_ups


def blueprints() -> tuple[Blueprint, ...]:
    """Every blueprint of the pages, named one by one."""
    work = (desk, search, notices, tasks, wrap_ups, outbound, missed, knowledge, knowledge_keeping)
    case = (case_evidence, case_findings, case_solution, case_contacts, case_assistance, questions, steps)
    order = (case_handling, case_approvals, case_review, case_terms)
    clients = (customers, customer_care, activities, reveals)
    sampled = (sampling, sampling_weeks, sampling_plan)
    house = (people, welcome, audit, two_person, regulations)
    after = (
        archive_pages,
        case_archive,
        letterhead,
        case_reply,
        case_heard,
        case_form,
        visit_pages,
        documents,
        answered,
    )
    learnt = (emergencies, duty, analysis, improvements, cases, analysis_reports, case_escalation, case_learning)
    fair = (scores, appeal_pages, calibration_pages, coaching_pages)
    taught = (training, training_bank, training_courses, plan_pages, training_drills, training_people, announcements)
    lead = (board, wallboard, routing, rules, departments)
    scored = (evaluations, scorecards, kpi, kpi_keeping, surveys, survey)
    figures = (boards, report_mail, merits, careers)
    rostered = (shifts, shift_kinds, my_shifts, attendance, staffing, handovers)
    return (
        home,
        account,
        contact,
        intake,
        case_intake,
        case_files,
        agent,
        system,
        tickets,
        calls,
        recordings,
        *work,
        *case,
        *order,
        *lead,
        *figures,
        *learnt,
        *taught,
        *scored,
        *fair,
        *house,
        *after,
        *clients,
        *sampled,
        *rostered,
        health,
    )
