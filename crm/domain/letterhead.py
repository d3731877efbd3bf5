"""What stands on every letter: the bank, its addresses, and where a customer can turn who disagrees (pure).

The bodies and their numbers are the house's own entries: a bank checks them before it prints them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from crm.domain.errors import InvalidInputError

MAX_LINE = 200
MAX_TEXT = 1_000


@dataclass(frozen=True)
class InLanguage:
    """The words of one language. ``review`` to ``litigation``: what the letter says of each way out."""

    bank: str
    centre: str
    office: str
    review: str
    mediation: str
    arbitration: str
    litigation: str
    regulator: str
    association: str


_ZH = InLanguage(
    bank="示例银行",
    centre="客户服务中心",
    office="客户维护室",
    review="核查：您如对本处理决定有异议，可自收到决定之日起{days}日内，以书面形式向我行上级机构申请核查。",
    mediation="调解：您可以向当地银行业纠纷调解组织申请调解。",
    arbitration="仲裁：您与我行订有仲裁协议的，可以依协议向仲裁机构申请仲裁。",
    litigation="诉讼：您可以依法向人民法院提起诉讼。",
    regulator="金融监管部门投诉热线 12378；中国人民银行金融消费权益保护热线 12363。",
    association="您也可以向当地消费者权益保护组织反映。",
)
_EN = InLanguage(
    bank="Example Bank",
    centre="Customer Service Centre",
    office="Customer Maintenance Office",
    review="Review: if you disagree with this decision, you may ask our superior institution in writing for a review "
    "within {days} days of receiving it.",
    mediation="Mediation: you may apply to the local mediation body for banking disputes.",
    arbitration="Arbitration: where you have an arbitration agreement with us, you may go to that arbitration body.",
    litigation="Litigation: you may bring the matter before a people's court.",
    regulator="The financial regulator's complaint line is 12378, the central bank's is 12363.",
    association="You may also turn to the local consumer organisation.",
)


@dataclass(frozen=True)
class Letterhead:
    """All of it."""

    zh: InLanguage = _ZH
    en: InLanguage = _EN
    hotline: str = ""
    """empty: the hotline's number of the settings"""
    address: str = ""
    email: str = ""

    def words(self, language: str) -> InLanguage:
        """Those of a language; Chinese for one that there is none of."""
        return self.en if language == "en" else self.zh

    def to_document(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)


@dataclass(frozen=True)
class Remedy:
    """A way out that the reply names. ``asked``: the law asks for it in every reply."""

    code: str
    asked: bool = True


REMEDIES: tuple[Remedy, ...] = (
    Remedy("review"),
    Remedy("mediation"),
    Remedy("arbitration"),
    Remedy("litigation"),
    Remedy("regulator", asked=False),
    Remedy("association", asked=False),
)
"""In the order of the letter."""


def remedies(head: Letterhead, language: str, *, review_days: int) -> tuple[str, ...]:
    """The sentences of all ways out; an outside body without a sentence is left out."""
    words = head.words(language)
    said = [str(getattr(words, one.code)).replace("{days}", str(review_days)).strip() for one in REMEDIES]
    return tuple(sentence for sentence in said if sentence)


def parse(document: Mapping[str, Any]) -> Letterhead:
    """A letterhead as it was stored; what is missing is the default."""
    plain = {name: str(document[name]) for name in ("hotline", "address", "email") if name in document}
    return Letterhead(zh=_in(document.get("zh"), _ZH), en=_in(document.get("en"), _EN), **plain)


def _in(given: Any, default: InLanguage) -> InLanguage:
    known = given if isinstance(given, Mapping) else {}
    return InLanguage(**{one.name: str(known.get(one.name, getattr(default, one.name))) for one in fields(InLanguage)})


def checked(head: Letterhead) -> Letterhead:
    """The same when it may come into force. Raises InvalidInputError for what a letter cannot do without."""
    for language, words in (("zh", head.zh), ("en", head.en)):
        for one in fields(InLanguage):
            text = getattr(words, one.name)
            asked = one.name not in {"regulator", "association"}
            if (asked and not text.strip()) or len(text) > MAX_TEXT or "\0" in text:
                raise InvalidInputError(f"{language}.{one.name}", f"must have 1 to {MAX_TEXT} characters")
    if "{days}" not in head.zh.review or "{days}" not in head.en.review:
        raise InvalidInputError("review", "must say {days}: the days within which a review can be asked for")
    for name in ("hotline", "address", "email"):
        if len(getattr(head, name)) > MAX_LINE:
            raise InvalidInputError(name, f"must have at most {MAX_LINE} characters")
    return head
