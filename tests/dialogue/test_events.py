"""Events as networks bring them: twice, out of order, at once, by the thousand, and hostile."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.channels import Busy, TryLater
from bot.messages import Press, Rate, Start, Text, Write, decode
from tests.base.talk import Talk
from tests.dialogue.visits import FAULT, WINDOW, complains, rates


async def test_a_redelivered_event_is_one_turn(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.hears(Start(WINDOW), "u1")
    assert len(client.replies) == 1
    heard = await client.hears(Start(WINDOW), "u1")
    assert heard.repeated
    assert client.replies == []
    row = await talk.one("SELECT turn FROM conversation")
    assert row.turn == 1
    assert len(await talk.rows("SELECT 1 FROM response")) == 1


async def test_a_redelivered_event_gets_the_reply_that_was_not_sent(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.hears(Start(WINDOW), "u1")
    shown = client.replies
    async with talk.app.db.begin() as session:
        from sqlalchemy import text

        from bot.hearing import replies_json

        await session.execute(
            text("UPDATE conversation SET replies = :r, reply_to = :t"),
            {"r": replies_json.dump_json(shown).decode(), "t": talk.app.keys.seal("7")},
        )
    await client.hears(Start(WINDOW), "u1")
    assert client.replies == shown


async def test_repeats_out_of_order_change_nothing(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.hears(Start(WINDOW), "u1")
    assert isinstance(client.last, Rate)
    step = client.last.step
    await client.hears(Press(step, "4"), "u2")
    await client.hears(Press(client.last.step, "skip"), "u3")
    await client.hears(Text("Спасибо вам"), "u4")
    for ident, event in [
        ("u2", Press(step, "4")),
        ("u1", Start(WINDOW)),
        ("u4", Text("Спасибо вам")),
        ("u3", Text("x")),
    ]:
        assert (await client.hears(event, ident)).repeated
    rows = await talk.rows("SELECT score, answers FROM response")
    assert len(rows) == 1
    assert json.loads(rows[0].answers)["comment"] == "Спасибо вам"


async def test_four_presses_at_once_are_one_answer(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.starts(WINDOW)
    step = client.last.step
    others = [talk.client("telegram", 7) for _ in range(4)]
    await asyncio.gather(*(o.hears(Press(step, key)) for o, key in zip(others, "4321", strict=True)))
    row = await talk.one("SELECT score, answers FROM response")
    assert row.score in (1, 2, 3, 4)
    assert json.loads(row.answers) == {"overall": [str(row.score)]}
    words = [s.reply.text for s in client.chat]
    assert sum("Вы уже ответили" in w for w in words) == 3
    assert await talk.rows("SELECT 1 FROM score_change") == []


async def test_the_same_press_delivered_four_times_at_once(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.starts(WINDOW)
    step = client.last.step
    heard = await asyncio.gather(*(talk.client("telegram", 7).hears(Press(step, "2"), "u9") for _ in range(4)))
    assert sum(not h.repeated for h in heard) == 1
    assert len(await talk.rows("SELECT 1 FROM task")) == 1


async def test_the_first_event_of_a_client_delivered_at_once(talk: Talk) -> None:
    heard = await asyncio.gather(*(talk.client("telegram", 7).hears(Start(WINDOW), "u1") for _ in range(4)))
    assert sum(not h.repeated for h in heard) == 1
    assert len(await talk.rows("SELECT 1 FROM response")) == 1


async def test_two_take_one_task_at_once(talk: Talk) -> None:
    people = [await talk.joins(p, c) for p, c in (("demoev", "telegram"), ("maketov", "vk"), ("obraztsov", "telegram"))]
    await complains(talk.client("telegram", 7), wants=False)
    await asyncio.gather(*(p.hears(Press("task.1", "take")) for p in people))
    said = [p.chat[-1].reply.text for p in people]
    assert sum("Эта задача уже в работе" in s for s in said) == 2
    assert len(await talk.rows("SELECT 1 FROM journal WHERE action = 'task.taken'")) == 1


async def test_twenty_clients_at_once(talk: Talk) -> None:
    clients = [talk.client("telegram", n) for n in range(20)]
    await asyncio.gather(*(rates(c, "5", "skip", "skip") for c in clients))
    assert (await talk.one("SELECT count(*) AS n FROM response WHERE status = 'complete'")).n == 20


async def test_a_flood_is_slowed_politely_and_others_are_served(talk: Talk) -> None:
    talk.pace_of_clients = 0.001
    client, other = talk.client("telegram", 7), talk.client("telegram", 8)
    for _ in range(1000):
        await client.hears(Text("ывапр"))
    told = [s.reply.text for s in client.chat if "Слишком много сообщений подряд" in s.reply.text]
    assert len(told) == 1
    assert len(client.chat) < 60
    await rates(other, "5", "skip", "skip")
    assert "учтена" in other.text
    talk.pace_of_clients = 60
    await client.types("меню")
    assert client.replies


HOSTILE = [
    "x" * 10_000,
    "я" * 10_000,
    "😀" * 3_000,
    "\u202eолевэтс\u202c العربية עברית",
    "a\u200bb\u200c\u200d\ufeff",
    "\u200b\u200b",
    "<b>жирно</b> & <script>alert(1)</script>",
    "*жирно* _курсив_ `код` [ссылка](http://example.com)",
    "{point} {service} { $office }",
    "'; DROP TABLE response; --",
    "\x00\x01\x02 нуль",
    "\ud800 одинокий",
    "%s %d {0} ${x}",
    "а\n" * 500,
]


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_comments_are_kept_or_refused_but_never_break(talk: Talk, words: str) -> None:
    boss = await talk.joins("demoev")
    client = await rates(talk.client("telegram", 7), "1", "rude", "done")
    assert isinstance(client.last, Write)
    await client.types(words)
    assert client.replies
    assert FAULT not in client.text
    if "Слишком длинно" in client.text:
        await client.presses("skip")
    await client.types("нет")
    await talk.settle()
    assert (await talk.one("SELECT status FROM response")).status == "complete"
    assert len(boss.posted) == 1


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_words_anywhere_get_an_answer(talk: Talk, words: str) -> None:
    client = talk.client("telegram", 7, name=words)
    for place in ("", WINDOW):
        await client.starts(place)
        await client.types(words)
        assert client.replies
        assert FAULT not in client.text
    await client.starts(words)
    assert client.replies
    assert FAULT not in client.text


async def test_hostile_words_of_staff(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    client = await complains(talk.client("telegram", 7), wants=True)
    await talk.settle()
    for words in HOSTILE:
        await boss.presses_old("task.1", "answer")
        await boss.types(words)
        assert FAULT not in boss.text, words[:20]
    await boss.presses_old("task.1", "answer")
    await boss.types("<b>Сделали</b> & { $text } {point}")
    await boss.presses("send")
    await talk.settle()
    assert "<b>Сделали</b> & { $text } {point}" in client.posted[0].text


@pytest.mark.parametrize(
    ("step", "key"),
    [
        ("visit.overall~zzzz", "4"),
        ("visit.nothing~aaaa", "x"),
        ("nothing", "x"),
        ("menu", "nothing"),
        ("lang", "xx"),
        ("rate", "s99"),
        ("rate", "s-1"),
        ("rate", "ZZZZZZZZ"),
        ("task.99999999999999999999", "take"),
        ("task.0", "take"),
        ("task.x", "take"),
        ("reply.zzzzzzzzzzzzz", "helped"),
        ("reply.", "helped"),
        ("reply.aaaa-bbbb", "helped"),
        ("again~aaaa", "change"),
        ("resume~aaaa", "continue"),
        ("send.1", "send"),
        ("write.close.1", "cancel"),
        ("delete", "maybe"),
        ("~", "~"),
    ],
)
async def test_foreign_and_malformed_presses(sqlite_talk: Talk, step: str, key: str) -> None:
    client = sqlite_talk.client("telegram", 7)
    await client.presses_old(step, key)
    assert client.replies
    assert FAULT not in client.text
    await client.starts(WINDOW)
    await client.presses_old(step, key)
    assert client.replies
    assert FAULT not in client.text
    await client.presses("unsure", "skip") if isinstance(client.last, Rate) else None


async def test_a_key_that_is_no_option(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.starts(WINDOW)
    for key in ("6", "0", "queue", "done", "skip", "back", "change"):
        await client.presses_old(client.last.step, key)
        assert isinstance(client.last, Rate), key
    assert json.loads((await talk.one("SELECT answers FROM response")).answers) == {}


@pytest.mark.parametrize(
    "data", ["", ":", "a", "a:", ":b", "A B:c", "a:b" * 40, "шаг:ключ", "a:b:c", "a" * 65 + ":b", "{}"]
)
def test_foreign_data_are_no_press(data: str) -> None:
    assert decode(data) is None


async def test_a_reply_that_could_not_be_sent_is_sent_later(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    talk.edge("telegram").failures = [TryLater(0, "500")]
    await client.starts(WINDOW)
    assert isinstance(client.last, Rate)
    assert (await talk.one("SELECT reply_to FROM conversation")).reply_to is None


async def test_a_notice_that_could_not_be_sent_is_sent_later(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    await complains(talk.client("vk", 7), wants=False)
    talk.edge("telegram").failures = [TryLater(0, "500"), TryLater(0, "429")]
    await talk.settle()
    assert boss.posted == []
    await talk.after(seconds=120)
    await talk.after(seconds=120)
    assert len(boss.posted) == 1


async def test_a_database_that_is_away_loses_nothing(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    from backend.db import DatabaseAway

    client = talk.client("telegram", 7)
    await client.starts(WINDOW)
    step = client.last.step

    def away() -> object:
        raise DatabaseAway("locked")

    begin = talk.app.db.begin
    monkeypatch.setattr(talk.app.db, "begin", away)
    for _ in range(2):
        with pytest.raises(Busy):
            await talk.app.hearing.hear(_press(client, step), talk.app.channels["telegram"].traits)
        while talk.app.delivery._chains:
            await asyncio.wait(list(talk.app.delivery._chains.values()))
    monkeypatch.setattr(talk.app.db, "begin", begin)
    assert sum("Сообщение получено" in s.reply.text for s in client.chat) == 1
    assert not (await client.hears(Press(step, "4"), "u5")).repeated
    assert (await talk.one("SELECT score FROM response")).score == 4


def _press(client: object, step: str) -> object:
    from bot.messages import Incoming

    return Incoming(id="u5", who=client.who, where=client.where, event=Press(step, "4"), language="ru")


async def test_a_fault_of_ours_is_told_once_and_the_talk_goes_on(
    sqlite_talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot import dialogue

    client = await rates(sqlite_talk.client("telegram", 7), "3")
    right = dialogue.answer

    async def broken(*_: object) -> object:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(dialogue, "answer", broken)
    await client.types("1, 3")
    assert FAULT in client.text
    assert "+7 (000) 000-12-12" in client.text
    monkeypatch.setattr(dialogue, "answer", right)
    await client.types("1, 3")
    assert isinstance(client.last, Write)
