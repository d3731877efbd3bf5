"""Every status that a ticket can have is a stage that the menu has a sentence for."""

from __future__ import annotations

import pytest

from crm.domain.tickets import STAGES as TOLD_BY_CRM
from crm.domain.tickets import Status
from ivr.menu import STAGES
from ivr.progress import STAGE_OF_STATUS


@pytest.mark.parametrize("status", Status)
def test_each_status_has_a_sentence(status: Status) -> None:
    assert STAGE_OF_STATUS[TOLD_BY_CRM[status]] in STAGES
    assert STAGE_OF_STATUS[status.value] in STAGES


def test_no_sentence_is_for_nothing() -> None:
    assert set(STAGE_OF_STATUS.values()) == set(STAGES)
