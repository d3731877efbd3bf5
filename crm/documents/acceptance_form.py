"""客户投诉受理单 as it lies on paper: one page of boxes, and further pages for what has no room in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crm.documents.pdf import Box, Paper
from crm.domain.forms import FIELDS, ORDER, PAPER_CHANNELS, RESULT, Place

_LABEL = 30.0
_ROW = 9.0
_PAD = 1.5


@dataclass(frozen=True)
class Signed:
    """A signature as it is printed. ``mark``: the beginning of its seal."""

    name: str
    date: str
    opinion: str = ""
    mark: str = ""


@dataclass(frozen=True)
class PrintedForm:
    """All that stands on the form. ``channel``: a box of the paper form, or empty: ``channel_words`` says it."""

    number: str
    bank: str
    language: str
    fields: Mapping[str, str]
    channel: str
    channel_words: str
    signatures: Mapping[str, Signed]
    made_at: datetime


@dataclass(frozen=True)
class _Words:
    title: str
    number: str
    sign: str
    date: str
    other: str
    more: str
    note: str
    sealed: str


_WORDS = {
    "zh": _Words(
        "客户投诉受理单",
        "编号",
        "签名",
        "日期",
        "其他",
        "（内容较长，全文见续页）",
        "注：本单由第一客服在投诉处理完毕后填写，经客服中心有关人员签署意见后，交客户维护室存档。",
        "电子签署",
    ),
    "en": _Words(
        "Complaint Acceptance Form",
        "Number",
        "Signature",
        "Date",
        "Other",
        "(the whole text is on the next page)",
        "Filled in by the first agent when the complaint has been dealt with; signed by those concerned in the service "
        "centre; then handed to the customer maintenance office for filing.",
        "signed electronically",
    ),
}


def draw(form: PrintedForm) -> bytes:
    """The form as PDF."""
    return _Sheet(form).draw()


class _Sheet:
    """The form being drawn."""

    def __init__(self, form: PrintedForm) -> None:
        self.form = form
        self.words = _WORDS.get(form.language, _WORDS["en"])
        self.zh = form.language == "zh"
        self.colon = "：" if self.zh else ": "
        foot = f"{form.bank}  {self.words.title}  {form.number}"
        self.paper = Paper(self.words.title, language=form.language, made_at=form.made_at, foot=foot)
        self.left: list[tuple[str, str]] = []
        """what had no room, with its label"""

    def draw(self) -> bytes:
        self._head()
        top = self._body(self.paper.y + 1)
        self._signatures(top)
        self._further_pages()
        return self.paper.finish()

    def _head(self) -> None:
        paper, form = self.paper, self.form
        paper.move_to(14)
        paper.paragraph(form.bank, size=10.5, align="C", grey=True)
        paper.paragraph(self.words.title, size=19, bold=True, align="C")
        top = paper.y + 1.5
        third = paper.width / 3
        for index, text in enumerate(
            (
                f"{self._title('filled_on')}{self.colon}{form.fields.get('filled_on', '')}",
                f"{self._title('filled_by')}{self.colon}{form.fields.get('filled_by', '')}",
                f"{self.words.number}{self.colon}{form.number}",
            )
        ):
            box = Box(paper.left + index * third, top, third - 2, 6)
            paper.text_in(box, text, size=10, align=("L", "C", "R")[index])
        paper.move_to(top + 7)

    def _title(self, name: str) -> str:
        found = next(one for one in (*FIELDS, RESULT) if one.name == name)
        return found.title_zh if self.zh else found.title_en

    def _body(self, top: float) -> float:
        half = self.paper.width / 2
        rows = (("real_name", "complained_about", _ROW), ("channel", "user_name", _ROW * 1.7),
                ("complaint_type", "phone", _ROW))  # fmt: skip
        for first, second, high in rows:
            self._pair(self.paper.left, top, half, first)
            self._pair(self.paper.left + half, top, half, second)
            top += high
        self._pair(self.paper.left, top, self.paper.width, "complained_at")
        return self._tall(top + _ROW, 54, self._title("content"), self.form.fields.get("content", ""))

    def _pair(self, x: float, top: float, width: float, name: str) -> None:
        high = _ROW * 1.7 if name in {"channel", "user_name"} else _ROW
        paper = self.paper
        paper.frame(Box(x, top, _LABEL, high))
        paper.frame(Box(x + _LABEL, top, width - _LABEL, high))
        paper.text_in(_inside(Box(x, top, _LABEL, high)), self._title(name), size=9.5, align="C", middle=True)
        place = Box(x + _LABEL, top, width - _LABEL, high)
        if name == "channel":
            self._channels(place)
        elif not paper.text_in(_inside(place), self.form.fields.get(name, ""), size=10, middle=True, shrink=7):
            self.left.append((self._title(name), self.form.fields.get(name, "")))

    def _channels(self, place: Box) -> None:
        """The boxes to tick, two in a row, and what is none of them in words."""
        paper = self.paper
        x, y = place.x + _PAD, place.y + 1.8
        for index, (code, zh, en) in enumerate(PAPER_CHANNELS):
            column, row = index % 2, index // 2
            left = x + column * (place.width - _PAD) / 2
            high = y + row * 4.6
            paper.tick(left, high + 0.3, ticked=code == self.form.channel, size=2.8)
            paper.text_in(Box(left + 3.6, high - 0.6, 26, 4.6), zh if self.zh else en, size=8.5)
        other = "" if self.form.channel else self.form.channel_words
        paper.tick(x, y + 9.5, ticked=bool(other), size=2.8)
        paper.text_in(
            Box(x + 3.6, y + 8.6, place.width - 8, 4.6), f"{self.words.other}{self.colon}{other}", size=8.5, shrink=6
        )

    def _tall(self, top: float, high: float, label: str, text: str, foot: float = 0.0) -> float:
        """A high box with its text; the last ``foot`` millimetres stay free."""
        paper = self.paper
        paper.frame(Box(paper.left, top, _LABEL, high))
        place = Box(paper.left + _LABEL, top, paper.width - _LABEL, high)
        paper.frame(place)
        paper.text_in(_inside(Box(paper.left, top, _LABEL, high)), label, size=9.5, align="C", middle=True)
        inner = _inside(Box(place.x, place.y, place.width, place.height - foot))
        if paper.height_of(text, inner.width, 8) <= inner.height:
            paper.text_in(inner, text, size=10, shrink=8)
        else:
            paper.text_in(Box(inner.x, inner.y, inner.width, inner.height - 4), text, size=8, shrink=8)
            paper.text_in(
                Box(inner.x, inner.y + inner.height - 4, inner.width, 4), self.words.more, size=7.5, grey=True
            )
            self.left.append((label, text))
        return top + high

    def _signatures(self, top: float) -> None:
        for one in ORDER:
            label = one.title_zh if self.zh else one.title_en
            found = self.form.signatures.get(one.place)
            high = 26.0 if one.opinion else 11.0
            opinion = found.opinion if found else ""
            if one.place == Place.RESULT:
                top = self._tall(top, 28.0, label, opinion, 8.0)
                self._sign_line(top - 7.5, found, 0.42)
                continue
            self._framed(top, high, label)
            if opinion:
                inner = Box(self.paper.left + _LABEL + _PAD, top + 1, self.paper.width - _LABEL - 2 * _PAD, high - 9)
                if not self.paper.text_in(inner, opinion, size=9.5, shrink=8):
                    self.left.append((label, opinion))
            self._sign_line(top + high - 7.5 if one.opinion else top + 2.2, found, 0.42)
            top += high
        self.paper.move_to(top + 2)
        self.paper.paragraph(self.words.note, size=8, grey=True)

    def _framed(self, top: float, high: float, label: str) -> None:
        paper = self.paper
        paper.frame(Box(paper.left, top, _LABEL, high))
        paper.frame(Box(paper.left + _LABEL, top, paper.width - _LABEL, high))
        paper.text_in(_inside(Box(paper.left, top, _LABEL, high)), label, size=9.5, align="C", middle=True)

    def _sign_line(self, y: float, found: Signed | None, share: float) -> None:
        """Signature and date at the foot of a box; a line to write on while nobody signed."""
        paper = self.paper
        x = paper.left + _LABEL + (paper.width - _LABEL) * share
        room = paper.left + paper.width - x - _PAD
        paper.text_in(Box(x, y, 17, 6), f"{self.words.sign}{self.colon}", size=9.5)
        if found is None:
            paper.line(x + 17, y + 5, x + room * 0.52, y + 5)
        else:
            paper.text_in(Box(x + 17, y - 0.8, room * 0.52 - 17, 6.5), found.name, size=12, bold=True, shrink=8)
            paper.text_in(
                Box(x + 17, y + 4.1, room * 0.52 - 17, 3),
                f"{self.words.sealed} {found.mark}",
                size=6,
                grey=True,
                shrink=5,
            )
        paper.text_in(Box(x + room * 0.55, y, 14, 6), f"{self.words.date}{self.colon}", size=9.5)
        if found is None:
            paper.line(x + room * 0.55 + 12, y + 5, x + room, y + 5)
        else:
            paper.text_in(Box(x + room * 0.55 + 11, y, room * 0.45 - 11, 6), found.date, size=9.5, shrink=7)

    def _further_pages(self) -> None:
        if not self.left:
            return
        self.paper.new_page()
        self.paper.heading(f"{self.words.title} {self.form.number}", size=12)
        for label, text in self.left:
            self.paper.heading(label, size=11)
            self.paper.paragraph(text, size=10)


def _inside(box: Box) -> Box:
    return Box(box.x + _PAD, box.y + 1, box.width - 2 * _PAD, box.height - 2)


def empty(bank: str, language: str, made_at: datetime) -> bytes:
    """The form with nothing on it, to be filled in by hand."""
    return draw(PrintedForm("", bank, language, {}, "", "", {}, made_at))
