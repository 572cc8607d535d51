"""Reading an office folder. Whatever is written there, the result is a list of faults, never a traceback."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from backend.appeals.model import Appeals, Consent
from backend.clock import real_clock
from backend.office.check import Draft, Fault, check, odd_characters
from backend.office.model import Category, DangerWords, Office, Person, Point, Service, Term, Topic
from surveys.definition import Frozen, Survey
from surveys.faults import Remark
from surveys.load import fit, parse

M = TypeVar("M", bound=Frozen)

_OWN_FILES = {
    "points": "points.yaml",
    "services": "services.yaml",
    "persons": "staff.yaml",
    "topics": "topics.yaml",
    "categories": "categories.yaml",
    "glossary": "glossary.yaml",
    "surveys": "the surveys folder",
    "danger": "danger.yaml",
    "appeals": "appeals.yaml",
    "consents": "consents.yaml",
}


def load(
    folder: Path, *, actions: Collection[str] = (), templates: Collection[str] = (), today: date | None = None
) -> tuple[Office | None, list[Fault]]:
    """The office in a folder and everything wrong with it. The office is None if any fault (not a mere
    warning) was found: half an office is never served. `actions` and `templates` are what content buttons
    may name. `today`: the day on which terms must have a rule, else that of the machine."""
    reader = _Reader(folder)
    draft = Draft(today=today or real_clock().date())
    header = reader.mapping("office.yaml")
    if header is not None:
        for name in sorted(_OWN_FILES.keys() & header.keys()):
            reader.fault("office.yaml", Remark(name, f"belongs in {_OWN_FILES[name]}"))
        own = {name: value for name, value in header.items() if name not in _OWN_FILES}
        draft.header = reader.fit("office.yaml", Office, own)
        draft.languages = _languages(header)
    draft.persons = reader.items("staff.yaml", "persons", Person, draft, "id")
    draft.services = reader.items("services.yaml", "services", Service, draft, "code")
    draft.points = reader.items("points.yaml", "points", Point, draft, "code", "token")
    if (folder / "topics.yaml").exists():
        draft.topics = reader.items("topics.yaml", "topics", Topic, draft, "code")
    if (folder / "categories.yaml").exists():
        draft.categories = reader.items("categories.yaml", "categories", Category, draft, "code")
    if (folder / "glossary.yaml").exists():
        draft.glossary = reader.items("glossary.yaml", "glossary", Term, draft, "word")
    draft.known["tokens"] = draft.known.pop("token", set())
    draft.known["surveys"] = set()
    for path in sorted((folder / "surveys").glob("*.yaml")):
        draft.known["surveys"].add(path.stem)
        file = f"surveys/{path.name}"
        data = reader.mapping(file)
        survey = reader.fit(file, Survey, data) if data is not None else None
        if survey is not None:
            draft.surveys[path.stem] = survey
    if (folder / "danger.yaml").exists():
        words = reader.mapping("danger.yaml")
        danger = reader.fit("danger.yaml", DangerWords, words) if words is not None else None
        draft.danger = danger or draft.danger
    if (folder / "appeals.yaml").exists():
        content = reader.mapping("appeals.yaml")
        draft.appeals = reader.fit("appeals.yaml", Appeals, content) if content is not None else None
    if (folder / "consents.yaml").exists():
        draft.consents = reader.items("consents.yaml", "consents", Consent, draft, "purpose")
    faults = [*reader.faults, *check(draft, folder, actions, templates)]
    if draft.header is None or any(fault.level == "fault" for fault in faults):
        return None, faults
    office = draft.header.model_copy(
        update={
            "points": tuple(point for _, point in draft.points),
            "services": tuple(service for _, service in draft.services),
            "persons": tuple(person for _, person in draft.persons),
            "topics": tuple(topic for _, topic in draft.topics),
            "categories": tuple(category for _, category in draft.categories),
            "glossary": tuple(term for _, term in draft.glossary),
            "surveys": draft.surveys,
            "danger": draft.danger,
            "appeals": draft.appeals,
            "consents": tuple(consent for _, consent in draft.consents),
        }
    )
    return office, faults


class _Reader:
    """Reads the files of one folder and gathers what is wrong in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[Fault] = []

    def fault(self, file: str, remark: Remark) -> None:
        self.faults.append(Fault(file, remark.path, remark.message, remark.level))

    def mapping(self, file: str) -> dict[Any, Any] | None:
        data, remarks = parse(self.folder / file)
        if not remarks and not isinstance(data, dict):
            remarks = [Remark("", f"must hold `name: value` lines, found a {type(data).__name__}")]
        for remark in remarks:
            self.fault(file, remark)
        if remarks:
            return None
        for path, message in odd_characters(data):
            self.fault(file, Remark(path, message))
        return dict(data)

    def fit(self, file: str, model: type[M], data: Any, path: str = "") -> M | None:
        content, remarks = fit(model, data, path)
        for remark in remarks:
            self.fault(file, remark)
        return content

    def items(self, file: str, name: str, model: type[M], draft: Draft, *ids: str) -> list[tuple[str, M]]:
        """The items of a list, each read on its own, so that one faulty item does not hide the others."""
        known = [
            draft.known.setdefault(name, set()),
            *(draft.known.setdefault(other, set()) for other in ids[1:]),
        ]
        data = self.mapping(file)
        if data is None:
            return []
        for key in data:
            if key != name:
                self.fault(file, Remark(str(key), "unknown field"))
        listed = data.get(name)
        if not isinstance(listed, list):
            self.fault(file, Remark(name, "missing" if name not in data else "must be a list"))
            return []
        items = []
        for place, item in enumerate(listed):
            path = f"{name}[{place}]"
            if isinstance(item, dict):
                for ids_known, field in zip(known, ids, strict=True):
                    ids_known.add(str(item.get(field)))
            content = self.fit(file, model, item, path)
            if content is not None:
                items.append((path, content))
        return items


def _languages(header: dict[Any, Any]) -> tuple[str, ...]:
    """The languages even of a faulty office.yaml, so that missing translations are still found."""
    languages = header.get("languages")
    if isinstance(languages, list) and all(isinstance(language, str) for language in languages):
        return tuple(languages)
    return ("ru", "en")
