"""An agent at another machine: pages over https, his phone over wss, with a certificate of the house."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import Playwright, expect, sync_playwright

from bench.installation import Installation, installation
from tests.e2e.agent_desk import desk, voice_of
from tests.e2e.conversation import calling, sayings, speech, take_call, until_heard
from tests.torture.callers import new_number, user_agent

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=20_000)
    with sync_playwright() as one:
        yield one
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """A certificate of the house, its key, and the pin by which a browser knows it."""
    folder = Path(tmp_path_factory.mktemp("certificate"))
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hotline.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    none = serialization.NoEncryption()
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, none),
    )
    files[1].chmod(0o600)
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return *files, base64.b64encode(hashlib.sha256(public).digest()).decode()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, certificate: tuple[Path, Path, str]) -> Iterator[Installation]:
    """An installation that is open to the network."""
    home = Path(tmp_path_factory.mktemp("open")) / "home"
    cert, key, _ = certificate
    with installation(home, HUIYIN_BIND="0.0.0.0", HUIYIN_TLS_CERT=str(cert), HUIYIN_TLS_KEY=str(key)) as one:  # noqa: S104  (what is tested)
        yield one


def test_an_agent_talks_over_https_and_wss(
    house: Installation, playwright: Playwright, certificate: tuple[Path, Path, str], tmp_path: Path
) -> None:
    lines = sayings()
    pin = f"--ignore-certificate-errors-spki-list={certificate[2]}"
    voice = voice_of(tmp_path / "agent.wav", speech(lines["first"]))
    with desk(playwright, house, "agent1", voice, pin) as agent, user_agent(house) as telephone:
        assert agent.page.url.startswith("https://")
        assert agent.page.evaluate("window.isSecureContext")
        phone = agent.page.locator("soft-phone").get_attribute("data-address")
        assert str(phone).startswith("wss://")
        agent.say_available()
        call = telephone.call(calling(new_number()))
        take_call(agent)
        until_heard("the caller hears the agent", lines["first"], lambda: call.heard(12.0))
        agent.page.keyboard.press("Shift+E")
        call.wait(15)
