"""How printed things look: colours with enough contrast, and the office's logo made safe to print.

A logo is whatever somebody has found on a disk: a scan for printing houses in CMYK, a photograph of 20 MB, a renamed
document. `read_logo` makes a small clean picture of it or says plainly why not. Pillow and typst are loaded on use.
"""

import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree

if TYPE_CHECKING:
    from PIL import Image

TEXT_CONTRAST = 4.5
"""Least contrast of text and paper (WCAG 2.2, 1.4.3)."""
CODE_CONTRAST = 4.0
"""Least contrast of a code and its paper (domain.md 8.4); the code is always the darker one."""
CODE_INK = "#000000"
"""The code is black whatever the colours: an office printer draws others as a raster of dots with frayed edges."""

BYTES_LIMIT = 32_000_000
SVG_BYTES_LIMIT = 1_000_000
PIXELS_LIMIT = 32_000_000
"""Above this a picture is not opened: an empty one of a few kilobytes could fill the memory."""
SIDE = 800
"""The longer side of a prepared logo in dots: 300 dots an inch on the largest sheet and more on the others."""
NARROWEST = 8
"""A logo may be so many times as wide as high, or the other way round; a thinner one would be a line."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture ready to print: a PNG on the colour of the paper, or an SVG."""

    content: bytes
    format: Literal["png", "svg"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """What an office wants its paper to look like. Colours as `#rrggbb`; with `logo_in_code` the logo also stands in
    the middle of the code."""

    ink: str = "#16202b"
    accent: str = "#1d4f7c"
    paper: str = "#ffffff"
    logo: Logo | None = None
    logo_in_code: bool = False
    signature_ru: str = ""
    signature_en: str = ""


_TRIAL = b"""#set page(width: 400pt, height: 400pt, margin: 0pt, fill: none)
#image(bytes(sys.inputs.logo), width: 100%, height: 100%, fit: "contain")"""


def luminance(colour: str) -> float:
    """Relative luminance by WCAG: 0 is black, 1 is white."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 (the same brightness) to 21 (black and white)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def quieter(ink: str, paper: str) -> str:
    """A softer ink for what is read last: mixed with the paper as far as its contrast allows."""
    for share in (70, 80, 90):
        parts = ((int(ink[place : place + 2], 16), int(paper[place : place + 2], 16)) for place in (1, 3, 5))
        mixed = "#" + "".join(f"{(one * share + other * (100 - share)) // 100:02x}" for one, other in parts)
        if contrast(mixed, paper) >= TEXT_CONTRAST:
            return mixed
    return ink


def colour_faults(ink: str, accent: str, paper: str) -> Iterator[tuple[str, str]]:
    """Colours that could not be read: the name of the colour and what is wrong. Nothing is printed in them."""
    for name, colour in (("ink", ink), ("accent", accent)):
        found = contrast(colour, paper)
        if found < TEXT_CONTRAST:
            yield name, f"{colour} on paper {paper}: contrast {_cut(found)}:1, text needs {TEXT_CONTRAST}:1"
    found = contrast(CODE_INK, paper)
    if found < CODE_CONTRAST:
        yield (
            "paper",
            f"{paper} is too dark: the black code has contrast {_cut(found)}:1, phones need {CODE_CONTRAST:g}:1",
        )


def _cut(ratio: float) -> str:
    """One digit, never rounded up to what it does not reach."""
    return f"{int(ratio * 10) / 10:.1f}"


def read_logo(file: Path, paper: str = "#ffffff") -> Logo:
    """The picture of this file, cleaned: at most `SIDE` dots, RGB on the colour of the paper, turned upright, without
    margins and metadata. Raises `ValueError` with a plain reason, never anything else.
    """
    try:
        stat = file.stat()
    except OSError as fault:
        raise ValueError(f"cannot be read: {fault.strerror or fault}") from fault
    if stat.st_size > BYTES_LIMIT:
        raise ValueError(f"{stat.st_size / 1e6:.0f} MB; at most {BYTES_LIMIT // 10**6} MB")
    return _read_logo(file, paper, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _read_logo(file: Path, paper: str, _changed: int, _size: int) -> Logo:
    try:
        content = file.read_bytes()
    except OSError as fault:
        raise ValueError(f"cannot be read: {fault.strerror or fault}") from fault
    if re.match(rb"\s*<", content.removeprefix(b"\xef\xbb\xbf")):
        return _read_svg(content, paper)
    picture = _picture(content, paper)
    made = io.BytesIO()
    picture.save(made, "PNG", optimize=True)
    return Logo(made.getvalue(), "png")


def _picture(content: bytes, paper: str) -> "Image.Image":
    """A PNG or JPEG on the colour of the paper."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # refused below, in plain words
            found = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
        with found as opened:
            if opened.width * opened.height > PIXELS_LIMIT:
                raise ValueError(
                    f"has {opened.width} × {opened.height} dots, at most {PIXELS_LIMIT // 10**6} million are read;"
                    f" {SIDE} a side are enough"
                )
            opened.draft(None, (2 * SIDE, 2 * SIDE))  # a JPEG is made smaller while it is read
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((4 * SIDE, 4 * SIDE), Image.Resampling.BOX)  # before it takes four bytes a dot
            shown = _flat(upright, paper)
    except UnidentifiedImageError as fault:
        raise ValueError("is not a PNG, JPEG or SVG picture") from fault
    except Image.DecompressionBombError as fault:
        raise ValueError("has too many dots to be a logo") from fault
    except (OSError, SyntaxError, EOFError, IndexError, OverflowError, MemoryError) as fault:
        # What Pillow's readers raise over a file that begins well and goes on badly.
        raise ValueError(f"is a damaged picture ({fault})") from fault
    return _trimmed(shown, paper)


def _flat(picture: "Image.Image", paper: str) -> "Image.Image":
    """RGB, what was transparent in the colour of the paper."""
    from PIL import Image, ImageCms

    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "CMYK", "L"):
        try:  # a logo for printing houses: without its profile the colours are garish
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            made = ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
            picture = made or picture
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    if picture.mode.startswith("I"):  # 16 bits of grey, which convert() would clip instead of scaling
        picture = picture.convert("I").point(lambda value: value / 257).convert("L")
    if picture.has_transparency_data:
        over = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", over.size, paper), over).convert("RGB")
    return picture.convert("RGB")


def _trimmed(picture: "Image.Image", paper: str) -> "Image.Image":
    """Without empty margins, at most `SIDE` dots, without anything but dots."""
    from PIL import Image, ImageChops

    difference = ImageChops.difference(picture, Image.new("RGB", picture.size, paper)).convert("L")
    box = difference.point(lambda value: 255 * (value > 24)).getbbox()
    if box is None:
        raise ValueError(f"is invisible on paper {paper}")
    picture = picture.crop(box)
    if not 1 / NARROWEST <= picture.width / picture.height <= NARROWEST:
        raise ValueError(f"is {picture.width} × {picture.height} dots: too thin for a logo")
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    picture.info.clear()
    return picture


def _read_svg(content: bytes, paper: str) -> Logo:
    """An SVG that says everything itself. It is drawn once, to know that it can be."""
    if len(content) > SVG_BYTES_LIMIT:
        raise ValueError(f"an SVG of {len(content) / 1e6:.1f} MB; at most {SVG_BYTES_LIMIT // 10**6} MB")
    if b"<!DOCTYPE" in content[:2000].upper() or b"<!ENTITY" in content.upper():
        raise ValueError("an SVG with a DOCTYPE or entities: save it as plain SVG")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - without a DOCTYPE there are no entities
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError) as fault:
        raise ValueError(f"is not a PNG, JPEG or SVG picture ({fault})") from fault
    if root.tag not in ("svg", "{http://www.w3.org/2000/svg}svg"):
        raise ValueError("is not a PNG, JPEG or SVG picture")
    for element in root.iter():
        for name, value in element.attrib.items():
            if name.rpartition("}")[2] == "href" and not value.strip().startswith("#"):
                raise ValueError(f"an SVG that holds or names another picture ({value[:40]!r}): use a PNG instead")
    import typst

    try:
        drawn = typst.compile(
            _TRIAL,
            format="png",
            ppi=72,
            font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False),
            ignore_system_fonts=True,
            sys_inputs={"logo": content.decode("utf-8-sig")},
        )
    except (typst.TypstError, UnicodeDecodeError) as fault:
        raise ValueError(f"an SVG that cannot be drawn: {str(fault).splitlines()[0]}") from fault
    _picture(drawn, paper)  # refuses an invisible or thin one
    return Logo(content, "svg")
