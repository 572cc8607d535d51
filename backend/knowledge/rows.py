"""Tables of the knowledge base.

A template has numbered versions; at most one is published, at most one is being worked on. What people ask is kept
only as far as the office needs it: counts by day, and the masked words of questions that nobody could answer.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from backend.db import Moment, table_of


class TemplateRow(SQLModel, table=True):
    """`published`, `draft`: numbers of versions. `owner`, `review_on`, `internal` are those of the published version
    (of the draft, while nothing is published). `edits` grows with every change: who edits names the value that he has
    seen. `reviewed`, `reminded`: the day of review for which a task was opened, of which its owner was reminded."""

    __tablename__ = "template"
    id: str = Field(primary_key=True, max_length=32)
    published: int | None = Field(default=None)
    draft: int | None = Field(default=None)
    last: int = Field(default=0)  # the highest number given
    owner: str = Field(max_length=40, index=True)
    category: str = Field(max_length=24, index=True)
    review_on: date = Field(index=True)
    internal: bool = Field(default=False)
    withdrawn: bool = Field(default=False)
    edits: int = Field(default=1)
    changed_at: datetime = Field(sa_type=Moment)
    changed_by: str = Field(default="", max_length=120)
    reviewed: date | None = Field(default=None)
    reminded: date | None = Field(default=None)


class VersionRow(SQLModel, table=True):
    """`status`: draft, approved, published, past (was published or is no longer worked on), refused. `content`: the
    Template as JSON. `author`: who began it; `hands`: all who have written in it, separated by spaces: none of them may
    approve it. `accepted`: warnings that were accepted, with the reason, as JSON. `source`: file, api, or the task
    whose answer it came from (`task:12`). `reason`: why it was refused."""

    __tablename__ = "template_version"
    template: str = Field(primary_key=True, max_length=32)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    status: str = Field(max_length=10)
    content: str
    author: str = Field(max_length=120)
    hands: str = Field(default="")
    made_at: datetime = Field(sa_type=Moment)
    accepted: str = Field(default="")
    source: str = Field(default="", max_length=40)
    reason: str = Field(default="")
    approved_by: str = Field(default="", max_length=120)
    approved_at: datetime | None = Field(default=None, sa_type=Moment)
    published_at: datetime | None = Field(default=None, sa_type=Moment)


class Phrasing(SQLModel, table=True):
    """How clients have worded a question (masked), waiting for an editor: learnt only once he accepts it. `origin`:
    choice (a client took this one of the choices), task (a person answered it). `state`: waiting, accepted, refused."""

    __tablename__ = "phrasing"
    __table_args__ = (UniqueConstraint("template", "words"),)
    id: int | None = Field(default=None, primary_key=True)
    template: str = Field(max_length=32, index=True)
    words: str = Field(max_length=300)
    language: str = Field(max_length=8)
    origin: str = Field(max_length=8)
    times: int = Field(default=1)
    state: str = Field(default="waiting", max_length=8, index=True)
    last_on: date
    by: str = Field(default="", max_length=120)


class TemplateUse(SQLModel, table=True):
    """Counts of a day, never of a person. `what`: answered, offered, chosen, helped, unhelped; without a template (''):
    asked, unknown, neither, handed, and the like."""

    __tablename__ = "template_use"
    day: date = Field(primary_key=True)
    template: str = Field(primary_key=True, max_length=32)
    what: str = Field(primary_key=True, max_length=12)
    times: int = Field(default=0)


class Unanswered(SQLModel, table=True):
    """A question that no template answered, masked, with nothing that leads to who asked it. `outcome`: unknown
    (nothing near), neither (choices were refused), choosing (no choice was taken). `nearest`: what was offered,
    separated by spaces."""

    __tablename__ = "unanswered"
    __table_args__ = (Index("ix_unanswered_day", "day"), {"sqlite_with_rowid": False})
    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    day: date
    words: str = Field(max_length=600)
    language: str = Field(max_length=8)
    category: str = Field(default="", max_length=24)
    outcome: str = Field(max_length=10)
    nearest: str = Field(default="", max_length=120)


templates = table_of(TemplateRow)
versions = table_of(VersionRow)
phrasings = table_of(Phrasing)
uses = table_of(TemplateUse)
unanswered = table_of(Unanswered)
