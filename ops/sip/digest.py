"""Digest authentication (RFC 8760): the answer to a challenge."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field

_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


@dataclass(frozen=True)
class Credentials:
    """Who a phone says it is."""

    user: str
    password: str = field(repr=False)


def authorise(challenge: str, credentials: Credentials, method: str, uri: str) -> str | None:
    """The value of the Authorization header, or None when the challenge is none that is understood."""
    kind, _, rest = challenge.partition(" ")
    said = {name.lower(): quoted or bare for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', rest)}
    algorithm = said.get("algorithm", "MD5")
    if kind.lower() != "digest" or algorithm not in _HASHES or not said.get("nonce"):
        return None

    def digest(text: str) -> str:
        return _HASHES[algorithm](text.encode()).hexdigest()

    who = digest(f"{credentials.user}:{said.get('realm', '')}:{credentials.password}")
    what = digest(f"{method}:{uri}")
    parts = {"username": credentials.user, "realm": said.get("realm", ""), "nonce": said["nonce"], "uri": uri}
    tail = f", algorithm={algorithm}"
    if "auth" in said.get("qop", "").split(","):
        client = secrets.token_hex(8)
        parts["response"] = digest(f"{who}:{said['nonce']}:00000001:{client}:auth:{what}")
        tail += f', qop=auth, nc=00000001, cnonce="{client}"'
    else:
        parts["response"] = digest(f"{who}:{said['nonce']}:{what}")
    if "opaque" in said:
        parts["opaque"] = said["opaque"]
    return "Digest " + ", ".join(f'{name}="{value}"' for name, value in parts.items()) + tail
