"""Staff register what came on paper, by phone or at a reception; the receipt, the term, who may do it where."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from backend.appeals.registration import applicant_of, text_of
from bot.messages import Choose, Write, buttons_of
from tests.base.talk import Person, Talk, edges, open_talk
from tests.dialogue.appeals import said
from tests.dialogue.invitees import agrees

NAME = "Рощина Вера Игоревна"
TEXT = "Прошу исправить справку: в ней чужая фамилия."


async def operator(talk: Talk, channel: str = "web") -> Person:
    one = await talk.joins("chernykh", channel, "operator" if channel == "web" else 77)
    await one.types("меню")
    await one.presses("Зарегистрировать обращение")
    return one


async def says(person: Person, *texts: str) -> Person:
    for text in texts:
        last = person.last
        assert isinstance(last, Write), last
        await (person.fills(last.step, words=text) if person.pages else person.types(text))
    return person


async def fills_all(person: Person, *, who: str = "person", link: str = "") -> Person:
    """Everything that a letter of a citizen may carry, up to the look at the whole."""
    await person.presses("appeal", "paper", "certificate", "s3")
    await person.presses("6xc3m8dh", who)
    await says(person, NAME, "8 900 111-22-33", "с. Заречное, ул. Новая, д. 5", "вчера", TEXT, "Ошибка в справке")
    await person.presses("skip")
    if link:
        await says(person, link)
    else:
        await person.presses("skip")
    return person


async def last_row(talk: Talk) -> Any:
    return (await talk.rows("SELECT * FROM appeal ORDER BY id DESC LIMIT 1"))[0]


async def test_a_letter_is_registered_and_its_receipt_reaches_the_clients_chat(talk: Talk) -> None:
    client = talk.client("vk", 7)
    await client.starts()
    link = await agrees(client)
    one = await fills_all(await operator(talk), link=link)
    for part in ("Обращение", "Письмо", "Справки и ошибки", NAME, TEXT, "22 ноября", "по коду клиента", "23 декабря"):
        assert part in one.text
    await one.presses("Зарегистрировать")
    row = await last_row(talk)
    assert row.number in one.text
    code = re.search(r"Код: ([0-9A-Z]{4}-[0-9A-Z]{4})", one.text)
    assert code
    for part in ("Расписка", "Ответим до 23 декабря", "Черных-Тестовая Анна Ильинична", "https://otklik.example/talk"):
        assert part in one.text
    assert "Расписка отправлена клиенту: ВКонтакте" in one.text
    await talk.settle()
    (notice,) = client.posted
    assert row.number in notice.text
    assert "23 декабря" in notice.text
    assert NAME not in said(talk, "vk")
    assert TEXT not in said(talk, "vk")
    keys = talk.app.keys
    assert applicant_of(keys, row)["name"] == NAME
    assert text_of(keys, row) == TEXT
    assert str(row.received_on) == "2026-11-22"
    assert (row.holder, row.entered_by, row.summary) == ("chernykh", "chernykh", "Ошибка в справке")
    assert not await talk.rows("SELECT 1 FROM appeal_draft")


async def test_registering_pressed_twice_registers_once(talk: Talk) -> None:
    one = await fills_all(await operator(talk))
    await one.presses("Зарегистрировать")
    await one.presses_old("reg.look", "register")
    assert "нечего регистрировать" in one.text
    assert len(await talk.rows("SELECT 1 FROM appeal")) == 1


async def test_an_organisation_is_asked_for_name_and_inn(talk: Talk) -> None:
    one = await operator(talk)
    await one.presses("info_request", "paper", "skip", "skip", "skip", "legal")
    assert "Название организации" in one.text
    await says(one, "ООО «Нива»", "123")
    assert "10 или 12 цифр" in one.text
    await says(one, "77 0000 0000")
    assert "Телефон" in one.text
    await one.presses("look")
    assert "ИНН: 7700000000" in one.text
    assert "Имя:" not in one.text
    await one.presses("Зарегистрировать")
    row = await last_row(talk)
    assert (row.kind, row.applicant_kind) == ("info_request", "legal")
    assert applicant_of(talk.app.keys, row) == {"organisation": "ООО «Нива»", "inn": "7700000000"}


async def test_an_anonymous_letter_says_that_no_answer_is_due(talk: Talk) -> None:
    one = await operator(talk)
    await one.presses("appeal", "paper", "skip", "skip", "skip", "anonymous")
    assert "Когда обращение поступило" in one.text
    await one.presses("look")
    assert "59-ФЗ, статья 11" in one.text
    await one.presses("Зарегистрировать")
    assert "59-ФЗ, статья 11" in one.text
    assert (await last_row(talk)).applicant_kind == "anonymous"


async def test_a_late_registration_is_said_before_and_after(talk: Talk) -> None:
    one = await operator(talk)
    await one.presses("appeal", "paper", "skip", "skip", "skip", "anonymous")
    await says(one, "завтра")
    assert "ещё не наступил" in one.text
    await says(one, "когда-то")
    assert "какой это день" in one.text
    await says(one, "12.11.2026")
    await one.presses("look")
    assert "Зарегистрировать нужно было до 16 ноября" in one.text
    await one.presses("Зарегистрировать")
    assert "Срок регистрации был пропущен" in one.text


async def test_whom_it_complains_of_does_not_get_it(talk: Talk) -> None:
    one = await operator(talk)
    await one.presses("complaint", "reception", "certificate", "skip", "skip", "anonymous", "skip", "skip", "skip")
    assert "На кого из сотрудников жалуются" in one.text
    await one.presses("chernykh", "done")
    await one.presses("skip")
    assert "Жалоба на: Черных-Тестовая А. И." in one.text
    await one.presses("Зарегистрировать")
    row = await last_row(talk)
    assert row.holder == "maketov"
    assert "Открыть обращение" not in one.labels
    await one.types(row.number)
    assert "не нашлось" in one.text


async def test_own_points_come_first_and_a_name_finds_the_others(talk: Talk) -> None:
    one = await operator(talk)
    await one.presses("appeal", "phone", "skip", "skip")
    shown = one.last
    assert isinstance(shown, Choose)
    assert shown.options[0].label == "Горячая линия"
    assert shown.options[0].chosen
    await one.types("МФЦ")
    assert "Кто обратился" in one.text


async def test_back_and_a_wrong_button_lose_nothing(talk: Talk) -> None:
    one = await operator(talk)
    await one.presses("appeal", "paper", "certificate", "skip", "skip", "person")
    await says(one, NAME)
    await one.types("назад")
    assert isinstance(one.last, Write)
    assert one.last.value == NAME
    await one.types("меню")
    await one.presses("База знаний")
    await one.types("меню")
    await one.presses("Зарегистрировать обращение")
    assert "Продолжаем то, что вы начали" in one.text
    assert "Телефон или электронная почта" in one.text
    await one.presses("cancel")
    assert "сохранили" in one.text
    # A form of an old tab.
    await one.fills("reg.contact", words="8 900 111-22-33")
    await one.presses("look")
    for part in (NAME, "8 900 111-22-33"):
        assert part in one.text
    await one.presses("change", "who", "legal")
    assert "Название организации" in one.text
    await one.presses("look")
    assert NAME not in one.text
    await one.presses("anew")
    assert "Что зарегистрировать" in one.text
    assert not await talk.rows("SELECT 1 FROM appeal_draft")


async def test_the_summary_is_masked(talk: Talk) -> None:
    one = await operator(talk)
    await one.presses("appeal", "paper", "skip", "skip", "skip", "anonymous", "skip", "skip")
    await says(one, "Просит позвонить на 8 913 123-45-67")
    await one.presses("look", "Зарегистрировать")
    assert "913" not in (await last_row(talk)).summary


async def test_a_wrong_code_of_the_client_is_said(talk: Talk) -> None:
    one = await operator(talk)
    await one.presses("appeal", "paper", "skip", "skip", "skip", "anonymous", "skip", "skip", "skip", "skip")
    await says(one, "K7PM-4XQ2-9DTJ")
    assert "Такого кода нет" in one.text
    assert isinstance(one.last, Write)
    assert one.last.value == "K7PM-4XQ2-9DTJ"


async def test_in_vk_neither_name_nor_text_is_asked_for(talk: Talk) -> None:
    one = await operator(talk, "vk")
    await one.presses("appeal", "phone", "certificate", "skip", "2fj7p9ke", "person")
    assert "Когда обращение поступило" in one.text
    await one.types("сегодня")
    assert "О чём обращение" in one.text
    await one.types("Ошибка в справке")
    await one.types("пропустить")
    await one.types("пропустить")
    await one.presses("Зарегистрировать")
    row = await last_row(talk)
    assert row.number in one.text
    assert (row.applicant, row.text) == ("", "")


async def test_who_may_not_register_and_where_it_is_not_possible(talk: Talk) -> None:
    editor = await talk.joins("shablonova", "web", "editor")
    await editor.types("меню")
    assert not any("Зарегистрировать" in label for label in editor.labels)
    await editor.presses_old("reg", "open")
    assert "кому это поручено" in editor.text
    telegram = await talk.joins("chernykh", "telegram")
    await telegram.presses_old("reg", "open")
    assert "Можно там" in telegram.text


async def test_every_step_says_where_one_is_and_what_can_be_passed_over(sqlite_talk: Talk) -> None:
    one = await operator(sqlite_talk)
    asked = []
    for _ in range(20):
        shown = one.last
        if not isinstance(shown, Write | Choose):
            break
        asked.append(shown.step)
        keys = [button.key for button in buttons_of(shown)]
        assert "cancel" in keys
        first = {"reg.kind": "appeal", "reg.way": "paper", "reg.who": "entrepreneur"}
        await one.presses(first.get(shown.step, "skip"))
    assert asked[0] == "reg.kind"
    assert "reg.inn" in asked
    assert "Проверьте перед регистрацией" in one.text


@pytest.mark.parametrize("day", [date(2026, 12, 31), date(2027, 1, 11)])
async def test_the_number_begins_anew_with_the_year(sqlite_template: Any, tmp_path: Any, day: date) -> None:
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, channels=edges()) as talk:
        talk.now += timedelta(days=(day - date(2026, 11, 23)).days)
        one = await operator(talk)
        await one.presses("appeal", "paper", "skip", "skip", "skip", "anonymous", "look", "Зарегистрировать")
        assert f"А-{day.year}-0001" in one.text
