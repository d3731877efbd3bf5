"""What services refuse with, and the words that people read for it: nothing that they can say is without words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel, LazyString, force_locale

from crm.domain.errors import ConflictError, DomainError, InvalidInputError
from crm.web import refusal_words
from crm.web.catalogues import PoDomain

ROOT = Path(__file__).parents[3]
REFUSALS = {
    "ConflictError",
    "ForbiddenError",
    "IllegalMoveError",
    "InvalidInputError",
    "NotFoundError",
    "UnavailableError",
}
FOR_PROGRAMS = {
    "Idempotency-Key",
    "idempotency.py",
    "paging.py",
    "cursor",
    "before: is not an entry",
    "user: a token is of a user or of a role",
    "fields: must be plain values",
}
"""What only a program can do wrong, by its field, its module or its text: the answer to it is read by programmers."""
OF_FILES = "files: 7: 7"
"""A file's name and what is wrong with it, which has words in ``FILE_WHYS``."""


def said_by_the_house() -> Iterator[tuple[str, str]]:
    """Each text of a refusal with its module; a name or a number in it is 7."""
    for path in sorted(path for part in ("domain", "services", "web") for path in (ROOT / "crm" / part).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS:
                texts = [text(argument) for argument in node.args]
                if texts and texts[-1] is not None:
                    yield ": ".join(one or "7" for one in texts), path.name


def text(node: ast.expr) -> str | None:
    """The text of a constant or of an f-string; None where it comes from elsewhere."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    return None


def words_of_pages() -> set[str]:
    """All texts that the table of some page has words for."""
    found: set[str] = set()
    for path in (ROOT / "crm" / "web").glob("*.py"):
        module = import_module(f"crm.web.{path.stem}")
        for table in vars(module).values():
            if type(table) is dict:  # no isinstance: a module holds proxies, too, which ask for a request
                found |= {str(key) for key, value in table.items() if isinstance(value, LazyString)}
    return found


@pytest.fixture(scope="module")
def flask_app() -> Flask:
    app = Flask("refusals")
    Babel(app).domain_instance = PoDomain()
    return app


def test_nothing_that_a_service_says_is_without_words(flask_app: Flask) -> None:
    with flask_app.test_request_context():
        pages = words_of_pages()
        told = list(said_by_the_house())
        without = [
            f"{module}: {one}"
            for one, module in told
            if not refusal_words.known(one)
            and one not in pages
            and one.partition(": ")[2] not in pages
            and one != OF_FILES
            and not {module, one, one.partition(": ")[0]} & FOR_PROGRAMS
        ]
    assert len(told) > 900
    assert "\n".join(without) == ""


@pytest.mark.parametrize(
    ("error", "zh", "en"),
    [
        (
            InvalidInputError("reason", "must have 1 to 500 characters"),
            "原因：请填写 1 至 500 个字符。",
            "Reason: 1 to 500 characters, please.",
        ),
        (
            InvalidInputError("months", "must be 1 to 12"),
            "请填写 1 至 12。",
            "1 to 12, please.",
        ),
        (ConflictError("the calibration is over"), "这次校准已经结束。", "This calibration is over."),
        (
            ConflictError("5 calls are the most that one may hold at once; hand one in or give it back"),
            "您领取的通话已达上限；请先提交或退回一通。",
            "You hold as many calls as one may; hand one in or give it back first.",
        ),
        (
            InvalidInputError("scorers", "quinn does not score call huiyin01-1.2: of his line"),
            "quinn 不能评通话 huiyin01-1.2：参与过此事，或与坐席同组。",
            "quinn does not score call huiyin01-1.2: he had a part in it, or is of the agent’s section.",
        ),
        (
            ConflictError("somebody else changed this visit just now"),
            "刚有他人修改，请重新查看后再决定。",
            "Somebody else changed this just now. Look again, then decide.",
        ),
        (DomainError("100 % new"), "无法执行：100 % new", "That was not possible: 100 % new"),
    ],
)
def test_a_refusal_is_read_in_the_language_of_the_screen(
    flask_app: Flask, error: DomainError, zh: str, en: str
) -> None:
    with flask_app.test_request_context():
        with force_locale("zh_Hans_CN"):
            assert refusal_words.plain(error) == zh
        with force_locale("en"):
            assert refusal_words.plain(error) == en
