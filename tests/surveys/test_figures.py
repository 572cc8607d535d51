import subprocess
import sys

import pytest

from surveys.figures import figures, verdict, wilson


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
    ],
)
def test_what_may_be_shown(n: int, word: str) -> None:
    assert verdict(n) == word


def test_figures_do_not_load_the_validation_library() -> None:
    code = "import surveys.figures, sys; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
