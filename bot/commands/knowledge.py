"""`python -m bot knowledge …`: the knowledge base on the command line. Each part is a module of its own.

What needs neither settings nor database (a file of templates is named) runs without loading them: that is faster to
start, and smaller.
"""

from __future__ import annotations

import argparse
import importlib
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.settings import Settings

# Each is a module `knowledge_<name>` beside this one with `arguments(parser)` and `main(options, settings)`, and where
# it can do without settings `alone(options)`, which returns None when it cannot.
PARTS = {
    "ask": "what the bot would answer: a question here, or lines of JSON from another program",
    "evaluate": "how good the base is on a file of questions with known answers",
    "import": "the office's files into the base",
    "export": "the base as office files",
    "list": "what is in the base, in which state",
    "approve": "approve a draft that somebody else has written",
    "publish": "publish an approved version",
    "refuse": "refuse a draft, with the reason",
    "withdraw": "withdraw a published answer",
    "restore": "give a withdrawn answer again",
    "phrasings": "how clients have worded questions: accept or refuse",
    "report": "what was asked and not found, what was solved, what must be checked",
}
CHANGES = ("approve", "publish", "refuse", "withdraw", "restore")  # one module does them all: `knowledge_changes`
USAGE = """\
python -m bot knowledge ask "как записаться"                 что ответит бот
python -m bot knowledge ask --jsonl --templates FILE          вопросы строками JSON, ответы тоже
python -m bot knowledge evaluate queries.jsonl                насколько хорошо находит
python -m bot knowledge report --days 30                      о чём спрашивали и чего нет в базе
python -m bot knowledge import [--dry-run]                    загрузить файлы учреждения
python -m bot knowledge export FOLDER                         выгрузить базу в файлы
python -m bot knowledge list                                  что есть в базе
python -m bot knowledge approve ID --by КТО                   утвердить черновик; так же publish, refuse,
                                                              withdraw, restore
python -m bot knowledge phrasings                             как спрашивают клиенты: принять, отклонить
python -m bot knowledge ЧАСТЬ --help                          справка о части
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = USAGE
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n".join(f"  {name:<10} {text}" for name, text in PARTS.items())
    parser.add_argument("part", choices=list(PARTS), help="what to do")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS).required = False
    parser.set_defaults(parser=parser)


def alone(options: argparse.Namespace) -> int | None:
    """Runs what needs no settings; None: `main` must be called."""
    module, chosen = _part(options)
    without = getattr(module, "alone", None)
    result: int | None = without(chosen) if without is not None else None
    return result


def main(options: argparse.Namespace, settings: Settings) -> int:
    module, chosen = _part(options)
    result: int = module.main(chosen, settings)
    return result


def _part(options: argparse.Namespace) -> tuple[ModuleType, argparse.Namespace]:
    module = importlib.import_module(f"bot.commands.knowledge_{'changes' if options.part in CHANGES else options.part}")
    whole: argparse.ArgumentParser = options.parser
    parser = type(whole)(prog=f"{whole.prog} {options.part}", description=PARTS[options.part])
    module.arguments(parser)
    parser.set_defaults(part=options.part)
    return module, parser.parse_args(options.rest)
