"""Translations straight from the committed .po files: nothing to compile, so nothing can be stale."""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask_babel import Domain, get_locale

FOLDER = Path(__file__).parent / "translations"
LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
"""Language of a user (and of a call) to the locale of the screens."""
HTML_LANGUAGES = {"zh": "zh-CN", "en": "en"}
"""Language to the ``lang`` of the page; without zh-CN, Han characters come out in Japanese shapes."""


def load(locale: str) -> Translations | NullTranslations:
    """The catalogue of ``locale``; English is the source and has none."""
    path = FOLDER / locale / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=locale)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


class PoDomain(Domain):  # type: ignore[misc]  # Flask-Babel has no types
    """A gettext domain that reads .po files."""

    def get_translations(self) -> Translations | NullTranslations:
        """The catalogue of the request's locale."""
        locale = str(get_locale() or "en")
        if locale not in self.cache:
            self.cache[locale] = load(locale)
        found: Translations | NullTranslations = self.cache[locale]
        return found
