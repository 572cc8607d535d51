"""Every instrument of the library from the code to thanks, in every channel, and the figure that comes of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot.channels import console, telegram, vk
from bot.messages import Choose, Rate, Reply, Write, buttons_of, words_of
from surveys.load import LIBRARY, read
from tests.base.databases import SQLiteTemplate
from tests.base.talk import Person, open_talk
from tests.dialogue.visits import WINDOW
from tests.surveys.installed import INSTRUMENTS, office_with

CHANNELS = ("telegram", "vk", "web", "console")
# What a content and a dissatisfied client answer to the main question, and the scores of that.
GOOD = {"resolution": ("yes", 5), "expectation": ("better", 5), "nps": ("10", 10)}
BAD = {"resolution": ("no", 1), "expectation": ("worse", 2), "nps": ("0", 0)}
MARK_IN_CARD = {"resolution": "Нет, не решён", "expectation": "Хуже, чем ожидал(а)", "nps": "Оценка: 0 из 10"}


def office(folder: Path, name: str) -> Path:
    about = read(LIBRARY / f"{name}.yaml").object
    return office_with(folder, **{"Т5" if about == "point" else "У4": name})


async def comes(client: Person, name: str) -> Person:
    if read(LIBRARY / f"{name}.yaml").object == "point":
        await client.starts(WINDOW)
    else:
        await client.types("меню")
        await client.presses("rate", "s3")
    return client


async def to_the_end(client: Person) -> None:
    """Answer whatever is asked: the first reason, no comment, no wish for an answer."""
    for _ in range(12):
        asked = client.last
        names = [button.key for button in buttons_of(asked)]
        if "no" in names and "yes" in names:
            await client.presses("no")
        elif "skip" in names:
            await client.presses("skip")
        elif isinstance(asked, Choose) and asked.many:
            await client.presses(asked.options[0].key, "done")
        elif isinstance(asked, Rate | Choose | Write):
            raise AssertionError(f"a second mandatory question: {asked.text}")
        else:
            return


@pytest.mark.parametrize("name", INSTRUMENTS)
async def test_an_instrument_is_answered_to_its_end_in_every_channel(
    sqlite_template: SQLiteTemplate, tmp_path: Path, name: str
) -> None:
    good, best = GOOD.get(name, ("5", 5))
    bad, worst = BAD.get(name, ("1", 1))
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, office=office(tmp_path, name)) as talk:
        owner = await talk.joins("demoev", "telegram", 77)
        for number, channel in enumerate(CHANNELS):
            content = await comes(talk.client(channel, 7), name)
            assert renders(content.last)
            await content.presses(good)
            await to_the_end(content)
            assert "Спасибо!" in content.text
            angry = await comes(talk.client(channel, 8, language="en"), name)
            assert not re.search("[а-яё]", angry.last.text, re.I)
            await angry.presses(bad)
            await to_the_end(angry)
            assert "Thank you for being honest" in angry.text
            await owner.presses_old(f"task.{number + 1}", "open")
            assert MARK_IN_CARD.get(name, "Оценка: 1") in owner.text
        rows = await talk.rows("SELECT score, status FROM response")
        assert {(r.score, r.status) for r in rows} == {(worst, "complete"), (best, "complete")}
        assert len(rows) == 2 * len(CHANNELS)


def renders(reply: Reply) -> bool:
    """Each channel shows every option in full or lists it in the text."""
    labels = [button.label for button in buttons_of(reply)]
    parts = telegram.render(reply)
    keyboard = [button.text for part in parts for row in part.markup.inline_keyboard for button in row]  # type: ignore[union-attr]  # a question has buttons
    assert keyboard == labels
    message = vk.render(reply)
    assert message.keyboard is not None
    on_buttons = [button["action"]["label"] for row in message.keyboard["buttons"] for button in row]
    whole = "\n".join(message.parts)
    assert all(label in on_buttons or label in whole for label in labels)
    shown = console.render(reply)
    return all(label in shown for label in labels)


async def test_eleven_marks_stand_in_two_rows_with_words_at_the_ends(
    sqlite_template: SQLiteTemplate, tmp_path: Path
) -> None:
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, office=office(tmp_path, "nps")) as talk:
        client = await comes(talk.client("telegram", 7), "nps")
        reply = client.last
        assert isinstance(reply, Rate)
        assert [b.label for b in reply.marks] == [str(mark) for mark in range(10, -1, -1)]
        assert "10 – точно посоветую, 0 – ни за что не посоветую" in words_of(reply)
        (part,) = telegram.render(reply)
        rows = [[b.text for b in row] for row in part.markup.inline_keyboard]  # type: ignore[union-attr]  # a question has buttons
        assert rows == [["10", "9", "8", "7", "6", "5"], ["4", "3", "2", "1", "0"], ["Затрудняюсь ответить"]]
        message = vk.render(reply)
        assert message.keyboard is not None
        assert not message.inline
        sizes = [len(row) for row in message.keyboard["buttons"]]
        assert max(sizes) <= 5
        assert len(sizes) <= 10
        # Typed as people type it.
        await client.types("7 из 10")
        await client.presses("back")
        assert next(b.label for b in buttons_of(client.last) if b.chosen) == "7"
        await client.types("моя оценка 10")
        await to_the_end(client)
        await client.starts(WINDOW)
        assert "Ваша оценка: 10 из 10" in client.text


async def test_a_choice_as_the_main_question_can_be_changed_and_staff_read_words(
    sqlite_template: SQLiteTemplate, tmp_path: Path
) -> None:
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, office=office(tmp_path, "expectation")) as talk:
        owner = await talk.joins("demoev", "telegram", 77)
        client = await comes(talk.client("vk", 7), "expectation")
        await client.presses("worse", "skip", "no")
        await talk.settle()
        assert "Хуже, чем ожидал(а)" in owner.posted[-1].text
        await owner.types("задачи")
        assert any("Хуже, чем ожидал(а)" in label for label in owner.labels)
        await client.starts(WINDOW)
        assert "Ваша оценка: Хуже, чем ожидал(а)" in client.text
        await client.presses("change", "same", "skip")
        await talk.settle()
        assert "Клиент изменил оценку: теперь Как ожидал(а)" in owner.chat[-3].reply.text or any(
            "теперь Как ожидал(а)" in sent.reply.text for sent in owner.chat
        )


async def test_an_answer_without_a_value_is_no_mark(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, office=office(tmp_path, "resolution")) as talk:
        client = await comes(talk.client("telegram", 7), "resolution")
        await client.presses("early")
        assert "Спасибо!" in client.text
        row = await talk.one("SELECT score, status FROM response")
        assert (row.score, row.status) == (None, "complete")


async def test_a_survey_answered_before_an_upgrade_is_not_taken_for_a_changed_one(
    sqlite_template: SQLiteTemplate, tmp_path: Path
) -> None:
    url = sqlite_template.copy(tmp_path)
    async with open_talk(url, tmp_path) as talk:
        await (await comes(talk.client("telegram", 7), "visit")).presses("5", "skip", "skip")
        row = await talk.one("SELECT definition FROM survey_version WHERE survey = 'visit'")
        older = json.loads(row.definition)
        del older["measure"]
        for question in older["questions"]:
            for name in ("stage", "scale", "high", "low"):
                question.pop(name, None)
        await talk.rows(
            "UPDATE survey_version SET definition = :older WHERE survey = 'visit' RETURNING survey",
            older=json.dumps(older),
        )
    async with open_talk(url, tmp_path) as talk:
        client = await comes(talk.client("telegram", 7), "visit")
        assert "уже оценили" in client.text
