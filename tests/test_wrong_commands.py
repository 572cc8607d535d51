"""Wrong command lines: one clear Russian line with the way out, never English or a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.__main__ import main


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            ["staff", "away", "demoev", "--until", "31.02.2026"],
            "это не день: 31.02.2026. Напишите, например, 2026-12-14.",
        ),
        (["staff", "leave"], "такого нет: 'leave'"),
        (["sheet", "--draft"], "не хватает: --output"),
        (["tasks", "--everything"], "лишнее или непонятное: --everything"),
    ],
)
def test_a_wrong_command_is_answered_in_russian(line: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line)
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert said in told
    assert "--help" in told


def test_a_data_folder_that_cannot_be_made_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("DATA_DIR", str(file / "data"))
    assert main(["check"]) == 2
    assert str(file) in capsys.readouterr().err
    assert main(["tasks"]) == 2
    assert f"DATA_DIR: папку {file / 'data'} не создать" in capsys.readouterr().err


def test_a_sheet_is_not_written_under_a_foreign_ending(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "sheet.doc"
    assert main(["sheet", "6XC3M8DH", "--draft", "--output", str(target)]) == 2
    assert "листы бывают pdf, png и svg" in capsys.readouterr().err
    assert not target.exists()
