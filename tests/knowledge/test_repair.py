"""What clients meant to type. The vocabulary is the demo office's base; what is not in it is general Russian."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.knowledge.live import entry_of
from bot.commands.knowledge_files import read_questions, read_templates
from knowledge.model import Entry
from knowledge.repair import Repair, weigh
from knowledge.text import LONGEST, clean, sentences, words
from tests.knowledge.demo import demo_templates

KEYS = dict(zip("йцукенгшщзхъфывапролджэячсмитьбюё,?", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`?&", strict=True))
KEYS |= {".": "/"}
KB_DEV = Path(os.environ.get("KB_DEV", Path(__file__).parents[3] / "shared" / "kb-dev"))
PASSPORT = dict(
    zip(
        "абвгдезийклмнопрстуфхцыьэюяжчшщё",
        "a b v g d e z i i k l m n o p r s t u f kh ts y ' e iu ia zh ch sh shch e".split(" "),  # noqa: SIM905  letters
        strict=True,
    )
)
CHAT = PASSPORT | {
    "х": "h",
    "ц": "c",
    "ю": "yu",
    "я": "ya",
    "ж": "j",
    "ч": "4",
    "ш": "w",
    "щ": "sch",
    "ь": "",
    "й": "y",
}


def vocabulary(entries: list[Entry]) -> dict[str, float]:
    texts = [(text, 2.0) for entry in entries for text in (entry.title, *entry.questions)]
    return weigh([*texts, *((entry.answer, 0.5) for entry in entries)])


@cache
def demo() -> Repair:
    return Repair(vocabulary([entry_of(template) for template in demo_templates()]) | {"rutube": 3.0, "рутуб": 1.0})


def read(text: str) -> str:
    return " ".join(words(demo().read(text).text))


def on_the_other_layout(text: str) -> str:
    return "".join(KEYS.get(c, c) for c in text.lower())


def in_latin_letters(text: str, letters: dict[str, str]) -> str:
    return "".join(letters.get(c, c) for c in text.lower())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("rfr pfgbcfnmcz", "как записаться"),
        ("Rfr gjkexbnm ce,cblb.?", "как получить субсидию"),
        ("d rfrbt xfcs ds hf,jnftnt&", "в какие часы вы работаете"),
        ("ult dpznm pfzdktybt", "где взять заявление"),
        ("j,]zdktybt", "объявление"),
        ("cj[hfybnm 'njn `krb-gfkrb", "сохранить этот елки палки"),
        ("RFR PFGBCFNMCZ", "как записаться"),
        ("Здравствуйте! ult dpznm cghfdre", "здравствуйте где взять справку"),
        ("ghbdtn? yt hf,jnftn rutube", "привет не работает rutube"),
        ("кгегиу не открывается", "rutube не открывается"),
        ("rfr gjkexbnm cevcblb.", "как получить субсидию"),
    ],
)
def test_the_wrong_keyboard_layout(typed: str, meant: str) -> None:
    assert read(typed) == meant
    assert "layout" in demo().read(typed).kinds


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kak zapisatsya", "как записаться"),
        ("kak poluchit' subsidiyu", "как получить субсидию"),
        ("gde vzjat zajavlenie", "где взять заявление"),
        ("4to nujno dlya zayavki", "что нужно для заявки"),
        ("kuda prislat zhalobu", "куда прислать жалобу"),
        ("ewe raz", "еще раз"),
        ("eshche raz", "еще раз"),
        ("podskazhite pojaluista", "подскажите пожалуйста"),
        ("xochu k cheloveku", "хочу к человеку"),
        ("ya ne ponyal otvet", "я не понял ответ"),
        ("ne otkryvaetsya rutube", "не открывается rutube"),
    ],
)
def test_transliteration_in_the_mixes_people_use(typed: str, meant: str) -> None:
    assert read(typed) == meant
    assert "translit" in demo().read(typed).kinds


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("как палучить субсидию", "как получить субсидию"),
        ("записатся на консультацыю", "записаться на консультацию"),
        ("заявлнеие", "заявление"),
        ("документыы", "документы"),
        ("немогу записаться", "не могу записаться"),
        ("гдевзять заявление", "где взять заявление"),
        ("КАК ПОЛУЧИТЬ СУБСИДИЮЮ", "как получить субсидию"),
    ],
)
def test_slips_and_lost_spaces(typed: str, meant: str) -> None:
    assert read(typed) == meant
    assert demo().read(typed).kinds == ("spelling",)


@pytest.mark.parametrize(
    "text",
    [
        "Как получить субсидию?",
        "сборы за вывоз мусора",  # known words that the base has never heard of
        "мчд и элн",  # abbreviations of somebody else
        "how do I change my password",
        "I want to get a grant for my farm",
        "Yer olish uchun qanday hujjatlar kerak",
        "kabinetga qanday kiraman?",
        "не грузит https://example.ru/rfr и почта ivan@example.com",
        "дело 2866/3627-12261-4, код E8616E73",
        "Wi-Fi, PDF и SMS на iPhone",
        "глава XIV, пункт III",
        "Екатеринбург",
        "",
        "😀😀",
        "5",
        "д",
    ],
)
def test_what_is_right_stays_letter_for_letter(text: str) -> None:
    assert demo().read(text).text == text
    assert demo().read(text).kinds == ()


def test_a_word_of_the_base_is_never_made_into_a_commoner_one() -> None:
    entries = [Entry("1", "Как получить ЕРЖКУ и подключить мегаплан?", ("где мой ержку",))]
    assert Repair(vocabulary(entries)).read("не вижу ержку, мегаплан не работает").kinds == ()


def test_a_small_base_repairs_too() -> None:
    assert Repair({}).read("rfr ltkf").text == "как дела"
    assert Repair({"грант": 1}).read("гранд").text in ("гранд", "грант")


def sample_questions() -> Iterator[str]:
    for template in demo_templates():
        yield from template.questions.get("ru", ())


@pytest.mark.parametrize(
    ("spoil", "least"),
    [
        (on_the_other_layout, 0.97),
        (lambda text: in_latin_letters(text, PASSPORT), 0.93),
        (lambda text: in_latin_letters(text, CHAT), 0.93),
        (str.upper, 0.99),
    ],
    ids=["layout", "passport", "chat", "capitals"],
)
def test_the_words_of_a_base_come_back(spoil: object, least: float) -> None:
    assert callable(spoil)
    asked = whole = 0
    for question in sample_questions():
        meant = words(question)
        came = set(words(demo().read(spoil(question)).text))
        asked += sum(word in came for word in meant)
        whole += len(meant)
    assert asked / whole >= least


def test_real_questions_come_back_and_clean_ones_are_left() -> None:
    """On the development bases where they are, else on the demo office's own questions."""
    kept = whole = 0
    for folder in sorted(KB_DEV.glob("*/")):
        repair = Repair(vocabulary(list(read_templates(folder / "templates.yaml").entries)))
        clean_ones = [q.text for q in read_questions(folder / "queries.jsonl") if not q.noise]
        for text in clean_ones:
            came = set(words(repair.read(text).text))
            kept += sum(word in came for word in words(clean(text)))
            whole += len(words(clean(text)))
    for text in sample_questions():
        kept += sum(word in words(read(text)) for word in words(text))
        whole += len(words(text))
    assert kept / whole > 0.97  # the rest are true misspellings that were repaired


@given(st.text(max_size=200))
def test_nothing_makes_it_fail(text: str) -> None:
    repaired = demo().read(text)
    assert len(repaired.text) <= 2 * LONGEST
    assert len(set(repaired.kinds)) == len(repaired.kinds)


def test_ten_thousand_characters_are_read_in_part() -> None:
    assert len(demo().read("субсидия " * 1200).text) <= LONGEST
    assert demo().read("ф" * 10_000).kinds == ()
    assert demo().read("q" * 10_000).text


def test_threads_read_the_same() -> None:
    texts = [on_the_other_layout(q) for q in sample_questions()][:60]
    repair = Repair(vocabulary([entry_of(t) for t in demo_templates()]))
    alone = [Repair(vocabulary([entry_of(t) for t in demo_templates()])).read(t).text for t in texts]
    with ThreadPoolExecutor(4) as pool:
        for together in pool.map(lambda _: [repair.read(t).text for t in texts], range(4)):
            assert together == alone


# --- characters, words, sentences ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [
        ("cубсидия", "субсидия"),  # a Latin c
        ("ЗAЯBКA", "ЗАЯВКА"),
        ("суб\u00adсидия\u200b", "субсидия"),
        ("за\u0301явка", "заявка"),
        ("и\u0306ога", "йога"),
        ("справка\u00a0№5", "справка номер 5"),
        ("  как   записаться \n", "как записаться"),
    ],
)
def test_odd_characters_are_made_plain(typed: str, read_as: str) -> None:
    assert clean(typed) == read_as


def test_words_and_sentences() -> None:
    assert words("М.Ф.Ц. и тайм-коды: Ещё 2 шт.") == ["мфц", "и", "тайм", "коды", "еще", "2", "шт"]
    assert sentences("Где взять справку? Сколько стоит?\nИ когда...  ") == [
        "Где взять справку?",
        "Сколько стоит?",
        "И когда...",
    ]
    assert sentences("13.11.2021 в 10.30 г.Москва") == ["13.11.2021 в 10.30 г.Москва"]
    assert sentences("!!! ...") == []
