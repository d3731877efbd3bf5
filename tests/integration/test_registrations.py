"""Nobody without a registration gets a call: over UDP, over a web socket, from the trunk, or by a transfer."""

from __future__ import annotations

import datetime as dt
import http.client
import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crm.db.migrate import upgrade
from crm.db.people import Customer, CustomerNumber
from ivr.events import ProgressOutcome
from ivr.routing import Profile
from ops import field_keys, serve_agi
from ops.sip import messages
from ops.sip.agent import UserAgent
from ops.sip.dialog import Dialog
from ops.sip.phone import DeskPhone, RegistrationRefusedError
from ops.sip.script import CallScript, Speak
from tests.asterisk_fixture import (
    QUICK,
    Hotline,
    answers,
    beep,
    hears,
    hotline,
    make_hotline,
    password_of,
    start_hotline,
    wait_until,
)
from tests.scripted_ivr import dies, scripted_ivr
from tests.ws_phone import WsPhone, is_closed

pytestmark = pytest.mark.integration
__all__ = ["hotline"]

TARGETS = ("95000", "li", "li-web", "trunk", "trunk-out", "13800138000", "s", "xfer", "outbound", "rung")
SESSION = messages.describe_session("127.0.0.1", 40000, (8, 0), 1)
ELSEWHERE = "127.0.0.9"


def refused_with(phone: DeskPhone) -> int:
    """The status that a registration gets."""
    with pytest.raises(RegistrationRefusedError) as refused:
        phone.register()
    return refused.value.status


def statuses(made: Hotline, host: str, number: str, caller: str) -> int:
    """The last status of a call that is placed from an address."""
    with made.user_agent(host) as caller_there:
        return caller_there.call(CallScript(number, caller=caller)).wait(30).status


def test_a_wrong_password_is_no_phone(hotline: Hotline) -> None:
    hotline.phones("li")
    with hotline.desk_phone("li", password="wrong") as phone:
        assert refused_with(phone) == 401
    with hotline.desk_phone("nobody") as phone:
        assert refused_with(phone) == 401
    with WsPhone(hotline.settings.ws_port) as phone_of_browser:
        assert phone_of_browser.register("li-web", "wrong") == 401
        assert phone_of_browser.register("nobody", "wrong") == 401
        assert phone_of_browser.register("li-web", password_of("li")) == 200
    with hotline.desk_phone("li") as phone:
        phone.register()


def test_a_call_without_a_password_is_answered_with_401(hotline: Hotline) -> None:
    hotline.phones("li")
    with hotline.desk_phone("li") as phone, WsPhone(hotline.settings.ws_port) as stranger:
        phone.register()
        for number in TARGETS:
            uri = f"sip:{number}@127.0.0.1"
            for user in ("li", "li-web", "trunk", "13800138000"):
                assert stranger.ask("INVITE", uri, user, body=SESSION).status == 401, (number, user)
            assert statuses(hotline, ELSEWHERE, number, "li") == 401, number
            assert statuses(hotline, ELSEWHERE, number, "trunk") == 401, number
        assert not phone.rings()
    assert hotline.calls() == []


def test_the_trunk_reaches_the_hotline_and_nothing_else(hotline: Hotline) -> None:
    hotline.phones("li")
    with hotline.desk_phone("li") as phone:
        phone.register()
        for number in TARGETS[1:]:
            assert statuses(hotline, "127.0.0.2", number, "13800138000") == 404, number
        assert not phone.rings()
    assert hotline.calls() == []


def test_a_phone_at_the_trunks_address_is_no_agent(hotline: Hotline) -> None:
    hotline.phones("li")
    with hotline.desk_phone("li", host="127.0.0.2") as phone:
        assert refused_with(phone) == 403


def test_an_agents_phone_dials_no_number(hotline: Hotline) -> None:
    hotline.phones("li")
    with hotline.desk_phone("li") as phone:
        phone.register()
        for number in (*TARGETS[:1], *TARGETS[3:]):
            assert phone.dial(number).call.wait(30).status == 404, number
    assert hotline.calls() == []


def referred(agent: UserAgent, dialog: Dialog, target: str) -> int:
    """The answer to a transfer."""
    dialog.referred = 0
    agent.wish(lambda now: dialog.refer(now, f"sip:{target}@127.0.0.1"))
    wait_until(lambda: dialog.referred, "an answer to the transfer")
    return dialog.referred


def test_a_caller_and_an_agent_transfer_nobody(hotline: Hotline) -> None:
    hotline.phones("li", "wu")
    commands = ('SET VARIABLE HUIYIN_NEXT "queue"', 'SET VARIABLE HUIYIN_QUEUE "cards"', 'SET VARIABLE IVR_DONE "1"')
    manager = hotline.switchboard()
    with (
        scripted_ivr(hotline.settings.agi_port, lambda _: commands, dies),
        hotline.user_agent() as caller,
        hotline.desk_phone("li") as li,
        hotline.desk_phone("wu") as wu,
    ):
        li.register()
        wu.register()
        manager.action("QueueAdd", [("Queue", "cards"), ("Interface", "PJSIP/li")])
        line = caller.call(CallScript("95000", stay=True))
        call = li.wait_ring()
        call.answer()
        for target in ("wu", "13800138000", "s"):
            for dialog, agent in ((line.dialog, caller), (call.call.dialog, li)):
                assert referred(agent, dialog, target) >= 400, target
        assert not wu.rings()
        assert not line.finished.is_set()
        assert not call.over
    manager.close()


def test_phones_come_and_go_while_a_call_lasts(hotline: Hotline) -> None:
    hotline.phones("li", "wu")
    commands = ('SET VARIABLE HUIYIN_NEXT "queue"', 'SET VARIABLE HUIYIN_QUEUE "cards"', 'SET VARIABLE IVR_DONE "1"')
    manager = hotline.switchboard()
    with (
        scripted_ivr(hotline.settings.agi_port, lambda _: commands, dies),
        hotline.user_agent() as caller,
        hotline.desk_phone("li") as li,
        hotline.desk_phone("wu") as wu,
        hotline.desk_phone("zhao") as zhao,
    ):
        li.register()
        wu.register()
        assert refused_with(zhao) == 401
        manager.action("QueueAdd", [("Queue", "cards"), ("Interface", "PJSIP/li")])
        line = caller.call(CallScript("95000", stay=True))
        call = li.wait_ring()
        call.answer()
        call.play(beep(880, 60))
        line.do(Speak(beep(440, 60)))
        hotline.phones("li", "zhao")
        zhao.register()
        assert refused_with(wu) == 401
        hotline.phones("zhao")
        wait_until(lambda: hears(line.heard(0.5), 880) and hears(call.heard(0.5), 440), "both hear each other")
        assert refused_with(li) == 401
        call.hang_up()
        line.wait(30)
    manager.close()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "huiyin.test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = tmp_path / "certificate.pem", tmp_path / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    return paths


@pytest.fixture
def hotline_with_tls(certificate: tuple[Path, Path]) -> Iterator[Hotline]:
    """A hotline whose web socket speaks TLS."""
    with start_hotline(QUICK, tls_cert=certificate[0], tls_key=certificate[1]) as made:
        yield made


def test_with_a_certificate_the_web_socket_speaks_tls_alone(
    hotline_with_tls: Hotline, certificate: tuple[Path, Path]
) -> None:
    made, trusting = hotline_with_tls, ssl.create_default_context(cafile=str(certificate[0]))
    made.phones("li")
    port = made.settings.ws_port
    with WsPhone(port, trusting) as phone:
        assert phone.register("li-web", "wrong") == 401
        assert phone.ask("INVITE", "sip:95000@127.0.0.1", "li-web", body=SESSION).status == 401
        assert phone.register("li-web", password_of("li")) == 200
    assert is_closed(port), "without TLS there is no way in"
    assert is_closed(port, ssl.create_default_context()), "it shows the certificate that was given, and no other"


def test_the_pages_speak_https_with_it_and_the_menu_reaches_them(
    certificate: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = make_hotline(tmp_path_factory.mktemp("home"), tls_cert=certificate[0], tls_key=certificate[1], node=1)
    upgrade(made.settings.sql_url)
    port, trusting = made.settings.web_port, ssl.create_default_context(cafile=str(certificate[0]))
    try:
        made.service("web")
        wait_until(lambda: answers(port), "the pages answer", 60)
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=trusting)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
        connection.close()
        menu = serve_agi.house(made.settings).directory
        unknown = ProgressOutcome.NOT_FOUND
        wait_until(lambda: menu.progress("2611220100001", None, None).outcome == unknown, "it is told in time")
        with field_keys.database(made.settings).write() as session:
            number = CustomerNumber(number="8613800138000")
            session.add(Customer(grade="vip", elderly=True, created_at=dt.datetime.now(dt.UTC), numbers=[number]))
        wait_until(lambda: menu.caller("13800138000") == Profile(vip=True, elderly=True), "who calls is known")
    finally:
        made.stop()
