"""The VK emulator, driven by vkbottle's client: what it does and what it refuses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from vkbottle import API, AiohttpClient, BotPolling, VKAPIError

from tests.emulators.loopback import Fault
from tests.emulators.rates import VKRates
from tests.emulators.vk import VKEmulator
from tests.emulators.vk_people import CHATS


@pytest.fixture
async def vk() -> AsyncIterator[VKEmulator]:
    async with VKEmulator(limits=False, pace=0.001) as server:
        yield server


def client(vk: VKEmulator, token: str = "") -> API:
    api = API(token or vk.token, http_client=AiohttpClient())
    api.API_URL = vk.api_url
    return api


@pytest.fixture
async def api(vk: VKEmulator) -> AsyncIterator[API]:
    api = client(vk)
    yield api
    await api.http_client.close()


def button(label: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"action": {"type": kind, "label": label, "payload": json.dumps({"k": label}), **more}}


def keyboard(*rows: list[dict[str, Any]], **more: Any) -> str:
    return json.dumps({"buttons": rows, **more})


async def code(call: Any) -> int:
    with pytest.raises(VKAPIError) as caught:
        await call
    return int(caught.value.code)


async def test_a_talk_by_long_poll(vk: VKEmulator, api: API) -> None:
    groups = await api.groups.get_by_id()
    assert groups.groups is not None
    assert groups.groups[0].id == vk.group_id
    polling = BotPolling(api=api, group_id=vk.group_id)
    server = await polling.get_server()
    anna = vk.user(7)
    event_id = await anna.starts(ref="7KD4M2XA", ref_source="qr")
    got = await polling.get_event(server)
    assert [u["event_id"] for u in got["updates"]] == [event_id]
    message = got["updates"][0]["object"]["message"]
    assert (message["ref"], message["ref_source"], message["payload"]) == (
        "7KD4M2XA",
        "qr",
        '{"command": "start"}',
    )
    assert (await polling.get_event(server))["updates"] == got["updates"], "the old ts gives the same events"

    board = keyboard([button("4", "callback"), button("5", "callback")], inline=True)
    sent = await api.messages.send(peer_id=7, message="Оцените", random_id=0, keyboard=board)
    assert (await anna.gets("Оцените")).rows == [["4", "5"]]
    server["ts"] = got["ts"]
    waiting = asyncio.create_task(polling.get_event(server))
    await vk.until(lambda: vk._polls or None, what="a waiting poll")
    await anna.presses("4")
    press = (await waiting)["updates"][0]
    assert press["type"] == "message_event"
    assert press["object"]["payload"] == {"k": "4"}
    answered = {"event_id": press["object"]["event_id"], "user_id": 7, "peer_id": 7}
    toast = json.dumps({"type": "show_snackbar", "text": "Спасибо"})
    assert anna.spinning
    await api.messages.send_message_event_answer(**answered, event_data=toast)
    assert await anna.sees_snackbar("Спасибо")
    assert not anna.spinning
    assert await code(api.messages.send_message_event_answer(**answered)) == 100, "once only"
    await api.messages.edit(peer_id=7, message_id=sent, message="Вы ответили: 4")
    assert (await anna.gets("Вы ответили")).edited
    assert anna.last.rows == []


async def test_the_same_random_id_is_the_same_message(vk: VKEmulator, api: API) -> None:
    anna = vk.user(7)
    await anna.writes("привет")
    first = await api.messages.send(peer_id=7, message="a", random_id=5)
    assert await api.messages.send(peer_id=7, message="b", random_id=5) == first
    assert await api.messages.send(peer_id=7, message="c", random_id=0) != first
    assert await api.messages.send(peer_id=7, message="d", random_id=0) != first
    assert anna.texts == ["a", "c", "d"]
    with pytest.raises(VKAPIError) as caught:
        await api.request("messages.send", {"peer_id": 7, "message": "a"})
    assert caught.value.code == 100


async def test_peer_ids_answer_for_each(vk: VKEmulator, api: API) -> None:
    await vk.user(7).writes("привет")
    one, two = await api.messages.send(peer_ids=[7, 8], message="a", random_id=0)
    assert one.message_id
    assert two.error is not None
    assert two.error.code == 901


async def test_who_may_be_written_to(vk: VKEmulator, api: API) -> None:
    def send(peer: int) -> Any:
        return api.messages.send(peer_id=peer, message="a", random_id=0)

    anna = vk.user(7)
    assert await code(send(7)) == 901
    await anna.allows("k")
    await send(7)
    anna.private = True
    assert await code(send(7)) == 902
    await anna.denies()
    assert await code(send(7)) == 901
    assert await code(send(CHATS + 1)) == 917
    assert [e["type"] for e in vk.history] == ["message_allow", "message_deny"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"message": ""}, 100),
        ({"message": "я" * 4097}, 914),
        ({"message": "a", "random_id": "x"}, 100),
        ({"message": "a", "random_id": 1 << 40}, 100),
        ({"message": "a", "peer_id": ""}, 100),
        ({"message": "a", "keyboard": "{"}, 911),
        ({"message": "a", "keyboard": keyboard([button("я" * 41)])}, 911),
        ({"message": "a", "keyboard": keyboard([button("")])}, 911),
        ({"message": "a", "keyboard": keyboard([button("1")] * 6)}, 911),
        ({"message": "a", "keyboard": keyboard(*[[button("1")]] * 7, inline=True)}, 911),
        ({"message": "a", "keyboard": keyboard(*[[button("1")] * 4] * 3, inline=True)}, 911),
        ({"message": "a", "keyboard": keyboard(*[[button("1")]] * 11)}, 911),
        ({"message": "a", "keyboard": keyboard([button("1")], inline=True, one_time=True)}, 911),
        ({"message": "a", "keyboard": keyboard([button("1", payload="{")])}, 911),
        ({"message": "a", "keyboard": keyboard([button("1", payload=json.dumps("я" * 254))])}, 911),
        ({"message": "a", "keyboard": keyboard([button("1", "open_link", link="tel:112")])}, 911),
        ({"message": "a", "keyboard": keyboard([button("1", "open_app", app_id=1), button("2")])}, 911),
        ({"message": "a", "keyboard": keyboard([button("1") | {"color": "red"}])}, 911),
    ],
)
async def test_messages_that_are_refused(vk: VKEmulator, api: API, params: dict[str, Any], expected: int) -> None:
    await vk.user(7).writes("привет")
    assert await code(api.request("messages.send", {"peer_id": 7, "random_id": 1, **params})) == expected
    assert not vk.user(7).inbox
    assert vk.refused["messages.send", expected] == 1


async def test_keyboards_at_the_limit(vk: VKEmulator, api: API) -> None:
    anna = vk.user(7)
    await anna.writes("привет")
    for board in (
        keyboard(*[[button("1")] * 5] * 2, inline=True),
        keyboard(*[[button("я" * 40)] * 4] * 10, one_time=True),
        keyboard([button("1", "open_link", link="https://ya.ru"), button("2", "callback")], inline=True),
        keyboard([{"action": {"type": "location"}}]),
        keyboard(),
    ):
        await api.messages.send(peer_id=7, message="a", random_id=0, keyboard=board)
    assert len(anna.inbox) == 5
    assert anna.keyboard == []


async def test_edits_that_are_refused(vk: VKEmulator, api: API) -> None:
    anna = vk.user(7)
    await anna.writes("привет")
    assert await code(api.messages.edit(peer_id=7, message_id=99, message="a")) == 100
    sent = await api.messages.send(peer_id=7, message="a", random_id=0)
    anna.last.date -= 86_401
    assert await code(api.messages.edit(peer_id=7, message_id=sent, message="b")) == 909
    deleting = {"peer_id": 7, "message_ids": sent, "delete_for_all": 1}
    assert await code(api.request("messages.delete", deleting)) == 924


async def test_answers_to_presses_that_are_refused(vk: VKEmulator, api: API) -> None:
    anna = vk.user(7)
    await anna.writes("привет")
    board = keyboard([button("1", "callback")], inline=True)
    await api.messages.send(peer_id=7, message="a", random_id=0, keyboard=board)
    await anna.presses("1")
    event = vk.history[-1]["object"]["event_id"]
    answer = {"event_id": event, "user_id": 7, "peer_id": 7}
    long = json.dumps({"type": "show_snackbar", "text": "я" * 91})
    assert await code(api.messages.send_message_event_answer(**answer, event_data=long)) == 100
    assert await code(api.messages.send_message_event_answer(**{**answer, "user_id": 8})) == 100
    vk.expire_presses()
    assert await code(api.messages.send_message_event_answer(**answer)) == 100


async def test_chats(vk: VKEmulator, api: API) -> None:
    anna = vk.user(7)
    chat = vk.chat()
    assert await chat.says(anna, "болтовня") is None
    await chat.says(anna, "[club1000|@otklik] 123456")
    sent = await api.messages.send(peer_id=chat.id, message="Задача", random_id=1, keyboard=keyboard([button("Взять")]))
    assert sent == 0, "communities get no message ids in chats"
    await chat.presses(anna, "Взять")
    message = vk.history[-1]["object"]["message"]
    assert (message["from_id"], message["text"]) == (7, "[club1000|@otklik] Взять")
    edit = {"peer_id": chat.id, "cmid": chat.last.cmid, "message": "В работе"}
    await api.request("messages.edit", edit)
    assert chat.last.text == "В работе"
    await chat.removes_community(anna)
    assert await code(api.messages.send(peer_id=chat.id, message="a", random_id=0)) == 917


async def test_global_errors(vk: VKEmulator, api: API) -> None:
    other = client(vk, "wrong")
    assert await code(other.request("users.get", {})) == 5
    await other.http_client.close()
    assert await code(api.request("messages.fly", {})) == 3
    assert await code(api.groups.get_long_poll_server(group_id=5)) == 15
    vk.rates = VKRates()
    vk.rates.overall.period = 60  # so that a slow machine refuses as many
    calls = await asyncio.gather(*(api.request("users.get", {}) for _ in range(25)), return_exceptions=True)
    assert [call.code for call in calls if isinstance(call, VKAPIError)] == [6] * 5
    assert vk.refused["users.get", 6] == 5


async def test_long_poll_failures(vk: VKEmulator, api: API) -> None:
    polling = BotPolling(api=api, group_id=vk.group_id)
    server = await polling.get_server()
    await vk.user(7).writes("привет")
    vk.lose_history()
    failed = await polling.get_event(server)
    assert failed == {"failed": 1, "ts": str(vk.ts)}
    vk.expire_key()
    assert (await polling.get_event(server))["failed"] == 2
    vk.lose_all()
    assert (await polling.get_event(server))["failed"] == 3
    server = await polling.get_server()
    await vk.user(7).writes("привет")
    assert len((await polling.get_event(server))["updates"]) == 1
    vk.fail("a_check", Fault.failed(2))
    assert await polling.get_event(server) == {"failed": 2}
    vk.fail("a_check", Fault.reset_before)
    with pytest.raises(aiohttp.ClientError):
        await polling.get_event(server)
    await api.request("groups.setLongPollSettings", {"group_id": vk.group_id, "message_event": 0, "enabled": 0})
    assert await code(api.groups.get_long_poll_server(group_id=vk.group_id)) == 100


async def test_callback_api_repeats_until_ok(vk: VKEmulator, api: API) -> None:
    seen: list[tuple[str | None, dict[str, Any]]] = []
    answers = [(500, "ok"), (200, "no"), (200, "ok"), (200, "f0a1"), (403, "")]

    async def hook(request: web.BaseRequest) -> web.Response:
        seen.append((request.headers.get("X-Retry-Counter"), await request.json()))
        status, text = answers.pop(0)
        return web.Response(status=status, text=text)

    runner = web.ServerRunner(web.Server(hook))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    vk.deliver_to(url, "s3")
    event_id = await vk.user(7).writes("привет")
    await vk.until(lambda: None if vk.deliveries.waiting else True)
    assert [retry for retry, _ in seen] == [None, "1", "2"]
    assert {(e["event_id"], e["secret"], e["group_id"], e["v"]) for _, e in seen} == {
        (event_id, "s3", vk.group_id, "5.199")
    }
    assert len(vk.history) == 1, "long poll gets it too"
    assert await vk.confirm(url) == "f0a1"
    assert await vk.deliver({"type": "message_new", "object": {}}, url, "forged") == (403, "")
    await runner.cleanup()


async def test_faults(vk: VKEmulator, api: API) -> None:
    anna = vk.user(7)
    await anna.writes("привет")

    def send(text: str, random_id: int = 0) -> Any:
        return api.messages.send(peer_id=7, message=text, random_id=random_id)

    vk.fail("messages.send", Fault.error(9))
    assert await code(send("9")) == 9
    vk.fail("messages.send", Fault.error(10))
    assert await code(send("10")) == 10
    vk.fail("messages.send", Fault.reset_before)
    with pytest.raises(aiohttp.ClientError):
        await send("до")
    vk.fail("messages.send", Fault.reset_after)
    with pytest.raises(aiohttp.ClientError):
        await send("после", 9)
    await send("после", 9)
    assert anna.texts == ["после"], "random_id makes the repeat safe"
    vk.fail("messages.send", Fault.bad_gateway)
    async with aiohttp.ClientSession() as http, http.post(f"{vk.api_url}messages.send") as response:
        assert (response.status, response.content_type) == (502, "text/html")
    vk.fail("messages.send", Fault.hang)
    hanging = asyncio.create_task(send("висит"))
    await vk.until(lambda: vk.hanging or None)
    vk.release()
    await hanging
    assert anna.last.text == "висит"


async def test_kinds_of_events(vk: VKEmulator, api: API) -> None:
    anna = vk.user(7, "Анна", "Петрова")
    await anna.writes("раз")
    await anna.edits("два")
    await anna.sends_voice()
    await anna.sends_photo()
    await anna.sends_sticker()
    kinds = [event["type"] for event in vk.history]
    assert kinds == ["message_new", "message_edit", "message_new", "message_new", "message_new"]
    (user,) = await api.users.get(user_ids=[7])
    assert user.first_name == "Анна"
    assert await api.messages.set_activity(peer_id=7, type="typing")
    vk.hold()
    first, second = await anna.writes("3"), await anna.writes("4")
    vk.let_go()
    vk.redeliver(first)
    assert [event["event_id"] for event in vk.history][-3:] == [second, first, first]
