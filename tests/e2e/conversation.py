"""What agents and callers of a journey say to each other, and how it is known that it was heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from playwright.sync_api import expect

from bench.installation import wait_until
from ops.sip.g711 import Samples
from ops.sip.script import CallScript, Keys, Wait, WaitSound
from tests.e2e.agent_desk import RATE, Desk, sentence
from tests.e2e.hearing import sentence_in

TO_A_PERSON = (WaitSound(), Wait(0.5), Keys("9"), Wait(0.5), Keys("0"))
PAUSE = np.zeros(RATE * 3 // 2, np.int16)
SAYINGS = {
    "first": {
        "complaint_intro": {"tone", "finished"}, "progress_not_authorised": {"match", "records"},
        "ask_ticket_number": {"reference"}, "fallback_message_thanks": {"saved"}, "stage_not_handled": {"outside"},
    },
    "second": {
        "loss_report_taken": {"loss", "registered"}, "progress_unavailable": {"moment"}, "stage_triaged": {"assigned"},
        "callback_offer": {"instead", "waiting"}, "stage_notified": {"handled", "answer"},
    },
    "caller": {"stage_investigating": {"investigated"}, "queue_position_many": {"customers"}},
}  # fmt: skip
"""Who says what: sentences of his own, with words that a recogniser must understand. Nobody repeats himself for
half a minute: a recogniser takes what comes again and again for its own mistake."""


@dataclass(frozen=True)
class Sentence:
    """Something that somebody says."""

    said: Samples
    words: frozenset[str]


Lines = dict[str, list[Sentence]]


def sayings() -> Lines:
    """The sentences of each."""
    return {
        who: [Sentence(sentence(name), frozenset(words)) for name, words in sayings.items()]
        for who, sayings in SAYINGS.items()
    }


def speech(lines: list[Sentence]) -> Samples:
    """One sentence after another."""
    return np.concatenate([part for line in lines for part in (line.said, PAUSE)])


def calling(caller: str) -> CallScript:
    """Somebody who asks for a person in English, and then does what he is told."""
    return CallScript("95000", TO_A_PERSON, caller=caller, stay=True)


def take_call(agent: Desk) -> None:
    """Answer by the keyboard."""
    agent.phone_is("ringing")
    agent.page.keyboard.press("a")
    agent.phone_is("talking")


def mute(agent: Desk, *, muted: bool = True) -> None:
    """Of two who speak at once no sentence would be known again."""
    agent.page.keyboard.press("m")
    pressed = str(muted).lower()
    expect(agent.page.locator("[data-role=mute]")).to_have_attribute("aria-pressed", pressed)


def until_heard(what: str, lines: list[Sentence], listen: Callable[[], Samples]) -> Samples:
    """Wait until one of the sentences was heard; gives all that was heard then."""

    def ask() -> list[Samples]:
        sound = listen()
        return [sound for line in lines if sentence_in(line.said, sound) is not None]

    return wait_until(what, ask, 180, every=0.5)[0]
