"""A letter to the office as it is shown: what may be sent from where, what is asked, all of it, the receipt.

A message in a chat is no official appeal (59-ФЗ, article 4), and nothing here presents it as one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final

from backend.appeals import drafts
from backend.appeals.drafts import Written
from backend.appeals.model import Appeals, Kind, Way
from backend.appeals.registration import Registered
from backend.masking import mask
from bot import appeal_words
from bot.dialogue import consent
from bot.dialogue.common import menu_button, office_phones
from bot.dialogue.state import Filing
from bot.dialogue.turn import Turn
from bot.messages import Asks, Button, Choose, Reply, Say, Write

LIMIT: Final = 4000  # characters of one field
NAME_LIMIT: Final = 100
CONTACT_LIMIT: Final = 200
FILES: Final = 5  # that go with what is sent; more can be added to it later
PLACES: Final = ("write", "write-kind", "write-ways", "write-old")
IDEA: Final = "idea"
BESIDE: Final = ("topic", "name", "contact", "file")
"""Fields beside the words themselves."""
STEP: Final = re.compile(r"filing\.([a-z][a-z0-9_]{0,23})\.([a-z0-9]{1,7})\Z")
POINT: Final = re.compile(r"c(\d{1,2})\Z")
"""The field of a point of the checklist, by its number."""


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


def kinds_of(turn: Turn, *, official: bool) -> list[Kind]:
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
    written = await written_by(turn)
    if written is not None and content.kind(written.kind) is not None:
        buttons.append(Button(key="go-on", label=_go_on(turn, written), tone="good"))
    ways = content.lawful() if kinds_of(turn, official=True) else []
    if ways:
        lines.append(turn.words("write-lawful", ways=", ".join(turn.text(way.name) for way in ways)))
        buttons.append(Button(key="draft", label=turn.words("write-draft")))
    sent = [kind for kind in content.kinds if takes(turn, kind)]
    if sent:
        lines.append(turn.words("write-here", names=", ".join(turn.text(kind.name) for kind in sent)))
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
    if turn.may("comment") and kinds_of(turn, official=True):
        draft.append(Button(key="draft", label=turn.words("write-draft")))
    back = Button(key="write", step="menu", label=turn.words("button-back"))
    return Say(text=text, step="filing", buttons=(*draft, *_links(turn, found), back, menu_button(turn)))


def _ways_text(turn: Turn, found: Sequence[Way]) -> list[str]:
    told = [turn.text(way.tell if way.tell is not None else way.name) for way in found]
    return ["\n".join([turn.words("write-ways-title"), *(f"{n}. {line}" for n, line in enumerate(told, 1))])]


def _checklist_text(turn: Turn, items: Sequence[Mapping[str, str]], key: str) -> list[str]:
    return ["\n".join([turn.words(key), *(f"– {turn.text(dict(item))}" for item in items)])] if items else []


def _choose_kind(turn: Turn) -> Reply | None:
    kinds = kinds_of(turn, official=True)
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


async def _old_draft(turn: Turn, wanted_kind: str) -> Reply | None:
    """«Продолжить черновик от 23 ноября?»"""
    content, written = content_of(turn), await written_by(turn)
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


# --- what is asked ----------------------------------------------------------------------------------------


def fields_of(turn: Turn, kind: Kind) -> list[str]:
    """What is written: an official one by the checklist of the office, anything else in one piece."""
    content = content_of(turn)
    assert content is not None
    if kind.official:
        points = [f"c{number}" for number, check in enumerate(content.checklist) if check.here]
        return points or ["text"]
    return ["text"]


def order_of(turn: Turn, kind: Kind, *, open_now: bool) -> list[str]:
    """All that is asked one after the other before it is shown whole."""
    order = fields_of(turn, kind)
    if takes(turn, kind):
        if kind.unit is None and turn.office.topics:
            order.append("topic")
        if kind.official and open_now:
            order += ["name", "contact"]  # without them the law demands no answer (59-ФЗ, article 11)
    return order


async def is_open(turn: Turn, state: Filing) -> bool:
    """Whether names are asked for and words are kept as they are."""
    return not state.plain and await consent.given(turn)


async def allowed(turn: Turn, state: Filing) -> Filing:
    """Fields that nobody may be asked for without consent give way to the whole, once he has declined."""
    asks = state.field in (*drafts.PERSONAL, "file")
    if asks and not await is_open(turn, state) and (state.plain or not consent.possible(turn)):
        return state.model_copy(update={"field": ""})
    return state


async def written_by(turn: Turn) -> Written | None:
    return await drafts.of(turn.session, turn.keys, turn.key)


async def own_words(turn: Turn, state: Filing) -> dict[str, str]:
    """What he has written of this kind so far."""
    written = await written_by(turn)
    return dict(written.fields) if written is not None and written.kind == state.what else {}


async def screen(turn: Turn, state: Filing) -> Reply | None:
    """What is asked now, or all of it; None where there is nothing to show any more."""
    content = content_of(turn)
    kind = content.kind(state.what) if content is not None else None
    if content is None or kind is None or not turn.may("comment"):
        return None
    fields, open_now = await own_words(turn, state), await is_open(turn, state)
    if not state.field:
        return await _whole(turn, kind, fields, state) if has_words(turn, kind, fields) else None
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
    value = (fields if open_now else plain(turn, fields)).get(state.field, "")
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
        limit=limit_of(state.field),
        controls=tuple(controls),
    )


async def screen_at(turn: Turn, state: Filing, step: str) -> Reply | None:
    """An earlier field of what he is writing, by its step, for pages; None for any other step."""
    found = STEP.match(step)
    if found is None or found[1] != state.what:
        return None
    field = "" if found[2] == "whole" else found[2]
    return await screen(turn, state.model_copy(update={"field": field}))


def limit_of(field: str) -> int:
    return {"name": NAME_LIMIT, "contact": CONTACT_LIMIT}.get(field, LIMIT)


def _note(turn: Turn, kind: Kind, field: str) -> str:
    if field in ("name", "contact") and not kind.official:
        return turn.words("note-optional")
    return ""


def _progress(turn: Turn, kind: Kind, field: str) -> str:
    asked = fields_of(turn, kind)
    if field not in asked or len(asked) < 2:
        return ""
    return turn.words("progress", number=asked.index(field) + 1, total=len(asked))


def _question(turn: Turn, content: Appeals, kind: Kind, field: str, *, open_now: bool) -> tuple[str, str]:
    """The question and its hint, with an example."""
    words = turn.words
    point = POINT.match(field)
    if field == "name":
        return words("write-name-official" if kind.official else "write-name"), words("write-name-hint")
    if field == "contact":
        return words("write-contact-official" if kind.official else "write-contact"), words("write-contact-hint")
    personal = words("write-personal-hint" if open_now else "write-masked-hint")
    if point is not None and int(point[1]) < len(content.checklist):
        first = fields_of(turn, kind)[0] == field
        example = words("write-example-what" if first else "write-example-ask")
        return turn.text(content.checklist[int(point[1])].text), f"{example} {personal}"
    text = words("write-text-idea" if kind.code == IDEA else "write-text")
    example = words("write-example-idea" if kind.code == IDEA else "write-example-what")
    return text, f"{example} {personal}"


def _back(turn: Turn, kind: Kind, state: Filing, *, open_now: bool) -> list[Button]:
    order = order_of(turn, kind, open_now=open_now)
    first = not order or state.field == order[0]
    return [] if first else [Button(key="back", label=turn.words("button-back"))]


async def _asking_file(turn: Turn, step: str, controls: Sequence[Button]) -> Reply:
    waiting = await drafts.files_of(turn.session, turn.key)
    done = Button(key="skip", label=turn.words("button-done" if waiting else "button-skip"))
    return Write(
        text=turn.words("write-file", n=len(waiting), most=FILES),
        hint="" if turn.traits.pages else turn.words("write-file-hint"),
        step=step,
        asks="personal",
        files=True,
        controls=(done, *controls),
    )


# --- all of it --------------------------------------------------------------------------------------------


def has_words(turn: Turn, kind: Kind, fields: Mapping[str, str]) -> bool:
    return any(fields.get(name, "").strip() for name in fields_of(turn, kind))


def body(turn: Turn, kind: Kind, fields: Mapping[str, str], language: str = "") -> str:
    """What he wrote, under the points of the checklist."""
    content = content_of(turn)
    assert content is not None
    lines = []
    for name in fields_of(turn, kind):
        text, point = fields.get(name, ""), POINT.match(name)
        if point is not None and text:
            title = turn.office.text(content.checklist[int(point[1])].text, language or turn.language)
            lines.append(f"{title}:\n{text}")
        elif text:
            lines.append(text)
    return "\n\n".join(lines)


async def own_still(turn: Turn, written: Written) -> list[Say]:
    """All that a draft holds, whatever its fields are called, as far as this channel may carry it; nothing where it may
    carry no words."""
    open_now = await consent.given(turn)
    fields = written.fields if open_now else plain(turn, written.fields)
    text = "\n\n".join(text for name, text in fields.items() if name != "topic") or "–"
    return [Say(text=text, asks=_asks(turn, open_now=open_now))] if turn.may("comment") else []


def mark_of(turn: Turn, fields: Mapping[str, str]) -> str:
    """Tells this very text from another: an old «Отправить» does not send what was changed since."""
    text = "\0".join(f"{name}={fields[name]}" for name in sorted(fields))
    return hashlib.sha256(f"{turn.key}\0{text}".encode()).hexdigest()[:8]


async def _whole(turn: Turn, kind: Kind, fields: Mapping[str, str], state: Filing) -> Reply:
    """The draft as it stands, what is still to be added, and where it goes."""
    content = content_of(turn)
    assert content is not None
    words, open_now = turn.words, await is_open(turn, state)
    sends = takes(turn, kind) and (open_now or not kind.official)
    shown = plain(turn, fields) if not open_now else dict(fields)
    lines = [words("write-whole-send" if sends else "write-whole-draft", name=turn.text(kind.name))]
    lines.append(body(turn, kind, shown))
    lines += await _beside(turn, shown, open_now=open_now)
    buttons, change = [], Button(key="edit", label=words("button-change"))
    if sends:
        buttons.append(Button(key=f"send.{mark_of(turn, shown)}", label=words("write-send"), tone="good"))
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


def plain(turn: Turn, fields: Mapping[str, str]) -> dict[str, str]:
    """Without name and contact, numbers hidden."""
    return {
        name: mask(text, keep=office_phones(turn)).text for name, text in fields.items() if name not in drafts.PERSONAL
    }


# --- what was sent ----------------------------------------------------------------------------------------


def receipt(turn: Turn, kind: Kind, done: Registered) -> Say:
    """Number, code – shown this once –, by when, what comes next, and where it is none, that it is no official one."""
    words, follows = turn.words, turn.may("track")
    due = appeal_words.due(words, turn.calendar, done.deadline.due, turn.today, done.deadline.legal)
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
