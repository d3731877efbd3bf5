"""A call of five minutes with its words, its legs and what a machine suggests about it, for tests of scoring."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.calls import Call, CallEventRow, Recording, SegmentRow, TranscriptRow
from crm.db.contact_centre import CallLeg, QueueVisit
from crm.db.people import User
from crm.db.sampling import QualityCandidate
from tests.factories import NOW, RATE, House, peaks, tone, wav_bytes

CALL_ID = "huiyin01-1795322000.501"
RECORDING_ID = "5c0e0000-0000-4000-8000-000000000501"
STORED = f"2026/11/21/{RECORDING_ID}"
LENGTH = 300
SAID = (
    (4.0, 9.5, "agent", "您好 这里 是 服务 中心 请问 有 什么 可以 帮 您"),
    (10.0, 21.0, "caller", "我 的 信用卡 被 重复 扣款 两次 我 很 着急"),
    (20.2, 26.0, "agent", "先生 您 先 别 说 我 先 问 一下 卡号"),
    (27.0, 33.0, "caller", "我 还 没有 说完 你 让 我 说完"),
    (34.0, 52.0, "agent", "好的 您 请 讲"),
    (53.0, 84.0, "caller", "昨天 在 酒店 刷了 一次 账单 上 有 两笔 一样 的 钱"),
    (85.0, 99.0, "agent", "我 查 一下 请 稍等"),
    (118.0, 141.0, "agent", "看到 了 确实 有 两笔 我们 一定 会 全部 退还 给 您"),
    (142.0, 165.0, "caller", "什么 时候 能 退 呢"),
    (166.0, 204.0, "agent", "我 给 您 登记 一下 三个 工作日 之内 有 人 联系 您 编号 稍后 短信 发给 您"),
    (205.0, 231.0, "caller", "好 的 谢谢"),
    (232.0, 262.0, "agent", "请问 还有 其他 可以 帮 您 的 吗"),
    (263.0, 270.0, "caller", "没有 了"),
    (271.0, 295.0, "agent", "感谢 您 的 来电 再见"),
)
SUGGESTED = (
    ("B1", "missed", "overlap", 20_200, 21_000, ""),
    ("X06", "fatal", "promised", 118_000, 141_000, "一定会全部退还"),
    ("B5", "missed", "silence", 99_000, 118_000, ""),
    ("A1", "met", "said", 4_000, 9_500, "您好"),
)


def five_minutes(house: House) -> str:
    """Put the call into the house; gives its id."""
    with house.database.write() as session:
        began = NOW - timedelta(hours=2)
        session.add(
            Call(
                call_id=CALL_ID, caller_number="13812345678", dialled_number="95000", language="zh", started_at=began,
                answered_at=began, ended_at=began + timedelta(seconds=LENGTH), outcome="answered", queue="complaints",
                menu_path=["complaints"], agent="alice", wait_time=12.0, talk_time=285.0, hold_time=19.0, flags=[],
                ivr_done=True,
            )
        )  # fmt: skip
        session.flush()
        _parts(session, house)
        _suggest(session)
    return CALL_ID


def _parts(session: Session, house: House) -> None:
    began = NOW - timedelta(hours=2)
    session.add(
        QueueVisit(
            call_id=CALL_ID, seq=0, queue="complaints", entered_at=began - timedelta(seconds=12), left_at=began,
            outcome="answered", wait_time=12.0,
        )
    )  # fmt: skip
    session.add(
        CallLeg(
            call_id=CALL_ID, leg=f"{CALL_ID}-1", agent="alice", queue="complaints", kind="queue", rang_at=began,
            answered_at=began + timedelta(seconds=3), ended_at=began + timedelta(seconds=296), outcome="answered",
            talk_time=274.0, hold_time=19.0,
        )
    )  # fmt: skip
    for seq, (second, event) in enumerate(((99, "parked"), (118, "returned"), (168, "ticket_opened"))):
        at = began + timedelta(seconds=second)
        session.add(CallEventRow(call_id=CALL_ID, source="dialplan", seq=seq, at=at, event=event, fields={}))
    samples = tone(LENGTH, 2, seed=5)
    content = wav_bytes(samples)
    house.store.put(STORED, content)
    session.add(
        Recording(
            id=RECORDING_ID, call_id=CALL_ID, kind="call", source_name="call-1", state="stored", started_at=began,
            duration=float(LENGTH), rate=RATE, channels=2, sha256=sha256(content).hexdigest(), size=len(content),
            flags=[], peaks=peaks(samples), store_key=STORED,
            transcripts=[
                TranscriptRow(
                    state="done", language="zh", engine="vosk", model="vosk-model-cn", made_at=NOW,
                    text="\n".join(text.replace(" ", "") for *_rest, text in SAID),
                    segments=[_segment(*one) for one in SAID],
                )
            ],
        )
    )  # fmt: skip
    session.flush()


def _segment(start: float, end: float, side: str, text: str) -> SegmentRow:
    pieces = text.split()
    step = (end - start) / len(pieces)
    words = [
        {"text": piece, "start": round(start + n * step, 2), "end": round(start + (n + 1) * step, 2), "confidence": 0.9}
        for n, piece in enumerate(pieces)
    ]
    return SegmentRow(side=side, start=start, end=end, text="".join(pieces), confidence=0.9, words=words)


def _suggest(session: Session) -> None:
    alice = session.scalars(select(User.id).where(User.username == "alice")).one()
    for code, finding, why, start, end, phrase in SUGGESTED:
        session.add(
            QualityCandidate(
                call_id=CALL_ID, agent_id=alice, recording_id=RECORDING_ID, code=code, finding=finding, why=why,
                spans=[{"from_ms": start, "to_ms": end, "phrase": phrase}], evidence={}, certainty=90, made_at=NOW,
            )
        )  # fmt: skip
