"""The knowledge base as another program asks it: a question's time, the first answer, memory; 250 templates and 5,000.

The templates are put together from words of the demo office, so that they differ from each other and no data is needed
that does not ship. Questions are their sample questions cut short, misspelt or typed on the wrong layout.
"""

from __future__ import annotations

import json
import random
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.figures import Figure
from benchmarks.processes import ROOT, process, rss_mb

SMALL, LARGE = 250, 5000
ASKED = 300
WARMING = 30
_KEYS = str.maketrans("йцукенгшщзхъфывапролджэячсмитьбю", "qwertyuiop[]asdfghjkl;'zxcvbnm,.")


@dataclass(frozen=True, slots=True)
class Run:
    first: float  # seconds from the start of the process to the first answer
    p95: float  # milliseconds
    memory: float  # megabytes


def sentences() -> list[list[str]]:
    """What people read and ask in the demo office, word by word."""
    found: list[str] = []
    for path in sorted((ROOT / "demo" / "knowledge").glob("*.yaml")):
        for item in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["templates"]:
            found.extend(item.get("questions", {}).get("ru", ()))
            found.extend(part for key in ("title", "answer") for part in item[key]["ru"].split(". "))
    return [words for text in found if len(words := text.split()) > 2]


def templates(count: int) -> list[dict[str, Any]]:
    chance, known = random.Random(count), sentences()
    words = [word.strip("«».,:;?!()") for sentence in known for word in sentence if len(word) > 3]

    def sentence(least: int) -> str:
        """Half of one, half of another, and words from anywhere: like the language, yet said nowhere."""
        left, right = chance.choice(known), chance.choice(known)
        said = left[: len(left) // 2] + right[len(right) // 2 :] + chance.sample(words, 2)
        while len(said) < least:
            said += chance.choice(known)
        return " ".join(said)

    return [
        {
            "id": f"t{number}",
            "title": sentence(4),
            "questions": [sentence(5) for _ in range(chance.randint(1, 6))],
            "answer": " ".join(sentence(12) for _ in range(3)),
        }
        for number in range(count)
    ]


def questions(base: list[dict[str, Any]]) -> list[str]:
    chance = random.Random(len(base))
    asked = []
    for number in range(ASKED + WARMING):
        words = chance.choice(chance.choice(base)["questions"]).split()
        words = [word for word in words if chance.random() < 0.8] or words
        text = " ".join(words)
        if number % 4 == 1:
            place = chance.randrange(len(text))
            text = text[:place] + chance.choice("оеаинтсрвл") + text[place + 1 :]
        elif number % 4 == 2:
            text = text.lower().translate(_KEYS)
        asked.append(text)
    return asked


def run(folder: Path, base: list[dict[str, Any]]) -> Run:
    file = folder / f"{len(base)}.yaml"
    file.write_text(yaml.dump(base, Dumper=yaml.CSafeDumper, allow_unicode=True), encoding="utf-8")
    command = ("-m", "bot", "knowledge", "ask", "--jsonl", "--templates", str(file))
    begun = time.perf_counter()
    with process(*command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        assert started.stdin is not None
        assert started.stdout is not None
        took: list[float] = []
        first = 0.0
        for text in questions(base):
            asked = time.perf_counter()
            started.stdin.write(json.dumps({"query": text}) + "\n")
            started.stdin.flush()
            answer = json.loads(started.stdout.readline())
            assert "ranked" in answer, answer
            now = time.perf_counter()
            first = first or now - begun
            took.append((now - asked) * 1000)
        memory = rss_mb(started.pid)
        started.stdin.close()
        started.wait(10)
    took = sorted(took[WARMING:])
    return Run(first, took[int(len(took) * 0.95)], memory)


def knowledge() -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(folder, templates(SMALL)[:10])  # compiles what was never imported
        small, large = run(folder, templates(SMALL)), run(folder, templates(LARGE))
    return [
        Figure(f"knowledge: from the start to the first answer, {SMALL} templates", small.first, "s", at_most=3),
        Figure(f"knowledge: a question, 95 % are faster, {SMALL} templates", small.p95, "ms", at_most=15),
        Figure(f"knowledge: memory of the command, {SMALL} templates", small.memory, "MB", at_most=300),
        Figure(f"knowledge: start, index and first answer, {LARGE} templates", large.first, "s", at_most=20),
        Figure(f"knowledge: a question, 95 % are faster, {LARGE} templates", large.p95, "ms"),
        Figure(f"knowledge: {LARGE} templates ÷ {SMALL}, a question", large.p95 / small.p95, "", at_most=4),
        Figure(f"knowledge: memory of the command, {LARGE} templates", large.memory, "MB"),
    ]
