"""Words of a text as the matcher compares them: the lemma and how much it says in Russian at large."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from threading import Lock

import pymorphy3

from knowledge.frequency import frequencies
from knowledge.text import LONGEST
from knowledge.text import words as text_words

# Said out of politeness: lemmas that say little, and forms that are left out where the whole sentence is weighed.
_POLITE = frozenset(
    text_words("""здравствовать здравствуйте здравствуй привет добрый день вечер утро приветствовать приветствие
    извинить извините простить пожалуйста подсказать сказать спасибо благодарить уважение помочь помогите ответить
    ответьте плиз объяснить пояснить разъяснить уточнить интересовать хотеть знать узнать вопрос""")
)
_GREETINGS = frozenset(
    text_words("""здравствуйте здравствуй здраствуйте добрый доброе доброго день дня вечер утро утра привет приветствую
    подскажите подскажи пожалуйста пожалуста плиз скажите извините простите спасибо заранее уважаемые помогите будьте
    добры ответьте""")
)
_CLOSED = frozenset({"PREP", "CONJ", "PRCL", "INTJ", "NPRO"})
_POLITENESS = 0.25
_CLOSENESS = 0.4
_BILLION = math.log(1e9)
_RANGE = math.log(1e9 / 100)


@dataclass(frozen=True, slots=True)
class Word:
    """A word form: its dictionary form, and how much it says in Russian at large (0 to 1)."""

    lemma: str
    weight: float


_lock = Lock()


@cache
def _analyzer() -> pymorphy3.MorphAnalyzer:
    return pymorphy3.MorphAnalyzer()


def is_word(form: str) -> bool:
    """Whether the dictionary has the form."""
    return bool(_analyzer().word_is_known(form))


@lru_cache(50_000)
def word(form: str) -> Word:
    """What is known about a lower-case word form."""
    with _lock:
        parse = _analyzer().parse(form)[0]
    normal = str(parse.normal_form)
    lemma = normal.replace("ё", "е")
    counts = frequencies()
    count = max(counts.count(normal), counts.count(form))
    weight = min(1.0, max(0.05, (_BILLION - math.log(count + 100)) / _RANGE))
    if lemma in _POLITE:
        weight *= _POLITENESS
    elif str(parse.tag.POS) in _CLOSED:
        weight *= _CLOSENESS
    return Word(lemma, weight)


def forms(text: str) -> list[str]:
    """The words and numbers of a text, in small letters."""
    return text_words(text[:LONGEST])


def matter(text: str) -> str:
    """The text without greetings and thanks; the text itself if nothing else is in it."""
    kept = [part for part in text.split() if (forms(part) or [part])[0] not in _GREETINGS]
    return " ".join(kept) or text
