"""`python -m bot sheet` as an operator uses it: batches, full disks, Ctrl+C, the register."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from backend.codes import sheets
from backend.db import Database
from bot.__main__ import main
from tests.base.databases import SQLiteTemplate, run_aside
from tests.base.talk import OFFICE
from tests.qr.scene import read

Run = Callable[..., int]


@pytest.fixture
def office(tmp_path: Path) -> Path:
    return Path(shutil.copytree(OFFICE, tmp_path / "office"))


@pytest.fixture
def sheet(
    tmp_path: Path, office: Path, sqlite_template: SQLiteTemplate, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., int]:
    settings = {
        "OFFICE_DIR": str(office),
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": sqlite_template.copy(tmp_path),
        "PUBLIC_URL": "https://otzyv.example",
        "CLOCK": "2026-11-23T10:00:00+03:00",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return lambda *words: main(["sheet", *words])


def registered(folder: Path) -> list[tuple[str, str, str, int]]:
    async def rows() -> list[tuple[str, str, str, int]]:
        db = Database(f"sqlite+aiosqlite:///{folder / 'otklik.db'}")
        try:
            async with db.read() as session:
                return [(r.token, r.size, r.place, r.version) for r in await session.execute(select(sheets))]
        finally:
            await db.close()

    return run_aside(rows)


def pages(pdf: Path) -> int:
    return len(re.findall(rb"/Type\s*/Page(?![a-zA-Z])", pdf.read_bytes()))


def test_one_a_list_and_all(sheet: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sheet("6xc3m8dh", "--size", "A6", "--place", "на стойке", "--output", "one.png") == 0
    assert read(Image.open(tmp_path / "one.png")) == {"HTTPS://OTZYV.EXAMPLE/Q/6XC3M8DH"}
    assert sheet("8RA5W4NQ", "3ZT9K6BP", "8ra5w4nq", "--output", "two.pdf") == 0
    assert pages(tmp_path / "two.pdf") == 2
    assert sheet("--all", "--size", "sticker", "--format", "png", "--output", "all") == 0
    files = sorted((tmp_path / "all").iterdir())
    assert [file.name for file in files] == [
        "Л-104_6XC3M8DH_sticker.png",
        "Л-1_5HV2E7JM_sticker.png",
        "Л-201_8RA5W4NQ_sticker.png",
        "Л-7_3ZT9K6BP_sticker.png",
    ]
    for file in files:
        assert read(Image.open(file)) == {f"HTTPS://OTZYV.EXAMPLE/Q/{file.name.split('_')[1]}"}
    assert "4 из 4" in capsys.readouterr().err
    assert ("6XC3M8DH", "A6", "на стойке", 2) in registered(tmp_path)
    assert len(registered(tmp_path)) == 1 + 2 + 4


def test_a_draft_is_not_registered_and_needs_no_address(
    sheet: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", "")
    assert sheet("6XC3M8DH", "--draft", "--output", "draft.pdf") == 0
    assert sheet("6XC3M8DH", "--output", "sheet.pdf") == 2
    assert not (tmp_path / "sheet.pdf").exists()
    assert registered(tmp_path) == []


def test_a_revoked_code_is_not_printed_and_a_further_one_is(
    sheet: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sheets", "new", "6XC3M8DH", "--place", "у входа"]) == 0
    [token] = re.findall(r"Новый код точки [^:]+: (\w+)", capsys.readouterr().out)
    assert main(["sheets", "revoke", "6XC3M8DH", "--reason", "потерян"]) == 0
    assert sheet("6XC3M8DH", "--output", "sheet.pdf") == 2
    assert "отозван" in capsys.readouterr().err
    assert sheet(token, "--format", "png", "--size", "A6", "--output", "sheet.png") == 0
    assert read(Image.open(tmp_path / "sheet.png")) == {f"HTTPS://OTZYV.EXAMPLE/Q/{token}"}
    assert registered(tmp_path) == [(token, "A6", "у входа", 2)]


def full_after(count: int, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """The disk takes so many files, and then no more."""
    real, synced = os.fsync, []

    def fsync(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) > count:
            raise error
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


def test_a_full_disk_leaves_whole_sheets_and_says_which(
    sheet: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    full_after(2, monkeypatch, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert sheet("--all", "--size", "A6", "--output", "all") == 2
    said = capsys.readouterr().err
    assert "на диске нет места" in said
    assert "Готовы 2 из 4: 6XC3M8DH, 8RA5W4NQ" in said
    assert [file.name for file in sorted((tmp_path / "all").iterdir())] == [
        "Л-104_6XC3M8DH_A6.pdf",
        "Л-201_8RA5W4NQ_A6.pdf",
    ]
    assert [row[0] for row in registered(tmp_path)] == ["6XC3M8DH", "8RA5W4NQ"]


def test_a_full_disk_keeps_the_sheet_that_was_there(
    sheet: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "all.pdf").write_bytes(b"%PDF the old one")
    full_after(0, monkeypatch, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert sheet("--all", "--output", "all.pdf") == 2
    assert "Не напечатано ничего" in capsys.readouterr().err
    assert (tmp_path / "all.pdf").read_bytes() == b"%PDF the old one"
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".part"] == []
    assert sheet("--form", "--output", "form.pdf") == 2
    assert "на диске нет места" in capsys.readouterr().err


def test_ctrl_c_leaves_whole_sheets_and_registers_them(
    sheet: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    full_after(1, monkeypatch, KeyboardInterrupt())
    assert sheet("--all", "--size", "A6", "--output", "all") == 130
    assert "Прервано. Готовы 1 из 4: 6XC3M8DH" in capsys.readouterr().err
    assert len(list((tmp_path / "all").iterdir())) == 1
    assert len(registered(tmp_path)) == 1


def test_what_cannot_be_printed_is_told(
    sheet: Run, office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, told in (
        (("--output", "x.pdf"), "Что напечатать"),
        (("--all", "6XC3M8DH", "--output", "x.pdf"), "--all"),
        (("7KD4M2XA", "--output", "x.pdf"), "points.yaml: point Т1: sheet"),
        (("NOPE2222", "--output", "x.pdf"), "6XC3M8DH"),
        (("6XC3M8DH", "8RA5W4NQ", "--output", "x.png"), "папку"),
        (("6XC3M8DH", "--place", "a" * 121, "--output", "x.pdf"), "--place"),
        (("--form", "6XC3M8DH", "--format", "png", "--output", "x.png"), "pdf"),
        (("6XC3M8DH", "--output", str(office / "office.yaml" / "x.pdf")), "office.yaml"),
    ):
        assert sheet(*words) == 2
        assert told in capsys.readouterr().err
    assert not (tmp_path / "x.pdf").exists()
    assert registered(tmp_path) == []


def test_a_sheet_too_long_does_not_stop_the_others(
    sheet: Run, office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    points = office / "points.yaml"
    text = points.read_text(encoding="utf-8")
    points.write_text(text.replace("Оцените приём в кабинете 201", "Оцените приём " * 60), encoding="utf-8")
    assert sheet("--all", "--size", "A6", "--output", "all") == 2
    assert "8RA5W4NQ: the texts of sheet Л-201 do not fit on A6: shorten «title_ru»" in capsys.readouterr().err
    assert len(list((tmp_path / "all").iterdir())) == 3


def branded(office: Path, text: str) -> None:
    file = office / "office.yaml"
    head = re.split(r"(?m)^brand:", file.read_text(encoding="utf-8"))[0]
    file.write_text(f"{head}brand: {text}\n", encoding="utf-8")


def test_check_names_the_logo_that_is_none_and_colours_that_cannot_be_read(
    sheet: Run, office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (office / "logo.png").write_bytes(b"not a picture")
    branded(office, "{logo: logo.png}")
    assert main(["check"]) == 1
    assert "office.yaml: brand.logo: logo.png: is not a PNG, JPEG or SVG picture" in capsys.readouterr().out
    assert sheet("6XC3M8DH", "--output", "x.pdf") == 2
    assert "brand.logo" in capsys.readouterr().err
    for name in ("none.svg", "../otklik.db", "/etc/passwd"):
        branded(office, f"{{logo: {name}}}")
        assert main(["check"]) == 1
        assert "brand.logo: no such file in the office folder" in capsys.readouterr().out
    branded(office, '{accent: "#ffd200", ink: "#777777"}')
    assert main(["check"]) == 0
    said = capsys.readouterr().out
    assert "brand.accent: #ffd200 on paper #ffffff" in said
    assert "brand.ink: #777777" in said
    assert sheet("6XC3M8DH", "--output", "x.pdf") == 2
    assert "brand.ink" in capsys.readouterr().err
    assert not (tmp_path / "x.pdf").exists()


def test_a_changed_logo_stands_on_the_next_sheet_and_the_code_is_read(sheet: Run, office: Path, tmp_path: Path) -> None:
    seen = []
    for colour in ("#b00020", "#0b3d91"):
        Image.new("RGB", (300, 200), colour).save(office / "logo.png")
        branded(office, "{logo: logo.png, logo_in_code: true}")
        assert sheet("6XC3M8DH", "--size", "A6", "--output", "x.png") == 0
        page = Image.open(tmp_path / "x.png").convert("RGB")
        assert read(page) == {"HTTPS://OTZYV.EXAMPLE/Q/6XC3M8DH"}
        seen.append({found for _, found in page.getcolors(1 << 24) or []})
    assert (0xB0, 0x00, 0x20) in seen[0] - seen[1]
    assert (0x0B, 0x3D, 0x91) in seen[1] - seen[0]


def test_forms_of_a_point_of_several_and_of_any(sheet: Run, tmp_path: Path) -> None:
    assert sheet("--form", "--output", "any.pdf") == 0
    assert sheet("--form", "6XC3M8DH", "--output", "one.pdf") == 0
    assert sheet("--form", "--all", "--output", "all.pdf") == 0
    assert [pages(tmp_path / name) for name in ("any.pdf", "one.pdf", "all.pdf")] == [2, 2, 8]
    assert registered(tmp_path) == []
