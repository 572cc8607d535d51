"""Taking a mark out of the figures as spam or a double, with a reason; and back."""

from __future__ import annotations

from bot.dialogue.common import menu_button
from bot.dialogue.state import Excluding, Idle
from bot.dialogue.turn import Step, Turn
from bot.messages import Event, Reply, Say


async def pressed(turn: Turn, step: str, key: str) -> Step | None:
    """A button of these screens; None when it is none of them."""
    return None


async def screen(turn: Turn, state: Excluding) -> Reply:
    """What is asked now."""
    return Say(text=turn.words("not-understood"), buttons=(menu_button(turn),))


async def answer(turn: Turn, state: Excluding, event: Event) -> Step:
    """One event while this is open."""
    return Step(Idle(), [await screen(turn, state)])
