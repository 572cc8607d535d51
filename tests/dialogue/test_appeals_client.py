"""A client follows his appeals: number and code, the list, the card, and what he can do there."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from backend.appeals import mine, numbers, work
from backend.appeals.registration import Registered
from backend.appeals.rows import appeals
from bot.messages import Choose, Event, File, Press, Reply, Say, Write, buttons_of
from tests.base import files
from tests.base.databases import SQLiteTemplate
from tests.base.offices import copy_of_demo
from tests.base.talk import Person, Talk, edges, open_talk
from tests.dialogue.appeals import (
    BASIS,
    ESSENCE,
    REASON,
    SECRET,
    THEN,
    WHY,
    answers,
    does,
    follows,
    opens,
    registers,
    row_of,
    said,
    takes,
)
from tests.dialogue.questions import UNKNOWN
from tests.dialogue.shelf import hands_over
from tests.dialogue.visits import rates

ANNA, BORIS = 7, 8


def card(client: Person) -> str:
    """The text of the card on the screen."""
    assert isinstance(client.last, Say)
    assert client.last.step.startswith("appeal.")
    return client.last.text


async def tries(client: Person, number: str, code: str) -> str:
    """Number, then code; gives what is said of the code."""
    await client.types("мои обращения")
    await client.presses("add")
    await client.types(number)
    await client.types(code)
    return client.text


async def followed(talk: Talk) -> list[tuple[str, int]]:
    return [tuple(row) for row in await talk.rows("SELECT channel, appeal FROM appeal_follower ORDER BY id")]


# --- where numbers may be asked for -----------------------------------------------------------------------


async def test_the_whole_way_in_a_channel_that_carries_numbers(talk: Talk) -> None:
    registered = await registers(talk, service="У4")
    client = talk.client("vk", ANNA)
    await client.starts()
    await client.presses("Мои обращения")
    assert "Здесь пока пусто" in client.text
    await client.presses("Добавить по номеру")
    assert isinstance(client.last, Write)
    assert "А-2026-0147" in client.last.hint
    await client.types(registered.number)
    assert "Теперь напишите код" in client.text
    await client.types(registered.code)
    assert "обращение добавлено" in client.text
    text = card(client)
    assert registered.number in text
    assert "Как подано: Письмо" in text
    assert "Сейчас: Зарегистрировано (с 23 ноября)" in text
    assert "Что дальше: Мы назначим ответственного" in text
    assert "до 23 декабря, осталось 30 дней" in text
    assert "Кто отвечает: Черных-Тестовая Анна Ильинична" in text
    assert "+7 (000) 000-12-12" in text
    talk.now += timedelta(days=1)
    await takes(talk, registered)
    await opens(client, registered)
    text = card(client)
    assert "✓ 23 ноября – Зарегистрировано" in text
    assert "Сейчас: Рассмотрение (с 24 ноября)" in text
    assert "Кто отвечает: Макетов Тимур Русланович" in text
    talk.now += timedelta(days=1)
    await answers(talk, registered)
    await opens(client, registered)
    assert "Сейчас: Ответ отправлен (с 25 ноября)" in client.text
    for key in ("answer", "decided"):
        await client.presses(key)
        assert "Прочитать можно там: страница в браузере" in client.text
        assert SECRET not in client.text
        urls = [b.url for b in buttons_of(client.last) if b.url]
        assert urls == [f"https://otklik.example/f/{numbers.payload_of(registered.number)}"]
        await client.presses("open")
    assert SECRET not in said(talk, "vk")


async def test_the_whole_way_where_personal_data_may_be_shown(talk: Talk) -> None:
    registered = await registers(talk, service="У4")
    client = talk.client("web", "anna")
    await client.starts()
    await follows(client, registered)
    assert "Изменения будут видны здесь" in client.text
    assert not {"Выключить уведомления", "Включить уведомления"} & set(client.labels)
    await takes(talk, registered)
    await answers(talk, registered)
    await opens(client, registered)
    await client.presses("answer")
    assert client.last.asks == "personal"
    assert ESSENCE in client.text
    assert f"Основание: {BASIS}" in client.text
    assert f"Что дальше: {THEN}" in client.text
    await client.presses("open", "decided")
    assert WHY in client.text


@pytest.mark.parametrize("mode", ["info", "anonymous"])
async def test_where_numbers_may_not_be_asked_for_nothing_is(
    sqlite_template: SQLiteTemplate, tmp_path: Path, mode: str
) -> None:
    channels = edges(telegram=mode)  # type: ignore[arg-type]  # a word of Mode
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, channels=channels) as talk:
        registered = await registers(talk)
        client = talk.client("telegram", ANNA)
        await client.starts()
        await client.presses("appeals")
        assert "не спрашиваем номера и коды" in client.text
        assert "страница в браузере" in client.text
        assert "ВКонтакте" in client.text
        assert "+7 (000) 000-12-12" in client.text
        assert "Через Госуслуги" in client.text
        assert any(b.url == "https://gosuslugi.example" for b in buttons_of(client.last))
        words = (f"{registered.number} {registered.code}", f"где обращение {registered.number}?", "/appeals")
        for text in words:
            await client.types(text)
            assert "не спрашиваем номера и коды" in client.text
        await client.starts(f"f-{numbers.payload_of(registered.number, registered.code)}")
        for step, key in (("follow", "add"), (f"appeal.{registered.id}", "open"), ("appeals", "add")):
            await client.presses_old(step, key)
            assert "не спрашиваем номера и коды" in client.text
            assert all(reply.asks == "nothing" for reply in client.replies)
        assert await followed(talk) == []
        assert await talk.rows("SELECT key FROM appeal_guess") == []
        state = await talk.one("SELECT state FROM conversation WHERE channel = 'telegram'")
        assert registered.number not in state[0]


async def test_an_office_without_appeals_offers_none(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    office = copy_of_demo(tmp_path)
    (office / "appeals.yaml").unlink()
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, office=office) as talk:
        client = talk.client("vk", ANNA)
        await client.starts()
        assert "Мои обращения" not in client.labels
        for step, key in (("menu", "appeals"), ("appeals", "open"), ("appeal.1", "open"), ("follow", "add")):
            await client.presses_old(step, key)
            assert client.replies
        await client.types("мои обращения")
        assert client.replies


@pytest.mark.parametrize(
    "words", ["мои обращения", "Мое обращение?", "Где моё обращение?", "/appeals", "моя история", "My appeals"]
)
async def test_the_list_by_words(sqlite_talk: Talk, words: str) -> None:
    client = sqlite_talk.client("vk", ANNA)
    await client.starts()
    await client.types(words)
    assert client.last.step == "appeals"


# --- number and code --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling",
    [
        "{number}",
        "№ {number}",
        "a-2026-1",
        "а 2026 0001",
        "А–2026–0001",
        "А2026-0001",
        "номер {number}.",
        "{number}, код {code}",
        "№{number} {code}",
    ],
)
async def test_a_number_is_read_as_people_write_it(sqlite_talk: Talk, spelling: str) -> None:
    registered = await registers(sqlite_talk)
    client = sqlite_talk.client("vk", ANNA)
    await client.types("мои обращения")
    await client.presses("add")
    await client.types(spelling.format(number=registered.number, code=registered.code.lower()))
    if "{code}" not in spelling:
        assert f"Обращение {registered.number}" in client.text
        await client.types(registered.code.replace("-", " ").lower())
    assert "обращение добавлено" in client.text


@pytest.mark.parametrize("channel", ["vk", "web"])
async def test_a_number_typed_anywhere_asks_for_its_code(sqlite_talk: Talk, channel: str) -> None:
    registered = await registers(sqlite_talk)
    client = sqlite_talk.client(channel, ANNA)
    await client.starts()
    await client.types(f"Что с {registered.number.lower()}?")
    assert "Теперь напишите код" in client.text
    await client.types(registered.code)
    await client.types("меню")
    await client.types(registered.number)
    assert "Сейчас: Зарегистрировано" in client.text


async def test_what_is_no_number_can_be_mended(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("web", "anna")
    await client.starts()
    await client.types("мои обращения")
    await client.presses("add")
    await client.fills("follow", words="обращение про мост")
    assert "не похоже на номер: «обращение про мост»" in client.text
    assert isinstance(client.last, Write)
    assert client.last.value == "обращение про мост"
    await client.fills("follow", words="мой телефон 8 916 123-45-67")
    assert "123-45-67" not in client.text
    await client.fills("follow", words="паспорт 4510 123456")
    assert "123456" not in client.text
    state = (await sqlite_talk.one("SELECT state FROM conversation WHERE channel = 'web'")).state
    assert "123456" not in state
    assert "мост" not in state
    await client.presses("lost")
    assert "В чате его не восстановить" in client.text
    await client.types("А-2026-0001")
    await client.types("не код")
    assert "В коде 8 букв и цифр" in client.text
    assert await sqlite_talk.rows("SELECT key FROM appeal_guess") == []


async def test_words_of_danger_are_heard_there_too(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("vk", ANNA)
    await client.types("мои обращения")
    await client.presses("add")
    await client.types("здесь пожар, горим")
    assert "112" in client.text
    assert len(await sqlite_talk.rows("SELECT id FROM task WHERE kind = 'danger'")) == 1


async def test_somebody_elses_number_is_no_number_at_all(talk: Talk) -> None:
    """A wrong code, a number that does not exist, a card of another: one answer."""
    registered = await registers(talk)
    await follows(talk.client("vk", ANNA), registered)
    stranger = talk.client("vk", BORIS)
    wrong = await tries(stranger, registered.number, "22223333")
    missing = await tries(stranger, "А-2026-9999", "22223333")
    assert "Не найдено. Проверьте номер и код" in wrong
    assert "Не найдено. Проверьте номер и код" in missing
    for key in ("open", "why", "answer", "decided", "letters", "add", "again", "rate", "quiet", "leave", "contest"):
        await stranger.presses_old(f"appeal.{registered.id}", key)
        said_of_it = stranger.text
        await stranger.presses_old("appeal.999", key)
        assert stranger.text == said_of_it
        assert "Не найдено" in said_of_it
        assert registered.number not in said_of_it
    await stranger.presses_old(f"appeal.{registered.id}.leave", "yes")
    assert "Не найдено" in stranger.text
    assert await followed(talk) == [("vk", registered.id)]
    page = talk.client("web", "boris")
    await page.starts()
    for step in (f"appeal.{registered.id}", f"appeal.{registered.id}.answer", f"appeal.{registered.id}.add"):
        assert registered.number not in " ".join(r.text for r in (await page.looks(step)).replies)


async def test_five_wrong_codes_slow_down_the_client_whatever_he_tries(talk: Talk) -> None:
    registered, other = await registers(talk), await registers(talk)
    client = talk.client("vk", ANNA)
    await client.types("мои обращения")
    for left in (4, 3, 2, 1):
        text = await tries(client, registered.number, "22223333")
        assert f"{left} попыт" in text
    assert "Попробуйте снова после 10:15" in await tries(client, registered.number, "22223333")
    # During the pause the right code is refused too: else the pause would tell when to stop guessing.
    assert "Слишком много неверных попыток" in await tries(client, registered.number, registered.code)
    assert "Слишком много неверных попыток" in await tries(client, other.number, other.code)
    assert await followed(talk) == []
    talk.now += timedelta(minutes=16)
    assert "обращение добавлено" in await tries(client, registered.number, registered.code)


async def test_five_wrong_codes_slow_down_a_number_whoever_tries(talk: Talk) -> None:
    registered, other = await registers(talk), await registers(talk)
    for ident in range(20, 25):
        await tries(talk.client("vk", ident), registered.number, "22223333")
    owner = talk.client("web", "anna")
    await owner.starts()
    assert "Слишком много неверных попыток" in await tries(owner, registered.number, registered.code)
    assert "обращение добавлено" in await tries(owner, other.number, other.code)
    talk.now += timedelta(minutes=16)
    assert "обращение добавлено" in await tries(owner, registered.number, registered.code)


@pytest.mark.parametrize("channel", ["vk", "web"])
async def test_a_link_of_the_receipt_opens_the_card(talk: Talk, channel: str) -> None:
    registered = await registers(talk)
    client = talk.client(channel, ANNA)
    await client.starts(f"f-{numbers.payload_of(registered.number, registered.code)}")
    assert "Сейчас: Зарегистрировано" in client.text
    await client.starts(f"f-{numbers.payload_of(registered.number)}")
    assert "Сейчас: Зарегистрировано" in client.text
    await client.starts("f-nothing")
    assert client.last.step == "appeals"


async def test_a_link_that_comes_with_every_message_is_tried_once(talk: Talk) -> None:
    """VK repeats `ref`: an old code must not be guessed again with each message, nor hide what the client says."""
    registered = await registers(talk)
    link = f"f-{numbers.payload_of(registered.number, '2222-3333')}"
    client = talk.client("vk", ANNA)
    await client.starts(link, "Здравствуйте")
    assert "Не найдено" in client.text
    for words in ("меню", "часы работы", "что-то ещё", registered.number):
        await client.starts(link, words)
        assert "Не найдено" not in client.text
    await client.starts(link, registered.code)
    assert "обращение добавлено" in client.text
    assert await talk.rows("SELECT key FROM appeal_guess") == []


LETTERS = "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"


@given(
    st.text(LETTERS, min_size=1, max_size=3),
    st.integers(1000, 9999),
    st.integers(1, 999_999_999),
    st.text(numbers.ALPHABET, min_size=8, max_size=8),
)
def test_a_link_carries_number_and_code_unchanged(series: str, year: int, last: int, code: str) -> None:
    number = f"{series}-{year}-{last:04d}"
    payload = numbers.payload_of(number, code)
    assert payload is not None
    assert payload.isascii()
    assert len(f"f-{payload}") <= 64
    assert set(payload) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert numbers.read_payload(payload) == (number, code)
    assert numbers.read_payload(str(numbers.payload_of(number))) == (number, "")


@given(st.text(max_size=40))
def test_whatever_is_no_link_is_none(text: str) -> None:
    found = numbers.read_payload(text)
    assert found is None or numbers.payload_of(*found) is not None
    numbers.read_both(text)


# --- the list ---------------------------------------------------------------------------------------------


async def test_history_filtered_by_what_it_is_about(talk: Talk) -> None:
    """Requirement 4.11: two services, one measure of support, three questions – «меры поддержки» shows exactly one."""
    client = talk.client("vk", ANNA)
    await client.starts()
    for service in ("У4", "У4", "У1"):
        await follows(client, await registers(talk, service=service))
    await follows(client, await registers(talk, "message"))
    for words in (UNKNOWN, "Почём нынче космические крылья?", "Где живут единороги и драконы?"):
        await hands_over(client, words)
    await client.types("мои обращения")
    await client.presses("filter")
    assert isinstance(client.last, Choose)
    counted = {label.partition(":")[0]: label.rpartition(" ")[2] for label in client.labels if ":" in label}
    assert counted == {
        "Всё": "7",
        "Услуги": "2",
        "Меры поддержки": "1",
        "Обращения": "4",
        "Вопросы сотрудникам": "3",
    }
    await client.presses("measure")
    assert client.text.startswith("Меры поддержки: 1")
    assert [b.key for b in buttons_of(client.last) if b.key.startswith(("a", "q")) and b.key != "add"] == ["a3"]
    await client.presses("filter", "question")
    assert client.text.startswith("Вопросы сотрудникам: 3")
    await client.types("1")
    assert "Сотрудник ответит до" in client.text


async def test_a_long_list_is_leafed_through(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("vk", ANNA)
    made = [await registers(sqlite_talk) for _ in range(7)]
    for registered in made:
        await follows(client, registered)
    await does(sqlite_talk, work.close, made[6], reason="withdrawn", text="Вы отозвали обращение сами.")
    await client.types("мои обращения")
    assert client.last.text.startswith("Мои обращения: 7")
    assert made[6].number not in client.text  # what is open comes first
    assert len(buttons_of(client.last)) <= 10
    await client.presses("Ещё")
    assert f"7. {made[6].number}" in client.text
    assert "Завершено, 23 ноября" in client.text
    assert len(client.last.text) <= 1000
    await client.presses("В начало")
    assert made[5].number in client.text


async def test_gathering_keeps_words_for_where_they_may_be_shown(talk: Talk) -> None:
    registered = await registers(talk)
    client = await follows(talk.client("web", "anna"), registered)
    await client.presses("add", "Согласен")
    await client.types(f"Ещё одна подробность. {SECRET}")
    app = talk.app
    chat = app.keys.hash("web:anna")
    async with app.db.begin() as session:
        bare = await mine.gather(session, app.office, app.keys, chat, personal=False)
        full = await mine.gather(session, app.office, app.keys, chat, personal=True)
    assert [a.number for a in bare.appeals] == [registered.number]
    assert SECRET not in str(bare)
    assert SECRET in full.appeals[0].messages[0].text
    assert full.appeals[0].text == ""  # it was not sent from this chat: the words of a letter are not this chat's
    assert [s.code for s in full.appeals[0].stages] == ["registered"]
    assert [c.purpose for c in full.consents] == ["answers"]


# --- the card ---------------------------------------------------------------------------------------------


async def shown(talk: Talk, registered: Registered, channel: str = "vk") -> Person:
    return await follows(talk.client(channel, ANNA), registered)


VECTORS: list[tuple[str, datetime, int, list[str]]] = [
    # domain.md 9.4; (kind, moment of registration, days of extension, what the explanation says)
    (
        "appeal",
        datetime(2026, 12, 2, 7, tzinfo=UTC),
        0,
        ["30 календарных дней заканчиваются 1 января", "ответим до 30 декабря", "По закону последний день – 1 января"],
    ),
    ("appeal", datetime(2026, 11, 2, 7, tzinfo=UTC), 0, ["30 календарных дней заканчиваются 2 декабря"]),
    (
        "appeal",
        datetime(2026, 10, 2, 7, tzinfo=UTC),
        30,
        ["1 ноября", "Срок продлён на 30 календарных дней, до 1 декабря", "ответим до 1 декабря"],
    ),
    ("complaint", datetime(2026, 11, 23, 7, tzinfo=UTC), 0, ["15 рабочих дней заканчиваются 14 декабря", "не считаем"]),
    ("complaint_short", datetime(2026, 11, 19, 7, tzinfo=UTC), 0, ["5 рабочих дней заканчиваются 26 ноября"]),
    ("info_request", datetime(2026, 11, 2, 7, tzinfo=UTC), 15, ["Срок продлён на 15", "17 декабря"]),
    ("message", datetime(2026, 11, 23, 7, tzinfo=UTC), 0, ["рабочих дней заканчива"]),
    ("idea", datetime(2026, 11, 5, 7, tzinfo=UTC), 0, ["10 рабочих дней заканчиваются 19 ноября"]),
]


@pytest.mark.parametrize(("kind", "moment", "extended", "expected"), VECTORS)
async def test_why_this_term_is_explained_by_the_count_itself(
    sqlite_talk: Talk, kind: str, moment: datetime, extended: int, expected: list[str]
) -> None:
    sqlite_talk.now = moment
    registered = await registers(sqlite_talk, kind)
    if extended:
        await does(sqlite_talk, work.extend, registered, days=extended, reason=REASON)
    client = await shown(sqlite_talk, registered)
    await client.presses("why")
    for words in expected:
        assert words in client.text, client.text
    row = await row_of(sqlite_talk, registered)
    assert sqlite_talk.app.words["ru"].day(row.due_on, sqlite_talk.now.date()) in client.text


async def test_a_missed_term_is_admitted_on_the_card(talk: Talk) -> None:
    registered = await registers(talk)
    client = await shown(talk, registered)
    talk.now += timedelta(days=31)
    await opens(client, registered)
    assert "просрочено на 1 день" in card(client)
    async with talk.app.db.begin() as session:
        until = date(2026, 12, 29)
        await session.execute(update(appeals).where(appeals.c.id == registered.id).values(promised_on=until))
    await opens(client, registered)
    assert "обещали до 23 декабря и не успели; новый срок – до 29 декабря" in card(client)


async def test_nobody_complained_of_is_named_as_who_answers(talk: Talk) -> None:
    registered = await registers(talk, "complaint", topic="acceptance", complained=("maketov",))
    client = await shown(talk, registered)
    assert "Кто отвечает" in client.text
    assert "Макетов" not in client.text


async def test_looked_at_again_once_with_a_new_date(talk: Talk) -> None:
    registered = await registers(talk)
    client = await shown(talk, registered)
    await answers(talk, registered)
    talk.now += timedelta(days=7)
    await opens(client, registered)
    assert "до 23 декабря можно попросить посмотреть ещё раз" in client.text
    await client.presses("again")
    assert "Ответим по № А-2026-0001 до 30 декабря" in client.text
    assert "вы попросили посмотреть ещё раз" in client.text
    await client.presses_old(f"appeal.{registered.id}", "again")
    assert "Мы уже смотрим ещё раз. Ответим до 30 декабря" in client.text
    row = await row_of(talk, registered)
    assert (row.open, row.reopened, row.due_on) == (True, 1, date(2026, 12, 30))


async def test_after_its_time_it_can_be_contested(talk: Talk) -> None:
    registered = await registers(talk)
    client = await shown(talk, registered)
    await answers(talk, registered)
    talk.now += timedelta(days=31)
    await opens(client, registered)
    assert "Посмотреть ещё раз" not in client.labels
    await client.presses_old(f"appeal.{registered.id}", "again")
    assert "время для этого прошло" in client.text
    assert "прокуратуру" in client.text
    assert not (await row_of(talk, registered)).open


async def test_a_refusal_is_explained(talk: Talk) -> None:
    registered = await registers(talk)
    vk, web = await shown(talk, registered), await shown(talk, registered, "web")
    await does(talk, work.refuse, registered, reason=REASON, then="Принесите копию договора в кабинет 104.")
    for client in (vk, web):
        await opens(client, registered)
        await client.presses("decided")
    assert REASON in web.text
    assert "Принесите копию договора" in web.text
    assert "Принесите" not in vk.text
    assert SECRET not in said(talk, "vk")


async def test_a_closing_reason_of_the_list_may_be_read_anywhere(talk: Talk) -> None:
    registered = await registers(talk)
    vk = await shown(talk, registered)
    await does(talk, work.close, registered, reason="repeated", text=REASON)
    await opens(vk, registered)
    await vk.presses("decided")
    assert "На этот вопрос мы уже отвечали" in vk.text
    assert SECRET not in said(talk, "vk")


async def test_leaving_is_asked_twice_and_can_be_undone(talk: Talk) -> None:
    registered = await registers(talk)
    client = await shown(talk, registered)
    await client.presses("leave", "no")
    assert "Сейчас: Зарегистрировано" in client.text
    await client.presses("leave", "yes")
    assert "больше нет в списке" in client.text
    assert await followed(talk) == []
    await follows(client, registered)
    assert await followed(talk) == [("vk", registered.id)]


async def test_whoever_opens_his_list_again_is_reachable_again(talk: Talk) -> None:
    registered = await registers(talk)
    client = await shown(talk, registered)
    await talk.rows("UPDATE appeal_follower SET reachable = false, language = 'en' RETURNING id")
    await client.types("мои обращения")
    row = await talk.one("SELECT reachable, language FROM appeal_follower")
    assert (bool(row.reachable), row.language) == (True, "ru")
    await client.presses_old("lang", "en")
    assert (await talk.one("SELECT language FROM appeal_follower")).language == "en"


async def test_stop_says_that_notices_of_appeals_end_too(talk: Talk) -> None:
    registered = await registers(talk)
    client = await shown(talk, registered)
    await client.types("стоп")
    assert "Об обращениях тоже писать не будем" in client.text
    await opens(client, registered)
    assert "вы просили не писать вам первыми" in client.text
    await client.presses("stop")
    await opens(client, registered)
    assert "Уведомления об изменениях включены" in client.text


async def test_the_data_screen_counts_what_is_followed(talk: Talk) -> None:
    registered = await registers(talk)
    client = await shown(talk, registered)
    await client.types("мои данные")
    assert registered.number in client.text


async def test_a_survey_waits_while_the_list_is_looked_at(talk: Talk) -> None:
    registered = await registers(talk)
    client = await shown(talk, registered)
    await rates(client, "3")
    await client.types("меню")
    await client.presses("appeals", f"a{registered.id}", "why")
    await client.types("меню")
    state = json.loads((await talk.one("SELECT state FROM conversation WHERE channel = 'vk'")).state)
    assert state["kind"] == "answering"


@pytest.mark.parametrize("channel", ["vk", "web"])
async def test_every_screen_fits(sqlite_talk: Talk, channel: str) -> None:
    """At most ten buttons and about a thousand characters, at the worst: many stages, extended, reopened."""
    talk = sqlite_talk
    registered = await registers(talk, service="У3")
    client = await shown(talk, registered, channel)
    await takes(talk, registered)
    await does(talk, work.move, registered, "approval")
    await does(talk, work.move, registered, "review")
    await does(talk, work.extend, registered, days=30, reason=REASON)
    await does(talk, work.suspend, registered, reason=REASON, then=THEN)
    await does(talk, work.move, registered, "review")
    await does(talk, work.reply, registered, "Пришлите, пожалуйста, копию.")
    await answers(talk, registered)
    await opens(client, registered)
    await client.presses("again")
    await does(talk, work.move, registered, "approval")
    await answers(talk, registered)
    seen: list[Reply] = []
    for key in ("open", "answer", "decided", "letters", "contest", "leave", "why"):
        await client.presses_old(f"appeal.{registered.id}", key)
        seen += client.replies
    for reply in seen:
        assert len(buttons_of(reply)) <= 10, reply
        assert len(reply.text) <= 1100, reply
        assert reply.asks != "personal" or channel == "web"


# --- adding words and files -------------------------------------------------------------------------------


async def writing(talk: Talk, registered: Registered) -> Person:
    """A client in the browser who has agreed and may write now."""
    client = await follows(talk.client("web", "anna"), registered)
    await client.presses("add")
    await client.presses("Согласен")
    return client


async def test_consent_comes_before_the_first_words(talk: Talk) -> None:
    registered = await registers(talk)
    client = await follows(talk.client("web", "anna"), registered)
    await client.presses("add")
    assert "Согласие на обработку персональных данных" in client.text
    await client.presses("no")
    assert "Сейчас: Зарегистрировано" in client.text
    await client.fills(f"appeal.{registered.id}.add", words="Всё равно напишу")
    assert "Согласие на обработку персональных данных" in client.text
    assert await talk.rows("SELECT id FROM appeal_event WHERE kind = 'message'") == []


async def test_words_reach_whoever_has_the_appeal(talk: Talk) -> None:
    registered = await registers(talk)
    await talk.joins("maketov", "vk")
    await takes(talk, registered)
    client = await writing(talk, registered)
    assert isinstance(client.last, Write)
    assert client.last.files
    await client.fills(client.last.step, words="Нашёл старую справку, она у меня дома.")
    assert "Приняли ваше сообщение: 23 ноября, 10:00, № А-2026-0001" in client.text
    assert "Хотите добавить что-то ещё?" in client.text
    await client.types("готово")
    await client.presses("letters")
    assert "Нашёл старую справку" in client.text
    notices = await talk.rows("SELECT data FROM outbox WHERE kind = 'appeal_staff' AND data LIKE '%message%'")
    assert len(notices) == 1
    sealed = await talk.one("SELECT sealed FROM appeal_event WHERE kind = 'message'")
    assert "справку" not in sealed.sealed


def came(folder: Path, content: bytes, name: str, *, text: str = "", step: str = "") -> File:
    """A file as a channel gives it: fetched, not yet checked."""
    path = folder / "came"
    path.write_bytes(content)
    return File(name, str(path), len(content), text, step)


def stored(talk: Talk) -> list[Path]:
    return [path for path in talk.app.files.folder.rglob("*") if path.is_file()]


async def test_a_file_is_confirmed_with_its_name_size_and_time(talk: Talk, tmp_path: Path) -> None:
    registered = await registers(talk)
    client = await writing(talk, registered)
    await client.sends(came(tmp_path, files.PDF, "договор.pdf"))
    assert "Приняли файл «договор.pdf», 1 КБ: 23 ноября, 10:00, № А-2026-0001" in client.text
    await client.sends(came(tmp_path, files.photo(), "фото.jpg", text="Вот фото моста"))
    assert "Приняли файл «фото.jpg»" in client.text
    rows = await talk.rows('SELECT appeal, "by", public FROM appeal_file')
    assert [(r.appeal, r.by, bool(r.public)) for r in rows] == [(registered.id, "client", True)] * 2
    assert len(stored(talk)) == 2
    await client.types("готово")
    await client.presses("letters")
    assert "Вот фото моста" in client.text
    assert "Файл: договор.pdf" in client.text


async def test_a_refused_file_is_told_why_and_its_words_are_kept(talk: Talk, tmp_path: Path) -> None:
    registered = await registers(talk)
    client = await writing(talk, registered)
    await client.sends(came(tmp_path, files.EXE, "фото.jpg"))
    assert "Такой файл мы не принимаем" in client.text
    assert isinstance(client.last, Write)
    await client.sends(came(tmp_path, files.EXE, "фото.jpg", text="Слова рядом с файлом"))
    assert "Такой файл мы не принимаем" in client.text
    assert "Приняли ваше сообщение" in client.text
    assert stored(talk) == []
    assert await talk.rows("SELECT id FROM appeal_file") == []


async def test_a_file_from_an_older_tab_finds_its_appeal(talk: Talk, tmp_path: Path) -> None:
    registered = await registers(talk)
    client = await writing(talk, registered)
    await client.types("меню")
    await client.sends(came(tmp_path, files.PDF, "договор.pdf", step=f"appeal.{registered.id}.add"))
    assert "Приняли файл «договор.pdf»" in client.text


async def test_a_file_for_what_has_ended_does_not_stay(talk: Talk, tmp_path: Path) -> None:
    registered = await registers(talk)
    client = await writing(talk, registered)
    await answers(talk, registered)
    await client.sends(came(tmp_path, files.PDF, "договор.pdf"))
    assert "дописать к нему нельзя" in client.text
    assert stored(talk) == []


async def test_an_appeal_takes_so_many_files_and_no_more(
    sqlite_talk: Talk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.appeals.files.MOST", 2)
    registered = await registers(sqlite_talk)
    client = await writing(sqlite_talk, registered)
    for _ in range(3):
        await client.sends(came(tmp_path, files.PDF, "договор.pdf"))
    assert "можно приложить 2 файла" in client.text
    assert len(stored(sqlite_talk)) == 2


async def test_danger_in_what_is_added_is_heard_and_kept(talk: Talk) -> None:
    registered = await registers(talk)
    client = await writing(talk, registered)
    await client.types("Спасите, у нас пожар в доме")
    assert "112" in client.text
    assert "Приняли ваше сообщение" in client.text
    assert len(await talk.rows("SELECT id FROM task WHERE kind = 'danger'")) == 1
    assert len(await talk.rows("SELECT id FROM appeal_event WHERE kind = 'message'")) == 1


async def test_nothing_is_added_to_what_has_ended(talk: Talk) -> None:
    registered = await registers(talk)
    client = await writing(talk, registered)
    await answers(talk, registered)
    await client.types("Ещё одна мысль")
    assert "дописать к нему нельзя" in client.text
    assert await talk.rows("SELECT id FROM appeal_event WHERE kind = 'message'") == []


async def test_too_many_words_are_kept_for_mending(talk: Talk) -> None:
    registered = await registers(talk)
    client = await writing(talk, registered)
    await client.fills(client.last.step, words="слово " * 900)
    assert "Слишком длинно" in client.text
    assert isinstance(client.last, Write)
    assert client.last.value.startswith("слово слово")


# --- the pages --------------------------------------------------------------------------------------------


async def test_pages_have_addresses_that_survive_reload_and_back(talk: Talk) -> None:
    registered = await registers(talk)
    client = talk.client("web", "anna")
    await client.starts()
    await follows(client, registered)
    place = f"appeal.{registered.id}"
    assert (await client.hears(_press("appeals", f"a{registered.id}"))).step == place
    assert (await client.hears(_press(place, "why"))).step == f"{place}.why"
    # Back to the card, then to the list, while the talk stands at the explanation.
    assert "Сейчас: Зарегистрировано" in (await client.looks(place)).replies[-1].text
    assert "Мои обращения: 1" in (await client.looks("appeals")).replies[-1].text
    assert "Почему этот срок?" in (await client.looks(f"{place}.why")).replies[-1].text
    await takes(talk, registered)
    assert (await client.hears(_press(place, "open"))).step == place
    await answers(talk, registered)
    # A reload shows it as it is now.
    for step in ("", place):
        assert "Сейчас: Ответ отправлен" in (await client.looks(step)).replies[-1].text


def _press(step: str, key: str) -> Event:
    return Press(step, key)
