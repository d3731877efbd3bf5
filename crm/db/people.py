"""Tables of people who use the screens: users, roles, API tokens; and of customers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, String, Table, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId

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
    """Somebody who calls. Made from a caller's number when nobody has it yet."""

    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), default="")
    grade: Mapped[str] = mapped_column(String(12), default="", server_default="", comment="vip, or empty")
    elderly: Mapped[bool] = mapped_column(default=False, server_default=false())
    language: Mapped[str | None] = mapped_column(String(8), comment="preferred; null: unknown")
    created_at: Mapped[datetime]
    numbers: Mapped[list[CustomerNumber]] = relationship(lazy="selectin", back_populates="customer")


class CustomerNumber(Base):
    """A telephone number of a customer, in digits with country code where it is known."""

    __tablename__ = "customer_numbers"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    number: Mapped[str] = mapped_column(String(32), index=True)
    customer: Mapped[Customer] = relationship(back_populates="numbers")
