"""Appeals that many tests begin with: registered as staff register them, followed as clients follow them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from backend.appeals import registration, work
from backend.appeals.following import Chat
from backend.appeals.registration import New, Registered
from backend.appeals.work import Desk, Done
from tests.base.talk import Person, Talk

HEAD = "demoev"  # the head of appeals of the demo office
CLERK = "maketov"
SECRET = "Кобылья сыворотка"  # words of a client that must never leave where they may not
ESSENCE = f"Мы рассмотрели ваше обращение. {SECRET}: справку исправили, новая лежит в кабинете 104 и ждёт вас."
BASIS = f"Закон № 210-ФЗ, статья 11.1. {SECRET}."
THEN = f"Заберите справку в кабинете 104. {SECRET}."
WHY = f"В реестре была опечатка. {SECRET}."
REASON = f"Не хватает копии договора аренды. {SECRET}."


async def registers(
    talk: Talk,
    kind: str = "appeal",
    *,
    way: str = "paper",
    text: str = f"В справке ошибка. {SECRET}",
    topic: str = "certificate",
    chat: Person | None = None,
    by: str = HEAD,
    **more: Any,
) -> Registered:
    """A member of staff registers an appeal; number and code are in what is given. `chat`: the client's chat that is
    to get the receipt and follows from then on. `more`: further fields of `New`."""
    app = talk.app
    async with app.db.begin() as session:
        new = New(
            kind=kind,
            way=way,
            text=text,
            topic=topic,
            chat=chat_of(chat) if chat is not None else None,
            **more,
        )
        return await registration.register(session, app.office, app.calendar(), app.keys, talk.now, new, by=by)


def chat_of(person: Person) -> Chat:
    """The chat as it follows an appeal."""
    keys = person.talk.app.keys
    return Chat(keys.hash(str(person.where)), person.where.channel, keys.seal(person.where.id), person.language or "ru")


async def follows(client: Person, registered: Registered) -> Person:
    """The client adds the appeal to «Мои обращения» by number and code; its card is on the screen then."""
    await client.types("мои обращения")
    await client.presses("add")
    await client.types(registered.number)
    await client.types(registered.code)
    return client


async def opens(client: Person, registered: Registered) -> Person:
    """The client opens the card from his list."""
    await client.types("мои обращения")
    await client.presses(f"a{registered.id}")
    return client


@contextlib.asynccontextmanager
async def at_desk(talk: Talk, person: str | None = HEAD) -> AsyncIterator[Desk]:
    """A desk inside one transaction, now; None: the system acts."""
    app = talk.app
    async with app.db.begin() as session:
        staff = app.office.person(person) if person is not None else None
        yield Desk(session, app.office, app.calendar(), app.keys, talk.now, staff)


async def row_of(talk: Talk, registered: Registered) -> Any:
    """The appeal as the table has it now."""
    async with at_desk(talk) as desk:
        return await work.get(desk.session, registered.id)


async def does(talk: Talk, deed: Any, registered: Registered, *args: Any, by: str | None = HEAD, **more: Any) -> Done:
    """One deed of `backend.appeals.work` on the appeal as it stands; notices are in the outbox, and go out with
    `talk.settle()`."""
    async with at_desk(talk, by) as desk:
        row = await work.get(desk.session, registered.id)
        assert row is not None
        done: Done = await deed(desk, row, row.version, *args, **more)
        return done


async def takes(talk: Talk, registered: Registered, by: str = CLERK) -> Done:
    return await does(talk, work.take, registered, by=by)


async def answers(talk: Talk, registered: Registered, *, why: str = WHY, by: str = HEAD) -> Done:
    """The final answer in its parts; each part carries SECRET."""
    return await does(talk, work.answer, registered, essence=ESSENCE, basis=BASIS, then=THEN, why=why, by=by)


def said(talk: Talk, channel: str) -> str:
    """Everything that was ever sent through a messenger, buttons and all, as one text."""
    return "\n".join(sent.reply.model_dump_json() for chat in talk.edge(channel).chats.values() for sent in chat)
