"""Where the printed code leads: names the point and offers the channels that are on today.

Paper outlives messengers, so this page, not the paper, knows them. A GET stores nothing about who asks and sets no
cookie: messengers open links by themselves to show a preview. That a printed code was opened is counted, by day.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backend.codes import CHOSEN, Found
from backend.office.model import Office
from qr import address

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",  # the form on it carries a one-time id
    "Vary": "Accept-Language",
}
PAGE: Final = 50  # points on one page of the list
FEW: Final = 20  # so many are shown at once, without a search
# Programs that open links by themselves: previews of messengers, search engines, scripts. «Cubot» is a phone.
_NOT_A_PERSON: Final = re.compile(
    r"(?<!cu)bot\b|vkshare|whatsapp|externalhit|externalagent|preview|crawl|spider|mediapartners|feedfetcher|"
    r"^(curl|wget|python|okhttp|go-http|java|libwww|node|axios|apache-httpclient)",
    re.IGNORECASE,
)
# What a client must know before he leaves for a messenger; others explain themselves.
_HINTS: Final = {"telegram": "web-hint-telegram", "vk": "web-hint-vk"}

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Door(Protocol):
    """A channel that is on and reachable. `url(payload)` opens it at a point."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    def url(self, payload: str) -> str: ...


class Texts(Protocol):
    """The program's own texts in one language."""

    def __call__(self, key: str, **values: str | int) -> str: ...

    def day(self, day: date) -> str: ...


def opened_by_a_person(request: Request) -> bool:
    """Whether a code was scanned, as far as the request tells: no preview, no search engine, nothing fetched ahead."""
    if request.method != "GET":
        return False
    ahead = (request.headers.get(name, "") for name in ("sec-purpose", "purpose", "x-purpose", "x-moz"))
    if any("prefetch" in value or "preview" in value for value in ahead):
        return False
    agent = request.headers.get("user-agent", "")
    return bool(agent) and _NOT_A_PERSON.search(agent[:500]) is None


def spoken_by(request: Request, words: Mapping[str, Texts], default: str) -> str:
    """The browser's first language that we speak."""
    for part in request.headers.get("accept-language", "")[:200].split(","):
        if (language := part.strip()[:2].lower()) in words:
            return language
    return default


def frame(office: Office, words: Mapping[str, Texts], language: str, *, style: str, hours: str) -> dict[str, object]:
    """What the frame of every page of this side needs."""
    return {
        "t": words[language],
        "say": lambda text: office.text(text, language),
        "office": office,
        "hours": hours,
        "language": language,
        "others": [(key, words[key]("web-language")) for key in office.languages if key in words and key != language],
        "style": style,
    }


def plain_page(name: str, values: Mapping[str, object], *, status: int = 200) -> Response:
    """A page that only says something, in the frame of all others."""
    return HTMLResponse(_pages.get_template(f"{name}.html").render(carried="", **values), status, HEADERS)


def landing_router(
    *,
    office: Office,
    doors: Callable[[], Sequence[Door]],
    words: Mapping[str, Texts],
    style: str,
    hours: Callable[[str], str],
    found: Callable[[str], Found],
    scanned: Callable[[str], None],
) -> APIRouter:
    """The pages before the talk. `doors` is asked at each page: a channel that is away is not offered.
    `words`: one entry for each language of the office. `style`: address of the style sheet. `hours`: when the office
    works, in a language. `found`: where a token leads today. `scanned`: a printed code was opened."""
    router = APIRouter(include_in_schema=False)
    default = office.languages[0]

    def spoken(request: Request) -> str:
        return spoken_by(request, words, default)

    def chosen(request: Request, said: str | None = None) -> str | None:
        """The language that the reader picked himself, on this site or before."""
        asked = request.query_params.get("lang", said)
        return asked if asked in words else None

    def page(request: Request, name: str, language: str, *, status: int = 200, **values: object) -> Response:
        # The choice travels with every link of ours; the browser's own language needs no carrying.
        carried = f"?lang={language}" if language != spoken(request) else ""
        html = _pages.get_template(f"{name}.html").render(
            **frame(office, words, language, style=style, hours=hours(language)),
            carried=carried,
            new_event=secrets.token_urlsafe(16),
            hints=_HINTS,
            **values,
        )
        return HTMLResponse(html, status, HEADERS)

    @router.api_route("/", methods=["GET", "HEAD"])
    async def home(request: Request) -> Response:
        return page(request, "home", chosen(request) or spoken(request))

    @router.api_route("/points", methods=["GET", "HEAD"])
    async def points(request: Request) -> Response:
        language = chosen(request) or spoken(request)
        sought = " ".join(request.query_params.get("q", "")[:100].split())
        listed = office.find_points(sought) if sought else office.open_points()
        pages = max(1, -(-len(listed) // PAGE))
        asked = request.query_params.get("page", "1")
        number = min(max(int(asked), 1), pages) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1

        def at(other: int) -> str:
            carried = {"lang": language} if language != spoken(request) else {}
            return "/points?" + urlencode({"page": other, **({"q": sought} if sought else {}), **carried})

        return page(
            request,
            "points",
            language,
            points=listed[(number - 1) * PAGE : number * PAGE],
            total=len(listed),
            sought=sought,
            searched=len(office.open_points()) > FEW,
            number=number,
            pages=pages,
            before=at(number - 1) if number > 1 else "",
            after=at(number + 1) if number < pages else "",
        )

    @router.api_route("/q/{token}", methods=["GET", "HEAD"])
    @router.api_route("/Q/{token}", methods=["GET", "HEAD"])
    async def scanned_code(request: Request, token: str) -> Response:
        """A printed code, scanned or typed."""
        known = address.recognise(token)
        code = found(known[0]) if known else None
        if known is None or code is None or code.point is None:
            return nothing(request, known[1] if known else None)
        if opened_by_a_person(request):
            scanned(code.token)
        return landing(request, code, known[1])

    @router.api_route("/points/{token}", methods=["GET", "HEAD"])
    async def chosen_point(request: Request, token: str) -> Response:
        """A point chosen from the list: no paper was scanned, so it matters only whether the point is open."""
        known = address.recognise(token)
        at = office.point(known[0]) if known else None
        if known is None or at is None or at.internal:
            return nothing(request, known[1] if known else None)
        code = Found(known[0], at, "open" if at.open else "closed", None if at.open else office.nearest_open(at))
        return landing(request, code, known[1], listed=True)

    def nothing(request: Request, said: str | None) -> Response:
        listed = office.open_points()
        language = chosen(request, said) or spoken(request)
        return page(request, "unknown", language, status=404, points=listed[:FEW], total=len(listed), few=FEW)

    def landing(request: Request, code: Found, said: str | None, *, listed: bool = False) -> Response:
        picked = chosen(request, said)
        language = picked or spoken(request)
        to = code.point if code.state == "open" else code.nearest
        # The token that was scanned goes along while it is good; else the client chooses the point by a press.
        good = code.state == "open" and not listed
        token = code.token if good else (to.token or "" if to else "")
        payload = address.payload(token, language if picked is not None or language != default else None) if to else ""
        others = office.open_points() if to is None else []
        return page(
            request,
            "point",
            language,
            code=code,
            point=code.point,
            to=to,
            here=f"/q/{payload}/here" if good else f"/points/{payload}/here",
            payload=payload if good else f"{CHOSEN}{payload}",
            doors=list(doors()) if to and to.takes_feedback else [],
            links=[button for button in office.buttons if button.kind == "link"],
            points=others[:FEW],
            total=len(others),
            few=FEW,
        )

    @router.get("/robots.txt")
    async def robots() -> Response:
        return PlainTextResponse("User-agent: *\nDisallow: /\n", headers={"X-Content-Type-Options": "nosniff"})

    return router
