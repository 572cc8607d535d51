"""The rules of invitations: codes, calm moments, frequency, and the one decision. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.calendar import Override, WorkCalendar
from backend.invitations import (
    SEND,
    Known,
    Verdict,
    decide,
    in_groups,
    is_calm_day,
    new_code,
    next_moment,
    read_code,
)
from backend.office.model import Rules, Week
from backend.staff import CODE_ALPHABET

MOSCOW = ZoneInfo("Europe/Moscow")
WEEK = Week(mon="09:00-18:00", tue="09:00-18:00", wed="09:00-18:00", thu="09:00-18:00", fri="09:00-16:45")
CALENDAR = WorkCalendar(WEEK, MOSCOW)
QUIET = "21:00-09:00"
RULES = Rules()


def at(text: str, zone: ZoneInfo = MOSCOW) -> datetime:
    """A moment of the local clock."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


# --- codes ------------------------------------------------------------------------------------------------


def test_a_code_is_read_as_people_write_it() -> None:
    code = new_code()
    shown = in_groups(code)
    assert len(shown) == 14
    for text in (
        shown,
        code.lower(),
        shown.replace("-", " "),
        f" {shown.replace('-', '–')} ",
        f"{code[:5]}\t{code[5:]}",
    ):
        assert read_code(text) == code
    assert len({new_code() for _ in range(500)}) == 500


def test_a_code_typed_on_the_russian_layout_is_the_code() -> None:
    code = next(c for c in iter(new_code, "") if set("AKMB") & set(c))
    assert read_code(code.translate(str.maketrans("ABEKMHPCTYX", "АВЕКМНРСТУХ"))) == code


@given(st.integers(0, 11), st.sampled_from(CODE_ALPHABET))
def test_every_wrong_letter_is_found(place: int, letter: str) -> None:
    code = new_code()
    wrong = code[:place] + letter + code[place + 1 :]
    assert (read_code(wrong) == wrong) == (wrong == code)


@given(st.integers(0, 9))
def test_every_swap_of_neighbours_is_found(place: int) -> None:
    code = new_code()
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert read_code(swapped) is None or swapped == code


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading(text: str) -> None:
    found = read_code(text)
    assert found is None or len(found) == 12


# --- calm moments -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-23T10:00", "2026-11-23T10:00"),  # Monday
        ("2026-11-23T08:59:59", "2026-11-23T09:00"),
        ("2026-11-23T09:00", "2026-11-23T09:00"),
        ("2026-11-23T20:59:59", "2026-11-23T20:59:59"),
        ("2026-11-23T21:00", "2026-11-24T09:00"),
        ("2026-11-23T00:00", "2026-11-23T09:00"),
        ("2026-11-20T22:00", "2026-11-21T09:00"),  # Friday night → Saturday
        ("2026-11-21T21:30", "2026-11-23T09:00"),  # Saturday night → Monday
        ("2026-11-22T12:00", "2026-11-23T09:00"),  # Sunday
        ("2026-11-03T21:30", "2026-11-05T09:00"),  # before the Day of Unity
        ("2026-11-04T12:00", "2026-11-05T09:00"),
        ("2026-12-31T12:00", "2027-01-09T09:00"),  # a moved day off, eight days of holidays, a plain Saturday
    ],
)
def test_the_next_calm_moment(now: str, then: str) -> None:
    assert next_moment(QUIET, CALENDAR, at(now)) == at(then)


def test_a_declared_day_off_and_a_working_saturday() -> None:
    own = [Override(date(2026, 11, 24), "off", "указ"), Override(date(2026, 11, 28), "work", "приказ")]
    calendar = WorkCalendar(WEEK, MOSCOW, own)
    assert not is_calm_day(calendar, date(2026, 11, 24))
    assert is_calm_day(calendar, date(2026, 11, 28))
    assert next_moment(QUIET, calendar, at("2026-11-23T22:00")) == at("2026-11-25T09:00")
    # A Saturday that the office calls a day off, and a Sunday on which it works, are left alone.
    own = [Override(date(2026, 11, 28), "off", "день траура"), Override(date(2026, 11, 29), "work", "приказ")]
    calendar = WorkCalendar(WEEK, MOSCOW, own)
    assert next_moment(QUIET, calendar, at("2026-11-27T22:00")) == at("2026-11-30T09:00")


@pytest.mark.parametrize("zone", ["Europe/Kaliningrad", "Asia/Kamchatka", "America/New_York"])
def test_quiet_hours_are_local(zone: str) -> None:
    here = ZoneInfo(zone)
    calendar = WorkCalendar(WEEK, here)
    assert next_moment(QUIET, calendar, at("2026-11-23T21:00", here)) == at("2026-11-24T09:00", here)
    assert next_moment(QUIET, calendar, at("2026-11-23T20:59", here)) == at("2026-11-23T20:59", here)


def test_several_spans_and_a_day_that_is_quiet_throughout() -> None:
    spans = "13:00-14:00, 21:00-09:00"
    assert next_moment(spans, CALENDAR, at("2026-11-23T13:30")) == at("2026-11-23T14:00")
    assert next_moment(spans, CALENDAR, at("2026-11-23T21:30")) == at("2026-11-24T09:00")
    assert next_moment("00:00-12:00, 12:00-00:00", CALENDAR, at("2026-11-23T10:00")) is None
    assert next_moment("00:00-00:00", CALENDAR, at("2026-11-23T03:00")) == at("2026-11-23T03:00")


@given(st.integers(0, 60 * 24 * 400))
def test_a_calm_moment_is_calm_and_not_in_the_past(minutes: int) -> None:
    now = at("2026-01-01T00:00") + timedelta(minutes=minutes)
    found = next_moment(QUIET, CALENDAR, now)
    assert found is not None
    assert found >= now
    local = found.astimezone(MOSCOW)
    assert 9 <= local.hour < 21
    assert local.weekday() != 6
    assert next_moment(QUIET, CALENDAR, found) == found


# --- the decision -----------------------------------------------------------------------------------------

NOW = at("2026-11-23T12:00").astimezone(UTC)
ENDS = NOW + timedelta(days=6)


def verdict(state: str = "planned", ends: datetime = ENDS, rules: Rules = RULES, now: datetime = NOW, **known: object):  # type: ignore[no-untyped-def]
    return decide(state, ends, rules, CALENDAR, Known(**known), now)  # type: ignore[arg-type]


def test_it_is_sent_when_nothing_speaks_against_it() -> None:
    assert verdict() == SEND
    assert verdict("sent") == SEND
    assert verdict("reminded") == Verdict("wait", ENDS)


@pytest.mark.parametrize("state", ["planned", "sent", "reminded"])
def test_what_ends_it(state: str) -> None:
    assert verdict(state, agreed=False) == Verdict("end", why="stopped")
    assert verdict(state, rated=True) == Verdict("end", why="rated")
    assert verdict(state, ends=NOW) == Verdict("end", why="old" if state == "planned" else "unanswered")


def test_switched_off() -> None:
    off = Rules(invitations=False)
    assert verdict(rules=off) == Verdict("end", why="off")
    assert verdict("sent", rules=off) == Verdict("wait", ENDS)


@pytest.mark.parametrize(("days", "sent"), [(0, False), (1, False), (13, False), (14, True), (15, True), (-3, False)])
def test_once_in_fourteen_days(days: int, sent: bool) -> None:
    found = verdict(invited=[date(2026, 11, 23) - timedelta(days=days)])
    assert found == (SEND if sent else Verdict("end", why="often"))


def test_four_in_a_calendar_quarter() -> None:
    autumn = [date(2026, 10, 1), date(2026, 10, 15), date(2026, 10, 29)]
    assert verdict(invited=autumn) == SEND
    assert verdict(invited=[*autumn, date(2026, 9, 30)]) == SEND
    assert verdict(invited=[*autumn, date(2026, 10, 2)]) == Verdict("end", why="quarter")
    four = [*autumn, date(2026, 11, 9)]
    later = at("2027-01-12T12:00").astimezone(UTC)
    assert verdict(invited=four) == Verdict("end", why="quarter")
    assert verdict(invited=four, now=later, ends=later + timedelta(days=3)) == SEND


def test_own_limits_of_the_office() -> None:
    rules = Rules(invite_gap_days=0, invite_quarter=1)
    assert verdict(rules=rules) == SEND
    assert verdict(rules=rules, invited=[date(2026, 11, 23)]) == Verdict("end", why="quarter")
    assert verdict(rules=Rules(invite_quarter=0)) == Verdict("end", why="quarter")


def test_the_reminder_is_no_second_invitation() -> None:
    assert verdict("sent", invited=[date(2026, 11, 22)]) == SEND


def test_it_waits_for_a_calm_moment_and_for_the_end_of_a_survey() -> None:
    night = at("2026-11-23T22:00").astimezone(UTC)
    assert verdict(now=night) == Verdict("wait", at("2026-11-24T09:00").astimezone(UTC))
    assert verdict(answering=True) == Verdict("wait", NOW + timedelta(hours=1))
    # By the morning fourteen days may have passed: the frequency is judged when it would be sent.
    assert verdict(now=night, invited=[date(2026, 11, 10)]).do == "wait"


def test_later_than_seven_days_after_the_visit_it_is_old() -> None:
    visit = at("2026-12-30T17:00").astimezone(UTC)
    due = visit + timedelta(hours=1)
    assert verdict(now=due, ends=visit + timedelta(days=7)) == SEND
    visit = at("2026-12-31T17:00").astimezone(UTC)  # the holidays last until 8 January
    due = visit + timedelta(hours=1)
    assert verdict(now=due, ends=visit + timedelta(days=7)) == Verdict("end", why="old")
    assert verdict("sent", now=due, ends=visit + timedelta(days=7)).do == "wait"
