"""What every endpoint does first, in this order: who asks, how much is sent, of what kind, what it says."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final, TypeVar

from fastapi import Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, ValidationError

from backend import tokens
from backend.api.problems import HEADERS, Problem
from backend.db import Session
from backend.office.model import Office, Person

DESCRIBED_TOKEN: Final = HTTPBearer(auto_error=False, scheme_name="token")  # for the description; `who` decides
MOST_NUMBER: Final = 2**31 - 1  # what a number in the tables may be
NO_ZERO: Final = r"^[^\x00]*$"  # neither database takes a zero character in a text
_BEARER = re.compile(r"bearer +(\S{1,200})\Z", re.IGNORECASE)

Kind = tuple[re.Pattern[str], str, str]
"""A kind of body: what its header matches, the code and the words of the refusal."""
JSON_ONLY: Final[Kind] = (
    re.compile(r"application/json *(;.*)?\Z", re.IGNORECASE),
    "not_json",
    "Send Content-Type: application/json.",
)
YAML_ONLY: Final[Kind] = (
    re.compile(r"(application/(x-)?yaml|text/(x-)?yaml) *(;.*)?\Z", re.IGNORECASE),
    "not_yaml",
    "Send Content-Type: application/yaml.",
)


def token_of(request: Request) -> str:
    found = _BEARER.match(request.headers.get("authorization", ""))
    if found is None:
        raise Problem(401, "no_token", "Send the token as «Authorization: Bearer otk_…».")
    return found[1]


async def who(session: Session, office: Office, token: str, today: date) -> tuple[Any, Person]:
    """The token's row and its person. Raises Problem: one answer for all tokens that are not valid, whatever the
    reason."""
    row = await tokens.known(session, token, today)
    person = office.person(row.person) if row is not None else None
    if row is None or person is None:
        raise Problem(401, "bad_token", "This token is not valid: unknown, ended or expired.")
    return row, person


async def staff(session: Session, office: Office, request: Request, today: date) -> tuple[Any, Person]:
    """The token's row and its person, who has a role. Raises Problem, also for an address that no table could hold."""
    row, person = await who(session, office, token_of(request), today)
    if "\0" in request.scope["path"] + "".join(request.query_params.values()):
        raise Problem(422, "invalid", "A zero character in the address.")  # neither database looks for one
    if not person.roles:
        raise Problem(403, "not_allowed", "The person of this token has no role in staff.yaml.")
    return row, person


async def body_of(request: Request, most: int, kind: Kind, smaller: str) -> bytes:
    """The body of a request, no larger than `most` bytes. `smaller`: what to do when it is. Raises Problem."""
    pattern, code, message = kind
    if not pattern.match(request.headers.get("content-type", "")):
        raise Problem(415, code, message)
    too_large = Problem(413, "too_large", f"The body is larger than {most // 1024} KB. {smaller}".rstrip())
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length[:12]) > most:
        raise too_large
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise too_large
    return bytes(body)


# --- what it says -----------------------------------------------------------------------------------------


class Body(BaseModel):
    """What is sent as JSON: nothing but what is described."""

    model_config = ConfigDict(extra="forbid")


M = TypeVar("M", bound=BaseModel)


async def fit(request: Request, model: type[M], most: int) -> M:
    """The body as this model. Raises Problem naming the first fault."""
    body = await body_of(request, most, JSON_ONLY, "")
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part) for part in fault["loc"]) or None
        code = {"missing": "missing", "json_invalid": "invalid_json"}.get(fault["type"], "invalid")
        raise Problem(422, code, f"{fault['msg']}.", field=field) from None


def seen_of(request: Request, given: int | None) -> int | None:
    """`seen` of the body, else the header If-Match, which holds what ETag gave."""
    header = request.headers.get("if-match", "").strip().removeprefix("W/").strip('"')
    if not header:
        return given
    if not header.isdecimal() or len(header) > 9 or (given is not None and given != int(header)):
        raise Problem(422, "invalid", "If-Match must hold the ETag of what you have read, and agree with `seen`.")
    return int(header)


def known_seen(request: Request, given: int | None, name: str) -> int:
    """The same where nothing is changed without it; `name`: what the answer calls it."""
    seen = seen_of(request, given)
    if seen is None:
        raise Problem(428, "no_seen", f"Name the `{name}` that you have read: If-Match, or `seen` in the body.")
    return seen


def number_in(request: Request, name: str, default: int, most: int) -> int:
    """A number of the query."""
    given = request.query_params.get(name, str(default))
    if not given.isdecimal() or not 1 <= int(given[:9]) <= most:
        raise Problem(422, "invalid", f"A number from 1 to {most}.", field=name)
    return int(given[:9])


def flag_in(request: Request, name: str) -> bool:
    return request.query_params.get(name, "").lower() in ("1", "true", "yes")


def answer(content: Any, status: int = 200, version: int | None = None) -> JSONResponse:
    """JSON that nobody keeps. `version`: what whoever changes it must have seen."""
    return JSONResponse(content, status, HEADERS if version is None else {**HEADERS, "ETag": f'"{version}"'})
