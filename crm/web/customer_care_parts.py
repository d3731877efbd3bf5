"""What the page of a customer shows of his needs, his risk and his plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm.domain import wealth
from crm.domain.access import Action, Actor
from crm.services import customer_care
from crm.services.customer_care import Care
from crm.services.customer_scope import may_on_customer
from crm.web.customer_words import QUESTIONS


@dataclass(frozen=True)
class CarePart:
    """The care of a customer, with what its forms offer."""

    care: Care
    may_work: bool
    counts: bool
    """whether the last assessment still counts"""
    cautions: tuple[str, ...]
    choices: dict[str, Any]


CHOICES: dict[str, Any] = {
    "products": tuple(wealth.Product),
    "investments": tuple(wealth.RISK),
    "risks": wealth.RISKS,
    "usual": wealth.RISK,
    "preferences": tuple(wealth.Preference),
    "liquidities": tuple(wealth.Liquidity),
    "horizons": tuple(wealth.Horizon),
    "advice_kinds": tuple(wealth.AdviceKind),
    "services": tuple(wealth.Service),
    "questions": QUESTIONS,
}


def care_part(session: Session, actor: Actor, customer_id: int, *, now: datetime) -> CarePart | None:
    """None for who reads nothing of a customer's means."""
    care = customer_care.care_of(session, actor, customer_id, now=now)
    if care is None:
        return None
    plan = care.plan
    mix = [wealth.Part(wealth.Product(one["product"]), one["share"], one["risk"]) for one in plan.mix] if plan else []
    return CarePart(
        care=care,
        may_work=may_on_customer(session, actor, Action.CUSTOMER_CARE, customer_id),
        counts=care.level is not None,
        cautions=wealth.cautions(mix, care.need.liquidity if care.need else ""),
        choices=CHOICES,
    )
