"""What every channel is: a module that reads, renders and sends. Nothing here knows any messenger."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from bot.messages import Address, Incoming, Reply

Mode = Literal["off", "info", "anonymous", "track", "personal"]


class Failure(Exception):
    """A send that did not work; always one of the three below."""


class TryLater(Failure):
    """Not now: rate limit (`limited`), server error, broken connection. `seconds` to wait before the next try."""

    def __init__(self, seconds: float, why: str = "", *, limited: bool = False) -> None:
        super().__init__(why or f"try again in {seconds} s")
        self.seconds = seconds
        self.limited = limited


class Unreachable(Failure):
    """This address takes no messages: blocked, never started, chat gone. `moved_to`: the chat's new id, if told."""

    def __init__(self, why: str = "", moved_to: str = "") -> None:
        super().__init__(why)
        self.moved_to = moved_to


class Rejected(Failure):
    """The messenger refuses this very message: a fault of ours, loud in the log, never repeated."""


class CannotEdit(Failure):
    """The posted message can no longer be changed; the caller sends one reply to it instead."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What dialogues may know of a channel, in words that name no messenger.

    mode: what the channel may carry (domain.md, section 4).
    writes_in_groups: a free text can be asked inside a group.
    gap: seconds that must lie between two messages to this chat, where the messenger limits that.
    pages: the reader sees a page of ours (links back to our own site make sense, secrets are shown as addresses).
    """

    name: str
    mode: Mode
    writes_in_groups: bool = True
    pages: bool = False
    gap: Callable[[Address], float] | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """How a turn ended, after the commit. Sending the replies is not the receiver's work: `hearing` hands them to
    the channel's `answer` by itself. `forgotten`: the client had his data deleted. `step`: what is asked now, "" when
    nothing is; None when only a look would tell. `ended`: for the figures of the installation, not for channels.
    `farewell`: the last words to somebody whose data are gone; no look would find them."""

    repeated: bool = False
    forgotten: bool = False
    step: str | None = None
    ended: Literal["answered", "refused", "slowed", "failed"] = "answered"
    farewell: str = ""


class Hear(Protocol):
    """What a channel calls with each event; returns after the commit. Raises Busy when nothing could be stored."""

    async def __call__(self, incoming: Incoming) -> Heard: ...


@dataclass(frozen=True, slots=True)
class Screen:
    """What a chat shows now. `step`: the step that asks for input, "" when nothing is asked. `staff`: it is a member
    of staff's. `desk`: he works with appeals. `known`: the conversation exists."""

    replies: tuple[Reply, ...]
    step: str = ""
    staff: bool = False
    desk: bool = False
    known: bool = True
    language: str = "ru"


class Look(Protocol):
    """Read-only view of a chat for channels that have pages. `step` asks for an earlier question of the open survey
    (browser's Back), "menu"/"tasks"/… for a screen of that name."""

    async def __call__(self, where: Address, step: str = "", language: str = "") -> Screen: ...


@dataclass(frozen=True, slots=True)
class Uploads:
    """Where a channel lays a file until it was heard, and then deletes it; how large one may be."""

    folder: Path
    most_bytes: int


class Busy(Exception):
    """The event was not accepted (database locked or away): do not confirm it, it must come again."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are in a messenger, learned from it: shown name and the start of deep links."""

    name: str
    link: str  # deep link with a place for the payload: «…?start={payload}»
    group_link: str = ""


class Channel(Protocol):
    """One messenger. `ready` is False while it cannot be reached: hidden on the landing, waited for."""

    traits: Traits
    identity: Identity | None
    ready: bool
    per_second: float  # messages a second that the messenger takes from us in all

    async def connect(self) -> None:
        """Learn who we are. Raises TryLater when the messenger is away, Rejected when the token is wrong."""

    async def receive(self, hear: Hear, cursor: Cursor) -> None:
        """Poll for ever. The cursor moves only past committed turns."""

    async def answer(self, incoming: Incoming | None, where: Address, replies: Sequence[Reply], seed: int) -> None:
        """Show the replies of one turn. `incoming` is None on a retry after a crash. `seed` makes repeats of the
        same turn recognisable where the messenger can (VK random_id)."""

    async def post(self, where: Address, reply: Reply, seed: int) -> str:
        """Send one unasked message; gives the messenger's id of it."""

    async def edit(self, where: Address, message: str, reply: Reply) -> None:
        """Change a posted message in place. Raises CannotEdit."""

    async def close(self) -> None: ...


class Cursor(Protocol):
    """The place in the stream of updates, kept in our database."""

    async def get(self) -> str: ...
    async def put(self, value: str) -> None: ...


Sleep = Callable[[float], Awaitable[None]]
