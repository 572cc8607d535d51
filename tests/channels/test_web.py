"""The browser at the HTTP edge: what a GET may not do, what a POST becomes, and what a stranger cannot."""

from __future__ import annotations

import html
import itertools
import re

import httpx
import pytest

from backend.office import Office
from bot.channels.web import COOKIE, STYLE
from bot.messages import Fill, Press, Say, Start, Text
from tests.browser.stage import (
    ALONE,
    CLOSED,
    EARLY,
    MANY,
    RATE,
    REVOKED,
    SCREENS,
    SECRET,
    TOKEN,
    WRITE,
    Door,
    Stage,
    build,
)
from tests.browser.stage import small_office as office_of

PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"
)
RUSSIAN = {"accept-language": "ru-RU,ru;q=0.9"}
DOORS = [
    Door("telegram", "Telegram", "https://t.me/otklik_bot?start="),
    Door("vk", "ВКонтакте", "https://vk.me/otklik?ref="),
]


RECEIPT = "/f/a-2026-0147-K7PM4XQ2"  # the link of a receipt: number and secret code


@pytest.fixture
def stage() -> Stage:
    return Stage()


def browser(stage: Stage, *, secure: bool = False, name: str = "Окно приёма документов") -> httpx.AsyncClient:
    app = build(stage, office_of(name), DOORS, secure=secure)
    base = "https://otklik.example" if secure else "http://otklik.example"
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base, headers=RUSSIAN)


def hidden(page: httpx.Response) -> dict[str, str]:
    """The one-time id and the token of the page's forms."""
    return {
        name: found[1]
        for name in ("csrf", "event")
        if (found := re.search(rf'name="{name}" value="([^"]*)"', page.text))
    }


async def begin(client: httpx.AsyncClient) -> httpx.Response:
    """Come from the landing's form to the first question."""
    page = await client.get(f"/q/{TOKEN}")
    answer = await client.post(f"/q/{TOKEN}/here", data=hidden(page))
    assert answer.status_code == 303
    return await client.get(answer.headers["location"])


async def test_a_get_creates_nothing(stage: Stage) -> None:
    async with browser(stage) as client:
        for path in (
            "/",
            "/points",
            f"/q/{TOKEN}",
            "/q/NOPE",
            "/talk",
            "/talk/menu",
            "/staff/join/abcdef1234",
            RECEIPT,
        ):
            page = await client.get(path)
            assert "set-cookie" not in page.headers, path
    assert stage.heard == []
    assert stage.looked == []


async def test_a_visit_from_the_code_to_thanks(stage: Stage) -> None:
    async with browser(stage) as client:
        page = await begin(client)
        assert str(page.url).endswith(f"/talk/{RATE.step}")
        answer = await client.post(f"/talk/{RATE.step}", data={**hidden(page), "keys": "2"})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/talk/{MANY.step}")
        page = await client.get(answer.headers["location"])
        await client.post(f"/talk/{MANY.step}", data={**hidden(page), "keys": ["queue", "rude"]})
        page = await client.get(f"/talk/{WRITE.step}")
        answer = await client.post(
            f"/talk/{WRITE.step}", data={**hidden(page), "press": f"{WRITE.step}:skip", "text": "забытое"}
        )
        assert answer.headers["location"] == "/talk"
    assert [incoming.event for incoming in stage.heard] == [
        Start(TOKEN),
        Fill(RATE.step, ("2",)),
        Fill(MANY.step, ("queue", "rude")),
        Press(WRITE.step, "skip"),
    ]
    assert len({incoming.who for incoming in stage.heard}) == 1
    assert all(len(i.id) <= 40 and i.private and i.language == "ru" for i in stage.heard)


async def test_a_double_submit_is_one_event_and_another_choice_is_a_new_one(stage: Stage) -> None:
    async with browser(stage) as client:
        page = await begin(client)
        for key in ("4", "4", "5"):
            answer = await client.post(f"/talk/{RATE.step}", data={**hidden(page), "keys": key})
            assert answer.headers["location"] == f"/talk/{WRITE.step}"
    first, again, other = (incoming.id for incoming in stage.heard[1:])
    assert first == again
    assert other != first


async def test_buttons_carry_their_own_step(stage: Stage) -> None:
    async with browser(stage) as client:
        page = await begin(client)
        await client.post(f"/talk/{RATE.step}", data={**hidden(page), "press": "lang:en"})
        await client.post("/talk/task.abc", data={**hidden(page), "press": "take"})
        await client.post("/talk/menu", data={**hidden(page), "press": "no spaces:here"})
        await client.post("/talk/text", data={**hidden(page), "text": "Меню"})
        await client.post("/talk/text", data={**hidden(page), "text": " "})
    assert [i.event for i in stage.heard[1:]] == [Press("lang", "en"), Press("task.abc", "take"), Text("Меню")]


@pytest.mark.parametrize("token", ["", "0" * 32, "ы"])
async def test_a_forged_form_is_refused_and_loses_no_words(stage: Stage, token: str) -> None:
    async with browser(stage) as client:
        await begin(client)
        answer = await client.post(f"/talk/{WRITE.step}", data={"csrf": token, "text": "Долго <b>ждал</b>"})
    assert answer.status_code == 403
    assert "Долго &lt;b&gt;ждал&lt;/b&gt;" in answer.text
    assert 'href="/talk"' in answer.text
    assert len(stage.heard) == 1


async def test_a_token_of_another_client_does_not_fit(stage: Stage) -> None:
    async with browser(stage) as mine, browser(stage) as theirs:
        page = await begin(mine)
        await begin(theirs)
        answer = await theirs.post(f"/talk/{RATE.step}", data={**hidden(page), "keys": "5"})
    assert answer.status_code == 403


async def test_a_foreign_site_cannot_start_or_join(stage: Stage) -> None:
    async with browser(stage) as client:
        for path in ("/talk", f"/q/{TOKEN}/here", "/staff/join/abcdef1234", RECEIPT):
            answer = await client.post(path, headers={"sec-fetch-site": "cross-site"})
            assert answer.status_code == 403
            assert "set-cookie" not in answer.headers
    assert stage.heard == []


async def test_a_forged_cookie_is_nobody(stage: Stage) -> None:
    async with browser(stage) as client:
        page = await begin(client)
        value = client.cookies[COOKIE]
        client.cookies.clear()
        # A character in the middle: the last one carries bits that decode to nothing.
        middle = value[:-9] + ("A" if value[-9] != "A" else "B") + value[-8:]
        for forged in (middle, "x", "a.b.c", '"', value.split(".")[0]):
            shown = await client.get("/talk", headers={"cookie": f"{COOKIE}={forged}"})
            assert "Начните здесь" in shown.text
            answer = await client.post(
                "/talk/menu", data={**hidden(page), "press": "rate"}, headers={"cookie": f"{COOKIE}={forged}"}
            )
            assert answer.status_code == 403
    assert len(stage.heard) == 1


async def test_the_cookie_is_closed_to_scripts_and_plain_http(stage: Stage) -> None:
    async with browser(stage, secure=True) as client:
        answer = await client.post("/talk", data={"event": "e" * 22})
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "Secure", "SameSite=lax", "Max-Age=2592000"} <= set(cookie.split("; "))


async def test_busy_keeps_the_answer_in_a_form_that_repeats_it(stage: Stage) -> None:
    async with browser(stage) as client:
        page = await begin(client)
        stage.busy = True
        fields = {**hidden(page), "text": 'Одна строка\r\n"и другая" <i>'}
        answer = await client.post(f"/talk/{WRITE.step}", data=fields)
        assert answer.status_code == 503
        again = {
            name: html.unescape(value)
            for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', answer.text)
        }
        assert again["event"] == fields["event"]
        stage.busy = False
        repeated = await client.post(f"/talk/{WRITE.step}", data=again)
    assert repeated.status_code == 303
    assert stage.heard[-1].event == Fill(WRITE.step, (), 'Одна строка\n"и другая" <i>')


async def test_busy_at_the_very_first_step_keeps_the_client(stage: Stage) -> None:
    stage.busy = True
    async with browser(stage) as client:
        answer = await client.post(f"/q/{TOKEN}/here", data={"event": "e" * 22})
        assert answer.status_code == 503
        made = client.cookies[COOKIE].split(".")[0]
        stage.busy = False
        await client.post(f"/q/{TOKEN}/here", data=hidden(answer))
    assert stage.heard[-1].who.id == made


async def test_a_personal_page_needs_no_cookie_and_makes_none(stage: Stage) -> None:
    async with browser(stage) as client:
        page = await client.get(f"/a/{SECRET}")
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["x-robots-tag"] == "noindex"
        answer = await client.post(f"/a/{SECRET}/{RATE.step}", data={**hidden(page), "keys": "5"})
        assert answer.headers["location"] == f"/a/{SECRET}/{WRITE.step}"
        assert not client.cookies
        stranger = await client.post(f"/a/{SECRET[::-1]}/{RATE.step}", data={**hidden(page), "keys": "1"})
        assert stranger.status_code == 403
        stage.known = False
        assert (await client.get(f"/a/{SECRET}")).status_code == 404
        assert (await client.get("/a/short")).status_code == 404
        assert (await client.post("/a/" + "x" * 65 + "/menu")).status_code == 404
    assert [str(i.who) for i in stage.heard] == [f"web:a-{SECRET}"]


async def test_joining_gives_a_new_cookie_and_a_double_press_the_same_one(stage: Stage) -> None:
    async with browser(stage) as client:
        await begin(client)
        before = client.cookies[COOKIE].split(".")[0]
        page = await client.get("/staff/join/abcdef1234")
        assert "Вход для сотрудника" in page.text
        ids = []
        for _ in range(2):
            answer = await client.post("/staff/join/abcdef1234", data=hidden(page))
            assert answer.status_code == 303
            ids.append(client.cookies[COOKIE].split(".")[0])
    assert stage.heard[-1].event == Start("join-abcdef1234")
    assert stage.heard[-1].id == stage.heard[-2].id
    assert ids[0] == ids[1] != before


async def test_the_link_of_a_receipt_opens_the_talk_and_is_not_passed_on(stage: Stage) -> None:
    async with browser(stage) as client:
        page = await client.get(RECEIPT)
        assert "Посмотреть обращение" in page.text
        assert page.headers["referrer-policy"] == "no-referrer"
        assert stage.heard == []
        answer = await client.post(RECEIPT, data=hidden(page))
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/talk")
        assert (await client.get("/f/нет такой ссылки")).status_code == 404
    assert stage.heard[-1].event == Start("f-a-2026-0147-K7PM4XQ2")


async def test_staff_pages_refresh_only_while_nothing_is_asked(stage: Stage) -> None:
    async with browser(stage) as client:
        await begin(client)
        stage.showing = "staff"
        page = await client.get("/talk")
        assert page.headers["refresh"] == "60"
        assert 'value="menu:tasks"' in page.text
        assert "<textarea" not in page.text
        assert 'name="text"' not in page.text
        assert "refresh" not in (await client.get("/talk?still=1")).headers
        stage.showing = "write"
        assert "refresh" not in (await client.get("/talk")).headers


async def test_forgotten_takes_the_cookie_away(stage: Stage) -> None:
    async with browser(stage) as client:
        page = await begin(client)
        stage.forgotten = True
        answer = await client.post("/talk/menu", data={**hidden(page), "press": "delete"})
        assert answer.headers["location"] == "/talk/forgotten"
        assert not client.cookies
        assert "Удалено" in (await client.get("/talk/forgotten")).text


async def test_long_texts_are_told_by_the_dialogue_and_floods_by_the_page(stage: Stage) -> None:
    async with browser(stage) as client:
        page = await begin(client)
        answer = await client.post(f"/talk/{WRITE.step}", data={**hidden(page), "text": "😀" * 10_000})
        assert answer.status_code == 303
        assert stage.heard[-1].event == Fill(WRITE.step, (), "😀" * 10_000)
        flood = await client.post(f"/talk/{WRITE.step}", data={**hidden(page), "text": "x" * 200_000})
        assert flood.status_code == 413
        many = await client.post("/talk/menu", content=b"keys=a&" * 500)
        assert many.status_code == 413
        odd = await client.post(f"/talk/{WRITE.step}", data={**hidden(page), "text": "а\0б"})
        assert odd.status_code == 303
    assert stage.heard[-1].event == Fill(WRITE.step, (), "аб")


@pytest.mark.parametrize("showing", SCREENS)
async def test_every_page_is_small_safe_and_whole(stage: Stage, showing: str) -> None:
    async with browser(stage) as client:
        await begin(client)
        stage.showing = showing
        page = await client.get("/talk")
        style = await client.get(STYLE)
    assert len(page.content) + len(style.content) < 50_000
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert page.text.count("<h1") == 1
    for source in re.findall(r'(?:src|action)="([^"]*)"|<link[^>]*href="([^"]*)"', page.text):
        assert "".join(source).startswith(("/", "data:,"))
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cache-control"] == "no-store"
    assert "immutable" in style.headers["cache-control"]


async def test_languages(stage: Stage) -> None:
    async with browser(stage) as client:
        await begin(client)
        stage.language = "en"
        page = await client.get("/talk")
        assert '<html lang="en">' in page.text
        assert 'value="lang:ru"' in page.text
        client.cookies.clear()
        english = await client.get("/talk", headers={"accept-language": "en-GB"})
        assert "Start here" in english.text
        french = await client.post("/talk", headers={"accept-language": "fr"}, data={"event": "f" * 22})
    assert french.status_code == 303
    assert stage.heard[-1].language == "fr"


# --- the landing ------------------------------------------------------------------------------------------


async def test_the_landing_names_the_point_and_offers_what_is_on(stage: Stage) -> None:
    async with browser(stage) as client:
        for path in (f"/q/{TOKEN}", f"/Q/{TOKEN.lower()}"):
            page = await client.get(path)
            assert page.status_code == 200
            assert "Вы в кабинете 104?" in page.text
            assert f'href="https://t.me/otklik_bot?start={TOKEN}"' in page.text
            assert f'href="https://vk.me/otklik?ref={TOKEN}"' in page.text
            assert "Нажмите «Начать» или напишите любое слово" in page.text
            assert "Ответить здесь, без мессенджера" in page.text
            assert "+7 (000) 000-12-12" in page.text
        assert (await client.head(f"/q/{TOKEN}")).status_code == 200
        assert "Disallow: /" in (await client.get("/robots.txt")).text
        listed = await client.get("/points")
    assert "Кабинет личного приёма 201" in listed.text
    assert "Окно № 7" not in listed.text
    assert "Рабочее место" not in listed.text


@pytest.mark.parametrize("path", [f"/q/{TOKEN}-en", f"/q/{TOKEN}?lang=en"])
async def test_the_chosen_language_travels(stage: Stage, path: str) -> None:
    async with browser(stage) as client:
        page = await client.get(path)
        assert '<html lang="en">' in page.text
        assert f"?start={TOKEN}-en" in page.text
        assert 'href="/points?lang=en"' in page.text
        await client.post(f"/q/{TOKEN}-en/here", data=hidden(page))
    assert stage.heard[-1].event == Start(f"{TOKEN}-en")


async def test_a_closed_point_leads_to_the_nearest_open_one(stage: Stage) -> None:
    async with browser(stage) as client:
        page = await client.get(f"/q/{CLOSED}")
        assert "Окно № 7 в МФЦ: сейчас закрыто" in page.text
        assert f"?start=at-{TOKEN}" in page.text
        assert CLOSED not in page.text
        alone = await client.get(f"/q/{ALONE}")
    assert "сейчас закрыто" in alone.text
    assert f'href="/points/{TOKEN}"' in alone.text


@pytest.mark.parametrize("token", ["NOPE2345", "нет", "<script>", "A" * 4000, "%00", "6XC3M8DH-zz-zz"])
async def test_an_unknown_address_explains_itself(stage: Stage, token: str) -> None:
    async with browser(stage) as client:
        page = await client.get(f"/q/{token}")
        assert page.status_code == 404
        assert "Такого адреса нет" in page.text
        assert f'href="/points/{TOKEN}"' in page.text
        assert "<script" not in page.text
        posted = await client.post("/q/%3Cb%3E/here")
    assert posted.headers["location"] == "/points"
    assert stage.heard == []


@pytest.mark.parametrize(
    ("path", "said", "payload"),
    [
        (f"/q/{REVOKED}", "Этот код больше не действует", f"at-{TOKEN}"),
        (f"/q/{REVOKED.lower()}-ru", "Этот код больше не действует", f"at-{TOKEN}-ru"),
        (f"/q/{EARLY}-en", "The code will work from 5 December", f"at-{TOKEN}-en"),
        ("/q/VER22222", "Код действовал до 22 ноября", f"at-{TOKEN}"),
        ("/q/GNE22222", "Само место закрыто: Окно № 7 в МФЦ", f"at-{TOKEN}"),
        (f"/points/{TOKEN}", "Вы в кабинете 104?", f"at-{TOKEN}"),
        ("/q/STAND222", "Вы в кабинете 104?", "STAND222"),
    ],
)
async def test_what_became_of_a_code_is_told_with_the_way_on(stage: Stage, path: str, said: str, payload: str) -> None:
    async with browser(stage) as client:
        page = await client.get(path)
        assert page.status_code == 200
        assert said in page.text
        assert f'href="https://t.me/otklik_bot?start={payload}"' in page.text
        action = re.search(r'action="(/[^"]+/here)"', page.text)
        assert action is not None
        answer = await client.post(action[1], data=hidden(page))
    assert answer.status_code == 303
    assert stage.heard[-1].event == Start(payload)


@pytest.mark.parametrize(
    "unlike",
    [
        {"user-agent": "TelegramBot (like TwitterBot)"},
        {"user-agent": "Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)"},
        {"user-agent": "WhatsApp/2.23.20.0"},
        {"user-agent": "facebookexternalhit/1.1"},
        {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"user-agent": "curl/8.5.0"},
        {"user-agent": ""},
        {"user-agent": PHONE, "sec-purpose": "prefetch;prerender"},
        {"user-agent": PHONE, "purpose": "prefetch"},
    ],
)
async def test_previews_are_not_scans(stage: Stage, unlike: dict[str, str]) -> None:
    async with browser(stage) as client:
        assert (await client.get(f"/q/{TOKEN}", headers=unlike)).status_code == 200
    assert stage.scanned == []


async def test_a_scan_is_a_code_opened_by_a_person_and_nothing_else(stage: Stage) -> None:
    async with browser(stage) as client:
        for agent in (PHONE, PHONE.replace("Pixel 8", "CUBOT X30"), "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80)"):
            await client.get(f"/q/{TOKEN.lower()}-en", headers={"user-agent": agent})
        await client.get(f"/Q/{REVOKED}", headers={"user-agent": PHONE})
        await client.head(f"/q/{TOKEN}", headers={"user-agent": PHONE})
        for path in ("/", "/points", f"/points/{TOKEN}", "/q/NPE22222", "/q/%00"):
            await client.get(path, headers={"user-agent": PHONE})
    assert stage.scanned == [TOKEN, TOKEN, TOKEN, REVOKED]


async def test_a_point_without_a_survey_offers_contacts(stage: Stage) -> None:
    content = office_of().model_dump()
    content["points"] = [{**p, "needs": [1, 2] if p["token"] == TOKEN else []} for p in content["points"]]
    app = build(stage, Office.model_validate(content), DOORS)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://otklik.example") as client:
        page = await client.get(f"/q/{TOKEN}", headers=RUSSIAN)
        listed = await client.get("/points", headers=RUSSIAN)
    assert "Вы в кабинете 104?" in page.text
    assert "Здесь оценок не собирают" in page.text
    assert 'href="tel:+70000001212"' in page.text
    assert "t.me" not in page.text
    assert "/here" not in page.text
    assert TOKEN not in listed.text


async def test_the_phone_of_the_office_is_called_by_a_tap_wherever_it_is_said(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "<b>Позвоните</b>: +7 (000)\n000-12-12. Не наш номер: +7 (000) 000-12-13."
    monkeypatch.setitem(SCREENS, "phone", ((Say(text=f"Как связаться?\n{said}"),), False))
    async with browser(stage) as client:
        await begin(client)
        stage.showing = "phone"
        page = await client.get("/talk")
    main = page.text.partition("<main")[2].partition("</main")[0]
    assert re.findall(r'<a href="tel:(.*?)">(.*?)</a>', main) == [("+70000001212", "+7 (000) 000-12-12")]
    assert "&lt;b&gt;Позвоните" in main


# --- many points ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many() -> Office:
    """The small office with 3,000 rooms more."""
    content = office_of().model_dump()
    tokens = map("".join, itertools.product("23456789ABCDEFGH", repeat=6))
    room = content["points"][0]
    content["points"] = [
        *content["points"],
        *(
            {**room, "code": f"П{n}", "token": next(tokens), "name": {"ru": f"Кабинет {n}", "en": f"Room {n}"}}
            for n in range(1000, 4000)
        ),
    ]
    return Office.model_validate(content)


async def test_a_list_of_3000_points_has_pages_and_a_search(stage: Stage, many: Office) -> None:
    app = build(stage, many, DOORS)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://otklik.example", headers=RUSSIAN
    ) as client:
        first = await client.get("/points")
        assert first.text.count("<li>") == 50
        assert "Страница 1 из 61" in first.text
        assert 'href="/points?page=2"' in first.text
        last = await client.get("/points?page=61&lang=en")
        assert last.text.count("<li>") == 3
        assert "Room 3999" in last.text
        assert 'href="/points?page=60&amp;lang=en"' in last.text
        for odd in ("0", "-1", "9" * 9, "x", ""):
            assert (await client.get(f"/points?page={odd}")).status_code == 200
        found = await client.get("/points?q=кабинете 2345")
        assert "Нашлось 1 место." in found.text
        assert "Кабинет 2345" in found.text
        assert 'value="кабинете 2345"' in found.text
        some = await client.get("/points?q=кабинет 12&page=2")
        assert "Нашлось 100 мест." in some.text
        assert "Страница 2 из 2" in some.text
        assert "page=1&amp;q=" in some.text
        none = await client.get("/points?q=<b>ывапр")
        assert "Ничего не нашлось" in none.text
        assert "<b>" not in none.text
        for path in ("/q/NPE22222", f"/q/{ALONE}"):
            page = await client.get(path)
            assert "<li>" not in page.text
            assert 'name="q"' in page.text


async def test_texts_of_the_office_are_escaped(stage: Stage) -> None:
    async with browser(stage, name="<script>alert(1)</script> & «Ко»") as client:
        page = await client.get(f"/q/{CLOSED}")
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text
