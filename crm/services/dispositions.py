"""Why customers call: the tree of dispositions that agents choose from."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.contact_centre import Disposition
from crm.domain.errors import InvalidInputError


@dataclass(frozen=True)
class Branch:
    """A branch of the dispositions with its leaves, in both languages."""

    code: str
    title_zh: str
    title_en: str
    leaves: tuple[Branch, ...] = ()

    def title(self, language: str) -> str:
        """What people read."""
        return self.title_en if language == "en" else self.title_zh


def tree(session: Session) -> tuple[Branch, ...]:
    """The tree that agents choose from."""
    rows = session.scalars(select(Disposition).where(Disposition.active).order_by(Disposition.position)).all()
    leaves: dict[str | None, list[Branch]] = {}
    for row in rows:
        if row.parent is not None:
            leaves.setdefault(row.parent, []).append(Branch(row.code, row.title_zh, row.title_en))
    return tuple(
        Branch(row.code, row.title_zh, row.title_en, tuple(leaves.get(row.code, ())))
        for row in rows
        if row.parent is None
    )


def leaf(session: Session, code: str) -> Disposition:
    """What somebody chose. Raises InvalidInputError for a branch, and for what is not offered any more."""
    row = session.get(Disposition, code)
    if row is None or not row.active or row.parent is None:
        raise InvalidInputError("disposition", "must be one of the leaves of the tree")
    return row
