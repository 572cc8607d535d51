"""The language that dialogues and channels share: events come in, replies go out, both as plain data.

A channel turns its native update into an `Incoming` and a `Reply` into its native message. A dialogue knows
nothing else of a messenger. The unions are closed: a new kind makes the type checker name every place to extend.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

PRESS_BYTES: Final = 64  # Telegram's callback_data, the tightest of all channels
_STEP = re.compile(r"[a-z0-9_.~-]{1,40}\Z")
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,40}\Z")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message can be sent: a channel's name and the channel's own id of a chat or a person."""

    channel: str
    id: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read `telegram:-100…`. Raises ValueError when there is no channel or no id."""
        channel, _, ident = text.strip().partition(":")
        if not channel or not ident:
            raise ValueError(f"an address looks like telegram:-1001234567890 or vk:2000000001, not {text!r}")
        return cls(channel, ident)


# --- events -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Start:
    """A deep link, a scanned code or the «Start» button. `text` is what the client wrote along with it (VK)."""

    payload: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Words typed by a person. `reply_to_bot`: written as an answer to a message of ours (matters in groups)."""

    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """A button. `label` is what the button said, where the channel knows it."""

    step: str
    key: str


@dataclass(frozen=True, slots=True)
class Fill:
    """A whole form for one step (web): chosen keys and text together. `revise`: the person went back on purpose,
    so an answer to an earlier question replaces the old one instead of being called old."""

    step: str
    keys: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that was checked and stored, as a row names it. `name` is the client's own, made safe."""

    stored: str
    kind: str
    size: int
    name: str


Refusal = Literal["empty", "large", "kind", "archive", "broken", "virus", "scanner"]


@dataclass(frozen=True, slots=True)
class File:
    """A file, with the words that came along and, on a page, the step of its form.

    A channel gives `path`, where it lies until it was heard – "" when it was not fetched: too large by what was said of
    its `size`, or not to be had (`refused`). Before the turn, hearing has it checked and fills in `kept` or `refused`:
    a dialogue sees one of the two. What no dialogue keeps in a row is swept up.
    """

    name: str
    path: str = ""
    size: int = 0
    text: str = ""
    step: str = ""
    shown: Literal["photo", "file"] = "file"
    kept: KeptFile | None = None
    refused: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something we do not take: told plainly, then the same question again."""

    kind: Literal["voice", "photo", "video", "file", "sticker", "contact", "location", "edited", "foreign", "other"]


@dataclass(frozen=True, slots=True)
class Joined:
    """The bot was put into a group."""


@dataclass(frozen=True, slots=True)
class Left:
    """The person blocked the bot, or the bot was put out of a group."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A group got a new id (Telegram supergroups)."""

    to: str


Event = Start | Text | Press | Fill | File | Unreadable | Joined | Left | Moved


@dataclass(frozen=True, slots=True)
class Incoming:
    """One native update, neutral.

    id: the channel's own stable id of the update, at most 40 characters; redelivery repeats it.
    who / where: the person and the chat; they differ in groups.
    language: the messenger's language of the person as a two-letter code, where known.
    name: how the messenger names the person; used only for staff acting in a bound group.
    native: what the adapter needs to answer well (message to edit, callback to confirm); never stored.
    """

    id: str
    who: Address
    where: Address
    event: Event
    language: str | None = None
    name: str = ""
    native: object = field(default=None, compare=False, repr=False)

    @property
    def private(self) -> bool:
        return self.who == self.where


# --- replies ----------------------------------------------------------------------------------------------

Asks = Literal["nothing", "rating", "comment", "relay", "track", "personal"]
"""What a reply asks for or shows: `track` is the number, secret code, stage and dates of an appeal; `personal` are
names, contacts, files, and the words of an appeal or its answer."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Button(_Data):
    """One thing to press. `step` overrides the reply's own step; `url` makes it a link (then key is unused)."""

    key: str = ""
    label: str
    step: str = ""
    url: str = ""
    chosen: bool = False
    tone: Literal["plain", "good", "bad"] = "plain"


class _Reply(_Data):
    text: str
    step: str = "menu"
    asks: Asks = "nothing"


class Say(_Reply):
    """Plain words, with buttons where something may follow. `menu`: a lasting way to the menu belongs here."""

    kind: Literal["say"] = "say"
    buttons: tuple[Button, ...] = ()


class _Question(_Reply):
    progress: str = ""
    hint: str = ""
    note: str = ""  # «обязательно» / «можно пропустить»
    controls: tuple[Button, ...] = ()


class Rate(_Question):
    """A scale; one option is chosen. `high`, `low`: words for the ends, where only these have words."""

    kind: Literal["rate"] = "rate"
    options: tuple[Button, ...]
    high: str = ""
    low: str = ""

    @property
    def marks(self) -> tuple[Button, ...]:
        """The options that are numbers: not «hard to say»."""
        return tuple(option for option in self.options if option.key.isdecimal())

    @property
    def ends(self) -> str:
        """«10 – точно, 0 – ни за что»"""
        if not (self.high and self.low and self.marks):
            return ""
        return f"{self.marks[0].key} – {self.high}, {self.marks[-1].key} – {self.low}"


class Choose(_Question):
    """Options of which one, or several (`many`, closed by the control `done`), are chosen."""

    kind: Literal["choose"] = "choose"
    options: tuple[Button, ...]
    many: bool = False


class Write(_Question):
    """Free text. `value` is what was written before (shown in the browser's field). `files`: takes a file too."""

    kind: Literal["write"] = "write"
    value: str = ""
    limit: int = 2000
    files: bool = False


class Keep(_Reply):
    """A personal secret address that the client must keep: shown as text and as a code to scan."""

    kind: Literal["keep"] = "keep"
    url: str
    buttons: tuple[Button, ...] = ()


Reply = Annotated[Say | Rate | Choose | Write | Keep, Field(discriminator="kind")]
replies_json: TypeAdapter[list[Reply]] = TypeAdapter(list[Reply])


# --- the codec of presses ---------------------------------------------------------------------------------


def encode(step: str, key: str) -> str:
    """A press as at most 64 ASCII bytes. Raises ValueError when step or key do not fit: a fault of ours."""
    data = f"{step}:{key}"
    if not _STEP.match(step) or not _KEY.match(key) or len(data) > PRESS_BYTES:
        raise ValueError(f"this press cannot be encoded: {data!r}")
    return data


def decode(data: str) -> Press | None:
    """Read a press; None when the data are not ours (foreign, malformed, oversized)."""
    step, colon, key = data.partition(":")
    if not colon or len(data) > PRESS_BYTES or not _STEP.match(step) or not _KEY.match(key):
        return None
    return Press(step, key)


def press_of(reply: Say | Rate | Choose | Write | Keep, button: Button) -> str:
    """The encoded press of a button of this reply."""
    return encode(button.step or reply.step, button.key)


def buttons_of(reply: Say | Rate | Choose | Write | Keep) -> tuple[Button, ...]:
    """All buttons of a reply in the order shown: options first, controls last."""
    match reply:
        case Say() | Keep():
            return reply.buttons
        case Rate() | Choose():
            return reply.options + reply.controls
        case Write():
            return reply.controls


def words_of(reply: Say | Rate | Choose | Write | Keep) -> str:
    """The whole text of a reply for channels that show one block: progress, text, hint."""
    match reply:
        case Say() | Keep():
            return reply.text
        case Rate() | Choose() | Write():
            head = " · ".join(part for part in (reply.progress, reply.note) if part)
            ends = reply.ends if isinstance(reply, Rate) else ""
            return "\n".join(part for part in (head, reply.text, ends, reply.hint) if part)
