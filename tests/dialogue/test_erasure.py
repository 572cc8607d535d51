"""A client's data as a file, and their deletion: at once, within days, and what the law keeps (5.30, 9.02)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from itsdangerous import TimestampSigner

from backend.appeals import events
from backend.pages.my_data import MINUTES, chat_of, link_of
from bot.app import make_http
from bot.messages import Choose, Fill, buttons_of
from tests.base.databases import SQLiteTemplate
from tests.base.talk import Person, Talk, edges, open_talk
from tests.dialogue.appeals import registers
from tests.dialogue.stored import everything
from tests.dialogue.test_consents import sends_with_name
from tests.dialogue.test_filing import PHONE, WORDS, appeals, writes
from tests.dialogue.visits import rates


async def downloads(talk: Talk, url: str) -> httpx.Response:
    app = talk.app
    channels = app.channels
    app.channels = {"web": channels["web"]}  # the others stand here at their edges, without webhooks
    http = make_http(app)
    app.channels = channels
    transport = httpx.ASGITransport(http)
    async with httpx.AsyncClient(transport=transport, base_url="https://otklik.example") as browser:
        return await browser.get(urlsplit(url).path)


async def gets_link(client: Person) -> str:
    await client.types("мои данные")
    await client.presses("Получить файлом")
    (url,) = [b.url for b in buttons_of(client.last) if b.url]
    return url


async def follows_official(talk: Talk, client: Person) -> str:
    """An official appeal filed on paper, which this chat follows."""
    return (await registers(talk, "appeal", chat=client)).number


# --- what is stored ---------------------------------------------------------------------------------------


async def test_the_list_names_appeals_draft_and_consents(talk: Talk) -> None:
    client = await sends_with_name(talk.client("web", "visitor"))
    number = await follows_official(talk, client)
    await client.types("меню")
    await client.presses("write", "draft", "k.appeal")
    await client.fills(client.last.step, words=WORDS)
    await client.types("мои данные")
    assert "2 обращения, за которыми вы следите: " in client.text
    assert number in client.text
    assert "П-2026-0001" in client.text
    assert "черновик от 23 ноября" in client.text
    assert "1 запись о согласии" in client.text
    assert "ни имени" not in client.text
    assert {"Получить файлом", "Мои согласия", "Удалить всё"} <= set(client.labels)


async def test_who_has_none_is_told_so_as_before(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("vk", 7)
    await client.starts()
    await client.types("мои данные")
    assert "ни имени, ни телефона" in client.text
    assert "обращени" not in client.text


# --- as a file --------------------------------------------------------------------------------------------


async def test_the_file_holds_everything_in_a_personal_channel(talk: Talk) -> None:
    client = await sends_with_name(talk.client("web", "visitor"))
    await client.types("меню")
    await client.presses("write", "draft", "k.appeal")
    await client.fills(client.last.step, words="Слова черновика")
    answer = await downloads(talk, await gets_link(client))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"].startswith('attachment; filename="my-data-2026-11-23')
    text = answer.content.decode("utf-8-sig")
    for part in (
        "Обращение П-2026-0001",
        "Имя: Мария Сэмпл",
        f"Связь: {PHONE}",
        f"{WORDS}. Звоните {PHONE}",
        "паспорт.png",
        "Слова черновика",
        "Согласие на обработку",
        "23 ноября, 10:00",
    ):
        assert part in text, part


async def test_elsewhere_the_file_holds_no_words(sqlite_talk: Talk) -> None:
    client = await writes(sqlite_talk.client("vk", 7))
    await client.presses("Отправить")
    text = (await downloads(sqlite_talk, await gets_link(client))).content.decode("utf-8-sig")
    assert "Обращение П-2026-0001" in text
    assert "Тексты и имена здесь не показываем" in text
    assert WORDS not in text


async def test_the_mode_of_the_moment_counts(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    url = sqlite_template.copy(tmp_path)
    async with open_talk(url, tmp_path, channels=edges(vk="track")) as talk:
        client = await writes(talk.client("vk", 7))
        await client.presses("Отправить")
        link = await gets_link(client)
    async with open_talk(url, tmp_path, channels=edges(vk="anonymous")) as talk:
        text = (await downloads(talk, link)).content.decode("utf-8-sig")
        assert "1 обращение, за которым вы следите" in text
        assert WORDS not in text


async def test_the_link_is_over_after_a_quarter_of_an_hour(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("vk", 7)
    await client.starts()
    link = await gets_link(client)
    sqlite_talk.now += timedelta(minutes=MINUTES)
    assert (await downloads(sqlite_talk, link)).status_code == 200
    sqlite_talk.now += timedelta(seconds=1)
    over = await downloads(sqlite_talk, link)
    assert over.status_code == 404
    assert "Ссылка больше не действует" in over.text
    assert over.headers["cache-control"] == "no-store"


async def test_a_forged_link_is_nothing(sqlite_talk: Talk) -> None:
    app = sqlite_talk.app
    client = sqlite_talk.client("vk", 7)
    await client.starts()
    token = (await gets_link(client)).rpartition("/")[2]
    moved = token.replace("~vk", "~web")
    for wrong in (moved, token[:-1] + ("A" if token[-1] != "A" else "B"), "x", "~.~.~", "%00", "я", "a" * 5000):
        assert (await downloads(sqlite_talk, f"https://otklik.example/my-data/{wrong}")).status_code == 404
    # Signed for something else with the same key.
    other = TimestampSigner(app.keys.cookies, salt="otklik.cookie").sign(token.partition(".")[0]).decode()
    assert chat_of(app.keys, other, sqlite_talk.now) is None
    early = link_of(app.keys, "", "chat", "vk", sqlite_talk.now + timedelta(hours=1)).rpartition("/")[2]
    assert chat_of(app.keys, early, sqlite_talk.now) is None


async def test_the_link_is_stored_sealed(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("web", "visitor")
    await client.starts()
    link = await gets_link(client)
    stored = str([tuple(row) for row in await sqlite_talk.rows("SELECT * FROM conversation")])
    assert link.rpartition("/")[2] not in stored
    assert "my-data" not in stored


async def test_after_deletion_the_link_gives_nothing(sqlite_talk: Talk) -> None:
    client = await writes(sqlite_talk.client("vk", 7))
    await client.presses("Отправить")
    link = await gets_link(client)
    await client.types("удалить мои данные")
    await client.presses("yes")
    assert (await downloads(sqlite_talk, link)).status_code == 404


# --- deletion ---------------------------------------------------------------------------------------------


async def test_the_question_names_what_goes_and_what_stays(talk: Talk) -> None:
    client = await sends_with_name(talk.client("web", "visitor"))
    number = await follows_official(talk, client)
    await client.types("меню")
    await client.types("удалить мои данные")
    question = client.last
    assert isinstance(question, Choose)
    assert "Сразу удалим черновик, отзовём согласия" in question.text
    assert "до 26 ноября сотрём то, что вы отправили отсюда: П-2026-0001" in question.text
    assert f"обязаны хранить по закону, его не удаляем: {number}" in question.text
    await client.presses("no")
    assert len(await talk.rows("SELECT * FROM appeal_follower")) == 2


async def test_a_demand_stops_everything_at_once(talk: Talk) -> None:
    client = await sends_with_name(talk.client("web", "visitor"))
    number = await follows_official(talk, client)
    await client.types("меню")
    await client.types("удалить мои данные")
    heard = await client.hears(Fill("delete", ("yes",)))
    record = await talk.one("SELECT * FROM erasure")
    said = heard.farewell
    assert "будет стёрто до 26 ноября: П-2026-0001" in said
    assert f"Осталось по закону: {number}" in said
    assert f"Номер вашего требования об удалении: {record.id}." in said
    official, message = sorted(await appeals(talk), key=lambda row: row.number)
    assert (bool(official.open), bool(official.blocked)) == (True, False)
    assert (bool(message.open), bool(message.blocked), message.reason) == (False, True, "withdrawn")
    assert await talk.rows("SELECT * FROM appeal_follower") == []
    assert await talk.rows("SELECT * FROM conversation") == []
    assert (await talk.one("SELECT withdrawn_at FROM consent")).withdrawn_at is not None


async def test_number_and_code_still_work(talk: Talk) -> None:
    client = talk.client("vk", 7)
    await client.starts()
    registered = await registers(talk, "appeal", chat=client)
    await client.types("удалить мои данные")
    await client.presses("yes")
    assert "Осталось по закону: А-2026-0001" in client.text
    assert "Номер и код действуют" in client.text
    await client.types("мои обращения")
    await client.presses("add")
    await client.types(registered.number)
    await client.types(registered.code)
    assert registered.number in client.text


async def test_who_has_nothing_of_appeals_is_told_nothing_of_them(talk: Talk) -> None:
    client = await rates(talk.client("vk", 7), "5")
    await client.types("меню")
    await client.presses("more", "data", "delete")
    assert "обращени" not in client.text
    await client.presses("yes")
    assert client.text == "Всё удалено. Если понадобимся, просто напишите."
    assert await talk.rows("SELECT * FROM erasure") == []


async def test_in_english_too(sqlite_talk: Talk) -> None:
    client = await writes(sqlite_talk.client("vk", 7, language="en"))
    await client.presses("Send")
    assert "Number: П-2026-0001" in client.text
    await client.types("delete my data")
    assert "by 26 November erase what you sent from here: П-2026-0001" in client.text
    await client.presses("yes")
    assert "Number of your demand for deletion: 1." in client.text


# --- after the term nothing is left -----------------------------------------------------------------------

MARKERS = ("Мария", "Сэмпл", "123-45-67", WORDS, "паспорт.png", "Ещё вот что")


async def test_after_the_term_nothing_is_left_anywhere(talk: Talk) -> None:
    client = await sends_with_name(talk.client("web", "visitor"))
    official = await registers(talk, "appeal", text="Официальные слова", chat=client)
    message = next(row for row in await appeals(talk) if row.kind == "message")
    async with talk.app.db.begin() as session:
        await events.add(
            session, talk.app.keys, talk.now, message, "message", by="client", words={"text": "Ещё вот что: Мария"}
        )
    before = await everything(talk)
    assert all(marker in before for marker in MARKERS), [m for m in MARKERS if m not in before]
    figures = await report_of(talk)
    await client.types("меню")
    await client.types("удалить мои данные")
    await client.presses("yes")
    # At once: unreadable for staff, but not destroyed before its day.
    await talk.minute()
    assert (await the(talk, message.id)).text != ""
    talk.now = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
    await talk.minute()
    after = await everything(talk)
    assert [line for line in after.splitlines() if any(marker in line for marker in MARKERS)] == []
    gone = await the(talk, message.id)
    assert (gone.number, gone.text, gone.applicant, gone.code, gone.summary) == (message.number, "", "", "", "")
    assert str(gone.destroyed_on) == "2026-11-26"
    assert await talk.rows("SELECT * FROM appeal_file") == []
    assert await talk.rows("SELECT * FROM appeal_follower") == []
    record = await talk.one("SELECT * FROM erasure")
    assert (record.chat, record.done_at is not None) == ("", True)
    assert set(json.loads(record.counts)) <= {"drafts", "consents", "followings", "appeals", "files", "words"}
    kept = await the(talk, official.id)
    assert talk.app.keys.open(kept.text) == "Официальные слова"
    assert bool(kept.open)
    assert await report_of(talk) == figures


async def the(talk: Talk, ident: int) -> Any:
    return await talk.one("SELECT * FROM appeal WHERE id = :i", i=ident)


async def report_of(talk: Talk) -> list[tuple[Any, ...]]:
    """What reports count: how many of which kind and unit, registered when."""
    rows = await talk.rows("SELECT kind, unit, registered_on, count(*) FROM appeal GROUP BY 1, 2, 3 ORDER BY 1")
    return [tuple(row) for row in rows]


async def test_staff_keep_their_place(sqlite_talk: Talk) -> None:
    """A member of staff who wrote as a client stays a member of staff."""
    client = await sqlite_talk.joins("maketov", "vk", 7)
    await client.presses_old("filing", "k.message")
    await client.types(WORDS)
    await client.presses("skip", "Отправить")
    await client.types("удалить мои данные")
    await client.presses("yes")
    assert "будет стёрто" in client.text
    row = await sqlite_talk.one("SELECT person FROM conversation")
    assert row.person == "maketov"
