"""Colours that can be read, and logos of every kind that offices have."""

from __future__ import annotations

import io
import random
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from qr import brand
from qr.brand import PIXELS_LIMIT, SIDE, Brand, Logo, contrast, quieter, read_logo
from qr.sheet import render
from tests.qr.scene import read, sheet

COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the known grey just below 4.5
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#ff0000", "#ffffff") == pytest.approx(4.0, abs=0.005)


def test_colours_that_cannot_be_read_are_named():
    found = dict(brand.colour_faults("#777777", "#1d4f7c", "#ffffff"))
    assert list(found) == ["ink"]
    assert "4.4:1" in found["ink"]
    assert list(dict(brand.colour_faults("#16202b", "#1d4f7c", "#ffffff"))) == []
    # Light letters on dark paper would be well readable, but a black code there is not.
    assert list(dict(brand.colour_faults("#ffffff", "#ffffff", "#202020"))) == ["paper"]


@given(COLOURS, COLOURS)
def test_softer_ink_is_still_readable(ink, paper):
    if contrast(ink, paper) >= brand.TEXT_CONTRAST:
        assert contrast(quieter(ink, paper), paper) >= brand.TEXT_CONTRAST


def drawn(size: tuple[int, int] = (300, 200), mode: str = "RGB", background: object = "white") -> Image.Image:
    made = Image.new("RGBA" if mode in ("RGBA", "P", "LA") else "RGB", size, background)  # type: ignore[arg-type]
    ImageDraw.Draw(made).ellipse((20, 20, size[0] - 20, size[1] - 20), fill="#2b6237")
    return made.convert(mode)


def saved(picture: Image.Image, folder: Path, name: str, **how: object) -> Path:
    picture.save(folder / name, **how)  # type: ignore[arg-type]
    return folder / name


def prepared(logo: Logo) -> Image.Image:
    assert logo.format == "png"
    return Image.open(io.BytesIO(logo.content))


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        ("RGB", "logo.png"),
        ("RGBA", "logo.png"),
        ("LA", "logo.png"),
        ("P", "logo.png"),
        ("L", "logo.jpg"),
        ("1", "logo.png"),
        ("I;16", "logo.png"),
        ("RGB", "logo.jpg"),
        ("CMYK", "logo.jpeg"),
        ("RGB", "logo.bmp.png"),
    ],
)
def test_every_kind_of_picture_becomes_a_small_clean_one(mode: str, name: str, tmp_path: Path) -> None:
    sixteen = drawn().convert("L").convert("I").point(lambda value: value * 257).convert("I;16")
    made = sixteen if mode == "I;16" else drawn(mode=mode)
    logo = prepared(read_logo(saved(made, tmp_path, name)))
    assert (logo.mode, logo.info.keys() & {"icc_profile", "exif"}) == ("RGB", set())
    assert logo.width / logo.height == pytest.approx(260 / 160, abs=0.06)  # without its empty margins
    assert brand.luminance("#{:02x}{:02x}{:02x}".format(*logo.getpixel((logo.width // 2, logo.height // 2)))) < 0.4


def test_what_is_transparent_takes_the_colour_of_the_paper(tmp_path: Path) -> None:
    file = saved(drawn(mode="RGBA", background=(0, 0, 0, 0)), tmp_path, "logo.png")
    assert prepared(read_logo(file, "#fff6d8")).getpixel((0, 0)) == (0xFF, 0xF6, 0xD8)


def test_a_photograph_is_turned_upright_and_loses_its_place(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif[0x010E] = "taken at home"
    logo = read_logo(saved(drawn(), tmp_path, "logo.jpg", exif=exif))
    assert prepared(logo).height > prepared(logo).width
    assert b"taken at home" not in logo.content


def test_a_logo_of_20_mb_is_made_small(tmp_path: Path) -> None:
    file = saved(
        Image.frombytes("L", (4600, 4600), random.Random(1).randbytes(4600 * 4600)),
        tmp_path,
        "logo.png",
        compress_level=0,
    )
    assert file.stat().st_size > 20_000_000
    logo = read_logo(file)
    assert max(prepared(logo).size) == SIDE
    assert len(logo.content) < 2_000_000
    with file.open("ab") as longer:
        longer.truncate(33_000_000)
    with pytest.raises(ValueError, match="33 MB; at most 32 MB"):
        read_logo(file)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that would take gigabytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 40">{}</svg>'
CIRCLE = '<circle cx="20" cy="20" r="15" fill="#2b6237"/>'
HOSTILE = {
    "empty": (b"", "is not a PNG, JPEG or SVG"),
    "text": ("Это не картинка".encode(), "is not a PNG, JPEG or SVG"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "is not a PNG, JPEG or SVG"),
    "gif": (b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00", "is not a PNG, JPEG or SVG"),
    "bomb": (bomb(60_000, 60_000), "too many dots"),
    "line": (bomb(20_000, 20_000), "too many dots"),
    "wide": (bomb(20_000, 2_000), "20000 × 2000 dots"),
    "html": (b"<!doctype html><p>logo</p>", "DOCTYPE"),
    "page": (b"<html><body/></html>", "is not a PNG, JPEG or SVG"),
    "broken svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><path", "is not a PNG, JPEG or SVG"),
    "empty svg": (SVG.format("").encode(), "invisible"),
    "white svg": (SVG.format('<circle cx="20" cy="20" r="15" fill="#fff"/>').encode(), "invisible"),
    "laughs": (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format(CIRCLE).encode(), "DOCTYPE"),
    "foreign svg": (SVG.format(f'{CIRCLE}<image href="file:///etc/passwd"/>').encode(), "another picture"),
    "calling svg": (SVG.format(f'{CIRCLE}<use href="https://x.example/a.svg#b"/>').encode(), "another picture"),
    "deep svg": (SVG.format("<g>" * 20_000 + CIRCLE + "</g>" * 20_000).encode(), "cannot be drawn"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_logo_is_refused_in_plain_words(name: str, tmp_path: Path) -> None:
    content, reason = HOSTILE[name]
    file = tmp_path / "logo.png"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=reason) as refused:
        read_logo(file)
    assert "\n" not in str(refused.value)


def test_a_missing_file_a_folder_and_a_white_picture_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        read_logo(tmp_path / "none.png")
    with pytest.raises(ValueError, match="cannot be read"):
        read_logo(tmp_path)
    with pytest.raises(ValueError, match="invisible on paper #ffffff"):
        read_logo(saved(Image.new("RGB", (100, 100), "white"), tmp_path, "white.png"))
    with pytest.raises(ValueError, match="too thin"):
        read_logo(saved(Image.new("RGB", (900, 10), "black"), tmp_path, "line.png"))


@pytest.mark.parametrize("kind", ["png", "jpg"])
def test_a_damaged_picture_is_refused_wherever_it_breaks(kind: str, tmp_path: Path) -> None:
    whole = saved(drawn(), tmp_path, f"logo.{kind}").read_bytes()
    for share in (1, 5, 20, 50, 90):
        file = tmp_path / f"cut.{kind}"
        file.write_bytes(whole[: len(whole) * share // 100])
        with pytest.raises(ValueError, match=r"is a damaged picture|is not a PNG|invisible"):
            read_logo(file)


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"<svg "]))
def test_any_bytes_are_a_logo_or_a_plain_refusal(tmp_path_factory, content, beginning):
    file = tmp_path_factory.mktemp("any") / "logo.png"
    file.write_bytes(beginning + content)
    with pytest.raises(ValueError, match=r".+"):
        read_logo(file)


def test_pixels_have_a_limit_that_memory_can_bear():
    assert PIXELS_LIMIT * 4 < 150_000_000


@pytest.mark.parametrize("size", [(1200, 200), (200, 1200), (300, 300)])
def test_wide_tall_and_square_logos_leave_the_code_readable(size: tuple[int, int], tmp_path: Path) -> None:
    logo = read_logo(saved(drawn(size), tmp_path, "logo.png"))
    for in_code in (False, True):
        for paper in ("A6", "sticker"):
            content = render(sheet(), paper, "png", Brand(logo=logo, logo_in_code=in_code))
            assert read(Image.open(io.BytesIO(content))) == {sheet().code_text}


def test_a_changed_logo_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "logo.svg"
    file.write_text(SVG.format(CIRCLE))
    before = read_logo(file)
    file.write_text(SVG.format(CIRCLE + '<path d="M40 5h15v30z"/>'))
    assert read_logo(file) != before
