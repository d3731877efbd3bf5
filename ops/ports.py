"""Ports of an installation: which setting owns which, and whether somebody else has it."""

from __future__ import annotations

import errno
import ipaddress
import socket
from dataclasses import dataclass

from ops.settings import Settings


@dataclass(frozen=True)
class Port:
    """A port that Huiyin listens on, with the setting that moves it."""

    variable: str
    address: str
    number: int
    kind: socket.SocketKind = socket.SOCK_STREAM

    @property
    def label(self) -> str:
        """As shown to people."""
        protocol = "UDP" if self.kind == socket.SOCK_DGRAM else "TCP"
        return f"{self.variable} ({self.address}:{self.number}/{protocol})"


def web_addresses(settings: Settings) -> list[str]:
    """Addresses of pages and API: the chosen one, and loopback for the phone side's look-ups."""
    if is_everywhere(settings.bind):
        return [settings.bind]
    return list(dict.fromkeys([settings.bind, "127.0.0.1"]))


def is_everywhere(address: str) -> bool:
    """Whether the address means all interfaces."""
    try:
        return ipaddress.ip_address(address).is_unspecified
    except ValueError:
        return False


def reachable(address: str) -> str:
    """An address at which this machine reaches what listens on ``address``."""
    return "127.0.0.1" if is_everywhere(address) else address


def listening(settings: Settings) -> list[Port]:
    """Every port that must be free before the start (of RTP the first and the last: a range may be in use)."""
    low, _, high = settings.rtp_ports.partition("-")
    return [
        *(Port("HUIYIN_WEB_PORT", address, settings.web_port) for address in web_addresses(settings)),
        Port("HUIYIN_SIP_PORT", settings.bind, settings.sip_port, socket.SOCK_DGRAM),
        Port("HUIYIN_WS_PORT", settings.bind, settings.ws_port),
        Port("HUIYIN_AGI_PORT", "127.0.0.1", settings.agi_port),
        Port("HUIYIN_AMI_PORT", "127.0.0.1", settings.ami_port),
        Port("HUIYIN_RTP_PORTS", settings.bind, int(low), socket.SOCK_DGRAM),
        Port("HUIYIN_RTP_PORTS", settings.bind, int(high), socket.SOCK_DGRAM),
    ]


def problem(port: Port) -> str | None:
    """Why the port cannot be used, or None when it is free."""
    with socket.socket(socket.AF_INET, port.kind) as probe:
        if port.kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((port.address, port.number))
        except OSError as error:
            return _reason(port, error)
    return None


def _reason(port: Port, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"{port.label} is taken by another program; set {port.variable} to a free one"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{port.address} is not an address of this machine; set HUIYIN_BIND"
    return f"{port.label} cannot be used: {error.strerror}"


def problems(settings: Settings) -> list[str]:
    """What stands in the way of a start, one sentence each; two settings with the same port, too."""
    ports = listening(settings)
    found = list(dict.fromkeys(text for port in ports if (text := problem(port))))
    seen: dict[tuple[int, socket.SocketKind], str] = {}
    for port in ports:
        other = seen.setdefault((port.number, port.kind), port.variable)
        if other != port.variable:
            found.append(f"{port.variable} and {other} are both {port.number}; give each its own")
    return found
