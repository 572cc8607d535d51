"""Words that are no question, questions that lean on the last one, other languages, the glossary."""

from __future__ import annotations

import pytest

from bot.dialogue import intents
from bot.messages import Choose, Write, buttons_of
from tests.base.knowledge import idents, publish, template
from tests.base.talk import Talk
from tests.dialogue.questions import BASE, FAMILY, UNKNOWN, known, sqlite_known

__all__ = ["known", "sqlite_known"]

WHO = "Кто может получить субсидию на семейную ферму?"
BOSS = "Когда принимает руководитель?"


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("Здравствуйте!", "greeting"),
        ("здраствуйте", "greeting"),
        ("ghbdtn", "greeting"),
        ("Добрый день, есть кто нибудь", "greeting"),
        ("hello there", "greeting"),
        ("Здравствуйте, какие документы нужны?", ""),
        ("Спасибо большое!", "thanks"),
        ("спосибо", "thanks"),
        ("понятно, спасибо", "thanks"),
        ("спасибо, а сколько стоит?", ""),
        ("до свидания", "bye"),
        ("вы дебилы", "abuse"),
        ("тупой бот", "abuse"),
        ("субсидия на козлов и коз", ""),
        ("в окне меня назвали дураком", ""),
        ("хочу к человеку", "person"),
        ("позовите оператора пожалуйста", "person"),
        ("оператр", "person"),
        ("I want to talk to a person", "person"),
        ("жалоба на сотрудника", ""),
        ("хочу поговорить со специалистом", ""),
        ("good bye", "bye"),
        ("да пошли вы", "abuse"),
        ("вы мне надоели, ничего не работает", "abuse"),
        ("как пошли дела", ""),
        ("Добрый день! Подскажите, пожалуйста", "opening"),
        ("у меня вопрос", "opening"),
        ("не знаю", "opening"),
        ("подскажите, как записаться", ""),
        ("вопрос по субсидии", ""),
        ("помогите", ""),
        ("что ты умеешь?", "who"),
        ("вы робот?", "who"),
        ("salom", "foreign"),
        ("Do you speak English?", "english"),
        ("вы говорите по-английски?", "english"),
        ("Subsidiya olish uchun qanday hujjatlar kerak?", "foreign"),
        ("субсидия учун қандай ҳужжатлар керак", "foreign"),
        ("补贴怎么申请", "foreign"),
        ("kak poluchit subsidiyu", ""),
        ("rfrbt ljrevtyns", ""),
        ("Мария Сергеевна хочет субсидию", ""),
        ("", "empty"),
        ("😀😀", "empty"),
        ("а", "empty"),
        ("?!", "empty"),
        ("12 345", "empty"),
    ],
)
def test_what_a_message_is(words: str, intent: str) -> None:
    assert intents.of(words) == intent


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("Как подать документы? Где вы находитесь?", 2),
        ("Какие документы нужны и сколько ждать ответа?", 2),
        ("Какие документы нужны", 0),
        ("Здравствуйте. Я фермер. Что нужно для субсидии?", 0),
        ("хлеб и молоко", 0),
        ("Сколько? " * 200, 0),
    ],
)
def test_questions_of_one_message(words: str, parts: int) -> None:
    assert len(intents.questions(words)) == parts


@pytest.mark.parametrize(
    ("words", "english"),
    [
        ("How can I get a subsidy for my farm?", True),
        ("subsidies", True),
        ("kak poluchit subsidiyu", False),
        ("rfrbt ljrevtyns ye;ys", False),
        ("КФХ how", False),
        ("ok", False),
    ],
)
def test_what_is_english(words: str, english: bool) -> None:
    assert intents.is_english(words) is english


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("добрый день", "Здравствуйте! Напишите вопрос"),
        ("спасибо!", "Пожалуйста!"),
        ("до свидания", "До свидания!"),
        ("вы идиоты", "Понимаю"),
        ("ты кто?", "Я бот"),
        ("у меня вопрос", "Напишите вопрос своими словами"),
        ("hello", "Hello!"),
    ],
)
async def test_human_words_get_human_answers(sqlite_known: Talk, words: str, said: str) -> None:
    client = sqlite_known.client("telegram", 7)
    await client.starts()
    await client.types(words)
    assert said in client.text
    assert {"Спросить человека", "Меню"} <= set(client.labels) or {"Ask a person", "Menu"} <= set(client.labels)
    assert await sqlite_known.rows("SELECT id FROM task") == []


async def test_to_a_person_goes_only_what_he_could_answer(sqlite_known: Talk) -> None:
    client = sqlite_known.client("telegram", 7)
    await client.types("позовите человека")
    for words in ("Здравствуйте, вы тут?", "can I speak to a human", "можно вопрос?", "не знаю"):
        await client.types(words)
        assert isinstance(client.last, Write), words
    await client.types("спасибо, не надо")
    assert "Пожалуйста" in client.text
    await client.types(BOSS)
    assert "По вторникам" in client.text, "he is not talking to a person any more"
    assert await sqlite_known.rows("SELECT id FROM task") == []


async def test_the_first_words_may_be_a_greeting_or_a_question(sqlite_known: Talk) -> None:
    polite, busy = sqlite_known.client("telegram", 7), sqlite_known.client("telegram", 8)
    await polite.types("Здравствуйте!")
    assert "спросите меня своими словами" in polite.text
    await busy.types(f"Здравствуйте! {BOSS}")
    assert "По вторникам" in busy.text


@pytest.mark.parametrize("words", ["😀", "а", "999", "?"])
async def test_what_says_nothing_is_asked_again(sqlite_known: Talk, words: str) -> None:
    client = sqlite_known.client("telegram", 7)
    await client.starts()
    await client.types(words)
    assert "Я не понял" in client.text
    assert buttons_of(client.last)


async def test_one_unknown_word_is_asked_back_before_a_person_is_troubled(sqlite_known: Talk) -> None:
    client = sqlite_known.client("telegram", 7)
    await client.types("жирафы")
    assert "подробнее" in client.text
    assert await sqlite_known.rows("SELECT id FROM task") == []
    await client.presses("Спросить человека")
    assert isinstance(client.last, Write)


# --- the last topic ---------------------------------------------------------------------------------------


async def test_a_follow_up_is_understood_from_the_last_topic(known: Talk) -> None:
    client = known.client("telegram", 7)
    await client.types(WHO)
    for words, said in (
        ("а сколько стоит?", "Стоимость: Бесплатно"),
        ("а документы?", "– Бизнес-план"),
        ("и где это?", "Где: Кабинет 104"),
        ("а сколько ждать", "Срок: 30 рабочих дней"),
        ("how long?", "30 рабочих дней"),
    ):
        await client.types(words)
        assert said in client.text, words
        assert FAMILY.title["ru"] in client.text
    await client.presses("t.family")
    assert "Подайте заявку" in client.text


async def test_a_follow_up_that_the_answer_does_not_know_is_told(known: Talk) -> None:
    client = known.client("telegram", 7)
    await client.types(BOSS)
    await client.types("а сколько стоит?")
    assert "не сказано" in client.text or isinstance(client.last, Choose)
    assert await known.rows("SELECT id FROM task") == []


async def test_what_the_last_answer_lacks_and_another_has_is_offered(known: Talk) -> None:
    papers = template("papers", "Какие документы нужны?", "Нужны четыре документа.", "какие документы", "документы")
    await publish(known, *BASE, papers)
    client = known.client("telegram", 7)
    await client.types(BOSS)
    await client.types("а какие документы нужны")
    assert isinstance(client.last, Choose)
    assert idents(client.last.options, "c") == ["papers", "boss"]
    await client.presses("c.papers")
    assert "четыре документа" in client.text
    assert await known.rows("SELECT words FROM phrasing") == [], "such words teach nothing without the topic"


async def test_a_follow_up_without_a_topic_is_asked_back(known: Talk) -> None:
    client = known.client("telegram", 7)
    await publish(known, template("zoo", "Жирафы в зоопарке", "Живут."))
    await client.starts()
    await client.types("а сколько стоит?")
    assert "О чём вы спрашиваете?" in client.text
    assert await known.rows("SELECT id FROM task") == []


async def test_a_whole_question_is_no_follow_up(known: Talk) -> None:
    client = known.client("telegram", 7)
    await publish(known, *BASE, template("submit", "Как подать документы?", "Три способа.", "куда подать документы"))
    await client.types(WHO)
    await client.types("Как подать документы?")
    assert "Три способа" in client.text
    await client.types(BOSS)
    await client.types("Как подать документы?")
    assert "Три способа" in client.text


async def test_a_part_is_found_in_another_answer_about_the_same_service(known: Talk) -> None:
    of_service = [one.model_copy(update={"service": "У1"}) for one in BASE if one.id in ("family", "money")]
    await publish(known, *of_service)
    client = known.client("telegram", 7)
    await client.types("Когда придут деньги по субсидии?")
    await client.types("а сколько стоит?")
    assert "Стоимость: Бесплатно" in client.text


async def test_a_new_topic_is_no_follow_up(known: Talk) -> None:
    client = known.client("telegram", 7)
    await client.types(WHO)
    await client.types(BOSS)
    assert "По вторникам" in client.text


# --- two at once ------------------------------------------------------------------------------------------


async def test_two_sure_questions_are_both_answered(known: Talk) -> None:
    client = known.client("telegram", 7)
    await client.types(f"{BOSS} Когда придут деньги по субсидии?")
    both = {"boss", "money"}
    if isinstance(client.last, Choose):
        assert both <= set(idents(client.last.options, "c"))
    else:
        assert "По вторникам" in client.text
        assert "за 10 рабочих дней" in client.text


# --- languages --------------------------------------------------------------------------------------------


async def test_an_english_question_gets_the_english_answer(known: Talk) -> None:
    client = known.client("telegram", 7)
    await client.types("When does the head receive visitors?")
    assert "On Tuesdays" in client.text
    await client.types("how much is it?")
    assert "Меню" not in client.labels, "the language stays for the next message"
    await client.types(WHO)
    assert "Проверено" in client.text, "and follows him back"
    await client.types("When does the head receive visitors?")
    assert client.labels[-1] == "Menu"


async def test_without_a_translation_the_russian_text_comes_with_a_notice_and_a_person(known: Talk) -> None:
    client = known.client("telegram", 7, language="en")
    await client.types(WHO)
    assert client.text.startswith("This answer is available in Russian only")
    assert "Субсидию может получить глава КФХ" in client.text
    await client.presses("Ask a person")
    assert isinstance(client.last, Write)
    await client.types("Please tell me in English who can get it")
    assert "The answer will come by" in client.text


async def test_do_you_speak_english(sqlite_known: Talk) -> None:
    client = sqlite_known.client("telegram", 7)
    await client.types("Do you speak English?")
    assert "I answer in English" in client.text


async def test_another_language_is_answered_in_the_two_that_we_speak(sqlite_known: Talk) -> None:
    client = sqlite_known.client("telegram", 7)
    await client.types("Subsidiya olish uchun qanday hujjatlar kerak?")
    assert "Я отвечаю по-русски и по-английски" in client.text
    assert "I answer in Russian and English" in client.text
    assert "English" in client.labels
    assert any("Ask a person" in label for label in client.labels)
    assert await sqlite_known.rows("SELECT id FROM task") == []


# --- the glossary -----------------------------------------------------------------------------------------


async def test_a_word_of_the_office_is_explained_by_a_tap_or_by_asking(sqlite_known: Talk) -> None:
    client = sqlite_known.client("telegram", 7)
    await client.types(WHO)
    await client.presses("Что такое КФХ?")
    assert "фермерское" in client.text
    await client.presses("Вернуться к ответу")
    assert "Субсидию может получить" in client.text
    for words in ("что такое кфх", "КФХ это что", "а что значит КФХ?"):
        await client.types(words)
        assert "фермерское" in client.text
    await client.types("а сколько стоит?")
    assert "Бесплатно" in client.text, "the topic is not lost by an explanation"


async def test_danger_and_menu_words_stay_what_they_are(sqlite_known: Talk) -> None:
    client = sqlite_known.client("telegram", 7)
    await client.starts()
    await client.types("спросить")
    assert isinstance(client.last, Write)
    await client.types(UNKNOWN)
    assert "Передаю" in client.text
    await client.types("часы работы")
    assert "Сейчас открыто" in client.text
