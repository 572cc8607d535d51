"""Consent before the first personal field: the office's text as a message of its own, with two buttons and nothing else
(152-ФЗ, article 9), and «Мои согласия»: what was agreed to, in which words, and taking it back (requirement 5.30).

It is asked only where the channel may carry personal data; elsewhere none are asked for, so there is nothing to agree
to. Declining leads on without names, with numbers hidden, and loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from backend import consents, journal
from backend.appeals import drafts, erasure
from backend.appeals.model import Consent
from backend.masking import mask
from bot.dialogue import typed
from bot.dialogue.common import menu_button, office_phones
from bot.dialogue.state import AnyState, Consenting, Idle
from bot.dialogue.turn import Step, Turn
from bot.messages import Button, Event, Fill, Press, Reply, Say, Text

ANSWERS: Final = "answers"  # name, contact, unmasked words and files, so that a person can answer
PLACES: Final = ("consents", "consent", "consent-end")


# --- the gate ---------------------------------------------------------------------------------------------


def possible(turn: Turn, purpose: str = ANSWERS) -> bool:
    """Whether a consent can be given here at all: the channel carries personal data and the office has the text."""
    return turn.may("personal") and turn.office.consent(purpose) is not None


async def given(turn: Turn, purpose: str = ANSWERS) -> bool:
    """Whether personal fields of this purpose may be asked for, kept and shown here now."""
    return possible(turn, purpose) and await consents.given(turn.session, turn.office, turn.key, purpose)


async def needed(turn: Turn, purpose: str = ANSWERS) -> bool:
    """Whether he must be asked before the next personal field: he never was, has taken it back, or the text has
    changed. False in a channel that carries no personal data: there no such field may be asked for."""
    return possible(turn, purpose) and not await given(turn, purpose)


def ask(turn: Turn, agreed: AnyState, declined: AnyState, purpose: str = ANSWERS) -> Step:
    """Put the text on the screen. The talk goes on in `agreed` or in `declined`, whose screen is shown then; call it
    where `needed` says so."""
    state = _as_now(turn, Consenting(purpose=purpose, agreed=agreed, declined=declined))
    return Step(state, [screen(turn, state)])


def _as_now(turn: Turn, state: Consenting) -> Consenting:
    """With the version that stands on the screen from now on."""
    found = turn.office.consent(state.purpose)
    return state.model_copy(update={"version": found.version if found is not None else 0})


def screen(turn: Turn, state: Consenting) -> Say:
    """The text and its two buttons; no other words in the message."""
    found = turn.office.consent(state.purpose)
    if found is None:
        return Say(text=turn.words("consent-gone"), buttons=(menu_button(turn),))
    return Say(
        text=found.text(turn.language),
        step=f"consent.{state.purpose}.{found.version}",
        buttons=(
            Button(key="yes", label=turn.words("consent-yes"), tone="good"),
            Button(key="no", label=turn.words("consent-no")),
        ),
    )


async def answer(turn: Turn, state: Consenting, event: Event) -> Step:
    """One event while the text is on the screen. In a step whose state is another one the screen of that place is
    still to be added."""
    shown = screen(turn, state)
    step, key = _meant(shown, event)
    if turn.office.consent(state.purpose) is None:
        return Step(state.declined, [])
    if key == "no":
        return Step(state.declined, await _decline(turn, state.purpose))
    seen = not isinstance(event, Text) or _as_now(turn, state) == state
    if key != "yes" or step != shown.step or not seen:
        # A button of an older text agrees to nothing, nor does a typed «да» below it.
        note = "consent-newer" if key == "yes" else "consent-choose"
        return Step(_as_now(turn, state), [Say(text=turn.words(note)), shown])
    await give(turn, state.purpose)
    return Step(state.agreed, [Say(text=turn.words("consent-given"))])


async def give(turn: Turn, purpose: str) -> None:
    await consents.give(turn.session, turn.office, turn.key, turn.traits.name, purpose, turn.language, turn.now)


async def _decline(turn: Turn, purpose: str) -> list[Reply]:
    """Without it there are no names, and numbers are hidden: also in what was written under an older text."""
    if purpose == ANSWERS:
        await plain_draft(turn)
    return [Say(text=turn.words("consent-declined"))]


def _meant(shown: Say, event: Event) -> tuple[str, str]:
    match event:
        case Press(step=step, key=key):
            return step, key
        case Fill(step=step, keys=keys):
            return step, next(iter(keys), "")
        case Text(text=text):
            found, word = typed.press(shown, text), typed.plain(text[:32])
            key = found[0].key if found else "yes" if word in _YES else "no" if word in _NO else ""
            return shown.step, key
        case _:
            return "", ""


_YES = frozenset({"да", "согласен", "согласна", "yes", "i agree", "agree"})
_NO = frozenset({"нет", "не согласен", "не согласна", "no", "i do not agree", "disagree"})


async def plain_draft(turn: Turn) -> None:
    """What he is writing loses its names and files, and numbers are hidden in it."""
    written = await drafts.of(turn.session, turn.keys, turn.key)
    if written is None:
        return
    turn.dropped += await drafts.drop_files(turn.session, turn.key)
    fields = {
        name: mask(text, keep=office_phones(turn)).text
        for name, text in written.fields.items()
        if name not in drafts.PERSONAL
    }
    await drafts.keep(turn.session, turn.keys, turn.key, written.kind, fields, written.touched_on)


# --- «Мои согласия» ---------------------------------------------------------------------------------------


def menu_buttons(turn: Turn) -> list[Button]:
    """The menu's way here; none where the office asks for no consent."""
    return [Button(key="consents", label=turn.words("menu-consents"))] if turn.office.consents else []


async def listing(turn: Turn) -> Reply:
    """For each purpose: given when, in which version and channel; what can be done about it."""
    rows = await consents.of_chat(turn.session, turn.key)
    lines = [_line(turn, consent, rows) for consent in turn.office.consents]
    if not possible_any(turn):
        lines.append(turn.words("consents-not-here"))
    elif not lines:
        lines.append(turn.words("consents-none"))
    buttons = [
        Button(key=f"show.{consent.purpose}", step="consents", label=_named(turn, consent))
        for consent in turn.office.consents
    ]
    return Say(
        text="\n\n".join([turn.words("consents-title"), *lines]),
        step="consents",
        buttons=(*buttons, menu_button(turn)),
    )


def possible_any(turn: Turn) -> bool:
    return turn.may("personal") and bool(turn.office.consents)


def _named(turn: Turn, consent: Consent) -> str:
    """What a button calls it: «Для ответа на вопросы» for what every office has, else the purpose's own title."""
    if consent.purpose == ANSWERS:
        return turn.words("consent-answers")
    return turn.text(consent.title)


def _latest(rows: Sequence[Any], purpose: str) -> Any | None:
    return next((row for row in rows if row.purpose == purpose), None)


def _line(turn: Turn, consent: Consent, rows: Sequence[Any]) -> str:
    row = _latest(rows, consent.purpose)
    name = _named(turn, consent)
    if row is None:
        return turn.words("consent-line-none", name=name)
    about = {
        "name": name,
        "moment": turn.words.moment(row.given_at),
        "version": row.version,
        "channel": turn.words(f"channel-{row.channel}"),
    }
    if row.withdrawn_at is not None:
        return turn.words("consent-line-withdrawn", **about, ended=turn.words.moment(row.withdrawn_at))
    if row.version != consent.version:
        return turn.words("consent-line-older", **about, newest=consent.version)
    return turn.words("consent-line-given", **about)


async def one(turn: Turn, purpose: str) -> Reply:
    """The very text that was agreed to, or that would be asked; with «Отозвать» or «Дать согласие»."""
    consent = turn.office.consent(purpose)
    if consent is None:
        return await listing(turn)
    rows = await consents.of_chat(turn.session, turn.key)
    row = _latest(rows, purpose)
    in_force = row is not None and row.withdrawn_at is None
    text = await consents.text_of(turn.session, row.text_hash) if row is not None and in_force else ""
    lines = [_line(turn, consent, rows), text or consent.text(turn.language)]
    buttons = []
    if in_force:
        buttons.append(Button(key=f"end.{purpose}", label=turn.words("consent-withdraw"), tone="bad"))
    if possible(turn, purpose) and not await given(turn, purpose):
        buttons.append(Button(key=f"ask.{purpose}", label=turn.words("consent-give")))
    if not turn.may("personal"):
        lines.append(turn.words("consents-not-here"))
    back = Button(key="consents", step="menu", label=turn.words("button-consents"))
    return Say(text="\n\n".join(lines), step="consents", buttons=(*buttons, back, menu_button(turn)))


def ending(turn: Turn, purpose: str) -> Reply:
    """Before it is taken back: what follows."""
    follows = "consent-end-answers" if purpose == ANSWERS else "consent-end-other"
    return Say(
        text=turn.words(follows),
        step="consents",
        buttons=(
            Button(key=f"sure.{purpose}", label=turn.words("consent-withdraw-yes"), tone="bad"),
            Button(key=f"show.{purpose}", label=turn.words("consent-withdraw-no")),
        ),
    )


async def place(turn: Turn, name: str) -> Reply:
    """The screen of this name, for typed numbers and pages."""
    what, _, purpose = name.partition(".")
    if what == "consent-end" and turn.office.consent(purpose) is not None:
        return ending(turn, purpose)
    return await one(turn, purpose) if what == "consent" and purpose else await listing(turn)


async def pressed(turn: Turn, step: str, key: str) -> Step | None:
    """A button of «Мои согласия», or of a text that is on the screen no more; None when it is neither."""
    if step.startswith("consent."):
        # The text of an earlier moment: an answer to it is no consent. What is asked now is asked anew.
        return Step(Idle(place="consents"), [Say(text=turn.words("consent-old")), await listing(turn)])
    if step != "consents":
        return None
    what, _, purpose = key.partition(".")
    consent = turn.office.consent(purpose)
    if consent is None:
        return Step(Idle(place="consents"), [await listing(turn)])
    shown = f"consent.{purpose}"
    match what:
        case "ask" if await needed(turn, purpose):
            return ask(turn, Idle(place=shown), Idle(place=shown), purpose)
        case "end":
            return Step(Idle(place=f"consent-end.{purpose}"), [ending(turn, purpose)])
        case "sure":
            return Step(Idle(place=shown), [Say(text=await withdraw(turn, purpose)), await one(turn, purpose)])
        case _:
            return Step(Idle(place=shown), [await one(turn, purpose)])


async def withdraw(turn: Turn, purpose: str) -> str:
    """Stops at once: nothing personal is kept under it any more. Gives what is said of it. Messages and suggestions
    stay, so that they are answered, but without name, contact and files, and with numbers hidden."""
    if not await consents.withdraw(turn.session, turn.key, turn.now, purpose):
        return turn.words("consent-was-withdrawn")
    await journal.note(turn.session, turn.now, "client", "consent.withdrawn", purpose)
    if purpose != ANSWERS:
        return turn.words("consent-withdrawn")
    await plain_draft(turn)
    numbers: list[str] = []
    if turn.office.appeals is not None:
        numbers = await erasure.depersonalise(
            turn.session,
            turn.office.appeals,
            turn.keys,
            turn.key,
            turn.calendar.today(turn.now),
            turn.now,
            hide=lambda text: mask(text, keep=office_phones(turn)).text,
        )
    if numbers and turn.may("track"):
        return turn.words("consent-withdrawn-numbers", numbers=", ".join(numbers), n=len(numbers))
    return turn.words("consent-withdrawn")
