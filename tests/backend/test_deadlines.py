"""The statutory clock with the rules of the demo office: the vectors of domain.md 9.4, and what always holds."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from backend.appeals.deadlines import Deadline, Rule, Step, What, reckon, rule_for
from backend.appeals.model import Appeals
from backend.calendar import Override, WorkCalendar, known_until
from backend.office import load
from backend.office.model import Week

DEMO = Path(__file__).parents[2] / "demo"
DAY = timedelta(days=1)
TODAY = date(2026, 11, 23)


@cache
def appeals() -> Appeals:
    office, _ = load(DEMO)
    assert office is not None
    assert office.appeals is not None
    return office.appeals


def calendar(*own: Override, confirmed: tuple[int, ...] = ()) -> WorkCalendar:
    return WorkCalendar(Week(mon="09:00-18:00"), ZoneInfo("Europe/Moscow"), own, confirmed)


def rule(kind: str, what: What = "answer", day: date = TODAY) -> Rule:
    found = rule_for(appeals().rules, kind, what, day)
    assert found is not None
    return found


def term(kind: str, what: What, start: date, extended: int = 0, *own: Override) -> Deadline:
    return reckon(rule(kind, what, start), start, calendar(*own), extended)


# --- the vectors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "what", "start", "legal", "due"),
    [
        # domain.md 9.4
        ("complaint", "answer", date(2026, 11, 20), date(2026, 12, 11), date(2026, 12, 11)),
        ("complaint_short", "answer", date(2026, 11, 20), date(2026, 11, 27), date(2026, 11, 27)),
        ("complaint_short", "answer", date(2026, 12, 25), date(2027, 1, 12), date(2027, 1, 12)),
        ("idea", "answer", date(2027, 2, 12), date(2027, 3, 1), date(2027, 3, 1)),
        ("idea", "answer", date(2026, 12, 25), date(2027, 1, 19), date(2027, 1, 19)),
        ("message", "answer", date(2026, 4, 29), date(2026, 5, 15), date(2026, 5, 15)),
        ("appeal", "answer", date(2026, 12, 2), date(2027, 1, 1), date(2026, 12, 30)),
        ("appeal", "answer", date(2027, 1, 22), date(2027, 2, 21), date(2027, 2, 20)),  # a working Saturday
        ("appeal", "answer", date(2026, 4, 9), date(2026, 5, 9), date(2026, 5, 8)),
        ("appeal", "register", date(2026, 12, 30), date(2027, 1, 2), date(2027, 1, 11)),
        ("appeal", "answer", date(2026, 11, 23), date(2026, 12, 23), date(2026, 12, 23)),
        # sample-office.md, section 7
        ("appeal", "answer", date(2026, 10, 2), date(2026, 11, 1), date(2026, 10, 30)),
        ("appeal", "answer", date(2026, 10, 26), date(2026, 11, 25), date(2026, 11, 25)),
        ("appeal", "answer", date(2026, 11, 2), date(2026, 12, 2), date(2026, 12, 2)),
        ("complaint_short", "answer", date(2026, 11, 19), date(2026, 11, 26), date(2026, 11, 26)),
        ("idea", "answer", date(2026, 11, 5), date(2026, 11, 19), date(2026, 11, 19)),
        # the other rules
        ("appeal", "redirect", date(2026, 11, 16), date(2026, 11, 23), date(2026, 11, 23)),
        ("appeal", "redirect", date(2026, 10, 28), date(2026, 11, 4), date(2026, 11, 3)),  # 04.11 is a holiday
        ("complaint", "register", date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 23)),  # over a weekend
        ("complaint", "register", date(2026, 12, 30), date(2027, 1, 11), date(2027, 1, 11)),
        ("info_request", "register", date(2026, 11, 27), date(2026, 11, 30), date(2026, 11, 30)),
        ("info_request", "answer", date(2026, 11, 23), date(2026, 12, 23), date(2026, 12, 23)),
    ],
)
def test_a_term_of_the_demo_office(kind: str, what: What, start: date, legal: date, due: date) -> None:
    found = term(kind, what, start)
    assert (found.legal, found.due) == (legal, due)
    assert not found.preliminary


@pytest.mark.parametrize(
    ("kind", "start", "extended", "legal", "due"),
    [
        ("appeal", date(2026, 11, 23), 30, date(2027, 1, 22), date(2027, 1, 22)),
        ("appeal", date(2026, 10, 2), 30, date(2026, 12, 1), date(2026, 12, 1)),
        ("appeal", date(2026, 12, 2), 9, date(2027, 1, 10), date(2026, 12, 30)),  # longer, yet no working day later
        ("appeal", date(2026, 12, 2), 10, date(2027, 1, 11), date(2027, 1, 11)),
        ("info_request", date(2026, 11, 23), 15, date(2027, 1, 7), date(2026, 12, 30)),
    ],
)
def test_an_extended_term(kind: str, start: date, extended: int, legal: date, due: date) -> None:
    found = term(kind, "answer", start, extended)
    assert (found.legal, found.due, found.extended) == (legal, due, extended)
    assert [step.days for step in found.steps if step.what == "extend"] == [extended]


@pytest.mark.parametrize(
    ("kind", "what", "extended"),
    [
        ("appeal", "answer", 31),
        ("appeal", "answer", -1),
        ("info_request", "answer", 16),
        ("complaint", "answer", 1),
        ("appeal", "register", 1),
        ("appeal", "redirect", 1),
        ("idea", "answer", 1),
    ],
)
def test_no_term_is_extended_beyond_its_rule(kind: str, what: What, extended: int) -> None:
    with pytest.raises(ValueError, match="at most"):
        term(kind, what, TODAY, extended)


# --- the steps --------------------------------------------------------------------------------------------


def test_the_steps_of_a_calendar_term() -> None:
    assert term("appeal", "answer", date(2026, 12, 2), 5).steps == (
        Step("start", date(2026, 12, 2)),
        Step("count", date(2027, 1, 1), 30),
        Step("extend", date(2027, 1, 6), 5),
        Step("roll", date(2027, 1, 6), until=date(2026, 12, 30)),
    )


def test_the_steps_of_a_term_in_working_days() -> None:
    assert term("complaint_short", "answer", date(2026, 12, 25)).steps == (
        Step("start", date(2026, 12, 25)),
        Step("off", date(2027, 1, 12), 13),
        Step("count", date(2027, 1, 12), 5),
    )


# --- the calendar -----------------------------------------------------------------------------------------


def test_a_term_that_ends_in_an_unconfirmed_year_is_preliminary() -> None:
    year = known_until() + 1
    start = date(year - 1, 12, 15)
    answer = rule("appeal")
    assert reckon(answer, start, calendar()).preliminary
    assert not reckon(answer, start, calendar(confirmed=(year,))).preliminary
    assert reckon(answer, start, calendar(confirmed=(year,))).due.year == year


def test_the_new_year_makes_a_term_preliminary_even_when_its_working_deadline_is_in_the_old_one() -> None:
    start = date(known_until(), 12, 3)
    found = reckon(rule("appeal"), start, calendar())
    assert (found.legal.year, found.due.year) == (start.year + 1, start.year)
    assert found.preliminary


def test_a_regional_day_off_counts() -> None:
    off = Override(date(2026, 11, 25), "off", "указ губернатора № 5")
    assert term("appeal", "answer", date(2026, 10, 26), 0, off).due == date(2026, 11, 24)
    assert term("appeal", "answer", date(2026, 10, 26), 0, off).legal == date(2026, 11, 25)
    assert term("complaint_short", "answer", date(2026, 11, 19), 0, off).due == date(2026, 11, 27)
    assert term("appeal", "register", date(2026, 11, 22), 0, off).due == date(2026, 11, 26)


def test_a_declared_working_day_counts() -> None:
    work = Override(date(2026, 11, 28), "work", "приказ № 9")
    assert term("complaint_short", "answer", date(2026, 11, 23), 0, work).due == date(2026, 11, 28)
    assert term("appeal", "register", date(2026, 11, 25), 0, work).due == date(2026, 11, 28)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (date(2026, 12, 29), date(2026, 12, 30)),  # a working day lies between
        (date(2026, 12, 30), date(2026, 12, 30)),  # the last one before the holidays: later would be beyond the law
        (date(2026, 12, 31), date(2027, 1, 11)),  # registered on a day off
        (date(2027, 1, 3), date(2027, 1, 11)),
    ],
)
def test_where_no_working_day_lies_between_it_is_the_day_itself_or_the_first_one_after(start: date, due: date) -> None:
    found = term("appeal", "redirect", start)
    assert found.due == due
    assert found.steps[-1] == (Step("roll", found.legal, until=due) if found.legal != due else found.steps[1])


# --- which rule -------------------------------------------------------------------------------------------


def test_a_rule_holds_from_its_day_until_the_next_one() -> None:
    old = rule("appeal")
    new = old.model_copy(update={"days": 20, "valid_from": date(2027, 1, 1)})
    other = old.model_copy(update={"kind": "idea", "valid_from": date(2026, 12, 1)})
    for rules in ([old, new, other], [other, new, old]):
        assert rule_for(rules, "appeal", "answer", date(2026, 12, 31)) is old
        assert rule_for(rules, "appeal", "answer", date(2027, 1, 1)) is new
        assert rule_for(rules, "appeal", "answer", date(2030, 1, 1)) is new
    assert rule_for([new], "appeal", "answer", date(2026, 12, 31)) is None
    assert rule_for([old], "appeal", "register", TODAY) is None
    assert rule_for([], "appeal", "answer", TODAY) is None


def test_the_rules_of_the_demo_are_those_of_the_law() -> None:
    """domain.md, section 11: 3 / 7 / 30 (+30) calendar days; 1 + 15 (5) working days; 30 (+15)."""
    found = {(r.kind, r.what): (r.unit, r.days, r.extension, r.roll) for r in appeals().rules}
    assert found == {
        ("appeal", "register"): ("calendar", 3, 0, "next"),
        ("appeal", "redirect"): ("calendar", 7, 0, "previous"),
        ("appeal", "answer"): ("calendar", 30, 30, "previous"),
        ("complaint", "register"): ("working", 1, 0, "stay"),
        ("complaint", "answer"): ("working", 15, 0, "stay"),
        ("complaint_short", "register"): ("working", 1, 0, "stay"),
        ("complaint_short", "answer"): ("working", 5, 0, "stay"),
        ("info_request", "register"): ("calendar", 3, 0, "next"),
        ("info_request", "redirect"): ("calendar", 7, 0, "previous"),
        ("info_request", "answer"): ("calendar", 30, 15, "previous"),
        ("message", "answer"): ("working", 10, 0, "stay"),
        ("idea", "answer"): ("working", 10, 0, "stay"),
    }


# --- what always holds ------------------------------------------------------------------------------------

DAYS = st.dates(date(2024, 1, 1), date(2027, 10, 31))
OWN = st.lists(
    st.builds(Override, DAYS, st.sampled_from(["off", "work", "short"]), st.just("приказ")),
    max_size=8,
    unique_by=lambda override: override.day,
)
RULES = st.builds(
    Rule,
    kind=st.just("appeal"),
    what=st.sampled_from(["register", "redirect", "answer"]),
    since=st.sampled_from(["received", "registered"]),
    unit=st.sampled_from(["calendar", "working"]),
    days=st.integers(1, 45),
    roll=st.sampled_from(["previous", "next", "stay"]),
    extension=st.integers(0, 30),
    basis=st.just({"ru": "закон"}),
    valid_from=st.just(date(2006, 11, 2)),
)
many = settings(max_examples=150, deadline=None)


@many
@given(rule=RULES, start=DAYS, own=OWN, more=st.integers(1, 20), extended=st.integers(0, 30))
def test_a_longer_term_never_ends_earlier(
    rule: Rule, start: date, own: list[Override], more: int, extended: int
) -> None:
    assume(extended <= rule.extension)
    c = calendar(*own)
    short = reckon(rule, start, c)
    longer = reckon(rule.model_copy(update={"days": rule.days + more}), start, c)
    assert short.legal < longer.legal
    assert short.due <= longer.due
    stretched = reckon(rule, start, c, extended)
    assert (short.legal, short.due) <= (stretched.legal, stretched.due)
    assert short.due <= stretched.due


@many
@given(rule=RULES, start=DAYS, own=OWN, extended=st.integers(0, 30))
def test_a_deadline_is_a_working_day_and_no_earlier_than_its_start(
    rule: Rule, start: date, own: list[Override], extended: int
) -> None:
    assume(extended <= rule.extension)
    c = calendar(*own)
    found = reckon(rule, start, c, extended)
    assert found.due >= start
    # On the very day only where no working day lies between it and the end of the term.
    assert found.due > start or c.working_days(start, found.legal) == 0
    if rule.unit == "working":
        assert c.is_working_day(found.legal)
        assert found.due == found.legal
        assert c.working_days(start, found.legal) == rule.days + extended
    else:
        assert found.legal == start + DAY * (rule.days + extended)
    match rule.roll:
        case "stay":
            assert found.due == found.legal
        case "next":
            assert c.is_working_day(found.due)
            assert found.due >= found.legal
        case "previous":
            assert c.is_working_day(found.due)
            # Later than the letter of the law only where no working day at all lies within the term.
            none_within = c.working_days(start, found.legal) == 0 and not c.is_working_day(start)
            assert found.due <= found.legal or none_within


@many
@given(rule=RULES, start=DAYS, own=OWN, extended=st.integers(0, 30))
def test_the_steps_add_up_to_the_date(rule: Rule, start: date, own: list[Override], extended: int) -> None:
    """What a client reads under «Почему этот срок?» leads to the very date that is kept."""
    assume(extended <= rule.extension)
    found = reckon(rule, start, calendar(*own), extended)
    day, off = start, 0
    first, *rest = found.steps
    assert first == Step("start", start)
    for step in rest:
        match step.what:
            case "off":
                assert rule.unit == "working"
                off = step.days
            case "count" | "extend":
                assert step.day == day + DAY * (step.days + off)
                day, off = step.day, 0
            case "roll":
                assert step.day == day == found.legal
                assert step.until is not None
                day = step.until
    assert off == 0
    assert day == found.due
    assert sum(step.days for step in rest if step.what in ("count", "extend")) == rule.days + extended
