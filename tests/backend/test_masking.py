"""Masking: what must not be kept is hidden, what is only a figure stays."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.masking import EMAIL_HIDDEN, NUMBER_HIDDEN, Masked, mask

OFFICE = ("+7 (000) 000-12-12", "priem@asr-svet.example")

PHONES = [
    "+7 (900) 123-45-67",
    "+7(900)1234567",
    "8-900-1234567",
    "89001234567",
    "79001234567",
    "8 900 123 45 67",
    "8 (900) 123 45 67",
    "+7 900 123 45 67",
    "+7 900 1234567",
    "8.900.123.45.67",
    "8 9 0 0 1 2 3 4 5 6 7",
    "8 90 01 23 45 67",
    "9 0 0 1 2 3 4 5 6 7",
    "8900 123 45 67",
    "9001234567",
    "900 123-45-67",
    "(900) 123-45-67",
    "8 (8734) 22-12-34",
    "(8734) 22-12-34",
    "8 (49232) 2-12-34",
    "8 495 123-45-67",
    "(495) 123-45-67",
    "495 123-45-67",
    "123-45-67",
    "8\u200b900\u200b123\u200b45\u200b67",
    "8\u00a0900\u2009123\u202f45\u300067",
    "8   900     123   45   67",
    "8\u2011900\u2013123\u201445\u221267",
    "8 (900)\u00ad123-45-67",
    "８９００１２３４５６７",
    "٨٩٠٠١٢٣٤٥٦٧",
    "8️⃣9️⃣0️⃣0️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣",
    "8\n900\n123\n45\n67",
    "+375 29 123-45-67",
    "+380501234567",
    "+994 50 123 45 67",
    "+1 (212) 555-1234",
    "+49 30 123456",
    "+44 20 7946 0958",
    "+86 138 12 34 56 78",
]


@pytest.mark.parametrize("phone", PHONES)
def test_phone_is_hidden_whole_and_its_neighbours_stay(phone: str) -> None:
    masked = mask(f"Окно 7, звоните {phone}, после 15:00")
    assert masked.text == f"Окно 7, звоните {NUMBER_HIDDEN}, после 15:00"
    assert masked.hidden == ("phone",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("тел. 22-12-34", "тел. [номер скрыт]"),
        ("телефон: 2-12-34", "телефон: [номер скрыт]"),
        ("ватсап 375291234567", "ватсап [номер скрыт]"),
        ("тел89001234567жду", "тел[номер скрыт]жду"),
        ("(89001234567)", "([номер скрыт])"),
        ("(тел. 8 900 123 45 67)", "(тел. [номер скрыт])"),
        ("кабинет 104 8 900 123 45 67", "кабинет 104 [номер скрыт]"),
        ("кабинет 104 900 123 45 67", "кабинет 104 [номер скрыт]"),
        ("89001234567 89007654321", "[номер скрыт] [номер скрыт]"),
        ("+79001234567 104", "[номер скрыт] 104"),
        ("89001234567 23.11.2026", "[номер скрыт] 23.11.2026"),
    ],
)
def test_phone_among_other_words_and_numbers(text: str, expected: str) -> None:
    assert mask(text).text == expected


@pytest.mark.parametrize(
    "email",
    [
        "ivan@mail.ru",
        "Ivan.Petrov+spam@sub.Example.COM",
        "89001234567@mail.ru",
        "иван@почта.рф",
        "ivan@пример.рф",
        "ivan＠mail.ru",
        "ivan @ mail.ru",
        "имя(собака)mail.ru",
        "ivan[at]mail.ru",
        "iv\u200ban@mail.ru",
    ],
)
def test_email_is_hidden(email: str) -> None:
    masked = mask(f"Пишите: {email}. Спасибо")
    assert masked.text == f"Пишите: {EMAIL_HIDDEN}. Спасибо"
    assert masked.hidden == ("email",)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("passport", "45 08 123456"),
        ("passport", "4508 123456"),
        ("passport", "4508-123456"),
        ("passport", "4508 № 123456"),
        ("passport", "паспорт 4508123456"),
        ("passport", "паспорт: 701234567"),
        ("passport", "номер паспорта 123456"),
        ("passport", "серия 45 08 № 123456"),
        ("passport", "паспорт серия 4508 номер 123456"),
        ("passport", "паспорт 4508, № 123456"),
        ("passport", "passport 4508 123456"),
        ("snils", "112-233-445 95"),
        ("snils", "112 233 445 95"),
        ("snils", "112-233-445-95"),
        ("snils", "11223344595"),
        ("snils", "112233445 95"),
        ("snils", "СНИЛС 11223344500"),
        ("inn", "7707083893"),
        ("inn", "500100732259"),
        ("inn", "ИНН 7707083890"),
        ("inn", "ИНН: 5001 0073 2250"),
        ("card", "4276 1234 5678 9014"),
        ("card", "4111111111111111"),
        ("card", "4111-1111-1111-1111"),
        ("card", "2200 1234 5678 9019 015"),
        ("card", "3782 822463 10005"),
        ("card", "карта 4111 1111 1111 1112"),
        ("account", "40817810099910004312"),
        ("account", "40817 810 0 9991 0004312"),
        ("account", "4081 7810 0999 1000 4312"),
        ("account", "счёт № 40817810099910004312"),
    ],
)
def test_document_number_is_hidden(kind: str, text: str) -> None:
    masked = mask(f"Вот: {text}, это моё")
    assert masked.hidden == (kind,)
    assert not any(ch.isdigit() for ch in masked.text)
    assert masked.text.startswith("Вот: ")
    assert masked.text.endswith(", это моё")


@pytest.mark.parametrize(
    "text",
    [
        "Субсидия 12 000 ₽",
        "просил 1 500 000 рублей",
        "бюджет 1 500 000 000 рублей",
        "бюджет 80000000000 рублей",
        "программа 80 000 000 000",
        "1,500,000.50 руб.",
        "350 400 4500 рублей",
        "+10 000 000 000 к бюджету",
        "23.11.2026",
        "с 8.11.2026 23.11.2026",
        "2026-11-23",
        "2026-11-23 10 30",
        "23/11/26",
        "тел. ремонтировали 23.11.2026 и 24.11.2026",
        "телефон 23.11.2026 не отвечал",
        "телефон стоит 12 000 рублей",
        "10:30, 9.00-18.00 13.00-13.45",
        "8.30-17.30 12.30-13.15",
        "кабинет 104",
        "А-2026-0147",
        "П-2026-0012 и А-2026-0150",
        "звоните 112, 103 или 102",
        "телефон 112",
        "окно 7",
        "2023 2024 2025 2026",
        "ОГРН 1027700132195",
        "ОГРНИП 304500116000157",
        "59-ФЗ и 210-ФЗ",
        "№ 1284",
        "оценки 5 5 4 2 5 4 1 5 5 4",
        "код 6XC3M8DH",
        "https://otzyv.asr-svet.example/q/6XC3M8DH",
        "ждал 50 минут, 5 из 10, 100 %",
        "подписан @agency, канал @asr_svet",
        "06:04:0000001:123",
        "индекс 386001",
        "Оценка 5+ и +100500",
    ],
)
def test_ordinary_figures_stay(text: str) -> None:
    assert mask(text) == Masked(text, ())


@pytest.mark.parametrize(
    "text",
    [
        "Телефон +7 (000) 000-12-12.",
        "8 000 000 12 12",
        "(000) 000-12-12",
        "80000001212",
        "тел. 000-12-12",
        "пишите на priem@asr-svet.example",
    ],
)
def test_own_contacts_of_the_office_stay(text: str) -> None:
    assert mask(text, OFFICE).text == text
    assert mask(text).text != text


def test_own_phone_does_not_shelter_a_clients_one() -> None:
    text = "Звонил на +7 000 000 12 12 с 8 900 123 45 67"
    assert mask(text, OFFICE).text == f"Звонил на +7 000 000 12 12 с {NUMBER_HIDDEN}"


def test_kinds_are_told_in_the_order_of_the_text() -> None:
    masked = mask("ivan@mail.ru, 89001234567, СНИЛС 112-233-445 95")
    assert masked.hidden == ("email", "phone", "snils")


PIECES = st.one_of(
    st.sampled_from([*PHONES, "ivan@mail.ru", "4508 123456", "7707083893", "4111111111111111", "11223344595"]),
    st.sampled_from(
        ["тел. ", "паспорт ", "ИНН ", "СНИЛС ", "карта ", "счёт ", "серия ", " руб", "[", "]", "+", "@", "№"]
    ),
    st.text(alphabet="0123456789 -.()+№,@аbё\u200b٣４", max_size=24),
    st.text(max_size=8),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=8).map("".join), st.sampled_from([(), OFFICE]))
def test_nothing_is_left_to_hide(text: str, keep: tuple[str, ...]) -> None:
    once = mask(text, keep)
    assert mask(once.text, keep) == Masked(once.text, ())
    replaced = once.text.count(NUMBER_HIDDEN) + once.text.count(EMAIL_HIDDEN)
    assert replaced >= len(once.hidden)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(), max_size=200))
def test_text_without_digits_and_at_signs_is_unchanged(text: str) -> None:
    if any(unicodedata.digit(ch, None) is not None or unicodedata.normalize("NFKC", ch) == "@" for ch in text):
        return
    if "собака" in text.lower() or "at" in text.lower():
        return
    assert mask(text).text == text


@pytest.mark.parametrize(
    "seed",
    [
        "1 ",
        "8 ",
        "12-",
        "8 900 ",
        "a@",
        "a.",
        "@",
        "-.",
        "+",
        "+7(",
        "паспорт ",
        "тел. ",
        "9",
        "(1)",
        "\u200b",
        "1\u200b-",
        "№ 1",
        "4 4 4 4-",
    ],
)
def test_long_hostile_text_is_only_long(seed: str) -> None:
    text = (seed * 10_000)[:10_000]
    once = mask(text)
    assert mask(once.text).text == once.text
