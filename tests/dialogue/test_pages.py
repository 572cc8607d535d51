"""The talk as pages see it: each question has its address, and the way back is a secret link."""

from __future__ import annotations

from bot.messages import Choose, Fill, Keep, Rate, Say, Write, buttons_of
from tests.base.talk import Person, Talk
from tests.dialogue.visits import WINDOW, complains, rates


async def test_a_look_creates_nothing(talk: Talk) -> None:
    nobody = talk.client("web", "visitor")
    screen = await nobody.looks()
    assert not screen.known
    assert await talk.rows("SELECT 1 FROM conversation") == []


async def test_the_question_is_shown_again_and_again(talk: Talk) -> None:
    client = talk.client("web", "visitor")
    await client.starts(WINDOW)
    first = await client.looks()
    assert first.step == client.last.step
    assert (await client.looks()).replies == first.replies


async def test_back_in_the_browser_and_a_new_choice_equal_the_button(talk: Talk) -> None:
    client = talk.client("web", "visitor")
    await client.starts(WINDOW)
    mark = client.last.step
    await client.presses("3")
    await client.fills(client.last.step, "queue", "rude")
    assert isinstance(client.last, Write)
    shown = (await client.looks(mark)).replies[-1]
    assert isinstance(shown, Rate)
    assert [b.key for b in shown.options if b.chosen] == ["3"]
    await client.fills(mark, "5")
    assert isinstance(client.last, Choose)
    assert client.last.text == "Что понравилось больше всего?"
    await client.presses("skip")
    await client.fills(client.last.step, words="Стулья")
    row = await talk.one("SELECT score, status, answers FROM response")
    assert (row.score, row.status) == (5, "complete")
    assert "queue" not in row.answers


async def test_a_double_submit_shows_the_same_screen(talk: Talk) -> None:
    client = talk.client("web", "visitor")
    await client.starts(WINDOW)
    step = client.last.step
    await client.hears(Fill(step, ("4",)), "form1")
    shown = client.replies
    assert (await client.hears(Fill(step, ("4",)), "form1")).repeated
    assert client.replies == shown


async def test_an_empty_form_is_asked_again(talk: Talk) -> None:
    client = talk.client("web", "visitor")
    await client.starts(WINDOW)
    await client.fills(client.last.step)
    assert isinstance(client.last, Rate)
    await client.fills(client.last.step, "3", "4")
    assert isinstance(client.last, Rate)
    await client.fills(client.last.step, "no-such-key")
    assert isinstance(client.last, Rate)


async def with_link(talk: Talk) -> tuple[Person, Person]:
    """A browser client who asked for an answer, and whoever opens his secret link without the cookie."""
    client = await complains(talk.client("web", "visitor"), wants=True)
    keep = next(r for r in client.replies if isinstance(r, Keep))
    assert keep.url.startswith("https://otklik.example/a/")
    return client, talk.client("web", f"a-{keep.url.rpartition('/')[2]}")


async def test_the_secret_link_works_without_the_cookie(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    _client, reader = await with_link(talk)
    await talk.settle()
    waiting = await reader.looks()
    assert waiting.known
    assert "Сотрудник ответит здесь до 26 ноября" in waiting.replies[0].text
    await boss.presses("answer")
    await boss.types("Поставили второй стол")
    await boss.presses("send")
    shown = (await reader.looks()).replies[0]
    assert isinstance(shown, Say)
    assert "Поставили второй стол" in shown.text
    assert [b.label for b in buttons_of(shown)] == ["Помогло", "Не помогло", "Оценить ответ"]
    reader.replies = [shown]
    await reader.presses("unhelped")
    assert "передали вопрос руководителю" in reader.text
    assert bool((await talk.one("SELECT reopened FROM task")).reopened)
    reader.replies = [shown]
    await reader.presses("Оценить ответ")
    assert "Ответ понятный?" in reader.text


async def test_a_wrong_secret_shows_nothing(talk: Talk) -> None:
    await with_link(talk)
    stranger = talk.client("web", "a-wrong-secret-000000000")
    assert not (await stranger.looks()).known
    assert not any(r.asks == "relay" for r in (await stranger.looks()).replies)


async def test_deleting_from_the_secret_page_ends_the_relay(talk: Talk) -> None:
    _client, reader = await with_link(talk)
    await reader.types("мои данные")
    assert "адрес для ответа" in reader.text
    await reader.presses("delete")
    heard = await reader.hears(Fill("delete", ("yes",)))
    assert heard.forgotten
    assert await talk.rows("SELECT 1 FROM relay") == []
    assert len(await talk.rows("SELECT 1 FROM task")) == 1


async def test_staff_work_in_the_browser(talk: Talk) -> None:
    boss = await talk.joins("demoev", "web", "desk")
    await complains(talk.client("telegram", 7), wants=True)
    await talk.settle()
    await boss.presses("tasks")
    await boss.presses("open")
    assert "Низкая оценка" in boss.text
    await boss.presses("take")
    await boss.presses("close")
    assert isinstance(boss.last, Write)
    assert (await boss.looks()).staff
    await boss.fills(boss.last.step, words="Поставили стол")
    await boss.presses("send")
    assert (await talk.one("SELECT status FROM task")).status == "closed"


async def test_two_languages_of_one_page(talk: Talk) -> None:
    client = talk.client("web", "visitor", language="en")
    await rates(client, "4")
    assert "What did you like most?" in client.text
    await client.presses_old("lang", "ru")
    assert "Что понравилось больше всего?" in client.text
