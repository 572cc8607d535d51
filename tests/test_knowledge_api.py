"""The knowledge base by the HTTP API: who may what, two editors at once, what staff find, files there and back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from backend.knowledge.rows import phrasings, unanswered
from tests.base.api import Api
from tests.base.knowledge import renew, template
from tests.base.talk import Talk

TEMPLATES = "/knowledge/templates"


def content(ident: str = "open", answer: str = "Да. Приходите в среду.", **more: Any) -> dict[str, Any]:
    one = template(ident, "Пускаете ли вы с собакой?", answer, "можно ли с собакой", **more)
    found: dict[str, Any] = one.model_dump(mode="json", exclude_defaults=True)
    return found


class Office(Api):
    """People of the office at the knowledge base."""

    async def saves(self, person: str, one: dict[str, Any], seen: int | None = None, **more: Any) -> httpx.Response:
        body = {"template": one, "seen": seen, **more}
        return await self.does(person, "PUT", f"{TEMPLATES}/{one['id']}/draft", body)

    async def publishes(self, one: dict[str, Any]) -> dict[str, Any]:
        saved = (await self.saves("shablonova", one)).json()
        body = {"version": saved["draft"]["version"], "seen": saved["edits"], "publish": True}
        response = await self.does("obraztsov", "POST", f"{TEMPLATES}/{one['id']}/approve", body)
        assert response.status_code == 200, response.text
        await renew(self.talk)
        found: dict[str, Any] = response.json()
        return found


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


async def test_from_a_draft_to_what_clients_read(office: Office) -> None:
    saved = await office.saves("shablonova", content())
    assert saved.status_code == 200
    assert saved.headers["etag"] == '"1"'
    draft = saved.json()["draft"]
    assert (draft["version"], draft["status"], draft["author_name"]) == (1, "draft", "Шаблонова Ю. О.")
    path = f"{TEMPLATES}/open"
    own = await office.does("shablonova", "POST", f"{path}/approve", {"version": 1, "seen": 1})
    assert (own.status_code, own.json()["code"]) == (403, "own_draft")
    early = await office.does("shablonova", "POST", f"{path}/publish", {"version": 1, "seen": 1})
    assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
    approved = await office.does("obraztsov", "POST", f"{path}/approve", {"version": 1, "seen": 1})
    assert approved.json()["draft"]["status"] == "approved"
    published = await office.does("shablonova", "POST", f"{path}/publish", {"version": 1}, **{"if-match": '"2"'})
    assert published.json()["published"]["version"] == 1
    assert published.json()["draft"] is None
    await renew(office.talk)
    client = office.talk.client("telegram", 7)
    await client.starts()
    await client.types("Пускаете ли вы с собакой?")
    assert "Да. Приходите в среду." in client.text
    noted = await office.talk.rows("SELECT actor, action FROM journal WHERE subject = 'open' ORDER BY id")
    assert [tuple(row) for row in noted] == [
        ("shablonova", "template.saved"),
        ("obraztsov", "template.approved"),
        ("shablonova", "template.published"),
    ]


async def test_two_editors_at_once_the_second_is_told(office: Office) -> None:
    edits = (await office.publishes(content()))["edits"]
    assert (await office.saves("shablonova", content(answer="Нет."), edits)).status_code == 200
    second = await office.saves("primerova", content(answer="Иногда."), edits)
    told = second.json()
    assert (second.status_code, told["code"], told["by"], told["edits"]) == (409, "stale", "Шаблонова Ю. О.", edits + 1)
    assert told["at"].startswith("2026-11-23T")
    whole = await office.reads("primerova", f"{TEMPLATES}/open")
    assert whole["draft"]["template"]["answer"]["ru"] == "Нет."


async def test_whoever_has_read_nothing_changes_nothing(office: Office) -> None:
    await office.publishes(content())
    blind = await office.saves("shablonova", content(answer="Нет."))
    assert (blind.status_code, blind.json()["code"]) == (428, "no_seen")
    for what, body in (
        ("approve", {"version": 1}),
        ("publish", {"version": 1}),
        ("refuse", {"version": 1, "reason": "так"}),
        ("withdraw", {}),
        ("restore", {}),
    ):
        response = await office.does("obraztsov", "POST", f"{TEMPLATES}/open/{what}", body)
        assert (response.status_code, response.json()["code"]) == (428, "no_seen"), what


async def test_who_may(sqlite_office: Office) -> None:
    await sqlite_office.publishes(content())
    for person in ("chernykh", "maketov", "demoev"):
        assert (await sqlite_office.saves(person, content("new"))).status_code == 403
        for path in (TEMPLATES, f"{TEMPLATES}/open", f"{TEMPLATES}/open/versions/1", "/knowledge/search?q=собака"):
            assert (await sqlite_office.does(person, "GET", path)).status_code == 200, path
        for path in ("/knowledge/export", "/knowledge/phrasings", "/knowledge/unanswered"):
            assert (await sqlite_office.does(person, "GET", path)).status_code == 403, path
        withdrawn = await sqlite_office.does(person, "POST", f"{TEMPLATES}/open/withdraw", {"seen": 3})
        assert withdrawn.status_code == 403
    nobody = await sqlite_office.http.get(f"/api{TEMPLATES}")
    wrong = await sqlite_office.http.get(f"/api{TEMPLATES}", headers={"authorization": "Bearer otk_" + "x" * 43})
    assert (nobody.status_code, wrong.status_code) == (401, 401)


async def test_remarks_come_back_and_are_accepted_with_a_reason(sqlite_office: Office) -> None:
    long = content(answer=" ".join(["слово"] * 40) + ".")
    saved = (await sqlite_office.saves("shablonova", long)).json()
    (remark,) = [r for r in saved["remarks"] if r["needs_reason"]]
    assert (remark["key"], remark["level"]) == ("long_sentence:answer.ru", "warning")
    assert "слово слово" in remark["message"]
    path, body = f"{TEMPLATES}/open/approve", {"version": 1, "seen": 1}
    refused = await sqlite_office.does("obraztsov", "POST", path, body)
    assert (refused.status_code, refused.json()["code"]) == (422, "not_ready")
    assert [r["key"] for r in refused.json()["remarks"]] == [remark["key"]]
    assert (await sqlite_office.saves("shablonova", long, 1, accepted={remark["key"]: "цитата"})).status_code == 200
    approved = await sqlite_office.does("obraztsov", "POST", path, {"version": 2, "seen": 2})
    assert approved.status_code == 200
    assert next(r for r in approved.json()["remarks"] if r["key"] == remark["key"])["accepted"] == "цитата"


async def test_what_another_template_says_differently_is_a_remark(sqlite_office: Office) -> None:
    await sqlite_office.publishes(content("one", service="У4", term="5 рабочих дней"))
    saved = await sqlite_office.saves("shablonova", content("two", service="У4", term="7 рабочих дней"))
    told = " ".join(r["message"] for r in saved.json()["remarks"])
    assert "one – «5 рабочих дней»" in told
    assert "тот же вопрос есть в шаблоне one" in told


async def test_a_draft_is_refused_with_a_reason(sqlite_office: Office) -> None:
    await sqlite_office.saves("shablonova", content())
    path = f"{TEMPLATES}/open/refuse"
    silent = await sqlite_office.does("obraztsov", "POST", path, {"version": 1, "seen": 1, "reason": " "})
    assert (silent.status_code, silent.json()["field"]) == (422, "reason")
    told = await sqlite_office.does("obraztsov", "POST", path, {"version": 1, "seen": 1, "reason": "коротко"})
    assert told.json()["versions"][0]["reason"] == "коротко"


async def test_withdrawn_and_given_again(sqlite_office: Office) -> None:
    edits = (await sqlite_office.publishes(content()))["edits"]
    path = f"{TEMPLATES}/open"
    await sqlite_office.does("shablonova", "POST", f"{path}/withdraw", {"seen": edits, "reason": "новый закон"})
    await renew(sqlite_office.talk)
    found = await sqlite_office.reads("chernykh", "/knowledge/search?q=можно ли с собакой")
    assert "open" not in [one["id"] for one in found["results"]]
    assert [t["id"] for t in (await sqlite_office.reads("chernykh", f"{TEMPLATES}?status=withdrawn"))["templates"]] == [
        "open"
    ]
    again = await sqlite_office.does("shablonova", "POST", f"{path}/restore", {"seen": edits + 1})
    assert again.json()["withdrawn"] is False


async def test_staff_find_what_clients_read_and_more(sqlite_office: Office) -> None:
    await sqlite_office.publishes(content(public="С собакой можно.", answer="Да. Входите с поводком."))
    inner = content("inner", internal=True)
    inner |= {"title": {"ru": "Как унять лающую собаку в зале?"}, "questions": {"ru": ["лает в зале"]}}
    await sqlite_office.publishes(inner)
    found = await sqlite_office.reads("chernykh", "/knowledge/search?q=можно ли с собакой")
    first = found["results"][0]
    assert (first["id"], first["version"], first["internal"]) == ("open", 1, False)
    assert first["answer"] == "Да. Входите с поводком."
    assert first["public"] == "С собакой можно."
    found = await sqlite_office.reads("chernykh", "/knowledge/search?q=лает в зале")
    assert (found["results"][0]["id"], found["results"][0]["internal"]) == ("inner", True)


async def test_the_list_in_pages(sqlite_office: Office) -> None:
    for n in range(53):
        await sqlite_office.saves("shablonova", content(f"t{n:02}"))
    first = await sqlite_office.reads("chernykh", f"{TEMPLATES}?status=draft")
    last = await sqlite_office.reads("chernykh", f"{TEMPLATES}?status=draft&page=2")
    assert (first["total"], first["pages"], len(first["templates"]), len(last["templates"])) == (53, 2, 50, 3)
    assert first["templates"][0]["title"]["ru"] == "Пускаете ли вы с собакой?"
    for query in ("page=0", "page=x", "status=lost"):
        assert (await sqlite_office.does("chernykh", "GET", f"{TEMPLATES}?{query}")).status_code == 422


async def test_what_is_overdue(sqlite_office: Office) -> None:
    await sqlite_office.publishes(content(review_on="2026-12-01"))
    assert (await sqlite_office.reads("chernykh", f"{TEMPLATES}?overdue=1"))["total"] == 0
    sqlite_office.talk.now += timedelta(days=9)
    (late,) = (await sqlite_office.reads("chernykh", f"{TEMPLATES}?overdue=1"))["templates"]
    assert (late["id"], late["overdue"]) == ("open", True)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{", 422, None),
        (b"[]", 422, None),
        ({"template": {**content(), "id": "another"}}, 422, "template.id"),
        ({"template": {**content(), "colour": "red"}}, 422, "template.colour"),
        ({"template": {k: v for k, v in content().items() if k != "answer"}}, 422, "template.answer"),
        ({"template": content(), "seen": "много"}, 422, "seen"),
        ({"template": content(), "who": "я"}, 422, "who"),
        (b" " * (128 * 1024 + 1), 413, None),
    ],
)
async def test_what_is_no_draft(sqlite_office: Office, body: Any, status: int, field: str | None) -> None:
    response = await sqlite_office.does("shablonova", "PUT", f"{TEMPLATES}/open/draft", body)
    assert response.status_code == status, response.text
    assert field is None or response.json()["field"] == field
    assert await sqlite_office.talk.rows("SELECT id FROM template WHERE id = 'open'") == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{TEMPLATES}/open/versions/-99999999999999999999", None),
        ("GET", f"{TEMPLATES}/open/versions/99999999999999999999", None),
        ("GET", f"{TEMPLATES}/%00", None),
        ("GET", f"{TEMPLATES}?category=a%00", None),
        ("POST", f"{TEMPLATES}/open/approve", {"version": 10**30, "seen": 1}),
        ("POST", f"{TEMPLATES}/open/publish", {"version": 10**12, "seen": 1}),
        ("POST", f"{TEMPLATES}/open/withdraw", {"seen": 1, "reason": "нет\0да"}),
        ("POST", f"{TEMPLATES}/open/refuse", {"version": 1, "seen": 1, "reason": "\0"}),
        ("POST", "/knowledge/phrasings/accept", {"ids": [10**25]}),
        ("POST", "/knowledge/phrasings/accept", {"ids": [10**12]}),
    ],
)
async def test_what_no_table_can_hold_is_refused_in_words(office: Office, method: str, path: str, body: Any) -> None:
    response = await office.does("shablonova", method, path, body)
    assert response.status_code in (404, 422)
    assert response.json()["code"] in ("unknown_template", "invalid")


async def test_wordings_wait_for_an_editor(sqlite_office: Office) -> None:
    talk = sqlite_office.talk
    await sqlite_office.publishes(content())
    async with talk.app.db.begin() as session:
        row = {"template": "open", "language": "ru", "origin": "choice", "last_on": talk.now.date(), "times": 2}
        await session.execute(insert(phrasings), [{**row, "words": "с пёселем пустите"}])
    (waiting,) = (await sqlite_office.reads("shablonova", "/knowledge/phrasings?template=open"))["phrasings"]
    assert (waiting["words"], waiting["times"]) == ("с пёселем пустите", 2)
    done = await sqlite_office.does("shablonova", "POST", "/knowledge/phrasings/accept", {"ids": [waiting["id"]]})
    assert done.json() == {"changed": 1}
    assert (await sqlite_office.reads("shablonova", "/knowledge/phrasings"))["total"] == 0
    empty = await sqlite_office.does("shablonova", "POST", "/knowledge/phrasings/refuse", {"ids": []})
    assert empty.status_code == 422


async def test_questions_without_an_answer(sqlite_office: Office) -> None:
    talk = sqlite_office.talk
    async with talk.app.db.begin() as session:
        row = {"id": 1, "day": talk.now.date(), "words": "где купить козу", "language": "ru", "category": ""}
        await session.execute(insert(unanswered), [{**row, "outcome": "unknown", "nearest": "a b"}])
    (one,) = (await sqlite_office.reads("shablonova", "/knowledge/unanswered"))["questions"]
    assert (one["words"], one["nearest"]) == ("где купить козу", ["a", "b"])


# --- files ------------------------------------------------------------------------------------------------


async def sends(office: Office, text: str, query: str = "") -> httpx.Response:
    kind = {"content-type": "application/yaml"}
    return await office.does("shablonova", "POST", f"/knowledge/import{query}", text.encode(), **kind)


async def test_files_there_and_back(office: Office) -> None:
    files = (await office.reads("shablonova", "/knowledge/export"))["files"]
    assert "support.yaml" in files
    one = await office.does("shablonova", "GET", "/knowledge/export?category=terms")
    assert one.text == files["terms.yaml"]
    same = await sends(office, files["terms.yaml"])
    assert same.json()["unchanged"] > 0
    assert (same.json()["new"], same.json()["changed"]) == (0, 0)
    text = files["terms.yaml"].replace("  - id: v15", "  - id: new15", 1)
    dry = await sends(office, text, "?dry_run=1")
    assert (dry.json()["new"], dry.json()["dry_run"]) == (1, True)
    assert (await office.reads("shablonova", f"{TEMPLATES}?status=draft"))["total"] == 0
    # Whatever approval the file names, by the API it is a draft of the one who sends it.
    assert (await sends(office, text)).json()["new"] == 1
    (draft,) = (await office.reads("shablonova", f"{TEMPLATES}?status=draft"))["templates"]
    assert draft["draft_author"] == "shablonova"
    own = await office.does("shablonova", "POST", f"{TEMPLATES}/{draft['id']}/approve", {"version": 1, "seen": 1})
    assert own.json()["code"] == "own_draft"


async def test_files_that_are_none(sqlite_office: Office) -> None:
    before = await sqlite_office.talk.rows("SELECT id, edits FROM template ORDER BY id")
    for text, code in (
        ("templates:\n  - id: [", "invalid_yaml"),
        ("templates:\n  - id: open", "invalid_file"),
        ("a: &a [1]\nb: [*a, *a]", "invalid_yaml"),
        ("[" * 100_000, "invalid_yaml"),
        ("- " * 100_000, "invalid_yaml"),  # deep enough to end a process whose parser follows it
        (f"templates: {'[' * 50_000}{']' * 50_000}", "invalid_yaml"),
        ("просто слова", "invalid_file"),
    ):
        response = await sends(sqlite_office, text)
        assert (response.status_code, response.json()["code"]) == (422, code), text[:40]
    json_sent = await sqlite_office.does("shablonova", "POST", "/knowledge/import", {"templates": []})
    assert json_sent.status_code == 415
    assert await sqlite_office.talk.rows("SELECT id, edits FROM template ORDER BY id") == before


# --- the description --------------------------------------------------------------------------------------


async def test_everything_is_described(sqlite_office: Office) -> None:
    described = (await sqlite_office.http.get("/api/openapi.json")).json()
    paths = {path: set(operations) for path, operations in described["paths"].items() if "/knowledge/" in path}
    assert paths["/knowledge/templates/{ident}/draft"] == {"put"}
    assert {"/knowledge/search", "/knowledge/export", "/knowledge/import", "/knowledge/phrasings/accept"} <= set(paths)
    draft = described["paths"]["/knowledge/templates/{ident}/draft"]["put"]
    schema = draft["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"]["template"] == {"$ref": "#/components/schemas/Template"}
    assert set(described["components"]["schemas"]["Template"]["properties"]) >= {"title", "answer", "review_on"}
    missing = [
        reference
        for reference in json.dumps(described).split('"#/components/schemas/')[1:]
        if reference.partition('"')[0] not in described["components"]["schemas"]
    ]
    assert missing == []
    for operations in (described["paths"][path] for path in paths):
        for operation in operations.values():
            assert operation["security"] == [{"token": []}]
            assert {"401", "403", "503"} <= set(operation["responses"])


async def test_the_help_page_lists_it(sqlite_office: Office) -> None:
    for language, word in (("ru", "База знаний"), ("en", "Knowledge base")):
        page = (await sqlite_office.http.get(f"/api?lang={language}")).text
        assert word in page
        assert "PUT /knowledge/templates/{id}/draft" in page.replace("<wbr>", "")
