"""Papers as PDF: the form on one page, letters and reports on as many as they need."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crm.documents import acceptance_form, deletion_report, reply_letter
from crm.documents.acceptance_form import PrintedForm, Signed
from crm.documents.deletion_report import DeletionReport, Line
from crm.documents.pdf import Paper
from crm.documents.reply_letter import ReplyLetter
from crm.domain.forms import ORDER

pytestmark = pytest.mark.integration
AT = datetime(2026, 11, 22, tzinfo=UTC)


def test_what_cannot_be_drawn_becomes_a_square() -> None:
    paper = Paper("x", language="zh", made_at=AT)
    assert paper.drawable("好😀\x07ok\r\n第二行") == "好□□ok\n第二行"
    assert paper.finish().startswith(b"%PDF")


FIELDS = {"filled_on": "2026年11月20日", "filled_by": "王芳", "real_name": "张三", "complained_about": "李某",
          "user_name": "z", "complaint_type": "二级", "phone": "13800138000", "complained_at": "2026-11-01",
          "content": "挂断电话"}  # fmt: skip


def printed(**changes: object) -> PrintedForm:
    signed = {one.place.value: Signed("王芳", "2026-11-20", "同意", "abc") for one in ORDER}
    given = {"number": "261101-01-00042", "bank": "示例银行", "language": "zh", "fields": FIELDS, "channel": "phone",
             "channel_words": "", "signatures": signed, "made_at": AT, **changes}  # fmt: skip
    return PrintedForm(**given)  # type: ignore[arg-type]  # a table of changes


def pages(content: bytes) -> int:
    return content.count(b"/Type /Page\n")


def test_the_form_is_one_page_and_the_same_content_is_the_same_file() -> None:
    made = acceptance_form.draw(printed())
    assert made.startswith(b"%PDF")
    assert pages(made) == 1
    assert acceptance_form.draw(printed()) == made
    assert acceptance_form.draw(printed(channel="qq")) != made


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_has_no_room_on_the_form_goes_on_a_further_page(language: str) -> None:
    long = {**FIELDS, "content": "客户来电称坐席挂断电话。" * 300}
    assert pages(acceptance_form.draw(printed(fields=long, language=language))) >= 2
    assert pages(acceptance_form.empty("示例银行", language, AT)) == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_long_letter_has_as_many_pages_as_it_needs(language: str) -> None:
    parts = {"facts": "查明的事实。" * 400, "basis": "b", "solution": "s", "execution": "e"}
    letter = ReplyLetter(language, "B", "O", "A", "9", "e@x", "1", "", "d", "d", parts, ["one", "two"], AT)
    assert pages(reply_letter.draw(letter)) >= 2


def test_a_deletion_has_its_report() -> None:
    lines = [Line(f"26110{n}", "rule", "2029-11-01", "已删除", "录音 2") for n in range(80)]
    report = DeletionReport("zh", "B", "1", "到期", "–", "p", "a", "d", lines, AT)
    assert pages(deletion_report.draw(report, 79)) >= 2
