"""What each process serves of the knowledge base: an immutable `Base`, replaced as a whole.

The index is built in a thread while the old one serves. Every change of what is served gives the base a new revision
(`touch`, in the transaction of the change); each process looks at it every second or two.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from pydantic import ValidationError
from sqlalchemy import select

from backend import shared_state
from backend.db import Database, Session
from backend.knowledge.model import Template
from backend.knowledge.rows import phrasings, templates, versions
from knowledge.model import Entry, Found

if TYPE_CHECKING:
    from knowledge.index import Index

log = logging.getLogger(__name__)

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
    files: tuple[Mapping[str, str], ...] = ()  # their labels
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Base:
    """One state of the published base. `index` and `listed` know what clients may get (and what is for staff only),
    `staff_index` and `staff_listed` everything, what is overdue and hidden from clients too."""

    revision: str = ""
    listed: Mapping[str, Listed] = field(default_factory=dict)
    index: Index | None = None
    staff_index: Index | None = None
    staff_listed: Mapping[str, Listed] = field(default_factory=dict)

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


@dataclass(frozen=True, slots=True)
class Rows:
    """What the tables say is published: contents with their numbers, accepted wordings. Not yet read as templates:
    that takes seconds for thousands, and is done beside the event loop."""

    contents: tuple[tuple[str, int, str], ...] = ()
    learnt: tuple[tuple[str, str], ...] = ()

    def templates(self) -> list[Template]:
        """The templates. One that cannot be read is left out and loud in the log: the others go on being served."""
        found = []
        for ident, number, content in self.contents:
            try:
                found.append(Template.model_validate_json(content))
            except ValidationError as error:
                fields = sorted({str(item["loc"][0]) for item in error.errors() if item["loc"]})
                log.error("template %s, version %s cannot be read: %s", ident, number, ", ".join(fields))
        return found

    def wordings(self) -> dict[str, list[str]]:
        """Accepted wordings by template."""
        found: dict[str, list[str]] = {}
        for ident, words in self.learnt:
            found.setdefault(ident, []).append(words)
        return found


async def rows(session: Session) -> Rows:
    """All that is published, as it stands in the tables."""
    contents = await session.execute(
        select(versions.c.template, versions.c.number, versions.c.content)
        .join(templates, (templates.c.id == versions.c.template) & (templates.c.published == versions.c.number))
        .where(templates.c.withdrawn.is_(False))
        .order_by(versions.c.template)
    )
    learnt = await session.execute(
        select(phrasings.c.template, phrasings.c.words).where(phrasings.c.state == "accepted").order_by(phrasings.c.id)
    )
    return Rows(tuple((r[0], r[1], r[2]) for r in contents), tuple((r[0], r[1]) for r in learnt))


async def read(session: Session) -> tuple[list[Template], dict[str, int], dict[str, list[str]]]:
    """All published templates, their versions, and accepted wordings by template."""
    found = await rows(session)
    return found.templates(), {ident: number for ident, number, _ in found.contents}, found.wordings()


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
        self._synonyms = tuple((word, *also) for word, also in (synonyms or {}).items())
        self._hide_overdue = hide_overdue
        self._day: date | None = None
        self._failed: tuple[str, date] | None = None  # what could not be built is not tried each second
        self._one_build = asyncio.Lock()

    def __call__(self) -> Base:
        return self._base

    async def renew(self, db: Database, today: date) -> bool:
        """Look whether something was published, and serve it. True when the base was replaced. Raises DatabaseAway."""
        async with db.read() as session:
            revision = await shared_state.get_place(session, REVISION)
        if self._is_served(revision, today) or self._failed == (revision, today):
            return False
        async with self._one_build:
            # The revision is read before the rows: rows that come in between are newer, and the next look sees it.
            async with db.read() as session:
                revision = await shared_state.get_place(session, REVISION)
                if self._is_served(revision, today):
                    return False
                found = await rows(session)
            try:
                base = await asyncio.to_thread(self._build, revision, found, today)
            except Exception:
                # Clients go on with the base as it was; the next change, or the next day, is a new try.
                log.exception("the knowledge base could not be built anew; the one before is served")
                self._failed = (revision, today)
                return False
            self._base, self._day, self._failed = base, today, None
            return True

    def _is_served(self, revision: str, today: date) -> bool:
        return revision == self._base.revision and (not self._hide_overdue or self._day == today)

    def _build(self, revision: str, found: Rows, today: date) -> Base:
        every = found.templates()
        numbers = {ident: number for ident, number, _ in found.contents}
        served = [t for t in every if not (self._hide_overdue and t.review_on < today)]
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
                tuple(dict(form.label) for form in t.files),
                t.owner,
            )
            for t in every
        }
        learnt = found.wordings()
        for_clients = [entry_of(t, learnt.get(t.id, ())) for t in served if not t.internal]
        index = self._index(for_clients)
        if len(for_clients) < len(every):
            whole = self._index([entry_of(t, learnt.get(t.id, ())) for t in every])
        else:
            whole = index
        return Base(revision, {t.id: listed[t.id] for t in served}, index, whole, listed)

    def _index(self, entries: list[Entry]) -> Index | None:
        if not entries:
            return None
        from knowledge.index import Index  # numpy and the dictionaries are loaded only where something is searched

        return Index.build(entries, synonyms=self._synonyms)
