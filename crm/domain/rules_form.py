"""The page of the house's numbers as a form: what was typed becomes rules, or says what is wrong with it (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from crm.domain.errors import InvalidInputError
from crm.domain.money import fen_of, yuan
from crm.domain.rule_fields import Unit
from crm.domain.rules import SPECS, Fault, Problem, Rules, problems

_MOST_DIGITS = 9


def rules_of(before: Rules, form: Mapping[str, str]) -> tuple[Rules, tuple[Problem, ...]]:
    """The rules that were typed in, over those that were there, and everything that is wrong with them."""
    values, wrong = before.to_document(), []
    for spec in SPECS.values():
        typed = form.get(spec.name)
        if typed is None:
            continue
        value = _read(typed.strip(), spec.unit)
        if value is None:
            least, most = spec.limits
            wrong.append(Problem(spec.name, Fault.NOT_A_NUMBER, least, most))
        else:
            values[spec.name] = value
    made = Rules(**values)
    return made, tuple(wrong) or problems(made)


def _read(text: str, unit: Unit) -> int | None:
    if unit is Unit.FEN:
        try:
            return fen_of(text)
        except InvalidInputError:
            return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None


def shown(value: int, unit: Unit) -> str:
    """A number as the form shows it: amounts in yuan."""
    return yuan(value) if unit is Unit.FEN else str(value)
