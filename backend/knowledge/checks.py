"""What is wrong with a template, in words for its editor: plain language, missing parts, buttons that lead nowhere.

Pure: what lies outside the template (the office, other templates, files) is handed in. A fault keeps a template from
being approved. A warning may stay if somebody accepts it with a reason, which is kept with the version.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from backend import masking
from backend.knowledge.model import Template
from backend.office.check import is_inside, is_phone, is_web, odd_characters
from backend.office.model import Office
from surveys.faults import Level, texts

WORDS_MOST: Final = 25  # of a sentence (domain.md 10.9)
WORDS_MEAN: Final = 15
TITLE_MOST, TITLE_GOOD = 120, 80
LABEL_MOST: Final = 36  # what every messenger shows on a button (domain.md 10.10)
BUTTONS_MOST: Final = 8
TEXT_MOST, TEXT_GOOD = 3500, 1000  # of everything that is shown at once
QUESTIONS_MOST, QUESTION_MOST = 100, 300
PARTS: Final = {
    "documents": "документы",
    "term": "срок",
    "cost": "стоимость",
    "where": "где получить",
    "source": "основание (документ)",
}
"""What a card of a service must have (requirement 3.09), as editors call it."""

_TELLS: Final = frozenset({"translation", "contradiction", "same_question", "title"})
"""Warnings that are only told: they need no reason to stay."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to look at. `path` as `answer.ru`; `code` says what kind of thing it is."""

    path: str
    message: str
    code: str
    level: Level = "warning"

    @property
    def key(self) -> str:
        """By this name a warning is accepted."""
        return f"{self.code}:{self.path}"

    @property
    def needs_reason(self) -> bool:
        """A warning that stands in the way of approval until somebody says why it may stay."""
        return self.level == "warning" and self.code not in _TELLS

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


@dataclass(frozen=True, slots=True)
class Around:
    """What a template is compared with. `templates`: the others by id, and whether each is for staff only."""

    office: Office
    templates: Mapping[str, bool]
    actions: Collection[str] = ()
    has_file: Callable[[str], bool] = lambda _name: True


def examine(template: Template, around: Around) -> list[Remark]:
    """Everything wrong with one template, faults first."""
    found = [
        *_shape(template, around.office),
        *_texts(template, around.office),
        *_language(template),
        *_card(template),
        *_buttons(template, around),
        *_public(template, around.office),
    ]
    return sorted(found, key=lambda remark: remark.level != "fault")


def unsettled(remarks: Iterable[Remark], accepted: Mapping[str, str]) -> list[Remark]:
    """What nobody has accepted with a reason; faults cannot be accepted."""
    return [r for r in remarks if r.level == "fault" or not accepted.get(r.key, "").strip()]


def hindering(remarks: Iterable[Remark], accepted: Mapping[str, str]) -> list[Remark]:
    """What keeps a version from being approved."""
    return [r for r in unsettled(remarks, accepted) if r.level == "fault" or r.needs_reason]


# --- across templates -------------------------------------------------------------------------------------


def compare(templates: Iterable[Template]) -> list[tuple[str, Remark]]:
    """What templates say differently about one service (requirement 3.07), and questions that two of them claim; each
    with the id of the template."""
    listed = sorted(templates, key=lambda t: t.id)
    return [*_contradictions(listed), *_same_questions(listed)]


def _contradictions(listed: list[Template]) -> Iterator[tuple[str, Remark]]:
    for part, name in (("term", "разные сроки"), ("cost", "разная стоимость")):
        stated: dict[str, list[tuple[str, str, frozenset[str]]]] = {}
        for template in listed:
            words = (getattr(template, part) or {}).get("ru", "").strip()
            if template.service is not None and words:
                stated.setdefault(template.service, []).append((template.id, words, _gist(words)))
        for service, values in stated.items():
            if len({gist for _, _, gist in values}) > 1:
                every = "; ".join(f"{ident} – «{words}»" for ident, words, _ in values)
                for ident, _, _ in values:
                    message = f"у услуги {service} {name}: {every}"
                    yield ident, Remark(f"{part}.ru", message, "contradiction")


def _gist(words: str) -> frozenset[str]:
    """What two wordings of the same value have in common: the numbers with what follows, else all words."""
    plain = _plain(words)
    numbers = re.findall(r"(\d+(?:[.,]\d+)?) ?(рабоч|календар)?\w* ?(дн|ден|час|мин|мес|год|лет|руб|р\b|%)?", plain)
    # «день», «дня», «дней» are one unit.
    values = frozenset(f"{n} {kind} {'дн' if unit == 'ден' else unit}" for n, kind, unit in numbers)
    return values or frozenset(plain.split())


def _plain(words: str) -> str:
    return " ".join(re.findall(r"\w+(?:[.,]\d+)?", words.casefold().replace("ё", "е")))


def _same_questions(listed: list[Template]) -> Iterator[tuple[str, Remark]]:
    claimed: dict[str, tuple[str, str]] = {}
    for template in listed:
        for language, questions in template.questions.items():
            for place, words in enumerate(questions):
                path, plain = f"questions.{language}[{place}]", _plain(words)
                other, _ = claimed.setdefault(plain, (template.id, path))
                if other != template.id:
                    message = f"тот же вопрос есть в шаблоне {other}: «{words}»"
                    yield template.id, Remark(path, message, "same_question")


# --- one template -----------------------------------------------------------------------------------------


def _fault(path: str, message: str, code: str) -> Remark:
    return Remark(path, message, code, "fault")


def _shape(template: Template, office: Office) -> Iterator[Remark]:
    """What it names must exist, and fit together."""
    for path, message in odd_characters(template.model_dump(mode="json")):
        yield _fault(path, f"недопустимый символ ({message})", "character")
    if office.category(template.category) is None:
        yield _fault("category", f"нет категории «{template.category}» (categories.yaml)", "category")
    if template.service is not None and office.service(template.service) is None:
        yield _fault("service", f"нет услуги «{template.service}» (services.yaml)", "service")
    if office.person(template.owner) is None:
        yield _fault("owner", f"нет сотрудника «{template.owner}» (staff.yaml)", "owner")
    if template.review_on <= template.checked_on:
        message = f"срок проверки {_day(template.review_on)} должен быть позже проверки {_day(template.checked_on)}"
        yield _fault("review_on", message, "review")
    for language, questions in template.questions.items():
        if len(questions) > QUESTIONS_MOST:
            message = f"{len(questions)} вопросов; достаточно {QUESTIONS_MOST}"
            yield _fault(f"questions.{language}", message, "many_questions")
        for place, words in enumerate(questions):
            if len(words) > QUESTION_MOST:
                message = f"{len(words)} знаков; пример вопроса – до {QUESTION_MOST}"
                yield _fault(f"questions.{language}[{place}]", message, "long_question")


def _day(day: date) -> str:
    return f"{day:%d.%m.%Y}"


_BRACE = re.compile(r"\{[^{}]*\}")


def _texts(template: Template, office: Office) -> Iterator[Remark]:
    """Languages, braces that nobody would fill, lengths."""
    spoken = [key for key in office.languages if key != "ru" and not template.internal]
    for path, text in texts(template):
        if path.startswith("questions"):
            continue
        for language, words in text.items():
            if not words.strip():
                yield _fault(f"{path}.{language}", "пустой текст", "empty")
            if found := _BRACE.search(words):
                message = f"{found[0]} никто не заполнит: в ответе только готовые слова"
                yield _fault(f"{path}.{language}", message, "placeholder")
        if "ru" not in text:
            yield _fault(f"{path}.ru", "нет русского текста", "no_russian")
        elif path not in ("title", "answer"):
            for language in spoken:
                if template.speaks(language) and language not in text:
                    yield Remark(f"{path}.{language}", "эта часть не переведена", "translation")
    for language in spoken:
        if not template.speaks(language):
            yield Remark(f"answer.{language}", f"нет перевода ({language})", "translation")
    for language, words in template.title.items():
        path = f"title.{language}"
        if len(words) > TITLE_MOST or "\n" in words:
            yield _fault(path, f"{len(words)} знаков; одна строка до {TITLE_MOST} знаков", "long_title")
        elif len(words) > TITLE_GOOD:
            yield Remark(path, f"{len(words)} знаков; лучше до {TITLE_GOOD}", "long_title")
        if not template.internal and not words.rstrip(" »”\"'").endswith("?"):
            yield Remark(path, "заголовок – вопрос клиента и кончается знаком «?»", "title")
    parts = (template.answer, *template.steps, *template.documents)
    parts += tuple(part for part in (template.term, template.cost, template.where, template.source) if part)
    for language in template.answer:
        length = sum(len(part.get(language, "")) for part in parts)
        if length > TEXT_MOST:
            yield _fault(f"answer.{language}", f"весь ответ – {length} знаков; не больше {TEXT_MOST}", "long_text")
        elif length > TEXT_GOOD:
            yield Remark(f"answer.{language}", f"весь ответ – {length} знаков; лучше до {TEXT_GOOD}", "long_text")


def _card(template: Template) -> Iterator[Remark]:
    """A template that describes a service, not a single question about it, has all the parts of a card."""
    if template.service is None or template.internal:
        return
    given = {part for part in PARTS if getattr(template, part)}
    if len(given - {"source"}) + bool(template.steps) < 2:
        return
    for part, name in PARTS.items():
        if part not in given:
            message = f"в карточке услуги {template.service} нет части «{name}»"
            yield _fault(part, message, "missing_part")


def _buttons(template: Template, around: Around) -> Iterator[Remark]:
    count = len(template.buttons) + len(template.files)
    if count > BUTTONS_MOST:
        yield Remark("buttons", f"кнопок и файлов {count}; не больше {BUTTONS_MOST}", "many_buttons")
    for place, button in enumerate(template.buttons):
        path = f"buttons[{place}]"
        yield from _label(f"{path}.label", button.label)
        if message := _leads_nowhere(template, button.kind, button.target, around):
            yield _fault(f"{path}.target", message, "button")
    for place, form in enumerate(template.files):
        yield from _label(f"files[{place}].label", form.label)
        if not around.has_file(form.file):
            message = f"файла «{form.file}» нет в папке учреждения (OFFICE_DIR)"
            yield _fault(f"files[{place}].file", message, "file")


def _label(path: str, label: Mapping[str, str]) -> Iterator[Remark]:
    for language, words in label.items():
        if len(words) > LABEL_MOST or "\n" in words:
            yield Remark(f"{path}.{language}", f"{len(words)} знаков; кнопка – до {LABEL_MOST}", "long_label")


def _leads_nowhere(template: Template, kind: str, target: str, around: Around) -> str:
    """Why a button cannot work; empty when it can."""
    match kind:
        case "template" if target == template.id:
            return "кнопка ведёт на этот же ответ"
        case "template" if target not in around.templates:
            return f"нет шаблона «{target}»"
        case "template" if around.templates[target] and not template.internal:
            return f"шаблон «{target}» – для сотрудников, клиент его не откроет"
        case "link" if not is_web(target):
            return "адрес начинается с https:// или http://"
        case "phone" if not is_phone(target):
            return f"«{target}» – не номер телефона"
        case "action" if target not in around.actions:
            return f"нет действия «{target}» (есть: {', '.join(sorted(around.actions)) or 'никаких'})"
    return ""


def has_file_in(folder: Path) -> Callable[[str], bool]:
    """Whether a file of this name lies inside the office folder."""
    return lambda name: is_inside(folder, name)


_TELLING = re.compile(r"\d|@|собака", re.IGNORECASE)  # without these there is nothing to mask
_PLACEHOLDER = re.compile(
    r"\[[^\[\]]*\]|<[^<>]*>|_{2,}|\.{4,}|%\w+%|\$[a-zа-я]\w*|\bФИО\b|\bимя[ -]отчество\b", re.IGNORECASE
)


def _public(template: Template, office: Office) -> Iterator[Remark]:
    """The short version stands under public posts: nothing personal, nothing to be filled in (requirement 3.20)."""
    for language, words in (template.public or {}).items():
        if len(words) > TEXT_MOST:
            yield _fault(f"public.{language}", f"{len(words)} знаков; не больше {TEXT_MOST}", "long_text")
        elif found := _PLACEHOLDER.search(words):
            message = f"«{found[0]}»: в публичном тексте нельзя оставлять место для личных данных"
            yield _fault(f"public.{language}", message, "personal")
        elif _TELLING.search(words) and masking.mask(words, [office.phone]).hidden:
            message = "в публичном тексте похоже на личные данные: телефон, почта или номер документа"
            yield _fault(f"public.{language}", message, "personal")


# --- plain language ---------------------------------------------------------------------------------------

_WORD = re.compile(r"\w+(?:[-–.,]\w+)*")
# «ул. Полевая», «т. е.», «А. Л. Образцов» end no sentence.
_SHORTENED = re.compile(
    r"(?:\b(?:г|ул|д|пер|просп|пр|обл|р|руб|коп|тыс|млн|млрд|ст|ч|п|пп|гл|каб|корп|стр|тел|доб|т|е|др|пр|см|им|п|мин|сек|№)|\b[А-ЯЁA-Z])$",
    re.IGNORECASE,
)
_BREAK = re.compile(r"(?<=[.!?…;])\s+|\n+|(?:(?<=\s)|^)\d{1,2}\)\s+")


def sentences(text: str) -> list[str]:
    """The sentences of a text; items of a numbered list count as their own."""
    found: list[str] = []
    glue = False
    for part in _BREAK.split(text):
        part = part.strip()
        if not part:
            continue
        if glue and found:
            found[-1] += f" {part}"
        else:
            found.append(part)
        glue = part.endswith(".") and bool(_SHORTENED.search(part[:-1]))
    return found


_CHANCERY: Final = tuple(
    (re.compile(rf"\b(?:{stem})", re.IGNORECASE), advice)
    for stem, advice in (
        (r"осуществл\w+", "скажите, кто что делает"),
        (r"в целях\b", "«чтобы»"),
        (r"с целью\b", "«чтобы»"),
        (r"(?:вы|ни)ше(?:указанн|названн|перечисленн|изложенн|упомянут)\w+", "назовите прямо"),
        (r"нижеследующ\w+|нижеуказанн\w+", "«такой», «эти»"),
        (r"надлежащ\w+", "«нужный», «правильный»"),
        (r"данн(?:ый|ая|ое|ого|ой|ому|ую)\b", "«этот»"),
        (r"явля(?:ется|ются|ться|лось|лся|лась)\b", "тире или «это»"),
        (r"посредством\b", "«через», «с помощью»"),
        (r"в связи с\b", "«потому что», «из-за»"),
        (r"в соответствии с\b", "«по», а документ – в основание"),
        (r"в установленном порядке\b", "назовите порядок"),
        (r"в установленные сроки\b", "назовите срок"),
        (r"имеет место\b|имеют место\b", "«есть», «бывает»"),
        (r"на предмет\b", "«чтобы», «о»"),
        (r"в случае,? если\b", "«если»"),
        (r"ввиду\b|вследствие\b", "«из-за»"),
        (r"в части\b(?! случаев)", "«о», «по»"),
        (r"производ(?:ится|ятся)\b", "скажите, кто что делает"),
        (r"подлеж(?:ит|ат)\b", "«нужно», «можно»"),
        (r"уведомля(?:ем|ются)\b", "«сообщаем»"),
        (r"настоящ(?:им|его|ему|ей|ий) (?:сообща|уведомл|порядк|документ|приказ|положени)\w*", "«этот» или ничего"),
        (r"вышесто\w+", "назовите орган"),
        (r"по истечении\b", "«через», «после»"),
        (r"при наличии у\b|в наличии имеет\w+", "«если есть»"),
        (r"оказани[еяю] содействия|оказыва\w+ содействие", "«помочь»"),
        (r"незамедлительно\b", "«сразу»"),
        (r"(?:денежн\w+ )?средств\w* (?:подлежа|перечисля)\w+", "«деньги переведут»"),
        (r"гражданин\w* вправе", "«вы можете»"),
    )
)
_STIFF = re.compile("|".join(stem.pattern for stem, _ in _CHANCERY), re.IGNORECASE)
_BLAMING: Final = tuple(
    (re.compile(rf"\b(?:{words})", re.IGNORECASE), advice)
    for words, advice in (
        (r"вы обязаны", "«нужно», «пожалуйста»"),
        (r"вы должны были", "скажите, что сделать теперь"),
        (r"вы (?:сами )?(?:виноват\w+|нарушили|ошиблись)|по вашей вине|ваша (?:вина|ошибка)", "не вините клиента"),
        (r"вы не (?:предоставили|удосужились|потрудились|соизволили|прочитали)", "скажите, чего не хватает"),
        (r"мы не обязаны|это не наше дело|не наша проблема|не в нашей компетенции", "скажите, кто поможет"),
        (r"как (?:уже )?(?:неоднократно )?(?:говорилось|сообщалось)|повторя(?:ем|ю) ещ[её] раз", "просто ответьте"),
        (r"вам следовало|надо было", "скажите, что сделать теперь"),
    )
)
_REFUSED = re.compile(r"\bвам (?:было )?отказано|\bмы отказ(?:али|ываем) вам", re.IGNORECASE)
_REASON = re.compile(r"потому|так как|причин|из-за|поскольку|\bесли\b|не хват", re.IGNORECASE)
_CAPITAL = re.compile(
    r"(?<=[^\s.,!?…:;«\"(–—-])[ ,]{1,3}(?P<word>В(?:ы|ас|ам|ами|аш(?:а|е|и|его|ей|ему|ем|им|их|ими|у)?))\b"
)
_GENITIVES = re.compile(
    r"\b\w{3,}(?:ния|ции|сти|ства|тия)\s+\w{3,}(?:ния|ний|ции|ций|сти|стей|ства|ств|тия)\s+\w{3,}(?:ния|ний|ции|ций|сти|стей|ства|ств|ов|ей)\b",
    re.IGNORECASE,
)


def _language(template: Template) -> Iterator[Remark]:
    """Whether people without special education understand it (requirements 3.05, 3.06, 3.12)."""
    named = [("answer", template.answer), ("public", template.public or {})]
    named += [(f"steps[{n}]", text) for n, text in enumerate(template.steps)]
    named += [(f"documents[{n}]", text) for n, text in enumerate(template.documents)]
    named += [(part, getattr(template, part) or {}) for part in ("term", "cost", "where")]
    # What is far too long is a fault already, and judging each sentence of it would hold up everybody.
    named = [(path, {key: words for key, words in text.items() if len(words) <= TEXT_MOST}) for path, text in named]
    for path, text in named:
        for language, words in text.items():
            yield from _lengths(f"{path}.{language}", words, whole=path in ("answer", "public"))
        if "ru" in text:
            yield from _wording(f"{path}.ru", text["ru"])


def _lengths(path: str, words: str, *, whole: bool) -> Iterator[Remark]:
    counts = [(len(_WORD.findall(sentence)), sentence) for sentence in sentences(words)]
    for count, sentence in counts:
        if count > WORDS_MOST:
            message = f"в предложении {_words(count)}, нужно не больше {WORDS_MOST}: «{_cut(sentence)}»"
            yield Remark(path, message, "long_sentence")
    if whole and len(counts) > 1:
        mean = sum(count for count, _ in counts) / len(counts)
        if mean > WORDS_MEAN:
            message = f"в среднем {mean:.0f} слов в предложении, лучше до {WORDS_MEAN}"
            yield Remark(path, message, "long_sentences")


def _words(count: int) -> str:
    few = count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14)
    return f"{count} " + ("слово" if count % 10 == 1 and count % 100 != 11 else "слова" if few else "слов")


def _cut(sentence: str, length: int = 600) -> str:
    return sentence if len(sentence) <= length else sentence[:length].rsplit(" ", 1)[0] + "…"


def _wording(path: str, words: str) -> Iterator[Remark]:
    if _STIFF.search(words):
        stiff = [(found[0], advice) for stem, advice in _CHANCERY if (found := stem.search(words))]
        listed = "; ".join(f"«{word}» → {advice}" for word, advice in stiff)
        yield Remark(path, f"канцелярские слова: {listed}", "chancery")
    for blame, advice in _BLAMING:
        if found := blame.search(words):
            yield Remark(path, f"«{found[0]}» звучит как упрёк; лучше: {advice}", "blame")
            break
    if (refused := _REFUSED.search(words)) and not _REASON.search(words):
        yield Remark(path, f"«{refused[0]}»: назовите причину и что можно сделать", "refusal")
    if capital := _CAPITAL.search(words):
        yield Remark(path, f"«{capital['word']}» пишем со строчной буквы", "capital")
    if chain := _GENITIVES.search(words):
        yield Remark(path, f"цепочка родительных падежей: «{chain[0]}»", "genitives")
