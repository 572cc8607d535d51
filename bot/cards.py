"""A task as staff see it: one text for alerts, lists and the staff dialogue, made from the tables as they are now."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from backend import feedback, relays
from backend.db import Session
from backend.office.model import Office
from bot.messages import Button, Say
from bot.words import Words
from surveys import walk
from surveys.definition import Choose, Rate, Survey, Write


def step_of(task: int) -> str:
    return f"task.{task}"


async def survey_of(session: Session, office: Office, row: Any) -> Survey | None:
    current = office.surveys.get(row.survey)
    if current is not None and current.version == row.version:
        return current
    kept = await feedback.kept_survey(session, row.survey, row.version)
    return Survey.model_validate_json(kept) if kept else None


def place_name(office: Office, words: Words, task: Any) -> str:
    if task.subject_kind == "point":
        point = office.point_by_code(task.subject)
        return office.text(point.name, words.language) if point else words("subject-bot")
    if task.subject_kind == "service":
        service = office.service(task.subject)
        return office.text(service.name, words.language) if service else task.subject
    if task.subject_kind == "answer":
        return words("subject-answer", number=task.subject)
    return words("subject-none", channel=words(f"channel-{task.channel}"))


async def card(
    session: Session, office: Office, words: Words, task: Any, now: datetime, zone: ZoneInfo, *, top: str = ""
) -> Say:
    """The whole card with the buttons that make sense now. `now` counts today's low marks."""
    lines = [words(f"task-{task.kind}", number=task.id), place_name(office, words, task)]
    if task.service and task.subject_kind == "point":
        service = office.service(task.service)
        if service:
            lines.append(words("task-service", name=office.text(service.name, words.language)))
    row = await feedback.any_response(session, task.response) if task.response else None
    if row is not None:
        lines += await _response_lines(session, office, words, row)
        if task.kind == "low_score" or row.score is not None:
            day = datetime.combine(now.astimezone(zone).date(), time(), zone)
            low = await feedback.low_today(session, task.subject, day, 2)
            if low > 1:
                lines.append(words("task-low-today", n=low))
        if row.series:
            lines.append(words("task-series"))
    if task.text:
        lines.append(words("task-words", text=task.text))
    relay = await relays.of_task(session, task.id)
    lines += _relay_lines(words, relay)
    lines += [words(f"task-note-{n.partition(':')[0]}", value=n.partition(":")[2]) for n in _told(task, relay)]
    lines.append(_status_line(words, task))
    if row is not None and row.open_chat and task.status == "new":
        lines.append(words("task-still-answering"))
    text = "\n".join([*([top] if top else []), *lines])
    return Say(text=text, step=step_of(task.id), buttons=buttons(words, task, relay))


def _told(task: Any, relay: Any) -> list[str]:
    """Notes worth reading now: each once, without what is settled or only for the record."""
    waits = relay is not None and relay.state == "waiting"
    return [n for n in dict.fromkeys(task.notes.split()) if not n.startswith("to:") and (n != "not_helped" or waits)]


def buttons(words: Words, task: Any, relay: Any) -> tuple[Button, ...]:
    if task.status == "closed":
        return ()
    found = []
    if task.status == "new":
        found.append(Button(key="take", label=words("task-take"), tone="good"))
    if relay is not None and relay.state == "waiting":
        found.append(Button(key="answer", label=words("task-answer")))
    found.append(Button(key="close", label=words("task-close")))
    if task.status == "taken":
        found.append(Button(key="return", label=words("task-return")))
    found.append(Button(key="transfer", label=words("task-transfer")))
    return tuple(found)


def short_line(office: Office, words: Words, task: Any, score: int | None) -> str:
    """One task in a list: number, place, mark, who has it."""
    urgent = task.kind == "danger" or score is None
    mark = words(f"task-short-{task.kind}") if urgent else words("task-mark-short", score=score or 0)
    name = place_name(office, words, task)
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
                label = (
                    office.text(question.unsure or {}, words.language)
                    if given[0] == "unsure"
                    else f"{given[0]} {office.text(question.labels[int(given[0])], words.language)}"
                )
                key = "task-mark" if question.id == survey.main else "task-words"
                lines.append(words(key, mark=label, text=label))
            case Choose():
                chosen = [office.text(o.label, words.language) for o in question.options if o.key in given]
                lines.append(words("task-reasons", reasons=", ".join(chosen)))
            case Write():
                lines.append(words("task-words", text=str(given)))
    return lines


def _relay_lines(words: Words, relay: Any) -> list[str]:
    if relay is None:
        return []
    if relay.state == "waiting":
        return [words("task-wants-reply", day=words.day(relay.promised))]
    return [words("task-replied")]


def _status_line(words: Words, task: Any) -> str:
    match task.status:
        case "taken":
            return words("task-taken", holder=task.holder, time=words.clock(task.taken_at))
        case "closed":
            return words("task-closed", holder=task.holder, time=words.clock(task.closed_at), done=task.done)
        case _:
            return words("task-new")
