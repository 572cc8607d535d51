"""``python -m tests.torture --rounds N [--database sqlite|postgres|both] [--seed S]``"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.base.databases import PostgresTemplate
from tests.torture.rounds import tortured


async def torture(url: str, folder: Path, rounds: int, seed: int) -> str:
    async with tortured(url, folder, seed) as work:
        for number in range(rounds):
            await work.round(number)
            if sys.stderr.isatty():
                print(f"\r{number + 1}", end="", file=sys.stderr, flush=True)
        return str(work.count)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    failed = 0
    for database in ("sqlite", "postgres") if options.database == "both" else (options.database,):
        begun = time.monotonic()
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="otklik-torture-")))
            if database == "sqlite":
                url = f"sqlite+aiosqlite:///{folder}/otklik.db"
            else:
                try:
                    template = PostgresTemplate(folder)
                except (OSError, TimeoutError) as error:
                    print(f"postgres: skipped, no server answers ({error}); set TEST_POSTGRES_URL")
                    continue
                stack.callback(template.close)
                url = stack.enter_context(template.copy())
            try:
                result = asyncio.run(torture(url, folder, options.rounds, options.seed))
            except (AssertionError, TimeoutError, ExceptionGroup) as error:
                failed += 1
                notes = "; ".join(getattr(error, "__notes__", []))
                print(f"{database}: FAILED, seed {options.seed}: {error!r} ({notes})")
                print((folder / "bot.log").read_text("utf-8")[-3000:])
                continue
            print(f"{database}: {result}; {time.monotonic() - begun:.0f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
