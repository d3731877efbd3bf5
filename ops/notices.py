"""NOTICE: what the product is made of, by whose licence. From the lock files and the installed packages' words."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTICE = ROOT / "NOTICE"
LOCKS = ("runtime.txt", "standin.txt")
"""What an installation runs on. Tools of tests, builds and checks are not part of the product."""
_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==(\S+)")
_ROW = re.compile(r"^  (\S+) (\S+)  +(.+)$")

HEAD = """Huiyin
Copyright 2026 the Huiyin authors

This product is licensed under the Apache License, Version 2.0 (see LICENSE). It uses the software below, each
part under its own licence; the texts are in the installed packages. This file is made by `make notices`.

The prompts in ivr/prompts/audio were rendered with Kokoro-82M (Apache-2.0). Asterisk (GPL-2.0), Redis or Valkey,
and what they need come from Debian or from the packages below, run as programs of their own and are not part of
this repository. Whisper-base (MIT, OpenAI) is installed as a stand-in where no Vosk model is; Vosk models have
licences of their own, which their vendor states.
"""


@dataclass(frozen=True)
class Part:
    """A package of a lock file."""

    name: str
    version: str


def python_parts() -> Iterator[Part]:
    """Python packages of an installation, from the lock files."""
    for lock in LOCKS:
        for line in (ROOT / "requirements" / lock).read_text(encoding="utf-8").splitlines():
            match = _PINNED.match(line)
            if match:
                yield Part(match[1].lower(), match[2])


def page_parts() -> Iterator[tuple[Part, str]]:
    """Packages that the pages are bundled from, with their licence, from npm's lock file."""
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for path, entry in packages.items():
        if path and not entry.get("dev"):
            name = path.rpartition("node_modules/")[2]
            yield Part(name, entry["version"]), entry.get("license", "not stated")


def licence(name: str, known: dict[str, str]) -> str:
    """The licence as the installed package states it, else as NOTICE had it."""
    try:
        said = metadata(name).json
    except PackageNotFoundError:
        return known.get(name, "not stated")
    short = str(said.get("license_expression") or said.get("license") or "")
    if short and "\n" not in short and len(short) < 120:
        return short
    classifiers = [line.rpartition(" :: ")[2] for line in said.get("classifier", []) if line.startswith("License")]
    return "; ".join(classifiers) or "not stated"


def listed(text: str) -> dict[str, tuple[str, str]]:
    """Name → (version, licence) of every row of a NOTICE."""
    rows = (_ROW.match(line) for line in text.splitlines())
    return {row[1]: (row[2], row[3]) for row in rows if row}


def content(old: str) -> str:
    """NOTICE as it should be."""
    known = {name: words for name, (_, words) in listed(old).items()}
    python = sorted({(part.name, part.version, licence(part.name, known)) for part in python_parts()})
    pages = sorted((part.name, part.version, words) for part, words in page_parts())
    lines = [HEAD, "Python packages", ""]
    lines += [f"  {name} {version}  {words}" for name, version, words in python]
    lines += ["", "In the pages", ""]
    lines += [f"  {name} {version}  {words}" for name, version, words in pages]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write NOTICE anew."""
    NOTICE.write_text(content(NOTICE.read_text(encoding="utf-8") if NOTICE.exists() else ""), encoding="utf-8")
    print(f"NOTICE lists {len(listed(NOTICE.read_text(encoding='utf-8')))} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
