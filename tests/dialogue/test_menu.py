"""The menu: languages, codes typed by hand, what is stored, deletion, stop, and what each channel may carry."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from bot.channels import Mode
from bot.messages import Choose, Rate, Say, buttons_of
from bot.policy import Forbidden, check, may
from tests.base.databases import SQLiteTemplate
from tests.base.talk import OFFICE, Talk, edges, open_talk
from tests.dialogue.visits import STAND, WINDOW, complains, rates


def office_with(folder: Path, **points: dict[str, object]) -> Path:
    """A copy of the demo office in which some points differ."""
    target = folder / "office"
    shutil.copytree(OFFICE, target)
    path = target / "points.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for point in content["points"]:
        point.update(points.get(point.get("token", ""), {}))
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return target


@pytest.mark.parametrize(
    ("payload", "messenger", "expected"),
    [
        (WINDOW, "ru", "Как вас обслужили?"),
        (WINDOW, "en", "How were you served?"),
        (WINDOW, "de", "Как вас обслужили?"),
        (WINDOW, None, "Как вас обслужили?"),
        (f"{WINDOW}-en", "ru", "How were you served?"),
        (f"{WINDOW}-ru", "en", "Как вас обслужили?"),
        (f"{WINDOW.lower()}-en", "ru", "How were you served?"),
    ],
)
async def test_the_language_of_the_first_words(
    sqlite_talk: Talk, payload: str, messenger: str | None, expected: str
) -> None:
    client = sqlite_talk.client("telegram", 7, language=messenger)
    await client.starts(payload)
    assert expected in client.text


async def test_other_languages_are_offered_english_first(talk: Talk) -> None:
    client = talk.client("telegram", 7, language="de")
    await client.starts()
    assert client.labels[0] == "English"
    await client.presses("English")
    assert "Rate a visit or a service" in client.labels
    plain = talk.client("telegram", 8, language="ru")
    await plain.starts()
    assert "English" not in plain.labels


async def test_the_language_is_switched_in_the_middle_of_a_survey(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 7), "3")
    await client.presses_old("lang", "en")
    assert "What went wrong?" in client.text
    await client.presses("queue", "done")
    assert client.last.text.startswith("What should we improve?")
    await client.types("Меню")
    await client.presses("language")
    assert isinstance(client.last, Choose)
    await client.presses("Русский")
    assert "Вы не закончили опрос" in client.text


@pytest.mark.parametrize("words", ["english", "English!", "/language", "язык"])
async def test_the_language_by_words(sqlite_talk: Talk, words: str) -> None:
    client = sqlite_talk.client("telegram", 7)
    await client.starts()
    await client.types(words)
    if "nglish" in words:
        assert "Rate a visit or a service" in client.labels
    else:
        assert isinstance(client.last, Choose)


@pytest.mark.parametrize(
    "payload", ["2222AAAA", "нет", "x" * 64, "join-", "bind-", "6XC3M8DH-zz", "../../etc", "0" * 500]
)
async def test_an_unknown_code_is_told_with_a_way_on(sqlite_talk: Talk, payload: str) -> None:
    client = sqlite_talk.client("telegram", 7)
    await client.starts(payload)
    assert client.replies
    assert "ошибка" not in client.text
    assert buttons_of(client.last)


async def test_an_unknown_token_offers_the_list(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.starts("2222AAAA")
    assert "Такого кода нет" in client.text
    assert isinstance(client.last, Choose)
    await client.presses("Окно приёма документов")
    assert isinstance(client.last, Rate)


async def test_a_closed_point_names_the_nearest_open_one(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    closed = {"open": False}
    office = office_with(
        tmp_path,
        **{
            WINDOW: closed,
            STAND: {**closed, "nearest": []},
            "8RA5W4NQ": {"nearest": []},
            "3ZT9K6BP": {"nearest": []},
        },
    )
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, office=office) as talk:
        client = talk.client("telegram", 7)
        await client.starts(WINDOW)
        assert "Это место закрыто" in client.text
        assert "Окно № 7 в МФЦ" in client.text
        await client.presses("Окно № 7")
        assert isinstance(client.last, Rate)
        await client.starts(STAND)
        assert "Выберите другое" in client.text
        assert "Информационный стенд" not in client.labels


async def test_what_is_stored_is_told_as_it_is(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.starts(WINDOW)
    await client.types("меню")
    await client.presses("more", "data")
    assert "открытый опрос: Окно приёма документов" in client.text
    await client.starts(WINDOW)
    await client.presses("2", "queue", "done", "skip", "yes")
    await client.types("мои данные")
    assert "связь с 1 оценкой за сегодня" in client.text
    assert "зашифрованный адрес для ответа" in client.text
    assert "23 декабря" in client.text
    await talk.midnight()
    await client.types("мои данные")
    assert "оценкой" not in client.text
    assert "открытый опрос" not in client.text


async def test_deletion_leaves_nothing_and_ends_the_way_back(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    client = await complains(talk.client("telegram", 7), wants=True)
    await rates(client, "3", token=STAND)
    await talk.settle()
    await client.types("/delete")
    await client.presses("Да, удалить")
    assert "Всё удалено" in client.text
    key = talk.app.keys.hash("telegram:7")
    assert await talk.rows("SELECT 1 FROM conversation WHERE key = :k", k=key) == []
    assert await talk.rows("SELECT 1 FROM relay") == []
    assert await talk.rows("SELECT 1 FROM response WHERE open_chat IS NOT NULL OR tie IS NOT NULL") == []
    assert len(await talk.rows("SELECT 1 FROM response")) == 2
    await talk.settle()
    assert "Клиент удалил адрес" in boss.posted[0].text
    assert "answer" not in {b.key for b in buttons_of(boss.posted[0])}
    await boss.presses("close")
    await boss.types("Поставили стол")
    assert (await talk.one("SELECT status FROM task")).status == "closed"
    await talk.settle()
    assert client.posted == []


async def test_deletion_keeps_only_the_wish_not_to_be_written_to(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 7), "3")
    await client.types("стоп")
    await client.types("мои данные")
    assert "не писать мне" in client.text
    await client.presses("delete", "Да, удалить")
    assert "Осталась только отметка" in client.text
    row = await talk.one("SELECT * FROM conversation WHERE key = :k", k=talk.app.keys.hash("telegram:7"))
    kept = {k: v for k, v in row._mapping.items() if v not in (None, "", 0, False)}
    assert bool(kept.pop("stopped"))
    assert set(kept) <= {"key", "channel", "turn", "day", "events"}


async def test_deletion_can_be_declined(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 7), "3")
    await client.types("/delete")
    await client.presses("Нет, оставить")
    assert "Ничего не удалено" in client.text
    assert len(await talk.rows("SELECT 1 FROM response WHERE open_chat IS NOT NULL")) == 1


async def test_stop_and_again(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.starts()
    await client.types("стоп")
    await client.presses("Снова писать мне")
    assert "снова можем" in client.text
    assert not (await talk.one("SELECT stopped FROM conversation")).stopped


async def test_help_names_phone_and_hours(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.types("помощь")
    assert "+7 (000) 000-12-12" in client.text
    assert "9:00–18:00" in client.text


@pytest.mark.parametrize("number", ["1", "2", "3", "4", "5", "6"])
async def test_menu_by_number(sqlite_talk: Talk, number: str) -> None:
    client = sqlite_talk.client("telegram", 7)
    await client.starts()
    await client.types(number)
    assert client.replies
    assert "Я не понял" not in client.text


async def test_nonsense_in_the_menu_is_told(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.starts()
    await client.types("ывапр")
    assert "Я не понял" in client.text
    assert buttons_of(client.last)


# --- modes ------------------------------------------------------------------------------------------------

MODES: list[Mode] = ["off", "info", "anonymous", "track", "personal"]


@pytest.mark.parametrize("mode", MODES)
async def test_what_a_mode_lets_through(sqlite_template: SQLiteTemplate, tmp_path: Path, mode: Mode) -> None:
    async with open_talk(
        sqlite_template.copy(tmp_path),
        tmp_path,
        channels=edges(telegram=mode),
    ) as talk:
        client = talk.client("telegram", 7)
        await client.starts(WINDOW)
        if mode in ("off", "info"):
            assert "Здесь это сделать нельзя" in client.text
            assert "ВКонтакте" in client.text
            assert "страница в браузере" in client.text
            assert not any(isinstance(r, Rate) for r in client.replies)
            assert await talk.rows("SELECT 1 FROM response") == []
        else:
            assert isinstance(client.last, Rate)
        await client.types("меню")
        assert client.replies
        if mode == "info":
            assert "rate" not in {b.key for b in buttons_of(client.last)}
            for words in ("помощь", "язык", "мои данные"):
                await client.types(words)
                assert "нельзя" not in client.text
            await client.presses_old("menu", "rate")
            assert "нельзя" in client.text
            await client.presses_old("menu", "rate_bot")
            assert "нельзя" in client.text


async def test_the_mode_is_changed_in_the_middle_of_a_survey(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    url = sqlite_template.copy(tmp_path)
    async with open_talk(url, tmp_path) as talk:
        await rates(talk.client("telegram", 7), "3")
    async with open_talk(url, tmp_path, channels=edges(telegram="info")) as talk:
        client = talk.client("telegram", 7)
        await client.types("1, 3")
        assert "Здесь это сделать нельзя" in client.text
        assert not any(r.asks != "nothing" for r in client.replies)
        row = await talk.one("SELECT answers FROM response")
        assert "queue" not in row.answers


async def test_the_gate_cannot_be_passed_by_a_dialogue(sqlite_talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dialogue that forgets to ask what the channel may carry is stopped, and nothing of its turn is kept."""
    from bot import dialogue
    from bot.dialogue.state import Idle
    from bot.dialogue.turn import Step, Turn

    async def careless(turn: Turn, state: object, event: object) -> Step:
        turn.stopped = True
        return Step(Idle(), [Say(text="Напишите номер паспорта", asks="personal")])

    client = sqlite_talk.client("telegram", 7)
    await client.starts()
    monkeypatch.setattr(dialogue, "answer", careless)
    await client.types("любое")
    assert "паспорта" not in client.text
    assert "Здесь это сделать нельзя" in client.text
    assert not (await sqlite_talk.one("SELECT stopped FROM conversation")).stopped


def test_the_table_of_modes() -> None:
    allowed = {
        mode: [a for a in ("nothing", "rating", "comment", "relay", "personal") if may(mode, a)] for mode in MODES
    }
    assert allowed == {
        "off": [],
        "info": ["nothing"],
        "anonymous": ["nothing", "rating", "comment", "relay"],
        "track": ["nothing", "rating", "comment", "relay"],
        "personal": ["nothing", "rating", "comment", "relay", "personal"],
    }
    with pytest.raises(Forbidden):
        check("track", [Say(text="x", asks="personal")])
