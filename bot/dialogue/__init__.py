"""The whole talk on one screen: who speaks, where the talk stands, what came, and which dialogue answers."""

from __future__ import annotations

from backend import feedback, outbox
from backend import staff as people
from backend.codes import CHOSEN, Found
from backend.danger import find as find_danger
from bot.dialogue import (
    absence,
    appeals,
    ask,
    consent,
    counting,
    deeds,
    desk,
    entry,
    exclude,
    files,
    filing,
    handover,
    intents,
    invitation,
    learn,
    letter,
    menu,
    registering,
    reply,
    search,
    topics,
    tracking,
    typed,
)
from bot.dialogue import staff as staff_talk
from bot.dialogue import survey as survey_talk
from bot.dialogue.common import danger_words, open_danger, where_else
from bot.dialogue.state import (
    AddingToAppeal,
    Again,
    Answering,
    AnyState,
    AskingPerson,
    AskingReply,
    Consenting,
    Entering,
    Excluding,
    Filing,
    FollowingAppeal,
    Handling,
    Idle,
    Leaving,
    Previewing,
    Registering,
    Searching,
    Writing,
)
from bot.dialogue.turn import Step, Turn, nonce
from bot.messages import (
    Button,
    Choose,
    Event,
    File,
    Fill,
    Joined,
    Left,
    Moved,
    Press,
    Reply,
    Say,
    Start,
    Text,
    Unreadable,
    Write,
)
from qr.address import recognise

# Letters that look alike on both layouts: a token typed on the Russian keyboard is the token.
_LOOKALIKE = str.maketrans("АВЕКМНОРСТХУавекмнорстху", "ABEKMHOPCTXYABEKMHOPCTXY")


async def answer(turn: Turn, state: AnyState, event: Event) -> Step:
    """One event, one step. Nothing is sent here and nothing is committed."""
    step = invitation.with_way_out(turn, await _answered(turn, state, event))
    if not step.forget:
        ask.unresolved(turn, state, step.state)
        step.state = ask.remember(turn, state, step.state)
    return step


async def _answered(turn: Turn, state: AnyState, event: Event) -> Step:
    if turn.traits.mode == "off":
        return Step(Idle(), [where_else(turn, "nothing")])
    if turn.person is not None and not isinstance(event, Left):
        await people.mark_reachable(turn.session, turn.key, turn.now)  # he may have blocked us before
    match event:
        case Left():
            return await _left(turn, state)
        case Moved(to=to):
            return await _moved(turn, to)
        case Joined():
            return Step(Idle(), [Say(text=turn.words("group-joined"))])
        case _ if not turn.incoming.private:
            return await _in_group(turn, state, event)
        case Start(payload=payload, text=text):
            return await _start(turn, state, payload, text)
        case Text(text=text):
            return await _words(turn, state, text)
        case File():
            return await _file(turn, state, event)
        case Unreadable(kind=kind):
            return await _same_again(turn, state, turn.words(f"unreadable-{kind}"))
        case Press(step=step, key=key):
            return await _press(turn, state, step, key, event)
        case Fill(step=step, keys=keys):
            return await _press(turn, state, step, keys[0] if keys else "", event)


async def screen(turn: Turn, state: AnyState) -> Reply | None:
    """What this place of the talk shows: for typed answers, for a question repeated, for pages."""
    match state:
        case Idle(place=place):
            if place == "menu":
                return await reply.page(turn) or menu.main(turn)
            return await menu.screen(turn, place)
        case Answering() | AskingReply() | Again():
            return await survey_talk.screen(turn, state)
        case Writing() | Previewing():
            return await staff_talk.screen(turn, state)
        case Leaving():
            return await absence.screen(turn, state)
        case Excluding():
            return await exclude.screen(turn, state)
        case Entering():
            return await entry.screen(turn, state)
        case Searching():
            return await search.screen(turn, state)
        case AskingPerson():
            return handover.asking_person(turn)
        case Filing():
            return await letter.screen(turn, state) or await letter.start(turn) or menu.main(turn)
        case Consenting():
            return consent.screen(turn, state)
        case FollowingAppeal():
            return appeals.asking(turn, state)
        case AddingToAppeal():
            return await tracking.adding_screen(turn, state)
        case Handling():
            return await deeds.screen(turn, state)
        case Registering():
            return await registering.screen(turn, state)


async def question_at(turn: Turn, state: AnyState, step: str) -> Reply | None:
    """A screen by its step, for pages: an earlier question of the open survey, or a menu's screen."""
    if isinstance(state, Answering | AskingReply) and "~" in step:
        return await survey_talk.question_at(turn, state, step)
    if isinstance(state, Filing):
        return await letter.screen_at(turn, state, step)
    if turn.person is not None and step.startswith(("work", "deed.", "reg.", "count")):
        return await _at_desk(turn, step)
    if isinstance(state, Idle) and step in (
        "menu",
        "write",
        "consents",
        "excluded",
        "rate",
        "language",
        "help",
        "hours",
        "data",
        "tasks",
        "invitations",
        "topics",
        "forms",
        "about",
        "more",
    ):
        return await menu.screen(turn, step)
    if isinstance(state, Idle) and step.startswith("task."):
        return await menu.screen(turn, step)
    if isinstance(state, Idle | FollowingAppeal | AddingToAppeal):
        return await appeals.question_at(turn, step)
    return None


async def _at_desk(turn: Turn, step: str) -> Reply | None:
    """A screen of staff by its step: an earlier field of what is being written, a list, a card."""
    handling = deeds.place_of(step)
    if handling is not None:
        return await deeds.screen(turn, handling)
    if step.startswith("reg."):
        return await registering.screen(turn, Registering(at=step.removeprefix("reg.")))
    return await counting.screen(turn, step) if counting.is_place(step) else await desk.screen(turn, step)


async def _inside(turn: Turn, state: AnyState, event: Event) -> Step:
    """The dialogue that is open takes the event."""
    match state:
        case Answering():
            return await survey_talk.answer(turn, state, event)
        case AskingReply():
            return await survey_talk.answer_reply(turn, state, event)
        case Again():
            return await survey_talk.answer_again(turn, state, event)
        case Writing():
            return await staff_talk.write(turn, state, event)
        case Previewing():
            return await staff_talk.decide(turn, state, event)
        case Leaving():
            return await absence.answer(turn, state, event)
        case Excluding():
            return await exclude.answer(turn, state, event)
        case Entering():
            return await entry.answer(turn, state, event)
        case Searching():
            return await search.answer(turn, state, event)
        case AskingPerson():
            return _leave_for(turn, state, await ask.person_answer(turn, state, event))
        case Filing():
            return await filing.answer(turn, state, event)
        case Consenting():
            return await _consented(turn, await consent.answer(turn, state, event))
        case FollowingAppeal():
            return await appeals.answer(turn, state, event)
        case AddingToAppeal():
            return await tracking.add(turn, state, event)
        case Handling():
            return await deeds.answer(turn, state, event)
        case Registering():
            return await registering.answer(turn, state, event)
        case Idle():
            return await _idle(turn, state, event)


async def _consented(turn: Turn, step: Step) -> Step:
    """A consent was given or declined: the talk goes on where it was, with that screen."""
    if not isinstance(step.state, Consenting):
        shown = await screen(turn, step.state)
        step.replies = [*step.replies, shown if shown is not None else menu.main(turn)]
    return step


async def _start(turn: Turn, state: AnyState, payload: str, text: str) -> Step:
    if payload.startswith("join-"):
        return await staff_talk.join(turn, payload.removeprefix("join-"))
    if text and typed.plain(text[:64]) in (typed.MENU_WORDS | typed.STOP_WORDS):
        # VK repeats `ref` with every message: his words count, not the old link.
        return await _words(turn, state, text)
    if payload.startswith(appeals.LINK) and appeals.offered(turn):
        followed = await appeals.linked(turn, state, payload, text)
        return _leave_for(turn, state, followed) if followed is not None else await _words(turn, state, text)
    chosen = payload.startswith(CHOSEN)
    found = recognise(payload.removeprefix(CHOSEN), turn.url) if payload else None
    if found is not None:
        token, language = found
        if language in turn.all_words:
            turn.language = language
        code = turn.codes.find(token, turn.today)
        good = chosen or code.state == "open" or bool(text.strip())
        if isinstance(state, Answering | AskingReply) and good and await _about(turn, state, code):
            # The same code again during its survey changes nothing: VK repeats `ref` with every message.
            if text.strip():
                return await _words(turn, state, text)
            if isinstance(state, Answering) and turn.taken.day < turn.today:
                state = state.model_copy(update={"paused": True})
            return await _same_again(turn, state, "")
        return _leave_for(turn, state, await (menu.chosen if chosen else menu.scanned)(turn, token))
    if payload:
        return await menu.scanned(turn, payload[:40])
    if isinstance(state, Answering | AskingReply):
        paused = state.model_copy(update={"paused": True}) if isinstance(state, Answering) else state
        shown = await screen(turn, paused)
        if shown is not None:
            return Step(paused, [shown])
    if text.strip():
        return await _words(turn, state, text)
    shown = await reply.page(turn)
    return Step(Idle(), [shown]) if shown is not None else menu.greeting(turn)


async def _about(turn: Turn, state: Answering | AskingReply, code: Found) -> bool:
    """Whether the open survey is about the point of this code, or about the one that was offered in its place."""
    points = {point.code for point in (code.point, code.nearest) if point is not None}
    row = await feedback.load(turn.session, state.response, turn.key) if points else None
    return row is not None and row.subject_kind == "point" and row.subject in points


async def _words(turn: Turn, state: AnyState, text: str) -> Step:
    """Words that mean the same in every state come first, then the dialogue that is open."""
    word = typed.plain(text[:64]) if len(text) <= 64 else ""
    if word in typed.MENU_WORDS:
        return Step(_pause(state), [menu.main(turn)])
    if word in typed.STOP_WORDS:
        return await menu.stop(turn)
    if text.strip().casefold() in ("/start", "начать", "start"):
        return await _start(turn, state, "", "")
    if isinstance(state, Answering) and state.paused and state.place:
        # A menu is on the screen while the survey waits: typed numbers mean the menu.
        for press in await _typed(turn, state, text):
            return await _press(turn, state, press.step, press.key, press)
    searches = turn.person is not None and (isinstance(state, Idle | Searching) or text.lstrip().startswith("/"))
    wanted = search.command(text) if searches else None
    if wanted is not None:
        return await search.find(turn, wanted) if wanted else search.ask(turn)
    if isinstance(state, Idle | Searching):
        staffs = await desk.typed_words(turn, state, text)
        if staffs is not None:
            return staffs
    between = isinstance(state, Entering) and state.response is not None
    command = typed.COMMANDS.get(word, "")
    between = between or (isinstance(state, Filing | Consenting) and command in typed.OF_HIS_DATA)
    looks_around = isinstance(state, Idle | FollowingAppeal) or between or word.startswith("/")
    if command and looks_around and (command != "appeals" or appeals.offered(turn)):
        return await _command(turn, command)
    found = recognise(text, turn.url) or recognise(text.translate(_LOOKALIKE), turn.url)
    # To a member of staff who enters answers from paper a code names the place of the paper.
    if (
        found is not None
        and not isinstance(state, Entering | Handling | Registering)
        and turn.codes.find(found[0], turn.today).point is not None
    ):
        return await _start(turn, state, found[0] + (f"-{found[1]}" if found[1] else ""), "")
    if text.strip().startswith("join-"):
        return await staff_talk.join(turn, text.strip().removeprefix("join-"))
    if not isinstance(state, Answering | Writing | Filing | AddingToAppeal):
        danger = find_danger(text, danger_words(turn))
        if danger is not None and turn.person is None:
            return Step(state, [await open_danger(turn, text)])
    if turn.person is None and (isinstance(state, Idle) or (isinstance(state, Answering) and state.paused)):
        number = appeals.wanted(turn, text)
        if number is not None:
            return _leave_for(turn, state, await appeals.asked(turn, *number))
    if isinstance(state, Answering) and state.paused:
        sought = menu.searched(turn, state.place, text) or await _asked_meanwhile(turn, state, text)
        if sought is not None:
            return _leave_for(turn, state, sought)
    return await _inside(turn, state, Text(text))


async def _asked_meanwhile(turn: Turn, state: Answering, text: str) -> Step | None:
    """A question while a survey waits: answered, and the survey goes on waiting. None for words that may belong to the
    survey, or that ask nothing."""
    if state.entered or intents.of(text) in ("empty", "greeting", "thanks", "bye"):
        return None
    survey = await turn.survey(state.survey, state.version)
    question = survey.question(state.question) if survey is not None else None
    if survey is not None and question is not None:
        go_on = Button(key="continue", label=turn.words("button-continue"))
        for shown in (Say(text="", buttons=(go_on,)), survey_talk.show(turn, survey, question, {}, state.response)):
            if typed.press(shown, text):
                return None
    danger = find_danger(text, danger_words(turn))
    if danger is not None and turn.person is None:
        return Step(Idle(), [await open_danger(turn, text)])
    return await ask.heard(turn, state, text)


def _waiting(state: AnyState) -> Answering | None:
    """The survey that is open behind this place of the talk."""
    match state:
        case Answering():
            return state
        case AskingPerson(survey=survey):
            return survey
        case _:
            return None


def _pause(state: AnyState, place: str = "menu") -> AnyState:
    """The menu does not lose an open survey: it waits."""
    survey = _waiting(state)
    return survey.model_copy(update={"paused": True, "place": place}) if survey is not None else Idle()


async def _command(turn: Turn, command: str) -> Step:
    match command:
        case "english" | "russian":
            return await _pressed_menu(turn, "lang", "en" if command == "english" else "ru")
        case _:
            return await _pressed_menu(turn, "menu", command)


async def _pressed_menu(turn: Turn, step: str, key: str) -> Step:
    return await menu.pressed(turn, step, key) or Step(Idle(), [menu.main(turn)])


async def _press(turn: Turn, state: AnyState, step: str, key: str, event: Press | Fill) -> Step:
    """A button: of the dialogue that is open, of the menu, of an answer, of a task, or an old one."""
    if isinstance(state, AskingPerson) and state.survey is not None and step.startswith("resume~"):
        state = state.survey
    if isinstance(event, Fill) and step in ("question", "person"):
        # A field of a page: as if it had been typed. One for a person stays so in an old tab.
        if not event.text.strip():
            return await _same_again(turn, state, turn.words("write-something"))
        if step == "person" and not isinstance(state, AskingPerson):
            state = AskingPerson(survey=_waiting(state))
        elif step == "question" and isinstance(state, AskingPerson):
            state = _pause(state)
        return await _words(turn, state, event.text)
    if step == "menu" and isinstance(state, Answering | AskingPerson) and key == "open":
        return Step(_pause(state), [menu.main(turn)])
    if step == "lang" and key in turn.all_words and not isinstance(state, Idle):
        turn.language = key
        return await _same_again(turn, state, "")
    if (
        isinstance(state, Answering)
        and step == "menu"
        and key in ("language", "help", "hours", "data", "tasks", "invitations")
    ):
        # Looking around does not end a survey.
        return Step(_pause(state, key), [await menu.screen(turn, key)])
    if isinstance(event, Fill) and step.startswith("write.") and not isinstance(state, Writing):
        # A form of another tab, or from before «Отмена»: what a member of staff wrote is not lost.
        found = staff_talk.writing_of(step)
        if found is not None and turn.person is not None:
            return await staff_talk.write(turn, found, event)
    if isinstance(state, Consenting) and step.startswith(f"consent.{state.purpose}."):
        return await _inside(turn, state, event)
    if isinstance(event, Fill):
        written = await appeals.fill(turn, state, event)
        if written is not None:
            return _leave_for(turn, state, written)
    filed = await filing.pressed(turn, state, event)
    if filed is not None:
        return _leave_for(turn, state, filed)
    worked = await deeds.pressed(turn, state, event) or await registering.pressed(turn, state, event)
    if worked is None and isinstance(event, Fill) and step == "work.find":
        worked = await desk.find(turn, event.text) if desk.is_on(turn) else None
    if worked is not None:
        return _leave_for(turn, state, worked)
    if step == search.STEP:
        return await search.answer(turn, state if isinstance(state, Searching) else Searching(), event)
    done = await ask.pressed(turn, state, step, key)
    if done is not None:
        return _leave_for(turn, state, done)
    for handler in (
        menu.pressed,
        consent.pressed,
        appeals.pressed,
        topics.pressed,
        reply.pressed,
        invitation.pressed,
        absence.pressed,
        exclude.pressed,
        entry.pressed,
        desk.pressed,
        counting.pressed,
        learn.pressed,
        staff_talk.pressed,
    ):
        done = await handler(turn, step, key)
        if done is not None:
            return _leave_for(turn, state, done)
    if not isinstance(state, Idle):
        own = await _own_or_old(turn, state, step, key)
        return own if own is not None else await _inside(turn, state, event)
    old = await survey_talk.old_press(turn, state, step, key)
    if old is not None:
        return old
    return await _same_again(turn, state, turn.words("old-button"))


async def _own_or_old(turn: Turn, state: AnyState, step: str, key: str) -> Step | None:
    """A button of a survey finished earlier today, pressed while another dialogue is open."""
    if "~" not in step or not isinstance(state, Answering | AskingReply):
        return None
    if step.endswith(f"~{nonce(state.response)}"):
        return None
    if key == "change":
        return None
    return await survey_talk.old_press(turn, state, step, key)


def _leave_for(turn: Turn, state: AnyState, done: Step) -> Step:
    """Another dialogue took over; what an open survey had is kept by its own rules (feedback.open_of)."""
    survey = _waiting(state)
    if survey is None or done.forget:
        return done
    match done.state:
        case Idle(place=place, asked=asked, seen=seen):
            done.state = survey.model_copy(update={"paused": True, "place": place, "asked": asked, "seen": seen})
            if ask.is_place(place):
                done.replies = [*done.replies[:-1], _with_way_back(turn, survey, done.replies[-1])]
        case AskingPerson(survey=None):
            done.state = done.state.model_copy(update={"survey": survey.model_copy(update={"paused": True})})
    return done


def _with_way_back(turn: Turn, survey: Answering, shown: Reply) -> Reply:
    """«Продолжить опрос» beside what was answered meanwhile."""
    back = Button(key="continue", step=f"resume~{nonce(survey.response)}", label=turn.words("ask-resume"))
    match shown:
        case Say():
            return shown.model_copy(update={"buttons": (*shown.buttons[:-1], back, *shown.buttons[-1:])})
        case Choose() | Write():
            return shown.model_copy(update={"controls": (*shown.controls[:-1], back, *shown.controls[-1:])})
        case _:
            return shown


async def _typed(turn: Turn, state: Idle | Answering, text: str) -> list[Press]:
    """What these words press on the screen. An answer or a page is read again only for words that can mean a button of
    it: a question must not cost the statements."""
    place, number = state.place, typed.plain(text[:8]).isdecimal()
    if place.startswith(("answer.", "part.")) and not number:
        return typed.press(ask.judging(turn, place), text)[:1]
    if place == "menu" and isinstance(state, Idle):
        shown: Reply | None = menu.main(turn)
        if number or typed.press(reply.judging(turn), text):
            shown = await screen(turn, state)
    else:
        shown = await menu.screen(turn, place)
    return typed.press(shown, text)[:1] if shown is not None else []


async def _file(turn: Turn, state: AnyState, event: File) -> Step:
    """A file, checked and stored before this turn. A dialogue that takes files takes it here, before the rest."""
    filed = await filing.pressed(turn, state, event)
    if filed is None and isinstance(state, Filing):
        filed = await filing.answer(turn, state, event)
    if filed is not None:
        return _leave_for(turn, state, filed)
    adding = state if isinstance(state, AddingToAppeal) else tracking.adding_of(event.step)
    if adding is not None:
        return _leave_for(turn, state, await tracking.add(turn, adding, event))
    if isinstance(state, Handling | Registering):
        return await _inside(turn, state, event)
    handling = deeds.place_of(event.step)
    if handling is not None and turn.person is not None:
        return _leave_for(turn, state, await deeds.answer(turn, handling, event))
    note = files.turned_away(turn, event)
    if not event.text.strip():
        return await _same_again(turn, state, note)
    # What he wrote beside it is answered as if it had come alone.
    step = await _words(turn, state, event.text)
    step.replies = [Say(text=note), *step.replies]
    return step


async def _idle(turn: Turn, state: Idle, event: Event) -> Step:
    if not isinstance(event, Text):
        return await _same_again(turn, state, turn.words("old-button"))
    for press in await _typed(turn, state, event.text):
        return await _press(turn, state, press.step, press.key, press)
    sought = menu.searched(turn, state.place, event.text)
    if sought is not None:
        return sought
    intent = intents.of(event.text)
    if turn.fresh and intent == "greeting":
        return menu.greeting(turn)
    if intent not in ("empty", "greeting", "thanks", "bye"):
        answered = await ask.heard(turn, state, event.text)
        if answered is not None:
            return answered
    open_before = await feedback.open_of(turn.session, turn.key)
    if open_before is not None:
        step = await survey_talk.resume(turn, open_before)
        if step is not None and isinstance(step.state, Answering):
            paused = step.state.model_copy(update={"paused": True})
            again = await survey_talk.screen(turn, paused)
            if again is not None:
                return Step(paused, [again])
    if turn.fresh:
        return menu.greeting(turn)
    answered = await ask.heard(turn, state, event.text)
    return answered or Step(
        state, [Say(text=turn.words("not-understood")), await screen(turn, state) or menu.main(turn)]
    )


async def _same_again(turn: Turn, state: AnyState, note: str) -> Step:
    """A plain answer, and the same question again."""
    shown = await screen(turn, state)
    replies: list[Reply] = [Say(text=note)] if note else []
    if shown is None:
        return Step(Idle(), [*replies, menu.main(turn)])
    return Step(state, [*replies, shown])


# --- groups -----------------------------------------------------------------------------------------------


async def _in_group(turn: Turn, state: AnyState, event: Event) -> Step:
    """In a group the bot speaks only when spoken to: a code, a button, a text it asked for."""
    match event:
        case Start(payload=payload) if payload:
            return await staff_talk.bind(turn, payload) or Step(state, [])
        case Text(text=text):
            if isinstance(state, Writing | Previewing):
                return await _inside(turn, state, event)
            return await staff_talk.bind(turn, text) or Step(state, [])
        case Press(step=step, key=key):
            if isinstance(state, Writing | Previewing) and step.startswith(("write.", "send.")):
                return await _inside(turn, state, event)
            done = await learn.pressed(turn, step, key) or await staff_talk.pressed(turn, step, key)
            return done or Step(state, [Say(text=turn.words("old-button"))])
        case _:
            return Step(state, [])


async def _left(turn: Turn, state: AnyState) -> Step:
    """Blocked by a person, or put out of a group: the latter is reported to the administrator."""
    where = turn.incoming.where
    if turn.incoming.private:
        await people.mark_unreachable(turn.session, turn.key)
        await menu.forget_if_gone(turn)
        return Step(state, [])
    if await people.unbind(turn.session, turn.keys.hash(str(where)), turn.now):
        rows = [
            outbox.row(
                cause=f"group-removed:{turn.incoming.id}:{place.address}",
                channel=place.channel,
                address=place.address,
                sealed=place.sealed,
                language=place.language or turn.language,
                kind="note",
                data={"key": "note-group-removed", "channel": where.channel},
                due_at=turn.now,
            )
            for place in await people.places_of(turn.session, turn.office.administrator)
            if place.channel not in ("web", "console")
        ]
        await outbox.put(turn.session, rows)
    return Step(state, [])


async def _moved(turn: Turn, to: str) -> Step:
    where = turn.incoming.where
    await people.move_group(
        turn.session,
        turn.keys.hash(str(where)),
        turn.keys.hash(f"{where.channel}:{to}"),
        turn.keys.seal(to),
    )
    if str(where) == turn.staff_chat:
        # The setting names the old id: the new one is bound, until the administrator changes the setting.
        await people.bind(
            turn.session,
            address=turn.keys.hash(f"{where.channel}:{to}"),
            channel=where.channel,
            sealed=turn.keys.seal(to),
            now=turn.now,
            by="STAFF_CHAT",
        )
    return Step(Idle(), [])
