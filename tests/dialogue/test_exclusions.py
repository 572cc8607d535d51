"""Spam and doubles: left out of the figures with a reason, never deleted (requirements 1.28)."""

from __future__ import annotations

import argparse
import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from backend import exclusions, feedback
from bot.commands import figures
from bot.messages import Choose, Press, Write, buttons_of
from tests.base.talk import Person, Talk
from tests.dialogue.visits import SITE, STAND, WINDOW, complains, rates

REASON = "30 одинаковых оценок за минуту"


async def opened(talk: Talk, *, token: str = WINDOW, person: str = "primerova", number: int = 1) -> Person:
    """The administrator before the card of a low mark."""
    admin = await talk.joins(person)
    await complains(talk.client("telegram", 100 + number), wants=False, token=token)
    await talk.settle()
    await admin.sends(Press(f"task.{number}", "open"))
    return admin


async def excludes(admin: Person, kind: str = "spam", reason: str = REASON) -> Person:
    await admin.presses("Спам или повтор", kind)
    await admin.types(reason)
    await admin.presses("yes")
    return admin


async def marks(talk: Talk) -> list[tuple[str, dict[int, int], int]]:
    async with talk.app.db.read() as session:
        return [(t.ident, t.marks, t.excluded) for t in await feedback.tallies(session) if t.kind == "point"]


async def test_a_mark_is_excluded_with_kind_reason_and_preview(talk: Talk) -> None:
    admin = await opened(talk)
    await rates(talk.client("telegram", 7), "5", "skip", "skip")
    await admin.presses("Спам или повтор")
    assert isinstance(admin.last, Choose)
    assert [b.label for b in buttons_of(admin.last)] == ["Спам", "Повтор", "Отмена"]
    assert "Плохая оценка сама по себе – не причина" in admin.last.hint
    await admin.presses("Повтор")
    assert isinstance(admin.last, Write)
    await admin.types("Тот же клиент, дважды за час, его телефон 8 913 123-45-67")
    assert "Оценка не войдёт в показатели. Запись останется, причина будет видна в отчётах." in admin.text
    assert "Задача закроется" in admin.text
    assert "оценка 2: повтор" in admin.text
    assert "913" not in admin.text
    assert (await talk.one("SELECT count(*) FROM exclusion"))[0] == 0
    await admin.presses("yes")
    assert "исключена из показателей" in admin.text
    row = await talk.one("SELECT kind, reason, by, ended_at FROM exclusion")
    assert (row.kind, row.by, row.ended_at) == ("double", "Примерова В. И.", None)
    assert row.reason == "Тот же клиент, дважды за час, его телефон [номер скрыт]"
    task = await talk.one("SELECT status, done, holder FROM task")
    assert task.status == "closed"
    assert task.done.startswith("Оценка исключена из показателей: повтор.")
    assert await marks(talk) == [("Т5", {5: 1}, 1)]
    actions = [r[0] for r in await talk.rows("SELECT action FROM journal ORDER BY id")]
    assert {"mark.excluded", "task.closed"} <= set(actions)
    assert (await talk.one("SELECT score FROM response WHERE excluded")).score == 2


async def test_the_posted_alert_says_so(talk: Talk) -> None:
    owner = await talk.joins("demoev")
    await excludes(await opened(talk))
    await talk.settle()
    assert f"Закрыто: Примерова В. И., 10:00. Сделано: Оценка исключена из показателей: спам. {REASON}" in (
        owner.posted[0].text
    )
    assert buttons_of(owner.posted[0]) == ()


@pytest.mark.parametrize("words", ["", "!!! 123", "ложь", "8 913 123-45-67", "ivan.petrov@example.org"])
async def test_a_reason_is_mandatory(sqlite_talk: Talk, words: str) -> None:
    admin = await opened(sqlite_talk)
    await admin.presses("Спам или повтор", "spam")
    await admin.types(words)
    assert isinstance(admin.last, Write)
    await admin.types("я" * 301)
    assert isinstance(admin.last, Write)
    assert (await sqlite_talk.one("SELECT excluded FROM response")).excluded == 0


async def test_words_and_numbers_mean_the_buttons(sqlite_talk: Talk) -> None:
    admin = await opened(sqlite_talk)
    await admin.types("спам или повтор")
    await admin.types("1")
    await admin.types(REASON)
    await admin.types("переписать")
    assert isinstance(admin.last, Write)
    assert admin.last.value == REASON
    await admin.types(f"{REASON}, пусто в зале")
    await admin.types("исключить из показателей")
    assert (await sqlite_talk.one("SELECT reason FROM exclusion")).reason == f"{REASON}, пусто в зале"


async def test_it_can_be_cancelled_at_each_step(sqlite_talk: Talk) -> None:
    admin = await opened(sqlite_talk)
    for steps in ((), ("spam",), ("spam", REASON)):
        await admin.presses("Спам или повтор")
        for step in steps:
            await (admin.presses(step) if step == "spam" else admin.types(step))
        await admin.presses("cancel")
        assert "Отменено" in admin.text
    assert (await sqlite_talk.one("SELECT excluded FROM response")).excluded == 0


async def test_the_whole_way_in_the_browser(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    admin = await talk.joins("primerova", "web", "browser1")
    await complains(talk.client("telegram", 7), wants=False)
    await admin.sends(Press("task.1", "open"))
    await admin.presses("Спам или повтор", "spam")
    await admin.fills("exclude.1.why", words=REASON)
    await admin.sends(Press("exclude.1.sure", "yes"))
    assert "исключена из показателей" in admin.text
    await admin.presses("Вернуть в показатели")
    assert "снова входит в показатели" in admin.text


async def test_it_is_undone_and_the_task_waits_again(talk: Talk) -> None:
    owner = await talk.joins("demoev")
    admin = await excludes(await opened(talk))
    talk.now += timedelta(hours=1)
    await admin.presses("Вернуть в показатели")
    assert "снова входит в показатели" in admin.text
    assert await marks(talk) == [("Т5", {2: 1}, 0)]
    assert (await talk.one("SELECT status FROM task")).status == "new"
    assert (await talk.one("SELECT ended_at FROM exclusion")).ended_at is not None
    await talk.settle()
    assert "Никто не взял" in owner.posted[0].text
    await excludes(admin, "double", "Клиент сам сказал, что нажал дважды")
    assert (await talk.one("SELECT kind, ended_at FROM exclusion")) == ("double", None)
    assert (await talk.one("SELECT count(*) FROM journal WHERE action = 'mark.excluded'"))[0] == 2


async def test_what_was_closed_before_stays_closed(talk: Talk) -> None:
    admin = await opened(talk)
    await admin.presses("close")
    await admin.types("Проверили камеры, никого не было")
    talk.now += timedelta(hours=1)
    await excludes(admin)
    assert f"Не входит в показатели: спам. Причина: «{REASON}». Примерова В. И., 23 ноября, 11:00" in admin.text
    await admin.presses("Вернуть в показатели")
    task = await talk.one("SELECT status, done FROM task")
    assert task == ("closed", "Проверили камеры, никого не было")


async def test_nobody_else_may(talk: Talk) -> None:
    await complains(talk.client("telegram", 7), wants=False)
    for name in ("demoev", "maketov", "obraztsov"):
        person = await talk.joins(name)
        await person.sends(Press("task.1", "open"))
        assert "Спам или повтор" not in person.labels
        for key in ("exclude", "include"):
            await person.presses_old("task.1", key)
            assert "может только администратор" in person.text
    stranger = talk.client("telegram", 9)
    for step, key in (("task.1", "exclude"), ("task.1", "include"), ("exclude.1.sure", "yes"), ("excluded", "open")):
        await stranger.presses_old(step, key)
        assert "Исключ" not in stranger.text or "только администратор" in stranger.text
    assert not (await talk.one("SELECT excluded FROM response")).excluded


async def test_nobody_judges_his_own_point(talk: Talk) -> None:
    admin = await opened(talk, token=STAND)  # her own
    await admin.presses("Спам или повтор")
    assert "касается вас" in admin.text
    assert "Это может: Образцов А. Л." in admin.text
    head = await talk.joins("obraztsov")
    await head.sends(Press("task.1", "open"))
    await excludes(head)
    assert (await talk.one("SELECT by FROM exclusion"))[0] == "Образцов А. Л."
    await admin.presses_old("task.1", "include")
    assert "касается вас" in admin.text
    assert (await talk.one("SELECT excluded FROM response")).excluded


async def test_a_role_that_is_gone_ends_it_in_the_middle(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    admin = await opened(talk)
    await admin.presses("Спам или повтор", "spam")
    await admin.types(REASON)
    persons = tuple(p.model_copy(update={"roles": ()}) for p in talk.app.office.persons)
    talk.app.hearing.office = talk.app.office.model_copy(update={"persons": persons})
    await admin.presses("yes")
    assert "может только администратор" in admin.text
    assert not (await talk.one("SELECT excluded FROM response")).excluded


async def test_of_two_administrators_the_first_one_decides(talk: Talk) -> None:
    one = await opened(talk)
    two = await talk.joins("primerova", "vk", 9)
    for admin, words in ((one, REASON), (two, "Шутка школьников")):
        await admin.sends(Press("task.1", "exclude"))
        await admin.presses("spam")
        await admin.types(words)
    await one.presses("yes")
    await two.presses("yes")
    assert "уже исключена: Примерова В. И." in two.text
    assert (await talk.one("SELECT reason FROM exclusion")).reason == REASON


async def test_two_at_the_same_moment(talk: Talk) -> None:
    """What the dialogue cannot see: both have passed its questions."""
    await opened(talk)
    person = talk.app.office.person("primerova")
    assert person is not None
    task = await talk.one("SELECT * FROM task")
    done = []
    for reason in (REASON, "Шутка школьников"):
        async with talk.app.db.begin() as session:
            done.append(
                await exclusions.exclude(session, task, talk.now, kind="spam", reason=reason, done=reason, by=person)
            )
    assert done == [True, False]
    assert (await talk.one("SELECT reason FROM exclusion")).reason == REASON


async def test_a_client_who_waits_is_answered_first(talk: Talk) -> None:
    admin = await talk.joins("primerova")
    await complains(talk.client("telegram", 7), wants=True)
    await admin.sends(Press("task.1", "open"))
    await admin.presses("Спам или повтор")
    assert "Клиент ждёт ответа до 26 ноября. Сначала ответьте ему" in admin.text
    await admin.presses("answer")
    await admin.types("Мы проверили: вас не было на приёме")
    await admin.presses("send")
    await excludes(admin)
    assert (await talk.one("SELECT excluded FROM response")).excluded


async def test_a_survey_that_is_still_open_can_be_excluded(talk: Talk) -> None:
    admin = await talk.joins("primerova")
    client = await rates(talk.client("telegram", 7), "1")
    await talk.after(seconds=61)
    await admin.sends(Press("task.1", "open"))
    await excludes(admin)
    await client.presses("queue", "done", "skip", "no")
    assert "Спасибо" in client.text
    row = await talk.one("SELECT status, excluded FROM response")
    assert (row.status, bool(row.excluded)) == ("complete", True)
    assert await marks(talk) == [("Т5", {}, 1)]


async def test_a_mark_changed_the_same_day_stays_excluded(talk: Talk) -> None:
    admin = await talk.joins("primerova")
    client = await complains(talk.client("telegram", 7), wants=False)
    await admin.sends(Press("task.1", "open"))
    await excludes(admin)
    await client.starts(WINDOW)
    await client.presses("change", "5", "skip", "skip")
    assert (await talk.one("SELECT score, excluded FROM response")) == (5, 1)
    assert (await talk.one("SELECT count(*) FROM score_change"))[0] == 1
    assert await marks(talk) == [("Т5", {}, 1)]
    await admin.presses_old("task.1", "include")
    assert await marks(talk) == [("Т5", {5: 1}, 0)]


async def test_a_client_who_takes_everything_back_breaks_nothing(talk: Talk) -> None:
    admin = await talk.joins("primerova")
    client = await complains(talk.client("telegram", 7), wants=False)
    await admin.sends(Press("task.1", "open"))
    await excludes(admin)
    await client.starts(WINDOW)
    await client.presses("change", "unsure")
    await client.presses_old("menu", "data")
    await client.presses("delete", "yes")
    assert await talk.rows("SELECT 1 FROM response") == []
    await admin.sends(Press("task.1", "open"))
    assert "№ 1. Низкая оценка" in admin.text
    await admin.presses_old("task.1", "include")
    assert "и так входит" in admin.text
    async with talk.app.db.read() as session:
        assert await exclusions.reasons(session) == []
    await admin.sends(Press("excluded", "open"))
    assert "Исключённых оценок нет" in admin.text


async def test_the_list_of_excluded_marks_leads_back(talk: Talk) -> None:
    admin = await excludes(await opened(talk))
    await admin.sends(Press("menu", "tasks"))
    await admin.presses("Исключённые оценки")
    assert "1 исключённая оценка" in admin.text
    assert "№ 1 · оценка 2 · спам · Окно приёма документов, кабинет 104" in admin.labels
    await admin.types("1")
    await admin.presses("Вернуть в показатели")
    assert not (await talk.one("SELECT excluded FROM response")).excluded


async def test_excluded_marks_are_no_series_and_no_low_marks_of_today(talk: Talk) -> None:
    admin = await talk.joins("primerova")
    for number in range(1, 4):
        await complains(talk.client("telegram", 100 + number), wants=False)
    await admin.sends(Press("task.1", "open"))
    await excludes(admin)
    await talk.minute()
    assert await talk.rows("SELECT 1 FROM task WHERE kind = 'series'") == []
    await admin.sends(Press("task.2", "open"))
    assert "за сегодня: 2" in admin.text


async def test_a_card_of_a_group_has_no_such_button(talk: Talk) -> None:
    group = talk.member("telegram", 31, "-500", name="Вера")
    code = await talk.invite(None, "telegram")
    await group.types(f"/bind {code}")
    await complains(talk.client("telegram", 7), wants=False, token=SITE)
    await talk.settle()
    assert "Спам или повтор" not in [b.label for b in buttons_of(group.posted[0])]
    await group.presses_old("task.1", "exclude")
    assert not (await talk.one("SELECT excluded FROM response")).excluded


# --- reports ----------------------------------------------------------------------------------------------


def report(talk: Talk, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    parser = argparse.ArgumentParser()
    figures.arguments(parser)
    capsys.readouterr()
    with ThreadPoolExecutor(1) as aside:  # the command runs a loop of its own
        aside.submit(figures.main, parser.parse_args(options), talk.app.settings).result()
    return capsys.readouterr().out


async def test_reports_name_the_number_and_the_reasons(talk: Talk, capsys: pytest.CaptureFixture[str]) -> None:
    admin = await talk.joins("primerova")
    for number in range(1, 5):
        await complains(talk.client("telegram", 100 + number), wants=False)
    await rates(talk.client("telegram", 7), "5", "skip", "skip")
    for number, kind, reason in ((1, "spam", REASON), (2, "spam", REASON), (3, "double", "Клиент нажал дважды")):
        await admin.sends(Press(f"task.{number}", "open"))
        await excludes(admin, kind, reason)
    told = [
        "Исключено: 3 (спам 2, повтор 1)",
        "  Т5 Окно приёма документов, кабинет 104:",
        f"    спам 2 – «{REASON}»",
        "    повтор 1 – «Клиент нажал дважды»",
    ]
    for options in ((), ("--public",)):
        assert "\n".join(told) in report(talk, capsys, *options)
    rows = {row["code"]: row for row in csv.DictReader(io.StringIO(report(talk, capsys, "--csv")))}
    assert (rows["Т5"]["n"], rows["Т5"]["excluded"]) == ("2", "3")
    assert rows["Т5"]["reasons"] == f"спам 2: {REASON}; повтор 1: Клиент нажал дважды"
    await admin.presses_old("task.3", "include")
    assert "Исключено: 2 (спам 2)" in report(talk, capsys)
    assert "Исключено" not in report(talk, capsys, "--measure", "nps")
