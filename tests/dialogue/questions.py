"""A small base with which conversations about questions begin."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from tests.base.knowledge import publish, template
from tests.base.offices import copy_of_demo
from tests.base.talk import Talk, open_talk

FORM = template(
    "form",
    "Где взять бланк заявления?",
    "Бланк есть здесь и в кабинете 104.",
    "форма заявления",
    "скачать бланк",
    category="documents",
    owner="chernykh",
    files=(
        {
            "file": "files/application.docx",
            "label": {"ru": "Бланк", "en": "Form"},
            "version": "3",
            "date": "2026-11-02",
        },
    ),
)
FAMILY = template(
    "family",
    "Кто может получить субсидию на семейную ферму?",
    "Субсидию может получить глава КФХ. Хозяйство должно работать не меньше года.",
    "мне дадут субсидию?",
    "условия семейная ферма",
    category="support",
    owner="maketov",
    cost="Бесплатно",
    term="30 рабочих дней",
    where="Кабинет 104",
    documents=("Заявление", "Бизнес-план"),
    steps=("Соберите документы", "Подайте заявку"),
    source="Постановление № 5 от 01.02.2026",
    buttons=(
        {"kind": "template", "label": {"ru": "Бланк"}, "target": "form"},
        {"kind": "link", "label": {"ru": "На сайт"}, "target": "https://asr-svet.example/family"},
        {"kind": "phone", "label": {"ru": "Позвонить"}, "target": "+7 (000) 000-12-12"},
        {"kind": "action", "label": {"ru": "Оценить"}, "target": "rate"},
    ),
)
MONEY = template(
    "money",
    "Когда придут деньги по субсидии?",
    "Деньги приходят за 10 рабочих дней.",
    "срок выплаты субсидии",
    "когда перечислят деньги",
    category="support",
    owner="maketov",
)
BOSS = template(
    "boss",
    {"ru": "Когда принимает руководитель?", "en": "When does the head receive visitors?"},
    {"ru": "По вторникам с 15 до 18 часов.", "en": "On Tuesdays from 15:00 to 18:00."},
    "личный приём у начальника",
    category="booking",
    owner="maketov",
)
# Twins: whoever asks for a paper without saying which one leaves any matcher in doubt.
SCHOOL = template(
    "school", "Как получить справку для школы?", "Напишите заявление.", category="support", owner="maketov"
)
BANK = template("bank", "Как получить справку для банка?", "Закажите на портале.", category="support", owner="maketov")
HIDDEN = template(
    "inside",
    "Как отвечать на комментарии в сообществе?",
    "Внутренняя памятка.",
    "памятка для сотрудников про комментарии",
    internal=True,
)
BASE = (FORM, FAMILY, MONEY, BOSS, SCHOOL, BANK, HIDDEN)

DOUBTFUL = "как получить справку"
UNKNOWN = "Сколько весит взрослый жираф в зоопарке?"
GRANT = "Можно ли разводить страусов рядом с аэродромом?"
TODAY = date(2026, 11, 23)


@pytest.fixture
async def known(talk: Talk) -> Talk:
    """The talk with the small base."""
    await publish(talk, *BASE)
    return talk


@pytest.fixture
async def sqlite_known(sqlite_talk: Talk) -> Talk:
    await publish(sqlite_talk, *BASE)
    return sqlite_talk


@pytest.fixture
async def doubting(database_url: str, tmp_path: Path) -> AsyncIterator[Talk]:
    """An office that bears hardly any wrong answer: what is not quite sure is offered."""
    async for talk in with_rules(database_url, tmp_path, wrong_share=0.01):
        yield talk


async def with_rules(database_url: str, folder: Path, **rules: object) -> AsyncIterator[Talk]:
    """The small base in an office with other rules."""
    office = copy_of_demo(folder)
    text = (office / "office.yaml").read_text(encoding="utf-8")
    lines = "\n".join(f"  {name}: {str(value).lower()}" for name, value in rules.items())
    (office / "office.yaml").write_text(f"{text}\nrules:\n{lines}\n", encoding="utf-8")
    async with open_talk(database_url, folder, office=office) as talk:
        await publish(talk, *BASE)
        yield talk
