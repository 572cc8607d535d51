"""The paper form holds every question of every survey, on one sheet of paper."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import typst
import yaml
import zxingcpp
from PIL import Image

from backend.office import load
from bot.opening import ACTIONS
from bot.paper import SIDES, form_of
from qr.brand import Brand
from qr.form import Form, render
from surveys.definition import Survey

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 23)
URL = "https://otzyv.example"
OFFICE = load(ROOT / "demo", actions=ACTIONS)[0]
assert OFFICE is not None
POINT = OFFICE.point("6XC3M8DH")
SURVEYS = sorted([*(ROOT / "surveys" / "library").glob("*.yaml"), *(ROOT / "demo" / "surveys").glob("*.yaml")])


def survey(file: Path) -> Survey:
    return Survey.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))


def forms(asked: Survey, **other: object) -> list[Form]:
    assert OFFICE is not None
    how: dict[str, object] = {"point": POINT, "token": "6XC3M8DH", "url": URL, "today": TODAY} | other
    return [form_of(OFFICE, asked, side, **how) for side in SIDES]  # type: ignore[arg-type]


def page_count(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page(?![a-zA-Z])", pdf))


def raster(pdf: bytes, page: int, folder: Path) -> Image.Image:
    (folder / "form.pdf").write_bytes(pdf)
    source = folder / "raster.typ"
    source.write_text(
        f'#set page(width: 210mm, height: 297mm, margin: 0pt)\n#image("form.pdf", page: {page}, width: 100%)'
    )
    target = folder / f"page-{page}.png"
    typst.compile(source, output=target, format="png", ppi=150)
    return Image.open(target).convert("L")


@pytest.mark.parametrize("file", SURVEYS, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_every_survey_is_a_page_in_each_language_and_its_code_is_read(file: Path, tmp_path: Path) -> None:
    pdf = render(forms(survey(file)))
    assert page_count(pdf) == 2
    for page in (1, 2):
        found = zxingcpp.read_barcodes(raster(pdf, page, tmp_path))
        assert [one.text for one in found] == ["HTTPS://OTZYV.EXAMPLE/Q/6XC3M8DH"]


@pytest.mark.parametrize("file", SURVEYS, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_nothing_of_a_survey_is_left_out(file: Path) -> None:
    asked = survey(file)
    for form in forms(asked):
        side = form.language
        assert [one.text for one in form.questions] == [question.text[side] for question in asked.questions]
        for one, question in zip(form.questions, asked.questions, strict=True):
            boxes = len(one.options) + bool(one.kind == "numbers" and one.unsure)
            assert boxes == (0 if question.kind == "write" else len(question.keys))
            assert bool(one.condition) == (question.when is not None)


def test_branches_are_told_in_words() -> None:
    russian, english = forms(survey(ROOT / "demo" / "surveys" / "visit.yaml"))
    assert [one.condition for one in russian.questions] == [
        "",
        "Если в вопросе 1 вы отметили 1–3, ответьте:",
        "Если в вопросе 1 вы отметили 4–5, ответьте:",
        "",
    ]
    assert english.questions[1].condition == "If you marked 1–3 in question 1, please answer:"
    assert russian.questions[0].options[0] == "5 – Отлично"
    assert "Вы были у нас: Окно приёма документов, кабинет 104." in russian.intro


def test_conditions_of_any_kind_are_told_in_words() -> None:
    asked = survey(ROOT / "surveys" / "library" / "expectation.yaml")
    when = {"question": "expected", "any_of": ["worse", "none"]}
    data = asked.model_dump()
    data["questions"][1]["when"] = when
    russian, english = forms(Survey.model_validate(data))
    assert russian.questions[1].condition == (
        "Если в вопросе 1 вы отметили «Хуже, чем ожидал(а)» или «Затрудняюсь ответить», ответьте:"
    )
    assert "“Worse than expected” or “Hard to say”" in english.questions[1].condition
    nps = survey(ROOT / "surveys" / "library" / "nps.yaml").model_dump()
    nps["questions"][1]["when"] = {"question": "overall", "any_of": ["0", "1", "2", "9", "unsure"]}
    assert "отметили 0–2, 9 или «Затрудняюсь ответить»," in forms(Survey.model_validate(nps))[0].questions[1].condition


def test_a_form_for_any_place_has_a_line_for_it_and_no_code(tmp_path: Path) -> None:
    pdf = render(forms(survey(ROOT / "demo" / "surveys" / "visit.yaml"), point=None, token=""))
    assert page_count(pdf) == 2
    assert zxingcpp.read_barcodes(raster(pdf, 1, tmp_path)) == []


def test_a_long_survey_takes_more_pages_and_hostile_texts_are_only_texts() -> None:
    asked = survey(ROOT / "demo" / "surveys" / "visit.yaml")
    data = asked.model_dump()
    long = '#panic() *b* $x$ \\ <b>&amp;</b> @ref "q" \x00\u202e ' * 6
    data["questions"] = [
        {**data["questions"][1], "id": f"q{number}", "when": None, "text": {"ru": long, "en": long}}
        for number in range(12)
    ]
    data["main"] = "q0"
    assert page_count(render(forms(Survey.model_validate(data)), Brand())) > 2
