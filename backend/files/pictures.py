"""Pictures without what they tell of the place, the camera and the hour: orientation and colours stay, the rest goes.

The picture itself is not encoded anew: its parts are copied one by one, known parts only. So nothing is lost, what
hangs behind the picture's end is gone, and fifty megapixels need no memory for fifty megapixels.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Final

from PIL import Image

from backend.files.kinds import JPEG, PNG, WEBP, Refused

PIXELS: Final = {JPEG: 89_000_000, PNG: 89_000_000, WEBP: 16_000_000}
"""The most that is taken: a photo of a phone has 12 to 64 million, an A3 sheet at 600 dpi has 70. Beyond these Pillow
itself warns. WebP is less, because Pillow decodes it whole, in eight bytes a pixel."""

_ORIENTATION: Final = 0x0112
_FORMATS: Final = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}


def cleaned(content: bytes, kind: str) -> bytes:
    """The picture without metadata. Raises Refused when it is no whole picture, or one with too many pixels."""
    try:
        turned = _orientation(content, kind)
        if kind == JPEG:
            made = b"".join(_jpeg(content, turned))
            _draw(made, smaller=8)
        elif kind == PNG:
            made = b"".join(_png(content, turned))  # unpacked and counted there, no need to draw it
        else:
            made = _webp(content, turned)
            _draw(made)
        return made
    except Refused:
        raise
    except (MemoryError, Image.DecompressionBombError):
        raise Refused("large") from None
    except Exception:
        # Libraries meet hostile files with errors of every class.
        raise Refused("broken") from None


def _orientation(content: bytes, kind: str) -> int:
    """How the picture must be turned, 1 to 8. Raises Refused by its size; anything, when it is no picture."""
    with Image.open(io.BytesIO(content), formats=[_FORMATS[kind]]) as picture:
        width, height = picture.size
        if width * height > PIXELS[kind]:
            raise Refused("large")
        try:
            # Of a PNG the library would draw the whole picture, in search of metadata behind it.
            known = _png_exif(content) if kind == PNG else picture.getexif()
            found = known.get(_ORIENTATION, 1)
        except Exception:
            found = 1  # broken metadata are no reason to refuse a sound picture
        return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _exif(turned: int) -> bytes:
    """Metadata that say nothing but how the picture must be turned."""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, turned, 0)
    return b"MM\x00*\x00\x00\x00\x08\x00\x01" + entry + b"\x00\x00\x00\x00"


def _draw(content: bytes, *, smaller: int = 1) -> None:
    """Decode the picture as a viewer will, a JPEG at an eighth of its size: every byte of it is read, a sixty-fourth of
    the memory is used. Raises what Pillow raises."""
    with Image.open(io.BytesIO(content)) as picture:
        if smaller > 1:
            picture.draft(None, (max(1, picture.width // smaller), max(1, picture.height // smaller)))
        picture.load()


# --- JPEG -------------------------------------------------------------------------------------------------

_ALONE: Final = {0x01, *range(0xD0, 0xD8)}  # markers without a length
_FRAMES: Final = {*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD}  # how the picture is coded: tables, sizes, restarts
_SCAN: Final = 0xDA
_SCANS: Final = 100  # cameras write one, programs about ten; a bomb ten thousand, each of which is drawn over all
_END: Final = 0xD9


def _jpeg(content: bytes, turned: int) -> Iterator[bytes]:
    """The segments that make the picture. Raises Refused."""
    yield b"\xff\xd8"
    if turned != 1:
        body = b"Exif\x00\x00" + _exif(turned)
        yield b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    at, drawn = 2, 0
    while True:
        while content[at : at + 2] == b"\xff\xff":
            at += 1  # fill bytes
        if len(content) < at + 2 or content[at] != 0xFF:
            raise Refused("broken")
        marker = content[at + 1]
        if marker == _END:
            break
        if marker in _ALONE:
            at += 2
            continue
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        end = at + 2 + length
        if length < 2 or end > len(content):
            raise Refused("broken")
        if marker == _SCAN:
            drawn += 1
            if drawn > _SCANS:
                raise Refused("archive")
            end = _end_of_scan(content, end)
            yield content[at:end]
        elif marker in _FRAMES or _is_colour(marker, content[at + 4 : at + 16]):
            yield content[at:end]
        at = end
    if not drawn:
        raise Refused("broken")
    yield b"\xff\xd9"


def _is_colour(marker: int, body: bytes) -> bool:
    """Segments of programs that change how the picture looks: the colour profile, and Adobe's colour transform."""
    return (marker == 0xE2 and body.startswith(b"ICC_PROFILE\x00")) or (marker == 0xEE and body.startswith(b"Adobe"))


def _end_of_scan(content: bytes, at: int) -> int:
    """Where the coded picture ends: at the first marker that is neither a restart nor a stuffed byte."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            raise Refused("broken")
        following = content[at + 1]
        if following == 0xFF:
            at += 1
        elif following == 0 or 0xD0 <= following <= 0xD7:
            at += 2
        else:
            return at


# --- PNG --------------------------------------------------------------------------------------------------

_CHUNKS: Final = {
    b"IHDR",
    b"PLTE",
    b"IDAT",
    b"IEND",
    b"tRNS",
    b"gAMA",
    b"cHRM",
    b"sRGB",
    b"iCCP",
    b"cICP",
    b"sBIT",
    b"bKGD",
    b"pHYs",
}
_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by the kind of colour
_PASSES: Final = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_PROFILE: Final = 4 * 1024 * 1024
_STEP: Final = 1024 * 1024


def _png(content: bytes, turned: int) -> Iterator[bytes]:
    """The chunks that make the picture, each checked by its sum; of an animation the first picture. Raises Refused."""
    yield content[:8]
    at, picture, expected = 8, zlib.decompressobj(), -1
    drawn = 0
    while True:
        length = int.from_bytes(content[at : at + 4], "big")
        name, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        end = at + 12 + length
        if end > len(content) or zlib.crc32(name + body) != int.from_bytes(content[end - 4 : end], "big"):
            raise Refused("broken")
        if (name == b"IHDR") != (expected < 0):
            raise Refused("broken")
        if name == b"IHDR":
            expected = _png_bytes(body)
        elif name == b"IDAT":
            drawn += _inflated(picture, body, expected - drawn)
        elif name == b"iCCP":
            _inflated(zlib.decompressobj(), body[body.index(0) + 2 :], _PROFILE)
        if name == b"IEND":
            break
        if name in _CHUNKS:
            yield content[at:end]
        if name == b"IHDR" and turned != 1:
            exif = b"eXIf" + _exif(turned)
            yield struct.pack(">I", len(exif) - 4) + exif + struct.pack(">I", zlib.crc32(exif))
        at = end
    if drawn != expected or not picture.eof:
        raise Refused("broken")
    yield content[at:end]


def _png_exif(content: bytes) -> Image.Exif:
    found, at = Image.Exif(), 8
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        if content[at + 4 : at + 8] == b"eXIf":
            found.load(b"Exif\x00\x00" + content[at + 8 : at + 8 + length])
        at += 12 + length
    return found


def _png_bytes(header: bytes) -> int:
    """How many bytes the pixels take before they are coded: not one more is unpacked."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    bits = depth * _SAMPLES[colour]

    def lines(across: int, down: int) -> int:
        return down * (1 + (across * bits + 7) // 8) if across and down else 0

    if not interlaced:
        return lines(width, height)
    return sum(lines(-((x - width) // dx), -((y - height) // dy)) for x, y, dx, dy in _PASSES)


def _inflated(packed: zlib._Decompress, body: bytes, most: int) -> int:
    """How many bytes come out, a part at a time. Raises Refused when there are more than there may be."""
    found = 0
    while body and not packed.eof:
        found += len(packed.decompress(body, _STEP))
        body = packed.unconsumed_tail
        if found > most:
            raise Refused("archive")
    return found


# --- WebP -------------------------------------------------------------------------------------------------

_PARTS: Final = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_HAS_EXIF, _HAS_XMP = 0x08, 0x04


def _webp(content: bytes, turned: int) -> bytes:
    """The parts that make the picture. Raises Refused."""
    whole = 8 + int.from_bytes(content[4:8], "little")
    if whole > len(content):
        raise Refused("broken")
    at, parts, extended = 12, [], False
    while at + 8 <= whole:
        name = content[at : at + 4]
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        end = at + 8 + length + length % 2
        if at + 8 + length > whole:
            raise Refused("broken")
        body = content[at + 8 : at + 8 + length]
        if name == b"VP8X":
            extended = True
            flags = body[0] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if turned != 1 else 0)
            body = bytes([flags]) + body[1:]
        if name in _PARTS:
            parts.append(_part(name, body))
        at = end
    if turned != 1 and extended:
        parts.append(_part(b"EXIF", _exif(turned)))
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _part(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) % 2)
