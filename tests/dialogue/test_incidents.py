"""Low marks that come together: one alert for several, and tasks for a series, a drift, a silent code."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.channels.vk import INLINE_BUTTONS, INLINE_ROWS, render
from bot.messages import Press, Say, buttons_of
from tests.base.talk import Person, Talk
from tests.dialogue.visits import STAND, WINDOW, complains, rates


async def complain(talk: Talk, *numbers: int, token: str = WINDOW, mark: str = "1") -> None:
    """Low marks of different clients, each to the end, and what follows from them."""
    for number in numbers:
        client = await rates(talk.client("telegram", number), mark, "queue", "done", "skip", token=token)
        if mark != "3":
            await client.presses("no")
        await talk.settle()


def more(alert: Any) -> list[str]:
    """Labels of the buttons that open other tasks."""
    return [b.label for b in buttons_of(alert) if b.key == "show"]


async def test_further_low_marks_join_the_first_alert(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    await complain(talk, 101, 102)
    (alert,) = boss.posted
    assert "№ 1. Низкая оценка" in alert.text
    assert "Ещё 1 низкая оценка здесь:" in alert.text
    await complain(talk, 103)
    (alert,) = boss.posted
    assert "Ещё 2 низкие оценки здесь:" in alert.text
    assert more(alert) == ["№ 2 · оценка 1", "№ 3 · оценка 1"]
    assert [r.joined_to for r in await talk.rows("SELECT joined_to FROM task ORDER BY id")] == [None, 1, 1]


async def test_each_joined_mark_is_opened_by_its_own_button_and_the_alert_stays(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    await complain(talk, 101, 102, 103)
    await boss.presses("№ 3")
    assert "№ 3. Низкая оценка" in boss.text
    assert boss.replies[0].step != "task.3"  # else a messenger would show it in place of the alert
    await boss.presses("take")
    assert (await talk.one("SELECT status FROM task WHERE id = 3")).status == "taken"
    await talk.settle()
    assert len(boss.posted) == 1
    assert "№ 1. Низкая оценка" in boss.posted[0].text


async def test_many_joined_marks_show_five_buttons_and_name_the_list(talk: Talk) -> None:
    boss = await talk.joins("demoev", "vk")
    await complain(talk, *range(101, 113))
    (alert,) = boss.posted
    assert "Ещё 11 низких оценок здесь. Новые – на кнопках, остальные – в списке." in alert.text
    assert more(alert) == [f"№ {n} · оценка 1" for n in range(8, 13)]
    keyboard = render(alert).keyboard
    assert keyboard is not None
    assert keyboard["inline"]
    assert len(keyboard["buttons"]) <= INLINE_ROWS
    assert sum(map(len, keyboard["buttons"])) <= INLINE_BUTTONS


async def test_after_the_quarter_of_an_hour_or_elsewhere_a_mark_is_told_by_itself(talk: Talk) -> None:
    boss, other = await talk.joins("demoev"), await talk.joins("primerova")
    await complain(talk, 101)
    await complain(talk, 102, token=STAND)
    talk.now += timedelta(minutes=16)
    await complain(talk, 103)
    assert len(boss.posted) == 2
    assert len(other.posted) == 1
    assert all("Ещё" not in alert.text for alert in (*boss.posted, *other.posted))


async def test_the_window_is_that_of_the_first_alert(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    for number in range(4):
        await complain(talk, 101 + number)
        talk.now += timedelta(minutes=8)
    assert ["Ещё 1" in alert.text for alert in boss.posted] == [True, True]


async def test_a_mark_whose_alert_still_waits_joins_one_that_was_told(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    slow = await rates(talk.client("telegram", 101), "2")
    await complain(talk, 102)
    assert "№ 2." in boss.posted[0].text
    await talk.after(seconds=61)
    (alert,) = boss.posted
    assert more(alert) == ["№ 1 · оценка 2"]
    await slow.presses("queue", "done", "skip", "no")
    await talk.settle()
    assert len(boss.posted) == 1


async def test_zero_minutes_switch_joining_off(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    rules = talk.app.office.rules.model_copy(update={"join_minutes": 0})
    talk.app.delivery.office = talk.app.office.model_copy(update={"rules": rules})
    await complain(talk, 101, 102)
    assert len(boss.posted) == 2


async def test_where_editing_is_impossible_the_alert_follows_anew(talk: Talk) -> None:
    boss = await talk.joins("demoev", "vk")
    talk.edge("vk").editable = False
    await complain(talk, 101, 102)
    assert "Ещё 1 низкая оценка здесь" in boss.posted[-1].text


async def test_danger_never_joins_and_leaves_the_crowd(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    await complain(talk, 101)
    second = await rates(talk.client("telegram", 102), "1", "queue", "done")
    await talk.after(seconds=61)
    assert len(boss.posted) == 1
    await second.types("Здесь пожар!")
    await talk.settle()
    assert [("СРОЧНО" in alert.text, more(alert)) for alert in boss.posted] == [(False, []), (True, [])]
    assert "Ещё" not in boss.posted[0].text


async def test_a_closed_alert_takes_nobody_in_and_still_opens_what_it_left(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    await complain(talk, 101, 102)
    await boss.presses_old("task.1", "close")
    await boss.types("Поставили второй стол")
    await talk.settle()
    assert "Сделано: Поставили второй стол" in boss.posted[0].text
    assert [b.key for b in buttons_of(boss.posted[0])] == ["show"]
    await complain(talk, 103)
    assert len(boss.posted) == 2
    await boss.types("задачи")
    assert "2 открытые задачи" in boss.text
    await boss.presses_old("task.2", "close")
    await boss.types("Поставили второй стол")
    await talk.settle()
    assert buttons_of(boss.posted[0]) == ()


async def test_what_a_closed_alert_has_left_rises_together(talk: Talk) -> None:
    boss, deputy = await talk.joins("demoev"), await talk.joins("maketov")
    await complain(talk, 101, 102, 103)
    await boss.presses_old("task.1", "close")
    await boss.types("Поставили второй стол")
    await talk.settle()
    assert deputy.posted == []
    talk.now += timedelta(hours=7)
    await talk.minute()
    (alert,) = deputy.posted
    assert "№ 2. Низкая оценка" in alert.text
    assert more(alert) == ["№ 3 · оценка 1"]


async def test_an_open_alert_rises_with_its_crowd_as_one_message(talk: Talk) -> None:
    await talk.joins("demoev")
    deputy = await talk.joins("maketov")
    await complain(talk, 101, 102, 103)
    talk.now += timedelta(hours=7)
    await talk.minute()
    (alert,) = deputy.posted
    assert "№ 1. Низкая оценка" in alert.text
    assert "Ещё 2 низкие оценки здесь" in alert.text


async def test_not_helped_makes_a_joined_task_heard(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    await complain(talk, 101)
    client = await complains(talk.client("telegram", 102), wants=True)
    await talk.settle()
    await boss.presses_old("task.2", "close")
    await boss.types("Поставили второй стол")
    await boss.presses("send")
    await talk.settle()
    await client.presses("unhelped")
    await talk.settle()
    assert len(boss.posted) == 2
    assert "Нужен новый ответ" in boss.posted[1].text
    assert "Ещё" not in boss.posted[0].text


async def test_a_joined_task_handed_over_reaches_its_new_holder(talk: Talk) -> None:
    boss, other = await talk.joins("demoev"), await talk.joins("maketov")
    await complain(talk, 101, 102)
    await boss.presses_old("task.2", "to.maketov")
    await talk.settle()
    assert "№ 2. Низкая оценка" in other.posted[-1].text


async def bound(talk: Talk) -> Person:
    group = talk.member("telegram", 31, "-500", name="Анна")
    code = await talk.invite(None, "telegram")
    await group.types(f"/bind {code}")
    return group


async def test_a_group_opens_a_joined_mark_as_a_message_and_works_on_it(talk: Talk) -> None:
    group = await bound(talk)
    await complain(talk, 101, 102)
    await group.presses("№ 2")
    (card,) = group.replies
    assert "№ 2. Низкая оценка" in card.text
    assert [b.key for b in buttons_of(card)] == ["take", "close", "transfer"]
    await group.sends(Press("task.2", "take"))
    assert "в работе: Анна" in group.text
    assert "close" in [b.key for b in buttons_of(group.replies[0])]
    await talk.settle()
    assert "№ 1. Низкая оценка" in group.posted[0].text


async def test_a_night_of_marks_is_one_alert_in_the_morning(talk: Talk) -> None:
    talk.app.delivery.alert_hours = "office"
    talk.now += timedelta(hours=11)  # 21:00
    boss = await talk.joins("demoev")
    await complain(talk, 101, 102, 103)
    assert boss.posted == []
    await talk.after(hours=12)
    (alert,) = boss.posted
    assert "Ещё 2 низкие оценки" in alert.text


# --- series -----------------------------------------------------------------------------------------------


async def test_three_marks_up_to_three_within_a_day_are_a_series(talk: Talk) -> None:
    boss, head = await talk.joins("demoev"), await talk.joins("obraztsov")
    await complain(talk, 101, mark="3")
    talk.now += timedelta(hours=5)
    await complain(talk, 102, mark="3")
    await talk.minute()
    assert boss.posted == []
    talk.now += timedelta(hours=5)
    await complain(talk, 103)
    await talk.minute()
    (_, alert), (told,) = boss.posted, head.posted
    assert alert.text == told.text
    assert "№ 2. Серия низких оценок" in alert.text
    assert "Окно приёма документов, кабинет 104" in alert.text
    assert "Оценки не выше 3 за 24 часа: 3 («1» – 1, «3» – 2)" in alert.text
    assert "Что выбрано: Долго ждал(и) в очереди – 3" in alert.text
    assert more(alert) == ["№ 1 · оценка 1"]
    assert [b.key for b in buttons_of(alert)][:3] == ["take", "close", "transfer"]
    await boss.presses("№ 1")
    assert "№ 1. Низкая оценка" in boss.text


async def test_a_series_is_told_again_only_for_new_marks(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    await complain(talk, 101, 102, 103, mark="3")
    await talk.minute()
    await complain(talk, 104, 105, 106, mark="3")
    for _ in range(3):
        talk.now += timedelta(minutes=1)
        await talk.minute()
    assert len(boss.posted) == 1  # while it is open
    await boss.presses_old("task.1", "close")
    await boss.types("Поговорили со всеми")
    talk.now += timedelta(minutes=1)
    await talk.minute()
    assert len(boss.posted) == 2  # three came since
    await boss.presses_old("task.2", "close")
    await boss.types("Поговорили ещё раз")
    await complain(talk, 107, 108, mark="3")
    talk.now += timedelta(minutes=1)
    await talk.minute()
    assert len(boss.posted) == 2  # two are no series
    talk.now += timedelta(hours=26)
    await complain(talk, 109, 110, mark="3")
    await talk.minute()
    assert len(boss.posted) == 2


async def test_an_open_series_is_told_anew_after_a_day(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    await complain(talk, 101, 102, 103, mark="3")
    await talk.minute()
    talk.now += timedelta(hours=25)
    await talk.minute()
    assert len(await talk.rows("SELECT 1 FROM task WHERE kind = 'series'")) == 1
    await complain(talk, 104, 105, 106, mark="3")
    talk.now += timedelta(minutes=1)
    await talk.minute()
    assert len(await talk.rows("SELECT 1 FROM task WHERE kind = 'series'")) == 2
    assert boss.posted


async def test_a_series_closes_only_with_what_was_done(talk: Talk) -> None:
    boss = await talk.joins("demoev", "web", "browser1")
    await complain(talk, 101, 102, 103, mark="3")
    await talk.minute()
    await boss.presses("tasks")
    assert "серия низких оценок · Окно приёма" in boss.labels[0]
    await boss.presses("open", "close")
    await boss.fills("write.close.1", words="Второе окно открыто")
    assert (await talk.one("SELECT status FROM task")).status == "closed"


# --- silence, as people read it ---------------------------------------------------------------------------


async def test_a_silent_sheet_is_told_in_words(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    boss = await talk.joins("demoev")
    await talk.rows(
        "INSERT INTO printed_sheet (token, point, number, version, size, place, printed_on, printed_by)"
        " VALUES ('6XC3M8DH', 'Т5', 'Л-104', 2, 'A4', 'у окна 104', '2026-10-01', 'Примерова В. И.') RETURNING id"
    )
    await talk.minute()
    (alert,) = boss.posted
    assert isinstance(alert, Say)
    assert alert.text.splitlines()[:5] == [
        "№ 1. Код никто не открывает",
        "Окно приёма документов, кабинет 104",
        "Лист Л-104 не открывали 53 дня. Проверьте: не сорван ли, не заклеен ли код.",
        "Где висит: у окна 104",
        "С печати его не открывали ни разу.",
    ]


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_every_incident_has_words_in_both_languages(sqlite_talk: Talk, language: str) -> None:
    talk = sqlite_talk
    words = talk.app.delivery.words[language]
    for kind in ("series", "drift", "silence"):
        assert words(f"task-title-{kind}", number=7)
        assert words(f"task-short-{kind}")
