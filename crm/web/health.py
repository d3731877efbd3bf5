"""Is the process alive, can it do its work, and what does it count. No log-in: they say nothing about people."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from flask import Blueprint, Flask, Response, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, Histogram, generate_latest

from crm.gate.deps import deps

health = Blueprint("health", __name__)

REQUESTS = Counter("huiyin_http_requests_total", "Requests answered", ["endpoint", "method", "status"])
SECONDS = Histogram(
    "huiyin_http_request_seconds",
    "Time to answer a request",
    ["endpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
STREAMS = Gauge("huiyin_event_streams", "Event streams that are open")
READY = Gauge("huiyin_ready", "1 when the named part is well", ["part"])


def readiness() -> tuple[bool, dict[str, Any]]:
    """Whether the pages can do their work, and every part with its reason when it is not well."""
    parts: dict[str, Any] = {}
    ready = True
    for probe in deps().probes:
        try:
            reason = probe.check()
        except Exception as error:  # noqa: BLE001  (whatever a part throws is the reason that it is not well)
            reason = f"{type(error).__name__}"
        READY.labels(probe.name).set(0 if reason else 1)
        parts[probe.name] = {"ok": reason is None, "required": probe.required, "reason": reason}
        ready = ready and (reason is None or not probe.required)
    return ready, parts


@health.get("/healthz")
def live() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@health.get("/readyz")
def ready() -> tuple[Response, int]:
    """Whether it can work, with reasons; 503 when something that is required is not well."""
    is_ready, parts = readiness()
    return jsonify(ready=is_ready, checks=parts), 200 if is_ready else 503


@health.get("/metrics")
def metrics() -> Response:
    """Prometheus' text format."""
    readiness()
    events = deps().events
    STREAMS.set(events.screens if events is not None else 0)
    return Response(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def init_metrics(app: Flask) -> None:
    """Count and time every request by its endpoint (never by its path: paths have ids)."""

    @app.before_request
    def start() -> None:
        g.began = perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        REQUESTS.labels(endpoint, request.method, str(response.status_code)).inc()
        if "began" in g:
            SECONDS.labels(endpoint).observe(perf_counter() - g.began)
        return response
