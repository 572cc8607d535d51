"""Consents: one record for each purpose, given by its own message and button, with the version and the hash of the text
that was read, revocable at any time (152-ФЗ, article 9 in the wording of 01.09.2025; domain.md, section 3).

The chat is known by its keyed hash alone. Records stay three years after their end: they prove what was agreed to.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, delete, insert, select, update
from sqlmodel import Field, SQLModel

from backend.appeals.model import Consent
from backend.db import Moment, Session, insert_new, table_of
from backend.office.model import Office

KEPT_DAYS: Final = 3 * 366


class ConsentRow(SQLModel, table=True):
    __tablename__ = "consent"
    id: int | None = Field(default=None, primary_key=True)
    chat: str = Field(max_length=32, index=True)
    purpose: str = Field(max_length=24)
    version: int
    text_hash: str = Field(max_length=64)
    language: str = Field(max_length=8)
    channel: str = Field(max_length=16)
    given_at: datetime = Field(sa_type=Moment)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Moment)
    keep_until: date | None = Field(default=None, index=True)


class ConsentText(SQLModel, table=True):
    """The very words behind a hash: kept as long as anybody may ask what was agreed to."""

    __tablename__ = "consent_text"
    hash: str = Field(primary_key=True, max_length=64)
    purpose: str = Field(max_length=24)
    version: int
    language: str = Field(max_length=8)
    text: str
    since: date


table = table_of(ConsentRow)
texts = table_of(ConsentText)


def hash_of(consent: Consent, language: str) -> str:
    return hashlib.sha256(consent.text(language).encode()).hexdigest()


async def keep_texts(session: Session, office: Office, today: date) -> list[str]:
    """Keep the texts in force, at the start. Gives what is wrong: a text that changed without a new version."""
    faults = []
    for consent in office.consents:
        for language in office.languages:
            digest = hash_of(consent, language)
            same = and_(
                texts.c.purpose == consent.purpose,
                texts.c.version == consent.version,
                texts.c.language == language,
            )
            known = (await session.execute(select(texts.c.hash).where(same))).scalar()
            if known is not None and known != digest:
                used = await session.execute(select(table.c.id).where(table.c.text_hash == known).limit(1))
                if used.first() is not None:
                    faults.append(
                        f"consents.yaml: {consent.purpose}: version {consent.version} was agreed to already and its "
                        f"text ({language}) differs now; give the changed text version {consent.version + 1}"
                    )
                    continue
                await session.execute(delete(texts).where(texts.c.hash == known))
            row = {
                "hash": digest,
                "purpose": consent.purpose,
                "version": consent.version,
                "language": language,
                "text": consent.text(language),
                "since": today,
            }
            await insert_new(session, texts, [row])
    return faults


async def given(session: Session, office: Office, chat: str, purpose: str) -> bool:
    """Whether this chat agrees to this purpose in the version in force: an older one is asked anew before the next
    use."""
    consent = office.consent(purpose)
    if consent is None:
        return False
    found = await session.execute(
        select(table.c.id).where(
            table.c.chat == chat,
            table.c.purpose == purpose,
            table.c.version == consent.version,
            table.c.withdrawn_at.is_(None),
        )
    )
    return found.first() is not None


async def give(
    session: Session, office: Office, chat: str, channel: str, purpose: str, language: str, now: datetime
) -> None:
    """Record that he agreed, to what, when and where. Pressed twice, it is one record."""
    consent = office.consent(purpose)
    if consent is None:
        raise ValueError(f"no consent for {purpose}")
    if await given(session, office, chat, purpose):
        return
    await _end(session, and_(table.c.chat == chat, table.c.purpose == purpose), now)  # of an older version
    await session.execute(
        insert(table).values(
            chat=chat,
            purpose=purpose,
            version=consent.version,
            text_hash=hash_of(consent, language if language in office.languages else office.languages[0]),
            language=language,
            channel=channel,
            given_at=now,
        )
    )


async def withdraw(session: Session, chat: str, now: datetime, purpose: str | None = None) -> int:
    """From now on nothing happens under it any more. Gives how many were in force."""
    these = table.c.chat == chat
    if purpose is not None:
        these = and_(these, table.c.purpose == purpose)
    return await _end(session, these, now)


async def _end(session: Session, these: Any, now: datetime) -> int:
    done = await session.execute(
        update(table)
        .where(these, table.c.withdrawn_at.is_(None))
        .values(withdrawn_at=now, keep_until=(now + timedelta(days=KEPT_DAYS)).date())
    )
    return done.rowcount


async def of_chat(session: Session, chat: str) -> list[Any]:
    """All records of this chat, the newest first."""
    return list(await session.execute(select(table).where(table.c.chat == chat).order_by(table.c.id.desc())))


async def text_of(session: Session, text_hash: str) -> str:
    """The words that were agreed to."""
    return (await session.execute(select(texts.c.text).where(texts.c.hash == text_hash))).scalar() or ""


async def forget_old(session: Session, today: date) -> None:
    await session.execute(delete(table).where(table.c.keep_until < today))
