"""Causes of complaints: the house's tree of root causes, and the why-tree of one case (pure). IV-01.

The house's tree sorts causes the same way everywhere, so that they can be counted. The why-tree is the thinking in
one case: each cause says why the one above it came about, and one of the last ones is the root.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from crm.domain.catalogue import Title
from crm.domain.errors import InvalidInputError

ROOT_CAUSES: Mapping[str, Title] = {
    "people": Title("人员", "People"),
    "people.attitude": Title("服务态度", "Attitude"),
    "people.skill": Title("业务能力不足", "Lack of skill or knowledge"),
    "people.mistake": Title("操作失误", "Slip in an operation"),
    "people.conduct": Title("违规行为", "Breach of rules"),
    "people.staffing": Title("人手或排班不足", "Too few people on duty"),
    "process": Title("流程", "Process"),
    "process.design": Title("流程设计缺陷", "Flaw in the process"),
    "process.not_followed": Title("未按流程执行", "Process not followed"),
    "process.handover": Title("部门衔接不畅", "Lost between departments"),
    "process.delay": Title("处理超时", "Handled too late"),
    "rules": Title("制度规则", "Rules of the house"),
    "rules.unclear": Title("规则不明确", "Rule unclear"),
    "rules.unreasonable": Title("规则不合理", "Rule unreasonable"),
    "system": Title("系统与网络", "Systems and network"),
    "system.outage": Title("系统中断", "Outage"),
    "system.defect": Title("程序缺陷", "Defect in software"),
    "system.capacity": Title("性能或容量不足", "Too slow or too small"),
    "system.data": Title("数据错误", "Wrong data"),
    "product": Title("产品与定价", "Product and price"),
    "product.design": Title("产品设计", "Design of the product"),
    "product.pricing": Title("收费标准", "Price or fee"),
    "product.terms": Title("合同条款", "Terms of the contract"),
    "marketing": Title("营销与信息披露", "Marketing and disclosure"),
    "marketing.misleading": Title("误导宣传", "Misleading promotion"),
    "marketing.disclosure": Title("信息披露不充分", "Not told enough"),
    "marketing.consent": Title("未经客户同意", "Without the customer's consent"),
    "security": Title("安全", "Security"),
    "security.fraud": Title("欺诈盗刷", "Fraud"),
    "security.leak": Title("信息泄露", "Leak of information"),
    "third_party": Title("合作方", "Partners"),
    "third_party.vendor": Title("外包或供应商", "Contractor or supplier"),
    "third_party.merchant": Title("商户或收单机构", "Merchant or acquirer"),
    "third_party.collection": Title("催收机构", "Collection agency"),
    "outside": Title("银行以外", "Outside the bank"),
    "outside.misunderstanding": Title("客户理解偏差", "Customer misunderstood the rules"),
    "outside.customer_error": Title("客户操作失误", "Customer's own slip"),
    "outside.force_majeure": Title("不可抗力", "Beyond anybody's control"),
    "outside.other": Title("其他", "Other"),
}
"""Code → name. A code without a dot is a branch; only leaves are given to cases. Codes never change their meaning."""

LEAVES = frozenset(code for code in ROOT_CAUSES if "." in code)
MAX_CAUSES = 40
MAX_DEPTH = 7
MAX_TEXT = 1_000


@dataclass(frozen=True)
class Cause:
    """A node of a why-tree. ``evidence``: positions (E1, E2 …) of what supports it."""

    id: int
    text: str
    parent: int | None = None
    code: str | None = None
    root: bool = False
    evidence: tuple[int, ...] = ()


def branches() -> Mapping[str, list[str]]:
    """The house's tree: each branch with its leaves, in their order."""
    found: dict[str, list[str]] = {code: [] for code in ROOT_CAUSES if code not in LEAVES}
    for code in ROOT_CAUSES:
        if code in LEAVES:
            found[code.partition(".")[0]].append(code)
    return found


def added(
    causes: Sequence[Cause], text: str, *, parent: int | None, code: str | None = None, evidence: Sequence[int] = ()
) -> tuple[Cause, ...]:
    """The tree with one more cause below ``parent`` (None: a first one). Raises InvalidInputError."""
    if parent is not None and all(one.id != parent for one in causes):
        raise InvalidInputError("parent", "there is no such cause")
    made = Cause(max((one.id for one in causes), default=0) + 1, text.strip(), parent, code, evidence=tuple(evidence))
    tree = (*causes, made)
    check(tree)
    return tree


def removed(causes: Sequence[Cause], cause_id: int) -> tuple[Cause, ...]:
    """The tree without a cause and all that hangs below it. Raises InvalidInputError."""
    if all(one.id != cause_id for one in causes):
        raise InvalidInputError("cause", "there is no such cause")
    gone = {cause_id}
    for one in _in_order(causes):
        if one[1].parent in gone:
            gone.add(one[1].id)
    return tuple(one for one in causes if one.id not in gone)


def rooted(causes: Sequence[Cause], cause_id: int, code: str) -> tuple[Cause, ...]:
    """The tree in which this cause is the root cause, and what sort of cause it is. Raises InvalidInputError."""
    if all(one.id != cause_id for one in causes):
        raise InvalidInputError("cause", "there is no such cause")
    tree = tuple(replace(one, root=one.id == cause_id, code=code if one.id == cause_id else one.code) for one in causes)
    check(tree)
    return tree


def root_of(causes: Sequence[Cause]) -> Cause | None:
    """The root cause, once one is named."""
    return next((one for one in causes if one.root), None)


def walk(causes: Sequence[Cause]) -> list[tuple[int, Cause]]:
    """The tree from the top, each cause with its depth, children after their parent."""
    return list(_in_order(causes))


def _in_order(causes: Sequence[Cause], parent: int | None = None, depth: int = 0) -> Iterator[tuple[int, Cause]]:
    for one in causes:
        if one.parent == parent:
            yield depth, one
            yield from _in_order(causes, one.id, depth + 1)


def check(causes: Sequence[Cause]) -> None:
    """Raise InvalidInputError for a tree that is none."""
    if len(causes) > MAX_CAUSES:
        raise InvalidInputError("causes", f"must be at most {MAX_CAUSES}")
    if len({one.id for one in causes}) != len(causes) or sum(one.root for one in causes) > 1:
        raise InvalidInputError("causes", "must be a tree with one root cause")
    ordered = walk(causes)
    if len(ordered) != len(causes):
        raise InvalidInputError("causes", "must be a tree with one root cause")
    if any(depth >= MAX_DEPTH for depth, _one in ordered):
        raise InvalidInputError("causes", f"must be at most {MAX_DEPTH} deep")
    for one in causes:
        if not 1 <= len(one.text.strip()) <= MAX_TEXT:
            raise InvalidInputError("text", f"must have 1 to {MAX_TEXT} characters")
        if one.code is not None and one.code not in LEAVES:
            raise InvalidInputError("code", "must be one of the house's causes")
        if one.root and one.code is None:
            raise InvalidInputError("code", "the root cause needs its kind")
