"""`/api`: what the API takes and what it answers, on one plain page of ours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backend import tokens
from backend.api.interactions import MOST_VISITS
from backend.office.model import Office
from backend.pages.landing import HEADERS

Page = Callable[[Request], Awaitable[Response]]
FIELDS = ("point", "service", "time", "link", "id")
KNOWLEDGE = (
    ("GET /knowledge/search?q=…", "api-knowledge-search"),
    ("GET /knowledge/templates", "api-knowledge-list"),
    ("GET /knowledge/templates/{id}", "api-knowledge-one"),
    ("PUT /knowledge/templates/{id}/draft", "api-knowledge-draft"),
    ("POST /knowledge/templates/{id}/approve", "api-knowledge-approve"),
    ("POST /knowledge/templates/{id}/publish", "api-knowledge-publish"),
    ("POST /knowledge/templates/{id}/refuse", "api-knowledge-refuse"),
    ("POST /knowledge/templates/{id}/withdraw, …/restore", "api-knowledge-withdraw"),
    ("GET /knowledge/phrasings, POST …/accept, …/refuse", "api-knowledge-phrasings"),
    ("GET /knowledge/unanswered", "api-knowledge-unanswered"),
    ("GET /knowledge/export, POST /knowledge/import", "api-knowledge-files"),
)
APPEALS = (
    ("GET /appeals?all=1", "api-appeals-list"),
    ("POST /appeals", "api-appeals-register"),
    ("GET /appeals/{number}", "api-appeals-one"),
    ("GET /appeals/{number}/deadline", "api-appeals-deadline"),
    ("POST /appeals/{number}/take, …/assign, …/stage", "api-appeals-take"),
    ("POST /appeals/{number}/extend", "api-appeals-extend"),
    ("POST /appeals/{number}/redirect, …/suspend, …/refuse", "api-appeals-refuse"),
    ("POST /appeals/{number}/reply, …/note", "api-appeals-reply"),
    ("POST /appeals/{number}/answer", "api-appeals-answer"),
    ("POST /appeals/{number}/close, …/reopen", "api-appeals-close"),
    ("POST /appeals/{number}/complained", "api-appeals-complained"),
    ("POST /appeals/{number}/code", "api-appeals-code"),
    ("GET, POST /appeals/{number}/files", "api-appeals-files"),
)
ANSWERS = ("202", "401", "403", "404", "409", "413", "415", "422", "428", "429", "503")

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def help_page(office: Office, texts: Mapping[str, Callable[..., str]], style: str, url: str) -> Page:
    """The page in the reader's language."""

    async def show(request: Request) -> Response:
        asked = request.query_params.get("lang", "")
        spoken = [part.strip()[:2].lower() for part in request.headers.get("accept-language", "")[:200].split(",")]
        language = next((key for key in (asked, *spoken) if key in texts), office.languages[0])
        html = _pages.get_template("help.html").render(
            t=texts[language],
            language=language,
            others=[key for key in texts if key != language],
            names={key: texts[key]("web-language") for key in texts},
            office=office.text(office.name, language),
            style=style,
            url=url,
            point=next((p.token for p in office.open_points()), "6XC3M8DH"),
            fields=[(name, texts[language](f"api-field-{name}")) for name in FIELDS],
            answers=[(status, texts[language](f"api-answer-{status}", n=tokens.PER_MINUTE)) for status in ANSWERS],
            most_visits=MOST_VISITS,
            knowledge=[(path, texts[language](key)) for path, key in KNOWLEDGE],
            appeals=[(path, texts[language](key)) for path, key in APPEALS] if office.appeals is not None else [],
        )
        return HTMLResponse(html, headers=HEADERS)

    return show
