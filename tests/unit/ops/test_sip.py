"""The scripted caller's parts: what it says on the wire, what it hears, how it takes what comes back."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.sip import g711, messages, rtp, sound
from ops.sip.dialog import Dialog, Phase
from ops.sip.g711 import Codec, Samples
from ops.sip.messages import Message

HERE, THERE = ("127.0.0.2", 40000), ("127.0.0.1", 5060)
SDP = "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 10002 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"


def tone(hertz: float, seconds: float, level: float = 8000) -> Samples:
    return np.asarray(level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * 8000)) / 8000), np.int16)


def detected(samples: Samples) -> list[float]:
    """Seconds at which the detector says that a tone has ended."""
    detector = sound.ToneDetector()
    ends = range(sound.HOP, len(samples) + 1, sound.HOP)
    return [end / 8000 for end in ends if detector.hear(samples[max(0, end - 320) : end])]


@pytest.mark.parametrize("codec", ["alaw", "ulaw"])
def test_g711_round_trip(codec: Codec) -> None:
    codes = bytes(range(256))
    decoded = g711.decode(codes, codec)
    assert np.array_equal(g711.decode(g711.encode(decoded, codec), codec), decoded)
    samples = np.arange(-32768, 32768, 7).astype(np.int16)
    error = np.abs(g711.decode(g711.encode(samples, codec), codec).astype(int) - samples)
    assert (
        error <= np.maximum(np.abs(samples.astype(int)) / 25, 16) + 600 * (np.abs(samples.astype(int)) > 32000)
    ).all()


def test_known_codes_of_g711() -> None:
    assert g711.encode(np.zeros(1, np.int16), "ulaw") in {b"\xff", b"\x7f"}
    assert g711.encode(np.zeros(1, np.int16), "alaw") in {b"\xd5", b"\x55"}
    assert list(g711.decode(b"\x00\x80", "ulaw")) == [-32124, 32124]
    assert list(g711.decode(b"\x2a\xaa", "alaw")) == [-32256, 32256]


@pytest.mark.parametrize("hertz", [700, 850, 1000, 1150, 1300])
@pytest.mark.parametrize("seconds", [0.2, 0.4, 0.6])
def test_the_tone_before_a_recording_is_heard_once_when_it_has_ended(hertz: float, seconds: float) -> None:
    line = np.concatenate([tone(440, 0.5), np.zeros(800, np.int16), tone(hertz, seconds), np.zeros(1600, np.int16)])
    (ended,) = detected(g711.decode(g711.encode(line, "alaw"), "alaw"))
    assert 0.6 + seconds <= ended <= 0.6 + seconds + 0.08


@pytest.mark.parametrize(
    "line",
    [
        tone(440, 1),
        tone(1000, 0.08),
        tone(1000, 2),
        tone(1500, 0.4),
        tone(1000, 0.4, level=100),
        tone(900, 0.4) + tone(350, 0.4),
        np.random.default_rng(7).normal(0, 3000, 16000).astype(np.int16),
        np.zeros(8000, np.int16),
    ],
    ids=["low", "short", "long", "high", "faint", "chord", "noise", "silence"],
)
def test_what_is_no_tone_is_not_taken_for_one(line: Samples) -> None:
    assert detected(np.concatenate([line, np.zeros(800, np.int16)])) == []


def test_a_key_is_marked_once_grows_and_ends_thrice() -> None:
    stream = rtp.Stream(ssrc=1, sequence=65534, timestamp=0xFFFFFF00)
    packets = [packet for frame in stream.key("#", 5, 101) for packet in frame]
    heads = [struct.unpack("!BBHII", packet[:12]) for packet in packets]
    events = [struct.unpack("!BBH", packet[12:]) for packet in packets]
    assert [head[1] >> 7 for head in heads] == [1, 0, 0, 0, 0, 0, 0]
    assert {head[3] for head in heads} == {0xFFFFFF00}
    assert [head[2] for head in heads] == [65534, 65535, 0, 1, 2, 3, 4]
    assert [(number, flags >> 7, duration) for number, flags, duration in events] == [
        (11, 0, 160), (11, 0, 320), (11, 0, 480), (11, 0, 640), (11, 1, 800), (11, 1, 800), (11, 1, 800),
    ]  # fmt: skip
    assert stream.timestamp == (0xFFFFFF00 + 800) & 0xFFFFFFFF
    assert {rtp.read_key(packet) for packet in packets} == {(0xFFFFFF00, "#")}


@pytest.mark.parametrize("payload", [b"", b"\x0b\x0a\x00", b"\x10\x0a\x00\xa0"], ids=["none", "short", "a flash"])
def test_an_event_that_is_no_key_is_none(payload: bytes) -> None:
    assert rtp.read_key(struct.pack("!BBHII", 0x80, 101, 1, 5, 0) + payload) is None


@given(st.binary(max_size=60))
def test_any_packet_is_read_or_refused(packet: bytes) -> None:
    content = rtp.read(packet)
    assert content is None or len(content[1]) <= len(packet)


def test_sound_comes_out_of_a_packet_with_extension_and_padding() -> None:
    packet = (
        struct.pack("!BBHII", 0x80 | 0x20 | 0x10 | 1, 8, 1, 0, 0) + b"CSRC" + b"\0\0\0\1EXTN" + b"sound" + b"\0\0\3"
    )
    assert rtp.read(packet) == (8, b"sound")


@given(st.binary(max_size=300))
def test_any_datagram_is_read_or_refused(data: bytes) -> None:
    try:
        message = messages.parse(data)
    except ValueError:
        return
    assert message.get("call-id")
    assert messages.answer(message, 481, "No").to_bytes().startswith(b"SIP/2.0 481 No\r\n")


def test_a_message_survives_the_wire() -> None:
    sent = Message(
        "BYE sip:a@b SIP/2.0", (("via", "SIP/2.0/UDP a;branch=z9hG4bKx"), ("call-id", "1"), ("cseq", "2 BYE")), "x"
    )
    read = messages.parse(sent.to_bytes())
    assert (read.method, read.sequence, read.branch, read.body) == ("BYE", 2, "z9hG4bKx", "x")
    assert messages.parse(b"SIP/2.0 200 OK\r\ni: 1\r\nCSeq: 2 BYE\r\nv: a\r\n b\r\n\r\n").get("via") == "a b"


def test_a_session_without_sound_is_refused() -> None:
    with pytest.raises(ValueError, match="no sound"):
        messages.read_session("v=0\r\n")


class Wire:
    """Keeps what a dialog sends, and answers as a server would."""

    def __init__(self, caller: str | None = "138") -> None:
        self.sent: list[Message] = []
        self.dialog = Dialog(
            HERE, THERE, "95000", caller, "v=0\r\n", lambda data: self.sent.append(messages.parse(data))
        )
        self.dialog.invite(0.0)

    def _sent(self, data: bytes) -> None:
        self.sent.append(messages.parse(data))

    def answer(self, status: int, body: str = "", now: float = 0.1) -> None:
        invite = self.sent[0]
        headers = tuple(
            (name, value + ";tag=there" if name == "to" else value)
            for name, value in invite.headers
            if name in {"via", "from", "to", "call-id", "cseq"}
        )
        if body:
            headers += (("contact", "<sip:there@127.0.0.1:5060>"),)
        self.dialog.receive(Message(f"SIP/2.0 {status} X", headers, body), now)

    def methods(self) -> list[str]:
        return [message.start.split()[0] if not message.status else str(message.status) for message in self.sent]

    def bye(self) -> None:
        headers = (("via", "v"), ("from", "f"), ("to", "t"), ("call-id", self.dialog.call_id), ("cseq", "1 BYE"))
        self.dialog.receive(Message("BYE sip:x SIP/2.0", headers), 5.0)


def test_a_call_from_invite_to_our_bye() -> None:
    wire = Wire()
    wire.answer(100)
    wire.answer(200, SDP)
    assert wire.dialog.phase is Phase.UP
    assert wire.dialog.media == messages.RemoteMedia("127.0.0.1", 10002, 8, 101)
    wire.dialog.hang_up(1.0)
    assert wire.methods() == ["INVITE", "ACK", "BYE"]
    assert wire.sent[2].get("to").endswith("tag=there")
    assert wire.sent[2].sequence == 2
    wire.dialog.receive(Message("SIP/2.0 200 OK", (("call-id", "1"), ("cseq", "2 BYE"))), 1.1)
    assert wire.dialog.phase is Phase.OVER
    assert wire.dialog.statuses == [100, 200]


def test_a_repeated_200_is_acknowledged_again() -> None:
    wire = Wire()
    wire.answer(200, SDP)
    wire.answer(200, SDP)
    assert wire.methods() == ["INVITE", "ACK", "ACK"]


def test_their_bye_ends_the_call() -> None:
    wire = Wire()
    wire.answer(200, SDP)
    wire.bye()
    assert (wire.dialog.phase, wire.dialog.ended_by_them) == (Phase.OVER, True)
    assert wire.methods() == ["INVITE", "ACK", "200"]


def test_a_refusal_is_acknowledged() -> None:
    wire = Wire()
    wire.answer(503)
    assert wire.methods() == ["INVITE", "ACK"]
    assert wire.dialog.phase is Phase.OVER


def test_hanging_up_before_the_answer_cancels_and_an_answer_that_crosses_is_ended() -> None:
    wire = Wire()
    wire.answer(100)
    wire.dialog.hang_up(0.2)
    wire.answer(200, SDP, now=0.3)
    assert wire.methods() == ["INVITE", "CANCEL", "ACK", "BYE"]


def test_what_is_not_answered_is_sent_again_and_given_up() -> None:
    wire = Wire()
    for step in range(200):
        wire.dialog.tick(step / 10)
    assert 5 <= wire.methods().count("INVITE") <= 9
    assert (wire.dialog.phase, wire.dialog.unanswered) == (Phase.OVER, True)


def test_a_withheld_number_is_asked_to_be_kept_private() -> None:
    wire = Wire(caller=None)
    assert "anonymous.invalid" in wire.sent[0].get("from")
    assert wire.sent[0].get("privacy") == "id"
    assert "<sip:138@" in Wire().sent[0].get("from")
    assert "<sip:138@" not in wire.sent[0].to_bytes().decode()


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
def test_a_wav_file_of_any_rate_is_spoken_at_8_khz(tmp_path: Path, rate: int) -> None:
    import wave

    path = tmp_path / "a.wav"
    samples = (8000 * np.sin(2 * np.pi * 500 * np.arange(rate) / rate)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, rate, 0, "NONE", ""))
        file.writeframes(np.repeat(samples, 2).tobytes())
    spoken = sound.read_wav(path)
    assert len(spoken) == 8000
    assert np.argmax(np.abs(np.fft.rfft(spoken))) == 500


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no wave at all" * 9])
def test_what_is_no_wav_file_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.wav"):
        sound.read_wav(path)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    samples = tone(440, 0.3)
    sound.write_wav(tmp_path / "b.wav", samples)
    assert np.array_equal(sound.read_wav(tmp_path / "b.wav"), samples)
