import xml.etree.ElementTree as ET

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from qr import code

LINK = "HTTPS://OTZYV.ASR-SVET.EXAMPLE/Q/6XC3M8DH"


def image(rows: list[list[bool]], border: int = code.QUIET, module: int = 6) -> Image.Image:
    """Modules (True is dark) as a picture."""
    side = len(rows[0]) + 2 * border
    made = Image.new("L", (side, len(rows) + 2 * border), 255)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            made.putpixel((x + border, y + border), 0 if dark else 255)
    return made.resize((made.width * module, made.height * module), Image.Resampling.NEAREST)


def read(picture: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
def test_the_level_is_the_one_asked_for(level):
    [found] = zxingcpp.read_barcodes(image(code.matrix(LINK, level)))
    assert found.text == LINK
    assert found.ec_level == level


def test_capitals_keep_the_printed_code_small():
    assert len(code.matrix(LINK)) == 29  # version 3
    assert len(code.matrix(LINK.lower())) > 29


@settings(max_examples=15, deadline=None)
@given(st.text(st.characters(min_codepoint=32, exclude_categories=("Cs",)), min_size=1, max_size=60))
def test_any_text_survives(text):
    assert zxingcpp.read_barcodes(image(code.matrix(text, "M")))[0].bytes == text.encode()


@pytest.mark.parametrize("text", ["", "Я" * 3000])
def test_a_text_that_no_code_holds_is_refused(text):
    with pytest.raises(ValueError, match="text"):
        code.matrix(text)


def test_the_terminal_code_is_read():
    lines = code.terminal(LINK).split("\n")
    assert len({len(line) for line in lines}) == 1
    dark = {"█": (False, False), "▀": (False, True), "▄": (True, False), " ": (True, True)}
    rows = [[dark[sign][half] for sign in line] for line in lines for half in (0, 1)]
    assert not any(any(row) for row in rows[: code.QUIET])
    assert not any(any(row) for row in rows[-code.QUIET :])
    assert not any(any(row[: code.QUIET] + row[-code.QUIET :]) for row in rows)
    # Around the printed block the terminal is dark.
    screen = Image.new("L", (500, 500), 0)
    screen.paste(image(rows, border=0), (40, 40))
    assert read(screen) == [LINK]


def test_the_svg_draws_exactly_the_modules():
    drawn = ET.fromstring(code.svg(LINK, "Q", border=4, size_px=300))  # noqa: S314 - our own text
    path = drawn.find("{http://www.w3.org/2000/svg}path")
    assert path is not None
    rows = [[False] * 29 for _ in range(29)]
    for run in path.attrib["d"].removeprefix("M").split("M"):
        x, y = run.split("h")[0].split()
        for dark in range(int(run.split("h")[1].split("v")[0])):
            rows[int(y) - 4][int(x) - 4 + dark] = True
    assert rows == code.matrix(LINK, "Q")
    assert drawn.attrib["viewBox"] == "0 0 37 37"
    assert (drawn.attrib["width"], drawn.attrib["role"], drawn.attrib["aria-label"]) == ("300", "img", LINK)


def test_a_hostile_label_stays_a_label():
    label = '"><script>alert(1)</script>&'
    assert ET.fromstring(code.svg("x", label=label)).attrib["aria-label"] == label  # noqa: S314 - our own text
