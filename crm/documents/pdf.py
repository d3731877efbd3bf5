"""The only door to fpdf2: sheets of A4 with text, tables and boxes, in one font that has Chinese characters.

Positions and sizes are millimetres. What cannot be drawn (a control character, a character that the font lacks)
becomes a hollow square: a customer's text must neither stop a letter nor change anything but its own place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from fpdf import FPDF
from fpdf.enums import TextMode, XPos, YPos
from fpdf.fonts import TTFFont

from crm.documents.breaking import lines_of
from crm.documents.fonts import Font, chinese_font

_FAMILY = "huiyin"
_MISSING = "□"
_BLACK = (0, 0, 0)
_GREY = (90, 90, 90)
_LANGUAGES = {"zh": "zh-CN", "en": "en"}
_MARGIN = 20.0
_LEADING = 1.55
_POINT = 25.4 / 72
PRODUCER = "Huiyin"


class _File(FPDF):
    """A file of fpdf2 with a line at the foot of every page."""

    foot = ""

    def footer(self) -> None:
        """Called by fpdf2 at the end of each page."""
        self.set_y(-14)
        self.set_font(_FAMILY, size=8)
        self.set_text_color(*_GREY)
        self.cell(0, 4, f"{self.foot}    {self.page_no()} / {{nb}}".strip(), align="C")
        self.set_text_color(*_BLACK)


@dataclass(frozen=True)
class Box:
    """A place on the page."""

    x: float
    y: float
    width: float
    height: float


class Paper:
    """A document being drawn, from the top of its first page downwards. ``finish`` gives its bytes."""

    def __init__(
        self, title: str, *, language: str, made_at: datetime, foot: str = "", landscape: bool = False,
        font: Font | None = None,
    ) -> None:  # fmt: skip
        self._file = _File(orientation="L" if landscape else "P", format="A4")
        found = font or chinese_font()
        self._file.add_font(_FAMILY, fname=found.path, collection_font_number=found.index)
        font_in_file = self._file.fonts[_FAMILY]
        if not isinstance(font_in_file, TTFFont):
            raise TypeError("a font file gives a font of its own")
        self._font, self._known = font_in_file, font_in_file.cmap
        self._file.set_title(self.drawable(title))
        self._file.set_creator(PRODUCER)
        self._file.set_producer(PRODUCER)
        self._file.set_lang(_LANGUAGES.get(language, "en"))
        self._file.set_creation_date(made_at)
        self._file.foot = self.drawable(foot)
        self._file.set_margin(_MARGIN)
        self._file.set_auto_page_break(auto=True, margin=18)
        self._file.c_margin = 0.0
        self._file.set_line_width(0.25)
        self._file.add_page()

    @property
    def width(self) -> float:
        """Between the margins."""
        return self._file.epw

    @property
    def left(self) -> float:
        """The left margin."""
        return _MARGIN

    @property
    def y(self) -> float:
        """Where the next thing begins."""
        return self._file.get_y()

    def move_to(self, y: float) -> None:
        """Go on from here on this page."""
        self._file.set_xy(_MARGIN, y)

    def new_page(self) -> None:
        """Begin another page."""
        self._file.add_page()

    def room(self, height: float) -> None:
        """Begin another page when less than this is left on the page."""
        if self.y + height > self._file.page_break_trigger:
            self.new_page()

    def drawable(self, text: str) -> str:
        """The text with a hollow square for what the font cannot draw."""
        known = self._known
        plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
        return "".join(c if c == "\n" or ord(c) in known else _MISSING for c in plain)

    def height_of(self, text: str, width: float, size: float = 10.5) -> float:
        """How high a text gets in this width."""
        return len(self._lines(text, width, size)) * self._line(size)

    def heading(self, text: str, size: float = 13, *, centred: bool = False) -> None:
        """A line in bold with room around it."""
        self.room(self._line(size) * 3)
        self._file.set_y(self.y + self._line(size) * 0.4)
        self.paragraph(text, size=size, bold=True, align="C" if centred else "L")
        self._file.set_y(self.y + self._line(size) * 0.2)

    def paragraph(
        self, text: str, *, size: float = 10.5, bold: bool = False, align: str = "L", indent: float = 0.0,
        grey: bool = False,
    ) -> None:  # fmt: skip
        """Text over the whole width, page after page; ``indent`` moves all of its lines."""
        with self._ink(bold=bold, grey=grey):
            for line in self._lines(text, self.width - indent, size):
                self.room(self._line(size))
                self._file.set_x(_MARGIN + indent)
                self._file.cell(self.width - indent, self._line(size), line, align=align, new_x=XPos.LMARGIN,
                                new_y=YPos.NEXT)  # fmt: skip

    def gap(self, height: float) -> None:
        """Leave room."""
        self._file.set_y(self.y + height)

    def facts(self, rows: Sequence[tuple[str, str]], *, label_width: float = 38.0, size: float = 10.5) -> None:
        """Labels with their values beside them."""
        for label, value in rows:
            start = self.y
            high = max(self.height_of(value, self.width - label_width, size), self._line(size))
            if high < 120:
                self.room(high)
                start = self.y
            self.text_in(Box(_MARGIN, start, label_width - 2, self._line(size)), label, size=size, grey=True)
            self.move_to(start)
            self.paragraph(value or "–", size=size, indent=label_width)
            self._file.set_y(max(self.y, start + self._line(size)))

    def table(
        self, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], *, size: float = 9,
        right: Sequence[int] = (),
    ) -> None:  # fmt: skip
        """A table with lines; its heads stand again on every page. ``right``: columns of numbers."""
        scale = self.width / sum(widths)
        wide = [width * scale for width in widths]
        self._row(heads, wide, size, right, bold=True)
        for row in rows:
            high = self._row_height(row, wide, size)
            if self.y + high > self._file.page_break_trigger:
                self.new_page()
                self._row(heads, wide, size, right, bold=True)
            self._row(row, wide, size, right)

    def _row_height(self, cells: Sequence[str], widths: Sequence[float], size: float) -> float:
        return max(self.height_of(text, width - 3, size) for text, width in zip(cells, widths, strict=True)) + 2.4

    def _row(
        self, cells: Sequence[str], widths: Sequence[float], size: float, right: Sequence[int], *, bold: bool = False
    ) -> None:
        top, x = self.y, _MARGIN
        most = self._file.page_break_trigger - _MARGIN
        high = min(self._row_height(cells, widths, size), most)
        for index, (text, width) in enumerate(zip(cells, widths, strict=True)):
            box = Box(x, top, width, high)
            self.frame(box)
            inner = Box(x + 1.5, top + 1.2, width - 3, high - 2.4)
            self.text_in(inner, text, size=size, bold=bold, align="R" if index in right else "L")
            x += width
        self.move_to(top + high)

    def frame(self, box: Box) -> None:
        """The outline of a place."""
        self._file.rect(box.x, box.y, box.width, box.height)

    def bar(self, box: Box) -> None:
        """A filled place: a bar of a picture."""
        self._file.set_fill_color(11, 92, 173)
        self._file.rect(box.x, box.y, box.width, box.height, style="F")

    def shade(self, box: Box, part: float) -> None:
        """A place filled from white (0) to blue (1), in a thin frame: a cell of a heat map."""
        strength = min(max(part, 0.0), 1.0)
        self._file.set_fill_color(*(round(255 - (255 - full) * strength) for full in (79, 148, 212)))
        self._file.rect(box.x, box.y, box.width, box.height, style="F")

    def line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """A straight line."""
        self._file.line(x1, y1, x2, y2)

    def text_in(
        self, box: Box, text: str, *, size: float = 10.5, bold: bool = False, align: str = "L", grey: bool = False,
        middle: bool = False, shrink: float = 6.0,
    ) -> bool:  # fmt: skip
        """Text in a place, smaller where it must be (down to ``shrink``). False: even so not all of it had room."""
        lines = self._lines(text, box.width, size)
        while len(lines) * self._line(size) > box.height + 0.01 and size > shrink:
            size -= 0.5
            lines = self._lines(text, box.width, size)
        room = max(1, int((box.height + 0.01) / self._line(size)))
        shown = lines[:room]
        top = box.y + (max(0.0, box.height - len(shown) * self._line(size)) / 2 if middle else 0.0)
        with self._ink(bold=bold, grey=grey), self._unbroken():
            self._file.set_font_size(size)
            for number, line in enumerate(shown):
                self._file.set_xy(box.x, top + number * self._line(size))
                self._file.cell(box.width, self._line(size), line, align=align)
        return len(lines) <= room

    def tick(self, x: float, y: float, *, ticked: bool, size: float = 3.2) -> None:
        """A box to tick, ticked or not."""
        self.frame(Box(x, y, size, size))
        if ticked:
            self._file.set_line_width(0.5)
            self._file.polyline([(x + size * 0.15, y + size * 0.5), (x + size * 0.42, y + size * 0.82),
                                 (x + size * 0.9, y + size * 0.12)])  # fmt: skip
            self._file.set_line_width(0.25)

    def seal(self, box: Box, lines: Sequence[str]) -> None:
        """A red frame with text, as a stamp has it."""
        self._file.set_draw_color(190, 30, 30)
        self._file.set_text_color(190, 30, 30)
        self._file.set_line_width(0.5)
        self.frame(box)
        high = box.height / max(1, len(lines))
        for number, text in enumerate(lines):
            place = Box(box.x + 1, box.y + number * high, box.width - 2, high)
            self.text_in(place, text, size=9, align="C", middle=True, shrink=5)
        self._file.set_draw_color(*_BLACK)
        self._file.set_text_color(*_BLACK)
        self._file.set_line_width(0.25)

    def picture(self, png: bytes, width: float, height: float) -> None:
        """A picture from its bytes, never from an address."""
        self.room(height)
        self._file.image(png, x=_MARGIN, y=self.y, w=width, h=height)
        self._file.set_y(self.y + height)

    def text_width(self, text: str, size: float = 10.5) -> float:
        """How wide a line of text is."""
        self._file.set_font(_FAMILY, size=size)
        return float(self._file.get_string_width(self.drawable(text)))

    def finish(self) -> bytes:
        """The document. The same content makes the same bytes."""
        try:
            return bytes(self._file.output())
        finally:
            self._font.ttfont.close()

    def _line(self, size: float) -> float:
        return size * _POINT * _LEADING

    def _lines(self, text: str, width: float, size: float) -> list[str]:
        self._file.set_font(_FAMILY, size=size)
        widths: dict[str, float] = {}

        def measure(token: str) -> float:
            known = widths.get(token)
            if known is None:
                known = widths[token] = float(self._file.get_string_width(token))
            return known

        return lines_of(self.drawable(text), width, measure)

    @contextmanager
    def _ink(self, *, bold: bool, grey: bool) -> Iterator[None]:
        """How the next words are drawn. The font has one weight: bold is drawn with an outline."""
        with self._file.local_context():
            if grey:
                self._file.set_text_color(*_GREY)
            if bold:
                self._file.text_mode = TextMode.FILL_STROKE
                self._file.set_line_width(0.22)
            yield

    @contextmanager
    def _unbroken(self) -> Iterator[None]:
        """Drawing in a place never begins a page by itself."""
        auto, margin = self._file.auto_page_break, self._file.b_margin
        self._file.set_auto_page_break(auto=False)
        try:
            yield
        finally:
            self._file.set_auto_page_break(auto=auto, margin=margin)
