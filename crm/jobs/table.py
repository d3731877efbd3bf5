"""Which handler does which kind of job: a literal table."""

from __future__ import annotations

from collections.abc import Mapping

from crm.jobs import (
    audit_keeping,
    customers,
    integrity,
    keeping,
    key_figures,
    look,
    reseal,
    sampling,
    send,
    terms,
    transcribe,
)
from crm.jobs.work import Handler, OnDead
from crm.services import archives, quality_looks, regulator_export, retention
from crm.services.intake import TRANSCRIBE
from crm.services.kpi_months import FREEZE
from crm.services.look_jobs import LOOK
from crm.services.messages import SEND
from crm.services.term_recount import RECOUNT

HANDLERS: Mapping[str, Handler] = {
    TRANSCRIBE: transcribe.transcribe_recording,
    transcribe.RETRANSCRIBE: transcribe.retranscribe_language,
    integrity.VERIFY: integrity.verify_integrity,
    FREEZE: key_figures.freeze,
    LOOK: look.look_at_ticket,
    quality_looks.LOOK: sampling.look_at_call,
    SEND: send.send_message,
    archives.MAKE: keeping.make_archive,
    regulator_export.MAKE: keeping.make_export,
    retention.CARRY_OUT: keeping.carry_out_deletion,
    RECOUNT: terms.recount,
    reseal.RESEAL: reseal.reseal_fields,
    customers.MARK_ELDERLY: customers.mark_elderly,
    audit_keeping.VERIFY_AUDIT: audit_keeping.verify_audit,
}

ON_DEAD: Mapping[str, OnDead] = {
    TRANSCRIBE: transcribe.transcript_failed,
    SEND: send.message_lost,
    regulator_export.MAKE: keeping.export_failed,
}
"""What is to be put in order when a job of this kind is given up."""
