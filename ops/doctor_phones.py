"""The doctor on agents' phones: can a browser be heard on this machine, and from another one."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path

from ops.doctor_checks import Finding, Level
from ops.ports import is_everywhere
from ops.settings import Settings

WHAT = "phones"
_ROUTES = Path("/proc/net/fib_trie")
_LOCAL = re.compile(r"\|-- ([0-9.]+)\n\s+/32 host LOCAL")


def phones(settings: Settings, routes: Path = _ROUTES) -> list[Finding]:
    """An address for the sound of browsers' phones; TLS where agents sit at other machines."""
    findings = []
    if not own_addresses(routes):
        found = "this machine has no address but loopback: a browser's phone rings, but has no sound"
        mend = "give it a network, or an address of its own: ip addr add 10.99.0.1/32 dev lo"
        findings.append(Finding(WHAT, Level.WARNING, found, mend))
    if settings.tls_cert is None and _is_elsewhere(settings.bind):
        found = f"pages at {settings.bind} without TLS: at other machines a browser gives them no microphone"
        findings.append(Finding(WHAT, Level.WARNING, found, "set HUIYIN_TLS_CERT and HUIYIN_TLS_KEY"))
    return findings or [Finding(WHAT, Level.GOOD, "browsers' phones have an address for their sound")]


def own_addresses(routes: Path = _ROUTES) -> list[str]:
    """This machine's IPv4 addresses, without loopback's."""
    try:
        text = routes.read_text(encoding="ascii")
    except OSError:
        return ["unknown"]
    return sorted({one for one in _LOCAL.findall(text) if not ip_address(one).is_loopback})


def _is_elsewhere(bind: str) -> bool:
    try:
        return is_everywhere(bind) or not ip_address(bind).is_loopback
    except ValueError:
        return bind != "localhost"
