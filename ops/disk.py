"""Room on the disks that the home lies on: spool and recordings may be mounted from others."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

from ops.settings import Settings


class Room(NamedTuple):
    """Bytes on one disk, and the folder that it was asked for."""

    folder: Path
    free: int
    total: int

    @property
    def percent(self) -> float:
        """The free share, in percent."""
        return 100 * self.free / self.total


def tightest(settings: Settings) -> Room:
    """The disk with the smallest free share; before the set-up, the one that will hold the home. Raises OSError."""
    home = settings.home if settings.home.is_dir() else settings.home.parent
    folders = [folder for folder in (settings.spool, settings.recordings) if folder.is_dir()]
    usages = [(folder, shutil.disk_usage(folder)) for folder in (home, *folders)]
    return min((Room(folder, usage.free, usage.total) for folder, usage in usages), key=lambda room: room.percent)
