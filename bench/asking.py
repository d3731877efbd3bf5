"""The application asked as a web server asks it, without a server: what a whole request costs in the process."""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench import tickets_bed
from crm.app import create_app
from crm.db.session import Database
from crm.gate.deps import Deps, WebConfig
from crm.services.centre import Centre
from recordings.encryption import KeyRing
from recordings.local_store import LocalStore


def asker(database: Database, tokens: dict[str, str], path: str) -> Callable[[str, str], tuple[float, bytes]]:
    """Asks the application for a path as a web server does: who, which query → seconds, the answer."""
    config = WebConfig(secret_key="s" * 32, totp_secret="t" * 32, internal_token="i" * 32)
    store = LocalStore(Path(tempfile.gettempdir()) / "none", KeyRing.of(b"k" * 32))  # no recording is asked for
    app = create_app(config, Deps(config, database, store, Centre(ZoneInfo("Asia/Shanghai")), lambda: tickets_bed.NOW))

    said: list[str] = []

    def start(status: str, _headers: Any, _error: Any = None) -> Callable[[bytes], object]:
        said[:] = [status]
        return said.append  # type: ignore[return-value]  # nobody writes that way any more

    def ask(who: str, query: str) -> tuple[float, bytes]:
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.version": (1, 0),
            "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(), "wsgi.multithread": True,
            "wsgi.multiprocess": False, "wsgi.run_once": False, "SCRIPT_NAME": "", "REMOTE_ADDR": "127.0.0.1",
            "HTTP_AUTHORIZATION": f"Bearer {tokens[who]}",
        }  # fmt: skip
        began = time.perf_counter()
        body = b"".join(app.wsgi_app(environ, start))
        taken = time.perf_counter() - began
        assert said == ["200 OK"], (who, query, said, body[:300])
        return taken, body

    return ask
