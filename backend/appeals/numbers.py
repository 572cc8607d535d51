"""Numbers of appeals: «А-2026-0147». Issued in the transaction that registers, so that there is no number without an
appeal and no appeal without a number; the row of the series is held until the commit, so that none is skipped."""

from __future__ import annotations

import re
import secrets

from sqlalchemy import and_, select, update

from backend.appeals.rows import series
from backend.db import Session, insert_new
from backend.identity import Keys

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 8
_NUMBER = re.compile(r"([А-ЯA-Z]{1,3})-(\d{4})-(\d{1,9})\Z")
# Letters that look alike on both layouts, and what people type for a dash.
_TO_CYRILLIC = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")
_TO_LATIN = str.maketrans("АВЕКМНРСТХУЗ", "ABEKMHPCTXY3")
_DASHES = re.compile(r"[\s\-‐‑–—−_/.]+")
# A number somewhere in a sentence: the letters stand alone, a dash of any kind between the parts.
_DASH = r"\s*[\-‐‑–—−_/.]\s*"
_WITHIN = re.compile(rf"(?<![^\W_])([А-ЯA-Z]{{1,3}})(?:{_DASH}|\s*)(\d{{4}}){_DASH}(\d{{1,9}})(?!\d)")
_AROUND_CODE = re.compile(r"\b(?:КОД|CODE|СЕКРЕТНЫЙ|SECRET|И|AND)\b|[:;,.()«»\"]")
# Payload of a deep link, where only ASCII may stand: a Cyrillic letter is one small letter or a digit, a Latin one
# stays as it is.
_CYRILLIC = "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
_ASCII = "abvgdejziyklmnoprstufhcqwx123456"
_TO_ASCII = str.maketrans(_CYRILLIC, _ASCII)
_FROM_ASCII = str.maketrans(_ASCII, _CYRILLIC)
_PAYLOAD = re.compile(rf"([a-zA-Z1-6]{{1,3}})-(\d{{4}})-(\d{{1,9}})(?:-([{ALPHABET}]{{{CODE_LENGTH}}}))?\Z", re.ASCII)


async def issue(session: Session, name: str, year: int) -> str:
    """The next number of this series in this year."""
    take = update(series).where(series.c.series == name, series.c.year == year)
    while True:
        found = (await session.execute(take.values(last=series.c.last + 1).returning(series.c.last))).scalar()
        if found is not None:
            return f"{name}-{year}-{found:04d}"
        await insert_new(session, series, [{"series": name, "year": year, "last": 0}])


async def pass_over(session: Session, number: str) -> tuple[int, int] | None:
    """A number of one of our series came from another system: ours go on after it. Gives the last number before and
    now, for the journal; None when ours are beyond it already, or it is of no series."""
    found = parts(number)
    if found is None:
        return None
    name, year, last = found
    await insert_new(session, series, [{"series": name, "year": year, "last": 0}])
    mine = and_(series.c.series == name, series.c.year == year)
    # PostgreSQL: nobody issues one between the look and the change. SQLite has one writer anyway.
    before = (await session.execute(select(series.c.last).where(mine).with_for_update())).scalar_one()
    if before >= last:
        return None
    await session.execute(update(series).where(mine).values(last=last))
    return int(before), last


def parts(number: str) -> tuple[str, int, int] | None:
    """Series, year and place of a number as the table keeps it; None for another system's that looks otherwise."""
    found = _NUMBER.match(number)
    return (found[1], int(found[2]), int(found[3])) if found is not None else None


def read_number(text: str) -> str | None:
    """A number as a person types it: any case, any dash or none, Latin for Cyrillic, without leading zeros. None when
    it is none."""
    plain = _DASHES.sub("-", text.strip().upper().lstrip("№N ").strip()).strip("-")
    found = re.match(r"([А-ЯA-Z]{1,3})-?(\d{4})-(\d{1,9})\Z", plain)
    if found is None:
        return None
    name = found[1].translate(_TO_CYRILLIC)
    return f"{name}-{found[2]}-{int(found[3]):04d}"


def new_code() -> str:
    """A secret code, as it is shown once: «K7PM-4XQ2»."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    return f"{letters[:4]}-{letters[4:]}"


def read_code(text: str) -> str | None:
    """The letters of a code as a person types it; None when it cannot be one."""
    plain = _DASHES.sub("", text.strip().upper()).translate(_TO_LATIN)
    if len(plain) != CODE_LENGTH or any(letter not in ALPHABET for letter in plain):
        return None
    return plain


def read_both(text: str) -> tuple[str | None, str | None]:
    """The number that stands somewhere in these words, and the code that stands after it: «А-2026-0147 K7PM-4XQ2»,
    «№ а 2026-147, код K7PM4XQ2». None for what is not there."""
    found = _WITHIN.search(text.upper())
    if found is None:
        return None, None
    number = f"{found[1].translate(_TO_CYRILLIC)}-{found[2]}-{int(found[3]):04d}"
    return number, read_code(_AROUND_CODE.sub(" ", text.upper()[found.end() :]))


def payload_of(number: str, code: str = "") -> str | None:
    """Number and code as they travel in a deep link, of `A–Z a–z 0–9 -` only: «А-2026-0147», «K7PM-4XQ2» →
    `a-2026-0147-K7PM4XQ2`. None for a number of another system, whose shape is unknown."""
    found = _NUMBER.match(number)
    if found is None:
        return None
    parts = [found[1].translate(_TO_ASCII), found[2], found[3]]
    plain = read_code(code)
    return "-".join([*parts, plain] if plain else parts)


def read_payload(payload: str) -> tuple[str, str] | None:
    """Number and code of a deep link, the code empty where the link has none; None when it is no such link."""
    found = _PAYLOAD.match(payload)
    if found is None:
        return None
    return f"{found[1].translate(_FROM_ASCII)}-{found[2]}-{int(found[3]):04d}", found[4] or ""


def hash_of(keys: Keys, number: str, code: str) -> str:
    """What the table keeps of a code."""
    return keys.hash(f"appeal:{number}:{(read_code(code) or code)}")


def canonical(text: str) -> str:
    """A number as the table keeps it: one of our series, else another system's in capitals without spaces at its
    ends."""
    return read_number(text) or " ".join(text.upper().split())[:40]
