"""`huiyin doctor`: look at everything, say what is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Callable

from ops import doctor_checks, doctor_mail, doctor_messages, doctor_phones, doctor_state
from ops.doctor_checks import Check, Finding, Level
from ops.settings import Settings

CHECKS: tuple[Check, ...] = (
    doctor_checks.machine,
    doctor_checks.clock,
    doctor_checks.port_numbers,
    doctor_checks.asterisk,
    doctor_phones.phones,
    doctor_checks.models,
    doctor_checks.numbers_ahead,
    doctor_mail.mailbox,
    doctor_checks.redis,
    doctor_state.database,
    doctor_checks.disk,
    doctor_checks.secrets,
    doctor_messages.letters,
    doctor_messages.mail,
    doctor_messages.text_messages,
    doctor_state.spool,
    doctor_state.services,
)
MARKS = {Level.GOOD: "✓", Level.WARNING: "!", Level.BAD: "✗"}


def examine(settings: Settings, checks: tuple[Check, ...] = CHECKS) -> list[Finding]:
    """All findings. A check that fails itself is a finding, too."""
    findings: list[Finding] = []
    for check in checks:
        try:
            findings += check(settings)
        except Exception as error:  # noqa: BLE001  (one broken check must not hide the others)
            text = f"could not be checked: {type(error).__name__}: {error}"
            findings.append(Finding(check.__name__.replace("_", " "), Level.BAD, text))
    return findings


def report(findings: list[Finding], say: Callable[[str], None]) -> bool:
    """Tell the findings; whether nothing is bad."""
    for finding in findings:
        say(f"{MARKS[finding.level]} {finding.what:<12} {finding.found}")
        if finding.mend and finding.level is not Level.GOOD:
            say(f"  {'':<12} → {finding.mend}")
    bad = sum(finding.level is Level.BAD for finding in findings)
    warnings = sum(finding.level is Level.WARNING for finding in findings)
    say(f"{bad} to mend, {warnings} warnings" if bad or warnings else "all is well")
    return not bad
