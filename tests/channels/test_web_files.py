"""Files in the browser: what a form with a file becomes, where its reading ends, and who may fetch one again."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels import Uploads, uploads
from bot.channels.multipart import TooManyWords, boundary_of, read
from bot.messages import File, Fill, Press
from tests.base import files
from tests.browser.stage import FILE, RATE, SECRET, TOKEN, WRITE, Stage, build, small_office
from tests.channels.test_web import RUSSIAN, begin, hidden

MEGABYTE = 1024 * 1024
MOST = 2 * MEGABYTE
PATH = f"/talk/{FILE.step}"


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where files lie until they were heard: whatever a test posts, nothing is left there."""
    tmp_path.joinpath("incoming").mkdir()
    yield tmp_path / "incoming"
    assert list(tmp_path.joinpath("incoming").iterdir()) == []


@pytest.fixture
async def client(stage: Stage, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = build(stage, small_office(), uploads=Uploads(folder, MOST))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://otklik.example", headers=RUSSIAN
    ) as opened:
        yield opened


async def form(client: httpx.AsyncClient, stage: Stage, **more: str) -> dict[str, str]:
    """The fields of a page that takes a file."""
    await begin(client)
    stage.showing = "file"
    stage.heard.clear()
    return {**hidden(await client.get("/talk")), "text": "Яма у дома 5\r\nи фото", **more}


def chosen(content: bytes, name: str = "яма.jpg") -> dict[str, Any]:
    return {"file": (name, content, "image/jpeg")}


async def test_a_page_that_takes_a_file_says_so_and_others_do_not(client: httpx.AsyncClient, stage: Stage) -> None:
    await form(client, stage)
    page = await client.get("/talk")
    assert 'enctype="multipart/form-data"' in page.text
    assert '<label for="file">Прикрепить файл (фото или документ, до 2 МБ)</label>' in page.text
    stage.showing = "write"
    assert "multipart" not in (await client.get("/talk")).text


async def test_without_a_place_for_files_no_page_offers_one(stage: Stage) -> None:
    transport = httpx.ASGITransport(build(stage, small_office()))
    async with httpx.AsyncClient(transport=transport, base_url="http://otklik.example", headers=RUSSIAN) as client:
        fields = await form(client, stage)
        assert "multipart" not in (await client.get("/talk")).text
        answer = await client.post(PATH, data=fields, files=chosen(b"x"))
        assert answer.status_code == 403
    assert stage.heard == []


async def test_a_file_comes_with_the_words_beside_it(client: httpx.AsyncClient, stage: Stage) -> None:
    fields, photo = await form(client, stage), files.photo(size=(640, 480))
    answer = await client.post(PATH, data=fields, files=chosen(photo))
    assert answer.status_code == 303
    (incoming,) = stage.heard
    event = incoming.event
    assert isinstance(event, File)
    assert (event.name, event.size, event.text, event.step) == (
        "яма.jpg",
        len(photo),
        "Яма у дома 5\nи фото",
        FILE.step,
    )
    assert (event.kept, event.refused) == (None, None)
    assert stage.came == [photo]


async def test_a_form_sent_twice_is_one_event_and_another_file_is_a_new_one(
    client: httpx.AsyncClient, stage: Stage
) -> None:
    fields = await form(client, stage)
    for content in (b"one", b"one", b"other"):
        await client.post(PATH, data=fields, files=chosen(content))
    first, again, other = (incoming.id for incoming in stage.heard)
    assert first == again != other
    assert all(len(incoming.id) <= 40 for incoming in stage.heard)


@pytest.mark.parametrize("name", ["", None])
async def test_without_a_file_it_is_a_form_as_ever(client: httpx.AsyncClient, stage: Stage, name: str | None) -> None:
    fields = await form(client, stage)
    if name is None:
        await client.post(PATH, data=fields)
    else:
        # As a browser sends a field of a file that was left alone.
        body, kind = multipart(fields, ("", b""))
        await client.post(PATH, content=body, headers={"content-type": kind})
    assert [incoming.event for incoming in stage.heard] == [Fill(FILE.step, (), "Яма у дома 5\nи фото")]


async def test_an_empty_file_is_a_file(client: httpx.AsyncClient, stage: Stage) -> None:
    fields = await form(client, stage)
    await client.post(PATH, data=fields, files=chosen(b"", "пусто.txt"))
    event = stage.heard[0].event
    assert isinstance(event, File)
    assert (event.name, event.size) == ("пусто.txt", 0)
    assert stage.came == [b""]


async def test_a_button_beside_a_chosen_file_is_the_button(client: httpx.AsyncClient, stage: Stage) -> None:
    fields = await form(client, stage, press=f"{FILE.step}:skip")
    await client.post(PATH, data=fields, files=chosen(b"x"))
    assert [incoming.event for incoming in stage.heard] == [Press(FILE.step, "skip")]


async def test_a_personal_page_takes_a_file_too(client: httpx.AsyncClient, stage: Stage) -> None:
    stage.showing = "file"
    fields = hidden(await client.get(f"/a/{SECRET}"))
    answer = await client.post(f"/a/{SECRET}/{FILE.step}", data=fields, files=chosen(b"x"))
    assert answer.headers["location"].startswith(f"/a/{SECRET}")
    assert stage.came == [b"x"]


@pytest.mark.parametrize("token", ["", "0" * 32, "ы"])
async def test_of_a_forged_form_nothing_reaches_the_disk(
    client: httpx.AsyncClient, stage: Stage, folder: Path, token: str
) -> None:
    fields = await form(client, stage, csrf=token)
    asked = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal asked
        for part in parts:
            assert os.listdir(folder) == []
            asked += 1
            yield part

    whole, kind = multipart(fields, ("яма.jpg", b"x" * MEGABYTE))
    parts = [whole[at : at + 65_536] for at in range(0, len(whole), 65_536)]
    answer = await client.post(PATH, content=body(), headers={"content-type": kind})
    assert answer.status_code == 403
    assert "Яма у дома 5" in answer.text  # what he wrote is not lost
    assert asked == 1
    assert stage.heard == []


async def test_a_stranger_uploads_nothing(client: httpx.AsyncClient, stage: Stage) -> None:
    fields = await form(client, stage)
    client.cookies.clear()
    assert (await client.post(PATH, data=fields, files=chosen(b"x"))).status_code == 403
    answer = await client.post(PATH, data=fields, files=chosen(b"x"), headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert stage.heard == []


class Flood:
    """A form whose file has 300 MB, made while it is sent; `sent` counts what was taken of it."""

    def __init__(self, fields: dict[str, str]) -> None:
        whole, self.kind = multipart(fields, ("film.jpg", b"CONTENT"))
        self._head, _, self._tail = whole.partition(b"CONTENT")
        self.length = len(self._head) + 300 * MEGABYTE + len(self._tail)
        self.sent = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        piece = bytes(65_536)
        yield self._head
        for _ in range(300 * MEGABYTE // len(piece)):
            self.sent += len(piece)
            yield piece
        yield self._tail


@pytest.mark.parametrize("declared", [True, False])
async def test_300_megabytes_are_refused_without_being_read(
    client: httpx.AsyncClient, stage: Stage, declared: bool
) -> None:
    flood = Flood(await form(client, stage))
    headers = {"content-type": flood.kind} | ({"content-length": str(flood.length)} if declared else {})
    answer = await client.post(PATH, content=flood, headers=headers)
    assert answer.status_code == 413
    assert "Файл слишком большой" in answer.text
    assert "до 2 МБ" in answer.text
    assert "Яма у дома 5" in answer.text
    assert f'href="{PATH}"' in answer.text
    assert flood.sent <= (65_536 if declared else MOST + 65_536)
    assert stage.heard == []


async def test_a_file_at_the_limit_is_taken_and_one_byte_more_is_not(client: httpx.AsyncClient, stage: Stage) -> None:
    fields = await form(client, stage)
    assert (await client.post(PATH, data=fields, files=chosen(b"x" * MOST))).status_code == 303
    assert [len(content) for content in stage.came] == [MOST]
    assert (await client.post(PATH, data=fields, files=chosen(b"x" * (MOST + 1)))).status_code == 413


async def test_forms_with_more_words_than_a_form_has_are_refused(client: httpx.AsyncClient, stage: Stage) -> None:
    fields = await form(client, stage)
    many = {**fields, "text": "x" * 200_000}
    assert (await client.post(PATH, data=many, files=chosen(b"x"))).status_code == 413
    assert (await client.post(PATH, data={**fields, "keys": ["a"] * 300}, files=chosen(b"x"))).status_code == 413
    kind = {"content-type": "multipart/form-data; boundary=b"}
    for broken in (b"", b"--b", b"nonsense", b"--b\r\nA: b", b"--b\r\n" + b"x" * 10_000):
        assert (await client.post(PATH, content=broken, headers=kind)).status_code == 413
    assert (await client.post("/talk/menu", data={**fields, "text": "x" * 200_000})).status_code == 413
    assert stage.heard == []


async def test_busy_keeps_the_words_and_asks_for_the_file_again(client: httpx.AsyncClient, stage: Stage) -> None:
    fields = await form(client, stage)
    stage.busy = True
    answer = await client.post(PATH, data=fields, files=chosen(b"x"))
    assert answer.status_code == 503
    assert "выберите файл ещё раз" in answer.text
    assert "Яма у дома 5" in answer.text
    assert f'href="{PATH}"' in answer.text


async def test_a_disk_that_cannot_take_it_is_told_by_the_talk(
    client: httpx.AsyncClient, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = await form(client, stage)
    monkeypatch.setattr(uploads, "RESERVE", 1 << 60)
    await client.post(PATH, data=fields, files=chosen(b"x" * MEGABYTE * 2))
    event = stage.heard[0].event
    assert isinstance(event, File)
    assert (event.path, event.refused, event.text) == ("", "scanner", "Яма у дома 5\nи фото")


async def test_a_client_who_goes_away_leaves_nothing(folder: Path) -> None:
    """Half of a file has come; then the connection breaks."""

    async def broken() -> AsyncIterator[bytes]:
        yield multipart({"csrf": "good"}, ("a.jpg", b"x" * MEGABYTE))[0][:-100]
        yield b"x" * MEGABYTE
        assert os.listdir(folder)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await read(
            broken(), b"border", Uploads(folder, MOST), declared=None, most_words=1000, welcome=lambda _pairs: True
        )


async def test_a_stream_without_end_is_not_read_to_its_end(folder: Path) -> None:
    """A second file, or what comes after the last border, is thrown away; it is not waited for for ever."""
    whole = multipart({"csrf": "good"}, ("a.jpg", b"x"))[0]
    second = whole.removesuffix(b"--\r\n") + b'\r\nContent-Disposition: form-data; name="b"; filename="b"\r\n\r\n'
    for beginning, ends in ((whole, "large"), (second, "large"), (whole.replace(b"a.jpg", b""), "words")):
        sent = 0

        async def endless(beginning: bytes = beginning) -> AsyncIterator[bytes]:
            nonlocal sent
            yield beginning
            while sent < 64 * MEGABYTE:
                sent += MEGABYTE
                yield b"x" * MEGABYTE

        work = read(
            endless(), b"border", Uploads(folder, MOST), declared=None, most_words=1000, welcome=lambda _pairs: True
        )
        if ends == "large":
            arrived = await work
            assert arrived.too_large
            arrived.discard()
        else:
            with pytest.raises(TooManyWords):
                await work
        assert sent <= MOST + 2 * MEGABYTE
    assert os.listdir(folder) == []


async def test_files_that_begin_together_leave_room_for_the_database(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them finds room at its beginning; the room is looked at again with each piece."""
    free = 2 * uploads.RESERVE
    monkeypatch.setattr("bot.channels.uploads.shutil.disk_usage", lambda _folder: SimpleNamespace(free=free))
    begun = uploads.Upload(Uploads(folder, MOST))
    begun.add(b"x" * MEGABYTE)
    await begun.write()
    assert begun.path is not None
    free = uploads.RESERVE
    begun.add(b"x" * MEGABYTE)
    await begun.write()
    assert begun.failed
    assert os.listdir(folder) == []


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=300) | st.just(b"\r\n--border") | st.just(b"\r\n--borde\r\n--border-"),
    name=st.text(min_size=1, max_size=20).filter(lambda name: name.strip() == name),
    cut=st.lists(st.integers(0, 700), max_size=6),
)
def test_a_form_is_the_same_however_it_is_cut(tmp_path: Path, content: bytes, name: str, cut: list[int]) -> None:
    """Pieces as the network happens to make them."""
    if b"\r\n--border" in content or any(char in name for char in '\\"\r\n\0%') or not name.isprintable():
        return
    whole, kind = multipart({"csrf": "good", "text": "слова"}, (name, content))
    marks = sorted({0, *(min(at, len(whole)) for at in cut), len(whole)})
    pieces = [whole[start:end] for start, end in pairwise(marks)]

    async def body() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    boundary = boundary_of(kind)
    assert boundary is not None
    arrived = asyncio.run(
        read(body(), boundary, Uploads(tmp_path, MOST), declared=None, most_words=1000, welcome=lambda _pairs: True)
    )
    assert arrived.pairs == [("csrf", "good"), ("text", "слова")]
    assert (arrived.name, arrived.too_large) == (name, False)
    assert arrived.file is not None
    assert arrived.file.path is not None
    assert arrived.file.path.read_bytes() == content
    arrived.discard()


@given(st.binary(max_size=500))
def test_no_body_breaks_reading(body: bytes) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield body

    work = read(
        chunks(), b"b", Uploads(Path("/nowhere"), MOST), declared=None, most_words=100, welcome=lambda _pairs: False
    )
    with contextlib.suppress(TooManyWords):
        asyncio.run(work)


def multipart(fields: dict[str, str], file: tuple[str, bytes]) -> tuple[bytes, str]:
    """A form as a browser writes it."""
    parts = [
        f'--border\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    name, content = file
    disposition = f'Content-Disposition: form-data; name="file"; filename="{name}"'
    head = f"--border\r\n{disposition}\r\nContent-Type: application/octet-stream\r\n\r\n".encode()
    return b"".join([*parts, head, content, b"\r\n--border--\r\n"]), "multipart/form-data; boundary=border"


# --- fetching a file --------------------------------------------------------------------------------------


async def test_a_file_is_saved_never_shown(client: httpx.AsyncClient, stage: Stage) -> None:
    await begin(client)
    who = stage.heard[0].who
    name = "Жалоба «на яму»; 100%.pdf"
    stage.stored[42] = ("stored", name, "application/pdf")
    stage.contents["stored"] = files.PDF
    answer = await client.get("/appeals/files/42")
    assert (answer.status_code, answer.content) == (200, files.PDF)
    assert stage.asked == [(who, 42)]
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    stage.stored[2**62] = ("stored", "a.txt", "text/plain")
    text = await client.get(f"/appeals/files/{2**62}")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("ident", ["41", "0", "-1", "042", "x", "²", "9" * 40, "1.5"])
async def test_what_one_may_not_read_is_not_there(client: httpx.AsyncClient, stage: Stage, ident: str) -> None:
    await begin(client)
    stage.stored[42] = ("stored", "a.pdf", "application/pdf")
    answer = await client.get(f"/appeals/files/{ident}")
    assert answer.status_code == 404
    assert "Файла нет" in answer.text


async def test_a_file_that_is_gone_is_told_and_logged(
    client: httpx.AsyncClient, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await begin(client)
    stage.stored[42] = ("gone", "a.pdf", "application/pdf")
    assert (await client.get("/appeals/files/42")).status_code == 404
    assert "FileNotFoundError" in caplog.text


async def test_without_our_cookie_nobody_is_even_asked_about(client: httpx.AsyncClient, stage: Stage) -> None:
    stage.stored[42] = ("stored", "a.pdf", "application/pdf")
    stage.contents["stored"] = files.PDF
    for headers in ({}, {"cookie": "otklik=forged.x.y"}):
        assert (await client.get("/appeals/files/42", headers=headers)).status_code == 404
    assert stage.asked == []


async def test_other_forms_take_no_file(client: httpx.AsyncClient, stage: Stage) -> None:
    page = await client.get(f"/q/{TOKEN}")
    await client.post(f"/q/{TOKEN}/here", data=hidden(page), files=chosen(b"x"))
    assert not any(isinstance(incoming.event, File) for incoming in stage.heard)
    fields = hidden(await client.get("/talk"))
    await client.post(f"/talk/{RATE.step}", data={**fields, "keys": "5"})
    assert stage.heard[-1].event == Fill(RATE.step, ("5",))
    assert WRITE.files is False
