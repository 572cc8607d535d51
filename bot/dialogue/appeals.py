"""«Мои обращения»: what this chat follows, and adding to it by number and secret code (requirements 4.01, 4.03, 4.11).

Numbers and codes are asked for only where the mode of the channel may carry them. Elsewhere it is said plainly where
one can ask, and nothing is asked or kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from backend import relays
from backend.appeals import following, mine, numbers
from backend.appeals.following import Chat
from backend.masking import mask
from bot import appeal_cards, hours
from bot.dialogue import intents, reply, tracking, typed
from bot.dialogue.common import menu_button, office_phones, where_else
from bot.dialogue.state import AnyState, FollowingAppeal, Idle, load
from bot.dialogue.turn import Step, Turn
from bot.messages import Button, Event, Fill, Reply, Say, Text, Write

LINK: Final = "f-"
"""What begins the payload of a deep link to an appeal: `f-a-2026-0147-K7PM4XQ2`."""
LONGEST: Final = 60  # characters that can be a number and a code
WORDS_OF_A_NUMBER: Final = 4
IN_A_SENTENCE: Final = 120  # a longer message tells a story, whatever number is in it


def offered(turn: Turn) -> bool:
    """Whether this office keeps appeals."""
    return turn.office.appeals is not None


def menu_buttons(turn: Turn) -> list[Button]:
    return [Button(key="appeals", label=turn.words("menu-appeals"))] if offered(turn) else []


def is_place(place: str) -> bool:
    """Whether a place of the talk is a screen of the list, or one about an appeal."""
    return place.partition(".")[0] in ("appeals", "appeal")


# --- the list ---------------------------------------------------------------------------------------------


async def screen(turn: Turn, place: str) -> Reply:
    """A screen by its name: `appeals`, `appeals.measure.5`, `appeals.filter`, `appeals.asked.<id>`,
    `appeal.<id>` and those behind the card."""
    if not turn.may("track"):
        return not_here(turn)
    if place.startswith("appeal."):
        shown = await tracking.screen(turn, place)
        return shown if shown is not None else await tracking.listing(turn)
    match place.split("."):
        case ["appeals", "filter"]:
            found = await mine.items(turn.session, turn.office, turn.key)
            return appeal_cards.kinds(turn.words, found, "all", (tracking.list_button(turn),))
        case ["appeals", "asked", ident]:
            return await _question(turn, ident) or await tracking.listing(turn)
        case ["appeals", kind, skip] if skip.isdecimal() and len(skip) < 6:
            return await tracking.listing(turn, kind, int(skip))
        case _:
            return await tracking.listing(turn)


async def question_at(turn: Turn, step: str) -> Reply | None:
    """A screen by its step, for pages; None when it is none of these."""
    if not offered(turn):
        return None
    if step in ("follow", "follow.code"):
        return asking(turn, FollowingAppeal())
    adding = tracking.adding_of(step)
    if adding is not None:
        return await tracking.adding_screen(turn, adding)
    return await screen(turn, step) if is_place(step) else None


async def open_list(turn: Turn) -> Step:
    """«Мои обращения». Whoever comes here can be told again, also if he had blocked the bot before."""
    if not turn.may("track"):
        return Step(Idle(place="appeals"), [not_here(turn)])
    await following.met(turn.session, turn.key, turn.language)
    return await tracking.to_list(turn)


def _at(shown: Reply) -> Step:
    """A step to a screen whose place is its step."""
    return Step(Idle(place=shown.step), [shown])


async def _question(turn: Turn, ident: str) -> Reply | None:
    """A question that was handed over to a person: his answer, or until when it comes."""
    known = ident.isdecimal() and len(ident) < 20 and int(ident) < 2**63  # more than that no column of ids holds
    relay = await relays.get(turn.session, int(ident)) if known else None
    if relay is None or relay.address != turn.key:
        return None
    if relay.answer and relay.state != "waiting":
        shown = reply.answer_message(turn.words, relay)
        buttons = tuple(b.model_copy(update={"step": b.step or shown.step}) for b in shown.buttons)
    else:
        day = hours.until(turn.words, turn.calendar, relay.promised, turn.today)
        shown, buttons = Say(text=turn.words("appeals-question-wait", day=day), asks="relay"), ()
    step = f"appeals.asked.{ident}"
    return shown.model_copy(update={"step": step, "buttons": (*buttons, tracking.list_button(turn), menu_button(turn))})


def not_here(turn: Turn) -> Say:
    """Where numbers and codes may not be written: which channels can, the phone, the lawful ways."""
    elsewhere = where_else(turn, "track")
    lines = [turn.words("appeals-not-here"), elsewhere.text, *ways(turn)]
    return Say(
        text="\n\n".join(lines), step="appeals", buttons=(*elsewhere.buttons, *way_links(turn), menu_button(turn))
    )


def ways(turn: Turn) -> list[str]:
    """The lawful ways of an official appeal, told as the office tells them."""
    content = turn.office.appeals
    told = [turn.text(way.tell) for way in content.lawful() if way.tell] if content is not None else []
    return [turn.words("appeals-lawful", ways="\n".join(f"– {one}" for one in told))] if told else []


def way_links(turn: Turn) -> tuple[Button, ...]:
    content = turn.office.appeals
    found = content.lawful() if content is not None else []
    return tuple(Button(label=turn.text(way.name), url=way.link) for way in found if way.link)


# --- number and code --------------------------------------------------------------------------------------


def example(turn: Turn) -> str:
    """A number as this office writes it."""
    content = turn.office.appeals
    series = content.kinds[0].series if content is not None else "А"
    return f"{series}-{turn.today.year}-0147"


def asking(turn: Turn, state: FollowingAppeal, value: str = "") -> Reply:
    """What is asked for now: the number, or the code of the number that was given. `value`: what stands in the field of
    a page, to be mended."""
    if not turn.may("track"):
        return not_here(turn)
    lost = Button(key="lost", step="follow", label=turn.words("follow-lost"))
    if not state.number:
        return Write(
            text=turn.words("follow-number"),
            step="follow",
            asks="track",
            hint=turn.words("follow-number-hint", example=example(turn)),
            value=value,
            limit=LONGEST,
            controls=(lost, tracking.list_button(turn), menu_button(turn)),
        )
    return Write(
        text=turn.words("follow-code", number=state.number),
        step="follow.code",
        asks="track",
        hint=turn.words("follow-code-hint", example="K7PM-4XQ2"),
        limit=LONGEST,
        controls=(
            Button(key="again", step="follow", label=turn.words("follow-other-number")),
            lost,
            tracking.list_button(turn),
            menu_button(turn),
        ),
    )


def _ask(turn: Turn, state: FollowingAppeal, note: str = "", value: str = "") -> Step:
    return Step(state, tracking.noted(note, asking(turn, state, value)))


async def answer(turn: Turn, state: FollowingAppeal, event: Event) -> Step:
    """The number, or the code, that the client gives; both in one message will do."""
    if not turn.may("track"):
        return Step(Idle(place="appeals"), [not_here(turn)])
    match event:
        case Text(text=text):
            for press in typed.press(asking(turn, state), text):
                found = await pressed(turn, press.step, press.key)
                if found is not None:
                    return found
            return await _given(turn, state, text)
        case Fill(step=step, text=text):
            return await _given(turn, _asked_by(state, step), text)
        case _:
            return _ask(turn, state, turn.words("old-button"))


def _asked_by(state: FollowingAppeal, step: str) -> FollowingAppeal:
    """The question that a form of a page belongs to: the number is asked anew in an older tab."""
    return FollowingAppeal() if step == "follow" else state


async def fill(turn: Turn, state: AnyState, event: Fill) -> Step | None:
    """A form of these dialogues from a page, also where the talk has gone on elsewhere; None when it is none."""
    if not offered(turn):
        return None
    if event.step in ("follow", "follow.code"):
        return await answer(turn, state if isinstance(state, FollowingAppeal) else FollowingAppeal(), event)
    adding = tracking.adding_of(event.step)
    return await tracking.add(turn, adding, event) if adding is not None else None


async def _given(turn: Turn, state: FollowingAppeal, text: str) -> Step:
    text = " ".join(text.split())
    number, code = numbers.read_both(text) if len(text) <= IN_A_SENTENCE else (None, None)
    if number is not None and code is not None:
        return await try_code(turn, number, code)
    if not state.number or number is not None:
        return _number(turn, number or _number_of(turn, text), text)
    code = numbers.read_code(text)
    if code is None:
        return _ask(turn, state, turn.words("follow-no-code", example="K7PM-4XQ2"))
    return await try_code(turn, state.number, code)


def _number_of(turn: Turn, text: str) -> str | None:
    """A number of ours, or one of another system as it is; None for words that cannot be a number, and for what looks
    like a telephone or a passport: that is kept nowhere."""
    found = numbers.read_number(text)
    if found is not None:
        return found
    short = 0 < len(text) <= 40 and len(text.split()) <= WORDS_OF_A_NUMBER
    if not short or not any(letter.isdecimal() for letter in text):
        return None
    personal = mask(text, keep=office_phones(turn)).text != text
    return None if personal else numbers.canonical(text)


def _number(turn: Turn, number: str | None, text: str) -> Step:
    if number is None:
        kept = mask(text[:LONGEST], keep=office_phones(turn)).text
        note = turn.words("follow-no-number", typed=kept, example=example(turn))
        return _ask(turn, FollowingAppeal(), note if kept else turn.words("write-something"), kept)
    return _ask(turn, FollowingAppeal(number=number))


async def try_code(turn: Turn, number: str, code: str) -> Step:
    """Number and code are there: follow, or say what is wrong without telling which."""
    found = await following.follow(turn.session, turn.office, turn.keys, _chat(turn), number, code, turn.now)
    match found.outcome:
        case "found":
            await following.met(turn.session, turn.key, turn.language)
            note = turn.words("follow-found-page" if turn.traits.pages else "follow-found")
            return await tracking.show(turn, found.row.id, note)
        case "wait":
            return _wait(turn, number, found.until)
        case "wrong" if found.left:
            note = turn.words("follow-wrong", n=found.left, phone=turn.office.phone)
            return _ask(turn, FollowingAppeal(number=number), note)
        case "wrong":
            return _wait(turn, number, found.until)


def _wait(turn: Turn, number: str, until: datetime | None) -> Step:
    when = _moment(turn, until) if until is not None else ""
    note = turn.words("follow-wait", until=when, phone=turn.office.phone)
    return _ask(turn, FollowingAppeal(number=number), note)


def _moment(turn: Turn, moment: datetime) -> str:
    """«10:15» today, else with the day."""
    same = moment.astimezone(turn.zone).date() == turn.today
    return turn.words.clock(moment) if same else turn.words.moment(moment)


def _chat(turn: Turn) -> Chat:
    """Nothing can be sent to a page, so the way to it is not kept."""
    where = turn.incoming.where
    sealed = "" if turn.traits.pages else turn.keys.seal(where.id)
    return Chat(turn.key, turn.traits.name, sealed, turn.language)


# --- presses, links, typed numbers ------------------------------------------------------------------------


async def pressed(turn: Turn, step: str, key: str) -> Step | None:
    """A button of these screens; None when it is none of them."""
    # `appeal.clear~qv7s` is a question of the survey about an answer, not a card.
    if step.partition(".")[0] not in ("appeals", "follow", "appeal") or "~" in step or not offered(turn):
        return None
    if not turn.may("track"):
        return Step(Idle(place="appeals"), [not_here(turn)])
    if step.startswith("appeal."):
        return await tracking.pressed(turn, step, key)
    if step.startswith("follow"):
        return _lost(turn) if key == "lost" else _ask(turn, FollowingAppeal())
    if step == "appeals.filter":
        return _at(await tracking.listing(turn, key))
    if key == "add":
        return _ask(turn, FollowingAppeal())
    if key == "filter":
        return _at(await screen(turn, "appeals.filter"))
    return await _of_list(turn, key)


def _lost(turn: Turn) -> Step:
    """Only staff renew a code. The question stays where it was."""
    state = load(turn.taken.state)
    again = state if isinstance(state, FollowingAppeal) else FollowingAppeal()
    return _ask(turn, again, turn.words("follow-lost-text", phone=turn.office.phone))


async def _of_list(turn: Turn, key: str) -> Step:
    what, _, rest = key.partition(".")
    if what == "show":
        return _at(await tracking.listing(turn, rest))
    if what == "more":
        return _at(await screen(turn, f"appeals.{rest}"))
    if key[:1] == "a" and key[1:].isdecimal() and len(key) < 20:
        return await tracking.show(turn, int(key[1:]))
    if key[:1] == "q":
        shown = await _question(turn, key[1:])
        return _at(shown) if shown is not None else await tracking.to_list(turn, turn.words("answer-gone"))
    return await open_list(turn)


def wanted(turn: Turn, text: str) -> tuple[str, str | None] | None:
    """A number of this office in a short message, with its code if it is there: the client asks how it stands."""
    if not offered(turn) or len(text) > IN_A_SENTENCE:
        return None
    content = turn.office.appeals
    number, code = numbers.read_both(text)
    if content is None or number is None or number.partition("-")[0] not in {k.series for k in content.kinds}:
        return None
    return number, code


async def asked(turn: Turn, number: str, code: str | None) -> Step:
    """Somebody wrote a number: its card if he follows it, else the code is asked for."""
    if not turn.may("track"):
        return Step(Idle(place="appeals"), [not_here(turn)])
    ident = await following.of_number(turn.session, turn.key, number)
    if ident is not None:
        return await tracking.show(turn, ident)
    if code is not None:
        return await try_code(turn, number, code)
    return _ask(turn, FollowingAppeal(number=number))


async def linked(turn: Turn, state: AnyState, payload: str, text: str) -> Step | None:
    """A deep link of a receipt. None when it is none, or when the words beside it count: VK repeats the link with every
    message, and a code that has ended must not be tried again each time – only a mere greeting may mean the link."""
    if not payload.startswith(LINK) or not offered(turn):
        return None
    found = numbers.read_payload(payload.removeprefix(LINK))
    if found is None:
        return await open_list(turn) if not text.strip() else None
    greeting = turn.fresh or intents.of(text) in ("empty", "greeting")
    if text.strip() and (isinstance(state, FollowingAppeal) or not greeting):
        return None
    return await asked(turn, found[0], found[1] or None)
