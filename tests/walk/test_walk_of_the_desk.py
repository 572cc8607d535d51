"""Staff press everything at the desk: appeals open and ended, overdue, a complaint, registering, counting."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from backend.appeals import work
from bot.channels import Mode
from bot.messages import Press
from tests.base.databases import SQLiteTemplate
from tests.dialogue.appeals import SECRET, answers, does, registers, said
from tests.walk.test_walk import SURVEYS, Fact, walking

# Other walks go into these.
ELSEWHERE = (*SURVEYS, "menu", "task", "kb", "ask", "rate", "away", "enter", "invit", "excluded", "lang", "delete")
MODES: list[tuple[str, Mode]] = [("telegram", "anonymous"), ("vk", "track"), ("web", "personal")]


@pytest.mark.parametrize(("channel", "mode"), MODES)
async def test_staff_walk_at_the_desk(
    sqlite_template: SQLiteTemplate, tmp_path: Path, fact: Fact, channel: str, mode: Mode
) -> None:
    async with walking(sqlite_template, tmp_path, channel, mode) as walk:
        talk = walk.talk
        walk.known, walk.russian = (*ELSEWHERE, "reg", "count"), True
        late = await registers(talk, summary="Ошибка в справке")
        talk.now += timedelta(days=33)
        extended = await registers(talk, "info_request", complained=("maketov",))
        await does(talk, work.extend, extended, days=10, reason="Ждём сведения из другого органа")
        ended = await registers(talk)
        await answers(talk, ended)
        boss = await talk.joins("demoev", channel, 700)
        for step in (
            Press("work", "open"),
            Press("work", "all"),
            *(Press(f"work.{one.id}", "open") for one in (late, extended, ended)),
        ):
            await walk.explore(boss, step)
        if mode != "personal":
            assert SECRET not in said(talk, channel)
    fact(f"walk: staff at the desk, {channel}: {len(walk.screens)} screens, {walk.transitions} transitions")
    assert len(walk.screens) > {"anonymous": 0, "track": 20, "personal": 40}[mode]


@pytest.mark.parametrize(("channel", "mode"), MODES)
async def test_an_operator_walks_through_registering_and_counting(
    sqlite_template: SQLiteTemplate, tmp_path: Path, fact: Fact, channel: str, mode: Mode
) -> None:
    async with walking(sqlite_template, tmp_path, channel, mode) as walk:
        walk.known, walk.russian = (*ELSEWHERE, "work", "deed"), True
        operator = await walk.talk.joins("chernykh", channel, 700)
        for step in (Press("count", "open"), Press("reg", "open")):
            await walk.explore(operator, step)
    fact(f"walk: operator, {channel}: {len(walk.screens)} screens, {walk.transitions} transitions")
    assert len(walk.screens) > 5
