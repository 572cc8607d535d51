"""What a client meant to type: wrong keyboard layout, transliteration, misspelt words, lost spaces.

    repair = Repair({"субсидия": 12, "rutube": 40})
    repair.read("rfr gjkexbnm ce,cblb.").text      # как получить субсидию

A noisy channel: each part of the text has a few readings, each reading costs what its words are worth (the words of the
base first, general Russian after) and what the mistake costs that leads to it; the cheapest reading is taken. The
whole message decides together which keyboard or alphabet it was typed in, so that one rare word is not judged alone.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from operator import itemgetter
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from knowledge.frequency import frequencies
from knowledge.text import clean, fold, words
from knowledge.words import is_word

Kind = Literal["layout", "translit", "spelling"]
Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Repaired:
    """`text`: as understood; what was not repaired is as it was. `kinds`: what was repaired, no kind twice."""

    text: str
    kinds: tuple[Kind, ...] = ()


# --- what a mistake costs, in natural logarithms of a probability -----------------------------------------

# A word that nobody knows: the longer, the less likely that it was meant.
UNKNOWN, UNKNOWN_LETTER = -18.5, -0.5
UNKNOWN_LATIN, UNKNOWN_LATIN_LETTER = -15.0, -0.3
UNLIKELY = -6.0  # letters that never stand beside each other in Russian
IN_DICTIONARY = -19.0  # a form the dictionary has, but too rare for a list of common words
# A frequent English word. The common words come from Russian news, which have few of them.
ENGLISH, ENGLISH_SHORT = -8.5, -6.0
OF_BASE = 0.6  # how much of what clients write is in the words of the base

OTHER_KEYBOARD = -5.0  # one chunk typed on the other layout, in a message that is not
OTHER_ALPHABET = -5.0
WHOLE_MESSAGE = -4.0  # the message is: once, then nothing for each chunk
LEFT_AS_IT_IS = -7.0  # a chunk left in Latin letters in such a message, for each word
LEFT_ENGLISH = -4.0
LEFT_BASE = -2.0  # … that the base knows in Latin letters
STRAY = -4.0  # a punctuation key that stands for itself: on the other layout it types a letter

CLEAR = 8.0  # by so much one reading of the message must be better to be taken unseen

SLIP = -7.0  # another letter, a letter too many or too few
SMALL_SLIP = -5.0  # the key beside it, a swapped pair, a doubled letter, a vowel that sounds the same
SPLIT, SPLIT_SMALL = -4.0, -1.5  # a lost space; after a small word
SURE = -13.5  # a word worth more than this is never corrected
DICTIONARY_FLOOR = -14.0  # what a dictionary form is worth when a correction is considered
GAIN = 2.0  # a correction must be better than the word by this

# --- keyboards --------------------------------------------------------------------------------------------

_KEYS_RU = "йцукенгшщзхъфывапролджэячсмитьбюё"
_KEYS_EN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_SHIFT_RU = "ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЁ"
_SHIFT_EN = 'QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>~'
_RUSSIAN = str.maketrans(_KEYS_EN + _SHIFT_EN + "/?@#^&", _KEYS_RU + _SHIFT_RU + '.,"№:?')
_ENGLISH = str.maketrans(_KEYS_RU + _SHIFT_RU, _KEYS_EN + _SHIFT_EN)
_TWINS = str.maketrans("ABEKMHOPCTYX", "АВЕКМНОРСТУХ")
_SIGNS = str.maketrans("/?@#^&", '.,"№:?')
_LETTER_KEYS = set("[];',.`{}")
_PUNCTUATION_KEYS = set("[];',.`{}:\"<>~/?@#^&")

_ROWS = ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю")
_SOUNDS = ("оа", "еи", "ея", "иы", "тд", "бп", "вф", "гк", "зс", "жш", "шщ", "еэ", "ьъ", "ий", "цс", "уы")


def _small_slips() -> frozenset[str]:
    pairs = {a + b for row in _ROWS for a, b in pairwise(row)}
    for upper, lower in pairwise(_ROWS):
        for place, letter in enumerate(lower):
            pairs.update(letter + other for other in upper[max(0, place - 1) : place + 2])
    pairs.update(_SOUNDS)
    return frozenset(pairs | {pair[::-1] for pair in pairs})


_SMALL_SLIPS = _small_slips()
_SOUND_ALIKE = {letter: "".join(p.replace(letter, "") for p in _SOUNDS if letter in p) for letter in "".join(_SOUNDS)}

# --- Latin letters as people write Russian with them; the cost says how unusual a reading is ---------------

_READINGS: dict[str, tuple[tuple[str, float], ...]] = {
    "a": (("а", 0),),
    "b": (("б", 0),),
    "c": (("ц", 0), ("с", 1), ("к", 1.5), ("ч", 2)),
    "d": (("д", 0),),
    "e": (("е", 0), ("э", 0.3)),
    "f": (("ф", 0),),
    "g": (("г", 0), ("ж", 2)),
    "h": (("х", 0),),
    "i": (("и", 0), ("й", 0.3), ("ы", 0.7), ("ий", 1)),
    "j": (("й", 0), ("ж", 0.3), ("дж", 0.5), ("ь", 1), ("ъ", 1)),
    "k": (("к", 0),),
    "l": (("л", 0),),
    "m": (("м", 0),),
    "n": (("н", 0),),
    "o": (("о", 0), ("е", 3)),
    "p": (("п", 0),),
    "q": (("к", 0.5), ("я", 1)),
    "r": (("р", 0),),
    "s": (("с", 0),),
    "t": (("т", 0),),
    "u": (("у", 0), ("ю", 0.7)),
    "v": (("в", 0),),
    "w": (("ш", 0), ("щ", 0.3), ("в", 0.5)),
    "x": (("х", 0), ("кс", 0.3)),
    "y": (("ы", 0), ("й", 0), ("у", 0.3), ("и", 0.5), ("ый", 0.7), ("ь", 1)),
    "z": (("з", 0), ("ж", 1.5), ("ц", 1.5)),
    "4": (("ч", 0),),
    "6": (("ш", 0), ("б", 1)),
    "3": (("з", 0.3), ("э", 0.5)),
    "'": (("ь", 0), ("ъ", 0.3), ("", 1)),
    '"': (("ъ", 0), ("ь", 0.5), ("", 1)),
    "ch": (("ч", 0), ("щ", 2)),
    "ck": (("к", 0.5),),
    "ia": (("я", 0), ("ия", 0)),
    "ie": (("е", 0.3), ("ие", 0)),
    "ii": (("ий", 0), ("ии", 0)),
    "io": (("е", 0.3),),
    "iu": (("ю", 0), ("ию", 0)),
    "ij": (("ий", 0),),
    "iy": (("ий", 0), ("ый", 0.5)),
    "ja": (("я", 0), ("ья", 0)),
    "je": (("е", 0), ("э", 0.3), ("ье", 0.3)),
    "jo": (("е", 0), ("ье", 0.5)),
    "ju": (("ю", 0), ("ью", 0)),
    "kh": (("х", 0),),
    "oj": (("ой", 0),),
    "ph": (("ф", 0.5),),
    "sh": (("ш", 0), ("щ", 0.7), ("сх", 0.5)),
    "sch": (("щ", 0), ("сч", 0.3), ("ш", 1)),
    "shch": (("щ", 0),),
    "shh": (("щ", 0),),
    "ts": (("ц", 0), ("тс", 0)),
    "tz": (("ц", 0),),
    "ya": (("я", 0), ("ья", 0.2), ("ия", 0.7)),
    "ye": (("е", 0), ("ье", 0.3)),
    "yo": (("е", 0), ("ье", 0.5)),
    "yu": (("ю", 0), ("ью", 0.2)),
    "zh": (("ж", 0), ("зх", 1)),
}
_LONGEST_READING = max(map(len, _READINGS))
_HARD = set("бвгджзклмнпрстфхцчшщ")  # after these a soft sign may have been left out
LEFT_OUT = 0.7

# --- the parts of a message ---------------------------------------------------------------------------------

_CYRILLIC = re.compile("[а-яё]", re.I)
_LATIN = re.compile("[a-z]", re.I)
_CYRILLIC_WORD = re.compile("[а-яё]+", re.I)
_ADDRESS = re.compile(r"://|www\.|@\w+\.\w|\.(?:ru|com|рф|org|net|html?|pdf|docx?|xlsx?|jpe?g|png)\b", re.I)
_NUMBER = re.compile(r"\d[a-z]{1,3}\d|\d{3}[a-z]|[a-z]\d{3}", re.I)  # of a document, a model, a case
_LATIN_TOKEN = re.compile(r"[a-z0-9'\"]+", re.I)
_LETTER_RUN = re.compile(r"[^\W\d_]+")
_ROMAN = re.compile(r"[ivxlcdm]+", re.I)
_VOWELS, _LATIN_VOWELS = frozenset("аеиоуыэюя"), frozenset("aeiouy0123456789")

BEAM = 8
CACHED = 20_000


@dataclass(frozen=True, slots=True)
class _Reading:
    text: str
    worth: float
    kinds: tuple[Kind, ...] = ()
    left: float = 0.0  # what it costs to leave it so in a message of another keyboard or alphabet


class Repair:
    """Built from the words of one base, folded, with how often each occurs. May be shared by threads."""

    def __init__(self, vocabulary: Mapping[str, float]) -> None:
        base = {fold(word): float(weight) for word, weight in vocabulary.items() if weight > 0}
        total = sum(base.values()) or 1.0
        self._base = {word: math.log(OF_BASE * weight / total) for word, weight in base.items()}
        self._known = _worth_of_common()
        self._sorted = sorted(word for word in self._base if _CYRILLIC.match(word))
        self._near = (_Near(self._sorted, by_letters=True), _near_common())
        self._worths: dict[str, float] = {}
        self._words: dict[str, tuple[str, float, Kind | None]] = {}
        self._latin: dict[tuple[str, bool], tuple[str, float]] = {}

    # --- the message ----------------------------------------------------------------------------------------

    def read(self, text: str) -> Repaired:
        text = clean(text)
        chunks = text.split()
        foreign = [i for i, chunk in enumerate(chunks) if self._may_be_foreign(chunk)]
        readings: dict[int, _Reading] = {}
        if foreign:
            # First as the words stand; what is still in doubt is corrected, and decided again. In most messages it is
            # clear by then how they were typed, so that nothing is corrected in a reading that nobody meant.
            options = {i: self._options(chunks[i], ()) for i in foreign}
            readings, mode, clear = self._together(options)
            doubtful = [i for i in foreign if readings[i].worth <= SURE]
            if doubtful:
                likely = (mode,) if clear and mode else ("keyboard", "alphabet")
                options.update({i: self._options(chunks[i], likely) for i in doubtful})
                readings, _, _ = self._together(options)
        kinds: dict[Kind, None] = {}
        result: list[str] = []
        for i, chunk in enumerate(chunks):
            chosen = readings.get(i)
            if chosen is not None and chosen.kinds:
                result.append(chosen.text)
                kinds.update(dict.fromkeys(chosen.kinds))
            elif _CYRILLIC.search(chunk) and not _ADDRESS.search(chunk):
                spelt = _CYRILLIC_WORD.sub(self._spelt, chunk)
                if spelt != chunk:
                    kinds["spelling"] = None
                result.append(spelt)
            else:
                result.append(chunk)
        return Repaired(" ".join(result), tuple(kinds))

    def _may_be_foreign(self, chunk: str) -> bool:
        """Whether the chunk may have been typed on another keyboard or alphabet."""
        if _CYRILLIC.search(chunk):
            # English on the Russian layout: worth a thought only where the word is nothing in Russian.
            return any(self._worth(fold(word)) <= IN_DICTIONARY for word in _CYRILLIC_WORD.findall(chunk))
        return bool(_LATIN.search(chunk)) and not _ADDRESS.search(chunk) and not _NUMBER.search(chunk)

    def _options(self, chunk: str, correct: Collection[str]) -> dict[str, _Reading]:
        """The readings of a chunk: as it is, from the other keyboard, from the Latin alphabet. `correct`: which of them
        to better by correcting words."""
        if _CYRILLIC.search(chunk):
            options = {"": self._russian(chunk, (), bool(correct))}
            turned = chunk.translate(_ENGLISH)
            tokens = [fold(word) for word in _LATIN_TOKEN.findall(turned)]
            if tokens and all(self._is_latin_word(word) for word in tokens) and len("".join(tokens)) > 2:
                options["keyboard"] = _Reading(turned, sum(map(self._worth_latin, tokens)), ("layout",))
            return options
        tokens = [fold(word) for word in words(chunk)]
        left = sum(self._left(word) for word in tokens if not word.isdigit())
        options = {"": _Reading(chunk, sum(self._worth_latin(word) for word in tokens), left=left)}
        if _ROMAN.fullmatch(chunk) and len(chunk) > 1:
            return options
        twin = fold(chunk.translate(_TWINS))
        if len(twin) > 2 and twin in self._base and chunk.isupper():
            return options | {"alphabet": _Reading(twin, self._base[twin], ("translit",))}
        options["keyboard"] = other = max(self._turned(chunk, "keyboard" in correct), key=_by_worth)
        sure = len(other.text) > 2 and other.worth > SURE
        if not sure and any(self._may_be_translit(word) for word in tokens):
            options["alphabet"] = self._transliterated(chunk, "alphabet" in correct)
        return options

    def _together(self, options: dict[int, dict[str, _Reading]]) -> tuple[dict[int, _Reading], str, bool]:
        """One reading a chunk, chosen for the message as a whole; how that was typed; whether this is beyond doubt."""
        found: list[tuple[float, str, dict[int, _Reading]]] = []
        costs = {
            "": {"": 0.0, "keyboard": OTHER_KEYBOARD, "alphabet": OTHER_ALPHABET},
            "keyboard": {"keyboard": 0.0, "alphabet": OTHER_ALPHABET},
            "alphabet": {"keyboard": OTHER_KEYBOARD, "alphabet": 0.0},
        }
        for mode, cost in costs.items():
            worth = WHOLE_MESSAGE if mode else 0.0
            chosen = {}
            for i, readings in options.items():
                # A word of two letters says little: alone it is not taken for one from another keyboard.
                times = 2 if not mode and len(readings[""].text) < 3 else 1
                worths = {kind: one.worth + times * cost.get(kind, one.left) for kind, one in readings.items()}
                kind = max(worths, key=worths.__getitem__)
                worth += worths[kind]
                chosen[i] = readings[kind]
            found.append((worth, mode, chosen))
        found.sort(key=itemgetter(0), reverse=True)
        worth, mode, chosen = found[0]
        return chosen, mode, worth - found[1][0] > CLEAR

    # --- the other keyboard -----------------------------------------------------------------------------------

    def _turned(self, chunk: str, correct: bool) -> Iterator[_Reading]:
        """On the punctuation keys of one layout are letters of the other: at the edges both are tried."""
        start, end = 0, len(chunk)
        while start < end and chunk[start] in _PUNCTUATION_KEYS:
            start += 1
        while end > start and chunk[end - 1] in _PUNCTUATION_KEYS:
            end -= 1
        for first in range(max(0, start - 1), start + 1):
            for last in range(end, min(len(chunk), end + 3) + 1):
                head, core, tail = chunk[:first], chunk[first:last].translate(_RUSSIAN), chunk[last:]
                reading = self._russian(core, ("layout",), correct)
                stray = sum(STRAY for c in head + tail if c in _LETTER_KEYS)
                around = head.translate(_SIGNS), tail.translate(_SIGNS)
                yield _Reading(reading.text.join(around), reading.worth + stray, reading.kinds)

    def _russian(self, text: str, kinds: tuple[Kind, ...], correct: bool) -> _Reading:
        """Text whose words are taken for Russian, each as good as it can be made."""
        worth = 0.0
        parts: list[str] = []
        place = 0
        corrected: tuple[Kind, ...] = ()
        for match in _LETTER_RUN.finditer(text):
            word = fold(match[0])
            word, value, kind = self._correct(word) if correct else (word, self._worth(word), None)
            worth += value
            parts.append(text[place : match.start()])
            parts.append(match[0] if kind is None else word)
            place = match.end()
            if kind is not None:
                corrected = (kind,)
        parts.append(text[place:])
        return _Reading("".join(parts), worth, (*kinds, *corrected) if kinds else ())

    # --- the other alphabet -----------------------------------------------------------------------------------

    def _may_be_translit(self, word: str) -> bool:
        return (len(word) > 1 and bool(_LATIN.search(word))) or word in ("i", "a", "o", "u", "k", "s", "v", "c")

    def _transliterated(self, chunk: str, correct: bool) -> _Reading:
        worth = 0.0
        parts: list[str] = []
        place = 0
        for match in _LATIN_TOKEN.finditer(chunk):
            token = match[0]
            parts.append(chunk[place : match.start()])
            place = match.end()
            if not _LATIN.search(token):
                parts.append(token)
                continue
            bare = token.strip('"') if token.startswith('"') else token.rstrip('"')
            word, value = self._from_latin(bare.lower(), correct)
            worth += value
            parts.append(token.replace(bare, word, 1))
        parts.append(chunk[place:])
        return _Reading("".join(parts), worth, ("translit",))

    def _from_latin(self, token: str, correct: bool) -> tuple[str, float]:
        found = self._latin.get((token, correct))
        if found is None:
            if correct:
                found = self._from_latin(token, False)
                if found[1] < SURE + SMALL_SLIP:
                    found = max((found, *self._unlisted(token)), key=itemgetter(1))
            else:
                found = max(self._readings(token), key=itemgetter(1), default=("", -math.inf))
                if not found[0]:
                    plain = _cheapest(token)[0][0]
                    found = plain, self._worth(plain)
            _remember(self._latin, (token, correct), found)
        return found

    def _unlisted(self, token: str) -> Iterator[tuple[str, float]]:
        """Readings that are in no list of common words: of the dictionary, or what a spelling mistake makes of them."""
        for number, (word, cost) in enumerate(_cheapest(token)):
            if number == 0:
                meant, worth, _ = self._correct(word)
                yield meant, worth - cost
            if is_word(word):
                yield word, IN_DICTIONARY - cost
        digits = len(token) - len(token.lstrip("0123456789"))
        if 0 < digits < len(token):
            word, worth = self._from_latin(token[digits:], True)
            yield token[:digits] + word, worth

    def _readings(self, token: str) -> Iterator[tuple[str, float]]:
        """Known words that the token may stand for, with their worth: a walk along both word lists at once."""
        lists = (self._sorted, _sorted_common())
        stack: list[tuple[int, str, float]] = [(0, "", 0.0)]
        steps = 0
        while stack and steps < 1500:
            place, prefix, cost = stack.pop()
            steps += 1
            if place == len(token):
                worth = self._worth(prefix)
                if worth > IN_DICTIONARY:
                    yield prefix, worth - cost
                if prefix and prefix[-1] in _HARD and self._worth(prefix + "ь") > IN_DICTIONARY:
                    yield prefix + "ь", self._worth(prefix + "ь") - cost - LEFT_OUT
                continue
            softened = prefix + "ь" if prefix and prefix[-1] in _HARD and token[place] not in "'\"" else ""
            for size in range(1, min(_LONGEST_READING, len(token) - place) + 1):
                for letters, more in _READINGS.get(token[place : place + size], ()):
                    for start, left_out in ((prefix, 0.0), (softened, LEFT_OUT)):
                        if (start or not prefix) and cost + more + left_out < 4:
                            longer = start + letters
                            if _begins(lists, longer):
                                stack.append((place + size, longer, cost + more + left_out))
                        if not prefix:
                            break

    # --- spelling ---------------------------------------------------------------------------------------------

    def _spelt(self, match: re.Match[str]) -> str:
        word, _, kind = self._correct(fold(match[0]))
        return match[0] if kind is None else word

    def _correct(self, word: str) -> tuple[str, float, Kind | None]:
        """The word or what was meant by it, its worth, and what was done to it."""
        found = self._words.get(word)
        if found is None:
            found = self._corrected(word)
            _remember(self._words, word, found)
        return found

    def _corrected(self, word: str) -> tuple[str, float, Kind | None]:
        worth = self._worth(word)
        best: tuple[str, float, Kind | None] = (word, worth, None)
        if worth > SURE or len(word) < 3 or len(word) > _WIDTH or not word.isalpha() or not _CYRILLIC.match(word):
            return best
        limit = (max(worth, DICTIONARY_FLOOR) if is_word(word) else worth) + GAIN
        hashes = _hashes([word])[0]
        for near in self._near if len(word) > 3 else self._near[:1]:
            # By worth, then by letters: the order of a set is another one in every process.
            for value, other in sorted(((self._worth(o), o) for o in near.of(hashes)), reverse=True):
                if value + SMALL_SLIP <= limit:
                    break
                if len(word) == 3 and not _VOWELS & {*word, *other}:
                    continue  # one abbreviation is not a slip of another
                cost = _distance(word, other)
                if value + cost > limit:
                    best, limit = (other, value + cost, "spelling"), value + cost
        if best[2] is None and len(word) > 5:
            for other in self._near[0].further(word):
                value = self._worth(other)
                if value + 2 * SMALL_SLIP > limit and (value := value + _distance(word, other)) > limit:
                    best, limit = (other, value, "spelling"), value
        if len(word) > 4:
            for place in range(1, len(word)):
                left = self._worth_part(word[:place])
                if left > -math.inf:
                    small = word[:place] in _SMALL or word[place:] in _SMALL
                    value = left + self._worth_part(word[place:]) + (SPLIT_SMALL if small else SPLIT)
                    if value > limit:
                        best, limit = (f"{word[:place]} {word[place:]}", value, "spelling"), value
        if best[2] is None and len(word) > 5 and worth < IN_DICTIONARY:
            for other in _small_changes(word):
                value = self._worth(other) + SMALL_SLIP
                if value > limit:
                    best, limit = (other, value, "spelling"), value
        return best

    # --- what a word is worth ---------------------------------------------------------------------------------

    def _worth(self, word: str) -> float:
        worth = self._worths.get(word)
        if worth is None:
            worth = self._listed(word)
            if worth == -math.inf:
                worth = _worth_of_rare(word)
            if worth < IN_DICTIONARY:
                if word.isdigit():
                    worth = SURE
                elif is_word(word):
                    worth = IN_DICTIONARY
                else:
                    worth = UNKNOWN + UNKNOWN_LETTER * len(word) + (0.0 if _sayable(word, _VOWELS) else UNLIKELY)
            _remember(self._worths, word, worth)
        return worth

    def _worth_part(self, word: str) -> float:
        """Of a part of a word that lost its space: short ones only where they are words."""
        if len(word) < 4 and word not in _SMALL:
            return -math.inf
        return self._listed(word)

    def _listed(self, word: str) -> float:
        return max(self._base.get(word, -math.inf), self._known.get(word, -math.inf))

    def _is_latin_word(self, word: str) -> bool:
        return word in self._base or word in _ENGLISH_WORDS or _worth_of_rare(word) > IN_DICTIONARY

    def _left(self, word: str) -> float:
        if word in self._base:
            return LEFT_BASE
        return LEFT_ENGLISH if word in _ENGLISH_WORDS else LEFT_AS_IT_IS

    def _worth_latin(self, word: str) -> float:
        if word.isdigit():
            return SURE
        worth = max(self._base.get(word, -math.inf), _worth_of_rare(word))
        if word in _ENGLISH_WORDS:
            worth = max(worth, ENGLISH if len(word) > 3 else ENGLISH_SHORT)
        unlikely = 0.0 if _sayable(word, _LATIN_VOWELS) else UNLIKELY
        return max(worth, UNKNOWN_LATIN + UNKNOWN_LATIN_LETTER * len(word) + unlikely)


_SMALL = frozenset(
    """
в с к о у и а я не ни на по за из от до об со во ко что как где или для при без под над про это эта мне мой моя мои вы
вас вам ваш мы нас нам наш он она они его ее их ты все уже еще нет да если кто чем там тут так тоже мфц
""".split()  # noqa: SIM905  a list of so many words is read as text
)


# Words by which an English message is known, and names that Russians write in Latin letters. Not many are needed: the
# message is read as a whole.
_ENGLISH_WORDS = frozenset(
    """
a about access account after again all also am an and answer any app apply are as ask at available back be because
been before but by call can cannot card certificate change check child children city click close code come complaint
contact copy cost could day days delete department did do document documents does download each email error every farm
file find first for form found free from get give go good got had has have he hello help her here hi him his hours how
i if in info information into is issue it its just keep know last law like link live log login long look lost make
many may me message money month more much must my name need new next no not now number of off office ok old on one
online only open or order other our out page passport password pay payment people permit phone place please problem
program public put question read receive register registration report request residence right rules same say see send
service set she should show site so some someone start state still stop submit such support take tax tell than thank
thanks that the their them then there these they thing this time to today too try two under until up update upload us
use user very video view visa visit want was way we website week well were what when where which who why will with
without work working would write wrong year yes you your android apple chrome excel facebook fi gmail google instagram
ios iphone ipad mac mail microsoft mobile office pdf qr samsung sms smart telegram tiktok tv twitter usb viber vk vpn
wi wifi windows word whatsapp xiaomi yandex youtube zoom
""".split()  # noqa: SIM905  a list of so many words is read as text
)


def weigh(texts: Iterable[tuple[str, float]]) -> dict[str, float]:
    """A vocabulary for `Repair` from texts and how much each counts."""
    weights: dict[str, float] = {}
    for text, weight in texts:
        for word in words(clean(text)):
            weights[word] = weights.get(word, 0.0) + weight
    return weights


def _small_changes(word: str) -> Iterator[str]:
    """What somebody may have meant who swapped two letters, doubled one, or wrote a sound as he hears it."""
    for place, (left, right) in enumerate(pairwise(word)):
        if left == right:
            yield word[:place] + word[place + 1 :]
        else:
            yield word[:place] + right + left + word[place + 2 :]
    for place, letter in enumerate(word):
        for other in _SOUND_ALIKE.get(letter, ""):
            yield word[:place] + other + word[place + 1 :]


def _by_worth(reading: _Reading) -> float:
    return reading.worth


def _sayable(word: str, vowels: frozenset[str]) -> bool:
    """No run of letters that hardly any word has."""
    run = 0
    for letter in word:
        run = 0 if letter in vowels else run + 1
        if run > 4:
            return False
    return run < len(word) or len(word) < 4


def _cheapest(token: str) -> list[tuple[str, float]]:
    """The usual readings of Latin letters, the most usual first."""
    beams: list[list[tuple[str, float]]] = [[("", 0.0)]] + [[] for _ in token]
    for place in range(len(token)):
        beam = sorted(beams[place], key=lambda pair: pair[1])[:BEAM]
        beams[place] = []
        for text, cost in beam:
            # Two letters that have a reading together are rarely meant one by one.
            for size in range(1, min(_LONGEST_READING, len(token) - place) + 1):
                apart = 0.5 if size == 1 and token[place : place + 2] in _READINGS else 0.0
                for letters, more in _READINGS.get(token[place : place + size], ()):
                    beams[place + size].append((text + letters, cost + more + apart))
            if token[place] not in _READINGS:
                beams[place + 1].append((text + token[place], cost))
    found: dict[str, float] = {}
    for text, cost in sorted(beams[-1], key=lambda pair: pair[1])[:BEAM]:
        for word, whole in ((text, cost), (text + "ь", cost + LEFT_OUT))[: 1 + (text[-1:] in _HARD)]:
            found[word] = min(whole, found.get(word, math.inf))
    return sorted(found.items(), key=lambda pair: pair[1])


def _begins(lists: tuple[list[str], list[str]], prefix: str) -> bool:
    for one in lists:
        place = bisect_left(one, prefix)
        if place < len(one) and one[place].startswith(prefix):
            return True
    return False


def _remember(cache: dict[Key, Value], key: Key, value: Value) -> None:
    """Threads may both compute a value: it is the same one."""
    if len(cache) >= CACHED:
        cache.clear()
    cache[key] = value


# --- general Russian --------------------------------------------------------------------------------------

LEAST = 300  # occurrences in a billion words from which a form counts as a word
LEAST_MEANT = 2000  # … and from which another word may be a misspelling of it
_BILLION = 1e9


@cache
def _worth_of_common() -> dict[str, float]:
    counts: dict[str, int] = {}
    for word, count in frequencies().common(LEAST_MEANT):
        folded = word.replace("ё", "е")
        if folded.isalpha():
            counts[folded] = counts.get(folded, 0) + count
    return {word: _worth_of(count) for word, count in counts.items()}


def _worth_of_rare(word: str) -> float:
    count = frequencies().count(word)
    return _worth_of(count) if count >= LEAST else -math.inf


def _worth_of(count: int) -> float:
    return math.log((1 - OF_BASE) * count / _BILLION)


@cache
def _sorted_common() -> list[str]:
    return sorted(word for word in _worth_of_common() if _CYRILLIC.match(word))


@cache
def _near_common() -> _Near:
    return _Near(_sorted_common(), by_letters=False)


# --- words near a word ------------------------------------------------------------------------------------


class _Near:
    """Words at a distance of one or two letters. A word is found by its hash and by those of it less one letter."""

    def __init__(self, known: list[str], *, by_letters: bool) -> None:
        self._known = [word for word in known if 3 <= len(word) <= _WIDTH]
        hashes, rows = _hashes(self._known)
        order = np.argsort(hashes, kind="stable")
        self._hashes, self._rows = hashes[order], rows[order]
        counted = self._known if by_letters else []
        self._letters = np.array([_letters(word) for word in counted], np.uint64)
        self._lengths = np.array([len(word) for word in counted], np.int8)

    def of(self, hashes: NDArray[np.uint64]) -> set[str]:
        starts = self._hashes.searchsorted(hashes, "left").tolist()
        ends = self._hashes.searchsorted(hashes, "right").tolist()
        return {
            self._known[row]
            for start, end in zip(starts, ends, strict=True)
            if start < end
            for row in self._rows[start:end].tolist()
        }

    def further(self, word: str) -> list[str]:
        """Words in which about two letters differ, by what letters they have; only where these were counted."""
        differ = np.bitwise_count(self._letters ^ np.uint64(_letters(word)))
        rows = np.flatnonzero((differ <= 4) & (np.abs(self._lengths - len(word)) <= 1))
        return [self._known[row] for row in rows.tolist() if len(self._known[row]) > 5][:FURTHER]


def _letters(word: str) -> int:
    """Which letters occur in a word, as bits; and again those that occur twice."""
    once = twice = 0
    for letter in word:
        bit = 1 << ((ord(letter) - ord("а")) & 31)
        twice |= once & bit
        once |= bit
    return once | twice << 32


FURTHER = 60
_WIDTH = 24
_ODD = 0x9E3779B97F4A7C15
_PLACES = np.array([pow(_ODD, place + 1, 2**64) for place in range(_WIDTH)], np.uint64)


def _hashes(known: list[str]) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Of every word and of every word less one letter, with the row of the word."""
    if not known:
        return np.zeros(0, np.uint64), np.zeros(0, np.int32)
    lengths = np.array([len(word) for word in known])
    width = int(lengths.max())
    letters = np.array(known, dtype=f"<U{width}").view(np.uint32).reshape(len(known), width).astype(np.uint64)
    letters *= letters * np.uint64(_ODD)
    here = letters * _PLACES[:width]
    before = np.zeros((len(known), width + 1), np.uint64)
    before[:, 1:] = np.cumsum(here, axis=1, dtype=np.uint64)
    moved = np.zeros((len(known), width + 1), np.uint64)  # each letter one place to the left
    moved[:, 1:width] = letters[:, 1:] * _PLACES[: width - 1]
    moved = np.cumsum(moved, axis=1, dtype=np.uint64)
    without = before[:, :width] + moved[:, width - 1 : width] - moved[:, :width]
    inside = np.arange(width) < lengths[:, None]
    rows = np.broadcast_to(np.arange(len(known), dtype=np.int32)[:, None], inside.shape)
    return (
        np.concatenate((before[:, width], without[inside])),
        np.concatenate((np.arange(len(known), dtype=np.int32), rows[inside])),
    )


def _distance(typed: str, meant: str) -> float:
    """What it costs to have typed the one for the other: of letters, swapped pairs, and which letters they are."""
    far = -math.inf
    if abs(len(typed) - len(meant)) > 2:
        return far
    before_last: list[float] = []
    last = [0.0]
    for j, letter in enumerate(typed):
        last.append(last[-1] + (SMALL_SLIP if j and letter == typed[j - 1] else SLIP))
    for i, wanted in enumerate(meant):
        missing = SMALL_SLIP if (i and wanted == meant[i - 1]) or wanted in "ьъ" else SLIP
        row = [last[0] + missing]
        for j, letter in enumerate(typed):
            other = SMALL_SLIP if letter + wanted in _SMALL_SLIPS else SLIP
            best = max(last[j] + (0.0 if letter == wanted else other), last[j + 1] + missing)
            best = max(best, row[j] + (SMALL_SLIP if (j and letter == typed[j - 1]) or letter in "ьъ" else SLIP))
            if i and j and letter == meant[i - 1] and wanted == typed[j - 1] and letter != wanted:
                best = max(best, before_last[j - 1] + SMALL_SLIP)
            row.append(best)
        if max(row) < 2 * SLIP - 1:
            return far
        before_last, last = last, row
    return last[-1]
