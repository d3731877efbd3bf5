"""An open-loop load of menu calls by SIPp: INVITE, a digit 300 ms after the answer, 1 s of the next prompt, BYE."""

from __future__ import annotations

import csv
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.ivr_bed import CLIENT_CORE, Bed
from bench.processes import cpu_seconds

ANSWER_LIMIT_MS = 200.0
HOLD_MS = 1000
DIGIT_MS = 300

_HEADERS = """Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "Load" <sip:13800000000@[local_ip]:[local_port]>;tag=[pid]L[call_number]
{to}
Call-ID: [call_id]
CSeq: {cseq}
Contact: <sip:load@[local_ip]:[local_port]>
Max-Forwards: 70"""

_SCENARIO = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="menu">
<send retrans="500" start_rtd="1"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
{invite}
Content-Type: application/sdp
Content-Length: [len]

v=0
o=load 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
]]></send>
<recv response="100" optional="true"/>
<recv response="503" optional="true" next="1"/>
<recv response="200" rtd="1" rrs="true"/>
<send><![CDATA[
ACK [next_url] SIP/2.0
{ack}
Content-Length: 0

]]></send>
<pause milliseconds="{digit}"/>
<send retrans="500"><![CDATA[
INFO [next_url] SIP/2.0
{info}
Content-Type: application/dtmf-relay
Content-Length: [len]

Signal=4
Duration=100
]]></send>
<recv response="200"/>
<pause milliseconds="{hold}"/>
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
{bye}
Content-Length: 0

]]></send>
<recv response="200" next="2"/>
<label id="1"/>
<send><![CDATA[
ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
{ack}
Content-Length: 0

]]></send>
<label id="2"/>
</scenario>
"""


@dataclass(frozen=True)
class Load:
    """What a load of calls did. Times in milliseconds, CPU in seconds."""

    rate: float
    offered: int
    completed: int
    refused: int
    failed: int
    retransmissions: int
    answer_p99: float
    cpu: float

    @property
    def sustained(self) -> bool:
        """All calls complete, nothing sent twice, 99 % answered in time."""
        return self.failed == 0 and self.retransmissions == 0 and self.answer_p99 <= ANSWER_LIMIT_MS

    @property
    def cpu_per_call(self) -> float:
        """CPU seconds of Asterisk and the server beside it, a call."""
        return self.cpu / max(1, self.completed)


def scenario() -> str:
    """The SIPp scenario."""
    fresh, known = "To: <sip:[service]@[remote_ip]:[remote_port]>", "[last_To:]"
    parts = {
        "invite": _HEADERS.format(to=fresh, cseq="1 INVITE"),
        "ack": _HEADERS.format(to=known, cseq="1 ACK"),
        "info": _HEADERS.format(to=known, cseq="2 INFO"),
        "bye": _HEADERS.format(to=known, cseq="3 BYE"),
    }
    return _SCENARIO.format(digit=DIGIT_MS, hold=HOLD_MS, **parts)


def offer(bed: Bed, number: str, rate: float, calls: int) -> Load:
    """Place ``calls`` calls to ``number`` at ``rate`` a second, whatever happens to them."""
    pids = bed.server_pids(number)
    with tempfile.TemporaryDirectory(prefix="huiyin-sipp-") as name:
        folder = Path(name)
        (folder / "menu.xml").write_text(scenario(), encoding="ascii")
        before = cpu_seconds(*pids)
        done = subprocess.run(
            [
                "taskset", "-c", str(CLIENT_CORE), "nice", "-n", "-10",
                "sipp", f"127.0.0.1:{bed.settings.sip_port}", "-sf", "menu.xml", "-s", number,
                "-i", "127.0.0.2", "-mi", "127.0.0.2", "-m", str(calls), "-r", f"{rate:.0f}", "-l", "3000",
                "-nostdin", "-trace_stat", "-stf", "stat.csv", "-fd", "1", "-trace_rtt", "-rtt_freq", "1",
                "-timeout", "90s", "-mp", "40000", "-recv_timeout", "15000",
            ],
            cwd=folder, capture_output=True, timeout=150, check=False,
        )  # fmt: skip
        if not (folder / "stat.csv").exists():
            raise RuntimeError(f"sipp ended with {done.returncode}: {done.stderr.decode(errors='replace')[-800:]}")
        return _read(folder, rate, calls, cpu_seconds(*pids) - before)


def _read(folder: Path, rate: float, calls: int, cpu: float) -> Load:
    with (folder / "stat.csv").open(encoding="ascii") as table:
        last = list(csv.DictReader(table, delimiter=";"))[-1]
    times = sorted(float(row[1]) for rtt in folder.glob("*_rtt.csv") for row in _rows(rtt))
    answered = len(times)
    successful, failed = int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"])
    return Load(
        rate=rate,
        offered=calls,
        completed=min(answered, successful),
        refused=max(0, successful - answered),
        failed=failed + max(0, calls - successful - failed),
        retransmissions=int(last["Retransmissions(C)"]),
        answer_p99=times[int(len(times) * 0.99)] if times else float("inf"),
        cpu=cpu,
    )


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="ascii") as table:
        return [row for row in csv.reader(table, delimiter=";") if len(row) > 1 and row[0][:1].isdigit()]
