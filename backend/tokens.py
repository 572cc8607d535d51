"""Personal tokens of the HTTP API: made by the administrator, kept as a hash, ended at any time."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from backend.db import Moment, table_of


class ApiToken(SQLModel, table=True):
    """`label`: what it is for («электронная очередь»)."""

    __tablename__ = "api_token"
    hash: str = Field(primary_key=True, max_length=64)
    person: str = Field(max_length=40, index=True)
    label: str = Field(max_length=80)
    made_at: datetime = Field(sa_type=Moment)
    expires_on: date
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    used_on: date | None = Field(default=None)


table = table_of(ApiToken)
