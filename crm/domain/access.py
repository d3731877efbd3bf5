"""Who may do what: one function over one table, no by default (pure). Reference: domain 3.4.

The words are in ``crm.domain.actions``, the table in ``crm.domain.matrix``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from crm.domain.actions import ROLE_TITLES, Action, Relation, Role
from crm.domain.matrix import PERMISSIONS
from crm.domain.right_kinds import CHANGING, FORM_FIELDS

__all__ = [
    "CHANGING",
    "FORM_FIELDS",
    "PERMISSIONS",
    "ROLE_TITLES",
    "SYSTEM",
    "Action",
    "Actor",
    "Relation",
    "Role",
    "may",
    "may_sign",
    "reach",
]


def may(roles: Collection[Role], action: Action, relations: Collection[Relation] = ()) -> bool:
    """Whether somebody with these roles, standing so to the thing, may do this. No by default."""
    enough = reach(roles, action)
    return Relation.ANY in enough or not enough.isdisjoint(relations)


def reach(roles: Collection[Role], action: Action) -> frozenset[Relation]:
    """All relations that are enough for one of the roles; empty when none is."""
    nothing: frozenset[Relation] = frozenset()
    return nothing.union(*(PERMISSIONS[role].get(action, nothing) for role in roles))


def may_sign(roles: Collection[Role], form_field: str) -> bool:
    """Whether one of the roles gives this signature of the acceptance form (``FO-11`` … ``FO-16``)."""
    return any(form_field in FORM_FIELDS.get(role, ()) for role in roles)


@dataclass(frozen=True)
class Actor:
    """Who asks. ``user_id`` is None for a token without a person and for the system itself."""

    name: str
    roles: frozenset[Role]
    user_id: int | None = None

    def may(self, action: Action, relations: Collection[Relation] = ()) -> bool:
        """Whether this actor may."""
        return may(self.roles, action, relations)


SYSTEM = Actor("system", frozenset())
"""The house itself (ingest, jobs). It asks nobody; its name stands in events and audit."""
