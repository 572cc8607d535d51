"""Layout is right for any text and any set of buttons."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot import layout
from bot.messages import Button

TEXTS = st.text(st.sampled_from("аб ё\nz👍🏽\u200d👩️е\u0301🇷🇺") | st.characters(codec="utf-8"), max_size=400)
LIMITS = st.integers(2, 60)


def without_spaces(text: str) -> str:
    return "".join(text.split())


@given(TEXTS, LIMITS)
def test_parts_fit_and_nothing_but_spaces_is_lost(text: str, limit: int) -> None:
    parts = layout.split_text(text, limit)
    assert all(part.strip() for part in parts)
    assert all(layout.length(part) <= limit for part in parts)
    assert without_spaces("".join(parts)) == without_spaces(text)


@given(TEXTS, LIMITS)
def test_words_shorter_than_half_a_part_are_not_cut(text: str, limit: int) -> None:
    assume(not re.search(r"[^\S \n]", text))  # other white space does not part words for us
    words = text.split()
    if all(layout.length(word) <= limit // 2 for word in words):
        assert " ".join(layout.split_text(text, limit)).split() == words


LETTERS = ["а", "е\u0301", "👍🏽", "👩\u200d👧", " "]


@given(st.lists(st.sampled_from(LETTERS), max_size=80), st.integers(8, 40))
def test_a_letter_keeps_its_accents_and_tones(letters: list[str], limit: int) -> None:
    whole = re.compile("|".join(sorted(LETTERS, key=len, reverse=True)))
    parts = layout.split_text("".join(letters), limit)
    assert [c for part in parts for c in whole.findall(part) if c != " "] == [c for c in letters if c != " "]
    assert all(whole.sub("", part) == "" for part in parts)


def test_paragraphs_are_cut_before_words() -> None:
    assert layout.split_text("абвгд ежзик\n\nлмн опр", 16) == ["абвгд ежзик", "лмн опр"]
    assert layout.split_text("слово " * 3, 12) == ["слово слово", "слово"]
    assert layout.split_text("", 10) == []


def test_emoji_of_several_characters_stay_whole() -> None:
    family = "👩‍👩‍👧"
    assert layout.split_text("а" * 8 + family, 12) == ["а" * 8, family]
    assert layout.split_text("а" * 9 + "👍🏽", 12) == ["а" * 9, "👍🏽"]


@given(TEXTS, st.integers(3, 60))
def test_shortened_labels_fit_on_one_line(label: str, limit: int) -> None:
    short = layout.shorten(label, limit)
    assert layout.length(short) <= limit
    assert "\n" not in short
    if layout.length(" ".join(label.split())) > limit:
        assert short.endswith("…")
    else:
        assert short == " ".join(label.split())


def buttons(*labels: str) -> list[Button]:
    return [Button(key=str(i), label=label) for i, label in enumerate(labels)]


def test_a_scale_of_eleven_is_six_and_five() -> None:
    scale = buttons(*map(str, range(11)))
    assert [len(row) for row in layout.rows(scale, 8)] == [6, 5]
    assert [len(row) for row in layout.rows(scale, 5)] == [4, 4, 3]


def test_words_stand_alone_beside_packed_numbers() -> None:
    laid = layout.rows(buttons("1", "2", "3", "Затрудняюсь ответить"), 8)
    assert [[b.label for b in row] for row in laid] == [["1", "2", "3"], ["Затрудняюсь ответить"]]


@given(st.lists(st.text(min_size=1, max_size=6), max_size=60), st.integers(1, 8))
def test_rows_keep_every_button_in_order(labels: list[str], per_row: int) -> None:
    given_buttons = buttons(*labels)
    laid = layout.rows(given_buttons, per_row)
    assert [b for row in laid for b in row] == given_buttons
    assert all(1 <= len(row) <= per_row for row in laid)


def test_the_numbered_list_shows_what_is_chosen() -> None:
    options = [Button(key="a", label="Очередь"), Button(key="b", label="Грубость", chosen=True)]
    assert layout.numbered(options) == "1. Очередь\n2. ✓ Грубость"


@pytest.mark.parametrize("url", ["https://otklik.example.ru/r/1", "http://10.0.0.5/x", "https://почта.рф/"])
def test_addresses_for_buttons(url: str) -> None:
    assert layout.openable(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/r/1",
        "http://127.0.0.1:8000/",
        "http://office/",
        "http://a.localhost/",
        "tg://resolve",
        "javascript:alert(1)",
        "https://[bad",
        "http://x.ru:99999/",
        "",
    ],
)
def test_addresses_that_no_phone_opens(url: str) -> None:
    assert not layout.openable(url)


@given(st.text())
def test_clean_text_can_always_be_sent(text: str) -> None:
    assert "\x00" not in layout.clean(text).encode().decode()
