"""Telephone numbers in all the forms they are written in (pure; the one door to ``phonenumbers``)."""

from __future__ import annotations

import re

import phonenumbers

MAX_DIGITS = 32
_SCHEME = re.compile(r"\A\s*(?:sips?|tel):", re.IGNORECASE)
_EXTENSION = re.compile(
    r"(?:;\s*ext\s*=|ext\.?|extension|转接?|分机|[#xX,;pPwW＃，；])[\s.:：]*\d{0,8}\s*\Z", re.IGNORECASE
)
"""What follows the number of a house: the way to one desk in it, which is no part of the number."""
_DASHED = re.compile(r"\A(.*\d.*)[-－–—]\s*\d{1,6}\s*\Z", re.DOTALL)


def digits_of(text: str) -> str:
    """The ASCII digits in ``text``; other digits (full-width ones, say) are turned into these."""
    return "".join(str(int(c)) for c in text if c.isdecimal())[:MAX_DIGITS]


def as_given(text: str) -> str | None:
    """A number as the line gave it: its digits, with the ``+`` before a country code; None without any digit."""
    digits = digits_of(text)
    return ("+" if digits and text.strip().startswith(("+", "＋")) else "") + digits or None


def number_key(text: str | None, region: str = "CN") -> str | None:
    """One spelling for every way to write a number: its digits with country code, or as they are.

    An extension is left away: a caller is found by the number that his house shows. Short codes and whatever the
    numbering plan does not know stay as their digits, so that two different numbers never share a key by guessing.
    None when there is no digit at all.
    """
    given = _address(text or "")
    main = _EXTENSION.sub("", given)
    for spelling in (main, *_without_last_group(main)):
        key = _known(spelling, region)
        if key is not None:
            return key
    return digits_of(given) or None


def _address(text: str) -> str:
    """What of a SIP or telephone address is the number."""
    found = _SCHEME.match(text)
    return text[found.end() :].partition("@")[0] if found else text


def _without_last_group(text: str) -> tuple[str, ...]:
    found = _DASHED.match(text)
    return (found[1],) if found else ()


def _known(text: str, region: str) -> str | None:
    """The number with its country code, when the numbering plan knows it."""
    digits = digits_of(text)
    international = text.strip().startswith(("+", "＋"))
    try:
        parsed = phonenumbers.parse(f"+{digits}" if international else digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164).lstrip("+")


def as_dialled(text: str | None, region: str = "CN") -> str | None:
    """A number as it is dialled inside the region, whatever way it was written.

    None for what the numbering plan does not know, and for a number of another country. Digits that begin with a
    country code, as our own spelling of numbers does, are understood without the ``+``.
    """
    digits = digits_of(text or "")
    international = (text or "").strip().startswith(("+", "＋"))
    for spelling in (f"+{digits}",) if international else (digits, f"+{digits}"):
        try:
            parsed = phonenumbers.parse(spelling, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number_for_region(parsed, region):
            return digits_of(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL))
    return None


def last_four(text: str | None) -> str | None:
    """The last four digits, or None where there are fewer."""
    digits = digits_of(text or "")
    return digits[-4:] if len(digits) >= 4 else None
