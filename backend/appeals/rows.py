"""The tables of appeals. What names or quotes a person is sealed: the database alone, without SECRET_KEY, reads as
numbers, dates and stages (requirement 9.02)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from backend.db import Moment, table_of


class Appeal(SQLModel, table=True):
    """One appeal. `means` is what its stage means to the rules, kept beside it for the indexes; `open`: an answer is
    still owed. `started_on`: the day from which the present term counts (registration, or reopening). `complained`:
    ids of persons complained of, each between spaces. `text` and `applicant` are sealed; `summary` is what lists show
    and holds no personal data. `code`: keyed hash of the secret code. `source`, `outside`: the number in another
    system, for import and export."""

    __table_args__ = (
        UniqueConstraint("source", "outside"),
        # With what a worklist asks of each, so that counting one reads the index alone.
        Index("ix_appeal_worklist", "holder", "open", "due_on", "id", "blocked", "complained"),
        Index("ix_appeal_open_due", "open", "due_on", "id", "blocked", "complained"),
        # All that the report counts: over years it reads this alone, not the rows with their sealed texts.
        Index(
            "ix_appeal_report",
            *("registered_on", "kind", "unit", "topic", "point", "way", "means", "open", "in_time", "legal_on"),
            *("due_on", "extended", "reopened", "answers", "answered_on", "clear"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(max_length=40, unique=True)
    kind: str = Field(max_length=24)
    way: str = Field(max_length=24)
    channel: str = Field(default="", max_length=16)  # where the client sent it himself
    topic: str = Field(default="", max_length=24)
    service: str | None = Field(default=None, max_length=24)
    point: str | None = Field(default=None, max_length=24)
    unit: str = Field(default="", max_length=24)
    summary: str = Field(default="", max_length=200)
    stage: str = Field(max_length=24, index=True)
    means: str = Field(max_length=12)
    open: bool = Field(default=True)
    stage_at: datetime = Field(sa_type=Moment)
    received_on: date
    registered_at: datetime = Field(sa_type=Moment)
    registered_on: date
    started_on: date
    extended: int = Field(default=0)
    legal_on: date
    due_on: date
    promised_on: date | None = Field(default=None)  # told to the client after a miss (requirement 4.20)
    holder: str | None = Field(default=None, max_length=40)
    complained: str = Field(default="", max_length=200)
    applicant_kind: str = Field(default="", max_length=12)
    applicant: str = Field(default="")
    text: str = Field(default="")
    code: str = Field(default="", max_length=32)
    answered_on: date | None = Field(default=None)  # the first answer, redirection or refusal
    in_time: bool | None = Field(default=None)
    ended_on: date | None = Field(default=None, index=True)
    reason: str = Field(default="", max_length=24)
    reopened: int = Field(default=0)
    reopen_until: date | None = Field(default=None)
    answers: int = Field(default=0)
    clear: int | None = Field(default=None)  # survey B: is the answer clear, 1–5
    solved: str = Field(default="", max_length=8)  # survey B: yes, partly, no, early
    version: int = Field(default=1)
    reminded: int | None = Field(default=None)  # the nearest reminder that went out, in days
    late_told: date | None = Field(default=None)
    source: str | None = Field(default=None, max_length=24)
    outside: str | None = Field(default=None, max_length=60)
    keep_until: date | None = Field(default=None, index=True)
    entered_by: str = Field(default="", max_length=120)
    blocked: bool = Field(default=False)  # the client has demanded deletion: nobody uses it any more
    destroyed_on: date | None = Field(default=None)  # only numbers, dates and stages are left


class AppealEvent(SQLModel, table=True):
    """What happened to an appeal; rows are only added. `public`: the client sees it. `data`: JSON without personal
    data; `sealed`: words of client or staff, as JSON."""

    __tablename__ = "appeal_event"
    id: int | None = Field(default=None, primary_key=True)
    appeal: int = Field(index=True)
    at: datetime = Field(sa_type=Moment)
    by: str = Field(max_length=120)  # a person's id, `client` or `system`
    kind: str = Field(max_length=16)
    stage: str = Field(default="", max_length=24)
    public: bool = Field(default=True)
    data: str = Field(default="{}")
    sealed: str = Field(default="")


class Follower(SQLModel, table=True):
    """A chat that gave number and code. `since`: when it did so last; notices go to the newest one that takes them."""

    __tablename__ = "appeal_follower"
    __table_args__ = (UniqueConstraint("appeal", "address"),)

    id: int | None = Field(default=None, primary_key=True)
    appeal: int = Field(index=True)
    address: str = Field(max_length=32, index=True)
    channel: str = Field(max_length=16)
    sealed: str = Field(default="")
    language: str = Field(max_length=8)
    since: datetime = Field(sa_type=Moment)
    filed: bool = Field(default=False)  # sent from this very chat
    hidden: bool = Field(default=False)  # taken off the list; kept while it tells whose deletion concerns the appeal
    notices: bool = Field(default=True)
    reachable: bool = Field(default=True)


class Presence(SQLModel, table=True):
    """Who has an appeal open right now, so that two people see each other."""

    __tablename__ = "appeal_presence"
    appeal: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    person: str = Field(primary_key=True, max_length=40)
    at: datetime = Field(sa_type=Moment)
    doing: str = Field(default="", max_length=16)


class Guess(SQLModel, table=True):
    """Wrong codes of a client, or for a number (keyed hashes of either). Swept after a day."""

    __tablename__ = "appeal_guess"
    key: str = Field(primary_key=True, max_length=32)
    wrong: int = Field(default=0)
    until: datetime | None = Field(default=None, sa_type=Moment)
    at: datetime = Field(sa_type=Moment, index=True)


class Series(SQLModel, table=True):
    """The last number of a series in a year: one row, one lock, no gaps."""

    __tablename__ = "appeal_series"
    series: str = Field(primary_key=True, max_length=3)
    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int


class Draft(SQLModel, table=True):
    """What a client has written so far, sealed; kept while he writes, `draft_days` at most."""

    __tablename__ = "appeal_draft"
    chat: str = Field(primary_key=True, max_length=32)
    kind: str = Field(max_length=24)
    sealed: str
    touched_on: date = Field(index=True)


class AppealFile(SQLModel, table=True):
    """A stored file. `event`: what it came with. `name`, the client's own, is sealed."""

    __tablename__ = "appeal_file"
    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    appeal: int = Field(index=True)
    event: int
    by: str = Field(max_length=120)
    stored: str = Field(max_length=60, unique=True)
    kind: str = Field(max_length=100)
    size: int
    name: str
    public: bool = Field(default=True)
    at: datetime = Field(sa_type=Moment)


class Erasure(SQLModel, table=True):
    """A demand for deletion, and then its record: what was destroyed, counted, without any of it. `chat` is emptied
    when it is done. `basis`: `demand` of the client, or `retention` – the term of keeping is over."""

    id: int | None = Field(default=None, primary_key=True)
    basis: str = Field(max_length=12)
    chat: str = Field(default="", max_length=32, index=True)
    asked_at: datetime = Field(sa_type=Moment)
    due_on: date = Field(index=True)
    done_at: datetime | None = Field(default=None, sa_type=Moment)
    counts: str = Field(default="{}")


appeals = table_of(Appeal)
events = table_of(AppealEvent)
followers = table_of(Follower)
presence = table_of(Presence)
guesses = table_of(Guess)
series = table_of(Series)
drafts = table_of(Draft)
files = table_of(AppealFile)
erasures = table_of(Erasure)
