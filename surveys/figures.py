"""Figures from marks, each by the formula of domain.md, section 5: shares, means, indices, their intervals, how many
answers are enough, and what may be shown at which n. Intervals are of 95 %.

Nothing but the standard library: t-quantiles come from a series, not from a library of statistics.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Literal, TypeVar

Verdict = Literal["hidden", "few", "interval", "ranked", "months"]
Distribution = Mapping[int, int]
Cell = TypeVar("Cell", bound=Hashable)
Z = 1.96
MEAN_INTERVAL_FROM = 15
"""Below so many answers a mean has no interval: only the distribution tells."""
LEAST_WEIGHT, MOST_WEIGHT = 0.2, 5.0


@dataclass(frozen=True, slots=True)
class Figures:
    """`share`, `low`, `high` are parts of one (0–1); with no marks at all they and `mean` are None."""

    n: int
    share: float | None
    low: float | None
    high: float | None
    mean: float | None
    distribution: dict[int, int]


def wilson(positive: float, n: float, z: float = Z) -> tuple[float, float]:
    """Wilson score interval of a share, as parts of one; z = 1.96 is 95 %.

    E. B. Wilson, 1927. Unlike the normal approximation it is honest for few answers and for shares near 0
    and 1. Without answers nothing is known: (0, 1). Weighted answers need not be whole numbers. Raises ValueError
    unless 0 ≤ positive ≤ n.
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


def figures(distribution: Distribution, best: Collection[int] = (4, 5)) -> Figures:
    """Figures of marks counted by value. The headline is the share of `best` marks among all marks, the
    official indicator of the feedback platform (ПОС); «hard to say» is not a mark and must not be in the
    counts.

    Raises ValueError for a negative count.
    """
    counts = dict(sorted(_counts(distribution).items(), reverse=True))
    n = sum(counts.values())
    if n == 0:
        return Figures(0, None, None, None, None, counts)
    positive = sum(counts.get(mark, 0) for mark in set(best))
    low, high = wilson(positive, n)
    mean = sum(mark * count for mark, count in counts.items()) / n
    return Figures(n, positive / n, low, high, mean, counts)


def student(n: int) -> float:
    """The 97.5 % quantile of Student's t for n answers (n − 1 degrees of freedom), n ≥ 15.

    Cornish–Fisher series (Abramowitz & Stegun, Handbook of Mathematical Functions, 26.7.5); from 14 degrees on it
    agrees with the tables to four decimals. Raises ValueError below: the series is not made for so few.
    """
    if n < MEAN_INTERVAL_FROM:
        raise ValueError(f"no interval of a mean below {MEAN_INTERVAL_FROM} answers")
    z, v = 1.959963985, n - 1
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * v**4)
    )


def mean_interval(distribution: Distribution, ends: tuple[int, int] = (1, 5)) -> tuple[float, float] | None:
    """The t-interval of the mean mark, within the ends of the scale; None below 15 answers."""
    counts = _counts(distribution)
    n = sum(counts.values())
    if n < MEAN_INTERVAL_FROM:
        return None
    mean = sum(mark * count for mark, count in counts.items()) / n
    variance = sum(count * (mark - mean) ** 2 for mark, count in counts.items()) / (n - 1)
    half = student(n) * sqrt(variance / n)
    return max(mean - half, float(ends[0])), min(mean + half, float(ends[1]))


def csi(weights: Sequence[float], means: Sequence[float]) -> float:
    """The index over criteria, 0–100: s = Σ(wᵢ·mᵢ)/Σwᵢ, CSI = 100·(s − 1)/(5 − 1). Several indices bear this name, so
    print the formula with it. Raises ValueError without weights or for lists of different length."""
    if len(weights) != len(means) or sum(weights) <= 0 or min(weights) < 0:
        raise ValueError("each mean needs its weight, and one weight at least must be positive")
    s = sum(w * m for w, m in zip(weights, means, strict=True)) / sum(weights)
    return 100 * (s - 1) / (5 - 1)


@dataclass(frozen=True, slots=True)
class Balance:
    """A difference of two shares in points, −100 … 100, `value` ± `error`: NPS, or «лучше» minus «хуже»."""

    n: int
    up: int
    middle: int
    down: int
    value: float | None
    error: float | None

    @property
    def interval(self) -> tuple[float, float] | None:
        if self.value is None or self.error is None:
            return None
        return max(self.value - self.error, -100.0), min(self.value + self.error, 100.0)


def balance(up: int, middle: int, down: int) -> Balance:
    """Share of `up` minus share of `down`; SE = √(((p + d) − (p − d)²)/n). Raises ValueError for a negative count."""
    if min(up, middle, down) < 0:
        raise ValueError("a count of marks is negative")
    n = up + middle + down
    if n == 0:
        return Balance(0, 0, 0, 0, None, None)
    p, d = up / n, down / n
    return Balance(n, up, middle, down, 100 * (p - d), 100 * Z * sqrt(((p + d) - (p - d) ** 2) / n))


def nps(distribution: Distribution) -> Balance:
    """%(9–10) − %(0–6) of marks 0–10."""
    counts = _counts(distribution)
    up = sum(count for mark, count in counts.items() if mark >= 9)
    down = sum(count for mark, count in counts.items() if mark <= 6)
    return balance(up, sum(counts.values()) - up - down, down)


def expectation(distribution: Distribution) -> Balance:
    """%«лучше» − %«хуже» (requirements 1.31): an option with the value 5 is better than expected, 4 is as expected,
    less is worse."""
    counts = _counts(distribution)
    up = sum(count for value, count in counts.items() if value >= 5)
    down = sum(count for value, count in counts.items() if value <= 3)
    return balance(up, sum(counts.values()) - up - down, down)


def resolution(distribution: Distribution) -> Figures:
    """%«решён»: only the option with the value 5 counts as solved, «частично» does not."""
    return figures(distribution, best=(5,))


def mean_of_criteria(means: Collection[float | None]) -> float | None:
    """«Ваш контроль» as a whole: the simple mean of its criteria; None while one of them has no mark."""
    known = [mean for mean in means if mean is not None]
    return sum(known) / len(known) if known and len(known) == len(means) else None


def sample_size(error: float, clients: int | None = None) -> int:
    """How many answers give a share within ± `error` (0.05 is 5 %) at worst, of so many clients; of very many without
    them. Raises ValueError for an error that is no part of one."""
    if not 0 < error < 1 or (clients is not None and clients < 1):
        raise ValueError("an error is a part of one, and there must be clients")
    needed = Z * Z * 0.25 / (error * error)
    if clients is not None:
        needed = needed / (1 + (needed - 1) / clients)
    return ceil(round(needed, 9))


def weights(contacts: Mapping[Cell, float], answers: Mapping[Cell, int]) -> dict[Cell, float]:
    """What one answer of each cell (channel, point) counts for: share of contacts ÷ share of answers, within 0.2–5.
    Cells without answers have no weight: nobody spoke for them. Raises ValueError without contacts or answers."""
    whole, given = sum(contacts.values()), sum(answers.values())
    if whole <= 0 or given <= 0:
        raise ValueError("weights need contacts and answers")
    return {
        cell: min(max(contacts.get(cell, 0) / whole / (n / given), LEAST_WEIGHT), MOST_WEIGHT)
        for cell, n in answers.items()
        if n > 0
    }


def effective_n(weighted: Mapping[Cell, float], answers: Mapping[Cell, int]) -> float:
    """(Σw)²/Σw² over all answers: as many equal ones would tell as much."""
    total = sum(weight * answers[cell] for cell, weight in weighted.items())
    squares = sum(weight * weight * answers[cell] for cell, weight in weighted.items())
    return total * total / squares if squares else 0.0


@dataclass(frozen=True, slots=True)
class WeightedShare:
    """The share after weighting, beside the raw one it must be shown with; parts of one."""

    n: int
    effective: float
    raw: float
    share: float
    low: float
    high: float


def weighted_share(cells: Mapping[Cell, Distribution], contacts: Mapping[Cell, float]) -> WeightedShare:
    """Share of 4–5 over cells whose answers are too many or too few for their contacts; the interval is Wilson's for
    the effective n. Raises ValueError without contacts or answers."""
    answers = {cell: sum(_counts(marks).values()) for cell, marks in cells.items()}
    good = {cell: marks.get(4, 0) + marks.get(5, 0) for cell, marks in cells.items()}
    each = weights(contacts, answers)
    n = sum(answers.values())
    total = sum(weight * answers[cell] for cell, weight in each.items())
    share = sum(weight * good[cell] for cell, weight in each.items()) / total
    effective = effective_n(each, answers)
    low, high = wilson(min(share * effective, effective), effective)
    return WeightedShare(n, effective, sum(good.values()) / n, share, low, high)


def verdict(n: int, few: int = 5, interval: int = 10, ranked: int = 30, months: int = 100) -> Verdict:
    """What n answers may be used for: below `few` nothing is shown in public or of internal units, below `interval`
    it is «мало данных», below `ranked` the share is shown with its interval, from there on points may be compared,
    from `months` on months as well."""
    if n < few:
        return "hidden"
    if n < interval:
        return "few"
    if n < ranked:
        return "interval"
    return "ranked" if n < months else "months"


def _counts(distribution: Distribution) -> Distribution:
    if any(count < 0 for count in distribution.values()):
        raise ValueError("a count of marks is negative")
    return distribution
