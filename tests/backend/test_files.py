"""What may be attached, what becomes of it, and what a stranger, a crash or a bomb cannot do."""

from __future__ import annotations

import asyncio
import io
import os
import stat
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from backend.files import FileStore, Kept, Refused, clamd, kinds, pictures, store
from backend.identity import Keys
from tests.base import files
from tests.emulators.clamd import Clamd

MEGABYTE = 1024 * 1024
KEYS = Keys(b"a key of tests, longer than thirty-two characters")
Take = Callable[..., Awaitable[Kept]]


@pytest.fixture
def kept(tmp_path: Path) -> FileStore:
    made = FileStore(tmp_path / "files", KEYS, 20 * MEGABYTE)
    made.prepare()
    return made


@pytest.fixture
def take(kept: FileStore, tmp_path: Path) -> Take:
    async def taken(content: bytes, name: str = "файл.jpg", into: FileStore = kept) -> Kept:
        path = tmp_path / "came"
        path.write_bytes(content)
        return await into.take(path, name)

    return taken


async def why(work: Awaitable[object]) -> str:
    with pytest.raises(Refused) as caught:
        await work
    return caught.value.reason


def on_disk(kept: FileStore) -> list[Path]:
    return [path for path in kept.folder.rglob("*") if path.is_file()]


# --- what is taken ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind", "name"),
    [
        (files.photo(), kinds.JPEG, "заявление.jpg"),
        (files.photo("JPEG", progressive=True), kinds.JPEG, "заявление.jpg"),
        (files.photo("PNG"), kinds.PNG, "заявление.png"),
        (files.photo("WEBP"), kinds.WEBP, "заявление.webp"),
        (files.photo("WEBP", orientation=1, lossless=True), kinds.WEBP, "заявление.webp"),
        (files.PDF, kinds.PDF, "заявление.pdf"),
        (files.PDF + b"\r\n\0\0", kinds.PDF, "заявление.pdf"),
        (files.office("docx"), kinds.DOCX, "заявление.docx"),
        (files.office("xlsx"), kinds.XLSX, "заявление.xlsx"),
        (files.office("odt"), kinds.ODT, "заявление.odt"),
        ("Прошу принять меры.\r\n№ 12".encode(), kinds.TEXT, "заявление.txt"),
        ("Прошу принять «меры» – № 12".encode("cp1251"), kinds.TEXT, "заявление.txt"),
    ],
)
async def test_these_are_taken_whatever_they_are_called(take: Take, content: bytes, kind: str, name: str) -> None:
    for called in ("заявление.exe", "заявление", "заявление" + Path(name).suffix.upper()):
        found = await take(content, called)
        assert (found.kind, found.name) == (kind, name)


async def test_a_file_comes_back_as_it_was_cleaned(kept: FileStore, take: Take) -> None:
    document = files.office("docx")
    found = await take(document, "жалоба.docx")
    assert await kept.read(found.stored) == document
    assert found.size == len(document)
    russian = await take("Прошу".encode("cp1251"))
    assert await kept.read(russian.stored) == "Прошу".encode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (files.EXE, "kind"),
        (b"\x7fELF" + b"\x02\x01\x01" + b"\0" * 60, "kind"),
        (files.SVG, "kind"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n' + files.SVG, "kind"),
        ("Прошу. <script>alert(1)</script>".encode(), "kind"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "kind"),
        (b"\n\n<HTML>", "kind"),
        (b"#!/bin/sh\nrm -rf /\n", "kind"),
        (b"@echo off\r\ndel *.*\r\n", "kind"),
        (b"<?php system($_GET[0]);", "kind"),
        (b"{\\rtf1\\ansi Hello}", "kind"),
        (b"GIF89a\x01\x00\x01\x00\x80\x00\x00", "kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "kind"),  # .doc, .xls, a document with a password
        ("привет".encode("utf-16"), "kind"),
        (bytes(range(128, 256)) * 4, "kind"),
        (files.office(types="application/vnd.ms-word.document.macroEnabled.main+xml"), "kind"),
        (files.office(word__vbaProject_bin=b"\xd0\xcf\x11\xe0"), "kind"),
        (files.office(word__activeX__activeX1_bin=b"x"), "kind"),
        (files.office("odt", Basic__Standard__Module1_xml=b"<x/>"), "kind"),
        (files.office(word__embeddings__oleObject1_bin=b"\0\0" + "\x01Ole10Native".encode("utf-16-le")), "kind"),
        (files.office(word__media__image1_png=files.EXE), "kind"),
        (files.office(types="application/vnd.openxmlformats-officedocument.presentationml.presentation.main"), "kind"),
        (files.zipped({"a.txt": "a"}), "archive"),
        (files.zipped({"mimetype": "application/epub+zip"}), "kind"),
        (files.locked(files.office()), "archive"),
        (b"Rar!\x1a\x07\x00" + b"\0" * 20, "archive"),
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 20, "archive"),
        (b"\x1f\x8b\x08" + b"\0" * 20, "archive"),
        (b"x" * 257 + b"ustar" + b"\0" * 300, "archive"),
        (files.office() + files.EXE, "archive"),
        (files.office()[:-30], "broken"),
        (b"PK\x03\x04" + files.EXE + files.office(), "archive"),
        (files.PDF.replace(b"%%EOF", b""), "broken"),
        (files.PDF + files.zipped({"evil.js": "x"}), "kind"),
        (files.PDF + files.EXE * 20, "broken"),
        (b"\xff\xd8\xff" + files.EXE, "broken"),
        (files.photo()[:-200], "broken"),
        (files.photo("PNG")[:-40], "broken"),
        (files.photo("WEBP")[:-40], "broken"),
        (b"\x89PNG\r\n\x1a\n", "broken"),
        (b"RIFF\x10\0\0\0WEBPVP8 \0\0\0\0", "broken"),
    ],
)
async def test_these_are_refused_whatever_they_are_called(
    kept: FileStore, take: Take, content: bytes, reason: str
) -> None:
    for name in ("фото.jpg", "заявление.docx", "a.txt"):
        assert await why(take(content, name)) == reason
    assert on_disk(kept) == []


async def test_a_file_of_300_megabytes_is_not_even_read(kept: FileStore, tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(300 * MEGABYTE)  # a hole: nothing is written
    assert await why(kept.take(path, "видео.jpg")) == "large"
    with path.open("wb") as file:
        file.truncate(20 * MEGABYTE)
    assert await why(kept.take(path, "видео.jpg")) == "kind"


async def test_a_zip_bomb_is_not_unpacked_to_its_end(take: Take) -> None:
    honest = files.office(word__document_xml=b"0" * (400 * MEGABYTE))
    assert len(honest) < MEGABYTE
    assert await why(take(honest)) == "archive"
    # One that says it is small: the zip's own list is not believed.
    lying = files.office(word__document_xml=b"0" * (40 * MEGABYTE))
    size = (40 * MEGABYTE).to_bytes(4, "little")
    assert lying.count(size) == 2
    assert await why(take(lying.replace(size, (1000).to_bytes(4, "little")))) in ("archive", "broken")


async def test_a_zip_of_very_many_names_is_not_listed(take: Take) -> None:
    many = files.zipped({f"word/{n}.xml": "" for n in range(9_000)})
    assert await why(take(many)) == "archive"


async def test_a_large_table_is_no_bomb(take: Take) -> None:
    rows = "".join(f"<row><c>{n}</c><c>{n % 7}</c></row>" for n in range(200_000))
    assert (await take(files.office("xlsx", xl__sheet1_xml=rows))).kind == kinds.XLSX


async def test_a_picture_that_unpacks_to_too_much_is_refused(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await why(take(files.png_bomb())) == "archive"
    monkeypatch.setitem(pictures.PIXELS, kinds.JPEG, 64 * 40 - 1)
    monkeypatch.setitem(pictures.PIXELS, kinds.WEBP, 64 * 40 - 1)
    assert await why(take(files.photo())) == "large"
    assert await why(take(files.photo("WEBP"))) == "large"


async def test_a_picture_drawn_over_and_over_is_refused(take: Take) -> None:
    """A scan of forty bytes costs as much time as the whole picture: 20 MB of them would take hours."""
    content = files.photo("JPEG", orientation=1, progressive=True)
    at = content.rindex(b"\xff\xda")
    assert (await take(content[:at] + content[at:-2] * 50 + b"\xff\xd9")).kind == kinds.JPEG
    assert await why(take(content[:at] + content[at:-2] * 200 + b"\xff\xd9")) == "archive"


@given(st.binary(max_size=400), st.sampled_from(["JPEG", "PNG", "WEBP"]), st.integers(0, 700))
def test_no_damage_of_a_picture_gets_past_refusing(damage: bytes, form: str, at: int) -> None:
    content = files.photo(form)
    hurt = content[:at] + damage + content[at + len(damage) :]
    kind = {"JPEG": kinds.JPEG, "PNG": kinds.PNG, "WEBP": kinds.WEBP}[form]
    try:
        made = pictures.cleaned(hurt, kind)
    except Refused:
        return
    with Image.open(io.BytesIO(made)) as picture:
        assert not set(picture.getexif()) - {files.ORIENTATION}


# --- what is taken away -----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
async def test_the_place_goes_and_the_picture_stays(kept: FileStore, take: Take, form: str, orientation: int) -> None:
    came = files.photo(form, orientation)
    assert b"Anna Petrova" in came
    content = await kept.read((await take(came)).stored)
    assert b"Anna Petrova" not in content
    with Image.open(io.BytesIO(content)) as shown, Image.open(io.BytesIO(came)) as before:
        assert dict(before.getexif().get_ifd(files.GPS_IFD))
        assert shown.format == form
        assert dict(shown.getexif()) == ({} if orientation == 1 else {files.ORIENTATION: orientation})
        assert not shown.getexif().get_ifd(files.GPS_IFD)
        assert not {"comment", "xmp", "photoshop"} & set(shown.info)
        assert shown.tobytes() == before.tobytes()  # not a pixel differs


async def test_all_that_programs_write_into_pictures_goes_and_colours_stay(kept: FileStore, take: Take) -> None:
    came = files.photo(
        comment=b"made by Anna", xmp=b"<x:xmpmeta>55.75N</x:xmpmeta>", icc_profile=b"a profile", dpi=(72, 72)
    )
    came += b"PK\x03\x04 a film hangs behind the picture"
    content = await kept.read((await take(came)).stored)
    for gone in (b"Anna", b"xmpmeta", b"a film"):
        assert gone in came
        assert gone not in content
    with Image.open(io.BytesIO(content)) as shown:
        assert shown.info["icc_profile"] == b"a profile"


async def test_kinds_of_pictures_that_scanners_and_phones_make(kept: FileStore, take: Take) -> None:
    for mode in ("L", "RGB", "CMYK"):
        file = io.BytesIO()
        files.drawing((33, 21)).convert(mode).save(file, "JPEG")
        found = await kept.read((await take(file.getvalue())).stored)
        with Image.open(io.BytesIO(found)) as shown, Image.open(file) as before:
            assert (shown.mode, shown.tobytes()) == (before.mode, before.tobytes())
    for mode in ("1", "L", "P", "RGB", "RGBA", "I;16"):
        file = io.BytesIO()
        drawn = Image.new(mode, (33, 21)) if mode == "I;16" else files.drawing((33, 21)).convert(mode)
        drawn.save(file, "PNG")
        found = await kept.read((await take(file.getvalue())).stored)
        with Image.open(io.BytesIO(found)) as shown, Image.open(file) as before:
            assert (shown.mode, shown.tobytes()) == (before.mode, before.tobytes())
    tiny = io.BytesIO()
    Image.new("RGB", (1, 1)).save(tiny, "JPEG")
    assert (await take(tiny.getvalue())).kind == kinds.JPEG


# --- names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\Анна\\фото.JPEG", "фото.jpeg"),
        ("отчёт\u202egpj.exe", "отчётgpj.jpg"),
        ("фото.jpg.exe", "фото.jpg.jpg"),
        ("a\0b\r\nc\u200b.png", "abc.jpg"),
        ("  ..  ", "file.jpg"),
        ("", "file.jpg"),
        (".htaccess", "htaccess.jpg"),
        ("con.jpg", "_con.jpg"),
        ('a<b>"c|d?e*.jpg', "a_b__c_d_e_.jpg"),
        ("Письмо от 12.05", "Письмо от 12.05.jpg"),
        ("я" * 300 + ".jpg", "я" * 76 + ".jpg"),
        ("снимок.", "снимок.jpg"),
    ],
)
def test_a_name_is_made_safe(given_name: str, shown: str) -> None:
    assert kinds.safe_name(given_name, kinds.JPEG) == shown


@given(st.text(max_size=200), st.sampled_from(sorted(kinds.EXTENSIONS)))
def test_every_name_is_short_visible_and_ends_as_the_content_is(name: str, kind: str) -> None:
    shown = kinds.safe_name(name, kind)
    assert len(shown) <= kinds.NAME_LENGTH
    assert shown.endswith(kinds.EXTENSIONS[kind])
    assert not set(shown) & set("/\\:\0\r\n\u202e\u200f")
    assert not shown.startswith((".", " "))
    assert kinds.safe_name(shown, kind) == shown


# --- on the disk ------------------------------------------------------------------------------------------


async def test_nobody_else_reads_what_lies_on_the_disk(kept: FileStore, take: Take, tmp_path: Path) -> None:
    words = b"Petrova asks for help. " * 50
    found = await take(words, "Petrova.txt")
    (path,) = on_disk(kept)
    assert path == kept.folder / found.stored[:2] / found.stored
    assert b"Petrova" not in path.read_bytes()
    assert "Petrova" not in str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    stranger = FileStore(kept.folder, Keys(b"another key of tests, as long as the first one"), MEGABYTE)
    with pytest.raises(ValueError, match="SECRET_KEY"):
        await stranger.read(found.stored)


async def test_one_file_cannot_be_put_in_the_place_of_another(kept: FileStore, take: Take) -> None:
    mine, other = await take(b"mine"), await take(b"other")
    (kept.folder / other.stored[:2] / other.stored).rename(kept.folder / mine.stored[:2] / mine.stored)
    with pytest.raises(ValueError, match="not this file"):
        await kept.read(mine.stored)
    with pytest.raises(FileNotFoundError):
        await kept.read(other.stored)
    for name in ("", "../../etc/passwd", mine.stored.upper() + "/", "0" * 31, "0" * 32 + "\n"):
        with pytest.raises(ValueError, match="no name"):
            await kept.read(name)


async def test_the_same_file_twice_is_two_files(kept: FileStore, take: Take) -> None:
    first, second = await take(b"words"), await take(b"words")
    assert first.stored != second.stored
    await kept.remove([first.stored])
    await kept.remove([first.stored])
    with pytest.raises(FileNotFoundError):
        await kept.read(first.stored)
    assert await kept.read(second.stored) == b"words"


async def test_a_write_that_fails_leaves_no_half_file(
    kept: FileStore, take: Take, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        assert await why(take(b"words")) == "scanner"
    assert on_disk(kept) == []
    assert "No space left" in caplog.text
    assert await take(b"words")


async def test_files_leave_room_for_the_database(kept: FileStore, take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "RESERVE", 1 << 60)
    assert await why(take(b"words")) == "scanner"
    assert on_disk(kept) == []


async def test_what_a_crash_left_is_swept_up(kept: FileStore, take: Take) -> None:
    named, lost, young = await take(b"named"), await take(b"lost"), await take(b"young")
    half = kept.folder / "ab" / f"{'ab' * 16}.part"
    half.parent.mkdir(exist_ok=True)
    half.write_bytes(b"half")
    came = kept.incoming / "upload"
    came.write_bytes(b"plain")
    foreign = kept.folder / "ab" / "readme"
    foreign.write_bytes(b"of the administrator")
    long_ago = time.time() - 7200
    for path in on_disk(kept):
        if path.name != young.stored:
            os.utime(path, (long_ago, long_ago))
    asked: list[list[str]] = []

    async def known(names: list[str]) -> set[str]:
        asked.append(names)
        return {named.stored}

    assert await kept.orphans(known, timedelta(hours=1)) == 3
    assert {path.name for path in on_disk(kept)} == {named.stored, young.stored, "readme"}
    assert [sorted(names) for names in asked] == [sorted([named.stored, lost.stored])]
    assert await kept.orphans(known, timedelta(hours=1)) == 0


async def test_a_folder_that_cannot_be_used_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "files").write_bytes(b"")
    with pytest.raises(OSError, match=r".+"):
        FileStore(tmp_path / "files", KEYS, MEGABYTE).prepare()


async def test_pictures_are_decoded_one_after_the_other(
    kept: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, most, opened = 0, 0, Image.open

    def watched(*given: Any, **more: Any) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return opened(*given, **more)
        finally:
            running -= 1

    monkeypatch.setattr(Image, "open", watched)
    path = tmp_path / "came"
    path.write_bytes(files.photo(size=(600, 400)))
    await asyncio.gather(*(kept.take(path, "фото.jpg") for _ in range(12)))
    assert most <= store.DECODED_AT_ONCE


# --- the scanner ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unix", [False, True])
async def test_the_scanner_sees_what_came_and_decides(tmp_path: Path, take: Take, unix: bool) -> None:
    async with Clamd(tmp_path / "clamd.ctl" if unix else None) as scanner:
        kept = FileStore(tmp_path / "scanned", KEYS, 20 * MEGABYTE, scanner.url)
        kept.prepare()
        photo, long = files.photo(), b"word " * 50_000
        found = await take(photo, into=kept)
        await take(long, into=kept)
        assert scanner.scanned == [photo, long]  # as they came, with all metadata
        assert b"Anna" not in await kept.read(found.stored)
        assert await why(take(files.EICAR, into=kept)) == "virus"
        assert await why(take(files.photo(comment=b"EICAR"), into=kept)) == "virus"
        assert len(on_disk(kept)) == 2
        assert (await clamd.version(scanner.url)).startswith("ClamAV 1.4.1")


async def test_without_a_clear_answer_nothing_is_taken(
    tmp_path: Path, take: Take, caplog: pytest.LogCaptureFixture
) -> None:
    async with Clamd(limit=1000) as scanner:
        kept = FileStore(tmp_path / "scanned", KEYS, 20 * MEGABYTE, scanner.url)
        kept.prepare()
        assert await why(take(b"word " * 500_000, into=kept)) == "scanner"
        assert "StreamMaxLength" in caplog.text
        for strange in (b"stream: ERROR", b"OK", b"", b"x" * 100_000):
            scanner.answer = strange
            assert await why(take(b"words", into=kept)) == "scanner"
        scanner.answer, scanner.mute = None, True
        with pytest.raises(Refused, match="scanner"):
            await clamd.scan(scanner.url, b"words", seconds=0.05)
    assert await why(take(b"words", into=kept)) == "scanner"  # it is away
    with pytest.raises(clamd.Away):
        await clamd.version(scanner.url)
    nobody = FileStore(tmp_path / "scanned", KEYS, 20 * MEGABYTE, f"unix://{tmp_path}/none.ctl")
    assert await why(take(b"words", into=nobody)) == "scanner"
    assert on_disk(kept) == []
