"""Staff search the knowledge base, answer handed-over questions, and give the base what it did not know."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from backend import tasks
from backend.clock import office_day
from backend.knowledge import templates
from backend.knowledge.checks import examine
from backend.knowledge.model import Template
from bot.commands import tasks as command
from bot.messages import Say, Write, buttons_of
from tests.base.talk import Person, Talk
from tests.dialogue.shelf import CERTIFICATE, INSIDE, RAMP, filled, hands_over
from tests.dialogue.visits import FAULT, WINDOW
from tests.test_statements import MOST_STATEMENTS, counted

TEXT = "Нужно одно заявление. Это бесплатно.\n\nДокументы:\n– заявление\n\nСрок: 5 рабочих дней"


@pytest.fixture
async def desk(talk: Talk) -> Person:
    """Demoev at his desk, with a small base."""
    await filled(talk)
    return await talk.joins("demoev")


def links(person: Person) -> list[str]:
    return [button.url for button in buttons_of(person.last) if button.url]


# --- search -----------------------------------------------------------------------------------------------


async def test_two_steps_from_the_menu_to_a_text_that_can_be_copied(desk: Person) -> None:
    await desk.types("меню")
    await desk.presses("База знаний")
    assert isinstance(desk.last, Write)
    await desk.types("спрвка из реестра")
    await desk.presses("Как получить справку")
    text, facts = desk.replies
    assert text == Say(text=TEXT, step="kb.text")
    assert "Как получить справку из реестра?" in facts.text
    assert "Версия 3, проверено 16.11.2026" in facts.text
    assert "Проверить до 15.05.2027" in facts.text
    assert "Отвечает: Шаблонова Ю. О." in facts.text
    assert links(desk) == ["https://otklik.example/files/v11-certificate/1"]
    assert "Бланк, версия 3 от 02.11.2026" in desk.labels


@pytest.mark.parametrize("words", ["/kb справка из реестра", "база справка из реестра", "База знаний: справка реестра"])
async def test_one_line_searches_at_once(desk: Person, words: str) -> None:
    await desk.types(words)
    assert "Как получить справку из реестра?" in desk.labels


@pytest.mark.parametrize("words", ["11", "№ 11", "В11", "v11-certificate", "V11-Certificate"])
async def test_a_number_or_an_id_opens_the_answer(desk: Person, words: str) -> None:
    await desk.types("/kb")
    await desk.types(words)
    assert desk.replies[0].text == TEXT


async def test_a_number_of_the_list_means_the_list_and_other_words_search_again(desk: Person) -> None:
    await desk.types("/kb справка")
    assert desk.labels[0] == "Как получить справку из реестра?"
    await desk.types("1")
    assert desk.replies[0].text == TEXT
    await desk.types("пандус")
    assert "Есть ли вход для людей на коляске?" in desk.labels
    await desk.presses("Есть ли вход")
    assert "пандусом" in desk.replies[0].text


async def test_an_internal_answer_is_marked_and_never_offered_to_clients(desk: Person, talk: Talk) -> None:
    await desk.types("/kb журнал личного приёма")
    assert "Внутренний · Как вести личный приём граждан" in desk.labels
    await desk.presses("Внутренний")
    assert desk.replies[0].text == "Запишите посетителя в журнал."
    assert "ВНУТРЕННИЙ" in desk.last.text
    client = talk.client("telegram", 7)
    await client.types("Как вести личный приём граждан")
    assert "журнал" not in client.text
    for key in ("t.v30-appeals", "short.v30-appeals", "open"):
        await client.presses_old("kb", key)
        assert "журнал" not in client.text
        assert "только для сотрудников" in client.text


async def test_a_file_of_an_internal_answer_is_named_not_linked(desk: Person, talk: Talk) -> None:
    await filled(talk, INSIDE.model_copy(update={"files": CERTIFICATE.files}))
    await desk.types("/kb v30-appeals")
    assert "Бланк, версия 3 от 02.11.2026" in desk.last.text
    assert links(desk) == []  # our pages hand it to nobody, so a button would lead to «файла нет»


async def test_the_overdue_is_marked(desk: Person) -> None:
    await desk.types("/kb v22-access")
    assert "СРОК ПРОВЕРКИ ПРОШЁЛ 15.11.2026" in desk.last.text


async def test_the_short_text_for_comments_stands_alone(desk: Person) -> None:
    await desk.types("/kb 11")
    await desk.presses("Короткий текст")
    assert desk.replies[0].text == "Справку дают по одному заявлению, бесплатно."
    await desk.presses("Полный текст")
    assert desk.replies[0].text == TEXT
    await desk.types("/kb v22-access")
    assert "Короткого текста для комментариев нет" in desk.last.text
    assert "Короткий текст для комментария" not in desk.labels


async def test_english_where_there_is_english(desk: Person) -> None:
    await desk.types("/kb 11")
    await desk.presses("English")
    assert desk.replies[0].text.startswith("One application is enough.")
    assert "Term: 5 working days" in desk.replies[0].text
    await desk.presses("Русский")
    assert desk.replies[0].text == TEXT
    await desk.types("/kb 22")
    assert "English" not in desk.labels


async def test_withdrawn_while_it_stands_in_the_list(desk: Person, talk: Talk) -> None:
    await desk.types("/kb справка")
    await talk.rows("UPDATE template SET withdrawn = TRUE WHERE id = 'v11-certificate' RETURNING id")
    await desk.presses("Как получить")
    assert "больше нет" in desk.replies[0].text
    assert TEXT not in desk.text


async def test_a_new_version_is_what_staff_and_client_get(desk: Person, talk: Talk) -> None:
    await desk.types("/kb 11")
    newer = CERTIFICATE.model_copy(update={"answer": {"ru": "Справку теперь дают сразу."}})
    await filled(talk, newer, RAMP, number=4)
    await desk.types("/kb 11")
    assert "Справку теперь дают сразу." in desk.replies[0].text
    assert "Версия 4" in desk.last.text


async def test_more_than_five_come_page_by_page(desk: Person, talk: Talk) -> None:
    titles = [{"ru": f"Справка о поддержке, вид {n}"} for n in range(9)]
    many = [CERTIFICATE.model_copy(update={"id": f"s{n}", "title": title}) for n, title in enumerate(titles)]
    await filled(talk, *many)
    await desk.types("/kb справка о поддержке")
    first = [label for label in desk.labels if label.startswith("Справка")]
    assert len(first) == 5
    await desk.presses("Ещё")
    second = [label for label in desk.labels if label.startswith("Справка")]
    assert second
    assert not set(first) & set(second)
    await desk.presses("Справка")
    await desk.presses("Назад к найденному")
    assert [label for label in desk.labels if label.startswith("Справка")] == second


async def test_nothing_found_and_an_empty_base_say_so(desk: Person, talk: Talk) -> None:
    await desk.types("/kb")
    await desk.types("щщщщщ")
    assert "Точного ответа не нашлось" in desk.text
    await desk.types("😀")
    assert "Ничего не нашлось" in desk.text
    assert isinstance(desk.last, Write)
    async with talk.app.db.begin() as session:
        await session.exec_driver_sql("DELETE FROM template")
    await filled(talk, INSIDE)
    await desk.types("пандус")
    assert FAULT not in desk.text


async def test_an_unknown_question_of_staff_opens_no_task_unless_it_is_asked_as_a_client(
    desk: Person, talk: Talk
) -> None:
    words = "Как сварить борщ со свёклой? +7 916 123-45-67"
    await desk.types("меню")
    await desk.types(words)
    assert "Я не знаю ответа" in desk.text
    assert {"Искать в базе знаний", "Спросить как клиент"} <= set(desk.labels)
    assert await talk.rows("SELECT id FROM task") == []
    assert "123-45-67" not in (await talk.one("SELECT state FROM conversation")).state
    await desk.types("искать в базе знаний")
    assert "Точного ответа не нашлось" in desk.text
    await desk.presses("client")
    assert isinstance(desk.last, Write), "the words were forgotten with the screen: they are asked for again"
    await desk.types("меню")
    await desk.types(words)
    await desk.presses("client")
    assert "Передаю" in desk.text
    row = await talk.one("SELECT kind, text FROM task")
    assert row.kind == "question"
    assert "борщ" in row.text
    assert "123-45-67" not in row.text


async def test_a_client_has_no_search_of_staff(talk: Talk) -> None:
    await filled(talk)
    client = talk.client("telegram", 7)
    await client.types("меню")
    assert "База знаний" not in client.labels
    await client.types("/kb журнал личного приёма")
    assert "Внутренний" not in "".join(client.labels)


async def test_the_search_works_in_a_browser(talk: Talk) -> None:
    await filled(talk)
    desk = await talk.joins("demoev", "web", "browser1")
    await desk.starts()
    await desk.presses("База знаний")
    await desk.fills("kb", words="справка из реестра")
    await desk.presses("Как получить")
    assert TEXT in desk.text
    assert "Версия 3" in desk.text


# --- handed-over questions --------------------------------------------------------------------------------


async def test_the_card_of_a_question_shows_the_rule_and_near_answers(desk: Person, talk: Talk) -> None:
    await hands_over(talk.client("telegram", 7), "Дадут ли справку о поддержке за прошлый год?")
    await desk.types("задачи")
    assert "вопрос клиента · Документы и бланки" in desk.labels[0]
    await desk.presses("open")
    card = desk.last.text
    assert "№ 1. Вопрос клиента" in card
    assert "Вопрос: «Дадут ли справку о поддержке за прошлый год?»" in card
    assert "Где спросили: Telegram" in card
    assert "Как отвечать: Перечислите документы списком." in card
    assert "Срок ответа: 2 рабочих дня" in card
    assert "Клиент ждёт ответа до 25 ноября" in card
    assert "Вставить ответ: Как получить справку из реестра?" in desk.labels
    assert len(desk.labels) <= 10


async def test_who_agrees_stands_on_the_card(desk: Person, talk: Talk) -> None:
    await hands_over(talk.client("telegram", 7), "Почему мне отказали в сумме?", "support")
    await desk.presses_old("task.1", "open")
    assert "Кто согласует:" in desk.text


async def test_an_approved_answer_is_inserted_looked_at_and_sent(desk: Person, talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await hands_over(client, "Дадут ли справку о поддержке?")
    await desk.presses_old("task.1", "open")
    await desk.presses("Вставить ответ: Как получить")
    assert TEXT in desk.last.text
    assert client.chat == []
    await desk.presses("send")
    await talk.settle()
    assert TEXT in client.last.text
    assert "Слова клиента предложены редактору" in desk.text
    proposed = await talk.one("SELECT template, words, origin, state FROM phrasing")
    assert tuple(proposed) == ("v11-certificate", "Дадут ли справку о поддержке?", "task", "waiting")
    assert "В базу знаний" not in desk.labels
    assert (await talk.one("SELECT COUNT(*) AS n FROM journal WHERE action = 'knowledge.inserted'")).n == 1


async def test_the_insertion_is_offered_where_the_answer_is_written(desk: Person, talk: Talk) -> None:
    await hands_over(talk.client("telegram", 7), "Дадут ли справку о поддержке?")
    await desk.presses_old("task.1", "answer")
    assert isinstance(desk.last, Write)
    assert "1. Как получить справку из реестра?" in desk.last.text
    await desk.presses("Вставить ответ 1")
    assert TEXT in desk.last.text
    await desk.presses("edit")
    await desk.types("Справку за прошлый год тоже дадим.")
    await desk.presses("send")
    assert "В базу знаний" in desk.labels  # his own words now
    assert await talk.rows("SELECT * FROM phrasing") == []


async def test_the_inserted_answer_speaks_the_clients_language(desk: Person, talk: Talk) -> None:
    await hands_over(talk.client("telegram", 7, language="en"), "Can I get a certificate of support?", language="en")
    await desk.presses_old("task.1", "insert.v11-certificate")
    assert "One application is enough." in desk.last.text


async def test_an_internal_or_withdrawn_answer_is_not_inserted(desk: Person, talk: Talk) -> None:
    await hands_over(talk.client("telegram", 7), "журнал личного приёма")
    await desk.presses_old("task.1", "open")
    assert "Вставить ответ: Как вести личный приём граждан" not in desk.labels
    for ident in ("v30-appeals", "nobody-knows-it"):
        await desk.presses_old("task.1", f"insert.{ident}")
        assert "больше нет" in desk.text
        assert "журнал." not in desk.text


# --- from an answer to the base ---------------------------------------------------------------------------


async def answers(desk: Person, words: str, task: int = 1) -> None:
    await desk.presses_old(f"task.{task}", "answer")
    await desk.types(words)
    await desk.presses("send")
    await desk.talk.settle()


async def test_one_tap_makes_a_draft_that_another_person_approves(desk: Person, talk: Talk) -> None:
    editor = await talk.joins("shablonova", "vk")
    await hands_over(talk.client("telegram", 7), "Где стоит зарядка для телефона?", "contacts")
    assert "В базу знаний" not in desk.labels
    await answers(desk, "Зарядка стоит в холле. Мой номер 8 913 123-45-67.")
    await desk.presses("В базу знаний")
    assert "Черновик task-1 создан. Его утвердит другой сотрудник." in desk.text
    assert "В базу знаний" not in desk.labels
    await talk.settle()
    row = await talk.one("SELECT * FROM template_version WHERE template = 'task-1'")
    draft = json.loads(row.content)
    assert (row.status, row.author, row.source) == ("draft", "demoev", "task:1")
    assert draft["title"] == {"ru": "Где стоит зарядка для телефона?"}
    assert draft["questions"] == {"ru": ["Где стоит зарядка для телефона?"]}
    assert draft["answer"]["ru"].startswith("Зарядка стоит в холле.")
    assert "913" not in row.content
    assert (draft["category"], draft["checked_on"], draft["review_on"]) == ("contacts", "2026-11-23", "2027-05-22")
    assert "новый черновик: task-1. Автор: Демоев Э. Р." in editor.posted[-1].text
    await editor.types("база task-1")
    assert editor.replies[0].text.startswith("Зарядка стоит в холле.")
    assert "ЧЕРНОВИК" in editor.last.text


async def test_whoever_wrote_the_answer_does_not_approve_it_when_another_has_tapped(desk: Person, talk: Talk) -> None:
    head = await talk.joins("primerova", "vk")
    await hands_over(talk.client("telegram", 7), "Где стоит зарядка?", "contacts")
    await answers(head, "Зарядка стоит в холле.")
    await desk.presses_old("task.1", "learn")
    row = await talk.one("SELECT * FROM template_version WHERE template = 'task-1'")
    assert (row.author, row.hands) == ("demoev", "demoev primerova")


async def test_an_id_that_an_editor_has_taken_is_told(desk: Person, talk: Talk) -> None:
    await filled(talk, INSIDE.model_copy(update={"id": "task-1"}))
    await hands_over(talk.client("telegram", 7), "Где стоит зарядка?", "contacts")
    await answers(desk, "Зарядка стоит в холле.")
    await desk.presses_old("task.1", "learn")
    assert "уже предложен" in desk.text
    assert await talk.rows("SELECT * FROM template_version WHERE status = 'draft'") == []


async def test_it_is_done_once(desk: Person, talk: Talk) -> None:
    other = await talk.joins("maketov", "vk")
    await hands_over(talk.client("telegram", 7), "Где стоит зарядка?", "contacts")
    await answers(desk, "Зарядка стоит в холле.")
    await desk.presses_old("task.1", "learn")
    await other.presses_old("task.1", "learn")
    assert "уже предложен" in other.text
    assert len(await talk.rows("SELECT * FROM template_version WHERE template = 'task-1'")) == 1


async def test_a_draft_is_read_only_by_those_who_decide_about_it(desk: Person, talk: Talk) -> None:
    await hands_over(talk.client("telegram", 7), "Где стоит зарядка?", "contacts")
    await answers(desk, "Зарядка стоит в холле.")
    await desk.presses_old("task.1", "learn")
    operator = await talk.joins("chernykh", "vk")
    await operator.types("/kb task-1")
    assert "холле" not in operator.text
    await operator.presses_old("kb", "t.task-1")
    assert "холле" not in operator.text


async def test_a_closed_question_can_still_teach(desk: Person, talk: Talk) -> None:
    await hands_over(talk.client("telegram", 7), "Где стоит зарядка?", "contacts")
    await desk.presses_old("task.1", "close")
    await desk.types("Зарядка стоит в холле.")
    await desk.presses("send")
    assert "В базу знаний" in desk.labels
    await desk.presses("В базу знаний")
    assert "Черновик task-1 создан" in desk.text


async def test_there_is_nothing_to_learn_before_an_answer_or_from_a_low_mark(desk: Person, talk: Talk) -> None:
    await hands_over(talk.client("telegram", 7), "Где стоит зарядка?", "contacts")
    await desk.presses_old("task.1", "learn")
    assert "который вы написали клиенту сами" in desk.text
    assert await talk.rows("SELECT * FROM template_version WHERE status = 'draft'") == []


async def test_in_a_group_only_known_persons_teach(talk: Talk) -> None:
    await filled(talk)
    boss = await talk.joins("demoev", "telegram", 21)
    stranger = talk.member("telegram", 22, "-100", name="Пётр")
    code = await talk.invite(None, "telegram")
    await stranger.types(f"/start {code}")
    await hands_over(talk.client("vk", 7), "Где стоит зарядка?", "contacts")
    await answers(boss, "Зарядка стоит в холле.")
    await stranger.presses("В базу знаний")
    assert "вошёл по своей ссылке" in stranger.text
    known = talk.member("telegram", 21, "-100", name="Эльчин")
    await known.presses_old("task.1", "learn")
    assert "Черновик task-1 создан" in known.text


# --- reviews ----------------------------------------------------------------------------------------------


async def test_a_review_names_the_answer_and_what_to_do(talk: Talk) -> None:
    await filled(talk)
    owner = await talk.joins("shablonova")
    await opens_review(talk)
    (alert,) = owner.posted
    assert "№ 1. Проверьте ответ базы знаний" in alert.text
    assert "Ответ базы знаний: Есть ли вход для людей на коляске?" in alert.text
    assert "Срок проверки прошёл 15.11.2026" in alert.text
    assert "опубликуйте с новой датой" in alert.text
    await owner.types("задачи")
    assert "проверить ответ · Ответ базы знаний: Есть ли вход" in owner.labels[0]
    await owner.presses("open")
    await owner.presses("Открыть ответ")
    assert "пандусом" in owner.replies[0].text


async def test_a_review_is_closed_only_with_what_was_done(talk: Talk) -> None:
    await filled(talk)
    owner = await talk.joins("shablonova")
    await opens_review(talk)
    await owner.presses_old("task.1", "close")
    assert isinstance(owner.last, Write)
    await owner.types("Сверили, вход не изменился")
    assert "закрыта" in owner.text


async def test_a_review_of_a_withdrawn_answer_says_so(talk: Talk) -> None:
    await filled(talk)
    owner = await talk.joins("shablonova")
    await opens_review(talk, "gone-long-ago")
    assert "больше нет" in owner.posted[0].text


async def opens_review(talk: Talk, ident: str = "v22-access") -> None:
    async with talk.app.db.begin() as session:
        await tasks.open_task(
            session,
            kind="review",
            channel="system",
            now=talk.now,
            announce_at=talk.now,
            subject_kind="template",
            subject=ident,
            owner="shablonova",
        )
    await talk.after(seconds=1)


async def test_a_waiting_question_rises_like_a_low_mark(desk: Person, talk: Talk) -> None:
    deputy = await talk.joins("maketov", "vk")
    owner = await talk.joins("chernykh", "telegram", 31)
    await hands_over(talk.client("telegram", 7), "Какие бумаги нужны вдове?")
    assert len(owner.posted) == 1
    assert deputy.posted == []
    talk.now += timedelta(days=1)
    await talk.minute()
    assert any("Вопрос клиента" in post.text for post in deputy.posted)


async def test_the_administrator_sees_both_kinds_in_words(desk: Person, talk: Talk) -> None:
    await hands_over(talk.client("telegram", 7), "Какие бумаги нужны вдове?")
    await opens_review(talk)
    app = talk.app
    async with app.db.read() as session:
        text = command._page(
            await command._lines(session, app.settings, app.office, talk.now, closed=False), closed=False
        )
    assert "№ 1. Вопрос клиента · Документы и бланки" in text
    assert "клиент ждёт ответа до 25 ноября" in text
    assert "№ 2. Проверьте ответ базы знаний · Ответ базы знаний: Есть ли вход" in text
    assert "вдове" not in text


async def test_what_the_bot_did_not_know_it_knows_after_an_answer_and_an_approval(talk: Talk) -> None:
    """The whole way: question, person, answer, draft, approval by another person; then the bot answers itself."""
    await filled(talk)
    client, desk = talk.client("telegram", 7), await talk.joins("demoev")
    await client.types("Где у вас зарядить телефон, звоните 8 913 123-45-67?")
    assert "Передаю" in client.text
    await talk.after(minutes=2)
    await answers(desk, "Зарядка для телефона стоит в холле, у входа.")
    assert "стоит в холле" in client.chat[-1].reply.text
    await desk.presses_old("task.1", "learn")
    head = talk.app.office.person("obraztsov")
    assert head is not None
    async with talk.app.db.begin() as session:
        around = await templates.around(session, talk.app.office)
        remarks = examine(Template.model_validate_json((await drafted(session)).content), around)
        accepted = {remark.key: "Проверено" for remark in remarks if remark.level == "warning"}
        await templates.approve(session, "task-1", 1, by=head, now=talk.now, around=around, accepted=accepted)
        await templates.publish(session, "task-1", 1, by=head, now=talk.now, around=around)
    await talk.app.knowledge.renew(talk.app.db, office_day(talk.now, talk.app.zone))
    other = talk.client("vk", 8)
    await other.types("Где у вас зарядить телефон?")
    assert "Зарядка для телефона стоит в холле, у входа." in other.text
    assert "913" not in other.text


async def drafted(session: Any) -> Any:
    return await templates.version(session, "task-1", 1)


async def test_a_member_of_a_group_inserts_an_answer_in_private(talk: Talk) -> None:
    """VK gives the bot no words of a group: what was asked there goes on in private, insertion included."""
    await filled(talk)
    member = talk.member("vk", 22, "2000000001", name="Пётр")
    await member.types(await talk.invite(None, "vk"))
    client = talk.client("telegram", 7)
    await hands_over(client, "Дадут ли справку о поддержке?")
    await member.presses("Ответить клиенту")
    private = talk.client("vk", 22)
    await private.presses("Вставить ответ 1")
    assert TEXT in private.text
    await private.presses("send")
    await talk.settle()
    assert TEXT in client.last.text


async def test_looking_around_in_the_base_does_not_lose_an_open_survey(desk: Person, talk: Talk) -> None:
    await desk.starts(WINDOW)
    await desk.types("/kb 11")
    assert desk.replies[0].text == TEXT
    await desk.starts(WINDOW)
    await desk.presses("4")
    assert (await talk.one("SELECT COUNT(*) AS n FROM response")).n == 1


async def test_a_search_costs_few_statements(desk: Person, talk: Talk) -> None:
    for act in ("/kb справка", "1"):
        with counted(talk) as (statements, commits):
            await desk.types(act)
        assert commits[0] <= MOST_STATEMENTS + 1, statements  # staff: one more, «he can be reached»
