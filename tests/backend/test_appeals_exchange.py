"""Appeals to and from another system: read in any form, judged by the rules, told by line, changed once."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from backend import outbox
from backend.appeals import events as events_of
from backend.appeals import exchange, following, imports, registration, work
from backend.appeals.exchange import BadFile, NoDay
from backend.appeals.following import Chat
from backend.appeals.imports import Outcome, Place
from backend.appeals.registration import New
from backend.appeals.rows import appeals, events
from backend.appeals.work import Desk
from backend.journal import table as journal_rows
from tests.base.talk import Talk

HEAD = "number,kind,way,topic,registered,stage,due,extended,answered,reason,body,summary"


def entries_of(folder: Path, text: str, encoding: str = "utf-8") -> Any:
    path = folder / "exchange.csv"
    path.write_bytes(text.encode(encoding))
    form = exchange.format_of(path)
    return form, exchange.entries(path, form)


class Carrier:
    """Loads files into the bot of one test, as the other system `sed`."""

    def __init__(self, talk: Talk, folder: Path) -> None:
        self.talk, self.folder = talk, folder
        self.codes: dict[str, str] = {}

    async def __call__(self, *lines: str, head: str = HEAD, dry: bool = False, source: str = "sed") -> list[Outcome]:
        _, entries = entries_of(self.folder, "\n".join([head, *lines]))
        app = self.talk.app
        place = Place(app.db, app.office, app.calendar(), app.keys, source, self.talk.now, self.codes.__setitem__)
        return [outcome async for outcome in imports.run(place, entries, dry=dry)]

    async def one(self, line: str, **more: Any) -> Outcome:
        found = await self(line, **more)
        assert len(found) == 1
        return found[0]

    async def row(self, number: str) -> Any:
        async with self.talk.app.db.read() as session:
            row = await following.by_number(session, number)
        assert row is not None, number
        return row

    async def history(self, number: str) -> list[Any]:
        row = await self.row(number)
        async with self.talk.app.db.read() as session:
            mine = select(events).where(events.c.appeal == row.id).order_by(events.c.id)
            return list(await session.execute(mine))

    async def everything(self) -> dict[str, int]:
        """How many rows there are of what an import writes."""
        async with self.talk.app.db.read() as session:
            return {
                table.name: (await session.execute(select(func.count()).select_from(table))).scalar_one()
                for table in (appeals, events, journal_rows, outbox.table)
            }

    async def follows(self, number: str, ident: str = "5") -> None:
        """A client in VK who has given number and code."""
        app = self.talk.app
        chat = Chat(app.keys.hash(f"vk:{ident}"), "vk", app.keys.seal(f"vk:{ident}"), "ru")
        row = await self.row(number)
        async with app.db.begin() as session:
            await following.add(session, row.id, chat, self.talk.now)


@pytest.fixture
def carry(talk: Talk, tmp_path: Path) -> Carrier:
    return Carrier(talk, tmp_path)


# --- the file ---------------------------------------------------------------------------------------------

SAME = [
    ["Рег. №", "Вид обращения", "Этап", "Лишнее", "Содержание"],
    ["01-15/7", "Обращение", "Рассмотрение", "x", "Дорога; мост, «ручей»"],
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_any_encoding_and_delimiter_read_the_same(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(SAME)
    form, entries = entries_of(tmp_path, text.getvalue(), encoding)
    assert form.columns == ("number", "kind", "stage", "", "summary")
    assert form.unknown == ("Лишнее",)
    (found,) = entries
    assert (found.line, found.fault) == (2, "")
    assert found.cells["number"] == "01-15/7"
    assert found.cells["summary"] == "Дорога; мост, «ручей»"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "пуст"),
        (b"\n\n", "пуст"),
        ("вид,этап\nОбращение,review\n".encode(), "номер"),
        ("номер,этап,номер\n1,2,3\n".encode(), "дважды"),
        (b"number,stage\n\x98\xff\n", "кодировка"),
    ],
)
def test_a_file_that_is_no_table_is_refused_as_a_whole(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=why):
        exchange.format_of(path)


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    _, entries = entries_of(tmp_path, 'number,answer\n\nA,"one\ntwo"\nB,x\n,\nC,"open\n')
    found = [(entry.line, entry.cells.get("number", ""), bool(entry.fault)) for entry in entries]
    assert found[:2] == [(3, "A", False), (5, "B", False)]


def test_more_cells_than_columns_are_told(tmp_path: Path) -> None:
    _, entries = entries_of(tmp_path, "number,stage\nA,review,odd\nB,review,\n")
    first, second = entries
    assert "столбцов 3" in first.fault
    assert not second.fault


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_a_day_is_read_as_either_form(day: date) -> None:
    forms = [day.isoformat(), f"{day:%d.%m.%Y}", f"{day.day}.{day.month}.{day.year}", f"{day:%d.%m.%Y} 10:30"]
    assert {exchange.read_day(text) for text in forms} == {day}


@pytest.mark.parametrize("text", ["", "32.01.2026", "2026-13-01", "23.11.26", "11/23/2026", "завтра", "2026-11-23x"])
def test_no_day(text: str) -> None:
    with pytest.raises(NoDay):
        exchange.read_day(text)


# --- new ones ---------------------------------------------------------------------------------------------


async def test_twenty_rows_twice_are_twenty_appeals(carry: Carrier) -> None:
    """Requirement 4.16."""
    lines = [f"СЭД-{n},appeal,paper,roads,2026-11-{n:02d},review,,,,,," for n in range(1, 21)]
    assert {outcome.result for outcome in await carry(*lines)} == {"new"}
    before = await carry.everything()
    assert before["appeal"] == 20
    carry.talk.tomorrow()
    assert {outcome.result for outcome in await carry(*lines)} == {"same"}
    assert await carry.everything() == before


async def test_a_dry_run_says_the_same_and_changes_nothing(carry: Carrier) -> None:
    lines = ["СЭД-1,appeal,paper,,2026-11-02,,,,,,,", "СЭД-2,appeal,paper,,2026-11-02,выдумано,,,,,,"]
    before = await carry.everything()
    dry = await carry(*lines, dry=True)
    assert await carry.everything() == before
    assert await carry(*lines) == dry
    assert [outcome.result for outcome in dry] == ["new", "error"]


async def test_the_term_is_counted_by_the_rule_and_the_responsible_found(carry: Carrier) -> None:
    await carry.one("СЭД-1,Обращение,Письмо,Отказ в субсидии или гранте,02.10.2026,Рассмотрение,,,,,,")
    row = await carry.row("СЭД-1")
    assert (row.legal_on, row.due_on) == (date(2026, 11, 1), date(2026, 10, 30))
    assert (row.kind, row.way, row.topic, row.stage, row.means) == ("appeal", "paper", "refusal", "review", "work")
    assert (row.holder, row.unit) == ("maketov", "small_farms")
    assert (row.source, row.outside, row.entered_by) == ("sed", "СЭД-1", "import:sed")
    history = await carry.history("СЭД-1")
    assert [(event.kind, event.by) for event in history] == [("registered", "import:sed"), ("stage", "import:sed")]


async def test_a_given_term_is_kept(carry: Carrier) -> None:
    await carry.one("СЭД-1,appeal,paper,,2026-11-02,,2026-11-30,,,,,")
    assert (await carry.row("СЭД-1")).due_on == date(2026, 11, 30)


async def test_an_answered_one_has_its_end_and_no_holder_who_would_be_reminded(carry: Carrier) -> None:
    await carry(
        "СЭД-1,appeal,paper,roads,2026-10-02,answered,,,2026-10-20,,,",
        "СЭД-2,appeal,paper,roads,2026-10-02,answered,,,2026-11-02,,,",
        "СЭД-3,appeal,paper,roads,2026-10-02,redirected,,,2026-10-08,,roads,",
        "СЭД-4,appeal,paper,roads,2026-10-02,redirected,,,2026-10-12,,Лесное управление,",
    )
    rows = [await carry.row(f"СЭД-{n}") for n in range(1, 5)]
    assert [row.in_time for row in rows] == [True, False, True, False]
    assert {row.open for row in rows} == {False}
    assert {row.holder for row in rows} == {None}
    assert rows[0].keep_until == date(2026, 10, 20) + timedelta(days=1826)
    assert [row.answers for row in rows] == [1, 1, 0, 0]


async def test_one_whose_person_is_complained_of_goes_elsewhere(carry: Carrier) -> None:
    head = f"{HEAD},complained"
    await carry.one("СЭД-1,appeal,paper,refusal,2026-11-02,,,,,,,,Макетов Т. Р.", head=head)
    row = await carry.row("СЭД-1")
    assert row.holder == "demoev"
    assert row.complained == " maketov "
    wrong = await carry.one("СЭД-2,appeal,paper,refusal,2026-11-02,,,,,,,,Никто Н. Н.", head=head)
    assert wrong.result == "error"


async def test_personal_numbers_in_the_summary_are_hidden(carry: Carrier) -> None:
    await carry.one("СЭД-1,appeal,paper,,2026-11-02,,,,,,,Позвоните +7 912 345-67-89")
    assert "912" not in (await carry.row("СЭД-1")).summary


async def test_our_series_goes_on_after_theirs_and_the_journal_explains_the_gap(carry: Carrier) -> None:
    await carry("А-2026-0500,appeal,paper,,2026-11-02,,,,,,,", "А-2026-0300,appeal,paper,,2026-11-02,,,,,,,")
    app = carry.talk.app
    async with app.db.begin() as session:
        new = New("appeal", "paper")
        done = await registration.register(
            session, app.office, app.calendar(), app.keys, carry.talk.now, new, by="chernykh"
        )
        noted = select(journal_rows.c.details).where(journal_rows.c.action == "appeal.numbers")
        explained = [details for (details,) in await session.execute(noted)]
    assert done.number == "А-2026-0501"
    assert explained == ["from=0 to=500"]


async def test_codes_open_the_new_ones(carry: Carrier) -> None:
    await carry("СЭД-1,appeal,paper,,2026-11-02,,,,,,,")
    client = carry.talk.client("vk", 5)
    await client.starts()
    app = carry.talk.app
    async with app.db.begin() as session:
        chat = Chat("somebody", "vk", "sealed", "ru")
        found = await following.follow(
            session, app.office, app.keys, chat, "сэд-1", carry.codes["СЭД-1"], carry.talk.now
        )
    assert found.outcome == "found"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (",appeal,paper,,2026-11-02,,,,,,,", "нет номера"),
        ("СЭД-1,,paper,,2026-11-02,,,,,,,", "вид не указан"),
        ("СЭД-1,appeal,,,2026-11-02,,,,,,,", "способ подачи не указан"),
        ("СЭД-1,appeal,paper,,,,,,,,,", "дата регистрации не указана"),
        ("СЭД-1,жалобище,paper,,2026-11-02,,,,,,,", "вид: «жалобище»"),
        ("СЭД-1,appeal,почтальон,,2026-11-02,,,,,,,", "способ подачи: «почтальон»"),
        ("СЭД-1,appeal,paper,погода,2026-11-02,,,,,,,", "тема: «погода»"),
        ("СЭД-1,appeal,paper,,2026-11-02,потеряно,,,,,,", "этап: «потеряно»"),
        ("СЭД-1,appeal,paper,,31.02.2026,,,,,,,", "дата регистрации"),
        ("СЭД-1,appeal,paper,,2026-11-24,,,,,,,", "ещё не наступила"),
        ("СЭД-1,appeal,paper,,2026-11-02,,2026-11-01,,,,,", "срок 01.11.2026"),
        ("СЭД-1,appeal,paper,,2026-11-02,,,месяц,,,,", "не число дней"),
        ("СЭД-1,appeal,paper,,2026-11-02,,,31,,,,", "не больше чем на 30"),
        ("СЭД-1,idea,paper,,2026-11-02,,,5,,,,", "не больше чем на 0"),
        ("СЭД-1,appeal,paper,,2026-11-02,answered,,,,,,", "даты ответа нет"),
        ("СЭД-1,appeal,paper,,2026-11-02,answered,,,2026-11-24,,,", "дата ответа"),
        ("СЭД-1,appeal,paper,,2026-11-02,answered,,,2026-11-01,,,", "дата ответа"),
        ("СЭД-1,appeal,paper,,2026-11-02,review,,,2026-11-10,,,", "ещё не конец"),
        ("СЭД-1,appeal,paper,,2026-11-02,refused,,,2026-11-10,нет,,", "только с причиной"),
        ("СЭД-1,appeal,paper,,2026-11-02,suspended,,,,,,", "только с причиной"),
        ("СЭД-1,appeal,paper,,2026-11-02,redirected,,,2026-11-06,,,", "в какой орган"),
        ("СЭД-1,appeal,paper,,2026-11-02,closed,,,2026-11-06,надоело,,", "причина закрытия"),
        ("СЭД-1,idea,paper,,2026-01-12,answered,,,2026-01-20,,,", "срок хранения вышел"),
        ("А-2026-999999999,appeal,paper,,2026-11-02,,,,,,,", "похоже на опечатку"),
        (f"{'9' * 41},appeal,paper,,2026-11-02,,,,,,,", "слишком длинный"),
    ],
)
async def test_what_is_wrong_is_told_and_left(carry: Carrier, line: str, why: str) -> None:
    before = await carry.everything()
    found = await carry(line, "СЭД-9,appeal,paper,,2026-11-02,,,,,,,", dry=True)
    assert [outcome.result for outcome in found] == ["error", "new"]
    assert (found[0].line, why in found[0].why) == (2, True), found[0].why
    assert await carry.everything() == before


async def test_a_number_twice_in_the_file_names_the_first_line(carry: Carrier) -> None:
    found = await carry(
        "СЭД-1,appeal,paper,,2026-11-02,,,,,,,",
        "СЭД-2,appeal,paper,,2026-11-02,,,,,,,",
        "сэд-1,appeal,paper,,2026-11-02,answered,,,2026-11-10,,,",
    )
    assert [outcome.result for outcome in found] == ["new", "new", "error"]
    assert found[2].why == "номер уже был в строке 2"
    assert (await carry.row("СЭД-1")).open


# --- changes ----------------------------------------------------------------------------------------------

FIRST = "СЭД-1,appeal,paper,,2026-11-02,review,,,,,,"


async def test_a_change_of_stage_is_told_to_the_client_once(carry: Carrier) -> None:
    await carry.one(FIRST)
    await carry.follows("СЭД-1")
    answered = "СЭД-1,appeal,paper,,2026-11-02,answered,,,2026-11-20,,,"
    found = await carry.one(answered)
    assert (found.result, found.why) == ("changed", "этап: Рассмотрение → Ответ отправлен")
    assert (await carry.one(answered)).result == "same"
    row = await carry.row("СЭД-1")
    assert (row.open, row.answered_on, row.in_time, row.answers) == (False, date(2026, 11, 20), True, 1)
    assert [event.kind for event in await carry.history("СЭД-1")] == ["registered", "stage", "answered"]
    async with carry.talk.app.db.read() as session:
        told = [row for row in await session.execute(select(outbox.table)) if row.kind == "appeal"]
    assert len(told) == 1


async def test_an_answer_that_stayed_in_the_other_system_is_told_with_where_it_is(carry: Carrier) -> None:
    await carry.one(FIRST)
    client = carry.talk.client("vk", 5)
    await client.starts()
    await client.types("мои обращения")
    await client.presses("Добавить по номеру")
    await client.types("сэд-1")
    await client.types(carry.codes["СЭД-1"])
    await carry.one("СЭД-1,appeal,paper,,2026-11-02,answered,,,2026-11-20,,,")
    history = await carry.history("СЭД-1")
    told = events_of.read(carry.talk.app.keys, history[-1]).words
    assert told["essence"] == "Мы ответили 20.11.2026. Ответ отправлен так же, как вы подали обращение: Письмо."
    await carry.talk.after(minutes=1)
    assert [reply.text.startswith("№ СЭД-1. Ответ готов.") for reply in client.posted] == [True]


@pytest.mark.parametrize("stage", ["suspended", "refused"])
async def test_a_refusal_names_its_reason_and_what_the_client_can_do(carry: Carrier, stage: str) -> None:
    """Requirement 3.10."""
    head = f"{HEAD},then"
    await carry.one(FIRST)
    line = f"СЭД-1,appeal,paper,,2026-11-02,{stage},,,,Текст не читается,,,"
    assert (await carry.one(line, head=head)).result == "error"
    assert (await carry.one(f"{line}Пришлите текст ещё раз", head=head)).result == "changed"
    last = events_of.read(carry.talk.app.keys, (await carry.history("СЭД-1"))[-1])
    assert last.words == {"reason": "Текст не читается", "then": "Пришлите текст ещё раз"}


async def test_clients_are_served_meanwhile(carry: Carrier) -> None:
    """The import never holds the database for long: turns go on between its short transactions."""
    client = carry.talk.client("vk", 5)
    await client.starts()
    loading = asyncio.create_task(carry(*(f"СЭД-{n},appeal,paper,,2026-11-02,review,,,,,," for n in range(400))))
    turns = 0
    while not loading.done():
        await client.types("меню")
        turns += bool(client.text)
        await asyncio.sleep(0)
    assert {outcome.result for outcome in await loading} == {"new"}
    assert turns > 10


async def test_stages_in_between_may_be_missed_but_not_gone_back(carry: Carrier) -> None:
    await carry.one("СЭД-1,appeal,paper,,2026-11-02,,,,,,,")
    skipped = await carry.one("СЭД-1,appeal,paper,,2026-11-02,approval,,,,,,")
    assert skipped.result == "changed"
    back = await carry.one("СЭД-1,appeal,paper,,2026-11-02,registered,,,,,,")
    assert (back.result, "этап назад" in back.why) == ("error", True)


@pytest.mark.parametrize("stage", ["review", "registered", "suspended", "refused", "redirected"])
async def test_what_has_ended_stays_so(carry: Carrier, stage: str) -> None:
    await carry.one("СЭД-1,appeal,paper,,2026-11-02,answered,,,2026-11-10,,,")
    again = await carry.one(f"СЭД-1,appeal,paper,,2026-11-02,{stage},,,2026-11-12,Достаточная причина,roads,")
    assert (again.result, "завершено 10.11.2026" in again.why) == ("error", True)
    assert (await carry.row("СЭД-1")).stage == "answered"


async def test_an_answered_one_is_closed_with_a_reason_of_the_list(carry: Carrier) -> None:
    await carry.one("СЭД-1,appeal,paper,,2026-11-02,answered,,,2026-11-10,,,")
    assert (await carry.one("СЭД-1,appeal,paper,,2026-11-02,closed,,,,так вышло,,")).result == "error"
    assert (await carry.one("СЭД-1,appeal,paper,,2026-11-02,closed,,,,Вопрос решён,,")).result == "changed"
    row = await carry.row("СЭД-1")
    assert (row.stage, row.reason, row.answered_on) == ("closed", "solved", date(2026, 11, 10))


async def test_nothing_is_closed_without_an_answer_but_for_a_reason_of_the_law(carry: Carrier) -> None:
    await carry.one(FIRST)
    found = await carry.one("СЭД-1,appeal,paper,,2026-11-02,closed,,,,solved,,")
    assert (found.result, "без ответа" in found.why) == ("error", True)
    assert (await carry.one("СЭД-1,appeal,paper,,2026-11-02,closed,,,,insults,,")).result == "changed"


async def test_an_extension_needs_its_reason_and_comes_once(carry: Carrier) -> None:
    await carry.one(FIRST)
    assert (await carry.one("СЭД-1,appeal,paper,,2026-11-02,review,,30,,,,")).result == "error"
    extended = "СЭД-1,appeal,paper,,2026-11-02,review,,30,,Ждём ответа из архива,,"
    assert (await carry.one(extended)).why == "продлено до 30.12.2026"
    assert (await carry.one(extended)).result == "same"
    again = await carry.one("СЭД-1,appeal,paper,,2026-11-02,review,,15,,Ждём ответа из архива,,")
    assert "уже продлён" in again.why
    (event,) = [event for event in await carry.history("СЭД-1") if event.kind == "extended"]
    assert json.loads(event.data)["due"] == "2026-12-30"


async def test_a_deadline_never_goes_later_silently(carry: Carrier) -> None:
    await carry.one(FIRST)
    later = await carry.one("СЭД-1,appeal,paper,,2026-11-02,review,2026-12-20,,,,,")
    assert (later.result, "на сколько дней" in later.why) == ("error", True)
    earlier = await carry.one("СЭД-1,appeal,paper,,2026-11-02,review,2026-11-27,,,,,")
    assert (earlier.result, earlier.why) == ("changed", "срок: 27.11.2026")
    assert [event.kind for event in await carry.history("СЭД-1")][-1] == "deadline"


async def test_another_kind_or_day_is_perhaps_another_appeal(carry: Carrier) -> None:
    await carry.one(FIRST)
    for line in ("СЭД-1,complaint,paper,,2026-11-02,review,,,,,,", "СЭД-1,appeal,paper,,2026-11-03,review,,,,,,"):
        found = await carry.one(line)
        assert (found.result, "другое обращение" in found.why) == ("error", True)


async def test_the_number_of_another_source_is_left_alone(carry: Carrier) -> None:
    await carry.one(FIRST)
    found = await carry.one("СЭД-1,appeal,paper,,2026-11-02,answered,,,2026-11-10,,,", source="pos")
    assert (found.result, found.why) == ("error", "это обращение другой системы: sed")
    marked = await carry.one("СЭД-1,pos,review", head="number,source,stage")
    assert (marked.result, marked.why) == ("error", "строка другой системы: pos")


async def test_one_registered_here_is_followed_there_by_its_outside_number(carry: Carrier) -> None:
    app = carry.talk.app
    async with app.db.begin() as session:
        done = await registration.register(
            session, app.office, app.calendar(), app.keys, carry.talk.now, New("appeal", "paper"), by="chernykh"
        )
    linked = await carry.one(f"{done.number},01-15/7,review", head="number,outside,stage")
    assert linked.result == "changed"
    by_theirs = await carry.one("01-15/7,approval", head="outside,stage")
    assert (by_theirs.number, by_theirs.result) == (done.number, "changed")
    row = await carry.row(done.number)
    assert (row.source, row.outside, row.stage) == ("sed", "01-15/7", "approval")


async def test_one_opened_again_here_is_not_ended_by_its_old_answer(carry: Carrier) -> None:
    answered = "СЭД-1,appeal,paper,,2026-11-02,answered,,,2026-11-20,,,"
    await carry.one(answered)
    app = carry.talk.app
    async with app.db.begin() as session:
        desk = Desk(session, app.office, app.calendar(), app.keys, carry.talk.now)
        assert await work.reopen(desk, await following.by_number(session, "СЭД-1")) is not None
    found = await carry.one(answered)
    assert (found.result, "открыто повторно 23.11.2026" in found.why) == ("error", True)
    carry.talk.tomorrow()
    assert (await carry.one("СЭД-1,appeal,paper,,2026-11-02,answered,,,2026-11-24,,,")).result == "changed"


async def test_what_a_client_has_had_deleted_is_not_written_again(carry: Carrier) -> None:
    await carry.one(FIRST)
    async with carry.talk.app.db.begin() as session:
        await session.execute(update(appeals).values(blocked=True))
    found = await carry.one("СЭД-1,appeal,paper,,2026-11-02,answered,,,2026-11-20,,,Мост")
    assert (found.result, "удал" in found.why) == ("error", True)


async def test_a_clerk_who_was_first_is_not_overwritten(carry: Carrier) -> None:
    """Somebody changes the appeal between the look at it and the writing."""
    await carry.one(FIRST)
    app = carry.talk.app
    place = Place(app.db, app.office, app.calendar(), app.keys, "sed", carry.talk.now)
    _, entries = entries_of(carry.folder, f"{HEAD}\nСЭД-1,appeal,paper,,2026-11-02,approval,,,,,,")
    reader, judge = imports.Reader(app.office, "sed"), imports.Judge(place, {}, {})
    plans = await imports._plans(place, reader, judge, imports.Seen(), list(entries))
    async with app.db.begin() as session:
        await session.execute(update(appeals).values(version=appeals.c.version + 1, stage="review"))
    await imports._write(place, plans)
    assert (plans[0].outcome.result, "сотрудник" in plans[0].outcome.why) == ("error", True)
    assert (await carry.row("СЭД-1")).stage == "review"


async def test_an_import_that_was_stopped_is_simply_run_again(carry: Carrier) -> None:
    lines = [f"СЭД-{n},appeal,paper,,2026-11-02,review,,,,,," for n in range(450)]
    app = carry.talk.app
    _, entries = entries_of(carry.folder, "\n".join([HEAD, *lines]))
    place = Place(app.db, app.office, app.calendar(), app.keys, "sed", carry.talk.now)
    stopped = imports.run(place, entries)
    for _ in range(310):
        await anext(stopped)
    await stopped.aclose()
    done = [outcome.result for outcome in await carry(*lines)]
    assert done.count("same") == 400
    assert done.count("new") == 50
    assert (await carry.everything())["appeal"] == 450


# --- out and in again -------------------------------------------------------------------------------------


async def test_what_is_exported_comes_back_without_a_change(carry: Carrier) -> None:
    await carry(
        "СЭД-1,appeal,paper,roads,2026-10-02,answered,,,2026-10-20,,,Мост",
        "СЭД-2,appeal,paper,roads,2026-10-02,review,,30,,,,=SUM(1)",
        "СЭД-3,appeal,paper,roads,2026-10-02,redirected,,,2026-10-08,,roads,",
        "СЭД-4,appeal,paper,roads,2026-10-02,closed,,,2026-10-08,published,,",
    )
    before = await carry.everything()
    rows = [row async for row in exchange.exported(carry.talk.app.db)]
    text = io.StringIO()
    csv.writer(text).writerows([exchange.WRITTEN, *rows])
    head, *lines = text.getvalue().splitlines()
    assert {outcome.result for outcome in await carry(*lines, head=head)} == {"same"}
    assert await carry.everything() == before


async def test_the_export_is_narrowed_by_registration_and_change(carry: Carrier) -> None:
    await carry("СЭД-1,appeal,paper,,2026-10-02,,,,,,,", "СЭД-2,appeal,paper,,2026-11-20,,,,,,,")
    db = carry.talk.app.db
    assert [row[0] async for row in exchange.exported(db, date(2026, 11, 1))] == ["СЭД-2"]
    carry.talk.tomorrow()
    await carry.one("СЭД-1,appeal,paper,,2026-10-02,,,30,,Ждём ответа из архива,,")
    assert [row[0] async for row in exchange.exported(db, None, carry.talk.now)] == ["СЭД-1"]


async def test_the_export_names_nobody(carry: Carrier) -> None:
    app = carry.talk.app
    new = New("appeal", "paper", text="секретный текст", applicant={"name": "Иванов Иван"}, summary="Дорога")
    async with app.db.begin() as session:
        await registration.register(session, app.office, app.calendar(), app.keys, carry.talk.now, new, by="chernykh")
    written = str([row async for row in exchange.exported(app.db)])
    assert "Дорога" in written
    assert "секретный" not in written
    assert "Иванов" not in written
