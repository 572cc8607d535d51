"""What each channel may carry (domain.md, section 4): one table, one gate.

Dialogues ask before they offer; `hearing` lets no reply out that asks for what the mode forbids.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.channels import Mode
from bot.messages import Asks, Reply

_ALLOWED: dict[Mode, frozenset[Asks]] = {
    "off": frozenset(),
    "info": frozenset({"nothing"}),
    "anonymous": frozenset({"nothing", "rating", "comment", "relay"}),
    "track": frozenset({"nothing", "rating", "comment", "relay", "track"}),
    "personal": frozenset({"nothing", "rating", "comment", "relay", "track", "personal"}),
}


class Forbidden(Exception):
    """A reply asks for what this channel may not carry; nothing of the turn is kept."""

    def __init__(self, asks: Asks) -> None:
        super().__init__(asks)
        self.asks = asks


def may(mode: Mode, asks: Asks) -> bool:
    return asks in _ALLOWED[mode]


def check(mode: Mode, replies: Iterable[Reply]) -> None:
    """Raises Forbidden."""
    for reply in replies:
        if not may(mode, reply.asks):
            raise Forbidden(reply.asks)


def masks_outgoing(mode: Mode) -> bool:
    """Whether texts of staff to clients are masked like comments: everywhere but in `personal`."""
    return mode != "personal"
