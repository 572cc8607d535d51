"""A question in free words: the answer, the choices, or a person (requirements 3.01–3.03, 3.16–3.18)."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from backend.knowledge.rows import versions
from bot.channels import Mode
from bot.messages import Choose, Keep, Rate, Say, Write, buttons_of
from tests.base.databases import SQLiteTemplate
from tests.base.knowledge import idents, publish, used, withdraw
from tests.base.talk import Person, Talk, edges, open_talk
from tests.dialogue.questions import (
    BASE,
    DOUBTFUL,
    FAMILY,
    GRANT,
    MONEY,
    UNKNOWN,
    doubting,
    known,
    sqlite_known,
    with_rules,
)
from tests.dialogue.visits import WINDOW, rates
from tests.test_statements import MOST_STATEMENTS, counted

__all__ = ["doubting", "known", "sqlite_known"]

SURE = "Когда принимает руководитель?"


async def unsure(client: Person) -> tuple[Choose, str]:
    """A question between two templates: the choices, and the words that brought them."""
    await client.types(DOUBTFUL)
    assert isinstance(client.last, Choose), client.text
    assert len(client.last.options) > 1
    return client.last, DOUBTFUL


async def tasks_of(talk: Talk) -> list[tuple[str, str, str, str]]:
    rows = await talk.rows("SELECT kind, subject, status, text FROM task WHERE kind = 'question' ORDER BY id")
    return [(r.kind, r.subject, r.status, r.text) for r in rows]


# --- the answer -------------------------------------------------------------------------------------------


async def test_a_sure_question_gets_the_approved_answer_with_all_its_parts(known: Talk) -> None:
    client = known.client("telegram", 7)
    await client.types("Кто может получить субсидию на семейную ферму?")
    text = client.text
    assert "Субсидию может получить глава КФХ" in text
    assert "1. Соберите документы" in text
    assert "– Бизнес-план" in text
    for part in ("Срок: 30 рабочих дней", "Стоимость: Бесплатно", "Где: Кабинет 104", "Основание: Постановление № 5"):
        assert part in text
    assert "Проверено 16.11.2026" in text
    assert "Позвонить: +7 (000) 000-12-12" in text
    assert {"Бланк", "Оценить", "Помогло", "Не помогло", "Оценить ответ", "Меню"} <= set(client.labels)
    assert next(b.url for b in buttons_of(client.last) if b.label == "На сайт") == "https://asr-svet.example/family"
    assert len(client.labels) <= 10
    await client.presses("Бланк")
    assert "кабинете 104" in client.text
    assert await used(known, "answered") == {"family": 1}
    assert await used(known, "opened") == {"form": 1}
    assert await used(known, "asked") == {"": 1}


async def test_what_clients_read_is_the_row_and_not_the_index(known: Talk) -> None:
    """A version published a moment ago is read before the index knows of it."""
    newer = MONEY.model_copy(update={"answer": {"ru": "Деньги приходят за 5 рабочих дней."}})
    async with known.app.db.begin() as session:
        changed = update(versions).where(versions.c.template == "money").values(content=newer.model_dump_json())
        await session.execute(changed)
    client = known.client("telegram", 7)
    await client.types("Когда придут деньги по субсидии?")
    assert "за 5 рабочих дней" in client.text


async def test_helped_is_counted_once_for_each_answer_shown(known: Talk) -> None:
    client = known.client("telegram", 7)
    await client.types(SURE)
    first = client.last.step
    await client.presses("Помогло")
    assert "Рады" in client.text
    await client.presses_old(first, "h.boss")
    assert "Вы уже сказали" in client.text
    await client.types(SURE)
    await client.types("помогло")
    assert "Рады" in client.text
    await client.presses_old(first, "u.boss")
    assert "Вы уже сказали" in client.text
    assert await used(known, "helped") == {"boss": 2}
    assert await used(known, "unhelped") == {}


async def test_yes_and_no_answer_the_question_whether_it_helped(known: Talk) -> None:
    client = known.client("telegram", 7)
    await client.types(SURE)
    await client.types("Да")
    assert "Рады" in client.text
    await client.types(SURE)
    await client.types("нет")
    assert "Жаль" in client.text
    assert await used(known, "helped") == {"boss": 1}
    assert await used(known, "unhelped") == {"boss": 1}


async def test_not_helped_offers_others_and_a_person(known: Talk) -> None:
    client = known.client("telegram", 7)
    await client.types("Когда придут деньги по субсидии?")
    old = client.last.step
    await client.presses("Не помогло")
    assert "Жаль" in client.text
    assert "money" not in idents(buttons_of(client.last), "t")
    assert "Спросить человека" in client.labels
    assert await used(known, "unhelped") == {"money": 1}
    await known.midnight()
    await client.presses_old(old, "u.money")
    assert await used(known, "unhelped") == {"money": 1}, "an answer of yesterday is not judged again"


async def test_an_answer_is_rated_like_any_other(known: Talk) -> None:
    client = known.client("telegram", 7)
    await client.types(SURE)
    await client.presses("Оценить ответ")
    assert isinstance(client.last, Rate)
    await client.presses("2", "skip")
    row = await known.one("SELECT subject_kind, subject, score FROM response")
    assert tuple(row) == ("template", "boss", 2)
    task = await known.one("SELECT kind, subject_kind, subject, owner FROM task")
    assert tuple(task) == ("low_score", "template", "boss", "maketov")
    await client.types(SURE)
    await client.presses("Оценить ответ")
    assert "Когда принимает руководитель" in client.text, "named by its title"
    await client.presses_old("ask~aaaa", "r.no-such")
    assert "больше нет" in client.text


async def test_internal_articles_are_never_shown_to_clients(known: Talk) -> None:
    client = known.client("telegram", 7)
    await client.types("Как отвечать на комментарии в сообществе?")
    assert "памятка" not in client.text
    await client.presses_old("ask", "t.inside")
    assert "памятка" not in client.text
    assert "больше нет" in client.text


async def test_overdue_answers_are_hidden_where_the_office_wants_it(
    sqlite_template: SQLiteTemplate, tmp_path: Path
) -> None:
    async for talk in with_rules(sqlite_template.copy(tmp_path), tmp_path, hide_overdue=True):
        await publish(talk, *BASE[:-1], MONEY.model_copy(update={"id": "old", "review_on": talk.now.date()}))
        talk.tomorrow()
        client = talk.client("telegram", 7)
        await client.presses_old("ask", "t.old")
        assert "больше нет" in client.text


# --- choices ----------------------------------------------------------------------------------------------


async def test_a_choice_answers_and_proposes_its_wording(doubting: Talk) -> None:
    client = doubting.client("telegram", 7)
    shown, words = await unsure(client)
    assert shown.text == "Вы об этом?"
    assert 1 <= len(shown.options) <= 3
    assert client.labels[-2:] == ["Ни то, ни другое", "Меню"]
    wanted = idents(shown.options, "c")[0]
    await client.types("1")
    assert "Проверено" in client.text
    assert await used(doubting, "chosen") == {wanted: 1}
    row = await doubting.one("SELECT template, words, state, origin, times FROM phrasing")
    assert tuple(row) == (wanted, words, "waiting", "choice", 1)
    assert words not in (await doubting.one("SELECT state FROM conversation")).state


async def test_neither_hands_over_what_was_asked(doubting: Talk) -> None:
    client = doubting.client("telegram", 7)
    _, words = await unsure(client)
    await client.types("ни то ни другое")
    assert "Передаю" in client.text
    assert await tasks_of(doubting) == [("question", "support", "new", words)]
    await used(doubting, "neither")
    assert [r.outcome for r in await doubting.rows("SELECT outcome FROM unanswered WHERE words = :w", w=words)] == [
        "neither"
    ]


async def test_choices_left_aside_are_told_to_the_office(doubting: Talk) -> None:
    client = doubting.client("telegram", 7)
    _, words = await unsure(client)
    await client.types("меню")
    await used(doubting, "asked")
    rows = await doubting.rows("SELECT outcome FROM unanswered WHERE words = :w", w=words)
    assert [row.outcome for row in rows] == ["choosing"]


async def test_a_choice_withdrawn_meanwhile_leaves_the_others(doubting: Talk) -> None:
    client = doubting.client("telegram", 7)
    shown, _ = await unsure(client)
    gone, *others = idents(shown.options, "c")
    assert others
    await withdraw(doubting, gone)
    await client.presses(f"c.{gone}")
    assert "больше нет" in client.text
    assert idents(buttons_of(client.last), "c") == others
    await withdraw(doubting, *others)
    await client.presses(f"c.{others[0]}")
    assert "больше нет" in client.text
    assert "Спросить человека" in client.labels


async def test_a_sure_answer_withdrawn_while_the_index_still_names_it(known: Talk) -> None:
    await withdraw(known, "boss")
    client = known.client("telegram", 7)
    await client.types(SURE)
    assert "По вторникам" not in client.text
    assert buttons_of(client.last)


# --- nobody knows -----------------------------------------------------------------------------------------


async def test_an_unknown_question_goes_to_a_person_and_the_answer_comes_back(known: Talk) -> None:
    client = known.client("telegram", 7)
    await client.types(UNKNOWN)
    assert "Я не знаю ответа" in client.text
    assert "Ответ придёт до 26 ноября" in client.text
    assert await tasks_of(known) == [("question", "other", "new", UNKNOWN)]
    await used(known, "unknown")
    row = await known.one("SELECT words, outcome, category FROM unanswered")
    assert tuple(row) == (UNKNOWN, "unknown", "other")
    owner = await known.joins("demoev")
    await known.after(minutes=2)
    await owner.presses("answer")
    await owner.types("Около тонны, но мы занимаемся коровами.")
    await owner.presses("send")
    await known.settle()
    assert "Около тонны" in client.last.text
    await client.presses("Помогло")
    assert "Рады" in client.text


async def test_not_passing_on_takes_task_and_way_back(known: Talk) -> None:
    client = known.client("telegram", 7)
    await client.types(UNKNOWN)
    button = next(b for b in buttons_of(client.last) if b.label == "Не передавать")
    await client.presses("Не передавать")
    assert "не передаём" in client.text
    assert await tasks_of(known) == [("question", "other", "closed", "")]
    assert await known.rows("SELECT id FROM relay") == []
    await client.presses_old("ask", button.key)
    assert "не ждёт" in client.text
    stranger = known.client("telegram", 8)
    await client.types(UNKNOWN)
    key = next(b.key for b in buttons_of(client.last) if b.label == "Не передавать")
    await stranger.presses_old("ask", key)
    assert "не ждёт" in stranger.text
    assert len(await known.rows("SELECT id FROM relay")) == 1, "another chat cannot take it back"


async def test_the_same_words_make_no_second_task_and_three_may_wait(known: Talk) -> None:
    client = known.client("telegram", 7)
    await client.types(UNKNOWN)
    await client.types(f"  {UNKNOWN.upper()} ")
    assert "уже у сотрудника" in client.text
    assert len(await tasks_of(known)) == 1
    for words in (GRANT, "Расскажите про луну и приливы", "Сколько планет вокруг Альдебарана?"):
        await client.types("хочу к человеку")
        await client.types(words)
    assert "3 ваших вопроса уже ждут" in client.text
    await client.types("Какого цвета крокодилы в Африке ночью?")
    assert client.text.startswith("Ответ не нашёлся. 3 ваших вопроса")
    assert len(await tasks_of(known)) == 3


async def test_on_a_page_the_answer_waits_behind_a_secret_link(known: Talk) -> None:
    client = known.client("web", "browser-cookie-0001")
    await client.types(UNKNOWN)
    first = client.button("Не передавать")[1].key
    await client.types(UNKNOWN)
    assert "уже у сотрудника" in client.text
    await client.presses_old("ask", first)
    assert "не передаём" in client.text
    await client.types(UNKNOWN)
    keep = next(r for r in client.replies if isinstance(r, Keep))
    reader = known.client("web", f"a-{keep.url.rpartition('/')[2]}")
    assert "26 ноября" in (await reader.looks()).replies[0].text
    key = known.app.keys.hash("web:browser-cookie-0001")
    assert await known.rows("SELECT id FROM relay WHERE address = :a", a=key) == []


async def test_off_hours_it_is_told_when_people_answer(sqlite_known: Talk) -> None:
    await sqlite_known.after(hours=13)  # 23:00
    client = sqlite_known.client("telegram", 7)
    await client.types(UNKNOWN)
    assert "Сейчас закрыто, откроемся завтра в 9:00" in client.text
    await client.types("хочу к человеку")
    assert "откроемся завтра" in client.text


async def test_numbers_in_a_question_are_hidden_before_anything_is_stored(known: Talk) -> None:
    client = known.client("telegram", 7)
    await client.types("хочу к человеку")
    await client.types("Мой телефон +7 916 123-45-67, паспорт 4509 123456, расскажите про жирафов")
    assert "номер скрыт" in client.text
    await used(known, "asked")
    stored = [*await tasks_of(known), *await known.rows("SELECT words, 1, 2, 3 FROM unanswered")]
    stored += await known.rows("SELECT state, replies, 1, 2 FROM conversation")
    assert stored
    assert all("123-45-67" not in str(row) and "123456" not in str(row) for row in stored)


async def test_a_very_long_question_is_passed_on_in_part_and_told_so(sqlite_known: Talk) -> None:
    client = sqlite_known.client("telegram", 7)
    await client.types("жираф пингвин страус " * 500)
    assert "Вопрос очень длинный" in client.text
    assert len((await tasks_of(sqlite_known))[0][3]) <= 2000


@pytest.mark.parametrize("words", [UNKNOWN, DOUBTFUL, "хочу к человеку", "жираф"])
async def test_in_a_channel_for_information_nothing_that_he_wrote_is_kept(
    sqlite_template: SQLiteTemplate, tmp_path: Path, words: str
) -> None:
    channels = edges(telegram="info")
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, channels=channels) as talk:
        await publish(talk, *BASE)
        client = talk.client("telegram", 7)
        await client.types(words)
        assert client.replies
        if words == UNKNOWN:
            assert "не нашёлся" in client.text
            assert "ВКонтакте" in client.text, "where to ask"
        if isinstance(client.last, Choose):
            await client.types("1")
            assert "Проверено" in client.text
        await client.types("меню")
        await used(talk, "asked")
        for table in ("task", "relay", "unanswered", "phrasing"):
            assert await talk.rows(f"SELECT * FROM {table}") == [], table  # noqa: S608  names of this test
        for row in await talk.rows("SELECT * FROM conversation"):
            assert words not in str(tuple(row))


async def test_nothing_is_answered_in_groups(sqlite_known: Talk) -> None:
    member = sqlite_known.member("telegram", 7, "-100200")
    await member.types(SURE)
    assert member.replies == []


# --- a person ---------------------------------------------------------------------------------------------


async def test_a_person_is_asked_without_a_search(known: Talk) -> None:
    client = known.client("telegram", 7)
    await client.starts()
    await client.types("соедините с живым человеком")
    assert isinstance(client.last, Write)
    await client.types("что")
    assert "подробнее" in client.text
    await client.types(SURE)
    assert "Передаю" in client.text
    assert "По вторникам" not in client.text
    assert [t[1] for t in await tasks_of(known)] == ["booking"]


async def test_a_question_to_a_person_on_a_page(known: Talk) -> None:
    client = known.client("web", "browser-cookie-0001")
    await client.starts()
    await client.presses("ask", "person")
    assert isinstance(client.last, Write)
    await client.fills("person", words=GRANT)
    assert "Передаю" in client.text
    await client.types("меню")
    await client.presses("ask")
    await client.fills("question", words=SURE)
    assert "По вторникам" in client.text
    await client.fills("person")
    assert "несколько слов" in client.text


# --- an open survey waits ---------------------------------------------------------------------------------


async def test_a_survey_waits_while_a_question_is_answered(known: Talk) -> None:
    client = await rates(known.client("telegram", 7), "2")
    await client.types("меню")
    await client.types(SURE)
    assert "По вторникам" in client.text
    await client.types(UNKNOWN)
    assert "Передаю" in client.text
    await client.types("хочу к человеку")
    await client.types("Расскажите про луну и приливы подробно")
    await client.presses("Продолжить опрос")
    assert isinstance(client.last, Choose)
    assert "Что пошло не так?" in client.text
    await client.presses("queue", "done", "skip", "no")
    assert (await known.one("SELECT status, score FROM response")).status == "complete"


async def test_the_comment_of_a_survey_is_never_searched(known: Talk) -> None:
    client = await rates(known.client("telegram", 7), "5", "polite")
    await client.types(SURE)
    assert "По вторникам" not in client.text
    assert SURE in (await known.one("SELECT answers FROM response")).answers


async def test_choices_of_a_question_are_forgotten_with_the_day_and_the_survey_stays(doubting: Talk) -> None:
    client = await rates(doubting.client("telegram", 7), "2")
    await client.types("меню")
    _, words = await unsure(client)
    assert words in (await doubting.one("SELECT state FROM conversation")).state
    await doubting.midnight()
    row = await doubting.one("SELECT state FROM conversation")
    assert words not in row.state
    assert "answering" in row.state


async def test_danger_comes_before_any_search(known: Talk) -> None:
    client = await rates(known.client("telegram", 7), "2")
    await client.types("меню")
    await client.types("у нас пожар, дым в коридоре")
    assert "112" in client.text
    assert (await known.one("SELECT kind FROM task WHERE kind = 'danger'")).kind == "danger"


# --- what every turn costs --------------------------------------------------------------------------------

TURNS = {
    "answer": [SURE, "!Помогло", SURE, "!Не помогло"],
    "choose": [DOUBTFUL, "!1"],
    "neither": [DOUBTFUL, "!none"],
    "unknown": [UNKNOWN, "!Не передавать", UNKNOWN, UNKNOWN],
    "person": ["хочу к человеку", UNKNOWN],
    "two": ["Когда принимает руководитель? Когда придут деньги по субсидии?"],
    "part": ["Кто может получить субсидию на семейную ферму?", "а сколько стоит?", "а документы?"],
    "menu": ["меню", "!topics", "!k.support", "!1", "!menu", "!forms", "!f.form"],
}


@pytest.mark.parametrize("acts", TURNS.values(), ids=TURNS.keys())
@pytest.mark.parametrize("paused", [False, True], ids=["", "survey waits"])
async def test_every_turn_is_few_statements(database_url: str, tmp_path: Path, acts: list[str], paused: bool) -> None:
    share = 0.01 if DOUBTFUL in acts else 0.15
    async for talk in with_rules(database_url, tmp_path, wrong_share=share):
        client = talk.client("telegram", 7)
        await client.starts()
        if paused:
            await client.starts(WINDOW)
            await client.types("меню")
        for act in acts:
            with counted(talk) as (statements, commits):
                if act == "!1":
                    await client.types("1")
                elif act == "!menu":
                    await client.types("меню")
                elif act.startswith("!"):
                    await client.presses(act[1:])
                else:
                    await client.types(act)
            assert commits[0] <= MOST_STATEMENTS, f"{act}: {statements[: commits[0]]}"


# --- menus ------------------------------------------------------------------------------------------------


async def test_topics_lead_to_answers_and_empty_ones_are_not_shown(known: Talk) -> None:
    client = known.client("vk", 7)
    await client.starts()
    await client.presses("topics")
    assert client.labels == ["Субсидии и гранты", "Документы и бланки", "Запись на приём", "Меню"]
    await client.types("1")
    assert FAMILY.title["ru"] in client.labels
    await client.types(MONEY.title["ru"])
    assert "за 10 рабочих дней" in client.text


async def test_a_form_is_given_with_version_and_date(known: Talk) -> None:
    client = known.client("telegram", 7)
    await client.starts()
    await client.presses("forms", "f.form")
    assert "Файл версии 3 от 02.11.2026: Бланк" in client.text
    button = next(b for b in buttons_of(client.last) if b.url)
    assert button.label == "Скачать: Бланк"
    assert button.url == "https://otklik.example/files/form/1"


async def test_about_the_office(sqlite_known: Talk) -> None:
    client = sqlite_known.client("telegram", 7)
    await client.types("об учреждении")
    for said in ("+7 (000) 000-12-12", "ул. Полевая", "Сейчас открыто", "по вторникам с 15 до 18"):
        assert said in client.text
    assert any(b.url == "https://asr-svet.example/novosti" for b in buttons_of(client.last))


async def test_an_office_without_templates_still_hands_over(sqlite_talk: Talk) -> None:
    await publish(sqlite_talk)
    client = sqlite_talk.client("telegram", 7)
    await client.starts()
    assert "Узнать: ответы по темам" not in client.labels
    await client.types(SURE)
    assert "Передаю" in client.text
    assert isinstance(client.last, Say)


@pytest.mark.parametrize("mode", ["info", "anonymous", "track", "personal"])
async def test_the_menu_fits_one_keyboard(sqlite_template: SQLiteTemplate, tmp_path: Path, mode: Mode) -> None:
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, channels=edges(vk=mode)) as talk:
        await publish(talk, *BASE)
        client = talk.client("vk", 7)
        await client.starts()
        assert len(client.labels) <= 10
        await client.presses("more")
        assert len(client.labels) <= 10
