"""What every endpoint does first, in this order: who asks, how much is sent, of what kind."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from fastapi import Request
from fastapi.security import HTTPBearer

from backend import tokens
from backend.api.problems import Problem
from backend.db import Session
from backend.office.model import Office, Person

DESCRIBED_TOKEN: Final = HTTPBearer(auto_error=False, scheme_name="token")  # for the description; `who` decides
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
