"""The baseline: a bare FastAPI form that inserts one row durably, then shows its page (POST, 303, GET) as ours."""

from __future__ import annotations

import sys
from typing import Annotated

import aiosqlite
import uvicorn
from fastapi import FastAPI, Form
from fastapi.responses import HTMLResponse, RedirectResponse

PAGE = "<!doctype html><title>Отзыв</title><form method=post action=/answer><input name=mark><input name=text></form>"

if __name__ == "__main__":
    port, path = int(sys.argv[1]), sys.argv[2]
    app = FastAPI()
    opened: list[aiosqlite.Connection] = []

    @app.get("/readyz")
    async def ready() -> HTMLResponse:
        if not opened:
            db = await aiosqlite.connect(path)
            await db.execute("PRAGMA journal_mode=WAL")
            await db.execute("PRAGMA synchronous=FULL")
            await db.execute("CREATE TABLE answer (id INTEGER PRIMARY KEY, mark TEXT, text TEXT)")
            opened.append(db)
        return HTMLResponse("ready")

    @app.post("/answer")
    async def answer(mark: Annotated[str, Form()], text: Annotated[str, Form()]) -> RedirectResponse:
        await opened[0].execute("INSERT INTO answer (mark, text) VALUES (?, ?)", (mark, text))
        await opened[0].commit()
        return RedirectResponse("/form", 303)

    @app.get("/form")
    async def form() -> HTMLResponse:
        return HTMLResponse(PAGE)

    uvicorn.run(app, port=port, log_config=None, access_log=False, lifespan="off", server_header=False)
