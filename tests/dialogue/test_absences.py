"""«Меня нет до …»: said in the chat or entered by the administrator, and over by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend import absences
from bot.messages import Choose, Fill, Press, Say
from tests.base.talk import Person, Talk
from tests.dialogue.test_escalation import complaint, goes_on, local
from tests.dialogue.visits import complains
from tests.test_commands import bot


async def leaves(person: Person, until: str = "14.12", who: str = "Макетов") -> None:
    await person.types("меню")
    await person.presses("Меня нет")
    await person.types(until)
    await person.presses(who)


async def test_a_person_says_until_when_and_who_stands_in(talk: Talk) -> None:
    owner, deputy = await talk.joins("demoev"), await talk.joins("maketov")
    await owner.types("меню")
    await owner.presses("Меня нет")
    assert [b.split(",")[0] for b in owner.labels] == ["Только сегодня", "До завтра", "До конца недели", "Меню"]
    await owner.types("до 14 декабря")
    assert isinstance(owner.last, Choose)
    assert "Вас не будет до 14 декабря. Кто вместо вас?" in owner.text
    assert owner.labels[0] == "Мой заместитель (Примерова В. И., Макетов Т. Р.)"
    assert "Демоев" not in " ".join(owner.labels)
    await owner.presses("Макетов")
    assert "Вас нет до 14 декабря. Вместо вас: Макетов Т. Р. 15 декабря всё вернётся само." in owner.text
    await complaint(talk)
    assert (len(owner.posted), len(deputy.posted)) == (0, 1)
    assert "Демоев Э. Р. отсутствует до 14 декабря. Замещает: Макетов Т. Р." in deputy.posted[0].text
    assert (await talk.one("SELECT level FROM task")).level == 0


async def test_it_is_over_by_itself(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    owner, deputy = await talk.joins("demoev"), await talk.joins("maketov")
    await leaves(owner)
    talk.now = local(15, "10:00", 12)
    await complaint(talk)
    assert (len(owner.posted), len(deputy.posted)) == (1, 0)
    await owner.types("меню")
    await owner.presses("Меня нет")
    assert "До какого дня" in owner.text


async def test_he_comes_back_early(talk: Talk) -> None:
    owner, deputy = await talk.joins("demoev"), await talk.joins("maketov")
    await leaves(owner)
    await owner.types("меню")
    await owner.presses("Меня нет")
    assert "Вас нет до 14 декабря" in owner.text
    await owner.presses("Я вернулся")
    assert "С возвращением" in owner.text
    await complaint(talk)
    assert (len(owner.posted), len(deputy.posted)) == (1, 0)
    await owner.presses_old("away", "back")
    assert "Сейчас вы на месте" in owner.text
    actions = await talk.rows("SELECT action, actor FROM journal WHERE action LIKE 'absence.%' ORDER BY id")
    assert [tuple(row) for row in actions] == [("absence.entered", "demoev"), ("absence.ended", "demoev")]


async def test_a_new_word_about_the_days_replaces_the_old_one(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    owner = await talk.joins("demoev")
    await leaves(owner)
    await owner.presses("Изменить дни")
    await owner.types("25.11")
    await owner.presses("Мой заместитель")
    assert "Вместо вас заместители ваших точек и услуг: Примерова В. И., Макетов Т. Р. 26 ноября" in owner.text
    async with talk.app.db.read() as session:
        assert await absences.away(session, talk.now.date()) == {"demoev": None}
        assert await absences.away(session, talk.now.date() + timedelta(days=3)) == {}


async def test_what_waits_is_told_to_who_stands_in_now(talk: Talk) -> None:
    owner, deputy = await talk.joins("demoev"), await talk.joins("maketov")
    await complaint(talk)
    assert (len(owner.posted), len(deputy.posted)) == (1, 0)
    await leaves(owner)
    await talk.settle()
    assert (len(owner.posted), len(deputy.posted)) == (1, 1)


async def test_what_he_has_taken_stays_his_unless_he_gives_it_back(talk: Talk) -> None:
    owner, deputy = await talk.joins("demoev"), await talk.joins("maketov")
    await complaint(talk)
    await owner.presses("take")
    await leaves(owner)
    assert "У вас в работе 1 задача, она остаётся за вами. Вернуть в очередь?" in owner.text
    assert (await talk.one("SELECT person FROM task")).person == "demoev"
    await owner.presses("Вернуть мои задачи")
    assert "1 задача снова в общей очереди" in owner.text
    await talk.settle()
    assert tuple(await talk.one("SELECT person, status FROM task")) == (None, "new")
    assert len(deputy.posted) == 1


async def test_a_reminder_reaches_the_stand_in_of_an_absent_holder(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    owner, deputy = await talk.joins("demoev"), await talk.joins("maketov")
    await complaint(talk)
    await owner.presses("take")
    await leaves(owner)
    await goes_on(talk, local(25, "9:30"))
    assert any("результата ещё нет" in post.text for post in deputy.posted)
    assert any("результата ещё нет" in post.text for post in owner.posted)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("20.11", "20 ноября уже прошло"),
        ("14.12.2028", "14 декабря 2028 года больше года"),
        ("когда рак свистнет", "Не получилось понять, какой это день"),
        ("31.02", "Не получилось понять, какой это день"),
    ],
)
async def test_days_that_cannot_be_meant(sqlite_talk: Talk, words: str, answer: str) -> None:
    owner = await sqlite_talk.joins("demoev")
    await owner.presses_old("away", "open")
    await owner.types(words)
    assert answer in owner.text
    assert "До какого дня" in owner.text
    await owner.types("1")
    assert "Вас не будет до 23 ноября" in owner.text


async def test_a_substitute_who_is_away_himself_is_refused_in_plain_words(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    owner, deputy = await talk.joins("demoev"), await talk.joins("maketov")
    await leaves(deputy, "30.11", "Образцов")
    await leaves(owner)
    assert "Макетов Т. Р. в эти дни тоже отсутствует: с 23 ноября до 30 ноября" in owner.text
    await owner.presses("Шаблонова")
    assert "Шаблонова Ю. О.: ещё нет подключения к боту" in owner.text


async def test_who_has_no_deputy_may_name_nobody(sqlite_talk: Talk) -> None:
    head = await sqlite_talk.joins("obraztsov")
    await head.presses_old("away", "tomorrow")
    assert head.labels[0] == "Никто"
    await head.presses("Никто")
    assert "Замены нет, о ваших задачах узнает Примерова В. И. 25 ноября всё вернётся само." in head.text


@pytest.mark.parametrize("channel", ["telegram", "web"])
async def test_nonsense_and_old_buttons_lead_nowhere(sqlite_talk: Talk, channel: str) -> None:
    owner = await sqlite_talk.joins("demoev", channel, "browser1" if channel == "web" else 9)
    await owner.sends(Press("away.who", "p.maketov"))
    assert "больше не действует" in owner.text
    await owner.sends(Press("away", "what"))
    assert isinstance(owner.last, Choose)
    await owner.sends(Fill("away", ("week",)))
    for press in ("p.nobody", "p.demoev", "x"):
        await owner.sends(Press("away.who", press))
        assert "Кто вместо вас?" in owner.text
    await owner.sends(Fill("away.who", ("p.maketov",)))
    assert isinstance(owner.last, Say)
    assert "Вас нет до 29 ноября" in owner.text
    if channel == "web":
        assert "Вас нет до 29 ноября" in (await owner.looks()).replies[-1].text


async def test_clients_have_no_absences(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("telegram", 7)
    for key in ("open", "today", "back", "return"):
        await client.presses_old("away", key)
        assert "только для сотрудников" in client.text
    await client.types("меню")
    assert "Меня нет" not in client.labels


async def test_access_that_ends_in_the_middle_ends_the_question_too(sqlite_talk: Talk) -> None:
    from backend import staff

    owner = await sqlite_talk.joins("demoev")
    await owner.presses_old("away", "week")
    async with sqlite_talk.app.db.begin() as session:
        await staff.remove(session, "demoev", sqlite_talk.now)
    await owner.presses("Макетов")
    assert await sqlite_talk.rows("SELECT 1 FROM absence") == []


async def test_english(sqlite_talk: Talk) -> None:
    owner = await sqlite_talk.joins("demoev")
    await owner.types("english")
    await owner.presses_old("away", "open")
    await owner.types("until 14 December")
    await owner.presses("Макетов")
    assert "You are away until 14 December. Your substitute: Макетов Т. Р. On 15 December" in owner.text


async def test_the_administrator_enters_and_ends_absences(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    await complains(talk.client("telegram", 1), wants=False)
    folder = talk.app.settings.data_dir.parent
    url = {"DATABASE_URL": talk.app.settings.database}

    def command(*words: str) -> tuple[int, str]:
        done = bot(folder, "staff", *words, **url)
        return done.returncode, done.stdout + done.stderr

    code, said = command("away", "demoev", "--since", "2026-12-01", "--until", "2026-12-14", "--substitute", "maketov")
    assert code == 0, said
    assert "Демоев Э. Р.: отсутствует с 01.12.2026 до 14.12.2026, вместо: Макетов Т. Р." in said
    assert "Макетов Т. Р. не подключён к боту" in said
    code, said = command("away", "Демоев", "--since", "2026-12-05", "--until", "2026-12-07")
    assert "Уже было внесено: отсутствует с 01.12.2026" in said
    async with talk.app.db.read() as session:
        days = {day: await absences.away(session, local(day, "9:00", 12).date()) for day in (1, 6, 14, 15)}
    assert days == {1: {"demoev": "maketov"}, 6: {"demoev": None}, 14: {"demoev": "maketov"}, 15: {}}
    assert "отсутствует с 01.12.2026 до 14.12.2026" in command("list")[1]
    assert command("back", "demoev")[1].startswith("Демоев Э. Р.: и так на месте")
    for wrong in (
        ("away", "nobody", "--until", "2026-12-14"),
        ("away", "demoev"),
        ("away", "demoev", "--since", "2026-12-14", "--until", "2026-12-01"),
        ("away", "demoev", "--since", "2026-11-01", "--until", "2026-11-02"),
        ("away", "demoev", "--until", "2026-12-14", "--substitute", "demoev"),
        ("away", "demoev", "--until", "2026-12-14", "--substitute", "nobody"),
    ):
        code, said = command(*wrong)
        assert code == 2
        assert said.strip()


async def test_the_command_that_lists_tasks(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    folder = talk.app.settings.data_dir.parent
    url = {"DATABASE_URL": talk.app.settings.database}
    assert bot(folder, "tasks", **url).stdout == "Открытых задач нет.\n"
    await complains(talk.client("telegram", 1), wants=True, comment="Тайна")
    done = bot(folder, "tasks", **url)
    assert done.returncode == 0, done.stderr
    assert "№ 1. Низкая оценка" in done.stdout
    table = bot(folder, "tasks", "--csv", "--all", **url).stdout.splitlines()
    assert table[0].startswith("number,kind,place,opened,status,who,level,promised")
    assert table[1].startswith("1,low_score,")
    assert "Тайна" not in done.stdout + "\n".join(table)


async def test_a_planned_absence_can_be_cancelled(talk: Talk) -> None:
    today = talk.app.calendar().today(talk.now)
    async with talk.app.db.begin() as session:
        since, until = today + timedelta(days=8), today + timedelta(days=20)
        await absences.enter(
            session, talk.now, person="demoev", since=since, until=until, substitute="maketov", by="administrator"
        )
        cancelled = {"person": "demoev", "today": today, "by": "administrator"}
        assert await absences.cancel(session, talk.now, day=until + timedelta(days=1), **cancelled) == 0
        assert await absences.cancel(session, talk.now, day=since, **cancelled) == 1
        assert await absences.periods(session, today, "demoev") == []
        assert await absences.away(session, since) == {}
