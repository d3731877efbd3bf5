"""What a customer is told when his matter was taken in: number, what happens next, by when, whom to ask (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from crm.domain.rules import Rules
from crm.domain.submissions import Preferred
from crm.domain.tickets import COMPLAINT_KINDS, Channel, Kind

CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without letters and digits that look or sound like others."""
CODE_LENGTH = 8


class Receipt(StrEnum):
    """How a customer learned that his matter was taken in."""

    NONE = "none"
    SHOWN = "shown"
    """on the page where he sent it"""
    TOLD = "told"
    """by a person, on the telephone or at the counter"""
    QUEUED = "queued"
    """by a message of the way that he prefers"""


CHANNEL_TITLES: Mapping[Channel, tuple[str, str]] = {
    Channel.PHONE: ("电话", "telephone"),
    Channel.WEB: ("官方网站", "our web site"),
    Channel.APP: ("手机应用", "our app"),
    Channel.EMAIL: ("电子邮件", "e-mail"),
    Channel.LETTER: ("信函", "letter"),
    Channel.BRANCH: ("营业网点", "a branch"),
    Channel.ONLINE: ("在线客服", "the online desk"),
    Channel.CHAT: ("在线对话", "chat"),
    Channel.COMMUNITY: ("社区", "the community"),
    Channel.SMS: ("短信", "text message"),
    Channel.SOCIAL: ("社交媒体", "social media"),
    Channel.QQ: ("QQ", "QQ"),
}
WRITTEN_BY_CUSTOMER = frozenset(Channel) - {Channel.PHONE, Channel.BRANCH, Channel.LETTER}
"""Ways in which the customer types his own words: they need no reading back."""
_SENT_BY_ITSELF = frozenset({Preferred.EMAIL, Preferred.SMS})


def channel_title(channel: str, language: str) -> str:
    """What a customer reads for the way that he took."""
    zh, en = CHANNEL_TITLES[Channel(channel)]
    return en if language == "en" else zh


def expected_at(
    kind: Kind,
    level: int | None,
    received_at: datetime,
    zone: ZoneInfo,
    rules: Rules,
    *,
    legal_due: datetime | None,
    target: datetime | None,
) -> datetime | None:
    """By when the customer is told to expect an answer: the house's target, never later than the law's end."""
    if kind in COMPLAINT_KINDS:
        last = received_at.astimezone(zone).date() + timedelta(days=rules.level_days(level))
        promised = datetime.combine(last, datetime.max.time(), tzinfo=zone).replace(microsecond=0)
    elif target is not None:
        promised = target
    else:
        return legal_due
    return promised if legal_due is None or promised <= legal_due else legal_due


def ways(preferred: str, reachable: Mapping[str, bool], *, told: bool) -> tuple[str, ...]:
    """The ways to send a receipt by, the first that works counts.

    Who has been told already, on the page or by a person, gets it in writing where that goes by itself; a person is
    sent to the telephone, or a letter to the post, only for a customer who knows nothing yet.
    """
    order = [preferred, Preferred.EMAIL, Preferred.SMS, Preferred.PHONE, Preferred.LETTER]
    if told:
        order = [preferred] if preferred in _SENT_BY_ITSELF else []
    return tuple(dict.fromkeys(way for way in order if reachable.get(way)))


def shown_day(at: datetime, zone: ZoneInfo, language: str) -> str:
    """A day as a customer reads it."""
    day = at.astimezone(zone)
    return f"{day:%Y-%m-%d}" if language == "en" else f"{day.year}年{day.month}月{day.day}日"
