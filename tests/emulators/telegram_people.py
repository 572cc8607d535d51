"""Users and groups of the Telegram emulator: what they do, and what they see on the screen."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .telegram_text import COMMAND, utf16

if TYPE_CHECKING:
    from .telegram_updates import UpdateServer

START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(slots=True, eq=False)
class Message:
    """A message of the bot as it is displayed now."""

    id: int
    chat: Screen
    date: int
    text: str
    entities: list[dict[str, Any]]
    markup: dict[str, Any] | None
    edited: bool = False
    photo: bool = False
    reply_to: int | None = None

    @property
    def buttons(self) -> list[list[dict[str, Any]]]:
        markup = self.markup or {}
        return markup.get("inline_keyboard") or markup.get("keyboard") or []

    @property
    def rows(self) -> list[list[str]]:
        return [[b if isinstance(b, str) else b["text"] for b in row] for row in self.buttons]

    @property
    def labels(self) -> list[str]:
        return [label for row in self.rows for label in row]

    @property
    def inline(self) -> bool:
        return bool(self.markup and "inline_keyboard" in self.markup)

    def native(self) -> dict[str, Any]:
        """The ``Message`` object of the Bot API."""
        out: dict[str, Any] = {
            "message_id": self.id,
            "from": self.chat.server.me,
            "chat": self.chat.native(),
            "date": self.date,
        }
        if self.photo:
            size = {
                "file_id": f"photo{self.id}",
                "file_unique_id": f"p{self.id}",
                "width": 512,
                "height": 512,
            }
            out["photo"] = [size]
        if self.text:
            out["caption" if self.photo else "text"] = self.text
        if self.entities:
            out["caption_entities" if self.photo else "entities"] = self.entities
        if self.edited:
            out["edit_date"] = int(time.time())
        if self.inline:
            out["reply_markup"] = self.markup
        return out


class Screen:
    """What one chat shows. ``gets`` sees each message or edit once, in order, from the last own action on."""

    def __init__(self, server: UpdateServer, id: int) -> None:
        self.server = server
        self.id = id
        self.inbox: list[Message] = []
        self.keyboard: list[list[dict[str, Any]]] = []
        self.actions = 0  # sendChatAction calls
        self._journal: list[tuple[Message, str]] = []
        self._read = 0

    def native(self) -> dict[str, Any]:
        raise NotImplementedError

    @property
    def last(self) -> Message:
        assert self.inbox, "the bot has not written here"
        return self.inbox[-1]

    def show(self, message: Message) -> None:
        """Put a new or edited message on the screen."""
        markup = message.markup
        if markup and not message.edited:
            if "keyboard" in markup:
                self.keyboard = markup["keyboard"]
            elif "remove_keyboard" in markup:
                self.keyboard = []
        if self.server.record:
            if not message.edited:
                self.inbox.append(message)
            self._journal.append((message, message.text))
        elif not message.edited:
            self.inbox[:] = [message]
        self.server.changed()

    async def gets(self, part: str = "", timeout: float = 5.0) -> Message:  # noqa: ASYNC109 - the test's patience
        """The next message (new or edited) whose text contains ``part``."""

        def find() -> Message | None:
            for at in range(self._read, len(self._journal)):
                message, text = self._journal[at]
                if part in text:
                    self._read = at + 1
                    return message
            return None

        try:
            return await self.server.until(find, timeout, f"{part!r} in chat {self.id}")
        except AssertionError as error:
            seen = [text for _, text in self._journal[self._read :]]
            raise AssertionError(f"{error}; since the last action: {seen}; on screen: {self.texts[-3:]}") from None

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.inbox]

    def find(self, label: str, message: Message | None = None) -> tuple[Message, dict[str, Any]] | None:
        """The newest inline button with this label or callback_data."""
        for candidate in [message] if message else reversed(self.inbox):
            if candidate.inline:
                for row in candidate.buttons:
                    for button in row:
                        if label in (button["text"], button.get("callback_data")):
                            return candidate, button
        return None

    def acts(self) -> None:
        self._read = len(self._journal)

    async def _press(self, user: User, label: str, message: Message | None) -> int:
        found = self.find(label, message)
        if found is not None:
            shown, button = found
            assert "callback_data" in button, f"{label!r} is not a callback button: {button}"
            return await self.taps(button["callback_data"], shown, user)
        for row in [] if message else self.keyboard:
            for plain in row:
                text = plain if isinstance(plain, str) else plain["text"]
                if text == label:
                    if isinstance(plain, dict) and plain.get("request_contact"):
                        contact = {
                            "phone_number": "+79990000000",
                            "first_name": user.first_name,
                            "user_id": user.id,
                        }
                        return self._write(user, {"contact": contact})
                    return self._write(user, {"text": label})
        offered = [m.rows for m in (self.inbox if message is None else [message]) if m.rows][-3:]
        raise AssertionError(f"no button {label!r}; the last keyboards are {offered}")

    async def taps(self, data: str, message: Message | None = None, user: User | None = None) -> int:
        """Send a callback with any ``data``, also one that no button has (default: under the last)."""
        who = user or self
        assert isinstance(who, User)
        self.acts()
        return self.server.push_callback(who, message or self.last, data)

    def _write(self, user: User, content: dict[str, Any], reply_to: Message | None = None) -> int:
        self.acts()
        return self.server.push_message(user, self, content, reply_to)


class User(Screen):
    def __init__(self, server: UpdateServer, id: int, first_name: str, language_code: str | None, **more: str) -> None:
        super().__init__(server, id)
        self.first_name = first_name
        self.language_code = language_code
        self.more = more  # last_name, username
        self.started = False
        self.blocked = False
        self.deactivated = False
        self.toasts: list[str] = []
        self.alerts: list[str] = []
        self.spinning: set[str] = set()  # callback queries that the bot has not answered

    def native(self) -> dict[str, Any]:
        return {"id": self.id, "type": "private", "first_name": self.first_name, **self.more}

    def as_sender(self) -> dict[str, Any]:
        out = {"id": self.id, "is_bot": False, "first_name": self.first_name, **self.more}
        if self.language_code:
            out["language_code"] = self.language_code
        return out

    def _come_in(self) -> None:
        if self.blocked:
            self.blocked = False
            self.server.push_membership(self, self, "kicked", "member")
        self.started = True

    async def starts(self, payload: str = "") -> int:
        """Press Start, or follow t.me/bot?start=``payload``. Returns the update_id, as all actions do."""
        assert not payload or START_PAYLOAD.fullmatch(payload), f"Telegram drops such a start parameter: {payload!r}"
        return await self.sends(f"/start {payload}".rstrip())

    async def sends(self, text: str, reply_to: Message | None = None) -> int:
        self._come_in()
        return self._write(self, {"text": text}, reply_to)

    async def sends_content(self, **content: Any) -> int:
        """Any other content, named as in the ``Message`` object: ``dice={...}``."""
        self._come_in()
        return self._write(self, content)

    async def sends_voice(self) -> int:
        return await self.sends_content(
            voice={"file_id": "voice1", "file_unique_id": "v1", "duration": 3, "mime_type": "audio/ogg"}
        )

    async def sends_photo(self, caption: str | None = None) -> int:
        photo = [{"file_id": "photo1", "file_unique_id": "p1", "width": 90, "height": 90}]
        return await self.sends_content(photo=photo, **({"caption": caption} if caption else {}))

    async def sends_sticker(self) -> int:
        sticker = {"file_id": "s1", "file_unique_id": "s1", "type": "regular", "width": 512, "height": 512}
        return await self.sends_content(sticker={**sticker, "is_animated": False, "is_video": False, "emoji": "👍"})

    async def edits(self, text: str) -> int:
        """Edit the newest own message."""
        self.acts()
        return self.server.push_edit(self, text)

    async def presses(self, label: str, message: Message | None = None) -> int:
        """Press the newest button with this label or callback_data; in the private chat only."""
        self._come_in()
        return await self._press(self, label, message)

    async def blocks(self) -> int:
        self.blocked = True
        return self.server.push_membership(self, self, "member", "kicked")

    async def sees_toast(self, part: str = "", timeout: float = 5.0) -> str:  # noqa: ASYNC109 - the test's patience
        """Wait for an answer to a press (toast or alert) that contains ``part``."""

        def find() -> str | None:
            return next((toast for toast in reversed(self.toasts) if part in toast), None)

        return await self.server.until(find, timeout, f"toast {part!r}, there are {self.toasts}")


@dataclass
class _Life:
    status: str = "member"  # of the bot: member, administrator, left, kicked
    moved_to: int | None = None
    members: set[int] = field(default_factory=set)


class Group(Screen):
    def __init__(self, server: UpdateServer, id: int, title: str, members: Iterable[User] = ()) -> None:
        super().__init__(server, id)
        assert id < 0, "ids of groups are negative"
        self.title = title
        self.life = _Life(members={member.id for member in members})

    @property
    def supergroup(self) -> bool:
        return self.id <= -1_000_000_000_000

    def native(self) -> dict[str, Any]:
        return {"id": self.id, "type": "supergroup" if self.supergroup else "group", "title": self.title}

    def hears(self, text: str, reply_to: Message | None) -> bool:
        """Privacy mode: commands for this bot, mentions, replies to the bot; an administrator hears all."""
        if self.life.status == "administrator" or not self.server.privacy or reply_to is not None:
            return True
        name = self.server.username.lower()
        command = COMMAND.match(text)
        if command is not None and "@" in command[0]:
            return command[0].lower().endswith(f"@{name}")
        return command is not None or f"@{name}" in text.lower()

    async def says(self, user: User, text: str, reply_to: Message | None = None) -> int | None:
        """Write into the group; None when privacy mode keeps the message from the bot."""
        self.life.members.add(user.id)
        if not self.hears(text, reply_to):
            return None
        return self._write(user, {"text": text}, reply_to)

    async def replies(self, user: User, text: str) -> int | None:
        """Answer the newest message of the bot that forces a reply."""
        asked = next(m for m in reversed(self.inbox) if m.markup and "force_reply" in m.markup)
        return await self.says(user, text, asked)

    async def presses(self, user: User, label: str, message: Message | None = None) -> int:
        self.life.members.add(user.id)
        return await self._press(user, label, message)

    async def adds_bot(self, user: User, *, administrator: bool = False, payload: str = "") -> int:
        """Add the bot; ``payload`` is that of a startgroup link, which arrives as /start@bot payload."""
        old, self.life.status = self.life.status, "administrator" if administrator else "member"
        update = self.server.push_membership(user, self, old, self.life.status)
        if payload:
            self._write(user, {"text": f"/start@{self.server.username} {payload}"})
        return update

    async def removes_bot(self, user: User) -> int:
        old, self.life.status = self.life.status, "kicked" if self.supergroup else "left"
        return self.server.push_membership(user, self, old, self.life.status)

    async def migrates(self, new_id: int) -> Group:
        """Become a supergroup with another id; the old id answers 400 with ``migrate_to_chat_id``."""
        new = self.server.group(new_id, self.title)
        new.life = _Life(self.life.status, None, self.life.members)
        self.life.moved_to = new_id
        self.server.push_service(self, {"migrate_to_chat_id": new_id})
        self.server.push_service(new, {"migrate_from_chat_id": self.id})
        return new


def command_entities(text: str) -> list[dict[str, Any]]:
    """The entity by which libraries recognise a command."""
    found = COMMAND.match(text)
    return [{"type": "bot_command", "offset": 0, "length": utf16(found[0])}] if found else []
