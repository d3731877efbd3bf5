"""The routing plan as a form: what a person typed becomes a plan, or sentences about what is wrong (pure).

Fields are named ``queue.NAME.FIELD`` and ``member.NAME.FIELD``; opening hours are a text a weekday, as
``08:30-12:00, 13:00-20:00``, empty for a day on which the queue is closed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from ivr.plan_check import RANGES
from ivr.routing_plan import BUSINESSES, LANGUAGES, Member, Opening, Plan, Queue

DAY = 24 * 60
_NAME = re.compile(r"\A[a-z][a-z0-9_]{1,30}\Z")
_SPAN = re.compile(r"\A([01]\d|2[0-4]):([0-5]\d)\s*[-–]\s*([01]\d|2[0-4]):([0-5]\d)\Z")

Form = Mapping[str, str]


@dataclass(frozen=True)
class FormError:
    """What is wrong: the field's name, a code, and what stands in it."""

    field: str
    code: str
    given: str = ""


def hours(text: str) -> tuple[tuple[int, int], ...]:
    """Spans of a day in minutes, in their order. Raises ValueError for what is none, or when two overlap."""
    spans = []
    for part in filter(None, (part.strip() for part in text.replace("，", ",").replace("、", ",").split(","))):
        match = _SPAN.match(part.replace("：", ":"))
        if not match:
            raise ValueError("hours")
        begin, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        if not begin < end <= DAY:
            raise ValueError("hours")
        spans.append((begin, end))
    ordered = sorted(spans)
    if any(later[0] < earlier[1] for earlier, later in pairwise(ordered)):
        raise ValueError("overlap")
    return tuple(ordered)


def hours_shown(queue: Queue, weekday: int) -> str:
    """The spans of a weekday as they are typed."""
    spans = sorted((one.opens, one.closes) for one in queue.opening if one.weekday == weekday)
    return ", ".join(f"{_clock(begin)}-{_clock(end)}" for begin, end in spans)


def with_agents(plan: Plan, agents: Sequence[str]) -> Plan:
    """The plan with a row for each agent: new ones without skills, those who left without a row."""
    known = {member.agent: member for member in plan.members}
    members = (known.get(agent, Member(agent, {}, LANGUAGES)) for agent in agents)
    return Plan(plan.version, plan.queues, tuple(members))


def plan_of(plan: Plan, form: Form) -> tuple[Plan, tuple[FormError, ...]]:
    """The plan with what was typed, and what is wrong with it. Missing fields keep their value.

    Its version stays the one that it was made from.
    """
    errors: list[FormError] = []
    removed = {queue.name for queue in plan.queues if form.get(f"queue.{queue.name}.remove")}
    kept = tuple(_queue(queue, form, errors) for queue in plan.queues if queue.name not in removed)
    added = _added(form, {queue.name for queue in kept}, errors)
    queues = (*kept, added) if added else kept
    members = tuple(_member(member, form, errors) for member in plan.members)
    return Plan(plan.version, queues, members), tuple(errors)


def _queue(queue: Queue, form: Form, errors: list[FormError]) -> Queue:
    field = f"queue.{queue.name}."
    numbers: dict[str, Any] = {
        name: _number(form, field + name, getattr(queue, name), RANGES[name], errors) for name in RANGES
    }
    texts: dict[str, Any] = {
        name: _title(form, field + name, getattr(queue, name), errors) for name in ("title_zh", "title_en")
    }
    texts |= {name: form.get(field + name, getattr(queue, name)).strip() for name in ("overflow_to", "closed_to")}
    ratio = _ratio(form, field + "overflow_ratio", queue.overflow_ratio, errors)
    return replace(queue, **numbers, **texts, overflow_ratio=ratio, opening=_opening(queue, form, field, errors))


def _opening(queue: Queue, form: Form, field: str, errors: list[FormError]) -> tuple[Opening, ...]:
    if form.get(field + "always"):
        return ()
    found: list[Opening] = []
    for weekday in range(7):
        name = f"{field}day{weekday}"
        text = form.get(name, hours_shown(queue, weekday))
        try:
            found += [Opening(weekday, begin, end) for begin, end in hours(text)]
        except ValueError as error:
            errors.append(FormError(name, str(error), text))
    if not found and not any(error.field.startswith(f"{field}day") for error in errors):
        errors.append(FormError(field + "always", "never_open"))
    return tuple(found)


def _added(form: Form, taken: set[str], errors: list[FormError]) -> Queue | None:
    name = form.get("new.name", "").strip()
    if not name:
        return None
    if not _NAME.match(name):
        errors.append(FormError("new.name", "name", name))
        return None
    if name in taken:
        errors.append(FormError("new.name", "taken", name))
        return None
    business = form.get("new.business", "")
    if business not in BUSINESSES:
        errors.append(FormError("new.business", "business", business))
        return None
    return Queue(
        name,
        business,
        _title(form, "new.title_zh", "", errors),
        _title(form, "new.title_en", "", errors),
    )


def _member(member: Member, form: Form, errors: list[FormError]) -> Member:
    field = f"member.{member.agent}."
    skills = dict(member.skills)
    for business in BUSINESSES:
        text = form.get(field + business)
        if text is None:
            continue
        if text == "":
            skills.pop(business, None)
        elif text.isascii() and text.isdecimal() and 1 <= int(text) <= 9:
            skills[business] = int(text)
        else:
            errors.append(FormError(field + business, "level", text))
    spoken = tuple(language for language in LANGUAGES if form.get(f"{field}speaks_{language}"))
    asked = form.get(f"{field}languages") is not None
    if asked and not spoken and skills:
        errors.append(FormError(f"{field}languages", "no_language"))
    return Member(member.agent, skills, spoken if asked else member.languages)


def _number(form: Form, name: str, before: int, limits: tuple[int, int], errors: list[FormError]) -> int:
    text = form.get(name, str(before)).strip()
    if text.isascii() and text.isdecimal() and len(text) < 6 and limits[0] <= int(text) <= limits[1]:
        return int(text)
    errors.append(FormError(name, "number", text))
    return before


def _ratio(form: Form, name: str, before: float, errors: list[FormError]) -> float:
    text = form.get(name, f"{before:g}").strip()
    if re.fullmatch(r"\d{1,3}(\.\d{1,2})?", text):
        return float(text)
    errors.append(FormError(name, "ratio", text))
    return before


def _title(form: Form, name: str, before: str, errors: list[FormError]) -> str:
    text = form.get(name, before).strip()
    if not 1 <= len(text) <= 40 or not text.isprintable():
        errors.append(FormError(name, "title", text))
    return text


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
