"""Every language has every text, every text is used, and Russian counts as Russian does."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.channels import console as _console  # noqa: F401  a channel without texts of its own
from bot.words import Words, load_words

ROOT = Path(__file__).parents[1]
KEY = re.compile(r"[a-z]+(?:-[a-z0-9_]+)*")
# Keys that the code puts together: the beginning before the variable part, and what may follow.
_DEEDS = ("answer", "reply", "note", "extend", "redirect", "suspend", "refuse", "close")
_EVENTS = [
    "registered",
    "stage",
    "assigned",
    "extended",
    "deadline",
    "redirected",
    "suspended",
    "refused",
    "message",
    "reply",
    "answered",
    "closed",
    "reopened",
    "file",
    "code",
    "overdue",
    "rated",
    "unreachable",
    "withdrawn",
]
_DESK = (
    *("about", "topic", "service", "point", "unit", "by-client", "by-system", "file-for-client", "file-for-staff"),
    *(f"applicant-{name}" for name in ("name", "organisation", "inn", "contact", "address")),
    *(f"did-{kind}" for kind in _EVENTS),
    *(f"event-{kind}" for kind in (*_EVENTS, "note")),
    *(
        f"field-{name}"
        for name in [
            "text",
            "note",
            "reason",
            "then",
            "to",
            "essence",
            "basis",
            "why",
            "days",
            "name",
            "stage",
            "complained",
            "cause",
        ]
    ),
    *(f"do-{deed}" for deed in (*_DEEDS, "assign", "complain", "file", "reopen")),
    *(f"done-{deed}" for deed in (*_DEEDS, "assign", "complain", "reopen")),
    *(f"preview-{deed}" for deed in (*_DEEDS, "reopen")),
    *(f"send-{deed}" for deed in (*_DEEDS, "reopen")),
    *("ask-reopen-reason", "hint-reopen-reason", "by-demo"),
    *(f"doing-{deed}" for deed in _DEEDS if deed != "note"),
    *(f"{what}-answer-{part}" for what in ("ask", "hint") for part in ("essence", "basis", "then", "why")),
    *(f"{what}-{deed}-text" for what in ("ask", "hint") for deed in ("reply", "note", "close")),
    *(
        f"{what}-{deed}-{part}"
        for what in ("ask", "hint")
        for deed in ("suspend", "refuse")
        for part in ("reason", "then")
    ),
    *("ask-extend-days", "hint-extend-days", "ask-extend-reason", "hint-extend-reason"),
    *("ask-redirect-to", "ask-redirect-reason", "hint-redirect-reason", "ask-close-cause", "ask-assign-to"),
    *("gap-topic", "gap-service", "gap-point", "gap-applicant"),
    *("ask-file-whom", "hint-file-client", "hint-file-staff"),
    *("unfit-missing", "unfit-too-short", "unfit-unknown"),
    *(
        f"unfit-{why}"
        for why in (
            "ended",
            "extended-already",
            "not-extendable",
            "not-reopenable",
            "needs-words",
            "unanswered",
            "no-appeals",
        )
    ),
    *(
        f"notice-{what}"
        for what in ("assigned", "due", "overdue", "message", "reopened", "returned", "redirect", "moved")
    ),
)
_WRITTEN = ["name", "organisation", "inn", "contact", "address", "received", "text", "summary", "complained", "link"]
_FIELDS = ("kind", "way", "topic", "service", "point", "who", *_WRITTEN)
_REGISTERING = (
    *(f"ask-{name}" for name in _FIELDS),
    *(f"hint-{name}" for name in _WRITTEN),
    *(f"name-{name}" for name in _FIELDS),
)
BUILT = {
    "away-": ("today", "tomorrow", "week"),
    "unreadable-": ("voice", "photo", "video", "file", "sticker", "contact", "location", "edited", "foreign", "other"),
    "channel-": ("telegram", "vk", "web", "console", "paper", "phone", "system"),
    "task-": ("low_score", "danger"),
    "task-short-": ("low_score", "danger", "series", "drift", "silence", "question", "review"),
    "task-title-": ("series", "drift", "silence", "question", "review", "appeal"),
    "kb-": ("term", "cost", "where"),
    "task-more-": ("low", "low-some", "incidents", "incidents-some", "review", "review-some"),
    "exclude-": ("spam", "double"),
    "exclusion-": ("spam", "double"),
    "task-note-": (
        "withdrawn",
        "raised",
        "not_helped",
        "not_helped_again",
        "helped",
        "address_deleted",
        "unreachable",
        "corrected",
        "learnt",
    ),
    "menu-": ("client", "language", "help", "more"),
    "ask-": ("greeting", "thanks", "bye", "abuse", "who"),
    "task-from-": ("paper", "phone"),
    "enter-": ("paper", "phone"),
    "appeals-kind-": ("service", "measure", "function", "resource", "appeal", "question"),
    "weekday-": tuple("0123456"),
    "why-start-": ("registered", "received"),
    "why-count-": ("calendar", "working"),
    "why-extend-": ("calendar", "working"),
    "web-hint-": ("telegram", "vk"),
    "file-refused-": ("empty", "kind", "archive", "broken", "virus", "scanner"),
    "applicant-": ("person", "entrepreneur", "legal", "foreigner", "association", "anonymous"),
    "task-appeal-": ("unreachable", "unsolved", "unrouted", "late", "other"),
    "task-short-appeal-": ("unreachable", "unsolved", "unrouted", "late", "other"),
    "count-": ("add", "off"),
    "desk-": _DESK,
    "reg-": _REGISTERING,
    "api-field-": ("point", "service", "time", "link", "id"),
    "api-answer-": ("202", "401", "403", "404", "409", "413", "415", "422", "428", "429", "503"),
}


@pytest.fixture(scope="module")
def words() -> dict[str, Words]:
    return load_words(["ru", "en"], ZoneInfo("Europe/Moscow"))


def sources() -> str:
    files = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "backend").rglob("*.py")]
    files += [*(ROOT / "bot").rglob("*.html"), *(ROOT / "backend").rglob("*.html")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_both_languages_have_the_same_texts(words: dict[str, Words]) -> None:
    assert words["ru"].keys() == words["en"].keys()


def test_no_text_is_defined_twice() -> None:
    for file in (ROOT / "locales").glob("*.ftl"):
        names = re.findall(r"^([a-z][\w-]*) =", file.read_text(encoding="utf-8"), re.MULTILINE)
        assert len(names) == len(set(names)), file.name


def test_every_text_that_the_code_asks_for_exists(words: dict[str, Words]) -> None:
    asked = set(re.findall(r"\b(?:words|t)\(\s*\"([a-z][\w-]*)\"", sources()))
    asked |= set(re.findall(r"\bt\('([a-z][\w-]*)'", sources()))
    assert len(asked) > 100
    asked.discard("key")  # of a docstring
    assert asked - words["ru"].keys() == set()


def test_every_text_is_used(words: dict[str, Words]) -> None:
    text = sources()
    quoted = set(re.findall(r"[\"']([a-z][\w-]*)[\"']", text))
    built = {start + end for start, ends in BUILT.items() for end in ends}
    # Pages that say one thing: the texts are <key>-title, <key>-text and so on.
    pages = {f"{key}-{end}" for key in quoted for end in ("title", "text", "button")}
    assert words["ru"].keys() - quoted - built - pages == set()


@pytest.mark.parametrize(
    ("n", "russian"),
    [
        (1, "1 открытая задача"),
        (2, "2 открытые задачи"),
        (5, "5 открытых задач"),
        (11, "11 открытых"),
        (21, "21 открытая"),
    ],
)
def test_plural_forms(words: dict[str, Words], n: int, russian: str) -> None:
    assert words["ru"]("open-tasks", n=n).startswith(russian)
    assert words["en"]("open-tasks", n=n).startswith("1 open task" if n == 1 else f"{n} open tasks")


def test_english_has_no_russian_letters_but_where_it_names_the_language(words: dict[str, Words]) -> None:
    allowed = {"menu-language", "choose-language", "web-language"}
    text = (ROOT / "locales" / "en.ftl").read_text(encoding="utf-8")
    found = {
        m[1]
        for m in re.finditer(r"^([a-z][\w-]*) = (.*(?:\n[ \t}].*)*)", text, re.MULTILINE)
        if re.search("[а-яё]", m[2], re.I)
    }
    assert found <= allowed


def test_russian_is_typeset_as_russian() -> None:
    text = "\n".join(
        line
        for line in (ROOT / "locales" / "ru.ftl").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    )
    assert '"' not in text
    assert " - " not in text
    assert "..." not in text
