"""`python -m bot knowledge ask`: what the bot would answer; with `--jsonl` for another program, line by line."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from bot.commands.knowledge_files import Unreadable, complain, read_published, read_templates

if TYPE_CHECKING:
    from backend.settings import Settings
    from knowledge.index import Index
    from knowledge.model import Found

SHOWN = 3
NOTHING = (
    "В базе знаний нет опубликованных ответов. Запустите бота один раз: он загрузит файлы учреждения. "
    "Или назовите файл: --templates FILE"
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("question", nargs="*", help="a question; without one each line of the input is a question")
    parser.add_argument(
        "--jsonl", action="store_true", help='read {"query": …} lines, write {"ranked", "answer"} lines'
    )
    parser.add_argument("--templates", type=Path, metavar="FILE", help="a YAML file instead of the published base")


def alone(options: argparse.Namespace) -> int | None:
    if options.templates is None:
        return None
    try:
        base = read_templates(options.templates)
    except Unreadable as error:
        return complain(error)
    return _ask(options, base.index(), base.titles, {})


def main(options: argparse.Namespace, settings: Settings) -> int:
    from backend.db import DatabaseAway
    from bot.opening import CannotStart

    try:
        base, wrong_share = asyncio.run(read_published(settings))
    except CannotStart as error:
        return complain(error)
    except DatabaseAway:
        print("База данных сейчас занята или недоступна. Повторите.", file=sys.stderr)
        return 1
    if not base.entries:
        print(NOTHING, file=sys.stderr)
        return 2
    return _ask(options, base.index(), base.titles, {"wrong_share": wrong_share})


def _ask(options: argparse.Namespace, index: Index, titles: Mapping[str, str], how: dict[str, float]) -> int:
    if options.jsonl:
        answer_lines(index, sys.stdin.buffer, sys.stdout, how)
        return 0
    lines: Iterable[str] = [" ".join(options.question)] if options.question else _typed()
    try:
        for line in lines:
            if line.strip():
                print(in_words(line.strip(), index.ask(line, **how), titles), flush=True)
    except KeyboardInterrupt:
        print()
    return 0


def _typed() -> Iterable[str]:
    if sys.stdin.isatty():
        print("Вопрос и Enter; конец – Ctrl+D.", flush=True)
    return sys.stdin


# --- for another program ----------------------------------------------------------------------------------


def answer_lines(index: Index, lines: BinaryIO, out: TextIO, how: dict[str, float]) -> None:
    """One line out for each line in, at once: a line that cannot be read is answered with its fault."""
    for line in lines:
        out.write(json.dumps(_answered(index, line, how)) + "\n")
        out.flush()


def _answered(index: Index, line: bytes, how: dict[str, float]) -> dict[str, Any]:
    try:
        item = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"error": f"not a line of JSON: {error}"}
    query = item.get("query") if isinstance(item, dict) else None
    if not isinstance(query, str):
        return {"error": 'a line must be {"query": "text"}'}
    found = index.ask(query, **how)
    return {"ranked": [{"id": one.id, "score": one.score} for one in found.ranked], "answer": found.answer}


# --- for a person -----------------------------------------------------------------------------------------


def in_words(question: str, found: Found, titles: Mapping[str, str]) -> str:
    lines = [f"«{question}»"]
    if found.read_as and found.read_as.casefold() != question.casefold():
        lines.append(f"  прочитано как: {found.read_as}")
    for place, one in enumerate(found.ranked[:SHOWN], 1):
        lines.append(f"  {place}. {one.score:.2f}  {one.id:<16} {titles.get(one.id, '')}".rstrip())
    match found.decision:
        case "answer":
            lines.append(f"  бот ответит: {found.answer} (уверенность {found.confidence:.0%})")
        case "choose":
            lines.append(
                f"  бот переспросит, предложит: {', '.join(found.offered)} (уверенность {found.confidence:.0%})"
            )
        case "unknown":
            lines.append("  бот не знает: передаст сотруднику")
    return "\n".join(lines)
