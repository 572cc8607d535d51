from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys import walk
from surveys.definition import Answer, Answers, Choose, Rate, Survey, Write
from surveys.faults import examine
from surveys.load import LIBRARY, read

DEMO = Path(__file__).parents[2] / "demo" / "surveys"
VISIT = read(DEMO / "visit.yaml")


def ids(survey: Survey, answers: Answers) -> list[str]:
    return [question.id for question in survey.questions if walk.applies(survey, question, answers)]


@pytest.mark.parametrize(
    ("mark", "path"),
    [
        ("5", ["overall", "liked", "comment"]),
        ("4", ["overall", "liked", "comment"]),
        ("3", ["overall", "why", "comment"]),
        ("1", ["overall", "why", "comment"]),
        ("unsure", ["overall", "comment"]),
    ],
)
def test_the_mark_decides_the_path(mark: str, path: list[str]) -> None:
    answers: Answers = {"overall": [mark]}
    assert ids(VISIT, answers) == path
    assert [walk.progress(VISIT, answers, question) for question in path] == [
        (place, len(path)) for place in range(1, len(path) + 1)
    ]


def test_the_length_is_promised_before_the_first_answer() -> None:
    assert walk.progress(VISIT, {}, "overall") == (1, 3)


def test_a_skipped_question_keeps_its_place() -> None:
    answers: Answers = {"overall": ["5"], "liked": []}
    left = walk.unanswered(VISIT, answers)
    assert left is not None
    assert left.id == "comment"
    assert walk.progress(VISIT, answers, "comment") == (3, 3)
    assert walk.unanswered(VISIT, {**answers, "comment": ""}) is None


def test_a_changed_mark_drops_the_abandoned_branch() -> None:
    answers: Answers = {"overall": ["5"], "why": ["queue"], "comment": "светло", "stranger": ["x"]}
    assert walk.prune(VISIT, answers) == {"overall": ["5"], "comment": "светло"}


@pytest.mark.parametrize(
    ("mark", "score", "low", "words"),
    [
        ("5", 5, False, "Спасибо! Ваша оценка уже учтена."),
        ("3", 3, False, "Спасибо, что сказали честно. Мы разберёмся."),
        ("2", 2, True, "Спасибо, что сказали честно. Мы разберёмся."),
        ("unsure", None, False, "Спасибо! Ваш ответ учтён."),
    ],
)
def test_score_and_ending(mark: str, score: int | None, low: bool, words: str) -> None:
    answers: Answers = {"overall": [mark]}
    assert walk.score(VISIT, answers) == score
    assert walk.is_low(VISIT, answers) is low
    assert walk.ending(VISIT, answers).text["ru"] == words


def test_no_answer_is_no_score() -> None:
    assert walk.score(VISIT, {}) is None
    assert not walk.is_low(VISIT, {})


@pytest.mark.parametrize(
    ("question", "value", "kept"),
    [
        ("overall", "4", ["4"]),
        ("overall", ["unsure"], ["unsure"]),
        ("why", ["other", "queue", "other"], ["queue", "other"]),
        ("liked", [], []),
        ("liked", "", []),
        ("comment", "  окно\nзакрыто \x00\ud800", "окно\nзакрыто"),
        ("comment", [], ""),
        ("comment", "\u200b \u2060", ""),
        ("comment", "👩‍👧", "👩‍👧"),
    ],
)
def test_accepted(question: str, value: Answer, kept: Answer) -> None:
    asked = VISIT.question(question)
    assert asked is not None
    assert walk.accept(asked, value) == kept


@pytest.mark.parametrize(
    ("question", "value", "reason"),
    [
        ("overall", "6", "unknown_option"),
        ("overall", "04", "unknown_option"),
        ("overall", "٤", "unknown_option"),
        ("overall", ["4", "5"], "one_only"),
        ("overall", [], "empty"),
        ("why", [], "empty"),
        ("why", ["queue", "quick"], "unknown_option"),
        ("comment", "ы" * 2001, "too_long"),
        ("comment", ["a", "b"], "one_only"),
    ],
)
def test_refused(question: str, value: Answer, reason: str) -> None:
    asked = VISIT.question(question)
    assert asked is not None
    with pytest.raises(walk.Invalid) as refused:
        walk.accept(asked, value)
    assert refused.value.reason == reason


def test_a_mandatory_text_needs_something_visible() -> None:
    asked = Write(kind="write", id="name", text={"ru": "Как?"})
    with pytest.raises(walk.Invalid) as refused:
        walk.accept(asked, " \u200b")
    assert refused.value.reason == "empty"


def test_scale_of_eleven_is_shown_best_first() -> None:
    asked = Rate(kind="rate", id="q", text={"ru": "?"}, labels={n: {"ru": str(n)} for n in range(11)})
    assert asked.marks == list(asked.labels) == list(range(10, -1, -1))
    assert walk.accept(asked, "10") == ["10"]


def test_a_survey_stored_as_json_is_the_same() -> None:
    assert Survey.model_validate_json(VISIT.model_dump_json()) == VISIT


def test_the_library_can_be_served() -> None:
    for path in LIBRARY.glob("*.yaml"):
        survey = read(path)
        assert survey.id == path.stem
        assert [str(remark) for remark in examine(survey, ["ru", "en"])] == []


WORDS = {"ru": "слово", "en": "word"}


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    """Surveys that `examine` lets pass: conditions look back, at answers that exist."""
    questions: list[Rate | Choose | Write] = []
    for place in range(draw(st.integers(1, 7))):
        when = None
        earlier = [question for question in questions if not isinstance(question, Write)]
        if earlier and draw(st.sampled_from([True, False])):
            asked: Rate | Choose = draw(st.sampled_from(earlier))
            if isinstance(asked, Rate) and draw(st.booleans()):
                when = {
                    "question": asked.id,
                    draw(st.sampled_from(["at_most", "at_least"])): draw(st.integers(1, 5)),
                }
            else:
                keys = draw(st.lists(st.sampled_from(asked.keys), min_size=1, unique=True))
                when = {"question": asked.id, "any_of": keys}
        base = {"id": f"q{place}", "text": WORDS, "when": when, "optional": place > 0 and draw(st.booleans())}
        kind = "rate" if place == 0 else draw(st.sampled_from(["rate", "one", "many", "write"]))
        if kind == "rate":
            labels = {n: {"ru": f"л{n}", "en": f"l{n}"} for n in range(1, 6)}
            unsure = WORDS if draw(st.booleans()) else None
            questions.append(Rate.model_validate({**base, "kind": "rate", "labels": labels, "unsure": unsure}))
        elif kind == "write":
            questions.append(Write.model_validate({**base, "kind": "write"}))
        else:
            options = [{"key": key, "label": {"ru": key, "en": key}} for key in "abc"]
            questions.append(
                Choose.model_validate({**base, "kind": "choose", "options": options, "many": kind == "many"})
            )
    return Survey.model_validate(
        {
            "id": "made",
            "version": 1,
            "object": "point",
            "intro": WORDS,
            "main": "q0",
            "questions": [question.model_dump() for question in questions],
            "endings": [{"text": WORDS}],
        }
    )


def possible(question: Rate | Choose | Write) -> st.SearchStrategy[Answer]:
    match question:
        case Write():
            return st.sampled_from(["", "текст"] if question.optional else ["текст"])
        case Choose(many=True):
            return st.lists(st.sampled_from(question.keys), min_size=not question.optional, unique=True)
        case _:
            return st.lists(st.sampled_from(question.keys), min_size=not question.optional, max_size=1)


@given(st.data())
def test_every_walk_ends_and_can_be_walked_back(data: st.DataObject) -> None:
    survey = data.draw(surveys())
    assert [remark for remark in examine(survey) if remark.level == "fault"] == []
    answers: Answers = {}
    asked = walk.first(survey)
    path = []
    totals = []
    while True:
        path.append(asked.id)
        assert len(path) <= len(survey.questions)
        place, total = walk.progress(survey, answers, asked.id)
        assert place == len(path) <= total
        totals.append(total)
        answers[asked.id] = walk.accept(asked, data.draw(possible(asked)))
        assert walk.prune(survey, answers) == answers
        after = walk.following(survey, answers, asked.id)
        assert after == walk.unanswered(survey, answers)
        if after is None:
            break
        before = walk.previous(survey, answers, after.id)
        assert before == asked
        asked = after
    # The client is never promised fewer questions than he gets, and the promise never grows.
    assert totals == sorted(totals, reverse=True)
    assert totals[-1] >= len(path) == walk.progress(survey, answers, asked.id)[1]
    assert walk.ending(survey, answers) in survey.endings


@given(st.data())
def test_a_changed_answer_leaves_only_what_applies(data: st.DataObject) -> None:
    survey = data.draw(surveys())
    answers = {question.id: data.draw(possible(question)) for question in survey.questions}
    kept = walk.prune(survey, answers)
    assert list(kept) == [question.id for question in survey.questions if walk.applies(survey, question, kept)]
    assert walk.prune(survey, kept) == kept
    assert walk.unanswered(survey, kept) is None
