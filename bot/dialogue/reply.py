"""The way back as the client sees it: the answer of a person, «Помогло / Не помогло», and rating the answer."""

from __future__ import annotations

from datetime import date
from typing import Any

from backend import relays, tasks
from backend.calendar import WorkCalendar
from backend.feedback import Subject
from bot import hours
from bot.dialogue import survey as survey_talk
from bot.dialogue.common import menu_button
from bot.dialogue.state import Idle
from bot.dialogue.turn import Step, Turn, long_id, short_id
from bot.messages import Button, Reply, Say
from bot.words import Words


def answer_message(words: Words, relay: Any) -> Say:
    """The answer as it is sent: that a person wrote it, in which post, and what the client can do about it."""
    step = f"reply.{short_id(relay.id)}"
    text = words("answer", post=relay.post, text=relay.answer)
    if relay.state == "answered":
        text = f"{text}\n\n{words('answer-helped')}"
    return Say(
        text=text,
        step=step,
        asks="relay",
        buttons=_buttons(words, relay, step),
    )


def moved_message(words: Words, calendar: WorkCalendar, relay: Any, data: dict[str, Any], today: date) -> Say | None:
    """The promise was moved by a changed calendar, and why; None when it was moved again or kept meanwhile."""
    if relay.state != "waiting" or relay.promised.isoformat() != data["until"]:
        return None
    until = hours.until(words, calendar, relay.promised, today)
    last = max(relay.promised, relay.moved_from)
    days = [day for day in map(date.fromisoformat, data["days"]) if relay.asked_on < day <= last]
    if len(days) != 1:
        return Say(text=words("promise-moved", until=until), asks="relay")
    key = "promise-moved-work" if calendar.is_working_day(days[0]) else "promise-moved-off"
    return Say(text=words(key, day=words.day(days[0], today), until=until), asks="relay")


def _buttons(words: Words, relay: Any, step: str) -> tuple[Button, ...]:
    rate = Button(key="rate", step=step, label=words("button-rate-answer"))
    if relay.state != "answered":
        return (rate,)
    return (
        Button(key="helped", step=step, label=words("button-helped"), tone="good"),
        Button(key="unhelped", step=step, label=words("button-unhelped"), tone="bad"),
        rate,
    )


def judging(turn: Turn) -> Say:
    """The buttons under any answer of a person: what a typed label may mean there."""
    keys = {"helped": "button-helped", "unhelped": "button-unhelped", "rate": "button-rate-answer"}
    return Say(text="", buttons=tuple(Button(key=key, label=turn.words(label)) for key, label in keys.items()))


async def page(turn: Turn) -> Reply | None:
    """What a personal secret page shows when nothing else is asked there; None where this chat has no way back."""
    found = await relays.of_address(turn.session, turn.key)
    if not found:
        return None
    relay = found[-1]
    if relay.answer and relay.state == "waiting":
        return Say(text=turn.words("unhelped", day=_day(turn, relay.promised)), step="wait", asks="relay")
    if relay.answer:
        return answer_message(turn.words, relay)
    return Say(text=turn.words("reply-waiting", day=_day(turn, relay.promised)), step="wait", asks="relay")


def _day(turn: Turn, promised: date) -> str:
    return hours.until(turn.words, turn.calendar, promised, turn.today)


async def pressed(turn: Turn, step: str, key: str) -> Step | None:
    """A button under an answer; None when it is not one."""
    if not step.startswith("reply."):
        return None
    ident = long_id(step.removeprefix("reply."))
    relay = await relays.get(turn.session, ident) if ident is not None and ident < 1 << 63 else None
    if relay is None or relay.address != turn.key:
        return Step(Idle(), [Say(text=turn.words("answer-gone"), buttons=(menu_button(turn),))])
    match key:
        case "helped":
            return await _helped(turn, relay, step)
        case "unhelped":
            return await _unhelped(turn, relay, step)
        case _:
            return await survey_talk.begin(turn, Subject("answer", str(relay.task)), "answer")


async def _helped(turn: Turn, relay: Any, step: str) -> Step:
    if relay.state == "answered":
        await relays.mark(turn.session, relay.id, "helped")
        await tasks.touch(turn.session, relay.task, turn.now, note="helped")
    say = Say(
        text=turn.words("helped"),
        step=step,
        buttons=(Button(key="rate", label=turn.words("button-rate-answer")), menu_button(turn)),
    )
    return Step(Idle(), [say])


async def _unhelped(turn: Turn, relay: Any, step: str) -> Step:
    rate = Button(key="rate", step=step, label=turn.words("button-rate-answer"))
    if relay.state != "answered":
        return Step(Idle(), [Say(text=turn.words("already-told"), step=step, buttons=(rate, menu_button(turn)))])
    if not await tasks.reopen(turn.session, relay.task, turn.now):
        # Reopened once already: from here on a person should be spoken to.
        await relays.mark(turn.session, relay.id, "unhelped")
        await tasks.touch(turn.session, relay.task, turn.now, note="not_helped_again")
        text = turn.words("unhelped-again", phone=turn.office.phone)
        return Step(Idle(), [Say(text=text, step=step, buttons=(rate, menu_button(turn)))])
    until = survey_talk.promised_day(turn)
    term = turn.office.rules.promise_days
    await relays.wait_again(turn.session, relay.id, promised=until, term=term, today=turn.today)
    text = turn.words("unhelped", day=_day(turn, until))
    return Step(Idle(), [Say(text=text, step=step, buttons=(rate, menu_button(turn)))])
