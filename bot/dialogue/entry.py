"""An answer from paper or telephone, entered by a member of staff; its channel is kept (requirement 1.07)."""

from __future__ import annotations

from bot.dialogue.common import menu_button
from bot.dialogue.state import Entering, Idle
from bot.dialogue.turn import Step, Turn
from bot.messages import Event, Reply, Say


async def pressed(turn: Turn, step: str, key: str) -> Step | None:
    """A button of these screens; None when it is none of them."""
    return None


async def screen(turn: Turn, state: Entering) -> Reply:
    """What is asked now."""
    return Say(text=turn.words("not-understood"), buttons=(menu_button(turn),))


async def answer(turn: Turn, state: Entering, event: Event) -> Step:
    """One event while this is open."""
    return Step(Idle(), [await screen(turn, state)])
