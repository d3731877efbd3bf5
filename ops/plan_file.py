"""Where the phone side has the routing plan. Imports no database, since Asterisk starts with it."""

from __future__ import annotations

import json
from pathlib import Path

from ivr.routing_plan import PLAN_FILE, Plan, default_plan, parse
from ops.settings import Settings


def plan_file(settings: Settings) -> Path:
    """Where the phone side reads the plan in force."""
    return settings.run / PLAN_FILE


def plan_on_disk(settings: Settings) -> Plan:
    """The plan that the phone side has; the default, without agents, before there is one."""
    try:
        return parse(json.loads(plan_file(settings).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return default_plan()
