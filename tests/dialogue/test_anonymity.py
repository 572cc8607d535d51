"""With the whole database and SECRET_KEY in hand: who can be found behind a finished response, and until when."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url

from backend.feedback import Subject
from backend.tables import metadata
from bot.commands import backup
from bot.dialogue.turn import nonce, short_id, tie_of
from bot.messages import Keep
from tests.base.databases import PostgresTemplate, plain
from tests.base.talk import Person, Talk, make_settings, open_talk
from tests.dialogue.visits import SITE, STAND, WINDOW, complains, rates

PIECE = re.compile(r"[\w-]{4,}")
HASH = re.compile(r"[\w-]{20,}")


class Investigator:
    """Follows every value that one row shares with another, starting from a chat that is known to him. He has the
    tables, SECRET_KEY, the chat's address, the office folder, and every secret of a day that is still there."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.rows: list[set[str]] = []
        self.names: dict[str, str] = {}  # a name of a response → its id
        self.links: set[str] = set()
        self.secrets: list[tuple[Any, bytes]] = []

    async def read(self) -> Investigator:
        async with self.talk.app.db.begin() as session:
            for table in metadata.sorted_tables:
                for row in await session.execute(select(table)):
                    values = dict(row._mapping)
                    if table.name == "day_secret":
                        self.secrets.append((values["day"], bytes(values["secret"])))
                    self.rows.append(set(self._pieces(table.name, values)))
        return self

    def _pieces(self, table: str, values: dict[str, Any]) -> list[str]:
        found: list[str] = []
        for column, value in values.items():
            text = str(value)
            found += PIECE.findall(text)
            found += [f"task={n}" for n in re.findall(r"\btask[.=\"]{1,2}:? ?(\d+)", text)]
            if (column == "task" and value) or (table, column) == ("task", "id"):
                found.append(f"task={value}")
            if column == "tie" and value:
                found.append(text)
            with contextlib.suppress(ValueError, IndexError):  # what is not sealed by us
                found.append(self.talk.app.keys.open(text))
        if table == "response":
            ident = values["id"]
            names = {str(ident), nonce(ident), short_id(ident), *([values["tie"]] if values["tie"] else [])}
            self.names.update(dict.fromkeys(names, str(ident)))
            found += names
            if values["subject_kind"] == "answer":
                found.append(f"task={values['subject']}")
        if table == "relay":
            self.links |= {str(values["id"]), short_id(values["id"])}
            found += [str(values["id"]), short_id(values["id"])]
        return found

    def responses_of(self, *addresses: str) -> set[int]:
        """Ids of the responses that can be traced to these addresses."""
        keys, office = self.talk.app.keys, self.talk.app.office
        tokens: set[str] = set()
        for address in addresses:
            tokens |= {address, address.partition(":")[2], keys.hash(address)}
            subjects = [(Subject("point", p.code), s) for p in office.points for s in ("visit", "bot")]
            subjects += [(Subject("point", "bot"), "bot")] + [
                (Subject("service", s.code), s.survey) for s in office.services
            ]
            subjects += [(Subject("answer", str(n)), "answer") for n in range(1, 9)]
            for subject, survey in subjects:
                tokens |= {
                    tie_of(keys, secret, day, keys.hash(address), subject, survey) for day, secret in self.secrets
                }
        reached = set(tokens)
        while True:
            more = {
                piece
                for row in self.rows
                if row & reached
                for piece in row
                if piece in self.names or piece in self.links or piece.startswith("task=") or HASH.fullmatch(piece)
            }
            if more <= reached:
                break
            reached |= more
        return {int(self.names[piece]) for piece in reached if piece in self.names}


async def traced(talk: Talk, *people: Person) -> set[int]:
    found = await Investigator(talk).read()
    return found.responses_of(*(str(p.where) for p in people))


def clients(talk: Talk) -> list[Person]:
    return [talk.client("telegram", 700_000_000 + n) for n in range(6)]


async def everybody_answers(talk: Talk) -> list[Person]:
    """All the ways in which a response ends without a wish for an answer."""
    plain_one, twice, low, changed, leaver, bot = clients(talk)
    web = talk.client("web", "browser-cookie-0001")
    await rates(plain_one, "4", "skip", "skip")
    await rates(twice, "5", "skip", "skip")
    await twice.starts(WINDOW)  # «Сегодня вы уже оценили», and he goes away
    await complains(low, wants=False, comment="Долго ждал")
    await rates(changed, "2", "queue", "done", "skip", "no")
    await changed.starts(WINDOW)
    await changed.presses("change", "5", "skip", "skip")
    await rates(leaver, "3", "queue", "done")
    await rates(leaver, "5", "skip", "skip", token=STAND)
    await bot.starts()
    await bot.presses("more", "rate_bot", "4", "skip")
    await rates(web, "4", "skip", "skip")
    await talk.settle()
    return [plain_one, twice, low, changed, leaver, bot, web]


async def test_until_midnight_the_tie_exists_and_after_it_nothing_leads_to_anybody(talk: Talk) -> None:
    people = await everybody_answers(talk)
    for person in people:
        assert await traced(talk, person), person.where
    assert len(await talk.rows("SELECT 1 FROM response")) == 8
    await talk.midnight()
    assert await talk.rows("SELECT 1 FROM day_secret") == []
    for person in people:
        assert await traced(talk, person) == set(), person.where
    assert len(await talk.rows("SELECT 1 FROM response WHERE status IN ('complete', 'partial')")) == 8


async def test_a_mark_that_is_being_changed_at_midnight_is_let_go(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 700_000_009), "4", "skip", "skip")
    await client.starts(WINDOW)
    await client.presses("change", "5")
    await talk.midnight()
    assert await traced(talk, client) == set()
    row = await talk.one("SELECT status, score FROM response")
    assert (row.status, row.score) == ("complete", 5)


async def test_an_open_survey_is_tied_until_it_closes(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 700_000_009), "4")
    await talk.midnight()
    assert await traced(talk, client)
    talk.now += timedelta(days=8)
    await talk.run_jobs()
    assert len(await talk.rows("SELECT 1 FROM response")) == 1
    assert await traced(talk, client) == set()


async def test_who_wants_an_answer_is_tied_by_the_relay_alone_until_it_ends(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    client = await complains(talk.client("telegram", 700_000_009), wants=True)
    await talk.settle()
    await talk.midnight()
    assert await traced(talk, client)
    await boss.presses("close")
    await boss.types("Поставили второй стол")
    await boss.presses("send")
    await talk.settle()
    await client.presses("rate", "5", "skip")
    assert await talk.rows("SELECT 1 FROM relay") == []
    await talk.midnight()
    assert await traced(talk, client) == set()


async def test_deletion_cuts_the_tie_at_once(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 700_000_009), "4", "skip", "skip")
    await client.types("/delete")
    await client.presses("Да, удалить")
    assert await traced(talk, client) == set()


async def test_no_comment_stays_in_the_conversation(talk: Talk) -> None:
    client = await rates(talk.client("telegram", 700_000_009), "unsure")
    await client.types("Приметные слова")
    row = await talk.one("SELECT * FROM conversation")
    assert "Приметные" not in str(dict(row._mapping))
    assert row.replies is None


async def test_the_secret_of_the_day_is_gone_from_the_files(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    await everybody_answers(talk)
    secret = bytes((await talk.one("SELECT secret FROM day_secret")).secret)
    file = Path(make_url(talk.app.db.url).database or "")

    def lies_in() -> list[str]:
        return [f.name for f in file.parent.glob(file.name + "*") if secret in f.read_bytes()]

    assert lies_in()
    await talk.midnight()
    await talk.app.db.scrub()
    assert lies_in() == []


async def test_a_backup_has_no_secret_links_nobody_and_works(sqlite_talk: Talk, tmp_path: Path) -> None:
    people = await everybody_answers(sqlite_talk)
    going_on = await rates(sqlite_talk.client("telegram", 700_000_099), "3")
    target = tmp_path / "copy" / "otklik.db"
    settings = make_settings(sqlite_talk.app.db.url, tmp_path)
    assert backup.main(argparse.Namespace(output=target, keep=None), settings) == 0
    assert target.stat().st_mode & 0o777 == 0o600
    with contextlib.closing(sqlite3.connect(target)) as copy:
        assert copy.execute("SELECT count(*) FROM day_secret").fetchone() == (0,)
    secret = bytes((await sqlite_talk.one("SELECT secret FROM day_secret")).secret)
    assert secret not in target.read_bytes()
    async with open_talk(f"sqlite+aiosqlite:///{target}", tmp_path / "restored") as restored:
        for person in people:
            assert await traced(restored, person) == set(), person.where
        client = restored.client(going_on.where.channel, going_on.where.id)
        await client.types("1, 3")
        assert client.last.step.startswith("visit.comment")
    # A second copy never overwrites the first.
    assert backup.main(argparse.Namespace(output=target, keep=None), settings) == 2


@pytest.mark.postgres
async def test_a_backup_of_postgresql(postgres_template: PostgresTemplate, tmp_path: Path) -> None:
    if shutil.which("pg_dump") is None or shutil.which("pg_restore") is None:
        pytest.skip("pg_dump and pg_restore are not on this machine")
    target = tmp_path / "otklik.dump"
    async with open_talk(postgres_template.emptied(), tmp_path) as talk:
        await rates(talk.client("telegram", 7), "3")
        assert backup.main(argparse.Namespace(output=target, keep=None), make_settings(talk.app.db.url, tmp_path)) == 0
    with postgres_template.copy(empty=True) as url:
        restore = await asyncio.create_subprocess_exec(
            "pg_restore", "--no-owner", "-d", plain(make_url(url)), str(target)
        )
        assert await restore.wait() == 0
        async with open_talk(url, tmp_path) as restored:
            client = restored.client("telegram", 7)
            await client.types("1, 3")
            assert client.last.step.startswith("visit.comment")
            assert await restored.rows("SELECT 1 FROM day_secret") == []


async def test_the_web_leaves_only_the_hash_of_a_secret_link(talk: Talk) -> None:
    client = await complains(talk.client("web", "browser-cookie-0001"), wants=True, token=SITE)
    keep = next(r for r in client.replies if isinstance(r, Keep))
    relay = await talk.one("SELECT address, sealed FROM relay")
    assert relay.sealed == ""
    assert relay.address == talk.app.keys.hash(f"web:a-{keep.url.rpartition('/')[2]}")
    await talk.midnight()
    assert await traced(talk, client) == set()
