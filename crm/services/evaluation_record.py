"""What every change of an evaluation leaves behind: compare-and-set, a row of its record, a line of the audit chain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from crm.db.quality import Evaluation, EvaluationEvent, EvaluationMark
from crm.domain.errors import ConflictError
from crm.domain.evaluations import State
from crm.domain.marks import Mark
from crm.services import audit


def swap(session: Session, row: Evaluation, version: int, **values: Any) -> None:
    """Change what was not changed since. Raises ConflictError."""
    changed = session.execute(
        update(Evaluation)
        .where(Evaluation.id == row.id, Evaluation.version == version, Evaluation.state == row.state)
        .values(version=version + 1, **values)
        .returning(Evaluation.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise ConflictError("this evaluation was changed elsewhere meanwhile")
    session.refresh(row)


def rewrite(session: Session, row: Evaluation, marks: Sequence[Mark]) -> None:
    """Write the marks of an open evaluation anew."""
    row.marks.clear()
    session.flush()
    row.marks.extend(
        EvaluationMark(
            evaluation_id=row.id, position=position, kind=mark.kind, code=mark.code, taken=mark.taken,
            not_applicable=mark.not_applicable, from_ms=mark.from_ms, to_ms=mark.to_ms, words=mark.words,
            note=mark.note.strip(), candidate_id=mark.candidate_id,
        )
        for position, mark in enumerate(marks)
    )  # fmt: skip
    session.flush()


def told(mark: Mark) -> dict[str, object]:
    """A mark as the record has it: without the caller's words, which go with the recording."""
    return {
        name: value
        for name, value in (
            ("kind", str(mark.kind)), ("code", mark.code), ("taken", mark.taken),
            ("not_applicable", mark.not_applicable), ("from_ms", mark.from_ms), ("to_ms", mark.to_ms),
            ("note", mark.note.strip()), ("candidate_id", mark.candidate_id),
        )
        if value is not None and value is not False and value != ""
    }  # fmt: skip


def event(
    session: Session, row: Evaluation, by: str, what: str, was: State | None, to: State | None, now: datetime,
    **detail: Any,
) -> None:  # fmt: skip
    """A row of its record."""
    session.add(
        EvaluationEvent(evaluation_id=row.id, at=now, actor=by, event=what, from_state=was, to_state=to, detail=detail)
    )
    session.flush()


def note(session: Session, row: Evaluation, by: str, event: str, now: datetime, **detail: Any) -> None:
    """A line of the audit chain."""
    audit.append(
        session, at=now, actor=by, action=f"evaluation.{event}", subject=f"evaluation:{row.id}",
        detail={"call_id": row.call_id, "agent_id": row.agent_id, "purpose": row.purpose, **detail},
    )  # fmt: skip
