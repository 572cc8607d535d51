"""The figures by which a base is judged, on questions small enough to count by hand."""

from __future__ import annotations

from typing import Literal

import pytest

from knowledge.index import Index
from knowledge.measure import (
    Asked,
    Question,
    ask_all,
    confusions,
    figures,
    mean,
    pulled,
    refusals,
    speed,
    swept,
)
from knowledge.model import Entry, Found, Scored

Scope = Literal["in", "near", "far"]


def asked(
    wanted: str | None, *ranked: str, score: float = 0.9, sent: bool = False, scope: Scope = "in", offered: str = ""
) -> Asked:
    found = Found(
        tuple(Scored(one, score - 0.01 * place) for place, one in enumerate(ranked)),
        "answer" if sent else "choose" if offered else "unknown",
        tuple(offered.split()),
    )
    return Asked(Question("?", wanted, scope), found, 0.002)


def test_recall_and_mrr_count_only_what_the_base_answers() -> None:
    seen = figures(
        [
            asked("a", "a", "b"),
            asked("a", "b", "c", "a"),
            asked("a", "b", "c", "d", "a"),
            asked("a"),
            asked(None, "a", scope="far"),
        ]
    )
    assert seen.questions == 4
    assert seen.recall1 == 25
    assert seen.recall3 == 50
    assert seen.mrr == pytest.approx(100 * (1 + 1 / 3 + 1 / 4) / 4)


def test_an_answer_to_a_question_of_somebody_else_is_a_wrong_answer() -> None:
    seen = figures(
        [
            asked("a", "a", sent=True),
            asked("a", "b", "a", sent=True),
            asked("a", "b", "a", offered="b a"),
            asked("a", "a"),
            asked(None, "a", sent=True, scope="near"),
            asked(None, "a", scope="near"),
            asked(None, "a", scope="far"),
        ]
    )
    assert seen.right == pytest.approx(100 / 3)
    assert (seen.solved, seen.wrong, seen.offered) == (25, 25, 25)
    assert (seen.near, seen.far) == (50, 0)


def test_nothing_asked_is_no_figure_rather_than_zero() -> None:
    seen = figures([])
    assert seen.questions == 0
    assert {seen.recall1, seen.right, seen.solved, seen.near, seen.far, seen.swept} == {None}
    assert (speed([]).mean_ms, speed([]).p95_ms) == (0, 0)


def test_the_sweep_takes_the_lowest_threshold_that_keeps_wrong_answers_few() -> None:
    right = [asked("a", "a", score=0.9 - n / 100) for n in range(9)]
    one_wrong = asked(None, "a", score=0.5, scope="near")
    assert swept([*right, one_wrong]) == 100
    assert swept([*right, one_wrong, asked("a", "b", score=0.4)]) == 90
    # An early mistake is borne as soon as enough right answers follow it; equal scores go together.
    assert swept([asked("a", "b", score=0.99), *right]) == 90
    assert swept([asked("a", "b", score=0.9), asked("a", "a", score=0.9)]) == 0


def test_every_base_counts_the_same_in_the_mean() -> None:
    large = figures([asked("a", "a")] * 9 + [asked(None, "a", sent=True, scope="near")])
    small = figures([asked("a", "b", "a")])
    whole = mean([large, small])
    assert whole.questions == 10
    assert whole.recall1 == 50
    assert whole.near == 100  # of the only base that has such questions


def test_confusions_and_refusals_are_counted_by_pair_and_category() -> None:
    several = [asked("a", "b", "a")] * 2 + [asked("b", "a"), asked("b", "b", sent=True), asked(None, "a")]
    assert confusions(several) == [("a", "b", 2)]
    assert refusals(several, {"a": "money", "b": "papers"}) == {"money": (2, 2), "papers": (1, 2)}


BASE = (
    Entry("hours", "Часы работы", ("когда вы открыты", "во сколько открываетесь", "часы работы в субботу")),
    Entry("grant", "Как получить грант", ("грант для фермера", "условия гранта", "во сколько открываетесь утром")),
)


def test_a_sample_that_lies_nearer_to_another_template_is_named() -> None:
    found = pulled(BASE, Index.build)
    assert ("grant", "во сколько открываетесь утром", "hours") in [(p.template, p.sample, p.to) for p in found]
    assert not [p for p in found if p.sample == "условия гранта"]


def test_a_real_index_is_asked_and_timed() -> None:
    questions = [Question("условия гранта", "grant"), Question("часы работы", "hours")]
    several = ask_all(Index.build(BASE), questions)
    assert figures(several).recall1 == 100
    assert speed(several).p95_ms > 0
