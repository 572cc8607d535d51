"""An appeal as staff see it: a line of a list, the card, a notice. What is sealed is opened only where it may be shown.

`View.personal` says whether names, contacts, files and words of an appeal may be read here; without it there are the
number, the stage and the dates, and the way to the browser (149-ФЗ, article 10; domain.md 4.1).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select

from backend import staff
from backend.alerts import SILENT_CHANNELS
from backend.appeals import access, events, following, notices, worklist
from backend.appeals import files as appeal_files
from backend.appeals.events import Event
from backend.appeals.registration import applicant_of, text_of
from backend.appeals.rows import appeals, followers
from backend.calendar import WorkCalendar
from backend.db import Session
from backend.identity import Keys
from backend.office.model import Office, Person
from bot import appeal_words
from bot.channels import Mode
from bot.layout import shorten
from bot.messages import Button, Reply, Say
from bot.policy import may
from bot.words import Words

CUT: Final = 1500  # characters of a client's text on the card
CUT_WORDS: Final = 300  # … of one message in the history
RECENT: Final = 6  # events on the card
FILES: Final = 5  # download links on the card
MANY: Final = 100  # events in the whole history
APPLICANT: Final = ("name", "organisation", "inn", "contact", "address")


@dataclass(frozen=True, slots=True)
class View:
    """Where and for whom a card is made. `url`: the address of our pages."""

    session: Session
    office: Office
    words: Words
    calendar: WorkCalendar
    keys: Keys
    now: datetime
    url: str
    person: Person
    personal: bool

    @property
    def today(self) -> date:
        return self.calendar.today(self.now)


def step_of(row: Any) -> str:
    """The screen of an appeal as it stands: a press on it names the version that was seen."""
    return f"work.{row.id}.{row.version}"


# --- lines ------------------------------------------------------------------------------------------------


def due_short(words: Words, row: Any, today: date) -> str:
    """«🔴 Просрочено на 3 дня», «сегодня», «через 2 дня»; empty for one that is answered."""
    if not row.open:
        return ""
    left = (row.due_on - today).days
    if left < 0:
        return words("desk-overdue", n=-left)
    return words("desk-in", n=left) if left else words("desk-today")


def line(office: Office, words: Words, row: Any, today: date, *, personal: bool, held: bool = False) -> str:
    """One appeal in a list. `held`: who has it is named too."""
    person = office.person(row.holder) if row.holder else None
    holder = (person.short if person is not None else words("desk-nobody")) if held else ""
    stage = appeal_words.stage_of(office, words, row.stage)
    about = row.summary if personal else ""
    kind = shorten(appeal_words.kind_of(office, words, row), 40)
    parts = (due_short(words, row, today), row.number, kind, stage, holder, about)
    return " · ".join(part for part in parts if part)


# --- the card ---------------------------------------------------------------------------------------------


async def card(view: View, row: Any, *, here: Sequence[Any] = (), whole: bool = False) -> tuple[str, list[Button]]:
    """The text of the card and its links to files. `here`: who else has it open. `whole`: nothing is cut."""
    words = view.words
    lines = [title(view.office, words, row), *_state_lines(view, row, here)]
    if not view.personal:
        return "\n".join([*lines, *_plain_lines(view, row), *await _history(view, row, whole=False)]), []
    lines += ["", *_about_lines(view, row), *_date_lines(view, row)]
    lines += ["", *_applicant_lines(view, row), await told_where(view.session, words, row)]
    text = text_of(view.keys, row)
    if text:
        lines += ["", words("desk-text"), text if whole else cut(text, CUT)]
    links, named = await _files(view, row, whole)
    lines += ["", words("desk-history"), *await _history(view, row, whole=whole)]
    if named:
        lines += ["", words("desk-files"), *named]
    lines += await _earlier(view, row)
    lines += _rated(words, row)
    return "\n".join(lines).replace("\n\n\n", "\n\n"), links


def title(office: Office, words: Words, row: Any) -> str:
    return f"{row.number} · {appeal_words.kind_of(office, words, row)}"


async def is_cut(view: View, row: Any) -> bool:
    """Whether the card leaves something out that can be shown whole."""
    if not view.personal:
        return False
    if len(text_of(view.keys, row)) > CUT:
        return True
    found = await events.of(view.session, view.keys, row.id, limit=RECENT + 1)
    return len(found) > RECENT or any(len(text) > CUT_WORDS for event in found for text in event.words.values())


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most].rstrip()}…"


def _state_lines(view: View, row: Any, here: Sequence[Any]) -> list[str]:
    """What to know first: the deadline, the stage, who has it, who looks at it now."""
    words, lines = view.words, []
    if row.open:
        late = row.due_on < view.today
        due = appeal_words.due(words, view.calendar, row.due_on, view.today, row.legal_on)
        lines.append(words("desk-late", due=due) if late else words("desk-due", due=due))
        if row.promised_on is not None:
            lines.append(words("desk-promised", day=words.day(row.promised_on, view.today)))
    elif row.ended_on is not None:
        lines.append(words("desk-ended", day=words.day(row.ended_on, view.today)))
    stage = appeal_words.stage_of(view.office, words, row.stage)
    since = row.stage_at.astimezone(view.calendar.zone).date()
    lines.append(words("desk-stage", stage=stage, day=words.day(since, view.today)))
    holder = appeal_words.person_of(view.office, words, row.holder)
    lines.append(words("desk-holder", name=holder) if holder else words("desk-no-holder"))
    if row.reopened:
        lines.append(words("desk-reopened", n=row.reopened))
    if here:
        lines.append(words("desk-here", names="; ".join(_present(view, one) for one in here)))
    return lines


def _present(view: View, one: Any) -> str:
    """«Макетов Т. Р., пишет ответ»"""
    person = view.office.person(one.person)
    name = person.short if person is not None else one.person
    return f"{name}, {view.words(f'desk-doing-{one.doing}')}" if one.doing in DOING else name


DOING: Final = ("answer", "reply", "extend", "redirect", "suspend", "refuse", "close")


def _plain_lines(view: View, row: Any) -> list[str]:
    """All that may be told where names and words may not."""
    return [*_date_lines(view, row), view.words("desk-in-browser", url=f"{view.url}/talk/work.{row.id}")]


def _about_lines(view: View, row: Any) -> list[str]:
    office, words = view.office, view.words
    topic, service = office.topic(row.topic), office.service(row.service) if row.service else None
    point = office.point_by_code(row.point) if row.point else None
    unit = office.appeals.unit(row.unit) if office.appeals is not None else None
    named = (
        ("about", row.summary),
        ("topic", office.text(topic.name, words.language) if topic is not None else ""),
        ("service", office.text(service.name, words.language) if service is not None else ""),
        ("point", office.text(point.name, words.language) if point is not None else ""),
        ("unit", office.text(unit.name, words.language) if unit is not None else ""),
    )
    return [words(f"desk-{name}", value=value) for name, value in named if value]


def _date_lines(view: View, row: Any) -> list[str]:
    words, today = view.words, view.today
    way = appeal_words.way_of(view.office, words, row.way)
    if row.channel:
        way = f"{way} ({words(f'channel-{row.channel}')})" if row.channel != row.way else way
    lines = [
        words("desk-way", way=way),
        words("desk-dates", received=words.day(row.received_on, today), registered=words.day(row.registered_on, today)),
        words(
            "desk-terms",
            legal=appeal_words.day(words, view.calendar, row.legal_on, today),
            due=appeal_words.day(words, view.calendar, row.due_on, today, row.legal_on),
        ),
    ]
    if row.extended:
        lines.append(words("desk-extended", n=row.extended))
    if row.outside:
        lines.append(words("desk-outside", number=row.outside, source=row.source or "–"))
    return lines


def _applicant_lines(view: View, row: Any) -> list[str]:
    words = view.words
    fields = applicant_of(view.keys, row)
    lines = [words("desk-applicant", kind=words(f"applicant-{row.applicant_kind}"))] if row.applicant_kind else []
    lines += [words(f"desk-applicant-{name}", value=fields[name]) for name in APPLICANT if fields.get(name)]
    lines += [f"{name}: {value}" for name, value in fields.items() if name not in APPLICANT]
    if row.applicant_kind == "anonymous":
        lines.append(words("desk-anonymous"))
    named = sorted(access.complained_of(row))
    if named:
        lines.append(words("desk-complained", names=", ".join(_name(view.office, ident) for ident in named)))
    return lines or [words("desk-no-applicant")]


def _name(office: Office, ident: str) -> str:
    person = office.person(ident)
    return person.short if person is not None else ident


async def told_where(session: Session, words: Words, row: Any) -> str:
    """Whether the client gets notices in a chat, and in which one; else staff must tell him in another way."""
    found = await notices.listeners(session, row.id)
    if found:
        return words("desk-told-in", channel=words(f"channel-{found[0].channel}"))
    silent = select(followers.c.id).where(followers.c.appeal == row.id, followers.c.channel.in_(SILENT_CHANNELS))
    on_page = (await session.execute(silent.limit(1))).first() is not None
    return words("desk-told-page" if on_page else "desk-told-nowhere")


async def _files(view: View, row: Any, whole: bool) -> tuple[list[Button], list[str]]:
    words, found = view.words, await appeal_files.of(view.session, row.id)
    links, lines = [], []
    for one in found:
        name = appeal_files.name_of(view.keys, one)
        who = words("desk-file-staff") if not one.public else ""
        lines.append(words("desk-file", name=name, size=max(1, one.size // 1024), who=who).rstrip())
        links.append(Button(url=f"{view.url}/appeals/files/{one.id}", label=words("desk-file-get", name=name)))
    return (links if whole else links[-FILES:]), lines


async def _earlier(view: View, row: Any) -> list[str]:
    """The last appeals of the same client, as far as one of his chats follows them (requirement 4.09 e)."""
    chats = select(followers.c.address).where(followers.c.appeal == row.id)
    found = await view.session.execute(select(followers.c.appeal).where(followers.c.address.in_(chats)).distinct())
    rows = await worklist.before(view.session, row, [ident for (ident,) in found])
    shown = [one for one in rows if not one.blocked and view.person.id not in access.complained_of(one)]
    if not shown:
        return []
    lines = [
        view.words("desk-earlier-line", line=line(view.office, view.words, one, view.today, personal=view.personal))
        for one in shown
    ]
    return ["", view.words("desk-earlier"), *lines]


def _rated(words: Words, row: Any) -> list[str]:
    if row.clear is None and not row.solved:
        return []
    clear = str(row.clear) if row.clear is not None else "–"
    return ["", words("desk-rated", clear=clear, solved=row.solved or "none")]


# --- the history ------------------------------------------------------------------------------------------


async def _history(view: View, row: Any, *, whole: bool) -> list[str]:
    found = await events.of(view.session, view.keys, row.id, limit=MANY if whole else RECENT)
    return [text for event in found for text in event_lines(view, event, whole=whole)]


def event_lines(view: View, event: Event, *, whole: bool = False) -> Iterable[str]:
    """«2 ноября, 10:00 – зарегистрировано (Черных-Тестовая А. И.)», and its words where they may be read."""
    words = view.words
    yield words("desk-event", moment=words.moment(event.at), what=what_of(view, event), who=who_of(view, event))
    if not view.personal:
        return
    for name, text in event.words.items():
        shown = text if whole else cut(text, CUT_WORDS)
        yield words("desk-event-words", name=words(f"desk-field-{name}"), text=shown)


def what_of(view: View, event: Event) -> str:
    """What happened, without any words of people."""
    office, words, data = view.office, view.words, event.data
    values: dict[str, str | int] = {"stage": appeal_words.stage_of(office, words, event.stage) if event.stage else "–"}
    to = data.get("to")
    values["to"] = _name(office, to) if isinstance(to, str) else words("desk-nobody")
    days = data.get("days")
    values["n"] = days if isinstance(days, int) else 0
    for name in ("due", "until", "missed"):
        values[name] = _day(words, view.today, data.get(name))
    reason = office.appeals.reason(str(data.get("reason", ""))) if office.appeals is not None else None
    values["reason"] = office.text(reason.name, words.language) if reason is not None else "–"
    values["clear"] = str(data.get("clear") or "–")
    values["solved"] = str(data.get("solved") or "none")
    return words(f"desk-event-{event.kind}", **values)


def _day(words: Words, today: date, value: Any) -> str:
    try:
        return words.day(date.fromisoformat(str(value)), today)
    except ValueError:
        return "–"


def who_of(view: View, event: Event) -> str:
    if event.by in ("client", "system", "demo"):
        return view.words(f"desk-by-{event.by}")
    return _name(view.office, event.by)


# --- notices ----------------------------------------------------------------------------------------------

TOLD: Final = ("assigned", "due", "overdue", "message", "reopened", "returned", "redirect", "moved")
WHILE_OPEN: Final = frozenset({"due", "overdue", "redirect"})


async def staff_notice(
    session: Session,
    office: Office,
    words: Words,
    calendar: WorkCalendar,
    row: Any,
    now: datetime,
    mode: Mode = "track",
) -> Reply | None:
    """What a member of staff is told of an appeal: number, kind, stage and deadline, never what it says. Where the
    channel may not carry a number, only that there is something to do and by when. None when it is settled meanwhile,
    or when the appeal complains of the very person who was to be told."""
    data = json.loads(row.data)
    found = (await session.execute(select(appeals).where(appeals.c.id == data["appeal"]))).first()
    if found is None or found.blocked or found.destroyed_on is not None:
        return None
    what = data.get("what", "")
    if what in WHILE_OPEN and not found.open:
        return None
    of_address = select(staff.addresses.c.person).where(staff.addresses.c.address == row.address)
    person = (await session.execute(of_address)).scalar()
    if person is None or person in access.complained_of(found):
        return None
    today = calendar.today(now)
    key = f"desk-notice-{what}" if what in TOLD else "desk-notice-other"
    lines = [words(key, number=found.number if may(mode, "track") else "–")]
    if may(mode, "track"):
        lines.append(words("desk-notice-kind", kind=appeal_words.kind_of(office, words, found)))
        lines.append(words("desk-notice-stage", stage=appeal_words.stage_of(office, words, found.stage)))
    if found.open:
        late = found.due_on < today
        due = appeal_words.due(words, calendar, found.due_on, today, found.legal_on)
        lines.append(words("desk-late" if late else "desk-due", due=due))
    if not may(mode, "track"):
        lines.append(words("desk-notice-elsewhere"))
        mine = Button(key="open", step="work", label=words("menu-desk"))
        return Say(text="\n".join(lines), step="work.notice", buttons=(mine,))
    open_card = Button(key="open", step=f"work.{found.id}", label=words("desk-open"))
    return Say(text="\n".join(lines), step="work.notice", asks="track", buttons=(open_card,))


TASKS: Final = ("unreachable", "unsolved", "unrouted", "late")


def reason_of(task: Any) -> str:
    """Why there is a task beside an appeal."""
    what = str(task.text).removeprefix("appeal:")
    return what if what in TASKS else "other"


async def task_button(session: Session, words: Words, task: Any) -> Button | None:
    """From the task to its appeal; for a person alone, never in a group."""
    row = await following.by_number(session, task.subject)
    return Button(key="open", step=f"work.{row.id}", label=words("desk-open")) if row is not None else None
