"""A small knowledge base for tests of the staff's side, and questions handed over to staff."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, insert

from backend import relays, tasks
from backend.clock import office_day
from backend.knowledge import live
from backend.knowledge.model import Form, Template
from backend.knowledge.rows import templates, versions
from tests.base.talk import Person, Talk

CERTIFICATE = Template(
    id="v11-certificate",
    title={"ru": "Как получить справку из реестра?", "en": "How do I get a certificate?"},
    questions={"ru": ("справка о поддержке", "справка из реестра")},
    answer={"ru": "Нужно одно заявление. Это бесплатно.", "en": "One application is enough. It is free."},
    public={"ru": "Справку дают по одному заявлению, бесплатно."},
    documents=({"ru": "заявление", "en": "application"},),
    term={"ru": "5 рабочих дней", "en": "5 working days"},
    category="documents",
    owner="shablonova",
    files=(Form(file="files/form.docx", label={"ru": "Бланк"}, version="3", date=date(2026, 11, 2)),),
    checked_on=date(2026, 11, 16),
    review_on=date(2027, 5, 15),
)
RAMP = Template(
    id="v22-access",
    title={"ru": "Есть ли вход для людей на коляске?"},
    questions={"ru": ("пандус", "доступная среда")},
    answer={"ru": "Да. Вход с пандусом – со стороны ул. Садовой."},
    category="access",
    owner="shablonova",
    checked_on=date(2026, 5, 16),
    review_on=date(2026, 11, 15),
)
INSIDE = Template(
    id="v30-appeals",
    title={"ru": "Как вести личный приём граждан"},
    questions={"ru": ("журнал личного приёма",)},
    answer={"ru": "Запишите посетителя в журнал."},
    category="appeals",
    owner="demoev",
    internal=True,
    checked_on=date(2026, 11, 16),
    review_on=date(2027, 5, 15),
)
SHELF = (CERTIFICATE, RAMP, INSIDE)


async def filled(talk: Talk, *found: Template, number: int = 3) -> None:
    """These are the published templates from now on, and this process serves them."""
    at = talk.now - timedelta(days=7)
    async with talk.app.db.begin() as session:
        await session.execute(delete(versions))
        await session.execute(delete(templates))
        for one in found or SHELF:
            row = {"id": one.id, "published": number, "last": number, "owner": one.owner, "category": one.category}
            row |= {"review_on": one.review_on, "internal": one.internal, "withdrawn": False, "edits": 1}
            await session.execute(insert(templates).values(**row, changed_at=at, changed_by="shablonova"))
            await session.execute(insert(versions).values(**version_of(one, number, at)))
        await live.touch(session)
    await talk.app.knowledge.renew(talk.app.db, office_day(talk.now, talk.app.zone))


def version_of(one: Template, number: int, at: Any, **more: Any) -> dict[str, Any]:
    return {
        "template": one.id,
        "number": number,
        "status": "published",
        "content": one.model_dump_json(),
        "author": "shablonova",
        "hands": "shablonova",
        "made_at": at,
        "accepted": "",
        "source": "file",
        "reason": "",
        "approved_by": "obraztsov",
        "approved_at": at,
        "published_at": at,
        **more,
    }


async def hands_over(client: Person, words: str, category: str = "documents", language: str = "ru") -> int:
    """The client's question was given to a person; gives the number of its task."""
    talk = client.talk
    today = office_day(talk.now, talk.app.zone)
    key = talk.app.keys.hash(str(client.where))
    async with talk.app.db.begin() as session:
        number = await tasks.open_task(
            session,
            kind="question",
            channel=client.where.channel,
            now=talk.now,
            announce_at=talk.now,
            subject_kind="category",
            subject=category,
            text=words,
        )
        await relays.open_relay(
            session,
            task=number,
            channel=client.where.channel,
            address=key,
            sealed=talk.app.keys.seal(client.where.id),
            language=language,
            promised=today + timedelta(days=2),
            term=2,
            today=today,
        )
    await talk.settle()
    return number
