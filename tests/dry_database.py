"""A database whose writing transactions are undone, for tests that ask thousands of requests the same question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from crm.db.session import Database

BOOKS = frozenset({"audit_log", "idempotency_keys"})
"""What may be written about a request that was refused."""


class DryDatabase(Database):
    """As the real one, but nothing stays; ``written`` has the tables that a transaction would have changed."""

    written: set[str]

    @classmethod
    def over(cls, real: Database) -> DryDatabase:
        """The same rows."""
        dry = cls.__new__(cls)
        dry.__dict__.update(real.__dict__)
        dry.written = set()
        event.listen(dry.engine, "before_cursor_execute", dry.note)
        return dry

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that is undone; what was read in it stays in memory, as after a commit."""
        with self.session(writes=True) as session:
            transaction = session.begin()
            try:
                yield session
                session.flush()
                session.expunge_all()
            finally:
                transaction.rollback()

    def note(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        """A statement is about to run."""
        words = statement.split(None, 3)
        if words[0] in {"INSERT", "DELETE"}:
            self.written.add(words[2].strip('"'))
        elif words[0] == "UPDATE":
            self.written.add(words[1].strip('"'))

    def changed(self) -> set[str]:
        """What was changed since the last time this was asked, the books apart."""
        found, self.written = self.written - BOOKS, set()
        return found
