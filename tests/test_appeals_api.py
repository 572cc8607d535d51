"""Appeals by the HTTP API: registered once, seen by whom they concern, changed by who has read them, never lost."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend import invitations, tokens
from backend.appeals import following, work
from tests.base import files
from tests.base.api import Api
from tests.base.databases import SQLiteTemplate
from tests.base.offices import copy_of_demo
from tests.base.talk import Talk, edges, open_talk
from tests.dialogue.invitees import agrees

LETTER = "Прошу объяснить, почему мне отказали в субсидии на ферму."
ANSWER = {
    "essence": "Мы проверили заявку ещё раз. В ней не было бизнес-плана, поэтому баллов не хватило.",
    "basis": "Порядок конкурса, пункт 12.",
    "then": "Подайте заявку снова до 1 марта.",
}
APPEALS = "/appeals"


class Office(Api):
    """People of the office at their appeals. Every answer must be one that the description names."""

    def __init__(self, talk: Talk) -> None:
        super().__init__(talk)
        self.answered: set[tuple[str, str, int]] = set()
        self._described: dict[tuple[str, str], set[str]] = {}

    async def does(self, person: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        response = await super().does(person, method, path, body, **headers)
        await self._is_described(method, path, response)
        return response

    async def _is_described(self, method: str, path: str, response: httpx.Response) -> None:
        if not self._described:
            whole = (await self.http.get("/api/openapi.json")).json()
            self._described = {
                (verb.upper(), route): set(operation["responses"])
                for route, operations in whole["paths"].items()
                for verb, operation in operations.items()
            }
        plain = path.partition("?")[0]
        routes = [
            route
            for verb, route in self._described
            if verb == method and re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]*", re.escape(route)), plain)
        ]
        assert len(routes) == 1, (method, plain, routes)
        assert str(response.status_code) in self._described[method, routes[0]], (method, plain, response.text)
        self.answered.add((method, routes[0], response.status_code))
        if response.status_code >= 400:
            problem = response.json()
            assert problem["code"], problem
            assert problem["message"].endswith((".", "?")), problem

    async def registers(self, person: str = "demoev", **changed: Any) -> dict[str, Any]:
        response = await self.posts(person, **changed)
        assert response.status_code == 201, response.text
        found: dict[str, Any] = response.json()
        return found

    async def posts(self, person: str = "demoev", **changed: Any) -> httpx.Response:
        body = {"kind": "appeal", "way": "paper", "text": LETTER, "summary": "Отказ в субсидии", **changed}
        return await self.does(person, "POST", APPEALS, body)

    async def deed(self, person: str, number: str, what: str, seen: int | None = None, **body: Any) -> httpx.Response:
        given = body if seen is None else {**body, "seen": seen}
        return await self.does(person, "POST", f"{APPEALS}/{quote(number)}/{what}", given)

    async def done(self, person: str, number: str, what: str, seen: int, **body: Any) -> dict[str, Any]:
        response = await self.deed(person, number, what, seen, **body)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        assert response.headers["etag"] == f'"{found["version"]}"'
        return found

    async def card(self, person: str, number: str) -> Any:
        return await self.reads(person, f"{APPEALS}/{quote(number)}")

    async def noted(self, number: str) -> list[tuple[str, str]]:
        rows = await self.talk.rows("SELECT actor, action FROM journal WHERE subject = :n ORDER BY id", n=number)
        return [(row.actor, row.action) for row in rows]


def rewrite(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture
async def office(talk: Talk) -> AsyncIterator[Office]:
    office = Office(talk)
    yield office
    await office.http.aclose()


@pytest.fixture
async def sqlite_office(sqlite_talk: Talk) -> AsyncIterator[Office]:
    office = Office(sqlite_talk)
    yield office
    await office.http.aclose()


# --- registered -------------------------------------------------------------------------------------------


async def test_from_the_letter_to_the_closed_appeal(office: Office) -> None:
    receipt = await office.registers("chernykh", service="У1", received_on="2026-11-20")
    number = receipt["number"]
    assert number == "А-2026-0001"
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", receipt["code"])
    assert (receipt["legal"], receipt["due"], receipt["preliminary"]) == ("2026-12-23", "2026-12-23", False)
    assert (receipt["late"], receipt["holder"]["id"]) == (False, "maketov")
    taken = await office.done("maketov", number, "take", 1)
    assert (taken["stage"], taken["means"], taken["version"]) == ("review", "work", 2)
    note = await office.done("maketov", number, "note", 2, text="Позвонить в комиссию")
    assert note["version"] == 2  # a note disturbs nobody
    reply = await office.done("maketov", number, "reply", 2, text="Мы запросили протокол комиссии.")
    moved = await office.done("maketov", number, "stage", reply["version"], stage="approval")
    answered = await office.done("maketov", number, "answer", moved["version"], **ANSWER)
    assert (answered["open"], answered["in_time"], answered["means"]) == (False, True, "answered")
    closed = await office.done("maketov", number, "close", answered["version"], reason="solved")
    assert (closed["stage"], closed["reason"]) == ("closed", "solved")
    card = await office.card("maketov", number)
    assert [event["kind"] for event in card["history"]] == [
        "registered",
        "stage",
        "note",
        "reply",
        "stage",
        "answered",
        "closed",
    ]
    assert card["text"] == LETTER
    assert card["history"][2]["words"] == {"text": "Позвонить в комиссию"}
    assert card["history"][2]["public"] is False
    assert await office.noted(number) == [
        ("chernykh", "appeal.registered"),
        ("maketov", "appeal.stage"),
        ("maketov", "appeal.note"),
        ("maketov", "appeal.reply"),
        ("maketov", "appeal.stage"),
        ("maketov", "appeal.answered"),
        ("maketov", "appeal.closed"),
        ("maketov", "appeal.viewed"),
    ]


async def test_the_same_id_registers_once(office: Office) -> None:
    first = await office.posts(id="ОГ-17", source="sed")
    again = await office.posts(id="ОГ-17", source="sed", text="совсем другое")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "code": None}
    elsewhere = await office.posts(id="ОГ-17", source="pos")
    assert elsewhere.json()["number"] == "А-2026-0002"
    foreign = await office.posts("chernykh", id="ОГ-17", source="sed")
    assert (foreign.status_code, foreign.json()["code"]) == (409, "id_taken")
    keyed = {"kind": "appeal", "way": "paper"}
    numbers = set()
    for _ in range(2):
        answer = await office.does("demoev", "POST", APPEALS, keyed, **{"idempotency-key": "7c9e6679"})
        numbers.add(answer.json()["number"])
    assert numbers == {"А-2026-0003"}
    assert len(await office.talk.rows("SELECT 1 FROM appeal")) == 3
    # A new token of the same label is the same system.
    office._tokens["demoev"] = await office.new_token("demoev")
    renewed = await office.does("demoev", "POST", APPEALS, {**keyed, "id": "7c9e6679"})
    assert (renewed.status_code, renewed.json()["number"]) == (200, "А-2026-0003")


async def test_the_same_id_at_the_same_moment_registers_once(office: Office) -> None:
    await office.token("demoev")
    answers = await asyncio.gather(*(office.posts(id="ОГ-18") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert {answer.json()["number"] for answer in answers} == {"А-2026-0001"}
    assert len([answer for answer in answers if answer.json()["code"]]) == 1
    assert len(await office.talk.rows("SELECT 1 FROM appeal")) == 1


async def test_the_number_as_people_type_it(sqlite_office: Office) -> None:
    await sqlite_office.registers()
    for typed in ("А-2026-0001", "A-2026-1", "а 2026 1", "A/2026/0001", "№ А-2026-0001", "а-2026-0001"):
        card = await sqlite_office.does("demoev", "GET", f"{APPEALS}/{quote(typed, safe='')}")
        assert card.status_code == 200, typed
        assert card.json()["number"] == "А-2026-0001"
    for none in ("А-2026-0002", "А", "%2e", "%20", quote("' OR 1=1 --"), "A" * 300, "%ff%fe"):
        assert (await sqlite_office.does("demoev", "GET", f"{APPEALS}/{none}")).status_code == 404, none


async def test_the_number_of_another_system_may_hold_a_slash(sqlite_office: Office) -> None:
    await sqlite_office.registers()
    await sqlite_office.talk.rows("UPDATE appeal SET number = '01-15/1234' WHERE 1 = 1 RETURNING id")
    path = f"/api{APPEALS}/01-15/1234"
    token = {"authorization": f"Bearer {await sqlite_office.token('demoev')}"}
    assert (await sqlite_office.http.get(path, headers=token)).json()["number"] == "01-15/1234"
    assert (await sqlite_office.http.get(f"{path}/deadline", headers=token)).json()["number"] == "01-15/1234"
    taken = await sqlite_office.http.post(f"{path}/take", headers=token, json={"seen": 1})
    assert taken.json()["stage"] == "review"


async def test_an_organisation_has_a_name_and_a_number(sqlite_office: Office) -> None:
    bare = await sqlite_office.posts(applicant_kind="legal", applicant={"name": "Иванов"})
    assert (bare.status_code, bare.json()["code"]) == (422, "invalid")
    firm = {"organisation": "ООО «Поле»", "inn": "7701234567"}
    receipt = await sqlite_office.registers(applicant_kind="legal", applicant=firm)
    card = await sqlite_office.card("demoev", receipt["number"])
    assert (card["applicant_kind"], card["applicant"]) == ("legal", firm)


async def test_what_names_a_person_is_sealed(office: Office) -> None:
    await office.registers(
        applicant={"name": "Иван Образцов", "contact": "+7 900 000-00-00"}, summary="Звоните +7 900 123-45-67"
    )
    rows = await office.talk.rows("SELECT * FROM appeal") + await office.talk.rows("SELECT * FROM appeal_event")
    rows += await office.talk.rows("SELECT * FROM journal")
    stored = str([tuple(row) for row in rows])
    assert "Образцов" not in stored
    assert "900" not in stored
    assert LETTER not in stored


async def test_a_client_in_a_chat_gets_the_receipt(talk: Talk, office: Office) -> None:
    client = talk.client("vk", 7)
    await client.starts()
    code = await agrees(client)
    receipt = await office.registers(follow=code.lower())
    assert receipt["followed"] is True
    rows = await talk.rows("SELECT kind, channel FROM outbox WHERE kind = 'appeal'")
    assert [tuple(row) for row in rows] == [("appeal", "vk")]
    mistyped = await office.posts(follow=code[:-1] + "?")
    assert (mistyped.status_code, mistyped.json()["field"]) == (422, "follow")
    unknown = await office.registers(follow=invitations.in_groups(invitations.new_code()))
    assert unknown["followed"] is False


async def test_a_channel_that_may_not_carry_appeals_does_not_follow(
    sqlite_template: SQLiteTemplate, tmp_path: Path
) -> None:
    channels = edges(vk="anonymous")
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, channels=channels) as talk:
        client = talk.client("vk", 7)
        await client.starts()
        office = Office(talk)
        receipt = await office.registers(follow=await agrees(client))
        assert receipt["followed"] is False
        assert await talk.rows("SELECT 1 FROM appeal_follower") == []
        await office.http.aclose()


async def test_what_cannot_be_registered_is_named(sqlite_office: Office) -> None:
    for changed, field, reason in (
        ({"kind": "petition"}, "kind", "unknown"),
        ({"way": "pigeon"}, "way", "unknown"),
        ({"topic": "x"}, "topic", "unknown"),
        ({"service": "У99"}, "service", "unknown"),
        ({"point": "Т99"}, "point", "unknown"),
        ({"unit": "x"}, "unit", "unknown"),
        ({"received_on": "2026-11-24"}, "received_on", "future"),
        ({"complained": ["nobody"]}, "complained", "unknown"),
    ):
        response = await sqlite_office.posts(**changed)
        told = response.json()
        assert (response.status_code, told["code"], told["field"], told["reason"]) == (422, "unfit", field, reason)
    assert "Known: appeal, complaint," in (await sqlite_office.posts(kind="petition")).json()["message"]
    assert await sqlite_office.talk.rows("SELECT 1 FROM appeal") == []


# --- who may see ------------------------------------------------------------------------------------------


async def test_whoever_is_complained_of_gets_nothing(office: Office) -> None:
    number = (await office.registers(service="У1", complained=["maketov"]))["number"]
    card = await office.card("demoev", number)
    assert card["holder"]["id"] != "maketov"
    assert card["complained"] == [{"id": "maketov", "name": "Макетов Т. Р."}]
    path = f"{APPEALS}/{quote(number)}"
    for method, rest, body in (
        ("GET", "", None),
        ("GET", "/deadline", None),
        ("GET", "/files", None),
        ("POST", "/take", {"seen": 1}),
        ("POST", "/note", {"seen": 1, "text": "тайна"}),
        ("POST", "/code", {"seen": 1}),
    ):
        response = await office.does("maketov", method, path + rest, body)
        nowhere = await office.does("maketov", method, f"{APPEALS}/{quote('А-2026-0999')}{rest}", body)
        assert (response.status_code, response.text) == (404, nowhere.text), rest
    assert (await office.reads("maketov", f"{APPEALS}?all=true"))["appeals"] == []
    to_him = await office.deed("demoev", number, "assign", 1, to="maketov")
    assert (to_him.status_code, to_him.json()["field"]) == (422, "to")
    again = await office.posts("maketov", id="x")
    assert again.status_code == 201  # what he registers himself, he may
    own = await office.posts("maketov", id="y", complained=["maketov"])
    repeated = await office.posts("maketov", id="y", complained=["maketov"])
    assert repeated.json() == {**own.json(), "code": None}
    assert (await office.does("maketov", "GET", f"{APPEALS}/{quote(own.json()['number'])}")).status_code == 404


async def test_it_turns_out_of_whom_it_complains(office: Office) -> None:
    number = (await office.registers(service="У1"))["number"]
    assert (await office.card("maketov", number))["holder"]["id"] == "maketov"
    moved = await office.done("demoev", number, "complained", 1, complained=["maketov"])
    assert moved["holder"]["id"] != "maketov"
    assert (await office.does("maketov", "GET", f"{APPEALS}/{quote(number)}")).status_code == 404


async def test_who_may(sqlite_office: Office) -> None:
    number = (await sqlite_office.registers(service="У3"))["number"]  # a unit of its own
    path = f"{APPEALS}/{quote(number)}"
    assert (await sqlite_office.posts("shablonova")).status_code == 403
    assert (await sqlite_office.does("chernykh", "GET", path)).status_code == 404
    assert (await sqlite_office.does("obraztsov", "GET", path)).status_code == 200
    nobody = await sqlite_office.http.get(f"/api{path}")
    wrong = await sqlite_office.http.get(f"/api{path}", headers={"authorization": "Bearer otk_" + "x" * 43})
    assert (nobody.status_code, wrong.status_code) == (401, 401)


async def test_a_person_without_a_role(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    folder = copy_of_demo(tmp_path)
    rewrite(folder / "staff.yaml", "roles: [operator]", "roles: []")
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, office=folder) as talk:
        office = Office(talk)
        for method, path in (
            ("GET", APPEALS),
            ("POST", APPEALS),
            ("GET", f"{APPEALS}/x"),
            ("POST", f"{APPEALS}/x/take"),
        ):
            response = await office.does("chernykh", method, path, {} if method == "POST" else None)
            assert (response.status_code, response.json()["code"]) == (403, "not_allowed")
        await office.http.aclose()


async def test_an_office_without_appeals(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    folder = copy_of_demo(tmp_path)
    (folder / "appeals.yaml").unlink()
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, office=folder) as talk:
        office = Office(talk)
        for method, path in (
            ("GET", APPEALS),
            ("POST", APPEALS),
            ("GET", f"{APPEALS}/x"),
            ("POST", f"{APPEALS}/x/take"),
        ):
            response = await office.does("demoev", method, path, {} if method == "POST" else None)
            assert (response.status_code, response.json()["code"]) == (404, "no_appeals")
        await office.http.aclose()


async def test_reading_is_journalled_once_an_hour(office: Office) -> None:
    number = (await office.registers(applicant={"name": "Вера"}))["number"]

    async def views() -> int:
        return len([1 for who, what in await office.noted(number) if (who, what) == ("demoev", "appeal.viewed")])

    for _ in range(3):
        await office.card("demoev", number)
    await office.reads("demoev", f"{APPEALS}/{quote(number)}/files")
    await office.reads("demoev", f"{APPEALS}/{quote(number)}/deadline")
    await office.reads("demoev", APPEALS)
    assert await views() == 1
    office.talk.now += timedelta(minutes=61)
    await office.card("demoev", number)
    assert await views() == 2


# --- lists ------------------------------------------------------------------------------------------------


async def test_the_list_by_deadline_with_filters(office: Office) -> None:
    numbers = {}
    for name, changed in (
        ("appeal", {"service": "У1"}),
        ("complaint", {"kind": "complaint", "service": "У1"}),
        ("short", {"kind": "complaint_short", "unit": "appeals"}),
        ("message", {"kind": "message", "way": "phone", "id": "m-1", "source": "sed"}),
    ):
        numbers[name] = (await office.registers(**changed))["number"]

    async def found(person: str, query: str = "") -> list[str]:
        listed = await office.reads(person, f"{APPEALS}?{query}")
        by_number = {number: name for name, number in numbers.items()}
        return [by_number[one["number"]] for one in listed["appeals"]]

    assert await found("maketov") == ["complaint", "appeal"]
    assert await found("demoev", "all=true") == ["short", "message", "complaint", "appeal"]
    assert await found("demoev", "all=true&kind=complaint") == ["complaint"]
    assert await found("demoev", "all=true&unit=appeals") == ["short", "message"]
    assert await found("demoev", "all=1&due_before=2026-12-05") == ["short"]
    assert await found("demoev", f"all=1&number={quote(numbers['appeal'])}") == ["appeal"]
    assert await found("demoev", "all=1&number=A-2026-1") == ["appeal"]
    assert await found("demoev", "all=1&number=m-1") == ["message"]
    assert await found("demoev", "all=1&stage=registered&kind=message") == ["message"]
    assert await found("demoev", "all=1&overdue=1") == []
    office.talk.now += timedelta(days=10)
    assert await found("demoev", "all=1&overdue=1") == ["short"]
    late = (await office.reads("demoev", f"{APPEALS}?all=1&overdue=1"))["appeals"][0]
    assert late["overdue_days"] == 3
    version = (await office.done("maketov", numbers["complaint"], "take", 1))["version"]
    await office.done("maketov", numbers["complaint"], "answer", version, **ANSWER)
    assert await found("maketov") == ["appeal"]
    assert await found("maketov", "open=0") == ["complaint"]
    assert await found("maketov", "stage=answered") == ["complaint"]
    assert await found("maketov", "open=any") == ["complaint", "appeal"]


async def test_the_list_in_pages(sqlite_office: Office) -> None:
    await sqlite_office.token("demoev")
    for _ in range(52):
        await sqlite_office.registers()
    first = await sqlite_office.reads("demoev", f"{APPEALS}?all=1")
    last = await sqlite_office.reads("demoev", f"{APPEALS}?all=1&page=2")
    assert (len(first["appeals"]), first["more"], len(last["appeals"]), last["more"]) == (50, True, 2, False)
    assert not {one["number"] for one in first["appeals"]} & {one["number"] for one in last["appeals"]}


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=x",
        "page=99999999999999999999",
        "kind=petition",
        "stage=%00",
        "unit=x",
        "open=2",
        "due_before=tomorrow",
        "due_before=2026-13-45",
        "language=kk",
    ],
)
async def test_what_is_no_filter(sqlite_office: Office, query: str) -> None:
    assert (await sqlite_office.does("demoev", "GET", f"{APPEALS}?{query}")).status_code == 422


# --- two people, and the rules ----------------------------------------------------------------------------


async def test_two_people_at_once_the_second_is_told(office: Office) -> None:
    number = (await office.registers(service="У1"))["number"]
    await office.done("maketov", number, "take", 1)
    second = await office.deed("demoev", number, "take", 1)
    told = second.json()
    assert (second.status_code, told["code"], told["version"], told["what"]) == (409, "stale", 2, "stage")
    assert told["by"] == {"id": "maketov", "name": "Макетов Т. Р."}
    assert told["at"].startswith("2026-11-23T")
    assert (await office.card("demoev", number))["holder"]["id"] == "maketov"


async def test_an_answer_sent_twice_goes_out_once(office: Office) -> None:
    number = (await office.registers())["number"]
    await office.token("demoev")
    await office.token("obraztsov")
    answers = await asyncio.gather(
        *(office.deed(person, number, "answer", 1, **ANSWER) for person in ("demoev", "obraztsov"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(await office.talk.rows("SELECT 1 FROM appeal_event WHERE kind = 'answered'")) == 1


DEEDS: list[tuple[str, dict[str, Any]]] = [
    ("take", {}),
    ("assign", {"to": "obraztsov"}),
    ("stage", {"stage": "review"}),
    ("extend", {"days": 30, "reason": "Ждём ответа другого органа."}),
    ("redirect", {"to": "roads"}),
    ("suspend", {"reason": "Нужна копия договора.", "then": "Пришлите её до пятницы."}),
    ("refuse", {"reason": "Текст не прочитать.", "then": "Напишите нам снова."}),
    ("reply", {"text": "Мы работаем."}),
    ("note", {"text": "Позвонить."}),
    ("answer", ANSWER),
    ("close", {"reason": "withdrawn", "text": "Вы попросили об этом."}),
    ("reopen", {}),
    ("complained", {"complained": ["maketov"]}),
    ("code", {}),
]


async def test_whoever_has_read_nothing_changes_nothing(sqlite_office: Office) -> None:
    number = (await sqlite_office.registers())["number"]
    for what, body in DEEDS:
        blind = await sqlite_office.deed("demoev", number, what, **body)
        assert (blind.status_code, blind.json()["code"]) == (428, "no_seen"), what
        late = await sqlite_office.deed("demoev", number, what, 77, **body)
        assert (late.status_code, late.json()["code"]) == (409, "stale"), what
        disagreeing = await sqlite_office.does(
            "demoev", "POST", f"{APPEALS}/{quote(number)}/{what}", {**body, "seen": 1}, **{"if-match": '"2"'}
        )
        assert disagreeing.status_code == 422, what
    assert [event["kind"] for event in (await sqlite_office.card("demoev", number))["history"]] == ["registered"]


async def test_the_header_is_as_good_as_the_body(sqlite_office: Office) -> None:
    number = (await sqlite_office.registers())["number"]
    path = f"{APPEALS}/{quote(number)}"
    tag = (await sqlite_office.does("demoev", "GET", path)).headers["etag"]
    taken = await sqlite_office.does("demoev", "POST", f"{path}/take", {}, **{"if-match": tag})
    assert (taken.status_code, taken.headers["etag"]) == (200, '"2"')


async def test_every_deed_is_done_and_journalled_with_the_person(office: Office) -> None:
    for what, body in DEEDS:
        number = (await office.registers(service="У1"))["number"]
        version = 1
        if what == "suspend":
            version = (await office.done("demoev", number, "take", 1))["version"]
        if what == "reopen":
            version = (await office.done("demoev", number, "answer", 1, **ANSWER))["version"]
        await office.done("demoev", number, what, version, **body)
        who, action = (await office.noted(number))[-1]
        assert who == "demoev", what
        assert action.startswith("appeal."), what


async def test_the_rules_say_what_they_have_against_it(sqlite_office: Office) -> None:
    number = (await sqlite_office.registers())["number"]

    async def refused(what: str, **body: Any) -> tuple[str, str | None]:
        version = (await sqlite_office.card("demoev", number))["version"]
        response = await sqlite_office.deed("demoev", number, what, version, **body)
        told = response.json()
        assert (response.status_code, told["code"]) == (422, "unfit"), told
        return told["reason"], told.get("field")

    assert await refused("assign", to="nobody") == ("unknown", "to")
    assert await refused("stage", stage="approval") == ("unknown", "stage")
    assert await refused("stage", stage="answered") == ("unknown", "stage")
    assert await refused("extend", days=31, reason="Ждём ответа.") == ("too-many-days", "days")
    assert await refused("extend", days=10, reason="нет") == ("missing", "reason")
    assert await refused("suspend", reason="Нужна копия договора.", then="") == ("missing", "then")
    assert await refused("refuse", reason="", then="Напишите нам снова.") == ("missing", "reason")
    assert await refused("redirect", to=" ") == ("missing", "to")
    assert await refused("reply", text="") == ("missing", "text")
    assert await refused("answer", **{**ANSWER, "essence": "Да."}) == ("too-short", "essence")
    assert await refused("answer", **{**ANSWER, "basis": ""}) == ("missing", "basis")
    assert await refused("close", reason="x") == ("unknown", "reason")
    assert await refused("close", reason="solved") == ("unanswered", "reason")
    assert await refused("close", reason="unclear") == ("missing", "text")
    assert await refused("reopen") == ("not-reopenable", None)
    assert await refused("complained", complained=["nobody"]) == ("unknown", "complained")
    await sqlite_office.done("demoev", number, "extend", 1, days=30, reason="Ждём ответа другого органа.")
    assert await refused("extend", days=1, reason="Ждём ещё немного.") == ("extended-already", None)
    await sqlite_office.done("demoev", number, "redirect", 2, to="roads")
    assert await refused("take") == ("ended", None)
    assert await refused("answer", **ANSWER) == ("ended", None)


async def test_a_lost_code_is_renewed_and_the_old_one_is_dead(office: Office) -> None:
    receipt = await office.registers()
    number = receipt["number"]
    new = await office.done("demoev", number, "code", 1)
    assert new["code"] != receipt["code"]
    talk, app = office.talk, office.talk.app
    chat = following.Chat("a", "vk", app.keys.seal("7"), "ru")
    for code, outcome in ((receipt["code"], "wrong"), (new["code"], "found")):
        async with app.db.begin() as session:
            found = await following.follow(session, app.office, app.keys, chat, number, code, talk.now)
        assert found.outcome == outcome
    second = await office.deed("obraztsov", number, "code", 1)
    assert second.status_code == 409  # a second one would kill the first at once


async def test_an_answer_by_a_template_names_what_is_missing(sqlite_office: Office) -> None:
    receipt = await sqlite_office.registers(
        topic=sqlite_office.talk.app.office.topics[0].code, applicant={"name": "Вера Игоревна"}
    )
    number = receipt["number"]
    bare = await sqlite_office.deed("demoev", number, "answer", 1, template="certificate_fixed")
    told = bare.json()
    assert (bare.status_code, told["reason"], told["field"]) == (422, "unfilled", "essence")
    assert told["unfilled"] == ["ошибка", "дата"]
    assert "ошибка, дата" in told["message"]
    unknown = await sqlite_office.deed("demoev", number, "answer", 1, template="x")
    assert (unknown.json()["reason"], unknown.json()["field"]) == ("unknown", "template")
    kazakh = await sqlite_office.deed("demoev", number, "answer", 1, template="certificate_fixed", language="kk")
    assert kazakh.json()["field"] == "language"
    variables = {"ошибка": "неверный год", "дата": "24 ноября"}
    body = {"template": "certificate_fixed", "variables": variables, "basis": "Свой текст основания."}
    await sqlite_office.done("demoev", number, "answer", 1, **body)
    words = (await sqlite_office.card("demoev", number))["history"][-1]["words"]
    assert words["essence"].startswith("Здравствуйте, Вера Игоревна! В справке была наша ошибка: неверный год.")
    assert f"Обращение {number} от 23 ноября" in words["essence"]
    assert words["basis"] == "Свой текст основания."
    assert words["then"]


async def test_a_new_answer_settles_the_task_that_it_was_not_solved(office: Office) -> None:
    number = (await office.registers())["number"]
    answered = await office.done("demoev", number, "answer", 1, **ANSWER)
    talk, app = office.talk, office.talk.app
    async with app.db.begin() as session:
        desk = work.Desk(session, app.office, app.calendar(), app.keys, talk.now)
        await work.rated(desk, await following.by_number(session, number), clear=4, solved="no")
    open_tasks = "SELECT text FROM task WHERE kind = 'appeal' AND status <> 'closed'"
    assert [row.text for row in await talk.rows(open_tasks)] == ["appeal:unsolved"]
    again = await office.done("demoev", number, "reopen", answered["version"], text="Клиент не согласен.")
    assert (again["open"], again["reopened"], again["answered_on"]) == (True, 1, "2026-11-23")
    await office.done("demoev", number, "answer", again["version"], **ANSWER)
    assert await talk.rows(open_tasks) == []


async def test_a_template_speaks_the_language_of_the_clients_chat(talk: Talk, office: Office) -> None:
    client = talk.client("vk", 7, language="en")
    await client.starts()
    code = await agrees(client)
    receipt = await office.registers(follow=code, applicant={"name": "Maria Sample"})
    variables = {"ошибка": "the year", "дата": "24 November"}
    body = {"template": "certificate_fixed", "variables": variables}
    done = await office.done("demoev", receipt["number"], "answer", 1, **body)
    assert done["told"] is True
    words = (await office.card("demoev", receipt["number"]))["history"][-1]["words"]
    assert words["essence"].startswith("Hello, Maria Sample! The certificate had a mistake of ours: the year.")


# --- the deadline -----------------------------------------------------------------------------------------


async def test_the_deadline_explains_itself(office: Office) -> None:
    number = (await office.registers(kind="complaint"))["number"]
    path = f"{APPEALS}/{quote(number)}/deadline"
    why = await office.reads("demoev", path)
    assert (why["legal"], why["due"], why["unit"], why["days"]) == ("2026-12-14", "2026-12-14", "working", 15)
    assert [step["what"] for step in why["steps"]] == ["start", "off", "count"]
    assert why["steps"][-1] == {"what": "count", "day": "2026-12-14", "days": 15, "until": None}
    assert "14 декабря" in why["text"]
    english = await office.reads("demoev", f"{path}?language=en")
    assert "14 December" in english["text"]
    assert english["basis"].startswith("Law 210-FZ")
    assert why["redirect_until"] is None
    appeal = (await office.registers())["number"]
    extended = await office.done("demoev", appeal, "extend", 1, days=30, reason="Ждём ответа другого органа.")
    why = await office.reads("demoev", f"{APPEALS}/{quote(appeal)}/deadline")
    assert (extended["due"], why["due"], why["extended_days"]) == ("2027-01-22", "2027-01-22", 30)
    assert [step["what"] for step in why["steps"]] == ["start", "count", "extend"]
    assert why["redirect_until"] == "2026-11-30"


async def test_a_rule_that_is_gone_leaves_the_date(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    url = sqlite_template.copy(tmp_path)
    async with open_talk(url, tmp_path) as talk:
        office = Office(talk)
        number = (await office.registers(kind="idea", way="phone"))["number"]
        token = await office.token("demoev")
        await office.http.aclose()

    folder = copy_of_demo(tmp_path)
    rewrite(folder / "appeals.yaml", "valid_from: 2025-01-01", "valid_from: 2026-11-24")
    async with open_talk(url, tmp_path, office=folder) as talk:
        talk.now += timedelta(days=2)
        office = Office(talk)
        office._tokens["demoev"] = token
        why = await office.reads("demoev", f"{APPEALS}/{quote(number)}/deadline")
        assert (why["due"], why["steps"], why["text"]) == ("2026-12-07", None, None)
        await office.http.aclose()


# --- files ------------------------------------------------------------------------------------------------


async def test_files_there_and_back(office: Office) -> None:
    number = (await office.registers())["number"]
    path = f"{APPEALS}/{quote(number)}/files"
    name = quote("Скан письма.pdf.exe")
    headers = {"if-match": '"1"', "x-file-name": name, "content-type": "application/pdf"}
    added = await office.does("demoev", "POST", path, files.photo(), **headers)
    assert added.status_code == 201, added.text
    one = added.json()
    assert (one["name"], one["kind"], one["by"]["id"]) == ("Скан письма.pdf.jpg", "image/jpeg", "demoev")
    (listed,) = (await office.reads("obraztsov", path))["files"]
    assert listed == one
    fetched = await office.does("obraztsov", "GET", f"{path}/{one['id']}")
    assert (fetched.status_code, fetched.content[:3]) == (200, b"\xff\xd8\xff")
    assert fetched.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%D0%A1")
    assert (fetched.headers["x-content-type-options"], fetched.headers["cache-control"]) == ("nosniff", "no-store")
    assert ("obraztsov", "appeal.file_read") in await office.noted(number)
    assert ("demoev", "appeal.file") in await office.noted(number)


async def test_a_file_is_fetched_only_by_its_own_appeal(office: Office) -> None:
    number = (await office.registers())["number"]
    other = (await office.registers(service="У1", complained=["demoev"]))["number"]
    headers = {"if-match": '"1"', "x-file-name": "a.txt", "content-type": "text/plain"}
    path = f"{APPEALS}/{quote(other)}/files"
    holder = (await office.card("obraztsov", other))["holder"]["id"]
    added = await office.does(holder, "POST", path, "Заметка".encode(), **headers)
    ident = added.json()["id"]
    assert (await office.does("demoev", "GET", f"{path}/{ident}")).status_code == 404
    assert (await office.does("demoev", "GET", f"{APPEALS}/{quote(number)}/files/{ident}")).status_code == 404
    for wrong in ("0", "-1", "x", "9" * 40, "%00"):
        response = await office.does("demoev", "GET", f"{APPEALS}/{quote(number)}/files/{wrong}")
        assert response.status_code in (404, 422), wrong
    assert (await office.does(holder, "GET", f"{path}/{ident}")).text == "Заметка"


async def test_files_that_are_not_taken_leave_nothing(sqlite_office: Office) -> None:
    number = (await sqlite_office.registers())["number"]
    path = f"{APPEALS}/{quote(number)}/files"
    named = {"if-match": '"1"', "x-file-name": "a.jpg", "content-type": "image/jpeg"}
    most = sqlite_office.talk.app.files.most_bytes
    for body, headers, status, code in (
        (b"", named, 422, "file_empty"),
        (b"MZ\x90\x00\x03", named, 422, "file_kind"),
        (b"<svg><script>alert(1)</script></svg>", named, 422, "file_kind"),
        (b"PK\x05\x06" + b"\0" * 18, named, 422, "file_archive"),
        (b"\0" * (most + 1), named, 413, "file_large"),
        (files.photo(), {**named, "x-file-name": ""}, 422, "missing"),
        (files.photo(), {**named, "x-file-name": "%ff"}, 422, "missing"),
        (files.photo(), {"x-file-name": "a.jpg"}, 428, "no_seen"),
        (files.photo(), {**named, "if-match": '"7"'}, 409, "stale"),
    ):
        response = await sqlite_office.does("demoev", "POST", path, body, **headers)
        assert (response.status_code, response.json()["code"]) == (status, code)
    assert (await sqlite_office.reads("demoev", path))["files"] == []
    folder = sqlite_office.talk.app.files.folder
    assert [one for one in folder.rglob("*") if one.is_file()] == []


# --- nothing breaks it ------------------------------------------------------------------------------------


async def test_too_many_changes_within_a_minute(sqlite_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "PER_MINUTE", 3)
    monkeypatch.setattr("time.time", lambda: 1_800_000_030.0)
    number = (await sqlite_office.registers())["number"]
    for _ in range(2):
        await sqlite_office.done("demoev", number, "note", 1, text="Заметка")
    over = await sqlite_office.deed("demoev", number, "note", 1, text="Заметка")
    assert (over.status_code, over.json()["code"], over.headers["retry-after"]) == (429, "too_many", "30")
    assert (await sqlite_office.posts()).status_code == 429
    assert (await sqlite_office.does("demoev", "GET", APPEALS)).status_code == 200  # reading goes on


NASTY: list[Any] = [
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    "",
    "\0",
    "a\0b",
    "\ud800",
    "😀" * 50,
    "х" * 100_000,
    [],
    [[]],
    ["\0"],
    {},
    {"\0": "\0"},
    "2026-02-30",
    "9999-12-31",
    "0001-01-01",
]


async def test_nasty_values_in_every_field(office: Office) -> None:
    receipt = await office.registers()
    number = receipt["number"]
    whole = {"kind": "appeal", "way": "paper"}
    names = "kind way text summary topic service point unit received_on complained applicant_kind applicant follow"
    for name in (*names.split(), "source", "id", "seen"):
        for value in NASTY:
            response = await office.does("demoev", "POST", APPEALS, {**whole, name: value})
            assert response.status_code < 500, (name, value)
    for what, body in DEEDS:
        version = receipt["version"]
        for name in [*body, "template", "variables", "language", "note", "nonsense", "seen"]:
            for value in NASTY:
                response = await office.deed("obraztsov", number, what, **{"seen": version, **body, name: value})
                assert response.status_code < 500, (what, name, value)
                if response.status_code == 200:
                    version = response.json()["version"]
        receipt = await office.registers(service="У1")
        number = receipt["number"]


BODIES = [b"", b"{", b"[]", b"null", b'"x"', b"1", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 20_000, b" " * 300_000]


async def test_what_is_no_body(sqlite_office: Office) -> None:
    number = quote((await sqlite_office.registers())["number"])
    paths = [APPEALS, *(f"{APPEALS}/{number}/{what}" for what, _ in DEEDS)]
    for path in paths:
        for body in BODIES:
            response = await sqlite_office.does("demoev", "POST", path, body)
            assert response.status_code in (413, 422), (path, body[:10], response.text)
        kind = await sqlite_office.does("demoev", "POST", path, b"{}", **{"content-type": "text/plain"})
        assert kind.status_code == 415
    for headers in ({"if-match": "x"}, {"if-match": "9" * 99}, {"if-match": '"-1"'}):
        response = await sqlite_office.does("demoev", "POST", f"{APPEALS}/{number}/take", {}, **headers)
        assert response.status_code == 422
    for key in ("", " ", "к", "x" * 61):
        response = await sqlite_office.does(
            "demoev", "POST", APPEALS, {"kind": "appeal", "way": "paper"}, **{"idempotency-key": quote(key)[:70] or " "}
        )
        assert response.status_code in (201, 422)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


async def test_any_json_gets_an_answer_in_words(sqlite_office: Office) -> None:
    number = (await sqlite_office.registers())["number"]
    examples: list[tuple[str, Any]] = []

    @settings(max_examples=150, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(DEEDS), st.dictionaries(st.sampled_from(["seen", "text", "to", "x"]), VALUES), VALUES)
    def collect(deed: tuple[str, dict[str, Any]], changed: dict[str, Any], instead: Any) -> None:
        what, body = deed
        examples.append((what, {**body, **changed} if changed else instead))

    collect()
    for what, body in examples:
        response = await sqlite_office.does("demoev", "POST", f"{APPEALS}/{quote(number)}/{what}", body)
        assert response.status_code < 500, (what, body)


# --- the description --------------------------------------------------------------------------------------


async def test_everything_is_described(sqlite_office: Office) -> None:
    described = (await sqlite_office.http.get("/api/openapi.json")).json()
    paths = {path: set(operations) for path, operations in described["paths"].items() if path.startswith(APPEALS)}
    assert paths[APPEALS] == {"get", "post"}
    deeds = {f"{APPEALS}/{{number}}/{what}" for what, _ in DEEDS}
    assert deeds <= set(paths)
    known = described["components"]["schemas"]
    missing = [
        reference.partition('"')[0]
        for reference in json.dumps(described).split('"#/components/schemas/')[1:]
        if reference.partition('"')[0] not in known
    ]
    assert missing == []
    assert known["NewAppeal"]["example"]["kind"] == "appeal"
    idents = []
    for path in paths:
        for operation in described["paths"][path].values():
            idents.append(operation["operationId"])
            assert operation["summary"]
            assert operation["security"] == [{"token": []}]
            assert {"401", "403", "404", "503"} <= set(operation["responses"])
    assert len(idents) == len(set(idents))
    for path in deeds:
        operation = described["paths"][path]["post"]
        assert {"409", "413", "415", "422", "428", "429"} <= set(operation["responses"])
        assert [one["name"] for one in operation["parameters"]] == ["number", "If-Match"]
        reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        assert "seen" in known[reference.rpartition("/")[2]]["properties"]


async def test_every_answer_that_is_described_does_come(
    sqlite_template: SQLiteTemplate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy_of_demo(tmp_path)
    rewrite(folder / "staff.yaml", "roles: [operator]", "roles: []")
    url = sqlite_template.copy(tmp_path)
    async with open_talk(url, tmp_path, office=folder, database_timeout=1) as talk:
        office = Office(talk)
        number = (await office.registers())["number"]
        path = f"{APPEALS}/{quote(number)}/take"
        found = {(await office.http.post(f"/api{path}", json={})).status_code}

        async def asks(person: str, body: Any, **headers: str) -> None:
            found.add((await office.does(person, "POST", path, body, **headers)).status_code)

        await asks("chernykh", {"seen": 1})  # 403
        await asks("maketov", {"seen": 1})  # 404
        await asks("demoev", {})  # 428
        await asks("demoev", {"seen": "x"})  # 422
        await asks("demoev", {"seen": 9})  # 409
        await asks("demoev", b" " * 300_000)  # 413
        await asks("demoev", b"{}", **{"content-type": "text/plain"})  # 415
        async with talk.app.db.begin():  # the one writer of SQLite
            await asks("demoev", {"seen": 1})  # 503
        await asks("demoev", {"seen": 1})  # 200
        monkeypatch.setattr(tokens, "PER_MINUTE", 0)
        await asks("demoev", {"seen": 2})  # 429
        described = (await office.http.get("/api/openapi.json")).json()["paths"][f"{APPEALS}/{{number}}/take"]["post"]
        assert found == set(map(int, described["responses"]))
        await office.http.aclose()


async def test_the_help_page_lists_it(sqlite_office: Office) -> None:
    for language, word in (("ru", "Обращения"), ("en", "Appeals")):
        page = (await sqlite_office.http.get(f"/api?lang={language}")).text
        assert f"<h2>{word}</h2>" in page
        assert "POST /appeals/{number}/answer" in page.replace("<wbr>", "")
