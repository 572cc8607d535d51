"""Hard cases of appeals in the talk: the process dies between number, notice and receipt; terms beyond the calendar."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from backend.appeals import files as appeal_files
from backend.appeals import numbers, work
from bot.messages import Write
from tests.base import files
from tests.base.kills import dying_at
from tests.base.talk import Person, Talk
from tests.dialogue.appeals import answers as answered
from tests.dialogue.appeals import at_desk, follows, registers, row_of
from tests.dialogue.test_appeals_client import card
from tests.dialogue.test_desk import answers, clerk
from tests.dialogue.test_desk import opens as opens_at_desk
from tests.dialogue.test_registering import fills_all, operator

CODE = re.compile(r"Код: ([0-9A-Z]{4}-[0-9A-Z]{4})")


async def lease_over(talk: Talk) -> None:
    """A minute has gone by since the dead process took its notices: they are anybody's again."""
    async with talk.app.db.begin() as session:
        await session.exec_driver_sql("UPDATE outbox SET held_until = 0")


async def client_of(talk: Talk) -> Person:
    client = talk.client("vk", 7)
    await client.starts()
    return client


# --- number, notice, receipt ------------------------------------------------------------------------------


async def test_a_clerks_registration_that_dies_before_the_commit_leaves_no_number(talk: Talk) -> None:
    one = await fills_all(await operator(talk))
    with dying_at("before_commit"):
        await one.presses("Зарегистрировать")
    for table in ("appeal", "appeal_event", "appeal_series"):
        assert await talk.rows(f"SELECT * FROM {table}") == [], table  # noqa: S608  names of tables, from above
    await one.presses("Зарегистрировать")
    row = await talk.one("SELECT number FROM appeal")
    assert row.number == "А-2026-0001"
    assert row.number in one.text


async def test_a_clerks_registration_that_dies_after_the_commit_still_shows_its_code(talk: Talk) -> None:
    one = await fills_all(await operator(talk))
    with dying_at("after_commit"):
        await one.presses("Зарегистрировать")
    row = await talk.one("SELECT number, code FROM appeal")
    text = "\n".join(reply.text for reply in (await one.looks()).replies)
    code = CODE.search(text)
    assert code
    assert row.number in text
    assert numbers.hash_of(talk.app.keys, row.number, code[1]) == row.code
    await one.presses_old("reg.look", "register")
    assert len(await talk.rows("SELECT 1 FROM appeal")) == 1


@pytest.mark.parametrize(("point", "copies"), [("outbox_claimed", 1), ("outbox_sent", 2), ("outbox_marked", 1)])
async def test_the_receipt_comes_wherever_the_process_dies(talk: Talk, point: str, copies: int) -> None:
    """At least once: only a death between sending and noting it down tells the same a second time."""
    client = await client_of(talk)
    one = await registers(talk, chat=client)
    with dying_at(point):
        await talk.settle()
    await lease_over(talk)
    await talk.settle()
    await talk.settle()
    receipts = [reply.text for reply in client.posted]
    assert len(receipts) == copies
    assert len(set(receipts)) == 1
    assert one.number in receipts[0]
    assert await talk.rows("SELECT 1 FROM outbox WHERE kind = 'appeal' AND status = 'waiting'") == []


@pytest.mark.parametrize("point", ["before_commit", "after_commit"])
async def test_an_answer_is_there_with_its_notice_or_not_at_all(talk: Talk, point: str) -> None:
    client = await client_of(talk)
    paper = await registers(talk, chat=client)
    await talk.settle()
    one = await answers(await opens_at_desk(await clerk(talk), paper))
    with dying_at(point):
        await one.presses("Отправить")
    committed = point == "after_commit"
    row = await row_of(talk, paper)
    assert (row.open, row.answers) == ((False, 1) if committed else (True, 0))
    assert len(await talk.rows("SELECT 1 FROM appeal_event WHERE kind = 'answered'")) == int(committed)
    if not committed:
        await one.presses("Отправить")  # what he wrote is still there
    await talk.settle()
    assert (await row_of(talk, paper)).answers == 1
    _receipt, *told = client.posted
    assert len(told) == 1
    assert paper.number in told[0].text


# --- where nothing personal may be added, and what goes with an appeal ------------------------------------


async def test_in_a_channel_without_personal_data_adding_leads_elsewhere(talk: Talk) -> None:
    client = await client_of(talk)
    await follows(client, await registers(talk))
    await client.presses("Дописать или приложить файл")
    assert "Дописать и приложить файл здесь нельзя" in client.text
    assert "страница в браузере" in client.text
    assert not isinstance(client.last, Write)
    await client.types("А ещё вот что: тайное слово")
    assert await talk.rows("SELECT 1 FROM appeal_event WHERE kind IN ('message', 'file')") == []


async def test_the_bytes_of_a_file_go_with_its_appeal(talk: Talk, tmp_path: Path) -> None:
    app = talk.app
    paper = await registers(talk, "message", way="reception")
    came = tmp_path / "came"
    came.write_bytes(files.photo())
    kept = await app.files.take(came, "фото.jpg")
    async with at_desk(talk) as desk:
        row = await work.get(desk.session, paper.id)
        await appeal_files.attach(
            desk.session,
            desk.keys,
            talk.now,
            row,
            stored=kept.stored,
            kind=kept.kind,
            size=kept.size,
            name=kept.name,
            by="client",
        )
    await answered(talk, paper)
    until = (await row_of(talk, paper)).keep_until
    talk.now += until - date(2026, 11, 23)
    await talk.minute()
    assert await app.files.read(kept.stored)
    talk.now += timedelta(days=1)
    await talk.minute()
    with pytest.raises(FileNotFoundError):
        await app.files.read(kept.stored)
    assert await talk.rows("SELECT 1 FROM appeal_file") == []


# --- a term beyond the confirmed calendar -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "due", "preliminary"),
    [
        (datetime(2027, 12, 20, 7, tzinfo=UTC), date(2028, 1, 19), True),
        # The letter of the rule leads into a year that nobody knows; the working day before it lies in this one.
        (datetime(2027, 12, 8, 7, tzinfo=UTC), date(2027, 12, 30), True),
        (datetime(2027, 11, 22, 7, tzinfo=UTC), date(2027, 12, 22), False),
    ],
)
async def test_the_client_reads_that_a_term_is_preliminary(
    talk: Talk, moment: datetime, due: date, preliminary: bool
) -> None:
    talk.now = moment
    client = await client_of(talk)
    paper = await registers(talk, chat=client)
    assert (paper.deadline.due, paper.deadline.preliminary) == (due, preliminary)
    await talk.settle()
    assert ("предварительно" in client.posted[0].text) is preliminary
    await follows(client, paper)
    assert ("(предварительно)" in card(client)) is preliminary
    await client.presses("why")
    assert ("Срок предварительный" in client.text) is preliminary
    await client.types("мои обращения")
    assert ("(предварительно)" in client.text) is preliminary


async def test_staff_read_it_too(talk: Talk) -> None:
    talk.now = datetime(2027, 12, 8, 7, tzinfo=UTC)
    paper = await registers(talk)
    one = await opens_at_desk(await clerk(talk, "demoev"), paper)
    assert "30 декабря (предварительно)" in one.text
