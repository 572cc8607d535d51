"""What speaks for each template: the figures of several matchers for one question, for the likeliest templates.

A question meets a template in three ways. A ridge classifier over what sample questions are made of (runs of letters,
the sentence vector) knows what tells the templates apart. The answer's text counts as a weak extra
field. An alignment asks of each word whether the other side has it, or one like it, so that a question with one strange
word is not mistaken for a known one. `knowledge.ranking` weighs the figures.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from knowledge.encoder import READ, Encoder
from knowledge.fields import Field, Floats, Ints, Sketch, character_grams
from knowledge.model import Entry
from knowledge.words import Word, forms, matter, word

FEATURES = (
    "first",
    "ridge",
    "answer",
    "alike_answer",
    "both",
    "both_title",
    "union",
    "exact",
    "explains",
    "covered",
    "alike",
    "alike_title",
)
CONTEXT = ("words", "top_cover", "alike_best")

CANDIDATES = 30
ALIKE = 1.0  # the sentence vectors in the classifier's kernel, against the letters and words
STIFF = 0.8
ANSWER = 0.35
ANSWER_ALIKE = 0.4

EXACT_ROWS = 3000  # more sample rows than this are classified by sketches: the kernel would be their square
_SKETCH = 1024
_ANSWERED = 500  # texts up to which answers are encoded too; in a larger base the titles stand for them
_EACH = 3  # sample rows of a template that are encoded in such a base, the title first; it stands for the others
_ENCODED = 2500  # rows that are encoded at most; in a still larger base the titles stand for all
_ENCODED_TITLES = 3000
_ANSWER_READ = 20
_TITLE_READ = 14
_ROW = 40  # distinct words of a sample question that are aligned
_QUERY = 60
_NEAR_KEPT = 20_000
_FLOOR = 0.35  # likeness of two words below which they have nothing in common


@dataclass(frozen=True)
class Base:
    """The arrays of one set of templates. Sample rows are titles and questions, a template's rows in succession."""

    ids: tuple[str, ...]
    owners: Ints
    starts: Ints  # first sample row of each template: its title
    sizes: Ints
    grams: Field
    ridge: Floats  # sample rows (or sketch) x templates
    sketch: Sketch | None  # of a large base
    answers: Field
    vocabulary: dict[str, int]
    worth: Floats  # of the words of the vocabulary, the last for "none"
    tokens: Ints  # sample rows x words; the vocabulary's length stands for none
    trigrams: Field
    near: dict[str, tuple[Ints, Floats]]  # remembered while asking: words and the base's words spelt like them
    common: Floats | None  # the common direction of sentence vectors
    alike: Floats | None  # sentence vectors of the sample rows
    alike_answers: Floats | None


def build(entries: Sequence[Entry], encoder: Encoder | None, common: Floats) -> Base:
    texts: list[str] = []
    owners: list[int] = []
    for number, entry in enumerate(entries):
        first = len(texts)
        for text in dict.fromkeys(t.strip() for t in (entry.title, *entry.questions)):
            if len(texts) == first or forms(text):
                texts.append(text)
                owners.append(number)
    owner = np.array(owners, dtype=np.int32)
    count = len(entries)
    starts = np.searchsorted(owner, np.arange(count)).astype(np.int32)
    # Encoding holds no interpreter lock, so it goes beside the counting of letters.
    with ThreadPoolExecutor(1, "sentences") as beside:
        sentences = beside.submit(_sentences, encoder, common, entries, texts, owner, starts)
        rows_forms = [forms(text) for text in texts]
        rows = [[word(form) for form in fs] for fs in rows_forms]
        grams = Field([character_grams(fs) for fs in rows_forms], owners)
        answers = Field([character_grams(forms(f"{entry.title} {entry.answer}")) for entry in entries])
        vocabulary, worth, tokens = _aligned(rows, owners, count)
        trigrams = Field([character_grams([lemma], (3,)) for lemma in vocabulary])
        alike, alike_answers = sentences.result()
    sketch = None
    if len(texts) <= EXACT_ROWS:
        kernel = np.stack([grams.cosines(character_grams(fs)) for fs in rows_forms])
        if alike is not None:
            kernel += ALIKE * alike @ alike.T
        target = np.zeros((len(texts), count), dtype=np.float32)
        target[np.arange(len(texts)), owner] = 1
    else:
        sketch = Sketch(len(grams.number), _SKETCH)
        folded = grams.sketches(sketch)
        if alike is not None:
            folded = np.hstack([folded, math.sqrt(ALIKE) * alike])
        kernel = folded.T @ folded
        target = np.add.reduceat(folded, starts).T
    kernel[np.diag_indices(len(kernel))] += STIFF
    ridge = np.linalg.solve(kernel, target).astype(np.float32)
    return Base(
        ids=tuple(entry.id for entry in entries),
        owners=owner,
        starts=starts,
        sizes=np.bincount(owner, minlength=count).astype(np.int32),
        grams=grams,
        ridge=ridge,
        sketch=sketch,
        answers=answers,
        vocabulary=vocabulary,
        worth=worth,
        tokens=tokens,
        trigrams=trigrams,
        near={},
        common=common if alike is not None else None,
        alike=alike,
        alike_answers=alike_answers,
    )


def evidence(base: Base, query: str, encoder: Encoder | None) -> tuple[Ints, Floats, Floats]:
    """The likeliest templates, the likeliest first; a row of FEATURES for each; CONTEXT of the question."""
    fs = forms(query)
    ws = [word(form) for form in fs]
    features = character_grams(fs)
    if base.alike is not None and base.alike_answers is not None and encoder is not None:
        vector = sentence_vectors(encoder, base.common, [query])[0]
        alike = base.alike @ vector
        alike_answer = base.alike_answers @ vector
    else:
        vector = None
        alike = np.zeros(len(base.owners), dtype=np.float32)
        alike_answer = np.zeros(len(base.ids), dtype=np.float32)
    if base.sketch is None:
        ridge = (base.grams.cosines(features) + ALIKE * alike) @ base.ridge
    else:
        ids, values = base.grams.weigh(features)
        folded = base.sketch.fold(ids, values)
        ridge = (folded if vector is None else np.concatenate([folded, math.sqrt(ALIKE) * vector])) @ base.ridge
    answer = base.answers.cosines(features)
    first = ridge + ANSWER * answer + ANSWER_ALIKE * alike_answer
    order = np.argsort(-first, kind="stable")[:CANDIDATES].astype(np.int32)

    # The candidates' sample rows, one candidate after the other, and the words they are made of.
    counts = base.sizes[order]
    heads = np.concatenate(([0], np.cumsum(counts)[:-1]))
    picked = np.repeat(base.starts[order] - heads, counts) + np.arange(counts.sum())
    used, places = np.unique(base.tokens[picked], return_inverse=True)
    places = places.reshape(len(picked), -1)
    asked = list({w.lemma: w for w in ws}.values())[:_QUERY]
    likeness, same = _likeness(base, asked, used)
    weight = np.array([_worth(base, w) for w in asked], dtype=np.float32)
    total = max(float(weight.sum()), 1e-6)
    if asked:
        met = np.ascontiguousarray(likeness.T)[places]  # rows x words of the row x words asked
        by_word = met.max(axis=1)
        by_token = met.max(axis=2)
        covered = by_word @ weight / total
        exact = np.ascontiguousarray(same.T)[places].max(axis=1) @ weight / total
        union = np.maximum.reduceat(by_word, heads, axis=0) @ weight / total
        top_cover = float((weight * likeness.max(axis=1)).sum()) / total
    else:
        by_token = np.zeros(places.shape, dtype=np.float32)
        covered = exact = np.zeros(len(picked), dtype=np.float32)
        union = np.zeros(len(order), dtype=np.float32)
        top_cover = 0.0
    row_worth = base.worth[base.tokens[picked]]
    explains = (row_worth * by_token).sum(axis=1) / np.maximum(row_worth.sum(axis=1), 1e-6)
    both = 2 * covered * explains / (covered + explains + 1e-6)
    near = alike[picked]
    figures = np.stack(
        [
            first[order],
            ridge[order],
            answer[order],
            alike_answer[order],
            np.maximum.reduceat(both, heads),
            both[heads],
            union,
            np.maximum.reduceat(exact, heads),
            np.maximum.reduceat(explains, heads),
            np.maximum.reduceat(covered, heads),
            _best_two(near, heads, counts),
            near[heads],
        ],
        axis=1,
    ).astype(np.float32)
    context = np.array([math.log(1 + len(asked)), top_cover, float(alike.max(initial=0.0))], dtype=np.float32)
    return order, figures, context


def sentence_vectors(
    encoder: Encoder, common: Floats | None, texts: Sequence[str], *, limit: int = READ, threads: int = 1
) -> Floats:
    """Unit vectors of what the texts are about, without politeness and without the direction all sentences share."""
    plain = [matter(text) for text in texts]
    found = (
        encoder.encode(plain, threads=threads) if limit is None else encoder.encode(plain, limit=limit, threads=threads)
    )
    if common is not None:
        found = found - common
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    unit: Floats = found / np.maximum(lengths, 1e-6)
    return unit


def _sentences(
    encoder: Encoder | None, common: Floats, entries: Sequence[Entry], texts: Sequence[str], owners: Ints, starts: Ints
) -> tuple[Floats | None, Floats | None]:
    """Vectors of the sample rows and of the answers."""
    if encoder is None or len(entries) > _ENCODED_TITLES:
        return None, None
    threads = min(2, os.cpu_count() or 1)
    if len(texts) + len(entries) <= _ANSWERED:
        rows = sentence_vectors(encoder, common, texts, threads=threads)
        answers = [entry.answer.strip() or entry.title for entry in entries]
        return rows, sentence_vectors(encoder, common, answers, limit=_ANSWER_READ, threads=threads)
    # Seconds of waiting after each start: in a larger base fewer texts stand for more.
    read = np.flatnonzero(np.arange(len(texts)) - starts[owners] < _EACH).tolist()
    if len(read) > _ENCODED:
        titles = sentence_vectors(encoder, common, [texts[i] for i in starts], limit=_TITLE_READ, threads=threads)
        return titles[owners], titles
    found = sentence_vectors(encoder, common, [texts[i] for i in read], threads=threads)
    place = np.searchsorted(read, starts[owners])  # the title's, for rows that are not read
    place[read] = np.arange(len(read))
    return found[place], found[np.searchsorted(read, starts)]


def _aligned(rows: Sequence[Sequence[Word]], owners: Sequence[int], count: int) -> tuple[dict[str, int], Floats, Ints]:
    """The vocabulary of the sample rows, the worth of its words, and each row as its words."""
    vocabulary: dict[str, int] = {}
    known: list[Word] = []
    holders: list[set[int]] = []
    for row, owner in zip(rows, owners, strict=True):
        for w in row:
            number = vocabulary.setdefault(w.lemma, len(vocabulary))
            if number == len(known):
                known.append(w)
                holders.append(set())
            holders[number].add(owner)
    size = len(vocabulary)
    tokens = np.full((len(rows), _ROW), size, dtype=np.int32)
    for place, row in enumerate(rows):
        distinct = list(dict.fromkeys(vocabulary[w.lemma] for w in row))[:_ROW]
        tokens[place, : len(distinct)] = distinct
    longest = max(1, int((tokens < size).sum(axis=1).max(initial=0)))
    most = math.log((count + 1) / 1.5)
    rarity = np.array([math.log((count + 1) / (len(h) + 0.5)) / most for h in holders], dtype=np.float32)
    general = np.array([w.weight for w in known], dtype=np.float32)
    worth = np.append(general * (0.3 + 0.7 * rarity.clip(0, 1)), np.float32(0)).astype(np.float32)
    return vocabulary, worth, np.ascontiguousarray(tokens[:, :longest])


def _worth(base: Base, w: Word) -> float:
    number = base.vocabulary.get(w.lemma)
    return w.weight if number is None else float(base.worth[number])


def _likeness(base: Base, asked: Sequence[Word], used: Ints) -> tuple[Floats, Floats]:
    """How like each word asked is to each word used, by its letters; and whether it is the same one."""
    size = len(base.vocabulary)
    likeness = np.zeros((len(asked), size + 1), dtype=np.float32)
    same = np.zeros((len(asked), size + 1), dtype=np.float32)
    for row, w in enumerate(asked):
        places, values = _near(base, w.lemma)
        likeness[row, places] = values
        number = base.vocabulary.get(w.lemma)
        if number is not None:
            likeness[row, number] = same[row, number] = 1.0
    return likeness[:, used], same[:, used]


def _near(base: Base, lemma: str) -> tuple[Ints, Floats]:
    """The words of the base that are spelt like this one, and how much so."""
    known = base.near.get(lemma)
    if known is None:
        alike = base.trigrams.cosines(character_grams([lemma], (3,)))
        places = np.flatnonzero(alike > _FLOOR).astype(np.int32)
        known = places, ((alike[places] - _FLOOR) / (1 - _FLOOR)).astype(np.float32)
        if len(base.near) < _NEAR_KEPT:
            base.near[lemma] = known
    return known


def _best_two(values: Floats, heads: Ints, counts: Ints) -> Floats:
    """Mean of a candidate's two nearest rows: one near row may be chance, two are less so."""
    best = np.maximum.reduceat(values, heads)
    rest = values.copy()
    owner = np.repeat(np.arange(len(heads)), counts)
    hits = np.flatnonzero(values == best[owner])
    rest[hits[np.unique(owner[hits], return_index=True)[1]]] = -np.inf
    second = np.maximum.reduceat(rest, heads)
    return np.where(counts > 1, (best + np.where(np.isfinite(second), second, best)) / 2, best).astype(np.float32)
