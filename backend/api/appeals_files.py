"""Files of an appeal by the API: list, fetch, add. What is taken is decided by `backend.files`, as for clients."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

from fastapi import APIRouter, Request, Response

from backend.api import appeals_shapes as shapes
from backend.api.appeals_access import Appeals, asking, changing, journalled, sent, told, unchanged, visible
from backend.api.appeals_description import BINARY, IF_MATCH, described
from backend.api.appeals_shapes import Shown
from backend.api.problems import HEADERS, Problem
from backend.api.requests import known_seen
from backend.appeals import files, work
from backend.files import Kept, Refused

MOST_FILES: Final = 100  # of one appeal
FILE_HEADERS: Final = {**HEADERS, "Content-Security-Policy": "default-src 'none'; sandbox"}
NAME: Final = {
    "name": "X-File-Name",
    "in": "header",
    "required": True,
    "description": "Its name in UTF-8, percent-encoded.",
    "schema": {"type": "string"},
    "example": "%D1%81%D0%BA%D0%B0%D0%BD.pdf",
}
_REFUSED: Final = {
    "empty": (422, "The file is empty."),
    "large": (413, "The file is larger than this installation takes."),
    "kind": (422, "Only JPEG, PNG, WebP, PDF, DOCX, XLSX, ODT without macros, and plain text are taken."),
    "archive": (422, "Archives and files with a password are not taken."),
    "broken": (422, "The file is damaged."),
    "virus": (422, "The scanner has found malware in the file."),
    "scanner": (503, "The file cannot be checked or kept now; try again later."),
}


def add_files(router: APIRouter, on: Appeals) -> None:
    @router.get(
        "/{number:path}/files",
        summary="The files of an appeal; that you have read their names is journalled",
        response_model=shapes.FileList,
        **described(422),
    )
    async def listed(request: Request, number: str) -> Response:
        async with on.db.read() as session:
            _, person = await asking(session, on, request)
            desk = on.desk(session, person)
            row = await visible(desk, number)
            shown = on.shown()
            found = [_file(shown, one) for one in await files.of(session, row.id)]
        await journalled(on, person, row)
        return sent(shapes.FileList(files=found), 200, row.version)

    @router.get(
        "/{number:path}/files/{ident}",
        summary="The bytes of a file; that you have read it is journalled",
        response_class=Response,
        **described(422, more={200: {"content": BINARY, "description": "The file, to be saved."}}),
    )
    async def one(request: Request, number: str, ident: str) -> Response:
        missing = Problem(404, "unknown_file", "There is no such file of this appeal.")
        async with on.db.read() as session:
            _, person = await asking(session, on, request)
            row = await visible(on.desk(session, person), number)
            known = {str(file.id) for file in await files.of(session, row.id)}
        if ident not in known:
            raise missing
        async with on.db.begin() as session:
            found = await files.readable(session, on.office, on.keys, "", person, int(ident), on.clock(), on.today())
        if found is None:
            raise missing
        stored, name, kind = found
        try:
            content = await on.files.read(stored)
        except (OSError, ValueError):
            # The row is there and the file is not: a copy was restored without its files, or the key is another one.
            raise Problem(404, "lost_file", "The file is named here, but its content cannot be read.") from None
        named = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        kind = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        return Response(content, media_type=kind, headers={**FILE_HEADERS, "Content-Disposition": named})

    @router.post(
        "/{number:path}/files",
        status_code=201,
        summary="Add a file, that the client sees too: its bytes are the body",
        response_model=shapes.FileBody,
        **described(409, 413, 422, 428, 429, parameters=(IF_MATCH, NAME), binary=True),
    )
    async def add(request: Request, number: str) -> Response:
        async with on.db.read() as session:
            _, person = await asking(session, on, request)
            await _takes(on.desk(session, person), number)
        seen = known_seen(request, None, "version")
        kept = await _kept(on, request, _name(request))
        try:
            async with on.db.begin() as session:
                desk = on.desk(session, await changing(session, on, request))
                row = await _takes(desk, number)
                await told(on, lambda: unchanged(desk, row, seen))
                made = await files.attach(
                    session,
                    on.keys,
                    desk.now,
                    row,
                    stored=kept.stored,
                    kind=kept.kind,
                    size=kept.size,
                    name=kept.name,
                    by=desk.by,
                )
                found = next(file for file in await files.of(session, row.id) if file.id == made)
        except BaseException:
            await on.files.remove([kept.stored])
            raise
        return sent(_file(on.shown(), found), 201, seen)


def _file(shown: Shown, row: Any) -> shapes.FileBody:
    return shapes.FileBody(
        id=str(row.id),
        name=files.name_of(shown.keys, row),
        kind=row.kind,
        size=row.size,
        by=shown.named(row.by),
        at=row.at,
        public=row.public,
    )


async def _takes(desk: work.Desk, number: str) -> Any:
    """The appeal, if it takes one more file. Raises Problem."""
    row = await visible(desk, number)
    if len(await files.of(desk.session, row.id)) >= MOST_FILES:
        raise Problem(422, "too_many_files", f"An appeal holds at most {MOST_FILES} files.")
    return row


def _name(request: Request) -> str:
    try:
        name = unquote(request.headers.get("x-file-name", ""), errors="strict").strip()
    except UnicodeDecodeError:
        name = ""
    if not 1 <= len(name) <= 300:
        raise Problem(422, "missing", "Name the file: X-File-Name, UTF-8, percent-encoded.", field="X-File-Name")
    return name


async def _kept(on: Appeals, request: Request, name: str) -> Kept:
    """The body as a stored file. Raises Problem."""
    part = on.files.incoming / f"{secrets.token_hex(16)}.part"
    try:
        await _write(request, part, on.files.most_bytes)
        return await on.files.take(part, name)
    except Refused as refused:
        status, message = _REFUSED[refused.reason]
        retry = 60 if status == 503 else None
        raise Problem(status, f"file_{refused.reason}", message, retry_after=retry) from None
    except OSError:
        raise Problem(503, "file_scanner", _REFUSED["scanner"][1], retry_after=60) from None
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)


async def _write(request: Request, part: Path, most: int) -> None:
    """What comes, as it comes. Raises Refused, OSError."""
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length[:15]) > most:
        raise Refused("large")
    size = 0
    await asyncio.to_thread(part.parent.mkdir, parents=True, exist_ok=True)
    with await asyncio.to_thread(part.open, "xb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise Refused("large")
            await asyncio.to_thread(file.write, chunk)
