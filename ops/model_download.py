"""Fetch one large file: resumable, with a progress callback, and never endlessly slow."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

Progress = Callable[[int, int], None]
"""Bytes that are here, bytes in all (0 where the server does not say)."""

CHUNK = 1 << 16
RANGE_NOT_SATISFIABLE = 416


class DownloadError(Exception):
    """The file could not be had; what came so far is kept for another attempt."""


@dataclass(frozen=True)
class Patience:
    """How long to wait: for a connection or the next bytes, and how slow a server may be over a window."""

    timeout: float = 4.0
    least_bytes_per_s: int = 16_384
    window: float = 20.0
    attempts: int = 3


def nothing(done: int, total: int) -> None:
    """Show no progress."""


def read_small(url: str, timeout: float, limit: int = 4 << 20) -> bytes:
    """The content of a small file. Raises DownloadError."""
    try:
        with _open(url, {}, timeout) as answer:
            content: bytes = answer.read(limit + 1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DownloadError(f"{_host(url)} does not answer: {_reason(error)}") from error
    if len(content) > limit:
        raise DownloadError(f"{url} is larger than {limit} bytes")
    return content


def download(url: str, target: Path, patience: Patience, progress: Progress = nothing) -> str:
    """Fetch ``url`` to ``target`` and give its SHA-256. What a cut connection left is continued.

    Raises DownloadError when the last attempt failed; ``target`` exists only when it is whole.
    """
    part = target.with_name(target.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, patience.attempts + 1):
        try:
            _fetch(url, part, patience, progress)
            break
        except urllib.error.HTTPError as error:
            if error.code != RANGE_NOT_SATISFIABLE:
                raise DownloadError(f"{url}: the server answers {error.code}") from error
            part.unlink(missing_ok=True)
            why: Exception = error
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = error
        if attempt == patience.attempts:
            raise DownloadError(f"{url}: {_reason(why)}") from why
    digest = _sha256(part)
    part.replace(target)
    _tag_file(part).unlink(missing_ok=True)
    return digest


def _fetch(url: str, part: Path, patience: Patience, progress: Progress) -> None:
    here = part.stat().st_size if part.exists() else 0
    tag = _tag_file(part).read_text(encoding="utf-8") if _tag_file(part).exists() else ""
    headers = {"Range": f"bytes={here}-", "If-Range": tag} if here and tag else {}
    with _open(url, headers, patience.timeout) as answer:
        resumed = answer.status == http.HTTPStatus.PARTIAL_CONTENT
        here = here if resumed else 0
        length = int(answer.headers.get("Content-Length") or 0)
        total = here + length if length else 0
        _tag_file(part).write_text(answer.headers.get("ETag") or "", encoding="utf-8")
        _copy(answer, part, (here, total), patience, progress)


def _copy(
    answer: http.client.HTTPResponse,
    part: Path,
    extent: tuple[int, int],
    patience: Patience,
    progress: Progress,
) -> None:
    here, total = extent
    since, then = time.monotonic(), here
    with part.open("r+b" if here else "wb") as file:
        file.seek(here)
        while chunk := answer.read1(CHUNK):
            file.write(chunk)
            here += len(chunk)
            progress(here, total)
            now = time.monotonic()
            if now - since >= patience.window:
                if here - then < patience.least_bytes_per_s * (now - since):
                    raise TimeoutError(f"slower than {patience.least_bytes_per_s} bytes a second")
                since, then = now, here
        file.truncate()
    if total and here != total:
        raise ConnectionError(f"the connection was cut after {here} of {total} bytes")


def _open(url: str, headers: dict[str, str], timeout: float) -> contextlib.closing[http.client.HTTPResponse]:
    if urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError(f"not a web address: {url}")
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the scheme was checked
    return contextlib.closing(urllib.request.urlopen(request, timeout=timeout))  # noqa: S310 - the same


def _tag_file(part: Path) -> Path:
    return part.with_name(part.name + ".etag")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


def _reason(error: Exception) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    return str(cause) or type(cause).__name__
