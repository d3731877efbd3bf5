"""The words that a customer is found by, kept as digests. The caller's transaction commits."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.db.customers import WORD, CustomerWord
from crm.db.people import Customer
from crm.db.sealed import vault_of
from crm.domain.customer_words import words_of
from crm.services.customer_views import contacts_of, profile_of_row


def digests(session: Session, row: Customer) -> dict[str, str]:
    """Digest → word, of all that the customer is found by now."""
    vault, profile = vault_of(session.get_bind().dialect), profile_of_row(session, row)
    contacts = [(one.kind, one.address) for one in contacts_of(session, row.id)]
    words = words_of(name=profile.name, id_number=profile.id_number, user_name=profile.user_name, contacts=contacts)
    return {vault.index(WORD, word): word for word in words}


def index(session: Session, row: Customer) -> None:
    """Write them down anew."""
    session.flush()
    wanted = set(digests(session, row))
    there = set(session.scalars(select(CustomerWord.word).where(CustomerWord.customer_id == row.id)))
    if there - wanted:
        gone = CustomerWord.word.in_(there - wanted)
        session.execute(
            delete(CustomerWord).where(CustomerWord.customer_id == row.id, gone),
            execution_options={"synchronize_session": False},
        )
    session.add_all(CustomerWord(customer_id=row.id, word=word) for word in sorted(wanted - there))
    session.flush()
