"""Who sits in which queue: from the plan and the agents' states to what Asterisk is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi import members
from agi.ami_protocol import Message
from agi.members import Add, Availability, Change, Membership, Pause, Penalise, Remove, Seat
from agi.members_edge import KeeperConfig, MemberKeeper
from agi.phonebook import PhoneBook
from ivr.routing_plan import Member, Plan, Queue, default_plan

OWNERS = {"li": "li", "li-web": "li", "wu": "wu", "wu-web": "wu"}
PLAN = Plan(
    1,
    (Queue("cards", "cards", "", ""), Queue("night", "cards", "", ""), Queue("loss", "loss", "", "")),
    (
        Member("li", {"cards": 1, "loss": 3}, ("zh", "en")),
        Member("wu", {"loss": 1}, ("zh",)),
        Member("gone", {"loss": 1}),
    ),
)
UP = Availability(available=True)


def test_everybody_sits_in_his_queues_with_both_phones_and_his_level() -> None:
    wished = members.wanted(PLAN, OWNERS, {"li": UP}, {"li": "li-web", "wu": "wu"})
    assert {seat for seat in wished if seat[1] == "li"} == {
        ("cards", "li"), ("cards-en", "li"), ("night", "li"), ("night-en", "li"), ("loss", "li"), ("loss-en", "li"),
    }  # fmt: skip
    assert {seat for seat in wished if seat[1].startswith("wu")} == {("loss", "wu"), ("loss", "wu-web")}
    assert wished["loss-en", "li-web"] == Membership("li", 2, paused=False)
    assert wished["loss", "li"] == Membership("li", 2, paused=True, reason="other_phone")
    assert wished["loss", "wu"] == Membership("wu", 0, paused=True), "nobody said that he is available"


@pytest.mark.parametrize(
    ("registered", "latest", "rings"),
    [
        ({"li", "li-web"}, "li", "li"),
        ({"li", "li-web"}, "li-web", "li-web"),
        ({"li"}, "li-web", "li"),
        ({"li-web"}, "li", "li-web"),
        ({"li", "li-web"}, None, "li-web"),
        (set(), "li", "li"),
        (set(), None, "li-web"),
    ],
)
def test_the_phone_that_registered_last_rings(registered: set[str], latest: str | None, rings: str) -> None:
    assert members.ringing(["li", "li-web"], frozenset(registered), latest) == rings


def test_who_has_no_phone_rings_nowhere() -> None:
    assert members.ringing([], frozenset(), None) is None


def member(queue: str, endpoint: str, **fields: str) -> Message:
    about = {
        "Event": "QueueMember", "Queue": queue, "Name": "li", "Location": f"PJSIP/{endpoint}", "Penalty": "2",
        "Status": "1", "Paused": "0", "PausedReason": "", **fields,
    }  # fmt: skip
    return Message(tuple(about.items()))


def test_what_asterisk_has_is_read() -> None:
    there, registered, queues = members.actual(
        [
            Message((("Event", "QueueParams"), ("Queue", "cards"))),
            member("cards", "li", Paused="1", PausedReason="lunch"),
            member("cards", "li-web", Status="5"),
            member("cards", "x", Location="Local/x@y"),
            Message((("Event", "QueueEntry"), ("Queue", "cards"))),
        ]
    )
    assert there == {
        ("cards", "li"): Membership("li", 2, paused=True, reason="lunch"),
        ("cards", "li-web"): Membership("li", 2, paused=False),
    }
    assert (set(registered), set(queues)) == ({"li"}, {"cards"})


def test_how_a_queue_moves_is_told_by_who_is_at_work_there() -> None:
    params = (("Event", "QueueParams"), ("Queue", "cards"), ("Completed", "7"), ("TalkTime", "95"))
    states = {"li": UP, "wu": Availability(reason="wrap_up"), "he": Availability(reason="lunch")}
    events = [
        Message(params),
        member("cards", "li"),
        member("cards", "li-web"),
        member("cards", "wu", Name="wu"),
        member("cards", "he", Name="he"),
        member("cards", "ma", Name="ma"),
        member("cards", "wu-web", Name="zu", Status="5"),
    ]
    assert members.load(events, states) == {"cards": {"agents": 2, "served": 7, "talk_time": 95}}


def test_only_what_differs_is_told() -> None:
    wished = {
        ("a", "li"): Membership("li", 1, paused=True, reason="lunch"),
        ("b", "li"): Membership("li", 0, paused=True, reason="lunch"),
        ("a", "wu"): Membership("wu", 0, paused=False),
        ("b", "wu"): Membership("wu", 0, paused=False),
        ("c", "wu"): Membership("wu", 0, paused=False),
    }
    there = {
        ("a", "li"): Membership("li", 0, paused=False),
        ("b", "li"): Membership("li", 0, paused=True, reason="lunch"),
        ("a", "wu"): Membership("wu", 0, paused=True, reason="on_call"),
        ("b", "wu"): Membership("wu", 0, paused=True, reason="on_call"),
        ("z", "wu"): Membership("wu", 0, paused=False),
    }
    assert members.differences(wished, there) == [
        Pause("li", paused=True, reason="lunch"),
        Remove(("z", "wu")),
        Penalise(("a", "li"), 1),
        Add(("c", "wu"), wished["c", "wu"]),
        Pause("wu", paused=False),
    ]
    assert members.differences(wished, wished) == []


def apply(there: dict[Seat, Membership], change: Change) -> dict[Seat, Membership]:
    """As Asterisk does it."""
    match change:
        case Add(seat, one):
            assert seat not in there
            return {**there, seat: one}
        case Remove(seat):
            return {key: one for key, one in there.items() if key != seat}
        case Penalise(seat, penalty):
            one = there[seat]
            return {**there, seat: Membership(one.agent, penalty, one.paused, one.reason)}
        case Pause(endpoint, paused, reason):
            return {
                seat: Membership(one.agent, one.penalty, paused, reason) if seat[1] == endpoint else one
                for seat, one in there.items()
            }


STATES = st.dictionaries(st.sampled_from(["li", "wu"]), st.builds(Availability, st.booleans(), st.sampled_from("ab")))
SEATS = st.tuples(st.sampled_from(["cards", "cards-en", "loss", "old"]), st.sampled_from([*OWNERS, "stranger"]))
THERE = st.dictionaries(
    SEATS,
    st.builds(
        Membership, st.sampled_from(["li", "wu", "x"]), st.integers(0, 3), st.booleans(), st.sampled_from(["", "a"])
    ),
)


@given(STATES, THERE, st.sampled_from(["li", "li-web", None]), st.sampled_from(["wu", "wu-web", None]))
def test_whatever_was_there_becomes_what_is_wished(
    states: dict[str, Availability], there: dict[Seat, Membership], li: str | None, wu: str | None
) -> None:
    wished = members.wanted(PLAN, OWNERS, states, {"li": li, "wu": wu})
    for change in members.differences(wished, there):
        there = apply(there, change)
    assert there == wished
    assert members.differences(wished, there) == []
    for agent in ("li", "wu"):
        ringing = {seat[1] for seat, one in there.items() if one.agent == agent and not one.paused}
        assert len(ringing) <= 1, "one phone of an agent rings at most"


def test_the_actions_are_asterisks() -> None:
    add = Add(("cards-en", "li-web"), Membership("li", 2, paused=True, reason="lunch"))
    assert add.action() == (
        "QueueAdd",
        [
            ("Queue", "cards-en"), ("Interface", "PJSIP/li-web"), ("StateInterface", "PJSIP/li-web"),
            ("MemberName", "li"), ("Penalty", "2"), ("Paused", "true"), ("Reason", "lunch"),
        ],
    )  # fmt: skip
    assert Remove(("cards", "li")).action() == ("QueueRemove", [("Queue", "cards"), ("Interface", "PJSIP/li")])
    assert Pause("li", paused=False).action()[1] == [("Interface", "PJSIP/li"), ("Paused", "false"), ("Reason", "")]
    assert Penalise(("cards", "li"), 4).action()[0] == "QueuePenalty"


def keeper(folder: Path) -> MemberKeeper:
    """A keeper whose Asterisk does not answer."""
    phones = folder / "phones.conf"
    phones.write_text(
        "[li](agent-desk)\nset_var = HUIYIN_AGENT=li\n[li-web](agent-browser)\nset_var = HUIYIN_AGENT=li\n"
    )
    config = KeeperConfig(
        ("127.0.0.1", 1),
        "switchboard",
        "x",
        folder / "routing.json",
        folder / "run" / "agents.json",
        folder / "run" / "queues.json",
        0.1,
    )
    return MemberKeeper(config, PhoneBook(phones))


def test_what_was_said_of_an_agent_is_kept_without_asterisk(tmp_path: Path) -> None:
    first = keeper(tmp_path)
    assert first.set_agent("li", available=True) is False, "nobody could be told"
    first.set_agent("wu", available=False, reason="lunch")
    kept = json.loads((tmp_path / "run" / "agents.json").read_text())
    assert kept["agents"] == {
        "li": {"available": True, "reason": ""}, "wu": {"available": False, "reason": "lunch"},
    }  # fmt: skip
    keeper(tmp_path).set_agent("zhao", available=True)
    assert set(json.loads((tmp_path / "run" / "agents.json").read_text())["agents"]) == {"li", "wu", "zhao"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"agents": {"li": 1}, "phones": {}}'])
def test_a_broken_file_of_states_is_no_end(tmp_path: Path, text: str) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "agents.json").write_text(text)
    assert keeper(tmp_path).set_agent("li", available=True) is False


def test_a_plan_is_read_when_it_changes_and_kept_when_it_is_broken(tmp_path: Path) -> None:
    made = keeper(tmp_path)
    assert made.load_plan() == 0
    (tmp_path / "routing.json").write_text(json.dumps(default_plan(["li"], 4).to_document()))
    assert made.load_plan() == 4
    (tmp_path / "routing.json").write_text("{")
    with pytest.raises(ValueError, match="Expecting"):
        made.load_plan()
    assert made.load_plan() == 4
