"""The audit log for who looks after the house's conduct: search, how the chain stands, checkpoints to take away."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from crm.domain.errors import InvalidInputError
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import audit as chain
from crm.services import audit_search, checkpoints
from crm.services.audit_search import Found, Wanted
from crm.web import people_words

audit = Blueprint("audit", __name__, url_prefix="/audit")


@dataclass(frozen=True)
class Filters:
    """What stands in the form above the list."""

    who: str = ""
    what: str = ""
    about: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> Filters:
        """From an address."""
        return cls(**{name: args.get(name, "").strip()[:120] for name in cls.__dataclass_fields__})

    def query(self) -> dict[str, str]:
        """The same as a query for a link."""
        return {name: value for name, value in asdict(self).items() if value}

    def wanted(self) -> Wanted:
        """As the service knows it. Raises InvalidInputError."""
        until = _day("until", self.until)
        return Wanted(
            self.who, self.what, self.about, _day("since", self.since), until + timedelta(days=1) if until else None
        )


def _day(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time.min, tzinfo=deps().centre.zone)
    except (ValueError, OverflowError) as error:
        raise InvalidInputError(name, "is not a day") from error


@audit.get("/")
def index() -> str:
    """What was done, newest first."""
    filters, problem = Filters.of(request.args), None
    found = Found((), None)
    with deps().database.read() as session:
        try:
            before = request.args.get("before", type=int)
            found = audit_search.search(session, actor(), filters.wanted(), before=before)
        except InvalidInputError:
            problem = _("This cannot be looked for: a day is written as 2026-11-22.")
        standing = audit_search.standing(session, actor())
    return render_template(
        "audit.html",
        found=found,
        filters=filters,
        problem=problem,
        standing=standing,
        paged="before" in request.args,
        actions=people_words.AUDIT_ACTIONS,
        subjects=people_words.AUDIT_SUBJECTS,
    )


@audit.post("/checkpoints")
def export() -> Response:
    """The signed checkpoints as a file, to be kept elsewhere; that somebody took them is written down."""
    with deps().database.write() as session:
        lines = [one.line() + "\n" for one in checkpoints.after(session)]
        chain.append(
            session, at=deps().now(), actor=actor().name, action="audit.exported", subject="audit:checkpoints",
            detail={"checkpoints": len(lines)},
        )  # fmt: skip
    answer = Response("".join(lines), mimetype="application/x-ndjson")
    answer.headers["Content-Disposition"] = 'attachment; filename="checkpoints.jsonl"'
    return answer
