"""What of a record somebody reads: whole, masked or not at all, one rule a kind of value (pure).

Reference: domain 2.7 and 3.4. What authenticates somebody (PIN, password, card check value, expiry, one-time code) is
kept nowhere and shown to nobody; what identifies somebody is masked, and whole only for who may reveal it and says why.
Reading the record itself is another question, asked before this one (crm.domain.access).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from crm.domain.access import may
from crm.domain.actions import Action, Relation, Role


class Field(StrEnum):
    """Kinds of values that a record may hold."""

    SECRET = "secret"  # noqa: S105  (a kind of value, not one)
    """PIN, password, card check value, expiry date, one-time code (C3)"""
    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    ID_NUMBER = "id_number"
    CARD_NUMBER = "card_number"
    """card and account numbers"""
    WEALTH = "wealth"
    """occupation, income, holdings, investment preference, risk tolerance"""
    WORDS = "words"
    """what the customer said or wrote"""
    MATTER = "matter"
    """kind, status, terms, codes, amounts: the ticket as such"""
    HANDLING = "handling"
    """evidence, opinions, approvals, responsibility"""
    STAFF = "staff"
    """who is complained about, warnings and penalties"""


class Sight(StrEnum):
    """How a value is shown."""

    WHOLE = "whole"
    MASKED = "masked"
    HIDDEN = "hidden"


IDENTIFYING = frozenset({Field.PHONE, Field.EMAIL, Field.ADDRESS, Field.ID_NUMBER, Field.CARD_NUMBER})
"""What is masked for everybody until it is revealed. A card's number is never whole, revealed or not."""

_W, _M, _H = Sight.WHOLE, Sight.MASKED, Sight.HIDDEN
_HANDLES = frozenset({Role.A2, Role.SM, Role.CM, Role.DG, Role.GM, Role.DH, Role.CO})
_LEADS = frozenset({Role.SM, Role.CM, Role.DG, Role.GM, Role.CO})
_TALKS = frozenset({Role.A1, *_HANDLES})

SEEN: Mapping[Field, Mapping[Role, Sight]] = {
    Field.SECRET: {},
    Field.NAME: {**dict.fromkeys(_TALKS | {Role.AU}, _W), Role.QA: _M},
    **{field: dict.fromkeys(_TALKS | {Role.QA, Role.AU}, _M) for field in IDENTIFYING},
    Field.WEALTH: dict.fromkeys(_TALKS - {Role.DH} | {Role.AU}, _W),
    Field.WORDS: dict.fromkeys(_TALKS | {Role.QA, Role.AU}, _W),
    Field.MATTER: dict.fromkeys(_TALKS | {Role.QA, Role.AU}, _W),
    Field.HANDLING: dict.fromkeys(_HANDLES | {Role.AU}, _W),
    Field.STAFF: dict.fromkeys(_LEADS | {Role.AU}, _W),
}
"""Kind of value → role → how it is shown. A role that is not here sees nothing of it."""

_ORDER = (_H, _M, _W)


def sight(
    roles: Collection[Role], field: Field, *, revealed: bool = False, relations: Collection[Relation] = ()
) -> Sight:
    """How somebody with these roles sees such a value of a record that he may read.

    ``revealed``: he asked for it and said why; that counts only where the matrix lets him, by his ``relations`` to the
    record.
    What he made himself (``Relation.OWN``) he reads as a handler does: the first agent reads what became of it.
    """
    found = max((SEEN[field].get(role, _H) for role in roles), key=_ORDER.index, default=_H)
    if field is Field.HANDLING and Relation.OWN in relations and Role.A1 in roles:
        found = _W
    if found is _M and field is not Field.CARD_NUMBER and revealed and may(roles, Action.REVEAL, relations):
        found = _W
    return found
