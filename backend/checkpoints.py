"""Named points of the way of an event, at which the torture test kills the process. In production nobody listens."""

from __future__ import annotations

from collections.abc import Callable

listeners: list[Callable[[str], None]] = []


def reached(name: str) -> None:
    """Tell the listeners that this point was reached."""
    for listener in listeners:
        listener(name)
