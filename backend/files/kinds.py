"""What a file is, by its content alone, and the name under which it is given out again.

The client's name and the type that his browser claims decide nothing: they only make the name that staff read.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal

Reason = Literal["empty", "large", "kind", "archive", "broken", "virus", "scanner"]
"""Why a file is not taken. `archive`: packed, locked by a password, or a bomb. `broken`: not whole. `scanner`: it
cannot be checked or kept now, a later try may work."""


class Refused(Exception):
    """This file is not taken; `reason` has a plain text of its own in every language."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
WEBP: Final = "image/webp"
PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT: Final = "application/vnd.oasis.opendocument.text"
TEXT: Final = "text/plain"
ZIP: Final = "application/zip"  # never taken as such: `documents` says which document it is

EXTENSIONS: Final = {
    JPEG: (".jpg", ".jpeg"),
    PNG: (".png",),
    WEBP: (".webp",),
    PDF: (".pdf",),
    DOCX: (".docx",),
    XLSX: (".xlsx",),
    ODT: (".odt",),
    TEXT: (".txt",),
}
"""Every kind that is taken; the first extension is the usual one."""

_ARCHIVES: Final = (
    b"PK\x05\x06",  # an empty zip
    b"PK\x07\x08",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",
    b"MSCF",
    b"\x60\xea",
)
_CONTROLS: Final = bytes({*range(0x20), 0x7F} - {0x09, 0x0A, 0x0C, 0x0D})
_ASCII: Final = bytes(range(0x80))
_RUSSIAN: Final = ("".join(map(chr, range(ord("А"), ord("я") + 1))) + "Ёё№«»—–…“”„‘’•°§\xa0").encode("cp1251")
# Markup and scripts are text too. What a program could run is not taken, however it is called.
_MARKUP = re.compile(r"<(?:!doctype|html|svg|script|iframe|object|embed|\?xml|\?php)\b", re.IGNORECASE)
_SCRIPTS = re.compile(r"\s*(?:#!|@echo\b|<\?|<%|\{\\rtf|mime-version:|\[internetshortcut\])", re.IGNORECASE)


def kind_of(content: bytes) -> str:
    """The kind as the first bytes say; ZIP for what `documents` must open. Raises Refused."""
    if not content:
        raise Refused("empty")
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"PK\x03\x04"):
        return ZIP
    if content.startswith(_ARCHIVES) or content[257:262] == b"ustar":
        raise Refused("archive")
    return TEXT


def plain_text(content: bytes) -> bytes:
    """The text as UTF-8, so that nobody has to guess; it comes so, or as Windows writes Russian. Raises Refused."""
    text = _decoded(content)
    if not text.strip("\ufeff \t\r\n\f"):
        raise Refused("empty")
    if _SCRIPTS.match(text.lstrip("\ufeff")) or _MARKUP.search(text):
        raise Refused("kind")
    return text.removeprefix("\ufeff").encode()


def _decoded(content: bytes) -> str:
    if len(content.translate(None, _CONTROLS)) != len(content):
        raise Refused("kind")  # something binary
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    # Nearly any bytes make some letters of cp1251: it is believed only where they are Russian ones.
    foreign = content.translate(None, _ASCII)
    if len(foreign.translate(None, _RUSSIAN)) > 0.1 * len(foreign):
        raise Refused("kind")
    try:
        return content.decode("cp1251")
    except UnicodeDecodeError:
        raise Refused("kind") from None


# --- names ------------------------------------------------------------------------------------------------

NAME_LENGTH: Final = 80
_UNSAFE = re.compile(r'[<>:"/\\|?*]')
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,7}\Z")  # not the «.05» of «Письмо от 12.05»
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)", re.IGNORECASE)  # devices of Windows
_NAMELESS: Final = "file"
# Controls, formats (right-to-left marks, zero width), surrogates, private and unknown characters, line separators.
_HIDDEN: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def safe_name(name: str, kind: str) -> str:
    """The client's own name without a path and without characters that hide or reverse its end; the extension is the
    content's."""
    base = re.split(r"[/\\]", name)[-1]
    shown = "".join(char for char in unicodedata.normalize("NFC", base) if unicodedata.category(char) not in _HIDDEN)
    shown = " ".join(_UNSAFE.sub("_", shown).split()).strip(". ")
    found = _EXTENSION.search(shown)
    stem = (shown[: found.start()] if found else shown).rstrip(". ")
    right = EXTENSIONS[kind]
    ending = found[0].lower() if found and found[0].lower() in right else right[0]
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    return (stem[: NAME_LENGTH - len(ending)].rstrip(". ") or _NAMELESS) + ending
