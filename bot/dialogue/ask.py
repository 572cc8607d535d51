"""A question in free words: the answer, a few choices, or an honest «не знаю» and a person (requirements 3.01, 3.02).

What a client wrote is kept only while it is needed: masked, in the place of the talk while choices are on the screen,
and in the task if a person is to answer. Where the mode of the channel carries no comments, nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from backend import relays, tasks
from backend.feedback import Subject
from backend.knowledge import asked
from backend.masking import mask
from bot import hours
from bot.dialogue import answers, intents
from bot.dialogue import survey as survey_talk
from bot.dialogue.answers import STEP
from bot.dialogue.common import menu_button, office_phones, where_else
from bot.dialogue.state import Answering, AnyState, AskingPerson, Idle
from bot.dialogue.turn import Step, Turn, long_id, short_id
from bot.dialogue.typed import plain
from bot.messages import Button, Choose, Event, Fill, Reply, Say, Text, Write
from knowledge.model import Found

KEPT = 2000  # characters of a question that a person gets
NEAR = 3
LEARNT_WORDS = 30  # a longer message is a story, no wording to learn from


# --- what came --------------------------------------------------------------------------------------------


async def heard(turn: Turn, state: AnyState, text: str) -> Step | None:
    """Words that nothing else on the screen has taken; None when they say nothing that could be answered."""
    intent = intents.of(text)
    if intent == "empty":
        return None
    if intents.is_english(text) and "en" in turn.all_words:
        turn.language = "en"  # he is answered in his language from here on
    match intent:
        case "greeting" | "thanks" | "bye":
            return Step(Idle(), [_said(turn, f"ask-{intent}")])
        case "abuse":
            return Step(Idle(), [_said(turn, "ask-abuse")])
        case "person":
            return person(turn)
        case "english":
            turn.language = "en" if "en" in turn.all_words else turn.language
            return Step(Idle(), [_said(turn, "ask-english")])
        case "foreign":
            return Step(Idle(), [_foreign(turn)])
        case _:
            return await question(turn, state, text)


def _said(turn: Turn, key: str) -> Say:
    """A short human answer, and the ways on."""
    buttons = [Button(key="topics", step="menu", label=turn.words("menu-topics"))] if _has_topics(turn) else []
    if _can_hand_over(turn):
        buttons.append(Button(key="person", label=turn.words("ask-person")))
    return Say(text=turn.words(key), step=STEP, buttons=(*buttons, menu_button(turn)))


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


def _has_topics(turn: Turn) -> bool:
    return any(not one.internal for one in turn.knowledge.listed.values())


def _can_hand_over(turn: Turn) -> bool:
    return turn.may("comment") and turn.may("relay")


# --- the question -----------------------------------------------------------------------------------------


async def question(turn: Turn, state: AnyState, text: str) -> Step:
    """Search, then answer, offer, or hand over."""
    turn.noted.count("asked")
    about = topic_of(state)
    word = intents.explained_word(text)
    if word and (number := answers.term_of(turn, word)) is not None:
        return _explanation(turn, number, about)
    if about and (part := intents.part_of_answer(text)):
        step = await _part(turn, about, part, text)
        if step is not None:
            return step
    found = _search(turn, text)
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
    return turn.knowledge.ask(text[:KEPT], wrong_share=turn.office.rules.wrong_share)


async def _decided(turn: Turn, state: AnyState, found: Found, text: str) -> Step:
    if found.decision == "answer" and found.answer is not None:
        one = await answers.readable(turn, found.answer)
        if one is not None:
            turn.noted.count("answered", one.template.id)
            return _answer(turn, one.template.id, answers.show(turn, one, answers.stamp(turn)))
        # Withdrawn a moment ago: what stands next to it is offered instead.
        found = Found(found.ranked[1:], "choose", tuple(s.id for s in found.ranked[1:] if s.id in found.offered))
    offered = _known(turn, found.offered)
    if found.decision != "unknown" and offered:
        return _choices(turn, offered, _masked(turn, text)[0])
    return await _unknown(turn, state, found, text)


def _answer(turn: Turn, ident: str, *replies: Reply) -> Step:
    return Step(Idle(place=f"answer.{ident}~{answers.stamp(turn)}"), list(replies))


def topic_of(state: AnyState) -> str:
    """The template that was spoken about last; empty when something else is on the screen."""
    place = getattr(state, "place", "")
    kind, _, rest = place.partition(".")
    return rest.partition("~")[0] if kind in ("answer", "part", "term") else ""


def _known(turn: Turn, idents: Iterable[str]) -> list[str]:
    return [ident for ident in dict.fromkeys(idents) if answers.listed(turn, ident) is not None][:NEAR]


def _near(turn: Turn, found: Found) -> list[str]:
    return _known(turn, (one.id for one in found.ranked if one.score > 0))


async def _both_answered(turn: Turn, several: Sequence[Found], text: str) -> Step | None:
    """Two questions in one message: both answered if both are sure, else both offered; None when one of them leads
    nowhere, or both to the same."""
    if any(found.decision == "unknown" or not found.ranked for found in several):
        return None
    first = _known(turn, (found.ranked[0].id for found in several))
    if len(first) < 2:
        return None
    if all(found.decision == "answer" for found in several) and len(first) == 2:
        shown = [one for ident in first if (one := await answers.readable(turn, ident)) is not None]
        if len(shown) == len(first):
            turn.noted.count("answered", *first)
            mark = answers.stamp(turn)
            return _answer(turn, first[-1], *(answers.show(turn, one, mark) for one in shown))
    offered = _known(turn, [*first, *(ident for found in several for ident in found.offered)])
    return _choices(turn, offered, _masked(turn, text)[0], several=True)


async def _part(turn: Turn, about: str, part: intents.Part, text: str) -> Step | None:
    """«А сколько стоит?» of the topic spoken about. None: the topic is gone, so the words stand for themselves."""
    one = await answers.readable(turn, about)
    if one is None:
        return None
    say = answers.part(turn, one, part)
    if say is not None:
        turn.noted.count("answered", about)
        return Step(Idle(place=f"part.{about}"), [say])
    title = answers.title(turn, about) or turn.text(one.template.title)
    found = _search(turn, f"{title} {text}")
    if found.decision == "answer" and found.answer not in (None, about):
        return _choices(turn, _known(turn, [found.ranked[0].id, about]), _masked(turn, text)[0])
    return Step(Idle(place=f"part.{about}"), [_no_part(turn, about, title)])


def _no_part(turn: Turn, about: str, title: str) -> Say:
    buttons = [Button(key=f"t.{about}", label=turn.words("tell-whole"))]
    if _can_hand_over(turn):
        buttons.append(Button(key="person", label=turn.words("ask-person")))
    return Say(text=turn.words("ask-no-part", title=title), step=STEP, buttons=(*buttons, menu_button(turn)))


def _explanation(turn: Turn, number: int, about: str) -> Step:
    turn.noted.count("explained")
    text = answers.explain(turn, number) or turn.words("old-button")
    back = [Button(key=f"t.{about}", label=turn.words("tell-back"))] if about else []
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
    if words and not several and len(words.split()) <= LEARNT_WORDS and len(words) <= asked.PHRASING:
        await asked.propose(turn.session, ident, words, language=turn.language, origin="choice", day=turn.today)
    return _answer(turn, ident, answers.show(turn, one, answers.stamp(turn)))


async def _gone(turn: Turn, state: AnyState, ident: str) -> Step:
    """Withdrawn while its button was on the screen: the others that were offered, else the ways on."""
    kind, _, rest = getattr(state, "place", "").partition(".")
    others = (
        [other for other in _known(turn, rest.split(",")) if other != ident] if kind in ("choose", "several") else []
    )
    gone = Say(text=turn.words("ask-gone"))
    if others:
        step = _choices(turn, others, getattr(state, "asked", ""), several=kind == "several")
        step.replies.insert(0, gone)
        return step
    return Step(Idle(), [_said(turn, "ask-gone")])


async def _neither(turn: Turn, state: AnyState) -> Step:
    """«Ни то, ни другое»: a person, where he may be asked."""
    turn.noted.count("neither")
    turn.noted.resolved = True
    words = getattr(state, "asked", "")
    offered = tuple(getattr(state, "place", "").partition(".")[2].split(","))
    if not words:
        # An old button, or a channel where nothing is kept: he says it again, to a person.
        return person(turn, turn.words("ask-say-again"))
    category = _category(turn, offered)
    turn.noted.question(words, language=turn.language, category=category, outcome="neither", nearest=offered)
    return await hand_over(turn, state, words, category=category, near=())


def unresolved(turn: Turn, before: AnyState, after: AnyState) -> None:
    """Choices were on the screen and none of them was taken: the office learns which words they did not fit."""
    words = getattr(before, "asked", "")
    if not words or turn.noted.resolved or getattr(after, "asked", "") == words:
        return
    offered = tuple(getattr(before, "place", "").partition(".")[2].split(","))
    category = _category(turn, offered)
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
        return Step(Idle(place=_near_place("more", near)), [_nearby(turn, "more", near)])
    if intents.part_of_answer(text):
        return _of_what(turn, near)
    turn.noted.count("unknown")
    category = _category(turn, near)
    words, _ = _masked(turn, text)
    if words:
        turn.noted.question(words, language=turn.language, category=category, outcome="unknown", nearest=tuple(near))
    return await hand_over(turn, state, text, category=category, near=near)


def _of_what(turn: Turn, near: Sequence[str]) -> Step:
    turn.noted.count("unclear")
    return Step(Idle(place=_near_place("what", near)), [_nearby(turn, "what", near)])


def _near_place(kind: str, near: Iterable[str]) -> str:
    return f"{kind}.{','.join(near)}"


def _nearby(turn: Turn, kind: str, near: Sequence[str], text: str = "", *first: Button) -> Say:
    """Words, the near topics as buttons, a person."""
    buttons = [*first, *(Button(key=f"t.{ident}", label=answers.title(turn, ident)) for ident in near)]
    if not near and _has_topics(turn):
        buttons.append(Button(key="topics", step="menu", label=turn.words("menu-topics")))
    if _can_hand_over(turn) and not first:
        buttons.append(Button(key="person", label=turn.words("ask-person")))
    said = text or turn.words({"more": "ask-say-more", "what": "ask-of-what"}.get(kind, "ask-waits"))
    if kind == "what":
        said = " ".join([said, *answers.example(turn)])
    return Say(text=said, step=STEP, buttons=(*buttons, menu_button(turn)))


def _category(turn: Turn, near: Iterable[str]) -> str:
    """The category on which the nearest agree, else the one for everything else."""
    codes = {one.category for ident in near if (one := answers.listed(turn, ident)) is not None}
    rule = turn.office.rule_of(codes.pop() if len(codes) == 1 else "")
    return rule.code if rule is not None else ""


def _masked(turn: Turn, text: str) -> tuple[str, bool]:
    """What may be kept of his words, and whether numbers were hidden; nothing where the mode carries no comments."""
    if not turn.may("comment"):
        return "", False
    masked = mask(text[: KEPT + 200], keep=office_phones(turn))
    return " ".join(masked.text[:KEPT].split()), bool(masked.hidden)


def person(turn: Turn, lead: str = "") -> Step:
    """«Спросить человека»: the question in words, which goes to a person without a search."""
    if not _can_hand_over(turn):
        return Step(Idle(), [_nowhere(turn, ())])
    return Step(AskingPerson(), [asking_person(turn, lead)])


def asking_person(turn: Turn, lead: str = "") -> Write:
    text = turn.words("ask-write-person")
    opens = hours.closed_now(turn.words, turn.calendar, turn.now)
    return Write(
        text=" ".join(part for part in (lead, text, opens) if part),
        step="person",
        asks="comment",
        hint=turn.words("ask-write-hint"),
        limit=KEPT,
        controls=(menu_button(turn),),
    )


async def person_answer(turn: Turn, state: AskingPerson, event: Event) -> Step:
    """What he wrote to a person, or something else pressed meanwhile."""
    match event:
        case Text(text=text) | Fill(step="person", text=text) if text.strip():
            intent = intents.of(text)
            if intent == "empty" or len(plain(text[:100]).split()) < 2:
                return Step(state, [Say(text=turn.words("ask-say-more")), asking_person(turn)])
            turn.noted.count("asked")
            category = _category(turn, _near(turn, _search(turn, text))[:1])
            return await hand_over(turn, state, text, category=category, near=(), lead=turn.words("ask-passed"))
        case _:
            return Step(state, [asking_person(turn)])


async def hand_over(
    turn: Turn, state: AnyState, text: str, *, category: str, near: Sequence[str], lead: str = ""
) -> Step:
    """A task by the rule of the category, and the way back. Once for the same words, three at most for one chat."""
    if not _can_hand_over(turn):
        return Step(Idle(place=_near_place("info", near)), [_nowhere(turn, near)])
    words, hidden = _masked(turn, text)
    rule = turn.office.rule_of(category)
    days = rule.days if rule is not None else turn.office.rules.promise_days
    until = turn.calendar.add_working_days(turn.today, days)
    digest = f"q.{turn.keys.hash(f'question:{words.casefold()}')[:10]}"
    promised = await _waiting(turn, state, words, digest, until)
    if promised is not None:
        day = hours.until(turn.words, turn.calendar, promised, turn.today)
        key = "ask-already" if promised != date.max else "ask-enough"
        text = turn.words(key, day=day, n=asked.WAITING, phone=turn.office.phone)
        return Step(Idle(place=_near_place("wait", near)), [_nearby(turn, "wait", near, text, *_no_person(turn, near))])
    task = await tasks.open_task(
        turn.session,
        kind="question",
        channel=turn.traits.name,
        now=turn.now,
        announce_at=turn.now + survey_talk.ALERT_AFTER,  # time to take it back
        subject_kind="category",
        subject=rule.code if rule is not None else "",
        text=words,
    )
    relay, keep = await survey_talk.open_way_back(turn, task, until, days)
    turn.noted.count("handed")
    day = hours.until(turn.words, turn.calendar, until, turn.today)
    lines = [lead or turn.words("ask-unknown"), turn.words("ask-answer-by", day=day)]
    lines += [line for line in (hours.closed_now(turn.words, turn.calendar, turn.now),) if line]
    lines += [turn.words("number-hidden")] if hidden else []
    lines += [turn.words("ask-cut", limit=KEPT)] if len(text.strip()) > KEPT + 200 else []
    lines += [turn.words("ask-near")] if near else []
    place = f"handed.{short_id(relay)}.{','.join(near)}"
    say = _nearby(turn, "handed", near, "\n".join(lines), _take_back_button(turn, short_id(relay)))
    step = Step(Idle(place=place, seen=(digest,)), [say])
    if keep is not None:
        step.replies.append(keep)
    return step


def _no_person(turn: Turn, near: Sequence[str]) -> tuple[Button, ...]:
    """A first button that takes the place of «Спросить человека» where he has asked already."""
    del near
    return (Button(key="topics", step="menu", label=turn.words("menu-topics")),) if _has_topics(turn) else ()


def _take_back_button(turn: Turn, relay: str) -> Button:
    return Button(key=f"x.{relay}", label=turn.words("ask-take-back"))


async def _waiting(turn: Turn, state: AnyState, words: str, digest: str, until: date) -> date | None:
    """The day promised for these very words; `date.max` when too many of his questions wait; None when he may ask.
    A page has no address: there only today's are known, by their digests."""
    if turn.traits.pages:
        waiting = [one for one in _seen(turn, state) if one.startswith("q.")]
        if digest in waiting:
            return until
        return date.max if len(waiting) >= asked.WAITING else None
    rows = [] if turn.fresh else await asked.waiting(turn.session, turn.key)
    for row in rows:
        if row.text.casefold() == words.casefold():
            return date.fromisoformat(str(row.promised))
    return date.max if len(rows) >= asked.WAITING else None


async def _take_back(turn: Turn, ident: str) -> Step:
    """«Не передавать»: the task and the way back go together."""
    relay = long_id(ident)
    task = await relays.withdraw(turn.session, relay, turn.key) if relay is not None and relay < 1 << 63 else None
    if task is None:
        return Step(Idle(), [_said(turn, "ask-not-waiting")])
    await tasks.withdraw(turn.session, task, turn.now, done=turn.all_words[turn.office.languages[0]]("task-withdrawn"))
    return Step(Idle(), [_said(turn, "ask-taken-back")])


def _nowhere(turn: Turn, near: Sequence[str]) -> Say:
    """A channel that carries no comments: only «не нашлось», and where to ask."""
    say = where_else(turn, "relay")
    topics = [Button(key=f"t.{ident}", label=answers.title(turn, ident)) for ident in near]
    text = "\n".join([turn.words("ask-not-found"), say.text])
    return Say(text=text, step=STEP, buttons=(*say.buttons, *topics, menu_button(turn)))


# --- «Помогло?» -------------------------------------------------------------------------------------------


def _seen(turn: Turn, state: AnyState) -> tuple[str, ...]:
    """What is remembered of today."""
    return getattr(state, "seen", ()) if turn.taken.day == turn.today else ()


def remember(turn: Turn, before: AnyState, after: AnyState) -> AnyState:
    """What is remembered of today goes on from place to place."""
    if not isinstance(after, Idle | Answering | AskingPerson):
        return after
    seen = tuple(dict.fromkeys((*_seen(turn, before), *after.seen)))[-12:]
    return after if seen == after.seen else after.model_copy(update={"seen": seen})


async def _judged(turn: Turn, state: AnyState, stamped: str, what: str, ident: str) -> Step:
    """«Помогло» or «Не помогло»: counted once for each answer shown."""
    mark = f"a.{stamped}.{ident}"
    first = answers.is_of_today(turn, stamped) and mark not in _seen(turn, state)
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
    near = [other for other in _near(turn, found) if other != ident][:NEAR]
    place = _near_place("sorry", near)
    return Step(Idle(place=place, seen=(mark,)), [_nearby(turn, "sorry", near, turn.words("ask-sorry"))])


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
            return await _take_back(turn, ident)
        case "person":
            return person(turn)
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


_PLACES = ("answer", "part", "term", "choose", "several", "more", "what", "handed", "wait", "sorry", "info")


async def screen(turn: Turn, place: str) -> Reply | None:
    """The screen of this place again: what typed numbers refer to, and what a page shows."""
    kind, _, rest = place.partition(".")
    match kind:
        case "answer" | "part":
            ident, _, stamped = rest.partition("~")
            one = await answers.readable(turn, ident)
            return answers.show(turn, one, stamped or answers.stamp(turn)) if one is not None else None
        case "term":
            about, _, number = rest.partition("~")
            return _explanation(turn, int(number), about).replies[0] if number.isdecimal() else None
        case "choose" | "several":
            offered = _known(turn, rest.split(","))
            return _choosing(turn, offered, several=kind == "several") if offered else None
        case "handed":
            relay, _, near = rest.partition(".")
            return _nearby(turn, kind, _known(turn, near.split(",")), "", _take_back_button(turn, relay))
        case "info":
            return _nowhere(turn, _known(turn, rest.split(",")))
        case "sorry":
            return _nearby(turn, kind, _known(turn, rest.split(",")), turn.words("ask-sorry"))
        case _:
            return _nearby(turn, kind, _known(turn, rest.split(",")))


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
