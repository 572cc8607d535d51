"""From figures to an order and a probability: two small linear models, fitted by `benchmarks/knowledge_fit.py`.

The first puts the candidates in order. The second says how likely the first candidate is right, a question that no
template answers counted as wrong; what it sees are figures that mean the same in a base of fifteen templates and in
one of five thousand. The numbers lie in `weights.json`: one set with sentence vectors, one without.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.evidence import CONTEXT, FEATURES
from knowledge.fields import Floats

# What the confidence is judged by: the list as a whole, the first candidate (x: its figure, g: how far above the best
# of the others), the question.
CONFIDENCE = (
    "share",
    "odds",
    "score",
    "gap",
    "gap3",
    "spread",
    "x_first",
    "g_first",
    "x_both",
    "g_both",
    "x_alike",
    "g_alike",
    "x_exact",
    "x_covered",
    "x_explains",
    "x_union",
    "words",
    "top_cover",
    "alike_best",
    "uncovered",
)
_ALONE = 3.0  # how far a candidate is above the others when there are none
_FILE = Path(__file__).with_name("weights.json")


@dataclass(frozen=True)
class Weights:
    """One fitted set. `thresholds`: (share of wrong direct answers, confidence), both growing apart."""

    rank: Floats
    middle: Floats
    scale: Floats
    confidence: Floats
    bias: float
    thresholds: tuple[tuple[float, float], ...]
    offer: float

    def threshold(self, wrong_share: float) -> float:
        """The confidence from which answers are sent, so that at most this share of them is wrong."""
        shares, levels = zip(*self.thresholds, strict=True)
        if wrong_share <= 0:
            return 1.01
        if wrong_share < shares[0]:
            return float(1 - (1 - levels[0]) * wrong_share / shares[0])
        return float(np.interp(wrong_share, shares, levels))

    def as_json(self) -> dict[str, Any]:
        def short(values: Floats) -> list[float]:
            return [float(f"{value:.5g}") for value in values]

        return {
            "rank": dict(zip(FEATURES, short(self.rank), strict=True)),
            "confidence": dict(zip(CONFIDENCE, short(self.confidence), strict=True)),
            "middle": short(self.middle),
            "scale": short(self.scale),
            "bias": float(f"{self.bias:.5g}"),
            "thresholds": [list(pair) for pair in self.thresholds],
            "offer": self.offer,
        }

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Weights:
        def floats(values: Any) -> Floats:
            return np.array(list(values), dtype=np.float32)

        return cls(
            rank=floats(given["rank"][name] for name in FEATURES),
            confidence=floats(given["confidence"][name] for name in CONFIDENCE),
            middle=floats(given["middle"]),
            scale=floats(given["scale"]),
            bias=float(given["bias"]),
            thresholds=tuple((float(share), float(level)) for share, level in given["thresholds"]),
            offer=float(given["offer"]),
        )


def order(figures: Floats, rank: Floats) -> tuple[Floats, Floats]:
    """The candidates' scores, and their shares of the belief."""
    scores = figures @ rank
    shares = np.exp(scores - scores.max())
    return scores, shares / shares.sum()


def listed(figures: Floats, context: Floats, scores: Floats, shares: Floats) -> Floats:
    """CONFIDENCE of one list of candidates."""
    places = np.argsort(-scores, kind="stable")
    first = places[0]
    found: dict[str, float] = dict(zip(CONTEXT, map(float, context), strict=True))
    found["share"] = share = float(shares[first])
    found["odds"] = float(np.log(share + 1e-6) - np.log(1 - share + 1e-6))
    found["score"] = float(scores[first])
    found["gap"] = float(scores[first] - scores[places[1]]) if len(places) > 1 else _ALONE
    found["gap3"] = float(scores[first] - scores[places[2:4]].mean()) if len(places) > 3 else _ALONE
    found["spread"] = float(-(shares * np.log(shares + 1e-9)).sum())
    for column, name in enumerate(FEATURES):
        figure = float(figures[first, column])
        found["x_" + name] = figure
        found["g_" + name] = figure - float(np.delete(figures[:, column], first).max(initial=0.0))
    found["uncovered"] = found["top_cover"] - found["x_covered"]
    return np.array([found[name] for name in CONFIDENCE], dtype=np.float32)


def confidence(weights: Weights, listed: Floats) -> float:
    """How likely the first candidate is right."""
    return float(1 / (1 + np.exp(-(((listed - weights.middle) / weights.scale) @ weights.confidence + weights.bias))))


@cache
def shipped() -> tuple[Weights, Weights, Floats]:
    """With sentence vectors, without, and the direction that all sentence vectors share."""
    given = json.loads(_FILE.read_text(encoding="utf-8"))
    common = np.array(given["common"], dtype=np.float32)
    return Weights.from_json(given["sentences"]), Weights.from_json(given["words"]), common
