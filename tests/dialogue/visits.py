"""Visits that many tests begin with."""

from __future__ import annotations

from tests.base.talk import Person

SITE = "7KD4M2XA"
WINDOW = "6XC3M8DH"  # room 104: owner demoev, deputy maketov
STAND = "5HV2E7JM"
FAULT = "это наша ошибка"


async def rates(client: Person, mark: str, *then: str, token: str = WINDOW) -> Person:
    """Come by the code, press the mark, then the rest."""
    await client.starts(token)
    await client.presses(mark, *then)
    return client


async def complains(client: Person, *, wants: bool, token: str = WINDOW, comment: str = "") -> Person:
    """A low mark with a reason, to the very end."""
    await rates(client, "2", "queue", "done", token=token)
    if comment:
        await client.types(comment)
    else:
        await client.presses("skip")
    await client.presses("yes" if wants else "no")
    return client
