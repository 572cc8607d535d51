"""What staff do with an appeal in words: a field a screen, a look at the whole, «Отправить».

What is written stands sealed in `backend.appeals.drafts` under the appeal, the deed and the person – never in the place
of the talk: it survives «Назад», another tab, an expired screen and a colleague who was faster. A step names all that
its form belongs to (`deed.<what>.<appeal>.<seen>.<at>`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from backend.appeals import drafts, events, notices, replies, work, worklist
from backend.appeals import files as appeal_files
from backend.appeals.deadlines import reckon, rule_for
from backend.appeals.model import Reply as Template
from backend.appeals.model import fill, unfilled
from backend.appeals.registration import Unfit, term_of
from backend.appeals.work import Desk, Done, Stale
from backend.masking import mask
from bot import appeal_cards, appeal_words
from bot.dialogue import desk as desk_talk
from bot.dialogue import files, typed
from bot.dialogue.common import menu_button, office_phones, where_else
from bot.dialogue.state import Handling, Idle
from bot.dialogue.turn import Step, Turn
from bot.messages import Asks, Button, Choose, Event, File, Fill, Press, Reply, Say, Text, Write

LIMIT: Final = 6000  # characters of one part


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is asked. `least`: characters; `choice`: from a list."""

    name: str
    least: int = work.REASON_LEAST
    optional: bool = False
    choice: bool = False


FORMS: Final[dict[str, tuple[Field, ...]]] = {
    "answer": (Field("essence"), Field("basis", 5), Field("then", 5), Field("why", 5, optional=True)),
    "reply": (Field("text", 2),),
    "note": (Field("text", 2),),
    "extend": (Field("days", 1), Field("reason")),
    "redirect": (Field("to", 3, choice=True), Field("reason", optional=True)),
    "suspend": (Field("reason"), Field("then")),
    "refuse": (Field("reason"), Field("then")),
    "close": (Field("cause", choice=True), Field("text", optional=True)),
    "assign": (Field("to", choice=True),),
    "complain": (Field("complained", choice=True),),
    "file": (Field("whom", choice=True),),
    "reopen": (Field("reason"),),
}
PERSONAL: Final = frozenset({"answer", "reply", "note", "file"})
"""Deeds whose words are those of an appeal: only where personal data may be carried."""
ENDS: Final = frozenset({"answer", "redirect", "suspend", "refuse", "extend", "assign"})
"""Deeds that make sense only while an answer is owed."""


@dataclass(slots=True)
class Form:
    """A deed in hand: the appeal as it is now, the version that was seen, what was written."""

    turn: Turn
    desk: Desk
    row: Any
    what: str
    seen: int
    fields: dict[str, str]

    @property
    def draft(self) -> str:
        """The key of what was written."""
        return draft_of(self.turn, self.row.id, self.what)

    @property
    def asks(self) -> Asks:
        return "personal" if self.what in PERSONAL else "track"

    def step(self, at: str) -> str:
        return f"deed.{self.what}.{self.row.id}.{self.seen}.{at}"

    def place(self, at: str, picked: tuple[str, ...] = ()) -> Handling:
        return Handling(what=self.what, appeal=self.row.id, version=self.seen, at=at, picked=picked)

    def field(self, name: str) -> Field | None:
        return next((field for field in FORMS[self.what] if field.name == name), None)

    def missing(self) -> str:
        """What is asked next; empty when the whole can be looked at."""
        return next((field.name for field in FORMS[self.what] if field.name not in self.fields), "")

    async def keep(self) -> None:
        turn = self.turn
        kind = drafts.kind_of(self.row.id, self.what)
        await drafts.keep(turn.session, turn.keys, self.draft, kind, self.fields, turn.today)


def draft_of(turn: Turn, appeal: int, what: str) -> str:
    person = turn.person.id if turn.person is not None else ""
    return turn.keys.hash(f"desk:{appeal}:{what}:{person}")


# --- events -----------------------------------------------------------------------------------------------


def place_of(step: str) -> Handling | None:
    """The place that a form was made for, by its step; None when it is no such form."""
    parts = step.split(".")
    if len(parts) != 5 or parts[0] != "deed" or parts[1] not in FORMS:
        return None
    if not all(part.isdecimal() and len(part) < 10 for part in parts[2:4]):
        return None
    return Handling(what=parts[1], appeal=int(parts[2]), version=int(parts[3]), at=parts[4])


async def pressed(turn: Turn, state: object, event: Press | Fill) -> Step | None:
    """A button or a form of a deed, whatever is on the screen now; None when it is none."""
    place = place_of(event.step)
    if place is None:
        return None
    if isinstance(state, Handling) and state.model_copy(update={"picked": ()}) == place:
        place = state
    keys = (event.key,) if isinstance(event, Press) else event.keys
    text = event.text if isinstance(event, Fill) else ""
    return await _heard(turn, place, keys, text, form=isinstance(event, Fill))


async def answer(turn: Turn, state: Handling, event: Event) -> Step:
    """One event while this is open: words typed, or a file."""
    if isinstance(event, File):
        return await _heard(turn, state, (), event.text, file=event)
    if isinstance(event, Text):
        shown = await screen(turn, state)
        presses = typed.press(shown, event.text) if shown is not None else []
        if len(presses) > 1:
            return await _heard(turn, state, tuple(press.key for press in presses[:-1]), "", form=True)
        for press in presses:
            if place_of(press.step) is None:
                return await desk_talk.pressed(turn, press.step, press.key) or await _heard(turn, state, (), "")
            return await _heard(turn, state, (press.key,), "")
        return await _heard(turn, state, (), event.text)
    return await _heard(turn, state, (), "")


async def screen(turn: Turn, state: Handling) -> Reply | None:
    """What is asked now."""
    form = await _form(turn, state)
    return await _shown(form, state) if form is not None else None


async def _form(turn: Turn, state: Handling) -> Form | None:
    if not desk_talk.is_on(turn):
        return None
    desk = desk_talk.desk_of(turn)
    row = await work.visible(desk, state.appeal)
    if row is None:
        return None
    written = await drafts.of(turn.session, turn.keys, draft_of(turn, row.id, state.what))
    return Form(turn, desk, row, state.what, state.version, dict(written.fields) if written is not None else {})


async def _heard(
    turn: Turn, state: Handling, keys: tuple[str, ...], text: str, *, form: bool = False, file: File | None = None
) -> Step:
    """One event of a form: `form` – all of a page's form at once."""
    if not desk_talk.is_on(turn):
        return Step(Idle(), [Say(text=turn.words("not-staff"), buttons=(menu_button(turn),))])
    made = await _form(turn, state)
    if made is None:
        return await desk_talk.gone(turn)
    asks: Asks = "personal" if state.what in PERSONAL else "track"
    if not turn.may(asks):
        return Step(Idle(), [where_else(turn, asks)])
    key = keys[0] if keys else ""
    if key == "cancel":
        top = "desk-cancelled-kept" if made.fields else "cancelled"
        return await desk_talk.opened(turn, made.row.id, turn.words(top))
    if state.at == "open" or key == "open":
        return await _begin(made)
    if state.at == "look":
        return await _decide(made, state, key)
    if file is not None:
        return await _attach(made, state, file)
    if state.what == "complain":
        return await _pick(made, state, keys, form)
    if state.at == "templates":
        return await _insert(made, key)
    if state.at.startswith("v") and state.at[1:].isdecimal():
        return await _variable(made, state, key, text)
    return await _given(made, state, key, text)


async def _begin(form: Form) -> Step:
    """The first field that is not written yet; a draft goes on where it was left."""
    turn = form.turn
    unfit = _impossible(form)
    if unfit is not None:
        return await desk_talk.opened(turn, form.row.id, desk_talk.unfit_words(turn, unfit))
    await worklist.be_there(turn.session, form.row.id, form.desk.by, turn.now, form.what)
    if form.what == "complain":
        return await _go(form, "complained")
    note = turn.words("desk-draft-goes-on") if form.fields else ""
    return await _go(form, form.missing() or "look", note)


def _impossible(form: Form) -> Unfit | None:
    row = form.row
    if form.what in ENDS and not row.open:
        return Unfit("ended")
    if form.what == "close" and row.means == "closed":
        return Unfit("ended")
    if form.what == "reopen" and not work.reopenable(row, form.turn.today):
        return Unfit("not-reopenable")
    if form.what == "extend" and not work.extendable(form.desk, row):
        return Unfit("extended-already" if row.extended else "not-extendable")
    return None


async def _go(form: Form, at: str, *notes: str, picked: tuple[str, ...] = (), value: str | None = None) -> Step:
    place = form.place(at, picked)
    shown = await _shown(form, place)
    if value is not None and isinstance(shown, Write):
        shown = shown.model_copy(update={"value": value})
    return Step(place, [*(Say(text=note) for note in notes if note), shown])


# --- what is asked ----------------------------------------------------------------------------------------


async def _shown(form: Form, state: Handling) -> Reply:
    if state.at == "look":
        return await _preview(form)
    if state.at == "templates":
        return _templates(form)
    if state.at.startswith("v") and state.at[1:].isdecimal():
        return _ask_variable(form)
    if form.what == "complain":
        return _ask_persons(form, state.picked)
    if state.at in ("client", "staff"):
        return _ask_file(form, state.at)
    field = form.field(state.at) or form.field(form.missing() or FORMS[form.what][0].name)
    assert field is not None
    return _ask_choice(form, field) if field.choice else _ask_words(form, field)


def _cancel(form: Form) -> Button:
    return Button(key="cancel", label=form.turn.words("button-cancel"))


def _back(form: Form, at: str) -> tuple[Button, ...]:
    """To the field before, where there is one."""
    names = [field.name for field in FORMS[form.what]]
    if at in names and names.index(at):
        return (Button(key="back", label=form.turn.words("button-back")),)
    return ()


def _ask_words(form: Form, field: Field) -> Write:
    words, turn = form.turn.words, form.turn
    controls: list[Button] = []
    if field.optional:
        controls.append(Button(key="skip", label=words("button-skip")))
    if field.name == "essence" and _of_kind(form):
        controls.append(Button(key="templates", label=words("desk-from-template")))
    most = work.extendable(form.desk, form.row) if field.name == "days" else 0
    number = FORMS[form.what].index(field) + 1
    total = len(FORMS[form.what])
    masked = "" if turn.may("personal") else words("desk-no-names")
    needed = form.what == "close" and form.row.open
    return Write(
        text=words(f"desk-ask-{form.what}-{field.name}", number=form.row.number, n=most),
        hint=" ".join(filter(None, [words(f"desk-hint-{form.what}-{field.name}", n=most), masked])),
        progress=words("desk-part", number=number, total=total) if total > 1 else "",
        step=form.step(field.name),
        asks=form.asks,
        value=form.fields.get(field.name, str(most) if most else ""),
        limit=4 if field.name == "days" else LIMIT,
        controls=(*(controls if not needed else []), *_back(form, field.name), _cancel(form)),
    )


def _ask_choice(form: Form, field: Field) -> Choose:
    words, turn, content = form.turn.words, form.turn, form.desk.content
    options: list[Button] = []
    match form.what:
        case "assign":
            options = [
                Button(key=person.id, label=f"{person.short}, {turn.text(person.post)}")
                for person in work.assignable(turn.office, form.row)
                if person.id != form.row.holder
            ]
        case "redirect":
            options = [Button(key=body.code, label=turn.text(body.name)) for body in content.bodies]
        case "close":
            options = [
                Button(key=reason.code, label=turn.text(reason.name))
                for reason in content.reasons
                if reason.unanswered or not form.row.open
            ]
        case _:
            options = [Button(key=who, label=words(f"desk-file-for-{who}")) for who in ("client", "staff")]
    return Choose(
        text=words(f"desk-ask-{form.what}-{field.name}", number=form.row.number, n=0),
        hint=words("desk-hint-redirect-to") if form.what == "redirect" else "",
        step=form.step(field.name),
        asks=form.asks,
        options=tuple(options),
        controls=(_cancel(form),),
    )


def _ask_persons(form: Form, picked: tuple[str, ...]) -> Choose:
    turn = form.turn
    chosen = picked or tuple(form.row.complained.split())
    return Choose(
        text=turn.words("desk-ask-complain", number=form.row.number),
        hint=turn.words("desk-hint-complain"),
        step=form.step("complained"),
        asks="track",
        many=True,
        options=tuple(
            Button(key=person.id, label=f"{person.short}, {turn.text(person.post)}", chosen=person.id in chosen)
            for person in turn.office.persons
        ),
        controls=(Button(key="done", label=turn.words("button-done")), _cancel(form)),
    )


def _ask_file(form: Form, whom: str) -> Write:
    return Write(
        text=form.turn.words("desk-ask-file", number=form.row.number),
        hint=form.turn.words(f"desk-hint-file-{whom}"),
        step=form.step(whom),
        asks="personal",
        files=True,
        controls=(_cancel(form),),
    )


# --- what is given ----------------------------------------------------------------------------------------


async def _given(form: Form, state: Handling, key: str, text: str) -> Step:
    """A field: chosen, written, skipped, or back to the one before."""
    turn, field = form.turn, form.field(state.at)
    if state.what == "file" and state.at in ("client", "staff"):
        return await _go(form, state.at, turn.words("desk-send-file"))
    if field is None:
        return await _begin(form)
    if key == "back":
        names = [one.name for one in FORMS[form.what]]
        return await _go(form, names[max(0, names.index(field.name) - 1)])
    if key == "templates":
        return await _go(form, "templates")
    if key == "skip" and field.optional and not (form.what == "close" and form.row.open):
        return await _next(form, field, "")
    if field.choice:
        return await _chosen(form, field, key, text)
    text = text.strip()
    if not text:
        return await _go(form, field.name, turn.words("write-something"))
    return await _written(form, field, text)


async def _chosen(form: Form, field: Field, key: str, text: str) -> Step:
    turn, shown = form.turn, _ask_choice(form, field)
    if any(option.key == key for option in shown.options):
        if form.what == "file":
            return await _go(form, key)
        if form.what == "assign":
            return await _do(form, {"to": key}, form.seen)
        return await _next(form, field, key)
    if form.what == "redirect" and len(text.strip()) >= field.least:
        return await _next(form, field, " ".join(text.split())[:200])
    return await _go(form, field.name, turn.words("choose-or-type"))


async def _written(form: Form, field: Field, text: str) -> Step:
    turn = form.turn
    if len(text) > LIMIT:
        return await _go(form, field.name, turn.words("too-long", limit=LIMIT), value=text)
    if field.name == "days":
        most = work.extendable(form.desk, form.row)
        number = int(text) if text.isdecimal() and len(text) < 5 else 0
        if not 1 <= number <= most:
            return await _go(form, "days", turn.words("desk-unfit-days", n=most), value=text[:4])
        return await _next(form, field, str(number))
    note = ""
    if not turn.may("personal"):
        masked = mask(text, keep=office_phones(turn))
        text, note = masked.text, turn.words("number-hidden-staff") if masked.hidden else ""
    least = form.desk.content.least_answer if field.name == "essence" else field.least
    if len(text) < least or not any(letter.isalpha() for letter in text):
        short = turn.words("desk-short", n=least, field=turn.words(f"desk-field-{field.name}"))
        return await _go(form, field.name, short, value=text)
    return await _next(form, field, text, note)


async def _next(form: Form, field: Field, value: str, note: str = "") -> Step:
    """Keep it and ask the next thing. A note for colleagues needs no look at the whole."""
    form.fields[field.name] = value
    if form.what == "note":
        return await _do(form, form.fields, form.seen)
    await form.keep()
    await worklist.be_there(form.turn.session, form.row.id, form.desk.by, form.turn.now, form.what)
    return await _go(form, form.missing() or "look", note)


async def _pick(form: Form, state: Handling, keys: tuple[str, ...], whole: bool) -> Step:
    """Persons complained of: ticked one by one in a messenger, all at once on a page. «-» stands for none."""
    known = {person.id for person in form.turn.office.persons}
    now = state.picked or tuple(form.row.complained.split())
    now = tuple(one for one in now if one != "-")
    if whole and state.at == "complained":
        return await _do(form, {"persons": " ".join(key for key in keys if key in known)}, form.seen)
    key = keys[0] if keys else ""
    if key == "done":
        return await _do(form, {"persons": " ".join(now)}, form.seen)
    if key in known:
        now = tuple(one for one in now if one != key) if key in now else (*now, key)
        return await _go(form, "complained", picked=now or ("-",))
    note = form.turn.words("choose-or-type") if not key else ""
    return await _go(form, "complained", note, picked=state.picked)


async def _attach(form: Form, state: Handling, file: File) -> Step:
    """A file for the client or for colleagues; it was checked and stored before this turn."""
    turn, kept = form.turn, file.kept
    if form.what != "file" or state.at not in ("client", "staff"):
        note = files.turned_away(turn, file)
        if not file.text.strip():
            return await _go(form, state.at, note)
        step = await _given(form, state, "", file.text)
        step.replies = [Say(text=note), *step.replies]
        return step
    if kept is None:
        return await _go(form, state.at, files.refusal(turn, file))
    event = None
    if state.at == "staff":
        words = {"text": turn.words("desk-file-note", name=kept.name)}
        event = await events.add(turn.session, turn.keys, turn.now, form.row, "note", by=form.desk.by, words=words)
    await appeal_files.attach(
        turn.session,
        turn.keys,
        turn.now,
        form.row,
        stored=kept.stored,
        kind=kept.kind,
        size=kept.size,
        name=kept.name,
        by=form.desk.by,
        event=event,
        public=state.at == "client",
    )
    top = turn.words("desk-file-kept", name=kept.name, size=max(1, kept.size // 1024))
    return await desk_talk.opened(turn, form.row.id, top)


# --- templates --------------------------------------------------------------------------------------------


def _of_kind(form: Form) -> list[Template]:
    """Templates of answers for this kind of appeal."""
    return [one for one in form.desk.content.replies if not one.kinds or form.row.kind in one.kinds]


def _templates(form: Form) -> Choose:
    words = form.turn.words
    return Choose(
        text=words("desk-which-template"),
        hint=words("desk-template-hint"),
        step=form.step("templates"),
        asks="personal",
        options=tuple(Button(key=one.code, label=form.turn.text(one.name)) for one in _of_kind(form)),
        controls=(Button(key="back", label=words("button-back")), _cancel(form)),
    )


async def _insert(form: Form, code: str) -> Step:
    """The parts of a template with all that is known filled in; then the first gap, or the whole."""
    one = next((template for template in _of_kind(form) if template.code == code), None)
    if one is None:
        return await _go(form, "essence")
    language = await _client_language(form)
    turn, words = form.turn, form.turn.all_words.get(language, form.turn.words)
    known = replies.known(turn.office, turn.keys, form.row, language, lambda day: words.day(day, turn.today))
    parts = replies.parts_of(turn.office, one, known, language)
    for name in ("essence", "basis", "then", "why"):
        form.fields[name] = parts.get(name, "")
    await form.keep()
    return await _go(form, _gap(form) or "look")


async def _client_language(form: Form) -> str:
    found = await notices.listeners(form.turn.session, form.row.id)
    return found[0].language if found else form.turn.office.languages[0]


def _open_names(form: Form) -> list[str]:
    return unfilled(*form.fields.values()) if form.what == "answer" else []


GAPS: Final = ("topic", "service", "point", "applicant")
"""What the program fills in where it is known; the clerk reads of it in words."""


def _gap_name(form: Form, name: str) -> str:
    return form.turn.words(f"desk-gap-{name}") if name in GAPS else name


def _marked(form: Form, text: str) -> str:
    """The text with its gaps in square brackets, as a person reads them."""
    return fill(text, {name.strip(): f"[{_gap_name(form, name.strip())}]" for name in unfilled(text)})


def _gap(form: Form) -> str:
    """Where the next gap of the template is asked for; empty when there is none."""
    names = _open_names(form)
    return f"v{len(names)}" if names else ""


def _ask_variable(form: Form) -> Reply:
    words, names = form.turn.words, _open_names(form)
    name = names[0] if names else ""
    where = next((line for text in form.fields.values() for line in text.split("\n") if f"{{{name}}}" in line), "")
    return Write(
        text=words("desk-ask-gap", name=_gap_name(form, name)),
        hint=words("desk-hint-gap", line=_marked(form, where)),
        progress=words("desk-gaps-left", n=len(names)),
        step=form.step(f"v{len(names)}"),
        asks="personal",
        limit=500,
        controls=(Button(key="whole", label=words("desk-gap-whole")), _cancel(form)),
    )


async def _variable(form: Form, state: Handling, key: str, text: str) -> Step:
    names = _open_names(form)
    if not names:
        return await _go(form, form.missing() or "look")
    if key == "whole":
        return await _go(form, form.missing() or "look")
    text = " ".join(text.split())
    if f"v{len(names)}" != state.at:
        # A field of an old tab: it may have asked for another gap.
        return await _go(form, _gap(form), value=text)
    if not text:
        return await _go(form, _gap(form), form.turn.words("write-something"))
    form.fields = {field: fill(part, {names[0].strip(): text}) for field, part in form.fields.items()}
    await form.keep()
    return await _go(form, _gap(form) or form.missing() or "look")


# --- looking at the whole ---------------------------------------------------------------------------------


async def _preview(form: Form) -> Say:
    """The whole as the client will read it. What has changed meanwhile is said above it; sending needs the version
    that is then on the screen."""
    turn, row, words = form.turn, form.row, form.turn.words
    stale, unfit, gaps = row.version != form.seen, _impossible(form), _open_names(form)
    lines: list[str] = []
    if stale:
        lines.append(await desk_talk.stale_words(turn, row.id))
        lines.append(words("desk-stale-kept"))
    if unfit is not None:
        lines.append(desk_talk.unfit_words(turn, unfit))
    if gaps:
        lines.append(words("desk-unfit-unfilled", names=", ".join(_gap_name(form, name) for name in gaps)))
    shown = _parts(form, await _client_language(form))
    lines += ["", *shown] if lines else shown
    buttons: list[Button] = []
    if unfit is None and not gaps and not form.missing():
        label = words("desk-send-anyway") if stale else words(f"desk-send-{form.what}")
        buttons.append(Button(key=f"send.{row.version}", label=label, tone="plain" if stale else "good"))
    if unfit is None:
        if gaps:
            buttons.append(Button(key="gap", label=words("desk-fill-gap", name=_gap_name(form, gaps[0]))))
        for field in FORMS[form.what]:
            name = words(f"desk-field-{field.name}")
            buttons.append(Button(key=f"edit.{field.name}", label=words("desk-edit", field=name)))
        buttons.append(Button(key="anew", label=words("desk-anew")))
    if stale:
        buttons.append(Button(key="open", step=f"work.{row.id}", label=words("desk-look-card")))
    buttons.append(_cancel(form))
    asks: Asks = "personal" if turn.may("personal") else form.asks
    return Say(text="\n".join(lines), step=form.step("look"), asks=asks, buttons=tuple(buttons))


def _parts(form: Form, language: str) -> list[str]:
    """What will be sent. An answer stands here as the client's own screen shows it."""
    words = form.turn.words
    fields = {name: _marked(form, text) for name, text in form.fields.items()}
    lines = [words(f"desk-preview-{form.what}", number=form.row.number)]
    if form.what == "answer":
        lines += ["", appeal_cards.answer_parts(form.turn.all_words.get(language, words), fields)]
        if why := fields.get("why"):
            lines += ["", words("desk-preview-part", name=words("desk-field-why"), text=why)]
        return lines
    if form.what == "extend":
        lines.append(_extension(form))
    if form.what == "redirect":
        lines += _too_late(form)
    if form.what == "reopen":
        until = term_of(form.desk.content, form.row.kind, form.turn.today, form.turn.calendar)
        day = appeal_words.day(form.turn.words, form.turn.calendar, until.due, form.turn.today, until.legal)
        lines.append(words("desk-reopen-date", day=day))
    for field in FORMS[form.what]:
        value = _in_words(form, field, fields.get(field.name, ""))
        if value and field.name != "days":
            lines += ["", words("desk-preview-part", name=words(f"desk-field-{field.name}"), text=value)]
    return lines


def _in_words(form: Form, field: Field, value: str) -> str:
    content, turn = form.desk.content, form.turn
    if form.what == "redirect" and field.name == "to" and (body := content.body(value)) is not None:
        contacts = turn.text(body.contacts) if body.contacts is not None else ""
        return "\n".join(filter(None, [turn.text(body.name), contacts]))
    if form.what == "close" and field.name == "cause" and (reason := content.reason(value)) is not None:
        return turn.text(reason.name)
    return value


def _extension(form: Form) -> str:
    """The new date, before it is decided."""
    turn, row = form.turn, form.row
    days = int(form.fields.get("days", "0"))
    until = term_of(form.desk.content, row.kind, row.started_on, turn.calendar, days)
    day = appeal_words.day(turn.words, turn.calendar, until.due, turn.today, until.legal)
    return turn.words("desk-new-date", n=days, day=day, before=turn.words.day(row.due_on, turn.today))


def _too_late(form: Form) -> list[str]:
    """That the term to redirect is over: the report counts it as late, so it is said before (59-ФЗ, article 8)."""
    turn, row = form.turn, form.row
    rule = rule_for(form.desk.content.rules, row.kind, "redirect", row.registered_on)
    if rule is None:
        return []
    until = reckon(rule, row.registered_on, turn.calendar).legal
    return [turn.words("desk-redirect-late", day=turn.words.day(until, turn.today))] if turn.today > until else []


async def _decide(form: Form, state: Handling, key: str) -> Step:
    """«Отправить», another look at one part, from the beginning."""
    what, _, rest = key.partition(".")
    if not form.fields:
        # Pressed again, or in another tab: what was written here is sent already.
        return await desk_talk.opened(form.turn, form.row.id, form.turn.words("desk-sent-already"))
    match what:
        case "send" if rest.isdecimal() and not form.missing() and not _open_names(form):
            return await _do(form, form.fields, int(rest[:9]))
        case "edit" if form.field(rest) is not None:
            return await _go(form, rest)
        case "gap":
            return await _go(form, _gap(form) or "look")
        case "anew":
            form.fields = {}
            await drafts.drop(form.turn.session, form.draft)
            return await _go(form, form.missing())
        case "send":
            return await _go(form, form.missing() or "look")
        case _:
            return await _go(form, "look", form.turn.words("choose-or-type") if state.at == "look" else "")


# --- done -------------------------------------------------------------------------------------------------


async def _do(form: Form, fields: Mapping[str, str], seen: int) -> Step:
    """Do it, once. Who was faster is told, and nothing that was written is lost."""
    turn, row = form.turn, form.row
    quiet = form.what in ("note", "assign", "complain")
    if row.version != seen and form.what != "note":
        if form.what in ("assign", "complain"):
            return await desk_talk.opened(turn, row.id, await desk_talk.stale_words(turn, row.id))
        return await _go(form, "look")
    try:
        done = await _deed(form, fields, seen)
    except Stale as error:
        if form.what in ("assign", "complain"):
            return await desk_talk.opened(turn, row.id, await desk_talk.stale_words(turn, row.id))
        form.row = error.row if error.row is not None else row
        return await _go(form, "look")
    except Unfit as error:
        return await _unfit(form, error)
    await drafts.drop(turn.session, form.draft)
    await _settle(form)
    top = turn.words(f"desk-done-{form.what}", number=row.number, name=_to_whom(form, fields))
    fresh = await work.visible(form.desk, row.id)
    if fresh is None:
        # He has handed it to somebody else, or it complains of himself: it is not his to see any more.
        return await desk_talk.handed(turn, top)
    return await desk_talk.after(turn, done, top, tells=not quiet)


async def _deed(form: Form, fields: Mapping[str, str], seen: int) -> Done:
    desk, row = form.desk, form.row
    match form.what:
        case "answer":
            return await work.answer(
                desk,
                row,
                seen,
                essence=fields["essence"],
                basis=fields["basis"],
                then=fields["then"],
                why=fields.get("why", ""),
            )
        case "reply":
            return await work.reply(desk, row, seen, fields["text"])
        case "note":
            return Done(row, await work.note(desk, row, fields["text"]))
        case "extend":
            return await work.extend(desk, row, seen, days=int(fields["days"]), reason=fields["reason"])
        case "redirect":
            return await work.redirect(desk, row, seen, to=fields["to"], reason=fields.get("reason", ""))
        case "suspend":
            return await work.suspend(desk, row, seen, reason=fields["reason"], then=fields["then"])
        case "refuse":
            return await work.refuse(desk, row, seen, reason=fields["reason"], then=fields["then"])
        case "close":
            return await work.close(desk, row, seen, reason=fields["cause"], text=fields.get("text", ""))
        case "assign":
            return await work.assign(desk, row, seen, fields["to"])
        case "reopen":
            done = await work.reopen(desk, row, by=desk.by, text=fields["reason"])
            if done is None:
                raise Unfit("not-reopenable")
            return done
        case "complain":
            return await work.complain_of(desk, row, seen, tuple(fields["persons"].split()))
        case _:
            raise AssertionError(form.what)


async def _unfit(form: Form, error: Unfit) -> Step:
    """What is missing is named, and asked for again."""
    note = desk_talk.unfit_words(form.turn, error)
    name = error.field if form.field(error.field) is not None else ""
    if name and name in form.fields:
        return await _go(form, name, note)
    if form.what in ("assign", "complain", "note"):
        return await desk_talk.opened(form.turn, form.row.id, note)
    return await _go(form, "look", note)


async def _settle(form: Form) -> None:
    """Tasks beside the appeal that this deed has settled."""
    done = form.turn.words(f"desk-do-{form.what}")
    if form.what == "assign":
        await work.close_tasks(form.desk, form.row, done, only=("unrouted",))
    elif form.what == "reopen":
        await work.close_tasks(form.desk, form.row, done, only=("unsolved",))
    elif form.what in ("answer", "redirect", "refuse", "close"):
        await work.close_tasks(form.desk, form.row, done, only=("unsolved", "unrouted", "late"))


def _to_whom(form: Form, fields: Mapping[str, str]) -> str:
    person = form.turn.office.person(fields.get("to", "")) if form.what == "assign" else None
    return person.short if person is not None else ""
