"""Answers in the browser per second against a bare form: the same server settings, the same durability."""

from __future__ import annotations

import subprocess
import tempfile

from benchmarks.figures import Figure
from benchmarks.processes import ROOT, Orders, bot, free_port, process, wait_for

AT_ONCE, VISITS, TURNS = 20, 60, 3


def web() -> list[Figure]:
    port = free_port()
    with (
        tempfile.TemporaryDirectory() as folder,
        process("-m", "benchmarks.bare_form", str(port), f"{folder}/bare.db") as _bare,
        bot() as running,
        process("-m", "benchmarks.visitors", stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as started,
    ):
        wait_for(f"http://127.0.0.1:{port}/readyz")
        people = Orders(started)
        sides = {"bare": f"http://127.0.0.1:{port}", "visit": running.url}
        answers, seconds = dict.fromkeys(sides, 0.0), dict.fromkeys(sides, 0.0)
        for turn in range(TURNS + 1):  # the first is the warm-up; in turn, so that the machine's moods hit both
            for walk, url in sides.items():
                result = people(walk=walk, url=url, visits=VISITS if turn else AT_ONCE, at_once=AT_ONCE)
                if turn:
                    answers[walk] += result["answers"]
                    seconds[walk] += result["seconds"]
    rates = {walk: answers[walk] / seconds[walk] for walk in sides}
    return [
        Figure("web: bare form, one durable row an answer", rates["bare"], "answers per second"),
        Figure("web: answers with the page after them", rates["visit"], "answers per second"),
        Figure("web ÷ bare form", rates["visit"] / rates["bare"], "", at_least=0.3),
    ]
