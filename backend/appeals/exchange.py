"""Appeals as CSV, to and from another system (СЭД, ПОС, ФГИС ДО): columns, encodings, cells.

`COLUMNS` is the one place that says which columns there are. None of them names a person: what an applicant has sent
stays in the system where he sent it (152-ФЗ, article 5: no more data than the purpose needs).
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy import and_, or_, select

from backend.appeals.rows import appeals, events
from backend.db import Database

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "number": ("номер", "№", "рег. №", "рег. номер", "регистрационный номер", "номер обращения"),
    "outside": ("внешний номер", "номер в системе", "номер в сэд", "номер в пос", "номер в фгис до"),
    "source": ("источник", "система"),
    "kind": ("вид", "вид обращения"),
    "way": ("способ", "способ подачи", "канал подачи"),
    "topic": ("тема", "тематика"),
    "service": ("услуга",),
    "point": ("точка", "точка взаимодействия"),
    "unit": ("отдел", "подразделение"),
    "received": ("получено", "поступило", "дата получения", "дата поступления"),
    "registered": ("зарегистрировано", "регистрация", "дата регистрации"),
    "stage": ("этап", "статус", "состояние"),
    "due": ("срок", "срок ответа", "срок исполнения"),
    "extended": ("продлено", "продлено дней", "продлено на дней", "продление"),
    "answered": ("ответ дан", "дата ответа", "завершено", "дата завершения"),
    "reason": ("причина", "причина закрытия", "основание"),
    "then": ("что дальше", "следующий шаг"),
    "body": ("передано", "передано в", "орган", "куда передано"),
    "answer": ("ответ", "текст ответа"),
    "complained": ("на кого жалоба", "обжалуемое лицо"),
    "summary": ("кратко", "краткое содержание", "содержание", "аннотация"),
    "changed": ("изменено", "дата изменения"),
}
"""Each column with the other headers by which it is recognised, in any letter case. `number`: ours, or theirs where
clients are to follow it by that. `outside`: the number in the other system. `extended`: by so many days. `reason`: of
an extension, suspension, refusal, closing. `body`: to whom it was passed on. `changed` is only written, never read."""

WRITTEN: Final = (
    *("number", "outside", "source", "kind", "way", "topic", "service", "point", "unit", "received", "registered"),
    *("stage", "due", "extended", "answered", "reason", "summary", "changed"),
)
AT_ONCE: Final = 1000
LINE_LIMIT: Final = 200_000  # characters of a header: more is no table

Cells = list[str]
_KNOWN: Final = {header: name for name, others in COLUMNS.items() for header in (name, *others)}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_DAY = re.compile(r"(?:(\d{4})-(\d{2})-(\d{2})|(\d{1,2})\.(\d{1,2})\.(\d{4}))(?:[ T]\d{1,2}:\d{2}(?::\d{2})?.*)?\Z")
_SPACES = re.compile(r"[\s\u00a0\u200b\ufeff]+")


class BadFile(ValueError):
    """The file as a whole cannot be read; the message says why, in Russian, for whoever loads it."""


class NoDay(ValueError):
    """A cell that should hold a day does not."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is written. `columns`: names in the order of the file, empty for one that nobody knows; `unknown`: the
    headers of those."""

    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the file. `line`: where it begins, as an editor counts. `fault`: why it cannot be read."""

    line: int
    cells: dict[str, str]
    fault: str = ""


# --- reading ----------------------------------------------------------------------------------------------


def format_of(path: Path) -> Format:
    """Encoding, delimiter and columns of a file, found by its content. Raises BadFile, OSError."""
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        header = next((line for line in iter(lambda: file.readline(LINE_LIMIT), "") if line.strip()), "")
    if not header:
        raise BadFile("файл пуст")
    found = [_columns(header, delimiter, encoding) for delimiter in (";", ",", "\t")]
    best = max(found, key=lambda one: sum(map(bool, one.columns)))
    named = [name for name in best.columns if name]
    if "number" not in named and "outside" not in named:
        raise BadFile("в первой строке нет столбца «номер» (number) или «внешний номер» (outside)")
    doubles = sorted({name for name in named if named.count(name) > 1})
    if doubles:
        raise BadFile(f"столбец {doubles[0]} есть дважды")
    return best


def _encoding(path: Path) -> str:
    """UTF-8 with or without its mark, UTF-16 with its mark (what Excel calls Unicode), else Windows-1251."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for name, encoding in (("utf-8", "utf-8-sig"), ("cp1251", "cp1251")):
        if _decodes(path, name):
            return encoding
    raise BadFile("кодировка не UTF-8 и не Windows-1251: сохраните файл как CSV UTF-8")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while part := file.read(1 << 20):
                decoder.decode(part)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _columns(header: str, delimiter: str, encoding: str) -> Format:
    try:
        row = next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error:
        row = []
    names = tuple(_KNOWN.get(_plain(text).casefold().rstrip(":"), "") for text in row)
    unknown = tuple(_plain(text) for text, name in zip(row, names, strict=True) if not name and _plain(text))
    return Format(encoding, delimiter, names, unknown)


def entries(path: Path, form: Format) -> Iterator[Entry]:
    """The records of a file one by one: memory does not grow with it."""
    with path.open(encoding=form.encoding, newline="") as file:
        yield from _entries(file, form)


def _entries(file: IO[str], form: Format) -> Iterator[Entry]:
    reader = csv.reader(file, delimiter=form.delimiter)
    header = True
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Entry(line, {}, f"строки {line}–{reader.line_num}: кавычка открыта и не закрыта")
            continue
        if not any(text.strip() for text in row):
            continue
        if header:
            header = False
            continue
        if len(row) > len(form.columns) and any(text.strip() for text in row[len(form.columns) :]):
            yield Entry(line, {}, f"столбцов {len(row)}, а в заголовке {len(form.columns)}: проверьте кавычки")
            continue
        yield Entry(line, {name: _cell(name, text) for name, text in zip(form.columns, row, strict=False) if name})


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _cell(name: str, text: str) -> str:
    """A cell without the apostrophe that a spreadsheet needs before what looks like a formula. An answer keeps its
    lines."""
    text = text.strip() if name == "answer" else _plain(text)
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def read_day(text: str) -> date:
    """«2026-11-23» or «23.11.2026», also with a time behind it. Raises NoDay."""
    found = _DAY.match(text)
    if found is None:
        raise NoDay(text)
    year, month, day = found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise NoDay(text) from None


# --- writing ----------------------------------------------------------------------------------------------


async def exported(db: Database, since: date | None = None, changed: datetime | None = None) -> AsyncIterator[Cells]:
    """Rows of the export after its header `WRITTEN`, as plain texts. `since`: registered on this day or later;
    `changed`: something has happened to it at this moment or later. Left out is what a client has had deleted. Read in
    portions, each a short look."""
    query = select(appeals).where(appeals.c.blocked.is_(False)).order_by(appeals.c.id).limit(AT_ONCE)
    if since is not None:
        query = query.where(appeals.c.registered_on >= since)
    if changed is not None:
        happened = select(events.c.id).where(events.c.appeal == appeals.c.id, events.c.at >= changed).exists()
        query = query.where(or_(appeals.c.stage_at >= changed, happened))
    after = 0
    while True:
        async with db.read() as session:
            rows = list(await session.execute(query.where(and_(appeals.c.id > after))))
        for row in rows:
            yield [_written(row, name) for name in WRITTEN]
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].id


def _written(row: Any, name: str) -> str:
    match name:
        case "received" | "registered" | "due" | "answered":
            value = getattr(row, f"{name}_on")
            return value.isoformat() if value is not None else ""
        case "changed":
            stamp: str = row.stage_at.isoformat(timespec="seconds")
            return stamp
        case _:
            value = getattr(row, name)
            return "" if value is None else str(value)
