"""«+1 обращение»: contacts counted by one press where nothing counts them by itself (requirement 4.17).

Own points come first. Nothing is kept of who called: a number by point, kind and day.
"""

from __future__ import annotations

from typing import Final

from backend import contacts
from backend.contacts import Kind
from backend.office.model import Point
from bot.dialogue import registering
from bot.dialogue.common import menu_button
from bot.dialogue.state import Idle
from bot.dialogue.turn import Step, Turn
from bot.messages import Button, Choose, Reply, Say

KINDS: Final[tuple[Kind, ...]] = ("call", "visit", "letter")
FIRST_OF: Final[dict[str, Kind]] = {"8.1": "call", "8.2": "call"}
"""What mostly comes at a point of this kind: its button stands first."""
PAGE: Final = 20


def menu_buttons(turn: Turn) -> tuple[Button, ...]:
    if turn.person is None or not turn.incoming.private:
        return ()
    return (Button(key="open", step="count", label=turn.words("menu-count")),)


def is_place(place: str) -> bool:
    return place == "count" or place.startswith("count.")


async def pressed(turn: Turn, step: str, key: str) -> Step | None:
    """A button of these screens; None when it is none of them."""
    if not is_place(step):
        return None
    if turn.person is None:
        return Step(Idle(), [Say(text=turn.words("not-staff"), buttons=(menu_button(turn),))])
    point = _point(turn, step.removeprefix("count.") if step != "count" else key)
    if point is None:
        place = f"count.{key}" if key.startswith("from-") else "count"
        return Step(Idle(place=place), [_points(turn, _skip(key))])
    place = f"count.{registering.key_of(turn, point)}"
    what, _, kind = key.partition(".")
    top = ""
    if step != "count" and what in ("add", "off") and kind in KINDS:
        top = await _count(turn, point, next(one for one in KINDS if one == kind), 1 if what == "add" else -1)
    return Step(Idle(place=place), [await _counter(turn, point, top)])


async def _count(turn: Turn, point: Point, kind: Kind, times: int) -> str:
    """Count, and say the number of the day. Below nothing there is nothing to take back."""
    if times < 0 and not (await contacts.of_day(turn.session, point.code, turn.today)).get(kind):
        return turn.words("count-none")
    assert turn.person is not None
    n = await contacts.add(turn.session, point.code, kind, turn.today, turn.now, turn.person.id, times)
    return turn.words("count-add" if times > 0 else "count-off", kind=kind, n=n)


async def screen(turn: Turn, place: str) -> Reply | None:
    """The screen of this name."""
    if turn.person is None:
        return None
    name = place.removeprefix("count").removeprefix(".")
    point = _point(turn, name)
    return await _counter(turn, point) if point is not None else _points(turn, _skip(name))


def _skip(key: str) -> int:
    number = key.removeprefix("from-")
    return int(number) if key.startswith("from-") and number.isdecimal() and len(number) < 6 else 0


def _point(turn: Turn, key: str) -> Point | None:
    if key[:1] == "n" and key[1:].isdecimal() and int(key[1:5]) < len(turn.office.points):
        return turn.office.points[int(key[1:5])]
    return turn.office.point(key) if key else None


def _points(turn: Turn, skip: int = 0) -> Choose:
    found = registering.points(turn)
    skip = skip if skip < len(found) else 0
    controls = []
    if skip + PAGE < len(found):
        controls.append(Button(key=f"from-{skip + PAGE}", label=turn.words("button-more")))
    return Choose(
        text=turn.words("count-where"),
        step="count",
        options=tuple(
            Button(key=registering.key_of(turn, point), label=turn.text(point.name))
            for point in found[skip : skip + PAGE]
        ),
        controls=(*controls, menu_button(turn)),
    )


async def _counter(turn: Turn, point: Point, top: str = "") -> Say:
    """What this point had today, with a button for each kind and one that takes a slip back."""
    words = turn.words
    today = await contacts.of_day(turn.session, point.code, turn.today)
    first = FIRST_OF.get(point.kind, "visit")
    kinds = sorted(KINDS, key=lambda kind: kind != first)
    lines = [*([top] if top else []), turn.text(point.name)]
    lines.append(
        words("count-today", calls=today.get("call", 0), visits=today.get("visit", 0), letters=today.get("letter", 0))
    )
    buttons = [
        Button(key=f"add.{kind}", label=words("count-plus", kind=kind), tone="good" if kind == first else "plain")
        for kind in kinds
    ]
    buttons += [Button(key=f"off.{kind}", label=words("count-minus", kind=kind)) for kind in kinds if today.get(kind)]
    others = Button(key="open", step="count", label=words("count-other-point"))
    return Say(
        text="\n".join(lines),
        step=f"count.{registering.key_of(turn, point)}",
        buttons=(*buttons, others, menu_button(turn)),
    )
