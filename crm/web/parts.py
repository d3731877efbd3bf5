"""Pages that are also parts: the same address gives a whole page to a browser and its content to htmx."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import render_template, request
from sqlalchemy.orm import Session

from crm.domain.errors import InvalidInputError
from crm.gate.deps import deps
from crm.services.plan import plan_in_force
from crm.web.locale import chosen_language


def show(template: str, **values: object) -> str:
    """The template within the page, or alone for who asks with htmx or with ``?part=1``."""
    alone = request.headers.get("HX-Request") == "true" or request.args.get("part") == "1"
    return render_template(template, layout="parts/alone.html" if alone else "base.html", part=alone, **values)


def wants_part() -> bool:
    """Whether the answer goes into a page that is there already."""
    return request.headers.get("HX-Request") == "true"


def queue_titles(session: Session) -> Callable[[str | None], str]:
    """What people read for the name of a queue; the name itself where the plan does not know it."""
    plan, english = plan_in_force(session), chosen_language() == "en"
    titles = {queue.name: queue.title_en if english else queue.title_zh for queue in plan.queues} if plan else {}
    return lambda name: titles.get(name, name) if name else "–"


def local_instant(name: str, text: str) -> datetime:
    """What a field for date and time holds, on the centre's clock. Raises InvalidInputError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(name, "must be a date and a time") from error
    return found if found.tzinfo else found.replace(tzinfo=deps().centre.zone)
