"""The menu and what it leads to: rating without a code, language, help, what is stored, stop."""

from __future__ import annotations

from backend import feedback, outbox, relays, tasks
from backend.feedback import Subject
from backend.office.model import Point
from bot.dialogue import staff as staff_talk
from bot.dialogue import survey as survey_talk
from bot.dialogue.common import menu_button, where_else
from bot.dialogue.state import Idle
from bot.dialogue.turn import Step, Turn
from bot.hours import in_words
from bot.messages import Button, Choose, Reply, Say

LANGUAGE_NAMES = {"ru": "Русский", "en": "English"}


def greeting(turn: Turn) -> Step:
    """The first words of all, and the menu."""
    text = turn.words("greeting", office=turn.text(turn.office.name))
    return Step(Idle(), [main(turn, text)])


def main(turn: Turn, text: str = "") -> Say:
    words = turn.words
    buttons: list[Button] = []
    if turn.person is not None:
        buttons.append(Button(key="tasks", step="menu", label=words("menu-tasks"), tone="good"))
    if turn.language == "ru" and turn.fresh and turn.incoming.language not in (None, "ru", "en"):
        buttons.append(Button(key="en", step="lang", label="English"))
    if turn.may("rating"):
        buttons.append(Button(key="rate", label=words("menu-rate")))
        buttons.append(Button(key="rate_bot", label=words("menu-rate-bot")))
    buttons += [
        Button(key="language", label=words("menu-language")),
        Button(key="data", label=words("menu-data")),
        Button(key="stop", label=words("menu-start-again") if turn.stopped else words("menu-stop")),
        Button(key="help", label=words("menu-help")),
    ]
    return Say(text=text or words("menu"), step="menu", buttons=tuple(buttons))


async def screen(turn: Turn, place: str) -> Reply:
    """The screen of this name: what typed numbers refer to, and what a page shows."""
    match place:
        case "rate":
            return rate(turn)
        case "language":
            return language(turn)
        case "help":
            return help_screen(turn)
        case "data":
            return await data(turn)
        case "delete":
            return ask_delete(turn)
        case "tasks" if turn.person is not None:
            return await staff_talk.task_list(turn)
        case _ if place.startswith("task.") and turn.person is not None:
            return await staff_talk.card_screen(turn, place)
        case _:
            return main(turn)


async def pressed(turn: Turn, step: str, key: str) -> Step | None:
    """A button of one of these screens; None when it is none of them."""
    match step, key:
        case "menu", "rate" | "language" | "help" | "data" | "delete" | "tasks":
            return Step(Idle(place=key), [await screen(turn, key)])
        case "menu", "rate_bot":
            return await rate_bot(turn)
        case "menu", "stop":
            return stop(turn) if not turn.stopped else unstop(turn)
        case "menu", _:
            return Step(Idle(), [main(turn)])
        case "lang", language_key if language_key in turn.all_words:
            turn.language = language_key
            return Step(Idle(), [main(turn, turn.words("language-changed"))])
        case "rate", _:
            return await rated(turn, key)
        case "delete", "yes":
            return await forget(turn)
        case "delete", _:
            return Step(Idle(), [main(turn, turn.words("delete-cancelled"))])
        case _:
            return None


# --- rate without a code ----------------------------------------------------------------------------------


def rate(turn: Turn) -> Reply:
    """Points and services to choose from."""
    if not turn.may("rating"):
        return where_else(turn, "rating")
    options = [Button(key=p.token, label=turn.text(p.name)) for p in _points(turn)]
    options += [
        Button(key=f"s{number}", label=turn.words("service-named", name=turn.text(s.name)))
        for number, s in enumerate(turn.office.services)
    ]
    return Choose(
        text=turn.words("choose-what-to-rate"),
        step="rate",
        hint="" if turn.traits.pages else turn.words("choose-what-to-rate-hint"),
        options=tuple(options),
        controls=(menu_button(turn),),
    )


def _points(turn: Turn) -> list[Point]:
    return [p for p in turn.office.open_points() if p.token]


async def rated(turn: Turn, key: str) -> Step:
    if key.startswith("s") and key[1:].isdecimal() and int(key[1:]) < len(turn.office.services):
        service = turn.office.services[int(key[1:])]
        return await survey_talk.begin(turn, Subject("service", service.code, service.code), service.survey)
    point = turn.office.point(key)
    if point is None or point not in _points(turn):
        return Step(Idle(place="rate"), [Say(text=turn.words("old-button")), rate(turn)])
    return await rate_point(turn, point)


async def rate_point(turn: Turn, point: Point) -> Step:
    only = point.services[0] if len(point.services) == 1 else None
    return await survey_talk.begin(turn, Subject("point", point.code, only), point.survey)


async def rate_bot(turn: Turn) -> Step:
    """Rate this very channel: it is a touchpoint like any other (requirements 1.10, 2.41)."""
    point = next((p for p in turn.office.points if p.channel == turn.traits.name), None)
    return await survey_talk.begin(turn, Subject("point", point.code if point else "bot"), "bot")


async def scanned(turn: Turn, token: str) -> Step:
    """A code, a deep link, or a token typed by hand."""
    point = turn.office.point(token)
    if point is None or point.internal:
        return Step(Idle(place="rate"), [Say(text=turn.words("unknown-token")), rate(turn)])
    if point.open:
        return await rate_point(turn, point)
    nearest = turn.office.nearest_open(point)
    if nearest is None:
        return Step(Idle(place="rate"), [Say(text=turn.words("point-closed", name=turn.text(point.name))), rate(turn)])
    say = Say(
        text=turn.words("point-closed-nearest", name=turn.text(point.name), nearest=turn.text(nearest.name)),
        step="rate",
        buttons=(Button(key=nearest.token or "", label=turn.text(nearest.name)), menu_button(turn)),
    )
    return Step(Idle(place="rate"), [say])


# --- the rest ---------------------------------------------------------------------------------------------


def language(turn: Turn) -> Choose:
    return Choose(
        text=turn.words("choose-language"),
        step="lang",
        options=tuple(
            Button(key=code, label=LANGUAGE_NAMES.get(code, code), chosen=code == turn.language)
            for code in turn.all_words
        ),
        controls=(menu_button(turn),),
    )


def help_screen(turn: Turn) -> Say:
    links = tuple(Button(label=turn.text(b.label), url=b.target) for b in turn.office.buttons if b.kind == "link")
    return Say(
        text=turn.text(turn.office.help)
        + "\n\n"
        + turn.words(
            "help-contacts",
            phone=turn.office.phone,
            address=turn.text(turn.office.address),
            hours=in_words(turn.words, turn.calendar, turn.now),
        ),
        buttons=(*links, menu_button(turn)),
    )


async def data(turn: Turn) -> Say:
    """«Что обо мне хранится»: exactly what the tables hold of this chat."""
    words = turn.words
    lines = [words("data-conversation", language=LANGUAGE_NAMES.get(turn.language, turn.language))]
    if turn.stopped:
        lines.append(words("data-stopped"))
    response = await feedback.open_of(turn.session, turn.key)
    if response is not None:
        lines.append(words("data-open", name=survey_talk.subject_name(turn, response.subject_kind, response.subject)))
    today = await feedback.with_ties(turn.session, await survey_talk.todays_ties(turn))
    if today:
        lines.append(words("data-today", n=len(today)))
    for relay in await relays.of_address(turn.session, turn.key):
        lines.append(words("data-relay", day=words.day(relay.ends_on)))
    if turn.traits.pages:
        lines.append(words("data-relay-page"))
    if turn.person is not None:
        lines.append(words("data-staff", name=turn.person.short))
    lines.append(words("data-no-more"))
    return Say(
        text="\n".join([words("data-title"), *(f"– {line}" for line in lines)]),
        buttons=(
            Button(key="delete", label=words("button-delete"), tone="bad"),
            menu_button(turn),
        ),
    )


def ask_delete(turn: Turn) -> Choose:
    return Choose(
        text=turn.words("ask-delete"),
        step="delete",
        options=(
            Button(key="yes", label=turn.words("button-delete-yes"), tone="bad"),
            Button(key="no", label=turn.words("button-delete-no")),
        ),
    )


async def forget(turn: Turn) -> Step:
    """Remove everything of this chat at once; a task stays, without a way back to the client."""
    ended = await relays.forget(turn.session, turn.key)
    for task in ended:
        await tasks.touch(turn.session, task, turn.now, note="address_deleted")
    await feedback.forget_chat(turn.session, turn.key, await survey_talk.todays_ties(turn))
    await outbox.drop_for(turn.session, [turn.key], kinds=("answer",))
    step = Step(Idle(), [Say(text=turn.words("deleted-stopped" if turn.stopped else "deleted"))])
    step.forget = turn.person is None
    return step


def stop(turn: Turn) -> Step:
    turn.stopped = True
    return Step(
        Idle(),
        [
            Say(
                text=turn.words("stopped"),
                buttons=(
                    Button(key="stop", step="menu", label=turn.words("menu-start-again")),
                    menu_button(turn),
                ),
            )
        ],
    )


def unstop(turn: Turn) -> Step:
    turn.stopped = False
    return Step(Idle(), [main(turn, turn.words("started-again"))])


async def forget_if_gone(turn: Turn) -> None:
    """The client blocked the bot: waiting answers cannot reach him; nothing else changes."""
    # A waiting alert is tried all the same: its refusal is what tells the next in the chain.
    await outbox.drop_for(turn.session, [turn.key], kinds=("answer",))
    for relay in await relays.of_address(turn.session, turn.key):
        await tasks.touch(turn.session, relay.task, turn.now, note="unreachable")
