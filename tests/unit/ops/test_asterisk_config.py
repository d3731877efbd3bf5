"""Asterisk's configuration and where it comes from."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest

from ops import asterisk_config, asterisk_root, asterisk_run
from ops.asterisk_config import ConfigError, Layout, Limits
from ops.asterisk_root import Asterisk
from ops.settings import Settings

LAYOUT = Layout(*(Path("/x") / name for name in ("etc", "state", "run", "logs", "modules", "data")))


def rendered(**changes: object) -> dict[str, str]:
    settings = Settings.model_validate({"home": "/home/h", **changes})
    return asterisk_config.render(
        settings, LAYOUT, ("readers-own", "operators-own", "switchboards-own"), 1000, Limits()
    )


def options(text: str, section: str) -> dict[str, str]:
    """The plain options of a section."""
    found: dict[str, str] = {}
    current = ""
    for line in text.splitlines():
        content = line.partition(";")[0].strip()
        if content.startswith("["):
            current = content.strip("[]")
        elif "=" in content and current == section:
            key, _, value = content.partition("=")
            found[key.strip()] = value.removeprefix(">").strip()
    return found


def test_ports_and_addresses_come_from_the_settings() -> None:
    files = rendered(
        sip_port=6060, ws_port=6088, ami_port=6038, rtp_ports="12000-12999", trunk_hosts="10.0.0.1, 10.0.0.2"
    )
    assert options(files["pjsip.conf"], "transport-udp")["bind"] == "127.0.0.1:6060"
    assert "match = 10.0.0.1\nmatch = 10.0.0.2\n" in files["pjsip.conf"]
    assert options(files["http.conf"], "general")["bindport"] == "6088"
    assert options(files["manager.conf"], "general")["port"] == "6038"
    assert options(files["rtp.conf"], "general") == {
        "rtpstart": "12000", "rtpend": "12999", "strictrtp": "yes", "icesupport": "yes",
        "ice_deny": "::/0",
    }  # fmt: skip


@pytest.mark.parametrize("number", ["95000", "4008001234"])
def test_the_hotline_is_any_number_that_the_trunk_brings_a_400_one_too(number: str) -> None:
    dialplan = rendered(hotline=number)["extensions.conf"]
    assert f"exten => {number},1," in dialplan
    assert dialplan.count("exten => 95000,") == (1 if number == "95000" else 0)


def test_nothing_may_be_done_dangerously() -> None:
    files = rendered()
    assert options(files["asterisk.conf"], "options")["live_dangerously"] == "no"
    assert options(files["asterisk.conf"], "options")["systemname"] == "huiyin01"
    assert "anonymous" not in files["modules.conf"]
    assert "autoload = no" in files["modules.conf"]
    assert "require = res_pjsip_authenticator_digest.so" in files["modules.conf"]
    for module in (
        "app_system",
        "func_shell",
        "app_originate",
        "res_pjsip_endpoint_identifier_anonymous",
        "app_voicemail",
    ):
        assert module not in files["modules.conf"]


def test_the_manager_interface_is_on_loopback_with_three_small_users() -> None:
    manager = rendered(bind="0.0.0.0")["manager.conf"]  # noqa: S104 -- the pages may be open, the manager never
    assert options(manager, "general")["bindaddr"] == "127.0.0.1"
    assert (options(manager, "reader")["secret"], options(manager, "reader")["write"]) == ("readers-own", "reporting")
    assert (options(manager, "operator")["secret"], options(manager, "operator")["write"]) == ("operators-own", "call")
    switchboard = options(manager, "switchboard")
    assert (switchboard["secret"], switchboard["read"], switchboard["write"]) == (
        "switchboards-own", "", "call,agent,originate",
    )  # fmt: skip


def test_logs_take_warnings_and_errors_only() -> None:
    assert options(rendered()["logger.conf"], "logfiles") == {"messages.log": "warning,error"}


@pytest.mark.parametrize("name", ["a b", "a;b", "a&b", "a,b", "a${EPOCH}", "a|b", "回音"])
def test_a_home_whose_name_the_dialplan_would_misread_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="Asterisk cannot work in"):
        rendered(home=f"/home/{name}")


def test_configuration_is_its_owners_alone_and_stale_files_go(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "old.conf").write_text("")
    asterisk_config.write(tmp_path / "etc", {"manager.conf": "secret"})
    assert [path.name for path in (tmp_path / "etc").iterdir()] == ["manager.conf"]
    assert stat.S_IMODE((tmp_path / "etc" / "manager.conf").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Asterisk 22.10.1+dfsg+~cs6.17.60671434-1", "22.10.1"),
        ("Asterisk 20.5.2", "20.5.2"),
        ("Asterisk certified/20.7-cert2", "20.7"),
        ("Asterisk GIT-master-1234", None),
        ("", None),
    ],
)
def test_the_version_in_what_asterisk_says(text: str, version: str | None) -> None:
    assert asterisk_root.parse_version(text) == version


@pytest.mark.parametrize(
    ("sources", "mirror"),
    [
        ("deb http://mirror.example/debian bookworm main", "http://mirror.example/debian"),
        ("deb [signed-by=/x] https://mirror.example/debian/ bookworm main", "https://mirror.example/debian"),
        ("Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm", "http://mirror.example/debian"),
        ("deb http://mirror.example/debian-security bookworm-security main", None),
        ("# deb http://mirror.example/debian bookworm main", None),
        ("", None),
    ],
)
def test_the_private_root_comes_from_where_this_machines_packages_do(sources: str, mirror: str | None) -> None:
    assert asterisk_root.mirror(sources) == mirror


def whole_root(folder: Path) -> Path:
    modules = folder / "usr/lib/x86_64-linux-gnu/asterisk/modules"
    modules.mkdir(parents=True)
    for name in asterisk_config.REQUIRED_MODULES:
        (modules / f"{name}.so").touch()
    (folder / "usr/sbin").mkdir()
    (folder / "usr/sbin/asterisk").touch()
    (folder / asterisk_root.MARKER).write_text("22.10.1\n")
    return folder


def test_a_root_counts_only_when_it_is_whole(tmp_path: Path) -> None:
    assert asterisk_root.find_private(tmp_path) is None
    root = whole_root(tmp_path / "root")
    found = asterisk_root.find_private(root)
    assert found == Asterisk(
        root, Path("/usr/sbin/asterisk"), Path("/usr/lib/x86_64-linux-gnu/asterisk/modules"),
        Path("/usr/share/asterisk"), "22.10.1",
    )  # fmt: skip
    (root / asterisk_root.MARKER).unlink()
    assert asterisk_root.find_private(root) is None


def test_a_set_up_that_fails_leaves_nothing_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "bin" / "mmdebstrap"
    tool.parent.mkdir()
    tool.write_text('#!/bin/sh\nfor last; do :; done\necho "E: no such suite"\nexit 3\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    said: list[str] = []
    with pytest.raises(asterisk_root.RootError, match="no such suite"):
        asterisk_root.build(tmp_path / "cache" / "root", said.append)
    assert said == ["E: no such suite"]
    assert list((tmp_path / "cache").iterdir()) == []


def machine_with(folder: Path, says: str) -> Path:
    """A machine with an Asterisk of its own that says its version in these words."""
    root = whole_root(folder)
    (root / asterisk_root.MARKER).unlink()
    binary = root / "usr/sbin/asterisk"
    binary.write_text(f"#!/bin/sh\necho '{says}'\n")
    binary.chmod(0o755)
    return root


def test_a_machines_own_asterisk_is_taken_when_it_has_every_module(tmp_path: Path) -> None:
    machine = machine_with(tmp_path, "Asterisk 20.5.2")
    modules = machine / "usr/lib/x86_64-linux-gnu/asterisk/modules"
    data = machine / "usr/share/asterisk"
    assert asterisk_root.find_system(machine) == (
        Asterisk(None, machine / "usr/sbin/asterisk", modules, data, "20.5.2"), "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("says", "removed", "why"),
    [
        ("Asterisk 18.26.4", (), "is release 18.26.4, Huiyin needs 20 or later"),
        ("Asterisk GIT-master-1234", (), "does not tell its version"),
        ("Asterisk 22.1.0", ("res_pjsip_authenticator_digest",), r"\(22.1.0\) lacks res_pjsip_authenticator_digest$"),
        ("Asterisk 22.1.0", ("res_agi", "func_env", "app_queue", "app_read", "codec_g722"), "and 1 modules more$"),
        ("Asterisk 22.1.0", ("chan_pjsip",), "has no folder of modules with chan_pjsip"),
    ],
)
def test_a_machines_own_asterisk_that_cannot_run_the_hotline_is_left_alone(
    tmp_path: Path, says: str, removed: tuple[str, ...], why: str
) -> None:
    machine = machine_with(tmp_path, says)
    for name in removed:
        (machine / f"usr/lib/x86_64-linux-gnu/asterisk/modules/{name}.so").unlink()
    found, said = asterisk_root.find_system(machine)
    assert found is None
    assert re.search(why, said)


def test_a_machine_without_an_asterisk_has_nothing_to_say(tmp_path: Path) -> None:
    assert asterisk_root.find_system(tmp_path) == (None, "")


def stand_in(folder: Path, name: str, script: str) -> Path:
    """A program of that name which runs the script, in a folder to put into PATH."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    return folder


def test_a_user_whose_path_lacks_sbin_can_look_into_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = whole_root(tmp_path / "root")
    (root / asterisk_root.MARKER).unlink()
    script = 'shift\n/usr/bin/test -x "$1" && echo Asterisk 22.10.1 for "$@"'
    monkeypatch.setenv("PATH", str(stand_in(tmp_path / "bin", "unshare", script)))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    found = asterisk_root.adopt(root)
    assert found is not None
    assert found.version == "22.10.1"


def test_what_root_left_half_made_for_a_user_goes_with_roots_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = 'case "$1" in mmdebstrap) for last; do :; done; mkdir "$last"; exit 3;; esac\n"$@"'
    bin_folder = stand_in(tmp_path / "bin", "sudo", script)
    stand_in(bin_folder, "mmdebstrap", "exit 1")
    monkeypatch.setenv("PATH", f"{bin_folder}:{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(asterisk_root.shutil, "rmtree", lambda *_a, **_k: None)  # what is root's stays
    monkeypatch.setattr(asterisk_root, "mirror", lambda _sources: None)
    with pytest.raises(asterisk_root.RootError):
        asterisk_root.build(tmp_path / "cache" / "root", lambda _line: None)
    assert list((tmp_path / "cache").iterdir()) == []


def test_an_asterisk_without_the_authenticator_is_refused(tmp_path: Path) -> None:
    root = whole_root(tmp_path / "root")
    found = asterisk_root.find_private(root)
    assert found
    asterisk_run.check_modules(found)
    (Path(f"{root}{found.modules}") / "res_pjsip_authenticator_digest.so").unlink()
    with pytest.raises(asterisk_run.StartError, match="res_pjsip_authenticator_digest"):
        asterisk_run.check_modules(found)


def test_a_start_is_one_chain_that_becomes_asterisk_and_is_noted(tmp_path: Path) -> None:
    root = whole_root(tmp_path / "root")
    found = asterisk_root.find_private(root)
    assert found
    settings = Settings.model_validate({"home": tmp_path / "home"})
    command = asterisk_run.prepare(settings, found, Limits(), 1234)
    assert (settings.spool / "boots").read_text() == "1234\n"
    assert command[-3:-1] == ["/bin/sh", "-ec"]
    last = command[-1].splitlines()[-1]
    assert last.startswith("exec env -i ")
    assert last.endswith("chroot . /usr/sbin/asterisk -f -q -C /etc/asterisk/asterisk.conf")
    shown = [line for line in command[-1].splitlines() if line.startswith("mount --bind")]
    assert not [line for line in shown if "secrets" in line or line.endswith(f" .{settings.home}")]


def test_a_systems_asterisk_runs_without_a_root(tmp_path: Path) -> None:
    modules = whole_root(tmp_path) / "usr/lib/x86_64-linux-gnu/asterisk/modules"
    system = Asterisk(None, Path("/usr/sbin/asterisk"), modules, Path("/usr/share/asterisk"), "20.5.2")
    command = asterisk_run.prepare(Settings.model_validate({"home": tmp_path / "home"}), system, Limits(), 1)
    assert command[-5:] == ["/usr/sbin/asterisk", "-f", "-q", "-C", str(tmp_path / "home/asterisk/etc/asterisk.conf")]


def test_all_interfaces_are_no_address_to_send_sound_to() -> None:
    """A caller told to send to 0.0.0.0 is not heard; told nothing, he gets the address that he came to."""
    assert "media_address = 127.0.0.1" in rendered()["pjsip.conf"]
    assert "media_address" not in rendered(bind="0.0.0.0")["pjsip.conf"]  # noqa: S104  (the case under test)
