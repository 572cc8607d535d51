"""The sheet that hangs at a point: both languages in equal blocks, the code, the address in words.

The layout is `sheet.typ` beside this file; texts reach it as JSON data and are never read as markup. Letters
come from the font package, never from the machine, so that the sheet looks the same everywhere.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from qr import code
from qr.brand import Brand, colour_faults, quieter

if TYPE_CHECKING:
    import typst

Format = Literal["pdf", "png", "svg"]
FORMATS: tuple[Format, ...] = ("pdf", "png", "svg")
PPI = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One size of sheet; lengths in millimetres. `code` is the side of the code without its quiet zone: phones read it
    from about ten times as far (domain.md 8.8). `scale` is the size of the letters, A4 being 1, `smallest` what none of
    them goes below, in points. A `few` has room for few words; `faces` stand side by side and are folded."""

    width: float
    height: float
    code: float
    margin: float
    top: float
    bottom: float
    gutter: float
    scale: float
    smallest: float = 9
    few: bool = False
    faces: int = 1


_A6 = Paper(width=105, height=148, code=40, margin=8, top=8, bottom=6, gutter=6, scale=0.66, smallest=7)

PAPERS = {
    "A4": Paper(width=210, height=297, code=120, margin=15, top=13, bottom=9, gutter=12, scale=1),
    "A5": Paper(width=148, height=210, code=75, margin=11, top=10, bottom=7, gutter=8, scale=0.8),
    "A6": _A6,
    "A3": Paper(width=297, height=420, code=200, margin=20, top=16, bottom=11, gutter=16, scale=1.25, smallest=11),
    "sticker": Paper(
        width=100, height=100, code=50, margin=6, top=5, bottom=4, gutter=5, scale=0.52, smallest=7, few=True
    ),
    "tent": replace(_A6, faces=2),
}
"""A6 stands on a table, a `tent` is two of them on an A5 to be folded; the sticker is for a window."""
SIZES = tuple(PAPERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything that stands on one sheet. `address_words` is read by people, `code_text` by phones; `date`
    is the day of this version, printed in the footer."""

    office_ru: str
    office_en: str
    point_ru: str
    point_en: str
    title_ru: str
    title_en: str
    lead_ru: str
    lead_en: str
    fallback_ru: str
    fallback_en: str
    promise_ru: str
    promise_en: str
    address_words: str
    code_text: str
    phone: str
    number: str
    version: str | int
    date: date
    draft: bool = False


def render(sheet: Sheet, size: str = "A4", format: Format = "pdf", brand: Brand | None = None) -> bytes:
    """One page: PDF or SVG with a vector code, or PNG at 300 dots an inch. The same sheet gives the same bytes.

    Long texts wrap, then shrink. Raises `ValueError` for an unknown size or format, for a code that cannot be made, for
    colours that could not be read, and for texts that even in the smallest letters leave no room for the code: the
    message names the text to shorten.
    """
    [page] = pages([sheet], size, format, brand)
    return page


def pages(
    sheets: Sequence[Sheet], size: str = "A4", format: Format = "pdf", brand: Brand | None = None
) -> Iterator[bytes]:
    """A file of one page for each sheet, drawn when it is asked for. Raises as `render` does."""
    for sheet in sheets:
        [page] = _typeset([sheet], size, format, brand or Brand())
        yield page


def book(
    sheets: Sequence[Sheet],
    size: str = "A4",
    brand: Brand | None = None,
    drawn: Callable[[int], None] | None = None,
) -> bytes:
    """One PDF with a page for each sheet. `drawn` hears how many codes are ready. Raises as `render` does."""
    [made] = _typeset(sheets, size, "pdf", brand or Brand(), drawn)
    return made


def _typeset(
    sheets: Sequence[Sheet],
    size: str,
    format: Format,
    brand: Brand,
    drawn: Callable[[int], None] | None = None,
) -> list[bytes]:
    paper = PAPERS.get(size)
    if paper is None:
        raise ValueError(f"size {size!r} is not supported, choose one of: {', '.join(SIZES)}")
    if format not in FORMATS:
        raise ValueError(f"format {format!r} is not supported, choose one of: {', '.join(FORMATS)}")
    for name, fault in colour_faults(brand.ink, brand.accent, brand.paper):
        raise ValueError(f"brand.{name}: {fault}")
    import typst

    with_logo = brand.logo is not None and brand.logo_in_code
    texts = []
    for count, sheet in enumerate(sheets, 1):
        texts.append(_page(sheet, paper, with_logo=with_logo))
        if drawn is not None:
            drawn(count)
    try:
        return compiled(
            "sheet.typ",
            {"sheets": texts, "brand": brand_data(brand), "paper": asdict(paper)},
            format,
            max(sheet.date for sheet in sheets),
        )
    except typst.TypstError as fault:
        found = re.search(r"does not fit: (\d+) (\w*)", str(fault))
        if found is None:
            raise
        sheet, name = sheets[int(found[1])], found[2]
        raise ValueError(
            f"the texts of sheet {sheet.number} do not fit on {size}:"
            f" shorten «{name}» ({len(getattr(sheet, name))} characters)"
        ) from fault


def _page(sheet: Sheet, paper: Paper, *, with_logo: bool) -> dict[str, Any]:
    texts = {
        name: tied(printable(value)) if isinstance(value, str) else value
        for name, value in asdict(sheet).items()
        if name != "code_text"
    }
    rows, hole = code.holed(sheet.code_text) if with_logo else (code.matrix(sheet.code_text), 0)
    module = paper.code / len(rows)
    return texts | {
        "version": str(sheet.version),
        "date": f"{sheet.date:%d.%m.%Y}",
        "code": code.picture(rows),
        "quiet": module * code.QUIET,
        # Half a module of paper stays around the logo.
        "logo": module * (hole - 1),
    }


def brand_data(brand: Brand) -> dict[str, Any]:
    """What the layouts read of a brand."""
    logo = brand.logo
    return {
        "ink": brand.ink,
        "accent": brand.accent,
        "paper": brand.paper,
        "quiet": quieter(brand.ink, brand.paper),
        "logo": None if logo is None else {"format": logo.format, "content": list(logo.content)},
        "logo_in_code": brand.logo_in_code,
        "signature_ru": tied(printable(brand.signature_ru)),
        "signature_en": tied(printable(brand.signature_en)),
    }


def compiled(layout: str, data: dict[str, Any], format: Format, day: date) -> list[bytes]:
    """What a layout beside this file makes of the data: one PDF, or a picture for each page. `day` is the date written
    into the file, so that the same content gives the same bytes."""
    made = _compiler().compile(
        Path(__file__).with_name(layout).read_bytes(),
        format=format,
        ppi=PPI,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=datetime.combine(day, time(), UTC),
    )
    if made is None:  # only when it was told to write a file
        raise ValueError("nothing was drawn")
    return [made] if isinstance(made, bytes) else made


@cache
def _compiler() -> "typst.Compiler":
    """Reads the letters once for all sheets of a run."""
    import font_roboto
    import typst

    return typst.Compiler(
        font_paths=typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=True,  # signs that Roboto has not: arrows, Arabic, Hebrew
            font_paths=[font_roboto.font_directory],
        ),
        ignore_system_fonts=True,
    )


def printable(text: str) -> str:
    """Without control characters (they have no shape) and lone surrogates (no encoding); line breaks stay."""
    return "".join(
        sign if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs") else " " for sign in text.strip()
    )


_TIES = 20
"""Characters that may be tied together: a longer chain would leave a hole at the end of the line before."""


def tied(text: str) -> str:
    """A short word or a number does not stay alone at the end or the start of a line: a no-break space ties it to its
    neighbour."""
    words: list[str] = []
    for word in text.split(" "):
        last = words[-1] if words else None
        if last is not None and len(last) + len(word) <= _TIES and (_SHORT.search(last) or _after(last, word)):
            words[-1] = f"{last}\u00a0{word}"
        else:
            words.append(word)
    return " ".join(words)


_SHORT = re.compile(r"(^|\u00a0)\w{1,2}$")
_NUMBER = re.compile(r"([0-9]{1,4}\w?[.,;:!?]?|–)$")


def _after(last: str, word: str) -> bool:
    return last[-1:] not in ".,;:!?–-" and _NUMBER.match(word) is not None
