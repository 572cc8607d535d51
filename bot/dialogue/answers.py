"""An answer of the knowledge base as the client sees it: text, files, what follows, words explained, «Помогло?»."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from backend.knowledge import templates
from backend.knowledge.live import Listed
from backend.knowledge.model import Template
from backend.knowledge.templates import Published
from backend.office.model import Term
from bot import approved
from bot.dialogue.common import menu_button
from bot.dialogue.intents import Part
from bot.dialogue.turn import Turn, ending_of, nonce
from bot.messages import Button, Say

STEP = "ask"
BUTTONS = 9  # what the narrowest keyboard holds (VK, inline), and «Продолжить опрос»
LABEL = 36
_DAYS, _TURNS = 32, 14  # the stamp of an answer: the day, and the turn in which it was shown (bits)
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


def stamp(turn: Turn) -> str:
    """Four letters that tell this answer from those shown before, and today's from yesterday's."""
    return nonce((turn.today.toordinal() % _DAYS) << _TURNS | turn.taken.turn & (1 << _TURNS) - 1)


def is_of_today(turn: Turn, stamped: str) -> bool:
    number = ending_of(stamped) if len(stamped) == 4 else None
    return number is not None and number >> _TURNS == turn.today.toordinal() % _DAYS


# --- what clients may read now ----------------------------------------------------------------------------


def listed(turn: Turn, ident: str) -> Listed | None:
    """The template as menus know it, if clients may read it."""
    found = turn.knowledge.listed.get(ident)
    if found is None or found.internal or (turn.office.rules.hide_overdue and found.review_on < turn.today):
        return None
    return found


def title(turn: Turn, ident: str) -> str:
    found = listed(turn, ident)
    return turn.text(dict(found.title)) if found is not None else ""


def example(turn: Turn) -> list[str]:
    """«Например: …» with a question that the base really answers."""
    first = next((one for ident in turn.knowledge.listed if (one := listed(turn, ident)) is not None), None)
    return [turn.words("ask-example", question=turn.text(dict(first.title)))] if first is not None else []


async def readable(turn: Turn, ident: str) -> Published | None:
    """The published version if a client may read it now: not withdrawn, not internal, not hidden as overdue."""
    found = await templates.published(turn.session, ident)
    if found is None or found.template.internal:
        return None
    hidden = turn.office.rules.hide_overdue and found.template.review_on < turn.today
    return None if hidden else found


# --- the answer -------------------------------------------------------------------------------------------


def show(turn: Turn, found: Published, stamped: str) -> Say:
    """The whole answer with everything that can be done next."""
    template, words = found.template, turn.words
    language = approved.language_of(turn.office, template, turn.language)
    foreign = language != turn.language
    spoken = turn.all_words.get(language, words)
    whole = approved.whole_text(turn.office, spoken, template, language)
    parts = [
        turn.office.text(template.title, language),
        whole,
        "\n".join(_phones(turn, template, language, whole) + files(turn, template, language)),
        spoken("tell-checked", day=_day(template.checked_on)),
    ]
    if foreign:
        parts.insert(0, words("tell-foreign"))
    parts.append(words("answer-helped"))
    step = f"{STEP}~{stamped}"
    first = [
        Button(key=f"h.{template.id}", step=step, label=words("button-helped"), tone="good"),
        Button(key=f"u.{template.id}", step=step, label=words("button-unhelped"), tone="bad"),
    ]
    if foreign:
        first.append(Button(key="person", step=STEP, label=words("ask-person")))
    last = [menu_button(turn)]
    if turn.may("rating"):
        last.insert(0, Button(key=f"r.{template.id}", step=step, label=words("button-rate-answer")))
    follows = [
        *file_buttons(turn, template, language),
        *_follows(turn, template),
        *_explained(turn, template, language),
    ][: BUTTONS - len(first) - len(last)]
    return Say(text="\n\n".join(part for part in parts if part), step=step, buttons=(*first, *follows, *last))


def _day(day: object) -> str:
    return f"{day:%d.%m.%Y}"


def _phones(turn: Turn, template: Template, language: str, said: str) -> list[str]:
    """Numbers to call, but for those that the answer has just named."""
    digits = "".join(filter(str.isdecimal, said))
    return [
        f"{turn.office.text(b.label, language)}: {b.target}"
        for b in template.buttons
        if b.kind == "phone" and "".join(filter(str.isdecimal, b.target)) not in digits
    ]


def files(turn: Turn, template: Template, language: str) -> list[str]:
    """What there is to take, and how new it is: files of one version and day on one line."""
    spoken = turn.all_words.get(language, turn.words)
    alike: dict[tuple[str, date], list[str]] = {}
    for form in template.files:
        alike.setdefault((form.version, form.date), []).append(turn.office.text(form.label, language))
    return [
        spoken("tell-files", n=len(names), names=", ".join(names), version=version, day=_day(day))
        for (version, day), names in alike.items()
    ]


def file_buttons(turn: Turn, template: Template, language: str, most: int = 3) -> list[Button]:
    """Files are fetched from our own pages: by template and number, never by a path."""
    found = []
    for number, form in enumerate(template.files[:most], 1):
        name = turn.office.text(form.label, language)
        label = turn.all_words.get(language, turn.words)("tell-file-button", name=name)
        found.append(
            Button(
                label=label if len(label) <= LABEL else _cut(name, LABEL),
                url=f"{turn.url}/files/{template.id}/{number}",
            )
        )
    return found


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(1, room - 1)].rstrip() + "…"


def _follows(turn: Turn, template: Template) -> list[Button]:
    found = []
    for follow in template.buttons:
        label = turn.text(follow.label)
        match follow.kind:
            case "template" if listed(turn, follow.target) is not None:
                found.append(Button(key=f"t.{follow.target}", step=STEP, label=label))
            case "link":
                found.append(Button(label=label, url=follow.target))
            case "action":
                found.append(Button(key=follow.target, step="menu", label=label))
            case _:
                pass
    return found[:4]


# --- parts of an answer -----------------------------------------------------------------------------------


def part(turn: Turn, found: Published, wanted: Part) -> Say | None:
    """What the template says of its cost, term, place, documents or steps; None where it says nothing."""
    template = found.template
    language = approved.language_of(turn.office, template, turn.language)
    words = turn.all_words.get(language, turn.words)

    def said(text: dict[str, str]) -> str:
        return turn.office.text(text, language)

    match wanted:
        case "cost" | "term" | "where":
            given = getattr(template, wanted)
            text = words(f"kb-{wanted}", text=said(given)) if given else ""
        case "documents" if template.documents:
            text = "\n".join([words("kb-documents"), *(f"– {said(d)}" for d in template.documents)])
        case "steps" if template.steps:
            text = "\n".join(f"{n}. {said(s)}" for n, s in enumerate(template.steps, 1))
        case _:
            text = ""
    if not text:
        return None
    head, checked = said(template.title), words("tell-checked", day=_day(template.checked_on))
    note = [turn.words("tell-foreign")] if language != turn.language else []
    return Say(
        text="\n\n".join([*note, head, text, checked]),
        step=STEP,
        buttons=(
            Button(key=f"t.{template.id}", label=turn.words("tell-whole")),
            Button(key="person", label=turn.words("ask-person")),
            menu_button(turn),
        ),
    )


# --- words of the office ----------------------------------------------------------------------------------


def _explained(turn: Turn, template: Template, language: str) -> list[Button]:
    """«Что такое КФХ?» for words of the glossary that this answer uses (requirement 3.06)."""
    text = " ".join(
        turn.office.text(one, language)
        for one in (template.title, template.answer, *template.steps, *template.documents)
    )
    numbers = terms_in(text, turn.office.glossary)
    return [
        Button(
            key=f"g.{n}.{template.id}", step=STEP, label=turn.words("tell-what-is", word=turn.office.glossary[n].word)
        )
        for n in numbers[:2]
    ]


def explain(turn: Turn, number: int) -> str | None:
    """«КФХ – крестьянское (фермерское) хозяйство.»"""
    if number >= len(turn.office.glossary):
        return None
    term = turn.office.glossary[number]
    word, text = term.word[:1].upper() + term.word[1:], turn.text(term.text).rstrip(". ")
    return turn.words("tell-term", word=word, text=text)


def term_of(turn: Turn, word: str) -> int | None:
    """The glossary's entry for this word, in any of its forms."""
    found = terms_in(word, turn.office.glossary)
    return found[0] if found and len(_WORD.findall(word)) <= 4 else None


def terms_in(text: str, glossary: Sequence[Term]) -> list[int]:
    """Which entries of the glossary the text uses, in the order of the text."""
    have = [_fold(word) for word in _WORD.findall(text)]
    places = []
    for number, term in enumerate(glossary):
        at = min(
            (place for form in (term.word, *term.also) if (place := _place(have, _fold(form))) is not None),
            default=None,
        )
        if at is not None:
            places.append((at, number))
    return [number for _, number in sorted(places)]


def _fold(text: str) -> str:
    return text.casefold().replace("ё", "е")


def _place(have: Sequence[str], form: str) -> int | None:
    wanted = _WORD.findall(form)
    for start in range(len(have) - len(wanted) + 1):
        if wanted and all(_same_word(h, w) for h, w in zip(have[start:], wanted, strict=False)):
            return start
    return None


@lru_cache(maxsize=8192)
def _same_word(one: str, other: str) -> bool:
    """Whether these are forms of one word: abbreviations whole, long words but for their ending."""
    if one == other:
        return True
    short = min(len(one), len(other))
    if short < 6 or abs(len(one) - len(other)) > 3:
        return False
    stem = max(5, short - 2)
    return one[:stem] == other[:stem]
