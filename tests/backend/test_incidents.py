"""Series, drift and silence over rows, and what must not call anybody."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from backend import feedback, incidents, jobs, tasks
from backend.codes import codes, scans, sheets
from backend.exclusions import exclude
from backend.office.model import Office
from surveys.figures import wilson
from tests.base.talk import Talk
from tests.dialogue.visits import STAND, WINDOW

HOUR = datetime(2026, 11, 23, 7, tzinfo=UTC)
WINDOW_POINT, STAND_POINT = "Т5", "Т9"


async def add(
    talk: Talk,
    scores: list[int],
    *,
    point: str = WINDOW_POINT,
    hour: datetime = HOUR,
    survey: str = "visit",
    **more: Any,
) -> list[int]:
    """Marks as the survey leaves them."""
    numbers = [random.getrandbits(62) for _ in scores]
    if not scores:
        return []
    rows = [
        {
            "id": number,
            "survey": survey,
            "version": 1,
            "subject_kind": "point",
            "subject": point,
            "channel": "web",
            "language": "ru",
            "status": "complete",
            "score": score,
            "answers": "{}",
            "hour": hour,
            "closes_on": date(2026, 11, 30),
            "series": False,
            "excluded": False,
            **more,
        }
        for number, score in zip(numbers, scores, strict=True)
    ]
    async with talk.app.db.begin() as session:
        await session.execute(feedback.response.insert(), rows)
    return numbers


async def of_kind(talk: Talk, kind: str) -> list[Any]:
    return await talk.rows("SELECT * FROM task WHERE kind = :kind ORDER BY id", kind=kind)


def give(talk: Talk, office: Office) -> None:
    talk.app.office = talk.app.delivery.office = talk.app.hearing.office = office


def fields(office: Office) -> dict[str, Any]:
    return {name: getattr(office, name) for name in Office.model_fields}


async def minute(talk: Talk) -> None:
    talk.now += timedelta(minutes=1)
    await talk.minute()


# --- series -----------------------------------------------------------------------------------------------


async def test_a_series_needs_three_low_marks_of_one_subject_within_a_day(talk: Talk) -> None:
    await add(talk, [3, 3, 5, 4])
    await add(talk, [1], point=STAND_POINT)
    await add(talk, [1], hour=HOUR - timedelta(hours=25))
    await minute(talk)
    assert await of_kind(talk, "series") == []
    await add(talk, [2], hour=HOUR - timedelta(hours=24))
    await minute(talk)
    (task,) = await of_kind(talk, "series")
    assert (task.subject_kind, task.subject, task.channel) == ("point", WINDOW_POINT, "system")
    await minute(talk)
    assert len(await of_kind(talk, "series")) == 1


async def test_what_figures_leave_out_makes_no_series(talk: Talk) -> None:
    await add(talk, [1, 1, 1], excluded=True)
    await add(talk, [1, 1, 1], subject_kind="answer", point="7")
    await add(talk, [1, 1], survey="bot")
    await minute(talk)
    assert await of_kind(talk, "series") == []


async def test_a_wide_scale_is_not_counted_on_five(talk: Talk) -> None:
    visit = talk.app.office.surveys["visit"]
    main = visit.questions[0].model_copy(update={"labels": {n: {"ru": str(n)} for n in range(11)}})
    wide = visit.model_copy(update={"id": "nps", "questions": (main, *visit.questions[1:])})
    give(talk, talk.app.office.model_copy(update={"surveys": {**talk.app.office.surveys, "nps": wide}}))
    await add(talk, [1, 2, 3, 3], survey="nps")
    await minute(talk)
    assert await of_kind(talk, "series") == []


async def test_a_storm_of_series_is_told_as_a_few_messages(talk: Talk) -> None:
    owner, head = await talk.joins("demoev"), await talk.joins("obraztsov")
    point = talk.app.office.point_by_code(WINDOW_POINT)
    assert point is not None
    many = tuple(point.model_copy(update={"code": f"З{n}", "token": None}) for n in range(100))
    office = talk.app.office.model_copy(update={"points": (*talk.app.office.points, *many)})
    # Cached look-ups belong to the old office.
    give(talk, Office.model_validate(fields(office)))
    for one in many:
        await add(talk, [1, 1, 1], point=one.code)
    await minute(talk)
    assert len(await of_kind(talk, "series")) == 100
    assert len(owner.posted) == 5
    assert len(head.posted) == 5
    assert "Ещё 95 таких же сообщений. Новые – на кнопках" in owner.posted[0].text
    await minute(talk)
    assert len(await of_kind(talk, "series")) == 100
    await owner.types("задачи")
    assert "100 открытых задач" in owner.text


async def test_a_clock_set_back_and_forth_tells_nothing_twice(talk: Talk) -> None:
    await add(talk, [1, 1, 1])
    await minute(talk)
    talk.now -= timedelta(hours=1)
    await minute(talk)
    talk.now += timedelta(hours=3)
    await minute(talk)
    assert len(await of_kind(talk, "series")) == 1


async def test_two_processes_open_one_series(talk: Talk) -> None:
    await add(talk, [1, 1, 1])
    for _ in range(2):
        await jobs.minute(talk.app.regular.__class__(**{**vars_of(talk.app.regular), "clock": talk.clock}))
    assert len(await of_kind(talk, "series")) == 1


def vars_of(regular: Any) -> dict[str, Any]:
    return {name: getattr(regular, name) for name in regular.__dataclass_fields__}


async def test_the_card_follows_its_marks(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    numbers = await add(talk, [1, 3, 3])
    await minute(talk)
    async with talk.app.db.begin() as session:
        await session.execute(
            feedback.response.update().where(feedback.response.c.id == numbers[0]).values(excluded=True)
        )
    await boss.presses_old("task.1", "open")
    assert "за 24 часа: 2 («3» – 2)" in boss.text
    assert "Исключено как спам или повтор: 1" in boss.text


# --- drift ------------------------------------------------------------------------------------------------


async def drifted(talk: Talk, last: list[int], before: list[int], *, days_before: int = 40) -> list[Any]:
    await add(talk, before, hour=HOUR - timedelta(days=days_before))
    await add(talk, last, hour=HOUR - timedelta(days=1))
    await minute(talk)
    return await of_kind(talk, "drift")


async def test_drift_in_words(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    (task,) = await drifted(talk, [5] * 18 + [2] * 12, [5] * 88 + [2] * 12)
    low, high = wilson(18, 30)
    assert (round(low * 100), round(high * 100)) == (42, 75)
    card = next(alert for alert in boss.posted if "хуже" in alert.text)
    assert "Последние 30 оценок: 60 % хороших (интервал 42–75 %). За 90 дней до этого: 88 %, 100 оценок." in card.text
    assert task.channel == "system"


@pytest.mark.parametrize(
    ("last", "before", "why"),
    [
        ([5] * 18 + [2] * 12, [5] * 74 + [2] * 26, "the interval reaches the earlier share"),
        ([2] * 29, [], "29 marks are too few"),
        ([2] * 30, [5] * 29, "29 earlier marks are too few"),
        ([5] * 30, [5] * 60, "nothing has changed"),
    ],
)
async def test_no_drift(talk: Talk, last: list[int], before: list[int], why: str) -> None:
    assert await drifted(talk, last, before) == [], why


async def test_what_lies_before_the_ninety_days_does_not_count(talk: Talk) -> None:
    assert await drifted(talk, [2] * 30, [5] * 60, days_before=92) == []


async def test_marks_of_the_first_hour_are_split_between_last_and_earlier(sqlite_talk: Talk) -> None:
    """All in one hour: thirty of them are the last ones, the others are earlier."""
    await add(sqlite_talk, [5] * 29 + [1] * 29, hour=HOUR - timedelta(days=1))
    await minute(sqlite_talk)
    assert await of_kind(sqlite_talk, "drift") == []
    await add(sqlite_talk, [5] * 2, hour=HOUR - timedelta(days=1))
    sqlite_talk.tomorrow()
    await minute(sqlite_talk)  # sixty: no fault, whatever falls where


async def test_drift_is_told_once_until_closed_and_not_again_for_a_month(talk: Talk) -> None:
    await drifted(talk, [2] * 30, [5] * 100)
    for _ in range(2):
        talk.tomorrow()
        await minute(talk)
    (task,) = await of_kind(talk, "drift")
    await talk.rows(
        "UPDATE task SET status = 'closed', done = 'разобрались', closed_at = :now WHERE kind = 'drift' RETURNING id",
        now=talk.now.replace(tzinfo=None),
    )
    await add(talk, [2] * 5, hour=talk.now.replace(minute=0))
    talk.now += timedelta(days=29)
    await add(talk, [2] * 5, hour=talk.now.replace(minute=0) - timedelta(days=1))
    await minute(talk)
    assert len(await of_kind(talk, "drift")) == 1
    talk.now += timedelta(days=2)
    await minute(talk)
    assert len(await of_kind(talk, "drift")) == 2
    assert task.status == "new"


async def test_drift_and_silence_wake_nobody_at_night(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    talk.now -= timedelta(hours=8)  # 2:00 in Moscow
    assert await drifted(talk, [2] * 30, [5] * 100) == []
    talk.now += timedelta(hours=8)
    await minute(talk)
    assert len(await of_kind(talk, "drift")) == 1


async def test_another_survey_is_another_share(sqlite_talk: Talk) -> None:
    await add(sqlite_talk, [5] * 100, survey="service", hour=HOUR - timedelta(days=40))
    assert await drifted(sqlite_talk, [2] * 30, []) == []


# --- silence ----------------------------------------------------------------------------------------------

TODAY = date(2026, 11, 23)


async def hangs(talk: Talk, *, printed: date, token: str = WINDOW, number: str = "Л-104", **more: Any) -> None:
    row = {"token": token, "point": WINDOW_POINT, "number": number, "version": 1, "size": "A4", "place": ""}
    async with talk.app.db.begin() as session:
        await session.execute(sheets.insert().values(**row, printed_on=printed, printed_by="Примерова В. И.", **more))


async def scanned(talk: Talk, day: date, token: str = WINDOW) -> None:
    async with talk.app.db.begin() as session:
        await session.execute(scans.insert().values(token=token, day=day, count=3))


async def test_a_sheet_without_a_scan_for_thirty_days(talk: Talk) -> None:
    boss = await talk.joins("demoev")
    await hangs(talk, printed=TODAY - timedelta(days=29))
    await minute(talk)
    assert await of_kind(talk, "silence") == []
    talk.tomorrow()
    await minute(talk)
    (task,) = await of_kind(talk, "silence")
    assert (task.subject, task.channel) == (WINDOW_POINT, "system")
    assert "Лист Л-104 не открывали 30 дней" in boss.posted[0].text
    assert "ни разу" in boss.posted[0].text


async def test_a_scan_is_life_until_it_is_thirty_days_old(talk: Talk) -> None:
    await hangs(talk, printed=TODAY - timedelta(days=200))
    await scanned(talk, TODAY - timedelta(days=120))
    await scanned(talk, TODAY - timedelta(days=29))
    await minute(talk)
    assert await of_kind(talk, "silence") == []
    talk.tomorrow()
    await minute(talk)
    assert len(await of_kind(talk, "silence")) == 1


async def test_silence_is_told_once_until_closed_and_not_again_for_a_month(talk: Talk) -> None:
    await hangs(talk, printed=TODAY - timedelta(days=60))
    for _ in range(3):
        await minute(talk)
        talk.tomorrow()
    assert len(await of_kind(talk, "silence")) == 1
    await talk.rows(
        "UPDATE task SET status = 'closed', done = 'висит', closed_at = :now RETURNING id",
        now=talk.now.replace(tzinfo=None),
    )
    talk.now += timedelta(days=29)
    await minute(talk)
    assert len(await of_kind(talk, "silence")) == 1
    talk.now += timedelta(days=2)
    await minute(talk)
    assert len(await of_kind(talk, "silence")) == 2


async def test_what_is_not_meant_to_be_scanned_is_not_silent(talk: Talk) -> None:
    old = TODAY - timedelta(days=90)
    await hangs(talk, printed=old, withdrawn_on=TODAY - timedelta(days=1))
    for token, more in (
        ("REVKD234", {"revoked_at": talk.now}),
        ("PVER2345", {"valid_until": TODAY - timedelta(days=1)}),
        ("EARLY234", {"valid_from": TODAY + timedelta(days=1)}),
        ("NEWBQRN2", {"valid_from": TODAY - timedelta(days=3)}),  # an event that has just begun
    ):
        await hangs(talk, printed=old, token=token)
        row = {"token": token, "point": WINDOW_POINT, "place": "", "made_at": talk.now, "made_by": "x", "reason": ""}
        async with talk.app.db.begin() as session:
            await session.execute(codes.insert().values(**row | more))
    await hangs(talk, printed=old, token="NPWHERE2")  # leads nowhere any more
    await hangs(talk, printed=old, token=STAND)
    points = tuple(p.model_copy(update={"open": p.token != STAND}) for p in talk.app.office.points)
    give(talk, Office.model_validate({**fields(talk.app.office), "points": points}))
    await minute(talk)
    assert await of_kind(talk, "silence") == []


async def test_a_heap_of_silent_sheets_is_a_few_messages(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    boss = await talk.joins("demoev")
    for number in range(40):
        await hangs(talk, printed=TODAY - timedelta(days=60), number=f"Л-{number}")
    await minute(talk)
    assert len(await of_kind(talk, "silence")) == 40
    assert len(boss.posted) == 5


# --- cost -------------------------------------------------------------------------------------------------


async def test_no_look_reads_the_marks_of_all_years(sqlite_talk: Talk) -> None:
    """SQLite's own plan of each statement: found by hour, or by subject and hour."""
    talk = sqlite_talk
    for scores, age in (([5] * 100, 40), ([2] * 30, 1), ([1, 1, 1], 0)):
        await add(talk, scores, hour=HOUR - timedelta(days=age))
    seen: list[tuple[str, Any]] = []
    engine = talk.app.db.writer.sync_engine
    event.listen(
        engine, "before_cursor_execute", lambda _c, _k, statement, values, *_: seen.append((statement, values))
    )
    async with talk.app.db.begin() as session:
        await incidents._series(session, talk.app.office, talk.now)
        await incidents._drifts(session, talk.app.office, talk.now)
        await feedback.mark_series(session, HOUR)
    of_marks = [(statement, values) for statement, values in seen if "FROM response" in statement]
    assert len(of_marks) >= 4
    for statement, values in of_marks:
        async with talk.app.db.begin() as session:
            plan = await session.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            steps = "\n".join(row[-1] for row in plan)
        assert "INDEX ix_response_hour (hour>?)" in steps or "ix_response_subject_hour (subject=?" in steps, steps


def test_codes_of_points_fit_into_a_cause() -> None:
    """`drift:service:<code>:<survey>` with the longest names that the office folder allows."""
    assert len("drift:service:" + "с" * 24 + ":" + "s" * 24) <= 80


async def test_excluding_the_marks_of_a_series_ends_nothing_by_itself(talk: Talk) -> None:
    """A person closes it: what was excluded is shown, not hidden."""
    person = talk.app.office.person("primerova")
    assert person is not None
    (number, *_) = await add(talk, [1, 1, 1])
    async with talk.app.db.begin() as session:
        low = await tasks.open_task(
            session,
            kind="low_score",
            channel="web",
            now=talk.now,
            announce_at=talk.now,
            response=number,
            subject_kind="point",
            subject=WINDOW_POINT,
        )
    await minute(talk)
    async with talk.app.db.begin() as session:
        task = await tasks.get(session, low)
        assert await exclude(session, task, talk.now, kind="spam", reason="робот", done="исключено", by=person)
    await minute(talk)
    (series,) = await of_kind(talk, "series")
    assert series.status == "new"
