"""What an office folder holds. Frozen: edited files take effect at the next start."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from surveys.definition import Frozen, Survey, Text

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Line = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Code = Annotated[str, StringConstraints(pattern=r"^[\w-]{1,24}$")]
PersonId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Role = Literal["approver", "administrator", "editor", "manager", "operator", "appeals"]


class Sheet(Frozen):
    """The printed poster of a point: its own words, number, version and date of approval."""

    number: Line
    version: int = Field(ge=1)
    date: date
    title: Text
    lead: Text
    fallback: Text
    promise: Text


class Point(Frozen):
    """A place, real or digital, where clients meet the office.

    `here` is the whole question «Вы в кабинете 104?», since names are never declined by the program. `kind`,
    `direction` and `needs` are numbers of the official catalogues. `channel` says which of our own
    channels the point is. `nearest` names tokens to offer while the point is closed, the best first.
    """

    code: Code
    token: str | None = None
    name: Text
    here: Text
    kind: str
    direction: int = Field(ge=1, le=7)
    process: Text
    services: tuple[str, ...] = ()
    needs: tuple[Annotated[int, Field(ge=1, le=9)], ...] = ()
    features: Text | None = None
    owner: PersonId | None = None
    deputy: PersonId | None = None
    survey: str = "visit"
    internal: bool = False
    open: bool = True
    nearest: tuple[str, ...] = ()
    channel: Literal["telegram", "vk", "web"] | None = None
    sheet: Sheet | None = None


class Service(Frozen):
    """A service, measure of support or consultation; `term` is how long it takes, in words."""

    code: Code
    name: Text
    term: Text
    owner: PersonId
    survey: str = "service"


class Person(Frozen):
    """A member of staff. Names are never declined: declension of rare names is a guess."""

    id: PersonId
    surname: Line
    given: Line
    patronymic: Line | None = None
    latin: Line | None = None
    post: Text
    roles: tuple[Role, ...] = ()

    @property
    def short(self) -> str:
        """«Демоев Э. Р.»"""
        # In «Рашид оглы» only the first word is a name.
        names = [self.given, *(self.patronymic.split()[:1] if self.patronymic else [])]
        return " ".join([self.surname, *("-".join(f"{part[:1]}." for part in name.split("-")) for name in names)])

    @property
    def full(self) -> str:
        """«Демоев Эльчин Рашид оглы»"""
        return " ".join(filter(None, [self.surname, self.given, self.patronymic]))

    def shown(self, language: str) -> str:
        """The full name as a reader of this language can read it."""
        return self.full if language == "ru" or self.latin is None else self.latin


class DangerWords(Frozen):
    """What the office adds to the shipped list: words of danger to life, and phrases that only look like it
    («умру от жары»). The notation is that of `backend.danger`."""

    sure: tuple[Line, ...] = ()
    exceptions: tuple[Line, ...] = ()


class Button(Frozen):
    """A button in the office's own content. `target` is an http(s) address, a phone number, a file inside the
    office folder, a template of the knowledge base, or an action of the bot, by `kind`."""

    kind: Literal["link", "phone", "file", "template", "action"]
    label: Text
    target: Line


class ChannelMode(Frozen):
    """What a channel may carry here (domain.md, section 4), and on what basis the office decided so."""

    mode: Literal["off", "info", "anonymous", "track", "personal"]
    basis: Line


Span = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]


class Week(Frozen):
    """Office hours of each weekday; a day without an entry is a day off."""

    mon: Span | None = None
    tue: Span | None = None
    wed: Span | None = None
    thu: Span | None = None
    fri: Span | None = None
    sat: Span | None = None
    sun: Span | None = None

    def days(self) -> tuple[str | None, ...]:
        """Monday first."""
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)


class Office(Frozen):
    """The whole folder. `points`, `services`, `persons`, `surveys`, `danger` come from files of their own."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
    name: Text
    short: Text
    owner_kind: Literal["state", "municipal", "subordinate", "other"]
    address: Text
    hours: Text
    phone: Line
    site: str
    timezone: str
    week: Week = Week()
    modes: dict[Literal["telegram", "vk"], ChannelMode] = Field(default_factory=dict)
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    administrator: PersonId
    head: PersonId
    danger_to: PersonId
    help: Text
    buttons: tuple[Button, ...] = ()

    points: tuple[Point, ...] = ()
    services: tuple[Service, ...] = ()
    persons: tuple[Person, ...] = ()
    surveys: dict[str, Survey] = Field(default_factory=dict)
    danger: DangerWords = DangerWords()

    @cached_property
    def by_token(self) -> dict[str, Point]:
        return {point.token: point for point in self.points if point.token is not None}

    def point(self, token: str) -> Point | None:
        """The point with this printed token, in any letter case; closed points too."""
        return self.by_token.get(token.upper())

    def point_by_code(self, code: str) -> Point | None:
        return next((point for point in self.points if point.code == code), None)

    def channel_point(self, channel: str) -> Point | None:
        """The point that one of our channels itself is."""
        return next((point for point in self.points if point.channel == channel), None)

    def service(self, code: str) -> Service | None:
        return next((service for service in self.services if service.code == code), None)

    def person(self, person_id: str) -> Person | None:
        return next((person for person in self.persons if person.id == person_id), None)

    def find_person(self, text: str) -> Person | None:
        """A person as an administrator types him: the id, or the surname alone when only one has it, or the name."""
        wanted = " ".join(text.casefold().replace("ё", "е").split())
        found = [
            person
            for person in self.persons
            if wanted
            in {n.casefold().replace("ё", "е") for n in (person.id, person.full, person.short, person.surname)}
        ]
        return found[0] if len(found) == 1 else None

    def owner_and_deputy(self, kind: str, ident: str) -> tuple[str | None, str | None]:
        """Who answers for a subject of feedback, a `point` or `service` by its code."""
        if kind == "service":
            service = self.service(ident)
            return (service.owner if service is not None else None), None
        point = self.point_by_code(ident) if kind == "point" else None
        return (point.owner, point.deputy) if point is not None else (None, None)

    def open_points(self) -> list[Point]:
        """What a client may choose from, in the order of the file."""
        return [point for point in self.points if point.open and not point.internal and point.token is not None]

    def nearest_open(self, point: Point) -> Point | None:
        """Where to send a client from a closed point; None if no nearest point is open."""
        nearest = (self.point(token) for token in point.nearest)
        return next((near for near in nearest if near is not None and near.open and not near.internal), None)

    def text(self, text: Text, language: str) -> str:
        """The words in this language, else in the office's default language, else in Russian."""
        return next(words for key in (language, self.languages[0], "ru", *text) if (words := text.get(key)))
