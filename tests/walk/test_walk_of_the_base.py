"""A member of staff presses everything in the knowledge base and on the card of a handed-over question."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels import Mode
from bot.messages import Press
from tests.base.databases import SQLiteTemplate
from tests.dialogue.shelf import filled, hands_over
from tests.walk.test_walk import SURVEYS, Fact, walking

# Other walks go into these.
ELSEWHERE = (*SURVEYS, "menu", "ask", "rate", "away", "enter", "invit", "excluded", "lang", "delete", "topics", "about")


@pytest.mark.parametrize("channel", ["telegram", "vk", "web"])
async def test_staff_walk_in_the_base(
    sqlite_template: SQLiteTemplate, tmp_path: Path, fact: Fact, channel: str
) -> None:
    mode: Mode = "personal" if channel == "web" else "anonymous"
    async with walking(sqlite_template, tmp_path, channel, mode) as walk:
        talk = walk.talk
        walk.known, walk.russian = ELSEWHERE, True
        await filled(talk)
        await hands_over(talk.client("telegram", 1), "Дадут ли справку о поддержке?")
        editor = await talk.joins("shablonova", channel, 700)
        for step in (Press("kb", "open"), Press("task.1", "open"), Press("kb", "t.v11-certificate")):
            await walk.explore(editor, step)
    fact(f"walk: staff in the base, {channel}: {len(walk.screens)} screens, {walk.transitions} transitions")
    assert len(walk.screens) > 15
