"""A survey on paper, for those without a camera: boxes to tick in the order of the survey, a page for each language.

The layout is `form.typ` beside this file. Black on white whatever the brand: it is copied on any machine.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal

from qr import code
from qr.brand import Brand
from qr.sheet import brand_data, compiled, printable

Kind = Literal["words", "numbers", "lines"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. `kind`: boxes with words, a row of boxes with numbers (`high` stands at the first of them, `low` at
    the last, `unsure` in a box of its own), or lines to write on. `condition`: when it is to be answered, in words."""

    text: str
    kind: Kind
    hint: str = ""
    condition: str = ""
    options: tuple[str, ...] = ()
    high: str = ""
    low: str = ""
    unsure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A survey in one language. `point` is empty on a form for any place, which has no code; with `ask_place` the
    client writes down where he was. `number` is that of the point's sheet; `survey` and `version` tell which questions
    these are; `date` is the day of printing."""

    language: Literal["ru", "en"]
    office: str
    point: str = ""
    ask_place: bool = False
    intro: str
    questions: tuple[Question, ...]
    address_words: str = ""
    code_text: str = ""
    number: str = ""
    survey: str
    version: int
    date: date
    draft: bool = False


def render(forms: Sequence[Form], brand: Brand | None = None) -> bytes:
    """One A4 PDF; each form begins a page, a long one takes more. Raises `ValueError` for a code that cannot be
    made."""
    texts = []
    for form in forms:
        cleaned = _cleaned(asdict(form)) | {"date": f"{form.date:%d.%m.%Y}"}
        rows = code.matrix(form.code_text, "M") if form.code_text else []
        texts.append(cleaned | {"code": code.picture(rows), "modules": len(rows)})
    looks = brand_data(brand or Brand())
    [made] = compiled("form.typ", {"forms": texts, "logo": looks["logo"]}, "pdf", max(form.date for form in forms))
    return made


def _cleaned(value: object) -> dict[str, object]:
    """The same with texts that can be printed."""

    def clean(part: object) -> object:
        match part:
            case str():
                return printable(part)
            case dict():
                return {name: clean(inner) for name, inner in part.items()}
            case list() | tuple():
                return [clean(inner) for inner in part]
        return part

    made = clean(value)
    return made if isinstance(made, dict) else {}
