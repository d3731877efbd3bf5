"""What a customer should never have written down: card numbers, passwords, codes, identity numbers (pure).

They are taken out of what is typed in before it is kept. A card number keeps its first six and last four digits, an
identity number its last four; a password or a code leaves nothing. Only what passes the number's own check is touched,
so that amounts, dates and ticket numbers stay.
"""

from __future__ import annotations

import re

MASK = "•"
_DIGIT_RUN = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?!\d)")
_ISSUERS = re.compile(r"[3-6]|9\d{15}|(?:222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}\Z")
"""3 to 6: most cards; 9: older cards of Chinese banks (95588…), of 16 digits or more; 2221 to 2720: MasterCard."""
_IDENTITY = re.compile(
    r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dA-Za-z])"
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_LEADS = (
    "支付密码|查询密码|交易密码|密码|口令|验证码|校验码|动态码|安全码|CVV2?|CVN2?|CVC2?|PIN|OTP|password|passcode|"
    "security code|verification code"
)
_SECRET = re.compile(
    rf"(?P<lead>(?:{_LEADS})(?:\s*(?:是|为|：|:|=|is)\s*|\s+))(?P<secret>[A-Za-z0-9@#$%^&*!_-]{{3,32}})",
    re.IGNORECASE,
)
_HAS_DIGIT = re.compile(r"\d")
_EXPIRY = re.compile(
    r"(?P<lead>(?:有效期|expiry|expires|exp(?:iry)? date)\s*(?:是|为|到|：|:|is|on)?\s*)\d{1,2}\s*[/-]\s*\d{2,4}",
    re.IGNORECASE,
)


def redacted(text: str) -> str:
    """The text without those numbers. To redact it again changes nothing."""
    text, _count = hide_cards(_IDENTITY.sub(_identity, text))
    text = _SECRET.sub(_secret, text)
    return _EXPIRY.sub(lambda found: f"{found['lead']}{MASK * 2}/{MASK * 2}", text)


def hide_cards(text: str) -> tuple[str, int]:
    """The text with its card numbers masked in place, and how many there were.

    Alone it is for pasted logs and statements, which must stay as they are but for the cards: the first six digits and
    the last four may be shown (PCI DSS 4.0.1, 3.4.1: at most the BIN and the last four).
    """
    found = 0

    def mask(match: re.Match[str]) -> str:
        nonlocal found
        places = [at for at, char in enumerate(match[0]) if char.isdigit()]
        if not _is_card("".join(match[0][at] for at in places)):
            return match[0]
        found += 1
        hidden = set(places[6:-4])
        return "".join(MASK if at in hidden else char for at, char in enumerate(match[0]))

    return _DIGIT_RUN.sub(mask, text), found


def _identity(found: re.Match[str]) -> str:
    number = found.group().upper()
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return MASK * 14 + number[-4:] if _CHECK[total % 11] == number[17] else found.group()


def _is_card(digits: str) -> bool:
    """Luhn's check, and a beginning that issuers use: ticket numbers and serial numbers begin otherwise."""
    if not _ISSUERS.match(digits) or len(set(digits)) < 2:
        return False
    doubled = [int(digit) * (2 if at % 2 else 1) for at, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _secret(found: re.Match[str]) -> str:
    """A word after "password" is only a secret when it has a digit in it: "password reset" is none."""
    return found["lead"] + MASK * 3 if _HAS_DIGIT.search(found["secret"]) else found.group()
