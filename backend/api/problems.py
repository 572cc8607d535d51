"""Errors of the API: a status, a code for programs, and words for the person who reads the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi.responses import JSONResponse
from pydantic import BaseModel

HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class ErrorBody(BaseModel):
    """`field` and `index` say where, if the request itself is wrong."""

    code: str
    message: str
    field: str | None = None
    index: int | None = None


class Problem(Exception):
    """The request is refused; nothing of it is kept."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        field: str | None = None,
        index: int | None = None,
        retry_after: int | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.body = ErrorBody(code=code, message=message, field=field, index=index)
        self.retry_after = retry_after
        self.more = dict(more or {})  # what an endpoint adds, as it describes


def problem_response(problem: Problem) -> JSONResponse:
    headers = dict(HEADERS)
    if problem.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="Otklik"'
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    return JSONResponse(problem.body.model_dump(exclude_none=True) | problem.more, problem.status, headers)
