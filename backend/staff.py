"""Staff: where they can be reached, how they join by one-time links, which groups are bound, how access ends."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, insert, select, update
from sqlmodel import Field, SQLModel

from backend import conversation, journal, outbox, tasks, tokens
from backend.db import Moment, Session, insert_new, table_of
from backend.identity import Keys

INVITE_DAYS = 7
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class StaffAddress(SQLModel, table=True):
    __tablename__ = "staff_address"
    address: str = Field(primary_key=True, max_length=32)
    channel: str = Field(max_length=16)
    sealed: str
    person: str = Field(max_length=40, index=True)
    language: str = Field(default="", max_length=8)
    reachable: bool = Field(default=True)
    joined_at: datetime = Field(sa_type=Moment)


class StaffGroup(SQLModel, table=True):
    __tablename__ = "staff_group"
    address: str = Field(primary_key=True, max_length=32)
    channel: str = Field(max_length=16)
    sealed: str
    reachable: bool = Field(default=True)
    bound_at: datetime = Field(sa_type=Moment)


class Invite(SQLModel, table=True):
    code: str = Field(primary_key=True, max_length=32)  # keyed hash
    person: str | None = Field(default=None, max_length=40, index=True)  # None: binds a group
    channel: str = Field(max_length=16)
    expires_at: datetime = Field(sa_type=Moment)
    used: bool = Field(default=False)


addresses = table_of(StaffAddress)
groups = table_of(StaffGroup)
invites = table_of(Invite)


@dataclass(frozen=True, slots=True)
class Place:
    """A staff address to send to. `person` is None for a group."""

    address: str
    channel: str
    sealed: str
    person: str | None
    language: str


async def invite(session: Session, keys: Keys, person: str | None, channel: str, now: datetime) -> str:
    """A new one-time code for this person in this channel (None: for binding a group). Only its hash is kept."""
    # A newer invitation replaces the one before: old links in logs and mails end.
    await session.execute(
        delete(invites).where(
            invites.c.person.is_(None) if person is None else invites.c.person == person,
            invites.c.channel == channel,
            invites.c.used.is_(False),
        )
    )
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(16))
    await session.execute(
        insert(invites).values(
            code=keys.hash(f"invite:{code}"),
            person=person,
            channel=channel,
            expires_at=now + timedelta(days=INVITE_DAYS),
            used=False,
        )
    )
    return code


async def look_at(session: Session, keys: Keys, code: str, channel: str, now: datetime) -> Any | None:
    """The invitation behind a code, unused and in time, without using it."""
    return (
        await session.execute(
            select(invites).where(
                invites.c.code == keys.hash(f"invite:{code.strip().upper()}"),
                invites.c.channel == channel,
                invites.c.used.is_(False),
                invites.c.expires_at > now,
            )
        )
    ).first()


async def use(session: Session, invitation: Any) -> bool:
    """Burn the code: True for the first user only."""
    done = await session.execute(
        update(invites).where(and_(invites.c.code == invitation.code, invites.c.used.is_(False))).values(used=True)
    )
    return bool(done.rowcount)


async def join(session: Session, *, person: str, address: str, channel: str, sealed: str, now: datetime) -> None:
    """This address is this person's from now on."""
    await session.execute(delete(addresses).where(addresses.c.address == address))
    await insert_new(
        session,
        addresses,
        [
            {
                "address": address,
                "channel": channel,
                "sealed": sealed,
                "person": person,
                "language": "",
                "reachable": True,
                "joined_at": now,
            }
        ],
    )
    await session.execute(
        delete(invites).where(invites.c.person == person, invites.c.channel == channel, invites.c.used.is_(False))
    )
    if not await conversation.set_person(session, address, person):
        # Joined before the first word (a terminal): the conversation begins here.
        await conversation.set_state(session, address, channel, "", now.date())
        await conversation.set_person(session, address, person)
    await journal.note(session, now, person, "staff.joined", channel)
    await tasks.tell_again(session, now)


async def remove(session: Session, person: str, now: datetime) -> int:
    """End all access of a person at once: addresses, browsers, invitations, waiting notices. Gives how many
    addresses there were. Tasks he had go back to the queue by the caller."""
    found = [r[0] for r in await session.execute(select(addresses.c.address).where(addresses.c.person == person))]
    await session.execute(delete(addresses).where(addresses.c.person == person))
    await session.execute(delete(invites).where(invites.c.person == person))
    await tokens.end_all(session, person, now)
    await session.execute(
        update(conversation.table)
        .where(conversation.table.c.person == person)
        .values(person=None, state="", replies=None, reply_to=None, reply_due=None)
    )
    if found:
        await outbox.drop_for(session, found)
        await outbox.forget_posted(session, found)
    await journal.note(session, now, "administrator", "staff.removed", person)
    return len(found)


async def bind(session: Session, *, address: str, channel: str, sealed: str, now: datetime, by: str) -> None:
    await session.execute(delete(groups).where(groups.c.address == address))
    await insert_new(
        session,
        groups,
        [{"address": address, "channel": channel, "sealed": sealed, "reachable": True, "bound_at": now}],
    )
    await journal.note(session, now, by, "group.bound", channel)
    await tasks.tell_again(session, now)


async def unbind(session: Session, address: str, now: datetime) -> bool:
    done = await session.execute(delete(groups).where(groups.c.address == address))
    if done.rowcount:
        await journal.note(session, now, "messenger", "group.removed", "")
    return bool(done.rowcount)


async def move_group(session: Session, old: str, new: str, sealed: str) -> bool:
    """A supergroup got a new id: the binding follows, and what waits for the old id too."""
    done = await session.execute(update(groups).where(groups.c.address == old).values(address=new, sealed=sealed))
    await session.execute(update(outbox.table).where(outbox.table.c.address == old).values(address=new, sealed=sealed))
    return bool(done.rowcount)


async def is_bound(session: Session, address: str) -> bool:
    found = await session.execute(select(groups.c.address).where(groups.c.address == address))
    return found.first() is not None


async def places_of(session: Session, person: str) -> list[Place]:
    """Where this person is reached; a browser is a place too, though nothing is pushed to it."""
    rows = await session.execute(select(addresses).where(addresses.c.person == person, addresses.c.reachable.is_(True)))
    return [Place(r.address, r.channel, r.sealed, r.person, r.language) for r in rows]


async def is_kept_from(session: Session, task: Any, address: str) -> bool:
    """Whether a task is hidden from the person of this address (`tasks.hidden_from`)."""
    if "not:" not in task.notes:
        return False
    person = (await session.execute(select(addresses.c.person).where(addresses.c.address == address))).scalar()
    return tasks.hidden_from(task, person)


async def places(session: Session) -> dict[str, list[Place]]:
    """Where everybody on the staff is reached; who cannot be is left out."""
    found: dict[str, list[Place]] = {}
    for r in await session.execute(
        select(addresses).where(addresses.c.reachable.is_(True)).order_by(addresses.c.joined_at, addresses.c.address)
    ):
        found.setdefault(r.person, []).append(Place(r.address, r.channel, r.sealed, r.person, r.language))
    return found


async def bound_groups(session: Session) -> list[Place]:
    rows = await session.execute(select(groups).where(groups.c.reachable.is_(True)))
    return [Place(r.address, r.channel, r.sealed, None, "") for r in rows]


async def mark_unreachable(session: Session, address: str) -> str | None:
    """Nothing arrives there any more; gives the person it belonged to (the tasks stay)."""
    person: str | None = (
        await session.execute(select(addresses.c.person).where(addresses.c.address == address))
    ).scalar()
    await session.execute(update(addresses).where(addresses.c.address == address).values(reachable=False))
    await session.execute(update(groups).where(groups.c.address == address).values(reachable=False))
    return person


async def mark_reachable(session: Session, address: str, now: datetime) -> None:
    """He writes to us: he can be reached again, and hears of what has waited."""
    again = await session.execute(
        update(addresses).where(addresses.c.address == address, addresses.c.reachable.is_(False)).values(reachable=True)
    )
    if again.rowcount:
        await tasks.tell_again(session, now)


async def joined(session: Session) -> dict[str, list[str]]:
    """Which channels each person has joined by."""
    found: dict[str, list[str]] = {}
    for r in await session.execute(select(addresses.c.person, addresses.c.channel).order_by(addresses.c.channel)):
        found.setdefault(r[0], []).append(r[1])
    return found
