"""Customers who grew old: marked elderly when their date of birth says so. The mark is never taken away by itself."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from crm.db.customers import CustomerProfile
from crm.db.people import Customer
from crm.db.session import Database
from crm.domain.access import SYSTEM
from crm.domain.customers import is_elderly
from crm.services.customer_records import write_change
from crm.services.customer_scope import ACTIVE

_AT_ONCE = 200


def mark_elderly(database: Database, *, today: date, now: datetime) -> int:
    """Mark who is old enough, some in each transaction; gives their number."""
    marked, after = 0, 0
    while True:
        with database.write() as session:
            query = (
                select(Customer, CustomerProfile.born_on)
                .join(CustomerProfile, CustomerProfile.customer_id == Customer.id)
                .where(Customer.id > after, Customer.elderly.is_(False), Customer.state == ACTIVE)
                .order_by(Customer.id)
                .limit(_AT_ONCE)
            )
            rows = session.execute(query).all()
            for row, born_on in rows:
                if is_elderly(born_on, today):
                    row.elderly = True
                    write_change(session, row, {"elderly": [False, True]}, by=SYSTEM.name, now=now)
                    marked += 1
        if len(rows) < _AT_ONCE:
            return marked
        after = rows[-1][0].id
