"""An index over reply templates: built once in a thread, asked from any thread, never changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numpy as np

from knowledge import evidence, ranking
from knowledge.encoder import Encoder, release
from knowledge.encoder import encoder as shipped_encoder
from knowledge.model import Entry, Found, Scored
from knowledge.repair import Repair, weigh
from knowledge.text import words
from knowledge.words import word

LISTED = 10
OFFERED = 3
NEGLIGIBLE = 0.04  # of the best candidate's score: what is less likely is not offered beside it
_REMEMBERED = 8
_SHIPPED: Literal["shipped"] = "shipped"

Synonyms = Mapping[str, Sequence[str]] | Iterable[Sequence[str]]


class Index:
    """What is known about one set of templates. Immutable; threads may ask at the same time."""

    def __init__(self, base: evidence.Base | None, encoder: Encoder | None, repair: Repair, groups: _Groups) -> None:
        with_sentences, without, _ = ranking.shipped()
        self._base = base
        self._encoder = encoder if base is not None and base.alike is not None else None
        self._weights = without if self._encoder is None else with_sentences
        self._repair = repair
        self._groups = groups

    def __len__(self) -> int:
        return 0 if self._base is None else len(self._base.ids)

    @classmethod
    def build(
        cls,
        entries: Iterable[Entry],
        *,
        synonyms: Synonyms = (),
        encoder: Encoder | Literal["shipped"] | None = _SHIPPED,
    ) -> Index:
        """Read the templates. It takes seconds for thousands, so call it off the event loop.

        synonyms: groups of words or phrases that mean the same, the glossary's for instance.
        encoder: None does without sentence vectors. Indexes of the same templates are remembered and shared.
        """
        kept = tuple(entries)
        pairs = synonyms.items() if isinstance(synonyms, Mapping) else ((g[0], g[1:]) for g in synonyms if g)
        groups = tuple(tuple(dict.fromkeys((head, *rest))) for head, rest in pairs)
        key = (kept, groups, encoder if isinstance(encoder, str) else id(encoder))
        with _lock:
            if key in _remembered:
                _remembered.move_to_end(key)
                return _remembered[key]
        said = [(entry.title, 3.0) for entry in kept]
        said += [(question, 2.0) for entry in kept for question in entry.questions]
        said += [(entry.answer, 1.0) for entry in kept]
        said += [(name, 1.0) for group in groups for name in group]
        with ThreadPoolExecutor(1, "model") as beside:  # loading the model takes half a second
            loading = beside.submit(shipped_encoder) if isinstance(encoder, str) and kept else None
            repair = Repair(weigh(said))
            model = loading.result() if loading else encoder if isinstance(encoder, Encoder) else None
        base = evidence.build(kept, model, ranking.shipped()[2]) if kept else None
        index = cls(base, model, repair, _Groups(groups, base.vocabulary if base else {}))
        release()
        with _lock:
            _remembered[key] = index
            while len(_remembered) > _REMEMBERED:
                _remembered.popitem(last=False)
        return index

    def rank(self, query: str, *, limit: int = LISTED) -> tuple[Scored, ...]:
        """The likeliest templates without a decision: what a search page needs."""
        return self._find(query, limit)[0]

    def ask(self, query: str, *, wrong_share: float = 0.15) -> Found:
        """The likeliest templates, and what may be done with them.

        wrong_share: how many of the answers sent at once the office bears to be wrong, as a share of them.
        """
        ranked, confidence, read = self._find(query, LISTED)
        if not ranked:
            return Found((), "unknown", read_as=read)
        if confidence >= self._weights.threshold(wrong_share):
            decision: Literal["answer", "choose", "unknown"] = "answer"
        elif confidence >= self._weights.offer:
            decision = "choose"
        else:
            decision = "unknown"
        least = NEGLIGIBLE * ranked[0].score
        likely = tuple(scored.id for scored in ranked[:OFFERED] if scored.score >= least)
        return Found(ranked, decision, () if decision == "unknown" else likely, confidence, read)

    def _find(self, query: str, limit: int) -> tuple[tuple[Scored, ...], float, str]:
        read = self._repair.read(query).text
        if self._base is None or not any(map(str.isalnum, read)):
            return (), 0.0, read
        candidates, figures, context = evidence.evidence(self._base, self._groups.widen(read), self._encoder)
        scores, shares = ranking.order(figures, self._weights.rank)
        seen = ranking.listed(figures, context, scores, shares)
        confidence = round(ranking.confidence(self._weights, seen), 6)
        places = np.argsort(-scores, kind="stable")
        # The first candidate's score is the confidence, so that scores of different questions can be compared.
        scale = confidence / float(shares[places[0]])
        ranked = tuple(
            Scored(self._base.ids[candidates[place]], round(min(1.0, float(shares[place]) * scale), 6))
            for place in places[:limit]
        )
        return ranked, confidence, read


class _Groups:
    """Words and phrases that mean the same: a question that has one the base does not know gets one that it knows."""

    def __init__(self, groups: Sequence[Sequence[str]], vocabulary: Mapping[str, int]) -> None:
        self._also: dict[tuple[str, ...], str] = {}
        for group in groups:
            read = {name: tuple(word(form).lemma for form in words(name)) for name in group}
            known = [name for name, lemmas in read.items() if lemmas and all(lemma in vocabulary for lemma in lemmas)]
            for name, lemmas in read.items():
                if known and lemmas and name not in known:
                    self._also[lemmas] = known[0]
        self._longest = max(map(len, self._also), default=0)

    def widen(self, text: str) -> str:
        """The text, with what its unknown words mean written behind."""
        if not self._also:
            return text
        lemmas = [word(form).lemma for form in words(text)]
        found = {
            self._also[part]: None
            for size in range(1, self._longest + 1)
            for start in range(len(lemmas) - size + 1)
            if (part := tuple(lemmas[start : start + size])) in self._also
        }
        return " ".join([text, *found])


_lock = threading.Lock()
_remembered: OrderedDict[object, Index] = OrderedDict()
