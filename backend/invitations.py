"""Invitations to rate a visit that another system has reported: seldom, never at night, and easy to end.

Requirement 1.03, domain.md 6.1, 6.4–6.7. The other system knows a client only by the opaque link that he gave it.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from backend.calendar import WorkCalendar
from backend.db import Moment, Session, table_of
from backend.office.model import Office


class ClientLink(SQLModel, table=True):
    """The opaque link of a client who agreed to be invited: the keyed hash of it, and the sealed way back."""

    __tablename__ = "client_link"
    link: str = Field(primary_key=True, max_length=32)
    chat: str = Field(max_length=32, unique=True)  # key of his conversation
    channel: str = Field(max_length=16)
    sealed: str
    language: str = Field(max_length=8)
    made_on: date


class Invitation(SQLModel, table=True):
    """One reported visit. What was visited is forgotten when it ends; the day it was sent stays for the frequency."""

    id: int | None = Field(default=None, primary_key=True)
    cause: str = Field(max_length=80, unique=True)  # keyed hash of the other system's id: the same visit once
    chat: str = Field(max_length=32, index=True)
    subject_kind: str = Field(default="", max_length=8)
    subject: str = Field(default="", max_length=40)
    service: str | None = Field(default=None, max_length=24)
    state: str = Field(max_length=10, index=True)  # planned, sent, reminded, answered, refused, dropped
    why: str = Field(default="", max_length=20)  # why it was dropped: often, quarter, stopped, old, unreachable
    due_at: datetime = Field(sa_type=Moment, index=True)
    sent_on: date | None = Field(default=None)
    made_on: date


links = table_of(ClientLink)
invitations = table_of(Invitation)


async def run(session: Session, office: Office, calendar: WorkCalendar, now: datetime) -> None:
    """Write the notices of invitations and reminders that are due; close old ones."""
