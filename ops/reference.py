"""Reference pages whose tables come from the code: settings, journal events, commands.

``python -m ops.reference`` writes the part between the markers anew; a test fails while a page is behind.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType

import click

from crm.domain import state_drawing
from ivr import callevents, exchange
from ops.cli import huiyin
from ops.settings import PREFIX, Settings

DOCS = Path(__file__).resolve().parent.parent / "docs"
BEGIN = "<!-- made by `python -m ops.reference`; change the code, not the lines from here to the end mark -->"
END = "<!-- end -->"


def settings_table() -> str:
    """Every setting with its default and meaning."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        rows.append(f"| `{PREFIX}{name.upper()}` | {_default(field.default)} | {field.description} |")
    return "\n".join(rows)


def _default(value: object) -> str:
    if value is None or value == "":
        return "(empty)"
    if isinstance(value, tuple):
        value = ",".join(value)
    return f"`{int(value) if isinstance(value, bool) else value}`"


def events_table() -> str:
    """Every event of a call's journal with its fields, from the strings below the names in the code."""
    return _table(events())


def exchange_table() -> str:
    """Every event of the exchange with its fields."""
    return _table(_told(exchange, "ExchangeEventName"))


def _table(told: Iterable[tuple[str, str]]) -> str:
    return "\n".join(["| event | fields |", "|---|---|", *(f"| `{name}` | {fields} |" for name, fields in told)])


def events() -> Iterator[tuple[str, str]]:
    """(name, fields) of each journal event, as written in ivr/callevents.py."""
    return _told(callevents, "CallEventName")


def _told(module: ModuleType, name: str) -> Iterator[tuple[str, str]]:
    tree = ast.parse(inspect.getsource(module))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            told = after.value if isinstance(after, ast.Expr) else None
            text = str(told.value) if isinstance(told, ast.Constant) else ""
            yield str(node.value.value), " ".join(text.split())


def commands_text() -> str:
    """Every command with its help."""
    parts = []
    for path, command in commands():
        usage = " ".join(command.collect_usage_pieces(click.Context(command)))
        lines = [f"### {' '.join(path)}", "", f"`{' '.join([*path, usage])}`", "", inspect.cleandoc(command.help or "")]
        options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
        lines += [""] * bool(options) + [f"- `{', '.join(option.opts)}`: {option.help or ''}" for option in options]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that people see, with the words that call it."""
    stack: list[tuple[tuple[str, ...], click.Command]] = [(("huiyin",), huiyin)]
    while stack:
        path, command = stack.pop(0)
        if isinstance(command, click.Group):
            context = click.Context(command)
            found = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
            stack = [((*path, name), one) for name, one in found if one and not one.hidden] + stack
        else:
            yield path, command


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_table,
    "events.md": events_table,
    "commands.md": commands_text,
    "live.md": exchange_table,
    "ticket-states.md": state_drawing.page,
}


def renewed(page: str) -> str:
    """The page as it should be."""
    text = (DOCS / page).read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{PAGES[page]()}\n\n{END}{tail}"


def main() -> int:
    """Write all pages anew."""
    for page in PAGES:
        (DOCS / page).write_text(renewed(page), encoding="utf-8")
        print(f"docs/{page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
