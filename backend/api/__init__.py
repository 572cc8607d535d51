"""The HTTP API for other systems of the office: JSON in, JSON out, a personal token for each person.

An application of its own under `/api`: it knows no cookies and no pages, and its errors are JSON in English.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException

from backend.api import appeals_description
from backend.api.appeals import appeals_router
from backend.api.appeals_access import Appeals
from backend.api.help import Page, help_page
from backend.api.interactions import interactions_router
from backend.api.knowledge import Desk, knowledge_router, schemas
from backend.api.problems import Problem, problem_response
from backend.appeals.deadlines import Deadline
from backend.calendar import Calendar
from backend.clock import Clock
from backend.codes import LiveCodes
from backend.db import Database, DatabaseAway
from backend.files import FileStore
from backend.identity import Keys
from backend.knowledge.checks import has_file_in
from backend.knowledge.live import LiveKnowledge
from backend.office.model import Office


def make_api(
    *,
    db: Database,
    office: Office,
    keys: Keys,
    clock: Clock,
    calendar: Calendar,
    codes: LiveCodes,
    knowledge: LiveKnowledge,
    actions: Collection[str],
    folder: Path,
    files: FileStore,
    explain: Callable[[str, Deadline, date], str],
    day: Callable[[str, date], str],
    may_follow: Callable[[str], bool],
    texts: Mapping[str, Callable[..., str]],
    style: str,
    url: str,
) -> tuple[FastAPI, Page]:
    """The application to mount at `/api`, and its help page. `actions`: what buttons of content may name. `folder`: the
    office folder. `explain`, `day`: a deadline and a day in words of a language. `may_follow`: whether a channel may
    carry notices of appeals. `texts`: the program's texts in each language. `style`: address of the style sheet. `url`:
    where the installation is reached."""
    # Nothing is measured for others, and no script of the page that FastAPI would show comes from elsewhere.
    quiet = TelemetryConfig(tracing=False, metrics=False, logs=False)
    api = FastAPI(
        title="Otklik API",
        description="Report visits, so that clients who agreed are invited to rate them. Search and edit the knowledge "
        "base: drafts, approval by another person, publication. Register appeals and work on them, with deadlines that "
        "explain themselves.",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        servers=[{"url": f"{url}/api"}],
        root_path_in_servers=False,
        telemetry=quiet,
    )
    api.include_router(interactions_router(db, office, keys, clock, calendar, codes))
    desk = Desk(db, office, clock, calendar, knowledge, actions, has_file_in(folder))
    api.include_router(knowledge_router(desk))
    api.include_router(
        appeals_router(
            Appeals(
                db,
                office,
                keys,
                clock,
                calendar,
                explain,
                day,
                may_follow,
                files,
                texts[office.languages[0]]("api-appeals-settled"),
            )
        )
    )
    _add_schemas(api)

    @api.exception_handler(Problem)
    async def refused(_request: Request, problem: Problem) -> Response:
        return problem_response(problem)

    @api.exception_handler(HTTPException)
    async def elsewhere(_request: Request, error: HTTPException) -> Response:
        phrase = HTTPStatus(error.status_code).phrase
        code = phrase.lower().replace(" ", "_")
        response = problem_response(Problem(error.status_code, code, f"{phrase}. The description is at /api."))
        response.headers.update(error.headers or {})
        return response

    @api.exception_handler(RequestValidationError)
    async def misread(_request: Request, _error: RequestValidationError) -> Response:
        return problem_response(Problem(422, "invalid", "The address is not one of those described at /api."))

    @api.exception_handler(DatabaseAway)
    async def away(_request: Request, _error: DatabaseAway) -> Response:
        return problem_response(Problem(503, "busy", "The database is busy. Nothing was stored.", retry_after=60))

    return api, help_page(office, texts, style, url)


def _add_schemas(api: FastAPI) -> None:
    """The description names the shapes of bodies that are read by hand too."""
    describe = api.openapi

    def described() -> dict[str, Any]:
        found = describe()
        found.setdefault("components", {}).setdefault("schemas", {}).update(schemas() | appeals_description.schemas())
        return found

    api.openapi = described  # type: ignore[method-assign]  # the way that FastAPI names for it
