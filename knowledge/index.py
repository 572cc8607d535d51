"""An index over reply templates: built once in a thread, asked from any thread, never changed."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from knowledge.model import Entry, Found, Scored

LONGEST = 1500
_WORDS = re.compile(r"[^\W_]+")


def _grams(text: str) -> Counter[str]:
    """Character n-grams inside words, and the words with their neighbours."""
    words = _WORDS.findall(text[:LONGEST].lower().replace("ё", "е"))
    counts: Counter[str] = Counter()
    for word in words:
        padded = f" {word} "
        for size in (3, 4, 5):
            for start in range(len(padded) - size + 1):
                counts[padded[start : start + size]] += 1
        counts["w:" + word] += 1
    for left, right in zip(words, words[1:], strict=False):
        counts[f"b:{left} {right}"] += 1
    return counts


class _Field:
    """TF-IDF rows of one kind of text with an inverted list per n-gram."""

    def __init__(self, texts: Sequence[str]) -> None:
        counted = [_grams(text) for text in texts]
        seen: Counter[str] = Counter()
        for counts in counted:
            seen.update(counts.keys())
        self.size = len(texts)
        self._vocabulary = {gram: number for number, gram in enumerate(seen)}
        self._idf = np.array([1.0 + math.log((1 + self.size) / (1 + n)) for n in seen.values()], dtype=np.float32)
        rows: list[list[int]] = [[] for _ in seen]
        weights: list[list[float]] = [[] for _ in seen]
        for row, counts in enumerate(counted):
            ids, values = self._weigh(counts)
            for gram, value in zip(ids, values, strict=True):
                rows[gram].append(row)
                weights[gram].append(float(value))
        self._lists = [
            (np.array(r, dtype=np.int32), np.array(w, dtype=np.float32)) for r, w in zip(rows, weights, strict=True)
        ]

    def _weigh(self, counts: Mapping[str, int]) -> tuple[list[int], NDArray[np.float32]]:
        known = [(self._vocabulary[gram], n) for gram, n in counts.items() if gram in self._vocabulary]
        ids = [gram for gram, _ in known]
        values = np.array([1.0 + math.log(n) for _, n in known], dtype=np.float32)
        if not ids:
            return ids, values
        values *= self._idf[ids]
        return ids, values / max(float(np.linalg.norm(values)), 1e-9)

    def cosines(self, text: str) -> NDArray[np.float32]:
        ids, values = self._weigh(_grams(text))
        scores = np.zeros(self.size, dtype=np.float32)
        for gram, value in zip(ids, values, strict=True):
            rows, weights = self._lists[gram]
            scores[rows] += value * weights
        return scores


class Index:
    """What is known about one set of templates. Immutable; threads may ask at the same time."""

    def __init__(
        self,
        ids: Sequence[str],
        samples: _Field,
        owners: NDArray[np.int32],
        ridge: NDArray[np.float32],
        answers: _Field,
    ) -> None:
        self._ids = tuple(ids)
        self._samples = samples
        self._owners = owners
        self._ridge = ridge
        self._answers = answers

    def __len__(self) -> int:
        return len(self._ids)

    @classmethod
    def build(cls, entries: Iterable[Entry], *, synonyms: Iterable[Sequence[str]] = ()) -> Index:
        """Read the templates; takes seconds for thousands, so call it off the event loop."""
        kept = list(entries)
        texts: list[str] = []
        owners: list[int] = []
        for number, entry in enumerate(kept):
            for text in dict.fromkeys((entry.title, *entry.questions)):
                if text.strip():
                    texts.append(text)
                    owners.append(number)
        samples = _Field(texts)
        target = np.zeros((len(texts), len(kept)), dtype=np.float32)
        target[np.arange(len(texts)), owners] = 1.0
        kernel = np.stack([samples.cosines(text) for text in texts]) if texts else np.zeros((0, 0), dtype=np.float32)
        ridge = np.linalg.solve(kernel + 0.5 * np.eye(len(texts), dtype=np.float32), target) if texts else target
        answers = _Field([f"{entry.title} {entry.answer}" for entry in kept])
        return cls([e.id for e in kept], samples, np.array(owners, dtype=np.int32), ridge.astype(np.float32), answers)

    def rank(self, query: str, *, limit: int = 10) -> tuple[Scored, ...]:
        """The nearest templates, without deciding anything: what a search page needs."""
        return self.ask(query).ranked[:limit]

    def ask(self, query: str, *, wrong_share: float = 0.15) -> Found:
        """The nearest templates and whether the first may be sent, given the share of wrong ones the office bears."""
        if not self._ids or not _WORDS.search(query[:LONGEST]):
            return Found((), "unknown", read_as=query[:LONGEST])
        cosines = self._samples.cosines(query)
        scores = cosines @ self._ridge + 0.3 * self._answers.cosines(query)
        order = np.argsort(-scores, kind="stable")[:10]
        best = float(scores[order[0]])
        gap = best - (float(scores[order[1]]) if len(order) > 1 else 0.0)
        confidence = 1.0 / (1.0 + math.exp(-(6.0 * best + 5.0 * gap - 3.5)))
        ranked = tuple(Scored(self._ids[i], round(max(0.0, min(1.0, float(scores[i]))), 4)) for i in order)
        ranked = tuple(scored for scored in ranked if scored.score > 0.0)
        decision: Literal["answer", "choose", "unknown"] = "unknown"
        if ranked and confidence >= 1.0 - wrong_share:
            decision = "answer"
        elif ranked and confidence >= 0.2:
            decision = "choose"
        offered = tuple(s.id for s in ranked[:3] if s.score > 0.3 * ranked[0].score) if decision != "unknown" else ()
        return Found(ranked, decision, offered, round(confidence, 4), query[:LONGEST])
