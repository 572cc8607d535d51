"""The clock of a task, who answers in whose place, and what a named day means: all pure."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend import alerts
from backend.absences import Period, away_on, last_day, stands_in
from backend.calendar import Override, WorkCalendar
from backend.escalation import Stage, Verdict, decide
from backend.office import load
from backend.office.model import Office, Rules, Week
from bot.dialogue.absence import day_of, deputies
from tests.base.talk import OFFICE

ZONE = ZoneInfo("Europe/Moscow")
DAYS = "09:00-13:00, 13:45-18:00"
WEEK = Week(mon=DAYS, tue=DAYS, wed=DAYS, thu=DAYS, fri="09:00-13:00, 13:45-16:45")
CALENDAR = WorkCalendar(WEEK, ZONE)
RULES = Rules()


def at(day: int, clock: str, month: int = 11, year: int = 2026) -> datetime:
    hour, _, minute = clock.partition(":")
    return datetime(year, month, day, int(hour), int(minute), tzinfo=ZONE)


def new(since: datetime, level: int = 0, **more: object) -> Stage:
    fresh = Stage(taken=False, danger=False, level=level, since=since, reminded=False, created=since)
    return replace(fresh, **more)  # type: ignore[arg-type]  # fields by name


@pytest.fixture(scope="module")
def office() -> Office:
    found, _ = load(OFFICE)
    assert found is not None
    return found


# --- the clock --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (at(23, "10:00"), at(23, "14:45")),  # lunch does not count
        (at(27, "16:00"), at(30, "12:15")),  # Friday ends at 16:45; the rest is Monday's
        (at(28, "12:00"), at(30, "13:00")),  # Saturday: from Monday's opening
        (at(23, "20:00"), at(24, "13:00")),  # after hours
        (at(23, "13:20"), at(23, "17:45")),  # in the lunch break
        (at(30, "17:00", 12), at(11, "12:00", 1, 2027)),  # the last working day of the year, then the first
    ],
)
def test_four_working_hours_until_the_next_level(since: datetime, until: datetime) -> None:
    verdict = decide(new(since), since, CALENDAR, RULES)
    assert verdict == Verdict(None, "rise", until)
    assert decide(new(since), until - timedelta(seconds=1), CALENDAR, RULES).act is None
    assert decide(new(since), until, CALENDAR, RULES).act == "rise"


def test_a_day_declared_off_moves_the_moment() -> None:
    off = WorkCalendar(WEEK, ZONE, [Override(date(2026, 11, 24), "off", "ураган")])
    since = at(23, "17:00")
    assert decide(new(since), since, CALENDAR, RULES).at == at(24, "12:00")
    assert decide(new(since), since, off, RULES).at == at(25, "12:00")


def test_nobody_is_above_the_administrator() -> None:
    assert decide(new(at(2, "10:00"), level=3), at(30, "10:00"), CALENDAR, RULES) == Verdict(None)


def test_danger_counts_real_minutes_at_any_hour() -> None:
    night = new(at(28, "23:50"), danger=True)
    assert decide(night, at(29, "0:19"), CALENDAR, RULES) == Verdict(None, "rise", at(29, "0:20"))
    assert decide(night, at(29, "0:20"), CALENDAR, RULES).act == "rise"
    held = replace(night, taken=True)
    assert decide(held, night.since, CALENDAR, RULES).at == night.since + timedelta(hours=16)


def test_the_holder_is_reminded_then_the_task_goes_back() -> None:
    held = new(at(23, "9:00"), taken=True)
    assert decide(held, held.since, CALENDAR, RULES) == Verdict(None, "remind", at(24, "17:30"))
    assert decide(held, at(24, "17:30"), CALENDAR, RULES).act == "remind"
    reminded = replace(held, since=at(24, "17:30"), reminded=True)
    assert decide(reminded, at(24, "17:31"), CALENDAR, RULES) == Verdict(None, "take_back", at(25, "17:15"))
    assert decide(reminded, at(25, "17:15"), CALENDAR, RULES).act == "take_back"


def test_a_long_pause_of_ours_never_takes_back_what_was_not_reminded_of() -> None:
    assert decide(new(at(2, "9:00"), taken=True), at(30, "12:00"), CALENDAR, RULES).act == "remind"


def test_a_promise_is_remembered_the_day_before_and_rises_the_day_after() -> None:
    # Taken, so that nothing else is planned in the meantime.
    promise = new(at(23, "10:00"), taken=True, promised=date(2026, 11, 26))
    slow = Rules(result_hours=500)
    assert decide(promise, at(23, "10:00"), CALENDAR, slow) == Verdict(None, "promise_soon", at(25, "9:00"))
    assert decide(promise, at(25, "9:00"), CALENDAR, slow).act == "promise_soon"
    told = replace(promise, soon=True)
    assert decide(told, at(26, "23:59"), CALENDAR, slow) == Verdict(None, "promise_late", at(27, "9:00"))
    assert decide(told, at(27, "9:00"), CALENDAR, slow).act == "promise_late"
    assert decide(replace(told, late=True), at(27, "9:00"), CALENDAR, slow).then == "remind"


def test_a_promise_over_a_weekend_and_one_of_tomorrow() -> None:
    slow = Rules(result_hours=500)
    friday = new(at(23, "10:00"), taken=True, promised=date(2026, 11, 30), soon=True)
    assert decide(friday, at(30, "23:00"), CALENDAR, slow).at == at(1, "9:00", 12)
    monday = new(at(23, "10:00"), taken=True, promised=date(2026, 11, 30))
    assert decide(monday, at(24, "9:00"), CALENDAR, slow).at == at(27, "9:00")
    # Promised today for tomorrow: this morning is over, nobody needs a reminder of what he has just heard.
    tomorrow = new(at(23, "10:00"), taken=True, promised=date(2026, 11, 24))
    assert decide(tomorrow, at(23, "10:01"), CALENDAR, slow).then == "promise_late"


def test_what_is_late_goes_before_what_is_due() -> None:
    both = new(at(16, "9:00"), promised=date(2026, 11, 19))
    assert decide(both, at(23, "9:00"), CALENDAR, RULES).act == "promise_late"
    assert decide(replace(both, late=True), at(23, "9:00"), CALENDAR, RULES).act == "rise"


def test_a_clock_set_back_gives_the_same_moment() -> None:
    stage = new(at(23, "10:00"))
    assert decide(stage, at(23, "9:00"), CALENDAR, RULES) == decide(stage, at(23, "10:00"), CALENDAR, RULES)


def test_rules_of_ten_thousand_tasks_take_less_than_a_second(fact: Callable[[str], None]) -> None:
    begin = at(2, "9:00")
    stages = [
        new(
            begin + timedelta(minutes=7 * n),
            level=n % 4,
            taken=n % 3 == 0,
            promised=date(2026, 11, 26) if n % 2 else None,
        )
        for n in range(10_000)
    ]
    started = time.perf_counter()
    found = [decide(stage, at(27, "12:00"), CALENDAR, RULES) for stage in stages]
    took = time.perf_counter() - started
    assert {v.act for v in found} >= {"rise", "remind", "promise_late", None}
    fact(f"deadline rules of 10,000 tasks: {took:.2f} s")


# --- who hears --------------------------------------------------------------------------------------------

LINE = ("owner", "deputy", "head", "boss")
ALL = set(LINE)


@pytest.mark.parametrize(
    ("line", "level", "away", "connected", "expected"),
    [
        (LINE, 0, {}, ALL, (("owner",), 0, ())),
        (LINE, 0, {}, ALL - {"owner"}, (("deputy",), 1, ("0out",))),
        (LINE, 0, {"owner": None}, ALL, (("deputy",), 1, ("0away",))),
        (LINE, 0, {"owner": "friend"}, {*ALL, "friend"}, (("friend",), 0, ())),
        (LINE, 0, {"owner": "friend"}, ALL, (("deputy",), 1, ("0away",))),
        (LINE, 0, {"owner": "friend", "friend": "deputy"}, ALL, (("deputy",), 0, ())),
        (LINE, 0, {"owner": "friend", "friend": "owner"}, ALL, (("deputy",), 1, ("0away",))),
        (LINE, 1, {"deputy": None}, ALL, (("head",), 2, ("1away",))),
        (LINE, 0, dict.fromkeys(LINE), ALL, (("boss",), 3, ("0away", "1away", "2away"))),
        (LINE, 0, {}, set(), ((), 0, ("0out", "1out", "2out", "3out"))),
        ((None, None, "head", "boss"), 0, {}, ALL, (("head",), 2, ("0none", "1none"))),
    ],
)
def test_who_hears_of_a_task(
    line: alerts.Line, level: int, away: dict[str, str | None], connected: set[str], expected: tuple[object, ...]
) -> None:
    heard = alerts.hear(line, level, away, connected)
    assert (heard.persons, heard.level, heard.gaps) == expected


def test_substitutes_of_substitutes_and_rings() -> None:
    assert stands_in({}, "a") == "a"
    assert stands_in({"a": "b", "b": "c"}, "a") == "c"
    assert stands_in({"a": "b", "b": None}, "a") is None
    assert stands_in({"a": "b", "b": "c", "c": "a"}, "a") is None


def test_the_newest_entry_that_covers_a_day_counts() -> None:
    known = [
        Period("a", date(2026, 12, 1), date(2026, 12, 14), "b"),
        Period("a", date(2026, 12, 5), date(2026, 12, 7), "c"),
        Period("a", date(2026, 12, 15), date(2026, 12, 16)),
    ]
    days = {day: away_on(known, date(2026, 12, day)).get("a", "here") for day in (1, 4, 5, 7, 8, 14, 15, 17)}
    assert days == {1: "b", 4: "b", 5: "c", 7: "c", 8: "b", 14: "b", 15: None, 17: "here"}
    assert last_day(known, "a", date(2026, 12, 6)) == date(2026, 12, 16)
    assert last_day(known, "a", date(2026, 11, 30)) is None


def test_deputies_are_those_of_all_that_a_person_answers_for(office: Office) -> None:
    assert deputies(office, "demoev") == ["primerova", "maketov"]
    assert deputies(office, "obraztsov") == []


# --- days in words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("14.12", date(2026, 12, 14)),
        ("до 14 декабря", date(2026, 12, 14)),
        ("14 Декабря.", date(2026, 12, 14)),
        ("14.12.2026", date(2026, 12, 14)),
        ("14.12.26", date(2026, 12, 14)),
        ("2026-12-14", date(2026, 12, 14)),
        ("меня не будет до 3 мая", date(2027, 5, 3)),
        ("по 5 марта", date(2027, 3, 5)),
        ("14 января", date(2027, 1, 14)),
        ("until 14 December", date(2026, 12, 14)),
        ("December 14, 2026", date(2026, 12, 14)),
        ("завтра", date(2026, 11, 24)),
        ("до завтра", date(2026, 11, 24)),
        ("20.11", date(2026, 11, 20)),  # just over: a slip, not next year
        ("20.11.2024", date(2024, 11, 20)),
        ("31.02", None),
        ("14.13", None),
        ("14 брюмера", None),
        ("не знаю", None),
        ("", None),
        ("14", None),
        ("14 ма", None),
    ],
)
def test_a_day_is_understood_as_people_write_it(words: str, day: date | None) -> None:
    assert day_of(words, date(2026, 11, 23)) == day
