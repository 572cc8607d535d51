"""A task as staff see it: one text for alerts, lists and the staff dialogue, made from the tables as they are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from backend import feedback, incidents, relays
from backend.db import Session
from backend.office.model import Office, Person
from bot import card_parts, desk_cards, marks, waiting
from bot.messages import Button, Say
from bot.words import Words
from surveys import walk
from surveys.definition import Choose, Rate, Survey, Write


def step_of(task: int) -> str:
    return f"task.{task}"


def title(words: Words, task: Any) -> str:
    """«№ 12. Низкая оценка»: what kind of task this is."""
    key = f"task-{task.kind}" if task.kind in ("low_score", "danger") else f"task-title-{task.kind}"
    return words(key, number=task.id)


async def survey_of(session: Session, office: Office, row: Any) -> Survey | None:
    current = office.surveys.get(row.survey)
    if current is not None and current.version == row.version:
        return current
    kept = await feedback.kept_survey(session, row.survey, row.version)
    return Survey.model_validate_json(kept) if kept else None


def place_name(
    office: Office, words: Words, task: Any, titles: Mapping[str, str] | None = None, *, numbers: bool = False
) -> str:
    """What a task is about. `titles`: of templates by id, where they are known. `numbers`: the number of an appeal may
    be read here; not every channel may carry it."""
    if task.subject_kind == "point":
        point = office.point_by_code(task.subject)
        return office.text(point.name, words.language) if point else words("subject-bot")
    if task.subject_kind == "service":
        service = office.service(task.subject)
        return office.text(service.name, words.language) if service else task.subject
    if task.subject_kind == "answer":
        return words("subject-answer", number=task.subject)
    if task.subject_kind == "category":
        category = office.category(task.subject)
        return office.text(category.name, words.language) if category else words("subject-category")
    if task.subject_kind == "appeal":
        return words("subject-appeal-numbered", number=task.subject) if numbers else words("subject-appeal")
    if task.subject_kind == "template":
        return words("subject-template", name=(titles or {}).get(task.subject, task.subject))
    return words("subject-none", channel=words(f"channel-{task.channel}"))


async def card(
    session: Session,
    office: Office,
    words: Words,
    task: Any,
    now: datetime,
    zone: ZoneInfo,
    *,
    top: str = "",
    viewer: Person | None = None,
    near: Sequence[tuple[str, str]] = (),
    numbers: bool = False,
) -> Say:
    """The whole card with the buttons that make sense now. `now` counts today's low marks. `viewer`: the person who
    looks at it alone; unknown in a group. `near`: templates (id, title) that may answer a handed-over question.
    `numbers`: as in `place_name`."""
    reviewed = await card_parts.review(session, office, words, task, viewer) if task.kind == "review" else None
    name = reviewed.title if reviewed is not None else ""
    place = place_name(office, words, task, {task.subject: name} if name else None, numbers=numbers)
    lines = [title(words, task), place, *(reviewed.lines if reviewed is not None else ())]
    if task.service and task.subject_kind == "point":
        service = office.service(task.service)
        if service:
            lines.append(words("task-service", name=office.text(service.name, words.language)))
    row = await feedback.any_response(session, task.response) if task.response else None
    if row is not None and row.channel in ("paper", "phone"):
        lines.append(words(f"task-from-{row.channel}"))
    if row is not None:
        lines += await _response_lines(session, office, words, row)
        if task.kind == "low_score" or row.score is not None:
            day = datetime.combine(now.astimezone(zone).date(), time(), zone)
            low = await feedback.low_today(session, task.subject, day, 2)
            if low > 1:
                lines.append(words("task-low-today", n=low))
        if row.series:
            lines.append(words("task-series"))
    if task.kind == "appeal":
        lines.append(words(f"task-appeal-{desk_cards.reason_of(task)}"))
    elif task.text:
        lines.append(words("task-asked" if task.kind == "question" else "task-words", text=task.text))
    relay = await relays.of_task(session, task.id)
    if task.kind == "question":
        answered = task.status == "closed" or (relay is not None and relay.state != "waiting")
        lines += card_parts.rule(office, words, task, answered=answered)
    late = waiting.overdue_line(words, task, relay, now)
    lines += [] if late else _relay_lines(words, relay, now.astimezone(zone).date())
    survey = await survey_of(session, office, row) if row is not None and ":" in task.notes else None
    lines += [words(f"task-note-{n.partition(':')[0]}", value=_noted(words, survey, n)) for n in _told(task, relay)]
    lines.append(_status_line(words, task))
    lines += await waiting.lines(session, office, words, task, now)
    if row is not None and row.open_chat and task.status == "new":
        lines.append(words("task-still-answering"))
    own = buttons(words, task, relay)
    if reviewed is not None:
        own = (*reviewed.buttons, *own)
    about_appeal = task.subject_kind == "appeal" and viewer is not None
    if about_appeal and (link := await desk_cards.task_button(session, words, task)):
        own = (link, *own)
    if near and relay is not None and relay.state == "waiting" and task.status != "closed":
        room = card_parts.BUTTONS - len(own) - 1
        own += card_parts.insertions(words, near[: max(0, room)])
    if row is not None:
        excluded = await card_parts.exclusion(session, office, words, task, row, viewer)
        lines += excluded.lines
        own += excluded.buttons
    if task.kind in incidents.KINDS:
        observed = await card_parts.incident(session, office, words, task, survey_of)
        lines[2:2] = observed.lines
        own += observed.buttons
    more = await card_parts.joined(session, office, words, task, len(own) + (viewer is not None))
    text = "\n".join([*([top] if top else []), *late, *lines, *more.lines])
    return Say(text=text, step=step_of(task.id), buttons=own + more.buttons)


def _noted(words: Words, survey: Survey | None, note: str) -> str:
    """What a note tells beside its name: a changed mark in the words of its survey."""
    value = note.partition(":")[2]
    return marks.of_score(words, survey, int(value)) if value.isdecimal() else value


def _told(task: Any, relay: Any) -> list[str]:
    """Notes worth reading now: each once, without what is settled or only for the record."""
    waits = relay is not None and relay.state == "waiting"
    notes = [n for n in dict.fromkeys(task.notes.split()) if not n.startswith(waiting.SILENT)]
    return [n for n in notes if n != "not_helped" or waits]


def buttons(words: Words, task: Any, relay: Any) -> tuple[Button, ...]:
    if task.status == "closed":
        return learn_button(words, task, relay)
    found = []
    if task.status == "new":
        found.append(Button(key="take", label=words("task-take"), tone="good"))
    if relay is not None and relay.state == "waiting":
        found.append(Button(key="answer", label=words("task-answer")))
    found.append(Button(key="close", label=words("task-close")))
    if task.status == "taken":
        found.append(Button(key="return", label=words("task-return")))
    found.append(Button(key="transfer", label=words("task-transfer")))
    return (*found, *learn_button(words, task, relay))


def may_learn(task: Any, relay: Any) -> bool:
    """Whether the answer to a handed-over question may become a draft: sent, written by a person, not proposed yet."""
    if task.kind != "question" or relay is None or not relay.answer:
        return False
    notes = task.notes.split()
    proposed = any(note.startswith("learnt:") for note in notes)
    return not proposed and f"inserted:{relay.answers}" not in notes


def learn_button(words: Words, task: Any, relay: Any) -> tuple[Button, ...]:
    return (Button(key="learn", label=words("task-learn")),) if may_learn(task, relay) else ()


def short_line(
    office: Office,
    words: Words,
    task: Any,
    score: int | None,
    survey: str = "",
    *,
    state: str = "",
    titles: Mapping[str, str] | None = None,
    numbers: bool = False,
) -> str:
    """One task in a list: number, place, mark in the words of its survey, who has it. `state`: what to know first.
    `titles`: of templates by id. `numbers`: as in `place_name`."""
    urgent = task.kind == "danger" or score is None
    if task.kind == "appeal":
        mark = words(f"task-short-appeal-{desk_cards.reason_of(task)}")
    elif urgent:
        mark = words(f"task-short-{task.kind}")
    else:
        mark = marks.short(words, office.surveys.get(survey), score or 0)
    mark = f"{state} · {mark}" if state else mark
    name = place_name(office, words, task, titles, numbers=numbers)
    if task.status == "taken":
        return words("task-line-taken", number=task.id, name=name, mark=mark, holder=task.holder)
    return words("task-line", number=task.id, name=name, mark=mark)


async def _response_lines(session: Session, office: Office, words: Words, row: Any) -> list[str]:
    survey = await survey_of(session, office, row)
    if survey is None:
        return [words("task-mark", mark=str(row.score))] if row.score is not None else []
    answers = feedback.answers_of(row)
    lines: list[str] = []
    for question in survey.questions:
        given = answers.get(question.id)
        if not given or not walk.applies(survey, question, answers):
            continue
        match question:
            case Rate():
                label = marks.given(words, question, list(given))
                key = "task-mark" if question.id == survey.main else "task-question"
                lines.append(words(key, mark=label, question=office.text(question.text, words.language)))
            case Choose():
                chosen = marks.given(words, question, list(given))
                if question.id == survey.main:
                    asked = office.text(question.text, words.language)
                    lines.append(words("task-question", mark=chosen, question=asked))
                else:
                    lines.append(words("task-reasons", reasons=chosen))
            case Write():
                lines.append(words("task-words", text=str(given)))
    return lines


def _relay_lines(words: Words, relay: Any, today: date) -> list[str]:
    if relay is None:
        return []
    if relay.state == "waiting":
        return [words("task-wants-reply", day=words.day(relay.promised, today))]
    return [words("task-replied")]


def _status_line(words: Words, task: Any) -> str:
    match task.status:
        case "taken":
            return words("task-taken", holder=task.holder, time=words.clock(task.taken_at))
        case "closed":
            return words("task-closed", holder=task.holder, time=words.clock(task.closed_at), done=task.done)
        case _:
            return words("task-new")
