"""Commands that do not talk: quick, and without a messenger's library."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.processes import ROOT, environment

COMMANDS = {
    "check": ["check"],
    "figures": ["figures"],
    "sheet": ["sheet", "6XC3M8DH", "--draft", "--output", "sheet.pdf"],
}
PROBE = """
import sys
from bot.__main__ import main
code = main(sys.argv[1:])
found = [name for name in ("aiogram", "vkbottle", "aiohttp") if name in sys.modules]
sys.exit(f"imported {found}" if found else code)
"""
TIMES = 3


def timed(*command: str, folder: Path) -> tuple[float, int]:
    begun = time.perf_counter()
    env = environment(folder, 8080) | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, *command], env=env, cwd=folder, capture_output=True, text=True, check=False)
    took = time.perf_counter() - begun
    if done.returncode not in (0, 1) or "imported" in done.stderr:
        sys.stderr.write(done.stderr[-1000:])
        return took, 1
    return took, 0


def commands() -> list[Figure]:
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare = statistics.median(
            timed("-c", "import sqlmodel, pydantic_settings, yaml", folder=folder)[0] for _ in range(TIMES)
        )
        found.append(Figure("commands: importing sqlmodel, pydantic-settings, yaml", bare, "s"))
        for title, command in COMMANDS.items():
            runs = [timed("-c", PROBE, *command, folder=folder) for _ in range(TIMES)]
            took = statistics.median(took for took, _ in runs)
            found.append(Figure(f"commands: {title} adds to that", took - bare, "s", at_most=1.0))
            found.append(
                Figure(f"commands: {title} imports a messenger's library", max(f for _, f in runs), "", at_most=0)
            )
    return found
