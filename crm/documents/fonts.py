"""The font that documents are drawn with: Chinese and Latin characters, found on the machine, put into the file."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGE = "fonts-wqy-microhei"
"""The Debian package that set-up installs."""
KNOWN = (
    Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
    Path("/usr/share/fonts/wqy-microhei/wqy-microhei.ttc"),
    Path("/usr/local/share/fonts/wqy-microhei.ttc"),
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc"),
)
_SECONDS = 10


class FontMissingError(Exception):
    """No font with Chinese characters is installed; the text says which package brings one."""

    def __init__(self) -> None:
        super().__init__(f"no font with Chinese characters is installed; install the Debian package {PACKAGE}")


@dataclass(frozen=True)
class Font:
    """A font file; ``index`` counts the fonts in a collection (.ttc)."""

    path: Path
    index: int = 0


@cache
def chinese_font() -> Font:
    """The font to draw with, looked for once a process. Raises FontMissingError."""
    return find(KNOWN)


def find(known: Sequence[Path]) -> Font:
    """The first of these files that is there, else whatever fontconfig knows for Chinese."""
    for path in known:
        if path.is_file():
            return Font(path)
    listed = _asked()
    if listed is None:
        raise FontMissingError
    return listed


def _asked() -> Font | None:
    """A TrueType or OpenType font for Chinese by fontconfig, or None where it knows none or is not there itself."""
    program = shutil.which("fc-list")
    if program is None:
        return None
    told = subprocess.run(
        [program, ":lang=zh-cn", "--format=%{file}\t%{index}\n"],
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    ).stdout
    for line in sorted(told.splitlines()):
        file, _, index = line.partition("\t")
        if file.lower().endswith((".ttc", ".ttf", ".otf")) and Path(file).is_file():
            return Font(Path(file), int(index) & 0xFFFF if index.isdigit() else 0)
    return None
