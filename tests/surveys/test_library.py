"""The ready instruments, and the schema that editors check them by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from surveys import walk
from surveys.definition import Choose, Rate, Survey
from surveys.faults import examine
from surveys.load import LIBRARY, read
from surveys.schema import FILE, schema, text

ROOT = Path(__file__).parents[2]
FILES = sorted([*LIBRARY.glob("*.yaml"), *(ROOT / "demo" / "surveys").glob("*.yaml")])
MEASURES = {
    "visit": "csat",
    "csat": "csat",
    "nps": "nps",
    "ces": "ces",
    "resolution": "resolution",
    "five_criteria": "criteria",
    "expectation": "expectation",
}


def test_every_instrument_is_there() -> None:
    assert {file.stem: read(file).measure for file in LIBRARY.glob("*.yaml")} == MEASURES


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_file_has_no_remark_and_few_mandatory_questions(file: Path) -> None:
    survey = read(file)
    assert survey.id == file.stem
    assert examine(survey) == []
    assert walk.longest(survey) <= 3


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_file_leads_editors_to_the_schema(file: Path) -> None:
    first = file.read_text("utf-8").splitlines()[0]
    name = first.removeprefix("# yaml-language-server: $schema=")
    assert (file.parent / name).resolve() == FILE.resolve()


def test_the_schema_is_that_of_the_definition() -> None:
    assert FILE.read_text("utf-8") == text(), "run: python -m surveys.schema"


def test_the_schema_knows_every_field_and_refuses_others() -> None:
    made = schema()
    assert set(made["properties"]) == set(Survey.model_fields)
    assert made["additionalProperties"] is False
    assert set(made["$defs"]["Rate"]["properties"]) == set(Rate.model_fields)
    assert made["properties"]["measure"]["enum"][0] == "csat"


# --- scales with words at the ends, choices with values --------------------------------------------------


def edited(name: str, **changes: Any) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((LIBRARY / f"{name}.yaml").read_text("utf-8"))
    data["questions"][0] |= changes
    for key in [key for key, value in changes.items() if value is None]:
        del data["questions"][0][key]
    return data


def remarks(data: dict[str, Any]) -> list[str]:
    return [str(remark) for remark in examine(Survey.model_validate(data))]


def test_a_scale_with_words_at_the_ends() -> None:
    asked = read(LIBRARY / "nps.yaml").questions[0]
    assert isinstance(asked, Rate)
    assert asked.marks == list(range(10, -1, -1))
    assert asked.keys[-1] == "unsure"
    assert walk.accept(asked, "10") == ["10"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"high": None}, "questions[0].high: missing"),
        ({"scale": None}, "questions[0].labels: must name every mark"),
        ({"labels": {5: {"ru": "Да", "en": "Yes"}}}, "questions[0].labels: `scale` has words"),
        ({"high": {"ru": "да"}}, "questions[0].high.en: this language is missing"),
        ({"scale": "1-5"}, "measure: 'nps' needs the marks 0-10"),
    ],
)
def test_slips_of_a_scale_are_named(changes: dict[str, Any], message: str) -> None:
    assert any(remark.startswith(message) for remark in remarks(edited("nps", **changes)))


def test_the_value_of_a_choice_is_the_score() -> None:
    survey = read(LIBRARY / "resolution.yaml")
    scores = [walk.score(survey, {"solved": [key]}) for key in ("yes", "partly", "no", "early")]
    assert scores == [5, 3, 1, None]
    assert [walk.is_low(survey, {"solved": [key]}) for key in ("yes", "partly", "no", "early")] == [
        *(False, False, True, False)
    ]
    assert walk.answers_of_score(survey, 3) == {"solved": ["partly"]}
    assert "честно" in walk.ending(survey, walk.answers_of_score(survey, 1)).text["ru"]
    assert walk.score(survey, {}) is None
    assert walk.score(survey, {"solved": []}) is None


def test_slips_of_a_choice_as_the_main_question_are_named() -> None:
    data = edited("resolution")
    options = data["questions"][0]["options"]
    assert any("takes one" in r or "must take one answer" in r for r in remarks(edited("resolution", many=True)))
    for option in options:
        option.pop("value", None)
    assert any("its options need `value`" in remark for remark in remarks(data))
    assert any("needs a scale" in remark for remark in remarks(edited("resolution") | {"measure": "csat"}))
    assert any("of kind choose" in remark for remark in remarks(edited("ces") | {"measure": "resolution"}))
    assert any("at least two" in remark for remark in remarks(edited("csat") | {"measure": "criteria"}))
    low = edited("resolution") | {"alert_upto": 2}
    assert any(remark.startswith("alert_upto: 2 is not a mark") for remark in remarks(low))


def test_the_longest_path_counts_what_a_client_can_meet() -> None:
    data = yaml.safe_load((LIBRARY / "visit.yaml").read_text("utf-8"))
    assert walk.longest(Survey.model_validate(data)) == 2
    more = {"id": "more", "kind": "write", "text": {"ru": "Что?", "en": "What?"}}
    # Two that exclude each other are one for any client.
    data["questions"] += [
        more | {"id": "up", "when": {"question": "overall", "at_least": 4}},
        more | {"id": "down", "when": {"question": "overall", "at_most": 3}},
    ]
    assert walk.longest(Survey.model_validate(data)) == 3
    data["questions"].append(more)
    survey = Survey.model_validate(data)
    assert walk.longest(survey) == 4
    (warning,) = examine(survey)
    assert (warning.level, warning.path) == ("warning", "questions")
    assert "can meet 4 mandatory questions" in warning.message


def test_a_choice_may_stand_for_the_mark_only_with_values() -> None:
    survey = read(LIBRARY / "expectation.yaml")
    main = survey.questions[0]
    assert isinstance(main, Choose)
    assert main.values == {"better": 5, "same": 4, "worse": 2}


def test_a_definition_that_an_older_program_stored_is_still_the_same_survey() -> None:
    survey = read(ROOT / "demo" / "surveys" / "visit.yaml")
    stored = survey.model_dump(mode="json")
    del stored["measure"]
    for question in stored["questions"]:
        for name in ("stage", "scale", "high", "low"):
            question.pop(name, None)
        for option in question.get("options", ()):
            del option["value"]
    assert Survey.model_validate(stored) == survey
