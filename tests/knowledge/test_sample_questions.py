"""People ask the demo office: its sample questions with typos (requirement 3.01), on the wrong layout, in Latin
letters; and things that it does not know."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from bot.commands.knowledge_files import read_questions
from knowledge import measure
from knowledge.model import Found
from tests.base.talk import OFFICE
from tests.knowledge.demo import demo_index, demo_templates, with_typos

LAYOUT = str.maketrans("йцукенгшщзхъфывапролджэячсмитьбюё", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`")


def asked() -> list[tuple[str, str]]:
    """Every sample question of the public templates with the template that answers it."""
    return [
        (question, template.id)
        for template in demo_templates()
        if not template.internal
        for questions in template.questions.values()
        for question in questions
    ]


@cache
def ask(query: str) -> Found:
    return demo_index().ask(query)


def first(query: str) -> str | None:
    ranked = ask(query).ranked
    return ranked[0].id if ranked else None


def test_sample_questions_find_their_template() -> None:
    missed = [(question, first(question)) for question, template in asked() if first(question) != template]
    assert not missed


def test_titles_find_their_template() -> None:
    for template in demo_templates():
        if not template.internal:
            for title in template.title.values():
                assert first(title) == template.id, title


def test_two_typos_still_find_the_template(fact: Callable[[str], None]) -> None:
    tries = [(with_typos(question, seed), question, template) for question, template in asked() for seed in range(2)]
    missed = [(typed, question, first(typed)) for typed, question, template in tries if first(typed) != template]
    share = 1 - len(missed) / len(tries)
    fact(f"sample questions with two typos that find their template first: {share:.1%} of {len(tries)}")
    # A word of six letters with two slips may be another word; whole questions must not fail.
    assert share >= 0.98, missed


def test_two_typos_rarely_get_another_answer() -> None:
    tries = [(with_typos(question, seed), template) for question, template in asked() for seed in range(2)]
    wrong = [(typed, answer) for typed, template in tries if (answer := ask(typed).answer) not in (None, template)]
    assert len(wrong) <= len(tries) * 0.01, wrong


def test_russian_typed_on_the_english_layout_is_understood() -> None:
    russian = [(q, t) for q, t in asked() if q.lower().translate(LAYOUT).isascii()]
    found = [first(question.lower().translate(LAYOUT)) == template for question, template in russian]
    assert sum(found) >= 0.97 * len(found)


@pytest.mark.parametrize(
    ("query", "template"),
    [
        ("ce,cblbb", "v01-subsidies"),
        ("rfrbt ljrevtyns ye;ys", "v08-documents"),
        ("gde vzyat blank zayavleniya", "v09-form"),
        ("kak podat dokumenty", "v10-submit"),
        ("skolko deneg vernut za traktor", "v04-machinery"),
        ("nagrubili kuda zhalovatsya", "v19-rudeness"),
        ("ГДЕ МОЕ ОБРАЩЕНИЕ", "v16-appeal-status"),
        ("адресс и тилефон", "v21-contacts"),
        ("пандус для каляски", "v22-access"),
        ("начинаюший фермер гранд", "v03-first-farm"),
        ("спек английский", "v23-english"),
    ],
)
def test_as_people_type(query: str, template: str) -> None:
    assert template in [scored.id for scored in ask(query).ranked[:3]]


@pytest.mark.parametrize(
    "query",
    [
        "какая погода",
        "сколько стоит айфон",
        "кто выиграл чемпионат мира",
        "расскажи анекдот",
        "как сварить борщ",
        "где купить билет в театр",
        "почему небо голубое",
        "ыва ыва ыва",
        "what is the capital of France",
        "👍👍👍",
        "ы",
    ],
)
def test_what_nobody_asked_us_is_not_answered(query: str) -> None:
    assert ask(query).answer is None


def test_questions_in_other_words(fact: Callable[[str], None]) -> None:
    """The example for `python -m bot knowledge evaluate`: none of its questions stands in a template."""
    questions = read_questions(OFFICE / "questions.jsonl")
    known = {question.lower() for question, _ in asked()}
    assert not [question for question in questions if question.text.lower() in known]
    figures = measure.figures(measure.ask_all(demo_index(), questions, wrong_share=0.15))
    fact(
        f"demo, other words: first {figures.recall1:.0f} %, in the first three {figures.recall3:.0f} %, "
        f"right of those answered {figures.right:.0f} %, solved {figures.solved:.0f} %"
    )
    assert figures.recall1 is not None
    assert figures.recall1 >= 85
    assert figures.recall3 is not None
    assert figures.recall3 >= 93
    assert figures.right is not None
    assert figures.right >= 85
    assert figures.far is not None
    assert figures.far <= 10  # one of ten
