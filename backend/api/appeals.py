"""`/appeals/…`: appeals for staff and for the document system of the office.

Who sees an appeal and what may be done with it is decided by `backend.appeals.access` and `work`, as in the dialogue of
staff; to whom it complains of, there is no such appeal. Whoever changes one names the `version` that he has read
(`If-Match`, or `seen` in the body), and of two people the second is told. Every change is in the journal with the
person of the token, and so is reading what a client wrote.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import IntegrityError

from backend import invitations, masking
from backend.api import appeals_bodies as bodies
from backend.api import appeals_shapes as shapes
from backend.api.appeals_access import (
    Appeals,
    asking,
    changing,
    journalled,
    language_of,
    sent,
    told,
    unchanged,
    visible,
)
from backend.api.appeals_description import IF_MATCH, LANGUAGE, described, refusal
from backend.api.appeals_files import add_files
from backend.api.problems import Problem
from backend.api.requests import fit, flag_in, known_seen, number_in
from backend.appeals import access, events, notices, numbers, registration, replies, work, worklist
from backend.appeals.following import Chat
from backend.appeals.model import unfilled
from backend.appeals.registration import New, Unfit
from backend.db import Session
from backend.office.model import Person

MOST_BYTES: Final = 256 * 1024
PAGE: Final = 50
MOST_PAGES: Final = 10_000
_KEY: Final = re.compile(r"[\x21-\x7e]{1,60}\Z")
SETTLES: Final = {
    "take": ("unrouted",),
    "assign": ("unrouted",),
    **dict.fromkeys(("answer", "redirect", "refuse", "close"), ("unsolved", "unrouted", "late")),
}
"""Tasks beside the appeal, by their reason, that a deed has settled: as in the dialogue of staff."""
KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Your own id of this appeal, up to 60 printable ASCII characters; or `id` in the body.",
    "schema": {"type": "string"},
}

B = TypeVar("B", bound=bodies.Seeing)


# --- the routes -------------------------------------------------------------------------------------------


def appeals_router(on: Appeals) -> APIRouter:
    """All routes of appeals. A number may hold a slash, as those of document systems do: so the longer paths come
    first."""
    router = APIRouter(prefix="/appeals", tags=["appeals"])
    _listing(router, on)
    _registering(router, on)
    add_files(router, on)
    _deeds(router, on)
    _reading(router, on)
    return router


def _listing(router: APIRouter, on: Appeals) -> None:
    query = {
        "all": "true: all that you may see, not only your own",
        "open": "1: an answer is owed; 0: ended; any. By itself 1, any where stage or number is given",
        "kind": "code of a kind",
        "stage": "code of a stage",
        "unit": "code of a department",
        "due_before": "a day, as 2026-12-01: due before it",
        "overdue": "1: only those past their date",
        "number": "this number, ours or another system's",
        "page": f"from 1, {PAGE} a page",
        **LANGUAGE,
    }

    @router.get(
        "",
        summary="Your appeals, what is due first",
        response_model=shapes.AppealList,
        **described(422, query=query),
    )
    async def listed(request: Request) -> Response:
        async with on.db.read() as session:
            _, person = await asking(session, on, request)
            shown, page = on.shown(language_of(on, request)), number_in(request, "page", 1, MOST_PAGES)
            rows = await worklist.listed(
                session,
                on.office,
                person,
                await on.desk(session, person).away(),
                _wanted(on, request),
                everything=flag_in(request, "all"),
                skip=(page - 1) * PAGE,
                limit=PAGE + 1,
            )
        found = [shapes.AppealRow(**shown.fields(row)) for row in rows[:PAGE]]
        return sent(shapes.AppealList(appeals=found, page=page, more=len(rows) > PAGE))


def _wanted(on: Appeals, request: Request) -> worklist.Wanted:
    content, given = registration.content_of(on.office), request.query_params
    stage, number = given.get("stage", ""), given.get("number", "")
    known = {"kind": content.kind, "stage": content.stage, "unit": content.unit}
    for name, find in known.items():
        if given.get(name) and find(given[name]) is None:
            message, _, _ = refusal(content, Unfit("unknown", name))
            raise Problem(422, "invalid", message, field=name)
    open_ones = {"": None if stage or number else True, "1": True, "0": False, "any": None}
    if given.get("open", "") not in open_ones:
        raise Problem(422, "invalid", "One of 1, 0, any.", field="open")
    before = None
    if given.get("due_before"):
        try:
            before = date.fromisoformat(given["due_before"])
        except ValueError:
            raise Problem(422, "invalid", "A day, as 2026-12-01.", field="due_before") from None
    if flag_in(request, "overdue"):
        before = min(before, on.today()) if before is not None else on.today()
    return worklist.Wanted(
        open=open_ones[given.get("open", "")],
        kind=given.get("kind", ""),
        stage=stage,
        unit=given.get("unit", ""),
        due_before=before,
        number=numbers.canonical(number) if number else "",
        outside=" ".join(number.split())[:60],
    )


def _registering(router: APIRouter, on: Appeals) -> None:
    @router.post(
        "",
        status_code=201,
        summary="Register an appeal: number, secret code, deadline",
        response_model=shapes.Receipt,
        **described(
            409,
            413,
            415,
            422,
            429,
            body=bodies.NewAppeal,
            parameters=(KEY,),
            more={200: {"model": shapes.Receipt, "description": "This `id` was registered before; no code."}},
        ),
    )
    async def register(request: Request) -> Response:
        async with on.db.read() as session:
            token, person = await asking(session, on, request)
        if not access.may_register(person):
            roles = ", ".join(sorted(access.REGISTERS))
            raise Problem(403, "not_allowed", f"This takes one of the roles {roles}.")
        given = await fit(request, bodies.NewAppeal, MOST_BYTES)
        ident = _outside(request, given)
        source = given.source or (_source(on, token) if ident else None)
        try:
            async with on.db.begin() as session:
                person = await changing(session, on, request)
                if source is not None and ident is not None:
                    first = await registration.by_outside(session, source, ident)
                    if first is not None:
                        return await _again(session, on, person, first)
                return await told(on, lambda: _register(session, on, person, given, source, ident))
        except IntegrityError:
            # Somebody has registered the same id at the same moment.
            async with on.db.read() as session:
                first = await registration.by_outside(session, source or "", ident or "")
                if first is None:
                    raise
                return await _again(session, on, person, first)


def _source(on: Appeals, token: Any) -> str:
    """The other system by the label of its token, so that a new token of the same label goes on where the old one
    ended; shortened so that two long labels stay two."""
    label: str = token.label
    return label if len(label) <= 24 else f"{label[:15]}…{on.keys.hash(label)[:8]}"


def _outside(request: Request, given: bodies.NewAppeal) -> str | None:
    header = request.headers.get("idempotency-key")
    if header is None:
        return given.id
    if not _KEY.match(header) or (given.id is not None and given.id != header):
        message = "Idempotency-Key has 1–60 printable ASCII characters, and agrees with `id`."
        raise Problem(422, "invalid", message, field="id")
    return header


async def _again(session: Session, on: Appeals, person: Person, row: Any) -> Response:
    """The first receipt, without the code, for whoever registered it or may see it."""
    if row.entered_by != person.id and not access.may_see(
        on.office, person, row, await on.desk(session, person).away()
    ):
        raise Problem(409, "id_taken", "Somebody else has registered an appeal with this `id`.", field="id")
    return sent(on.shown().receipt(row, None), 200, row.version)


async def _register(
    session: Session, on: Appeals, person: Person, given: bodies.NewAppeal, source: str | None, ident: str | None
) -> Response:
    chat = await _chat(session, on, given.follow)
    new = New(
        kind=given.kind,
        way=given.way,
        text=given.text,
        summary=masking.mask(given.summary, keep=(on.office.phone,)).text,
        topic=given.topic,
        service=given.service or None,
        point=given.point or None,
        unit=given.unit,
        received_on=given.received_on,
        complained=given.complained,
        applicant_kind=given.applicant_kind,
        applicant=given.applicant.model_dump(),
        chat=chat,
        source=source,
        outside=ident,
    )
    desk = on.desk(session, person)
    made = await registration.register(session, on.office, desk.calendar, on.keys, desk.now, new, by=person.id)
    row = await work.get(session, made.id)
    response = sent(on.shown().receipt(row, made.code, followed=chat is not None), 201, 1)
    response.headers["Location"] = f"/api/appeals/{quote(made.number)}"
    return response


async def _chat(session: Session, on: Appeals, code: str | None) -> Chat | None:
    """The client's chat, if it may follow an appeal. Raises Unfit for a code with a wrong letter."""
    if not code:
        return None
    plain = invitations.read_code(code)
    if plain is None:
        raise Unfit("mistyped", "follow")
    link = await invitations.chat_behind(session, on.keys, plain)
    if link is None or not on.may_follow(link.channel):
        return None
    return Chat(link.chat, link.channel, link.sealed, link.language)


def _reading(router: APIRouter, on: Appeals) -> None:
    @router.get(
        "/{number:path}/deadline",
        summary="Why this deadline: the rule and the count, step by step, and in words",
        response_model=shapes.DeadlineBody,
        **described(422, query=LANGUAGE),
    )
    async def deadline(request: Request, number: str) -> Response:
        async with on.db.read() as session:
            _, person = await asking(session, on, request)
            row = await visible(on.desk(session, person), number)
        return sent(on.shown(language_of(on, request)).deadline(row, on.explain), 200, row.version)

    @router.get(
        "/{number:path}",
        summary="An appeal with its words and history; that you have read it is journalled",
        response_model=shapes.AppealCard,
        **described(422, query=LANGUAGE),
    )
    async def one(request: Request, number: str) -> Response:
        async with on.db.read() as session:
            _, person = await asking(session, on, request)
            shown, desk = on.shown(language_of(on, request)), on.desk(session, person)
            row = await visible(desk, number)
            history = await events.of(session, on.keys, row.id)
            present = await worklist.others(session, row.id, person.id, desk.now)
            card = shown.card(row, history, present, work.extendable(desk, row))
        await journalled(on, person, row)
        return sent(card, 200, row.version)


# --- what is done with it ---------------------------------------------------------------------------------


def _deeds(router: APIRouter, on: Appeals) -> None:
    def deed(
        path: str,
        body: type[B],
        summary: str,
        do: Callable[[work.Desk, Any, int, B], Awaitable[work.Done]],
    ) -> None:
        """A route for one deed: one transaction, and the appeal after it."""

        @router.post(
            f"/{{number:path}}/{path}",
            summary=summary,
            response_model=shapes.Done,
            name=path,
            **described(409, 413, 415, 422, 428, 429, body=body, parameters=(IF_MATCH,)),
        )
        async def done(request: Request, number: str) -> Response:
            given, seen = await _asked(on, request, body)
            async with on.db.begin() as session:
                desk = on.desk(session, await changing(session, on, request))
                row = await visible(desk, number)
                result = await told(on, lambda: do(desk, row, seen, given))
                if path in SETTLES:
                    await work.close_tasks(desk, result.row, on.settled, only=SETTLES[path])
            after = shapes.Done(**on.shown().fields(result.row), told=result.told)
            return sent(after, 200, result.row.version)

    deed("take", bodies.Seeing, "Make it yours", lambda desk, row, seen, _: work.take(desk, row, seen))
    deed(
        "assign",
        bodies.Assignment,
        "Hand it to another person",
        lambda desk, row, seen, given: work.assign(desk, row, seen, given.to, given.note),
    )
    deed(
        "stage",
        bodies.Move,
        "The next stage of work; the client is told",
        lambda desk, row, seen, given: work.move(desk, row, seen, given.stage),
    )
    deed(
        "extend",
        bodies.Extension,
        "Extend the term, once, with a reason; the client is told",
        lambda desk, row, seen, given: work.extend(desk, row, seen, days=given.days, reason=given.reason),
    )
    deed(
        "redirect",
        bodies.Redirection,
        "Pass it on to another body; the client is told",
        lambda desk, row, seen, given: work.redirect(desk, row, seen, to=given.to, reason=given.reason),
    )
    deed(
        "suspend",
        bodies.Explained,
        "Wait for the client; he is told why and what to do",
        lambda desk, row, seen, given: work.suspend(desk, row, seen, reason=given.reason, then=given.then),
    )
    deed(
        "refuse",
        bodies.Explained,
        "Refuse; the client is told why and what to do",
        lambda desk, row, seen, given: work.refuse(desk, row, seen, reason=given.reason, then=given.then),
    )
    deed(
        "reply",
        bodies.Said,
        "Write to the client; it ends nothing",
        lambda desk, row, seen, given: work.reply(desk, row, seen, given.text),
    )
    deed("note", bodies.Said, "A note that the client never sees", _note)
    deed("answer", bodies.Answer, "The final answer, in parts or by a template", _answerer(on))
    deed(
        "close",
        bodies.Closing,
        "Close, with a reason of the office's list",
        lambda desk, row, seen, given: work.close(desk, row, seen, reason=given.reason, text=given.text),
    )
    deed("reopen", bodies.Reopening, "Look at it again: a new term begins", _reopen)
    deed(
        "complained",
        bodies.Complained,
        "Of whom it complains: they see it no more",
        lambda desk, row, seen, given: work.complain_of(desk, row, seen, given.complained),
    )

    @router.post(
        "/{number:path}/code",
        summary="A new secret code in place of a lost one, shown once",
        response_model=shapes.NewCode,
        **described(409, 413, 415, 422, 428, 429, body=bodies.Seeing, parameters=(IF_MATCH,)),
    )
    async def code(request: Request, number: str) -> Response:
        _, seen = await _asked(on, request, bodies.Seeing)
        async with on.db.begin() as session:
            desk = on.desk(session, await changing(session, on, request))
            row = await visible(desk, number)
            new = await told(on, lambda: work.renew_code(desk, row, seen))
            row = await work.get(session, row.id)
        after = shapes.NewCode(**on.shown().fields(row), told=False, code=new)
        return sent(after, 200, after.version)


async def _asked(on: Appeals, request: Request, body: type[B]) -> tuple[B, int]:
    """What is asked and the version that was read. Who asks is looked at before the body is."""
    async with on.db.read() as session:
        await asking(session, on, request)
    given = await fit(request, body, MOST_BYTES)
    return given, known_seen(request, given.seen, "version")


async def _note(desk: work.Desk, row: Any, seen: int, given: bodies.Said) -> work.Done:
    await unchanged(desk, row, seen)
    return work.Done(row, await work.note(desk, row, given.text))


async def _reopen(desk: work.Desk, row: Any, seen: int, given: bodies.Reopening) -> work.Done:
    await unchanged(desk, row, seen)
    done = await work.reopen(desk, row, by=desk.by, text=given.text)
    if done is None:
        raise Unfit("not-reopenable")
    return done


def _answerer(on: Appeals) -> Callable[[work.Desk, Any, int, bodies.Answer], Awaitable[work.Done]]:
    async def send(desk: work.Desk, row: Any, seen: int, given: bodies.Answer) -> work.Done:
        await unchanged(desk, row, seen)  # before its words are judged: another answer may be out already
        parts = {"essence": "", "basis": "", "then": "", "why": ""}
        if given.template is not None:
            reply = desk.content.reply(given.template)
            if reply is None:
                raise Unfit("unknown", "template")
            language = await _language(desk, row, given.language)
            known = replies.known(desk.office, desk.keys, row, language, partial(on.day, language))
            parts |= replies.parts_of(desk.office, reply, {**known, **given.variables}, language)
        for part in parts:
            parts[part] = getattr(given, part) or parts[part]
        if names := unfilled(*parts.values()):
            first = next(part for part, text in parts.items() if unfilled(text))
            raise Unfit("unfilled", f"{first}: {', '.join(names)}")
        return await work.answer(desk, row, seen, **parts)

    return send


async def _language(desk: work.Desk, row: Any, given: str | None) -> str:
    """The language of a template: the one asked for, else that of the client's chat."""
    languages = desk.office.languages
    if given:
        if given not in languages:
            raise Unfit("unknown", "language")
        return given
    found = await notices.listeners(desk.session, row.id)
    return found[0].language if found and found[0].language in languages else languages[0]
