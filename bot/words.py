"""Texts of the program itself, one Fluent file per language; dates and plurals follow CLDR.

Fluent is a format that translators know; it makes the plural forms of a language explicit where they are needed.
"""

from __future__ import annotations

import logging
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from fluent.runtime import FluentBundle, FluentResource

log = logging.getLogger(__name__)
FOLDER = Path(__file__).resolve().parents[1] / "locales"


class Words:
    """`words("key", n=3)` gives the text in this language; an unknown key falls back to the default language."""

    def __init__(self, language: str, bundle: FluentBundle, fallback: Words | None, zone: ZoneInfo) -> None:
        self.language = language
        self._bundle = bundle
        self._fallback = fallback
        self.zone = zone
        self._fixed: dict[str, str] = {}  # texts without variables, formatted once

    def __call__(self, key: str, **values: str | int) -> str:
        if values:
            return self._format(key, values)
        if key not in self._fixed:
            self._fixed[key] = self._format(key, values)
        return self._fixed[key]

    def _format(self, key: str, values: dict[str, str | int]) -> str:
        if not self._bundle.has_message(key):
            if self._fallback is None:
                raise KeyError(key)
            log.error("locales/%s.ftl has no %s", self.language, key)
            return self._fallback(key, **values)
        pattern = self._bundle.get_message(key).value
        if pattern is None:
            raise KeyError(f"{key} has no text")
        text, errors = self._bundle.format_pattern(pattern, values)
        if errors:
            log.error("locales/%s.ftl: %s: %s", self.language, key, errors[0])
        return str(text)

    def day(self, day: date, today: date | None = None) -> str:
        """«25 ноября» / “25 November”; «12 января 2027 года» where `today` is in another year. Without `today` the
        reader must know the year anyway."""
        other = today is not None and today.year != day.year
        if self.language == "ru":
            return str(format_date(day, "d MMMM y 'года'" if other else "d MMMM", locale="ru"))
        return str(format_date(day, "d MMMM y" if other else "d MMMM", locale="en_GB"))

    def clock(self, moment: datetime) -> str:
        """«9:32» in the office's zone."""
        local = moment.astimezone(self.zone)
        return f"{local.hour}:{local:%M}"

    def moment(self, moment: datetime) -> str:
        return f"{self.day(moment.astimezone(self.zone).date())}, {self.clock(moment)}"

    def keys(self) -> set[str]:
        return set(self._bundle._messages)


@lru_cache(maxsize=8)
def _parsed(text: str) -> Any:
    """A parsed file, kept: reading a thousand messages takes a third of a second, and tests start the bot often."""
    return FluentResource(text)


def load_words(languages: list[str], zone: ZoneInfo, folder: Path = FOLDER) -> dict[str, Words]:
    """All languages of the office; the first one is the fallback. Raises FileNotFoundError naming the file."""
    found: dict[str, Words] = {}
    for language in languages:
        path = folder / f"{language}.ftl"
        if not path.exists():
            raise FileNotFoundError(f"the office speaks {language!r}, but there is no {path.name} in locales/")
        bundle = FluentBundle([language], use_isolating=False)
        bundle.add_resource(_parsed(path.read_text(encoding="utf-8")))
        found[language] = Words(language, bundle, next(iter(found.values()), None), zone)
    return found
