"""A strict VK API on loopback: messages of a community, its long poll and its Callback API.

    async with VKEmulator(token="vk-test", group_id=1000) as vk:
        api = API(vk.token)
        api.API_URL = vk.api_url
        anna = vk.user(7)
        await anna.starts(ref="7KD4M2XA")
        await anna.gets("Оцените")

As its own process: ``python -m tests.emulators.vk --port 8082 --token vk-test`` (see ``control.py``).
"""

from __future__ import annotations

import json
import time
from typing import Any, ClassVar

from .control import main
from .loopback import Params
from .vk_events import EventServer, error, integer, required, wrong
from .vk_keyboard import Refused, read_keyboard
from .vk_people import CHATS, Chat, Message, Screen, User

DAY = 86_400.0  # seconds in which a message may be edited or deleted for all
PRESS_LIFE = 60.0  # seconds in which a press must be answered


class VKEmulator(EventServer):
    """The methods around messages and buttons. Settings: the parent's."""

    METHODS: ClassVar[dict[str, str]] = {
        "groups.getById": "get_group",
        "groups.getLongPollServer": "get_long_poll",
        "groups.getLongPollSettings": "get_long_poll_settings",
        "groups.setLongPollSettings": "set_long_poll_settings",
        "messages.send": "send",
        "messages.edit": "edit",
        "messages.delete": "delete",
        "messages.sendMessageEventAnswer": "answer_press",
        "messages.setActivity": "set_activity",
        "users.get": "get_users",
    }

    def get_group(self, params: Params) -> dict[str, Any]:
        group = {
            "id": self.group_id,
            "name": "Отклик",
            "screen_name": self.name,
            "is_closed": 0,
            "type": "group",
        }
        return {"groups": [group], "profiles": []}

    def get_users(self, params: Params) -> list[dict[str, Any]]:
        out = []
        for id in str(params.get("user_ids", "")).split(","):
            user = self.peers.get(int(id)) if id.strip().isdigit() else None
            if isinstance(user, User):
                names = {"id": user.id, "first_name": user.first_name, "last_name": user.last_name}
                out.append({**names, "can_access_closed": True, "is_closed": False})
        return out

    def _peer(self, id: int) -> Screen:
        peer = self.peers.get(id)
        if isinstance(peer, Chat):
            if peer.removed:
                raise error(917)
            return peer
        if id >= CHATS:
            raise error(917)
        if not isinstance(peer, User) or not peer.allowed:
            raise error(901)
        if peer.private:
            raise error(902)
        return peer

    def _content(self, params: Params) -> tuple[str, dict[str, Any] | None]:
        text = params.get("message", "")
        if not text.strip() and not any(params.get(n) for n in ("attachment", "sticker_id", "forward", "template")):
            raise wrong("message is empty or invalid")
        if len(text) > 4096:
            raise error(914)
        return text, read_keyboard(params.get("keyboard", ""))

    def send(self, params: Params) -> Any:
        random_id = integer(params, "random_id", bits=31)
        if random_id is None:
            raise wrong("random_id is a required parameter")
        if params.get("peer_ids"):
            ids = str(params["peer_ids"]).split(",")
            if len(ids) > 100:
                raise wrong("peer_ids should contain no more than 100 items")
            text, keyboard = self._content(params)
            return [self._send_one(int(id), random_id, text, keyboard) for id in ids]
        chat = integer(params, "chat_id")
        peer = integer(params, "peer_id") or integer(params, "user_id") or (chat and CHATS + chat)
        if not peer:
            raise wrong("you should specify peer_id, user_id, domain, chat_id or peer_ids param")
        text, keyboard = self._content(params)
        return self._send(peer, random_id, text, keyboard).id

    def _send_one(self, peer: int, random_id: int, text: str, keyboard: dict[str, Any] | None) -> dict[str, Any]:
        try:
            message = self._send(peer, random_id, text, keyboard)
        except Refused as refused:
            self.refused["messages.send", refused.code] += 1
            return {
                "peer_id": peer,
                "message_id": 0,
                "error": {"code": refused.code, "description": refused.text},
            }
        return {"peer_id": peer, "message_id": message.id, "conversation_message_id": message.cmid}

    def _send(self, peer: int, random_id: int, text: str, keyboard: dict[str, Any] | None) -> Message:
        screen = self._peer(peer)
        if random_id and (before := self.sent.get((peer, random_id))) is not None:
            return before
        if (asked := self._asked.pop(peer, None)) is not None:
            self.turn_times.append(time.perf_counter() - asked)
        id = 0 if peer >= CHATS else self._new_id()
        message = Message(id, screen.next_cmid(), screen, time.time(), text, keyboard)
        if random_id:
            self.sent[peer, random_id] = message
        if self.record:
            self.messages[peer, message.cmid] = message
            if id:
                self.by_id[id] = message
        screen.show(message)
        return message

    def _find(self, params: Params, peer: int) -> Message:
        cmid = integer(params, "cmid") or integer(params, "conversation_message_id")
        id = integer(params, "message_id")
        message = self.messages.get((peer, cmid)) if cmid else self.by_id.get(id or -1)
        screen = self.peers.get(peer)
        if message is None and not self.record and screen and screen.inbox:
            message = screen.inbox[-1]
        if message is None or message.screen.id != peer:
            raise wrong("message_id is invalid")
        return message

    def edit(self, params: Params) -> int:
        """Editing without ``keyboard`` removes the inline buttons."""
        peer = required(params, "peer_id")
        text, keyboard = self._content(params)
        self._peer(peer)
        message = self._find(params, peer)
        if time.time() - message.date > DAY:
            raise error(909)
        message.text, message.keyboard, message.edited = text, keyboard, True
        message.screen.show(message)
        return 1

    def delete(self, params: Params) -> dict[str, int]:
        peer = required(params, "peer_id")
        done = {}
        for id in str(params.get("cmids") or params.get("message_ids") or "").split(","):
            name = "cmid" if params.get("cmids") else "message_id"
            message = self._find({name: id}, peer)
            if params.get("delete_for_all") in ("1", 1) and time.time() - message.date > DAY:
                raise error(924)
            self.messages.pop((peer, message.cmid), None)
            message.screen.inbox.remove(message)
            done[id] = 1
        return done

    def answer_press(self, params: Params) -> int:
        data = None
        if given := params.get("event_data"):
            try:
                data = json.loads(given)
                kind = data["type"]
            except (ValueError, TypeError, KeyError):
                raise wrong("event_data is invalid") from None
            if kind == "show_snackbar":
                if not 1 <= len(data.get("text") or "") <= 90:
                    raise wrong("event_data.text is invalid")
            elif kind not in ("open_link", "open_app") or (kind == "open_link" and not data.get("link")):
                raise wrong("event_data.type is invalid")
        id, user_id, peer = (
            params.get("event_id", ""),
            required(params, "user_id"),
            required(params, "peer_id"),
        )
        asked, user, where = self._presses.get(id, (0.0, None, 0))
        if user is None or (user.id, where) != (user_id, peer) or time.monotonic() - asked > PRESS_LIFE:
            raise wrong("event_id is invalid")
        del self._presses[id]
        user.spinning.discard(id)
        if data and data["type"] == "show_snackbar":
            user.snackbars.append(data["text"])
        self.changed()
        return 1

    def expire_presses(self) -> None:
        """Make every unanswered press too old to be answered."""
        self._presses.clear()

    def set_activity(self, params: Params) -> int:
        if params.get("type") not in ("typing", "audiomessage", "file", "photo", "video"):
            raise wrong("type is invalid")
        screen = self._peer(integer(params, "peer_id") or required(params, "user_id"))
        screen.actions += 1
        return 1


if __name__ == "__main__":
    main(VKEmulator, "vk-test")
