"""VK: reads events, renders replies, receives by long poll or the Callback API. vkbottle is the typed client.

Limits: dev.vk.com, pages «keyboard» and «messages.send»; error codes: the published schema of the API.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import re
import traceback
import unicodedata
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import count, pairwise
from math import inf
from pathlib import Path
from typing import Any, Final, Literal, assert_never, cast
from urllib.parse import urljoin, urlsplit
from weakref import WeakValueDictionary

from aiohttp import ClientError, ClientTimeout
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from pydantic import ValidationError
from vkbottle.api import API
from vkbottle.http import AiohttpClient
from vkbottle_types.objects import MessagesSendUserIdsResponseItem

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
    Uploads,
)
from bot.channels.uploads import Upload
from bot.messages import (
    Address,
    Button,
    Choose,
    Event,
    File,
    Incoming,
    Joined,
    Keep,
    Left,
    Press,
    Rate,
    Reply,
    Say,
    Start,
    Text,
    Unreadable,
    Write,
    buttons_of,
    decode,
    encode,
    press_of,
    words_of,
)

log = logging.getLogger(__name__)

NAME: Final = "vk"
CHATS: Final = 2_000_000_000  # ids of chats begin here; ids below are people
TEXT: Final = 4096  # error 914 beyond
LABEL: Final = 40
ROW: Final = 5
INLINE_ROWS: Final = 6
INLINE_BUTTONS: Final = 10
FIELD_ROWS: Final = 10  # the keyboard under the field
FIELD_BUTTONS: Final = 40
SIDE_BY_SIDE: Final = 20  # what a phone shows of a label that shares its row; longer ones are listed in the text
CONTROLS_IN_ROW: Final = 3

EVENTS: Final = ("message_new", "message_event", "message_edit", "message_allow", "message_deny")  # what we read

CALLS: Final = 20  # calls of any method that a community may make …
CALLS_SECONDS: Final = 1.05  # … in one second by VK's clock, which is not ours
WAIT: Final = 25  # seconds of one long poll, as VK advises
PAUSE: Final = (0.5, 60.0)  # seconds between tries while something is away: the first, the longest
AT_ONCE: Final = 32
BODY: Final = 1_000_000
REMEMBERED: Final = 2_000
ATTACHED: Final = 10  # files of one message
DOWNLOADS: Final = 4
DOWNLOAD_SECONDS: Final = 90.0
REDIRECTS: Final = 4  # a document's address leads on to the server where it lies
FILE_HOSTS: Final = (
    "userapi.com",
    "vkuserphoto.ru",
    "vkuserdocs.ru",
    "vkuser.net",
    "vk-cdn.net",
    "vk.com",
    "vk.ru",
)

# client_info.lang_id; 100 and 777 are VK's playful kinds of Russian.
_LANGUAGES: Final = {
    0: "ru",
    1: "uk",
    2: "be",
    3: "en",
    4: "es",
    5: "fi",
    6: "de",
    7: "it",
    100: "ru",
    777: "ru",
}
_OTHER_LANGUAGE: Final = "xx"
_INVISIBLE: Final = "…"  # for a text or a label with nothing to see, which VK refuses
_MENU: Final = ("menu", "open")  # where this is all that may be pressed, the lasting keyboard says it
_COLOURS: Final = {"plain": "secondary", "good": "positive", "bad": "negative"}
_CYRILLIC = re.compile("[А-Яа-яЁё]")
_LONG_POLL_OFF: Final = (
    "VK gives no events: switch long poll on in the community (Управление → Работа с API → Long Poll API: "
    "включено, типы событий: сообщения) and give the token the rights «Управление сообществом» and "
    "«Сообщения сообщества»"
)


# --- reading ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Tap:
    """A pressed callback button: what confirms it and which message it stands under."""

    event_id: str
    user: int
    peer: int
    message: int
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Attached:
    """A photo or a document of a message, not fetched. `size`: 0 when VK does not say it."""

    url: str
    name: str
    size: int
    shown: Literal["photo", "file"]


def read(event: dict[str, Any], group_id: int, *, files: bool = False) -> Incoming | None:
    """The event in neutral words; None when it is not meant for us (another community's, talk in chats). `files`: this
    channel may carry them; `native` then holds what hangs at the message."""
    body = event.get("object")
    if not isinstance(body, dict) or event.get("group_id", group_id) != group_id:
        return None
    try:
        match event.get("type"):
            case "message_new":
                return _read_message(event, body, group_id, files)
            case "message_edit" if body["peer_id"] == body["from_id"] > 0:
                return _incoming(event, body, Unreadable("edited"))
            case "message_event":
                return _read_tap(event, body)
            case "message_deny":
                return _incoming(event, {"from_id": body["user_id"], "peer_id": body["user_id"]}, Left())
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        log.warning("vk: an event %s of unknown shape: %s", event.get("type"), type(error).__name__)
    return None


def _incoming(
    event: dict[str, Any],
    message: dict[str, Any],
    said: Event,
    client: dict[str, Any] | None = None,
    native: Tap | tuple[Attached, ...] | None = None,
) -> Incoming:
    language = (client or {}).get("lang_id")
    return Incoming(
        id=_id_of(event, message),
        who=Address(NAME, str(int(message["from_id"]))),
        where=Address(NAME, str(int(message["peer_id"]))),
        event=said,
        language=None if language is None else _LANGUAGES.get(language, _OTHER_LANGUAGE),
        native=native,
    )


def _id_of(event: dict[str, Any], message: dict[str, Any]) -> str:
    """VK's event_id; for the old API versions without it, what stays the same in a redelivery."""
    if ident := str(event.get("event_id") or ""):
        return ident[:40]
    parts = [event.get("type"), message.get("peer_id"), message.get("conversation_message_id")]
    parts += [message.get("update_time"), message.get("event_id"), message.get("date")]
    return "m" + blake2b("-".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def _read_message(event: dict[str, Any], body: dict[str, Any], group_id: int, files: bool) -> Incoming | None:
    message = body.get("message", body)  # before API 5.103 the message was the object itself
    peer = int(message["peer_id"])
    if int(message["from_id"]) <= 0 or message.get("out"):
        return None
    text = layout.clean(message.get("text") or "").strip()
    said: Event | None
    if message.get("action"):
        said = _service(message["action"], group_id)
    elif peer >= CHATS:
        said = _said_in_chat(message, text, group_id)
    else:
        said = _said(message, text)
    if said is None:
        return None
    attached = _attached(message) if files and isinstance(said, Text | Unreadable) and peer < CHATS else ()
    if attached:
        said = File(attached[0].name, size=attached[0].size, text=text, shown=attached[0].shown)
    return _incoming(event, message, said, body.get("client_info"), attached or None)


def _service(action: dict[str, Any], group_id: int) -> Event | None:
    if action.get("member_id") != -group_id:
        return None
    match action.get("type"):
        case "chat_invite_user":
            return Joined()
        case "chat_kick_user":
            return Left()
        case _:
            return None


def _said_in_chat(message: dict[str, Any], text: str, group_id: int) -> Event | None:
    """In a chat only what is addressed to us: a press, or words after a mention."""
    press = _press(_payload(message.get("payload")))
    if press is not None:
        return press
    mention = re.compile(rf"\[(?:club|public){group_id}\|[^\]]*\]|@(?:club|public){group_id}\b")
    if not mention.search(text):
        return None
    rest = mention.sub(" ", text).strip(" ,:\n")
    return Text(rest) if rest else Start()


def _said(message: dict[str, Any], text: str) -> Event:
    payload = _payload(message.get("payload"))
    command = isinstance(payload, dict) and payload.get("command") == "start"
    if command or message.get("ref"):
        # The words of a button are nobody's own words.
        return Start(payload=str(message.get("ref") or "")[:200], text="" if payload is not None else text)
    if press := _press(payload):
        return press
    if text:
        return Text(text)
    return Unreadable("foreign" if payload is not None else _kind(message))


def _payload(payload: Any) -> Any:
    """The payload of a button as data: VK gives a string with messages, an object with callback presses."""
    if not isinstance(payload, str):
        return payload
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return payload


def _press(payload: Any) -> Press | None:
    data = payload.get("p") if isinstance(payload, dict) else None
    return decode(data) if isinstance(data, str) else None


def _kind(
    message: dict[str, Any],
) -> Literal["voice", "photo", "video", "file", "sticker", "location", "other"]:
    attachments = message.get("attachments") or [{}]
    match attachments[0].get("type"):
        case "audio_message":
            return "voice"
        case "photo" | "graffiti":
            return "photo"
        case "video":
            return "video"
        case "doc" | "audio":
            return "file"
        case "sticker":
            return "sticker"
        case _:
            return "location" if message.get("geo") else "other"


def _attached(message: dict[str, Any]) -> tuple[Attached, ...]:
    """The photos, in their largest size, and the documents of a message."""
    found: list[Attached] = []
    for attachment in (message.get("attachments") or [])[:ATTACHED]:
        match attachment:
            case {"type": "photo", "photo": dict(photo)}:
                sizes = [*(photo.get("sizes") or []), *([photo["orig_photo"]] if photo.get("orig_photo") else [])]
                largest: dict[str, Any] = max(
                    sizes, key=lambda size: size.get("width", 0) * size.get("height", 0), default={}
                )
                if url := largest.get("url"):
                    found.append(Attached(str(url), f"photo-{len(found) + 1}.jpg", 0, "photo"))
            case {"type": "doc", "doc": dict(doc)} if doc.get("url"):
                name = layout.clean(str(doc.get("title") or ""))[:300] or "file"
                found.append(Attached(str(doc["url"]), name, int(doc.get("size") or 0), "file"))
    return tuple(found)


def _read_tap(event: dict[str, Any], body: dict[str, Any]) -> Incoming | None:
    user, peer = int(body["user_id"]), int(body["peer_id"])
    if user <= 0:
        return None
    tap = Tap(str(body["event_id"]), user, peer, int(body.get("conversation_message_id") or 0))
    said = _press(_payload(body.get("payload"))) or Unreadable("foreign")
    return _incoming(event, {**body, "from_id": user}, said, native=tap)


# --- rendering --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """A reply as VK takes it: one or more texts, the keyboard under the last one. None: no keyboard."""

    parts: tuple[str, ...]
    keyboard: dict[str, Any] | None = None

    @property
    def inline(self) -> bool:
        return self.keyboard is not None and bool(self.keyboard["inline"])


def render(reply: Reply, private: bool = True) -> Message:
    """The reply within VK's limits. What does not fit into a keyboard stands in the text, to be typed.

    private: not in a chat, where a keyboard under the field would be shown to all.
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
    inline = len(options) + len(controls) <= INLINE_BUTTONS
    laid = _lay(reply, options, controls, inline)
    if laid is None:
        text = "\n\n".join(part for part in (text, _listed(reply, options), _linked(options)) if part)
        inline = len(controls) <= INLINE_BUTTONS
        laid = _lay(reply, (), controls, inline) or []
    elif _is_cut(laid, len(options)):
        text = "\n\n".join(part for part in (text, _listed(reply, options)) if part)
        laid = _lay(reply, _numbered(reply, options), controls, inline) or []
    if isinstance(reply, Say) and private and all((b.step, b.key) == _MENU for b in (*options, *controls)):
        return Message(_split(text), _menu(text))
    if laid:
        return Message(_split(text), _keyboard(reply, laid, inline))
    return Message(_split(text))


def _lay(
    reply: Reply, options: Sequence[Button], controls: Sequence[Button], inline: bool
) -> list[list[Button]] | None:
    """Rows of buttons, one option a row where there is room; None when they do not fit."""
    if len(options) + len(controls) > (INLINE_BUTTONS if inline else FIELD_BUTTONS):
        return None
    bottom = layout.evenly(controls, CONTROLS_IN_ROW)
    laid = layout.rows(options, ROW)
    room = (INLINE_ROWS if inline else FIELD_ROWS) - len(bottom)
    if len(laid) > room and isinstance(reply, Rate):
        # A scale keeps its even look: «Затрудняюсь» goes down to the controls, or all marks stand in pairs.
        if bottom and len(bottom[0]) < CONTROLS_IN_ROW and len(laid) - 1 <= room and len(laid[-1]) == 1:
            return [*laid[:-1], [*laid[-1], *bottom[0]], *bottom[1:]]
        laid = layout.evenly(options, 2)
    while len(laid) > room:
        widths = [
            (max(layout.length(b.label) for b in one + two), at)
            for at, (one, two) in enumerate(pairwise(laid))
            if len(one) + len(two) <= ROW
        ]
        if not widths:
            laid = layout.evenly(options, ROW)
            break
        _, at = min(widths)
        laid[at : at + 2] = [laid[at] + laid[at + 1]]
    return laid + bottom if len(laid) <= room else None


def _is_cut(laid: Sequence[Sequence[Button]], options: int) -> bool:
    """Whether one of the first `options` buttons cannot be read in full."""
    placed = [(b, LABEL if len(row) == 1 else SIDE_BY_SIDE) for row in laid for b in row]
    return any(layout.length(_label(b)) > most for b, most in placed[:options] if not b.url)


def _listed(reply: Reply, options: Sequence[Button]) -> str:
    """All options in full. The marks of a scale carry their own numbers."""
    pressed = [b for b in options if not b.url]
    if isinstance(reply, Rate):
        return "\n".join(layout.ticked(b) for b in pressed)
    return layout.numbered(pressed)


def _linked(options: Sequence[Button]) -> str:
    return "\n".join(f"{b.label}: {b.url}" for b in options if b.url)


def _numbered(reply: Reply, options: Sequence[Button]) -> list[Button]:
    """The buttons of listed options begin with the number that can be typed."""
    if isinstance(reply, Rate):
        return list(options)
    numbers = count(1)
    return [b if b.url else b.model_copy(update={"label": f"{next(numbers)}. {b.label}"}) for b in options]


def _keyboard(reply: Reply, laid: Sequence[Sequence[Button]], inline: bool) -> dict[str, Any]:
    # VK knows one_time only for the keyboard under the field.
    return {
        "inline": inline,
        "one_time": not inline,
        "buttons": [[_button(reply, button, inline) for button in row] for row in laid],
    }


def _button(reply: Reply, button: Button, inline: bool) -> dict[str, Any]:
    label = layout.shorten(_label(button), LABEL)
    if button.url:
        return {"action": {"type": "open_link", "link": button.url, "label": label}}
    # A callback press changes its message in place and writes nothing into the talk; the buttons under the
    # field are gone after one press, so there the press stands in the talk as what the person said.
    kind = "callback" if inline else "text"
    return _pressed(kind, label, press_of(reply, button), _COLOURS[button.tone])


def _pressed(kind: str, label: str, press: str, colour: str) -> dict[str, Any]:
    payload = json.dumps({"p": press}, separators=(",", ":"))
    return {"action": {"type": kind, "label": label, "payload": payload}, "color": colour}


def _menu(text: str) -> dict[str, Any]:
    """The lasting way to the menu: VK has no list of commands."""
    label = "Меню" if _CYRILLIC.search(text) else "Menu"
    button = _pressed("text", label, encode(*_MENU), _COLOURS["plain"])
    return {"inline": False, "one_time": False, "buttons": [[button]]}


def _label(button: Button) -> str:
    text = layout.clean(layout.ticked(button))
    return text if _visible(button.label) else button.key or _INVISIBLE


def _split(text: str) -> tuple[str, ...]:
    parts = layout.split_text(layout.clean(text), TEXT)
    return tuple(part for part in parts if _visible(part)) or (_INVISIBLE,)


def _visible(text: str) -> bool:
    return any(unicodedata.category(char)[0] not in "ZCM" for char in text)


def _turns_page(press: Press, reply: Reply) -> bool:
    """Is this reply the pressed screen itself in a new state: a toggled choice, a list, a card? Other screens
    stay as they are above the new message; thanks and answers must not vanish from the chat."""
    if reply.step != press.step:
        return False
    return isinstance(reply, Rate | Choose) or (
        isinstance(reply, Say) and press.step.startswith("task") and bool(reply.buttons)
    )


def _is_survey(step: str) -> bool:
    """Questions that are closed once answered. Buttons of menus, tasks and answers go on working."""
    return "~" in step and not step.startswith(("task", "menu", "reply."))


def mark_choice(text: str, reply: Reply, press: Press) -> str:
    """The text of an answered question with what was chosen under it."""
    buttons = buttons_of(reply)
    said = [b.label for b in buttons if b.chosen] if press.key == "done" else []
    said = said or [b.label for b in buttons if (b.step or reply.step, b.key) == (press.step, press.key)][:1]
    return "\n".join([text, "", *(layout.TICK + label for label in said)]) if said else text


# --- failures ---------------------------------------------------------------------------------------------

_LATER: Final = {1: 2.0, 6: 0.5, 9: 60.0, 10: 2.0, 14: 60.0, 29: 600.0}  # seconds
_GONE: Final = {15, 18, 113, 900, 901, 902, 917, 922, 925, 936, 939, 945, 946, 950}
_NOT_EDITABLE: Final = {100, 909, 910, 920, 924, 949}


class VKError(Exception):
    """VK's own refusal. Its words carry no token and no text of ours."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"VK error {code}: {words}"[:200])
        self.code = code


def failure(error: VKError) -> Failure:
    """What a refused message means for the sender."""
    if error.code in _LATER:
        return TryLater(_LATER[error.code], str(error), limited=error.code in (6, 29))
    return Unreachable(str(error)) if error.code in _GONE else Rejected(str(error))


class Client(API):
    """vkbottle's typed methods over a request of ours.

    The library's own request puts the token into the address (proxies log addresses), waits five seconds and
    repeats after a 5xx even where the work was done, and gives no word on a broken connection.
    """

    def __init__(self, token: str, api_url: str, timeout: float, sleep: Sleep) -> None:
        self._http = AiohttpClient()
        super().__init__(token, http_client=self._http)
        self.API_URL = api_url
        self._token = token
        self._timeout = timeout
        self._sleep = sleep
        self._slots = [-inf] * CALLS  # when the latest calls could start, by the loop's clock

    async def request(self, method: str, data: dict[str, Any], version: str | None = None) -> dict[str, Any]:
        """One call. Raises VKError for a refusal, TryLater for anything that is no answer of VK's."""
        params = await self.validate_request(dict(data))
        await self._place()
        answer = await self.fetch(
            "POST",
            self.API_URL + method,
            self._timeout,
            data={**params, "access_token": self._token, "v": version or self.API_VERSION},
        )
        if isinstance(error := answer.get("error"), dict):
            raise VKError(int(error.get("error_code", 1)), str(error.get("error_msg", "")))
        if "response" not in answer:
            raise TryLater(2, "VK gave no answer")
        return answer

    async def fetch(self, method: str, url: str, seconds: float, **more: Any) -> dict[str, Any]:
        """JSON from VK. Raises TryLater for network, 5xx, HTML; the address is in no message."""
        try:
            async with self._http.request(url, method, timeout=ClientTimeout(total=seconds), **more) as response:
                body = await response.read()
                status = response.status
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            raise TryLater(2, f"VK cannot be reached: {type(error).__name__}") from None
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            answer = None
        if status >= 500 or not isinstance(answer, dict):
            raise TryLater(2, f"VK answered with HTTP {status}")
        return answer

    async def download(self, url: str, into: Upload) -> None:
        """Fetch a file from VK's own servers, redirects among them followed; one that is too large is left there.
        Raises TryLater when it cannot be had, Rejected for an address that is not VK's."""
        try:
            async with asyncio.timeout(DOWNLOAD_SECONDS):
                for _ in range(REDIRECTS):
                    if not self.is_vk(url):
                        raise Rejected("an attachment lies at an address that is not VK's")
                    timeout = ClientTimeout(total=None, sock_read=self._timeout)
                    async with self._http.request(url, "GET", timeout=timeout, allow_redirects=False) as response:
                        if response.status in (301, 302, 303, 307, 308):
                            url = urljoin(url, response.headers.get("Location", ""))
                            continue
                        if response.status != 200:
                            raise TryLater(2, f"VK gave no file: HTTP {response.status}")
                        async for piece in response.content.iter_chunked(64 * 1024):
                            into.add(piece)
                            if into.too_large or into.failed:
                                return
                            await into.write()
                        await into.write(end=True)
                        return
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            raise TryLater(2, f"a file could not be fetched: {type(error).__name__}") from None
        raise TryLater(2, "a file is redirected for ever")

    def is_vk(self, url: str) -> bool:
        """Whether we fetch from there: https at VK's own names, or the very server of VK_API_URL. A message may say any
        address, also one inside our network."""
        where, api = urlsplit(url), urlsplit(self.API_URL)
        if (where.scheme, where.netloc) == (api.scheme, api.netloc):
            return True
        host = where.hostname or ""
        good = where.scheme == "https" and where.port in (None, 443) and not where.username
        return good and any(host == name or host.endswith(f".{name}") for name in FILE_HOSTS)

    async def close(self) -> None:
        await self._http.close()

    async def _place(self) -> None:
        """Wait until one more call is within the limit: a press costs up to three of them."""
        now = asyncio.get_running_loop().time()
        start = max(now, self._slots.pop(0) + CALLS_SECONDS)
        self._slots.append(start)
        if start > now:
            await self._sleep(start - now)


# --- the channel ------------------------------------------------------------------------------------------


class VKChannel:
    """The messages of one community. `api_url` ends with «/method/»; `timeout`: seconds a call may take;
    `secret` and `confirmation`: what the settings of the community's Callback API show; `uploads`: where files go, if
    the mode lets them in."""

    per_second: float = CALLS

    def __init__(
        self,
        token: str,
        api_url: str,
        mode: Mode,
        timeout: float = 20,
        secret: str = "",
        confirmation: str = "",
        *,
        uploads: Uploads | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.traits = Traits(NAME, mode, writes_in_groups=False)
        self.identity: Identity | None = None
        self.ready = False
        self.group_id = 0  # 0: not known before `connect`
        self.secret = secret
        self.confirmation = confirmation
        self._api = Client(token, api_url, timeout, sleep)
        self._timeout = timeout
        self._sleep = sleep
        self._trouble: str | None = None  # None: no word was said yet
        self._places = asyncio.Semaphore(AT_ONCE)
        self._uploads = uploads if mode == "personal" else None
        self._downloads = asyncio.Semaphore(DOWNLOADS)
        self._order: WeakValueDictionary[Address, asyncio.Lock] = WeakValueDictionary()
        self._names: OrderedDict[str, str] = OrderedDict()
        self._asked: OrderedDict[tuple[str, int], tuple[str, Reply]] = OrderedDict()

    async def connect(self) -> None:
        try:
            found = (await self._api.groups.get_by_id()).groups
        except VKError as error:
            later = failure(error)
            raise (later if isinstance(later, TryLater) else Rejected(str(error))) from None
        except ValidationError:
            raise Rejected("VK's answer to groups.getById has an unknown shape") from None
        if not found or not found[0].id:
            raise Rejected("this VK token is not a community's")
        group = found[0]
        self.group_id = int(group.id)
        link = f"https://vk.me/{group.screen_name or f'club{group.id}'}?ref={{payload}}"
        self.identity = Identity(group.name or "", link)
        self.ready = True

    async def close(self) -> None:
        await self._api.close()

    async def lacking_events(self) -> list[str] | None:
        """Types of events that the settings of long poll leave out; None when long poll is off. Raises Failure."""
        try:
            # As it comes: the typed method refuses the answer when one of VK's forty types of events is missing in it.
            answer = await self._api.request("groups.getLongPollSettings", {"group_id": self.group_id})
        except VKError as error:
            raise failure(error) from None
        found = answer["response"]
        if not found.get("is_enabled"):
            return None
        return [name for name in EVENTS if not found.get("events", {}).get(name)]

    # --- sending

    async def answer(self, incoming: Incoming | None, where: Address, replies: Sequence[Reply], seed: int) -> None:
        done = 0
        if incoming is not None and isinstance(tap := incoming.native, Tap):
            await self._confirm(tap)
            if isinstance(press := incoming.event, Press) and where == incoming.where:
                done = await self._show_press(where, tap, press, replies)
        for number, reply in enumerate(replies[done:], done):
            await self._send(where, reply, seed, number, "answer")

    async def post(self, where: Address, reply: Reply, seed: int) -> str:
        return await self._send(where, reply, seed, 0, "post")

    async def edit(self, where: Address, message: str, reply: Reply) -> None:
        if not message.isdecimal() or not await self._edited(where, int(message), reply):
            raise CannotEdit("the message is gone, too old, or the new text is too long for it")

    async def _send(self, where: Address, reply: Reply, seed: int, number: int, what: str) -> str:
        """Send all parts of a reply; the number of the last one in its chat. Raises Failure."""
        message = render(reply, not _is_chat(where))
        sent = ""
        for at, text in enumerate(message.parts):
            last = at == len(message.parts) - 1
            keyboard = _json(message.keyboard) if last and message.keyboard else None
            sent = await self._send_part(where, text, keyboard, _random_id(where, what, seed, number, at))
        self._remember(where, sent, message, reply)
        return sent

    async def _send_part(self, where: Address, text: str, keyboard: str | None, random_id: int) -> str:
        try:
            # Only this form tells the number in the chat, which editing needs; a refusal comes inside it.
            answer = await self._api.messages.send(
                peer_ids=[_peer(where)],
                random_id=random_id,
                message=text,
                keyboard=keyboard,
                dont_parse_links=True,  # a preview would open a client's secret address
                disable_mentions=True,
            )
        except VKError as error:
            raise failure(error) from None
        except ValidationError:
            raise Rejected("VK's answer to messages.send has an unknown shape") from None
        # vkbottle's overloads say int for every form.
        sent = cast(list[MessagesSendUserIdsResponseItem], answer)[0]
        if sent.error is not None:
            raise failure(VKError(int(sent.error.code or 1), sent.error.description or ""))
        return str(sent.conversation_message_id or "")

    def _remember(self, where: Address, message: str, shown: Message, reply: Reply) -> None:
        """Keep how a survey's question looks until it is answered: VK does not say it with the press."""
        if message and shown.inline and _is_survey(reply.step):
            self._asked[where.id, int(message)] = (shown.parts[-1], reply)
            if len(self._asked) > REMEMBERED:
                self._asked.popitem(last=False)

    async def _confirm(self, tap: Tap) -> None:
        """Stop the button's spinning. VK takes it once and within a minute."""
        if tap.confirmed:
            return
        tap.confirmed = True
        try:
            await self._api.messages.send_message_event_answer(
                event_id=tap.event_id, peer_id=tap.peer, user_id=tap.user
            )
        except (Failure, VKError, ValidationError) as error:
            # The turn is stored: the answer itself matters more than a spinning button.
            log.debug("vk: a press was not confirmed: %s", type(error).__name__)

    async def _show_press(self, where: Address, tap: Tap, press: Press, replies: Sequence[Reply]) -> int:
        """Change the pressed message; gives the number of replies shown by that."""
        if replies and _turns_page(press, replies[0]):
            return int(await self._edited(where, tap.message, replies[0]))
        if not any(reply.step == press.step for reply in replies):
            asked = self._asked.pop((where.id, tap.message), None)
            if asked is not None and asked[1].step == press.step:
                await self._close_question(where, tap.message, mark_choice(*asked, press))
        return 0

    async def _close_question(self, where: Address, message: int, text: str) -> None:
        """Write the choice under the question and take its buttons away."""
        if layout.length(text) > TEXT:
            return
        try:
            await self._change(where, message, text, None)
        except (Failure, VKError) as error:
            log.debug("vk: an answered question was not closed: %s", error)

    async def _edited(self, where: Address, message: int, reply: Reply) -> bool:
        """Show the reply in place of a message; False when that cannot be done. Raises Failure."""
        shown = render(reply, private=False)
        if not message or len(shown.parts) > 1 or (shown.keyboard is not None and not shown.inline):
            return False
        try:
            await self._change(where, message, shown.parts[0], shown.keyboard)
        except VKError as error:
            if error.code in _NOT_EDITABLE:
                return False
            raise failure(error) from None
        self._remember(where, str(message), shown, reply)
        return True

    async def _change(self, where: Address, message: int, text: str, keyboard: dict[str, Any] | None) -> None:
        """Raises VKError, Failure."""
        try:
            await self._api.messages.edit(
                peer_id=_peer(where),
                cmid=message,
                message=text,
                keyboard=_json(keyboard) if keyboard else None,
                dont_parse_links=True,
                disable_mentions=True,
            )
        except ValidationError:
            raise Rejected("VK's answer to messages.edit has an unknown shape") from None

    # --- receiving

    async def receive(self, hear: Hear, cursor: Cursor) -> None:
        server: dict[str, Any] | None = None
        pause = PAUSE[0]
        while True:
            try:
                if self.identity is None:
                    await self.connect()
                if server is None:
                    server = await self._long_poll()
                ts = await cursor.get()
                if not ts:
                    ts = server["ts"]
                    await cursor.put(ts)
                answer = await self._api.fetch(
                    "GET",
                    server["server"],
                    WAIT + self._timeout,
                    params={"act": "a_check", "key": server["key"], "ts": ts, "wait": WAIT},
                )
                match answer.get("failed"):
                    case None:
                        await self._take_all(answer.get("updates", []), hear)
                        # Only now: what was not stored must come again.
                        if (moved := str(answer["ts"])) != ts:
                            await cursor.put(moved)
                        self._tell("")
                        pause = PAUSE[0]
                        continue
                    case 1:
                        log.warning("vk: the history before ts %s is gone, and the events in it", answer["ts"])
                        await cursor.put(str(answer["ts"]))
                    case 2:
                        server = None
                    case failed:
                        log.warning("vk: the stream is lost (failed %s), taking the new one", failed)
                        server = None
                        await cursor.put("")
                # Once is a usual thing; a server that goes on refusing must not be asked without a pause.
                wait = 0.0 if pause == PAUSE[0] else pause
            except Busy:
                wait = pause
            except TryLater as error:
                self._tell(str(error))
                wait = max(pause, error.seconds)
            except (Failure, VKError) as error:
                self._tell(str(error))
                server, wait = None, max(pause, 30)
            except Exception as error:
                # The database's, or a shape of answer that we do not know: nothing may end receiving.
                self._tell(f"receiving failed: {_place_of(error)}")
                server, wait = None, max(pause, 2)
            await self._sleep(wait)
            pause = min(pause * 2, PAUSE[1])

    async def _long_poll(self) -> dict[str, str]:
        try:
            found = await self._api.groups.get_long_poll_server(group_id=self.group_id)
        except VKError as error:
            if error.code in (15, 100):
                raise Rejected(f"{_LONG_POLL_OFF} ({error})") from None
            raise failure(error) from None
        return {"server": found.server, "key": found.key, "ts": str(found.ts)}

    def _tell(self, trouble: str) -> None:
        """One line in the log for each change of state."""
        self.ready = not trouble
        if trouble == self._trouble:
            return
        if trouble:
            log.error("vk: not receiving: %s", trouble)
        else:
            log.info("vk: receiving events of the community %s", self.group_id)
        self._trouble = trouble

    async def _take_all(self, events: Sequence[Any], hear: Hear) -> None:
        """All events of one answer: chats side by side, one chat in order. Raises Busy when all are done."""
        chats: dict[Address, list[Incoming]] = {}
        for event in events:
            incoming = read(event, self.group_id, files=self.takes_files) if isinstance(event, dict) else None
            if incoming is not None:
                chats.setdefault(incoming.where, []).append(incoming)

        async def one(chat: Sequence[Incoming]) -> bool:
            try:
                for incoming in chat:
                    await self.take(incoming, hear)
            except Busy:
                return False
            return True

        if not all(await asyncio.gather(*(one(chat) for chat in chats.values()))):
            raise Busy("some events were not stored")

    @property
    def takes_files(self) -> bool:
        return self._uploads is not None

    async def take(self, incoming: Incoming, hear: Hear) -> None:
        """One event to its end. Raises Busy. A fault of ours is logged: the event would bring it again."""
        lock = self._order.setdefault(incoming.where, asyncio.Lock())
        async with lock, self._places:
            if not incoming.private and isinstance(incoming.event, Press | Text | Start):
                incoming = await self._named(incoming)
            try:
                if isinstance(incoming.event, File) and self._uploads is not None:
                    await self._take_files(incoming, self._uploads, hear)
                else:
                    await hear(incoming)
            except Busy:
                raise
            except Exception as error:
                log.error("vk: a turn failed: %s", _place_of(error))

    async def _take_files(self, incoming: Incoming, uploads: Uploads, hear: Hear) -> None:
        """Each file of a message is a turn of its own, the words come with the first. A file that cannot be had is told
        to the client: waiting for it would keep all other events waiting. Raises Busy."""
        attached = incoming.native if isinstance(incoming.native, tuple) else ()
        for number, one in enumerate(attached):
            upload = Upload(uploads)
            try:
                event = await self._fetched(one, upload)
                if number == 0 and isinstance(incoming.event, File):
                    event = replace(event, text=incoming.event.text)
                ident = f"{incoming.id[:37]}.{number}" if number else incoming.id
                await hear(replace(incoming, id=ident, event=event, native=None))
            finally:
                upload.discard()

    async def _fetched(self, one: Attached, upload: Upload) -> File:
        event = File(one.name, size=one.size, shown=one.shown)
        if self._uploads is None or one.size > self._uploads.most_bytes:
            return replace(event, refused="large")
        try:
            async with self._downloads:
                await self._api.download(one.url, upload)
        except Failure as error:
            log.warning("vk: %s", error)
            return replace(event, refused="scanner")
        if upload.too_large:
            return replace(event, size=upload.size, refused="large")
        if upload.path is None:
            return replace(event, refused="scanner")
        return replace(event, path=str(upload.path), size=upload.size)

    async def _named(self, incoming: Incoming) -> Incoming:
        """With the person's name, which VK does not send: staff act in chats under their names."""
        person = incoming.who.id
        if person not in self._names:
            try:
                found = await self._api.users.get(user_ids=[int(person)])
            except (Failure, VKError, ValidationError) as error:
                log.warning("vk: a name could not be learned: %s", type(error).__name__)
                return incoming
            name = f"{found[0].first_name or ''} {found[0].last_name or ''}" if found else ""
            self._names[person] = layout.shorten(layout.clean(name), 64)
            if len(self._names) > REMEMBERED:
                self._names.popitem(last=False)
        return Incoming(
            id=incoming.id,
            who=incoming.who,
            where=incoming.where,
            event=incoming.event,
            language=incoming.language,
            name=self._names[person],
            native=incoming.native,
        )


def _place_of(error: Exception) -> str:
    """Where a fault happened; its words may be a client's."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}"


def _is_chat(where: Address) -> bool:
    return where.id.isdecimal() and int(where.id) >= CHATS


def _peer(where: Address) -> int:
    try:
        return int(where.id)
    except ValueError:
        raise Unreachable("this is no address in VK") from None


def _json(keyboard: dict[str, Any]) -> str:
    return json.dumps(keyboard, ensure_ascii=False, separators=(",", ":"))


def _random_id(where: Address, what: str, seed: int, number: int, part: int) -> int:
    """The same for the same message of the same turn: VK shows a repeat once. 31 bits, never 0."""
    name = f"{where}|{what}|{seed}|{number}|{part}"
    return int.from_bytes(blake2b(name.encode(), digest_size=4).digest(), "big") >> 1 or 1


# --- the Callback API -------------------------------------------------------------------------------------


def webhook_router(channel: VKChannel, hear: Hear) -> APIRouter:
    """POST /webhooks/vk: answers «ok» after the commit, 503 when nothing was stored (VK repeats), 403 without
    the channel's secret. Raises ValueError when the channel has none."""
    if not channel.secret:
        raise ValueError("a webhook without a secret would take anybody's events")
    router = APIRouter()

    @router.post("/webhooks/vk", include_in_schema=False)
    async def take(request: Request) -> PlainTextResponse:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY:
                return PlainTextResponse("too large", 413)
        try:
            event = json.loads(bytes(body))
        except (ValueError, RecursionError):
            event = None
        if not isinstance(event, dict):
            return PlainTextResponse("not an event", 400)
        given = event.get("secret")
        if not isinstance(given, str) or not hmac.compare_digest(
            given.encode("utf-8", "replace"), channel.secret.encode()
        ):
            return PlainTextResponse("forbidden", 403)
        group = event.get("group_id")
        if channel.group_id and group != channel.group_id:
            return PlainTextResponse("another community", 403)
        if event.get("type") == "confirmation":
            return PlainTextResponse(channel.confirmation, 200 if channel.confirmation else 503)
        incoming = read(event, group, files=channel.takes_files) if isinstance(group, int) else None
        if incoming is not None:
            try:
                await channel.take(incoming, hear)
            except Busy:
                return PlainTextResponse("try again", 503)
        return PlainTextResponse("ok")

    return router
