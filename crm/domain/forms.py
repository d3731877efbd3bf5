"""客户投诉受理单, the acceptance form: its fields, its signatures and their order (pure). Reference: domain 1.8."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from crm.domain.access import Role
from crm.domain.errors import InvalidInputError
from crm.domain.tickets import Channel

MAX_FIELD = 5_000
MAX_OPINION = 2_000


class FormState(StrEnum):
    """How a form stands."""

    SIGNING = "signing"
    COMPLETE = "complete"
    FILED = "filed"
    VOID = "void"


@dataclass(frozen=True)
class FormField:
    """A field of the form's head or body. ``asked``: the form is not filled in without it."""

    place: str
    name: str
    title_zh: str
    title_en: str
    asked: bool = True


FIELDS: tuple[FormField, ...] = (
    FormField("FO-01", "filled_on", "填表日期", "Date filled in"),
    FormField("FO-02", "filled_by", "填表人", "Filled in by"),
    FormField("FO-03", "real_name", "投诉人真实姓名", "Complainant's real name"),
    FormField("FO-04", "complained_about", "被投诉对象", "Complained-about party"),
    FormField("FO-05", "channel", "投诉途径", "Channel"),
    FormField("FO-06", "user_name", "用户名", "User name", asked=False),
    FormField("FO-07", "complaint_type", "投诉类型", "Type of complaint"),
    FormField("FO-08", "phone", "联系电话", "Contact telephone"),
    FormField("FO-09", "complained_at", "投诉时间", "Time of the complaint"),
    FormField("FO-10", "content", "投诉内容", "Content of the complaint"),
)
RESULT = FormField("FO-15", "result", "处理结果", "Result")


class Place(StrEnum):
    """A signature's place on the form, in the order of signing."""

    FIRST_AGENT = "FO-11"
    SECTION_MANAGER = "FO-12"
    MAINTENANCE = "FO-13"
    GENERAL_MANAGER = "FO-14"
    RESULT = "FO-15"
    CLOSING = "FO-16"


@dataclass(frozen=True)
class SignPlace:
    """Who signs there. ``opinion``: he also writes what he thinks; at FO-15 that is the result."""

    place: Place
    roles: frozenset[Role]
    title_zh: str
    title_en: str
    opinion: bool
    first_agent: bool = False
    """the one who took the complaint, or who stands in for him"""


ORDER: tuple[SignPlace, ...] = (
    SignPlace(
        Place.FIRST_AGENT, frozenset({Role.A1, Role.A2}), "第一客服", "First agent", opinion=False, first_agent=True
    ),
    SignPlace(Place.SECTION_MANAGER, frozenset({Role.SM}), "室经理处理意见", "Section manager's opinion", opinion=True),
    SignPlace(
        Place.MAINTENANCE,
        frozenset({Role.CM}),
        "客户维护室处理人员处理意见",
        "Customer maintenance office's opinion",
        opinion=True,
    ),
    SignPlace(
        Place.GENERAL_MANAGER,
        frozenset({Role.DG, Role.GM}),
        "客服中心总经理/副总经理处理意见",
        "General or deputy general manager's opinion",
        opinion=True,
    ),
    SignPlace(Place.RESULT, frozenset({Role.CM}), "处理结果", "Result", opinion=True),
    SignPlace(
        Place.CLOSING,
        frozenset({Role.A1, Role.A2}),
        "第一客服",
        "First agent, closing",
        opinion=False,
        first_agent=True,
    ),
)
"""FO-11 to FO-16. The result is written by the maintenance office, which gave the answer."""

PAPER_CHANNELS: tuple[tuple[str, str, str], ...] = (
    ("qq", "QQ", "QQ"),
    ("phone", "400电话", "400 telephone"),
    ("community", "社区帖子", "Community post"),
    ("online", "在线提问", "Online question"),
)
"""The boxes of the paper form; whatever else the channel is stands in words beside them."""
PAPER_CHANNEL_OF: Mapping[Channel, str] = {
    Channel.QQ: "qq",
    Channel.PHONE: "phone",
    Channel.COMMUNITY: "community",
    Channel.ONLINE: "online",
    Channel.CHAT: "online",
    Channel.WEB: "online",
    Channel.APP: "online",
}


class NotYours(StrEnum):
    """Why somebody does not sign now."""

    DONE = "done"
    ROLE = "role"
    NOT_FIRST_AGENT = "not_first_agent"
    ABOUT_HIMSELF = "about_himself"
    TWICE = "twice"
    NOT_OPEN = "not_open"


def next_place(signed: Collection[str]) -> SignPlace | None:
    """Whose turn it is; None when all have signed."""
    return next((one for one in ORDER if one.place not in signed), None)


def places_missing(signed: Collection[str]) -> tuple[str, ...]:
    """The signatures that are not there, in their order."""
    return tuple(one.place.value for one in ORDER if one.place not in signed)


@dataclass(frozen=True)
class Signer:
    """Who wants to sign: his roles, who the first agent is, whom the complaint is about, who signed where."""

    user_id: int
    roles: frozenset[Role]
    stands_for: frozenset[int]
    """people whose deputy he is now"""


def refusal(
    signed: Sequence[tuple[str, int]], signer: Signer, *, first_agent: int | None, about: int | None
) -> NotYours | None:
    """Why this person cannot give the next signature; None when he can.

    ``signed``: places with who signed there. Opinions are given by different people; the result and the closing
    signature come from those who signed before. Where the first agent is the one complained about, or nobody is
    (the complaint came in writing), somebody else of the front line signs for him.
    """
    turn = next_place([place for place, _ in signed])
    if turn is None:
        return NotYours.DONE
    if signer.user_id == about:
        return NotYours.ABOUT_HIMSELF
    stands = turn.first_agent and first_agent in signer.stands_for
    if turn.roles.isdisjoint(signer.roles) and not stands:
        return NotYours.ROLE
    if turn.first_agent and not stands and first_agent not in {None, about, signer.user_id}:
        return NotYours.NOT_FIRST_AGENT
    closing = turn.place in {Place.RESULT, Place.CLOSING}
    if not closing and any(who == signer.user_id for _, who in signed):
        return NotYours.TWICE
    return None


def checked_fields(given: Mapping[str, str]) -> dict[str, Any]:
    """The fields as they go on the form. Raises InvalidInputError for one that is missing or too long."""
    found: dict[str, Any] = {}
    for one in FIELDS:
        text = given.get(one.name, "").replace("\r\n", "\n").strip()
        if (one.asked and not text) or len(text) > MAX_FIELD or "\0" in text:
            raise InvalidInputError(one.name, f"{one.place} must have 1 to {MAX_FIELD} characters")
        found[one.name] = text
    return found


def checked_opinion(place: SignPlace, opinion: str) -> str:
    """What he writes there. Raises InvalidInputError where something must be written."""
    text = opinion.replace("\r\n", "\n").strip()
    if place.opinion and not text:
        raise InvalidInputError("opinion", f"{place.place} needs its text")
    if len(text) > MAX_OPINION or "\0" in text:
        raise InvalidInputError("opinion", f"must have at most {MAX_OPINION} characters")
    return text
