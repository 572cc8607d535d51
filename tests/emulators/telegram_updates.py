"""The Telegram emulator without its messages: people, updates and their delivery, dispatch of calls."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from .control import control
from .loopback import Fault, Loopback, Params, answer, compact, read_params
from .rates import TelegramRates
from .telegram_people import Group, Message, Screen, User, command_entities
from .telegram_text import Refused, bad

SPECS = Path(__file__).parents[3] / "shared" / "specs" / "telegram"
DEFAULT_OFF = {"chat_member", "message_reaction", "message_reaction_count"}
WEBHOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


@cache
def _specs() -> tuple[dict[str, Any], dict[str, Any]] | None:
    if not (SPECS / "api.json").exists():
        return None
    newer = json.loads((SPECS / "additions_after_10_1.json").read_text("utf-8"))
    return json.loads((SPECS / "api.json").read_text("utf-8"))["methods"], newer


@cache
def known_parameters(method: str) -> frozenset[str] | None:
    """Parameters of ``method`` by the published description, None when that is not at hand."""
    specs = _specs()
    if specs is None:
        return None
    methods, newer = specs
    names = {f["name"] for f in methods.get(method, {}).get("fields", [])}
    names |= {*newer["methods"].get(method, []), *newer["params"].get(method, []), *newer["legacy_params"]}
    return frozenset(names)


def integer(params: Params, name: str, default: int = 0) -> int:
    try:
        return int(params.get(name, default))
    except (TypeError, ValueError):
        raise bad(f'invalid {name} value specified: expected an Integer, got "{params[name]}"') from None


class UpdateServer(Loopback):
    """``limits``: False switches the rates off, a number scales them. ``record=False`` keeps only the last
    message of each chat. ``turn_times``: seconds from an event of a chat to the bot's next message there.
    """

    def __init__(
        self,
        token: str = "123456:TEST",  # noqa: S107 - a made-up token
        *,
        port: int = 0,
        limits: bool | float = True,
        record: bool = True,
        pace: float = 1.0,
        privacy: bool = True,
        username: str = "otklik_bot",
    ) -> None:
        super().__init__(port=port, record=record, pace=pace)
        self.token = token
        self.privacy = privacy
        self.rates = TelegramRates(float(limits)) if limits else None
        self.username = username
        self.me = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Отклик",
            "username": username,
        }
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}
        self._methods: dict[str, tuple[str, Callable[[Params], Any]]] = {}
        for name in dir(self):
            if name.startswith("do_"):
                self._methods[name[3:].lower()] = (name[3:], getattr(self, name))
        self.reset()

    def reset(self) -> None:
        """Forget chats, updates and figures."""
        self.chats: dict[int, Screen] = {}
        self.messages: dict[tuple[int, int], Message] = {}
        self.updates: dict[int, dict[str, Any]] = {}
        self.queue: deque[dict[str, Any]] = deque()
        self.refusals: deque[tuple[str, str, Params]] = deque(maxlen=100)
        self.turn_times: list[float] = []
        self.calls.clear()
        self.refused.clear()
        self.planned.clear()
        self.webhook: Params = {}
        self._allowed: set[str] | None = None
        self._again: list[dict[str, Any]] = []
        self._held: list[tuple[int, dict[str, Any]]] | None = None
        self._queries: dict[str, tuple[float, User]] = {}
        self._asked: dict[int, float] = {}
        self._own: dict[int, tuple[int, str]] = {}  # the newest message of each user: id, text
        self.last_id = 0
        self._last_update = 700_000_000
        self._poller: asyncio.Future[Refused | None] | None = None

    def stop_waiting(self) -> None:
        if self._poller and not self._poller.done():
            self._poller.set_result(None)

    # ---- people

    def user(self, id: int, first_name: str = "Анна", language_code: str | None = "ru", **more: str) -> User:
        """The account ``id``; the same object at each call. ``more``: last_name, username."""
        found = self.chats.get(id)
        if found is None:
            found = self.chats[id] = User(self, id, first_name, language_code, **more)
        assert isinstance(found, User)
        return found

    def group(self, id: int, title: str = "Группа", members: Iterable[User] = ()) -> Group:
        found = self.chats.get(id)
        if found is None:
            found = self.chats[id] = Group(self, id, title, members)
        assert isinstance(found, Group)
        return found

    def new_id(self) -> int:
        self.last_id += 1
        return self.last_id

    # ---- updates

    def push(self, kind: str, body: dict[str, Any], chat: int) -> int:
        """Queue an update of any kind; its update_id."""
        self._last_update += 1
        id = self._last_update
        if kind not in self._allowed if self._allowed else kind in DEFAULT_OFF:
            return id
        update = {"update_id": id, kind: body}
        if self.record:
            self.updates[id] = update
        if chat not in self._asked:
            self._asked[chat] = time.perf_counter()
        if self._held is not None:
            self._held.append((chat, update))
        else:
            self._route(chat, update)
        return id

    def push_raw(self, update: dict[str, Any]) -> int:
        """Queue a native update given without its update_id."""
        kind, body = next((k, v) for k, v in update.items() if isinstance(v, dict))
        return self.push(kind, body, _chat_of(update))

    def _route(self, chat: int, update: dict[str, Any]) -> None:
        if self.webhook:
            self.deliveries.put(chat, update, self._post)
        else:
            self.queue.append(update)
            self.stop_waiting()

    def push_message(self, user: User, chat: Screen, content: Params, reply_to: Message | None = None) -> int:
        id = self.new_id()
        body: dict[str, Any] = {"message_id": id, "from": user.as_sender(), "chat": chat.native()}
        body |= {"date": int(time.time()), **content}
        if "text" in content:
            self._own[user.id] = (id, content["text"])
            if entities := command_entities(content["text"]):
                body["entities"] = entities
        if reply_to is not None:
            body["reply_to_message"] = reply_to.native()
        return self.push("message", body, chat.id)

    def push_edit(self, user: User, text: str) -> int:
        id, now = self._own[user.id][0], int(time.time())
        body = {
            "message_id": id,
            "from": user.as_sender(),
            "chat": user.native(),
            "date": now,
            "edit_date": now,
        }
        return self.push("edited_message", {**body, "text": text}, user.id)

    def push_callback(self, user: User, message: Message, data: str) -> int:
        id = str(4_000_000_000_000_000_000 + self.new_id())
        self._queries[id] = (time.monotonic(), user)
        user.spinning.add(id)
        body = {"id": id, "from": user.as_sender(), "message": message.native(), "data": data}
        return self.push("callback_query", {**body, "chat_instance": str(message.chat.id)}, message.chat.id)

    def push_service(self, group: Group, content: Params) -> int:
        sender = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
        body = {"message_id": self.new_id(), "from": sender, "chat": group.native(), "date": int(time.time())}
        return self.push("message", body | content, group.id)

    def push_membership(self, user: User, chat: Screen, old: str, new: str) -> int:
        rights = "can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats"
        rights += " can_restrict_members can_promote_members can_change_info can_invite_users can_post_stories"
        rights += " can_edit_stories can_delete_stories can_send_welcome_messages"

        def member(status: str) -> dict[str, Any]:
            more: dict[str, dict[str, Any]] = {
                "kicked": {"until_date": 0},
                "administrator": dict.fromkeys(rights.split(), False),
            }
            return {"user": self.me, "status": status, **more.get(status, {})}

        body = {"chat": chat.native(), "from": user.as_sender(), "date": int(time.time())}
        body |= {"old_chat_member": member(old), "new_chat_member": member(new)}
        return self.push("my_chat_member", body, chat.id)

    def hold(self) -> None:
        """Keep the coming updates back until ``let_go``."""
        self._held = []

    def let_go(self, order: Callable[[list[Any]], Iterable[Any]] = reversed) -> None:
        """Deliver the held updates, by default the newest first."""
        held, self._held = self._held or [], None
        for chat, update in order(held):
            self._route(chat, update)

    async def redeliver(self, update_id: int) -> int | None:
        """Deliver an update once more, confirmed or not: the webhook's status, None when polling."""
        update = self.updates[update_id]
        if self.webhook:
            return await self.deliver(update, self.webhook["url"], self.webhook.get("secret_token", ""))
        self._again.append(update)
        self.stop_waiting()
        return None

    async def deliver(self, update: dict[str, Any], url: str, secret: str = "") -> int:
        """Post ``update`` to a webhook; the status."""
        async with self.http.post(url, data=compact(update), headers=_webhook_headers(secret)) as response:
            await response.read()
            return response.status

    async def _post(self, update: dict[str, Any], attempt: int) -> float | None:
        headers = _webhook_headers(self.webhook.get("secret_token", ""))
        try:
            async with self.http.post(self.webhook["url"], data=compact(update), headers=headers) as response:
                body = await response.read()
                if 200 <= response.status < 300:
                    if body.startswith(b"{") and isinstance(call := json.loads(body), dict) and "method" in call:
                        await self.run(*self._methods[call.pop("method").lower()], call)
                    return None
                self.deliveries.last_error = f"Wrong response from the webhook: {response.status} {response.reason}"
                return float(response.headers.get("Retry-After", 0))
        except (aiohttp.ClientError, TimeoutError, OSError):
            self.deliveries.last_error = "Connection refused"
            return 0.0

    def expire_queries(self) -> None:
        """Make every unanswered callback query too old to be answered."""
        self._queries.clear()

    # ---- serving

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if not path.startswith("/bot"):
            return await control(self, request)
        token, _, name = path[4:].partition("/")
        if token != self.token:
            code, text = (401, "Unauthorized") if re.match(r"\d+:", token) else (404, "Not Found")
            return refusal(Refused(code, text))
        method, work = self._methods.get(name.lower(), ("", None))
        if work is None:
            self.refused[name, 404] += 1
            return refusal(Refused(404, "Not Found: method not found"))
        self.calls[method] += 1
        try:
            params = await read_params(request)
        except ValueError:
            return refusal(bad("can't parse request parameters"))
        if self.planned and (fault := self.next_fault(method, params)) is not None:
            return await self.suffer(fault, request, lambda: self.run(method, work, params), _faulty)
        return await self.run(method, work, params)

    async def run(self, method: str, work: Callable[[Params], Any], params: Params) -> web.Response:
        try:
            known = known_parameters(method)
            if known is not None and not params.keys() <= known:
                extra = [name for name in params if name not in known and not isinstance(params[name], web.FileField)]
                if extra:
                    raise bad(f"(emulator) {method} has no parameter {', '.join(extra)}")
            result = work(params)
            if inspect.isawaitable(result):
                result = await result
        except Refused as error:
            self.refused[method, error.code] += 1
            self.refusals.append((method, error.description, params))
            return refusal(error)
        return answer({"ok": True, "result": result})

    # ---- methods; error texts as in tdlib/telegram-bot-api

    def do_getMe(self, params: Params) -> dict[str, Any]:
        flags = {"can_join_groups": True, "can_read_all_group_messages": not self.privacy}
        return {**self.me, **flags, "supports_inline_queries": False}

    async def do_getUpdates(self, params: Params) -> list[dict[str, Any]]:
        offset, timeout = integer(params, "offset"), min(integer(params, "timeout"), 50)
        limit = min(max(integer(params, "limit", 100), 1), 100)
        if self.webhook:
            raise Refused(409, f"Conflict: {WEBHOOK_ACTIVE}")
        self._conflict("terminated by other getUpdates request; make sure that only one bot instance is running")
        self._allow(params)
        if offset < 0:
            while len(self.queue) > -offset:
                self.queue.popleft()
        while self.queue and self.queue[0]["update_id"] < offset:
            self.queue.popleft()
        if not self.queue and not self._again and timeout > 0 and not self._closing:
            poller = self._poller = asyncio.get_running_loop().create_future()
            self.changed()
            try:
                async with asyncio.timeout(timeout):
                    if (conflict := await poller) is not None:
                        raise conflict
            except TimeoutError:
                pass
        again, self._again = self._again, []
        return [*again, *(self.queue[i] for i in range(min(limit, len(self.queue))))]

    def _conflict(self, text: str) -> None:
        if self._poller and not self._poller.done():
            self._poller.set_result(Refused(409, f"Conflict: {text}"))

    def _allow(self, params: Params) -> None:
        if value := params.get("allowed_updates"):
            self._allowed = set(json.loads(value) if isinstance(value, str) else value)

    async def do_setWebhook(self, params: Params) -> bool:
        url = params.get("url", "")
        if not url:
            return await self.do_deleteWebhook(params)
        parts, secret = urlsplit(url), params.get("secret_token", "")
        local = parts.hostname in ("127.0.0.1", "localhost")
        if parts.scheme != "https" and not local:
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if not local and (parts.port or 443) not in (443, 80, 88, 8443):
            raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        if not re.fullmatch(r"[A-Za-z0-9_-]*", secret) or len(secret) > 256:
            raise bad("secret token contains unallowed characters")
        width = integer(params, "max_connections", 40)
        if self.rates and (wait := self.rates.refuse_webhook(time.monotonic())):
            raise too_many(wait)
        self._conflict("terminated by setWebhook request")
        self._allow(params)
        self.webhook = {**params, "max_connections": min(max(width, 1), 100)}
        self.deliveries.places = asyncio.Semaphore(self.webhook["max_connections"])
        pending, self.queue = self.queue, deque()
        for update in () if params.get("drop_pending_updates") in (True, "true", "True", "1") else pending:
            self._route(_chat_of(update), update)
        return True

    async def do_deleteWebhook(self, params: Params) -> bool:
        undelivered = [update for queue in self.deliveries.waiting.values() for update in queue]
        await self.deliveries.stop()
        self.queue.extend(sorted(undelivered, key=lambda update: update["update_id"]))
        if params.get("drop_pending_updates") in (True, "true", "True", "1"):
            self.queue.clear()
        self.webhook = {}
        return True

    def do_getWebhookInfo(self, params: Params) -> dict[str, Any]:
        pending = self.deliveries.pending if self.webhook else len(self.queue)
        info = {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": pending,
        }
        if self.webhook:
            info["max_connections"] = self.webhook["max_connections"]
            if self.deliveries.last_error:
                info |= {
                    "last_error_date": int(time.time()),
                    "last_error_message": self.deliveries.last_error,
                }
        return info | ({"allowed_updates": sorted(self._allowed)} if self._allowed else {})


def too_many(seconds: int) -> Refused:
    return Refused(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


def refusal(error: Refused) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    headers = None
    if error.parameters:
        body["parameters"] = error.parameters
        if "retry_after" in error.parameters:
            headers = {"Retry-After": str(error.parameters["retry_after"])}
    return answer(body, error.code, headers)


def _faulty(fault: Fault) -> web.Response:
    if fault.kind == "too_many":
        return refusal(too_many(fault.number))
    texts = {500: "Internal Server Error", 403: "Forbidden: bot was blocked by the user", 401: "Unauthorized"}
    return refusal(Refused(fault.number, texts.get(fault.number, "Bad Request: fault")))


def json_value(params: Params, name: str, kind: type[Any]) -> Any:
    value = params.get(name)
    if isinstance(value, str) and value:
        try:
            value = json.loads(value)
        except ValueError:
            raise bad(f"can't parse {name} JSON object") from None
    if value and not isinstance(value, kind):
        raise bad(f"can't parse {name}: wrong type")
    return value or kind()


def _webhook_headers(secret: str) -> dict[str, str]:
    more = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
    return {"Content-Type": "application/json", **more}


def _chat_of(update: dict[str, Any]) -> int:
    body = next(value for value in update.values() if isinstance(value, dict))
    chat: int = (body.get("chat") or body.get("message", {}).get("chat") or body["from"])["id"]
    return chat
