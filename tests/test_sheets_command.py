"""`python -m bot sheets` and `points` as an operator types them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.__main__ import main
from tests.base.talk import OFFICE

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in this process: its code, what it printed, what it said to the operator."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "DATA_DIR": str(tmp_path / "data"),
        "DATABASE_URL": "",
        "OFFICE_DIR": str(OFFICE),
        "PUBLIC_URL": "https://otklik.example",
        "CLOCK": "2026-11-23T10:00:00+03:00",
    }.items():
        monkeypatch.setenv(name, value)

    def typed(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return typed


def test_the_life_of_a_sheet(run: Run) -> None:
    assert run("sheets")[1].count("лист не напечатан") == 4
    done = run("sheets", "register", "otklik.example/q/6xc3m8dh", "--size", "a4", "--place", "дверь", "--version", "1")
    assert (done[0], "Лист № 1 записан: Л-104, A4, дверь, с 23.11.2026." in done[1]) == (0, True), done
    assert "печать старше версии в points.yaml – перепечатайте" in run("sheets")[1]
    revoked = run("sheets", "revoke", "6XC3M8DH", "--reason", "Наклеили чужой код")
    assert revoked[0] == 0
    assert "Снимите лист № 1: Л-104, A4, Окно приёма документов, кабинет 104 · дверь" in revoked[1]
    assert "код отозван – снимите лист" in run("sheets")[1]
    assert run("sheets", "revoke", "6XC3M8DH", "--reason", "ещё")[0] == 2
    assert run("sheets", "withdraw", "1")[1] == "Лист № 1 снят 23.11.2026.\n"
    assert run("sheets", "withdraw", "1")[0] == 2
    assert run("sheets", "restore", "6XC3M8DH")[0] == 0
    lines = list(csv.DictReader(io.StringIO(run("sheets", "--all", "--csv")[1])))
    assert [(line["id"], line["token"], line["remarks"]) for line in lines[:2]] == [
        ("1", "6XC3M8DH", "снят 23.11.2026"),
        ("", "6XC3M8DH", "лист не напечатан"),
    ]


def test_a_code_for_an_event(run: Run) -> None:
    code, out, _ = run("sheets", "new", "т5", "--place", "Ярмарка", "--from", "2026-12-05", "--until", "06.12.2026")
    assert code == 0
    assert "с 05.12.2026 по 06.12.2026 включительно" in out
    assert "python -m bot sheet" in out
    assert "Ярмарка" in run("sheets")[1]
    assert "код начнёт действовать 05.12.2026; лист не напечатан" in run("sheets")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["new", "Т5", "--place", "x", "--until", "31.02.2026"], "--until: такой даты нет: «31.02.2026»"),
        (["new", "Т5", "--place", "x", "--from", "вчера"], "--from: такой даты нет: «вчера»"),
        (["new", "Т5", "--place", "x", "--until", "2026-11-22"], "--until: 22.11.2026 уже прошло"),
        (["new", "Т5", "--place", "x", "--from", "2026-12-06", "--until", "2026-12-05"], "раньше, чем --from"),
        (["new", "Т5", "--place", "  "], "--place: напишите словами"),
        (["new", "Т5", "--place", "x" * 121], "--place: 121 знаков, можно до 120"),
        (["new", "Т9", "--place", "x"], "внутренняя точка"),
        (["new", "кабинет", "--place", "x"], "Может быть:\n  Т5"),
        (["revoke", "NPE22222", "--reason", "x"], "Кода NPE22222 нет"),
        (["revoke", "не код", "--reason", "x"], "не похоже на код"),
        (["restore", "6XC3M8DH"], "не отозван"),
        (["withdraw", "первый"], "нужен номер"),
        (["register", "6XC3M8DH", "--size", "A7", "--place", "x"], "--size: «A7»"),
        (["register", "6XC3M8DH", "--size", "A4", "--place", "x", "--since", "2027-01-01"], "ещё не наступило"),
        (["register", "6XC3M8DH", "--size", "A4", "--place", "x", "--version", "два"], "--version: «два»"),
    ],
)
def test_what_cannot_be_is_named(run: Run, words: list[str], said: str) -> None:
    code, out, err = run("sheets", *words)
    assert (code, out) == (2, "")
    assert said in err


def test_points_are_listed_in_two_groups_that_make_the_whole(run: Run) -> None:
    def listed(*words: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(run("points", "--csv", *words)[1])))

    everything, digital, offline = listed(), listed("--digital"), listed("--offline")
    assert {line["group"] for line in digital} == {"digital"}
    assert {line["group"] for line in offline} == {"offline"}
    assert len(digital) + len(offline) == len(everything) == 9
    assert next(line for line in offline if line["code"] == "Т5")["place_kind"] == "documents"
    table = run("points")[1]
    assert "Цифровые точки: 4" in table
    assert "Нецифровые точки: 5" in table
    assert "Всего точек: 9" in table


def test_the_catalogue_is_shown(run: Run) -> None:
    shown = run("points", "--kinds")[1]
    assert "Цифровые точки, типов: 21" in shown
    assert "Нецифровые точки, типов: 8" in shown
    assert "Потребности: 9" in shown
