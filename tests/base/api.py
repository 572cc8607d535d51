"""People of the office at the HTTP API, each with a token."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx

from backend import tokens
from bot.app import make_http
from tests.base.talk import Talk


class Api:
    """The API of a talk's office. Raises what the application raises: a fault of ours fails the test."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        # The messengers of a talk have no webhooks; for VK none is asked for without its secret.
        app = replace(talk.app, channels={name: talk.app.channels[name] for name in ("web", "vk")})
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(make_http(app)), base_url="https://otklik.example")
        self._tokens: dict[str, str] = {}

    async def token(self, person: str) -> str:
        if person not in self._tokens:
            self._tokens[person] = await self.new_token(person)
        return self._tokens[person]

    async def new_token(self, person: str, label: str = "правка") -> str:
        talk = self.talk
        today = talk.app.calendar().today(talk.now)
        async with talk.app.db.begin() as session:
            return await tokens.make(session, person=person, label=label, days=30, now=talk.now, today=today)

    async def does(self, person: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {await self.token(person)}", **headers}
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if sent is not None:
            headers.setdefault("content-type", "application/json")
        return await self.http.request(method, f"/api{path}", content=sent, headers=headers)

    async def reads(self, person: str, path: str) -> Any:
        response = await self.does(person, "GET", path)
        assert response.status_code == 200, response.text
        return response.json()
