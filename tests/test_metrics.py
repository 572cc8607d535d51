"""Figures and logs: they tell how the work goes, and nothing of who came."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from backend.db import Database, DatabaseAway
from bot import logs, metrics
from bot.app import make_http
from bot.channels import Busy, TryLater, Unreachable
from bot.channels.web import WebChannel
from bot.metrics import Metrics, page_of
from tests.base.databases import SQLiteTemplate
from tests.base.talk import SECRET_KEY, Talk, make_settings, open_talk
from tests.dialogue.visits import WINDOW, complains
from tests.e2e.running import NO_TLS

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"


async def figures(measured: Metrics) -> dict[str, float]:
    measured._looked = -metrics.FRESH_SECONDS  # each look of a test is a fresh one
    page = (await measured.page()).decode()
    return {
        name: float(value) for name, value in re.findall(r"^(otklik_\S+?(?:\{[^}]*\})?) (\S+)$", page, re.MULTILINE)
    }


async def test_turns_replies_and_notices_are_counted_by_channel(talk: Talk) -> None:
    measured = Metrics(talk.app)
    await talk.joins("demoev", "vk")
    client = talk.client("telegram", 7)
    await complains(client, wants=True)
    await client.sends(client_event := _press_again(client), "the-same")
    await client.sends(client_event, "the-same")
    await talk.after(seconds=61)
    found = await figures(measured)
    assert found['otklik_updates_total{channel="telegram",outcome="repeated"}'] == 1
    assert found['otklik_updates_total{channel="telegram",outcome="answered"}'] == 7
    assert found['otklik_turn_seconds_count{channel="telegram"}'] == 8
    assert found['otklik_sent_total{channel="telegram",kind="reply",outcome="sent"}'] == 7
    assert found['otklik_sent_total{channel="vk",kind="notice",outcome="sent"}'] == 1
    assert found["otklik_database_up"] == 1
    assert found['otklik_channel_ready{channel="vk"}'] == 1
    assert found['otklik_tasks{status="new"}'] == 1
    assert found["otklik_task_oldest_seconds"] == pytest.approx(61, abs=1)
    assert "otklik_database_errors_total" in found


def _press_again(_client: Any) -> Any:
    from bot.messages import Text

    return Text("меню")


async def test_what_goes_wrong_is_counted(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = Metrics(talk.app)
    await talk.joins("demoev", "vk")
    client = talk.client("telegram", 7)
    await complains(client, wants=False)
    talk.edge("telegram").failures = [Unreachable()]
    await client.types("меню")
    talk.edge("vk").failures = [TryLater(5)]
    await talk.after(seconds=61)
    found = await figures(measured)
    assert found['otklik_sent_total{channel="telegram",kind="reply",outcome="unreachable"}'] == 1
    assert found['otklik_sent_total{channel="vk",kind="notice",outcome="later"}'] == 1
    assert found['otklik_outbox_waiting{channel="vk"}'] == 1
    talk.now += timedelta(minutes=10)
    assert (await figures(measured))['otklik_outbox_oldest_seconds{channel="vk"}'] == pytest.approx(600, abs=60)

    async def broken(*_: Any) -> Any:
        raise LookupError("a fault of ours")

    with monkeypatch.context() as patched:
        patched.setattr("bot.hearing.dialogue.answer", broken)
        await client.types("ой")
    for number in range(30):
        talk.pace_of_clients = 0.0
        await client.types(f"{number}")
    found = await figures(measured)
    assert found['otklik_updates_total{channel="telegram",outcome="failed"}'] == 1
    assert found['otklik_updates_total{channel="telegram",outcome="slowed"}'] > 0


async def test_a_database_that_is_away_takes_only_its_own_figures(
    sqlite_talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = Metrics(sqlite_talk.app)
    client = sqlite_talk.client("telegram", 7)
    await client.starts(WINDOW)

    nobody = Database("postgresql+asyncpg://nobody@127.0.0.1:9/none", timeout=1)
    with monkeypatch.context() as away:
        away.setattr(sqlite_talk.app.db, "reader", nobody.reader)
        away.setattr(sqlite_talk.app.db, "writer", nobody.writer)
        with pytest.raises(Busy):
            await client.hears(_press_again(client))
        found = await figures(measured)
    assert found["otklik_database_up"] == 0
    assert "otklik_task_oldest_seconds" not in found
    assert found['otklik_updates_total{channel="telegram",outcome="busy"}'] == 1
    assert found["otklik_database_errors_total"] >= 1
    assert (await figures(measured))["otklik_database_up"] == 1


async def test_the_database_is_asked_once_for_several_collectors(sqlite_talk: Talk) -> None:
    measured = Metrics(sqlite_talk.app)
    asked = []
    real = measured._look

    async def look() -> Any:
        asked.append(1)
        return await real()

    measured._look = look  # type: ignore[method-assign]  # counted
    await asyncio.gather(*(measured.page() for _ in range(5)))
    assert len(asked) == 1


@pytest.fixture
async def web_talk(sqlite_template: SQLiteTemplate, tmp_path: Path) -> AsyncIterator[Talk]:
    """The talk on pages only, as HTTP is served without messengers."""
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, channels={"web": WebChannel()}) as opened:
        yield opened


async def test_the_page_is_on_its_own_listener_only_and_names_no_client(web_talk: Talk) -> None:
    client = web_talk.client("web", 424242, name="Иван Петров")
    measured = Metrics(web_talk.app)
    await complains(client, wants=True, comment="Позвоните мне")
    inner = httpx.AsyncClient(transport=httpx.ASGITransport(page_of(measured)), base_url="http://x", verify=NO_TLS)
    outer = httpx.AsyncClient(
        transport=httpx.ASGITransport(make_http(web_talk.app)), base_url="http://x", verify=NO_TLS
    )
    page = await inner.get("/metrics")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/plain")
    key = (await web_talk.rows("SELECT key FROM conversation"))[0].key
    for word in ("424242", "Иван", "Позвоните", key, WINDOW, "demoev"):
        assert word not in page.text
    assert (await inner.get("/")).status_code == 404
    assert (await outer.get("/metrics")).status_code == 404
    await inner.aclose()
    await outer.aclose()


# --- logs -------------------------------------------------------------------------------------------------


@pytest.fixture
def lines() -> Iterator[Any]:
    """What a process writes into its log, set up as `python -m bot run` does."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in logs.NOISY}
    stream = io.StringIO()

    def set_up(style: str = "json", **settings: Any) -> Any:
        given = make_settings(settings.pop("database_url", ""), Path("/nowhere"), **settings)
        logs.set_up_logging(style, logging.DEBUG, hidden=logs.secrets_of(given))
        (handler,) = root.handlers
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(stream)
        return stream.getvalue

    yield set_up
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    for name, level in before[2].items():
        logging.getLogger(name).setLevel(level)


async def test_an_answer_carries_the_id_of_its_request(web_talk: Talk) -> None:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(make_http(web_talk.app)), base_url="http://x", verify=NO_TLS
    ) as client:
        assert (await client.get("/healthz", headers={"X-Request-ID": "a1b2-c3"})).headers["x-request-id"] == "a1b2-c3"
        for strange in ("", "a b", "x" * 65, "naïve", 'a"b', "<b>"):
            given = (await client.get("/healthz", headers={"X-Request-ID": strange.encode()})).headers["x-request-id"]
            assert re.fullmatch(r"[0-9a-f]{12}", given), strange
        one, other = [(await client.get("/healthz")).headers["x-request-id"] for _ in range(2)]
        assert one != other


@pytest.mark.parametrize("style", ["json", "text"])
async def test_all_lines_of_one_turn_carry_one_id(sqlite_talk: Talk, lines: Any, style: str) -> None:
    written = lines(style)
    log = logging.getLogger("bot.test")
    app = sqlite_talk.app
    real = app.channels["telegram"].answer

    async def answer(*given: Any) -> None:
        log.info("sending")
        await real(*given)

    app.channels["telegram"].answer = answer  # type: ignore[method-assign]  # listened to
    app.hearing.after_commit = lambda: log.info("committed")
    for ident in (7, 8):
        await sqlite_talk.client("telegram", ident).starts(WINDOW)
    found = [line for line in written().splitlines() if "bot.test" in line]
    if style == "json":
        ids = [(json.loads(line)["message"], json.loads(line)["request"]) for line in found]
    else:
        ids = [(line.rpartition(": ")[2], re.search(r"\[(\w+)\]", line)[1]) for line in found]  # type: ignore[index]
    by_message = {message: [i for m, i in ids if m == message] for message in ("committed", "sending")}
    assert sorted(by_message["committed"]) == sorted(by_message["sending"])
    assert len(set(by_message["committed"])) == 2


async def test_a_notice_is_known_by_its_row(sqlite_talk: Talk, lines: Any) -> None:
    await sqlite_talk.joins("demoev", "vk")
    await complains(sqlite_talk.client("telegram", 7), wants=False)
    written = lines()
    sqlite_talk.edge("vk").failures = [Unreachable()]
    await sqlite_talk.after(seconds=61)
    told = [json.loads(line) for line in written().splitlines() if "takes no messages" in line]
    assert [line["request"] for line in told] == ["notice-1"]


async def test_no_words_no_ids_no_secrets(
    sqlite_template: SQLiteTemplate, tmp_path: Path, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = lines(
        telegram_token=TOKEN,
        vk_token="vk1.a.secretsecretsecret",
        vk_secret="callback-word",
        database_url="postgresql+asyncpg://otklik:Sesam-42@localhost/otklik",
    )
    log = logging.getLogger("somebody.else")
    said = "Иван Петров, +7 900 000-00-00"
    try:
        try:
            raise ValueError(said)
        except ValueError as inner:
            raise DatabaseAway(TOKEN) from inner
    except DatabaseAway:
        log.exception("trouble with https://api.telegram.org/bot%s/getMe and %s", TOKEN, SECRET_KEY)
    log.error("postgresql://otklik:Sesam-42@localhost callback-word vk1.a.secretsecretsecret")
    log.error("another bot 987654321:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1 ?access_token=abcdef&v=5")
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path) as talk:
        client = talk.client("telegram", 424242, name="Иван Петров")
        await complains(client, wants=True, comment="Позвоните мне")

        async def broken(*_: Any) -> Any:
            raise LookupError("Позвоните мне")

        monkeypatch.setattr("bot.hearing.dialogue.answer", broken)
        await client.types("Позвоните мне")
    told = written()
    assert "a turn failed" in told
    assert "ValueError" in told
    assert "test_metrics.py" in told
    for word in ("Иван", "Позвоните", "424242", TOKEN, "AAHdq", "Sesam", "callback-word", "secretsecret", "abcdef"):
        assert word not in told, word
    assert SECRET_KEY not in told
    for line in told.splitlines():
        json.loads(line)


async def test_a_fault_of_the_system_keeps_its_reason(lines: Any) -> None:
    written = lines()
    try:
        Path("/nowhere/at/all").read_text()  # noqa: ASYNC240  fails at once
    except OSError:
        logging.getLogger("x").exception("not read")
    assert "FileNotFoundError: No such file or directory" in written()


async def test_the_database_is_left_as_it_was_by_a_look(talk: Talk) -> None:
    await complains(talk.client("telegram", 7), wants=False)
    before = await talk.rows("SELECT id, version, announced FROM task")
    await Metrics(talk.app).page()
    assert await talk.rows("SELECT id, version, announced FROM task") == before
    async with talk.app.db.begin() as session:  # and nothing is held
        await session.execute(text("UPDATE task SET level = 0"))
