"""The system page: how the parts are, and what waits for an administrator."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.access import Action
from crm.domain.errors import ConflictError
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import housekeeping
from crm.web.health import readiness

system = Blueprint("system", __name__, url_prefix="/system")


@system.get("/")
def show() -> str:
    """How the house runs."""
    _ready, checks = readiness()
    with deps().database.read() as session:
        troubles = housekeeping.troubles(session, actor())
    disk = deps().disk
    return render_template(
        "system.html",
        checks=checks,
        troubles=troubles,
        disk=disk() if disk else None,
        mends=may(Action.SYSTEM_MEND),
        reads_calls=may(Action.CALL_READ),
    )


@system.post("/jobs/<int:job_id>/again")
def run_again(job_id: int) -> Response:
    """Run a dead job again."""
    try:
        with deps().database.write() as session:
            housekeeping.run_job_again(session, actor(), job_id, now=deps().now())
        flash(_("The job runs again within seconds. If it fails again, it comes back to this list."), "success")
    except ConflictError:
        flash(_("This job is not dead any more: somebody was quicker."), "error")
    return redirect(url_for("system.show"))


@system.post("/folders/<call_id>/again")
def try_again(call_id: str) -> Response:
    """Take a quarantined folder in once more."""
    try:
        with deps().database.write() as session:
            housekeeping.try_folder_again(session, actor(), call_id, now=deps().now())
        flash(_("The folder is tried again within seconds. If it fails again, it comes back to this list."), "success")
    except ConflictError:
        flash(_("This folder is not quarantined any more: somebody was quicker."), "error")
    return redirect(url_for("system.show"))
