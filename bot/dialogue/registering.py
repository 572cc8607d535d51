"""Staff register an appeal that came on paper, by phone, at a reception or elsewhere (requirements 4.08, 4.18).

A field a screen, what need not be said is passed over; then a look at the whole, then number, code and receipt. What is
written stands sealed in `backend.appeals.drafts`, so that a wrong button loses nothing. Names, contacts and the text
are asked for only where the channel may carry them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from backend import invitations
from backend.appeals import access, drafts, numbers, registration, work
from backend.appeals.deadlines import reckon, rule_for
from backend.appeals.following import Chat
from backend.appeals.registration import New, Registered, Unfit
from backend.masking import mask
from backend.office.finding import found_by, searchable
from backend.office.model import Point
from bot import appeal_words
from bot.dialogue import absence, appeals, files, typed
from bot.dialogue import desk as desk_talk
from bot.dialogue.common import menu_button, office_phones, where_else
from bot.dialogue.state import Idle, Registering
from bot.dialogue.turn import Step, Turn
from bot.messages import Asks, Button, Choose, Event, File, Fill, Press, Reply, Say, Text, Write
from bot.policy import may

STEP: Final = "reg"
LISTED: Final = 20
TEXT_LIMIT: Final = 9000
LINE_LIMIT: Final = 300
ORDER: Final = (
    "kind",
    "way",
    "topic",
    "service",
    "point",
    "who",
    "name",
    "organisation",
    "inn",
    "contact",
    "address",
    "received",
    "text",
    "summary",
    "complained",
    "link",
)
NEEDED: Final = frozenset({"kind", "way", "who"})
WRITTEN: Final = frozenset({"name", "organisation", "inn", "contact", "address", "received", "text", "summary", "link"})
OF_APPLICANT: Final = ("name", "organisation", "inn", "contact", "address")
APPLICANTS: Final[dict[str, tuple[str, ...]]] = {
    "person": ("name", "contact", "address"),
    "entrepreneur": ("name", "inn", "contact", "address"),
    "legal": ("organisation", "inn", "contact", "address"),
    "foreigner": ("name", "contact", "address"),
    "association": ("organisation", "contact", "address"),
    "anonymous": (),
}
"""Who sends an appeal, and what is asked of him: an organisation has a name and an ИНН, not a full name (4.18)."""


@dataclass(slots=True)
class Paper:
    """What was written so far."""

    turn: Turn
    fields: dict[str, str]

    def wants(self, name: str) -> bool:
        """Whether this is asked at all: by the channel, and by who sends it."""
        turn = self.turn
        if name in OF_APPLICANT:
            return turn.may("personal") and name in APPLICANTS.get(self.fields.get("who", ""), ())
        if name == "text":
            return turn.may("personal")
        if name == "topic":
            return bool(turn.office.topics)
        if name == "service":
            return bool(turn.office.services)
        return True

    def following(self) -> str:
        """What is asked next; empty when the whole can be looked at."""
        return next((name for name in ORDER if name not in self.fields and self.wants(name)), "")

    def before(self, name: str) -> str:
        """What was asked before this."""
        asked = [one for one in ORDER if self.wants(one)]
        place = asked.index(name) if name in asked else 0
        return asked[max(0, place - 1)]

    async def keep(self) -> None:
        turn = self.turn
        await drafts.keep(turn.session, turn.keys, _draft(turn), "work.register", self.fields, turn.today)


def _draft(turn: Turn) -> str:
    """The key of what this person writes here: what was written where names are allowed stays there."""
    person = turn.person.id if turn.person is not None else ""
    return turn.keys.hash(f"registering:{person}:{'personal' if turn.may('personal') else 'track'}")


async def _paper(turn: Turn) -> Paper:
    written = await drafts.of(turn.session, turn.keys, _draft(turn))
    return Paper(turn, dict(written.fields) if written is not None else {})


def menu_buttons(turn: Turn) -> tuple[Button, ...]:
    if not desk_talk.is_on(turn) or turn.person is None or not access.may_register(turn.person):
        return ()
    return (Button(key="open", step=STEP, label=turn.words("menu-register")),)


def _refusal(turn: Turn) -> Step | None:
    """Who may not register, or not here."""
    if not desk_talk.is_on(turn) or turn.person is None:
        return Step(Idle(), [Say(text=turn.words("not-staff"), buttons=(menu_button(turn),))])
    if not access.may_register(turn.person):
        return Step(Idle(), [Say(text=turn.words("reg-not-allowed"), buttons=(menu_button(turn),))])
    if not turn.may("track"):
        return Step(Idle(), [where_else(turn, "track")])
    return None


# --- events -----------------------------------------------------------------------------------------------


async def pressed(turn: Turn, state: object, event: Press | Fill) -> Step | None:
    """A button or a form of these screens, whatever is on the screen now; None when it is none."""
    if event.step != STEP and not event.step.startswith(f"{STEP}."):
        return None
    at = event.step.removeprefix(STEP).removeprefix(".") or "open"
    keys = (event.key,) if isinstance(event, Press) else event.keys
    text = event.text if isinstance(event, Fill) else ""
    place = state if isinstance(state, Registering) and state.at == at else Registering(at=at)
    return await _heard(turn, place, keys, text, form=isinstance(event, Fill))


async def answer(turn: Turn, state: Registering, event: Event) -> Step:
    """One event while this is open: words typed, or a file that has no place yet."""
    if isinstance(event, File):
        step = await _heard(turn, state, (), event.text)
        step.replies = [Say(text=f"{files.turned_away(turn, event)} {turn.words('reg-files-later')}"), *step.replies]
        return step
    if isinstance(event, Text):
        presses = typed.press(await screen(turn, state), event.text)
        if len(presses) > 1:
            return await _heard(turn, state, tuple(press.key for press in presses[:-1]), "", form=True)
        if presses and presses[0].step.startswith(STEP):
            return await _heard(turn, state, (presses[0].key,), "")
        return await _heard(turn, state, (), event.text)
    return await _heard(turn, state, (), "")


async def screen(turn: Turn, state: Registering) -> Reply:
    """What is asked now."""
    refused = _refusal(turn)
    if refused is not None:
        return refused.replies[0]
    return await _shown(await _paper(turn), state)


async def _heard(turn: Turn, state: Registering, keys: tuple[str, ...], text: str, *, form: bool = False) -> Step:
    refused = _refusal(turn)
    if refused is not None:
        return refused
    paper, at, key = await _paper(turn), state.at, keys[0] if keys else ""
    match key:
        case "cancel":
            top = turn.words("reg-kept" if paper.fields else "cancelled")
            return await desk_talk.handed(turn, top)
        case "anew":
            await drafts.drop(turn.session, _draft(turn))
            return await _go(Paper(turn, {}), "kind")
        case "look" if _enough(paper):
            return await _go(paper, "look")
        case "back":
            return await _go(paper, paper.before(at) if at in ORDER else paper.following() or "look")
        case _ if at == "open" or key == "open":
            note = turn.words("reg-goes-on") if paper.fields else ""
            return await _go(paper, paper.following() or "look", note)
    if at == "look":
        return await _decide(paper, key)
    if at == "change":
        return await _go(paper, key if key in ORDER and paper.wants(key) else "look")
    if at not in ORDER or not paper.wants(at):
        return await _go(paper, paper.following() or "look")
    if key == "skip" and at not in NEEDED:
        return await _next(paper, at, "")
    if at == "complained":
        return await _pick(paper, state, keys, form)
    return await (_written(paper, at, text) if at in WRITTEN else _chosen(paper, state, key, text))


def _enough(paper: Paper) -> bool:
    return all(paper.fields.get(name) for name in NEEDED)


async def _go(
    paper: Paper, at: str, *notes: str, find: str = "", picked: tuple[str, ...] = (), value: str = ""
) -> Step:
    place = Registering(at=at, find=find, picked=picked)
    shown = await _shown(paper, place)
    if value and isinstance(shown, Write):
        shown = shown.model_copy(update={"value": value})
    return Step(place, [*(Say(text=note) for note in notes if note), shown])


async def _next(paper: Paper, name: str, value: str, *notes: str) -> Step:
    """Keep it and ask the next thing; what does not fit another kind of applicant goes."""
    paper.fields[name] = value
    if name == "who":
        for other in OF_APPLICANT:
            if other in paper.fields and not paper.wants(other):
                del paper.fields[other]
    await paper.keep()
    return await _go(paper, paper.following() or "look", *notes)


# --- what is asked ----------------------------------------------------------------------------------------


async def _shown(paper: Paper, state: Registering) -> Reply:
    at = state.at if state.at in (*ORDER, "look", "change") else paper.following() or "look"
    if at == "look":
        return _preview(paper)
    if at == "change":
        return _changes(paper)
    if at == "complained":
        return _persons(paper, state.picked)
    return _words_of(paper, at) if at in WRITTEN else _options(paper, at, state.find)


def _asks(name: str) -> Asks:
    return "personal" if name in OF_APPLICANT or name == "text" else "track"


def _controls(paper: Paper, name: str) -> tuple[Button, ...]:
    words = paper.turn.words
    found = []
    if name not in NEEDED:
        found.append(Button(key="skip", label=words("reg-today" if name == "received" else "button-skip")))
    if name != "kind":
        found.append(Button(key="back", label=words("button-back")))
    if _enough(paper):
        found.append(Button(key="look", label=words("reg-look")))
    return (*found, Button(key="cancel", label=words("button-cancel")))


def _progress(paper: Paper, name: str) -> str:
    asked = [one for one in ORDER if paper.wants(one)]
    return paper.turn.words("reg-part", number=asked.index(name) + 1 if name in asked else 1, total=len(asked))


def _words_of(paper: Paper, name: str) -> Write:
    words = paper.turn.words
    return Write(
        text=words(f"reg-ask-{name}"),
        hint=words(f"reg-hint-{name}"),
        progress=_progress(paper, name),
        step=f"{STEP}.{name}",
        asks=_asks(name),
        value=paper.fields.get(name, ""),
        limit=TEXT_LIMIT if name == "text" else LINE_LIMIT,
        controls=_controls(paper, name),
    )


def _options(paper: Paper, name: str, find: str = "") -> Choose:
    words = paper.turn.words
    found = _choices(paper, name)
    chosen = paper.fields.get(name, "")
    hint = ""
    if name == "point":
        if not chosen and len(own := _own_points(paper.turn)) == 1:
            chosen = own[0].code
        if find:
            found = [pair for pair in found if pair[0] in {p.code for p in _points_named(paper.turn, find)}]
        hint = words("reg-hint-point") if len(found) > LISTED or find else ""
    keyed = _keyed(paper.turn, name)
    return Choose(
        text=words(f"reg-ask-{name}"),
        hint=hint,
        progress=_progress(paper, name),
        step=f"{STEP}.{name}",
        asks="track",
        options=tuple(
            Button(key=keyed[code], label=label, chosen=code == chosen)
            for code, label in found[:LISTED]
            if code in keyed
        ),
        controls=_controls(paper, name),
    )


def _choices(paper: Paper, name: str) -> list[tuple[str, str]]:
    """Code and label of what can be chosen."""
    turn = paper.turn
    content = desk_talk.desk_of(turn).content
    match name:
        case "kind":
            return [(one.code, turn.text(one.name)) for one in content.kinds]
        case "way":
            ways = registration.ways_for(turn.office, content.kind(paper.fields.get("kind", "")))
            return [(one.code, turn.text(one.name)) for one in ways]
        case "topic":
            return [(one.code, turn.text(one.name)) for one in turn.office.topics]
        case "service":
            return [(one.code, turn.text(one.name)) for one in turn.office.services]
        case "point":
            return [(one.code, turn.text(one.name)) for one in points(turn)]
        case _:
            return [(one, turn.words(f"applicant-{one}")) for one in APPLICANTS]


def _keyed(turn: Turn, name: str) -> dict[str, str]:
    """Keys of buttons by code: codes of services and points may have letters that no button can carry."""
    if name == "service":
        return {one.code: f"s{number}" for number, one in enumerate(turn.office.services)}
    if name == "point":
        return {one.code: key_of(turn, one) for one in turn.office.points}
    content = desk_talk.desk_of(turn).content
    codes = {
        "kind": [one.code for one in content.kinds],
        "way": [one.code for one in content.ways],
        "topic": [one.code for one in turn.office.topics],
    }.get(name, list(APPLICANTS))
    return {code: code for code in codes}


def key_of(turn: Turn, point: Point) -> str:
    """A point in a button: its printed token, which never changes; else its place in the file."""
    return point.token.lower() if point.token else f"n{turn.office.points.index(point)}"


def _own_points(turn: Turn) -> list[Point]:
    person = turn.person.id if turn.person is not None else ""
    return [one for one in turn.office.points if one.open and person in (one.owner, one.deputy)]


def points(turn: Turn) -> list[Point]:
    """Open points, those first for which this person answers himself, then those for which he stands in."""
    person = turn.person.id if turn.person is not None else ""
    found = [one for one in turn.office.points if one.open]
    return sorted(found, key=lambda one: 0 if one.owner == person else 1 if one.deputy == person else 2)


def _points_named(turn: Turn, find: str) -> list[Point]:
    return found_by(find, [(searchable(*one.name.values(), one.code), one) for one in points(turn)])


def _persons(paper: Paper, picked: tuple[str, ...]) -> Choose:
    turn = paper.turn
    chosen = picked or tuple(paper.fields.get("complained", "").split())
    done = Button(key="done", label=turn.words("button-done"))
    return Choose(
        text=turn.words("reg-ask-complained"),
        hint=turn.words("reg-hint-complained"),
        progress=_progress(paper, "complained"),
        step=f"{STEP}.complained",
        asks="track",
        many=True,
        options=tuple(
            Button(key=person.id, label=f"{person.short}, {turn.text(person.post)}", chosen=person.id in chosen)
            for person in turn.office.persons
        ),
        controls=(done, *_controls(paper, "complained")),
    )


# --- what is given ----------------------------------------------------------------------------------------


async def _chosen(paper: Paper, state: Registering, key: str, text: str) -> Step:
    turn, at = paper.turn, state.at
    found = next((code for code, one in _keyed(turn, at).items() if one == key), "")
    if found:
        return await _next(paper, at, found)
    if at == "point" and text.strip():
        named = _points_named(turn, text)
        if len(named) == 1:
            return await _next(paper, at, named[0].code)
        find = " ".join(text.split())[:40] if named else ""
        return await _go(paper, at, "" if named else turn.words("search-nothing"), find=find)
    return await _go(paper, at, turn.words("choose-or-type"))


async def _pick(paper: Paper, state: Registering, keys: tuple[str, ...], whole: bool) -> Step:
    known = {person.id for person in paper.turn.office.persons}
    now = state.picked or tuple(paper.fields.get("complained", "").split())
    now = tuple(one for one in now if one != "-")
    key = keys[0] if keys else ""
    if whole or key == "done":
        named = [one for one in keys if one in known] if whole else list(now)
        return await _next(paper, "complained", " ".join(named))
    if key in known:
        now = tuple(one for one in now if one != key) if key in now else (*now, key)
        return await _go(paper, "complained", picked=now or ("-",))
    return await _go(paper, "complained", paper.turn.words("choose-or-type"), picked=state.picked)


async def _written(paper: Paper, at: str, text: str) -> Step:
    turn, text = paper.turn, text.strip()
    if not text:
        return await _go(paper, at, turn.words("write-something"))
    limit = TEXT_LIMIT if at == "text" else LINE_LIMIT
    if len(text) > limit:
        return await _go(paper, at, turn.words("too-long", limit=limit), value=text)
    match at:
        case "received":
            day = _past_day(turn, text)
            if day is None:
                return await _go(paper, at, turn.words("reg-not-a-day"), value=text)
            if day > turn.today:
                return await _go(paper, at, turn.words("desk-unfit-future"), value=text)
            return await _next(paper, at, day.isoformat())
        case "summary":
            masked = mask(" ".join(text.split())[: registration.SUMMARY], keep=office_phones(turn))
            return await _next(paper, at, masked.text, turn.words("number-hidden") if masked.hidden else "")
        case "inn":
            digits = "".join(letter for letter in text if letter.isdecimal())
            if len(digits) not in (10, 12):
                return await _go(paper, at, turn.words("reg-bad-inn"), value=text)
            return await _next(paper, at, digits)
        case "link":
            code = invitations.read_code(text)
            found = await invitations.chat_behind(turn.session, turn.keys, code) if code is not None else None
            if code is None or found is None:
                return await _go(paper, at, turn.words("reg-bad-link"), value=text)
            return await _next(paper, at, code)
        case _:
            return await _next(paper, at, text)


def _past_day(turn: Turn, text: str) -> date | None:
    """The day that is meant: «вчера», «2 ноября», «02.11.2026»; without a year the last such day."""
    if typed.plain(text) in ("вчера", "yesterday"):
        return turn.today - timedelta(days=1)
    day = absence.day_of(text, turn.today)
    if day is not None and day > turn.today and str(day.year) not in text and day.year == turn.today.year + 1:
        return day.replace(year=turn.today.year, day=min(day.day, 28) if day.month == 2 else day.day)
    return day


# --- looking at the whole ---------------------------------------------------------------------------------


def _new(paper: Paper, chat: Chat | None = None) -> New:
    fields = paper.fields
    received = fields.get("received", "")
    topic = paper.turn.office.topic(fields.get("topic", ""))
    summary = fields.get("summary") or (paper.turn.office.text(topic.name, "ru") if topic is not None else "")
    return New(
        kind=fields.get("kind", ""),
        way=fields.get("way", ""),
        text=fields.get("text", ""),
        summary=summary,
        topic=fields.get("topic", ""),
        service=fields.get("service") or None,
        point=fields.get("point") or None,
        received_on=date.fromisoformat(received) if received else None,
        complained=tuple(fields.get("complained", "").split()),
        applicant_kind=fields.get("who", ""),
        applicant={name: fields[name] for name in OF_APPLICANT if fields.get(name)},
        chat=chat,
    )


def _value(paper: Paper, name: str) -> str:
    """A field in words; empty where nothing was said."""
    turn, value = paper.turn, paper.fields.get(name, "")
    if name == "received":
        return turn.words.day(date.fromisoformat(value), turn.today) if value else turn.words("desk-today-word")
    if not value:
        return ""
    if name == "complained":
        return ", ".join(person.short for ident in value.split() if (person := turn.office.person(ident)) is not None)
    if name == "link":
        return turn.words("reg-link-given")
    return value if name in WRITTEN else dict(_choices(paper, name)).get(value, value)


def _preview(paper: Paper) -> Say:
    turn, words = paper.turn, paper.turn.words
    lines = [words("reg-preview")]
    for name in ORDER:
        if paper.wants(name) and (value := _value(paper, name)):
            lines.append(words("reg-line", name=words(f"reg-name-{name}"), value=value))
    lines += _remarks(paper)
    buttons = []
    if _enough(paper):
        buttons.append(Button(key="register", label=words("reg-do"), tone="good"))
    else:
        buttons.append(Button(key="open", label=words("button-continue"), tone="good"))
    buttons += [
        Button(key="change", label=words("reg-change")),
        Button(key="anew", label=words("desk-anew")),
        Button(key="cancel", label=words("button-cancel")),
    ]
    asks: Asks = "personal" if turn.may("personal") else "track"
    return Say(text="\n".join(lines), step=f"{STEP}.look", asks=asks, buttons=tuple(buttons))


def _remarks(paper: Paper) -> list[str]:
    """What to know before: the term, a late registration, an anonymous applicant."""
    turn, fields = paper.turn, paper.fields
    content, found = desk_talk.desk_of(turn).content, []
    kind = content.kind(fields.get("kind", ""))
    if kind is None:
        return []
    try:
        deadline = registration.term_of(content, kind.code, turn.today, turn.calendar)
        found.append(
            turn.words(
                "reg-term", day=appeal_words.day(turn.words, turn.calendar, deadline.due, turn.today, deadline.legal)
            )
        )
    except Unfit:
        found.append(turn.words("desk-unfit-no-rule"))
    if received := fields.get("received"):
        rule = rule_for(content.rules, kind.code, "register", date.fromisoformat(received))
        if rule is not None:
            until = reckon(rule, date.fromisoformat(received), turn.calendar).due
            if turn.today > until:
                found.append(turn.words("reg-late", day=turn.words.day(until, turn.today)))
    if fields.get("who") == "anonymous" and kind.official:
        found.append(turn.words("desk-anonymous"))
    return ["", *found]


def _changes(paper: Paper) -> Choose:
    words = paper.turn.words
    return Choose(
        text=words("reg-change-what"),
        step=f"{STEP}.change",
        asks="track",
        options=tuple(Button(key=name, label=words(f"reg-name-{name}")) for name in ORDER if paper.wants(name)),
        controls=(Button(key="look", label=words("button-back")),),
    )


async def _decide(paper: Paper, key: str) -> Step:
    match key:
        case "change":
            return await _go(paper, "change")
        case "register" if _enough(paper):
            return await _register(paper)
        case "register":
            # Pressed again: what was written has been registered, or nothing was.
            return await _go(paper, paper.following() or "look", paper.turn.words("reg-nothing"))
        case _:
            return await _go(paper, "look", paper.turn.words("choose-or-type"))


async def _register(paper: Paper) -> Step:
    turn = paper.turn
    assert turn.person is not None
    link = None
    if code := paper.fields.get("link"):
        link = await invitations.chat_behind(turn.session, turn.keys, code)
        if link is not None and not _may_be_told(turn, link.channel):
            link = None
    chat = Chat(link.chat, link.channel, link.sealed, link.language) if link is not None else None
    try:
        done = await registration.register(
            turn.session, turn.office, turn.calendar, turn.keys, turn.now, _new(paper, chat), by=turn.person.id
        )
    except Unfit as error:
        at = {"received_on": "received"}.get(error.field, error.field)
        return await _go(paper, at if at in ORDER else "look", desk_talk.unfit_words(turn, error))
    await drafts.drop(turn.session, _draft(turn))
    row = await work.get(turn.session, done.id)
    return Step(Idle(), [_receipt(turn, row, done), await _registered(turn, row, done, link)])


def _may_be_told(turn: Turn, channel: str) -> bool:
    """Whether this channel may carry number and dates of an appeal."""
    return any(door.name == channel and may(door.mode, "track") for door in turn.doors)


async def _registered(turn: Turn, row: Any, done: Registered, link: Any) -> Say:
    """What staff need to know of it."""
    words = turn.words
    lines = [words("reg-done", number=done.number)]
    holder = appeal_words.person_of(turn.office, words, done.holder)
    lines.append(words("desk-holder", name=holder) if holder else words("reg-unrouted"))
    if done.late:
        lines.append(words("reg-was-late"))
    if row.applicant_kind == "anonymous":
        lines.append(words("desk-anonymous"))
    if link is not None:
        lines.append(words("reg-told", channel=words(f"channel-{link.channel}")))
    buttons = []
    if await work.visible(desk_talk.desk_of(turn), done.id) is not None:
        buttons.append(Button(key="open", step=f"work.{done.id}", label=words("desk-open"), tone="good"))
    buttons.append(Button(key="open", step=STEP, label=words("reg-another")))
    mine = Button(key="open", step="work", label=words("menu-desk"))
    return Say(text="\n".join(lines), step="reg.done", asks="track", buttons=(*buttons, mine, menu_button(turn)))


def _receipt(turn: Turn, row: Any, done: Registered) -> Say:
    """What the client takes with him or is read to over the phone: number, code, deadline, where to follow it."""
    words = turn.words
    lines = [
        words("reg-receipt", office=turn.text(turn.office.short)),
        words(
            "reg-receipt-number",
            number=done.number,
            kind=appeal_words.kind_of(turn.office, words, row),
            day=words.day(row.registered_on, turn.today),
        ),
        words("reg-receipt-code", code=done.code),
        words(
            "reg-receipt-due",
            day=appeal_words.day(words, turn.calendar, done.deadline.due, turn.today, done.deadline.legal),
        ),
        words("reg-receipt-follow", url=f"{turn.url}/talk", phone=turn.office.phone),
    ]
    payload = numbers.payload_of(done.number, done.code)
    able = [door for door in turn.doors if payload and may(door.mode, "track") and "{payload}" in door.link]
    for door in able:
        url = door.link.replace("{payload}", f"{appeals.LINK}{payload}")
        lines.append(words("reg-receipt-link", channel=words(f"channel-{door.name}"), url=url))
    return Say(text="\n".join(lines), step="reg.receipt", asks="track")
