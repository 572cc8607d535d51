"""The life of a template: draft, approval by another person, publication, withdrawal. Every change is journalled.

At most one version is published and at most one is worked on: their numbers stand in the template's row, and every
change is one conditional update of that row by `edits`, so of two editors the second is told. Who is allowed what is
decided here, for the API and for commands alike.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import and_, func, select, update

from backend import journal, tasks
from backend.db import Session, insert_new
from backend.knowledge import live
from backend.knowledge.checks import Around, Remark, examine, hindering
from backend.knowledge.model import Template
from backend.knowledge.rows import phrasings, templates, versions
from backend.office.model import Office, Person, Role

EDITORS: Final[frozenset[Role]] = frozenset({"editor", "approver", "administrator"})
"""Roles that may write, publish, withdraw; and approve what somebody else has written."""


class Refused(Exception):
    """The change was not made; the words are for the person who asked for it."""


class Stale(Refused):
    """Somebody else has changed the template since it was read."""

    def __init__(self, ident: str, edits: int, by: str, at: datetime) -> None:
        super().__init__(f"{ident} изменили, пока вы работали: {by}. Откройте новую версию и внесите правку ещё раз.")
        self.edits, self.by, self.at = edits, by, at


class OwnDraft(Refused):
    """Nobody approves what he has written himself."""


class NotAllowed(Refused):
    """The person has no role for it."""


class Hindered(Refused):
    """Something is wrong with the words, and nobody has said why it may stay."""

    def __init__(self, ident: str, remarks: list[Remark]) -> None:
        lines = "".join(f"\n  {remark}" for remark in remarks)
        how = "Исправьте" + ("" if any(r.level == "fault" for r in remarks) else " или примите с причиной")
        super().__init__(f"{ident}: {how}:{lines}")
        self.remarks = remarks


class Unknown(Refused):
    """There is no such template, or no such version of it."""


class WrongState(Refused):
    """The version is not in the state from which this is possible."""


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


async def all_published(session: Session) -> list[tuple[Template, dict[str, str]]]:
    """Everything that is given now, each with the warnings that were accepted for it."""
    rows = await session.execute(
        select(versions.c.content, versions.c.accepted)
        .join(templates, (templates.c.id == versions.c.template) & (templates.c.published == versions.c.number))
        .where(templates.c.withdrawn.is_(False))
        .order_by(versions.c.template)
    )
    return [(Template.model_validate_json(row.content), accepted_of(row)) for row in rows]


async def get(session: Session, ident: str) -> Any | None:
    """The template's own row."""
    return (await session.execute(select(templates).where(templates.c.id == ident))).first()


async def version(session: Session, ident: str, number: int | None) -> Any | None:
    """One version of it."""
    if number is None:
        return None
    found = await session.execute(select(versions).where(versions.c.template == ident, versions.c.number == number))
    return found.first()


async def history(session: Session, ident: str) -> list[Any]:
    """All versions, the newest first: number, status, who and when."""
    rows = await session.execute(
        select(*(c for c in versions.c if c.name != "content"))
        .where(versions.c.template == ident)
        .order_by(versions.c.number.desc())
    )
    return list(rows)


async def listed(
    session: Session,
    *,
    status: str = "",
    category: str = "",
    owner: str = "",
    overdue_on: date | None = None,
    skip: int = 0,
    limit: int = 50,
) -> tuple[list[Any], int]:
    """Templates in the order of their ids, and how many there are. `status`: published, draft (worked on), approved
    (waits for publication), withdrawn. `overdue_on`: those whose review was due before this day. Each row has the
    state and author of its draft, and the content that names it, too."""
    draft, shown = versions.alias("d"), versions.alias("s")
    joined = templates.outerjoin(
        draft, and_(draft.c.template == templates.c.id, draft.c.number == templates.c.draft)
    ).outerjoin(
        shown,
        and_(
            shown.c.template == templates.c.id,
            shown.c.number == func.coalesce(templates.c.published, templates.c.draft, templates.c.last),
        ),
    )
    wanted = [
        templates.c.category == category if category else None,
        templates.c.owner == owner if owner else None,
        templates.c.review_on < overdue_on if overdue_on else None,
        templates.c.published.is_not(None) if overdue_on else None,
        templates.c.withdrawn.is_(status == "withdrawn") if status or overdue_on else None,
        templates.c.published.is_not(None) if status == "published" else None,
        draft.c.status == status if status in ("draft", "approved") else None,
    ]
    condition = and_(True, *(w for w in wanted if w is not None))
    rows = await session.execute(
        select(
            templates,
            draft.c.status.label("draft_status"),
            draft.c.author.label("draft_author"),
            draft.c.made_at.label("draft_at"),
            shown.c.content,
        )
        .select_from(joined)
        .where(condition)
        .order_by(templates.c.id)
        .offset(skip)
        .limit(limit)
    )
    count = await session.execute(select(func.count()).select_from(joined).where(condition))
    return list(rows), count.scalar_one()


# --- changes ----------------------------------------------------------------------------------------------


def may_edit(person: Person) -> bool:
    return not EDITORS.isdisjoint(person.roles)


def _let_edit(person: Person) -> None:
    if not may_edit(person):
        raise NotAllowed(f"{person.full}: править базу знаний могут редактор, утверждающий и администратор.")


def _of_row(template: Template) -> dict[str, Any]:
    """What the template's row repeats of its content, so that lists need not read it."""
    return {
        "owner": template.owner,
        "category": template.category,
        "review_on": template.review_on,
        "internal": template.internal,
    }


async def _move(session: Session, row: Any, now: datetime, by: str, **values: Any) -> None:
    """Change the template's row as it was read, or raise Stale."""
    done = await session.execute(
        update(templates)
        .where(templates.c.id == row.id, templates.c.edits == row.edits)
        .values(edits=row.edits + 1, changed_at=now, changed_by=by, **values)
    )
    if not done.rowcount:
        raise await _stale(session, row.id)


async def _stale(session: Session, ident: str) -> Stale:
    row = await get(session, ident)
    assert row is not None  # templates are withdrawn, never deleted
    return Stale(ident, row.edits, row.changed_by, row.changed_at)


async def _read(session: Session, ident: str, seen: int | None) -> Any:
    """The template's row, as the person has seen it. Raises Unknown, Stale."""
    row = await get(session, ident)
    if row is None:
        raise Unknown(f"Шаблона {ident} нет.")
    if seen is not None and row.edits != seen:
        raise Stale(ident, row.edits, row.changed_by, row.changed_at)
    return row


async def _put(session: Session, ident: str, number: int, **values: Any) -> None:
    await session.execute(
        update(versions).where(versions.c.template == ident, versions.c.number == number).values(**values)
    )


async def _note(session: Session, now: datetime, by: str, what: str, ident: str, before: Any, after: Any) -> None:
    await journal.note(session, now, by, f"template.{what}", ident, f"{before or '–'} → {after or '–'}")


async def save_draft(
    session: Session,
    template: Template,
    *,
    author: Person,
    now: datetime,
    seen: int | None,
    source: str,
    accepted: Mapping[str, str] | None = None,
    written_by: str | None = None,
) -> int:
    """Keep this as the version that is worked on; gives its number. `seen`: the value of `edits` that the author has
    read, None for a new template. An approval that it had is void: it was for other words. `source`: file, api, or the
    task whose answer it came from (`task:12`): such a new template anybody of the staff may propose (requirement
    3.14); `written_by`: whose answer it was, who must not approve it either. Raises Stale, NotAllowed."""
    if seen is not None or not source.startswith("task:"):
        _let_edit(author)
    row = await get(session, template.id)
    if (None if row is None else row.edits) != seen:
        if row is None:
            raise Unknown(f"Шаблона {template.id} нет.")
        raise Stale(template.id, row.edits, row.changed_by, row.changed_at)
    kept = {
        "content": template.model_dump_json(),
        "accepted": json.dumps(dict(accepted), ensure_ascii=False) if accepted else "",
        "source": source,
        "made_at": now,
    }
    hands: list[str] = []
    if row is None:
        number = 1
        first = {"id": template.id, "draft": 1, "last": 1, "edits": 1, "changed_at": now, "changed_by": author.id}
        if not await insert_new(session, templates, [{**first, "withdrawn": False, **_of_row(template)}]):
            raise await _stale(session, template.id)
    else:
        # Each saving has a number of its own: what was exported before is known to be older, and no words are lost.
        number = row.last + 1
        values = _of_row(template) if row.published is None else {}
        await _move(session, row, now, author.id, draft=number, last=number, **values)
        if row.draft is not None:
            before = await version(session, template.id, row.draft)
            assert before is not None  # the row names it
            hands = before.hands.split()
            await _put(session, template.id, row.draft, status="past")
    wrote = " ".join(dict.fromkeys([*hands, author.id, *([written_by] if written_by else [])]))
    new = {"template": template.id, "number": number, "status": "draft", "author": author.id, "hands": wrote}
    await insert_new(session, versions, [{**new, **kept}])
    await _note(session, now, author.id, "saved", template.id, row and row.published, number)
    return number


async def _draft(session: Session, ident: str, number: int, seen: int | None, status: tuple[str, ...]) -> Any:
    """The template's row and this version of it, which is worked on. Raises Unknown, Stale, WrongState."""
    row = await _read(session, ident, seen)
    found = await version(session, ident, number)
    if found is None:
        raise Unknown(f"{ident}: версии {number} нет.")
    if row.draft != number or found.status not in status:
        state = STATES.get(found.status, found.status)
        raise WrongState(f"{ident}: версия {number} – {state}, так сделать нельзя.")
    return row, found


def accepted_of(version: Any) -> dict[str, str]:
    """Warnings of a version that were accepted, each with its reason."""
    found: dict[str, str] = json.loads(version.accepted) if version.accepted else {}
    return found


async def around(
    session: Session, office: Office, actions: Collection[str] = (), has_file: Callable[[str], bool] | None = None
) -> Around:
    """What templates are compared with: the office and all templates that can be shown."""
    rows = await session.execute(select(templates.c.id, templates.c.internal).where(templates.c.withdrawn.is_(False)))
    known = {ident: bool(internal) for ident, internal in rows}
    return Around(office, known, actions, has_file or (lambda _name: True))


def _let_pass(template: Template, around: Around, accepted: Mapping[str, str]) -> None:
    remarks = hindering(examine(template, around), accepted)
    if remarks:
        raise Hindered(template.id, remarks)


STATES: Final = {
    "draft": "черновик",
    "approved": "утверждена и ждёт публикации",
    "published": "опубликована",
    "past": "прошлая",
    "refused": "отклонена",
}


async def approve(
    session: Session,
    ident: str,
    number: int,
    *,
    by: Person,
    now: datetime,
    around: Around,
    seen: int | None = None,
    accepted: Mapping[str, str] | None = None,
) -> None:
    """Another person agrees with these words. `accepted`: warnings that may stay, with his reasons. Raises OwnDraft for
    anybody who has written in them, Hindered while something is wrong with them."""
    _let_edit(by)
    row, found = await _draft(session, ident, number, seen, ("draft",))
    if by.id in found.hands.split() or by.id == found.author:
        raise OwnDraft(f"{ident}: версию {number} писали вы. Утверждает другой сотрудник.")
    reasons = {**accepted_of(found), **(accepted or {})}
    _let_pass(Template.model_validate_json(found.content), around, reasons)
    await _move(session, row, now, by.id)
    kept = json.dumps(reasons, ensure_ascii=False) if reasons else ""
    await _put(session, ident, number, status="approved", approved_by=by.id, approved_at=now, accepted=kept)
    await _note(session, now, by.id, "approved", ident, row.published, number)


async def refuse(
    session: Session, ident: str, number: int, *, by: Person, now: datetime, reason: str, seen: int | None = None
) -> None:
    """The version is not worked on any more; it stays in the history with the reason."""
    _let_edit(by)
    if not reason.strip():
        raise Refused("Напишите, почему: автор прочитает это.")
    row, _ = await _draft(session, ident, number, seen, ("draft", "approved"))
    await _move(session, row, now, by.id, draft=None)
    await _put(session, ident, number, status="refused", reason=reason.strip())
    await _note(session, now, by.id, "refused", ident, number, row.published)


async def publish(
    session: Session, ident: str, number: int, *, by: Person, now: datetime, around: Around, seen: int | None = None
) -> None:
    """From the commit on clients get this version. Raises WrongState if it was not approved, Hindered when something
    that it names is gone since."""
    _let_edit(by)
    row, found = await _draft(session, ident, number, seen, ("approved",))
    template = Template.model_validate_json(found.content)
    _let_pass(template, around, accepted_of(found))
    await _move(session, row, now, by.id, published=number, draft=None, withdrawn=False, **_of_row(template))
    if row.published is not None:
        await _put(session, ident, row.published, status="past")
    await _put(session, ident, number, status="published", published_at=now)
    await live.touch(session)
    await _note(session, now, by.id, "published", ident, row.published, number)
    if template.review_on > row.review_on:
        await close_reviews(session, {ident: checked(number, template.review_on)}, by.id, now)


async def withdraw(
    session: Session, ident: str, *, by: Person, now: datetime, reason: str = "", seen: int | None = None
) -> None:
    """Clients and staff do not get it any more; nothing is deleted."""
    _let_edit(by)
    row = await _read(session, ident, seen)
    if row.published is None or row.withdrawn:
        raise WrongState(f"{ident}: нечего отзывать: ответ не опубликован.")
    await _move(session, row, now, by.id, withdrawn=True)
    await live.touch(session)
    details = f"{row.published} → –" + (f": {reason.strip()}" if reason.strip() else "")
    await journal.note(session, now, by.id, "template.withdrawn", ident, details)
    await close_reviews(session, {ident: "Ответ отозван"}, by.id, now)


async def restore(session: Session, ident: str, *, by: Person, now: datetime, seen: int | None = None) -> None:
    """The version that was withdrawn is given again; it was approved once."""
    _let_edit(by)
    row = await _read(session, ident, seen)
    if row.published is None or not row.withdrawn:
        raise WrongState(f"{ident}: нечего возвращать: ответ не отозван.")
    # If it is past its review, its owner gets a new task: that of before ended with the withdrawal.
    await _move(session, row, now, by.id, withdrawn=False, reviewed=None)
    await live.touch(session)
    await _note(session, now, by.id, "restored", ident, None, row.published)


def checked(number: int, review_on: date) -> str:
    """How a task «look at it again» ends by itself."""
    return f"Опубликована версия {number}, следующая проверка {review_on:%d.%m.%Y}"


async def close_reviews(session: Session, done: Mapping[str, str], by: str, now: datetime) -> None:
    """The open tasks «look at it again» of these templates are done: with these words."""
    idents, table = list(done), tasks.table
    for start in range(0, len(idents), 500):
        some = table.c.subject.in_(idents[start : start + 500])
        waiting = and_(table.c.kind == "review", table.c.status != "closed", some)
        for number, ident in list(await session.execute(select(table.c.id, table.c.subject).where(waiting))):
            await tasks.close(session, number, now, done=done[ident], by=by, person=None)


# --- wordings of clients ----------------------------------------------------------------------------------


async def waiting(session: Session, *, template: str = "", skip: int = 0, limit: int = 50) -> tuple[list[Any], int]:
    """Wordings that nobody has decided on, those that came most often first; and how many there are."""
    condition = phrasings.c.state == "waiting"
    if template:
        condition = and_(condition, phrasings.c.template == template)
    rows = await session.execute(
        select(phrasings).where(condition).order_by(phrasings.c.times.desc(), phrasings.c.id).offset(skip).limit(limit)
    )
    count = await session.execute(select(func.count()).select_from(phrasings).where(condition))
    return list(rows), count.scalar_one()


async def accept(session: Session, idents: list[int], *, by: Person, now: datetime) -> int:
    """The search learns these wordings; gives how many. One that was refused before can still be accepted."""
    done = await _decide(session, idents, "accepted", by, now)
    if done:
        await live.touch(session)
    return done


async def dismiss(session: Session, idents: list[int], *, by: Person, now: datetime) -> int:
    """These wordings are not learnt, or not any more; gives how many."""
    learnt = select(func.count()).where(phrasings.c.id.in_(idents), phrasings.c.state == "accepted")
    had = (await session.execute(learnt)).scalar_one()
    done = await _decide(session, idents, "refused", by, now)
    if had:
        await live.touch(session)
    return done


async def _decide(session: Session, idents: list[int], state: str, by: Person, now: datetime) -> int:
    _let_edit(by)
    idents = [ident for ident in idents if 0 < ident < 1 << 31]  # PostgreSQL refuses larger ones as a fault
    rows = await session.execute(
        update(phrasings)
        .where(phrasings.c.id.in_(idents), phrasings.c.state != state)
        .values(state=state, by=by.id)
        .returning(phrasings.c.template, phrasings.c.id)
    )
    changed = sorted(tuple(row) for row in rows)
    for template, ident in changed:
        await journal.note(session, now, by.id, f"phrasing.{state}", template, str(ident))
    return len(changed)
