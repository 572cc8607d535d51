"""Static Russian word vectors and word counts, read from the data file that the natasha wheel carries.

The file (navec, news, 250 thousand forms) is a plain tar: it is mapped, not loaded, so that only the pages of the words
that are asked for are ever read. Nothing of natasha is imported: importing it needs pymorphy2, which is broken on 3.11.
"""

from __future__ import annotations

import gzip
import importlib.util
import io
import tarfile
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FILE = "data/emb/navec_news_v1_1B_250K_300d_100q.tar"
_HEADER = 16
_TYPICAL = 4000


class Vectors:
    """Word vectors of unit length with the common direction taken out, and how often a form occurs in a billion words."""

    def __init__(self, path: Path) -> None:
        with tarfile.open(path) as archive:
            vocabulary = archive.extractfile("vocab.bin")
            offset = archive.getmember("pq.bin").offset_data
            packed = vocabulary.read() if vocabulary else b""
        with gzip.open(io.BytesIO(packed)) as file:
            unpacked = file.read()
        size = int(np.frombuffer(unpacked, np.uint32, 1)[0])
        self._counts = np.frombuffer(unpacked, np.uint32, size, 4)
        # The words lie sorted by their bytes, so a binary search over one blob replaces a dictionary of 40 MB.
        self._blob = unpacked[4 + 4 * size :]
        ends = np.flatnonzero(np.frombuffer(self._blob, np.uint8) == ord("\n"))
        self._starts = np.concatenate(([0], ends + 1)).astype(np.int32)
        rows, self.width, parts, centroids = (
            int(n) for n in np.fromfile(path, np.uint32, _HEADER // 4, offset=offset)
        )
        self._parts = np.arange(parts)
        self._codes = np.memmap(path, np.uint8, "r", offset + _HEADER, (rows, parts))
        book = np.fromfile(path, np.float32, centroids * self.width, offset=offset + _HEADER + rows * parts)
        self._book = book.reshape(parts, centroids, -1)
        self._words = size - 2  # the last two stand for "unknown" and "padding"
        typical = np.argpartition(-self._counts.astype(np.int64), _TYPICAL)[:_TYPICAL]
        self._common = self._raw(np.sort(typical)).mean(axis=0)

    def find(self, word: str) -> int:
        """The row of a form, or -1."""
        wanted = word.encode()
        low, high = 0, self._words
        while low < high:
            middle = (low + high) // 2
            if self._at(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low if low < self._words and self._at(low) == wanted else -1

    def count(self, row: int) -> int:
        return int(self._counts[row]) if row >= 0 else 0

    def unit(self, rows: NDArray[np.int32]) -> NDArray[np.float32]:
        """Unit vectors of the rows; zeros where the row is -1."""
        known = rows >= 0
        vectors = np.zeros((len(rows), self.width), dtype=np.float32)
        if known.any():
            vectors[known] = self._raw(rows[known]) - self._common
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
        return vectors

    def _at(self, row: int) -> bytes:
        return self._blob[self._starts[row] : self._starts[row + 1] - 1]

    def _raw(self, rows: NDArray[np.integer]) -> NDArray[np.float32]:
        return self._book[self._parts, self._codes[rows]].reshape(len(rows), self.width)


@cache
def vectors() -> Vectors:
    """The vectors, opened once a process."""
    found = importlib.util.find_spec("natasha")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("the package natasha is not installed: its file of word vectors is needed (pip install natasha)")
    return Vectors(Path(found.submodule_search_locations[0]) / FILE)
