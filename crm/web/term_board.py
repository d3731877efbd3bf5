"""How all terms stand, above the list of tickets: sums that triggers keep, for who may read every ticket."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.term_types import TermKind
from crm.services import counters
from crm.web.term_words import TERM_KINDS

_SHOWN = (
    TermKind.LEGAL, TermKind.REVIEW, TermKind.TARGET, TermKind.DEPARTMENT, TermKind.FIRST_CONTACT, TermKind.FORM,
    TermKind.RETURN_VISIT, TermKind.LEAK,
)  # fmt: skip


def term_board(session: Session, asker: Actor) -> list[dict[str, Any]]:
    """Rows of the board; none for who reads only some tickets: the sums are over all."""
    if Relation.ANY not in reach(asker.roles, Action.TICKET_READ):
        return []
    boards = counters.term_boards(session)
    rows = []
    for kind in _SHOWN:
        board = boards.get(kind)
        if board is not None and (board.open or board.met or board.late):
            rows.append(
                {
                    "title": str(TERM_KINDS[kind]),
                    "open": board.open,
                    "near": board.near,
                    "overdue": board.overdue,
                    "in_time": None if board.in_time is None else f"{board.in_time:.1%}",
                }
            )
    return rows
