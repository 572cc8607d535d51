import subprocess
import sys

import pytest

from surveys.figures import (
    balance,
    csi,
    effective_n,
    expectation,
    figures,
    mean_interval,
    mean_of_criteria,
    nps,
    resolution,
    sample_size,
    student,
    verdict,
    weighted_share,
    weights,
    wilson,
)


@pytest.mark.parametrize(
    ("positive", "n", "low", "high"),
    [
        (0, 10, 0.0, 27.8),
        (5, 5, 56.6, 100.0),
        (9, 10, 59.6, 98.2),
        (8, 12, 39.1, 86.2),
        (45, 50, 78.6, 95.7),
        (90, 100, 82.6, 94.5),
        (180, 200, 85.1, 93.4),
        (360, 400, 86.7, 92.6),
        (6, 8, 40.9, 92.9),
    ],
)
def test_wilson_interval(positive: int, n: int, low: float, high: float) -> None:
    interval = wilson(positive, n)
    assert [round(100 * end, 1) for end in interval] == [low, high]
    assert 0 <= interval[0] <= positive / n <= interval[1] <= 1


def test_nothing_is_known_without_answers() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    empty = figures({})
    assert (empty.n, empty.share, empty.low, empty.high, empty.mean) == (0, None, None, None, None)


@pytest.mark.parametrize(("positive", "n"), [(3, 2), (-1, 5), (0, -1)])
def test_a_share_must_be_possible(positive: int, n: int) -> None:
    with pytest.raises(ValueError, match="not a share"):
        wilson(positive, n)


def test_figures_of_the_demo_window() -> None:
    window = figures({5: 5, 4: 1, 2: 1, 1: 1})
    assert (window.n, window.share, window.mean) == (8, 0.75, 4.0)
    assert list(window.distribution) == [5, 4, 2, 1]


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        figures({5: 3, 1: -1})


@pytest.mark.parametrize(
    ("n", "word"),
    [
        (0, "hidden"),
        (4, "hidden"),
        (5, "few"),
        (9, "few"),
        (10, "interval"),
        (29, "interval"),
        (30, "ranked"),
        (99, "ranked"),
        (100, "months"),
    ],
)
def test_what_may_be_shown(n: int, word: str) -> None:
    assert verdict(n) == word


def test_figures_do_not_load_the_validation_library() -> None:
    code = "import surveys.figures, sys; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("n", "quantile"),
    # Two-sided 5 % points of Student's distribution, as every table of statistics prints them.
    [(15, 2.1448), (16, 2.1314), (20, 2.0930), (21, 2.0860), (31, 2.0423), (41, 2.0211), (61, 2.0003), (121, 1.9799)],
)
def test_students_quantile_agrees_with_the_tables(n: int, quantile: float) -> None:
    assert student(n) == pytest.approx(quantile, abs=6e-5)


def test_a_mean_has_an_interval_from_fifteen_answers_on() -> None:
    assert mean_interval({5: 7, 4: 7}) is None
    low, high = mean_interval({5: 8, 4: 8}) or (0, 0)
    # mean 4.5, s = 0.51640, s/√16 = 0.12910, t₁₅ = 2.13145
    assert (round(low, 4), round(high, 4)) == (4.2248, 4.7752)
    with pytest.raises(ValueError, match="below 15"):
        student(14)


def test_the_interval_of_a_mean_stays_on_the_scale() -> None:
    low, high = mean_interval({5: 19, 1: 1}) or (0, 0)
    assert 1 <= low < 4.8 < high <= 5
    assert mean_interval({5: 20}) == (5, 5)


def test_index_over_criteria() -> None:
    assert round(csi((5, 4, 3), (4.2, 3.8, 4.6)), 2) == 79.17
    assert csi((1,), (1,)) == 0
    with pytest.raises(ValueError, match="weight"):
        csi((0, 0), (4, 5))
    with pytest.raises(ValueError, match="weight"):
        csi((1, 2), (4,))


@pytest.mark.parametrize(
    ("marks", "value", "error"),
    [
        ({10: 30, 9: 30, 8: 10, 7: 15, 6: 5, 0: 10}, 45.0, 14.5),
        ({9: 240, 8: 100, 3: 60}, 45.0, 7.3),
        ({7: 20}, 0.0, 0.0),
        ({10: 10}, 100.0, 0.0),
        ({0: 10}, -100.0, 0.0),
    ],
)
def test_recommendation(marks: dict[int, int], value: float, error: float) -> None:
    found = nps(marks)
    assert found.value is not None
    assert found.error is not None
    assert (round(found.value, 1), round(found.error, 1)) == (value, error)
    assert found.up + found.middle + found.down == found.n == sum(marks.values())


def test_a_balance_stays_between_its_ends_and_knows_nothing_of_nobody() -> None:
    assert balance(9, 0, 1).interval is not None
    assert all(-100 <= end <= 100 for end in balance(19, 0, 1).interval or ())
    assert (balance(0, 0, 0).value, balance(0, 0, 0).interval) == (None, None)
    with pytest.raises(ValueError, match="negative"):
        balance(1, -1, 0)


def test_twenty_answers_about_expectation_give_a_balance_with_its_interval() -> None:
    found = expectation({5: 9, 4: 7, 2: 4})
    assert (found.n, found.up, found.middle, found.down) == (20, 9, 7, 4)
    assert found.value == pytest.approx(25.0)
    # p = 0.45, d = 0.2: SE = √((0.65 − 0.0625)/20)
    assert found.error == pytest.approx(33.59, abs=0.01)


def test_only_solved_counts_as_solved() -> None:
    found = resolution({5: 8, 3: 3, 1: 1})
    assert (found.n, found.share) == (12, pytest.approx(8 / 12))
    assert (round(100 * (found.low or 0), 1), round(100 * (found.high or 0), 1)) == (39.1, 86.2)


def test_criteria_together_are_their_simple_mean() -> None:
    assert mean_of_criteria([4.0, 3.0, 5.0, 4.0, 4.0]) == 4.0
    assert mean_of_criteria([4.0, None]) is None
    assert mean_of_criteria([]) is None


@pytest.mark.parametrize(
    ("error", "without_limit", "of_clients"),
    [
        (0.10, 97, [50, 73, 81, 88, 94, 96]),
        (0.07, 196, [67, 119, 142, 165, 185, 193]),
        (0.05, 385, [80, 169, 218, 278, 341, 370]),
        (0.03, 1068, [92, 235, 341, 517, 788, 965]),
    ],
)
def test_how_many_answers_are_enough(error: float, without_limit: int, of_clients: list[int]) -> None:
    assert sample_size(error) == without_limit
    assert [sample_size(error, n) for n in (100, 300, 500, 1000, 3000, 10_000)] == of_clients
    assert sample_size(error, 1) == 1
    with pytest.raises(ValueError, match="part of one"):
        sample_size(5)


def test_weights_mend_what_a_channel_has_too_much_of() -> None:
    # Half of all contacts are by phone, but one answer in ten.
    each = weights({"qr": 500, "phone": 500}, {"qr": 90, "phone": 10})
    assert each == {"qr": pytest.approx(0.5556, abs=1e-4), "phone": pytest.approx(5.0)}
    found = weighted_share({"qr": {5: 81, 1: 9}, "phone": {5: 5, 1: 5}}, {"qr": 500, "phone": 500})
    assert (found.n, found.raw) == (100, pytest.approx(0.86))
    assert found.share == pytest.approx(0.7)
    assert found.effective == pytest.approx(100**2 / (90 * 0.55556**2 + 10 * 25), rel=1e-3)
    assert found.low < found.share < found.high
    plain = wilson(70, 100)
    assert found.high - found.low > plain[1] - plain[0]


def test_weights_have_limits() -> None:
    each = weights({"a": 1, "b": 999}, {"a": 500, "b": 1, "c": 0})
    assert each == {"a": 0.2, "b": 5.0}
    assert effective_n({"a": 1.0}, {"a": 30}) == 30
    with pytest.raises(ValueError, match="contacts"):
        weights({}, {"a": 1})
    with pytest.raises(ValueError, match="contacts"):
        weights({"a": 1}, {"a": 0})


def test_all_satisfied_stays_a_share_after_weighting() -> None:
    found = weighted_share({"qr": {5: 7}, "phone": {4: 3}}, {"qr": 3, "phone": 11})
    assert (found.share, found.high) == (pytest.approx(1), pytest.approx(1))
