"""Posts, and which roles go with them and with each other (pure). Reference: domain 1.3, 3.4."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from crm.domain.actions import Role


class Post(StrEnum):
    """What somebody is in the house; his roles say what he may do."""

    FRONT_LINE = "front_line"
    SECOND_LINE = "second_line"
    ASSESSOR = "assessor"
    """professional staff: the first look at how grave and how urgent a matter is"""
    TEAM_LEADER = "team_leader"
    TRAINER = "trainer"
    SUPERVISOR = "supervisor"
    DEPUTY_SECTION_MANAGER = "deputy_section_manager"
    SECTION_MANAGER = "section_manager"
    COMPLAINT_HANDLER = "complaint_handler"
    DEPUTY_GM = "deputy_gm"
    GM = "gm"
    DEPARTMENT_STAFF = "department_staff"
    QUALITY = "quality"
    SCHEDULER = "scheduler"
    COMPLIANCE = "compliance"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


POST_ROLES: Mapping[Post, frozenset[Role]] = {
    Post.FRONT_LINE: frozenset({Role.A1}),
    Post.SECOND_LINE: frozenset({Role.A2}),
    Post.ASSESSOR: frozenset({Role.A2}),
    Post.TEAM_LEADER: frozenset({Role.A2}),
    Post.TRAINER: frozenset({Role.TR}),
    Post.SUPERVISOR: frozenset({Role.SM}),
    Post.DEPUTY_SECTION_MANAGER: frozenset({Role.SM}),
    Post.SECTION_MANAGER: frozenset({Role.SM}),
    Post.COMPLAINT_HANDLER: frozenset({Role.CM}),
    Post.DEPUTY_GM: frozenset({Role.DG}),
    Post.GM: frozenset({Role.GM}),
    Post.DEPARTMENT_STAFF: frozenset({Role.DH}),
    Post.QUALITY: frozenset({Role.QA}),
    Post.SCHEDULER: frozenset({Role.WF}),
    Post.COMPLIANCE: frozenset({Role.CO}),
    Post.AUDITOR: frozenset({Role.AU}),
    Post.ADMINISTRATOR: frozenset({Role.AD}),
}
"""Roles that a post cannot do without; somebody may have more."""

_RANK: Mapping[Post, int] = {
    Post.FRONT_LINE: 1,
    Post.SECOND_LINE: 2,
    Post.ASSESSOR: 2,
    Post.TEAM_LEADER: 3,
    Post.TRAINER: 3,
    Post.SUPERVISOR: 4,
    Post.DEPUTY_SECTION_MANAGER: 5,
    Post.SECTION_MANAGER: 6,
    Post.DEPUTY_GM: 7,
    Post.GM: 8,
}
"""The ladder of the service centre; posts beside it have no rung."""


class Change(StrEnum):
    """What a new post is."""

    JOINED = "joined"
    PROMOTED = "promoted"
    MOVED = "moved"
    LEFT = "left"
    RETURNED = "returned"


def change_of(before: Post | None, after: Post | None) -> Change:
    """Up the ladder is a promotion; anything else is a move."""
    lower, higher = _RANK.get(before) if before else None, _RANK.get(after) if after else None
    return Change.PROMOTED if lower is not None and higher is not None and higher > lower else Change.MOVED


def promotions(post: Post | None) -> tuple[Post, ...]:
    """The next rungs, nearest first."""
    rung = _RANK.get(post, 0) if post else 0
    return tuple(one for one in sorted(_RANK, key=lambda one: _RANK[one]) if rung < _RANK[one] <= rung + 2)


_CENTRE = frozenset({Role.A1, Role.A2, Role.SM, Role.CM, Role.DG, Role.GM})
APART: tuple[tuple[frozenset[Role], frozenset[Role], str], ...] = (
    (frozenset({Role.AD}), frozenset(Role) - {Role.AD}, "an administrator has no business with customers' matters"),
    (frozenset({Role.AU}), frozenset(Role) - {Role.AU}, "an auditor does nothing that is audited"),
    (frozenset({Role.CO}), _CENTRE | {Role.DH}, "compliance handles no complaint: it looks after those who do"),
    (frozenset({Role.QA}), _CENTRE | {Role.DH}, "who scores has no work of his own that is scored"),
)
"""Roles that nobody has together, and why."""


def conflict(roles: Collection[Role]) -> str | None:
    """Why nobody may have all these roles, or None."""
    have = frozenset(roles)
    return next((why for one, other, why in APART if have & one and have & other), None)


def missing(post: Post | None, roles: Collection[Role]) -> frozenset[Role]:
    """Roles that the post needs and that are not there."""
    return POST_ROLES[post] - frozenset(roles) if post is not None else frozenset()
