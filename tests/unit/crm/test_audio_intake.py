"""Agents' files of a call's folder: into the recording where the facts say it, and never a reason to lose the call."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from crm.domain.calls import fold
from crm.services.audio_intake import KeptRecording, Recorder
from recordings import spool, wav
from recordings.encryption import KeyRing
from recordings.local_store import LocalStore
from recordings.model import Flag
from recordings.naming import agent_name, parse_agent_name
from tests.spool_builder import START, SpoolCall, speech, wav_of

CALL = "huiyin01-1763604000.1"
LEG = "huiyin01-1763604005.2"


class Shelf:
    """A store, and what is kept of one folder."""

    def __init__(self, folder: Path) -> None:
        self.store = LocalStore(folder / "store", KeyRing.of(b"k" * 32))
        self.spool = folder / "spool"
        self.call = SpoolCall(self.spool, CALL)

    def keep(self) -> tuple[KeptRecording, ...]:
        found = spool.read_folder(self.call.path)
        facts = fold(CALL, [line.event for line in found.journal], found.facts, seen_at=START)
        return Recorder(self.store, b"i" * 32).keep_call(found, facts)

    def line(self, kept: KeptRecording) -> np.ndarray:
        with_all = self.store.open(kept.store_key)
        content = b"".join(with_all.read(0, with_all.size))
        return np.frombuffer(content, "<i2", offset=wav.parse(content).start).reshape(-1, 2)[:, 1]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def answered(shelf: Shelf, at: int = 5, kind: str = "queue") -> None:
    shelf.call.fact(0, "started", call_id=CALL, caller="13800138000", dialled="95000", language="en")
    shelf.call.fact(at, "leg_answered", leg=LEG, agent="lin", queue="service", kind=kind)


def test_his_voice_is_where_he_spoke(shelf: Shelf) -> None:
    answered(shelf)
    agent = speech(10.0, seed=9)
    shelf.call.audio(agent_name(LEG), wav_of(agent)).end(20, finished=False)
    (kept,) = shelf.keep()
    found, line = shelf.line(kept), speech(20.0, seed=4)
    assert np.array_equal(found[: 5 * 8000], line[: 5 * 8000])
    assert np.array_equal(found[5 * 8000 : 15 * 8000], agent)
    assert np.array_equal(found[15 * 8000 :], line[15 * 8000 :])


def test_a_file_that_no_fact_knows_is_in_nobodys_mouth(shelf: Shelf) -> None:
    answered(shelf)
    shelf.call.audio("agent-huiyin01-1763604009.9.wav", wav_of(speech(10.0, seed=9))).end(20, finished=False)
    (kept,) = shelf.keep()
    assert np.array_equal(shelf.line(kept), speech(20.0, seed=4))


def test_a_file_that_cannot_be_read_is_kept_beside_the_call(shelf: Shelf) -> None:
    answered(shelf)
    shelf.call.audio(agent_name(LEG), b"no sound").end(20, finished=False)
    whole, broken = shelf.keep()
    assert broken.source_name == f"agent-{LEG}"
    assert broken.flags == (Flag.UNREADABLE,)
    assert np.array_equal(shelf.line(whole), speech(20.0, seed=4))


def test_of_a_call_out_the_recording_begins_with_the_customers_answer(shelf: Shelf) -> None:
    answered(shelf, 2, "outbound")
    agent = speech(14.0, seed=9)
    shelf.call.fact(6, "customer_answered", segment=1).audio(agent_name(LEG), wav_of(agent))
    shelf.call.audio("caller-1.wav", wav_of(speech(10.0, seed=3))).audio("line-1.wav", wav_of(speech(10.0, seed=4)))
    shelf.call.fact(16, "ended", duration=16, billsec=10, cause=16, ivr_done=0)
    (kept,) = shelf.keep()
    assert kept.started_at == START + timedelta(seconds=6)
    assert np.array_equal(shelf.line(kept), agent[4 * 8000 :]), "what he said while it rang is not in it"


def test_a_call_out_that_nobody_answered_has_no_recording(shelf: Shelf) -> None:
    answered(shelf, 2, "outbound")
    shelf.call.audio(agent_name(LEG), wav_of(speech(3.0)))
    shelf.call.fact(5, "ended", duration=5, billsec=0, cause=16, ivr_done=0)
    assert shelf.keep() == ()


@pytest.mark.parametrize(
    ("name", "leg"),
    [
        (f"agent-{LEG}.wav", LEG),
        ("agent-.wav", None),
        ("agent-../x.wav", None),
        ("agent-1.mp3", None),
        ("caller-1.wav", None),
    ],
)
def test_the_names_of_agents_files(name: str, leg: str | None) -> None:
    assert parse_agent_name(name) == leg


def test_what_is_no_leg_names_no_file() -> None:
    with pytest.raises(ValueError, match="no leg"):
        agent_name("../x")
