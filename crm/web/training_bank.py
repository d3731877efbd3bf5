"""The question bank, tests as they are set, and sheets that a person marks."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.errors import DomainError, InvalidInputError
from crm.domain.exams import Draw
from crm.domain.questions import LANGUAGES, LEVELS, QuestionKind, QuestionText, Topic, Wording, lines_of, options_of
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import exam_marking, exam_papers, exams, question_bank
from crm.services.exam_marking import Mark
from crm.services.exam_papers import PaperText
from crm.web.inputs import instant, whole, wholes
from crm.web.locale import chosen_language
from crm.web.training import attempt
from crm.web.training_words import sentence

training_bank = Blueprint("training_bank", __name__, url_prefix="/training")
DRAWS = 6
"""Rows for draws on the form."""


@training_bank.get("/bank")
def index() -> str:
    """The questions, with how often each was answered right."""
    asked = {name: request.args.get(name, "") for name in ("q", "topic", "kind")}
    level, retired = request.args.get("level", 0, type=int), request.args.get("retired") == "yes"
    with deps().database.read() as session:
        found = question_bank.bank(
            session, actor(), query=asked["q"], topic=asked["topic"], kind=asked["kind"], level=level, retired=retired
        )
    return render_template("training_bank.html", questions=found, asked=asked, level=level, retired=retired)


@training_bank.get("/bank/write")
def question() -> str:
    """Write a question, or change one (``?question=``)."""
    number = request.args.get("question", type=int)
    given: dict[str, object] = {}
    versions: tuple[tuple[int, datetime, str], ...] = ()
    if number is not None:
        with deps().database.read() as session:
            one = question_bank.get(session, actor(), number)
            versions = tuple(
                (row.version, row.made_at, row.made_by) for row in question_bank.versions(session, actor(), number)
            )
        given = _given(one)
    return render_template("training_question.html", given=given, versions=versions)


def _given(one: question_bank.QuestionView) -> dict[str, object]:
    text = one.text
    right = next(iter(text.right), None)
    given: dict[str, object] = {
        "question": one.id, "version": one.version, "kind": text.kind, "topic": text.topic, "level": text.level,
        "points": text.points, "slug": one.slug or "", "state": one.state,
        "truth": ("true" if right == 0 else "false") if text.kind is QuestionKind.TRUE_FALSE else "",
    }  # fmt: skip
    for language, wording in text.wording.items():
        given[f"text_{language}"], given[f"explanation_{language}"] = wording.text, wording.explanation
        given[f"options_{language}"] = lines_of(wording.options, text.right)
        given[f"model_{language}"] = wording.model
    return given


@training_bank.post("/bank/write")
def write_question() -> Response | str:
    """Keep what was written, as another version."""
    try:
        text = _question()
        with deps().database.write() as session:
            question_bank.write(
                session, actor(), text, now=deps().now(), slug=request.form.get("slug", "").strip(),
                question_id=whole("question"), version=whole("version") or 0,
            )  # fmt: skip
    except DomainError as error:
        flash(sentence(error), "error")
        return render_template("training_question.html", given=request.form, versions=())
    flash(_("The question is kept."), "success")
    return redirect(url_for("training_bank.index"))


def _question() -> QuestionText:
    given = request.form
    if given.get("kind") not in set(QuestionKind) or given.get("topic") not in set(Topic):
        raise InvalidInputError("kind", "must be one of the list")
    kind, wording = QuestionKind(given["kind"]), {}
    rights = set()
    for language in LANGUAGES:
        options, right = options_of(given.get(f"options_{language}", ""))
        if kind in {QuestionKind.TRUE_FALSE, QuestionKind.SHORT}:
            options, right = (), frozenset()
        rights.add(right)
        wording[language] = Wording(
            given.get(f"text_{language}", "").strip(), options, given.get(f"explanation_{language}", "").strip(),
            given.get(f"model_{language}", "").strip() if kind is QuestionKind.SHORT else "",
        )  # fmt: skip
    if len(rights) > 1:
        raise InvalidInputError("options", "the same options are right in both languages")
    right = next(iter(rights))
    if kind is QuestionKind.TRUE_FALSE:
        right = frozenset({0 if given.get("truth") == "true" else 1}) if given.get("truth") else frozenset()
    return QuestionText(kind, Topic(given["topic"]), whole("level") or 0, whole("points") or 0, wording, right)


@training_bank.post("/bank/<int:question_id>/state")
def state(question_id: int) -> Response:
    """Ask it no more, or again."""
    active = request.form.get("active") == "yes"
    attempt(
        lambda session: question_bank.set_state(session, actor(), question_id, active=active, now=deps().now()),
        _("Done."),
    )
    return redirect(url_for("training_bank.index"))


@training_bank.get("/tests")
def papers() -> str:
    """The tests, with how they went."""
    with deps().database.read() as session:
        found = exam_papers.papers(session)
        figures = {one.id: exam_marking.figures(session, actor(), one.id) for one in found}
    return render_template("training_papers.html", papers=found, figures=figures)


@training_bank.get("/tests/write")
def paper() -> str:
    """Set a test, or change one that nobody has begun (``?test=``)."""
    number = request.args.get("test", type=int)
    one = None
    with deps().database.read() as session:
        if number is not None:
            one = exam_papers.view(session, exam_papers.load(session, number))
        bank = question_bank.bank(session, actor())
    return _paper_form(one, bank)


def _paper_form(one: exam_papers.PaperView | None, bank: tuple[question_bank.QuestionView, ...]) -> str:
    draws = list(one.text.draws) if one else []
    return render_template(
        "training_paper.html", one=one, bank=bank, draws=draws + [None] * max(0, DRAWS - len(draws)), levels=LEVELS
    )


@training_bank.post("/tests/write")
def write_paper() -> Response | str:
    """Keep the test; nothing is lost when it is refused."""
    try:
        text = _paper()
        with deps().database.write() as session:
            exam_papers.write(
                session, actor(), text, now=deps().now(), paper_id=whole("test"), version=whole("version") or 0
            )
    except DomainError as error:
        flash(sentence(error), "error")
        with deps().database.read() as session:
            bank = question_bank.bank(session, actor())
        return _paper_form(None, bank)
    flash(_("The test is kept."), "success")
    return redirect(url_for("training_bank.papers"))


def _paper() -> PaperText:
    given = request.form
    draws = tuple(
        Draw(
            given.get(f"topic_{row}", ""), whole(f"level_{row}") or 0, given.get(f"kind_{row}", ""),
            whole(f"count_{row}") or 0,
        )
        for row in range(DRAWS)
        if whole(f"count_{row}")
    )  # fmt: skip
    return PaperText(
        title_zh=given.get("title_zh", ""),
        title_en=given.get("title_en", ""),
        minutes=whole("minutes") or 0,
        pass_percent=whole("pass_percent") or 0,
        attempts=whole("attempts") or 0,
        half_for_part=bool(given.get("half_for_part")),
        counts=bool(given.get("counts")),
        questions=tuple(wholes("questions")),
        draws=draws,
        opens_at=instant("opens_at"),
        closes_at=instant("closes_at"),
    )


@training_bank.post("/tests/<int:paper_id>")
def move(paper_id: int) -> Response:
    """Open or close a test."""
    what, version = request.form.get("what", ""), whole("version") or 0
    attempt(
        lambda session: exam_papers.move(session, actor(), paper_id, what, version=version, now=deps().now()),
        _("Done."),
    )
    return redirect(url_for("training_bank.papers"))


@training_bank.get("/marking")
def marking() -> str:
    """Sheets that wait for a person."""
    with deps().database.read() as session:
        found = exam_marking.waiting(session, actor())
    return render_template("training_marking.html", sheets=found)


@training_bank.get("/marking/<int:attempt_id>")
def to_mark(attempt_id: int) -> str:
    """One sheet, with the right answers."""
    with deps().database.write() as session:
        one = exam_marking.to_mark(session, actor(), attempt_id, language=chosen_language())
    return render_template("training_result.html", sheet=one, marking=True)


@training_bank.post("/marking/<int:attempt_id>")
def mark(attempt_id: int) -> Response:
    """Keep what answers in words are worth."""
    with deps().database.write() as session:
        one = exam_marking.to_mark(session, actor(), attempt_id, language=chosen_language())
    try:
        marks = _marks(one)
    except InvalidInputError as error:
        flash(sentence(error), "error")
        return redirect(url_for("training_bank.to_mark", attempt_id=attempt_id))
    version = whole("version") or 0
    done = attempt(
        lambda session: exam_marking.mark(session, actor(), attempt_id, marks, version=version, now=deps().now()),
        _("The marks are kept."),
    )
    if done is None:
        return redirect(url_for("training_bank.to_mark", attempt_id=attempt_id))
    return redirect(url_for("training_bank.marking"))


def _marks(sheet: exams.Sheet) -> list[Mark]:
    found = []
    for one in sheet.questions:
        text = request.form.get(f"p{one.position}", "").strip()
        if one.kind != QuestionKind.SHORT or not text:
            continue
        try:
            tenths = Decimal(text) * 10
        except InvalidOperation as error:
            raise InvalidInputError("points", "must be from 0 to what the question is worth") from error
        if not tenths.is_finite() or tenths != tenths.to_integral_value():
            raise InvalidInputError("points", "must be from 0 to what the question is worth")
        found.append(Mark(one.position, int(tenths), request.form.get(f"n{one.position}", "")))
    return found
