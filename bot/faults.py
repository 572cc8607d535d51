"""Telling a fault without what a client wrote: messages of exceptions quote values, places do not."""

from __future__ import annotations

import traceback


def place_of(error: BaseException) -> str:
    """The kind of the error and where it happened, innermost place last."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return f"{type(error).__name__} at " + " > ".join(f"{f.filename.rpartition('/')[2]}:{f.lineno}" for f in frames)
