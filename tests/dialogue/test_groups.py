"""Staff in groups: bound by a code, any member acts by his own name, free text where it can be asked."""

from __future__ import annotations

from pathlib import Path

from bot.channels import Unreachable
from bot.messages import Joined, Left, Moved, Press, Text, Write
from tests.base.talk import Person, Talk, edges, open_talk
from tests.dialogue.visits import complains, rates

GROUP = "-1001"


async def bound(talk: Talk, channel: str = "telegram", group: str = GROUP) -> Person:
    code = await talk.invite(None, channel)
    member = talk.member(channel, 50, group, name="Пётр")
    await member.types(f"/bind@otklik_bot {code}")
    assert "эта группа подключена" in member.text
    return member


async def test_a_group_is_bound_by_a_code_once(talk: Talk) -> None:
    code = await talk.invite(None, "telegram")
    one, two = talk.member("telegram", 50, GROUP), talk.member("telegram", 50, "-1002")
    await one.sends(Joined())
    assert "код подключения" in one.text
    await one.starts(f"bind-{code}")
    assert "эта группа подключена" in one.text
    await two.types(f"/bind {code}")
    assert "не подошёл" in two.text


async def test_a_code_of_a_person_does_not_bind_a_group(talk: Talk) -> None:
    code = await talk.invite("demoev", "telegram")
    member = talk.member("telegram", 50, GROUP)
    await member.types(f"/bind {code}")
    assert "не подошёл" in member.text
    client = talk.client("telegram", 51)
    await client.starts(f"join-{code}")
    assert "Вы вошли" in client.text


async def test_a_group_is_not_chatted_with(talk: Talk) -> None:
    member = await bound(talk)
    for words in ("привет всем", "меню", "6XC3M8DH", "стоп"):
        assert await member.types(words) == []


async def test_the_alert_comes_to_the_group_and_a_member_acts_by_his_name(talk: Talk) -> None:
    member = await bound(talk)
    other = talk.member("telegram", 51, GROUP, name="Анна")
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    assert len(member.posted) == 1
    await member.presses("take")
    assert "в работе: Пётр" in member.text
    await talk.settle()
    assert "В работе: Пётр" in member.posted[0].text
    await other.presses_old("task.1", "take")
    assert "уже в работе: Пётр" in other.text


async def test_free_text_in_a_group_belongs_to_the_one_who_was_asked(talk: Talk) -> None:
    member = await bound(talk)
    other = talk.member("telegram", 51, GROUP, name="Анна")
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    await member.presses("Закрыть")
    assert isinstance(member.last, Write)
    assert await other.types("Я тут ни при чём") == []
    await member.types("Поставили стол")
    task = await talk.one("SELECT status, done, holder FROM task")
    assert tuple(task) == ("closed", "Поставили стол", "Пётр")


async def test_in_vk_the_text_is_asked_in_private(talk: Talk) -> None:
    member = await bound(talk, "vk", "2000000001")
    private = talk.client("vk", 50)
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    await member.presses("Закрыть")
    assert "в личные сообщения" in member.text
    assert isinstance(private.last, Write)
    await private.types("Поставили стол")
    assert (await talk.one("SELECT done FROM task")).done == "Поставили стол"


async def test_a_stranger_group_may_not_act(talk: Talk) -> None:
    await complains(talk.client("telegram", 7), wants=False)
    member = talk.member("telegram", 50, "-1003", name="Чужой")
    await member.presses_old("task.1", "take")
    assert "только для сотрудников" in member.text
    assert (await talk.one("SELECT status FROM task")).status == "new"


async def test_a_known_person_acts_in_the_group_under_his_own_name(talk: Talk) -> None:
    await bound(talk)
    await talk.joins("demoev", "telegram", 60)
    known = talk.member("telegram", 60, GROUP, name="Elchin")
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    await known.presses_old("task.1", "take")
    assert "Демоев Э. Р." in known.text


async def test_a_migrated_supergroup_keeps_its_binding(talk: Talk) -> None:
    member = await bound(talk)
    await member.sends(Moved("-100777"))
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    moved = talk.member("telegram", 50, "-100777", name="Пётр")
    assert len(moved.posted) == 1
    await moved.presses("take")
    assert "в работе: Пётр" in moved.text


async def test_a_group_that_moved_is_learned_from_the_failed_send(talk: Talk) -> None:
    member = await bound(talk)
    talk.edge("telegram").gone[GROUP] = Unreachable("moved", moved_to="-100888")
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    moved = talk.member("telegram", 50, "-100888", name="Пётр")
    assert len(moved.posted) == 1
    assert member.posted == []


async def test_a_removed_bot_is_reported_to_the_administrator(talk: Talk) -> None:
    member = await bound(talk)
    administrator = await talk.joins("primerova")
    await member.sends(Left())
    await talk.settle()
    assert "Бота удалили из группы (Telegram)" in administrator.posted[0].text
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    assert member.posted == []
    await member.presses_old("task.1", "take")
    assert "только для сотрудников" in member.text


async def test_the_chat_of_the_settings_needs_no_binding(database_url: str, tmp_path: Path) -> None:
    async with open_talk(database_url, tmp_path, staff_chat="telegram:-100500") as talk:
        member = talk.member("telegram", 50, "-100500", name="Пётр")
        await complains(talk.client("vk", 7), wants=True)
        await talk.settle()
        assert len(member.posted) == 1
        await member.presses("answer")
        await member.types("Сделали")
        await member.presses("Отправить")
        await talk.settle()
        assert "Агентство" in talk.client("vk", 7).posted[0].text


async def test_the_state_in_a_group_is_not_the_state_in_private(talk: Talk) -> None:
    await bound(talk)
    person = talk.client("telegram", 50)
    await rates(person, "3")
    in_group = talk.member("telegram", 50, GROUP, name="Пётр")
    assert await in_group.sends(Text("1, 3")) == []
    assert await in_group.sends(Press("nothing", "x")) != []
    await person.types("1, 3")
    assert isinstance(person.last, Write)


async def test_a_client_who_blocks_the_bot_gets_nothing_more(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    await boss.sends(Left())
    deputy = await talk.joins("maketov")
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    assert boss.posted == []
    assert len(deputy.posted) == 1
    assert edges().keys() == talk.app.channels.keys()
