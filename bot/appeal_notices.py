"""What clients are told of their appeals unasked: one plain message for each change, from the tables as they are now.

Words of the client or of staff are in it only where the channel may carry personal data; elsewhere it is said where to
read them (requirement 4.05). Every notice leads to the card and can be switched off (4.03).
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, Final

from backend import conversation
from backend.appeals import events, following
from backend.appeals.events import Event
from backend.calendar import WorkCalendar
from backend.db import Session
from backend.identity import Keys
from backend.office.model import Office
from bot import appeal_cards, appeal_words
from bot.appeal_cards import step_of
from bot.channels import Mode
from bot.messages import Button, Reply, Say
from bot.policy import may
from bot.words import Words

OWN_DAY: Final = frozenset({"registered", "extended", "deadline", "overdue", "reopened"})
"""Notices that say by themselves until when the answer comes."""


async def compose(
    session: Session,
    office: Office,
    words: Words,
    calendar: WorkCalendar,
    keys: Keys,
    row: Any,
    mode: Mode,
    now: datetime,
    *,
    url: str = "",
) -> Reply | None:
    """The notice of this outbox row as words; None when there is nothing to tell any more: the chat follows no longer,
    has switched it off or wants no messages at all, or the appeal is being deleted. `url`: of our pages, for a button
    that leads there."""
    data = json.loads(row.data)
    appeal = await following.of_chat(session, row.address, int(data["appeal"]))
    if appeal is None or not appeal.notices or appeal.destroyed_on is not None or office.appeals is None:
        return None
    chat = await conversation.get(session, row.address)
    if chat is not None and chat.stopped:
        return None  # «Стоп», after it was put into the outbox for the morning
    if row.kind == "appeal_survey":
        return _survey(office, words, appeal, data, mode)
    found = await events.get(session, keys, int(data["event"]))
    if found is None or found[1] != appeal.id or not found[0].public:
        return None
    return _told(office, words, calendar, appeal, found[0], mode, calendar.today(now), url)


def _told(
    office: Office,
    words: Words,
    calendar: WorkCalendar,
    row: Any,
    event: Event,
    mode: Mode,
    today: date,
    url: str,
) -> Reply | None:
    text = _text(office, words, calendar, row, event, today)
    if not text:
        return None
    secret = _secret(office, words, event)
    personal = bool(secret) and may(mode, "personal")
    lines = [text, appeal_cards.reason_public(office, words, event) if not personal else "", secret if personal else ""]
    if secret and not personal:
        lines.append(words("notice-read-elsewhere"))
    if row.open and event.kind not in OWN_DAY:
        lines.append(words("notice-until", due=appeal_words.standing(words, calendar, row, today)))
    read: tuple[Button, ...] = ()
    if secret and not personal and url:
        read = (Button(label=words("notice-read"), url=appeal_cards.link_to(url, row)),)
    return Say(
        text="\n\n".join(filter(None, lines)),
        step=step_of(row.id),
        asks="personal" if personal else "track",
        buttons=(*read, *_buttons(office, words, event, mode)),
    )


def _buttons(office: Office, words: Words, event: Event, mode: Mode) -> tuple[Button, ...]:
    found = [Button(key="open", label=words("appeal-open"), tone="good")]
    if event.kind in ("answered", "refused") and _rates(office, mode):
        found.append(Button(key="rate", label=words("appeal-rate")))
    found.append(Button(key="quiet", label=words("notice-quiet")))
    return tuple(found)


def _rates(office: Office, mode: Mode) -> bool:
    return office.appeals is not None and office.appeals.survey in office.surveys and may(mode, "rating")


def _secret(office: Office, words: Words, event: Event) -> str:
    """What only a channel of mode `personal` may carry of it; empty where there is no more to read."""
    said = event.words
    match event.kind:
        case "answered":
            return appeal_cards.answer_parts(words, said)
        case "suspended" | "refused" | "extended" | "closed" | "redirected":
            full = appeal_cards.reason_words(office, words, event)
            return full if full != appeal_cards.reason_public(office, words, event) else ""
        case "reply":
            return said.get("text", "")
        case "file":
            return words("appeal-file", name=said["name"]) if said.get("name") else ""
        case _:
            return ""


def _text(office: Office, words: Words, calendar: WorkCalendar, row: Any, event: Event, today: date) -> str:
    """What has happened, without any words of the client or of staff; empty for what is not told."""
    number, data = row.number, event.data
    stage = appeal_words.stage_of(office, words, event.stage) if event.stage else ""
    then = appeal_words.then_of(office, words, event.stage) if event.stage else ""

    def day(name: str) -> str:
        when = date.fromisoformat(str(data[name])) if data.get(name) else row.due_on
        legal = row.legal_on if when == row.due_on else None
        return appeal_words.day(words, calendar, when, today, legal)

    match event.kind:
        case "registered":
            kind = appeal_words.kind_of(office, words, row)
            return words("notice-registered", kind=kind, number=number, day=day("due"))
        case "stage":
            return words("notice-stage", number=number, stage=stage, then=then)
        case "extended":
            return words("notice-extended", number=number, day=day("due"))
        case "deadline":
            return words("notice-moved", number=number, before=day("from"), day=day("due"))
        case "overdue":
            person = appeal_words.person_of(office, words, appeal_cards.answering(office, row))
            return words(
                "notice-late", number=number, missed=day("missed"), day=day("until"), person=person, phone=office.phone
            )
        case "redirected":
            return words("notice-redirected", number=number)
        case "closed":
            return words("notice-stage", number=number, stage=stage, then=then)
        case "suspended" | "refused":  # what happens next stands with the reason
            return words("notice-decided", number=number, stage=stage)
        case "answered":
            return words("notice-answered", number=number)
        case "reopened":
            return words("notice-reopened", number=number, day=day("due"))
        case "reply":
            return words("notice-reply", number=number)
        case "file" if event.by != "client":
            return words("notice-file", number=number)
        case _:
            return ""


def _survey(office: Office, words: Words, row: Any, data: dict[str, Any], mode: Mode) -> Reply | None:
    """Survey B, the day after the answer, and its one reminder; nothing where it was rated, reopened or answered anew
    meanwhile."""
    rated = row.clear is not None or bool(row.solved)
    if rated or row.open or row.answers != data.get("answers") or not _rates(office, mode):
        return None
    lines = [words("notice-survey-again")] if data.get("again") else []
    lines.append(words("notice-survey", number=row.number))
    return Say(
        text="\n".join(lines),
        step=step_of(row.id),
        asks="track",
        buttons=(
            Button(key="rate", label=words("appeal-rate"), tone="good"),
            Button(key="open", label=words("appeal-open")),
            Button(key="quiet", label=words("notice-quiet")),
        ),
    )
