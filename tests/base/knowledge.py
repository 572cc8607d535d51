"""Published templates for tests, without the way of an approval."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, insert

from backend.knowledge import live
from backend.knowledge.model import Template
from backend.knowledge.rows import templates, versions
from tests.base.talk import Talk

CHECKED, REVIEW = date(2026, 11, 16), date(2027, 5, 15)


def template(ident: str, title: Any, answer: Any, *questions: str, **more: Any) -> Template:
    """A template with what every one must have; `more` names the rest, texts as strings or by language."""
    values: dict[str, Any] = {
        "id": ident,
        "title": _text(title),
        "answer": _text(answer),
        "questions": {"ru": questions},
        "category": "other",
        "owner": "demoev",
        "checked_on": CHECKED,
        "review_on": REVIEW,
    }
    for name, value in more.items():
        many = name in ("steps", "documents")
        values[name] = tuple(map(_text, value)) if many else _text(value) if name in _TEXTS else value
    return Template.model_validate(values)


_TEXTS = ("title", "answer", "term", "cost", "where", "source", "public")


def _text(value: Any) -> Any:
    return {"ru": value} if isinstance(value, str) else value


async def publish(talk: Talk, *given: Template, only: bool = True) -> None:
    """Put these into the base as published versions; with `only` nothing else is left in it. Every process of the test
    serves them at once."""
    async with talk.app.db.begin() as session:
        if only:
            await session.execute(delete(versions))
            await session.execute(delete(templates))
        if given:
            await session.execute(insert(templates), [_row(one, talk) for one in given])
            await session.execute(insert(versions), [_version(one, talk) for one in given])
        await live.touch(session)
    await renew(talk)


async def renew(talk: Talk) -> None:
    await talk.app.knowledge.renew(talk.app.db, talk.app.calendar().today(talk.now))


async def withdraw(talk: Talk, *idents: str, served: bool = True) -> None:
    """Take templates out; with `served` the index of this process still names them."""
    async with talk.app.db.begin() as session:
        await session.execute(templates.update().where(templates.c.id.in_(idents)).values(withdrawn=True))
        await live.touch(session)
    if not served:
        await renew(talk)


def _row(one: Template, talk: Talk) -> dict[str, Any]:
    return {
        "id": one.id,
        "published": 1,
        "draft": None,
        "last": 1,
        "owner": one.owner,
        "category": one.category,
        "review_on": one.review_on,
        "internal": one.internal,
        "withdrawn": False,
        "edits": 1,
        "changed_at": talk.now,
    }


def _version(one: Template, talk: Talk) -> dict[str, Any]:
    return {
        "template": one.id,
        "number": 1,
        "status": "published",
        "content": one.model_dump_json(),
        "author": "test",
        "made_at": talk.now,
        "accepted": "",
        "source": "",
        "approved_by": "obraztsov",
        "approved_at": talk.now,
        "published_at": talk.now,
    }


async def used(talk: Talk, what: str) -> dict[str, int]:
    """How often this was counted, by template."""
    await talk.app.tally.write(talk.app.db)
    rows = await talk.rows(
        "SELECT template, sum(times) AS n FROM template_use WHERE what = :w GROUP BY template", w=what
    )
    return {row.template: int(row.n) for row in rows}


def idents(buttons: Sequence[Any], verb: str) -> list[str]:
    """The templates that these buttons open, or judge, by the verb of their key."""
    return [b.key.partition(".")[2] for b in buttons if b.key.startswith(f"{verb}.")]
