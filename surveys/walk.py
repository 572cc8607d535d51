"""From question to question. Pure functions of the survey and the answers given so far."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Literal

from surveys.definition import (
    UNSURE,
    Answer,
    Answers,
    Choose,
    Ending,
    Rate,
    Survey,
    When,
    Write,
)

Reason = Literal["unknown_option", "empty", "too_long", "one_only"]
Given = Mapping[str, Answer]
AnyQuestion = Rate | Choose | Write


class Invalid(ValueError):
    """An answer the question cannot take; `reason` chooses the words the client reads."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def holds(survey: Survey, when: When | None, answers: Given) -> bool:
    """Whether a condition holds now; an unanswered question satisfies no condition."""
    if when is None:
        return True
    asked = survey.question(when.question)
    if asked is None or when.question not in answers or not applies(survey, asked, answers):
        return False
    return _satisfied(when, answers[when.question])


def applies(survey: Survey, question: AnyQuestion, answers: Given) -> bool:
    """Whether the question is on the path of these answers."""
    when = question.when
    if when is None:
        return True
    # Only an earlier question may decide. `faults` refuses other surveys; here it also rules out endless
    # recursion.
    earlier = survey.questions[: survey.place(question.id)]
    return any(q.id == when.question for q in earlier) and holds(survey, when, answers)


def first(survey: Survey) -> AnyQuestion:
    return survey.questions[0]


def following(survey: Survey, answers: Given, question_id: str) -> AnyQuestion | None:
    """The next question on the path, answered or not; None at the end. KeyError for an unknown id."""
    later = survey.questions[survey.place(question_id) + 1 :]
    return next((q for q in later if applies(survey, q, answers)), None)


def previous(survey: Survey, answers: Given, question_id: str) -> AnyQuestion | None:
    """The question before on the path; None at the first one. KeyError for an unknown id."""
    earlier = survey.questions[: survey.place(question_id)]
    return next((q for q in reversed(earlier) if applies(survey, q, answers)), None)


def unanswered(survey: Survey, answers: Given) -> AnyQuestion | None:
    """Where to go on after a pause: the first question on the path without an answer; None when complete."""
    return next((q for q in survey.questions if q.id not in answers and applies(survey, q, answers)), None)


def progress(survey: Survey, answers: Given, question_id: str) -> tuple[int, int]:
    """«1 из 3»: place of the question on the path, and the length of the longest path still possible.

    Promising the longest path means that the total never grows while the client moves forward. KeyError
    for an unknown id.
    """
    place = survey.place(question_id)
    done = sum(applies(survey, q, answers) for q in survey.questions[:place])
    return done + 1, done + _longest(survey, dict(answers), place, certain=True)


def prune(survey: Survey, answers: Given) -> Answers:
    """The answers that still count: after a changed mark those of the abandoned branch are dropped."""
    kept: Answers = {}
    for question in survey.questions:
        if question.id in answers and applies(survey, question, kept):
            kept[question.id] = answers[question.id]
    return kept


def accept(question: AnyQuestion, value: Answer) -> Answer:
    """The answer in the form it is stored in: keys in the order shown, without repeats; text without blank
    ends.

    Raises Invalid. An optional question takes `[]` or `""` as «skipped».
    """
    match question:
        case Write():
            return _accept_text(question, value)
        case Rate() | Choose():
            keys = question.keys
    chosen = {key for key in ([value] if isinstance(value, str) else value) if key}
    if not chosen <= set(keys):
        raise Invalid("unknown_option")
    if len(chosen) > 1 and not (isinstance(question, Choose) and question.many):
        raise Invalid("one_only")
    if not chosen and not question.optional:
        raise Invalid("empty")
    return [key for key in keys if key in chosen]


def score(survey: Survey, answers: Given) -> int | None:
    """The mark of the main question, or the value of what was chosen there; None while there is none, or it was
    skipped, «hard to say» or an option without a value."""
    answer = answers.get(survey.main, [])
    main = survey.question(survey.main)
    if isinstance(main, Choose):
        return main.values.get(answer[0]) if answer and isinstance(answer, list) else None
    return _mark(answer)


def is_low(survey: Survey, answers: Given) -> bool:
    """Whether a person must be called."""
    mark = score(survey, answers)
    return mark is not None and survey.alert_upto is not None and mark <= survey.alert_upto


def answers_of_score(survey: Survey, score: int | None) -> Answers:
    """An answer to the main question that gives this score: for closing words when only the score is known."""
    main = survey.question(survey.main)
    if isinstance(main, Choose):
        return {survey.main: [o.key for o in main.options if o.value == score][:1]}
    return {survey.main: [UNSURE if score is None else str(score)]}


def longest(survey: Survey) -> int:
    """How many mandatory questions a client can meet at most: the longest path, without what he may skip."""
    return _longest(survey, {}, 0, mandatory=True)


def ending(survey: Survey, answers: Given) -> Ending:
    return next((e for e in survey.endings if holds(survey, e.when, answers)), survey.endings[-1])


def _mark(answer: Answer) -> int | None:
    return int(answer[0]) if answer and isinstance(answer, list) and answer[0].isdecimal() else None


def _satisfied(when: When, answer: Answer) -> bool:
    if when.at_most is not None or when.at_least is not None:
        mark = _mark(answer)
        if mark is None:
            return False
        if when.at_most is not None and mark > when.at_most:
            return False
        if when.at_least is not None and mark < when.at_least:
            return False
    if when.any_of is not None:
        return isinstance(answer, list) and any(key in when.any_of for key in answer)
    return True


def _longest(survey: Survey, answers: Answers, place: int, *, certain: bool = False, mandatory: bool = False) -> int:
    """Questions from `place` on that the longest possible path still holds; `certain`: the one at `place`
    counts; `mandatory`: those that may be skipped do not.

    Only an unanswered question that later conditions look at makes the paths part; of its values one per
    different outcome of those conditions is tried.
    """
    if place == len(survey.questions):
        return 0
    question = survey.questions[place]
    if not certain and not applies(survey, question, answers):
        return _longest(survey, answers, place + 1, mandatory=mandatory)
    counts = 0 if mandatory and question.optional else 1
    if question.id in answers:
        return counts + _longest(survey, answers, place + 1, mandatory=mandatory)
    conditions = [
        q.when for q in survey.questions[place + 1 :] if q.when is not None and q.when.question == question.id
    ]
    outcomes = {tuple(_satisfied(when, value) for when in conditions): value for value in _values(question)}
    return counts + max(
        _longest(survey, {**answers, question.id: value}, place + 1, mandatory=mandatory) for value in outcomes.values()
    )


def _values(question: AnyQuestion) -> list[Answer]:
    match question:
        case Write():
            return [""]
        case Choose(many=True):
            # Every condition on such a question asks for «any of»: ticking everything satisfies them all.
            return [question.keys]
        case _:
            return [[key] for key in question.keys]


def _accept_text(question: Write, value: Answer) -> str:
    if isinstance(value, list):
        if len(value) > 1:
            raise Invalid("one_only")
        value = value[0] if value else ""
    # Control characters and lone surrogates cannot be stored by every database; line breaks and tabs stay.
    text = "".join(c for c in value if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()
    # A comment of invisible characters only says nothing.
    if all(unicodedata.category(c)[0] in "ZC" for c in text):
        text = ""
    if not text and not question.optional:
        raise Invalid("empty")
    if len(text) > question.max_length:
        raise Invalid("too_long")
    return text


__all__ = [
    "UNSURE",
    "Invalid",
    "Reason",
    "accept",
    "answers_of_score",
    "applies",
    "ending",
    "first",
    "following",
    "holds",
    "is_low",
    "longest",
    "previous",
    "progress",
    "prune",
    "score",
    "unanswered",
]
