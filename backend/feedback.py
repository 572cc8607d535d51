"""Responses to surveys: kept answer by answer while open, untied from their author when finished.

While a survey is open the response is tied to the chat (`open_chat`). When it is finished the tie becomes an HMAC over
the secret of the day (`tie`), so that the mark can still be changed today; the secret is destroyed at the end of the
office's day, and from then on nothing links the response to anyone.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from backend.db import Moment, Session, insert_new, table_of
from backend.identity import Keys

Answers = dict[str, list[str] | str]


class Response(SQLModel, table=True):
    __table_args__ = (
        Index("ix_response_hour", "hour"),  # what came lately, anywhere
        Index("ix_response_subject_hour", "subject", "hour"),  # and of one subject
        # All that figures count, in the order they group by; a response without a mark costs it nothing.
        Index(
            "ix_response_figures",
            *("subject_kind", "subject", "service", "survey", "version", "score", "series", "excluded", "channel"),
            sqlite_where=text("score IS NOT NULL"),
            postgresql_where=text("score IS NOT NULL"),
        ),
        # Without a hidden row number, which would tell the order of visits as well.
        {"sqlite_with_rowid": False},
    )

    # The id is random: a running number would tell the order in which people came.
    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    survey: str = Field(max_length=24)
    version: int
    subject_kind: str = Field(max_length=8)  # point, service, answer
    subject: str = Field(max_length=40)
    service: str | None = Field(default=None, max_length=24)
    channel: str = Field(max_length=16)
    language: str = Field(max_length=8)
    status: str = Field(default="open", max_length=8, index=True)  # open, changing, partial, complete
    score: int | None = Field(default=None)
    answers: str = Field(default="{}")
    hour: datetime = Field(sa_type=Moment)
    closes_on: date
    open_chat: str | None = Field(default=None, max_length=32, index=True)
    tie: str | None = Field(default=None, max_length=48, index=True)
    changing_on: date | None = Field(default=None)
    series: bool = Field(default=False)
    excluded: bool = Field(default=False)  # spam or a double, with its reason in `exclusion`


class ScoreChange(SQLModel, table=True):
    """What a mark was before it was changed; the last one counts, the history stays."""

    __tablename__ = "score_change"
    id: int | None = Field(default=None, primary_key=True)
    response: int = Field(sa_column=Column(BigInteger, index=True, nullable=False))
    before: int | None
    after: int | None
    hour: datetime = Field(sa_type=Moment)


class DaySecret(SQLModel, table=True):
    __tablename__ = "day_secret"
    day: date = Field(primary_key=True)
    secret: bytes


class SurveyVersion(SQLModel, table=True):
    """A survey as it was when answered: open responses go on with their own version."""

    __tablename__ = "survey_version"
    survey: str = Field(primary_key=True, max_length=24)
    version: int = Field(primary_key=True)
    definition: str


response = table_of(Response)
score_change = table_of(ScoreChange)
day_secret = table_of(DaySecret)
survey_version = table_of(SurveyVersion)

# Statements of every turn are built once: building one costs as much as running it.
_INSERT = insert(response)
_LOAD = select(response).where(response.c.id == bindparam("i"), response.c.open_chat == bindparam("chat"))
_OPEN_OF = select(response).where(response.c.open_chat == bindparam("chat")).limit(1)
_OF_TODAY = select(response).where(response.c.tie == bindparam("t")).limit(1)
_ONE = select(response).where(response.c.id == bindparam("i"))
_KEEP = (
    update(response)
    .where(response.c.id == bindparam("i"))
    .values(answers=bindparam("new_answers"), score=bindparam("new_score"))
)
_FINISH = _KEEP.values(status="complete", open_chat=None, changing_on=None, tie=bindparam("new_tie"))


@dataclass(frozen=True, slots=True)
class Subject:
    """What is rated. `kind`: point (by code), service (by code) or answer (by task number)."""

    kind: str
    id: str
    service: str | None = None


def answers_of(row: Any) -> Answers:
    found: Answers = json.loads(row.answers)
    return found


async def open_response(
    session: Session,
    *,
    survey: str,
    version: int,
    subject: Subject,
    channel: str,
    language: str,
    chat: str,
    hour: datetime,
    closes_on: date,
) -> int:
    """Begin a response tied to the chat; gives its id."""
    ident = secrets.randbits(62)
    await session.execute(
        _INSERT,
        {
            "id": ident,
            "survey": survey,
            "version": version,
            "subject_kind": subject.kind,
            "subject": subject.id,
            "service": subject.service,
            "channel": channel,
            "language": language,
            "status": "open",
            "answers": "{}",
            "hour": hour,
            "closes_on": closes_on,
            "open_chat": chat,
            "series": False,
            "excluded": False,
        },
    )
    return ident


async def load(session: Session, ident: int, chat: str) -> Any | None:
    """The open response of this very chat, or None when it was closed, finished or forgotten meanwhile."""
    return (await session.execute(_LOAD, {"i": ident, "chat": chat})).first()


async def open_of(session: Session, chat: str) -> Any | None:
    """The response that this chat has open, if any."""
    return (await session.execute(_OPEN_OF, {"chat": chat})).first()


async def any_response(session: Session, ident: int) -> Any | None:
    return (await session.execute(_ONE, {"i": ident})).first()


async def keep_answers(session: Session, ident: int, answers: Mapping[str, object], score: int | None) -> None:
    """Store what was answered so far; the score follows from it."""
    kept = {"i": ident, "new_answers": json.dumps(answers, ensure_ascii=False), "new_score": score}
    await session.execute(_KEEP, kept)


async def keep_change(session: Session, ident: int, before: int | None, after: int | None, hour: datetime) -> None:
    await session.execute(insert(score_change).values(response=ident, before=before, after=after, hour=hour))


async def finish(
    session: Session, ident: int, *, answers: Mapping[str, object], score: int | None, tie: str | None
) -> None:
    """Close the response: from here on it is tied to the author only by the day's HMAC."""
    kept = {"i": ident, "new_answers": json.dumps(answers, ensure_ascii=False), "new_score": score}
    await session.execute(_FINISH, kept | {"new_tie": tie})


async def finish_kept(session: Session, ident: int, chat: str, tie: str) -> bool:
    """Close a response whose answers are stored already; False when it is not open in this chat any more."""
    done = await session.execute(
        update(response)
        .where(response.c.id == ident, response.c.open_chat == chat)
        .values(status="complete", open_chat=None, changing_on=None, tie=tie)
    )
    return bool(done.rowcount)


async def with_ties(session: Session, ties: list[str]) -> list[Any]:
    return list(await session.execute(select(response).where(response.c.tie.in_(ties))))


async def rated_today(session: Session, day: date) -> list[tuple[Subject, str]]:
    """What anybody has rated today, with its survey: only of these can a chat have a tie."""
    kinds = (response.c.subject_kind, response.c.subject, response.c.survey)
    # Nearly all responses have no tie: that it is one at all is what the index answers.
    of_the_day = and_(response.c.tie.is_not(None), response.c.tie.like(f"{day.isoformat()}.%"))
    return [(Subject(r[0], r[1]), r[2]) for r in await session.execute(select(*kinds).where(of_the_day).distinct())]


async def tied_today(session: Session, day: date, ending: int, bits: int) -> list[Any]:
    """Today's finished responses whose ids end in these bits: a few at most, and the author's own among them."""
    of_the_day = and_(response.c.tie.is_not(None), response.c.tie.like(f"{day.isoformat()}.%"))
    ends = response.c.id.op("&")((1 << bits) - 1) == ending
    return list(await session.execute(select(response).where(of_the_day, ends)))


async def leave(session: Session, ident: int, tie: str | None) -> None:
    """The client went away from an open survey: with the main question answered it counts, else nothing remains."""
    await session.execute(
        update(response)
        .where(response.c.id == ident, response.c.score.is_not(None))
        .values(status="partial", open_chat=None, tie=tie)
    )
    await session.execute(delete(response).where(response.c.id == ident, response.c.open_chat.is_not(None)))


def tie_of(keys: Keys, secret: bytes, day: date, chat: str, subject: Subject, survey: str) -> str:
    """What ties a finished response to its author's chat while the secret of that day lives."""
    return f"{day.isoformat()}.{keys.tie(secret, f'{chat}|{subject.kind}:{subject.id}|{survey}')}"


async def of_today(session: Session, tie: str) -> Any | None:
    """What this author has already given today for this subject."""
    return (await session.execute(_OF_TODAY, {"t": tie})).first()


async def reopen(session: Session, ident: int, chat: str, today: date) -> None:
    """Let the author change the response he gave today."""
    await session.execute(
        update(response)
        .where(response.c.id == ident)
        .values(open_chat=chat, tie=None, status="changing", changing_on=today)
    )


async def known_secret(session: Session, day: date) -> bytes | None:
    """The day's secret if there is one already."""
    found = (await session.execute(select(day_secret.c.secret).where(day_secret.c.day == day))).scalar()
    return None if found is None else bytes(found)


async def secret_of(session: Session, day: date) -> bytes:
    """The day's secret, made at the first need."""
    found = await known_secret(session, day)
    if found is None:
        # Another process may make it at the same moment: what the table holds afterwards counts.
        await insert_new(session, day_secret, [{"day": day, "secret": os.urandom(32)}])
        found = await known_secret(session, day)
    if found is None:  # pragma: no cover - the insert above makes it
        raise LookupError("no secret of the day")
    return found


async def end_of_day(session: Session, today: date) -> None:
    """Destroy the secrets of past days, and the ties that only they could recompute. A mark that was being changed
    counts as it stands."""
    await session.execute(delete(day_secret).where(day_secret.c.day < today))
    yesterday = response.c.changing_on < today
    await session.execute(
        update(response)
        .where(response.c.status == "changing", yesterday)
        .values(status="complete", open_chat=None, changing_on=None)
    )
    past = and_(response.c.tie.is_not(None), response.c.tie.not_like(f"{today.isoformat()}%"))
    await _rewrite(session, past, tie=None)


async def _rewrite(session: Session, these: Any, **values: Any) -> None:
    """Change these responses so that the order of rows does not tell in which order people answered. SQLite keeps them
    by their random ids; PostgreSQL keeps and dumps them as they came, and conversations too: side by side, the two
    orders would name the author of each mark. So there they are taken out and put back by id."""
    if session.dialect.name == "sqlite":
        await session.execute(update(response).where(these).values(**values))
        return
    out = delete(response).where(these).returning(*response.c).cte("taken_out")
    columns = [literal(values[c.name], c.type).label(c.name) if c.name in values else out.c[c.name] for c in response.c]
    back = insert(response).from_select([c.name for c in response.c], select(*columns).order_by(out.c.id))
    await session.execute(back.add_cte(out))


async def close_old(session: Session, today: date) -> None:
    """Surveys left open past their closing date: counted when the main question was answered, else removed."""
    old = and_(response.c.open_chat.is_not(None), response.c.closes_on < today)
    await session.execute(delete(response).where(old, response.c.score.is_(None)))
    await _rewrite(session, old, status="partial", open_chat=None)


async def forget_chat(session: Session, chat: str, ties: list[str]) -> None:
    """Deletion asked by the client: open answers go; finished ones lose their last tie and stay, as nobody's."""
    await session.execute(delete(response).where(response.c.open_chat == chat, response.c.score.is_(None)))
    await session.execute(
        update(response)
        .where(or_(response.c.open_chat == chat, response.c.tie.in_(ties)))
        .values(status="complete", open_chat=None, tie=None)
    )


async def low_today(session: Session, subject: str, since: datetime, upto: int) -> int:
    """How many low marks this subject got since (the start of the office's day)."""
    return (
        await session.execute(
            select(func.count())
            .select_from(response)
            .where(
                response.c.subject == subject,
                response.c.hour >= since,
                response.c.score <= upto,
                response.c.excluded.is_(False),
            )
        )
    ).scalar_one()


async def keep_survey(session: Session, survey: str, version: int, definition: str) -> None:
    await insert_new(session, survey_version, [{"survey": survey, "version": version, "definition": definition}])


async def kept_survey(session: Session, survey: str, version: int) -> str | None:
    found: str | None = (
        await session.execute(
            select(survey_version.c.definition).where(
                survey_version.c.survey == survey, survey_version.c.version == version
            )
        )
    ).scalar()
    return found


async def was_answered(session: Session, survey: str, version: int) -> bool:
    found = await session.execute(
        select(response.c.id).where(response.c.survey == survey, response.c.version == version).limit(1)
    )
    return found.first() is not None


async def replace_survey(session: Session, survey: str, version: int, definition: str) -> None:
    """Only for a version that nobody has answered."""
    await session.execute(
        update(survey_version)
        .where(survey_version.c.survey == survey, survey_version.c.version == version)
        .values(definition=definition)
    )


# --- figures ----------------------------------------------------------------------------------------------

OF_PERSONS = "appeal"  # the last of the kinds of subject of which each stands for one client's affair
SERIES_SIZE = 30  # equal marks of one subject within an hour (requirements 9.15)


@dataclass(slots=True)
class Tally:
    """Marks of one subject by one survey: how many of each value, how many of them belong to a suspicious series, and
    how many were taken out of the count (`marks` and `series` hold none of these). `channel` is empty unless asked."""

    kind: str
    ident: str
    survey: str
    version: int
    channel: str
    marks: dict[int, int] = field(default_factory=dict)
    series: int = 0
    excluded: int = 0


async def tallies(session: Session, *, by_channel: bool = False) -> list[Tally]:
    """Marks per point, per service and for all answers of staff, counted by the database in one pass over its index. A
    mark at a point with a single service counts for both. «Затрудняюсь ответить» has no mark and is not counted."""
    c = response.c
    groups = [c.subject_kind, c.subject, c.service, c.survey, c.version, c.score, c.series, c.excluded]
    if by_channel:
        groups.append(c.channel)
    of_all = select(*groups, func.count()).where(c.score.is_not(None)).group_by(*groups)
    # «answer» and «appeal» come first in the alphabet, so both queries read one end of the index each. Every answer of
    # staff and every appeal is a subject of its own: grouped apart, each kind is one row instead of one for each.
    plain = [group for group in groups if group not in (c.subject, c.service)]
    of_answers = (
        select(c.subject_kind, literal(""), null(), *plain[1:], func.count())
        .where(c.score.is_not(None), c.subject_kind <= OF_PERSONS)
        .group_by(*plain)
    )
    rows = [*await session.execute(of_all.where(c.subject_kind > OF_PERSONS)), *await session.execute(of_answers)]
    found: dict[tuple[str, str, str, int, str], Tally] = {}
    for kind, subject, service, survey, version, score, series, excluded, *more in rows:
        channel, count = (more[0], more[1]) if by_channel else ("", more[0])
        if survey == "bot":
            kind = "bot"  # an indicator of its own, never mixed with visits (requirements 1.10)
        keys = [(kind, subject, survey, version, channel)]
        if service is not None and kind == "point":
            keys.append(("service", service, survey, version, channel))
        for key in keys:
            tally = found.get(key)
            if tally is None:
                tally = found[key] = Tally(*key)
            if excluded:
                tally.excluded += count
                continue
            tally.marks[score] = tally.marks.get(score, 0) + count
            tally.series += count if series else 0
    return list(found.values())


async def answer_tallies(
    session: Session, survey: str, version: int, questions: Sequence[str]
) -> dict[tuple[str, str, str], dict[int, int]]:
    """Marks of single questions of one survey, by subject kind, subject and question: for instruments of several
    scales. What was taken out of the count is left out here too."""
    if not questions:
        return {}
    c = response.c
    sqlite = session.dialect.name == "sqlite"
    given = [
        func.json_extract(c.answers, f"$.{question}[0]") if sqlite else cast(c.answers, JSONB)[question][0].astext
        for question in questions
    ]
    rows = select(c.subject_kind, c.subject, *(g.label(f"q{n}") for n, g in enumerate(given)))
    of_survey = rows.where(c.survey == survey, c.version == version, c.excluded.is_(False)).subquery()
    counted = await session.execute(select(of_survey, func.count()).group_by(*of_survey.c))
    found: dict[tuple[str, str, str], dict[int, int]] = {}
    for kind, subject, *marks, count in counted:
        for question, mark in zip(questions, marks, strict=True):
            if mark is None or not mark.isdecimal():
                continue
            of_question = found.setdefault((kind, subject, question), {})
            of_question[int(mark)] = of_question.get(int(mark), 0) + count
    return found


async def mark_series(session: Session, since: datetime) -> int:
    """Mark equal marks of one subject that came in a mass within one hour. They are shown, never removed."""
    # Two steps, kept apart by the limit: else SQLite reads all years in the order of the groups.
    marks = select(response.c.subject, response.c.hour, response.c.score).where(response.c.hour >= since)
    of = marks.limit(1_000_000).subquery().c
    groups = await session.execute(
        select(of.subject, of.hour, of.score)
        .where(of.score.is_not(None))
        .group_by(of.subject, of.hour, of.score)
        .having(func.count() >= SERIES_SIZE)
    )
    count = 0
    for subject, hour, score in groups.all():
        done = await session.execute(
            update(response)
            .where(
                response.c.subject == subject,
                response.c.hour == hour,
                response.c.score == score,
                response.c.series.is_(False),
            )
            .values(series=True)
        )
        count += done.rowcount
    return count
