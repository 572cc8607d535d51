"""Deletion by the rules: what a demand does, what the term of keeping does, and the records (152-ФЗ, article 21)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from backend import consents, outbox
from backend.appeals import drafts, erasure, following, work
from backend.appeals.registration import Registered, Unfit
from backend.db import Session
from tests.base.talk import Talk
from tests.dialogue.appeals import answers, at_desk, does, registers, row_of
from tests.dialogue.stored import everything

TODAY = date(2026, 11, 23)


@pytest.fixture
async def client(talk: Talk) -> Any:
    found = talk.client("vk", 7)
    await found.starts()
    return found


@pytest.fixture
async def session(talk: Talk) -> AsyncIterator[Session]:
    async with talk.app.db.begin() as opened:
        yield opened


def chat_key(talk: Talk, ident: str = "vk:7") -> str:
    return talk.app.keys.hash(ident)


async def demands(talk: Talk, session: Session) -> erasure.Asked | None:
    app = talk.app
    return await erasure.demand(session, app.office, app.calendar(), app.keys, chat_key(talk), talk.now)


async def sent(talk: Talk, client: Any, kind: str = "message", **more: Any) -> Registered:
    """Sent by the client from his own chat."""
    return await registers(talk, kind, way="vk", channel="vk", chat=client, by="client", **more)


async def destroys(talk: Talk, day: date) -> list[str]:
    app = talk.app
    talk.now = talk.now.replace(year=day.year, month=day.month, day=day.day)
    async with app.db.begin() as session:
        return await erasure.destroy_due(session, app.office, app.calendar(), talk.now)


async def test_nothing_stored_is_no_demand(talk: Talk, client: Any) -> None:
    async with talk.app.db.begin() as session:
        assert await demands(talk, session) is None
        assert await erasure.records(session) == []


async def test_the_outlook_says_what_the_demand_then_does(talk: Talk, client: Any) -> None:
    content = talk.app.office.appeals
    assert content is not None
    message = await sent(talk, client)
    official = await registers(talk, "appeal", chat=client)
    followed = await registers(talk, "message")  # somebody else's, followed by number and code
    async with talk.app.db.begin() as session:
        app = talk.app
        chat = following.Chat(chat_key(talk), "vk", "", "ru")
        await following.follow(session, app.office, app.keys, chat, followed.number, followed.code, talk.now)
        outlook = await erasure.outlook(session, content, chat_key(talk))
        done = await demands(talk, session)
    assert done is not None
    assert outlook == ([official.number], [message.number])
    assert (list(done.kept), list(done.gone)) == outlook
    assert done.due_on == erasure.due_day(content, TODAY) == date(2026, 11, 26)
    assert not (await row_of(talk, followed)).blocked


async def test_a_draft_or_a_consent_alone_is_done_at_once(talk: Talk, client: Any) -> None:
    app = talk.app
    async with app.db.begin() as session:
        await drafts.keep(session, app.keys, chat_key(talk), "appeal", {"c1": "слова"}, TODAY)
        await consents.give(session, app.office, chat_key(talk), "vk", "answers", "ru", talk.now)
        done = await demands(talk, session)
        assert done is not None
        (record,) = await erasure.records(session)
        assert (record.chat, record.done_at is not None) == ("", True)
        assert json.loads(record.counts) == {"drafts": 1, "consents": 1, "followings": 0, "appeals": 0}
        assert await erasure.waiting(session) == 0
        assert await demands(talk, session) is None


async def test_notices_that_wait_are_dropped(talk: Talk, client: Any) -> None:
    registered = await sent(talk, client)
    async with talk.app.db.begin() as session:
        await outbox.put(
            session,
            [
                outbox.row(
                    cause="appeal:1",
                    channel="vk",
                    address=chat_key(talk),
                    sealed=talk.app.keys.seal("7"),
                    language="ru",
                    kind="appeal",
                    data={"appeal": registered.id, "event": 1},
                    due_at=talk.now,
                )
            ],
        )
        await demands(talk, session)
    before = len(client.chat)
    await talk.settle()
    assert len(client.chat) == before


async def test_staff_see_it_no_more_from_the_first_moment(talk: Talk, client: Any) -> None:
    registered = await sent(talk, client)
    async with talk.app.db.begin() as session:
        await demands(talk, session)
    row = await row_of(talk, registered)
    assert row.blocked
    with pytest.raises((Unfit, work.Stale)):
        await does(talk, work.take, registered)
    with pytest.raises((Unfit, work.Stale)):
        await answers(talk, registered)


async def test_destroyed_on_its_day_and_not_before(talk: Talk, client: Any) -> None:
    registered = await sent(talk, client, text="Личные слова", applicant={"name": "Мария"})
    async with talk.app.db.begin() as session:
        await demands(talk, session)
        assert await erasure.waiting(session) == 1
    assert await destroys(talk, date(2026, 11, 25)) == []
    assert "Личные слова" in await everything(talk, "appeal")
    await destroys(talk, date(2026, 11, 26))
    stored = await everything(talk)
    assert "Личные слова" not in stored
    assert "Мария" not in stored
    row = await row_of(talk, registered)
    assert (row.number, row.kind, row.registered_on, row.destroyed_on) == (
        registered.number,
        "message",
        TODAY,
        date(2026, 11, 26),
    )
    async with talk.app.db.begin() as session:
        (record,) = await erasure.records(session)
        assert record.done_at is not None
        assert await erasure.waiting(session) == 0
    # Twice is once.
    await destroys(talk, date(2026, 11, 27))
    async with talk.app.db.begin() as session:
        assert len(await erasure.records(session)) == 1


async def test_the_term_of_keeping_ends_too(talk: Talk, client: Any) -> None:
    registered = await registers(talk, "appeal", text="Официальные слова", chat=client)
    await answers(talk, registered)
    row = await row_of(talk, registered)
    assert row.keep_until is not None
    await destroys(talk, row.keep_until)
    assert "Официальные слова" in await everything(talk, "appeal")
    await destroys(talk, row.keep_until + timedelta(days=1))
    stored = await everything(talk, "appeal", "appeal_event", "appeal_follower", "outbox", "journal")
    assert "Официальные слова" not in stored
    assert "справку исправили" not in stored
    async with talk.app.db.begin() as session:
        assert [record.basis for record in await erasure.records(session)] == ["retention"]


async def test_withdrawn_consent_takes_names_and_leaves_the_matter(talk: Talk, client: Any) -> None:
    app = talk.app
    content = app.office.appeals
    assert content is not None
    message = await sent(talk, client, text="Мой номер 1", applicant={"name": "Мария"})
    official = await registers(talk, "appeal", text="Мой номер 1", applicant={"name": "Пётр"}, chat=client)
    async with at_desk(talk, None) as desk:
        row = await work.get(desk.session, message.id)
        await work.add_message(desk, row, "Ещё номер 1")
    async with app.db.begin() as session:
        numbers = await erasure.depersonalise(
            session,
            content,
            app.keys,
            chat_key(talk),
            TODAY,
            talk.now,
            hide=lambda text: text.replace("1", "[скрыт]"),
        )
    assert numbers == [message.number]
    stored = await everything(talk, "appeal", "appeal_event")
    assert "Мария" not in stored
    assert "Мой номер [скрыт]" in stored
    assert "Ещё номер [скрыт]" in stored
    kept = await row_of(talk, official)
    assert app.keys.open(kept.text) == "Мой номер 1"
    assert "Пётр" in app.keys.open(kept.applicant)
    assert (await row_of(talk, message)).open


async def test_files_of_forgotten_drafts_go(talk: Talk, client: Any) -> None:
    app = talk.app
    async with app.db.begin() as session:
        for chat, touched in (("old", TODAY - timedelta(days=40)), ("new", TODAY)):
            await drafts.keep(session, app.keys, chat, "message", {"text": "слова"}, touched)
            await drafts.keep_file(
                session, app.keys, chat, talk.now, stored=chat * 8, kind="image/png", size=1, name="a.png"
            )
        await drafts.forget_old(session, TODAY, 30)
        assert await drafts.files_of(session, "old") == []
        assert len(await drafts.files_of(session, "new")) == 1
