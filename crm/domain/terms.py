"""The terms of a ticket, worked out from what happened to it and from nothing else (pure). Reference: domain 3.2.

Whoever runs this over the same events gets the same terms: after a restart, on another machine, with clocks that
were set. Events count in the order in which they were written down, not by their time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from crm.domain import clocks
from crm.domain.clocks import Body, Matter, Pause, Span
from crm.domain.term_types import PAUSED_KINDS, Book, Case, Clock, Happening, Term, TermKind, TermState
from crm.domain.tickets import COMPLAINT_KINDS, Kind, Status
from crm.domain.working_days import Due, calendar_end

_S = Status
_REACHED: Mapping[TermKind, frozenset[str]] = {
    TermKind.ACKNOWLEDGE: frozenset(set(_S) - {_S.REGISTERED, _S.REOPENED}),
    TermKind.FIRST_CONTACT: frozenset(set(_S) - {_S.REGISTERED, _S.REOPENED}),
    TermKind.TRIAGE: frozenset(set(_S) - {_S.REGISTERED, _S.REOPENED, _S.ACKNOWLEDGED}),
    TermKind.TRANSFER: frozenset(set(_S) - {_S.REGISTERED, _S.REOPENED, _S.ACKNOWLEDGED, _S.TRIAGED}),
    TermKind.DEPARTMENT: frozenset(
        {_S.PENDING_APPROVAL, _S.EXECUTING, _S.NOTIFYING, _S.NOTIFIED, _S.CLOSED, _S.NOT_HANDLED}
    ),
    TermKind.LEGAL: frozenset({_S.NOTIFIED, _S.NOT_HANDLED, _S.CLOSED}),
    TermKind.REVIEW: frozenset({_S.NOTIFIED, _S.NOT_HANDLED, _S.CLOSED}),
    TermKind.TARGET: frozenset({_S.NOTIFIED, _S.NOT_HANDLED, _S.CLOSED}),
    TermKind.FORM: frozenset({_S.FORM_SIGNED, _S.CLOSED}),
    TermKind.RETURN_VISIT: frozenset({_S.CLOSED}),
    TermKind.ARCHIVE: frozenset({_S.ARCHIVED}),
}
"""Which statuses a term ends with. The legal clock stops at the notice, not when somebody has decided."""
_GIVEN_UP = frozenset({_S.WITHDRAWN, _S.MERGED})
_EVENTS: Mapping[TermKind, frozenset[str]] = {
    TermKind.FIRST_CONTACT: frozenset({"contacted"}),
    TermKind.RETURN_VISIT: frozenset({"visit_ended"}),
    TermKind.LEAK: frozenset({"leak_reported"}),
    TermKind.LEAK_TARGET: frozenset({"leak_reported"}),
}
_CASES = COMPLAINT_KINDS | {Kind.INCIDENT}


def clock_of(case: Case, happenings: Iterable[Happening], book: Book) -> Clock:
    """Work out all terms of a ticket from its events."""
    known = list(happenings)
    if any(one.event == "forwarded" for one in known):
        case = replace(case, body="")  # the event says when it was forwarded; the ticket only that it was
    fold = _Fold(case, book)
    for happening in known:
        fold.take(happening)
    return fold.result()


class _Fold:
    """The terms as they grow with each event."""

    def __init__(self, case: Case, book: Book) -> None:
        self._case, self._book = case, book
        self._done: list[Term] = []
        self._open: dict[TermKind, Term] = {}
        self._pauses: list[Pause] = []
        self._span = Span(case.received_at, case.body)
        self._rules = book.rules_at(case.received_at)
        self._cycle = 0
        self._assigned = 0
        self._department_from = case.received_at
        self._asked: int | None = None
        self._approved: datetime | None = None
        self._told: datetime | None = None
        self._cap: datetime | None = None
        self._fixed = False
        """a regulator's letter says until when; we cannot move that"""
        self._triaged = False
        self._begin(case.received_at)

    def take(self, one: Happening) -> None:
        """Let one more event count."""
        handle = {
            "extension_asked": self._extension_asked,
            "extension_approved": self._extension_approved,
            "extension_told": self._extension_told,
            "extension_refused": self._extension_refused,
            "forwarded": self._forwarded,
            "new_facts": self._new_facts,
            "leak_found": self._leak_found,
        }.get(one.event)
        if handle:
            handle(one)
        for kind in [kind for kind, events in _EVENTS.items() if one.event in events]:
            self._end(kind, one.at)
        if one.event == "contacted" and self._case.kind in clocks.CONTACT_KINDS:
            self._end(TermKind.TARGET, one.at)
        if one.to_status is not None and one.to_status != one.from_status:
            self._reach(one)

    def result(self) -> Clock:
        """What is known after all events."""
        paused = self._pauses[-1].begin if self._pauses and self._pauses[-1].end is None else None
        still = [
            replace(term, paused_since=paused) if kind in PAUSED_KINDS else term for kind, term in self._open.items()
        ]
        terms = sorted([*self._done, *still], key=lambda term: (term.cycle, list(TermKind).index(term.kind), term.step))
        return Clock(
            terms=tuple(terms),
            step=self._span.step,
            cycle=self._cycle,
            paused_since=paused,
            asked=self._asked,
            approved=self._approved is not None,
            told=self._told is not None,
            fixed=self._fixed,
            body=self._span.body,
            pauses=tuple(self._pauses),
        )

    def _begin(self, start: datetime) -> None:
        """A clock begins: with the receipt, a reopening, or new facts."""
        case, rules = self._case, self._rules
        self._span = Span(start, self._span.body, self._span.letter_due)
        self._pauses, self._asked, self._approved, self._told = [], None, None, None
        self._set_answer()
        spoken = case.channel == "phone" and rules.acknowledge_phone_minutes == 0
        minutes = rules.acknowledge_phone_minutes if case.channel == "phone" else rules.acknowledge_other_minutes
        if case.kind in _CASES:
            if not spoken:
                self._set(TermKind.ACKNOWLEDGE, start, start + timedelta(minutes=minutes))
            self._set(TermKind.FIRST_CONTACT, start, start + rules.first_contact(case.priority))
            self._set(TermKind.TRIAGE, start, start + timedelta(hours=rules.triage_hours))
            self._set(TermKind.TRANSFER, start, start + timedelta(hours=rules.transfer_hours))

    def _set_answer(self) -> None:
        """The answer's terms, as long as they are now."""
        case, book, span = self._case, self._book, self._with_pauses()
        target = clocks.target_end(Matter(case.kind, case.priority, case.level), span, self._rules, book.zone)
        legal: Due | None = None
        if case.kind is Kind.COMPLAINT:
            legal = clocks.legal_end(span, self._rules, book.zone, book.calendar)
            if self._cap is not None and self._cap < legal.at:
                legal = Due(self._cap)
            self._set(TermKind.LEGAL, span.start, legal.at, certain=legal.certain, step=span.step)
        elif case.kind is Kind.REVIEW:
            legal = calendar_end(span.start, self._rules.review_decision_days, book.zone, book.calendar, rolls=False)
            self._set(TermKind.REVIEW, span.start, legal.at, step=0)
        self._set(TermKind.TARGET, span.start, min(target, legal.at) if legal else target, step=span.step)

    def _with_pauses(self) -> Span:
        return replace(self._span, pauses=tuple(self._pauses))

    def _set(
        self, kind: TermKind, start: datetime, due: datetime, *, certain: bool = True, step: int | None = None
    ) -> None:
        """Let a term run. Without a step it is the next of its kind in this cycle."""
        if step is None:
            step = sum(term.kind is kind and term.cycle == self._cycle for term in self._done)
        self._open[kind] = Term(kind, self._cycle, step, start, due, certain)

    def _end(self, kind: TermKind, at: datetime, *, dropped: bool = False) -> None:
        term = self._open.pop(kind, None)
        if term is None:
            return
        late = at > term.due_at
        state = TermState.LATE if late else TermState.DROPPED if dropped else TermState.MET
        self._done.append(replace(term, state=state, ended_at=at))

    def _reach(self, one: Happening) -> None:
        status = str(one.to_status)
        if one.from_status == _S.SUSPENDED:
            self._resume(one.at)
        if status == _S.REOPENED:
            self._restart(_received(one))
            return
        if status in _GIVEN_UP:
            for kind in list(self._open):
                self._end(kind, one.at, dropped=True)
            return
        for kind in [kind for kind in self._open if status in _REACHED.get(kind, ())]:
            self._end(kind, one.at)
        self._follow(status, one)

    def _follow(self, status: str, one: Happening) -> None:
        """Terms that begin with a status."""
        self._triaged = self._triaged or status in _REACHED[TermKind.TRIAGE]
        rules, book = self._book.rules_at(one.at), self._book
        if status == _S.SUSPENDED:
            self._pauses.append(Pause(one.at))
        elif status == _S.ASSIGNED or (status == _S.INVESTIGATING and one.from_status == _S.PENDING_APPROVAL):
            self._assign(one.at)
        elif status == _S.NOTIFIED and self._case.kind is Kind.COMPLAINT:
            self._set(TermKind.FORM, one.at, one.at + timedelta(days=rules.form_days))
            visit = clocks.visit_end(one.at, rules, book.zone, book.calendar)
            self._set(TermKind.RETURN_VISIT, one.at, visit.at, certain=visit.certain)
        elif status == _S.CLOSED and self._case.kind in COMPLAINT_KINDS:
            self._set(TermKind.ARCHIVE, one.at, one.at + timedelta(days=rules.archive_days))

    def _assign(self, at: datetime) -> None:
        """A department has it now: its own limit begins."""
        self._end(TermKind.DEPARTMENT, at, dropped=True)
        self._department_from, self._assigned = at, self._assigned + 1
        self._set_department([])

    def _set_department(self, pauses: Sequence[Pause]) -> None:
        case, rules = self._case, self._book.rules_at(self._department_from)
        days = case.department_days or rules.department_days(case.priority)
        due = self._department_from + timedelta(days=days)
        for pause in pauses:
            if pause.end is not None and self._department_from <= pause.begin <= due:
                due += max(timedelta(0), pause.end - pause.begin)
        self._set(TermKind.DEPARTMENT, self._department_from, due, step=self._assigned - 1)

    def _resume(self, at: datetime) -> None:
        if self._pauses and self._pauses[-1].end is None:
            self._pauses[-1] = replace(self._pauses[-1], end=at)
            if TermKind.TARGET in self._open:
                self._set_answer()
            if TermKind.DEPARTMENT in self._open:
                self._set_department(self._pauses)

    def _restart(self, start: datetime) -> None:
        for kind in list(self._open):
            if kind not in {TermKind.LEAK, TermKind.LEAK_TARGET}:
                self._end(kind, start, dropped=True)
        self._cycle, self._assigned = self._cycle + 1, 0
        self._rules = self._book.rules_at(start)
        self._begin(start)

    def _new_facts(self, one: Happening) -> None:
        """The same complaint with new facts: the term begins anew with their receipt, as far as it still runs."""
        if TermKind.LEGAL in self._open:
            self._restart(_received(one))

    def _extension_asked(self, one: Happening) -> None:
        self._asked, self._approved, self._told = _to(one), None, None

    def _extension_approved(self, one: Happening) -> None:
        if self._asked == _to(one):
            self._approved = one.at
            self._extend(one.at)

    def _extension_told(self, one: Happening) -> None:
        if self._asked == _to(one):
            self._told = one.at
            self._extend(one.at)

    def _extension_refused(self, _one: Happening) -> None:
        self._asked, self._approved, self._told = None, None, None

    def _extend(self, at: datetime) -> None:
        """Longer, when it was approved and the customer told, both before the term was over; one step at a time."""
        legal, body = self._open.get(TermKind.LEGAL), self._span.body
        if self._approved is None or self._told is None or legal is None or self._fixed:
            return
        steps = clocks.EXTENDED_TO.get(body, clocks.EXTENDED_TO[""])
        following = self._span.step + 1
        if following >= len(steps) or steps[following] != self._asked or at > legal.due_at:
            return
        for kind in (TermKind.LEGAL, TermKind.TARGET):
            self._end(kind, at, dropped=True)
        self._span, self._cap = replace(self._span, step=following), None
        self._asked, self._approved, self._told = None, None, None
        self._set_answer()

    def _forwarded(self, one: Happening) -> None:
        """Somebody above us sent it on. While it is new, his term is the term; one that runs gets no longer by it."""
        body, letter = str(one.fields.get("body", "")), one.fields.get("letter_due")
        span = Span(_received(one), body, date.fromisoformat(letter) if letter else None)
        if self._triaged:
            cap = clocks.legal_end(span, self._book.rules_at(one.at), self._book.zone, self._book.calendar).at
            self._cap = min(cap, self._cap or cap)
            self._fixed = self._fixed or body == Body.REGULATOR
        else:
            self._span = replace(self._span, body=body, letter_due=span.letter_due)
        if TermKind.TARGET in self._open:
            self._set_answer()

    def _leak_found(self, one: Happening) -> None:
        rules = self._book.rules_at(one.at)
        if TermKind.LEAK in self._open:
            return
        self._set(TermKind.LEAK, one.at, one.at + timedelta(hours=rules.leak_report_hours))
        self._set(TermKind.LEAK_TARGET, one.at, one.at + timedelta(hours=rules.leak_internal_hours))


def _received(one: Happening) -> datetime:
    """When the material that begins a new clock was received: never later than it was written down."""
    given = one.fields.get("received_at")
    try:
        at = datetime.fromisoformat(given) if isinstance(given, str) else one.at
    except ValueError:
        return one.at
    return min(at, one.at) if at.tzinfo else one.at


def _to(one: Happening) -> int | None:
    to = one.fields.get("to")
    return to if isinstance(to, int) else None
