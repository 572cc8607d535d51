"""What an editor is told about a template: plain language, missing parts, buttons that lead nowhere."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from backend.knowledge import checks
from backend.knowledge.checks import Around
from backend.knowledge.model import Template
from backend.office import load
from bot.opening import ACTIONS
from tests.base.knowledge import template
from tests.base.talk import OFFICE

OFFICE_READ, _ = load(OFFICE, actions=ACTIONS)
assert OFFICE_READ is not None
KNOWN = {"other": False, "inner": True}
AROUND = Around(OFFICE_READ, KNOWN, ACTIONS, checks.has_file_in(OFFICE))


def made(answer: str = "Да. Приходите в среду.", **more: Any) -> Template:
    title = more.pop("title", "Можно прийти?")
    return template("t", title, answer, **{"internal": True, **more})


def codes(one: Template, around: Around = AROUND) -> dict[str, str]:
    """Codes of the remarks, each with its level and path."""
    return {r.code: f"{r.level} {r.path}" for r in checks.examine(one, around)}


def test_a_plain_template_has_no_remarks() -> None:
    assert codes(made()) == {}


def test_a_long_sentence_is_shown() -> None:
    long = " ".join(["Принесите"] + ["документ"] * 39) + "."
    (remark,) = checks.examine(made(f"Да. {long}"), AROUND)[:1]
    assert (remark.path, remark.code, remark.level) == ("answer.ru", "long_sentence", "warning")
    assert "40 слов" in remark.message
    assert long in remark.message


def test_a_warning_may_stay_with_a_reason_and_only_with_one() -> None:
    found = checks.examine(made(" ".join(["слово"] * 26)), AROUND)
    assert [r.key for r in checks.hindering(found, {})] == ["long_sentence:answer.ru"]
    assert checks.hindering(found, {"long_sentence:answer.ru": "  "})
    assert checks.unsettled(found, {"long_sentence:answer.ru": "так в законе"}) == []


def test_a_fault_cannot_be_accepted() -> None:
    found = checks.examine(made(owner="nobody"), AROUND)
    assert checks.hindering(found, {r.key: "пусть" for r in found}) == found


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Мы на ул. Полевой, д. 12. Приходите.", 2),
        ("Вас ждёт А. Л. Образцов. Кабинет 201.", 2),
        ("Есть три способа. 1) Через портал. 2) В кабинете. 3) В МФЦ.", 4),
        ("Стоимость 500 руб. за лист", 1),
        ("Одна строка\nДругая строка", 2),
        ("Правда? Да! Конечно…", 3),
    ],
)
def test_sentences_are_counted_as_people_do(text: str, count: int) -> None:
    assert len(checks.sentences(text)) == count


@pytest.mark.parametrize(
    "text",
    [
        "Приём осуществляется в среду.",
        "В целях проверки покажите паспорт.",
        "Принесите вышеуказанные бумаги.",
        "Оформите надлежащим образом.",
        "Для данной услуги нужен паспорт.",
        "Заявитель является главой хозяйства.",
        "Подайте посредством портала.",
        "Сделаем в установленном порядке.",
    ],
)
def test_chancery_words_are_named(text: str) -> None:
    assert codes(made(text)) == {"chancery": "warning answer.ru"}


@pytest.mark.parametrize(
    "text",
    ["Мы храним ваши персональные данные.", "Данные удалим за три дня.", "Цель субсидии – развитие хозяйства."],
)
def test_usual_words_are_not(text: str) -> None:
    assert codes(made(text)) == {}


def test_blame_and_a_bare_refusal() -> None:
    assert "blame" in codes(made("Вы обязаны принести паспорт."))
    assert "refusal" in codes(made("Вам отказано. Приходите позже."))
    assert "refusal" not in codes(made("Вам отказано, потому что не хватает справки. Принесите её."))


def test_you_is_written_small() -> None:
    assert "capital" in codes(made("Мы ждём Вас в среду."))
    assert "capital" in codes(made("Напишите, и Вам ответят."))
    assert codes(made("Вы можете прийти. Вам помогут. «Вы – наш клиент», – скажем мы.")) == {}


def test_genitives_in_a_chain() -> None:
    assert "genitives" in codes(made("Идёт этап рассмотрения возможности предоставления субсидий."))


def card(**more: Any) -> Template:
    whole = {"term": "20 рабочих дней", "cost": "Бесплатно", "where": "Кабинет 104", "source": "Приказ № 1"}
    return made(internal=False, service="У1", documents=("Заявление",), **{**whole, **more})


def test_a_card_without_its_term_is_refused_by_name() -> None:
    assert "missing_part" not in codes(card())
    (remark,) = checks.hindering(checks.examine(card(term=None), AROUND), {})
    assert (remark.level, remark.path) == ("fault", "term")
    assert "«срок»" in remark.message


def test_one_question_about_a_service_is_no_card() -> None:
    assert "missing_part" not in codes(made(internal=False, service="У1", term="10 рабочих дней"))


def test_templates_of_one_service_must_not_contradict() -> None:
    first, second = card().model_copy(update={"id": "a"}), card(term="30 рабочих дней").model_copy(update={"id": "b"})
    found = checks.compare([second, first])
    assert [ident for ident, _ in found] == ["a", "b"]
    assert all("a – «20 рабочих дней»; b – «30 рабочих дней»" in remark.message for _, remark in found)


def test_the_same_term_in_other_words_is_no_contradiction() -> None:
    first = card().model_copy(update={"id": "a"})
    second = card(term="Решение за 20 рабочих дней после окончания приёма").model_copy(update={"id": "b"})
    assert checks.compare([first, second]) == []


def test_two_templates_that_claim_one_question() -> None:
    first = template("a", "Где?", "Здесь.", "Где взять бланк?")
    second = template("b", "Куда?", "Туда.", "где взять бланк")
    ((ident, remark),) = checks.compare([first, second])
    assert (ident, remark.code, remark.path) == ("b", "same_question", "questions.ru[0]")
    assert not remark.needs_reason


@pytest.mark.parametrize(
    ("kind", "target", "fault"),
    [
        ("template", "other", ""),
        ("template", "gone", "нет шаблона"),
        ("template", "t", "на этот же ответ"),
        ("template", "inner", "для сотрудников"),
        ("link", "https://asr-svet.example/a", ""),
        ("link", "asr-svet.example", "https://"),
        ("phone", "+7 (000) 000-12-12", ""),
        ("phone", "позвоните", "не номер"),
        ("action", "hours", ""),
        ("action", "fly", "нет действия"),
    ],
)
def test_a_button_leads_somewhere(kind: str, target: str, fault: str) -> None:
    one = made(internal=False, buttons=({"kind": kind, "label": {"ru": "Дальше", "en": "Next"}, "target": target},))
    found = [r.message for r in checks.examine(one, AROUND) if r.code == "button"]
    assert len(found) == bool(fault)
    assert all(fault in message for message in found)


def test_labels_fit_and_buttons_are_few() -> None:
    button = {"kind": "action", "label": {"ru": "К" * 37}, "target": "hours"}
    found = codes(made(buttons=(button,) * 9))
    assert found["long_label"] == "warning buttons[8].label.ru"
    assert "many_buttons" in found


def test_a_file_that_is_gone_or_elsewhere(tmp_path: Path) -> None:
    for name in ("files/gone.pdf", "../README.md", "/etc/hostname"):
        form = {"file": name, "label": {"ru": "Бланк"}, "version": "1", "date": date(2026, 11, 2)}
        (remark,) = checks.examine(made(files=(form,)), AROUND)
        assert (remark.code, remark.level, remark.path) == ("file", "fault", "files[0].file")


def test_what_it_names_must_exist() -> None:
    assert set(codes(made(category="nowhere", service="У9", owner="nobody"))) == {"category", "service", "owner"}
    assert "review" in codes(made(review_on=date(2026, 11, 16)))


@pytest.mark.parametrize(
    "text",
    ["Уважаемый [имя], ответ готов.", "Ваш номер: ____", "Позвоните +7 921 123-45-67.", "ФИО: ответим вам."],
)
def test_nothing_personal_stands_in_public(text: str) -> None:
    found = codes(made(public=text))
    assert found == {"personal": "fault public.ru"}


def test_the_office_phone_may_stand_in_public() -> None:
    assert codes(made(public="Звоните: +7 (000) 000-12-12.")) == {}


def test_braces_are_filled_by_nobody() -> None:
    assert codes(made("Здравствуйте, {name}."))["placeholder"] == "fault answer.ru"


def test_languages() -> None:
    assert codes(made(title={"en": "Open?"}, internal=False))["no_russian"] == "fault title.ru"
    assert codes(made(internal=False)) == {"translation": "warning answer.en"}
    half = made({"ru": "Да.", "en": "Yes."}, title={"ru": "А?", "en": "A?"}, steps=("Придите.",), internal=False)
    assert codes(half) == {"translation": "warning steps[0].en"}
    assert checks.hindering(checks.examine(half, AROUND), {}) == []


def test_length_of_everything_that_is_shown() -> None:
    words = "Это короткая строка. "
    assert codes(made(words * 30, steps=(words * 30,)))["long_text"] == "warning answer.ru"
    assert codes(made(words * 170, steps=(words * 10,)))["long_text"] == "fault answer.ru"


def test_a_text_without_end_is_one_fault() -> None:
    endless = {"ru": " ," * 30_000 + "Вы"}
    found = checks.examine(made("слово, " * 9000, public=endless), AROUND)
    assert {r.key for r in found if r.level == "fault"} == {"long_text:public.ru", "long_text:answer.ru"}
    assert not {"long_sentence", "capital"} & {r.code for r in found}


def test_a_title_is_a_question() -> None:
    assert codes(made(title="О субсидиях", internal=False))["title"] == "warning title.ru"
    assert codes(made(title="А" * 121 + "?"))["long_title"] == "fault title.ru"


def test_characters_that_disguise_a_text() -> None:
    assert codes(made("Да\u202e."))["character"] == "fault answer.ru"
