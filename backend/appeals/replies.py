"""A template of an answer, filled in: what the program knows itself, then what the clerk gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from backend.appeals.model import Reply, fill
from backend.appeals.registration import applicant_of
from backend.identity import Keys
from backend.office.model import Office


def known(office: Office, keys: Keys, row: Any, language: str, say: Callable[[date], str]) -> dict[str, str]:
    """Variables that the program fills in, as far as it knows them. `say`: a day in words of this language."""
    fields = applicant_of(keys, row)
    topic, service = office.topic(row.topic), office.service(row.service) if row.service else None
    point = office.point_by_code(row.point) if row.point else None
    values = {
        "number": row.number,
        "registered": say(row.registered_on),
        "due": say(row.due_on),
        "topic": office.text(topic.name, language) if topic is not None else "",
        "service": office.text(service.name, language) if service is not None else "",
        "point": office.text(point.name, language) if point is not None else "",
        "applicant": fields.get("name") or fields.get("organisation") or "",
        "office": office.text(office.name, language),
    }
    return {name: value for name, value in values.items() if value}


def parts_of(office: Office, reply: Reply, values: Mapping[str, str], language: str) -> dict[str, str]:
    """The parts of the answer – `essence`, `basis`, `then`, `why` –; variables that nobody gave stay in braces."""
    texts = {"essence": reply.essence, "basis": reply.basis, "then": reply.then, "why": reply.why}
    return {part: fill(office.text(text, language), values) for part, text in texts.items() if text is not None}
