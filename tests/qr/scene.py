"""Sheets of tests, and what a phone's camera makes of them."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import typst
import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from qr import address
from qr.brand import Brand, read_logo
from qr.sheet import PAPERS, Format, Sheet

OFFICE = "https://otzyv.asr-svet.example"
TOKEN = "6XC3M8DH"
LOGO = Path(__file__).parents[2] / "demo" / "logo.svg"


def sheet(token: str = TOKEN, **other: Any) -> Sheet:
    made = Sheet(
        office_ru="Агентство сельского развития Светлореченской области",
        office_en="Agency for Rural Development of Svetlorechensk Region",
        point_ru="Окно приёма документов, кабинет 104",
        point_en="Document desk, room 104",
        title_ru="Оцените приём в кабинете 104",
        title_en="Rate your visit to room 104",
        lead_ru="Наведите камеру телефона. 2 вопроса, полминуты, анонимно.",
        lead_en="Point your phone camera. 2 questions, half a minute, anonymous.",
        fallback_ru="Нет камеры? Анкета – на стойке.",
        fallback_en="No camera? Paper form at the desk.",
        promise_ru="Ваш отзыв увидит начальник отдела. Что изменилось – на стенде и на сайте.",
        promise_en="The head of department will see your feedback.",
        address_words=address.words(OFFICE, token),
        code_text=address.printed(OFFICE, token),
        phone="+7 (000) 000-12-12",
        number="Л-104",
        version=2,
        date=date(2026, 11, 2),
    )
    return replace(made, **other)


@cache
def brand(*, in_code: bool = True) -> Brand:
    """Everything an office can set, the least readable way that is allowed to print."""
    return Brand(
        ink="#2b3a33",
        accent="#2b6237",
        paper="#fff6d8",
        logo=read_logo(LOGO, "#fff6d8"),
        logo_in_code=in_code,
        signature_ru="Ваше Агентство",
        signature_en="Your Agency",
    )


def read(picture: Image.Image) -> set[str]:
    return {found.text for found in zxingcpp.read_barcodes(picture.convert("L"))}


def photographed(content: bytes, format: Format, size: str, folder: Path, code_px: int) -> Image.Image:
    """The sheet as a camera sees it from where its code is `code_px` wide, on a grey wall."""
    paper = PAPERS[size]
    width = round(paper.width * paper.faces * code_px / paper.code)
    if format == "png":
        page = Image.open(io.BytesIO(content)).convert("RGB")
        page = page.resize((width, round(page.height * width / page.width)), Image.Resampling.BOX)
    else:
        (folder / f"sheet.{format}").write_bytes(content)
        source = folder / "raster.typ"
        source.write_text(
            f"#set page(width: {width}pt, height: auto, margin: 0pt)\n#image('sheet.{format}', width: 100%)".replace(
                "'", '"'
            )
        )
        drawn = typst.compile(source, format="png", ppi=72)
        assert isinstance(drawn, bytes)
        page = Image.open(io.BytesIO(drawn)).convert("RGB")
    scene = Image.new("RGB", (page.width + 80, page.height + 80), "#9a938a")
    scene.paste(page, (40, 40))
    return scene


def turned(scene: Image.Image, degrees: float) -> Image.Image:
    return scene.rotate(degrees, Image.Resampling.BILINEAR, expand=True, fillcolor="#9a938a")


def skewed(scene: Image.Image) -> Image.Image:
    """From below and from the side: the far edge is some 8 % shorter."""
    w, h = scene.size
    return scene.transform(
        (w, h),
        Image.Transform.PERSPECTIVE,
        _coefficients([(w * 0.05, h * 0.02), (w * 0.97, 0), (w, h), (0, h * 0.96)], [(0, 0), (w, 0), (w, h), (0, h)]),
        Image.Resampling.BILINEAR,
        fillcolor="#9a938a",
    )


def blurred(scene: Image.Image) -> Image.Image:
    return scene.filter(ImageFilter.GaussianBlur(1.1))


def noisy(scene: Image.Image) -> Image.Image:
    """Dim at one side, with the grain of a cheap camera."""
    shade = Image.linear_gradient("L").rotate(90).resize(scene.size).point(lambda value: 95 + value * 5 // 8)
    dim = ImageChops.multiply(scene.convert("L"), shade)
    grain = Image.frombytes("L", scene.size, random.Random(7).randbytes(scene.width * scene.height))
    return Image.blend(dim, grain, 0.14)


PATCHES = (("middle", "#3a3a3a"), ("right", "white"), ("bottom", "white"), ("corner", "#3a3a3a"))


def covered(scene: Image.Image, place: str, colour: str) -> Image.Image:
    """A tenth of each code under a piece of paper."""
    scene = scene.copy()
    pen = ImageDraw.Draw(scene)
    for found in zxingcpp.read_barcodes(scene.convert("L")):
        at = found.position
        x, y = at.top_left.x, at.top_left.y
        side = at.bottom_right.x - x
        patch = side * 0.1**0.5
        dx, dy = {
            "middle": (0.5, 0.5),
            "right": (1, 0.5),
            "bottom": (0.5, 1),
            "corner": (1, 1),
        }[place]
        left, top = x + (side - patch) * dx, y + (side - patch) * dy
        pen.rectangle((left, top, left + patch, top + patch), fill=colour)
    return scene


def _coefficients(seen: list[tuple[float, float]], flat: list[tuple[float, float]]) -> list[float]:
    """Of the perspective that maps the seen corners to the flat ones: eight linear equations, solved by elimination."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(seen, flat, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for i in range(8):
        pivot = max(range(i, 8), key=lambda row, column=i: abs(rows[row][column]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for j in range(8):
            if j != i:
                factor = rows[j][i]
                rows[j] = [a - factor * b for a, b in zip(rows[j], rows[i], strict=True)]
    return [row[8] for row in rows]
