"""What adapters share when they lay a reply out: rows that fit, texts cut at a limit, numbered lists. Pure.

Lengths are counted in UTF-16 units: the strictest way any messenger counts; what fits here fits everywhere.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address
from itertools import groupby
from typing import Final
from urllib.parse import urlsplit

from bot.messages import Button

TICK: Final = "✓ "
_JOINER = "\u200d"
_BREAKS = ("\n\n", "\n", " ")


def length(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)


def clean(text: str) -> str:
    """The text without what no messenger takes: lone surrogates and control characters except line breaks."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def _fitting(text: str, limit: int) -> int:
    """How many characters of the text fit into the limit, not cutting a joined one; at least one."""
    units = end = 0
    while end < len(text) and (units := units + length(text[end])) <= limit:
        end += 1
    if end == len(text):
        return end
    whole = end
    while whole > 1 and (_clings(text[whole]) or text[whole - 1] == _JOINER):
        whole -= 1
    # Nobody writes letters that long; such a run of marks is cut where it must be.
    return whole if whole > 1 or not _clings(text[1]) else max(end, 1)


def _clings(char: str) -> bool:
    """Belongs to the character before it: accents, variation selectors, joiners, skin tones, flag halves."""
    tone_or_flag = "\U0001f3fb" <= char <= "\U0001f3ff" or "\U0001f1e6" <= char <= "\U0001f1ff"
    return unicodedata.category(char) in ("Mn", "Me", "Mc") or char == _JOINER or tone_or_flag


def split_text(text: str, limit: int) -> list[str]:
    """The text in parts of at most `limit` units: cut between paragraphs, lines or words where that leaves
    the part at least half full, inside a word otherwise. No part is empty; an empty text gives no parts."""
    if limit < 2:
        raise ValueError("a part must have room for one character of any kind: 2 units")
    parts = []
    rest = text.strip()
    while rest:
        end = _fitting(rest, limit)
        if end < len(rest):
            for mark in _BREAKS:
                # The break itself may stand just behind the last character that fits.
                at = rest.rfind(mark, 0, end + len(mark))
                if at >= end // 2 and at > 0:
                    end = min(at, end)
                    break
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [part for part in parts if part]


def shorten(label: str, limit: int) -> str:
    """The label on one line in at most `limit` units, with «…» at the end where it was cut."""
    label = " ".join(label.split())
    if length(label) <= limit:
        return label
    if limit < 3:
        raise ValueError("a shortened label needs room for one character of any kind and «…»: 3 units")
    return label[: _fitting(label, limit - 1)].rstrip() + "…"


def ticked(button: Button) -> str:
    """The button's words; a chosen one carries a tick (a word and a sign, never a colour alone)."""
    return TICK + button.label if button.chosen else button.label


def rows(
    buttons: Sequence[Button], per_row: int, short: int = 3, says: Callable[[Button], str] = ticked
) -> list[list[Button]]:
    """Neighbours whose words have at most `short` units share rows evenly (11 at 8 a row: 6 + 5); a longer
    button has a row of its own. `says`: the words that the button will really show."""
    laid: list[list[Button]] = []
    for is_short, group in groupby(buttons, key=lambda button: length(says(button)) <= short):
        run = list(group)
        laid += evenly(run, per_row) if is_short else [[button] for button in run]
    return laid


def evenly(buttons: Sequence[Button], per_row: int) -> list[list[Button]]:
    """As few rows as `per_row` allows, their lengths differing by one at most, longer ones first."""
    if not buttons:
        return []
    count = -(-len(buttons) // per_row)
    size, extra = divmod(len(buttons), count)
    laid, at = [], 0
    for row in range(count):
        end = at + size + (row < extra)
        laid.append(list(buttons[at:end]))
        at = end
    return laid


def numbered(options: Iterable[Button]) -> str:
    """All options in full, each on its line with the number to type."""
    return "\n".join(f"{number}. {ticked(option)}" for number, option in enumerate(options, 1))


def openable(url: str) -> bool:
    """May stand behind a link button: http(s) and a host that a phone elsewhere can find (no localhost, no
    bare names: Telegram refuses these with «Wrong HTTP URL»)."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port  # raises on a malformed one
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or "." not in host.strip(".") or host.endswith(".localhost"):
        return False
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return True
