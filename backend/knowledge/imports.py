"""Templates from office files (`knowledge/*.yaml` of the office folder) and back.

A file holds `templates`, a list; a row has the fields of a template and may have `version` (the one it was exported
as), `approved_by` and `approved_on` (or the file has them for all its rows), `accepted` (warnings with the reason why
they may stay), `draft: true`, `withdrawn: true`. Files are read as a whole and judged as a whole: with one fault
nothing changes. After the first import the database is the truth, and a row that it knows in a newer version is told,
not changed.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from datetime import time as clock_time
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import Field
from sqlalchemy import bindparam, func, insert, select, update

from backend import journal, shared_state
from backend.clock import office_day
from backend.db import Database, Session
from backend.knowledge import live
from backend.knowledge.checks import Around, Remark, compare, examine, has_file_in, unsettled
from backend.knowledge.model import Template
from backend.knowledge.rows import templates, versions
from backend.knowledge.templates import accepted_of, checked, close_reviews, may_edit
from backend.knowledge.templates import around as what_is_around
from backend.office.check import Fault
from backend.office.model import Office, Person, PersonId
from surveys.definition import Frozen
from surveys.load import fit, parse_text

log = logging.getLogger(__name__)

FOLDER: Final = "knowledge"
FILES: Final = "knowledge.files"  # where the digest of the files is kept that were imported last
FILE: Final = "file"  # the author of what a file brings
HOW: Final = "python -m bot knowledge import"

Texts = tuple[tuple[str, str], ...]
"""Names of files and what is in them."""


class _Approval(Frozen):
    """What a row, or a file for all its rows, says beside the template itself."""

    approved_by: PersonId | None = None
    approved_on: date | None = None


class _Beside(_Approval):
    version: int | None = Field(None, ge=1, le=1_000_000)
    accepted: dict[str, str] = Field(default_factory=dict)
    draft: bool = False
    withdrawn: bool = False


_BESIDE: Final = tuple(_Beside.model_fields)


@dataclass(frozen=True, slots=True)
class Filed:
    """One row of a file. `approved_by` is None for a draft."""

    file: str
    path: str
    template: Template
    version: int | None
    approved_by: str | None
    approved_on: date | None
    accepted: Mapping[str, str]
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Read:
    """What files say, and what is wrong with them before anything is compared."""

    rows: tuple[Filed, ...]
    faults: tuple[Fault, ...]


# --- reading ----------------------------------------------------------------------------------------------


def texts_of(folder: Path) -> tuple[Texts, list[Fault]]:
    """The files of an office folder that hold templates."""
    found, faults = [], []
    for path in sorted((folder / FOLDER).glob("*.yaml")):
        name = f"{FOLDER}/{path.name}"
        try:
            found.append((name, path.read_text("utf-8-sig")))
        except UnicodeDecodeError:
            faults.append(Fault(name, "", "not UTF-8 text"))
        except OSError as error:
            faults.append(Fault(name, "", f"cannot be read: {error.strerror}"))
    return tuple(found), faults


def digest(texts: Texts) -> str:
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


@lru_cache(maxsize=2)
def read(texts: Texts) -> Read:
    """All files together. The same texts are read once: a start compares, an import follows."""
    rows: list[Filed] = []
    faults: list[Fault] = []
    for name, text in texts:
        _read_file(name, text, rows, faults)
    places: dict[str, Filed] = {}
    for row in rows:
        first = places.setdefault(row.template.id, row)
        if first is not row:
            message = f"{row.template.id!r} is already used by {first.file}: {first.path}"
            faults.append(Fault(row.file, f"{row.path}.id", message))
    return Read(tuple(rows), tuple(faults))


def _read_file(name: str, text: str, rows: list[Filed], faults: list[Fault]) -> None:
    data, remarks = parse_text(text)
    faults += [Fault(name, remark.path, remark.message) for remark in remarks]
    if remarks:
        return
    if not isinstance(data, dict) or not isinstance(data.get("templates"), list):
        faults.append(Fault(name, "templates", "must hold a list `templates:`"))
        return
    own = {key: value for key, value in data.items() if key != "templates"}
    whole, remarks = fit(_Approval, own)
    faults += [Fault(name, remark.path, remark.message) for remark in remarks]
    for place, item in enumerate(data["templates"]):
        path = f"templates[{place}]"
        if not isinstance(item, dict):
            faults.append(Fault(name, path, "must hold `name: value` lines"))
            continue
        template, remarks = fit(Template, {k: v for k, v in item.items() if k not in _BESIDE}, path)
        beside, more = fit(_Beside, {k: v for k, v in item.items() if k in _BESIDE}, path)
        faults += [Fault(name, remark.path, remark.message) for remark in (*remarks, *more)]
        if template is None or beside is None or whole is None:
            continue
        by = beside.approved_by or (None if beside.draft else whole.approved_by)
        on = beside.approved_on or whole.approved_on
        if beside.draft and beside.approved_by:
            faults.append(Fault(name, f"{path}.draft", "черновик не бывает утверждён: уберите approved_by или draft"))
        elif by is not None and on is None:
            faults.append(Fault(name, f"{path}.approved_on", "назовите день утверждения"))
        row = Filed(name, path, template, beside.version, by, on if by else None, beside.accepted, beside.withdrawn)
        rows.append(row)


def judge(found: Read, around: Around, today: date) -> tuple[list[Fault], list[Fault]]:
    """What is wrong with the templates of files: faults, and warnings that nobody has accepted. What would hinder the
    approval of a draft is a warning."""
    known = {**around.templates, **{row.template.id: row.template.internal for row in found.rows}}
    whole = Around(around.office, known, around.actions, around.has_file)
    faults, warnings = list(found.faults), list[Fault]()
    by_id = {row.template.id: row for row in found.rows}
    for row in found.rows:
        faults += _wrong_approval(row, around.office, today)
        for remark in unsettled(examine(row.template, whole), row.accepted):
            fault = _as_fault(row, remark)
            if remark.level == "fault" and row.approved_by is not None:
                faults.append(fault)
            else:
                # A draft may have faults here as it may in the database: it is not published with them.
                warnings.append(replace(fault, level="warning"))
    for ident, remark in compare(row.template for row in found.rows):
        if remark.key not in by_id[ident].accepted:
            warnings.append(_as_fault(by_id[ident], remark))
    return faults, warnings


def _as_fault(row: Filed, remark: Remark) -> Fault:
    return Fault(row.file, f"{row.path} ({row.template.id}).{remark.path}", remark.message, remark.level)


def _wrong_approval(row: Filed, office: Office, today: date) -> Iterator[Fault]:
    if row.approved_by is None:
        return
    person, path = office.person(row.approved_by), f"{row.path}.approved_by"
    if person is None:
        yield Fault(
            row.file, path, f"нет сотрудника «{row.approved_by}» (staff.yaml): кто утверждает этот ответ теперь?"
        )
    elif not may_edit(person):
        yield Fault(row.file, path, f"{person.full}: нет роли approver, editor или administrator (staff.yaml)")
    if row.approved_on is not None and row.approved_on > today:
        yield Fault(row.file, f"{row.path}.approved_on", f"{row.approved_on:%d.%m.%Y} ещё не наступило")


# --- comparing --------------------------------------------------------------------------------------------

What = Literal["new", "changed", "unchanged", "newer", "own"]


@dataclass(frozen=True, slots=True)
class Step:
    """What an import does with one row. `before`: the template's own row in the database."""

    what: What
    row: Filed
    before: Any | None = None
    draft: Any | None = None
    told: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """All rows of the files, compared with the database."""

    steps: tuple[Step, ...] = ()
    warnings: tuple[Fault, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def counts(self) -> Counter[str]:
        return Counter(step.what for step in self.steps)

    @property
    def told(self) -> list[str]:
        """Rows that are left as they are, and why."""
        return [step.told for step in self.steps if step.told]

    @property
    def changes(self) -> list[Step]:
        return [step for step in self.steps if step.what in ("new", "changed")]


async def plan(session: Session, found: Read, office: Office, *, lock: bool = False) -> Plan:
    """What an import of these rows, in which no fault was found, would do. `lock`: the import follows, and whoever
    edits a template meanwhile waits for it."""
    every = select(templates).with_for_update() if lock else select(templates)  # SQLite has one writer anyway
    before = {row.id: row for row in await session.execute(every)}
    held = (versions.c.number == templates.c.published) | (versions.c.number == templates.c.draft)
    contents = await session.execute(select(versions).join(templates, (templates.c.id == versions.c.template) & held))
    stored = {(row.template, row.number): row for row in contents}
    zone = ZoneInfo(office.timezone)
    return Plan(tuple(_compare(row, before.get(row.template.id), stored, zone) for row in found.rows))


def _compare(row: Filed, before: Any | None, stored: Mapping[tuple[str, int], Any], zone: ZoneInfo) -> Step:
    ident = row.template.id
    if before is None:
        return Step("new", row)
    published, draft = stored.get((ident, before.published)), stored.get((ident, before.draft))
    content = row.template.model_dump_json()
    if published is not None and _same(published.content, row.template, content):
        told = ""
        if before.withdrawn and not row.withdrawn:
            told = f"{ident}: в базе отозван, в файле нет: не изменено"
        elif row.withdrawn and not before.withdrawn:
            how = f"python -m bot knowledge withdraw {ident} --by …"
            told = f"{ident}: в файле отозван, в базе нет: не изменено. Отозвать: {how}"
        return Step("unchanged", row, before, told=told)
    same_draft = draft is not None and _same(draft.content, row.template, content)
    if draft is not None:
        if row.approved_by is None and same_draft:
            return Step("unchanged", row, before)
        if row.approved_by in draft.hands.split():
            told = f"{ident}: черновик писал {row.approved_by}, утвердить должен другой сотрудник: не изменено"
            return Step("own", row, before, told=told)
    newest = max((v for v in (published, draft) if v is not None), key=lambda v: v.number, default=None)
    # A file that is kept by hand, without numbers, goes on from what it brought itself; whoever changed it in the
    # database since is safe.
    if newest is not None and not same_draft and _is_newer(newest, row.version):
        day = newest.made_at.astimezone(zone)
        told = (
            f"{ident}: в базе версия {newest.number} от {day:%d.%m.%Y}, в файле {row.version or 1}: не изменено. "
            "Выгрузите базу (python -m bot knowledge export) и внесите правку в новый файл"
        )
        return Step("newer", row, before, told=told)
    return Step("changed", row, before, draft)


def _is_newer(stored: Any, version: int | None) -> bool:
    """Whether a stored version is newer than what a row of a file goes on from."""
    if version is None:
        return bool(stored.source != FILE)
    return bool(stored.number > version)


def _same(stored: str, template: Template, content: str) -> bool:
    """Whether a stored version says the same, also if a field has been added to the shape since."""
    if stored == content:
        return True
    try:
        return Template.model_validate_json(stored) == template
    except ValueError:
        return False


# --- writing ----------------------------------------------------------------------------------------------


async def apply(session: Session, plan: Plan, office: Office, now: datetime, *, author: Person | None = None) -> None:
    """Do what the plan says, in a few statements however many rows there are. `author`: who sends them by the API;
    then all of them are drafts of his (`run` sees to that)."""
    if plan.faults or not plan.changes:
        return
    by = author.id if author is not None else FILE
    zone = ZoneInfo(office.timezone)
    added: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    fresh: list[dict[str, Any]] = []
    past: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    reviewed: dict[str, str] = {}
    for step in plan.changes:
        row, template, before = step.row, step.row.template, step.before
        approved = row.approved_by is not None
        number = (row.version or 1) if before is None else before.last + 1
        fresh.append(_version(step, number, approved, by, now, zone))
        own = {
            "owner": template.owner,
            "category": template.category,
            "review_on": template.review_on,
            "internal": template.internal,
        }
        shown = None if before is None else before.published
        if before is not None and not approved and shown is not None:
            own = {name: getattr(before, name) for name in own}  # what is published goes on as it is
        values = {
            **own,
            "published": number if approved else shown,
            "draft": None if approved else number,
            "last": number,
            "withdrawn": row.withdrawn if approved else before is not None and before.withdrawn,
            "changed_at": now,
            "changed_by": by,
        }
        if before is None:
            added.append({"id": template.id, "edits": 1, **values})
        else:
            moved.append({"this": template.id, "edits": before.edits + 1, **values})
            gone = [n for n in (before.published if approved else None, before.draft) if n is not None]
            past += [{"this": template.id, "which": n} for n in gone]
            if approved and template.review_on > before.review_on:
                reviewed[template.id] = checked(number, template.review_on)
        what = "published" if approved else "saved"
        details = f"{shown or '–'} → {number} ({row.file})"
        notes.append({"at": now, "actor": by, "action": f"template.{what}", "subject": template.id, "details": details})
    if added:
        await session.execute(insert(templates), added)
    if moved:
        # The columns that change are those that the rows name.
        await session.execute(update(templates).where(templates.c.id == bindparam("this")), moved)
    if past:
        which = (versions.c.template == bindparam("this")) & (versions.c.number == bindparam("which"))
        await session.execute(update(versions).where(which).values(status="past"), past)
    await session.execute(insert(versions), fresh)
    await session.execute(insert(journal.table), notes)
    await close_reviews(session, reviewed, by, now)
    if any(version["status"] == "published" for version in fresh):
        await live.touch(session)


def _version(step: Step, number: int, approved: bool, by: str, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    row, signed = step.row, None
    # It takes the place of a draft: whoever has written in that one must not approve what may be his own words.
    before = step.draft.hands.split() if step.draft is not None else []
    hands = " ".join(dict.fromkeys([*before, *([] if by == FILE else [by])]))
    if approved and row.approved_on is not None:
        # The file knows a day; noon of the office is on this day in every zone of the country.
        signed = datetime.combine(row.approved_on, clock_time(12), zone)
    return {
        "template": row.template.id,
        "number": number,
        "status": "published" if approved else "draft",
        "content": row.template.model_dump_json(),
        "author": by,
        "hands": hands,
        "made_at": now,
        "accepted": json.dumps(dict(row.accepted), ensure_ascii=False) if row.accepted else "",
        "source": FILE if by == FILE else "api",
        "reason": "",
        "approved_by": (row.approved_by or "") if approved else "",
        "approved_at": signed,
        "published_at": now if approved else None,
    }


@dataclass(frozen=True, slots=True)
class Place:
    """Where an import works: the database, the office, what buttons may name and which files there are."""

    db: Database
    office: Office
    actions: Collection[str]
    has_file: Callable[[str], bool]


async def run(place: Place, texts: Texts, now: datetime, *, author: Person | None = None, dry: bool = False) -> Plan:
    """Import these files, or with `dry` only say what would be done. Raises DatabaseAway."""
    office = place.office
    async with place.db.read() as session:
        around = await what_is_around(session, office, place.actions, place.has_file)

    def judged() -> tuple[Read, list[Fault], list[Fault]]:
        found = read(texts)
        return found, *judge(found, around, office_day(now, ZoneInfo(office.timezone)))

    # Thousands of templates take seconds: beside the event loop, and before anybody waits for the transaction.
    found, faults, warnings = await asyncio.to_thread(judged)
    if faults:
        return Plan(warnings=tuple(warnings), faults=tuple(faults))
    if author is not None:
        # Whatever approval they name: it is not theirs to give.
        found = Read(tuple(replace(row, approved_by=None, approved_on=None) for row in found.rows), found.faults)
    if dry:
        async with place.db.read() as session:
            planned = await plan(session, found, office)
    else:
        async with place.db.begin() as session:
            # One import at a time: of several processes that start at once the others wait, and find its work.
            await shared_state.claim_tick(session, "knowledge.import", secrets.token_hex(8))
            planned = await plan(session, found, office, lock=True)
            await apply(session, planned, office, now, author=author)
    return replace(planned, warnings=tuple(warnings))


# --- at the start -----------------------------------------------------------------------------------------


async def at_start(
    db: Database, office: Office, folder: Path, now: datetime, actions: Collection[str] = ()
) -> list[Fault]:
    """The first import into an empty base; afterwards the database is the truth, and differences are only told. A fault
    stops the start only while there is nothing else to serve."""
    texts, unread = texts_of(folder)
    if not texts and not unread:
        return []
    mark = digest(texts)
    async with db.read() as session:
        same = await shared_state.get_place(session, FILES) == mark and not unread
        empty = not (await session.execute(select(func.count()).select_from(templates))).scalar_one()
    if same and not empty:
        return []
    if unread and empty:
        return unread
    place = Place(db, office, actions, has_file_in(folder))
    planned = await run(place, texts, now, dry=not empty)
    faults = [*unread, *planned.faults]
    if empty:
        if not faults:
            await _put_mark(db, mark)
            counts = Counter("published" if step.row.approved_by else "drafts" for step in planned.changes)
            log.info("knowledge base: %s templates published, %s drafts", counts["published"], counts["drafts"])
        return faults
    if faults:
        more = f" (и ещё {len(faults) - 1})" if len(faults) > 1 else ""
        message = (
            f"{faults[0].message}{more}. Файлы не загружены, бот отвечает по базе данных. Проверить: {HOW} --dry-run"
        )
        return [Fault(faults[0].file, faults[0].path, message, "warning")]
    if planned.changes or planned.told:
        counts = planned.counts
        message = (
            f"файлы отличаются от базы данных: новых {counts['new']}, изменённых {counts['changed']}, "
            f"в базе новее {counts['newer'] + counts['own']}. Бот отвечает по базе данных. Загрузить: {HOW}"
        )
        return [Fault(FOLDER, "", message, "warning")]
    await _put_mark(db, mark)
    return []


async def noted(db: Database, texts: Texts) -> None:
    """These files have been imported, or written by an export: the next start finds nothing to tell."""
    await _put_mark(db, digest(texts))


async def _put_mark(db: Database, mark: str) -> None:
    async with db.begin() as session:
        await shared_state.put_place(session, FILES, mark)


# --- export -----------------------------------------------------------------------------------------------


class _Dumper(yaml.SafeDumper):
    """Block style with lists under their key, as people write."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002  as the parent calls
        super().increase_indent(flow, False)

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _lines(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _lines)


async def export(session: Session, zone: ZoneInfo) -> dict[str, str]:
    """The base as files, by name: one a category. The same base gives the same files, and they give the same base."""
    return files_of(await rows_for_export(session), zone)


async def rows_for_export(session: Session) -> list[Any]:
    """What files hold: what is published; a draft only of what never was."""
    rows = await session.execute(
        select(versions, templates.c.withdrawn)
        .join(
            templates,
            (templates.c.id == versions.c.template)
            & (versions.c.number == func.coalesce(templates.c.published, templates.c.draft)),
        )
        .order_by(versions.c.template)
    )
    return list(rows)


def files_of(rows: Sequence[Any], zone: ZoneInfo) -> dict[str, str]:
    by_category: dict[str, list[tuple[Template, Any]]] = {}
    for row in rows:
        template = Template.model_validate_json(row.content)
        by_category.setdefault(template.category, []).append((template, row))
    return {f"{category}.yaml": as_yaml(of, zone) for category, of in sorted(by_category.items())}


def as_yaml(rows: Sequence[tuple[Template, Any]], zone: ZoneInfo) -> str:
    """One file. `rows`: templates with their versions."""
    signed = [_signed(row, zone) for _, row in rows]
    most = Counter(pair for pair in signed if pair is not None)
    # Of equally frequent ones always the same: the order of the rows must not matter.
    common = min(most, key=lambda pair: (-most[pair], pair), default=None)
    content: dict[str, Any] = {}
    if common is not None:
        content = {"approved_by": common[0], "approved_on": common[1]}
    content["templates"] = [
        _row(template, row, pair, common) for (template, row), pair in zip(rows, signed, strict=True)
    ]
    text: str = yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)
    return text


def _signed(row: Any, zone: ZoneInfo) -> tuple[str, date] | None:
    if row.status != "published" or not row.approved_by or row.approved_at is None:
        return None
    return row.approved_by, office_day(row.approved_at, zone)


def _row(
    template: Template, row: Any, signed: tuple[str, date] | None, common: tuple[str, date] | None
) -> dict[str, Any]:
    found = _plain(template.model_dump(exclude_defaults=True))
    assert isinstance(found, dict)
    if row.number > 1 or row.source != FILE:
        found["version"] = row.number
    if signed is not None and signed != common:
        found |= {"approved_by": signed[0], "approved_on": signed[1]}
    if accepted := accepted_of(row):
        found["accepted"] = accepted
    if signed is None and common is not None:
        found["draft"] = True
    if row.withdrawn:
        found["withdrawn"] = True
    return found


def _plain(value: Any) -> Any:
    """Tuples are lists in YAML."""
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    return value
