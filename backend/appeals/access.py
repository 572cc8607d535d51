"""Who may see an appeal and what he may do with it. One rule stands above all: whoever is complained of sees nothing
and decides nothing (59-ФЗ, article 8 part 6; requirement 4.14)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import and_, or_

from backend.absences import Away, stands_in
from backend.appeals.rows import appeals
from backend.office.model import Office, Person, Role

SEES_ALL: frozenset[Role] = frozenset({"appeals", "approver"})
REGISTERS: frozenset[Role] = frozenset({"appeals", "operator", "manager", "administrator"})


def named(person: str) -> str:
    """How a person stands in `complained`."""
    return f" {person} "


def complained_of(row: Any) -> frozenset[str]:
    return frozenset(row.complained.split())


def sees_all(office: Office, person: Person) -> bool:
    head = office.appeals.head if office.appeals is not None else ""
    return not SEES_ALL.isdisjoint(person.roles) or person.id == head


def sees_more(office: Office, person: Person) -> bool:
    """Whether he may see more than what is his own: all, or what his unit has."""
    return sees_all(office, person) or bool(_units(office, person))


def may_register(person: Person) -> bool:
    return not REGISTERS.isdisjoint(person.roles)


def may_see(office: Office, person: Person, row: Any, away: Away) -> bool:
    """The holder, who stands in for him, the head of the unit, and those who see all."""
    if row.blocked or person.id in complained_of(row):
        return False
    if sees_all(office, person) or row.holder == person.id:
        return True
    unit = office.appeals.unit(row.unit) if office.appeals is not None else None
    if unit is not None and unit.head == person.id:
        return True
    return row.holder is not None and row.holder in away and stands_in(away, row.holder) == person.id


def theirs(office: Office, person: Person, away: Away, *, everything: bool = False) -> Any:
    """The condition for a person's worklist. `everything`: all that he may see, for those who see all."""
    free_of_him = and_(appeals.c.blocked.is_(False), ~appeals.c.complained.contains(named(person.id), autoescape=True))
    if everything and sees_all(office, person):
        return free_of_him
    holders: list[str] = [person.id, *(p for p in away if stands_in(away, p) == person.id)]
    mine = appeals.c.holder.in_(holders) if len(holders) > 1 else appeals.c.holder == person.id
    if everything and (units := _units(office, person)):
        mine = or_(mine, appeals.c.unit.in_(units))
    return and_(mine, free_of_him)


def _units(office: Office, person: Person) -> list[str]:
    units: Iterable[Any] = office.appeals.units if office.appeals is not None else ()
    return [unit.code for unit in units if unit.head == person.id]
