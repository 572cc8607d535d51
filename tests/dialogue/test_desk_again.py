"""What a clumsy clerk does twice, what a head must not overlook, and where a person complained of could slip in."""

from __future__ import annotations

from datetime import date, timedelta

from backend import absences
from backend.appeals import notices, work
from tests.base.talk import Talk
from tests.dialogue.appeals import BASIS, ESSENCE, REASON, THEN, at_desk, does, registers, row_of, said
from tests.dialogue.appeals import answers as answered
from tests.dialogue.test_desk import answers, clerk, fills, letter, opens


async def test_a_complaint_found_later_takes_the_tasks_beside_it_away(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    paper = await letter(talk)
    async with at_desk(talk, None) as desk:
        await notices.to_people(
            desk.session, desk.office, await work.get(desk.session, paper.id), talk.now, what="unreachable"
        )
    one = await clerk(talk)
    messenger = await talk.joins("chernykh", "vk")
    await talk.settle()
    assert messenger.posted
    await one.types("задачи")
    await one.presses("open", "take")
    assert (await talk.one("SELECT person FROM task")).person == "chernykh"
    await one.presses("close")
    await does(talk, work.complain_of, paper, ("chernykh",))
    assert (await talk.one("SELECT status, person FROM task")).person is None
    await one.fills("write.close.1", words="Закрыла сама, чтобы никто не видел.")
    assert "Такой задачи нет" in one.text
    assert (await talk.one("SELECT status FROM task")).status == "new"
    for key in ("open", "exclude", "include"):
        await one.presses_old("task.1", key)
        assert paper.number not in one.text
    before = said(talk, "vk").count("Клиенту не удалось")
    await talk.settle()
    assert said(talk, "vk").count("Клиенту не удалось") <= before


async def test_who_stands_in_for_the_head_hears_nothing_of_a_complaint_about_himself(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    paper = await letter(talk, complained=("maketov",))
    named, deputy = await talk.joins("maketov", "vk"), await talk.joins("primerova", "telegram")
    heard = len(named.posted)
    today = talk.now.date()
    async with at_desk(talk, None) as desk:
        await absences.enter(
            desk.session, talk.now, person="demoev", since=today, until=today + timedelta(days=5), substitute="maketov",
            by="demoev",
        )  # fmt: skip
        await notices.to_people(
            desk.session, desk.office, await work.get(desk.session, paper.id), talk.now, what="unsolved"
        )
    await talk.settle()
    assert len(named.posted) == heard
    assert "не решён" in deputy.posted[-1].text


async def test_sent_twice_says_that_it_is_sent(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    paper = await letter(talk)
    one = await opens(await clerk(talk), paper)
    seen = (await row_of(talk, paper)).version
    await answers(one)
    await one.presses("Отправить")
    assert "отправлен" in one.text
    await one.presses_old(f"deed.answer.{paper.id}.{seen}.look", f"send.{seen}")
    assert "Этот текст уже отправлен" in one.text
    assert "Этап: Ответ отправлен" in one.text
    assert (await row_of(talk, paper)).answers == 1


async def test_a_new_code_pressed_twice_stays_the_one_that_was_told(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    paper = await letter(talk)
    one = await opens(await clerk(talk), paper)
    seen = (await row_of(talk, paper)).version
    await one.presses("more", "code", "renew")
    told = (await row_of(talk, paper)).code
    await one.presses_old(f"work.{paper.id}.{seen}", "renew")
    assert "Новый код к обращению" not in one.text
    assert (await row_of(talk, paper)).code == told


async def test_closing_an_answered_one_leaves_the_way_back_and_staff_can_take_it(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = talk.client("vk", 7)
    await client.starts()
    paper = await registers(talk, chat=client)
    await answered(talk, paper)
    until = (await row_of(talk, paper)).reopen_until
    await does(talk, work.close, paper, reason="solved")
    assert until is not None
    assert (await row_of(talk, paper)).reopen_until == until
    talk.now += timedelta(days=1)
    one = await opens(await clerk(talk, "demoev"), paper)
    await one.presses("more", "Вернуть в работу")
    await fills(one, "Надо")
    assert "слишком коротко" in one.text
    await fills(one, REASON)
    assert "Новый срок ответа – до 24 декабря" in one.text
    await one.presses("Вернуть в работу")
    assert "снова в работе" in one.text
    row = await row_of(talk, paper)
    assert (row.open, row.reopened, row.due_on) == (True, 1, date(2026, 12, 24))
    await one.presses("more")
    assert not any("Вернуть в работу" in label for label in one.labels)
    await talk.settle()
    assert "Смотрим ваш вопрос ещё раз" in client.posted[-1].text
    await client.types("мои обращения")
    assert "вы попросили посмотреть" not in client.text


async def test_words_are_found_whatever_their_first_letter(sqlite_talk: Talk) -> None:
    paper = await letter(sqlite_talk)
    one = await clerk(sqlite_talk)
    await one.types("найти обращение")
    await one.fills("work.find", words="ошибка")
    assert paper.number in one.text


async def test_the_head_reads_of_overdue_ones_of_others_on_his_own_list(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    await letter(talk)
    head = await clerk(talk, "demoev")
    assert "Мои задачи" in (await talk.joins("demoev", "vk")).labels
    talk.now += timedelta(days=33)
    await head.types("мои задачи")
    assert "У вас нет открытых обращений" in head.text
    assert "🔴 Просрочено во всех обращениях: 1" in head.text
    one = await clerk(talk)
    await one.types("мои задачи")
    assert "🔴 Просрочено: 1" in one.text
    assert "во всех" not in one.text
    seen = await one.looks()
    assert (seen.staff, seen.desk) == (True, True)


async def test_an_answer_settles_the_question_where_it_is(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    paper = await letter(talk)
    async with at_desk(talk, None) as desk:
        await notices.to_people(
            desk.session, desk.office, await work.get(desk.session, paper.id), talk.now, what="late"
        )
    one = await opens(await clerk(talk), paper)
    await answers(one)
    await one.presses("Отправить")
    assert (await talk.one("SELECT status FROM task")).status == "closed"


async def test_who_redirects_too_late_is_told_before(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    paper = await letter(talk)
    one = await opens(await clerk(talk), paper)
    talk.now += timedelta(days=8)
    await one.presses("more", "Передать в другой орган", "roads")
    await one.presses("skip")
    assert "По закону передать нужно было до 30 ноября" in one.text
    await one.presses("Передать")
    assert (await row_of(talk, paper)).in_time is False


async def test_the_same_answer_by_a_deed_is_one_answer(sqlite_talk: Talk) -> None:
    """A draft that is left over after a colleague has answered is not lost, and cannot be sent."""
    talk = sqlite_talk
    paper = await letter(talk)
    one = await opens(await clerk(talk), paper)
    await answers(one)
    await does(talk, work.answer, paper, essence=ESSENCE, basis=BASIS, then=THEN)
    await one.presses("Отправить")
    assert "Ваш текст не потерян" in one.text
    assert not any("тправить" in label for label in one.labels)
