"""The decoder settings of a Vosk model: narrower search than the small models ship with.

Vosk takes them only from the model's own ``conf/model.conf``. The model is never changed: it is loaded through
a passing folder of links whose ``model.conf`` has our values.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asr.models import InstalledModel

# 1.6 times faster for about one point of error on the small Korean model (docs/speech.md).
NARROW = {"beam": "8.0", "max-active": "1500"}
SMALL_MODELS_BEAM = 10.0


def read_conf(path: Path) -> dict[str, str]:
    """The options of a model's ``conf/model.conf``; empty where it has none."""
    file = path / "conf" / "model.conf"
    if not file.is_file():
        return {}
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    pairs = (line.removeprefix("--").partition("=") for line in lines if line.startswith("--"))
    return {name: value for name, equals, value in pairs if equals}


def decoder_options(model: InstalledModel) -> dict[str, str]:
    """What to decode with: the manifest's settings, else the narrow search for a small model, else its own.

    A large model's search was tuned by its vendor and not measured here: it stays as it is.
    """
    shipped = read_conf(model.path)
    if not shipped:
        return {}
    small = float(shipped.get("beam", "99")) <= SMALL_MODELS_BEAM
    wanted = dict(model.decoder) or (NARROW if small else {})
    return {**{name: shipped[name] for name in NARROW if name in shipped}, **wanted}


@contextmanager
def decoder_view(path: Path, options: dict[str, str]) -> Iterator[Path]:
    """The model's folder with these options in force, for as long as it takes to load it."""
    shipped = read_conf(path)
    if not shipped or all(shipped.get(name) == value for name, value in options.items()):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="huiyin-model-") as made:
        folder = Path(made)
        for entry in path.iterdir():
            if entry.name != "conf":
                (folder / entry.name).symlink_to(entry.absolute())
        (folder / "conf").mkdir()
        for entry in (path / "conf").iterdir():
            if entry.name != "model.conf":
                (folder / "conf" / entry.name).symlink_to(entry.absolute())
        text = "".join(f"--{name}={value}\n" for name, value in {**shipped, **options}.items())
        (folder / "conf" / "model.conf").write_text(text, encoding="utf-8")
        yield folder
