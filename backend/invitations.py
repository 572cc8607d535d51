"""Invitations to rate a visit that another system has reported: seldom, never at night, and easy to end.

Requirement 1.03, domain.md 6.1, 6.4–6.7. The other system knows a client only by the opaque link (the code) that he
gave it, and learns nothing about him: what it reports is kept the same way whether it leads anywhere or not, and the
rules are applied later, by the job. What was visited is forgotten when an invitation ends; only the day on which it
was sent stays for a while, for the frequency.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal

from sqlalchemy import BigInteger, Column, and_, cast, delete, literal, or_, select, update
from sqlalchemy import String as SQLString
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Field, SQLModel

from backend import conversation, feedback, journal, outbox
from backend.calendar import WorkCalendar
from backend.db import Moment, Session, put_row, table_of
from backend.feedback import Subject
from backend.identity import Keys
from backend.office.model import Office, Rules
from backend.staff import CODE_ALPHABET

REPORTED_DAYS: Final = 7  # a visit is reported, and an invitation sent, at most so long after it
OPEN_FOR = timedelta(days=7)  # an invitation that nobody answers closes (domain.md 6.4)
REMIND_AFTER = timedelta(hours=24)
POSTPONE = timedelta(hours=1)  # while he answers another survey
KEPT_DAYS: Final = 100  # the day of an invitation, for the frequency: a quarter has at most 92
LINK_DAYS: Final = 365  # a code that nobody renews ends
SOON = timedelta(minutes=5)  # what the clock of another system may be ahead
AT_ONCE: Final = 300  # invitations that one run looks at
OPEN: Final = ("planned", "sent", "reminded")


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
    """One reported visit. `cause`: keyed hash of the other system's id of it, so that it counts once. `due_at`: when
    something must be done next. `ends_at`: while planned, the last moment for sending; then when it closes."""

    # Random id, no row number: nothing here tells who came after whom.
    __table_args__ = {"sqlite_with_rowid": False}

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    cause: str = Field(max_length=80, unique=True)
    chat: str = Field(max_length=32, index=True)
    subject_kind: str = Field(default="", max_length=8)
    subject: str = Field(default="", max_length=40)
    service: str | None = Field(default=None, max_length=24)
    state: str = Field(max_length=10, index=True)  # planned, sent, reminded, answered, refused, dropped; over
    why: str = Field(default="", max_length=20)  # why it was dropped; both are forgotten at the end of the day
    visited_on: date | None = Field(default=None)
    due_at: datetime | None = Field(default=None, sa_type=Moment, index=True)
    ends_at: datetime | None = Field(default=None, sa_type=Moment)
    sent_on: date | None = Field(default=None)
    made_on: date


links = table_of(ClientLink)
invitations = table_of(Invitation)


# --- the code of a client ---------------------------------------------------------------------------------

_RANDOM = 11  # letters: 54 bits; one more finds mistakes of typing
_LETTERS = CODE_ALPHABET
_PRIME = 31
# А code read aloud or typed on the other layout is still the code.
_LOOKALIKE = str.maketrans("АВЕКМНРСТУХ", "ABEKMHPCTYX")
_BETWEEN = str.maketrans("", "", "-–—  \t")


def _check_letter(letters: str) -> str | None:
    """Finds every wrong letter and every swap of neighbours; None for the one remainder that has no letter."""
    total = sum(n * _LETTERS.index(letter) for n, letter in enumerate(letters, 1)) % _PRIME
    return _LETTERS[total] if total < len(_LETTERS) else None


def new_code() -> str:
    """Twelve letters of an alphabet without 0 O 1 I L U; the last one is the check letter."""
    while True:
        letters = "".join(secrets.choice(_LETTERS) for _ in range(_RANDOM))
        check = _check_letter(letters)
        if check is not None:
            return letters + check


def in_groups(code: str) -> str:
    """«K7PM-4XQ2-9DTJ»"""
    return "-".join(code[n : n + 4] for n in range(0, len(code), 4))


def read_code(text: str) -> str | None:
    """The code in what somebody typed or a system sent; None when it cannot be one (a letter is wrong)."""
    code = text.upper().translate(_LOOKALIKE).translate(_BETWEEN)
    if len(code) != _RANDOM + 1 or any(letter not in _LETTERS for letter in code):
        return None
    return code if code[-1] == _check_letter(code[:-1]) else None


def _link(keys: Keys, code: str) -> str:
    return keys.hash(f"link:{code}")


async def agree(
    session: Session, keys: Keys, *, chat: str, channel: str, ident: str, language: str, today: date
) -> str:
    """The client of this chat wants to be invited: a new code, which replaces the one before. Only its hash is kept,
    so it can be shown this once."""
    code = new_code()
    row = {
        "link": _link(keys, code),
        "chat": chat,
        "channel": channel,
        "sealed": keys.seal(ident),
        "language": language,
        "made_on": today,
    }
    await put_row(session, links, row, unique="chat")
    return code


async def link_of(session: Session, chat: str) -> Any | None:
    return (await session.execute(select(links).where(links.c.chat == chat))).first()


async def chat_behind(session: Session, keys: Keys, code: str) -> Any | None:
    """The chat of the client who was given this code, as its row; None when it has ended."""
    return (await session.execute(select(links).where(links.c.link == _link(keys, code)))).first()


async def of_chat(session: Session, chat: str) -> list[Any]:
    """All that is stored of this client's invitations."""
    return list(await session.execute(select(invitations).where(invitations.c.chat == chat)))


async def leave(session: Session, chat: str) -> bool:
    """He wants no more invitations (or cannot be reached any more): the code ends, and what was planned or is open
    ends too. Gives whether there was anything."""
    gone = await session.execute(delete(links).where(links.c.chat == chat))
    planned = await session.execute(_ending(invitations.c.chat == chat, ("planned",), "dropped", "stopped"))
    asked = await session.execute(_ending(invitations.c.chat == chat, ("sent", "reminded"), "refused", ""))
    await outbox.drop_for(session, [chat], kinds=("invitation",))
    return bool(gone.rowcount or planned.rowcount or asked.rowcount)


async def forget(session: Session, chat: str) -> None:
    """Deletion asked by the client: nothing remains, not even the days."""
    await session.execute(delete(links).where(links.c.chat == chat))
    await session.execute(delete(invitations).where(invitations.c.chat == chat))
    await outbox.drop_for(session, [chat], kinds=("invitation",))


# --- one invitation ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Visit:
    """What another system reports. `ident`: its own id of the visit."""

    ident: str
    code: str
    subject: Subject
    time: datetime


async def plan(
    session: Session, keys: Keys, source: str, visit: Visit, rules: Rules, calendar: WorkCalendar, now: datetime
) -> None:
    """Keep a reported visit if its code is a client's, once for each id of the other system (`source`: whose ids
    these are). One statement that does the same work for a known code and an unknown one, and tells the caller
    nothing."""
    due = max(now, visit.time + timedelta(minutes=rules.invite_after_minutes))
    values: dict[str, Any] = {
        "id": literal(secrets.randbits(62), BigInteger),
        "cause": literal(keys.hash(f"visit:{source}|{visit.ident}"), SQLString),
        "chat": links.c.chat,
        "subject_kind": literal(visit.subject.kind, SQLString),
        "subject": literal(visit.subject.id, SQLString),
        "service": literal(visit.subject.service, SQLString),
        "state": literal("planned", SQLString),
        "why": literal("", SQLString),
        "visited_on": literal(calendar.today(visit.time), invitations.c.visited_on.type),
        "due_at": literal(due, Moment),
        "ends_at": literal(visit.time + timedelta(days=REPORTED_DAYS), Moment),
        "made_on": literal(calendar.today(now), invitations.c.made_on.type),
    }
    known = select(*values.values()).where(links.c.link == _link(keys, visit.code))
    insert = sqlite_insert if session.dialect.name == "sqlite" else postgresql_insert
    await session.execute(insert(invitations).from_select(list(values), known).on_conflict_do_nothing())


async def get(session: Session, ident: int, chat: str = "") -> Any | None:
    """The invitation, if it is this chat's."""
    found = select(invitations).where(invitations.c.id == ident)
    return (await session.execute(found.where(invitations.c.chat == chat) if chat else found)).first()


def _ending(condition: Any, states: Iterable[str], state: str, why: str) -> Any:
    """What was visited, and when, is forgotten in the same statement."""
    return (
        update(invitations)
        .where(condition, invitations.c.state.in_(states))
        .values(
            state=state,
            why=why,
            subject_kind="",
            subject="",
            service=None,
            visited_on=None,
            due_at=None,
            ends_at=None,
        )
    )


async def end(session: Session, ident: int, state: Literal["answered", "refused", "dropped"], why: str = "") -> bool:
    """False when it has ended already."""
    return bool((await session.execute(_ending(invitations.c.id == ident, OPEN, state, why))).rowcount)


# --- the rules --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """What decides about an invitation that is due. `agreed`: he has a code and has not stopped us. `invited`: the
    days of his other invitations."""

    agreed: bool = True
    rated: bool = False
    answering: bool = False
    invited: Collection[date] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """`wait`: until that moment; `end`: it is not sent (any more), with the reason."""

    do: Literal["send", "wait", "end"]
    until: datetime | None = None
    why: str = ""


SEND = Verdict("send")


def is_calm_day(calendar: WorkCalendar, day: date) -> bool:
    """Whether clients may be written to at all: any day but Sundays and holidays (domain.md 6.7). A Saturday is as
    good as a working day unless it is a day off with a name."""
    if day.weekday() == 6:
        return False
    return calendar.is_working_day(day) or (day.weekday() == 5 and not calendar.why(day))


def next_moment(quiet: str, calendar: WorkCalendar, moment: datetime, *, any_day: bool = False) -> datetime | None:
    """`moment`, or the first one after it outside quiet hours and on a calm day; None when there is none within a
    month. `quiet`: spans of local time as in `rules.quiet`; one that ends before it begins goes over midnight.
    `any_day`: only the hours matter, as for news that the client has asked for."""
    spans = [tuple(map(time.fromisoformat, part.strip().split("-"))) for part in quiet.split(",")]
    local = moment.astimezone(calendar.zone)
    for _ in range(31 * (len(spans) + 1)):
        day, clock = local.date(), local.time()
        if not any_day and not is_calm_day(calendar, day):
            local = datetime.combine(day + timedelta(days=1), time(), calendar.zone)
            continue
        for begin, end in spans:
            over = begin > end
            if begin <= clock < end or (over and clock < end):
                local = datetime.combine(day, end, calendar.zone)
                break
            if over and clock >= begin:
                local = datetime.combine(day + timedelta(days=1), end, calendar.zone)
                break
        else:
            return max(moment, local.astimezone(UTC))
    return None


def decide(state: str, ends_at: datetime, rules: Rules, calendar: WorkCalendar, known: Known, now: datetime) -> Verdict:
    """What to do with an invitation that is due: the invitation itself (`planned`), its one reminder (`sent`), or
    its closing (`reminded`)."""
    if not known.agreed:
        return Verdict("end", why="stopped")
    if known.rated:
        return Verdict("end", why="rated")
    if now >= ends_at:
        return Verdict("end", why="old" if state == "planned" else "unanswered")
    if not rules.invitations:
        return Verdict("end", why="off") if state == "planned" else Verdict("wait", ends_at)
    if state == "reminded":
        return Verdict("wait", ends_at)
    moment = next_moment(rules.quiet, calendar, now)
    if moment is None or moment >= ends_at:
        return Verdict("end", why="old") if state == "planned" else Verdict("wait", ends_at)
    if moment > now:
        return Verdict("wait", moment)
    if known.answering:
        return Verdict("wait", now + POSTPONE)
    if state == "planned":
        today = calendar.today(now)
        # A day in the future is left by a clock that was set back: it counts as today's.
        if any((today - day).days < rules.invite_gap_days for day in known.invited):
            return Verdict("end", why="often")
        if sum(_quarter(day) == _quarter(today) for day in known.invited) >= rules.invite_quarter:
            return Verdict("end", why="quarter")
    return SEND


def _quarter(day: date) -> tuple[int, int]:
    return day.year, (day.month - 1) // 3


# --- the jobs ---------------------------------------------------------------------------------------------


async def run(session: Session, office: Office, calendar: WorkCalendar, keys: Keys, now: datetime) -> None:
    """Write the notices of invitations and reminders that are due; close old ones. Safe to repeat: each step is
    taken by a conditional UPDATE, and a notice has a cause of its own."""
    due = list(
        await session.execute(
            select(invitations)
            .where(invitations.c.state.in_(OPEN), invitations.c.due_at <= now)
            .order_by(invitations.c.due_at, invitations.c.id)
            .limit(AT_ONCE)
        )
    )
    if not due:
        return
    today = calendar.today(now)
    chats = {row.chat for row in due}
    agreed = {r.chat: r for r in await session.execute(select(links).where(links.c.chat.in_(chats)))}
    talk = conversation.table.c
    talks = {
        r.key: r
        for r in await session.execute(
            select(talk.key, talk.stopped, talk.language, talk.state, talk.day).where(talk.key.in_(chats))
        )
    }
    invited: dict[str, list[date]] = {chat: [] for chat in chats}
    sent_on = select(invitations.c.chat, invitations.c.sent_on).where(invitations.c.sent_on.is_not(None))
    for chat, day in await session.execute(sent_on.where(invitations.c.chat.in_(chats))):
        invited[chat].append(day)
    secret = await feedback.known_secret(session, today)
    rated = await _rated(session, office, keys, due, {today: secret} if secret is not None else {})
    done: dict[str, int] = {}
    for row in due:
        link, spoken = agreed.get(row.chat), talks.get(row.chat)
        known = Known(
            agreed=link is not None and not (spoken is not None and spoken.stopped),
            rated=row.id in rated,
            answering=spoken is not None and '"response"' in spoken.state and spoken.day >= today,
            invited=invited[row.chat],
        )
        verdict = decide(row.state, row.ends_at, office.rules, calendar, known, now)
        if verdict.do == "wait":
            await _move(session, row, verdict.until or row.ends_at)
        elif verdict.do == "end" or link is None or not _still_there(office, row):
            why = verdict.why or "gone"
            await end(session, row.id, _end_state(row.state, why), why)
            done[why] = done.get(why, 0) + 1
        elif row.state == "sent" and await _waits_still(session, row):
            # The messenger was away all day: the invitation comes first.
            await _move(session, row, now + REMIND_AFTER)
        else:
            language = (spoken.language if spoken is not None else "") or link.language
            if await _send(session, row, link, language, today, now):
                if row.state == "planned":
                    invited[row.chat].append(today)
                done[row.state] = done.get(row.state, 0) + 1
    if done:
        counts = ", ".join(f"{_JOURNAL.get(what, what)} {count}" for what, count in sorted(done.items()))
        await journal.note(session, now, "system", "invitations", "run", counts)


_JOURNAL = {"planned": "sent", "sent": "reminded"}


def _end_state(state: str, why: str) -> Literal["answered", "refused", "dropped"]:
    if state == "planned" or why in ("unanswered", "gone", "old"):
        return "dropped"
    return "answered" if why == "rated" else "refused"


def survey_of(office: Office, subject: Subject) -> str | None:
    """The survey about this subject; None when the office has it no more."""
    if subject.kind == "point":
        point = office.point_by_code(subject.id)
        return point.survey if point is not None and not point.internal else None
    service = office.service(subject.id)
    return service.survey if service is not None else None


def _still_there(office: Office, row: Any) -> bool:
    return survey_of(office, Subject(row.subject_kind, row.subject)) in office.surveys


async def _rated(
    session: Session, office: Office, keys: Keys, rows: Iterable[Any], day_secrets: dict[date, bytes]
) -> set[int]:
    """Which of these invitations have nothing to ask any more: their subject was rated on one of these days, known
    while the day's secret lives."""
    ties: dict[str, set[int]] = {}
    for row in rows:
        subject = Subject(row.subject_kind, row.subject)
        survey = survey_of(office, subject)
        for day, secret in day_secrets.items() if survey is not None else ():
            # A mark given before the visit was about another one.
            if row.visited_on is not None and day >= row.visited_on:
                tie = feedback.tie_of(keys, secret, day, row.chat, subject, survey or "")
                ties.setdefault(tie, set()).add(row.id)
    found = [r.tie for r in await feedback.with_ties(session, list(ties))] if ties else []
    return {ident for tie in found for ident in ties[tie]}


async def _move(session: Session, row: Any, until: datetime) -> None:
    await session.execute(
        update(invitations).where(invitations.c.id == row.id, invitations.c.state == row.state).values(due_at=until)
    )


def _cause(row: Any) -> str:
    return f"invitation:{row.id}" + (":again" if row.state == "sent" else "")


async def _waits_still(session: Session, row: Any) -> bool:
    """Whether the invitation itself has not gone out yet."""
    found = await session.execute(
        select(outbox.table.c.id).where(
            outbox.table.c.cause == f"invitation:{row.id}", outbox.table.c.status == "waiting"
        )
    )
    return found.first() is not None


async def _send(session: Session, row: Any, link: Any, language: str, today: date, now: datetime) -> bool:
    """The invitation or its reminder, as one notice; False when another process has written it."""
    moved: dict[str, Any] = {"state": "reminded", "due_at": row.ends_at}
    if row.state == "planned":
        ends_at = now + OPEN_FOR
        moved = {"state": "sent", "due_at": now + REMIND_AFTER, "ends_at": ends_at, "sent_on": today}
    done = await session.execute(
        update(invitations).where(invitations.c.id == row.id, invitations.c.state == row.state).values(moved)
    )
    if not done.rowcount:
        return False
    notice = outbox.row(
        cause=_cause(row),
        channel=link.channel,
        address=link.chat,
        sealed=link.sealed,
        language=language,
        kind="invitation",
        data={"invitation": row.id, "again": row.state == "sent"},
        due_at=now,
    )
    return bool(await outbox.put(session, [notice]))


async def end_of_day(session: Session, office: Office, calendar: WorkCalendar, keys: Keys, now: datetime) -> None:
    """Must run before the secrets of past days are destroyed: who rated by himself on the day of his visit is not
    asked the next morning. Then what ended is forgotten: what became of it, old days, old codes."""
    today = calendar.today(now)
    secrets_left = {
        r.day: bytes(r.secret)
        for r in await session.execute(select(feedback.day_secret).where(feedback.day_secret.c.day < today))
    }
    if secrets_left:
        rows = list(await session.execute(select(invitations).where(invitations.c.state.in_(OPEN))))
        for ident in await _rated(session, office, keys, rows, secrets_left):
            state = next(row.state for row in rows if row.id == ident)
            await end(session, ident, _end_state(state, "rated"), "rated")
    # Whether he answered is nobody's business the next day: the answer alone counts.
    await session.execute(
        update(invitations).where(invitations.c.state.not_in((*OPEN, "over"))).values(state="over", why="")
    )
    over = invitations.c.state == "over"
    reportable = today - timedelta(days=REPORTED_DAYS + 1)
    past = or_(
        and_(invitations.c.sent_on.is_(None), invitations.c.made_on < reportable),
        invitations.c.sent_on < today - timedelta(days=KEPT_DAYS),
    )
    await session.execute(delete(invitations).where(over, past))
    # The same visit cannot be reported any more: what could be compared with the other system's list goes.
    await session.execute(
        update(invitations)
        .where(over, invitations.c.made_on < reportable, invitations.c.cause.not_like("over:%"))
        .values(cause=literal("over:").concat(cast(invitations.c.id, SQLString)))
    )
    await session.execute(delete(links).where(links.c.made_on < today - timedelta(days=LINK_DAYS)))
