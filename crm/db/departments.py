"""Tables of the house's departments: who belongs to them, and what goes to which."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.people import User


class Department(Base):
    """A section, an office or a department, with its duty and its own time limits (null: the rules' limit)."""

    __tablename__ = "departments"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(12), comment="centre, section, office, department or upper")
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    duty_zh: Mapped[str] = mapped_column(String(500), default="", server_default="")
    duty_en: Mapped[str] = mapped_column(String(500), default="", server_default="")
    p1_days: Mapped[int | None]
    p2_days: Mapped[int | None]
    p3_days: Mapped[int | None]
    p4_days: Mapped[int | None]
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    members: Mapped[list[DepartmentMember]] = relationship(lazy="selectin", back_populates="department")


class DepartmentMember(Base):
    """Where a person belongs: to one department, as its head, the head's deputy, or a member."""

    __tablename__ = "department_members"
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    post: Mapped[str] = mapped_column(String(8), default="member", comment="head, deputy or member")
    department: Mapped[Department] = relationship(lazy="joined", back_populates="members")
    user: Mapped[User] = relationship(lazy="joined")


class DepartmentRoute(Base):
    """What goes to which department: by class, business, reason or level of the matter."""

    __tablename__ = "department_routes"
    __table_args__ = (UniqueConstraint("axis", "key"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    axis: Mapped[str] = mapped_column(String(12), comment="category, business, reason or level")
    key: Mapped[str] = mapped_column(String(40))
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    department: Mapped[Department] = relationship(lazy="joined")
