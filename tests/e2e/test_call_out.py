"""An agent calls a customer from a ticket: both phones, the recording, the price, the ticket and the wrap-up."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.installation import Installation, installation, wait_until
from ops.sip.phone import DeskPhone
from tests.asterisk_fixture import beep

pytestmark = pytest.mark.e2e

NUMBER = "13800138000"
AGENT = "agent1"


@pytest.fixture
def customer() -> Iterator[DeskPhone]:
    """Somebody behind the trunk."""
    phone = DeskPhone(("127.0.0.1", 9), "customer", "none", "127.0.0.3")
    yield phone
    phone.close()


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, customer: DeskPhone) -> Iterator[Installation]:
    """An installation with a way out, at any hour of the day."""
    folder = Path(tmp_path_factory.mktemp("out")) / "home"
    trunk = f"sip:127.0.0.3:{customer._signalling.getsockname()[1]}"
    with installation(folder, HUIYIN_TRUNK_OUT=trunk, HUIYIN_OUT_QUIET="00:00-00:00") as one:
        customer._server = ("127.0.0.1", int(one.environment["HUIYIN_SIP_PORT"]))
        with customer:
            yield one


def post(home: Installation, path: str, body: dict[str, Any], user: str = AGENT) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(
        f"{home.url}/api/v1{path}",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {home.token(user)}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


def test_a_click_rings_both_phones_and_all_of_it_is_kept(home: Installation, customer: DeskPhone) -> None:
    status, ticket = post(
        home, "/tickets", {"kind": "inquiry", "channel": "web", "text": "please call me", "caller_number": NUMBER}
    )
    assert status == 201
    wanted = {"ticket_id": ticket["id"], "reason": "asked for a call"}
    status, refused = post(home, "/outbound-calls", wanted)
    assert (status, refused["detail"]) == (409, "the call was failed: no_phone")
    account = home.accounts()[AGENT]
    server = ("127.0.0.1", int(home.environment["HUIYIN_SIP_PORT"]))
    with DeskPhone(server, account["sip_user"], account["sip_password"]) as phone:
        phone.register()
        status, made = wait_until("the phone is known", lambda: dialled(home, wanted), 30)
        assert (status, made["state"], made["number"]) == (201, "dialled", NUMBER)
        agent = phone.wait_ring()
        agent.answer()
        agent.play(beep(880, 30.0))
        ring = customer.wait_ring()
        ring.answer()
        ring.play(beep(440, 30.0))
        wait_until("they have spoken", lambda: ring.call.heard_seconds > 3 or None)
        ring.hang_up()
        agent.wait_over()
        settled = wait_until("the call is settled", lambda: answered(home, made["id"]), 60)
        assert (settled["cost"], settled["call_id"]) == (15, made["call_id"])
        call = wait_until("the call is whole", lambda: whole(home, made["call_id"]), 60)
        assert (call["agent"], call["outcome"], call["dialled_number"]) == (AGENT, "answered", NUMBER)
        assert call["ticket_ids"] == [ticket["id"]]
        linked = home.get(f"/tickets/{ticket['id']}", AGENT)
        assert linked["recording_ids"] == call["recording_ids"]
        (work,) = wait_until("there is a call to wrap up", lambda: home.get("/wrap-ups", AGENT)["items"], 30)
        assert (work["call_id"], work["number"], work["ticket_id"]) == (made["call_id"], NUMBER, ticket["id"])
        status, done = post(home, f"/wrap-ups/{work['id']}", {"disposition": "enquiries.rates", "finish": True})
        assert (status, done["state"]) == (200, "done")
        wait_until("the agent is free again", lambda: home.get("/agents/me", AGENT)["state"] != "wrap_up" or None, 30)


def dialled(home: Installation, wanted: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
    """Ask for the call; None while the agent's phone is not known yet."""
    status, body = post(home, "/outbound-calls", wanted)
    return None if str(body.get("detail", "")).endswith("no_phone") else (status, body)


def answered(home: Installation, outbound_id: int) -> dict[str, Any] | None:
    found: dict[str, Any] = home.get(f"/outbound-calls/{outbound_id}", AGENT)
    return found if found["state"] == "answered" else None


def whole(home: Installation, call_id: str) -> dict[str, Any] | None:
    found: dict[str, Any] = home.get(f"/calls/{call_id}", AGENT)
    return found if found["recording_ids"] and found["agent"] else None
