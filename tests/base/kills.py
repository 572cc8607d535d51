"""The process that dies at a named point of its work, within one test."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from backend import checkpoints


class Killed(BaseException):
    """The process dies here: nobody catches it, and what is not committed is gone."""


@contextlib.contextmanager
def dying_at(point: str) -> Iterator[None]:
    """What runs here dies when it reaches this point (`backend.checkpoints`); it must reach it."""

    def reached(name: str) -> None:
        if name == point:
            raise Killed

    checkpoints.listeners.append(reached)
    try:
        with pytest.raises(Killed):
            yield
    finally:
        checkpoints.listeners.remove(reached)
