"""The pages with canned screens behind them: every kind of reply; `hear` keeps what it was told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from backend.codes import Code, LiveCodes
from backend.office import Office
from backend.pages.landing import landing_router
from bot.channels import Busy, Heard, Screen, Uploads
from bot.channels.web import STYLE, web_router
from bot.messages import Address, Button, Choose, File, Fill, Incoming, Keep, Press, Rate, Reply, Say, Start, Write
from bot.words import load_words

TOKEN = "6XC3M8DH"
CLOSED = "3ZT9K6BP"
ALONE = "4NB8T5VC"
REVOKED = "REVKED22"
EARLY = "EARY2222"
TODAY = date(2026, 11, 23)
MADE = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SECRET = "kX3vq9-Lm_82hTzQwErTy1"
BACK = Button(key="back", label="Назад")
SKIP = Button(key="skip", label="Пропустить")

RATE = Rate(
    text="Вы были у нас: Окно приёма документов, кабинет 104. Ответьте, пожалуйста, на 2–3 вопроса. "
    "Это займёт полминуты. Анонимно.\n\nКак вас обслужили?",
    step="visit.overall~abcd",
    asks="rating",
    progress="1 из 3",
    note="обязательно",
    options=(
        Button(key="5", label="5 Отлично"),
        Button(key="4", label="4 Хорошо"),
        Button(key="3", label="3 Нормально"),
        Button(key="2", label="2 Плохо"),
        Button(key="1", label="1 Очень плохо"),
        Button(key="unsure", label="Затрудняюсь ответить"),
    ),
)
NUMBERS = Rate(
    text="Насколько вероятно, что вы посоветуете нас?",
    step="visit.advise~abcd",
    options=tuple(Button(key=str(n), label=str(n)) for n in range(11)),
    controls=(BACK, SKIP),
)
MANY = Choose(
    text="Что пошло не так?",
    step="visit.why~abcd",
    asks="rating",
    many=True,
    progress="2 из 3",
    note="обязательно",
    hint="Можно выбрать несколько.",
    options=(
        Button(key="queue", label="Долго ждал(и) в очереди", chosen=True),
        Button(key="slow", label="Долго решали вопрос"),
        Button(key="rude", label="Невежливо"),
        Button(key="other", label="Другое"),
    ),
    controls=(Button(key="done", label="Готово", tone="good"), BACK),
)
ONE = Choose(
    text="Хотите, чтобы вам ответили? Ответим до 26 ноября.",
    step="reply~abcd",
    asks="relay",
    hint="Имя и телефон не нужны.",
    options=(Button(key="yes", label="Да, ответьте мне"), Button(key="no", label="Нет, спасибо")),
)
WRITE = Write(
    text="Что нам улучшить? Напишите в двух словах.",
    step="visit.comment~abcd",
    asks="comment",
    progress="3 из 3",
    note="можно пропустить",
    hint="Не пишите, пожалуйста, имена, телефоны и номера документов.",
    controls=(BACK, SKIP),
)
FILE = WRITE.model_copy(
    update={
        "text": "Опишите, что произошло.",
        "step": "appeal.text~abcd",
        "files": True,
        "progress": "2 из 4",
        "hint": "Можно приложить фото или документ.",
    }
)
HOSTILE = "<script>alert(1)</script> & <b>жирно</b> \u202eобратно\u202c «\u200bнуль» العربية"

SCREENS: dict[str, tuple[tuple[Reply, ...], bool]] = {
    "rate": ((RATE,), False),
    "numbers": ((NUMBERS,), False),
    "many": ((Say(text="Выберите хотя бы один вариант."), MANY), False),
    "one": ((ONE,), False),
    "write": ((WRITE,), False),
    "file": ((FILE,), False),
    "thanks": (
        (
            Say(
                text="Спасибо, что сказали честно. Мы разберёмся.\n\nВам ответят до 26 ноября.",
                buttons=(Button(key="open", label="Меню"),),
            ),
            Keep(text="По этому адресу будет ответ. Сохраните его.", url=f"https://o.example/a/{SECRET}"),
        ),
        False,
    ),
    "menu": (
        (
            Say(
                text="Чем помочь?",
                buttons=(
                    Button(key="rate", label="Оценить место или услугу"),
                    Button(key="bot", label="Оценить бота"),
                    Button(key="data", label="Что обо мне хранится"),
                    Button(label="На сайт", url="https://asr-svet.example"),
                ),
            ),
        ),
        False,
    ),
    "staff": (
        (
            Say(
                text="Низкая оценка: 2 Плохо\nОкно приёма документов, кабинет 104\n"
                "Услуга: справка из реестра\n"
                "Что не так: долго ждал(и) в очереди, невежливо\n«Ждал 50 минут, окно закрылось на обед»\n"
                "Сегодня здесь 2 низкие оценки.",
                step="task.abcdefgh23",
                buttons=(
                    Button(key="take", label="Взять в работу", tone="good"),
                    Button(key="answer", label="Ответить клиенту"),
                    Button(key="close", label="Закрыть"),
                    Button(key="return", label="Вернуть"),
                    Button(key="pass", label="Передать"),
                ),
            ),
        ),
        True,
    ),
    "hostile": (
        (
            Say(text=HOSTILE, buttons=(Button(key="x", label=HOSTILE),)),
            Write(text=f"{HOSTILE}\n\n{HOSTILE}", step="visit.comment~abcd", value=f"</textarea>{HOSTILE}"),
        ),
        False,
    ),
}


@dataclass
class Door:
    """A channel on the landing."""

    name: str
    title: str
    link: str

    def url(self, payload: str) -> str:
        return self.link + payload


@dataclass
class Stage:
    """What the talk shows is set by hand, or by the walk of `hear`; what was heard is kept."""

    showing: str = "rate"
    known: bool = True
    busy: bool = False
    forgotten: bool = False
    language: str = "ru"
    heard: list[Incoming] = field(default_factory=list)
    scanned: list[str] = field(default_factory=list)
    looked: list[tuple[Address, str]] = field(default_factory=list)
    came: list[bytes] = field(default_factory=list)  # what lay at the paths of files when they were heard
    stored: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[Address, int]] = field(default_factory=list)

    async def hear(self, incoming: Incoming) -> Heard:
        if self.busy:
            raise Busy
        if isinstance(incoming.event, File) and incoming.event.path:
            with open(incoming.event.path, "rb") as file:  # noqa: ASYNC230  a test's own small file
                self.came.append(file.read())
        repeated = any(incoming.id == before.id for before in self.heard)
        self.heard.append(incoming)
        match incoming.event:
            case Start():
                self.showing, self.known = "rate", True
            case Fill(step=RATE.step, keys=("1" | "2" | "3",)):
                self.showing = "many"
            case Fill(step=RATE.step) | Fill(step=MANY.step):
                self.showing = "write"
            case Fill(step=WRITE.step) | Press(step=WRITE.step, key="skip"):
                self.showing = "thanks"
            case Press(key="back"):
                self.showing = "rate"
            case _:
                pass
        return Heard(repeated=repeated, forgotten=self.forgotten)

    async def readable(self, who: Address, ident: int) -> tuple[str, str, str] | None:
        self.asked.append((who, ident))
        return self.stored.get(ident)

    async def read_file(self, stored: str) -> bytes:
        if stored not in self.contents:
            raise FileNotFoundError(stored)
        return self.contents[stored]

    async def look(self, where: Address, step: str = "", language: str = "") -> Screen:
        self.looked.append((where, step))
        replies, staff = SCREENS[self.showing]
        asked = "" if isinstance(replies[-1], Say | Keep) else replies[-1].step
        return Screen(replies, asked, staff=staff, known=self.known, language=self.language)


def _point(token: str | None, name: str, here: str, english: str, **more: object) -> dict[str, object]:
    common = {"kind": "8.3", "direction": 1, "process": {"ru": "Приём", "en": "Reception"}}
    names = {"name": {"ru": name, "en": english}, "here": {"ru": here, "en": f"Are you at {english}?"}}
    return {"code": token or "Т9", "token": token, **names, **common, **more}


def small_office(first: str = "Окно приёма документов, кабинет 104") -> Office:
    """An office with open points, a closed one that has a neighbour, one without, and an internal one."""
    both = {"ru": "да", "en": "yes"}
    return Office.model_validate(
        {
            "id": "asr",
            "name": {
                "ru": "Агентство сельского развития Светлореченской области",
                "en": "Rural Development Agency of Svetlorechensk Region",
            },
            "short": both,
            "owner_kind": "state",
            "address": {
                "ru": "г. Светлореченск, ул. Полевая, д. 12",
                "en": "12 Polevaya St., Svetlorechensk",
            },
            "phone": "+7 (000) 000-12-12",
            "site": "https://asr-svet.example",
            "timezone": "Europe/Moscow",
            "languages": ["ru", "en"],
            "administrator": "primerova",
            "head": "primerova",
            "danger_to": "primerova",
            "help": both,
            "points": [
                _point(TOKEN, first, "Вы в кабинете 104?", "Document window, room 104"),
                _point(CLOSED, "Окно № 7 в МФЦ", "Вы у окна № 7 в МФЦ?", "Window 7", open=False, nearest=[TOKEN]),
                _point(ALONE, "Выездной приём", "Вы на выездном приёме?", "Visiting desk", open=False),
                _point("8RA5W4NQ", "Кабинет личного приёма 201", "Вы в кабинете 201?", "Room 201"),
                _point("5HV2E7JM", "Стенд в холле 1-го этажа", "Вы у стенда в холле?", "Stand in the hall"),
                _point(None, "Рабочее место сотрудника", "Вы в системе?", "Staff workplace", internal=True),
            ],
        }
    )


def further_codes() -> list[Code]:
    """One revoked, one over, one to come, one that works, of room 104; and a revoked one of the closed window."""

    def made(token: str, point: str = TOKEN, **more: Any) -> Code:
        return Code(token=token, point=point, made_at=MADE, made_by="administrator", **more)

    return [
        made(REVOKED, revoked_at=MADE, reason="наклеили чужой"),
        made("VER22222", valid_until=date(2026, 11, 22)),
        made(EARLY, valid_from=date(2026, 12, 5), valid_until=date(2026, 12, 6)),
        made("STAND222", place="второй стенд"),
        made("GNE22222", CLOSED, revoked_at=MADE),
    ]


def build(
    stage: Stage,
    office: Office,
    doors: list[Door] | None = None,
    *,
    secure: bool = False,
    uploads: Uploads | None = None,
) -> FastAPI:
    """The whole browser part as one application, on Monday the 23rd of November 2026."""
    words = load_words(["ru", "en"], ZoneInfo("Europe/Moscow"))
    app = FastAPI()
    codes = LiveCodes(office)
    codes.take(further_codes())
    app.include_router(
        landing_router(
            office=office,
            doors=lambda: doors or [],
            words=words,
            style=STYLE,
            hours=lambda language: "Пн–чт 9:00–18:00\nПт 9:00–16:45" if language == "ru" else "Mon–Fri 9:00–18:00",
            found=lambda token: codes.find(token, TODAY),
            scanned=stage.scanned.append,
        )
    )
    app.include_router(
        web_router(
            hear=stage.hear,
            look=stage.look,
            words=words,
            cookie_key="a key of tests",
            office_name=lambda language: office.text(office.name, language),
            secure=secure,
            phone=office.phone,
            uploads=uploads,
            readable=stage.readable,
            read_file=stage.read_file,
        )
    )
    return app
