"""VK from the link on the landing to the rated answer, and what only VK does."""

from __future__ import annotations

import pytest

from tests.e2e.running import PATIENCE, STAND, WINDOW, World, comes, joins


async def test_the_whole_way_of_a_low_mark(any_world: World) -> None:
    running, vk = await any_world.start(telegram=False), any_world.vk
    owner = await joins(running, vk.user(501, "Эльчин", "Демоев"), "demoev")
    deputy = await joins(running, vk.user(502, "Тимур", "Макетов"), "maketov")
    head = await joins(running, vk.user(503, "Аркадий", "Образцов"), "obraztsov")
    client = vk.user(7)

    await client.starts(WINDOW, "printed")
    asked = await client.gets("Как вас обслужили?", PATIENCE)
    assert "кабинет 104" in asked.text
    assert asked.inline
    assert asked.labels == ["5 Отлично", "4 Хорошо", "3 Нормально", "2 Плохо", "1 Очень плохо", "Затрудняюсь ответить"]
    await client.presses("1 Очень плохо")
    assert "✓ 1 Очень плохо" in (await client.gets("Как вас обслужили?", PATIENCE)).text
    await client.gets("Что пошло не так?", PATIENCE)
    await client.presses("Долго решали вопрос")
    await client.gets("Что пошло не так?", PATIENCE)
    await client.presses("Готово")
    await client.gets("Что нам улучшить?", PATIENCE)
    await client.sends("Долго. Мой телефон 8 912 345 67 89")
    await client.gets("номер скрыт", PATIENCE)
    await client.gets("Хотите узнать", PATIENCE)
    await client.presses("Да, хочу ответ")
    await client.gets("Сотрудник ответит вам до 26 ноября", PATIENCE)
    assert not client.spinning

    alert = await owner.gets("Низкая оценка", PATIENCE)
    for part in ("№ 1", "кабинет 104", "1 Очень плохо", "Долго решали вопрос", "Клиент ждёт ответа"):
        assert part in alert.text
    assert "345 67 89" not in alert.text
    await deputy.sends("Открытые задачи")
    await deputy.gets("1 открытая задача", PATIENCE)
    await deputy.sends("1")
    card = await deputy.gets("№ 1. Низкая оценка", PATIENCE)
    await owner.presses("Взять в работу", alert)
    await owner.gets("Вы взяли задачу № 1", PATIENCE)
    await owner.gets("В работе: Демоев Э. Р., 10:0", PATIENCE)
    await deputy.presses("Взять в работу", card)
    await deputy.gets("Эта задача уже в работе: Демоев Э. Р., 10:0", PATIENCE)
    await owner.presses("Ответить клиенту")
    await owner.gets("Напишите ответ клиенту", PATIENCE)
    await owner.sends("Поставили второй стол")
    await owner.gets("Клиент увидит это", PATIENCE)
    await owner.presses("Отправить")
    await owner.gets("отправлен", PATIENCE)

    answer = await client.gets("Вам ответил сотрудник (начальник отдела обращений)", PATIENCE)
    assert answer.labels == ["Помогло", "Не помогло", "Оценить ответ"]
    await client.presses("Не помогло", answer)
    await client.gets("Мы передали вопрос руководителю", PATIENCE)
    again = await head.gets("«Не помогло»", PATIENCE)
    await head.presses("Закрыть", again)
    await head.gets("что сделано?", PATIENCE)
    await head.sends("Открыли второе окно")
    await head.gets("и задача закроется", PATIENCE)
    await head.presses("Отправить")
    await head.gets("задача № 1 закрыта", PATIENCE)
    answer = await client.gets("Открыли второе окно", PATIENCE)
    await client.presses("Оценить ответ", answer)
    await client.gets("Ответ понятный?", PATIENCE)
    await client.presses("5 Всё понятно")
    await client.gets("Чего не хватило", PATIENCE)
    await client.sends("пропустить")
    await client.gets("Ваша оценка учтена", PATIENCE)
    assert (await running.one("SELECT count(*) FROM relay"))[0] == 0
    assert vk.refused == {}


async def test_ref_comes_with_any_word_and_again_and_again(world: World) -> None:
    running, client = await world.start(telegram=False), world.vk.user(7)
    await client.writes("Добрый день", ref=STAND)
    await client.gets("Как вас обслужили?", PATIENCE)
    # VK repeats the ref: a typed mark is a mark, and the survey does not begin anew.
    await client.writes("4", ref=STAND)
    await client.gets("Что понравилось больше всего?", PATIENCE)
    await client.writes("вежливо", ref=STAND)
    await client.gets("Что нам улучшить?", PATIENCE)
    await client.starts(STAND)
    await client.gets("Что нам улучшить?", PATIENCE)
    await client.writes("Больше стульев", ref=STAND)
    await client.gets("уже учтена", PATIENCE)
    row = await running.one("SELECT score, answers, status FROM response")
    assert (row.score, row.status) == (4, "complete")
    assert "Больше стульев" in row.answers


async def test_the_menu_stays_under_the_field(world: World) -> None:
    await world.start(telegram=False)
    client = world.vk.user(7)
    await comes(client, STAND, "5 Отлично")
    for word in ("пропустить", "пропустить"):
        await client.sends(word)
        await client.gets("", PATIENCE)
    await client.gets("уже учтена", PATIENCE)
    assert [[b["action"]["label"] for b in row] for row in client.keyboard] == [["Меню"]]
    assert not client.one_time
    await client.presses("Меню")
    await client.gets("Выберите, что вам нужно", PATIENCE)


async def test_a_long_list_is_numbered_and_can_be_typed(world: World) -> None:
    await world.start(telegram=False)
    client = world.vk.user(7)
    await client.starts()
    await client.gets("Здравствуйте", PATIENCE)
    await client.sends("оценить")
    listed = await client.gets("Что вы хотите оценить?", PATIENCE)
    number = next(line.split(".")[0] for line in listed.text.splitlines() if "кабинет 104" in line)
    await client.sends(number)
    assert "кабинет 104" in (await client.gets("Как вас обслужили?", PATIENCE)).text


async def test_things_that_are_not_words(world: World) -> None:
    await world.start(telegram=False)
    client = world.vk.user(7)
    await comes(client, STAND)
    for act, told in (
        (client.sends_voice, "не слышу"),
        (client.sends_sticker, "Наклейки"),
        (client.sends_photo, "Фото"),
    ):
        await act()
        await client.gets(told, PATIENCE)
        await client.gets("Как вас обслужили?", PATIENCE)
    await client.edits("иначе")
    await client.gets("Изменённое сообщение", PATIENCE)
    await client.taps({"foreign": 1})
    await client.gets("не от нашего бота", PATIENCE)


@pytest.mark.parametrize("mark", ["5 Отлично", "5"])
async def test_an_old_button_tells_what_was_answered(world: World, mark: str) -> None:
    await world.start(telegram=False)
    client = world.vk.user(7)
    await client.starts(STAND)
    asked = await client.gets("Как вас обслужили?", PATIENCE)
    old = asked.buttons[0][0]["action"]["payload"]
    if mark == "5":
        await client.sends(mark)
    else:
        await client.presses(mark)
    await client.gets("Что понравилось", PATIENCE)
    await client.taps(old, asked)
    await client.gets("Вы уже ответили: 5 Отлично", PATIENCE)


async def test_staff_in_a_chat(world: World) -> None:
    running, vk = await world.start(telegram=False), world.vk
    chat, member, client = vk.chat(), vk.user(601, "Юлия", "Шаблонова"), vk.user(7)
    member.allowed = True
    await chat.adds_community(member)
    await chat.gets("код подключения", PATIENCE)
    await chat.says(member, f"[club{vk.group_id}|@otklik] {await running.invite(None, 'vk')}")
    await chat.gets("эта группа подключена", PATIENCE)
    await comes(client, WINDOW, "2 Плохо")
    running.later(seconds=61)
    alert = await chat.gets("Низкая оценка", PATIENCE)
    await chat.presses(member, "Взять в работу", alert)
    await chat.gets("в работе: Юлия Шаблонова", PATIENCE)
    await chat.gets("В работе: Юлия Шаблонова, 10:0", PATIENCE)
    # Free text cannot be asked in a chat of VK: it goes on in private.
    await chat.presses(member, "Закрыть", alert)
    await chat.gets("Юлия Шаблонова, напишите текст мне в личные сообщения", PATIENCE)
    await member.gets("Задача № 1: что сделано?", PATIENCE)
    await member.sends("Открыли второе окно")
    await member.gets("", PATIENCE)
    await chat.gets("Закрыто: Юлия Шаблонова", PATIENCE)
    assert (await running.one("SELECT status, done FROM task")).done == "Открыли второе окно"
