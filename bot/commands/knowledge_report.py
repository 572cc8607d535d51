"""`python -m bot knowledge report`: what clients asked, what nobody could answer, and what the editor has to do."""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from backend.clock import clock_from, office_day
from backend.db import DatabaseAway
from backend.knowledge import report
from backend.knowledge.report import About, NotFound, Report, Waiting, Wording
from backend.office import Office
from backend.settings import Settings
from bot.cells import cell
from bot.opening import CannotStart, open_database, read_office
from bot.words import Words, load_words

_Any = TypeVar("_Any")
WIDTH = 100
LINES = 10  # of a list on the screen; --json and --csv have all
WORDS = 140  # characters of a question on the screen
FEW = "мало данных"
COUNTS = (
    ("asked", "задано", False),
    ("answered", "бот ответил сразу", True),
    ("chosen", "ответ выбран из предложенных", True),
    ("unknown", "бот не знал ответа", True),
    ("neither", "ни один вариант не подошёл", True),
    ("unclear", "вопрос слишком короткий, бот переспросил", True),
    ("handed", "передано сотруднику", True),
)
OUTCOMES = {"unknown": "бот не знал", "neither": "варианты не подошли", "choosing": "вариант не выбран"}
LANGUAGES = {"ru": "русский", "en": "английский"}
FROM_FILE = {"file": "из файлов учреждения"}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--days", type=_days, default=30, metavar="N", help="the last so many days (30)")
    parser.add_argument("--json", action="store_true", help="everything as JSON")
    parser.add_argument("--csv", action="store_true", help="everything as comma-separated values")


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 3660:
        raise argparse.ArgumentTypeError("число дней: от 1 до 3660")
    return int(text)


def main(options: argparse.Namespace, settings: Settings) -> int:
    try:
        office, _ = read_office(settings)
        found = asyncio.run(_read(settings, office, options.days))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2
    except DatabaseAway:
        print("База данных сейчас занята или недоступна. Повторите через минуту.", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(_plain(found), ensure_ascii=False, indent=2, default=str))
    elif options.csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows(_rows(found))
    else:
        zone = ZoneInfo(office.timezone)
        print("\n".join(page(found, load_words(["ru"], zone)["ru"])))
    return 0


async def _read(settings: Settings, office: Office, days: int) -> Report:
    clock = clock_from(settings.clock)
    db = await open_database(settings, clock)
    try:
        async with db.read() as session:
            return await report.read(session, office, office_day(clock(), ZoneInfo(office.timezone)), days)
    finally:
        await db.close()


# --- the screen -------------------------------------------------------------------------------------------


def page(found: Report, words: Words) -> list[str]:
    """The report for a terminal, no line wider than `WIDTH`."""
    days = (found.until - found.since).days + 1
    lines = [
        f"База знаний за {days} {_form(days, 'день', 'дня', 'дней')}: "
        f"{words.day(found.since, found.until)} – {words.day(found.until)} {found.until.year} года",
        *_section("Вопросы клиентов", _counts(found)),
        *_section(
            f"Спросили, но не нашли: {found.not_found_total}",
            [line for one in found.not_found[:LINES] for line in _not_found(one)],
            left=_left(found),
        ),
        *_section(
            f"Слова клиентов ждут редактора: {found.wordings_total}",
            [line for one in found.wordings[:LINES] for line in _wording(one)],
            beyond=max(0, found.wordings_total - LINES),
        ),
        *_section(f"Черновики ждут: {len(found.drafts)}", *_listed(found.drafts, lambda one: _draft(one, words))),
        *_section(
            f"«Не помогло»: {len(found.unhelpful)}",
            *_listed(found.unhelpful, lambda one: [f"{_share(_part(one)):>11}  {_named(one)}"]),
        ),
        *_section(
            f"Срок проверки прошёл: {len(found.overdue)}",
            *_listed(found.overdue, lambda one: [f"{_day(one.day)}  {_named(one)}, {one.owner}"]),
        ),
        *_section(
            f"Проверить в ближайшие {report.DUE_DAYS} дней: {len(found.due)}",
            *_listed(found.due, lambda one: [f"{_day(one.day)}  {_named(one)}, {one.owner}"]),
        ),
        *_section(
            f"Ни разу не понадобились: {len(found.never)} из {found.published}",
            *_listed(found.never, lambda one: [_named(one)]),
        ),
        *_section(
            f"Нет перевода: {len(found.untranslated)}",
            *_listed(
                found.untranslated,
                lambda one: [f"{_named(one)}: {', '.join(LANGUAGES.get(m, m) for m in one.missing)}"],
            ),
        ),
        *_section("Принятые ответы по авторам (за период / всего)", _authors(found)),
    ]
    return [part for line in lines for part in _wrapped(line)]


def _wrapped(line: str) -> list[str]:
    if len(line) <= WIDTH:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(line, WIDTH, subsequent_indent=indent, break_on_hyphens=False)


def _section(title: str, lines: Iterable[str], beyond: int = 0, left: str = "") -> list[str]:
    """A heading and its lines. `beyond`: how many entries are left out; `left`: what is, in words of its own."""
    shown = [f"  {line}".rstrip() for line in lines]
    if beyond or left:
        shown.append(f"  … {left or f'ещё {beyond}: все – с ключом --csv или --json'}")
    return ["", title, *(shown or ["  –"])]


def _listed(found: Sequence[_Any], told: Callable[[_Any], list[str]]) -> tuple[list[str], int]:
    """The first lines of a list, and how many entries are left out."""
    return [line for one in found[:LINES] for line in told(one)], max(0, len(found) - LINES)


def _counts(found: Report) -> Iterator[str]:
    width = max(len(name) for _, name, _ in COUNTS)
    for what, name, of_all in COUNTS:
        times = found.counts.get(what, 0)
        share = f"  {_share(found.share(what)):>11}" if of_all and found.counts.get("asked") else ""
        yield f"{name:<{width}}  {times:>6}{share}"
    yield ""
    yield f"Решено без сотрудника: {_share(found.solved)}"
    yield "Доля заданных вопросов, после которых клиент нажал «Помогло», а сотрудник был не нужен."
    yield f"Доли – от всех заданных вопросов. Меньше {report.FEW} вопросов – «{FEW}»."


def _not_found(one: NotFound) -> list[str]:
    lines = [f"{one.times:>4} ×  {_short(one.words)}"]
    why = ", ".join(f"{OUTCOMES.get(outcome, outcome)} – {n}" for outcome, n in sorted(one.outcomes.items()))
    near = "; ".join(f"{title} ({ident})" for ident, title in one.nearest)
    lines.append(f"        {why}" + (f"; ближе всего: {near}" if near else ""))
    return lines


def _wording(one: Wording) -> list[str]:
    origin = "клиент выбрал ответ" if one.origin == "choice" else "ответил сотрудник"
    return [f"{one.times:>4} ×  {_short(one.words)}", f"        {origin}: {one.title} ({one.template})"]


def _draft(one: Waiting, words: Words) -> list[str]:
    waits = "утверждён, ждёт публикации" if one.approved else "ждёт утверждения"
    since = _day(one.since.astimezone(words.zone).date())
    return [f"{since}  {one.title} ({one.id}, версия {one.number}), {waits}. Автор: {_author(one.author)}"]


def _authors(found: Report) -> Iterator[str]:
    width = max((len(_author(name)) for name, _, _ in found.authors), default=0)
    for name, lately, ever in found.authors:
        yield f"{_author(name):<{width}}  {lately:>4} / {ever}"


def _author(name: str) -> str:
    return FROM_FILE.get(name, name)


def _named(one: About) -> str:
    return f"{_short(one.title)} ({one.id})"


def _part(one: About) -> float | None:
    return report.share(one.unhelped, one.helped + one.unhelped)


def _share(share: float | None) -> str:
    return FEW if share is None else f"{round(100 * share)} %"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= WORDS else f"{text[: WORDS - 1].rstrip()}…"


def _left(found: Report) -> str:
    """How many questions stand outside the groups on the screen."""
    n = found.not_found_total - sum(one.times for one in found.not_found[:LINES])
    if not n:
        return ""
    shown = len(found.not_found)
    groups = f"; с ключом --csv или --json – {shown} {_form(shown, 'группа', 'группы', 'групп')}"
    groups = groups if shown > LINES else ""
    return f"ещё {n} {_form(n, 'вопрос', 'вопроса', 'вопросов')}{groups}"


def _day(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def _form(n: int, one: str, few: str, many: str) -> str:
    if n % 10 == 1 and n % 100 != 11:
        return one
    return few if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else many


# --- for other programs -----------------------------------------------------------------------------------


def _plain(found: Report) -> dict[str, object]:
    shares = {what: found.share(what) for what, _, of_all in COUNTS if of_all}
    return {**asdict(found), "shares": shares, "solved_without_person": found.solved}


def _rows(found: Report) -> Iterator[list[str | int]]:
    """One line a finding: what, template, words, number, share, more."""
    yield ["section", "template", "text", "count", "share", "more"]
    for what, _, of_all in COUNTS:
        yield ["asked", "", what, found.counts.get(what, 0), _number(found.share(what) if of_all else None), ""]
    yield ["asked", "", "solved_without_person", found.counts.get("helped", 0), _number(found.solved), ""]
    for group in found.not_found:
        near = " ".join(ident for ident, _ in group.nearest)
        yield ["not_found", near, cell(group.words), group.times, "", json.dumps(dict(group.outcomes))]
    for wording in found.wordings:
        yield ["wording", wording.template, cell(wording.words), wording.times, "", wording.origin]
    for draft in found.drafts:
        since = draft.since.isoformat(timespec="minutes")
        yield ["draft", draft.id, cell(draft.title), draft.number, "", cell(f"{draft.author} {since}")]
    for one in found.unhelpful:
        yield ["unhelpful", one.id, cell(one.title), one.unhelped, _number(_part(one)), str(one.helped)]
    for section in ("overdue", "due", "never"):
        about: tuple[About, ...] = getattr(found, section)
        for one in about:
            yield [section, one.id, cell(one.title), "", "", str(one.day)]
    for one in found.untranslated:
        yield ["untranslated", one.id, cell(one.title), "", "", " ".join(one.missing)]
    for name, lately, ever in found.authors:
        yield ["author", "", cell(name), lately, "", str(ever)]


def _number(share: float | None) -> str:
    return "" if share is None else f"{share:.3f}"
