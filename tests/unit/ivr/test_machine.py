"""The call machine: scenarios as tables, and that every call ends whatever is keyed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.journal import DURABLE
from ivr.actions import (
    Action,
    ChooseQueue,
    Collect,
    Finish,
    KeepMessage,
    LookUpProgress,
    Note,
    Play,
    Prompt,
    Record,
    ReserveTicket,
    Spoken,
    StartRecorder,
    StopRecorder,
)
from ivr.callevents import CallEventName
from ivr.events import (
    CallArrived,
    CallerHungUp,
    EndedBy,
    Event,
    KeysPressed,
    MessageRecorded,
    ProgressFound,
    ProgressOutcome,
    QueueChosen,
    QueueTimedOut,
    Silence,
    TicketRefused,
    TicketReserved,
)
from ivr.machine import NEW, step
from ivr.menu import Menu
from ivr.menufile import parse
from ivr.state import State

IVR = Path(__file__).resolve().parents[3] / "ivr"
CATALOGUES = {
    language: tomllib.loads((IVR / "prompts" / f"{language}.toml").read_text("utf-8"))["prompts"].keys()
    for language in ("zh", "en")
}
MENU: Menu = parse((IVR / "menus" / "default.toml").read_text("utf-8"), CATALOGUES)
NUMBER = "2611220100001"
ASKING = (Collect, Record, ReserveTicket, LookUpProgress, ChooseQueue)


@dataclass
class Told:
    """A call so far: its state and everything that was to be done."""

    state: State = NEW
    actions: list[Action] = field(default_factory=list)
    routes: bool = True
    """Whether the queue that is asked for is the one that serves."""

    def hear(self, event: Event) -> None:
        result = step(MENU, self.state, event)
        self.state = result.state
        self.actions += result.actions
        if not self.state.done:
            assert isinstance(result.actions[-1], ASKING), "the last action asks something"
        assert not any(isinstance(action, ASKING) for action in result.actions[:-1])
        heard = False
        for action in result.actions:  # a hang-up may break off a step at whatever touches the channel
            heard = heard or isinstance(action, Play | Collect | Record | StopRecorder | StartRecorder | Finish)
            assert not (heard and isinstance(action, Note) and action.event in DURABLE)
        asked = result.actions[-1] if result.actions else None
        if self.routes and isinstance(asked, ChooseQueue):
            self.hear(QueueChosen(asked.business, asked.priority))

    def notes(self, name: CallEventName) -> list[dict[str, object]]:
        return [action.fields for action in self.actions if isinstance(action, Note) and action.event is name]

    def said(self) -> list[str]:
        spoken: list[Spoken] = []
        for action in self.actions:
            if isinstance(action, Play | Collect):
                spoken += action.spoken
        return [item.id if isinstance(item, Prompt) else type(item).__name__ for item in spoken]

    @property
    def finish(self) -> Finish:
        (finish,) = [action for action in self.actions if isinstance(action, Finish)]
        return finish


def arrive(caller: str | None = "13800001234", language: str = "zh") -> CallArrived:
    return CallArrived(caller, language, answer_days=7, today=date(2026, 12, 28))


def keys(text: str, heard: int = 9) -> list[Event]:
    return [KeysPressed(key, heard) for key in text]


def recorded(take: int = 1, ended_by: EndedBy = EndedBy.KEY, *, empty: bool = False) -> MessageRecorded:
    return MessageRecorded(f"message-{take}.wav", take, 5.0, ended_by, empty)


def play(*events: Event) -> Told:
    told = Told()
    for event in events:
        told.hear(event)
    return told


COMPLAINT = [arrive(), *keys("41"), Silence(), TicketReserved(NUMBER)]


@pytest.mark.parametrize(
    ("pressed", "queue", "priority"),
    [
        ("0", "service", 0),
        ("5", "enquiries", 0),
        ("43", "complaints", 0),
        ("40", "service", 0),
        ("111", "accounts", 0),
        ("121", "accounts", 0),
        ("131", "accounts", 0),
        ("311", "cards", 0),
        ("321", "cards", 0),
        ("331", "cards", 0),
        ("1125", "enquiries", 0),
        ("10", "service", 0),
        ("110", "service", 0),
        ("95", "enquiries", 0),
        ("9*0", "service", 0),
        ("*0", "service", 0),
    ],
)
def test_where_keys_lead(pressed: str, queue: str, priority: int) -> None:
    told = play(arrive(), *keys(pressed))
    assert (told.finish.queue, told.finish.priority) == (queue, priority)
    assert told.state.done


@pytest.mark.parametrize("wrong", [Silence(), KeysPressed("7"), KeysPressed("#"), KeysPressed("A"), KeysPressed("")])
def test_three_wrong_or_silent_tries_lead_to_a_person(wrong: Event) -> None:
    told = play(arrive(), wrong, wrong)
    assert not told.state.done
    told.hear(wrong)
    assert told.finish.queue == "service"
    assert [note["tries"] for note in told.notes(CallEventName.INPUT_FAILED)] == [1, 2, 3]


def test_a_good_key_forgives_the_wrong_ones() -> None:
    told = play(arrive(), *keys("774"), *keys("77"))
    assert not told.state.done


def test_what_is_not_there_yet_is_said_before_a_person_is_offered() -> None:
    told = play(arrive(), *keys("11"))
    assert told.said()[-2:] == ["not_available_yet", "offer_person"]


@pytest.mark.parametrize("prefix", ["", "1", "11", "3", "4", "42", "41", "9"])
def test_star_repeats_the_question_at_every_level(prefix: str) -> None:
    told = play(arrive(), *keys(prefix))
    question = told.actions[-1]
    before = len(told.actions)
    told.hear(KeysPressed("*"))
    again = told.actions[before:]
    assert isinstance(question, Collect)
    assert isinstance(again[-1], Collect)
    assert again[-1].spoken == question.spoken[-len(again[-1].spoken) :]


@pytest.mark.parametrize("prefix", ["", "1", "11", "3", "33", "4", "42", "41", "9", "94"])
def test_zero_is_a_person_at_every_level(prefix: str) -> None:
    told = play(arrive(), *keys(prefix), KeysPressed("0"))
    assert told.finish.queue == "service"


@pytest.mark.parametrize(("heard", "short"), [(0, True), (1, True), (2, False), (4, False)])
def test_a_notice_cut_short_is_made_up_for_before_an_agent(heard: int, short: bool) -> None:
    told = play(arrive(), KeysPressed("0", heard))
    assert ("notice_short" in told.said()) is short
    assert told.notes(CallEventName.NOTICE_PLAYED)[0] == {"complete": not short, "short": False}


def test_english_speaks_english_and_says_its_notice() -> None:
    told = play(arrive(), *keys("9"))
    last = told.actions[-1]
    assert isinstance(last, Collect)
    assert last.spoken[0] == Prompt("notice", "en")
    assert Prompt("press_9_other", "zh") in last.spoken
    told.hear(KeysPressed("0", 1))
    assert told.finish.language == "en"


def test_a_kept_complaint() -> None:
    told = play(*COMPLAINT, recorded(), KeysPressed("1"), Silence())
    assert told.notes(CallEventName.TICKET_OPENED) == [
        {"number": NUMBER, "kind": "complaint", "priority": "P2", "unfinished": False, "file": "message-1.wav"}
    ]
    assert told.said().count("SpokenTicketNumber") == 2
    assert told.said()[-4:-1] == ["answer_within_days_7", "answer_by_month_1", "answer_by_day_4"]
    assert told.finish.queue is None


def test_the_message_is_safe_before_its_number_is_spoken() -> None:
    told = play(*COMPLAINT, recorded(), Silence())
    kinds = [type(action) for action in told.actions]
    keep = kinds.index(KeepMessage)
    opened = next(
        i for i, a in enumerate(told.actions) if isinstance(a, Note) and a.event is CallEventName.TICKET_OPENED
    )
    spoken = next(
        i for i, a in enumerate(told.actions) if isinstance(a, Collect) and Prompt("ticket_number_is", "zh") in a.spoken
    )
    assert keep < opened < spoken


def test_the_number_is_reserved_before_anything_is_recorded() -> None:
    told = play(*COMPLAINT)
    assert [type(action) for action in told.actions[-3:]] == [ReserveTicket, Note, Record]


@pytest.mark.parametrize("pressed", ["2", "22", "2*", "7*2"])
def test_listening_to_the_message_keeps_the_question_open(pressed: str) -> None:
    told = play(*COMPLAINT, recorded(), *keys(pressed))
    assert "SpokenMessage" in told.said()
    told.hear(KeysPressed("1"))
    assert told.notes(CallEventName.TICKET_OPENED)


def test_recording_again_discards_the_first_take() -> None:
    told = play(*COMPLAINT, recorded(), KeysPressed("3"), recorded(2), Silence())
    assert told.notes(CallEventName.MESSAGE_DISCARDED) == [{"file": "message-1.wav", "take": 1}]
    assert told.notes(CallEventName.TICKET_OPENED)[0]["file"] == "message-2.wav"


def test_an_empty_second_take_does_not_replace_a_spoken_first_one() -> None:
    told = play(*COMPLAINT, recorded(), KeysPressed("3"), recorded(2, EndedBy.HANGUP, empty=True))
    assert told.notes(CallEventName.TICKET_OPENED)[0]["file"] == "message-1.wav"


@pytest.mark.parametrize(
    "events",
    [
        [CallerHungUp()],
        [recorded(ended_by=EndedBy.HANGUP)],
        [recorded(), CallerHungUp()],
        [recorded(), KeysPressed("2"), CallerHungUp()],
        [recorded(), KeysPressed("3"), CallerHungUp()],
        [recorded(empty=True), CallerHungUp()],
    ],
)
def test_hanging_up_at_any_moment_opens_an_unfinished_complaint(events: list[Event]) -> None:
    told = play(*COMPLAINT, *events)
    (opened,) = told.notes(CallEventName.TICKET_OPENED)
    assert opened["unfinished"] is True
    assert len(told.notes(CallEventName.CALLER_HUNG_UP)) == 1
    assert told.state.done


def test_zero_after_the_message_keeps_it_and_calls_a_person() -> None:
    told = play(*COMPLAINT, recorded(), KeysPressed("0"))
    assert told.notes(CallEventName.TICKET_OPENED)[0]["unfinished"] is False
    assert told.finish.queue == "service"


def test_silence_twice_offers_a_person() -> None:
    told = play(*COMPLAINT, recorded(empty=True), Silence(), recorded(2, empty=True))
    assert told.said().count("complaint_empty") == 1
    assert told.said()[-1] == "offer_person"
    told.hear(KeysPressed("1"))
    assert told.finish.queue == "complaints"


def test_without_numbers_left_a_complaint_goes_to_a_person() -> None:
    told = play(arrive(), *keys("41"), Silence(), TicketRefused())
    assert told.finish.queue == "service"
    assert "fallback_sorry" in told.said()


def test_without_numbers_left_a_loss_report_still_goes_to_the_head_of_its_queue() -> None:
    told = play(arrive(), *keys("2"), TicketRefused())
    assert (told.finish.queue, told.finish.priority) == ("loss", 10)
    assert "loss_report_taken" not in told.said(), "nothing was registered"


def test_a_loss_report_is_of_the_highest_priority() -> None:
    told = play(arrive(), *keys("2"), TicketReserved(NUMBER))
    assert "ask_callback_number" not in told.said()
    opened = told.notes(CallEventName.TICKET_OPENED)[0]
    assert (opened["kind"], opened["priority"], opened["unfinished"]) == ("loss_report", "P1", False)
    assert (told.finish.queue, told.finish.priority) == ("loss", 10)


@pytest.mark.parametrize(
    ("events", "number"),
    [
        ([KeysPressed("02155556666")], "02155556666"),
        ([KeysPressed("*"), KeysPressed("02155556666")], "02155556666"),
        ([KeysPressed("")], None),
        ([Silence()], None),
        ([KeysPressed("0")], None),
        ([KeysPressed("123")], None),
    ],
)
def test_a_withheld_number_is_asked_for_once_between_the_loss_report_and_the_person(
    events: list[Event], number: str | None
) -> None:
    told = play(arrive(None), *keys("2"), TicketReserved(NUMBER))
    assert told.said()[-1] == "ask_callback_number"
    assert told.notes(CallEventName.TICKET_OPENED)[0]["kind"] == "loss_report", "it is there before the question"
    assert not told.state.recorder_on
    for event in events:
        told.hear(event)
    assert (told.finish.queue, told.finish.priority) == ("loss", 10)
    assert told.said()[-1] == "loss_report_taken"
    assert [note["caller_number"] for note in told.notes(CallEventName.NUMBER_GIVEN)] == ([number] if number else [])
    assert told.state.recorder_on


def test_who_hangs_up_at_the_question_after_a_loss_report_has_reported_it() -> None:
    told = play(arrive(None), *keys("2"), TicketReserved(NUMBER), CallerHungUp())
    assert [note["unfinished"] for note in told.notes(CallEventName.TICKET_OPENED)] == [False]


def test_a_loss_report_goes_to_the_head_of_its_queue_however_often_the_question_is_repeated() -> None:
    told = play(arrive(None), *keys("2"), TicketReserved(NUMBER))
    while not told.state.done:
        told.hear(KeysPressed("*"))
    assert (told.finish.queue, told.finish.priority) == ("loss", 10)


@pytest.mark.parametrize(
    ("events", "number"),
    [
        ([KeysPressed("02155556666"), KeysPressed("1")], "02155556666"),
        ([KeysPressed("123"), KeysPressed("02155556666"), KeysPressed("1")], "02155556666"),
        ([KeysPressed("*"), KeysPressed("02155556666"), KeysPressed("1")], "02155556666"),
        ([KeysPressed("13900000000"), KeysPressed("2"), KeysPressed("02155556666"), KeysPressed("1")], "02155556666"),
        ([KeysPressed("")], None),
    ],
)
def test_a_withheld_number_is_asked_for(events: list[Event], number: str | None) -> None:
    told = play(arrive(None), *keys("41"), *events)
    assert told.state.caller_number == number
    assert told.said()[-1] == "complaint_intro"
    assert told.state.recorder_on


def test_a_known_number_is_not_asked_for() -> None:
    assert "ask_callback_number" not in play(*COMPLAINT).said()


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (ProgressFound(ProgressOutcome.TOLD, "investigating"), "stage_investigating"),
        (ProgressFound(ProgressOutcome.TOLD, "assigned"), "stage_investigating"),
        (ProgressFound(ProgressOutcome.TOLD, "archived"), "stage_closed"),
        (ProgressFound(ProgressOutcome.TOLD, "something new"), "progress_unavailable"),
        (ProgressFound(ProgressOutcome.NOT_FOUND), "progress_not_found"),
        (ProgressFound(ProgressOutcome.UNAVAILABLE), "progress_unavailable"),
    ],
)
def test_only_the_stage_is_told(found: ProgressFound, sentence: str) -> None:
    told = play(arrive(), *keys("42"), KeysPressed(NUMBER), found)
    assert told.said()[-2:] == [sentence, "progress_next"]
    told.hear(KeysPressed("*"))
    assert told.said()[-2:] == [sentence, "progress_next"]


def test_another_number_is_told_after_the_last_four_digits() -> None:
    told = play(arrive(), *keys("42"), KeysPressed(NUMBER), ProgressFound(ProgressOutcome.NOT_AUTHORISED))
    assert told.said()[-1] == "ask_last_four"
    told.hear(KeysPressed("1234"))
    assert told.actions[-1] == LookUpProgress(NUMBER, "13800001234", "1234")
    told.hear(ProgressFound(ProgressOutcome.NOT_AUTHORISED))
    assert told.said()[-2:] == ["progress_not_authorised", "progress_next"]


def test_nobody_tries_ticket_numbers_one_by_one() -> None:
    told = play(arrive(), *keys("42"))
    for _ in range(4):
        told.hear(KeysPressed(NUMBER))
        told.hear(ProgressFound(ProgressOutcome.NOT_FOUND))
        told.hear(KeysPressed("1"))
    told.hear(KeysPressed(NUMBER))
    told.hear(ProgressFound(ProgressOutcome.NOT_FOUND))
    assert told.finish.queue == "service"


def wait(
    waited: int,
    position: int | None = 1,
    offered_at: int | None = None,
    caller: str | None = "1380",
    *,
    notice: bool = True,
    onward: str | None = None,
    minutes: int | None = None,
) -> Event:
    return QueueTimedOut(
        caller, "zh", "enquiries", 3, position, waited, offered_at, callback_after=60, notice_heard=notice,
        onward=onward, minutes=minutes,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("minutes", "sentence"), [(1, "queue_minutes_1"), (10, "queue_minutes_10"), (11, "queue_minutes_many")]
)
def test_the_expected_wait_is_told_after_the_place(minutes: int, sentence: str) -> None:
    assert play(wait(20, minutes=minutes)).said() == ["queue_position_1", sentence]
    assert play(wait(60, minutes=minutes)).said() == ["queue_position_1", sentence, "callback_offer"]
    assert play(wait(20, None, minutes=minutes)).said() == ["queue_wait"]


def test_a_caller_who_overflows_enters_the_other_queue_with_his_rank() -> None:
    told = play(wait(130, 7, offered_at=100, onward="service", minutes=3))
    assert told.finish == Finish("zh", "service", 3, 100)
    assert told.said() == ["queue_wait"], "his place there is not known yet"
    assert told.notes(CallEventName.QUEUE_LEFT) == [{"queue": "enquiries", "reason": "overflow", "waited": 130}]
    assert told.notes(CallEventName.QUEUE_ENTERED) == [{"queue": "service", "priority": 3, "position": None}]


def routed(event: QueueChosen, *later: Event, caller: str | None = "13800001234") -> Told:
    """A caller who asks for a person, and what the plan says."""
    told = Told(routes=False)
    for one in (arrive(caller), KeysPressed("0", 9), event, *later):
        told.hear(one)
    return told


def test_the_plan_decides_which_queue_serves() -> None:
    told = routed(QueueChosen("duty", 6, reason="closed"))
    assert told.finish == Finish("zh", "duty", 6)
    (asked,) = [action for action in told.actions if isinstance(action, ChooseQueue)]
    assert (asked.business, asked.priority, asked.language, asked.caller_number) == ("service", 0, "zh", "13800001234")
    assert told.notes(CallEventName.QUEUE_ENTERED) == [
        {"queue": "duty", "priority": 6, "position": None, "reason": "closed"}
    ]


CLOSED = QueueChosen("service", 0, closed=True, reason="closed")


def test_where_nobody_is_at_work_a_callback_is_offered_at_once() -> None:
    told = routed(CLOSED, KeysPressed("1"), TicketReserved(NUMBER))
    said = told.said()
    assert said[said.index("queue_closed") :][:3] == ["queue_closed", "callback_offer", "callback_kept"]
    assert told.notes(CallEventName.TICKET_OPENED)[0]["kind"] == "callback"


@pytest.mark.parametrize("answer", [[KeysPressed("2")], [Silence()], [KeysPressed("0")], [KeysPressed("8")] * 3])
def test_who_wants_to_wait_though_nobody_is_at_work_waits(answer: list[Event]) -> None:
    told = routed(CLOSED, *answer)
    assert told.state.done
    assert told.finish.queue == "service"


def test_who_hangs_up_while_his_queue_is_chosen_is_gone() -> None:
    told = Told(routes=False)
    for one in (arrive(), KeysPressed("0", 9), CallerHungUp()):
        told.hear(one)
    assert told.state.done


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (wait(20), "queue_position_1"),
        (wait(20, 10), "queue_position_10"),
        (wait(20, 11), "queue_position_many"),
        (wait(20, None), "queue_wait"),
        (wait(100, offered_at=60), "queue_position_1"),
    ],
)
def test_the_position_is_told_and_the_caller_stays_in_the_queue(event: Event, sentence: str) -> None:
    told = play(event)
    assert told.said() == [sentence]
    assert (told.finish.queue, told.finish.priority) == ("enquiries", 3)


@pytest.mark.parametrize(("waited", "first"), [(20, "queue_position_1"), (60, "queue_position_1")])
def test_who_did_not_hear_that_calls_are_recorded_hears_it_first(waited: int, first: str) -> None:
    told = play(wait(waited, notice=False))
    assert told.said()[:2] == ["notice_short", first]
    assert isinstance(told.actions[0], Play)
    assert told.notes(CallEventName.NOTICE_PLAYED) == [{"complete": True, "short": True}]
    assert "notice_short" not in play(wait(waited)).said()


@pytest.mark.parametrize("answer", [Silence(), KeysPressed("2"), KeysPressed("0")])
def test_an_offered_callback_may_be_declined(answer: Event) -> None:
    told = play(wait(60), answer)
    assert (told.finish.queue, told.finish.offered_at) == ("enquiries", 60)
    assert told.notes(CallEventName.QUEUE_LEFT)[0]["reason"] == "timeout"


def test_a_callback_becomes_a_ticket() -> None:
    told = play(wait(120, offered_at=60), KeysPressed("1"), TicketReserved(NUMBER), Silence())
    assert told.notes(CallEventName.TICKET_OPENED)[0]["kind"] == "callback"
    assert told.notes(CallEventName.QUEUE_LEFT)[0]["reason"] == "callback"
    assert told.finish.queue is None


def test_a_callback_to_a_withheld_number_asks_for_one_and_cannot_do_without() -> None:
    told = play(wait(60, caller=None), KeysPressed("1"), KeysPressed(""), KeysPressed("13900000000"), KeysPressed("1"))
    assert isinstance(told.actions[-1], ReserveTicket)
    told = play(wait(60, caller=None), KeysPressed("1"), *[KeysPressed("")] * 3)
    assert told.finish.queue == "enquiries"


def test_a_finished_call_stays_finished() -> None:
    told = play(arrive(), KeysPressed("0"))
    before = len(told.actions)
    told.hear(KeysPressed("1"))
    told.hear(CallerHungUp())
    assert len(told.actions) == before


# Any caller


keystrokes = st.one_of(
    st.just(None),
    st.sampled_from(list("0123456789*#")),
    st.text("0123456789*#ABCD", max_size=15),
    st.just(NUMBER),
)
endings = st.sampled_from(list(EndedBy))


@st.composite
def callers(draw: st.DrawFn) -> list[tuple[str | None, EndedBy, bool, ProgressOutcome, bool]]:
    doing = st.tuples(keystrokes, endings, st.booleans(), st.sampled_from(list(ProgressOutcome)), st.booleans())
    return draw(st.lists(doing, min_size=1, max_size=40))


def answer(action: Action, doing: tuple[str | None, EndedBy, bool, ProgressOutcome, bool]) -> Event:
    pressed, ended_by, empty, outcome, refused = doing
    if isinstance(action, Record):
        return recorded(action.take, ended_by, empty=empty)
    if isinstance(action, ReserveTicket):
        return TicketRefused() if refused and empty else TicketReserved(NUMBER)
    if isinstance(action, LookUpProgress):
        return ProgressFound(outcome, "registered")
    assert isinstance(action, Collect)
    return Silence() if pressed is None else KeysPressed(pressed[: action.max_digits], heard=len(pressed))


@given(
    doings=callers(),
    first=st.sampled_from([arrive(), arrive(None, "en"), wait(10), wait(70, caller=None), wait(70, 11)]),
    hang_up_at=st.integers(0, 80),
)
def test_every_call_ends_and_promises_are_kept(
    doings: list[tuple[str | None, EndedBy, bool, ProgressOutcome, bool]], first: Event, hang_up_at: int
) -> None:
    told = play(first)
    for turn in range(1000):
        if told.state.done:
            break
        event = CallerHungUp() if turn == hang_up_at else answer(told.actions[-1], doings[turn % len(doings)])
        told.hear(event)
    assert told.state.done
    ends = [a for a in told.actions if isinstance(a, Finish)]
    assert len(ends) + len(told.notes(CallEventName.CALLER_HUNG_UP)) == 1
    started = [note["number"] for note in told.notes(CallEventName.TICKET_STARTED)]
    opened = [note["number"] for note in told.notes(CallEventName.TICKET_OPENED)]
    assert started == opened, "every ticket that is started is opened once"
    files = {note["file"] for note in told.notes(CallEventName.MESSAGE_RECORDED)}
    if files:
        assert {note["file"] for note in told.notes(CallEventName.TICKET_OPENED)} & files
    if ends:
        assert told.state.recorder_on


@given(doings=callers(), caller=st.sampled_from([None, "13800001234"]))
def test_secret_digits_are_keyed_only_while_the_recorder_is_stopped(
    doings: list[tuple[str | None, EndedBy, bool, ProgressOutcome, bool]], caller: str | None
) -> None:
    told = play(arrive(caller))
    for turn in range(1000):
        if told.state.done:
            break
        told.hear(answer(told.actions[-1], doings[turn % len(doings)]))
    recording = True
    for action in told.actions:
        if isinstance(action, StopRecorder):
            assert recording
            recording = False
        elif isinstance(action, StartRecorder):
            assert not recording
            recording = True
        elif isinstance(action, Collect) and (action.secret or action.max_digits > 1):
            assert not recording


@pytest.mark.parametrize("pressed", ["*", "9", "42*", "112"])
def test_nobody_stays_in_the_menu_for_ever(pressed: str) -> None:
    told = play(arrive())
    for turn in range(2000):
        if told.state.done:
            break
        told.hear(KeysPressed(pressed[turn % len(pressed)], 9))
    assert told.finish.queue == "service"
