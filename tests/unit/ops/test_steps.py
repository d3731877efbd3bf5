"""Set-up steps: skipped when nothing changed, explained when they fail."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from ops.steps import Reporter, Runner, Step, StepError, explain, fingerprint


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def runner(tmp_path: Path, out: io.StringIO) -> Runner:
    return Runner(tmp_path / "stamps", tmp_path / "logs" / "setup.log", out)


def test_a_step_runs_again_only_when_its_inputs_change(tmp_path: Path, runner: Runner) -> None:
    source, runs = tmp_path / "lock.txt", []
    source.write_text("one")
    step = Step("Packages", lambda _: runs.append(1), inputs=(source,))
    runner.run([step])
    runner.run([step])
    assert len(runs) == 1
    source.write_text("two")
    runner.run([step])
    assert len(runs) == 2


def test_a_step_runs_again_when_what_it_made_is_gone(tmp_path: Path, runner: Runner) -> None:
    made = tmp_path / "made"
    step = Step("Pages", lambda _: made.touch(), inputs=("same",), made=made.exists)
    runner.run([step])
    made.unlink()
    runner.run([step])
    assert made.exists()


def test_a_step_that_failed_is_not_taken_for_done(runner: Runner) -> None:
    tries = []

    def act(_: Reporter) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise StepError("Packages", "no network", "connect it")

    step = Step("Packages", act, inputs=("same",))
    with pytest.raises(StepError):
        runner.run([step])
    runner.run([step])
    assert len(tries) == 2


def test_a_failure_says_what_why_and_what_to_do(tmp_path: Path, runner: Runner, out: io.StringIO) -> None:
    def act(reporter: Reporter) -> None:
        reporter.run([sys.executable, "-c", "print('disk is full'); raise SystemExit(3)"], todo="make room")

    with pytest.raises(StepError) as caught:
        runner.run([Step("Packages", act)])
    explain(caught.value, runner.log_path, out)
    text = out.getvalue()
    assert "✗ Packages" in text
    for wanted in ("exit code 3", "disk is full", "make room", str(runner.log_path)):
        assert wanted in text
    assert "disk is full" in runner.log_path.read_text()


def test_a_program_that_is_not_there_is_a_failure_with_a_way_out() -> None:
    with pytest.raises(StepError) as caught:
        Reporter(io.StringIO()).run(["/no/such/program"], todo="install it")
    assert caught.value.todo == "install it"


def test_progress_never_passes_the_end() -> None:
    reporter = Reporter(io.StringIO())
    reporter.progress(15, 10)
    assert reporter.fraction == 1.0
    reporter.progress(1, 0)
    assert reporter.fraction is None


def test_a_fingerprint_sees_content_and_absence(tmp_path: Path) -> None:
    file = tmp_path / "a"
    absent = fingerprint([file])
    file.write_text("1")
    first = fingerprint([file])
    file.write_text("2")
    assert len({absent, first, fingerprint([file])}) == 3
    assert fingerprint(["a", "b"]) != fingerprint(["ab"])
