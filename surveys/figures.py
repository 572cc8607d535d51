"""Figures from marks: share of satisfied clients with its interval, mean, and what may be shown at which
n."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Literal

Verdict = Literal["hidden", "few", "interval", "ranked"]


@dataclass(frozen=True, slots=True)
class Figures:
    """`share`, `low`, `high` are parts of one (0–1); with no marks at all they and `mean` are None."""

    n: int
    share: float | None
    low: float | None
    high: float | None
    mean: float | None
    distribution: dict[int, int]


def wilson(positive: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson score interval of a share, as parts of one; z = 1.96 is 95 %.

    E. B. Wilson, 1927. Unlike the normal approximation it is honest for few answers and for shares near 0
    and 1. Without answers nothing is known: (0, 1). Raises ValueError unless 0 ≤ positive ≤ n.
    """
    if not 0 <= positive <= n:
        raise ValueError(f"{positive} of {n} is not a share")
    if n == 0:
        return 0.0, 1.0
    p = positive / n
    scale = 1 + z * z / n
    centre = (p + z * z / (2 * n)) / scale
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / scale
    # At the ends the interval touches them exactly; rounding must not push it outside.
    return (0.0 if positive == 0 else centre - half), (1.0 if positive == n else centre + half)


def figures(distribution: Mapping[int, int], best: Collection[int] = (4, 5)) -> Figures:
    """Figures of marks counted by value. The headline is the share of `best` marks among all marks, the
    official indicator of the feedback platform (ПОС); «hard to say» is not a mark and must not be in the
    counts.

    Raises ValueError for a negative count.
    """
    if any(count < 0 for count in distribution.values()):
        raise ValueError("a count of marks is negative")
    counts = dict(sorted(distribution.items(), reverse=True))
    n = sum(counts.values())
    if n == 0:
        return Figures(0, None, None, None, None, counts)
    positive = sum(counts.get(mark, 0) for mark in set(best))
    low, high = wilson(positive, n)
    mean = sum(mark * count for mark, count in counts.items()) / n
    return Figures(n, positive / n, low, high, mean, counts)


def verdict(n: int, few: int = 5, interval: int = 10, ranked: int = 30) -> Verdict:
    """What n answers may be used for: below `few` nothing is shown in public, below `interval` it is «мало
    данных», below `ranked` the share is shown with its interval, from there on points may be compared."""
    if n < few:
        return "hidden"
    if n < interval:
        return "few"
    return "interval" if n < ranked else "ranked"
