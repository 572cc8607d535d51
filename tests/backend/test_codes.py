"""Codes: where a token leads on a day, what is printed and hangs, and how openings are counted."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from backend import codes
from backend.codes import BadCode, LiveCodes, Scans
from backend.db import Database, Session
from backend.jobs import write_scans
from backend.office import Office, load
from backend.office.catalogue import KINDS, NEEDS, PLACES
from qr.address import recognise
from tests.base.offices import copy_of_demo
from tests.base.talk import OFFICE

WINDOW, MFC, STAND, SITE = "6XC3M8DH", "3ZT9K6BP", "5HV2E7JM", "7KD4M2XA"
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
ZONE = ZoneInfo("Europe/Moscow")


def office_of(folder: Path = OFFICE) -> Office:
    office, faults = load(folder, actions=("rate", "rate_bot", "hours", "language", "help", "data"))
    assert office is not None, faults
    return office


@pytest.fixture
def office() -> Office:
    return office_of()


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, 10)
    yield opened
    await opened.close()


async def live(session: Session, office: Office) -> LiveCodes:
    found = LiveCodes(office)
    await found.refresh(session)
    return found


async def make(session: Session, office: Office, code: str = "Т5", **more: Any) -> str:
    point = office.point_by_code(code)
    assert point is not None
    given = {"place": "второй стенд", "valid_from": None, "valid_until": None, "now": NOW, "by": "administrator"}
    return await codes.make(session, office, point=point, **{**given, **more})


async def prints(session: Session, token: str, on: date = TODAY, **more: Any) -> int:
    given = {"point": "Т5", "number": "Л-104", "version": 2, "size": "A4", "place": "дверь", "now": NOW, "by": "a"}
    return await codes.record_printing(session, token=token, today=on, **{**given, **more})


# --- where a token leads ----------------------------------------------------------------------------------


async def test_a_further_code_leads_to_its_point(db: Database, office: Office) -> None:
    async with db.begin() as session:
        token = await make(session, office)
        found = (await live(session, office)).find(token.lower(), TODAY)
        [journal] = list(await session.execute(text("SELECT action, subject FROM journal")))
    assert (found.state, found.point, found.place) == ("open", office.point(WINDOW), "второй стенд")
    assert recognise(token) == (token, None)
    assert len(token) == 8
    assert tuple(journal) == ("code.made", token)


async def test_a_code_of_an_event_works_on_its_days_and_on_no_other(db: Database, office: Office) -> None:
    first, last = date(2026, 12, 5), date(2026, 12, 6)
    async with db.begin() as session:
        token = await make(session, office, valid_from=first, valid_until=last)
        found = await live(session, office)
    day = timedelta(days=1)
    assert [found.find(token, d).state for d in (first - day, first, last, last + day)] == [
        "early",
        "open",
        "open",
        "over",
    ]
    early, over = found.find(token, first - day), found.find(token, last + day)
    assert (early.opens, early.nearest) == (first, office.point(WINDOW))
    assert (over.ended, over.nearest) == (last, office.point(WINDOW))


async def test_days_in_the_wrong_order_and_internal_points_are_refused(db: Database, office: Office) -> None:
    async with db.begin() as session:
        with pytest.raises(BadCode, match="dates"):
            await make(session, office, valid_from=date(2026, 12, 6), valid_until=date(2026, 12, 5))
        with pytest.raises(BadCode, match="point"):
            await make(session, office, "Т9")
        assert list(await session.execute(text("SELECT 1 FROM code"))) == []


async def test_a_revoked_code_offers_its_own_open_point_and_can_be_restored(db: Database, office: Office) -> None:
    async with db.begin() as session:
        await codes.revoke(session, office, WINDOW.lower(), reason="наклеили чужой", now=NOW, by="administrator")
        found = (await live(session, office)).find(WINDOW, TODAY)
        assert (found.state, found.point, found.nearest) == ("revoked", office.point(WINDOW), office.point(WINDOW))
        with pytest.raises(BadCode, match="revoked"):
            await codes.revoke(session, office, WINDOW, reason="ещё раз", now=NOW, by="administrator")
        await codes.restore(session, WINDOW, now=NOW, by="administrator")
        assert (await live(session, office)).find(WINDOW, TODAY).state == "open"
        with pytest.raises(BadCode, match="not_revoked"):
            await codes.restore(session, WINDOW, now=NOW, by="administrator")
        with pytest.raises(BadCode, match="unknown"):
            await codes.revoke(session, office, "NPE22222", reason="нет", now=NOW, by="administrator")
        actions = [r.action for r in await session.execute(text("SELECT action FROM journal ORDER BY id"))]
    assert actions == ["code.revoked", "code.restored"]


async def test_a_revoked_code_of_a_closed_point_leads_to_the_nearest(db: Database, tmp_path: Path) -> None:
    office = office_of(
        copy_of_demo(
            tmp_path,
            {WINDOW: {"open": False}, "8RA5W4NQ": {"nearest": []}, MFC: {"nearest": []}, STAND: {"nearest": []}},
        )
    )
    async with db.begin() as session:
        token = await make(session, office)
        assert (await live(session, office)).find(token, TODAY).state == "closed"
        await codes.revoke(session, office, token, reason="снят", now=NOW, by="administrator")
        found = (await live(session, office)).find(token, TODAY)
    assert (found.state, found.nearest) == ("revoked", office.point(MFC))


async def test_a_token_that_left_points_yaml_is_unknown_but_a_revoked_one_is_not(db: Database, tmp_path: Path) -> None:
    async with db.begin() as session:
        await codes.revoke(session, office_of(), WINDOW, reason="новый код", now=NOW, by="administrator")
        office = office_of(
            copy_of_demo(
                tmp_path,
                {
                    WINDOW: {"token": "6XC3M8DJ"},
                    "8RA5W4NQ": {"nearest": []},
                    MFC: {"nearest": []},
                    STAND: {"token": "5HV2E7JK", "nearest": []},
                },
            )
        )
        found = await live(session, office)
    assert found.find(WINDOW, TODAY).state == "revoked"
    assert found.find(WINDOW, TODAY).nearest == office.point("6XC3M8DJ")
    assert found.find(STAND, TODAY).state == "unknown"


# --- paper ------------------------------------------------------------------------------------------------


async def test_a_new_printing_takes_the_place_of_the_old_one(db: Database, office: Office) -> None:
    async with db.begin() as session:
        first = await prints(session, WINDOW, date(2026, 11, 2), version=1)
        await prints(session, WINDOW, place="холл")
        await prints(session, WINDOW, size="A5")
        second = await prints(session, WINDOW)
        rows = {r.id: r for r in await session.execute(codes.sheets.select())}
        assert rows[first].withdrawn_on == TODAY
        assert [r.withdrawn_on for i, r in rows.items() if i != first] == [None] * 3
        assert await codes.withdraw(session, second, now=NOW, today=TODAY, by="administrator")
        assert not await codes.withdraw(session, second, now=NOW, today=TODAY, by="administrator")
        assert not await codes.withdraw(session, 999, now=NOW, today=TODAY, by="administrator")
        hang = [line for line in await codes.register(session, office, TODAY) if line.id is not None]
        ever = [line for line in await codes.register(session, office, TODAY, withdrawn=True) if line.id is not None]
    assert [(line.size, line.place) for line in hang] == [("A4", "холл"), ("A5", "дверь")]
    assert len(ever) == 4


async def test_what_can_be_printed(db: Database, office: Office) -> None:
    async with db.begin() as session:
        stand = await make(session, office)
        over = await make(session, office, valid_until=date(2026, 11, 22))
        fair = await make(session, office, "Т6", place="ярмарка", valid_from=date(2026, 12, 5))
        site = await make(session, office, "Т1")
        await codes.revoke(session, office, MFC, reason="снят", now=NOW, by="administrator")
        found = await codes.printable(session, office, TODAY)
    tokens = [one.token for one in found]
    assert tokens == [WINDOW, stand, "8RA5W4NQ", fair, STAND]
    assert over not in tokens
    assert site not in tokens
    assert (found[3].point.code, found[3].place) == ("Т6", "ярмарка")


async def test_the_register_says_what_is_worth_a_look(db: Database, office: Office) -> None:
    long_ago = date(2026, 10, 1)
    async with db.begin() as session:
        old = await prints(session, WINDOW, long_ago, version=1)
        seen = await prints(session, "8RA5W4NQ", long_ago, point="Т6", number="Л-201", version=1)
        bad = await prints(session, STAND, long_ago, point="Т8", version=1)
        gone = await prints(session, "NPE22222", long_ago, point="Т77")
        await codes.revoke(session, office, STAND, reason="сорван", now=NOW, by="administrator")
        await codes.add_scans(session, {("8RA5W4NQ", TODAY): 3, ("8RA5W4NQ", date(2026, 10, 20)): 5})
        lines = {line.id: line for line in await codes.register(session, office, TODAY) if line.id}
        bare = [line for line in await codes.register(session, office, TODAY) if line.id is None]
    assert lines[old].remarks == ("old_version", "silent")
    assert lines[seen].remarks == ()
    assert (lines[seen].last_scan, lines[seen].scans) == (TODAY, 3)
    assert lines[bad].remarks == ("revoked",)
    assert lines[gone].remarks == ("gone",)
    assert [(line.token, line.remarks) for line in bare] == [(MFC, ("not_printed",))]


# --- scans ------------------------------------------------------------------------------------------------


async def test_openings_are_counted_by_token_and_office_day(db: Database) -> None:
    scans = Scans(ZONE)
    late = datetime(2026, 11, 23, 20, 59, tzinfo=UTC)  # 23:59 in the office
    for moment in (late, late, late + timedelta(minutes=1)):
        scans.note(WINDOW, moment)
    scans.note(STAND, late)
    await write_scans(db, scans)
    scans.note(WINDOW, late)
    await write_scans(db, scans)
    await write_scans(db, scans)
    async with db.read() as session:
        rows = [tuple(r) for r in await session.execute(codes.scans.select().order_by(codes.scans.c.token, "day"))]
    assert rows == [(STAND, TODAY, 1), (WINDOW, TODAY, 3), (WINDOW, date(2026, 11, 24), 1)]


async def test_two_processes_add_up(db: Database) -> None:
    first, second = Scans(ZONE), Scans(ZONE)
    for scans in (first, second, second):
        scans.note(WINDOW, NOW)
    await write_scans(db, first)
    await write_scans(db, second)
    async with db.read() as session:
        assert (await session.execute(text("SELECT count FROM scan"))).scalar_one() == 3


def test_a_script_cannot_make_the_numbers_silly() -> None:
    scans = Scans(ZONE)
    for _ in range(1000):
        scans.note(WINDOW, NOW)
    scans.note(WINDOW, NOW + timedelta(minutes=1))
    assert scans.take() == {(WINDOW, TODAY): codes.SCANS_A_MINUTE + 1}


async def test_what_cannot_be_written_waits(tmp_path: Path) -> None:
    scans, nowhere = Scans(ZONE), Database(f"sqlite+aiosqlite:///{tmp_path}/empty.db", 1)
    scans.note(WINDOW, NOW)
    with pytest.raises(Exception, match="no such table"):
        await write_scans(nowhere, scans)
    await nowhere.close()
    scans.note(WINDOW, NOW)
    assert scans.take() == {(WINDOW, TODAY): 2}


# --- the official catalogues ------------------------------------------------------------------------------


def test_the_catalogue_is_the_official_one() -> None:
    digital = [kind.number for kind in KINDS.values() if kind.digital]
    offline = [kind.number for kind in KINDS.values() if not kind.digital]
    assert digital == [f"7.{n}" for n in (*range(1, 21), 23)]
    assert offline == [f"8.{n}" for n in range(1, 9)]
    assert list(PLACES) == ["documents", "clients", "staff"]
    assert list(NEEDS) == list(range(1, 10))
    for words in (*(kind.name for kind in KINDS.values()), *PLACES.values(), *NEEDS.values()):
        assert set(words) == {"ru", "en"}
        assert not re.search("[а-яё]", words["en"], re.IGNORECASE)


def test_a_sub_place_belongs_to_its_type_only(tmp_path: Path) -> None:
    office = copy_of_demo(tmp_path, {STAND: {"place_kind": "clients"}, SITE: {"needs": []}})
    found = [str(fault) for fault in load(office)[1] if "place_kind" in str(fault) or "needs" in str(fault)]
    assert found == [
        "points.yaml: points[0].needs: no needs are named (1–9); a survey is offered",
        "points.yaml: points[7].place_kind: only a point of kind 8.3 has a sub-place",
    ]


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("104", ["Т5"]),
        ("в КАБИНЕТЕ", ["Т5", "Т6"]),
        ("прием", ["Т5", "Т6"]),
        ("мои документы", ["Т7"]),
        ("hall stand", ["Т8"]),
        ("т4", ["Т4"]),
        ("АРМ", []),  # for staff only
        ("", []),
        ("ы" * 5000, []),
    ],
)
def test_points_are_found_by_parts_of_their_names(office: Office, words: str, codes: list[str]) -> None:
    assert [point.code for point in office.find_points(words)] == codes
