"""The key figures once more, in plain SQL: facts, and what is divided by what.

Facts of calls, states and complaints stand in ``kpi_facts.sql``, the others in ``kpi_people.sql``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_KEY = "day, hour, queue, agent, fact"


def _counting(file: str) -> str:
    every = Path(__file__).with_name(file).read_text(encoding="utf-8")
    return f"{every}\nSELECT {_KEY}, SUM(value)::bigint AS value FROM every GROUP BY {_KEY}"


COUNT = (
    f"CREATE TEMP TABLE counted AS {_counting('kpi_facts.sql')}",
    f"INSERT INTO counted {_counting('kpi_people.sql')}",
)
"""Counts everything once, into a table of the connection."""
FACTS = """
SELECT 'day' AS axis, day, -1 AS hour, '' AS queue, 0 AS user_id, fact, SUM(value)::bigint
FROM counted GROUP BY day, fact HAVING SUM(value) <> 0
UNION ALL
SELECT 'queue', day, hour, queue, 0, fact, SUM(value)::bigint
FROM counted GROUP BY day, hour, queue, fact HAVING SUM(value) <> 0
UNION ALL
SELECT 'agent', day, -1, '', u.id, fact, SUM(value)::bigint
FROM counted c JOIN users u ON u.username = c.agent GROUP BY day, u.id, fact HAVING SUM(value) <> 0
"""
"""Axis, day, hour, queue, user and one fact a row, as the product keeps its sums."""

_OFFERED = "answered + abandoned + took_callback + left_message"
FORMULAS: Mapping[str, tuple[str, str]] = {
    "offered": (_OFFERED, "1"),
    "handled": ("handled", "1"),
    "handled_per_hour": ("handled * 3600", "(ready_ms + busy_ms + paused_ms) / 1000.0"),
    "answer_rate": ("answered", "answered + abandoned"),
    "service_level_20": ("in_20", _OFFERED),
    "service_level_15": ("in_15", _OFFERED),
    "speed_of_answer": ("wait_ms / 1000.0", "answered"),
    "abandonment": ("abandoned", _OFFERED),
    "handle_time": ("(talk_ms + hold_ms + acw_ms) / 1000.0", "handled"),
    "after_call_work": ("acw_ms / 1000.0", "handled"),
    "occupancy": (
        "talk_ms + hold_ms + acw_ms + outbound_ms",
        "talk_ms + hold_ms + acw_ms + outbound_ms + ready_ms",
    ),
    "first_call_resolution": ("solved_once", "solved"),
    "transfer_rate": ("transferred", "handled"),
    "containment": ("contained", "calls_in"),
    "complaint_rate": ("complaints * 10000", "calls_in"),
    "valid_complaint_rate": ("complaints_valid * 10000", "handled"),
    "in_time": ("due_in_time", "due"),
    "closure": ("complaints_closed", "complaints"),
    "repeat_complaints": ("complaints_repeated", "complaints"),
    "return_visits": ("visited", "ended"),
    "complaint_satisfaction": ("visited_satisfied", "visited_reached"),
    "adherence": ("adhered_ms", "planned_ms"),
    "shrinkage": ("GREATEST(paid_ms - ready_ms - busy_ms, 0)", "paid_ms"),
    "attendance": ("shifts_kept", "shifts_planned"),
    "csat": ("surveys_good", "surveys_answered"),
    "survey_response": ("surveys_answered", "surveys_offered"),
    "net_promoters": ("100 * (nps_promoters - nps_detractors)", "nps_answered"),
    "quality_score": ("score_tenths / 10.0", "scored"),
    "fatal_free": ("scored - fatals", "scored"),
    "knowledge_test": ("exam_tenths / 10.0", "exams"),
}
"""Figure → what is divided by what."""


_KEYS = {"day": "day::text", "month": "TO_CHAR(day, 'YYYY-MM')", "hour": "LPAD(hour::text, 2, '0')", "agent": "agent",
         "queue": "queue"}  # fmt: skip


def figures(facts: tuple[str, ...], group: str) -> str:
    """All figures of all days together, by day, month, hour, agent or queue."""
    sums = ", ".join(f"COALESCE(SUM(value) FILTER (WHERE fact = '{fact}'), 0) AS {fact}" for fact in facts)
    values = ", ".join(f"({top})::numeric / NULLIF(({under})::numeric, 0)" for top, under in FORMULAS.values())
    where = {"hour": "hour <> -1", "agent": "agent IS NOT NULL", "queue": "queue <> ''"}.get(group, "TRUE")
    summed = f"SELECT {_KEYS[group]} AS key, {sums} FROM counted WHERE {where} GROUP BY 1"  # noqa: S608  (the words stand above)
    return f"WITH summed AS ({summed}) SELECT key, {values} FROM summed ORDER BY key"  # noqa: S608  (as above)
