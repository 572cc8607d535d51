"""`python -m bot`: the commands. Each imports only what it needs, so that a report costs no messenger library."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from types import ModuleType
from typing import NoReturn

COMMANDS = {
    "run": "start everything: pages, channels, delivery, jobs (the default)",
    "talk": "talk to the bot in this terminal",
    "invite": "one-time links by which a member of staff, or a group, joins",
    "staff": "list staff, or end a person's access",
    "figures": "marks per point and service, with intervals",
    "points": "the register of touchpoints: digital and offline, types, needs",
    "sheet": "print a poster with the code of a point",
    "check": "examine the office folder and the settings",
    "tasks": "what waits where, and why",
    "calendar": "working days: what is special, declare a day, confirm a year",
    "sheets": "what is printed: register, further codes, revoke",
    "knowledge": "ask the knowledge base, measure it",
    "appeals": "appeals: report, exchange with another system, act of destruction",
    "token": "personal tokens of the HTTP API",
    "backup": "copy the database while it is in use",
    "restore": "put a copy back in place of the database",
    "upgrade": "copy the database, then bring it to this version",
    "move": "carry everything from SQLite to PostgreSQL",
    "doctor": "examine the installation and say what to fix",
}


# What argparse says in English, in words for the administrator.
PLAIN = {
    "the following arguments are required:": "не хватает:",
    "unrecognized arguments:": "лишнее или непонятное:",
    "invalid choice:": "такого нет:",
    "choose from": "есть:",
    "expected one argument": "после этого ключа нужно значение",
    "expected at least one argument": "после этого ключа нужно значение",
    "argument ": "",
}


class Parser(argparse.ArgumentParser):
    """Also the parser of every command: a wrong line is answered in Russian, with the way to the help."""

    def error(self, message: str) -> NoReturn:
        for english, russian in PLAIN.items():
            message = message.replace(english, russian)
        self.exit(2, f"Не получилось понять команду. {message}\nСправка: {self.prog} --help\n")


def main(arguments: list[str] | None = None) -> int:
    parser = Parser(prog="python -m bot", description="Otklik: feedback by messenger and browser")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    given = sys.argv[1:] if arguments is None else arguments
    chosen = next((a for a in given if not a.startswith("-")), "run" if not given else "")
    for name, text in COMMANDS.items():
        sub = subparsers.add_parser(name, help=text, description=text)
        if name == chosen:
            importlib.import_module(f"bot.commands.{name}").arguments(sub)
    options = parser.parse_args(given or ["run"])
    if options.command is None:
        parser.print_help()
        return 2
    module = importlib.import_module(f"bot.commands.{options.command}")
    try:
        return _run(module, options)
    except BrokenPipeError:
        # The reader of a pipe (`| head`) has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.filename is None:
            raise
        # A folder or file that cannot be used: its name says more than a traceback.
        print(f"{error.filename}: не открыть и не создать: {error.strerror}", file=sys.stderr)  # noqa: T201  for him
        return 2


def _run(module: ModuleType, options: argparse.Namespace) -> int:
    # What a command can do without the settings it does without them: reading them costs as much as a fast command.
    without = getattr(module, "alone", None)
    result: int | None = without(options) if without is not None else None
    if result is not None:
        return result
    from backend.settings import BadSettings, read_settings

    try:
        result = module.main(options, read_settings())
    except BadSettings as error:
        print(f"The settings are wrong; nothing was started:\n{error}", file=sys.stderr)  # noqa: T201  for the operator
        return 2
    return result


if __name__ == "__main__":
    sys.exit(main())
