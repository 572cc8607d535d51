"""The browser: pages that need no JavaScript. A page shows what `look` gives; a form is an event for `hear`.

A GET changes nothing, so a previewer or a search engine creates nothing: the first POST makes the cookie.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, assert_never
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from itsdangerous import BadSignature, TimestampSigner
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.channels import Busy, Cursor, Hear, Identity, Look, Traits, Uploads, multipart
from bot.channels.uploads import Upload
from bot.messages import (
    Address,
    Choose,
    Event,
    File,
    Fill,
    Incoming,
    Keep,
    Rate,
    Reply,
    Say,
    Start,
    Text,
    Write,
    decode,
    press_of,
)
from bot.words import Words
from qr import address, code

log = logging.getLogger(__name__)

COOKIE: Final = "otklik"
COOKIE_SECONDS: Final = 30 * 24 * 3600
BODY_BYTES: Final = 128 * 1024  # 10,000 emoji take 120,000 bytes in a form
TEXT_LENGTH: Final = 10_000
REFRESH_SECONDS: Final = 60
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie",
}

_HERE = Path(__file__).parent
_CSS = (_HERE / "static" / "style.css").read_bytes()
STYLE: Final = f"/static/style.css?v={hashlib.sha256(_CSS).hexdigest()[:12]}"
"""Where the pages find their style; changes with its content, so it may be cached for a year."""

_EVENT = re.compile(r"[A-Za-z0-9_-]{16,28}\Z")
_STEP = re.compile(r"[a-z0-9_.~-]{1,40}\Z")
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,40}\Z")
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,64}\Z")
_CODE = re.compile(r"[A-Za-z0-9_-]{4,50}\Z")
_NUMBER = re.compile(r"[1-9][0-9]{0,18}\Z")
_MOST = 2**63  # from here on a number is no id that a database holds
_LONGEST_HEADING = 90
_NOT_DIALLED = re.compile(r"[^\d+]")
_NUMBERS = re.compile(r"\b([А-ЯA-Z]{1,3}-\d{4}-\d{1,9}|[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4})\b")

_pages = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def callable_in(text: str, phone: str) -> Markup:
    """The text with the office's phone as a link, so that it is called by a tap and never breaks over the line."""
    called = Markup('<a href="tel:{}">{}</a>').format(_NOT_DIALLED.sub("", phone), phone)
    parts = re.split(r"\s+".join(map(re.escape, phone.split())), text) if phone.strip() else [text]
    return called.join(map(unbroken, parts))


def unbroken(text: str) -> Markup:
    """The text with numbers and codes of appeals that never break over the line: they are read out and copied."""
    whole = Markup('<span class="whole">{}</span>')
    parts = enumerate(_NUMBERS.split(text))  # what was found stands at the odd places
    return Markup("").join(whole.format(part) if place % 2 else escape(part) for place, part in parts)


_pages.filters["callable_in"] = callable_in
_pages.filters["unbroken"] = unbroken

ACCEPTED: Final = (
    "image/jpeg,image/png,image/webp,application/pdf,text/plain,.jpg,.jpeg,.png,.webp,.pdf,.docx,.xlsx,.odt,.txt"
)
"""What the browser offers to choose. It is a help only: the content decides. Photos of an iPhone come as JPEG by it."""

FILE_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""A file of a client is saved, never shown among our pages: whatever it is, it runs nowhere."""

Readable = Callable[[Address, int], Awaitable[tuple[str, str, str] | None]]
"""Name in the store, shown name and kind of a file, if whoever speaks from this address may read it now."""


class WebChannel:
    """Pages are fetched, never pushed: what is posted here is seen at the next look."""

    traits = Traits("web", "personal", pages=True)
    identity: Identity | None = None
    ready = True
    per_second = 1000.0

    async def connect(self) -> None: ...

    async def receive(self, hear: Hear, cursor: Cursor) -> None:
        await asyncio.Event().wait()

    async def answer(self, incoming: Incoming | None, where: Address, replies: Sequence[Reply], seed: int) -> None: ...

    async def post(self, where: Address, reply: Reply, seed: int) -> str:
        return ""

    async def edit(self, where: Address, message: str, reply: Reply) -> None: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Card:
    """One reply as the template shows it: `lead`, `heading` and `body` are its text, in this order."""

    kind: str
    reply: Reply
    heading: str
    lead: str = ""
    body: str = ""
    main: bool = False
    notice: bool = False
    required: bool = False
    row: bool = False
    code: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """One talk in the browser: the address of its pages and its chat."""

    base: str
    where: Address
    token: str  # against forged forms
    secret: bool = False


@dataclass(frozen=True, slots=True)
class _Form:
    """What was posted, before anything of it is believed."""

    event: str = ""
    csrf: str = ""
    keys: tuple[str, ...] = ()
    text: str = ""
    press: str = ""

    def fields(self) -> list[tuple[str, str]]:
        """The same fields once more, for «Отправить ещё раз»."""
        pairs = [("event", self.event), *(("keys", key) for key in self.keys), ("text", self.text)]
        return [*pairs, ("press", self.press)] if self.press else pairs


class _TooLarge(Exception):
    """More was posted than any of our forms can hold."""


@dataclass(slots=True)
class _Web:
    """What all pages need; made once."""

    hear: Hear
    look: Look
    words: Mapping[str, Words]
    office_name: Callable[[str], str]
    phone: str
    secure: bool
    signer: TimestampSigner
    csrf_key: bytes
    uploads: Uploads | None = None
    default: str = field(init=False)

    def __post_init__(self) -> None:
        self.default = next(iter(self.words))

    # --- who -----------------------------------------------------------------------------------------------

    def client(self, request: Request) -> str | None:
        """The id in the signed cookie; None without one, or when it is forged or too old."""
        try:
            return self.signer.unsign(request.cookies.get(COOKIE, ""), max_age=COOKIE_SECONDS).decode()
        except (BadSignature, UnicodeError):
            return None

    def remember(self, response: Response, client: str) -> None:
        response.set_cookie(
            COOKIE,
            self.signer.sign(client).decode(),
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="lax",
            secure=self.secure,
        )

    def talk(self, client: str) -> _Place:
        where = Address("web", client)
        return _Place("/talk", where, self._token(where))

    def personal(self, secret: str) -> _Place:
        where = Address("web", f"a-{secret}")
        return _Place(f"/a/{secret}", where, self._token(where), secret=True)

    def _token(self, where: Address) -> str:
        return hmac.new(self.csrf_key, str(where).encode(), hashlib.sha256).hexdigest()[:32]

    def language(self, request: Request) -> str:
        """For pages before any talk: `?lang=`, else the browser's first language that we speak."""
        chosen = request.query_params.get("lang", "")
        return chosen if chosen in self.words else self._spoken(request) or self.default

    def _spoken(self, request: Request) -> str | None:
        for part in request.headers.get("accept-language", "")[:200].split(","):
            if (language := part.strip()[:2].lower()) in self.words:
                return language
        return None

    # --- pages ---------------------------------------------------------------------------------------------

    def page(self, name: str, language: str, *, status: int = 200, secret: bool = False, **values: object) -> Response:
        others = [(key, words("web-language")) for key, words in self.words.items() if key != language]
        html = _pages.get_template(f"{name}.html").render(
            t=self.words[language],
            language=language,
            others=others,
            office=self.office_name(language),
            phone=self.phone,
            style=STYLE,
            new_event=secrets.token_urlsafe(16),
            press_of=press_of,
            megabytes=self.uploads.most_bytes // 2**20 if self.uploads else 0,
            accepted=ACCEPTED,
            **{"place": None, "staff": False, **values},
        )
        headers = HEADERS | ({"Referrer-Policy": "no-referrer"} if secret else {})
        return HTMLResponse(html, status, headers)

    def plain(self, key: str, language: str, *, status: int = 200, secret: bool = False, **values: object) -> Response:
        """A page of few words: what happened and one way on. The texts are `<key>-title`, `<key>-text`."""
        words = self.words[language]
        ways = {"way": "", "button": "", "again": (), "to": "", "kept": "", "kept_title": "", "switch": False}
        said = {"title": words(f"{key}-title"), "text": values.get("text") or words(f"{key}-text")}
        return self.page("plain", language, status=status, secret=secret, **{**ways, **said, **values})

    def _farewell(self, request: Request, text: str) -> Response:
        """That his data are gone; what he must know of it is told here or nowhere, for nothing of it is kept."""
        if not text:
            return self._see("/talk/forgotten")
        language = self.language(request)
        return self.plain("web-forgotten", language, text=text, way="/", button=self.words[language]("web-home"))

    async def show(self, request: Request, place: _Place, step: str) -> Response:
        """The talk as it stands, or at an earlier question."""
        spoken = self._spoken(request)
        step = step if step != "text" and _STEP.match(step) else ""  # a reload after a form of free words
        try:
            screen = await self.look(place.where, step, spoken or "")
        except Busy:
            language = self.language(request)
            words = self.words[language]
            return self.plain(
                "web-busy",
                language,
                status=503,
                text=words("web-busy-look"),
                way=request.url.path,
                button=words("web-busy-look-button"),
                secret=place.secret,
            )
        if not screen.known:
            return self.gone(request) if place.secret else self.start(request)
        language = screen.language if screen.language in self.words else self.default
        still = "still" in request.query_params
        fresh = screen.staff and not screen.step and not still
        cards = _cards(screen.replies, self.words[language]("web-keep-code"))
        shown = next((card for card in cards if card.main), None)
        response = self.page(
            "talk",
            language,
            place=place,
            secret=place.secret,
            staff=screen.staff,
            desk=screen.desk,
            fresh=fresh,
            still=screen.staff and not screen.step and still,
            step=screen.step or "menu",
            cards=cards,
            title=shown.heading if shown else self.words[language]("web-talk"),
        )
        if fresh:
            # As a header with a switch beside it: readers who need more time turn it off (WCAG 2.2.1).
            response.headers["Refresh"] = str(REFRESH_SECONDS)
        return response

    def start(self, request: Request) -> Response:
        language = self.language(request)
        button = self.words[language]("web-start-button")
        return self.plain("web-start", language, to="/talk", button=button, switch=True)

    def gone(self, request: Request) -> Response:
        language = self.language(request)
        button = self.words[language]("web-home")
        return self.plain("web-gone", language, status=404, way="/", button=button, secret=True)

    def refused(self, request: Request, way: str, form: _Form, secret: bool = False) -> Response:
        """A form that we cannot trust; what was written in it is shown, so that nothing is lost."""
        language = self.language(request)
        words = self.words[language]
        return self.plain(
            "web-refused",
            language,
            status=403,
            kept=form.text,
            kept_title=words("web-refused-kept"),
            way=way,
            button=words("web-refused-button"),
            secret=secret,
        )

    def large(self, request: Request, place: _Place, step: str, form: _Form) -> Response:
        """The file is too large; the way back leads to the same question, the words are shown."""
        language = self.language(request)
        words = self.words[language]
        most = self.uploads.most_bytes // 2**20 if self.uploads else 0
        return self.plain(
            "web-file-large",
            language,
            status=413,
            text=words("web-file-large-text", megabytes=most),
            kept=form.text,
            kept_title=words("web-refused-kept"),
            way=self._way(place, step),
            button=words("web-file-again"),
            secret=place.secret,
        )

    def _way(self, place: _Place, step: str) -> str:
        return f"{place.base}/{quote(step)}" if _STEP.match(step) and step != "text" else place.base

    # --- events --------------------------------------------------------------------------------------------

    async def read(self, request: Request) -> _Form:
        """The posted fields. Raises _TooLarge."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_BYTES:
                raise _TooLarge
        try:
            pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, max_num_fields=200)
        except ValueError as fault:
            raise _TooLarge from fault
        return _form(pairs)

    async def receive(self, request: Request, boundary: bytes, place: _Place | None) -> multipart.Arrived:
        """A posted form that may carry a file; nothing of it is read for a stranger. Raises _TooLarge."""
        if place is None or self.uploads is None:
            return multipart.Arrived()
        length = request.headers.get("content-length", "")
        try:
            return await multipart.read(
                request.stream(),
                boundary,
                self.uploads,
                declared=int(length) if length.isdecimal() else None,
                most_words=BODY_BYTES,
                welcome=lambda pairs: _fits(dict(pairs).get("csrf", ""), place),
            )
        except (multipart.TooManyWords, TimeoutError) as fault:
            raise _TooLarge from fault

    async def take(self, request: Request, place: _Place, event: Event, form: _Form) -> Response:
        """One event; then the page on which the talk stands. A repeated form comes to the same page."""
        incoming = Incoming(
            id=_event_id(form.event, event),
            who=place.where,
            where=place.where,
            event=event,
            language=self._spoken(request) or _first_language(request),
        )
        try:
            heard = await self.hear(incoming)
        except Busy:
            return self._busy(request, place, form, event)
        if heard.forgotten:
            response = self._farewell(request, heard.farewell)
            if not place.secret:
                response.delete_cookie(COOKIE)
            return response
        step = heard.step
        if step is None:
            try:
                step = (await self.look(place.where, "", self._spoken(request) or "")).step
            except Busy:
                step = ""
        response = self._see(f"{place.base}/{quote(step)}" if step else place.base, place.secret)
        if not place.secret:
            self.remember(response, place.where.id)
        return response

    def _busy(self, request: Request, place: _Place, form: _Form, event: Event) -> Response:
        language = self.language(request)
        words = self.words[language]
        if isinstance(event, File):
            # No page can send a file again by itself.
            again: dict[str, object] = {
                "text": words("web-busy-file"),
                "kept_title": words("web-refused-kept"),
                "way": self._way(place, event.step),
                "button": words("web-file-again"),
            }
        else:
            fields = [("csrf", place.token), *form.fields()]
            again = {"to": request.url.path, "again": fields, "button": words("web-busy-button")}
        response = self.plain("web-busy", language, status=503, kept=form.text, secret=place.secret, **again)
        if not place.secret:
            self.remember(response, place.where.id)
        return response

    def _see(self, path: str, secret: bool = False) -> Response:
        headers = HEADERS | ({"Referrer-Policy": "no-referrer"} if secret else {})
        return RedirectResponse(path, 303, headers)

    async def posted(self, request: Request, place: _Place | None, step: str, way: str) -> Response:
        """A form of a talk page: checked, understood, taken."""
        boundary = multipart.boundary_of(request.headers.get("content-type", ""))
        if boundary is None:
            return await self._understood(request, place, step, way, await self.read(request), None)
        arrived = await self.receive(request, boundary, place)
        try:
            return await self._understood(request, place, step, way, _form(arrived.pairs), arrived)
        finally:
            arrived.discard()

    async def _understood(
        self,
        request: Request,
        place: _Place | None,
        step: str,
        way: str,
        form: _Form,
        arrived: multipart.Arrived | None,
    ) -> Response:
        secret = place is not None and place.secret
        if place is None or not _fits(form.csrf, place):
            return self.refused(request, way, form, secret)
        if arrived is not None and arrived.too_large:
            return self.large(request, place, step, form)
        event = _event(step, form)
        if arrived is not None and arrived.file is not None and not form.press and _STEP.match(step):
            event = _file(step, form, arrived.name, arrived.file)
        if event is None:
            return self._see(place.base, secret)
        return await self.take(request, place, event, form)

    # --- files ---------------------------------------------------------------------------------------------

    async def file(
        self,
        request: Request,
        ident: str,
        readable: Readable,
        read: Callable[[str], Awaitable[bytes]],
    ) -> Response:
        """A file of an appeal, to be saved, for those who may read it. To all others it is not there."""
        client = self.client(request)
        found = None
        if client is not None and _NUMBER.match(ident) and int(ident) < _MOST:
            found = await readable(Address("web", client), int(ident))
        if found is None:
            return self.no_file(request)
        stored, name, kind = found
        try:
            content = await read(stored)
        except (OSError, ValueError) as error:
            # The row is there and the file is not: a copy was restored without its files, or the key is another one.
            log.error("a stored file cannot be read: %s", type(error).__name__)
            return self.no_file(request)
        named = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        kind = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        return Response(content, media_type=kind, headers={**FILE_HEADERS, "Content-Disposition": named})

    def no_file(self, request: Request) -> Response:
        language = self.language(request)
        return self.plain("web-no-file", language, status=404, way="/talk", button=self.words[language]("web-talk"))


def web_router(
    *,
    hear: Hear,
    look: Look,
    words: Mapping[str, Words],
    cookie_key: str,
    office_name: Callable[[str], str],
    secure: bool,
    phone: str,
    uploads: Uploads | None = None,
    readable: Readable | None = None,
    read_file: Callable[[str], Awaitable[bytes]] | None = None,
) -> APIRouter:
    """The pages of the talk. `words`: the first language is the default. `cookie_key` signs cookies, forms.
    `secure`: the site is reached by https, so cookies never travel without it. `uploads`: None takes no files.
    `readable` says who may read which file, `read_file` gives its content; without them no file is given out."""
    web = _Web(
        hear=hear,
        look=look,
        words=words,
        office_name=office_name,
        phone=phone,
        secure=secure,
        signer=TimestampSigner(cookie_key, salt="otklik.cookie", digest_method=hashlib.sha256),
        csrf_key=hashlib.sha256(f"otklik.csrf:{cookie_key}".encode()).digest(),
        uploads=uploads,
    )
    router = APIRouter(include_in_schema=False)

    async def checked(request: Request, way: str, take: Callable[[], Awaitable[Response]]) -> Response:
        # Fetch metadata: a foreign site can neither speak for a client nor give him another cookie.
        if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return web.refused(request, way, _Form())
        try:
            return await take()
        except _TooLarge:
            return web.plain("web-large", web.language(request), status=413)

    async def begin(request: Request, payload: str) -> Response:
        """A start by hand or from a point's page. Harmless when forged, so it needs no token of a form."""

        async def take() -> Response:
            form = await web.read(request)
            place = web.talk(web.client(request) or secrets.token_hex(16))
            return await web.take(request, place, Start(payload), form)

        return await checked(request, "/talk", take)

    @router.get("/static/style.css")
    async def style() -> Response:
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(_CSS, media_type="text/css; charset=utf-8", headers=headers)

    @router.get("/talk/forgotten")
    async def forgotten(request: Request) -> Response:
        language = web.language(request)
        return web.plain("web-forgotten", language, way="/", button=words[language]("web-home"))

    @router.get("/talk")
    @router.get("/talk/{step}")
    async def talk(request: Request, step: str = "") -> Response:
        client = web.client(request)
        if client is None:
            return web.start(request)
        return await web.show(request, web.talk(client), step)

    @router.post("/talk")
    async def start(request: Request) -> Response:
        return await begin(request, "")

    @router.post("/talk/{step}")
    async def answer(request: Request, step: str) -> Response:
        client = web.client(request)
        place = web.talk(client) if client else None
        return await checked(request, "/talk", lambda: web.posted(request, place, step, "/talk"))

    @router.post("/q/{token}/here")
    async def here(request: Request, token: str) -> Response:
        found = address.recognise(token)
        # What is no token at all leads back to the landing, which explains.
        return await begin(request, address.payload(*found)) if found else RedirectResponse("/points", 303, HEADERS)

    @router.post("/points/{token}/here")
    async def chosen(request: Request, token: str) -> Response:
        """A point chosen from the list: whether its printed code is still good does not matter."""
        found = address.recognise(token)
        payload = f"at-{address.payload(*found)}" if found else ""
        return await begin(request, payload) if payload else RedirectResponse("/points", 303, HEADERS)

    @router.get("/a/{secret}")
    @router.get("/a/{secret}/{step}")
    async def personal(request: Request, secret: str, step: str = "") -> Response:
        if not _SECRET.match(secret):
            return web.gone(request)
        return await web.show(request, web.personal(secret), step)

    @router.post("/a/{secret}")
    @router.post("/a/{secret}/{step}")
    async def personal_answer(request: Request, secret: str, step: str = "menu") -> Response:
        if not _SECRET.match(secret):
            return web.gone(request)
        place = web.personal(secret)
        return await checked(request, place.base, lambda: web.posted(request, place, step, place.base))

    @router.get("/f/{payload}")
    async def receipt(request: Request, payload: str) -> Response:
        """The link of a receipt: it may hold a secret code, so nothing of it is passed on."""
        if not _CODE.match(payload):
            return web.gone(request)
        language = web.language(request)
        button = words[language]("web-follow-button")
        return web.plain("web-follow", language, to=f"/f/{payload}", button=button, switch=True, secret=True)

    @router.post("/f/{payload}")
    async def follow(request: Request, payload: str) -> Response:
        if not _CODE.match(payload):
            return web.gone(request)
        return await begin(request, f"f-{payload}")

    if readable is not None and read_file is not None:
        may, content_of = readable, read_file

        @router.get("/appeals/files/{ident}")
        async def file(request: Request, ident: str) -> Response:
            return await web.file(request, ident, may, content_of)

    @router.get("/staff/join/{code}")
    async def invitation(request: Request, code: str) -> Response:
        if not _CODE.match(code):
            return web.gone(request)
        language = web.language(request)
        button = words[language]("web-join-button")
        return web.plain("web-join", language, to=f"/staff/join/{code}", button=button, switch=True, secret=True)

    @router.post("/staff/join/{code}")
    async def join(request: Request, code: str) -> Response:
        if not _CODE.match(code):
            return web.gone(request)

        async def take() -> Response:
            form = await web.read(request)
            # A new id against session fixation; derived, so that a double press does not lock its author out.
            made = hmac.new(web.csrf_key, f"join:{code}:{form.event}".encode(), hashlib.sha256).hexdigest()[:32]
            return await web.take(request, web.talk(made), Start(f"join-{code}"), form)

        return await checked(request, f"/staff/join/{code}", take)

    return router


def _form(pairs: Sequence[tuple[str, str]]) -> _Form:
    values = dict(pairs)
    event = values.get("event", "")
    # Browsers send CRLF; NUL is a character that PostgreSQL cannot keep.
    text = values.get("text", "").replace("\r\n", "\n").replace("\0", "")
    return _Form(
        event=event if _EVENT.match(event) else secrets.token_urlsafe(16),
        csrf=values.get("csrf", ""),
        keys=tuple(dict.fromkeys(value for name, value in pairs if name == "keys" and _KEY.match(value))),
        text=text[: TEXT_LENGTH + 1],
        press=values.get("press", ""),
    )


def _fits(csrf: str, place: _Place) -> bool:
    """Whether the form is one of ours, of this very talk."""
    return hmac.compare_digest(csrf.encode(), place.token.encode())


def _file(step: str, form: _Form, name: str, file: Upload) -> File:
    return File(
        name=name[:300],
        path="" if file.path is None else str(file.path),
        size=file.size,
        text=form.text,
        step=step,
        refused="scanner" if file.failed else None,
    )


def _event(step: str, form: _Form) -> Event | None:
    """What the form means; None when it can only be foreign."""
    if step == "text":
        return Text(form.text) if form.text.strip() else None
    if form.press:
        if ":" in form.press:
            return decode(form.press)
        return decode(f"{step}:{form.press}")
    return Fill(step, form.keys, form.text) if _STEP.match(step) else None


def _event_id(nonce: str, event: Event) -> str:
    """Sent twice, a form is one event; sent with another choice from the browser's history, it is a new one. Where its
    file lies is another place each time. At most 28 + 1 + 11 characters."""
    event = replace(event, path="") if isinstance(event, File) else event
    return f"{nonce}.{hashlib.sha256(repr(event).encode()).hexdigest()[:11]}"


def _first_language(request: Request) -> str | None:
    """The browser's own language, also one that we do not speak."""
    found = re.match(r"\s*([A-Za-z]{2})\b", request.headers.get("accept-language", ""))
    return found[1].lower() if found else None


def _cards(replies: Iterable[Reply], code_label: str) -> list[_Card]:
    """The replies as cards; one of them gives the page its heading: the question, else the first words."""
    cards: list[_Card] = []
    for reply in replies:
        match reply:
            case Say():
                heading, _, body = reply.text.partition("\n")
                if len(heading) > _LONGEST_HEADING:
                    heading, body = "", reply.text
                cards.append(_Card("say", reply, heading, body=body.strip("\n")))
            case Keep():
                mark = Markup(code.svg(reply.url, size_px=200, label=code_label))  # noqa: S704 - our drawing
                cards.append(_Card("keep", reply, "", body=reply.text, code=mark))
            case Rate() | Choose():
                lead, heading, body = _question(reply.text)
                short = reply.marks if isinstance(reply, Rate) else reply.options
                row = all(len(option.label) <= 3 for option in short)
                required = not _optional(reply)
                cards.append(_Card("options", reply, heading, lead, body, required=required, row=row))
            case Write():
                lead, heading, body = _question(reply.text)
                cards.append(_Card("write", reply, heading, lead, body, required=not _optional(reply)))
            case _:
                assert_never(reply)
    asked = next((n for n, card in enumerate(cards) if card.kind in ("options", "write")), None)
    main = asked if asked is not None else next((n for n, card in enumerate(cards) if card.heading), None)
    return [
        replace(
            card,
            main=n == main,
            notice=asked is not None and n < asked and isinstance(card.reply, Say) and not card.reply.buttons,
        )
        for n, card in enumerate(cards)
    ]


def _question(text: str) -> tuple[str, str, str]:
    """What comes before the question, the question itself as a heading, and what is said after it."""
    lead, _, last = text.rpartition("\n\n")
    asked, sign, after = last.partition("? ")
    return (lead, f"{asked}?", after) if sign else (lead, last, "")


def _optional(reply: Rate | Choose | Write) -> bool:
    return any(control.key == "skip" for control in reply.controls)
