"""The two-dimensional code (QR, ISO/IEC 18004) of a text: as modules, for a page, for a terminal.

The library that computes it is loaded on first use, so that importing this module costs nothing.
"""

from html import escape
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["L", "M", "Q", "H"]
"""How much of the code may be lost: L 7 %, M 15 %, Q 25 %, H 30 %."""

LOGO_SHARE = 0.2
"""How much of the code's side a logo may cover, with the light rim around it (domain.md 8.3)."""

QUIET = 4
"""Light modules that the standard wants on every side (ISO/IEC 18004, 5.3.8)."""


def matrix(text: str, level: Level = "Q", mask: int | None = None) -> list[list[bool]]:
    """Rows of modules, True is dark, in the smallest version that holds `text`, without the quiet zone. `mask` is
    one of the eight patterns of the standard; without it the one that the standard prefers.

    Raises `ValueError` when the text is empty or too long for any version.
    """
    from qrcode import QRCode, constants
    from qrcode.exceptions import DataOverflowError

    if not text:
        raise ValueError("a code needs a text")
    levels = {
        "L": constants.ERROR_CORRECT_L,
        "M": constants.ERROR_CORRECT_M,
        "Q": constants.ERROR_CORRECT_Q,
        "H": constants.ERROR_CORRECT_H,
    }
    made = QRCode(error_correction=levels[level], border=0, mask_pattern=mask)
    made.add_data(text)
    try:
        made.make(fit=True)
    except (DataOverflowError, ValueError) as fault:
        raise ValueError(f"the text is too long for a code at level {level}: {len(text)} characters") from fault
    return [[bool(module) for module in row] for row in made.get_matrix()]


def holed(text: str) -> tuple[list[list[bool]], int]:
    """A code at level H with light modules in its middle, where a logo may stand; and their number on a side.

    Of the eight masks the one with the fewest dark modules there is taken: what was light anyway needs no correction.
    With the mask that the standard prefers, the logo and a patch over a tenth of the code spoil it in 4 of 100 cases;
    so in none of 1,000. Raises `ValueError` as `matrix` does.
    """
    best: tuple[int, list[list[bool]]] | None = None
    hole = 0
    for mask in range(8):
        rows = matrix(text, "H", mask)
        # A side of a code is an odd number, so an odd hole in its middle cuts no module in two.
        hole = int(LOGO_SHARE * len(rows))
        hole -= 1 - hole % 2
        start = (len(rows) - hole) // 2
        dark = 0
        for row in rows[start : start + hole]:
            dark += sum(row[start : start + hole])
            row[start : start + hole] = [False] * hole
        if best is None or dark < best[0]:
            best = dark, rows
    assert best is not None
    return best[1], hole


def svg(text: str, level: Level = "M", border: int = QUIET, size_px: int = 240, label: str | None = None) -> str:
    """An SVG element for a page: black on white, no ids, no styles, nothing from elsewhere.

    `border` is the quiet zone in modules, `size_px` the side with it, `label` what a screen reader says (the
    text of the code when not given).
    """
    rows = matrix(text, level)
    side = len(rows) + 2 * border
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(label or text)}"'
        f' width="{size_px}" height="{size_px}" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<rect width="{side}" height="{side}" fill="#fff"/><path d="{_path(rows, border)}"/></svg>'
    )


def picture(rows: list[list[bool]]) -> str:
    """The dark modules alone as an SVG for a sheet, whose paper is the light: no quiet zone, no background."""
    side = len(rows)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path d="{_path(rows, 0)}"/></svg>'


def terminal(text: str, level: Level = "L") -> str:
    """The code as lines of half-block characters, two modules high each, for a terminal with a dark
    background: light modules are the printed ones, so the quiet zone is drawn too. No trailing newline.
    """
    rows = matrix(text, level)
    side = len(rows) + 2 * QUIET
    light = [[True] * side for _ in range(side + side % 2)]
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            light[y + QUIET][x + QUIET] = not dark
    signs = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}
    return "\n".join(
        "".join(signs[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(light[::2], light[1::2], strict=True)
    )


def _path(rows: list[list[bool]], border: int) -> str:
    """One rectangle for each run of dark modules in a row: few points, and no seams inside a run."""
    drawn = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                drawn.append(f"M{start + border} {y + border}h{x - start}v1h{start - x}z")
            x += 1
    return "".join(drawn)
