"""Users and chats of the VK emulator: what they do, and what they see on the screen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .vk_events import EventServer

CHATS = 2_000_000_000


@dataclass(slots=True, eq=False)
class Message:
    """A message of the community as it is displayed now. ``id`` is 0 in chats, as in VK."""

    id: int
    cmid: int
    screen: Screen
    date: float
    text: str
    keyboard: dict[str, Any] | None
    edited: bool = False

    @property
    def inline(self) -> bool:
        return bool(self.keyboard and self.keyboard.get("inline"))

    @property
    def buttons(self) -> list[list[dict[str, Any]]]:
        return self.keyboard["buttons"] if self.keyboard else []

    @property
    def rows(self) -> list[list[str]]:
        return [[button["action"].get("label", "") for button in row] for row in self.buttons]

    @property
    def labels(self) -> list[str]:
        return [label for row in self.rows for label in row]


class Screen:
    """What one dialogue shows. ``gets`` sees each message or edit once, in order, from the last own act."""

    def __init__(self, server: EventServer, id: int) -> None:
        self.server = server
        self.id = id
        self.inbox: list[Message] = []
        self.keyboard: list[list[dict[str, Any]]] = []  # the lasting one, under the field
        self.one_time = False
        self.cmid = 0
        self.actions = 0  # messages.setActivity calls
        self._journal: list[tuple[Message, str]] = []
        self._read = 0

    @property
    def last(self) -> Message:
        assert self.inbox, "the community has not written here"
        return self.inbox[-1]

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.inbox]

    def next_cmid(self) -> int:
        self.cmid += 1
        return self.cmid

    def show(self, message: Message) -> None:
        """Put a new or edited message on the screen."""
        if message.keyboard is not None and not message.inline and not message.edited:
            self.keyboard = message.keyboard["buttons"]
            self.one_time = bool(message.keyboard.get("one_time"))
        if self.server.record:
            if not message.edited:
                self.inbox.append(message)
            self._journal.append((message, message.text))
        elif not message.edited:
            self.inbox[:] = [message]
        self.server.changed()

    async def gets(self, part: str = "", timeout: float = 5.0) -> Message:  # noqa: ASYNC109 - patience
        """The next message (new or edited) whose text contains ``part``."""

        def find() -> Message | None:
            for at in range(self._read, len(self._journal)):
                message, text = self._journal[at]
                if part in text:
                    self._read = at + 1
                    return message
            return None

        try:
            return await self.server.until(find, timeout, f"{part!r} at peer {self.id}")
        except AssertionError as error:
            seen = [text for _, text in self._journal[self._read :]]
            raise AssertionError(f"{error}; since the last action: {seen}; on screen: {self.texts[-3:]}") from None

    async def _press(self, user: User, label: str, message: Message | None) -> str:
        keyboards = [(m, m.buttons) for m in ([message] if message else reversed(self.inbox)) if m.inline]
        if message is None and self.keyboard:
            keyboards.append((self.inbox[-1], self.keyboard))
        for shown, rows in keyboards:
            for action in (button["action"] for row in rows for button in row):
                if label == action.get("label"):
                    return await self._act(user, action, shown)
        raise AssertionError(f"no button {label!r}; there are {[rows for _, rows in keyboards][:3]}")

    async def _act(self, user: User, action: dict[str, Any], shown: Message) -> str:
        payload = action.get("payload")
        if payload is not None and not isinstance(payload, str):
            payload = json.dumps(payload, ensure_ascii=False)
        if action["type"] == "callback":
            return await self.taps(json.loads(payload) if payload else None, shown, user)
        assert action["type"] == "text", f"a {action['type']} button sends nothing to the community"
        if self.one_time:
            self.keyboard = []
        text = action["label"]
        if self.id >= CHATS:  # in a chat the client puts a mention before the label
            text = f"[club{self.server.group_id}|@{self.server.name}] {text}"
        return self.writes_raw(user, text, payload=payload)

    async def taps(self, payload: Any, message: Message | None = None, user: User | None = None) -> str:
        """Press a callback button with any ``payload``, also one that no button has."""
        who = user or self
        assert isinstance(who, User)
        self._read = len(self._journal)
        return self.server.push_press(who, message or self.last, payload)

    def writes_raw(self, user: User, text: str, **content: Any) -> str:
        self._read = len(self._journal)
        content = {name: value for name, value in content.items() if value is not None}
        return self.server.push_message(user, self, {"text": text, **content})


class User(Screen):
    """Actions return the event_id of the event they cause."""

    def __init__(self, server: EventServer, id: int, first_name: str, last_name: str) -> None:
        super().__init__(server, id)
        self.first_name = first_name
        self.last_name = last_name
        self.allowed = False
        self.private = False  # True: error 902
        self.snackbars: list[str] = []
        self.spinning: set[str] = set()  # presses that were not answered

    async def writes(
        self,
        text: str,
        ref: str | None = None,
        ref_source: str | None = None,
        payload: Any = None,
        **content: Any,
    ) -> str:
        """Write to the community; ``ref`` comes with a vk.me link; ``content``: attachments and the like."""
        self.allowed = True
        if payload is not None and not isinstance(payload, str):
            payload = json.dumps(payload, ensure_ascii=False)
        return self.writes_raw(self, text, ref=ref, ref_source=ref_source, payload=payload, **content)

    async def sends(self, text: str) -> str:
        return await self.writes(text)

    async def starts(self, ref: str | None = None, ref_source: str | None = None) -> str:
        """Press the button «Начать» of an empty dialogue."""
        return await self.writes("Начать", ref, ref_source, {"command": "start"})

    async def sends_voice(self) -> str:
        link = f"{self.server.url}/voice.ogg"
        audio = {
            "id": 1,
            "owner_id": self.id,
            "duration": 3,
            "link_ogg": link,
            "link_mp3": link,
            "access_key": "k",
        }
        audio["waveform"] = [0]
        return await self.writes("", attachments=[{"type": "audio_message", "audio_message": audio}])

    async def sends_photo(self, caption: str = "") -> str:
        photo = {
            "id": 1,
            "album_id": -3,
            "owner_id": self.id,
            "date": 1,
            "sizes": [],
            "text": "",
            "has_tags": False,
        }
        return await self.writes(caption, attachments=[{"type": "photo", "photo": photo}])

    async def sends_files(self, *attachments: dict[str, Any], caption: str = "") -> str:
        return await self.writes(caption, attachments=list(attachments))

    def photo(self, content: bytes | str) -> dict[str, Any]:
        """A photo as VK describes it: in several sizes, of which the largest lies here, or at the given address."""
        url = content if isinstance(content, str) else self.server.keep_file(content, "photo.jpg")
        sizes = [
            {"type": "s", "url": f"{self.server.url}/small.jpg", "width": 75, "height": 56},
            {"type": "w", "url": url, "width": 2560, "height": 1920},
            {"type": "m", "url": f"{self.server.url}/middle.jpg", "width": 130, "height": 98},
        ]
        return {"type": "photo", "photo": {"id": 1, "owner_id": self.id, "date": 1, "sizes": sizes, "text": ""}}

    def document(self, content: bytes, title: str, size: int | None = None) -> dict[str, Any]:
        """A document: its address leads on to where it lies, as in VK."""
        lies_at = self.server.keep_file(content, "doc")
        doc = {"id": 2, "owner_id": self.id, "title": title, "ext": title.rpartition(".")[2], "date": 1, "type": 1}
        doc |= {"url": self.server.keep_file(lies_at, "redirect"), "size": len(content) if size is None else size}
        return {"type": "doc", "doc": doc}

    async def sends_sticker(self) -> str:
        sticker = {"sticker_id": 1, "product_id": 1, "images": []}
        return await self.writes("", attachments=[{"type": "sticker", "sticker": sticker}])

    async def edits(self, text: str) -> str:
        """Edit the newest own message."""
        self._read = len(self._journal)
        return self.server.push_edit(self, text)

    async def presses(self, label: str, message: Message | None = None) -> str:
        """Press the newest inline button with this label, else the lasting keyboard's."""
        self.allowed = True
        return await self._press(self, label, message)

    async def allows(self, key: str = "") -> str:
        self.allowed = True
        return self.server.push("message_allow", {"user_id": self.id, "key": key}, self.id)

    async def denies(self) -> str:
        self.allowed = False
        return self.server.push("message_deny", {"user_id": self.id}, self.id)

    async def sees_snackbar(self, part: str = "", timeout: float = 5.0) -> str:  # noqa: ASYNC109 - patience
        """Wait for a snackbar that contains ``part``."""

        def find() -> str | None:
            return next((text for text in reversed(self.snackbars) if part in text), None)

        return await self.server.until(find, timeout, f"snackbar {part!r}, there are {self.snackbars}")


class Chat(Screen):
    """A chat with the community in it. Without ``full_access`` it hears only mentions and buttons."""

    def __init__(self, server: EventServer, id: int, title: str) -> None:
        super().__init__(server, id)
        self.title = title
        self.full_access = False
        self.removed = False

    async def says(self, user: User, text: str) -> str | None:
        """Write into the chat; None when the community is not to hear it."""
        names = (f"[club{self.server.group_id}|", f"@club{self.server.group_id}", f"@{self.server.name}")
        if not self.full_access and not any(name in text for name in names):
            return None
        return self.writes_raw(user, text)

    async def presses(self, user: User, label: str, message: Message | None = None) -> str:
        return await self._press(user, label, message)

    async def adds_community(self, user: User) -> str:
        self.removed = False
        action = {"type": "chat_invite_user", "member_id": -self.server.group_id}
        return self.writes_raw(user, "", action=action)

    async def removes_community(self, user: User) -> str:
        action = {"type": "chat_kick_user", "member_id": -self.server.group_id}
        event = self.writes_raw(user, "", action=action)
        self.removed = True
        return event
