"""How good an index is, in figures: asked questions of which it is known which template answers them.

Shares are per cent, and None where nothing was asked that could be counted. Questions that the base does not answer
count too: an answer that is sent to one is a wrong answer.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Literal, Protocol

from knowledge.model import Entry, Found

WRONG_SHARE = 0.15  # the shipped setting of how many direct answers may be wrong
SWEPT = 0.10
FOLDS = 5


class Asking(Protocol):
    """What is measured: an index, or a stand-in that answers the same way."""

    def ask(self, query: str, *, wrong_share: float = ...) -> Found: ...


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the template that answers it; None: no template does, then `scope` says how far off it is."""

    text: str
    template: str | None
    scope: Literal["in", "near", "far"] = "in"
    noise: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    question: Question
    found: Found
    seconds: float = 0.0

    @property
    def place(self) -> int:
        """At which place the right template stands, from 1; 0: not among the candidates."""
        ids = [scored.id for scored in self.found.ranked]
        return ids.index(self.question.template) + 1 if self.question.template in ids else 0

    @property
    def right(self) -> bool:
        """Whether an answer was sent, and the right one."""
        return self.found.answer is not None and self.found.answer == self.question.template


@dataclass(frozen=True, slots=True)
class Figures:
    """One set of questions. Recall and MRR of those that the base answers, in per cent.

    right: right ones among the answers sent. solved: questions of the base that were answered at once and rightly.
    wrong: … answered at once and wrongly. near, far: answered although no template fits. offered: questions of the base
    not answered at once whose right template is among the choices. swept: solved if at most a tenth of the answers sent
    may be wrong, whatever the threshold.
    """

    questions: int
    recall1: float | None
    recall3: float | None
    mrr: float | None
    right: float | None
    solved: float | None
    wrong: float | None
    offered: float | None
    near: float | None
    far: float | None
    swept: float | None


@dataclass(frozen=True, slots=True)
class Speed:
    mean_ms: float
    p95_ms: float


def ask_all(index: Asking, questions: Iterable[Question], *, wrong_share: float = WRONG_SHARE) -> list[Asked]:
    asked = []
    for question in questions:
        begun = time.perf_counter()
        found = index.ask(question.text, wrong_share=wrong_share)
        asked.append(Asked(question, found, time.perf_counter() - begun))
    return asked


def figures(asked: Sequence[Asked]) -> Figures:
    known = [one for one in asked if one.question.template is not None]
    sent = [one for one in asked if one.found.answer is not None]
    near = [one for one in asked if one.question.template is None and one.question.scope == "near"]
    far = [one for one in asked if one.question.template is None and one.question.scope == "far"]
    waiting = [one for one in known if one.found.answer is None]
    return Figures(
        questions=len(known),
        recall1=_percent(sum(one.place == 1 for one in known), len(known)),
        recall3=_percent(sum(0 < one.place <= 3 for one in known), len(known)),
        mrr=_percent(sum(1 / one.place for one in known if 0 < one.place <= 10), len(known)),
        right=_percent(sum(one.right for one in sent), len(sent)),
        solved=_percent(sum(one.right for one in known), len(known)),
        wrong=_percent(sum(one.found.answer is not None and not one.right for one in known), len(known)),
        offered=_percent(sum(one.question.template in one.found.offered for one in waiting), len(known)),
        near=_percent(sum(one.found.answer is not None for one in near), len(near)),
        far=_percent(sum(one.found.answer is not None for one in far), len(far)),
        swept=swept(asked),
    )


def swept(asked: Sequence[Asked], wrong: float = SWEPT) -> float | None:
    """Questions solved, in per cent, at the lowest score from which at most this share of the answers sent is wrong."""
    known = sum(one.question.template is not None for one in asked)
    first = sorted((one for one in asked if one.found.ranked), key=_score, reverse=True)
    best = right = 0
    for number, one in enumerate(first, 1):
        right += one.place == 1
        last_of_score = number == len(first) or _score(first[number]) < _score(one)
        if last_of_score and number - right <= wrong * number:
            best = max(best, right)
    return _percent(best, known)


def mean(several: Sequence[Figures]) -> Figures:
    """Every base counts the same, however many questions it has."""
    values: dict[str, float | None] = {}
    for name in Figures.__dataclass_fields__:
        known = [value for one in several if (value := getattr(one, name)) is not None]
        values[name] = fmean(known) if known else None
    whole = Figures(**{**values, "questions": 0})  # type: ignore[arg-type]  # the names are those of the fields
    return replace(whole, questions=sum(one.questions for one in several))


def speed(asked: Sequence[Asked]) -> Speed:
    took = sorted(one.seconds * 1000 for one in asked)
    return Speed(fmean(took), took[min(len(took) - 1, int(len(took) * 0.95))]) if took else Speed(0.0, 0.0)


def refusals(asked: Sequence[Asked], categories: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    """By category of the template that should have answered: how often a person had to be asked, of how many."""
    counted: dict[str, tuple[int, int]] = {}
    for one in asked:
        category = categories.get(one.question.template or "")
        if category:
            refused, whole = counted.get(category, (0, 0))
            counted[category] = refused + (one.found.decision == "unknown"), whole + 1
    return dict(sorted(counted.items(), key=lambda item: -item[1][0] / item[1][1]))


def confusions(asked: Sequence[Asked], most: int = 10) -> list[tuple[str, str, int]]:
    """The template wanted, the one ranked first instead, how often; the commonest first."""
    pairs = Counter(
        (one.question.template, one.found.ranked[0].id)
        for one in asked
        if one.question.template is not None and one.found.ranked and one.place != 1
    )
    return [(wanted, first, count) for (wanted, first), count in pairs.most_common(most) if count > 1]


@dataclass(frozen=True, slots=True)
class Pulled:
    """A sample question of one template that lies nearer to another: it pulls the two together."""

    template: str
    sample: str
    to: str


def pulled(entries: Sequence[Entry], build: Callable[[Sequence[Entry]], Asking]) -> list[Pulled]:
    """Each sample question is left out and asked; a fifth of them at a time, so that few indexes are built."""
    found: list[Pulled] = []
    for fold in range(FOLDS):
        left_out: list[tuple[str, str]] = []
        kept: list[Entry] = []
        for number, entry in enumerate(entries):
            samples = [q for q in entry.questions if q.casefold() != entry.title.casefold()]
            out = {q for place, q in enumerate(samples) if (place + number) % FOLDS == fold}
            left_out.extend((entry.id, q) for q in samples if q in out)
            kept.append(replace(entry, questions=tuple(q for q in entry.questions if q not in out)))
        if left_out:
            index = build(kept)
            for template, sample in left_out:
                ranked = index.ask(sample).ranked
                if ranked and ranked[0].id != template:
                    found.append(Pulled(template, sample, ranked[0].id))
    return sorted(found, key=lambda one: (one.template, one.to, one.sample))


def _score(asked: Asked) -> float:
    return asked.found.ranked[0].score


def _percent(part: float, whole: int) -> float | None:
    return 100 * part / whole if whole else None
