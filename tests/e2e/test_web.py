"""The browser through real HTTP: a whole visit, a member of staff, and what strangers try."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import httpx

from backend import staff
from bot.channels.web import COOKIE, STYLE
from tests.e2e.running import Running, World
from tests.e2e.test_restart import locked

WINDOW, STAND = "6XC3M8DH", "5HV2E7JM"


class Visitor:
    """A browser without JavaScript: it fills in the forms of the page that it shows."""

    def __init__(self, running: Running) -> None:
        self.http = running.browser()
        self.page: httpx.Response

    async def opens(self, path: str) -> str:
        self.page = await self.http.get(path, follow_redirects=True)
        return self.page.text

    async def sends(self, *, page: httpx.Response | None = None, press: str = "", **fields: object) -> str:
        """Send the first form that has what is given: a button with this value, or these fields."""
        shown = page or self.page
        for action, form in re.findall(r'<form method="post" action="([^"]*)"[^>]*>(.*?)</form>', shown.text, re.S):
            named = all(re.search(rf'name="{name}"', form) for name in fields)
            button = re.search(rf'name="press" value="({re.escape(press)}|[^"]*:{re.escape(press)})"', form)
            if not named or (press and button is None):
                continue
            hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
            data = {**hidden, **fields, **({"press": button[1]} if press and button else {})}
            self.page = await self.http.post(action, data=data, follow_redirects=True)
            return self.page.text
        raise AssertionError(f"no form with {press or fields}: {shown.text}")

    @property
    def path(self) -> str:
        return self.page.url.path


async def low_mark(visitor: Visitor, *, wants: bool) -> str:
    await visitor.opens(f"/q/{WINDOW}")
    await visitor.sends(event=re.findall(r'name="event" value="([^"]*)"', visitor.page.text)[0])
    await visitor.sends(keys="2")
    await visitor.sends(keys=["queue", "rude"])
    await visitor.sends(text="Ждал 50 минут")
    return await visitor.sends(keys="yes" if wants else "no")


async def test_a_whole_visit_and_the_answer_at_a_secret_page(any_world: World) -> None:
    running = await any_world.start(telegram=False, vk=False)
    client, owner = Visitor(running), Visitor(running)
    join = f"/staff/join/{await running.invite('demoev', 'web')}"
    await owner.opens(join)
    assert COOKIE not in owner.http.cookies
    assert "Демоев" in await owner.sends(event="b" * 20)

    assert "Вы в кабинете 104?" in await client.opens(f"/q/{WINDOW.lower()}")
    assert COOKIE not in client.http.cookies
    told = await low_mark(client, wants=True)
    assert "Сотрудник ответит вам до 26 ноября" in told
    secret = re.search(rf"{re.escape(running.url)}(/a/[\w-]+)", told)
    assert secret is not None

    # Any other browser may open the secret page; it needs no cookie.
    reader = Visitor(running)
    assert "Сотрудник ответит здесь до 26 ноября" in await reader.opens(secret[1])
    assert reader.page.headers["referrer-policy"] == "no-referrer"

    page = await owner.opens("/talk")
    page = await owner.sends(press="menu:tasks")
    assert "1 открытая задача" in page
    page = await owner.sends(press="task.1:open")
    assert "Ждал 50 минут" in page
    await owner.sends(press="take")
    await owner.sends(press="answer")
    page = await owner.sends(text="Поставили <b>второй</b> стол")
    assert "Поставили &lt;b&gt;второй&lt;/b&gt; стол" in page
    assert "отправлен" in await owner.sends(press="send")

    page = await reader.opens(secret[1])
    assert "Вам ответил сотрудник (начальник отдела обращений)" in page
    assert "&lt;b&gt;второй&lt;/b&gt;" in page
    assert "Мы передали вопрос руководителю" in await reader.sends(press="unhelped")
    assert bool((await running.one("SELECT reopened FROM task")).reopened)


async def test_back_and_a_new_choice_and_a_double_submit(any_world: World) -> None:
    running = await any_world.start(telegram=False, vk=False)
    visitor = Visitor(running)
    await visitor.opens(f"/q/{WINDOW}")
    await visitor.sends(event="c" * 20)
    first = visitor.page
    assert urlsplit(str(first.url)).path.startswith("/talk/visit.overall~")
    await visitor.sends(keys="2")
    low = visitor.path
    assert low.startswith("/talk/visit.why~")
    # The same form once more: the same screen.
    await visitor.sends(page=first, keys="2")
    assert visitor.path == low
    # Back in the browser, and a new choice.
    await visitor.opens(first.url.path)
    assert 'value="2" checked' in visitor.page.text
    await visitor.sends(keys="5")
    assert visitor.path.startswith("/talk/visit.liked~")
    await visitor.sends(press="skip")
    assert "уже учтена" in await visitor.sends(press="skip")
    rows = await running.rows("SELECT score, status FROM response")
    assert [(row.score, row.status) for row in rows] == [(5, "complete")]


async def test_forged_cookies_and_forms_change_nothing(world: World) -> None:
    running = await world.start(telegram=False, vk=False)
    visitor, thief = Visitor(running), Visitor(running)
    await visitor.opens(f"/q/{STAND}")
    await visitor.sends(event="d" * 20)
    question, cookie = visitor.path, visitor.http.cookies[COOKIE]
    forged = cookie[:-3] + ("abc" if not cookie.endswith("abc") else "abd")
    for value in (forged, "0" * 32, "x.y.z"):
        thief.http.cookies.set(COOKIE, value)
        assert "Как вас обслужили?" not in await thief.opens(question)
        answer = await thief.http.post(question, data={"csrf": "0" * 32, "event": "e" * 20, "keys": "1"})
        assert answer.status_code == 403
    answer = await visitor.http.post(question, data={"csrf": "0" * 32, "event": "e" * 20, "keys": "1"})
    assert answer.status_code == 403
    answer = await visitor.http.post(
        question, data={"event": "e" * 20, "keys": "1"}, headers={"sec-fetch-site": "cross-site"}
    )
    assert answer.status_code == 403
    assert (await running.one("SELECT score FROM response")).score is None


async def test_a_script_in_a_comment_stays_text(world: World) -> None:
    running = await world.start(telegram=False, vk=False)
    visitor, owner = Visitor(running), Visitor(running)
    await owner.opens(f"/staff/join/{await running.invite('demoev', 'web')}")
    await owner.sends(event="b" * 20)
    await visitor.opens(f"/q/{WINDOW}")
    await visitor.sends(event="f" * 20)
    await visitor.sends(keys="1")
    await visitor.sends(keys="other")
    await visitor.sends(text="<script>alert(1)</script> & «\u202eобратно»")
    await visitor.sends(keys="no")
    await owner.sends(press="menu:tasks")
    page = await owner.sends(press="task.1:open")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page


async def test_deletion_leaves_nothing_of_the_chat(any_world: World) -> None:
    running = await any_world.start(telegram=False, vk=False)
    visitor = Visitor(running)
    await low_mark(visitor, wants=False)
    await visitor.sends(press="menu:open")
    await visitor.sends(press="menu:more")
    assert "связь с 1 оценкой" in await visitor.sends(press="data")
    await visitor.sends(press="menu:delete")
    assert "Удалено" in await visitor.sends(keys="yes")
    assert COOKIE not in visitor.http.cookies
    assert (await running.one("SELECT count(*) FROM conversation"))[0] == 0
    row = await running.one("SELECT score, tie, open_chat FROM response")
    assert (row.score, row.tie, row.open_chat) == (2, None, None)
    assert (await running.one("SELECT count(*) FROM task"))[0] == 1


async def test_a_removed_member_of_staff_has_no_access(world: World) -> None:
    running = await world.start(telegram=False, vk=False)
    owner, late = Visitor(running), Visitor(running)
    link = f"/staff/join/{await running.invite('demoev', 'web')}"
    await owner.opens(link)
    await owner.sends(event="b" * 20)
    await late.opens(link)
    assert "уже использована" in await late.sends(event="g" * 20)
    assert "Открытые задачи" in await owner.opens("/talk")
    before = owner.page
    async with running.app.db.begin() as session:
        await staff.remove(session, "demoev", running.app.clock())
    await low_mark(Visitor(running), wants=False)
    page = await owner.sends(page=before, press="menu:tasks")
    assert "№ 1" not in page
    assert "Открытые задачи" not in page


async def test_health_and_readiness(world: World) -> None:
    running = await world.start(telegram=False, vk=False)
    assert (await running.web.get("/healthz")).text == "ok"
    assert (await running.web.get("/readyz")).status_code == 200


async def test_every_plain_address_answers_and_the_style_is_there(world: World) -> None:
    running = await world.start()
    style = await running.web.get(STYLE)
    assert style.status_code == 200
    assert style.headers["content-type"].startswith("text/css")
    for path in ("/", "/points", "/robots.txt", "/talk", "/talk/forgotten", "/healthz", "/Q/6xc3m8dh"):
        assert (await running.web.get(path)).status_code == 200, path
    lost = await running.web.get("/nosuch", headers={"accept": "text/html"})
    assert lost.headers["location"] == "/points"


async def test_a_form_that_could_not_be_stored_can_be_sent_again(world: World) -> None:
    running = await world.start(telegram=False, vk=False, database_timeout=0.3)
    visitor = Visitor(running)
    await visitor.opens(f"/q/{WINDOW}")
    await visitor.sends(event="h" * 20)
    await visitor.sends(keys="2")
    await visitor.sends(keys="other")
    with locked(world.database):
        page = await visitor.sends(text="Ждал 50 минут")
        assert visitor.page.status_code == 503
        assert "Ждал 50 минут" in page
    page = await visitor.sends(text="Ждал 50 минут")
    assert "Хотите узнать" in page
