"""Codes as clients meet them: further ones, revoked ones, those of events; points without a survey; thousands of
points."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.messages import Choose, Rate, Say, buttons_of
from tests.base.databases import SQLiteTemplate
from tests.base.offices import copy_of_demo, many_points
from tests.base.talk import Person, Talk, open_talk
from tests.dialogue.papers import further, revoke
from tests.dialogue.visits import SITE, STAND, WINDOW, rates

MFC, ROOM_201 = "3ZT9K6BP", "8RA5W4NQ"


@pytest.mark.parametrize("form", ["{}", "{}-en", "https://otklik.example/q/{}"])
async def test_a_further_code_opens_its_point_and_the_response_is_booked_there(talk: Talk, form: str) -> None:
    token = await further(talk)
    client = await rates(talk.client("telegram", 7), "4", "quick", "skip", token=form.format(token))
    assert isinstance(client.last, Say)
    assert (await talk.one("SELECT subject, score FROM response"))[:] == ("Т5", 4)
    await client.starts(WINDOW)
    assert client.last.step.startswith("again")


async def test_a_further_code_is_typed_on_the_russian_layout(sqlite_talk: Talk) -> None:
    token = await further(sqlite_talk)
    client = sqlite_talk.client("vk", 7)
    await client.starts()
    await client.types(token.lower().translate(str.maketrans("aekmhpctx", "аекмнрстх")))
    assert isinstance(client.last, Rate)


@pytest.mark.parametrize("channel", ["telegram", "web"])
async def test_a_revoked_code_is_told_and_the_point_is_one_press_away(talk: Talk, channel: str) -> None:
    await revoke(talk, WINDOW)
    client = talk.client(channel, 7)
    await client.starts(WINDOW)
    assert client.text == "Этот код больше не действует.\nВы в кабинете 104?"
    assert client.labels == ["Окно приёма документов, кабинет 104", "Я в другом месте", "Меню"]
    assert await talk.rows("SELECT 1 FROM response") == []
    await client.presses("Окно приёма")
    assert isinstance(client.last, Rate)


@pytest.mark.parametrize(("typed", "expected"), [("1", "Как вас обслужили?"), ("2", "Что вы хотите оценить?")])
async def test_a_number_typed_under_it_means_its_own_buttons(sqlite_talk: Talk, typed: str, expected: str) -> None:
    await revoke(sqlite_talk, STAND)
    client = sqlite_talk.client("telegram", 7)
    await client.types(STAND)
    await client.types(typed)
    assert expected in client.text


async def test_a_point_chosen_on_a_page_opens_whatever_became_of_its_paper(talk: Talk) -> None:
    await revoke(talk, WINDOW)
    client = talk.client("telegram", 7, language="en")
    await client.starts(f"at-{WINDOW}-ru")
    assert "Как вас обслужили?" in client.text
    for nowhere in ("at-NPE22222", "at-", f"at-at-{WINDOW}"):
        stranger = talk.client("telegram", 8)
        await stranger.starts(nowhere)
        assert "Такого кода нет" in stranger.text


async def test_vk_repeats_a_revoked_code_with_every_message(sqlite_talk: Talk) -> None:
    await revoke(sqlite_talk, WINDOW)
    client = sqlite_talk.client("vk", 7)
    await client.starts(WINDOW, "Здравствуйте")
    assert "больше не действует" in client.text
    await client.presses("Окно приёма")
    await client.starts(WINDOW, "4")
    assert client.last.step.startswith("visit.like") or not isinstance(client.last, Rate)
    assert (await sqlite_talk.one("SELECT score FROM response")).score == 4


async def test_a_code_of_an_event_before_and_after_it(talk: Talk) -> None:
    token = await further(talk, valid_from=date(2026, 12, 5), valid_until=date(2026, 12, 6))
    client = talk.client("telegram", 7)
    await client.starts(token)
    assert client.text.startswith("Код начнёт действовать 5 декабря.\nВы в кабинете 104?")
    talk.now += timedelta(days=12)
    await client.starts(token)
    assert isinstance(client.last, Rate)
    talk.now += timedelta(days=2)
    other = talk.client("telegram", 8, language="en")
    await other.starts(token)
    assert other.text.startswith("The code worked until 6 December.\nAre you at room 104?")


async def test_a_revoked_code_of_a_closed_point(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    alone: dict[str, Any] = {"open": False, "nearest": []}
    office = copy_of_demo(tmp_path, {MFC: {"open": False}, WINDOW: {"nearest": []}, SITE: alone})
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, office=office) as talk:
        await revoke(talk, MFC)
        await revoke(talk, SITE)
        client = talk.client("telegram", 7)
        await client.starts(MFC)
        assert client.text.splitlines() == [
            "Этот код больше не действует.",
            "Само место закрыто: Окно № 7 в МФЦ «Мои документы».",
            "Ближайшее открытое: Окно приёма документов, кабинет 104.",
        ]
        await client.starts(SITE)
        assert client.replies[0].text.startswith("Этот код больше не действует.\nЭто место закрыто: Официальный сайт")
        assert isinstance(client.last, Choose)


async def test_a_revoked_code_pauses_an_open_survey_and_does_not_lose_it(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 7), "3")
    await revoke(talk, STAND)
    await client.starts(STAND)
    assert "больше не действует" in client.text
    await client.types("спасибо")
    assert "Вы не закончили опрос" in client.text


async def test_a_point_without_need_7_offers_contacts_and_no_survey(
    sqlite_template: SQLiteTemplate, tmp_path: Path
) -> None:
    none: dict[str, Any] = {"nearest": []}
    closed = {"open": False, "nearest": [STAND]}
    office = copy_of_demo(tmp_path, {STAND: {"needs": [1, 2], **none}, WINDOW: closed, MFC: none, ROOM_201: none})
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, office=office) as talk:
        client = talk.client("telegram", 7)
        await client.starts(STAND)
        assert "Информационный стенд" in client.text
        assert "Здесь оценок не собирают" in client.text
        assert "+7 (000) 000-12-12" in client.text
        await client.starts()
        await client.presses("rate")
        assert not any("Информационный стенд" in label for label in client.labels)
        await client.starts(WINDOW)
        await client.presses("Информационный стенд")
        assert "Здесь оценок не собирают" in client.text
        assert await talk.rows("SELECT 1 FROM response") == []


async def test_the_minute_writes_what_was_scanned(talk: Talk) -> None:
    talk.app.scans.note(WINDOW, talk.now)
    talk.app.scans.note(WINDOW, talk.now)
    await talk.minute()
    assert [tuple(r) for r in await talk.rows("SELECT token, count FROM scan")] == [(WINDOW, 2)]


async def test_the_end_of_the_program_writes_what_was_scanned(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    url = sqlite_template.copy(tmp_path)
    async with open_talk(url, tmp_path) as talk:
        talk.app.scans.note(STAND, talk.now)
    async with open_talk(url, tmp_path) as talk:
        assert (await talk.one("SELECT token, count FROM scan"))[:] == (STAND, 1)


async def test_a_long_list_in_a_short_office_is_searched_too(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("telegram", 7)
    await client.starts()
    await client.presses("rate")
    everything = client.labels
    await client.types("прием")
    assert client.labels[:2] == ["Окно приёма документов, кабинет 104", "Кабинет личного приёма 201"]
    await client.presses("Весь список")
    assert client.labels == everything
    await client.types("ывапр")
    assert "Ничего не нашлось" not in client.text  # all of it is on the screen


# --- 3,000 points -----------------------------------------------------------------------------------------

POINTS = 3000


async def at_the_list(talk: Talk) -> Person:
    client = talk.client("telegram", 7)
    await client.starts()
    await client.presses("rate")
    return client


async def test_an_office_of_3000_points(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    office = many_points(tmp_path, POINTS)
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, office=office) as talk:
        assert len(talk.app.office.points) == POINTS
        client = await at_the_list(talk)
        assert len(buttons_of(client.last)) == 8 + 2
        assert "Показано 1–8 из 3\u00a0004" in client.text  # with five services, without the internal point
        await client.types("ещё")
        assert "Показано 9–16 из 3\u00a0004" in client.text
        second = client.labels[1]
        await client.types("2")
        assert isinstance(client.last, Rate)
        assert second in client.text
        await client.presses("4", "quick", "skip")

        client = await at_the_list(talk)
        await client.types("отделение 17 кабинет 131")
        assert client.labels[0] == "Отделение № 17, кабинет 131"
        assert len(client.labels) == 3
        await client.types("1")
        assert "Отделение № 17, кабинет 131" in client.text
        await client.presses("2", "queue", "done", "skip", "no")

        client = await at_the_list(talk)
        await client.types("отделение")
        assert "Первые 8" in client.text
        await client.types("ывапр")
        assert "Ничего не нашлось" in client.text
        await client.types("справка")
        assert any(label.startswith("Услуга:") for label in client.labels)
        await client.types("помощь")
        assert "+7 (000) 000-12-12" in client.text

        await client.types("мои данные")
        assert "связь с 2 оценками за сегодня" in client.text
        stranger = talk.client("telegram", 8)
        await stranger.types("мои данные")
        assert "за сегодня" not in stranger.text
        await client.presses("delete", "yes")
        assert [r.tie for r in await talk.rows("SELECT tie FROM response")] == [None, None]


async def test_the_last_page_has_the_services_and_no_more(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    office = many_points(tmp_path, 30)
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, office=office) as talk:
        client = await at_the_list(talk)
        await client.presses_old("rate", "p5")
        assert "Показано 33–34 из 34" in client.text
        assert [label.startswith("Услуга:") for label in client.labels[:2]] == [True, True]
        assert client.labels[2:] == ["В начало списка", "Меню"]
        for page in ("p9999", "p0"):
            await client.presses_old("rate", page)
            assert "Показано" in client.text


async def test_words_that_were_searched_are_not_kept(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    office = many_points(tmp_path, 30)
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, office=office) as talk:
        client = await at_the_list(talk)
        await client.types("Отделения 110")
        assert client.labels[0] == "Отделение № 1, кабинет 110"
        state = (await talk.one("SELECT state FROM conversation")).state
    assert "тделени" not in state
    assert "found." in state


async def test_an_old_button_of_today_is_known_by_its_author_only(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 7), "4", "quick", "skip")
    other = await rates(talk.client("telegram", 8), "2", "queue", "done", "skip", "no", token=STAND)
    reply, button = client.button("4")
    await client.presses_old(button.step or reply.step, "4")
    assert "Вы уже ответили: 4 Хорошо" in client.text
    await other.presses_old(button.step or reply.step, "4")
    assert "Вы уже ответили" not in other.text


def test_the_demo_names_the_sub_place() -> None:
    from tests.base.talk import OFFICE

    points = yaml.safe_load((OFFICE / "points.yaml").read_text(encoding="utf-8"))["points"]
    assert {p["code"]: p.get("place_kind") for p in points if p["kind"] == "8.3"} == {"Т5": "documents"}
