"""A client writes to the office: a draft of an official appeal with the law's checklist, or a message that is
registered at once where office and channel allow it (requirements 2.09, 2.13, 4.04).

A message in a chat is no official appeal (59-ФЗ, article 4), and nothing here presents it as one. What he writes is
kept sealed while he writes (`backend.appeals.drafts`), never in the place of the talk. Outside channels of mode
`personal`, and without consent there, personal numbers are hidden before anything is kept, and neither name nor contact
nor file is asked for. In `info` nothing is kept at all.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import select

from backend.appeals import drafts, guesses, registration
from backend.appeals.drafts import Written
from backend.appeals.following import Chat
from backend.appeals.model import Appeals, Kind, Way
from backend.appeals.registration import New, Registered, Unfit
from backend.appeals.rows import appeals, followers
from backend.danger import find as find_danger
from backend.masking import mask
from bot import appeal_words
from bot.dialogue import consent, files, typed
from bot.dialogue.common import danger_words, menu_button, office_phones, open_danger, where_else
from bot.dialogue.state import AnyState, Filing, Idle
from bot.dialogue.turn import Step, Turn
from bot.messages import Asks, Button, Choose, Event, File, Fill, Press, Reply, Say, Text, Write

A_DAY: Final = 5  # what one chat may register within a day
LIMIT: Final = 4000  # characters of one field
LETTERS: Final = 3  # of a text, at least
NAME_LIMIT: Final = 100
CONTACT_LIMIT: Final = 200
FILES: Final = 5  # that go with what is sent; more can be added to it later
PLACES: Final = ("write", "write-kind", "write-ways", "write-old")
IDEA: Final = "idea"
_BESIDE: Final = ("topic", "name", "contact", "file")
_STEP = re.compile(r"filing\.([a-z][a-z0-9_]{0,23})\.([a-z0-9]{1,7})\Z")
_POINT = re.compile(r"c(\d{1,2})\Z")
# What turns the direction of text round can make a text read as what it is not; no honest message needs it.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]")


# --- what may be done here --------------------------------------------------------------------------------

_ORDER: Final = ("off", "info", "anonymous", "track", "personal")


def content_of(turn: Turn) -> Appeals | None:
    """None for an office that keeps no appeals."""
    return turn.office.appeals


def takes(turn: Turn, kind: Kind) -> bool:
    """Whether it may be registered here at once. In the chat of a state body an official one never is."""
    if kind.intake is None or (kind.official and turn.office.owner_kind != "other"):
        return False
    return _ORDER.index(turn.traits.mode) >= _ORDER.index(kind.intake)


def _kinds(turn: Turn, *, official: bool) -> list[Kind]:
    content = content_of(turn)
    return [kind for kind in content.kinds if kind.official == official] if content is not None else []


def _asks(turn: Turn, *, open_now: bool) -> Asks:
    """What a screen with words of his asks for."""
    return "personal" if open_now else "comment" if turn.may("comment") else "nothing"


# --- the first screen -------------------------------------------------------------------------------------


def menu_buttons(turn: Turn) -> list[Button]:
    """The menu's way here; none for an office that keeps no appeals."""
    return [Button(key="write", label=turn.words("menu-write"))] if content_of(turn) is not None else []


async def start(turn: Turn) -> Reply | None:
    """That it is no official appeal, the lawful ways, a draft, and what may be sent at once."""
    content = content_of(turn)
    if content is None:
        return None
    lines = [turn.text(content.notice)]
    buttons = []
    written = await _written(turn)
    if written is not None and content.kind(written.kind) is not None:
        buttons.append(Button(key="go-on", label=_go_on(turn, written), tone="good"))
    ways = content.lawful() if _kinds(turn, official=True) else []
    if ways:
        lines.append(turn.words("write-lawful", ways=", ".join(turn.text(way.name) for way in ways)))
        buttons.append(Button(key="draft", label=turn.words("write-draft")))
    sent = [kind for kind in content.kinds if takes(turn, kind)]
    if sent:
        lines.append(turn.words("write-here"))
        buttons += [Button(key=f"k.{kind.code}", label=_send_label(turn, kind)) for kind in sent]
    elif not turn.may("comment"):
        lines.append(turn.words("write-nothing-kept"))
    if ways:
        buttons.append(Button(key="ways", label=turn.words("write-ways")))
        buttons += _links(turn, ways)
    return Say(text="\n\n".join(lines), step="filing", buttons=(*buttons, menu_button(turn)))


def _send_label(turn: Turn, kind: Kind) -> str:
    """«Отправить: Сообщение (не официальное обращение)», or what the program calls the kinds that every office has."""
    key = {"message": "write-message", IDEA: "write-idea"}.get(kind.code)
    return turn.words(key) if key is not None else turn.words("write-send-kind", name=turn.text(kind.name))


def _go_on(turn: Turn, written: Written) -> str:
    return turn.words("write-go-on", day=turn.words.day(written.touched_on, turn.today))


def _links(turn: Turn, ways: Sequence[Way]) -> list[Button]:
    return [Button(label=turn.text(way.name), url=way.link) for way in ways if way.link]


def ways(turn: Turn) -> Reply | None:
    """How it is filed by the law, and what must stand in it: all that a channel can do that keeps nothing."""
    content = content_of(turn)
    if content is None:
        return None
    found = content.lawful()
    text = "\n\n".join(
        [
            turn.text(content.notice),
            *_ways_text(turn, found),
            *_checklist_text(turn, [check.text for check in content.checklist], "write-checklist"),
        ]
    )
    draft = []
    if turn.may("comment") and _kinds(turn, official=True):
        draft.append(Button(key="draft", label=turn.words("write-draft")))
    back = Button(key="write", step="menu", label=turn.words("button-back"))
    return Say(text=text, step="filing", buttons=(*draft, *_links(turn, found), back, menu_button(turn)))


def _ways_text(turn: Turn, found: Sequence[Way]) -> list[str]:
    told = [turn.text(way.tell if way.tell is not None else way.name) for way in found]
    return ["\n".join([turn.words("write-ways-title"), *(f"{n}. {line}" for n, line in enumerate(told, 1))])]


def _checklist_text(turn: Turn, items: Sequence[Mapping[str, str]], key: str) -> list[str]:
    return ["\n".join([turn.words(key), *(f"– {turn.text(dict(item))}" for item in items)])] if items else []


def _choose_kind(turn: Turn) -> Reply | None:
    kinds = _kinds(turn, official=True)
    return Choose(
        text=turn.words("write-which"),
        step="filing",
        options=tuple(Button(key=f"k.{kind.code}", label=turn.text(kind.name)) for kind in kinds),
        controls=(Button(key="write", step="menu", label=turn.words("button-back")), menu_button(turn)),
    )


async def place(turn: Turn, name: str) -> Reply | None:
    """The screen of this name, for typed numbers and pages; None where there is none."""
    match name:
        case "write":
            return await start(turn)
        case "write-kind":
            return _choose_kind(turn) if turn.may("comment") else ways(turn)
        case "write-ways":
            return ways(turn)
        case _ if name.startswith("write-old."):
            return await _old_draft(turn, name.partition(".")[2])
        case _:
            return await start(turn)


# --- buttons ----------------------------------------------------------------------------------------------


async def wanted(turn: Turn, action: str) -> Step | None:
    """The menu, a typed command or a button of an answer: `write`, `draft`, `idea`; None where the office keeps no
    appeals."""
    content = content_of(turn)
    if content is None:
        return None
    if action == "draft":
        return await _draft(turn)
    if action == IDEA and content.kind(IDEA) is not None:
        return await begin(turn, IDEA)
    return await _at(turn, "write")


async def pressed(turn: Turn, state: AnyState, event: Press | Fill | File) -> Step | None:
    """A button, a form or a file of these screens, on whichever of them he is; None when it is none of them."""
    key = event.key if isinstance(event, Press) else next(iter(event.keys), "") if isinstance(event, Fill) else ""
    if event.step == "filing":
        return await _pressed_start(turn, key)
    found = _STEP.match(event.step)
    kind = turn.office.appeals.kind(found[1]) if found is not None and turn.office.appeals is not None else None
    if found is None:
        return None
    field = "" if found[2] == "whole" else found[2]
    if kind is None or not turn.may("comment") or field not in ("", *_fields(turn, kind), *_BESIDE):
        return await _at(turn, "write", Say(text=turn.words("old-button")))
    plain = state.plain if isinstance(state, Filing) else False
    return await answer(turn, Filing(what=kind.code, field=field, plain=plain), event)


async def _pressed_start(turn: Turn, key: str) -> Step:
    written = await _written(turn)
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
            await drafts.drop(turn.session, turn.key)
            return await begin(turn, key.removeprefix("anew."))
        case _:
            return await _at(turn, "write")


async def _at(turn: Turn, name: str, *before: Reply) -> Step:
    shown = await place(turn, name)
    assert shown is not None
    return Step(Idle(place=name), [*before, shown])


async def _draft(turn: Turn) -> Step:
    kinds = _kinds(turn, official=True)
    written = await _written(turn)
    if not turn.may("comment") or not kinds:
        return await _at(turn, "write-ways" if kinds else "write")
    if written is not None and any(kind.code == written.kind for kind in kinds):
        return await _at(turn, f"write-old.{written.kind}")
    return await begin(turn, kinds[0].code) if len(kinds) == 1 else await _at(turn, "write-kind")


async def _old_draft(turn: Turn, wanted_kind: str) -> Reply | None:
    """«Продолжить черновик от 23 ноября?»"""
    content, written = content_of(turn), await _written(turn)
    if content is None or written is None:
        return await start(turn)
    kind = content.kind(written.kind)
    name = turn.text(kind.name) if kind is not None else written.kind
    day = turn.words.day(written.touched_on, turn.today)
    return Say(
        text=turn.words("write-old", name=name, day=day),
        step="filing",
        buttons=(
            Button(key="go-on", label=_go_on(turn, written), tone="good"),
            Button(key=f"anew.{wanted_kind}", label=turn.words("write-anew"), tone="bad"),
            menu_button(turn),
        ),
    )


async def begin(turn: Turn, code: str) -> Step:
    """Start writing one of this kind: consent where it is due, then the first field."""
    content = content_of(turn)
    kind = content.kind(code) if content is not None else None
    if kind is None:
        return await _at(turn, "write", Say(text=turn.words("old-button")))
    if not kind.official and not takes(turn, kind):
        if kind.intake is None:
            return await _at(turn, "write", Say(text=turn.words("write-not-here")))
        return Step(Idle(), [where_else(turn, _least(kind))])
    if not turn.may("comment"):
        return await _at(turn, "write-ways")
    if await _written(turn) is not None:
        return await _at(turn, f"write-old.{code}")
    return await _go(turn, Filing(what=code, field=_fields(turn, kind)[0]))


def _least(kind: Kind) -> Asks:
    """What a channel must be able to carry for this kind to be sent there."""
    match kind.intake:
        case "track" | "personal":
            return kind.intake
        case _:
            return "comment"


async def _resume(turn: Turn, written: Written) -> Step:
    """Go on where the draft stops: at the first field without words, else all of it is shown."""
    content = content_of(turn)
    kind = content.kind(written.kind) if content is not None else None
    if kind is None or (not kind.official and not takes(turn, kind)):
        # The office takes this kind no more, or not in this channel: what was written is still his.
        return await _at(turn, "write", Say(text=turn.words("write-not-here")), Say(text=_words_of(written)))
    missing = [name for name in _fields(turn, kind) if name not in written.fields]
    return await _go(turn, Filing(what=kind.code, field=missing[0] if missing else ""))


async def _go(turn: Turn, state: Filing, *before: Reply) -> Step:
    """To this field; to the text of the consent first, where it is due."""
    state = await _allowed(turn, state)
    if not state.plain and await consent.needed(turn):
        step = consent.ask(turn, state, state.model_copy(update={"plain": True}))
        step.replies = [*before, *step.replies]
        return step
    shown = await screen(turn, state)
    if shown is None:
        return await _at(turn, "write", *before)
    return Step(state, [*before, shown])


# --- what is asked ----------------------------------------------------------------------------------------


def _fields(turn: Turn, kind: Kind) -> list[str]:
    """What is written: an official one by the checklist of the office, anything else in one piece."""
    content = content_of(turn)
    assert content is not None
    if kind.official:
        points = [f"c{number}" for number, check in enumerate(content.checklist) if check.here]
        return points or ["text"]
    return ["text"]


def _order(turn: Turn, kind: Kind, *, open_now: bool) -> list[str]:
    """All that is asked one after the other before it is shown whole."""
    order = _fields(turn, kind)
    if takes(turn, kind):
        if kind.unit is None and turn.office.topics:
            order.append("topic")
        if kind.official and open_now:
            order += ["name", "contact"]  # without them the law demands no answer (59-ФЗ, article 11)
    return order


async def _open_now(turn: Turn, state: Filing) -> bool:
    """Whether names are asked for and words are kept as they are."""
    return not state.plain and await consent.given(turn)


async def _allowed(turn: Turn, state: Filing) -> Filing:
    """Fields that nobody may be asked for without consent give way to the whole, once he has declined."""
    asks = state.field in (*drafts.PERSONAL, "file")
    if asks and not await _open_now(turn, state) and (state.plain or not consent.possible(turn)):
        return state.model_copy(update={"field": ""})
    return state


async def _written(turn: Turn) -> Written | None:
    return await drafts.of(turn.session, turn.keys, turn.key)


async def _own(turn: Turn, state: Filing) -> dict[str, str]:
    """What he has written of this kind so far."""
    written = await _written(turn)
    return dict(written.fields) if written is not None and written.kind == state.what else {}


async def screen(turn: Turn, state: Filing) -> Reply | None:
    """What is asked now, or all of it; None where there is nothing to show any more."""
    content = content_of(turn)
    kind = content.kind(state.what) if content is not None else None
    if content is None or kind is None or not turn.may("comment"):
        return None
    fields, open_now = await _own(turn, state), await _open_now(turn, state)
    if not state.field:
        return await _whole(turn, kind, fields, state) if _has_words(turn, kind, fields) else None
    step, asks = f"filing.{kind.code}.{state.field}", _asks(turn, open_now=open_now)
    controls = [*_back(turn, kind, state, open_now=open_now), menu_button(turn)]
    if state.field == "topic":
        return Choose(
            text=turn.words("write-topic"),
            step=step,
            options=tuple(
                Button(key=topic.code, label=turn.text(topic.name), chosen=topic.code == fields.get("topic"))
                for topic in turn.office.topics
            ),
            note=turn.words("note-optional"),
            controls=(Button(key="skip", label=turn.words("button-skip")), *controls),
        )
    if state.field in (*drafts.PERSONAL, "file") and not open_now:
        return await _whole(turn, kind, fields, state)
    if state.field == "file":
        return await _asking_file(turn, step, controls)
    value = fields.get(state.field, "")
    if value:
        controls.insert(0, Button(key="keep", label=turn.words("button-keep")))
    elif state.field in ("name", "contact") and not kind.official:
        controls.insert(0, Button(key="skip", label=turn.words("button-skip")))
    text, hint = _question(turn, content, kind, state.field, open_now=open_now)
    return Write(
        text=text,
        hint=hint,
        step=step,
        progress=_progress(turn, kind, state.field),
        note=_note(turn, kind, state.field),
        asks=asks,
        value=value,
        limit=_limit(state.field),
        controls=tuple(controls),
    )


async def screen_at(turn: Turn, state: Filing, step: str) -> Reply | None:
    """An earlier field of what he is writing, by its step, for pages; None for any other step."""
    found = _STEP.match(step)
    if found is None or found[1] != state.what:
        return None
    field = "" if found[2] == "whole" else found[2]
    return await screen(turn, state.model_copy(update={"field": field}))


def _limit(field: str) -> int:
    return {"name": NAME_LIMIT, "contact": CONTACT_LIMIT}.get(field, LIMIT)


def _note(turn: Turn, kind: Kind, field: str) -> str:
    if field in ("name", "contact") and not kind.official:
        return turn.words("note-optional")
    return ""


def _progress(turn: Turn, kind: Kind, field: str) -> str:
    asked = _fields(turn, kind)
    if field not in asked or len(asked) < 2:
        return ""
    return turn.words("progress", number=asked.index(field) + 1, total=len(asked))


def _question(turn: Turn, content: Appeals, kind: Kind, field: str, *, open_now: bool) -> tuple[str, str]:
    """The question and its hint, with an example."""
    words = turn.words
    point = _POINT.match(field)
    if field == "name":
        return words("write-name-official" if kind.official else "write-name"), words("write-name-hint")
    if field == "contact":
        return words("write-contact-official" if kind.official else "write-contact"), words("write-contact-hint")
    personal = words("write-personal-hint" if open_now else "write-masked-hint")
    if point is not None and int(point[1]) < len(content.checklist):
        first = _fields(turn, kind)[0] == field
        example = words("write-example-what" if first else "write-example-ask")
        return turn.text(content.checklist[int(point[1])].text), f"{example} {personal}"
    text = words("write-text-idea" if kind.code == IDEA else "write-text")
    example = words("write-example-idea" if kind.code == IDEA else "write-example-what")
    return text, f"{example} {personal}"


def _back(turn: Turn, kind: Kind, state: Filing, *, open_now: bool) -> list[Button]:
    order = _order(turn, kind, open_now=open_now)
    first = not order or state.field == order[0]
    return [] if first else [Button(key="back", label=turn.words("button-back"))]


async def _asking_file(turn: Turn, step: str, controls: Sequence[Button]) -> Reply:
    waiting = await drafts.files_of(turn.session, turn.key)
    done = Button(key="skip", label=turn.words("button-done" if waiting else "button-skip"))
    return Write(
        text=turn.words("write-file", n=len(waiting), most=FILES),
        hint=turn.words("write-file-hint"),
        step=step,
        asks="personal",
        files=True,
        controls=(done, *controls),
    )


# --- all of it --------------------------------------------------------------------------------------------


def _has_words(turn: Turn, kind: Kind, fields: Mapping[str, str]) -> bool:
    return any(fields.get(name, "").strip() for name in _fields(turn, kind))


def _body(turn: Turn, kind: Kind, fields: Mapping[str, str], language: str = "") -> str:
    """What he wrote, under the points of the checklist."""
    content = content_of(turn)
    assert content is not None
    lines = []
    for name in _fields(turn, kind):
        text, point = fields.get(name, ""), _POINT.match(name)
        if point is not None and text:
            title = turn.office.text(content.checklist[int(point[1])].text, language or turn.language)
            lines.append(f"{title}:\n{text}")
        elif text:
            lines.append(text)
    return "\n\n".join(lines)


def _words_of(written: Written) -> str:
    """All that a draft holds, whatever its fields are called."""
    return "\n\n".join(text for name, text in written.fields.items() if name != "topic") or "–"


def _mark(turn: Turn, fields: Mapping[str, str]) -> str:
    """Tells this very text from another: an old «Отправить» does not send what was changed since."""
    text = "\0".join(f"{name}={fields[name]}" for name in sorted(fields))
    return hashlib.sha256(f"{turn.key}\0{text}".encode()).hexdigest()[:8]


async def _whole(turn: Turn, kind: Kind, fields: Mapping[str, str], state: Filing) -> Reply:
    """The draft as it stands, what is still to be added, and where it goes."""
    content = content_of(turn)
    assert content is not None
    words, open_now = turn.words, await _open_now(turn, state)
    sends = takes(turn, kind) and (open_now or not kind.official)
    shown = _plain(turn, fields) if not open_now else dict(fields)
    lines = [words("write-whole-send" if sends else "write-whole-draft", name=turn.text(kind.name))]
    lines.append(_body(turn, kind, shown))
    lines += await _beside(turn, shown, open_now=open_now)
    buttons, change = [], Button(key="edit", label=words("button-change"))
    if sends:
        buttons.append(Button(key=f"send.{_mark(turn, shown)}", label=words("write-send"), tone="good"))
        buttons.append(change)
        if consent.possible(turn):
            buttons.append(Button(key="name", label=words("write-add-name")))
            buttons.append(Button(key="file", label=words("write-add-file")))
        lines.append(words("write-before-send-official" if kind.official else "write-before-send"))
    else:
        rest = [check.text for check in content.checklist if not check.here]
        lines += _checklist_text(turn, rest, "write-add")
        lines += _ways_text(turn, content.lawful())
        lines.append(words("write-kept", n=content.draft_days))
        if takes(turn, kind) and consent.possible(turn):
            buttons.append(Button(key="name", label=words("write-with-consent")))
        buttons += [change, *_links(turn, content.lawful())]
    buttons.append(Button(key="drop", label=words("write-drop"), tone="bad"))
    return Say(
        text="\n\n".join(line for line in lines if line),
        step=f"filing.{kind.code}.whole",
        asks=_asks(turn, open_now=open_now),
        buttons=(*buttons, menu_button(turn)),
    )


async def _beside(turn: Turn, fields: Mapping[str, str], *, open_now: bool) -> list[str]:
    """Topic, name, contact and files, one under the other."""
    words, lines = turn.words, []
    topic = turn.office.topic(fields.get("topic", ""))
    if topic is not None:
        lines.append(words("write-line-topic", name=turn.text(topic.name)))
    if open_now:
        lines += [words("write-line-name", value=fields["name"])] if fields.get("name") else []
        lines += [words("write-line-contact", value=fields["contact"])] if fields.get("contact") else []
        waiting = await drafts.files_of(turn.session, turn.key)
        if waiting:
            lines.append(words("write-line-files", n=len(waiting)))
    return ["\n".join(lines)] if lines else []


def _plain(turn: Turn, fields: Mapping[str, str]) -> dict[str, str]:
    """Without name and contact, numbers hidden."""
    return {
        name: mask(text, keep=office_phones(turn)).text for name, text in fields.items() if name not in drafts.PERSONAL
    }


# --- what he answers --------------------------------------------------------------------------------------


async def answer(turn: Turn, state: Filing, event: Event) -> Step:
    """One event at this field, or at the whole. Words of danger to life are answered first of all."""
    state = await _allowed(turn, state)
    content = content_of(turn)
    kind = content.kind(state.what) if content is not None else None
    shown = await screen(turn, state)
    if kind is None:
        return await _at(turn, "write", Say(text=turn.words("old-button")))
    if shown is None:
        return await _nothing_there(turn, event)
    if state.field in _BESIDE and not _has_words(turn, kind, await _own(turn, state)):
        return await _nothing_there(turn, event)
    key, text = _meant(shown, event)
    if isinstance(event, File):
        return await _file(turn, state, kind, event)
    danger = turn.person is None and bool(text) and find_danger(text, danger_words(turn)) is not None
    if danger and (not _POINT.match(state.field) and state.field != "text"):
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
        return Step(state, [Say(text=turn.words("write-file-only")), shown])
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


def _clean(text: str) -> str:
    """Without what turns text round; no more than one empty line in a row."""
    return re.sub(r"\n{3,}", "\n\n", _TURNING.sub("", text)).strip()


async def _take(turn: Turn, state: Filing, kind: Kind, shown: Reply, text: str, before: list[Reply]) -> Step:
    """Words for this field: kept, with numbers hidden where they must be."""
    text = _clean(text)
    if sum(c.isalnum() for c in text) < LETTERS:
        return Step(state, [*before, Say(text=turn.words("write-something")), shown])
    limit = _limit(state.field)
    if len(text) > limit:
        # On a page what he wrote stands in the field; in a messenger it stands above, in his own message.
        if turn.traits.pages and isinstance(shown, Write):
            shown = shown.model_copy(update={"value": text})
        return Step(state, [*before, Say(text=turn.words("too-long", limit=limit)), shown])
    if not await _open_now(turn, state):
        masked = mask(text, keep=office_phones(turn))
        text = masked.text
        if masked.hidden:
            before.append(Say(text=turn.words("number-hidden")))
    await _keep(turn, state, text)
    return await _after(turn, state, kind, *before)


async def _keep(turn: Turn, state: Filing, text: str) -> None:
    fields = await _own(turn, state)
    fields[state.field] = text
    await drafts.keep(turn.session, turn.keys, turn.key, state.what, fields, turn.today)


async def _after(turn: Turn, state: Filing, kind: Kind, *before: Reply) -> Step:
    """The next field, or all of it. Name and contact that he adds to a message follow one another."""
    open_now = await _open_now(turn, state)
    order = _order(turn, kind, open_now=open_now)
    following = ""
    if state.field in order:
        following = next(iter(order[order.index(state.field) + 1 :]), "")
    elif state.field == "name":
        following = "contact"
    return await _go(turn, state.model_copy(update={"field": following}), *before)


async def _before(turn: Turn, state: Filing, kind: Kind) -> Filing:
    order = _order(turn, kind, open_now=await _open_now(turn, state))
    at = order.index(state.field) if state.field in order else 0
    return state.model_copy(update={"field": order[at - 1] if at else ""})


async def _file(turn: Turn, state: Filing, kind: Kind, event: File) -> Step:
    """A file, checked and stored before this turn: it waits beside the draft until that is sent."""
    refused = files.refusal(turn, event)
    if not refused and event.kept is not None:
        if not takes(turn, kind) or not await _open_now(turn, state):
            refused = files.turned_away(turn, event)
        elif len(await drafts.files_of(turn.session, turn.key)) >= FILES:
            turn.dropped.append(event.kept.stored)
            refused = turn.words("write-files-enough", most=FILES)
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
    if event.text.strip() and state.field not in ("", "topic", "file"):
        step = await answer(turn, state, Text(event.text))
        step.replies = [taken, *step.replies]
        return step
    return await _go(turn, state, taken)


async def _decided(turn: Turn, state: Filing, kind: Kind, key: str, shown: Reply) -> Step:
    """A button under the whole."""
    match key:
        case "edit":
            return await _go(turn, state.model_copy(update={"field": _fields(turn, kind)[0]}))
        case "name" | "file" if takes(turn, kind):
            return await _go(turn, state.model_copy(update={"field": key, "plain": False}))
        case "drop":
            await drafts.drop(turn.session, turn.key)
            return await _at(turn, "write", Say(text=turn.words("write-dropped")))
        case _ if key.startswith("send"):
            return await _send(turn, state, kind, key.removeprefix("send."))
        case _:
            return Step(state, [Say(text=turn.words("write-choose")), shown])


# --- sending ----------------------------------------------------------------------------------------------


async def _send(turn: Turn, state: Filing, kind: Kind, mark: str) -> Step:
    """Register it, once: the receipt is the answer of this very turn."""
    if not takes(turn, kind):
        return await _go(turn, state, Say(text=turn.words("write-not-here")))
    if not state.plain and await consent.needed(turn):
        return await _go(turn, state)  # the text of the consent has changed since
    open_now = await _open_now(turn, state)
    fields = await _own(turn, state)
    shown = dict(fields) if open_now else _plain(turn, fields)
    missing = [name for name in _order(turn, kind, open_now=open_now) if name != "topic" and not shown.get(name)]
    if kind.official and not open_now:
        return await _go(turn, state, Say(text=turn.words("write-needs-name")))
    if missing:
        return await _go(turn, state.model_copy(update={"field": missing[0]}))
    if mark != _mark(turn, shown):
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
    return Step(Idle(), [_receipt(turn, kind, done)])


def _new(turn: Turn, kind: Kind, fields: Mapping[str, str]) -> New:
    """What is registered. Lists of staff show its topic, never words of his (requirement 9.02)."""
    first = turn.office.languages[0]
    topic = turn.office.topic(fields.get("topic", ""))
    return New(
        kind=kind.code,
        way=_way(turn),
        text=_body(turn, kind, fields, first),
        summary=turn.office.text(topic.name if topic is not None else kind.name, first),
        topic=topic.code if topic is not None else "",
        applicant={name: fields[name] for name in drafts.PERSONAL if fields.get(name)},
        channel=turn.traits.name,
        chat=_chat(turn) if turn.may("track") else None,
        tells=False,
    )


def _way(turn: Turn) -> str:
    """How it came in, in the words of the office: this channel's own way, else one that is no lawful one."""
    content = content_of(turn)
    assert content is not None
    own = content.way(turn.traits.name)
    return (own or next((way for way in content.ways if not way.lawful), content.ways[0])).code


def _chat(turn: Turn) -> Chat:
    sealed = "" if turn.traits.pages else turn.keys.seal(turn.incoming.where.id)
    return Chat(turn.key, turn.traits.name, sealed, turn.language)


def _receipt(turn: Turn, kind: Kind, done: Registered) -> Say:
    """Number, code – shown this once –, by when, what comes next, and where it is none, that it is no official one."""
    words, follows = turn.words, turn.may("track")
    due = appeal_words.due(words, turn.calendar, done.deadline.due, turn.today)
    lines = [words("receipt-title", name=turn.text(kind.name)), words("receipt-number", number=done.number)]
    lines.append(words("receipt-code" if follows else "receipt-code-elsewhere", code=done.code))
    if not follows:
        names = ", ".join(words(f"channel-{door.name}") for door in turn.doors if _follows_in(door.mode))
        lines.append(words("receipt-where", names=names) if names else words("receipt-ask", phone=turn.office.phone))
    lines.append(words("receipt-due", due=due))
    content = content_of(turn)
    stage = content.first("new") if content is not None else None
    if stage is not None:
        lines.append(words("receipt-next", text=turn.text(stage.then)))
    if not kind.official:
        lines.append(words("receipt-not-official"))
    buttons = [Button(key=f"a{done.id}", step="appeals", label=words("receipt-open"))] if follows else []
    return Say(
        text="\n".join(lines),
        step="menu",
        asks="track" if follows else "comment",
        buttons=(*buttons, Button(key="write", step="menu", label=words("menu-write")), menu_button(turn)),
    )


def _follows_in(mode: str) -> bool:
    return _ORDER.index(mode) >= _ORDER.index("track")


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
