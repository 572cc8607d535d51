"""`python -m bot backup`: a consistent copy of the database while it is in use, without the secret of the day."""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from backend.clock import clock_from
from backend.db import copy_sqlite, without_day_secrets
from backend.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", type=Path, metavar="FILE", help="where to (default: DATA_DIR/backups)")


def main(options: argparse.Namespace, settings: Settings) -> int:
    stamp = f"{clock_from(settings.clock)():%Y%m%d-%H%M%S}"
    suffix = "db" if settings.sqlite else "dump"
    target = options.output or settings.data_dir / "backups" / f"otklik-{stamp}.{suffix}"
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        print(f"{target}: is there already; nothing was overwritten", file=sys.stderr)
        return 2
    if not settings.sqlite:
        return _dump_postgres(settings.database, target)
    source = Path(make_url(settings.database).database or "")
    if not source.exists():
        print(f"DATABASE_URL: there is no database at {source} yet", file=sys.stderr)
        return 2
    try:
        copy_sqlite(source, target)
        without_day_secrets(target)
        with closing(sqlite3.connect(target)) as copy:
            fault = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except (sqlite3.Error, OSError) as error:
        print(f"{target}: {error}", file=sys.stderr)
        return 2
    os.chmod(target, 0o600)
    if fault != "ok":
        print(f"{target}: the copy is damaged: {fault}", file=sys.stderr)
        return 2
    print(
        f"{target}\nRestore: stop Otklik, put this file in place of {source}, delete {source.name}-wal and -shm, "
        "start. "
        "Keep DATA_DIR/secret_key with it, elsewhere."
    )
    return 0


def _dump_postgres(database: str, target: Path) -> int:
    program = shutil.which("pg_dump")
    if program is None:
        print("pg_dump is not on this machine: install postgresql-client", file=sys.stderr)
        return 2
    url = make_url(database).set(drivername="postgresql")
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    done = subprocess.run(  # noqa: S603  a fixed program, no shell
        [
            program,
            "--format=custom",
            "--no-owner",
            "--exclude-table-data=day_secret",
            f"--file={target}",
            url.set(password=None).render_as_string(),
        ],
        env=environment,
        check=False,
    )
    if done.returncode == 0:
        os.chmod(target, 0o600)
        print(f"{target}\nRestore: pg_restore --clean --if-exists --no-owner -d DATABASE {target.name}")
    return done.returncode
