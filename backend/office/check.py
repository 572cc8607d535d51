"""What must fit together across the files of an office folder."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from backend import danger
from backend.appeals import checks as appeal_checks
from backend.appeals.model import Appeals, Consent
from backend.calendar import spans_of
from backend.office.catalogue import KINDS, PLACED
from backend.office.model import Brand, Category, DangerWords, Office, Person, Point, Service, Term, Topic
from qr import brand as brand_looks
from surveys.definition import Choose, Survey
from surveys.faults import Level, examine, examine_texts

TOKEN = re.compile(r"[2-9A-HJKMNP-TV-Z]{6,12}")
"""Capitals and digits without 0 O 1 I L U, which people confuse or would rather not read on a poster."""
NAME_LIMIT = 120
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
"""Control characters but tab and line feed, lone surrogates, and direction overrides, which can make a text read
differently from what it says."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in the folder. `file` is relative to it, `path` as `points[4].here.en`."""

    file: str
    path: str
    message: str
    level: Level = "fault"

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.path, self.message) if part)


@dataclass
class Draft:
    """What could be read, each item with its path. `known` lists every id written down, even where the
    item itself is faulty, so that one slip is not reported again by everything that refers to it. `today`: the day on
    which its rules must hold."""

    header: Office | None = None
    languages: tuple[str, ...] = ("ru", "en")
    points: list[tuple[str, Point]] = field(default_factory=list)
    services: list[tuple[str, Service]] = field(default_factory=list)
    persons: list[tuple[str, Person]] = field(default_factory=list)
    topics: list[tuple[str, Topic]] = field(default_factory=list)
    categories: list[tuple[str, Category]] = field(default_factory=list)
    glossary: list[tuple[str, Term]] = field(default_factory=list)
    surveys: dict[str, Survey] = field(default_factory=dict)
    danger: DangerWords = field(default_factory=DangerWords)
    appeals: Appeals | None = None
    consents: list[tuple[str, Consent]] = field(default_factory=list)
    known: dict[str, set[str]] = field(default_factory=dict)
    today: date = date.max


def check(draft: Draft, folder: Path, actions: Collection[str], templates: Collection[str]) -> Iterator[Fault]:
    """Every contradiction between the parts that could be read."""
    if draft.header is not None:
        yield from _check_header(draft, draft.header, folder, actions, templates)
    yield from _check_points(draft)
    yield from _check_people(draft)
    yield from _check_appeals(draft)
    for name in ("bot", "answer"):  # asked without a point or service that could name another survey
        yield from _check_survey(draft, f"surveys/{name}.yaml", "object", name, name)
    for place, phrase in enumerate(draft.danger.sure):
        yield from _check_phrase(f"sure[{place}]", phrase)
    for place, phrase in enumerate(draft.danger.exceptions):
        yield from _check_phrase(f"exceptions[{place}]", phrase)
    for survey_id, survey in draft.surveys.items():
        file = f"surveys/{survey_id}.yaml"
        if survey.id != survey_id:
            yield Fault(file, "id", f"must be {survey_id!r}, as the file is named")
        for remark in examine(survey, draft.languages):
            yield Fault(file, remark.path, remark.message, remark.level)
        yield from _check_topics(draft, file, survey)


def odd_characters(data: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Paths of strings with characters that cannot be printed or that disguise the text."""
    match data:
        case str():
            if found := _ODD.search(data):
                yield path, f"control character U+{ord(found[0]):04X}"
        case Mapping():
            for key, value in data.items():
                yield from odd_characters(value, f"{path}.{key}" if path else str(key))
        case list():
            for place, value in enumerate(data):
                yield from odd_characters(value, f"{path}[{place}]")


def _check_header(
    draft: Draft, office: Office, folder: Path, actions: Collection[str], templates: Collection[str]
) -> Iterator[Fault]:
    file = "office.yaml"
    for remark in examine_texts(office, draft.languages, ()):
        yield Fault(file, remark.path, remark.message)
    yield from _long_names(file, [("name", office.name), ("short", office.short)])
    if "ru" not in office.languages:
        yield Fault(file, "languages", "must contain 'ru', the language of the state")
    if len(set(office.languages)) < len(office.languages):
        yield Fault(file, "languages", "a language is repeated")
    try:
        ZoneInfo(office.timezone)
    except (KeyError, ValueError, OSError):
        yield Fault(file, "timezone", f"unknown time zone {office.timezone!r}; an example: Europe/Moscow")
    if not is_web(office.site):
        yield Fault(file, "site", "must start with https:// or http://")
    for day, hours in office.week.model_dump(exclude_none=True).items():
        try:
            spans_of(hours)
        except ValueError as error:
            yield Fault(file, f"week.{day}", str(error))
    for name, person in (
        ("administrator", office.administrator),
        ("head", office.head),
        ("danger_to", office.danger_to),
    ):
        yield from _unknown(draft, "persons", file, name, person)
    for place, button in enumerate(office.buttons):
        path, target = f"buttons[{place}].target", button.target
        match button.kind:
            case "link" if not is_web(target):
                yield Fault(file, path, "must start with https:// or http://")
            case "phone" if not is_phone(target):
                yield Fault(file, path, f"{target!r} is not a phone number")
            case "file" if not is_inside(folder, target):
                yield Fault(file, path, f"no such file in the office folder: {target!r}")
            case "template" if target not in templates:
                yield Fault(file, path, f"unknown template {target!r}")
            case "action" if target not in actions:
                yield Fault(file, path, f"unknown action {target!r}")
            case _:
                pass
    yield from _check_brand(file, office.brand, folder)


def _check_brand(file: str, brand: Brand, folder: Path) -> Iterator[Fault]:
    """What is wrong with the looks of paper. Bad colours stop no start: only `sheet` refuses to print in them."""
    for name, message in brand_looks.colour_faults(brand.ink, brand.accent, brand.paper):
        yield Fault(file, f"brand.{name}", message, "warning")
    if brand.logo is None:
        if brand.logo_in_code:
            yield Fault(file, "brand.logo_in_code", "there is no logo", "warning")
    elif not is_inside(folder, brand.logo):
        yield Fault(file, "brand.logo", f"no such file in the office folder: {brand.logo!r}")
    else:
        try:
            brand_looks.read_logo(folder / brand.logo, brand.paper)
        except ValueError as error:
            yield Fault(file, "brand.logo", f"{brand.logo}: {error}")


def _check_points(draft: Draft) -> Iterator[Fault]:
    file = "points.yaml"
    tokens = {point.token: point for _, point in draft.points if point.token is not None}
    yield from _duplicates(file, "code", ((path, point.code) for path, point in draft.points))
    yield from _duplicates(file, "token", ((path, point.token) for path, point in draft.points))
    yield from _duplicates(file, "channel", ((path, point.channel) for path, point in draft.points))
    for path, point in draft.points:
        for remark in examine_texts(point, draft.languages, (), path):
            yield Fault(file, remark.path, remark.message)
        yield from _long_names(file, [(f"{path}.name", point.name), (f"{path}.here", point.here)])
        if point.token is None and not point.internal:
            yield Fault(file, f"{path}.token", "missing; only an internal point may have none")
        if point.token is not None and not TOKEN.fullmatch(point.token):
            yield Fault(
                file,
                f"{path}.token",
                f"{point.token!r}: 6–12 capital letters and digits, without 0 O 1 I L U",
            )
        if point.kind not in KINDS:
            yield Fault(file, f"{path}.kind", f"unknown kind {point.kind!r} (7.1–7.20, 7.23, 8.1–8.8)")
        if point.place_kind is not None and point.kind != PLACED:
            yield Fault(file, f"{path}.place_kind", f"only a point of kind {PLACED} has a sub-place")
        if not point.needs:
            yield Fault(file, f"{path}.needs", "no needs are named (1–9); a survey is offered", "warning")
        for place, code in enumerate(point.services):
            yield from _unknown(draft, "services", file, f"{path}.services[{place}]", code)
        if point.owner is None:
            yield Fault(file, f"{path}.owner", "nobody is responsible for this point", "warning")
        else:
            yield from _unknown(draft, "persons", file, f"{path}.owner", point.owner)
        yield from _check_stand_ins(draft, file, path, point)
        if not point.internal:
            yield from _check_survey(draft, file, f"{path}.survey", point.survey, "point")
        if not point.open and not point.internal and not point.nearest:
            yield Fault(file, f"{path}.nearest", "the point is closed and names no other one", "warning")
        for place, token in enumerate(point.nearest):
            at = f"{path}.nearest[{place}]"
            if token not in draft.known.get("tokens", set()):
                yield Fault(file, at, f"no point has the token {token!r}")
            elif token == point.token:
                yield Fault(file, at, "is the point itself")
            elif token in tokens and (not tokens[token].open or tokens[token].internal):
                yield Fault(file, at, f"point {tokens[token].code} is not open to clients")


def _check_people(draft: Draft) -> Iterator[Fault]:
    yield from _duplicates("services.yaml", "code", ((path, service.code) for path, service in draft.services))
    for path, service in draft.services:
        for remark in examine_texts(service, draft.languages, (), path):
            yield Fault("services.yaml", remark.path, remark.message)
        yield from _long_names("services.yaml", [(f"{path}.name", service.name)])
        yield from _unknown(draft, "persons", "services.yaml", f"{path}.owner", service.owner)
        yield from _check_stand_ins(draft, "services.yaml", path, service)
        yield from _check_survey(draft, "services.yaml", f"{path}.survey", service.survey, "service")
    yield from _duplicates("topics.yaml", "code", ((path, topic.code) for path, topic in draft.topics))
    for path, topic in draft.topics:
        for remark in examine_texts(topic, draft.languages, (), path):
            yield Fault("topics.yaml", remark.path, remark.message)
        yield from _unknown(draft, "persons", "topics.yaml", f"{path}.owner", topic.owner)
        yield from _check_stand_ins(draft, "topics.yaml", path, topic)
    yield from _check_categories(draft)
    yield from _duplicates("staff.yaml", "id", ((path, person.id) for path, person in draft.persons))
    for path, person in draft.persons:
        for remark in examine_texts(person, draft.languages, (), path):
            yield Fault("staff.yaml", remark.path, remark.message)
        yield from _long_names("staff.yaml", [(path, {"full": person.full}), (f"{path}.post", person.post)])


def _check_categories(draft: Draft) -> Iterator[Fault]:
    file = "categories.yaml"
    yield from _duplicates(file, "code", ((path, category.code) for path, category in draft.categories))
    for path, category in draft.categories:
        for remark in examine_texts(category, draft.languages, (), path):
            yield Fault(file, remark.path, remark.message)
        yield from _long_names(file, [(f"{path}.name", category.name)])
        yield from _unknown(draft, "persons", file, f"{path}.owner", category.owner)
        yield from _check_stand_ins(draft, file, path, category)
    others = [path for path, category in draft.categories if category.other]
    if draft.categories and len(others) != 1:
        yield Fault(file, "categories", f"exactly one must have `other: true` (what fits nowhere), not {len(others)}")
    file = "glossary.yaml"
    words = ((path, word) for path, term in draft.glossary for word in (term.word, *term.also))
    yield from _duplicates(file, "word", words)
    for path, term in draft.glossary:
        for remark in examine_texts(term, draft.languages, (), path):
            yield Fault(file, remark.path, remark.message)


def _check_appeals(draft: Draft) -> Iterator[Fault]:
    for file, remark in appeal_checks.examine_consents(draft.consents, draft.languages):
        yield Fault(file, remark.path, remark.message, remark.level)
    if draft.appeals is None:
        return
    owner_kind = draft.header.owner_kind if draft.header is not None else "state"
    about = appeal_checks.Around(
        languages=draft.languages,
        persons=frozenset(draft.known.get("persons", ())),
        state_body=owner_kind != "other",
        consents=tuple(draft.consents),
        units_of_persons=tuple((path, person.unit) for path, person in draft.persons if person.unit is not None),
        today=draft.today,
    )
    for file, remark in appeal_checks.examine(draft.appeals, about):
        yield Fault(file, remark.path, remark.message, remark.level)
    file = "appeals.yaml"
    yield from _check_survey(draft, file, "survey", draft.appeals.survey, "appeal")
    for place, way in enumerate(draft.appeals.ways):
        if way.link is not None and not is_web(way.link):
            yield Fault(file, f"ways[{place}].link", "must start with https:// or http://")


def _check_stand_ins(
    draft: Draft, file: str, path: str, subject: Point | Service | Topic | Category
) -> Iterator[Fault]:
    """Deputy and head of a subject, where it has its own."""
    for name, person in (("deputy", subject.deputy), ("head", subject.head)):
        if person is not None:
            yield from _unknown(draft, "persons", file, f"{path}.{name}", person)
    if subject.deputy is not None and subject.deputy == subject.owner:
        yield Fault(file, f"{path}.deputy", "is the owner himself: nobody stands in for him", "warning")


def _check_survey(draft: Draft, file: str, path: str, survey_id: str, subject: str) -> Iterator[Fault]:
    yield from _unknown(draft, "surveys", file, path, survey_id)
    survey = draft.surveys.get(survey_id)
    if survey is not None and survey.object != subject:
        yield Fault(file, path, f"survey {survey_id!r} is about {survey.object!r}, not about {subject!r}")


def _check_topics(draft: Draft, file: str, survey: Survey) -> Iterator[Fault]:
    for number, question in enumerate(survey.questions):
        for place, option in enumerate(question.options if isinstance(question, Choose) else ()):
            if option.topic is not None:
                path = f"questions[{number}].options[{place}].topic"
                yield from _unknown(draft, "topics", file, path, option.topic)


def _check_phrase(path: str, phrase: str) -> Iterator[Fault]:
    try:
        danger.DangerWords(()).extended(sure=[phrase])
    except ValueError as error:
        yield Fault("danger.yaml", path, str(error))


def _unknown(draft: Draft, what: str, file: str, path: str, name: str) -> Iterator[Fault]:
    if name not in draft.known.get(what, set()):
        yield Fault(file, path, f"unknown {what.removesuffix('s')} {name!r}")


def _duplicates(file: str, name: str, values: Iterable[tuple[str, str | None]]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for path, value in values:
        if value is None:
            continue
        # Tokens are read in any letter case, so they must differ in any letter case.
        if value.upper() in seen:
            yield Fault(file, f"{path}.{name}", f"{value!r} is already used by {seen[value.upper()]}")
        seen.setdefault(value.upper(), path)


def _long_names(file: str, names: Iterable[tuple[str, Mapping[str, str]]]) -> Iterator[Fault]:
    for path, text in names:
        for key, words in text.items():
            if len(words) > NAME_LIMIT:
                yield Fault(file, f"{path}.{key}", f"{len(words)} characters; at most {NAME_LIMIT}")
            if "\n" in words or "\t" in words:
                yield Fault(file, f"{path}.{key}", "a name must be one line")


def is_phone(number: str) -> bool:
    return re.fullmatch(r"\+?[0-9 ()\-–]{3,30}", number) is not None


def is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", address)


def is_inside(folder: Path, name: str) -> bool:
    try:
        target = (folder / name).resolve()
        return target.is_relative_to(folder.resolve()) and target.is_file()
    except (OSError, ValueError):
        return False
