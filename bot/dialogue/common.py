"""Small things that several dialogues say."""

from __future__ import annotations

from functools import lru_cache

from backend import tasks
from backend.danger import DEFAULT, DangerWords
from backend.masking import mask
from backend.office.model import DangerWords as AddedWords
from bot.dialogue.turn import Turn
from bot.messages import Asks, Button, Say
from bot.policy import may


def menu_button(turn: Turn) -> Button:
    return Button(key="open", step="menu", label=turn.words("button-menu"))


def office_phones(turn: Turn) -> tuple[str, ...]:
    """Numbers of the office itself: they are not masked."""
    return (turn.office.phone,)


def danger_words(turn: Turn) -> DangerWords:
    return words_of_danger(turn.office.danger)


@lru_cache(maxsize=4)
def words_of_danger(added: AddedWords) -> DangerWords:
    """The shipped list with the office's own; kept, since the phrases are compiled once for each list."""
    return DEFAULT.extended(sure=added.sure, exceptions=added.exceptions)


async def open_danger(turn: Turn, text: str) -> Say:
    """Words of danger to life outside a comment: a task at once, and 112 for the client."""
    kept = mask(text[:2000], keep=office_phones(turn)).text if turn.may("comment") else ""
    await tasks.open_task(
        turn.session, kind="danger", channel=turn.traits.name, now=turn.now, announce_at=turn.now, text=kept
    )
    return Say(text=turn.words("danger"), buttons=(menu_button(turn),))


def where_else(turn: Turn, asks: Asks) -> Say:
    """A refusal that names the channels which can: nobody is left without a way."""
    able = [door for door in turn.doors if may(door.mode, asks) and door.name != turn.traits.name]
    names = ", ".join(turn.words(f"channel-{door.name}") for door in able)
    buttons = tuple(
        Button(label=turn.words("button-go-to", name=turn.words(f"channel-{door.name}")), url=door.link)
        for door in able
        if door.link
    )
    key = "refused-elsewhere" if able else "refused"
    return Say(text=turn.words(key, names=names, phone=turn.office.phone), buttons=buttons)
