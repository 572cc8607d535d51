"""`python -m bot knowledge import, export, list, approve …, phrasings` and `check`, as an administrator types them."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from backend.db import Database
from backend.knowledge import templates
from backend.knowledge.model import Template
from backend.knowledge.rows import phrasings
from bot.commands import check, knowledge
from bot.opening import read_office
from tests.base.databases import SQLiteTemplate, run_aside
from tests.base.knowledge import template
from tests.base.offices import copy_of_demo
from tests.base.talk import make_settings

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)


class Command:
    """The command on a database and an office of its own; gives exit code, output and errors."""

    def __init__(self, folder: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.office = copy_of_demo(folder)
        self.files = self.office / "knowledge"
        self.settings = make_settings(url, folder, self.office, clock=NOW)
        self.capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        parser = argparse.ArgumentParser(prog="python -m bot knowledge")
        knowledge.arguments(parser)
        self.capsys.readouterr()
        code = knowledge.main(parser.parse_args([str(word) for word in words]), self.settings)
        return code, *self.capsys.readouterr()

    def checks(self) -> tuple[int, str]:
        self.capsys.readouterr()
        code = check.main(argparse.Namespace(strict=False), self.settings)
        return code, self.capsys.readouterr().out

    def rewrite(self, name: str, old: str, new: str) -> None:
        text = (self.files / name).read_text(encoding="utf-8")
        assert old in text
        (self.files / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    def saves(self, who: str, one: Template) -> None:
        """A draft that somebody has written elsewhere."""

        async def save() -> None:
            office, _ = read_office(self.settings)
            author = office.person(who)
            assert author is not None
            db = Database(self.settings.database, 10)
            async with db.begin() as session:
                await templates.save_draft(session, one, author=author, now=NOW, seen=None, source="api")
            await db.close()

        run_aside(save)


@pytest.fixture
def command(sqlite_template: SQLiteTemplate, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path, sqlite_template.copy(tmp_path), capsys)


@pytest.fixture
def count(command: Command) -> int:
    return sum(text.read_text().count("\n  - id: ") for text in command.files.glob("*.yaml"))


def test_import_twice_and_export(command: Command, count: int) -> None:
    code, out, _ = command("import", "--dry-run")
    assert (code, f"Новых: {count}" in out) == (0, True)
    assert f"Новых: {count}" in command("import")[1]
    code, out, _ = command("import")
    assert (code, f"без изменений: {count}" in out) == (0, True)
    code, out, _ = command("export", command.folder / "out")  # type: ignore[arg-type]  # made a string there
    assert code == 0
    for path in command.files.glob("*.yaml"):
        assert (command.folder / "out" / path.name).read_bytes() == path.read_bytes()
    assert "изменилось 0" in command("export", str(command.folder / "out"))[1]


def test_a_new_question_is_a_new_version(command: Command) -> None:
    command("import")
    command.rewrite("terms.yaml", "- срок ответа", "- срок ответа\n        - долго ли ждать")
    code, out, _ = command("import")
    assert (code, "изменено: 1" in out) == (0, True)
    assert "версия 2" in command("list", "--category", "terms")[1]


def test_a_file_beside(command: Command, tmp_path: Path) -> None:
    command("import")
    draft = (command.files / "access.yaml").read_text(encoding="utf-8").split("templates:", 1)[1]
    (tmp_path / "new.yaml").write_text("templates:" + draft.replace("id: v22", "id: new22"), encoding="utf-8")
    code, out, _ = command("import", str(tmp_path / "new.yaml"))
    assert (code, "Черновиков: 1" in out) == (0, True)
    code, _, errors = command("import", str(tmp_path / "none.yaml"))
    assert (code, "none.yaml" in errors) == (2, True)
    code, _, errors = command("import", str(command.office / "files"))
    assert (code, "нет файлов" in errors) == (2, True)


def test_a_fault_is_named_with_file_and_path_and_nothing_changes(command: Command) -> None:
    command("import")
    command.rewrite("terms.yaml", "owner: shablonova", "owner: nobody")
    command.rewrite("access.yaml", "questions:", "questions: [")
    code, out, errors = command("import")
    assert (code, out) == (2, "")
    assert "Ничего не изменено" in errors
    assert "knowledge/access.yaml: line" in errors
    assert "knowledge/terms.yaml: templates[0] (v15-appeal-term).owner: нет сотрудника «nobody»" in errors
    assert "изменилось" in command("export", str(command.folder / "out"))[1]
    assert "nobody" not in (command.folder / "out" / "terms.yaml").read_text(encoding="utf-8")


def test_files_of_another_export_are_named(command: Command) -> None:
    command("import")
    (command.files / "old.yaml").write_text("templates: []\n", encoding="utf-8")
    assert "old.yaml" in command("export", str(command.files))[1]


def test_from_draft_to_publication_without_the_api(command: Command) -> None:
    long = " ".join(["слово"] * 40) + "."
    command.saves("shablonova", template("open", "Вы работаете?", long))
    code, out, _ = command("list", "--status", "draft")
    assert (code, "версия 1: черновик (shablonova)" in out) == (0, True)
    code, _, errors = command("approve", "open", "--by", "Шаблонова")
    assert (code, "писали вы" in errors) == (2, True)
    code, _, errors = command("approve", "open", "--by", "chernykh")
    assert (code, "редактор" in errors) == (2, True)
    code, _, errors = command("approve", "open", "--by", "obraztsov")
    assert (code, "40 слов" in errors) == (2, True)
    code, _, errors = command("publish", "open", "--by", "obraztsov")
    assert (code, "версия 1 – черновик" in errors) == (2, True)
    assert command("approve", "open", "--by", "obraztsov", "--accept", "цитата закона")[0] == 0
    assert "опубликована" in command("publish", "open", "--by", "shablonova")[1]
    assert "версия 1, проверить до 15.05.2027" in command("list", "--status", "published")[1]
    assert command("withdraw", "open", "--by", "shablonova", "--reason", "новый закон")[0] == 0
    assert "отозван" in command("list")[1]
    assert command("restore", "open", "--by", "shablonova")[0] == 0


def test_refused_with_a_reason(command: Command) -> None:
    command.saves("shablonova", template("open", "Вы работаете?", "Да."))
    assert "почему" in command("refuse", "open", "--by", "obraztsov")[2]
    assert command("refuse", "open", "--by", "obraztsov", "--reason", "коротко")[0] == 0
    assert "ни одна версия не в работе" in command("approve", "open", "--by", "obraztsov")[2]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("approve", "never", "--by", "obraztsov"), "Шаблона never нет"),
        (("approve", "never", "--by", "кто-то"), "obraztsov"),
        (("phrasings", "--accept", "1"), "--by"),
        (("export", "out"), "пуста"),
    ],
)
def test_what_cannot_be_done_says_why(
    command: Command, words: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(command.folder)
    code, _, errors = command(*words)
    assert code == 2
    assert told in errors


def test_wordings_are_accepted_and_refused(command: Command) -> None:
    async def put() -> None:
        db = Database(command.settings.database, 10)
        base = {"template": "open", "language": "ru", "origin": "choice", "last_on": NOW.date()}
        async with db.begin() as session:
            rows = [{**base, "id": n, "words": f"слова {n}", "times": n} for n in (1, 2, 3)]
            await session.execute(insert(phrasings), rows)
        await db.close()

    run_aside(put)
    out = command("phrasings")[1]
    assert "Ждут решения: 3." in out
    assert out.index("«слова 3»") < out.index("«слова 1»")
    out = command("phrasings", "--accept", "1", "2", "--refuse", "3", "--by", "Шаблонова")[1]
    assert "Принято: 2, отклонено: 1." in out
    assert "Новых формулировок нет." in out


# --- check ------------------------------------------------------------------------------------------------


def test_check_looks_at_the_files(command: Command) -> None:
    code, out = command.checks()
    assert code == 0
    assert "knowledge" not in out.replace("python -m bot knowledge", "")
    command.rewrite("terms.yaml", "owner: shablonova", "owner: nobody")
    code, out = command.checks()
    assert code == 1
    assert "fault: knowledge/terms.yaml: templates[0]" in out


def test_check_looks_at_the_base(command: Command) -> None:
    command("import")
    assert "warning: knowledge base" not in command.checks()[1]
    # The form that an answer offers is gone from the folder.
    (command.office / "files" / "application.docx").unlink()
    text = (command.files / "documents.yaml").read_text(encoding="utf-8")
    (command.files / "documents.yaml").unlink()
    code, out = command.checks()
    assert "warning: knowledge base: v09-form: files[0].file: файла" in out
    (command.files / "documents.yaml").write_text(text, encoding="utf-8")
    code, out = command.checks()
    assert code == 1
    assert "fault: knowledge/documents.yaml" in out
    # What the files say already is not said again of the base.
    assert "warning: knowledge base: v09-form" not in out
    command.settings.clock = datetime(2027, 6, 1, tzinfo=UTC)
    assert "past their review date" in command.checks()[1]
