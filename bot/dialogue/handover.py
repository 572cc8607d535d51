"""A question goes to a person: a task by the rule of its category, the way back, and all that is said around it.

Where the mode of the channel carries no comments, nothing that a client wrote is kept: he is told where to ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from backend import relays, tasks
from backend.knowledge import asked
from backend.masking import mask
from bot import hours
from bot.dialogue import answers
from bot.dialogue import survey as survey_talk
from bot.dialogue.answers import STEP
from bot.dialogue.common import menu_button, office_phones, where_else
from bot.dialogue.state import AnyState, AskingPerson, Idle
from bot.dialogue.turn import Step, Turn, long_id, short_id
from bot.messages import Button, Say, Write

KEPT = 2000  # characters of a question that a person gets
NEAR = 3


def possible(turn: Turn) -> bool:
    return turn.may("comment") and turn.may("relay")


def has_topics(turn: Turn) -> bool:
    return any(not one.internal for one in turn.knowledge.listed.values())


def known(turn: Turn, idents: Iterable[str]) -> list[str]:
    return [ident for ident in dict.fromkeys(idents) if answers.listed(turn, ident) is not None][:NEAR]


def category_of(turn: Turn, near: Iterable[str]) -> str:
    """The category on which the nearest agree, else the one for everything else."""
    codes = {one.category for ident in near if (one := answers.listed(turn, ident)) is not None}
    rule = turn.office.rule_of(codes.pop() if len(codes) == 1 else "")
    return rule.code if rule is not None else ""


def masked(turn: Turn, text: str) -> tuple[str, bool]:
    """What may be kept of his words, and whether numbers were hidden; nothing where the mode carries no comments."""
    if not turn.may("comment"):
        return "", False
    plain = mask(text[: KEPT + 200], keep=office_phones(turn))
    return " ".join(plain.text[:KEPT].split()), bool(plain.hidden)


def seen(turn: Turn, state: AnyState) -> tuple[str, ...]:
    """What is remembered of today."""
    return getattr(state, "seen", ()) if turn.taken.day == turn.today else ()


def said(turn: Turn, key: str) -> Say:
    """A short human answer, and the ways on."""
    buttons = [Button(key="topics", step="menu", label=turn.words("menu-topics"))] if has_topics(turn) else []
    if possible(turn):
        buttons.append(Button(key="person", label=turn.words("ask-person")))
    return Say(text=turn.words(key), step=STEP, buttons=(*buttons, menu_button(turn)))


def near_place(kind: str, near: Iterable[str]) -> str:
    return f"{kind}.{','.join(near)}"


def nearby(turn: Turn, kind: str, near: Sequence[str], text: str = "", *first: Button) -> Say:
    """Words, the near topics as buttons, a person."""
    buttons = [*first, *(Button(key=f"t.{ident}", label=answers.title(turn, ident)) for ident in near)]
    if not near and has_topics(turn):
        buttons.append(Button(key="topics", step="menu", label=turn.words("menu-topics")))
    if possible(turn) and not first:
        buttons.append(Button(key="person", label=turn.words("ask-person")))
    text = text or turn.words({"more": "ask-say-more", "what": "ask-of-what"}.get(kind, "ask-waits"))
    if kind == "what":
        text = " ".join([text, *answers.example(turn)])
    return Say(text=text, step=STEP, buttons=(*buttons, menu_button(turn)))


def person(turn: Turn, lead: str = "") -> Step:
    """«Спросить человека»: the question in words, which goes to a person without a search."""
    if not possible(turn):
        return Step(Idle(), [nowhere(turn, ())])
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


async def hand_over(
    turn: Turn, state: AnyState, text: str, *, category: str, near: Sequence[str], lead: str = ""
) -> Step:
    """A task by the rule of the category, and the way back. Once for the same words, three at most for one chat."""
    if not possible(turn):
        return Step(Idle(place=near_place("info", near)), [nowhere(turn, near)])
    words, hidden = masked(turn, text)
    rule = turn.office.rule_of(category)
    days = rule.days if rule is not None else turn.office.rules.promise_days
    until = turn.calendar.add_working_days(turn.today, days)
    digest = turn.keys.hash(f"question:{words.casefold()}")[:10]
    promised = await _waiting(turn, state, words, f"q.{digest}", until)
    if promised is not None:
        day = hours.until(turn.words, turn.calendar, promised, turn.today)
        key = "ask-already" if promised != date.max else "ask-enough"
        text = turn.words(key, day=day, n=asked.WAITING, phone=turn.office.phone)
        if key == "ask-enough" and not lead:
            text = f"{turn.words('ask-not-found')} {text}"
        return Step(Idle(place=near_place("wait", near)), [nearby(turn, "wait", near, text, *_no_person(turn, near))])
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
    place = f"handed.{short_id(relay)}.{digest}.{','.join(near)}"
    say = nearby(turn, "handed", near, "\n".join(lines), take_back_button(turn, f"{short_id(relay)}.{digest}"))
    step = Step(Idle(place=place, seen=(f"q.{digest}",)), [say])
    if keep is not None:
        step.replies.append(keep)
    return step


def _no_person(turn: Turn, near: Sequence[str]) -> tuple[Button, ...]:
    """A first button that takes the place of «Спросить человека» where he has asked already."""
    del near
    return (Button(key="topics", step="menu", label=turn.words("menu-topics")),) if has_topics(turn) else ()


async def _waiting(turn: Turn, state: AnyState, words: str, digest: str, until: date) -> date | None:
    """The day promised for these very words; `date.max` when too many of his questions wait; None when he may ask.
    A page has no address: there only today's are known, by their digests."""
    if turn.traits.pages:
        waiting = [one for one in seen(turn, state) if one.startswith("q.")]
        if digest in waiting:
            return until
        return date.max if len(waiting) >= asked.WAITING else None
    rows = [] if turn.fresh else await asked.waiting(turn.session, turn.key)
    for row in rows:
        if row.text.casefold() == words.casefold():
            return date.fromisoformat(str(row.promised))
    return date.max if len(rows) >= asked.WAITING else None


def take_back_button(turn: Turn, relay: str) -> Button:
    """`relay`: its id, and the digest of the words, which may then be asked anew."""
    return Button(key=f"x.{relay}", label=turn.words("ask-take-back"))


async def take_back(turn: Turn, ident: str) -> Step:
    """«Не передавать»: the task and the way back go together."""
    number, _, digest = ident.partition(".")
    relay = long_id(number)
    task = await relays.withdraw(turn.session, relay, turn.key) if relay is not None and relay < 1 << 63 else None
    if task is None:
        return Step(Idle(), [said(turn, "ask-not-waiting")])
    await tasks.withdraw(turn.session, task, turn.now, done=turn.all_words[turn.office.languages[0]]("task-withdrawn"))
    return Step(Idle(seen=(f"-q.{digest}",)), [said(turn, "ask-taken-back")])


def nowhere(turn: Turn, near: Sequence[str]) -> Say:
    """A channel that carries no comments: only «не нашлось», and where to ask."""
    say = where_else(turn, "relay")
    topics = [Button(key=f"t.{ident}", label=answers.title(turn, ident)) for ident in near]
    text = "\n".join([turn.words("ask-not-found"), say.text])
    return Say(text=text, step=STEP, buttons=(*say.buttons, *topics, menu_button(turn)))
