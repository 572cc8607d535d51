"""A client writes to the office: a draft of an official appeal with the law's checklist, or a message that is
registered at once where office and channel allow it (requirements 2.09, 2.13, 4.04).

What he writes is kept sealed while he writes (`backend.appeals.drafts`), never in the place of the talk. Outside
channels of mode `personal`, and without consent there, personal numbers are hidden before anything is kept, and neither
name nor contact nor file is asked for. In `info` nothing is kept at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sqlalchemy import select

from backend.appeals import drafts, guesses, registration
from backend.appeals.drafts import Written
from backend.appeals.following import Chat
from backend.appeals.model import Kind
from backend.appeals.registration import New, Unfit
from backend.appeals.rows import appeals, followers
from backend.danger import find as find_danger
from backend.masking import mask
from bot.dialogue import consent, files, letter, typed
from bot.dialogue.common import danger_words, office_phones, open_danger, where_else
from bot.dialogue.state import AnyState, Filing, Idle
from bot.dialogue.turn import Step, Turn
from bot.messages import Asks, Event, File, Fill, Press, Reply, Say, Text, Write

A_DAY: Final = 5  # what one chat may register within a day
LETTERS: Final = 3  # of a text, at least
# What turns the direction of text round can make a text read as what it is not; no honest message needs it.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]")


# --- buttons ----------------------------------------------------------------------------------------------


async def wanted(turn: Turn, action: str) -> Step | None:
    """The menu, a typed command or a button of an answer: `write`, `draft`, `idea`; None where the office keeps no
    appeals."""
    content = letter.content_of(turn)
    if content is None:
        return None
    if action == "draft":
        return await _draft(turn)
    if action == letter.IDEA and content.kind(letter.IDEA) is not None:
        return await begin(turn, letter.IDEA)
    return await _at(turn, "write")


async def pressed(turn: Turn, state: AnyState, event: Press | Fill | File) -> Step | None:
    """A button, a form or a file of these screens, on whichever of them he is; None when it is none of them."""
    key = event.key if isinstance(event, Press) else next(iter(event.keys), "") if isinstance(event, Fill) else ""
    if event.step == "filing":
        return await _pressed_start(turn, key)
    found = letter.STEP.match(event.step)
    kind = turn.office.appeals.kind(found[1]) if found is not None and turn.office.appeals is not None else None
    if found is None:
        return None
    field = "" if found[2] == "whole" else found[2]
    if kind is None or not turn.may("comment") or field not in ("", *letter.fields_of(turn, kind), *letter.BESIDE):
        return await _at(turn, "write", Say(text=turn.words("old-button")))
    plain = state.plain if isinstance(state, Filing) else False
    return await answer(turn, Filing(what=kind.code, field=field, plain=plain), event)


async def _pressed_start(turn: Turn, key: str) -> Step:
    written = await letter.written_by(turn)
    match key:
        case "draft":
            return await _draft(turn)
        case "ways":
            return await _at(turn, "write-ways")
        case "go-on" if written is not None:
            return await _resume(turn, written)
        case _ if key.startswith("k."):
            return await begin(turn, key.removeprefix("k."))
        case _ if key.startswith("anew."):
            await _drop(turn)
            return await begin(turn, key.removeprefix("anew."))
        case _:
            return await _at(turn, "write")


async def _at(turn: Turn, name: str, *before: Reply) -> Step:
    shown = await letter.place(turn, name)
    assert shown is not None
    return Step(Idle(place=name), [*before, shown])


async def _draft(turn: Turn) -> Step:
    kinds = letter.kinds_of(turn, official=True)
    written = await letter.written_by(turn)
    if not turn.may("comment") or not kinds:
        return await _at(turn, "write-ways" if kinds else "write")
    if written is not None and any(kind.code == written.kind for kind in kinds):
        return await _at(turn, f"write-old.{written.kind}")
    return await begin(turn, kinds[0].code) if len(kinds) == 1 else await _at(turn, "write-kind")


async def begin(turn: Turn, code: str) -> Step:
    """Start writing one of this kind: consent where it is due, then the first field."""
    content = letter.content_of(turn)
    kind = content.kind(code) if content is not None else None
    if kind is None:
        return await _at(turn, "write", Say(text=turn.words("old-button")))
    if not kind.official and not letter.takes(turn, kind):
        if kind.intake is None:
            return await _at(turn, "write", Say(text=turn.words("write-not-here")))
        return Step(Idle(), [where_else(turn, _least(kind))])
    if not turn.may("comment"):
        return await _at(turn, "write-ways")
    if await letter.written_by(turn) is not None:
        return await _at(turn, f"write-old.{code}")
    return await _go(turn, Filing(what=code, field=letter.fields_of(turn, kind)[0]))


def _least(kind: Kind) -> Asks:
    """What a channel must be able to carry for this kind to be sent there."""
    match kind.intake:
        case "track" | "personal":
            return kind.intake
        case _:
            return "comment"


async def _resume(turn: Turn, written: Written) -> Step:
    """Go on where the draft stops: at the first field without words, else all of it is shown."""
    content = letter.content_of(turn)
    kind = content.kind(written.kind) if content is not None else None
    if kind is None or (not kind.official and not letter.takes(turn, kind)):
        # The office takes this kind no more, or not in this channel: what was written is still his.
        return await _at(turn, "write", Say(text=turn.words("write-not-here")), *await letter.own_still(turn, written))
    missing = [name for name in letter.fields_of(turn, kind) if name not in written.fields]
    return await _go(turn, Filing(what=kind.code, field=missing[0] if missing else ""))


async def _go(turn: Turn, state: Filing, *before: Reply) -> Step:
    """To this field; to the text of the consent first, where it is due."""
    state = await letter.allowed(turn, state)
    if not state.plain and await consent.needed(turn):
        step = consent.ask(turn, state, state.model_copy(update={"plain": True}))
        step.replies = [*before, *step.replies]
        return step
    shown = await letter.screen(turn, state)
    if shown is None:
        return await _at(turn, "write", *before)
    return Step(state, [*before, shown])


# --- what he answers --------------------------------------------------------------------------------------


async def answer(turn: Turn, state: Filing, event: Event) -> Step:
    """One event at this field, or at the whole. Words of danger to life are answered first of all."""
    state = await letter.allowed(turn, state)
    content = letter.content_of(turn)
    kind = content.kind(state.what) if content is not None else None
    shown = await letter.screen(turn, state)
    if kind is None:
        return await _at(turn, "write", Say(text=turn.words("old-button")))
    if shown is None:
        return await _nothing_there(turn, event)
    if state.field in letter.BESIDE and not letter.has_words(turn, kind, await letter.own_words(turn, state)):
        return await _nothing_there(turn, event)
    if state.field in drafts.PERSONAL and not await letter.is_open(turn, state):
        # A form of an old tab: he has taken his consent back since, or its text is another one now.
        return await _go(turn, state)
    key, text = _meant(shown, event)
    if isinstance(event, File):
        return await _file(turn, state, kind, event)
    danger = turn.person is None and bool(text) and find_danger(text, danger_words(turn)) is not None
    if danger and (not letter.POINT.match(state.field) and state.field != "text"):
        return Step(state, [await open_danger(turn, text), shown])
    if not state.field:
        return await _decided(turn, state, kind, key, shown)
    if key == "back":
        return await _go(turn, await _before(turn, state, kind))
    if key in ("skip", "keep"):
        return await _after(turn, state, kind)
    if state.field == "topic":
        if turn.office.topic(key) is None:
            return Step(state, [Say(text=turn.words("choose-or-type")), shown])
        await _keep(turn, state, key)
        return await _after(turn, state, kind)
    if state.field == "file":
        return await _add_words(turn, state, kind, text) or Step(
            state, [Say(text=turn.words("write-file-only")), shown]
        )
    before: list[Reply] = [await open_danger(turn, text)] if danger else []
    return await _take(turn, state, kind, shown, text, before)


def _meant(shown: Reply, event: Event) -> tuple[str, str]:
    match event:
        case Press(key=key):
            return key, ""
        case Fill(keys=keys, text=text):
            return next(iter(keys), ""), text
        case Text(text=text):
            found = typed.press(shown, text)
            return (found[0].key, "") if found else ("", text)
        case _:
            return "", ""


async def _nothing_there(turn: Turn, event: Event) -> Step:
    """The draft is not there: sent, deleted, or forgotten after its days."""
    if isinstance(event, Press) and event.key.startswith("send."):
        return await _sent_already(turn)
    return await _at(turn, "write", Say(text=turn.words("write-gone")))


def clean(text: str) -> str:
    """Without what turns text round; no more than one empty line in a row."""
    return re.sub(r"\n{3,}", "\n\n", _TURNING.sub("", text)).strip()


async def _take(turn: Turn, state: Filing, kind: Kind, shown: Reply, text: str, before: list[Reply]) -> Step:
    """Words for this field: kept, with numbers hidden where they must be."""
    text = clean(text)
    if sum(c.isalnum() for c in text) < LETTERS:
        return Step(state, [*before, Say(text=turn.words("write-something")), shown])
    limit = letter.limit_of(state.field)
    if len(text) > limit:
        # On a page what he wrote stands in the field; in a messenger it stands above, in his own message.
        if turn.traits.pages and isinstance(shown, Write):
            shown = shown.model_copy(update={"value": text})
        return Step(state, [*before, Say(text=turn.words("too-long", limit=limit)), shown])
    if not await letter.is_open(turn, state):
        masked = mask(text, keep=office_phones(turn))
        text = masked.text
        if masked.hidden:
            before.append(Say(text=turn.words("number-hidden")))
    await _keep(turn, state, text)
    return await _after(turn, state, kind, *before)


async def _keep(turn: Turn, state: Filing, text: str) -> None:
    fields = await letter.own_words(turn, state)
    fields[state.field] = text
    await drafts.keep(turn.session, turn.keys, turn.key, state.what, fields, turn.today)


async def _after(turn: Turn, state: Filing, kind: Kind, *before: Reply) -> Step:
    """The next field, or all of it. Name and contact that he adds to a message follow one another."""
    open_now = await letter.is_open(turn, state)
    order = letter.order_of(turn, kind, open_now=open_now)
    following = ""
    if state.field in order:
        following = next(iter(order[order.index(state.field) + 1 :]), "")
    elif state.field == "name":
        following = "contact"
    return await _go(turn, state.model_copy(update={"field": following}), *before)


async def _before(turn: Turn, state: Filing, kind: Kind) -> Filing:
    order = letter.order_of(turn, kind, open_now=await letter.is_open(turn, state))
    at = order.index(state.field) if state.field in order else 0
    return state.model_copy(update={"field": order[at - 1] if at else ""})


async def _file(turn: Turn, state: Filing, kind: Kind, event: File) -> Step:
    """A file, checked and stored before this turn: it waits beside the draft until that is sent."""
    refused = files.refusal(turn, event)
    if not refused and event.kept is not None:
        if not letter.takes(turn, kind) or not await letter.is_open(turn, state):
            refused = files.turned_away(turn, event)
        elif len(await drafts.files_of(turn.session, turn.key)) >= letter.FILES:
            turn.dropped.append(event.kept.stored)
            refused = turn.words("write-files-enough", most=letter.FILES)
    if refused or event.kept is None:
        return await _go(turn, state, Say(text=refused or turn.words("file-not-here")))
    kept = event.kept
    await drafts.keep_file(
        turn.session,
        turn.keys,
        turn.key,
        turn.now,
        stored=kept.stored,
        kind=kept.kind,
        size=kept.size,
        name=kept.name,
    )
    taken = Say(text=turn.words("write-file-taken"))
    if state.field in letter.fields_of(turn, kind) and event.text.strip():
        step = await answer(turn, state, Text(event.text))
    else:
        step = await _add_words(turn, state, kind, event.text) or await _go(turn, state)
    step.replies = [taken, *step.replies]
    return step


async def _add_words(turn: Turn, state: Filing, kind: Kind, text: str) -> Step | None:
    """Words that came with a file go to the end of what he wrote; None where there are none."""
    text = clean(text)
    if sum(c.isalnum() for c in text) < LETTERS:
        return None
    last = letter.fields_of(turn, kind)[-1]
    whole = f"{(await letter.own_words(turn, state)).get(last, '')}\n\n{text}".strip()
    if len(whole) > letter.LIMIT:
        return await _go(turn, state, Say(text=turn.words("too-long", limit=letter.LIMIT)))
    before: list[Reply] = []
    if turn.person is None and find_danger(text, danger_words(turn)) is not None:
        before.append(await open_danger(turn, text))
    await _keep(turn, state.model_copy(update={"field": last}), whole)
    return await _go(turn, state, *before, Say(text=turn.words("write-words-added")))


async def _decided(turn: Turn, state: Filing, kind: Kind, key: str, shown: Reply) -> Step:
    """A button under the whole."""
    match key:
        case "edit":
            return await _go(turn, state.model_copy(update={"field": letter.fields_of(turn, kind)[0]}))
        case "name" | "file" if letter.takes(turn, kind):
            return await _go(turn, state.model_copy(update={"field": key, "plain": False}))
        case "drop":
            await _drop(turn)
            return await _at(turn, "write", Say(text=turn.words("write-dropped")))
        case _ if key.startswith("send"):
            return await _send(turn, state, kind, key.removeprefix("send."))
        case _:
            return Step(state, [Say(text=turn.words("write-choose")), shown])


async def _drop(turn: Turn) -> None:
    """The draft is not wanted: its files leave the disk with it, else one chat could fill it over and over."""
    turn.dropped += await drafts.drop_files(turn.session, turn.key)
    await drafts.drop(turn.session, turn.key)


# --- sending ----------------------------------------------------------------------------------------------


async def _send(turn: Turn, state: Filing, kind: Kind, mark: str) -> Step:
    """Register it, once: the receipt is the answer of this very turn."""
    if not letter.takes(turn, kind):
        return await _go(turn, state, Say(text=turn.words("write-not-here")))
    if not state.plain and await consent.needed(turn):
        return await _go(turn, state)  # the text of the consent has changed since
    open_now = await letter.is_open(turn, state)
    fields = await letter.own_words(turn, state)
    shown = dict(fields) if open_now else letter.plain(turn, fields)
    missing = [
        name for name in letter.order_of(turn, kind, open_now=open_now) if name != "topic" and not shown.get(name)
    ]
    if kind.official and not open_now:
        return await _go(turn, state, Say(text=turn.words("write-needs-name")))
    if missing:
        return await _go(turn, state.model_copy(update={"field": missing[0]}))
    if mark != letter.mark_of(turn, shown):
        return await _go(turn, state, Say(text=turn.words("write-changed")))
    counter = turn.keys.hash(f"filed:{turn.today}:{turn.key}")
    if not await guesses.within(turn.session, counter, turn.now, A_DAY):
        say = Say(text=turn.words("write-enough", n=A_DAY, phone=turn.office.phone))
        return await _go(turn, state, say)
    try:
        done = await registration.register(
            turn.session, turn.office, turn.calendar, turn.keys, turn.now, _new(turn, kind, shown), by="client"
        )
    except Unfit:
        return await _go(turn, state, Say(text=turn.words("write-cannot", phone=turn.office.phone)))
    if open_now:
        await drafts.hand_over_files(turn.session, turn.key, done.id, done.event)
    await drafts.drop(turn.session, turn.key)
    return Step(Idle(), [letter.receipt(turn, kind, done)])


def _new(turn: Turn, kind: Kind, fields: Mapping[str, str]) -> New:
    """What is registered. Lists of staff show its topic, never words of his (requirement 9.02)."""
    first = turn.office.languages[0]
    topic = turn.office.topic(fields.get("topic", ""))
    return New(
        kind=kind.code,
        way=_way(turn),
        text=letter.body(turn, kind, fields, first),
        summary=turn.office.text(topic.name if topic is not None else kind.name, first),
        topic=topic.code if topic is not None else "",
        applicant={name: fields[name] for name in drafts.PERSONAL if fields.get(name)},
        channel=turn.traits.name,
        chat=_chat(turn) if turn.may("track") else None,
        tells=False,
    )


def _way(turn: Turn) -> str:
    """How it came in, in the words of the office: this channel's own way, else one that is no lawful one."""
    content = letter.content_of(turn)
    assert content is not None
    own = content.way(turn.traits.name)
    return (own or next((way for way in content.ways if not way.lawful), content.ways[0])).code


def _chat(turn: Turn) -> Chat:
    sealed = "" if turn.traits.pages else turn.keys.seal(turn.incoming.where.id)
    return Chat(turn.key, turn.traits.name, sealed, turn.language)


async def _sent_already(turn: Turn) -> Step:
    """«Отправить» once more: the number of what was sent from here last. In a channel where nothing is followed nobody
    keeps whose it was; number and code stand in the message above."""
    number = await turn.session.execute(
        select(appeals.c.number)
        .select_from(followers.join(appeals, appeals.c.id == followers.c.appeal))
        .where(followers.c.address == turn.key, followers.c.filed.is_(True))
        .order_by(appeals.c.id.desc())
        .limit(1)
    )
    found = number.scalar()
    if found is None or not turn.may("track"):
        return await _at(turn, "write", Say(text=turn.words("write-sent-above")))
    return await _at(turn, "write", Say(text=turn.words("write-sent", number=found), asks="track"))
