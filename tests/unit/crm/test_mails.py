"""Mails: who wrote them, what is new in them, which ticket they answer."""

from __future__ import annotations

import email
from email import policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.domain.mails import Letter, Sort, new_words, number_in, read, text_of_html
from ivr import ticketnumbers

NUMBER = "2611229000042"


def letter(raw: bytes) -> Letter:
    return read(email.message_from_bytes(raw, _class=EmailMessage, policy=policy.default), raw, ["help@bank.example"])


def mail(**headers: str) -> bytes:
    lines = {"From": "Wang <wang@example.cn>", "Subject": "hello", "Message-ID": "<1@example.cn>", **headers}
    return "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items()).encode() + b"\r\nHi\r\n"


@pytest.mark.parametrize(
    ("headers", "sort"),
    [
        ({}, Sort.PERSON),
        ({"Auto-Submitted": "no"}, Sort.PERSON),
        ({"X-Auto-Response-Suppress": "All"}, Sort.PERSON),
        ({"Auto-Submitted": "auto-replied"}, Sort.AUTOMATIC),
        ({"Subject": "=?utf-8?b?6Ieq5Yqo5Zue5aSNOiDmiJHlnKjkvJHlgYc=?="}, Sort.AUTOMATIC),
        ({"Subject": "Out of Office: hello"}, Sort.AUTOMATIC),
        ({"Subject": "Automatic reply: your matter"}, Sort.AUTOMATIC),
        ({"X-Autoreply": "yes"}, Sort.AUTOMATIC),
        ({"Precedence": "bulk"}, Sort.AUTOMATIC),
        ({"From": "no-reply@shop.example"}, Sort.AUTOMATIC),
        ({"List-Unsubscribe": "<https://x.example>"}, Sort.LIST),
        ({"From": "MAILER-DAEMON@mx.example"}, Sort.BOUNCE),
        ({"Subject": "Undeliverable: hello", "Return-Path": "<>"}, Sort.BOUNCE),
        ({"From": "Help <HELP@bank.example>"}, Sort.OURS),
    ],
)
def test_machines_are_told_from_people(headers: dict[str, str], sort: Sort) -> None:
    assert letter(mail(**headers)).sort is sort


@pytest.mark.parametrize(
    "quoted",
    [
        "On Mon, 23 Nov 2026 at 10:00, Bank wrote:\n> old",
        "在 2026年11月23日 10:00，示例银行 写道：\n> 旧",
        "-----Original Message-----\nold",
        "------------------ 原始邮件 ------------------\n发件人: x",
        "发件人: 示例银行\n发送时间: 2026",
        "> quoted\n> more",
        "-- \nsignature",
    ],
)
def test_only_the_new_words_are_taken(quoted: str) -> None:
    assert new_words(f"还有一段录音\n请查收\n\n{quoted}") == "还有一段录音\n请查收"


def test_a_mail_that_only_quotes_keeps_its_words() -> None:
    assert new_words("> all of it") == "> all of it"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f"Re: 您的反映(编号 {ticketnumbers.shown(NUMBER)})", NUMBER),
        (f"Re: {NUMBER}", NUMBER),
        ("Re: 261122 90 00042", NUMBER),
        ("电话 13800138000", None),
        ("订单 9999999999999", None),
        (f"1{NUMBER}", None),
    ],
)
def test_a_ticket_number_is_found(text: str, number: str | None) -> None:
    assert number_in(text) == number


def test_chinese_in_old_character_sets_is_read() -> None:
    raw = (
        b"From: =?gb2312?B?zfXQocP3?= <wang@example.cn>\r\nSubject: =?gb2312?B?zba3wA==?=\r\n"
        b"Content-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + "我要投诉镕".encode("gb18030")
    )
    found = letter(raw)
    assert (found.sender_name, found.text) == ("王小明", "我要投诉镕")


def test_html_is_read_as_text_without_scripts() -> None:
    html = (
        "<html><head><style>p{}</style></head><body><p>一<b>二</b></p><script>bad()</script><div>三&amp;</div></body>"
    )
    assert text_of_html(html) == "一二\n\n三&"


def test_files_are_found_whatever_they_are_called() -> None:
    made = EmailMessage()
    made["From"], made["Subject"] = "a@b.cn", "x"
    made.set_content("see files")
    made.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="截图.png")
    made.add_attachment(b"%PDF-", maintype="application", subtype="pdf")
    found = letter(made.as_bytes())
    assert [(part.name, part.content) for part in found.files] == [("截图.png", b"\x89PNG"), ("file.pdf", b"%PDF-")]
    assert found.text == "see files"


def test_the_same_mail_has_the_same_key_and_others_have_others() -> None:
    assert letter(mail()).key == letter(mail(Subject="changed on the way")).key
    assert letter(mail()).key != letter(mail(**{"Message-ID": "<2@example.cn>"})).key


@given(st.binary(max_size=400))
@settings(max_examples=80, deadline=None)
def test_any_bytes_are_read_as_a_mail(raw: bytes) -> None:
    found = letter(raw)
    assert len(found.key) == 64


@given(st.text(max_size=200))
@settings(max_examples=50, deadline=None)
def test_any_headers_are_read(text: str) -> None:
    raw = f"From: {text}\r\nSubject: {text}\r\nReferences: {text}\r\n\r\n{text}".encode("utf-8", "surrogatepass")
    letter(raw)
