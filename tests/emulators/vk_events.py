"""The VK emulator without its messages: people, events, long poll and Callback API, dispatch of calls."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import aiohttp
from aiohttp import web

from .control import control
from .loopback import Fault, Loopback, Params, answer, compact, read_params
from .rates import VKRates
from .vk_keyboard import Refused
from .vk_people import CHATS, Chat, Message, Screen, User

SPECS = Path(__file__).parents[3] / "shared" / "specs" / "vk"
EVENTS = ("message_new", "message_edit", "message_reply", "message_event", "message_allow", "message_deny")
ERRORS = {
    1: "Unknown error occurred",
    3: "Unknown method passed",
    5: "User authorization failed: invalid access_token (4).",
    6: "Too many requests per second",
    9: "Flood control",
    10: "Internal server error",
    15: "Access denied",
    901: "Can't send messages for users without permission",
    902: "Can't send messages to this user due to their privacy settings",
    909: "Can't edit this message, because it's too old",
    914: "Message is too long",
    917: "You don't have access to this chat",
    924: "Can't delete this message for everybody",
}
HISTORY = 10_000  # events kept for the long poll


def error(code: int) -> Refused:
    return Refused(code, ERRORS[code])


def wrong(text: str) -> Refused:
    return Refused(100, f"One of the parameters specified was missing or invalid: {text}")


@cache
def known_parameters(method: str) -> frozenset[str] | None:
    """Parameters of ``method`` by the published schema, None where it is not at hand."""
    path = SPECS / method.partition(".")[0] / "methods.json"
    if not path.exists():
        return None
    for one in json.loads(path.read_text("utf-8"))["methods"]:
        if one["name"] == method:
            names = {parameter["name"] for parameter in one.get("parameters", ())}
            return frozenset(names | {"access_token", "v", "lang", "test_mode", "conversation_message_id"})
    return None


def integer(params: Params, name: str, *, bits: int = 63) -> int | None:
    given = params.get(name)
    if given in (None, ""):
        return None
    try:
        value = int(given)
    except (TypeError, ValueError):
        raise wrong(f"{name} should be integer") from None
    if not -(1 << bits) <= value < 1 << bits:
        raise wrong(f"{name} is out of range")
    return value


def required(params: Params, name: str) -> int:
    value = integer(params, name)
    if value is None:
        raise wrong(f"{name} is undefined")
    return value


def new_event_id() -> str:
    return secrets.token_hex(20)


class EventServer(Loopback):
    """``limits``: False switches off the 20 calls a second, a number scales them. ``record=False`` keeps
    only the last message of each dialogue. ``turn_times``: seconds from an event of a peer to the answer.
    """

    METHODS: ClassVar[dict[str, str]] = {}

    def __init__(
        self,
        token: str = "vk-test",  # noqa: S107 - a made-up token
        group_id: int = 1000,
        *,
        port: int = 0,
        limits: bool | float = True,
        record: bool = True,
        pace: float = 1.0,
        name: str = "otklik",
    ) -> None:
        super().__init__(port=port, record=record, pace=pace)
        self.token = token
        self.group_id = group_id
        self.name = name
        self.rates = VKRates(float(limits)) if limits else None
        self.methods = {name: getattr(self, work) for name, work in self.METHODS.items()}
        self.reset()

    def reset(self) -> None:
        """Forget peers, events and figures."""
        self.peers: dict[int, Screen] = {}
        self.messages: dict[tuple[int, int], Message] = {}  # by peer and cmid
        self.by_id: dict[int, Message] = {}
        self.sent: dict[tuple[int, int], Message] = {}  # by peer and random_id
        self.events: dict[str, dict[str, Any]] = {}
        self.refusals: deque[tuple[str, str, Params]] = deque(maxlen=100)
        self.turn_times: list[float] = []
        self.calls.clear()
        self.refused.clear()
        self.planned.clear()
        self.long_poll_enabled = True
        self.enabled = dict.fromkeys(EVENTS, True)
        self.callback: tuple[str, str] | None = None
        self.key = secrets.token_hex(8)
        self.files: dict[str, bytes | str] = {}  # what lies here; a text is an address to which it leads on
        self.history: deque[dict[str, Any]] = deque()
        self.ts = 1  # the number of the next event
        self._keys = {self.key}
        self._lost = False
        self._polls: list[asyncio.Future[None]] = []
        self._held: list[tuple[int, dict[str, Any]]] | None = None
        self._presses: dict[str, tuple[float, User, int]] = {}
        self._asked: dict[int, float] = {}
        self._own: dict[int, tuple[int, int]] = {}
        self._last_id = 0

    @property
    def api_url(self) -> str:
        return f"{self.url}/method/"

    def stop_waiting(self) -> None:
        polls, self._polls = self._polls, []
        for poll in polls:
            if not poll.done():
                poll.set_result(None)

    # ---- files

    def keep_file(self, content: bytes | str, name: str = "file") -> str:
        """Lay down a file, or a redirect; its address."""
        path = f"/files/{len(self.files)}/{name}"
        self.files[path] = content
        return self.url + path

    async def give(self, path: str) -> web.Response:
        self.calls["file"] += 1
        content = self.files[path]
        if isinstance(content, str):
            return web.Response(status=302, headers={"Location": content})
        return web.Response(body=content, content_type="application/octet-stream")

    # ---- people

    def user(self, id: int, first_name: str = "Анна", last_name: str = "Петрова") -> User:
        """The account ``id``; the same object at each call."""
        found = self.peers.get(id)
        if found is None:
            found = self.peers[id] = User(self, id, first_name, last_name)
        assert isinstance(found, User)
        return found

    def chat(self, id: int = CHATS + 1, title: str = "Беседа") -> Chat:
        found = self.peers.get(id)
        if found is None:
            assert id > CHATS
            found = self.peers[id] = Chat(self, id, title)
        assert isinstance(found, Chat)
        return found

    def _new_id(self) -> int:
        self._last_id += 1
        return self._last_id

    # ---- events

    def push(self, kind: str, body: dict[str, Any], peer: int) -> str:
        """Make an event for the long poll and the Callback API; its event_id."""
        id = new_event_id()
        event: dict[str, Any] = {"group_id": self.group_id, "type": kind, "event_id": id, "v": "5.199"}
        event["object"] = body
        if not self.enabled.get(kind, True):
            return id
        if self.record:
            self.events[id] = event
        if peer not in self._asked:
            self._asked[peer] = time.perf_counter()
        if self._held is not None:
            self._held.append((peer, event))
        else:
            self._route(peer, event)
        return id

    def push_raw(self, event: dict[str, Any]) -> str:
        """Make an event of ``type`` and ``object``."""
        body = event["object"]
        peer = body.get("peer_id") or body.get("message", {}).get("peer_id") or body.get("user_id", 0)
        return self.push(event["type"], body, peer)

    def _route(self, peer: int, event: dict[str, Any]) -> None:
        """Both ways work at once: with a Callback server and long poll on, every event comes twice."""
        if self.callback:
            self.deliveries.put(peer, event, self._post)
        if self.long_poll_enabled:
            self.history.append(event)
            if len(self.history) > HISTORY:
                self.history.popleft()
            self.ts += 1
            self.stop_waiting()

    def _incoming(self, user: User, chat: Screen, cmid: int, id: int) -> dict[str, Any]:
        body: dict[str, Any] = {
            "date": int(time.time()),
            "from_id": user.id,
            "id": id,
            "out": 0,
            "version": 10_000 + cmid,
        }
        body |= {"attachments": [], "conversation_message_id": cmid, "fwd_messages": [], "important": False}
        return body | {"is_hidden": False, "peer_id": chat.id, "random_id": 0}

    def push_message(self, user: User, chat: Screen, content: Params) -> str:
        cmid = chat.next_cmid()
        id = 0 if chat.id >= CHATS else self._new_id()
        self._own[user.id] = (id, cmid)
        kinds = ["text", "vkpay", "open_app", "location", "open_link", "callback"]
        client = {
            "button_actions": kinds,
            "keyboard": True,
            "inline_keyboard": True,
            "carousel": True,
            "lang_id": 0,
        }
        message = {**self._incoming(user, chat, cmid, id), **content}
        return self.push("message_new", {"message": message, "client_info": client}, chat.id)

    def push_edit(self, user: User, text: str) -> str:
        id, cmid = self._own[user.id]
        body = {**self._incoming(user, user, cmid, id), "text": text, "update_time": int(time.time())}
        return self.push("message_edit", body, user.id)

    def push_press(self, user: User, message: Message, payload: Any) -> str:
        id = secrets.token_hex(6)
        self._presses[id] = (time.monotonic(), user, message.screen.id)
        user.spinning.add(id)
        body = {"user_id": user.id, "peer_id": message.screen.id, "event_id": id}
        body |= {"conversation_message_id": message.cmid}
        if payload is not None:
            body["payload"] = payload
        return self.push("message_event", body, message.screen.id)

    def hold(self) -> None:
        """Keep the coming events back until ``let_go``."""
        self._held = []

    def let_go(self, order: Callable[[list[Any]], Iterable[Any]] = reversed) -> None:
        """Deliver the held events, by default the newest first."""
        held, self._held = self._held or [], None
        for peer, event in order(held):
            self._route(peer, event)

    def redeliver(self, event_id: str) -> None:
        """Deliver an event once more with the same event_id."""
        event = self.events[event_id]
        body = event["object"]
        self._route(body.get("peer_id") or body.get("message", {}).get("peer_id") or body["user_id"], event)

    def deliver_to(self, url: str, secret: str = "") -> None:
        """Switch the Callback API on: every event is posted to ``url`` until it answers ``ok``."""
        self.callback = (url, secret)

    async def deliver(
        self, event: dict[str, Any], url: str, secret: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Post one event; status and text of the answer. What ``event`` lacks is added."""
        body = {"group_id": self.group_id, "event_id": new_event_id(), "v": "5.199", **event}
        if secret:
            body["secret"] = secret
        more = {"Content-Type": "application/json", **(headers or {})}
        async with self.http.post(url, data=compact(body), headers=more) as response:
            return response.status, await response.text()

    async def confirm(self, url: str, secret: str = "") -> str:
        """Ask a Callback server for its confirmation string."""
        return (await self.deliver({"type": "confirmation"}, url, secret))[1]

    async def _post(self, event: dict[str, Any], attempt: int) -> float | None:
        if self.callback is None:
            return None
        headers = {"X-Retry-Counter": str(attempt)} if attempt else {}
        try:
            status, text = await self.deliver(event, *self.callback, headers)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0.0
        return None if (status, text) == (200, "ok") else 0.0

    # ---- long poll

    def expire_key(self) -> None:
        """The next check answers ``failed`` 2: take a new key, keep ts."""
        self._keys.clear()
        self.key = secrets.token_hex(8)
        self.stop_waiting()

    def lose_history(self) -> None:
        """Older ts answer ``failed`` 1 with the new one: the events between are gone for the bot."""
        self.ts += 1000
        self.history.clear()
        self.stop_waiting()

    def lose_all(self) -> None:
        """The next check answers ``failed`` 3: take a new key and ts."""
        self._lost = True
        self.expire_key()

    async def check(self, params: Params) -> web.Response:
        wait = min(max(integer(params, "wait") or 25, 1), 90)
        since = integer(params, "ts")
        if params.get("act") != "a_check" or since is None:
            return answer({"failed": 3, "error": "ts is not set"})
        events = self._since(params, since)
        if isinstance(events, list) and not events and not self._closing:
            poll = asyncio.get_running_loop().create_future()
            self._polls.append(poll)
            self.changed()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await poll
            events = self._since(params, since)
        if isinstance(events, dict):
            return answer(events)
        return answer({"ts": str(since + len(events)), "updates": events})

    def _since(self, params: Params, since: int) -> list[dict[str, Any]] | dict[str, Any]:
        if params.get("key") not in self._keys:
            return {"failed": 3 if self._lost else 2}
        first = self.ts - len(self.history)
        if not first <= since <= self.ts:
            return {"failed": 1, "ts": str(self.ts)}
        return [self.history[i] for i in range(since - first, len(self.history))]

    # ---- serving

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path == f"/wh{self.group_id}":
            params = await read_params(request)
            self.calls["a_check"] += 1
            if self.planned and (fault := self.next_fault("a_check", params)) is not None:
                return await self.suffer(fault, request, lambda: self.check(params), _faulty)
            return await self.check(params)
        if path in self.files:
            return await self.give(path)
        if not path.startswith("/method/"):
            return await control(self, request)
        method = path[8:]
        try:
            params = await read_params(request)
        except ValueError:
            return refusal(Refused(8, "Invalid request"), {})
        self.calls[method] += 1
        if self.planned and (fault := self.next_fault(method, params)) is not None:

            async def work() -> web.Response:
                return self.run(method, params)

            return await self.suffer(fault, request, work, _faulty)
        return self.run(method, params)

    def run(self, method: str, params: Params) -> web.Response:
        try:
            if params.get("access_token") != self.token:
                raise error(5)
            if not params.get("v"):
                raise Refused(8, "Invalid request: v (version) is required")
            if (work := self.methods.get(method)) is None:
                raise error(3)
            if self.rates and self.rates.refuse(time.monotonic()):
                raise error(6)
            known = known_parameters(method)
            if known is not None and not params.keys() <= known:
                raise wrong(f"(emulator) {method} has no parameter {', '.join(sorted(params.keys() - known))}")
            result = work(params)
        except Refused as refused:
            self.refused[method, refused.code] += 1
            self.refusals.append((method, refused.text, params))
            return refusal(refused, params)
        return answer({"response": result})

    def _own_group(self, params: Params) -> None:
        if required(params, "group_id") != self.group_id:
            raise error(15)

    def get_long_poll(self, params: Params) -> dict[str, Any]:
        self._own_group(params)
        if not self.long_poll_enabled:
            raise wrong("longpoll for this group is not enabled")
        self._lost = False
        self._keys.add(self.key)
        return {"key": self.key, "server": f"{self.url}/wh{self.group_id}", "ts": str(self.ts)}

    def get_long_poll_settings(self, params: Params) -> dict[str, Any]:
        self._own_group(params)
        events = {name: int(on) for name, on in self.enabled.items()}
        return {"api_version": "5.199", "is_enabled": self.long_poll_enabled, "events": events}

    def set_long_poll_settings(self, params: Params) -> int:
        self._own_group(params)
        if "enabled" in params:
            self.long_poll_enabled = params["enabled"] in ("1", 1, "true")
        for name in EVENTS:
            if name in params:
                self.enabled[name] = params[name] in ("1", 1, "true")
        return 1


def refusal(refused: Refused, params: Params) -> web.Response:
    shown = [{"key": name, "value": str(value)} for name, value in params.items() if name != "access_token"]
    body = {"error_code": refused.code, "error_msg": refused.text, "request_params": shown}
    return answer({"error": body})


def _faulty(fault: Fault) -> web.Response:
    if fault.kind == "server_error":
        return answer({"error": {"error_code": 10, "error_msg": ERRORS[10]}}, fault.number)
    if fault.kind == "failed":
        return answer({"failed": fault.number})
    return refusal(Refused(fault.number, ERRORS.get(fault.number, "Unknown error occurred")), {})
