"""What a survey of the right shape can still have wrong. Found before it is served, and named by path."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from surveys.definition import UNSURE, Choose, Question, Rate, Survey, When, Write
from surveys.walk import longest

LABEL_LIMIT = 64
"""Characters of a label: the shortest messenger button cuts earlier, and then shows the full list in the
text."""
PRESS_LIMIT = 56
"""Bytes of `survey.question:key` in a button. Telegram takes 64; eight are left for a mark of the channel."""
MANDATORY_LIMIT = 3  # requirements 1.19, domain.md 6.2

PLACEHOLDERS: dict[str, frozenset[str]] = {
    "point": frozenset({"point"}),
    "service": frozenset({"service"}),
    "bot": frozenset(),
    "answer": frozenset(),
    "appeal": frozenset({"appeal", "until"}),
}
"""What the words of a survey may contain in braces, by its object: only that is known when it is asked. `appeal`: the
number of the appeal; `until`: the day by which a client hears who asked to look again."""

Level = Literal["fault", "warning"]
_MARKS = {"1-5": set(range(1, 6)), "0-10": set(range(11))}


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing wrong; `path` as `questions[2].options[0].label.en`. A fault must stop the start, a
    warning not."""

    path: str
    message: str
    level: Level = "fault"

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


def examine(survey: Survey, languages: Collection[str] = ("ru", "en")) -> list[Remark]:
    """Every fault and warning of a survey that an office with these languages wants to ask."""
    return [
        *examine_texts(survey, languages, PLACEHOLDERS[survey.object]),
        *_examine_main(survey),
        *_examine_questions(survey),
        *_examine_endings(survey),
    ]


def texts(value: object, path: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every text by language inside content models, with its path."""
    match value:
        case BaseModel():
            for name in type(value).model_fields:
                yield from texts(getattr(value, name), f"{path}.{name}" if path else name)
        case tuple() | list():
            for place, item in enumerate(value):
                yield from texts(item, f"{path}[{place}]")
        case dict() if value and all(isinstance(item, str) for item in value.values()):
            yield path, value
        case dict():
            for key, item in value.items():
                yield from texts(item, f"{path}.{key}")


def examine_texts(
    content: object, languages: Collection[str], placeholders: Collection[str], path: str = ""
) -> Iterator[Remark]:
    """Missing languages, empty words and placeholders that nobody would fill."""
    for at, text in texts(content, path):
        for language in dict.fromkeys(["ru", *languages]):
            if not text.get(language, "").strip():
                yield Remark(f"{at}.{language}", "this language is missing" if language not in text else "empty text")
        for language, words in text.items():
            for name in re.findall(r"\{([^{}]*)\}", words):
                if name not in placeholders:
                    known = ", ".join(f"{{{p}}}" for p in sorted(placeholders)) or "none"
                    yield Remark(f"{at}.{language}", f"unknown placeholder {{{name}}} (known here: {known})")
            if set(re.sub(r"\{[^{}]*\}", "", words)) & set("{}"):
                yield Remark(f"{at}.{language}", "a brace without its pair")


def repeated(names: Iterable[str]) -> set[str]:
    return {name for name, count in Counter(names).items() if count > 1}


def _examine_main(survey: Survey) -> Iterator[Remark]:
    main = survey.question(survey.main)
    if main is None:
        yield Remark("main", f"no question has the id {survey.main!r}")
        return
    if not isinstance(main, Rate | Choose):
        yield Remark("main", f"question {survey.main!r} must be of kind rate, or choose with values")
        return
    if isinstance(main, Choose):
        if main.many:
            yield Remark("main", f"question {survey.main!r} must take one answer: without `many`")
        if len(set(main.values.values())) < 2:
            yield Remark("main", f"question {survey.main!r} must be of kind rate, or its options need `value`")
    yield from _examine_measure(survey, main)
    if main.when is not None or main.optional:
        yield Remark("main", f"question {survey.main!r} must be asked of everybody: no `when`, not optional")
    marks = main.marks if isinstance(main, Rate) else sorted(set(main.values.values()))
    if survey.alert_upto is not None and survey.alert_upto not in marks:
        yield Remark("alert_upto", f"{survey.alert_upto} is not a mark of question {survey.main!r}")
    if survey.ask_reply and survey.alert_upto is None:
        yield Remark("ask_reply", "needs alert_upto: the reply is offered after a low mark")


def _examine_measure(survey: Survey, main: Rate | Choose) -> Iterator[Remark]:
    """A figure is made of the marks it is defined for, and of no others."""
    if survey.measure in ("resolution", "expectation"):
        if not isinstance(main, Choose):
            yield Remark(
                "measure", f"{survey.measure!r} needs a main question of kind choose, its options with `value`"
            )
        elif 5 not in main.values.values():
            yield Remark("measure", f"{survey.measure!r} needs an option with the value 5: its share is the figure")
        return
    marks = "0-10" if survey.measure == "nps" else "1-5"
    if isinstance(main, Choose):
        yield Remark("measure", f"{survey.measure!r} needs a scale; a choice measures resolution or expectation")
    elif set(main.marks) == set(_MARKS["1-5" if marks == "0-10" else "0-10"]):
        yield Remark("measure", f"{survey.measure!r} needs the marks {marks}")
    if survey.measure == "criteria" and sum(_is_criterion(survey, q) for q in survey.questions) < 2:
        yield Remark("measure", "'criteria' needs at least two more scales of 1-5 beside the main question")


def _is_criterion(survey: Survey, question: Question) -> bool:
    return isinstance(question, Rate) and question.id != survey.main and set(question.marks) == _MARKS["1-5"]


def _examine_questions(survey: Survey) -> Iterator[Remark]:
    for question_id in sorted(repeated(q.id for q in survey.questions)):
        yield Remark("questions", f"the id {question_id!r} is used more than once")
    if survey.questions[0].when is not None:
        yield Remark("questions[0].when", "the first question must be asked of everybody")
    mandatory = longest(survey)
    if mandatory > MANDATORY_LIMIT:
        yield Remark(
            "questions",
            f"a client can meet {mandatory} mandatory questions; people answer up to {MANDATORY_LIMIT}: "
            "make some `optional: true`",
            "warning",
        )
    for place, question in enumerate(survey.questions):
        path = f"questions[{place}]"
        if question.when is not None:
            yield from _examine_when(survey, question.when, f"{path}.when", before=place)
        match question:
            case Rate():
                yield from _examine_scale(question, path)
                labels = [(f"labels.{mark}", text) for mark, text in question.labels.items()]
                if question.unsure is not None:
                    labels.append(("unsure", question.unsure))
            case Choose():
                for key in sorted(repeated(question.keys)):
                    yield Remark(f"{path}.options", f"the key {key!r} is used more than once")
                labels = [(f"options[{i}].label", option.label) for i, option in enumerate(question.options)]
            case Write():
                continue
        for at, label in labels:
            for language, words in label.items():
                if len(words) > LABEL_LIMIT:
                    yield Remark(f"{path}.{at}.{language}", f"{len(words)} characters; at most {LABEL_LIMIT}")
        for language in sorted({language for _, label in labels for language in label}):
            # Typed answers count as presses, so two buttons must never read the same.
            for words in sorted(repeated(label.get(language, "").casefold() for _, label in labels) - {""}):
                yield Remark(path, f"two answers read {words!r} in {language!r}")
        widest = max(question.keys, key=len, default="")
        size = len(f"{survey.id}.{question.id}:{widest}".encode())
        if size > PRESS_LIMIT:
            yield Remark(
                path,
                f"survey, question and key take {size} bytes of a button; at most {PRESS_LIMIT}: {widest!r}",
            )


def _examine_scale(question: Rate, path: str) -> Iterator[Remark]:
    if question.scale is None:
        if set(question.labels) not in _MARKS.values():
            yield Remark(
                f"{path}.labels", "must name every mark of 1–5 or of 0–10; for words at the ends only: `scale`"
            )
        for name in ("high", "low"):
            if getattr(question, name) is not None:
                yield Remark(f"{path}.{name}", "belongs to `scale`; here every mark has words of its own")
        return
    if question.labels:
        yield Remark(f"{path}.labels", "`scale` has words at the ends only: `high` and `low`")
    for name in ("high", "low"):
        if getattr(question, name) is None:
            yield Remark(f"{path}.{name}", "missing: words for this end of the scale")


def _examine_endings(survey: Survey) -> Iterator[Remark]:
    for place, ending in enumerate(survey.endings):
        if ending.when is not None:
            yield from _examine_when(survey, ending.when, f"endings[{place}].when", len(survey.questions))
        elif place < len(survey.endings) - 1:
            yield Remark(f"endings[{place + 1}]", "never said: the ending before it has no condition")
    if survey.endings[-1].when is not None:
        yield Remark(f"endings[{len(survey.endings) - 1}].when", "the last ending must have no condition")


def _examine_when(survey: Survey, when: When, path: str, before: int) -> Iterator[Remark]:
    """A condition must look back at an earlier question and at an answer that it can have."""
    asked = survey.question(when.question)
    if asked is None:
        yield Remark(f"{path}.question", f"wrong jump: no question has the id {when.question!r}")
        return
    if survey.place(when.question) >= before:
        yield Remark(f"{path}.question", f"wrong jump: {when.question!r} is not asked before")
        return
    bounds = [("at_most", when.at_most), ("at_least", when.at_least)]
    if when.any_of is None and all(mark is None for _, mark in bounds):
        yield Remark(path, "needs at_most, at_least or any_of")
    for name, mark in bounds:
        if mark is not None and not (isinstance(asked, Rate) and mark in asked.marks):
            yield Remark(f"{path}.{name}", f"wrong jump: {when.question!r} has no mark {mark}")
    if when.at_most is not None and when.at_least is not None and when.at_least > when.at_most:
        yield Remark(path, "wrong jump: no mark is that high and that low at once")
    if when.any_of is not None:
        keys = [] if isinstance(asked, Write) else asked.keys
        if not when.any_of:
            yield Remark(f"{path}.any_of", "is empty, so it never holds")
        for place, key in enumerate(when.any_of):
            if key not in keys:
                yield Remark(f"{path}.any_of[{place}]", f"wrong jump: {when.question!r} has no answer {key!r}")
        if (when.at_most, when.at_least) != (None, None) and set(when.any_of) == {UNSURE}:
            yield Remark(path, "wrong jump: «unsure» is not a mark")
