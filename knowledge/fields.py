"""Texts as bags of features, weighed by rarity (TF-IDF), with an inverted list per feature; plain numpy."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


def character_grams(forms: Iterable[str], sizes: Sequence[int] = (3, 4, 5)) -> Counter[str]:
    """Runs of letters inside words, the borders of the word included."""
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
    """Rows of weighed features, each row of length one; tells how near every row is to another bag."""

    def __init__(self, bags: Sequence[Mapping[str, float]], owners: Sequence[int] | None = None) -> None:
        """Rarity is counted over owners (templates) instead of rows when they are given."""
        self.size = len(bags)
        holders: dict[str, int] = {}
        last: dict[str, int] = {}
        for row, bag in enumerate(bags):
            owner = row if owners is None else owners[row]
            for feature in bag:
                if last.get(feature) != owner:  # the rows of an owner follow each other
                    last[feature] = owner
                    holders[feature] = holders.get(feature, 0) + 1
        total = self.size if owners is None else len(set(owners))
        self.number = {feature: number for number, feature in enumerate(holders)}
        self.rarity = np.array([1.0 + math.log((1 + total) / (1 + n)) for n in holders.values()], dtype=np.float32)
        weighed = [self.weigh(bag) for bag in bags]
        self._row_ends = np.concatenate(([0], np.cumsum([len(ids) for ids, _ in weighed]))).astype(np.int64)
        features = np.concatenate([ids for ids, _ in weighed]) if weighed else np.zeros(0, np.int32)
        weights = np.concatenate([values for _, values in weighed]) if weighed else np.zeros(0, np.float32)
        rows = np.repeat(np.arange(self.size, dtype=np.int32), np.diff(self._row_ends))
        order = np.argsort(features, kind="stable")
        self._rows = rows[order]
        self._weights = weights[order]
        self._ends = np.concatenate(([0], np.cumsum(np.bincount(features, minlength=len(self.number))))).astype(
            np.int64
        )

    def weigh(self, bag: Mapping[str, float]) -> tuple[Ints, Floats]:
        """The features of a bag that some row has, and their weights."""
        known = [(self.number[feature], n) for feature, n in bag.items() if feature in self.number]
        ids = np.array([feature for feature, _ in known], dtype=np.int32)
        values = np.array([1.0 + math.log(n) if n > 1 else n for _, n in known], dtype=np.float32)
        if len(ids):
            values *= self.rarity[ids]
            values /= max(float(np.sqrt((values**2).sum())), 1e-9)
        return ids, values

    def cosines(self, bag: Mapping[str, float]) -> Floats:
        """How near each row is to the bag, 0 to 1."""
        ids, values = self.weigh(bag)
        if not len(ids):
            return np.zeros(self.size, dtype=np.float32)
        lists = [slice(self._ends[i], self._ends[i + 1]) for i in ids]
        rows = np.concatenate([self._rows[part] for part in lists])
        weights = np.concatenate([self._weights[part] for part in lists])
        weights = weights * np.repeat(values, [part.stop - part.start for part in lists])
        return np.bincount(rows, weights, self.size).astype(np.float32)

    def sketches(self, sketch: Sketch) -> Floats:
        """Every row folded into the sketch's few places."""
        out = np.zeros((self.size, sketch.width), dtype=np.float32)
        features = np.repeat(np.arange(len(self.number)), np.diff(self._ends))
        for places, signs in zip(sketch.places, sketch.signs, strict=True):
            np.add.at(out, (self._rows, places[features]), self._weights * signs[features])
        return out


class Sketch:
    """Folds any number of features into a few places, each into several with a sign drawn by lot, so that what rows
    have in common is kept on the whole."""

    _TIMES = 4

    def __init__(self, features: int, width: int) -> None:
        chance = np.random.default_rng(4)
        self.width = width
        self.places = chance.integers(0, width, (self._TIMES, features), dtype=np.int32)
        self.signs = (chance.integers(0, 2, (self._TIMES, features)) * 2 - 1).astype(np.float32) / self._TIMES**0.5

    def fold(self, features: Ints, values: Floats) -> Floats:
        """One row."""
        places = self.places[:, features].ravel()
        return np.bincount(places, (self.signs[:, features] * values).ravel(), self.width).astype(np.float32)
