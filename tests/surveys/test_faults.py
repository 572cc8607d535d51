"""Each slip that somebody editing a survey can make is named by its path."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from surveys.definition import Survey
from surveys.faults import examine
from surveys.load import BadSurvey, read

VISIT = Path(__file__).parents[2] / "demo" / "surveys" / "visit.yaml"
Edit = Callable[[dict[str, Any]], object]


def fresh() -> dict[str, Any]:
    return dict(yaml.safe_load(VISIT.read_text("utf-8")))


def q(data: dict[str, Any], place: int) -> dict[str, Any]:
    question: dict[str, Any] = data["questions"][place]
    return question


SLIPS: list[tuple[str, Edit, str]] = [
    (
        "unknown jump",
        lambda d: q(d, 1)["when"].update(question="nowhere"),
        "questions[1].when.question: wrong jump",
    ),
    (
        "forward jump",
        lambda d: q(d, 1)["when"].update(question="comment"),
        "questions[1].when.question: wrong jump",
    ),
    ("own jump", lambda d: q(d, 1)["when"].update(question="why"), "questions[1].when.question: wrong jump"),
    ("no such mark", lambda d: q(d, 1)["when"].update(at_most=7), "questions[1].when.at_most: wrong jump"),
    (
        "no such key",
        lambda d: q(d, 3).update(when={"question": "why", "any_of": ["queue", "que"]}),
        "questions[3].when.any_of[1]: wrong jump",
    ),
    (
        "mark of a choice",
        lambda d: q(d, 3).update(when={"question": "why", "at_most": 3}),
        "when.at_most: wrong jump",
    ),
    (
        "impossible",
        lambda d: q(d, 1)["when"].update(at_most=2, at_least=4),
        "questions[1].when: wrong jump",
    ),
    ("empty condition", lambda d: q(d, 1).update(when={"question": "overall"}), "questions[1].when: needs"),
    (
        "label not translated",
        lambda d: q(d, 1)["options"][0]["label"].pop("en"),
        "questions[1].options[0].label.en:",
    ),
    ("empty label", lambda d: q(d, 0)["labels"][5].update(en=" "), "questions[0].labels.5.en: empty"),
    ("no label", lambda d: q(d, 1)["options"][2].pop("label"), "questions[1].options[2].label: missing"),
    ("mark without label", lambda d: q(d, 0)["labels"].pop(3), "questions[0].labels: must name every mark"),
    (
        "placeholder",
        lambda d: d["intro"].update(ru="Вы были: {place}"),
        "intro.ru: unknown placeholder {place}",
    ),
    (
        "nameless placeholder",
        lambda d: d["intro"].update(ru="Вы были: {}"),
        "intro.ru: unknown placeholder {}",
    ),
    ("lone brace", lambda d: d["intro"].update(en="You {point"), "intro.en: a brace without its pair"),
    ("repeated id", lambda d: q(d, 2).update(id="why"), "questions: the id 'why' is used more than once"),
    (
        "repeated key",
        lambda d: q(d, 1)["options"][0].update(key="slow"),
        "questions[1].options: the key 'slow'",
    ),
    (
        "two buttons alike",
        lambda d: q(d, 1)["options"][0]["label"].update(ru="невежливо"),
        "questions[1]: two answers read 'невежливо'",
    ),
    (
        "long label",
        lambda d: q(d, 1)["options"][0]["label"].update(ru="я" * 65),
        "questions[1].options[0].label.ru: 65 characters",
    ),
    ("no main", lambda d: d.update(main="nothing"), "main: no question"),
    ("main not a mark", lambda d: d.update(main="why"), "main: question 'why' must be of kind rate"),
    (
        "main optional",
        lambda d: q(d, 0).update(optional=True),
        "main: question 'overall' must be asked of everybody",
    ),
    ("alert out of scale", lambda d: d.update(alert_upto=9), "alert_upto: 9 is not a mark"),
    ("no final ending", lambda d: d["endings"].pop(), "endings[1].when: the last ending"),
    (
        "ending never said",
        lambda d: d["endings"].insert(0, d["endings"][-1]),
        "endings[1]: never said",
    ),
    (
        "button overflow",
        lambda d: (
            d.update(id="v" * 24),
            q(d, 1).update(id="w" * 20),
            q(d, 1)["options"][0].update(key="k" * 24),
        ),
        "questions[1]: survey, question and key take",
    ),
    ("unknown kind", lambda d: q(d, 1).update(kind="chose"), "questions[1]: "),
    ("unknown field", lambda d: q(d, 1).update(optonal=True), "questions[1].optonal: unknown field"),
    ("bad key", lambda d: q(d, 1)["options"][0].update(key="Очередь"), "questions[1].options[0].key: "),
    ("wrong type", lambda d: d.update(version="first"), "version: "),
    (
        "mark not a number",
        lambda d: q(d, 0)["labels"].update(five={"ru": "Пять"}),
        "questions[0].labels.five: ",
    ),
]


@pytest.mark.parametrize(("edit", "message"), [slip[1:] for slip in SLIPS], ids=[slip[0] for slip in SLIPS])
def test_a_slip_is_named_by_file_and_path(tmp_path: Path, edit: Edit, message: str) -> None:
    data = fresh()
    edit(data)
    file = tmp_path / "visit.yaml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    with pytest.raises(BadSurvey) as bad:
        read(file)
    assert f"{file}: " in str(bad.value)
    assert message in str(bad.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: visit\nid: other\n", "line 2, column 1: not valid YAML: the key 'id' is repeated"),
        ("id: [visit\n", "not valid YAML"),
        ("date: 2026-13-45\n", "not valid YAML"),
        ("", "Input should be"),
        ("- 1\n", "Input should be"),
        ("? [a, b]\n: 1\n", ""),
        ("!!python/object/apply:os.getcwd []\n", "not valid YAML"),
        ("[" * 5000, "not valid YAML"),
    ],
)
def test_a_broken_file_is_a_fault_and_no_traceback(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "visit.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(BadSurvey) as bad:
        read(file)
    assert message in str(bad.value)


def test_a_file_that_is_no_text_or_not_there(tmp_path: Path) -> None:
    file = tmp_path / "visit.yaml"
    with pytest.raises(BadSurvey, match="cannot be read"):
        read(file)
    file.write_bytes("id: визит".encode("cp1251"))
    with pytest.raises(BadSurvey, match="not UTF-8"):
        read(file)


def test_many_mandatory_questions_are_a_warning(tmp_path: Path) -> None:
    data = fresh()
    for number in range(3):
        data["questions"].append({"id": f"more{number}", "kind": "write", "text": {"ru": "Что?", "en": "What?"}})
    remarks = examine(Survey.model_validate(data))
    assert [(remark.level, remark.path) for remark in remarks] == [("warning", "questions")]
    file = tmp_path / "visit.yaml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    assert len(read(file).questions) == 7


def test_a_third_language_must_be_complete() -> None:
    survey = Survey.model_validate(fresh())
    missing = [remark.path for remark in examine(survey, ["ru", "en", "tt"])]
    assert "questions[1].options[0].label.tt" in missing
    assert "questions[0].unsure.tt" in missing
