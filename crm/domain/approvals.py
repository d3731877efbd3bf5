"""Who must sign what, in which order, and who may sign now (pure). Reference: domain 3.3.

A chain is a row of posts. The level of a complaint and the amount of its solution say how high it goes; the posts
below sign first. A person signs once in a chain, never what he asked for himself, and never in a matter about
himself. A post that nobody else can fill is left to the next higher one, never to a lower one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from crm.domain.access import Role
from crm.domain.rules import Rules
from crm.domain.tickets import Kind


class Post(StrEnum):
    """Whose signature it is."""

    SECTION = "section"
    MAINTENANCE = "maintenance"
    DEPUTY_GM = "deputy_gm"
    GM = "gm"
    DEPARTMENT = "department"
    """the head of a department that answers for the matter"""


LADDER = (Post.SECTION, Post.MAINTENANCE, Post.DEPUTY_GM, Post.GM)
"""The posts of the service centre, lowest first."""

POST_ROLE: Mapping[Post, Role] = {
    Post.SECTION: Role.SM,
    Post.MAINTENANCE: Role.CM,
    Post.DEPUTY_GM: Role.DG,
    Post.GM: Role.GM,
}
"""The role that fills a post; a department's is filled by its head."""

SIGNERS = frozenset(POST_ROLE.values()) | {Role.DH, Role.CO}
"""Roles that sign, for themselves or for somebody absent. DH and CO: as heads of departments."""


class Subject(StrEnum):
    """What is signed."""

    SOLUTION = "solution"
    EXTEND_30 = "extend_30"
    EXTEND_60 = "extend_60"
    EXTEND_PBOC = "extend_pboc"
    PENALTY = "penalty"
    REGRADE = "regrade"
    EXPORT = "export"


FIXED_CHAINS: Mapping[Subject, tuple[Post, ...]] = {
    Subject.EXTEND_30: (Post.DEPUTY_GM,),
    Subject.EXTEND_60: (Post.DEPUTY_GM, Post.GM),
    Subject.EXTEND_PBOC: (Post.DEPUTY_GM,),
    Subject.PENALTY: (Post.DEPUTY_GM,),
    Subject.EXPORT: (Post.DEPUTY_GM,),
}
"""Chains that do not depend on level or amount. A regrading is signed by the post above who asks for it."""


@dataclass(frozen=True)
class Seat:
    """A signature in a chain: a post, and for a department's head the department."""

    post: Post
    department_id: int | None = None


class Decision(StrEnum):
    """What somebody who is asked to sign does."""

    APPROVE = "approve"
    RETURN = "return"


class RequestState(StrEnum):
    """How a request stands."""

    OPEN = "open"
    APPROVED = "approved"
    RETURNED = "returned"
    SUPERSEDED = "superseded"
    """what was to be signed has changed since"""


class Signing(StrEnum):
    """Why somebody cannot sign now."""

    NOTHING = "nothing"
    OWN = "own"
    ABOUT_HIM = "about_him"
    TOOK_PART = "took_part"
    SIGNED = "signed"
    NOT_HIS_TURN = "not_his_turn"
    CHANGED = "changed"


SIGNING_WHYS: Mapping[Signing, str] = {
    Signing.NOTHING: "there is nothing to sign",
    Signing.OWN: "nobody approves what he asked for himself",
    Signing.ABOUT_HIM: "nobody approves a matter about himself",
    Signing.TOOK_PART: "a review is signed by somebody who had no hand in the complaint",
    Signing.SIGNED: "you have signed this already; one person signs once",
    Signing.NOT_HIS_TURN: "it is somebody else's turn to sign",
    Signing.CHANGED: "what is to be signed has changed: it must be asked for again",
}


def band_post(amount_fen: int, rules: Rules) -> Post:
    """The lowest post that may approve this much."""
    if amount_fen <= rules.band_section_fen:
        return Post.SECTION
    if amount_fen <= rules.band_maintenance_fen:
        return Post.MAINTENANCE
    if amount_fen <= rules.band_deputy_fen:
        return Post.DEPUTY_GM
    return Post.GM


def solution_chain(
    kind: Kind, level: int | None, amount_fen: int, departments: Sequence[int], rules: Rules
) -> tuple[Seat, ...]:
    """Who signs a solution. ``departments``: those that answer for the matter, or the upper office of a review."""
    if amount_fen < 0:
        raise ValueError("an amount is not negative")
    heads = tuple(Seat(Post.DEPARTMENT, one) for one in dict.fromkeys(departments))
    if kind is Kind.REVIEW:
        return heads or (Seat(Post.GM),)
    highest = band_post(amount_fen, rules)
    if kind is Kind.COMPLAINT and level in {2, 3}:
        highest = Post.GM
    ladder = tuple(Seat(post) for post in LADDER[: LADDER.index(highest) + 1])
    if kind is Kind.COMPLAINT and level == 3:
        office = LADDER.index(Post.MAINTENANCE) + 1
        return (*ladder[:office], *heads, *ladder[office:])
    return ladder


def post_above(roles: Collection[Role]) -> Post:
    """The post above the highest that these roles fill; the general manager's when there is none above."""
    held = [index for index, post in enumerate(LADDER) if POST_ROLE[post] in roles]
    return LADDER[min(max(held, default=-1) + 1, len(LADDER) - 1)]


def filled(chain: Sequence[Seat], able: Mapping[Seat, Collection[str]]) -> tuple[Seat, ...]:
    """The chain with each post that nobody can fill left to the next higher one.

    ``able``: seat → who may fill it. A department without a head is answered for by the deputy general manager, the
    upper office of a review by the general manager. The highest post stays, even when nobody can fill it: then
    somebody must be named. Who is the only one for a post is not counted on for another: a person signs once.
    """
    seats: list[Seat] = []
    spent: set[str] = set()
    for seat in chain:
        wanted = seat
        while wanted not in seats:
            left = set(able.get(wanted, ())) - spent
            if left or wanted.post is LADDER[-1]:
                seats.append(wanted)
                spent |= left if len(left) == 1 else set()
            else:
                wanted = Seat(_next_higher(wanted.post, upper=len(chain) == 1))
    return tuple(sorted(seats, key=lambda seat: _ORDER.index(seat.post)))


_ORDER = (Post.SECTION, Post.MAINTENANCE, Post.DEPARTMENT, Post.DEPUTY_GM, Post.GM)
"""Who signs before whom: the departments are heard before the general managers decide."""


def higher_seats(chain: Sequence[Seat]) -> tuple[Seat, ...]:
    """The seats of a chain and all those above them, of which somebody may have to sign instead."""
    return tuple(dict.fromkeys((*chain, *(Seat(post) for post in LADDER))))


def _next_higher(post: Post, *, upper: bool) -> Post:
    if post is Post.DEPARTMENT:
        return Post.GM if upper else Post.DEPUTY_GM
    return LADDER[LADDER.index(post) + 1]


@dataclass(frozen=True)
class Signature:
    """A decision that was made on a seat."""

    seat: Seat
    person: str
    decision: Decision
    in_place_of: str | None = None


@dataclass(frozen=True)
class Chain:
    """A request with the signatures it has. ``fingerprint``: of what was asked for."""

    seats: tuple[Seat, ...]
    authors: frozenset[str]
    """who asked for it, and who wrote what is to be signed"""
    fingerprint: str
    signatures: tuple[Signature, ...] = ()

    @property
    def next_seat(self) -> Seat | None:
        """Whose turn it is; None when the chain is complete or was returned."""
        if self.returned or len(self.signatures) >= len(self.seats):
            return None
        return self.seats[len(self.signatures)]

    @property
    def returned(self) -> bool:
        """Whether somebody sent it back."""
        return any(one.decision is Decision.RETURN for one in self.signatures)

    @property
    def complete(self) -> bool:
        """Whether all have signed."""
        return not self.returned and len(self.signatures) == len(self.seats)


@dataclass(frozen=True)
class Signer:
    """Somebody who would sign: on seats of his own, or (``stands_for``) on that of an absent one."""

    name: str
    fills: frozenset[Seat] = frozenset()
    stands_for: Mapping[Seat, str] = field(default_factory=dict)
    about_him: bool = False
    took_part: bool = False


def why_not_sign(chain: Chain, signer: Signer, fingerprint: str) -> Signing | None:
    """Why he cannot sign now, or None. ``fingerprint``: of what stands there now."""
    seat = chain.next_seat
    checks = (
        (seat is None, Signing.NOTHING),
        (signer.about_him, Signing.ABOUT_HIM),
        (signer.took_part, Signing.TOOK_PART),
        (signer.name in chain.authors, Signing.OWN),
        (any(one.person == signer.name for one in chain.signatures), Signing.SIGNED),
        (seat not in signer.fills and seat not in signer.stands_for, Signing.NOT_HIS_TURN),
        (chain.fingerprint != fingerprint, Signing.CHANGED),
    )
    return next((why for refused, why in checks if refused), None)


def fingerprint_of(content: Mapping[str, Any]) -> str:
    """The hash of what is signed: the same whatever the order of its parts."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
