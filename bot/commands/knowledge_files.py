"""What the parts of `python -m bot knowledge` read: files of templates and of questions, or the published base."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from knowledge.model import Entry

if TYPE_CHECKING:
    from backend.settings import Settings
    from knowledge.index import Index
    from knowledge.measure import Question

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is ten times as fast


class Unreadable(Exception):
    """A file is not what was expected; the message names it and says what to write."""


@dataclass(frozen=True, slots=True)
class Base:
    """The templates in one file, or the office's own that are published."""

    entries: Sequence[Entry]
    categories: Mapping[str, str] = field(default_factory=dict)
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def titles(self) -> dict[str, str]:
        return {entry.id: entry.title for entry in self.entries}

    def index(self) -> Index:
        from knowledge.index import Index

        return Index.build(self.entries, synonyms=self.synonyms)


def read_templates(path: Path) -> Base:
    """A list of `{id, title, questions, answer}`, perhaps with `category`. Raises Unreadable, OSError."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=Loader)  # noqa: S506  both are safe loaders
    except UnicodeDecodeError:
        raise Unreadable(f"{path}: файл не в кодировке UTF-8, сохраните его в ней") from None
    except yaml.YAMLError as error:
        raise Unreadable(f"{path}: это не YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, list):
        raise Unreadable(f"{path}: нужен список шаблонов: - id: …, title: …, questions: […], answer: …")
    entries: dict[str, Entry] = {}
    categories: dict[str, str] = {}
    for number, item in enumerate(content, 1):
        entry = _entry(item, f"{path}, шаблон {number}")
        if entry.id in entries:
            raise Unreadable(f"{path}, шаблон {number}: код {entry.id} уже есть выше")
        entries[entry.id] = entry
        if item.get("category"):
            categories[entry.id] = str(item["category"])
    return Base(tuple(entries.values()), categories)


def _entry(item: Any, where: str) -> Entry:
    if not isinstance(item, dict):
        raise Unreadable(f"{where}: нужны поля id, title, questions, answer")
    for name in ("id", "title"):
        if not isinstance(item.get(name), str | int) or not str(item[name]).strip():
            raise Unreadable(f"{where}: нет поля {name}")
    questions = item.get("questions") or []
    if not isinstance(questions, list):
        raise Unreadable(f"{where}: questions – это список строк")
    answer = item.get("answer") or ""
    return Entry(str(item["id"]), str(item["title"]), tuple(str(q) for q in questions if q is not None), str(answer))


def read_questions(path: Path) -> list[Question]:
    """Lines of `{"text", "template_id", "scope", "noise"}`; only the text must be there. Raises Unreadable, OSError."""
    from knowledge.measure import Question

    questions = []
    with path.open(encoding="utf-8") as lines:
        try:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                where = f"{path}, строка {number}"
                try:
                    item = json.loads(line)
                except ValueError:
                    raise Unreadable(f"{where}: это не JSON") from None
                text = item.get("text", item.get("query")) if isinstance(item, dict) else None
                if not isinstance(text, str):
                    raise Unreadable(f'{where}: нужно поле text: {{"text": "…", "template_id": "…"}}')
                template, scope = item.get("template_id"), item.get("scope")
                if scope not in ("in", "near", "far"):
                    scope = "in" if template is not None else "near"
                known = None if template is None else str(template)
                questions.append(Question(text, known, scope, str(item.get("noise") or "")))
        except UnicodeDecodeError:
            raise Unreadable(f"{path}: файл не в кодировке UTF-8, сохраните его в ней") from None
    if not questions:
        raise Unreadable(f"{path}: в файле нет ни одного вопроса")
    return questions


async def read_published(settings: Settings) -> tuple[Base, float]:
    """What clients of this office are answered from, and the share of wrong answers that it bears. Raises CannotStart,
    DatabaseAway."""
    from zoneinfo import ZoneInfo

    from backend.clock import clock_from, office_day
    from backend.knowledge.live import entry_of, read
    from bot.opening import open_database, read_office

    office, _ = read_office(settings)
    clock = clock_from(settings.clock)
    db = await open_database(settings, clock)
    try:
        async with db.read() as session:
            templates, _, learnt = await read(session)
    finally:
        await db.close()
    today = office_day(clock(), ZoneInfo(office.timezone))
    hidden = office.rules.hide_overdue
    public = [t for t in templates if not t.internal and not (hidden and t.review_on < today)]
    base = Base(
        tuple(entry_of(t, learnt.get(t.id, ())) for t in public),
        {t.id: t.category for t in public},
        {term.word: term.also for term in office.glossary if term.also},
    )
    return base, office.rules.wrong_share


def complain(error: Exception) -> int:
    print(error, file=sys.stderr)
    return 2
