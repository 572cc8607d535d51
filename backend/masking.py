"""Hides personal numbers and e-mails in free text: comments before storage, texts for anonymous channels.

Pure and linear: the text is read once into a plain shadow (ASCII digits, one kind of hyphen, no invisible
characters), groups of digits are weighed in windows of at most 20 digits, and the spans found are cut from
the original. When in doubt a number is hidden: a lost figure costs less than a leaked passport.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal

Kind = Literal["phone", "email", "passport", "snils", "inn", "card", "account"]

NUMBER_HIDDEN = "[номер скрыт]"
EMAIL_HIDDEN = "[почта скрыта]"


@dataclass(frozen=True, slots=True)
class Masked:
    """The text that may be kept, and what was taken out of it, one kind for each replacement."""

    text: str
    hidden: tuple[Kind, ...]


def mask(text: str, keep: Collection[str] = ()) -> Masked:
    """Hide personal numbers and e-mails; what stands around them stays as it was.

    `keep` holds the office's own phones (compared by digits, so any spelling matches) and e-mails.
    """
    kept = frozenset(_bare(k) for k in keep)
    hidden: list[Kind] = []
    # A replacement ends the run of digits it stood in, and a neighbour may then read as a number of its own.
    while found := _find(text, kept):
        parts, at = [], 0
        for start, end, kind in found:
            parts += [text[at:start], EMAIL_HIDDEN if kind == "email" else NUMBER_HIDDEN]
            hidden.append(kind)
            at = end
        text = "".join(parts) + text[at:]
    return Masked(text, tuple(hidden))


# --- the shadow -----------------------------------------------------------------------------------------


def _plain(ch: str) -> str:
    """One character as the rules read it; empty for what nobody sees."""
    if ch.isascii():
        return " " if ch.isspace() else "-" if ch == "_" else ch.lower()
    digit = unicodedata.digit(ch, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(ch)
    if category in ("Cf", "Mn", "Me") or ch in "\u115f\u1160\u3164\uffa0":
        return ""
    if category in ("Zs", "Zl", "Zp", "Cc") or ch in "\u2800":
        return " "
    if category == "Pd" or ch in "\u2212\u2043\u00ac":
        return "-"
    if ch == "№":
        return ch
    folded = unicodedata.normalize("NFKC", ch).lower().replace("ё", "е")
    return folded if len(folded) == 1 else ch


def _shadow(text: str) -> tuple[str, list[int]]:
    """The plain text and, for each of its characters, the place in the original."""
    chars: list[str] = []
    places: list[int] = []
    for place, ch in enumerate(text):
        plain = _plain(ch)
        if not plain or (plain == " " and chars and chars[-1] == " "):
            continue
        chars.append(plain)
        places.append(place)
    return "".join(chars), places


def _bare(number: str) -> str:
    """What two spellings of one phone (or e-mail) have in common."""
    plain = _shadow(number)[0].strip()
    if "@" in plain:
        return plain
    return _national("".join(re.findall(r"[0-9]", plain)))


def _national(digits: str) -> str:
    return digits[1:] if len(digits) == 11 and digits[0] in "78" else digits


def _find(text: str, kept: frozenset[str]) -> list[tuple[int, int, Kind]]:
    shadow, places = _shadow(text)
    emails = list(_emails(shadow, kept))
    # Blanked with a character that joins nothing, so that no number reaches into an e-mail.
    blanked = list(shadow)
    for start, end in emails:
        blanked[start:end] = "[" * (end - start)
    numbers = _numbers("".join(blanked), kept)
    spans: list[tuple[int, int, Kind]] = [(s, e, "email") for s, e in emails]
    spans += numbers
    spans.sort()
    return [(places[s], _after(text, places[e - 1]), kind) for s, e, kind in spans]


def _after(text: str, last: int) -> int:
    """The end of a span, with the invisible tail of its last character (keycaps, joiners)."""
    end = last + 1
    while end < len(text) and not _plain(text[end]):
        end += 1
    return end


# --- e-mails --------------------------------------------------------------------------------------------

_AT = re.compile(r" ?(?:@|[(\[{] ?(?:собака|at) ?[)\]}]) ?")
_LOCAL = re.compile(r"[\w.+\-]{1,64}\Z")
_LATIN_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,8}\.[a-z](?:[a-z0-9-]{0,62}[a-z0-9])?(?![a-z0-9])")
_DOMAIN = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[^\W\d_]{2,63}")


def _emails(shadow: str, kept: frozenset[str]) -> Iterator[tuple[int, int]]:
    done = 0
    for at in _AT.finditer(shadow):
        if at.start() < done:
            continue
        local = _LOCAL.search(shadow[max(done, at.start() - 64) : at.start()])
        domain = _LATIN_DOMAIN.match(shadow, at.end()) or _DOMAIN.match(shadow, at.end())
        if not local or not domain:
            continue
        address = local[0].lstrip(".-") + "@" + domain[0]
        done = domain.end()
        if address.startswith("@") or address in kept:
            continue
        yield at.start() - len(address) + len(domain[0]) + 1, domain.end()


# --- numbers --------------------------------------------------------------------------------------------

_GROUP = re.compile(r"[0-9]+")
_JOIN = re.compile(r"[ ().\-]{1,4}")
_PASSPORT_JOIN = re.compile(r"[ ,.:;\-]{0,3}(?:№|n|no|номер|number)?[ .:]{0,3}")
_MONEY = re.compile(r" ?(?:[₽$€%]|руб|р\b|тыс|млн|млрд|коп|rub|usd|eur)")
_GAP = r"[^0-9\[\]]{0,16}\Z"
_PHONE_WORDS = r"(?:\W|номер|мой|моб\w*|сот\w*|дом\w*|раб\w*|для связи|number)"
_KEYWORDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("inn", re.compile(r"\b(?:инн|inn)\b" + _GAP)),
    ("snils", re.compile(r"(?:снилс|snils)" + _GAP)),
    ("passport", re.compile(r"(?:паспорт|passport|\bсери[яию]\b)" + _GAP)),
    ("card", re.compile(r"(?:\bкарт|\bcard)" + _GAP)),
    ("account", re.compile(r"(?:\bсчет|\bр/с\b|\bл/с\b|account)" + _GAP)),
    (
        "phone",
        re.compile(
            r"(?:\bтел\b|\bтелефон\w{0,3}|\bмобил\w*|\bсотов\w*|вотсап\w?|ватсап\w?|вайбер\w?|whatsapp|viber|\bphone|\btel\b)"
            rf"(?:(?!\[|\]|[0-9]){_PHONE_WORDS}){{0,8}}\Z"
        ),
    ),
)
_KEYWORD_REACH = 40
_MAX_DIGITS = 20
_MAX_GROUPS = 11  # a phone written digit by digit
_MIN_DIGITS = 5
_TELLING_LENGTHS = frozenset({7, *range(10, 21)})  # without a word or a plus in front

# Whole length with the country code, so that the number after a foreign phone is not swallowed.
_FOREIGN_LENGTH = {
    "7": 11, "1": 11, "86": 13, "90": 12, "374": 11, "375": 12, "380": 12, "373": 11,
    "972": 12, "992": 12, "993": 11, "994": 12, "995": 12, "996": 12, "998": 12,
}  # fmt: skip
_CITY_SHAPES = {
    (3, 3, 2, 2),
    (3, 2, 2, 3),
    (3, 3, 4),
    (3, 7),
    (4, 2, 2, 2),
    (4, 3, 3),
    (5, 1, 2, 2),
    (5, 5),
    (4, 6),
}


@dataclass(frozen=True, slots=True)
class _Window:
    """Some neighbouring groups of digits and what stands around them."""

    shadow: str
    start: int
    end: int
    digits: str
    groups: tuple[str, ...]
    seps: tuple[str, ...]
    keyword: Kind | None
    plus: bool
    more: bool  # another group is joined on the right

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(g) for g in self.groups)

    @property
    def money(self) -> bool:
        return _MONEY.match(self.shadow, self.end) is not None

    @property
    def code_in_brackets(self) -> bool:
        return self.start > 0 and self.shadow[self.start - 1] == "(" and ")" in "".join(self.seps[:1])


def _numbers(shadow: str, kept: frozenset[str]) -> list[tuple[int, int, Kind]]:
    groups = list(_GROUP.finditer(shadow))
    gaps = [shadow[a.end() : min(b.start(), a.end() + 13)] for a, b in pairwise(groups)] + ["#"]
    joins = [_JOIN.fullmatch(gap) is not None for gap in gaps]
    found: list[tuple[int, int, Kind]] = []
    free = i = 0
    while i < len(groups):
        start = groups[i].start()
        before = shadow[max(free, start - _KEYWORD_REACH) : start]
        # A word in front speaks of the first group only, so a joined one need not look for it.
        keyword = None if i and joins[i - 1] else _keyword(before)
        plus = before.rstrip(" (").endswith("+")
        size, kind, digits = 0, None, ""
        for j in range(i, min(i + _MAX_GROUPS, len(groups))):
            digits += groups[j][0]
            if len(digits) > _MAX_DIGITS:
                break
            if _is_kept(digits, keyword, kept):
                size, kind = j - i + 1, None
                break
            if len(digits) >= _MIN_DIGITS and (plus or keyword or len(digits) in _TELLING_LENGTHS):
                texts = tuple(g[0] for g in groups[i : j + 1])
                window = _Window(
                    shadow, start, groups[j].end(), digits, texts, tuple(gaps[i:j]), keyword, plus, joins[j]
                )
                if seen := _kind(window):
                    size, kind = j - i + 1, seen
            if not (joins[j] or (len(digits) <= 4 and _PASSPORT_JOIN.fullmatch(gaps[j]))):
                break
        if kind:
            end = groups[i + size - 1].end()
            found.append((_opening(shadow, start, end, free), end, kind))
            free = end
        i += size or 1
    return found


def _is_kept(digits: str, keyword: Kind | None, kept: frozenset[str]) -> bool:
    if _national(digits) in kept:
        return True
    local = keyword == "phone" and 5 <= len(digits) <= 7
    return local and any(number.endswith(digits) for number in kept)


def _keyword(before: str) -> Kind | None:
    """The last word in front of a number that says what the number is."""
    best: tuple[int, Kind] | None = None
    for kind, pattern in _KEYWORDS:
        hit = pattern.search(before)
        if hit and (best is None or hit.start() > best[0]):
            best = hit.start(), kind
    return best[1] if best else None


def _opening(shadow: str, start: int, end: int, free: int) -> int:
    """Take the bracket of the code and the plus along with the number."""
    inside = shadow[start:end]
    at = start
    if inside.count(")") > inside.count("(") and shadow[max(free, at - 1) : at] == "(":
        at -= 1
    before = shadow[free:at][-3:]
    trimmed = before.rstrip(" (")
    return at - (len(before) - len(trimmed)) - 1 if trimmed.endswith("+") else at


def _kind(w: _Window) -> Kind | None:
    n = len(w.digits)
    joined = all(_JOIN.fullmatch(s) for s in w.seps)
    if _is_passport(w):
        return "passport"
    if not joined:
        return None
    if _is_account(w, n):
        return "account"
    if _is_card(w, n):
        return "card"
    if _is_snils(w, n):
        return "snils"
    if _is_inn(w, n):
        return "inn"
    return "phone" if _is_phone(w, n) else None


def _is_passport(w: _Window) -> bool:
    named = w.keyword == "passport"
    if w.plus:
        return False
    if w.shape in ((4, 6), (2, 2, 6)):
        tight = all(re.fullmatch(r"[ \-]{1,3}| ?№ ?", s) for s in w.seps)
        return named or (tight and not w.money)
    return named and w.shape in ((6,), (9,), (10,), (2, 7), (2, 8))


def _is_account(w: _Window, n: int) -> bool:
    if n != 20:
        return False
    return len(w.groups) == 1 or w.keyword == "account" or w.digits[0] in "034"


def _is_card(w: _Window, n: int) -> bool:
    if not 13 <= n <= 19:
        return False
    if w.keyword == "card" and n >= 16:
        return True
    # Lengths and first digits of ISO/IEC 7812 issuers keep 13-digit ОГРН and 15-digit ОГРНИП out.
    first = {13: "4", 14: "3", 15: "3"}.get(n, "234569" if n > 16 else "2345689")
    if w.digits[0] not in first or (n == 15 and w.digits[1] not in "47"):
        return False
    fours = all(size == 4 for size in w.shape[:-1]) and w.shape[-1] <= 4
    if len(w.groups) > 1 and not fours and w.shape not in ((4, 6, 5), (4, 6, 4), (8, 8), (8, 10), (6, 10)):
        return False
    if len(w.groups) > 1 and all(g.startswith(("19", "20")) for g in w.groups):
        return False  # a row of years
    return _luhn(w.digits)


def _is_snils(w: _Window, n: int) -> bool:
    if n != 11 or w.plus:
        return False
    if w.keyword == "snils":
        return True
    if w.shape == (3, 3, 3, 2):
        return "-" in "".join(w.seps) or not w.more or _snils(w.digits)
    if w.shape == (9, 2):
        return _snils(w.digits)
    return len(w.groups) == 1 and w.digits[0] not in "78" and not w.money and _snils(w.digits)


def _is_inn(w: _Window, n: int) -> bool:
    if n not in (10, 12) or w.plus:
        return False
    if w.keyword == "inn":
        return True
    return len(w.groups) == 1 and not w.money and _inn(w.digits)


def _is_phone(w: _Window, n: int) -> bool:
    if w.plus:
        return _is_foreign(w, n)
    d = w.digits
    if n == 11 and d[0] in "78":
        return _is_russian(w)
    if n == 10:
        if w.code_in_brackets:
            return len(w.groups[0]) >= 3
        if "-" not in "".join(w.seps) and w.money:
            return False
        if w.keyword == "phone" and len(w.groups) == 1:
            return True
        if d[0] == "9" and len(w.groups) in (1, 10):
            return True
        return len(w.groups) > 1 and d[0] in "3489" and w.shape in _CITY_SHAPES
    if w.shape == (3, 2, 2) and all(s == "-" for s in w.seps):
        return True
    if w.keyword != "phone" or w.money or _is_date(w):
        return False
    return 5 <= n <= 7 or (len(w.groups) == 1 and n <= 15)


def _is_russian(w: _Window) -> bool:
    """Eleven digits with the 8 or 7: the code comes next, whole, or the digits go in even steps."""
    first, rest = w.shape[0], w.shape[1:]
    if not rest:
        return not w.money
    if first == 1:
        steps = "." not in "".join(w.seps) and w.digits[1] == "9" and (set(rest) <= {1, 2})
        return (rest[0] >= 3 and not (rest == (3, 3, 4) and w.money)) or steps
    return first >= 4


def _is_foreign(w: _Window, n: int) -> bool:
    sum_of_money = w.shape[0] <= 3 and len(w.shape) > 1 and set(w.shape[1:]) == {3}
    if not 8 <= n <= 15 or (sum_of_money and (w.money or w.digits.endswith("000"))):
        return False
    length = next((_FOREIGN_LENGTH[c] for c in (w.digits[:1], w.digits[:2], w.digits[:3]) if c in _FOREIGN_LENGTH), n)
    # A longer number is a slip of the finger: hide it all, unless the right length ends at a group.
    return n <= length or length not in accumulate(w.shape)


def _is_date(w: _Window) -> bool:
    """Day, month and year in this or the opposite order, also with the time behind."""
    if len(w.groups) < 3 or len(set(w.seps[:2])) != 1 or w.seps[0] not in (".", "-"):
        return False
    day, month, year = w.groups[:3]
    if len(day) == 4:
        day, year = year, day
    elif w.seps[0] == "-" and len(year) == 2:
        return False  # 22-12-34 after «тел.» is a local number
    return len(day) <= 2 and len(month) <= 2 and len(year) in (2, 4) and int(day) <= 31 and int(month) <= 12


# --- check digits ---------------------------------------------------------------------------------------


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for place, ch in enumerate(reversed(digits)):
        value = int(ch) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0 and digits.strip("0") != ""


def _snils(digits: str) -> bool:
    """Check number of the Social Fund: weights 9…1, modulo 101, 100 counts as 00."""
    total = sum(int(ch) * (9 - place) for place, ch in enumerate(digits[:9]))
    return digits[:9].strip("0") != "" and total % 101 % 100 == int(digits[9:])


_INN_WEIGHTS = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)


def _inn(digits: str) -> bool:
    """Check digits of the Tax Service: one for 10 digits, two for 12."""
    if digits.startswith("00"):
        return False
    return all(
        sum(w * int(ch) for w, ch in zip(_INN_WEIGHTS[-size:], digits[:size], strict=True)) % 11 % 10
        == int(digits[size])
        for size in ((9,) if len(digits) == 10 else (10, 11))
    )
