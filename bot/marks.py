"""A mark as people read it: «4 Хорошо», «7 из 10», «Решён частично» – the same words for clients, staff and reports."""

from __future__ import annotations

from bot.words import Words
from surveys.definition import UNSURE, Choose, Question, Rate, Survey, Text


def _said(text: Text | None, language: str) -> str:
    """In this language, else in Russian, which every survey has."""
    return (text or {}).get(language) or (text or {}).get("ru", "")


def given(words: Words, question: Rate | Choose, keys: list[str]) -> str:
    """What was chosen, in words."""
    if isinstance(question, Choose):
        return ", ".join(_said(option.label, words.language) for option in question.options if option.key in keys)
    key = keys[0]
    if key == UNSURE:
        return _said(question.unsure, words.language)
    if not key.isdecimal() or question.scale is None:
        return f"{key} {_said(question.labels.get(int(key)), words.language)}".strip() if key.isdecimal() else key
    return words("mark-of", mark=int(key), most=question.marks[0])


def of_score(words: Words, survey: Survey | None, score: int | None) -> str:
    """The score of a response in words; the bare number when its survey is not known any more."""
    main: Question | None = survey.question(survey.main) if survey is not None else None
    match main:
        case Rate():
            if score is not None or main.unsure is not None:
                return given(words, main, [UNSURE if score is None else str(score)])
        case Choose():
            return ", ".join(_said(o.label, words.language) for o in main.options if o.value == score)
        case _:
            pass
    return "" if score is None else str(score)


def short(words: Words, survey: Survey | None, score: int) -> str:
    """One mark in a list of tasks: «оценка 2», «оценка 3 из 10», «Нет, не решён»."""
    main = survey.question(survey.main) if survey is not None else None
    if isinstance(main, Choose):
        return of_score(words, survey, score)
    if isinstance(main, Rate) and main.scale is not None:
        return words("task-mark-short", score=words("mark-of", mark=score, most=main.marks[0]))
    return words("task-mark-short", score=score)
