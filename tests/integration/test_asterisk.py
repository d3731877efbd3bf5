"""The real Asterisk with our configuration: who gets in, what is heard when nothing of ours works."""

from __future__ import annotations

import dataclasses
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from agi.ami_client import AmiClient, AmiRefused
from ops import asterisk_config, asterisk_run, keys
from ops.sip.script import CallScript, Keys, Speak, Wait, WaitHangUp, WaitSound, WaitTone
from tests.asterisk_fixture import (
    PITCHES,
    QUICK,
    Hotline,
    beep,
    hears,
    hotline,
    make_hotline,
    start_hotline,
    wait_until,
)

pytestmark = pytest.mark.integration
__all__ = ["hotline"]


def test_without_an_ivr_the_caller_hears_the_apology_and_stands_in_the_queue(hotline: Hotline) -> None:
    with hotline.user_agent() as caller:
        call = caller.call(CallScript("95000", stay=True))
        assert call.answered.wait(30)
        wait_until(lambda: hears(call.heard(), PITCHES["fallback_sorry"]), "the apology is heard", 3)
        wait_until(lambda: hears(call.heard(), PITCHES["notice_short"]), "he hears that calls are recorded", 5)
        wait_until(lambda: "queue" in hotline.events(), "the caller is in the queue")
    wait_until(lambda: "ended" in hotline.events(), "the end is written down")
    facts = hotline.facts()
    assert facts[0]["caller"] == "13800138000"
    assert facts[0]["dialled"] == "95000"
    assert facts[1] == {"event": "fallback", "epoch": facts[1]["epoch"], "segment": "1", "reason": "unfinished"}
    assert facts[-1]["hangup_source"] == "caller"
    assert float(facts[-1]["billsec"]) > 0.5


def test_with_the_ivr_dead_for_long_the_dialplan_takes_the_message_itself(hotline: Hotline) -> None:
    said = beep(1500, 2.0)
    steps = (WaitTone(30), Wait(0.3), Speak(said), Wait(0.2), Keys("#"), WaitHangUp(20))
    with hotline.user_agent() as caller:
        result = caller.call(CallScript("95000", steps)).wait(60)
    assert result.failure is None
    assert result.ending == "theirs"
    assert hears(result.heard, PITCHES["fallback_message_thanks"])
    assert "message" in hotline.events()
    with wave.open(str(hotline.calls()[-1] / "message-1.wav")) as message:
        assert message.getframerate() == 8000
        assert 2.0 <= message.getnframes() / 8000 <= 4.0


def test_other_numbers_do_not_exist(hotline: Hotline) -> None:
    with hotline.user_agent() as caller:
        calls = [caller.call(CallScript(number)) for number in ("95001", "9500", "950000", "s", "h", "1", "_X.")]
        assert [call.wait(30).status for call in calls] == [404] * len(calls)
    assert hotline.calls() == []


def test_who_is_not_the_trunk_gets_no_call(hotline: Hotline) -> None:
    with hotline.user_agent("127.0.0.3") as stranger:
        result = stranger.call(CallScript("95000", caller="110")).wait(30)
    assert result.status == 401
    assert hotline.calls() == []


def test_one_call_past_the_limit_is_refused_before_it_is_answered() -> None:
    with start_hotline(max_calls=2) as small, small.user_agent() as caller:
        calls = [caller.call(CallScript("95000", stay=True)) for _ in range(2)]
        assert all(call.answered.wait(30) for call in calls)
        refused = caller.call(CallScript("95000")).wait(30)
        assert (refused.status, refused.answered) == (503, False)
        assert len(small.calls()) == 2


def test_a_withheld_number_is_empty(hotline: Hotline) -> None:
    with hotline.user_agent() as caller:
        caller.call(CallScript("95000", (WaitSound(),), caller=None)).wait(30)
    assert hotline.facts()[0]["caller"] == ""


def test_a_killed_asterisk_leaves_audio_that_can_be_salvaged(hotline: Hotline) -> None:
    with hotline.user_agent() as caller:
        call = caller.call(CallScript("95000", (Speak(beep(1500, 20.0)),), stay=True))
        assert call.answered.wait(30)
        audio = hotline.calls()[-1] / "caller-1.wav"
        wait_until(lambda: audio.exists() and audio.stat().st_size > 48_000, "3 s are on the disk", 15)
        hotline.kill()
    data = audio.read_bytes()
    assert data[:4] == b"RIFF"
    assert int.from_bytes(data[40:44], "little") == 0, "the header is what the salvage mends"
    assert hears(np.frombuffer(data[44 : len(data) // 2 * 2], np.int16), 1500)
    assert "ended" not in hotline.events()
    hotline.start()
    boots = (hotline.settings.spool / "boots").read_text().split()
    assert len(boots) == 2
    with hotline.user_agent() as caller:
        assert caller.call(CallScript("95000", (WaitSound(),))).wait(30).answered


def test_nothing_is_left_when_asterisk_is_gone(hotline: Hotline) -> None:
    assert hotline.process
    mounts = Path("/proc/self/mounts").read_text()
    assert str(hotline.settings.home) not in mounts, "its mounts are its own"
    assert Path(f"/proc/{hotline.process.pid}/comm").read_text().strip() == "asterisk", "our child is Asterisk itself"
    hotline.stop()
    assert list((hotline.settings.home / "asterisk" / "root").iterdir()) == []


def test_no_key_number_or_name_is_in_a_log(hotline: Hotline) -> None:
    steps = (WaitSound(), Keys("4111111111111111#"), WaitTone(30), Keys("90210#"), WaitHangUp(20))
    with hotline.user_agent() as caller:
        caller.call(CallScript("95000", steps, caller="13912345678")).wait(60)
    with hotline.user_agent("127.0.0.3") as stranger:
        stranger.call(CallScript("95000", caller="13912345678")).wait(30)
    logs = hotline.logs()
    assert "res_agi.c" in logs, "these are the logs"
    for secret in ("4111", "90210", "13912345678", "DTMF"):
        assert secret not in logs


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("Command", [("Command", "core show channels")]),
        ("Originate", [("Channel", "Local/95000@from-trunk"), ("Application", "System"), ("Data", "true")]),
        ("UpdateConfig", [("SrcFilename", "manager.conf"), ("DstFilename", "manager.conf")]),
        ("GetConfig", [("Filename", "manager.conf")]),
        ("ListCategories", [("Filename", "manager.conf")]),
        ("ModuleLoad", [("LoadType", "unload"), ("Module", "res_agi.so")]),
        ("Reload", []),
        ("CoreShowChannels", []),
        ("MixMonitor", [("Channel", "x"), ("File", "/tmp/x.wav"), ("Command", "true")]),
        ("Setvar", [("Variable", "SHELL(true)"), ("Value", "x")]),
        ("Getvar", [("Variable", "SHELL(id)")]),
        ("Setvar", [("Variable", "FILE(/tmp/x)"), ("Value", "x")]),
        ("DBGet", [("Family", "x"), ("Key", "y")]),
        ("QueueAdd", [("Queue", "service"), ("Interface", "Local/1@from-trunk")]),
        ("PJSIPShowAuths", []),
        ("LoggerRotate", []),
    ],
)
def test_the_operator_may_only_move_and_end_calls(
    shared_hotline: Hotline, action: str, fields: list[tuple[str, str]]
) -> None:
    client = shared_hotline.operator()
    try:
        assert client.collect("Status") == []
        with pytest.raises(AmiRefused):
            client.action(action, fields)
    finally:
        client.close()


@pytest.mark.parametrize("secret", ["FILE(/etc/passwd)", "STAT(e,/etc/passwd)", "ENV(HOME)", "ENV(HUIYIN_HOME)"])
def test_the_operator_reads_neither_files_nor_environment(shared_hotline: Hotline, secret: str) -> None:
    client = shared_hotline.operator()
    try:
        assert client.action("Getvar", [("Variable", secret)]).get("Value") == ""
    finally:
        client.close()


def test_the_switchboard_has_no_way_to_the_machine(shared_hotline: Hotline) -> None:
    client = shared_hotline.switchboard()
    try:
        for action in ("Command", "UpdateConfig", "ModuleLoad", "Reload", "GetConfig", "LoggerRotate", "DBPut"):
            with pytest.raises(AmiRefused, match="Permission denied"):
                client.action(action)
        for application in ("System", "TrySystem", "AGI", "MixMonitor", "EXEC"):
            with pytest.raises(AmiRefused):
                client.action(
                    "Originate", [("Channel", "Local/s@hotline"), ("Application", application), ("Data", "x")]
                )
    finally:
        client.close()


def test_the_reader_may_only_look(shared_hotline: Hotline) -> None:
    client = AmiClient(("127.0.0.1", shared_hotline.settings.ami_port))
    client.connect("reader", keys.token(shared_hotline.settings.secrets, asterisk_config.READER))
    try:
        for action in ("Redirect", "Hangup", "Command", "Originate", "Setvar", "QueueAdd", "QueuePause", "Reload"):
            with pytest.raises(AmiRefused, match="Permission denied"):
                client.action(action)
    finally:
        client.close()


def test_a_wrong_password_is_refused(shared_hotline: Hotline) -> None:
    with pytest.raises(AmiRefused):
        AmiClient(("127.0.0.1", shared_hotline.settings.ami_port)).connect("operator", "wrong")


@pytest.fixture(scope="module")
def shared_hotline() -> Iterator[Hotline]:
    with start_hotline(QUICK) as made:
        yield made


def test_asterisk_does_not_start_without_the_module_that_checks_passwords(tmp_path: Path) -> None:
    made = make_hotline(tmp_path / "home")
    if made.asterisk.root is None:
        pytest.skip("the machine's own Asterisk is not taken apart")
    modules = made.settings.spool / "modules"
    modules.mkdir(parents=True)
    for module in Path(f"{made.asterisk.root}{made.asterisk.modules}").glob("*.so"):
        if module.stem != "res_pjsip_authenticator_digest":
            (modules / module.name).symlink_to(made.asterisk.modules / module.name)
    made.asterisk = dataclasses.replace(made.asterisk, modules=modules)
    with pytest.raises(asterisk_run.StartError, match="res_pjsip_authenticator_digest"):
        asterisk_run.check_modules(dataclasses.replace(made.asterisk, root=None))
    # And should the check be fooled, Asterisk itself refuses.
    monkey = pytest.MonkeyPatch()
    monkey.setattr(asterisk_run, "check_modules", lambda _asterisk: None)
    try:
        with pytest.raises(pytest.fail.Exception, match="res_pjsip_authenticator_digest"):
            made.start()
    finally:
        monkey.undo()
        made.stop()


def test_a_caller_can_hang_up_in_the_middle_of_a_step(shared_hotline: Hotline) -> None:
    with shared_hotline.user_agent() as caller:
        call = caller.call(CallScript("95000", (WaitTone(60),)))
        assert call.answered.wait(30)
        call.hang_up()
        assert call.wait(30).ending == "ours"
