"""Typed answers equal presses: what a person writes is matched against what the screen offers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from bot.messages import Button, Choose, Keep, Press, Rate, Reply, Say, Write, buttons_of

# Words for controls in every language at once: people type what they remember.
_CONTROL_WORDS: dict[str, frozenset[str]] = {
    "back": frozenset({"назад", "back", "вернуться"}),
    "skip": frozenset({"пропустить", "пропуск", "дальше", "skip", "next"}),
    "done": frozenset({"готово", "далее", "done", "ok", "ок"}),
    "yes": frozenset({"да", "yes", "ага", "хочу", "y"}),
    "no": frozenset({"нет", "no", "не надо", "не хочу", "n"}),
    "none": frozenset({"нет", "не то", "ни то ни другое", "другое", "no", "neither", "none"}),
    "helped": frozenset({"да", "yes", "ага", "да помогло", "helped"}),
    "unhelped": frozenset({"нет", "no", "неа", "нет не помогло"}),
    "continue": frozenset({"да", "yes", "продолжить", "продолжим", "continue", "ок", "ok"}),
}
_JUDGING = {"h": "helped", "u": "unhelped"}  # under an answer of the base: `h.<template>`
MENU_WORDS = frozenset({"меню", "menu", "/menu", "главное меню", "main menu"})
STOP_WORDS = frozenset(
    {"стоп", "stop", "/stop", "отписаться", "unsubscribe"}
    | {"больше не спрашивать", "больше мне не писать", "do not ask again", "stop writing to me"}
)
COMMANDS: dict[str, str] = {
    "/help": "help",
    "помощь": "help",
    "help": "help",
    "/hours": "hours",
    "часы": "hours",
    "часы работы": "hours",
    "время работы": "hours",
    "когда мы работаем": "hours",
    "когда вы работаете": "hours",
    "hours": "hours",
    "opening hours": "hours",
    "/language": "language",
    "язык": "language",
    "language": "language",
    "/rate": "rate",
    "оценить": "rate",
    "rate": "rate",
    "/topics": "topics",
    "узнать": "topics",
    "темы": "topics",
    "topics": "topics",
    "/ask": "ask",
    "спросить": "ask",
    "задать вопрос": "ask",
    "хочу задать вопрос": "ask",
    "ask": "ask",
    "ask a question": "ask",
    "/forms": "forms",
    "скачать форму": "forms",
    "формы": "forms",
    "forms": "forms",
    "/about": "about",
    "об учреждении": "about",
    "контакты": "about",
    "contacts": "about",
    "приглашения": "invitations",
    "приглашения после визита": "invitations",
    "invitations": "invitations",
    "/data": "data",
    "мои данные": "data",
    "my data": "data",
    "/delete": "delete",
    "удалить мои данные": "delete",
    "delete my data": "delete",
    "/write": "write",
    "написать в учреждение": "write",
    "написать обращение": "write",
    "подать обращение": "write",
    "хочу подать обращение": "write",
    "написать жалобу": "write",
    "подать жалобу": "write",
    "хочу подать жалобу": "write",
    "write to the office": "write",
    "make a complaint": "write",
    "i want to complain": "write",
    "предложить идею": "idea",
    "хочу предложить идею": "idea",
    "suggest an idea": "idea",
    "/consents": "consents",
    "мои согласия": "consents",
    "согласия": "consents",
    "my consents": "consents",
    "/appeals": "appeals",
    "мои обращения": "appeals",
    "мое обращение": "appeals",
    "моя история": "appeals",
    "где мое обращение": "appeals",
    "где мои обращения": "appeals",
    "где моя жалоба": "appeals",
    "статус обращения": "appeals",
    "статус моего обращения": "appeals",
    "что с моим обращением": "appeals",
    "проверить обращение": "appeals",
    "my appeals": "appeals",
    "my history": "appeals",
    "where is my appeal": "appeals",
    "status of my appeal": "appeals",
    "+1": "count",
    "+1 обращение": "count",
    "/tasks": "tasks",
    "задачи": "tasks",
    "открытые задачи": "tasks",
    "tasks": "tasks",
    "english": "english",
    "русский": "russian",
    "по-русски": "russian",
}
# What a client may want in the middle of writing to the office; what he wrote is kept.
OF_HIS_DATA = frozenset({"data", "delete", "consents", "appeals"})
_NOT_WORDS = re.compile(r"[^\w/+\- ]+")
_MANY = re.compile(r"[\s,;.и&]+")
# «4», «4 из 5», «оценка 4», «4 балла» – but not «2 часа ждал», which is no mark at all.
_MARK = re.compile(
    r"(?:(?:моя |my )?(?:оценка|ставлю|на|mark|rating) )?(\d{1,2})"
    r"(?: ?(?:/|из|of|out of) ?\d{1,2})?(?: (?:балл\w*|звезд\w*|stars?|points?))?\Z"
)
_NUMBER_BEFORE = re.compile(r"\d+ ")


def plain(text: str) -> str:
    """A typed word without case, ё, punctuation, emoji and invisible characters."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    return " ".join(_NOT_WORDS.sub(" ", text).split())


def press(reply: Reply, text: str) -> list[Press]:
    """The presses that this text means on this screen; empty when it means none. Several only where several may be
    chosen («1, 3»)."""
    word = plain(text)
    if not word:
        return []
    match reply:
        case Rate():
            found = _of_scale(reply, word)
        case Choose(many=True):
            found = _several(reply, word)
            if found:
                return [Press(reply.step, b.key) for b in found] + [Press(reply.step, "done")]
        case Choose() | Say() | Keep():
            found = _numbered(_pressable(reply), word)
        case Write():
            found = []
    if not found:
        found = _by_label(_pressable(reply), word)
    return [Press(b.step or reply.step, b.key) for b in found[:1]]


def _pressable(reply: Reply) -> list[Button]:
    return [b for b in buttons_of(reply) if not b.url]


def _of_scale(reply: Rate, word: str) -> list[Button]:
    mark = _MARK.match(word)
    if mark:
        return [b for b in reply.options if b.key == mark[1]]
    # The label without its number: «хорошо» for «4 Хорошо».
    return [b for b in reply.options if _NUMBER_BEFORE.sub("", plain(b.label), count=1) == word]


def _numbered(buttons: list[Button], word: str) -> list[Button]:
    if word.isdecimal() and 1 <= int(word[:4]) <= len(buttons):
        return [buttons[int(word) - 1]]
    return []


def _several(reply: Choose, word: str) -> list[Button]:
    parts = [part for part in _MANY.split(word) if part]
    if parts and all(p.isdecimal() and 1 <= int(p[:4]) <= len(reply.options) for p in parts):
        return [reply.options[int(p) - 1] for p in dict.fromkeys(parts)]
    return [b for b in reply.options if plain(b.label) == word]


def _by_label(buttons: Iterable[Button], word: str) -> list[Button]:
    buttons = list(buttons)
    exact = [b for b in buttons if plain(b.label) == word]
    if exact:
        return exact
    for button in buttons:
        if word in _CONTROL_WORDS.get(_JUDGING.get(button.key.partition(".")[0], button.key), ()):
            return [button]
    if len(word) >= 4:
        starts = [b for b in buttons if plain(b.label).startswith(word)]
        if len(starts) == 1:
            return starts
    return []
