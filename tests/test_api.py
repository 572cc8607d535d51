"""The HTTP API: who may report, what is taken, what is refused and how, and that it tells nothing about clients."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, insert

from backend import codes, invitations, staff, tokens
from bot.app import make_http
from bot.commands import token as command
from tests.base.databases import SQLiteTemplate
from tests.base.talk import Talk, make_settings, open_talk
from tests.dialogue.invitees import agrees, later, token_of
from tests.dialogue.visits import WINDOW

UNKNOWN = invitations.in_groups(invitations.new_code())
ACCEPTED = {"accepted": True}


class Queue:
    """The electronic queue of an office, with its token."""

    def __init__(self, talk: Talk, token: str) -> None:
        self.talk = talk
        # The messengers of a talk have no webhooks: the routes are those of the pages and of the API.
        app = replace(talk.app, channels={"web": talk.app.channels["web"]})
        transport = httpx.ASGITransport(make_http(app))
        self.http = httpx.AsyncClient(transport=transport, base_url="https://otklik.example")
        self.headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}

    def visit(self, **changed: Any) -> dict[str, Any]:
        given = {"point": WINDOW, "time": self.talk.now.isoformat(), "link": UNKNOWN, "id": "1"}
        return {key: value for key, value in {**given, **changed}.items() if value is not None}

    async def sends(self, content: Any, **headers: str) -> httpx.Response:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return await self.http.post("/api/interactions", content=body, headers={**self.headers, **headers})

    async def reports(self, **changed: Any) -> httpx.Response:
        return await self.sends(self.visit(**changed))


@pytest.fixture
async def queue(talk: Talk) -> AsyncIterator[Queue]:
    queue = Queue(talk, await token_of(talk))
    yield queue
    await queue.http.aclose()


@pytest.fixture
async def sqlite_queue(sqlite_talk: Talk) -> AsyncIterator[Queue]:
    queue = Queue(sqlite_talk, await token_of(sqlite_talk))
    yield queue
    await queue.http.aclose()


async def code_of(talk: Talk, ident: int = 7) -> str:
    client = talk.client("telegram", ident)
    await client.starts()
    return await agrees(client)


# --- from the report to the invitation --------------------------------------------------------------------


async def test_a_reported_visit_becomes_an_invitation(queue: Queue) -> None:
    talk = queue.talk
    client = talk.client("telegram", 7)
    await client.starts()
    code = await agrees(client)
    answer = await queue.reports(link=code.lower().replace("-", " "))
    assert (answer.status_code, answer.json()) == (202, ACCEPTED)
    row = await talk.one("SELECT * FROM invitation")
    assert (row.subject_kind, row.subject, row.state) == ("point", "Т5", "planned")
    assert code.replace("-", "") not in str(dict(row._mapping))
    await later(talk, minutes=61)
    assert client.posted[-1].text.startswith("Вы были у нас 23 ноября: Окно приёма документов")


NAMED: list[tuple[dict[str, Any], tuple[str, str, str | None]]] = [
    ({"point": "Т5"}, ("point", "Т5", None)),
    ({"point": WINDOW.lower()}, ("point", "Т5", None)),
    ({"point": None, "service": "У4"}, ("service", "У4", "У4")),
    ({"point": "Т5", "service": "У4"}, ("point", "Т5", "У4")),
    ({"point": " Т7 "}, ("point", "Т7", "У4")),
    ({"id": 147}, ("point", "Т5", None)),
    ({"id": "😀 \u202e' OR 1=1 --"}, ("point", "Т5", None)),
]


async def test_what_was_visited(queue: Queue) -> None:
    code = await code_of(queue.talk)
    for n, (named, subject) in enumerate(NAMED):
        answer = await queue.reports(**{"id": f"n{n}", **named}, link=code)
        assert answer.status_code == 202, answer.text
        (row,) = await queue.talk.rows("SELECT subject_kind, subject, service FROM invitation")
        assert tuple(row) == subject
        async with queue.talk.app.db.begin() as session:
            await session.execute(delete(invitations.invitations))


async def test_the_same_id_twice_is_one_invitation_and_the_same_answer(queue: Queue) -> None:
    code = await code_of(queue.talk)
    other = await code_of(queue.talk, 8)
    answers = [await queue.reports(link=link, id="А-147") for link in (code, code, other, UNKNOWN)]
    assert {(a.status_code, a.text) for a in answers} == {(202, '{"accepted":true}')}
    assert len(await queue.talk.rows("SELECT 1 FROM invitation")) == 1


async def test_a_list_of_visits_is_taken_whole_or_not_at_all(queue: Queue) -> None:
    codes = [await code_of(queue.talk, n) for n in range(3)]
    visits = [queue.visit(link=code, id=str(n)) for n, code in enumerate(codes)]
    answer = await queue.sends([*visits, queue.visit(time="2026-11-01T10:00:00+03:00")])
    assert answer.status_code == 422
    assert answer.json() == {
        "code": "time_too_old",
        "message": "The visit is older than 7 days.",
        "field": "time",
        "index": 3,
    }
    assert await queue.talk.rows("SELECT 1 FROM invitation") == []
    answer = await queue.sends(visits)
    assert (answer.status_code, answer.json()) == (202, ACCEPTED)
    assert len(await queue.talk.rows("SELECT 1 FROM invitation")) == 3
    assert (await queue.sends([])).status_code == 202
    many = [queue.visit(id=str(n)) for n in range(101)]
    assert (await queue.sends(many)).json()["code"] == "too_many_visits"


async def test_the_answer_tells_nothing_about_the_client(queue: Queue) -> None:
    """Unknown, stopped, asked yesterday, refused: the other system cannot tell them apart."""
    talk = queue.talk
    stopped = await code_of(talk, 1)
    await talk.client("telegram", 1).types("стоп")
    asked = await code_of(talk, 2)
    await queue.reports(link=asked, id="first")
    await later(talk, minutes=75)
    fresh = await code_of(talk, 3)
    answers = [await queue.reports(link=link, id=f"x{link}") for link in (UNKNOWN, stopped, asked, fresh)]
    told = [{k: v for k, v in a.headers.items() if k != "x-request-id"} for a in answers]
    assert [(a.status_code, a.text) for a in answers] == [(202, '{"accepted":true}')] * 4
    assert told == [told[0]] * 4


async def test_known_and_unknown_codes_cost_the_same_statements(queue: Queue) -> None:
    from tests.test_statements import counted

    code = await code_of(queue.talk)
    await queue.reports(id="warm")
    with counted(queue.talk) as (unknown, _):
        await queue.reports(id="a")
    with counted(queue.talk) as (known, _):
        await queue.reports(id="b", link=code)
    assert unknown == known


# --- who --------------------------------------------------------------------------------------------------


async def test_without_a_valid_token(sqlite_queue: Queue) -> None:
    for authorization in ("", "Bearer", "Bearer ", "Basic b3RrXw==", "otk_x", "Bearer otk_x", "Bearer яяя"):
        headers = [(b"content-type", b"application/json"), (b"authorization", authorization.encode())]
        answer = await sqlite_queue.http.post("/api/interactions", content=b"[]", headers=headers)
        assert answer.status_code == 401, authorization
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["code"] in ("no_token", "bad_token")


async def test_the_token_is_looked_at_before_the_body(sqlite_queue: Queue) -> None:
    answer = await sqlite_queue.sends(b"x" * 100_000, authorization="Bearer otk_" + "x" * 43)
    assert answer.status_code == 401


async def test_only_the_hash_of_a_token_is_stored(talk: Talk) -> None:
    token = await token_of(talk)
    assert token.startswith("otk_")
    assert len(token) >= 4 + 43
    stored = str([dict(r._mapping) for r in await talk.rows("SELECT * FROM api_token")])
    assert token not in stored
    assert token[4 + 6 :] not in stored


async def test_a_token_ends_with_its_day_its_person_and_by_hand(queue: Queue) -> None:
    talk = queue.talk
    for end in ("expired", "removed", "ended"):
        token = await token_of(talk, days=2)
        headers = {"authorization": f"Bearer {token}"}
        talk.now += timedelta(days=2)
        assert (await queue.sends(queue.visit(), **headers)).status_code == 202
        async with talk.app.db.begin() as session:
            if end == "removed":
                await staff.remove(session, "chernykh", talk.now)
            elif end == "ended":
                (row,) = await tokens.found(session, token)
                await tokens.end(session, row, talk.now)
            else:
                talk.now += timedelta(days=1)
        answer = await queue.sends(queue.visit(), **headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_token"), end


async def test_a_person_who_is_gone_from_the_office_or_has_lost_the_role(sqlite_queue: Queue) -> None:
    talk = sqlite_queue.talk
    office = talk.app.office
    plain = [p.model_copy(update={"roles": ("editor",)}) if p.id == "chernykh" else p for p in office.persons]
    for persons, status in ((plain, 403), ([p for p in office.persons if p.id != "chernykh"], 401)):
        talk.app.office = office.model_copy(update={"persons": tuple(persons)})
        changed = Queue(talk, sqlite_queue.headers["authorization"].removeprefix("Bearer "))
        assert (await changed.reports()).status_code == status
        await changed.http.aclose()


async def test_too_many_reports_of_one_token_do_not_stop_another(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0)
    visits = [queue.visit(id=str(n)) for n in range(100)]
    for _ in range(tokens.PER_MINUTE // 100):
        assert (await queue.sends(visits)).status_code == 202
    answer = await queue.reports()
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
    assert 0 < int(answer.headers["retry-after"]) <= 60
    other = await token_of(queue.talk, "maketov")
    assert (await queue.sends(queue.visit(), authorization=f"Bearer {other}")).status_code == 202
    monkeypatch.setattr(time, "time", lambda: 1_800_000_060.0)
    assert (await queue.reports()).status_code == 202


async def test_uses_are_journaled_by_the_day_and_name_no_client(queue: Queue) -> None:
    talk = queue.talk
    code = await code_of(talk)
    for n in range(3):
        await queue.reports(id=str(n), link=code)
    await later(talk, days=1)
    row = await talk.one("SELECT actor, subject, details FROM journal WHERE action = 'api.interactions'")
    assert tuple(row) == ("chernykh", "очередь", "2026-11-23: 3")
    await queue.reports(id="n")
    talk.now += timedelta(days=1)
    await queue.reports(id="m")  # the first report of a day that comes before the job
    await later(talk, minutes=1)
    rows = await talk.rows("SELECT details FROM journal WHERE action = 'api.interactions' ORDER BY id")
    assert [r.details for r in rows] == ["2026-11-23: 3", "2026-11-24: 1"]


# --- what is refused --------------------------------------------------------------------------------------


REFUSED: list[tuple[dict[str, Any], int, str, str]] = [
    ({"point": None}, 422, "missing", "point"),
    ({"point": "Т99"}, 404, "unknown_point", "point"),
    ({"point": "2222AAAA"}, 404, "unknown_point", "point"),
    ({"point": "Т9"}, 404, "unknown_point", "point"),  # internal
    ({"service": "У99"}, 404, "unknown_service", "service"),
    ({"point": "x" * 41}, 422, "invalid", "point"),
    ({"time": None}, 422, "missing", "time"),
    ({"time": "2026-11-23T10:00:00"}, 422, "invalid", "time"),
    ({"time": "вчера"}, 422, "invalid", "time"),
    ({"time": "2026-11-23T10:06:00+03:00"}, 422, "time_in_future", "time"),
    ({"time": "2026-11-16T09:59:00+03:00"}, 422, "time_too_old", "time"),
    ({"time": "0001-01-01T00:00:00+14:00"}, 422, "time_too_old", "time"),
    ({"time": "9999-12-31T23:59:59-12:00"}, 422, "time_in_future", "time"),
    ({"link": "7"}, 422, "link_mistyped", "link"),
    ({"link": "K7PM-4XQ2-9DT0"}, 422, "link_mistyped", "link"),
    ({"link": None}, 422, "missing", "link"),
    ({"link": {"a": 1}}, 422, "invalid", "link"),
    ({"id": ""}, 422, "invalid", "id"),
    ({"id": "x" * 101}, 422, "invalid", "id"),
    ({"name": "Иванов"}, 422, "invalid", "name"),
]


async def test_what_is_refused_says_where(sqlite_queue: Queue) -> None:
    for changed, status, code, field in REFUSED:
        answer = await sqlite_queue.reports(**changed)
        body = answer.json()
        assert (answer.status_code, body["code"], body["field"]) == (status, code, field), (changed, body)
        assert body["message"].isascii()
        assert "Иванов" not in answer.text


async def test_the_edges_of_the_time(queue: Queue) -> None:
    code = await code_of(queue.talk)
    times = ["2026-11-23T10:04:00+03:00", "2026-11-16T10:01:00+03:00", "2026-11-20T23:30:00Z"]
    for n, clock in enumerate(times):
        assert (await queue.reports(time=clock, link=code, id=str(n))).status_code == 202
    rows = await queue.talk.rows("SELECT visited_on FROM invitation ORDER BY visited_on")
    assert [str(r.visited_on) for r in rows] == ["2026-11-16", "2026-11-21", "2026-11-23"]


async def test_no_body_breaks_it(sqlite_queue: Queue) -> None:
    bodies = [b"", b"null", b"1", b"{", b"\xff\xfe", b'"x"', b"{}", b"[[]]", b'{"id": "\\ud800"}', b"[" * 5000]
    for body in [*bodies, b'[1, {"id": NaN}]']:
        answer = await sqlite_queue.sends(body)
        assert answer.status_code == 422, body
        assert answer.json()["message"]


async def test_size_and_kind_of_the_body(sqlite_queue: Queue) -> None:
    queue = sqlite_queue
    assert (await queue.sends(b" " * 65_537)).status_code == 413

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield b" " * 1000

    answer = await queue.http.post("/api/interactions", content=endless(), headers=queue.headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""):
        assert (await queue.sends(queue.visit(), **{"content-type": kind})).status_code == 415
    for kind in ("application/json; charset=utf-8", "Application/JSON"):
        assert (await queue.sends(queue.visit(), **{"content-type": kind})).status_code == 202


async def test_other_paths_and_methods_are_json(sqlite_queue: Queue) -> None:
    http = sqlite_queue.http
    for method, path, status in (("GET", "/api/interactions", 405), ("POST", "/api/nothing", 404)):
        answer = await http.request(method, path)
        assert answer.status_code == status
        assert answer.json()["code"]


async def test_a_database_that_is_away_is_told_and_nothing_is_kept(sqlite_queue: Queue) -> None:
    from backend.db import DatabaseAway

    class Away:
        def read(self) -> None:
            raise DatabaseAway("locked")

    real = sqlite_queue.talk.app.db
    sqlite_queue.talk.app.db = Away()  # type: ignore[assignment]
    broken = Queue(sqlite_queue.talk, sqlite_queue.headers["authorization"].removeprefix("Bearer "))
    sqlite_queue.talk.app.db = real
    answer = await broken.reports()
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer.headers["retry-after"]
    await broken.http.aclose()


# --- description ------------------------------------------------------------------------------------------


async def test_the_description_names_route_fields_and_errors(sqlite_queue: Queue) -> None:
    found = (await sqlite_queue.http.get("/api/openapi.json")).json()
    operation = found["paths"]["/interactions"]["post"]
    assert {"202", "401", "403", "404", "413", "415", "422", "429", "503"} <= set(operation["responses"])
    one, _many = operation["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    assert set(one["properties"]) == {"point", "service", "time", "link", "id"}
    assert found["servers"] == [{"url": "https://otklik.example/api"}]
    assert found["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert "$ref" not in json.dumps(one)


async def test_the_help_page_is_ours_alone(sqlite_queue: Queue) -> None:
    for path in ("/api", "/api/"):
        page = await sqlite_queue.http.get(path, headers={"accept-language": "ru"})
        assert page.status_code == 200
        assert "Сообщить о визите" in page.text
        assert "<script" not in page.text
        assert "//" not in page.text.replace("https://otklik.example/api", "")
    assert "Report a visit" in (await sqlite_queue.http.get("/api?lang=en")).text


async def test_a_further_code_of_a_point_is_the_point(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path) as talk:
        code = {"token": "9ABCDEFG", "point": "Т8", "place": "холл", "made_by": "x", "reason": "оторван"}
        async with talk.app.db.begin() as session:
            await session.execute(insert(codes.codes).values(**code, made_at=talk.now, revoked_at=talk.now))
        await talk.minute()
        queue = Queue(talk, await token_of(talk))
        assert (await queue.reports(point="9ABCDEFG", link=await code_of(talk))).status_code == 202
        assert (await talk.one("SELECT subject FROM invitation")).subject == "Т8"
        await queue.http.aclose()


# --- the command ------------------------------------------------------------------------------------------


class Command:
    """`python -m bot token …` on a database of its own; gives exit code, output and errors."""

    def __init__(self, folder: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.settings = make_settings(url, folder, clock=datetime.fromisoformat("2026-11-23T10:00:00+03:00"))
        self.capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        parser = argparse.ArgumentParser()
        command.arguments(parser)
        code = command.main(parser.parse_args(words), self.settings)
        return code, *self.capsys.readouterr()


@pytest.fixture
def token(sqlite_template: SQLiteTemplate, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path, sqlite_template.copy(tmp_path), capsys)


def test_the_command_makes_lists_and_ends_a_token(token: Command) -> None:
    code, made, _ = token("chernykh", "--label", "электронная очередь", "--days", "30")
    assert code == 0
    secret = next(line for line in made.splitlines() if line.startswith("otk_"))
    assert "действует до 23.12.2026" in made
    _, listed, _ = token("list")
    assert "электронная очередь: действует до 23.12.2026; запросов не было" in listed
    assert secret not in listed
    assert token("end", listed.split()[0])[0] == 0
    assert "электронная очередь: закрыт" in token()[1]
    code, _, errors = token("end", secret)
    assert (code, "Такого действующего ключа нет" in errors) == (2, True)


def test_the_command_says_what_the_person_may(token: Command) -> None:
    told = token("chernykh", "--label", "x")[1]
    assert "Можно: искать в базе знаний, сообщать о визитах, регистрировать обращения, работать со своими" in told
    assert "Можно: искать в базе знаний, править базу знаний" in token("shablonova", "--label", "x")[1]


def test_the_command_refuses(token: Command) -> None:
    for words, told in (
        (("nobody", "--label", "x"), "chernykh"),
        (("chernykh",), "--label"),
        (("chernykh", "--label", " "), "--label"),
        (("chernykh", "--label", "x", "--days", "0"), "--days"),
        (("end",), "Такого действующего ключа нет"),
    ):
        code, out, errors = token(*words)
        assert code == 2
        assert told in errors
        assert "otk_" not in out
