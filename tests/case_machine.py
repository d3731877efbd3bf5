"""A complaint, its people and the time as hypothesis walks them: every decision is the product's own.

The walk keeps what a database would keep, and asks ``crm.domain`` for everything else: what may be moved, who may
sign, which terms run and when somebody is warned. After each step it looks for what must never be.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from crm.db.calendar import ChineseCalendar
from crm.domain import handling
from crm.domain.access import Role
from crm.domain.approvals import (
    FIXED_CHAINS,
    Chain,
    Decision,
    Post,
    Seat,
    Signature,
    Signer,
    filled,
    higher_seats,
    post_above,
    solution_chain,
    why_not_sign,
)
from crm.domain.extensions import Offer, offer
from crm.domain.handling import Act, Step
from crm.domain.moves import MOVES, SIGNED_MOVES, refusal, transition
from crm.domain.recusal import Involved, recused
from crm.domain.rules import DEFAULT_RULES
from crm.domain.term_marks import ESCALATES, TermMark, come
from crm.domain.term_types import Book, Case, Clock, Happening, Term, TermKind, TermState
from crm.domain.terms import clock_of
from crm.domain.tickets import ENDED, Facts, Kind, Recusal, Status

ZONE = ZoneInfo("Asia/Shanghai")
BOOK = Book(ZONE, ChineseCalendar(), lambda _: DEFAULT_RULES)
PEOPLE: dict[str, Role] = {
    "amy": Role.A1, "ben": Role.A2, "sam": Role.SM, "sue": Role.SM, "carl": Role.CM, "cora": Role.CM,
    "dan": Role.DG, "dora": Role.DG, "gina": Role.GM, "tina": Role.DH, "cole": Role.CO,
}  # fmt: skip
POSTS: dict[Post, Role] = {
    Post.SECTION: Role.SM, Post.MAINTENANCE: Role.CM, Post.DEPUTY_GM: Role.DG, Post.GM: Role.GM,
}  # fmt: skip
TECHNOLOGY, UPPER = 1, 9
HEADS = {TECHNOLOGY: {"tina"}, UPPER: {"cole"}}
INPUTS: dict[str, Any] = {
    "reason": "r", "result": "r", "severity": "S2", "facts": "f", "basis": "b", "solution": "s", "responsibility": "r",
    "execution": "e", "remedies": "m", "category": "c", "department": "technology", "business_code": "b",
    "reason_code": "c", "first_act": "we are sorry", "agreed": True, "clear": True, "appraisal": "an institute",
    "told": True, "remedies_told": True, "new_facts": "a slip", "proof": "the call", "satisfaction": 5, "cost": 0,
}  # fmt: skip
WRITTEN = frozenset({"facts", "responsibility", "basis", "solution", "cost"})
ANSWERED = {
    Status.NOTIFIED, Status.CONFIRMED, Status.DISPUTED, Status.FORM_SIGNED, Status.RETURN_VISIT, Status.CLOSED,
    Status.ARCHIVED,
}  # fmt: skip
GIVES_UP = frozenset({"withdraw", "merge", "decline", "return", "suspend"})
names = st.sampled_from(sorted(PEOPLE))


class CaseMachine(RuleBasedStateMachine):
    """One ticket from its receipt on, through whatever people and time do to it."""

    @initialize(
        kind=st.sampled_from([Kind.COMPLAINT, Kind.COMPLAINT, Kind.COMPLAINT, Kind.REVIEW]),
        accused=st.sampled_from([None, "amy", "carl", "sam", "dan"]),
        day=st.dates(date(2026, 1, 5), date(2026, 12, 20)),
        hour=st.integers(0, 23),
    )
    def receive(self, kind: Kind, accused: str | None, day: date, hour: int) -> None:
        """Something comes in."""
        self.now = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        self.kind, self.accused = kind, accused
        self.before = frozenset({"carl", "sam"}) if kind is Kind.REVIEW else frozenset()
        self.case = Case(kind, "email", "P2", self.now)
        self.status, self.level = Status.REGISTERED, None
        self.events: list[Happening] = []
        self.path: list[tuple[str, Status, Status]] = []
        self.first_agent: str | None = None
        self.assignee: str | None = None
        self.step, self.rounds = Step.FIRST_AGENT, 0
        self.acts: set[Act] = set()
        self.evidence, self.cost = 0, 0
        self.steps_open, self.steps = 0, 0
        self.written = False
        self.chain: Chain | None = None
        self.approved: list[tuple[Chain, str | None]] = []
        self.extension: Chain | None = None
        self.deputies: dict[str, str] = {}
        self.marks: dict[tuple[str, int, int], set[str]] = {}
        self.form, self.visit = 0, "open"
        self._clock: Clock | None = None

    # What the house does by itself.

    @property
    def clock(self) -> Clock:
        """The terms now, worked out from the events."""
        if self._clock is None:
            self._clock = clock_of(replace(self.case, level=self.level), self.events, BOOK)
        return self._clock

    def happen(self, event: str, target: Status | None = None, **fields: Any) -> None:
        """Write an event down."""
        source = self.status if target is not None else None
        self.events.append(Happening(self.now, event, target, source, fields))
        self._clock = None

    @rule(hours=st.sampled_from([1, 4, 24, 72, 150, 340]))
    def wait(self, hours: int) -> None:
        """Time passes; the house looks at its terms every hour at least."""
        end = self.now + timedelta(hours=hours)
        while self.now < end:
            self.now = min(end, self.now + timedelta(hours=12))
            self.tick()

    def tick(self) -> None:
        """Warn, and move a complaint up when its term is over."""
        for term in self.clock.terms:
            given = self.marks.setdefault(term.key, set())
            reached = come(term, given, DEFAULT_RULES, self.now)
            given.update(reached)
            if TermMark.OVERDUE in reached and term.kind in ESCALATES and self.status not in ENDED:
                self.step = handling.step_up(self.step) or self.step
                self.happen("escalated")

    # What people do.

    def recusals(self) -> dict[str, str]:
        """Who keeps out."""
        accused = frozenset({self.accused}) if self.accused else frozenset()
        return dict(recused(Involved(self.kind, accused, self.before)))

    def signer(self, name: str, seats: tuple[Seat, ...]) -> Signer:
        """Somebody as a signer."""
        why = self.recusals().get(name)
        fills = frozenset(seat for seat in seats if name in self.holders(seat))
        absent = {principal for principal, deputy in self.deputies.items() if deputy == name}
        stands = {seat: who for seat in seats for who in sorted(self.holders(seat) & absent)}
        return Signer(name, fills, stands, why == Recusal.COMPLAINED_ABOUT, why == Recusal.HANDLED_BEFORE)

    @staticmethod
    def holders(seat: Seat) -> set[str]:
        """Whose seat it is."""
        if seat.post is Post.DEPARTMENT:
            return HEADS[seat.department_id or 0]
        return {name for name, role in PEOPLE.items() if role is POSTS[seat.post]}

    def able(self, seats: tuple[Seat, ...], authors: set[str]) -> dict[Seat, set[str]]:
        """Who could sign on each seat."""
        out = authors | set(self.recusals())
        found = {}
        for seat in higher_seats(seats):
            own = self.holders(seat)
            found[seat] = (own | {d for p, d in self.deputies.items() if p in own}) - out
        return found

    def fingerprint(self) -> str:
        """What is to be signed, as it is now."""
        return f"{self.level}/{self.cost}/{self.steps}"

    def facts(self, name: str, given: dict[str, Any]) -> Facts:
        """What the guards look at."""
        signing, outstanding = None, 0
        if self.status is Status.PENDING_APPROVAL and self.chain is not None:
            signing = why_not_sign(self.chain, self.signer(name, self.chain.seats), self.fingerprint())
            outstanding = len(self.chain.seats) - len(self.chain.signatures) - (signing is None)
        complaint = self.kind is Kind.COMPLAINT
        due = handling.chain_acts_due(self.level, self.acts) if complaint else ()
        return Facts(
            self.kind,
            self.status,
            level=self.level,
            assignee=self.assignee,
            complained_about=self.accused,
            given=given,
            actor=name,
            roles=frozenset({PEOPLE[name]}),
            first_agent=self.first_agent,
            recused=self.recusals(),
            first_acts_due=handling.first_acts_due(self.level, self.acts) if complaint else (),
            acts_due=tuple("/".join(group) for group in due),
            reopened=self.rounds > 0,
            evidence=self.evidence,
            solution=frozenset({"facts", "responsibility", "basis", "solution", "cost"})
            if self.written
            else frozenset(),
            to_execute=self.steps if self.written else None,
            steps_open=self.steps_open,
            signing=signing,
            outstanding=outstanding,
            form_missing=tuple(f"FO-{n}" for n in range(11 + self.form, 17)),
            visit=self.visit,
            contact_tries=3,
        )

    def inputs(self, move: str, name: str) -> dict[str, Any]:
        """Good inputs for a move."""
        given = {key: value for key, value in INPUTS.items() if key in MOVES[move].needs}
        given |= {"level": 1 + len(self.events) % 3} if "level" in MOVES[move].needs else {}
        if "assignee" in MOVES[move].needs:
            given["assignee"] = sorted(PEOPLE)[(len(self.events) + len(name)) % len(PEOPLE)]
        return given

    def try_move(self, move: str, name: str, given: dict[str, Any]) -> bool:
        """Somebody makes a move, or is refused."""
        facts, roles = self.facts(name, given), {PEOPLE[name]}
        if move in SIGNED_MOVES and facts.signing is None and facts.outstanding:
            if refusal(move, replace(facts, outstanding=0), roles) is None:
                self.sign(name, Decision.APPROVE)
                return True
            return False
        if refusal(move, facts, roles) is not None:
            return False
        if move in SIGNED_MOVES:
            self.sign(name, Decision.APPROVE)
        made = transition(move, facts, roles, self.now)
        self.apply(move, name, made.target, given)
        return True

    def sign(self, name: str, decision: Decision) -> None:
        """A signature on the next seat."""
        assert self.chain is not None
        self.chain = self.signed(self.chain, name, decision)
        if self.chain.complete:
            self.approved.append((self.chain, self.assignee))

    def signed(self, chain: Chain, name: str, decision: Decision = Decision.APPROVE) -> Chain:
        """The chain with one signature more."""
        seat = chain.next_seat
        assert seat is not None
        instead = self.signer(name, (seat,)).stands_for.get(seat) if name not in self.holders(seat) else None
        return replace(chain, signatures=(*chain.signatures, Signature(seat, name, decision, instead)))

    def apply(self, move: str, name: str, target: Status, given: dict[str, Any]) -> None:
        """What the move does."""
        if move in {"triage", "assign", "solve_on_spot"}:
            self.level = given.get("level", self.level) if move == "triage" else self.level
            self.assignee = given.get("assignee", self.assignee)
            if given.get("first_act"):
                self.acts |= set(handling.first_acts_due(self.level, self.acts))
        if move == "acknowledge":
            self.first_agent = self.first_agent or name
        if move == "propose":
            self.ask(name)
        if move in SIGNED_MOVES and self.level == 3:
            self.acts.add(Act.MEASURE_AGREED)
        if move == "return":
            self.chain = None
        if target is Status.REOPENED:
            again = self.status in {Status.DISPUTED, Status.RETURN_VISIT}
            self.step = (handling.step_up(self.step) or self.step) if again else self.step
            self.rounds, self.acts, self.chain, self.extension = self.rounds + 1, set(), None, None
            self.form, self.visit, self.written = 0, "open", False
        fields = {"received_at": self.now.isoformat()} if target is Status.REOPENED else {}
        self.path.append((move, self.status, target))
        self.happen(move, target, **fields)
        self.status = target
        self.tick()

    def ask(self, name: str) -> None:
        """Ask for the signatures of a solution."""
        departments = (UPPER,) if self.kind is Kind.REVIEW else (TECHNOLOGY,)
        seats = solution_chain(self.kind, self.level, self.cost, departments, DEFAULT_RULES)
        authors = {name, *([self.assignee] if self.assignee else [])}
        self.chain = Chain(filled(seats, self.able(seats, authors)), frozenset(authors), self.fingerprint())
        if any(seat.post is Post.GM for seat in self.chain.seats):
            self.acts.add(Act.REPORTED)

    @rule(data=st.data(), moves=st.integers(1, 6), gives_up=st.integers(0, 19))
    def go_on(self, data: st.DataObject, moves: int, gives_up: int) -> None:
        """People do what can be done; seldom, the matter is given up."""
        for _ in range(moves):
            found = self.possible(gives_up=gives_up == 0)
            if not found:
                return
            move, name = data.draw(st.sampled_from(found))
            self.try_move(move, name, self.inputs(move, name))

    def possible(self, *, gives_up: bool) -> list[tuple[str, str]]:
        """Moves that somebody can make now."""
        return [
            (move, name)
            for move, one in MOVES.items()
            if self.status in one.sources and (gives_up or move not in GIVES_UP)
            for name in PEOPLE
            if refusal(move, replace(self.facts(name, self.inputs(move, name)), outstanding=0), {PEOPLE[name]}) is None
        ]

    @rule(move=st.sampled_from(sorted(MOVES)), name=names, dropped=st.sampled_from([*sorted(INPUTS), ""]))
    def try_anything(self, move: str, name: str, dropped: str) -> None:
        """Somebody tries a move that may be illegal, with an input missing."""
        given = self.inputs(move, name)
        given.pop(dropped, None)
        before = (self.status, len(self.path))
        legal = self.status in MOVES[move].sources and PEOPLE[name] in MOVES[move].roles
        if self.try_move(move, name, given):
            assert legal, (move, name, before)
        else:
            assert (self.status, len(self.path)) == before

    @rule(act=st.sampled_from(sorted(handling.BY_HAND)), name=names)
    def write_act(self, act: Act, name: str) -> None:
        """Something is done along the handling order."""
        if PEOPLE[name] in handling.BY_HAND[act] and name not in self.recusals() and self.status not in ENDED:
            self.acts.add(act)

    @precondition(lambda self: self.status is Status.PENDING_APPROVAL)
    @rule(people=st.permutations(sorted(PEOPLE)))
    def everybody_tries_to_sign(self, people: list[str]) -> None:
        """All want to sign, in any order, and some twice."""
        for name in [*people, *people, *people]:
            for move in sorted(SIGNED_MOVES):
                self.try_move(move, name, {})

    @precondition(lambda self: self.status in {Status.ASSIGNED, Status.INVESTIGATING})
    @rule(cost=st.sampled_from([0, 10_000, 150_000, 1_500_000, 5_000_000]), steps=st.integers(0, 2))
    def investigate_and_plan(self, cost: int, steps: int) -> None:
        """The case file grows."""
        self.evidence += 1
        self.written, self.cost, self.steps, self.steps_open = True, cost, steps, steps

    @precondition(lambda self: self.status is Status.EXECUTING and self.steps_open)
    @rule()
    def carry_out(self) -> None:
        """A step is done."""
        self.steps_open -= 1

    @precondition(lambda self: self.level is not None and self.status not in ENDED | ANSWERED)
    @rule(level=st.integers(1, 3), name=names, boss=names)
    def regrade(self, level: int, name: str, boss: str) -> None:
        """A complaint is graded anew; to make it lighter a superior must sign."""
        if self.kind is not Kind.COMPLAINT or level == self.level or name in self.recusals():
            return
        if handling.regrading_needs_signature(self.level, level):
            seats = filled((Seat(post_above({PEOPLE[name]})),), self.able((Seat(post_above({PEOPLE[name]})),), {name}))
            chain = Chain(seats, frozenset({name}), "r")
            if why_not_sign(chain, self.signer(boss, chain.seats), "r") is not None:
                return
            assert boss != name
        self.level = level
        self.happen("regraded")
        self.tick()

    @rule(principal=names, deputy=names)
    def go_away(self, principal: str, deputy: str) -> None:
        """Somebody goes away, and somebody else stands in; or he comes back."""
        if principal in self.deputies:
            del self.deputies[principal]
        elif principal != deputy:
            self.deputies[principal] = deputy

    @rule(asks=names, signs=st.permutations(sorted(PEOPLE)), tells=st.booleans())
    def extend(self, asks: str, signs: list[str], tells: bool) -> None:
        """A longer term is asked for, signed by who may, and the customer is told."""
        found = offer(self.clock, self.now)
        if not isinstance(found, Offer) or asks in self.recusals():
            return
        self.happen("extension_asked", to=found.to)
        seats = tuple(Seat(post) for post in FIXED_CHAINS[found.subject])
        chain = Chain(filled(seats, self.able(seats, {asks})), frozenset({asks}), "e")
        for name in [*signs, *signs]:
            if why_not_sign(chain, self.signer(name, chain.seats), "e") is None:
                chain = self.signed(chain, name)
        if not chain.complete:
            self.happen("extension_refused")
            return
        self.approved.append((chain, None))
        self.happen("extension_approved", to=found.to)
        if tells:
            self.happen("extension_told", to=found.to)
        self.tick()

    @precondition(lambda self: self.status in {Status.CONFIRMED, Status.DISPUTED})
    @rule(all_of_them=st.booleans())
    def sign_form(self, all_of_them: bool) -> None:
        """The form is signed in its order."""
        self.form = 6 if all_of_them else min(6, self.form + 1)

    @precondition(lambda self: self.status is Status.RETURN_VISIT)
    @rule(outcome=st.sampled_from(["satisfied", "not_satisfied", "no_answer"]))
    def visit_customer(self, outcome: str) -> None:
        """The return visit."""
        self.visit = outcome

    # What must never be.

    @invariant()
    def every_step_was_a_legal_move(self) -> None:
        for move, source, target in self.path:
            assert source in MOVES[move].sources
            assert target is MOVES[move].target
        assert self.status is (self.path[-1][2] if self.path else Status.REGISTERED)

    @invariant()
    def nobody_approved_himself(self) -> None:
        chains = [chain for chain, _ in self.approved] + ([self.chain] if self.chain else [])
        for chain in chains:
            people = [one.person for one in chain.signatures]
            assert len(people) == len(set(people)), "somebody signed twice"
            assert chain.authors.isdisjoint(people), "somebody approved what he asked for"
            assert self.accused not in people, "somebody approved a matter about himself"
            assert self.before.isdisjoint(people), "a review was signed by who had a hand in the complaint"
            for one in chain.signatures:
                assert one.person in self.holders(one.seat) or one.in_place_of in self.holders(one.seat), one

    @invariant()
    def nobody_handles_a_matter_about_himself(self) -> None:
        if self.assignee is not None:
            assert self.assignee != self.accused
            assert self.assignee not in self.before

    @invariant()
    def an_answer_was_signed_and_earned(self) -> None:
        this_round = self.path[max((i for i, one in enumerate(self.path) if one[2] is Status.REOPENED), default=0) :]
        reached = {target for _, _, target in this_round}
        if self.status in ANSWERED and Status.ON_SPOT not in reached:
            assert Status.PENDING_APPROVAL in reached
            assert self.chain is not None
            assert self.chain.complete
        assert self.evidence > 0 or {Status.SUSPENDED, Status.PENDING_APPROVAL}.isdisjoint(reached)
        if Status.ON_SPOT in reached:
            assert (self.kind, self.rounds) == (Kind.COMPLAINT, 0)
            assert not {Act.EXPLAINED, Act.APOLOGISED}.isdisjoint(self.acts)
        if Status.CLOSED in reached:
            assert {Status.NOTIFIED, Status.FORM_SIGNED, Status.RETURN_VISIT} <= reached

    @invariant()
    def no_term_passes_unseen_and_none_reaches_day_61(self) -> None:
        for term in self.clock.terms:
            if term.kind is TermKind.LEGAL:
                pauses = [one for one in self.clock.pauses if one.begin >= term.started_at]
                paused = sum(((one.end or self.now) - one.begin for one in pauses), timedelta())
                last = term.started_at.astimezone(ZONE).date() + timedelta(days=60 + paused.days + bool(paused))
                assert term.due_at.astimezone(ZONE).date() <= last
            self.look_at(term)

    def look_at(self, term: Term) -> None:
        """A term that is over was noticed at its end; one that was met late says so."""
        late_for_long = term.overdue(self.now) and self.now - term.due_at > timedelta(hours=12)
        if late_for_long and term.state is TermState.OPEN and term.paused_since is None:
            seen = self.marks.get(term.key, set())
            assert TermMark.OVERDUE in seen, term
        if term.state is TermState.MET:
            assert term.ended_at is not None
            assert term.ended_at <= term.due_at

    @invariant()
    def the_legal_term_runs_until_the_customer_is_told(self) -> None:
        if self.kind is not Kind.COMPLAINT:
            return
        legal = self.clock.current(TermKind.LEGAL)
        ended = self.status in ANSWERED or self.status in ENDED
        assert legal is not None or self.status in {Status.WITHDRAWN, Status.MERGED}
        if legal is not None and not ended:
            assert legal.state is TermState.OPEN, (self.status, legal)

    @invariant()
    def the_handling_order_only_goes_up(self) -> None:
        assert Step.FIRST_AGENT <= self.step <= Step.GM
