"""Tables of people who use the screens: users, roles, API tokens; and of customers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, String, Table, false
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from crm.db.base import Base, BigId
from crm.db.sealed import NUMBER, BlindText, SealedText

user_roles = Table(
    "user_roles",
    Base.metadata,
    Column("user_id", BigId, ForeignKey("users.id"), primary_key=True),
    Column("role_id", BigId, ForeignKey("roles.id"), primary_key=True),
)


class Role(Base):
    """A role of reference 3.4 (A1, A2, SM, CM, DG, GM, DH, QA, TR, WF, CO, AU, AD)."""

    __tablename__ = "roles"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(8), unique=True)
    description: Mapped[str] = mapped_column(String(200), default="")


class User(Base):
    """A person who logs in. The ``tf_``, ``mf_`` and ``fs_`` columns belong to Flask-Security."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str | None] = mapped_column(String(255), unique=True)
    display_name: Mapped[str] = mapped_column(String(100), default="")
    password: Mapped[str | None] = mapped_column(
        String(255), comment="Argon2id hash; null until the one-time link was used"
    )
    active: Mapped[bool] = mapped_column(default=True)
    locale: Mapped[str] = mapped_column(String(8), default="zh")
    post: Mapped[str] = mapped_column(String(24), default="", server_default="", comment="what he is in the house")
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, comment="changes when all sessions must end")
    fs_token_uniquifier: Mapped[str | None] = mapped_column(String(64), unique=True)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    mf_recovery_codes: Mapped[list[str] | None]
    sip_user: Mapped[str | None] = mapped_column(String(32), unique=True)
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]
    roles: Mapped[list[Role]] = relationship(secondary=user_roles, lazy="selectin")


class ApiToken(Base):
    """A bearer token. Only its SHA-256 is kept; an auditor's token has a role and no user."""

    __tablename__ = "api_tokens"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(100), default="")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    role: Mapped[str | None] = mapped_column(String(8))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    user: Mapped[User | None] = relationship(lazy="joined")


class Customer(Base):
    """Somebody who calls. Made from a caller's number when nobody has it yet. ``state``: active, merged."""

    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(SealedText("customers.name", was=100), default="")
    grade: Mapped[str] = mapped_column(
        String(12), default="", server_default="", comment="vip, important, or empty: ordinary"
    )
    elderly: Mapped[bool] = mapped_column(default=False, server_default=false())
    vulnerable: Mapped[list[str]] = mapped_column(
        default=list, server_default="[]", comment="why he needs more care (Vulnerability), none: empty"
    )
    language: Mapped[str | None] = mapped_column(String(8), comment="preferred; null: unknown")
    preferred_channel: Mapped[str | None] = mapped_column(
        String(8), comment="phone, sms, email, letter; null: not asked"
    )
    preferred_time: Mapped[str] = mapped_column(String(80), default="", server_default="")
    state: Mapped[str] = mapped_column(String(8), default="active", server_default="active")
    merged_into_id: Mapped[int | None] = mapped_column(
        ForeignKey("customers.id"), index=True, comment="whose double he was found to be"
    )
    created_at: Mapped[datetime]
    made_by: Mapped[str | None] = mapped_column(
        String(64), index=True, comment="user name; null: the house itself, from a call"
    )
    updated_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1", comment="grows with every change")
    numbers: Mapped[list[CustomerNumber]] = relationship(
        lazy="selectin", back_populates="customer", order_by="CustomerNumber.id"
    )


class CustomerNumber(Base):
    """A telephone number of a customer, in digits with country code where it is known; ``number_key`` finds it."""

    __tablename__ = "customer_numbers"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    number: Mapped[str] = mapped_column(SealedText("customer_numbers.number", was=32))
    number_key: Mapped[str] = mapped_column(BlindText(NUMBER), index=True)
    kind: Mapped[str] = mapped_column(String(8), default="", server_default="", comment="mobile, home, work, other")
    preferred: Mapped[bool] = mapped_column(default=False, server_default=false(), comment="to be called first")
    source: Mapped[str] = mapped_column(String(12), default="call", server_default="call", comment="call, staff, merge")
    added_at: Mapped[datetime | None]
    added_by: Mapped[str | None] = mapped_column(String(64))
    customer: Mapped[Customer] = relationship(back_populates="numbers")

    @validates("number")
    def _find_by_it(self, _name: str, number: str) -> str:
        self.number_key = number
        return number
