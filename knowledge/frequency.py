"""How often Russian word forms occur, read from the data file that the natasha wheel carries.

The file (navec, 250 thousand forms counted in a billion words of news) is a plain tar; only its word list is read, not
the vectors: beside sentence vectors and letters they added nothing that could be measured. Nothing of natasha is
imported: importing it needs pymorphy2, which is broken on Python 3.11.
"""

from __future__ import annotations

import gzip
import importlib.util
import io
import tarfile
from functools import cache
from pathlib import Path

import numpy as np

FILE = "data/emb/navec_news_v1_1B_250K_300d_100q.tar"


class Frequencies:
    """Counts of word forms in a billion words."""

    def __init__(self, path: Path) -> None:
        with tarfile.open(path) as archive:
            member = archive.extractfile("vocab.bin")
            packed = member.read() if member else b""
        with gzip.open(io.BytesIO(packed)) as file:
            size = int(np.frombuffer(file.read(4), np.uint32)[0])
            self._counts = np.frombuffer(file.read(4 * size), np.uint32)
            # The words lie sorted by their bytes, so a binary search over one blob replaces a dictionary of 40 MB.
            self._blob = file.read()
        ends = np.flatnonzero(np.frombuffer(self._blob, np.uint8) == ord("\n"))
        self._starts = np.concatenate(([0], ends + 1)).astype(np.int32)
        self._words = size - 2  # the last two stand for "unknown" and "padding"

    def count(self, form: str) -> int:
        """How often the form occurs; 0 if it is not among the 250 thousand."""
        wanted = form.encode()
        low, high = 0, self._words
        while low < high:
            middle = (low + high) // 2
            if self._at(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return int(self._counts[low]) if low < self._words and self._at(low) == wanted else 0

    def common(self, least: int) -> list[tuple[str, int]]:
        """The forms that occur at least so often, with how often."""
        rows = np.flatnonzero(self._counts[: self._words] >= least)
        return [(self._at(row).decode(errors="ignore"), int(self._counts[row])) for row in rows.tolist()]

    def _at(self, row: int) -> bytes:
        return self._blob[self._starts[row] : self._starts[row + 1] - 1]


@cache
def frequencies() -> Frequencies:
    """The counts, read once a process."""
    found = importlib.util.find_spec("natasha")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("natasha is not installed: its file of word counts is needed (pip install natasha)")
    return Frequencies(Path(found.submodule_search_locations[0]) / FILE)
