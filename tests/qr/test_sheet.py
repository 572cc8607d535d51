import io
import re
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
import zxingcpp
from PIL import Image, ImageOps

from qr import address, code
from qr.sheet import Sheet, render

OFFICE = "https://otzyv.asr-svet.example"
TOKENS = ["7KD4M2XA", "9QW3H6ZR", "4NB8T5VC", "2FJ7P9KE", "6XC3M8DH", "8RA5W4NQ", "3ZT9K6BP", "5HV2E7JM"]
DOTS_PER_MM = 300 / 25.4
HOSTILE = (
    '#panic() *b* $x$ \\ `c` <b>&amp;</b> @ref "q" // /* 😀 עברית عربي \u202eabc \x00\x1b[1m \ud800 #{1+1} ~--\nline'
)


def sheet(token: str = TOKENS[4], **other: Any) -> Sheet:
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


def picture(made: Sheet) -> Image.Image:
    return Image.open(io.BytesIO(render(made, format="png"))).convert("L")


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page(?![a-zA-Z])", pdf))


def code_box(page: Image.Image) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the code's ink, in dots."""
    [found] = zxingcpp.read_barcodes(page)
    where = found.position
    x, y = where.top_left.x, where.top_left.y
    slack = round(3 * DOTS_PER_MM)
    side = where.bottom_right.x - x
    left, top, right, bottom = x - slack, y - slack, x + side + slack, where.bottom_right.y + slack
    inner = ImageOps.invert(page.crop((left, top, right, bottom))).point(lambda dot: 255 * (dot > 127)).getbbox()
    assert inner
    return left + inner[0], top + inner[1], left + inner[2], top + inner[3]


@pytest.mark.parametrize("token", TOKENS)
def test_phones_read_every_point(token):
    [found] = zxingcpp.read_barcodes(picture(sheet(token)))
    assert found.text == f"HTTPS://OTZYV.ASR-SVET.EXAMPLE/Q/{token}"
    assert found.ec_level == "Q"
    assert address.recognise(found.text, OFFICE) == (token, None)


def test_paper_and_code_have_their_size():
    page = picture(sheet())
    assert page.size == (2480, 3508)
    left, top, right, bottom = code_box(page)
    assert (right - left) / DOTS_PER_MM == pytest.approx(120, abs=0.3)
    assert (bottom - top) / DOTS_PER_MM == pytest.approx(120, abs=0.3)
    assert (left + right) / 2 == pytest.approx(page.width / 2, abs=3)


@pytest.mark.parametrize("longer", [1, 3])
def test_the_quiet_zone_stays_white(longer):
    made = sheet()
    texts = {f.name: getattr(made, f.name) * longer for f in fields(made) if f.name.endswith(("_ru", "_en"))}
    page = picture(replace(made, **texts))
    left, top, right, bottom = code_box(page)
    zone = int(code.QUIET * (right - left) / 29) - 2
    around = page.crop((left - zone, top - zone, right + zone, bottom + zone))
    around.paste(255, (zone - 1, zone - 1, around.width - zone + 1, around.height - zone + 1))
    assert around.getextrema() == (255, 255)


def test_a_draft_says_so_and_is_still_read():
    final, draft = render(sheet(), format="png"), render(sheet(draft=True), format="png")
    assert final != draft
    red = Image.open(io.BytesIO(draft)).convert("RGB").getpixel
    assert any(red((x, 1754))[0] > red((x, 1754))[1] + 20 for x in range(0, 2480, 5))
    assert [found.text for found in zxingcpp.read_barcodes(picture(sheet(draft=True)))] == [sheet().code_text]


@pytest.mark.parametrize("field", [f.name for f in fields(Sheet) if f.type is str and f.name != "code_text"])
def test_hostile_texts_are_only_texts(field):
    assert pages(render(sheet(**{field: HOSTILE}))) == 1


def test_markup_is_printed_as_it_is():
    bold, plain = (render(sheet(title_ru=text), format="png") for text in ("*Окно*", "Окно"))
    assert bold != plain
    assert Image.open(io.BytesIO(bold)).size == (2480, 3508)


@pytest.mark.parametrize(
    "text",
    [
        "Оцените приём в кабинете для консультаций по мерам поддержки семейных ферм и кооперативов",
        "Сельскохозяйственнопроизводственный" * 4,
        "W" * 120,
        "а б в г д 1 2 3 – " * 12,
    ],
)
def test_long_titles_stay_on_one_page_inside_the_margins(text):
    made = sheet(title_ru=text, title_en=text, point_ru=text, office_en=text, phone=text, address_words=text)
    assert pages(render(made)) == 1
    ink = ImageOps.invert(picture(made)).getbbox()
    assert ink
    edge = round(8 * DOTS_PER_MM)
    assert ink[0] > edge
    assert ink[1] > edge
    assert ink[2] < 2480 - edge
    assert ink[3] < 3508 - edge


def test_texts_that_cannot_be_read_any_more_are_refused():
    with pytest.raises(ValueError, match=r"Л-104.*shorten"):
        render(sheet(promise_ru="Очень длинное обещание. " * 300))


def test_empty_texts_leave_a_sheet():
    made = sheet()
    assert pages(render(replace(made, **{f.name: "" for f in fields(made) if f.name.endswith(("_ru", "_en"))}))) == 1


def test_the_same_sheet_is_the_same_file():
    assert render(sheet()) == render(sheet())


@pytest.mark.parametrize("size", ["A3", "a4", ""])
def test_other_paper_is_refused_by_name(size):
    with pytest.raises(ValueError, match="A4"):
        render(sheet(), size=size)
