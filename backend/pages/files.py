"""Files of the knowledge base: `/files/<template>/<number>`, as the published version of the template names them.

A client never names a path: the number counts the files of what is published now, so an old version is not handed out
once a newer one is published (requirement 3.17).
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from backend.knowledge.model import Template
from backend.office.model import Office
from backend.pages.landing import Texts, frame, plain_page, spoken_by

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-cache",  # a newer version must be had at once
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
_TYPES: Final = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".rtf": "application/rtf",
}

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")  # anything else no template is called, and not every database looks for

Readable = Callable[[str], Awaitable[Template | None]]


def inside(folder: Path, name: str) -> Path | None:
    """The file of this name inside the office folder, if it is there; never one outside."""
    try:
        path = (folder / name).resolve()
        return path if path.is_relative_to(folder.resolve()) and path.is_file() else None
    except (OSError, ValueError):
        return None


def files_router(
    *,
    office: Office,
    folder: Path,
    readable: Readable,
    words: Mapping[str, Texts],
    style: str,
    hours: Callable[[str], str],
) -> APIRouter:
    """`folder`: of the office. `readable`: the template if clients may read it now. The rest is for the page that says
    politely that a file is gone."""

    def gone(request: Request) -> Response:
        asked = request.query_params.get("lang")
        language = asked if asked is not None and asked in words else spoken_by(request, words, office.languages[0])
        values = frame(office, words, language, style=style, hours=hours(language))
        return plain_page("file", values, status=404)

    router = APIRouter(include_in_schema=False)

    @router.api_route("/files/{ident}/{number}", methods=["GET", "HEAD"])
    async def file(request: Request, ident: str, number: str) -> Response:
        template = await readable(ident) if _ID.fullmatch(ident) and number.isdecimal() and len(number) <= 3 else None
        at = int(number) - 1 if template is not None else -1
        if template is None or not 0 <= at < len(template.files):
            return gone(request)
        form = template.files[at]
        path = inside(folder, form.file)
        if path is None:
            return gone(request)
        kind = _TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        # The name tells the version, so that two of them lie side by side on somebody's disk.
        name = f"{path.stem}-{form.date.isoformat()}{path.suffix}"
        named = f"attachment; filename*=UTF-8''{quote(name)}"
        return FileResponse(path, media_type=kind, headers={**HEADERS, "Content-Disposition": named})

    return router
