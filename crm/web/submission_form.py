"""The fields of a form as a submission, and what is wrong with them: the same for customers and for the desk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from werkzeug.datastructures import FileStorage, MultiDict

from crm.domain.errors import InvalidInputError
from crm.domain.money import fen_of
from crm.domain.submissions import Fault, OnBehalf, Preferred, Submission, normal
from crm.domain.tickets import Channel, Kind
from crm.services.file_check import MAX_FILE
from crm.services.submissions import SentFile

TEXTS = (
    "text", "demand", "name", "phone", "email", "user_name", "postal_address", "complained_about", "representative",
    "place", "platform", "handle", "external_url",
)  # fmt: skip
CODES = ("category", "severity", "business_code", "reason_code", "channel_code", "received_by_unit", "form")


class Reading:
    """A form that is read part by part; what cannot be read is a fault of that part."""

    def __init__(self, form: Mapping[str, str], zone: ZoneInfo) -> None:
        self._form, self._zone = form, zone
        self.faults: dict[str, Fault] = {}

    def text(self, name: str) -> str:
        """Text, without space around it."""
        return normal(self._form.get(name, ""))

    def whole(self, name: str) -> int | None:
        """A whole number, or None when nothing is there."""
        given = self.text(name)
        if not given:
            return None
        if given.isascii() and given.isdigit() and len(given) <= 9:
            return int(given)
        self.faults[name] = Fault.NOT_A_NUMBER
        return None

    def fen(self, name: str) -> int | None:
        """An amount typed in yuan, in fen."""
        given = self.text(name)
        if not given:
            return None
        try:
            return fen_of(given)
        except InvalidInputError:
            self.faults[name] = Fault.NOT_A_NUMBER
            return None

    def moment(self, name: str) -> datetime | None:
        """A day, or a day and a time, on the centre's clock."""
        given = self.text(name)
        if not given:
            return None
        try:
            day = date.fromisoformat(given) if len(given) == 10 else None
            at = datetime.combine(day, datetime.min.time()) if day else datetime.fromisoformat(given)
        except ValueError:
            self.faults[name] = Fault.UNREADABLE
            return None
        return at if at.tzinfo else at.replace(tzinfo=self._zone)


def read(
    form: Mapping[str, str], *, zone: ZoneInfo, language: str, kind: Kind, channel: Channel
) -> tuple[Submission, dict[str, Fault]]:
    """What the form says, and what of it could not be read."""
    reading = Reading(form, zone)
    made = Submission(
        kind=kind,
        channel=channel,
        **{name: reading.text(name) for name in TEXTS},  # type: ignore[arg-type]  # every one of them is a string
        **{name: reading.text(name) or None for name in CODES},  # type: ignore[arg-type]  # or None
        preferred=reading.text("preferred") or Preferred.PHONE,
        on_behalf=reading.text("on_behalf") or OnBehalf.SELF,
        occurred_at=reading.moment("occurred_at"),
        received_at=reading.moment("received_at"),
        amount_fen=reading.fen("amount"),
        people=reading.whole("people") or 1,
        level=reading.whole("level"),
        language=language,
    )
    return made, reading.faults


def sent_files(files: MultiDict[str, FileStorage], name: str = "files") -> list[SentFile]:
    """The files of a form; a field without a file is none. No more is read of one than may be kept."""
    return [
        SentFile(one.filename, one.stream.read(MAX_FILE + 1)) for one in files.getlist(name) if one and one.filename
    ]
