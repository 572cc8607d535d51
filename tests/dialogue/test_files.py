"""A file that comes in a talk: where it may be looked at, what is said of it, and that nothing stays by mistake."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels import Busy
from bot.messages import File, Rate
from tests.base import files
from tests.base.databases import SQLiteTemplate
from tests.base.talk import Talk, edges, open_talk
from tests.dialogue.visits import WINDOW
from tests.emulators.clamd import Clamd


@pytest.fixture
def came(tmp_path: Path) -> File:
    path = tmp_path / "came"
    path.write_bytes(files.photo())
    return File("фото.jpg", str(path), path.stat().st_size)


def stored(talk: Talk) -> list[Path]:
    return [path for path in talk.app.files.folder.rglob("*") if path.is_file()]


def words(talk: Talk, key: str, **values: int) -> str:
    return talk.app.words["ru"](key, **values)


async def test_a_file_where_none_is_asked_for_is_told_and_does_not_stay(talk: Talk, came: File) -> None:
    client = talk.client("web", "anna")
    await client.starts()
    await client.sends(came)
    assert client.replies[0].text == words(talk, "file-not-here")
    assert client.last.step == "menu"
    assert stored(talk) == []
    assert os.path.exists(came.path)  # noqa: ASYNC240  the channel's own, which deletes it


async def test_a_question_beside_a_file_is_answered(sqlite_talk: Talk, came: File) -> None:
    client = sqlite_talk.client("web", "anna")
    await client.starts(WINDOW)
    asked = client.last
    assert isinstance(asked, Rate)
    await client.sends(File(came.name, came.path, came.size, text="5"))
    assert client.replies[0].text == words(sqlite_talk, "file-not-here")
    assert client.last.step != asked.step


async def test_in_the_middle_of_a_survey_the_same_is_asked_again(sqlite_talk: Talk, came: File) -> None:
    client = sqlite_talk.client("web", "anna")
    await client.starts(WINDOW)
    asked = client.last
    await client.sends(came)
    assert client.last == asked


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "file-refused-empty"),
        (files.EXE, "file-refused-kind"),
        (files.SVG, "file-refused-kind"),
        (files.zipped({"a": "a"}), "file-refused-archive"),
        (files.photo()[:-100], "file-refused-broken"),
    ],
)
async def test_why_a_file_is_not_taken_is_said_plainly(
    sqlite_talk: Talk, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "came"
    path.write_bytes(content)
    client = sqlite_talk.client("web", "anna")
    await client.starts()
    await client.sends(File("фото.jpg", str(path), len(content)))
    assert client.replies[0].text == words(sqlite_talk, said)
    assert stored(sqlite_talk) == []


async def test_a_file_that_was_not_fetched_is_too_large(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("web", "anna")
    await client.starts()
    await client.sends(File("фото.jpg", size=300_000_000))
    assert client.replies[0].text == words(sqlite_talk, "file-refused-large", megabytes=20)
    assert "до 20 МБ" in client.replies[0].text
    await client.sends(File("фото.jpg", refused="scanner"))
    assert client.replies[0].text == words(sqlite_talk, "file-refused-scanner")


@pytest.mark.parametrize("mode", ["anonymous", "track"])
@pytest.mark.parametrize("shown", ["photo", "file"])
async def test_a_channel_that_may_not_carry_files_looks_at_none(
    sqlite_template: SQLiteTemplate, tmp_path: Path, came: File, mode: str, shown: str
) -> None:
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, channels=edges(vk=mode)) as talk:  # type: ignore[arg-type]  # a mode
        client = talk.client("vk", 7)
        await client.starts()
        await client.sends(File(came.name, came.path, came.size, shown=shown))  # type: ignore[arg-type]  # a kind
        assert client.replies[0].text == words(talk, f"unreadable-{shown}")
        await client.sends(File(came.name, "/nowhere", 5))
        assert client.replies[0].text == words(talk, "unreadable-file")
        assert stored(talk) == []


async def test_in_a_channel_that_may_a_file_is_checked_but_not_in_a_group(
    sqlite_template: SQLiteTemplate, tmp_path: Path, came: File
) -> None:
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, channels=edges(vk="personal")) as talk:
        client = talk.client("vk", 7)
        await client.starts()
        await client.sends(came)
        assert client.replies[0].text == words(talk, "file-not-here")
        member = talk.member("vk", 7, "2000000001")
        await member.sends(File("фото.jpg", "/nowhere", 5))
        assert member.replies == []


async def test_a_repeated_turn_stores_nothing_twice(talk: Talk, came: File) -> None:
    client = talk.client("web", "anna")
    await client.starts()
    for _ in range(2):
        heard = await client.hears(came, ident="the same form")
    assert heard.repeated
    assert stored(talk) == []


async def test_what_an_uncommitted_turn_left_is_swept_up(
    sqlite_template: SQLiteTemplate, tmp_path: Path, came: File
) -> None:
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, database_timeout=0.3) as talk:
        await leaves_a_file(talk, came)


async def leaves_a_file(talk: Talk, came: File) -> None:
    client = talk.client("web", "anna")
    await client.starts()
    async with talk.app.db.begin():
        with pytest.raises(Busy):
            await client.hears(came)
    (left,) = stored(talk)
    await talk.minute()
    assert stored(talk) == [left]  # young: it may belong to a turn that goes on
    long_ago = time.time() - 7200
    os.utime(left, (long_ago, long_ago))
    await talk.minute()
    assert stored(talk) == [left]  # once an hour
    talk.now += timedelta(hours=1)
    await talk.minute()
    assert stored(talk) == []


async def test_the_scanner_is_asked_before_the_turn(
    sqlite_template: SQLiteTemplate, tmp_path: Path, came: File
) -> None:
    infected = tmp_path / "infected"
    infected.write_bytes(files.EICAR)
    async with (
        Clamd() as clamd,
        open_talk(sqlite_template.copy(tmp_path), tmp_path, clamav_url=clamd.url) as talk,
    ):
        client = talk.client("web", "anna")
        await client.starts()
        await client.sends(File("фото.jpg", str(infected), 68))
        assert client.replies[0].text == words(talk, "file-refused-virus")
        await client.sends(came)
        assert client.replies[0].text == words(talk, "file-not-here")
        assert len(clamd.scanned) == 2
        # While it thinks, another client is answered: nothing is held.
        clamd.mute = True
        clamd.reached.clear()
        waiting = asyncio.create_task(client.hears(came))
        await clamd.reached.wait()
        other = talk.client("web", "boris")
        await other.starts()
        assert other.replies
        clamd.released.set()
        await waiting
