"""`POST /interactions`: another system reports a visit, by the opaque link that the client gave it.

Whether the link is a client's, whether he has stopped us, was asked lately or refused: the answer is always the same,
and so is the work behind it (`invitations.plan`). What differs in the answer is only what the caller knows anyway.
"""

from __future__ import annotations

import time
import unicodedata
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response, Security
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from backend import invitations, tokens
from backend.api.problems import HEADERS, ErrorBody, Problem
from backend.api.requests import DESCRIBED_TOKEN, JSON_ONLY, body_of, token_of, who
from backend.calendar import Calendar
from backend.clock import Clock
from backend.codes import LiveCodes
from backend.db import Database, Session
from backend.feedback import Subject
from backend.identity import Keys
from backend.invitations import REPORTED_DAYS, SOON, Visit
from backend.office.model import Office

MOST_BYTES: Final = 64 * 1024
MOST_VISITS: Final = 100

Word = Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]


class Interaction(BaseModel):
    """One visit. `point`, or `service`, or both; a point by its code or by the token on its poster."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    point: Annotated[Word | None, Field(description="Code of the point, or the token printed under its QR code.")] = (
        None
    )
    service: Annotated[Word | None, Field(description="Code of the service.")] = None
    time: Annotated[
        AwareDatetime,
        Field(
            description="When the visit ended, ISO 8601 with a time zone; not in the future, not older than 7 days.",
            examples=["2026-11-20T14:05:00+03:00"],
        ),
    ]
    link: Annotated[Word, Field(description="The code that the client gave you.", examples=["K7PM-4XQ2-9DTJ"])]
    id: Annotated[
        str,
        StringConstraints(min_length=1, max_length=100),
        Field(description="Your own id of this visit: the same id again changes nothing."),
    ]


class Accepted(BaseModel):
    """The same whether the link is known or not."""

    accepted: bool = True


_one: TypeAdapter[Interaction] = TypeAdapter(Interaction)
_many: TypeAdapter[list[Interaction]] = TypeAdapter(Annotated[list[Interaction], Field(max_length=MOST_VISITS)])


def interactions_router(
    db: Database, office: Office, keys: Keys, clock: Clock, calendar: Calendar, codes: LiveCodes
) -> APIRouter:
    """The route, with what it works on."""
    router = APIRouter()

    # The request is read by hand, in this order: who asks, how much, what kind, what. FastAPI would read and judge
    # the body before it looks at the token.
    @router.post(
        "/interactions",
        status_code=202,
        response_model=Accepted,
        summary="Report a visit, or up to 100 of them",
        responses={
            status: {"model": ErrorBody, "description": what}
            for status, what in (
                (401, "No valid token."),
                (403, "The person of this token may not report visits."),
                (404, "Unknown point or service."),
                (413, "The body is larger than 64 KB."),
                (415, "The body is not application/json."),
                (422, "The body is not what is described here."),
                (429, "Too many visits within a minute."),
                (503, "The database is busy."),
            )
        },
        openapi_extra=_described(),
        dependencies=[Security(DESCRIBED_TOKEN)],
    )
    async def report(request: Request) -> Response:
        now = clock()
        token = token_of(request)
        async with db.read() as session:
            await _who(session, office, token, calendar().today(now))
        visits = _visits(await body_of(request, MOST_BYTES, JSON_ONLY, "Send fewer visits at once."))
        found = [_visit(v, n, office, codes, calendar, now) for n, v in enumerate(visits)]
        async with db.begin() as session:
            row = await _who(session, office, token, calendar().today(now))
            if not await tokens.count(session, row, len(found), now, calendar().today(now), int(time.time())):
                message = f"More than {tokens.PER_MINUTE} visits within a minute. Repeat after the given seconds."
                raise Problem(429, "too_many", message, retry_after=60 - int(time.time()) % 60)
            if office.rules.invitations:
                source = f"{row.person}|{row.label}"
                for visit in found:
                    await invitations.plan(session, keys, source, visit, office.rules, calendar(), now)
        return JSONResponse(Accepted().model_dump(), 202, HEADERS)

    return router


def _described() -> dict[str, Any]:
    """What the OpenAPI description says of the body."""
    schema = Interaction.model_json_schema()
    content = {"schema": {"oneOf": [schema, {"type": "array", "maxItems": MOST_VISITS, "items": schema}]}}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


async def _who(session: Session, office: Office, token: str, today: date) -> Any:
    """The token's row. Raises Problem."""
    row, person = await who(session, office, token, today)
    if not tokens.may_report(person):
        raise Problem(403, "not_allowed", "The person of this token has no role that may report visits.")
    return row


def _visits(body: bytes) -> list[Interaction]:
    """Raises Problem naming the first fault."""
    try:
        if body.lstrip()[:1] == b"[":
            return _many.validate_json(body)
        return [_one.validate_json(body)]
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = fault["loc"]
        index = next((part for part in where[:1] if isinstance(part, int)), None)
        field = next((part for part in where[:2] if isinstance(part, str)), None)
        code = {"missing": "missing", "json_invalid": "invalid_json", "too_long": "too_many_visits"}.get(
            fault["type"], "invalid"
        )
        raise Problem(422, code, f"{fault['msg']}.", field=field, index=index) from None


def _visit(
    given: Interaction, index: int, office: Office, codes: LiveCodes, calendar: Calendar, now: datetime
) -> Visit:
    """Raises Problem when it cannot be a visit of this office."""
    link = invitations.read_code(given.link)
    if link is None:
        message = "A letter of the code is wrong: it has 12 letters and digits, as in K7PM-4XQ2-9DTJ."
        raise Problem(422, "link_mistyped", message, field="link", index=index)
    try:
        if given.time > now + SOON:
            raise Problem(422, "time_in_future", "The visit lies in the future.", field="time", index=index)
        if given.time < now - timedelta(days=REPORTED_DAYS):
            message = f"The visit is older than {REPORTED_DAYS} days."
            raise Problem(422, "time_too_old", message, field="time", index=index)
        given.time.astimezone(calendar().zone)
    except OverflowError:
        raise Problem(422, "invalid", "This is no usual time.", field="time", index=index) from None
    subject = _subject(given, index, office, codes, calendar, now)
    return Visit(ident=given.id, code=link, subject=subject, time=min(given.time, now))


def _subject(
    given: Interaction, index: int, office: Office, codes: LiveCodes, calendar: Calendar, now: datetime
) -> Subject:
    service = None
    if given.service is not None:
        service = office.service(unicodedata.normalize("NFC", given.service))
        if service is None:
            raise Problem(404, "unknown_service", "There is no such service.", field="service", index=index)
    if given.point is not None:
        name = unicodedata.normalize("NFC", given.point)
        # Further codes lead to their point, also when they have been revoked: the visit took place.
        point = office.point_by_code(name) or codes.find(name, calendar().today(now)).point
        if point is None or point.internal:
            raise Problem(404, "unknown_point", "There is no such point.", field="point", index=index)
        only = point.services[0] if len(point.services) == 1 else None
        return Subject("point", point.code, service.code if service is not None else only)
    if service is None:
        raise Problem(422, "missing", "Name the point or the service.", field="point", index=index)
    return Subject("service", service.code, service.code)
