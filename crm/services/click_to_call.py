"""A call out from one click: judged and written down in one transaction, then dialled outside of it.

The switchboard may take its time; the database must not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from crm.db.contact_centre import OutboundCall
from crm.db.session import Database
from crm.domain.access import Actor
from crm.domain.errors import ConflictError
from crm.domain.outbound import OutboundRules
from crm.services import outbound
from crm.services.centre import Centre
from crm.services.outbound import FAILED, OutboundView, Wanted
from crm.services.switchboard import Switchboard, SwitchboardError
from ivr.switchboard import SwitchboardCode, Verb


class CallRefusedError(ConflictError):
    """A rule refused the call, or the phone side could not make it. ``why``: the rule, or a SwitchboardCode."""

    def __init__(self, call: OutboundView) -> None:
        super().__init__(f"the call was {call.state}: {call.refused}")
        self.call = call
        self.why = str(call.refused)


def call_out(
    database: Database,
    switchboard: Switchboard | None,
    actor: Actor,
    wanted: Wanted,
    *,
    rules: OutboundRules,
    centre: Centre,
    now: Callable[[], datetime],
) -> OutboundView:
    """Have somebody called through one's own phone. Raises CallRefusedError; the call is written down all the same."""
    with database.write() as session:
        call = outbound.ask(session, actor, wanted, rules, centre=centre, now=now())
        language = outbound.language_of(session, call)
    if call.refused is None:
        call = _dial(database, switchboard, call, language)
    if call.refused is not None:
        raise CallRefusedError(call)
    return call


def _dial(database: Database, switchboard: Switchboard | None, call: OutboundView, language: str) -> OutboundView:
    call_id, failure = None, None
    if switchboard is None:
        failure = SwitchboardCode.NO_EXCHANGE.value
    else:
        try:
            answer = switchboard.ask(Verb.DIAL, {"agent": call.user, "number": call.number, "language": language})
            call_id = str(answer["call_id"])[:100]
        except SwitchboardError as refused:
            failure = refused.code
    with database.write() as session:
        row = session.get_one(OutboundCall, call.id)
        row.call_id = call_id
        if failure is not None:
            row.state, row.refused, row.cost = FAILED, failure[:40], 0
        session.flush()
        return outbound.view(row, call.user)
