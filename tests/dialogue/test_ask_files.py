"""Forms behind an answer: fetched by template and number, never by a path (requirement 3.17)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from backend.pages.files import inside
from bot.app import make_http
from tests.base.databases import SQLiteTemplate
from tests.base.knowledge import publish, withdraw
from tests.base.offices import copy_of_demo
from tests.base.talk import Talk, open_talk
from tests.dialogue.questions import BASE, FORM, MONEY


def browser(talk: Talk) -> httpx.AsyncClient:
    app = replace(talk.app, channels={"web": talk.app.channels["web"]})
    return httpx.AsyncClient(transport=httpx.ASGITransport(make_http(app)), base_url="https://otklik.example")


async def test_a_file_comes_with_its_date_in_the_name(sqlite_talk: Talk) -> None:
    await publish(sqlite_talk, *BASE)
    async with browser(sqlite_talk) as http:
        got = await http.get("/files/form/1")
        assert got.status_code == 200
        assert "application-2026-11-02.docx" in got.headers["content-disposition"]
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.content[:2] == b"PK"
        head = await http.head("/files/form/1")
        assert head.status_code == 200


async def test_an_address_that_no_template_has_asks_no_database(talk: Talk) -> None:
    await publish(talk, *BASE)
    async with browser(talk) as http:
        for path in ("/files/%00/1", "/files/FORM/1", f"/files/{'a' * 33}/1"):
            assert (await http.get(path)).status_code == 404, path


@pytest.mark.parametrize(
    "path",
    [
        "/files/form/2",
        "/files/form/0",
        "/files/form/-1",
        "/files/form/1e0",
        "/files/nobody/1",
        "/files/inside/1",
        "/files/money/1",
        "/files/%2e%2e%2foffice.yaml/1",
        "/files/form/%2e%2e",
    ],
)
async def test_what_is_not_published_is_refused_politely(sqlite_talk: Talk, path: str) -> None:
    outside = {"file": "../../etc/passwd", "label": {"ru": "x"}, "version": "1", "date": "2026-11-02"}
    wrong = MONEY.model_copy(update={"files": (FORM.files[0].model_validate(outside),)})
    secret = BASE[-1].model_copy(update={"files": FORM.files})
    await publish(sqlite_talk, FORM, wrong, secret)
    async with browser(sqlite_talk) as http:
        got = await http.get(path, headers={"accept": "*/*"})
        assert got.status_code == 404
        assert b"root:" not in got.content


async def test_a_file_that_is_gone_is_told_with_a_way_on(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    office = copy_of_demo(tmp_path)
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, office=office) as talk:
        await publish(talk, *BASE)
        async with browser(talk) as http:
            (office / "files" / "application.docx").unlink()
            got = await http.get("/files/form/1", headers={"accept-language": "ru"})
            assert got.status_code == 404
            assert "Этого файла сейчас нет" in got.text
            assert "+7 (000) 000-12-12" in got.text
            english = await http.get("/files/form/1", headers={"accept-language": "en"})
            assert "This file is not here now" in english.text


async def test_a_withdrawn_answer_gives_no_file(sqlite_talk: Talk) -> None:
    await publish(sqlite_talk, *BASE)
    await withdraw(sqlite_talk, "form")
    async with browser(sqlite_talk) as http:
        assert (await http.get("/files/form/1")).status_code == 404


def test_no_way_leads_out_of_the_office_folder(tmp_path: Path) -> None:
    (tmp_path / "office").mkdir()
    (tmp_path / "secret").write_text("x")
    (tmp_path / "office" / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "office" / "form.pdf").write_text("x")
    for name in ("../secret", "link", str(tmp_path / "secret"), "no-such", "", "a\0b"):
        assert inside(tmp_path / "office", name) is None, name
    assert inside(tmp_path / "office", "form.pdf") is not None
