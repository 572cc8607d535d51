"""`/knowledge/…`: the base of reply templates for editors and for other systems of the office.

Any member of staff reads and searches; who edits, approves and publishes is decided by `backend.knowledge.templates`.
A template carries `edits`: whoever changes it names the value that he has read (`If-Match`, or `seen` in the body),
and of two editors the second is told.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, TypeVar

import yaml
from fastapi import APIRouter, Request, Response, Security
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import func, select

from backend.api.problems import HEADERS, ErrorBody, Problem
from backend.api.requests import (
    DESCRIBED_TOKEN,
    MOST_NUMBER,
    NO_ZERO,
    YAML_ONLY,
    Body,
    answer,
    body_of,
    fit,
    flag_in,
    known_seen,
    number_in,
    seen_of,
    staff,
)
from backend.calendar import Calendar
from backend.clock import Clock
from backend.db import Database, Session
from backend.knowledge import checks, imports, live, templates
from backend.knowledge.checks import Around, Remark
from backend.knowledge.live import LiveKnowledge
from backend.knowledge.model import Template
from backend.knowledge.rows import unanswered
from backend.office.model import Office, Person

MOST_BYTES: Final = 128 * 1024
MOST_IMPORT: Final = 8 * 1024 * 1024
PAGE: Final = 50
FOUND: Final = 10
MOST_QUERY: Final = 1000
DEEPEST: Final = 20  # levels of YAML: a template has five

Seen = Annotated[
    int | None, Field(ge=1, description="`edits` as you have read it; null for a new template. Or send If-Match.")
]
M = TypeVar("M", bound=BaseModel)
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000, pattern=NO_ZERO)]
Number = Annotated[int, Field(ge=1, le=MOST_NUMBER)]


class Draft(Body):
    """What you want the template to say. `accepted`: remarks that may stay, by their key, each with your reason."""

    template: Template
    seen: Seen = None
    accepted: dict[str, Reason] = Field(default_factory=dict, max_length=100)


class Approval(Body):
    """`version`: the draft that you have read. `publish`: publish it at once."""

    version: Number
    seen: Seen = None
    accepted: dict[str, Reason] = Field(default_factory=dict, max_length=100)
    publish: bool = False


class Publication(Body):
    version: Number
    seen: Seen = None


class Refusal(Body):
    """`reason` is read by the author."""

    version: Number
    reason: Annotated[Reason, Field(min_length=1)]
    seen: Seen = None


class Withdrawal(Body):
    reason: Reason = ""
    seen: Seen = None


class Return(Body):
    seen: Seen = None


class Wordings(Body):
    ids: Annotated[list[Number], Field(min_length=1, max_length=500)]


class RemarkBody(BaseModel):
    """`key` names it in `accepted`. A template with an open fault cannot be approved, nor with a warning of which
    `needs_reason` is true and that nobody has accepted."""

    key: str
    path: str
    message: str
    level: Literal["fault", "warning"]
    needs_reason: bool
    accepted: str = ""


class KnowledgeError(ErrorBody):
    """`edits`, `by`, `at`: who has changed the template meanwhile. `remarks`: what keeps it from being approved."""

    edits: int | None = None
    by: str | None = None
    at: datetime | None = None
    remarks: list[RemarkBody] | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What the routes work on."""

    db: Database
    office: Office
    clock: Clock
    calendar: Calendar
    knowledge: LiveKnowledge
    actions: Collection[str]
    has_file: Callable[[str], bool]

    def today(self) -> date:
        return self.calendar().today(self.clock())

    async def around(self, session: Session) -> Around:
        return await templates.around(session, self.office, self.actions, self.has_file)

    def name(self, ident: str) -> str:
        """A person as others know him; one who has left by his id."""
        person = self.office.person(ident)
        return person.short if person is not None else ident


# --- what is asked ----------------------------------------------------------------------------------------


async def _reader(session: Session, desk: Desk, request: Request) -> Person:
    """Raises Problem unless a member of staff asks."""
    return (await staff(session, desk.office, request, desk.today()))[1]


async def _editor(session: Session, desk: Desk, request: Request) -> Person:
    person = await _reader(session, desk, request)
    if not templates.may_edit(person):
        raise Problem(403, "not_allowed", f"This takes one of the roles {', '.join(sorted(templates.EDITORS))}.")
    return person


async def _fit(request: Request, model: type[M]) -> M:
    return await fit(request, model, MOST_BYTES)


# --- what is answered -------------------------------------------------------------------------------------


def _remarks(found: list[Remark], accepted: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        RemarkBody(
            key=remark.key,
            path=remark.path,
            message=remark.message,
            level=remark.level,
            needs_reason=remark.needs_reason,
            accepted="" if remark.level == "fault" else accepted.get(remark.key, ""),
        ).model_dump()
        for remark in found
    ]


def _problem(desk: Desk, refused: templates.Refused) -> Problem:
    """A refusal of the rules as the API says it."""
    match refused:
        case templates.Stale():
            more = {"edits": refused.edits, "by": desk.name(refused.by), "at": refused.at.isoformat()}
            message = f"{more['by']} has changed this template meanwhile. Read it again, then change it."
            return Problem(409, "stale", message, more=more)
        case templates.OwnDraft():
            return Problem(403, "own_draft", "You have written in this version: another person must approve it.")
        case templates.NotAllowed():
            return Problem(403, "not_allowed", "The person of this token has no role for this.")
        case templates.Unknown():
            return Problem(404, "unknown_template", "There is no such template, or no such version of it.")
        case templates.WrongState():
            message = "The version is not in a state that allows this; read the template again."
            return Problem(409, "wrong_state", message)
        case templates.Hindered():
            message = "Something is wrong with the words: correct it, or accept the warnings with a reason."
            return Problem(422, "not_ready", message, more={"remarks": _remarks(refused.remarks, {})})
    return Problem(422, "invalid", "This cannot be done.")


def _version(desk: Desk, row: Any) -> dict[str, Any]:
    """A version without its content."""
    return {
        "version": row.number,
        "status": row.status,
        "author": row.author,
        "author_name": desk.name(row.author),
        "hands": row.hands.split(),
        "made_at": row.made_at.isoformat(),
        "source": row.source,
        "reason": row.reason,
        "accepted": templates.accepted_of(row),
        "approved_by": row.approved_by or None,
        "approved_at": row.approved_at.isoformat() if row.approved_at else None,
        "published_at": row.published_at.isoformat() if row.published_at else None,
    }


def _with_content(desk: Desk, row: Any | None) -> dict[str, Any] | None:
    if row is None:
        return None
    content = Template.model_validate_json(row.content).model_dump(mode="json", exclude_defaults=True)
    return {**_version(desk, row), "template": content}


def _listed(row: Any, today: date) -> dict[str, Any]:
    title = Template.model_validate_json(row.content).title if row.content else {}
    return {
        "id": row.id,
        "title": title,
        "category": row.category,
        "owner": row.owner,
        "internal": bool(row.internal),
        "published": row.published,
        "withdrawn": bool(row.withdrawn),
        "draft": row.draft,
        "draft_status": row.draft_status,
        "draft_author": row.draft_author,
        "review_on": row.review_on.isoformat(),
        "overdue": row.published is not None and not row.withdrawn and row.review_on < today,
        "edits": row.edits,
    }


async def _whole(session: Session, desk: Desk, ident: str) -> tuple[dict[str, Any], int]:
    """A template with its draft, its published version and its history; and its `edits`."""
    row = await templates.get(session, ident)
    if row is None:
        raise templates.Unknown(ident)
    draft = await templates.version(session, ident, row.draft)
    shown = await templates.version(session, ident, row.published)
    newest = draft or shown
    remarks: list[dict[str, Any]] = []
    if newest is not None:
        template = Template.model_validate_json(newest.content)
        found = await _examined(session, desk, template)
        remarks = _remarks(found, templates.accepted_of(newest))
    content = {
        "id": row.id,
        "edits": row.edits,
        "changed_by": row.changed_by,
        "changed_at": row.changed_at.isoformat(),
        "withdrawn": bool(row.withdrawn),
        "review_on": row.review_on.isoformat(),
        "published": _with_content(desk, shown),
        "draft": _with_content(desk, draft),
        "remarks": remarks,
        "versions": [_version(desk, version) for version in await templates.history(session, ident)],
    }
    return content, row.edits


async def _examined(session: Session, desk: Desk, template: Template) -> list[Remark]:
    """What is wrong with a template, in itself and beside the published ones."""
    around = await desk.around(session)
    published = await live.rows(session)

    def examine() -> list[Remark]:
        others = [other for other in published.templates() if other.id != template.id]
        beside = [remark for ident, remark in checks.compare([*others, template]) if ident == template.id]
        return [*checks.examine(template, around), *beside]

    return await asyncio.to_thread(examine)  # thousands of templates take a moment


# --- the description --------------------------------------------------------------------------------------

_ERRORS: Final = {
    400: "The request cannot be read.",
    401: "No valid token.",
    403: "The person of this token may not do this; `own_draft`: another person must approve.",
    404: "There is no such template or version.",
    409: "`stale`: somebody else has changed it (`by`, `at`, `edits`); `wrong_state`: not possible now.",
    413: "The body is too large.",
    415: "The body is of another kind.",
    422: "The request is wrong; `not_ready`: `remarks` say what keeps the template from being approved.",
    428: "`edits` that you have read are missing.",
    503: "The database is busy.",
}


def _described(*errors: int, body: type[BaseModel] | None = None, query: Mapping[str, str] | None = None) -> Any:
    """What the OpenAPI description says of a route that reads its request by hand."""
    extra: dict[str, Any] = {}
    if body is not None:
        schema = body.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if query:
        extra["parameters"] = [
            {"name": name, "in": "query", "required": False, "description": text, "schema": {"type": "string"}}
            for name, text in query.items()
        ]
    return {
        "openapi_extra": extra,
        "responses": {
            status: {"model": KnowledgeError, "description": _ERRORS[status]} for status in (401, 403, *errors, 503)
        },
        "dependencies": [Security(DESCRIBED_TOKEN)],
    }


def schemas() -> dict[str, Any]:
    """The models that bodies of this part refer to, for `components` of the description."""
    found: dict[str, Any] = {}
    for model in (Draft,):
        found |= model.model_json_schema(ref_template="#/components/schemas/{model}").get("$defs", {})
    return found


# --- the routes -------------------------------------------------------------------------------------------


def knowledge_router(desk: Desk) -> APIRouter:
    """All routes of the knowledge base."""
    router = APIRouter(prefix="/knowledge", tags=["knowledge"])
    _reading(router, desk)
    _changing(router, desk)
    _wordings(router, desk)
    _files(router, desk)
    return router


def _reading(router: APIRouter, desk: Desk) -> None:
    query = {
        "status": "published, draft, approved or withdrawn",
        "category": "code of a category",
        "owner": "id of a person",
        "overdue": "1: only those past their review date",
        "page": f"from 1, {PAGE} a page",
    }

    @router.get("/templates", summary="List templates", **_described(422, query=query))
    async def listed(request: Request) -> Response:
        async with desk.db.read() as session:
            await _reader(session, desk, request)
            given = request.query_params
            status, page = given.get("status", ""), number_in(request, "page", 1, 100_000)
            if status not in ("", "published", "draft", "approved", "withdrawn"):
                raise Problem(422, "invalid", "One of published, draft, approved, withdrawn.", field="status")
            today = desk.today()
            rows, total = await templates.listed(
                session,
                status=status,
                category=given.get("category", "")[:40],
                owner=given.get("owner", "")[:40],
                overdue_on=today if flag_in(request, "overdue") else None,
                skip=(page - 1) * PAGE,
                limit=PAGE,
            )
        content = [_listed(row, today) for row in rows]
        return answer({"templates": content, "total": total, "page": page, "pages": math.ceil(total / PAGE)})

    @router.get("/templates/{ident}", summary="One template: draft, published, history, remarks", **_described(404))
    async def one(request: Request, ident: str) -> Response:
        async with desk.db.read() as session:
            await _reader(session, desk, request)
            content, edits = await _told(desk, lambda: _whole(session, desk, ident))
        return answer(content, version=edits)

    @router.get("/templates/{ident}/versions/{number}", summary="One version of a template", **_described(404))
    async def version(request: Request, ident: str, number: int) -> Response:
        async with desk.db.read() as session:
            await _reader(session, desk, request)
            row = await templates.version(session, ident, number) if 0 < number <= MOST_NUMBER else None
        if row is None:
            raise _problem(desk, templates.Unknown(ident))
        return answer(_with_content(desk, row))

    @router.get(
        "/search",
        summary="Search as staff: what clients get, and what is for staff only",
        **_described(422, query={"q": f"the question, up to {MOST_QUERY} characters", "language": "ru, en"}),
    )
    async def search(request: Request) -> Response:
        async with desk.db.read() as session:
            await _reader(session, desk, request)
        words = request.query_params.get("q", "")
        if not words.strip() or len(words) > MOST_QUERY:
            raise Problem(422, "invalid", f"A question of up to {MOST_QUERY} characters.", field="q")
        language = request.query_params.get("language", "")[:3] or desk.office.languages[0]
        base = desk.knowledge()
        share = desk.office.rules.wrong_share
        found = await asyncio.to_thread(base.ask, words, wrong_share=share, staff=True)
        results = []
        async with desk.db.read() as session:
            for scored in found.ranked[:FOUND]:
                # The text is read from its row: the index only names it (requirements 3.04, 3.08).
                published = await templates.published(session, scored.id)
                if published is not None:
                    results.append(_result(desk, published, scored.score, language))
        return answer({"query": words, "read_as": found.read_as, "decision": found.decision, "results": results})

    @router.get(
        "/unanswered",
        summary="Masked questions that no template has answered, the newest first",
        **_described(422, query={"page": f"from 1, {PAGE} a page"}),
    )
    async def not_found(request: Request) -> Response:
        async with desk.db.read() as session:
            await _editor(session, desk, request)
            page = number_in(request, "page", 1, 100_000)
            rows = await session.execute(
                select(unanswered)
                .order_by(unanswered.c.day.desc(), unanswered.c.id)
                .offset((page - 1) * PAGE)
                .limit(PAGE)
            )
            content = [
                {
                    "day": row.day.isoformat(),
                    "words": row.words,
                    "language": row.language,
                    "category": row.category or None,
                    "outcome": row.outcome,
                    "nearest": row.nearest.split(),
                }
                for row in rows
            ]
            total = (await session.execute(select(func.count()).select_from(unanswered))).scalar_one()
        return answer({"questions": content, "total": total, "page": page, "pages": math.ceil(total / PAGE)})


def _result(desk: Desk, found: templates.Published, score: float, language: str) -> dict[str, Any]:
    template = found.template
    spoken = language if template.speaks(language) else "ru"
    public = template.public or {}
    content = template.model_dump(mode="json", exclude_defaults=True)
    return {
        "id": template.id,
        "version": found.version,
        "score": round(score, 4),
        "language": spoken,
        "title": desk.office.text(template.title, spoken),
        "answer": desk.office.text(template.answer, spoken),
        "public": public.get(spoken) or public.get("ru"),
        "internal": template.internal,
        "checked_on": template.checked_on.isoformat(),
        "review_on": template.review_on.isoformat(),
        "overdue": template.review_on < desk.today(),
        "template": content,
    }


T = TypeVar("T")


async def _told(desk: Desk, work: Callable[[], Awaitable[T]]) -> T:
    """Do it; a refusal of the rules becomes one of the API."""
    try:
        return await work()
    except templates.Refused as refused:
        raise _problem(desk, refused) from None


def _changing(router: APIRouter, desk: Desk) -> None:
    async def change(request: Request, ident: str, work: Callable[[Session, Person], Awaitable[Any]]) -> Response:
        """One change in one transaction; the answer is the template after it."""
        async with desk.db.begin() as session:
            person = await _editor(session, desk, request)
            await _told(desk, lambda: work(session, person))
        async with desk.db.read() as session:
            content, edits = await _told(desk, lambda: _whole(session, desk, ident))
        return answer(content, version=edits)

    async def allowed(request: Request) -> None:
        """Who asks is looked at before the body is read."""
        async with desk.db.read() as session:
            await _editor(session, desk, request)

    @router.put(
        "/templates/{ident}/draft",
        summary="Write the draft of a template, or a new template; the remarks on it come back",
        **_described(404, 409, 413, 415, 422, 428, body=Draft),
    )
    async def save(request: Request, ident: str) -> Response:
        await allowed(request)
        given = await _fit(request, Draft)
        if given.template.id != ident:
            raise Problem(422, "invalid", "Must be the id of the address.", field="template.id")
        seen = seen_of(request, given.seen)
        async with desk.db.read() as session:
            row = await templates.get(session, ident)
        if row is not None and seen is None:
            seen = known_seen(request, given.seen, "edits")

        async def work(session: Session, person: Person) -> None:
            kept = {key: reason for key, reason in given.accepted.items() if reason}
            await templates.save_draft(
                session, given.template, author=person, now=desk.clock(), seen=seen, source="api", accepted=kept
            )

        return await change(request, ident, work)

    @router.post(
        "/templates/{ident}/approve",
        summary="Approve a draft that somebody else has written",
        **_described(404, 409, 413, 415, 422, 428, body=Approval),
    )
    async def approve(request: Request, ident: str) -> Response:
        await allowed(request)
        given = await _fit(request, Approval)
        seen = known_seen(request, given.seen, "edits")

        async def work(session: Session, person: Person) -> None:
            around, now = await desk.around(session), desk.clock()
            kept = {key: reason for key, reason in given.accepted.items() if reason}
            await templates.approve(
                session, ident, given.version, by=person, now=now, around=around, seen=seen, accepted=kept
            )
            if given.publish:
                await templates.publish(session, ident, given.version, by=person, now=now, around=around)

        return await change(request, ident, work)

    @router.post(
        "/templates/{ident}/publish",
        summary="Publish an approved version: clients get it within seconds",
        **_described(404, 409, 413, 415, 422, 428, body=Publication),
    )
    async def publish(request: Request, ident: str) -> Response:
        await allowed(request)
        given = await _fit(request, Publication)
        seen = known_seen(request, given.seen, "edits")

        async def work(session: Session, person: Person) -> None:
            around = await desk.around(session)
            await templates.publish(
                session, ident, given.version, by=person, now=desk.clock(), around=around, seen=seen
            )

        return await change(request, ident, work)

    @router.post(
        "/templates/{ident}/refuse",
        summary="Refuse a draft, with a reason for its author",
        **_described(404, 409, 413, 415, 422, 428, body=Refusal),
    )
    async def refuse(request: Request, ident: str) -> Response:
        await allowed(request)
        given = await _fit(request, Refusal)
        seen = known_seen(request, given.seen, "edits")
        return await change(
            request,
            ident,
            lambda session, person: templates.refuse(
                session, ident, given.version, by=person, now=desk.clock(), reason=given.reason, seen=seen
            ),
        )

    @router.post(
        "/templates/{ident}/withdraw",
        summary="Withdraw a published template: nobody gets it any more",
        **_described(404, 409, 413, 415, 422, 428, body=Withdrawal),
    )
    async def withdraw(request: Request, ident: str) -> Response:
        await allowed(request)
        given = await _fit(request, Withdrawal)
        seen = known_seen(request, given.seen, "edits")
        return await change(
            request,
            ident,
            lambda session, person: templates.withdraw(
                session, ident, by=person, now=desk.clock(), reason=given.reason, seen=seen
            ),
        )

    @router.post(
        "/templates/{ident}/restore",
        summary="Give a withdrawn template again, in the version that was published",
        **_described(404, 409, 413, 415, 422, 428, body=Return),
    )
    async def restore(request: Request, ident: str) -> Response:
        await allowed(request)
        given = await _fit(request, Return)
        seen = known_seen(request, given.seen, "edits")
        return await change(
            request,
            ident,
            lambda session, person: templates.restore(session, ident, by=person, now=desk.clock(), seen=seen),
        )


def _wordings(router: APIRouter, desk: Desk) -> None:
    query = {"template": "id of a template", "page": f"from 1, {PAGE} a page"}

    @router.get(
        "/phrasings",
        summary="How clients have worded questions (masked), waiting for an editor",
        **_described(422, query=query),
    )
    async def waiting(request: Request) -> Response:
        async with desk.db.read() as session:
            await _editor(session, desk, request)
            page = number_in(request, "page", 1, 100_000)
            rows, total = await templates.waiting(
                session, template=request.query_params.get("template", "")[:40], skip=(page - 1) * PAGE, limit=PAGE
            )
        content = [
            {
                "id": row.id,
                "template": row.template,
                "words": row.words,
                "language": row.language,
                "origin": row.origin,
                "times": row.times,
                "last_on": row.last_on.isoformat(),
            }
            for row in rows
        ]
        return answer({"phrasings": content, "total": total, "page": page, "pages": math.ceil(total / PAGE)})

    def decide(path: str, summary: str, work: Callable[..., Awaitable[int]]) -> None:
        @router.post(path, summary=summary, **_described(413, 415, 422, body=Wordings))
        async def decided(request: Request) -> Response:
            async with desk.db.read() as session:
                await _editor(session, desk, request)
            given = await _fit(request, Wordings)
            async with desk.db.begin() as session:
                person = await _editor(session, desk, request)
                changed = await _told(desk, lambda: work(session, given.ids, by=person, now=desk.clock()))
            return answer({"changed": changed})

    decide("/phrasings/accept", "Let the search learn these wordings", templates.accept)
    decide("/phrasings/refuse", "These wordings are not learnt, or not any more", templates.dismiss)


def _files(router: APIRouter, desk: Desk) -> None:
    @router.get(
        "/export",
        summary="The base as office files: {files: {name: YAML}}, or one category as YAML",
        **_described(404, query={"category": "only this one, as application/yaml"}),
    )
    async def export(request: Request) -> Response:
        async with desk.db.read() as session:
            await _editor(session, desk, request)
            # In a thread YAML of thousands of templates does not hold up those who talk to the bot.
            rows = await imports.rows_for_export(session)
        files = await asyncio.to_thread(imports.files_of, rows, desk.calendar().zone)
        category = request.query_params.get("category")
        if category is None:
            return answer({"files": files})
        if f"{category}.yaml" not in files:
            raise Problem(404, "unknown_category", "There is no template of this category.", field="category")
        return Response(files[f"{category}.yaml"], media_type="application/yaml", headers=HEADERS)

    @router.post(
        "/import",
        summary="Take a file as drafts of yours; with dry_run=1 only say what would be done",
        **_described(413, 415, 422, query={"dry_run": "1: nothing is kept"}),
    )
    async def take(request: Request) -> Response:
        async with desk.db.read() as session:
            person = await _editor(session, desk, request)
        body = await body_of(request, MOST_IMPORT, YAML_ONLY, "Send fewer templates at once.")
        texts = (("request.yaml", await asyncio.to_thread(_yaml_text, body)),)
        dry = flag_in(request, "dry_run")
        place = imports.Place(desk.db, desk.office, desk.actions, desk.has_file)
        plan = await imports.run(place, texts, desk.clock(), author=person, dry=dry)
        if plan.faults:
            first = plan.faults[0]
            faults = [{"path": fault.path, "message": fault.message} for fault in plan.faults[:100]]
            raise Problem(422, "invalid_file", first.message, field=first.path or None, more={"faults": faults})
        counts = plan.counts
        content = {
            "dry_run": dry,
            "new": counts["new"],
            "changed": counts["changed"],
            "unchanged": counts["unchanged"],
            "left": counts["newer"] + counts["own"],
            "told": plan.told,
            "warnings": [{"path": fault.path, "message": fault.message} for fault in plan.warnings[:500]],
        }
        return answer(content)


def _yaml_text(body: bytes) -> str:
    """The text of a file from elsewhere. An alias could make a small text a huge one, so there are none; nor is it
    nested deeply."""
    try:
        text = body.decode("utf-8-sig")
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        depth = 0
        for event in yaml.parse(text, Loader=loader):
            match event:
                case yaml.AliasEvent():
                    raise Problem(422, "invalid_yaml", "References (*name) are not taken here: write the words out.")
                case yaml.CollectionStartEvent():
                    depth += 1
                case yaml.CollectionEndEvent():
                    depth -= 1
            # The parser in C calls itself for each level: too many of them would end the process.
            if depth > DEEPEST:
                raise Problem(422, "invalid_yaml", f"More than {DEEPEST} levels of lists and fields in each other.")
    except UnicodeDecodeError:
        raise Problem(422, "invalid_yaml", "The body is not UTF-8 text.") from None
    except (yaml.YAMLError, RecursionError) as error:
        problem = " ".join(str(error).split())[:300]
        raise Problem(422, "invalid_yaml", f"The body is not YAML: {problem}") from None
    return text
