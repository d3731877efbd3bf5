"""A caller with another SIP stack (SIPp): blind, so its timings come from the lengths of the prompts."""

from __future__ import annotations

import io
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import soundfile
import soxr

from bench.installation import Installation
from tests.conftest import free_port

SDP = """v=0
o=other 53655765 2353687637 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8 96
a=rtpmap:8 PCMA/8000
a=rtpmap:96 telephone-event/8000
a=fmtp:96 0-15
a=ptime:20
a=sendrecv
"""


@dataclass(frozen=True)
class Pause:
    """Wait this many seconds."""

    seconds: float


@dataclass(frozen=True)
class Keys:
    """Press these keys, by RFC 4733."""

    keys: str


@dataclass(frozen=True)
class Speak:
    """Send this raw A-law file once."""

    alaw: Path


Act = Pause | Keys | Speak


def alaw_bytes(wav: Path) -> bytes:
    """A recording as 8 kHz A-law, as a telephone would send it."""
    samples, rate = soundfile.read(wav, dtype="float32", always_2d=True)
    mono = soxr.resample(samples[:, 0], rate, 8000)
    peak = float(np.abs(mono).max()) or 1.0
    scaled = mono / peak * 0.5
    with io.BytesIO() as raw:
        soundfile.write(raw, scaled, 8000, format="RAW", subtype="ALAW")
        return raw.getvalue()


def _act(act: Act) -> str:
    if isinstance(act, Pause):
        return f'<pause milliseconds="{int(act.seconds * 1000)}"/>'
    if isinstance(act, Keys):
        return f'<nop><action><exec play_dtmf="{act.keys}"/></action></nop>'
    source = quoteattr(f"{act.alaw},1,8,PCMA/8000")
    return f"<nop><action><exec rtp_stream={source}/></action></nop>"


def scenario(acts: tuple[Act, ...]) -> str:
    """The SIPp scenario: INVITE, the acts once the call is up, BYE."""
    body = "\n".join(_act(act) for act in acts)
    return f"""<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="another caller">
<send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "Other" <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]SIPpTag00[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:[field0]@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

{SDP}]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="200" rrs="true"/>
<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "Other" <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]SIPpTag00[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
{body}
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "Other" <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]SIPpTag00[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200" crlf="true"/>
</scenario>
"""


def call(folder: Path, house: Installation, caller: str, acts: tuple[Act, ...]) -> None:
    """Place one call into the hotline; raises AssertionError when SIPp says it failed."""
    port, host = house.environment["HUIYIN_SIP_PORT"], "127.0.0.2"
    media = str(free_port(socket.SOCK_DGRAM))
    xml, data = folder / "scenario.xml", folder / "callers.csv"
    xml.write_text(scenario(acts), encoding="iso-8859-1")
    data.write_text(f"SEQUENTIAL\n{caller};\n", encoding="ascii")
    done = subprocess.run(
        [
            "sipp", f"127.0.0.1:{port}", "-sf", str(xml), "-inf", str(data), "-s", "95000", "-m", "1", "-nostdin",
            "-i", host, "-mi", host, "-timeout", "180s", "-timeout_error", "-mp", media,
        ],
        cwd=folder, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"sipp ended with {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
