"""The regulations that the house names: Order 9 first, and nothing that nobody has read."""

from __future__ import annotations

import pytest

from crm.domain.regulations import REGULATIONS, Regulation
from crm.gate.permissions import ENDPOINTS


def test_order_9_is_named_as_the_rule_to_follow() -> None:
    first = REGULATIONS[0]
    assert (first.name_zh, first.number, first.in_force) == (
        "银行保险机构消费者权益保护管理办法",
        "银保监会令2022年第9号",
        "2023-03-01",
    )


@pytest.mark.parametrize("regulation", REGULATIONS, ids=lambda one: one.key)
def test_a_regulation_says_what_it_asks_in_both_languages_and_where_it_is_answered(regulation: Regulation) -> None:
    assert regulation.duties
    for duty in regulation.duties:
        assert duty.zh
        assert duty.en
        assert duty.endpoint is None or duty.endpoint in ENDPOINTS, duty.endpoint
