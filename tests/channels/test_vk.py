"""VK: recorded events are read, replies fit, faults get the right word, each turn is shown exactly once."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels import Busy, CannotEdit, Heard, Mode, Rejected, TryLater, Unreachable, Uploads
from bot.channels.vk import VKChannel, read, render, webhook_router
from bot.messages import (
    Address,
    Button,
    Choose,
    File,
    Incoming,
    Joined,
    Keep,
    Left,
    Press,
    Rate,
    Reply,
    Say,
    Start,
    Text,
    Unreadable,
    Write,
)
from tests.emulators.loopback import Fault
from tests.emulators.vk import VKEmulator
from tests.emulators.vk_people import CHATS, User

TOKEN = "vk-test"
SECRET = "s3cret"
RECORDED = json.loads(Path(__file__).with_name("updates_vk.json").read_text("utf-8"))
MARKS = ["Очень плохо", "Плохо", "Нормально", "Хорошо", "Отлично"]
MARK = Rate(
    text="Как прошёл приём?",
    step="visit.overall~ab12",
    options=(
        *(Button(key=str(n), label=f"{n} {word}") for n, word in enumerate(MARKS, 1)),
        Button(key="unsure", label="Затрудняюсь ответить"),
    ),
)
BACK = Button(key="back", label="Назад")
SKIP = Button(key="skip", label="Пропустить")
MENU = Say(text="Меню", buttons=(Button(key="rate", label="Оценить"), Button(key="help", label="Помощь")))
ANNA = Address("vk", "7")


def many(*chosen: str) -> Choose:
    return Choose(
        text="Что не понравилось?",
        step="visit.why~ab12",
        many=True,
        options=tuple(Button(key=k, label=w, chosen=k in chosen) for k, w in [("a", "Очередь"), ("b", "Грубость")]),
        controls=(Button(key="done", label="Готово", tone="good"), BACK),
    )


class Watched:
    """Something whose changes can be waited for."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()

    async def until(self, found: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not found():
                self.changed.clear()
                await self.changed.wait()


class Pauses(Watched):
    """Time that passes at once; the pauses asked for are kept. Between them other tasks run."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        self.changed.set()
        await asyncio.sleep(0)


@pytest.fixture
async def vk() -> AsyncIterator[VKEmulator]:
    async with VKEmulator(TOKEN, limits=False) as server:
        yield server


def made(vk: VKEmulator, pauses: Pauses | None = None) -> VKChannel:
    return VKChannel(TOKEN, vk.api_url, "anonymous", 5, SECRET, "c0nf1rm", sleep=pauses or Pauses())


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
async def channel(vk: VKEmulator, pauses: Pauses) -> AsyncIterator[VKChannel]:
    channel = made(vk, pauses)
    await channel.connect()
    yield channel
    await channel.close()


@pytest.fixture
async def anna(vk: VKEmulator) -> User:
    anna = vk.user(7)
    anna.allowed = True
    return anna


class Place(Watched):
    """A cursor in memory."""

    def __init__(self, value: str = "") -> None:
        super().__init__()
        self.kept = [value]

    async def get(self) -> str:
        return self.kept[-1]

    async def put(self, value: str) -> None:
        self.kept.append(value)
        self.changed.set()


class Ear(Watched):
    """Hears turns; `refuses` decides which of them nobody can store now. `answers` sends replies."""

    def __init__(
        self,
        refuses: Callable[[Incoming], bool] = lambda _: False,
        answers: Callable[[Incoming], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__()
        self.refuses = refuses
        self.answers = answers
        self.heard: list[Incoming] = []

    async def __call__(self, incoming: Incoming) -> Heard:
        if self.refuses(incoming):
            raise Busy
        self.heard.append(incoming)
        if self.answers is not None:
            await self.answers(incoming)
        self.changed.set()
        return Heard()

    @property
    def events(self) -> list[Any]:
        return [incoming.event for incoming in self.heard]

    async def hears(self, user: User, text: str) -> None:
        await user.writes(text)
        await self.until(lambda: Text(text) in self.events)


class Receiving:
    """A channel that receives while the block lasts. An empty place begins at the newest event."""

    def __init__(self, channel: VKChannel, ear: Ear, place: Place | None = None) -> None:
        self.task = asyncio.create_task(channel.receive(ear, place or Place("1")))

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def turn(vk: VKEmulator, channel: VKChannel, action: Awaitable[str]) -> Incoming:
    """What the channel reads of an action, given by its event_id."""
    ear = Ear()
    await channel.take(_read(vk, await action), ear)
    return ear.heard[0]


def _read(vk: VKEmulator, event_id: str) -> Incoming:
    incoming = read(vk.events[event_id], vk.group_id)
    assert incoming is not None
    return incoming


# --- reading ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["name"])
def test_recorded_events_are_read(case: dict[str, Any]) -> None:
    incoming = read(case["event"], 1000)
    assert (repr(incoming.event) if incoming else None) == case["expect"]
    if incoming:
        assert incoming.id == case["event"]["event_id"]
        assert incoming.who == ANNA
        assert incoming.private == ("chat" not in case["name"])


def test_events_of_another_community_are_not_ours() -> None:
    assert read(RECORDED[0]["event"], 1000) is not None
    assert read(RECORDED[0]["event"], 1001) is None


@pytest.mark.parametrize(("lang_id", "language"), [(0, "ru"), (3, "en"), (6, "de"), (99, "xx"), (None, None)])
def test_the_language_of_the_client(lang_id: int | None, language: str | None) -> None:
    body = {"message": {"from_id": 7, "peer_id": 7, "text": "4"}, "client_info": {"lang_id": lang_id}}
    incoming = read({"type": "message_new", "event_id": "e", "object": body}, 1000)
    assert incoming is not None
    assert incoming.language == language


def test_old_api_versions_get_a_stable_id_too() -> None:
    def told(number: int) -> Incoming | None:
        message = {"from_id": 7, "peer_id": 7, "text": "4", "conversation_message_id": number, "date": 1}
        return read({"type": "message_new", "group_id": 1000, "object": message}, 1000)

    first, again, second = told(1), told(1), told(2)
    assert first is not None
    assert first == again
    assert second is not None
    assert second.id != first.id
    assert len(first.id) <= 40


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["message", "from_id", "peer_id", "text", "payload", "p", "action", "attachments"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(["message_new", "message_edit", "message_event", "message_deny"]), JSON)
def test_no_shape_of_an_event_breaks_reading(kind: str, body: Any) -> None:
    read({"type": kind, "object": body, "group_id": 1000}, 1000)


# --- rendering --------------------------------------------------------------------------------------------

WORDS = st.text(max_size=300) | st.text("слово \n", min_size=4000, max_size=10_000)
BUTTONS = st.builds(
    Button,
    key=st.text("abcdefgh0123456789_", min_size=1, max_size=12),
    label=st.text(max_size=80),
    url=st.sampled_from(["", "", "", "https://otklik.example.ru/r/1", "http://localhost:8000/r/1", "нет"]),
    chosen=st.booleans(),
    tone=st.sampled_from(["plain", "good", "bad"]),
)
ROWS = st.lists(BUTTONS, max_size=12).map(tuple) | st.lists(BUTTONS, max_size=60).map(tuple)
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


@settings(max_examples=100, deadline=None)
@given(REPLIES, st.booleans())
async def test_every_reply_is_taken_by_a_strict_server(reply: Reply, private: bool) -> None:
    server = VKEmulator(TOKEN, limits=False)
    server.user(7).allowed = True
    shown = render(reply, private)
    for number, text in enumerate(shown.parts, 1):
        keyboard = json.dumps(shown.keyboard) if shown.keyboard and number == len(shown.parts) else ""
        server.send({"peer_id": 7, "random_id": number, "message": text, "keyboard": keyboard})


def labels(reply: Reply) -> list[list[str]]:
    keyboard = render(reply).keyboard
    assert keyboard is not None
    return [[button["action"]["label"] for button in row] for row in keyboard["buttons"]]


def test_a_worded_scale_stands_in_a_column() -> None:
    assert render(MARK).inline
    assert labels(MARK) == [[f"{n} {word}"] for n, word in enumerate(MARKS, 1)] + [["Затрудняюсь ответить"]]


def test_refusing_to_rate_shares_the_last_row_with_the_controls() -> None:
    asked = MARK.model_copy(update={"controls": (BACK, SKIP)})
    assert render(asked).inline
    assert len(labels(asked)) == 6
    assert labels(asked)[-2:] == [["5 Отлично"], ["Затрудняюсь ответить", "Назад", "Пропустить"]]


def test_a_scale_of_eleven_takes_the_keyboard_under_the_field() -> None:
    scale = Rate(text="?", step="q", options=tuple(Button(key=str(n), label=str(n)) for n in range(11)))
    keyboard = render(scale).keyboard
    assert keyboard is not None
    assert (keyboard["inline"], keyboard["one_time"]) == (False, True)
    assert [len(row) for row in keyboard["buttons"]] == [4, 4, 3]
    assert {b["action"]["type"] for row in keyboard["buttons"] for b in row} == {"text"}


def test_a_menu_of_eight_stays_inline_and_only_short_words_share_a_row() -> None:
    words = ["Открытые задачи", "English", "Оценить приём", "Оценить бота", "Язык", "Мои данные"]
    menu = Say(
        text="Меню",
        buttons=tuple(Button(key=f"k{n}", label=w) for n, w in enumerate([*words, "Стоп", "Помощь"])),
    )
    assert render(menu).inline
    assert [row for row in labels(menu) if len(row) > 1] == [["Язык", "Мои данные"], ["Стоп", "Помощь"]]


def test_long_options_are_listed_in_full_and_numbered_alike() -> None:
    long = "Государственная регистрация прав на недвижимое имущество и сделок с ним"
    reply = Choose(
        text="Какая?",
        step="q",
        options=(Button(key="a", label=long, chosen=True), Button(key="b", label="Иная")),
        controls=(BACK,),
    )
    assert f"1. ✓ {long}\n2. Иная" in render(reply).parts[0]
    first, second, controls = labels(reply)
    assert first[0].startswith("✓ 1. Государственная")
    assert first[0].endswith("…")
    assert (second, controls) == (["2. Иная"], ["Назад"])


def test_more_than_forty_options_become_a_numbered_text() -> None:
    options = tuple(Button(key=f"k{n}", label=f"Услуга {n}") for n in range(1, 61))
    reply = Choose(text="Какая?", step="q", options=options, controls=(BACK,))
    assert "60. Услуга 60" in render(reply).parts[-1]
    assert labels(reply) == [["Назад"]]
    forty = labels(reply.model_copy(update={"options": options[:39]}))
    assert sum(map(len, forty)) == 40


def test_a_lasting_menu_stands_under_plain_words_in_the_language_of_the_words() -> None:
    keyboard = render(Say(text="Спасибо")).keyboard
    assert keyboard is not None
    assert (keyboard["inline"], keyboard["one_time"]) == (False, False)
    assert labels(Say(text="Спасибо")) == [["Меню"]]
    assert labels(Say(text="Thank you")) == [["Menu"]]
    assert render(Say(text="Спасибо"), private=False).keyboard is None
    assert render(Write(text="Почему?")).keyboard is None


def test_an_address_that_a_phone_cannot_open_stands_in_the_text() -> None:
    links = (
        Button(label="Сайт", url="http://localhost:8000/w"),
        Button(label="Портал", url="https://example.ru/"),
    )
    shown = render(Say(text="Ещё", buttons=links))
    assert "Сайт: http://localhost:8000/w" in shown.parts[0]
    assert labels(Say(text="Ещё", buttons=links)) == [["Портал"]]


def test_a_secret_address_is_shown_as_text() -> None:
    shown = render(Keep(text="Сохраните адрес", url="https://otklik.example.ru/a/SECRET"))
    assert shown.parts[0].endswith("\n\nhttps://otklik.example.ru/a/SECRET")


def test_ten_thousand_characters_come_in_parts() -> None:
    shown = render(MENU.model_copy(update={"text": "слово " * 1700}))
    assert len(shown.parts) == 3
    assert "".join(shown.parts).count("слово") == 1700


# --- answering --------------------------------------------------------------------------------------------


async def test_the_way_of_a_press(vk: VKEmulator, channel: VKChannel, anna: User) -> None:
    await channel.answer(None, ANNA, [MARK], 1)
    asked = anna.last
    press = await turn(vk, channel, anna.presses("2 Плохо"))
    assert press.event == Press("visit.overall~ab12", "2")
    assert anna.spinning
    await channel.answer(press, ANNA, [many()], 2)
    assert not anna.spinning
    assert asked.text == "Как прошёл приём?\n\n✓ 2 Плохо"
    assert asked.keyboard is None
    assert anna.last.rows == [["Очередь"], ["Грубость"], ["Готово", "Назад"]]


async def test_a_toggled_choice_changes_in_place(vk: VKEmulator, channel: VKChannel, anna: User) -> None:
    await channel.answer(None, ANNA, [many()], 1)
    await channel.answer(await turn(vk, channel, anna.presses("Очередь")), ANNA, [many("a")], 2)
    await channel.answer(await turn(vk, channel, anna.presses("Грубость")), ANNA, [many("a", "b")], 3)
    assert len(anna.inbox) == 1
    assert anna.last.rows[:2] == [["✓ Очередь"], ["✓ Грубость"]]
    done = await turn(vk, channel, anna.presses("Готово"))
    await channel.answer(done, ANNA, [Say(text="Спасибо")], 4)
    assert anna.inbox[0].text.endswith("\n\n✓ Очередь\n✓ Грубость")
    assert anna.last.text == "Спасибо"


@pytest.mark.parametrize("code", [100, 909])
async def test_what_cannot_be_changed_is_sent_anew(vk: VKEmulator, channel: VKChannel, anna: User, code: int) -> None:
    await channel.answer(None, ANNA, [many()], 1)
    press = await turn(vk, channel, anna.presses("Очередь"))
    vk.fail("messages.edit", Fault.error(code))
    await channel.answer(press, ANNA, [many("a")], 2)
    assert [message.rows[0] for message in anna.inbox] == [["Очередь"], ["✓ Очередь"]]


async def test_a_question_that_is_asked_again_keeps_its_buttons(vk: VKEmulator, channel: VKChannel, anna: User) -> None:
    await channel.answer(None, ANNA, [many()], 1)
    press = await turn(vk, channel, anna.presses("Готово"))
    await channel.answer(press, ANNA, [Say(text="Выберите хотя бы одно"), many()], 2)
    assert anna.inbox[0].text == "Что не понравилось?"
    assert anna.inbox[0].rows


async def test_menus_and_answers_stay_as_they_are(vk: VKEmulator, channel: VKChannel, anna: User) -> None:
    helped = Button(key="helped", label="Помогло")
    reply = Say(text="Ответ специалиста", step="reply.abc", buttons=(helped,))
    await channel.answer(None, ANNA, [reply], 1)
    press = await turn(vk, channel, anna.presses("Помогло"))
    await channel.answer(press, ANNA, [Say(text="Рады помочь", step="reply.abc", buttons=(SKIP,))], 2)
    assert anna.texts == ["Ответ специалиста", "Рады помочь"]
    assert anna.inbox[0].rows == [["Помогло"]]


async def test_a_late_press_is_answered_all_the_same(vk: VKEmulator, channel: VKChannel, anna: User) -> None:
    await channel.answer(None, ANNA, [MENU], 1)
    press = await turn(vk, channel, anna.presses("Помощь"))
    vk.expire_presses()
    await channel.answer(press, ANNA, [Say(text="Телефон")], 2)
    assert anna.last.text == "Телефон"


async def test_a_scale_under_the_field_is_pressed_and_goes(vk: VKEmulator, channel: VKChannel, anna: User) -> None:
    scale = Rate(text="?", step="q~ab12", options=tuple(Button(key=str(n), label=str(n)) for n in range(11)))
    await channel.answer(None, ANNA, [scale], 1)
    press = await turn(vk, channel, anna.presses("10"))
    assert press.event == Press("q~ab12", "10")
    assert anna.keyboard == []
    await channel.answer(press, ANNA, [Say(text="Спасибо")], 2)
    assert (await turn(vk, channel, anna.presses("Меню"))).event == Press("menu", "open")


@pytest.mark.parametrize("fault", [Fault.reset_after, Fault.html_after])
async def test_a_repeated_turn_is_shown_once(vk: VKEmulator, channel: VKChannel, anna: User, fault: Fault) -> None:
    replies = [Say(text="Спасибо"), MARK.model_copy(update={"text": "слово " * 1000})]
    vk.fail("messages.send", fault, where=lambda params: "слово" in params["message"])
    with pytest.raises(TryLater):
        await channel.answer(None, ANNA, replies, 77)
    again = made(vk)  # another process, after a crash
    await again.answer(None, ANNA, replies, 77)
    await again.close()
    assert len(anna.inbox) == 3
    await channel.answer(None, ANNA, replies, 78)
    assert len(anna.inbox) == 6


async def test_a_notice_posted_twice_is_the_same_message(vk: VKEmulator, channel: VKChannel, anna: User) -> None:
    first = await channel.post(ANNA, MENU, 5)
    assert await channel.post(ANNA, MENU, 5) == first
    await channel.answer(None, ANNA, [MENU], 5)
    assert len(anna.inbox) == 2


async def test_editing(vk: VKEmulator, channel: VKChannel, anna: User) -> None:
    card = Say(text="Задача", step="task.5", buttons=(Button(key="take", label="Беру"),))
    message = await channel.post(ANNA, card, 1)
    await channel.edit(ANNA, message, Say(text="Взята", step="task.5"))
    assert (anna.last.text, anna.last.rows, len(anna.inbox)) == ("Взята", [], 1)
    for code in (909, 910, 924, 100):
        vk.fail("messages.edit", Fault.error(code))
        with pytest.raises(CannotEdit):
            await channel.edit(ANNA, message, card)
    for wrong in ("", "999"):
        with pytest.raises(CannotEdit):
            await channel.edit(ANNA, wrong, card)
    with pytest.raises(CannotEdit):
        await channel.edit(ANNA, message, Say(text="слово " * 1000))
    vk.fail("messages.edit", Fault.bad_gateway)
    with pytest.raises(TryLater):
        await channel.edit(ANNA, message, card)


async def test_staff_in_a_chat_act_under_their_names(vk: VKEmulator, channel: VKChannel) -> None:
    boris, chat = vk.user(8, "Борис", "Примеров"), vk.chat()
    where = Address("vk", str(chat.id))
    bound = await chat.says(boris, "[club1000|@club1000] К4Д7")
    assert bound is not None
    heard = await turn(vk, channel, asyncio.sleep(0, bound))
    assert (heard.event, heard.where, heard.name) == (Text("К4Д7"), where, "Борис Примеров")
    card = Say(text="Задача", step="task.5", buttons=(Button(key="take", label="Беру"),))
    await channel.post(where, card, 1)
    press = await turn(vk, channel, chat.presses(boris, "Беру"))
    assert (press.event, press.who, press.name) == (Press("task.5", "take"), Address("vk", "8"), heard.name)
    assert vk.calls["users.get"] == 1
    await channel.answer(press, where, [Say(text="Задача за вами", step="task.5")], 2)
    assert chat.texts == ["Задача", "Задача за вами"]
    assert chat.keyboard == []
    assert (await turn(vk, channel, chat.removes_community(boris))).event == Left()
    with pytest.raises(Unreachable):
        await channel.post(where, card, 2)
    assert (await turn(vk, channel, chat.adds_community(boris))).event == Joined()


async def test_a_name_that_cannot_be_learned_holds_nothing_up(vk: VKEmulator, channel: VKChannel) -> None:
    boris, chat = vk.user(8), vk.chat()
    vk.fail("users.get", Fault.bad_gateway)
    assert (await turn(vk, channel, chat.adds_community(boris))).name == ""
    bound = await chat.says(boris, "@club1000 задачи")
    assert bound is not None
    heard = await turn(vk, channel, asyncio.sleep(0, bound))
    assert (heard.event, heard.name) == (Text("задачи"), "")


# --- failures ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (Fault.error(6), 0.5),
        (Fault.error(9), 60),
        (Fault.error(10), 2),
        (Fault.error(1), 2),
        (Fault.server_error, 2),
        (Fault.bad_gateway, 2),
        (Fault.reset_before, 2),
    ],
)
async def test_passing_trouble_is_for_later(
    vk: VKEmulator, channel: VKChannel, anna: User, fault: Fault, seconds: float
) -> None:
    vk.fail("messages.send", fault)
    with pytest.raises(TryLater) as caught:
        await channel.post(ANNA, MENU, 1)
    assert caught.value.seconds == seconds
    assert vk.calls["messages.send"] == 1  # the library's own repeat is off
    assert TOKEN not in str(caught.value)


async def test_a_server_that_does_not_answer_is_for_later(vk: VKEmulator, anna: User) -> None:
    channel = VKChannel(TOKEN, vk.api_url, "anonymous", timeout=0.05)
    vk.fail("messages.send", Fault.hang)
    with pytest.raises(TryLater):
        await channel.post(ANNA, MENU, 1)
    vk.release()
    await channel.post(ANNA, MENU, 2)
    await channel.close()


async def test_people_who_are_gone_are_unreachable(vk: VKEmulator, channel: VKChannel, anna: User) -> None:
    await anna.denies()
    with pytest.raises(Unreachable, match="901"):
        await channel.post(ANNA, MENU, 1)
    await anna.allows()
    anna.private = True
    with pytest.raises(Unreachable, match="902"):
        await channel.post(ANNA, MENU, 1)
    anna.private = False
    for code in (15, 917, 925, 936):
        vk.fail("messages.send", Fault.error(code))
        with pytest.raises(Unreachable):
            await channel.post(ANNA, MENU, 1)
    for nowhere in (str(CHATS + 99), "anna"):
        with pytest.raises(Unreachable):
            await channel.post(Address("vk", nowhere), MENU, 1)


@pytest.mark.parametrize("code", [5, 27, 28, 100, 911, 914])
async def test_what_vk_refuses_is_our_fault(vk: VKEmulator, channel: VKChannel, anna: User, code: int) -> None:
    vk.fail("messages.send", Fault.error(code))
    with pytest.raises(Rejected):
        await channel.post(ANNA, MENU, 1)


async def test_a_wrong_token_is_told_apart_from_a_server_away(vk: VKEmulator) -> None:
    wrong = VKChannel("wrong", vk.api_url, "anonymous", 5)
    with pytest.raises(Rejected):
        await wrong.connect()
    assert not wrong.ready
    vk.fail("groups.getById", Fault.bad_gateway)
    with pytest.raises(TryLater):
        await wrong.connect()
    await wrong.close()
    nobody = VKChannel(TOKEN, "http://127.0.0.1:9/method/", "anonymous", 5)
    with pytest.raises(TryLater):
        await nobody.connect()
    await nobody.close()


async def test_who_we_are(channel: VKChannel) -> None:
    assert channel.identity is not None
    assert channel.identity.link.format(payload="7KD4M2XA") == "https://vk.me/otklik?ref=7KD4M2XA"
    assert (channel.group_id, channel.ready, channel.traits.writes_in_groups) == (1000, True, False)


async def test_bursts_stay_within_twenty_calls_a_second() -> None:
    async with VKEmulator(TOKEN) as vk:
        vk.user(7).allowed = True
        channel = VKChannel(TOKEN, vk.api_url, "anonymous", 5)
        await asyncio.gather(*(channel.post(ANNA, MENU, seed) for seed in range(30)))
        await channel.close()
        assert len(vk.user(7).inbox) == 30
        assert not vk.refused


# --- receiving --------------------------------------------------------------------------------------------


async def test_a_code_is_heard_from_the_first_message(vk: VKEmulator, channel: VKChannel, anna: User) -> None:
    ear = Ear()
    async with Receiving(channel, ear):
        await anna.starts("7KD4M2XA", "stand")
        await ear.until(lambda: bool(ear.heard))
        await anna.writes("Добрый день", ref="9QW3H6ZR")
        await ear.until(lambda: len(ear.heard) > 1)
    assert ear.events == [Start("7KD4M2XA"), Start("9QW3H6ZR", "Добрый день")]
    assert ear.heard[0].language == "ru"


async def test_the_place_moves_only_past_committed_turns(vk: VKEmulator, channel: VKChannel, anna: User) -> None:
    boris = vk.user(8)
    closed = True
    ear, place = Ear(refuses=lambda incoming: closed and incoming.event == Text("два")), Place("1")
    for words in ("один", "два", "три"):
        await anna.writes(words)
    await boris.writes("другое")
    async with Receiving(channel, ear, place):
        await ear.until(lambda: len(ear.heard) > 5)  # the batch comes again while «два» is held
        assert Text("три") not in ear.events
        assert Text("другое") in ear.events
        assert place.kept == ["1"]
        closed = False
        await ear.until(lambda: Text("три") in ear.events)
        await ear.hears(boris, "ещё")
    assert int(place.kept[-1]) >= 5
    own = list(dict.fromkeys(i.event for i in ear.heard if i.who == ANNA))
    assert own == [Text("один"), Text("два"), Text("три")]


async def test_it_goes_on_where_the_last_process_stopped(vk: VKEmulator, channel: VKChannel, anna: User) -> None:
    ear, place = Ear(), Place("1")
    async with Receiving(channel, ear, place):
        await ear.hears(anna, "раз")
        await ear.hears(anna, "два")
    await anna.writes("пока нас не было")
    later = Ear()
    async with Receiving(channel, later, place):
        await later.until(lambda: Text("пока нас не было") in later.events)
    assert Text("раз") not in later.events


async def test_an_expired_key_loses_nothing(vk: VKEmulator, channel: VKChannel, anna: User) -> None:
    ear, place = Ear(), Place("1")
    async with Receiving(channel, ear, place):
        await ear.hears(anna, "раз")
        vk.expire_key()
        await ear.hears(anna, "два")
    assert ear.events == [Text("раз"), Text("два")]
    assert vk.calls["groups.getLongPollServer"] == 2


async def test_a_lost_history_and_a_lost_stream_do_not_stop_us(
    vk: VKEmulator, channel: VKChannel, anna: User, caplog: pytest.LogCaptureFixture
) -> None:
    ear, place = Ear(), Place("1")
    async with Receiving(channel, ear, place):
        await ear.hears(anna, "раз")
        vk.lose_history()
        await place.until(lambda: place.kept[-1] == str(vk.ts))
        await ear.hears(anna, "два")
        vk.lose_all()
        await place.until(lambda: place.kept[-2:] == ["", str(vk.ts)])
        await ear.hears(anna, "три")
    assert ear.events == [Text("раз"), Text("два"), Text("три")]
    assert "history" in caplog.text


async def test_trouble_while_receiving_is_told_once_and_passes(
    vk: VKEmulator, channel: VKChannel, anna: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    vk.fail("a_check", Fault.bad_gateway, times=3)
    vk.fail("groups.getLongPollServer", Fault.reset_before, times=1)
    ear = Ear()
    async with Receiving(channel, ear):
        await ear.hears(anna, "слышно?")
        await ear.hears(anna, "а теперь?")
    assert caplog.text.count("not receiving: VK answered with HTTP 502") == 1
    assert channel.ready
    assert TOKEN not in caplog.text
    assert "слышно" not in caplog.text


async def test_a_long_poll_that_is_off_is_told_with_what_to_do(
    vk: VKEmulator, channel: VKChannel, pauses: Pauses, anna: User, caplog: pytest.LogCaptureFixture
) -> None:
    vk.long_poll_enabled = False
    ear, place = Ear(), Place("1")
    async with Receiving(channel, ear, place):
        await pauses.until(lambda: vk.calls["groups.getLongPollServer"] > 3)
        assert not channel.ready
        vk.long_poll_enabled = True
        await ear.hears(anna, "слышно?")
        await ear.hears(anna, "а теперь?")
        assert channel.ready
    assert caplog.text.count("Long Poll API") == 1
    assert pauses.asked[:3] == [30, 30, 30]


async def test_receiving_begins_even_if_vk_was_away_at_the_start(vk: VKEmulator, anna: User) -> None:
    channel = made(vk)
    vk.fail("groups.getById", Fault.reset_before, times=2)
    ear = Ear()
    async with Receiving(channel, ear):
        await ear.hears(anna, "слышно?")
    assert channel.identity is not None
    await channel.close()


async def test_a_fault_inside_a_turn_is_told_and_passed_over(
    vk: VKEmulator, channel: VKChannel, anna: User, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(incoming: Incoming) -> None:
        if incoming.event == Text("яд"):
            raise RuntimeError("слова клиента")

    ear = Ear(answers=fails)
    async with Receiving(channel, ear):
        await anna.writes("яд")
        await ear.hears(anna, "дальше")
    assert "RuntimeError at test_vk.py" in caplog.text
    assert "слова клиента" not in caplog.text


async def test_the_whole_way_through_the_long_poll(vk: VKEmulator, channel: VKChannel, anna: User) -> None:
    async def answers(incoming: Incoming) -> None:
        reply = {Start: MARK, Press: Say(text="Спасибо"), Left: None}.get(type(incoming.event), MENU)
        if reply is not None:
            await channel.answer(incoming, incoming.where, [reply], vk.ts)

    ear = Ear(answers=answers)
    async with Receiving(channel, ear):
        await anna.starts("7KD4M2XA")
        await anna.gets("Как прошёл приём?")
        await anna.presses("4 Хорошо")
        await anna.gets("✓ 4 Хорошо")
        await anna.gets("Спасибо")
        await anna.sends_voice()
        await anna.gets("Меню")
        await anna.denies()
        await ear.until(lambda: Left() in ear.events)
    assert Unreadable("voice") in ear.events
    assert not anna.spinning


# --- files ------------------------------------------------------------------------------------------------


class Reader(Ear):
    """Hears, and reads at once what lies at the path of a file: later it is gone."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[bytes | None] = []

    async def __call__(self, incoming: Incoming) -> Heard:
        if isinstance(incoming.event, File):
            self.read.append(_content(incoming.event))
        return await super().__call__(incoming)


def _content(file: File) -> bytes | None:
    return Path(file.path).read_bytes() if file.path else None


class Fetching:
    """A channel of a mode, and the folder where files go."""

    def __init__(self, vk: VKEmulator, folder: Path, mode: Mode = "personal", most: int = 1000) -> None:
        self.vk = vk
        self.folder = folder
        self.channel = VKChannel(TOKEN, vk.api_url, mode, 5, SECRET, uploads=Uploads(folder, most), sleep=Pauses())
        self.ear = Reader()

    async def __aenter__(self) -> Fetching:
        await self.channel.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.channel.close()
        assert list(self.folder.iterdir()) == []  # whatever came, nothing stays

    async def hears(self, event_id: str) -> list[File]:
        before = len(self.ear.events)
        incoming = read(self.vk.events[event_id], self.vk.group_id, files=self.channel.takes_files)
        assert incoming is not None
        await self.channel.take(incoming, self.ear)
        return [replace(event, path="") for event in self.ear.events[before:]]


async def test_a_photo_is_fetched_in_its_largest_size_with_the_words(
    vk: VKEmulator, anna: User, tmp_path: Path
) -> None:
    async with Fetching(vk, tmp_path) as fetching:
        heard = await fetching.hears(await anna.sends_files(anna.photo(b"a photo"), caption="Яма у дома 5"))
        assert heard == [File("photo-1.jpg", size=7, text="Яма у дома 5", shown="photo")]
        assert fetching.ear.read == [b"a photo"]


async def test_a_document_is_fetched_where_its_address_leads(vk: VKEmulator, anna: User, tmp_path: Path) -> None:
    async with Fetching(vk, tmp_path) as fetching:
        heard = await fetching.hears(await anna.sends_files(anna.document(b"words", "Жалоба.docx")))
        assert heard == [File("Жалоба.docx", size=5)]
        assert fetching.ear.read == [b"words"]


async def test_each_file_of_a_message_is_a_turn_with_an_id_of_its_own(
    vk: VKEmulator, anna: User, tmp_path: Path
) -> None:
    async with Fetching(vk, tmp_path) as fetching:
        files = [anna.photo(b"1"), {"type": "sticker"}, anna.document(b"22", "2.pdf"), anna.photo(b"333")]
        sent = await anna.sends_files(*files, caption="Три снимка")
        for _ in range(2):  # redelivered, it is the same turns
            heard = await fetching.hears(sent)
            assert [(file.name, file.size, file.text) for file in heard] == [
                ("photo-1.jpg", 1, "Три снимка"),
                ("2.pdf", 2, ""),
                ("photo-3.jpg", 3, ""),
            ]
        ids = [incoming.id for incoming in fetching.ear.heard]
        assert ids[:3] == ids[3:]
        assert len(set(ids)) == 3
        assert all(len(ident) <= 40 for ident in ids)


@pytest.mark.parametrize("mode", ["off", "info", "anonymous", "track"])
async def test_without_the_right_to_personal_data_nothing_is_fetched(
    vk: VKEmulator, anna: User, tmp_path: Path, mode: Mode
) -> None:
    async with Fetching(vk, tmp_path, mode) as fetching:
        for sent in (
            await anna.sends_files(anna.photo(b"a photo")),
            await anna.sends_files(anna.document(b"words", "a.txt")),
            await anna.sends_files(anna.photo(b"a photo"), caption="Где вы?"),
        ):
            incoming = read(vk.events[sent], vk.group_id, files=fetching.channel.takes_files)
            assert incoming is not None
            await fetching.channel.take(incoming, fetching.ear)
        assert fetching.ear.events == [Unreadable("photo"), Unreadable("file"), Text("Где вы?")]
    assert vk.calls["file"] == 0


async def test_what_is_too_large_is_left_where_it_is(vk: VKEmulator, anna: User, tmp_path: Path) -> None:
    async with Fetching(vk, tmp_path) as fetching:
        (said,) = await fetching.hears(await anna.sends_files(anna.document(b"x", "film.pdf", size=300_000_000)))
        assert (said.refused, said.size) == ("large", 300_000_000)
        assert vk.calls["file"] == 0
        (lied,) = await fetching.hears(await anna.sends_files(anna.document(b"x" * 5_000_000, "film.pdf", size=5)))
        assert lied.refused == "large"
        (photo,) = await fetching.hears(await anna.sends_files(anna.photo(b"x" * 1001)))
        assert photo.refused == "large"
        assert fetching.ear.read == [None, None, None]


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://127.0.0.1/secret",
        "https://evil.example/photo.jpg",
        "https://userapi.com.evil.example/photo.jpg",
        "https://evil.example@sun9-1.userapi.com:444/photo.jpg",
        "http://sun9-1.userapi.com/photo.jpg",
        "file:///etc/passwd",
        "https://[::1",
        "",
    ],
)
async def test_only_vk_itself_is_asked_for_files(vk: VKEmulator, anna: User, tmp_path: Path, url: str) -> None:
    async with Fetching(vk, tmp_path) as fetching:
        attachments = [anna.photo(vk.keep_file(url))] + ([anna.photo(url)] if url else [])
        heard = await fetching.hears(await anna.sends_files(*attachments, caption="Смотрите"))
        assert [file.refused for file in heard] == ["scanner"] * len(attachments)
        assert heard[0].text == "Смотрите"


async def test_the_names_of_vk(vk: VKEmulator, channel: VKChannel) -> None:
    for url in ("https://sun9-1.userapi.com/a.jpg", "https://vk.com/doc1_2?hash=x", "https://psv4.vkuserdocs.ru:443/d"):
        assert channel._api.is_vk(url)


async def test_a_file_that_cannot_be_had_is_told_and_holds_nothing_up(
    vk: VKEmulator, anna: User, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Fetching(vk, tmp_path) as fetching:
        for url in (f"{vk.url}/nowhere", vk.keep_file(f"{vk.url}/files/0/file")):  # the second leads to itself
            (heard,) = await fetching.hears(await anna.sends_files(anna.photo(url), caption="Вот"))
            assert (heard.refused, heard.text) == ("scanner", "Вот")
    assert "Вот" not in caplog.text


async def test_files_in_a_chat_and_under_a_press_are_not_looked_at(vk: VKEmulator, anna: User, tmp_path: Path) -> None:
    async with Fetching(vk, tmp_path):
        chat = vk.chat()
        chat.full_access = True
        sent = chat.writes_raw(anna, "[club1000|@otklik] вот", attachments=[anna.photo(b"x")])
        incoming = read(vk.events[sent], vk.group_id, files=True)
        assert incoming is not None
        assert incoming.event == Text("вот")
        pressed = await anna.writes("4", payload={"p": "visit.overall~ab12:4"}, attachments=[anna.photo(b"x")])
        assert _read(vk, pressed).event == Press("visit.overall~ab12", "4")
    assert vk.calls["file"] == 0


# --- the Callback API -------------------------------------------------------------------------------------


async def test_the_webhook_confirms_only_what_is_stored(channel: VKChannel) -> None:
    busy = False
    ear = Ear(refuses=lambda _: busy)
    app = FastAPI()
    app.include_router(webhook_router(channel, ear))
    event = {**RECORDED[0]["event"], "secret": SECRET}
    asks = {"type": "confirmation", "group_id": 1000, "secret": SECRET}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:

        async def posted(body: Any) -> tuple[int, str]:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            response = await client.post("/webhooks/vk", content=content)
            return response.status_code, response.text

        assert await posted(asks) == (200, "c0nf1rm")
        for wrong in ("", "wrong", 5, None, "\ud800"):
            assert (await posted({**asks, "secret": wrong}))[0] == 403
            assert (await posted({**event, "secret": wrong}))[0] == 403
        assert (await posted(RECORDED[0]["event"]))[0] == 403
        assert (await posted({**event, "group_id": 1001}))[0] == 403
        assert ear.heard == []
        assert await posted(event) == (200, "ok")
        assert ear.events == [Start()]
        busy = True
        assert (await posted(event))[0] == 503
        busy = False
        assert await posted({**event, "type": "like_add"}) == (200, "ok")
        for strange in (b"{", b"[1]", b"\xff\xfe", b""):
            assert (await posted(strange))[0] == 400
        assert (await posted(b" " * 1_000_001))[0] == 413
    assert len(ear.heard) == 1


def test_a_webhook_needs_a_secret(vk: VKEmulator) -> None:
    with pytest.raises(ValueError, match="secret"):
        webhook_router(VKChannel(TOKEN, vk.api_url, "anonymous"), Ear())


async def test_one_chat_is_heard_in_order_and_others_do_not_wait(channel: VKChannel) -> None:
    gate = asyncio.Event()
    begun: list[str] = []

    async def hear(incoming: Incoming) -> Heard:
        begun.append(incoming.id)
        if incoming.id == "1":
            await gate.wait()
        return Heard()

    first = Incoming(id="1", who=ANNA, where=ANNA, event=Text("раз"))
    boris = Address("vk", "8")
    running = [
        asyncio.create_task(channel.take(incoming, hear))
        for incoming in (first, replace(first, id="2"), replace(first, id="3", who=boris, where=boris))
    ]
    await running[2]
    assert begun == ["1", "3"]
    gate.set()
    await asyncio.gather(*running)
    assert begun == ["1", "3", "2"]
