"""A trunk that offers G.722: the call is recorded with the high half of its sound."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from agi.asterisk_door import AsteriskDoor
from ops.sip import messages, rtp
from ops.sip.dialog import Dialog, Phase
from tests.asterisk_fixture import Hotline, hotline, wait_until

pytestmark = pytest.mark.integration
__all__ = ["hotline"]

HIGH = 5000
"""A pitch that no narrow telephone line carries."""
LOW = 1500


def g722(seconds: float, *tones: float) -> bytes:
    """Tones at once in G.722."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg encodes G.722 here, and it is not installed")
    turns = np.arange(round(seconds * 16000)) / 16000
    samples = np.mean([8000 * np.sin(2 * np.pi * hertz * turns) for hertz in tones], axis=0)
    encode = ["ffmpeg", "-v", "error", "-f", "s16le", "-ar", "16000", "-ac", "1", "-i", "-", "-f", "g722", "-"]
    return bytes(subprocess.run(encode, input=samples.astype("<i2").tobytes(), capture_output=True, check=True).stdout)


def speak(made: Hotline, sound: bytes) -> None:
    """Call with G.722 alone, send the sound, hang up."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as signalling,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as media,
    ):
        signalling.bind(("127.0.0.2", 0))
        signalling.settimeout(5)
        media.bind(("127.0.0.2", 0))
        session = messages.describe_session("127.0.0.2", media.getsockname()[1], (9,), 1)
        remote = ("127.0.0.1", made.settings.sip_port)
        dialog = Dialog(
            signalling.getsockname(),
            remote,
            "95000",
            "138",
            session,
            lambda data: signalling.sendto(data, remote) and None,
        )
        dialog.invite(time.monotonic())
        while dialog.phase is Phase.CALLING:
            dialog.receive(messages.parse(signalling.recv(4096)), time.monotonic())
        assert dialog.media
        assert dialog.media.payload_type == 9
        stream = rtp.Stream(1, 1, 1)
        began = time.monotonic()
        for at in range(0, len(sound), rtp.FRAME):
            due = began + at / 8000
            wait_until(lambda due=due: time.monotonic() >= due, "the next 20 ms")
            media.sendto(stream.sound(sound[at : at + rtp.FRAME], 9), (dialog.media.host, dialog.media.port))
        dialog.hang_up(time.monotonic())
        while dialog.phase is not Phase.OVER:
            dialog.receive(messages.parse(signalling.recv(4096)), time.monotonic())


def upper_share(path: Path) -> float:
    """How much of a recording's power is above what a narrow line carries."""
    with wave.open(str(path)) as file:
        assert file.getframerate() == 16000
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    power = np.abs(np.fft.rfft(samples)) ** 2
    return float(power[len(power) // 2 :].sum() / power.sum())


def loudest(path: Path) -> tuple[int, float]:
    """Sampling rate and loudest frequency of a recording."""
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        rate = file.getframerate()
    return rate, float(np.argmax(np.abs(np.fft.rfft(samples))) * rate / len(samples))


def test_a_wideband_call_is_recorded_wideband(hotline: Hotline) -> None:
    speak(hotline, g722(2.0, HIGH))
    wait_until(lambda: "ended" in hotline.events(), "the end is written down")
    rate, frequency = loudest(hotline.calls()[-1] / "caller-1.wav16")
    assert rate == 16000
    assert abs(frequency - HIGH) < 20
    assert (hotline.calls()[-1] / "line-1.wav16").exists()


def test_a_message_is_narrow_inside_a_call_that_is_recorded_wide(hotline: Hotline) -> None:
    """Asterisk listens for silence at 8 kHz; docs/channel-variables.md says so. Should it stop, this fails."""
    folder = hotline.settings.spool / "huiyin01-1.0"
    folder.mkdir(parents=True)

    def take(server: socket.socket) -> None:
        with server.accept()[0] as connection:
            AsteriskDoor(connection).record(str(folder / "message-1"), "wav16", 3000, 4)

    with socket.create_server(("127.0.0.1", hotline.settings.agi_port)) as server:
        server.settimeout(20)
        taker = threading.Thread(target=take, args=(server,))
        taker.start()
        speak(hotline, g722(4.0, LOW, HIGH))
        taker.join(20)
    wait_until(lambda: hotline.events()[-1:] == ["ended"], "the end is written down")
    whole = hotline.calls()[-1] / "caller-1.wav16"
    assert upper_share(whole) > 0.1
    rate, frequency = loudest(folder / "message-1.wav16")
    assert rate == 16000
    assert abs(frequency - LOW) < 20
    assert upper_share(folder / "message-1.wav16") < 0.02
