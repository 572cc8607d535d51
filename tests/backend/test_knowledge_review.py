"""Review dates: a reminder before, a task for the owner after, and how it ends by itself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from backend import tasks
from backend.knowledge import review, templates
from backend.knowledge.model import Template
from bot.messages import Say
from tests.base.knowledge import publish, template
from tests.base.talk import Talk

LAST = date(2026, 12, 10)


def made(ident: str = "open", day: date = LAST, **more: Any) -> Template:
    return template(ident, "Вы работаете?", "Да.", **{"owner": "shablonova", "review_on": day, **more})


async def on(talk: Talk, day: date) -> None:
    """The jobs of this morning have run."""
    talk.now = talk.now.replace(year=day.year, month=day.month, day=day.day)
    await talk.minute()


async def reviews(talk: Talk) -> list[Any]:
    async with talk.app.db.read() as session:
        rows = await session.execute(select(tasks.table).where(tasks.table.c.kind == "review").order_by("id"))
        return list(rows)


async def test_the_owner_has_a_task_once_the_day_is_past(talk: Talk) -> None:
    await publish(talk, made())
    await on(talk, LAST)
    assert await reviews(talk) == []
    for days in (1, 4):
        await on(talk, LAST + timedelta(days=days))
    (task,) = await reviews(talk)
    assert (task.subject_kind, task.subject, task.owner, task.status) == ("template", "open", "shablonova", "new")
    async with talk.app.db.read() as session:
        about = await review.about(session, task)
    assert about is not None
    assert (about.title["ru"], about.version, about.review_on) == ("Вы работаете?", 1, LAST)


async def test_the_owner_is_told_of_his_task(talk: Talk) -> None:
    await publish(talk, made())
    editor = await talk.joins("shablonova")
    await on(talk, LAST + timedelta(days=1))
    assert len(editor.posted) == 1


async def test_what_is_past_together_is_one_message(talk: Talk) -> None:
    await publish(talk, made("one"), made("two"), made("three"))
    editor = await talk.joins("shablonova")
    await on(talk, LAST + timedelta(days=1))
    assert len(editor.posted) == 1
    assert "Пора проверить ещё 2 ответа" in editor.posted[0].text
    assert len(await reviews(talk)) == 3


async def test_nothing_for_what_is_withdrawn_or_was_never_published(talk: Talk) -> None:
    await publish(talk, made("gone"))
    async with talk.app.db.begin() as session:
        editor = talk.app.office.person("shablonova")
        assert editor is not None
        await templates.withdraw(session, "gone", by=editor, now=talk.now)
        await templates.save_draft(session, made("draft"), author=editor, now=talk.now, seen=None, source="api")
    await on(talk, LAST + timedelta(days=1))
    assert await reviews(talk) == []


@pytest.mark.parametrize(("later", "status"), [(180, "closed"), (0, "new")])
async def test_a_new_version_with_a_later_date_ends_the_task(talk: Talk, later: int, status: str) -> None:
    await publish(talk, made())
    await on(talk, LAST + timedelta(days=1))
    await newly_published(talk, made(day=LAST + timedelta(days=later)))
    (task,) = await reviews(talk)
    assert task.status == status
    if later:
        assert task.done == "Опубликована версия 2, следующая проверка 08.06.2027"
        # That date comes too, and is a task of its own.
        await on(talk, LAST + timedelta(days=later + 1))
        assert len(await reviews(talk)) == 2


async def newly_published(talk: Talk, one: Template) -> None:
    editor, approver = talk.app.office.person("shablonova"), talk.app.office.person("obraztsov")
    assert editor is not None
    assert approver is not None
    async with talk.app.db.begin() as session:
        row = await templates.get(session, one.id)
        assert row is not None
        around = await templates.around(session, talk.app.office)
        number = await templates.save_draft(session, one, author=editor, now=talk.now, seen=row.edits, source="api")
        await templates.approve(session, one.id, number, by=approver, now=talk.now, around=around)
        await templates.publish(session, one.id, number, by=approver, now=talk.now, around=around)


async def test_a_withdrawal_ends_it_too(talk: Talk) -> None:
    await publish(talk, made())
    await on(talk, LAST + timedelta(days=1))
    editor = talk.app.office.person("shablonova")
    assert editor is not None
    async with talk.app.db.begin() as session:
        await templates.withdraw(session, "open", by=editor, now=talk.now)
    (task,) = await reviews(talk)
    assert (task.status, task.done) == ("closed", "Ответ отозван")


async def test_given_again_it_is_still_to_be_looked_at(talk: Talk) -> None:
    await publish(talk, made())
    await on(talk, LAST + timedelta(days=1))
    editor = talk.app.office.person("shablonova")
    assert editor is not None
    async with talk.app.db.begin() as session:
        await templates.withdraw(session, "open", by=editor, now=talk.now)
        await templates.restore(session, "open", by=editor, now=talk.now)
    await on(talk, LAST + timedelta(days=5))
    assert [task.status for task in await reviews(talk)] == ["closed", "new"]


async def test_the_owner_is_reminded_once_of_all_that_is_due_soon(talk: Talk) -> None:
    await publish(talk, made("first"), made("second", LAST + timedelta(days=4)), made("third", date(2027, 5, 15)))
    editor = await talk.joins("shablonova")
    day = LAST - timedelta(days=talk.app.office.rules.review_notice_days)
    await on(talk, day - timedelta(days=2))
    assert editor.posted == []
    await on(talk, day)
    await on(talk, day + timedelta(days=1))
    (note,) = editor.posted
    assert isinstance(note, Say)
    assert note.text == "До 10.12.2026 проверьте ответ базы знаний: «Вы работаете?»."
    await on(talk, day + timedelta(days=5))
    assert len(editor.posted) == 2


async def test_an_owner_who_joins_late_is_still_reminded(talk: Talk) -> None:
    await publish(talk, made("first"), made("second"), made("third"))
    await on(talk, LAST - timedelta(days=9))
    editor = await talk.joins("shablonova")
    await on(talk, LAST - timedelta(days=8))
    (note,) = editor.posted
    assert isinstance(note, Say)
    assert note.text.startswith("Скоро срок проверки: 3 ответа базы знаний. Первый – до 10.12.2026")


async def test_a_base_that_grew_old_as_a_whole_comes_in_portions(talk: Talk) -> None:
    await publish(talk, *(made(f"t{n}") for n in range(review.AT_ONCE + 5)))
    await on(talk, LAST + timedelta(days=1))
    assert len(await reviews(talk)) == review.AT_ONCE
    await on(talk, LAST + timedelta(days=4))
    assert len(await reviews(talk)) == review.AT_ONCE + 5
