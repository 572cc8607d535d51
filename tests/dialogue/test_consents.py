"""Consent: its own message before the first personal field, versions, «Мои согласия», withdrawal (5.30)."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.channels import Mode
from bot.messages import File, KeptFile, Say, Write, buttons_of
from tests.base.databases import SQLiteTemplate
from tests.base.offices import copy_of_demo
from tests.base.talk import Person, Talk, edges, open_talk
from tests.dialogue.test_filing import PHONE, WORDS, appeals, given, opened

TITLE = "Согласие на обработку персональных данных"


async def asked(client: Person, kind: str = "message") -> Person:
    """He is about to write, and the text of the consent is on the screen."""
    await client.starts()
    await client.presses("write", f"k.{kind}")
    return client


async def sends_with_name(client: Person) -> Person:
    await asked(client)
    await client.presses("yes")
    await client.fills(client.last.step, words=f"{WORDS}. Звоните {PHONE}")
    await client.presses("skip", "name")
    await client.fills(client.last.step, words="Мария Сэмпл")
    await client.fills(client.last.step, words=PHONE)
    await given(client, File("a.png", size=9, kept=KeptFile("a" * 32, "image/png", 9, "паспорт.png")))
    await client.presses("Отправить")
    return client


def changed(folder: Path, version: int = 2) -> Path:
    """The demo office after its text of the consent was changed."""
    office = copy_of_demo(folder)
    path = office / "consents.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["consents"][0]["version"] = version
    content["consents"][0]["term"]["ru"] = "Срок: 30 дней."
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return office


# --- asking -----------------------------------------------------------------------------------------------


async def test_it_is_a_message_of_its_own_with_two_buttons(talk: Talk) -> None:
    client = await asked(talk.client("web", "visitor"))
    consent = talk.app.office.consent("answers")
    assert consent is not None
    assert [reply.text for reply in client.replies] == [consent.text("ru")]
    assert client.labels == ["Согласен", "Не согласен"]
    await client.presses("yes")
    row = await talk.one("SELECT * FROM consent")
    digest = hashlib.sha256(consent.text("ru").encode()).hexdigest()
    assert (row.purpose, row.version, row.text_hash, row.language, row.channel) == ("answers", 1, digest, "ru", "web")
    assert row.chat == talk.app.keys.hash("web:visitor")
    assert isinstance(client.last, Write)
    # Once is enough.
    await client.fills(client.last.step, words=WORDS)
    await client.types("меню")
    await client.presses("write", "go-on")
    assert TITLE not in client.text


@pytest.mark.parametrize("word", ["Согласен", "согласна", "да", "1"])
async def test_agreeing_in_words(sqlite_talk: Talk, word: str) -> None:
    client = await asked(sqlite_talk.client("web", "visitor"))
    await client.types(word)
    assert "согласие записано" in client.text
    assert len(await sqlite_talk.rows("SELECT * FROM consent")) == 1


@pytest.mark.parametrize("word", ["Не согласен", "нет", "не согласна", "2"])
async def test_declining_loses_nothing(sqlite_talk: Talk, word: str) -> None:
    client = await asked(sqlite_talk.client("web", "visitor"))
    await client.types(word)
    assert "без согласия" in client.text
    assert await sqlite_talk.rows("SELECT * FROM consent") == []
    assert isinstance(client.last, Write)
    await client.fills(client.last.step, words=f"{WORDS}. Звоните {PHONE}")
    assert "номер скрыт" in client.text
    await client.presses("skip", "Отправить")
    (row,) = await appeals(sqlite_talk)
    assert opened(sqlite_talk, row.text) == f"{WORDS}. Звоните [номер скрыт]"
    assert row.applicant == ""


async def test_anything_else_is_no_consent(sqlite_talk: Talk) -> None:
    client = await asked(sqlite_talk.client("web", "visitor"))
    for words in ("ну ладно", "может быть", "😀", "не знаю", "согласен, но не совсем"):
        await client.types(words)
        assert client.labels == ["Согласен", "Не согласен"]
    await client.types("меню")
    assert "Написать в учреждение" in client.labels
    await client.presses_old("consent.answers.1", "yes")
    assert "Этот текст больше не действует" in client.text
    assert await sqlite_talk.rows("SELECT * FROM consent") == []


async def test_a_name_is_never_asked_for_before_it(sqlite_talk: Talk) -> None:
    client = await asked(sqlite_talk.client("web", "visitor"))
    await client.presses("no")
    await client.fills(client.last.step, words=WORDS)
    await client.presses("skip", "name")
    assert TITLE in client.text
    assert client.labels == ["Согласен", "Не согласен"]
    await client.presses("no")
    assert "Проверьте перед отправкой" in client.last.text
    # Words typed now are no name.
    await client.types("Мария Сэмпл")
    assert "Мария" not in client.text
    await client.presses("name", "yes")
    assert client.last.text == "Как к вам обращаться?"


@pytest.mark.parametrize("mode", ["anonymous", "track"])
async def test_elsewhere_nothing_is_to_be_agreed_to(
    sqlite_template: SQLiteTemplate, tmp_path: Path, mode: Mode
) -> None:
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, channels=edges(telegram=mode)) as talk:
        client = await asked(talk.client("telegram", 7), "idea")
        assert isinstance(client.last, Write)
        await client.types("мои согласия")
        assert "личные данные не спрашиваем" in client.text
        await client.presses("Ответы на ваши вопросы")
        assert TITLE in client.text
        assert "Дать согласие" not in client.labels
        await client.presses_old("consents", "ask.answers")
        assert "Согласен" not in client.labels


# --- a new text -------------------------------------------------------------------------------------------


async def test_a_changed_text_is_asked_anew_before_the_next_use(
    sqlite_template: SQLiteTemplate, tmp_path: Path
) -> None:
    url = sqlite_template.copy(tmp_path)
    async with open_talk(url, tmp_path) as talk:
        client = await asked(talk.client("web", "visitor"))
        await client.presses("yes")
        await client.fills(client.last.step, words=f"{WORDS}. Звоните {PHONE}")
        await client.presses("skip", "name")
        await client.fills(client.last.step, words="Мария Сэмпл")
        await client.presses("skip")
        reply, button = client.button("Отправить")
    async with open_talk(url, tmp_path, office=changed(tmp_path)) as talk:
        client = talk.client("web", "visitor")
        # An old «Отправить» sends nothing under the new text.
        await client.presses_old(reply.step, button.key)
        assert "Срок: 30 дней." in client.text
        assert await appeals(talk) == []
        # A button of the old text agrees to nothing.
        await client.presses_old("consent.answers.1", "yes")
        assert "Текст согласия изменился" in client.text
        await client.types("мои согласия")
        # In the dialogue only the text is on the screen; the list is one «меню» away.
        await client.types("меню")
        await client.presses("more", "consents")
        assert "версия 1" in client.text
        assert "Текст с тех пор изменился (версия 2)" in client.text
        await client.types("меню")
        await client.presses("write", "go-on", "no")
        assert "Мария" not in client.text
        assert "[номер скрыт]" in client.last.text
        await client.presses("Отправить")
        (row,) = await appeals(talk)
        assert (row.applicant, opened(talk, row.text)) == ("", f"{WORDS}. Звоните [номер скрыт]")


async def test_the_new_text_given_ends_the_old_one(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    url = sqlite_template.copy(tmp_path)
    async with open_talk(url, tmp_path) as talk:
        await (await asked(talk.client("web", "visitor"))).presses("yes")
    async with open_talk(url, tmp_path, office=changed(tmp_path)) as talk:
        client = await asked(talk.client("web", "visitor"))
        await client.presses("yes")
        rows = await talk.rows("SELECT version, withdrawn_at FROM consent ORDER BY id")
        assert [(row.version, row.withdrawn_at is None) for row in rows] == [(1, False), (2, True)]


# --- «Мои согласия» ---------------------------------------------------------------------------------------


async def test_the_list_shows_what_was_given_and_the_very_words(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("web", "visitor")
    await client.starts()
    await client.presses("more", "consents")
    assert "Ответы на ваши вопросы: согласия нет." in client.text
    await client.presses("Ответы на ваши вопросы", "Дать согласие")
    assert client.replies[0].text.startswith(TITLE)
    await client.presses("yes")
    assert "согласие дано 23 ноября, 10:00, версия 1, канал – страница в браузере" in client.text
    assert TITLE in client.text
    assert "Отозвать согласие" in client.labels
    await client.presses("Ко всем согласиям")
    assert "согласие дано 23 ноября" in client.text


async def test_withdrawal_stops_at_once(talk: Talk) -> None:
    client = await sends_with_name(talk.client("web", "visitor"))
    (before,) = await appeals(talk)
    talk.now += timedelta(hours=1)
    await client.types("мои согласия")
    await client.presses("Ответы на ваши вопросы", "Отозвать согласие")
    assert "сразу сотрём имя, контакты и файлы" in client.text
    await client.presses("Нет, оставить")
    assert (await talk.one("SELECT * FROM consent")).withdrawn_at is None
    await client.presses("Отозвать согласие", "Да, отозвать")
    assert f"номера в тексте скрыты: {before.number}" in client.text
    assert "отозвано 23 ноября, 11:00" in client.text
    (row,) = await appeals(talk)
    assert (row.applicant, opened(talk, row.text)) == ("", f"{WORDS}. Звоните [номер скрыт]")
    assert bool(row.open)
    assert row.version == before.version + 1
    assert await talk.rows("SELECT * FROM appeal_file") == []
    record = await talk.one("SELECT * FROM erasure")
    assert (record.basis, record.chat) == ("consent", "")
    assert json.loads(record.counts) == {"appeals": 1, "names": 1, "files": 1}
    assert record.done_at is not None
    # Again: it says so, and nothing happens.
    await client.presses_old("consents", "sure.answers")
    assert "уже отозвано" in client.text
    # What he writes next is asked anew.
    await client.types("меню")
    await client.presses("write", "k.message")
    assert TITLE in client.text
    # And given again.
    await client.presses("yes")
    rows = await talk.rows("SELECT withdrawn_at FROM consent ORDER BY id")
    assert [row.withdrawn_at is None for row in rows] == [False, True]


async def test_withdrawal_plains_the_draft(sqlite_talk: Talk) -> None:
    client = await asked(sqlite_talk.client("web", "visitor"))
    await client.presses("yes")
    await client.fills(client.last.step, words=f"{WORDS}. Звоните {PHONE}")
    await client.presses("skip", "name")
    await client.fills(client.last.step, words="Мария Сэмпл")
    await client.presses("skip")
    await given(client, File("a.png", size=9, kept=KeptFile("a" * 32, "image/png", 9, "a.png")))
    await client.presses_old("consents", "sure.answers")
    draft = await sqlite_talk.one("SELECT * FROM appeal_draft")
    assert json.loads(opened(sqlite_talk, draft.sealed)) == {"text": f"{WORDS}. Звоните [номер скрыт]"}
    assert await sqlite_talk.rows("SELECT * FROM appeal_file") == []


async def test_a_consent_is_of_one_chat(sqlite_talk: Talk) -> None:
    await (await asked(sqlite_talk.client("web", "one"))).presses("yes")
    client = await asked(sqlite_talk.client("web", "two"))
    assert TITLE in client.text
    await client.presses("no")
    await client.types("меню")
    await client.types("мои согласия")
    assert "согласия нет" in client.text
    assert isinstance(client.last, Say)


async def test_the_journal_knows_of_it_without_words(talk: Talk) -> None:
    client = await sends_with_name(talk.client("web", "visitor"))
    await client.presses_old("consents", "sure.answers")
    rows: list[Any] = await talk.rows("SELECT * FROM journal ORDER BY id")
    assert "consent.withdrawn" in [row.action for row in rows]
    assert "Мария" not in str([tuple(row) for row in rows])
    assert "справк" not in str([tuple(row) for row in rows])


async def test_the_buttons_of_the_knowledge_base_lead_here(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("web", "visitor")
    await client.starts()
    for action, expected in (
        ("consents", "Ваши согласия"),
        ("data", "Вот всё, что хранится"),
        ("delete", "Удалить всё"),
        ("draft", "Что вы хотите подать?"),
        ("idea", TITLE),
    ):
        await client.presses_old("menu", action)
        assert expected in client.text, action
        assert buttons_of(client.last)
