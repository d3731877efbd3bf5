"""The moves between statuses as data (pure). Reference: domain 3.1.

The drawing of docs/ticket-states.md, the buttons of the pages and the tests are made from this table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from crm.domain import guards
from crm.domain.actions import Action, Role
from crm.domain.errors import IllegalMoveError
from crm.domain.guards import Guard
from crm.domain.tickets import COMPLAINT_KINDS, ENDED, Facts, Kind, Status


@dataclass(frozen=True)
class Move:
    """One way from some statuses to another."""

    sources: frozenset[Status]
    target: Status
    roles: frozenset[Role]
    guards: tuple[Guard, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """The inputs that its guards may wait for, each once."""
        return tuple(dict.fromkeys(guard.field for guard in self.guards if guard.field is not None))

    def lacks(self, facts: Facts) -> tuple[str, ...]:
        """The inputs that it waits for on this ticket: what is known already is not asked for again."""
        asked = (guard.field for guard in self.guards if guard.states or not guard.holds(facts))
        return tuple(dict.fromkeys(field for field in asked if field is not None))


_DESK = frozenset({Role.A1, Role.A2, Role.SM, Role.CM, Role.DG, Role.GM})
_OFFICE = frozenset({Role.SM, Role.CM, Role.DG, Role.GM})
_WORK = _DESK | {Role.DH, Role.CO}
_SIGNERS = _OFFICE | {Role.DH, Role.CO}
_MAINTENANCE = frozenset({Role.CM, Role.DG, Role.GM})

_S = Status
_OPEN = frozenset(Status) - ENDED
_ANSWERED = frozenset({_S.NOTIFIED, _S.CONFIRMED, _S.FORM_SIGNED, _S.RETURN_VISIT})
_AGAIN = _ANSWERED | {_S.DISPUTED, _S.CLOSED, _S.WITHDRAWN, _S.NOT_HANDLED}


def _move(sources: Collection[Status], target: Status, roles: frozenset[Role], *conditions: Guard) -> Move:
    return Move(frozenset(sources), target, roles, conditions)


MOVES: Mapping[str, Move] = {
    "acknowledge": _move({_S.REGISTERED, _S.REOPENED}, _S.ACKNOWLEDGED, _DESK, guards.READ_BACK, guards.TOLD),
    "triage": _move(
        {_S.ACKNOWLEDGED}, _S.TRIAGED, _DESK, guards.SEVERITY, guards.LEVEL, guards.IN_SCOPE, *guards.CLASSIFIED
    ),
    "solve_on_spot": _move(
        {_S.TRIAGED},
        _S.ON_SPOT,
        _DESK,
        guards.SIMPLE,
        guards.FIRST_TIME,
        guards.FIRST_ACT,
        guards.AGREED,
        guards.RESULT,
    ),
    "assign": _move(
        {_S.TRIAGED, _S.ASSIGNED, _S.INVESTIGATING},
        _S.ASSIGNED,
        _OFFICE | {Role.A2},
        *guards.HANDLER,
        guards.FIRST_ACT,
        *guards.REVIEW,
    ),
    "investigate": _move({_S.ASSIGNED}, _S.INVESTIGATING, _WORK, guards.NO_HAND_BEFORE),
    "suspend": _move({_S.INVESTIGATING}, _S.SUSPENDED, _OFFICE, guards.REASON, *guards.APPRAISAL, guards.EVIDENCE),
    "resume": _move({_S.SUSPENDED}, _S.INVESTIGATING, _OFFICE, guards.RESULT),
    "propose": _move(
        {_S.INVESTIGATING}, _S.PENDING_APPROVAL, _WORK, guards.NO_HAND_BEFORE, *guards.SOLUTION, guards.EVIDENCE
    ),
    "return": _move({_S.PENDING_APPROVAL}, _S.INVESTIGATING, _SIGNERS, guards.REASON, *guards.MAY_RETURN),
    "approve": _move(
        {_S.PENDING_APPROVAL},
        _S.EXECUTING,
        _SIGNERS,
        guards.SOMETHING_TO_DO,
        *guards.MAY_SIGN,
        guards.ALL_SIGNED,
    ),
    "approve_only": _move(
        {_S.PENDING_APPROVAL}, _S.NOTIFYING, _SIGNERS, guards.NOTHING_TO_DO, *guards.MAY_SIGN, guards.ALL_SIGNED
    ),
    "execute": _move({_S.EXECUTING}, _S.NOTIFYING, _WORK, guards.STEPS_DONE, guards.RESULT),
    "notify": _move(
        {_S.NOTIFYING},
        _S.NOTIFIED,
        _OFFICE,
        guards.FINAL_ANSWER,
        guards.CHAIN_DONE,
        *guards.REPLY,
        guards.PROOF,
    ),
    "tell_result": _move({_S.ON_SPOT}, _S.NOTIFIED, _DESK, guards.ON_SPOT_ANSWER, guards.PROOF),
    "confirm": _move({_S.NOTIFIED}, _S.CONFIRMED, _DESK, guards.SATISFACTION, guards.TRIED),
    "dispute": _move({_S.NOTIFIED, _S.CONFIRMED}, _S.DISPUTED, _DESK, guards.REASON),
    "sign_form": _move({_S.CONFIRMED, _S.DISPUTED}, _S.FORM_SIGNED, _MAINTENANCE, guards.FORM, *guards.STANDS),
    "plan_visit": _move({_S.FORM_SIGNED}, _S.RETURN_VISIT, _MAINTENANCE),
    "close": _move(
        {_S.RETURN_VISIT},
        _S.CLOSED,
        _MAINTENANCE,
        guards.VISITED,
        guards.CONTENT,
        guards.NO_TASKS,
        guards.RESULT,
    ),
    "complete": _move(
        {_S.ACKNOWLEDGED, _S.TRIAGED, _S.ASSIGNED, _S.NOTIFIED, _S.CONFIRMED},
        _S.CLOSED,
        _DESK,
        guards.NOT_COMPLAINT,
        guards.RESULT,
    ),
    "archive": _move({_S.CLOSED}, _S.ARCHIVED, _MAINTENANCE, guards.BUNDLE),
    "withdraw": _move(_OPEN, _S.WITHDRAWN, _DESK, guards.REASON, guards.WITHDRAWAL),
    "merge": _move(_OPEN, _S.MERGED, _OFFICE, *guards.MERGE),
    "decline": _move(
        {_S.REGISTERED, _S.ACKNOWLEDGED, _S.TRIAGED},
        _S.NOT_HANDLED,
        _MAINTENANCE,
        guards.REASON,
        guards.DECLINE_TOLD,
    ),
    "reopen": _move(_AGAIN, _S.REOPENED, _OFFICE, guards.REASON, guards.NEW_FACTS),
}
"""Every move there is."""

SIGNED_MOVES = frozenset({"approve", "approve_only"})
"""Moves that are made when the last one has signed; each one before him only signs."""

ACTIONS: Mapping[str, Action] = {
    "propose": Action.SOLUTION_PROPOSE,
    "notify": Action.NOTIFY_FINAL,
    "tell_result": Action.NOTIFY_FINAL,
    "approve": Action.TICKET_READ,
    "approve_only": Action.TICKET_READ,
    "return": Action.TICKET_READ,
}
"""What somebody must be allowed to do on the ticket; TICKET_MOVE for the rest. Who may sign, the chain says."""


def action_of(move: str, kind: Kind) -> Action:
    """The right that a move asks for; the final answer is a right of its own only for complaints."""
    wanted = ACTIONS.get(move, Action.TICKET_MOVE)
    return Action.TICKET_MOVE if wanted is Action.NOTIFY_FINAL and kind not in COMPLAINT_KINDS else wanted


TAKES_IN = frozenset({"acknowledge"})
"""Moves that even the person complained about makes: nobody may refuse to take a complaint in."""


def refusal(move: str, facts: Facts, roles: Collection[Role] | None, *, asked_only: bool = False) -> str | None:
    """Why this move cannot be made, or None when it can. ``roles`` None: the house itself moves.

    With ``asked_only`` (what may be offered) guards that wait for an input of the move itself count as held.
    """
    wanted = MOVES.get(move)
    if wanted is None:
        return f"there is no move {move!r}"
    if facts.status not in wanted.sources:
        return f"a ticket that is {facts.status} cannot {move.replace('_', ' ')}"
    if roles is not None and wanted.roles.isdisjoint(roles):
        return f"{move.replace('_', ' ')} is for {', '.join(sorted(wanted.roles))}"
    everywhere: tuple[Guard, ...] = () if move in TAKES_IN else (guards.NOT_ABOUT_ONESELF,)
    for guard in (*everywhere, *wanted.guards):
        if asked_only and guard.field is not None:
            continue
        if not guard.holds(facts):
            return guard.why
    return None


@dataclass(frozen=True)
class Transition:
    """A move that was made."""

    move: str
    source: Status
    target: Status
    at: datetime


def transition(move: str, facts: Facts, roles: Collection[Role] | None, at: datetime) -> Transition:
    """Make the move. Raises IllegalMoveError that says why not."""
    why = refusal(move, facts, roles)
    if why is not None:
        raise IllegalMoveError(why)
    return Transition(move, facts.status, MOVES[move].target, at)
