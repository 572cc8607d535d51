"""Printed codes: which token leads where, what was printed and hangs where, and how often it is scanned.

The main token of a point stands in points.yaml and needs no row until it is revoked. Further codes – a second stand, an
event with dates – are rows. Scans are counted by token and day, without anything about who scanned.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlmodel import Field, SQLModel

from backend.db import Moment, Session, table_of
from backend.office.model import Office, Point

State = Literal["open", "closed", "revoked", "over", "early", "unknown"]


class Code(SQLModel, table=True):
    """A token beside the main ones, or a main one that was revoked. `place`: where it hangs, in the office's words.
    `valid_from`, `valid_until`: whole days of the office, both included."""

    token: str = Field(primary_key=True, max_length=12)
    point: str = Field(max_length=24, index=True)
    place: str = Field(default="", max_length=120)
    valid_from: date | None = Field(default=None)
    valid_until: date | None = Field(default=None)
    made_at: datetime = Field(sa_type=Moment)
    made_by: str = Field(max_length=120)
    revoked_at: datetime | None = Field(default=None, sa_type=Moment)
    reason: str = Field(default="", max_length=300)


class PrintedSheet(SQLModel, table=True):
    """One printing of a sheet. `withdrawn_on`: taken down, or replaced by a newer printing of the same token and
    place."""

    __tablename__ = "printed_sheet"
    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(max_length=12, index=True)
    point: str = Field(max_length=24)
    number: str = Field(max_length=40)
    version: int
    size: str = Field(max_length=12)
    place: str = Field(default="", max_length=120)
    printed_on: date
    printed_by: str = Field(max_length=120)
    withdrawn_on: date | None = Field(default=None)


class Scan(SQLModel, table=True):
    """How often a code was opened on a day."""

    token: str = Field(primary_key=True, max_length=12)
    day: date = Field(primary_key=True)
    count: int = Field(default=0)


codes = table_of(Code)
sheets = table_of(PrintedSheet)
scans = table_of(Scan)


@dataclass(frozen=True, slots=True)
class Found:
    """Where a token leads today. `point` None: unknown. `state` other than `open`: the landing and the bot say so
    plainly and offer `nearest`."""

    token: str
    point: Point | None
    state: State
    nearest: Point | None = None
    place: str = ""
    opens: date | None = None  # first day of a code that is not valid yet


class LiveCodes:
    """The rows of `code` as this process knows them; renewed each minute, so that a scan costs no query."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._rows: dict[str, Any] = {}

    async def refresh(self, session: Session) -> None:
        self._rows = {r.token: r for r in await session.execute(select(codes))}

    def find(self, token: str, today: date) -> Found:
        """What this token, in any letter case, means on this day."""
        token = token.upper()
        row = self._rows.get(token)
        point = self._office.point(token) or (self._office.point_by_code(row.point) if row is not None else None)
        if point is None or point.internal:
            return Found(token, None, "unknown")
        place = row.place if row is not None else ""
        if row is not None and row.revoked_at is not None:
            state: State = "revoked"
        elif row is not None and row.valid_until is not None and today > row.valid_until:
            state = "over"
        elif row is not None and row.valid_from is not None and today < row.valid_from:
            return Found(token, point, "early", self._open_or_nearest(point), place, row.valid_from)
        elif not point.open:
            state = "closed"
        else:
            return Found(token, point, "open", None, place)
        return Found(token, point, state, self._open_or_nearest(point), place)

    def _open_or_nearest(self, point: Point) -> Point | None:
        """The point itself when only the paper is out of date, else the nearest open one."""
        return point if point.open else self._office.nearest_open(point)
