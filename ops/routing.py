"""The routing plan on the phone side: the file that the menu and the member keeper read, and Asterisk's queues."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from crm.db.session import Database
from crm.services.routing import ensure_plan
from ivr.routing_plan import Plan
from ops import asterisk_config, asterisk_control, phones
from ops.asterisk_config import QUEUES_FILE
from ops.plan_file import plan_file
from ops.settings import Settings


def refresh(settings: Settings, database: Database) -> bool:
    """Bring the phone side to the plan of the database, running or not. True when something changed."""
    with database.write() as session:
        plan = ensure_plan(session, datetime.now(UTC), settings.callback_after)
    return write(settings, plan)


def follow(settings: Settings, database: Database) -> None:
    """Phones and queues, after people came, went or changed."""
    phones.refresh(settings, database)
    refresh(settings, database)


def write(settings: Settings, plan: Plan) -> bool:
    """Write the plan's file and Asterisk's queues; a running Asterisk takes them without losing a caller."""
    folder = settings.home / "asterisk" / "etc"
    for one in (settings.run, folder):
        one.mkdir(mode=0o700, parents=True, exist_ok=True)
    if asterisk_config.put(folder / QUEUES_FILE, asterisk_config.render_queues(plan)):
        reload(settings)
    # The queues first: who is sent to a new one finds it.
    return asterisk_config.put(plan_file(settings), json.dumps(plan.to_document(), ensure_ascii=False))


def reload(settings: Settings) -> None:
    """Have a running Asterisk read its queues again."""
    asterisk_control.reload(settings, "queue reload all")
