"""Answers from paper and telephone, entered by a member of staff (requirement 1.07)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.messages import Choose, Say
from tests.base.talk import Nothing, Person, Talk
from tests.dialogue.visits import SITE, WINDOW, rates

BUTTON = "Внести ответ"


async def operator(talk: Talk, channel: str = "telegram") -> Person:
    return await talk.joins("chernykh", channel)


async def opens(person: Person, how: str = "paper", place: str = WINDOW) -> Person:
    await person.types("меню")
    await person.presses(BUTTON, how, place)
    return person


async def responses(talk: Talk) -> list[Any]:
    return await talk.rows(
        "SELECT channel, status, score, answers, tie, open_chat, subject, service FROM response ORDER BY hour, score"
    )


@pytest.mark.parametrize("channel", ["telegram", "vk", "web"])
@pytest.mark.parametrize("how", ["paper", "phone"])
async def test_an_entered_answer_keeps_its_channel_and_belongs_to_nobody(talk: Talk, how: str, channel: str) -> None:
    person = await operator(talk, channel)
    await opens(person, how)
    assert "Внесите, что" in person.text
    assert "кабинет 104" in person.text
    assert "Вы были у нас" not in person.text
    await person.presses("4", "quick")
    await person.types("Светло и тихо")
    assert "Внесено: Окно приёма документов, кабинет 104" in person.text
    (row,) = await responses(talk)
    assert (row.channel, row.status, row.score, row.tie, row.open_chat) == (how, "complete", 4, None, None)
    assert json.loads(row.answers) == {"overall": ["4"], "liked": ["quick"], "comment": "Светло и тихо"}
    journal = await talk.rows("SELECT actor, action, subject, details FROM journal WHERE action = 'response.entered'")
    assert [tuple(j) for j in journal] == [("Черных-Тестовая А. И.", "response.entered", "point:Т5", how)]


async def test_many_in_a_row_for_the_same_place_on_the_same_day(talk: Talk) -> None:
    person = await operator(talk)
    await opens(person)
    await person.presses("5", "skip", "skip")
    for mark in ("5", "3"):
        await person.presses("Ещё такую же")
        assert "уже" not in person.text
        await person.presses(mark, "skip", "skip")
    await person.presses("Другая точка")
    assert isinstance(person.last, Choose)
    # What was entered last stands first.
    assert person.labels[0] == "Окно приёма документов, кабинет 104"
    await person.presses(SITE, "1", "skip", "skip")
    rows = await responses(talk)
    assert sorted((r.subject, r.score) for r in rows) == [("Т1", 1), ("Т5", 3), ("Т5", 5), ("Т5", 5)]


async def test_a_service_can_be_entered_too(talk: Talk) -> None:
    person = await operator(talk)
    await opens(person, "phone", "Услуга: Справка")
    await person.presses("5", "skip", "skip")
    (row,) = await responses(talk)
    assert (row.subject, row.service) == ("У4", "У4")


async def test_what_the_client_left_empty_may_stay_empty_but_not_the_mark(talk: Talk) -> None:
    person = await operator(talk)
    await opens(person)
    with pytest.raises(Nothing):
        person.button("skip")
    await person.presses("3", "skip")  # «Что пошло не так?» is mandatory for a client himself
    await person.presses("back")
    assert "Что пошло не так?" in person.text
    await person.presses("skip", "skip")
    (row,) = await responses(talk)
    assert json.loads(row.answers) == {"overall": ["3"], "why": [], "comment": ""}


async def test_a_low_mark_alerts_at_the_end_and_the_card_says_how_it_came(talk: Talk) -> None:
    owner = await talk.joins("demoev", "telegram", 77)
    person = await operator(talk, "vk")
    await opens(person)
    await person.presses("1")
    await talk.after(minutes=5)
    assert owner.posted == []
    await person.presses("rude", "done")
    await person.types("Нагрубили, звоните 8 912 345-67-89")
    assert "номер скрыт" in person.text
    assert "ответ" not in person.replies[-1].text.partition("Ещё одну?")[0].lower().replace("внесено", "")
    await talk.settle()
    card = owner.posted[-1].text
    assert "С бумажной анкеты" in card
    assert "1 Очень плохо" in card
    assert "Невежливо" in card
    assert "912" not in card
    assert "Ответить клиенту" not in owner.labels
    task = await talk.one("SELECT channel FROM task")
    assert task.channel == "paper"


async def test_danger_alerts_and_the_operator_is_told_as_a_colleague(talk: Talk) -> None:
    owner = await talk.joins("demoev", "telegram", 77)
    person = await operator(talk)
    await opens(person, "phone")
    await person.presses("3", "skip")
    await person.types("В коридоре пожар")
    assert "112" not in person.text
    assert "сообщили ответственным" in person.text
    assert "Внесено" in person.text
    await talk.settle()
    assert "СРОЧНО" in owner.posted[-1].text
    assert "По телефону" in owner.posted[-1].text
    (row,) = await responses(talk)
    assert (row.status, row.score, row.tie) == ("complete", 3, None)


async def test_words_in_doubt_alert_too_and_the_form_goes_on(talk: Talk) -> None:
    person = await operator(talk)
    await opens(person)
    await person.presses("4", "skip")
    await person.types("Я тут чуть не умер от жары, помогите")
    assert "112" not in person.text


async def test_the_last_one_can_be_corrected_until_the_screen_is_left(talk: Talk) -> None:
    owner = await talk.joins("demoev", "telegram", 77)
    person = await operator(talk, "vk")
    await opens(person)
    await person.presses("1", "skip", "skip")
    await talk.settle()
    await person.presses("Исправить последнюю")
    assert "Анкета" in person.text
    await person.presses("4", "skip", "skip")
    assert "Исправлено" in person.text
    (row,) = await responses(talk)
    assert (row.status, row.score, row.open_chat) == ("complete", 4, None)
    await talk.settle()
    assert "Оператор исправил оценку: теперь 4 Хорошо" in owner.chat[-1].reply.text
    actions = [r[0] for r in await talk.rows("SELECT action FROM journal WHERE subject = 'point:Т5' ORDER BY id")]
    assert actions == ["response.entered", "response.corrected"]
    fix = person.button("Исправить последнюю")
    await person.presses("Меню")
    await person.presses_old(fix[1].step or fix[0].step, fix[1].key)
    assert "Анкета" not in person.text
    assert "больше не действует" in person.text


async def test_what_was_begun_and_left_does_not_count(talk: Talk) -> None:
    person = await operator(talk)
    await opens(person)
    await person.presses("1")
    await opens(person)
    await person.presses("5", "skip", "skip")
    rows = await responses(talk)
    assert [(r.status, r.score) for r in rows] == [("complete", 5)]
    assert await talk.rows("SELECT id FROM task") == []


async def test_a_half_entered_form_is_gone_after_midnight(talk: Talk) -> None:
    person = await operator(talk)
    await opens(person)
    await person.presses("5")
    await talk.midnight()
    assert await responses(talk) == []
    await person.presses_old("enter.paper", WINDOW)
    assert "Анкета" in person.text


async def test_a_half_corrected_form_counts_as_it_stands(talk: Talk) -> None:
    person = await operator(talk)
    await opens(person)
    await person.presses("5", "skip", "skip", "Исправить последнюю", "4")
    await opens(person, place=SITE)
    rows = await talk.rows("SELECT status, score FROM response WHERE subject = 'Т5'")
    assert [tuple(r) for r in rows] == [("complete", 4)]


async def test_the_menu_lets_an_entered_form_wait(talk: Talk) -> None:
    person = await operator(talk)
    await opens(person)
    await person.presses("5")
    await person.types("меню")
    await person.types("продолжаем")
    await person.presses("Продолжить")
    await person.presses("skip", "skip")
    (row,) = await responses(talk)
    assert (row.channel, row.status, row.score) == ("paper", "complete", 5)


async def test_the_operators_own_survey_in_the_same_chat_is_not_lost(talk: Talk) -> None:
    person = await operator(talk)
    await rates(person, "5", token=SITE)
    await opens(person)
    await person.presses("2", "skip", "skip")
    await person.presses("Меню")
    await person.starts(SITE)
    assert "Что понравилось" in person.text
    await person.presses("skip", "skip")
    rows = await talk.rows("SELECT subject, channel, status, score FROM response ORDER BY score")
    assert [tuple(r) for r in rows] == [("Т5", "paper", "complete", 2), ("Т1", "telegram", "complete", 5)]


async def test_a_place_is_found_by_a_part_of_its_name_or_its_code(talk: Talk) -> None:
    person = await operator(talk)
    await person.types("меню")
    await person.presses(BUTTON, "phone")
    await person.types("кабинет")
    assert isinstance(person.last, Choose)
    assert len(person.last.options) == 2
    await person.types("104")
    assert "Анкета: Окно приёма документов, кабинет 104" in person.text
    await person.types("меню")
    await person.presses(BUTTON, "phone")
    await person.types("нетникогда")
    assert "Ничего не нашлось" in person.replies[0].text
    await person.types(WINDOW)
    assert "Анкета: Окно приёма документов, кабинет 104" in person.text


async def test_a_client_has_no_such_button_and_cannot_press_one(talk: Talk) -> None:
    client = talk.client("telegram", 5)
    await client.types("меню")
    assert not any(label.startswith(BUTTON) for label in client.labels)
    await client.presses_old("enter.paper", WINDOW)
    assert "только для сотрудников" in client.text
    assert await responses(talk) == []


async def test_who_has_left_the_staff_enters_nothing_more(talk: Talk) -> None:
    person = await operator(talk)
    await opens(person)
    await person.presses("5")
    async with talk.app.db.begin() as session:
        from backend import conversation

        await conversation.set_person(session, talk.app.keys.hash(str(person.where)), None)
    await person.presses("skip")
    assert "только для сотрудников" in person.text
    assert all(r.status != "complete" for r in await responses(talk))


async def test_the_operator_is_asked_in_his_language(sqlite_talk: Talk) -> None:
    person = await operator(sqlite_talk)
    await person.types("english")
    await person.types("menu")
    await person.presses("Enter an answer", "paper", WINDOW)
    assert "Enter what the client has marked" in person.text
    assert isinstance(person.last, Say) is False
