"""A template of the knowledge base as one text: the same for clients, staff and inserted answers."""

from __future__ import annotations

import re

from backend.knowledge.model import Template
from backend.office.model import Office
from bot.words import Words


def language_of(office: Office, template: Template, wanted: str) -> str:
    """The language in which this template can be read: the wanted one, else the office's, else any it has."""
    for language in (wanted, office.languages[0], "ru", *template.answer):
        if template.speaks(language):
            return language
    return next(iter(template.answer))


def whole_text(office: Office, words: Words, template: Template, language: str) -> str:
    """The answer with its steps, documents, term, cost, place and source. `words`: those of the same language."""
    parts = [office.text(template.answer, language)]
    if template.steps:
        parts.append("\n".join(f"{n}. {office.text(step, language)}" for n, step in enumerate(template.steps, 1)))
    if template.documents:
        listed = [f"– {office.text(document, language)}" for document in template.documents]
        parts.append("\n".join([words("kb-documents"), *listed]))
    facts = [
        words(f"kb-{name}", text=office.text(given, language))
        for name, given in (("term", template.term), ("cost", template.cost), ("where", template.where))
        if given
    ]
    if facts:
        parts.append("\n".join(facts))
    if template.source:
        parts.append(words("kb-source", text=office.text(template.source, language)))
    return "\n\n".join(parts)


_CYRILLIC, _LATIN = re.compile("[а-яё]", re.I), re.compile("[a-z]", re.I)


def written_in(text: str, otherwise: str) -> str:
    """Russian or English by the letters; `otherwise` where there are as many of both."""
    russian, english = len(_CYRILLIC.findall(text)), len(_LATIN.findall(text))
    return otherwise if russian == english else "ru" if russian > english else "en"
