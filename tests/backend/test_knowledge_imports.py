"""Office files into the base and back: what is taken, what is left alone, what changes nothing."""

from __future__ import annotations

import asyncio
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from backend.db import Database
from backend.knowledge import checks, imports, templates
from backend.knowledge.imports import Plan
from backend.office import load
from backend.office.model import Office, Person
from bot.opening import ACTIONS, CannotStart
from tests.base.databases import SQLiteTemplate
from tests.base.knowledge import template
from tests.base.offices import copy_of_demo
from tests.base.talk import MONDAY_TEN, OFFICE, open_talk

ZONE = ZoneInfo("Europe/Moscow")
OPEN = """
approved_by: obraztsov
approved_on: 2026-11-16
templates:
  - id: open
    title: {ru: Вы работаете?, en: Are you open?}
    questions: {ru: [когда открыто]}
    answer: {ru: Да., en: 'Yes.'}
    category: contacts
    owner: shablonova
    checked_on: 2026-11-16
    review_on: 2027-05-15
"""


HALF = OPEN[: OPEN.index("answer") + 14]
"""As an editor leaves it who was called away."""


def read_office() -> Office:
    office, _ = load(OFFICE, actions=ACTIONS)
    assert office is not None
    return office


DEMO = read_office()


@dataclass
class Base:
    """An empty base and its imports."""

    db: Database

    async def takes(self, *texts: str, dry: bool = False, author: Person | None = None) -> Plan:
        named = tuple((f"knowledge/{n}.yaml", textwrap.dedent(text)) for n, text in enumerate(texts))
        place = imports.Place(self.db, DEMO, ACTIONS, checks.has_file_in(OFFICE))
        return await imports.run(place, named, MONDAY_TEN, dry=dry, author=author)

    async def export(self) -> dict[str, str]:
        async with self.db.read() as session:
            return await imports.export(session, ZONE)

    async def reads(self, ident: str = "open") -> tuple[int, str] | None:
        async with self.db.read() as session:
            found = await templates.published(session, ident)
        return (found.version, found.template.answer["ru"]) if found else None

    async def edits(self, answer: str, *, publish: bool = True) -> int:
        """Somebody changes the template in the database, by the usual way."""
        editor, approver = DEMO.person("shablonova"), DEMO.person("obraztsov")
        assert editor is not None
        assert approver is not None
        one = template(
            "open",
            "Вы работаете?",
            {"ru": answer, "en": "Yes."},  # type: ignore[arg-type]  # by language too
            "когда открыто",
            category="contacts",
        )
        async with self.db.begin() as session:
            row = await templates.get(session, "open")
            seen = row.edits if row is not None else None
            number = await templates.save_draft(session, one, author=editor, now=MONDAY_TEN, seen=seen, source="api")
            if publish:
                around = await templates.around(session, DEMO, ACTIONS)
                await templates.approve(session, "open", number, by=approver, now=MONDAY_TEN, around=around)
                await templates.publish(session, "open", number, by=approver, now=MONDAY_TEN, around=around)
        return number

    async def snapshot(self) -> list[Any]:
        async with self.db.read() as session:
            found = []
            for table in (imports.templates, imports.versions, imports.journal.table):
                found += [tuple(row) for row in await session.execute(table.select())]
        return found


@pytest.fixture
async def base(database_url: str) -> Any:
    db = Database(database_url, 10)
    yield Base(db)
    await db.close()


def changed(text: str, **words: str) -> str:
    for old, new in words.items():
        assert old in text
        text = text.replace(old, new)
    return text


async def test_what_names_its_approver_is_published_the_rest_are_drafts(base: Base) -> None:
    draft = OPEN.replace("approved_by: obraztsov\napproved_on: 2026-11-16\n", "").replace("open", "draft")
    plan = await base.takes(OPEN, draft)
    assert (plan.faults, plan.counts) == ((), {"new": 2})
    assert await base.reads() == (1, "Да.")
    assert await base.reads("draft") is None
    async with base.db.read() as session:
        version = await templates.version(session, "open", 1)
        waiting = await templates.get(session, "draft")
    assert version is not None
    assert waiting is not None
    assert (version.author, version.approved_by, version.status) == ("file", "obraztsov", "published")
    assert (waiting.published, waiting.draft) == (None, 1)


async def test_the_same_files_again_change_nothing(base: Base) -> None:
    await base.takes(OPEN)
    before = await base.snapshot()
    plan = await base.takes(OPEN)
    assert plan.counts == {"unchanged": 1}
    assert await base.snapshot() == before


async def test_a_dry_run_changes_nothing(base: Base) -> None:
    plan = await base.takes(OPEN, dry=True)
    assert plan.counts == {"new": 1}
    assert await base.snapshot() == []


async def test_a_changed_file_is_a_new_version(base: Base) -> None:
    await base.takes(OPEN)
    await base.takes(OPEN.replace("Да.", "Да до шести."))
    assert await base.reads() == (2, "Да до шести.")
    # A file kept by hand goes on from what it brought itself.
    await base.takes(OPEN.replace("Да.", "Да до семи."))
    assert await base.reads() == (3, "Да до семи.")


async def test_what_is_newer_in_the_database_is_told_and_left_alone(base: Base) -> None:
    await base.takes(OPEN)
    await base.edits("Сегодня нет.")
    before = await base.snapshot()
    plan = await base.takes(OPEN.replace("Да.", "Да до шести."))
    assert plan.counts == {"newer": 1}
    assert "open: в базе версия 2 от 23.11.2026, в файле 1: не изменено" in plan.told[0]
    assert await base.snapshot() == before


async def test_somebody_works_on_a_draft_meanwhile(base: Base) -> None:
    await base.takes(OPEN)
    await base.edits("Сегодня нет.", publish=False)
    plan = await base.takes(OPEN.replace("Да.", "Да до шести."))
    assert plan.counts == {"newer": 1}
    # The file says what is published: nothing to tell.
    assert (await base.takes(OPEN)).told == []


async def test_an_edit_of_what_was_exported_is_taken(base: Base) -> None:
    await base.takes(OPEN)
    await base.edits("Сегодня нет.")
    files = await base.export()
    assert "version: 2" in files["contacts.yaml"]
    await base.takes(files["contacts.yaml"].replace("Сегодня нет.", "Сегодня да."))
    assert await base.reads() == (3, "Сегодня да.")


async def test_the_other_rows_are_taken_when_one_is_left_alone(base: Base) -> None:
    await base.takes(OPEN)
    await base.edits("Сегодня нет.")
    plan = await base.takes(OPEN.replace("Да.", "Ой."), OPEN.replace("id: open", "id: second"))
    assert plan.counts == {"newer": 1, "new": 1}
    assert await base.reads("second") == (1, "Да.")


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        (HALF, "line 9", "not valid YAML"),
        (OPEN.replace("category: contacts", "category:"), "templates[0].category", "string"),
        (OPEN.replace("owner:", "ovner:"), "templates[0].ovner", "unknown field"),
        (OPEN.replace("shablonova", "nobody"), "templates[0] (open).owner", "нет сотрудника"),
        (OPEN.replace("obraztsov", "chernykh"), "templates[0].approved_by", "нет роли"),
        (OPEN.replace("2026-11-16\ntemplates", "2026-12-16\ntemplates"), "templates[0].approved_on", "не наступило"),
        (OPEN.replace("approved_on: 2026-11-16\n", "", 1), "templates[0].approved_on", "назовите день"),
        (OPEN.replace("    owner", "    category: terms\n    owner"), "line 10", "is repeated"),
        ("- id: open", "templates", "must hold a list"),
        (OPEN.replace("id: open", "id: Открыто"), "templates[0].id", "pattern"),
    ],
)
async def test_with_one_fault_nothing_changes(base: Base, text: str, path: str, message: str) -> None:
    await base.takes(OPEN)
    before = await base.snapshot()
    plan = await base.takes(OPEN.replace("Да.", "Нет.").replace("id: open", "id: other"), text)
    fault = next(f for f in plan.faults if f.file == "knowledge/1.yaml" and message in f.message)
    assert path in fault.path
    assert await base.snapshot() == before


async def test_one_id_in_two_files(base: Base) -> None:
    plan = await base.takes(OPEN, OPEN)
    assert "knowledge/0.yaml: templates[0]" in plan.faults[0].message


async def test_nobody_approves_his_own_draft_by_a_file(base: Base) -> None:
    await base.edits("Да.", publish=False)
    async with base.db.begin() as session:
        row = await templates.get(session, "open")
        assert row is not None
    own = (await base.export())["contacts.yaml"].replace("    owner", "    approved_by: shablonova\n    owner")
    own = own.replace("    owner", "    approved_on: 2026-11-20\n    owner")
    plan = await base.takes(own)
    assert plan.counts == {"own": 1}
    assert await base.reads() is None
    plan = await base.takes(own.replace("approved_by: shablonova", "approved_by: obraztsov"))
    assert plan.counts == {"changed": 1}
    assert await base.reads() == (2, "Да.")


async def test_by_the_api_all_is_a_draft_of_the_caller(base: Base) -> None:
    editor = DEMO.person("shablonova")
    await base.takes(OPEN, author=editor)
    assert await base.reads() is None
    async with base.db.read() as session:
        version = await templates.version(session, "open", 1)
    assert version is not None
    assert (version.author, version.hands, version.status, version.approved_by) == (
        "shablonova",
        "shablonova",
        "draft",
        "",
    )


async def test_an_import_over_a_draft_keeps_who_wrote_in_it(base: Base) -> None:
    await base.edits("Да.", publish=False)
    draft = (await base.export())["contacts.yaml"]
    changed_by_another = draft.replace("Да.", "Да!")
    await base.takes(changed_by_another, author=DEMO.person("primerova"))
    async with base.db.read() as session:
        version = await templates.version(session, "open", 2)
    assert version is not None
    assert (version.author, version.hands) == ("primerova", "shablonova primerova")


async def test_a_changed_comma_makes_a_draft_nobody_elses(base: Base) -> None:
    await base.edits("Да.", publish=False)
    draft = (await base.export())["contacts.yaml"].replace("Да.", "Да!")
    own = draft.replace("    owner", "    approved_by: shablonova\n    approved_on: 2026-11-20\n    owner")
    assert (await base.takes(own)).counts == {"own": 1}
    assert await base.reads() is None


async def test_the_same_file_again_does_not_undo_what_was_written_in_its_draft(base: Base) -> None:
    draft = OPEN.replace("approved_by: obraztsov\napproved_on: 2026-11-16\n", "")
    await base.takes(draft)
    await base.edits("Нет.", publish=False)
    plan = await base.takes(draft)
    assert plan.counts == {"newer": 1}
    assert "в базе версия 2 от 23.11.2026" in plan.told[0]
    exported = (await base.export())["contacts.yaml"]
    assert "Нет." in exported
    # What is the same words may still be approved by the file.
    approved = exported.replace("templates:", "approved_by: obraztsov\napproved_on: 2026-11-16\ntemplates:")
    assert (await base.takes(approved)).counts == {"changed": 1}
    assert await base.reads() == (3, "Нет.")


async def test_a_draft_that_was_written_on_after_the_export_is_newer_than_the_file(base: Base) -> None:
    await base.takes(OPEN.replace("approved_by: obraztsov\napproved_on: 2026-11-16\n", ""))
    await base.edits("Нет.", publish=False)
    exported = (await base.export())["contacts.yaml"]
    await base.edits("Не знаем.", publish=False)
    plan = await base.takes(exported.replace("Нет.", "Нет, увы."))
    assert plan.counts == {"newer": 1}
    assert "Не знаем." in (await base.export())["contacts.yaml"]


async def test_withdrawn_only_in_the_file_is_told(base: Base) -> None:
    await base.takes(OPEN)
    plan = await base.takes(OPEN + "    withdrawn: true\n")
    assert plan.told == [
        "open: в файле отозван, в базе нет: не изменено. Отозвать: python -m bot knowledge withdraw open --by …"
    ]
    assert await base.reads() == (1, "Да.")


async def test_what_was_withdrawn_stays_so(base: Base) -> None:
    await base.takes(OPEN)
    by = DEMO.person("shablonova")
    assert by is not None
    async with base.db.begin() as session:
        await templates.withdraw(session, "open", by=by, now=MONDAY_TEN)
    plan = await base.takes(OPEN)
    assert plan.told == ["open: в базе отозван, в файле нет: не изменено"]
    assert await base.reads() is None
    exported = (await base.export())["contacts.yaml"]
    assert "withdrawn: true" in exported
    assert (await base.takes(exported)).told == []


# --- there and back ---------------------------------------------------------------------------------------


async def test_the_demo_comes_back_as_it_is(base: Base) -> None:
    texts, faults = imports.texts_of(OFFICE)
    assert faults == []
    place = imports.Place(base.db, DEMO, ACTIONS, checks.has_file_in(OFFICE))
    plan = await imports.run(place, texts, MONDAY_TEN)
    assert (plan.faults, plan.warnings) == ((), ())
    files = await base.export()
    assert {f"knowledge/{name}": text for name, text in files.items()} == dict(texts)


async def test_awkward_words_come_back_as_they_are(base: Base, empty_database_url: str) -> None:
    text = OPEN.replace("Да.", '"Да: «№ 1» – #1.\\n\\n- пункт\\n  отступ\\n"').replace(
        "когда открыто", '"yes", "1", "нет: да"'
    )
    await base.takes(text)
    once = await base.export()
    # Elsewhere, in an empty base, the same files give the same base, and the same files again.
    async with base.db.begin() as session:
        for table in (imports.versions, imports.templates):
            await session.execute(table.delete())
    await base.takes(*once.values())
    assert await base.export() == once
    found = await base.reads()
    assert found == (1, "Да: «№ 1» – #1.\n\n- пункт\n  отступ\n")


async def test_drafts_and_other_approvers_are_told_apart_in_a_file(base: Base) -> None:
    second = OPEN.replace("id: open", "id: second")
    third = OPEN.replace("id: open", "id: third").replace("approved_by: obraztsov", "approved_by: primerova")
    draft = OPEN.replace("id: open", "id: fourth").replace("    owner", "    draft: true\n    owner")
    await base.takes(OPEN, second, third, draft)
    text = (await base.export())["contacts.yaml"]
    assert text.startswith("approved_by: obraztsov\napproved_on: 2026-11-16\n")
    assert text.count("approved_by: primerova") == 1
    assert text.count("draft: true") == 1
    plan = await base.takes(text)
    assert plan.counts == {"unchanged": 4}


# --- many -------------------------------------------------------------------------------------------------


def many(count: int) -> str:
    rows = "".join(
        f"""
  - id: t{n:05}
    title: {{ru: Вопрос номер {n}?, en: Question {n}?}}
    questions: {{ru: [как быть с делом {n}, дело {n} и ещё что-то, что делать с {n}]}}
    answer: {{ru: Ответ номер {n}. Приходите в кабинет {n}., en: Answer {n}.}}
    steps: [{{ru: Возьмите бумагу {n}., en: Take paper {n}.}}]
    category: contacts
    owner: shablonova
    checked_on: 2026-11-16
    review_on: 2027-05-15"""
        for n in range(count)
    )
    return f"approved_by: obraztsov\napproved_on: 2026-11-16\ntemplates:{rows}\n"


async def test_five_thousand_twice(base: Base) -> None:
    text = many(5000)
    statements: list[str] = []
    event.listen(
        base.db.writer.sync_engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, _p, _context, _many: statements.append(statement),
    )
    plan = await base.takes(text)
    assert (plan.faults, plan.counts) == ((), {"new": 5000})
    assert len(statements) < 100, len(statements)
    async with base.db.read() as session:
        _, total = await templates.listed(session, status="published", limit=1)
    assert total == 5000
    before = await base.snapshot()
    statements.clear()
    plan = await base.takes(text)
    assert plan.counts == {"unchanged": 5000}
    assert len(statements) < 100, len(statements)
    assert await base.snapshot() == before


# --- at the start -----------------------------------------------------------------------------------------


def office_with(folder: Path, text: str) -> Path:
    office = copy_of_demo(folder)
    (office / "knowledge" / "extra.yaml").write_text(text, encoding="utf-8")
    return office


async def test_the_first_start_takes_the_files_the_next_only_tells(
    sqlite_template: SQLiteTemplate, tmp_path: Path
) -> None:
    url, office = sqlite_template.copy(tmp_path), office_with(tmp_path, OPEN)
    async with open_talk(url, tmp_path, office=office) as talk:
        assert "open" in talk.app.knowledge().listed
    (office / "knowledge" / "extra.yaml").write_text(OPEN.replace("Да.", "Нет."), encoding="utf-8")
    async with open_talk(url, tmp_path, office=office) as talk:
        (told,) = [w for w in talk.app.warnings if w.file == "knowledge"]
        assert "изменённых 1" in told.message
        assert "python -m bot knowledge import" in told.message
        row = await talk.one("SELECT content FROM template_version WHERE template = 'open'")
        assert "Нет." not in row.content


async def test_a_start_with_the_same_files_reads_none_of_them(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    url, office = sqlite_template.copy(tmp_path), office_with(tmp_path, OPEN)
    async with open_talk(url, tmp_path, office=office):
        pass
    imports.read.cache_clear()
    async with open_talk(url, tmp_path, office=office) as talk:
        assert talk.app.warnings == []
    assert imports.read.cache_info().misses == 0


async def test_half_a_file_stops_the_first_start_and_no_later_one(
    sqlite_template: SQLiteTemplate, tmp_path: Path
) -> None:
    url, office = sqlite_template.copy(tmp_path), office_with(tmp_path, HALF)
    with pytest.raises(CannotStart, match=r"knowledge/extra\.yaml: "):
        async with open_talk(url, tmp_path, office=office):
            pass
    (office / "knowledge" / "extra.yaml").write_text(OPEN, encoding="utf-8")
    async with open_talk(url, tmp_path, office=office):
        pass
    (office / "knowledge" / "extra.yaml").write_text(HALF, encoding="utf-8")
    async with open_talk(url, tmp_path, office=office) as talk:
        assert [w.level for w in talk.app.warnings if w.file == "knowledge/extra.yaml"] == ["warning"]
        assert "open" in talk.app.knowledge().listed


async def test_two_processes_that_start_at_once_import_once(database_url: str) -> None:
    """Each has its own connections, as two processes have."""
    first, second = Database(database_url, 10), Database(database_url, 10)
    try:
        found = await asyncio.gather(
            *(imports.at_start(db, DEMO, OFFICE, MONDAY_TEN, ACTIONS) for db in (first, second))
        )
        assert found == [[], []]
        async with first.read() as session:
            rows, total = await templates.listed(session, limit=1000)
        assert total == len(rows) > 20
        assert {row.last for row in rows} == {1}
    finally:
        await first.close()
        await second.close()
