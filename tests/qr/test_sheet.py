import contextlib
import io
import re
import zlib
from dataclasses import fields, replace

import pytest
import zxingcpp
from PIL import Image, ImageOps

from qr import address, code
from qr.brand import Brand
from qr.sheet import PAPERS, SIZES, Sheet, book, pages, render, tied
from tests.qr.scene import OFFICE, brand, read, sheet

TOKENS = ["7KD4M2XA", "9QW3H6ZR", "4NB8T5VC", "2FJ7P9KE", "6XC3M8DH", "8RA5W4NQ", "3ZT9K6BP", "5HV2E7JM"]
DOTS_PER_MM = 300 / 25.4
HOSTILE = (
    '#panic() *b* $x$ \\ `c` <b>&amp;</b> @ref "q" // /* 😀 עברית عربي \u202eabc \x00\x1b[1m \ud800 #{1+1} ~--\nline'
)


def picture(made: Sheet) -> Image.Image:
    return Image.open(io.BytesIO(render(made, format="png"))).convert("L")


def page_count(pdf: bytes) -> int:
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
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(render(sheet(token), "A6", "png"))).convert("L"))
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
    assert page_count(render(sheet(**{field: HOSTILE}))) == 1


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
    assert page_count(render(made)) == 1
    ink = ImageOps.invert(picture(made)).getbbox()
    assert ink
    edge = round(8 * DOTS_PER_MM)
    assert ink[0] > edge
    assert ink[1] > edge
    assert ink[2] < 2480 - edge
    assert ink[3] < 3508 - edge


@pytest.mark.parametrize("size", SIZES)
def test_every_size_has_its_paper_and_its_code(size):
    paper = PAPERS[size]
    page = Image.open(io.BytesIO(render(sheet(), size, "png"))).convert("L")
    assert page.width == pytest.approx(paper.width * paper.faces * DOTS_PER_MM, abs=1)
    assert page.height == pytest.approx(paper.height * DOTS_PER_MM, abs=1)
    found = zxingcpp.read_barcodes(page)
    assert [one.text for one in found] == [sheet().code_text] * paper.faces
    for one in found:
        where = one.position
        assert (where.top_right.x - where.top_left.x) / DOTS_PER_MM == pytest.approx(paper.code, abs=0.3)
        assert (where.bottom_left.y - where.top_left.y) / DOTS_PER_MM == pytest.approx(paper.code, abs=0.3)


@pytest.mark.parametrize("size", SIZES)
def test_no_letter_is_smaller_than_the_size_allows(size):
    made = sheet(title_ru="Оцените приём в кабинете мер поддержки ферм", promise_en="They will see it. " * 8)
    pdf = render(made, size, brand=brand())
    sizes: set[float] = set()
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        with contextlib.suppress(zlib.error):
            sizes |= {float(found) for found in re.findall(rb"/\S+ ([\d.]+) Tf", zlib.decompress(stream))}
    assert len(sizes) > 2
    assert min(sizes) >= (7 if size in ("A6", "sticker", "tent") else 9)


def test_texts_that_cannot_be_read_any_more_are_refused():
    with pytest.raises(ValueError, match=r"Л-104.*shorten «promise_ru» \(\d+ characters\)"):
        render(sheet(promise_ru="Очень длинное обещание. " * 300))
    with pytest.raises(ValueError, match=r"sheet Б-2 .* A6: shorten «title_en»"):
        book([sheet(), sheet(number="Б-2", title_en="Very long words " * 40)], "A6")


@pytest.mark.parametrize("size", SIZES)
def test_names_of_usual_length_fit_every_size(size):
    made = sheet(
        office_ru="Министерство сельского хозяйства и продовольствия Светлореченской области",
        point_ru="Центр сельскохозяйственного консультирования, кабинет 12а",
        title_ru="Оцените приём в центре консультирования",
    )
    assert page_count(render(made, size, brand=brand())) == 1


def test_a_batch_is_one_book_or_a_file_for_each():
    sheets = [sheet(token, number=f"Л-{number}") for number, token in enumerate(TOKENS)]
    heard: list[int] = []
    assert page_count(book(sheets, drawn=heard.append)) == len(TOKENS)
    assert heard == list(range(1, len(TOKENS) + 1))
    drawn = [Image.open(io.BytesIO(content)) for content in pages(sheets, "A6", "png")]
    assert [read(page) for page in drawn] == [{one.code_text} for one in sheets]


def test_unreadable_colours_are_not_printed():
    with pytest.raises(ValueError, match=r"brand\.accent: #ffd200 on paper #ffffff: contrast 1\.4:1"):
        render(sheet(), brand=Brand(accent="#ffd200"))
    with pytest.raises(ValueError, match=r"brand\."):
        render(sheet(), brand=Brand(ink="#ffffff", accent="#ffffff", paper="#101010"))


def test_the_logo_takes_the_level_that_can_bear_it():
    [plain] = zxingcpp.read_barcodes(picture(sheet()))
    [logo] = zxingcpp.read_barcodes(Image.open(io.BytesIO(render(sheet(), "A4", "png", brand()))).convert("L"))
    [beside] = zxingcpp.read_barcodes(
        Image.open(io.BytesIO(render(sheet(), "A4", "png", brand(in_code=False)))).convert("L")
    )
    assert (plain.ec_level, logo.ec_level, beside.ec_level) == ("Q", "H", "Q")


def test_the_hole_for_the_logo_is_at_most_a_fifth():
    for text in ("HTTPS://A.RF/Q/6XC3M8DH", sheet().code_text, "HTTPS://OTZYV.SELSKOE-RAZVITIE.GOV.EXAMPLE/Q/6XC3M8DH"):
        rows, hole = code.holed(text)
        assert 0 < hole <= 0.2 * len(rows)
        start = (len(rows) - hole) // 2
        assert not any(any(row[start : start + hole]) for row in rows[start : start + hole])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("в кабинете 104", "в~кабинете~104"),
        ("Анкета – на стойке", "Анкета~– на~стойке"),
        ("у окна № 7", "у~окна №~7"),
        ("one two three", "one two three"),
    ],
)
def test_small_words_are_not_left_alone(text, shown):
    assert tied(text).replace("\u00a0", "~") == shown


def test_empty_texts_leave_a_sheet():
    made = sheet()
    empty = replace(made, **{f.name: "" for f in fields(made) if f.name.endswith(("_ru", "_en"))})
    assert page_count(render(empty)) == 1


def test_the_same_sheet_is_the_same_file():
    assert render(sheet()) == render(sheet())


@pytest.mark.parametrize("size", ["A2", "a4", ""])
def test_other_paper_is_refused_by_name(size):
    with pytest.raises(ValueError, match="A4"):
        render(sheet(), size=size)


def test_other_formats_are_refused_by_name():
    with pytest.raises(ValueError, match="pdf, png, svg"):
        render(sheet(), format="gif")
