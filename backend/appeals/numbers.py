"""Numbers of appeals: «А-2026-0147». Issued in the transaction that registers, so that there is no number without an
appeal and no appeal without a number; the row of the series is held until the commit, so that none is skipped."""

from __future__ import annotations

import re
import secrets

from sqlalchemy import case, update

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


async def issue(session: Session, name: str, year: int) -> str:
    """The next number of this series in this year."""
    take = update(series).where(series.c.series == name, series.c.year == year)
    while True:
        found = (await session.execute(take.values(last=series.c.last + 1).returning(series.c.last))).scalar()
        if found is not None:
            return f"{name}-{year}-{found:04d}"
        await insert_new(session, series, [{"series": name, "year": year, "last": 0}])


async def pass_over(session: Session, number: str) -> None:
    """A number of one of our series came from another system: ours go on after it."""
    found = _NUMBER.match(number)
    if found is None:
        return
    name, year, last = found[1], int(found[2]), int(found[3])
    await insert_new(session, series, [{"series": name, "year": year, "last": 0}])
    await session.execute(
        update(series)
        .where(series.c.series == name, series.c.year == year)
        .values(last=case((series.c.last < last, last), else_=series.c.last))
    )


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


def hash_of(keys: Keys, number: str, code: str) -> str:
    """What the table keeps of a code."""
    return keys.hash(f"appeal:{number}:{(read_code(code) or code)}")


def canonical(text: str) -> str:
    """A number as the table keeps it: one of our series, else another system's in capitals without spaces at its
    ends."""
    return read_number(text) or " ".join(text.upper().split())[:40]
