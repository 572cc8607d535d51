"""Cells of the CSV that the commands print: texts that a spreadsheet must not take for formulas."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(text: str) -> str:
    """The text as a spreadsheet shows it. Excel and LibreOffice run what begins like a formula, also within quotes, and
    the name of a member of a bound group is his own choice; the apostrophe says «text» to both."""
    return f"'{text}" if text.startswith(_FORMULA) else text
