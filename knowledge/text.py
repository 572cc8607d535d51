"""Russian text as all parts of this room read it: clean characters, words, sentences.

Cleaning is about characters only and never guesses at words; guesses are the business of `knowledge.repair`.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 2000  # characters of a question that are read; nobody asks a question longer than two pages of a chat

# Letters that look alike. A word that mixes both scripts is written in the one in which all its letters exist.
_LATIN, _CYRILLIC = "aceopxyABCEHKMOPTXY", "асеорхуАВСЕНКМОРТХУ"
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_UKRAINIAN_I = str.maketrans({"i": "и", "I": "И", "і": "и", "І": "И"})

_SAME = str.maketrans(
    {
        "\u00a0": " ",
        "\u202f": " ",
        "\u2007": " ",
        "\u2009": " ",
        "\u00ad": None,  # soft hyphen
        "\u200b": None,
        "\u200c": None,
        "\u200d": None,
        "\u2060": None,
        "\ufeff": None,
        "\u200e": None,
        "\u200f": None,
        "\u2010": "-",
        "\u2011": "-",
        "\u2212": "-",
        "\u2019": "'",
        "\u2018": "'",
        "\u02bc": "'",
        "№": " номер ",
    }
)
_MIXED = re.compile(r"[A-Za-zА-Яа-яЁёІі]*(?:[A-Za-z][А-Яа-яЁё]|[А-Яа-яЁё][A-Za-z])[A-Za-zА-Яа-яЁёІі]*")
_WORD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?")
_DOTTED = re.compile(r"(?<!\w)((?:[^\W\d_]\.){2,}[^\W\d_]?)(?!\w)")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=\S)|\n+|(?<=[а-яёa-z][!?])(?=[А-ЯЁA-Z])|(?<=[а-яё]{3}\.)(?=[А-ЯЁ])")
_LETTERS = re.compile(r"[^\W\d_]")


def clean(text: str) -> str:
    """The same words in plain characters: composed letters, no invisible ones, one script in one word."""
    text = text[: LONGEST * 2].translate(_SAME)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        text = "".join(_plain(c) if ord(c) > 0x2100 or 0x2C0 <= ord(c) < 0x370 else c for c in text)
        text = _MIXED.sub(_one_script, text)
    return " ".join(text.split())[:LONGEST]


def fold(text: str) -> str:
    """How words are compared: small letters, ё as е."""
    return text.lower().replace("ё", "е")


def words(text: str) -> list[str]:
    """Folded words and numbers in their order. «М.Ф.Ц.» is one word, «тайм-код» two."""
    folded = fold(text)
    if "." in folded:
        folded = _DOTTED.sub(lambda m: m[1].replace(".", "") + " ", folded)
    return _WORD.findall(folded)


def sentences(text: str) -> list[str]:
    """Parts that say something: what has no letters is left out."""
    return [part.strip() for part in _SENTENCE.split(text) if part and _LETTERS.search(part)]


def _plain(c: str) -> str:
    if unicodedata.combining(c):
        return ""  # stress marks; й and ё are composed already
    return unicodedata.normalize("NFKC", c) if unicodedata.category(c)[0] in "LN" else c


def _one_script(match: re.Match[str]) -> str:
    word = match[0]
    cyrillic = word.translate(_TO_CYRILLIC).translate(_UKRAINIAN_I)
    if not re.search("[A-Za-z]", cyrillic):
        return cyrillic
    latin = word.translate(_TO_LATIN)
    return latin if latin.isascii() else word
