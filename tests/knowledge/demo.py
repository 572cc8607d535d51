"""The demo office's answers as its files have them, and people who ask with slips of the finger."""

from __future__ import annotations

import random
from functools import cache
from itertools import pairwise
from pathlib import Path

import yaml

from backend.knowledge.live import entry_of
from backend.knowledge.model import Template
from backend.office import Office, load
from bot.opening import ACTIONS
from knowledge.index import Index
from tests.base.talk import OFFICE

FILES = OFFICE / "knowledge"


@cache
def demo_office() -> Office:
    office, _ = load(OFFICE, actions=ACTIONS)
    assert office is not None
    return office


@cache
def demo_templates() -> tuple[Template, ...]:
    """All of them, in the order of the files."""
    return tuple(template for path in sorted(FILES.glob("*.yaml")) for template in templates_of(path))


def templates_of(path: Path) -> list[Template]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    own = Template.model_fields.keys()
    return [Template.model_validate({k: v for k, v in item.items() if k in own}) for item in content["templates"]]


@cache
def demo_index() -> Index:
    """What clients are answered from."""
    synonyms = [(term.word, *term.also) for term in demo_office().glossary]
    return Index.build([entry_of(t) for t in demo_templates() if not t.internal], synonyms=synonyms)


_ROWS = ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEAR = {key: left + right for row in _ROWS for left, key, right in zip(" " + row, row, row[1:] + " ", strict=False)}


def with_typos(text: str, seed: int, count: int = 2) -> str:
    """The text with so many slips: a letter dropped, doubled, swapped with its neighbour, or the key beside it. Each
    slip is in a word of its own where there are enough long words; a first letter is rarely missed."""
    rng = random.Random(f"{seed} {text}")
    words = text.split()
    long = [place for place, word in enumerate(words) if sum(c.isalpha() for c in word) >= 4]
    places = rng.sample(long, count) if len(long) >= count else rng.choices(long or range(len(words)), k=count)
    for place in places:
        words[place] = _slip(words[place], rng)
    return " ".join(words)


def _slip(word: str, rng: random.Random) -> str:
    at = rng.choice([i for i, (before, here) in enumerate(pairwise(word), 1) if before.isalpha() and here.isalpha()])
    match rng.choice(("drop", "double", "swap", "beside")):
        case "drop":
            return word[:at] + word[at + 1 :]
        case "double":
            return word[:at] + word[at] + word[at:]
        case "swap" if word[at + 1 : at + 2].isalpha():
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case _:
            return word[:at] + rng.choice(_NEAR.get(word[at].lower(), word[at]).strip()) + word[at + 1 :]
