"""Words of a text as the matcher compares them: lemma, how much it says in Russian at large, its vector."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from threading import Lock

import pymorphy3

from knowledge.vectors import vectors

LONGEST = 1500
_WORD = re.compile(r"[^\W_]+")
_POLITE = frozenset(
    "здравствовать здравствуйте здравствуй привет добрый день вечер утро приветствовать приветствие извинить извините "
    "простить пожалуйста подсказать сказать спасибо благодарить уважение помочь помогите ответить ответьте плиз "
    "объяснить пояснить разъяснить уточнить интересовать хотеть знать узнать вопрос".split()
)
_CLOSED = frozenset({"PREP", "CONJ", "PRCL", "INTJ", "NPRO"})
_POLITENESS = 0.25
_CLOSENESS = 0.4
_BILLION = math.log(1e9)
_RANGE = math.log(1e9 / 100)


@dataclass(frozen=True, slots=True)
class Word:
    """A word form: `weight` is how much it says in Russian at large, `row` its row among the vectors (-1: none)."""

    lemma: str
    weight: float
    row: int
    known: bool
    part: str


_lock = Lock()


@cache
def _analyzer() -> pymorphy3.MorphAnalyzer:
    return pymorphy3.MorphAnalyzer()


@lru_cache(100_000)
def word(form: str) -> Word:
    """What is known about a lower-case word form."""
    with _lock:
        analyzer = _analyzer()
        parse = analyzer.parse(form)[0]
        known = analyzer.word_is_known(form)
    lemma = parse.normal_form.replace("ё", "е")
    part = str(parse.tag.POS or "")
    table = vectors()
    row = table.find(parse.normal_form)
    if row < 0:
        row = table.find(form)
    count = max(table.count(row), table.count(table.find(form)))
    weight = min(1.0, max(0.05, (_BILLION - math.log(count + 100)) / _RANGE))
    if lemma in _POLITE:
        weight *= _POLITENESS
    elif part in _CLOSED:
        weight *= _CLOSENESS
    return Word(lemma, weight, row, known, part)


def forms(text: str) -> list[str]:
    return _WORD.findall(text[:LONGEST].lower().replace("ё", "е"))


def words(text: str) -> list[Word]:
    return [word(form) for form in forms(text)]
