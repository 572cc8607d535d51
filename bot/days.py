"""Days as people type them on the command line."""

from __future__ import annotations

import argparse
from datetime import date, datetime


def day(text: str) -> date:
    """«2026-11-23» or «23.11.2026»."""
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    raise argparse.ArgumentTypeError(f"день пишут 2026-11-23 или 23.11.2026, а не «{text}»")
