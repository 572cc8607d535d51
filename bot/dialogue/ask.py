"""A question in free words: the answer, a few choices, or an honest «не знаю» and a person (requirements 3.01, 3.02).

What a client wrote is kept only while it is needed: masked, in the place of the talk while choices are on the screen,
and in the task if a person is to answer. Where the mode of the channel carries no comments, nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from backend.feedback import Subject
from backend.knowledge import asked
from bot.dialogue import answers, handover, intents, search, topics
from bot.dialogue import survey as survey_talk
from bot.dialogue.answers import STEP
from bot.dialogue.common import menu_button
from bot.dialogue.state import Answering, AnyState, AskingPerson, Idle
from bot.dialogue.turn import Step, Turn
from bot.dialogue.typed import plain
from bot.messages import Button, Choose, Event, Fill, Reply, Say, Text
from knowledge.model import Found

REMEMBERED = 12  # marks and digests of today
SWITCHED = "english"  # the language followed the words of an English message
NEAR_SCORE = 0.15  # what is less likely than this only leads astray
LEARNT_WORDS = 30  # a longer message is a story, no wording to learn from


# --- what came --------------------------------------------------------------------------------------------


async def heard(turn: Turn, state: AnyState, text: str) -> Step | None:
    """Words that nothing else on the screen has taken; None when they say nothing that could be answered."""
    intent = intents.of(text)
    if intent == "empty":
        return None
    before = turn.language
    english = intent == "english" or intents.is_english(text)
    english = english or (intent in ("greeting", "thanks", "bye") and intents.is_english_small(text))
    if english and "en" in turn.all_words:
        turn.language = "en"  # he is answered in his language from here on
    elif SWITCHED in handover.seen(turn, state) and intents.is_russian(text) and "ru" in turn.all_words:
        turn.language = "ru"  # and back, where nobody has chosen English by a button
    step = await _heard(turn, state, text, intent)
    if turn.language != before and isinstance(step.state, Idle | AskingPerson):
        mark = SWITCHED if english else f"-{SWITCHED}"
        step.state = step.state.model_copy(update={"seen": (*step.state.seen, mark)})
    return step


async def _heard(turn: Turn, state: AnyState, text: str, intent: intents.Intent) -> Step:
    match intent:
        case "greeting" | "thanks" | "bye":
            return Step(Idle(), [handover.said(turn, f"ask-{intent}")])
        case "abuse" | "who":
            return Step(Idle(), [handover.said(turn, f"ask-{intent}")])
        case "opening":
            return Step(Idle(place="ask"), [topics.how_to_ask(turn)])
        case "person":
            return handover.person(turn)
        case "english":
            return Step(Idle(), [handover.said(turn, "ask-english")])
        case "foreign":
            return Step(Idle(), [_foreign(turn)])
        case _:
            return await question(turn, state, text)


def _foreign(turn: Turn) -> Say:
    """A language that we do not speak: what we can do, in both languages that we do."""
    others = [words for language, words in turn.all_words.items() if language != turn.language]
    text = "\n\n".join(words("ask-foreign") for words in (turn.words, *others))
    buttons = [
        Button(key=language, step="lang", label=words("web-language"))
        for language, words in turn.all_words.items()
        if language != turn.language
    ]
    buttons.append(Button(key="person", label=_both(turn, "ask-person")))
    return Say(text=text, step=STEP, buttons=(*buttons, menu_button(turn)))


def _both(turn: Turn, key: str) -> str:
    said = [turn.words(key), *(w(key) for language, w in turn.all_words.items() if language == "en" != turn.language)]
    return " / ".join(said)


# --- the question -----------------------------------------------------------------------------------------


async def question(turn: Turn, state: AnyState, text: str) -> Step:
    """Search, then answer, offer, or hand over."""
    turn.noted.count("asked")
    about = topic_of(state)
    word = intents.explained_word(text)
    if word and (number := answers.term_of(turn, word)) is not None:
        return _explanation(turn, number, about)
    found = _search(turn, text)
    part = intents.part_of_answer(text) if about else ""
    leans = intents.leans_on_topic(text) or len(plain(text[:100]).split()) <= 2
    # A whole sentence that the base is sure of is a question of its own, whatever was spoken about before.
    if part and (leans or found.decision != "answer"):
        step = await _part(turn, about, part, text, found, only_known=not leans)
        if step is not None:
            return step
    several = [_search(turn, one) for one in intents.questions(text)]
    if len(several) > 1:
        step = await _both_answered(turn, several, text)
        if step is not None:
            return step
    if not about and found.decision != "answer" and intents.leans_on_topic(text) and intents.part_of_answer(text):
        # «А сколько стоит?» without anything before it.
        return _of_what(turn, _near(turn, found))
    if found.decision == "unknown" and about and intents.leans_on_topic(text):
        found = _search(turn, f"{answers.title(turn, about)} {text}")
        if found.decision == "answer":
            # A guess from two messages together is offered, not sent.
            found = Found(found.ranked, "choose", found.offered or (found.ranked[0].id,), found.confidence)
    return await _decided(turn, state, found, text)


def _search(turn: Turn, text: str) -> Found:
    return turn.knowledge.ask(text[: handover.KEPT], wrong_share=turn.office.rules.wrong_share)


async def _decided(turn: Turn, state: AnyState, found: Found, text: str) -> Step:
    if found.decision == "answer" and found.answer is not None:
        one = await answers.readable(turn, found.answer)
        if one is not None:
            turn.noted.count("answered", one.template.id)
            return _answer(turn, one.template.id, answers.show(turn, one, answers.stamp(turn)))
        # Withdrawn a moment ago: what stands next to it is offered instead.
        found = Found(found.ranked[1:], "choose", tuple(s.id for s in found.ranked[1:] if s.id in found.offered))
    offered = handover.known(turn, found.offered)
    if found.decision != "unknown" and offered:
        return _choices(turn, offered, handover.masked(turn, text)[0])
    return await _unknown(turn, state, found, text)


def _answer(turn: Turn, ident: str, *replies: Reply) -> Step:
    return Step(Idle(place=f"answer.{ident}~{answers.stamp(turn)}"), list(replies))


def topic_of(state: AnyState) -> str:
    """The template that was spoken about last; empty when something else is on the screen."""
    place = getattr(state, "place", "")
    kind, _, rest = place.partition(".")
    return rest.partition("~")[0] if kind in ("answer", "part", "term") else ""


def _near(turn: Turn, found: Found) -> list[str]:
    return handover.known(turn, (one.id for one in found.ranked if one.score > 0))


async def _both_answered(turn: Turn, several: Sequence[Found], text: str) -> Step | None:
    """Two questions in one message: both answered if both are sure, else both offered; None when one of them leads
    nowhere, or both to the same."""
    if any(found.decision == "unknown" or not found.ranked for found in several):
        return None
    first = handover.known(turn, (found.ranked[0].id for found in several))
    if len(first) < 2:
        return None
    if all(found.decision == "answer" for found in several) and len(first) == 2:
        shown = [one for ident in first if (one := await answers.readable(turn, ident)) is not None]
        if len(shown) == len(first):
            turn.noted.count("answered", *first)
            mark = answers.stamp(turn)
            return _answer(turn, first[-1], *(answers.show(turn, one, mark) for one in shown))
    offered = handover.known(turn, [*first, *(ident for found in several for ident in found.offered)])
    return _choices(turn, offered, handover.masked(turn, text)[0], several=True)


async def _part(
    turn: Turn, about: str, part: intents.Part, text: str, alone: Found, *, only_known: bool
) -> Step | None:
    """«А сколько стоит?» of the topic spoken about, or of another answer about the same service. None: the words stand
    for themselves, since the topic is gone, or says nothing of it and they need not mean it (`only_known`). `alone`:
    what the base says to the words without the topic."""
    one = await answers.readable(turn, about)
    if one is None:
        return None
    for ident in (about, *([] if only_known else _of_service(turn, about))):
        other = one if ident == about else await answers.readable(turn, ident)
        say = answers.part(turn, other, part) if other is not None else None
        if say is not None:
            turn.noted.count("answered", ident)
            return Step(Idle(place=f"part.{about}"), [say])
    if only_known:
        return None
    title = answers.title(turn, about) or turn.text(one.template.title)
    found = alone if alone.decision == "answer" else _search(turn, f"{title} {text}")
    if found.decision == "answer" and found.answer not in (None, about):
        return _choices(turn, handover.known(turn, [found.ranked[0].id, about]), handover.masked(turn, text)[0])
    return Step(Idle(place=f"part.{about}"), [_no_part(turn, about, title)])


def _of_service(turn: Turn, about: str) -> list[str]:
    """Others about the same service: two at most, since each costs a statement."""
    service = one.service if (one := answers.listed(turn, about)) is not None else None
    same = [i for i, other in turn.knowledge.listed.items() if service and other.service == service and i != about]
    return [ident for ident in same if answers.listed(turn, ident) is not None][:2]


def _no_part(turn: Turn, about: str, title: str) -> Say:
    buttons = [Button(key=f"t.{about}", label=turn.words("tell-whole"))]
    if handover.possible(turn):
        buttons.append(Button(key="person", label=turn.words("ask-person")))
    return Say(text=turn.words("ask-no-part", title=title), step=STEP, buttons=(*buttons, menu_button(turn)))


def _explanation(turn: Turn, number: int, about: str) -> Step:
    turn.noted.count("explained")
    text = answers.explain(turn, number) or turn.words("old-button")
    back = [Button(key=f"t.{about}", label=turn.words("tell-back"))] if about else []
    if not about and handover.has_topics(turn):
        back.append(Button(key="topics", step="menu", label=turn.words("menu-topics")))
    place = f"term.{about}~{number}" if about else f"term.~{number}"
    return Step(Idle(place=place), [Say(text=text, step=STEP, buttons=(*back, menu_button(turn)))])


# --- choices ----------------------------------------------------------------------------------------------


def _choices(turn: Turn, offered: Sequence[str], words: str, *, several: bool = False) -> Step:
    turn.noted.count("offered", *offered)
    kind = "several" if several else "choose"
    place = f"{kind}.{','.join(offered)}"
    return Step(Idle(place=place, asked=words), [_choosing(turn, offered, several=several)])


def _choosing(turn: Turn, offered: Sequence[str], *, several: bool = False) -> Choose:
    options = [Button(key=f"c.{ident}", label=title) for ident in offered if (title := answers.title(turn, ident))]
    return Choose(
        text=turn.words("ask-several" if several else "ask-choose"),
        step=STEP,
        options=tuple(options),
        controls=(Button(key="none", label=turn.words("ask-none")), menu_button(turn)),
    )


async def _chosen(turn: Turn, state: AnyState, ident: str) -> Step:
    words = getattr(state, "asked", "")
    one = await answers.readable(turn, ident)
    if one is None:
        return await _gone(turn, state, ident)
    turn.noted.resolved = True
    turn.noted.count("chosen", ident)
    several = getattr(state, "place", "").startswith("several.")
    alone = not several and not intents.leans_on_topic(words)  # «а если я ИП?» teaches nothing without what it leans on
    if words and alone and len(words.split()) <= LEARNT_WORDS and len(words) <= asked.PHRASING:
        await asked.propose(turn.session, ident, words, language=turn.language, origin="choice", day=turn.today)
    return _answer(turn, ident, answers.show(turn, one, answers.stamp(turn)))


async def _gone(turn: Turn, state: AnyState, ident: str) -> Step:
    """Withdrawn while its button was on the screen: the others that were offered, else the ways on."""
    kind, _, rest = getattr(state, "place", "").partition(".")
    shown = rest.split(",") if kind in ("choose", "several") else []
    others = [other for other in handover.known(turn, shown) if other != ident]
    gone = Say(text=turn.words("ask-gone"))
    if others:
        step = _choices(turn, others, getattr(state, "asked", ""), several=kind == "several")
        step.replies.insert(0, gone)
        return step
    return Step(Idle(), [handover.said(turn, "ask-gone")])


async def _neither(turn: Turn, state: AnyState) -> Step:
    """«Ни то, ни другое»: a person, where he may be asked."""
    turn.noted.count("neither")
    turn.noted.resolved = True
    words = getattr(state, "asked", "")
    offered = tuple(getattr(state, "place", "").partition(".")[2].split(","))
    if not words:
        # An old button, or a channel where nothing is kept: he says it again, to a person.
        return handover.person(turn, turn.words("ask-say-again"))
    if turn.person is not None:
        return _desk(turn, words, handover.known(turn, offered))
    category = handover.category_of(turn, offered)
    turn.noted.question(words, language=turn.language, category=category, outcome="neither", nearest=offered)
    return await handover.hand_over(turn, state, words, category=category, near=())


def unresolved(turn: Turn, before: AnyState, after: AnyState) -> None:
    """Choices were on the screen and none of them was taken: the office learns which words they did not fit."""
    words = getattr(before, "asked", "")
    if not words or turn.noted.resolved or getattr(after, "asked", "") == words or turn.person is not None:
        return
    offered = tuple(getattr(before, "place", "").partition(".")[2].split(","))
    category = handover.category_of(turn, offered)
    turn.noted.question(words, language=turn.language, category=category, outcome="choosing", nearest=offered)


# --- nobody knows -----------------------------------------------------------------------------------------


async def _unknown(turn: Turn, state: AnyState, found: Found, text: str) -> Step:
    near = _near(turn, found)
    if len(plain(text[:100]).split()) < 2:
        number = answers.term_of(turn, text)
        if number is not None:
            return _explanation(turn, number, topic_of(state))
        # One word is no question that a person could answer: it is asked back first.
        turn.noted.count("unclear")
        near = _likely(turn, found)
        return Step(Idle(place=handover.near_place("more", near)), [handover.nearby(turn, "more", near)])
    if intents.part_of_answer(text):
        return _of_what(turn, _likely(turn, found))
    if turn.person is not None:
        return _desk(turn, handover.masked(turn, text)[0], _likely(turn, found))
    return await _handed(turn, state, found, text)


def _likely(turn: Turn, found: Found) -> list[str]:
    """What is worth showing to somebody whose question no template answers."""
    return handover.known(turn, (one.id for one in found.ranked if one.score >= NEAR_SCORE))


async def _handed(turn: Turn, state: AnyState, found: Found, text: str) -> Step:
    near = _near(turn, found)
    turn.noted.count("unknown")
    category = handover.category_of(turn, near)
    words, _ = handover.masked(turn, text)
    if words:
        turn.noted.question(words, language=turn.language, category=category, outcome="unknown", nearest=tuple(near))
    return await handover.hand_over(turn, state, text, category=category, near=_likely(turn, found))


# --- a member of staff asks -------------------------------------------------------------------------------


def _desk(turn: Turn, words: str, near: Sequence[str]) -> Step:
    """He looks for something himself: no task of his own is opened behind his back."""
    return Step(Idle(place=handover.near_place("desk", near), asked=words), [_desk_screen(turn, near)])


def _desk_screen(turn: Turn, near: Sequence[str]) -> Say:
    buttons = [Button(key="find", label=turn.words("ask-desk-find"))]
    buttons += [Button(key=f"t.{ident}", label=answers.title(turn, ident)) for ident in near]
    if handover.possible(turn):
        buttons.append(Button(key="client", label=turn.words("ask-desk-client")))
    return Say(text=turn.words("ask-desk"), step=STEP, buttons=(*buttons, menu_button(turn)))


async def _from_desk(turn: Turn, state: AnyState, what: str) -> Step:
    """His words searched with the internal articles, or handed over as a client's would be. An old button has none."""
    words = getattr(state, "asked", "") if getattr(state, "place", "").startswith("desk.") else ""
    if what == "find" and turn.person is not None:
        return await search.find(turn, words) if words else search.ask(turn)
    if not words:
        return handover.person(turn)
    return await _handed(turn, state, _search(turn, words), words)


def _of_what(turn: Turn, near: Sequence[str]) -> Step:
    turn.noted.count("unclear")
    return Step(Idle(place=handover.near_place("what", near)), [handover.nearby(turn, "what", near)])


async def person_answer(turn: Turn, state: AskingPerson, event: Event) -> Step:
    """What he wrote to a person, or something else pressed meanwhile."""
    match event:
        case Text(text=text) | Fill(step="person", text=text) if text.strip():
            intent = intents.of(text)
            if intent in ("thanks", "bye"):
                return Step(Idle(), [handover.said(turn, f"ask-{intent}")])
            nothing = intent in ("empty", "greeting", "person", "opening", "who", "english")
            if nothing or len(plain(text[:100]).split()) < 2:
                return Step(state, [Say(text=turn.words("ask-say-more")), handover.asking_person(turn)])
            turn.noted.count("asked")
            category = handover.category_of(turn, _near(turn, _search(turn, text))[:1])
            lead = turn.words("ask-passed")
            return await handover.hand_over(turn, state, text, category=category, near=(), lead=lead)
        case _:
            return Step(state, [handover.asking_person(turn)])


# --- «Помогло?» -------------------------------------------------------------------------------------------


def remember(turn: Turn, before: AnyState, after: AnyState) -> AnyState:
    """What is remembered of today goes on from place to place; a «-» takes one out."""
    if not isinstance(after, Idle | Answering | AskingPerson):
        return after
    gone = {one[1:] for one in after.seen if one.startswith("-")}
    known = dict.fromkeys((*handover.seen(turn, before), *after.seen))
    seen = tuple(one for one in known if one not in gone and not one.startswith("-"))[-REMEMBERED:]
    return after if seen == after.seen else after.model_copy(update={"seen": seen})


async def _judged(turn: Turn, state: AnyState, stamped: str, what: str, ident: str) -> Step:
    """«Помогло» or «Не помогло»: counted once for each answer shown."""
    mark = f"a.{stamped}.{ident}"
    first = answers.is_of_today(turn, stamped) and mark not in handover.seen(turn, state)
    if first:
        turn.noted.count("helped" if what == "h" else "unhelped", ident)
    place = getattr(state, "place", "") or "menu"
    after = Idle(place=place if place.startswith("answer.") else "menu", seen=(mark,))
    if not first:
        return Step(after, [_with_rating(turn, stamped, ident, turn.words("already-told"))])
    if what == "h":
        return Step(after, [_with_rating(turn, stamped, ident, turn.words("ask-helped"))])
    title = answers.title(turn, ident)
    found = _search(turn, title) if title else Found((), "unknown")
    near = [other for other in _near(turn, found) if other != ident][: handover.NEAR]
    place = handover.near_place("sorry", near)
    return Step(Idle(place=place, seen=(mark,)), [handover.nearby(turn, "sorry", near, turn.words("ask-sorry"))])


def _with_rating(turn: Turn, stamped: str, ident: str, text: str) -> Say:
    rate = Button(key=f"r.{ident}", step=f"{STEP}~{stamped}", label=turn.words("button-rate-answer"))
    buttons = (rate,) if turn.may("rating") else ()
    return Say(text=text, step=STEP, buttons=(*buttons, menu_button(turn)))


# --- buttons and screens ----------------------------------------------------------------------------------


async def pressed(turn: Turn, state: AnyState, step: str, key: str) -> Step | None:
    """A button of these screens; None when it is none of them."""
    base, _, stamped = step.partition("~")
    if base != STEP:
        return None
    what, _, ident = key.partition(".")
    match what:
        case "c":
            return await _chosen(turn, state, ident)
        case "none":
            return await _neither(turn, state)
        case "t":
            return await _opened(turn, state, ident)
        case "h" | "u" if stamped:
            return await _judged(turn, state, stamped, what, ident)
        case "r" if answers.listed(turn, ident) is None:
            return await _gone(turn, state, ident)
        case "r":
            return await survey_talk.begin(turn, Subject("template", ident), "answer")
        case "g":
            number, _, about = ident.partition(".")
            if number.isdecimal() and int(number) < len(turn.office.glossary):
                return _explanation(turn, int(number), about)
            return None
        case "x":
            return await handover.take_back(turn, ident)
        case "person":
            return handover.person(turn)
        case "find" | "client":
            return await _from_desk(turn, state, what)
        case _:
            return None


async def _opened(turn: Turn, state: AnyState, ident: str) -> Step:
    one = await answers.readable(turn, ident)
    if one is None:
        return await _gone(turn, state, ident)
    turn.noted.count("opened", ident)
    return _answer(turn, ident, answers.show(turn, one, answers.stamp(turn)))


def is_place(place: str) -> bool:
    return place.partition(".")[0] in _PLACES


_PLACES = ("answer", "part", "term", "choose", "several", "more", "what", "handed", "wait", "sorry", "info", "desk")


async def screen(turn: Turn, place: str) -> Reply | None:
    """The screen of this place again: what typed numbers refer to, and what a page shows."""
    kind, _, rest = place.partition(".")
    near = handover.known(turn, rest.split(","))
    match kind:
        case "answer" | "part":
            ident, _, stamped = rest.partition("~")
            one = await answers.readable(turn, ident)
            return answers.show(turn, one, stamped or answers.stamp(turn)) if one is not None else None
        case "term":
            about, _, number = rest.partition("~")
            return _explanation(turn, int(number), about).replies[0] if number.isdecimal() else None
        case "choose" | "several":
            return _choosing(turn, near, several=kind == "several") if near else None
        case "handed":
            relay, _, idents = rest.rpartition(".")
            near = handover.known(turn, idents.split(","))
            return handover.nearby(turn, kind, near, "", handover.take_back_button(turn, relay))
        case "info":
            return handover.nowhere(turn, near)
        case "desk" if turn.person is not None:
            return _desk_screen(turn, near)
        case "sorry":
            return handover.nearby(turn, kind, near, turn.words("ask-sorry"))
        case _:
            return handover.nearby(turn, kind, near)


def judging(turn: Turn, place: str) -> Say:
    """The lasting buttons under an answer: what a typed label means there, without the answer being read again."""
    ident, _, stamped = place.partition(".")[2].partition("~")
    buttons = [
        Button(key=f"h.{ident}", label=turn.words("button-helped")),
        Button(key=f"u.{ident}", label=turn.words("button-unhelped")),
        Button(key=f"r.{ident}", label=turn.words("button-rate-answer")),
    ]
    more = (
        Button(key=f"t.{ident}", label=turn.words("tell-whole")),
        Button(key="person", label=turn.words("ask-person")),
    )
    step = f"{STEP}~{stamped}" if stamped else STEP
    return Say(text="", step=step, buttons=(*(buttons if stamped else ()), *more, menu_button(turn)))
