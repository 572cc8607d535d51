"""The menu and what it leads to: rating without a code, language, help, what is stored, stop."""

from __future__ import annotations

from collections.abc import Sequence

from backend import exclusions, invitations, outbox, relays, tasks
from backend.appeals import following
from backend.codes import Found
from backend.feedback import Subject
from backend.office.finding import found_by, searchable
from backend.office.model import Point
from bot.dialogue import (
    absence,
    appeals,
    ask,
    consent,
    counting,
    desk,
    entry,
    exclude,
    filing,
    invitation,
    letter,
    my_data,
    registering,
    search,
    topics,
)
from bot.dialogue import staff as staff_talk
from bot.dialogue import survey as survey_talk
from bot.dialogue.common import menu_button, where_else
from bot.dialogue.my_data import LANGUAGE_NAMES
from bot.dialogue.state import Idle
from bot.dialogue.turn import Step, Turn
from bot.hours import in_words
from bot.messages import Button, Choose, Reply, Say

FEW = 20  # points and services that are offered all at once
PAGE = 8  # of more: as many buttons as a phone shows without scrolling


def greeting(turn: Turn) -> Step:
    """The first words of all, and the menu."""
    text = turn.words("greeting", office=turn.text(turn.office.name))
    return Step(Idle(), [main(turn, text)])


def main(turn: Turn, text: str = "", *, as_client: bool = False) -> Say:
    """The menu. Members of staff have their own, from which that of clients is one step away (`as_client`)."""
    words = turn.words
    buttons: list[Button] = []
    staff = turn.person is not None and not as_client
    if staff:
        buttons += desk.menu_buttons(turn)
        buttons += registering.menu_buttons(turn)
        buttons += counting.menu_buttons(turn)
        tone = "plain" if desk.is_on(turn) else "good"
        buttons.append(Button(key="tasks", step="menu", label=words("menu-tasks"), tone=tone))
        buttons += search.menu_buttons(turn)
        buttons.append(Button(key="open", step="away", label=words("menu-away")))
        buttons += entry.menu_buttons(turn)
        buttons += [Button(key=key, label=words(f"menu-{key}")) for key in ("client", "language", "help", "more")]
        return Say(text=text or words("menu"), step="menu", buttons=tuple(buttons))
    if turn.language == "ru" and turn.fresh and turn.incoming.language not in (None, "ru", "en"):
        buttons.append(Button(key="en", step="lang", label="English"))
    if topics.has_topics(turn):
        buttons.append(Button(key="topics", label=words("menu-topics")))
    buttons.append(Button(key="ask", label=words("menu-ask")))
    buttons += appeals.menu_buttons(turn)
    buttons += letter.menu_buttons(turn)
    if topics.has_forms(turn):
        buttons.append(Button(key="forms", label=words("menu-forms")))
    if turn.may("rating"):
        buttons.append(Button(key="rate", label=words("menu-rate")))
    buttons += [
        Button(key="about", label=words("menu-about")),
        Button(key="language", label=words("menu-language")),
        Button(key="help", label=words("menu-help")),
        Button(key="more", label=words("menu-more")),
    ]
    return Say(text=text or words("menu"), step="menu", buttons=tuple(buttons))


def more(turn: Turn) -> Say:
    """What is needed seldom, so that the menu itself stays short."""
    words = turn.words
    buttons = [Button(key="rate_bot", label=words("menu-rate-bot"))] if turn.may("rating") else []
    buttons += [
        Button(key="hours", label=words("menu-hours")),
        *invitation.menu_buttons(turn),
        Button(key="data", label=words("menu-data")),
        *consent.menu_buttons(turn),
        Button(key="stop", label=words("menu-start-again") if turn.stopped else words("menu-stop")),
        menu_button(turn),
    ]
    return Say(text=words("menu-more-text"), step="menu", buttons=tuple(buttons))


async def screen(turn: Turn, place: str) -> Reply:
    """The screen of this name: what typed numbers refer to, and what a page shows."""
    match place:
        case "rate":
            return rate(turn)
        case _ if place.startswith("rate."):
            return rate(turn, int(place.removeprefix("rate.")))
        case _ if place.startswith("found."):
            return _found(turn, place)
        case _ if place.startswith("code."):
            code = turn.codes.find(place.removeprefix("code."), turn.today)
            return out_of_use(turn, code) if code.nearest is not None else rate(turn)
        case "more":
            return more(turn)
        case "client":
            return main(turn, as_client=True)
        case _ if place.partition(".")[0] in topics.PLACES:
            return await topics.screen(turn, place) or main(turn)
        case _ if appeals.is_place(place) and appeals.offered(turn):
            return await appeals.screen(turn, place)
        case _ if ask.is_place(place):
            return await ask.screen(turn, place) or main(turn)
        case "language":
            return language(turn)
        case "help":
            return help_screen(turn)
        case "hours":
            return hours_screen(turn)
        case "data" | "data-file" | "delete":
            return await my_data.place(turn, place)
        case _ if place.partition(".")[0] in consent.PLACES:
            return await consent.place(turn, place)
        case _ if place.partition(".")[0] in letter.PLACES:
            return await letter.place(turn, place) or main(turn)
        case "invitations":
            return await invitation.screen(turn)
        case _ if place.partition(".")[0] == "work" and turn.person is not None:
            return await desk.screen(turn, place) or main(turn)
        case _ if counting.is_place(place) and turn.person is not None:
            return await counting.screen(turn, place) or main(turn)
        case "tasks" if turn.person is not None:
            return await staff_talk.task_list(turn)
        case _ if place.startswith("tasks.") and turn.person is not None:
            return await staff_talk.task_list(turn, staff_talk.skipped(place))
        case "away" if turn.person is not None:
            return await absence.current(turn)
        case "excluded" if exclusions.decides(turn.person):
            return await exclude.listing(turn)
        case _ if place.startswith("task.") and turn.person is not None:
            return await staff_talk.card_screen(turn, place)
        case _:
            return main(turn)


async def pressed(turn: Turn, step: str, key: str) -> Step | None:
    """A button of one of these screens; None when it is none of them."""
    match step, key:
        case "menu", "write" | "draft" | "idea":
            return await filing.wanted(turn, key) or Step(Idle(), [main(turn)])
        case "menu", "consents" | "data-file":
            return Step(Idle(place=key), [await screen(turn, key)])
        case "menu", "rate" | "language" | "help" | "hours" | "data" | "delete" | "tasks" | "invitations":
            return Step(Idle(place=key), [await screen(turn, key)])
        case "menu", "topics" | "ask" | "forms" | "about" | "more" | "client":
            return Step(Idle(place=key), [await screen(turn, key)])
        case "menu", "appeals" if appeals.offered(turn):
            return await appeals.open_list(turn)
        case "menu", "work" | "count":
            opened = await (desk.pressed if key == "work" else counting.pressed)(turn, key, "open")
            return opened or Step(Idle(), [main(turn)])
        case "menu", "rate_bot":
            return await rate_bot(turn)
        case "menu", "stop":
            return await stop(turn) if not turn.stopped else unstop(turn)
        case _, "stop" if step == "invitations" or step.startswith("invite."):
            return await stop(turn)
        case "menu", _:
            return Step(Idle(), [main(turn)])
        case "lang", language_key if language_key in turn.all_words:
            turn.language = language_key
            await following.met(turn.session, turn.key, turn.language)
            return Step(Idle(), [main(turn, turn.words("language-changed"))])
        case "rate", _:
            return await rated(turn, key)
        case "delete", "yes":
            return await my_data.forget(turn)
        case "delete", _:
            return Step(Idle(), [main(turn, turn.words("delete-cancelled"))])
        case _:
            return None


# --- rate without a code ----------------------------------------------------------------------------------


def rate(turn: Turn, page: int = 1) -> Reply:
    """Points and services to choose from: all at once while they are few, else page by page, with a search by words
    (`searched`)."""
    if not turn.may("rating"):
        return where_else(turn, "rating")
    points, services = turn.office.open_points(), turn.office.services
    total = len(points) + len(services)
    if total <= FEW:
        options = [*(_point_option(turn, p) for p in points), *(_service_option(turn, n) for n in range(len(services)))]
        hint = "" if turn.traits.pages else turn.words("choose-what-to-rate-hint")
        return _choose(turn, turn.words("choose-what-to-rate"), options, hint=hint)
    pages = -(-total // PAGE)
    page = min(max(page, 1), pages)
    first, last = (page - 1) * PAGE, min(page * PAGE, total)
    options = [_point_option(turn, p) for p in points[first:last]]
    options += [_service_option(turn, n) for n in range(max(0, first - len(points)), last - len(points))]
    controls = []
    if page < pages:
        controls.append(Button(key=f"p{page + 1}", label=turn.words("button-more")))
    if page > 1:
        controls.append(Button(key="p1", label=turn.words("button-first-page")))
    shown = turn.words("choose-page", first=first + 1, last=last, total=total)
    return _choose(turn, f"{turn.words('choose-what-to-rate')} {shown}", options, controls, hint=_search_hint(turn))


def _choose(turn: Turn, text: str, options: list[Button], controls: Sequence[Button] = (), *, hint: str = "") -> Choose:
    return Choose(text=text, step="rate", hint=hint, options=tuple(options), controls=(*controls, menu_button(turn)))


def _search_hint(turn: Turn) -> str:
    return turn.words("choose-page-hint" if turn.traits.pages else "choose-page-hint-typed")


def _point_option(turn: Turn, point: Point) -> Button:
    return Button(key=point.token or "", label=turn.text(point.name))


def _service_option(turn: Turn, number: int) -> Button:
    name = turn.text(turn.office.services[number].name)
    return Button(key=f"s{number}", label=turn.words("service-named", name=name))


def searched(turn: Turn, place: str, text: str) -> Step | None:
    """Words typed at the list of points: what has them in its name. The place keeps the keys of what was found, never
    the words. None when no list is on the screen, or nothing was found in a short one, all of which is seen."""
    if place.partition(".")[0] not in ("rate", "found") or not turn.may("rating"):
        return None
    services = [
        (searchable(*service.name.values(), turn.words("service-named", name="")), f"s{number}")
        for number, service in enumerate(turn.office.services)
    ]
    keys = [point.token or "" for point in turn.office.find_points(text)] + found_by(text, services)
    if keys:
        place = ".".join(["found", str(len(keys)), *keys[:PAGE]])
        return Step(Idle(place=place), [_found(turn, place)])
    if len(turn.office.open_points()) + len(services) <= FEW:
        return None
    return Step(Idle(place="rate"), [Say(text=turn.words("search-nothing")), rate(turn)])


def _found(turn: Turn, place: str) -> Reply:
    """The result of a search, again: `found.<how many>.<keys>`."""
    _, n, *keys = place.split(".")
    options = [option for key in keys if (option := _option(turn, key)) is not None]
    if not options or not turn.may("rating"):
        return rate(turn)
    if int(n) > len(keys):
        text = turn.words("search-many", n=int(n), shown=len(keys))
    else:
        text = turn.words("search-found", n=int(n))
    controls = [Button(key="p1", label=turn.words("button-all-places"))]
    return _choose(turn, text, options, controls, hint=_search_hint(turn))


def _option(turn: Turn, key: str) -> Button | None:
    if key.startswith("s") and key[1:].isdecimal():
        return _service_option(turn, int(key[1:])) if int(key[1:]) < len(turn.office.services) else None
    point = turn.office.point(key)
    return _point_option(turn, point) if point is not None and point.open else None


async def rated(turn: Turn, key: str) -> Step:
    if key.startswith("p") and key[1:].isdecimal() and len(key) < 6:
        return Step(Idle(place=f"rate.{int(key[1:])}"), [rate(turn, int(key[1:]))])
    if key.startswith("s") and key[1:].isdecimal() and int(key[1:]) < len(turn.office.services):
        service = turn.office.services[int(key[1:])]
        return await survey_talk.begin(turn, Subject("service", service.code, service.code), service.survey)
    point = turn.office.point(key)
    if point is None or not point.open or point.internal:
        return Step(Idle(place="rate"), [Say(text=turn.words("old-button")), rate(turn)])
    return await visit(turn, point)


async def visit(turn: Turn, point: Point) -> Step:
    """What a point offers: its survey, or contacts where feedback is not among its needs (requirement 2.22)."""
    if point.takes_feedback:
        return await rate_point(turn, point)
    say = help_screen(turn)
    lead = f"{turn.text(point.name)}\n{turn.words('code-contacts')}"
    return Step(Idle(place="help"), [say.model_copy(update={"text": f"{lead}\n\n{say.text}"})])


async def rate_point(turn: Turn, point: Point) -> Step:
    only = point.services[0] if len(point.services) == 1 else None
    return await survey_talk.begin(turn, Subject("point", point.code, only), point.survey)


async def rate_bot(turn: Turn) -> Step:
    """Rate this very channel: it is a touchpoint like any other (requirements 1.10, 2.41)."""
    point = next((p for p in turn.office.points if p.channel == turn.traits.name), None)
    return await survey_talk.begin(turn, Subject("point", point.code if point else "bot"), "bot")


async def scanned(turn: Turn, token: str) -> Step:
    """A code, a deep link, or a token typed by hand."""
    code = turn.codes.find(token, turn.today)
    if code.point is None:
        return Step(Idle(place="rate"), [Say(text=turn.words("unknown-token")), rate(turn)])
    return await visit(turn, code.point) if code.state == "open" else _out_of_use(turn, code)


async def chosen(turn: Turn, token: str) -> Step:
    """A point chosen on a page: it counts whether the point is open, not what became of its paper."""
    point = turn.office.point(token)
    if point is None or not point.open or point.internal:
        return await scanned(turn, token)
    return await visit(turn, point)


def _out_of_use(turn: Turn, code: Found) -> Step:
    """A code that is revoked, not valid today, or of a closed point: what happened, and the nearest way on."""
    say = out_of_use(turn, code)
    if code.nearest is None:
        return Step(Idle(place="rate"), [say, rate(turn)])
    return Step(Idle(place=f"code.{code.token}"), [say])


def out_of_use(turn: Turn, code: Found) -> Say:
    words, point, near = turn.words, code.point, code.nearest
    name = turn.text(point.name) if point is not None else ""
    match code.state:
        case "revoked":
            lines = [words("code-revoked")]
        case "over":
            lines = [words("code-over", day=words.day(code.ended))] if code.ended else []
        case "early":
            lines = [words("code-early", day=words.day(code.opens))] if code.opens else []
        case _ if near is None:
            return Say(text=words("point-closed", name=name))
        case _:
            lines = []
    if near is None:
        return Say(text="\n".join([*lines, words("point-closed", name=name)]))
    if near is point:
        lines += [turn.text(near.here)]
    elif lines:
        lines += [words("code-closed", name=name), words("code-nearest", name=turn.text(near.name))]
    else:
        lines = [words("point-closed-nearest", name=name, nearest=turn.text(near.name))]
    buttons = [Button(key=near.token or "", step="rate", label=turn.text(near.name))]
    if near is point:
        buttons.append(Button(key="rate", step="menu", label=words("button-elsewhere")))
    return Say(text="\n".join(lines), step="rate", buttons=(*buttons, menu_button(turn)))


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


def hours_screen(turn: Turn) -> Say:
    """«Когда мы работаем»: now, this week, and what differs soon."""
    text = in_words(turn.words, turn.calendar, turn.now)
    return Say(text=f"{turn.words('hours-title')}\n\n{text}", buttons=(menu_button(turn),))


async def stop(turn: Turn) -> Step:
    """«Больше мне не писать» and «Больше не спрашивать» are the same wish."""
    turn.stopped = True
    text = turn.words("stopped")
    if await invitations.leave(turn.session, turn.key):
        text = f"{text}\n\n{turn.words('invitations-ended')}"
    if (await following.counted(turn.session, turn.key))[0]:
        text = f"{text}\n\n{turn.words('appeals-notices-ended')}"
    return Step(
        Idle(),
        [
            Say(
                text=text,
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
    """The client blocked the bot: waiting answers cannot reach him, and he is not invited any more."""
    await invitations.leave(turn.session, turn.key)
    # A waiting alert is tried all the same: its refusal is what tells the next in the chain.
    await outbox.drop_for(turn.session, [turn.key], kinds=("answer", "moved"))
    for relay in await relays.of_address(turn.session, turn.key):
        await tasks.touch(turn.session, relay.task, turn.now, note="unreachable")
