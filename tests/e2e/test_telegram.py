"""Telegram from the code on the wall to the rated answer."""

from __future__ import annotations

from bot.dialogue.survey import step_of
from tests.e2e.running import PATIENCE, STAND, WINDOW, Running, World, comes, joins


async def test_the_whole_way_of_a_low_mark(any_world: World) -> None:
    running, tg = await any_world.start(vk=False), any_world.tg
    owner = await joins(running, tg.user(501, "Эльчин"), "demoev")
    deputy = await joins(running, tg.user(502, "Тимур"), "maketov")
    head = await joins(running, tg.user(503, "Аркадий"), "obraztsov")
    client = tg.user(7)

    await client.starts(WINDOW)
    asked = await client.gets("Как вас обслужили?", PATIENCE)
    assert "кабинет 104" in asked.text
    assert "1 из" in asked.text
    assert asked.labels == [
        "5 Отлично",
        "4 Хорошо",
        "3 Нормально",
        "2 Плохо",
        "1 Очень плохо",
        "Затрудняюсь ответить",
    ]
    await client.presses("2 Плохо")
    assert "✓ 2 Плохо" in (await client.gets("Как вас обслужили?", PATIENCE)).text
    await client.gets("Что пошло не так?", PATIENCE)
    await client.presses("Долго ждал(и) в очереди")
    await client.gets("Что пошло не так?", PATIENCE)
    await client.presses("Невежливо")
    ticked = await client.gets("Что пошло не так?", PATIENCE)
    assert [label for label in ticked.labels if label.startswith("✓")] == ["✓ Долго ждал(и) в очереди", "✓ Невежливо"]
    await client.presses("Готово")
    await client.gets("Что нам улучшить?", PATIENCE)
    await client.sends("Ждал 50 минут, позвоните +7 912 345-67-89")
    await client.gets("номер скрыт", PATIENCE)
    await client.gets("Хотите узнать, что мы сделаем? Ответим до 26 ноября", PATIENCE)
    await client.presses("Да, хочу ответ")
    await client.gets("Сотрудник ответит вам до 26 ноября", PATIENCE)
    assert not client.spinning

    alert = await owner.gets("Низкая оценка", PATIENCE)
    for part in ("№ 1", "кабинет 104", "2 Плохо", "Долго ждал(и) в очереди, Невежливо", "Ждал 50 минут"):
        assert part in alert.text
    assert "Клиент ждёт ответа до 26 ноября" in alert.text
    assert "345-67-89" not in alert.text
    assert alert.labels == ["Взять в работу", "Ответить клиенту", "Закрыть", "Передать"]
    assert not any("Низкая оценка" in text for text in deputy.texts + head.texts)

    # The deputy sees it in his list; the first press wins, the second reads who.
    await deputy.sends("/tasks")
    await deputy.gets("1 открытая задача", PATIENCE)
    await deputy.presses(next(label for label in deputy.last.labels if label.startswith("№ 1")))
    card = await deputy.gets("№ 1. Низкая оценка", PATIENCE)
    await owner.presses("Взять в работу", alert)
    await owner.gets("Вы взяли задачу № 1", PATIENCE)
    await owner.gets("В работе: Демоев Э. Р., 10:0", PATIENCE)
    await deputy.presses("Взять в работу", card)
    await deputy.gets("Эта задача уже в работе: Демоев Э. Р., 10:0", PATIENCE)

    await owner.presses("Ответить клиенту")
    await owner.gets("Напишите ответ клиенту по задаче № 1", PATIENCE)
    await owner.sends("Поставили второй стол. Звоните: +7 912 000-11-22")
    preview = await owner.gets("Клиент увидит это", PATIENCE)
    assert "000-11-22" not in preview.text
    await owner.presses("Отправить")
    await owner.gets("Ответ по задаче № 1 отправлен", PATIENCE)
    answer = await client.gets("Вам ответил сотрудник (начальник отдела обращений)", PATIENCE)
    assert "Поставили второй стол" in answer.text
    assert answer.labels == ["Помогло", "Не помогло", "Оценить ответ"]

    await client.presses("Не помогло", answer)
    await client.gets("Мы передали вопрос руководителю", PATIENCE)
    again = await head.gets("«Не помогло»", PATIENCE)
    assert "Взять в работу" in again.labels
    await head.presses("Закрыть", again)
    await head.gets("что сделано?", PATIENCE)
    await head.sends("Открыли второе окно, ждать больше не нужно")
    await head.gets("и задача закроется", PATIENCE)
    await head.presses("Отправить")
    await head.gets("Ответ отправлен, задача № 1 закрыта", PATIENCE)
    await owner.gets("Закрыто: Образцов А. Л.", PATIENCE)

    answer = await client.gets("Открыли второе окно", PATIENCE)
    assert "руководитель Агентства" in answer.text
    await client.presses("Помогло", answer)
    await client.gets("Рады, что помогло", PATIENCE)
    await client.presses("Оценить ответ")
    await client.gets("Ответ понятный?", PATIENCE)
    await client.presses("5 Всё понятно")
    await client.gets("Чего не хватило в ответе?", PATIENCE)
    await client.presses("Пропустить")
    await client.gets("Ваша оценка учтена", PATIENCE)
    assert (await running.one("SELECT count(*) FROM relay"))[0] == 0
    task = await running.one("SELECT status, reopened, done FROM task")
    assert (task.status, bool(task.reopened)) == ("closed", True)
    assert tg.refused == {}


async def test_words_and_things_in_every_place(world: World) -> None:
    running, client = await world.start(vk=False), world.tg.user(7)
    await client.starts()
    await client.gets("Здравствуйте! Я бот учреждения", PATIENCE)
    await comes(client, STAND)
    for act, told in (
        (client.sends_voice, "Голосовые сообщения я не слышу"),
        (client.sends_sticker, "Наклейки я не понимаю"),
        (client.sends_photo, "Фото я не смотрю"),
    ):
        await act()
        await client.gets(told, PATIENCE)
        await client.gets("Как вас обслужили?", PATIENCE)
    await client.edits("совсем другое")
    await client.gets("Изменённое сообщение я не перечитываю", PATIENCE)
    await client.gets("Как вас обслужили?", PATIENCE)
    await client.sends("/menu")
    await client.gets("Выберите, что вам нужно", PATIENCE)
    await client.starts()
    await client.gets("Продолжим с вопроса 1?", PATIENCE)
    await client.presses("Продолжить")
    await client.gets("Как вас обслужили?", PATIENCE)
    await client.sends("хорошо")
    await client.gets("Что понравилось больше всего?", PATIENCE)
    await client.sends("1")
    await client.gets("Что нам улучшить?", PATIENCE)
    await client.sends("Стоп")
    await client.gets("первыми больше не напишем", PATIENCE)
    await client.taps("чужая кнопка")
    await client.gets("не от нашего бота", PATIENCE)
    row = await running.one("SELECT score, answers FROM response")
    assert row.score == 4
    assert '"quick"' in row.answers


async def test_an_old_button_tells_what_was_answered(world: World) -> None:
    running, client = await world.start(vk=False), world.tg.user(7)
    await comes(client, STAND, "4 Хорошо")
    asked = client.inbox[0]
    data = f"{await step_of_the_mark(running)}:5"
    await client.taps(data, asked)
    await client.gets("Вы уже ответили: 4 Хорошо", PATIENCE)
    await client.presses("Изменить")
    await client.gets("Как вас обслужили?", PATIENCE)
    await client.presses("5 Отлично")
    await client.gets("Что понравилось", PATIENCE)
    await client.presses("Пропустить")
    await client.gets("Что нам улучшить?", PATIENCE)
    await client.presses("Пропустить")
    await client.gets("уже учтена", PATIENCE)
    await client.taps(data, asked)
    await client.gets("Вы уже ответили: 5 Отлично", PATIENCE)
    await client.starts(STAND)
    await client.gets("Сегодня вы уже оценили", PATIENCE)
    assert (await running.one("SELECT score FROM response")).score == 5


async def step_of_the_mark(running: Running) -> str:
    ident = (await running.one("SELECT id FROM response")).id
    return step_of("visit", "overall", ident)


async def test_language_follows_the_link_and_the_person(world: World) -> None:
    await world.start(vk=False)
    english = world.tg.user(8, "Ann", language_code="en")
    await english.starts(STAND)
    await english.gets("How were you served?", PATIENCE)
    linked = world.tg.user(9, "Boris")
    await linked.starts(f"{STAND}-en")
    await linked.gets("How were you served?", PATIENCE)
    third = world.tg.user(10, "Jean", language_code="fr")
    await third.starts()
    assert (await third.gets("Здравствуйте", PATIENCE)).labels[0] == "English"
    await third.presses("English")
    await third.gets("I write in English now", PATIENCE)


async def test_an_alert_does_not_wait_for_a_client_who_stopped_writing(world: World) -> None:
    running = await world.start(vk=False)
    owner = await joins(running, world.tg.user(501, "Эльчин"), "demoev")
    client = world.tg.user(7)
    await comes(client, WINDOW, "1 Очень плохо")
    assert not any("Низкая оценка" in text for text in owner.texts)
    running.later(seconds=61)
    alert = await owner.gets("Низкая оценка", PATIENCE)
    assert "Клиент ещё отвечает" in alert.text
    await client.presses("Другое", client.inbox[-1])
    await client.gets("", PATIENCE)
    await client.presses("Готово")
    await client.gets("Что нам улучшить?", PATIENCE)
    await client.sends("Закрыто на обед")
    await client.gets("Хотите узнать", PATIENCE)
    await client.presses("Нет, спасибо")
    await client.gets("Мы разберёмся", PATIENCE)
    await owner.gets("Закрыто на обед", PATIENCE)
    assert alert.edited
    assert sum("Низкая оценка" in text for text in owner.texts) == 1
