"""Finding a point or service by words that a person typed: parts of its name, in any order, case and ending."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
_WORDS = re.compile(r"\w+")
_LONGEST = 100


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.casefold().replace("ё", "е"))


def searchable(*texts: str) -> str:
    """The words of all texts as `found_by` looks for them: each with a space before and behind."""
    return f" {' '.join(word for text in texts for word in _words(text))} "


def found_by(text: str, named: Sequence[tuple[str, T]]) -> list[T]:
    """What has every word of the text in its name; whole words come before beginnings («10» before «104»). Where
    nothing has, long words are tried without their ending, so that «в кабинете» finds «Кабинет»."""
    wanted = [word for word in _words(text[:_LONGEST]) if len(word) > 1 or word.isdecimal()]
    if not wanted:
        return []
    return _having(wanted, named) or _having([_stem(word) for word in wanted], named)


def _having(wanted: list[str], named: Sequence[tuple[str, T]]) -> list[T]:
    starts = [f" {word}" for word in wanted]
    found = [(name, thing) for name, thing in named if all(start in name for start in starts)]
    found.sort(key=lambda pair: not all(f"{start} " in pair[0] for start in starts))
    return [thing for _, thing in found]


def _stem(word: str) -> str:
    return word if word.isdecimal() or len(word) < 5 else word[: max(4, len(word) - 2)]
