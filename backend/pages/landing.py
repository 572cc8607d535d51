"""Where the printed code leads: names the point and offers the channels that are on today.

Paper outlives messengers, so this page, not the paper, knows them. A GET stores nothing and sets no cookie:
messengers open links by themselves to show a preview.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backend.codes import Found
from backend.office.model import Office, Point
from qr import address

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",  # the form on it carries a one-time id
    "Vary": "Accept-Language",
}
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
        for part in request.headers.get("accept-language", "")[:200].split(","):
            if (language := part.strip()[:2].lower()) in words:
                return language
        return default

    def chosen(request: Request, said: str | None = None) -> str | None:
        """The language that the reader picked himself, on this site or before."""
        asked = request.query_params.get("lang", said)
        return asked if asked in words else None

    def page(request: Request, name: str, language: str, *, status: int = 200, **values: object) -> Response:
        def say(text: dict[str, str]) -> str:
            return office.text(text, language)

        # The choice travels with every link of ours; the browser's own language needs no carrying.
        carried = f"?lang={language}" if language != spoken(request) else ""
        html = _pages.get_template(f"{name}.html").render(
            t=words[language],
            say=say,
            office=office,
            hours=hours(language),
            language=language,
            others=[(key, words[key]("web-language")) for key in office.languages if key in words and key != language],
            style=style,
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
        return page(request, "points", chosen(request) or spoken(request), points=office.open_points())

    @router.api_route("/q/{token}", methods=["GET", "HEAD"])
    @router.api_route("/Q/{token}", methods=["GET", "HEAD"])
    async def point(request: Request, token: str) -> Response:
        found = address.recognise(token)
        at = office.point(found[0]) if found else None
        picked = chosen(request, found[1] if found else None)
        language = picked or spoken(request)
        if at is None:
            return page(request, "unknown", language, status=404, points=office.open_points())
        to = at if at.open else office.nearest_open(at)
        return page(
            request,
            "point",
            language,
            point=at,
            to=to,
            payload=_payload(to, language, picked is not None or language != default) if to else "",
            doors=list(doors()) if to else [],
            points=office.open_points() if to is None else [],
        )

    @router.get("/robots.txt")
    async def robots() -> Response:
        return PlainTextResponse("User-agent: *\nDisallow: /\n", headers={"X-Content-Type-Options": "nosniff"})

    return router


def _payload(point: Point, language: str, carries: bool) -> str:
    """What goes along into the channel: the token, and the language unless the channel would guess it."""
    return address.payload(point.token or "", language if carries else None)
