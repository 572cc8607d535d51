"""What clients are told of their appeals unasked: once for each change, in the right chat, at the right hour, with
words only where they may go."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from backend.appeals import events, notices, reminders, work
from backend.appeals.registration import Registered
from backend.appeals.rows import appeals
from bot.channels import TryLater, Unreachable
from bot.messages import Reply, Say, buttons_of
from tests.base.databases import SQLiteTemplate
from tests.base.talk import Person, Talk, edges, open_talk
from tests.dialogue.appeals import (
    BASIS,
    ESSENCE,
    REASON,
    SECRET,
    THEN,
    answers,
    at_desk,
    does,
    follows,
    opens,
    registers,
    row_of,
    said,
    takes,
)

EVENING = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)  # 22:00 in Moscow


async def follower(
    talk: Talk, channel: str = "vk", ident: int = 7, *, language: str = "ru"
) -> tuple[Person, Registered]:
    client = talk.client(channel, ident, language=language)
    registered = await registers(talk)
    await client.starts()
    await follows(client, registered)
    return client, registered


def texts(client: Person) -> list[str]:
    return [reply.text for reply in client.posted]


def keys_of(reply: Reply) -> list[str]:
    return [button.key for button in buttons_of(reply) if not button.url]


# --- one for each change ----------------------------------------------------------------------------------


async def test_a_receipt_goes_to_the_chat_that_was_chosen(talk: Talk) -> None:
    """Requirement 4.08: «Получили, номер …, ответим до …»."""
    client = talk.client("vk", 7)
    await client.starts()
    registered = await registers(talk, chat=client)
    await talk.settle()
    assert len(client.posted) == 1
    receipt = client.posted[0]
    assert f"Номер: {registered.number}" in receipt.text
    assert "Ответим до 23 декабря" in receipt.text
    assert receipt.asks == "track"
    assert keys_of(receipt) == ["open", "quiet"]
    await client.presses("open")
    assert "Сейчас: Зарегистрировано" in client.text


async def test_five_stages_give_five_notices_and_none_twice(talk: Talk) -> None:
    """Requirement 4.10."""
    client, registered = await follower(talk)
    await takes(talk, registered)
    await talk.settle()
    await does(talk, work.move, registered, "approval")
    await talk.settle()
    await does(talk, work.suspend, registered, reason=REASON, then=THEN)
    await talk.settle()
    await does(talk, work.move, registered, "review")
    await talk.settle()
    await answers(talk, registered)
    for _ in range(3):
        await talk.settle()
    told = texts(client)
    assert [text.partition("\n")[0] for text in told] == [
        "№ А-2026-0001. Новый этап: Рассмотрение.",
        "№ А-2026-0001. Новый этап: Ответ на согласовании.",
        "№ А-2026-0001. Ждём сведения.",
        "№ А-2026-0001. Новый этап: Рассмотрение.",
        "№ А-2026-0001. Ответ готов.",
    ]
    assert len(await talk.rows("SELECT id FROM outbox WHERE kind = 'appeal' AND status = 'sent'")) == 5


DEEDS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("extend", {"days": 30, "reason": REASON}, ["Срок ответа продлён до 22 января 2027 года"]),
    ("redirect", {"to": "roads"}, ["Ваш вопрос решает другой орган", "Дорожное управление", "+7 (000) 000-20-20"]),
    ("redirect", {"to": "Совет садоводов"}, ["Ваш вопрос решает другой орган"]),
    ("suspend", {"reason": REASON, "then": THEN}, ["Ждём сведения", "Ответ: до 23 декабря"]),
    ("refuse", {"reason": REASON, "then": THEN}, ["Оставлено без ответа по существу"]),
    ("close", {"reason": "repeated", "text": REASON}, ["Завершено", "На этот вопрос мы уже отвечали"]),
    ("reply", {"text": f"Пришлите копию. {SECRET}"}, ["Вам написал сотрудник"]),
    ("answer", {"essence": ESSENCE, "basis": BASIS, "then": THEN}, ["Ответ готов"]),
]


@pytest.mark.parametrize(("deed", "fields", "expected"), DEEDS)
async def test_each_deed_in_a_channel_that_carries_no_words(
    sqlite_talk: Talk, deed: str, fields: dict[str, Any], expected: list[str]
) -> None:
    client, registered = await follower(sqlite_talk)
    await does(sqlite_talk, getattr(work, deed), registered, **fields)
    await sqlite_talk.settle()
    assert len(client.posted) == 1
    notice = client.posted[0]
    assert notice.asks == "track"
    for words in expected:
        assert words in notice.text, notice.text
    secret = any(SECRET in str(value) for value in fields.values())
    assert ("на нашем сайте" in notice.text) == (secret or fields.get("to") == "Совет садоводов")
    assert SECRET not in said(sqlite_talk, "vk")
    assert "садоводов" not in said(sqlite_talk, "vk")
    assert len(notice.text) <= 1000
    assert ("rate" in keys_of(notice)) == (deed in ("answer", "refuse"))


@pytest.mark.parametrize(("deed", "fields", "expected"), DEEDS)
async def test_each_deed_in_a_channel_that_carries_words(
    sqlite_template: SQLiteTemplate, tmp_path: Path, deed: str, fields: dict[str, Any], expected: list[str]
) -> None:
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, channels=edges(vk="personal")) as talk:
        client, registered = await follower(talk)
        await does(talk, getattr(work, deed), registered, **fields)
        await talk.settle()
        assert len(client.posted) == 1
        notice = client.posted[0]
        for words in expected:
            assert words in notice.text, notice.text
        assert "на нашем сайте" not in notice.text
        for value in fields.values():
            if isinstance(value, str) and value not in ("roads", "repeated"):
                assert value in notice.text
                assert notice.asks == "personal"


async def test_a_moved_term_and_a_miss_are_told_with_the_new_date(talk: Talk) -> None:
    client, registered = await follower(talk)
    async with at_desk(talk, None) as desk:
        row = await work.get(desk.session, registered.id)
        data = {"from": "2026-12-23", "due": "2026-12-25"}
        event = await events.add(desk.session, desk.keys, desk.now, row, "deadline", by="system", data=data)
        await notices.tell(desk.session, desk.office, desk.calendar, registered.id, event, desk.now)
    await talk.settle()
    assert "был до 23 декабря, теперь – до 25 декабря" in texts(client)[0]
    talk.now = datetime(2026, 12, 24, 7, 0, tzinfo=UTC)
    async with at_desk(talk, None) as desk:
        await reminders.run(desk.session, desk.office, desk.calendar, desk.keys, desk.now)
    await talk.settle()
    assert len(client.posted) == 2
    assert "Мы не ответили до 23 декабря, как обещали. Извините нас" in texts(client)[1]
    row = await row_of(talk, registered)
    assert f"Новый срок – до {talk.app.words['ru'].day(row.promised_on, date(2026, 12, 24))}" in texts(client)[1]
    assert "Черных-Тестовая" in texts(client)[1]


async def test_a_preliminary_date_says_so(talk: Talk) -> None:
    client = talk.client("vk", 7)
    await client.starts()
    talk.now = datetime(2027, 12, 24, 7, 0, tzinfo=UTC)
    await registers(talk, chat=client)
    await talk.settle()
    assert "предварительно" in texts(client)[0]


# --- when, where, in which language -----------------------------------------------------------------------


async def test_a_notice_of_the_evening_comes_in_the_morning(talk: Talk) -> None:
    """Requirement 5.31: due at 22:00, sent at 9:00."""
    client, registered = await follower(talk)
    talk.now = EVENING
    await takes(talk, registered)
    await talk.settle()
    assert client.posted == []
    await talk.after(hours=10, minutes=59)
    assert client.posted == []
    await talk.after(minutes=1)
    assert len(client.posted) == 1


async def test_a_client_reads_it_in_his_language(talk: Talk) -> None:
    client, registered = await follower(talk, language="en")
    await takes(talk, registered)
    await answers(talk, registered)
    await talk.settle()
    assert "New stage: Under review" in texts(client)[0]
    assert "The answer is ready" in texts(client)[1]
    assert [b.label for b in buttons_of(client.posted[1])] == [
        "Read on the website",
        "To the appeal",
        "Rate the answer",
        "No more about this appeal",
    ]


async def test_the_last_chat_that_gave_number_and_code_is_told(talk: Talk) -> None:
    first, registered = await follower(talk)
    talk.now += timedelta(minutes=5)
    second = talk.client("vk", 8)
    await follows(second, registered)
    await takes(talk, registered)
    await talk.settle()
    assert (len(first.posted), len(second.posted)) == (0, 1)
    talk.now += timedelta(minutes=5)
    await follows(first, registered)
    await answers(talk, registered)
    await talk.settle()
    assert (len(first.posted), len(second.posted)) == (1, 1)


async def test_switched_off_it_is_silent_and_the_card_still_tells(talk: Talk) -> None:
    client, registered = await follower(talk)
    await takes(talk, registered)
    await talk.settle()
    await client.presses("quiet")
    assert "об этом обращении больше не пишем" in client.text
    await does(talk, work.move, registered, "approval")
    await talk.settle()
    assert len(client.posted) == 1
    await opens(client, registered)
    assert "Уведомления об этом обращении выключены" in client.text
    await client.presses("notify")
    await answers(talk, registered)
    await talk.settle()
    assert len(client.posted) == 2


async def test_switched_off_before_the_morning_nothing_comes(talk: Talk) -> None:
    client, registered = await follower(talk)
    talk.now = EVENING
    await takes(talk, registered)
    await opens(client, registered)
    await client.presses("quiet")
    await talk.after(hours=12)
    assert client.posted == []
    assert (await talk.one("SELECT status FROM outbox WHERE kind = 'appeal'")).status == "dropped"


async def test_left_or_stopped_nothing_comes(talk: Talk) -> None:
    client, registered = await follower(talk)
    await client.types("стоп")
    await takes(talk, registered)
    await talk.settle()
    assert client.posted == []
    await client.presses_old("menu", "stop")
    await opens(client, registered)
    await client.presses("leave", "yes")
    await answers(talk, registered)
    await talk.settle()
    assert client.posted == []


async def test_an_appeal_that_is_being_deleted_is_not_spoken_of(talk: Talk) -> None:
    client, registered = await follower(talk)
    talk.now = EVENING
    await takes(talk, registered)
    async with talk.app.db.begin() as session:
        await session.execute(update(appeals).where(appeals.c.id == registered.id).values(blocked=True))
    await talk.after(hours=12)
    assert client.posted == []
    await client.types("мои обращения")
    assert registered.number not in client.text
    await client.presses_old(f"appeal.{registered.id}", "open")
    assert "Не найдено" in client.text


# --- a chat that takes nothing ----------------------------------------------------------------------------


async def test_a_blocked_bot_hands_over_to_another_chat_then_to_a_person(talk: Talk) -> None:
    await talk.joins("chernykh", "vk")
    first, registered = await follower(talk)
    talk.now += timedelta(minutes=5)
    second = talk.client("vk", 8)
    await follows(second, registered)
    talk.edge("vk").gone["8"] = Unreachable("blocked")
    await takes(talk, registered, by="chernykh")
    await talk.settle()
    assert (len(first.posted), len(second.posted)) == (1, 0)
    talk.edge("vk").gone["7"] = Unreachable("blocked")
    await does(talk, work.move, registered, "approval")
    await talk.settle()
    assert len(first.posted) == 1
    task = await talk.one("SELECT kind, subject, owner FROM task WHERE kind = 'appeal'")
    assert (task.kind, task.subject, task.owner) == ("appeal", registered.number, "chernykh")
    # He comes back and looks: from now on he is told again.
    del talk.edge("vk").gone["7"]
    await opens(first, registered)
    await answers(talk, registered)
    await talk.settle()
    assert len(first.posted) == 2
    assert len(await talk.rows("SELECT id FROM task WHERE kind = 'appeal'")) == 1


async def test_a_messenger_that_has_no_time_is_tried_again_once(talk: Talk) -> None:
    client, registered = await follower(talk)
    talk.edge("vk").failures.append(TryLater(1))
    await takes(talk, registered)
    await talk.settle()
    await talk.after(minutes=5)
    assert len(client.posted) == 1


async def test_a_channel_whose_mode_was_lowered_is_told_nothing(
    sqlite_template: SQLiteTemplate, tmp_path: Path
) -> None:
    url = sqlite_template.copy(tmp_path)
    async with open_talk(url, tmp_path) as talk:
        _, registered = await follower(talk)
        await takes(talk, registered)
    async with open_talk(url, tmp_path, channels=edges(vk="anonymous")) as talk:
        client = talk.client("vk", 7)
        await talk.settle()
        assert client.posted == []
        assert len(await talk.rows("SELECT id FROM task WHERE kind = 'appeal'")) == 1
        await client.presses_old(f"appeal.{registered.id}", "open")
        assert "не спрашиваем номера и коды" in client.text


# --- survey B ---------------------------------------------------------------------------------------------


async def test_survey_b_comes_next_day_at_ten_with_one_reminder(talk: Talk) -> None:
    client, registered = await follower(talk)
    await answers(talk, registered)
    await talk.settle()
    assert len(client.posted) == 1
    talk.now = datetime(2026, 11, 24, 6, 59, tzinfo=UTC)
    await talk.settle()
    assert len(client.posted) == 1
    await talk.after(minutes=1)
    invitation = client.posted[1]
    assert isinstance(invitation, Say)
    assert f"Мы ответили на ваше обращение № {registered.number}" in invitation.text
    assert keys_of(invitation) == ["rate", "open", "quiet"]
    await talk.after(days=1)
    assert "Напоминаем один раз" in texts(client)[2]
    await talk.after(days=2)
    assert len(client.posted) == 3
    await client.presses("rate")
    assert "Ответ понятный?" in client.text


@pytest.mark.parametrize("what", ["rated", "reopened", "switched off"])
async def test_survey_b_is_not_asked_in_vain(talk: Talk, what: str) -> None:
    client, registered = await follower(talk)
    await answers(talk, registered)
    await talk.settle()
    if what == "rated":
        await client.presses("rate")
        await client.presses("5", "yes")
    else:
        await opens(client, registered)
        await client.presses("again" if what == "reopened" else "quiet")
    before = len(client.posted)
    await talk.after(days=1)
    await talk.after(days=1)
    assert len(client.posted) == before


async def test_an_answer_anew_is_asked_about_anew(talk: Talk) -> None:
    client, registered = await follower(talk)
    await answers(talk, registered)
    await opens(client, registered)
    await client.presses("again")
    await answers(talk, registered)
    await talk.settle()
    before = len(client.posted)
    await talk.after(days=1)
    asked = [text for text in texts(client)[before:] if "Мы ответили на ваше обращение" in text]
    assert len(asked) == 1
