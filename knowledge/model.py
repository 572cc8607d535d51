"""What goes into an index and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Entry:
    """One reply template as the index sees it.

    `questions`: sample questions, the editor's own and phrasings learnt from confirmed choices.
    """

    id: str
    title: str
    questions: tuple[str, ...] = ()
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate; `score` grows with the likelihood that this template answers the question, 0 to 1."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """What an index says about one question.

    ranked: up to 10 candidates, the best first, each id once.
    decision: `answer` – send the first one; `choose` – offer `offered`; `unknown` – say so and hand over.
    offered: up to 3 ids worth offering (empty when unknown).
    confidence: the calibrated probability that the first candidate is right (out-of-scope questions counted).
    read_as: the question as it was understood after repair.
    """

    ranked: tuple[Scored, ...]
    decision: Literal["answer", "choose", "unknown"]
    offered: tuple[str, ...] = ()
    confidence: float = 0.0
    read_as: str = ""

    @property
    def answer(self) -> str | None:
        return self.ranked[0].id if self.decision == "answer" and self.ranked else None
