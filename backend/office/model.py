"""What an office folder holds. Frozen: edited files take effect at the next start."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from backend.appeals.model import Appeals, Consent
from backend.office.catalogue import FEEDBACK
from backend.office.finding import found_by, searchable
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
    `direction` and `needs` are numbers of the official catalogues (`backend.office.catalogue`); `place_kind` is the
    sub-place of kind 8.3. `channel` says which of our own channels the point is. `nearest` names tokens to offer
    while the point is closed, the best first.
    """

    code: Code
    token: str | None = None
    name: Text
    here: Text
    kind: str
    place_kind: Literal["documents", "clients", "staff"] | None = None
    direction: int = Field(ge=1, le=7)
    process: Text
    services: tuple[str, ...] = ()
    needs: tuple[Annotated[int, Field(ge=1, le=9)], ...] = ()
    features: Text | None = None
    owner: PersonId | None = None
    deputy: PersonId | None = None
    head: PersonId | None = None
    survey: str = "visit"
    internal: bool = False
    open: bool = True
    nearest: tuple[str, ...] = ()
    channel: Literal["telegram", "vk", "web"] | None = None
    sheet: Sheet | None = None

    @property
    def takes_feedback(self) -> bool:
        """Whether its clients are offered a survey: need 7 (requirement 2.22). Where no needs are named, they are."""
        return not self.needs or FEEDBACK in self.needs


class Service(Frozen):
    """A service, measure of support or consultation; `term` is how long it takes, in words. `kind`: what the law calls
    it; a client filters his history by it."""

    code: Code
    name: Text
    term: Text
    kind: Literal["service", "measure", "function", "resource"] = "service"
    owner: PersonId
    deputy: PersonId | None = None
    head: PersonId | None = None
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
    unit: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,23}$")] | None = None

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


_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
Span = Annotated[str, StringConstraints(pattern=rf"^{_CLOCK}-{_CLOCK}(, ?{_CLOCK}-{_CLOCK})*$")]
"""Hours of a day: `09:00-18:00`, with lunch `09:00-13:00, 13:45-18:00`."""
Hours = Annotated[float, Field(gt=0, le=1000)]


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


class Topic(Frozen):
    """Something that people complain or ask about across points and services, and who answers for it."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
    name: Text
    owner: PersonId
    deputy: PersonId | None = None
    head: PersonId | None = None


class Category(Frozen):
    """What questions are about, and the rule for preparing an answer that no template gives (requirement 3.02): who
    answers, within how many working days, in what tone, who agrees. `other`: what fits nowhere else goes here."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
    name: Text
    owner: PersonId
    deputy: PersonId | None = None
    head: PersonId | None = None
    days: int = Field(3, ge=1, le=15)
    rule: Text
    agrees: Text | None = None
    other: bool = False


class Term(Frozen):
    """A word of the office that not everybody knows, in plain words (requirement 3.06). `also`: other words for it and
    forms that people type."""

    word: Line
    also: tuple[Line, ...] = ()
    text: Text


class Rules(Frozen):
    """The office's own terms. Working hours and days are those of its calendar; basis: requirements 1.25, 1.27, 6.32
    and domain.md, sections 5, 6, 11."""

    escalate_hours: Hours = 4  # working hours until the next level hears of a task that nobody took
    result_hours: Hours = 16  # working hours until the holder of a task is reminded; half as much until it goes back
    promise_days: int = Field(3, ge=1, le=15)  # working days until a client gets the answer; its way back lives 30 days
    join_minutes: int = Field(15, ge=0, le=240)  # low marks of one subject within it are one alert
    series_upto: int = 3  # a series: so many marks up to this value
    series_marks: int = Field(3, ge=2)
    series_hours: int = Field(24, ge=1, le=168)
    drift_marks: int = Field(30, ge=10)
    drift_days: int = Field(90, ge=7)
    silence_days: int = Field(30, ge=1)
    invite_gap_days: int = Field(14, ge=0)
    invite_quarter: int = Field(4, ge=0)
    invite_after_minutes: int = Field(60, ge=0)
    invitations: bool = True  # the trigger «a reported visit» is on (requirement 1.03)
    wrong_share: float = Field(0.15, ge=0.01, le=0.5)  # at most this share of direct answers may be wrong
    hide_overdue: bool = False  # a template past its review date is not sent
    review_notice_days: int = Field(14, ge=1, le=90)  # its owner is reminded so many days before
    quiet: Span = "21:00-09:00"  # no invitations between these hours, and none on Sundays and holidays


class Brand(Frozen):
    """How printed sheets look. `logo`: an image file inside the office folder; with `logo_in_code` it also stands in
    the middle of the code. Colours as `#rrggbb`."""

    logo: str | None = None
    logo_in_code: bool = False
    ink: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] = "#16202b"
    accent: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] = "#1d4f7c"
    paper: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] = "#ffffff"
    signature: Text | None = None


class Responsible(Frozen):
    """Who answers for a subject, in the order in which they are told."""

    owner: PersonId | None = None
    deputy: PersonId | None = None
    head: PersonId | None = None


class Office(Frozen):
    """The whole folder. `points`, `services`, `persons`, `topics`, `categories`, `glossary`, `surveys`, `danger`,
    `appeals`, `consents` come from files of their own; an office without `appeals.yaml` keeps no appeals. `reception`:
    when the head receives; `news`: where news and plans are (3.16)."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
    name: Text
    short: Text
    owner_kind: Literal["state", "municipal", "subordinate", "other"]
    address: Text
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
    about: Text | None = None
    reception: Text | None = None
    news: str | None = None
    buttons: tuple[Button, ...] = ()
    rules: Rules = Rules()
    brand: Brand = Brand()

    points: tuple[Point, ...] = ()
    services: tuple[Service, ...] = ()
    persons: tuple[Person, ...] = ()
    topics: tuple[Topic, ...] = ()
    categories: tuple[Category, ...] = ()
    glossary: tuple[Term, ...] = ()
    surveys: dict[str, Survey] = Field(default_factory=dict)
    danger: DangerWords = DangerWords()
    appeals: Appeals | None = None
    consents: tuple[Consent, ...] = ()

    def consent(self, purpose: str) -> Consent | None:
        return next((consent for consent in self.consents if consent.purpose == purpose), None)

    @cached_property
    def by_token(self) -> dict[str, Point]:
        return {point.token: point for point in self.points if point.token is not None}

    def point(self, token: str) -> Point | None:
        """The point with this printed token, in any letter case; closed points too."""
        return self.by_token.get(token.upper())

    @cached_property
    def by_code(self) -> dict[str, Point]:
        return {point.code: point for point in self.points}

    def point_by_code(self, code: str) -> Point | None:
        return self.by_code.get(code)

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

    def topic(self, code: str) -> Topic | None:
        return next((topic for topic in self.topics if topic.code == code), None)

    def category(self, code: str) -> Category | None:
        return next((category for category in self.categories if category.code == code), None)

    def rule_of(self, code: str) -> Category | None:
        """The category with this code, else the one for what fits nowhere; None where the office has no categories."""
        other = next((category for category in self.categories if category.other), None)
        return self.category(code) or other or (self.categories[-1] if self.categories else None)

    def responsible(self, kind: str, ident: str) -> Responsible:
        """Who answers for a subject: a `point`, `service`, `topic` or `category` by its code, or an `appeal`. Without
        a head of its own a subject has the office's."""
        if kind == "appeal" and self.appeals is not None:
            # Who hears of what clients say of an answer to an appeal: the head of appeals (sample office, 6).
            return Responsible(owner=self.appeals.head, deputy=self.appeals.deputy, head=self.head)
        found = {
            "point": self.point_by_code,
            "service": self.service,
            "topic": self.topic,
            "category": self.category,
        }.get(kind)
        subject = found(ident) if found is not None else None
        if subject is None:
            return Responsible(head=self.head)
        return Responsible(owner=subject.owner, deputy=subject.deputy, head=subject.head or self.head)

    def open_points(self) -> list[Point]:
        """What a client may rate, in the order of the file."""
        return list(self._open_points)

    @cached_property
    def _open_points(self) -> tuple[Point, ...]:
        return tuple(
            point
            for point in self.points
            if point.open and not point.internal and point.token is not None and point.takes_feedback
        )

    @cached_property
    def _names_of_points(self) -> list[tuple[str, Point]]:
        return [(searchable(*point.name.values(), point.code), point) for point in self._open_points]

    def find_points(self, text: str) -> list[Point]:
        """What `open_points` has under these words, typed by a person: parts of names in any language and form."""
        return found_by(text, self._names_of_points)

    def nearest_open(self, point: Point) -> Point | None:
        """Where to send a client from a closed point; None if no nearest point is open."""
        nearest = (self.point(token) for token in point.nearest)
        return next((near for near in nearest if near is not None and near.open and not near.internal), None)

    def text(self, text: Text, language: str) -> str:
        """The words in this language, else in the office's default language, else in Russian."""
        return next(words for key in (language, self.languages[0], "ru", *text) if (words := text.get(key)))
