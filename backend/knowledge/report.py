"""What the office learns from the questions it was asked (requirement 3.11): what was solved, what was not found, which
templates nobody needs, which must be checked. Counts and masked words only; nothing here leads to who asked."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select

from backend.db import Session
from backend.knowledge import live
from backend.knowledge.grouping import group
from backend.knowledge.model import Template
from backend.knowledge.rows import phrasings, templates, unanswered, uses, versions
from backend.office.model import Office

FEW = 5  # a share of fewer is chance
GROUPS = 30
MOST_QUESTIONS = 20_000  # of the period, the newest: more would take minutes and tell no more
DUE_DAYS = 14
USED = ("answered", "chosen")


@dataclass(frozen=True, slots=True)
class NotFound:
    """Questions that ask much the same: the most central wording, how many, what lay nearest (id, title)."""

    words: str
    times: int
    outcomes: Mapping[str, int]
    nearest: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class About:
    """Something to say of a template. `day`: of its review; `missing`: languages it does not speak."""

    id: str
    title: str
    owner: str
    day: date
    missing: tuple[str, ...] = ()
    helped: int = 0
    unhelped: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft that waits for approval, or is approved and waits to be published."""

    id: str
    title: str
    number: int
    author: str
    since: datetime
    approved: bool


@dataclass(frozen=True, slots=True)
class Wording:
    """A client's wording that waits for an editor."""

    words: str
    template: str
    title: str
    times: int
    origin: str


@dataclass(frozen=True, slots=True)
class Report:
    """`counts`: of the period, by what happened. `authors`: accepted templates by author, of the period and ever."""

    since: date
    until: date
    counts: Mapping[str, int]
    published: int
    not_found: tuple[NotFound, ...]
    not_found_total: int
    wordings: tuple[Wording, ...]
    wordings_total: int
    never: tuple[About, ...]
    unhelpful: tuple[About, ...]
    overdue: tuple[About, ...]
    due: tuple[About, ...]
    untranslated: tuple[About, ...]
    drafts: tuple[Waiting, ...]
    authors: tuple[tuple[str, int, int], ...]

    def share(self, what: str) -> float | None:
        """Of all that was asked; None where too little was."""
        return share(self.counts.get(what, 0), self.counts.get("asked", 0))

    @property
    def solved(self) -> float | None:
        """«Помогло» and no hand-over, of all asked."""
        return self.share("helped")


def share(part: int, whole: int) -> float | None:
    """None where the whole is too small for a share to mean anything."""
    return min(1.0, part / whole) if whole >= FEW else None


async def read(session: Session, office: Office, today: date, days: int) -> Report:
    """The report of the last so many days, today included."""
    since = today - timedelta(days=days - 1)
    counted = await _uses(session, since)
    found, _, _ = await live.read(session)
    titles = {one.id: _title(office, one) for one in found}
    used = {ident for (ident, what), times in counted.items() if what in USED and times}
    totals: Counter[str] = Counter()
    for (_, what), times in counted.items():
        totals[what] += times

    def about(one: Template, **more: Any) -> About:
        return About(one.id, titles[one.id], _person(office, one.owner), one.review_on, **more)

    judged = [
        about(one, helped=counted[one.id, "helped"], unhelped=counted[one.id, "unhelped"])
        for one in found
        if counted[one.id, "unhelped"]
    ]
    by_review = sorted(found, key=lambda one: (one.review_on, one.id))
    silent = [(one, tuple(lang for lang in office.languages if not one.speaks(lang))) for one in found]
    not_found, not_found_total = await _not_found(session, since, titles)
    wordings, wordings_total = await _wordings(session, titles)
    return Report(
        since=since,
        until=today,
        counts=dict(totals),
        published=len(found),
        not_found=not_found,
        not_found_total=not_found_total,
        wordings=wordings,
        wordings_total=wordings_total,
        never=tuple(about(one) for one in found if one.id not in used and not one.internal),
        unhelpful=tuple(sorted(judged, key=lambda a: (-a.unhelped, a.id))),
        overdue=tuple(about(one) for one in by_review if one.review_on < today),
        due=tuple(about(one) for one in by_review if today <= one.review_on <= today + timedelta(days=DUE_DAYS)),
        untranslated=tuple(about(one, missing=missing) for one, missing in silent if missing and not one.internal),
        drafts=await _drafts(session, office),
        authors=await _authors(session, office, since),
    )


def _title(office: Office, template: Template) -> str:
    return office.text(template.title, office.languages[0])


def _person(office: Office, ident: str) -> str:
    found = office.person(ident)
    return found.short if found is not None else ident


async def _uses(session: Session, since: date) -> Counter[tuple[str, str]]:
    """How often what happened, by template ('' without one)."""
    rows = await session.execute(
        select(uses.c.template, uses.c.what, func.sum(uses.c.times))
        .where(uses.c.day >= since)
        .group_by(uses.c.template, uses.c.what)
    )
    return Counter({(row[0], row[1]): int(row[2]) for row in rows})


# --- asked and not found ----------------------------------------------------------------------------------


async def _not_found(session: Session, since: date, titles: Mapping[str, str]) -> tuple[tuple[NotFound, ...], int]:
    table = unanswered.c
    rows = list(
        await session.execute(
            select(table.words, table.outcome, table.nearest)
            .where(table.day >= since)
            .order_by(table.day.desc(), table.id)
            .limit(MOST_QUESTIONS)
        )
    )
    total = len(rows)
    if total == MOST_QUESTIONS:
        counted = select(func.count()).select_from(unanswered).where(table.day >= since)
        total = (await session.execute(counted)).scalar_one()
    groups = group([row.words for row in rows], GROUPS)
    return tuple(_of_group(rows, one.members, titles) for one in groups), total


def _of_group(rows: Sequence[Any], members: Iterable[int], titles: Mapping[str, str]) -> NotFound:
    members = list(members)
    near: Counter[str] = Counter()
    for number in members:
        offered = [ident for ident in rows[number].nearest.split() if ident in titles]
        # What stood first was nearer than what stood third.
        near.update({ident: len(offered) - place for place, ident in enumerate(offered)})
    outcomes = Counter(rows[number].outcome for number in members)
    nearest = tuple((ident, titles[ident]) for ident, _ in near.most_common(2))
    return NotFound(rows[members[0]].words, len(members), dict(outcomes), nearest)


# --- what waits for an editor -----------------------------------------------------------------------------


async def _wordings(session: Session, titles: Mapping[str, str]) -> tuple[tuple[Wording, ...], int]:
    waiting = phrasings.c.state == "waiting"
    rows = await session.execute(
        select(phrasings.c.words, phrasings.c.template, phrasings.c.times, phrasings.c.origin)
        .where(waiting)
        .order_by(phrasings.c.times.desc(), phrasings.c.id)
        .limit(GROUPS)
    )
    found = tuple(Wording(r.words, r.template, titles.get(r.template, r.template), r.times, r.origin) for r in rows)
    if len(found) < GROUPS:
        return found, len(found)
    return found, (await session.execute(select(func.count()).select_from(phrasings).where(waiting))).scalar_one()


async def _drafts(session: Session, office: Office) -> tuple[Waiting, ...]:
    """What is worked on, the longest waiting first."""
    rows = await session.execute(
        select(versions)
        .join(templates, (templates.c.id == versions.c.template) & (templates.c.draft == versions.c.number))
        .where(versions.c.status.in_(("draft", "approved")))
        .order_by(versions.c.made_at, versions.c.template)
    )
    return tuple(
        Waiting(
            row.template,
            office.text(json.loads(row.content)["title"], office.languages[0]),
            row.number,
            _person(office, row.author),
            row.made_at if row.made_at.tzinfo else row.made_at.replace(tzinfo=UTC),
            row.status == "approved",
        )
        for row in rows
    )


async def _authors(session: Session, office: Office, since: date) -> tuple[tuple[str, int, int], ...]:
    """Who is credited with accepted templates (requirements 3.14, 6.17): a template counts once for its author."""
    begin = datetime.combine(since, time(), UTC)
    rows = await session.execute(
        select(versions.c.author, versions.c.template, func.max(versions.c.approved_at))
        .where(versions.c.approved_at.is_not(None), versions.c.status.in_(("approved", "published", "past")))
        .group_by(versions.c.author, versions.c.template)
    )
    ever: Counter[str] = Counter()
    lately: dict[str, int] = defaultdict(int)
    for author, _, approved_at in rows:
        name = _person(office, author)
        at = approved_at if approved_at.tzinfo else approved_at.replace(tzinfo=UTC)
        ever[name] += 1
        lately[name] += at >= begin
    return tuple((name, lately[name], times) for name, times in ever.most_common())
