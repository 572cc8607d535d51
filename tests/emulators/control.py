"""An emulator as a process of its own, steered over HTTP, for benchmarks and kill tests.

=====================  =====================================================================================
``POST /_test/push``   ``{"actions": [{"user": 7, "start": "X"}, {"user": 7, "press": "4"}, {"user": 7,
                       "text": "да"}, {"user": 7, "data": "raw"}], "updates": [{…native, without its id…}]}``
``GET /_test/stats``   counts of calls and refusals, events waiting, seconds per turn (p50, p95, n)
``GET /_test/inbox``   ``?user=7``: what the user sees
``POST /_test/fail``   ``{"method": "sendMessage", "fault": "reset_after", "number": 0, "times": 1}``
``POST /_test/release``, ``POST /_test/reset``
=====================  =====================================================================================
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
from typing import Any

from aiohttp import web

from .loopback import Fault, answer


def share(values: list[float], part: float) -> float | None:
    """The quantile ``part`` of ``values``; None when there are none."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else None


def stats(server: Any) -> dict[str, Any]:
    turns: list[float] = server.turn_times
    return {
        "calls": dict(server.calls),
        "refused": {f"{method} {code}": n for (method, code), n in server.refused.items()},
        "waiting": len(getattr(server, "queue", ())) + server.deliveries.pending,
        "failed_deliveries": server.deliveries.failures,
        "turns": {"n": len(turns), "p50": share(turns, 0.5), "p95": share(turns, 0.95)},
    }


async def act(server: Any, action: dict[str, Any]) -> Any:
    user = server.user(action["user"])
    if "start" in action:
        done = user.starts(action["start"])
    elif "press" in action:
        done = user.presses(action["press"])
    elif "data" in action:
        done = user.taps(action["data"])
    else:
        done = user.sends(action["text"])
    return await done


async def control(server: Any, request: web.BaseRequest) -> web.Response:
    """Answer ``/_test/…``; anything else is 404."""
    body = json.loads(await request.read() or b"{}") if request.method == "POST" else {}
    match request.path:
        case "/_test/push":
            ids: list[Any] = []
            for action in body.get("actions", []):
                try:
                    ids.append(await act(server, action))
                except AssertionError as error:
                    ids.append({"error": str(error)})
            ids += [server.push_raw(update) for update in body.get("updates", [])]
            return answer({"pushed": ids})
        case "/_test/stats":
            return answer(stats(server))
        case "/_test/inbox":
            user = server.user(int(request.query["user"]))
            return answer([{"text": m.text, "rows": m.rows, "edited": m.edited} for m in user.inbox])
        case "/_test/fail":
            fault = Fault(body["fault"], body.get("number", 0))
            server.fail(body["method"], fault, body.get("times", 1))
            return answer({})
        case "/_test/release":
            server.release()
            return answer({})
        case "/_test/reset":
            server.reset()
            return answer({})
    return web.Response(status=404, text="404: Not Found")


def main(kind: Any, token: str) -> None:
    """Serve until SIGTERM or SIGINT; one line ``ready URL`` tells that calls are answered."""
    parser = argparse.ArgumentParser(description=kind.__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=token)
    parser.add_argument("--no-limits", action="store_true", help="answer at any rate")
    parser.add_argument("--no-record", action="store_true", help="keep the last message of a chat only")
    options = parser.parse_args()

    async def serve() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with kind(
            options.token, port=options.port, limits=not options.no_limits, record=not options.no_record
        ) as server:
            print(f"ready {server.url}", flush=True)
            await stop.wait()

    asyncio.run(serve())
