"""What a customer needs, the risk that he bears, talks about money, and his personal plan. The caller commits.

A product that is riskier than the customer can bear is written down as advice only when the customer asked for it
himself and was told so: ``suitable`` is False then, and the row says it for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.db.customers import Advice, CarePlan, CustomerNeed, RiskAssessment
from crm.db.people import User
from crm.domain import wealth
from crm.domain.access import Action, Actor
from crm.domain.customers import MAX_TEXT
from crm.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm.domain.field_rules import Field, Sight, sight
from crm.domain.wealth import AdviceKind, Horizon, Liquidity, Part, Preference, Product, Service
from crm.services import audit
from crm.services.customer_scope import load_customer

DRAFT, AGREED, ENDED, REPLACED = "draft", "agreed", "ended", "replaced"
_MOST = 50


@dataclass(frozen=True)
class NeedInput:
    """What somebody wrote down of a customer's needs."""

    products: Sequence[str] = ()
    preference: str = ""
    liquidity: str = ""
    horizon: str = ""
    note: str = ""


@dataclass(frozen=True)
class AdviceInput:
    """A talk about money."""

    kind: str
    text: str
    product: str = ""
    product_risk: str = ""
    accepted: bool | None = None
    own_wish: bool = False
    """he asked for the product himself, and was told that it is riskier than he can bear"""


@dataclass(frozen=True)
class PlanInput:
    """A personal plan as somebody drew it up."""

    mix: Sequence[tuple[str, int, str]] = ()
    services: Sequence[str] = ()
    manager: str = ""
    visit_days: int | None = None
    review_on: date | None = None
    note: str = ""


@dataclass(frozen=True)
class Care:
    """All of it for one customer, the latest first. ``level``: of an assessment that still counts."""

    need: CustomerNeed | None
    assessment: RiskAssessment | None
    level: str | None
    advice: tuple[Advice, ...]
    plans: tuple[CarePlan, ...]
    suggested: tuple[Part, ...]

    @property
    def plan(self) -> CarePlan | None:
        """The one that counts: agreed, else a draft."""
        live = [one for one in self.plans if one.state in {AGREED, DRAFT}]
        return next((one for one in live if one.state == AGREED), live[0] if live else None)

    @property
    def draft(self) -> CarePlan | None:
        """A draft that waits for the customer's yes."""
        return next((one for one in self.plans if one.state == DRAFT), None)


def care_of(session: Session, actor: Actor, customer_id: int, *, now: datetime) -> Care | None:
    """What is known; None for roles that read nothing of a customer's means. Raises NotFoundError."""
    row = load_customer(session, actor, customer_id)
    if sight(actor.roles, Field.WEALTH) is not Sight.WHOLE:
        return None
    need = _latest(session, CustomerNeed, row.id)
    level = level_of(session, row.id, now=now)
    return Care(
        need=need,
        assessment=_latest(session, RiskAssessment, row.id),
        level=level,
        advice=_all(session, Advice, row.id),
        plans=_all(session, CarePlan, row.id),
        suggested=wealth.suggested(level, need.liquidity if need else ""),
    )


def level_of(session: Session, customer_id: int, *, now: datetime) -> str | None:
    """The risk that he can bear, by an assessment that still counts."""
    found = _latest(session, RiskAssessment, customer_id)
    return found.level if found is not None and found.valid_until > now else None


def _latest(session: Session, model: Any, customer_id: int) -> Any:
    return session.scalars(
        select(model).where(model.customer_id == customer_id).order_by(model.id.desc()).limit(1)
    ).first()


def _all(session: Session, model: Any, customer_id: int) -> tuple[Any, ...]:
    query = select(model).where(model.customer_id == customer_id).order_by(model.id.desc()).limit(_MOST)
    return tuple(session.scalars(query))


def write_need(session: Session, actor: Actor, customer_id: int, need: NeedInput, *, now: datetime) -> int:
    """A new version of what he needs; gives its id."""
    row = load_customer(session, actor, customer_id, Action.CUSTOMER_CARE)
    products = tuple(dict.fromkeys(need.products))
    _choice("products", products, Product)
    _choice("preference", [need.preference], Preference)
    _choice("liquidity", [need.liquidity], Liquidity)
    _choice("horizon", [need.horizon], Horizon)
    made = CustomerNeed(
        customer_id=row.id, at=now, by=actor.name, products=list(products), preference=need.preference,
        liquidity=need.liquidity, horizon=need.horizon, note=_text("note", need.note, least=0),
    )  # fmt: skip
    return _keep(session, actor, made, "need", now)


def assess(session: Session, actor: Actor, customer_id: int, answers: Mapping[str, Any], *, now: datetime) -> int:
    """The questionnaire, answered; gives the id of the assessment."""
    row = load_customer(session, actor, customer_id, Action.CUSTOMER_CARE)
    found = wealth.assess(answers)
    made = RiskAssessment(
        customer_id=row.id, at=now, by=actor.name, answers={name: answers[name] for name in wealth.QUESTIONS},
        points=found.points, level=found.level, valid_until=now + wealth.VALID,
    )  # fmt: skip
    return _keep(session, actor, made, "assessment", now)


def advise(session: Session, actor: Actor, customer_id: int, advice: AdviceInput, *, now: datetime) -> int:
    """Write a talk down. Raises InvalidInputError for a product above the customer's level that he did not ask for."""
    row = load_customer(session, actor, customer_id, Action.CUSTOMER_CARE)
    _choice("kind", [advice.kind], AdviceKind)
    suitable = None
    if advice.product:
        _choice("product", [advice.product], Product)
        risk = advice.product_risk or wealth.RISK.get(Product(advice.product), "")
        suitable = wealth.fits(level_of(session, row.id, now=now), risk) if risk else None
        if suitable is False and not advice.own_wish:
            raise InvalidInputError("product", "is riskier than this customer can bear; nobody may advise it to him")
        advice = AdviceInput(advice.kind, advice.text, advice.product, risk, advice.accepted, advice.own_wish)
    made = Advice(
        customer_id=row.id, at=now, by=actor.name, kind=advice.kind, product=advice.product,
        product_risk=advice.product_risk if advice.product else "", suitable=suitable,
        text=_text("text", advice.text), accepted=advice.accepted,
    )  # fmt: skip
    return _keep(session, actor, made, "advice", now)


def draw_up(session: Session, actor: Actor, customer_id: int, plan: PlanInput, *, now: datetime) -> int:
    """A new draft; an older draft is replaced by it. Gives its id."""
    row = load_customer(session, actor, customer_id, Action.CUSTOMER_CARE, lock=True)
    parts = wealth.checked_mix(plan.mix, level_of(session, row.id, now=now))
    _choice("services", plan.services, Service)
    if not parts and not plan.services:
        raise InvalidInputError("mix", "a plan has products or services")
    if plan.visit_days is not None and not 1 <= plan.visit_days <= 730:
        raise InvalidInputError("visit_days", "must be 1 to 730")
    if plan.review_on is not None and not 0 < (plan.review_on - now.date()).days <= 731:
        raise InvalidInputError("review_on", "must lie ahead, within two years")
    if plan.manager and session.scalars(select(User).where(User.username == plan.manager, User.active)).first() is None:
        raise InvalidInputError("manager", "is nobody who works here")
    session.execute(
        update(CarePlan).where(CarePlan.customer_id == row.id, CarePlan.state == DRAFT).values(state=REPLACED)
    )
    made = CarePlan(
        customer_id=row.id, made_at=now, made_by=actor.name, mix=[part.document() for part in parts],
        services=list(dict.fromkeys(plan.services)), manager=plan.manager, visit_days=plan.visit_days,
        review_on=plan.review_on, note=_text("note", plan.note, least=0), state=DRAFT,
    )  # fmt: skip
    return _keep(session, actor, made, "plan", now)


def agree(session: Session, actor: Actor, customer_id: int, plan_id: int, *, now: datetime) -> None:
    """The customer said yes. The mix must still fit: his level may have changed since it was drawn up."""
    row = load_customer(session, actor, customer_id, Action.CUSTOMER_CARE, lock=True)
    plan = _plan(session, row.id, plan_id)
    if plan.state != DRAFT:
        raise ConflictError("only a draft can be agreed to")
    level = level_of(session, row.id, now=now)
    wealth.checked_mix([(part["product"], part["share"], part["risk"]) for part in plan.mix], level)
    session.execute(
        update(CarePlan)
        .where(CarePlan.customer_id == row.id, CarePlan.state == AGREED)
        .values(state=REPLACED, ended_at=now)
    )
    plan.state, plan.agreed_at, plan.agreed_by = AGREED, now, actor.name
    _audit(session, actor, "plan_agreed", row.id, plan.id, now)


def end(session: Session, actor: Actor, customer_id: int, plan_id: int, *, now: datetime) -> None:
    """A plan that counts no more."""
    row = load_customer(session, actor, customer_id, Action.CUSTOMER_CARE, lock=True)
    plan = _plan(session, row.id, plan_id)
    if plan.state not in {DRAFT, AGREED}:
        raise ConflictError("this plan has ended already")
    plan.state, plan.ended_at = ENDED, now
    _audit(session, actor, "plan_ended", row.id, plan.id, now)


def _plan(session: Session, customer_id: int, plan_id: int) -> CarePlan:
    found = session.get(CarePlan, plan_id)
    if found is None or found.customer_id != customer_id:
        raise NotFoundError("the customer has no such plan")
    return found


def _keep(session: Session, actor: Actor, made: Any, what: str, now: datetime) -> int:
    session.add(made)
    session.flush()
    _audit(session, actor, what, made.customer_id, made.id, now)
    return int(made.id)


def _audit(session: Session, actor: Actor, what: str, customer_id: int, row_id: int, now: datetime) -> None:
    audit.append(
        session, at=now, actor=actor.name, action=f"customer.{what}", subject=f"customer:{customer_id}",
        detail={"id": row_id},
    )  # fmt: skip


def _choice(name: str, values: Sequence[str], choices: type[StrEnum]) -> None:
    if any(value not in set(choices) for value in values):
        raise InvalidInputError(name, "is not one of the choices")


def _text(name: str, text: str, *, least: int = 1) -> str:
    tidy = text.replace("\r\n", "\n").strip()
    if not least <= len(tidy) <= MAX_TEXT:
        raise InvalidInputError(name, f"must have {least} to {MAX_TEXT} characters")
    return tidy
