"""Telegram: reads updates, renders replies, receives by polling or webhook. aiogram is the typed client only.

Limits: core.telegram.org/bots/api (text, callback data), tdlib (URLs of buttons), what clients show (a row).
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import math
import random
import re
import unicodedata
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, assert_never

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ContentType
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteWebhook,
    EditMessageReplyMarkup,
    EditMessageText,
    GetMe,
    GetUpdates,
    GetWebhookInfo,
    SendMessage,
    SetMyCommands,
    SetWebhook,
)
from aiogram.methods.base import Response as Answer
from aiogram.methods.base import TelegramMethod, TelegramType
from aiogram.types import (
    BotCommand,
    CallbackQuery,
    ChatMemberUpdated,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReplyParameters,
    Update,
    User,
    WebhookInfo,
)
from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from bot import layout
from bot.channels import (
    Busy,
    CannotEdit,
    Cursor,
    Failure,
    Hear,
    Identity,
    Mode,
    Rejected,
    Sleep,
    Traits,
    TryLater,
    Unreachable,
)
from bot.messages import (
    Address,
    Button,
    Choose,
    Event,
    Incoming,
    Joined,
    Keep,
    Left,
    Moved,
    Press,
    Rate,
    Reply,
    Say,
    Start,
    Text,
    Unreadable,
    Write,
    decode,
    press_of,
    words_of,
)

log = logging.getLogger(__name__)
logging.getLogger("aiogram").setLevel(logging.WARNING)  # its INFO lines carry ids of people

NAME: Final = "telegram"
TEXT: Final = 4096
ROW: Final = 8  # what clients show; the server drops a button from the 13th of a row on
BUTTONS: Final = 100
MARKUP_BYTES: Final = 9_000  # practice: about 10 KB are refused as «reply markup is too long»
LABEL: Final = 64  # a phone shows about 35 characters; what is cut here stands in the text in full
CONTROLS_WIDTH: Final = 36  # the words that fit side by side on a phone

UPDATES: Final = ["message", "edited_message", "callback_query", "my_chat_member"]
POLL_SECONDS: Final = 25
BATCH: Final = 100
AT_ONCE: Final = 32
BODY: Final = 1_000_000
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
REMEMBERED: Final = 2_000  # turns whose sent messages are remembered for a retry

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,64})(?:@(\w+))?(?:\s+(.*))?\Z", re.DOTALL)
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")  # what Telegram lets through in t.me/bot?start=…
_ADDRESS = re.compile(r"\w+://\S+")  # a refused one may be a client's secret
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)  # a preview would open a client's secret address
_INVISIBLE = "…"  # for a text or a label with nothing to see, which Telegram refuses

# pydantic builds the type of an answer anew, a millisecond long, when nobody holds it.
_ANSWERS: Final = [
    Answer[method.__returning__]  # type: ignore[name-defined]  # a type only at run time
    for method in (AnswerCallbackQuery, EditMessageReplyMarkup, EditMessageText, GetUpdates, SendMessage)
]

COMMANDS: Final[dict[str | None, dict[str, str]]] = {
    None: {
        "menu": "Главное меню",
        "rate": "Оценить приём или услугу",
        "appeals": "Мои обращения",
        "language": "Язык / Language",
        "help": "Помощь",
        "data": "Что о вас хранится",
        "delete": "Удалить мои данные",
        "stop": "Больше не писать мне",
    },
    "en": {
        "menu": "Main menu",
        "rate": "Rate a visit or a service",
        "appeals": "My appeals",
        "language": "Language / Язык",
        "help": "Help",
        "data": "What is stored about you",
        "delete": "Delete my data",
        "stop": "Stop messages",
    },
}


# --- reading ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spot:
    """Where on the screen an event happened: what is needed to answer it well. `text`, `keyboard`: of the
    pressed message. `topic`: the thread of a forum."""

    message: int
    person: User
    topic: int | None = None
    callback: str = ""
    text: str = ""
    keyboard: InlineKeyboardMarkup | None = None


def read(update: Update, bot_id: int, username: str) -> Incoming | None:
    """The update in neutral words; None when it is not for us (channels, other bots, talk in groups)."""
    if update.callback_query is not None:
        return _read_press(update.update_id, update.callback_query)
    if update.my_chat_member is not None:
        return _read_membership(update.update_id, update.my_chat_member)
    if update.message is not None:
        return _read_message(update.update_id, update.message, bot_id, username)
    if update.edited_message is not None:
        return _read_edited(update.update_id, update.edited_message, bot_id)
    return None


def _incoming(update: int, person: User, chat: int, event: Event, native: Spot | None = None) -> Incoming:
    language = (person.language_code or "")[:2].lower()
    return Incoming(
        id=str(update),
        who=Address(NAME, str(person.id)),
        where=Address(NAME, str(chat)),
        event=event,
        language=language or None,
        name=_name(person),
        native=native,
    )


def _name(person: User) -> str:
    """The full name on one line, without characters that are invisible or turn the line around."""
    seen = "".join(c for c in layout.clean(person.full_name) if unicodedata.category(c) not in ("Cf", "Co", "Cn"))
    return layout.shorten(seen, 64)


def _read_press(update: int, query: CallbackQuery) -> Incoming | None:
    message = query.message
    if message is None or query.from_user.is_bot:
        return None
    spot = Spot(message.message_id, query.from_user, callback=query.id)
    if isinstance(message, Message):
        spot = replace(spot, text=message.text or "", keyboard=message.reply_markup, topic=_topic(message))
    event = decode(query.data or "") or Unreadable("foreign")
    return _incoming(update, query.from_user, message.chat.id, event, spot)


def _topic(message: Message) -> int | None:
    return message.message_thread_id if message.is_topic_message else None


def _read_membership(update: int, change: ChatMemberUpdated) -> Incoming | None:
    before, now = _is_in(change.old_chat_member), _is_in(change.new_chat_member)
    if change.chat.type == "channel" or before == now:
        return None
    if not now:
        return _incoming(update, change.from_user, change.chat.id, Left())
    # Unblocking in a private chat is followed by a message of the person.
    return None if change.chat.type == "private" else _incoming(update, change.from_user, change.chat.id, Joined())


def _is_in(member: Any) -> bool:
    return member.status not in ("left", "kicked") and bool(getattr(member, "is_member", True))


def _read_message(update: int, message: Message, bot_id: int, username: str) -> Incoming | None:
    person = message.from_user
    if message.migrate_to_chat_id is not None and person is not None:
        return _incoming(update, person, message.chat.id, Moved(str(message.migrate_to_chat_id)))
    if person is None or person.is_bot or message.chat.type == "channel":
        return None
    private = message.chat.type == "private"
    event = _event(message, username, private)
    if event is None:
        return None
    command = isinstance(event, Start) or (isinstance(event, Text) and event.text.startswith("/"))
    if not private and not command and not _answers_us(message, bot_id):
        return None
    spot = Spot(message.message_id, person, topic=_topic(message))
    return _incoming(update, person, message.chat.id, event, spot)


def _answers_us(message: Message, bot_id: int) -> bool:
    asked = message.reply_to_message
    return asked is not None and asked.from_user is not None and asked.from_user.id == bot_id


def _event(message: Message, username: str, private: bool) -> Event | None:
    if message.text is not None:
        return _words(layout.clean(message.text).strip(), username, private)
    kind = _unreadable(message)
    return Unreadable(kind) if kind else None


def _words(text: str, username: str, private: bool) -> Event | None:
    found = _COMMAND.match(text)
    if found is None:
        return Text(text)
    command, to, rest = found[1].lower(), found[2], (found[3] or "").strip()
    if to is not None and to.lower() != username.lower():
        return Text(text) if private else None
    if command == "start":
        return Start(payload=rest) if _PAYLOAD.match(rest) else Start(text=rest)
    return Text(f"/{command} {rest}".rstrip())


Kind = Literal["voice", "photo", "video", "file", "sticker", "contact", "location", "other"]


def _unreadable(message: Message) -> Kind | None:
    """The kind of what was sent; None for service messages (pinned, new title): nobody says them to us."""
    match ContentType(message.content_type).value:
        case "voice":
            return "voice"
        case "photo" | "live_photo":
            return "photo"
        case "video" | "video_note" | "animation":
            return "video"
        case "sticker":
            return "sticker"
        case "contact":
            return "contact"
        case "location" | "venue":
            return "location"
        case "document" | "audio":
            return "file"
        case "dice" | "poll" | "game" | "story" | "paid_media" | "checklist" | "rich_message" | "unknown":
            return "other"
        case _:
            return None


def _read_edited(update: int, message: Message, bot_id: int) -> Incoming | None:
    person = message.from_user
    # A live location is «edited» with every step of the person: only words count.
    if person is None or person.is_bot or (message.text is None and message.caption is None):
        return None
    if message.chat.type != "private" and not _answers_us(message, bot_id):
        return None
    spot = Spot(message.message_id, person, topic=_topic(message))
    return _incoming(update, person, message.chat.id, Unreadable("edited"), spot)


# --- rendering --------------------------------------------------------------------------------------------

Markup = InlineKeyboardMarkup | ForceReply


@dataclass(frozen=True, slots=True)
class Part:
    """One native message. `reply_to`: the person's message, so that a forced reply reaches him."""

    text: str
    markup: Markup | None = None
    entities: tuple[MessageEntity, ...] = ()
    reply_to: int | None = None


def render(reply: Reply, group: bool = False, spot: Spot | None = None) -> list[Part]:
    """The reply as messages inside Telegram's limits, the buttons under the last one.

    In a group a free text is asked by ForceReply, since privacy mode hides other messages from bots. `spot`
    says whom the question is for.
    """
    text = words_of(reply)
    options: tuple[Button, ...] = ()
    controls: tuple[Button, ...] = ()
    match reply:
        case Say():
            options = reply.buttons
        case Keep():
            text = f"{text}\n\n{reply.url}"
            options = reply.buttons
        case Rate() | Choose():
            options, controls = reply.options, reply.controls
        case Write():
            controls = reply.controls
        case _:
            assert_never(reply)
    closed = [b for b in (*options, *controls) if b.url and not layout.openable(b.url)]
    text = "\n".join([text, *(f"{b.label}: {b.url}" for b in closed)])
    options = tuple(b for b in options if b not in closed)
    controls = tuple(b for b in controls if b not in closed)
    keyboard = _keyboard(reply, options, controls)
    if _too_big(keyboard):
        linked = "\n".join(f"{b.label}: {b.url}" for b in options if b.url)
        pressed = layout.numbered(b for b in options if not b.url)
        text = "\n\n".join(part for part in (text, pressed, linked) if part)
        keyboard = _keyboard(reply, (), controls)
    elif any(layout.length(_label(b)) > LABEL for b in options):
        text = f"{text}\n\n{layout.numbered(b for b in options if not b.url)}"
    *first, last = _split(text)
    parts = [Part(text) for text in first]
    if group and isinstance(reply, Write):
        return parts + _forced(last, keyboard, spot)
    return [*parts, Part(last, InlineKeyboardMarkup(inline_keyboard=keyboard) if keyboard else None)]


def _split(text: str, room: int = 0) -> list[str]:
    parts = layout.split_text(layout.clean(text), TEXT - room)
    return [part for part in parts if _visible(part)] or [_INVISIBLE]


def _visible(text: str) -> bool:
    return any(unicodedata.category(char)[0] not in "ZCM" for char in text)


def _forced(text: str, keyboard: list[list[InlineKeyboardButton]], spot: Spot | None) -> list[Part]:
    """The question and the forced reply: two messages where there are buttons as well, for one carries
    one kind only."""
    asked = []
    if keyboard:
        asked, text = [Part(text, InlineKeyboardMarkup(inline_keyboard=keyboard))], "✍️"
    if spot is None:
        return [*asked, Part(text, ForceReply(force_reply=True))]
    force = ForceReply(force_reply=True, selective=True)
    if not spot.callback:
        return [*asked, Part(text, force, reply_to=spot.message)]
    # After a press there is no message of the person to reply to; a selective reply needs him called by name.
    name = _name(spot.person) or _INVISIBLE
    *first, last = _split(text, room=layout.length(name) + 2)
    call = MessageEntity(type="text_mention", offset=0, length=layout.length(name), user=spot.person)
    return [*asked, *(Part(part) for part in first), Part(f"{name}, {last}", force, entities=(call,))]


def _keyboard(reply: Reply, options: Sequence[Button], controls: Sequence[Button]) -> list[list[InlineKeyboardButton]]:
    laid = layout.rows(options, ROW, says=lambda button: button.label)
    width = sum(layout.length(button.label) for button in controls)
    laid += layout.evenly(controls, 3 if width <= CONTROLS_WIDTH else 1)
    return [[_button(reply, button) for button in row] for row in laid]


def _button(reply: Reply, button: Button) -> InlineKeyboardButton:
    text = layout.shorten(_label(button), LABEL)
    if button.url:
        return InlineKeyboardButton(text=text, url=button.url)
    style = {"good": "success", "bad": "danger"}.get(button.tone)
    return InlineKeyboardButton(text=text, callback_data=press_of(reply, button), style=style)


def _label(button: Button) -> str:
    text = layout.clean(layout.ticked(button))
    return text if _visible(button.label) else button.key or _INVISIBLE


def _too_big(keyboard: list[list[InlineKeyboardButton]]) -> bool:
    buttons = [button for row in keyboard for button in row]
    size = sum(len(b.text.encode()) + len((b.callback_data or b.url or "").encode()) + 30 for b in buttons)
    return len(buttons) > BUTTONS or size > MARKUP_BYTES


def mark_choice(text: str, keyboard: InlineKeyboardMarkup, press: Press) -> str:
    """The text of an answered question with what was chosen under it."""
    buttons = [button for row in keyboard.inline_keyboard for button in row]
    ticked = [b.text for b in buttons if b.text.startswith(layout.TICK)] if press.key == "done" else []
    data = f"{press.step}:{press.key}"
    said = ticked or [layout.TICK + b.text.removeprefix(layout.TICK) for b in buttons if b.callback_data == data][:1]
    return "\n".join([text, "", *said]) if said else text


def _turns_page(press: Press, reply: Reply) -> bool:
    """Is this reply the pressed screen itself in a new state: a toggled choice, a list, a card? Other screens
    stay as they are above the new message; thanks and answers must not vanish from the chat."""
    if reply.step != press.step:
        return False
    return isinstance(reply, Rate | Choose) or (
        isinstance(reply, Say) and press.step.startswith("task") and bool(reply.buttons)
    )


# --- failures ---------------------------------------------------------------------------------------------

_GONE = (
    "chat not found",
    "user is deactivated",
    "user not found",
    "bot was kicked",
    "bot was blocked",
    "peer_id_invalid",
    "group chat was deactivated",
    "chat_write_forbidden",
    "not enough rights to send",
    "have no rights to send",
)
_NOT_EDITABLE = (
    "message can't be edited",
    "message to edit not found",
    "message_id_invalid",
    "no text in the message",
)


def failure(error: Exception) -> Failure:
    """What the error means for the sender. The reason carries no id, token or content."""
    match error:
        case TelegramRetryAfter():
            return TryLater(float(error.retry_after), "too many requests", limited=True)
        case TelegramMigrateToChat():
            return Unreachable("the group has a new id", moved_to=str(error.migrate_to_chat_id))
        case TelegramForbiddenError():
            return Unreachable(error.message)
        case TelegramEntityTooLarge():
            return Rejected("the request is too large")
        case TelegramBadRequest() if any(words in error.message.lower() for words in _GONE):
            return Unreachable(error.message)
        case TelegramServerError() | TelegramNetworkError():
            return TryLater(2, type(error).__name__)
        case TelegramConflictError():
            return TryLater(2, "another process receives for this bot, or a webhook is set")
        case TelegramAPIError() if "too many requests" in (error.message or "").lower():
            return TryLater(1, "too many requests", limited=True)
        case TelegramAPIError():
            return Rejected(_ADDRESS.sub("…", error.message or type(error).__name__))
        case _:
            # HTML instead of JSON (ClientDecodeError carries the whole answer, so its text is not shown).
            return TryLater(2, type(error).__name__)


# --- the channel ------------------------------------------------------------------------------------------


class TelegramChannel:
    """A bot at `api_url` (api.telegram.org or a server of one's own). `timeout`: seconds a call may take."""

    per_second: float = 30  # core.telegram.org/bots/faq

    def __init__(
        self, token: str, api_url: str, mode: Mode, timeout: float = 20, *, sleep: Sleep = asyncio.sleep
    ) -> None:
        self.traits = Traits(NAME, mode, writes_in_groups=True, gap=_gap)
        self.identity: Identity | None = None
        self.ready = False
        self.username = ""
        self._bot = Bot(token, AiohttpSession(api=TelegramAPIServer.from_base(api_url), timeout=timeout))
        self._timeout = timeout
        self._sleep = sleep
        self._trouble = ""
        self._places = asyncio.Semaphore(AT_ONCE)
        self._sent: OrderedDict[tuple[str, str, int], list[int]] = OrderedDict()
        self._marked: OrderedDict[tuple[str, int], None] = OrderedDict()

    async def _call(self, method: TelegramMethod[TelegramType]) -> TelegramType:
        """Raises Failure."""
        try:
            return await self._bot(method)
        except (AiogramError, OSError, ValueError, TypeError) as error:
            # ValueError, TypeError: an answer that aiogram cannot decode (wrong encoding, no description).
            raise failure(error) from error

    async def introduce(self) -> None:
        """Learn who we are and change nothing. Raises TryLater, Rejected."""
        try:
            me = await self._call(GetMe())
        except Unreachable as error:  # 403 in answer to getMe: a dead token
            raise Rejected(str(error)) from error
        self.username = me.username or ""
        link = f"https://t.me/{self.username}"
        self.identity = Identity(me.first_name, f"{link}?start={{payload}}", f"{link}?startgroup={{payload}}")
        self.ready = True

    async def connect(self) -> None:
        await self.introduce()
        for language, words in COMMANDS.items():
            menu = [BotCommand(command=name, description=about) for name, about in words.items()]
            try:
                await self._call(SetMyCommands(commands=menu, language_code=language))
            except Failure as error:
                log.warning("telegram: the list of commands was not set: %s", error)

    async def close(self) -> None:
        await self._bot.session.close()

    # --- sending

    async def answer(self, incoming: Incoming | None, where: Address, replies: Sequence[Reply], seed: int) -> None:
        spot = incoming.native if incoming is not None and isinstance(incoming.native, Spot) else None
        press = incoming.event if incoming is not None and isinstance(incoming.event, Press) else None
        if spot is not None and spot.callback:
            await self._confirm(spot.callback)
        parts = [part for reply in replies for part in render(reply, _is_group(where), spot)]
        sent = self._sent_of("answer", where, seed)
        if spot is not None and press is not None and not sent:
            if replies and _turns_page(press, replies[0]) and len(render(replies[0], _is_group(where), spot)) == 1:
                if await self._edited(where, spot.message, parts[0]):
                    sent.append(spot.message)
            else:
                await self._close_question(where, spot, press)
        await self._send(where, parts, sent, spot.topic if spot is not None else None)

    async def post(self, where: Address, reply: Reply, seed: int) -> str:
        sent = self._sent_of("post", where, seed)
        await self._send(where, render(reply, _is_group(where)), sent, None)
        return str(sent[-1])

    async def edit(self, where: Address, message: str, reply: Reply) -> None:
        parts = render(reply, _is_group(where))
        if len(parts) > 1 or not message.isdecimal() or not await self._edited(where, int(message), parts[0]):
            raise CannotEdit("the message is gone, too old, or the new text is too long for it")

    def _sent_of(self, what: Literal["answer", "post"], where: Address, seed: int) -> list[int]:
        """Ids of the messages that this turn has sent already: a retry goes on after them."""
        sent = self._sent.setdefault((what, where.id, seed), [])
        self._sent.move_to_end((what, where.id, seed))
        if len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)
        return sent

    async def _send(self, where: Address, parts: Sequence[Part], sent: list[int], topic: int | None) -> None:
        for part in parts[len(sent) :]:
            reply_to = part.reply_to
            message = await self._call(
                SendMessage(
                    chat_id=where.id,
                    text=part.text,
                    entities=list(part.entities) or None,
                    reply_markup=part.markup,
                    message_thread_id=topic,
                    link_preview_options=_NO_PREVIEW,
                    reply_parameters=None
                    if reply_to is None
                    else ReplyParameters(message_id=reply_to, allow_sending_without_reply=True),
                )
            )
            sent.append(message.message_id)

    async def _confirm(self, callback: str) -> None:
        try:
            await self._call(AnswerCallbackQuery(callback_query_id=callback))
        except Failure as error:
            # Too old, or the network: the answer itself matters more than a spinning button.
            log.debug("telegram: a press was not confirmed: %s", error)

    async def _edited(self, where: Address, message: int, part: Part) -> bool:
        """Change a message; False when it cannot be changed. Raises Failure for anything else."""
        if isinstance(part.markup, ForceReply):
            return False
        change = EditMessageText(
            chat_id=where.id,
            message_id=message,
            text=part.text,
            reply_markup=part.markup,
            link_preview_options=_NO_PREVIEW,
        )
        return await self._changed(change)

    async def _changed(self, change: EditMessageText | EditMessageReplyMarkup) -> bool:
        try:
            await self._call(change)
        except Rejected as error:
            why = str(error).lower()
            if "message is not modified" in why:
                return True
            if any(words in why for words in _NOT_EDITABLE):
                return False
            raise
        return True

    async def _close_question(self, where: Address, spot: Spot, press: Press) -> None:
        """Write the choice under a survey's question and take its buttons away. Buttons of menus, tasks and
        answers stay: they go on working."""
        done = (where.id, spot.message)
        if (
            "~" not in press.step
            or press.step.startswith(("task", "menu", "reply."))
            or spot.keyboard is None
            or done in self._marked  # a second tap on the same question must not rewrite the choice
        ):
            return
        self._marked[done] = None
        if len(self._marked) > REMEMBERED:
            self._marked.popitem(last=False)
        text = mark_choice(spot.text, spot.keyboard, press)
        change: EditMessageText | EditMessageReplyMarkup
        if spot.text and layout.length(text) <= TEXT:
            change = EditMessageText(
                chat_id=where.id, message_id=spot.message, text=text, link_preview_options=_NO_PREVIEW
            )
        else:
            change = EditMessageReplyMarkup(chat_id=where.id, message_id=spot.message)
        try:
            await self._changed(change)
        except Failure as error:
            log.debug("telegram: an answered question keeps its buttons: %s", error)

    # --- receiving

    async def receive(self, hear: Hear, cursor: Cursor) -> None:
        await self._unhook()
        offset = _number(await cursor.get())
        busy = failed = 0
        while True:
            try:
                if self.identity is None:
                    await self.connect()
                updates, last = await self._updates(offset)
            except Failure as error:
                failed += 1
                self._down(str(error))
                seconds = error.seconds if isinstance(error, TryLater) else 30.0
                await self._sleep(max(seconds, _pause(failed, 1, 30)))
                if isinstance(error.__cause__, TelegramConflictError):
                    await self._unhook()
                continue
            failed = 0
            self._up()
            if last is None:
                continue
            held = await self.hear_all(hear, updates)
            reached = last + 1 if held is None else held
            if reached != offset:
                await self._keep(cursor, reached)
                offset = reached
            busy = busy + 1 if held is not None else 0
            if busy:
                await self._sleep(_pause(busy, 0.5, 5))

    async def _unhook(self) -> None:
        """Polling answers 409 while a webhook is set."""
        try:
            await self._call(DeleteWebhook())
        except Failure as error:
            log.warning("telegram: the webhook was not removed: %s", error)

    async def _keep(self, cursor: Cursor, offset: int) -> None:
        try:
            await cursor.put(str(offset))
        except Exception:
            # Telegram keeps the place too; after a restart the turns are recognised as repeated.
            log.warning("telegram: the place in the stream of updates was not stored")

    async def _updates(self, offset: int) -> tuple[list[Update], int | None]:
        """The next updates that can be read, and the number of the last one, readable or not."""
        call = GetUpdates(offset=offset or None, limit=BATCH, timeout=POLL_SECONDS, allowed_updates=UPDATES)
        try:
            updates = await self._bot(call, request_timeout=math.ceil(POLL_SECONDS + self._timeout))
        except ClientDecodeError as error:
            if not isinstance(error.original, ValidationError):
                raise failure(error) from error
            return self._readable(error.data)
        except (AiogramError, OSError, ValueError, TypeError) as error:
            raise failure(error) from error
        return updates, updates[-1].update_id if updates else None

    def _readable(self, answer: Any) -> tuple[list[Update], int | None]:
        """aiogram refuses a whole batch for one update that it cannot read; behind the others people wait."""
        raw = answer.get("result") if isinstance(answer, dict) else None
        numbers = (
            [u["update_id"] for u in raw if isinstance(u, dict) and isinstance(u.get("update_id"), int)]
            if isinstance(raw, list)
            else []
        )
        if not isinstance(raw, list) or not numbers:
            raise TryLater(2, "the answer is not a list of updates")
        found = [update for update in map(self.parse, raw) if update is not None]
        return found, max(numbers)

    def parse(self, raw: Any) -> Update | None:
        """One update; None, told in the log, when it cannot be read."""
        try:
            return Update.model_validate(raw, context={"bot": self._bot})
        except ValidationError as error:
            number = raw.get("update_id") if isinstance(raw, dict) else None
            where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
            log.error("telegram: update %s cannot be read and is skipped (%s)", number, where)
            return None

    async def hear_all(self, hear: Hear, updates: Iterable[Update]) -> int | None:
        """Let turns of different chats run at once, one chat's in order. Gives the number of the first update
        that was not committed, None when all were."""
        chats: dict[tuple[Address, Address], list[tuple[int, Incoming]]] = {}
        for update in updates:
            incoming = self.understand(update)
            if incoming is not None:
                chats.setdefault((incoming.where, incoming.who), []).append((update.update_id, incoming))

        async def in_order(events: list[tuple[int, Incoming]]) -> int | None:
            for number, incoming in events:
                async with self._places:
                    if not await self.hear_one(hear, incoming):
                        return number  # the rest of this chat waits behind it
            return None

        held = await asyncio.gather(*map(in_order, chats.values()))
        return min((number for number in held if number is not None), default=None)

    def understand(self, update: Update) -> Incoming | None:
        try:
            return read(update, self._bot.id, self.username)
        except Exception as error:  # one strange update must not stop the others; the log names the place
            log.error("telegram: update %s is skipped: %s", update.update_id, _place(error))
            return None

    async def hear_one(self, hear: Hear, incoming: Incoming) -> bool:
        """False when nothing could be stored. A fault inside a turn would come back with every repeat: it is
        told loudly and passed over."""
        try:
            await hear(incoming)
        except Busy:
            return False
        except Exception as error:
            log.error("telegram: the turn of update %s failed: %s", incoming.id, _place(error))
        return True

    def _up(self) -> None:
        if self._trouble:
            log.info("telegram: receiving again")
        self._trouble, self.ready = "", True

    def _down(self, why: str) -> None:
        if why != self._trouble:
            log.warning("telegram: not receiving: %s", why)
        self._trouble, self.ready = why, False

    async def set_webhook(self, url: str, secret: str) -> None:
        """Let Telegram post updates to an https address. `secret`: 1-256 of A-Za-z0-9_-. Raises Failure."""
        await self._call(SetWebhook(url=url, secret_token=secret, allowed_updates=UPDATES))

    async def webhook(self) -> WebhookInfo:
        """Where Telegram posts updates, how many wait, and its last trouble with that. Raises Failure."""
        return await self._call(GetWebhookInfo())


def _gap(where: Address) -> float:
    """One message a second into a chat, twenty a minute into a group (core.telegram.org/bots/faq)."""
    return 3.1 if _is_group(where) else 1.05


def _is_group(where: Address) -> bool:
    return where.id.startswith("-")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _pause(tries: int, base: float, most: float) -> float:
    """Growing pause with jitter, so that many bots do not come back at one moment."""
    return min(most, base * 2.0 ** min(tries - 1, 10)) * random.uniform(0.75, 1)  # noqa: S311 - not a secret


def _place(error: BaseException) -> str:
    """Kind and place of a fault; its message may hold a client's words."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    return f"{type(error).__name__} at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


# --- webhook ----------------------------------------------------------------------------------------------


def webhook_router(channel: TelegramChannel, hear: Hear, secret: str) -> APIRouter:
    """POST /webhooks/telegram: 200 after the commit, 503 when nothing could be stored (Telegram repeats it),
    403 without our secret."""
    if not secret:
        raise ValueError("a webhook without a secret would take anybody's updates")
    router = APIRouter()

    @router.post("/webhooks/telegram", include_in_schema=False)
    async def receive_update(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            return Response(status_code=403)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY:
                return Response(status_code=413)
        try:
            update = channel.parse(json.loads(body))
        except (ValueError, RecursionError):
            log.error("telegram: the webhook got something that is not JSON")
            update = None
        # What cannot be read is confirmed: Telegram would repeat it for a day, the chat's next ones waiting.
        incoming = channel.understand(update) if update is not None else None
        if incoming is not None and not await channel.hear_one(hear, incoming):
            return Response(status_code=503, headers={"Retry-After": "1"})
        return Response(status_code=200)

    return router
