"""What a hostile client tries with appeals, and what his lawyer would find (requirements 4.03, 4.05, 5.30, 9.02)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, update

from backend.appeals import files, work
from backend.appeals.rows import appeals
from bot.dialogue import tracking
from bot.messages import File, KeptFile
from tests.base.databases import SQLiteTemplate
from tests.base.files import photo
from tests.base.talk import Person, Talk, edges, open_talk
from tests.dialogue.appeals import at_desk, does, follows, registers, row_of, takes
from tests.dialogue.stored import everything
from tests.dialogue.test_consents import asked, changed
from tests.dialogue.test_filing import PHONE, WORDS

NIGHT = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)  # 23:00 in Moscow
EVIL = "\u202e"


async def agrees(client: Person) -> Person:
    """He consents and writes; all of it is on the screen."""
    await asked(client)
    await client.presses("yes")
    await client.fills(client.last.step, words=f"{WORDS}. Звоните {PHONE}")
    await client.presses("skip")
    return client


# --- guessing ---------------------------------------------------------------------------------------------


async def tried(client: Person, number: str, code: str) -> str:
    await client.starts()
    await client.types("мои обращения")
    await client.presses("add")
    await client.types(number)
    await client.types(code)
    return client.text


async def test_an_own_appeal_does_not_buy_more_guesses(talk: Talk) -> None:
    """Whoever has one number with its code cannot try others' for ever by showing it between the tries."""
    own, foreign = await registers(talk), [await registers(talk) for _ in range(3)]
    client = talk.client("vk", 1)
    waits = False
    for other in foreign:
        for _ in range(2):
            waits = "Слишком много неверных попыток" in await tried(client, other.number, "22223333") or waits
        await tried(client, own.number, own.code)
    assert waits


async def test_many_chats_at_once_do_not_outrun_the_count(talk: Talk) -> None:
    registered = await registers(talk)
    clients = [talk.client("vk", ident) for ident in range(30, 42)]
    for client in clients:
        await client.starts()
        await client.types("мои обращения")
        await client.presses("add")
        await client.types(registered.number)
    await asyncio.gather(*(client.types("2222-3333") for client in clients))
    assert await talk.rows("SELECT max(wrong) FROM appeal_guess") == [(5,)]


async def test_a_number_costs_the_same_whether_it_is_there(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    registered = await registers(talk)
    client = talk.client("vk", 1)
    await client.starts()
    counts = []
    for number in (registered.number, "А-2026-9999"):
        await client.types("меню")
        seen: list[str] = []

        def count(_c: object, _u: object, statement: str, *_: object, seen: list[str] = seen) -> None:
            seen.append(statement)

        engine = talk.app.db.writer.sync_engine
        event.listen(engine, "before_cursor_execute", count)
        await client.types(number)
        event.remove(engine, "before_cursor_execute", count)
        counts.append(len(seen))
    assert counts[0] == counts[1]


# --- reading what is another's ----------------------------------------------------------------------------


async def test_who_follows_no_more_gets_no_file(talk: Talk) -> None:
    client = await agrees(talk.client("web", "visitor"))
    await client.presses("Отправить")
    row = await talk.one("SELECT * FROM appeal")
    app, chat = talk.app, talk.app.keys.hash("web:visitor")
    async with app.db.begin() as session:
        found = await work.get(session, row.id)
        ident = await files.attach(
            session, app.keys, talk.now, found, stored="b" * 32, kind="image/png", size=1, name="a.png", by="demoev"
        )

    async def fetched() -> object:
        async with app.db.begin() as session:
            today = app.calendar().today(talk.now)
            return await files.readable(session, app.office, app.keys, chat, None, ident, talk.now, today)

    assert await fetched() is not None
    await client.presses_old(f"appeal.{row.id}.leave", "yes")
    assert await fetched() is None


@pytest.mark.parametrize("ident", ["2147483648", "9223372036854775808", "9999999999999999999", "٣"])
async def test_odd_ids_are_not_found_and_break_nothing(talk: Talk, ident: str) -> None:
    client = talk.client("web", "visitor")
    await client.starts()
    for step in ("appeals.asked.{}", "appeal.{}", "appeal.{}.add", "appeal.{}.answer"):
        await client.looks(step.format(ident))
        await client.presses_old(step.format(ident), "open")
        assert "неполадка" not in client.text
    for key in ("a", "q"):
        await client.presses_old("appeals", f"{key}{ident}")
        assert "неполадка" not in client.text, client.text


# --- consent ----------------------------------------------------------------------------------------------


async def test_a_form_of_an_old_tab_keeps_no_name_after_withdrawal(talk: Talk) -> None:
    client = await agrees(talk.client("web", "visitor"))
    await client.presses("name")
    form = client.last.step
    await client.presses_old("consents", "sure.answers")
    await client.fills(form, words="Мария Сэмпл")
    assert "Мария Сэмпл" not in await everything(talk, "appeal_draft")


async def test_yes_to_a_text_that_changed_meanwhile_is_no_consent(
    sqlite_template: SQLiteTemplate, tmp_path: Path
) -> None:
    url = sqlite_template.copy(tmp_path)
    async with open_talk(url, tmp_path) as talk:
        await asked(talk.client("web", "visitor"))
    async with open_talk(url, tmp_path, office=changed(tmp_path)) as talk:
        client = talk.client("web", "visitor")
        await client.types("да")
        assert await talk.rows("SELECT * FROM consent") == []
        await client.types("да")
        assert (await talk.one("SELECT version FROM consent")).version == 2


async def test_a_draft_that_is_taken_here_no_more_is_shown_without_numbers_and_names(
    sqlite_template: SQLiteTemplate, tmp_path: Path
) -> None:
    url = sqlite_template.copy(tmp_path)
    async with open_talk(url, tmp_path, channels=edges(vk="personal")) as talk:
        client = await agrees_typing(talk.client("vk", 7))
        await client.presses("name")
        await client.types("Мария Сэмпл")
    for mode in ("info", "anonymous", "track"):
        async with open_talk(url, tmp_path, channels=edges(vk=mode)) as talk:
            content = talk.app.office.appeals
            assert content is not None
            object.__setattr__(content.kind("message"), "intake", "personal")
            client = talk.client("vk", 7)
            await client.types("меню")
            await client.presses("write", "go-on")
            assert PHONE not in client.text
            assert "Сэмпл" not in client.text
            assert WORDS not in await everything(talk, "conversation", opened=False)


async def agrees_typing(client: Person) -> Person:
    await client.types("меню")
    await client.presses("write", "k.message", "yes")
    await client.types(f"{WORDS}. Звоните {PHONE}")
    await client.presses("skip")
    return client


async def test_withdrawal_takes_names_of_files_out_of_the_letters_too(talk: Talk) -> None:
    client = await agrees(talk.client("web", "visitor"))
    await client.presses("Отправить")
    row = await talk.one("SELECT * FROM appeal")
    await client.presses_old(f"appeal.{row.id}", "add")
    kept = KeptFile("a" * 32, "image/png", 9, "паспорт Мария Сэмпл.png")
    await client.sends(File("x.png", size=9, kept=kept, step=f"appeal.{row.id}.add"))
    assert "Сэмпл" in await everything(talk, "appeal_event")
    await client.presses_old("consents", "sure.answers")
    assert "Сэмпл" not in await everything(talk, "appeal_event")


async def test_a_draft_that_is_dropped_takes_its_files_off_the_disk(sqlite_talk: Talk, tmp_path: Path) -> None:
    """Else one chat could fill the disk over and over before the sweep comes."""
    for drops in ("drop", "withdraws", "deletes"):
        client = await agrees(sqlite_talk.client("web", drops))
        await client.presses("file")
        path = tmp_path / drops
        path.write_bytes(photo())
        await client.sends(File("a.jpg", str(path), path.stat().st_size, step=client.last.step))
        assert [p for p in sqlite_talk.app.files.folder.rglob("*") if p.is_file()]
        match drops:
            case "drop":
                await client.presses_old("filing.message.whole", "drop")
            case "withdraws":
                await client.presses_old("consents", "sure.answers")
            case _:
                await client.presses_old("delete", "yes")
        assert [p for p in sqlite_talk.app.files.folder.rglob("*") if p.is_file()] == []


async def test_what_is_stored_is_told_whole_after_leaving(talk: Talk) -> None:
    client = await agrees(talk.client("web", "visitor"))
    await client.presses("Отправить")
    row = await talk.one("SELECT * FROM appeal")
    await client.presses_old(f"appeal.{row.id}.leave", "yes")
    await client.types("меню")
    await client.presses("more", "data")
    assert "вы за ним больше не следите" in client.text
    text = await talk.app.hearing.read_data(talk.app.keys.hash("web:visitor"), talk.app.channels["web"].traits)
    assert text is not None
    assert row.number in text


# --- notices ----------------------------------------------------------------------------------------------


async def test_after_stop_nothing_of_the_night_goes_out(talk: Talk) -> None:
    registered = await registers(talk)
    client = await follows(talk.client("vk", 1), registered)
    talk.now = NIGHT
    await takes(talk, registered)
    await talk.settle()
    await client.types("стоп")
    await talk.after(hours=14)
    assert client.posted == []


async def test_a_notice_speaks_the_language_of_the_moment(talk: Talk) -> None:
    registered = await registers(talk)
    client = await follows(talk.client("vk", 1), registered)
    talk.now = NIGHT
    await takes(talk, registered)
    await client.types("english")
    await talk.after(hours=14)
    assert len(client.posted) == 1
    assert "New stage" in client.posted[0].text


# --- the term ---------------------------------------------------------------------------------------------


async def test_the_count_never_contradicts_the_date(talk: Talk) -> None:
    """Another system gave an earlier date: the rule's own count would name another day."""
    registered = await registers(talk)
    row = await row_of(talk, registered)
    earlier = row.due_on - timedelta(days=7)
    async with talk.app.db.begin() as session:
        await session.execute(update(appeals).values(due_on=earlier, legal_on=earlier))
    client = await follows(talk.client("vk", 1), registered)
    await client.presses("why")
    assert "счёт по шагам не показать" in client.text


# --- odd input --------------------------------------------------------------------------------------------


async def test_what_turns_text_round_does_not_reach_staff(talk: Talk) -> None:
    registered = await registers(talk)
    client = await agrees(talk.client("web", "visitor"))
    await follows(client, registered)
    await client.presses("add")
    await client.fills(client.last.step, words=f"Срок{EVIL}продлить {{number}} <b>=1+1</b>")
    assert EVIL not in await everything(talk, "appeal_event")


async def test_messages_without_end_do_not_keep_staff_from_answering(talk: Talk) -> None:
    registered = await registers(talk)
    client = await agrees(talk.client("web", "visitor"))
    await follows(client, registered)
    await client.presses("add")
    step = client.last.step
    for number in range(tracking.A_DAY + 3):
        await client.fills(step, words=f"Ещё одно слово, {number}")
    assert len(await talk.rows("SELECT id FROM appeal_event WHERE kind = 'message'")) == tracking.A_DAY
    version = (await row_of(talk, registered)).version
    await client.fills(step, words="И ещё")
    assert (await row_of(talk, registered)).version == version
    talk.tomorrow()
    await client.fills(step, words="На другой день")
    assert (await row_of(talk, registered)).version == version + 1


async def test_a_demand_ends_an_open_appeal_today(talk: Talk) -> None:
    client = await agrees(talk.client("web", "visitor"))
    await client.presses("Отправить")
    await client.presses_old("delete", "yes")
    row = await talk.one("SELECT ended_on, registered_on, open FROM appeal")
    assert str(row.ended_on) == str(row.registered_on)


async def test_a_second_refusal_can_be_rated_as_the_first(talk: Talk) -> None:
    """What was said of the first decision says nothing of the second one."""
    registered = await registers(talk)
    reasons = {"reason": "Не хватает копии договора.", "then": "Принесите копию договора."}
    await does(talk, work.refuse, registered, **reasons)
    async with at_desk(talk, None) as desk:
        await work.rated(desk, await work.get(desk.session, registered.id), clear=2, solved="no")
        await work.reopen(desk, await work.get(desk.session, registered.id))
    await does(talk, work.refuse, registered, **reasons)
    row = await row_of(talk, registered)
    assert (row.answers, row.clear, row.solved) == (2, None, "")
