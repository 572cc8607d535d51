"""What staff find in the base beside the search: templates by number or id; drafts, for those who decide about them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import select

from backend.db import Session
from backend.knowledge.model import Template
from backend.knowledge.rows import templates, versions
from backend.knowledge.templates import Published, may_edit
from backend.office.model import Person

_NUMBER = re.compile(r"(?:№|#|n|no|номер|ответ|в|v|b)?\s*[.:]?\s*(\d{1,6})")
_FIRST_NUMBER = re.compile(r"\d+")


def sees_drafts(person: Person | None) -> bool:
    """Whether he may read what is not approved yet."""
    return person is not None and may_edit(person)


async def draft(session: Session, ident: str) -> Published | None:
    """The version that is being worked on; None when there is none."""
    row = (
        await session.execute(
            select(versions.c.content, versions.c.number)
            .join(templates, (templates.c.id == versions.c.template) & (templates.c.draft == versions.c.number))
            .where(templates.c.id == ident)
        )
    ).first()
    return Published(Template.model_validate_json(row.content), row.number, None) if row else None


def named(text: str, known: Iterable[str]) -> list[str]:
    """The templates that these words name: by id, or by the number in it («В07», «№ 7» for `v07-money`)."""
    word = text.strip().casefold()
    known = list(known)
    if word in known:
        return [word]
    found = _NUMBER.fullmatch(word)
    if found is None:
        return []
    number = int(found[1])
    return [ident for ident in known if (first := _FIRST_NUMBER.search(ident)) and int(first[0]) == number]
