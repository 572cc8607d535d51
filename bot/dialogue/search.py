"""The knowledge base as staff search it: two steps to a text that can be copied (requirements 3.04, 3.15, 3.20)."""

from __future__ import annotations

import re
from datetime import date

from backend.knowledge import found, templates
from backend.knowledge.live import Listed
from backend.knowledge.templates import Published
from bot import approved
from bot.dialogue import answers, typed
from bot.dialogue.common import menu_button
from bot.dialogue.state import Idle, Searching
from bot.dialogue.turn import Step, Turn
from bot.messages import Button, Event, Fill, Press, Reply, Say, Text, Write

STEP = "kb"
PAGE = 5  # templates of the list at once
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
ALWAYS = 3  # so many are shown however far they are
FAR = 0.1  # of the best score: what lies below it only lengthens the list
LONGEST = 500  # characters of a search
_COMMAND = re.compile(r"\s*(?:/kb|/база|база знаний|база|knowledge base)(?:\s*[:,–-]?\s+(\S.*))?\s*", re.I | re.S)


def menu_buttons(turn: Turn) -> tuple[Button, ...]:
    return (Button(key="open", step=STEP, label=turn.words("menu-kb")),)


def command(text: str) -> str | None:
    """What is searched for by «база …» or `/kb …`: empty when only the base is named, None when neither is said."""
    said = _COMMAND.fullmatch(text[: LONGEST + 40])
    return (said[1] or "").strip() if said else None


async def answer(turn: Turn, state: Searching, event: Event) -> Step:
    """Words to search for, or a button of these screens."""
    if turn.person is None:
        return Step(Idle(), [Say(text=turn.words("not-staff"), buttons=(menu_button(turn),))])
    match event:
        case Text(text=text):
            return await _said(turn, state, text)
        case Fill(text=text) if text.strip():
            return await find(turn, text)
        case Press(key=key) | Fill(keys=(key, *_)):
            return await _pressed(turn, state, key)
        case _:
            return ask(turn)


async def _said(turn: Turn, state: Searching, text: str) -> Step:
    """A number or a label of the screen equals its button; everything else is searched for."""
    word = typed.plain(text[:100])
    shown = await screen(turn, state)
    for press in typed.press(shown, text)[:1] if word else []:
        labels = [typed.plain(b.label) for b in getattr(shown, "buttons", ()) if b.key == press.key]
        if press.step == STEP and (word.isdecimal() or word in labels):
            return await _pressed(turn, state, press.key)
    return await find(turn, text)


async def _pressed(turn: Turn, state: Searching, key: str) -> Step:
    what, _, ident = key.partition(".")
    match what:
        case "t":
            return await _show(turn, state, ident)
        case _ if ident and what in turn.all_words:
            return await _show(turn, state, ident, what)
        case "short":
            return await _short(turn, state, ident)
        case "more" if state.found:
            skip = state.skip + PAGE if state.skip + PAGE < len(state.found) else 0
            state = state.model_copy(update={"skip": skip, "shown": ""})
            return Step(state, [_listing(turn, state)])
        case "list" if state.found:
            state = state.model_copy(update={"shown": ""})
            return Step(state, [_listing(turn, state)])
        case _:
            return ask(turn)


async def screen(turn: Turn, state: Searching) -> Reply:
    """What stands on the screen: the facts of a template, the list, or the question for words."""
    if state.shown:
        about = await _read(turn, state.shown)
        if about is not None:
            return _facts(turn, state, state.shown, *about)
    if state.found:
        return _listing(turn, state)
    return _asking(turn)


# --- words and what they find -----------------------------------------------------------------------------


def ask(turn: Turn, note: str = "") -> Step:
    replies: list[Reply] = [Say(text=note)] if note else []
    return Step(Searching(), [*replies, _asking(turn)])


def _asking(turn: Turn) -> Write:
    return Write(
        text=turn.words("kb-ask"),
        step=STEP,
        hint=turn.words("kb-ask-hint"),
        limit=LONGEST,
        controls=(menu_button(turn),),
    )


async def find(turn: Turn, text: str) -> Step:
    """The list of what these words find; what is named by its id or number is shown at once."""
    text = text.strip()[:LONGEST]
    base = turn.knowledge
    by_name = found.named(text, base.staff_listed)
    if len(by_name) == 1:
        return await _show(turn, Searching(found=tuple(by_name)), by_name[0])
    if not by_name and found.sees_drafts(turn.person) and _ID.fullmatch(text.casefold()):
        ident = text.casefold()
        draft = await found.draft(turn.session, ident)
        if draft is not None:
            return _shown(turn, Searching(found=(ident,)), ident, draft, is_draft=True)
    if not base.staff_listed:
        return ask(turn, turn.words("kb-empty"))
    asked = base.ask(text, wrong_share=turn.office.rules.wrong_share, staff=True)
    ranked = [one for one in asked.ranked if one.score > 0 and one.id in base.staff_listed]
    near = [one.id for place, one in enumerate(ranked) if place < ALWAYS or one.score >= FAR * ranked[0].score]
    idents = tuple(by_name or near)
    if not idents:
        return ask(turn, turn.words("kb-nothing"))
    state = Searching(found=idents[: 2 * PAGE], far=not by_name and asked.decision == "unknown")
    return Step(state, [_listing(turn, state)])


def _listing(turn: Turn, state: Searching) -> Say:
    page = (turn.knowledge.staff_listed.get(ident) for ident in state.found[state.skip : state.skip + PAGE])
    options = [Button(key=f"t.{one.id}", step=STEP, label=_label(turn, one)) for one in page if one is not None]
    more = [Button(key="more", step=STEP, label=turn.words("button-more"))] if len(state.found) > PAGE else []
    anew = Button(key="open", step=STEP, label=turn.words("kb-anew"))
    text = turn.words("kb-far" if state.far else "kb-found") if options else turn.words("kb-nothing")
    return Say(text=text, step="kb.list", buttons=(*options, *more, anew, menu_button(turn)))


def _label(turn: Turn, one: Listed) -> str:
    name = turn.text(dict(one.title))
    return turn.words("kb-internal-line", name=name) if one.internal else name


# --- one template -----------------------------------------------------------------------------------------


async def _read(turn: Turn, ident: str) -> tuple[Published, bool] | None:
    """The published version, else the draft for those who may read drafts; and whether it is a draft."""
    one = await templates.published(turn.session, ident)
    if one is not None:
        return one, False
    if found.sees_drafts(turn.person):
        one = await found.draft(turn.session, ident)
    return (one, True) if one is not None else None


async def _show(turn: Turn, state: Searching, ident: str, language: str = "") -> Step:
    about = await _read(turn, ident)
    if about is None:
        state = state.model_copy(update={"shown": "", "found": tuple(i for i in state.found if i != ident)})
        gone = Say(text=turn.words("kb-gone"))
        return Step(state, [gone, await screen(turn, state)])
    return _shown(turn, state, ident, *about, language)


def _shown(turn: Turn, state: Searching, ident: str, one: Published, is_draft: bool, language: str = "") -> Step:
    """Two messages: the text alone, so that it can be copied as it is, and what to know about it."""
    language = approved.language_of(turn.office, one.template, language or turn.language)
    words = turn.all_words.get(language, turn.words)
    text = approved.whole_text(turn.office, words, one.template, language)
    state = state.model_copy(update={"shown": ident})
    return Step(state, [_alone(turn, text), _facts(turn, state, ident, one, is_draft, language)])


def _facts(turn: Turn, state: Searching, ident: str, one: Published, is_draft: bool, language: str = "") -> Say:
    words, template = turn.words, one.template
    language = language or approved.language_of(turn.office, template, turn.language)
    owner = turn.office.person(template.owner)
    lines = [turn.text(template.title)]
    if template.internal:
        lines.append(words("kb-internal"))
    if is_draft:
        lines.append(words("kb-draft", number=one.version))
    else:
        lines.append(words("kb-version", number=one.version, checked=_day(template.checked_on)))
        late = template.review_on < turn.today
        lines.append(words("kb-overdue" if late else "kb-review", day=_day(template.review_on)))
    lines.append(words("kb-owner", name=owner.short if owner is not None else template.owner))
    if not template.internal and not template.public:
        lines.append(words("kb-no-short"))
    buttons = []
    if template.public and not template.internal:
        buttons.append(Button(key=f"short.{ident}", step=STEP, label=words("kb-short")))
    buttons += [
        Button(key=f"{other}.{ident}", step=STEP, label=spoken("web-language"))
        for other, spoken in turn.all_words.items()
        if other != language and template.speaks(other)
    ]
    named = [
        words("kb-file", name=turn.text(form.label), version=form.version, day=_day(form.date))
        for form in template.files[:3]
    ]
    if is_draft or answers.listed(turn, ident) is None:
        lines += named  # our pages hand out only what clients may have: the file is in the office folder
    else:
        buttons += [
            Button(url=f"{turn.url}/files/{ident}/{number}", label=label) for number, label in enumerate(named, 1)
        ]
    if len(state.found) > 1:
        buttons.append(Button(key="list", step=STEP, label=words("kb-back")))
    anew = Button(key="open", step=STEP, label=words("kb-anew"))
    return Say(text="\n".join(lines), step="kb.facts", buttons=(*buttons, anew, menu_button(turn)))


async def _short(turn: Turn, state: Searching, ident: str) -> Step:
    """The short version for a public comment, alone in its message."""
    about = await _read(turn, ident)
    if about is None:
        return await _show(turn, state, ident)
    one, is_draft = about
    state = state.model_copy(update={"shown": ident})
    facts = _facts(turn, state, ident, one, is_draft)
    if not one.template.public or one.template.internal:
        return Step(state, [Say(text=turn.words("kb-no-short")), facts])
    whole = Button(key=f"t.{ident}", step=STEP, label=turn.words("kb-whole"))
    others = {f"{what}.{ident}" for what in ("short", *turn.all_words)}
    kept = tuple(b for b in facts.buttons if b.key not in others)
    facts = facts.model_copy(update={"buttons": (whole, *kept)})
    return Step(state, [_alone(turn, turn.text(one.template.public)), facts])


def _alone(turn: Turn, text: str) -> Say:
    """The text in a message of its own, nothing else in it. On a page the first line of a message is its heading: an
    empty one keeps the text in one piece."""
    return Say(text=f"\n{text}" if turn.traits.pages else text, step="kb.text")


def _day(day: date) -> str:
    return f"{day:%d.%m.%Y}"
