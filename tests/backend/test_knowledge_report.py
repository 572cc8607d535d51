"""What the office reads of its questions: shares, groups of what was not found, what the editor has to do."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert

from backend.db import Database, Session
from backend.knowledge import asked, report
from backend.knowledge.grouping import group
from backend.knowledge.rows import phrasings, templates, unanswered, uses, versions
from backend.office import Office
from tests.base.talk import Talk
from tests.dialogue.shelf import CERTIFICATE, INSIDE, RAMP, version_of

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@pytest.fixture
def office(talk: Talk) -> Office:
    return talk.app.hearing.office


@pytest.fixture
async def db(talk: Talk) -> Database:
    """The database without the office's own templates."""
    async with talk.app.db.begin() as session:
        await session.execute(delete(versions))
        await session.execute(delete(templates))
    return talk.app.db


async def used(session: Session, day: date = TODAY, template: str = "", **counts: int) -> None:
    rows = [{"day": day, "template": template, "what": what, "times": n} for what, n in counts.items()]
    await session.execute(insert(uses), rows)


async def not_found(
    session: Session, *words: str, day: date = TODAY, nearest: str = "", outcome: str = "unknown"
) -> None:
    rows = [
        {"id": random.getrandbits(62), "day": day, "words": one, "language": "ru", "category": "other"}
        | {"outcome": outcome, "nearest": nearest}
        for one in words
    ]
    await session.execute(insert(unanswered), rows)


async def published(session: Session, *found: Any, author: str = "shablonova") -> None:
    for one in found:
        row = {"id": one.id, "published": 3, "last": 3, "owner": one.owner, "category": one.category, "edits": 1}
        row |= {"review_on": one.review_on, "internal": one.internal, "withdrawn": False}
        await session.execute(insert(templates).values(**row, changed_at=NOW, changed_by=author))
        await session.execute(insert(versions).values(**version_of(one, 3, NOW, author=author)))


async def test_shares_are_of_all_that_was_asked_and_few_make_none(db: Database, office: Office) -> None:
    async with db.begin() as session:
        await used(session, asked=4, unknown=1)
        few = await report.read(session, office, TODAY, 30)
        await used(session, day=TODAY - timedelta(days=1), asked=16, handed=2)
        await used(session, template="v11-certificate", answered=9, chosen=3, helped=8, unhelped=1)
        enough = await report.read(session, office, TODAY, 30)
    assert few.share("unknown") is None
    assert few.solved is None
    assert enough.counts["asked"] == 20
    assert enough.share("answered") == pytest.approx(0.45)
    assert enough.solved == pytest.approx(0.4)


async def test_only_the_days_asked_for_count(db: Database, office: Office) -> None:
    async with db.begin() as session:
        await used(session, day=TODAY - timedelta(days=6), asked=10)
        await used(session, day=TODAY - timedelta(days=7), asked=100)
        await not_found(session, "Старый вопрос", day=TODAY - timedelta(days=7))
        week = await report.read(session, office, TODAY, 7)
    assert week.counts["asked"] == 10
    assert week.not_found == ()


async def test_what_was_not_found_stands_together(db: Database, office: Office) -> None:
    async with db.begin() as session:
        await published(session, CERTIFICATE, RAMP)
        await not_found(
            session,
            "Где зарядить телефон?",
            "где можно зарядить телефон",
            "Зарядка для телефона есть? Где зарядить?",
            nearest="v22-access v11-certificate",
        )
        await not_found(session, "где зарядить телефон", outcome="neither", nearest="v22-access")
        await not_found(session, "Сколько стоит земля под теплицу", nearest="gone-template")
        found = await report.read(session, office, TODAY, 30)
    first, second = found.not_found
    assert (first.times, second.times) == (4, 1)
    assert first.words.casefold().rstrip("?") in ("где зарядить телефон", "где можно зарядить телефон")
    assert dict(first.outcomes) == {"unknown": 3, "neither": 1}
    assert first.nearest[0] == ("v22-access", "Есть ли вход для людей на коляске?")
    assert second.nearest == ()
    assert found.not_found_total == 5


def test_the_same_words_are_one_wording_whatever_their_case() -> None:
    (one,) = group(["Где пандус?", "где пандус", "ГДЕ ПАНДУС!!!"], 5)
    assert one.times == 3
    assert sorted(one.members) == [0, 1, 2]


def test_nothing_and_words_without_letters_are_grouped_too() -> None:
    assert group([], 5) == []
    found = group(["???", "😀", "Где пандус?"], 5)
    assert sum(one.times for one in found) == 3


def test_ten_thousand_questions_are_grouped_and_the_largest_kept() -> None:
    chance = random.Random(7)
    topics = ["как получить справку", "где стоит банкомат", "когда откроют запись", "почему не работает сайт"]
    rare = ["".join(chance.choice("абвгдежзиклмнопрст") for _ in range(24)) for _ in range(2000)]
    texts = [f"{chance.choice(topics)} {chance.randrange(50)}" for _ in range(8000)] + rare
    chance.shuffle(texts)
    found = group(texts, 30)
    assert len(found) == 30
    assert sum(one.times for one in found[:4]) > 7000
    for one in found[:4]:
        assert len({texts[n].rsplit(" ", 1)[0] for n in one.members}) == 1


async def test_what_the_editor_has_to_do(db: Database, office: Office) -> None:
    due = CERTIFICATE.model_copy(update={"id": "soon", "review_on": TODAY + timedelta(days=14)})
    later = CERTIFICATE.model_copy(update={"id": "later", "review_on": TODAY + timedelta(days=15)})
    async with db.begin() as session:
        await published(session, CERTIFICATE, RAMP, INSIDE, due, later)
        await used(session, template="v11-certificate", answered=2, helped=3, unhelped=5)
        await used(session, template="later", offered=3)
        await asked.propose(session, "v22-access", "есть ли спуск", language="ru", origin="choice", day=TODAY)
        await asked.propose(session, "v22-access", "есть ли спуск", language="ru", origin="choice", day=TODAY)
        done = asked.propose(session, "v22-access", "решено", language="ru", origin="task", day=TODAY)
        await done
        await session.execute(phrasings.update().where(phrasings.c.words == "решено").values(state="refused"))
        found = await report.read(session, office, TODAY, 30)
    assert [one.id for one in found.overdue] == ["v22-access"]
    assert [one.id for one in found.due] == ["soon"]
    assert {one.id for one in found.never} == {
        "v22-access",
        "soon",
        "later",
    }  # offered is not used; internal is not asked
    (bad,) = found.unhelpful
    assert (bad.id, bad.helped, bad.unhelped) == ("v11-certificate", 3, 5)
    assert [(one.id, one.missing) for one in found.untranslated] == [("v22-access", ("en",))]
    (wording,) = found.wordings
    assert (wording.words, wording.times, wording.title) == ("есть ли спуск", 2, "Есть ли вход для людей на коляске?")


async def test_drafts_and_authors_are_named(db: Database, office: Office) -> None:
    old = NOW - timedelta(days=90)
    async with db.begin() as session:
        await published(session, CERTIFICATE, author="demoev")
        await published(session, RAMP, author="file")
        draft = RAMP.model_copy(update={"id": "task-9"})
        row = {"id": "task-9", "draft": 1, "last": 1, "owner": "demoev", "category": "other", "edits": 1}
        row |= {"review_on": TODAY, "internal": False, "withdrawn": False, "changed_at": NOW, "changed_by": "demoev"}
        await session.execute(insert(templates).values(**row))
        waiting = version_of(draft, 1, NOW, status="draft", author="demoev", approved_by="", approved_at=None)
        await session.execute(insert(versions).values(**waiting))
        for number in (1, 2):
            past = version_of(CERTIFICATE, number, old, status="past", author="chernykh")
            await session.execute(insert(versions).values(**past))
        found = await report.read(session, office, TODAY, 30)
    (one,) = found.drafts
    assert (one.id, one.number, one.author, one.since, one.approved) == ("task-9", 1, "Демоев Э. Р.", NOW, False)
    # Two versions of one template count once; an old one is not of this period.
    assert set(found.authors) == {("Демоев Э. Р.", 1, 1), ("file", 1, 1), ("Черных-Тестовая А. И.", 0, 1)}


async def test_unanswered_questions_go_after_ninety_days(db: Database) -> None:
    async with db.begin() as session:
        await not_found(session, "старый", day=TODAY - timedelta(days=91))
        await not_found(session, "свежий", day=TODAY - timedelta(days=90))
        await asked.forget_old(session, TODAY)
        left = [row[0] for row in await session.execute(unanswered.select().with_only_columns(unanswered.c.words))]
    assert left == ["свежий"]
