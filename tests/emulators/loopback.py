"""What the emulators share: a local server, injected faults, waiting without polling, deliveries."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

T = TypeVar("T")
Params = dict[str, Any]

BAD_GATEWAY = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


@dataclass(frozen=True)
class Fault:
    """How a call goes wrong. ``reset_after`` and ``html_after``: the work is done, the answer is lost."""

    kind: str
    number: int = 0

    too_many: ClassVar[Callable[[int], Fault]]
    error: ClassVar[Callable[[int], Fault]]
    failed: ClassVar[Callable[[int], Fault]]
    server_error: ClassVar[Fault]
    bad_gateway: ClassVar[Fault]
    html_after: ClassVar[Fault]
    reset_before: ClassVar[Fault]
    reset_after: ClassVar[Fault]
    hang: ClassVar[Fault]


Fault.too_many = lambda retry_after: Fault("too_many", retry_after)
Fault.error = lambda code: Fault("error", code)
Fault.failed = lambda number: Fault("failed", number)  # of the long poll of VK
Fault.server_error = Fault("server_error", 500)
Fault.bad_gateway = Fault("bad_gateway", 502)
Fault.html_after = Fault("html_after", 502)
Fault.reset_before = Fault("reset_before")
Fault.reset_after = Fault("reset_after")
Fault.hang = Fault("hang")


@dataclass
class Planned:
    """A fault that waits for its call: ``method`` is a name or ``*``."""

    method: str
    fault: Fault
    times: int
    where: Callable[[Params], bool] | None = None


def compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=compact(value), status=status, content_type="application/json", headers=headers)


def html(status: int = 502) -> web.Response:
    return web.Response(body=BAD_GATEWAY, status=status, content_type="text/html")


async def read_params(request: web.BaseRequest) -> Params:
    """Parameters from the query and the body: form, JSON or multipart. Files stay ``FileField``."""
    params: Params = dict(request.query) if request.query_string else {}
    kind = request.content_type
    if kind == "application/x-www-form-urlencoded":
        params.update(parse_qsl((await request.read()).decode(), keep_blank_values=True))
    elif kind == "application/json":
        body = await request.read()
        params.update(json.loads(body) if body else {})
    elif kind == "multipart/form-data":
        params.update(await request.post())
    return params


def cut(request: web.BaseRequest) -> web.Response:
    """Break the connection the hard way: the client sees a reset, not an answer."""
    transport = request.transport
    if transport is not None:
        sock = transport.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=500)


class Loopback:
    """A server on 127.0.0.1. Subclasses answer in ``serve`` and call ``changed`` after anything visible.

    ``calls`` counts what arrived by method, ``refused`` what was refused by ``(method, code)``, ``planned``
    holds faults still to happen, ``hanging`` counts calls that hang, ``pace`` multiplies the pauses between
    repeated deliveries.
    """

    def __init__(self, *, port: int = 0, record: bool = True, pace: float = 1.0) -> None:
        self.port = port
        self.record = record
        self.calls: Counter[str] = Counter()
        self.refused: Counter[tuple[str, int]] = Counter()
        self.planned: list[Planned] = []
        self.hanging = 0
        self.deliveries = Deliveries(self, pace)
        self._released = asyncio.Event()
        self._closing = False
        self._waiters: list[asyncio.Future[None]] = []
        self._runner: web.ServerRunner | None = None
        self._http: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def http(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        return self._http

    async def __aenter__(self) -> Self:
        # web.Server has no router: these servers are measured, and every call has the same shape anyway.
        self._runner = web.ServerRunner(web.Server(self.serve, access_log=None), shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        self._released.set()
        self.stop_waiting()
        await self.deliveries.stop()
        if self._http is not None:
            await self._http.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def stop_waiting(self) -> None:
        """Wake the long polls when the server closes."""

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        raise NotImplementedError

    # ---- faults

    def fail(self, method: str, fault: Fault, times: int = 1, where: Callable[[Params], bool] | None = None) -> None:
        """Let the next ``times`` calls of ``method`` (``*``: any) meet ``fault``; ``where`` sees them."""
        self.planned.append(Planned(method, fault, times, where))

    def release(self) -> None:
        """Let the hanging calls go on; later hanging faults hang again."""
        self._released.set()
        self._released = asyncio.Event()

    def next_fault(self, method: str, params: Params) -> Fault | None:
        for planned in self.planned:
            if planned.method in (method, "*") and (planned.where is None or planned.where(params)):
                planned.times -= 1
                if planned.times <= 0:
                    self.planned.remove(planned)
                return planned.fault
        return None

    async def suffer(
        self,
        fault: Fault,
        request: web.BaseRequest,
        work: Callable[[], Awaitable[web.Response]],
        refusal: Callable[[Fault], web.Response],
    ) -> web.Response:
        """The answer to a call that meets ``fault``; ``refusal`` builds the messenger's own error body."""
        match fault.kind:
            case "hang":
                self.hanging += 1
                self.changed()
                await self._released.wait()
                self.hanging -= 1
                return cut(request) if self._closing else await work()
            case "reset_before":
                return cut(request)
            case "reset_after":
                await work()
                return cut(request)
            case "html_after":
                await work()
                return html()
            case "bad_gateway":
                return html()
        return refusal(fault)

    # ---- waiting

    def changed(self) -> None:
        if self._waiters:
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    async def until(
        self,
        find: Callable[[], T | None],
        timeout: float = 5.0,  # noqa: ASYNC109 - the test's patience
        what: str = "",
    ) -> T:
        """Wait until ``find`` returns something; after ``timeout`` seconds fail, naming ``what``."""
        try:
            async with asyncio.timeout(timeout):
                while (found := find()) is None:
                    waiter = asyncio.get_running_loop().create_future()
                    self._waiters.append(waiter)
                    await waiter
        except TimeoutError:
            raise AssertionError(f"not seen in {timeout} s: {what}") from None
        return found


class Deliveries:
    """Events posted to a bot: in order within a chat, repeated until accepted, 40 at once.

    First repeat at once, then after 2, 4 … 60 seconds times ``pace``; Retry-After is
    honoured up to an hour.
    """

    def __init__(self, server: Loopback, pace: float) -> None:
        self.server = server
        self.pace = pace
        self.waiting: dict[Any, deque[Any]] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.places = asyncio.Semaphore(40)
        self.failures = 0
        self.last_error = ""

    @property
    def pending(self) -> int:
        return sum(map(len, self.waiting.values()))

    def put(self, key: Any, item: Any, send: Callable[[Any, int], Awaitable[float | None]]) -> None:
        """Queue ``item``; ``send(item, attempt)`` returns None when accepted, else the least pause (s)."""
        queue = self.waiting.get(key)
        if queue is not None:
            queue.append(item)
            return
        self.waiting[key] = deque([item])
        task = asyncio.get_running_loop().create_task(self._work(key, send))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _work(self, key: Any, send: Callable[[Any, int], Awaitable[float | None]]) -> None:
        queue = self.waiting[key]
        while queue:
            attempt = 0
            while True:
                async with self.places:
                    pause = await send(queue[0], attempt)
                if pause is None:
                    break
                self.failures += 1
                if attempt:
                    pause = max(pause, min(60, 2**attempt) * self.pace)
                attempt += 1
                if pause:
                    await asyncio.sleep(min(pause, 3600))
            queue.popleft()
            if not queue:
                self.waiting.pop(key, None)
            self.server.changed()

    async def stop(self) -> None:
        """Give up what was not delivered."""
        tasks = list(self.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.waiting.clear()
