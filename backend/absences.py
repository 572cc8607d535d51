"""Who is away, until when, and who stands in for him. Rights return by themselves when the days are over."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from backend.db import Moment, table_of


class Absence(SQLModel, table=True):
    """`since` and `until` are whole days of the office, both included. Without a substitute the chain goes on to the
    deputy. An absence that ends early gets an earlier `until`; rows stay as the record of who answered when."""

    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(max_length=40, index=True)
    since: date
    until: date = Field(index=True)
    substitute: str | None = Field(default=None, max_length=40)
    entered_by: str = Field(max_length=120)
    entered_at: datetime = Field(sa_type=Moment)


table = table_of(Absence)
