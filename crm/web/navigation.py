"""The pages at the head of every page, in menus: what is used all day stands open, the rest by what it is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask import Flask, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from crm.web.showing import navigation

FEW = 7
"""Who has no more pages than this sees them all."""


class Menu(StrEnum):
    """Where a page stands."""

    WORK = "work"
    """open, not in a menu"""
    CUSTOMERS = "customers"
    OVERVIEW = "overview"
    QUALITY = "quality"
    HOUSE = "house"


TITLES: Mapping[Menu, LazyString] = {
    Menu.CUSTOMERS: _("Customers"),
    Menu.OVERVIEW: _("Overview"),
    Menu.QUALITY: _("Quality and people"),
    Menu.HOUSE: _("House"),
}
MENUS: Mapping[str, Menu] = {
    "desk": Menu.WORK,
    "agent": Menu.WORK,
    "tickets": Menu.WORK,
    "intake": Menu.WORK,
    "tasks": Menu.WORK,
    "customers": Menu.CUSTOMERS,
    "calls": Menu.CUSTOMERS,
    "missed": Menu.CUSTOMERS,
    "visits": Menu.CUSTOMERS,
    "activities": Menu.CUSTOMERS,
    "board": Menu.OVERVIEW,
    "emergencies": Menu.OVERVIEW,
    "analysis": Menu.OVERVIEW,
    "analysis_reports": Menu.OVERVIEW,
    "improvements": Menu.OVERVIEW,
    "cases": Menu.OVERVIEW,
    "training": Menu.QUALITY,
    "announcements": Menu.QUALITY,
    "boards": Menu.OVERVIEW,
    "report_mail": Menu.OVERVIEW,
    "merits": Menu.QUALITY,
    "careers": Menu.QUALITY,
    "evaluations": Menu.QUALITY,
    "scores": Menu.QUALITY,
    "appeals": Menu.QUALITY,
    "calibrations": Menu.QUALITY,
    "coaching": Menu.QUALITY,
    "scorecards": Menu.QUALITY,
    "kpi": Menu.QUALITY,
    "kpi_keeping": Menu.QUALITY,
    "surveys": Menu.QUALITY,
    "sampling": Menu.QUALITY,
    "sampling_weeks": Menu.QUALITY,
    "sampling_plan": Menu.QUALITY,
    "shifts": Menu.QUALITY,
    "my_shifts": Menu.QUALITY,
    "handovers": Menu.QUALITY,
}
"""By blueprint; what is not here belongs to the house."""


@dataclass(frozen=True)
class Entry:
    """A link. ``here``: this page belongs to it."""

    endpoint: str
    label: str
    here: bool


@dataclass(frozen=True)
class Group:
    """A menu, or with no title links that stand open."""

    title: str
    entries: tuple[Entry, ...]

    @property
    def here(self) -> bool:
        """Whether this page is in it."""
        return any(entry.here for entry in self.entries)


def menus() -> Iterator[Group]:
    """The pages that this person's roles open, in their menus."""
    entries = [
        (MENUS.get(endpoint.partition(".")[0], Menu.HOUSE), Entry(endpoint, label, _is_here(endpoint)))
        for endpoint, label in navigation()
    ]
    if len(entries) <= FEW:
        yield Group("", tuple(entry for _menu, entry in entries))
        return
    for menu in Menu:
        found = tuple(entry for where, entry in entries if where is menu)
        if found:
            yield Group("" if menu is Menu.WORK or len(found) == 1 else str(TITLES[menu]), found)


def _is_here(endpoint: str) -> bool:
    return request.blueprint == endpoint.partition(".")[0]


def init_navigation(app: Flask) -> None:
    """Give the menus to the templates."""
    app.jinja_env.globals["menus"] = menus
