"""Appeals at the desk of staff: «Мои задачи», all appeals, search, the card, and what one press does.

Only privately, never in a group. A button of a card names the version that was on the screen (`work.<id>.<version>`),
so that of two people the second is told who was first. Deeds that need words are in `bot.dialogue.deeds`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from backend import absences, journal, tasks
from backend.appeals import access, events, notices, numbers, work, worklist
from backend.appeals.registration import Unfit
from backend.appeals.work import Desk, Done, Stale
from backend.office.model import Person
from bot import appeal_words, desk_cards
from bot.desk_cards import View
from bot.dialogue import typed
from bot.dialogue.common import menu_button, where_else
from bot.dialogue.state import AnyState, Idle
from bot.dialogue.turn import Step, Turn
from bot.messages import Button, Reply, Say, Write

PAGE: Final = 20
FIND_LIMIT: Final = 100
VIEWED: Final = timedelta(hours=1)
WORDS: Final = {
    "мои задачи": "open",
    "my tasks": "open",
    "все обращения": "all",
    "all appeals": "all",
    "найти обращение": "find",
    "find an appeal": "find",
}
"""Words that mean a screen of the desk to a member of staff."""


def is_on(turn: Turn) -> bool:
    """Whether this person works with appeals here."""
    return turn.person is not None and turn.office.appeals is not None and turn.incoming.private


def menu_buttons(turn: Turn) -> tuple[Button, ...]:
    """The first line of the staff menu."""
    if not is_on(turn):
        return ()
    return (Button(key="open", step="work", label=turn.words("menu-desk"), tone="good"),)


def desk_of(turn: Turn) -> Desk:
    """What deeds need, in this person's name."""
    assert turn.person is not None
    return Desk(turn.session, turn.office, turn.calendar, turn.keys, turn.now, turn.person)


def view_of(turn: Turn) -> View:
    """What this person may read here. A look opens nothing that is sealed: it could not be noted in the journal."""
    assert turn.person is not None
    return View(
        turn.session,
        turn.office,
        turn.words,
        turn.calendar,
        turn.keys,
        turn.now,
        turn.url,
        turn.person,
        turn.may("personal") and not turn.memory.reads_only,
    )


# --- buttons and words ------------------------------------------------------------------------------------


async def pressed(turn: Turn, step: str, key: str) -> Step | None:
    """A button of these screens; None when it is none of them."""
    if step != "work" and not step.startswith("work."):
        return None
    if not is_on(turn):
        return Step(Idle(), [Say(text=turn.words("not-staff"), buttons=(menu_button(turn),))])
    ident, seen = place_of(step)
    if ident is not None:
        return await _of_card(turn, ident, seen, key)
    await worklist.leave(turn.session, _person(turn).id)
    what, _, skip = key.partition(".")
    if what == "find":
        return Step(Idle(place="work.find"), [_asking(turn)])
    scope = "all" if what == "all" else "mine"
    return await _listed(turn, scope, _number(skip))


async def typed_words(turn: Turn, state: AnyState, text: str) -> Step | None:
    """What a member of staff types while nothing else is asked: the number of an appeal, a screen by its name, words
    to search for. None when it is something else."""
    place = state.place if isinstance(state, Idle) else ""
    if not is_on(turn) or place == "client":
        return None
    word = typed.plain(text[:64])
    if word in WORDS:
        return await pressed(turn, "work", WORDS[word])
    if place == "work.find":
        for press in typed.press(_asking(turn), text):
            return None if press.step == "menu" else await pressed(turn, press.step, press.key)
        return await find(turn, text)
    if len(text) <= FIND_LIMIT and numbers.read_number(text) is not None:
        return await find(turn, text)
    return None


async def screen(turn: Turn, place: str) -> Reply | None:
    """The screen of this name: for typed answers, and for pages."""
    if not is_on(turn):
        return None
    if place == "work.find":
        return _asking(turn)
    if place.startswith("work.found."):
        return await _found(turn, [int(part) for part in place.split(".")[2:] if part.isdecimal()])
    ident, seen = place_of(place)
    if ident is None:
        parts = place.split(".")
        scope = "all" if "all" in parts else "mine"
        return await listing(turn, scope, _number(parts[-1]))
    row = await work.visible(desk_of(turn), ident)
    return await _card(turn, row, seen=seen) if row is not None else await listing(turn, "mine")


def place_of(step: str) -> tuple[int | None, int | None]:
    """Which appeal a step names, and the version that was seen (`work.17.5`)."""
    parts = step.split(".")[1:]
    if not parts or not all(part.isdecimal() and len(part) < 10 for part in parts):
        return None, None
    return int(parts[0]), int(parts[1]) if len(parts) > 1 else None


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else 0


def _person(turn: Turn) -> Person:
    assert turn.person is not None
    return turn.person


# --- lists ------------------------------------------------------------------------------------------------


async def _listed(turn: Turn, scope: str, skip: int = 0, top: str = "") -> Step:
    place = f"work.{scope}.{skip}" if skip else f"work.{scope}"
    # A page renews the list by itself; what has happened stands apart and stays.
    said: list[Reply] = [Say(text=top)] if top else []
    return Step(Idle(place=place), [*said, await listing(turn, scope, skip)])


async def listing(turn: Turn, scope: str = "mine", skip: int = 0) -> Reply:
    """Appeals with the nearest deadline first. What is overdue is counted in the head, whatever page is shown."""
    person, words = _person(turn), turn.words
    everything = scope == "all" and access.sees_more(turn.office, person)
    away = await absences.away(turn.session, turn.today)
    rows, total = await worklist.mine(
        turn.session, turn.office, person, away, everything=everything, skip=skip, limit=PAGE
    )
    if not rows and skip:  # answered meanwhile
        return await listing(turn, scope)
    late = await worklist.late(turn.session, turn.office, person, away, turn.today, everything=everything)
    lines = [words("desk-all" if everything else "desk-mine", n=total)]
    if late:
        lines.append(words("desk-late-count", n=late))
    if not everything and access.sees_more(turn.office, person):
        # Whoever watches over others sees what they have missed, before he opens their list.
        every = await worklist.late(turn.session, turn.office, person, away, turn.today, everything=True)
        if every > late:
            lines.append(words("desk-late-all", n=every))
    if len(rows) > 1:
        lines.append(words("desk-nearest-first"))
    if not turn.may("track"):
        return await _counted(turn, lines)
    if total > len(rows):
        shown = min(total, worklist.COUNTED)
        lines.append(words("choose-page", first=skip + 1, last=skip + len(rows), total=shown))
    buttons = [_open(turn, row, held=everything) for row in rows]
    if skip + len(rows) < total:
        buttons.append(Button(key=f"{scope}.{skip + PAGE}", label=words("button-more")))
    if skip:
        buttons.append(Button(key=scope, label=words("button-first-page")))
    if everything:
        buttons.append(Button(key="open", label=words("desk-show-mine")))
    elif access.sees_more(turn.office, person):
        buttons.append(Button(key="all", label=words("desk-show-all")))
    buttons.append(Button(key="find", label=words("desk-find")))
    return Say(
        text="\n".join(lines),
        step="work",
        asks="track",
        buttons=(*buttons, *await _tasks(turn), menu_button(turn)),
    )


async def _counted(turn: Turn, lines: list[str]) -> Reply:
    """Where the channel carries no numbers: how many, and where to work with them."""
    there = where_else(turn, "track")
    text = "\n".join([*lines, turn.words("desk-not-here", url=f"{turn.url}/talk")])
    again = Button(key="open", label=turn.words("button-refresh"))
    buttons = (again, *there.buttons, *await _tasks(turn), menu_button(turn))
    return Say(text=text, step="work", buttons=buttons)


async def _tasks(turn: Turn) -> tuple[Button, ...]:
    """«Открытые задачи: N», the way to what is no appeal."""
    _, total = await tasks.open_for(turn.session, _person(turn).id, turn.today, limit=1)
    return (Button(key="tasks", step="menu", label=turn.words("desk-tasks", n=total)),)


def _open(turn: Turn, row: Any, *, held: bool) -> Button:
    label = desk_cards.line(turn.office, turn.words, row, turn.today, personal=turn.may("personal"), held=held)
    return Button(key="open", step=f"work.{row.id}", label=label)


# --- search -----------------------------------------------------------------------------------------------


def _asking(turn: Turn) -> Write | Say:
    if not turn.may("track"):
        return where_else(turn, "track")
    return Write(
        text=turn.words("desk-find-what"),
        hint=turn.words("desk-find-hint"),
        step="work.find",
        limit=FIND_LIMIT,
        controls=(Button(key="open", step="work", label=turn.words("button-back")), menu_button(turn)),
    )


async def find(turn: Turn, text: str) -> Step:
    """By number, by the number of another system, or by words of what it is about. The only one found is opened."""
    if not turn.may("track"):
        return Step(Idle(place="work"), [where_else(turn, "track")])
    wanted = numbers.read_number(text) or " ".join(text.split())[:FIND_LIMIT]
    if len(wanted) < 2:
        return Step(Idle(place="work.find"), [Say(text=turn.words("write-something")), _asking(turn)])
    away = await absences.away(turn.session, turn.today)
    rows = await worklist.search(turn.session, turn.office, _person(turn), away, wanted, PAGE)
    exact = [row for row in rows if row.number == wanted]
    if len(exact or rows) == 1:
        return await opened(turn, (exact or rows)[0].id)
    if not rows:
        return Step(Idle(place="work.find"), [Say(text=turn.words("desk-found-none")), _asking(turn)])
    found = [row.id for row in rows]
    place = ".".join(["work.found", *map(str, found)])
    return Step(Idle(place=place), [await _found(turn, found)])


async def _found(turn: Turn, idents: list[int]) -> Reply:
    desk = desk_of(turn)
    rows = [row for ident in idents[:PAGE] if (row := await work.visible(desk, ident)) is not None]
    if not rows:
        return _asking(turn)
    anew = Button(key="find", label=turn.words("desk-find-anew"))
    back = Button(key="open", label=turn.words("menu-desk"))
    return Say(
        text=turn.words("desk-found", n=len(rows)),
        step="work",
        asks="track",
        buttons=(*(_open(turn, row, held=True) for row in rows), anew, back, menu_button(turn)),
    )


# --- the card ---------------------------------------------------------------------------------------------


async def opened(turn: Turn, ident: int, top: str = "", *, whole: bool = False) -> Step:
    """The card as it stands, with a line above it that says what has happened. That it was opened is noted once an
    hour; who else has it open is seen."""
    if not turn.may("track"):
        return Step(Idle(place="work"), [await listing(turn)])
    row = await work.visible(desk_of(turn), ident)
    if row is None:
        return await gone(turn)
    person = _person(turn)
    await worklist.leave(turn.session, person.id)
    await worklist.be_there(turn.session, row.id, person.id, turn.now)
    return Step(Idle(place=desk_cards.step_of(row)), [await _card(turn, row, top=top, whole=whole)])


async def gone(turn: Turn) -> Step:
    """An appeal that is not there for him, whether it exists or not."""
    return await _listed(turn, "mine", top=turn.words("desk-gone"))


async def _card(turn: Turn, row: Any, *, top: str = "", seen: int | None = None, whole: bool = False) -> Reply:
    view, person = view_of(turn), _person(turn)
    if view.personal:
        since = turn.now - VIEWED
        if not await journal.has_done(turn.session, person.id, "appeal.viewed", row.number, since):
            await journal.note(turn.session, turn.now, person.id, "appeal.viewed", row.number)
    here = await worklist.others(turn.session, row.id, person.id, turn.now)
    text, links = await desk_cards.card(view, row, here=here, whole=whole)
    step = f"work.{row.id}.{seen if seen is not None else row.version}"
    buttons = _buttons(turn, row, step, view.personal)
    if not whole and await desk_cards.is_cut(view, row):
        buttons.append(Button(key="whole", label=turn.words("desk-whole")))
    if whole:
        buttons.insert(0, Button(key="open", label=turn.words("desk-fold")))
    if turn.memory.reads_only and turn.may("personal"):
        buttons.insert(0, Button(key="open", label=turn.words("desk-open"), tone="good"))
    if not turn.may("personal"):
        buttons.append(Button(url=f"{turn.url}/talk/work.{row.id}", label=turn.words("desk-browser")))
    mine = Button(key="open", step="work", label=turn.words("menu-desk"))
    text = f"{top}\n{text}" if top else text
    return Say(
        text=text,
        step=step,
        asks="personal" if view.personal else "track",
        buttons=(*buttons, *links, mine, menu_button(turn)),
    )


def deed_step(row: Any, seen: int | None, what: str, at: str = "open") -> str:
    return f"deed.{what}.{row.id}.{row.version if seen is None else seen}.{at}"


def _deed(turn: Turn, row: Any, step: str, what: str, *, tone: str = "plain") -> Button:
    seen = place_of(step)[1]
    label = turn.words(f"desk-do-{what}")
    return Button(key="open", step=deed_step(row, seen, what), label=label, tone="good" if tone == "good" else "plain")


def _buttons(turn: Turn, row: Any, step: str, personal: bool) -> list[Button]:
    """What makes sense now; what is done seldom is behind «Другие действия»."""
    words, mine = turn.words, row.holder == _person(turn).id
    content = turn.office.appeals
    found: list[Button] = []
    if row.open and (not mine or row.means == "new"):
        found.append(Button(key="take", label=words("desk-do-take"), tone="good"))
    if row.open and personal:
        found.append(_deed(turn, row, step, "answer", tone="plain" if found else "good"))
    if personal:
        found.append(_deed(turn, row, step, "reply"))
        found.append(_deed(turn, row, step, "note"))
    if row.open and content is not None:
        for stage in work.next_stages(content, row):
            if stage.means == "work" and row.means == "new":
                continue  # taking it does that
            label = words("desk-do-move", stage=turn.text(stage.name))
            found.append(Button(key=f"move.{stage.code}", label=label))
    found.append(Button(key="why", label=words("desk-do-why")))
    found.append(Button(key="more", label=words("desk-do-more")))
    return found


async def more(turn: Turn, row: Any, seen: int) -> Reply:
    """The rest of what can be done."""
    step = f"work.{row.id}.{seen}"
    desk = desk_of(turn)
    buttons: list[Button] = []
    if row.open:
        buttons.append(_deed(turn, row, step, "assign"))
        if work.extendable(desk, row):
            buttons.append(_deed(turn, row, step, "extend"))
        buttons += [_deed(turn, row, step, what) for what in ("redirect", "suspend", "refuse")]
    if work.reopenable(row, turn.today):
        buttons.append(_deed(turn, row, step, "reopen"))
    if row.means != "closed":
        buttons.append(_deed(turn, row, step, "close"))
    if turn.may("personal"):
        buttons.append(_deed(turn, row, step, "file"))
    buttons.append(_deed(turn, row, step, "complain"))
    buttons.append(Button(key="code", label=turn.words("desk-do-code")))
    buttons.append(Button(key="open", label=turn.words("button-back")))
    return Say(text=turn.words("desk-more", number=row.number), step=step, asks="track", buttons=tuple(buttons))


async def _of_card(turn: Turn, ident: int, seen: int | None, key: str) -> Step:
    """A button of a card."""
    if key in ("open", "show") or not turn.may("track"):
        return await opened(turn, ident)
    desk = desk_of(turn)
    row = await work.visible(desk, ident)
    if row is None:
        return await gone(turn)
    seen = row.version if seen is None else seen
    match key.partition("."):
        case "whole", _, _:
            return await opened(turn, ident, whole=True)
        case "more", _, _:
            return Step(Idle(place=f"work.{ident}.{seen}"), [await more(turn, row, seen)])
        case "why", _, _:
            return await _why(turn, row)
        case "code", _, _:
            return await _ask_code(turn, row, seen)
        case "renew", _, _:
            return await _renew(turn, desk, row, seen)
        case "take", _, _:
            return await _take(turn, desk, row, seen)
        case "move", _, stage:
            return await _move(turn, desk, row, seen, stage)
        case _:
            return await opened(turn, ident)


async def _why(turn: Turn, row: Any) -> Step:
    """«Почему этот срок?»: the rule and the count."""
    content = turn.office.appeals
    deadline = work.deadline_of(content, row, turn.calendar) if content is not None else None
    if deadline is None:
        return await opened(turn, row.id, turn.words("desk-no-rule"))
    text = appeal_words.explain(turn.office, turn.words, turn.calendar, deadline, turn.today)
    back = Button(key="open", step=f"work.{row.id}", label=turn.words("desk-back"))
    top = turn.words("desk-why", number=row.number)
    return Step(
        Idle(place=desk_cards.step_of(row)),
        [Say(text=f"{top}\n{text}", step="work.why", asks="track", buttons=(back, menu_button(turn)))],
    )


# --- what one press does ----------------------------------------------------------------------------------


async def _take(turn: Turn, desk: Desk, row: Any, seen: int) -> Step:
    if row.holder == _person(turn).id and row.means != "new":
        return await opened(turn, row.id, turn.words("desk-yours-already"))
    try:
        done = await work.take(desk, row, seen)
    except (Stale, Unfit) as error:
        return await refused(turn, row, error)
    await work.close_tasks(desk, row, turn.words("desk-do-take"), only=("unrouted",))
    return await after(turn, done, turn.words("desk-taken", number=row.number), tells=row.means == "new")


async def _move(turn: Turn, desk: Desk, row: Any, seen: int, stage: str) -> Step:
    if row.stage == stage:
        return await opened(turn, row.id, turn.words("desk-moved-already"))
    try:
        done = await work.move(desk, row, seen, stage)
    except (Stale, Unfit) as error:
        return await refused(turn, row, error)
    name = appeal_words.stage_of(turn.office, turn.words, stage)
    return await after(turn, done, turn.words("desk-moved", stage=name))


async def _ask_code(turn: Turn, row: Any, seen: int) -> Step:
    """The old code ends: asked once more."""
    step = f"work.{row.id}.{seen}"
    buttons = (
        Button(key="renew", label=turn.words("desk-code-yes"), tone="bad"),
        Button(key="open", label=turn.words("button-cancel")),
    )
    text = turn.words("desk-code-sure", number=row.number)
    return Step(Idle(place=step), [Say(text=text, step=step, asks="track", buttons=buttons)])


async def _renew(turn: Turn, desk: Desk, row: Any, seen: int) -> Step:
    """Pressed twice, or by two people, it is done once: the second code would end the one that is told already."""
    try:
        code = await work.renew_code(desk, row, seen)
    except Stale as error:
        return await refused(turn, row, error)
    text = turn.words("desk-code-new", number=row.number, code=code)
    back = Button(key="open", step=f"work.{row.id}", label=turn.words("desk-back"))
    shown = Say(text=text, step="work.code", asks="track", buttons=(back, menu_button(turn)))
    return Step(Idle(place=desk_cards.step_of(row)), [shown])


async def after(turn: Turn, done: Done, top: str, *, tells: bool = True) -> Step:
    """The card after a deed: what happened, and whether the client was told."""
    lines = [top, *([await _client_told(turn, done)] if tells else [])]
    return await opened(turn, done.row.id, "\n".join(lines))


async def _client_told(turn: Turn, done: Done) -> str:
    if done.told:
        found = await notices.listeners(turn.session, done.row.id)
        channel = turn.words(f"channel-{found[0].channel}") if found else ""
        return turn.words("desk-client-told", channel=channel)
    return await desk_cards.told_where(turn.session, turn.words, done.row)


async def handed(turn: Turn, top: str) -> Step:
    """It is not his to see any more: the list, under what has happened."""
    return await _listed(turn, "mine", top=top)


async def refused(turn: Turn, row: Any, error: Stale | Unfit) -> Step:
    """A press that came too late or does not fit: why, and the card as it is now."""
    text = unfit_words(turn, error) if isinstance(error, Unfit) else await stale_words(turn, row.id)
    return await opened(turn, row.id, text)


async def stale_words(turn: Turn, ident: int) -> str:
    """Who was first, when and with what."""
    found = [event for event in await events.of(turn.session, turn.keys, ident, limit=10) if event.kind != "note"]
    if not found:
        return turn.words("desk-stale-unknown")
    last = found[-1]
    who = desk_cards.who_of(replace(view_of(turn), personal=False), last)
    key = "desk-stale-self" if last.by == _person(turn).id else "desk-stale"
    return turn.words(key, time=_when(turn, last.at), what=turn.words(f"desk-did-{last.kind}"), who=who)


def _when(turn: Turn, moment: datetime) -> str:
    """«10:32» of today, else with the day."""
    same = moment.astimezone(turn.zone).date() == turn.today
    return turn.words.clock(moment) if same else turn.words.moment(moment)


def unfit_words(turn: Turn, error: Unfit) -> str:
    """What is missing or wrong, naming the field."""
    reason, _, field = error.reason, "", error.field
    if reason == "unfilled":
        return turn.words("desk-unfit-unfilled", names=field.partition(": ")[2] or field)
    if reason == "too-many-days":
        return turn.words("desk-unfit-days", n=int(field) if field.isdecimal() else 0)
    if reason in ("missing", "too-short", "unknown"):
        name = turn.words(f"desk-field-{field}") if field in FIELDS else field
        return turn.words(f"desk-unfit-{reason}", field=name)
    return turn.words(f"desk-unfit-{reason}" if reason in UNFIT else "desk-unfit-other")


FIELDS: Final = (
    "text",
    "note",
    "reason",
    "then",
    "to",
    "essence",
    "basis",
    "why",
    "days",
    "name",
    "stage",
    "complained",
)
UNFIT: Final = (
    "ended",
    "extended-already",
    "not-extendable",
    "not-reopenable",
    "needs-words",
    "unanswered",
    "no-rule",
    "no-appeals",
    "future",
)
