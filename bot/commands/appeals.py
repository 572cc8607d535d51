"""`python -m bot appeals …`: appeals on the command line. Each part is a module of its own."""

from __future__ import annotations

import argparse
import importlib
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.settings import Settings

# Each is a module `appeals_<name>` beside this one with `arguments(parser)` and `main(options, settings)`.
PARTS = {
    "report": "by kind and unit: received, in time, overdue, days, how clear the answers were",
    "import": "appeals of another system out of a CSV file: numbers, stages, dates",
    "export": "appeals as CSV, for another system",
    "list": "open appeals, what is due first, without words of clients",
    "show": "one appeal and its history, without words of clients",
    "destruction": "the act of destruction: what was destroyed, when, on what basis",
}
USAGE = """\
python -m bot appeals report [--since … --until …] [--by kind|unit|topic|point|way] [--csv]
                                                          сколько поступило, как и в какие сроки ответили
python -m bot appeals import ФАЙЛ.csv --source sed --dry-run   проверить файл другой системы, ничего не менять
python -m bot appeals import ФАЙЛ.csv --source sed [--report ОТЧЁТ.csv] [--codes КОДЫ.csv]
                                                          загрузить номера, этапы и даты
python -m bot appeals export [--since …] [--changed-since …] [--output ФАЙЛ.csv]
                                                          выгрузить для другой системы
python -m bot appeals list [--overdue] [--unit …] [--csv] открытые обращения, без слов клиентов
python -m bot appeals show НОМЕР                          одно обращение и его история
python -m bot appeals destruction [--csv]                 акт об уничтожении данных
python -m bot appeals ЧАСТЬ --help                        справка о части
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = USAGE
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n".join(f"  {name:<12} {text}" for name, text in PARTS.items())
    parser.add_argument("part", choices=list(PARTS), help="what to do")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS).required = False
    parser.set_defaults(parser=parser)


def main(options: argparse.Namespace, settings: Settings) -> int:
    module: ModuleType = importlib.import_module(f"bot.commands.appeals_{options.part}")
    whole: argparse.ArgumentParser = options.parser
    parser = type(whole)(prog=f"{whole.prog} {options.part}", description=PARTS[options.part])
    module.arguments(parser)
    result: int = module.main(parser.parse_args(options.rest), settings)
    return result
