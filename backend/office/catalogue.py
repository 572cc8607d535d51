"""The official catalogues that points.yaml refers to by number: types of touchpoints and the needs they serve.

Requirements 2.05–2.07 and 2.22, catalogues 2A and 2B: 21 digital types, 8 offline ones, three sub-places of the third,
9 needs. The numbers are the source's own (7.21 and 7.22 do not exist there); the words are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from surveys.definition import Text


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of touchpoint. `link`: its national address, where there is one for the whole country."""

    number: str
    name: Text
    link: str = ""

    @property
    def digital(self) -> bool:
        """Group 7 is reached through the Internet or a system, group 8 in a place or by phone and post."""
        return self.number.startswith("7.")


def _kinds(*rows: tuple[str, str, str, str]) -> dict[str, Kind]:
    return {number: Kind(number, {"ru": ru, "en": en}, link) for number, ru, en, link in rows}


KINDS: Final = _kinds(
    ("7.1", "Официальный сайт", "Official website", ""),
    ("7.2", "Сообщество в социальной сети", "Community in a social network", ""),
    ("7.3", "Канал, чат или бот в мессенджере", "Channel, chat or bot in a messenger", ""),
    ("7.4", "Единый портал госуслуг", "National portal of public services", "https://www.gosuslugi.ru"),
    ("7.5", "Региональный портал услуг", "Regional portal of services", ""),
    ("7.6", "Электронный документооборот", "Electronic document flow", ""),
    ("7.7", "Площадка мер финансовой поддержки", "Platform of financial support", ""),
    ("7.8", "«Ваш контроль»", "“Your Control” (vashkontrol.ru)", "https://vashkontrol.ru"),
    ("7.9", "Платформа обратной связи и её виджеты", "Feedback platform and its widgets", "https://pos.gosuslugi.ru"),
    ("7.10", "Система досудебного обжалования", "System of pre-trial complaints", "https://do.gosuslugi.ru"),
    ("7.11", "Региональная СМЭВ", "Regional system of data exchange", ""),
    ("7.12", "Электронная почта", "E-mail", ""),
    ("7.13", "Видеосвязь", "Video calls", ""),
    ("7.14", "Рабочее место служащего («Среда»)", "Workplace of civil servants (“Sreda”)", ""),
    ("7.15", "Портал проектов правовых актов", "Portal of draft regulations", "https://regulation.gov.ru"),
    ("7.16", "Портал опубликования актов", "Portal of published acts", "http://publication.pravo.gov.ru"),
    ("7.17", "Система закупок", "Public procurement system", "https://zakupki.gov.ru"),
    ("7.18", "Система работы с обращениями", "System for citizens’ appeals", ""),
    ("7.19", "Файловое хранилище", "File storage", ""),
    ("7.20", "Сервис анкет", "Service of online forms", "https://forms.yandex.ru"),
    ("7.23", "Система бюджетного учёта", "Budget accounting system", ""),
    ("8.1", "Телефон", "Telephone", ""),
    ("8.2", "Почта", "Post", ""),
    ("8.3", "Помещение, куда приходят клиенты", "Premises that clients come to", ""),
    ("8.4", "Место личного приёма", "Place of personal reception", ""),
    ("8.5", "МФЦ «Мои документы»", "“My Documents” centre", ""),
    ("8.6", "Табличка или стенд", "Sign or information stand", ""),
    ("8.7", "Встреча или семинар вне здания", "Meeting or seminar outside the building", ""),
    ("8.8", "Средство массовой информации", "Mass media", ""),
)

PLACED: Final = "8.3"
"""The one type that has sub-places."""
PLACES: Final[dict[str, Text]] = {
    "documents": {"ru": "приём документов", "en": "where documents are taken"},
    "clients": {"ru": "приём клиентов", "en": "where clients are received"},
    "staff": {"ru": "рабочее место сотрудника", "en": "workplace of staff"},
}

FEEDBACK: Final = 7
"""The need that a survey serves: a point without it offers none."""
NEEDS: Final[dict[int, Text]] = {
    1: {"ru": "узнать, в том числе о ходе дела", "en": "information, also on how a case goes"},
    2: {"ru": "посоветоваться", "en": "consultation"},
    3: {"ru": "взять бланк", "en": "forms of documents"},
    4: {"ru": "подать документы или обращение", "en": "handing in documents or an appeal"},
    5: {"ru": "получить результат или ответ", "en": "a result or an answer"},
    6: {"ru": "показать объект для проверки", "en": "showing premises for inspection"},
    7: {"ru": "оставить отзыв", "en": "giving feedback"},
    8: {"ru": "узнать, что сделано по отзыву", "en": "what was done about the feedback"},
    9: {"ru": "другое", "en": "other needs"},
}


def kind_name(number: str, place: str | None = None) -> Text:
    """«Помещение, куда приходят клиенты: приём документов»; the number itself where the catalogue has none."""
    kind = KINDS.get(number)
    if kind is None:
        return {"ru": number, "en": number}
    within = PLACES.get(place or "")
    return {key: f"{words}: {within[key]}" if within else words for key, words in kind.name.items()}
