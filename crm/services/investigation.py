"""What an investigation has found, kept by version: nothing is lost, and nobody overwrites what others wrote.

A change is a function from the findings as they are to what they become; it is checked, kept as a new version, and
written into the ticket's events. It works in the caller's writing transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.db.casefile import Investigation, InvestigationVersion
from crm.db.people import User
from crm.domain import investigation as rules
from crm.domain.access import Actor
from crm.domain.errors import ConflictError, InvalidInputError
from crm.domain.investigation import OPEN_FOR_FINDINGS, Findings, Party
from crm.services.case_access import for_writing
from crm.services.case_facts import FindingsView, digest, findings_of, plain
from crm.services.ticket_changes import record_event

Change = Callable[[Findings], Findings]


def versions(session: Session, ticket_id: int) -> tuple[InvestigationVersion, ...]:
    """All versions, the oldest first."""
    rows = select(InvestigationVersion).where(InvestigationVersion.ticket_id == ticket_id)
    return tuple(session.scalars(rows.order_by(InvestigationVersion.version)))


def write(
    session: Session, actor: Actor, ticket_id: int, change: Change, *, expected_version: int, now: datetime
) -> FindingsView:
    """Change the findings. Raises InvalidInputError, ForbiddenError, ConflictError (too late, or others were first)."""
    ticket = for_writing(session, actor, ticket_id, statuses=OPEN_FOR_FINDINGS)
    before = findings_of(session, ticket_id)
    if before.version != expected_version:
        raise ConflictError("somebody else changed the findings meanwhile")
    after = change(before.findings)
    if after == before.findings:
        return before
    rules.check(after)
    _check_staff(session, after)
    document = plain(after.to_document())
    row = session.get(Investigation, ticket_id)
    values = {
        "version": before.version + 1,
        "verdict": after.verdict,
        "root_cause": after.root_cause,
        "updated_at": now,
        "updated_by": actor.name,
        "document": document,
    }
    if row is None:
        session.add(Investigation(ticket_id=ticket_id, **values))
    else:
        changed = session.execute(
            update(Investigation)
            .where(Investigation.ticket_id == ticket_id, Investigation.version == before.version)
            .values(**values)
            .returning(Investigation.ticket_id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if changed is None:
            raise ConflictError("somebody else changed the findings meanwhile")
        session.refresh(row)
    sealed = digest(document)
    session.add(
        InvestigationVersion(
            ticket_id=ticket_id,
            version=before.version + 1,
            at=now,
            actor=actor.name,
            document=document,
            sha256=sealed,
        )
    )
    fields = {"version": before.version + 1, "sha256": sealed}
    record_event(session, ticket, "findings_written", actor=actor.name, at=now, fields=fields)
    return findings_of(session, ticket_id)


def _check_staff(session: Session, findings: Findings) -> None:
    """A member of staff who is said to be responsible is one of ours."""
    named = {one.user for one in findings.responsible if one.user}
    if any(one.user and one.party is not Party.STAFF for one in findings.responsible):
        raise InvalidInputError("user", "only a member of staff has a user name")
    known = set(session.scalars(select(User.username).where(User.username.in_(named))))
    if named - known:
        raise InvalidInputError("user", "there is no such user")
