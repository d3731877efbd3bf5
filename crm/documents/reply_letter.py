"""The formal letter that answers a complaint: letterhead, the four parts, the ways out, the office's stamp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.documents.pdf import Box, Paper
from crm.domain.reply import PARTS


@dataclass(frozen=True)
class ReplyLetter:
    """All that stands on the letter; dates are words already, in the letter's language."""

    language: str
    bank: str
    office: str
    address: str
    hotline: str
    email: str
    number: str
    name: str
    received: str
    date: str
    parts: Mapping[str, str]
    remedies: Sequence[str]
    made_at: datetime


@dataclass(frozen=True)
class _Words:
    title: str
    number: str
    dear: str
    opening: str
    heads: Mapping[str, str]
    remedies: str
    closing: str
    foot: str


_WORDS = {
    "zh": _Words(
        "关于客户投诉的答复函",
        "编号：{number}",
        "{name}：",
        "您好！您于{received}反映的问题（编号 {number}）已由我行{office}核查办理完毕。现将处理结果告知如下。",
        {
            "facts": "一、调查认定的事实",
            "basis": "二、处理依据",
            "solution": "三、解决方案",
            "execution": "四、执行情况",
        },
        "五、您的救济途径",
        "对以上内容如有不明白之处，请致电 {hotline}，我们将耐心为您解释。感谢您的理解与监督。",
        "{bank}　{address}　客服热线 {hotline}　{email}",
    ),
    "en": _Words(
        "Answer to your complaint",
        "Number: {number}",
        "Dear {name},",
        "the matter that you told us of on {received} (number {number}) has been examined by our {office}. "
        "This is the result.",
        {
            "facts": "1. What we found",
            "basis": "2. On what basis we decided",
            "solution": "3. What we offer",
            "execution": "4. What has been done",
        },
        "5. What you can do if you disagree",
        "If anything is unclear, please call {hotline}; we will gladly explain it.",
        "{bank}  {address}  hotline {hotline}  {email}",
    ),
}
_UNNAMED = {"zh": "尊敬的客户", "en": "Customer"}


def draw(letter: ReplyLetter) -> bytes:
    """The letter as PDF."""
    words = _WORDS.get(letter.language, _WORDS["en"])
    told = {
        "number": letter.number,
        "name": letter.name or _UNNAMED.get(letter.language, _UNNAMED["en"]),
        "received": letter.received,
        "office": letter.office,
        "bank": letter.bank,
        "address": letter.address,
        "hotline": letter.hotline,
        "email": letter.email,
    }
    paper = Paper(words.title, language=letter.language, made_at=letter.made_at, foot=_fill(words.foot, told))
    paper.paragraph(letter.bank, size=15, bold=True, align="C")
    paper.line(paper.left, paper.y + 2, paper.left + paper.width, paper.y + 2)
    paper.gap(5)
    paper.heading(words.title, 16, centred=True)
    paper.paragraph(_fill(words.number, told), align="R", grey=True)
    paper.gap(2)
    paper.paragraph(_fill(words.dear, told))
    paper.paragraph(_fill(words.opening, told), indent=7)
    for name in PARTS:
        paper.heading(words.heads[name], 11.5)
        paper.paragraph(letter.parts.get(name, ""), indent=7)
    paper.heading(words.remedies, 11.5)
    for sentence in letter.remedies:
        paper.paragraph(sentence, indent=7)
    paper.gap(3)
    paper.paragraph(_fill(words.closing, told))
    _sign(paper, letter)
    return paper.finish()


def _sign(paper: Paper, letter: ReplyLetter) -> None:
    """The office and the date at the right, under the stamp."""
    paper.room(34)
    paper.gap(6)
    top = paper.y
    paper.seal(Box(paper.left + paper.width - 62, top, 56, 17), (letter.bank, letter.office))
    paper.move_to(top + 19)
    paper.paragraph(letter.date, align="R")


def _fill(text: str, told: Mapping[str, str]) -> str:
    """A sentence with its places filled in; what is filled in is not looked at again."""
    parts = text.split("{")
    return parts[0] + "".join(told.get(one.partition("}")[0], "") + one.partition("}")[2] for one in parts[1:])
