"""Every refusal and failure as one HTTP status with a sentence; pages and API each put it in their own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from sqlalchemy.exc import DataError, OperationalError, StatementError
from werkzeug.exceptions import HTTPException

from crm.domain.errors import (
    ConflictError,
    DomainError,
    ForbiddenError,
    IllegalMoveError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
)
from crm.gate.guard import BadRequestError, NotLoggedInError
from crm.services.submissions import FaultsError
from recordings.store import StoreDamagedError, StoreMissingError

_STATUS: Mapping[type[Exception], int] = {
    NotFoundError: 404,
    ForbiddenError: 403,
    InvalidInputError: 422,
    IllegalMoveError: 409,
    ConflictError: 409,
    UnavailableError: 503,
    NotLoggedInError: 401,
    BadRequestError: 400,
    OverflowError: 422,
    DataError: 422,
    OperationalError: 503,
    StoreMissingError: 404,
    StoreDamagedError: 500,
}
_OWN_WORDS = (DomainError, BadRequestError)
_SENTENCES: Mapping[type[Exception], str] = {
    NotLoggedInError: "log in, or send a bearer token that is valid",
    OverflowError: "a value is out of range",
    DataError: "a value is out of range",
    OperationalError: "the database does not answer just now; try again",
    StoreMissingError: "the file of this recording is missing",
    StoreDamagedError: "the file of this recording is damaged",
}


@dataclass(frozen=True)
class Refusal:
    """What went wrong. ``errors``: which parts of the input, and why."""

    status: int
    detail: str
    errors: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The status in words."""
        return HTTPStatus(self.status).phrase


HANDLED: tuple[type[Exception], ...] = (HTTPException, StatementError, *_STATUS)
"""Exceptions that have a status; any other is a fault of ours (500)."""


def refusal_of(error: Exception) -> Refusal:
    """What to answer to this exception."""
    if isinstance(error, HTTPException):
        return _from_http(error)
    if type(error) is StatementError and isinstance(error.orig, Exception):
        return refusal_of(error.orig)  # a value that did not even reach the database
    for kind in type(error).__mro__:
        if kind in _STATUS:
            return Refusal(_STATUS[kind], _sentence(error, kind), _errors(error))
    return Refusal(500, "something went wrong on our side; it was written down")


def _sentence(error: Exception, kind: type[Exception]) -> str:
    return str(error) if isinstance(error, _OWN_WORDS) else _SENTENCES[kind]


def _errors(error: Exception) -> Mapping[str, Any]:
    if isinstance(error, FaultsError):
        return {name: [fault.replace("_", " ")] for name, fault in error.faults.items()}
    return {error.field: [error.message]} if isinstance(error, InvalidInputError) else {}


def _from_http(error: HTTPException) -> Refusal:
    data: Mapping[str, Any] = getattr(error, "data", None) or {}
    headers = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After", "Content-Range"}}
    errors = data.get("messages") or data.get("errors") or {}
    return Refusal(error.code or 500, error.description or "", errors, headers)
