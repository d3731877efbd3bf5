"""The regulations that the house follows, for everybody who works in it."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from crm.domain.regulations import REGULATIONS
from crm.gate.guard import may
from crm.gate.permission_rules import Open
from crm.gate.permissions import ENDPOINTS
from crm.web.locale import chosen_language

regulations = Blueprint("regulations", __name__, url_prefix="/regulations")


@regulations.get("/")
def show() -> str:
    """Each rule with what it asks for, and the page that answers it where this person's role opens it."""
    return render_template("regulations.html", regulations=REGULATIONS, opens=_opens, english=chosen_language() == "en")


def _opens(endpoint: str | None) -> bool:
    if endpoint is None or endpoint not in current_app.view_functions:
        return False
    rule = ENDPOINTS.get(endpoint)
    return isinstance(rule, Open) or (rule is not None and may(rule))
