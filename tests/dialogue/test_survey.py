"""Survey A as a client lives through it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.messages import Choose, Rate, Say, Unreadable, Write, words_of
from tests.base.talk import Person, Talk
from tests.dialogue.visits import SITE, STAND, WINDOW, complains, rates


async def response(talk: Talk) -> dict[str, object]:
    row = await talk.one("SELECT status, score, answers, open_chat FROM response")
    return {"status": row.status, "score": row.score, "answers": json.loads(row.answers), "open": bool(row.open_chat)}


async def test_the_first_question_names_the_point_and_what_it_takes(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.starts(WINDOW)
    shown = client.last
    assert isinstance(shown, Rate)
    assert "кабинет 104" in shown.text
    assert "Анонимно" in shown.text
    assert shown.progress == "1 из 3"
    assert client.labels == ["5 Отлично", "4 Хорошо", "3 Нормально", "2 Плохо", "1 Очень плохо", "Затрудняюсь ответить"]
    assert shown.note == "обязательный вопрос"


@pytest.mark.parametrize(
    ("mark", "middle", "ending"),
    [
        ("5", "Что понравилось больше всего?", "Спасибо! Ваша оценка уже учтена."),
        ("4", "Что понравилось больше всего?", "Спасибо! Ваша оценка уже учтена."),
        ("3", "Что пошло не так?", "Спасибо, что сказали честно. Мы разберёмся."),
    ],
)
async def test_the_mark_chooses_the_second_question(talk: Talk, mark: str, middle: str, ending: str) -> None:
    client = await rates(talk.client("telegram", 7), mark)
    assert isinstance(client.last, Choose)
    assert client.last.text == middle
    assert client.last.progress == "2 из 3"
    await client.presses(client.last.options[1].key, *(["done"] if client.last.many else []))
    assert isinstance(client.last, Write)
    assert client.last.progress == "3 из 3"
    assert client.last.note == "можно пропустить"
    await client.types("Поставьте стулья")
    assert isinstance(client.last, Say)
    assert client.last.text == ending
    found = await response(talk)
    assert (found["status"], found["score"], found["open"]) == ("complete", int(mark), False)
    assert found["answers"]["comment"] == "Поставьте стулья"
    assert await talk.rows("SELECT * FROM task") == []


@pytest.mark.parametrize("mark", ["1", "2"])
async def test_a_low_mark_is_asked_last_whether_an_answer_is_wanted(talk: Talk, mark: str) -> None:
    client = await rates(talk.client("telegram", 7), mark, "rude", "done", "skip")
    assert "Хотите узнать, что мы сделаем? Ответим до 26 ноября." in client.text
    await client.presses("no")
    assert client.last.text == "Спасибо, что сказали честно. Мы разберёмся."
    assert (await response(talk))["status"] == "complete"
    assert await talk.rows("SELECT * FROM relay") == []


async def test_hard_to_say_goes_straight_to_the_comment(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 7), "unsure")
    assert isinstance(client.last, Write)
    await client.presses("Пропустить")
    assert client.last.text == "Спасибо! Ваш ответ учтён."
    assert (await response(talk))["score"] is None


async def test_several_reasons_are_ticked_and_unticked(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 7), "3", "queue", "rude", "slow", "rude")
    assert isinstance(client.last, Choose)
    assert [b.key for b in client.last.options if b.chosen] == ["queue", "slow"]
    await client.presses("done", "skip")
    assert (await response(talk))["answers"]["why"] == ["queue", "slow"]


async def test_no_reason_at_all_is_told_and_asked_again(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 7), "3", "done")
    assert "Выберите хотя бы один вариант." in client.text
    assert isinstance(client.last, Choose)


async def test_back_keeps_what_was_chosen_and_a_new_mark_drops_the_other_branch(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 7), "3", "queue", "done", "back", "back")
    assert isinstance(client.last, Rate)
    assert [b.key for b in client.last.options if b.chosen] == ["3"]
    await client.presses("5", "polite", "skip")
    assert (await response(talk))["answers"] == {"overall": ["5"], "liked": ["polite"], "comment": ""}


@pytest.mark.parametrize(
    ("typed", "score"),
    [
        (["4", "1", "пропустить"], 4),
        (["4 Хорошо", "Быстро", "Пропустить"], 4),
        (["хорошо", "skip", "skip"], 4),
        (["4.", "2", "дальше"], 4),
        (["4 из 5", "удобно", "дальше"], 4),
        (["оценка 4", "skip", "next"], 4),
        (["затрудняюсь ответить", "Пропустить!"], None),
        (["3", "1 3 4", "назад", "готово", "пропустить"], 3),
        (["5", "назад", "4", "пропуск", "ПРОПУСТИТЬ"], 4),
    ],
)
async def test_typed_answers_equal_presses(sqlite_talk: Talk, typed: list[str], score: int | None) -> None:
    client = sqlite_talk.client("vk", 7)
    await client.starts(WINDOW)
    for words in typed:
        await client.types(words)
    found = await response(sqlite_talk)
    assert (found["status"], found["score"]) == ("complete", score)


async def test_typed_reasons_are_the_numbered_ones(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.starts(WINDOW)
    for words in ("3", "1, 3", "пропустить"):
        await client.types(words)
    assert (await response(talk))["answers"]["why"] == ["queue", "rude"]


@pytest.mark.parametrize("words", ["7", "0", "ывапр", "😀", "-1", "99999999999999999999", "4 5", "2 часа ждал"])
async def test_an_answer_that_is_none_is_told_and_the_question_stands(sqlite_talk: Talk, words: str) -> None:
    client = sqlite_talk.client("telegram", 7)
    await client.starts(WINDOW)
    await client.types(words)
    assert "Не получилось понять ответ" in client.text
    assert isinstance(client.last, Rate)
    assert (await response(sqlite_talk))["answers"] == {}


async def at_the_mark(talk: Talk) -> Person:
    client = talk.client("telegram", 7)
    await client.starts(WINDOW)
    return client


async def at_the_reasons(talk: Talk) -> Person:
    return await rates(talk.client("telegram", 7), "3")


async def at_the_comment(talk: Talk) -> Person:
    return await rates(talk.client("telegram", 7), "unsure")


async def at_the_answer(talk: Talk) -> Person:
    return await rates(talk.client("telegram", 7), "1", "rude", "done", "skip")


async def at_the_menu(talk: Talk) -> Person:
    client = talk.client("telegram", 7)
    await client.starts()
    return client


async def at_the_second_visit(talk: Talk) -> Person:
    client = await rates(talk.client("telegram", 7), "5", "skip", "skip")
    await client.starts(WINDOW)
    return client


PLACES = [at_the_mark, at_the_reasons, at_the_comment, at_the_answer, at_the_menu, at_the_second_visit]


@pytest.mark.parametrize("place", PLACES)
async def test_menu_and_stop_work_as_words_everywhere(sqlite_talk: Talk, place: object) -> None:
    client = await place(sqlite_talk)
    for word in ("Меню", "меню!", "menu", "/menu"):
        await client.types(word)
        assert "rate" in {b.key for b in client.last.buttons}, word
    for word in ("Стоп", "STOP"):
        await client.types(word)
        assert "больше" in client.text or "не напишем" in client.text
    row = await sqlite_talk.one("SELECT stopped FROM conversation")
    assert row.stopped


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["voice", "photo", "sticker", "edited", "file", "contact", "location", "foreign"])
async def test_what_cannot_be_read_is_told_and_the_same_is_asked(sqlite_talk: Talk, place: object, kind: str) -> None:
    client = await place(sqlite_talk)
    before = client.last
    await client.sends(Unreadable(kind))
    assert len(client.replies) == 2
    assert client.replies[0].text == sqlite_talk.app.words["ru"](f"unreadable-{kind}")
    if kind == "voice":
        assert client.last.step == before.step


async def test_he_returns_tomorrow_and_goes_on(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 7), "3")
    talk.tomorrow()
    await talk.run_jobs()
    await client.starts()
    assert client.text == "Вы не закончили опрос: Окно приёма документов, кабинет 104. Продолжим с вопроса 2?"
    await client.presses("Продолжить")
    assert client.last.text == "Что пошло не так?"
    await client.presses("queue", "done", "skip")
    assert (await response(talk))["status"] == "complete"


@pytest.mark.parametrize("words", ["здравствуйте", "да"])
async def test_his_first_words_on_another_day_are_not_taken_for_an_answer(talk: Talk, words: str) -> None:
    client = await rates(talk.client("telegram", 7), "unsure")
    talk.tomorrow()
    await client.types(words)
    assert "Продолжим с вопроса 2?" in client.text
    assert "comment" not in (await response(talk))["answers"]
    await client.types("да")
    assert isinstance(client.last, Write)


async def test_an_old_button_of_the_open_survey_works_tomorrow(talk: Talk) -> None:
    client = await at_the_mark(talk)
    talk.tomorrow()
    await client.presses("4")
    assert client.last.text == "Что понравилось больше всего?"


@pytest.mark.parametrize(("marked", "kept"), [(False, 0), (True, 1)])
async def test_an_open_survey_is_closed_after_seven_days(talk: Talk, marked: bool, kept: int) -> None:
    client = await at_the_mark(talk)
    if marked:
        await client.presses("3")
    talk.now += timedelta(days=7)
    await talk.run_jobs()
    assert await talk.rows("SELECT 1 FROM response WHERE open_chat IS NOT NULL")
    talk.now += timedelta(days=1)
    await talk.run_jobs()
    rows = await talk.rows("SELECT status, score FROM response")
    assert [(r.status, r.score) for r in rows] == [("partial", 3)] * kept
    await client.presses("4" if not marked else "queue")
    assert client.replies
    assert "ошибка" not in client.text


async def test_the_same_day_again_is_told_and_can_be_changed(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 7), "4", "skip", "skip")
    await client.starts(WINDOW)
    assert "Сегодня вы уже оценили: Окно приёма документов, кабинет 104. Ваша оценка: 4 Хорошо." in client.text
    assert client.labels == ["Изменить", "Оставить как есть"]
    await client.presses("change", "5", "skip", "skip")
    found = await response(talk)
    assert (found["score"], found["status"]) == (5, "complete")
    change = await talk.one("SELECT before, after FROM score_change")
    assert (change.before, change.after) == (4, 5)


async def test_keeping_the_mark_changes_nothing(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 7), "4", "skip", "skip")
    await client.starts(WINDOW)
    await client.presses("keep")
    assert "осталась прежней" in client.text
    assert (await response(talk))["score"] == 4


async def test_tomorrow_and_another_point_are_new_visits(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 7), "4", "skip", "skip")
    await rates(client, "5", "skip", "skip", token=STAND)
    await talk.midnight()
    await rates(client, "3", "queue", "done", "skip")
    rows = await talk.rows("SELECT score FROM response ORDER BY score")
    assert [r.score for r in rows] == [3, 4, 5]


async def test_an_old_button_tells_what_was_answered_and_can_change_it(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 7), "4")
    step = next(s.reply.step for s in client.chat if isinstance(s.reply, Rate))
    await client.presses_old(step, "2")
    assert client.text == "Вы уже ответили: 4 Хорошо."
    await client.presses("Изменить")
    assert isinstance(client.last, Rate)
    await client.presses("5", "skip", "skip")
    # After the end the same, while the day lasts.
    await client.presses_old(step, "2")
    assert client.text == "Вы уже ответили: 5 Отлично."
    await client.presses("Изменить", "3", "rude", "done", "skip")
    assert (await response(talk))["score"] == 3
    await talk.midnight()
    await client.presses_old(step, "2")
    assert "Эта кнопка больше не действует" in client.text
    await client.presses_old(step, "change")
    assert (await response(talk))["score"] == 3


async def test_buttons_of_another_persons_survey_say_nothing_of_it(talk: Talk) -> None:
    one = await rates(talk.client("telegram", 7), "4", "skip", "skip")
    step = next(s.reply.step for s in one.chat if isinstance(s.reply, Rate))
    other = await rates(talk.client("telegram", 8), "5", "skip", "skip", token=STAND)
    await other.presses_old(step, "2")
    assert "Эта кнопка больше не действует" in other.text
    await other.presses_old(step, "change")
    assert [r.score for r in await talk.rows("SELECT score FROM response ORDER BY score")] == [4, 5]


async def test_a_raised_mark_keeps_the_task_and_says_so(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    client = await complains(talk.client("telegram", 7), wants=False)
    await talk.after(seconds=1)
    await client.starts(WINDOW)
    await client.presses("change", "5", "skip", "skip")
    await talk.settle()
    (alert,) = boss.posted
    assert "Клиент изменил оценку: теперь 5" in alert.text
    assert "Оценка: 5 Отлично" in alert.text
    assert len(await talk.rows("SELECT 1 FROM task")) == 1


async def test_a_lowered_mark_opens_one_task(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    client = await rates(talk.client("telegram", 7), "5", "skip", "skip")
    await client.starts(WINDOW)
    await client.presses("change", "1", "rude", "done", "skip", "no")
    await talk.after(seconds=1)
    (alert,) = boss.posted
    assert "Оценка: 1 Очень плохо" in alert.text


async def test_the_same_code_during_its_survey_changes_nothing(talk: Talk) -> None:
    client = await rates(talk.client("vk", 7), "3")
    await client.starts(WINDOW)
    assert client.last.text == "Что пошло не так?"
    await client.starts(WINDOW, "1, 3")
    assert isinstance(client.last, Write)
    assert len(await talk.rows("SELECT 1 FROM response")) == 1


async def test_another_code_leaves_the_open_survey_and_it_counts_with_its_mark(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 7), "3")
    await client.starts(STAND)
    assert "Информационный стенд" in client.text
    await client.starts(SITE)
    rows = await talk.rows("SELECT status, score FROM response ORDER BY status")
    assert [(r.status, r.score) for r in rows] == [("open", None), ("partial", 3)]


@pytest.mark.parametrize(
    "words",
    [
        "6XC3M8DH",
        "6xc3m8dh",
        "6ХС3М8DН",
        " 6XC3M8DH ",
        "https://otklik.example/q/6XC3M8DH",
        "otklik.example/q/6xc3m8dh",
    ],
)
async def test_a_typed_token_or_a_pasted_address_is_the_code(sqlite_talk: Talk, words: str) -> None:
    client = sqlite_talk.client("telegram", 7)
    await client.types(words)
    assert isinstance(client.last, Rate)
    assert "кабинет 104" in client.last.text


async def test_services_are_rated_without_a_code(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.starts()
    await client.presses("rate")
    assert isinstance(client.last, Choose)
    await client.presses("Услуга: Справка")
    assert "Справка о включении в реестр" in client.last.text
    await client.presses("4", "skip", "skip")
    row = await talk.one("SELECT subject_kind, subject, service, survey FROM response")
    assert tuple(row) == ("service", "У4", "У4", "service")


@pytest.mark.parametrize(("channel", "point"), [("telegram", "Т3"), ("vk", "Т2"), ("console", "bot")])
async def test_rating_the_bot_counts_for_its_own_channel(sqlite_talk: Talk, channel: str, point: str) -> None:
    client = sqlite_talk.client(channel, 7)
    await client.starts()
    await client.presses("more", "rate_bot", "5", "skip")
    row = await sqlite_talk.one("SELECT subject_kind, subject, survey, score FROM response")
    assert tuple(row) == ("point", point, "bot", 5)


async def test_the_time_of_an_answer_is_kept_to_the_hour(talk: Talk) -> None:
    talk.now += timedelta(minutes=41, seconds=7)
    await rates(talk.client("telegram", 7), "3")
    row = await talk.one("SELECT hour FROM response")
    assert str(row.hour).startswith("2026-11-23 07:00:00")


@pytest.mark.parametrize(
    ("comment", "kept"),
    [
        ("Звоните 8 913 123-45-67", False),
        ("Мой адрес ivan@example.com", False),
        ("Паспорт 4510 123456", False),
        ("Отдал 5000 рублей в кабинет 104 23.11.2026 по А-2026-0147", True),
        ("Звонил на +7 (000) 000-12-12", True),
    ],
)
async def test_personal_data_in_a_comment_are_hidden_and_told(sqlite_talk: Talk, comment: str, kept: bool) -> None:
    client = await rates(sqlite_talk.client("telegram", 7), "unsure")
    await client.types(comment)
    assert ("номер скрыт" in client.text) is not kept
    stored = (await response(sqlite_talk))["answers"]["comment"]
    assert (stored == comment) is kept


async def test_progress_never_promises_less_than_it_takes(sqlite_talk: Talk) -> None:
    client = await rates(sqlite_talk.client("telegram", 7), "unsure")
    assert words_of(client.last).startswith("2 из 2")
