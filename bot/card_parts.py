"""What a card tells beyond its own mark: the tasks that joined it, what an incident has observed, an exclusion, the
rule for a handed-over question, the template that must be checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from backend import exclusions, feedback, incidents
from backend.db import Session
from backend.knowledge import review as checked
from backend.knowledge import templates
from backend.office.model import Office, Person
from bot import marks
from bot.messages import Button
from bot.words import Words
from surveys import walk
from surveys.definition import Choose, Survey

OTHERS = 5  # tasks that a card opens by a button each
BUTTONS = 10  # what the narrowest keyboard holds (VK, inline)

SurveyOf = Callable[[Session, Office, Any], Awaitable[Survey | None]]


@dataclass(frozen=True, slots=True)
class Part:
    """Lines and buttons for a card."""

    lines: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    title: str = ""


def others(words: Words, found: list[tuple[int, str]]) -> tuple[Button, ...]:
    """A button for each of these tasks. `show`: the card opens as a message of its own, this one stays."""
    return tuple(
        Button(key="show", step=f"task.{number}", label=words("task-more-button", number=number, what=what))
        for number, what in found
    )


def _mark(office: Office, words: Words, survey: str | None, score: int | None) -> str:
    if score is None:
        return words("task-short-low_score")
    return marks.short(words, office.surveys.get(survey or ""), score)


# --- tasks that joined ------------------------------------------------------------------------------------


async def joined(session: Session, office: Office, words: Words, task: Any, taken: int) -> Part:
    """«Ещё 2 низкие оценки здесь» with a button for each. `taken`: how many buttons the card has already."""
    if task.joined_to is not None:
        return Part()
    room = max(0, min(OTHERS, BUTTONS - taken))
    rows, total = await incidents.joined(session, task.id, max(1, room))
    if not total:
        return Part()
    kind = "incidents" if task.kind in incidents.KINDS else "review" if task.kind == "review" else "low"
    shown = [
        (row.id, row.subject if kind != "low" else _mark(office, words, row.survey, row.score)) for row in rows[:room]
    ]
    key = f"task-more-{kind}" if len(shown) == total else f"task-more-{kind}-some"
    return Part((words(key, n=total, shown=len(shown)),), others(words, sorted(shown)))


# --- incidents --------------------------------------------------------------------------------------------


async def incident(session: Session, office: Office, words: Words, task: Any, survey_of: SurveyOf) -> Part:
    """What was observed, in words and figures."""
    about = await incidents.about(session, task.id)
    match task.kind if about else "":
        case "series":
            return await _series(session, office, words, about, survey_of)
        case "drift":
            return _drift(words, about)
        case "silence":
            lines = [words("silence", number=about["number"], days=about["days"])]
            if about["place"]:
                lines.append(words("silence-place", place=about["place"]))
            if not about["scanned"]:
                lines.append(words("silence-never"))
            return Part(tuple(lines))
        case _:
            return Part()


async def _series(session: Session, office: Office, words: Words, about: dict[str, Any], survey_of: SurveyOf) -> Part:
    found = await incidents.series(session, about["marks"])
    total = sum(found.marks.values())
    each = ", ".join(words("series-mark", mark=mark, n=found.marks[mark]) for mark in sorted(found.marks))
    lines = [words("series-marks", upto=about["upto"], hours=about["hours"], n=total, marks=each or "–")]
    reasons = await _reasons(session, office, words, found.rows, survey_of)
    if reasons:
        lines.append(words("series-reasons", reasons=", ".join(f"{name} – {n}" for name, n in reasons)))
    if found.excluded:
        lines.append(words("series-excluded", n=found.excluded))
    shown = [(row.task, _mark(office, words, row.survey, row.score)) for row in found.tasks[:OTHERS]]
    if shown:
        key = "series-tasks" if len(shown) == len(found.tasks) else "series-tasks-some"
        lines.append(words(key, n=len(found.tasks), shown=len(shown)))
    return Part(tuple(lines), others(words, shown))


async def _reasons(
    session: Session, office: Office, words: Words, rows: list[Any], survey_of: SurveyOf
) -> list[tuple[str, int]]:
    """What was chosen under these marks, and how often."""
    surveys: dict[tuple[str, int], Survey | None] = {}
    counted: Counter[str] = Counter()
    for row in rows:
        which = (row.survey, row.version)
        if which not in surveys:
            surveys[which] = await survey_of(session, office, row)
        survey = surveys[which]
        answers = feedback.answers_of(row)
        for question in survey.questions if survey is not None else ():
            if isinstance(question, Choose) and survey is not None and question.id != survey.main:
                chosen = answers.get(question.id) or ()
                if walk.applies(survey, question, answers):
                    counted.update(office.text(o.label, words.language) for o in question.options if o.key in chosen)
    return counted.most_common()


def _drift(words: Words, about: dict[str, Any]) -> Part:
    def percent(share: float) -> str:
        return str(round(share * 100))

    last = words(
        "drift-last",
        n=about["n"],
        share=percent(about["share"]),
        low=percent(about["low"]),
        high=percent(about["high"]),
    )
    before = words("drift-before", days=about["days"], share=percent(about["before_share"]), n=about["before"])
    return Part((f"{last} {before}", words("drift-good")))


# --- exclusion --------------------------------------------------------------------------------------------


async def exclusion(session: Session, office: Office, words: Words, task: Any, row: Any, viewer: Person | None) -> Part:
    """That the mark is left out of the figures and why; for those who decide about it a button."""
    lines = []
    if row.excluded:
        kept = await exclusions.of_response(session, row.id)
        # Closed by it: what was done says the same.
        if kept is not None and task.closed_at != kept.at:
            kind = words(f"exclusion-{kept.kind}")
            lines.append(
                words("task-excluded", kind=kind, reason=kept.reason, by=kept.by, moment=words.moment(kept.at))
            )
    if viewer is None or row.score is None or not exclusions.decides(viewer):
        return Part(tuple(lines))
    about = await exclusions.concerned(session, office, task)
    # An administrator who may not judge this one reads why when he presses.
    if "administrator" not in viewer.roles and not exclusions.may_judge(office, viewer, about):
        return Part(tuple(lines))
    key, label = ("include", "button-include") if row.excluded else ("exclude", "button-exclude")
    return Part(tuple(lines), (Button(key=key, label=words(label)),))


# --- the knowledge base -----------------------------------------------------------------------------------


def rule(office: Office, words: Words, task: Any, *, answered: bool) -> list[str]:
    """How an answer to this question is prepared: channel, tone, working days, who agrees (requirement 3.02); once it
    is answered, only where it was asked."""
    lines = [words("task-asked-in", channel=words(f"channel-{task.channel}"))]
    category = office.rule_of(task.subject)
    if category is None or answered:
        return lines
    lines.append(words("rule", text=office.text(category.rule, words.language)))
    lines.append(words("rule-days", n=category.days))
    if category.agrees:
        lines.append(words("rule-agrees", text=office.text(category.agrees, words.language)))
    return lines


def insertions(words: Words, near: Iterable[tuple[str, str]], key: str = "task-insert") -> tuple[Button, ...]:
    """«Вставить ответ: …» for each of these templates (id, title)."""
    return tuple(Button(key=f"insert.{ident}", label=words(key, title=title)) for ident, title in near)


async def review(session: Session, office: Office, words: Words, task: Any, viewer: Person | None) -> Part:
    """Which template is to be checked, until when it was good, and what to do about it."""
    about = await checked.about(session, task)
    title = office.text(about.title, words.language) if about is not None else ""
    if task.status == "closed":
        return Part(title=title)
    if about is None or await templates.published(session, task.subject) is None:
        return Part((words("review-gone"),), title=title)
    lines = [words("review-passed", day=f"{about.review_on:%d.%m.%Y}"), words("review-do")]
    show = Button(key=f"t.{task.subject}", step="kb", label=words("review-open"))
    return Part(tuple(lines), (show,) if viewer is not None else (), title)
