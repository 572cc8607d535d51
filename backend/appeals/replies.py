"""A template of an answer, filled in: what the program knows itself, then what the clerk gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.appeals.model import Reply, fill
from backend.appeals.registration import applicant_of
from backend.identity import Keys
from backend.office.model import Office


def known(office: Office, keys: Keys, row: Any, language: str, registered: str) -> dict[str, str]:
    """Variables that the program fills in, as far as it knows them. `registered`: that day in words."""
    fields = applicant_of(keys, row)
    topic = office.topic(row.topic) if row.topic else None
    values = {
        "number": row.number,
        "registered": registered,
        "topic": office.text(topic.name, language) if topic is not None else "",
        "applicant": fields.get("name") or fields.get("organisation") or "",
    }
    return {name: value for name, value in values.items() if value}


def parts_of(office: Office, reply: Reply, values: Mapping[str, str], language: str) -> dict[str, str]:
    """The parts of the answer – `essence`, `basis`, `then`, `why` –; variables that nobody gave stay in braces."""
    texts = {"essence": reply.essence, "basis": reply.basis, "then": reply.then, "why": reply.why}
    return {part: fill(office.text(text, language), values) for part, text in texts.items() if text is not None}
