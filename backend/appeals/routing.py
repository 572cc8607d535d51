"""To whom an appeal goes: by topic, service, point, unit; past everybody who is away or complained of."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from backend.absences import Away, stands_in
from backend.office.model import Office


def candidates(
    office: Office, *, topic: str = "", service: str | None = None, point: str | None = None, unit: str = ""
) -> Iterator[str]:
    """Persons in the order in which they would be asked, each as often as he is named."""
    for kind, ident in (("topic", topic), ("service", service), ("point", point)):
        found = office.responsible(kind, ident) if ident else None
        if found is not None and found.owner is not None:
            yield found.owner
            if found.deputy is not None:
                yield found.deputy
    appeals = office.appeals
    if appeals is not None:
        if (department := appeals.unit(unit)) is not None:
            yield department.head
        yield appeals.head
        if appeals.deputy is not None:
            yield appeals.deputy
    yield office.head
    yield office.administrator


def choose(
    office: Office,
    away: Away,
    excluded: Collection[str],
    *,
    topic: str = "",
    service: str | None = None,
    point: str | None = None,
    unit: str = "",
) -> str | None:
    """Who gets it; None when everybody who could is complained of or away without a substitute."""
    for person in candidates(office, topic=topic, service=service, point=point, unit=unit):
        if person in excluded:
            continue
        who = stands_in(away, person)
        if who is not None and who not in excluded and office.person(who) is not None:
            return who
    return None


def head_over(office: Office, away: Away, excluded: Collection[str], unit: str = "") -> str | None:
    """Who hears of what goes wrong: the head of appeals, else his deputy, the head of the unit or the office."""
    appeals = office.appeals
    if appeals is None:
        return None
    department = appeals.unit(unit)
    for person in (appeals.head, appeals.deputy, department.head if department else None, office.head):
        who = stands_in(away, person) if person is not None and person not in excluded else None
        if who is not None and who not in excluded:
            return who
    return None


def unit_of(office: Office, holder: str | None, given: str = "") -> str:
    """The unit named, else that of the holder."""
    if given:
        return given
    person = office.person(holder) if holder else None
    return (person.unit or "") if person is not None else ""
