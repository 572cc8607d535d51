"""`python -m bot backup`: a consistent copy of the database while it is in use, without the secret of the day."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from backend import backups
from backend.clock import clock_from
from backend.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", type=Path, metavar="FILE", help="where to (default: DATA_DIR/backups)")
    parser.add_argument("--keep", type=int, metavar="N", help="keep only the N newest copies of DATA_DIR/backups")


def main(options: argparse.Namespace, settings: Settings) -> int:
    folder = settings.data_dir / backups.FOLDER
    stamp = f"{clock_from(settings.clock)():%Y%m%d-%H%M%S}"
    target: Path = options.output or folder / f"otklik-{stamp}.{'db' if settings.sqlite else 'dump'}"
    if options.keep is not None and options.keep < 1:
        print("--keep: хотя бы 1", file=sys.stderr)
        return 2
    try:
        backups.make(settings.database, target)
    except backups.CannotCopy as error:
        print(f"Копия не сделана. {error}", file=sys.stderr)
        return 2
    if options.keep is not None:
        # Only after the new one is whole.
        for old in sorted(folder.glob("otklik-*"))[: -options.keep]:
            old.unlink()
    print(target)
    print(f"Вернуть: остановите Отклик и запустите python -m bot restore {target}")
    print("Ключ (SECRET_KEY или DATA_DIR/secret_key) храните отдельно от копий: без него вход и ответы не работают.")
    return 0
