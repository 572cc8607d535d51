"""From a low mark to a person, and back to the client."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.messages import Choose, Press, Say, Write, buttons_of
from tests.base.talk import Person, Talk
from tests.dialogue.visits import STAND, WINDOW, complains, rates


async def test_the_alert_waits_for_the_last_question_or_a_minute(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    client = await rates(talk.client("telegram", 7), "2")
    await talk.after(seconds=59)
    assert boss.posted == []
    await talk.after(seconds=2)
    (alert,) = boss.posted
    assert "Окно приёма документов, кабинет 104" in alert.text
    assert "Оценка: 2 Плохо" in alert.text
    assert "Клиент ещё отвечает" in alert.text
    await client.presses("queue", "done")
    await client.types("Долго, звоните 8 913 123-45-67")
    await client.presses("yes")
    await talk.after(seconds=1)
    (alert,) = boss.posted
    assert "Что выбрано: Долго ждал(и) в очереди" in alert.text
    assert "Комментарий: «Долго, звоните" in alert.text
    assert "913" not in alert.text
    assert "Клиент ждёт ответа до 26 ноября" in alert.text
    assert "Клиент ещё отвечает" not in alert.text
    assert sum(sent.edits for sent in boss.chat) >= 1


async def test_the_alert_comes_at_once_when_the_last_question_is_answered(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    (alert,) = boss.posted
    assert [b.key for b in buttons_of(alert)] == ["take", "close", "transfer"]


async def test_where_editing_is_impossible_one_more_message_follows(talk: Talk) -> None:
    boss = await talk.joins("demoev", "vk")
    talk.edge("vk").editable = False
    client = await rates(talk.client("telegram", 7), "2")
    await talk.after(seconds=61)
    await client.presses("queue", "done", "skip", "no")
    await talk.settle()
    assert len(boss.posted) == 2
    assert "Долго ждал(и)" in boss.posted[-1].text


async def test_low_marks_of_today_are_counted(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    await complains(talk.client("telegram", 7), wants=False)
    await complains(talk.client("telegram", 8), wants=False)
    await talk.settle()
    assert "Низких оценок здесь за сегодня: 2" in boss.posted[-1].text


async def test_owner_is_told_and_else_the_deputy_and_else_the_head(talk: Talk) -> None:
    head = await talk.joins("obraztsov")
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    assert len(head.posted) == 1
    deputy = await talk.joins("maketov")
    talk.now += timedelta(minutes=20)  # later marks make an alert of their own
    await complains(talk.client("telegram", 8), wants=False)
    await talk.settle()
    assert (len(head.posted), len(deputy.posted)) == (1, 1)
    owner = await talk.joins("demoev", "vk")
    talk.now += timedelta(minutes=20)
    await complains(talk.client("telegram", 9), wants=False)
    await talk.settle()
    assert (len(head.posted), len(deputy.posted), len(owner.posted)) == (1, 1, 1)


async def test_a_task_waits_in_the_list_when_nobody_has_joined(talk: Talk) -> None:
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    boss = await talk.joins("demoev", "web", "browser1")
    await boss.presses("tasks")
    assert "1 открытая задача" in boss.last.text
    await boss.presses("open")
    assert "Оценка: 2 Плохо" in boss.text


async def test_the_first_press_wins_and_the_second_reads_who(talk: Talk) -> None:
    one = await talk.joins("demoev", "telegram")
    two = await talk.joins("demoev", "vk")
    three = await talk.joins("maketov")
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    talk.now += timedelta(hours=4, minutes=32)
    await one.presses("take")
    assert "В работе: Демоев Э. Р., 14:32" in one.text
    await talk.settle()
    assert "В работе: Демоев Э. Р., 14:32" in two.posted[0].text
    await three.presses_old("task.1", "take")
    assert "Эта задача уже в работе: Демоев Э. Р., 14:32." in three.text
    await one.presses_old("task.1", "take")
    assert "уже у вас" in one.text
    assert (await talk.one("SELECT person FROM task")).person == "demoev"


async def test_closing_demands_what_was_done(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    await boss.presses("Закрыть")
    assert isinstance(boss.last, Write)
    for empty in ("", "  ", "!!", "12"):
        await boss.types(empty)
        assert isinstance(boss.last, Write)
    assert (await talk.one("SELECT status FROM task")).status == "taken"
    await boss.types("Поставили второй стол")
    assert "закрыта" in boss.text
    task = await talk.one("SELECT status, done, holder FROM task")
    assert tuple(task) == ("closed", "Поставили второй стол", "Демоев Э. Р.")
    await talk.settle()
    assert "Сделано: Поставили второй стол" in boss.posted[0].text
    assert buttons_of(boss.posted[0]) == ()
    await boss.presses_old("task.1", "take")
    assert "уже закрыта" in boss.text


async def test_closing_can_be_cancelled(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    await boss.presses("Закрыть")
    await boss.types("отмена")
    assert "Отменено" in boss.text
    await boss.types("Поставили стол")
    assert (await talk.one("SELECT status FROM task WHERE kind = 'low_score'")).status == "taken"


async def test_a_task_is_returned_and_handed_over(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    other = await talk.joins("maketov")
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    await boss.presses("take", "return")
    assert "снова в общей очереди" in boss.text
    assert (await talk.one("SELECT status FROM task")).status == "new"
    await boss.presses("transfer")
    assert isinstance(boss.last, Choose)
    await boss.presses("Макетов")
    assert "передана: Макетов Т. Р." in boss.text
    await talk.settle()
    assert "В работе: Макетов Т. Р." in other.posted[-1].text
    await boss.types("задачи")
    assert "Открытых задач нет" in boss.text
    await other.types("задачи")
    assert "1 открытая задача" in other.text


async def test_handing_over_to_somebody_who_has_not_joined_says_so(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    await boss.presses("transfer", "Шаблонова")
    assert "ещё не подключён" in boss.text


async def answered(talk: Talk, channel: str = "telegram") -> tuple[Person, Person]:
    """A client who asked for an answer and got it."""
    boss = await talk.joins("demoev")
    client = await complains(talk.client(channel, 7), wants=True)
    await talk.settle()
    await boss.presses("Ответить клиенту")
    await boss.types("Поставили второй стол, звоните 8 913 123-45-67")
    await boss.presses("Отправить")
    await talk.settle()
    return boss, client


async def test_an_answer_is_previewed_masked_and_reaches_the_client(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    client = await complains(talk.client("telegram", 7), wants=True)
    assert "Сотрудник ответит вам до 26 ноября" in client.text
    await talk.settle()
    await boss.presses("Ответить клиенту")
    assert isinstance(boss.last, Write)
    await boss.types("Поставили второй стол, звоните 8 913 123-45-67")
    assert "Клиент увидит это" in boss.text
    assert "913" not in boss.text
    assert "скрыты" in boss.text
    await boss.presses("Переписать")
    await boss.types("Поставили второй стол")
    assert len(client.posted) == 0
    await boss.presses("Отправить")
    assert "Ответ по задаче № 1 отправлен" in boss.text
    await talk.settle()
    (message,) = client.posted
    assert "Вам ответил сотрудник (начальник отдела обращений)" in message.text
    assert "Поставили второй стол" in message.text
    assert [b.label for b in buttons_of(message)] == ["Помогло", "Не помогло", "Оценить ответ"]


async def test_the_post_is_named_in_the_clients_language(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    client = talk.client("telegram", 7, language="en")
    await client.starts(WINDOW)
    await client.presses("1", "queue", "done", "skip", "yes")
    await talk.settle()
    await boss.presses("answer")
    await boss.types("We have added a desk")
    await boss.presses("send")
    await talk.settle()
    assert "Head of the Appeals Department" in client.posted[0].text


async def test_it_helped(talk: Talk) -> None:
    boss, client = await answered(talk)
    await client.presses("Помогло")
    assert "Рады, что помогло" in client.text
    await talk.settle()
    assert "Клиент: «Помогло»" in boss.posted[0].text
    await client.presses_old(client.posted[0].step, "unhelped")
    assert "уже сказали" in client.text


async def test_it_did_not_help_reopens_once_and_tells_the_next_level(talk: Talk) -> None:
    head = await talk.joins("obraztsov", "vk")
    boss, client = await answered(talk)
    await boss.presses("close")
    await boss.types("Всё сделано")
    await talk.settle()
    assert head.posted == []
    await client.presses("Не помогло")
    assert "Мы передали вопрос руководителю" in client.text
    task = await talk.one("SELECT status, reopened, level FROM task")
    assert (task.status, bool(task.reopened), task.level) == ("new", True, 2)
    await talk.settle()
    assert "Нужен новый ответ" in head.posted[0].text
    assert "Нужен новый ответ" in boss.posted[-1].text
    await client.presses_old(client.posted[0].step, "unhelped")
    assert "уже сказали" in client.text
    await head.presses("Ответить клиенту")
    await head.types("Теперь точно")
    await head.presses("Отправить")
    await talk.settle()
    assert "руководитель Агентства" in client.posted[-1].text
    await client.presses("Не помогло")
    assert "+7 (000) 000-12-12" in client.text
    assert (await talk.one("SELECT status FROM task")).status != "new"


async def test_closing_answers_the_client_and_rating_the_answer_removes_the_address(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    client = await complains(talk.client("vk", 7), wants=True)
    await talk.settle()
    await boss.presses("close")
    assert "этот текст уйдёт ему" in boss.text
    await boss.types("Поставили второй стол")
    await boss.presses("send")
    assert "Ответ отправлен, задача № 1 закрыта" in boss.text
    await talk.settle()
    assert len(await talk.rows("SELECT 1 FROM relay")) == 1
    await client.presses("rate", "5", "Пропустить")
    assert await talk.rows("SELECT 1 FROM relay") == []
    row = await talk.one("SELECT subject, score FROM response WHERE subject_kind = 'answer'")
    assert tuple(row) == ("1", 5)
    await client.presses_old(client.posted[0].step, "helped")
    assert "уже закрыта" in client.text


async def test_a_rated_answer_of_an_open_task_keeps_the_way_back(talk: Talk) -> None:
    _boss, client = await answered(talk)
    await client.presses("rate", "5", "skip")
    assert len(await talk.rows("SELECT 1 FROM relay")) == 1


async def test_the_way_back_ends_after_thirty_days(talk: Talk) -> None:
    await complains(talk.client("telegram", 7), wants=True)
    talk.now += timedelta(days=30)
    await talk.run_jobs()
    assert len(await talk.rows("SELECT 1 FROM relay")) == 1
    talk.now += timedelta(days=1)
    await talk.run_jobs()
    assert await talk.rows("SELECT 1 FROM relay") == []


async def test_the_buttons_of_an_answer_are_for_its_reader_only(talk: Talk) -> None:
    _boss, client = await answered(talk)
    stranger = talk.client("telegram", 8)
    await stranger.presses_old(client.posted[0].step, "unhelped")
    assert "уже закрыта" in stranger.text
    assert not (await talk.one("SELECT reopened FROM task")).reopened


async def test_the_promise_counts_working_days(talk: Talk) -> None:
    talk.now += timedelta(days=4)  # Friday
    client = await rates(talk.client("telegram", 7), "2", "queue", "done", "skip")
    assert "Ответим до 2 декабря" in client.text


@pytest.mark.parametrize(
    ("words", "ends"),
    [("Здесь пожар!", True), ("умру от жары в очереди", False)],
)
async def test_words_of_danger_in_a_comment(talk: Talk, words: str, ends: bool) -> None:
    boss = await talk.joins("demoev")
    client = await rates(talk.client("telegram", 7), "5", "skip")
    await client.types(words)
    await talk.settle()
    assert ("112" in client.text) is ends
    assert bool(boss.posted) is ends
    if ends:
        assert "СРОЧНО" in boss.posted[0].text
    assert (await talk.one("SELECT status FROM response")).status == "complete"


async def test_danger_in_doubt_tells_and_alerts_but_ends_no_survey(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    client = talk.client("telegram", 7)
    await client.starts(WINDOW)
    await client.types("человеку плохо, вызовите скорую")
    await talk.settle()
    assert "112" in client.text
    assert boss.posted
    await client.presses("5", "skip", "skip")
    assert (await talk.one("SELECT status, score FROM response")).score == 5


async def test_danger_outside_a_survey_reaches_the_one_who_is_named_for_it(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    client = talk.client("vk", 7)
    await client.types("помогите, человек не дышит")
    assert "112" in client.text
    await talk.settle()
    assert "СРОЧНО" in boss.posted[0].text
    assert "не дышит" in boss.posted[0].text


async def test_in_office_hours_only_danger_does_not_wait(talk: Talk) -> None:
    talk.app.delivery.alert_hours = "office"
    talk.now += timedelta(hours=11)  # 21:00
    boss = await talk.joins("demoev")
    await complains(talk.client("telegram", 7), wants=False)
    await talk.after(seconds=1)
    assert boss.posted == []
    await talk.client("telegram", 8).types("здесь пожар")
    await talk.after(seconds=1)
    assert len(boss.posted) == 1
    await talk.after(hours=12)
    assert len(boss.posted) == 2


async def test_removal_ends_all_access(talk: Talk) -> None:
    from backend import staff, tasks

    boss = await talk.joins("demoev")
    web = await talk.joins("demoev", "web", "browser1")
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    await boss.presses("take")
    code = await talk.invite("demoev", "vk")
    async with talk.app.db.begin() as session:
        assert await staff.remove(session, "demoev", talk.now) == 2
        await tasks.give_back_all(session, "demoev", talk.now)
    for person in (boss, web):
        await person.presses_old("task.1", "close")
        assert "только для сотрудников" in person.text
        await person.types("задачи")
        assert "открытая задача" not in person.text
    vk = talk.client("vk", 9)
    await vk.starts(f"join-{code}")
    assert "Вы вошли" not in vk.text
    assert (await talk.one("SELECT status FROM task")).status == "new"


async def test_removal_in_the_middle_of_writing(talk: Talk) -> None:
    from backend import staff

    boss = await talk.joins("demoev")
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    await boss.presses("close")
    async with talk.app.db.begin() as session:
        await staff.remove(session, "demoev", talk.now)
    await boss.types("Поставили стол")
    assert (await talk.one("SELECT done FROM task WHERE kind = 'low_score'")).done == ""


async def test_an_invitation_works_once_in_its_channel_and_in_time(talk: Talk) -> None:
    code = await talk.invite("demoev", "telegram")
    vk = talk.client("vk", 1)
    await vk.starts(f"join-{code}")
    assert "сделана для другого мессенджера" in vk.text
    first, second = talk.client("telegram", 1), talk.client("telegram", 2)
    await first.types(f"join-{code}")
    assert "Вы вошли как сотрудник: Демоев Э. Р." in first.text
    await second.starts(f"join-{code}")
    assert "уже использована" in second.text
    late = await talk.invite("demoev", "telegram")
    talk.now += timedelta(days=8)
    await second.starts(f"join-{late}")
    assert "устарела" in second.text


async def test_strangers_cannot_act_on_tasks(talk: Talk) -> None:
    await complains(talk.client("telegram", 7), wants=True)
    stranger = talk.client("telegram", 8)
    for key in ("open", "take", "close", "answer", "return", "transfer", "to.demoev"):
        await stranger.presses_old("task.1", key)
        assert "только для сотрудников" in stranger.text
    for words in ("задачи", "/tasks"):
        await stranger.types(words)
        assert "Низкая оценка" not in stranger.text
        assert "открытая задача" not in stranger.text
    await stranger.presses_old("menu", "tasks")
    assert "открытая задача" not in stranger.text
    assert (await talk.one("SELECT status FROM task")).status == "new"


async def test_a_dead_address_does_not_swallow_the_alert(talk: Talk) -> None:
    from bot.channels import Unreachable

    owner = await talk.joins("demoev")
    deputy = await talk.joins("maketov", "vk")
    talk.edge("telegram").gone[owner.where.id] = Unreachable("blocked")
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    assert len(deputy.posted) == 1


async def test_an_answer_that_cannot_arrive_is_told_to_staff(talk: Talk) -> None:
    from bot.channels import Unreachable

    boss = await talk.joins("demoev")
    client = await complains(talk.client("telegram", 7), wants=True)
    await talk.settle()
    talk.edge("telegram").gone[client.where.id] = Unreachable("blocked")
    await boss.presses("answer")
    await boss.types("Сделали")
    await boss.presses("send")
    await talk.settle()
    assert "до клиента не доходят" in boss.posted[0].text


async def test_a_crowd_of_low_marks_does_not_flood_the_chat(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    for number in range(12):
        await complains(talk.client("telegram", 100 + number), wants=False, token=WINDOW)
        await talk.settle()
    assert len(boss.posted) <= 6
    assert len(await talk.rows("SELECT 1 FROM task")) == 12
    assert any("за сегодня: 12" in post.text for post in boss.posted)


async def test_the_list_is_opened_by_number_and_by_word(talk: Talk) -> None:
    boss = await talk.joins("primerova")
    await complains(talk.client("telegram", 7), wants=False, token=STAND)
    await complains(talk.client("telegram", 8), wants=False, token=STAND)
    await boss.types("открытые задачи")
    assert "2 открытые задачи" in boss.text
    await boss.types("2")
    assert "№ 2. Низкая оценка" in boss.text
    assert isinstance(boss.last, Say)
    await boss.sends(Press("menu", "tasks"))
    assert "2 открытые задачи" in boss.text
