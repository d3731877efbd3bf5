"""What the services need to know of the centre that they work for."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from crm.db.calendar import ChineseCalendar
from crm.domain.outbound import QuietHours
from crm.domain.working_days import DayCalendar


@dataclass(frozen=True)
class Centre:
    """Facts of an installation. ``node``: the node part of the ticket numbers that the CRM makes (90 to 99)."""

    zone: ZoneInfo
    node: int = 90
    region: str = "CN"
    calendar: DayCalendar = field(default_factory=ChineseCalendar)
    quiet: QuietHours = QuietHours()  # noqa: RUF009  (frozen)
    """Hours in which no customer is called unless he agreed."""
    public_url: str = ""
    """The address at which customers reach the pages, without a slash at its end; empty: they have none."""
