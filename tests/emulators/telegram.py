"""A strict Telegram Bot API server on loopback: the methods a bot with texts and buttons needs.

    async with TelegramEmulator(token="123456:TEST") as tg:
        session = AiohttpSession(api=TelegramAPIServer.from_base(tg.url))
        anna = tg.user(id=7, first_name="Анна")
        await anna.starts("7KD4M2XA")
        await anna.gets("Оцените")

It differs from the real server on purpose in one thing: a webhook on loopback may be plain http on any port.
As its own process: ``python -m tests.emulators.telegram --port 8081 --token 123456:TEST`` (``control.py``).
"""

from __future__ import annotations

import re
import time
from typing import Any

from .control import main
from .loopback import Params
from .telegram_people import Group, Message, Screen, User
from .telegram_text import Entity, Refused, bad, parse, read_markup
from .telegram_updates import UpdateServer, integer, json_value, too_many

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
QUERY_LIFE = 600.0  # seconds; the real figure is not published


class TelegramEmulator(UpdateServer):
    """The methods around messages and buttons; error texts as in tdlib. Settings: the parent's."""

    def do_setMyCommands(self, params: Params) -> bool:
        commands, scope = json_value(params, "commands", list), json_value(params, "scope", dict)
        if len(commands) > 100:
            raise bad("too many commands specified")
        for command in commands:
            if not re.fullmatch(r"/?[a-z0-9_]{1,32}", str(command.get("command"))):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description") or "")) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        language = params.get("language_code", "")
        if not re.fullmatch(r"([a-z]{2})?", language):
            raise bad("invalid language code specified")
        self.commands[scope.get("type", "default") if scope else "default", language] = commands
        return True

    def do_deleteMyCommands(self, params: Params) -> bool:
        self.commands.pop(("default", params.get("language_code", "")), None)
        return True

    def do_setMyDescription(self, params: Params) -> bool:
        return _short(params, "description", 512)

    def do_setMyShortDescription(self, params: Params) -> bool:
        return _short(params, "short_description", 120)

    def do_sendMessage(self, params: Params) -> dict[str, Any]:
        text, entities = self._text(params, "text", 4096)
        return self._send(params, text, entities)

    def do_sendPhoto(self, params: Params) -> dict[str, Any]:
        if not params.get("photo"):
            raise bad("there is no photo in the request")
        text, entities = self._text(params, "caption", 1024) if params.get("caption") else ("", [])
        return self._send(params, text, entities, photo=True)

    def do_editMessageText(self, params: Params) -> dict[str, Any]:
        text, entities = self._text(params, "text", 4096)
        return self._edit(params, text, entities)

    def do_editMessageReplyMarkup(self, params: Params) -> dict[str, Any]:
        return self._edit(params, None, [])

    def do_deleteMessage(self, params: Params) -> bool:
        chat = self._chat(params)
        message = self.messages.pop((chat.id, integer(params, "message_id")), None)
        if message is None:
            raise bad("message to delete not found")
        if message in chat.inbox:
            chat.inbox.remove(message)
        return True

    def do_answerCallbackQuery(self, params: Params) -> bool:
        if len(params.get("text") or "") > 200:
            raise bad("MESSAGE_TOO_LONG")
        # An answered query is unknown from then on.
        asked, user = self._queries.pop(str(params.get("callback_query_id", "")), (None, None))
        if asked is None or user is None or time.monotonic() - asked > QUERY_LIFE:
            raise bad(TOO_OLD)
        user.spinning.discard(str(params["callback_query_id"]))
        if text := params.get("text"):
            user.toasts.append(text)
            if str(params.get("show_alert", "")).lower() == "true":
                user.alerts.append(text)
        self.changed()
        return True

    def do_sendChatAction(self, params: Params) -> bool:
        if params.get("action") not in ("typing", "upload_photo", "upload_document", "choose_sticker"):
            raise bad("wrong parameter action in request")
        chat = self._chat(params)
        chat.actions += 1
        return True

    def do_getChat(self, params: Params) -> dict[str, Any]:
        kinds = "unlimited_gifts limited_gifts unique_gifts premium_subscription gifts_from_channels"
        gifts = dict.fromkeys(kinds.split(), False)
        more = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}
        return {**self._chat(params, writable=False).native(), **more}

    # ---- what the methods share

    def _text(self, params: Params, name: str, most: int) -> tuple[str, list[Entity]]:
        raw = params.get(name) or ""
        if not isinstance(raw, str):
            raise bad(f'field "{name}" must be of type String')
        if not raw:
            raise bad("message text is empty")
        if len(raw.encode()) > 32768:
            raise bad("message is too long")
        text, entities = parse(raw, params.get("parse_mode") or "")
        if given := json_value(params, "entities", list):
            entities = given
        text = text.rstrip() if entities else text.strip()
        if not text:
            raise bad("text must be non-empty")
        if len(text) > most:
            raise bad("message is too long" if name == "text" else "message caption is too long")
        return text, entities

    def _chat(self, params: Params, *, writable: bool = True) -> Screen:
        given = params.get("chat_id")
        if given in (None, ""):
            raise bad("chat_id is empty")
        try:
            chat = self.chats.get(int(given))
        except (TypeError, ValueError):
            chat = None
        if chat is None:
            raise bad("chat not found")
        if not writable:
            return chat
        if isinstance(chat, User):
            if chat.deactivated:
                raise Refused(403, "Forbidden: user is deactivated")
            if chat.blocked:
                raise Refused(403, "Forbidden: bot was blocked by the user")
            if not chat.started:
                raise Refused(403, "Forbidden: bot can't initiate conversation with a user")
        elif isinstance(chat, Group):
            kind = "supergroup" if chat.supergroup else "group"
            if chat.life.moved_to is not None:
                moved = {"migrate_to_chat_id": chat.life.moved_to}
                raise Refused(400, "Bad Request: group chat was upgraded to a supergroup chat", moved)
            if chat.life.status in ("kicked", "left"):
                # A basic group that removed the bot answers "kicked" too.
                raise Refused(403, f"Forbidden: bot was kicked from the {kind} chat")
        return chat

    def _count(self, chat: Screen, *, edit: bool = False) -> None:
        if self.rates and (wait := self.rates.refuse(chat.id, time.monotonic(), edit=edit)):
            raise too_many(wait)
        if (asked := self._asked.pop(chat.id, None)) is not None:
            self.turn_times.append(time.perf_counter() - asked)

    def _send(self, params: Params, text: str, entities: list[Entity], photo: bool = False) -> dict[str, Any]:
        private = not str(params.get("chat_id", "")).startswith("-")
        markup = read_markup(params.get("reply_markup"), private=private)
        chat = self._chat(params)
        reply = json_value(params, "reply_parameters", dict)
        target = int(reply.get("message_id", 0))
        if reply and not reply.get("allow_sending_without_reply") and not 0 < target <= self.last_id:
            raise bad("message to be replied not found")
        self._count(chat)
        message = Message(self.new_id(), chat, int(time.time()), text, entities, markup, photo=photo)
        if reply:
            message.reply_to = target
        if self.record:
            self.messages[chat.id, message.id] = message
        chat.show(message)
        return message.native()

    def _edit(self, params: Params, text: str | None, entities: list[Entity]) -> dict[str, Any]:
        markup = read_markup(params.get("reply_markup"), private=True)
        if markup and "inline_keyboard" not in markup:
            raise bad("inline keyboard expected")
        chat = self._chat(params)
        if not (id := integer(params, "message_id")):
            raise bad("message identifier is not specified")
        message = self.messages.get((chat.id, id))
        if message is None and not self.record and chat.inbox and chat.inbox[-1].id == id:
            message = chat.inbox[-1]
        if message is None:
            if self.record or not 0 < id <= self.last_id:
                raise bad("message to edit not found")
            message = Message(id, chat, int(time.time()), "", [], None)
        if message.photo and text is not None:
            raise bad("there is no text in the message to edit")
        if text is None:
            text, entities = message.text, message.entities
        if message.markup and not message.inline:
            raise bad("message can't be edited")
        if (text, entities, markup) == (message.text, message.entities, message.markup):
            raise bad(NOT_MODIFIED)
        self._count(chat, edit=True)
        message.text, message.entities, message.markup, message.edited = text, entities, markup, True
        chat.show(message)
        return message.native()


def _short(params: Params, name: str, most: int) -> bool:
    if len(params.get(name) or "") > most:
        raise bad(f"{name} is too long")
    return True


if __name__ == "__main__":
    main(TelegramEmulator, "123456:TEST")
