"""The card of one appeal and what its client can do there: read, ask why, add, have it looked at again, contest.

Every screen asks first whether this chat follows the appeal: to all others there is none. Words of the appeal and of
its answer are shown only where the channel may carry personal data; elsewhere it is said where to read them (4.05).
"""

from __future__ import annotations

from typing import Any, Final

from backend.appeals import events, files, following, guesses, mine, notices, work
from backend.appeals.events import Event
from backend.danger import find as find_danger
from bot import appeal_cards, appeal_words
from bot.appeal_cards import Reader, step_of
from bot.dialogue import appeal_survey, consent, typed
from bot.dialogue import files as file_talk
from bot.dialogue.common import danger_words, menu_button, open_danger
from bot.dialogue.filing import clean
from bot.dialogue.rated import desk
from bot.dialogue.state import AddingToAppeal, AnyState, Idle
from bot.dialogue.turn import Step, Turn
from bot.messages import Button, Choose, File, Fill, KeptFile, Reply, Say, Text, Write
from bot.messages import Event as Incoming
from bot.policy import may

LONGEST: Final = 4000
SHORTEST: Final = 2
A_DAY: Final = 30  # additions to one appeal
PERSONAL: Final = ("answer", "decided", "letters")
"""Screens that show words; elsewhere the client is led to where he may read them."""


# --- the list ---------------------------------------------------------------------------------------------


async def listing(turn: Turn, kind: str = "all", skip: int = 0) -> Say:
    """«Мои обращения», all of it or one kind, from this line on."""
    found = await mine.items(turn.session, turn.office, turn.key)
    return appeal_cards.listing(
        turn.office,
        turn.words,
        turn.calendar,
        found,
        turn.today,
        kind=kind if kind in mine.KINDS else "all",
        skip=skip,
        last=(menu_button(turn),),
    )


async def to_list(turn: Turn, note: str = "") -> Step:
    """The list, under a line about what was just done."""
    shown = await listing(turn)
    return Step(Idle(place=shown.step), noted(note, shown))


def noted(note: str, shown: Reply) -> list[Reply]:
    """A screen, under a line about what was just done or what is wrong."""
    return [Say(text=note, step=shown.step, asks="track"), shown] if note else [shown]


def list_button(turn: Turn) -> Button:
    return Button(key="open", step="appeals", label=turn.words("appeal-to-list"))


# --- what is shown ----------------------------------------------------------------------------------------


async def screen(turn: Turn, place: str) -> Reply | None:
    """A screen about an appeal by its name: `appeal.12`, `appeal.12.why`; None when this chat follows no such one."""
    found = await _found(turn, place)
    if found is None:
        return None
    row, what = found
    return await _screen(turn, row, what)


async def _found(turn: Turn, place: str) -> tuple[Any, str] | None:
    """The appeal of a place and what is shown of it. To a chat that does not follow it there is none."""
    _, ident, what = (*place.split(".", 2), "", "")[:3]
    if not ident.isdecimal() or len(ident) > 18 or not turn.may("track") or turn.office.appeals is None:
        return None
    row = await following.of_chat(turn.session, turn.key, int(ident))
    return (row, what) if row is not None else None


async def _screen(turn: Turn, row: Any, what: str) -> Reply:
    if what == "leave":
        return _ask_leave(turn, row)
    if what == "contest":
        return contest(turn, row)
    if what == "why":
        return why(turn, row)
    history = await events.of(turn.session, turn.keys, row.id, public=True)
    if what == "elsewhere":
        return elsewhere(turn, row)
    if what in PERSONAL:
        return await _personal(turn, row, history, what)
    return appeal_cards.card(turn.office, turn.words, turn.calendar, row, history, turn.today, _reader(turn, row))


def _reader(turn: Turn, row: Any) -> Reader:
    return Reader(
        notices=row.notices,
        stopped=turn.stopped,
        pages=turn.traits.pages,
        rates=appeal_survey.offered(turn, row),
    )


async def _personal(turn: Turn, row: Any, history: list[Event], what: str) -> Reply:
    if not turn.may("personal"):
        return elsewhere(turn, row, _public(turn, row, history) if what == "decided" else "")
    match what:
        case "answer" if (found := appeal_cards.answer_in(history)) is not None:
            return appeal_cards.answer(turn.words, row, found, turn.today, await _files(turn, row))
        case "decided" if (found := appeal_cards.decision_in(row, history)) is not None:
            return appeal_cards.decided(turn.office, turn.words, row, found, turn.today)
        case "letters":
            return appeal_cards.letters(turn.office, turn.words, row, history)
        case _:
            return Say(
                text=turn.words("appeal-nothing-yet"), step=f"{step_of(row.id)}.{what}", buttons=(_back(turn, row),)
            )


def _public(turn: Turn, row: Any, history: list[Event]) -> str:
    """What of the reason is no secret."""
    found = appeal_cards.decision_in(row, history)
    return appeal_cards.reason_public(turn.office, turn.words, found) if found is not None else ""


async def _files(turn: Turn, row: Any) -> tuple[Button, ...]:
    """Files of the answer: they are fetched in the browser that follows the appeal."""
    if not turn.traits.pages:
        return ()
    found = [file for file in await files.of(turn.session, row.id) if file.public and file.by != "client"]
    return tuple(
        Button(
            label=turn.words("appeal-file", name=files.name_of(turn.keys, file)),
            url=f"{turn.url}/appeals/files/{file.id}",
        )
        for file in found[-4:]
    )


def _back(turn: Turn, row: Any) -> Button:
    return appeal_cards.back(turn.words, row)


def elsewhere(turn: Turn, row: Any, lead: str = "", key: str = "appeal-read-elsewhere") -> Say:
    """Words may not be shown, or written, here: where they may be, and that number and code are needed there."""
    doors = [door for door in turn.doors if may(door.mode, "personal") and door.name != turn.traits.name]
    buttons = []
    for door in doors:
        link = appeal_cards.link_to(turn.url, row) if door.name == "web" else door.link
        if link:
            name = turn.words(f"channel-{door.name}")
            buttons.append(Button(label=turn.words("button-go-to", name=name), url=link))
    names = ", ".join(turn.words(f"channel-{door.name}") for door in doors)
    said = turn.words(key, names=names, number=row.number) if doors else turn.words("refused", phone=turn.office.phone)
    return Say(
        text="\n\n".join(filter(None, [lead, said, turn.words("appeal-phone", phone=turn.office.phone)])),
        step=f"{step_of(row.id)}.elsewhere",
        asks="track",
        buttons=(*buttons, _back(turn, row)),
    )


def why(turn: Turn, row: Any) -> Say:
    """«Почему этот срок?»: the very count that gave the date."""
    content = turn.office.appeals
    deadline = work.deadline_of(content, row, turn.calendar) if content is not None else None
    if deadline is None or (deadline.legal, deadline.due) != (row.legal_on, row.due_on):
        # The rule has changed since, or another system gave the date: a count to another day would be no reason.
        text = turn.words("appeal-why-unknown", phone=turn.office.phone)
    else:
        text = appeal_words.explain(turn.office, turn.words, turn.calendar, deadline, turn.today)
    title = turn.words("appeal-why-title", number=row.number)
    return Say(text=f"{title}\n\n{text}", step=f"{step_of(row.id)}.why", asks="track", buttons=(_back(turn, row),))


def contest(turn: Turn, row: Any, lead: str = "") -> Say:
    """«Не согласен»: who looks at it next, and the lawful ways (requirement 4.14)."""
    content = turn.office.appeals
    assert content is not None
    told = [turn.text(way.tell) for way in content.lawful() if way.tell]
    ways = turn.words("appeals-lawful", ways="\n".join(f"– {one}" for one in told)) if told else ""
    links = tuple(Button(label=turn.text(way.name), url=way.link) for way in content.lawful() if way.link)
    again: tuple[Button, ...] = ()
    if work.reopenable(row, turn.today):
        again = (Button(key="again", step=step_of(row.id), label=turn.words("appeal-look-again")),)
    return Say(
        text="\n\n".join(filter(None, [lead, turn.text(content.contest), ways])),
        step=f"{step_of(row.id)}.contest",
        asks="track",
        buttons=(*again, *links, _back(turn, row)),
    )


def _ask_leave(turn: Turn, row: Any) -> Choose:
    return Choose(
        text=turn.words("appeal-leave-ask", number=row.number),
        step=f"{step_of(row.id)}.leave",
        asks="track",
        options=(
            Button(key="yes", label=turn.words("appeal-leave-yes"), tone="bad"),
            Button(key="no", label=turn.words("appeal-leave-no")),
        ),
        controls=(_back(turn, row),),
    )


# --- what is done -----------------------------------------------------------------------------------------


async def show(turn: Turn, ident: int, note: str = "") -> Step:
    """The card, under a line about what was just done."""
    await following.met(turn.session, turn.key, turn.language)
    row = await following.of_chat(turn.session, turn.key, ident)
    if row is None:
        return await _not_found(turn)
    return await _to(turn, row, "", note)


async def _to(turn: Turn, row: Any, what: str, note: str = "") -> Step:
    shown = await _screen(turn, row, what)
    place = f"{step_of(row.id)}.{what}" if what else step_of(row.id)
    return Step(Idle(place=place), noted(note, shown))


async def _not_found(turn: Turn) -> Step:
    """Somebody else's, or none at all: the same words."""
    return await to_list(turn, turn.words("appeal-not-found"))


async def pressed(turn: Turn, step: str, key: str) -> Step:
    """A button of the card, of a screen behind it, or of a notice."""
    found = await _found(turn, step)
    if found is None:
        return await _not_found(turn)
    row, what = found
    if what == "leave":
        return await _leave(turn, row) if key == "yes" else await show(turn, row.id)
    match key:
        case "add":
            return await begin_adding(turn, row)
        case "again":
            return await _again(turn, row)
        case "rate":
            return await appeal_survey.begin(turn, row)
        case "late" if row.open and row.due_on < turn.today:
            return await _late(turn, row)
        case "quiet" | "notify":
            return await _switch(turn, row, on=key == "notify")
        case "why" | "contest" | "leave" | "answer" | "decided" | "letters":
            return await _to(turn, row, key)
        case _:
            return await show(turn, row.id)


async def _leave(turn: Turn, row: Any) -> Step:
    await following.leave(turn.session, turn.key, row.id)
    return await to_list(turn, turn.words("appeal-left", number=row.number))


async def _late(turn: Turn, row: Any) -> Step:
    """«Почему нет ответа?»: the head of appeals gets a task now; pressed again, it is the same one."""
    await notices.to_people(turn.session, turn.office, row, turn.now, what="late")
    until = turn.calendar.add_working_days(turn.today, 1)
    day = appeal_words.day(turn.words, turn.calendar, until, turn.today)
    return await show(turn, row.id, turn.words("appeal-late-told", number=row.number, day=day, phone=turn.office.phone))


async def _switch(turn: Turn, row: Any, *, on: bool) -> Step:
    await following.switch_notices(turn.session, row.follower, on)
    return await show(turn, row.id, turn.words("appeal-notices-switched-on" if on else "appeal-notices-switched-off"))


async def _again(turn: Turn, row: Any) -> Step:
    """«Посмотреть ещё раз» (requirement 4.19): done once, with the new date; later the ways to contest."""
    done = await work.reopen(desk(turn), row)
    if done is not None:
        until = appeal_words.day(turn.words, turn.calendar, done.row.due_on, turn.today, done.row.legal_on)
        return await show(turn, row.id, turn.words("appeal-reopened", number=row.number, day=until))
    fresh = await following.of_chat(turn.session, turn.key, row.id)
    if fresh is not None and fresh.open:
        until = appeal_words.day(turn.words, turn.calendar, fresh.promised_on or fresh.due_on, turn.today)
        return await show(turn, row.id, turn.words("appeal-open-already", day=until))
    return Step(Idle(place=f"{step_of(row.id)}.contest"), [contest(turn, row, turn.words("appeal-reopen-over"))])


# --- adding words and files -------------------------------------------------------------------------------


async def begin_adding(turn: Turn, row: Any) -> Step:
    """«Дописать или приложить файл»: only for an open appeal, where personal data may be carried, after consent."""
    if not row.open:
        return await _to(turn, row, "", turn.words("appeal-add-ended"))
    if not consent.possible(turn):
        return Step(Idle(place=f"{step_of(row.id)}.elsewhere"), [elsewhere(turn, row, key="appeal-add-elsewhere")])
    state = AddingToAppeal(appeal=row.id)
    if await consent.needed(turn):
        return consent.ask(turn, state, Idle(place=step_of(row.id)))
    return Step(state, [_adding(turn, row)])


def _adding(turn: Turn, row: Any, told: str = "") -> Write:
    """The question; after something was added, what that was."""
    return Write(
        text=f"{told}\n\n{turn.words('appeal-add-more')}" if told else turn.words("appeal-add-ask", number=row.number),
        step=f"{step_of(row.id)}.add",
        asks="personal",
        hint=turn.words("appeal-add-hint", megabytes=turn.file_megabytes),
        limit=LONGEST,
        files=True,
        controls=(Button(key="open", step=step_of(row.id), label=turn.words("appeal-add-done")), menu_button(turn)),
    )


async def adding_screen(turn: Turn, state: AddingToAppeal) -> Reply | None:
    """What is asked while the client adds something; None when it cannot be any more."""
    row = await _addable(turn, state.appeal)
    return _adding(turn, row) if row is not None else await screen(turn, step_of(state.appeal))


async def _addable(turn: Turn, ident: int) -> Any | None:
    if not await consent.given(turn):
        return None
    row = await following.of_chat(turn.session, turn.key, ident)
    return row if row is not None and row.open else None


def adding_of(step: str) -> AddingToAppeal | None:
    """The question that a form of a page belongs to: of another tab, or from before he went on."""
    match step.split("."):
        case ["appeal", ident, "add"] if ident.isdecimal() and len(ident) < 19:
            return AddingToAppeal(appeal=int(ident))
        case _:
            return None


async def add(turn: Turn, state: AddingToAppeal, event: Incoming) -> Step:
    """What the client adds: words, a file, or both. Each is confirmed with time, name and size (requirement 4.23)."""
    row = await _addable(turn, state.appeal)
    if row is None:
        if isinstance(event, File):
            file_talk.turned_away(turn, event)
        found = await following.of_chat(turn.session, turn.key, state.appeal)
        return await begin_adding(turn, found) if found is not None else await _not_found(turn)
    match event:
        case Text(text=text):
            for press in typed.press(_adding(turn, row), text):
                if press.step == step_of(row.id):
                    return await show(turn, row.id)
            return await _words(turn, state, row, text)
        case Fill(text=text):
            return await _words(turn, state, row, text)
        case File():
            return await _file(turn, state, row, event)
        case _:
            return Step(state, [_adding(turn, row, turn.words("old-button"))])


async def _words(turn: Turn, state: AnyState, row: Any, text: str) -> Step:
    text = clean(text)
    if len(text) < SHORTEST:
        return Step(state, [_adding(turn, row, turn.words("write-something"))])
    if len(text) > LONGEST:
        note = turn.words("appeal-add-too-long", most=LONGEST, n=len(text))
        return Step(state, [_adding(turn, row, note).model_copy(update={"value": text[:LONGEST]})])
    before = await _danger(turn, text)
    if not await _counted(turn, row):
        return Step(state, [*before, _enough(turn, row).model_copy(update={"value": text})])
    await work.add_message(desk(turn), row, text)
    return Step(state, [*before, _adding(turn, row, _told(turn, row, text, None))])


async def _file(turn: Turn, state: AnyState, row: Any, event: File) -> Step:
    """A file, with the words that came along. One that is refused is told why, with the limits; the words are kept."""
    text = clean(event.text)[:LONGEST]
    kept = event.kept
    refusal = file_talk.refusal(turn, event)
    if kept is not None and len([f for f in await files.of(turn.session, row.id) if f.by == "client"]) >= files.MOST:
        turn.dropped.append(kept.stored)
        kept, refusal = None, turn.words("appeal-add-many", n=files.MOST)
    if kept is None and len(text) < SHORTEST:
        return Step(state, [_adding(turn, row, refusal or turn.words("write-something"))])
    before = await _danger(turn, text) if text else []
    if not await _counted(turn, row):
        if kept is not None:
            turn.dropped.append(kept.stored)
        return Step(state, [*before, _enough(turn, row)])
    named = turn.words("appeal-file", name=kept.name) if kept is not None and not text else text
    ident = await work.add_message(desk(turn), row, named)
    if kept is not None:
        await files.attach(
            turn.session,
            turn.keys,
            turn.now,
            row,
            stored=kept.stored,
            kind=kept.kind,
            size=kept.size,
            name=kept.name,
            by="client",
            event=ident,
        )
    said = "\n".join(filter(None, [refusal, _told(turn, row, text, kept)]))
    return Step(state, [*before, _adding(turn, row, said)])


async def _counted(turn: Turn, row: Any) -> bool:
    """Whether he may add one more today. Each addition raises the version that staff must have seen, so that without an
    end of them nobody could answer."""
    return await guesses.within(turn.session, turn.keys.hash(f"added:{turn.today}:{row.id}"), turn.now, A_DAY)


def _enough(turn: Turn, row: Any) -> Write:
    return _adding(turn, row, turn.words("appeal-add-enough", n=A_DAY, phone=turn.office.phone))


async def _danger(turn: Turn, text: str) -> list[Reply]:
    """Words of danger: 112 and a task at once; the words still reach the appeal."""
    if turn.person is None and find_danger(text, danger_words(turn)) is not None:
        return [await open_danger(turn, text)]
    return []


def _told(turn: Turn, row: Any, text: str, kept: KeptFile | None) -> str:
    """The confirmation: what was taken, when, to which number."""
    moment = turn.words.moment(turn.now)
    if kept is None:
        return turn.words("appeal-added-text", moment=moment, number=row.number, n=len(text))
    size = size_in_words(turn, kept.size)
    return turn.words("appeal-added-file", moment=moment, number=row.number, name=kept.name, size=size)


def size_in_words(turn: Turn, size: int) -> str:
    """«340 КБ», «2,5 МБ»; at least 1 КБ."""
    if size < 1_000_000:
        return turn.words("size-kb", n=max(1, round(size / 1024)))
    number = f"{size / 2**20:.1f}"
    return turn.words("size-mb", n=number.replace(".", ",") if turn.language == "ru" else number)
