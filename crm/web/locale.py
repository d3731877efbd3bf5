"""Language and times of the screens: the person's choice, kept with him; times in the centre's zone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from babel.dates import format_datetime
from flask import Flask, g, request
from flask_babel import Babel, get_locale
from flask_login import current_user
from markupsafe import Markup

from crm.gate.deps import deps
from crm.web.catalogues import HTML_LANGUAGES, LOCALES, PoDomain

COOKIE = "language"


def chosen_language() -> str:
    """Zh or en: what the person chose, else what his browser asks for, else Chinese."""
    if getattr(current_user, "is_authenticated", False):
        return current_user.locale if current_user.locale in LOCALES else "zh"
    return browser_language()


def browser_language() -> str:
    """Give zh or en without asking who is logged in: as the address says, as was chosen before, as the browser asks."""
    asked = request.args.get("lang")
    if asked in LOCALES:
        return str(asked)
    kept = request.cookies.get(COOKIE)
    if kept in LOCALES:
        return str(kept)
    for wanted, _quality in request.accept_languages:
        if (language := wanted.partition("-")[0].lower()) in LOCALES:
            return language
    return "zh"


def _locale() -> str:
    return LOCALES[browser_language() if g.get("broken") else chosen_language()]


def show_time(moment: datetime | None, style: str = "yyyy-MM-dd HH:mm") -> Markup:
    """A <time> element: the centre's clock to read, the zone on hover, the instant for machines."""
    if moment is None:
        return Markup("–")
    local = moment.astimezone(deps().centre.zone)
    hover = (
        f"{local:%Y-%m-%d %H:%M:%S} {deps().centre.zone.key} ({format_datetime(local, 'OOOO', locale=get_locale())})"
    )
    return Markup('<time datetime="{}" title="{}" class="nowrap">{}</time>').format(
        moment.isoformat(), hover, format_datetime(local, style, locale=get_locale())
    )


def show_seconds(seconds: float | None) -> str:
    """Minutes and seconds of a duration."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def show_lasting(since: datetime, now: datetime) -> str:
    """How long something lasts so far, as the boards count it."""
    return show_hours((now - since).total_seconds())


def show_hours(seconds: float) -> str:
    """Minutes and seconds, with hours when there are some."""
    whole = max(0, int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes:02d}:{whole % 60:02d}"


def init_locale(app: Flask) -> None:
    """Set Flask-Babel up, and the template helpers for times."""
    babel = Babel(
        app,
        default_locale="en",
        locale_selector=_locale,
        timezone_selector=lambda: deps().centre.zone.key,
    )
    babel.domain_instance = PoDomain()

    @app.context_processor
    def words() -> dict[str, Any]:
        language = browser_language() if g.get("broken") else chosen_language()
        return {"language": language, "html_language": HTML_LANGUAGES[language]}

    app.add_template_filter(show_time, "time")
    app.add_template_filter(show_seconds, "seconds")
    app.add_template_filter(show_lasting, "lasting")
    app.add_template_filter(show_hours, "hours")
