"""TF-IDF rows with an inverted list per feature, in plain numpy."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


def character_grams(forms: Iterable[str], sizes: Sequence[int] = (3, 4, 5)) -> Counter[str]:
    counts: Counter[str] = Counter()
    for form in forms:
        padded = f" {form} "
        for size in sizes:
            if len(padded) <= size:
                counts[padded] += 1
                break
            for start in range(len(padded) - size + 1):
                counts[padded[start : start + size]] += 1
    return counts


class Field:
    """Rows of weighted features; answers which rows are near to a bag of features, by cosine."""

    def __init__(self, bags: Sequence[Mapping[str, float]], owners: Sequence[int] | None = None) -> None:
        """Rarity is counted over owners (templates), not rows, when they are given."""
        self.size = len(bags)
        holders: dict[str, set[int]] = {}
        for row, bag in enumerate(bags):
            owner = owners[row] if owners is not None else row
            for feature in bag:
                holders.setdefault(feature, set()).add(owner)
        total = len(set(owners)) if owners is not None else self.size
        self.number = {feature: n for n, feature in enumerate(holders)}
        self.rarity = np.array([1.0 + math.log((1 + total) / (1 + len(h))) for h in holders.values()], dtype=np.float32)
        features: list[Ints] = []
        values: list[Floats] = []
        for bag in bags:
            ids, weights = self.weigh(bag)
            features.append(ids)
            values.append(weights)
        flat = np.concatenate(features) if features else np.zeros(0, np.int32)
        weights = np.concatenate(values) if values else np.zeros(0, np.float32)
        rows = np.repeat(np.arange(self.size, dtype=np.int32), [len(ids) for ids in features])
        order = np.argsort(flat, kind="stable")
        self._rows = rows[order]
        self._weights = weights[order]
        self._ends = np.concatenate(([0], np.cumsum(np.bincount(flat, minlength=len(self.number))))).astype(np.int64)

    def weigh(self, bag: Mapping[str, float]) -> tuple[Ints, Floats]:
        known = [(self.number[feature], n) for feature, n in bag.items() if feature in self.number]
        ids = np.array([feature for feature, _ in known], dtype=np.int32)
        values = np.array([1.0 + math.log(n) if n > 1 else n for _, n in known], dtype=np.float32)
        if len(ids):
            values *= self.rarity[ids]
            # What no row knows still lengthens the question: an unknown word makes every row less alike.
            strange = sum((1.0 + math.log(n) if n > 1 else n) ** 2 for f, n in bag.items() if f not in self.number)
            del strange
            values /= max(float(np.sqrt((values**2).sum())), 1e-9)
        return ids, values

    def cosines(self, bag: Mapping[str, float]) -> Floats:
        ids, values = self.weigh(bag)
        if not len(ids):
            return np.zeros(self.size, dtype=np.float32)
        slices = [slice(self._ends[i], self._ends[i + 1]) for i in ids]
        rows = np.concatenate([self._rows[s] for s in slices])
        weights = np.concatenate([self._weights[s] * v for s, v in zip(slices, values, strict=True)])
        return np.bincount(rows, weights, self.size).astype(np.float32)
