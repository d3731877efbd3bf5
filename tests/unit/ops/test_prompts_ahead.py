"""Numbers rendered ahead: which come next, which take is kept, when the voices are started."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agi.sequence import FILE, TicketSequence
from ops.prompts import ahead, takes
from ops.serve_prompts import FIRST_PAUSE, LONGEST_PAUSE, LOOK_EVERY, Keeper
from ops.settings import Settings, load

NOON = datetime(2026, 11, 22, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
NUMBER = "2611220123423"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / FILE).write_text("261122 00000\n")
    return load({"HUIYIN_HOME": str(tmp_path), "HUIYIN_NUMBERS_AHEAD": "4"})


def fill(settings: Settings, numbers: list[str], sound: bytes = b"x" * 80) -> None:
    for one in ahead.wanted(settings.prompts_ahead, numbers):
        one.path.parent.mkdir(parents=True, exist_ok=True)
        one.path.write_bytes(sound)


def test_the_coming_numbers_are_those_that_callers_get(settings: Settings) -> None:
    coming = ahead.coming(settings, NOON)
    calls = TicketSequence(settings.spool, settings.node, lambda: NOON)
    assert [calls.reserve() for _ in range(4)] == coming


def test_a_lost_counter_is_settled_so_that_the_coming_numbers_hold(settings: Settings) -> None:
    (settings.spool / FILE).unlink()
    coming = ahead.coming(settings, NOON)
    later = NOON + timedelta(hours=3)
    assert TicketSequence(settings.spool, settings.node, lambda: later).reserve() == coming[0]


def test_before_midnight_the_first_numbers_of_the_next_day_are_wanted_too(settings: Settings) -> None:
    coming = ahead.coming(settings, NOON.replace(hour=23))
    assert [number[:6] for number in coming] == ["261122"] * 4 + ["261123"] * 4
    assert coming[4] == "2611230123423"


def test_a_sequence_is_ordered_in_groups() -> None:
    order = takes.of_sequence("zh", NUMBER[-5:], takes.WAYS[0], "out")
    assert order["groups"] == ["二三", "四二三"]


@pytest.mark.parametrize("way", takes.WAYS)
def test_every_way_says_the_whole_sequence(way: takes.Way) -> None:
    groups = takes.of_sequence("zh", "46985", way, "out")["groups"]
    assert "".join(groups) == "四六九八五"  # type: ignore[arg-type]  # a list


@pytest.mark.parametrize(
    ("day", "way", "said"),
    [
        ("261122", takes.DATE_WAYS[0], ["二六年十一月二十二日"]),
        ("271005", takes.DATE_WAYS[1], ["二七年", "十月", "零五日"]),
        ("270430", takes.DateWay(", ", zero=False, speed=0.8), ["二七年", "四月", "三十日"]),
    ],
)
def test_a_date_is_said_as_dates_are(day: str, way: takes.DateWay, said: list[str]) -> None:
    assert takes.of_date("zh", day, way, "out")["groups"] == said


def test_date_and_sequence_of_each_number_are_wanted_once(tmp_path: Path) -> None:
    todo = ahead.wanted(tmp_path, [NUMBER, "2611220123425"])
    assert [one.path.stem for one in todo] == ["ticket_date_261122", "sequence_23423", "sequence_23425"]
    assert [one.digits for one in todo] == ["26112201", "0123423", "0123425"]


def test_a_part_is_heard_among_its_neighbours_as_they_are_now(tmp_path: Path) -> None:
    date, sequence = ahead.wanted(tmp_path, [NUMBER])
    take = tmp_path / "take.alaw"
    assert date.spoken(take) == [take, "ticket_node_01"]
    assert sequence.spoken(take)[-2:] == ["ticket_node_01", take]
    date.path.parent.mkdir(parents=True)
    date.path.write_bytes(b"x")
    assert sequence.spoken(take) == [date.path, "ticket_node_01", take]


def test_a_number_that_is_hard_to_hear_is_not_given_out(settings: Settings) -> None:
    hard, *others = ahead.coming(settings, NOON.replace(hour=23))
    _date, one = ahead.wanted(settings.prompts_ahead, [hard])
    one.path.parent.mkdir(parents=True)
    one.path.touch()
    known = ahead.hard_to_hear(settings.prompts_ahead)
    assert (known(hard), known(others[0])) == (True, False)
    calls = TicketSequence(settings.spool, settings.node, lambda: NOON, known)
    assert calls.reserve() == others[0]
    assert hard[-5:] not in {number[-5:] for number in ahead.coming(settings, NOON.replace(hour=23))}


def test_the_take_of_a_sequence_serves_every_day(tmp_path: Path) -> None:
    assert ahead.path_of(tmp_path, "zh", "2611220123423") == ahead.path_of(tmp_path, "zh", "2702030123423")


class Renderer:
    """Writes the number of the take instead of a sound."""

    def __init__(self) -> None:
        self.orders: list[dict[str, object]] = []

    def __call__(self, order: dict[str, object]) -> None:
        self.orders.append(order)
        Path(str(order["out"])).write_text(str(len(self.orders)))


def understood(*scores: int) -> ahead.Understood:
    return lambda _language, _digits, spoken: scores[int(Path(spoken[-1]).read_text()) - 1]


@pytest.mark.parametrize(
    ("scores", "kept", "rendered"),
    [
        ((4,), "1", 1),
        ((0, 1, 4), "3", 3),
        ((0, 3, 3, *(0,) * 9), "", len(takes.WAYS)),
        ((0,) * 12, "", len(takes.WAYS)),
    ],
)
def test_only_a_take_that_was_understood_every_time_is_kept(
    tmp_path: Path, scores: tuple[int, ...], kept: str, rendered: int
) -> None:
    one = ahead.wanted(tmp_path, [NUMBER])[1]
    renderer = Renderer()
    assert ahead.make(one, renderer, understood(*scores)) is bool(kept)
    assert one.path.read_text() == kept
    assert len(renderer.orders) == rendered
    assert list(one.path.parent.iterdir()) == [one.path]
    assert [left.path.stem for left in ahead.wanted(tmp_path, [NUMBER])] == ["ticket_date_261122"]
    assert ahead.ready(tmp_path, [NUMBER]) == {"zh": int(bool(kept))}


def test_a_renderer_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(_order: dict[str, object]) -> None:
        raise OSError("no renderer")

    one = ahead.wanted(tmp_path, [NUMBER])[1]
    with pytest.raises(OSError, match="no renderer"):
        ahead.make(one, fail, understood(2))
    assert list(one.path.parent.iterdir()) == []


class Voices:
    """Renders what is wanted at once, or fails as told."""

    def __init__(self, settings: Settings, wrong: str = "") -> None:
        self.settings, self.wrong, self.started = settings, wrong, 0

    def __call__(self) -> str:
        self.started += 1
        if not self.wrong:
            fill(self.settings, ahead.coming(self.settings, NOON))
        return self.wrong


def test_the_voices_are_started_when_half_of_the_numbers_are_gone(settings: Settings) -> None:
    voices = Voices(settings)
    keeper = Keeper(settings, lambda: NOON, voices)
    calls = TicketSequence(settings.spool, settings.node, lambda: NOON)
    assert keeper.turn() == LOOK_EVERY
    assert voices.started == 1
    calls.reserve()
    keeper.turn()
    assert voices.started == 1
    calls.reserve()
    keeper.turn()
    assert voices.started == 2


def test_the_voices_are_started_for_a_new_day(settings: Settings) -> None:
    fill(settings, ahead.coming(settings, NOON.replace(hour=23)))
    (settings.prompts_ahead / "zh" / "ticket_date_261123.alaw").unlink()
    voices = Voices(settings)
    Keeper(settings, lambda: NOON, voices).turn()
    assert voices.started == 0
    Keeper(settings, lambda: NOON + timedelta(days=1), voices).turn()
    assert voices.started == 1


def test_a_failure_is_said_once_and_tried_again_later_and_later(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    voices = Voices(settings, wrong="no network")
    keeper = Keeper(settings, lambda: NOON, voices)
    pauses = [keeper.turn() for _ in range(12)]
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE
    assert capsys.readouterr().out.count("no network") == 1
    voices.wrong = ""
    assert keeper.turn() == LOOK_EVERY


def test_a_spool_that_cannot_be_read_stops_nothing(settings: Settings) -> None:
    (settings.spool / FILE).unlink()
    settings.spool.rmdir()
    settings.spool.touch()
    assert Keeper(settings, lambda: NOON, Voices(settings)).turn() == FIRST_PAUSE


def test_the_service_ends_when_it_is_told(settings: Settings) -> None:
    stop = threading.Event()
    stop.set()
    Keeper(settings, lambda: NOON, Voices(settings)).run(stop)
