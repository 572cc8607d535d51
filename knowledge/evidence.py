"""What speaks for each template: features of several matchers for a question, the better half of the templates first."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.fields import Field, Floats, Ints, character_grams
from knowledge.model import Entry
from knowledge.vectors import vectors
from knowledge.words import Word, forms, words

CANDIDATES = 20
_ROW = 48  # words of a sample question that are aligned; longer complaints repeat themselves
_QUERY = 60


def bag(text: str) -> Counter[str]:
    """Features of the classifier: character n-grams, words, lemmas, neighbours."""
    found = words(text)
    return bag_of(forms(text), found)


def bag_of(fs: Sequence[str], ws: Sequence[Word]) -> Counter[str]:
    counts = character_grams(fs)
    for w in ws:
        counts["l:" + w.lemma] += 1
    for left, right in zip(ws, ws[1:], strict=False):
        counts[f"b:{left.lemma} {right.lemma}"] += 1
    return counts


def lemma_bag(ws: Sequence[Word]) -> dict[str, float]:
    counts: dict[str, float] = {}
    for w in ws:
        counts[w.lemma] = max(counts.get(w.lemma, 0.0), w.weight)
    return counts


@dataclass
class Base:
    """The arrays of one set of templates."""

    ids: tuple[str, ...]
    owners: Ints  # template of each sample row (titles and questions)
    starts: Ints  # first sample row of each template
    titles: Ints  # sample row of each title
    grams: Field
    ridge: Floats
    lemmas: Field
    answers: Field
    answer_lemmas: Field
    vocabulary: dict[str, int]
    units: Floats
    rarity: Floats  # of lemmas of the vocabulary, 0..1
    general: Floats
    tokens: Ints  # sample rows x words, -1 where none
    weights: Floats  # of the tokens
    trigrams: Field
    means: Floats  # mean vector of each sample row
    sizes: Floats


def build(entries: Sequence[Entry]) -> Base:
    texts: list[str] = []
    owners: list[int] = []
    titles: list[int] = []
    for number, entry in enumerate(entries):
        titles.append(len(texts))
        for text in dict.fromkeys(t.strip() for t in (entry.title, *entry.questions)):
            if forms(text) or len(texts) == titles[-1]:
                texts.append(text)
                owners.append(number)
    owner = np.array(owners, dtype=np.int32)
    n = len(entries)
    rows = [words(t) for t in texts]
    grams = Field([bag(t) for t in texts], owners)
    kernel = np.stack([grams.cosines(bag(t)) for t in texts])
    target = np.zeros((len(texts), n), dtype=np.float32)
    target[np.arange(len(texts)), owner] = 1
    ridge = np.linalg.solve(kernel + 0.5 * np.eye(len(texts), dtype=np.float32), target).astype(np.float32)
    lemmas = Field([lemma_bag(r) for r in rows], owners)
    answer_words = [words(e.title + " " + e.answer) for e in entries]
    answers = Field([character_grams(forms(e.title + " " + e.answer)) for e in entries])
    answer_lemmas = Field([lemma_bag(r) for r in answer_words])
    vocabulary: dict[str, int] = {}
    known: list[Word] = []
    holders: list[set[int]] = []
    for row, o in zip(rows, owners, strict=True):
        for w in row:
            if w.lemma not in vocabulary:
                vocabulary[w.lemma] = len(vocabulary)
                known.append(w)
                holders.append(set())
            holders[vocabulary[w.lemma]].add(o)
    units = vectors().unit(np.array([w.row for w in known], dtype=np.int32))
    rarity = np.array([math.log((n + 1) / (len(h) + 0.5)) / math.log((n + 1) / 1.5) for h in holders], dtype=np.float32)
    rarity = np.clip(rarity, 0.0, 1.0)
    general = np.array([w.weight for w in known], dtype=np.float32)
    tokens = np.full((len(texts), _ROW), -1, dtype=np.int32)
    for i, row in enumerate(rows):
        distinct = list(dict.fromkeys(vocabulary[w.lemma] for w in row))[:_ROW]
        tokens[i, : len(distinct)] = distinct
    tokens = tokens[:, : max(1, int((tokens >= 0).sum(axis=1).max()))]
    value = general * (0.3 + 0.7 * rarity)
    weights = np.where(tokens >= 0, value[tokens], 0.0).astype(np.float32)
    trigrams = Field([character_grams([lemma], (3,)) for lemma in vocabulary])
    mean = np.einsum("rt,rtw->rw", weights, units[tokens])
    mean /= np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-6)
    starts = np.searchsorted(owner, np.arange(n)).astype(np.int32)
    sizes = np.bincount(owner, minlength=n).astype(np.float32)
    return Base(
        tuple(e.id for e in entries), owner, starts, np.array(titles, dtype=np.int32), grams, ridge, lemmas, answers,
        answer_lemmas, vocabulary, units, rarity, general, tokens, weights, trigrams, mean.astype(np.float32), sizes,
    )


def soft(similarity: Floats, floor: float = 0.35) -> Floats:
    return np.maximum(similarity - floor, 0.0) / (1 - floor)


def best(base: Base, values: Floats) -> Floats:
    """The best sample row of each template."""
    return np.maximum.reduceat(values, base.starts)


FEATURES = (
    "ridge", "chars", "chars2", "title", "lemmas", "answer", "answer_lemmas", "covered", "explains", "both", "covered_title",
    "title_explained", "exact", "union", "mean", "mean_title", "bigrams", "first", "softmax", "sizes", "length", "answer_covered", "sentence",
)
CONTEXT = ("words", "known_share", "strange", "strange_general", "templates", "top_cover", "novec")


def evidence(base: Base, query: str, limit: int = CANDIDATES):
    """(candidates, features of each, features of the question)."""
    fs = forms(query)
    ws = [*words(query)]
    n = len(base.ids)
    b = bag_of(fs, ws)
    chars = base.grams.cosines(b)
    ridge = chars @ base.ridge
    answer = base.answers.cosines(character_grams(fs))
    first = ridge + 0.35 * answer
    order = np.argsort(-first, kind="stable")[:limit]
    best_chars = best(base, chars)
    lb = lemma_bag(ws)
    lemma = best(base, base.lemmas.cosines(lb))
    answer_lemma = base.answer_lemmas.cosines(lb)
    # soft alignment
    distinct = {w.lemma: w for w in ws}
    qs = list(distinct.values())[:_QUERY]
    vocabulary = len(base.vocabulary)
    S = np.zeros((len(qs), vocabulary), dtype=np.float32)
    rows = np.array([w.row for w in qs], dtype=np.int32)
    u = vectors().unit(rows)
    S = soft(u @ base.units.T)
    exact = np.zeros((len(qs), vocabulary), dtype=np.float32)
    weight = np.zeros(len(qs), dtype=np.float32)
    strange = np.zeros(len(qs), dtype=bool)
    for i, w in enumerate(qs):
        S[i] = np.maximum(S[i], soft(base.trigrams.cosines(character_grams([w.lemma], (3,)))))
        at = base.vocabulary.get(w.lemma)
        if at is not None:
            S[i, at] = 1.0
            exact[i, at] = 1.0
            weight[i] = base.general[at] * (0.3 + 0.7 * base.rarity[at])
        else:
            weight[i] = w.weight
            strange[i] = True
    total = max(float(weight.sum()), 1e-6)
    mask = np.isin(base.owners, order)
    picked = np.flatnonzero(mask)
    tokens = base.tokens[picked]
    there = tokens >= 0
    hit = np.where(there[None], S[:, tokens], 0.0)  # q x rows x words
    cover = (weight[:, None] * hit.max(axis=2)).sum(axis=0) / total
    rw = base.weights[picked]
    row_total = np.maximum(rw.sum(axis=1), 1e-6)
    explain = (rw * hit.max(axis=0)).sum(axis=1) / row_total
    xhit = np.where(there[None], exact[:, tokens], 0.0).max(axis=2)
    exact_cover = (weight[:, None] * xhit).sum(axis=0) / total
    meanq = (weight[:, None] * u).sum(axis=0)
    meanq /= max(float(np.linalg.norm(meanq)), 1e-6)
    mean = base.means[picked] @ meanq
    owner = base.owners[picked]
    soft_best = hit.max(axis=2)  # q x rows
    X = np.zeros((len(order), len(FEATURES)), dtype=np.float32)
    at = {name: i for i, name in enumerate(FEATURES)}
    bigram = [f"b:{a.lemma} {c.lemma}" for a, c in zip(ws, ws[1:], strict=False)]
    bigrams = base.grams.cosines(Counter(bigram)) if bigram else np.zeros(len(base.owners), np.float32)
    sm = np.exp(8 * (first[order] - first[order].max()))
    sm /= sm.sum()
    answers_tokens = None
    for k, t in enumerate(order):
        r = np.flatnonzero(owner == t)
        g = picked[r]
        X[k, at["ridge"]] = ridge[t]
        X[k, at["chars"]] = best_chars[t]
        X[k, at["chars2"]] = np.sort(chars[g])[-2:].mean()
        X[k, at["title"]] = chars[base.titles[t]]
        X[k, at["lemmas"]] = lemma[t]
        X[k, at["answer"]] = answer[t]
        X[k, at["answer_lemmas"]] = answer_lemma[t]
        X[k, at["covered"]] = cover[r].max()
        X[k, at["explains"]] = explain[r].max()
        X[k, at["both"]] = (2 * cover[r] * explain[r] / (cover[r] + explain[r] + 1e-6)).max()
        tr = np.flatnonzero(g == base.titles[t])[0]
        X[k, at["covered_title"]] = cover[r[tr]]
        X[k, at["title_explained"]] = explain[r[tr]]
        X[k, at["exact"]] = exact_cover[r].max()
        X[k, at["union"]] = (weight * soft_best[:, r].max(axis=1)).sum() / total
        X[k, at["mean"]] = mean[r].max()
        X[k, at["mean_title"]] = mean[r[tr]]
        X[k, at["bigrams"]] = bigrams[g].max()
        X[k, at["first"]] = first[t]
        X[k, at["softmax"]] = sm[k]
        X[k, at["sizes"]] = math.log(base.sizes[t])
        ln = (base.tokens[g] >= 0).sum(axis=1)
        X[k, at["length"]] = np.abs(np.log((len(qs) + 1) / (ln + 1))).min()
    alen = weight * 1.0
    for k, t in enumerate(order):
        pass
    context = np.array(
        [
            math.log(1 + len(qs)),
            float(weight[~strange].sum()) / total,
            float(weight[strange].sum()),
            float(weight[strange].max()) if strange.any() else 0.0,
            math.log(n),
            float((weight * S.max(axis=1)).sum() / total) if vocabulary and len(qs) else 0.0,
            float(weight[rows < 0].sum()) / total,
        ],
        dtype=np.float32,
    )
    return order, X, context
