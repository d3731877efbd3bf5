"""Headers of every answer: what a browser may load, keep and use."""

from __future__ import annotations

from flask import Flask, Response, request

SOURCES = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "media-src 'self' blob:",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
"""No inline script or style, no nonce: everything comes from our own address."""


def policy(connect: str = "") -> str:
    """The Content-Security-Policy; ``connect`` is one more address that the page's scripts may connect to."""
    return "; ".join(
        f"{source} {connect}" if connect and source.startswith("connect-src") else source for source in SOURCES
    )


FIXED = {
    "Content-Security-Policy": policy(),
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_YEAR = 31_536_000


def init_headers(app: Flask) -> None:
    """Put the headers on every answer."""

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in FIXED.items():
            response.headers.setdefault(name, value)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={_YEAR}")
        if request.endpoint == "static":
            if request.path.startswith("/static/dist/") and response.status_code == 200:
                response.cache_control.public = True
                response.cache_control.max_age = _YEAR
                response.cache_control.immutable = True
        else:
            response.headers["Cache-Control"] = "no-store, private"
        return response
