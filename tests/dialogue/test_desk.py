"""Appeals at the desk of staff: lists, the card, every deed, two in one appeal, what a messenger may not carry."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backend.appeals import erasure, events, reminders, work
from backend.appeals.registration import Registered
from backend.appeals.rows import appeals
from bot.messages import File, Fill, Press, Say, Write, buttons_of
from tests.base import files
from tests.base.talk import Person, Talk, edges, open_talk
from tests.dialogue.appeals import BASIS, ESSENCE, REASON, SECRET, THEN, at_desk, does, registers, row_of, said

NAME, PHONE, ADDRESS = "Рощина Вера Игоревна", "8 900 111-22-33", "с. Заречное, ул. Новая, д. 5"
CLIENT = {"name": NAME, "contact": PHONE, "address": ADDRESS}
MARKERS = (NAME, "Рощина", PHONE, "900 111", ADDRESS, "Заречное", SECRET)


async def letter(talk: Talk, kind: str = "appeal", **more: Any) -> Registered:
    """A letter about a certificate: it goes to the operator of the window, Chernykh."""
    more = {"applicant": CLIENT, "applicant_kind": "person", "summary": "Ошибка в справке", **more}
    return await registers(talk, kind, **more)


async def clerk(talk: Talk, person: str = "chernykh", channel: str = "web", ident: int | str = "") -> Person:
    return await talk.joins(person, channel, ident or f"{person}-browser" if channel == "web" else ident or None)


async def opens(person: Person, registered: Registered) -> Person:
    """Open the card by its number."""
    await person.types(registered.number)
    return person


async def fills(person: Person, *texts: str) -> Person:
    """Answer the fields one after the other: on a page its form, else typed."""
    for text in texts:
        last = person.last
        assert isinstance(last, Write), last
        await (person.fills(last.step, words=text) if person.pages else person.types(text))
    return person


async def answers(person: Person) -> Person:
    """Write all parts of an answer; its preview is on the screen then."""
    await person.presses("Ответить")
    await fills(person, ESSENCE, BASIS, THEN)
    await person.presses("skip")
    return person


# --- lists ------------------------------------------------------------------------------------------------


async def test_what_is_due_first_stands_first_and_overdue_is_named_in_words(talk: Talk) -> None:
    late = await letter(talk)
    talk.now += timedelta(days=33)
    today = await letter(talk, "complaint_short")
    one = await clerk(talk)
    await one.presses("Меню", "Мои задачи")
    text, labels = one.text, one.labels
    assert "У вас 2 обращения" in text
    assert "🔴 Просрочено: 1" in text
    assert labels[0].startswith(f"🔴 Просрочено на 3 дня · {late.number}")
    assert today.number in labels[1]
    assert labels[1].startswith("через ")
    assert "Ошибка в справке" in labels[0]
    assert any(label.startswith("Открытые задачи: ") for label in labels)


async def test_overdue_is_counted_on_every_page_of_the_list(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    await letter(talk)
    talk.now += timedelta(days=31)
    for _ in range(24):
        await letter(talk)
    one = await clerk(talk)
    await one.presses("Меню", "Мои задачи")
    assert "1–20 из 25" in one.text
    assert "🔴 Просрочено: 1" in one.text
    await one.presses("mine.20")
    assert "🔴 Просрочено: 1" in one.text
    assert not one.labels[0].startswith("🔴")
    await one.presses("mine")
    assert one.labels[0].startswith("🔴")


async def test_the_way_to_tasks_and_back(talk: Talk) -> None:
    one = await clerk(talk)
    await one.presses("Меню", "Мои задачи", "Открытые задачи")
    assert "Открытых задач нет" in one.text
    await one.types("мои задачи")
    assert "У вас нет открытых обращений" in one.text


async def test_who_sees_all_and_who_only_his_own(talk: Talk) -> None:
    paper = await letter(talk)
    head, unit_head, stranger = (
        await clerk(talk, "demoev"),
        await clerk(talk, "maketov"),
        await clerk(talk, "shablonova"),
    )
    await head.types("мои задачи")
    assert "У вас нет открытых обращений" in head.text
    await head.presses("Все обращения")
    assert any(paper.number in label and "Черных-Тестовая А. И." in label for label in head.labels)
    await unit_head.types("все обращения")
    assert any(paper.number in label for label in unit_head.labels)
    await stranger.types("все обращения")
    assert "У вас нет открытых обращений" in stranger.text
    assert not any("Все обращения" in label for label in stranger.labels)
    await stranger.types(paper.number)
    assert "не нашлось" in stranger.text


async def test_a_number_typed_opens_its_card_and_words_search(talk: Talk) -> None:
    paper = await letter(talk)
    await letter(talk, summary="Дорога к ферме")
    one = await clerk(talk)
    await one.types("а 2026 1")
    assert paper.number in one.text
    assert "Ошибка в справке" in one.text
    await one.types("найти обращение")
    await one.fills("work.find", words="Дорога")
    assert "Дорога к ферме" in one.text
    await one.types("найти обращение")
    await one.types("А-2026")
    assert "Нашлось 2 обращения" in one.text
    await one.types("2")
    assert paper.number in one.text
    await one.types("А-2026-9999")
    assert "не нашлось" in one.text


async def test_a_client_who_types_the_words_of_staff_gets_nothing_of_it(talk: Talk) -> None:
    paper = await letter(talk)
    client = talk.client("web", "somebody")
    await client.starts()
    for words in ("все обращения", "мои задачи", "найти обращение", paper.number):
        await client.types(words)
        assert "Ошибка в справке" not in client.text
    for step, key in (("work", "all"), (f"work.{paper.id}", "open"), (f"deed.answer.{paper.id}.1.open", "open")):
        await client.presses_old(step, key)
        assert "только для сотрудников" in client.text
    await client.presses_old("reg", "open")
    assert "только для сотрудников" in client.text


# --- the card ---------------------------------------------------------------------------------------------


async def test_the_card_tells_everything_and_opening_it_is_noted_once_an_hour(talk: Talk) -> None:
    client = talk.client("vk", 7)
    await client.starts()
    old = await letter(talk, chat=client, summary="Первое письмо")
    paper = await letter(talk, chat=client, service="У4", point="Т5", complained=("maketov",))
    one = await opens(await clerk(talk), paper)
    text = one.text
    for part in (paper.number, "Обращение", "осталось 30 дней", "Зарегистрировано", "Черных-Тестовая Анна Ильинична"):
        assert part in text
    for part in (NAME, PHONE, ADDRESS, SECRET, "Справки и ошибки в них", "Окно приёма документов", "Письмо"):
        assert part in text
    assert "Жалоба на сотрудника: Макетов Т. Р." in text
    assert "Уведомления клиент получает в канале: ВКонтакте" in text
    assert "Прошлые обращения этого клиента" in text
    assert old.number in text
    viewed = "SELECT actor FROM journal WHERE action = 'appeal.viewed' AND subject = :n"
    await opens(one, paper)
    assert [row.actor for row in await talk.rows(viewed, n=paper.number)] == ["chernykh"]
    talk.now += timedelta(minutes=61)
    await opens(one, paper)
    assert len(await talk.rows(viewed, n=paper.number)) == 2


async def test_a_page_that_is_only_looked_at_opens_nothing_that_is_sealed(talk: Talk) -> None:
    paper = await letter(talk)
    one = await opens(await clerk(talk), paper)
    shown = (await one.looks(f"work.{paper.id}")).replies
    assert shown
    other = await clerk(talk, "demoev")
    looked = (await other.looks(f"work.{paper.id}")).replies[-1]
    assert paper.number in looked.text
    assert not any(marker in looked.text for marker in MARKERS)
    assert "Открыть обращение" in [button.label for button in buttons_of(looked)]


async def test_what_is_kept_of_a_card_cannot_be_read_in_the_database(talk: Talk) -> None:
    paper = await letter(talk)
    one = await opens(await clerk(talk), paper)
    await one.presses("Ответить")
    await fills(one, ESSENCE)
    for table in ("conversation", "appeal", "appeal_draft", "appeal_event", "journal", "outbox"):
        for row in await talk.rows(f"SELECT * FROM {table}"):  # noqa: S608  names of our own tables
            assert not any(marker in str(tuple(row)) for marker in MARKERS), table


async def test_a_long_text_is_cut_and_shown_whole_on_demand(talk: Talk) -> None:
    paper = await letter(talk, text="Начало. " + "слово " * 600 + "Самый конец.")
    one = await opens(await clerk(talk), paper)
    assert "Самый конец" not in one.text
    await one.presses("Показать целиком")
    assert "Самый конец" in one.text
    await one.presses("Показать коротко")
    assert "Самый конец" not in one.text


async def test_two_people_on_one_card_see_each_other(talk: Talk) -> None:
    paper = await letter(talk)
    one, two = await clerk(talk), await clerk(talk, "demoev")
    await opens(one, paper)
    assert "Сейчас здесь" not in one.text
    await one.presses("Ответить")
    await opens(two, paper)
    assert "Сейчас здесь: Черных-Тестовая А. И., пишет ответ" in two.text
    talk.now += timedelta(minutes=11)
    await opens(two, paper)
    assert "Сейчас здесь" not in two.text


async def test_why_this_deadline(talk: Talk) -> None:
    one = await opens(await clerk(talk), await letter(talk))
    await one.presses("Почему этот срок")
    assert "59-ФЗ" in one.text
    assert "30 календарных дней" in one.text


# --- one press --------------------------------------------------------------------------------------------


async def test_taking_begins_the_work_and_the_client_is_told(talk: Talk) -> None:
    client = talk.client("vk", 7)
    await client.starts()
    paper = await letter(talk, chat=client)
    one = await opens(await clerk(talk), paper)
    await one.presses("take")
    assert f"Обращение {paper.number} у вас" in one.text
    assert "Клиенту отправлено уведомление: ВКонтакте" in one.text
    row = await row_of(talk, paper)
    assert (row.holder, row.means) == ("chernykh", "work")
    await one.presses("Этап: Ответ на согласовании")
    assert (await row_of(talk, paper)).stage == "approval"
    assert "Новый этап" in one.text


async def test_the_second_of_two_reads_who_was_first(talk: Talk) -> None:
    paper = await letter(talk)
    one, two = await clerk(talk), await clerk(talk, "demoev")
    await opens(one, paper)
    await opens(two, paper)
    talk.now += timedelta(minutes=32)
    await one.presses("take")
    await two.presses("take")
    assert "в 10:32 обращение изменилось: новый этап (Черных-Тестовая А. И.)" in two.text
    assert (await row_of(talk, paper)).holder == "chernykh"


async def test_a_press_on_a_card_far_up_in_the_chat_decides_nothing(talk: Talk) -> None:
    paper = await letter(talk)
    one = await opens(await clerk(talk), paper)
    await one.presses("take")
    await one.presses_old(f"work.{paper.id}.1", "move.approval")
    assert "вы сами изменили обращение" in one.text
    assert (await row_of(talk, paper)).stage == "review"


async def test_a_new_code_is_shown_once_and_ends_the_old_one(talk: Talk) -> None:
    paper = await letter(talk)
    one = await opens(await clerk(talk), paper)
    before = (await row_of(talk, paper)).code
    await one.presses("more", "code")
    assert (await row_of(talk, paper)).code == before
    await one.presses("renew")
    assert "Второй раз код не покажем" in one.text
    assert (await row_of(talk, paper)).code != before
    assert await talk.rows("SELECT 1 FROM journal WHERE action = 'appeal.code' AND actor = 'chernykh'")
    await one.presses("К обращению")
    assert "Новый код к обращению" not in one.text


# --- words ------------------------------------------------------------------------------------------------


async def test_an_answer_is_written_in_parts_looked_at_and_sent(talk: Talk) -> None:
    client = talk.client("vk", 7)
    await client.starts()
    paper = await letter(talk, chat=client)
    one = await opens(await clerk(talk), paper)
    await one.presses("Ответить")
    await fills(one, "Коротко")
    assert "слишком коротко" in one.text
    assert isinstance(one.last, Write)
    assert one.last.value == "Коротко"
    await fills(one, ESSENCE, BASIS, THEN, "В реестре была опечатка")
    for part in (ESSENCE, BASIS, THEN, "В реестре была опечатка"):
        assert part in one.text
    assert (await row_of(talk, paper)).open
    await one.presses("Изменить: Основание")
    await fills(one, "Закон № 210-ФЗ, статья 7")
    await one.presses("Отправить")
    assert f"Ответ на {paper.number} отправлен" in one.text
    assert "Клиенту отправлено уведомление: ВКонтакте" in one.text
    row = await row_of(talk, paper)
    assert (row.means, row.open, row.answers, row.in_time) == ("answered", False, 1, True)
    async with at_desk(talk) as desk:
        (event,) = await events.of(desk.session, desk.keys, row.id, kinds=("answered",))
    assert event.words["basis"] == "Закон № 210-ФЗ, статья 7"
    assert event.words["why"] == "В реестре была опечатка"


async def test_the_same_answer_pressed_by_two_clerks_is_sent_once(talk: Talk) -> None:
    client = talk.client("vk", 7)
    await client.starts()
    paper = await letter(talk, chat=client)
    one, two = await clerk(talk), await clerk(talk, "demoev")
    await answers(await opens(one, paper))
    await answers(await opens(two, paper))
    await one.presses("Отправить")
    await two.presses("Отправить")
    assert "обращение изменилось: ответ клиенту (Черных-Тестовая А. И.)" in two.text
    assert "Ваш текст не потерян" in two.text
    assert ESSENCE in two.text
    assert "Отправить" not in " ".join(two.labels)
    assert (await row_of(talk, paper)).answers == 1
    kinds = await talk.rows("SELECT kind FROM appeal_event WHERE kind = 'answered'")
    assert len(kinds) == 1
    await two.presses("Посмотреть карточку")
    assert "ответ отправлен" in two.text


async def test_two_presses_at_one_moment_send_one_answer(talk: Talk) -> None:
    paper = await letter(talk)
    one, two = await clerk(talk), await clerk(talk, "demoev")
    await answers(await opens(one, paper))
    await answers(await opens(two, paper))
    await asyncio.gather(one.presses("Отправить"), two.presses("Отправить"))
    assert (await row_of(talk, paper)).answers == 1
    texts = sorted((one.text, two.text), key=lambda text: "не потерян" in text)
    assert f"Ответ на {paper.number} отправлен" in texts[0]
    assert "Ваш текст не потерян" in texts[1]
    assert ESSENCE in texts[1]


async def test_the_second_writer_is_warned_and_may_send_all_the_same(talk: Talk) -> None:
    paper = await letter(talk)
    one, two = await clerk(talk), await clerk(talk, "demoev")
    await answers(await opens(one, paper))
    await opens(two, paper)
    await two.presses("Написать клиенту")
    await fills(two, "Проверяем реестр, ответим завтра")
    await two.presses("Отправить")
    await one.presses("Отправить")
    assert "обращение изменилось: сообщение клиенту (Демоев Э. Р.)" in one.text
    assert ESSENCE in one.text
    assert (await row_of(talk, paper)).open
    await one.presses("Всё равно отправить")
    assert f"Ответ на {paper.number} отправлен" in one.text
    assert not (await row_of(talk, paper)).open


async def test_a_message_of_the_client_meanwhile_is_told_to_the_writer(talk: Talk) -> None:
    paper = await letter(talk)
    one = await answers(await opens(await clerk(talk), paper))
    async with at_desk(talk) as desk:
        await work.add_message(desk, await work.get(desk.session, paper.id), "Я нашёл ещё одну ошибку")
    await one.presses("Отправить")
    assert "обращение изменилось: клиент дописал (клиент)" in one.text
    assert (await row_of(talk, paper)).open


async def test_a_template_is_filled_gap_by_gap_and_not_sent_before(talk: Talk) -> None:
    paper = await letter(talk)
    one = await opens(await clerk(talk), paper)
    await one.presses("Ответить", "templates", "certificate_fixed")
    assert "Впишите: ошибка" in one.text
    await one.presses("Показать весь текст")
    assert "Не заполнено: ошибка, дата" in one.text
    assert not any(label.startswith("Отправить") for label in one.labels)
    await one.presses_old(one.last.step, f"send.{(await row_of(talk, paper)).version}")
    assert (await row_of(talk, paper)).open
    await one.presses("Заполнить: ошибка")
    await fills(one, "буква в фамилии", "20 ноября")
    assert f"Здравствуйте, {NAME}!" in one.text
    assert "Мы исправили её 20 ноября" in one.text
    await one.presses("Отправить")
    assert not (await row_of(talk, paper)).open


async def test_what_was_written_survives_the_menu_a_cancel_and_an_old_tab(talk: Talk) -> None:
    paper = await letter(talk)
    one = await opens(await clerk(talk), paper)
    await one.presses("Ответить")
    await fills(one, ESSENCE)
    step = one.last.step
    await one.types("меню")
    await opens(one, paper)
    await one.presses("Ответить")
    assert "Продолжаем то, что вы начали" in one.text
    assert one.last.step == step
    await one.presses("cancel")
    assert "сохранили" in one.text
    # The form of the second part, sent from a tab of before.
    await one.fills(step, words=BASIS)
    await fills(one, THEN)
    await one.presses("skip")
    for part in (ESSENCE, BASIS, THEN):
        assert part in one.text
    back = (await one.looks(step)).replies[-1]
    assert isinstance(back, Write)
    assert back.value == BASIS
    await one.presses("anew")
    assert isinstance(one.last, Write)
    assert one.last.value == ""


async def test_a_destroyed_appeal_leaves_no_draft_of_staff(talk: Talk) -> None:
    paper, other = await letter(talk, "message"), await letter(talk, "message")
    one = await clerk(talk)
    for each in (paper, other):
        await opens(one, each)
        await one.presses("Ответить")
        await fills(one, ESSENCE)
        await one.types("меню")
    assert len(await talk.rows("SELECT 1 FROM appeal_draft")) == 2
    await does(talk, work.answer, paper, essence=ESSENCE, basis=BASIS, then=THEN)
    talk.now += timedelta(days=20)
    app = talk.app
    async with app.db.begin() as session:
        day = app.calendar().today(talk.now)
        await session.execute(
            appeals.update().where(appeals.c.id == paper.id).values(keep_until=day - timedelta(days=1))
        )
        await erasure.destroy_due(session, app.office, app.calendar(), talk.now)
    assert len(await talk.rows("SELECT 1 FROM appeal_draft")) == 1
    await opens(one, other)
    await one.presses("Ответить")
    assert "Продолжаем" in one.text


async def test_back_and_typed_words_work_like_buttons(talk: Talk) -> None:
    paper = await letter(talk)
    one = await opens(await clerk(talk), paper)
    await one.presses("Ответить")
    await one.types(ESSENCE)
    assert "На каком основании" in one.text
    await one.types("назад")
    assert isinstance(one.last, Write)
    assert one.last.value == ESSENCE
    await one.types(ESSENCE)
    await one.types(BASIS)
    await one.types(THEN)
    await one.types("пропустить")
    await one.types("отправить")
    assert "отправлен" in one.text


async def test_a_message_and_a_note(talk: Talk) -> None:
    paper = await letter(talk)
    one = await opens(await clerk(talk), paper)
    await one.presses("Заметка")
    await fills(one, "Позвонить в реестр")
    assert "сохранена" in one.text
    assert "Позвонить в реестр" in one.text
    await one.presses("Написать клиенту")
    await fills(one, "Пришлите, пожалуйста, номер справки")
    assert "Клиент прочитает" in one.text
    await one.presses("Отправить")
    assert "сообщите ему письмом или по телефону" in one.text
    async with at_desk(talk) as desk:
        found = await events.of(desk.session, desk.keys, paper.id, public=True)
    assert [event.kind for event in found] == ["registered", "reply"]


async def test_a_file_for_the_client_and_one_for_colleagues(talk: Talk, tmp_path: Path) -> None:
    paper = await letter(talk)
    came = tmp_path / "came"
    came.write_bytes(files.photo())
    one = await opens(await clerk(talk), paper)
    await one.presses("more", "Приложить файл", "client")
    step = one.last.step
    await one.fills(step)
    assert "Выберите файл" in one.text
    await one.sends(File("справка.jpg", str(came), 9, step=step))
    assert "Файл принят: справка.jpg" in one.text
    await one.presses("more", "Приложить файл", "staff")
    await one.sends(File("записка.jpg", str(came), 9, step=one.last.step))
    assert "записка.jpg, 1 КБ (только для сотрудников)" in one.text
    links = [button.url for button in buttons_of(one.last) if "/appeals/files/" in button.url]
    assert len(links) == 2
    rows = await talk.rows('SELECT public, "by" FROM appeal_file ORDER BY at, public DESC')
    assert [(bool(row.public), row.by) for row in rows] == [(True, "chernykh"), (False, "chernykh")]
    await one.presses("more", "Приложить файл", "client")
    came.write_bytes(files.EXE)
    await one.sends(File("вирус.jpg", str(came), 9, step=one.last.step))
    assert "не принимаем" in one.text
    assert len(await talk.rows("SELECT 1 FROM appeal_file")) == 2
    # A file where words are asked for: told, and what was written beside it counts.
    await one.presses("cancel", "Ответить")
    came.write_bytes(files.photo())
    await one.sends(File("фото.jpg", str(came), 9, text=ESSENCE, step=one.last.step))
    assert "На каком основании" in one.text
    assert len(await talk.rows("SELECT 1 FROM appeal_file")) == 2


async def test_a_page_left_open_shows_what_is_new(talk: Talk) -> None:
    one = await clerk(talk)
    await one.types("мои задачи")
    assert "нет открытых обращений" in one.text
    paper = await letter(talk)
    shown = (await one.looks()).replies[-1]
    assert any(paper.number in button.label for button in buttons_of(shown))


async def test_extending_once_within_the_law_and_with_the_new_date_before(talk: Talk) -> None:
    paper = await letter(talk)
    one = await opens(await clerk(talk), paper)
    await one.presses("more", "Продлить срок")
    await fills(one, "45")
    assert "не больше чем на 30 дней" in one.text
    await fills(one, "30", "Ждём ответ из реестра другого органа")
    assert "22 января 2027 года" in one.text
    assert (await row_of(talk, paper)).extended == 0
    await one.presses("Продлить")
    assert (await row_of(talk, paper)).extended == 30
    await one.presses("more")
    assert not any(label.startswith("Продлить") for label in one.labels)
    row = await row_of(talk, paper)
    await one.presses_old(f"deed.extend.{row.id}.{row.version}.open", "open")
    assert "Срок уже продлевали" in one.text


@pytest.mark.parametrize(("deed", "means"), [("Запросить сведения", "suspended"), ("Отказать", "refused")])
async def test_neither_suspended_nor_refused_without_reason_and_next_step(talk: Talk, deed: str, means: str) -> None:
    paper = await letter(talk)
    one = await opens(await clerk(talk), paper)
    await one.presses("more", deed)
    await fills(one, "нет")
    assert "слишком коротко" in one.text
    await fills(one, REASON)
    await fills(one, "—")
    assert "Что дальше" in one.text
    step = one.last.step.rsplit(".", 1)[0] + ".look"
    await one.presses_old(step, f"send.{(await row_of(talk, paper)).version}")
    assert (await row_of(talk, paper)).means == "new"
    await fills(one, "Принесите копию договора до 10 декабря")
    assert REASON in one.text
    await one.presses("Отправить")
    assert (await row_of(talk, paper)).means == means


async def test_redirecting_by_the_address_book_or_by_a_name(talk: Talk) -> None:
    roads, other = await letter(talk, topic="roads"), await letter(talk, topic="roads")
    one = await opens(await clerk(talk, "demoev"), roads)
    await one.presses("more", "Передать в другой орган", "roads")
    await one.presses("skip")
    assert "Дорожное управление" in one.text
    assert "+7 (000) 000-20-20" in one.text
    await one.presses("Передать")
    assert (await row_of(talk, roads)).means == "redirected"
    await opens(one, other)
    await one.presses("more", "Передать в другой орган")
    await one.types("Комитет по рыболовству")
    await fills(one, "Дорогу к пруду держит комитет")
    await one.presses("Передать")
    assert (await row_of(talk, other)).means == "redirected"


async def test_closing_needs_an_answer_or_a_lawful_reason_with_words(talk: Talk) -> None:
    paper = await letter(talk)
    one = await opens(await clerk(talk), paper)
    await one.presses("more", "Завершить")
    labels = [button.label for button in buttons_of(one.last)]
    assert "Вопрос решён" not in labels
    await one.presses("withdrawn")
    assert "skip" not in [button.key for button in buttons_of(one.last)]
    await fills(one, "Вы отозвали обращение письмом 20 ноября")
    await one.presses("Завершить")
    row = await row_of(talk, paper)
    assert (row.means, row.reason) == ("closed", "withdrawn")


async def test_handing_over_never_to_whom_it_complains_of(talk: Talk) -> None:
    paper = await letter(talk, complained=("maketov",))
    vk = await talk.joins("primerova", "vk")
    one = await opens(await clerk(talk), paper)
    await one.presses("more", "Передать сотруднику")
    assert not any("Макетов" in label for label in one.labels)
    step = one.last.step
    await one.fills(step, "maketov")
    assert (await row_of(talk, paper)).holder == "chernykh"
    await one.presses("primerova")
    assert "передано: Примерова В. И." in one.text
    assert (await row_of(talk, paper)).holder == "primerova"
    await talk.settle()
    assert f"Вам назначено обращение {paper.number}" in vk.posted[-1].text
    assert not any(marker in said(talk, "vk") for marker in MARKERS)


async def test_whom_it_complains_of_never_sees_it(talk: Talk) -> None:
    paper = await letter(talk)
    one = await clerk(talk)
    await talk.joins("chernykh", "vk")
    await opens(one, paper)
    head = await opens(await clerk(talk, "demoev"), paper)
    await head.presses("more", "Жалоба на сотрудника", "chernykh", "done")
    assert "записано, на кого жалоба" in head.text
    row = await row_of(talk, paper)
    assert row.complained.split() == ["chernykh"]
    assert row.holder != "chernykh"
    # His card of before, the list, the search, the number, an old form.
    await one.presses_old(f"work.{paper.id}.1", "take")
    assert "Такого обращения нет" in one.text
    await one.presses_old(f"work.{paper.id}", "open")
    assert "Такого обращения нет" in one.text
    await one.fills(f"deed.reply.{paper.id}.1.text", words="Кто на меня жалуется?")
    assert "Такого обращения нет" in one.text
    for words in ("мои задачи", "все обращения", paper.number):
        await one.types(words)
        assert not any(paper.number in label for label in one.labels)
        assert "Ошибка в справке" not in one.text
    await one.types("найти обращение")
    await one.fills("work.find", words="справке")
    assert "не нашлось" in one.text
    await talk.settle()
    assert paper.number not in said(talk, "vk")  # what waited for him is not told any more


async def test_a_task_beside_an_appeal_leads_to_its_card_and_is_hidden_from_whom_it_names(talk: Talk) -> None:
    paper = await letter(talk, complained=("maketov",))
    await does(talk, work.answer, paper, essence=ESSENCE, basis=BASIS, then=THEN)
    async with at_desk(talk, None) as desk:
        await work.rated(desk, await work.get(desk.session, paper.id), clear=2, solved="no")
    head = await clerk(talk, "demoev")
    await head.types("задачи")
    assert any("вопрос не решён" in label and paper.number in label for label in head.labels)
    await head.presses("open")
    assert "Клиент говорит, что вопрос не решён" in head.text
    await head.presses("Открыть обращение")
    assert SECRET in head.text
    telegram = await talk.joins("demoev", "telegram")
    await telegram.presses_old("task.1", "open")
    assert paper.number not in telegram.text
    named = await clerk(talk, "maketov")
    await named.types("задачи")
    assert not any("не решён" in label for label in named.labels)
    await named.presses_old("task.1", "open")
    assert "не решён" not in named.text


# --- what a messenger may carry ---------------------------------------------------------------------------


async def test_vk_shows_number_stage_and_dates_and_no_words(talk: Talk) -> None:
    paper = await letter(talk)
    one = await talk.joins("chernykh", "vk")
    await one.types("мои задачи")
    await one.presses("open")
    text = one.text
    for part in (paper.number, "Зарегистрировано", "осталось 30 дней", "Черных-Тестовая", f"/talk/work.{paper.id}"):
        assert part in text
    assert "Ответить" not in one.labels
    assert "Написать клиенту" not in one.labels
    await one.presses("take")
    assert (await row_of(talk, paper)).means == "work"
    await one.presses("more", "Продлить срок")
    await one.types("30")
    await one.types(f"Ждём документы, звонили на {PHONE}")
    assert "Номера и почта скрыты" in one.text
    await one.presses("Продлить")
    assert (await row_of(talk, paper)).extended == 30
    for what in ("answer", "reply", "note", "file"):
        row = await row_of(talk, paper)
        await one.presses_old(f"deed.{what}.{row.id}.{row.version}.open", "open")
        assert "Здесь это сделать нельзя" in one.text
    assert not any(marker in said(talk, "vk") for marker in MARKERS)
    assert "Ошибка в справке" not in said(talk, "vk")


async def test_anonymous_telegram_counts_only(talk: Talk) -> None:
    paper = await letter(talk)
    one = await talk.joins("chernykh", "telegram")
    await talk.settle()
    await one.types("мои задачи")
    assert "У вас 1 обращение" in one.text
    assert "/talk" in one.text
    for step, key in (
        ("work", "all"),
        ("work", "find"),
        (f"work.{paper.id}", "open"),
        (f"work.{paper.id}.1", "take"),
        (f"deed.answer.{paper.id}.1.open", "open"),
        (f"deed.extend.{paper.id}.1.open", "open"),
        ("reg", "open"),
    ):
        await one.presses_old(step, key)
        assert one.replies
    await one.types(paper.number)
    told = said(talk, "telegram")
    assert not any(marker in told for marker in (*MARKERS, "Ошибка в справке"))
    assert paper.number not in told
    assert (await row_of(talk, paper)).means == "new"


async def test_nothing_of_appeals_in_a_group(talk: Talk) -> None:
    paper = await letter(talk)
    await talk.joins("chernykh", "vk", 77)
    member = talk.member("vk", 77, "2000000001", name="Анна")
    code = await talk.invite(None, "vk")
    await member.types(code)
    for step, key in (("work", "open"), (f"work.{paper.id}", "open"), ("reg", "open"), ("count", "open")):
        await member.presses_old(step, key)
        assert paper.number not in member.text
    await member.types(paper.number)
    assert "Ошибка в справке" not in said(talk, "vk")


async def test_staff_are_told_of_a_new_appeal_in_words_without_names(talk: Talk) -> None:
    vk, telegram = await talk.joins("chernykh", "vk"), await talk.joins("chernykh", "telegram")
    paper = await letter(talk)
    await talk.settle()
    (notice,) = vk.posted
    assert isinstance(notice, Say)
    for part in (f"Вам назначено обращение {paper.number}", "Вид: Обращение", "Этап: Зарегистрировано", "30 дней"):
        assert part in notice.text
    (plain,) = telegram.posted
    assert paper.number not in plain.text
    assert "осталось 30 дней" in plain.text
    assert not any(marker in said(talk, "telegram") + said(talk, "vk") for marker in MARKERS)
    await vk.presses("Открыть обращение")
    assert paper.number in vk.text
    await telegram.presses("Мои задачи")
    assert "У вас 1 обращение" in telegram.text


async def test_reminders_are_seen_and_overdue_is_red(talk: Talk) -> None:
    vk = await talk.joins("chernykh", "vk")
    await letter(talk)
    await talk.settle()
    talk.now += timedelta(days=29)  # 22 December, the deadline is the 23rd
    await _morning(talk)
    assert "Подходит срок" in vk.posted[-1].text
    assert "остался 1 день" in vk.posted[-1].text
    talk.now += timedelta(days=2)
    await _morning(talk)
    assert "Просрочено обращение" in vk.posted[-1].text
    assert "🔴 Ответ: просрочено на 1 день" in vk.posted[-1].text


async def _morning(talk: Talk) -> None:
    app = talk.app
    async with app.db.begin() as session:
        await reminders.run(session, app.office, app.calendar(), app.keys, talk.now)
    await talk.settle()


async def test_a_notice_of_what_is_settled_meanwhile_is_not_sent(talk: Talk) -> None:
    vk = await talk.joins("chernykh", "vk")
    paper = await letter(talk)
    await talk.settle()
    talk.now += timedelta(days=29)
    app = talk.app
    async with app.db.begin() as session:
        await reminders.run(session, app.office, app.calendar(), app.keys, talk.now)
    await does(talk, work.answer, paper, essence=ESSENCE, basis=BASIS, then=THEN)
    await talk.settle()
    assert len(vk.posted) == 1
    rows = await talk.rows("SELECT status FROM outbox WHERE kind = 'appeal_staff' ORDER BY id")
    assert [row.status for row in rows] == ["sent", "dropped"]


async def test_a_personal_messenger_can_do_it_all(sqlite_template: Any, tmp_path: Any) -> None:
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, channels=edges(vk="personal")) as talk:
        paper = await letter(talk)
        one = await opens(await talk.joins("chernykh", "vk"), paper)
        assert NAME in one.text
        await answers(one)
        await one.presses("Отправить")
        assert not (await row_of(talk, paper)).open


async def test_another_event_on_a_form_repeats_the_question(talk: Talk) -> None:
    paper = await letter(talk)
    one = await opens(await clerk(talk), paper)
    await one.presses("Ответить")
    step = one.last.step
    await one.sends(Fill(step, (), "   "))
    assert "Напишите несколько слов" in one.text
    await one.sends(Press("deed.dance.1.1.open", "open"))
    assert one.replies
    await one.sends(Press(f"work.{10**8}", "open"))
    assert "Такого обращения нет" in one.text
