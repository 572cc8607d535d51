"""Codes that are made and revoked as the command does it, and known to the process at once."""

from __future__ import annotations

from typing import Any

from backend import codes, jobs
from tests.base.talk import Talk


async def further(talk: Talk, code: str = "Т5", **more: Any) -> str:
    """A new code of the point, known to the process."""
    point = talk.app.office.point_by_code(code)
    assert point is not None
    given = {"place": "стенд", "valid_from": None, "valid_until": None, "now": talk.now, "by": "administrator"}
    async with talk.app.db.begin() as session:
        token = await codes.make(session, talk.app.office, point=point, **{**given, **more})
    await jobs.refresh(talk.app.regular)
    return token


async def revoke(talk: Talk, token: str) -> None:
    async with talk.app.db.begin() as session:
        await codes.revoke(session, talk.app.office, token, reason="сорван", now=talk.now, by="administrator")
    await jobs.refresh(talk.app.regular)
