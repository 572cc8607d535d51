"""The life of a template: draft, approval by another person, publication, withdrawal. Every change is journalled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from backend.db import Session
from backend.knowledge.model import Template
from backend.knowledge.rows import templates, versions


@dataclass(frozen=True, slots=True)
class Published:
    """What clients may read now."""

    template: Template
    version: int
    published_at: datetime | None


async def published(session: Session, ident: str) -> Published | None:
    """The published version as its row has it now; None when there is none (any more)."""
    row = (
        await session.execute(
            select(versions.c.content, versions.c.number, versions.c.published_at)
            .join(templates, (templates.c.id == versions.c.template) & (templates.c.published == versions.c.number))
            .where(templates.c.id == ident, templates.c.withdrawn.is_(False))
        )
    ).first()
    return Published(Template.model_validate_json(row.content), row.number, row.published_at) if row else None
