"""What clients find without asking: questions by topic, forms, the office itself (requirements 3.16–3.18)."""

from __future__ import annotations

from collections.abc import Sequence

from backend.knowledge.live import Listed
from bot import approved
from bot.dialogue import answers
from bot.dialogue.answers import STEP
from bot.dialogue.common import menu_button
from bot.dialogue.state import Idle
from bot.dialogue.turn import Step, Turn
from bot.hours import in_words
from bot.messages import Button, Choose, Reply, Say, Write

PAGE = 7  # with «Ещё», «В начало списка» and «Меню» no more than an inline keyboard of VK holds

PLACES = ("topics", "topic", "forms", "form", "about", "ask", "more")


def has_topics(turn: Turn) -> bool:
    return bool(_topics(turn))


def has_forms(turn: Turn) -> bool:
    return bool(_with_files(turn))


def _topics(turn: Turn) -> list[str]:
    """Categories that have something to read, in the order of the office's file."""
    used = {one.category for ident in turn.knowledge.listed if (one := answers.listed(turn, ident)) is not None}
    return [category.code for category in turn.office.categories if category.code in used]


def _with_files(turn: Turn) -> list[Listed]:
    found = (answers.listed(turn, ident) for ident in turn.knowledge.listed)
    return [one for one in found if one is not None and one.files]


async def screen(turn: Turn, place: str) -> Reply | None:
    """The screen of this place; None when it is another's, or there is nothing to show any more."""
    kind, _, rest = place.partition(".")
    match kind:
        case "topics":
            return _listing(turn, _page(rest))
        case "topic":
            code, _, page = rest.partition(".")
            return _questions(turn, code, _page(page))
        case "forms":
            return _forms(turn, _page(rest))
        case "form":
            return await _files(turn, rest)
        case "about":
            return _about(turn)
        case "ask":
            return how_to_ask(turn)
        case _:
            return None


def _page(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 4 else 1


async def pressed(turn: Turn, step: str, key: str) -> Step | None:
    """A button of these lists; None when it is none of them."""
    what, _, rest = key.partition(".")
    place = {"k": "topic", "kp": "topics", "f": "form", "fp": "forms"}.get(what) if step == STEP else None
    if place is None:
        return None
    shown = await screen(turn, f"{place}.{rest}")
    if shown is None:
        return Step(Idle(place="topics"), [Say(text=turn.words("ask-gone")), _listing(turn, 1)])
    return Step(Idle(place=f"{place}.{rest}"), [shown])


# --- lists ------------------------------------------------------------------------------------------------


def _paged(turn: Turn, text: str, options: Sequence[Button], page: int, more: str, *controls: Button) -> Choose:
    """`more`: the key that leads to another page, without its number."""
    pages = max(1, -(-len(options) // PAGE))
    page = min(max(page, 1), pages)
    first, last = (page - 1) * PAGE, min(page * PAGE, len(options))
    turning = []
    if page < pages:
        turning.append(Button(key=f"{more}.{page + 1}", label=turn.words("button-more")))
    if page > 1:
        turning.append(Button(key=f"{more}.1", label=turn.words("button-first-page")))
    hints = [turn.words("choose-page", first=first + 1, last=last, total=len(options))] if pages > 1 else []
    if not turn.traits.pages:
        hints.append(turn.words("topics-hint"))
    return Choose(
        text=text,
        step=STEP,
        hint=" ".join(hints),
        options=tuple(options[first:last]),
        controls=(*turning, *controls, menu_button(turn)),
    )


def _listing(turn: Turn, page: int) -> Reply:
    names = [(code, category) for code in _topics(turn) if (category := turn.office.category(code)) is not None]
    options = [Button(key=f"k.{code}", label=turn.text(category.name)) for code, category in names]
    if not options:
        return how_to_ask(turn)
    return _paged(turn, turn.words("topics"), options, page, "kp")


def _questions(turn: Turn, code: str, page: int) -> Reply | None:
    category = turn.office.category(code)
    found = [one.id for one in turn.knowledge.of_category(code) if answers.listed(turn, one.id) is not None]
    if category is None or not found:
        return None
    options = [Button(key=f"t.{ident}", label=answers.title(turn, ident)) for ident in found]
    others = Button(key="topics", step="menu", label=turn.words("topics-all"))
    return _paged(turn, f"{turn.text(category.name)}.", options, page, f"k.{code}", others)


def _forms(turn: Turn, page: int) -> Reply | None:
    found = _with_files(turn)
    if not found:
        return None
    # A person looks for the form by its name; several forms of one answer go by its title.
    named = [(one.id, dict(one.files[0] if len(one.files) == 1 else one.title)) for one in found]
    options = [Button(key=f"f.{ident}", label=turn.text(name)) for ident, name in named]
    return _paged(turn, turn.words("forms"), options, page, "fp")


async def _files(turn: Turn, ident: str) -> Reply | None:
    one = await answers.readable(turn, ident)
    if one is None or not one.template.files:
        return None
    template = one.template
    language = approved.language_of(turn.office, template, turn.language)
    lines = [turn.office.text(template.title, language), *answers.files(turn, template, language)]
    return Say(
        text="\n".join(lines),
        step=STEP,
        buttons=(
            *answers.file_buttons(turn, template, language, most=6),
            Button(key=f"t.{ident}", label=turn.words("tell-whole")),
            menu_button(turn),
        ),
    )


# --- asking, and the office -------------------------------------------------------------------------------


def how_to_ask(turn: Turn) -> Write:
    """«Спросить»: how to, and a person."""
    controls = []
    if turn.may("comment") and turn.may("relay"):
        controls.append(Button(key="person", step=STEP, label=turn.words("ask-person")))
    return Write(
        text=turn.words("ask-how"),
        step="question",
        hint=" ".join([*answers.example(turn), turn.words("ask-how-hint")]),
        limit=2000,
        controls=(*controls, menu_button(turn)),
    )


def _about(turn: Turn) -> Say:
    """Address, hours with holidays, phones, reception, structure, news (requirement 3.16)."""
    office, words = turn.office, turn.words
    parts = [
        turn.text(office.name),
        words("about-contacts", phone=office.phone, address=turn.text(office.address)),
        in_words(words, turn.calendar, turn.now),
        turn.text(office.reception) if office.reception else "",
        turn.text(office.about) if office.about else "",
    ]
    links = [Button(label=turn.text(b.label), url=b.target) for b in office.buttons if b.kind == "link"][:5]
    if office.news:
        links.append(Button(label=words("about-news"), url=office.news))
    return Say(text="\n\n".join(part for part in parts if part), step=STEP, buttons=(*links, menu_button(turn)))
