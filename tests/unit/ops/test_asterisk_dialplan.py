"""The dialplan, the code and the page about channel variables say the same; the dialplan keeps its rules."""

from __future__ import annotations

import re

import pytest

from agi import menus, variables
from agi.watchdog_edge import DOWN_VARIABLE, FALLBACK_CONTEXT, IVR_CONTEXT
from ivr.menu import Person
from ivr.routing_plan import BUSINESSES
from ops.asterisk_config import CODE, REQUIRED_MODULES, TEMPLATES


def plan(name: str) -> str:
    """A file of the dialplan without its comments."""
    lines = (TEMPLATES / name).read_text(encoding="utf-8").splitlines()
    return "\n".join(line.partition(";")[0] for line in lines)


DIALPLAN = plan("extensions.conf")
AGENTS = plan("extensions_agents.conf")
BOTH = DIALPLAN + "\n" + AGENTS
PAGE = (CODE / "docs" / "channel-variables.md").read_text(encoding="utf-8")
NAME = re.compile(r"\b(?:HUIYIN_[A-Z_]+[A-Z]|IVR_DONE)\b")

IVR_ONLY = {variables.KEY}
"""Variables that the dialplan has nothing to do with."""


def contexts(text: str = DIALPLAN) -> dict[str, str]:
    """Name → text of each context."""
    parts = re.split(r"^\[([a-z-]+)\]\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def table(title: str) -> set[str]:
    """The variables in the first column of a section's table."""
    section = PAGE.split(f"## {title}\n")[1].split("\n## ")[0]
    return set(re.findall(rf"^\| `({NAME.pattern})`", section, re.MULTILINE))


def test_the_page_lists_what_the_code_lists() -> None:
    assert table("Set by the IVR") == set(variables.SET_BY_IVR)
    assert table("Set by the dialplan for the IVR") == set(variables.SET_BY_DIALPLAN)


def test_every_variable_of_the_dialplan_is_on_the_page() -> None:
    used = set(NAME.findall(BOTH))
    agreed = set(variables.SET_BY_IVR) | set(variables.SET_BY_DIALPLAN)
    assert used - agreed == table("Kept by the dialplan for itself") | table("Agents' phones and the switchboard")
    assert agreed - used == IVR_ONLY


def test_the_arguments_of_agi_are_the_agreed_ones() -> None:
    for text, agreed in ((DIALPLAN, variables.ARGUMENTS), (AGENTS, variables.SURVEY_ARGUMENTS)):
        (call,) = re.findall(r"AGI\((agi:.*)\)$", text, re.MULTILINE)
        given = dict(part.split("=", 1) for part in re.sub(r"FILTER\([^,]*,", "FILTER(", call).split(",")[1:])
        assert given.pop("call_id") == "${FILTER(${CHANNEL(linkedid)})}"
        expected = {name: "${" + value + "}" for name, value in agreed.items() if name != "call_id"}
        assert {
            name: re.sub(r"FILTER\((.*)\)", lambda found: found[1][2:-1], value) for name, value in given.items()
        } == (expected)


def test_the_stages_are_scripts_that_the_ivr_has() -> None:
    assert set(re.findall(r"Set\(HUIYIN_STAGE=([a-z-]+)\)", BOTH)) == set(variables.SCRIPTS)


def test_what_others_enter_exists() -> None:
    found = contexts()
    assert {IVR_CONTEXT, FALLBACK_CONTEXT, variables.RECORDER_CONTEXT} <= set(found)
    assert "exten => stop,1" in found[variables.RECORDER_CONTEXT]
    assert "exten => start,1" in found[variables.RECORDER_CONTEXT]
    assert "exten => s,1" in found[FALLBACK_CONTEXT]
    assert f"{DOWN_VARIABLE} = 0" in found["globals"]


def test_every_stage_survives_wrong_keys_time_outs_and_hang_ups() -> None:
    found = contexts()
    stages = set(found) - {"general", "globals", "from-trunk", "safety", "call-ended"}
    assert {name for name in stages if "include => safety" in found[name]} == stages
    assert re.findall(r"exten => (\w),1", found["safety"]) == ["i", "t", "T", "h"]


def test_a_caller_whom_the_switchboard_moves_survives_wrong_keys_time_outs_and_hang_ups() -> None:
    found = contexts(AGENTS)
    callers = {"xfer", "parked", "joined", "conference", "rejoin", "requeue", "survey"}
    assert {name for name in found if "include => safety" in found[name]} == callers


def test_nobody_dials_out_from_where_calls_come_in() -> None:
    found = contexts(BOTH)
    assert "Dial(" not in found["from-trunk"]
    assert re.findall(r"Dial\((.*?),", found["from-agents"]) == ["${PJSIP_DIAL_CONTACTS(${who})}"]
    assert found["from-agents"].count("exten => trunk") == found["from-agents"].count(",1,Hangup(1)") - 1
    assert [name for name in found if re.search(r"Dial\(.*@trunk-out", found[name])] == ["outbound"]
    doors = [name for name in found if re.search(r"(?:Goto|Gosub)(?:If)?\(.*\boutbound,", found[name])]
    assert doors == ["lifted"], "only a phone that the switchboard has rung goes there"


@pytest.mark.parametrize(
    "forbidden", [r"\bSystem\(", r"\bTrySystem\(", r"SHELL\(", r"\bEXEC\b", r"AGISTATUS", r"CURL\(", r"exten => _\."]
)
def test_nothing_in_the_dialplan_runs_programs_or_matches_what_it_should_not(forbidden: str) -> None:
    assert not re.search(forbidden, BOTH)
    assert "exten => _" not in DIALPLAN


def test_no_command_stands_behind_a_recorder() -> None:
    for arguments in re.findall(r"MixMonitor\((.*)\)$", BOTH, re.MULTILINE):
        assert arguments.startswith((",r(", ",t(", ",ar(")) or arguments == ""
        assert re.sub(r"FILTER\([^,]+,", "", arguments).count(",") <= 1


def test_what_comes_from_outside_is_filtered_before_it_is_used() -> None:
    for name in (
        "CALLERID(num)",
        "CHANNEL(linkedid)",
        "QUEUESTATUS",
        "QUEUEPOSITION",
        "HUIYIN_TARGET",
        "HUIYIN_NUMBER",
    ):
        uses = len(re.findall(r"\$\{" + re.escape(name), BOTH))
        filtered = len(re.findall(r"FILTER\([^,]+,\$\{" + re.escape(name), BOTH))
        compared = len(re.findall(r'"\$\{' + re.escape(name), BOTH))
        uses -= (
            len(re.findall(r"Gosub\([a-z]+,s,1\(\$\{HUIYIN_TARGET_LEG\}\)\)", BOTH)) if name == "HUIYIN_TARGET" else 0
        )
        wrapped = BOTH.count('FILTER(a-zA-Z0-9.\\-,${IF($["${HUIYIN_CALL_ID}" = ""]?${' + name)
        assert uses == filtered + compared + wrapped, name
    assert "CALLERID(name)" not in BOTH
    assert not re.search(r"PJSIP_HEADER\(read", BOTH)


def test_every_application_and_function_has_its_module() -> None:
    needed = {
        "AGI": "res_agi", "MixMonitor": "app_mixmonitor", "Queue": "app_queue", "Record": "app_record",
        "Playback": "app_playback", "Gosub": "app_stack", "ExecIf": "app_exec", "MusicOnHold": "res_musiconhold",
        "FILTER": "func_strings", "IF": "func_logic", "STAT": "func_env", "FILE": "func_env", "CDR": "func_cdr",
        "GROUP_COUNT": "func_groupcount", "TIMEOUT": "func_timeout", "CHANNEL": "func_channel",
        "CALLERID": "func_callerid", "LOCAL": "app_stack", "QUEUE_EXISTS": "app_queue", "GROUP": "func_groupcount",
        "StopMixMonitor": "app_mixmonitor", "STRFTIME": "func_strings", "SPRINTF": "func_sprintf", "Dial": "app_dial",
        "QUEUE_MEMBER": "app_queue", "UserEvent": "app_userevent",
        "BridgeWait": "app_bridgewait", "ConfBridge": "app_confbridge", "ConfKick": "app_confbridge",
        "ChanSpy": "app_chanspy",
        "PJSIP_HEADER": "res_pjsip_header_funcs", "DEVICE_STATE": "func_devstate", "SHARED": "func_global",
        "PJSIP_DIAL_CONTACTS": "chan_pjsip", "CHANNEL_EXISTS": "func_channel", "Playtones": "app_playtones",
    }  # fmt: skip
    core = {"Answer", "Set", "Goto", "GotoIf", "Hangup", "Return", "Bridge", "Wait", "NoOp"}
    used = set(re.findall(r"\b([A-Za-z_]+)\((?=[^)\s]|\))", BOTH))
    used -= {"U", "S", "G"}  # options of Dial and BridgeWait
    applications = {name for name in used if name in needed or name in core or name[0].isupper()}
    unknown = applications - set(needed) - core
    assert not unknown, f"say here which module brings {unknown}"
    assert {needed[name] for name in applications & set(needed)} <= set(REQUIRED_MODULES)


def test_the_queues_that_the_menu_names_are_businesses_of_the_plan() -> None:
    named = {node.queue for node in menus.load().nodes.values() if isinstance(node, Person)}
    assert named == set(BUSINESSES)
