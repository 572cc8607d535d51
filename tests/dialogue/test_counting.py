"""«+1 обращение»: ten presses are ten contacts of that day (requirement 4.17)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.base.talk import Person, Talk

LINE = "2fj7p9ke"  # the hotline, the operator's own point


async def counter(talk: Talk, channel: str) -> Person:
    one = await talk.joins("chernykh", channel, "operator" if channel == "web" else 77)
    await one.types("меню")
    await one.presses("+1 обращение")
    assert one.labels[0] == "Горячая линия"
    await one.presses(LINE)
    return one


@pytest.mark.parametrize("channel", ["web", "telegram", "vk"])
async def test_ten_presses_are_ten_calls_of_that_day(talk: Talk, channel: str) -> None:
    one = await counter(talk, channel)
    assert one.labels[0] == "+1 звонок"
    for number in range(1, 11):
        await one.presses("+1 звонок")
        assert f"Звонков сегодня: {number}" in one.text
    rows = await talk.rows("SELECT point, kind, times FROM contact_count")
    assert [tuple(row) for row in rows] == [("Т4", "call", 10)]
    await one.presses("+1 посетитель")
    assert "звонков 10, посетителей 1, писем 0" in one.text


async def test_a_slip_is_taken_back_and_never_below_nothing(talk: Talk) -> None:
    one = await counter(talk, "web")
    assert not any(label.startswith("−1") for label in one.labels)
    await one.presses("+1 звонок", "+1 звонок", "−1 звонок")
    assert "Убрали один. Звонков сегодня: 1" in one.text
    await one.presses("−1 звонок")
    await one.presses_old(f"count.{LINE}", "off.call")
    assert "ещё ничего не посчитали" in one.text
    assert (await talk.one("SELECT times FROM contact_count")).times == 0
    assert len(await talk.rows("SELECT 1 FROM journal WHERE action = 'contact.counted'")) == 4


async def test_the_next_day_begins_at_nothing(talk: Talk) -> None:
    one = await counter(talk, "web")
    await one.presses("+1 звонок")
    talk.now += timedelta(days=1)
    await one.presses("+1 звонок")
    assert "Звонков сегодня: 1" in one.text
    assert len(await talk.rows("SELECT 1 FROM contact_count")) == 2


async def test_typed_words_and_other_points(talk: Talk) -> None:
    one = await counter(talk, "vk")
    await one.types("1")
    assert "Звонков сегодня: 1" in one.text
    await one.presses("Другое место")
    await one.types("Окно приёма документов, кабинет 104")
    assert one.labels[0] == "+1 посетитель"
    await one.types("+1")
    assert "Где обратились" in one.text


async def test_clients_count_nothing(talk: Talk) -> None:
    client = talk.client("telegram", 5)
    await client.starts()
    await client.presses_old("count", "open")
    assert "только для сотрудников" in client.text
    await client.presses_old(f"count.{LINE}", "add.call")
    assert not await talk.rows("SELECT 1 FROM contact_count")
