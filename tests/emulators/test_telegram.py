"""The Telegram emulator, driven by aiogram's client: what it does and what it refuses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
)
from aiohttp import web

from tests.emulators.loopback import Fault
from tests.emulators.rates import TelegramRates
from tests.emulators.telegram import TelegramEmulator


@pytest.fixture
async def tg() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(limits=False, pace=0.001) as server:
        yield server


@pytest.fixture
async def bot(tg: TelegramEmulator) -> AsyncIterator[Bot]:
    bot = Bot(tg.token, session=AiohttpSession(api=TelegramAPIServer.from_base(tg.url)))
    yield bot
    session = bot.session
    assert isinstance(session, AiohttpSession)
    if session._session is not None:  # aiogram's own close() sleeps a quarter of a second
        await session._session.close()


def inline(*rows: list[str]) -> InlineKeyboardMarkup:
    def button(text: str) -> InlineKeyboardButton:
        return InlineKeyboardButton(text=text, callback_data=f"d:{text}"[:64])

    return InlineKeyboardMarkup(inline_keyboard=[[button(text) for text in row] for row in rows])


async def test_a_talk_by_polling(tg: TelegramEmulator, bot: Bot) -> None:
    me = await bot.get_me()
    assert me.username == "otklik_bot"
    anna = tg.user(id=7, first_name="Анна", language_code="ru")
    await anna.starts("7KD4M2XA")
    first = await bot.get_updates(timeout=5)
    assert [u.message.text for u in first if u.message] == ["/start 7KD4M2XA"]
    await bot.send_message(7, "<b>Оцените</b> &lt;окно&gt;", parse_mode="HTML", reply_markup=inline(["4", "5"]))
    shown = await anna.gets("Оцените")
    assert shown.text == "Оцените <окно>"
    assert shown.rows == [["4", "5"]]

    await anna.presses("4")
    again = await bot.get_updates()
    assert again[0].update_id == first[0].update_id, "an unconfirmed update comes again"
    (press,) = await bot.get_updates(offset=first[0].update_id + 1)
    assert press.callback_query is not None
    assert press.callback_query.data == "d:4"
    assert anna.spinning
    await bot.answer_callback_query(press.callback_query.id, "Спасибо")
    assert await anna.sees_toast("Спасибо")
    assert not anna.spinning
    await bot.edit_message_text("Вы ответили: 4", chat_id=7, message_id=shown.id)
    assert (await anna.gets("Вы ответили")).edited
    assert anna.last.rows == [], "editing without reply_markup removes the buttons"
    with pytest.raises(AssertionError, match="no button"):
        await anna.presses("4")
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query(press.callback_query.id)


async def test_kinds_of_updates(tg: TelegramEmulator, bot: Bot) -> None:
    anna = tg.user(7)
    await anna.sends("привет")
    await anna.edits("привет!")
    await anna.sends_voice()
    await anna.sends_photo("вид")
    await anna.sends_sticker()
    await anna.blocks()
    await anna.starts()
    kinds = [u.event_type for u in await bot.get_updates()]
    texts = ["message", "edited_message", "message", "message", "message"]
    assert kinds == [*texts, "my_chat_member", "my_chat_member", "message"]


async def test_a_reply_keyboard_and_a_contact(tg: TelegramEmulator, bot: Bot) -> None:
    anna = tg.user(7)
    await anna.starts()
    row = [KeyboardButton(text="Меню"), KeyboardButton(text="Телефон", request_contact=True)]
    await bot.send_message(7, "Здравствуйте", reply_markup=ReplyKeyboardMarkup(keyboard=[row]))
    await anna.presses("Меню")
    await anna.presses("Телефон")
    updates = await bot.get_updates()
    assert updates[-2].message is not None
    assert updates[-2].message.text == "Меню"
    assert updates[-1].message is not None
    assert updates[-1].message.contact is not None


@pytest.mark.parametrize(
    ("text", "mode", "error"),
    [
        ("", None, "message text is empty"),
        (" \n", None, "text must be non-empty"),
        ("я" * 4097, None, "message is too long"),
        ("<b>a", "HTML", "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ("<p>a</p>", "HTML", 'Unsupported start tag "p" at byte offset 0'),
        ("я</b>", "HTML", "Unexpected end tag at byte offset 2"),
        ("<b><i>a</b></i>", "HTML", 'expected "</i>", found "</b>"'),
        ("1 < 2", "HTML", 'Unsupported start tag "" at byte offset 2'),
        ("окно 1.", "MarkdownV2", "Character '.' is reserved"),
        ("*жирный", "MarkdownV2", "Can't find end of Bold entity at byte offset 0"),
        ("snake_case", "Markdown", "Can't find end of the entity starting at byte offset 5"),
        ("a", "XML", "unsupported parse_mode"),
    ],
)
async def test_texts_that_are_refused(tg: TelegramEmulator, bot: Bot, text: str, mode: str | None, error: str) -> None:
    await tg.user(7).starts()
    with pytest.raises(TelegramBadRequest) as caught:
        await bot.send_message(7, text, parse_mode=mode)
    assert error in caught.value.message
    assert tg.refused["sendMessage", 400] == 1
    assert not tg.user(7).inbox


async def test_texts_at_the_limit(tg: TelegramEmulator, bot: Bot) -> None:
    anna = tg.user(7)
    await anna.starts()
    await bot.send_message(7, "😀" * 4096)
    await bot.send_message(7, "<b>" + "я" * 4096 + "</b>", parse_mode="HTML")
    await bot.send_message(7, r"*жирный* \. `код` [ссылка](https://ya\.ru)", parse_mode="MarkdownV2")
    assert anna.last.text == "жирный . код ссылка"
    assert [e["type"] for e in anna.last.entities] == ["bold", "code", "text_link"]
    await bot.send_message(7, "😀<b>да</b>", parse_mode="HTML")
    assert anna.last.entities == [{"type": "bold", "offset": 2, "length": 2}]


@pytest.mark.parametrize(
    ("button", "error"),
    [
        ({"text": "a", "callback_data": "я" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "", "callback_data": "a"}, "inline keyboard button text must be non-empty"),
        ({"text": "a"}, "Text buttons are unallowed"),
        (
            {"text": "a", "url": "http://localhost:8000/q"},
            "URL 'http://localhost:8000/q' is invalid: Wrong HTTP URL",
        ),
    ],
)
async def test_buttons_that_are_refused(tg: TelegramEmulator, bot: Bot, button: dict[str, str], error: str) -> None:
    await tg.user(7).starts()
    markup = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(**button)]])
    with pytest.raises(TelegramBadRequest) as caught:
        await bot.send_message(7, "a", reply_markup=markup)
    assert error in caught.value.message


async def test_buttons_beyond_the_grid_are_dropped(tg: TelegramEmulator, bot: Bot) -> None:
    anna = tg.user(7)
    await anna.starts()
    await bot.send_message(7, "a", reply_markup=inline([str(i) for i in range(15)]))
    assert len(anna.last.labels) == 12
    await bot.send_message(7, "a", reply_markup=inline(*([str(i) for i in range(10)] for _ in range(31))))
    assert len(anna.last.labels) == 300


async def test_edits_that_are_refused(tg: TelegramEmulator, bot: Bot) -> None:
    await tg.user(7).starts()
    sent = await bot.send_message(7, "a", reply_markup=inline(["1"]))
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_text("a ", chat_id=7, message_id=sent.message_id, reply_markup=inline(["1"]))
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("b", chat_id=7, message_id=999)
    await bot.edit_message_reply_markup(chat_id=7, message_id=sent.message_id)
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_reply_markup(chat_id=7, message_id=sent.message_id)
    forced = await bot.send_message(7, "a", reply_markup=ForceReply())
    with pytest.raises(TelegramBadRequest, match="can't be edited"):
        await bot.edit_message_text("b", chat_id=7, message_id=forced.message_id)


async def test_who_may_be_written_to(tg: TelegramEmulator, bot: Bot) -> None:
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(7, "a")
    anna = tg.user(7)
    with pytest.raises(TelegramForbiddenError, match="can't initiate conversation with a user"):
        await bot.send_message(7, "a")
    await anna.starts()
    await bot.send_message(7, "a")
    await anna.blocks()
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(7, "a")
    assert tg.refused["sendMessage", 403] == 2


async def test_groups(tg: TelegramEmulator, bot: Bot) -> None:
    anna, boris = tg.user(7), tg.user(8, "Борис")
    group = tg.group(-5, "Смена", members=[anna])
    assert await group.says(anna, "болтовня") is None, "privacy mode"
    await group.says(boris, "/bind@otklik_bot 123")
    await bot.send_message(-5, "Новая задача", reply_markup=inline(["Взять"]))
    await group.presses(boris, "Взять")
    await bot.send_message(-5, "Что сделано?", reply_markup=ForceReply(selective=True))
    await group.replies(boris, "позвонил")
    bind, press, reply = await bot.get_updates()
    assert bind.message is not None
    assert bind.message.chat.type == "group"
    assert press.callback_query is not None
    assert press.callback_query.from_user.first_name == "Борис"
    assert reply.message is not None
    assert reply.message.reply_to_message is not None

    moved = await group.migrates(-1001234567890)
    with pytest.raises(TelegramMigrateToChat) as caught:
        await bot.send_message(-5, "a")
    assert caught.value.migrate_to_chat_id == -1001234567890
    await bot.send_message(-1001234567890, "a")
    await moved.removes_bot(anna)
    with pytest.raises(TelegramForbiddenError, match="bot was kicked"):
        await bot.send_message(-1001234567890, "a")
    last = (await bot.get_updates())[-1]
    assert last.my_chat_member is not None
    await moved.adds_bot(anna, administrator=True)
    assert (await bot.get_updates())[-1].my_chat_member is not None
    assert await moved.says(anna, "болтовня") is not None, "an administrator hears all"


async def test_rates_answer_429(tg: TelegramEmulator, bot: Bot) -> None:
    tg.rates = TelegramRates(scale=0.01)  # one message in 100 s: no slow machine can refill it
    await tg.user(7).starts()
    await bot.send_message(7, "a")
    with pytest.raises(TelegramRetryAfter) as caught:
        await bot.send_message(7, "a")
    assert 50 < caught.value.retry_after <= 100
    assert tg.refused["sendMessage", 429] == 1


def test_rates_overall_and_per_group() -> None:
    rates = TelegramRates()
    assert [rates.refuse(chat, 0.0) for chat in range(1, 32)] == [0] * 30 + [1]
    assert rates.refuse(31, 1.0) == 0
    rates = TelegramRates()
    assert [rates.refuse(7, 0.0) for _ in range(6)] == [0] * 5 + [1]
    rates = TelegramRates(burst=100)
    assert [rates.refuse(-1, i * 0.1) for i in range(20)] == [0] * 20
    assert rates.refuse(-1, 10.0) == 50
    assert rates.refuse(-1, 60.0) == 0


async def test_only_the_second_poller_goes_on(tg: TelegramEmulator, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await tg.until(lambda: tg._poller)
    second = asyncio.create_task(bot.get_updates(timeout=30))
    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates"):
        await first
    await tg.user(7).starts()
    assert len(await second) == 1
    await bot.set_webhook("http://127.0.0.1:1/hook")
    with pytest.raises(TelegramConflictError, match="webhook is active"):
        await bot.get_updates()


async def test_the_webhook_repeats_and_keeps_the_order_of_a_chat(tg: TelegramEmulator, bot: Bot) -> None:
    seen: list[tuple[str | None, str]] = []
    answers = [500, 200, 200]

    async def hook(request: web.BaseRequest) -> web.Response:
        body = await request.json()
        seen.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), body["message"]["text"]))
        reply = {"method": "sendMessage", "chat_id": 7, "text": "ответ"}
        return web.json_response(reply, status=answers.pop(0))

    runner = web.ServerRunner(web.Server(hook))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    anna = tg.user(7)
    await anna.sends("раз")
    await bot.set_webhook(url, secret_token="s3", allowed_updates=["message"])
    id = await anna.sends("два")
    await anna.gets("ответ")
    await tg.until(lambda: None if tg.deliveries.waiting else True)
    assert seen == [("s3", "раз"), ("s3", "раз"), ("s3", "два")]
    await anna.blocks()
    answers += [503, 200]
    assert await tg.redeliver(id) == 503
    assert await tg.deliver(tg.updates[id], url, "forged") == 200
    assert seen[-1] == ("forged", "два")
    info = await bot.get_webhook_info()
    assert info.pending_update_count == 0, "my_chat_member was not asked for"
    await bot.delete_webhook()
    assert await bot.get_updates() == []
    await runner.cleanup()


@pytest.mark.parametrize(("url", "secret"), [("http://bot.example.ru/", "a"), ("https://bot.example.ru/", "я")])
async def test_webhooks_that_are_refused(bot: Bot, url: str, secret: str) -> None:
    with pytest.raises(TelegramBadRequest):
        await bot.set_webhook(url, secret_token=secret)


async def test_faults(tg: TelegramEmulator, bot: Bot) -> None:
    anna = tg.user(7)
    await anna.starts()
    tg.fail("sendMessage", Fault.too_many(3))
    with pytest.raises(TelegramRetryAfter) as caught:
        await bot.send_message(7, "429")
    assert caught.value.retry_after == 3
    tg.fail("sendMessage", Fault.bad_gateway)
    with pytest.raises(ClientDecodeError):
        await bot.send_message(7, "502")
    tg.fail("sendMessage", Fault.server_error, where=lambda params: params["text"] == "500")
    await bot.send_message(7, "да")
    with pytest.raises(TelegramServerError):
        await bot.send_message(7, "500")
    tg.fail("sendMessage", Fault.reset_before)
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(7, "до")
    tg.fail("sendMessage", Fault.reset_after)
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(7, "после")
    assert anna.texts == ["да", "после"]
    tg.fail("*", Fault.hang)
    hanging = asyncio.create_task(bot.send_message(7, "висит"))
    await tg.until(lambda: tg.hanging or None)
    assert "висит" not in anna.texts
    tg.release()
    await hanging
    assert anna.last.text == "висит"


async def test_reordered_and_repeated_updates(tg: TelegramEmulator, bot: Bot) -> None:
    anna = tg.user(7)
    tg.hold()
    first = await anna.sends("раз")
    second = await anna.sends("два")
    tg.let_go()
    assert [u.update_id for u in await bot.get_updates()] == [second, first]
    assert await bot.get_updates(offset=second + 1) == []
    await tg.redeliver(first)
    assert [u.update_id for u in await bot.get_updates(offset=second + 1)] == [first]


async def test_commands_photos_and_unknown_things(tg: TelegramEmulator, bot: Bot) -> None:
    await bot.set_my_commands([BotCommand(command="menu", description="Меню")], language_code="ru")
    assert ("default", "ru") in tg.commands
    with pytest.raises(TelegramBadRequest, match="BOT_COMMAND_INVALID"):
        await bot.set_my_commands([BotCommand(command="меню", description="Меню")])
    await tg.user(7).starts()
    assert await bot.send_chat_action(7, "typing")
    assert (await bot.get_chat(7)).first_name == "Анна"
    await bot.send_photo(7, BufferedInputFile(b"png", "a.png"), caption="код")
    assert tg.user(7).last.photo
    async with aiohttp.ClientSession() as http:
        for path, code in ((f"bot{tg.token}/sendPigeon", 404), ("bot1:x/getMe", 401)):
            async with http.get(f"{tg.url}/{path}") as response:
                assert response.status == (await response.json())["error_code"] == code
        async with http.post(f"{tg.url}/bot{tg.token}/sendmessage", json={"chat_id": "7", "text": "x"}) as response:
            assert (await response.json())["ok"] is True
        markup = json.dumps({"inline_keyboard": [[{"callback_data": "a"}]]})
        data = {"chat_id": 7, "text": "x", "reply_markup": markup}
        async with http.post(f"{tg.url}/bot{tg.token}/sendMessage", data=data) as response:
            assert "Can't find field" in (await response.json())["description"]


async def test_control_over_http(tg: TelegramEmulator, bot: Bot) -> None:
    async with aiohttp.ClientSession() as http:
        actions = [{"user": 7, "start": "X"}, {"user": 7, "press": "нет"}]
        async with http.post(f"{tg.url}/_test/push", json={"actions": actions}) as response:
            pushed = (await response.json())["pushed"]
        assert "error" in pushed[1]
        await bot.send_message(7, "Привет", reply_markup=inline(["1"]))
        async with http.get(f"{tg.url}/_test/stats") as response:
            stats = await response.json()
        assert stats["calls"] == {"sendMessage": 1}
        assert stats["turns"]["n"] == 1
        async with http.get(f"{tg.url}/_test/inbox?user=7") as response:
            assert (await response.json()) == [{"text": "Привет", "rows": [["1"]], "edited": False}]
