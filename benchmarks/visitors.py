"""Browsers in a process of their own: visits over kept-alive connections, 20 at once. Orders come on stdin."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from typing import Any

import aiohttp

CODE = "6XC3M8DH"
_FIELD = re.compile(r'name="(csrf|event)" value="([^"]*)"')
_STEP = re.compile(r'action="/talk/([^"]+)"')


async def visit(url: str) -> int:
    """Survey A in the browser; gives the number of answers (a POST and the page after it)."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:

        async def post(path: str, **fields: str) -> str:
            async with browser.post(url + path, data=fields) as response:
                page = await response.text()
                assert response.status == 200, (response.status, page[:300])
                return page

        page = await post(f"/q/{CODE}/here")
        for press, expected in (("4", "понравилось"), ("skip", "улучшить"), ("skip", "Спасибо")):
            step = next(s for s in _STEP.findall(page) if s.startswith("visit"))
            fields = dict(_FIELD.findall(page))
            chosen = {"keys": press} if press == "4" else {"press": press}
            page = await post(f"/talk/{step}", **fields, **chosen)
            assert expected in page, page
        return 4


async def bare(url: str) -> int:
    async with aiohttp.ClientSession() as browser:
        for number in range(4):
            async with browser.post(url + "/answer", data={"mark": str(number), "text": "привет"}) as response:
                assert response.status == 200
                await response.text()
    return 4


async def run(order: dict[str, Any]) -> dict[str, float]:
    walk = {"visit": visit, "bare": bare}[order["walk"]]
    left = iter(range(order["visits"]))
    answers = 0

    async def one() -> None:
        nonlocal answers
        for _ in left:
            done = await walk(order["url"])  # first: `+=` would read the sum before it waits
            answers += done

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(order["at_once"])))
    return {"answers": answers, "seconds": time.perf_counter() - begun}


async def serve() -> None:
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await run(json.loads(line))), flush=True)


if __name__ == "__main__":
    asyncio.run(serve())
