"""The public calendar of mainland China: the one door to ``chinese_calendar``."""

from __future__ import annotations

from datetime import date

import chinese_calendar

from crm.domain.working_days import DayKind


class ChineseCalendar:
    """Holidays, weekends and make-up working days, for the years that the library knows."""

    def kind_of(self, day: date) -> DayKind:
        """What this day is; ``unknown`` for a year whose notice is not in the library yet."""
        try:
            rest, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            return DayKind.UNKNOWN
        if rest:
            return DayKind.HOLIDAY if name else DayKind.WEEKEND
        return DayKind.MAKEUP if name else DayKind.WORKDAY

    def name_of(self, day: date) -> str:
        """The holiday that this day belongs to, or makes up for; empty for none and for an unknown year."""
        try:
            _, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            return ""
        return name or ""
