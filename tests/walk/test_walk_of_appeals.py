"""A client presses everything about his appeals; where numbers may not be asked for, nothing is asked or kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.appeals import numbers, work
from bot.channels import Mode
from bot.messages import Event, Press, Start, Text, buttons_of
from tests.base.databases import SQLiteTemplate
from tests.dialogue.appeals import REASON, SECRET, THEN, answers, does, follows, registers, said, takes
from tests.walk.test_walk import SURVEYS, Fact, walking

# Other walks go into these.
ELSEWHERE = (
    *SURVEYS,
    "menu",
    "ask",
    "question",
    "rate",
    "invit",
    "lang",
    "delete",
    "topics",
    "about",
    "filing",
    "consents",
)


@pytest.mark.parametrize(("channel", "mode"), [("vk", "track"), ("web", "personal"), ("vk", "personal")])
async def test_a_client_who_follows_walks_everywhere(
    sqlite_template: SQLiteTemplate, tmp_path: Path, fact: Fact, channel: str, mode: Mode
) -> None:
    async with walking(sqlite_template, tmp_path, channel, mode) as walk:
        talk = walk.talk
        # The languages differ in their words only, which other walks read; here once is enough.
        walk.known, walk.russian = ELSEWHERE, channel != "web"
        client = talk.client(channel, 700)
        await client.starts()
        fresh, answered = await registers(talk, service="У4"), await registers(talk, service="У1")
        suspended, refused = await registers(talk, "message"), await registers(talk, "complaint")
        for one in (fresh, answered, suspended, refused):
            await follows(client, one)
        await takes(talk, answered)
        await does(talk, work.reply, answered, f"Пришлите копию. {SECRET}")
        await answers(talk, answered)
        await takes(talk, suspended)
        await does(talk, work.suspend, suspended, reason=REASON, then=THEN)
        await does(talk, work.refuse, refused, reason=REASON, then=THEN)
        await talk.settle()
        unknown = await registers(talk)
        posted = client.posted if channel != "web" else []
        notices = [Press(reply.step, b.key) for reply in posted for b in buttons_of(reply) if not b.url]
        events: list[Event] = [
            Press("menu", "appeals"),
            Press(f"appeal.{unknown.id}", "open"),
            Text(f"{unknown.number} {unknown.code}"),
            Start(f"f-{numbers.payload_of(unknown.number, unknown.code)}"),
            *dict.fromkeys(notices),
        ]
        for event in events:
            await walk.explore(client, event)
        if mode == "track":
            assert SECRET not in said(talk, channel)
    fact(f"walk: client with appeals, {channel} in mode {mode}: {len(walk.screens)} screens, {walk.transitions} steps")
    assert len(walk.screens) > 25


@pytest.mark.parametrize("mode", ["info", "anonymous"])
async def test_where_numbers_may_not_be_asked_for_no_screen_asks(
    sqlite_template: SQLiteTemplate, tmp_path: Path, mode: Mode
) -> None:
    async with walking(sqlite_template, tmp_path, "telegram", mode) as walk:
        talk = walk.talk
        walk.known = ELSEWHERE
        registered = await registers(talk)
        client = talk.client("telegram", 700)
        await client.starts()
        card = f"appeal.{registered.id}"
        keys = (
            "open",
            "why",
            "answer",
            "decided",
            "letters",
            "add",
            "again",
            "rate",
            "quiet",
            "contest",
            "leave",
            "done",
        )
        events: list[Event] = [
            Press("menu", "appeals"),
            *(Press("appeals", key) for key in ("open", "add", "filter", f"a{registered.id}", "q1", "show.all")),
            *(Press("follow", key) for key in ("lost", "again")),
            *(Press(card, key) for key in keys),
            Press(f"{card}.leave", "yes"),
            Text(f"{registered.number} {registered.code}"),
            Text(registered.number),
            Start(f"f-{numbers.payload_of(registered.number, registered.code)}"),
        ]
        for event in events:
            await client.sends(event)
            assert {reply.asks for reply in client.replies} == {"nothing"}, event
            await walk.explore(client, event)
        assert await talk.rows("SELECT id FROM appeal_follower") == []
        assert await talk.rows("SELECT key FROM appeal_guess") == []
        states = await talk.rows("SELECT state FROM conversation")
        assert all(registered.number not in row.state for row in states)
