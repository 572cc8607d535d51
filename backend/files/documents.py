"""Documents: PDF, and what office programs of today write, which is a zip of XML.

A zip is unpacked here once, in parts that are counted and thrown away: what it says of itself is not believed. What
could run in it – macros, controls, packed programs – makes it refused; a document needs none of them.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

from backend.files.kinds import DOCX, ODT, XLSX, Refused

MEMBERS: Final = 4_000
UNPACKED: Final = 300 * 1024 * 1024
RATIO: Final = 200  # XML packs well, up to 1 : 50 in large tables; bombs begin at 1 : 1000
_SMALL: Final = 5 * 1024 * 1024  # below that no ratio harms anybody
_STEP: Final = 256 * 1024
_DESCRIPTION: Final = 1024 * 1024  # the parts that are read whole say what the document is

_MAIN: Final = {
    b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": DOCX,
    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": XLSX,
}
_CONTENT_TYPES, _MIMETYPE, _MANIFEST = "[Content_Types].xml", "mimetype", "META-INF/manifest.xml"
_READ_WHOLE: Final = {_CONTENT_TYPES, _MIMETYPE, _MANIFEST}
_RUNS = re.compile(r"vbaproject|vbadata|(?:^|/)activex/|(?:^|/)macrosheets/|^basic/|^scripts/", re.IGNORECASE)
_RUNS_TYPES = re.compile(rb"macroenabled|macrosheet|vbaproject", re.IGNORECASE)
_PROGRAMS: Final = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!")
_PACKAGE: Final = "\x01Ole10Native".encode("utf-16-le")  # a file of any kind, packed into the document to be clicked


def checked_pdf(content: bytes) -> bytes:
    """The PDF as it is. Raises Refused when it has no end, or when another file hangs at it."""
    end = content.rfind(b"%%EOF")
    if end < 0 or len(content[end:].rstrip(b"\0\t\r\n ")) > 1024:
        raise Refused("broken")
    if zipfile.is_zipfile(io.BytesIO(content)):
        raise Refused("kind")  # two files in one: what is shown as a PDF unpacks as a zip
    return content


def document_kind(content: bytes) -> str:
    """Which document a zip is. Raises Refused for every other zip."""
    _judge_frame(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = packed.infolist()
            _judge_list(content, members)
            described = _unpacked(content, packed, members)
    except Refused:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
        raise Refused("broken") from None
    except MemoryError:
        raise Refused("archive") from None
    return _kind(described)


def _judge_frame(content: bytes) -> None:
    """The zip ends where the file ends, and its list is no longer than one of a document: the library would read
    half a million names into memory. Raises Refused."""
    end = content.rfind(b"PK\x05\x06")
    if end < 0 or len(content) < end + 22:
        raise Refused("broken")
    if end + 22 + int.from_bytes(content[end + 20 : end + 22], "little") != len(content):
        raise Refused("archive")
    if content.count(b"PK\x01\x02") > 2 * MEMBERS:
        raise Refused("archive")


def _judge_list(content: bytes, members: list[zipfile.ZipInfo]) -> None:
    names = [member.filename for member in members]
    if len(members) > MEMBERS or len(set(names)) != len(names):
        raise Refused("archive")
    if not members or min(member.header_offset for member in members) != 0:
        raise Refused("archive")  # something else stands before it
    if sum(member.file_size for member in members) > _most(content):
        raise Refused("archive")
    for member in members:
        if member.flag_bits & 0x1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refused("archive")  # locked by a password, or packed as no office program packs
        if member.filename.startswith("/") or ".." in member.filename.split("/"):
            raise Refused("archive")
    if not any(name in _READ_WHOLE for name in names):
        raise Refused("archive")
    if any(_RUNS.search(name) for name in names):
        raise Refused("kind")


def _most(content: bytes) -> int:
    return min(UNPACKED, max(_SMALL, RATIO * len(content)))


def _unpacked(content: bytes, packed: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    """The parts that describe the document; all others are unpacked and only looked at. Raises Refused."""
    left = _most(content)
    described: dict[str, bytes] = {}
    for member in members:
        head, kept = b"", bytearray()
        for part in _parts(packed, member):
            left -= len(part)
            if left < 0:
                raise Refused("archive")
            if not head:
                head = part
            if _PACKAGE in part:
                raise Refused("kind")
            if member.filename in _READ_WHOLE:
                kept += part
                if len(kept) > _DESCRIPTION:
                    raise Refused("archive")
        if head.startswith(_PROGRAMS):
            raise Refused("kind")
        if member.filename in _READ_WHOLE:
            described[member.filename] = bytes(kept)
    return described


def _parts(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with packed.open(member) as file:
        while part := file.read(_STEP):
            yield part


def _kind(described: dict[str, bytes]) -> str:
    types = described.get(_CONTENT_TYPES, b"")
    if _RUNS_TYPES.search(types):
        raise Refused("kind")
    for main, kind in _MAIN.items():
        if main in types:
            return kind
    if described.get(_MIMETYPE, b"").strip() == ODT.encode():
        if b"encryption-data" in described.get(_MANIFEST, b""):
            raise Refused("archive")
        return ODT
    if types or _MIMETYPE in described:
        raise Refused("kind")  # slides, drawings, books
    raise Refused("archive")
