"""What is printed, out of the office folder: a sheet of a point, its survey as a form, the looks of both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Literal

from backend.office.model import Office, Point
from qr import address
from qr.brand import Brand, read_logo
from qr.form import Form, Question
from qr.sheet import Sheet
from surveys.definition import UNSURE, Choose, Rate, Survey, When, Write

Side = Literal["ru", "en"]
Said = Callable[[dict[str, str] | None], str]
SIDES: tuple[Side, ...] = ("ru", "en")
"""Paper speaks Russian and English, whatever other languages the bot has (domain.md 8.9)."""

_IF_ONE: dict[Side, str] = {
    "ru": "Если в вопросе {number} вы отметили {what}, ответьте:",
    "en": "If you marked {what} in question {number}, please answer:",
}
_OR: dict[Side, str] = {"ru": " или ", "en": " or "}
_QUOTED: dict[Side, str] = {"ru": "«{}»", "en": "“{}”"}
_BLANK = "_" * 30


class NotPrintable(ValueError):
    """A point without a `sheet` in points.yaml."""


def brand_of(office: Office, folder: Path) -> Brand:
    """The office's looks with its logo read. Raises ValueError with a plain reason."""
    looks = office.brand
    logo = None
    if looks.logo is not None:
        try:
            logo = read_logo(folder / looks.logo, looks.paper)
        except ValueError as error:
            raise ValueError(f"office.yaml: brand.logo: {looks.logo}: {error}") from error
    return Brand(
        ink=looks.ink,
        accent=looks.accent,
        paper=looks.paper,
        logo=logo,
        logo_in_code=looks.logo_in_code,
        signature_ru=office.text(looks.signature, "ru") if looks.signature else "",
        signature_en=office.text(looks.signature, "en") if looks.signature else "",
    )


def sheet_of(office: Office, point: Point, token: str, url: str, *, draft: bool) -> Sheet:
    """The sheet of a point with this token of it. Raises NotPrintable, and ValueError for an address that is none."""
    if point.sheet is None:
        raise NotPrintable(f"points.yaml: point {point.code}: sheet: add number, version, date and texts to print it")

    def ru(text: dict[str, str]) -> str:
        return office.text(text, "ru")

    def en(text: dict[str, str]) -> str:
        return office.text(text, "en")

    words = point.sheet
    return Sheet(
        title_ru=ru(words.title),
        title_en=en(words.title),
        lead_ru=ru(words.lead),
        lead_en=en(words.lead),
        fallback_ru=ru(words.fallback),
        fallback_en=en(words.fallback),
        promise_ru=ru(words.promise),
        promise_en=en(words.promise),
        point_ru=ru(point.name),
        point_en=en(point.name),
        address_words=address.words(url, token),
        code_text=address.printed(url, token),
        phone=office.phone,
        number=words.number,
        version=words.version,
        date=words.date,
        office_ru=ru(office.name),
        office_en=en(office.name),
        draft=draft,
    )


def form_of(
    office: Office,
    survey: Survey,
    side: Side,
    *,
    point: Point | None = None,
    token: str = "",
    url: str = "",
    today: date,
    draft: bool = False,
) -> Form:
    """A survey as the paper form of a point; without a point the client writes himself where he was."""

    def said(text: dict[str, str] | None) -> str:
        return office.text(text, side) if text else ""

    intro = said(survey.intro)
    return Form(
        language=side,
        office=said(office.name),
        point=said(point.name) if point is not None else "",
        ask_place=point is None and "{point}" not in intro,
        intro=intro.replace("{point}", said(point.name) if point else _BLANK).replace("{service}", _BLANK),
        questions=tuple(
            _question(question, said, _condition(survey, question.when, office, side)) for question in survey.questions
        ),
        address_words=address.words(url, token) if token else "",
        code_text=address.printed(url, token) if token else "",
        number=point.sheet.number if point is not None and point.sheet is not None else "",
        survey=survey.id,
        version=survey.version,
        date=today,
        draft=draft,
    )


def _question(question: Rate | Choose | Write, said: Said, condition: str) -> Question:
    text, hint = said(question.text), said(question.hint)
    match question:
        case Write():
            return Question(text=text, kind="lines", hint=hint, condition=condition)
        case Choose():
            labels = tuple(said(option.label) for option in question.options)
            return Question(text=text, kind="words", hint=hint, condition=condition, options=labels)
        case Rate():
            unsure = said(question.unsure)
            if not question.labels:
                return Question(
                    text=text,
                    kind="numbers",
                    hint=hint,
                    condition=condition,
                    options=tuple(str(mark) for mark in question.marks),
                    high=said(question.high),
                    low=said(question.low),
                    unsure=unsure,
                )
            labels = tuple(f"{mark} – {said(question.labels[mark])}" for mark in question.marks)
            labels += (unsure,) if unsure else ()
            return Question(text=text, kind="words", hint=hint, condition=condition, options=labels)


def _condition(survey: Survey, when: When | None, office: Office, side: Side) -> str:
    """«Если в вопросе 1 вы отметили 1–3, ответьте:»"""
    asked = survey.question(when.question) if when is not None else None
    if when is None or asked is None or isinstance(asked, Write):
        return ""
    quoted = _QUOTED[side]
    if isinstance(asked, Rate):
        marks = sorted(
            mark
            for mark in asked.marks
            if (when.at_most is None or mark <= when.at_most)
            and (when.at_least is None or mark >= when.at_least)
            and (when.any_of is None or str(mark) in when.any_of)
        )
        chosen = _spans(marks)
        if when.any_of is not None and UNSURE in when.any_of and asked.unsure is not None:
            chosen.append(quoted.format(office.text(asked.unsure, side)))
    else:
        wanted = when.any_of or ()
        chosen = [quoted.format(office.text(option.label, side)) for option in asked.options if option.key in wanted]
    what = _OR[side].join(filter(None, [", ".join(chosen[:-1]), *chosen[-1:]]))
    return _IF_ONE[side].format(number=survey.place(asked.id) + 1, what=what)


def _spans(marks: list[int]) -> list[str]:
    """`1 2 3 5` as `1–3` and `5`."""
    spans: list[list[int]] = []
    for mark in marks:
        if spans and mark == spans[-1][-1] + 1:
            spans[-1].append(mark)
        else:
            spans.append([mark])
    return [str(span[0]) if len(span) == 1 else f"{span[0]}–{span[-1]}" for span in spans]
