"""Every sheet is read back from its own raster, as phones see it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from qr.brand import Brand
from qr.sheet import FORMATS, SIZES, Format, render
from tests.qr import scene

LOOKS = {"plain": Brand, "logo": scene.brand}
WIDTHS = {"png": 150, "svg": 200, "pdf": 250}


@pytest.mark.parametrize("looks", LOOKS)
@pytest.mark.parametrize(("size", "format"), [(s, f) for s in SIZES for f in FORMATS if s != "tent" or f == "svg"])
def test_phones_read_every_sheet(size: str, format: Format, looks: str, tmp_path: Path) -> None:
    made = scene.sheet()
    content = render(made, size, format, LOOKS[looks]())
    seen = scene.photographed(content, format, size, tmp_path, WIDTHS[format])
    shots: dict[str, Image.Image] = {
        "straight": seen,
        "turned left": scene.turned(seen, 7),
        "turned right": scene.turned(seen, -7),
        "from below": scene.skewed(seen),
        "blurred": scene.blurred(seen),
        "noise and shade": scene.noisy(seen),
        "all of it": scene.noisy(scene.blurred(scene.turned(scene.skewed(seen), 4))),
        **{f"a {colour} patch in the {place}": scene.covered(seen, place, colour) for place, colour in scene.PATCHES},
    }
    unread = {name for name, shot in shots.items() if scene.read(shot) != {made.code_text}}
    assert not unread
