"""Evidence: what can show what happened, and the acts of its custody (pure). IV-02."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from crm.domain.catalogue import Title
from crm.domain.errors import InvalidInputError
from crm.domain.tickets import Status

MAX_TITLE = 200
MAX_TEXT = 20_000
MAX_SHOWS = 2_000
MAX_OF_TICKET = 200
_CLOCK_SKEW = timedelta(minutes=5)
_EARLIEST = timedelta(days=3660)


class EvidenceKind(StrEnum):
    """Where what is shown comes from."""

    RECORDING = "recording"
    TRANSCRIPT = "transcript"
    TRANSACTION = "transaction"
    SYSTEM_LOG = "system_log"
    CUSTOMER_FILE = "customer_file"
    MARKETING = "marketing"
    CONTRACT = "contract"
    CUSTOMER_MATERIAL = "customer_material"
    STATEMENT = "statement"
    EXPERT = "expert"
    OTHER = "other"


KINDS: Mapping[EvidenceKind, Title] = {
    EvidenceKind.RECORDING: Title("通话录音", "Call recording"),
    EvidenceKind.TRANSCRIPT: Title("录音文字", "Transcript"),
    EvidenceKind.TRANSACTION: Title("交易记录", "Transaction record"),
    EvidenceKind.SYSTEM_LOG: Title("系统日志", "System log"),
    EvidenceKind.CUSTOMER_FILE: Title("客户资料", "Customer file"),
    EvidenceKind.MARKETING: Title("营销物料", "Marketing material"),
    EvidenceKind.CONTRACT: Title("合同文本", "Contract"),
    EvidenceKind.CUSTOMER_MATERIAL: Title("客户提供的材料", "Material from the customer"),
    EvidenceKind.STATEMENT: Title("情况说明", "Statement of a person or department"),
    EvidenceKind.EXPERT: Title("外部鉴定", "Outside appraisal"),
    EvidenceKind.OTHER: Title("其他", "Other"),
}
TYPED = frozenset(EvidenceKind) - {EvidenceKind.RECORDING, EvidenceKind.TRANSCRIPT}
"""Kinds that may stand on a file or on what somebody typed; the others refer to a recording or its transcript."""


class CustodyAct(StrEnum):
    """What was done with a piece of evidence."""

    COLLECTED = "collected"
    HANDED_OVER = "handed_over"
    VERIFIED = "verified"
    """its hash is the one that it had when it was collected"""
    DIFFERS = "differs"
    """it is not what it was, or it is gone"""
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"


READ_ONLY = frozenset({Status.ARCHIVED, Status.MERGED})
"""A file that is closed for good takes nothing in."""


@dataclass(frozen=True)
class Custody:
    """What the custody log comes to: whether it counts, who has it, when it was last checked and what that found."""

    held: bool
    holder: str
    checked_at: datetime | None = None
    whole: bool | None = None


def custody_of(acts: Sequence[tuple[str, str, datetime]]) -> Custody:
    """From the acts (act, holder, at) in their order."""
    held, holder, checked_at, whole = False, "", None, None
    for act, now_with, at in acts:
        holder = now_with
        if act in {CustodyAct.COLLECTED, CustodyAct.RESTORED}:
            held = True
        elif act == CustodyAct.WITHDRAWN:
            held = False
        elif act in {CustodyAct.VERIFIED, CustodyAct.DIFFERS}:
            checked_at, whole = at, act == CustodyAct.VERIFIED
    return Custody(held, holder, checked_at, whole)


def digest_of(kind: str, text: str, facts: Mapping[str, Any]) -> str:
    """SHA-256 of what was typed."""
    content = json.dumps({"kind": kind, "text": text, "facts": dict(facts)}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def check(title: str, shows: str, text: str, source: str, obtained_at: datetime, now: datetime) -> None:
    """Raise InvalidInputError for what cannot be kept."""
    for name, value, least, most in (
        ("title", title, 1, MAX_TITLE),
        ("shows", shows, 1, MAX_SHOWS),
        ("text", text, 0, MAX_TEXT),
        ("source", source, 1, MAX_TITLE),
    ):
        if not least <= len(value.strip()) or len(value) > most:
            raise InvalidInputError(name, f"must have {least} to {most} characters")
        if "\0" in value:
            raise InvalidInputError(name, "must not hold a NUL character")
    if obtained_at.tzinfo is None or not now - _EARLIEST <= obtained_at <= now + _CLOCK_SKEW:
        raise InvalidInputError("obtained_at", "must lie in the past, within ten years")
