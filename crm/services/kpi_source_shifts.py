"""Shifts that are over, as facts: planned, adhered and paid time, shifts planned and kept. ``behind``: shift:ID."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from crm.domain.kpi_facts import Period, SourceRow


def facts(session: Session, period: Period) -> Iterable[SourceRow]:  # noqa: ARG001  (nothing is kept yet)
    """What counts in the period; nothing yet, so that the figures show "–"."""
    return ()
