"""Marks taken out of the figures as spam or doubles: never deleted, always with a reason that reports show.

Requirement 1.28: problems are neither hidden nor denied; the raw record stays.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel

from backend.db import Moment, table_of


class Exclusion(SQLModel, table=True):
    """The last decision about a response; every decision is in the journal. `ended_at`: it counts again."""

    response: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    kind: str = Field(max_length=8)  # spam, double
    reason: str = Field(max_length=300)
    by: str = Field(max_length=120)
    at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


table = table_of(Exclusion)
