"""The sheet that hangs at a point: both languages in equal blocks, the code, the address in words.

The layout is `sheet.typ` beside this file; texts reach it as JSON data and are never read as markup. Letters
come from the font package, never from the machine, so that the sheet looks the same everywhere.
"""

import json
import unicodedata
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Literal

from qr import code

CODE_MM = 120
"""Side of the code without its quiet zone, millimetres. By the usual rule, ten times the side, phones read it
from about 1.2 m."""

SIZES = ("A4",)
PPI = 300


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


def render(sheet: Sheet, size: str = "A4", format: Literal["pdf", "png"] = "pdf") -> bytes:
    """One page: PDF with a vector code, or PNG at 300 dots an inch. The same sheet gives the same bytes.

    Long texts wrap, then shrink to half of their size. Raises `ValueError` for an unknown size or format, for
    a code that cannot be made, and for texts that even at half size do not fit beside a code of full size.
    """
    if size not in SIZES:
        raise ValueError(f"size {size!r} is not supported, choose one of: {', '.join(SIZES)}")
    if format not in ("pdf", "png"):
        raise ValueError(f"format {format!r} is not supported, choose one of: pdf, png")
    import font_roboto
    import typst

    modules = len(code.matrix(sheet.code_text, "Q"))
    texts = {
        name: _printable(value) if isinstance(value, str) else value
        for name, value in asdict(sheet).items()
        if name != "code_text"
    }
    data = texts | {
        "version": str(sheet.version),
        "date": f"{sheet.date:%d.%m.%Y}",
        "code": code.svg(sheet.code_text, "Q", border=0, label=""),
        "code_mm": CODE_MM,
        "quiet_mm": CODE_MM * code.QUIET / modules,
    }
    try:
        made = typst.compile(
            Path(__file__).with_name("sheet.typ").read_bytes(),
            format=format,
            ppi=PPI,
            font_paths=typst.Fonts(
                include_system_fonts=False,
                include_embedded_fonts=True,  # signs that Roboto has not: arrows, Arabic, Hebrew
                font_paths=[font_roboto.font_directory],
            ),
            ignore_system_fonts=True,
            sys_inputs={"sheet": json.dumps(data, ensure_ascii=False)},
            timestamp=datetime.combine(sheet.date, time(), UTC),
        )
    except typst.TypstError as fault:
        if "does not fit" in str(fault):
            raise ValueError(f"the texts of sheet {sheet.number} do not fit on {size}: shorten them") from fault
        raise
    if not isinstance(made, bytes):  # a list of pages, which the layout rules out
        raise ValueError(f"the texts of sheet {sheet.number} do not fit on one page")
    return made


def _printable(text: str) -> str:
    """Without control characters (they have no shape) and lone surrogates (no encoding); line breaks stay."""
    return "".join(
        sign if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs") else " " for sign in text.strip()
    )
