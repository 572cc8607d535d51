"""``python -m benchmarks [turns vk notices web start commands deadlines move knowledge appeals …]``: all by default."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from benchmarks.appeals import appeals_work
from benchmarks.commands import commands
from benchmarks.deadlines import deadlines
from benchmarks.figures import Figure
from benchmarks.knowledge import knowledge
from benchmarks.move import move
from benchmarks.notices import notices
from benchmarks.reports import reports
from benchmarks.several import several
from benchmarks.sheets import sheets
from benchmarks.start import start
from benchmarks.turns import turns
from benchmarks.web import web

WORK: dict[str, Callable[[], list[Figure]]] = {
    "turns": turns,
    "vk": lambda: turns("vk", ("sqlite",)),
    "notices": notices,
    "web": web,
    "start": start,
    "commands": commands,
    "sheets": sheets,
    "deadlines": deadlines,
    "figures": reports,
    "move": move,
    "several": several,
    "knowledge": knowledge,
    "appeals": appeals_work,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *WORK], help="what to measure")
    chosen = parser.parse_args().names or list(WORK)
    failed = 0
    begun = time.monotonic()
    for name in chosen:
        print(f"\n{name}", flush=True)
        for figure in WORK[name]():
            failed += figure.passed is False
            print("  " + figure.line(), flush=True)
    print(f"\n{time.monotonic() - begun:.0f} s, {failed} below target")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
