"""Lists that forms of a case choose from: colleagues and departments."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm.services.colleagues import case_workers
from crm.services.departments import all_departments
from crm.web.locale import chosen_language


def people(session: Session) -> list[tuple[str, str]]:
    """Colleagues who work on cases: user name and name."""
    return case_workers(session)


def departments(session: Session) -> list[tuple[str, str]]:
    """Departments: code and name."""
    english = chosen_language() == "en"
    return [(row.code, row.name_en if english else row.name_zh) for row in all_departments(session, active_only=True)]
