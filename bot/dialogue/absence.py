"""«Меня нет до …»: a member of staff says until when he is away and who stands in for him."""

from __future__ import annotations

from bot.dialogue.common import menu_button
from bot.dialogue.state import Idle, Leaving
from bot.dialogue.turn import Step, Turn
from bot.messages import Event, Reply, Say


async def pressed(turn: Turn, step: str, key: str) -> Step | None:
    """A button of these screens; None when it is none of them."""
    return None


async def screen(turn: Turn, state: Leaving) -> Reply:
    """What is asked now."""
    return Say(text=turn.words("not-understood"), buttons=(menu_button(turn),))


async def answer(turn: Turn, state: Leaving, event: Event) -> Step:
    """One event while this is open."""
    return Step(Idle(), [await screen(turn, state)])
