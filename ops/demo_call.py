"""`huiyin demo-call`: a real SIP call into the running hotline, and the ticket that comes of it."""

from __future__ import annotations

import json
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ops import keys as secret_files
from ops.asterisk_config import CODE
from ops.cli_settings import settings as read_settings
from ops.ports import reachable
from ops.settings import Settings
from ops.sip import sound
from ops.sip.agent import UserAgent
from ops.sip.call import Call
from ops.sip.g711 import Samples
from ops.sip.script import (
    CallResult,
    CallScript,
    Ending,
    Keys,
    Mark,
    Speak,
    Step,
    Wait,
    WaitHangUp,
    WaitSound,
    WaitTone,
)

DEFAULT_KEYS = "41"
CALLER = "13800138000"
_TOKEN = "demo-call-token"  # noqa: S105 -- the name of the secret, not the secret
_TICKET_TIME = 60.0
_TRANSCRIPT_TIME = 600.0
_POLL = 0.5
_TURNS = 3
_PATIENCE = 600.0


class DemoError(Exception):
    """The demo call cannot be made, or nothing came of it; the text says what to look at."""


@click.command("demo-call")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option("--keys", default=DEFAULT_KEYS, show_default=True, help="Keys of the menu, in the language's own menu.")
@click.option("--say", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A WAV file to speak.")
@click.option("--caller", default=CALLER, show_default=True, help="Number that calls.")
@click.option("--person", is_flag=True, help="Press 0 and speak to whoever answers, until he hangs up.")
def demo_call(lang: str, keys: str, say: Path | None, caller: str, *, person: bool) -> None:
    """Call the hotline, leave a complaint, and print the ticket's number and transcript; or ask for a person."""
    settings = read_settings()
    sys.exit(run_person(settings, lang, say, caller) if person else run(settings, lang, keys, say, caller))


def run(settings: Settings, lang: str, keys: str, say: Path | None, caller: str) -> int:
    """Make the call and wait for the transcript; 0 when it came."""
    try:
        samples = sound.read_wav(say or CODE / "ops" / "demo" / f"complaint-{lang}.wav")
        api = Api(settings)
        known = {ticket["id"] for ticket in api.tickets(caller)}
        _call(settings, script(settings, lang, keys, samples, caller))
        ticket = _until(
            lambda: next((one for one in api.tickets(caller) if one["id"] not in known), None),
            _TICKET_TIME,
            "no ticket came of the call: did it get as far as the tone? See `huiyin status` and the ingest's log",
        )
        print(f"ticket      {_shown(ticket['number'])} ({ticket['kind']})", flush=True)
        transcript = _until(
            lambda: api.transcript(ticket), _TRANSCRIPT_TIME, "the ticket stands, but its transcript did not come"
        )
        print(f"transcript  {transcript['text']}\n            {transcript['engine']}, {transcript['model']}")
    except (DemoError, ValueError) as error:
        print(f"huiyin demo-call: {error}", file=sys.stderr)
        return 1
    return 0


def run_person(settings: Settings, lang: str, say: Path | None, caller: str) -> int:
    """Ask for a person and speak to him; 0 when the call was answered and stands in the list of calls."""
    try:
        samples = sound.read_wav(say or CODE / "ops" / "demo" / f"complaint-{lang}.wav")
        api = Api(settings)
        known = {call["call_id"] for call in api.calls(caller)}
        _call(settings, person_script(settings, lang, samples, caller))
        call = _until(
            lambda: next((one for one in api.calls(caller) if one["call_id"] not in known and one["ended_at"]), None),
            _TICKET_TIME,
            "the call is not in the list of calls; see the ingest's log",
        )
        print(f"call        {call['call_id']}\n            {_answered(call)}")
    except (DemoError, ValueError) as error:
        print(f"huiyin demo-call: {error}", file=sys.stderr)
        return 1
    return 0


def _answered(call: dict[str, Any]) -> str:
    if call["agent"] is None:
        raise DemoError("nobody answered: is somebody logged in at /agent, and available?")
    return f"{call['agent']} answered after {call['wait_time']:.0f} s"


def person_script(settings: Settings, lang: str, samples: Samples, caller: str) -> CallScript:
    """What a caller does who wants a person: he says his matter some times, and waits until he is hung up on."""
    presses = ("9" if lang != settings.default_language else "") + "0"
    steps: list[Step] = [WaitSound()]
    for key in presses:
        steps += [Wait(1.5), Mark(f"presses {key}"), Keys(key)]
    for _turn in range(_TURNS):
        steps += [Wait(6.0), Mark("says what it is about"), Speak(samples)]
    return CallScript(settings.hotline, (*steps, WaitHangUp(_PATIENCE)), caller=caller)


def script(settings: Settings, lang: str, keys: str, samples: Samples, caller: str) -> CallScript:
    """What the demo's caller does: through the menu, speaks after the tone, keeps it, hears the number."""
    presses = ("9" if lang != settings.default_language else "") + keys
    menu: list[Step] = [WaitSound()]
    for key in presses:
        menu += [Wait(1.5), Mark(f"presses {key}"), Keys(key)]
    said = f"speaks for {len(samples) / sound.RATE:.0f} s"
    message = (WaitTone(), Mark("hears the tone"), Wait(0.3), Mark(said), Speak(samples), Wait(0.5), Keys("#"))
    keeps = (Wait(1.5), Mark("keeps it with 1"), Keys("1"), Mark("listens to the number"), WaitHangUp(90))
    return CallScript(settings.hotline, (*menu, *message, *keeps), caller=caller)


def _call(settings: Settings, what: CallScript) -> CallResult:
    server = (reachable(settings.bind), settings.sip_port)
    with UserAgent(server, settings.trunk_hosts[0]) as agent:
        print(f"calls {what.number} as {what.caller}", flush=True)
        call = agent.call(what)
        result = _narrate(call)
    if not result.answered:
        raise DemoError(f"the hotline did not answer (SIP {result.status or 'nothing'}); is it up? `huiyin status`")
    if result.ending is Ending.OURS and result.failure not in {None, "was not hung up"}:
        raise DemoError(f"the caller {result.failure}, {result.ended_after:.0f} s into the call")
    return result


def _narrate(call: Call) -> CallResult:
    """Print what the caller does while he does it."""
    shown = 0
    while True:
        over = call.finished.wait(0.1)
        result = call.result()
        for name, after in result.marks[shown:]:
            print(f"{after:8.1f} s  {name}", flush=True)
        shown = len(result.marks)
        if over:
            print(f"{result.ended_after:8.1f} s  the call is over", flush=True)
            return result


def _until(ask: Callable[[], dict[str, Any] | None], seconds: float, failure: str) -> dict[str, Any]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(_POLL)
    raise DemoError(failure)


def _shown(number: str) -> str:
    return f"{number[:6]}-{number[6:8]}-{number[8:]}" if len(number) == 13 else number


class Api:
    """The few questions that the demo has for the API."""

    def __init__(self, settings: Settings) -> None:
        secure = bool(settings.tls_cert and settings.tls_key)
        self._base = f"http{'s' if secure else ''}://{reachable(settings.bind)}:{settings.web_port}/api/v1"
        # The certificate is our own, and names the machine, not the loopback address.
        self._context = ssl._create_unverified_context() if secure else None  # noqa: S323, SLF001
        self._token = _token(settings)

    def tickets(self, caller: str) -> list[dict[str, Any]]:
        """The caller's tickets."""
        found: list[dict[str, Any]] = self._get(f"/tickets?caller_number={urllib.parse.quote(caller)}")["items"]
        return found

    def calls(self, caller: str) -> list[dict[str, Any]]:
        """The caller's calls."""
        found: list[dict[str, Any]] = self._get(f"/calls?caller_number={urllib.parse.quote(caller)}")["items"]
        return found

    def transcript(self, ticket: dict[str, Any]) -> dict[str, Any] | None:
        """The transcript of the ticket's message, once it is done."""
        recordings = self._get(f"/tickets/{ticket['id']}")["recording_ids"]
        if not recordings:
            return None
        found = self._get(f"/recordings/{recordings[0]}/transcript", missing={"state": "queued"})
        if found["state"] == "failed":
            raise DemoError("the transcription failed; the log of asr says why")
        if found["state"] == "waiting_for_model":
            raise DemoError("there is no speech model for this language; `huiyin models` says how to get one")
        return found if found["state"] == "done" else None

    def _get(self, path: str, missing: dict[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(self._base + path, headers={"Authorization": f"Bearer {self._token}"})  # noqa: S310 -- our own address
        try:
            with urllib.request.urlopen(request, timeout=10, context=self._context) as answer:  # noqa: S310
                body: dict[str, Any] = json.load(answer)
                return body
        except urllib.error.HTTPError as error:
            if error.code == 404 and missing is not None:
                return missing
            raise DemoError(f"the API answered {error.code} to {path}") from error
        except (OSError, ValueError) as error:
            raise DemoError(f"the API does not answer ({error}); is it up? `huiyin status`") from error


def _token(settings: Settings) -> str:
    """A token that reads everything and changes nothing, made at the first demo call."""
    path = settings.secrets / _TOKEN
    if not path.is_file():
        from crm.domain.access import Role  # noqa: PLC0415 -- this and the next bring the whole CRM: for the first call
        from ops.accounts import create_token  # noqa: PLC0415

        secret_files.keep(settings.secrets, _TOKEN, create_token(settings, user=None, role=Role.AU))
    return secret_files.token(settings.secrets, _TOKEN)
