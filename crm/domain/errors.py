"""Refusals of the business rules; the web maps each class to one HTTP status."""

from __future__ import annotations


class DomainError(Exception):
    """A rule said no. The text is for the person who asked."""


class NotFoundError(DomainError):
    """There is no such thing, or none that this actor may know of (404)."""


class ForbiddenError(DomainError):
    """The actor's roles do not allow this (403)."""


class InvalidInputError(DomainError):
    """What was given cannot be used (422). ``field`` names the part."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class IllegalMoveError(DomainError):
    """The ticket cannot make this move now (409)."""


class ConflictError(DomainError):
    """Somebody else was first, or a key was used for something else (409)."""


class UnavailableError(DomainError):
    """A part of the house that this needs does not answer now (503). Nothing was done."""
