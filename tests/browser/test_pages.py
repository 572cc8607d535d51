"""The pages in a real browser: by keyboard alone, without JavaScript, on a narrow screen, under axe-core."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from bot.messages import File, Fill, Start
from tests.base import files as files_of
from tests.browser.conftest import Site
from tests.browser.stage import CLOSED, EARLY, FILE, MANY, RATE, REVOKED, SCREENS, TOKEN

pytestmark = pytest.mark.browser

PLAIN = ["/", "/points", f"/q/{TOKEN}", f"/q/{TOKEN}-en", f"/q/{CLOSED}", "/q/NOPE", "/talk", "/staff/join/abcdef1234"]
PLAIN += [f"/q/{REVOKED}", f"/q/{EARLY}-en", f"/points/{TOKEN}", "/points?q=окно", "/points?q=ывапр"]
AXE = (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def open_talk(site: Site, page: Page) -> None:
    await page.goto(f"{site.url}/q/{TOKEN}")
    await page.get_by_role("button", name="Ответить здесь, без мессенджера").click()


async def every_page(site: Site, page: Page, look: Any) -> None:
    """Do something at each page that a person can see."""
    for path in PLAIN:
        await page.goto(site.url + path)
        await look(path)
    await open_talk(site, page)
    for showing in SCREENS:
        site.stage.showing = showing
        await page.goto(f"{site.url}/talk")
        await look(showing)
    site.stage.showing = "write"
    await page.goto(f"{site.url}/talk")
    site.stage.busy = True
    await page.locator("textarea").fill("Мало стульев")
    await page.locator(".question .primary").click()
    await look("busy")


async def test_a_rating_by_keyboard_without_javascript(site: Site, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False, locale="ru-RU")
    page = await context.new_page()
    await page.goto(f"{site.url}/q/{TOKEN}")
    await page.get_by_role("button", name="Ответить здесь, без мессенджера").press("Enter")
    await page.wait_for_url(f"**/talk/{RATE.step}")
    for _ in range(20):
        await page.keyboard.press("Tab")
        if await page.locator("input[type=radio]:focus").count():
            break
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    assert await page.get_by_label("2 Плохо").is_checked()
    await page.keyboard.press("Tab")
    assert await page.locator(":focus").inner_text() == "Дальше"
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/talk/{MANY.step}")
    assert await page.get_by_role("alert").inner_text()
    assert [i.event for i in site.stage.heard] == [Start(TOKEN), Fill(RATE.step, ("2",))]
    await context.close()


async def test_a_file_is_sent_without_javascript_and_a_film_is_refused(
    site: Site, browser: Browser, tmp_path: Path
) -> None:
    photo, film = tmp_path / "яма «5».jpg", tmp_path / "film.jpg"
    photo.write_bytes(files_of.photo())
    with film.open("wb") as file:
        file.truncate(300 * 1024 * 1024)  # a hole: nothing is written
    context = await browser.new_context(
        java_script_enabled=False, locale="ru-RU", viewport={"width": 360, "height": 700}
    )
    page = await context.new_page()
    await open_talk(site, page)
    site.stage.showing = "file"
    for chosen in (photo, film):
        await page.goto(f"{site.url}/talk")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        await page.locator("textarea").fill("Яма у дома 5")
        await page.get_by_label("Прикрепить файл").set_input_files(chosen)
        await page.locator(".question .primary").click()
        await page.wait_for_load_state()
    assert await page.locator("h1").inner_text() == "Файл слишком большой"
    assert "Яма у дома 5" in await page.locator(".kept").inner_text()
    await page.get_by_role("link", name="Вернуться").click()
    await page.wait_for_url(f"**/talk/{FILE.step}")
    (event,) = (incoming.event for incoming in site.stage.heard[1:])
    assert isinstance(event, File)
    assert (event.name, event.text, event.step) == (photo.name, "Яма у дома 5", FILE.step)
    assert site.stage.came == [files_of.photo()]
    await context.close()


async def test_a_required_question_waits_for_a_choice_but_back_does_not(site: Site, browser: Browser) -> None:
    context = await browser.new_context(locale="ru-RU")
    page = await context.new_page()
    await open_talk(site, page)
    await page.get_by_role("button", name="Дальше").click()
    assert len(site.stage.heard) == 1
    await page.get_by_label("4 Хорошо").check()
    await page.get_by_role("button", name="Дальше").click()
    await page.get_by_role("button", name="Назад").click()
    await page.wait_for_url(f"**/talk/{RATE.step}")
    assert len(site.stage.heard) == 3
    await context.close()


async def test_no_page_scrolls_sideways(site: Site, browser: Browser) -> None:
    # 320 CSS pixels are 1280 at 400 % zoom (WCAG 1.4.10).
    context = await browser.new_context(viewport={"width": 320, "height": 640}, locale="ru-RU")
    page = await context.new_page()
    wide: list[str] = []

    async def look(name: str) -> None:
        if await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(name)

    await every_page(site, page, look)
    assert wide == []
    await context.close()


async def test_what_is_pressed_is_large_enough(site: Site, browser: Browser) -> None:
    context = await browser.new_context(viewport={"width": 360, "height": 640}, locale="ru-RU")
    page = await context.new_page()
    small: list[str] = []

    async def look(name: str) -> None:
        heights = await page.evaluate(
            "[...document.querySelectorAll('button, .option, .button, .door, .places a, .languages a')]"
            ".map(e => [e.innerText, e.getBoundingClientRect().height])"
        )
        small.extend(f"{name}: {text} {height}" for text, height in heights if height < 44)

    await every_page(site, page, look)
    assert small == []
    await context.close()


async def test_axe_finds_nothing(site: Site, browser: Browser) -> None:
    # axe itself needs to run past our content security policy.
    context = await browser.new_context(bypass_csp=True, locale="ru-RU")
    page = await context.new_page()
    found: list[str] = []

    async def look(name: str) -> None:
        await page.evaluate(AXE)
        options = json.dumps({"runOnly": {"type": "tag", "values": TAGS}})
        result = await page.evaluate(f"axe.run(document, {options})")
        found.extend(f"{name}: {fault['id']}: {fault['nodes'][0]['html'][:120]}" for fault in result["violations"])

    await every_page(site, page, look)
    assert found == []
    await context.close()
