"""Files as clients send them: sound ones, and those that are not what they are called."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image

GPS_IFD, ORIENTATION, MAKE = 0x8825, 0x0112, 0x010F
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\x00" * 200
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def drawing(size: tuple[int, int] = (64, 40)) -> Image.Image:
    """A picture whose halves differ, so that a turned one is seen."""
    picture = Image.new("RGB", size, (200, 30, 30))
    picture.paste((20, 40, 200), (0, 0, size[0] // 2, size[1]))
    return picture


def photo(form: str = "JPEG", orientation: int = 6, size: tuple[int, int] = (64, 40), **more: Any) -> bytes:
    """A picture as a phone makes it: with the place, the maker and the orientation."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[MAKE] = "Phone of Anna Petrova"
    exif[GPS_IFD] = {1: "N", 2: (55.0, 45.0, 21.0), 3: "E", 4: (37.0, 37.0, 4.0)}
    file = io.BytesIO()
    drawing(size).save(file, form, exif=exif, **more)
    return file.getvalue()


def png_bomb(side: int = 9_000) -> bytes:
    """A few kilobytes that say they are small and unpack to a great deal."""
    packed = zlib.compress(b"\x00" * (side * side * 3))

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 10, 10, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def office(kind: str = "docx", types: str = "", **parts: bytes | str) -> bytes:
    """A document of an office program; `parts` are named with «__» for the slash and «_» for the dot."""
    members: dict[str, bytes | str] = {}
    if kind == "odt":
        members["mimetype"] = "application/vnd.oasis.opendocument.text"
        members["META-INF/manifest.xml"] = "<manifest/>"
        members["content.xml"] = "<office:document-content/>"
    else:
        main = types or (_WORD if kind == "docx" else _SHEET)
        members["[Content_Types].xml"] = f'<Types><Override PartName="/main.xml" ContentType="{main}"/></Types>'
        members["main.xml"] = "<document>Прошу рассмотреть.</document>"
    for name, content in parts.items():
        members[name.replace("__", "/").replace("_", ".")] = content
    return zipped(members)


def zipped(members: dict[str, bytes | str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return file.getvalue()


def locked(packed: bytes) -> bytes:
    """The same zip as a program with a password marks it."""
    changed = bytearray(packed)
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(sign)
        while at >= 0:
            changed[at + flags] |= 1
            at = changed.find(sign, at + 1)
    return bytes(changed)
