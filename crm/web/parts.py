"""Pages that are also parts: the same address gives a whole page to a browser and its content to htmx."""

from __future__ import annotations

from datetime import datetime

from flask import render_template, request

from crm.domain.errors import InvalidInputError
from crm.gate.deps import deps


def show(template: str, **values: object) -> str:
    """The template within the page, or alone for who asks with htmx or with ``?part=1``."""
    alone = request.headers.get("HX-Request") == "true" or request.args.get("part") == "1"
    return render_template(template, layout="parts/alone.html" if alone else "base.html", part=alone, **values)


def wants_part() -> bool:
    """Whether the answer goes into a page that is there already."""
    return request.headers.get("HX-Request") == "true"


def local_instant(name: str, text: str) -> datetime:
    """What a field for date and time holds, on the centre's clock. Raises InvalidInputError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(name, "must be a date and a time") from error
    return found if found.tzinfo else found.replace(tzinfo=deps().centre.zone)
