"""What a machine finds in calls: each phrase that must be found, each that must not, silences, overlaps, records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.quality_cues import Cue
from crm.domain.quality_findings import Candidate, Finding, Part, Why, by_phrases
from crm.domain.quality_phrases import CUES, cues
from crm.domain.quality_records import TicketRecord, by_records
from crm.domain.quality_sound import by_sound, interruptions, pace_of, silences
from crm.domain.spoken import Phrase, cut, find_all, speech_of


@dataclass
class Said:
    """An utterance; words are spread over it."""

    side: str
    start: float
    end: float
    text: str
    words: Sequence[Any] = field(default_factory=list)


def heard(text: str, language: str, cue: Cue) -> bool:
    """Whether one sentence gives a cue."""
    speech = speech_of([Said("agent", 0, len(text) * 0.2, text)], "agent", language)
    return bool(find_all(cues(language, cue), speech))


FOUND = [
    ("zh", Cue.GREETING, "您好,很高兴为您服务"), ("zh", Cue.NUMBER, "工号 1 0 2 8 为您服务"),
    ("zh", Cue.NOTICE, "本次通话将会被录音"), ("zh", Cue.IDENTITY, "需要先跟您核实一下身份信息"),
    ("zh", Cue.IDENTITY, "请问您预留的手机号是"), ("zh", Cue.NAME, "王女士您好"),
    ("zh", Cue.NEED, "您是想查询上个月的账单对吗"), ("zh", Cue.EMPATHY, "非常理解您的心情"),
    ("zh", Cue.HOLD, "请您稍等一下,我帮您查询一下"), ("zh", Cue.TIME_TOLD, "我们会在三个工作日内给您答复"),
    ("zh", Cue.NUMBER_TOLD, "您的工单编号是 261121"), ("zh", Cue.READ_BACK, "我跟您核对一下登记的内容"),
    ("zh", Cue.REMEDIES, "如果您对结果不满意,可以申请核查"), ("zh", Cue.CALMING, "您先别着急,慢慢说"),
    ("zh", Cue.OTHER_NEED, "请问还有什么可以帮您"), ("zh", Cue.SURVEY, "稍后请您对我的服务做个评价"),
    ("zh", Cue.GOODBYE, "感谢您的来电,再见"),
    ("zh", Cue.ASKS_SECRET, "麻烦您把短信验证码告诉我"), ("zh", Cue.ASKS_SECRET, "请您说一下卡片密码"),
    ("zh", Cue.ASKS_SECRET, "卡背面三位是多少"), ("zh", Cue.PROMISE, "我保证一定会给您退钱"),
    ("zh", Cue.PROMISE, "您放心肯定能赔给您"), ("zh", Cue.ABUSE, "你是不是有病"), ("zh", Cue.ABUSE, "这关我什么事"),
    ("zh", Cue.REFUSES, "这个没办法给您登记投诉"), ("zh", Cue.REFUSES, "您投诉也没用"),
    ("zh", Cue.STEERS, "麻烦您给个五星好评"), ("zh", Cue.STEERS, "等会儿请按五选非常满意"),
    ("zh", Cue.THREATENS, "不还的话后果自负"), ("zh", Cue.DODGES, "您加一下我的微信"),
    ("zh", Cue.DISCLOSES, "您账户的余额是三千二百元"), ("zh", Cue.ACTS_ON_LOSS, "我马上给您挂失"),
    ("zh", Cue.HEAT, "你们太过分了,我要曝光"), ("zh", Cue.COMPLAINS, "我要投诉你们"), ("zh", Cue.LOSS, "我的卡不见了"),
    ("zh", Cue.LOSS, "这笔消费不是我刷的"),
    ("en", Cue.GREETING, "Good morning, thank you for calling"), ("en", Cue.NUMBER, "my name is Amy"),
    ("en", Cue.NOTICE, "this call is recorded"), ("en", Cue.IDENTITY, "may I have your full name and date of birth"),
    ("en", Cue.NAME, "certainly Mr Wang"), ("en", Cue.NEED, "so you would like a copy of the bill"),
    ("en", Cue.EMPATHY, "I'm so sorry to hear that"), ("en", Cue.HOLD, "bear with me for a moment"),
    ("en", Cue.TIME_TOLD, "within three working days"), ("en", Cue.NUMBER_TOLD, "your ticket number is two six"),
    ("en", Cue.READ_BACK, "let me repeat what I have noted"), ("en", Cue.REMEDIES, "you can ask for a review"),
    ("en", Cue.CALMING, "please don't worry"), ("en", Cue.OTHER_NEED, "is there anything else"),
    ("en", Cue.SURVEY, "a short survey follows"), ("en", Cue.GOODBYE, "have a nice day"),
    ("en", Cue.ASKS_SECRET, "please tell me your PIN"), ("en", Cue.ASKS_SECRET, "what is the verification code"),
    ("en", Cue.PROMISE, "I guarantee you'll get a refund"), ("en", Cue.ABUSE, "that's not my problem"),
    ("en", Cue.REFUSES, "I can't take a complaint about that"), ("en", Cue.STEERS, "please press five, very satisfied"),
    ("en", Cue.THREATENS, "you'll regret this"), ("en", Cue.DODGES, "call me on my personal number"),
    ("en", Cue.DISCLOSES, "your balance is four hundred"), ("en", Cue.ACTS_ON_LOSS, "I have blocked the card"),
    ("en", Cue.HEAT, "this is unacceptable"), ("en", Cue.COMPLAINS, "I want to make a complaint"),
    ("en", Cue.LOSS, "my card was stolen"), ("en", Cue.LOSS, "I never made that payment"),
]  # fmt: skip
NOT_FOUND = [
    ("zh", Cue.ASKS_SECRET, "请不要把验证码告诉任何人"), ("zh", Cue.ASKS_SECRET, "我们不会向您索要密码,请勿告诉我"),
    ("zh", Cue.ASKS_SECRET, "请根据语音提示在键盘上输入密码"), ("zh", Cue.ASKS_SECRET, "请问您是要重置密码吗"),
    ("zh", Cue.PROMISE, "我不能保证一定会退"), ("zh", Cue.PROMISE, "审批以后才知道是否一定能退"),
    ("zh", Cue.PROMISE, "一定会给您记录下来"), ("zh", Cue.REFUSES, "我马上给您登记投诉"),
    ("zh", Cue.STEERS, "请您对我的服务做出评价,满意请按一,不满意请按二"),
    ("zh", Cue.DODGES, "您可以关注我行微信公众号查询"),
    ("zh", Cue.DISCLOSES, "请问您是要查询余额吗"), ("zh", Cue.LOSS, "我想解除挂失"),
    ("zh", Cue.COMPLAINS, "我不是要投诉"),
    ("zh", Cue.THREATENS, "按时还款,避免影响征信"), ("zh", Cue.GREETING, "我帮您看一下"),
    ("en", Cue.ASKS_SECRET, "never tell me your PIN"), ("en", Cue.ASKS_SECRET, "please key in your PIN on the keypad"),
    ("en", Cue.PROMISE, "I cannot guarantee a refund"), ("en", Cue.PROMISE, "I promise to look into it"),
    ("en", Cue.GREETING, "this is a shipment"), ("en", Cue.REFUSES, "I will register your complaint"),
    ("en", Cue.DISCLOSES, "may I have your date of birth"), ("en", Cue.STEERS, "rate the call from one to five"),
    ("en", Cue.LOSS, "I found my card"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "cue", "text"), FOUND)
def test_what_is_said_is_found(language: str, cue: Cue, text: str) -> None:
    assert heard(text, language, cue)


@pytest.mark.parametrize(("language", "cue", "text"), NOT_FOUND)
def test_what_was_not_meant_is_not_found(language: str, cue: Cue, text: str) -> None:
    assert not heard(text, language, cue)


def test_each_cue_has_a_sentence_in_each_language() -> None:
    told = {(language, cue) for language, cue, _text in FOUND}
    missing = {(language, cue) for language, lists in CUES.items() for cue in lists} - told
    assert missing == {("zh", Cue.ASSURANCE), ("zh", Cue.THANKS), ("en", Cue.ASSURANCE), ("en", Cue.THANKS)}
    assert set(CUES["zh"]) == set(CUES["en"]) == set(Cue)


def test_a_phrase_stands_where_its_words_are() -> None:
    words = [{"text": text, "start": at, "end": at + 0.4, "confidence": 0.5} for at, text in
             [(3.0, "本次"), (3.5, "通话"), (4.0, "会"), (4.5, "录音")]]  # fmt: skip
    speech = speech_of([Said("agent", 3.0, 4.9, "本次通话会录音", words)], "agent", "zh")
    (span,) = find_all(cues("zh", Cue.NOTICE), speech)
    assert (round(span.start, 2), round(span.end, 2)) == (3.0, 4.9)
    assert speech.confidence == 0.5


def test_a_pause_ends_a_phrase() -> None:
    near = [Said("agent", 0, 1, "请把您的"), Said("agent", 2, 4, "验证码告诉我")]
    far = [Said("agent", 0, 1, "请把您的"), Said("agent", 8, 10, "验证码有效期一分钟")]
    assert find_all(cues("zh", Cue.ASKS_SECRET), speech_of(near, "agent", "zh"))
    assert not find_all(cues("zh", Cue.ASKS_SECRET), speech_of(far, "agent", "zh"))


@given(st.text(max_size=60), st.sampled_from(["zh", "en"]), st.floats(0, 1000), st.floats(0.01, 50))
def test_no_text_upsets_it(text: str, language: str, start: float, length: float) -> None:
    said = [Said("agent", start, start + length, text), Said("caller", start, start + length, text)]
    speech = speech_of(said, "agent", language)
    assert len(speech.units) == len(cut(text, language))
    for lists in CUES[language].values():
        for span in find_all(lists, speech):
            assert start <= span.start <= span.end <= start + length + 1e-6
    part = Part(said, language, 0, start + length + 1)
    for one in (*by_phrases(part), *by_sound(part, (120, 300))):
        assert 0 <= one.certainty <= 100


def test_marks_in_a_phrase_are_taken_as_they_are() -> None:
    speech = speech_of([Said("agent", 0, 1, "a.c abc")], "agent", "en")
    assert not Phrase("a.*c", "en").find(speech_of([Said("agent", 0, 1, "abbbc")], "agent", "en"))
    assert len(Phrase("abc", "en").find(speech)) == 1


GOOD = [
    Said("agent", 1, 5, "您好很高兴为您服务工号一零二八"),
    Said("caller", 6, 12, "我想投诉上个月的年费我非常生气"),
    Said("agent", 13, 20, "非常抱歉给您带来不便您先别着急怎么称呼您"),
    Said("caller", 21, 23, "我姓王"),
    Said("agent", 24, 34, "王先生您好您是想反映年费多收的问题对吗请您稍等我帮您查询一下"),
    Said("agent", 50, 62, "让您久等了我跟您核对一下登记的内容您的工单编号是二六一一二一三个工作日内给您答复"),
    Said("agent", 63, 70, "如果您对处理结果不满意可以申请核查请问还有什么可以帮您"),
    Said("caller", 71, 72, "没有了"),
    Said("agent", 73, 79, "稍后请您对我的服务做出评价感谢您的来电再见"),
]
BAD = [
    Said("agent", 1, 4, "喂什么事啊你快一点说我这里很忙的"),
    Said("caller", 5, 20, "我的卡被盗刷了三千块钱你们怎么回事我要投诉你们银行太过分了气死我了我要找媒体曝光"),
    Said("agent", 15, 19, "你先听我说这个事情跟我没关系你投诉也没用"),
    Said("agent", 33, 38, "您账户的余额是三千二百元这个肯定能给您退"),
    Said("agent", 40, 44, "你把短信验证码告诉我我给你看一下"),
    Said("caller", 45, 52, "你怎么这样说话呢我还没有说完你就"),
]


def found(said: list[Said], **more: Any) -> dict[str, Candidate]:
    part = Part(said, "zh", 0, said[-1].end + 1, **more)
    return {f"{one.code}-{one.finding}": one for one in (*by_phrases(part), *by_sound(part, (120, 300)))}


def test_a_good_call_has_all_of_it_and_no_red_line() -> None:
    codes = set(found(GOOD, notice_played=True, complaint=True))
    met = {"A1", "A2", "A3", "A4", "A5", "B1", "B2", "B3", "B5", "E1", "E2", "E3", "F1", "F2", "F3"}
    assert codes == {f"{code}-met" for code in met}


def test_a_bad_call_shows_its_places() -> None:
    codes = found(BAD, complaint=True, hung_up=True)
    assert {"A1-missed", "A2-missed", "A3-missed", "B1-missed", "B2-missed", "B5-missed", "E1-missed", "E2-missed",
            "E3-missed", "F3-missed", "X01-fatal", "X02-fatal", "X03-fatal", "X04-fatal", "X06-fatal", "X09-fatal",
            } <= set(codes)  # fmt: skip
    assert codes["A1-missed"].why is Why.NO_GREETING
    assert (codes["X02-fatal"].spans[0].start, codes["X02-fatal"].spans[0].end) >= (40, 40)
    assert codes["B5-missed"].evidence == {"times": 1, "longest": 13}
    assert codes["B1-missed"].spans[0].start == 15


def test_hanging_up_is_a_red_line_only_on_a_caller_who_speaks() -> None:
    assert found(BAD[-2:], hung_up=True)["X03-fatal"].why is Why.HUNG_UP
    assert "X03-fatal" not in found(BAD[-2:], hung_up=False)
    assert "X03-fatal" not in found([*BAD[-2:], Said("agent", 59, 61, "感谢您的来电再见")], hung_up=True)
    assert "X03-fatal" not in found(BAD[-2:], hung_up=True, last=False)


def test_what_is_told_after_the_check_is_no_red_line() -> None:
    said = [Said("agent", 1, 5, "您好请问您本人的身份证号后四位是"), Said("agent", 9, 14, "您账户的余额是三千二百元")]
    assert "X01-fatal" not in found(said)
    assert "X01-fatal" in found(said[1:])
    assert "X01-fatal" not in found(said[1:], identified_at=3.0)


def test_nobody_is_blamed_where_nothing_can_be_heard() -> None:
    assert found([Said("caller", 0, 30, "喂喂喂有人吗怎么没有人说话呢喂喂")]) == {}
    silent = Part([Said("agent", 0, 9, "你好 你好 你好 你好 你好 你好 你好")], "fr", 0, 10)
    assert by_phrases(silent) == ()


def test_parts_of_a_call_are_judged_by_themselves() -> None:
    first = Part(GOOD, "zh", 0, 35, last=False)
    second = Part(GOOD, "zh", 35, 80, first=False)
    one, two = ({f"{c.code}-{c.finding}" for c in by_phrases(part)} for part in (first, second))
    assert "A1-met" in one
    assert not any(code.startswith("F") for code in one)
    assert "A1-missed" in two
    assert "A2-missed" not in two
    assert {"F1-met", "F2-met", "F3-met"} <= two


def words(side: str, *times: tuple[float, float]) -> Said:
    return Said(side, times[0][0], times[-1][1], "x", [{"text": "字字", "start": a, "end": b} for a, b in times])


def test_interruptions_are_words_at_the_same_time() -> None:
    def cut_by(*agent: tuple[float, float]) -> list[tuple[float, float]]:
        caller = speech_of([words("caller", (0, 1), (1.1, 2), (2.1, 4))], "caller", "zh")
        spans = interruptions(speech_of([words("agent", *agent)], "agent", "zh"), caller)
        return [(span.start, span.end) for span in spans]

    assert cut_by((2.5, 3), (3.1, 4), (4.1, 5)) == [(2.5, 4.0)]
    assert cut_by((2.5, 3)) == []  # a sign of listening
    assert cut_by((3.5, 4), (4.1, 5), (5.1, 6)) == []  # half a second
    assert cut_by((4.5, 5), (5.1, 6), (6.1, 7)) == []  # after him


@pytest.mark.parametrize(
    ("before", "announced"), [("好的", False), ("请您稍等一下", True), ("我帮您查一下", True)]
)  # fmt: skip
def test_a_silence_may_be_announced(before: str, announced: bool) -> None:
    part = Part([Said("agent", 0, 4, before), Said("agent", 18, 20, "您好")], "zh", 0, 30)
    (one,) = silences(part)
    assert (one.announced, one.seconds) == (announced, 14.0)
    assert silences(part, 15) == ()


def test_pace_is_of_his_own_words() -> None:
    said = [Said("agent", 0, 10, "字" * 40), Said("agent", 100, 110, "字" * 40)]
    assert pace_of(speech_of(said, "agent", "zh")) == 240
    assert pace_of(speech_of(said[:0], "agent", "zh")) is None
    fast = {one.code: one for one in by_sound(Part(said, "zh", 0, 200), (120, 200))}["B3"]
    assert (fast.finding, fast.why, fast.evidence["pace"]) == (Finding.MISSED, Why.FAST, 240)
    slow = {one.code: one for one in by_sound(Part(said, "zh", 0, 200), (260, 300))}["B3"]
    assert slow.why is Why.SLOW


def recorded(said: list[Said], **ticket: Any) -> dict[str, Candidate]:
    part = Part(said, "zh", 0, 200)
    return {f"{one.code}-{one.finding}": one for one in by_records(part, [TicketRecord("261121", True, **ticket)])}


def test_records_are_held_against_what_is_heard() -> None:
    done = {"classed": True, "read_back": True, "told": True}
    assert set(recorded(GOOD, **done)) == {"D1-met", "D2-met", "D3-met", "D4-met"}
    forged = recorded(BAD, **done)
    assert {"D2-missed", "D4-missed", "X07-fatal"} <= set(forged)
    assert forged["D2-missed"].why is Why.RECORD_SAYS_MORE
    assert "X07-fatal" not in recorded(BAD, by_agent=(), **done)
    assert recorded([], **done)["D2-met"].why is Why.ON_RECORD  # nothing to hear: nobody is blamed


def test_records_alone() -> None:
    holes = recorded([], missing=("demand",), corrected=("level",))
    assert holes["D1-missed"].evidence == {"fields": {"261121": ["demand"]}}
    assert holes["D3-missed"].why is Why.CORRECTED
    assert holes["D2-missed"].why is Why.NOT_RECORDED
    assert by_records(Part(GOOD, "zh", 0, 99), []) == ()
