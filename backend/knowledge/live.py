"""What each process serves of the knowledge base: an immutable `Base`, replaced as a whole when something was published.

The index is built in a thread while the old one serves. Every change of what is served gives the base a new revision
(`touch`, in the transaction of the change); each process looks at it every second or two.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from backend import shared_state
from backend.db import Database, Session
from backend.knowledge.model import Template
from backend.knowledge.rows import phrasings, templates, versions
from knowledge.model import Entry, Found

if TYPE_CHECKING:
    from knowledge.index import Index

REVISION = "knowledge.revision"
NOTHING = Found((), "unknown")


@dataclass(frozen=True, slots=True)
class Listed:
    """What menus and choices need of a published template without reading its row."""

    id: str
    version: int
    title: Mapping[str, str]
    category: str
    service: str | None
    internal: bool
    review_on: date
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Base:
    """One state of the published base. `index` knows what clients may get, `staff_index` everything."""

    revision: str = ""
    listed: Mapping[str, Listed] = field(default_factory=dict)
    index: Index | None = None
    staff_index: Index | None = None

    def ask(self, text: str, *, wrong_share: float, staff: bool = False) -> Found:
        """What the base says to this question. Never raises; knows nothing when the base is empty."""
        index = self.staff_index if staff else self.index
        return NOTHING if index is None else index.ask(text, wrong_share=wrong_share)

    def of_category(self, code: str) -> list[Listed]:
        """Public templates of a category, in the order of their ids."""
        return [one for one in self.listed.values() if one.category == code and not one.internal]


async def touch(session: Session) -> None:
    """What is served has changed: all processes build anew within seconds of the commit."""
    await shared_state.put_place(session, REVISION, secrets.token_hex(8))


async def read(session: Session) -> tuple[list[Template], dict[str, int], dict[str, list[str]]]:
    """All published templates, their versions, and accepted phrasings by template."""
    rows = await session.execute(
        select(versions.c.template, versions.c.number, versions.c.content)
        .join(templates, (templates.c.id == versions.c.template) & (templates.c.published == versions.c.number))
        .where(templates.c.withdrawn.is_(False))
        .order_by(versions.c.template)
    )
    found, numbers = [], {}
    for row in rows:
        found.append(Template.model_validate_json(row.content))
        numbers[row.template] = row.number
    learnt: dict[str, list[str]] = {}
    accepted = select(phrasings.c.template, phrasings.c.words).where(phrasings.c.state == "accepted")
    for template, words in await session.execute(accepted.order_by(phrasings.c.id)):
        learnt.setdefault(template, []).append(words)
    return found, numbers, learnt


def entry_of(template: Template, learnt: Iterable[str] = ()) -> Entry:
    """A template as the index sees it: all languages together, since people ask in any."""
    questions = [words for spoken in template.questions.values() for words in spoken]
    titles = list(template.title.values())
    parts = [template.answer, *template.steps, *template.documents]
    answer = " ".join(" ".join(part.values()) for part in parts)
    return Entry(template.id, titles[0], tuple(dict.fromkeys([*titles[1:], *questions, *learnt])), answer)


class LiveKnowledge:
    """The base as this process serves it. `hide_overdue`: what is past its review is not served (requirement 3.03)."""

    def __init__(self, *, synonyms: Mapping[str, tuple[str, ...]] | None = None, hide_overdue: bool = False) -> None:
        self._base = Base()
        self._synonyms = dict(synonyms or {})
        self._hide_overdue = hide_overdue
        self._day: date | None = None

    def __call__(self) -> Base:
        return self._base

    async def renew(self, db: Database, today: date) -> bool:
        """Look whether something was published, and serve it. True when the base was replaced. Raises DatabaseAway."""
        async with db.read() as session:
            revision = await shared_state.get_place(session, REVISION)
            same_day = not self._hide_overdue or self._day == today
            if revision == self._base.revision and same_day:
                return False
            found, numbers, learnt = await read(session)
        base = await asyncio.to_thread(self._build, revision, found, numbers, learnt, today)
        self._base, self._day = base, today
        return True

    def _build(
        self,
        revision: str,
        found: list[Template],
        numbers: dict[str, int],
        learnt: dict[str, list[str]],
        today: date,
    ) -> Base:
        from knowledge.index import Index  # numpy and the dictionaries are loaded only where something is searched

        served = [t for t in found if not (self._hide_overdue and t.review_on < today)]
        listed = {
            t.id: Listed(
                t.id,
                numbers[t.id],
                dict(t.title),
                t.category,
                t.service,
                t.internal,
                t.review_on,
                tuple(language for language in t.title if t.speaks(language)),
            )
            for t in served
        }
        if not served:
            return Base(revision, listed)
        public = [entry_of(t, learnt.get(t.id, ())) for t in served if not t.internal]
        index = Index.build(public, synonyms=self._synonyms) if public else None
        whole = index
        if len(public) < len(found):
            whole = Index.build([entry_of(t, learnt.get(t.id, ())) for t in found], synonyms=self._synonyms)
        return Base(revision, listed, index, whole)
