"""A client writes to the office: drafts of official appeals, and what is registered at once (2.09, 2.13, 4.04)."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.appeals import drafts, files
from bot.channels import Mode
from bot.dialogue.filing import A_DAY
from bot.dialogue.letter import LIMIT
from bot.messages import Choose, File, Fill, KeptFile, Press, Reply, Say, Write, buttons_of
from bot.policy import may
from tests.base.databases import SQLiteTemplate
from tests.base.kills import dying_at
from tests.base.offices import copy_of_demo
from tests.base.talk import Person, Talk, edges, open_talk
from tests.dialogue.stored import everything

NOTICE = "Сообщение в чате – не официальное обращение"
NUMBER = re.compile(r"П-\d{4}-\d{4}")
WORDS = "В кабинете 104 мне дали справку с ошибкой"
PHONE = "+7 915 123-45-67"
SNILS = "112-233-445 95"


async def writes(client: Person, *, kind: str = "message", text: str = WORDS, topic: bool = True) -> Person:
    """From the menu to the whole text, without names."""
    await client.types("меню")
    await client.presses("write", f"k.{kind}")
    if any(b.key == "no" for b in buttons_of(client.last)):
        await client.presses("no")
    await client.types(text)
    if topic and isinstance(client.last, Choose):
        await client.presses("skip")
    return client


async def appeals(talk: Talk) -> list[Any]:
    return await talk.rows("SELECT * FROM appeal ORDER BY id")


def opened(talk: Talk, sealed: str) -> str:
    return talk.app.keys.open(sealed) if sealed else ""


# --- the first screen -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["хочу подать жалобу", "Написать жалобу", "подать обращение", "/write", "Написать в учреждение"]
)
async def test_a_complaint_in_words_is_shown_the_lawful_ways_and_a_draft(sqlite_talk: Talk, words: str) -> None:
    client = sqlite_talk.client("vk", 7)
    await client.starts()
    await client.types(words)
    assert NOTICE in client.text
    assert "Госуслуги, Сайт (вход через Госуслуги), Письмо" in client.text
    assert "Подготовить официальное обращение" in client.labels
    links = [b.url for b in buttons_of(client.last) if b.url]
    assert links == ["https://gosuslugi.example", "https://asr-svet.example/obrashcheniya"]


async def test_the_menu_offers_it_in_both_languages(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("vk", 7)
    await client.starts()
    assert "Написать в учреждение" in client.labels
    await client.types("english")
    await client.presses("Write to the office")
    assert "A message in the chat is not an official appeal" in client.text
    assert "Prepare an official appeal" in client.labels


async def test_an_office_without_appeals_offers_nothing(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    office = copy_of_demo(tmp_path)
    for name in ("appeals.yaml", "consents.yaml"):
        (office / name).unlink()
    (office / "surveys" / "appeal.yaml").unlink()
    staff = office / "staff.yaml"
    staff.write_text(re.sub(r"\n    unit: \w+", "", staff.read_text(encoding="utf-8")), encoding="utf-8")
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, office=office) as talk:
        client = talk.client("vk", 7)
        await client.starts()
        assert "Написать в учреждение" not in client.labels
        await client.types("написать жалобу")
        assert "Меню" in client.text
        await client.presses_old("filing", "k.message")
        assert client.replies


@pytest.mark.parametrize(
    ("channel", "mode", "offered"),
    [
        ("telegram", "info", set()),
        ("telegram", "anonymous", {"k.idea"}),
        ("vk", "track", {"k.message", "k.idea"}),
        ("web", "personal", {"k.message", "k.idea"}),
    ],
)
async def test_what_may_be_sent_at_once(
    sqlite_template: SQLiteTemplate, tmp_path: Path, channel: str, mode: Mode, offered: set[str]
) -> None:
    modes = {} if channel == "web" else {channel: mode}
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, channels=edges(**modes)) as talk:
        client = talk.client(channel, 7)
        await client.starts()
        await client.types("написать жалобу")
        assert {b.key for b in buttons_of(client.last) if b.key.startswith("k.")} == offered
        # Whatever is pressed by hand: a state body registers no official appeal in a chat.
        await client.presses_old("filing", "k.appeal")
        await client.presses_old("filing.appeal.whole", "send.00000000")
        assert await appeals(talk) == []


async def test_in_info_nothing_is_kept(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, channels=edges(telegram="info")) as talk:
        client = talk.client("telegram", 7)
        await client.starts()
        await client.presses("write", "draft")
        assert "Как подать официально" in client.text
        assert "О чём вы просите" in client.text
        assert not any(isinstance(reply, Write) for reply in client.replies)
        await client.types(WORDS)
        await client.presses_old("filing.appeal.c1", "keep")
        await client.presses_old("menu", "idea")
        assert await talk.rows("SELECT * FROM appeal_draft") == []


# --- a draft ----------------------------------------------------------------------------------------------


async def drafts_an_appeal(client: Person) -> Person:
    await client.starts()
    await client.presses("write", "draft", "k.appeal")
    return client


async def test_a_draft_by_the_checklist(talk: Talk) -> None:
    client = await drafts_an_appeal(talk.client("vk", 7))
    assert client.last.text == "Что случилось: где, когда, с кем вы говорили"
    assert "Пример" in client.last.hint  # type: ignore[union-attr]  # a Write has one
    await client.types(WORDS)
    assert client.last.text == "О чём вы просите"
    await client.types("Исправьте справку")
    text = client.last.text
    assert f"Что случилось: где, когда, с кем вы говорили:\n{WORDS}" in text
    assert "О чём вы просите:\nИсправьте справку" in text
    for missing in ("Ваши фамилия и имя", "Адрес для ответа", "ваша подпись"):
        assert missing in text
    assert "Через Госуслуги" in text
    assert "На личном приёме" in text
    labels = client.labels
    assert {"Изменить", "Удалить черновик", "Госуслуги"} <= set(labels)
    assert "Отправить" not in labels
    assert await appeals(talk) == []


async def test_a_draft_survives_a_restart(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    url = sqlite_template.copy(tmp_path)
    async with open_talk(url, tmp_path) as talk:
        client = await drafts_an_appeal(talk.client("vk", 7))
        await client.types(WORDS)
    async with open_talk(url, tmp_path) as talk:
        talk.now += timedelta(days=2)
        client = talk.client("vk", 7)
        await client.types("меню")
        await client.presses("write")
        assert client.labels[0] == "Продолжить черновик от 23 ноября"
        await client.presses("go-on")
        assert client.last.text == "О чём вы просите"
        await client.types("Исправьте справку")
        assert WORDS in client.last.text


async def test_another_draft_is_not_begun_without_a_question(sqlite_talk: Talk) -> None:
    client = await drafts_an_appeal(sqlite_talk.client("vk", 7))
    await client.types(WORDS)
    await client.types("меню")
    await client.presses("write", "k.message")
    assert "У вас есть черновик от 23 ноября: Обращение" in client.text
    await client.types("меню")
    await client.presses("write", "draft")
    assert "У вас есть черновик" in client.text
    await client.presses("anew.appeal")
    assert client.last.text.startswith("Что случилось")
    assert await sqlite_talk.rows("SELECT * FROM appeal_draft") == []


async def test_a_draft_is_changed_and_deleted(sqlite_talk: Talk) -> None:
    client = await drafts_an_appeal(sqlite_talk.client("vk", 7))
    await client.types(WORDS)
    await client.types("Исправьте справку")
    await client.presses("edit", "keep")
    await client.types("Исправьте справку до пятницы")
    assert "до пятницы" in client.last.text
    assert WORDS in client.last.text
    await client.presses("drop")
    assert "Черновик удалён" in client.text
    assert await sqlite_talk.rows("SELECT * FROM appeal_draft") == []
    await client.presses_old("filing.appeal.whole", "edit")
    assert "Черновика уже нет" in client.text


async def test_back_leads_to_the_field_before(sqlite_talk: Talk) -> None:
    client = await drafts_an_appeal(sqlite_talk.client("vk", 7))
    await client.types(WORDS)
    await client.presses("back")
    assert client.last.text.startswith("Что случилось")
    await client.presses("keep")
    assert client.last.text == "О чём вы просите"


async def test_the_draft_is_forgotten_after_its_days(talk: Talk) -> None:
    client = await drafts_an_appeal(talk.client("vk", 7))
    await client.types(WORDS)
    async with talk.app.db.begin() as session:
        assert await drafts.forget_old(session, talk.now.date() + timedelta(days=30), 30) == 0
        assert await drafts.forget_old(session, talk.now.date() + timedelta(days=31), 30) == 1


async def test_a_draft_is_sealed_wherever_it_stands(talk: Talk) -> None:
    client = await drafts_an_appeal(talk.client("vk", 7))
    await client.types(WORDS)
    await client.types("Исправьте справку")
    page = await drafts_an_appeal(talk.client("web", "visitor"))
    await page.presses("yes")
    await page.types(f"{WORDS} {PHONE}")
    await page.types("Исправьте справку")
    assert "Исправьте" in page.text
    stored = await everything(talk, "appeal_draft", "conversation", opened=False)
    assert "справк" not in stored
    assert "915" not in stored
    assert WORDS in await everything(talk, "appeal_draft")


async def test_words_of_danger_come_first_and_the_words_are_kept(sqlite_talk: Talk) -> None:
    client = await drafts_an_appeal(sqlite_talk.client("vk", 7))
    await client.types("В кабинете пожар, люди кричат")
    assert "112" in client.replies[0].text
    assert client.last.text == "О чём вы просите"
    tasks = await sqlite_talk.rows("SELECT kind FROM task")
    assert [row.kind for row in tasks] == ["danger"]
    page = sqlite_talk.client("web", "visitor")
    await page.starts()
    await page.presses("write", "k.message", "no")
    await page.fills(page.last.step, words="у нас пожар, помогите")
    assert "112" in page.text
    await page.types("в доме пожар")
    assert "112" in page.text


# --- what is sent -----------------------------------------------------------------------------------------


async def test_a_message_is_registered_with_a_receipt(talk: Talk) -> None:
    client = await writes(talk.client("vk", 7))
    assert "Проверьте перед отправкой" in client.last.text
    assert "Это не официальное обращение" in client.last.text
    await client.presses("Отправить")
    (row,) = await appeals(talk)
    receipt = client.last
    assert row.number == "П-2026-0001"
    assert "Номер: П-2026-0001" in receipt.text
    assert re.search(r"Код: [2-9A-Z]{4}-[2-9A-Z]{4}\. Сохраните", receipt.text)
    assert "Ответим до 7 декабря, осталось 14 дней" in receipt.text
    assert "Что дальше: Мы назначим ответственного" in receipt.text
    assert "Это не официальное обращение" in receipt.text
    assert "Следить за ответом" in client.labels
    assert (row.kind, row.way, row.channel, row.entered_by) == ("message", "vk", "vk", "client")
    assert opened(talk, row.text) == WORDS
    assert "справк" not in row.summary
    follower = await talk.one("SELECT * FROM appeal_follower")
    assert (follower.appeal, bool(follower.filed), follower.channel) == (row.id, True, "vk")
    assert opened(talk, follower.sealed) == "7"
    assert await talk.rows("SELECT * FROM appeal_draft") == []
    # The receipt is the reply: nothing else is sent to him.
    await talk.settle()
    assert client.posted == []


async def test_the_topic_leads_to_its_owner(sqlite_talk: Talk) -> None:
    client = await writes(sqlite_talk.client("vk", 7), topic=False)
    assert client.last.text.startswith("К какой теме")
    await client.types("очередь и время ожидания")
    assert "Тема: Очередь и время ожидания" in client.last.text
    await client.presses("Отправить")
    (row,) = await appeals(sqlite_talk)
    assert (row.topic, row.holder, row.summary) == ("queue", "primerova", "Очередь и время ожидания")


async def test_an_idea_goes_to_its_unit_without_a_topic(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("vk", 7)
    await client.starts()
    await client.types("предложить идею")
    assert client.last.text.startswith("Опишите идею")
    await client.types("Сделайте запись через бота")
    await client.presses("Отправить")
    (row,) = await appeals(sqlite_talk)
    assert (row.kind, row.unit, row.holder) == ("idea", "digital", "primerova")


async def test_an_idea_in_an_anonymous_channel_has_no_follower(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("telegram", 7)
    await client.starts()
    await client.types("предложить идею")
    await client.types(f"Сделайте запись через бота. Звоните {PHONE}")
    assert "номер скрыт" in client.text
    await client.presses("Отправить")
    (row,) = await appeals(sqlite_talk)
    assert opened(sqlite_talk, row.text) == "Сделайте запись через бота. Звоните [номер скрыт]"
    assert row.number in client.last.text
    assert "Сохраните номер и код" in client.last.text
    assert "По номеру и коду ход виден здесь: страница в браузере, ВКонтакте" in client.last.text
    assert "Следить за ответом" not in client.labels
    assert await sqlite_talk.rows("SELECT * FROM appeal_follower") == []
    # Nothing leads from the chat to the idea.
    chat = sqlite_talk.app.keys.hash("telegram:7")
    assert chat not in await everything(
        sqlite_talk, "appeal", "appeal_event", "journal", "outbox", "task", "appeal_guess", "appeal_follower"
    )


async def test_pressed_twice_it_is_one(talk: Talk) -> None:
    client = await writes(talk.client("vk", 7))
    reply, button = client.button("Отправить")
    await client.presses("Отправить")
    await client.presses_old(reply.step, button.key)
    assert "Уже отправлено. Номер: П-2026-0001" in client.text
    assert len(await appeals(talk)) == 1
    other = talk.client("telegram", 8)
    await writes(other, kind="idea")
    reply, button = other.button("Отправить")
    await other.presses("Отправить")
    await other.presses_old(reply.step, button.key)
    assert "Уже отправлено" in other.text
    assert len(await appeals(talk)) == 2


async def test_an_old_button_does_not_send_other_words(sqlite_talk: Talk) -> None:
    client = await writes(sqlite_talk.client("vk", 7))
    reply, button = client.button("Отправить")
    await client.presses("edit")
    await client.types("Это совсем другое письмо")
    await client.presses_old(reply.step, button.key)
    assert "Текст изменился" in client.text
    assert await appeals(sqlite_talk) == []
    await client.presses("Отправить")
    (row,) = await appeals(sqlite_talk)
    assert opened(sqlite_talk, row.text) == "Это совсем другое письмо"


async def test_a_day_has_its_measure(talk: Talk) -> None:
    client = talk.client("vk", 7)
    await client.starts()
    for number in range(A_DAY):
        await writes(client, text=f"Письмо номер {number}")
        await client.presses("Отправить")
    await writes(client, text="Ещё одно письмо")
    await client.presses("Отправить")
    assert "только 5 сообщений" in client.text
    assert "+7 (000) 000-12-12" in client.text
    assert len(await appeals(talk)) == A_DAY
    talk.tomorrow()
    await client.types("меню")
    await client.presses("write", "go-on", "Отправить")
    assert len(await appeals(talk)) == A_DAY + 1
    assert "Ещё одно письмо" in opened(talk, (await appeals(talk))[-1].text)


# --- the browser: consent, name, files --------------------------------------------------------------------


async def test_with_consent_name_contact_and_file(talk: Talk) -> None:
    client = talk.client("web", "visitor")
    await client.starts()
    await client.presses("write", "k.message", "yes")
    await client.fills(client.last.step, words=f"{WORDS}. Позвоните {PHONE}")
    await client.presses("skip", "name")
    await client.fills(client.last.step, words="Мария Сэмпл")
    await client.fills(client.last.step, words=PHONE)
    assert "Имя: Мария Сэмпл\nСвязь: +7 915 123-45-67" in client.last.text
    await client.presses("file")
    step = client.last.step
    assert isinstance(client.last, Write)
    assert client.last.files
    kept = KeptFile("0" * 32, "image/png", 1234, "справка.png")
    await given(client, File("справка.png", size=1234, step=step, kept=kept))
    assert "Приложен 1 файл" in client.text
    await client.presses("skip")
    assert "Приложен 1 файл" in client.last.text
    await client.presses("Отправить")
    (row,) = await appeals(talk)
    assert opened(talk, row.text) == f"{WORDS}. Позвоните {PHONE}"
    assert json.loads(opened(talk, row.applicant)) == {"name": "Мария Сэмпл", "contact": PHONE}
    assert "Мария" not in str(tuple(row))
    async with talk.app.db.begin() as session:
        (file,) = await files.of(session, row.id)
        assert (file.stored, file.by, files.name_of(talk.app.keys, file)) == ("0" * 32, "client", "справка.png")
    follower = await talk.one("SELECT * FROM appeal_follower")
    assert follower.sealed == ""


async def given(client: Person, event: File) -> list[Reply]:
    """A file as hearing hands it on once it is stored."""
    app = client.talk.app
    taken = app.hearing._with_file

    async def stored(incoming: Any, traits: Any) -> Any:
        return incoming

    app.hearing._with_file = stored  # type: ignore[method-assign]  # the store has its own tests
    try:
        return await client.sends(event)
    finally:
        app.hearing._with_file = taken  # type: ignore[method-assign]  # as above


async def test_words_beside_a_file_are_not_lost(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("web", "visitor")
    await client.starts()
    await client.presses("write", "k.message", "yes")
    kept = KeptFile("0" * 32, "image/png", 9, "a.png")
    await given(client, File("a.png", size=9, text=WORDS, step=client.last.step, kept=kept))
    assert client.last.text.startswith("К какой теме")
    await client.presses("skip", "file")
    await given(client, File("a.png", size=9, text="Это фото справки", step=client.last.step, kept=replaced(kept, "1")))
    await client.fills(client.last.step, words="И ещё слово")
    assert "Приложено 2 файла" in client.text
    await client.presses("skip")
    assert f"{WORDS}\n\nЭто фото справки\n\nИ ещё слово" in client.last.text


def replaced(kept: KeptFile, digit: str) -> KeptFile:
    return KeptFile(digit * 32, kept.kind, kept.size, kept.name)


async def test_a_file_without_consent_is_not_taken(sqlite_talk: Talk) -> None:
    client = await writes(sqlite_talk.client("web", "visitor"))
    kept = KeptFile("1" * 32, "image/png", 1234, "справка.png")
    await given(client, File("справка.png", size=1234, kept=kept))
    assert await sqlite_talk.rows("SELECT * FROM appeal_file") == []
    await client.presses("Отправить")
    assert len(await appeals(sqlite_talk)) == 1


async def test_files_of_a_draft_go_with_it(talk: Talk) -> None:
    client = talk.client("web", "visitor")
    await client.starts()
    await client.presses("write", "k.message", "yes")
    await client.fills(client.last.step, words=WORDS)
    await client.presses("skip")
    for number in range(6):
        await given(client, File("a.png", size=9, kept=KeptFile(str(number) * 32, "image/png", 9, "a.png")))
    assert "Приложено уже 5 файлов" in client.text
    assert len(await talk.rows("SELECT * FROM appeal_file")) == 5
    await client.presses("drop")
    assert await talk.rows("SELECT * FROM appeal_file") == []


async def test_a_refused_file_is_told_and_the_text_stays(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("web", "visitor")
    await client.starts()
    await client.presses("write", "k.message", "yes")
    await client.fills(client.last.step, words=WORDS)
    await client.presses("skip")
    await given(client, File("a.exe", size=9, refused="kind"))
    assert "Такой файл мы не принимаем" in client.text
    assert WORDS in client.text


async def test_the_browser_back_button_changes_an_earlier_field(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("web", "visitor")
    await client.starts()
    await client.presses("write", "k.message", "no")
    step = client.last.step
    await client.fills(step, words="Первые слова")
    await client.presses("skip")
    (shown,) = (await client.looks(step)).replies
    assert isinstance(shown, Write)
    assert shown.value == "Первые слова"
    await client.fills(step, words="Вторые слова")
    await client.presses("skip")
    assert "Вторые слова" in client.last.text
    assert "Первые слова" not in client.last.text


async def test_a_form_of_another_tab_loses_nothing(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("web", "visitor")
    await client.starts()
    await client.presses("write", "k.message", "no")
    step = client.last.step
    await client.types("меню")
    await client.fills(step, words=WORDS)
    # Out of the dialogue he is asked for consent again, and the words are there.
    stored = await sqlite_talk.rows("SELECT * FROM appeal_draft")
    assert len(stored) == 1


# --- an office that is no state body ----------------------------------------------------------------------


def other_office(folder: Path, **changed: Any) -> Path:
    """A copy of the demo office that is not a state body and takes appeals in the browser."""
    office = copy_of_demo(folder)
    read = {
        name: yaml.safe_load((office / name).read_text(encoding="utf-8")) for name in ("office.yaml", "appeals.yaml")
    }
    read["office.yaml"].update(owner_kind="other", **changed)
    read["appeals.yaml"]["kinds"][0].update(intake="personal")
    for name, content in read.items():
        (office / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return office


@contextlib.asynccontextmanager
async def talk_of(template: SQLiteTemplate, folder: Path, office: Path, **more: Any) -> AsyncIterator[Talk]:
    async with open_talk(template.copy(folder), folder, office=office, **more) as talk:
        yield talk


async def test_another_office_registers_an_appeal_at_once(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    async with talk_of(sqlite_template, tmp_path, other_office(tmp_path)) as talk:
        messenger = talk.client("vk", 7)
        await messenger.starts()
        await messenger.presses("write")
        assert "k.appeal" not in {b.key for b in buttons_of(messenger.last)}
        client = talk.client("web", "visitor")
        await client.starts()
        await client.presses("write", "k.appeal", "yes")
        await client.fills(client.last.step, words=WORDS)
        await client.fills(client.last.step, words="Исправьте справку")
        await client.presses("skip")
        assert "фамилия" in client.last.text or "фамилию" in client.last.text
        await client.fills(client.last.step, words="Сэмпл Мария")
        await client.fills(client.last.step, words="maria@example.org")
        await client.presses("Отправить")
        (row,) = await appeals(talk)
        assert row.number == "А-2026-0001"
        assert "Это не официальное обращение" not in client.last.text
        assert "О чём вы просите:\nИсправьте справку" in opened(talk, row.text)


async def test_without_consent_it_stays_a_draft_with_the_ways(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    async with talk_of(sqlite_template, tmp_path, other_office(tmp_path)) as talk:
        client = talk.client("web", "visitor")
        await client.starts()
        await client.presses("write", "k.appeal", "no")
        await client.fills(client.last.step, words=f"{WORDS} {PHONE}")
        assert "номер скрыт" in client.text
        await client.fills(client.last.step, words="Исправьте справку")
        await client.presses("skip")
        assert "Ваш черновик" in client.last.text
        assert "Отправить" not in client.labels
        await client.presses("Отправить отсюда")
        assert "Согласие на обработку" in client.text
        await client.presses("yes")
        await client.fills(client.last.step, words="Сэмпл Мария")
        await client.fills(client.last.step, words="maria@example.org")
        await client.presses("Отправить")
        assert len(await appeals(talk)) == 1


# --- no personal field where there must be none -----------------------------------------------------------

HOSTILE = [
    "",
    "   ",
    "😀😀😀",
    "а" * 10_000,
    "<script>alert(1)</script> {name} { $number } &amp; %s",
    "\u202eтеревёрнутый\u202c текст \u2066внутри\u2069",
    "строка\x00с\x07управляющими\x1b[31mзнаками",
    f"Мой номер {PHONE}, СНИЛС {SNILS}, почта ivan@example.org",
    "{}",
    "..",
]


@pytest.mark.parametrize(("channel", "mode"), [("telegram", "anonymous"), ("vk", "track"), ("web", "personal")])
async def test_whatever_he_types(sqlite_template: SQLiteTemplate, tmp_path: Path, channel: str, mode: Mode) -> None:
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path) as talk:
        client = talk.client(channel, 7)
        await client.starts()
        for text in HOSTILE:
            for kind in ("idea", "appeal"):
                await client.presses_old("filing", f"anew.{kind}")
                if any(b.key == "no" for b in buttons_of(client.last)):
                    await client.presses("no")
                assert isinstance(client.last, Write)
                await client.sends(Fill(client.last.step, (), text))
                said = client.text
                assert client.replies
                assert "это наша ошибка" not in said
                assert PHONE not in said
                assert SNILS not in said
                assert "ivan@example.org" not in said
                assert not re.search("[\u202a-\u202e\u2066-\u2069]", said)
                if sum(c.isalnum() for c in text) < 3 or len(text) > LIMIT:
                    assert isinstance(client.last, Write)
                    assert "Напишите несколько слов" in said or "Слишком длинно" in said
        for row in await talk.rows("SELECT sealed FROM appeal_draft"):
            assert "915" not in opened(talk, row.sealed)


async def test_too_long_words_stay_in_the_field(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("web", "visitor")
    await client.starts()
    await client.presses("write", "k.idea", "no")
    await client.fills(client.last.step, words="слово " * 1000)
    assert isinstance(client.last, Write)
    assert client.last.value.startswith("слово слово")
    assert "Слишком длинно" in client.text


@pytest.mark.parametrize("mode", ["info", "anonymous", "track"])
async def test_no_personal_field_is_asked_for(sqlite_template: SQLiteTemplate, tmp_path: Path, mode: Mode) -> None:
    """Every button of these screens, three deep, in a channel that may carry no personal data."""
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, channels=edges(telegram=mode)) as talk:
        client = talk.client("telegram", 7)
        await client.starts()
        seen: set[tuple[str, str]] = set()
        waiting: list[tuple[str, str]] = [("menu", "write"), ("menu", "draft"), ("menu", "idea"), ("menu", "consents")]
        # By hand, too: buttons that this channel never shows.
        hidden = [f"filing.message.{field}" for field in ("name", "contact", "file")]
        waiting += [(step, key) for step in hidden for key in ("skip", "back")]
        waiting += [("filing.idea.whole", "name"), ("filing.idea.whole", "file"), ("consents", "ask.answers")]
        while waiting:
            press = waiting.pop()
            if press in seen or len(seen) > 150:
                continue
            seen.add(press)
            await client.sends(Press(*press))
            for reply in client.replies:
                assert may(mode, reply.asks)
                assert reply.asks != "personal"
                assert not getattr(reply, "files", False)
                assert "Как к вам обращаться" not in reply.text
                waiting += [
                    (b.step or reply.step, b.key)
                    for b in buttons_of(reply)
                    if not b.url and (b.step or reply.step).startswith(("filing", "consent"))
                ]
            if isinstance(client.last, Write):
                await client.types(WORDS)
                waiting += [(client.last.step, b.key) for b in buttons_of(client.last) if not b.url and not b.step]
        assert len(seen) > 8
        assert await talk.rows("SELECT * FROM consent") == []


# --- hard cases -------------------------------------------------------------------------------------------


async def test_a_crash_before_the_commit_leaves_no_number(talk: Talk) -> None:
    client = await writes(talk.client("vk", 7))
    with dying_at("before_commit"):
        await client.presses("Отправить")
    assert await appeals(talk) == []
    assert await talk.rows("SELECT * FROM appeal_series") == []
    assert len(await talk.rows("SELECT * FROM appeal_draft")) == 1
    await client.presses("Отправить")
    assert [row.number for row in await appeals(talk)] == ["П-2026-0001"]
    assert "П-2026-0001" in client.last.text


async def test_a_crash_after_the_commit_still_gives_the_receipt(talk: Talk) -> None:
    client = await writes(talk.client("vk", 7))
    with dying_at("after_commit"):
        await client.presses("Отправить")
    (row,) = await appeals(talk)
    assert row.number not in client.last.text
    stored = (await talk.one("SELECT replies FROM conversation")).replies
    assert row.number not in stored  # sealed: the code is in it
    await talk.app.delivery._round(talk.app.channels["vk"], first=True)
    await talk.spoken()
    assert f"Номер: {row.number}" in client.last.text
    assert "Код: " in client.last.text
    assert (await talk.one("SELECT replies FROM conversation")).replies is None


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Europe/Kaliningrad", datetime(2026, 12, 31, 21, 59, tzinfo=UTC), datetime(2026, 12, 31, 22, 1, tzinfo=UTC)),
        ("Asia/Kamchatka", datetime(2026, 12, 31, 11, 59, tzinfo=UTC), datetime(2026, 12, 31, 12, 1, tzinfo=UTC)),
    ],
)
async def test_the_year_changes_at_midnight_of_the_office(
    sqlite_template: SQLiteTemplate, tmp_path: Path, zone: str, before: datetime, after: datetime
) -> None:
    office = other_office(tmp_path, timezone=zone)
    async with talk_of(sqlite_template, tmp_path, office, now=before) as talk:
        for number, moment in enumerate((before, after)):
            talk.now = moment
            client = await writes(talk.client("vk", number))
            await client.presses("Отправить")
        old, new = await appeals(talk)
        assert (old.number, str(old.registered_on)) == ("П-2026-0001", "2026-12-31")
        assert (new.number, str(new.registered_on)) == ("П-2027-0001", "2027-01-01")
        assert str(new.received_on) == "2027-01-01"
        assert str(new.due_on) >= str(old.due_on)
        assert "2027" in str(new.due_on)


async def test_nothing_is_pressed_that_is_not_there(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("vk", 7)
    await client.starts()
    for step, key in (
        ("filing", "k.nothing"),
        ("filing", "k."),
        ("filing", "anew.nothing"),
        ("filing", "go-on"),
        ("filing", "nothing"),
        ("filing.nothing.c1", "keep"),
        ("filing.appeal.c99", "keep"),
        ("filing.appeal.zzz", "back"),
        ("filing.message.whole", "send."),
        ("filing.message.topic", "queue"),
    ):
        await client.presses_old(step, key)
        assert client.replies, (step, key)
        assert "это наша ошибка" not in client.text, (step, key)
        assert isinstance(client.last, Say | Choose | Write)
    assert await appeals(sqlite_talk) == []
    assert await sqlite_talk.rows("SELECT * FROM appeal_draft") == []
