"""Logging in: the one door to Flask-Security. People are read from and written to our own tables.

A person is carried through a request as a plain ``LoginUser``, not as a database row: no transaction stays open
while a page is made, and what Flask-Security changes (second factor, password) is written in one go by ``commit``.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from flask import Flask, current_app, g, request, session
from flask_login import current_user, user_logged_out
from flask_security import RoleMixin, Security, UserMixin
from flask_security.datastore import UserDatastore
from flask_security.forms import LoginForm
from flask_security.recovery_codes import MfRecoveryForm
from flask_security.signals import password_changed, user_authenticated
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import Field, StringField
from wtforms.validators import DataRequired, Length, Optional

from crm.db.people import User
from crm.db.session import Database
from crm.domain.access import Actor, Role
from crm.gate.deps import WebConfig, deps
from crm.services import audit, clocking
from crm.services.passwords import is_password
from crm.web.sessions import restart

_WRITTEN = (
    "password",
    "active",
    "locale",
    "fs_uniquifier",
    "fs_token_uniquifier",
    "tf_primary_method",
    "tf_totp_secret",
    "mf_recovery_codes",
)
_READ = ("id", "username", "email", "display_name", "sip_user", *_WRITTEN)


class LoginRole(RoleMixin):
    """A role by its name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.permissions: list[str] = []


@dataclass(eq=False, kw_only=True)
class LoginUser(UserMixin):
    """A person who logs in, as read from the table. Flask-Security looks for the names at the class."""

    id: int = 0
    username: str = ""
    email: str | None = None  # type: ignore[assignment]  # the library assumes that everybody has one
    display_name: str = ""
    password: str | None = None
    active: bool = False
    locale: str = "zh"
    sip_user: str | None = None
    fs_uniquifier: str = ""
    fs_token_uniquifier: str | None = None  # type: ignore[assignment]  # we give out none of these tokens
    tf_primary_method: str | None = None
    tf_totp_secret: str | None = None
    mf_recovery_codes: list[str] | None = None
    roles: list[RoleMixin] = field(default_factory=list)
    tf_phone_number: None = None

    def verify_and_update_password(self, password: str) -> bool:
        """Whether this is his password; the same code hashed it when he was made."""
        return self.password is not None and is_password(password, self.password)

    def actor(self) -> Actor:
        """The same person as the services know him."""
        return Actor(self.username, frozenset(Role(role.name) for role in self.roles), self.id)


def _from_row(row: User) -> LoginUser:
    values = {name: getattr(row, name) for name in _READ}
    return LoginUser(**values, roles=[LoginRole(role.name) for role in row.roles])


class People(UserDatastore):
    """Flask-Security's view of the users table."""

    def __init__(self, database: Database) -> None:
        super().__init__(LoginUser, LoginRole)
        self.database = database

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> LoginUser | None:  # noqa: FBT001, FBT002  (the library's signature)
        """The person with the given value; user names are compared as they are written."""
        del case_insensitive
        ((name, value),) = wanted.items()
        with self.database.read() as session_:
            row = session_.scalar(select(User).where(getattr(User, name) == value))
            return _from_row(row) if row is not None else None

    def find_role(self, role: str) -> LoginRole | None:
        """A role by its name."""
        return LoginRole(role) if role in set(Role) else None

    def put(self, model: LoginUser) -> LoginUser:
        """Note that this person changed; ``commit`` writes it."""
        changed = cast("dict[int, LoginUser]", g.setdefault("people_changed", {}))
        changed[model.id] = model
        return model

    def commit(self) -> None:
        """Write the people that changed in this request."""
        changed = cast("dict[int, LoginUser]", g.pop("people_changed", {}))
        if not changed:
            return
        with self.database.write() as session_:
            for person in changed.values():
                row = session_.get_one(User, person.id)
                done = _second_factor_changes(row, person)
                for name in _WRITTEN:
                    setattr(row, name, getattr(person, name))
                for action in done:
                    _write_down(session_, person, action)


def _second_factor_changes(row: User, person: LoginUser) -> list[str]:
    """What a person did with his own second factor, in the words of the audit chain."""
    done = []
    if row.tf_primary_method != person.tf_primary_method:
        done.append("user.second_factor_on" if person.tf_primary_method else "user.second_factor_off")
    before, after = row.mf_recovery_codes or [], person.mf_recovery_codes or []
    if after and not set(after) <= set(before):
        done.append("user.recovery_codes_made")
    elif len(after) == len(before) - 1:
        done.append("user.recovery_code_used")
    return done


def _as_shown(text: str | None) -> str:
    return (text or "").strip().lower()


class CodeForm(MfRecoveryForm):
    """A recovery code as people type it: capitals and spaces do not matter."""

    code = StringField(
        "code",
        validators=[DataRequired(), Length(max=40)],
        filters=[lambda text: text.strip().lower() if text else text],
    )


class NameForm(LoginForm):
    """User name and password only: nobody logs in by e-mail, nobody is remembered."""

    username: ClassVar[Field] = StringField("username", validators=[DataRequired(), Length(max=64)])
    email = StringField("email", validators=[Optional()])  # never shown or read; the view wants it to be there
    remember = None

    def validate(self, **more: Any) -> bool:
        """Find the person by his name, then let the library go on."""
        people = cast("People", current_app.extensions["huiyin-people"])
        self.ifield = self.username
        self.user = people.find_user(username=self.username.data or "")
        return bool(super().validate(**more))


def _recovery_key(secret: str) -> bytes:
    """What recovery codes are sealed with: another key than the second factor's own, from the same secret."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"recovery codes\0" + secret.encode()).digest())


def _settings(config: WebConfig) -> dict[str, object]:
    return {
        "SECURITY_USER_IDENTITY_ATTRIBUTES": [{"username": {"mapper": lambda name: name, "case_insensitive": False}}],
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SINGLE_HASH": True,
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_DEPRECATED_PASSWORD_SCHEMES": [],
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
            "argon2__type": "ID",
            "argon2__time_cost": 2,
            "argon2__memory_cost": 19_456,
            "argon2__parallelism": 1,
        },
        "SECURITY_PASSWORD_LENGTH_MIN": 15,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_CHANGEABLE": True,
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TWO_FACTOR_ALWAYS_VALIDATE": True,
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "account.show",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 8,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [_recovery_key(config.totp_secret)],
        "SECURITY_TOTP_SECRETS": {"1": config.totp_secret},
        "SECURITY_TOTP_ISSUER": "Huiyin",
        "SECURITY_POST_LOGIN_VIEW": "home.start",
        "SECURITY_POST_LOGOUT_VIEW": "security.login",
        "SECURITY_POST_CHANGE_VIEW": "account.show",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_CSRF_PROTECT_MECHANISMS": ["session"],
        "SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS": False,
        "SECURITY_REDIRECT_ALLOW_SUBDOMAINS": False,
        "SECURITY_TWO_FACTOR_VALIDITY_COOKIE": {
            "httponly": True,
            "secure": config.secure_cookies,
            "samesite": "Strict",
        },
    }


def init_login(app: Flask, config: WebConfig, database: Database) -> People:
    """Set Flask-Security up on the application."""
    for name, value in _settings(config).items():
        app.config.setdefault(name, value)
    people = People(database)
    security = Security(app, people, login_form=NameForm, mf_recovery_form=CodeForm)
    security.want_json(lambda _request: False)
    security.login_manager._request_callback = None  # noqa: SLF001  (no login by Flask-Security's own tokens: the API has its own)
    app.extensions["huiyin-people"] = people
    user_authenticated.connect(_logged_in, app)
    password_changed.connect(_password_changed, app)
    user_logged_out.connect(_logged_out, app)
    return people


def _logged_in(_app: Flask, user: LoginUser, **_more: object) -> None:
    """A new session begins, and stands in the audit chain."""
    session.permanent = True
    restart()
    with deps().database.write() as transaction:
        transaction.get_one(User, user.id).last_login_at = deps().now()
        clocking.logged_in(transaction, user.id, deps().now())
        _write_down(transaction, user, "user.logged_in")


def _password_changed(_app: Flask, user: LoginUser, **_more: object) -> None:
    """A new password stands in the audit chain (not what it is)."""
    with deps().database.write() as transaction:
        _write_down(transaction, user, "user.password_changed")


def _write_down(transaction: Session, user: LoginUser, action: str) -> None:
    audit.append(transaction, at=deps().now(), actor=user.username, action=action, subject=f"user:{user.id}", detail={})


def _logged_out(app: Flask, user: LoginUser, **_more: object) -> None:
    """Whoever says that he leaves ends all his sessions: a cookie that was copied opens nothing any more."""
    if request.endpoint == "security.logout":
        with deps().database.write() as transaction:
            clocking.logged_out(transaction, user.id, deps().now())
        people: People = app.extensions["huiyin-people"]
        people.set_uniquifier(user)
        people.commit()


def session_actor() -> Actor | None:
    """Who is logged in on this browser, if anybody."""
    user = current_user
    return user.actor() if getattr(user, "is_authenticated", False) else None
