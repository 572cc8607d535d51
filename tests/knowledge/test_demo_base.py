"""The demo office's base is an example that editors copy: whole, in both languages, in plain words."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from backend.knowledge import checks, imports
from backend.knowledge.model import Template
from backend.masking import mask
from bot.opening import ACTIONS
from tests.base.talk import OFFICE, Talk
from tests.knowledge.demo import FILES, demo_office, demo_templates

LONGEST_SENTENCE, USUAL_SENTENCE = 25, 15  # words; requirement 3.05 and domain.md 10.9
BY_ID = {template.id: template for template in demo_templates()}
every = pytest.mark.parametrize("template", demo_templates(), ids=lambda template: template.id)


def texts_of(template: Template) -> Iterator[dict[str, str]]:
    """All that people read."""
    yield from (template.title, template.answer)
    yield from (*template.steps, *template.documents)
    yield from (
        text for text in (template.public, template.term, template.cost, template.where, template.source) if text
    )
    yield from (button.label for button in template.buttons)
    yield from (form.label for form in template.files)


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?;])\s+|\n", text) if re.search(r"\w", part)]


def test_there_are_the_25_answers_and_articles_for_staff() -> None:
    public = [template for template in demo_templates() if not template.internal]
    assert len(BY_ID) == len(demo_templates())
    assert [template.id[:3] for template in sorted(public, key=lambda t: t.id)] == [f"v{n:02}" for n in range(1, 26)]
    assert 2 <= len(demo_templates()) - len(public) <= 3


@every
def test_everything_is_said_in_both_languages(template: Template) -> None:
    for text in texts_of(template):
        assert set(text) == {"ru", "en"}, text
        assert all(words.strip() for words in text.values()), text
    assert not re.search("[а-яё]{2}", " ".join(text["en"] for text in texts_of(template)).replace("Русский", ""))
    assert all(template.questions[language] for language in ("ru", "en"))


def test_the_program_itself_has_nothing_to_remark() -> None:
    office, templates = demo_office(), demo_templates()
    around = checks.Around(office, {t.id: t.internal for t in templates}, ACTIONS, checks.has_file_in(OFFICE))
    remarks = [(template.id, remark) for template in templates for remark in checks.examine(template, around)]
    assert [*remarks, *checks.compare(templates)] == []


@every
def test_sentences_are_short(template: Template) -> None:
    for language in ("ru", "en"):
        for text in (template.answer, *(() if template.public is None else (template.public,))):
            lengths = [len(re.findall(r"\w+(?:[-–,.:/]\w+)*", sentence)) for sentence in sentences(text[language])]
            assert max(lengths) <= LONGEST_SENTENCE, text[language]
            assert sum(lengths) / len(lengths) <= USUAL_SENTENCE, text[language]


@every
def test_buttons_lead_somewhere(template: Template) -> None:
    assert (
        len(template.buttons) + len(template.files) <= 5
    )  # «Помогло», «Не помогло», «Оценить» and the menu come on top
    for button in template.buttons:
        assert all(len(label) <= 36 for label in button.label.values())
        match button.kind:
            case "template":
                assert button.target != template.id
                assert not BY_ID[button.target].internal
            case "action":
                assert button.target in ACTIONS
            case "link":
                assert re.fullmatch(r"https://[\w.-]+\.example(/[\w-]+)?", button.target)
            case "phone":
                assert button.target in (demo_office().phone, "102")


@every
def test_people_and_places_of_a_template_exist(template: Template) -> None:
    office = demo_office()
    owner = office.person(template.owner)
    assert owner is not None
    assert "editor" in owner.roles
    assert office.category(template.category) is not None
    assert template.service is None or office.service(template.service) is not None
    assert template.checked_on < template.review_on


def test_every_service_has_one_card_that_is_whole() -> None:
    """Requirement 3.09: documents, term, cost, where, source; and the term is that of the service."""
    for service in demo_office().services:
        (card,) = [template for template in demo_templates() if template.service == service.code and template.term]
        assert card.term == service.term
        assert card.documents
        assert card.cost
        assert card.where
        assert card.source


@every
def test_no_answer_promises_what_the_bot_cannot_do(template: Template) -> None:
    said = " ".join(text["ru"] for text in texts_of(template))
    assert not re.search("Сообщить мне|Мои записи|код на 24|задам 4", said)


@every
def test_no_personal_data_in_what_is_published(template: Template) -> None:
    for text in texts_of(template):
        for words in text.values():
            assert mask(words, [demo_office().phone]).text == words


def test_there_are_short_versions_for_comments() -> None:
    public = [template for template in demo_templates() if template.public]
    assert len(public) >= 10
    for template in public:
        assert template.public
        assert all(len(words) <= 200 for words in template.public.values())
        assert not re.search(r"[{}\[\]<>]|Н\. ?Н\.|ФИО", template.public["ru"])


def test_files_can_be_opened_and_are_small() -> None:
    forms = [form for template in demo_templates() for form in template.files]
    assert {form.file.rpartition(".")[2] for form in forms} == {"docx", "pdf"}
    for form in forms:
        content = (OFFICE / form.file).read_bytes()
        assert len(content) < 60_000
        if form.file.endswith(".pdf"):
            assert content.startswith(b"%PDF-")
            assert b"%%EOF" in content[-32:]
        else:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                assert packed.testzip() is None
                assert form.date.strftime("%d.%m.%Y") in packed.read("word/document.xml").decode()


def test_every_question_that_no_template_answers_has_a_rule() -> None:
    office = demo_office()
    assert sum(category.other for category in office.categories) == 1
    assert {t.category for t in demo_templates()} <= {category.code for category in office.categories}
    rules = {category.code: category for category in office.categories}
    assert rules["idea"].days == 10  # Н1
    assert rules["other_body"].days <= 5
    assert "7 дней" in rules["other_body"].rule["ru"]
    assert "112" in rules["danger"].rule["ru"]
    assert rules["danger"].owner == office.danger_to


def test_abbreviations_are_explained() -> None:
    """Requirement 3.06: what stands in an answer in capitals can be asked by a tap."""
    explained = {word for term in demo_office().glossary for word in (term.word, *term.also)}
    for template in demo_templates():
        read = " ".join([template.answer["ru"], *(text["ru"] for text in (*template.steps, *template.documents))])
        for word in set(re.findall(r"\b[А-ЯЁ]{2,}\b", read)):
            assert word in explained, f"{template.id}: {word}"


def test_explanations_are_one_line() -> None:
    for term in demo_office().glossary:
        for words in term.text.values():
            assert "\n" not in words
            assert not words.endswith("."), "the bot says «КФХ – ….»"
            assert all(len(sentence.split()) <= USUAL_SENTENCE for sentence in sentences(words)), words


async def test_what_the_first_start_imports_is_exported_as_the_same_files(talk: Talk) -> None:
    async with talk.app.db.read() as session:
        exported = await imports.export(session, ZoneInfo(demo_office().timezone))
    assert exported == {path.name: path.read_text(encoding="utf-8") for path in FILES.glob("*.yaml")}


async def test_a_client_who_asks_a_title_reads_the_answer_of_the_files(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    for template in demo_templates():
        if template.id == "v16-appeal-status":
            # «Где моё обращение?» is the way to the appeals themselves, no question to the base.
            await client.types(template.title["ru"])
            assert "номера и коды обращений" in client.text
        elif not template.internal:
            await client.types(template.title["ru"])
            for line in template.answer["ru"].splitlines():
                assert line in client.text, template.id


async def test_articles_for_staff_are_not_found_by_clients(talk: Talk) -> None:
    """Requirement 3.15."""
    client = talk.client("telegram", 7)
    for template in demo_templates():
        if template.internal:
            await client.types(template.title["ru"])
            assert template.answer["ru"][:40] not in client.text
