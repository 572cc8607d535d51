"""Routes of appeals in the description of the API, and refusals of the rules in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import Security
from pydantic import BaseModel

from backend.api.appeals_bodies import BODIES
from backend.api.appeals_shapes import AppealError
from backend.api.requests import DESCRIBED_TOKEN
from backend.appeals.model import Appeals
from backend.appeals.registration import Unfit

_REASONS: Final = {
    "no-appeals": "This office keeps no appeals: it has no appeals.yaml.",
    "no-rule": "No rule of appeals.yaml says by when this kind is answered.",
    "unknown": "There is no such {field}.",
    "future": "This day lies in the future.",
    "mistyped": "A letter of the code is wrong: it has 12 letters and digits, as in K7PM-4XQ2-9DTJ.",
    "missing": "`{field}` is missing or too short: it needs some words that the client understands.",
    "too-short": "`{field}` is shorter than the {least} characters that an answer of this office has at least.",
    "unfilled": "Variables are not filled in: {names}.",
    "ended": "The appeal has ended: no answer is owed any more.",
    "needs-words": "This stage needs words for the client: use suspend, refuse, redirect, answer or close.",
    "extended-already": "The term was extended already; the law allows it once.",
    "not-extendable": "The term of this kind cannot be extended, or its last day has passed.",
    "unlawful": "An official appeal cannot be filed in a chat (59-FZ, article 4): name another way.",
    "too-many-days": "The term can be extended by at most {most} days.",
    "unanswered": "Nobody has answered: it can only be closed for a reason that is `unanswered` in appeals.yaml.",
    "not-reopenable": "It is open, or the time for looking at it again is over.",
}


def refusal(content: Appeals, unfit: Unfit) -> tuple[str, str | None, dict[str, Any]]:
    """Message, field and further values of a refusal of the rules."""
    field, names = unfit.field, ""
    extra: dict[str, Any] = {"reason": unfit.reason}
    if unfit.reason == "too-many-days":
        field, extra["most"] = "days", int(unfit.field)
    elif unfit.reason == "unfilled":
        field, _, names = unfit.field.partition(": ")
        extra["unfilled"] = [name for name in names.split(", ") if name]
    said = _REASONS.get(unfit.reason, "The rules of this office do not allow it ({reason}).")
    message = said.format(
        field=field, names=names, most=extra.get("most", 0), least=content.least_answer, reason=unfit.reason
    )
    if unfit.reason == "unknown" and (codes := _codes(content, field)):
        message += f" Known: {', '.join(codes)}."
    return message, field or None, extra


def _codes(content: Appeals, field: str) -> list[str]:
    lists: Mapping[str, Any] = {
        "kind": content.kinds,
        "way": content.ways,
        "unit": content.units,
        "stage": content.stages,
        "reason": content.reasons,
        "template": content.replies,
    }
    return [item.code for item in lists.get(field, ())]


# --- the description --------------------------------------------------------------------------------------

_ERRORS: Final = {
    401: "No valid token.",
    403: "The person of this token may not do this.",
    404: "There is no such appeal for this person: who is complained of sees none. `no_appeals`: this office has none.",
    409: "`stale`: somebody else was first: `by`, `at`, `what`, `version`. `id_taken`: somebody else's `id`.",
    413: "The body is too large.",
    415: "The body is of another kind.",
    422: "The request is wrong: `field`; `unfit`: the rules refuse it: `reason`, and what is missing.",
    428: "The `version` that you have read is missing.",
    429: "Too many changes within a minute.",
    503: "The database is busy, or a file cannot be checked now.",
}
BINARY: Final = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
IF_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "ETag of the appeal as you have read it; or `seen` in the body.",
    "schema": {"type": "string"},
    "example": '"3"',
}
LANGUAGE: Final = {"language": "of names and texts: ru, en; the office's first language otherwise"}


def described(
    *errors: int,
    body: type[BaseModel] | None = None,
    query: Mapping[str, str] | None = None,
    parameters: tuple[Mapping[str, Any], ...] = (),
    more: Mapping[int, Any] | None = None,
    binary: bool = False,
) -> Any:
    """What the OpenAPI description says of a route that reads its request by hand. `more`: further answers. `binary`:
    the body is a file."""
    extra: dict[str, Any] = {}
    if binary:
        extra["requestBody"] = {"required": True, "content": BINARY}
    if body is not None:
        schema = {"$ref": f"#/components/schemas/{body.__name__}"}
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    asked = [
        {"name": name, "in": "query", "required": False, "description": text, "schema": {"type": "string"}}
        for name, text in (query or {}).items()
    ]
    if found := [*asked, *parameters]:
        extra["parameters"] = found
    refused = {
        status: {"model": AppealError, "description": _ERRORS[status]} for status in (401, 403, 404, *errors, 503)
    }
    return {
        "openapi_extra": extra,
        "responses": {**(more or {}), **refused},
        "dependencies": [Security(DESCRIBED_TOKEN)],
    }


def schemas() -> dict[str, Any]:
    """The shapes of bodies, for `components` of the description."""
    found: dict[str, Any] = {}
    for model in BODIES:
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        found |= schema.pop("$defs", {})
        found[model.__name__] = schema
    return found
