"""A Telegram group as a place of staff: bound, acted in, moved, lost."""

from __future__ import annotations

from tests.e2e.running import PATIENCE, WINDOW, Running, World, comes, joins, until
from tests.emulators.telegram_people import Group


async def bound(running: Running, world: World, id: int = -500) -> Group:
    group, boss = world.tg.group(id, "Приёмная"), world.tg.user(600, "Юлия", last_name="Шаблонова")
    code = await running.invite(None, "telegram")
    group.life.status = "left"
    await group.adds_bot(boss)
    await group.gets("код подключения", PATIENCE)
    await group.says(boss, f"/bind@{world.tg.username} {code}")
    await group.gets("эта группа подключена", PATIENCE)
    return group


async def test_any_member_acts_and_is_named(world: World) -> None:
    running = await world.start(vk=False)
    group = await bound(running, world)
    owner = await joins(running, world.tg.user(501, "Эльчин"), "demoev")
    first, second = world.tg.user(601, "Пётр", last_name="Иванов"), world.tg.user(602, "Мария")
    await comes(world.tg.user(7), WINDOW, "2 Плохо")
    running.later(seconds=61)
    alert = await group.gets("Низкая оценка", PATIENCE)
    private = await owner.gets("Низкая оценка", PATIENCE)
    await group.presses(first, "Взять в работу", alert)
    await group.gets("в работе: Пётр Иванов", PATIENCE)
    await owner.gets("В работе: Пётр Иванов, 10:0", PATIENCE)
    assert alert.edited or await group.gets("В работе: Пётр Иванов", PATIENCE)
    assert private.edited
    await group.taps("task.1:take", alert, second)
    await group.gets("уже в работе: Пётр Иванов", PATIENCE)
    # Two members write at once: each one's place is his own.
    await group.presses(first, "Закрыть", alert)
    await group.gets("что сделано?", PATIENCE)
    asked = await until(lambda: next((m for m in group.inbox if m.markup and "force_reply" in m.markup), None), "asked")
    await group.says(second, "А я просто пишу", asked)
    await group.says(first, "Открыли второе окно", asked)
    await group.gets("Закрыто: Пётр Иванов", PATIENCE)
    task = await running.one("SELECT status, done, holder FROM task")
    assert (task.status, task.done, task.holder) == ("closed", "Открыли второе окно", "Пётр Иванов")
    assert world.tg.refused == {}


async def test_bound_by_the_link_and_not_twice(world: World) -> None:
    running = await world.start(vk=False)
    boss, code = world.tg.user(600, "Юлия"), await running.invite(None, "telegram")
    group, other = world.tg.group(-500), world.tg.group(-501)
    await group.adds_bot(boss, payload=f"bind-{code}")
    await group.gets("эта группа подключена", PATIENCE)
    await other.adds_bot(boss, payload=f"bind-{code}")
    await other.gets("Код подключения не подошёл", PATIENCE)
    await comes(world.tg.user(7), WINDOW, "1 Очень плохо")
    running.later(seconds=61)
    await group.gets("Низкая оценка", PATIENCE)
    assert not any("Низкая оценка" in message.text for message in other.inbox)
    await other.taps("task.1:take", other.last, boss)
    await other.gets("только для сотрудников", PATIENCE)
    assert (await running.one("SELECT status FROM task")).status == "new"


async def test_a_migrated_group_keeps_its_binding(world: World) -> None:
    running = await world.start(vk=False)
    group, boss = await bound(running, world), world.tg.user(600)
    await comes(world.tg.user(7), WINDOW, "1 Очень плохо")
    # Only the refusal tells of the move: the service message says nothing to a bot that was away.
    world.tg.hold()
    moved = await group.migrates(-1_000_000_000_500)
    world.tg.let_go(lambda held: ())
    running.later(seconds=61)
    alert = await moved.gets("Низкая оценка", PATIENCE)
    await moved.presses(boss, "Взять в работу", alert)
    await moved.gets("в работе: Юлия Шаблонова", PATIENCE)


async def test_a_move_that_was_announced(world: World) -> None:
    running = await world.start(vk=False)
    moved = await (await bound(running, world)).migrates(-1_000_000_000_500)
    await comes(world.tg.user(7), WINDOW, "1 Очень плохо")
    running.later(seconds=61)
    await moved.gets("Низкая оценка", PATIENCE)


async def test_a_removed_bot_is_reported_to_the_administrator(world: World) -> None:
    running = await world.start(vk=False)
    group = await bound(running, world)
    administrator = await joins(running, world.tg.user(504, "Вера"), "primerova")
    await group.removes_bot(world.tg.user(600))
    await administrator.gets("Бота удалили из группы", PATIENCE)
    await comes(world.tg.user(7), WINDOW, "1 Очень плохо")
    running.later(seconds=61)
    await administrator.gets("Низкая оценка", PATIENCE)
    assert (await running.one("SELECT count(*) FROM staff_group"))[0] == 0


async def test_the_chat_of_the_settings(world: World) -> None:
    group, member = world.tg.group(-1_000_000_000_700, "Приёмная"), world.tg.user(601, "Пётр")
    running = await world.start(vk=False, staff_chat="telegram:-1000000000700")
    await comes(world.tg.user(7), WINDOW, "1 Очень плохо")
    running.later(seconds=61)
    alert = await group.gets("Низкая оценка", PATIENCE)
    await group.presses(member, "Взять в работу", alert)
    await group.gets("в работе: Пётр", PATIENCE)
