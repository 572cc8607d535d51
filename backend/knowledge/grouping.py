"""Questions grouped by likeness, for the report of what was asked and not found. Pure; nothing compares all pairs in
Python, so that ten thousand questions take seconds."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ALIKE = 0.45  # cosine from which two questions ask much the same: higher parts typos, lower joins topics
DIMENSIONS = 512
BLOCK = 1024
_WORD = re.compile(r"[^\W_]+")

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Group:
    """Numbers of the questions that ask the same, the most central one first; `times`: how often it was asked."""

    members: tuple[int, ...]
    times: int


def group(texts: Sequence[str], most: int) -> list[Group]:
    """The largest groups, at most so many, the largest first."""
    plain = [" ".join(_WORD.findall(text.casefold().replace("ё", "е"))) for text in texts]
    same: dict[str, list[int]] = {}
    for number, words in enumerate(plain):
        same.setdefault(words, []).append(number)
    wordings = list(same)
    times = np.array([len(same[one]) for one in wordings], dtype=np.float32)
    found = []
    for members in _clusters(_vectors(wordings), times, most):
        numbers = [number for one in members for number in same[wordings[one]]]
        found.append(Group(tuple(numbers), len(numbers)))
    return sorted(found, key=lambda g: -g.times)


def _grams(text: str) -> Counter[str]:
    """Beginnings of words count most: endings of Russian words say little."""
    counts: Counter[str] = Counter()
    for word in text.split():
        padded = f" {word} "
        counts.update(padded[at : at + 4] for at in range(len(padded) - 3))
        counts[f"w{word[:5]}"] += 2
    return counts


def _vectors(texts: Sequence[str]) -> Vectors:
    """One row a question: weighed n-grams, folded into few dimensions by a hash with a sign."""
    counted = [_grams(text) for text in texts]
    seen: Counter[str] = Counter()
    for counts in counted:
        seen.update(counts.keys())
    place: dict[str, tuple[int, float]] = {}
    for gram, often in seen.items():
        mixed = zlib.crc32(gram.encode())
        weight = 1.0 + float(np.log((1 + len(texts)) / (1 + often)))
        place[gram] = mixed % DIMENSIONS, weight if mixed >> 16 & 1 else -weight
    rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for row, counts in zip(rows, counted, strict=True):
        for gram, often in counts.items():
            column, weight = place[gram]
            row[column] += weight * (1 + np.log(often))
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    np.divide(rows, lengths, out=rows, where=lengths > 0)
    return rows


def _clusters(rows: Vectors, times: NDArray[np.float32], most: int) -> list[list[int]]:
    """Take the question with the most questions near it, and them, again and again."""
    free = np.ones(len(rows), dtype=bool)
    weight = np.concatenate([_weights(rows, block, times) for block in _blocks(np.arange(len(rows)))] or [times])
    found: list[list[int]] = []
    while free.any() and len(found) < most:
        centre = int(np.argmax(np.where(free, weight, -1)))
        members = np.flatnonzero(free & (rows @ rows[centre] >= ALIKE))
        if not members.size:
            members = np.array([centre])  # without a single letter: like nothing, not even itself
        free[members] = False
        within = rows[members] @ (times[members] @ rows[members])
        found.append([int(n) for n in members[np.argsort(-within, kind="stable")]])
        for block in _blocks(members):
            weight -= (rows @ rows[block].T >= ALIKE) @ times[block]
    return found


def _blocks(numbers: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    return [numbers[at : at + BLOCK] for at in range(0, len(numbers), BLOCK)]


def _weights(rows: Vectors, block: NDArray[np.intp], times: NDArray[np.float32]) -> NDArray[np.float32]:
    """How often questions near each one of the block were asked."""
    near: NDArray[np.float32] = (rows[block] @ rows.T >= ALIKE) @ times
    return near
