"""How complaints are counted for the regulator: the three axes of JR/T 0169-2018 as data (pure).

Labels are those that banks print in their yearly disclosure. The standard's own numbers were not at hand, so ``code``
is empty until a person who holds the standard fills it in; what a ticket keeps is ``key``, which never changes its
meaning. Each axis ends in "other", and every group of an axis in its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from crm.domain.tickets import Channel


class Axis(StrEnum):
    """What is asked of every complaint."""

    CHANNEL = "channel"
    """A: where the business was done that the complaint is about (not how the complaint came in)"""
    BUSINESS = "business"
    """B: what business it was"""
    REASON = "reason"
    """C: why the customer complains"""


class Office(StrEnum):
    """The two halves of axis A, which the yearly table tells apart."""

    FRONT = "front"
    BACK = "back"


@dataclass(frozen=True)
class Code:
    """A place on an axis. One that has places below it is only a heading and is not chosen."""

    axis: Axis
    key: str
    zh: str
    en: str
    parent: str | None = None
    code: str | None = None
    """the standard's number; None: not verified, never invented"""

    def title(self, language: str) -> str:
        """What people read."""
        return self.en if language == "en" else self.zh


def _axis(axis: Axis, *rows: tuple[str, str, str] | tuple[str, str, str, str]) -> tuple[Code, ...]:
    return tuple(Code(axis, row[0], row[1], row[2], row[3] if len(row) == 4 else None) for row in rows)


CHANNELS = _axis(
    Axis.CHANNEL,
    ("front", "前台业务渠道", "Front office"),
    ("front_premises", "营业现场", "Branch counter and premises", "front"),
    ("front_machine", "自助机具", "Self-service machines", "front"),
    ("front_electronic", "电子渠道", "Electronic channels", "front"),
    ("online_banking", "网上银行", "Online banking", "front_electronic"),
    ("telephone", "电话", "Telephone", "front_electronic"),
    ("mobile_client", "移动客户端", "Mobile app", "front_electronic"),
    ("public_platform", "网络公众平台", "Public network platforms", "front_electronic"),
    ("short_message", "短信", "Text messages", "front_electronic"),
    ("electronic_other", "其他电子渠道", "Other electronic channel", "front_electronic"),
    ("third_party", "第三方渠道", "Third parties", "front"),
    ("front_other", "其他前台渠道", "Other front office", "front"),
    ("back", "中、后台业务渠道", "Middle and back office"),
)
"""Axis A."""

BUSINESSES = _axis(
    Axis.BUSINESS,
    ("debit_card", "借记卡", "Debit cards"),
    ("credit_card", "信用卡", "Credit cards"),
    ("loan", "贷款", "Loans"),
    ("payment", "支付结算", "Payment and settlement"),
    ("collection", "债务催收", "Debt collection"),
    ("foreign_exchange", "外汇", "Foreign exchange"),
    ("savings", "人民币储蓄", "RMB savings"),
    ("agency", "银行代理业务", "Products sold for others"),
    ("other_intermediary", "其他中间业务", "Other fee business"),
    ("personal_information", "个人金融信息", "Personal financial information"),
    ("precious_metal", "贵金属", "Precious metals"),
    ("currency_management", "人民币管理", "RMB notes and coins"),
    ("own_wealth", "自营理财", "Own wealth products"),
    ("treasury", "国库", "Treasury"),
    ("other_business", "其他", "Other business"),
)
"""Axis B."""

REASONS = _axis(
    Axis.REASON,
    ("service_attitude", "服务态度及服务质量", "Attitude and quality of service"),
    ("facilities", "服务设施、设备、业务系统", "Facilities, equipment, systems"),
    ("rules_process", "管理制度、业务规则与流程", "Policy, rules and process"),
    ("marketing", "营销方式和手段", "Ways of marketing"),
    ("disclosure", "信息披露", "Disclosure"),
    ("returns", "产品收益", "Returns of a product"),
    ("own_choice", "自主选择权", "Freedom of choice"),
    ("contract_terms", "合同条款", "Terms of contract"),
    ("funds_safety", "消费者资金安全", "Safety of the customer's money"),
    ("information_safety", "消费者信息安全", "Safety of the customer's data"),
    ("collection_means", "债务催收方式和手段", "Ways of debt collection"),
    ("pricing", "定价收费", "Prices and fees"),
    ("other_reason", "其他", "Other reason"),
)
"""Axis C."""

AXES: Mapping[Axis, tuple[Code, ...]] = {Axis.CHANNEL: CHANNELS, Axis.BUSINESS: BUSINESSES, Axis.REASON: REASONS}

_BY_KEY: Mapping[tuple[Axis, str], Code] = {(code.axis, code.key): code for codes in AXES.values() for code in codes}
_HEADINGS = frozenset((code.axis, code.parent) for codes in AXES.values() for code in codes if code.parent is not None)

LIKELY_CHANNEL: Mapping[Channel, str] = {
    Channel.PHONE: "telephone",
    Channel.APP: "mobile_client",
    Channel.BRANCH: "front_premises",
    Channel.SMS: "short_message",
    Channel.SOCIAL: "public_platform",
    Channel.COMMUNITY: "public_platform",
    Channel.QQ: "public_platform",
    Channel.ONLINE: "online_banking",
}
"""A first suggestion for axis A from the way a complaint came in; a person says what it was really about."""


def find(axis: Axis, key: str | None) -> Code | None:
    """The place on an axis with that key."""
    return None if key is None else _BY_KEY.get((axis, key))


def is_choice(axis: Axis, key: str) -> bool:
    """Whether a ticket may have it: it is on the axis, and no heading."""
    return (axis, key) in _BY_KEY and (axis, key) not in _HEADINGS


def choices(axis: Axis) -> tuple[Code, ...]:
    """What a person chooses from, in the standard's order."""
    return tuple(code for code in AXES[axis] if is_choice(axis, code.key))


def title(axis: Axis, key: str | None, language: str) -> str | None:
    """What people read for a key that a ticket keeps; the key itself when this table does not know it."""
    if key is None:
        return None
    code = find(axis, key)
    return key if code is None else code.title(language)


def path(code: Code) -> tuple[Code, ...]:
    """A place with the headings above it, from the top."""
    return tuple(reversed(tuple(_upwards(code))))


def _upwards(code: Code) -> Iterator[Code]:
    step: Code | None = code
    while step is not None:
        yield step
        step = find(step.axis, step.parent)


def office(key: str | None) -> Office | None:
    """Whether a key of axis A belongs to the front or to the middle and back office."""
    code = find(Axis.CHANNEL, key)
    return None if code is None else Office(path(code)[0].key)
