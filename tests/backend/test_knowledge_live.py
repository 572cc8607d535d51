"""What each process serves: replaced as a whole, never half of it, and the same everywhere within seconds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from backend.db import Database
from backend.knowledge import live
from backend.knowledge.live import LiveKnowledge
from backend.knowledge.model import Template
from backend.knowledge.rows import templates, versions
from knowledge.index import Index
from tests.base.knowledge import template
from tests.base.talk import MONDAY_TEN

TODAY = date(2026, 11, 23)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    db = Database(database_url, 10)
    yield db
    await db.close()


async def published(db: Database, *given: Template) -> None:
    """These are the base from now on."""
    base = {"draft": None, "last": 1, "withdrawn": False, "edits": 1, "changed_at": MONDAY_TEN, "published": 1}
    async with db.begin() as session:
        await session.execute(delete(versions))
        await session.execute(delete(templates))
        for one in given:
            own = {"owner": one.owner, "category": one.category, "review_on": one.review_on, "internal": one.internal}
            await session.execute(insert(templates).values(id=one.id, **own, **base))
            version = {"status": "published", "content": one.model_dump_json(), "author": "x", "made_at": MONDAY_TEN}
            await session.execute(insert(versions).values(template=one.id, number=1, **version))
        await live.touch(session)


def room(number: int, **more: Any) -> Template:
    return template(f"room{number}", f"Где кабинет {number}?", f"Кабинет {number} на этаже.", **more)


async def test_another_process_serves_what_this_one_has_published(database_url: str, db: Database) -> None:
    elsewhere = Database(database_url, 10)
    here, there = LiveKnowledge(), LiveKnowledge()
    try:
        await published(db, room(101))
        assert await here.renew(db, TODAY)
        assert await there.renew(elsewhere, TODAY)
        await published(db, room(101), room(202))
        assert set(there().listed) == {"room101"}
        assert await there.renew(elsewhere, TODAY)
        assert set(there().listed) == {"room101", "room202"}
        assert there().ask("где кабинет 202", wrong_share=0.15).ranked[0].id == "room202"
        assert not await there.renew(elsewhere, TODAY)
    finally:
        await elsewhere.close()


async def test_questions_while_it_is_built_anew_get_the_whole_old_base_or_the_whole_new_one(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The build is held at its end, so that questions certainly come in its middle."""
    live = LiveKnowledge()
    await published(db, room(101), room(202))
    await live.renew(db, TODAY)
    held, let_go, build = threading.Event(), threading.Event(), LiveKnowledge._build

    def slowly(*given: Any) -> Any:
        made = build(*given)
        held.set()
        assert let_go.wait(30)
        return made

    monkeypatch.setattr(LiveKnowledge, "_build", slowly)
    await published(db, room(303), room(404))
    renewing = asyncio.create_task(live.renew(db, TODAY))
    await asyncio.to_thread(held.wait, 30)
    for _ in range(20):
        base = live()
        assert set(base.listed) == {"room101", "room202"}
        found = base.ask("где кабинет 101", wrong_share=0.15)
        assert found.ranked[0].id == "room101"
        assert {one.id for one in found.ranked} <= set(base.listed)
    let_go.set()
    assert await renewing
    assert set(live().listed) == {"room303", "room404"}
    assert live().ask("где кабинет 303", wrong_share=0.15).ranked[0].id == "room303"


async def test_asked_from_many_threads_while_it_changes(db: Database) -> None:
    live = LiveKnowledge()
    await published(db, room(1))
    await live.renew(db, TODAY)
    stop, failed = threading.Event(), []

    def ask() -> None:
        while not stop.is_set():
            base = live()
            found = base.ask("где кабинет", wrong_share=0.15)
            if not {one.id for one in found.ranked} <= set(base.listed):
                failed.append(found)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(2, 6):
            await published(db, *(room(n) for n in range(number)))
            await live.renew(db, TODAY)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failed == []


async def test_a_build_that_fails_leaves_the_base_as_it_was(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    live = LiveKnowledge()
    await published(db, room(101))
    await live.renew(db, TODAY)
    tries = []

    def fails(*_given: Any, **_more: Any) -> Any:
        tries.append(1)
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(Index, "build", fails)
        await published(db, room(501))
        assert not await live.renew(db, TODAY)
        assert not await live.renew(db, TODAY)
        assert len(tries) == 1
        assert live().ask("где кабинет 101", wrong_share=0.15).ranked[0].id == "room101"
    await published(db, room(502))
    assert await live.renew(db, TODAY)
    assert set(live().listed) == {"room502"}


async def test_one_row_that_cannot_be_read_takes_no_other_with_it(db: Database) -> None:
    live = LiveKnowledge()
    await published(db, room(101), room(202))
    async with db.begin() as session:
        await session.execute(update(versions).where(versions.c.template == "room101").values(content='{"id": 1}'))
    await live.renew(db, TODAY)
    assert set(live().listed) == {"room202"}


async def test_internal_articles_are_found_by_staff_alone(db: Database) -> None:
    live = LiveKnowledge()
    await published(db, room(101), template("inner", "Как отвечать грубияну?", "Спокойно.", internal=True))
    await live.renew(db, TODAY)
    for_clients = live().ask("Как отвечать грубияну?", wrong_share=0.15)
    assert "inner" not in {one.id for one in for_clients.ranked}
    assert live().ask("Как отвечать грубияну?", wrong_share=0.15, staff=True).ranked[0].id == "inner"
    assert [one.id for one in live().of_category("other")] == ["room101"]


async def test_what_is_overdue_can_be_hidden_from_clients_from_the_day_on(db: Database) -> None:
    live = LiveKnowledge(hide_overdue=True)
    last = TODAY + timedelta(days=1)
    await published(db, room(101), room(202, review_on=last))
    await live.renew(db, TODAY)
    assert set(live().listed) == {"room101", "room202"}
    assert not await live.renew(db, TODAY)
    # Nothing was published, only a day has passed.
    await live.renew(db, last)
    assert set(live().listed) == {"room101", "room202"}
    assert await live.renew(db, last + timedelta(days=1))
    assert set(live().listed) == {"room101"}
    assert set(live().staff_listed) == {"room101", "room202"}
    assert live().ask("где кабинет 202", wrong_share=0.15, staff=True).ranked[0].id == "room202"


async def test_an_empty_base_knows_nothing(db: Database) -> None:
    live = LiveKnowledge()
    await published(db, room(101))
    await live.renew(db, TODAY)
    await published(db)
    assert await live.renew(db, TODAY)
    for staff in (False, True):
        assert live().ask("где кабинет 101", wrong_share=0.15, staff=staff).decision == "unknown"
