"""Printed codes: which token leads where, what was printed and hangs where, and how often it is scanned.

The main token of a point stands in points.yaml and needs no row until it is revoked. Further codes – a second stand, an
event with dates – are rows. Scans are counted by token and day, without anything about who scanned (requirement 2.39,
domain.md 8.10, 8.11).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Field, SQLModel

from backend import journal
from backend.clock import office_day
from backend.db import Moment, Session, insert_new, table_of
from backend.office.model import Office, Point
from qr.address import ALPHABET

State = Literal["open", "closed", "revoked", "over", "early", "unknown"]
CHOSEN: Final = "at-"
"""Before a point's token in what goes along into a channel: it was chosen from a list, so no paper matters."""
TOKEN_LENGTH: Final = 8
SCANS_A_MINUTE: Final = 60  # of one code in one process: more is no queue of people but a script
SCAN_DAYS: Final = 30  # what the register sums up


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
    ended: date | None = None  # last day of a code that is over


class LiveCodes:
    """The rows of `code` as this process knows them; renewed each minute, so that a scan costs no query."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._rows: dict[str, Any] = {}

    async def refresh(self, session: Session) -> None:
        self.take(await session.execute(select(codes)))

    def take(self, rows: Iterable[Any]) -> None:
        """What the table holds now."""
        self._rows = {row.token: row for row in rows}

    def find(self, token: str, today: date) -> Found:
        """What this token, in any letter case, means on this day."""
        token = token.upper()
        row = self._rows.get(token)
        point = self._office.point(token) or (self._office.point_by_code(row.point) if row is not None else None)
        if point is None or point.internal:
            return Found(token, None, "unknown")
        place = row.place if row is not None else ""
        near = self._open_or_nearest(point)
        if row is not None and row.revoked_at is not None:
            return Found(token, point, "revoked", near, place)
        if row is not None and row.valid_until is not None and today > row.valid_until:
            return Found(token, point, "over", near, place, ended=row.valid_until)
        if row is not None and row.valid_from is not None and today < row.valid_from:
            return Found(token, point, "early", near, place, opens=row.valid_from)
        if not point.open:
            return Found(token, point, "closed", near, place)
        return Found(token, point, "open", None, place)

    def _open_or_nearest(self, point: Point) -> Point | None:
        """The point itself when only the paper is out of date, else the nearest open one."""
        return point if point.open else self._office.nearest_open(point)


# --- making and revoking ----------------------------------------------------------------------------------


class BadCode(ValueError):
    """What was asked for cannot be; `why` names it: unknown, not_revoked, revoked, dates, point."""

    def __init__(self, why: Literal["unknown", "not_revoked", "revoked", "dates", "point"]) -> None:
        super().__init__(why)
        self.why = why


async def code_of(session: Session, token: str) -> Any | None:
    """The row of this token, in any letter case, if it has one."""
    return (await session.execute(select(codes).where(codes.c.token == token.upper()))).first()


async def make(
    session: Session,
    office: Office,
    *,
    point: Point,
    place: str,
    valid_from: date | None,
    valid_until: date | None,
    now: datetime,
    by: str,
) -> str:
    """A further code of the point; gives its token. Both days are days of the office and included. Raises BadCode when
    they are in the wrong order or clients cannot come to the point."""
    if point.internal or point.token is None:
        raise BadCode("point")
    if valid_from is not None and valid_until is not None and valid_until < valid_from:
        raise BadCode("dates")
    row = {
        "point": point.code,
        "place": place,
        "valid_from": valid_from,
        "valid_until": valid_until,
        "made_at": now,
        "made_by": by,
        "reason": "",
    }
    while True:
        token = "".join(secrets.choice(ALPHABET) for _ in range(TOKEN_LENGTH))
        if office.point(token) is None and await insert_new(session, codes, [{"token": token, **row}]):
            break
    await journal.note(session, now, by, "code.made", token, point.code)
    return token


async def revoke(session: Session, office: Office, token: str, *, reason: str, now: datetime, by: str) -> None:
    """From the next minute on the code leads to a plain page with the nearest open point. Raises BadCode."""
    token = token.upper()
    row = await code_of(session, token)
    point = office.point(token)
    if row is None and (point is None or point.internal):
        raise BadCode("unknown")
    if row is not None and row.revoked_at is not None:
        raise BadCode("revoked")
    if row is not None:
        await session.execute(update(codes).where(codes.c.token == token).values(revoked_at=now, reason=reason))
    elif point is not None:
        values = {"token": token, "point": point.code, "place": "", "made_at": now, "made_by": by}
        await session.execute(insert(codes).values(**values, revoked_at=now, reason=reason))
    await journal.note(session, now, by, "code.revoked", token, reason)


async def restore(session: Session, token: str, *, now: datetime, by: str) -> None:
    """Take a revocation back. Raises BadCode."""
    row = await code_of(session, token)
    if row is None or row.revoked_at is None:
        raise BadCode("not_revoked")
    await session.execute(update(codes).where(codes.c.token == row.token).values(revoked_at=None, reason=""))
    await journal.note(session, now, by, "code.restored", row.token)


# --- paper ------------------------------------------------------------------------------------------------


async def record_printing(
    session: Session,
    *,
    token: str,
    point: str,
    number: str,
    version: int,
    size: str,
    place: str,
    now: datetime,
    today: date,
    by: str,
) -> int:
    """A sheet was printed: an older printing of the same token, size and place is withdrawn with it. Gives its id."""
    token = token.upper()
    await session.execute(
        update(sheets)
        .where(
            sheets.c.token == token,
            sheets.c.size == size,
            sheets.c.place == place,
            sheets.c.withdrawn_on.is_(None),
        )
        .values(withdrawn_on=today)
    )
    row = {"token": token, "point": point, "number": number, "version": version, "size": size, "place": place}
    done = await session.execute(insert(sheets).values(**row, printed_on=today, printed_by=by).returning(sheets.c.id))
    ident = int(done.scalar_one())
    await journal.note(session, now, by, "sheet.printed", ident, f"{token} {size} {number} v{version}")
    return ident


async def withdraw(session: Session, ident: int, *, now: datetime, today: date, by: str) -> bool:
    """A sheet was taken down; False when there is none with this id or it was down already."""
    done = await session.execute(
        update(sheets).where(sheets.c.id == ident, sheets.c.withdrawn_on.is_(None)).values(withdrawn_on=today)
    )
    if not done.rowcount:
        return False
    await journal.note(session, now, by, "sheet.withdrawn", ident)
    return True


@dataclass(frozen=True, slots=True)
class Printable:
    """A code that can be put on paper, and where it is meant to hang."""

    token: str
    point: Point
    place: str


async def printable(session: Session, office: Office, today: date) -> list[Printable]:
    """All codes worth printing today: of open points that have a `sheet`, neither revoked nor over. Codes of events to
    come are among them, so that their paper is ready in time."""
    rows = {row.token: row for row in await session.execute(select(codes).order_by(codes.c.token))}
    further: dict[str, list[Any]] = {}
    for row in rows.values():
        usable = row.revoked_at is None and (row.valid_until is None or today <= row.valid_until)
        if usable and office.point(row.token) is None:
            further.setdefault(row.point, []).append(row)
    found = []
    for point in office.points:
        if point.sheet is None or point.token is None or point.internal or not point.open:
            continue
        main = rows.get(point.token)
        if main is None or main.revoked_at is None:
            found.append(Printable(point.token, point, main.place if main is not None else ""))
        found += [Printable(row.token, point, row.place) for row in further.get(point.code, [])]
    return found


Remark = Literal["revoked", "closed", "gone", "over", "early", "old_version", "silent", "not_printed"]


@dataclass(frozen=True, slots=True)
class Hanging:
    """One line of the register: a sheet that hangs, or a code of which no sheet hangs (`id` None)."""

    token: str
    point: Point | None  # None: no longer in points.yaml
    point_code: str
    place: str
    id: int | None = None
    number: str = ""
    version: int | None = None
    size: str = ""
    printed_on: date | None = None
    withdrawn_on: date | None = None
    last_scan: date | None = None
    scans: int = 0  # of the last 30 days
    valid_from: date | None = None
    valid_until: date | None = None
    remarks: tuple[Remark, ...] = ()


async def register(session: Session, office: Office, today: date, *, withdrawn: bool = False) -> list[Hanging]:
    """What hangs where, in the order of points.yaml, and what is worth a look. `withdrawn`: also what hung before."""
    known = {row.token: row for row in await session.execute(select(codes))}
    recent = case((scans.c.day > today - timedelta(days=SCAN_DAYS), scans.c.count), else_=0)
    opened = {
        row.token: row
        for row in await session.execute(
            select(scans.c.token, func.max(scans.c.day).label("last"), func.sum(recent).label("recent")).group_by(
                scans.c.token
            )
        )
    }
    printed = list(await session.execute(select(sheets).order_by(sheets.c.printed_on, sheets.c.id)))
    hang = {row.token for row in printed if row.withdrawn_on is None}
    wanted = [point.token for point in office.points if point.sheet and point.token and not point.internal]
    shown: list[tuple[str, Any | None]] = [(p.token, p) for p in printed if withdrawn or p.withdrawn_on is None]
    shown += [(token, None) for token in dict.fromkeys([*wanted, *known]) if token not in hang]
    live = LiveCodes(office)
    live.take(known.values())
    lines = []
    for token, paper in shown:
        code, scan, found = known.get(token), opened.get(token), live.find(token, today)
        code_of_point = code.point if code is not None else paper.point if paper is not None else ""
        point = found.point or office.point_by_code(code_of_point)
        place = paper.place if paper is not None else code.place if code is not None else ""
        lines.append(
            Hanging(
                token=token,
                point=point,
                point_code=point.code if point is not None else code_of_point,
                place=place,
                last_scan=scan.last if scan is not None else None,
                scans=int(scan.recent) if scan is not None else 0,
                valid_from=code.valid_from if code is not None else None,
                valid_until=code.valid_until if code is not None else None,
                remarks=tuple(_remarks(office, paper, found, scan, today)),
                **({} if paper is None else {name: getattr(paper, name) for name in _OF_PAPER}),
            )
        )
    order = {point.code: place for place, point in enumerate(office.points)}
    return sorted(lines, key=lambda line: order.get(line.point_code, len(order)))


_OF_PAPER = ("id", "number", "version", "size", "printed_on", "withdrawn_on")


def _remarks(office: Office, paper: Any | None, found: Found, scan: Any | None, today: date) -> Iterator[Remark]:
    if paper is not None and paper.withdrawn_on is not None:
        return
    match found.state:
        case "unknown":
            yield "gone"
        case "open":
            pass
        case state:
            yield state
    if found.state not in ("open", "early"):
        return
    if paper is None:
        yield "not_printed"
        return
    if found.point is not None and found.point.sheet is not None and paper.version < found.point.sheet.version:
        yield "old_version"
    quiet = today - timedelta(days=office.rules.silence_days)
    if found.state == "open" and paper.printed_on <= quiet and (scan is None or scan.last <= quiet):
        yield "silent"


# --- scans ------------------------------------------------------------------------------------------------

Counts = dict[tuple[str, date], int]


class Scans:
    """Openings of codes that this process has seen and not written yet: how many by code and day, nothing else."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._waiting: Counts = {}
        self._minute = ""
        self._in_minute: dict[str, int] = {}

    def note(self, token: str, now: datetime) -> None:
        """A code was opened now. Above SCANS_A_MINUTE it is not counted."""
        minute = now.strftime("%Y%m%d%H%M")
        if minute != self._minute:
            self._minute, self._in_minute = minute, {}
        seen = self._in_minute.get(token, 0)
        if seen >= SCANS_A_MINUTE:
            return
        self._in_minute[token] = seen + 1
        self.give_back({(token, office_day(now, self._zone)): 1})

    def take(self) -> Counts:
        """What waits to be written; whoever cannot write it gives it back."""
        taken, self._waiting = self._waiting, {}
        return taken

    def give_back(self, counts: Counts) -> None:
        for key, count in counts.items():
            self._waiting[key] = self._waiting.get(key, 0) + count


async def add_scans(session: Session, counts: Counts) -> None:
    """Add what a process has counted: one statement, whatever the number of codes."""
    insert_into = sqlite_insert if session.dialect.name == "sqlite" else postgresql_insert
    # Sorted, so that two processes never wait for each other's rows crosswise.
    rows = [{"token": token, "day": day, "count": count} for (token, day), count in sorted(counts.items())]
    added = insert_into(scans)
    await session.execute(
        added.on_conflict_do_update(
            index_elements=["token", "day"], set_={"count": scans.c.count + added.excluded.count}
        ),
        rows,
    )
