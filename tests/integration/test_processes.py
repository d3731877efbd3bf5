"""A real supervisor with stand-ins for the services: what is killed comes back, what is stopped stays stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from ops.house import stop
from ops.processes import PROGRAMS, Program, configuration, expand
from ops.processes_rpc import NotRunningError, Supervisor
from ops.settings import Settings

pytestmark = pytest.mark.integration

STAND_IN = """
import signal, sys, time
from pathlib import Path
from ops.parent import end_with_parent
end_with_parent()
folder, name = Path(sys.argv[1]), sys.argv[2]
def stop(*_):
    with (folder / "stops").open("a") as file:
        file.write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
(folder / (name + ".works")).touch()
while True:
    time.sleep(60)
"""


class House:
    """supervisord over stand-ins that note the moment they are told to stop."""

    def __init__(self, folder: Path, wanted: Sequence[Program] = PROGRAMS) -> None:
        self.run, self.stops = folder / "run", folder / "stops"
        self.run.mkdir()
        (folder / "logs").mkdir()
        script = folder / "stand_in.py"
        script.write_text(STAND_IN)
        root = Path(__file__).resolve().parents[2]
        text = configuration(
            command=[sys.executable, str(script), str(folder)],
            directory=root,
            run=self.run,
            logs=folder / "logs",
            wanted=wanted,
        )
        (folder / "run" / "supervisord.conf").write_text(text)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(folder / "run" / "supervisord.conf")],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.supervisor = Supervisor(self.run, timeout=60)

    def pids(self) -> dict[str, int]:
        """Process ids of what runs, by name; empty while the supervisor does not answer."""
        try:
            return {name: state.pid for name, state in self.supervisor.processes().items() if state.pid}
        except NotRunningError:
            return {}


def until(condition: Callable[[], object], seconds: float = 40) -> None:
    """Wait for a condition with a generous deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    one = House(tmp_path)
    until(lambda: len(list(tmp_path.glob("*.works"))) == len(PROGRAMS))
    yield one
    pids = one.pids()
    if one.process.poll() is None:
        one.process.terminate()
    one.process.wait(60)
    until(lambda: not any(alive(pid) for pid in pids.values()))


def test_a_service_that_was_killed_is_back_within_ten_seconds(house: House) -> None:
    before = house.pids()["agi"]
    os.kill(before, signal.SIGKILL)
    killed_at = time.monotonic()
    until(lambda: house.pids().get("agi") not in {None, before})
    assert time.monotonic() - killed_at < 10, "the promise to callers"


def test_a_service_that_was_stopped_stays_stopped_until_it_is_started(house: House) -> None:
    house.supervisor.stop(reversed(expand(["jobs"])))
    states = house.supervisor.processes()
    assert {name for name, state in states.items() if state.state == "stopped"} == set(expand(["jobs"]))
    os.kill(house.pids()["web"], signal.SIGKILL)
    until(lambda: "web" in house.pids())
    assert not set(expand(["jobs"])) & house.pids().keys()
    house.supervisor.start(expand(["jobs"]))
    until(lambda: set(expand(["jobs"])) <= house.pids().keys())


def test_starting_what_runs_and_stopping_what_does_not_is_no_error(house: House) -> None:
    house.supervisor.start(["web"])
    house.supervisor.stop(["web"])
    house.supervisor.stop(["web"])


def test_everything_stops_in_order_and_nothing_is_left(house: House) -> None:
    pids = house.pids()
    house.supervisor.shutdown()
    house.process.wait(60)
    assert not any(alive(pid) for pid in pids.values())
    order = house.stops.read_text().split()
    assert order == [program.name for program in sorted(PROGRAMS, key=lambda program: -program.priority)]
    assert not (house.run / "supervisor.sock").exists()


def test_an_installation_that_leaves_a_service_out_stops_whole(tmp_path: Path) -> None:
    house = House(tmp_path, [program for program in PROGRAMS if program.name in {"agi", "web"}])
    until(lambda: len(list(tmp_path.glob("*.works"))) == 2)
    pids = house.pids()
    assert stop(Settings.model_validate({"home": tmp_path}))
    assert house.process.wait(60) is not None
    assert not any(alive(pid) for pid in pids.values())


def test_when_the_supervisor_is_killed_its_services_end_too(house: House) -> None:
    pids = house.pids()
    house.process.kill()
    house.process.wait(60)
    until(lambda: not any(alive(pid) for pid in pids.values()))


def test_without_a_supervisor_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotRunningError, match="huiyin up"):
        Supervisor(tmp_path).processes()
