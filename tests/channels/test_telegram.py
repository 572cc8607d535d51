"""Telegram: recorded updates are read, replies fit, faults get the right word, nothing is lost on the way."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiogram.types import InlineKeyboardMarkup, Update
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import layout
from bot.channels import Busy, CannotEdit, Heard, Rejected, TryLater, Unreachable
from bot.channels.telegram import SECRET_HEADER, TelegramChannel, read, render, webhook_router
from bot.messages import (
    Address,
    Button,
    Choose,
    Incoming,
    Keep,
    Left,
    Moved,
    Rate,
    Reply,
    Say,
    Start,
    Text,
    Write,
)
from tests.emulators.loopback import Fault
from tests.emulators.telegram import TelegramEmulator

TOKEN = "123456:TEST"
SECRET = "s3cret"
RECORDED = json.loads(Path(__file__).with_name("updates_telegram.json").read_text("utf-8"))
MARK = Rate(
    text="Как прошёл приём?",
    step="visit.overall~ab12",
    options=tuple(Button(key=str(n), label=f"{n} {w}") for n, w in enumerate(["Плохо", "Так себе", "Хорошо"], 1)),
    controls=(Button(key="skip", label="Пропустить"),),
)
MENU = Say(text="Меню", buttons=(Button(key="rate", label="Оценить"), Button(key="help", label="Помощь")))


def many(*chosen: str) -> Choose:
    return Choose(
        text="Что понравилось?",
        step="visit.good~ab12",
        many=True,
        options=tuple(Button(key=k, label=w, chosen=k in chosen) for k, w in [("a", "Скорость"), ("b", "Вежливость")]),
        controls=(Button(key="done", label="Готово"), Button(key="back", label="Назад")),
    )


def private(id: int) -> Address:
    return Address("telegram", str(id))


@pytest.fixture
async def tg() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(TOKEN, limits=False) as server:
        yield server


class Pauses:
    """Time that passes at once; the pauses asked for are kept. Between them other tasks run."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
async def channel(tg: TelegramEmulator) -> AsyncIterator[TelegramChannel]:
    made = TelegramChannel(TOKEN, tg.url, "anonymous", timeout=5, sleep=Pauses())
    await made.connect()
    yield made
    await made.close()


class Place:
    """A cursor in memory."""

    def __init__(self, value: str = "") -> None:
        self.kept = [value]

    async def get(self) -> str:
        return self.kept[-1]

    async def put(self, value: str) -> None:
        self.kept.append(value)


class Ear:
    """Hears turns; `refuses` decides which of them nobody can store now. `answers` sends replies."""

    def __init__(
        self,
        refuses: Callable[[Incoming], bool] = lambda _: False,
        answers: Callable[[Incoming], Awaitable[None]] | None = None,
    ) -> None:
        self.refuses = refuses
        self.answers = answers
        self.heard: list[Incoming] = []
        self.changed = asyncio.Event()

    async def __call__(self, incoming: Incoming) -> Heard:
        if self.refuses(incoming):
            raise Busy
        self.heard.append(incoming)
        if self.answers is not None:
            await self.answers(incoming)
        self.changed.set()
        return Heard()

    async def until(self, found: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not found():
                self.changed.clear()
                await self.changed.wait()


class Receiving:
    """A channel that receives while the block lasts."""

    def __init__(self, channel: TelegramChannel, ear: Ear, place: Place | None = None) -> None:
        self.task = asyncio.create_task(channel.receive(ear, place or Place()))

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def turn(channel: TelegramChannel, action: Awaitable[int | None]) -> Incoming:
    """What the channel reads of an action (given by the number of its update)."""
    ear, update = Ear(), str(await action)
    async with Receiving(channel, ear):
        await ear.until(lambda: any(i.id == update for i in ear.heard))
    return next(i for i in ear.heard if i.id == update)


# --- reading ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["name"])
def test_recorded_updates_are_read(case: dict[str, Any]) -> None:
    incoming = read(Update.model_validate(case["update"]), 123456, "otklik_bot")
    assert (repr(incoming.event) if incoming else None) == case["expect"]
    if incoming:
        assert incoming.id == str(case["update"]["update_id"])
        if not isinstance(incoming.event, Moved):
            assert (incoming.who, incoming.language, incoming.name) == (private(7), "ru", "Анна Иванова")


def test_a_private_chat_is_private_and_a_group_is_not() -> None:
    read_all = {c["name"]: read(Update.model_validate(c["update"]), 123456, "otklik_bot") for c in RECORDED}
    words, group = read_all["words"], read_all["reply to us in a group"]
    assert words is not None
    assert words.private
    assert group is not None
    assert (group.private, group.where) == (False, private(-1001234567890))


def test_a_name_cannot_turn_the_line_around() -> None:
    update = {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "text": "x"}
    person = {"id": 7, "is_bot": False, "first_name": "Анна\u202e\u200b\n\x07", "last_name": "И" * 90}
    incoming = read(Update.model_validate({"update_id": 1, "message": {**update, "from": person}}), 123456, "b")
    assert incoming is not None
    assert incoming.name.startswith("Анна И")
    assert layout.length(incoming.name) <= 64


# --- rendering --------------------------------------------------------------------------------------------

WORDS = st.text(max_size=300) | st.text("слово \n", min_size=4000, max_size=10_000)
KEYS = st.text("abcdefgh0123456789_", min_size=1, max_size=12)
URLS = st.sampled_from(["", "", "", "https://otklik.example.ru/r/1", "http://localhost:8000/r/1", "нет"])
BUTTONS = st.builds(
    Button,
    key=KEYS,
    label=st.text(max_size=80),
    url=URLS,
    chosen=st.booleans(),
    tone=st.sampled_from(["plain", "good", "bad"]),
)
ROWS = st.lists(BUTTONS, max_size=130).map(tuple)
QUESTION = {
    "text": WORDS,
    "step": st.just("visit.overall~ab12"),
    "hint": st.text(max_size=50),
    "controls": ROWS,
}
REPLIES: st.SearchStrategy[Reply] = st.one_of(
    st.builds(Say, text=WORDS, buttons=ROWS),
    st.builds(Rate, options=ROWS, **QUESTION),
    st.builds(Choose, options=ROWS, many=st.booleans(), **QUESTION),
    st.builds(Write, **QUESTION),
    st.builds(Keep, text=WORDS, url=st.just("http://localhost/secret"), buttons=ROWS),
)


@settings(max_examples=60, deadline=None)
@given(REPLIES, st.booleans())
async def test_every_reply_is_taken_by_a_strict_server(reply: Reply, group: bool) -> None:
    server = TelegramEmulator(TOKEN, limits=False)
    server.user(7).started = True
    server.group(-5)
    for part in render(reply, group):
        markup = part.markup.model_dump(exclude_none=True) if part.markup else None
        shown = server.do_sendMessage({"chat_id": -5 if group else 7, "text": part.text, "reply_markup": markup})
        if isinstance(part.markup, InlineKeyboardMarkup):
            # The server drops what is too much without a word; nothing may be dropped.
            assert shown["reply_markup"] == markup
            assert all(len(row) <= 8 for row in part.markup.inline_keyboard)
            assert sum(map(len, part.markup.inline_keyboard)) <= 100


def labels(reply: Reply) -> list[list[str]]:
    markup = render(reply)[-1].markup
    assert isinstance(markup, InlineKeyboardMarkup)
    return [[button.text for button in row] for row in markup.inline_keyboard]


def test_a_worded_scale_stands_in_a_column_and_controls_share_a_row() -> None:
    assert labels(MARK) == [["1 Плохо"], ["2 Так себе"], ["3 Хорошо"], ["Пропустить"]]
    assert labels(many("b")) == [["Скорость"], ["✓ Вежливость"], ["Готово", "Назад"]]


def test_a_scale_of_eleven_numbers_takes_two_rows() -> None:
    scale = Rate(text="?", step="q", options=tuple(Button(key=str(n), label=str(n), chosen=n == 10) for n in range(11)))
    assert [len(row) for row in labels(scale)] == [6, 5]


def test_ten_thousand_characters_come_in_parts_with_the_buttons_last() -> None:
    parts = render(MENU.model_copy(update={"text": "слово " * 1700}))
    assert [bool(part.markup) for part in parts] == [False, False, True]
    assert "".join(part.text for part in parts).count("слово") == 1700


def test_an_address_that_telegram_refuses_stands_in_the_text() -> None:
    links = (
        Button(label="Сайт", url="http://localhost:8000/w"),
        Button(label="Портал", url="https://example.ru/"),
    )
    (part,) = render(Say(text="Ещё", buttons=links))
    assert "Сайт: http://localhost:8000/w" in part.text
    assert labels(Say(text="Ещё", buttons=links)) == [["Портал"]]


def test_more_than_a_hundred_options_become_a_numbered_text() -> None:
    options = tuple(Button(key=f"k{n}", label=f"Услуга {n}") for n in range(1, 151))
    reply = Choose(text="Какая?", step="q", options=options, controls=(Button(key="back", label="Назад"),))
    assert "150. Услуга 150" in render(reply)[-1].text
    assert labels(reply) == [["Назад"]]


def test_a_label_that_is_cut_stands_in_the_text_in_full() -> None:
    long = "Государственная регистрация прав на недвижимое имущество и сделок с ним"
    reply = Choose(text="Какая?", step="q", options=(Button(key="a", label=long), Button(key="b", label="Иная")))
    assert f"1. {long}" in render(reply)[0].text
    assert labels(reply)[0][0].endswith("…")


def test_a_secret_address_is_shown_as_text() -> None:
    (part,) = render(Keep(text="Сохраните адрес", url="https://otklik.example.ru/a/SECRET"))
    assert part.text.endswith("\n\nhttps://otklik.example.ru/a/SECRET")
    assert part.markup is None


# --- answering --------------------------------------------------------------------------------------------


async def test_a_toggled_choice_changes_in_place(tg: TelegramEmulator, channel: TelegramChannel) -> None:
    anna = tg.user(7)
    await anna.starts()
    await channel.answer(None, private(7), [many()], 1)
    incoming = await turn(channel, anna.presses("Скорость"))
    await channel.answer(incoming, private(7), [many("a")], 2)
    assert [m.labels for m in anna.inbox] == [["✓ Скорость", "Вежливость", "Готово", "Назад"]]
    assert not anna.spinning
    # A second tap that arrives late finds the same message: nothing to change, nothing to complain about.
    again = await turn(channel, anna.presses("✓ Скорость"))
    await channel.answer(again, private(7), [many("a")], 3)
    assert len(anna.inbox) == 1


async def test_an_answered_question_keeps_its_words_and_shows_the_choice(
    tg: TelegramEmulator, channel: TelegramChannel
) -> None:
    anna = tg.user(7)
    await anna.starts()
    await channel.answer(None, private(7), [MARK], 1)
    incoming = await turn(channel, anna.presses("3 Хорошо"))
    late = await turn(channel, anna.presses("1 Плохо"))
    await channel.answer(incoming, private(7), [many()], 2)
    await channel.answer(late, private(7), [Say(text="Вы уже ответили: 3")], 3)
    first, second, third = anna.inbox
    assert (first.text, first.buttons) == ("Как прошёл приём?\n\n✓ 3 Хорошо", [])
    assert second.labels[0] == "Скорость"
    assert third.text == "Вы уже ответили: 3"


async def test_a_finished_choice_of_several_shows_all_of_them(tg: TelegramEmulator, channel: TelegramChannel) -> None:
    anna = tg.user(7)
    await anna.starts()
    await channel.answer(None, private(7), [many("a", "b")], 1)
    incoming = await turn(channel, anna.presses("Готово"))
    await channel.answer(incoming, private(7), [MENU], 2)
    assert anna.inbox[0].text == "Что понравилось?\n\n✓ Скорость\n✓ Вежливость"


async def test_menus_and_answers_stay_as_they_are(tg: TelegramEmulator, channel: TelegramChannel) -> None:
    anna = tg.user(7)
    await anna.starts()
    secret = Keep(text="Сохраните", url="https://otklik.example.ru/a/S", buttons=(Button(key="open", label="Меню"),))
    await channel.answer(None, private(7), [secret], 1)
    incoming = await turn(channel, anna.presses("Меню"))
    await channel.answer(incoming, private(7), [MENU], 2)
    assert [m.labels for m in anna.inbox] == [["Меню"], ["Оценить", "Помощь"]]


async def test_an_old_press_is_answered_all_the_same(tg: TelegramEmulator, channel: TelegramChannel) -> None:
    anna = tg.user(7)
    await anna.starts()
    await channel.answer(None, private(7), [MARK], 1)
    incoming = await turn(channel, anna.presses("3 Хорошо"))
    tg.expire_queries()
    tg.do_deleteMessage({"chat_id": 7, "message_id": anna.last.id})
    await channel.answer(incoming, private(7), [MENU], 2)
    assert anna.last.text == "Меню"


async def test_a_retry_does_not_repeat_what_was_sent(tg: TelegramEmulator, channel: TelegramChannel) -> None:
    anna = tg.user(7)
    await anna.starts()
    tg.fail("sendMessage", Fault.too_many(3), where=lambda params: params["text"] == "Меню")
    replies = [Say(text="Спасибо!"), MENU]
    with pytest.raises(TryLater) as caught:
        await channel.answer(None, private(7), replies, 5)
    assert caught.value.seconds == 3
    await channel.answer(None, private(7), replies, 5)
    assert anna.texts == ["Спасибо!", "Меню"]
    await channel.answer(None, private(7), replies, 6)
    assert len(anna.inbox) == 4


async def test_free_text_in_a_group_comes_back_as_a_reply(tg: TelegramEmulator, channel: TelegramChannel) -> None:
    anna = tg.user(7)
    group = tg.group(-1001234567890)
    where = private(-1001234567890)
    prompt = Write(text="Что сделано?", step="write.close.5")
    await channel.answer(
        None, where, [Say(text="Задача", step="task.5", buttons=(Button(key="close", label="Закрыть"),))], 1
    )

    pressed = await turn(channel, group.presses(anna, "Закрыть"))
    await channel.answer(pressed, where, [prompt], 2)
    assert group.last.text == "Анна, Что сделано?"
    assert (group.last.markup or {})["selective"] is True
    assert group.last.entities[0]["user"]["id"] == 7

    written = await turn(channel, group.replies(anna, "Позвонили"))
    assert written.event == Text("Позвонили")
    controls = (Button(key="cancel", label="Отмена"),)
    await channel.answer(written, where, [prompt.model_copy(update={"controls": controls})], 3)
    asked, forced = group.inbox[-2:]
    assert (asked.text, asked.labels) == ("Что сделано?", ["Отмена"])
    assert forced.reply_to is not None
    assert "force_reply" in (forced.markup or {})


# --- failures ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [Fault.server_error, Fault.bad_gateway, Fault.reset_before, Fault.html_after, Fault.error(409)]
)
async def test_passing_trouble_is_for_later(tg: TelegramEmulator, channel: TelegramChannel, fault: Fault) -> None:
    await tg.user(7).starts()
    tg.fail("sendMessage", fault)
    with pytest.raises(TryLater):
        await channel.post(private(7), MENU, 1)


async def test_people_who_are_gone_are_unreachable(tg: TelegramEmulator, channel: TelegramChannel) -> None:
    blocked, never = tg.user(7), tg.user(8)
    await blocked.starts()
    await blocked.blocks()
    group = tg.group(-55)
    await group.removes_bot(never)
    for id in (7, 8, 999, -55):
        with pytest.raises(Unreachable) as caught:
            await channel.post(private(id), MENU, 1)
        assert not caught.value.moved_to


async def test_a_group_that_moved_tells_where(tg: TelegramEmulator, channel: TelegramChannel) -> None:
    await tg.group(-55).migrates(-1001234567890)
    with pytest.raises(Unreachable) as caught:
        await channel.post(private(-55), MENU, 1)
    assert caught.value.moved_to == "-1001234567890"


async def test_what_telegram_refuses_is_our_fault(tg: TelegramEmulator, channel: TelegramChannel) -> None:
    await tg.user(7).starts()
    tg.fail("sendMessage", Fault.error(400))
    with pytest.raises(Rejected):
        await channel.post(private(7), MENU, 1)


async def test_editing(tg: TelegramEmulator, channel: TelegramChannel) -> None:
    anna = tg.user(7)
    await anna.starts()
    message = await channel.post(private(7), MENU, 1)
    await channel.edit(private(7), message, MARK)
    await channel.edit(private(7), message, MARK)
    assert anna.texts == ["Как прошёл приём?"]
    for gone, reply in [("99", MENU), (message, Say(text="слово " * 1000)), ("нет", MENU)]:
        with pytest.raises(CannotEdit):
            await channel.edit(private(7), gone, reply)


async def test_a_wrong_token_is_told_apart_from_a_server_away(tg: TelegramEmulator) -> None:
    wrong = TelegramChannel("123456:WRONG", tg.url, "anonymous", timeout=5)
    with pytest.raises(Rejected):
        await wrong.connect()
    tg.fail("getMe", Fault.bad_gateway)
    right = TelegramChannel(TOKEN, tg.url, "anonymous", timeout=5)
    with pytest.raises(TryLater):
        await right.connect()
    assert not right.ready
    await wrong.close()
    await right.close()


async def test_who_we_are(tg: TelegramEmulator, channel: TelegramChannel) -> None:
    assert channel.identity is not None
    assert channel.identity.link.format(payload="7KD4M2XA") == "https://t.me/otklik_bot?start=7KD4M2XA"
    assert channel.identity.group_link == "https://t.me/otklik_bot?startgroup={payload}"
    assert {language for _, language in tg.commands} == {"", "en"}
    assert channel.ready


# --- receiving --------------------------------------------------------------------------------------------


async def test_the_place_moves_only_past_committed_turns(tg: TelegramEmulator, channel: TelegramChannel) -> None:
    anna, boris = tg.user(7), tg.user(8)
    closed = True
    ear = Ear(refuses=lambda incoming: closed and incoming.event == Text("два"))
    place = Place()
    one = await anna.sends("один")
    await anna.sends("два")
    await anna.sends("три")
    other = await boris.sends("другое")
    async with Receiving(channel, ear, place):
        await ear.until(lambda: any(i.who == private(8) for i in ear.heard))
        await ear.until(lambda: len(ear.heard) > 4)  # the later ones come again while «два» is held
        assert Text("три") not in [i.event for i in ear.heard]
        assert set(place.kept) <= {"", str(one + 1)}
        closed = False
        await ear.until(lambda: Text("три") in [i.event for i in ear.heard])
        await boris.sends("ещё")
        await ear.until(lambda: Text("ещё") in [i.event for i in ear.heard])
    assert int(place.kept[-1]) >= other + 1
    own = list(dict.fromkeys(i.event for i in ear.heard if i.who == private(7)))
    assert own == [Text("один"), Text("два"), Text("три")]


async def test_one_unreadable_update_does_not_hold_the_others(
    tg: TelegramEmulator, channel: TelegramChannel, caplog: pytest.LogCaptureFixture
) -> None:
    anna = tg.user(7)
    await anna.sends("до")
    poison = tg.push_raw({"message": {"message_id": "СЕКРЕТ", "chat": {"id": 7}, "from": {"id": 7}}})
    await anna.sends("после")
    ear, place = Ear(), Place()
    async with Receiving(channel, ear, place):
        await ear.until(lambda: len(ear.heard) == 2)
        await anna.sends("и дальше")
        await ear.until(lambda: len(ear.heard) == 3)
    assert [i.event for i in ear.heard] == [Text("до"), Text("после"), Text("и дальше")]
    assert str(poison) in caplog.text
    assert "СЕКРЕТ" not in caplog.text


async def test_a_fault_inside_a_turn_is_told_and_passed_over(
    tg: TelegramEmulator, channel: TelegramChannel, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(incoming: Incoming) -> None:
        if incoming.event == Text("яд"):
            raise RuntimeError("слова клиента")

    anna = tg.user(7)
    ear = Ear(answers=fails)
    async with Receiving(channel, ear):
        await anna.sends("яд")
        await anna.sends("дальше")
        await ear.until(lambda: len(ear.heard) == 2)
    assert "RuntimeError at test_telegram.py" in caplog.text
    assert "слова клиента" not in caplog.text


async def test_trouble_while_receiving_is_told_once_and_passes(
    tg: TelegramEmulator, channel: TelegramChannel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    tg.fail("getUpdates", Fault.bad_gateway, times=3)
    anna = tg.user(7)
    ear = Ear()
    async with Receiving(channel, ear):
        await anna.sends("слышно?")
        await ear.until(lambda: bool(ear.heard))
    assert caplog.text.count("not receiving") == 1
    assert channel.ready
    assert TOKEN not in caplog.text


async def test_a_webhook_left_behind_does_not_stop_polling(tg: TelegramEmulator, channel: TelegramChannel) -> None:
    await channel.set_webhook("http://127.0.0.1:9/webhooks/telegram", "secret")
    anna = tg.user(7)
    ear = Ear()
    async with Receiving(channel, ear):
        await ear_hears(ear, anna)
        await channel.set_webhook("http://127.0.0.1:9/webhooks/telegram", "secret")
        await ear_hears(ear, anna)


async def ear_hears(ear: Ear, person: Any) -> None:
    before = len(ear.heard)
    await person.sends("слышно?")
    await ear.until(lambda: len(ear.heard) > before)


async def test_receiving_begins_even_if_telegram_was_away_at_the_start(tg: TelegramEmulator) -> None:
    channel = TelegramChannel(TOKEN, tg.url, "anonymous", timeout=5, sleep=Pauses())
    tg.fail("getMe", Fault.reset_before, times=2)
    ear = Ear()
    async with Receiving(channel, ear):
        await tg.user(7).starts("7KD4M2XA")
        await ear.until(lambda: bool(ear.heard))
    assert ear.heard[0].event == Start("7KD4M2XA")
    assert channel.identity is not None
    await channel.close()


async def test_leaving_and_moving_are_heard(tg: TelegramEmulator, channel: TelegramChannel) -> None:
    anna = tg.user(7)
    assert (await turn(channel, anna.blocks())).event == Left()
    await tg.group(-55).migrates(-1001234567890)
    ear = Ear()
    async with Receiving(channel, ear):
        await ear.until(lambda: Moved("-1001234567890") in [i.event for i in ear.heard])
    assert ear.heard[-1].where == private(-55)


# --- webhook ----------------------------------------------------------------------------------------------


async def test_the_webhook_confirms_only_what_is_stored(tg: TelegramEmulator, channel: TelegramChannel) -> None:
    busy = False
    ear = Ear(refuses=lambda _: busy)
    app = FastAPI()
    app.include_router(webhook_router(channel, ear, SECRET))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:

        async def posted(body: bytes, secret: str = SECRET) -> int:
            headers = {SECRET_HEADER: secret} if secret else {}
            return (await client.post("/webhooks/telegram", content=body, headers=headers)).status_code

        update = json.dumps(RECORDED[0]["update"]).encode()
        assert await posted(update, "") == 403
        assert await posted(update, "wrong") == 403
        assert ear.heard == []
        assert await posted(update) == 200
        assert [i.event for i in ear.heard] == [Start("7KD4M2XA")]
        busy = True
        assert await posted(update) == 503
        for strange in (b"{", b"[1]", b'{"update_id": 1, "message": {}}', b"\xff\xfe"):
            assert await posted(strange) == 200
        assert await posted(b" " * 1_000_001) == 413


def test_a_webhook_needs_a_secret(channel: TelegramChannel) -> None:
    with pytest.raises(ValueError, match="secret"):
        webhook_router(channel, Ear(), "")
